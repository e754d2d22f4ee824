"""Constrained flows: when constraints begin and cease to act, and what the flow does in between."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest

from verify.arithmetic import exact, exact_matrix
from verify.models import UDU, UDV, Model, Observations
from verify.numeric import Flow, integrate
from verify.numeric.iterations import iterate

F = Fraction


def fully(matrix: list[list[int]]) -> Observations:
    cells = ((i, j, F(x)) for i, row in enumerate(matrix) for j, x in enumerate(row))
    return Observations(len(matrix), len(matrix[0]), tuple(cells))


U = exact_matrix([["1/2", "1/10"], ["0", "1/2"]])
BALL = UDU(U, (F(1), F(1)), fully([[2, 1], [1, 2]]), radius=F(1))
TWO_BALLS = UDV(U, (F(1), F(1)), U, fully([[2, 1], [0, 2]]), radii=(F(1), F(4, 5)))
CLAMPED = UDU(exact_matrix([[2, 0], [0, 2]]), (F(1), F(1)), fully([[-2, 0], [0, -2]]))


def largest_gap(one: Flow, other: Flow) -> Fraction:
    return max(
        abs(exact(x) - exact(y))
        for a, b in zip(one.layers, other.layers, strict=True)
        for row, cells in zip(a, b, strict=True)
        for x, y in zip(row, cells, strict=True)
    )


@pytest.mark.parametrize("model", [BALL, TWO_BALLS, CLAMPED], ids=["ball", "two balls", "clamped"])
def test_methods_and_precisions_agree(model: Model) -> None:
    sharp = integrate(model, time=1, digits=25)
    for digits, method in ((15, "fixed"), (12, "mpmath")):
        other = integrate(model, time=1, digits=digits, method=method)  # type: ignore[arg-type]
        assert largest_gap(sharp, other) < F(1, 10**digits)
        assert [(s.what, s.on) for s in other.switches] == [(s.what, s.on) for s in sharp.switches]
        for mine, theirs in zip(sharp.switches, other.switches, strict=True):
            assert abs(mine.time - theirs.time) < F(1, 10**digits)


@pytest.mark.parametrize("model", [BALL, TWO_BALLS, CLAMPED], ids=["ball", "two balls", "clamped"])
def test_it_is_the_limit_of_the_iteration(model: Model) -> None:
    """Errors of the iteration shrink in proportion to its step."""
    flow = integrate(model, time=1, digits=20)
    gaps = []
    for count in (250, 500, 1000):
        end = iterate(model, steps=count, step=F(1, count), digits=20)
        gaps.append(
            max(
                abs(x.mid - exact(y))
                for name, rows in zip(model.names, flow.layers, strict=True)
                for row, cells in zip(end.state[name], rows, strict=True)
                for x, y in zip(row, cells, strict=True)
            )
        )
    assert gaps[0] < F(1, 20)
    for coarse, fine in pairwise(gaps):
        assert F(17, 10) < coarse / fine < F(5, 2)


def test_the_ball_is_kept() -> None:
    early, late = integrate(BALL, time=F(8, 100), digits=30), integrate(BALL, time=20, digits=20)
    [switch] = late.switches
    assert (switch.what, switch.on) == ("U", True)
    assert F(8, 100) < switch.time < F(9, 100)
    assert early.switches == ()
    assert early.balancedness_drift < mpmath.mpf(10) ** -30
    assert late.balancedness_drift is None
    assert abs(sum(exact(x) ** 2 for row in late.layers[0] for x in row) - 1) < F(1, 10**20)
    assert late.loss < 1e-3 < early.loss
    [told] = late.to_json()["switches"]
    assert told["constraint"] == "ball of U"
    assert told["active"] is True
    assert abs(exact(told["time"]) - switch.time) < F(1, 10**18)


def test_one_column_in_closed_form() -> None:
    """n = r = 1, U = radius = 1: u stays 1 and λ' = −(λ − 3), so λ = 3 − 2e^{−t}; μ = 2λ(3 − λ) > 0 throughout."""
    model = UDU(((F(1),),), (F(1),), fully([[3]]), radius=F(1))
    for t in (F(1, 3), F(2), F(7)):
        flow = integrate(model, time=t, digits=30)
        with mpmath.workdps(40):
            expected = 3 - 2 * mpmath.exp(-mpmath.mpf(t.numerator) / t.denominator)
            assert abs(flow.layers[1][0][0] - expected) < mpmath.mpf(10) ** -30
            assert abs(flow.layers[0][0][0] - 1) < mpmath.mpf(10) ** -30


def test_a_ball_is_left_again() -> None:
    """n = r = 1 with λ too large: the flow leaves the sphere at once, λu² falls to 1."""
    model = UDU(((F(1),),), (F(2),), fully([[1]]), radius=F(1))
    flow = integrate(model, time=30, digits=20)
    assert flow.switches == ()
    assert exact(flow.layers[0][0][0]) < F(99, 100)
    assert abs(exact(flow.product[0][0]) - 1) < F(1, 10**10)


def test_entries_are_held_at_zero() -> None:
    """Both diagonal entries reach 0 together; there ‖u_j‖² = ‖u_j(0)‖² − 2λ_j(0)² = 2, and everything rests."""
    flow = integrate(CLAMPED, time=3, digits=25)
    assert {switch.what for switch in flow.switches} == {("D", 0, 0), ("D", 1, 0)}
    assert [list(row) for row in flow.layers[1]] == [[0], [0]]
    for j in range(2):
        assert abs(exact(flow.layers[0][j][j]) ** 2 - 2) < F(1, 10**25)
    later = integrate(CLAMPED, time=30, digits=25)
    assert largest_gap(flow, later) == 0
    assert flow.balancedness_drift < mpmath.mpf(10) ** -25


def test_a_held_entry_is_released() -> None:
    """λ_2 starts at 0 and is held while q_2 = (X − 1)·u_2² > 0, that is, until X has fallen to 1 from above; X falls
    below 1 only if λ_1 alone did not fit, so here it stays held; with a negative q it is not held at all."""
    held = UDU(exact_matrix([["1", "1/2"]]), (F(3), F(0)), fully([[1]]))
    flow = integrate(held, time=5, digits=20)
    assert exact(flow.layers[1][1][0]) == 0
    free = UDU(exact_matrix([["1", "1/2"]]), (F(1, 2), F(0)), fully([[1]]))
    assert exact(integrate(free, time=1, digits=20).layers[1][1][0]) > F(1, 100)
