"""The projected gradient iteration of ``U diag(λ) Uᵀ`` for ``f = ½‖X − M‖²``, for fractions and arrays alike.

No ball bounds U here. Source of the iteration: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), as summarized in public.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from verify.search.charts import Matrix, diagonal, difference, product, transposed
from verify.symbolic.fixed_points import gradient_step, quadratic_forms


def positive_part(x: Any) -> Any:
    """``max(x, 0)``, entry by entry for an array."""
    if isinstance(x, Fraction | int):
        return max(Fraction(x), Fraction(0))
    import numpy as np

    return np.maximum(x, 0.0)


def gradient(u: Matrix, weights: Sequence[Any], target: Matrix) -> Matrix:
    """``G = U diag(λ) Uᵀ − M``."""
    return difference(product(u, diagonal(weights), transposed(u)), target)


def step(u: Matrix, weights: Sequence[Any], target: Matrix, size: Any) -> tuple[Matrix, list[Any]]:
    """``U − 2η G U diag(λ)`` and ``max(λ_j − η u_jᵀ G u_j, 0)``, both from the old values, with η = `size`."""
    slope = gradient(u, weights, target)
    forms = quadratic_forms(u, slope)
    new = gradient_step(u, weights, slope, step=size)
    return new, [positive_part(x - size * q) for x, q in zip(weights, forms, strict=True)]
