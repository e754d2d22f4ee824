"""The same integration as :mod:`verify.numeric.lanes`, in NumPy alone: slower, and the independent second path.

All trajectories of a chunk are one array axis, each with a step size of its own; those that have ended are dropped.
"""

from __future__ import annotations

import numpy as np

from verify.numeric.tables import SMALLEST_STATE, Course, Floats, Integers, Limits, Tables

#: Trajectories at a time: so many that NumPy's calls are paid for, so few that the series stay in the cache.
_CHUNK = 256


def advance(
    tables: Tables, states: Floats, horizons: Floats, *, tolerance: float, order: int, limits: Limits
) -> Course:
    """Carry `states`, shape (batch, parameters), to their horizons in place."""
    course = Course.blank(len(states))
    with np.errstate(all="ignore"):  # what overflows is told by its code
        for begin in range(0, len(states), _CHUNK):
            who = np.arange(begin, min(begin + _CHUNK, len(states)))
            _chunk(tables, states, horizons, who, course, tolerance, order, limits)
    return course


def _chunk(
    tables: Tables,
    states: Floats,
    horizons: Floats,
    who: Integers,
    course: Course,
    tolerance: float,
    order: int,
    limits: Limits,
) -> None:
    bounds = limits.escape * np.maximum(1.0, np.abs(states[who]).max(axis=1))
    before = np.zeros(len(who))
    while who.size:
        series = _jet(tables, states[who].T, order)
        motion = series[tables.parameters]
        largest = np.maximum(np.abs(motion[:, 0]).max(axis=0), SMALLEST_STATE)
        last, previous = (np.maximum(np.abs(motion[:, k]).max(axis=0), 1e-300) for k in (order, order - 1))
        gradient = np.sqrt((motion[:, 1] ** 2).sum(axis=0))
        residual = np.maximum(np.abs(series[tables.residuals, 0]).max(axis=0, initial=0.0), tables.floor)
        goal = tolerance * largest
        width = np.minimum((goal / last) ** (1 / order), (goal / previous) ** (1 / (order - 1)))
        time, end = course.times[who], horizons[who]
        codes = np.select(
            [
                time >= end,
                residual <= limits.residual,
                gradient <= limits.gradient,
                ~np.isfinite(gradient + last + previous),
                largest > bounds,
                time + width == time,
                course.steps[who] >= limits.steps,
            ],
            [0, 1, 2, 6, 3, 4, 5],
            default=-1,
        )
        course.codes[who] = codes
        going = codes < 0
        who, bounds, before = who[going], bounds[going], before[going]
        time, end, width, goal, largest = (x[going] for x in (time, end, width, goal, largest))
        final = time + width >= end
        made = np.where(final, goal * ((end - time) / width) ** (order - 1), goal)
        width = np.where(final, end - time, width)
        course.times[who] = np.where(final, end, time + width)
        course.steps[who] += 1
        course.local[who, :2] += np.stack([made, 2.0**-52 * largest], axis=1)
        course.local[who, 2] = np.maximum(made, before)
        before = made
        value = motion[:, order][:, going]
        for k in range(order - 1, -1, -1):
            value = value * width + motion[:, k][:, going]
        states[who] = value.T


def _jet(tables: Tables, state: Floats, order: int) -> Floats:
    """Taylor coefficients, shape (series, order + 1, trajectories), from a state, shape (parameters, trajectories)."""
    series = np.zeros((tables.series, order + 1, state.shape[1]))
    series[tables.parameters, 0] = state
    moving = tables.slopes >= 0
    steps = [
        (target, tables.left[a:b], tables.right[a:b], tables.factors[c:d], tables.linear[c:d], constant)
        for target, a, b, c, d, constant in zip(
            tables.targets,
            tables.starts,
            tables.starts[1:],
            tables.linear_starts,
            tables.linear_starts[1:],
            tables.constants,
            strict=False,
        )
    ]
    for k in range(order):
        for target, left, right, factors, linear, constant in steps:
            total = np.full(state.shape[1], constant if k == 0 else 0.0)
            for a, b in zip(left, right, strict=True):
                total += np.einsum("kt,kt->t", series[a, : k + 1], series[b, k::-1])
            for factor, a in zip(factors, linear, strict=True):
                total += factor * series[a, k]
            series[target, k] = total
        rate = -1.0 / (k + 1)
        series[tables.parameters[moving], k + 1] = rate * series[tables.slopes[moving], k]
        if k == 0:
            series[tables.parameters[~moving], 1] = -tables.speeds[~moving, None]
    return series
