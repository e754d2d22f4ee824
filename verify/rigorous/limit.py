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

The same with a ball of starts: with all θ_T in a set S it suffices to check K on the states within ρ of S, and the
largest ``‖r‖`` on S. S is the ball of a tube, or the bundle of :mod:`verify.rigorous.bundle`, which is narrower where
the ball is deformed. A ball too wide for that is cut into slabs, across the directions in which it grows most; each has
its certificate, and what is told is the hull of their limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arithmetic import Ball, BallAlgebra, BallMatrix, Progress, evaluate, exact, precision, silent
from verify.arithmetic.convert import from_arb_mat, to_arb
from verify.models import Model
from verify.numeric.flow import GUARD_DIGITS, check_request
from verify.rigorous.bundle import Bundle, Piece
from verify.rigorous.constrained import advance_inside, constraint_near
from verify.rigorous.hessian import Curvature
from verify.rigorous.spectrum import spectrum
from verify.rigorous.tube import _SCALAR_BITS, Tube, TubeError
from verify.symbolic.structure import residual_space

if TYPE_CHECKING:
    from flint import arb, arb_mat
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: How far the search for a minimizer goes before it gives up, in the flow's time and in steps.
TIME_LIMIT = Fraction(10_000)
STEP_LIMIT = 1_000
#: Into so many pieces a ball of starts may be cut.
MOST_PIECES = 32
#: Problems of more parameters are carried as tubes alone: a bundle's cost grows with the cube of their number.
MOST_BUNDLED = 64
#: When the residual at the centre is so much smaller than the width, going on gains nothing.
_NOTHING = 1e-3
#: A slab is new in so many parts.
_FIRST_CUT = 4


@dataclass(frozen=True)
class Certificate:
    """The numbers that the theorem needs, each a bound in the direction in which it is used.

    Attributes
    ----------
    kernel_at_least
        ``μ``: a lower bound of ``λ_min(K)`` on the states within `room` of the tube or bundle at `time`.
    residual_at_most
        an upper bound of ``‖r‖`` over the tube or bundle at `time`.
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
    pieces
        the limits of the pieces into which a ball of starts was cut; everything else is then the hull of what they
        say, and `certificate` is the one of least μ. Empty where there was nothing to cut.
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
    pieces: tuple[Limit, ...] = ()

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
            "pieces": max(len(self.pieces), 1),
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
    pieces: int = MOST_PIECES,
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
    pieces
        into how many pieces a ball that is too wide may be cut.

    Returns
    -------
    Limit
        certified, or with the reason why not: no minimizer reached, kernel singular there, enclosure too wide.
    """
    check_request(None, digits)
    width, horizon = exact(ball, "ball"), exact(time_limit, "time limit")
    began = perf_counter()
    if width:
        return _of_ball(problem, digits, width, horizon, pieces, progress, began)
    guard = GUARD_DIGITS
    for attempt in range(4):
        outcome = _attempt(problem, digits, guard, width, horizon, progress, began, last=attempt == 3)
        if isinstance(outcome, Limit):
            return outcome
        guard += outcome
    raise AssertionError("the last attempt always ends with a limit or a refusal")  # pragma: no cover


