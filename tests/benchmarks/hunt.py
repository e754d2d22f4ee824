"""How many candidates a hunt looks at per second: against a naive loop, over processes, and over a cluster.

    python tests/benchmarks/hunt.py [--quick] [--json FILE]

The naive loop is what one writes first: Hypothesis draws a balanced 2 by 2 start, SciPy's DOP853 follows its flow until
it fits the data, NumPy computes the slack. Both sides follow the same flows (depths 2 and 3, both signs of the
determinant) with the same truncation error to the same residual. Rates are per second of process CPU time, scaling is
in wall time. Idle cores are needed for the scaling to mean something: the load is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from verify.claims import Run, installed_claims
from verify.search import Hunt, run_hunt
from verify.search.draws import draw
from verify.search.flows import HORIZON
from verify.search.pipeline import hunt_of
from verify.search.shard import search, slack_of

SLUG = "shin-yun-2026/rank-is-never-lost"


def naive(seconds: float) -> dict[str, Any]:
    """Candidates per second of a Hypothesis and SciPy loop, run for about so many seconds."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
    from scipy.integrate import solve_ivp

    from verify.search.strategies import balanced_layers

    looked = [0]
    began, clock = time.process_time(), [0.0]

    def flow(layers: list[np.ndarray]) -> np.ndarray:
        shapes = [w.shape for w in layers]
        ends = np.cumsum([0] + [w.size for w in layers])

        def parts(state: np.ndarray) -> list[np.ndarray]:
            return [state[a:b].reshape(s) for a, b, s in zip(ends, ends[1:], shapes, strict=False)]

        def product(ws: list[np.ndarray]) -> np.ndarray:
            whole = np.eye(2)
            for w in ws:
                whole = w @ whole
            return whole

        def slope(_: float, state: np.ndarray) -> np.ndarray:
            ws = parts(state)
            residual = np.diag(np.diag(product(ws)) - 1)
            return -np.concatenate(
                [(product(ws[l + 1 :]).T @ residual @ product(ws[:l]).T).ravel() for l in range(len(ws))]
            )

        def fitted(_: float, state: np.ndarray) -> float:
            return float(np.abs(np.diag(product(parts(state))) - 1).max() - 1e-7)

        fitted.terminal = True  # type: ignore[attr-defined]
        start = np.concatenate([w.ravel() for w in layers])
        end = solve_ivp(slope, (0, HORIZON), start, method="DOP853", rtol=1e-8, atol=1e-8, events=fitted)
        return product(parts(end.y[:, -1]))

    @settings(
        max_examples=10**6,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(balanced_layers(depth=st.integers(2, 3), full_rank=True, max_value=1))
    def look(layers: tuple[Any, ...]) -> None:
        clock[0] = time.process_time() - began
        if clock[0] > seconds:
            raise TimeoutError
        floats = [np.array([[float(x) for x in row] for row in w]) for w in layers]
        start = np.linalg.det(floats[-1]) * np.linalg.det(floats[0])
        _ = np.linalg.det(flow(floats)) * np.sign(start)
        looked[0] += 1

    with suppress(TimeoutError), np.errstate(all="ignore"):
        look()
    return {"part": "naive loop", "candidates": looked[0], "seconds": clock[0], "rate": looked[0] / clock[0]}


def ours(hunt: Hunt, count: int, repeats: int) -> list[dict[str, Any]]:
    """Candidates per second of drawing and judging alone, and of whole shards with improvement and rounding."""

    def timed(act: Callable[[int], int]) -> tuple[int, float]:
        act(0)  # compiled and warm
        runs = []
        for k in range(repeats):
            began = time.process_time()
            looked = act(k + 1)
            runs.append((time.process_time() - began, looked))
        return runs[0][1], median(seconds for seconds, _ in runs)

    def judged(k: int) -> int:
        rng = np.random.default_rng(k)
        return sum(len(slack_of(chart, draw(rng, chart, count // len(hunt.charts)))) for chart in hunt.charts)

    rows = []
    for name, act in (("draw and judge", judged), ("whole shards", lambda k: search(hunt, seed=k, shard=0).drawn)):
        looked, seconds = timed(act)
        rows.append({"part": name, "candidates": looked, "seconds": seconds, "rate": looked / seconds})
    return rows


def scaling(cases: int, *, cluster: bool) -> list[dict[str, Any]]:
    """Wall time of one hunt in 1 and 2 processes, and over a local Dask cluster of 2 workers.

    Also the CPU time of all processes, from their start to their end: what distributing costs, on a busy machine, too.
    """
    from joblib.externals.loky import get_reusable_executor

    claim = installed_claims().get(SLUG)

    def spent() -> float:
        """CPU seconds of this process and of those that it started and that have ended."""
        return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

    def timed(name: str, **options: Any) -> dict[str, Any]:
        run_hunt(claim, cases=8192, seed=1, replay_stored=False, **options)  # processes started, code compiled
        began = time.perf_counter()
        report = run_hunt(claim, cases=cases, seed=2, replay_stored=False, **options)
        seconds = time.perf_counter() - began
        drawn = report.tally.drawn
        return {"part": name, "candidates": drawn, "seconds": seconds, "rate": drawn / seconds}

    rows = []
    before = spent()
    rows.append(timed("1 process") | {"cpu": spent() - before})
    before = spent()
    row = timed("2 processes", jobs=2)
    get_reusable_executor().shutdown(wait=True)
    rows.append(row | {"cpu": spent() - before})
    if cluster:
        from distributed import LocalCluster

        before = spent()
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:
            row = timed("Dask, 2 workers", cluster=local.scheduler_address)
        rows.append(row | {"cpu": spent() - before})
    return rows


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Measure, print, and return the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds instead of a minute; the figures mean little")
    parser.add_argument("--no-cluster", action="store_true", help="leave Dask out")
    parser.add_argument("--cases", type=int, default=400_000, help="candidates of the hunt that is distributed")
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    options = parser.parse_args(arguments)
    hunt = hunt_of(installed_claims().get(SLUG), Run())
    rows = [naive(1.0 if options.quick else 10.0)]
    rows += ours(hunt, 2_000 if options.quick else 40_000, 1 if options.quick else 5)
    for row in rows[1:]:
        row["against the naive loop"] = row["rate"] / rows[0]["rate"]
    rows += scaling(8_192 if options.quick else options.cases, cluster=not options.no_cluster)
    print(f"{SLUG}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for row in rows:
        ratio = f"  {row['against the naive loop']:8.0f} × the naive loop" if "against the naive loop" in row else ""
        if "cpu" in row:
            ratio = f"  {row['cpu']:8.1f} s of CPU in all"
        print(f"{row['part']:>18}  {row['candidates']:>8} in {row['seconds']:8.2f} s  {row['rate']:>10.0f} /s{ratio}")
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
