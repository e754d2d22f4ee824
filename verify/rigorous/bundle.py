"""Bundles: all flows from a wide ball of starts, carried to first order.

A tube (:mod:`verify.rigorous.tube`) is a Euclidean ball, and grows in all directions by the worst rate of any. A bundle
follows how the ball is *deformed*: the states that start at ``θ_0 + L(0)e`` lie in

    p(t) + L(t)e + z,     ‖z‖ ≤ ζ(t),     e ∈ E,

with p the polynomial of the centre's flow and L that of its linearization, ``L' = −∇²ℓ(p) L``. What a Euclidean ball
loses to the widest direction is then kept apart, and only ζ, of second order in the size of E, grows by a logarithmic
norm. E is a product of Euclidean balls ``‖e_b‖ ≤ r_b`` over blocks of coordinates: one block for a ball, thin blocks of
one coordinate each for the slabs into which a ball too wide for this is cut.

*Theorem used in each piece of a step.* Let p and L be polynomials on ``[a, b]`` (scaled time u, scale h) whose defects
``δ_p = p' + h∇ℓ(p)`` and ``δ_L = L' + h∇²ℓ(p)L`` obey ``‖(δ_p, δ_L)‖_F ≤ D``; let V and S be bounds of ``‖Le‖`` and of
``‖∇³ℓ(p + sLe)[Le, Le]‖`` for e ∈ E, 0 ≤ s ≤ 1, and ‖e‖ ≤ ε on E; let μ bound ``λ_max(−∇²ℓ)`` on the balls of radius
V + Z around every p(u). Put ``F = D√(1 + ε²) + hS/2`` and ``ζ' = (ζ + (b − a)F) e^{hμ⁺(b−a)}``. If ``ζ' < Z`` then
every flow with ``θ(a) = p(a) + L(a)e + z(a)``, ‖z(a)‖ ≤ ζ, exists on [a, b], and there

    ‖θ(b) − p(b) − L(b)e‖ ≤ e^{hμ(b−a)} ζ + (b − a) F max(1, e^{hμ(b−a)}).

*Proof.* Let q = p + Le. By Taylor's theorem ``∇ℓ(q) = ∇ℓ(p) + ∇²ℓ(p)Le + R``, ``R = ∫(1 − s)∇³ℓ(p + sLe)[Le, Le] ds``,
so ``q' + h∇ℓ(q) = δ_p + δ_L e + hR``, of norm at most F (Cauchy–Schwarz for the first two). For z = θ − q,
``z' = −h(∇ℓ(q + z) − ∇ℓ(q)) − (q' + h∇ℓ(q))``, and the first term is hAz with A an average of ``−∇²ℓ`` along the
segment from q to q + z, symmetric, ``λ_max(A) ≤ μ`` as long as ‖z‖ ≤ Z. Go on as in :mod:`verify.rigorous.tube`. ∎

*Bounds over E.* With ``L̂`` the columns of L times the radii of their blocks, ``Le = Σ_b L̂_b ê_b`` with ‖ê_b‖ ≤ 1; so
``‖Le‖ ≤ Σ_b ‖L̂_b‖₂``, ``|(Le)_k| ≤ Σ_b ‖row k of L̂_b‖``, and ``‖∇³ℓ[Le, Le]‖ ≤ Σ_{b,c} ‖T_bc‖₂`` where T_bc is the
matrix whose columns are the vectors ``∇³ℓ[L̂_j, L̂_k]``, j in block b and k in block c: its argument ``ê_b ⊗ ê_c`` is no
longer than 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arithmetic import ExactMatrix, Program, ProgramBuilder, evaluate, precision, pullback, tangent
from verify.arithmetic.convert import dyadic_arb, to_arb
from verify.arithmetic.floatballs import FloatBallAlgebra, FloatBalls, largest_eigenvalue_bound
from verify.arithmetic.program import joined
from verify.models import Model
from verify.models.model import Data
from verify.numeric.limbs import integer_stepper
from verify.numeric.taylor import Fixed, Step, Stepper, unflatten
from verify.rigorous.defect import defect_bound
from verify.rigorous.hessian import Curvature
from verify.rigorous.tube import _SCALAR_BITS, CENTRE_GUARD, TubeError, _nearest, _Path

if TYPE_CHECKING:
    from flint import arb
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: Bits of centre and linearization beyond those of the starts' distance.
_BITS = 32
_MOST_PIECES = 512
#: By so much of itself the path may move within a piece; L by four times as much.
_SHARE = 0.025
_UP = 1 + 2.0**-48


@dataclass(frozen=True)
class Variations(Model):
    """A model's flow together with its linearization in some directions: ``θ' = −∇ℓ(θ), v_k' = −∇²ℓ(θ)v_k``.

    Not a gradient flow itself; but steppers and defects ask for nothing but the field.

    Attributes
    ----------
    centre, directions
        the start, and the v_k at the start; parameters in a row.
    """

    base: Model
    centre: tuple[Fraction, ...]
    directions: tuple[tuple[Fraction, ...], ...]

    @property
    def observations(self) -> Data:  # type: ignore[override]
        """Those of the model."""
        return self.base.observations

    @property
    def start(self) -> dict[str, ExactMatrix]:
        matrices = dict(unflatten(self.base, self.centre))
        for k, vector in enumerate(self.directions):
            matrices |= {f"v{k}.{name}": rows for name, rows in unflatten(self.base, vector).items()}
        return matrices

    def product_node(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> int:
        return self.base.product_node(build, {name: parameters[name] for name in self.base.names})

    @cached_property
    def gradient(self) -> Program:
        """Outputs ``"d" + name``: of the model's parameters the gradient, of directions the Hessian's products."""
        gradient = self.base.gradient
        moved = []
        for k in range(len(self.directions)):
            program = tangent(gradient, f"v{k}.")
            outputs = {f"dv{k}.{name}": program.outputs[f"v{k}.d{name}"] for name in self.base.names}
            moved.append(Program(program.nodes, outputs))
        return joined(gradient, *moved)


@dataclass(frozen=True)
class Piece:
    """A part of a Euclidean ball of starts: slabs across some directions, all there is in the others.

    The starts are ``start + Σ_j x_j basis_j`` with ``|x_i − c_i| ≤ w_i`` for the slabs ``(c_i, w_i)``, which belong to
    the first coordinates, and ‖x‖ at most `radius`.

    Attributes
    ----------
    start
        centre of the whole ball; parameters in a row.
    basis
        as many vectors, nearly orthonormal.
    """

    start: tuple[Fraction, ...]
    basis: tuple[tuple[Fraction, ...], ...]
    radius: Fraction
    slabs: tuple[tuple[Fraction, Fraction], ...] = ()

    @classmethod
    def ball(cls, problem: Model, radius: Fraction) -> Piece:
        """The Euclidean ball around a problem's start."""
        size = problem.size
        unit = tuple(tuple(Fraction(int(i == k)) for i in range(size)) for k in range(size))
        return cls(tuple(x for matrix in problem.start.values() for row in matrix for x in row), unit, radius)

    def turned(self, vectors: Sequence[Sequence[float]]) -> Piece:
        """A piece that contains this one, without slabs so far, in coordinates along other vectors.

        *Proof.* With Q the vectors rounded to short dyadic numbers, as columns, and ``‖QᵀQ − I‖_F ≤ η ≤ 1/2``, every
        singular value of Q is at least √(1−η); so ``e = Qx`` has ‖x‖ ≤ ‖e‖/√(1−η) ≤ (1+η)‖e‖, as ``(1+η)²(1−η) ≥ 1``
        for η ≤ 3/5.
        """
        if self.slabs or any(sum(x != 0 for x in vector) != 1 for vector in self.basis):
            raise ValueError("only a whole ball in its first coordinates can be turned")
        basis = tuple(tuple(Fraction(round(x * 2**24), 2**24) for x in vector) for vector in vectors)
        square = Fraction(0)
        for i, one in enumerate(basis):
            for k, other in enumerate(basis):
                square += (sum((x * y for x, y in zip(one, other, strict=True)), Fraction(0)) - int(i == k)) ** 2
        departure = _root_above(square)
        if departure > Fraction(1, 2):
            raise ValueError("the vectors are far from orthonormal")
        return Piece(self.start, basis, self.radius * (1 + departure))

    @property
    def rest(self) -> Fraction | None:
        """Radius of the ball in which the coordinates without slabs lie; None when the piece is empty."""
        least = sum((max(abs(c) - w, Fraction(0)) ** 2 for c, w in self.slabs), Fraction(0))
        return None if least > self.radius**2 else _root_above(self.radius**2 - least)

    @property
    def centre(self) -> tuple[Fraction, ...]:
        """The start in the middle."""
        centre = list(self.start)
        for (c, _), vector in zip(self.slabs, self.basis, strict=False):
            centre = [x + c * y for x, y in zip(centre, vector, strict=True)]
        return tuple(centre)

    @property
    def blocks(self) -> tuple[tuple[int, Fraction], ...]:
        """Numbers of coordinates, and radii, of Euclidean balls whose product holds the coordinates x − c."""
        thin = tuple((1, w) for _, w in self.slabs)
        left = len(self.basis) - len(thin)
        assert self.rest is not None
        return (*thin, (left, self.rest)) if left else thin

    def cut(self, coordinate: int, parts: int) -> tuple[Piece, ...]:
        """Pieces that together are this one: a slab cut into parts, or the next coordinate's first slabs."""
        count = len(self.slabs)
        if not 0 <= coordinate <= min(count, len(self.basis) - 1):
            raise ValueError(f"coordinate {coordinate} has no slab, nor is it the next")
        rest = self.rest or Fraction(0)
        centre, half = self.slabs[coordinate] if coordinate < count else (Fraction(0), rest)
        made = []
        for k in range(parts):
            slab = (centre + half * Fraction(2 * k + 1 - parts, parts), half / parts)
            slabs = (*self.slabs[:coordinate], slab, *self.slabs[coordinate + 1 :])
            piece = Piece(self.start, self.basis, self.radius, slabs)
            if piece.rest is not None:
                made.append(piece)
        return tuple(made)