class _TubeTooWideError(Exception):
    """A tube cannot be continued; with its last enclosed state."""

    def __init__(self, refusal: Limit) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class _BundleTooWideError(Exception):
    """A bundle cannot be continued."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle.time)
        self.bundle = bundle


def _of_ball(
    problem: Model, digits: int, ball: Fraction, horizon: Fraction, pieces: int, progress: Progress, began: float
) -> Limit:
    """All starts within `ball`: as a tube; as a bundle, which is sharper; cut into pieces."""
    curvature = Curvature(problem)
    try:
        first = _attempt(problem, digits, GUARD_DIGITS, ball, horizon, progress, began, last=True)
        assert isinstance(first, Limit)
        if first.certificate is None or _accurate(first, digits):
            return first
        if first.certificate.residual_dimension < curvature.residual_dimension:
            curvature = curvature.within(residual_space(problem, every_start=True) or ())
    except _TubeTooWideError as error:
        first = error.refusal
    if problem.size > MOST_BUNDLED or problem.balls or problem.nonnegative:  # a bundle knows no constraints
        return first
    whole = Piece.ball(problem, ball)
    try:
        sharper = _of_piece(problem, whole, curvature, digits, horizon, progress, began)
    except _BundleTooWideError as error:
        if first.converged:
            return first
        _, _, vectors = np.linalg.svd(error.bundle.widest)
        waiting = list(whole.turned(vectors.tolist()).cut(0, _FIRST_CUT))
    else:
        better = sharper is not None and (not first.converged or _widest(sharper) < _widest(first))
        return sharper if better and sharper is not None else first
    found: list[Limit] = []
    while waiting:
        total = len(found) + len(waiting)
        if total > pieces:
            reason = f"{first.reason}; nor could it be cut into at most {pieces} pieces that are narrow enough"
            return replace(first, reason=reason, seconds=perf_counter() - began)

        def part(share: float, message: str, done: int = len(found), total: int = total) -> None:
            progress((done + share) / total, f"piece {done + 1} of {total}: {message}")

        piece = waiting.pop()
        try:
            limit = _of_piece(problem, piece, curvature, digits, horizon, part, began)
        except _BundleTooWideError as error:
            waiting += _cut(piece, error.bundle)
            continue
        if limit is None:
            return first
        found.append(limit)
    return _united(found, began)


def _cut(piece: Piece, bundle: Bundle) -> tuple[Piece, ...]:
    """A piece cut across the direction in which its bundle is widest."""
    widths = np.linalg.norm(bundle.widest, axis=0)[: len(piece.slabs) + 1]
    coordinate = int(widths.argmax())
    return piece.cut(coordinate, 2 if coordinate < len(piece.slabs) else _FIRST_CUT)


def _widest(limit: Limit) -> Fraction:
    """How much the limit leaves open: the widest entry of the product and the widest of the layers (the product alone
    may be observed everywhere)."""
    return sum((max(x.rad for row in matrix for x in row) for matrix in (limit.product, *limit.layers)), Fraction(0))


def _of_piece(
    problem: Model,
    piece: Piece,
    curvature: Curvature,
    digits: int,
    horizon: Fraction,
    progress: Progress,
    began: float,
) -> Limit | None:
    """The limits of all starts of a piece, as sharp as a bundle makes them; None when none was reached in time."""
    bundle = Bundle(problem, piece, curvature=curvature)
    best: Limit | None = None
    while True:
        with precision(bundle.fraction_bits + 32):
            centre = _norm(evaluate(problem.program, bundle.centre(), BallAlgebra())["residual"])
        progress(
            min(float(bundle.reach() / max(float(centre), 1e-300)), 0.99),
            f"t = {float(bundle.time):.4g}, residual {_short(centre)}, width {bundle.reach():.2g}",
        )

        def largest(norm: float, centre: arb = centre) -> arb:
            return bundle.residual(centre, norm)

        certificate, distance, _ = _theorem(
            bundle.spread, largest, bundle.time, Fraction(bundle.reach()), bundle.curvature.residual_dimension
        )
        if certificate is not None:
            assert distance is not None
            limit = _enclose_bundle(bundle, certificate, distance, digits, began)
            # From some time on the remainder grows more than the residual falls.
            if best is not None and _widest(limit) > _widest(best) * Fraction(97, 100):
                return best
            best = limit
        elif float(centre) < _NOTHING * bundle.reach():
            raise _BundleTooWideError(bundle)
        if bundle.time >= horizon or bundle.stepper.steps >= STEP_LIMIT:
            return best
        try:
            bundle.advance(until=horizon)
        except TubeError as error:
            if best is not None:
                return best
            raise _BundleTooWideError(bundle) from error


def _united(limits: Sequence[Limit], began: float) -> Limit:
    """What is true of all the limits."""

    def hull(balls: Sequence[Ball]) -> Ball:
        return Ball.between(min(x.lower for x in balls), max(x.upper for x in balls))

    def maybe(balls: Sequence[Ball | None]) -> Ball | None:
        known = [x for x in balls if x is not None]
        return hull(known) if len(known) == len(balls) else None

    def table(matrices: Sequence[BallMatrix]) -> BallMatrix:
        return tuple(
            tuple(hull(entries) for entries in zip(*rows, strict=True)) for rows in zip(*matrices, strict=True)
        )

    if len(limits) == 1:
        return limits[0]
    weakest = min((x.certificate for x in limits if x.certificate is not None), key=lambda x: x.kernel_at_least)
    return replace(
        limits[0],
        certificate=weakest,
        product=table([x.product for x in limits]),
        layers=tuple(table(matrices) for matrices in zip(*(x.layers for x in limits), strict=True)),
        residual=hull([x.residual for x in limits]),
        distance_bound=maybe([x.distance_bound for x in limits]),
        distance_from_start=hull([x.distance_from_start for x in limits]),
        singular_values=tuple(hull(values) for values in zip(*(x.singular_values for x in limits), strict=True)),
        stable_rank=maybe([x.stable_rank for x in limits]),
        effective_rank=maybe([x.effective_rank for x in limits]),
        rank_at_least=min(x.rank_at_least for x in limits),
        determinant=maybe([x.determinant for x in limits]),
        time=max(x.time for x in limits),
        steps=sum(x.steps for x in limits),
        seconds=perf_counter() - began,
        pieces=tuple(limits),
    )


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
            refusal = _refusal(tube, reason, ball, digits, began)
            if ball:
                raise _TubeTooWideError(refusal) from error
            return refusal


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
    """The theorem's hypotheses for a tube."""

    def spread(room: float) -> tuple[float, float]:
        return tube.curvature.spread(*tube.float_ball(room))

    def largest(norm: float) -> arb:
        # Over the tube, by the mean value theorem: ‖r‖ ≤ ‖r(c)‖ + sup ‖J‖ ρ_T, with the supremum over the tube.
        return (residual + to_arb(Fraction(norm)) * tube.radius).abs_upper()

    radius = Ball.from_arb(tube.radius).upper
    return _theorem(spread, largest, tube.time, radius, tube.curvature.residual_dimension)


