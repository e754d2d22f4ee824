"""The compiled half of :mod:`verify.numeric.batch`: eight trajectories at a time, one in each lane of a vector.

Needs numba. One compilation, kept on disk, serves every problem: the problem is data (:class:`Tables`). A lane whose
trajectory has ended takes the next one, so that all lanes stay busy whatever their step sizes.

A series is a block of `stride` rows of eight numbers, row k holding the coefficient of order k in all lanes. Orders are
done four at a time: with x and y known to order k, the terms ``x_a y_{k+j−a}``, j ≤ a ≤ k, of the four sums j = 0 … 3
are made in one sweep that loads every number once; the few terms that involve later orders follow when those are known.
LLVM gets these sums as vector operations, because its own vectorizer does not find them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from verify.numeric.tables import SMALLEST_STATE, Course, Floats, Limits, Tables

LANES = 8
_DOUBLE, _WORD = ir.DoubleType(), ir.IntType(64)
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_EPSILON = 2.0**-52


#: From the index and the state to the next state, all of them values of the generated code.
_Body = Callable[[Any, list[Any]], list[Any]]


class _Rows:
    """A C-contiguous array of shape (rows, LANES), row by row, for code generation."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        self.builder = builder
        self.base = context.make_array(kind)(context, builder, value).data

    def _pointer(self, row: Any) -> Any:
        entry = self.builder.gep(self.base, [self.builder.mul(row, _WORD(LANES))], source_etype=_DOUBLE)
        return self.builder.bitcast(entry, _VECTOR.as_pointer())

    def load(self, row: Any) -> Any:
        return self.builder.load(self._pointer(row), align=8, typ=_VECTOR)

    def store(self, row: Any, vector: Any) -> None:
        self.builder.store(vector, self._pointer(row), align=8)


class _Code:
    """What the three intrinsics share: their arguments, sums of products and loops."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> None:
        self.builder = builder
        self.rows = _Rows(context, builder, signature.args[0], arguments[0])

    def fma(self, x: Any, y: Any, total: Any) -> Any:
        """``total + x·y``, fused where the processor can."""
        product = self.builder.fmul(x, y, flags=["contract"])
        return self.builder.fadd(product, total, flags=["contract"])

    def at(self, row: Any, offset: int) -> Any:
        return self.builder.add(row, _WORD(offset))

    def loop(
        self, first: Any, end: Any, state: Sequence[Any], body: Callable[[Any, list[Any]], list[Any]]
    ) -> list[Any]:
        """``for i in range(first, end): state = body(i, state)``; the state at the end."""
        b, before = self.builder, self.builder.block
        head, inside, after = (b.append_basic_block(name) for name in ("head", "inside", "after"))
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(_WORD)
        index.add_incoming(first, before)
        current = []
        for value in state:
            current.append(b.phi(value.type))
            current[-1].add_incoming(value, before)
        b.cbranch(b.icmp_signed("<", index, end), inside, after)
        b.position_at_end(inside)
        following = body(index, current)
        index.add_incoming(b.add(index, _WORD(1)), b.block)
        for phi, value in zip(current, following, strict=True):
            phi.add_incoming(value, b.block)
        b.branch(head)
        b.position_at_end(after)
        return current


class _Products(_Code):
    """The products ``series[left[p]] · series[right[p]]``, first ≤ p < end."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> None:
        super().__init__(context, builder, signature, arguments)
        _, _, _, self.first, self.end, self.target, self.order = arguments
        pairs = zip(signature.args[1:3], arguments[1:3], strict=True)
        self.factors = [context.make_array(kind)(context, builder, value).data for kind, value in pairs]

    def pair(self, p: Any) -> list[Any]:
        """First rows of both factors of product p."""
        b = self.builder
        return [b.load(b.gep(base, [p], source_etype=_WORD), typ=_WORD) for base in self.factors]


def _signature(rows: Any, left: Any, right: Any) -> Any:
    return types.void(rows, left, right, types.intp, types.intp, types.intp, types.intp)


