"""Conversions between kinds of numbers: exact, an enclosure, or a ``TypeError``. Never a silent rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.arithmetic.balls import Ball, BallMatrix
from verify.arithmetic.exact import ExactMatrix, entries

if TYPE_CHECKING:
    from flint import arb, arb_mat, fmpq, fmpq_mat
    from sympy import Rational


def to_sympy(value: Fraction | int) -> Rational:
    """The SymPy rational equal to `value`."""
    from sympy import Rational

    return Rational(_rational(value).numerator, _rational(value).denominator)


def to_fmpq(value: Fraction | int) -> fmpq:
    """The python-flint rational equal to `value`."""
    from flint import fmpq

    return fmpq(_rational(value).numerator, _rational(value).denominator)


def from_fmpq(value: fmpq) -> Fraction:
    """The fraction equal to `value`."""
    return Fraction(int(value.p), int(value.q))


def to_fmpq_mat(rows: ExactMatrix) -> fmpq_mat:
    """The python-flint rational matrix equal to `rows`."""
    from flint import fmpq_mat

    return fmpq_mat(len(rows), len(rows[0]), [to_fmpq(x) for x in entries(rows)])


def from_fmpq_mat(matrix: fmpq_mat) -> ExactMatrix:
    """The exact matrix equal to `matrix`."""
    return tuple(tuple(from_fmpq(x) for x in row) for row in matrix.tolist())


def to_arb(value: Fraction | int | Ball) -> arb:
    """A ball, at the precision in force, that contains `value`; exact where `value` is dyadic and short."""
    from flint import arb

    return value.to_arb() if isinstance(value, Ball) else arb(to_fmpq(value))


def dyadic_arb(mantissa: int, exponent: int) -> arb:
    """The ball of radius 0 at ``mantissa · 2^exponent``, whatever the precision in force."""
    from flint import arb

    return arb((mantissa, exponent))


def to_arb_mat(rows: ExactMatrix | BallMatrix) -> arb_mat:
    """A matrix of balls that contains `rows`."""
    from flint import arb_mat

    return arb_mat(len(rows), len(rows[0]), [to_arb(x) for row in rows for x in row])


def from_arb_mat(matrix: arb_mat) -> BallMatrix:
    """Exactly the balls of `matrix`."""
    return tuple(tuple(Ball.from_arb(x) for x in row) for row in matrix.tolist())


def to_mpf(value: Fraction | int, context: Any) -> Any:
    """The number of the mpmath `context` equal to `value`, whatever the context's precision.

    Raises
    ------
    TypeError
        when `value` is not dyadic: no mpmath number equals 1/3. :func:`nearest_mpf` says that it rounds.
    """
    _need_multiprecision(context)
    number = _rational(value)
    exponent = number.denominator.bit_length() - 1
    if number.denominator != 1 << exponent:
        raise TypeError(f"{value} is not dyadic, so no mpmath number equals it; nearest_mpf rounds")
    from mpmath.libmp import from_man_exp

    return context.make_mpf(from_man_exp(number.numerator, -exponent))


def nearest_mpf(value: Fraction | int, context: Any) -> Any:
    """The number of the mpmath `context` nearest to `value`: off by at most half a unit in the last place."""
    _need_multiprecision(context)
    from mpmath.libmp import from_rational

    number = _rational(value)
    return context.make_mpf(from_rational(number.numerator, number.denominator, context.prec, "n"))


def _need_multiprecision(context: Any) -> None:
    from mpmath.ctx_mp import MPContext

    if not isinstance(context, MPContext):  # mpmath.fp and mpmath.iv know other kinds of number
        raise TypeError(f"{context!r} is no multiprecision context, such as mpmath.mp")


def _rational(value: Fraction | int) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise TypeError(f"{value!r} of type {type(value).__name__} is not an exact rational number")
    return Fraction(value)
