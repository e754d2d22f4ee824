"""The whole hunt: stored witnesses first, then shard after shard, then the simplest and the worst counterexample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, isfinite
from time import monotonic
from typing import Any

import numpy as np

from verify.arithmetic import InputError, Progress, silent
from verify.claims import Claim, Evidence, Level, Run, Scope, Witness, can_be_loaded, load_claim, refuted_by, replay
from verify.claims.verdict import Assurance
from verify.search.draws import rounded
from verify.search.hunt import Hunt
from verify.search.shard import SHARD, certify_some, search, slack_at
from verify.search.shrink import shrink
from verify.search.tally import Find, Tally, decade_text, merged
from verify.search.workers import Workers, here, workers

#: Names the format of a report.
HUNT_SCHEMA = "rankproof/hunt/1"


@dataclass(frozen=True, kw_only=True)
class Trophy:
    """A counterexample with what the independent path said of it."""

    find: Find
    recheck: Evidence | None

    @property
    def confirmed(self) -> bool:
        """Whether the claim's own recheck refutes, too."""
        return self.recheck is not None and refuted_by(self.recheck)

    def to_json(self) -> dict[str, Any]:
        """The find, and the recheck's evidence."""
        return self.find.to_json() | {
            "confirmed": self.confirmed,
            "recheck": self.recheck.to_json() if self.recheck else None,
        }


@dataclass(frozen=True, kw_only=True)
class HuntReport:
    """What a hunt found.

    Attributes
    ----------
    tally
        Counts, histogram of slacks, certified finds, over the shards that were searched.
    replayed
        Stored witnesses with what the recheck says of them now; they come before any search.
    simplest, worst
        The counterexample of smallest data, and that of smallest slack; None where none was certified, or looked for.
    planned
        How many shards were wanted; `unfinished` says that an interrupt or the budget came first.
    """

    slug: str
    twin: bool
    without: str
    seed: int
    about: str
    tally: Tally
    replayed: tuple[tuple[Witness, Evidence], ...] = ()
    simplest: Trophy | None = None
    worst: Trophy | None = None
    planned: int = 0
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def refuted(self) -> bool:
        """Whether a counterexample was certified and confirmed, now or from the store."""
        found = any(one is not None and one.confirmed for one in (self.simplest, self.worst))
        return found or any(refuted_by(answer) for _, answer in self.replayed)

    @property
    def unfinished(self) -> bool:
        """Whether fewer shards were searched than planned."""
        return len(self.tally.shards) < self.planned

    def evidence(self) -> Evidence:
        """The hunt as evidence: a refutation with its witness, or a sample that supports."""
        for trophy in (self.simplest, self.worst):
            if trophy is not None and trophy.confirmed:
                find = trophy.find
                return Evidence.refutes(
                    kind="hunt",
                    assurance=find.assurance,
                    scope=Scope.instances(f"hunted in {find.chart}"),
                    detail=find.detail,
                    witness=find.witness,
                )
        tally = self.tally
        slack = f"{tally.smallest:.3g}" if isfinite(tally.smallest) else None
        return Evidence.supports(
            kind="hunt",
            assurance=Assurance.SAMPLED,
            scope=Scope.instances(f"float64 candidates of seed {self.seed}, shards {_ranges(tally.shards)}"),
            detail=f"{tally.admitted} candidates satisfied the hypotheses; smallest slack {slack or 'unknown'}; "
            f"{tally.refused + tally.dropped} looked like counterexamples and were none",
            instances=tally.admitted,
            slack=slack,
        )

    def to_json(self) -> dict[str, Any]:
        """The form that ``verify hunt --json`` prints. Slacks are floats: they rank and prove nothing."""
        return {
            "schema": HUNT_SCHEMA,
            "slug": self.slug,
            "twin": self.twin,
            "without": self.without or None,
            "seed": self.seed,
            "about": self.about,
            "refuted": self.refuted,
            "simplest": self.simplest.to_json() if self.simplest else None,
            "worst": self.worst.to_json() if self.worst else None,
            "replayed": [
                {"digest": witness.digest, "refutes": refuted_by(answer), "detail": answer.detail}
                for witness, answer in self.replayed
            ],
            "tally": self.tally.to_json(),
            "planned": self.planned,
            "unfinished": self.unfinished,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
        }


def nothing_varies(claim: Claim, run: Run) -> bool:
    """Whether a claim (or its twin, or the claim without a hypothesis) that is not hunted has nothing to hunt: its hunt
    says so by describing none, or it names instances."""
    return claim.hunter_without(run.without) is not None or claim.scope.level is Level.INSTANCES


