"""Certified limits: what a gradient flow converges to as ``t → ∞``, enclosed, or a refusal with its reason.

*Theorem.* Let ``w(θ)`` be the observed entries, ``r = w − y``, ``ℓ = ½‖r‖²``, ``J = ∂w/∂θ`` and ``K = J Jᵀ``. If
``λ_min(K) ≥ μ > 0`` on the Euclidean ball ``B(θ_T, ρ)`` and ``‖r(θ_T)‖ ≤ ρ√μ``, then the flow from θ_T stays in that
ball, converges to a global minimum θ_∞ with ``r(θ_∞) = 0``, and ``‖θ_∞ − θ_T‖ ≤ ‖r(θ_T)‖/√μ``.

*Proof* (after Łojasiewicz and Polyak). As long as θ is in the ball, ``‖∇ℓ‖² = rᵀKr ≥ 2μℓ``, so
``d√(2ℓ)/dt = −‖∇ℓ‖²/√(2ℓ) ≤ −√μ‖∇ℓ‖`` where ℓ > 0. Integrating, the path's length up to time t is at most
``(‖r(θ_T)‖ − ‖r(θ_t)‖)/√μ < ρ`` unless ``r(θ_t) = 0``; hence the flow cannot leave the ball, its length is finite and
it converges; and ``‖r‖`` falls at least like ``e^{−μt}``, so the limit has r = 0. ∎

Where a single start has exact structure that the flow keeps (duplicate units, rows, columns: the trajectory stays in
an invariant linear space V, and the residual therefore in a space R), it is enough that ``vᵀK(θ)v ≥ μ‖v‖²`` for v in R
and θ in V: the proof uses K on residuals only. There K is often regular although it is singular as a whole.

The same with a ball of starts: with all θ_T in ``B(c, ρ_T)`` it suffices to check K on ``B(c, ρ_T + ρ)`` and the
largest ``‖r‖`` on ``B(c, ρ_T)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING, Any

from verify.arithmetic import Ball, BallAlgebra, BallMatrix, Progress, evaluate, exact, precision, silent
from verify.arithmetic.convert import from_arb_mat, to_arb
from verify.models import Model
from verify.numeric.flow import GUARD_DIGITS, check_request
from verify.rigorous.constrained import advance_inside, constraint_near
from verify.rigorous.spectrum import spectrum
from verify.rigorous.tube import _SCALAR_BITS, Tube, TubeError
from verify.symbolic.structure import residual_space

if TYPE_CHECKING:
    from flint import arb, arb_mat

#: How far the search for a minimizer goes before it gives up, in the flow's time and in steps.
TIME_LIMIT = Fraction(10_000)
STEP_LIMIT = 1_000


@dataclass(frozen=True)
class Certificate:
    """The numbers that the theorem needs, each a bound in the direction in which it is used.

    Attributes
    ----------
    kernel_at_least
        ``μ``: a lower bound of ``λ_min(K)`` on the ball of radius `tube_radius` + `room` around the centre at `time`.
    residual_at_most
        an upper bound of ``‖r‖`` over the tube at `time`.
    room
        ``ρ``; ``residual_at_most ≤ room · √kernel_at_least``.
    tube_radius
        ``ρ_T``: every start considered is within this distance of the centre at `time`.
    residual_dimension
        dimension of the space R on which the kernel was bounded; the number of observed entries, or less where exact
        structure of the start was used.
    """

    time: Fraction
    kernel_at_least: Fraction
    residual_at_most: Fraction
    room: Fraction
    tube_radius: Fraction
    residual_dimension: int

    def holds(self) -> bool:
        """The theorem's inequality, in exact arithmetic."""
        return self.kernel_at_least > 0 and self.residual_at_most**2 <= self.room**2 * self.kernel_at_least

    def to_json(self) -> dict[str, Any]:
        """Upper bounds rounded up, lower bounds rounded down."""

        def up(bound: Fraction) -> str:
            return Ball(Fraction(0), bound).to_json(3)["rad"]

        return {
            "time": _decimal_time(self.time),
            "kernel_at_least": _rounded_down(self.kernel_at_least),
            "residual_at_most": up(self.residual_at_most),
            "room": up(self.room),
            "tube_radius": up(self.tube_radius),
            "residual_dimension": self.residual_dimension,
        }


