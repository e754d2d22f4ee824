"""Speed against other integrators: ``python tests/benchmarks/run.py`` (``--help`` lists what can be restricted).

Everything runs in one process, in six minutes or so of CPU time; times are CPU seconds of the process, medians over
repetitions, compilation apart. Accuracy is what was reached, measured against reference solutions of 60 to 110 digits,
and a ratio compares our run with a peer's at the accuracy that the peer reached. Use ratios: seconds depend on the
machine and on its other work.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, inf, isfinite, log10
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import mpmath
import numpy as np
import peers

from verify.models import Observations, Problem, load_problem, symmetric_family
from verify.numeric import integrate
from verify.numeric.batch import integrate_batch
from verify.numeric.tables import Tables
from verify.rigorous import enclose_flow

DATA = Path(__file__).resolve().parent / "data"
PARTS = ("precise", "correct", "rigorous", "batch", "growth")
_BITS_PER_DIGIT = 3.3219280948873626
#: Orders per bit that make the fewest multiplications, for the bare cost.
_ORDER_PER_BIT = 0.35


@dataclass(frozen=True)
class Task:
    """A reference problem with its end time and its solution there."""

    name: str
    problem: Problem
    time: Fraction
    solution: tuple[str, ...]
    digits: int

    @classmethod
    def load(cls, name: str) -> Task:
        """From the data folder."""
        known = json.loads((DATA / f"{name}.reference.json").read_text(encoding="utf-8"))
        entries = tuple(x for layer in known["layers"] for row in layer for x in row)
        problem = load_problem(DATA / f"{name}.json")
        return cls(name, problem, Fraction(known["time"]), entries, known["correct_digits"])

    def achieved(self, state: Sequence[Any]) -> float:
        """Correct digits after the point of the worst entry."""
        context = mpmath.mp.clone()
        context.dps = self.digits + 20
        worst = max(abs(context.mpf(str(x)) - context.mpf(y)) for x, y in zip(state, self.solution, strict=True))
        return float(self.digits) if not worst else min(float(-context.log10(worst)), float(self.digits))


@dataclass
class Bench:
    """What was asked for, what was measured; `ours` remembers our own runs by problem and digits."""

    options: argparse.Namespace
    rows: list[dict[str, Any]] = field(default_factory=list)
    ours: dict[tuple[str, int], tuple[float, float, int]] = field(default_factory=dict)
    bare_costs: dict[int, float] = field(default_factory=dict)

    def timed(self, run: Callable[[], Any]) -> tuple[float, Any]:
        """Median CPU seconds, and what the last run gave; a long run is done once."""
        times: list[float] = []
        while len(times) < self.options.repeat and sum(times) < self.options.cap / 2:
            began = process_time()
            result = run()
            times.append(process_time() - began)
        return median(times), result

    def precise(self, task: Task, digits: int) -> tuple[float, float, int]:
        """CPU seconds, digits achieved and steps of our precise flow."""
        key = (task.name, digits)
        if key not in self.ours:
            seconds, flow = self.timed(lambda: integrate(task.problem, time=task.time, digits=digits, method="limbs"))
            state = [mpmath.nstr(x, digits + 25) for layer in flow.layers for row in layer for x in row]
            self.ours[key] = seconds, task.achieved(state), flow.steps
        return self.ours[key]

    def bare(self, task: Task, digits: int, steps: int) -> float:
        """CPU seconds of the multiplications alone: ``steps · products · N(N+1)/2`` of FLINT's integers."""
        bits = ceil(digits * _BITS_PER_DIGIT)
        if bits not in self.bare_costs:
            self.bare_costs[bits] = multiplication_cost(bits)
        order = _ORDER_PER_BIT * bits
        return steps * len(Tables.of(task.problem).left) * order * (order + 1) / 2 * self.bare_costs[bits]

    def add(self, part: str, **row: Any) -> None:
        """Print and keep a line."""
        self.rows.append({"part": part, **row})
        words = {"problem": "{}", "who": "{}", "digits": "{} digits", "size": "size {}", "depth": "depth {}"}
        head = " ".join(words[key].format(value) for key, value in row.items() if key in words)
        cells = [
            f"{key.replace('_', ' ')} {_shown(value)}"
            for key, value in row.items()
            if value is not None and key not in words
        ]
        print(f"  {head:<46} {' · '.join(cells)}", flush=True)


