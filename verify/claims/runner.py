"""Runs checks, one claim after another or in several processes, and keeps going whatever a check does."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from verify.arithmetic import InputError, Progress, silent
from verify.claims.claim import Check, Claim, Run
from verify.claims.decide import Decision, decide
from verify.claims.environment import environment
from verify.claims.evidence import Evidence
from verify.claims.plain import parse_json
from verify.claims.registry import Registry, can_be_loaded, load_claim
from verify.claims.results import Examination, Report, Result
from verify.claims.scope import Scope
from verify.claims.verdict import Outcome, Verdict
from verify.claims.witness import Witness


def run_claims(
    claims: Registry | Iterable[Claim],
    *,
    profile: str = "quick",
    digits: int = 30,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = silent,
) -> Report:
    """Check claims and their negative twins.

    An exception in a check makes that claim's verdict ``ERROR`` and the run goes on. An interrupt (Ctrl-C)
    ends the run and keeps what was decided; the report's `unfinished` names the rest.

    Parameters
    ----------
    profile, digits, seed
        As in :class:`~verify.claims.claim.Run`.
    jobs
        Number of processes. What a check finds does not depend on it.
    progress
        Called with the fraction of all work that is done, and what is being worked on.

    Raises
    ------
    InputError
        for options out of range, and for slugs used twice.
    """
    chosen = tuple(claims if isinstance(claims, Registry) else Registry(tuple(claims)))
    run = Run(profile=profile, digits=digits, seed=seed)  # refuses options that are out of range, once and early
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise InputError("jobs", f"{jobs!r} is not a number of processes", "give an integer of 1 or more")
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    done: dict[str, Result] = {}
    try:
        for result in _results(chosen, run, min(jobs, len(chosen)), progress):
            done[result.slug] = result
    except KeyboardInterrupt:
        pass  # the report says what is missing
    return Report(
        results=tuple(done[one.slug] for one in chosen if one.slug in done),
        environment=environment(
            profile=profile,
            digits=digits,
            seed=seed,
            jobs=jobs,
            started=started,
            seconds=time.perf_counter() - clock,
        ),
        unfinished=tuple(one.slug for one in chosen if one.slug not in done),
    )


def _results(claims: tuple[Claim, ...], run: Run, jobs: int, progress: Progress) -> Iterator[Result]:
    remote = [one for one in claims if can_be_loaded(one)] if jobs > 1 else []
    count = 0
    if len(remote) > 1:
        for result in _in_processes(remote, run, jobs):
            count += 1
            progress(count / len(claims), result.slug)
            yield result
    here = claims if count == 0 else [one for one in claims if one not in remote]
    for one in here:
        start = count / len(claims)
        progress(start, one.slug)

        def report(fraction: float, message: str, start: float = start, slug: str = one.slug) -> None:
            within = min(max(float(fraction), 0.0), 1.0) / len(claims)
            progress(start + within, f"{slug}: {message}" if message else slug)

        yield examine(one, replace(run, progress=report))
        count += 1
        progress(count / len(claims), one.slug)


def examine(claim: Claim, run: Run) -> Result:
    """Check one claim, its twin, and the claim without this hypothesis and without that, in this process."""
    tasks: list[tuple[Check, bool, str]] = [(claim.check, False, "")]
    tasks += [(claim.twin.check, True, "")] if claim.twin else []
    tasks += [(ablation.check, False, ablation.drops) for ablation in claim.ablations]

    def part(k: int) -> Progress:
        return lambda fraction, message: run.progress((k + min(max(fraction, 0.0), 1.0)) / len(tasks), message)

    done: list[Examination] = []
    stale: tuple[str, ...] = ()
    for k, (check, twin, without) in enumerate(tasks):
        mine = replace(run, claim=claim.slug, twin=twin, without=without, progress=part(k))
        examination, more = _examine(claim, check, mine)
        done.append(examination)
        stale += more
    twins = 1 if claim.twin else 0
    return Result.of(claim, done[0], done[1] if twins else None, stale, tuple(done[1 + twins :]))


def replay(claim: Claim, witness: Witness, run: Run | None = None) -> Evidence:
    """What the claim's recheck says about a stored witness; the claim is refuted again if that refutes and
    decides.

    Raises
    ------
    InputError
        when the witness is not of this claim, or the claim has no recheck, or that cannot read the witness's
        data.
    """
    if witness.claim != claim.slug:
        raise InputError("witness", f"belongs to {witness.claim!r}, not to {claim.slug!r}", "check the slug")
    if claim.rechecker is None:
        raise InputError(f"claim {claim.slug!r}", "has no recheck", "write one with @….recheck")
    # The second path sees what is stored and nothing else.
    copy = Witness.from_json(parse_json(json.dumps(witness.to_json()), "witness"))
    started = time.perf_counter()
    mine = replace(run or Run(), claim=claim.slug, twin=witness.twin, without=witness.without)
    found = claim.rechecker(copy, mine)
    if not isinstance(found, Evidence):
        raise TypeError(f"the recheck of {claim.slug} returned {type(found).__name__}, not Evidence")
    return found if found.seconds is not None else replace(found, seconds=time.perf_counter() - started)


def refuted_by(evidence: Evidence) -> bool:
    """Whether a recheck's answer confirms a refutation."""
    return evidence.outcome is Outcome.REFUTES and evidence.assurance.decides


