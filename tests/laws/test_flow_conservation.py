"""Laws: what the flow conserves, what it decreases, and that it can be run backwards."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.vectors import NIGHTLY, family, menon, plasticity, random_problem, reference_problem
from verify.arithmetic import Ball, BallAlgebra, precision
from verify.arithmetic.convert import from_arb_mat, to_arb_mat
from verify.arithmetic.jets import taylor
from verify.models import Problem
from verify.numeric import integrate
from verify.numeric.taylor import Fixed, Stepper
from verify.rigorous import enclose_flow

CASES = 100 if NIGHTLY else 5


@pytest.mark.parametrize("seed", range(CASES))
@pytest.mark.parametrize("digits", [12, 30])
def test_the_imbalance_drifts_less_than_the_digits(seed: int, digits: int) -> None:
    problem = random_problem(Random(seed), most_layers=4, most=3, size=8)
    flow = integrate(problem, time=Fraction(1), digits=digits)
    assert flow.balancedness_drift < 10.0**-digits


@pytest.mark.parametrize("problem", [menon("M2"), reference_problem(), plasticity("P-L3-v1")])
def test_a_wrong_integrator_is_betrayed_by_the_drift(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    digits, time = 20, Fraction(6)
    right = integrate(problem, time=time, digits=digits, method="fixed").balancedness_drift
    assert right < 10.0**-digits
    reach = Stepper._reach
    with monkeypatch.context() as patch:  # steps a half too long
        patch.setattr(Stepper, "_reach", lambda self, *rest: 1.5 * reach(self, *rest))
        too_long = integrate(problem, time=time, digits=digits, method="fixed").balancedness_drift
    assert too_long > 100 * right
    evaluate = Fixed.evaluate
    with monkeypatch.context() as patch:  # the highest third of the orders is lost
        patch.setattr(Fixed, "evaluate", lambda self, c, at: evaluate(self, c[: 2 * len(c) // 3], at))
        cut = integrate(problem, time=time, digits=digits, method="fixed").balancedness_drift
    assert cut > 1000 * right


@pytest.mark.parametrize("seed", range(CASES))
def test_the_enclosure_contains_the_conserved_imbalance(seed: int) -> None:
    problem = random_problem(Random(40 + seed), most_layers=4, most=3, size=7)
    layers = enclose_flow(problem, time=Fraction(1, 4), digits=10).layers
    algebra = BallAlgebra()
    with precision(200):
        for lower, upper, start in zip(layers, layers[1:], problem.imbalance(), strict=False):
            below, above = to_arb_mat(lower), to_arb_mat(upper)
            now = algebra.product(algebra.transpose(above), above) - algebra.product(below, algebra.transpose(below))
            for row, exactly in zip(from_arb_mat(now), start, strict=True):
                assert all(ball.contains(x) for ball, x in zip(row, exactly, strict=True))


class Backward(Stepper[int]):
    """The same flow against time."""

    def _series(self, scale: Fraction, order: int) -> tuple[list[int], ...]:
        jet = taylor(self.plan, self.field, self.layers(self.state), order=order, rate=scale)
        return tuple(series for name in self.problem.names for row in jet.parameter(name) for series in row)


@pytest.mark.parametrize("problem", [family("V02"), family("V07"), menon("M2"), reference_problem()])
def test_forward_and_back_is_the_start(problem: Problem) -> None:
    time, bits = Fraction(2), 150
    there: Stepper[Any] = Stepper(problem, Fixed(bits + 24), bits=bits)
    while there.time < time:
        there.accept(there.propose(time))
    back = Backward(problem, Fixed(bits + 24), bits=bits, state=there.state)
    while back.time < time:
        back.accept(back.propose(time))
    start = [x for layer in problem.layers for row in layer for x in row]
    moved = max(abs(Fraction(c, 2 ** (bits + 24)) - x) for c, x in zip(there.state, start, strict=True))
    lost = max(abs(Fraction(c, 2 ** (bits + 24)) - x) for c, x in zip(back.state, start, strict=True))
    assert moved > Fraction(1, 1000)
    # against time the contraction of the flow becomes growth: V07 relaxes at a rate of about 20
    assert lost < Fraction(1, 10**15)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_loss_falls(seed: int) -> None:
    problem = random_problem(Random(200 + seed), most_layers=4, most=3, size=8)
    losses = [integrate(problem, time=Fraction(k, 4), digits=10).loss for k in range(6)]
    # at a critical point it stays; elsewhere it falls
    assert all(after <= before for before, after in pairwise(losses))


@pytest.mark.parametrize("problem", [family("V03"), reference_problem()])
def test_going_on_from_where_one_stopped(problem: Problem) -> None:
    first = integrate(problem, time=Fraction(3, 2), digits=30)
    layers = tuple(tuple(tuple(Ball.exact(x).mid for x in row) for row in layer) for layer in first.layers)
    second = integrate(Problem(layers, problem.observations), time=Fraction(5, 2), digits=30)
    whole = integrate(problem, time=Fraction(4), digits=30)
    for row, other in zip(second.product, whole.product, strict=True):
        assert all(abs(x - y) < 1e-28 for x, y in zip(row, other, strict=True))
