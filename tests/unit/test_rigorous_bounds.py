"""The bounds that tubes and limits are made of: defect, path, curvature, kernel, spectrum."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, inf, isqrt, log2
from random import Random
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat, fmpq_poly

from tests.vectors import NIGHTLY, family, random_matrix, random_problem, reference_problem
from verify.arithmetic import Ball, EntrywiseAlgebra, RationalAlgebra, evaluate, precision, pullback, tangent
from verify.arithmetic.convert import from_fmpq_mat, to_arb_mat, to_fmpq, to_fmpq_mat
from verify.models import Observations, Problem
from verify.numeric.taylor import Fixed, Step, Stepper, unflatten
from verify.rigorous import hessian, spectrum
from verify.rigorous.defect import TailedSeries, _scaled, defect_bound, series_length
from verify.rigorous.hessian import Curvature
from verify.rigorous.spectrum import effective_rank
from verify.rigorous.tube import _Path

CASES = 400 if NIGHTLY else 25


def some_step(random: Random, digits: int) -> tuple[Problem, Stepper[int], Step[int]]:
    """A step somewhere on a random flow."""
    problem = random_problem(random, most_layers=4, most=3, size=8)
    bits = round(3.33 * digits)
    stepper = Stepper(problem, Fixed(bits + 24), bits=bits)
    for _ in range(random.randint(0, 2)):
        stepper.accept(stepper.propose())
    until = None if random.random() < 0.7 else stepper.time + Fraction(random.randint(1, 9), 1000)
    return problem, stepper, stepper.propose(until)


def polynomials(problem: Problem, step: Step[int], bits: int) -> dict[str, Any]:
    """The step's polynomials, exactly."""
    flat = [fmpq_poly([fmpq(c, 1 << bits) for c in coefficients]) for coefficients in step.coefficients]
    return unflatten(problem, flat)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_defect_is_bounded_everywhere(seed: int) -> None:
    # δ = p' + h∇ℓ(p), an exact polynomial, at rational points of the step
    random = Random(seed)
    digits = random.randint(3, 14)
    problem, stepper, step = some_step(random, digits)
    bits = stepper.field.bits  # type: ignore[attr-defined]
    bound = Ball.from_arb(defect_bound(problem, step, fraction_bits=bits, bits=stepper.bits).value).upper
    p = polynomials(problem, step, bits)
    outputs = evaluate(problem.gradient, p, EntrywiseAlgebra(lambda x: fmpq_poly([to_fmpq(x)])))
    worst = Fraction(0)
    for k in range(9):
        u = to_fmpq(step.reach * k / 8)
        parts = [
            p[name][i][j].derivative()(u) + to_fmpq(step.scale) * slope(u)
            for name in problem.names
            for i, row in enumerate(outputs["d" + name])
            for j, slope in enumerate(row)
        ]
        squares = sum((x * x for x in parts), fmpq(0))
        worst = max(worst, Fraction(int(squares.p), int(squares.q)))
    assert worst <= bound**2
    assert bound < 10 ** (8 - digits)  # and it is of use


@pytest.mark.parametrize("seed", range(CASES))
def test_boxes_contain_the_path(seed: int) -> None:
    random = Random(100 + seed)
    _, stepper, step = some_step(random, random.randint(3, 40))
    bits = stepper.field.bits  # type: ignore[attr-defined]
    pieces = random.choice([1, 3, 4, 64])
    ends = [step.reach * k / pieces for k in range(pieces + 1)]
    mid, rad = _Path(step, bits).boxes(ends)
    chosen = random.sample(range(pieces), min(pieces, 3))
    for position, coefficients in enumerate(step.coefficients):
        p = fmpq_poly([fmpq(c, 1 << bits) for c in coefficients])
        for piece in chosen:
            low, high = ends[piece], ends[piece + 1]
            for u in (low, high, low + (high - low) * Fraction(random.randint(0, 999), 999)):
                value = p(to_fmpq(u))
                centre, reach = Fraction(float(mid[piece, position])), Fraction(float(rad[piece, position]))
                assert abs(Fraction(int(value.p), int(value.q)) - centre) <= reach


def synthetic(coefficients: list[Fraction], reach: Fraction, bits: int) -> Step[int]:
    counts = [ceil(c * (1 << bits)) for c in coefficients]
    return Step(Fraction(0), Fraction(1), reach, (counts,), [0])


