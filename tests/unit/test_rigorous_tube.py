"""Tubes: every enclosure contains the true flow, and a wrong bound is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

import flint
import mpmath
import numpy as np
import pytest

from tests.vectors import (
    NIGHTLY,
    VECTORS,
    family,
    menon,
    plasticity,
    printed,
    random_matrix,
    random_problem,
    reference_problem,
    saddle,
)
from verify.arithmetic import Ball, InputError
from verify.models import Observations, Problem, dump_problem, load_problem, symmetric_family
from verify.numeric.limbs import LimbStep
from verify.numeric.taylor import Fixed, Step, Stepper
from verify.rigorous import Tube, TubeError, enclose_flow
from verify.rigorous.defect import DefectBound, defect_bound
from verify.rigorous.hessian import Curvature
from verify.rigorous.stepbounds import StepBound, StepBounds
from verify.rigorous.tube import BoundMethod

pytest.importorskip("verify.numeric.limbkernel", reason="the compiled bounds need numba")
CASES = 10_000 if NIGHTLY else 250


@dataclass(frozen=True)
class Scaled(Curvature):
    """Curvature whose upper bound is made wrong: `factor` times what it should be where it is positive."""

    factor: float = 1.0

    def expansion(self, mid: Any, rad: Any, *, room: Any = None) -> Any:
        rates, excess = super().expansion(mid, rad, room=room)
        return np.where(rates > 0, rates * self.factor, rates), excess


def scaled_defect(factor: str) -> Callable[..., DefectBound]:
    return lambda *arguments, **options: DefectBound(defect_bound(*arguments, **options).value * flint.arb(factor))


def precise(problem: Problem, time: Fraction, digits: int) -> list[Fraction]:
    """The state at `time`, to about so many digits."""
    bits = round(3.33 * digits)
    stepper = Stepper(problem, Fixed(bits + 24), bits=bits)
    while stepper.time < time:
        stepper.accept(stepper.propose(time))
    return [Fraction(x, 2 ** (bits + 24)) for x in stepper.state]


def walk(tube: Tube, time: Fraction) -> Tube:
    while tube.time < time:
        tube.advance(until=time)
    return tube


def distance_squared(tube: Tube, state: Iterable[Fraction]) -> Fraction:
    unit = 1 << tube.fraction_bits
    return sum(((Fraction(c, unit) - x) ** 2 for c, x in zip(tube.stepper.state, state, strict=True)), Fraction(0))


def holds(tube: Tube, state: Iterable[Fraction]) -> bool:
    """Whether the state lies in the tube: Euclidean, exact."""
    return distance_squared(tube, state) <= Ball.from_arb(tube.radius).upper ** 2


def outcomes(cases: int, method: BoundMethod, defect: Callable[..., Any] = defect_bound) -> list[bool | None]:
    """Random problems at low precision: does the tube hold the run of twice the precision? None: refused."""
    results: list[bool | None] = []
    for seed in range(cases):
        random = Random(seed)
        problem = random_problem(random, most_layers=6, most=5, size=8)
        digits, time = random.randint(4, 8), random.choice([Fraction(1, 16), Fraction(1, 8), Fraction(1, 5)])
        tube = Tube.start(problem, digits=digits, method=method)
        tube.bound_defect = defect
        try:
            walk(tube, time)
        except TubeError:
            results.append(None)
            continue
        results.append(holds(tube, precise(problem, time, 2 * digits + 6)))
    return results


@pytest.mark.parametrize(("method", "cases"), [("auto", CASES), ("balls", CASES // 10)])
def test_random_problems_stay_inside(method: BoundMethod, cases: int) -> None:
    results = outcomes(cases, method)
    assert results.count(False) == 0
    assert results.count(True) >= 0.95 * cases


@pytest.mark.parametrize("factor", ["0.01", "0"])
def test_a_wrong_remainder_bound_is_caught(factor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcomes(16, "balls", scaled_defect(factor)).count(False) >= 5
    right = StepBounds.bound

    def wrong(self: StepBounds, step: LimbStep, *, radius: float) -> StepBound | None:
        bound = right(self, step, radius=radius)
        return None if bound is None else replace(bound, defect=bound.defect * flint.arb(factor))

    monkeypatch.setattr(StepBounds, "bound", wrong)
    assert outcomes(60, "auto").count(False) >= 20


def test_the_two_ways_to_bound_a_step_agree() -> None:
    """Wherever both bound a step, neither is much larger; and the compiled one was indeed used."""
    used = 0
    for seed in range(40 if NIGHTLY else 8):
        random = Random(seed)
        problem = random_problem(random, most_layers=4, most=3, size=8)
        one, two = (Tube.start(problem, digits=14, method=method) for method in ("auto", "balls"))
        for tube in (one, two):
            walk(tube, Fraction(1, 2))
        used += one._bounds is not None
        assert one.stepper.steps == two.stepper.steps
        assert float(two.radius) / 8 < float(one.radius) < 8 * float(two.radius)
    assert used >= 6


def random_direction(random: Random, size: int) -> list[Fraction]:
    """A rational vector of Euclidean norm just below 1."""
    raw = [random.gauss(0, 1) for _ in range(size)]
    norm = sum(x * x for x in raw) ** 0.5 * (1 + 1e-12)
    return [Fraction(x / norm) for x in raw]


def displaced(problem: Problem, by: Iterable[Fraction]) -> Problem:
    """The problem with the start moved by a vector (layers W_1 first, row by row)."""
    moves = iter(by)
    layers = tuple(tuple(tuple(x + next(moves) for x in row) for row in layer) for layer in problem.layers)
    return Problem(layers, problem.observations)


def steepest(problem: Problem) -> list[Fraction]:
    """The direction in which neighbours part fastest at the start: the Hessian's lowest eigenvector."""
    flat = np.array([float(x) for layer in problem.layers for row in layer for x in row])
    identity, step = np.eye(len(flat)), 1e-5

    def gradient(point: Any) -> Any:
        from verify.arithmetic import FloatAlgebra, evaluate

        values, position = {}, 0
        for name, (rows, columns) in zip(problem.names, problem.shapes, strict=True):
            values[name] = point[position : position + rows * columns].reshape(rows, columns)
            position += rows * columns
        outputs = evaluate(problem.gradient, values, FloatAlgebra())
        return np.concatenate([outputs["d" + name].ravel() for name in problem.names])

    hessian = np.array([(gradient(flat + step * e) - gradient(flat - step * e)) / (2 * step) for e in identity])
    vector = np.linalg.eigh((hessian + hessian.T) / 2)[1][:, 0]
    return [Fraction(float(x) * (1 - 1e-12)) for x in vector]


