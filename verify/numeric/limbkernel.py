"""The compiled kernel of :mod:`verify.numeric.limbs`: one sweep of Taylor coefficients on vectors of limbs.

Importing this module imports numba, and compiles the kernel or loads it from numba's cache on disk (beside this file,
else in the user's cache directory, else in ``NUMBA_CACHE_DIR``; where nothing can be written it is compiled anew in
each process). The kernel takes the plan of a program as arrays, so that it is compiled once for all problems. What
the arrays mean, and why nothing overflows unseen, is told in :mod:`verify.numeric.limbs`.

The inner loop is written in LLVM's language: numba cannot be told how to vectorize, and a loop that reads limbs of 32
bits as the low halves of lanes of 64 bits, at even and at odd places in turn, needs no shuffles at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Limbs = NDArray[np.int32]
    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float64]

F = TypeVar("F", bound=Callable[..., Any])
Int = int | np.int64  # where a literal would make numba compile the function once more

#: Bits of a limb: limbs are integers from ``−2^(RADIX−1)`` to ``2^(RADIX−1) − 1``.
RADIX = 27
#: A sum of so many products of two limbs stays below ``2^63 − 2^(2·RADIX−2)`` in absolute value.
MOST_PRODUCTS = 2 ** (63 - 2 * (RADIX - 1)) - 1
#: Numbers of up to so many limbs are multiplied by one unrolled loop, longer ones in tiles of 4 × 4 limbs.
MOST_UNROLLED = 12
#: Elements of a series that one turn of the inner loop takes: two vectors of 4 lanes.
BLOCK = 8

_HALF = 1 << (RADIX - 1)
_MASK = (1 << RADIX) - 1
_LANES = 4
_build: Any = cgutils
_I64 = ir.IntType(64)
_VECTOR = ir.VectorType(_I64, _LANES)


def _inner(function: F) -> F:
    """Compile a function that others call."""
    return _compile(function, ())


def _entry(signature: str) -> Callable[[F], F]:
    """Compile a function that Python calls, and keep it on disk where that is possible."""

    def decorate(function: F) -> F:
        try:
            return _compile(function, (signature,), cache=True, nogil=True)
        except RuntimeError:  # no directory can be written
            return _compile(function, (signature,), nogil=True)

    return decorate


def _compile(function: F, signature: tuple[str, ...], **options: bool) -> F:
    njit: Any = numba.njit
    compiler = njit(*signature, error_model="numpy", boundscheck=False, no_cfunc_wrapper=True, **options)
    compiled: F = compiler(function)
    return compiled


def _products(module: Any, name: str, pairs: list[tuple[int, int]]) -> Any:
    """The LLVM function that sets ``col[i + j] = Σ_segments Σ_t x_i[t]·y_j[t]`` over some pairs of limbs, unrolled.

    All its arguments are integers: the addresses of `buf`, and of the segments' places in it (`sx`, `sy`); segments s0
    to s1; turns v0 to v1 of the loop over t; the addresses of the tables of where each limb's row starts (`rx`, `ry`);
    a shift of y; the address of `col`.
    """
    function: Any = _build.get_or_insert_function(module, ir.FunctionType(ir.VoidType(), [_I64] * 11), name)
    if function.blocks:
        return function
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    buf, sx, sy, s0, s1, v0, v1, rx, ry, back, col = function.args
    count = 1 + max(max(pair) for pair in pairs)
    columns = 1 + max(i + j for i, j in pairs)
    half = ir.Constant(_VECTOR, [32] * _LANES)
    turn = ir.Constant(_I64, 4 * BLOCK)

    def step(base: Any, index: Any, size: int) -> Any:
        index = ir.Constant(_I64, index) if isinstance(index, int) else index
        return builder.add(base, builder.mul(index, ir.Constant(_I64, size)))

    def item(base: Any, index: Any) -> Any:
        return builder.load(builder.inttoptr(step(base, index, 8), ir.PointerType(_I64)))

    def lanes(place: Any) -> Any:
        vector = builder.load(builder.inttoptr(place, ir.PointerType(_VECTOR)), align=4)
        # the low half of each lane, with its sign: compiled to nothing, as the product reads no more
        return builder.ashr(builder.shl(vector, half), half)

    sums = [_build.alloca_once_value(builder, ir.Constant(_VECTOR, [0] * _LANES)) for _ in range(columns)]
    with _build.for_range_slice(builder, s0, s1, ir.Constant(_I64, 1)) as (s, _):
        x, y = step(buf, item(sx, s), 4), step(buf, builder.sub(item(sy, s), back), 4)
        xs = [step(x, item(rx, i), 4) for i in range(count)]
        ys = [step(y, item(ry, i), 4) for i in range(count)]
        with _build.for_range_slice(builder, builder.mul(v0, turn), builder.mul(v1, turn), turn) as (v, _):
            for parity in (0, 1):
                at = step(v, parity, 4)
                left = [lanes(builder.add(place, at)) for place in xs]
                right = [lanes(builder.add(place, at)) for place in ys]
                for i, j in pairs:
                    builder.store(builder.add(builder.load(sums[i + j]), builder.mul(left[i], right[j])), sums[i + j])
    for s, place in enumerate(sums):
        vector = builder.load(place)
        parts = [builder.extract_element(vector, ir.Constant(ir.IntType(32), p)) for p in range(_LANES)]
        total = builder.add(builder.add(parts[0], parts[1]), builder.add(parts[2], parts[3]))
        builder.store(total, builder.inttoptr(step(col, s, 8), ir.PointerType(_I64)))
    builder.ret_void()
    return function


def _choose_products(
    typing: Any,
    limbs: Any,
    buf: Any,
    sx: Any,
    sy: Any,
    s0: Any,
    s1: Any,
    v0: Any,
    v1: Any,
    rx: Any,
    ry: Any,
    back: Any,
    col: Any,
) -> Any:
    """The columns ``Σ_{i+j=s} x_i·y_j``, s below `limbs`; for 0 all seven columns of a tile of 4 × 4 limbs."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        end = builder.append_basic_block("end")
        cases = {0: [(i, j) for i in range(4) for j in range(4)]}
        for limbs in range(1, MOST_UNROLLED + 1):
            cases[limbs] = [(i, s - i) for s in range(limbs) for i in range(s + 1)]
        choice = builder.switch(arguments[0], end)
        for limbs, pairs in cases.items():
            block = builder.append_basic_block(f"limbs{limbs}")
            choice.add_case(ir.Constant(_I64, limbs), block)
            with builder.goto_block(block):
                builder.call(_products(builder.module, f"rankproof_products_{RADIX}_{limbs}", pairs), arguments[1:])
                builder.branch(end)
        builder.position_at_end(end)

    return types.void(*[types.int64] * 12), generate


