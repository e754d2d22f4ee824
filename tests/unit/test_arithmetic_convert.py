"""Conversions between kinds of numbers: exact, an enclosure, or a TypeError; and no context is left changed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import Ball, InputError, exact, precision
from verify.arithmetic.convert import (
    dyadic_arb,
    from_arb_mat,
    from_fmpq,
    from_fmpq_mat,
    nearest_mpf,
    to_arb,
    to_arb_mat,
    to_fmpq,
    to_fmpq_mat,
    to_mpf,
    to_sympy,
)

fractions = st.fractions() | st.builds(
    lambda n, d, e: Fraction(n, d) * Fraction(2) ** e,
    st.integers(-(10**40), 10**40),
    st.integers(1, 10**20),
    st.integers(-3000, 3000),
)
dyadics = st.builds(lambda n, e: n * Fraction(2) ** e, st.integers(-(2**200), 2**200), st.integers(-500, 500))
bits = st.sampled_from([2, 10, 53, 200, 1000])


@given(fractions)
def test_rationals_survive_sympy_and_flint(number: Fraction) -> None:
    assert exact(to_sympy(number)) == number
    assert isinstance(to_sympy(number), sympy.Rational)
    assert from_fmpq(to_fmpq(number)) == number
    assert type(from_fmpq(to_fmpq(number))) is Fraction
    matrix = ((number, -number), (Fraction(1), Fraction(0)))
    assert from_fmpq_mat(to_fmpq_mat(matrix)) == matrix


@given(dyadics, bits)
def test_dyadic_numbers_are_mpmath_numbers_exactly(number: Fraction, prec: int) -> None:
    context = mpmath.mp.clone()
    context.prec = prec
    assert exact(to_mpf(number, context)) == number
    assert context.prec == prec


@given(st.integers(1, 10**30), st.integers(1, 10**30).filter(lambda d: d & (d - 1)))
def test_what_is_not_dyadic_is_no_mpmath_number(numerator: int, odd: int) -> None:
    number = Fraction(numerator, odd)
    if number.denominator & (number.denominator - 1):
        with pytest.raises(TypeError, match="dyadic"):
            to_mpf(number, mpmath.mp)


@given(fractions, bits)
def test_the_nearest_mpmath_number_is_within_half_a_unit(number: Fraction, prec: int) -> None:
    context = mpmath.mp.clone()
    context.prec = prec
    near = exact(nearest_mpf(number, context))
    if not number:
        assert near == 0
        return
    assert abs(near).numerator.bit_length() <= prec or abs(near).denominator == 1
    exponent = abs(number.numerator).bit_length() - number.denominator.bit_length()
    if abs(number) < Fraction(2) ** exponent:
        exponent -= 1
    assert Fraction(2) ** exponent <= abs(number) < Fraction(2) ** (exponent + 1)
    assert abs(near - number) <= Fraction(2) ** (exponent - prec)  # half of the last of `prec` places
    assert context.prec == prec


@given(fractions, bits)
def test_an_arb_encloses_at_any_precision(number: Fraction, prec: int) -> None:
    with precision(prec):
        ball = Ball.from_arb(to_arb(number))
    assert ball.contains(number)
    assert ball.rad <= abs(number) * Fraction(2) ** (2 - prec)


@given(st.integers(-(2**500), 2**500), st.integers(-4000, 4000), bits)
def test_a_dyadic_arb_is_exact_at_any_precision(mantissa: int, exponent: int, prec: int) -> None:
    with precision(prec):
        assert Ball.from_arb(dyadic_arb(mantissa, exponent)) == Ball(mantissa * Fraction(2) ** exponent)


@given(st.integers(-(2**50), 2**50), st.integers(-300, 300))
def test_short_dyadic_numbers_stay_exact_in_an_arb(mantissa: int, exponent: int) -> None:
    number = mantissa * Fraction(2) ** exponent
    assert Ball.from_arb(to_arb(number)) == Ball(number)


@given(fractions, fractions.map(abs), bits)
def test_matrices_of_balls(mid: Fraction, rad: Fraction, prec: int) -> None:
    balls = ((Ball(mid, rad), Ball(mid)), (Ball(rad), Ball(Fraction(0), rad)))
    with precision(prec):
        wider = from_arb_mat(to_arb_mat(balls))
        again = from_arb_mat(to_arb_mat(((mid, rad),)))
    assert all(w.contains(b) for ws, bs in zip(wider, balls, strict=True) for w, b in zip(ws, bs, strict=True))
    assert again[0][0].contains(mid)
    assert again[0][1].contains(rad)


CONVERSIONS: list[Callable[[Any], object]] = [
    to_sympy,
    to_fmpq,
    to_arb,
    lambda x: to_mpf(x, mpmath.mp),
    lambda x: nearest_mpf(x, mpmath.mp),
    lambda x: to_fmpq_mat(((Fraction(1), x),)),
    lambda x: to_arb_mat(((Fraction(1), x),)),
]


@pytest.mark.parametrize("convert", CONVERSIONS)
@pytest.mark.parametrize(
    "value",
    [0.5, float("nan"), True, 1j, "1/2", None, Decimal("0.5"), mpmath.mpf(1), sympy.Integer(1), sympy.pi, [1]],
    ids=str,
)
def test_what_is_no_fraction_is_a_type_error(convert: Callable[[Any], object], value: object) -> None:
    with pytest.raises(TypeError, match="not an exact rational"):
        convert(value)


@pytest.mark.parametrize("context", [mpmath.fp, mpmath.iv, None, mpmath])
def test_other_contexts_are_a_type_error(context: object) -> None:
    for convert in (to_mpf, nearest_mpf):
        with pytest.raises(TypeError, match="multiprecision context"):
            convert(Fraction(1, 2), context)


def test_integers_count_as_rationals() -> None:
    assert to_sympy(3) == sympy.Integer(3)
    assert to_fmpq(3) == flint.fmpq(3)
    assert to_mpf(3, mpmath.mp) == 3
    assert 3 in to_arb(3)


def contexts() -> tuple[int, int, int]:
    return mpmath.mp.prec, mpmath.iv.prec, flint.ctx.prec


def test_precision_is_put_back() -> None:
    before = contexts()
    with precision(777):
        assert flint.ctx.prec == 777
        with precision(99):
            assert flint.ctx.prec == 99
        assert flint.ctx.prec == 777
    assert contexts() == before


def test_precision_is_put_back_when_an_exception_passes() -> None:
    before = contexts()
    with pytest.raises(KeyError, match="in here"), precision(777), precision(99):
        raise KeyError("in here")
    with pytest.raises((ValueError, OverflowError, TypeError)), precision(-1):
        pytest.fail("no such precision")
    assert contexts() == before


def test_precision_is_put_back_when_a_generator_is_left() -> None:
    def numbers() -> Any:
        with precision(777):
            yield flint.ctx.prec

    before = contexts()
    generator = numbers()
    assert next(generator) == 777
    generator.close()
    assert contexts() == before


def test_conversions_change_no_context() -> None:
    before = contexts()
    third = Fraction(1, 3)
    for convert in (to_sympy, to_fmpq, to_arb, lambda x: nearest_mpf(x, mpmath.mp)):
        convert(third)
    with pytest.raises(TypeError):
        to_mpf(third, mpmath.mp)
    with pytest.raises(InputError):
        exact(mpmath.pi)
    Ball(third, third).to_arb()
    Ball(third, third).to_json(1000)
    assert contexts() == before
