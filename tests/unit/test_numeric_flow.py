"""The approximate integrator against closed forms, other people's integrators, and itself."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.vectors import (
    NIGHTLY,
    VECTORS,
    escaping,
    family,
    menon,
    plasticity,
    printed,
    random_problem,
    reference_problem,
)
from verify.arithmetic import Ball, FloatAlgebra, InputError, evaluate
from verify.models import Observations, Problem
from verify.numeric import Flow, NotReachedError, follow, integrate
from verify.numeric.flow import time_text

CASES = 200 if NIGHTLY else 5


def exactly(number: Any) -> Fraction:
    """The dyadic number that an mpmath number is."""
    return Ball.exact(number).mid


def near(number: Any, expected: Ball, slack: Fraction) -> bool:
    return abs(exactly(number) - expected.mid) <= expected.rad + slack


@pytest.mark.parametrize("name", VECTORS["middle"])
def test_mid_trajectory_states(name: str) -> None:
    given, shape = VECTORS["middle"][name], VECTORS["family"][name]
    digits, n, s = given["digits"], shape["n"], shape["s"]
    flow = integrate(family(name), time=Fraction(given["time"]), digits=40)
    slack = Fraction(1, 10**38)
    on, off = (exactly(flow.layers[0][0][j]) for j in (0, s))
    # eigenvalues of M ⊗ J_s: all-ones direction, and differences of two blocks
    assert abs(s * (on + (n - 1) * off) - printed(given["tau1"]).mid) <= printed(given["tau1"], digits).rad + slack
    assert abs(s * (on - off) - printed(given["tau2"]).mid) <= printed(given["tau2"], digits).rad + slack
    for key, (i, j) in {"observed": (0, 0), "off_block": (0, s)}.items():
        if key in given:
            assert near(flow.product[i][j], printed(given[key], digits), slack)


@pytest.mark.parametrize(
    ("name", "problem"),
    [(name, menon) for name in VECTORS["menon"]] + [(name, plasticity) for name in VECTORS["plasticity"]],
)
def test_states_at_time_one(name: str, problem: Callable[[str], Problem]) -> None:
    flow = integrate(problem(name), time=Fraction(1), digits=36)
    known = VECTORS["menon" if problem is menon else "plasticity"][name]["after_1"]
    for value, text in zip([x for row in flow.product for x in row], known, strict=True):
        assert near(value, printed(text), Fraction(1, 10**32))


def test_depth_one_is_an_exponential() -> None:
    problem = Problem.of(
        [[["1/3", -2, "1/7"], [0, 5, 1]]], Observations(2, 3, ((0, 0, Fraction(2)), (1, 2, Fraction(-1))))
    )
    flow = integrate(problem, time=Fraction(3, 2), digits=60)
    with mpmath.workdps(70):
        fade = mpmath.exp(mpmath.mpf(-3) / 2)
        expected = [[2 + (mpmath.mpf(1) / 3 - 2) * fade, -2, mpmath.mpf(1) / 7], [0, 5, -1 + 2 * fade]]
        for row, known in zip(flow.product, expected, strict=True):
            for x, y in zip(row, known, strict=True):
                assert abs(x - y) < mpmath.mpf(10) ** -60
    assert flow.balancedness_drift == 0


@pytest.mark.parametrize("digits", [5, 16, 50, 100, 200])
def test_one_by_one_depth_two_is_logistic(digits: int) -> None:
    # equal factors: d = θ² obeys d' = 2d(y − d)
    problem = Problem.of([[["1/10"]], [["1/10"]]], Observations(1, 1, ((0, 0, Fraction(2)),)))
    flow = integrate(problem, time=Fraction(3), digits=digits)
    with mpmath.workdps(digits + 20):
        d0, y = mpmath.mpf(1) / 100, 2
        known = y / (1 + (y / d0 - 1) * mpmath.exp(-2 * y * 3))
        assert abs(flow.product[0][0] - known) < mpmath.mpf(10) ** (1 - digits)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_two_arithmetics_agree(seed: int) -> None:
    problem = random_problem(Random(seed), most_layers=4, most=3, size=8)
    fixed = integrate(problem, time=Fraction(1, 2), digits=25, method="fixed")
    floating = integrate(problem, time=Fraction(1, 2), digits=25, method="mpmath")
    worst = max(
        abs(exactly(x) - exactly(y))
        for a, b in zip(fixed.layers, floating.layers, strict=True)
        for row, other in zip(a, b, strict=True)
        for x, y in zip(row, other, strict=True)
    )
    assert worst <= Fraction(1, 10**25)


def flat_field(problem: Problem) -> Callable[[float, Any], Any]:
    """The flow's field on states in a row, in float64."""

    def field(_: float, flat: Any) -> Any:
        values, position = {}, 0
        for name, (rows, columns) in zip(problem.names, problem.shapes, strict=True):
            values[name] = flat[position : position + rows * columns].reshape(rows, columns)
            position += rows * columns
        outputs = evaluate(problem.gradient, values, FloatAlgebra())
        return -np.concatenate([outputs["d" + name].ravel() for name in problem.names])

    return field


