"""``verify hunt``: the search for counterexamples to one claim or to many, and the report of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from verify.arithmetic import InputError
from verify.claims import Claim, Registry, Verdict, installed_claims, load_file, refuted_by, write_witness
from verify.cli.checks import variant_name
from verify.cli.streams import CONTRADICTION, INTERRUPTED, OK, check_target, progress_bar, say, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from verify.search import HuntReport, Trophy


#: Names the format of the reports of several hunts.
HUNTS_SCHEMA = "rankproof/hunts/1"


def hunt(
    selectors: list[str],
    *,
    claims: list[str],
    twin: bool,
    without: str,
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
    chosen, left_out = _chosen(selectors, claims, twin, without)
    if merge and len(chosen) > 1:
        raise InputError("--merge", f"does not serve {len(chosen)} claims", "hunt one claim")
    folder = _folder(witnesses)
    earlier = [_stored_report(path, chosen[0], twin, without, seed) for path in merge]
    reports: list[HuntReport] = []
    left, began = budget, monotonic()
    for k, one in enumerate(chosen):
        if budget is not None and k:
            left = budget - (monotonic() - began)
            if left <= 0:
                break
        with progress_bar("hunting" if len(chosen) == 1 else f"hunting {one.slug}") as progress:
            report = run_hunt(
                one,
                twin=twin,
                without=without,
                cases=cases,
                budget=None if left is None else left / (len(chosen) - k),
                seed=seed,
                jobs=jobs,
                cluster=cluster,
                shards=_range(shards),
                first=first,
                earlier=earlier,
                progress=progress,
            )
        reports.append(report)
        if folder is not None and report.simplest is not None and report.simplest.confirmed:
            witness = report.simplest.find.witness
            write_witness(witness, folder / f"{variant_name(witness)}.hunted.json")
        if report.interrupted:
            break
    hunted = list(zip(chosen, reports, strict=False))
    if json is not None:
        write_json(reports[0].to_json() if len(chosen) == 1 else _several(hunted, left_out, chosen), json)
    if json != "-":
        from verify.report import make_console

        if len(chosen) == 1:
            show_hunt(reports[0], make_console(sys.stdout))
        else:
            show_hunts(hunted, left_out, make_console(sys.stdout))
    if reports[-1].interrupted:
        last = reports[-1]
        of = "" if len(chosen) == 1 else f" of {last.slug}, claim {len(reports)} of {len(chosen)}"
        say(f"interrupted after {len(last.tally.shards)} of {last.planned} shards{of}; what was found is kept")
        return INTERRUPTED
    if len(reports) < len(chosen):
        say(f"the budget ended after {len(reports)} of {len(chosen)} claims")
    return OK if all(_as_expected(*pair) for pair in hunted) else CONTRADICTION


def _as_expected(one: Claim, report: HuntReport) -> bool:
    """Whether what is false was refuted, and what is true was not. Of a claim without a hypothesis nothing is
    expected."""
    return bool(report.without) or report.refuted is (report.twin or one.expects is Verdict.REFUTED)


def _several(
    hunted: list[tuple[Claim, HuntReport]], left_out: dict[str, str], chosen: tuple[Claim, ...]
) -> dict[str, object]:
    """The JSON document of several hunts."""
    return {
        "schema": HUNTS_SCHEMA,
        "hunts": [report.to_json() | {"as_expected": _as_expected(one, report)} for one, report in hunted],
        "not_hunted": left_out,
        "unfinished": [one.slug for one in chosen[len(hunted) :]],
    }


def show_hunts(hunted: list[tuple[Claim, HuntReport]], left_out: dict[str, str], console: Console) -> None:
    """One line for each hunt; below it what was found, and which claims were not hunted."""
    from math import isfinite

    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("claim", overflow="fold")
    for title in ("admitted", "smallest slack", "certified", "s"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    paper = ""
    for one, report in hunted:
        before, _, name = one.slug.rpartition("/")
        if before != paper:
            paper = before
            table.add_row(Text(f"{before}/…", style="bold"))
        tally = report.tally
        smallest = f"{tally.smallest:.3g}" if isfinite(tally.smallest) else "–"
        counts = [str(tally.admitted), smallest, str(tally.certified)]
        fine = _as_expected(one, report)
        told = ("refuted" if report.refuted else "not refuted") + ("" if fine else " (not as expected)")
        table.add_row(f"  {name}", *counts, f"{report.seconds:.1f}", Text(told, style="" if fine else "bold red"))
    console.print(table)
    for one, report in hunted:
        if report.refuted and not _as_expected(one, report) and report.simplest is not None:
            console.print(Text(f"\n{one.slug}", style="bold"))
            _show(report.simplest, "simplest counterexample", lambda text: console.print(text, soft_wrap=True))
    admitted = sum(report.tally.admitted for _, report in hunted)
    refuted = sum(report.refuted for _, report in hunted)
    wrong = sum(not _as_expected(*pair) for pair in hunted)
    standing = "all as expected" if not wrong else f"{wrong} not as expected"
    console.print(f"\n{len(hunted)} hunts, {admitted} admitted candidates: {refuted} refuted; {standing}.")
    for reason, count in Counter(left_out.values()).items():
        console.print(f"{count} {'claim' if count == 1 else 'claims'} not hunted: {reason}.")


def _chosen(
    selectors: list[str], files: list[str], twin: bool, without: str
) -> tuple[tuple[Claim, ...], dict[str, str]]:
    """The claims to hunt, and why others that the selectors name are left out.

    A single claim that cannot be hunted is bad input; among several it is passed over.
    """
    from verify.claims import Run
    from verify.search.pipeline import hunt_of, nothing_varies

    loaded = {path: load_file(path) for path in (*files, *(name for name in selectors if name.endswith(".py")))}
    registry = Registry()
    for part in loaded.values():
        registry += part
    # A file among the selectors stands for all claims in it.
    names = [name for chosen in selectors for name in (loaded[chosen].slugs if chosen in loaded else (chosen,))]
    found = (registry if loaded else installed_claims()).select(names)
    run, chosen, left_out = Run(twin=twin, without=without), [], {}
    for one in found:
        try:
            hunt_of(one, run)
        except InputError:
            if len(found) == 1:
                raise
            left_out[one.slug] = "nothing varies in it" if nothing_varies(one, run) else "no hunt was written"
        else:
            chosen.append(one)
    if not chosen:
        raise InputError(" ".join(selectors), "none of these claims has a hunt", "write one with @….hunt")
    return tuple(chosen), left_out


def show_hunt(report: HuntReport, console: Console) -> None:
    """The funnel from candidates to witnesses, the histogram of slacks, the simplest and the worst counterexample."""
    from math import isfinite

    from verify.search.pipeline import histogram_lines

    def line(text: str) -> None:
        console.print(text, soft_wrap=True)  # data stay in one piece, so that they can be copied

    tally = report.tally
    name = f"{report.slug}, its negative twin" if report.twin else report.slug
    name += f" without {report.without!r}" if report.without else ""
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


def _stored_report(path: str, claim: Claim, twin: bool, without: str, seed: int) -> dict[str, object]:
    """The tally of a report that ``--json`` wrote, if it is of this hunt."""
    from verify.claims import read_json
    from verify.search.pipeline import HUNT_SCHEMA

    document = read_json(path)
    if not isinstance(document, dict) or document.get("schema") != HUNT_SCHEMA:
        raise InputError(path, "is not the report of a hunt", "give a file that verify hunt --json wrote")
    ours = {"slug": claim.slug, "twin": twin, "without": without or None, "seed": seed}
    for key, value in ours.items():
        if document.get(key) != value:
            raise InputError(path, f"has {key} {document.get(key)!r}, not {value!r}", "merge parts of one hunt")
    tally = document["tally"]
    assert isinstance(tally, dict)
    return tally