@pytest.mark.parametrize("reach", [Fraction(1, 2**20), Fraction(1, 3 * 10**7), Fraction(1, 10**400), Fraction(4, 3)])
def test_paths_beyond_the_range_of_float64(reach: Fraction) -> None:
    # coefficients up to 10^23600 that the powers of the reach bring down to moderate terms
    coefficients = [1 / reach**k / (k + 1) ** 2 for k in range(60)]
    step = synthetic(coefficients, reach, 200)
    with np.errstate(all="ignore"):
        mid, rad = _Path(step, 200).boxes([Fraction(0), reach / 2, reach])
    p = fmpq_poly([fmpq(c, 1 << 200) for c in step.coefficients[0]])
    for piece in range(2):
        for k in range(5):
            value = p(to_fmpq(reach / 2 * (piece + Fraction(k, 4))))
            distance = abs(Fraction(int(value.p), int(value.q)) - Fraction(float(mid[piece, 0])))
            assert distance <= Fraction(float(rad[piece, 0])) < 100


@pytest.mark.parametrize(
    "value", [1, 7, 2**53 - 1, 2**53, 2**53 + 1, 3**200, 10**400], ids=lambda x: f"{x:.3e}" if x < 1e300 else "huge"
)
@pytest.mark.parametrize("exponent", [0.0, -60.5, 7.25, -100.9990234375, 1023 / 1024])
def test_sizes_are_rounded_up(value: int, exponent: float) -> None:
    bound = _scaled(value, exponent)
    if bound == inf:
        assert log2(value) + exponent > 1000
        return
    # bound^1024 ≥ value^1024 · 2^(1024·exponent), in integers
    power = int(exponent * 1024)
    lhs, rhs = Fraction(bound) ** 1024, Fraction(value) ** 1024 * Fraction(2) ** power
    assert lhs >= rhs
    if bound > 1e-290 and value >= 2**52:  # small counts are rounded up by one unit
        assert log2(bound) - log2(value) - exponent < 1e-9


def exact_norm(p: fmpq_poly, low: int, weight: Fraction) -> Fraction:
    return sum((abs(Fraction(int(p[k].p), int(p[k].q))) * weight**k for k in range(low, p.degree() + 1)), Fraction(0))


@pytest.mark.parametrize("seed", range(CASES))
def test_tailed_series_bound_sums_and_products(seed: int) -> None:
    random, length, weight = Random(seed), 5, Fraction(3, 2)

    def make() -> tuple[fmpq_poly, TailedSeries]:
        p = fmpq_poly([fmpq(random.randint(-9, 9), random.randint(1, 9)) for _ in range(random.randint(0, 9))])
        sizes = np.array(
            [float(abs(Fraction(int(p[k].p), int(p[k].q))) * weight**k) * (1 + 1e-15) for k in range(length)]
        )
        known = flint.arb_series([arb(p[k]) for k in range(length)])
        return p, TailedSeries(known, sizes, float(exact_norm(p, length, weight)) * (1 + 1e-15))

    with precision(100), series_length(length):
        (p, a), (q, b), (r, c) = make(), make(), make()
        for exactly, bounded in ((p * q + r, a * b + c), ((p + q) * r, (a + b) * c), (p * q * r, a * b * c)):
            known = [*bounded.series.coeffs(), *[arb(0)] * length]
            for k in range(length):
                assert Ball.from_arb(known[k]).contains(exactly[k])
                assert (
                    Fraction(float(bounded.sizes[k])) >= abs(Fraction(int(exactly[k].p), int(exactly[k].q))) * weight**k
                )
            assert Fraction(bounded.tail) >= exact_norm(exactly, length, weight)


def exact_hessian(problem: Problem) -> fmpq_mat:
    """``∇²ℓ`` at the problem's start."""
    program, columns = tangent(problem.gradient), []
    values = {name: to_fmpq_mat(layer) for name, layer in problem.start.items()}
    for k in range(problem.size):
        unit = [Fraction(int(i == k)) for i in range(problem.size)]
        directions = {"t" + name: to_fmpq_mat(rows) for name, rows in unflatten(problem, unit).items()}
        outputs = evaluate(program, {**values, **directions}, RationalAlgebra())
        columns.append([x for name in problem.names for x in outputs["td" + name].entries()])
    return fmpq_mat(columns)


