"""The integrators that ours are compared with, each as far as it is installed. All run the same polynomial system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from time import process_time
from typing import Any

import numpy as np

from verify.models import Problem
from verify.numeric.tables import Tables

#: CAPD's C++ library (interval double, its best sets) on P1 to t = 50, recorded on another machine, beside heyoka's
#: multiprecision at 50 digits on the same problem and machine.
CAPD = {"seconds": 0.50, "slowest": 0.76, "radius": 3.1e-13, "heyoka 50 digits": 0.60}


@dataclass(frozen=True)
class Outcome:
    """A peer's run: CPU seconds (without building), the state's entries as text or floats, None when it was not done.

    `reached` is how far it came before its time was up; `building` what compilation cost.
    """

    seconds: float
    state: Sequence[Any] | None
    reached: float
    building: float = 0.0


class _TimeUpError(Exception):
    pass


def field(problem: Problem, number: Callable[[float], Any]) -> Callable[[Any, Sequence[Any]], list[Any]]:
    """The right-hand side ``f(t, θ)`` on a flat list of any kind of number."""
    tables = Tables.of(problem)
    starts, ends = tables.starts.tolist(), tables.linear_starts.tolist()
    left, right, linear = tables.left.tolist(), tables.right.tolist(), tables.linear.tolist()
    factors = [None if c == 1 else number(c) for c in tables.factors.tolist()]
    constants = [number(c) if c else None for c in tables.constants.tolist()]
    speeds = [number(c) for c in tables.speeds.tolist()]
    steps = [
        (
            [(left[p], right[p]) for p in range(starts[s], starts[s + 1])],
            [(factors[q], linear[q]) for q in range(ends[s], ends[s + 1])],
            constants[s],
        )
        for s in range(len(constants))
    ]
    slopes = list(zip(tables.slopes.tolist(), speeds, strict=True))

    def slope(t: Any, state: Sequence[Any]) -> list[Any]:
        values = list(state)  # the parameters are series 0, 1, …; then come the steps' targets in order
        for products, terms, constant in steps:
            total = [values[a] * values[b] for a, b in products]
            total += [values[a] if c is None else c * values[a] for c, a in terms]
            values.append(_sum(total if constant is None else [*total, constant]))
        return [-(values[i] if i >= 0 else speed) for i, speed in slopes]

    return slope


def _sum(terms: list[Any]) -> Any:
    """A balanced sum: expressions of compiled peers stay shallow."""
    while len(terms) > 1:
        terms = [sum(terms[i : i + 2][1:], terms[i]) for i in range(0, len(terms), 2)]
    return terms[0]


def flat(problem: Problem) -> list[Fraction]:
    """The start, W_1 first, row by row."""
    return [x for layer in problem.layers for row in layer for x in row]


def mpmath_odefun(problem: Problem, time: Fraction, digits: int, cap: float) -> Outcome:
    """``mpmath.odefun`` with a context of its own; stopped after `cap` CPU seconds."""
    import mpmath

    context = mpmath.mp.clone()
    context.dps = digits
    start = [context.mpf(x.numerator) / x.denominator for x in flat(problem)]
    parts, reached, state = 400, 0.0, None
    slope = field(problem, context.mpf)
    began = process_time()

    def capped(t: Any, state: Sequence[Any]) -> list[Any]:
        if process_time() - began > cap:
            raise _TimeUpError
        return slope(t, state)

    try:
        solution = context.odefun(capped, 0, start)
        for k in range(1, parts + 1):
            state = solution(context.mpf(time.numerator) * k / (parts * time.denominator))
            reached = float(time) * k / parts
    except _TimeUpError:
        state = None
    return Outcome(process_time() - began, state, reached)


def scipy_dop853(problem: Problem, time: float, start: Sequence[float], tolerance: float) -> Outcome:
    """SciPy's DOP853 in float64, the right-hand side in NumPy's matrix products."""
    from scipy.integrate import solve_ivp

    shapes, mask = problem.shapes, np.array(problem.observations.mask, dtype=float)
    values = np.array([[float(x) for x in row] for row in problem.observations.values])
    ends = np.cumsum([rows * columns for rows, columns in shapes]).tolist()
    cuts = list(zip([0, *ends], ends, shapes, strict=False))

    def slope(t: float, state: Any) -> Any:
        layers = [state[a:b].reshape(shape) for a, b, shape in cuts]
        products = [layers[0]]
        for layer in layers[1:]:
            products.append(layer @ products[-1])
        adjoint = mask * products[-1] - values
        slopes = []
        for k in range(len(layers) - 1, 0, -1):
            slopes.append((adjoint @ products[k - 1].T).ravel())
            adjoint = layers[k].T @ adjoint
        return -np.concatenate([adjoint.ravel(), *reversed(slopes)])

    began = process_time()
    found = solve_ivp(slope, (0.0, time), start, method="DOP853", rtol=tolerance, atol=tolerance / 100)
    return Outcome(process_time() - began, found.y[:, -1].tolist(), time)


def heyoka_version() -> str | None:
    """heyoka's version, None where it is not installed."""
    try:
        import heyoka
    except ImportError:
        return None
    return str(heyoka.__version__)


def _heyoka_system(problem: Problem, number: Callable[[float], Any]) -> list[tuple[Any, Any]]:
    import heyoka as hy

    variables = hy.make_vars(*(f"w{i}" for i in range(problem.size)))
    slopes = field(problem, lambda x: hy.expression(number(x)))(None, variables)
    return list(zip(variables, slopes, strict=True))


def heyoka(problem: Problem, time: Fraction, digits: int) -> Outcome:
    """heyoka's Taylor method: double precision up to 16 digits, its multiprecision beyond."""
    import heyoka as hy

    def real(x: Any) -> Any:
        if digits <= 16:
            return float(x)
        exact = Fraction(x)
        return hy.real(exact.numerator, bits) / hy.real(exact.denominator, bits)

    bits = round(digits * 3.3219281) + 16
    start = np.array([real(x) for x in flat(problem)])
    options = {"fp_type": float} if digits <= 16 else {"fp_type": hy.real, "prec": bits}
    began = process_time()
    integrator = hy.taylor_adaptive(
        _heyoka_system(problem, real), start, compact_mode=digits > 16 or problem.size > 20, **options
    )
    built = process_time()
    integrator.propagate_until(real(time))
    done = process_time()
    return Outcome(done - built, [str(x) for x in integrator.state], float(time), built - began)


def heyoka_batch(problem: Problem, time: float, starts: Any, tolerance: float, lanes: int = 4) -> Outcome:
    """heyoka's batch mode in float64; the number of starts is cut to a multiple of `lanes`."""
    import heyoka as hy

    count = len(starts) // lanes * lanes
    began = process_time()
    integrator = hy.taylor_adaptive_batch(
        _heyoka_system(problem, float), np.array(starts[:lanes].T), tol=tolerance, fp_type=float
    )
    built = process_time()
    states = np.empty((count, problem.size))
    for k in range(0, count, lanes):
        integrator.set_time(np.zeros(lanes))
        integrator.state[:] = starts[k : k + lanes].T
        integrator.propagate_until(np.full(lanes, time))
        states[k : k + lanes] = integrator.state.T
    return Outcome(process_time() - built, states, time, built - began)
