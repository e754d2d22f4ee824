"""The compiled kernel gives the numbers of Python's integers, refuses what does not fit, and is where it should be."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from tests.vectors import NIGHTLY, random_matrix, random_problem, reference_problem
from verify.arithmetic import InputError, Program, ProgramBuilder, gradient
from verify.arithmetic.jets import FixedPoint, JetPlan, plan, taylor
from verify.models import Observations, Problem
from verify.numeric import integrate, limbs
from verify.numeric.limbs import LimbPlan, LimbSeries, LimbStepper, Sweep, UnsuitedError, integer_stepper, pack_plan
from verify.numeric.taylor import Fixed, Stepper, unflatten

pytest.importorskip("numba", reason="the kernel needs numba")
kernel: Any = pytest.importorskip("verify.numeric.limbkernel")

CASES = 200 if NIGHTLY else 20
_BITS_PER_DIGIT = 3.3219280948873626


def units(problem: Problem, bits: int) -> list[int]:
    return [FixedPoint(bits).number(x) for layer in problem.layers for row in layer for x in row]


def by_python(
    jets: JetPlan, names: Sequence[str], start: dict[str, Any], *, bits: int, scale: Fraction, order: int
) -> list[list[int]]:
    jet = taylor(jets, FixedPoint(bits), start, order=order, rate=-scale)
    return [series for name in names for row in jet.parameter(name) for series in row]


def furthest(ours: Sequence[Sequence[int]], theirs: Sequence[Sequence[int]]) -> int:
    return max(abs(a - b) for x, y in zip(ours, theirs, strict=True) for a, b in zip(x, y, strict=True))


def both(
    problem: Problem, *, bits: int, scale: Fraction, order: int, headroom: int = 12
) -> tuple[Sweep, list[list[int]]]:
    jets, state = plan(problem.gradient), units(problem, bits)
    sweep = LimbSeries(jets, problem.names, bits=bits).sweep(state, scale=scale, order=order, headroom=headroom)
    assert isinstance(sweep, Sweep)
    start = unflatten(problem, state)
    return sweep, by_python(jets, problem.names, start, bits=bits, scale=scale, order=order)


@pytest.mark.parametrize("seed", range(CASES))
def test_coefficients_are_those_of_python(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random, most_layers=6, most=4, size=8)
    bits = round(random.choice([10, 16, 30, 50, 100]) * _BITS_PER_DIGIT) + random.randint(0, 40)
    order = random.choice([1, 2, 7, 8, 9, 31, 40])
    scale = Fraction(random.randint(1, 2**12), 2 ** (12 + random.randint(8, 11)))
    sweep, theirs = both(problem, bits=bits, scale=scale, order=order, headroom=random.randint(20, 40))
    assert furthest(sweep.coefficients(), theirs) <= 8
    at = Fraction(random.randint(0, 2**12), 2**12)
    ends = [Fixed(bits).evaluate(c, at) for c in theirs]
    assert furthest([sweep.evaluate(at) or []], [ends]) <= 8 * (order + 2)


@pytest.mark.parametrize("digits", [10, 16, 30, 50, 100, 200, 400])
def test_every_precision_and_its_full_order(digits: int) -> None:
    bits = round(digits * _BITS_PER_DIGIT)
    sweep, theirs = both(reference_problem(), bits=bits + 16, scale=Fraction(5, 8), order=min(bits // 2, 250))
    assert furthest(sweep.coefficients(), theirs) <= 8


@pytest.mark.parametrize("digits", [1000, 4000])
def test_very_many_digits_at_a_small_order(digits: int) -> None:
    sweep, theirs = both(reference_problem(), bits=round(digits * _BITS_PER_DIGIT), scale=Fraction(1, 2), order=12)
    assert furthest(sweep.coefficients(), theirs) <= 8


@pytest.mark.parametrize("headroom", [27, 40, 54, 90, 200])
def test_headroom_of_a_limb_and_more(headroom: int) -> None:
    problem = random_problem(Random(3), most_layers=4, most=3)
    sweep, theirs = both(problem, bits=150, scale=Fraction(1, 64), order=20, headroom=headroom)
    assert furthest(sweep.coefficients(), theirs) <= 8


@pytest.mark.parametrize(("size", "exponent"), [(1000, -40), (10**6, -90), (Fraction(1, 10**9), 3)])
@pytest.mark.parametrize("depth", [2, 3])
def test_layers_of_extreme_size(size: Any, exponent: int, depth: int) -> None:
    random = Random(depth)
    layers = tuple(tuple(tuple(x * size for x in row) for row in random_matrix(random, 2, 2)) for _ in range(depth))
    problem = Problem(layers, Observations.diagonal(2, Fraction(1)))
    sweep, theirs = both(problem, bits=250, scale=Fraction(2) ** exponent, order=30, headroom=160)
    ours = sweep.coefficients()
    # One unit in the gradient, which such a factor may make larger or smaller, and then a series that may grow.
    loose = 1 + 2 ** max(exponent, 0) + max(abs(c) for x in theirs for c in x) // 2**160
    assert furthest(ours, theirs) <= 16 * loose


@pytest.mark.parametrize("bits", [260, 700])
def test_sums_that_are_longer_than_an_accumulator_holds(bits: int) -> None:
    """All limbs at their extreme, −2^(R−1), in sums of more products than one call may add."""
    limbs_each = -(-(bits + 12) // kernel.RADIX)
    value = limbs.integers(np.full((1, limbs_each), -(2 ** (kernel.RADIX - 1)), np.int64))[0]
    width = 40
    worst = Fraction(value, 2 ** (limbs_each * kernel.RADIX))
    problem = Problem(
        (tuple((worst,) for _ in range(width)), (tuple(worst for _ in range(width)),)),
        Observations(1, 1, ((0, 0, Fraction(1, 3)),)),
    )
    sweep, theirs = both(problem, bits=bits, scale=Fraction(1, 128), order=24, headroom=6)
    assert width * 24 * int(sweep.layout.columns[0]) > kernel.MOST_PRODUCTS
    assert furthest(sweep.coefficients(), theirs) <= 8


def test_most_products_are_what_an_accumulator_holds() -> None:
    largest = 2 ** (2 * kernel.RADIX - 2)
    assert kernel.MOST_PRODUCTS * largest + largest <= 2**63
    assert kernel.MOST_PRODUCTS // (kernel.BLOCK * kernel.MOST_UNROLLED) >= 1


@pytest.mark.parametrize("seed", range(CASES))
def test_settled_limbs_are_the_number_or_it_is_refused(seed: int) -> None:
    random = Random(seed)
    radix, seen = kernel.RADIX, set()
    settle = kernel._settle.py_func
    for _ in range(100):
        columns, count = random.randint(1, 6), random.randint(1, 7)
        shift = random.randint(-radix * (columns + 2), radix * (columns + 1))
        q, r = divmod(shift, radix)
        col = np.array(
            [random.randint(-9, 9)]
            + [random.randint(-1, 1) * random.getrandbits(random.randint(0, 62)) for _ in range(columns)],
            dtype=np.int64,
        )
        if random.random() < 0.7:
            col[: random.randint(1, columns)] = 0
        limb = np.full(count, 99, np.int64)
        low = radix * (columns + 9)  # everything times 2^low is an integer
        number = sum(int(c) << (low - radix * (s - 1) + shift) for s, c in enumerate(col))
        fits = settle(col, columns, np.int64(q), np.int64(r), limb, count)
        seen.add(fits)
        if fits:
            got = sum(int(c) << (low - radix * i) for i, c in enumerate(limb))
            unit = 1 << (low - radix * (count - 1))
            assert all(-(2 ** (radix - 1)) <= c < 2 ** (radix - 1) for c in limb)
            assert abs(got - number) <= unit * 0.51
        else:
            assert not -(1 << (radix - 1 + low)) <= number + (1 << low) // 2 < (1 << (radix - 1 + low)) - (1 << low)
    assert seen == {True, False}


@pytest.mark.parametrize("seed", range(CASES))
def test_integers_and_limbs_are_converted_exactly(seed: int) -> None:
    random = Random(seed)
    count = random.randint(1, 40)
    most = kernel.RADIX * count - 1
    values = [random.randint(-1, 1) * random.getrandbits(random.randint(0, most - 1)) for _ in range(9)] + [0, 1, -1]
    row = limbs.balanced(values, count)
    assert row is not None
    assert limbs.integers(row.astype(np.int64)) == values
    assert limbs.balanced([1 << most], count) is None
    assert limbs.balanced([-(1 << (most + 1))], count) is None
    unbalanced = np.array([[random.randint(-(2**29), 2**29) for _ in range(count)]], np.int64)
    assert limbs.integers(unbalanced) == [
        sum(int(c) << (kernel.RADIX * (count - 1 - i)) for i, c in enumerate(unbalanced[0]))
    ]


def linear_program() -> Program:
    """A residual with factors, sums of parameters, and no product in some entries."""
    build = ProgramBuilder()
    first, second = build.parameter("W1", 2, 2), build.parameter("W2", 2, 2)
    product = build.scale(Fraction(3, 7), build.product(second, build.transpose(first)))
    residual = build.add(build.diagonal(product), build.scale(Fraction(-5, 11), first))
    residual = build.add(residual, build.constant(((Fraction(1, 3), Fraction(0)), (Fraction(2), Fraction(-1, 9)))))
    return gradient(build.build(residual=residual))


def test_linear_terms_and_constants() -> None:
    random, bits = Random(1), 200
    jets = plan(linear_program())
    start = {
        name: [[FixedPoint(bits).number(x) for x in row] for row in random_matrix(random, 2, 2)]
        for name in ("W1", "W2")
    }
    state = [x for name in ("W1", "W2") for row in start[name] for x in row]
    packed = pack_plan(jets, ("W1", "W2"))
    assert len(packed.linear)
    sweep = LimbSeries(jets, ("W1", "W2"), bits=bits).sweep(state, scale=Fraction(1, 8), order=40, headroom=12)
    assert isinstance(sweep, Sweep)
    theirs = by_python(jets, ("W1", "W2"), start, bits=bits, scale=Fraction(1, 8), order=40)
    assert furthest(sweep.coefficients(), theirs) <= 8


def test_a_derivative_that_is_a_parameter() -> None:
    """W' = −W: the derivatives must not be read after the parameters have moved on."""
    entries = tuple((i, j, Fraction(0)) for i in range(2) for j in range(2))
    problem = Problem((random_matrix(Random(2), 2, 2),), Observations(2, 2, entries))
    sweep, theirs = both(problem, bits=120, scale=Fraction(1, 2), order=30)
    assert furthest(sweep.coefficients(), theirs) <= 8