def _examine(claim: Claim, check: Check, run: Run) -> tuple[Examination, tuple[str, ...]]:
    started = time.perf_counter()
    evidence: list[Evidence] = []
    rechecks: dict[str, Evidence] = {}
    stale: list[str] = []
    failure: str | None = None
    try:
        run = replace(run, stored=claim.stored(twin=run.twin, without=run.without))
        for item in _evidence(check, run):
            evidence.append(item)
            if item.witness is not None and claim.rechecker is not None and item.witness.claim == claim.slug:
                rechecks[item.witness.digest] = replay(claim, item.witness, run)
        for witness in _not_among(run.stored, evidence):
            again, told = _replay_stored(claim, witness, run)
            evidence.append(told)
            if again is not None:
                rechecks[witness.digest] = again
            else:
                stale.append(f"{witness.digest}: {told.detail}")
        decision = decide(claim, evidence, rechecks=rechecks, twin=run.twin, without=run.without)
    except (Exception, SystemExit) as error:
        failure = traceback.format_exc()
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        decision = Decision(verdict=Verdict.ERROR, reason=f"the check failed: {reason[:300]}")
    examination = Examination(
        decision=decision,
        evidence=tuple(evidence),
        rechecks=rechecks,
        seconds=time.perf_counter() - started,
        failure=failure,
    )
    return examination, tuple(stale)


def _evidence(check: Check, run: Run) -> Iterator[Evidence]:
    """What the check yields or returns; each piece timed, and its witness addressed to the claim."""
    clock = time.perf_counter()
    found = check(run)
    for item in () if found is None else (found,) if isinstance(found, Evidence) else found:
        if not isinstance(item, Evidence):
            raise TypeError(f"the check gave a {type(item).__name__} where Evidence was expected")
        now = time.perf_counter()
        data = item.witness
        witness = data.addressed_to(run.claim, twin=run.twin, without=run.without) if data else None
        yield replace(item, witness=witness, seconds=now - clock if item.seconds is None else item.seconds)
        clock = time.perf_counter()


def _not_among(stored: Iterable[Witness], evidence: Iterable[Evidence]) -> list[Witness]:
    """Stored witnesses whose data the check did not show itself."""
    shown = [item.witness.problem for item in evidence if item.witness is not None]
    return [witness for witness in stored if witness.problem not in shown]


def _replay_stored(claim: Claim, witness: Witness, run: Run) -> tuple[Evidence | None, Evidence]:
    """The recheck's answer if it confirms the witness (else None), and the evidence that this makes."""
    scope = Scope.instances(f"stored witness {witness.digest}")
    try:
        again = replay(claim, witness, run)
    except InputError as error:
        return None, Evidence.undecided(kind="replay", scope=scope, detail=f"cannot be replayed: {error}")
    if not refuted_by(again):
        return None, Evidence.undecided(kind="replay", scope=scope, detail=f"no longer refutes: {again.detail}")
    told = Evidence.refutes(
        kind="replay",
        assurance=again.assurance,
        scope=scope,
        detail=again.detail,
        witness=witness,
        seconds=again.seconds,
    )
    return again, told


@dataclass(frozen=True, slots=True)
class _Task:
    """What another process needs in order to check a claim: names, since functions do not travel well."""

    module: str
    file: str
    slug: str
    run: Run


def _perform(task: _Task) -> Result | None:
    try:
        return examine(load_claim(task.module, task.file, task.slug), task.run)
    except KeyboardInterrupt:
        return None  # Ctrl-C reaches every process of the terminal; the parent tells about it


def _in_processes(claims: list[Claim], run: Run, jobs: int) -> Iterator[Result]:
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    tasks = [_Task(one.module, one.file, one.slug, run) for one in claims]
    left = {one.slug: one for one in claims}
    workers = Parallel(n_jobs=jobs, backend="loky", return_as="generator_unordered", batch_size=1)
    try:
        for result in workers(delayed(_perform)(task) for task in tasks):
            if result is None:
                raise KeyboardInterrupt
            del left[result.slug]
            yield result
    except (KeyboardInterrupt, GeneratorExit):
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise
    except Exception as error:  # a process that died (memory, a crash in a library) takes the queue with it
        reason = " ".join(f"{type(error).__name__}: {error}".split()).split(". ")[0][:200]
        for one in left.values():
            decision = Decision(verdict=Verdict.ERROR, reason=f"its process ended: {reason}")
            yield Result.of(one, Examination(decision=decision, failure=traceback.format_exc()))
