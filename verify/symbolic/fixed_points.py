"""Fixed points of the projected gradient iteration of ``X = U diag(D) Uᵀ``, decided exactly.

The iteration of Hou, Sra & Yurtsever 2025 as reconstructed: with ``G = ∇f(X)``,

    ``Ū = U − 2ηGU diag(D)``, ``U ← Ū·min(1, α/‖Ū‖_F)``, ``D_j ← max(D_j − η u_jᵀGu_j, 0)``, both from the old state.

The ball's projection leaves the rationals; whether a point is fixed does not: squares are compared instead, and the
radius α is given by its square. What decides needs fractions; the step itself (:func:`gradient_step`,
:func:`quadratic_forms`) serves entries of every ring, NumPy arrays of one shape among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from verify.arithmetic import EntrywiseAlgebra, ExactMatrix
from verify.arithmetic.algebras import Rows

_RING: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: x or 0)


def gradient_step(U: Rows[Any], D: Sequence[Any], G: Rows[Any], *, step: Any) -> Rows[Any]:
    """``Ū = U − 2ηGU diag(D)``: U after the gradient step, before the projection (n × r)."""
    moved = _RING.product(G, U)
    return tuple(
        tuple(u - 2 * step * g * d for u, g, d in zip(row, grow, D, strict=True))
        for row, grow in zip(U, moved, strict=True)
    )


def quadratic_forms(U: Rows[Any], G: Rows[Any]) -> tuple[Any, ...]:
    """``q_j = u_jᵀGu_j`` for every column."""
    moved = _RING.product(G, U)
    return tuple(_dot(u, g) for u, g in zip(_RING.transpose(U), _RING.transpose(moved), strict=True))


def is_active(
    U: ExactMatrix, D: Sequence[Fraction], G: ExactMatrix, *, radius_squared: Fraction, step: Fraction
) -> bool:
    """Whether the step leaves the ball, ``‖Ū‖_F > α``, so that the projection acts."""
    return _square(gradient_step(U, D, G, step=step)) > radius_squared


def u_step_is_fixed(
    U: ExactMatrix, D: Sequence[Fraction], G: ExactMatrix, *, radius_squared: Fraction, step: Fraction
) -> bool:
    """Whether U is its own image, ``U = Ū·min(1, α/‖Ū‖_F)``, without a square root.

    Where the projection acts, U is the point of the sphere ``‖·‖_F = α`` on the ray of Ū: exactly when
    ``‖U‖² = α²``, ``⟨U, Ū⟩ > 0`` and ``⟨U, Ū⟩² = ‖U‖²‖Ū‖²`` (equality in Cauchy's inequality).
    """
    moved = gradient_step(U, D, G, step=step)
    if _square(moved) <= radius_squared:
        return moved == U
    inner = sum((_dot(a, b) for a, b in zip(U, moved, strict=True)), Fraction(0))
    return _square(U) == radius_squared and inner > 0 and inner**2 == _square(U) * _square(moved)


def d_step_is_fixed(U: ExactMatrix, D: Sequence[Fraction], G: ExactMatrix, *, step: Fraction) -> bool:
    """Whether D is its own image, ``D_j = max(D_j − η q_j, 0)`` for every j."""
    return all(max(d - step * q, Fraction(0)) == d for d, q in zip(D, quadratic_forms(U, G), strict=True))


def is_fixed(
    U: ExactMatrix, D: Sequence[Fraction], G: ExactMatrix, *, radius_squared: Fraction, step: Fraction
) -> bool:
    """Whether (U, D) is a fixed point of the iteration with radius α and step η, from the iteration itself."""
    moved = u_step_is_fixed(U, D, G, radius_squared=radius_squared, step=step)
    return moved and d_step_is_fixed(U, D, G, step=step)


def is_stationary(U: ExactMatrix, D: Sequence[Fraction], G: ExactMatrix) -> bool:
    """The characterisation of fixed points inside the ball: for every column j, ``G u_j = 0`` where ``D_j > 0``, and
    ``u_jᵀGu_j ≥ 0`` where ``D_j = 0``. It knows neither α nor η."""
    images, forms = _RING.transpose(_RING.product(G, U)), quadratic_forms(U, G)
    return all(
        not any(image) if d > 0 else d == 0 and form >= 0 for d, image, form in zip(D, images, forms, strict=True)
    )


def _dot(x: Sequence[Any], y: Sequence[Any]) -> Any:
    return sum(a * b for a, b in zip(x, y, strict=True))


def _square(matrix: ExactMatrix) -> Fraction:
    return sum((_dot(row, row) for row in matrix), Fraction(0))
