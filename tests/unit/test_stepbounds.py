"""The compiled bounds of a step hold of the polynomial that the kernel's limbs are, exactly, and are not loose."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from flint import arb, fmpq, fmpq_mat, fmpq_poly

from tests.vectors import NIGHTLY, random_matrix, random_problem, reference_problem
from verify.arithmetic import Ball, EntrywiseAlgebra, RationalAlgebra, evaluate, precision, pullback, tangent
from verify.arithmetic.convert import to_fmpq, to_fmpq_mat
from verify.models import UDU, UDV, BurerMonteiro, Model, Observations, Problem
from verify.numeric.limbs import TAPER, LimbStep, LimbStepper, integers
from verify.numeric.taylor import Fixed, unflatten
from verify.rigorous import stepbounds
from verify.rigorous.stepbounds import LEAST_ROOM, StepBound, StepBounds

pytest.importorskip("numba", reason="the kernels need numba")
kernel: Any = pytest.importorskip("verify.rigorous.stepkernel")

CASES = 300 if NIGHTLY else 25
Polynomials = list[fmpq_poly]


def fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def some_step(
    random: Random, *, guard: int = 24, most: int = 3, digits: int = 30
) -> tuple[Model, LimbStepper, LimbStep]:
    """A step of the kernel somewhere on a random flow."""
    problem = random_problem(random, most_layers=4, most=most, size=8)
    bits = round(3.33 * random.randint(4, digits))
    stepper = LimbStepper(problem, Fixed(bits + guard), bits=bits)
    for _ in range(random.randint(0, 2)):
        stepper.accept(stepper.propose())
    until = None if random.random() < 0.7 else stepper.time + Fraction(random.randint(1, 9), 1000)
    step = stepper.propose(until)
    return (
        (problem, stepper, step)
        if isinstance(step, LimbStep)
        else some_step(random, guard=guard, most=most, digits=digits)
    )


def bounds_of(problem: Model, stepper: LimbStepper) -> StepBounds:
    series = stepper.kernel()
    assert series is not None
    return StepBounds(problem, stepper.plan, series.plan, bits=stepper.fixed.bits)


def exactly(step: LimbStep) -> Polynomials:
    """The polynomials in u that the limbs are."""
    sweep, columns = step.sweep, step.sweep.layout.columns
    rows: list[list[fmpq]] = [[] for _ in range(sweep.out.shape[0])]
    for k in range(sweep.order + 1):
        limbs = np.ascontiguousarray(sweep.out[:, k, : columns[k]], dtype=np.int64)
        unit = Fraction(1, 2) ** (sweep.layout.exponent(k) + TAPER * k)
        for row, value in zip(rows, integers(limbs), strict=True):
            row.append(to_fmpq(value * unit))
    return [fmpq_poly(row) for row in rows]


def gradient_of(problem: Model, p: Polynomials) -> Polynomials:
    outputs = evaluate(problem.gradient, unflatten(problem, p), EntrywiseAlgebra(lambda x: fmpq_poly([to_fmpq(x)])))
    return [x for name in problem.names for row in outputs["d" + name] for x in row]


def size(polynomials: Polynomials, low: int, high: int, at: Fraction) -> Fraction:
    """The square of the Euclidean norm of ``Σ_{low≤k<high} |coefficient k| at^k``."""
    sums = [
        sum((abs(fraction(p[k])) * at**k for k in range(low, min(high, p.degree() + 1))), Fraction(0))
        for p in polynomials
    ]
    return sum((x * x for x in sums), Fraction(0))


def parts(bounds: StepBounds, step: LimbStep, monkeypatch: pytest.MonkeyPatch) -> tuple[StepBound | None, Any]:
    """The bound, and what the kernel says of the defect: orders below N, and from N on."""
    seen: list[Any] = []
    expand = kernel.expand

    def spy(*arguments: Any) -> None:
        expand(*arguments)
        seen.append(arguments[-1].copy())

    with monkeypatch.context() as patch:
        patch.setattr(kernel, "expand", spy)
        with precision(64):
            bound = bounds.bound(step)
    z, high, low, division = (Fraction(float(x)) for x in seen[0][:4])
    grid = Fraction(1, 2**bounds.bits)
    return bound, ((step.scale * low + division) * grid, step.scale * high * z**step.sweep.order)


def upper(value: arb) -> Fraction:
    return Ball.from_arb(value).upper


@pytest.mark.parametrize("seed", range(CASES))
def test_both_parts_of_the_defect_are_bounded(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem, stepper, step = some_step(Random(seed), guard=Random(seed).choice([4, 24]))
    bound, (low, high) = parts(bounds_of(problem, stepper), step, monkeypatch)
    assert bound is not None
    p, order = exactly(step), step.sweep.order
    slopes = gradient_of(problem, p)
    defect = [x.derivative() + to_fmpq(step.scale) * g for x, g in zip(p, slopes, strict=True)]
    rounding, tail = size(defect, 0, order, step.reach), size(defect, order, 10**9, step.reach)
    assert rounding <= low**2
    assert tail <= high**2
    assert low + high <= upper(bound.defect)
    # of use: hardly more than what is to be bounded, as long as that matters
    assert high**2 <= tail * Fraction(11, 10) + Fraction(1, 2 ** (2 * stepper.bits + 10))


def test_the_defect_bound_would_be_caught_if_it_were_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    caught = 0
    for seed in range(CASES):
        problem, stepper, step = some_step(Random(seed))
        bound, _ = parts(bounds_of(problem, stepper), step, monkeypatch)
        assert bound is not None
        p = exactly(step)
        defect = [x.derivative() + to_fmpq(step.scale) * g for x, g in zip(p, gradient_of(problem, p), strict=True)]
        at_end = sum((fraction(x(to_fmpq(step.reach))) ** 2 for x in defect), Fraction(0))
        assert at_end <= upper(bound.defect) ** 2
        caught += at_end > (upper(bound.defect) / 100) ** 2
    assert caught > CASES // 2


def test_rounding_errors_are_seen_where_there_are_no_guard_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a grid as coarse as the accuracy, rounding is what matters; a bound of it 2^20 times smaller is wrong."""
    for seed in range(CASES):
        problem, stepper, step = some_step(Random(seed), guard=4)
        bound, (low, _) = parts(bounds_of(problem, stepper), step, monkeypatch)
        assert bound is not None
        p = exactly(step)
        defect = [x.derivative() + to_fmpq(step.scale) * g for x, g in zip(p, gradient_of(problem, p), strict=True)]
        rounding = size(defect, 0, step.sweep.order, step.reach)
        assert rounding <= low**2
        if rounding:
            assert rounding * 2**40 > low**2


