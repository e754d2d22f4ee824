"""Law: the certified limit moves with the symmetries of the loss, and its spectrum does not move at all."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from tests.symmetries import MOVES, Move
from tests.vectors import NIGHTLY, family, menon, plasticity
from verify.arithmetic import Ball
from verify.models import Problem
from verify.numeric import integrate
from verify.rigorous import Limit, certify_limit

STARTS = {
    "V07": family("V07"),
    "M8": menon("M8"),
    "P-L2-v2": plasticity("P-L2-v2"),
}
_KNOWN: dict[str, Limit] = {}


def known(name: str) -> Limit:
    if name not in _KNOWN:
        _KNOWN[name] = certify_limit(STARTS[name], digits=8)
    return _KNOWN[name]


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("name", STARTS)
def test_limits_commute_with_symmetries(name: str, move: Move) -> None:
    limit = known(name)
    for seed in range(20 if NIGHTLY else 1):
        other, back = move(STARTS[name], Random(seed))
        moved = certify_limit(other, digits=8)
        assert limit.converged
        assert moved.converged, moved.reason
        for row, image in zip(limit.product, back(moved.product), strict=True):
            for x, y in zip(row, image, strict=True):
                assert x.overlaps(y)
                assert max(x.rad, y.rad) < Fraction(1, 10**7)
        assert moved.rank_at_least == limit.rank_at_least
        assert moved.stable_rank is not None
        assert limit.stable_rank is not None
        assert moved.stable_rank.overlaps(limit.stable_rank)
        for a, b in zip(moved.singular_values, limit.singular_values, strict=True):
            assert a.overlaps(b)


@pytest.mark.parametrize("name", ["V07", "M8"])
def test_the_limit_is_the_same_from_any_point_of_the_trajectory(name: str) -> None:
    # a point of the trajectory to 30 digits, as an exact start
    start = STARTS[name]
    state = integrate(start, time=Fraction(1), digits=30)
    layers = tuple(tuple(tuple(Ball.exact(x).mid for x in row) for row in layer) for layer in state.layers)
    later = certify_limit(Problem(layers, start.observations), digits=8)
    assert later.converged
    for row, other in zip(known(name).product, later.product, strict=True):
        for x, y in zip(row, other, strict=True):
            assert x.overlaps(y)


def test_what_is_certified_agrees_with_the_flow_long_after() -> None:
    for name in ("V07", "M8", "P-L2-v2"):
        limit = known(name)
        end = integrate(STARTS[name], time=limit.time + 20, digits=16)
        for row, balls in zip(end.product, limit.product, strict=True):
            for x, ball in zip(row, balls, strict=True):
                assert abs(x - ball.mid.numerator / ball.mid.denominator) < 1e-7
