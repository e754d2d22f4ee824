"""Taylor steps in compiled fixed point: the same numbers as with Python's integers, many times faster.

A number is a vector of *limbs*, small signed integers, with common weights: ``x = Σ_i limb_i 2^(H − R(i+1))``. R is
the radix (27 bits), H the *headroom*: ``|x| < 2^(H−1)``. A sum of convolutions is then a few dozen dot products of
vectors of limbs, which the machine does many at a time, and carries are settled once per coefficient.

**Taper.** A step's polynomial is wanted in a time u of which it uses about [0, 1], so that its coefficients fall like
``2^(−bits·k/N)``, and each to the unit ``2^−F``. The kernel works with ``c'_k = c_k 2^(T·k)`` (u scaled by ``2^T``),
whose size stays about the same and of which order k is wanted to ``2^(T·k − F)`` only. So order k gets
``C_k ≈ (F − T·k + 2H)/R`` limbs, and a convolution at order k takes the first C_k limbs of each factor and the columns
``i + j < C_k`` of their products; this is closed, as ``C_k`` falls with k. The cost is a sixth of that without taper.
With one bit less of T a step's cost doubles and its length too, with fewer coefficients in all: T = 2 is best.

*Columns suffice.* Products have the weights ``2^(2H − R(i+j+2))``. The columns from C on that are left out add up to at
most ``2 M(C+1) 2^(2R−2)`` of column C's weight, for M products of series' coefficients: less than
``M(C+1) 2^(2H − 1 − RC)``, of which typically a root of M(C+1) remains. ``C_k`` is chosen so that the latter is below
the unit ``2^(T·k − F)``. This concerns accuracy alone: nothing here is a bound, and whoever needs one (verify.rigorous)
bounds the defect of the polynomial that comes out, taken as exact.

*Nothing overflows unseen.* All stored limbs are balanced, ``−2^(R−1) ≤ limb < 2^(R−1)``: ``_settle`` makes them from
digits 0 … 2^R − 1 by taking half a radix away, and refuses a number whose top digits do not fit; the start is converted
so too. A sum of P products of two limbs is at most ``P·2^(2R−2)``, so that for ``P ≤ 2^(63−2R+2) − 1`` it stays
``2^(2R−2)`` away from 2^63, in every lane and over all lanes, in whatever order it is added; what ``_settle`` adds to
it (half a radix, and a carry of at most ``2^(64−R)``) is less than that. One call of an unrolled loop adds at most C
products of limbs per product of coefficients to a column (4 in a tile), and ``_convolve`` lets no call see more than P:
longer sums are cut, and each part, split into its low R bits and the rest, added to two columns; 2^20 parts stay below
2^57. What is counted: in one call the products of coefficients, as forward rows end with zeros; in parts everything
that is read, since tiles read rows beyond their end, where there are other limbs (of columns from C on, which are
dropped). Multiplication by a small fraction m/d with ``|m| ≤ 2^20`` and ``d ≤ 2^20`` meets values below ``2^21·2^R +
2^20·2^(R−1) < 2^49``, which are exact in float64: the quotient by a float64 division is off by one at most, and the
remainder, kept exactly, below 2d. A number that does not fit is reported, and the step is done again: with more
headroom, or a shorter scale, or in the end with Python's integers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from math import ceil, inf
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from verify.arithmetic import InputError
from verify.arithmetic.jets import Combination, JetPlan
from verify.models import Model
from verify.numeric.taylor import ORDER_PER_BIT, Fixed, Step, Stepper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Limbs = NDArray[np.int32]

#: Bits by which the wanted unit grows with each order, T.
TAPER = 2
#: No more memory than this for one sweep, in limbs of 4 bytes.
MOST_LIMBS = 2**28
_MOST_FRACTION = 2**20
_MOST_HEADROOM = 400
LONGEST_STEP = Fraction(2) ** 40
IntegerMethod = Literal["auto", "limbs", "fixed"]
#: Seconds' worth of steps that are made with Python's integers before the compiled kernel is loaded: about what loading
#: costs when it has been compiled before.
PATIENCE = 0.15


class UnsuitedError(ValueError):
    """The kernel cannot take this program or precision; Python's integers can."""


