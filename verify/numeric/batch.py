"""Thousands of float64 trajectories of one flow at once, each with its own steps, error estimate and end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from itertools import pairwise
from math import isfinite, prod
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from verify.arithmetic import FloatAlgebra, InputError, evaluate, exact
from verify.arithmetic.errors import shown
from verify.models import Model
from verify.numeric.tables import SMALLEST_STATE, Course, Floats, Integers, Limits, Tables

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Engine = Literal["auto", "compiled", "numpy"]
#: A second, coarser run of every trajectory shows how errors grow along it; its tolerance is this power of the first's.
_COARSE = 0.8
#: The estimate is made larger by this factor. Errors of a step have signs, and growth is measured from one sample.
_SAFETY = 4.0
#: A coarse run that is off by more, relative to the state, tells no more how small errors grow.
_TELLING = 1e-2


class Status(Enum):
    """Why a trajectory ended where it did."""

    REACHED = "the time asked for was reached"
    FITTED = "stopped early: every observed entry is within stop_residual of its value"
    STATIONARY = "stopped early: the gradient is shorter than stop_gradient, at a limit or next to a saddle"
    ESCAPED = "stopped early: an entry outgrew the bound `escape`; the flow may have no limit"
    STALLED = "stopped early: the steps became too short to move the time; no more accuracy is to be had"
    STEPS = "stopped early: max_steps steps did not suffice; the flow is stiff, or the time long"
    NOT_FINITE = "stopped early: float64 overflowed; scale the problem down or take verify.numeric.integrate"


_STATUS = tuple(Status)


@dataclass(frozen=True)
class BatchFlow:
    """Where the trajectories ended; the first axis of every array is the trajectory. Approximate.

    Attributes
    ----------
    states
        the parameters, shape (batch, parameters): layers W_1 first, row by row.
    product
        the end-to-end matrices, shape (batch, rows, columns).
    residual, gradient, loss
        at the end: largest absolute observed residual, Euclidean length of the gradient, ``½ Σ r²``.
    time
        where each ended, in the flow's own unit.
    error
        estimate of the largest error of any entry of the state (not a bound); inf where nothing can be said, NaN
        when none was asked for.
    steps
        Taylor steps taken, those for the estimate not included.
    codes
        ``tuple(Status)[code]`` is why it ended.
    seconds, engine
        wall time of the whole batch, and what integrated: ``"compiled"`` or ``"numpy"``.
    """

    shapes: tuple[tuple[int, int], ...]
    states: Floats
    product: Floats
    residual: Floats
    gradient: Floats
    loss: Floats
    time: Floats
    error: Floats
    steps: Integers
    codes: Integers
    seconds: float
    engine: str

    @property
    def layers(self) -> tuple[Floats, ...]:
        """The layers, W_1 first, each of shape (batch, rows, columns); views of `states`."""
        return _layers(self.shapes, self.states)

    @property
    def status(self) -> tuple[Status, ...]:
        """Why each trajectory ended."""
        return tuple(_STATUS[code] for code in self.codes)

    def counts(self) -> dict[Status, int]:
        """How many ended for each reason that occurred."""
        return {_STATUS[code]: count for code, count in sorted(Counter(self.codes.tolist()).items())}


class _Engine(Protocol):
    def __call__(
        self, tables: Tables, states: Floats, horizons: Floats, *, tolerance: float, order: int, limits: Limits
    ) -> Course: ...


def integrate_batch(
    problem: Model,
    starts: ArrayLike | Sequence[ArrayLike],
    *,
    time: object,
    tolerance: float = 1e-10,
    stop_residual: float | None = None,
    stop_gradient: float | None = None,
    escape: float = 1e6,
    max_steps: int = 10_000,
    estimate: bool = True,
    threads: int = 1,
    engine: Engine = "auto",
) -> BatchFlow:
    """The gradient flows of one problem from many starts, in float64.

    Parameters
    ----------
    problem
        gives the shapes and the observations; its own start plays no part, and neither do constraints (balls, signs):
        what is integrated is the plain gradient flow.
    starts
        shape (batch, parameters), layers W_1 first, row by row; or one array of shape (batch, rows, columns) for every
        layer. Left as they are.
    time
        how far to go, in the flow's own unit, as any exact number or a float; None for as far as it takes to stop,
        which needs `stop_residual` or `stop_gradient`.
    tolerance
        truncation error that a step may make, relative to the largest entry of the state; 1e-16 to 1e-2.
    stop_residual, stop_gradient
        end a trajectory when the largest absolute observed residual, or the length of the gradient, is not above this.
        Looked at between steps.
    escape
        end a trajectory when an entry exceeds this times the start's largest entry or 1.
    max_steps
        end a trajectory after so many steps.
    estimate
        whether to estimate errors, which takes about as long again.
    threads
        over how many threads the batch is spread; the NumPy engine gains little by them.
    engine
        ``"compiled"`` (needs numba), ``"numpy"`` (slower by an order of magnitude), or ``"auto"``: the first if it can
        be had.

    Notes
    -----
    *Algorithm.* Taylor's method of order 8 to 20, order from the tolerance, step from the last two coefficients, so
    that their terms stay below the tolerance (Jorba & Zou 2005).

    *Estimate.* Every trajectory is run again to the same time, with tolerance ``tolerance^0.8``, an order less by four,
    and from a start moved by that tolerance in a fixed random direction. The distance D of the two ends, over the move
    plus the sum of the truncation errors allowed to the second run, is how much errors grow on the way. The estimate is
    four times that growth times the sum of the errors allowed to the first run, plus its rounding errors grown
    likewise; at least what the last two steps were allowed; at least D where D exceeds a hundredth of the state.

    *Memory.* A few times that of `starts`, and the series of eight trajectories per thread (``"numpy"``: of 256).

    Raises
    ------
    InputError
        for starts of another shape or not finite, and for options out of range.
    """
    began = perf_counter()
    states = _states(problem, starts)
    limits = _limits(time, tolerance, stop_residual, stop_gradient, escape, max_steps)
    horizon = np.inf if time is None else float(time) if isinstance(time, float) else float(exact(time, "time"))
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError("threads", f"{shown(threads)} is no number of threads", "give 1 or more")
    run, name = _engine(engine, threads)
    tables = Tables.of(problem)
    begin = states.copy() if estimate else states  # the engine overwrites
    order = _order(tolerance)
    course = run(tables, states, np.full(len(states), horizon), tolerance=tolerance, order=order, limits=limits)
    error = np.full(len(states), np.nan)
    if estimate:
        coarse = tolerance**_COARSE
        shift = coarse * np.maximum(np.abs(begin).max(axis=1, initial=0.0), SMALLEST_STATE)
        begin += shift[:, None] * np.random.default_rng(0).choice([-1.0, -0.75, 0.75, 1.0], problem.size)
        free = Limits(-1.0, -1.0, np.inf, 10 * max_steps)
        # Of another order, since short flows are a single step, and its polynomial would be the same.
        second = run(tables, begin, course.times, tolerance=coarse, order=order - 4, limits=free)
        error = _error(states, course, begin, second, shift)
    return _result(problem, states, course, error, perf_counter() - began, name)


def _error(states: Floats, course: Course, others: Floats, coarse: Course, shift: Floats) -> Floats:
    """See *Estimate* in :func:`integrate_batch`."""
    with np.errstate(all="ignore"):
        distance = np.abs(states - others).max(axis=1)
        size = np.maximum(np.abs(states).max(axis=1), SMALLEST_STATE)
        growth = np.where(course.steps > 0, distance / (coarse.local[:, 0] + shift), 0.0)
        error = _SAFETY * (growth * course.local[:, 0] + np.maximum(growth, 1.0) * course.local[:, 1])
        error = np.maximum(error, course.local[:, 2])
        error = np.where(distance > _TELLING * size, np.maximum(error, distance), error)
    finite = (course.codes != _STATUS.index(Status.NOT_FINITE)) & (coarse.codes == 0)
    return np.where(finite & np.isfinite(error), error, np.inf)


def _result(problem: Model, states: Floats, course: Course, error: Floats, seconds: float, engine: str) -> BatchFlow:
    layers = dict(zip(problem.names, _layers(problem.shapes, states), strict=True))
    with np.errstate(all="ignore"):
        algebra = FloatAlgebra()
        slopes = evaluate(problem.gradient, layers, algebra)
        residual = slopes["residual"]
        squares = sum((slopes["d" + name] ** 2).sum(axis=(1, 2)) for name in problem.names)
        return BatchFlow(
            shapes=problem.shapes,
            states=states,
            product=evaluate(problem.program, layers, algebra)["product"],
            residual=np.abs(residual).max(axis=(1, 2)),
            gradient=np.sqrt(squares),
            loss=(residual**2).sum(axis=(1, 2)) / 2,
            time=course.times,
            error=error,
            steps=course.steps,
            codes=course.codes,
            seconds=seconds,
            engine=engine,
        )


def _order(tolerance: float) -> int:
    """The order that is fastest, by measurement; a multiple of 4."""
    return 8 if tolerance >= 1e-6 else 12 if tolerance >= 1e-9 else 16 if tolerance >= 3e-15 else 20


def _engine(engine: str, threads: int) -> tuple[_Engine, str]:
    if engine not in ("auto", "compiled", "numpy"):
        raise InputError("engine", f"{shown(engine)} is not known", "use auto, compiled or numpy")
    compiled = find_spec("numba") is not None
    if engine == "compiled" and not compiled:
        raise InputError("engine", "numba is not installed", "install it, or use numpy")
    if engine == "numpy" or not compiled:
        from verify.numeric.lockstep import advance as serial

        name = "numpy"
    else:
        from verify.numeric.lanes import advance as serial

        name = "compiled"
    run: _Engine = serial
    if threads == 1:
        return run, name

    def spread(
        tables: Tables, states: Floats, horizons: Floats, *, tolerance: float, order: int, limits: Limits
    ) -> Course:
        def part(piece: slice) -> Course:
            return run(tables, states[piece], horizons[piece], tolerance=tolerance, order=order, limits=limits)

        ends = np.linspace(0, len(states), threads + 1).astype(int).tolist()
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(part, (slice(a, b) for a, b in pairwise(ends))))
        columns = ([getattr(p, field) for p in parts] for field in ("times", "steps", "local", "codes"))
        return Course(*(np.concatenate(column) for column in columns))

    return spread, name


def _layers(shapes: tuple[tuple[int, int], ...], states: Floats) -> tuple[Floats, ...]:
    ends = np.cumsum([prod(shape) for shape in shapes])[:-1]
    parts = np.split(states, ends, axis=1)
    return tuple(part.reshape(-1, *shape) for part, shape in zip(parts, shapes, strict=True))


def _states(problem: Model, starts: Any) -> Floats:
    """A fresh C-contiguous array (batch, parameters)."""
    if not isinstance(starts, np.ndarray) and isinstance(starts, Sequence) and len(starts) == len(problem.names):
        layers = [_floats(layer, f"starts[{k}]") for k, layer in enumerate(starts)]
        if all(layer.ndim == 3 for layer in layers):
            for k, (layer, shape) in enumerate(zip(layers, problem.shapes, strict=True)):
                if layer.shape != (len(layers[0]), *shape):
                    raise InputError(
                        f"starts[{k}]",
                        f"is of shape {layer.shape}",
                        f"{problem.names[k]} of {len(layers[0])} starts is of shape {(len(layers[0]), *shape)}",
                    )
            return np.concatenate([layer.reshape(len(layer), -1) for layer in layers], axis=1)
    states = _floats(starts, "starts")
    if states.ndim != 2 or states.shape[1] != problem.size:
        raise InputError(
            "starts",
            f"is of shape {states.shape}",
            f"give (batch, {problem.size}), or an array (batch, rows, columns) for each of {', '.join(problem.names)}",
        )
    return states


def _floats(values: Any, where: str) -> Floats:
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(where, "is no array: its rows differ in length", "give every trajectory as many") from None
    if array.dtype.kind not in "fiu":
        raise InputError(where, f"holds {array.dtype}, no real numbers", "give floats")
    array = np.array(array, dtype=np.float64, order="C")
    if not np.isfinite(array).all():
        bad = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(where, f"entry {bad} is {array[bad]}", "starts are finite")
    return array


def _limits(
    time: object, tolerance: float, residual: float | None, gradient: float | None, escape: float, steps: int
) -> Limits:
    if time is None and residual is None and gradient is None:
        raise InputError("time", "is None, and so are stop_residual and stop_gradient", "nothing ends the flow")
    if isinstance(time, float) and not (isfinite(time) and time >= 0):
        raise InputError("time", f"{time} is no time", "give a finite one from 0 on, or None")
    if time is not None and not isinstance(time, float) and exact(time, "time") < 0:
        raise InputError("time", f"{shown(time)} is negative", "the flow starts at time 0")
    if not _real(tolerance) or not 1e-16 <= tolerance <= 1e-2:
        raise InputError("tolerance", f"{shown(tolerance)} is out of range", "ask for 1e-16 to 1e-2")
    for value, where in ((residual, "stop_residual"), (gradient, "stop_gradient")):
        if value is not None and not (_real(value) and isfinite(value) and value >= 0):
            raise InputError(where, f"{shown(value)} is no threshold", "give a finite number from 0 on, or None")
    if not _real(escape) or not escape > 1:
        raise InputError("escape", f"{shown(escape)} is no bound", "give a number above 1")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise InputError("max_steps", f"{shown(steps)} is no number of steps", "give 1 or more")
    return Limits(
        -1.0 if residual is None else float(residual),
        -1.0 if gradient is None else float(gradient),
        float(escape),
        steps,
    )


def _real(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
