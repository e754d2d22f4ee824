"""Zeros of square polynomial systems, enclosed: existence and uniqueness in a box by Krawczyk's operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.arithmetic import Ball, InputError, precision
from verify.arithmetic.convert import to_arb


@dataclass(frozen=True)
class EnclosedZero:
    """One real zero of a system.

    Attributes
    ----------
    unique
        a box, one ball a variable, in which the system has exactly one zero.
    box
        a box inside it that holds this zero, as narrow as was asked for.
    """

    unique: tuple[Ball, ...]
    box: tuple[Ball, ...]

    def apart(self, other: EnclosedZero) -> bool:
        """Whether the two boxes share no point, so that the zeros are different."""
        return any(not a.overlaps(b) for a, b in zip(self.box, other.box, strict=True))


def enclose_zero(
    system: Sequence[Any],
    near: Sequence[Fraction | float],
    *,
    digits: int = 30,
    radius: Fraction = Fraction(1, 1 << 10),
) -> EnclosedZero | None:
    """The zero of `system` close to `near`, with exactly one in a box of this radius; None where this is not shown.

    Let ``F`` be the system, ``X`` the box with centre ``m``, ``Y`` any matrix, and
    ``K(X) = m − Y F(m) + (1 − Y F′(X)) (X − m)``. If ``K(X)`` lies in the interior of ``X``, then F has exactly one
    zero in X and it lies in K(X).

    Proof. For x in X the mean value theorem, applied to every component on the segment from m to x, gives a matrix A in
    F′(X) with ``F(x) − F(m) = A (x − m)``; so ``N(x) = x − Y F(x) = m − Y F(m) + (1 − YA)(x − m)`` lies in K(X) ⊂ X and
    N has a fixed point by Brouwer's theorem. With ρ the radii of X, componentwise ``|1 − YA| ρ < ρ`` for every A in
    F′(X), because the width of K(X) is smaller than that of X in each component; so ``1 − YA`` has spectral radius
    below 1, YA is regular, hence Y and all A are: the fixed point is a zero, and two zeros x, x' of F in X would give
    ``0 = A (x − x')`` for some A in F′(X), so x = x'. ∎ (Krawczyk 1969; the form with uniqueness is Rump's.)

    Parameters
    ----------
    system
        as many polynomials (python-flint ``fmpq_mpoly``) as variables.
    near
        an approximate zero; nothing is assumed of it.
    digits
        correct digits after the decimal point asked of the box.
    """
    size = len(system)
    if any(len(p.context().gens()) != size for p in system):
        raise InputError(
            "system", f"has {size} equations in another number of variables", "give as many equations as variables"
        )
    bits = 64 + int(digits * 3.33)
    wide = _krawczyk(system, [Fraction(x) for x in near], radius, 128)
    if wide is None:
        return None
    unique, first = wide
    centre = [ball.mid for ball in first]
    narrow = Fraction(1, 10**digits)
    with precision(bits):
        for _ in range(bits.bit_length() + 4):  # Newton's method: each step doubles the correct digits
            centre = _newton(system, centre, bits)
    found = _krawczyk(system, centre, narrow, bits)
    if found is None or not all(_inside(inner, outer) for inner, outer in zip(found[0], unique, strict=True)):
        return EnclosedZero(unique, first)
    return EnclosedZero(unique, found[1])


def _krawczyk(
    system: Sequence[Any], centre: Sequence[Fraction], radius: Fraction, bits: int
) -> tuple[tuple[Ball, ...], tuple[Ball, ...]] | None:
    """The box around `centre`, and Krawczyk's image of it where that lies in its interior."""
    from flint import arb, arb_mat

    size = len(system)
    with precision(bits):
        point = [to_arb(x) for x in centre]
        box = [arb(x.mid(), to_arb(radius).upper() + x.rad()) for x in point]
        box_balls = tuple(Ball.from_arb(x) for x in box)
        middle = [x.mid() for x in box]
        values = arb_mat(size, 1, [_value(p, middle) for p in system])
        slopes = arb_mat(size, size, [_value(p.derivative(j), box) for p in system for j in range(size)])
        try:
            inverse = arb_mat(size, size, [x.mid() for x in slopes.mid().inv().entries()])
        except ZeroDivisionError:
            return None
        one = arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
        moves = arb_mat(size, 1, [x - m for x, m in zip(box, middle, strict=True)])
        image = arb_mat(size, 1, middle) - inverse * values + (one - inverse * slopes) * moves
        balls = tuple(Ball.from_arb(image[i, 0]) for i in range(size))
    inside = all(_inside(inner, outer) for inner, outer in zip(balls, box_balls, strict=True))
    return (box_balls, balls) if inside else None


def _newton(system: Sequence[Any], centre: Sequence[Fraction], bits: int) -> list[Fraction]:
    """One step of Newton's method, rounded: a search."""
    from flint import arb_mat

    size = len(system)
    point = [to_arb(x).mid() for x in centre]
    slopes = arb_mat(size, size, [_value(p.derivative(j), point) for p in system for j in range(size)])
    values = arb_mat(size, 1, [_value(p, point) for p in system])
    step = slopes.mid().solve(values.mid())
    return [Ball.from_arb((point[i] - step[i, 0]).mid()).mid for i in range(size)]


def _value(polynomial: Any, point: Sequence[Any]) -> Any:
    """A polynomial at a point of balls (``arb``)."""
    from flint import arb

    total = arb(0)
    for exponents, coefficient in polynomial.to_dict().items():
        term = arb(coefficient)
        for x, exponent in zip(point, exponents, strict=True):
            for _ in range(int(exponent)):  # a power of a ball around 0 would not be a number
                term *= x
        total += term
    return total


def _inside(inner: Ball, outer: Ball) -> bool:
    """Whether a ball lies in the interior of another one."""
    return outer.lower < inner.lower and inner.upper < outer.upper
