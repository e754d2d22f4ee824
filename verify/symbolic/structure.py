"""Structure that a start has exactly and the flow keeps: the space in which the residual then stays.

Duplicate units, rows or columns, signed permutations, commuting layers: each is an invariant subspace of the flow. From
a start in such a space the residual lives in a space of its own, often much smaller than that of all observed entries.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

from verify.arithmetic import evaluate
from verify.arithmetic.convert import from_fmpq, to_fmpq
from verify.arithmetic.program import degree
from verify.models import Model
from verify.symbolic.coupling import joint_subspace, on_span

#: Of the residual on the space of all parameters; more are not looked through for structure.
_MOST_MONOMIALS = 100_000


@lru_cache(maxsize=32)
def residual_space(problem: Model, *, every_start: bool = False) -> tuple[tuple[Fraction, ...], ...] | None:
    """An orthogonal basis of a space that contains the residual of the observed entries at all times.

    Vectors over the observed entries, in their order; exact. None when the start has no structure that makes the space
    smaller than everything, or when it was not found. With `every_start` the space is one for all starts: that of the
    model alone, such as mirror images in a symmetric product.

    *Algorithm and proof.* The trajectory stays in the smallest invariant linear space V that contains the start
    (:func:`verify.symbolic.coupling.joint_subspace`). On V the residual is a polynomial in coordinates; it lies in the
    span of the coefficient vectors of its monomials. Gram–Schmidt over the rationals makes the basis orthogonal.
    The space of all parameters is invariant, too: V is that where no smaller one is known or wanted.
    """
    space = None if every_start else joint_subspace(problem)
    if space is not None:
        vectors = [[to_fmpq(x) for layer in vector for row in layer for x in row] for vector in space.basis]
    elif comb(problem.size + degree(problem.program, "residual"), problem.size) <= _MOST_MONOMIALS:
        vectors = [[to_fmpq(int(i == j)) for j in range(problem.size)] for i in range(problem.size)]
    else:
        return None
    ring, values = on_span(problem, vectors)
    residual = evaluate(problem.program, values, ring.algebra())["residual"]
    collected: dict[tuple[int, ...], list[Any]] = {}
    positions = problem.observations.positions
    for k, (i, j) in enumerate(positions):
        for exponents, c in residual[i][j].to_dict().items():
            collected.setdefault(exponents, [to_fmpq(0)] * len(positions))[k] = c
    basis: list[list[Fraction]] = []
    for coefficients in collected.values():
        vector = [from_fmpq(c) for c in coefficients]
        for other in basis:
            factor = _dot(vector, other) / _dot(other, other)
            vector = [x - factor * y for x, y in zip(vector, other, strict=True)]
        if any(vector):
            basis.append(vector)
    return tuple(tuple(v) for v in basis) if len(basis) < len(positions) else None


def _dot(x: list[Fraction], y: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))