_dots: Any = intrinsic(_choose_products)


@_inner
def _tiles(
    columns: int,
    buf: int,
    sx: int,
    sy: int,
    s0: int,
    s1: int,
    v0: int,
    v1: int,
    rx: int,
    ry: int,
    back: int,
    col: Ints,
    part: Ints,
) -> None:
    """Add the products of all limbs to the columns, with column s at ``col[s + 1]``."""
    if columns <= MOST_UNROLLED:
        _dots(columns, buf, sx, sy, s0, s1, v0, v1, rx, ry, back, part.ctypes.data)
        for s in range(columns):
            col[s + 1] += part[s] & _MASK
            col[s] += part[s] >> RADIX
        return
    tiles = (columns + 3) // 4
    for i in range(tiles):
        for j in range(tiles - i):
            if i + j == tiles - 1:
                _dots(4, buf, sx, sy, s0, s1, v0, v1, rx + 32 * i, ry + 32 * j, back, part.ctypes.data)
                several = 4
            else:
                _dots(0, buf, sx, sy, s0, s1, v0, v1, rx + 32 * i, ry + 32 * j, back, part.ctypes.data)
                several = 7
            for s in range(several):
                at = 4 * (i + j) + s
                if at < columns:
                    col[at + 1] += part[s] & _MASK
                    col[at] += part[s] >> RADIX


