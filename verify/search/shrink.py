"""From a certified counterexample to the simplest one that still certifies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from verify.search.draws import plainness, simple_points
from verify.search.hunt import Chart, Hunt, Point, complexity
from verify.search.shard import certify_some, slack_at
from verify.search.tally import Find, Tally

if TYPE_CHECKING:
    from verify.search.hunt import Complexity

#: Simple points that a round looks at, over all charts; simplifications of the best point so far; certificates.
_POINTS, _NEAR, _TRIES = 3_000, 1_500, 4
#: Points of each of the two kinds, simplest coordinates first, whose exact data are made in a round.
_MADE = 150
_ROUNDS = 12


def shrink(
    hunt: Hunt, find: Find, *, seed: int, rounds: int = _ROUNDS, expired: Callable[[], bool] = lambda: False
) -> tuple[Find, Tally]:
    """The simplest counterexample found from `find` on, and the tally of what was handed to the certificate.

    Parameters
    ----------
    rounds
        How many rounds at most.
    expired
        Asked before each round: whether time is up.

    *Algorithm.* Every round gathers exact points of smaller complexity (:func:`~verify.search.hunt.complexity` of the
    data, not of the coordinates): simplifications of the best point (one or two coordinates moved to 0, ±1, a smaller
    denominator, halved, or to another coordinate) and, in every chart, points over small denominators that are drawn
    afresh. One batch of float slacks drops those that violate nothing; the others go to the certificate, simplest
    first, and the first that is certified is the new best. Two rounds without one end it.
    """
    charts = {chart.name: chart for chart in hunt.charts}
    best, done, idle = find, Tally(), 0
    failed: set[tuple[str, Point]] = set()
    for number in range(rounds):
        if idle > 1 or expired():
            break
        rng = np.random.default_rng([seed % 2**64, 2**32 + number])
        proposals: list[tuple[Complexity, str, Point, float]] = []
        for chart in hunt.charts:
            points = simple_points(rng, chart, _POINTS // len(hunt.charts), largest=4 if number % 2 == 0 else 8)
            proposals += _simpler(hunt, chart, points, best.complexity)
            if chart.name == best.chart:
                proposals += _simpler(hunt, chart, _near(chart, best.point, rng), best.complexity)
        proposals.sort(key=lambda one: one[:2])
        proposals = [one for one in dict.fromkeys(proposals) if one[1:3] not in failed][:_TRIES]
        improved = False
        for _, name, point, slack in proposals:
            tally = certify_some(hunt, charts[name], [(point, slack)], tries=1)
            done += tally
            if tally.found:
                best, improved = tally.found[0], True
                break
            failed.add((name, point))
        idle = 0 if improved else idle + 1
    return best, done


def _simpler(
    hunt: Hunt, chart: Chart, points: list[Point], than: Complexity
) -> Iterator[tuple[Complexity, str, Point, float]]:
    """Those of the points that seem to violate the statement and whose data are simpler, with complexity and slack."""
    slack = slack_at(chart, points)
    chosen = [(point, float(s)) for point, s in zip(points, slack, strict=True) if s < -hunt.noise]
    for point, s in sorted(chosen, key=lambda one: plainness(one[0]))[:_MADE]:
        data = chart.data(point)
        if data is not None and (size := complexity(data)) < than:
            yield size, chart.name, point, s


def _near(chart: Chart, point: Point, rng: np.random.Generator) -> list[Point]:
    """Simplifications of a point, a limited number of them."""
    moves = [list(dict.fromkeys(_smaller(point, k, whole=k in chart.whole))) for k in range(chart.dimension)]
    found: dict[Point, None] = {}
    for k, options in enumerate(moves):
        for value in options:
            found[_with(point, {k: value})] = None
    for denominator in range(1, 13):  # all coordinates at once
        found[tuple(Fraction(round(x * denominator), denominator) for x in point)] = None
    for sign in (Fraction(-1), Fraction(1, 2), Fraction(2), Fraction(10)):
        found[tuple(x if k in chart.whole else sign * x for k, x in enumerate(point))] = None
    pairs = [
        {i: x, j: y} for i, j in combinations(range(chart.dimension), 2) for x in moves[i][:6] for y in moves[j][:6]
    ]
    if len(pairs) > _NEAR:
        pairs = [pairs[k] for k in rng.choice(len(pairs), _NEAR, replace=False)]
    for change in pairs:
        found[_with(point, change)] = None
    return [one for one in found if one != point and chart.contains(one)]


def _smaller(point: Point, k: int, *, whole: bool) -> Iterator[Fraction]:
    """Simpler values for one coordinate, simplest first."""
    x = point[k]
    for value in (Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 2), -x):
        if value != x:
            yield value
    if whole:
        yield from (x - 1, x + 1)
        return
    for other in point:
        if other != x:
            yield other
    for denominator in range(1, min(x.denominator, 64)):
        yield Fraction(round(x * denominator), denominator)
    for step in (1, -1):
        yield Fraction(x.numerator + step, x.denominator)


def _with(point: Point, change: dict[int, Fraction]) -> Point:
    return tuple(change.get(k, x) for k, x in enumerate(point))
