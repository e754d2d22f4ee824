"""Ranks of Lie algebras: brackets against their definition, known invariants are respected, known ranks are found."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.symbolic.ideals import Ring
from verify.symbolic.lie_rank import ball_fields, bracket, lie_rank, rank_at, udu_fields, udv_fields

X, Y, Z = RING = Ring(("x", "y", "z"))


def test_brackets_of_rotations_are_rotations() -> None:
    about_x, about_y, about_z = (X * 0, -Z, Y), (Z, Y * 0, -X), (-Y, X, Z * 0)
    assert bracket(about_x, about_y) == tuple(-p for p in about_z)
    assert lie_rank([about_x, about_y], [Fraction(1), Fraction(2), Fraction(3)]) == 2  # the sphere is invariant


def test_heisenberg_fields_span_by_one_bracket() -> None:
    one, zero = RING.number(1), RING.number(0)
    fields = [(one, zero, -Y), (zero, one, X)]
    origin = [Fraction(0)] * 3
    assert rank_at(fields, origin) == 2
    assert lie_rank(fields, origin) == 3
    assert lie_rank(fields, origin, levels=1) == 2


@given(st.lists(st.fractions(-3, 3, max_denominator=3), min_size=6, max_size=6))
def test_the_column_invariants_are_respected_everywhere(point: list[Fraction]) -> None:
    ring, fields = udu_fields(2, 2)
    assert lie_rank(fields, point) <= len(ring.variables) - 2
    x = list(ring)
    for j in range(2):  # ‖u_j‖² − 2d_j² along every field
        balance = x[j] ** 2 + x[2 + j] ** 2 - x[4 + j] ** 2 * 2
        for field in fields:
            assert sum((balance.derivative(i) * field[i] for i in range(6)), x[0] * 0) == 0


@pytest.mark.parametrize("n", [2, 3])
def test_udv_conserves_two_numbers_a_column(n: int) -> None:
    ring, fields = udv_fields(n, 2, 1)
    x = list(ring)
    for balance in (
        sum((x[i] ** 2 for i in range(n)), x[0] * 0) - x[n] ** 2,
        x[n + 1] ** 2 + x[n + 2] ** 2 - x[n] ** 2,
    ):
        for field in fields:
            assert sum((balance.derivative(i) * field[i] for i in range(len(x))), x[0] * 0) == 0


def test_fields_of_the_ball_keep_to_it() -> None:
    ring, fields = ball_fields(3, Fraction(6))
    p = list(ring)[:3]
    for field in fields:  # d/dt Σ p_j = 2 − (2/α²) Σ p_j vanishes on the sphere
        assert sum(field[:3], p[0] * 0) * 3 == 6 - sum(p, p[0] * 0)
    active, pulled = udu_fields(2, 1, active=Fraction(5))
    u = list(active)[:2]
    for field in pulled:  # on ‖u‖² = 5 the radius stays: the rate is a multiple of 5 − ‖u‖²
        rate = u[0] * field[0] + u[1] * field[1]
        assert rate(1, 2, 7) == 0