def flat_start(problem: Problem) -> Any:
    return np.array([float(x) for layer in problem.layers for row in layer for x in row])


def flat_end(flow: Flow) -> Any:
    return np.array([float(x) for layer in flow.layers for row in layer for x in row])


@pytest.mark.parametrize("seed", range(CASES))
def test_scipy_agrees(seed: int) -> None:
    problem = random_problem(Random(500 + seed), most_layers=4, most=4, size=8)
    known = solve_ivp(flat_field(problem), (0, 1), flat_start(problem), method="DOP853", rtol=1e-11, atol=1e-12)
    assert flat_end(integrate(problem, time=Fraction(1), digits=14)) == pytest.approx(known.y[:, -1], abs=1e-8)


def test_mpmath_odefun_agrees() -> None:
    problem = Problem.of(
        [[["1/2"], ["1/3"]], [["1/4", "-1/5"]]],  # rectangular: 1x2 · 2x1
        Observations(1, 1, ((0, 0, Fraction(1)),)),
    )
    flow = integrate(problem, time=Fraction(1), digits=25)
    with mpmath.workdps(25):

        def field(_: Any, v: Any) -> Any:
            r = v[2] * v[0] + v[3] * v[1] - 1
            return [-r * v[2], -r * v[3], -r * v[0], -r * v[1]]

        start = [mpmath.mpf(x.numerator) / x.denominator for layer in problem.layers for row in layer for x in row]
        known = mpmath.odefun(field, 0, start)(1)
        ours = [x for layer in flow.layers for row in layer for x in row]
        assert max(abs(x - y) for x, y in zip(ours, known, strict=True)) < mpmath.mpf(10) ** -22


def test_the_reference_trajectory() -> None:
    # P1 at t = 50, from an independent integrator with 110 digits
    flow = integrate(reference_problem(), time=Fraction(50), digits=40)
    assert near(
        flow.layers[0][0][0],
        printed("0.64903618809571982477613209201547298436406408544602322688489582566679"),
        Fraction(1, 10**39),
    )


# --- the whole way, and the time of a small residual


def scalar(depth: int, start: object, target: object = 1) -> Problem:
    """``u' = u^(depth−1)(y − u^depth)``: equal layers of one number."""
    return Problem.of([[[start]]] * depth, Observations(1, 1, ((0, 0, Fraction(str(target))),)))


@pytest.mark.parametrize(("digits", "method"), [(6, "fixed"), (30, "fixed"), (30, "mpmath"), (60, "limbs")])
def test_anywhere_on_the_way(digits: int, method: Any) -> None:
    # d = θ² obeys d' = 2d(y − d)
    course = follow(scalar(2, "1/10", 2), time=4, digits=digits, method=method)
    assert course.time == 4
    assert len(course.steps) > 3
    with mpmath.workdps(digits + 20):
        for k in range(29):
            when = Fraction(k, 7)
            known = 2 / (1 + 199 * mpmath.exp(-4 * mpmath.mpf(k) / 7))
            state = course.at(when)
            assert (state.time, state.digits) == (when, digits)
            assert abs(state.product[0][0] - known) < mpmath.mpf(10) ** (1 - digits)
            assert abs(state.loss - (known - 2) ** 2 / 2) < mpmath.mpf(10) ** (1 - digits)


