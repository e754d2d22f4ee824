"""Krawczyk's operator: zeros that it encloses exist and are unique; where there is none, or two, it refuses."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import InputError
from verify.rigorous.krawczyk import enclose_zero
from verify.symbolic.ideals import Ring

RING = Ring(("x", "y"))
X, Y = RING
WITHIN = Fraction(1, 1 << 10)
ROOTS = st.fractions(min_value=-2, max_value=2, max_denominator=50)


@given(ROOTS, ROOTS, st.integers(1, 60))
def test_a_rational_zero_is_enclosed(a: Fraction, b: Fraction, digits: int) -> None:
    number = RING.number
    system = ((X - number(a)) * (X + 5), (Y - number(b)) * (Y * X + 20) + (X - number(a)))
    found = enclose_zero(system, (float(a), float(b)), digits=digits)
    assert found is not None
    for ball, truth in zip(found.box, (a, b), strict=True):
        assert ball.contains(truth)
        assert ball.rad <= Fraction(1, 10**digits)
    for inner, outer in zip(found.box, found.unique, strict=True):
        assert outer.lower <= inner.lower
        assert inner.upper <= outer.upper


@pytest.mark.parametrize(
    ("system", "near"),
    [
        ((X**2 + 1, Y), (0.0, 0.0)),  # no real zero
        ((X**2, Y), (0.0, 0.0)),  # a double zero
        ((X * (X * 4096 - 1), Y), (0.0, 0.0)),  # two zeros in the box
        ((X - 1, Y), (0.9, 0.0)),  # the zero lies outside the box
    ],
)
def test_what_is_not_one_zero_is_refused(system: tuple[object, ...], near: tuple[float, ...]) -> None:
    assert enclose_zero(system, near) is None


def test_boxes_of_different_zeros_are_apart() -> None:
    system = (X**2 - 2, Y - X)
    one, other = (enclose_zero(system, (s * 1.414, s * 1.414)) for s in (1, -1))
    assert one is not None
    assert other is not None
    assert one.apart(other)
    assert not one.apart(one)


def test_a_system_that_is_not_square_is_refused() -> None:
    with pytest.raises(InputError, match="as many equations"):
        enclose_zero((X,), (0.0, 0.0))