@dataclass(frozen=True)
class Limit:
    """The limit of a gradient flow as ``t → ∞``.

    Attributes
    ----------
    certificate
        None when convergence to a minimizer was not certified; then `reason` says why, and every number below is about
        the last enclosed state, never about the limit.
    product
        the end-to-end matrix. At a certified limit the observed entries are the data, exactly.
    residual
        ``‖r‖`` at the time where the certificate was made (or where the attempt ended).
    distance_bound
        an upper bound of ``‖θ_∞ − θ_T‖``, T the certificate's time.
    distance_from_start
        ``‖θ_∞ − θ_0‖``, the Euclidean distance of the limit to the start from which it is reached.
    loss
        ``½‖r‖²`` at the limit: exactly 0 where the limit is certified, since the theorem ends at ``r = 0``.
    stable_rank, effective_rank
        see :class:`verify.rigorous.spectrum.Spectrum`; None where the product may be zero.
    """

    problem: Model
    digits: int
    certificate: Certificate | None
    reason: str
    product: BallMatrix
    layers: tuple[BallMatrix, ...]
    residual: Ball
    loss: Ball
    distance_bound: Ball | None
    distance_from_start: Ball
    singular_values: tuple[Ball, ...]
    stable_rank: Ball | None
    effective_rank: Ball | None
    rank_at_least: int
    determinant: Ball | None
    time: Fraction
    steps: int
    seconds: float

    @property
    def converged(self) -> bool:
        """Whether convergence to a global minimum was certified."""
        return self.certificate is not None

    def to_json(self) -> dict[str, Any]:
        """The form that ``verify limit --json`` prints. What was not certified is null."""
        known = self.converged
        digits = self.digits + 3

        def one(ball: Ball | None) -> dict[str, str] | None:
            return ball.to_json(digits) if ball is not None and known else None

        return {
            "status": "certified" if known else "not certified",
            "converged": known,
            "reason": self.reason,
            "digits": self.digits,
            "product": [[x.to_json(digits) for x in row] for row in self.product] if known else None,
            "residual": self.residual.to_json(6),
            "loss": one(self.loss),
            "distance_bound": self.distance_bound.to_json(6) if self.distance_bound is not None else None,
            "distance_from_start": one(self.distance_from_start),
            "singular_values": [x.to_json(digits) for x in self.singular_values] if known else None,
            "stable_rank": one(self.stable_rank),
            "effective_rank": one(self.effective_rank),
            "rank_at_least": self.rank_at_least if known else None,
            "determinant": one(self.determinant),
            "certificate": self.certificate.to_json() if self.certificate else None,
            "time": _decimal_time(self.time),
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
        }


def certify_limit(
    problem: Model,
    *,
    digits: int = 30,
    ball: object = 0,
    time_limit: object = TIME_LIMIT,
    progress: Progress = silent,
) -> Limit:
    """Enclose the limit of the flow from the problem's start, or of all starts within Euclidean distance `ball`.

    Parameters
    ----------
    digits
        the entries of the limit are wanted to within ``10^−digits`` of the largest one; for a ball of starts, as well
        as the ball allows.
    time_limit
        where to give up, in the flow's time.

    Returns
    -------
    Limit
        certified, or with the reason why not: no minimizer reached, kernel singular there, enclosure too wide.
    """
    check_request(None, digits)
    width, horizon = exact(ball, "ball"), exact(time_limit, "time limit")
    began = perf_counter()
    guard = GUARD_DIGITS
    for attempt in range(4):
        outcome = _attempt(problem, digits, guard, width, horizon, progress, began, last=attempt == 3)
        if isinstance(outcome, Limit):
            return outcome
        guard += outcome
    raise AssertionError("the last attempt always ends with a limit or a refusal")  # pragma: no cover


