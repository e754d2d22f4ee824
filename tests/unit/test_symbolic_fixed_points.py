"""Fixed points of the UDU iteration: the characterisation against the iteration itself, and mutants that must die.

Each draw is exact. The strategies aim at what matters: gradients that vanish on the active columns, points on the
ball's boundary, steps that leave the ball, gradients that are not symmetric, zero columns, D = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from verify.arithmetic import ExactMatrix
from verify.arithmetic.exact import multiply, transpose
from verify.symbolic.fixed_points import (
    d_step_is_fixed,
    gradient_step,
    is_active,
    is_fixed,
    is_stationary,
    quadratic_forms,
    u_step_is_fixed,
)

ENTRIES = st.one_of(st.just(Fraction(0)), st.fractions(-2, 2, max_denominator=3))
STEPS = st.sampled_from([Fraction(1, 100), Fraction(1, 3), Fraction(7, 2)])

Point = tuple[ExactMatrix, tuple[Fraction, ...], ExactMatrix, Fraction, Fraction]


def rows(n: int, r: int) -> st.SearchStrategy[ExactMatrix]:
    return st.lists(st.tuples(*[ENTRIES] * r), min_size=n, max_size=n).map(tuple)


def null_space(vectors: list[tuple[Fraction, ...]], n: int) -> list[tuple[Fraction, ...]]:
    """A basis of what is orthogonal to the vectors, by Gram–Schmidt over Q."""
    basis: list[tuple[Fraction, ...]] = []
    kept: list[tuple[Fraction, ...]] = []
    units = [tuple(Fraction(int(i == j)) for i in range(n)) for j in range(n)]
    for k, vector in enumerate([*vectors, *units]):
        rest = list(vector)
        for b in kept:
            factor = sum(x * y for x, y in zip(vector, b, strict=True)) / sum(x * x for x in b)
            rest = [x - factor * y for x, y in zip(rest, b, strict=True)]
        if any(rest):
            kept.append(tuple(rest))
            if k >= len(vectors):
                basis.append(tuple(rest))
    return basis


@st.composite
def points(draw: st.DrawFn) -> Point:
    n, r = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    U = draw(rows(n, r))
    D = draw(st.tuples(*[st.one_of(st.just(Fraction(0)), st.fractions(0, 3, max_denominator=2))] * r))
    kind = draw(st.sampled_from(["vanishing", "ray", "free"]))
    A = draw(rows(n, n))
    A = symmetric(A) if draw(st.booleans()) else A
    if kind == "vanishing":  # N B Nᵀ with the columns of N orthogonal to the active columns
        active = [u for u, d in zip(transpose(U), D, strict=True) if d > 0]
        normal = tuple(null_space(active, n))
        core = tuple(row[: len(normal)] for row in A[: len(normal)])
        G = multiply(multiply(transpose(normal), core), normal) if normal else multiply(A, zeros(n, n))
    elif kind == "ray":  # λ_j G u_j = −γ u_j: the step scales U
        r, gamma = n, draw(st.sampled_from([Fraction(1, 2), Fraction(2)]))
        D = tuple(draw(st.sampled_from([Fraction(1), Fraction(3, 2)])) for _ in range(n))
        U, G = diagonal(n, [Fraction(1)] * n), diagonal(n, [-gamma / d for d in D])
    else:
        G = A
    squares = sum(x * x for row in U for x in row)
    margin = draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1), Fraction(10)]))  # 0: on the boundary
    return U, D, G, squares + margin or Fraction(1), draw(STEPS)


def zeros(n: int, r: int) -> ExactMatrix:
    return ((Fraction(0),) * r,) * n


def diagonal(n: int, values: list[Fraction]) -> ExactMatrix:
    return tuple(tuple(values[i] if i == j else Fraction(0) for j in range(n)) for i in range(n))


def symmetric(A: ExactMatrix) -> ExactMatrix:
    return tuple(tuple((x + y) / 2 for x, y in zip(a, b, strict=True)) for a, b in zip(A, transpose(A), strict=True))


@settings(max_examples=100)
@given(points())
def test_a_point_is_fixed_exactly_when_it_is_stationary(point: Point) -> None:
    assert fixed(point) == is_stationary(*point[:3])


def fixed(point: Point) -> bool:
    U, D, G, radius_squared, step = point
    return is_fixed(U, D, G, radius_squared=radius_squared, step=step)


def active(point: Point) -> bool:
    U, D, G, radius_squared, step = point
    return is_active(U, D, G, radius_squared=radius_squared, step=step)


CASES: dict[str, Callable[[Point], bool]] = {
    "fixed, with active and dead columns, none zero": lambda p: (
        fixed(p) and any(p[1]) and not all(p[1]) and all(map(any, transpose(p[0]))) and any(map(any, p[2]))
    ),
    "the projection acts": active,
    "only the U step is fixed, and the projection acts": lambda p: (
        active(p) and not fixed(p) and u_step_is_fixed(*p[:3], radius_squared=p[3], step=p[4])
    ),
    "fixed on the boundary": lambda p: fixed(p) and sum(x * x for row in p[0] for x in row) == p[3],
    "fixed with a gradient that is not symmetric": lambda p: fixed(p) and p[2] != transpose(p[2]) and any(p[1]),
    "fixed with D = 0": lambda p: fixed(p) and not any(p[1]) and any(map(any, p[2])),
    # What a mutant of the characterisation says, against the iteration: each must be told apart by some draw.
    "u'Gu = 0 in place of Gu = 0": lambda p: (
        not fixed(p)
        and all(q == 0 if d > 0 else q >= 0 for d, q in zip(p[1], quadratic_forms(p[0], p[2]), strict=True))
    ),
    "dead columns left out": lambda p: (
        not fixed(p)
        and all(not any(image) for d, image in zip(p[1], transpose(multiply(p[2], p[0])), strict=True) if d > 0)
    ),
    "dead columns with Gu = 0 alone": lambda p: fixed(p) and any(map(any, multiply(p[2], p[0]))),
}


@pytest.mark.parametrize("case", CASES)
def test_the_draws_reach(case: str) -> None:
    search = settings(max_examples=20_000, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    assert CASES[case](find(points(), CASES[case], settings=search))


@pytest.mark.parametrize("step", [Fraction(1, 100), Fraction(1, 3), Fraction(7, 2)])
def test_without_the_d_step_an_active_point_is_fixed(step: Fraction) -> None:
    # f = ½‖X − diag(3, 2)‖², U = I, D = diag(21/8, 9/8), α² = 2: λ_j g_j = −63/64 for both columns.
    U = ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(1)))
    D = (Fraction(21, 8), Fraction(9, 8))
    G = ((D[0] - 3, Fraction(0)), (Fraction(0), D[1] - 2))
    assert gradient_step(U, D, G, step=step)[0][0] == 1 + 2 * step * Fraction(63, 64)
    assert is_active(U, D, G, radius_squared=Fraction(2), step=step)
    assert u_step_is_fixed(U, D, G, radius_squared=Fraction(2), step=step)
    assert not d_step_is_fixed(U, D, G, step=step)
    assert not u_step_is_fixed(U, (D[0], D[1] + 1), G, radius_squared=Fraction(2), step=step)


def test_a_gradient_that_is_not_symmetric_hides_a_direction_of_descent() -> None:
    # f = ½(X₁₂ − 1)², u = e₁, λ = 1: fixed for the raw gradient, whose first column is zero; not symmetrized.
    zero, one = Fraction(0), Fraction(1)
    U, D, raw = ((one,), (zero,)), (one,), ((zero, -one), (zero, zero))
    assert is_stationary(U, D, raw)
    assert not is_stationary(U, D, symmetric(raw))
    for step in (Fraction(1, 100), Fraction(7, 2)):
        assert is_fixed(U, D, raw, radius_squared=Fraction(4), step=step)
        assert not is_fixed(U, D, symmetric(raw), radius_squared=Fraction(4), step=step)