@pytest.mark.parametrize("seed", range(200 if NIGHTLY else 25))
def test_a_ball_of_starts_stays_inside(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random, most_layers=4, most=3, size=8)
    ball = random.choice([Fraction(1, 1000), Fraction(1, 100_000)])
    try:
        tube = walk(Tube.start(problem, digits=12, ball=ball), Fraction(1, 5))
    except TubeError:
        return
    directions = [random_direction(random, problem.size) for _ in range(3)] + [steepest(problem)]
    for direction in directions:
        for sign in (1, -1):
            start = displaced(problem, (sign * ball * x for x in direction))
            assert holds(tube, precise(start, Fraction(1, 5), 20))


def test_a_wrong_curvature_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    # near zero, depth 2 spreads neighbours like e^t: half the rate does not hold them
    problem = symmetric_family(2, alpha="1/10")
    ball, time = Fraction(1, 10_000), Fraction(2)
    starts = [displaced(problem, (sign * ball * x for x in steepest(problem))) for sign in (1, -1)]
    ends = [precise(start, time, 20) for start in starts]
    for factor, contained in ((1.0, True), (0.5, False), (0.0, False)):
        tube = Tube.start(problem, digits=12, ball=ball, method="balls")
        tube.curvature = Scaled(problem, factor=factor)
        walk(tube, time)
        assert all(holds(tube, end) for end in ends) is contained, factor
    right = StepBounds._growth
    for factor, contained in ((1.0, True), (0.5, False), (0.0, False)):

        def wrong(self: StepBounds, *arguments: Any, factor: float = factor) -> tuple[float, float]:
            growth, spread = right(self, *arguments)
            return factor * growth, factor * spread

        monkeypatch.setattr(StepBounds, "_growth", wrong)
        tube = Tube.start(problem, digits=12, ball=Fraction(1, 10**8))
        near = [displaced(problem, (sign * x / 10**8 for x in steepest(problem))) for sign in (1, -1)]
        walk(tube, time)
        assert all(holds(tube, precise(start, time, 20)) for start in near) is contained, factor