@dataclass(frozen=True)
class LimbPlan:
    """A jet plan as arrays: independent of precision and order.

    A *pack* interleaves the series that one matrix row or column multiplies, ``pack[t·width + j] = series_j[t]``, so
    that a sum of `width` convolutions is one dot product; either forward, or backward (``t`` counting from the end).

    Attributes
    ----------
    packs
        ``(series, backward)``.
    combinations
        rows: target, first and last segment, width, number of the width, first and last linear term, constant or −1.
    segments
        rows: forward pack, backward pack.
    linear
        rows: series, numerator, denominator.
    flows
        rows: the parameter's series, its derivative's or −1 where that is zero.
    steps
        what the combinations compute, in the same order: for whoever bounds the kernel's errors.
    """

    series: int
    packs: tuple[tuple[tuple[int, ...], bool], ...]
    widths: tuple[int, ...]
    combinations: Ints
    segments: Ints
    linear: Ints
    constants: tuple[Fraction, ...]
    flows: Ints
    steps: tuple[Combination, ...]

    @property
    def products(self) -> int:
        """Number of convolutions that one order costs."""
        _, first, last, width = self.combinations.T[:4]
        return int(((last - first) * width).sum())

    @property
    def longest(self) -> int:
        """The most products of two series in one sum."""
        _, first, last, width = self.combinations.T[:4]
        return int(((last - first) * width).max(initial=1))


def pack_plan(plan: JetPlan, names: Iterable[str]) -> LimbPlan:
    """The arrays for a program's flow; what no derivative needs is left out.

    Raises
    ------
    UnsuitedError
        for linear terms with large fractions, and derivatives that are constants other than 0.
    """
    flows = [
        (index, derivative)
        for name in names
        for indices, derivatives in zip(plan.parameters[name], plan.outputs["d" + name], strict=True)
        for index, derivative in zip(indices, derivatives, strict=True)
    ]
    if any(isinstance(d, Fraction) and d for _, d in flows):
        raise UnsuitedError("a derivative is a constant")
    parameters = {index for index, _ in flows}
    count = plan.series
    copies: dict[int, int] = {}
    targets = []
    for index, derivative in flows:
        if not isinstance(derivative, int):
            targets.append((index, -1))
        elif derivative in parameters:  # read after it has been moved on, were it not copied
            if derivative not in copies:
                copies[derivative], count = count, count + 1
            targets.append((index, copies[derivative]))
        else:
            targets.append((index, derivative))
    steps = _fused(_needed(plan.steps, {d for _, d in targets}), {d for _, d in targets} | set(copies))
    steps += [Combination(copy, (), ((Fraction(1), of),), Fraction(0)) for of, copy in copies.items()]

    uses: dict[tuple[tuple[int, ...], bool], int] = {}
    for step in steps:
        for pack in _packs_of(step):
            uses[pack] = uses.get(pack, 0) + 1
    packs: dict[tuple[tuple[int, ...], bool], int] = {}
    widths: dict[int, int] = {}
    rows: list[tuple[int, ...]] = []
    segments: list[tuple[int, int]] = []
    linear: list[tuple[int, int, int]] = []
    constants: list[Fraction] = []
    for step in steps:
        first, terms = len(segments), len(linear)
        width = len(step.products) or 1
        pairs = _packs_of(step)
        # A pack that serves one sum alone costs more to fill than it spares.
        together = bool(pairs) and all(uses[pack] > 1 for pack in pairs)
        if not together:
            width = 1
            pairs = [pack for a, b in step.products for pack in (((a,), False), ((b,), True))]
        for forward, backward in zip(pairs[::2], pairs[1::2], strict=True):
            segments.append((packs.setdefault(forward, len(packs)), packs.setdefault(backward, len(packs))))
        for coefficient, of in step.linear:
            if max(abs(coefficient.numerator), coefficient.denominator) > _MOST_FRACTION:
                raise UnsuitedError(f"the factor {coefficient} is too long")
            linear.append((of, coefficient.numerator, coefficient.denominator))
        if step.constant:
            constants.append(step.constant)
        rows.append(
            (
                step.target,
                first,
                len(segments),
                width,
                widths.setdefault(width, len(widths)),
                terms,
                len(linear),
                len(constants) - 1 if step.constant else -1,
            )
        )
    return LimbPlan(
        series=count,
        packs=tuple(packs),
        widths=tuple(widths) or (1,),
        combinations=_table(rows, 8),
        segments=_table(segments, 2),
        linear=_table(linear, 3),
        constants=tuple(constants),
        flows=_table(targets, 2),
        steps=tuple(steps),
    )


