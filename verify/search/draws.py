"""Candidates: how points of a chart are drawn, improved, and rounded to rationals over one small denominator."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from verify.search.hunt import Chart, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Denominators that are tried when a candidate is rounded, simplest first.
DENOMINATORS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 50, 64, 100, 128, 1000, 10**4, 10**6, 10**9)
#: Denominators of structured draws.
_SIMPLE = (1, 1, 2, 2, 3, 4, 4, 5, 8, 10, 20)


def draw(rng: np.random.Generator, chart: Chart, count: int) -> Floats:
    """Points of a chart, shape (count, dimension): half uniform or at a random smaller scale, half *structured*.

    A structured point is a vector of multiples of one simple fraction in which entries are zero, repeated or repeated
    with the other sign, each with a probability of its own. Statements tend to fail on such points first: a set of
    measure zero that no uniform draw meets is often met by them exactly.
    """
    half = count // 2
    return np.concatenate([_spread(rng, chart, half), structured(rng, chart, count - half)])


def _spread(rng: np.random.Generator, chart: Chart, count: int) -> Floats:
    low, high = _box(chart)
    points = rng.uniform(low, high, (count, chart.dimension))
    # A third of them at another scale, where the box allows it: 2^-8 to 1 of what was drawn, one scale per point.
    scale = np.where(rng.random((count, 1)) < 1 / 3, 2.0 ** rng.uniform(-8, 0, (count, 1)), 1.0)
    scale = np.repeat(scale, chart.dimension, axis=1)
    scale[:, list(chart.whole)] = 1.0
    return _inside(chart, points * scale)


def structured(
    rng: np.random.Generator, chart: Chart, count: int, denominators: Iterable[int] = _SIMPLE, reach: int = 0
) -> Floats:
    """Structured points; with `reach`, numerators are at most that large where the box allows it."""
    low, high = _box(chart)
    unit = rng.choice(np.array(tuple(denominators), dtype=np.float64), count)[:, None]
    first, last = np.ceil(low * unit), np.floor(high * unit)
    if reach:
        first, last = np.maximum(first, np.minimum(last, -reach)), np.minimum(last, np.maximum(first, reach))
    points = np.floor(rng.uniform(first, np.maximum(last, first) + 1)) / unit
    # Entries that repeat an earlier one, with either sign; then zeros. The shares differ from point to point.
    share = rng.choice([0.0, 0.3, 0.6, 0.9], (2, count))[:, :, None]
    source = (rng.random(points.shape) * np.arange(1, chart.dimension + 1)).astype(int)
    sign = rng.choice([-1.0, 1.0], points.shape)
    tied = rng.random(points.shape) < share[0]
    for k in range(1, chart.dimension):  # in order, so that an entry may repeat one that was itself repeated
        earlier = np.take_along_axis(points, source[:, k : k + 1], axis=1)[:, 0]
        points[:, k] = np.where(tied[:, k], sign[:, k] * earlier, points[:, k])
    points[rng.random(points.shape) < share[1] * 0.7] = 0.0
    return _inside(chart, points)


def improve(
    rng: np.random.Generator,
    chart: Chart,
    points: Floats,
    slack: Floats,
    evaluate: Callable[[Floats], Floats],
    *,
    rounds: int,
) -> tuple[Floats, Floats]:
    """Points of smaller slack near given ones, by SciPy's differential evolution: every round evaluates one batch.

    Its first batch are the given points once more. Where the slack is NaN the hypotheses fail, and the trial is lost.
    """
    if len(points) < 5 or rounds < 1:
        return points, slack
    from scipy.optimize import differential_evolution

    low, high = _box(chart)
    found = differential_evolution(
        lambda columns: np.nan_to_num(evaluate(_inside(chart, columns.T)), nan=np.inf),
        np.stack([low, high], axis=1),
        strategy="currenttobest1bin",
        init=points,
        maxiter=rounds - 1,
        mutation=(0.2, 0.9),
        recombination=0.5,
        tol=0.0,
        atol=-1.0,  # go on where all are equal
        rng=rng,
        polish=False,
        vectorized=True,
        updating="deferred",
    )
    return _inside(chart, found.population), found.population_energies


def polish(
    rng: np.random.Generator,
    chart: Chart,
    points: Floats,
    slack: Floats,
    evaluate: Callable[[Floats], Floats],
    *,
    rounds: int,
) -> tuple[Floats, Floats]:
    """Points of smaller slack in the direction in which the best of the given ones lie: narrow valleys, which
    :func:`improve` finds and descends slowly.

    Each round draws a batch from a normal distribution around the best point, with the covariance of the best quarter
    about their mean, at scales from a tenth to three times; the best of old and new go on (estimation of a
    multivariate normal distribution, Larrañaga & Lozano 2001, with elitism).
    """
    size = len(points)
    for _ in range(rounds):
        order = np.argsort(np.where(np.isnan(slack), np.inf, slack), kind="stable")
        elite = points[order[: max(4, size // 4)]]
        spread = (elite - elite.mean(axis=0)) / np.sqrt(len(elite))
        scale = 10.0 ** rng.uniform(-1, 0.5, (size, 1))
        trial = _inside(chart, points[order[0]] + scale * (rng.normal(size=(size, len(elite))) @ spread))
        found = evaluate(trial)
        points, slack = np.concatenate([points, trial]), np.concatenate([slack, found])
        order = np.argsort(np.where(np.isnan(slack), np.inf, slack), kind="stable")[:size]
        points, slack = points[order], slack[order]
    return points, slack


def rounded(chart: Chart, point: Floats, denominators: Iterable[int] = DENOMINATORS) -> list[Point]:
    """The point over each of the denominators, one common denominator at a time; those outside the box left out."""
    found = []
    for denominator in denominators:
        exactly = tuple(
            Fraction(round(x)) if k in chart.whole else Fraction(round(x * denominator), denominator)
            for k, x in enumerate(point.tolist())
        )
        if chart.contains(exactly) and exactly not in found:
            found.append(exactly)
    return found


def simple_points(
    rng: np.random.Generator, chart: Chart, count: int, *, largest: int = 6, spread: int = 4
) -> list[Point]:
    """About `count` points with small numerators over one small denominator, simplest first, no two equal.

    All of them with the smallest denominators where the chart has few coordinates; a structured draw where not.
    """
    found: dict[Point, None] = {}
    for denominator in range(1, largest + 1):
        axes = [_grid(chart, k, denominator, spread) for k in range(chart.dimension)]
        total = np.prod([float(len(axis)) for axis in axes])
        if total <= count:
            grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, chart.dimension)
        else:
            grid = structured(rng, chart, count // largest, (denominator,), spread * denominator)
            ends = np.array([[axis[0], axis[-1]] if len(axis) else [1.0, 0.0] for axis in axes])
            # Clipping to the box may have left the multiples of the fraction.
            grid = grid[((grid >= ends[:, 0]) & (grid <= ends[:, 1])).all(axis=1)]
        numerators = np.unique(np.round(grid * denominator).astype(np.int64), axis=0)
        fractions = {k: Fraction(k, denominator) for k in np.unique(numerators).tolist()}
        found.update((tuple(fractions[k] for k in row), None) for row in numerators.tolist())
    return sorted(found, key=plainness)


def plainness(point: Point) -> tuple[int, int, int]:
    """How complicated coordinates are, cheaply: digits, then sizes, then signs."""
    digits = size = signs = 0
    for x in point:
        above, below = x.numerator, x.denominator
        digits += len(str(above)) + (len(str(below)) + 1 if below > 1 else 0)
        size += abs(above) + (below if below > 1 else 0)
        signs += above < 0
    return digits, size, signs


def _grid(chart: Chart, axis: int, denominator: int, spread: int) -> Floats:
    unit = 1 if axis in chart.whole else denominator
    first, last = ceil(chart.lower[axis] * unit), floor(chart.upper[axis] * unit)
    reach = spread * unit if axis not in chart.whole else max(abs(first), abs(last))
    first, last = max(first, min(last, -reach)), min(last, max(first, reach))
    return np.arange(first, last + 1, dtype=np.float64) / unit


def _box(chart: Chart) -> tuple[Floats, Floats]:
    return np.array(chart.lower, dtype=np.float64), np.array(chart.upper, dtype=np.float64)


def _inside(chart: Chart, points: Floats) -> Floats:
    """Points moved into the box, whole coordinates rounded."""
    low, high = _box(chart)
    points = np.clip(points, low, high)
    whole = list(chart.whole)
    points[:, whole] = np.clip(np.round(points[:, whole]), np.ceil(low[whole]), np.floor(high[whole]))
    return points
