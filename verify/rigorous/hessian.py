"""Bounds of the Hessian and of the coupling kernel over boxes of states, many boxes at a time, in float64 balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from verify.arithmetic import Program, evaluate, pullback, tangent
from verify.arithmetic.floatballs import (
    FloatBallAlgebra,
    FloatBalls,
    largest_eigenvalue_bound,
    smallest_eigenvalue_bound,
)
from verify.models import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    #: Bounds for many boxes, and the part of each that the box's width costs.
    Bounds = tuple[FloatArray, FloatArray]


#: So many numbers are worked on at a time, at most: 64 MiB.
MOST_NUMBERS = 2**23


@dataclass(frozen=True)
class Curvature:
    """Second-order information of one problem, from its matrix program.

    Attributes
    ----------
    directions
        orthonormal columns (up to rounding that is in the balls) of a space in which the residual is known to stay;
        None for all observed entries. Shape (observed entries, directions).
    """

    problem: Model
    directions: FloatBalls | None = None

    def within(self, basis: tuple[tuple[Fraction, ...], ...]) -> Curvature:
        """The same for residuals in the span of an exactly orthogonal basis."""
        columns = FloatBalls.enclosing(basis)
        # v/‖v‖ with ‖v‖² exact: correctly rounded quotient and root, three roundings in all
        scales = np.array([[1 / np.sqrt(float(sum(x * x for x in v)))] for v in basis])
        rad = (columns.rad * scales + 16 * 2.0**-53 * np.abs(columns.mid) * scales) * (1 + 2.0**-45) + 1e-300
        return Curvature(self.problem, FloatBalls(columns.mid * scales, rad).transpose())

    @cached_property
    def _hessian_program(self) -> Program:
        return tangent(self.problem.gradient)

    @cached_property
    def _pullback_tangent(self) -> Program:
        return tangent(self._pullback_program)

    @cached_property
    def _pullback_program(self) -> Program:
        return pullback(self.problem.program, "residual", seed="seed")

    @property
    def residual_dimension(self) -> int:
        """Dimension of the space of residuals considered."""
        if self.directions is None:
            return len(self.problem.observations.positions)
        return int(self.directions.mid.shape[-1])

    def expansion(self, mid: FloatArray, rad: FloatArray, *, room: FloatArray | None = None) -> Bounds:
        """Upper bounds of ``λ_max(−∇²ℓ)`` over boxes of states, and the part of each that the box's width costs.

        Shapes: `mid` and `rad` (boxes, parameters); the results (boxes,). A box that is too wide for float64 gives +∞.

        `room` (boxes,), where given, asks for a second bound and takes the smaller one. The states are then those
        within Euclidean distance `room` of a state that lies in the box of radii ``rad − room``.

        *Second bound.* ``∇²ℓ = JᵀJ + Σ_a r_a ∇²w_a``, so that ``λ_max(−∇²ℓ) ≤ λ_max(−Σ_a r_a ∇²w_a)``: what makes a
        wide tube's Hessian vary most, ``JᵀJ``, has the right sign and is left out. The sum is a pullback of the
        residual, differentiated with the residual held fixed. By the mean value theorem r_a differs from its values on
        the box of radii ``rad − room`` by at most ``room · sup ‖J_a‖₂``, which is sharper than r_a on the whole box.
        """
        together = max(MOST_NUMBERS // self._numbers_per_box, 1)
        rates, costs = [], []
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows gives +∞
            for start in range(0, len(mid), together):
                cut = slice(start, start + together)
                rate, cost = self._expansion(mid[cut], rad[cut])
                if room is not None:
                    other, other_cost = self._residual_expansion(mid[cut], rad[cut], room[cut])
                    better = other < rate  # false where a bound is +∞
                    rate, cost = np.where(better, other, rate), np.where(better, other_cost, cost)
                rates.append(rate)
                costs.append(cost)
        return np.concatenate(rates), np.concatenate(costs)

    @cached_property
    def _numbers_per_box(self) -> int:
        """About how many numbers the Hessian over one box takes: every node in all directions, and the matrix."""
        size = self.problem.size
        nodes = sum(int(rows) * int(columns) for rows, columns in (node.shape for node in self._hessian_program.nodes))
        return 2 * size * (nodes + 4 * size)

    def _expansion(self, mid: FloatArray, rad: FloatArray) -> Bounds:
        directions = self._split(FloatBalls.around(np.eye(mid.shape[1])[None, :, :]))
        inputs = {**self._boxes(mid, rad), **{"t" + name: matrix for name, matrix in directions.items()}}
        return self._bound(evaluate(self._hessian_program, inputs, FloatBallAlgebra()), *mid.shape)

    def _residual_expansion(self, mid: FloatArray, rad: FloatArray, room: FloatArray) -> Bounds:
        algebra = FloatBallAlgebra()
        path = self._boxes(mid, np.maximum(rad - room[:, None], 0.0))
        near = evaluate(self.problem.program, path, algebra)["residual"]
        slopes = np.stack([self._row_norms(m, r) for m, r in zip(mid, rad, strict=True)])
        # Rounding of the difference of radii, and of the product, is covered by a generous factor.
        reach = np.zeros_like(near.mid)
        for k, (i, j) in enumerate(self.problem.observations.positions):
            reach[:, 0, i, j] = slopes[:, k] * room * (1 + 2.0**-40)
        residual = FloatBalls(near.mid, (near.rad + reach + 2.0**-50 * (rad.max() * slopes.max())) * (1 + 2.0**-40))
        directions = self._split(FloatBalls.around(np.eye(mid.shape[1])[None, :, :]))
        inputs = {**self._boxes(mid, rad), **{"t" + name: matrix for name, matrix in directions.items()}}
        inputs["seed"] = residual
        inputs["tseed"] = FloatBalls.around(np.zeros_like(residual.mid))
        return self._bound(evaluate(self._pullback_tangent, inputs, algebra), *mid.shape)

    def _row_norms(self, mid: FloatArray, rad: FloatArray) -> FloatArray:
        """Upper bounds of ``‖J_a‖₂`` over one box, for each observed entry a."""
        magnitude = self.jacobian(mid, rad).magnitude()
        norms: FloatArray = np.sqrt((magnitude**2).sum(axis=1) + 1e-300) * (1 + (magnitude.size + 8) * 2.0**-52)
        return norms

    def _boxes(self, mid: FloatArray, rad: FloatArray) -> dict[str, FloatBalls]:
        return self._split(FloatBalls(mid[:, None, :], rad[:, None, :]))

    def _bound(self, outputs: dict[str, FloatBalls], boxes: int, size: int) -> Bounds:
        """From the rows of a matrix over many boxes, bounds of the largest eigenvalue of its negative."""
        rows = [outputs["td" + name] for name in self.problem.names]

        def joined(parts: list[FloatArray]) -> FloatArray:
            return np.concatenate(
                [np.broadcast_to(x, (boxes, size, *x.shape[-2:])).reshape(boxes, size, -1) for x in parts], -1
            )

        mid, rad = joined([r.mid for r in rows]), joined([r.rad for r in rows])
        result, excess = np.full(boxes, np.inf), np.full(boxes, np.inf)
        usable = np.isfinite(mid).all(axis=(1, 2)) & np.isfinite(rad).all(axis=(1, 2))
        if usable.any():
            result[usable], excess[usable] = largest_eigenvalue_bound(FloatBalls(-mid[usable], rad[usable]))
        return result, excess

    def spread(self, mid: FloatArray, rad: FloatArray, room: float) -> tuple[float, float]:
        """A lower bound of ``λ_min(K)``, ``K = J Jᵀ`` the coupling kernel of the observed entries (on `directions`
        only, where those are given), and an upper bound of ``‖J‖``, over all states within Euclidean distance `room`
        of the box; −∞ and +∞ where float64 does not suffice. Shapes of `mid` and `rad`: (parameters,).

        Each is the better one of two bounds: over the box widened by `room`; and from the box itself by ``‖J(θ + e) −
        J(θ)‖_F ≤ ‖e‖ (Σ_a ‖∇²w_a‖_F²)^{1/2}`` (mean value theorem, row by row), which moves no singular value of J by
        more than that (Weyl), with ``λ_min(K) = σ_min(J)²``.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            wide = (rad + room) * (1 + 2.0**-50)
            kernel, norm = self._spread_over(mid, wide)
            if self.directions is not None or not room:
                return kernel, norm
            close, size = self._spread_over(mid, rad)
            drift = room * self._bending(mid, wide) * (1 + 2.0**-50)
            if close > 0 and np.isfinite(drift):
                smallest = np.sqrt(close) * (1 - 2.0**-50) - drift
                if smallest > 0:
                    kernel = max(kernel, float(smallest * smallest * (1 - 2.0**-50)))
                norm = min(norm, float((size + drift) * (1 + 2.0**-50)))
            return kernel, norm

    def _spread_over(self, mid: FloatArray, rad: FloatArray) -> tuple[float, float]:
        """The two bounds over one box."""
        jacobian = self.jacobian(mid, rad)
        seen = jacobian if self.directions is None else self.directions.transpose() @ jacobian
        kernel = seen @ seen.transpose()
        if not (np.isfinite(kernel.mid).all() and np.isfinite(kernel.rad).all()):
            return -np.inf, np.inf
        lowest = float(smallest_eigenvalue_bound(FloatBalls(kernel.mid[None], kernel.rad[None]))[0])
        return lowest, _frobenius(jacobian)

    def _bending(self, mid: FloatArray, rad: FloatArray) -> float:
        """An upper bound of ``(Σ_a ‖∇²w_a‖_F²)^{1/2}`` over one box, a over the observed entries."""
        seeds = self._seeds()
        inputs = self._split(FloatBalls(mid[None, None, :], rad[None, None, :]))
        directions = self._split(FloatBalls.around(np.eye(len(mid))[None, :, :]))
        inputs |= {"t" + name: matrix for name, matrix in directions.items()}
        inputs["seed"] = FloatBalls.around(seeds[:, None])
        inputs["tseed"] = FloatBalls.around(np.zeros_like(seeds[:, None]))
        outputs = evaluate(self._pullback_tangent, inputs, FloatBallAlgebra())
        shape = (len(seeds), len(mid))
        total = 0.0
        for name in self.problem.names:
            rows = outputs["td" + name]
            part = np.broadcast_to(rows.magnitude(), (*shape, *rows.mid.shape[-2:]))
            total += _frobenius(FloatBalls.around(part)) ** 2
        return float(np.sqrt(total) * (1 + (len(self.problem.names) + 8) * 2.0**-50))

    def jacobian(self, mid: FloatArray, rad: FloatArray) -> FloatBalls:
        """``J = ∂w/∂θ`` over a box: one row per observed entry, in the order of the observations."""
        seeds = self._seeds()
        inputs = self._split(FloatBalls(mid[None, :], rad[None, :]))
        inputs["seed"] = FloatBalls.around(seeds)
        outputs = evaluate(self._pullback_program, inputs, FloatBallAlgebra())
        rows = [outputs["d" + name] for name in self.problem.names]
        count = len(seeds)
        return FloatBalls(
            np.concatenate([np.broadcast_to(r.mid, (count, *r.mid.shape[-2:])).reshape(count, -1) for r in rows], -1),
            np.concatenate([np.broadcast_to(r.rad, (count, *r.rad.shape[-2:])).reshape(count, -1) for r in rows], -1),
        )

    def _seeds(self) -> FloatArray:
        """The matrices ``E_ij`` of the observed entries."""
        positions = self.problem.observations.positions
        seeds = np.zeros((len(positions), *self.problem.observations.residual_shape))
        for k, (i, j) in enumerate(positions):
            seeds[k, i, j] = 1.0
        return seeds

    def _split(self, flat: FloatBalls) -> dict[str, FloatBalls]:
        """Parameters in a row (last axis) as matrices by name."""
        matrices, position = {}, 0
        for name, (rows, columns) in zip(self.problem.names, self.problem.shapes, strict=True):
            cut = slice(position, position + rows * columns)
            shape = (*flat.mid.shape[:-1], rows, columns)
            matrices[name] = FloatBalls(flat.mid[..., cut].reshape(shape), flat.rad[..., cut].reshape(shape))
            position += rows * columns
        return matrices


def _frobenius(matrix: FloatBalls) -> float:
    """An upper bound of the Frobenius norm of everything inside."""
    magnitude = matrix.magnitude()
    # a square that underflows loses at most 2^−1074, and 1e-300 covers them all
    return float(np.sqrt((magnitude**2).sum() + 1e-300) * (1 + (magnitude.size + 8) * 2.0**-52))
