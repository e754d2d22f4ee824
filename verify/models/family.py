"""The symmetric family of starts of Shin & Yun 2026, reconstructed from public summaries of equation (7)."""

from __future__ import annotations

from fractions import Fraction

from verify.arithmetic import ExactMatrix, InputError, exact
from verify.models.deep import Problem
from verify.models.observations import Observations


def symmetric_layer(n: int, m: object, alpha: object, s: int = 1) -> ExactMatrix:
    """``α((1 − 1/m) I_n + (1/m) J_n) ⊗ J_s``: α on the diagonal blocks, α/m off them; ``m=None`` is m = ∞.

    `n` blocks of size `s`; the layer is ``ns × ns``.
    """
    if n < 1 or s < 1:
        raise InputError("n, s", f"{n} blocks of size {s}", "both are at least 1")
    diagonal = exact(alpha, "alpha")
    if m is None:
        off = Fraction(0)
    else:
        ratio = exact(m, "m")
        if not ratio:
            raise InputError("m", "is 0, so that alpha/m does not exist", "use m=None for m = infinity")
        off = diagonal / ratio
    return tuple(tuple(diagonal if i // s == j // s else off for j in range(n * s)) for i in range(n * s))


def symmetric_family(
    depth: int, *, n: int = 2, m: object = 2, alpha: object = Fraction(1, 10), value: object = 1, s: int = 1
) -> Problem:
    """Layers ``α((1 − 1/m) I_n + J_n/m) ⊗ J_s``, block-diagonal observations of one value.

    `m` is a nonzero number, or None for m = ∞ (a block-diagonal start). Source: Shin & Yun 2026, equation
    (7), reconstructed from public summaries.
    """
    if depth < 1:
        raise InputError("depth", f"is {depth}", "a factorization has at least one layer")
    layer = symmetric_layer(n, m, alpha, s)
    return Problem((layer,) * depth, Observations.block_diagonal(n, s, value))
