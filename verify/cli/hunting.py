"""``verify hunt``: the search of one claim for a counterexample, and the report of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from verify.arithmetic import InputError
from verify.claims import Claim, Registry, Verdict, installed_claims, load_file, refuted_by, write_witness
from verify.cli.streams import CONTRADICTION, INTERRUPTED, OK, check_target, progress_bar, say, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from verify.search import HuntReport, Trophy


def hunt(
    slug: str,
    *,
    claims: list[str],
    twin: bool,
    cases: int | None,
    budget: float | None,
    seed: int,
    jobs: int,
    cluster: str | None,
    shards: str | None,
    first: bool,
    witnesses: str | None,
    merge: list[str],
    json: str | None,
) -> int:
    """Hunt, show what was found, and say by the exit code whether that is as expected."""
    from verify.search import run_hunt

    check_target(json, "--json")
    one = _claim(slug, claims)
    folder = _folder(witnesses)
    earlier = [_stored_report(path, one, twin, seed) for path in merge]
    with progress_bar("hunting") as progress:
        report = run_hunt(
            one,
            twin=twin,
            cases=cases,
            budget=budget,
            seed=seed,
            jobs=jobs,
            cluster=cluster,
            shards=_range(shards),
            first=first,
            earlier=earlier,
            progress=progress,
        )
    if json is not None:
        write_json(report.to_json(), json)
    if folder is not None and report.simplest is not None and report.simplest.confirmed:
        name = f"{one.slug.rpartition('/')[2]}{'.twin' if twin else ''}.hunted.json"
        write_witness(report.simplest.find.witness, folder / name)
    if json != "-":
        from verify.report import make_console

        show_hunt(report, make_console(sys.stdout))
    if report.interrupted:
        say(f"interrupted after {len(report.tally.shards)} of {report.planned} shards; what was found is kept")
        return INTERRUPTED
    wanted = twin or one.expects is Verdict.REFUTED
    return OK if report.refuted is wanted else CONTRADICTION


def show_hunt(report: HuntReport, console: Console) -> None:
    """The funnel from candidates to witnesses, the histogram of slacks, the simplest and the worst counterexample."""
    from math import isfinite

    from verify.search.pipeline import histogram_lines

    def line(text: str) -> None:
        console.print(text, soft_wrap=True)  # data stay in one piece, so that they can be copied

    tally = report.tally
    name = f"{report.slug}, its negative twin" if report.twin else report.slug
    line(f"{name}: seed {report.seed}, {len(tally.shards)} of {report.planned} shards, {report.seconds:.1f} s")
    if report.about:
        line(f"  slack: {report.about}")
    for witness, answer in report.replayed:
        again = "refutes still" if refuted_by(answer) else "does not refute any more"
        line(f"  stored witness {witness.digest} {again}: {answer.detail}")
    if tally.drawn:
        line(
            f"  {tally.drawn} float64 candidates; {tally.admitted} satisfied the hypotheses; "
            f"{tally.violated} seemed to violate the conclusion"
        )
        if isfinite(tally.smallest):
            line(f"  smallest slack {tally.smallest:.6g} (float64)")
        line(
            f"  {tally.rounded} exact candidates examined: {tally.certified} certified, {tally.refused} refused, "
            f"{tally.dropped} dropped in high precision"
        )
        for reason, count in tally.reasons.items():
            line(f"    refused {count} times: {reason}")
        line("  slack, number of candidates (bars: logarithmic)")
        for row in histogram_lines(tally):
            line(f"  {row}")
    if report.simplest is None:
        line("no counterexample was certified" + ("" if tally.admitted else ": no candidate was admitted"))
        return
    _show(report.simplest, "simplest counterexample", line)
    if report.worst is not None and report.worst.find.witness != report.simplest.find.witness:
        _show(report.worst, "worst counterexample", line)


def _show(trophy: Trophy, title: str, line: Callable[[str], None]) -> None:
    find = trophy.find
    line(f"{title} ({find.chart}, slack {find.slack:.4g}, {find.complexity[0]} characters):")
    line(f"  {find.complexity[2]}")
    line(f"  {find.assurance.word}: {find.detail}")
    if trophy.recheck is None:
        line("  not confirmed: the claim has no recheck")
    else:
        line(
            f"  {'confirmed' if trophy.confirmed else 'NOT confirmed'} by {trophy.recheck.kind}: "
            f"{trophy.recheck.detail}"
        )


def _claim(slug: str, files: list[str]) -> Claim:
    """The one claim that is meant; ``FILE.py`` stands for the only claim with a hunt in it."""
    if slug.endswith(".py"):
        hunted = [one for one in load_file(slug) if one.hunter is not None]
        if len(hunted) != 1:
            names = " or ".join(one.slug for one in hunted) or "none"
            raise InputError(slug, f"holds {len(hunted)} claims with a hunt", f"give SLUG --claims {slug}: {names}")
        return hunted[0]
    registry = Registry()
    for path in dict.fromkeys(files):
        registry += load_file(path)
    found = (registry if files else installed_claims()).select([slug])
    if len(found) > 1:
        raise InputError(f"selector {slug!r}", f"names {len(found)} claims", f"choose {' or '.join(found.slugs[:4])}")
    return found.claims[0]


def _folder(path: str | None) -> Path | None:
    """The directory that is named, made where it does not exist."""
    if path is None:
        return None
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("--witnesses", f"{path} cannot be made ({error.strerror})", "name a directory") from None
    return Path(path)


def _range(text: str | None) -> range | None:
    """``A:B`` is A, …, B − 1."""
    if text is None:
        return None
    first, _, last = text.partition(":")
    if not (first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise InputError("--shards", f"{text!r} is not a range", "write A:B with A < B, such as 0:10")
    return range(int(first), int(last))


def _stored_report(path: str, claim: Claim, twin: bool, seed: int) -> dict[str, object]:
    """The tally of a report that ``--json`` wrote, if it is of this hunt."""
    from verify.claims import read_json
    from verify.search.pipeline import HUNT_SCHEMA

    document = read_json(path)
    if not isinstance(document, dict) or document.get("schema") != HUNT_SCHEMA:
        raise InputError(path, "is not the report of a hunt", "give a file that verify hunt --json wrote")
    ours = {"slug": claim.slug, "twin": twin, "seed": seed}
    for key, value in ours.items():
        if document.get(key) != value:
            raise InputError(path, f"has {key} {document.get(key)!r}, not {value!r}", "merge parts of one hunt")
    tally = document["tally"]
    assert isinstance(tally, dict)
    return tally
