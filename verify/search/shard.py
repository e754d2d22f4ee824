"""One shard of a hunt: draw, improve, round to rationals, look again in high precision, certify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.claims import Evidence, Outcome
from verify.search.draws import DENOMINATORS, draw, improve, plainness, polish, rounded
from verify.search.hunt import Chart, Hunt, Point, complexity
from verify.search.tally import EXTREMES, Find, Tally, histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Candidates of one shard, all charts together.
SHARD = 4_096
#: Points that evolve together.
_POPULATION = 64
#: How many float candidates are rounded, by size of the slack and at random.
_LOWEST, _RANDOM = 8, 24
#: What float64 makes of a slack whose data are known in high precision.
_PRECISE = 1e-13
#: Exact candidates that a chart hands to the certificate in one shard, at most.
TRIES = 4


def search(hunt: Hunt, *, seed: int, shard: int, cases: int = SHARD, tries: int = TRIES) -> Tally:
    """Search one shard. Equal arguments give an equal tally, apart from its `seconds`.

    Parameters
    ----------
    seed, shard
        What is drawn depends on these two alone.
    cases
        How many float candidates to look at, over all charts.
    tries
        How many exact candidates of each chart may go to the certificate.
    """
    began = perf_counter()
    share = max(cases // len(hunt.charts), 2)
    total = Tally()
    for k, chart in enumerate(hunt.charts):
        total += _search_chart(hunt, chart, np.random.default_rng([seed % 2**64, shard, k]), share, tries)
    return total + Tally(shards=(shard,), seconds=perf_counter() - began)


def _search_chart(hunt: Hunt, chart: Chart, rng: np.random.Generator, cases: int, tries: int) -> Tally:
    seen: list[tuple[Floats, Floats]] = []

    def evaluate(points: Floats) -> Floats:
        slack = slack_of(chart, points)
        seen.append((points, slack))
        return slack

    population = min(_POPULATION, cases // 4)
    rounds = cases // (2 * population) if population >= 4 else 0
    points = draw(rng, chart, cases - rounds * population)
    slack = evaluate(points)
    if rounds:
        lowest = np.argsort(np.where(np.isnan(slack), np.inf, slack), kind="stable")[:population]
        points, slack = improve(rng, chart, points[lowest], slack[lowest], evaluate, rounds=rounds - rounds // 2)
        # Where nothing is violated yet, the best go down further; where something is, more is gained by variety.
        violated_yet = any((values < -hunt.noise).any() for _, values in seen)
        go_on = improve if violated_yet else polish
        go_on(rng, chart, points, slack, evaluate, rounds=rounds // 2)
    points, slack = np.concatenate([p for p, _ in seen]), np.concatenate([s for _, s in seen])
    violated = slack < -hunt.noise
    tally = Tally(
        drawn=len(slack),
        admitted=int((~np.isnan(slack)).sum()),
        violated=int(violated.sum()),
        smallest=float(np.fmin.reduce(slack, initial=np.inf)),
        histogram=histogram(slack),
        extremes=_extremes(chart, points, slack),
    )
    exactly = _exact_candidates(hunt, chart, points, slack, rng)
    return tally + certify_some(hunt, chart, exactly, tries=tries)


def slack_of(chart: Chart, points: Floats) -> Floats:
    """The chart's slack at float points, shape (count,); floating-point warnings are the slack's own business."""
    with np.errstate(all="ignore"):
        slack = np.asarray(chart.slack(points), dtype=np.float64)
    if slack.shape != (len(points),):
        raise TypeError(f"the slack of chart {chart.name!r} has shape {slack.shape}, not ({len(points)},)")
    return slack


def slack_at(chart: Chart, points: Iterable[Point]) -> Floats:
    """The chart's float slack at exact points."""
    rows = [[float(x) for x in point] for point in points]
    return slack_of(chart, np.array(rows, dtype=np.float64).reshape(-1, chart.dimension)) if rows else np.empty(0)


def certify_some(hunt: Hunt, chart: Chart, candidates: Iterable[tuple[Point, float]], *, tries: int) -> Tally:
    """Hand exact candidates to the certificate, in the given order, until one is certified or `tries` were made.

    Only evidence that refutes, decides and carries a witness counts.
    """
    found: list[Find] = []
    counts = Counter[str]()
    reasons = Counter[str]()
    for point, slack in candidates:
        if found or counts["tried"] >= tries:
            break
        data = chart.data(point)
        if data is None:
            continue
        counts["tried"] += 1
        if chart.precise is not None:
            with np.errstate(all="ignore"):
                sharp = chart.precise(point)
            if sharp is not None and sharp > -_PRECISE:
                counts["dropped"] += 1
                continue
        evidence = hunt.certify(data)
        find = _find(chart, point, slack, data, evidence)
        if find is not None:
            found.append(find)
        else:
            counts["refused"] += 1
            reasons[" ".join(evidence.detail.split())[:120]] += 1
    return Tally(
        rounded=counts["tried"],
        dropped=counts["dropped"],
        refused=counts["refused"],
        certified=len(found),
        found=tuple(found),
        reasons=dict(reasons),
    )


def _find(chart: Chart, point: Point, slack: float, data: Any, evidence: Evidence) -> Find | None:
    if evidence.outcome is not Outcome.REFUTES or not evidence.assurance.decides or evidence.witness is None:
        return None
    return Find(
        chart=chart.name,
        point=point,
        slack=slack,
        complexity=complexity(data),
        assurance=evidence.assurance,
        detail=evidence.detail,
        witness=evidence.witness,
    )


def _extremes(chart: Chart, points: Floats, slack: Floats) -> tuple[tuple[float, str, tuple[float, ...]], ...]:
    lowest = np.argsort(np.where(np.isnan(slack), np.inf, slack), kind="stable")[:EXTREMES]
    rows = ((float(slack[k]), chart.name, tuple(points[k].tolist())) for k in lowest if not np.isnan(slack[k]))
    return tuple(sorted(rows))


def _exact_candidates(
    hunt: Hunt, chart: Chart, points: Floats, slack: Floats, rng: np.random.Generator
) -> list[tuple[Point, float]]:
    """Rational points near float candidates whose slack is negative still, simplest coordinates first; then, where
    high precision can tell, those whose slack is within the noise of zero.

    The lowest slacks are rounded even where none is negative: what a float search only approaches may be met exactly.
    """
    order = np.argsort(np.where(np.isnan(slack), np.inf, slack), kind="stable")
    chosen = list(order[:_LOWEST])
    violated = np.flatnonzero(slack < -hunt.noise)
    if len(violated):
        chosen += list(rng.choice(violated, min(_RANDOM, len(violated)), replace=False))
    exactly = list(dict.fromkeys(p for k in chosen for p in rounded(chart, points[k], DENOMINATORS)))
    values = slack_at(chart, exactly)
    below = -hunt.noise if chart.precise is None else hunt.noise
    kept = [(p, float(s)) for p, s in zip(exactly, values, strict=True) if s < below]
    return sorted(kept, key=lambda item: (item[1] >= -hunt.noise, plainness(item[0])))