def _needed(steps: Sequence[Combination], wanted: set[int]) -> list[Combination]:
    """The steps that the wanted series depend on."""
    needed, kept = set(wanted), []
    for step in reversed(steps):
        if step.target in needed:
            kept.append(step)
            needed.update(a for pair in step.products for a in pair)
            needed.update(a for _, a in step.linear)
    return kept[::-1]


def _fused(steps: Sequence[Combination], kept: set[int]) -> list[Combination]:
    """The same, where a sum of products that only gets a constant added is done in one step."""
    uses: dict[int, int] = {}
    for step in steps:
        for a in [a for pair in step.products for a in pair] + [a for _, a in step.linear]:
            uses[a] = uses.get(a, 0) + 1
    made = {step.target: step for step in steps}
    absorbed: set[int] = set()
    fused = []
    for step in steps:
        if not step.products and len(step.linear) == 1 and step.linear[0][0] == 1:
            source = made.get(step.linear[0][1])
            if source is not None and uses[source.target] == 1 and source.target not in kept:
                absorbed.add(source.target)
                step = Combination(step.target, source.products, source.linear, source.constant + step.constant)
                made[step.target] = step
        fused.append(step)
    return [step for step in fused if step.target not in absorbed]


def _packs_of(step: Combination) -> list[tuple[tuple[int, ...], bool]]:
    """The forward and the backward pack of a sum of products."""
    if not step.products:
        return []
    forward, backward = zip(*step.products, strict=True)
    return [(forward, False), (backward, True)]