def dominates(bound: float, matrix: fmpq_mat, sign: int = 1) -> bool:
    """``sign·(bound·I − matrix)`` is positive semidefinite: the signs of its characteristic polynomial, exactly."""
    size = matrix.nrows()
    unit = fmpq_mat(size, size, [fmpq(int(i == j)) for i in range(size) for j in range(size)])
    p = (sign * (to_fmpq(Fraction(bound)) * unit - matrix)).charpoly()
    # all roots real: all ≥ 0 exactly when the coefficients alternate
    return all(p[k] * (-1) ** (size - k) >= 0 for k in range(size + 1))


@pytest.mark.parametrize("seed", range(CASES))
def test_curvature_is_bounded_over_boxes(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random, most_layers=3, most=2, size=8)
    flat = np.array([float(x) for layer in problem.layers for row in layer for x in row])
    width = random.choice([0.0, 1e-6, 0.05, 0.3])
    (bound,), (excess,) = Curvature(problem).expansion(flat[None], np.full((1, len(flat)), width + 1e-15))
    for _ in range(3):
        moves = iter([Fraction(width) * random.choice([-1, 1, Fraction(1, 3)]) for _ in flat])
        layers = tuple(tuple(tuple(x + next(moves) for x in row) for row in layer) for layer in problem.layers)
        inside = Problem(layers, problem.observations)
        assert dominates(float(bound), -1 * exact_hessian(inside))
    if not width:
        hessian = np.array(
            [[float(Fraction(int(x.p), int(x.q))) for x in row] for row in exact_hessian(problem).tolist()]
        )
        assert bound <= np.linalg.eigvalsh(-hessian)[-1] + 1e-9
        assert excess <= 1e-9


def nearby(random: Random, problem: Problem, room: float) -> Problem:
    """The problem with its start moved by a rational vector of Euclidean norm at most `room`, often almost as long."""
    size = problem.size
    if random.random() < 0.5:
        moves = [Fraction(0)] * size
        moves[random.randrange(size)] = random.choice([-1, 1]) * Fraction(room)
    else:
        root = Fraction(isqrt(10**8 * size) + 1, 10**4)
        moves = [random.choice([-1, 1]) * Fraction(room) / root for _ in range(size)]
    assert sum(x * x for x in moves) <= Fraction(room) ** 2
    rest = iter(moves)
    layers = tuple(tuple(tuple(x + next(rest) for x in row) for row in layer) for layer in problem.layers)
    return Problem(layers, problem.observations)


@pytest.mark.parametrize("seed", range(CASES))
def test_curvature_is_bounded_over_balls(seed: int) -> None:
    random = Random(1000 + seed)
    problem = random_problem(random, most_layers=3, most=2, size=8)
    flat = np.array([float(x) for layer in problem.layers for row in layer for x in row])
    room = random.choice([1e-6, 0.05, 0.3])
    curvature, radii = Curvature(problem), np.full((1, len(flat)), room + 1e-15)
    (bound,), _ = curvature.expansion(flat[None], radii, room=np.array([room]))
    assert bound <= curvature.expansion(flat[None], radii)[0][0]
    for _ in range(3):
        assert dominates(float(bound), -1 * exact_hessian(nearby(random, problem, room)))


@pytest.mark.parametrize("seed", range(CASES))
def test_kernel_and_jacobian_are_bounded_over_balls(seed: int) -> None:
    random = Random(50 + seed)
    problem = random_problem(random, most_layers=3, most=3, size=8)
    flat = np.array([float(x) for layer in problem.layers for row in layer for x in row])
    width = random.choice([0.0, 1e-6, 0.05])
    lowest, norm = Curvature(problem).spread(flat, np.full(len(flat), 1e-15), width)
    back = pullback(problem.program, "residual", seed="seed")
    for _ in range(2):
        layers = nearby(random, problem, width).layers
        rows = []
        for i, j in problem.observations.positions:
            seeds = [
                [Fraction(int((i, j) == (a, b))) for b in range(problem.observations.columns)]
                for a in range(problem.observations.rows)
            ]
            values = {name: to_fmpq_mat(layer) for name, layer in zip(problem.names, layers, strict=True)}
            outputs = evaluate(back, {**values, "seed": to_fmpq_mat(tuple(map(tuple, seeds)))}, RationalAlgebra())
            rows.append([x for name in problem.names for x in outputs["d" + name].entries()])
        jacobian = fmpq_mat(rows)
        assert dominates(lowest, jacobian * jacobian.transpose(), -1)
        square = sum((x * x for x in jacobian.entries()), fmpq(0))
        assert Fraction(int(square.p), int(square.q)) <= Fraction(norm) ** 2