def hunt_of(claim: Claim, run: Run) -> Hunt:
    """The hunt that was written for a claim, for its twin, or for the claim without a hypothesis.

    Raises
    ------
    InputError
        when there is none.
    """
    hunter = claim.hunter_without(run.without)
    described = None if hunter is None else hunter(replace(run, claim=claim.slug))
    if run.without and run.without not in (one.drops for one in claim.ablations):
        tried = "; ".join(one.drops for one in claim.ablations) or "none"
        raise InputError(f"claim {claim.slug!r}", f"does not drop {run.without!r}", f"what can be dropped: {tried}")
    if described is None:
        what = f"the negative twin of {claim.slug!r}" if run.twin else f"claim {claim.slug!r}"
        what += f" without {run.without!r}" if run.without else ""
        if nothing_varies(claim, run):
            fixed = claim.scope.text if claim.scope.level is Level.INSTANCES and not run.twin else "fixed data"
            raise InputError(what, f"speaks of {fixed}: nothing varies", "decide it with verify check")
        raise InputError(what, "has no hunt", "write one with @….hunt; verify.search shows how")
    if not isinstance(described, Hunt):
        raise TypeError(f"the hunt of {claim.slug} returned {type(described).__name__}, not Hunt")
    return described


def run_hunt(
    claim: Claim,
    *,
    twin: bool = False,
    without: str = "",
    cases: int | None = None,
    budget: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    cluster: str | None = None,
    shards: Iterable[int] | None = None,
    first: bool = False,
    earlier: Iterable[Mapping[str, Any]] = (),
    replay_stored: bool = True,
    progress: Progress = silent,
) -> HuntReport:
    """Hunt for a counterexample to a claim, to its negative twin, or to the claim without a hypothesis.

    Parameters
    ----------
    without
        The hypothesis that is dropped: one of ``claim.ablations``.
    cases
        How many float candidates to look at; the hunt's own number where this is None.
    budget
        Seconds after which no further shard, and no further round of shrinking, is begun.
    seed, shards
        What is looked at depends on these (and `cases`) alone, not on `jobs` or `cluster`. Shards are numbers from 0
        on; searching 0 to 9 here and 10 to 19 elsewhere, and adding the tallies, is searching 0 to 19.
    jobs, cluster
        Number of processes, or the address of a Dask scheduler.
    first
        Whether to stop at the first shard with a certified counterexample, and to look for the simplest one only, not
        for the worst.
    earlier
        Tallies (``to_json()["tally"]``) of other parts of the same hunt, of the same seed: their shards are not
        searched again, what they found is shrunk and reported with the rest.
    replay_stored
        Whether the claim's stored witnesses come first.

    Returns
    -------
    HuntReport
        also after an interrupt (Ctrl-C), with what was found until then.

    Raises
    ------
    InputError
        when the claim has no hunt, for options out of range, and for a cluster that does not answer.
    """
    began = monotonic()
    run = Run(claim=claim.slug, twin=twin, without=without, seed=seed)
    hunt = hunt_of(claim, run)
    size = min(cases or hunt.cases, SHARD)
    wanted = _shards(cases if cases is not None else hunt.cases, shards)
    if budget is not None and not budget > 0:
        raise InputError("budget", f"{budget} is no time", "give a positive number of seconds")
    crew = workers(jobs=jobs, cluster=cluster)
    if crew is not here and not can_be_loaded(claim):
        crew = here  # a claim of a notebook exists in this process alone

    def expired() -> bool:
        return budget is not None and monotonic() - began > budget

    stored: list[tuple[Witness, Evidence]] = []
    tally, interrupted = merged(Tally.from_json(part) for part in earlier), False
    planned = len(set(wanted) | set(tally.shards))
    wanted = [shard for shard in wanted if shard not in tally.shards]
    simplest = worst = None
    try:
        for witness in claim.stored(twin=twin, without=without) if replay_stored and claim.rechecker else ():
            progress(0.0, "stored witnesses")
            stored.append((witness, replay(claim, witness, run)))
        for part in _parts(crew, claim, hunt, run, wanted, size, first):
            tally += _addressed(part, claim, run)
            progress(0.9 * len(tally.shards) / planned, _message(tally))
            if (first and tally.found) or expired():
                break
        if tally.found:
            progress(0.9, "shrinking")
            smallest, done = shrink(hunt, tally.found[0], seed=seed, expired=expired)
            tally += _addressed(done, claim, run)
            simplest = _trophy(claim, smallest, run)
            if not simplest.confirmed:  # another path disagrees; perhaps not about the others
                trophies = (_trophy(claim, find, run) for find in tally.found if find is not smallest)
                simplest = next((one for one in trophies if one.confirmed), simplest)
        if tally.found and simplest is not None and not first:
            progress(0.97, "the worst")
            deepest, done = _worst(hunt, tally)
            tally += _addressed(done, claim, run)
            worst = simplest if deepest.point == simplest.find.point else _trophy(claim, deepest, run)
    except KeyboardInterrupt:
        interrupted = True
        if simplest is None and tally.found:
            simplest = _trophy(claim, tally.found[0], run)
    return HuntReport(
        slug=claim.slug,
        twin=twin,
        without=without,
        seed=seed,
        about=hunt.about,
        tally=tally,
        replayed=tuple(stored),
        simplest=simplest,
        worst=worst,
        planned=planned,
        interrupted=interrupted,
        seconds=monotonic() - began,
    )


