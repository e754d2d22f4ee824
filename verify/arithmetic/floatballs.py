"""Balls in float64, many at once: matrices of midpoints with matrices of radii that bound every rounding error.

For bounds that need few digits but many instances (a Hessian over every part of a tube), this is rigorous ball
arithmetic at the speed of NumPy.

*Assumed of the machine*: IEEE 754 binary64, round to nearest, gradual underflow, and matrix products that are sums of
products in any order, with or without fused operations (true of every BLAS that NumPy is built with; it would not be of
a Strassen-type product). Then (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., §3.1, §3.5; Rump,
Acta Numerica 2010, §9): for matrices with inner dimension n, entrywise

    |fl(AB) − AB| ≤ γ_n |A||B| + n·η,     γ_n = n·u/(1 − n·u),  u = 2^−53,  η = 2^−1074.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from verify.arithmetic.algebras import Mask, _diagonal_mask, _known
from verify.arithmetic.exact import ExactMatrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

_U = 2.0**-53
_TINY = 1e-300


def gamma(n: int) -> float:
    """An upper bound of γ_k for every k ≤ n + 4: room for the few operations around an n-term sum. Needs n ≤ 2^40."""
    return (n + 4) * 2.0 * _U


@dataclass(frozen=True)
class FloatBalls:
    """Balls ``mid ± rad``, entrywise; both of shape ``(batch…, rows, columns)``.

    Law: if exact matrices lie in the operands, the exact result of an operation lies in its result.
    """

    mid: FloatArray
    rad: FloatArray

    @classmethod
    def around(cls, mid: FloatArray, rad: FloatArray | float = 0.0) -> FloatBalls:
        """Balls around midpoints that are taken as exact."""
        return cls(mid, np.broadcast_to(np.asarray(rad, dtype=np.float64), mid.shape))

    @classmethod
    def enclosing(cls, rows: ExactMatrix) -> FloatBalls:
        """Balls that contain exact numbers: Python converts a fraction to the nearest float."""
        mid = np.array([[_nearest(x) for x in row] for row in rows])
        return cls(mid, np.abs(mid) * (2 * _U) + _TINY)

    def __matmul__(self, other: FloatBalls) -> FloatBalls:
        """Product of matrices.

        *Proof.* For A ∈ ⟨a, r⟩, B ∈ ⟨b, s⟩: ``|AB − ab| ≤ |a|s + r(|b| + s)``, and ``|ab − fl(ab)| ≤ γ_n|a||b| + nη``.
        All terms are sums of nonnegative numbers, each computed with relative error at most γ_{n+4}, so the factor
        ``1 + 4γ`` makes the computed radius an upper bound. Underflow: ``γ|b|`` loses less than `_TINY`, which is added
        before the factor |a| (it may be huge) comes to it; each of less than 4n products loses at most η.
        """
        n = self.mid.shape[-1]
        size, other_size = np.abs(self.mid), np.abs(other.mid)
        mid = self.mid @ other.mid
        rad = size @ (other.rad + 2 * gamma(n) * other_size + _TINY) + self.rad @ (other_size + other.rad)
        return FloatBalls(mid, rad * (1 + 4 * gamma(n)) + n * _TINY)

    def __add__(self, other: FloatBalls) -> FloatBalls:
        mid = self.mid + other.mid
        return FloatBalls(mid, (self.rad + other.rad + _U * np.abs(mid)) * (1 + 8 * _U) + _TINY)

    def transpose(self) -> FloatBalls:
        """The transposes."""
        return FloatBalls(self.mid.swapaxes(-1, -2), self.rad.swapaxes(-1, -2))

    def magnitude(self) -> FloatArray:
        """Entrywise upper bound of the absolute value."""
        result: FloatArray = (np.abs(self.mid) + self.rad) * (1 + 4 * _U)
        return result


class FloatBallAlgebra:
    """Interprets matrix programs in :class:`FloatBalls`."""

    def constant(self, value: ExactMatrix | str, shape: tuple[object, object]) -> FloatBalls:
        return FloatBalls.enclosing(_known(value))

    def product(self, left: FloatBalls, right: FloatBalls) -> FloatBalls:
        return left @ right

    def transpose(self, of: FloatBalls) -> FloatBalls:
        return of.transpose()

    def add(self, left: FloatBalls, right: FloatBalls) -> FloatBalls:
        return left + right

    def scale(self, factor: Fraction, of: FloatBalls) -> FloatBalls:
        number = FloatBalls.enclosing(((factor,),))
        c, r = float(number.mid[0, 0]), float(number.rad[0, 0])
        mid = c * of.mid
        rad = (abs(c) * of.rad + r * (np.abs(of.mid) + of.rad) + _U * np.abs(mid)) * (1 + 16 * _U) + _TINY
        return FloatBalls(mid, rad)

    def mask(self, mask: Mask, of: FloatBalls) -> FloatBalls:
        keep = np.array(_known(mask), dtype=np.float64)
        return FloatBalls(of.mid * keep, of.rad * keep)

    def diagonal(self, of: FloatBalls) -> FloatBalls:
        return self.mask(_diagonal_mask(of.mid.shape[-2], of.mid.shape[-1]), of)


def largest_eigenvalue_bound(matrices: FloatBalls) -> tuple[FloatArray, FloatArray]:
    """For each symmetric matrix inside the balls, an upper bound of its largest eigenvalue; shape ``(batch…)``.

    The second array is the part of the bound that the radii alone cost.

    *Algorithm and proof.* Let a be the symmetric part of the midpoints (exact up to rounding that joins the radius) and
    E a symmetric matrix with |E| ≤ r. By Weyl λ_max(a + E) ≤ λ_max(a) + ‖r‖, and the spectral norm of a nonnegative
    symmetric r is at most its largest row sum. For λ_max(a) take any Q (here: approximate eigenvectors), M = QᵀaQ and
    G = QᵀQ with ``‖G − I‖ ≤ ε < 1`` (row sums). Q is then regular, and with x = Qy

        xᵀax / xᵀx = yᵀMy / yᵀGy ≤ g / (1 − ε) if g ≥ 0, else g / (1 + ε),

    where g is Gershgorin's bound ``max_i (M_ii + Σ_{j≠i} |M_ij|)``. Everything is evaluated in balls. Where that gives
    no finite number (overflow, or eigenvectors that are none) the bound is +∞.
    """
    size = matrices.mid.shape[-1]
    symmetric = (matrices.mid + matrices.mid.swapaxes(-1, -2)) / 2
    # The exact matrix A is symmetric and within rad of mid, hence within the mean of rad and its transpose of the
    # mean of mid and its transpose.
    radius = (matrices.rad + matrices.rad.swapaxes(-1, -2)) / 2 + 4 * _U * np.abs(symmetric) + _TINY
    spread = radius.sum(axis=-1).max(axis=-1) * (1 + 4 * gamma(size))
    try:
        _, vectors = np.linalg.eigh(symmetric)
    except np.linalg.LinAlgError:  # any Q will do; the identity leaves Gershgorin's bound
        vectors = np.broadcast_to(np.eye(size), symmetric.shape)
    q = FloatBalls.around(vectors)
    rotated = q.transpose() @ FloatBalls.around(symmetric) @ q
    gram = q.transpose() @ q
    eye = np.eye(size)
    off = (rotated.magnitude() * (1 - eye)).sum(axis=-1)
    diagonal = np.diagonal(rotated.mid, axis1=-2, axis2=-1) + np.diagonal(rotated.rad, axis1=-2, axis2=-1)
    g = (diagonal + off + 4 * gamma(size) * (off + np.abs(diagonal))).max(axis=-1)
    defect = ((np.abs(gram.mid - eye) + gram.rad + 2 * _U).sum(axis=-1)).max(axis=-1) * (1 + 4 * gamma(size))
    quotient = np.where(g >= 0, g / np.where(defect < 0.5, 1 - defect, np.nan), g / (1 + defect))
    bound = quotient + spread + 16 * _U * (np.abs(quotient) + spread) + _TINY
    usable = np.isfinite(bound) & (defect < 0.5)
    return np.where(usable, bound, np.inf), np.where(usable, spread, np.inf)


def smallest_eigenvalue_bound(matrices: FloatBalls) -> FloatArray:
    """For each symmetric matrix inside the balls, a lower bound of its smallest eigenvalue."""
    upper, _ = largest_eigenvalue_bound(FloatBalls(-matrices.mid, matrices.rad))
    return -upper


def _nearest(value: Fraction) -> float:
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return np.inf if value > 0 else -np.inf  # with an infinite radius: a ball that no bound can be made of
