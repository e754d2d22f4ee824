"""The limit of the symmetric family from its two equations, by root isolation: no flow is integrated.

An independent path to what :func:`verify.rigorous.limit.certify_limit` finds by following the flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from verify.arithmetic import Ball, InputError, exact, precision
from verify.arithmetic.convert import to_arb

if TYPE_CHECKING:
    from flint import arb

_BITS_PER_DIGIT = 3.3219280948873626


@dataclass(frozen=True)
class FamilyLimit:
    """The limit of one member of the family.

    Attributes
    ----------
    tau1, tau2
        layer eigenvalues at the limit: all-ones direction, and the directions orthogonal to it within the block sums
        (multiplicity n − 1).
    off_block
        the entries of the end-to-end matrix outside the observed blocks, ``(τ₁^L − τ₂^L)/(ns)``.
    stable_rank
        ``1 + (n − 1)(τ₂/τ₁)^{2L}``.
    """

    tau1: Ball
    tau2: Ball
    off_block: Ball
    stable_rank: Ball


def coupling_constant(depth: int, *, n: int, m: Fraction | None, alpha: Fraction, s: int = 1) -> Fraction:
    """``C = (sα)^{−(L−2)} K_L``, ``K_L = (m/(m−1))^{L−2} − (m/(m+n−1))^{L−2}``: the value that
    ``τ₂^{−(L−2)} − τ₁^{−(L−2)}`` keeps along the flow (depth L ≥ 3, 1 < m ≤ ∞, α > 0); 0 for m = ∞.
    """
    if m is None:
        return Fraction(0)
    return ((m / (m - 1)) ** (depth - 2) - (m / (m + n - 1)) ** (depth - 2)) / (s * alpha) ** (depth - 2)


def enclose_family_limit(
    depth: int,
    *,
    n: int = 2,
    m: object = 2,
    alpha: object = Fraction(1, 10),
    value: object = 1,
    s: int = 1,
    digits: int = 30,
    constant: object = None,
) -> FamilyLimit:
    """Enclose the unique positive solution of the limit equations of the symmetric family (``m=None`` is m = ∞).

    The equations, for L ≥ 3 (for L = 2 the second is ``τ₁ = ρτ₂`` with ``ρ = (m+n−1)/(m−1)``):

        (E1)  τ₁^L + (n−1) τ₂^L = nsw,        (E2)  τ₂^{−(L−2)} − τ₁^{−(L−2)} = C.

    `constant` replaces C, for those who want to see a wrong one fail.

    *Algorithm and proof.* By (E2) τ₂ is an increasing function of τ₁, so the left side of (E1) increases strictly in
    τ₁: there is at most one root. From ``0 < τ₂ ≤ τ₁`` it lies in ``[(sw)^{1/L}, (nsw)^{1/L}]``. Bisection with signs
    decided in ball arithmetic keeps it bracketed; it stops when a sign is no longer certain or the bracket is narrow.

    Raises
    ------
    InputError
        outside 1 < m ≤ ∞, α > 0, w > 0, L ≥ 2, where these equations do not describe the limit.
    """
    ratio = None if m is None else exact(m, "m")
    scale, target = exact(alpha, "alpha"), exact(value, "value")
    if depth < 2 or scale <= 0 or target <= 0 or (ratio is not None and ratio <= 1):
        raise InputError("family", "is outside depth >= 2, m > 1, alpha > 0, value > 0", "integrate the flow instead")
    bits = round((digits + 8) * _BITS_PER_DIGIT)
    with precision(bits + 64):
        total = to_arb(n * s * target)
        power = to_arb(Fraction(1, depth))
        if depth == 2:
            rho = Fraction(1) if ratio is None else (ratio + n - 1) / (ratio - 1)
            second = (total / to_arb(rho**2 + n - 1)).sqrt()
            return _limit(to_arb(rho) * second, second, depth, n, s)
        default = coupling_constant(depth, n=n, m=ratio, alpha=scale, s=s)
        c = to_arb(default if constant is None else exact(constant, "constant"))

        def second_of(first: arb) -> arb:
            return (1 / (1 / first ** (depth - 2) + c)) ** to_arb(Fraction(1, depth - 2))

        low = Ball.from_arb(to_arb(s * target) ** power).lower - Fraction(1, 2 ** (bits + 8))
        high = Ball.from_arb(total**power).upper + Fraction(1, 2 ** (bits + 8))
        while high - low > Fraction(1, 2**bits):
            middle = Fraction(int((low + high) * 2 ** (bits + 16)) // 2, 2 ** (bits + 16))
            first = to_arb(middle)
            excess = first**depth + (n - 1) * second_of(first) ** depth - total
            if excess > 0:
                high = middle
            elif excess < 0:
                low = middle
            else:  # the sign is not certain at this precision: the bracket is as good as it gets
                break
        first = to_arb(Ball.between(low, high))
        return _limit(first, second_of(first), depth, n, s)


def _limit(first: arb, second: arb, depth: int, n: int, s: int) -> FamilyLimit:
    return FamilyLimit(
        tau1=Ball.from_arb(first),
        tau2=Ball.from_arb(second),
        off_block=Ball.from_arb((first**depth - second**depth) / (n * s)),
        stable_rank=Ball.from_arb(1 + (n - 1) * (second / first) ** (2 * depth)),
    )