@pytest.mark.parametrize("digits", [6, 9, 16, 30])
@pytest.mark.parametrize("method", ["auto", "balls"])
def test_precision_does_not_change_what_is_true(digits: int, method: BoundMethod) -> None:
    # P1 through its transition, coarse and fine, against the reference state to 60 digits
    problem, time = reference_problem(), Fraction(6)
    tube = walk(Tube.start(problem, digits=digits, method=method), time)
    assert holds(tube, precise(problem, time, 60))
    assert float(tube.radius) < 10.0 ** (5 - digits)


@pytest.mark.parametrize("name", VECTORS["middle"])
def test_mid_trajectory_states_are_enclosed(name: str) -> None:
    given, shape = VECTORS["middle"][name], VECTORS["family"][name]
    digits, n, s = given["digits"], shape["n"], shape["s"]
    enclosure = enclose_flow(family(name), time=Fraction(given["time"]), digits=40)
    assert enclosure.radius <= Fraction(1, 10**40)
    on, off = (enclosure.layers[0][0][j] for j in (0, s))
    tau1 = Ball(s * (on.mid + (n - 1) * off.mid), s * (on.rad + (n - 1) * off.rad))
    tau2 = Ball(s * (on.mid - off.mid), s * (on.rad + off.rad))
    for ball, key in ((tau1, "tau1"), (tau2, "tau2")):
        assert ball.overlaps(printed(given[key], digits))
    for key, j in (("observed", 0), ("off_block", s)):
        if key in given:
            assert enclosure.product[0][j].rad <= Fraction(1, 10**36)
            assert enclosure.product[0][j].overlaps(printed(given[key], digits))


@pytest.mark.parametrize(
    ("name", "problem"),
    [(name, menon) for name in VECTORS["menon"]] + [(name, plasticity) for name in VECTORS["plasticity"]],
)
def test_states_at_time_one_are_enclosed(name: str, problem: Callable[[str], Problem]) -> None:
    enclosure = enclose_flow(problem(name), time=Fraction(1), digits=34)
    known = VECTORS["menon" if problem is menon else "plasticity"][name]["after_1"]
    for ball, text in zip([x for row in enclosure.product for x in row], known, strict=True):
        assert ball.rad <= Fraction(1, 10**32)
        assert ball.overlaps(printed(text))


def test_closed_forms_are_enclosed() -> None:
    linear = Problem.of([[["1/3", 7]]], Observations(1, 2, ((0, 0, Fraction(2)),)))
    enclosure = enclose_flow(linear, time=Fraction(3, 2), digits=50)
    logistic = Problem.of([[["1/10"]], [["1/10"]]], Observations(1, 1, ((0, 0, Fraction(2)),)))
    other = enclose_flow(logistic, time=Fraction(3), digits=50)
    with mpmath.workdps(80):
        fade = mpmath.exp(mpmath.mpf(-3) / 2)
        assert enclosure.product[0][0].contains(2 - fade * 5 / 3)
        assert other.product[0][0].contains(2 / (1 + 199 * mpmath.exp(-12)))
    assert enclosure.product[0][1].contains(7)
    assert max(x.rad for x in (*enclosure.product[0], *other.product[0])) < Fraction(1, 10**49)