def _root_above(square: Fraction) -> Fraction:
    """A short number not below the square root, and above it by about 2^−40 of it."""
    if not square:
        return Fraction(0)
    shift = max(80 - (square.numerator.bit_length() - square.denominator.bit_length()), 0)
    shift += shift % 2
    return Fraction(isqrt((square.numerator << shift) // square.denominator + 1) + 1, 1 << (shift // 2))


class Bundle:
    """A walk along the flows from a piece of starts.

    Attributes
    ----------
    zeta
        ζ, an upper bound (a ball of radius 0).
    widest
        ``L̂`` in float64 when the bundle was widest, shape (parameters, coordinates): to see where to cut.
    """

    def __init__(self, problem: Model, piece: Piece, *, curvature: Curvature | None = None) -> None:
        from flint import arb

        self.problem, self.piece = problem, piece
        # Centre and linearization so fine that the bundle's own width is far above.
        narrow = min(radius for _, radius in piece.blocks)
        bits = _BITS + max(narrow.denominator.bit_length() - narrow.numerator.bit_length(), 0)
        self.varied = Variations(problem, piece.centre, piece.basis)
        self.stepper: Stepper[int] = integer_stepper(self.varied, bits=bits, guard=CENTRE_GUARD)
        self.curvature = curvature or Curvature(problem)
        ends = np.cumsum([0, *(count for count, _ in piece.blocks)]).tolist()
        self._slices = [slice(a, b) for a, b in pairwise(ends)]
        self._radii = np.concatenate([[_above(radius)] * count for count, radius in piece.blocks])
        with precision(_SCALAR_BITS):
            #: ε, and √(1 + ε²): what a Frobenius norm of errors in (p, L) is worth.
            square = sum((to_arb(radius) ** 2 for _, radius in piece.blocks), arb(0))
            self._worth = (1 + square).sqrt().abs_upper()
            rounding = dyadic_arb(isqrt(self.varied.size) + 1, -self.fraction_bits)
            self.zeta = (rounding * self._worth).abs_upper()
        self._rounded = float(self.zeta) * _UP
        self._program = tangent(tangent(problem.gradient, "t"), "s")
        self._entries = tangent(pullback(problem.program, "residual", seed="seed"))
        self._begin = self.linear()
        self.widest = self._begin.mid[0]
        self._peak = 0.0

    @property
    def time(self) -> Fraction:
        """How far the bundle has come."""
        return self.stepper.time

    @property
    def fraction_bits(self) -> int:
        """Centre and linearization are integers in units of ``2^−fraction_bits``."""
        field = self.stepper.field
        assert isinstance(field, Fixed)
        return field.bits

    def advance(self, until: Fraction | None = None) -> None:
        """One step, not beyond the time `until`.

        Raises
        ------
        TubeError
            when no bound can be had: the bundle has grown too wide for its own curvature.
        """
        step = self.stepper.propose(until)
        defect = defect_bound(self.varied, step, fraction_bits=self.fraction_bits, bits=self.stepper.bits).value
        zeta = self._through(step, defect)
        with precision(_SCALAR_BITS):
            self.zeta = (zeta + self._rounding(step) * self._worth).abs_upper()
        self.stepper.accept(step)
        linear = self.linear()
        width = float(self._width(linear)[0])
        if width > self._peak:
            self._peak, self.widest = width, linear.mid[0]

    def _rounding(self, step: Step[int]) -> arb:
        """Distance from the polynomials' end to the integers that go on."""
        from flint import arb, arb_poly, fmpz_poly

        with precision(self.fraction_bits + 32):
            at, unit, total = to_arb(step.reach), dyadic_arb(1, -self.fraction_bits), arb(0)
            for coefficients, end in zip(step.coefficients, step.end, strict=True):
                gap = arb_poly(fmpz_poly(coefficients))(at) - end
                total += (gap * unit).abs_upper() ** 2
            return total.sqrt().abs_upper()

    def _through(self, step: Step[int], defect: arb) -> arb:
        """ζ at the end of the step, piece after piece."""
        from flint import arb

        path, size = _Path(step, self.fraction_bits), self.problem.size
        pieces = 4
        while True:
            ends = [step.reach * k / pieces for k in range(pieces + 1)]
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                mid, rad = path.boxes(ends)
                linear = self._columns(mid, rad)
                width = self._width(linear)
                drift, far = (np.sqrt((x[:, :size] ** 2).sum(axis=1)) for x in (rad, mid))
                loose = np.sqrt((linear.rad**2).sum(axis=(1, 2)) / (linear.mid**2).sum(axis=(1, 2)))
            if not np.isfinite(mid).all() or not np.isfinite(rad).all():
                raise self._too_wide()
            if (
                pieces >= _MOST_PIECES
                or ((drift <= np.maximum(0.5 * width, _SHARE * far)) & (loose <= 4 * _SHARE)).all()
            ):
                break
            pieces *= 2
        with np.errstate(over="ignore", invalid="ignore"):
            bend = self._bend(mid[:, :size], rad[:, :size], linear)
        if not (np.isfinite(bend).all() and np.isfinite(width).all()):
            raise self._too_wide()
        with precision(_SCALAR_BITS):
            scale = to_arb(step.scale)
            forces = [defect * self._worth + scale * arb(float(s)) / 2 for s in bend]
            room = np.full(pieces, float(self.zeta))
            room += np.cumsum([float(f.abs_upper()) for f in forces]) * float(step.reach) / pieces
            room = 2 * room + 1e-290
            best: arb | None = None
            for _ in range(8):
                wide = (width + room) * _UP
                rates, _ = self.curvature.expansion(mid[:, :size], (rad[:, :size] + wide[:, None]) * _UP, room=wide)
                if not np.isfinite(rates).all():
                    break
                zeta, suffices, needed = self.zeta, True, np.zeros(pieces)
                for k, (rate, a, b) in enumerate(zip(rates, ends, ends[1:], strict=False)):
                    part = to_arb(b - a)
                    growth = (scale * arb(float(rate)) * part).exp()
                    reach = (zeta + part * forces[k]) * growth.max(arb(1))
                    needed[k] = float(reach.abs_upper())
                    suffices = suffices and bool(reach < arb(float(room[k])))
                    zeta = (growth * zeta + part * forces[k] * growth.max(arb(1))).abs_upper()
                if suffices:
                    if best is not None and zeta > best * arb("0.98"):
                        return best if best < zeta else zeta
                    best = zeta
                    room = np.minimum(room, 1.05 * needed)
                elif best is not None:
                    return best
                elif not np.all(needed < 1e3 * room):
                    break
                else:
                    room = np.maximum(room, 1.3 * needed)
        if best is None:
            raise self._too_wide()
        return best

    def _too_wide(self) -> TubeError:
        return TubeError(
            f"the bundle, with a remainder of {float(self.zeta):.1e}, became too wide to be continued "
            f"at t = {float(self.time):.4g}"
        )

    def _columns(self, mid: FloatArray, rad: FloatArray) -> FloatBalls:
        """``L̂`` from the lines of parameters, shape (boxes, parameters, coordinates)."""
        size = self.problem.size
        shape = (len(mid), size, size)
        middle = mid[:, size:].reshape(shape).swapaxes(1, 2) * self._radii
        radius = rad[:, size:].reshape(shape).swapaxes(1, 2) * self._radii
        return FloatBalls(middle, (radius + 2.0**-50 * np.abs(middle)) * _UP + 1e-300)

    def _blocks(self, matrix: FloatBalls) -> list[FloatBalls]:
        return [FloatBalls(matrix.mid[..., s], matrix.rad[..., s]) for s in self._slices]

    def _width(self, matrix: FloatBalls) -> FloatArray:
        """Upper bounds of ``‖Me‖`` over E, for a matrix M whose columns are scaled by the blocks' radii."""
        return sum((spectral_norms(block) for block in self._blocks(matrix)), np.zeros(1)) * _UP

    def _rows(self, matrix: FloatBalls) -> FloatArray:
        """Upper bounds of ``|(Me)_k|`` over E, shape (boxes, rows)."""
        return sum((row_norms(block) for block in self._blocks(matrix)), np.zeros(1)) * _UP

    def _bend(self, mid: FloatArray, rad: FloatArray, linear: FloatBalls) -> FloatArray:
        """S for every box: see the module's docstring."""
        boxes, size = mid.shape
        first, second = np.triu_indices(size)
        around = FloatBalls(mid[:, None, :], (rad + self._rows(linear))[:, None, :] * _UP)
        inputs = self._split(around)
        columns = linear.transpose()
        for prefix, chosen in (("t", first), ("s", second)):
            parts = self._split(FloatBalls(columns.mid[:, chosen], columns.rad[:, chosen]))
            inputs |= {prefix + name: matrix for name, matrix in parts.items()}
        for name, (rows, across) in zip(self.problem.names, self.problem.shapes, strict=True):
            inputs[f"st{name}"] = FloatBalls.around(np.zeros((1, 1, rows, across)))
        outputs = evaluate(self._program, inputs, FloatBallAlgebra())
        shape = (boxes, len(first), -1)

        def lined(parts: Sequence[FloatArray]) -> FloatArray:
            return np.concatenate(
                [np.broadcast_to(x, (boxes, len(first), *x.shape[-2:])).reshape(shape) for x in parts], axis=-1
            ).swapaxes(1, 2)

        third = FloatBalls(
            lined([outputs[f"std{name}"].mid for name in self.problem.names]),
            lined([outputs[f"std{name}"].rad for name in self.problem.names]),
        )
        number = np.zeros((size, size), dtype=int)
        number[first, second] = number[second, first] = np.arange(len(first))
        total = np.zeros(boxes)
        for one in self._slices:
            for other in self._slices:
                chosen = number[one, other].ravel()
                total += spectral_norms(FloatBalls(third.mid[..., chosen], third.rad[..., chosen]))
        return total * _UP

    def linear(self) -> FloatBalls:
        """``L̂`` now, shape (1, parameters, coordinates)."""
        return self._columns(*self._floats())

    def reach(self) -> float:
        """An upper bound of the distance from the centre, over the bundle."""
        return float((self._width(self.linear())[0] + float(self.zeta) * _UP) * _UP)

    def moved(self) -> float:
        """An upper bound of the distance of ``θ − θ(0)`` from that of the centres, over the flows in the bundle:
        ``‖(L − L(0))e‖``, and the remainders now and at the start."""
        now, then = self.linear(), self._begin
        linear = self._width(now + FloatBalls(-then.mid, then.rad))[0]
        return float((linear + (float(self.zeta) + self._rounded) * _UP) * _UP)

    def rows(self, extra: float = 0.0) -> FloatArray:
        """Upper bounds of the distance of each parameter from the centre's, over the states within `extra` of the
        bundle; shape (parameters,)."""
        bounds: FloatArray = (self._rows(self.linear())[0] + (float(self.zeta) * _UP + extra)) * _UP
        return bounds

    def spread(self, room: float) -> tuple[float, float]:
        """Bounds of the kernel's least eigenvalue and of ``‖J‖`` over the states within `room` of the bundle.

        *Proof.* For a state ``c + w``, ``w = Le + y``, ‖y‖ ≤ ζ + room, ``J(c + w) − J(c) = ∫ DJ(c + sw)[w] ds``, whose
        Frobenius norm is at most ``‖Tw‖`` with T the Hessians of the observed entries, one below the other, somewhere
        in the box of these states: ``‖Tw‖ ≤ Σ_b ‖T L̂_b‖₂ + ‖T‖₂(ζ + room)``. No singular value of J moves by more
        (Weyl), nor of its part in a space of residuals; and ``λ_min(K) = σ_min(J)²``.
        """
        mid, rad = (x[0, : self.problem.size] for x in self._floats())
        kernel, norm = self.curvature.spread(mid, rad, 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            hessians = self._hessians(mid, (rad + self.rows(room)) * _UP)
            left = (float(self.zeta) * _UP + room) * _UP
            if not (np.isfinite(hessians.mid).all() and np.isfinite(hessians.rad).all()):
                return -np.inf, np.inf
            drift = self._width(hessians @ self.linear())[0] + spectral_norms(hessians)[0] * left
            drift *= 1 + 2.0**-40
        smallest = np.sqrt(max(kernel, 0.0)) * (1 - 2.0**-50) - drift
        if not smallest > 0:
            return -np.inf, float((norm + drift) * _UP)
        return float(smallest * smallest * (1 - 2.0**-50)), float((norm + drift) * _UP)

    def _hessians(self, mid: FloatArray, rad: FloatArray) -> FloatBalls:
        """The Hessians of the observed entries over a box, one below the other; shape (1, entries·parameters,
        parameters)."""
        positions, size = self.problem.observations.positions, len(mid)
        seeds = np.zeros((len(positions), 1, *self.problem.observations.residual_shape))
        for k, (i, j) in enumerate(positions):
            seeds[k, 0, i, j] = 1.0
        inputs = self._split(FloatBalls(mid[None, None], rad[None, None]))
        inputs |= {"t" + name: m for name, m in self._split(FloatBalls.around(np.eye(size)[None])).items()}
        inputs |= {"seed": FloatBalls.around(seeds), "tseed": FloatBalls.around(np.zeros_like(seeds))}
        outputs = evaluate(self._entries, inputs, FloatBallAlgebra())
        shape = (len(seeds), size)

        def lined(parts: Sequence[FloatArray]) -> FloatArray:
            wide = [np.broadcast_to(x, (*shape, *x.shape[-2:])).reshape(*shape, -1) for x in parts]
            return np.concatenate(wide, axis=-1).reshape(1, -1, size)

        return FloatBalls(
            lined([outputs["td" + name].mid for name in self.problem.names]),
            lined([outputs["td" + name].rad for name in self.problem.names]),
        )

    def residual(self, at_centre: arb, norm: float) -> arb:
        """An upper bound of ``‖r‖`` over the bundle, from one at its centre and one of ``‖J‖`` over the bundle.

        By the mean value theorem, ``r = r(c) + J̄(Le + z)`` with J̄ an average of J over the bundle.
        """
        from flint import arb

        mid, rad = (x[0, : self.problem.size] for x in self._floats())
        jacobian = self.curvature.jacobian(mid, (rad + self.rows()) * _UP)
        across = FloatBalls(jacobian.mid[None], jacobian.rad[None]) @ self.linear()
        with precision(_SCALAR_BITS):
            total = at_centre + arb(float(self._width(across)[0])) + arb(float(norm)) * self.zeta
            return total.abs_upper()

    def product(self, extra: float) -> FloatArray:
        """Upper bounds of each entry of the product's distance from the centre's, over the states within `extra` of
        the bundle; shape that of the product.

        By the mean value theorem, with the gradient of each entry bounded over the box of these states.
        """
        mid, rad = (x[0, : self.problem.size] for x in self._floats())
        inputs = self._split(FloatBalls(mid[None], ((rad + self.rows(extra)) * _UP)[None]))
        rows, columns = self.problem.observations.shape
        seeds = np.eye(rows * columns).reshape(-1, rows, columns)
        back = pullback(self.problem.program, "product", seed="seed")
        outputs = evaluate(back, {**inputs, "seed": FloatBalls.around(seeds)}, FloatBallAlgebra())

        def lined(parts: Sequence[FloatArray]) -> FloatArray:
            wide = [np.broadcast_to(x, (len(seeds), *x.shape[-2:])).reshape(len(seeds), -1) for x in parts]
            return np.concatenate(wide, axis=-1)

        slopes = FloatBalls(
            lined([outputs["d" + name].mid for name in self.problem.names]),
            lined([outputs["d" + name].rad for name in self.problem.names]),
        )
        across = FloatBalls(slopes.mid[None], slopes.rad[None]) @ self.linear()
        left = (float(self.zeta) * _UP + extra) * _UP
        bounds: FloatArray = (self._rows(across)[0] + row_norms(slopes) * left) * _UP
        return bounds.reshape(rows, columns)

    def centre(self) -> dict[str, Any]:
        """The exact centre, as matrices of balls of radius 0."""
        from flint import arb_mat

        entries = [dyadic_arb(c, -self.fraction_bits) for c in self.stepper.state[: self.problem.size]]
        return {name: arb_mat([list(row) for row in rows]) for name, rows in unflatten(self.problem, entries).items()}

    def _split(self, lines: FloatBalls) -> dict[str, FloatBalls]:
        """Parameters in a row (last axis) as matrices by name."""
        matrices, position = {}, 0
        for name, (rows, columns) in zip(self.problem.names, self.problem.shapes, strict=True):
            cut = slice(position, position + rows * columns)
            shape = (*lines.mid.shape[:-1], rows, columns)
            matrices[name] = FloatBalls(lines.mid[..., cut].reshape(shape), lines.rad[..., cut].reshape(shape))
            position += rows * columns
        return matrices

    def _floats(self) -> tuple[FloatArray, FloatArray]:
        """Centre and linearization in float64, as one box."""
        mid = np.array([[_nearest(c, self.fraction_bits) for c in self.stepper.state]])
        return mid, np.abs(mid) * 2.0**-52 + 1e-300


def spectral_norms(matrices: FloatBalls) -> FloatArray:
    """Upper bounds of the spectral norms: ``‖M‖₂² = λ_max(MMᵀ)``, of the smaller one of the two Gram matrices."""
    rows, columns = matrices.mid.shape[-2:]
    gram = matrices @ matrices.transpose() if rows <= columns else matrices.transpose() @ matrices
    squares, _ = largest_eigenvalue_bound(gram)
    result: FloatArray = np.sqrt(np.maximum(squares, 0.0)) * _UP + 1e-300
    return result


def row_norms(matrices: FloatBalls) -> FloatArray:
    """Upper bounds of the rows' Euclidean norms."""
    magnitude = matrices.magnitude()
    result: FloatArray = np.sqrt((magnitude**2).sum(axis=-1) + 1e-300) * (1 + (magnitude.shape[-1] + 8) * 2.0**-52)
    return result


def _above(value: Fraction) -> float:
    """A float64 number not below a fraction."""
    return float(np.nextafter(float(value), np.inf))
