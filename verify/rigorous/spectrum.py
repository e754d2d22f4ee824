"""Singular values, determinant, rank, stable rank and effective rank of a matrix of balls, enclosed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.arithmetic.convert import dyadic_arb

if TYPE_CHECKING:
    from flint import arb, arb_mat


@dataclass(frozen=True)
class Spectrum:
    """What is known of every matrix inside a matrix of balls.

    Attributes
    ----------
    singular_values
        largest first, one ball each.
    rank_at_least
        how many of them are certainly positive.
    determinant
        for square matrices.
    stable_rank
        ``‖W‖_F² / ‖W‖₂²``; None when the matrix may be zero.
    effective_rank
        ``exp(−Σ x_i log x_i)`` with ``x_i = σ_i/Σσ`` and ``0 log 0 = 0`` (Roy & Vetterli 2007); None when the matrix
        may be zero.
    """

    singular_values: tuple[arb, ...]
    rank_at_least: int
    determinant: arb | None
    stable_rank: arb | None
    effective_rank: arb | None


def spectrum(matrix: arb_mat) -> Spectrum:
    """Enclose the spectrum of every matrix in `matrix`, at python-flint's precision in force.

    *Algorithm and proof.* U and V are approximate singular vectors of the midpoint (from mpmath; nothing is assumed of
    them) and ``M = UᵀWV``. With ``‖UᵀU − I‖, ‖VᵀV − I‖ ≤ ε < 1`` all singular values of U and V lie in
    ``[√(1−ε), √(1+ε)]``, so by Ostrowski's theorem ``σ_i(M) ∈ [(1−ε) σ_i(W), (1+ε) σ_i(W)]``. By Weyl,
    ``|σ_i(M) − d_i| ≤ ‖M − diag(M)‖_F`` with d_i the absolute diagonal entries of M, sorted. The radii of W are in
    the balls of M. (Horn & Johnson, Topics in Matrix Analysis, 3.3.16; Matrix Analysis, 4.5.9.)
    """
    from flint import arb

    rows, columns = matrix.nrows(), matrix.ncols()
    left, right = _singular_vectors(matrix)
    rotated = left.transpose() * matrix * right
    epsilon = _departure(left).max(_departure(right))
    if not epsilon < 1:
        raise ArithmeticError("the approximate singular vectors are far from orthogonal")
    off = arb(0)
    for i in range(rows):
        for j in range(columns):
            if i != j:
                off += rotated[i, j].abs_upper() ** 2
    off = off.sqrt()
    # Sorting intervals by their ends is right for each end: the i-th largest of numbers is monotone in every one.
    diagonal = [abs(rotated[i, i]) for i in range(min(rows, columns))]
    lower = _descending([d.abs_lower() for d in diagonal])
    upper = _descending([d.abs_upper() for d in diagonal])
    values = []
    for low, high in zip(lower, upper, strict=True):
        values.append(((low - off) / (1 + epsilon)).max(arb(0)).union((high + off) / (1 - epsilon)))
    frobenius = arb(0)
    for entry in matrix.entries():
        frobenius += entry * entry
    square = values[0] * values[0]
    # Between 1 and the largest possible rank, whatever the balls' widths say.
    stable = (frobenius / square).max(arb(1)).min(arb(len(values))) if square > 0 else None
    return Spectrum(
        singular_values=tuple(values),
        rank_at_least=sum(1 for v in values if v > 0),
        determinant=matrix.det() if rows == columns else None,
        stable_rank=stable,
        effective_rank=effective_rank(values),
    )


def effective_rank(values: Sequence[arb]) -> arb | None:
    """Enclose ``exp(−Σ x_i log x_i)``, ``x_i = σ_i/Σσ``, for all nonnegative σ_i in `values`; None if all may be 0.

    *Proof.* x_i grows with σ_i and falls with the others, so that it lies between its values at the ends of the balls,
    lower end of σ_i with the upper ends of the others and the other way round. On ``[a, b] ⊂ [0, 1]`` the concave
    function ``η(x) = −x log x`` is at least ``min(η(a), η(b))`` and at most ``max(η(a), η(b))``, or 1/e where 1/e lies
    between a and b. The entropy of k numbers lies in ``[0, log k]``.
    """
    from flint import arb

    lower = [v.nonnegative_part().lower().max(arb(0)) for v in values]
    upper = [v.nonnegative_part().upper() for v in values]
    if not any(low > 0 for low in lower):
        return None
    peak = arb(-1).exp()
    total = arb(0)
    for i, (low, high) in enumerate(zip(lower, upper, strict=True)):
        more = sum((x for k, x in enumerate(upper) if k != i), arb(0))
        less = sum((x for k, x in enumerate(lower) if k != i), arb(0))
        # Where the denominator may be 0 the numerator is, too, and the least that can be said is x_i ≥ 0 or x_i ≤ 1.
        a = (low / (low + more)).max(arb(0)) if low > 0 else arb(0)
        b = (high / (high + less)).min(arb(1)) if less > 0 else arb(1)
        ends = _entropy(a).union(_entropy(b))
        total += ends if a > peak or b < peak else ends.union(peak)
    return total.nonnegative_part().exp().min(arb(len(values))).max(arb(1))


def _entropy(x: arb) -> arb:
    """``−x log x`` for x in [0, 1]; 0 at 0."""
    from flint import arb

    if x > 0:
        return -x * x.log()
    top, peak = x.abs_upper(), arb(-1).exp()
    if not top > 0:
        return arb(0)
    return arb(0).union(-top * top.log() if top < peak else peak)


def _descending(values: list[arb]) -> list[arb]:
    return sorted(values, key=lambda x: _key(x), reverse=True)


def _key(value: arb) -> tuple[object, ...]:
    from fractions import Fraction

    mantissa, exponent = value.man_exp()
    return (Fraction(int(mantissa)) * Fraction(2) ** int(exponent),)


def _departure(matrix: arb_mat) -> arb:
    """An upper bound of ``‖QᵀQ − I‖`` (largest absolute row sum)."""
    from flint import arb

    gram = matrix.transpose() * matrix
    worst = arb(0)
    for i in range(gram.nrows()):
        total = arb(0)
        for j in range(gram.ncols()):
            total += (gram[i, j] - int(i == j)).abs_upper()
        worst = worst.max(total)
    return worst.abs_upper()


#: Bits beyond the precision in force with which singular vectors are sought, one after another.
_GUARDS = (16, 32, 64, 128)


def _singular_vectors(matrix: arb_mat) -> tuple[arb_mat, arb_mat]:
    """Approximate square orthogonal U, V for the midpoint, as exact balls. Untrusted."""
    import flint
    import mpmath
    from flint import arb_mat

    context = mpmath.mp.clone()
    rows, columns = matrix.nrows(), matrix.ncols()
    for guard in _GUARDS:
        context.prec = flint.ctx.prec + guard
        middle = context.matrix(rows, columns)
        for i in range(rows):
            for j in range(columns):
                mantissa, exponent = matrix[i, j].mid().man_exp()
                middle[i, j] = context.ldexp(context.mpf(int(mantissa)), int(exponent))
        try:
            if rows >= columns:
                u, _, v = context.svd_r(middle, full_matrices=True)
                v = v.T
            else:
                v, _, u = context.svd_r(middle.T, full_matrices=True)
                u = u.T
            break
        except (
            RuntimeError
        ):  # the iteration can come to rest just above its threshold, at one precision and not another
            if guard == _GUARDS[-1]:
                raise

    def exact(approximate: object, size: int) -> arb_mat:
        entries = []
        for i in range(size):
            for j in range(size):
                sign, mantissa, exponent, _ = approximate[i, j]._mpf_  # type: ignore[index]
                entries.append(dyadic_arb(-int(mantissa) if sign else int(mantissa), int(exponent)))
        return arb_mat(size, size, entries)

    return exact(u, rows), exact(v, columns)