@pytest.mark.parametrize("digits", [150, 320])
def test_many_digits(digits: int) -> None:
    # radii far below the least float64
    problem = Problem.of([[["1/10"]], [["1/10"]]], Observations(1, 1, ((0, 0, Fraction(2)),)))
    enclosure = enclose_flow(problem, time=Fraction(1, 2), digits=digits)
    with mpmath.workdps(digits + 40):
        assert enclosure.product[0][0].contains(2 / (1 + 199 * mpmath.exp(-2)))
    assert enclosure.radius <= Fraction(1, 10**digits)


def test_steps_end_exactly_at_the_time_asked_for() -> None:
    tube = Tube.start(family("V03"), digits=12)
    for until in (Fraction(1, 3), Fraction(7, 5), Fraction(7, 5) + Fraction(1, 10**30), Fraction(3)):
        walk(tube, until)
        assert tube.time == until
        assert holds(tube, precise(tube.problem, until, 30))


def test_a_tiny_time_is_no_trouble() -> None:
    enclosure = enclose_flow(family("V01"), time=Fraction(1, 10**400), digits=20)
    assert enclosure.layers[0][0][0].contains("1/10")


def test_time_zero_is_the_start_exactly_enclosed() -> None:
    problem = family("V19")
    enclosure = enclose_flow(problem, time=Fraction(0), digits=20)
    assert enclosure.steps == 0
    for ball, x in zip(
        [b for row in enclosure.product for b in row], [x for row in problem.product() for x in row], strict=True
    ):
        assert ball.contains(x)
        assert ball.rad < Fraction(1, 10**20)


def test_json_encloses_what_it_was_made_from() -> None:
    enclosure = enclose_flow(family("V03"), time=Fraction(2), digits=20)
    data = enclosure.to_json()
    assert set(data) >= {"time", "digits", "layers", "product", "radius", "steps", "seconds"}
    assert Fraction(data["radius"]) >= enclosure.radius
    written = [Ball.from_json(x) for layer in data["layers"] for row in layer for x in row]
    for ball, inner in zip(written, [x for layer in enclosure.layers for row in layer for x in row], strict=True):
        assert ball.contains(inner)


@pytest.mark.parametrize("size", ["1e3", "1e30", "1e200", "1e320"])
def test_huge_starts_are_enclosed_or_refused_without_a_crash(size: str) -> None:
    problem = Problem.of([[[size]], [[1]], [[1]]], Observations(1, 1, ((0, 0, Fraction(1)),)))
    try:
        enclose_flow(problem, time=Fraction(1, 10**6), digits=6)
    except TubeError as error:
        assert "too wide" in str(error)  # noqa: PT017 - either outcome is right


def test_a_lack_of_precision_is_met_with_more_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """One digit does not survive the escape from a small start; the digits asked for are delivered all the same."""
    problem = symmetric_family(2, alpha="1/1000")
    time = Fraction(8)
    with pytest.raises(TubeError):
        walk(Tube.start(problem, digits=1), time)
    started: list[int] = []
    start = Tube.start

    def spy(*arguments: Any, **options: Any) -> Tube:
        options["digits"] -= 0 if started else 4  # the first run as poor as that
        started.append(options["digits"])
        return start(*arguments, **options)

    monkeypatch.setattr(Tube, "start", spy)
    enclosure = enclose_flow(problem, time=time, digits=1)
    assert len(started) >= 2
    assert started == sorted(started)
    assert enclosure.radius <= Fraction(1, 10)


