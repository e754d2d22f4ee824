"""The table of verdicts as Markdown, for READMEs and notes, and how a file's own table is brought up to date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from verify.arithmetic import InputError
from verify.claims import Report, Result, Verdict
from verify.report.console import _LITERAL, _by, _count, ablation_text

#: What lies between these two lines of a file is a table of verdicts; the rest of the file is its author's. With a
#: paper's name, ``<!-- verdicts:begin paper -->``, it is the table of that paper, with ``summary`` in place of
#: ``verdicts`` one line for each paper. A file may have several of them.
BEGIN, END = "<!-- verdicts:begin -->", "<!-- verdicts:end -->"

_PLACE = re.compile(r"(<!-- (verdicts|summary):begin(?: (\S+))? -->\n)(?:.*?\n)??(<!-- \2:end -->)", re.S)


def markdown_report(report: Report) -> str:
    """One table for each paper, then a summary. No durations: the same verdicts give the same text."""
    lines: list[str] = []
    for paper in dict.fromkeys(result.paper for result in report.results):
        lines += ["| claim | in the paper | verdict | by evidence | for |", "|---|---|---|---|---|"]
        lines += [_row(result) for result in report.results if result.paper == paper]
        lines.append("")
    if any(result.literal_reading for result in report.results):
        lines += [f"{_LITERAL} literal reading of a sentence of the paper, not one of its theorems", ""]
    return "\n".join([*lines, *_total(report)]) + "\n"


def markdown_summary(report: Report) -> str:
    """One row for each paper: how many claims, their verdicts, their negative twins; then the total."""
    lines = [
        "| paper | claims | verdicts | literal readings refuted | negative twins refuted |",
        "|---|---|---|---|---|",
    ]
    for paper in dict.fromkeys(result.paper for result in report.results):
        mine = [result for result in report.results if result.paper == paper]
        literal = [result for result in mine if result.literal_reading]
        refuted = sum(result.verdict is Verdict.REFUTED for result in literal)
        twins = [result for result in mine if result.twin is not None]
        lines.append(
            f"| {_plain(paper) or '–'} | {len(mine)} | {_tally(mine)} | {refuted} of {len(literal)} | "
            f"{sum(result.twin_refuted for result in twins)} of {len(twins)} |"
        )
    return "\n".join([*lines, "", *_total(report)]) + "\n"


def _tally(results: Sequence[Result]) -> str:
    counts = Counter(result.verdict for result in results)
    return ", ".join(f"{counts[verdict]} {verdict.name}" for verdict in Verdict if counts[verdict]) or "nothing decided"


def _total(report: Report) -> list[str]:
    wrong = sum(not result.as_expected for result in report.results)
    twins = [result for result in report.results if result.twin is not None]
    fit = f"{wrong} not as expected" if wrong else "all as expected"
    lines = [
        f"{_count(len(report), 'claim')}: {_tally(report.results)}; {fit}; "
        f"{sum(result.twin_refuted for result in twins)} of {_count(len(twins), 'negative twin')} refuted"
        f"{ablation_text(*report.dropped)}. "
        f"Profile {report.environment['profile']}, {report.environment['digits']} digits."
    ]
    if report.unfinished:
        lines += ["", f"Interrupted; not checked: {', '.join(report.unfinished)}."]
    return lines


def check_markdown_target(path: Path) -> None:
    """Refuse an existing file that has no place for a table.

    Raises
    ------
    InputError
        naming the file.
    """
    if path.exists():
        _read(path)


def write_markdown(report: Report, path: Path) -> None:
    """The tables between the marks of an existing file, or one table in a new file that has the marks.

    The place of a paper of which nothing was checked stays as it is.

    Raises
    ------
    InputError
        for an existing file without marks, or one that cannot be read or written.
    """

    def fill(place: re.Match[str]) -> str:
        begin, kind, paper, end = place.groups()
        mine = [result for result in report.results if paper is None or result.paper == paper]
        if paper is not None and not mine:
            return place[0]
        make = markdown_report if kind == "verdicts" else markdown_summary
        return begin + make(replace(report, results=tuple(mine))) + end

    text = _read(path) if path.exists() else f"{BEGIN}\n{END}\n"
    try:
        path.write_text(_PLACE.sub(fill, text), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--markdown {path}", f"cannot be written ({error.strerror})", "give another file") from None


def _read(path: Path) -> str:
    """The text of a file with a place for a table."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"--markdown {path}", f"cannot be read ({reason})", "give another file") from None
    if not _PLACE.search(text):
        raise InputError(
            f"--markdown {path}",
            "exists and has no place for the table",
            f"put the lines {BEGIN} and {END} into it, or give a new file",
        )
    return text


def _row(result: Result) -> str:
    mark = f" {_LITERAL}" if result.literal_reading else ""
    verdict = f"**{result.verdict.name}**"
    if result.verdict is not result.expected:
        verdict += f" (expected {result.expected.name})"
    if not result.twin_refuted:
        verdict += " (its negative twin is not refuted)"
    claim = f"`{result.slug}`{mark}<br>{_plain(result.title)}"
    scope = _plain(result.scope.text) if result.scope else "–"
    return f"| {claim} | {_plain(result.number) or '–'} | {verdict} | {_plain(_by(result))} | {scope} |"


def _plain(text: str) -> str:
    """Text that a cell of a table holds as it is."""
    for character in "\\`*_|<>[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
