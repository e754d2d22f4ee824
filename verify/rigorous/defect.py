"""The defect of a Taylor polynomial: how far it is from solving the flow, bounded over a whole step.

Elements of the algebra here are *truncated series with a tail bound*: a function ``a(u) = Σ a_k u^k`` is held as the
balls ``a_0 … a_{K−1}``, bounds of ``|a_k| σ^k`` for these, and a bound of ``Σ_{k≥K} |a_k| σ^k``, for one fixed weight
σ. Sums and products of such functions are again such, with

    tail(ab) ≤ Σ_{i,j<K, i+j≥K} |a_i|σ^i |b_j|σ^j + tail(a)‖b‖ + ‖a‖ tail(b),     ‖a‖ = Σ_{k<K} |a_k| σ^k + tail(a),

since the weighted ℓ¹ norm is submultiplicative. For |u| ≤ ϑ ≤ σ the tail is worth at most ``(ϑ/σ)^K tail(a)``. With σ
near the radius of convergence the sizes are moderate numbers, at any precision, and float64 holds their bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, frexp, inf, isfinite, ldexp, log2
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arithmetic import Ball, EntrywiseAlgebra, evaluate, precision
from verify.arithmetic.convert import dyadic_arb, to_arb
from verify.models import Model
from verify.numeric.taylor import Step, unflatten

if TYPE_CHECKING:
    from flint import arb, arb_poly, arb_series
    from numpy.typing import NDArray

_TINY = 1e-300
#: At least so many orders above the polynomial's are kept in balls.
_SHARP = 6


@contextmanager
def series_length(length: int) -> Iterator[None]:
    """Work with python-flint's power series of this length, and leave its global setting as it was."""
    import flint

    before = flint.ctx.cap
    flint.ctx.cap = length
    try:
        yield
    finally:
        flint.ctx.cap = before


@dataclass(frozen=True, slots=True)
class TailedSeries:
    """``series`` to order K − 1 in balls, ``sizes[k] ≥ |a_k| σ^k`` for k < K, ``tail ≥ Σ_{k≥K} |a_k| σ^k``."""

    series: arb_series
    sizes: NDArray[np.float64]
    tail: float

    def __add__(self, other: TailedSeries) -> TailedSeries:
        return TailedSeries(
            self.series + other.series,
            (self.sizes + other.sizes) * _UP,
            (self.tail + other.tail) * _UP + _TINY,
        )

    def __mul__(self, other: TailedSeries) -> TailedSeries:
        length = len(self.sizes)
        full = np.convolve(self.sizes, other.sizes)
        up = 1 + 8 * (length + 8) * 2.0**-53  # covers the rounding of sums of `length` nonnegative products
        mine, theirs = float(self.sizes.sum()), float(other.sizes.sum())
        tail = float(full[length:].sum()) + self.tail * (theirs + other.tail) + mine * other.tail
        return TailedSeries(self.series * other.series, full[:length] * up + _TINY, tail * up + length * _TINY)


_UP = 1 + 8 * 2.0**-53


@dataclass(frozen=True)
class DefectBound:
    """``sup_{0≤u≤ϑ} ‖p'(u) + scale·∇ℓ(p(u))‖₂ ≤ value``: the Euclidean norm over all parameters, per unit of u."""

    value: arb


def defect_bound(problem: Model, step: Step[int], *, fraction_bits: int, bits: int) -> DefectBound:
    """A bound of the defect of a step's polynomial, which is taken as exact.

    Parameters
    ----------
    fraction_bits
        the coefficients are integers in units of ``2^−fraction_bits``.
    bits
        the accuracy that the step was made for; it only chooses the weight σ.

    *Proof.* With p exact, of degree below K, the components of ``δ = p' + scale·∇ℓ(p)`` are sums and products of
    entries of p, evaluated by the matrix program of the gradient in :class:`TailedSeries`. On ``0 ≤ u ≤ ϑ`` a
    component is at most ``|Σ_{k<K} δ_k u^k| + (ϑ/σ)^K tail``, its first part evaluated on the ball [0, ϑ]; the
    Euclidean norm of these bounds bounds the norm. log2 σ is a multiple of 1/1024, so that the exponents ``k log2 σ``
    of the sizes are exact in float64. Where a size overflows, the bound is +∞.
    """
    from flint import arb, arb_poly, arb_series, fmpz_poly

    order = len(step.coefficients[0]) - 1  # the degree of p
    # K: of the defect's orders above that of p the first ones matter most, and get balls instead of norms.
    length = order + max(_SHARP, order // 4)
    theta = step.reach
    # sizes at this weight fall from about 1 to 2^(−bits/10)
    weight_log2 = ceil(1024 * (log2(theta.numerator) - log2(theta.denominator) + 0.9 * bits / order)) / 1024
    with precision(fraction_bits + 32), series_length(length), np.errstate(over="ignore", invalid="ignore"):
        nothing = np.zeros(length)

        def number(value: Fraction) -> TailedSeries:
            sizes = nothing.copy()
            sizes[0] = _scaled(ceil(abs(value) * 2**64), -64.0)
            return TailedSeries(arb_series([to_arb(value)]), sizes, 0.0)

        weights = [k * weight_log2 - fraction_bits for k in range(order + 1)]

        unit = dyadic_arb(1, -fraction_bits)
        exact = [arb_poly(fmpz_poly(coefficients)) * unit for coefficients in step.coefficients]

        def entry(coefficients: list[int], polynomial: arb_poly) -> TailedSeries:
            sizes = nothing.copy()
            sizes[: order + 1] = [_scaled(abs(c), w) for c, w in zip(coefficients, weights, strict=True)]
            return TailedSeries(arb_series(polynomial), sizes, 0.0)

        rows = unflatten(problem, [entry(c, p) for c, p in zip(step.coefficients, exact, strict=True)])
        algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(number)
        outputs = evaluate(problem.gradient, rows, algebra)
        gradients = [x for name in problem.names for row in outputs["d" + name] for x in row]
        ratio = to_arb(theta) / arb(2) ** to_arb(Fraction(weight_log2))
        scale, beyond = to_arb(step.scale), ratio**length
        whole = to_arb(Ball.between(Fraction(0), theta))
        total = arb(0)
        for polynomial, slope in zip(exact, gradients, strict=True):
            if not isfinite(slope.tail):
                return DefectBound(arb("inf"))
            known = polynomial.derivative() + scale * arb_poly(slope.series.coeffs())
            component = known(whole).abs_upper() + scale * beyond * to_arb(Fraction(slope.tail))
            total += component.abs_upper() ** 2
        return DefectBound(total.sqrt().abs_upper())


def _scaled(value: int, exponent: float) -> float:
    """An upper bound of ``value · 2^exponent`` for a nonnegative integer and a multiple of 1/1024, less than 2^40.

    *Proof.* The mantissa is exact and at least ``value·2^−shift``; splitting the exponent is exact; the power of 2 has
    a relative error of at most 2^−51 (two units in the last place), each of two products one of 2^−53.
    """
    if not value:
        return 0.0
    shift = max(value.bit_length() - 53, 0)
    mantissa, power = frexp(float((value >> shift) + 1))  # exact: at most 2^53
    whole = int(exponent // 1)
    try:
        return ldexp(mantissa * 2.0 ** (exponent - whole) * (1 + 2.0**-49), power + shift + whole) + _TINY
    except OverflowError:
        return inf