def test_a_step_that_is_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = symmetric_family(2, alpha="1/10")
    tube, carried = Tube.start(problem, digits=12), Tube._carried
    lengths: list[Fraction] = []

    def short_only(self: Tube, step: Step[int], *, most: int) -> Any:
        lengths.append(step.length)
        return carried(self, step, most=most) if step.length < lengths[0] / 10 else None

    monkeypatch.setattr(Tube, "_carried", short_only)
    tube.advance()
    assert lengths == [lengths[0], lengths[0] / 8, lengths[0] / 64]
    assert tube.time == lengths[-1]
    tube.advance()  # steps lengthen again
    assert lengths[2] < lengths[3] <= 2 * lengths[2]
    assert holds(tube, precise(problem, tube.time, 30))
    monkeypatch.setattr(Tube, "_carried", lambda self, step, *, most: None)
    with pytest.raises(TubeError, match="too wide"):
        tube.advance()
    lengths.clear()
    wide = Tube.start(problem, digits=12, ball=Fraction(1, 100))
    with pytest.raises(TubeError, match="too wide"):
        wide.advance()
    assert wide._cuts == 0


@pytest.mark.parametrize("method", ["auto", "balls"])
def test_a_cut_step_is_as_good_as_another(method: BoundMethod) -> None:
    problem, cuts = reference_problem(), 0
    tube = Tube.start(problem, digits=14, method=method)
    while tube.time < 3:
        step = tube.stepper.propose(Fraction(3))
        step = tube._cut(step, step.reach / 4)
        end = tube._carried(step)
        assert end is not None
        tube.radius, cuts = end, cuts + 1
        tube.stepper.accept(step)
        if cuts == 4:
            walk(tube, Fraction(3))
    assert holds(tube, precise(problem, Fraction(3), 30))
    assert float(tube.radius) < 1e-11


def test_a_ball_that_grows_too_wide_is_refused() -> None:
    with pytest.raises(TubeError, match="too wide"):
        enclose_flow(reference_problem(), time=Fraction(60), digits=10, ball="1/20")


@pytest.mark.parametrize(
    ("arguments", "place"),
    [({"time": -1}, "time"), ({"time": 0.5}, "time"), ({"digits": 0}, "digits"), ({"ball": -1}, "ball")],
)
def test_bad_requests_are_named(arguments: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=f"^{place}"):
        enclose_flow(family("V01"), **{"time": Fraction(1), **arguments})


def test_global_precisions_are_left_alone_also_by_errors() -> None:
    before = flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec
    enclose_flow(family("V01"), time=Fraction(1), digits=20)
    assert (flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec) == before
    with pytest.raises(TubeError):
        enclose_flow(reference_problem(), time=Fraction(60), digits=10, ball="1/20")
    assert (flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec) == before

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("on purpose")

    tube = Tube.start(saddle(), digits=10, method="balls")
    tube.bound_defect = broken
    with pytest.raises(RuntimeError, match="on purpose"):
        tube.advance()
    assert (flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec) == before


@pytest.mark.parametrize(("prec", "cap"), [(2, 1), (20, 3), (5000, 4000)])
def test_the_result_does_not_depend_on_the_global_precision(prec: int, cap: int) -> None:
    expected = enclose_flow(family("V02"), time=Fraction(1, 2), digits=15)
    before = flint.ctx.prec, flint.ctx.cap
    try:
        flint.ctx.prec, flint.ctx.cap = prec, cap
        found = enclose_flow(family("V02"), time=Fraction(1, 2), digits=15)
    finally:
        flint.ctx.prec, flint.ctx.cap = before
    assert (found.layers, found.product, found.radius) == (expected.layers, expected.product, expected.radius)


def test_a_problem_read_back_flows_the_same() -> None:
    problem = Problem(tuple(random_matrix(Random(3), 2, 2) for _ in range(2)), Observations.diagonal(2))
    again = load_problem(dump_problem(problem))
    assert (
        enclose_flow(again, time=Fraction(1), digits=12).layers
        == enclose_flow(problem, time=Fraction(1), digits=12).layers
    )