@pytest.mark.parametrize("name", VECTORS["middle"])
def test_states_on_the_way_past_them(name: str) -> None:
    given = VECTORS["middle"][name]
    time, shape = Fraction(given["time"]), VECTORS["family"][name]
    state = follow(family(name), time=time * Fraction(5, 4), digits=40).at(time)
    on, off = (exactly(state.layers[0][0][j]) for j in (0, shape["s"]))
    first = shape["s"] * (on + (shape["n"] - 1) * off)
    assert abs(first - printed(given["tau1"]).mid) <= printed(given["tau1"], given["digits"]).rad + Fraction(1, 10**38)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_way_passes_where_one_stops(seed: int) -> None:
    random = Random(700 + seed)
    problem = random_problem(random, most_layers=4, most=3, size=8)
    course = follow(problem, time=1, digits=20)
    for _ in range(3):
        when = Fraction(random.randint(0, 1000), 1000)
        one, other = course.at(when), integrate(problem, time=when, digits=20)
        for row, same in zip(one.product, other.product, strict=True):
            assert all(abs(exactly(x) - exactly(y)) < Fraction(1, 10**20) for x, y in zip(row, same, strict=True))


def test_times_off_the_way_are_named() -> None:
    course = follow(family("V03"), time=2, digits=10)
    for when in (-1, "5/2", 0.5):
        with pytest.raises(InputError, match=r"^time"):
            course.at(when)
    assert follow(family("V03"), time=0, digits=10).at(0).loss == integrate(family("V03"), time=0, digits=10).loss


@pytest.mark.parametrize(
    ("depth", "start", "known"),
    [
        # y/2 is passed at log((y − α²)/α²)/(2y) for depth 2, at differences of t(u) for depths 3 and 4
        (2, "1/1000", "6.907754778981887051887307572386326"),
        (3, "1/100", "99.149699307839172062926140524599595"),
        (4, "1/10", "49.728579845646556607207519246609345"),
    ],
)
def test_when_half_is_learned(depth: int, start: str, known: str) -> None:
    passed = integrate(scalar(depth, start), until="1/2", digits=33)
    assert abs(passed.time - Fraction(known)) <= Fraction(2, 10**31)
    assert near(passed.loss, Ball(Fraction(1, 8)), Fraction(1, 10**30))


@pytest.mark.parametrize(("digits", "until"), [(3, "1"), (8, "1e-3"), (16, "1e-10"), (40, "1e-25"), (20, "1e-100")])
def test_when_the_residual_is_small(digits: int, until: str) -> None:
    with mpmath.workdps(digits + 130):
        small = mpmath.mpf(Fraction(until).numerator) / Fraction(until).denominator
        known = mpmath.log(199 * (2 - small) / small) / 4
        problem = scalar(2, "1/10", 2)
        passed = integrate(problem, until=until, digits=digits)
        when = mpmath.mpf(passed.time.numerator) / passed.time.denominator
        last = mpmath.mpf(10) ** (1 - digits + (1 if known >= 10 else 0))  # one unit of the last digit
        assert -last / 1000 <= when - known <= last * 1.3
        assert passed.loss <= small**2 / 2  # rounded to the side where it has been passed


def test_when_the_residual_is_small_by_quadrature() -> None:
    # the family's own time: t = ∫ dS/(w − d(S)), d(S) = ½((τ₁(0)^−1 − S)^−3 + (τ₂(0)^−1 − S)^−3) for depth 3, n = 2
    problem = family("V03")
    passed = integrate(problem, until="1e-8", digits=25)
    begin = [problem.layers[0][0][0] + sign * problem.layers[0][0][1] for sign in (1, -1)]
    with mpmath.workdps(45):
        first, second = (mpmath.mpf(x.denominator) / x.numerator for x in begin)

        def learned(s: Any) -> Any:
            return ((first - s) ** -3 + (second - s) ** -3) / 2

        # two observed entries, each with the residual 1 − d
        last = mpmath.findroot(lambda s: learned(s) - 1 + mpmath.mpf(10) ** -8 / mpmath.sqrt(2), first - 0.8)
        cuts = [last * (1 - mpmath.mpf(10) ** -k) for k in range(12)]
        known = mpmath.quad(lambda s: 1 / (1 - learned(s)), [*cuts, last])
        assert abs(passed.time - exactly(known)) < Fraction(1, 10**22)