@dataclass(frozen=True)
class ShardTask:
    """What another process needs in order to search a shard: names and numbers, since functions do not travel well."""

    module: str
    file: str
    run: Run
    shard: int
    cases: int


def perform(task: ShardTask) -> Tally:
    """Search one shard, in whatever process this is."""
    from os import environ

    # Small matrices gain nothing by threads, and every worker would start as many as there are cores.
    environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    claim = load_claim(task.module, task.file, task.run.claim)
    return search(hunt_of(claim, task.run), seed=task.run.seed, shard=task.shard, cases=task.cases)


def _parts(
    crew: Workers, claim: Claim, hunt: Hunt, run: Run, wanted: list[int], size: int, first: bool
) -> Iterator[Tally]:
    """The tallies of the shards: in their order where the first find ends the hunt, else as they are done."""
    if crew is here:
        yield from (search(hunt, seed=run.seed, shard=shard, cases=size) for shard in wanted)
        return
    tasks = [ShardTask(claim.module, claim.file, run, shard, size) for shard in wanted]
    early: dict[int, Tally] = {}
    place = 0
    for task, tally in crew(perform, tasks):
        if not first:
            yield tally
            continue
        early[task.shard] = tally
        while place < len(wanted) and wanted[place] in early:
            yield early.pop(wanted[place])
            place += 1


def _worst(hunt: Hunt, tally: Tally) -> tuple[Find, Tally]:
    """The find of smallest slack, after a try at the smallest float slacks that were seen."""
    best, done = min(tally.found, key=lambda one: one.slack), Tally()
    charts = {chart.name: chart for chart in hunt.charts}
    for slack, name, at in tally.extremes:
        if slack >= best.slack:
            break
        chart = charts[name]
        points = rounded(chart, np.array(at), (10, 100, 1000, 10**6))
        values = slack_at(chart, points)
        lower = [(p, float(s)) for p, s in zip(points, values, strict=True) if s < best.slack]
        part = certify_some(hunt, chart, lower, tries=1)
        done += part
        if part.found:
            best = part.found[0]
            break
    return best, done


def _addressed(tally: Tally, claim: Claim, run: Run) -> Tally:
    """The same, its witnesses addressed to the claim, so that they can be stored and replayed."""
    return replace(tally, found=tuple(_address(one, claim, run) for one in tally.found))


def _address(find: Find, claim: Claim, run: Run) -> Find:
    return replace(find, witness=find.witness.addressed_to(claim.slug, twin=run.twin, without=run.without))


def _trophy(claim: Claim, find: Find, run: Run) -> Trophy:
    addressed = _address(find, claim, run)
    if claim.rechecker is None:
        return Trophy(find=addressed, recheck=None)
    try:
        answer = replay(claim, addressed.witness, run)
    except Exception as error:  # a find is told, whatever the second path stumbles over
        detail = f"the second path failed: {type(error).__name__}: {error}"
        answer = Evidence.undecided(kind="second path", scope=Scope.instances("the witness"), detail=detail)
    return Trophy(find=addressed, recheck=answer)


def _shards(cases: int, shards: Iterable[int] | None) -> list[int]:
    if isinstance(cases, bool) or not isinstance(cases, int) or cases < 1:
        raise InputError("cases", f"{cases!r} is not a number of candidates", "give an integer of 1 or more")
    chosen = list(range(ceil(cases / SHARD))) if shards is None else list(dict.fromkeys(shards))
    if not chosen or any(isinstance(k, bool) or not isinstance(k, int) or k < 0 for k in chosen):
        raise InputError("shards", "are not numbers from 0 on", "give, for example, 0:10")
    return chosen


def _message(tally: Tally) -> str:
    lowest = f", smallest slack {tally.smallest:.3g}" if isfinite(tally.smallest) else ""
    return f"{tally.drawn} candidates{lowest}, {len(tally.found)} counterexamples"


def _ranges(numbers: tuple[int, ...]) -> str:
    """``0-3, 7``."""
    parts: list[list[int]] = []
    for k in numbers:
        if parts and k == parts[-1][-1] + 1:
            parts[-1].append(k)
        else:
            parts.append([k])
    return ", ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts) or "none"


def histogram_lines(tally: Tally, *, width: int = 40) -> list[str]:
    """The histogram of slacks as text, one line for each decade that occurred, most violating first."""
    from math import log1p

    if not tally.histogram:
        return []
    most = max(tally.histogram.values())
    lines = []
    for number, count in sorted(tally.histogram.items()):
        bar = "█" * max(1, round(width * log1p(count) / log1p(most)))
        lines.append(f"{decade_text(number):>16}  {count:>9}  {bar}")
    return lines