def multiplication_cost(bits: int) -> float:
    """CPU seconds of one multiply-add of two integers of so many bits in FLINT's dot product."""
    from flint import fmpz_mat

    count = 4000
    rng = np.random.default_rng(0)
    entries = [int.from_bytes(rng.bytes(bits // 8 + 1)) >> (8 - bits % 8) for _ in range(count)]
    row, column = fmpz_mat(1, count, entries), fmpz_mat(count, 1, entries)
    times = []
    for _ in range(7):
        began = process_time()
        for _ in range(5):
            row * column
        times.append(process_time() - began)
    return median(times) / (5 * count)


def fused_cost() -> float:
    """CPU seconds of one multiply-add of float64 numbers in NumPy's matrix product."""
    a = np.ones((384, 384))
    a @ a
    times = []
    for _ in range(5):
        began = process_time()
        for _ in range(5):
            a @ a
        times.append(process_time() - began)
    return max(median(times), 1e-9) / (5 * 384**3)


def precise_part(bench: Bench, tasks: list[Task]) -> None:
    """Our precise flow against mpmath, heyoka and SciPy."""
    print("\nPRECISE: CPU seconds to the end time; `ratio` is the peer's time over ours at the peer's accuracy")
    began = process_time()
    integrate(symmetric_family(2), time=Fraction(1, 10), digits=30, method="limbs")
    first = process_time() - began
    bench.add("precise", first_call=first)
    print(f" loading the compiled kernel (compiling it, where no cache has it) took {first:.2f} s, once")
    for task in tasks:
        print(f" {task.name}: {task.problem.size} variables, t = {task.time}")
        for digits in bench.options.digits:
            if digits > task.digits:
                print(f"  {digits} digits left out: the reference solution has {task.digits}")
                continue
            seconds, achieved, steps = bench.precise(task, digits)
            bare = seconds / bench.bare(task, digits, steps)
            bench.add(
                "precise",
                problem=task.name,
                digits=digits,
                who="rankproof",
                seconds=seconds,
                achieved=achieved,
                steps=steps,
                over_bare=bare,
            )
            float64 = inf
            if digits <= 16:
                start = [_floats(task.problem)]
                integrate_batch(task.problem, start, time=0)
                float64, flow = bench.timed(
                    lambda task=task, start=start: integrate_batch(
                        task.problem, start, time=task.time, tolerance=1e-15, estimate=False
                    )
                )
                who, row = "rankproof, float64 batch of one", {"problem": task.name, "digits": digits}
                bench.add("precise", **row, who=who, seconds=float64, achieved=task.achieved(flow.states[0].tolist()))
                peer = peers.scipy_dop853(task.problem, float(task.time), start[0], 1e-13)
                _compare(bench, task, digits, "scipy DOP853", peer, float64)
            if peers.heyoka_version() and digits <= bench.options.heyoka_digits:
                _compare(bench, task, digits, "heyoka", peers.heyoka(task.problem, task.time, digits), float64)
            peer = peers.mpmath_odefun(task.problem, task.time, digits, bench.options.cap)
            _compare(bench, task, digits, f"mpmath.odefun ({mpmath.libmp.BACKEND})", peer, float64)


def _compare(bench: Bench, task: Task, digits: int, who: str, peer: peers.Outcome, float64: float = inf) -> None:
    row: dict[str, Any] = {"problem": task.name, "digits": digits, "who": who, "seconds": peer.seconds}
    if peer.state is None:
        ours, _, _ = bench.precise(task, digits)
        row["note"] = f"stopped at t = {peer.reached:g} of {float(task.time):g}"
        whole = peer.seconds * float(task.time) / peer.reached if peer.reached else inf
        row["extrapolated_seconds"] = whole if isfinite(whole) else None
        row["ratio_at_least"] = peer.seconds / ours
        row["ratio_extrapolated"] = whole / ours if isfinite(whole) else None
    else:
        achieved = task.achieved(peer.state)
        # Ours must be as accurate as the peer was, whatever either was asked for: guard digits are no merit here.
        wanted = max(ceil(achieved - (bench.precise(task, digits)[1] - digits)), 1)
        ours, reached, _ = bench.precise(task, wanted)
        if reached < achieved:
            ours, reached, _ = bench.precise(task, wanted + ceil(achieved - reached))
        row |= {"achieved": achieved, "building": peer.building or None, "ratio": peer.seconds / ours}
        row["ours_achieved"] = reached
        if isfinite(float64):
            row["ratio_to_float64"] = peer.seconds / float64
    bench.add("precise", **row)


def correct_part(bench: Bench) -> None:
    """How many digits are right, up to 1000: against references where they have as many, else against a run with 40
    digits more, hence of other orders and steps. (That limbs and Python's integers agree is tested elsewhere.)"""
    print("\nCORRECT: digits right of those asked for; P1 to its end, the longest numbers over a part of the way")
    task = Task.load("P1")
    for digits, time in bench.options.correct:
        when = min(Fraction(time), task.time)
        seconds, flow = bench.timed(
            lambda digits=digits, when=when: integrate(task.problem, time=when, digits=digits, method="limbs")
        )
        state = [mpmath.nstr(x, digits + 25) for layer in flow.layers for row in layer for x in row]
        truth, against = task, "the reference solution"
        if when != task.time or digits > task.digits - 10:
            sure = integrate(task.problem, time=when, digits=digits + 40, method="limbs")
            entries = tuple(mpmath.nstr(x, digits + 60) for layer in sure.layers for row in layer for x in row)
            truth, against = Task("P1", task.problem, when, entries, digits + 35), "40 digits more"
        bench.add(
            "correct",
            digits=digits,
            time=float(when),
            achieved=truth.achieved(state),
            against=against,
            seconds=seconds,
            steps=flow.steps,
        )


def rigorous_part(bench: Bench, tasks: list[Task]) -> None:
    """Our enclosures, against our own precise flow and CAPD's recorded figures."""
    print("\nRIGOROUS: CPU seconds, radius proved; `over_precise` is the time over that of our precise flow")
    enclose_flow(tasks[0].problem, time=Fraction(2), digits=50)  # loads the compiled kernels
    for task in tasks:
        for digits in bench.options.digits:
            seconds, tube = bench.timed(
                lambda task=task, digits=digits: enclose_flow(task.problem, time=task.time, digits=digits)
            )
            ours, _, _ = bench.precise(task, digits)
            proved = -log10(tube.radius) if tube.radius > 1e-300 else None
            row: dict[str, Any] = {"problem": task.name, "digits": digits, "seconds": seconds}
            row |= {"digits_proved": proved, "steps": tube.steps, "over_precise": seconds / ours}
            bench.add("rigorous", **row)
            if task.name == "P1" and digits == 16:
                _capd(bench, task, seconds)


def _capd(bench: Bench, task: Task, ours: float) -> None:
    scale, how = 1.0, "its seconds on the other machine"
    if peers.heyoka_version() and bench.options.heyoka_digits >= 50:
        here = peers.heyoka(task.problem, task.time, 50).seconds
        scale, how = here / peers.CAPD["heyoka 50 digits"], "scaled by heyoka at 50 digits, there and here"
    bench.add(
        "rigorous",
        problem="P1",
        who="CAPD (recorded on another machine)",
        seconds=peers.CAPD["seconds"],
        digits_proved=-log10(peers.CAPD["radius"]),
        ratio=peers.CAPD["seconds"] * scale / ours,
        note=how,
    )


def batch_part(bench: Bench) -> None:
    """Our batch against loops over SciPy and heyoka's batch, on random starts around P1's."""
    task = Task.load("P1")
    count, time = bench.options.starts, float(task.time)
    print(f"\nBATCH: P1 to t = {time:g}, {count} random starts; trajectories per CPU second")
    noise = np.random.default_rng(0).standard_normal((count, task.problem.size))
    starts = np.array(_floats(task.problem)) + 0.01 * noise
    began = process_time()
    integrate_batch(task.problem, starts[:8], time=0.1)
    bench.add("batch", first_call=process_time() - began)
    truth = integrate_batch(task.problem, starts, time=time, tolerance=1e-16, estimate=False).states
    sample = min(bench.options.scipy_starts, count)
    speeds: dict[str, float] = {}
    errors: dict[str, float] = {}

    def record(who: str, seconds: float, states: Any, **more: Any) -> None:
        states = np.asarray(states)
        speeds[who] = len(states) / seconds
        errors[who] = float(np.abs(states - truth[: len(states)]).max())
        row = {"who": who, "per_second": speeds[who], "worst_error": errors[who], **more}
        if "scipy" in speeds:
            row["over_scipy"] = speeds[who] / speeds["scipy"]
        bench.add("batch", **row)

    runs = [peers.scipy_dop853(task.problem, time, start.tolist(), 1e-10) for start in starts[:sample]]
    record("scipy", sum(run.seconds for run in runs), [run.state for run in runs])
    if peers.heyoka_version():
        for tolerance in (1e-10, 1e-15):
            peer = peers.heyoka_batch(task.problem, time, starts, tolerance)
            record(f"heyoka batch {tolerance:g}", peer.seconds, peer.state, building=peer.building)
    for tolerance in (1e-10, 1e-15):
        for estimate in (True, False):
            seconds, flow = bench.timed(
                lambda tolerance=tolerance, estimate=estimate: integrate_batch(
                    task.problem, starts, time=time, tolerance=tolerance, estimate=estimate
                )
            )
            more: dict[str, Any] = {}
            if estimate:
                true = np.abs(flow.states - truth).max(axis=1)
                more["estimate_holds"] = float((flow.error >= true).mean())
                more["estimate_over_error"] = float(np.median(flow.error / np.maximum(true, 1e-17)))
            else:
                # The fewest multiply-adds: products · N(N+1)/2 per step, at the processor's best rate.
                order = 16 if tolerance > 1e-14 else 20
                work = int(flow.steps.sum()) * len(Tables.of(task.problem).left) * order * (order + 1) / 2
                more["over_bare"] = seconds / (work * fused_cost())
            name = f"rankproof {tolerance:g} ({flow.engine}{', with estimates' if estimate else ''})"
            record(name, seconds, flow.states, **more)


def growth_part(bench: Bench) -> None:
    """How our precise flow's time grows with digits, size and depth."""
    print("\nGROWTH: CPU seconds of the precise flow; `power` is the exponent since the line before")
    quick = bench.options.quick
    integrate(symmetric_family(2), time=Fraction(1, 10), digits=30, method="limbs")  # loads the compiled kernel
    sweeps: dict[str, list[tuple[int, Problem, int]]] = {
        "digits": [(d, _perturbed(3, 2), d) for d in ((20, 40) if quick else (25, 50, 100, 200, 400))],
        "size": [(n, _perturbed(3, n), 30) for n in ((1, 2) if quick else (2, 3, 4, 6, 8))],
        "depth": [(depth, _perturbed(depth, 2), 30) for depth in ((1, 2) if quick else (1, 2, 3, 4, 6, 8))],
    }
    for name, cases in sweeps.items():
        before: tuple[int, float] | None = None
        for value, problem, digits in cases:
            seconds, flow = bench.timed(
                lambda problem=problem, digits=digits: integrate(
                    problem, time=Fraction(2), digits=digits, method="limbs"
                )
            )
            power = (
                log10(seconds / before[1]) / log10(value / before[0]) if before and min(seconds, before[1]) else None
            )
            row = {name: value, "products": len(Tables.of(problem).left), "seconds": seconds, "steps": flow.steps}
            bench.add("growth", **row, seconds_per_step=seconds / max(flow.steps, 1), power=power)
            before = value, seconds


def _perturbed(depth: int, size: int) -> Problem:
    """A start near the symmetric one, without its symmetry; diagonal observations."""
    layers = [
        [
            [Fraction(2 if i == j else 1, 5) + Fraction((7 * i + 11 * j + 5 * k) % 13, 100) for j in range(size)]
            for i in range(size)
        ]
        for k in range(depth)
    ]
    return Problem.of(layers, Observations.diagonal(size))


def _floats(problem: Problem) -> list[float]:
    return [float(x) for x in peers.flat(problem)]


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    def listed(text: str) -> list[str]:
        return [x for x in text.split(",") if x]

    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="P1 alone, 16 digits, small batches")
    parser.add_argument("--only", type=listed, default=list(PARTS), help=f"parts, of {','.join(PARTS)}")
    parser.add_argument("--problems", type=listed, help="of P1,P2,P3")
    parser.add_argument("--digits", type=lambda text: [int(x) for x in listed(text)], help="such as 16,30,50,100")
    parser.add_argument("--heyoka-digits", type=int, help="heyoka takes part up to so many digits")
    parser.add_argument("--cap", type=float, help="CPU seconds after which mpmath.odefun is stopped")
    parser.add_argument("--repeat", type=int, help="runs of which the median counts")
    parser.add_argument("--starts", type=int, help="trajectories of the batch")
    parser.add_argument("--scipy-starts", type=int, help="of which so many are given to SciPy")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args(arguments)
    ordinary: dict[str, Any] = {"problems": ["P1", "P2", "P3"], "digits": [16, 30, 50, 100], "cap": 8.0, "repeat": 3}
    ordinary["correct"] = [(16, 50), (30, 50), (50, 50), (100, 50), (200, 50), (1000, 2)]
    ordinary |= {"starts": 10_000, "scipy_starts": 100, "heyoka_digits": 50}
    quick: dict[str, Any] = {
        "problems": ["P1"],
        "digits": [16],
        "cap": 0.5,
        "repeat": 1,
        "starts": 200,
        "scipy_starts": 3,
        "correct": [(16, 50), (200, 1)],
    }
    quick["heyoka_digits"] = 16
    for name, value in (quick if options.quick else ordinary).items():
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    if unknown := [part for part in options.only if part not in PARTS]:
        parser.error(f"{unknown[0]} is none of {', '.join(PARTS)}")
    return options


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Run what is asked for; the figures, one mapping per line printed."""
    bench = Bench(_options(arguments))
    tasks = [Task.load(name) for name in bench.options.problems]
    print(f"CPU seconds, medians of {bench.options.repeat}; heyoka {peers.heyoka_version() or 'is not installed'}")
    if "precise" in bench.options.only:
        precise_part(bench, tasks)
    if "correct" in bench.options.only:
        correct_part(bench)
    if "rigorous" in bench.options.only:
        rigorous_part(bench, tasks)
    if "batch" in bench.options.only:
        batch_part(bench)
    if "growth" in bench.options.only:
        growth_part(bench)
    if bench.options.json:
        bench.options.json.write_text(json.dumps(bench.rows, indent=1) + "\n", encoding="utf-8")
    return bench.rows


if __name__ == "__main__":
    main()