def test_the_way_to_a_small_residual() -> None:
    problem = reference_problem()
    course = follow(problem, until="1e-6", digits=20)
    passed = integrate(problem, until="1e-6", digits=20)
    assert course.time == passed.time
    assert abs(course.at(course.time).loss - passed.loss) < 1e-30
    half = Fraction(1, 2 * 10**12)
    assert exactly(course.at(course.time).loss) <= half < exactly(course.at(course.time - Fraction(1, 10**17)).loss)
    slow = integrate(problem, until="1e-6", digits=20, method="mpmath")
    assert abs(slow.time - passed.time) <= Fraction(1, 10**17)


def test_a_residual_that_is_small_at_once() -> None:
    assert integrate(scalar(2, "1"), until="1e-3", digits=10).time == 0
    assert follow(scalar(2, "1"), until="1e-3", digits=10).at(0).loss == 0


def test_a_residual_that_stays() -> None:
    with pytest.raises(NotReachedError, match=r"still 0\.\d+ at t = 20$"):
        integrate(escaping(), until="1e-3", time=20, digits=8)
    for small in (0, "-1", 0.5):
        with pytest.raises(InputError, match=r"^until"):
            integrate(escaping(), until=small)
    with pytest.raises(InputError, match=r"^time: is not given"):
        follow(escaping())


def test_times_as_text() -> None:
    for time, text in (("1/128", "1/128"), ("12.248917210227244459", "12.248917210227244459"), ("1/3", "1/3")):
        assert integrate(scalar(1, 0), time=Fraction(time), digits=5).to_json()["time"] == text
    assert time_text(Fraction(1, 10**15 + 1)) == f"1/{10**15 + 1}"
    assert Fraction(time_text(Fraction(3, 2**50))) == Fraction(3, 2**50)
    assert time_text(Fraction(3, 2**50)).startswith("0.00000000000000266")


def test_time_zero_is_the_start() -> None:
    problem = family("V02")
    flow = integrate(problem, time=Fraction(0), digits=20)
    assert flow.steps == 0
    assert near(flow.product[0][1], Ball(problem.product()[0][1]), Fraction(1, 10**20))


def test_a_tiny_time_is_no_trouble() -> None:
    flow = integrate(family("V01"), time=Fraction(1, 10**400), digits=20)
    assert flow.time == Fraction(1, 10**400)
    assert near(flow.layers[0][0][0], Ball(Fraction(1, 10)), Fraction(1, 10**20))


def test_a_stationary_start_stays() -> None:
    problem = Problem.of([[[0, 0], [0, 0]]] * 3, Observations.diagonal(2))
    flow = integrate(problem, time=Fraction(10**6), digits=20)
    assert {float(x) for row in flow.product for x in row} == {0.0}
    assert flow.loss == 1


def test_json_is_text_of_the_digits_asked_for() -> None:
    data = integrate(family("V03"), time=Fraction(5), digits=40).to_json()
    assert set(data) >= {"time", "digits", "layers", "product", "radius", "steps", "seconds", "balancedness_drift"}
    assert data["radius"] is None
    assert data["time"] == "5"
    observed = Fraction(VECTORS["middle"]["V03"]["observed"])
    assert abs(Fraction(data["product"][0][0]) - observed) < Fraction(1, 10**40)


def test_progress_ends_at_one() -> None:
    seen: list[float] = []
    integrate(family("V03"), time=Fraction(4), digits=10, progress=lambda fraction, message: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize(
    ("arguments", "place"), [({"time": -1}, "time"), ({"time": 0.5}, "time"), ({"digits": 0}, "digits")]
)
def test_bad_requests_are_named(arguments: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=f"^{place}"):
        integrate(family("V01"), **{"time": Fraction(1), **arguments})
