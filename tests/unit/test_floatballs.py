"""Balls in float64: every result contains the exact one, whatever the scale of the entries."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from tests.vectors import NIGHTLY, random_matrix, random_problem
from verify.arithmetic import ExactMatrix, RationalAlgebra, evaluate
from verify.arithmetic.convert import from_fmpq_mat, to_fmpq_mat
from verify.arithmetic.exact import add, multiply, scale, transpose
from verify.arithmetic.floatballs import (
    FloatBallAlgebra,
    FloatBalls,
    gamma,
    largest_eigenvalue_bound,
    smallest_eigenvalue_bound,
)

CASES = 2000 if NIGHTLY else 200
#: Binary exponents of random entries: everyday, from huge to subnormal, and mixed within one matrix.
SCALES: dict[str, Callable[[Random], int]] = {
    "ordinary": lambda random: random.randint(-4, 4),
    "mixed": lambda random: random.randint(-60, 60),
    "huge": lambda random: random.randint(480, 511),
    "subnormal": lambda random: random.randint(-1074, -1022),
    "extreme": lambda random: random.choice([-1074, -1060, -1000, -537, 0, 300, 500, 1000]),
}


def number(random: Random, exponent: Callable[[Random], int]) -> float:
    if random.random() < 0.15:
        return 0.0
    return float(np.ldexp(random.uniform(-1, 1), exponent(random)))


def balls(random: Random, rows: int, columns: int, exponent: Callable[[Random], int]) -> FloatBalls:
    entries = [[number(random, exponent) for _ in range(columns)] for _ in range(rows)]
    radii = [[abs(number(random, exponent)) * 2.0 ** -random.randint(0, 60) for _ in row] for row in entries]
    return FloatBalls(np.array(entries), np.array(radii))


def member(random: Random, of: FloatBalls) -> ExactMatrix:
    """An exact matrix inside: mostly on the boundary, where an error shows."""
    return tuple(
        tuple(
            Fraction(float(m)) + Fraction(float(r)) * random.choice([-1, 1, Fraction(random.randint(-9, 9), 9)])
            for m, r in zip(mids, rads, strict=True)
        )
        for mids, rads in zip(of.mid, of.rad, strict=True)
    )


def contains(result: FloatBalls, exact: ExactMatrix) -> bool:
    """Inside, entry by entry; a ball that is not finite claims nothing."""
    for mids, rads, row in zip(result.mid, result.rad, exact, strict=True):
        for mid, rad, value in zip(mids, rads, row, strict=True):
            if np.isfinite(mid) and np.isfinite(rad) and abs(value - Fraction(float(mid))) > Fraction(float(rad)):
                return False
    return True


@pytest.fixture
def quiet() -> object:
    with np.errstate(over="ignore", invalid="ignore"):
        yield


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", SCALES)
@pytest.mark.parametrize("other_kind", SCALES)
def test_products_contain_the_exact_product(kind: str, other_kind: str) -> None:
    random = Random(f"{kind} {other_kind}")
    for _ in range(CASES // 10):
        n, inner, m = (random.randint(1, 5) for _ in range(3))
        a, b = balls(random, n, inner, SCALES[kind]), balls(random, inner, m, SCALES[other_kind])
        x, y = member(random, a), member(random, b)
        assert contains(a @ b, multiply(x, y))


def test_a_huge_factor_does_not_undo_an_underflow() -> None:
    # γ|b| underflows to 0, and |a| is 1e300: the rounding error of the product is far above the least numbers
    a, b = FloatBalls.around(np.array([[1.1e300]])), FloatBalls.around(np.array([[1.05e-309]]))
    assert contains(a @ b, multiply(((Fraction(1.1e300),),), ((Fraction(1.05e-309),),)))


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", SCALES)
def test_sums_scales_masks_and_magnitudes_contain_the_exact_ones(kind: str) -> None:
    random, algebra = Random(kind), FloatBallAlgebra()
    for _ in range(CASES // 4):
        n, m = random.randint(1, 4), random.randint(1, 4)
        a, b = (balls(random, n, m, SCALES[kind]) for _ in range(2))
        x, y = member(random, a), member(random, b)
        factor = Fraction(random.randint(-99, 99), random.randint(1, 99))
        mask = tuple(tuple(random.randint(0, 1) for _ in range(m)) for _ in range(n))
        assert contains(a + b, add(x, y))
        assert contains(algebra.scale(factor, a), scale(factor, x))
        assert contains(a.transpose(), transpose(x))
        masked = tuple(tuple(k * v for k, v in zip(keep, row, strict=True)) for keep, row in zip(mask, x, strict=True))
        assert contains(algebra.mask(mask, a), masked)
        for bounds, row in zip(a.magnitude(), x, strict=True):
            assert all(
                not np.isfinite(bound) or abs(v) <= Fraction(float(bound)) for bound, v in zip(bounds, row, strict=True)
            )


def test_exact_numbers_are_enclosed() -> None:
    numbers = (
        Fraction(1, 3),
        Fraction(-1, 10),
        Fraction(0),
        Fraction(10) ** 300,
        Fraction(1, 10**320),
        Fraction(1, 10**400),
    )
    enclosed = FloatBalls.enclosing((numbers,))
    assert np.isfinite(enclosed.rad).all()
    assert contains(enclosed, (numbers,))


def test_a_number_beyond_float64_makes_a_ball_that_bounds_nothing() -> None:
    enclosed = FloatBalls.enclosing(((Fraction(10) ** 400,),))
    assert not np.isfinite(enclosed.rad).all()


def test_gamma_is_an_upper_bound() -> None:
    unit = Fraction(1, 2**53)
    for n in (1, 2, 7, 100, 10**6):
        k = n + 4
        assert Fraction(gamma(n)) >= k * unit / (1 - k * unit)


@pytest.mark.usefixtures("quiet")
def test_whole_programs_contain_the_exact_values() -> None:
    random = Random(5)
    for _ in range(CASES // 4):
        problem = random_problem(random, most_layers=4, most=3)
        exactly = evaluate(problem.gradient, {k: to_fmpq_mat(v) for k, v in problem.start.items()}, RationalAlgebra())
        inputs = {name: FloatBalls.enclosing(layer) for name, layer in problem.start.items()}
        enclosed = evaluate(problem.gradient, inputs, FloatBallAlgebra())
        for name, value in exactly.items():
            assert contains(enclosed[name], from_fmpq_mat(value))
            assert (enclosed[name].rad <= 1e-12 * (1 + np.abs(enclosed[name].mid))).all()


def positive_semidefinite(matrix: ExactMatrix) -> bool:
    """Decided exactly: LDLᵀ without pivoting; a pivot 0 needs a column of zeros."""
    a = [list(row) for row in matrix]
    for k in range(len(a)):
        if a[k][k] < 0 or (a[k][k] == 0 and any(a[i][k] for i in range(k + 1, len(a)))):
            return False
        for i in range(k + 1, len(a)):
            if a[k][k]:
                factor = a[i][k] / a[k][k]
                a[i] = [x - factor * y for x, y in zip(a[i], a[k], strict=True)]
    return True


def shifted(bound: float, matrix: ExactMatrix, sign: int) -> ExactMatrix:
    """``sign·(bound·I − matrix)``, exactly."""
    return tuple(
        tuple(sign * ((Fraction(bound) if i == j else 0) - x) for j, x in enumerate(row))
        for i, row in enumerate(matrix)
    )


def symmetric_balls(random: Random, size: int, exponent: Callable[[Random], int], width: int) -> FloatBalls:
    a = balls(random, size, size, exponent)
    mid = np.triu(a.mid) + np.triu(a.mid, 1).T
    rad = np.abs(mid) * 2.0**-width
    return FloatBalls(mid, rad)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["ordinary", "mixed", "huge", "extreme"])
@pytest.mark.parametrize("width", [2, 30, 60])
def test_eigenvalue_bounds_hold_for_every_matrix_inside(kind: str, width: int) -> None:
    random = Random(f"{kind} {width}")
    for _ in range(CASES // 8):
        size = random.randint(1, 5)
        given = symmetric_balls(random, size, SCALES[kind], width)
        batch = FloatBalls(given.mid[None], given.rad[None])
        (upper,), (cost,) = largest_eigenvalue_bound(batch)
        (lower,) = smallest_eigenvalue_bound(batch)
        x = member(random, given)
        inside = tuple(tuple(x[min(i, j)][max(i, j)] for j in range(size)) for i in range(size))
        if np.isfinite(upper):
            assert positive_semidefinite(shifted(float(upper), inside, 1))
        if np.isfinite(lower):
            assert positive_semidefinite(shifted(float(lower), inside, -1))
        if kind == "ordinary":
            assert upper <= np.linalg.eigvalsh(given.mid)[-1] + cost + 1e-12 * np.abs(given.mid).sum() + 1e-290
            assert cost <= given.rad.sum() * (1 + 1e-12) + 1e-12 * np.abs(given.mid).sum() + 1e-290


def test_a_multiple_eigenvalue_is_bounded_tightly() -> None:
    mid = np.array([np.eye(6), np.ones((6, 6)), np.zeros((6, 6))])
    upper, cost = largest_eigenvalue_bound(FloatBalls.around(mid))
    assert (upper >= [1, 6, 0]).all()
    assert upper == pytest.approx([1, 6, 0], abs=1e-12)
    assert (cost <= 1e-12).all()


def test_the_bounds_are_sharp_in_the_radii() -> None:
    # all ones, radius 1/8: the matrix of entries 9/8 is inside, and its largest eigenvalue is 27/8
    upper, cost = largest_eigenvalue_bound(FloatBalls.around(np.ones((1, 3, 3)), 0.125))
    assert 27 / 8 <= upper[0] <= 27 / 8 + 1e-12
    assert cost[0] == pytest.approx(3 / 8)


@pytest.mark.parametrize("bad", [np.inf, np.nan, 1e308])
def test_what_is_not_finite_is_bounded_by_infinity(bad: float) -> None:
    mid = np.array([np.eye(2), np.eye(2)])
    mid[0, 0, 1] = mid[0, 1, 0] = bad
    with np.errstate(over="ignore", invalid="ignore"):
        upper, _ = largest_eigenvalue_bound(FloatBalls.around(mid))
        lower = smallest_eigenvalue_bound(FloatBalls.around(mid))
    assert upper[0] == np.inf
    assert lower[0] == -np.inf
    if bad == 1e308:  # the neighbour in the batch is not spoilt by a matrix that merely overflows
        assert 1 <= upper[1] <= 1 + 1e-12


def test_random_exact_matrices_have_no_surprise_in_the_bounds() -> None:
    random = Random(9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(CASES // 4):
            size = random.randint(1, 5)
            x = random_matrix(random, size, size)
            gram = multiply(x, transpose(x))
            enclosed = FloatBalls.enclosing(gram)
            (upper,), _ = largest_eigenvalue_bound(FloatBalls(enclosed.mid[None], enclosed.rad[None]))
            assert positive_semidefinite(shifted(float(upper), gram, 1))
            assert upper <= np.linalg.eigvalsh(enclosed.mid)[-1] + 1e-12 * size