def test_many_boxes_are_done_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    mid, rad, room = random.normal(size=(23, 12)), random.uniform(0, 0.1, size=(23, 12)), np.full(23, 0.01)
    together = Curvature(reference_problem()).expansion(mid, rad, room=room)
    parts: list[int] = []
    once = Curvature._expansion
    monkeypatch.setattr(Curvature, "_expansion", lambda self, m, r: parts.append(len(m)) or once(self, m, r))
    monkeypatch.setattr(hessian, "MOST_NUMBERS", 5 * Curvature(reference_problem())._numbers_per_box)
    apart = Curvature(reference_problem()).expansion(mid, rad, room=room)
    assert parts == [5, 5, 5, 5, 3]
    np.testing.assert_allclose(apart, together, rtol=1e-12)


def test_a_box_beyond_float64_bounds_nothing() -> None:
    curvature = Curvature(reference_problem())
    flat = np.full((2, 12), 0.1)
    rates, _ = curvature.expansion(flat, np.array([[1e200] * 12, [1e-3] * 12]))
    assert rates[0] == inf
    assert np.isfinite(rates[1])
    assert curvature.spread(flat[0], np.full(12, 1e200), 0.0) == (-inf, inf)


# --- spectrum


@pytest.mark.parametrize("seed", range(CASES))
def test_the_spectrum_encloses_that_of_every_matrix_inside(seed: int) -> None:
    random = Random(seed)
    rows, columns = random.randint(1, 5), random.randint(1, 5)
    middle = random_matrix(random, rows, columns)
    if random.random() < 0.3:  # of lower rank
        middle = from_fmpq_mat(
            to_fmpq_mat(random_matrix(random, rows, 1)) * to_fmpq_mat(random_matrix(random, 1, columns))
        )
    width = random.choice([Fraction(0), Fraction(1, 10**12), Fraction(1, 10)])
    with precision(160):
        known = spectrum(to_arb_mat(tuple(tuple(Ball(x, width) for x in row) for row in middle)))
    inside = fmpq_mat(rows, columns, [to_fmpq(x + width * random.choice([-1, 0, 1])) for row in middle for x in row])
    gram = inside.transpose() * inside if columns <= rows else inside * inside.transpose()
    with precision(400):
        roots = sorted(
            (max(x.real.mid(), arb(0)) for x in arb_mat(gram).eig(algorithm="approx")), reverse=True, key=float
        )
        for value, square in zip(known.singular_values, roots, strict=True):
            slack = arb(0, 1) * arb("1e-40")
            assert value.overlaps(square.sqrt() + slack)
        assert known.rank_at_least <= inside.rank()
        if known.determinant is not None:
            assert known.determinant.overlaps(arb(inside.det()))
        if known.stable_rank is not None:
            total = arb(sum((x * x for x in inside.entries()), fmpq(0)))
            assert known.stable_rank.overlaps(total / roots[0] + arb(0, 1) * arb("1e-35"))
        assert known.effective_rank is not None or known.stable_rank is None
        if known.effective_rank is not None:
            assert known.effective_rank.overlaps(effective([x.sqrt().mid() for x in roots]) + arb(0, 1) * arb("1e-17"))
    if not width:
        assert known.rank_at_least == inside.rank()
        assert max(Ball.from_arb(x).rad for x in known.singular_values) < Fraction(1, 10**40)


def effective(values: list[arb]) -> arb:
    """``exp`` of the entropy of ``σ/Σσ``, by its definition."""
    with mpmath.workdps(60):
        exact = [Ball.from_arb(x).mid for x in values]
        shares = [mpmath.mpf(x.numerator) / x.denominator for x in (x / sum(exact) for x in exact)]
        rank = mpmath.exp(-mpmath.fsum(x * mpmath.log(x) for x in shares if x))
        return arb(mpmath.nstr(rank, 50))


