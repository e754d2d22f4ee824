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

from tests.vectors import NIGHTLY, VECTORS, family, menon, plasticity, printed, random_problem, reference_problem
from verify.arithmetic import Ball, FloatAlgebra, InputError, evaluate
from verify.models import Observations, Problem
from verify.numeric import Flow, integrate

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
