"""The compiled kernels of :mod:`verify.rigorous.stepbounds`, where what they compute is defined and proved.

Importing this module imports numba, and compiles the kernels or loads them from numba's cache on disk (see
:mod:`verify.numeric.limbkernel`). They take a problem as tables, so that they are compiled once for all problems;
and whatever else another module decides, since numba's cache does not see changes there.
Sums may be reordered and contracted to fused operations: no error bound here depends on either.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ldexp
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Limbs = NDArray[np.int32]
    Floats = NDArray[np.float64]

F = TypeVar("F", bound=Callable[..., Any])

#: Zeros before each series, so that a convolution need not begin with a special case.
PAD = 4
#: Columns of the table of bounds of a series; see :func:`expand`.
NORM, ERROR, TAIL, NEAR, FIXED = range(5)
#: Components of a norm's jet; see :func:`norms`.
JET = 4
#: Most steps of Lanczos' method.
LANCZOS = 20

_U = 2.0**-53
#: Far above what underflow can cost a quantity, far below what matters; the second one where squares were summed.
_TINY = 1e-290
_FLOOR = 1e-150


def _inner(function: F) -> F:
    """Compile a function that others call."""
    return _compile(function, (), fastmath={"reassoc", "contract"})


def _entry(signature: str) -> Callable[[F], F]:
    """Compile a function that Python calls, and keep it on disk where that is possible."""
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract"}}

    def decorate(function: F) -> F:
        try:
            return _compile(function, (signature,), cache=True, **options)
        except RuntimeError:  # no directory can be written
            return _compile(function, (signature,), **options)

    return decorate


def _compile(function: F, signature: tuple[str, ...], **options: Any) -> F:
    njit: Any = numba.njit
    compiler = njit(*signature, error_model="numpy", boundscheck=False, no_cfunc_wrapper=True, **options)
    compiled: F = compiler(function)
    return compiled


@_inner
def _measure(series: Floats, suffix: Floats, bounds: Floats, row: int, length: int, order: int, last: Floats) -> None:
    """Suffix sums of the absolute values, and the norms that follow from them."""
    total = 0.0
    suffix[row, length] = 0.0
    for k in range(length - 1, -1, -1):
        total += abs(series[row, PAD + k])
        suffix[row, k] = total
    near = 0.0
    for k in range(order):
        near += abs(series[row, PAD + k]) * last[k]
    widen = 1 + 8 * (length + 8) * _U
    bounds[row, NORM] = total * widen
    bounds[row, NEAR] = (near + bounds[row, ERROR]) * widen


@_entry(
    "void(int32[:,:,::1],int64[::1],float64[::1],int64,int64,int64,int64,float64,float64,float64[::1],float64[::1],float64,"
    "int64[:,::1],int64[:,::1],int64[::1],float64[:,::1],float64[:,::1],int64[:,::1],float64[:,::1],float64[:,::1],"
    "float64[:,::1],int64[:,::1],int64[::1],float64,float64[:,::1],float64[:,::1],float64[::1])"
)
def expand(
    limbs: Limbs,
    columns: Ints,
    peaks: Floats,
    headroom: int,
    radix: int,
    taper: int,
    length: int,
    fall: float,
    theta: float,
    lost: Floats,
    unit: Floats,
    small: float,
    combinations: Ints,
    pairs: Ints,
    terms: Ints,
    factors: Floats,
    constants: Floats,
    flows: Ints,
    series: Floats,
    suffix: Floats,
    bounds: Floats,
    layers: Ints,
    residual: Ints,
    room: float,
    spectral: Floats,
    frobenius: Floats,
    result: Floats,
) -> None:
    """Series of everything in a plan from the parameters' limbs, with bounds of what is neglected.

    Shapes: `lost` and `unit` (order + 1,); `series` (series, PAD + length), `suffix` (series, length + 1), `bounds`
    (series, 5); `layers` (layers, 3): first parameter, rows, columns; `spectral` and `frobenius` (layers, JET).
    `result` holds z, the defect's two parts and a third one (see StepBounds), what evaluating the polynomial in limbs
    and in integers may cost in units of the grid, and ``‖r‖``.
    """
    order = limbs.shape[1] - 1
    count = limbs.shape[0]
    # a weight at which the coefficients fall by about so many bits: no bound is needed
    weight = 100.0 / order
    # without products only the last orders matter; with them also what their own products make
    for k in range(max(order // 4 if len(pairs) else order - 4, 1), order + 1):
        if peaks[k] > -1e6:
            weight = min(weight, (-fall * k / order - peaks[k]) / k)
    y = 2.0 ** max(weight, -200.0)
    z = theta / (2.0**taper * y) * (1 + 8 * _U)
    result[0] = z
    if not z < 1.0:
        return
    last = np.zeros(length + 1)  # powers of z
    last[0] = 1.0
    for k in range(length):
        last[k + 1] = last[k] * z * (1 + 2 * _U) + 1e-300
    # the parameters, exact but for their conversion
    most = 2.0**headroom  # of them all
    for p in range(count):
        row = flows[p, 0]
        for k in range(PAD):
            series[row, k] = 0.0
        power, size, under = 1.0, 0.0, 0.0
        for k in range(order + 1):
            lead = 0
            while lead < columns[k] - 1 and limbs[p, k, lead] == 0:
                lead += 1
            value = 0.0
            for i in range(min(lead + 3, columns[k]) - 1, lead - 1, -1):
                value = value * 2.0**-radix + limbs[p, k, i]
            value = ldexp(value, headroom - radix * (lead + 1)) * power
            series[row, PAD + k] = value
            size += abs(value) * (k + 1)
            # the product and ldexp may underflow; and so may the power of y itself, which the coefficient multiplies
            under += (power + most) * 1e-300
            power *= y
        for k in range(order + 1, length):
            series[row, PAD + k] = 0.0
        # Three limbs hold the value to within 2^-51 of it, and k + 6 more roundings follow.
        bounds[row, ERROR] = size * 16 * _U + under + _TINY
        bounds[row, TAIL] = 0.0
        bounds[row, FIXED] = 0.0
        _measure(series, suffix, bounds, row, length, order, last)
    # what each combination neglects in fixed point, per product, per rounding, in units of 2^−bits
    per_product, per_rounding, per_flow, power = 0.0, 0.0, 0.0, 1.0
    per_exact, in_limbs, in_integers = 0.0, 0.0, 0.0
    for k in range(order + 1):
        in_limbs += unit[k] * power
        in_integers += power
        if k == order:
            break
        per_product += lost[k] * power
        per_rounding += unit[k] * power
        per_flow += (k + 1) * unit[k] * power
        per_exact += (k + 1) * unit[k + 1] * power
        power = power * theta * (1 + 2 * _U) + 1e-300
    safe = 1 + 8 * (order + 8) * _U
    per_product *= safe
    per_rounding *= safe
    for c in range(combinations.shape[0]):
        row, p0, p1, t0, t1 = (
            combinations[c, 0],
            combinations[c, 1],
            combinations[c, 2],
            combinations[c, 3],
            combinations[c, 4],
        )
        constant = combinations[c, 5]
        for k in range(PAD + length):
            series[row, k] = 0.0
        error, tail, absolute = 0.0, 0.0, 0.0
        fixed = (p1 - p0) * per_product
        if p1 > p0:
            fixed += per_rounding
        for p in range(p0, p1):
            a, b = pairs[p, 0], pairs[p, 1]
            for i in range(0, length, 4):
                f0, f1, f2, f3 = series[a, PAD + i], 0.0, 0.0, 0.0
                if i + 1 < length:
                    f1 = series[a, PAD + i + 1]
                if i + 2 < length:
                    f2 = series[a, PAD + i + 2]
                if i + 3 < length:
                    f3 = series[a, PAD + i + 3]
                if f0 == 0.0 and f1 == 0.0 and f2 == 0.0 and f3 == 0.0:
                    continue
                for k in range(length - i):
                    series[row, PAD + i + k] += (
                        f0 * series[b, PAD + k]
                        + f1 * series[b, PAD + k - 1]
                        + f2 * series[b, PAD + k - 2]
                        + f3 * series[b, PAD + k - 3]
                    )
            beyond = 0.0
            for i in range(1, length):
                beyond += abs(series[a, PAD + i]) * suffix[b, length - i]
            na, nb = bounds[a, NORM], bounds[b, NORM]
            ea, eb = bounds[a, ERROR], bounds[b, ERROR]
            ta, tb = bounds[a, TAIL], bounds[b, TAIL]
            cross = na * eb + ea * nb + ea * eb
            error += cross
            absolute += na * nb
            tail += beyond + cross + ta * (nb + eb + tb) + (na + ea) * tb
            fa, fb = bounds[a, FIXED], bounds[b, FIXED]
            fixed += bounds[a, NEAR] * fb + bounds[b, NEAR] * fa + fa * fb * small
        for t in range(t0, t1):
            of = terms[t]
            factor, off, inexact = factors[t, 0], factors[t, 1], factors[t, 2]
            for k in range(length):
                series[row, PAD + k] += factor * series[of, PAD + k]
            size = abs(factor) + off
            error += size * bounds[of, ERROR] + off * bounds[of, NORM]
            absolute += size * bounds[of, NORM]
            tail += size * bounds[of, TAIL]
            fixed += size * bounds[of, FIXED] + inexact * per_rounding
        if constant >= 0:
            series[row, PAD] += constants[constant, 0]
            error += constants[constant, 1]
            absolute += abs(constants[constant, 0])
            fixed += constants[constant, 2]
        several = (p1 - p0) * length + (t1 - t0) + 8
        bounds[row, ERROR] = (error + 4 * several * _U * absolute) * (1 + 64 * several * _U) + _TINY
        bounds[row, TAIL] = tail * (1 + 64 * several * _U) + _TINY
        bounds[row, FIXED] = fixed * (1 + 64 * several * _U) + _TINY
        _measure(series, suffix, bounds, row, length, order, last)
    high, low = 0.0, 0.0
    moving = 0
    for p in range(count):
        row = flows[p, 1]
        if row < 0:
            continue
        moving += 1
        total = bounds[row, ERROR] + bounds[row, TAIL] * last[length - order]
        for k in range(order, length):
            total += abs(series[row, PAD + k]) * last[k - order]
        high += total * total
        total = bounds[row, FIXED] + 2 * per_flow
        low += total * total
    widen = 1 + 64 * (length + count + 8) * _U
    result[1] = np.sqrt(high) * widen + _FLOOR
    result[2] = np.sqrt(low) * widen + _FLOOR
    result[3] = np.sqrt(moving) * 0.51 * per_exact * widen + _TINY
    result[4] = np.sqrt(count) * (in_limbs + 1) * widen
    result[5] = np.sqrt(count) * (2 * in_integers + 1) * widen
    square = 0.0
    for c in range(residual.shape[0]):
        row = residual[c]
        total = bounds[row, ERROR] + bounds[row, TAIL]
        for k in range(length):
            total += abs(series[row, PAD + k]) * last[k]
        square += total * total
    result[6] = np.sqrt(square) * widen + _FLOOR
    # The relative error of the conversion and of what follows is far below 2^-25.
    for l in range(layers.shape[0]):
        first, height, width = layers[l, 0], layers[l, 1], layers[l, 2]
        size, speed, bend, moved = 0.0, 0.0, 0.0, 0.0
        for k in range(order + 1):
            square = 0.0
            for p in range(first, first + height * width):
                value = series[flows[p, 0], PAD + k]
                square += value * value
            norm = (np.sqrt(square) + _FLOOR) * last[k]
            size += norm
            speed += k * norm
            bend += 0.5 * k * (k - 1) * norm
            if k:
                moved += norm
        tallest, widest = 0.0, 0.0
        for i in range(height):
            total = 0.0
            for j in range(width):
                total += abs(series[flows[first + i * width + j, 0], PAD])
            widest = max(widest, total)
        for j in range(width):
            total = 0.0
            for i in range(height):
                total += abs(series[flows[first + i * width + j, 0], PAD])
            tallest = max(tallest, total)
        frobenius[l, 0] = size * (1 + 2.0**-25) + room + _TINY
        frobenius[l, 1] = spectral[l, 1] = speed * (1 + 2.0**-25) + _TINY
        frobenius[l, 2] = spectral[l, 2] = bend * (1 + 2.0**-25) + _TINY
        frobenius[l, 3] = spectral[l, 3] = 1.0
        norm = (np.sqrt(tallest * widest) + moved) * (1 + 2.0**-25) + room + 2 * _TINY
        spectral[l, 0] = min(frobenius[l, 0], norm)


@_entry("void(int64[:,::1],float64[:,::1],float64[:,::1],float64[:,::1],int64[::1],float64[:,:,::1],float64[::1])")
def norms(
    nodes: Ints,
    payloads: Floats,
    spectral: Floats,
    frobenius: Floats,
    outputs: Ints,
    work: Floats,
    result: Floats,
) -> None:
    """Jets of the norm of a linear map that a program is of its directions.

    Shapes: `nodes` (nodes, 4): operation, arguments, layer; `payloads` (nodes, 2); `spectral` and `frobenius` (layers,
    JET); `work` (nodes, 2, JET); `result` (JET,).
    """
    layers = outputs.shape[0]
    rows = np.zeros((JET, layers))
    columns = np.zeros((JET, layers))
    for seed in range(layers):
        for n in range(nodes.shape[0]):
            op, a, b, layer = nodes[n, 0], nodes[n, 1], nodes[n, 2], nodes[n, 3]
            for f in range(2):
                for d in range(JET):
                    work[n, f, d] = 0.0
            if op == 0:  # parameter
                for d in range(JET):
                    work[n, 0, d] = spectral[layer, d]
                    work[n, 1, d] = frobenius[layer, d]
            elif op == 1:  # direction
                if layer == seed:
                    work[n, 0, 0] = 1.0
                    work[n, 1, 0] = 1.0
            elif op == 2:  # constant
                work[n, 0, 0] = payloads[n, 0]
                work[n, 1, 0] = payloads[n, 1]
            elif op == 3:  # product
                for d in range(3):  # a series along the path
                    both, one, two = 0.0, 0.0, 0.0
                    for i in range(d + 1):
                        both += work[a, 0, i] * work[b, 0, d - i]
                        one += work[a, 0, i] * work[b, 1, d - i]
                        two += work[a, 1, i] * work[b, 0, d - i]
                    # not min(): what is not a number stays so
                    work[n, 1, d] = two if two < one else one
                    work[n, 0, d] = both if both < work[n, 1, d] else work[n, 1, d]
                both = work[a, 0, 0] * work[b, 0, 3] + work[a, 0, 3] * work[b, 0, 0]
                one = work[a, 0, 0] * work[b, 1, 3] + work[a, 0, 3] * work[b, 1, 0]
                two = work[a, 1, 0] * work[b, 0, 3] + work[a, 1, 3] * work[b, 0, 0]
                work[n, 1, 3] = two if two < one else one
                work[n, 0, 3] = both if both < work[n, 1, 3] else work[n, 1, 3]
            elif op == 4:  # transpose, or a scale
                for f in range(2):
                    for d in range(JET):
                        work[n, f, d] = payloads[n, 0] * work[a, f, d]
            elif op == 5:  # sum
                for f in range(2):
                    for d in range(JET):
                        work[n, f, d] = work[a, f, d] + work[b, f, d]
            else:  # mask or diagonal part
                for d in range(JET):
                    work[n, 0, d] = work[a, 1, d]
                    work[n, 1, d] = work[a, 1, d]
        for l in range(layers):
            for d in range(JET):
                value = work[outputs[l], 1, d]
                rows[d, l] += value
                columns[d, seed] += value
    for d in range(JET):
        tall, wide = 0.0, 0.0
        for l in range(layers):
            if not (rows[d, l] < 1e300 and columns[d, l] < 1e300):
                tall = wide = np.inf
            tall, wide = max(tall, rows[d, l]), max(wide, columns[d, l])
        result[d] = np.sqrt(tall * wide) * (1 + 2.0**-30) + _TINY


@_inner
def _dot(x: Floats, i: int, y: Floats, j: int, count: int) -> float:
    """``Σ_{k<count} x[i, k]·y[j, k]``."""
    total = 0.0
    for k in range(count):
        total += x[i, k] * y[j, k]
    return total


@_inner
def _positive(matrix: Floats, factor: Floats, shift: float) -> bool:
    """Whether Cholesky's algorithm comes to an end for ``shift·I − matrix``."""
    for i in range(matrix.shape[0]):
        for j in range(i):
            factor[i, j] = (-matrix[i, j] - _dot(factor, i, factor, j, j)) * factor[j, j]
        pivot = shift - matrix[i, i] - _dot(factor, i, factor, i, i)
        if not pivot > 0.0:
            return False
        factor[i, i] = 1.0 / np.sqrt(pivot)
    return True


