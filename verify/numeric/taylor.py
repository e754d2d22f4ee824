"""Taylor steps along a gradient flow: order and step chosen from the digits asked for.

Approximate; nothing here is a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, inf, log2
from typing import Any, Generic, TypeVar

from verify.arithmetic.jets import Field, FixedPoint, MpmathField, plan, taylor
from verify.models import Model

T = TypeVar("T")
#: Order per bit of accuracy: a step's cost grows with the square of the order, the number of steps shrinks with it.
ORDER_PER_BIT = 0.35
_LONGEST_STEP = Fraction(2) ** 40


@dataclass(frozen=True)
class Step(Generic[T]):
    """One step, as a polynomial in the scaled time ``u = (t − start)/scale``, for u from 0 to `reach`.

    Attributes
    ----------
    coefficients
        per parameter entry (layers W_1 first, row by row) the coefficients in u, lowest first.
    end
        the state at ``u = reach``, as the field rounds it.
    """

    start: Fraction
    scale: Fraction
    reach: Fraction
    coefficients: tuple[list[T], ...]
    end: list[T]

    @property
    def length(self) -> Fraction:
        """Length in the flow's time."""
        return self.scale * self.reach


class Stepper(Generic[T]):
    """Walks a flow in steps of one field's arithmetic.

    Parameters
    ----------
    field
        the arithmetic: :class:`Fixed` (fast) or :class:`Floating` (mpmath numbers; the independent oracle).
    bits
        size of the truncation error that a step may make, absolute: ``2^−bits``.
    """

    def __init__(self, problem: Model, field: StepField[T], *, bits: int, state: Sequence[T] | None = None) -> None:
        self.problem, self.field, self.bits = problem, field, bits
        self.order = max(8, round(ORDER_PER_BIT * bits))
        self.plan = plan(problem.gradient)
        self.time = Fraction(0)
        self.steps = 0
        self.state: list[T] = (
            list(state)
            if state is not None
            else [field.number(x) for matrix in problem.start.values() for row in matrix for x in row]
        )
        self._scale: Fraction | None = None

    def layers(self, flat: Sequence[Any]) -> dict[str, tuple[tuple[Any, ...], ...]]:
        """Entries in a row, as matrices by parameter name."""
        return unflatten(self.problem, flat)

    def propose(self, until: Fraction | None = None) -> Step[T]:
        """The next step from the current state, not beyond the time `until`; it is not taken yet."""
        scale = self._scale or self._first_scale()
        while True:
            coefficients = self._series(scale, self.order)
            reach = self._reach(coefficients, self.bits)
            if reach <= 4 or scale >= _LONGEST_STEP:
                break
            scale *= _power_of_two(min(reach, 2.0**20) / 2)
        # A scale somewhat too long costs a few bits more per number; one too short costs steps.
        self._scale = min(scale * _dyadic(min(1.5 * reach, 2.0)), _LONGEST_STEP)
        theta = _dyadic(min(reach, 1.0))
        if until is not None and scale * theta >= until - self.time:
            theta = (until - self.time) / scale
        return Step(self.time, scale, theta, coefficients, [self.field.evaluate(c, theta) for c in coefficients])

    def accept(self, step: Step[T], *, end: list[T] | None = None) -> None:
        """Take a proposed step."""
        self.state = step.end if end is None else end
        self.time = step.start + step.length
        self.steps += 1

    def _series(self, scale: Fraction, order: int) -> tuple[list[T], ...]:
        jet = taylor(self.plan, self.field, self.layers(self.state), order=order, rate=-scale)
        return tuple(series for name in self.problem.names for row in jet.parameter(name) for series in row)

    def _reach(self, coefficients: Sequence[list[T]], bits: float) -> float:
        """The largest u at which the last two terms stay below ``2^−bits``."""
        reach = inf
        last = len(coefficients[0]) - 1
        for k in (last - 1, last):
            size = max(self.field.log2(c[k]) for c in coefficients)
            reach = min(reach, 2.0 ** max(min((-bits - size) / k, 1000.0), -1000.0))
        return reach

    def _first_scale(self) -> Fraction:
        """A scale for the first step, from the radius of convergence that a short series suggests."""
        scale = Fraction(1, 16)
        for _ in range(60):
            series = self._series(scale, 8)
            radius = inf  # its binary logarithm: of a huge start the radius itself is 0 in float64
            for k in range(3, 9):
                size = max(self.field.log2(c[k]) for c in series)
                radius = min(radius, -size / k)
            if radius <= 6:
                break
            scale *= 32
        exponent = min(radius - 1 / ORDER_PER_BIT, 20.0)
        return scale * Fraction(2) ** floor(exponent) * _dyadic(2.0 ** (exponent - floor(exponent)))


class StepField(Field[T]):
    """A field that can also measure and evaluate."""

    def log2(self, value: T) -> float:
        """The binary logarithm of the absolute value, to within 1; −inf or less than anything relevant for 0."""
        raise NotImplementedError

    def evaluate(self, coefficients: Sequence[T], at: Fraction) -> T:
        """The polynomial's value."""
        raise NotImplementedError


class Fixed(FixedPoint, StepField[int]):
    """Fixed-point integers (see :class:`verify.arithmetic.jets.FixedPoint`)."""

    def log2(self, value: int) -> float:
        return float(abs(value).bit_length() - self.bits)

    def evaluate(self, coefficients: Sequence[int], at: Fraction) -> int:
        total, num, den = 0, at.numerator, at.denominator
        for c in reversed(coefficients):
            total = total * num // den + c
        return total


class Floating(MpmathField, StepField[Any]):
    """Numbers of an mpmath context."""

    def log2(self, value: Any) -> float:
        return float(self.context.mag(value)) if value else -inf

    def evaluate(self, coefficients: Sequence[Any], at: Fraction) -> Any:
        point = self.number(at)
        total = self.context.zero
        for c in reversed(coefficients):
            total = total * point + c
        return total


def unflatten(problem: Model, flat: Sequence[Any]) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Entries in a row (layers W_1 first, row by row), as matrices by parameter name."""
    matrices, position = {}, 0
    for name, (rows, columns) in zip(problem.names, problem.shapes, strict=True):
        matrices[name] = tuple(tuple(flat[position + i * columns + j] for j in range(columns)) for i in range(rows))
        position += rows * columns
    return matrices


def _dyadic(value: float) -> Fraction:
    """A short dyadic number a little below `value`."""
    exponent = int(log2(value)) - 12
    return Fraction(int(value * 2.0**-exponent)) * Fraction(2) ** exponent


def _power_of_two(value: float) -> Fraction:
    return Fraction(2) ** int(log2(value))