def _table(rows: Sequence[Sequence[int]], columns: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(len(rows), columns)


class Layout:
    """Where the limbs of all series lie, for one order, precision and headroom.

    The rows of a pack hold one limb each, of the orders that have it. A row ends with zeros, for the vectors that reach
    beyond it; and all rows lie between two stretches of zeros that are longer than any row.
    """

    def __init__(self, plan: LimbPlan, *, order: int, bits: int, headroom: int, radix: int) -> None:
        self.headroom, self.radix = headroom, radix
        products = plan.longest * (order + 1)
        spare = (products * ceil(bits / radix + 2)).bit_length() // 2 + 2
        wanted = bits - TAPER * np.arange(order + 1) + 2 * headroom + spare
        self.columns: Ints = np.maximum(-(-wanted // radix), 1).astype(np.int64)
        limbs = int(self.columns[0])
        lengths = [int((self.columns > i).sum()) for i in range(limbs)]
        rows = -(-limbs // 4) * 4
        self.forward = np.zeros((len(plan.widths), rows), np.int64)
        self.backward = np.zeros((len(plan.widths), rows), np.int64)
        sizes = []
        for table, width in enumerate(plan.widths):
            place = 0
            for i, length in enumerate(lengths):
                self.forward[table, i] = place
                self.backward[table, i] = place + (length - 1) * width
                place += length * width + 2 * _BLOCK
            self.forward[table, limbs:] = self.forward[table, limbs - 1]
            self.backward[table, limbs:] = self.backward[table, limbs - 1]
            sizes.append(place)
        number = {width: table for table, width in enumerate(plan.widths)}
        margin = (order + 1) * max(plan.widths) + 4 * _BLOCK
        places, place = [], margin
        slots: list[list[tuple[int, int, int, int]]] = [[] for _ in range(plan.series)]
        for series, reverse in plan.packs:
            width = len(series)
            places.append(place)
            for j, member in enumerate(series):
                slots[member].append((place + j, width, number[width], int(reverse)))
            place += sizes[number[width]]
        self.size = place + margin
        if self.size + plan.series * limbs > MOST_LIMBS:
            raise UnsuitedError(f"{self.size} limbs are too many")
        where = np.array(places, dtype=np.int64)
        self.segment_x = where[plan.segments[:, 0]]
        self.segment_y = where[plan.segments[:, 1]]
        self.slot_start = np.cumsum([0] + [len(of) for of in slots], dtype=np.int64)
        self.slots = _table([slot for of in slots for slot in of], 4)

    def exponent(self, order: int) -> int:
        """The last limb of that order has the weight ``2^−exponent``."""
        last: int = self.radix * int(self.columns[order]) - self.headroom
        return last


_BLOCK = 8


@dataclass(frozen=True)
class Sweep:
    """Coefficients from the kernel.

    Attributes
    ----------
    out
        limbs of ``c'_k``, by parameter and order.
    peaks
        per order the binary logarithm of the largest ``|c'_k|``; −inf for zero.
    top
        the same of the first limb of the largest number met; −inf where that limb is 0 in all.
    """

    layout: Layout
    bits: int
    scale: Fraction
    out: Limbs
    peaks: NDArray[np.float64]
    top: float

    @property
    def order(self) -> int:
        """The degree of the polynomials."""
        return int(self.out.shape[1]) - 1

    def coefficients(self) -> tuple[list[int], ...]:
        """``c_k`` in units of ``2^−bits``, rounded down."""
        rows: list[list[int]] = [[] for _ in range(self.out.shape[0])]
        for k in range(self.order + 1):
            limbs = np.ascontiguousarray(self.out[:, k, : self.layout.columns[k]], dtype=np.int64)
            shift = self.layout.exponent(k) + TAPER * k - self.bits
            for row, value in zip(rows, integers(limbs), strict=True):
                row.append(value >> shift)
        return tuple(rows)

    @staticmethod
    def suits(at: Fraction) -> bool:
        """Whether this is a short dyadic point below 2."""
        den = at.denominator
        return not den & (den - 1) and den.bit_length() - 1 + TAPER <= 34 and 0 <= at < 2

    def evaluate(self, at: Fraction) -> list[int] | None:
        """The polynomials at a short dyadic point below 2, in units of ``2^−bits``; None for other points."""
        from verify.numeric import limbkernel as kernel

        if not self.suits(at):
            return None
        shift = at.denominator.bit_length() - 1 + TAPER
        end = np.zeros((self.out.shape[0], self.out.shape[2]), np.int64)
        kernel.horner(self.out, self.order, self.layout.columns, at.numerator, shift, end)
        down = self.layout.exponent(0) - self.bits
        return [value >> down for value in integers(end)]


def integers(limbs: Ints) -> list[int]:
    """The integer of each row of limbs, highest first."""
    from verify.numeric import limbkernel as kernel

    length = (limbs.shape[1] * kernel.RADIX + 40) // 8 + 1
    octets = np.zeros((limbs.shape[0], length), np.uint8)
    kernel.to_bytes(limbs, octets)
    data = octets.tobytes()
    return [int.from_bytes(data[i : i + length], "little", signed=True) for i in range(0, len(data), length)]


def balanced(values: Sequence[int], limbs: int) -> Limbs | None:
    """Balanced limbs of integers, a row each, highest first; None when one does not fit."""
    from verify.numeric import limbkernel as kernel

    radix = kernel.RADIX
    half = sum(1 << (radix * i + radix - 1) for i in range(limbs))
    length = (limbs * radix + 7) // 8
    most = 1 << (limbs * radix)
    moved = [value + half for value in values]
    if any(not 0 <= value < most for value in moved):
        return None
    octets = np.array(bytearray().join(value.to_bytes(length, "little") for value in moved), np.uint8)
    result = np.zeros((len(values), limbs), np.int32)
    kernel.from_bytes(octets.reshape(len(values), length), result)
    return result


class LimbSeries:
    """Taylor sweeps of one program's flow at one precision.

    Raises
    ------
    UnsuitedError
        when the kernel cannot take the program.
    """

    def __init__(self, plan: JetPlan, names: Iterable[str], *, bits: int) -> None:
        self.plan = pack_plan(plan, names)
        from verify.numeric import limbkernel as kernel

        self.bits = bits
        self.radix: int = kernel.RADIX
        self._layouts: dict[tuple[int, int], Layout] = {}
        self._constants: dict[tuple[int, int], Limbs | None] = {}
        self._memory = np.zeros(0, np.int32)

    def layout(self, order: int, headroom: int) -> Layout:
        """Where things lie."""
        key = (order, headroom)
        if key not in self._layouts:
            self._layouts[key] = Layout(self.plan, order=order, bits=self.bits, headroom=headroom, radix=self.radix)
        return self._layouts[key]

    def sweep(self, state: Sequence[int], *, scale: Fraction, order: int, headroom: int) -> Sweep | int:
        """The series to the given order of ``dθ/du = −scale·∇ℓ`` from a state in units of ``2^−bits``.

        Parameters
        ----------
        scale
            a dyadic number with a numerator of at most 2^20.

        Returns
        -------
        Sweep
            or the order at which a number did not fit.
        """
        from verify.numeric import limbkernel as kernel

        layout, plan = self.layout(order, headroom), self.plan
        limbs = int(layout.columns[0])
        up = layout.exponent(0) - self.bits
        start = balanced([value << up for value in state], limbs)
        key = (order, headroom)
        if key not in self._constants:
            values = [((value.numerator << self.bits) // value.denominator) << up for value in plan.constants]
            self._constants[key] = balanced(values, limbs)
        constants = self._constants[key]
        if start is None or constants is None:
            return 0
        power = scale.denominator.bit_length() - 1
        twos = (scale.numerator & -scale.numerator).bit_length() - 1
        factor = scale.numerator >> twos
        if scale.denominator != 1 << power or factor > _MOST_FRACTION:
            raise ValueError(f"{scale} is no short dyadic number")
        factor_q, factor_r = divmod(twos - power + TAPER, self.radix)
        product_q, product_r = divmod(headroom - self.radix, self.radix)
        if self._memory.size < layout.size:
            self._memory = np.zeros(layout.size, np.int32)
        out = np.zeros((len(state), order + 1, limbs), np.int32)
        out[:, 0] = start
        current = np.zeros((plan.series, limbs), np.int32)
        peaks = np.zeros(order + 1)
        failed = kernel.sweep(
            self._memory[: layout.size],
            order,
            layout.columns,
            plan.combinations,
            layout.segment_x,
            layout.segment_y,
            plan.linear,
            constants,
            layout.slot_start,
            layout.slots,
            layout.forward,
            layout.backward,
            plan.flows,
            current,
            out,
            peaks,
            -factor,
            factor_q,
            factor_r,
            product_q,
            product_r,
        )
        if failed >= 0:
            return int(failed)
        sizes = peaks + (headroom - self.radix)
        return Sweep(layout, self.bits, scale, out, sizes, float(sizes[0]))


class LimbStep(Step[int]):
    """A step whose coefficients become Python integers when they are first asked for."""

    def __init__(self, sweep: Sweep, *, start: Fraction, scale: Fraction, reach: Fraction) -> None:
        # Not the parent's: what it would set is either here or made by __getattr__.
        for name, value in (("sweep", sweep), ("start", start), ("scale", scale), ("reach", reach)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        value: Any
        if name == "coefficients":
            value = self.sweep.coefficients()
        elif name == "end":
            value = self.sweep.evaluate(self.reach)
            if value is None:
                field = Fixed(self.sweep.bits)
                value = [field.evaluate(c, self.reach) for c in self.coefficients]
        else:
            raise AttributeError(name)
        object.__setattr__(self, name, value)
        return value


class LimbStepper(Stepper[int]):
    """Walks a flow like ``Stepper(problem, Fixed(…), bits=bits)``, with the compiled kernel.

    Parameters
    ----------
    patience
        how many seconds' worth of steps to make with Python's integers before numba is imported at all, by an estimate
        that depends on the problem and the precision alone, not on the machine.

    Attributes
    ----------
    sweeps, by_python
        sweeps of the kernel, those that had to be done again included; steps that were made with Python's integers.
    """

    def __init__(
        self, problem: Model, field: Fixed, *, bits: int, state: Sequence[int] | None = None, patience: float = 0.0
    ) -> None:
        super().__init__(problem, field, bits=bits, state=state)
        self.fixed = field
        self.order = max(8, round(bits / TAPER))
        self.headroom = 12
        self.patience = patience
        self.sweeps = self.by_python = 0
        self._cost = python_seconds(self.plan, order=self.order, bits=field.bits)
        self._kernel: LimbSeries | None = None
        self._suited = True
        self._length = Fraction(0)

    def propose(self, until: Fraction | None = None) -> Step[int]:
        """The next step from the current state, not beyond the time `until`; it is not taken yet."""
        # The guess is one for Stepper's order.
        scale = short(self._scale or self._first_scale() * short(2.0 ** (1 / ORDER_PER_BIT - TAPER)))
        tries = 12
        while True:
            sweep = self._sweep(scale)
            if sweep is None:
                self.by_python += 1
                self.patience -= self._cost
                return super().propose(until)
            scale, reach, tries = sweep.scale, self._reach_of(sweep), tries - 1
            if reach <= 4 or scale >= LONGEST_STEP or not tries:
                break
            scale = short(scale * short(reach / 2))
        length = scale * short(min(reach, 4.0))
        # Steps shorten and lengthen steadily: one that is guessed too long has to be done again.
        trend = float(length / self._length) if self._length else 1.0
        self._length = length
        self._scale = min(short(length * short(min(max(trend, 0.7), 1.15))), LONGEST_STEP)
        # Not beyond what the taper allows: rounding grows like reach^k, and uses up half of the guard bits at most.
        theta = short(min(reach, 2.0 ** ((self.fixed.bits - self.bits) / (2 * self.order))))
        if until is not None and scale * theta >= until - self.time:
            theta = (until - self.time) / scale
        return LimbStep(sweep, start=self.time, scale=scale, reach=theta)

    def kernel(self) -> LimbSeries | None:
        """The kernel, once patience has run out; None where it is not to be had, or cannot take this problem."""
        if self._kernel is None and self._suited and self.patience <= 0:
            try:
                self._kernel = LimbSeries(self.plan, self.problem.names, bits=self.fixed.bits)
                self._kernel.layout(self.order, self.headroom)
            except UnsuitedError:
                self._kernel, self._suited = None, False
        return self._kernel

    def _series(self, scale: Fraction, order: int) -> tuple[list[int], ...]:
        kernel = self.kernel()
        if kernel is not None and order < self.order:  # the short series that the first scale is guessed from
            sweep = kernel.sweep(self.state, scale=short(scale), order=order, headroom=self.headroom)
            if isinstance(sweep, Sweep):
                return sweep.coefficients()
        return super()._series(scale, order)

    def _sweep(self, scale: Fraction) -> Sweep | None:
        """The series, with more headroom or a shorter scale where that is needed; None where it does not help."""
        kernel = self.kernel()
        if kernel is None:
            return None
        headroom, small = self.headroom, 0
        for _ in range(12):
            try:
                result = kernel.sweep(self.state, scale=scale, order=self.order, headroom=headroom)
            except UnsuitedError:
                return None
            self.sweeps += 1
            if isinstance(result, Sweep):
                # As much as this step needed, and a little more: steps vary, and doing one again costs much.
                top = ceil(max(result.top, headroom - kernel.radix))
                # In threes, as each headroom has its own layout.
                self.headroom = -(-max(6, top + 4, min(headroom - 1, top + 10)) // 3) * 3
                return result
            if not result:
                headroom *= 2  # the start or its gradient is that large, whatever the scale
            elif result < 8:
                small += 1
                headroom += 8
                if small > 2:
                    scale = short(scale / 8)
            else:
                # The numbers grew by about this many bits per order.
                scale = short(scale * short(2.0 ** -min(headroom / result, 8.0)))
                headroom += 2
            if headroom > _MOST_HEADROOM:
                break
        return None

    def _reach_of(self, sweep: Sweep) -> float:
        """The largest u at which the last terms stay below ``2^−bits``; guessed where rounding hides them."""
        orders = np.arange(self.order + 1)
        sizes = np.maximum(sweep.peaks[1:], sweep.peaks[:-1])  # entry k − 1 is about order k: a zero may hide it
        known = np.flatnonzero(sizes[1:] > TAPER * orders[2:] - self.fixed.bits + 6) + 2
        last = int(known[-1]) if len(known) else 0
        if last < 8:
            return 2.0**20
        size = float(sizes[last - 1])
        if last < self.order:
            middle = last // 2
            slope = (size - float(sizes[middle - 1])) / (last - middle)
            size += slope * (self.order - last) if slope < inf else 0.0
        # As large a term may be the last but one; and the tail falls by 4 an order, slower than with Stepper's order.
        before = self.order - 1
        return float(2.0 ** max(min((TAPER * before - self.bits - 3 - size) / before, 20.0), -1000.0))


def python_seconds(plan: JetPlan, *, order: int, bits: int) -> float:
    """About what a sweep costs with Python's integers, in seconds of a machine of 2021."""
    return plan.products * order**2 / 2 * (1e-7 + 2e-10 * (bits / 30) ** 2)


def integer_stepper(
    problem: Model, *, bits: int, guard: int, method: IntegerMethod = "auto", state: Sequence[int] | None = None
) -> Stepper[int]:
    """A walk along a problem's flow whose states are integers in units of ``2^−(bits + guard)``.

    Parameters
    ----------
    bits
        size of the truncation error that a step may make, absolute: ``2^−bits``.
    method
        ``"limbs"``: the compiled kernel. ``"fixed"``: Python's integers. ``"auto"``: the kernel where numba is
        installed; from the start where this process has loaded it before, else once the walk has cost enough to be
        worth loading it.

    Raises
    ------
    InputError
        for the method ``"limbs"`` where numba is not installed.
    """
    field = Fixed(bits + guard)
    if method == "fixed":
        return Stepper(problem, field, bits=bits, state=state)
    if find_spec("numba") is None:
        if method == "limbs":
            raise InputError("method", "limbs needs numba, which is not installed", "use auto or fixed")
        return Stepper(problem, field, bits=bits, state=state)
    loaded = "verify.numeric.limbkernel" in sys.modules
    return LimbStepper(
        problem, field, bits=bits, state=state, patience=0.0 if loaded or method == "limbs" else PATIENCE
    )


def short(value: float | Fraction) -> Fraction:
    """A dyadic number with a numerator of at most 14 bits, a little below a positive `value` of any size."""
    numerator, denominator = value.as_integer_ratio()
    shift = 13 - (numerator.bit_length() - denominator.bit_length())
    if shift < 0:
        return Fraction((numerator // (denominator << -shift)) << -shift)
    return Fraction((numerator << shift) // denominator, 1 << shift)