@_inner
def _ritz(matrix: Floats, work: Floats, small: Floats, norm: float) -> float:
    """About the largest eigenvalue, by Lanczos' method with full orthogonalization. No bound.

    Row 0 of `work` (LANCZOS + 1, size) is where to start, and becomes an approximate eigenvector; `small` (4, LANCZOS).
    """
    size = matrix.shape[0]
    most = min(size, LANCZOS)
    length = np.sqrt(_dot(work, 0, work, 0, size))
    steps = most
    for m in range(most):
        for i in range(size):
            work[m, i] /= length
        for i in range(size):
            work[m + 1, i] = _dot(matrix, i, work, m, size)
        small[0, m] = 0.0
        for _ in range(2):
            for n in range(m + 1):
                total = _dot(work, n, work, m + 1, size)
                if n == m:
                    small[0, m] += total
                for i in range(size):
                    work[m + 1, i] -= total * work[n, i]
        length = np.sqrt(_dot(work, m + 1, work, m + 1, size))
        small[1, m] = length
        if length <= 1e-9 * norm:
            steps = m + 1
            break
    # bisection: all eigenvalues are below a shift where the pivots of T − shift are negative
    low, high = -norm, norm
    for _ in range(40):
        middle = 0.5 * (low + high)
        pivot = small[0, 0] - middle
        for m in range(1, steps):
            if not pivot < 0.0:
                break
            pivot = small[0, m] - middle - small[1, m - 1] * small[1, m - 1] / pivot
        if pivot < 0.0:
            high = middle
        else:
            low = middle
    # inverse iteration gives the next start; rows 2 and 3: the pivots, the vector
    shift = high + 1e-9 * norm
    for m in range(steps):
        small[3, m] = 1.0
    for _ in range(2):
        small[2, 0] = small[0, 0] - shift
        for m in range(1, steps):
            ratio = small[1, m - 1] / small[2, m - 1]
            small[2, m] = small[0, m] - shift - ratio * small[1, m - 1]
            small[3, m] -= ratio * small[3, m - 1]
        small[3, steps - 1] /= small[2, steps - 1]
        for m in range(steps - 2, -1, -1):
            small[3, m] = (small[3, m] - small[1, m] * small[3, m + 1]) / small[2, m]
        length = np.sqrt(_dot(small, 3, small, 3, steps))
        for m in range(steps):
            small[3, m] /= length
    for i in range(size):
        total = 1e-4 * (1.0 + ((i * 7919) % 101) / 101.0) / np.sqrt(size)
        for m in range(steps):
            total += small[3, m] * work[m, i]
        work[0, i] = total
    return float(high)