@pytest.mark.parametrize("seed", range(CASES))
def test_the_effective_rank_is_that_of_all_values_inside(seed: int) -> None:
    random = Random(seed)
    mids = [Fraction(random.randint(0, 40), random.choice([40, 4000])) for _ in range(random.randint(1, 4))]
    width = random.choice([Fraction(0), Fraction(1, 10**9), Fraction(1, 100), Fraction(1, 4)])
    with precision(160):
        balls = [Ball(mid, min(width, mid)).to_arb() for mid in mids]
        known = effective_rank(balls)
        if known is None:
            assert all(x.contains(0) for x in balls)
            return
        assert Ball.from_arb(known).upper >= 1
        assert Ball.from_arb(known).upper <= len(mids) * (1 + Fraction(1, 10**8))  # radii are short floats
        for _ in range(6):
            inside = [mid + min(width, mid) * random.choice([-1, 0, 1, Fraction(1, 3)]) for mid in mids]
            if any(inside):
                assert known.overlaps(effective([arb(to_fmpq(x)) for x in inside]) + arb(0, 1) * arb("1e-40"))
        if not width:
            assert Ball.from_arb(known).rad < Fraction(1, 10**40)


def test_known_effective_ranks() -> None:
    with precision(200):
        assert effective_rank([arb(3)] * 4).contains(4)  # type: ignore[union-attr]
        assert effective_rank([arb(3), arb(0)]).contains(1)  # type: ignore[union-attr]
        # 1/2, 1/4, 1/4: entropy 3/2 log 2
        assert effective_rank([arb(2), arb(1), arb(1)]).overlaps(arb(8).sqrt())  # type: ignore[union-attr]
        assert effective_rank([arb(0), arb(0, 1)]) is None
        barely = effective_rank([arb(1), arb(0, 1) / 10**6])
    assert barely is not None
    assert Ball.from_arb(barely).contains(1)
    # the entropy at x = 1e-6 is x(1 − log x)
    assert Fraction(148, 10**7) < Ball.from_arb(barely).upper - 1 < Fraction(16, 10**6)


def test_known_spectra() -> None:
    with precision(200):
        # singular values 3, 2 of an exact product with rotations; columns (3, 0), (0, 2) turned
        turned = spectrum(arb_mat(2, 2, [arb(12) / 5, arb(-6) / 5, arb(9) / 5, arb(8) / 5]))
        wide = spectrum(arb_mat(1, 3, [2, 3, 6]))
        zero = spectrum(arb_mat(2, 3, [0] * 6))
        identity = spectrum(arb_mat(3, 3, [int(i == j) for i in range(3) for j in range(3)]))
    assert [Ball.from_arb(x).contains(k) for x, k in zip(turned.singular_values, (3, 2), strict=True)] == [True, True]
    assert turned.determinant is not None
    assert Ball.from_arb(turned.determinant).contains(6)
    assert turned.stable_rank is not None
    assert Ball.from_arb(turned.stable_rank).contains(Fraction(13, 9))
    assert (wide.rank_at_least, wide.determinant) == (1, None)
    assert Ball.from_arb(wide.singular_values[0]).contains(7)
    assert (zero.rank_at_least, zero.stable_rank) == (0, None)
    assert identity.rank_at_least == 3
    assert all(a >= b for a, b in pairwise([Ball.from_arb(x).upper for x in identity.singular_values]))


def test_a_matrix_that_may_be_zero_has_no_certain_rank() -> None:
    known = spectrum(arb_mat(2, 2, [arb(0, 1)] * 4))
    assert (known.rank_at_least, known.stable_rank) == (0, None)
    assert all(v.contains(0) and v.contains(2) for v in known.singular_values[:1])


def test_a_small_singular_value_counts_only_when_certain() -> None:
    one, tiny = Fraction(1), Fraction(1, 10**20)
    for width, rank in ((Fraction(1, 10**22), 2), (Fraction(1, 10**19), 1)):
        rows = tuple(tuple(Ball(x, width) for x in row) for row in ((one, one), (one, one + tiny)))
        with precision(200):
            assert spectrum(to_arb_mat(rows)).rank_at_least == rank


def test_the_kernel_is_singular_where_rows_are_duplicates_in_depth_two() -> None:
    problem = family("V16")
    flat = np.array([float(x) for layer in problem.layers for row in layer for x in row])
    lowest, _ = Curvature(problem).spread(flat, np.zeros(len(flat)), 0.0)
    assert lowest <= 0


def test_a_problem_with_one_entry_has_the_kernel_of_its_factors() -> None:
    # w = ab: K = a² + b²
    problem = Problem.of([[["3/2"]], [[2]]], Observations(1, 1, ((0, 0, Fraction(1)),)))
    lowest, norm = Curvature(problem).spread(np.array([1.5, 2.0]), np.zeros(2), 0.0)
    assert lowest <= 6.25 <= norm**2
    assert lowest == pytest.approx(6.25)
    assert norm == pytest.approx(2.5)
