"""Singular values of a product enclosed from its factor: small ones to the relative accuracy that the factor has.

:func:`verify.rigorous.spectrum.spectrum` knows each singular value of X to within the largest radius of X's entries.
Where ``X = BBᵀ`` and B's columns are of very different lengths, each with radii in proportion, far more is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from verify.arithmetic import BallAlgebra, BallMatrix, evaluate, precision
from verify.arithmetic.convert import to_arb, to_arb_mat
from verify.models import Model
from verify.numeric.spectra import jacobi_vectors
from verify.rigorous.spectrum import _departure, _descending, spectrum

if TYPE_CHECKING:
    from flint import arb, arb_mat


def product_spectrum(model: Model, state: Mapping[str, BallMatrix], *, bits: int) -> tuple[arb, ...]:
    """The singular values of the model's product, largest first, over all states in the balls, with `bits` bits."""
    from flint import arb

    with precision(bits):
        rows = {name: [[to_arb(x) for x in row] for row in matrix] for name, matrix in state.items()}
        plain = spectrum(evaluate(model.program, _matrices(state), BallAlgebra())["product"]).singular_values
        if not all(x >= 0 for name in model.nonnegative for row in rows[name] for x in row):
            return plain
        root = model.root(rows, lambda x: x.sqrt())
        if root is None:
            return plain
        from flint import arb_mat

        graded = factor_spectrum(arb_mat([list(row) for row in root]))
        if graded is None:
            return plain
        values = [x * x for x in graded] + [arb(0)] * (len(plain) - len(graded))
        return tuple(x if x.rad() < y.rad() else y for x, y in zip(values, plain, strict=True))


def factor_spectrum(matrix: arb_mat) -> tuple[arb, ...] | None:
    """The singular values of every matrix in a matrix of balls, largest first; None where a column may vanish.

    *Algorithm and proof.* V is approximately orthogonal, ``‖VᵀV − I‖ ≤ δ < 1``, and makes the columns of ``C = BV``
    approximately so (from one-sided Jacobi rotations; nothing is assumed of it). Let c_j be the columns' lengths and
    Ĉ = C diag(1/c_j), ``‖ĈᵀĈ − I‖ ≤ ε < 1``. By Ostrowski's theorem ``σ_i(C)`` lies within the factors ``√(1 ∓ ε)`` of
    the i-th largest c_j, and ``σ_i(C)`` within ``√(1 ∓ δ)`` of σ_i(B). (Horn & Johnson, Topics in Matrix Analysis,
    3.3.16.)
    """
    import flint
    import mpmath
    from flint import arb, arb_mat

    if matrix.ncols() > matrix.nrows():
        matrix = matrix.transpose()
    context = mpmath.mp.clone()
    context.prec = flint.ctx.prec + 16

    def middle(x: arb) -> Any:
        mantissa, exponent = x.mid().man_exp()
        return context.ldexp(context.mpf(int(mantissa)), int(exponent))

    vectors = jacobi_vectors([[middle(x) for x in row] for row in matrix.tolist()], context)
    V = arb_mat([[_exactly(x) for x in row] for row in vectors])
    delta = _departure(V)
    C = matrix * V
    size = C.ncols()
    gram = C.transpose() * C
    lengths = [_length(C, j) for j in range(size)]
    if not (delta < 1 and all(c > 0 for c in lengths)):
        return None
    epsilon = arb(0)
    for i in range(size):
        row = arb(0)
        for j in range(size):
            row += (gram[i, j] / (lengths[i] * lengths[j]) - int(i == j)).abs_upper()
        epsilon = epsilon.max(row).abs_upper()
    if not epsilon < 1:
        return None
    narrow = ((1 - epsilon) / (1 + delta)).sqrt()
    wide = ((1 + epsilon) / (1 - delta)).sqrt()
    lower = _descending([c.abs_lower() for c in lengths])
    upper = _descending([c.abs_upper() for c in lengths])
    return tuple((low * narrow).union(high * wide) for low, high in zip(lower, upper, strict=True))


def _matrices(state: Mapping[str, BallMatrix]) -> dict[str, arb_mat]:
    return {name: to_arb_mat(matrix) for name, matrix in state.items()}


def _length(matrix: arb_mat, column: int) -> arb:
    from flint import arb

    total = arb(0)
    for i in range(matrix.nrows()):
        total += matrix[i, column] ** 2
    return total.sqrt()


def _exactly(value: Any) -> arb:
    from verify.arithmetic.convert import dyadic_arb

    sign, mantissa, exponent, _ = value._mpf_
    return dyadic_arb(-int(mantissa) if sign else int(mantissa), int(exponent))