def test_powers_of_the_weight_may_underflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge coefficient whose weight is below float64's range is not taken for 0 without an error to cover it."""
    problem = Problem.of([[["1/3"]], [["1/7"]]], Observations.diagonal(1))
    stepper = LimbStepper(problem, Fixed(40), bits=16)
    stepper.headroom = 384
    step = stepper.propose()
    assert isinstance(step, LimbStep)
    assert step.sweep.layout.headroom == 384
    out, weight, order = np.zeros_like(step.sweep.out), -200, step.sweep.order
    out[0, 6, 0] = 2**25
    steep = replace(step.sweep, out=out, peaks=np.full(order + 1, 1e4))  # as steep as the kernel can take
    bounds = bounds_of(problem, stepper)
    parts(bounds, LimbStep(steep, start=step.start, scale=step.scale, reach=Fraction(1, 2**300)), monkeypatch)
    row = int(stepper.kernel().plan.flows[0, 0])  # type: ignore[union-attr]
    made = Fraction(float(bounds._series[row, kernel.PAD + 6]))
    exact = 2**25 * Fraction(2) ** (384 - step.sweep.layout.radix + 6 * weight)
    assert abs(exact - made) <= Fraction(float(bounds._bounds[row, kernel.ERROR]))


@pytest.mark.parametrize("seed", range(CASES))
def test_the_step_ends_near_the_end_of_its_polynomial(seed: int) -> None:
    random = Random(seed)
    problem, stepper, step = some_step(random)
    if random.random() < 0.5:  # a point that the kernel cannot take
        step = LimbStep(step.sweep, start=step.start, scale=step.scale, reach=step.reach * Fraction(6, 7))
    with precision(64):
        bound = bounds_of(problem, stepper).bound(step)
    assert bound is not None
    p, grid = exactly(step), Fraction(1, 2**stepper.fixed.bits)
    whole = [fmpq_poly([to_fmpq(c * grid) for c in coefficients]) for coefficients in step.coefficients]
    ends = [fraction(x(to_fmpq(step.reach))) for x in p]
    missed = sum(((x - c * grid) ** 2 for x, c in zip(ends, step.end, strict=True)), Fraction(0))
    assert missed <= upper(bound.rounding) ** 2
    assert upper(bound.rounding) <= 2**20 * grid
    for k in range(5):
        u = to_fmpq(step.reach * k / 4)
        gap = sum((fraction(x(u) - y(u)) ** 2 for x, y in zip(p, whole, strict=True)), Fraction(0))
        assert gap <= upper(bound.gap) ** 2


