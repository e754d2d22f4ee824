"""The table of verdicts as Markdown, for READMEs and notes, and how a file's own table is brought up to date."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from verify.arithmetic import InputError
from verify.claims import Report, Result, Verdict
from verify.report.console import _LITERAL, _by, _count

#: What lies between these two lines of a file is a table of verdicts; the rest of the file is its author's.
BEGIN, END = "<!-- verdicts:begin -->", "<!-- verdicts:end -->"


def markdown_report(report: Report) -> str:
    """One table for each paper, then a summary. No durations: the same verdicts give the same text."""
    lines: list[str] = []
    for paper in dict.fromkeys(result.paper for result in report.results):
        lines += ["| claim | in the paper | verdict | by evidence | for |", "|---|---|---|---|---|"]
        lines += [_row(result) for result in report.results if result.paper == paper]
        lines.append("")
    if any(result.literal_reading for result in report.results):
        lines += [f"{_LITERAL} literal reading of a sentence of the paper, not one of its theorems", ""]
    counts = Counter(result.verdict for result in report.results)
    tally = ", ".join(f"{counts[verdict]} {verdict.name}" for verdict in Verdict if counts[verdict])
    wrong = sum(not result.as_expected for result in report.results)
    twins = [result for result in report.results if result.twin is not None]
    fit = f"{wrong} not as expected" if wrong else "all as expected"
    lines.append(
        f"{_count(len(report), 'claim')}: {tally or 'nothing decided'}; {fit}; "
        f"{sum(result.twin_refuted for result in twins)} of {_count(len(twins), 'negative twin')} refuted. "
        f"Profile {report.environment['profile']}, {report.environment['digits']} digits."
    )
    if report.unfinished:
        lines += ["", f"Interrupted; not checked: {', '.join(report.unfinished)}."]
    return "\n".join(lines) + "\n"


def check_markdown_target(path: Path) -> None:
    """Refuse an existing file that has no place for the table.

    Raises
    ------
    InputError
        naming the file.
    """
    if path.exists():
        _split(path)


def write_markdown(report: Report, path: Path) -> None:
    """The table between the two marks of an existing file, or in a new file that has the marks.

    Raises
    ------
    InputError
        for an existing file without the marks, or one that cannot be read or written.
    """
    before, after = _split(path) if path.exists() else ("", "\n")
    try:
        path.write_text(f"{before}{BEGIN}\n{markdown_report(report)}{END}{after}", encoding="utf-8")
    except OSError as error:
        raise InputError(f"--markdown {path}", f"cannot be written ({error.strerror})", "give another file") from None


def _split(path: Path) -> tuple[str, str]:
    """What stands before and after the marks."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"--markdown {path}", f"cannot be read ({reason})", "give another file") from None
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(
            f"--markdown {path}",
            "exists and has no place for the table",
            f"put the lines {BEGIN} and {END} into it, or give a new file",
        )
    return before, after


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
