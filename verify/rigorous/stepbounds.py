"""Bounds of a whole Taylor step, compiled: the defect of its polynomial, and the growth of a narrow tube around it.

The same quantities as in :mod:`verify.rigorous.defect` and :mod:`verify.rigorous.hessian`, which stay the independent
path. A step of the kernel of :mod:`verify.numeric.limbs` has come about by operations on integers that are known one by
one; so most of what is needed is known beforehand, and float64 holds the rest. Notation: F the bits of the centre's
grid, T the taper, ``c_k`` the coefficients in u of a series, ``c'_k = c_k 2^(Tk)`` as the kernel holds them in ``C_k``
limbs of R bits with headroom H; ϑ the step's reach; N the order. p is the polynomial that the kernel's limbs *are*,
exactly, of degree N.

**Defect.** ``δ = p' + h∇ℓ(p)`` is a polynomial, ``δ_k = (k+1)c_{k+1} + h g_k`` with g the gradient's series *of p*.

*Orders below N are rounding errors.* There the kernel has computed g̃_k, and from it c_{k+1}. Of a sum of M products it
leaves out the columns s ≥ C_k of products of limbs; column s has at most s + 1 products per product of coefficients,
each at most ``2^(2R−2)``, and the weight ``2^(2H−R(s+2))``; there are k + 1 products of coefficients each:

    M(k+1) Σ_{s≥C} (s+1) 2^(2H−2−Rs) ≤ M(k+1)(C+1) 2^(2H−2−RC) / (1 − 2^−R)²            (C = C_k).

``_settle`` then rounds: what it drops are balanced digits, each at most half of its radix, in all at most 0.51 of the
last limb's weight ``2^(H−RC)``. A linear term with denominator 1 is exact; else the remainder at the last limb is below
twice the denominator, an error of less than 2 of its weights. A constant is rounded down to the grid, ``2^−F``. In c_k
all weights are to be multiplied by ``2^−Tk``. Write ``|a|_ϑ = Σ_{k<N} |a_k| ϑ^k``, submultiplicative on series cut off
at order N. If the exact series (of p) and the stored ones differ by ``|a − ã|_ϑ ≤ E_a``, then by
``ab − ãb̃ = a(b − b̃) + (a − ã)b − (a − ã)(b − b̃)`` a combination's error obeys

    E ≤ Σ_products (|a|_ϑ E_b + |b|_ϑ E_a + E_a E_b) + Σ_linear |factor| E_of + Σ_k ϑ^k (what is listed above).

A parameter has E = 0. Then ``(k+1)c'_{k+1}`` comes from ``g̃'_k`` by a multiplication with the odd part of the scale, a
division by k + 1 whose remainder is below 2(k + 1), and a rounding:

    Σ_{k<N} |δ_k| ϑ^k ≤ h E_g + Σ_{k<N} (2(k+1) h 2^(H−RC_k−Tk) + 0.51 (k+1) 2^(H−RC_{k+1}−T(k+1))) ϑ^k;

the power of two in the scale is at most h. Where a derivative is structurally zero, so is the defect.

*Orders from N on* are ``h g_k`` alone. All series are computed once more in float64, at a weight: ``A_k ≈ a_k σ^k`` for
k < K, with ``Σ_{k<K} |A_k − a_kσ^k| ≤ e_a`` and ``Σ_{k≥K} |a_k|σ^k ≤ t_a``; so with z = ϑ/σ

    Σ_{k≥N} |g_k| ϑ^k ≤ z^N (Σ_{N≤k<K} |A_k| z^(k−N) + e_g + t_g z^(K−N)),     and |a|_ϑ ≤ Σ_{k<N} |A_k| z^k + e_a.

For a product, with ‖A‖ the sum of absolute values, and m the number of terms of the longest sum,

    e ≤ ‖A‖e_b + e_a‖B‖ + e_ae_b + γ_m‖A‖‖B‖,
    t ≤ Σ_{i+j≥K} |A_i||B_j| + (‖A‖e_b + e_a‖B‖ + e_ae_b) + t_a(‖B‖ + e_b + t_b) + (‖A‖ + e_a)t_b,

with all sums of nonnegative numbers widened for their own rounding (Higham 2002, §3.1: relative error at most γ of the
number of operations, in any order and with fused operations; underflow is covered by adding 1e-290, which is far above
2^−1074 times anything that can meet it as long as the result is finite). Only the last few orders and their neighbours
matter, since z ≈ 2^−T, and signed sums keep the cancellation that norms alone would lose.

**Growth.** Let ``A(v) = −∇²ℓ(p(ϑv))``, 0 ≤ v ≤ 1, and ``S ≥ ‖A''‖₂``. On a piece [a, b] of it

    λ_max(A(v)) ≤ ((b−v)λ_max(A(a)) + (v−a)λ_max(A(b)))/(b−a) + (v−a)(b−v)S/2.

*Proof.* For a unit vector x let ``f(v) = xᵀA(v)x``. By interpolation's error term ``f(v) ≤ chord(v) + (v−a)(b−v)/2 ·
max|f''|`` with ``|f''| ≤ S``; the chord is at most that of the largest eigenvalues; take the supremum over x. ∎

So n equal pieces give ``∫λ_max ≤ Σ(λ_i + λ_{i+1})/(2n) + S/(12n²)``, and likewise with positive parts (the positive
part of a chord is below the chord of positive parts). For states within R of the path add ``R·sup‖D∇²ℓ‖`` (Weyl).
S and that supremum come from norms: the Hessian is a matrix program in the directions; every node is bounded in the
spectral and in the Frobenius norm (``‖AB‖_F ≤ ‖A‖₂‖B‖_F``; transposes and diagonal parts do not enlarge either, masks
not the Frobenius norm), together with its first two derivatives along the path and its derivative in the state, by
Leibniz' rule; for directions in one layer each, and a matrix of nonnegative norms ``N_lm`` of blocks has a spectral
norm of at most that of N, at most the root of its largest row sum times its largest column sum. Where the residual is
small no eigenvalue is needed: ``λ_max(−∇²ℓ) ≤ ‖Σ r_a∇²w_a‖ ≤ Q‖r‖``, as ``JᵀJ`` has the right sign, with Q from norms
of the same kind and ``‖r‖`` from its series.

An eigenvalue's bound: the Hessian at a point is computed in float64, values and rows of tangents with bounds of their
errors; taking the symmetric part does not enlarge the error's Frobenius norm. For a symmetric matrix of floats M, n×n,
and a shift τ let Cholesky's algorithm run to its end on ``B = τI − M``, with pivots d_j, ``r_j = fl(1/fl(√d_j))`` and
``l_jj = 1/r_j``, ``l_ij = fl(s_ij r_j)``. Then ``B + ΔB = LLᵀ`` with ``|ΔB| ≤ γ_{n+5}|L||Lᵀ| + γ_{n+5} diag(|τ| +
|M_ii|)`` in any order of summation (Higham 2002, Lemma 8.4 and Theorem 10.3; the reciprocal costs a few roundings more,
and the second term is there because the diagonal is not rounded first), and ``‖|L||Lᵀ|‖₂ ≤ ‖L‖_F² = tr(LLᵀ) ≤
(tr|B| + …)/(1 − γ)``; so (Rump 2006) ``λ_max(M) ≤ τ + 2γ_{n+5}(Σ_i|τ − M_ii| + |τ| + ‖M‖_F)``, and twice that is taken.
The shift comes from Lanczos' method, and is raised where it was too small; the Frobenius norm bounds it in the end.

**The end of a step** is p(ϑ) rounded. In limbs (``horner``) a remainder below one unit of the last limb of order k is
dropped, ``2^(H−RC_k)`` times at most ``(ϑ/2^T)^k`` in the result, and less than one unit of the grid in the end. In
integers, the coefficients are rounded down to the grid first, and then Horner's rule rounds down once per order:
together less than ``2 Σ_{k≤N} ϑ^k`` units; the first half of that bounds the distance of the two polynomials as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, inf, isfinite, sqrt
from typing import TYPE_CHECKING

import numpy as np

from verify.arithmetic import Program, pullback, tangent
from verify.arithmetic.convert import to_arb
from verify.arithmetic.jets import JetPlan
from verify.arithmetic.program import Op
from verify.models import Model
from verify.numeric.limbs import TAPER, Layout, LimbPlan, LimbStep

if TYPE_CHECKING:
    from flint import arb
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: A step's growth covers all states within this distance of its polynomial, or so many times the tube's radius.
LEAST_ROOM = 2.0**-30
_ROOM_PER_RADIUS = 4.0
#: Orders beyond the polynomial's that are kept one by one.
_BEYOND = 16
#: The series are weighted so that they fall by about so many bits.
_FALL = 16.0
#: An avoidable part of ``∫λ_max`` over a step that is not worth another look.
_CHEAP = 0.01
#: With more of it than this, the path of many boxes is tried.
_DEAR = 0.1
_MOST_PIECES = 64


@dataclass(frozen=True, slots=True)
class StepBound:
    """What is known of a step.

    Attributes
    ----------
    defect
        ``sup ‖p'(u) + h∇ℓ(p(u))‖₂`` is at most this, per unit of u; at the precision of scalar bounds.
    rounding
        the distance of the step's end from the end of its polynomial is at most this.
    gap
        the distance of p from the polynomial of the step's integer coefficients, everywhere.
    growth, spread
        upper bounds of ``∫hλ_max`` and of ``∫h max(λ_max, 0)`` over the step, for every curve within `room` of p;
        +∞ where none was found.
    """

    defect: arb
    rounding: arb
    gap: arb
    growth: float
    spread: float
    room: float


class StepBounds:
    """Bounds for the steps of one problem.

    Parameters
    ----------
    jets, plan
        the stepper's plan, and the kernel's arrays for it.
    bits
        of the centre's grid, F.
    """

    def __init__(self, problem: Model, jets: JetPlan, plan: LimbPlan, *, bits: int) -> None:
        from verify.rigorous import stepkernel as kernel

        self.problem, self.jets, self.plan, self.bits = problem, jets, plan, bits
        rows: list[list[int]] = []
        pairs: list[tuple[int, int]] = []
        terms: list[int] = []
        factors: list[list[float]] = []
        constants: list[list[float]] = []
        for step in plan.steps:
            row = [step.target, len(pairs), 0, len(terms), 0, -1]
            pairs += list(step.products)
            for factor, of in step.linear:
                terms.append(of)
                value, off = _rounded(factor)
                factors.append([value, off, 0.0 if factor.denominator == 1 else 2.0])
            if step.constant:
                row[5] = len(constants)
                value, off = _rounded(step.constant)
                on_grid = (step.constant.numerator << bits) % step.constant.denominator == 0
                constants.append([value, off, 0.0 if on_grid else 1.0])
            row[2], row[4] = len(pairs), len(terms)
            rows.append(row)
        self._tables = (
            np.array(rows, np.int64).reshape(-1, 6),
            np.array(pairs, np.int64).reshape(-1, 2),
            np.array(terms, np.int64),
            np.array(factors, np.float64).reshape(-1, 3),
            np.array(constants, np.float64).reshape(-1, 3),
            plan.flows,
        )
        self._units: dict[int, tuple[object, FloatArray, FloatArray]] = {}
        starts = np.cumsum([0] + [a * b for a, b in problem.shapes])
        self._layers = np.array([(s, *shape) for s, shape in zip(starts, problem.shapes, strict=False)], np.int64)
        size = problem.size
        self._memory = (
            np.zeros((2, size, size)),
            np.zeros((plan.series, size)),
            np.zeros((4, plan.series)),
            np.zeros((kernel.LANCZOS + 1, size)),
            np.zeros((4, kernel.LANCZOS)),
        )
        self._series = self._suffix = np.zeros((0, 0))
        self._bounds = np.zeros((plan.series, 5))
        self._spectral = np.zeros((len(problem.shapes), kernel.JET))
        self._frobenius = np.zeros((len(problem.shapes), kernel.JET))
        self._small = max(2.0 ** -min(bits, 1000), 1e-290)

    def bound(self, step: LimbStep, *, radius: float = 0.0) -> StepBound | None:
        """The bounds of one step, for a tube of about that radius; None where float64 does not suffice."""
        from flint import arb

        from verify.rigorous import stepkernel as kernel

        sweep = step.sweep
        layout, order = sweep.layout, sweep.order
        lost, unit = self._weights(layout)
        length = order + _BEYOND
        if self._series.shape[1] != kernel.PAD + length:
            self._series = np.zeros((self.plan.series, kernel.PAD + length))
            self._suffix = np.zeros((self.plan.series, length + 1))
        theta, duration = _above(step.reach), _above(step.length)
        if not (1e-250 < theta < 1e30 and 1e-250 < duration < 1e30):
            return None
        room = max(LEAST_ROOM, _ROOM_PER_RADIUS * radius)
        result = np.zeros(7)
        kernel.expand(
            sweep.out,
            layout.columns,
            sweep.peaks,
            layout.headroom,
            layout.radix,
            TAPER,
            length,
            _FALL,
            theta,
            lost,
            unit,
            self._small,
            *self._tables,
            self._series,
            self._suffix,
            self._bounds,
            self._layers,
            self._residual_entries[0],
            room,
            self._spectral,
            self._frobenius,
            result,
        )
        z, high, low, division, in_limbs, in_integers, residual = result.tolist()
        if not (z < 1 and isfinite(high + low + division + in_limbs + in_integers)):
            return None
        grid = arb(2) ** -self.bits
        scale = to_arb(step.scale)
        defect = scale * (arb(high) * arb(z) ** order + arb(low) * grid) + arb(division) * grid
        return StepBound(
            defect.abs_upper(),
            (arb(in_limbs if sweep.suits(step.reach) else in_integers) * grid).abs_upper(),
            (arb(in_integers) * grid).abs_upper(),
            *self._growth(duration, z, order, residual, room),
            room,
        )

    def _weights(self, layout: Layout) -> tuple[FloatArray, FloatArray]:
        """Per order, in units of ``2^−bits``: what one product may lose, and the weight of the last limb."""
        known = self._units.get(id(layout))
        if known is None or known[0] is not layout:
            orders = np.arange(len(layout.columns))
            exponents = layout.headroom - layout.radix * layout.columns + self.bits - TAPER * orders
            unit = np.ldexp(1.0, np.maximum(exponents, -1000).astype(np.int32))
            lost = unit * (orders + 1) * (layout.columns + 1) * (2.0 ** (layout.headroom - 2) * (1 + 2.0**-20))
            known = self._units[id(layout)] = layout, lost, unit
        return known[1], known[2]

    def _growth(self, length: float, z: float, order: int, residual: float, room: float) -> tuple[float, float]:
        """Upper bounds of ``∫hλ_max`` and of ``∫h max(λ_max, 0)``; `length` is the step's, in the flow's time."""
        from verify.rigorous import stepkernel as kernel

        norms = np.zeros(kernel.JET)
        self._hessian.norms(self._spectral, self._frobenius, norms)
        bend, near = 2 * float(norms[2]), float(norms[3]) * room
        self._residual_map.norms(self._spectral, self._frobenius, norms)
        size = (residual + self._residual_entries[1]) * float(norms[0])
        simple = length * (size + near) * (1 + 2.0**-40)
        if not length * near < _CHEAP:
            return inf, inf  # a wide tube: other bounds are sharper
        if simple <= _CHEAP:
            return simple, simple
        wanted = length * bend / (12 * _CHEAP)
        if not wanted < _MOST_PIECES**2 * 16:
            return (simple, simple) if simple < _DEAR else (inf, inf)
        pieces = min(max(ceil(sqrt(wanted)), 1), _MOST_PIECES)
        rates = np.zeros(pieces + 1)
        kernel.curvatures(self._series, order, z, pieces, *self._tables, *self._memory, _CHEAP / length, rates)
        if not np.isfinite(rates).all():
            return (simple, simple) if simple < _DEAR else (inf, inf)
        loose = bend / (12 * pieces**2) + near
        growth = length * ((rates[:-1] + rates[1:]).sum() / (2 * pieces) + loose)
        above = np.maximum(rates, 0.0)
        spread = length * ((above[:-1] + above[1:]).sum() / (2 * pieces) + loose)
        # Rounding, of sums of terms of either sign: relative to the sum of their absolute values.
        slack = 2.0**-45 * (pieces + 8) * length * (np.abs(rates).max() + loose)
        return min(float(growth + slack), simple), min(float(spread + slack), simple)

    @cached_property
    def _residual_entries(self) -> tuple[Ints, float]:
        """The residual's series, and the root of the sum of squares of its constant entries; infinite where some
        series is not made."""
        entries = [x for row in self.jets.outputs["residual"] for x in row]
        made = {step.target for step in self.plan.steps} | {int(x) for x in self.plan.flows[:, 0]}
        rows = [x for x in entries if isinstance(x, int)]
        if not made.issuperset(rows):
            return np.zeros(0, np.int64), inf
        value, off = _rounded(sum((x * x for x in entries if isinstance(x, Fraction)), Fraction(0)))
        return np.array(rows, np.int64), sqrt(value + off) * (1 + 2.0**-50)

    @cached_property
    def _hessian(self) -> _NormTable:
        return _NormTable(tangent(self.problem.gradient), self.problem.names)

    @cached_property
    def _residual_map(self) -> _NormTable:
        """``(seed, direction) ↦ Σ_a seed_a ∇²w_a direction``, for seeds of norm 1."""
        return _NormTable(tangent(pullback(self.problem.program, "residual", seed="seed")), self.problem.names)


class _NormTable:
    """A program that is linear in directions ``tW``, as a table for the kernel that bounds its norm."""

    def __init__(self, program: Program, names: tuple[str, ...]) -> None:
        from verify.rigorous import stepkernel as kernel

        codes = {Op.PARAMETER: 0, Op.CONSTANT: 2, Op.PRODUCT: 3, Op.TRANSPOSE: 4, Op.SCALE: 4, Op.DIAGONAL: 4}
        codes |= {Op.SUM: 5, Op.MASK: 6}
        layers = {name: k for k, name in enumerate(names)}
        directions = {"t" + name: k for k, name in enumerate(names)}
        nodes, payloads = [], []
        for node in program.nodes:
            op, layer, payload = codes[node.op], -1, (1.0, 1.0)
            arguments = [*node.arguments, 0, 0][:2]
            if node.op is Op.PARAMETER:
                if node.payload in layers:
                    layer = layers[node.payload]
                elif node.payload in directions:
                    op, layer = 1, directions[node.payload]
                else:
                    op, payload = 2, (0.0, 0.0) if node.payload == "tseed" else (1.0, 1.0)
            elif node.op is Op.CONSTANT:
                value, off = _rounded(sum((x * x for row in node.payload for x in row), Fraction(0)))
                payload = (sqrt(value + off) * (1 + 2.0**-50),) * 2
            elif node.op is Op.SCALE:
                value, off = _rounded(abs(node.payload))
                payload = ((value + off) * (1 + 2.0**-50),) * 2
            nodes.append([op, *arguments, layer])
            payloads.append(payload)
        self._nodes = np.array(nodes, np.int64)
        self._payloads = np.array(payloads, np.float64)
        self._outputs = np.array([program.outputs["td" + name] for name in names], np.int64)
        self._work = np.zeros((len(nodes), 2, kernel.JET))

    def norms(self, spectral: FloatArray, frobenius: FloatArray, result: FloatArray) -> None:
        """The jet of the norm of the linear map, into `result`."""
        from verify.rigorous import stepkernel as kernel

        kernel.norms(self._nodes, self._payloads, spectral, frobenius, self._outputs, self._work, result)


def _above(value: Fraction) -> float:
    """A float above a positive number; infinite where there is none."""
    try:
        return value.numerator / value.denominator * (1 + 2.0**-50)
    except OverflowError:
        return inf


def _rounded(value: Fraction) -> tuple[float, float]:
    """The nearest float, and a bound of its error; infinite where there is none."""
    try:
        nearest = value.numerator / value.denominator
    except OverflowError:
        return inf, inf
    return nearest, 0.0 if Fraction(nearest) == value else abs(nearest) * 2.0**-52 + 1e-300