@_inner
def _largest(matrix: Floats, factor: Floats, work: Floats, small: Floats, tolerance: float) -> float:
    """An upper bound of the largest eigenvalue of a symmetric matrix."""
    size = matrix.shape[0]
    norm = 0.0
    for i in range(size):
        norm += _dot(matrix, i, matrix, i, size)
    norm = np.sqrt(norm) * (1 + 4 * (size * size + 8) * _U) + _FLOOR
    if not norm < 1e150:
        return np.inf
    guess = _ritz(matrix, work, small, norm)
    margin = max(0.5 * tolerance, 64 * size * _U * norm)
    while True:
        shift = guess + margin
        if not shift < norm:
            return float(norm)  # the Frobenius norm bounds every eigenvalue
        if _positive(matrix, factor, shift):
            trace = 0.0
            for i in range(size):
                trace += abs(shift - matrix[i, i])
            return float(shift + 4 * (size + 8) * _U * (trace + abs(shift) + norm) + _FLOOR)
        margin *= 3


@_entry(
    "void(float64[:,::1],int64,float64,int64,int64[:,::1],int64[:,::1],int64[::1],float64[:,::1],float64[:,::1],"
    "int64[:,::1],float64[:,:,::1],float64[:,::1],float64[:,::1],float64[:,::1],float64[:,::1],float64,float64[::1])"
)
def curvatures(
    series: Floats,
    order: int,
    z: float,
    pieces: int,
    combinations: Ints,
    pairs: Ints,
    terms: Ints,
    factors: Floats,
    constants: Floats,
    flows: Ints,
    squares: Floats,
    tangents: Floats,
    scalars: Floats,
    work: Floats,
    small: Floats,
    tolerance: float,
    rates: Floats,
) -> None:
    """Upper bounds of ``λ_max(−∇²ℓ)`` at ``pieces + 1`` points of a step, equally far apart; +∞ where there is none.

    Shapes: `series` as :func:`expand` made it; `rates` (pieces + 1,). Memory to work in: `squares` (2, parameters,
    parameters), `tangents` (series, parameters), `scalars` (4, series), `work` (LANCZOS + 1, parameters), `small`
    (4, LANCZOS).
    """
    size = flows.shape[0]
    value, error, long, off = scalars[0], scalars[1], scalars[2], scalars[3]
    matrix, factor = squares[0], squares[1]
    for i in range(size):
        work[0, i] = 1.0 + ((i * 7919) % 101) / 101.0
    for j in range(pieces + 1):
        w = z * (j / pieces)
        for p in range(size):
            row = flows[p, 0]
            total, absolute = 0.0, 0.0
            for k in range(order, -1, -1):
                total = total * w + series[row, PAD + k]
                absolute = absolute * w + abs(series[row, PAD + k])
            value[row] = total
            # w itself, the coefficients and Horner's rule: fewer than 40 roundings per order
            error[row] = absolute * 64 * (order + 4) * _U + _FLOOR
            for q in range(size):
                tangents[row, q] = 0.0
            tangents[row, p] = 1.0
            long[row], off[row] = 1.0, 0.0
        for c in range(combinations.shape[0]):
            row, p0, p1, t0, t1 = (
                combinations[c, 0],
                combinations[c, 1],
                combinations[c, 2],
                combinations[c, 3],
                combinations[c, 4],
            )
            constant = combinations[c, 5]
            for q in range(size):
                tangents[row, q] = 0.0
            total, absolute, wrong, stretch, gap = 0.0, 0.0, 0.0, 0.0, 0.0
            for p in range(p0, p1):
                a, b = pairs[p, 0], pairs[p, 1]
                va, vb = value[a], value[b]
                total += va * vb
                absolute += abs(va * vb)
                wrong += abs(va) * error[b] + error[a] * abs(vb) + error[a] * error[b]
                for q in range(size):
                    tangents[row, q] += va * tangents[b, q] + vb * tangents[a, q]
                stretch += abs(va) * long[b] + abs(vb) * long[a]
                gap += abs(va) * off[b] + error[a] * (long[b] + off[b])
                gap += abs(vb) * off[a] + error[b] * (long[a] + off[a])
            for t in range(t0, t1):
                of = terms[t]
                by, loose = factors[t, 0], factors[t, 1]
                total += by * value[of]
                absolute += abs(by * value[of])
                wrong += (abs(by) + loose) * error[of] + loose * abs(value[of])
                for q in range(size):
                    tangents[row, q] += by * tangents[of, q]
                stretch += abs(by) * long[of]
                gap += (abs(by) + loose) * off[of] + loose * long[of]
            if constant >= 0:
                total += constants[constant, 0]
                absolute += abs(constants[constant, 0])
                wrong += constants[constant, 1]
            several = 2 * (p1 - p0) + (t1 - t0) + 8
            value[row] = total
            error[row] = (wrong + 4 * several * _U * absolute) * (1 + 64 * several * _U) + _TINY
            off[row] = (gap + 4 * several * _U * stretch) * (1 + 64 * several * _U) + size * _TINY
            long[row] = np.sqrt(_dot(tangents, row, tangents, row, size)) * (1 + 4 * (size + 8) * _U) + _FLOOR
        wrong, norm = 0.0, 0.0
        for p in range(size):
            row = flows[p, 1]
            for q in range(size):
                factor[p, q] = tangents[row, q] if row >= 0 else 0.0
            if row >= 0:
                wrong += off[row] * off[row]
                norm += long[row] * long[row]
        for p in range(size):
            for q in range(p + 1):
                matrix[p, q] = matrix[q, p] = -0.5 * (factor[p, q] + factor[q, p])
        slack = (np.sqrt(wrong) + 4 * _U * np.sqrt(norm)) * (1 + 64 * (size + 8) * _U) + _FLOOR
        rates[j] = _largest(matrix, factor, work, small, tolerance) + slack