def _terms(low: int, high: int) -> Any:
    """``target_m += Σ_p (Σ_{a<low} x_a y_{m−a} + Σ_{a<high} x_{m−a} y_a)``, as a function that numba can call."""

    def made(typing: Any, rows: Any, left: Any, right: Any, first: Any, end: Any, target: Any, m: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
            code = _Products(context, builder, signature, arguments)
            row = code.rows

            def product(p: Any, state: list[Any]) -> list[Any]:
                x, y = code.pair(p)
                xm, ym = builder.add(x, code.order), builder.add(y, code.order)
                [total] = state
                for a in range(low):
                    total = code.fma(row.load(code.at(x, a)), row.load(code.at(ym, -a)), total)
                for a in range(high):
                    total = code.fma(row.load(code.at(xm, -a)), row.load(code.at(y, a)), total)
                return [total]

            place = builder.add(code.target, code.order)
            [total] = code.loop(code.first, code.end, [row.load(place)], product)
            row.store(place, total)
            return context.get_dummy_value()

        return _signature(rows, left, right), generate

    return intrinsic(made)


_first_0, _first_1, _first_2, _first_3 = (_terms(m + 1, 0) for m in range(4))
_rest_1, _rest_2, _rest_3 = (_terms(j, j) for j in range(1, 4))


def _four_orders(typing: Any, rows: Any, left: Any, right: Any, first: Any, end: Any, target: Any, k: Any) -> Any:
    """``target_{k+j} = Σ_p Σ_{a=j…k} x_a y_{k+j−a}`` for j = 0 … 3; k is at least 3."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        code = _Products(context, builder, signature, arguments)
        row, at = code.rows, code.at

        def product(p: Any, state: list[Any]) -> list[Any]:
            x, y = code.pair(p)
            y = builder.add(y, code.order)
            low = [row.load(at(x, a)) for a in range(3)]
            window = [row.load(at(y, n)) for n in (-2, -1, 0)]
            totals = list(state)
            for j in range(3):
                for a in range(j, 3):
                    totals[j] = code.fma(low[a], window[2 + j - a], totals[j])

            def term(a: Any, state: list[Any]) -> list[Any]:
                factor = row.load(builder.add(x, a))
                near = [row.load(builder.sub(y, a)), *state[4:]]  # y_{k−a} … y_{k−a+3}
                return [code.fma(factor, near[j], state[j]) for j in range(4)] + near[:3]

            return code.loop(_WORD(3), at(code.order, 1), [*totals, *window], term)[:4]

        nothing = ir.Constant(_VECTOR, [0.0] * LANES)
        totals = code.loop(code.first, code.end, [nothing] * 4, product)
        place = builder.add(code.target, code.order)
        for j in range(4):
            row.store(at(place, j), totals[j])
        return context.get_dummy_value()

    return _signature(rows, left, right), generate


def _polynomial(typing: Any, rows: Any, series: Any, order: Any, points: Any) -> Any:
    """``series_0 = Σ_k series_k h^k``, with h the row of `points`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        code = _Code(context, builder, signature, arguments)
        _, place, count, _ = arguments
        point = _Rows(context, builder, signature.args[3], arguments[3]).load(_WORD(0))
        last = builder.sub(builder.add(place, count), _WORD(1))

        def term(i: Any, state: list[Any]) -> list[Any]:
            return [code.fma(state[0], point, code.rows.load(builder.sub(last, i)))]

        highest = code.rows.load(builder.add(place, count))
        [value] = code.loop(_WORD(0), count, [highest], term)
        code.rows.store(place, value)
        return context.get_dummy_value()

    return types.void(rows, types.intp, types.intp, points), generate


_four: Any = intrinsic(_four_orders)
_evaluate: Any = intrinsic(_polynomial)


def _jet(
    rows: Any,
    order: int,
    parameters: Any,
    slopes: Any,
    speeds: Any,
    targets: Any,
    starts: Any,
    left: Any,
    right: Any,
    linear_starts: Any,
    factors: Any,
    linear: Any,
    constants: Any,
) -> None:
    """Taylor coefficients of the flow in all lanes, from the states in the parameters' rows 0; `order` is 4n."""
    for m in range(order):
        j = m % 4
        for s in range(targets.size):
            t, first, end = targets[s], starts[s], starts[s + 1]
            if m < 4:
                constant = constants[s] if m == 0 else 0.0
                for lane in range(LANES):
                    rows[t + m, lane] = constant
                if j == 0:
                    _first_0(rows, left, right, first, end, t, m)
                elif j == 1:
                    _first_1(rows, left, right, first, end, t, m)
                elif j == 2:
                    _first_2(rows, left, right, first, end, t, m)
                else:
                    _first_3(rows, left, right, first, end, t, m)
            elif j == 0:
                _four(rows, left, right, first, end, t, m)
            elif j == 1:
                _rest_1(rows, left, right, first, end, t, m)
            elif j == 2:
                _rest_2(rows, left, right, first, end, t, m)
            else:
                _rest_3(rows, left, right, first, end, t, m)
            for q in range(linear_starts[s], linear_starts[s + 1]):
                row, factor = linear[q] + m, factors[q]
                for lane in range(LANES):
                    rows[t + m, lane] += factor * rows[row, lane]
        rate = -1.0 / (m + 1)
        for q in range(parameters.size):
            place = parameters[q] + m + 1
            if slopes[q] >= 0:
                row = slopes[q] + m
                for lane in range(LANES):
                    rows[place, lane] = rate * rows[row, lane]
            else:  # a derivative that is constant
                constant = -speeds[q] if m == 0 else 0.0
                for lane in range(LANES):
                    rows[place, lane] = constant


def _log2(x: Any, out: Any) -> None:
    """The binary logarithm of positive numbers, too small by at most 0.087: exponent, and mantissa less one."""
    bits = x.view(np.int64)
    for lane in range(LANES):
        out[lane] = bits[lane] * 2.0**-52 - 1023.0


def _exp2(x: Any, bits: Any) -> None:
    """``2^x`` to half a percent, in place, for x in [−1000, 1000]; `bits` is room for as many integers."""
    power = bits.view(np.float64)
    for lane in range(LANES):
        clipped = min(max(x[lane], -1000.0), 1000.0)
        whole = np.floor(clipped)
        part = clipped - whole
        bits[lane] = (np.int64(whole) + 1023) << 52
        x[lane] = power[lane] * (1.0 + part * (0.65617 + 0.34383 * part))


def _advance(
    states: Any,
    horizons: Any,
    times: Any,
    steps: Any,
    local: Any,
    codes: Any,
    rows: Any,
    order: int,
    limits: Any,
    residuals: Any,
    floor: float,
    parameters: Any,
    slopes: Any,
    speeds: Any,
    targets: Any,
    starts: Any,
    left: Any,
    right: Any,
    linear_starts: Any,
    factors: Any,
    linear: Any,
    constants: Any,
) -> None:
    """Carry every trajectory to its horizon, or to where it stops. See :func:`advance`."""
    tolerance, stop_residual, stop_gradient, escape, most_steps, smallest = limits
    batch, size = states.shape
    who = np.full(LANES, -1, np.int64)
    time, bound = np.zeros(LANES), np.zeros(LANES)
    step = np.zeros((1, LANES))
    state, last, previous, total = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    gradient, residual, widths = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    log_goal, log_last, log_previous = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    bits, before = np.zeros(LANES, np.int64), np.zeros(LANES)
    following, busy = 0, 0
    for q in range(size):
        for lane in range(LANES):
            rows[parameters[q], lane] = 0.0
    while True:
        for lane in range(LANES):
            if who[lane] < 0 and following < batch:
                i = following
                following += 1
                busy += 1
                who[lane] = i
                time[lane], before[lane] = 0.0, 0.0
                largest = 0.0
                for q in range(size):
                    rows[parameters[q], lane] = states[i, q]
                    largest = max(largest, abs(states[i, q]))
                bound[lane] = escape * max(1.0, largest)
        if busy == 0:
            return
        _jet_compiled(
            rows,
            order,
            parameters,
            slopes,
            speeds,
            targets,
            starts,
            left,
            right,
            linear_starts,
            factors,
            linear,
            constants,
        )
        for lane in range(LANES):
            state[lane] = smallest
            last[lane] = 1e-300
            previous[lane] = 1e-300
            gradient[lane], total[lane] = 0.0, 0.0
            residual[lane] = floor
        for q in range(size):
            p = parameters[q]
            for lane in range(LANES):
                state[lane] = max(state[lane], abs(rows[p, lane]))
                last[lane] = max(last[lane], abs(rows[p + order, lane]))
                previous[lane] = max(previous[lane], abs(rows[p + order - 1, lane]))
                gradient[lane] += rows[p + 1, lane] * rows[p + 1, lane]
                total[lane] += abs(rows[p + order, lane]) + abs(rows[p + order - 1, lane])
        for q in range(residuals.size):
            for lane in range(LANES):
                residual[lane] = max(residual[lane], abs(rows[residuals[q], lane]))
        for lane in range(LANES):
            state[lane] *= tolerance
        _log2_compiled(state, log_goal)
        _log2_compiled(last, log_last)
        _log2_compiled(previous, log_previous)
        for lane in range(LANES):
            a = (log_goal[lane] - log_last[lane]) / order
            widths[lane] = min(a, (log_goal[lane] - log_previous[lane]) / (order - 1))
        _exp2_compiled(widths, bits)
        for lane in range(LANES):
            i, width = who[lane], widths[lane]
            if i < 0:
                step[0, lane] = 0.0
                continue
            largest = state[lane] / tolerance
            code = -1
            if time[lane] >= horizons[i]:
                code = 0
            elif residual[lane] <= stop_residual:
                code = 1
            elif np.sqrt(gradient[lane]) <= stop_gradient:
                code = 2
            elif not (gradient[lane] < np.inf and total[lane] < np.inf):
                code = 6
            elif largest > bound[lane]:
                code = 3
            elif time[lane] + width == time[lane]:
                code = 4
            elif steps[i] >= most_steps:
                code = 5
            if code >= 0:
                for q in range(size):
                    states[i, q] = rows[parameters[q], lane]
                    rows[parameters[q], lane] = 0.0
                times[i] = time[lane]
                codes[i] = code
                who[lane] = -1
                busy -= 1
                step[0, lane] = 0.0
                continue
            steps[i] += 1
            made = state[lane]
            if time[lane] + width >= horizons[i]:
                made *= ((horizons[i] - time[lane]) / width) ** (order - 1)
                width = horizons[i] - time[lane]
                time[lane] = horizons[i]
            else:
                time[lane] += width
            local[i, 0] += made
            local[i, 2] = max(made, before[lane])
            before[lane] = made
            local[i, 1] += _EPSILON * largest
            step[0, lane] = width
        for q in range(size):
            _evaluate(rows, parameters[q], order, step)


def _compile(function: Callable[..., None]) -> Any:
    """Compiled at the first call, and kept on disk where that is possible."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # there is no folder that can be written to
        return numba.njit(**options)(function)


_jet_compiled, _log2_compiled, _exp2_compiled = _compile(_jet), _compile(_log2), _compile(_exp2)
_compiled = _compile(_advance)


def advance(
    tables: Tables, states: Floats, horizons: Floats, *, tolerance: float, order: int, limits: Limits
) -> Course:
    """Carry `states`, shape (batch, parameters), to their horizons in place; `order` is a multiple of 4, at least 8.

    The interpreter's lock is released meanwhile.
    """
    course = Course.blank(len(states))
    stride = order + 1
    room = np.zeros((tables.series * stride + 1) * LANES)
    begin = (-room.ctypes.data // 8) % LANES  # a row that straddles two cache lines is slow to load
    rows = room[begin : begin + tables.series * stride * LANES].reshape(-1, LANES)
    with np.errstate(all="ignore"):  # what overflows is told by its code
        _compiled(
            states,
            horizons,
            course.times,
            course.steps,
            course.local,
            course.codes,
            rows,
            order,
            (tolerance, limits.residual, limits.gradient, limits.escape, float(limits.steps), SMALLEST_STATE),
            tables.residuals * stride,
            tables.floor,
            tables.parameters * stride,
            np.where(tables.slopes < 0, -1, tables.slopes * stride),
            tables.speeds,
            tables.targets * stride,
            tables.starts,
            tables.left * stride,
            tables.right * stride,
            tables.linear_starts,
            tables.factors,
            tables.linear * stride,
            tables.constants,
        )
    return course