def _attempt(
    problem: Model,
    digits: int,
    guard: int,
    ball: Fraction,
    horizon: Fraction,
    progress: Progress,
    began: float,
    *,
    last: bool,
) -> Limit | int:
    """One run at one precision: the result, or (unless it is the last) by how many digits to raise the precision."""
    tube = Tube.start(problem, digits=digits + guard, ball=ball)
    while True:
        residual = _residual(tube)
        reached = _digits_below_one(residual)
        progress(
            max(0.0, min(reached / (digits + 1), 1.0)),
            f"t = {float(tube.time):.4g}, residual {_short(residual)}, radius {_short(tube.radius)}",
        )
        # The residual at the centre is small enough, or so far below the tube's radius that going on gains nothing.
        if reached >= digits + 2 or residual < tube.radius * to_arb(Fraction(1, 20)):
            certificate, distance, kernel = _certify(tube, residual)
            met = constraint_near(tube, certificate.room) if certificate is not None else None
            if certificate is not None and met is None:
                limit = _enclose(tube, certificate, distance, ball, digits, began)
                if ball or _accurate(limit, digits):
                    return limit
                # The residual has come down to the rounding errors: only more digits make the limit sharper.
                if residual < 8 * tube.radius or reached >= digits + guard - 4:
                    return limit if last else GUARD_DIGITS
            elif met is not None and reached >= digits + 2:
                return _refusal(tube, f"{met} may be active at the limit", ball, digits, began)
            elif reached >= digits + 2:
                known = tube.curvature.directions is not None
                basis = None if known else residual_space(problem, every_start=bool(ball))
                if not basis:  # no structure was found, or the residual is identically zero: nothing to bound
                    return _refusal(tube, _singular(residual, kernel), ball, digits, began)
                # The kernel is singular for a structural reason: look again, only where the residual can be.
                tube.curvature = tube.curvature.within(basis)
                continue
        if tube.time >= horizon or tube.stepper.steps >= STEP_LIMIT:
            reason = f"no minimizer was reached by t = {float(tube.time):.4g}: {_stationary(tube, residual)}"
            return _refusal(tube, reason, ball, digits, began)
        try:
            advance_inside(tube, until=horizon)
        except TubeError as error:
            reason = f"no minimizer was reached: {error}; {_stationary(tube, residual)}"
            return _refusal(tube, reason, ball, digits, began)


def _residual(tube: Tube) -> arb:
    """An upper bound of ``‖r‖`` at the tube's centre."""
    with precision(tube.fraction_bits + 32):
        outputs = evaluate(tube.problem.program, tube.centre(), BallAlgebra())
        return _norm(outputs["residual"])


def _norm(matrix: arb_mat) -> arb:
    """An upper bound of the Frobenius norm."""
    from flint import arb

    total = arb(0)
    for entry in matrix.entries():
        total += entry.abs_upper() ** 2
    return total.sqrt().abs_upper()


def _certify(tube: Tube, residual: arb) -> tuple[Certificate | None, arb | None, float]:
    """The theorem's hypotheses, checked; also the bound of the distance to the limit, and the bound of ``λ_min(K)``."""
    with precision(_SCALAR_BITS):
        kernel, norm = tube.curvature.spread(*tube.float_ball())
        if not kernel > 0:
            return None, None, kernel
        # Over the tube, by the mean value theorem: ‖r‖ ≤ ‖r(c)‖ + sup ‖J‖ ρ_T, with the supremum over the tube.
        largest = (residual + to_arb(Fraction(norm)) * tube.radius).abs_upper()
        for _ in range(4):
            if not kernel > 0:
                return None, None, kernel
            room = (largest / to_arb(Fraction(kernel)).sqrt() * to_arb(Fraction(9, 8))).abs_upper()
            if not room < 1e100:
                return None, None, kernel
            kernel, _ = tube.curvature.spread(*tube.float_ball(float(room) * (1 + 2.0**-50)))
            if kernel > 0 and largest <= room * to_arb(Fraction(kernel)).sqrt():
                certificate = Certificate(
                    time=tube.time,
                    kernel_at_least=Fraction(kernel),
                    residual_at_most=Ball.from_arb(largest).upper,
                    room=Ball.from_arb(room).upper,
                    tube_radius=Ball.from_arb(tube.radius).upper,
                    residual_dimension=tube.curvature.residual_dimension,
                )
                distance = (largest / to_arb(Fraction(kernel)).sqrt()).abs_upper()
                return (certificate, distance, kernel) if certificate.holds() else (None, None, kernel)
    return None, None, kernel


def _enclose(
    tube: Tube, certificate: Certificate, distance: arb | None, ball: Fraction, digits: int, began: float
) -> Limit:
    """Everything about the limit that follows from the certificate."""
    from flint import arb_mat

    problem = tube.problem
    assert distance is not None
    with precision(tube.fraction_bits + 32):
        layers = tube.box(distance)
        product = evaluate(problem.program, layers, BallAlgebra())["product"]
        entries = product.tolist()
        for i, j, y in problem.observations.known:
            entries[i][j] = to_arb(y)  # by the theorem the residual is zero at the limit of every start in the tube
        product = arb_mat(entries)
        known = spectrum(product)
        return Limit(
            problem=problem,
            digits=digits,
            certificate=certificate,
            reason="converges to a global minimum, certified",
            product=from_arb_mat(product),
            layers=tuple(from_arb_mat(layers[name]) for name in problem.names),
            residual=Ball(Fraction(0), certificate.residual_at_most),
            loss=Ball(Fraction(0)),
            distance_bound=Ball.from_arb(distance),
            distance_from_start=_from_start(tube, ball, distance),
            singular_values=tuple(Ball.from_arb(x) for x in known.singular_values),
            stable_rank=Ball.from_arb(known.stable_rank) if known.stable_rank is not None else None,
            effective_rank=Ball.from_arb(known.effective_rank) if known.effective_rank is not None else None,
            rank_at_least=known.rank_at_least,
            determinant=Ball.from_arb(known.determinant) if known.determinant is not None else None,
            time=tube.time,
            steps=tube.stepper.steps,
            seconds=perf_counter() - began,
        )