# Growth


def hessian_at(problem: Model, flat: list[Fraction]) -> fmpq_mat:
    program, columns = tangent(problem.gradient), []
    values = {name: to_fmpq_mat(rows) for name, rows in unflatten(problem, flat).items()}
    for k in range(len(flat)):
        unit = [Fraction(int(i == k)) for i in range(len(flat))]
        directions = {"t" + name: to_fmpq_mat(rows) for name, rows in unflatten(problem, unit).items()}
        outputs = evaluate(program, {**values, **directions}, RationalAlgebra())
        columns.append([x for name in problem.names for x in outputs["td" + name].entries()])
    return fmpq_mat(columns)


def floats(matrix: fmpq_mat) -> Any:
    return np.array([[float(fraction(x)) for x in row] for row in matrix.tolist()])


def semidefinite(matrix: fmpq_mat) -> bool:
    """All roots of the characteristic polynomial are real: none is negative exactly when its coefficients alternate."""
    count = matrix.nrows()
    p = matrix.charpoly()
    return all(p[k] * (-1) ** (count - k) >= 0 for k in range(count + 1))


@pytest.mark.parametrize("seed", range(CASES))
def test_growth_is_bounded_by_its_pieces(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)
    problem, stepper, step = some_step(random, most=2, digits=20)
    bounds, seen = bounds_of(problem, stepper), []
    curvatures = kernel.curvatures

    def spy(*arguments: Any) -> None:
        curvatures(*arguments)
        seen.append(arguments[-1].copy())

    monkeypatch.setattr(kernel, "curvatures", spy)
    with precision(64):
        bound = bounds.bound(step)
    assert bound is not None
    p = exactly(step)
    if bound.spread == np.inf:
        assert not seen
        return

    def state(v: Fraction) -> list[Fraction]:
        return [fraction(x(to_fmpq(step.reach * v))) for x in p]

    if seen and problem.size <= 8:  # each rate bounds the Hessian at its point, exactly
        for k in random.sample(range(len(seen[0])), min(len(seen[0]), 2)):
            hessian = hessian_at(problem, state(Fraction(k, len(seen[0]) - 1)))
            unit = fmpq_mat([[int(i == j) for j in range(problem.size)] for i in range(problem.size)])
            assert semidefinite(hessian + to_fmpq(Fraction(float(seen[0][k]))) * unit)
            lowest = np.linalg.eigvalsh(floats(hessian))[0]
            assert seen[0][k] <= -lowest + 0.0101 / float(step.length) + 1e-9 * np.abs(floats(hessian)).max()
    # The integrals, from above by Riemann sums: between two points λ_max is at least what both allow.
    points = [state(Fraction(k, 8)) for k in range(9)]
    rates = np.array([-np.linalg.eigvalsh(floats(hessian_at(problem, x)))[0] for x in points])
    length = float(step.length)
    # λ_max along the path is smooth up to corners; Simpson's weights would not bound it, the trapezoid is near enough
    rough = length * np.abs(np.diff(rates, 2)).max() if len(rates) > 2 else 0.0
    assert bound.growth >= length * (rates[:-1] + rates[1:]).sum() / 16 - rough - 1e-9
    positive = np.maximum(rates, 0)
    assert bound.spread >= length * (positive[:-1] + positive[1:]).sum() / 16 - rough - 1e-9


