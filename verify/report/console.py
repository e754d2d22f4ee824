"""Tables for the terminal. They say by which kind of evidence a verdict stands, and never show a bare
tick."""

from __future__ import annotations

import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from verify.claims import Claim, Evidence, Level, Outcome, Report, Result, Verdict, Witness, refuted_by

#: Columns of output that no terminal limits: files, pipes, the logs of a build.
_PLAIN_WIDTH = 100

_STYLE = {
    Verdict.HOLDS: "green",
    Verdict.SUPPORTED: "cyan",
    Verdict.REFUTED: "magenta",
    Verdict.UNDECIDED: "yellow",
    Verdict.VACUOUS: "yellow",
    Verdict.ERROR: "bold red",
}
_LITERAL = "†"


def make_console(stream: IO[str]) -> Console:
    """A console on `stream`: colours and the terminal's width on a terminal; plain, 100 columns elsewhere.

    The variable ``COLUMNS`` decides the width where it is set.
    """
    terminal = stream.isatty()
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) >= 40 else None if terminal else _PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def show_report(report: Report, console: Console) -> None:
    """The verdicts, one table for each paper; below it what deserves a sentence; a summary in the last
    lines."""
    for paper in dict.fromkeys(result.paper for result in report.results):
        group = [result for result in report.results if result.paper == paper]
        prefix = _common_prefix([result.slug for result in group])
        _heading(console, paper, prefix)
        console.print(_verdicts(group, prefix, console.width))
        console.print()
    _notes(report, console)
    _summary(report, console)