def _theorem(
    spread: Callable[[float], tuple[float, float]],
    largest: Callable[[float], arb],
    time: Fraction,
    radius: Fraction,
    dimension: int,
) -> tuple[Certificate | None, arb | None, float]:
    """The theorem's hypotheses for a set of states, checked; also the bound of the distance to the limit, and the
    bound of ``λ_min(K)``.

    Parameters
    ----------
    spread
        of a width: a lower bound of ``λ_min(K)`` and an upper bound of ``‖J‖`` over all states within it of the set.
    largest
        of a bound of ``‖J‖`` over the set: an upper bound of ``‖r‖`` over it.
    radius
        distance of the set's farthest state from its centre.
    """
    with precision(_SCALAR_BITS):
        kernel, norm = spread(0.0)
        if not kernel > 0:
            return None, None, kernel
        residual = largest(norm)
        for _ in range(4):
            if not kernel > 0:
                return None, None, kernel
            room = (residual / to_arb(Fraction(kernel)).sqrt() * to_arb(Fraction(9, 8))).abs_upper()
            if not room < 1e100:
                return None, None, kernel
            kernel, _ = spread(float(room) * (1 + 2.0**-50))
            if kernel > 0 and residual <= room * to_arb(Fraction(kernel)).sqrt():
                certificate = Certificate(
                    time=time,
                    kernel_at_least=Fraction(kernel),
                    residual_at_most=Ball.from_arb(residual).upper,
                    room=Ball.from_arb(room).upper,
                    tube_radius=radius,
                    residual_dimension=dimension,
                )
                distance = (residual / to_arb(Fraction(kernel)).sqrt()).abs_upper()
                return (certificate, distance, kernel) if certificate.holds() else (None, None, kernel)
    return None, None, kernel


def _enclose(
    tube: Tube, certificate: Certificate, distance: arb | None, ball: Fraction, digits: int, began: float
) -> Limit:
    """Everything about the limit that follows from a tube's certificate."""
    assert distance is not None
    with precision(tube.fraction_bits + 32):
        layers = tube.box(distance)
        product = evaluate(tube.problem.program, layers, BallAlgebra())["product"]
        moved = _from_start(tube, ball, distance)
        return _limit(tube, certificate, distance, moved, layers, product, digits, began)


def _enclose_bundle(bundle: Bundle, certificate: Certificate, distance: arb, digits: int, began: float) -> Limit:
    """The same for a bundle."""
    from flint import arb

    problem, extra = bundle.problem, float(distance) * (1 + 2.0**-50)
    with precision(bundle.fraction_bits + 32):
        centre = bundle.centre()
        product = evaluate(problem.program, centre, BallAlgebra())["product"]
        product += _around(bundle.product(extra))
        widths, layers, position = bundle.rows(extra), {}, 0
        for name, (rows, columns) in zip(problem.names, problem.shapes, strict=True):
            cut = widths[position : position + rows * columns]
            layers[name] = centre[name] + _around(cut.reshape(rows, columns))
            position += rows * columns
        begin = iter(bundle.piece.centre)
        total = sum(((x - to_arb(next(begin))) ** 2 for m in centre.values() for x in m.entries()), arb(0))
        moved = (total.sqrt() + arb(0, 1) * (arb(bundle.moved()) + distance)).nonnegative_part()
        return _limit(bundle, certificate, distance, Ball.from_arb(moved), layers, product, digits, began)


def _around(radii: FloatArray) -> arb_mat:
    """Balls around 0."""
    from flint import arb, arb_mat

    return arb_mat([[arb(0, float(x) * (1 + 2.0**-20)) for x in row] for row in radii])


def _limit(
    enclosure: Tube | Bundle,
    certificate: Certificate,
    distance: arb,
    moved: Ball,
    layers: dict[str, arb_mat],
    product: arb_mat,
    digits: int,
    began: float,
) -> Limit:
    """A certified limit from enclosures of its parameters and product, at the precision in force."""
    from flint import arb_mat

    problem = enclosure.problem
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
        distance_from_start=moved,
        singular_values=tuple(Ball.from_arb(x) for x in known.singular_values),
        stable_rank=Ball.from_arb(known.stable_rank) if known.stable_rank is not None else None,
        effective_rank=Ball.from_arb(known.effective_rank) if known.effective_rank is not None else None,
        rank_at_least=known.rank_at_least,
        determinant=Ball.from_arb(known.determinant) if known.determinant is not None else None,
        time=enclosure.time,
        steps=enclosure.stepper.steps,
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