@pytest.mark.parametrize("seed", range(CASES))
def test_norms_of_the_hessian_and_its_derivatives(seed: int) -> None:
    random = Random(seed)
    problem, stepper, step = some_step(random, most=2, digits=10)
    bounds = bounds_of(problem, stepper)
    with precision(64):
        assert bounds.bound(step) is not None
    p, found = exactly(step), np.zeros(kernel.JET)
    bounds._hessian.norms(bounds._spectral, bounds._frobenius, found)
    program, algebra = tangent(problem.gradient), EntrywiseAlgebra(lambda x: fmpq_poly([to_fmpq(x)]))
    path = unflatten(problem, [x(fmpq_poly([0, to_fmpq(step.reach)])) for x in p])  # in v from 0 to 1
    rows = []
    for k in range(problem.size):
        unit = [fmpq_poly([int(i == k)]) for i in range(problem.size)]
        directions = {"t" + name: matrix for name, matrix in unflatten(problem, unit).items()}
        outputs = evaluate(program, {**path, **directions}, algebra)
        rows.append([x for name in problem.names for row in outputs["td" + name] for x in row])
    for v in (fmpq(0), fmpq(random.randint(1, 99), 100), fmpq(1)):
        for order, bound in enumerate(found[:3]):
            matrix = np.zeros((problem.size, problem.size))
            for i, row in enumerate(rows):
                for j, entry in enumerate(row):
                    x = entry
                    for _ in range(order):
                        x = x.derivative()
                    matrix[i, j] = float(fraction(x(v))) / (2 if order == 2 else 1)
            assert np.linalg.norm(matrix, 2) <= bound * (1 + 1e-9)
    # in the state: a difference of Hessians within the room, over the distance
    here = [fraction(x(to_fmpq(step.reach / 3))) for x in p]
    move = [Fraction(random.gauss(0, 1)) for _ in here]
    length = Fraction(sum(float(x) ** 2 for x in move) ** 0.5 * (1 + 1e-12)) / Fraction(LEAST_ROOM)
    there = [x + y / length for x, y in zip(here, move, strict=True)]
    change = floats(hessian_at(problem, there) - hessian_at(problem, here))
    assert np.linalg.norm(change, 2) <= float(found[3]) * LEAST_ROOM * (1 + 1e-9)
    # the part of the Hessian that the residual makes
    bounds._residual_map.norms(bounds._spectral, bounds._frobenius, found)
    values = {name: to_fmpq_mat(rows) for name, rows in unflatten(problem, here).items()}
    residual = evaluate(problem.program, values, RationalAlgebra())["residual"]
    exact = sum(float(fraction(x)) ** 2 for x in residual.entries()) ** 0.5
    jacobian = np.array(
        [
            [
                float(fraction(x))
                for name in problem.names
                for x in evaluate(
                    pullback(problem.program, "residual", seed="seed"),
                    {**values, "seed": fmpq_mat(*problem.observations.residual_shape, _unit(problem, i, j))},
                    RationalAlgebra(),
                )["d" + name].entries()
            ]
            for i, j in problem.observations.positions
        ]
    )
    curved = floats(hessian_at(problem, here)) - jacobian.T @ jacobian
    assert np.linalg.norm(curved, 2) <= float(found[0]) * exact * (1 + 1e-9) + 1e-9


def _unit(problem: Model, row: int, column: int) -> list[int]:
    rows, columns = problem.observations.residual_shape
    return [int((i, j) == (row, column)) for i in range(rows) for j in range(columns)]


@pytest.mark.parametrize("seed", range(CASES))
def test_the_largest_eigenvalue_of_a_matrix_of_floats(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 30 if NIGHTLY else 13))
    kind, raw = seed % 4, random.normal(size=(count, count))
    matrix = raw + raw.T
    if kind == 1:  # of low rank: zero many times
        matrix = -(raw[:, :1] @ raw[:, :1].T)
    elif kind == 2:  # sizes far apart
        scale = 10.0 ** random.integers(-20, 20, size=count)
        matrix = matrix * scale[:, None] * scale[None, :]
    elif kind == 3:
        matrix = np.eye(count) * 3.0
    matrix = (matrix + matrix.T) / 2
    for tolerance in (1e-3, 1e-30):
        memory = np.zeros((kernel.LANCZOS + 1, count))
        memory[0] = 1 + random.random(count)
        bound = kernel._largest(
            np.ascontiguousarray(matrix), np.zeros((count, count)), memory, np.zeros((4, kernel.LANCZOS)), tolerance
        )
        exact = fmpq_mat([[to_fmpq(Fraction(x)) for x in row] for row in matrix.tolist()])
        unit = fmpq_mat([[int(i == j) for j in range(count)] for i in range(count)])
        assert semidefinite(to_fmpq(Fraction(bound)) * unit - exact)
        if kind != 2:
            assert bound <= np.linalg.eigvalsh(matrix)[-1] + tolerance + 1e-9 * np.abs(matrix).max()


def other_models() -> list[Model]:
    random = Random(4)
    seen = Observations(3, 3, ((0, 0, Fraction(1)), (0, 1, Fraction(2, 3)), (2, 1, Fraction(-1)), (2, 2, Fraction(0))))
    u, v = random_matrix(random, 3, 2), random_matrix(random, 3, 2)
    d = (Fraction(1, 2), Fraction(2, 3))
    return [BurerMonteiro(u, seen), UDU(u, d, seen), UDV(u, d, v, seen)]