def _verdicts(group: list[Result], prefix: str, width: int) -> Table:
    # Narrow terminals get the verdict and the expectation in one column: they nearly always agree.
    narrow = width < 96
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2 if width >= 120 else 1, 0, 0))
    names = [result.slug.removeprefix(prefix) + (f" {_LITERAL}" if result.literal_reading else "") for result in group]
    broad = min(max(map(len, names)), max(18, width * 27 // 100))
    table.add_column("claim", overflow="fold", width=max(broad, len("claim")))
    table.add_column("no.", overflow="fold", max_width=20 if width >= 120 else 12)
    if not narrow:
        table.add_column("expected", no_wrap=True)
    table.add_column("verdict", no_wrap=not narrow, min_width=9)
    table.add_column("by evidence", overflow="fold", ratio=3)
    table.add_column("for", overflow="fold", ratio=4)
    table.add_column("s", justify="right", no_wrap=True)
    for result, name in zip(group, names, strict=True):
        verdict = Text(result.verdict.name, style=_STYLE[result.verdict])
        if narrow and result.verdict is not result.expected:
            verdict.append(f" (expected {result.expected.name})", style="bold red")
        expected = Text(result.expected.name, style="" if result.as_expected else "bold red")
        cells: list[Text | str] = [_break(name, broad), result.number, expected, verdict]
        if narrow:
            del cells[2]
        table.add_row(*cells, _by(result), _covers(result), f"{result.seconds:.1f}")
    return table


#: A longer scope is cut in the table; the JSON report has the whole of it.
_LONG_SCOPE = 42


def _covers(result: Result) -> str:
    """What the verdict covers, cut after a comma where it is long."""
    if result.scope is None:
        return "–"
    text = result.scope.text
    if len(text) <= _LONG_SCOPE:
        return text
    listed = text[: _LONG_SCOPE + 1].rpartition(",")[0] or text[:_LONG_SCOPE]
    number = f" ({len(result.scope.names)} in all)" if result.scope.level is Level.INSTANCES else ""
    return f"{listed}, …{number}"


def _by(result: Result) -> str:
    """The assurance that the verdict stands by, and the kinds of evidence that have it."""
    if result.assurance is None:
        return "–"
    wanted = Outcome.REFUTES if result.verdict is Verdict.REFUTED else Outcome.SUPPORTS
    kinds = dict.fromkeys(
        item.kind
        for item in result.examination.evidence
        if item.outcome is wanted and item.assurance is result.assurance
    )
    return f"{result.assurance.word}: {', '.join(kinds)}" if kinds else result.assurance.word


def _notes(report: Report, console: Console) -> None:
    wrong = [result for result in report.results if not result.as_expected]
    if wrong:
        console.print(Text("Not as expected", style="bold red"))
        for result in wrong:
            if result.verdict is not result.expected:
                _note(
                    console,
                    result.slug,
                    f"expected {result.expected.name}, is {result.verdict.name}: {result.reason}",
                )
            if not result.twin_refuted and result.twin is not None:
                twin = result.twin.decision
                text = f"its negative twin ({result.variant}) is {twin.verdict.name}, not REFUTED: {twin.reason}"
                _note(console, result.slug, text)
            for drops, found in result.ablations:
                if drops in result.broken:
                    _note(console, result.slug, f"without {drops!r}: {found.decision.reason}")
        console.print()
    for title, verdict in (("Refuted by", Verdict.REFUTED), ("Supported, not decided", Verdict.SUPPORTED)):
        chosen = [result for result in report.results if result.verdict is verdict and result not in wrong]
        if chosen:
            console.print(Text(title, style="bold"))
            for result in chosen:
                _note(console, result.slug, result.reason)
            console.print()
    standing = {result.slug: result.verdict for result in report.results}
    shaky = [
        (result.slug, f"{used} is {standing[used].name}")
        for result in report.results
        for used in result.uses
        if result.verdict is Verdict.HOLDS and standing.get(used, Verdict.HOLDS) is not Verdict.HOLDS
    ]
    if shaky:
        console.print(Text("Rest on claims that do not hold", style="bold yellow"))
        for slug, text in shaky:
            _note(console, slug, text)
        console.print()
    spared = [
        (result.slug, f"without {drops!r}: {found.decision.reason}")
        for result in report.results
        for drops, found in result.ablations
        if drops in result.unneeded
    ]
    if spared:
        console.print(Text("Hypotheses not seen to be needed", style="bold"))
        for slug, text in spared:
            _note(console, slug, text)
        console.print()
    if len(report.results) == 1 and report.results[0].ablations:
        [result] = report.results
        console.print(Text("Without a hypothesis", style="bold"))
        for drops, found in result.ablations:
            if drops not in (*result.unneeded, *result.broken):
                _note(console, f"without {drops!r}", f"{found.decision.verdict.name}: {found.decision.reason}")
        console.print()
    stale = [(result.slug, text) for result in report.results for text in result.stale]
    if stale:
        console.print(Text("Stored witnesses that are no longer confirmed", style="bold yellow"))
        for slug, text in stale:
            _note(console, slug, text)
        console.print()
    literal = [result for result in report.results if result.literal_reading]
    if literal:
        console.print(Text(f"{_LITERAL} Read literally", style="bold"))
        for result in literal:
            _note(console, result.slug, result.literal_reading)
        console.print()


def _summary(report: Report, console: Console) -> None:
    counts = Counter(result.verdict for result in report.results)
    parts = [f"{counts[verdict]} {verdict.name}" for verdict in Verdict if counts[verdict]]
    total = len(report.results)
    tally = f"{_count(total, 'claim')}: {', '.join(parts)}" if total else "no claim was decided"
    expected = sum(result.as_expected for result in report.results)
    fit = "all as expected" if expected == total else f"{total - expected} not as expected"
    twins = [result for result in report.results if result.twin is not None]
    refuted = sum(result.twin_refuted for result in twins)
    no = f"{refuted} of {_count(len(twins), 'negative twin')} refuted" if twins else "no negative twins"
    tried, needed = report.dropped
    console.print(Text(f"{tally}; {fit}; {no}{ablation_text(tried, needed)}.", style="bold"))
    env = report.environment
    console.print(
        f"profile {env['profile']}, {env['digits']} digits, seed {env['seed']}, {env['seconds']:.1f} s, "
        f"Python {env['python']}, SymPy's exact numbers: {env['ground_types']}"
    )
    if report.unfinished:
        names = ", ".join(report.unfinished)
        console.print(Text(f"Interrupted; not checked: {names}", style="bold yellow"))


def ablation_text(tried: int, needed: int) -> str:
    """How many hypotheses were dropped in turn, for a summary; empty if none was."""
    return (
        f"; {needed} of {_count(tried, 'dropped hypothesis', 'dropped hypotheses')} seen to be needed" if tried else ""
    )


def show_claims(claims: Iterable[Claim], console: Console) -> None:
    """What there is to check: slug, number, title, expected verdict, kinds of evidence."""
    given = list(claims)
    narrow = console.width < 120
    for paper in dict.fromkeys(one.paper for one in given):
        group = [one for one in given if one.paper == paper]
        prefix = _common_prefix([one.slug for one in group])
        _heading(console, paper, prefix)
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1 if narrow else 2, 0, 0))
        names = [one.slug.removeprefix(prefix) + (f" {_LITERAL}" if one.literal_reading else "") for one in group]
        broad = min(max(map(len, names)), max(18, console.width * 27 // 100))
        table.add_column("claim", overflow="fold", width=max(broad, len("claim")))
        table.add_column("no.", overflow="fold", max_width=12 if narrow else 20)
        table.add_column("title", overflow="fold", ratio=4)
        table.add_column("expected", no_wrap=True)
        table.add_column("evidence", overflow="fold", ratio=3)
        for one, name in zip(group, names, strict=True):
            table.add_row(_break(name, broad), one.number, one.title, one.expects.name, ", ".join(one.kinds) or "–")
        console.print(table)
        console.print()
    if any(one.literal_reading for one in given):
        console.print(f"{_LITERAL} literal reading of a sentence of the paper, not one of its theorems")
    console.print(f"{_count(len(given), 'claim')}. verify check SLUG decides one, verify check decides them all.")


def show_flow(data: Mapping[str, object], console: Console) -> None:
    """A state of a flow, from its JSON form: the product and the layers, each number with its radius if it
    has one."""
    rigorous = data.get("radius") is not None
    how = "enclosed" if rigorous else "approximate, no error bound"
    console.print(Text(f"State at time {data['time']} ({how})", style="bold"))
    _matrix(console, "product W", data["product"])
    layers = data.get("layers")
    if isinstance(layers, Sequence):
        for k, layer in enumerate(layers, 1):
            _matrix(console, f"layer W_{k}", layer)
    for name in ("U", "V"):
        _matrix(console, name, data.get(name))
    diagonal = data.get("D")
    if isinstance(diagonal, Sequence):
        _pairs(console, [(f"D[{j}]", _number(x)) for j, x in enumerate(diagonal)])
    if rigorous:
        console.print(f"Euclidean radius of the enclosure of all layers: {data['radius']}")
    if data.get("balancedness_drift") is not None:
        console.print(f"balancedness drift (0 for the exact flow): {data['balancedness_drift']}")
    if data.get("loss") is not None:
        console.print(f"loss: {data['loss']}")
    console.print(f"{data['digits']} digits, {data['steps']} steps, {data['seconds']} s")


def show_limit(data: Mapping[str, object], console: Console) -> None:
    """A limit, from its JSON form: certified with everything that is known of it, or not certified and
    why."""
    certificate = data.get("certificate")
    if not isinstance(certificate, Mapping):
        console.print(Text(f"not certified: {data.get('reason') or 'no reason is given'}", style="bold yellow"))
        console.print(
            f"residual at time {data['time']}: {_number(data['residual'])}; {data['steps']} steps, {data['seconds']} s"
        )
        return
    console.print(Text("Limit, certified", style="bold"))
    _matrix(console, "product W", data["product"])
    rows: list[tuple[str, str]] = []
    singular = data.get("singular_values")
    if isinstance(singular, Sequence):
        rows += [(f"singular value {k}", _number(value)) for k, value in enumerate(singular, 1)]
    rows += [
        (name, _number(data[key]))
        for name, key in (
            ("stable rank", "stable_rank"),
            ("effective rank", "effective_rank"),
            ("determinant", "determinant"),
        )
        if data.get(key) is not None
    ]
    rows.append(("rank at least", str(data["rank_at_least"])))
    rows += [
        (name, _number(data[key]))
        for name, key in (("loss", "loss"), ("distance from the start", "distance_from_start"))
        if data.get(key) is not None
    ]
    _pairs(console, rows)
    pieces = data.get("pieces", 1)
    console.print(Text("Certificate" if pieces == 1 else f"Certificate of the worst of {pieces} pieces", style="bold"))
    facts = [(str(key).replace("_", " "), _number(value)) for key, value in certificate.items()]
    facts += [
        (name, _number(data[key]))
        for name, key in (("residual then", "residual"), ("distance to the limit", "distance_bound"))
        if data.get(key) is not None
    ]
    _pairs(console, facts)
    console.print(f"{data['steps']} steps, {data['seconds']} s")


def show_replays(replays: Iterable[tuple[str, Witness, Evidence]], console: Console) -> None:
    """Stored counterexamples and what became of each: (file, witness, the recheck's answer)."""
    for name, witness, answer in replays:
        of, still = witness.of, refuted_by(answer)
        text = f"{name}: still refutes {of}" if still else f"{name}: no longer refutes {of}"
        console.print(Text(text, style="" if still else "bold red"))
        _note(console, witness.violates, f"{answer.assurance.word} by {answer.kind}: {answer.detail}")


def show_doctor(data: Mapping[str, object], console: Console) -> None:
    """The environment and the self-test, from their JSON form."""
    environment = data["environment"]
    assert isinstance(environment, Mapping)
    console.print(Text("Environment", style="bold"))
    _pairs(
        console,
        [(str(key), "not installed" if value is None else str(value)) for key, value in environment.items()],
    )
    console.print(Text("Programs, all optional", style="bold"))
    tools = data["tools"]
    assert isinstance(tools, Sequence)
    _pairs(console, [(str(tool["name"]), f"{tool['path'] or 'not found'} ({tool['use']})") for tool in tools])
    console.print(Text("Self-test", style="bold"))
    tests = data["tests"]
    assert isinstance(tests, Sequence)
    rows = []
    for test in tests:
        answer = "answers rightly" if test["passed"] else f"FAILED: {test['problem']}"
        rows.append((str(test["name"]), f"{answer} ({test['question']}, {test['seconds']:.2f} s)"))
    _pairs(console, rows)
    healthy = "Everything that is needed works." if data["healthy"] else "Something that is needed does not work."
    console.print(Text(healthy, style="bold" if data["healthy"] else "bold red"))


def _matrix(console: Console, name: str, rows: object) -> None:
    """A matrix as rows where they fit, else one entry a line; indices count from 0, as in problem files."""
    if not isinstance(rows, Sequence):
        return
    console.print(f"{name}:")
    texts = [[_number(entry) for entry in row] for row in rows]
    widest = max((len(text) for row in texts for text in row), default=0)
    if (widest + 3) * max((len(row) for row in texts), default=0) + 2 <= console.width:
        table = Table.grid(padding=(0, 3, 0, 0))
        for row in texts:
            table.add_row(*(Text(text, no_wrap=True) for text in row))
        console.print(Padding(table, (0, 0, 0, 2), expand=False))
        return
    _pairs(console, [(f"[{i},{j}]", text) for i, row in enumerate(texts) for j, text in enumerate(row)])


def _number(value: object) -> str:
    """A number as it is shown: exact text, or a ball as ``mid ± rad``."""
    if isinstance(value, Mapping) and {"mid", "rad"} <= set(value):
        return str(value["mid"]) if value["rad"] == "0" else f"{value['mid']} ± {value['rad']}"
    return str(value)


def _pairs(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), Text(value))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _note(console: Console, name: str, text: str) -> None:
    line = " ".join(f"{name}: {text}".split())
    # long slugs stay in one piece, so that they can be selected
    console.print(
        textwrap.fill(
            line,
            console.width,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        ),
        soft_wrap=True,
    )


def _break(slug: str, width: int) -> str:
    """`slug` on lines of at most `width` characters, broken after hyphens where there are any."""
    lines = [""]
    for word in re.findall(r"[^-]*-|[^-]+$", slug):
        if lines[-1] and len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(lines)


def _heading(console: Console, paper: str, prefix: str) -> None:
    title = Text(paper or "claims", style="bold")
    if prefix:
        title.append(f"  ({prefix}…)", style="not bold")
    console.print(title)


def _common_prefix(slugs: list[str]) -> str:
    """The first component of the slugs, with its slash, where they all share it."""
    heads = {slug.partition("/")[0] for slug in slugs if "/" in slug}
    shared = len(heads) == 1 and all("/" in slug for slug in slugs)
    return heads.pop() + "/" if shared else ""


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
