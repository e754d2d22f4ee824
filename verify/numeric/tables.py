"""A flow's plan as arrays, for integrators that run many trajectories of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from verify.arithmetic import InputError
from verify.arithmetic.jets import Entry, plan
from verify.models import Model

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Tables:
    """The plan of a gradient, without the series that neither it nor the residual needs.

    Attributes
    ----------
    series
        their number.
    parameters, slopes, speeds
        for every parameter (W_1 first, row by row) its series, its derivative's series or −1, and then the derivative's
        constant value.
    targets, starts, left, right, linear_starts, factors, linear, constants
        series ``targets[s]`` is ``constants[s]`` plus the products ``left[p]·right[p]``, ``starts[s] ≤ p <
        starts[s+1]``, plus ``factors[q]·linear[q]``, ``linear_starts[s] ≤ q < linear_starts[s+1]``.
    residuals, floor
        the residual's series, and the largest of its entries that are constant, in absolute value.
    """

    series: int
    parameters: Integers
    slopes: Integers
    speeds: Floats
    targets: Integers
    starts: Integers
    left: Integers
    right: Integers
    linear_starts: Integers
    factors: Floats
    linear: Integers
    constants: Floats
    residuals: Integers
    floor: float

    @classmethod
    def of(cls, problem: Model) -> Tables:
        """The tables of a problem's gradient flow; its start does not matter."""
        whole = plan(problem.gradient)
        parameters = [i for name in problem.names for row in whole.parameters[name] for i in row]
        slopes: list[Entry] = [x for name in problem.names for row in whole.outputs["d" + name] for x in row]
        residuals: list[Entry] = [x for row in whole.outputs["residual"] for x in row]
        needed = {x for x in (*slopes, *residuals) if isinstance(x, int)}
        steps = []
        for step in reversed(whole.steps):
            if step.target in needed:
                steps.append(step)
                needed.update(i for pair in step.products for i in pair)
                needed.update(i for _, i in step.linear)
        steps.reverse()
        number = {old: new for new, old in enumerate([*parameters, *(step.target for step in steps)])}
        products = [(number[a], number[b]) for step in steps for a, b in step.products]
        linear = [(c, number[i]) for step in steps for c, i in step.linear]

        def integers(values: list[int]) -> Integers:
            return np.array(values, dtype=np.int64)

        def floats(values: list[Fraction]) -> Floats:
            try:
                return np.array([float(x) for x in values], dtype=np.float64)
            except OverflowError:
                raise InputError("observed", "a value is beyond float64", "values up to 1e308 can be used") from None

        fixed = floats([x for x in residuals if not isinstance(x, int)])
        return cls(
            series=len(number),
            parameters=integers([number[i] for i in parameters]),
            slopes=integers([number[x] if isinstance(x, int) else -1 for x in slopes]),
            speeds=floats([Fraction(0) if isinstance(x, int) else x for x in slopes]),
            targets=integers([number[step.target] for step in steps]),
            starts=integers([0, *np.cumsum([len(step.products) for step in steps])]),
            left=integers([a for a, _ in products]),
            right=integers([b for _, b in products]),
            linear_starts=integers([0, *np.cumsum([len(step.linear) for step in steps])]),
            factors=floats([c for c, _ in linear]),
            linear=integers([i for _, i in linear]),
            constants=floats([step.constant for step in steps]),
            residuals=integers([number[x] for x in residuals if isinstance(x, int)]),
            floor=float(np.abs(fixed).max(initial=0.0)),
        )


@dataclass(frozen=True)
class Limits:
    """Where trajectories stop short of their horizons.

    Attributes
    ----------
    residual, gradient
        largest absolute residual, Euclidean length of the gradient; −1 for none.
    escape
        size of the largest entry, relative to the start's largest or 1.
    """

    residual: float
    gradient: float
    escape: float
    steps: int


@dataclass(frozen=True)
class Course:
    """How trajectories went, one entry each: what an engine gives back besides the states, which it overwrites.

    Attributes
    ----------
    local
        shape (batch, 3): the sums over the steps of the truncation errors allowed, and of the roundings of the state;
        the larger of the truncation errors allowed to the last two steps.
    codes
        0 horizon reached, 1 residual small, 2 gradient small, 3 escaped, 4 stalled, 5 too many steps, 6 not finite.
    """

    times: Floats
    steps: Integers
    local: Floats
    codes: Integers

    @classmethod
    def blank(cls, batch: int) -> Course:
        """Nothing done yet."""
        return cls(np.zeros(batch), np.zeros(batch, np.int64), np.zeros((batch, 3)), np.zeros(batch, np.int64))


#: Errors are relative to the largest entry of the state, or to this if that is smaller.
SMALLEST_STATE = 1e-9
