"""Tubes: a rigorous enclosure of a gradient flow, for one start or for a whole ball of starts.

The enclosure at time t is a Euclidean ball of radius ρ around an exact centre. For a gradient flow the Jacobian of the
field is ``−∇²ℓ``, symmetric, so that the Euclidean logarithmic norm is its largest eigenvalue, and the ball grows at
most by ``exp ∫ λ_max(−∇²ℓ)`` with no wrapping effect (Dahlquist 1958; Söderlind 2006).

*Theorem used in each piece of a step.* Let p be a polynomial on ``[a, b]`` (scaled time, scale h) with
``‖p' + h∇ℓ(p)‖ ≤ D``, let ``‖θ(a) − p(a)‖ ≤ ρ``, and let μ bound ``λ_max(−∇²ℓ)`` on every ball of radius R around a
``p(u)``. Put ``ρ' = (ρ + (b − a)D) e^{hμ⁺(b−a)}`` with μ⁺ = max(μ, 0). If ``ρ' < R`` then θ exists on ``[a, b]`` and

    ‖θ(b) − p(b)‖ ≤ e^{hμ(b−a)} ρ + (b − a) D max(1, e^{hμ(b−a)}).

*Proof.* e = θ − p obeys ``e' = −h(∇ℓ(p + e) − ∇ℓ(p)) − δ`` with ``δ = p' + h∇ℓ(p)``. By the mean value theorem the
first term is ``hAe`` with A an average of ``−∇²ℓ`` along the segment from p to p + e, symmetric, ``λ_max(A) ≤ μ`` as
long as ``‖e‖ ≤ R``; so ``D⁺‖e‖ ≤ hμ‖e‖ + D``, and Grönwall's lemma gives the bound at every u ≤ b. It stays below R,
so the first exit from the tube of radius R never comes, and a solution that stays bounded exists. ∎
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import frexp, inf, isqrt
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from verify.arithmetic import Ball, BallAlgebra, BallMatrix, InputError, Progress, evaluate, precision, silent
from verify.arithmetic.convert import dyadic_arb, from_arb_mat, to_arb
from verify.arithmetic.exact import exact
from verify.models import Model
from verify.numeric.flow import GUARD_DIGITS, check_request
from verify.numeric.limbs import LimbStep, LimbStepper, integer_stepper, short
from verify.numeric.taylor import Fixed, Step, Stepper, unflatten
from verify.rigorous.defect import defect_bound
from verify.rigorous.hessian import Curvature
from verify.rigorous.stepbounds import StepBound, StepBounds

if TYPE_CHECKING:
    from flint import arb
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

_BITS_PER_DIGIT = 3.3219280948873626
#: Precision of scalar bounds: radii need a few digits only.
_SCALAR_BITS = 64
#: Bits by which the centre's grid is finer than the truncation error that a step may make.
CENTRE_GUARD = 24
#: Room given to a piece beyond what it seemed to need.
_ROOM = 0.25
#: An avoidable part of ``∫λ_max`` over a step that is not worth another look.
_CHEAP = 0.02
#: Tubes of a larger radius get sharper and dearer bounds of the curvature.
_WIDE = 1e-9
_MOST_PIECES = 1024
#: Where a narrow tube would widen by more than e to this power, in one step, other bounds are tried.
_LARGEST_SPREAD = 50.0
#: So many times in a walk a step that cannot be carried in a few pieces is cut; and not where the tube is this wide.
_MOST_CUTS = 4
_FEW_PIECES = 64
_CUT = 8
_WIDE_AT_ALL = 1e-3
#: Digits carried beyond those asked for: about what bounds of defects add up to, and what growth costs in easy cases.
_FIRST_GUARD = 4
_ATTEMPTS = 4
#: Where an enclosure became too wide, it is done again with up to so many times the digits.
_MOST_RAISE = 8
BoundMethod = Literal["auto", "balls"]


class TubeError(ArithmeticError):
    """The enclosure cannot be continued; the message says why and when."""


@dataclass
class Tube:
    """A walk along a flow that keeps a rigorous enclosure.

    Attributes
    ----------
    radius
        Euclidean radius of the ball around the exact centre (an upper bound, as a ball of radius 0).
    pieces
        of a step, to begin with, where its curvature is bounded over boxes.
    bound_defect
        the bound in ball arithmetic.
    method
        ``"auto"``: steps that the compiled kernel made are bounded by :class:`StepBounds`, as long as the tube is
        narrow; all others in balls. ``"balls"``: all steps in balls; the independent path.
    """

    problem: Model
    digits: int
    stepper: Stepper[int]
    radius: arb
    curvature: Curvature
    pieces: int = 4
    bound_defect: Callable[..., Any] = defect_bound
    method: BoundMethod = "auto"
    _bounds: StepBounds | None = None
    _cuts: int = 0
    _longest: Fraction | None = None

    @classmethod
    def start(cls, problem: Model, *, digits: int, ball: Fraction = Fraction(0), method: BoundMethod = "auto") -> Tube:
        """The tube of all starts within Euclidean distance `ball` of the problem's, carrying `digits` digits."""
        if ball < 0:
            raise InputError("ball", f"{ball} is negative", "a ball's radius is 0 or more")
        bits = round(digits * _BITS_PER_DIGIT)
        stepper = integer_stepper(problem, bits=bits, guard=CENTRE_GUARD)
        with precision(_SCALAR_BITS):
            # Every entry is rounded down to the grid, by less than one unit.
            rounding = dyadic_arb(isqrt(problem.size) + 1, -(bits + CENTRE_GUARD))
            radius = (rounding + to_arb(ball)).abs_upper()
        return cls(problem, digits, stepper, radius, Curvature(problem), method=method)

    @property
    def time(self) -> Fraction:
        """How far the tube has come."""
        return self.stepper.time

    @property
    def fraction_bits(self) -> int:
        """The centre's entries are integers in units of ``2^−fraction_bits``."""
        field = self.stepper.field
        assert isinstance(field, Fixed)
        return field.bits

    def advance(self, until: Fraction | None = None) -> None:
        """One step, not beyond the time `until`.

        Raises
        ------
        TubeError
            when no bound can be had: the tube has grown too wide for its own curvature.
        """
        step = self.stepper.propose(until)
        if self._longest is not None and step.length > self._longest:
            step = self._cut(step, short(self._longest / step.scale))
        end = self._carried(step, most=_FEW_PIECES if self._may_cut else _MOST_PIECES)
        while end is None and self._may_cut:
            self._cuts += 1
            self.pieces = 4
            step = self._cut(step, step.reach / _CUT)
            self._longest = step.length
            end = self._carried(step, most=_FEW_PIECES if self._may_cut else _MOST_PIECES)
        if end is None:
            raise TubeError(
                f"the enclosure, of radius {float(self.radius):.1e}, became too wide to be continued "
                f"at t = {float(self.time):.4g}"
            )
        if self._longest is not None:
            self._longest *= 2
        self.radius = end
        self.stepper.accept(step)

    @property
    def _may_cut(self) -> bool:
        """Whether to take the beginning of a step that cannot be carried: near a saddle a narrow tube grows by a large
        factor over a long step. A wide one is not helped by that."""
        return self._cuts < _MOST_CUTS and float(self.radius) < _WIDE_AT_ALL

    def _cut(self, step: Step[int], reach: Fraction) -> Step[int]:
        """The beginning of a step."""
        if isinstance(step, LimbStep):
            return LimbStep(step.sweep, start=step.start, scale=step.scale, reach=reach)
        return replace(step, reach=reach, end=[self.stepper.field.evaluate(c, reach) for c in step.coefficients])

    def _carried(self, step: Step[int], *, most: int = _MOST_PIECES) -> arb | None:
        """The radius around the step's end, its rounding included; None where the enclosure is too wide for `most`
        pieces."""
        with precision(_SCALAR_BITS):
            bound = self._compiled(step)
            if bound is not None:
                radius = self._narrow(step, bound)
                if radius is None:
                    radius = self._through(step, bound.defect, most=most, gap=float(bound.gap))
                return None if radius is None else (radius + bound.rounding).abs_upper()
            defect = self.bound_defect(
                self.problem, step, fraction_bits=self.fraction_bits, bits=self.stepper.bits
            ).value
            radius = self._through(step, defect, most=most)
            return None if radius is None else (radius + self._rounding(step)).abs_upper()

    def _compiled(self, step: Step[int]) -> StepBound | None:
        """The bounds of a step of the compiled kernel; None for other steps, and where they do not suffice."""
        if self.method != "auto" or not isinstance(step, LimbStep):
            return None
        if self._bounds is None:
            assert isinstance(self.stepper, LimbStepper)
            kernel = self.stepper.kernel()
            assert kernel is not None  # the step came from it
            self._bounds = StepBounds(self.problem, self.stepper.plan, kernel.plan, bits=self.fraction_bits)
        return self._bounds.bound(step, radius=float(self.radius))

    def _narrow(self, step: Step[int], bound: StepBound) -> arb | None:
        """The radius at the end of the step's polynomial by the theorem, in one piece; None where the room fails.

        The theorem's proof holds with μ a function of time: ``‖e(b)‖ ≤ e^G ρ + (b − a) D e^S``, with G and S upper
        bounds of ``∫hμ`` and ``∫hμ⁺`` over the step, as long as ``(ρ + (b − a)D) e^S`` is within the room.
        """
        from flint import arb

        if not bound.spread < _LARGEST_SPREAD:
            return None
        drift = to_arb(step.reach) * bound.defect
        spread = arb(bound.spread).exp()
        if not (self.radius + drift) * spread < arb(bound.room):
            return None
        return (self.radius * arb(bound.growth).exp() + drift * spread).abs_upper()

    def _rounding(self, step: Step[int]) -> arb:
        """Distance from the polynomial's end to the centre that goes on: Horner's rule rounded down once per order."""
        from flint import arb, arb_poly, fmpz_poly

        total = arb(0)
        with precision(self.fraction_bits + 32):
            at, unit = to_arb(step.reach), dyadic_arb(1, -self.fraction_bits)
            for coefficients, end in zip(step.coefficients, step.end, strict=True):
                gap = arb_poly(fmpz_poly(coefficients))(at) - end
                total += (gap * unit).abs_upper() ** 2
            return total.sqrt().abs_upper()

    def _through(self, step: Step[int], defect: arb, *, most: int, gap: float = 0.0) -> arb | None:
        """The radius at the end of the step's polynomial, with as many pieces as the curvature wants; None where the
        enclosure is too wide for `most` pieces. The polynomial is within `gap` of the step's integer coefficients'.
        """
        pieces, before = self.pieces, inf
        while True:
            outcome = self._pieces(step, defect, pieces, gap)
            if outcome is not None:
                radius, excess = outcome
                gain = float(radius) < 0.99 * before  # else it is the tube's own width that costs
                if excess > 0.25 and pieces < _MOST_PIECES and gain:
                    pieces, before = pieces * 2, float(radius)
                    continue
                self.pieces = max(pieces // 2, 2) if excess < 0.05 or not gain else pieces
                return radius
            if pieces >= most:
                return None
            pieces *= 4

    def _pieces(self, step: Step[int], defect: arb, pieces: int, gap: float) -> tuple[arb, float] | None:
        """Through the step in equal pieces: the radius, and the avoidable part of ``∫μ``; None where the room fails."""
        ends = [step.reach * k / pieces for k in range(pieces + 1)]
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
            mid, rad = _Path(step, self.fraction_bits).boxes(ends)
            rad = (rad + gap) * (1 + 2.0**-50) + 1e-300
        # A first guess of the room that each piece needs; checked below, and widened where it does not suffice. A wide
        # tube pays for room that it does not need (its curvature is bounded over all of it), so that one is narrowed.
        start, drift = float(self.radius), float(defect) * float(step.reach)
        room = np.full(pieces, 1.5 * start + 4 * drift + 1e-290)
        best: tuple[arb, float] | None = None
        for _ in range(8):
            wide = (rad + room[:, None]) * (1 + 2.0**-50)
            rates, excess = self.curvature.expansion(mid, wide, room=room if start > _WIDE else None)
            if not np.isfinite(rates).all():
                return best
            radius, needed = self._propagate(step, defect, ends, rates, room)
            if radius is not None:
                cost = float(excess.sum()) * float(step.length) / pieces
                gain = best is None or float(radius) < 0.97 * float(best[0])
                if best is None or radius < best[0]:
                    best = radius, cost
                if cost < _CHEAP or not gain:
                    return best
                room = np.minimum(room, needed * (1 + _ROOM / 2))
            elif best is not None or not np.all(needed < 1e3 * room):
                return best
            else:
                room = np.maximum(room, needed * (1 + _ROOM))
        return best

    def _propagate(
        self, step: Step[int], defect: arb, ends: list[Fraction], rates: FloatArray, room: FloatArray
    ) -> tuple[arb | None, FloatArray]:
        """The theorem, piece after piece, each with its own room: the radius at the end, None when a piece does not
        suffice; and the room that each piece would have needed, roughly."""
        from flint import arb

        needed = np.full(len(rates), inf)
        suffices = True
        with precision(_SCALAR_BITS):
            radius, scale = self.radius, to_arb(step.scale)
            for k, (rate, start, end) in enumerate(zip(rates, ends, ends[1:], strict=False)):
                width = to_arb(end - start)
                growth = (scale * arb(float(rate)) * width).exp()
                reach = (radius + width * defect) * growth.max(arb(1))
                needed[k] = float(reach.abs_upper())
                suffices = suffices and bool(reach < arb(float(room[k])))
                radius = (growth * radius + width * defect * growth.max(arb(1))).abs_upper()
        return (radius if suffices else None), needed

    def centre(self) -> dict[str, Any]:
        """The layers of the exact centre, as matrices of balls of radius 0."""
        return self._matrices([dyadic_arb(c, -self.fraction_bits) for c in self.stepper.state])

    def box(self, extra: arb | None = None) -> dict[str, Any]:
        """The layers as matrices of balls that contain the tube, widened by `extra`; at the precision in force."""
        from flint import arb

        width = self.radius if extra is None else self.radius + extra
        widen = arb(0, 1) * width
        return self._matrices([dyadic_arb(c, -self.fraction_bits) + widen for c in self.stepper.state])

    def _matrices(self, entries: list[arb]) -> dict[str, Any]:
        from flint import arb_mat

        return {name: arb_mat([list(row) for row in rows]) for name, rows in unflatten(self.problem, entries).items()}

    def float_ball(self, extra: float = 0.0) -> tuple[FloatArray, FloatArray, float]:
        """The same in float64: midpoints, their rounding errors, and the Euclidean radius of the tube plus `extra`."""
        mid = np.array([_nearest(c, self.fraction_bits) for c in self.stepper.state])
        room = (float(self.radius.abs_upper()) * (1 + 2.0**-50) + extra) * (1 + 2.0**-50)
        return mid, np.abs(mid) * 2.0**-52 + 1e-300, room


def _nearest(value: int, fraction_bits: int) -> float:
    try:
        return value / (1 << fraction_bits)  # Python rounds to nearest
    except OverflowError:
        return inf  # nothing can be bounded there, and nothing will be


class _Path:
    """The polynomial of a step in float64, for boxes around its pieces."""

    def __init__(self, step: Step[int], fraction_bits: int) -> None:
        self.order = len(step.coefficients[0]) - 1
        self.reach = step.reach
        # u = reach·v with v in [0, 1]. Mantissas and exponents apart: neither c_k nor reach^k need be within float64's
        # range when their product is. Coefficient k carries at most 2k + 4 roundings, and 2^−1074 where it underflows.
        binade = step.reach.numerator.bit_length() - step.reach.denominator.bit_length()
        base = float(step.reach / Fraction(2) ** binade)
        mantissas, exponents = [1.0], [0]
        for _ in range(self.order):
            mantissa, exponent = frexp(mantissas[-1] * base)
            mantissas.append(mantissa)
            exponents.append(exponents[-1] + exponent + binade)
        rows = [[_split(c) for c in coefficients] for coefficients in step.coefficients]
        values = np.array([[m for m, _ in row] for row in rows]) * np.array(mantissas)
        shifts = np.array([[e for _, e in row] for row in rows]) + (np.array(exponents) - fraction_bits)
        self.coefficients = np.ldexp(values, np.clip(shifts, -(2**30), 2**30).astype(np.int32))

    def boxes(self, ends: list[Fraction]) -> tuple[FloatArray, FloatArray]:
        """For each piece between consecutive `ends` (in u) a box that contains the path there.

        *Proof.* With m the middle of the piece and r half its length (both in v, widened for rounding),
        ``|p(v) − p(m)| ≤ r(|p'(m)| + r Σ k(k−1)|c_k| b^{k−2})`` for |v| ≤ b. Each sum of K + 1 terms, whose factors
        (coefficient, power of the point) carry at most 2K + 24 roundings (16 of them for NumPy's power, which errs by
        at most four units in the last place), is off by at most ``ε Σ|terms|`` with ``ε = 2^−51 (3K + 16)``, and that
        error is added. What underflows is below 2^−1020 and meets factors of at most ``1 + |c_k|(1 + k²)``, for all
        terms of the three sums together less than `lost`.
        """
        low = np.array([float(a / self.reach) for a in ends[:-1]])
        high = np.array([float(b / self.reach) for b in ends[1:]])
        middle, half = (low + high) / 2, (high - low) / 2 * (1 + 2.0**-48) + 2.0**-50
        k = np.arange(self.order + 1)
        powers = middle[:, None] ** k
        top = np.minimum(high * (1 + 2.0**-50), 1.0)[:, None] ** k
        size = np.abs(self.coefficients)
        epsilon = 2.0**-51 * (3 * self.order + 16)
        lost = 1e-300 * (1 + (size * (1 + k * k)).sum(axis=1))
        mid = powers @ self.coefficients.T
        slack = epsilon * (powers @ size.T)
        slopes = self.coefficients[:, 1:] * k[1:]
        slope = np.abs(powers[:, :-1] @ slopes.T) + epsilon * (powers[:, :-1] @ np.abs(slopes).T)
        bend = top[:, :-2] @ (size[:, 2:] * (k[2:] * (k[2:] - 1))).T
        rad = (slack + half[:, None] * (slope + half[:, None] * bend * (1 + epsilon))) * (1 + 2.0**-45) + lost
        return mid, rad


def _split(value: int) -> tuple[float, int]:
    """Mantissa and binary exponent of an integer of any size; the mantissa is off by two roundings."""
    shift = max(value.bit_length() - 64, 0)
    return float(value >> shift), shift


@dataclass(frozen=True)
class FlowEnclosure:
    """The state of a gradient flow at a time, enclosed.

    Attributes
    ----------
    layers, product
        balls that contain the entries; W_1 first (of other models the parameters, in the order of their names).
    radius
        every true state lies within this Euclidean distance of the balls' common centre.
    digits
        the digits asked for; the radius says what was reached.
    """

    problem: Model
    time: Fraction
    digits: int
    layers: tuple[BallMatrix, ...]
    product: BallMatrix
    radius: Fraction
    steps: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The form that ``verify flow --rigorous --json`` prints: numbers as ``{"mid", "rad"}``, rounded outward."""

        def table(matrix: BallMatrix) -> list[list[dict[str, str]]]:
            return [[x.to_json(self.digits + 3) for x in row] for row in matrix]

        named = zip(self.problem.names, self.layers, strict=True)
        return {
            "time": str(self.time),
            "digits": self.digits,
            **self.problem.labelled({name: table(layer) for name, layer in named}),
            "product": table(self.product),
            "radius": Ball(Fraction(0), self.radius).to_json(3)["rad"],
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
        }


def enclose_flow(
    problem: Model,
    *,
    time: Fraction,
    digits: int = 30,
    ball: object = 0,
    method: BoundMethod = "auto",
    progress: Progress = silent,
) -> FlowEnclosure:
    """Enclose the state at `time` of the flow from the problem's start, or from all starts within distance `ball`.

    For a single start the working precision is raised until the radius is at most ``10^−digits``, or three raises did
    not suffice; the radius is reported either way. An enclosure that became too wide on the way is done again with
    more digits, too.

    Parameters
    ----------
    method
        see :class:`Tube`.

    Raises
    ------
    TubeError
        when the enclosure becomes too wide to be continued, at every precision tried.
    """
    time = exact(time, "time")
    check_request(time, digits)
    from verify.rigorous.constrained import ConstraintError, advance_inside

    began = perf_counter()
    width = exact(ball, "ball")
    guard = GUARD_DIGITS if width else _FIRST_GUARD
    for attempt in range(_ATTEMPTS):
        tube = Tube.start(problem, digits=digits + guard, ball=width, method=method)
        last = bool(width) or attempt == _ATTEMPTS - 1
        try:
            while tube.time < time:
                advance_inside(tube, until=time)
                progress(float(tube.time / time), f"t = {float(tube.time):.4g}, radius {float(tube.radius):.1e}")
        except ConstraintError:
            raise  # more digits would not keep away from a constraint
        except TubeError:
            # At a steady rate of growth, digits buy time in proportion.
            carried, came = digits + guard, tube.time
            wanted = carried * time / came if came else Fraction(2 * carried)
            if last or wanted > _MOST_RAISE * carried or (attempt and not came):
                raise
            guard = max(2 * guard + GUARD_DIGITS, int(wanted) + _FIRST_GUARD - digits)
            continue
        reached = Ball.from_arb(tube.radius).upper
        if last or reached <= Fraction(1, 10**digits):
            break
        guard += max(_digits_missing(reached * 10**digits), 1) + 1
    with precision(tube.fraction_bits + 32):
        box = tube.box()
        product = evaluate(problem.program, box, BallAlgebra())["product"]
        return FlowEnclosure(
            problem=problem,
            time=time,
            digits=digits,
            layers=tuple(from_arb_mat(box[name]) for name in problem.names),
            product=from_arb_mat(product),
            radius=reached,
            steps=tube.stepper.steps,
            seconds=perf_counter() - began,
        )


def _digits_missing(ratio: Fraction) -> int:
    """The number of decimal digits before the point of a positive number."""
    return len(str(ratio.numerator // ratio.denominator))