def test_what_no_derivative_needs_is_left_out() -> None:
    layers = (random_matrix(Random(1), 6, 6), random_matrix(Random(2), 6, 6))
    problem = Problem(layers, Observations.diagonal(6, Fraction(1)))
    jets = plan(problem.gradient)
    packed: LimbPlan = pack_plan(jets, problem.names)
    # 6 of 36 residual entries of 6 products each; two gradients of 36 entries of one product each
    assert packed.products == 36 + 36 + 36 < jets.products
    assert len(packed.combinations) == 6 + 36 + 36  # each residual entry with its constant in one


def test_a_constant_derivative_is_left_to_python() -> None:
    build = ProgramBuilder()
    weight = build.parameter("W1", 1, 1)
    program = build.build(dW1=build.constant(((Fraction(2),),)), residual=weight)
    with pytest.raises(UnsuitedError, match="constant"):
        pack_plan(plan(program), ("W1",))


def test_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limbs, "MOST_LIMBS", 1000)
    problem = reference_problem()
    with pytest.raises(UnsuitedError, match="too many"):
        LimbSeries(plan(problem.gradient), problem.names, bits=100).layout(20, 12)
    stepper = LimbStepper(problem, Fixed(100), bits=84)
    stepper.accept(stepper.propose())
    assert stepper.by_python == 1


