"""Law: what is a symmetry of the loss is a symmetry of the flow, approximate and enclosed."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from tests.symmetries import MOVES, Move
from tests.vectors import NIGHTLY, random_problem
from verify.arithmetic.exact import identity, scale
from verify.models import Observations, Problem, symmetric_family
from verify.numeric import integrate
from verify.rigorous import TubeError, enclose_flow

CASES = 100 if NIGHTLY else 4


def moving_problem(seed: int) -> Problem:
    return random_problem(Random(seed), most_layers=4, most=3, size=7)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("seed", range(CASES))
def test_the_approximate_flow_commutes_with_symmetries(move: Move, seed: int) -> None:
    problem, time = moving_problem(seed), Fraction(3, 4)
    other, back = move(problem, Random(seed))
    one, two = (integrate(p, time=time, digits=22) for p in (problem, other))
    for row, moved in zip(one.product, back(two.product), strict=True):
        for x, y in zip(row, moved, strict=True):
            assert abs(x - y) < 1e-20


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("seed", range(CASES))
def test_the_enclosed_flow_commutes_with_symmetries(move: Move, seed: int) -> None:
    problem, time = moving_problem(100 + seed), Fraction(1, 4)
    other, back = move(problem, Random(seed))
    try:
        one, two = (enclose_flow(p, time=time, digits=12) for p in (problem, other))
    except TubeError:
        pytest.fail("the test's problems are meant to be easy")
    for row, moved in zip(one.product, back(two.product), strict=True):
        for x, y in zip(row, moved, strict=True):
            assert x.overlaps(y)
            assert max(x.rad, y.rad) < Fraction(1, 10**9)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_scaling_layers_scales_time(depth: int) -> None:
    # θ̃(t) = cθ(c^{2L−2} t) solves the problem with data c^L y
    c = Fraction(3, 2)
    problem = random_problem(Random(depth), most_layers=1, most=2, size=7)
    layers = (*problem.layers, *(identity(problem.shapes[-1][0]),) * (depth - 1))
    problem = Problem(layers, problem.observations)
    rows, columns = problem.observations.shape
    entries = tuple((i, j, c**depth * y) for i, j, y in problem.observations.entries)
    scaled = Problem(tuple(scale(c, layer) for layer in layers), Observations(rows, columns, entries))
    time = Fraction(1, 2)
    one = integrate(problem, time=c ** (2 * depth - 2) * time, digits=25)
    two = integrate(scaled, time=time, digits=25)
    for row, other in zip(one.product, two.product, strict=True):
        for x, y in zip(row, other, strict=True):
            assert abs(x * (c**depth).numerator / (c**depth).denominator - y) < 1e-22


def test_blocks_are_the_single_entries_rescaled() -> None:
    # blocks of size s: the s = 1 family with w → sw, α → sα, in the same time
    big = integrate(symmetric_family(3, alpha="1/5", s=2), time=Fraction(2), digits=25)
    small = integrate(symmetric_family(3, alpha="2/5", value=2), time=Fraction(2), digits=25)
    for i in range(4):
        for j in range(4):
            assert abs(2 * big.layers[0][i][j] - small.layers[0][i // 2][j // 2]) < 1e-23
