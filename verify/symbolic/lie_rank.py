"""How many invariants a family of flows can have: the rank of its Lie algebra at a point, exactly.

A continuously differentiable function that is constant along the flow of every polynomial vector field of a family is
constant on their orbits, so its gradient vanishes on the span of the fields and all their Lie brackets (Sussmann 1973;
Nagano 1966). Where that span has dimension d in a space of dimension N, at most N − d such functions have independent
gradients there. The same d bounds them anywhere: gradients that are independent at one point are so nearby, and every
open set has points where the span is at least d-dimensional, because the minors are polynomials. On an irreducible
variety that the fields are tangent to, such as a sphere times a space, N counts the surrounding dimensions, so that the
variety's equation is among the N − d.

A family that is linear in a parameter (here the gradient G) need be given for an open set of parameters only, such as
the half-space of those G with which a ball is active: what is constant for these is so for a basis.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

from verify.symbolic.ideals import Ring

Field = tuple[Any, ...]


def bracket(first: Field, second: Field) -> Field:
    """The Lie bracket ``[X, Y]`` of two polynomial vector fields: ``Σ_j X_j ∂_j Y − Y_j ∂_j X``."""
    size = range(len(first))
    return tuple(
        sum((first[j] * second[i].derivative(j) - second[j] * first[i].derivative(j) for j in size), first[i] * 0)
        for i in size
    )


def rank_at(fields: Sequence[Field], point: Sequence[Fraction]) -> int:
    """The dimension of the span of the fields at a rational point."""
    from flint import fmpq_mat

    from verify.arithmetic.convert import to_fmpq

    values = [to_fmpq(x) for x in point]
    return int(fmpq_mat([[component(*values) for component in field] for field in fields]).rank())


def lie_rank(fields: Sequence[Field], point: Sequence[Fraction], *, levels: int = 4) -> int:
    """A lower bound of the dimension that the fields and their brackets span at a point.

    Brackets of one level are those of the family with the level before; it ends where a level adds nothing.
    """
    every, newest = list(fields), list(fields)
    rank = rank_at(every, point)
    for _ in range(1, levels):
        newest = [bracket(x, y) for x in fields for y in newest]
        newest = [field for field in newest if any(component != 0 for component in field)]
        every += newest
        now = rank_at(every, point)
        if now == rank:
            break
        rank = now
    return rank


def symmetric_units(size: int) -> list[list[list[int]]]:
    """A basis of the symmetric matrices."""
    pairs = combinations_with_replacement(range(size), 2)
    return [[[int({i, j} == {a, b}) for j in range(size)] for i in range(size)] for a, b in pairs]


def udu_fields(n: int, r: int, *, active: Fraction | None = None) -> tuple[Ring, list[Field]]:
    """The flow of U (n × r, row by row) and D (r numbers) for every constant symmetric gradient G of a basis:
    ``U' = −2GU diag(D)``, ``D_j' = −u_jᵀGu_j``.

    With `active`, the square of the radius of a ball that is active: ``U' = −2GU diag(D) − μU`` with
    ``μ = −(2/α²) Σ D_k u_kᵀGu_k``.
    """
    ring = Ring([*(f"u{i}{j}" for i in range(n) for j in range(r)), *(f"d{j}" for j in range(r))])
    x = list(ring)
    U, D = [x[i * r : (i + 1) * r] for i in range(n)], x[n * r :]
    fields = []
    for G in symmetric_units(n):
        image = [[sum((U[k][j] * G[i][k] for k in range(n)), ring.number(0)) for j in range(r)] for i in range(n)]
        forms = [sum((U[i][j] * image[i][j] for i in range(n)), ring.number(0)) for j in range(r)]
        pull = ring.number(0)
        if active is not None:
            pull = sum((d * q for d, q in zip(D, forms, strict=True)), pull) * ring.number(2 / active)
        field = [image[i][j] * D[j] * -2 + pull * U[i][j] for i in range(n) for j in range(r)]
        fields.append((*field, *(-q for q in forms)))
    return ring, fields


def udv_fields(n: int, m: int, r: int) -> tuple[Ring, list[Field]]:
    """As :func:`udu_fields` for ``U diag(D) Vᵀ`` and every gradient G: ``U' = −GV diag(D)``, ``D_j' = −u_jᵀGv_j``,
    ``V' = −GᵀU diag(D)``; variables are U, D, V in this order."""
    names = [*(f"u{i}{j}" for i in range(n) for j in range(r)), *(f"d{j}" for j in range(r))]
    ring = Ring([*names, *(f"v{i}{j}" for i in range(m) for j in range(r))])
    x = list(ring)
    D, V = x[n * r : n * r + r], x[n * r + r :]
    fields = []
    for a in range(n):
        for b in range(m):  # G = e_a e_bᵀ
            up = [-V[b * r + j] * D[j] if i == a else ring.number(0) for i in range(n) for j in range(r)]
            across = [-x[a * r + j] * V[b * r + j] for j in range(r)]
            down = [-x[a * r + j] * D[j] if i == b else ring.number(0) for i in range(m) for j in range(r)]
            fields.append((*up, *across, *down))
    return ring, fields


def burer_monteiro_fields(n: int, r: int) -> tuple[Ring, list[Field]]:
    """As :func:`udu_fields` for ``UUᵀ``: ``U' = −2GU``."""
    ring = Ring([f"u{i}{j}" for i in range(n) for j in range(r)])
    x = list(ring)
    fields = []
    for G in symmetric_units(n):
        image = (sum((x[k * r + j] * G[i][k] for k in range(n)), ring.number(0)) for i in range(n) for j in range(r))
        fields.append(tuple(component * -2 for component in image))
    return ring, fields


def ball_fields(r: int, square: Fraction) -> tuple[Ring, list[Field]]:
    """On an active ball, with the squares ``q_j = D_j²`` as controls and ``p_j = ‖u_j‖²``.

    The fields are ``X_k = ∂_{q_k} + 2∂_{p_k} − (2/α²) Σ p_j ∂_{p_j}``; the variables are p_1 … p_r, q_1 … q_r.
    """
    ring = Ring([*(f"p{j}" for j in range(r)), *(f"q{j}" for j in range(r))])
    p = list(ring)[:r]
    fields = []
    for k in range(r):
        pulls = [ring.number(2 * int(j == k)) - p[j] * ring.number(2 / square) for j in range(r)]
        fields.append((*pulls, *(ring.number(int(j == k)) for j in range(r))))
    return ring, fields
