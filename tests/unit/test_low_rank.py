"""The pieces that the claims about low rank are made of, against each other."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from proofs_checks.hou_sra_yurtsever_2025.trajectories import (
    A_BM,
    A_FREE,
    TRAP_START,
    A,
    Rounded,
    determinant,
    float_step,
    iterate_by_hand,
    resting,
)
from verify.arithmetic import Ball, precision
from verify.models import dump_problem, load_model
from verify.numeric.iterations import iterate

F = Fraction


def test_two_paths_enclose_the_same_states() -> None:
    for model in (A, A_FREE, A_BM, TRAP_START):
        steps = 600 if model == A else 60  # so far that the ball acts
        found = iterate(model, steps=steps, digits=400, numbers="balls")
        with precision(1400):
            U, D = iterate_by_hand(model, steps)
            for i, row in enumerate(found.state["U"]):
                for j, ball in enumerate(row):
                    assert Ball.from_arb(U[i, j]).overlaps(ball)
                    assert ball.rad < F(1, 10**100)
            for x, y in zip(D, found.state.get("D", [[Ball(F(1))]] * 4), strict=True):
                assert Ball.from_arb(x).overlaps(y[0])
            if model == A:
                assert found.active["U"] > 0
                value = Ball.from_arb(determinant(U, D))
                assert value.lower > 0


doubles = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e150, max_value=1e150)


@given(doubles, doubles)
def test_rounded_fractions_are_doubles(x: float, y: float) -> None:
    a, b = Rounded.of(x), Rounded.of(y)
    assert float(a + b) == x + y
    assert float(a - b) == x - y
    assert float(a * b) == x * y
    if y and abs(x / y) < 1e308:
        assert float(a / b) == x / y


def test_the_resting_state() -> None:
    """Float64 stands still at it, and nowhere near it: one more unit in the lost column, and it moves; or 100 times as
    large a column, and it grows."""
    model = resting()
    assert load_model(dump_problem(model)) == model
    U, D = [[float(x) for x in row] for row in model.U], [float(x) for x in model.D]
    assert float_step(U, D) == (U, D)
    assert 0 < U[1][0] < 1e-322
    grown = [[U[0][0], U[0][1]], [100 * U[1][0], U[1][1]]]
    moved, _ = float_step(grown, D)
    assert moved[1][0] > grown[1][0]
    X = [[sum(U[i][k] * D[k] * U[j][k] for k in range(2)) for j in range(2)] for i in range(2)]
    assert abs(X[0][0] - 40) < 1e-10
    assert X[1][1] == 0.0