def _accurate(limit: Limit, digits: int) -> bool:
    """Whether every entry is known to within ``10^−digits`` of the largest."""
    entries = [x for row in limit.product for x in row]
    return bool(max(x.rad for x in entries) * 10**digits <= max(abs(x.mid) for x in entries))


def _from_start(tube: Tube, ball: Fraction, distance: arb) -> Ball:
    """The distance of a state within `distance` of the tube to its own start, which is within `ball` of the
    problem's: by the triangle inequality that of the two centres, give or take the three radii."""
    from flint import arb

    start, total = tube.problem.start, arb(0)
    for name, matrix in tube.centre().items():
        for entry, begin in zip(matrix.entries(), (x for row in start[name] for x in row), strict=True):
            total += (entry - to_arb(begin)) ** 2
    around = total.sqrt() + arb(0, 1) * (tube.radius + distance + to_arb(ball))
    return Ball.from_arb(around.nonnegative_part())


def _refusal(tube: Tube, reason: str, ball: Fraction, digits: int, began: float) -> Limit:
    """The last enclosed state, and why nothing is said of the limit."""
    problem = tube.problem
    with precision(tube.fraction_bits + 32):
        layers = tube.box()
        outputs = evaluate(problem.program, layers, BallAlgebra())
        product, residual = outputs["product"], _norm(outputs["residual"])  # over the tube, not at its centre alone
        return Limit(
            problem=problem,
            digits=digits,
            certificate=None,
            reason=reason,
            product=from_arb_mat(product),
            layers=tuple(from_arb_mat(layers[name]) for name in problem.names),
            residual=Ball(Fraction(0), Ball.from_arb(residual).upper),
            loss=Ball.between(Fraction(0), Ball.from_arb(residual**2 / 2).upper),
            distance_bound=None,
            distance_from_start=_from_start(tube, ball, to_arb(Fraction(0))),
            singular_values=(),
            stable_rank=None,
            effective_rank=None,
            rank_at_least=0,
            determinant=None,
            time=tube.time,
            steps=tube.stepper.steps,
            seconds=perf_counter() - began,
        )


def _stationary(tube: Tube, residual: arb) -> str:
    """How near to a critical point the last state is, for people."""
    with precision(tube.fraction_bits + 32):
        outputs = evaluate(tube.problem.gradient, tube.centre(), BallAlgebra())
        gradient = sum((_norm(outputs["d" + name]) ** 2 for name in tube.problem.names), to_arb(Fraction(0))).sqrt()
        near = bool(gradient < residual * to_arb(Fraction(1, 1000)))
    what = f"the residual's norm is still {_short(residual)}, the gradient's {_short(gradient)}"
    return what + (", as near a saddle or at infinity" if near else "")


def _singular(residual: arb, kernel: float) -> str:
    return (
        f"the residual fell to {_short(residual)}, but the coupling kernel J Jᵀ is not certainly regular there "
        f"(λ_min ≥ {kernel:.1e}): a structure such as duplicate rows makes it singular, and the certificate needs more"
    )


def _digits_below_one(value: arb) -> float:
    """``−log10`` of a nonnegative bound, for decisions and people."""
    mantissa, exponent = value.man_exp()
    size = int(abs(mantissa)).bit_length() + int(exponent)
    return 1e9 if not mantissa else -size * 0.30103


def _short(value: arb) -> str:
    """Three digits, for people."""
    import mpmath

    mantissa, exponent = value.mid().man_exp()
    return str(mpmath.nstr(mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent)), 3, min_fixed=-3, max_fixed=6))


def _rounded_down(value: Fraction) -> str:
    below = value * (1 - Fraction(1, 1000))
    ball = Ball(below, Fraction(0)).to_json(4)
    return str(Ball.from_json(ball).lower) if Fraction(ball["mid"]) > value else ball["mid"]


def _decimal_time(time: Fraction) -> str:
    """A time, exactly where it is whole, else to twelve digits (times are only for orientation)."""
    text = str(time)
    return text if "/" not in text else f"{float(time):.12g}"