# Overflow


def test_a_number_that_does_not_fit_is_reported_with_its_order() -> None:
    problem = reference_problem()
    series = LimbSeries(plan(problem.gradient), problem.names, bits=160)
    state = units(problem, 160)
    assert isinstance(series.sweep(state, scale=Fraction(1, 4), order=40, headroom=8), Sweep)
    failed = series.sweep(state, scale=Fraction(64), order=40, headroom=8)
    assert isinstance(failed, int)
    assert 0 < failed < 40
    assert series.sweep([x << 20 for x in state], scale=Fraction(1, 4), order=40, headroom=8) == 0


@pytest.mark.parametrize("scale", [Fraction(1, 3), Fraction(2**21 + 1)])
def test_a_scale_that_is_no_short_dyadic_number_is_refused(scale: Fraction) -> None:
    problem = reference_problem()
    series = LimbSeries(plan(problem.gradient), problem.names, bits=160)
    with pytest.raises(ValueError, match="short dyadic"):
        series.sweep(units(problem, 160), scale=scale, order=8, headroom=8)


@pytest.mark.parametrize("factor", [Fraction(1, 2**20), Fraction(1), Fraction(40), Fraction(1000), Fraction(2**40)])
def test_the_stepper_finds_headroom_and_scale(factor: Fraction) -> None:
    layers = tuple(tuple(tuple(x * factor for x in row) for row in random_matrix(Random(k), 2, 2)) for k in range(2))
    problem = Problem(layers, Observations.diagonal(2, Fraction(1)))
    ours = LimbStepper(problem, Fixed(200), bits=170)
    for _ in range(4):
        ours.accept(ours.propose())
    assert ours.by_python <= 1  # a start of size 2^80 may want its first step done otherwise
    theirs = Stepper(problem, Fixed(200), bits=170)
    while theirs.time < ours.time:
        theirs.accept(theirs.propose(until=ours.time))
    # Whatever the size of the layers, to nearly all of the bits, of which growth may have taken some.
    assert furthest([ours.state], [theirs.state]) <= max(map(abs, theirs.state)) // 2**140 + 2**60


