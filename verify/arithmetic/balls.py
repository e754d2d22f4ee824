"""Balls: what an enclosure is when it leaves ball arithmetic.

Exact midpoint, exact radius, decimal text rounded outward.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from verify.arithmetic.errors import InputError
from verify.arithmetic.exact import exact, integer_text

if TYPE_CHECKING:
    from flint import arb


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with `bits` bits in python-flint's ball arithmetic, and leave its global precision as it was."""
    import flint

    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


@dataclass(frozen=True, slots=True)
class Ball:
    """The real numbers within `rad` of `mid`: a closed interval with rational ends, kept exactly.

    Law: every conversion encloses – ``Ball.from_arb(x)`` is exactly the set that ``x`` stands for, and the
    set that ``ball.to_json(...)``, ``ball.to_arb(...)`` stands for contains ``ball``.

    Raises
    ------
    InputError
        for a midpoint or radius that is not an exact number.
    ValueError
        for a negative radius.
    """

    mid: Fraction
    rad: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        for name in ("mid", "rad"):
            value = getattr(self, name)
            if type(value) is not Fraction:
                object.__setattr__(self, name, exact(value, f"ball.{name}"))
        if self.rad < 0:
            raise ValueError(f"a ball's radius is not negative: {self.rad}")

    @classmethod
    def exact(cls, value: object) -> Ball:
        """The ball of radius 0 around an exact number."""
        return cls(exact(value))

    @classmethod
    def between(cls, lower: Fraction, upper: Fraction) -> Ball:
        """The interval from `lower` to `upper`."""
        return cls((lower + upper) / 2, (upper - lower) / 2)

    @classmethod
    def from_arb(cls, value: arb) -> Ball:
        """Exactly the set that `value` stands for; refuses what is not finite."""
        if not value.is_finite():
            raise ValueError("a ball that is not finite encloses nothing that could be reported")
        return cls(_dyadic(value.mid()), _dyadic(value.rad()))

    def to_arb(self) -> arb:
        """A ball of python-flint, at its current precision, that contains this one."""
        from flint import arb, fmpq

        middle = arb(fmpq(self.mid.numerator, self.mid.denominator))
        if not self.rad:
            return middle
        return middle + arb(0, 1) * arb(fmpq(self.rad.numerator, self.rad.denominator))

    @property
    def lower(self) -> Fraction:
        """The least number inside."""
        return self.mid - self.rad

    @property
    def upper(self) -> Fraction:
        """The greatest number inside."""
        return self.mid + self.rad

    def contains(self, value: object) -> bool:
        """Whether the exact number, or the whole ball, `value` lies inside."""
        other = value if isinstance(value, Ball) else Ball.exact(value)
        return self.lower <= other.lower and other.upper <= self.upper

    def overlaps(self, other: Ball) -> bool:
        """Whether some number lies in both."""
        return self.lower <= other.upper and other.lower <= self.upper

    def to_json(self, digits: int = 30) -> dict[str, str]:
        """``{"mid", "rad"}`` as decimal text; its ``mid ± rad`` contains this ball.

        The midpoint is rounded to `digits` digits, or to fewer where the radius is larger than that; the
        radius takes up the rounding and has three digits.
        """
        place = _leading_place(max(abs(self.mid), self.rad)) - max(digits, 1) + 1
        if self.rad:  # digits far below the radius say nothing; a few keep the enclosure tight
            place = max(place, _leading_place(self.rad) - 3)
        unit = Fraction(10) ** place
        middle = round(self.mid / unit)
        radius = self.rad + abs(self.mid - middle * unit)
        place_of_radius = _leading_place(radius) - 2
        return {
            "mid": _decimal(middle, place),
            "rad": _decimal(math.ceil(radius / Fraction(10) ** place_of_radius), place_of_radius),
        }

    @classmethod
    def from_json(cls, data: object, where: str = "ball") -> Ball:
        """The ball that :meth:`to_json` wrote."""
        if not isinstance(data, Mapping) or set(data) != {"mid", "rad"}:
            raise InputError(where, "is not a ball", 'write {"mid": "0.5", "rad": "1e-30"}')
        middle, radius = exact(data["mid"], f"{where}.mid"), exact(data["rad"], f"{where}.rad")
        if radius < 0:
            raise InputError(f"{where}.rad", "is negative", "a radius is 0 or more")
        return cls(middle, radius)

    def text(self, digits: int = 12) -> str:
        """For people: ``1.2345 ± 6.7e-30``."""
        parts = self.to_json(digits)
        return parts["mid"] if parts["rad"] == "0" else f"{parts['mid']} ± {parts['rad']}"

    def __str__(self) -> str:
        return self.text()


BallMatrix = tuple[tuple[Ball, ...], ...]


# Beyond this, numbers written out in full fill the memory.
_LARGEST_EXPONENT = 1 << 24


def _dyadic(value: arb) -> Fraction:
    mantissa, exponent = value.man_exp()
    if abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError("a ball too large or too small to be written out")
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _leading_place(value: Fraction) -> int:
    """The place of the leading decimal digit: the k with 10^k ≤ value < 10^(k+1); 0 for value 0."""
    if not value:
        return 0
    place = (value.numerator.bit_length() - value.denominator.bit_length()) * 30103 // 100000
    while Fraction(10) ** place > value:
        place -= 1
    while Fraction(10) ** (place + 1) <= value:
        place += 1
    return place


def _decimal(count: int, place: int) -> str:
    """``count · 10^place`` as plain text where that is short and in scientific notation otherwise."""
    if not count:
        return "0"
    sign, digits = "-" if count < 0 else "", integer_text(abs(count))
    place += len(digits) - 1  # of the leading digit, from here on
    digits = digits.rstrip("0")
    if -7 <= place < 0:
        return f"{sign}0.{'0' * (-place - 1)}{digits}"
    if 0 <= place < 20:
        digits = digits.ljust(place + 1, "0")
        tail = digits[place + 1 :]
        return f"{sign}{digits[: place + 1]}" + (f".{tail}" if tail else "")
    return f"{sign}{digits[0]}" + (f".{digits[1:]}" if digits[1:] else "") + f"e{place}"