@_inner
def _convolve(
    columns: int,
    length: int,
    buf: int,
    sx: int,
    sy: int,
    s0: int,
    s1: int,
    rx: int,
    ry: int,
    back: int,
    col: Ints,
    part: Ints,
) -> None:
    """The columns of ``Σ_segments Σ_{t<length} x[t]·y[t]``, column s at ``col[s + 1]``; their carry at ``col[0]``."""
    turns = (length + BLOCK - 1) // BLOCK
    if columns <= MOST_UNROLLED and (s1 - s0) * length * columns <= MOST_PRODUCTS:
        col[0] = 0
        _dots(columns, buf, sx, sy, s0, s1, 0, turns, rx, ry, back, col.ctypes.data + 8)
        return
    for s in range(columns + 1):
        col[s] = 0
    most = MOST_PRODUCTS // (BLOCK * (columns if columns <= MOST_UNROLLED else 4))
    together, several = max(most // turns, 1), min(most, turns)
    for s in range(s0, s1, together):
        for v in range(0, turns, several):
            last = min(s + together, s1)
            _tiles(columns, buf, sx, sy, s, last, v, min(v + several, turns), rx, ry, back, col, part)


@_inner
def _settle(col: Ints, columns: int, q: Any, r: Any, limb: Ints, count: int) -> bool:
    """Limbs of ``2^(RADIX·q + r) Σ_{s<columns} col[s + 1] 2^(−RADIX·s) + 2^RADIX·(the same) col[0]``.

    Limb i has the weight ``2^(−RADIX·i)``; they are rounded to nearest at the last. False when the number is too large.
    Half of the radix is added to every digit beforehand and taken from it afterwards: that makes digits balanced
    without a second run of carries.
    """
    half = _HALF >> r
    down = RADIX - r
    carry = np.int64(0)
    below = np.int64(0)
    for i in range(max(columns - q, 0), count):
        limb[i] = 0
    for s in range(columns - 1, max(q, -1), -1):
        value = col[s + 1] + half + carry
        carry = value >> RADIX
        digit = value & _MASK
        i = s - q
        if i < count:
            limb[i] = (((digit << r) & _MASK) | below) - _HALF
        below = digit >> down
    if q < 0:
        carry += col[0]
        for s in range(-1, q, -1):
            value = half + carry
            carry = value >> RADIX
            digit = value & _MASK
            i = s - q
            if i < count:
                limb[i] = (((digit << r) & _MASK) | below) - _HALF
            below = digit >> down
        value = half + carry
        if value < 0 or value >> down:
            return False
        limb[0] = ((value << r) | below) - _HALF
        return True
    # No digit above limb 0 may be left.
    value = half + carry
    if q < columns:
        value += col[q + 1]
    digit = value & _MASK
    carry = value >> RADIX
    if digit >> down:
        return False
    limb[0] = ((digit << r) | below) - _HALF
    for s in range(min(q, columns) - 1, -1, -1):
        carry += col[s + 1]
        if carry & _MASK:
            return False
        carry >>= RADIX
    return bool(carry + col[0] == 0)


@_inner
def _store(
    buf: Limbs,
    limb: Ints,
    count: int,
    current: Limbs,
    series: int,
    order: Int,
    slot_start: Ints,
    slots: Ints,
    rx: Ints,
    ry: Ints,
) -> None:
    """Put a coefficient where later sums will read it."""
    for i in range(count):
        current[series, i] = limb[i]
    for slot in range(slot_start[series], slot_start[series + 1]):
        place, width, table, reverse = slots[slot, 0], slots[slot, 1], slots[slot, 2], slots[slot, 3]
        if reverse:
            place -= order * width
            for i in range(count):
                buf[place + ry[table, i]] = limb[i]
        else:
            place += order * width
            for i in range(count):
                buf[place + rx[table, i]] = limb[i]


@_entry(
    "int64(int32[::1],int64,int64[::1],int64[:,::1],int64[::1],int64[::1],int64[:,::1],int32[:,::1],int64[::1],"
    "int64[:,::1],int64[:,::1],int64[:,::1],int64[:,::1],int32[:,::1],int32[:,:,::1],float64[::1],"
    "int64,int64,int64,int64,int64)"
)
def sweep(
    buf: Limbs,
    order: int,
    columns: Ints,
    combinations: Ints,
    segment_x: Ints,
    segment_y: Ints,
    linear: Ints,
    constants: Limbs,
    slot_start: Ints,
    slots: Ints,
    rx: Ints,
    ry: Ints,
    flows: Ints,
    current: Limbs,
    out: Limbs,
    peaks: Floats,
    factor: int,
    factor_q: int,
    factor_r: int,
    product_q: int,
    product_r: int,
) -> int:
    """The Taylor coefficients ``out[p, k]`` of every parameter, from ``out[p, 0]``.

    Returns
    -------
    int
        −1; or the order at which a number did not fit.
    """
    buf[:] = 0
    most = columns[0]
    col = np.zeros(most + 8, np.int64)
    part = np.zeros(MOST_UNROLLED + 4, np.int64)
    limb = np.zeros(most, np.int64)
    base = buf.ctypes.data
    sx, sy = segment_x.ctypes.data, segment_y.ctypes.data
    rows = rx.shape[1]
    peaks[:] = -np.inf
    top = 0.0
    zero = np.int64(0)
    for p in range(flows.shape[0]):
        for i in range(most):
            limb[i] = out[p, 0, i]
        _store(buf, limb, most, current, flows[p, 0], zero, slot_start, slots, rx, ry)
        top = max(top, abs(float(limb[0])))
    for k in range(order):
        count = columns[k]
        for c in range(combinations.shape[0]):
            target, s0, s1 = combinations[c, 0], combinations[c, 1], combinations[c, 2]
            width, table = combinations[c, 3], combinations[c, 4]
            l0, l1, constant = combinations[c, 5], combinations[c, 6], combinations[c, 7]
            if s1 > s0:
                _convolve(
                    count,
                    (k + 1) * width,
                    base,
                    sx,
                    sy,
                    s0,
                    s1,
                    rx.ctypes.data + 8 * rows * table,
                    ry.ctypes.data + 8 * rows * table,
                    k * width,
                    col,
                    part,
                )
                if not _settle(col, count, product_q, product_r, limb, count):
                    return k
            if l1 > l0 or (k == 0 and constant >= 0) or s1 == s0:
                col[0] = 0
                for i in range(count):
                    col[i + 1] = limb[i] if s1 > s0 else 0
                if k == 0 and constant >= 0:
                    for i in range(count):
                        col[i + 1] += constants[constant, i]
                for l in range(l0, l1):
                    of, numerator, denominator = linear[l, 0], linear[l, 1], linear[l, 2]
                    rest = np.int64(0)
                    for i in range(count):
                        value = (rest << RADIX) + current[of, i] * numerator
                        quotient = np.int64(value / denominator)
                        rest = value - quotient * denominator
                        col[i + 1] += quotient
                if not _settle(col, count, zero, zero, limb, count):
                    return k
            top = max(top, abs(float(limb[0])))
            _store(buf, limb, count, current, target, k, slot_start, slots, rx, ry)
        following = columns[k + 1]
        inverse = 1.0 / (k + 1)
        for p in range(flows.shape[0]):
            of = flows[p, 1]
            if of >= 0:
                rest = np.int64(0)
                col[0] = 0
                for i in range(count):
                    value = (rest << RADIX) + current[of, i] * factor
                    quotient = np.int64(value * inverse)
                    rest = value - quotient * (k + 1)
                    col[i + 1] = quotient
                if not _settle(col, count, factor_q, factor_r, limb, following):
                    return k + 1
            else:
                for i in range(following):
                    limb[i] = 0
            for i in range(following):
                out[p, k + 1, i] = limb[i]
            _store(buf, limb, following, current, flows[p, 0], k + 1, slot_start, slots, rx, ry)
            lead = 0
            while lead < following and limb[lead] == 0:
                lead += 1
            if lead < following:
                size = float(limb[lead])
                for i in range(lead + 1, min(lead + 3, following)):
                    size += limb[i] * 2.0 ** (RADIX * (lead - i))
                peaks[k + 1] = max(peaks[k + 1], np.log2(abs(size)) - RADIX * lead)
            top = max(top, abs(float(limb[0])))
    peaks[0] = np.log2(top)
    return -1


@_entry("void(int32[:,:,::1],int64,int64[::1],int64,int64,int64[:,::1])")
def horner(coefficients: Limbs, order: int, columns: Ints, numerator: int, shift: int, end: Ints) -> None:
    """``end[p] = Σ_k coefficients[p, k] (numerator/2^shift)^k``, in limbs that are not balanced.

    For points below 1/2 and shifts of at most 34. Limbs stay below ``3·2^RADIX``, the fixed point of
    ``x = 2^RADIX + x/2 + 2^(RADIX−1)``, so that no sum reaches ``2^34·2^RADIX + 3·2^RADIX·2^33 < 2^63``.
    """
    for p in range(end.shape[0]):
        end[p, :] = 0
        for k in range(order, -1, -1):
            rest = np.int64(0)
            for i in range(columns[k]):
                value = (rest << RADIX) + end[p, i] * numerator
                quotient = value >> shift
                rest = value - (quotient << shift)
                end[p, i] = quotient + coefficients[p, k, i]


@_entry("void(int64[:,::1],uint8[:,::1])")
def to_bytes(limbs: Ints, octets: Bytes) -> None:
    """Each row as one integer in two's complement, lowest byte first; the last limb has weight 1."""
    count, length = limbs.shape[1], octets.shape[1]
    for p in range(limbs.shape[0]):
        pending, bits, carry = np.int64(0), 0, np.int64(0)
        place = 0
        for i in range(count - 1, -1, -1):
            value = limbs[p, i] + carry
            carry = value >> RADIX
            pending |= (value & _MASK) << bits
            bits += RADIX
            while bits >= 8:
                octets[p, place] = pending & 255
                place += 1
                pending >>= 8
                bits -= 8
        pending |= carry << bits
        while place < length:
            octets[p, place] = pending & 255
            place += 1
            pending >>= 8


@_entry("void(uint8[:,::1],int32[:,::1])")
def from_bytes(octets: Bytes, limbs: Limbs) -> None:
    """Limbs of each row's integer, to which half a radix per digit has been added; lowest byte first."""
    count, length = limbs.shape[1], octets.shape[1]
    for p in range(limbs.shape[0]):
        pending, bits, place = np.int64(0), 0, 0
        for i in range(count - 1, -1, -1):
            while bits < RADIX and place < length:
                pending |= np.int64(octets[p, place]) << bits
                place += 1
                bits += 8
            limbs[p, i] = (pending & _MASK) - _HALF
            pending >>= RADIX
            bits -= RADIX