@pytest.mark.parametrize("model", other_models(), ids=lambda model: str(model.model))
def test_other_models_are_bounded_too(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    stepper, seen = LimbStepper(model, Fixed(90), bits=66), []
    curvatures = kernel.curvatures

    def spy(*arguments: Any) -> None:
        curvatures(*arguments)
        seen.append(arguments[-1].copy())

    monkeypatch.setattr(kernel, "curvatures", spy)
    bounds = bounds_of(model, stepper)
    for _ in range(3):
        step = stepper.propose()
        assert isinstance(step, LimbStep)
        seen.clear()
        bound, (low, high) = parts(bounds, step, monkeypatch)
        assert bound is not None
        p, order = exactly(step), step.sweep.order
        slopes = gradient_of(model, p)
        defect = [x.derivative() + to_fmpq(step.scale) * g for x, g in zip(p, slopes, strict=True)]
        assert size(defect, 0, order, step.reach) <= low**2
        assert size(defect, order, 10**9, step.reach) <= high**2
        for rates in seen:
            for k in (0, len(rates) - 1):
                at = to_fmpq(step.reach * Fraction(k, len(rates) - 1))
                hessian = floats(hessian_at(model, [fraction(x(at)) for x in p]))
                assert np.allclose(hessian, hessian.T)
                assert rates[k] >= -np.linalg.eigvalsh(hessian)[0] - 1e-12
        stepper.accept(step)


# What float64 cannot hold


@pytest.mark.parametrize("start", [Fraction(10) ** 30, Fraction(10) ** 160, Fraction(10) ** 320, Fraction(1, 10**200)])
def test_extreme_starts_are_bounded_or_refused(start: Fraction) -> None:
    problem = Problem.of([[[start]], [[1]], [[1]]], Observations(1, 1, ((0, 0, Fraction(1)),)))
    stepper = LimbStepper(problem, Fixed(200), bits=176)
    step = stepper.propose()
    if not isinstance(step, LimbStep):
        return
    with precision(64):
        bound = bounds_of(problem, stepper).bound(step)
    if bound is not None and bound.defect.is_finite():
        p = exactly(step)
        defect = [x.derivative() + to_fmpq(step.scale) * g for x, g in zip(p, gradient_of(problem, p), strict=True)]
        assert size(defect, 0, 10**9, step.reach) <= upper(bound.defect) ** 2


def test_many_digits_are_below_the_range_of_float64() -> None:
    problem = reference_problem()
    stepper = LimbStepper(problem, Fixed(1500), bits=1476)
    step = stepper.propose()
    assert isinstance(step, LimbStep)
    with precision(64):
        bound = bounds_of(problem, stepper).bound(step)
    assert bound is not None
    assert 0 < upper(bound.defect) < Fraction(1, 2**1450)


def test_a_step_that_is_far_too_long_is_refused() -> None:
    problem = reference_problem()
    stepper = LimbStepper(problem, Fixed(100), bits=76)
    step = stepper.propose()
    assert isinstance(step, LimbStep)
    far = LimbStep(step.sweep, start=step.start, scale=step.scale, reach=Fraction(10) ** 40)
    with precision(64):
        assert bounds_of(problem, stepper).bound(far) is None


def test_a_residual_whose_series_is_not_made_still_has_its_growth_bounded() -> None:
    """A zero layer: no derivative needs some of the residual's series."""
    problem = Problem((random_matrix(Random(1), 2, 2), random_matrix(Random(2), 2, 2)), Observations.diagonal(2))
    stepper = LimbStepper(problem, Fixed(100), bits=76)
    bounds = bounds_of(problem, stepper)
    bounds.plan = replace(bounds.plan, steps=())
    assert bounds._residual_entries[1] == np.inf
    bounds = bounds_of(problem, stepper)
    step = stepper.propose()
    assert isinstance(step, LimbStep)
    with precision(64):
        expected = bounds.bound(step)
        bounds._residual_entries = (np.zeros(0, np.int64), np.inf)
        found = bounds.bound(step)
    assert expected is not None
    assert found is not None
    assert expected.growth <= found.growth < np.inf


def test_nothing_is_assumed_of_a_nonfinite_norm() -> None:
    table = stepbounds._NormTable(tangent(reference_problem().gradient), reference_problem().names)
    for bad in (np.inf, np.nan, 1e200):
        jets = np.ones((3, kernel.JET))
        jets[1, 0] = bad
        found = np.zeros(kernel.JET)
        table.norms(jets, jets, found)
        assert not np.isfinite(found[2])
