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
from dataclasses import dataclass
from fractions import Fraction
from math import frexp, inf, isqrt
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arithmetic import Ball, BallAlgebra, BallMatrix, InputError, Progress, evaluate, precision, silent
from verify.arithmetic.convert import dyadic_arb, from_arb_mat, to_arb
from verify.arithmetic.exact import exact
from verify.models import Model
from verify.numeric.flow import GUARD_DIGITS, check_request
from verify.numeric.limbs import integer_stepper
from verify.numeric.taylor import Fixed, Step, Stepper, unflatten
from verify.rigorous.defect import defect_bound
from verify.rigorous.hessian import Curvature

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


class TubeError(ArithmeticError):
    """The enclosure cannot be continued; the message says why and when."""


@dataclass
class Tube:
    """A walk along a flow that keeps a rigorous enclosure.

    Attributes
    ----------
    radius
        Euclidean radius of the ball around the exact centre (an upper bound, as a ball of radius 0).
    """

    problem: Model
    digits: int
    stepper: Stepper[int]
    radius: arb
    curvature: Curvature
    pieces: int = 4
    bound_defect: Callable[..., Any] = defect_bound

    @classmethod
    def start(cls, problem: Model, *, digits: int, ball: Fraction = Fraction(0)) -> Tube:
        """The tube of all starts within Euclidean distance `ball` of the problem's, carrying `digits` digits."""
        if ball < 0:
            raise InputError("ball", f"{ball} is negative", "a ball's radius is 0 or more")
        bits = round(digits * _BITS_PER_DIGIT)
        stepper = integer_stepper(problem, bits=bits, guard=CENTRE_GUARD)
        with precision(_SCALAR_BITS):
            # Every entry is rounded down to the grid, by less than one unit.
            rounding = dyadic_arb(isqrt(problem.size) + 1, -(bits + CENTRE_GUARD))
            radius = (rounding + to_arb(ball)).abs_upper()
        return cls(problem, digits, stepper, radius, Curvature(problem))

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
        defect = self.bound_defect(self.problem, step, fraction_bits=self.fraction_bits, bits=self.stepper.bits).value
        radius = self._through(step, defect)
        with precision(_SCALAR_BITS):
            self.radius = (radius + self._rounding(step)).abs_upper()
        self.stepper.accept(step)

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

    def _through(self, step: Step[int], defect: arb) -> arb:
        """The radius at the end of the step's polynomial, with as many pieces as the curvature wants."""
        pieces = self.pieces
        while True:
            outcome = self._pieces(step, defect, pieces)
            if outcome is not None:
                radius, excess = outcome
                if excess > 0.25 and pieces < _MOST_PIECES:
                    pieces *= 2
                    continue
                self.pieces = max(pieces // 2, 2) if excess < 0.05 else pieces
                return radius
            if pieces >= _MOST_PIECES:
                raise TubeError(
                    f"the enclosure, of radius {float(self.radius):.1e}, became too wide to be continued "
                    f"at t = {float(self.time):.4g}"
                )
            pieces *= 4

    def _pieces(self, step: Step[int], defect: arb, pieces: int) -> tuple[arb, float] | None:
        """Through the step in equal pieces: the radius, and the avoidable part of ``∫μ``; None where the room fails."""
        ends = [step.reach * k / pieces for k in range(pieces + 1)]
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
            mid, rad = _Path(step, self.fraction_bits).boxes(ends)
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
    problem: Model, *, time: Fraction, digits: int = 30, ball: object = 0, progress: Progress = silent
) -> FlowEnclosure:
    """Enclose the state at `time` of the flow from the problem's start, or from all starts within distance `ball`.

    For a single start the working precision is raised until the radius is at most ``10^−digits``, or three raises did
    not suffice; the radius is reported either way.

    Raises
    ------
    TubeError
        when the enclosure becomes too wide to be continued.
    """
    time = exact(time, "time")
    check_request(time, digits)
    from verify.rigorous.constrained import advance_inside

    began = perf_counter()
    width = exact(ball, "ball")
    guard = GUARD_DIGITS
    for attempt in range(4):
        tube = Tube.start(problem, digits=digits + guard, ball=width)
        while tube.time < time:
            advance_inside(tube, until=time)
            progress(float(tube.time / time), f"t = {float(tube.time):.4g}, radius {float(tube.radius):.1e}")
        reached = Ball.from_arb(tube.radius).upper
        if width or reached <= Fraction(1, 10**digits) or attempt == 3:
            break
        guard += GUARD_DIGITS
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
