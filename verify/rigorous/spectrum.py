"""Singular values, determinant, rank and stable rank of a matrix of balls, enclosed."""

from __future__ import annotations

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
    """

    singular_values: tuple[arb, ...]
    rank_at_least: int
    determinant: arb | None
    stable_rank: arb | None


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
    stable = frobenius / square if square > 0 else None
    return Spectrum(
        singular_values=tuple(values),
        rank_at_least=sum(1 for v in values if v > 0),
        determinant=matrix.det() if rows == columns else None,
        stable_rank=stable,
    )


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


def _singular_vectors(matrix: arb_mat) -> tuple[arb_mat, arb_mat]:
    """Approximate square orthogonal U, V for the midpoint, as exact balls. Untrusted."""
    import flint
    import mpmath
    from flint import arb_mat

    context = mpmath.mp.clone()
    context.prec = flint.ctx.prec + 16
    rows, columns = matrix.nrows(), matrix.ncols()
    middle = context.matrix(rows, columns)
    for i in range(rows):
        for j in range(columns):
            mantissa, exponent = matrix[i, j].mid().man_exp()
            middle[i, j] = context.ldexp(context.mpf(int(mantissa)), int(exponent))
    if rows >= columns:
        u, _, v = context.svd_r(middle, full_matrices=True)
        v = v.T
    else:
        v, _, u = context.svd_r(middle.T, full_matrices=True)
        u = u.T

    def exact(approximate: object, size: int) -> arb_mat:
        entries = []
        for i in range(size):
            for j in range(size):
                sign, mantissa, exponent, _ = approximate[i, j]._mpf_  # type: ignore[index]
                entries.append(dyadic_arb(-int(mantissa) if sign else int(mantissa), int(exponent)))
        return arb_mat(size, size, entries)

    return exact(u, rows), exact(v, columns)