def test_python_does_the_step_when_the_kernel_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = reference_problem()
    monkeypatch.setattr(LimbSeries, "sweep", lambda self, *_, **__: 0)
    ours = LimbStepper(problem, Fixed(120), bits=96)
    theirs = Stepper(problem, Fixed(120), bits=96)
    theirs.order = ours.order
    for _ in range(2):
        ours.accept(ours.propose())
        theirs.accept(theirs.propose())
    assert ours.by_python == 2
    assert ours.state == theirs.state


# Steps and whole flows


def test_a_step_is_its_polynomial() -> None:
    stepper = LimbStepper(reference_problem(), Fixed(200), bits=176)
    end = Fraction(13, 4)
    while stepper.time < end:
        step = stepper.propose(end)
        ends = [Fixed(200).evaluate(c, step.reach) for c in step.coefficients]
        assert furthest([step.end], [ends]) <= 2 * stepper.order
        assert [c[0] for c in step.coefficients] == stepper.state
        stepper.accept(step)
    assert stepper.time == end
    with pytest.raises(AttributeError):
        _ = step.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("digits", [3, 16, 30, 60, 120])
def test_a_flow_is_the_same_by_either_way(digits: int) -> None:
    problem, time = reference_problem(), Fraction(3)
    one, two = (integrate(problem, time=time, digits=digits, method=m) for m in ("limbs", "fixed"))
    gap = max(
        abs(a - b)
        for x, y in zip(one.layers, two.layers, strict=True)
        for a, b in zip(sum(x, ()), sum(y, ()), strict=True)
    )
    assert gap < 10.0 ** (-digits - 8)
    assert one.balancedness_drift < 10.0 ** (-digits - 8)


@pytest.mark.parametrize("seed", range(6))
def test_random_flows_are_the_same_by_either_way(seed: int) -> None:
    problem = random_problem(Random(70 + seed), most_layers=6, most=3, size=8)
    one, two = (integrate(problem, time=Fraction(1), digits=20, method=m) for m in ("limbs", "fixed"))
    gap = max(
        abs(a - b)
        for x, y in zip(one.layers, two.layers, strict=True)
        for a, b in zip(sum(x, ()), sum(y, ()), strict=True)
    )
    assert gap < 1e-26


def test_patience_is_worn_out_and_the_walk_goes_on() -> None:
    problem = reference_problem()
    stepper = LimbStepper(problem, Fixed(200), bits=176, patience=1e-9)
    for _ in range(4):
        stepper.accept(stepper.propose())
    assert stepper.by_python == 1
    assert stepper.sweeps >= 3


def test_the_default_starts_with_python_and_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    for by_python in (0, 1):  # with the kernel loaded, and without
        stepper = integer_stepper(reference_problem(), bits=80, guard=16)
        assert isinstance(stepper, LimbStepper)
        stepper.accept(stepper.propose())
        assert stepper.by_python == by_python
        monkeypatch.delitem(sys.modules, "verify.numeric.limbkernel", raising=False)
    assert type(integer_stepper(reference_problem(), bits=80, guard=16, method="fixed")) is Stepper
    monkeypatch.setattr(limbs, "find_spec", lambda name: None)
    assert type(integer_stepper(reference_problem(), bits=80, guard=16)) is Stepper
    with pytest.raises(InputError, match="numba"):
        integer_stepper(reference_problem(), bits=80, guard=16, method="limbs")


def test_a_start_where_nothing_moves() -> None:
    problem = Problem((((Fraction(0),),), ((Fraction(0),),)), Observations.diagonal(1, Fraction(1)))
    assert integrate(problem, time=Fraction(1000), digits=20, method="limbs").layers[0][0][0] == 0
