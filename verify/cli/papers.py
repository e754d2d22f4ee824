"""``verify derive`` and ``report``, and the replay of derivations: what goes into a paper, and what checks it there."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.arithmetic import InputError
from verify.cli.streams import INTERRUPTED, OK, check_target, progress_bar, say, write, write_json

if TYPE_CHECKING:
    from verify.symbolic import Derivation
    from verify.symbolic.replay import Replay

#: Stands for every topic.
ALL = "all"


def list_topics(*, format: str) -> int:
    """Show what can be derived, each topic with the statement that it proves."""
    from verify.symbolic import TOPICS

    if format == "json":
        entries = [
            {"topic": name, "title": topic.title, "statement": topic.statement, "options": list(topic.options)}
            for name, topic in TOPICS.items()
        ]
        write_json(entries, "-")
        return OK
    from verify.symbolic.layout import wrap

    for name, topic in TOPICS.items():
        takes = f" [{', '.join('--' + option for option in topic.options)}]" if topic.options else ""
        print(f"{name}: {topic.title}{takes}")
        print("\n".join("    " + line for line in wrap(topic.statement, 96)))
    return OK


def derive(
    topics: Sequence[str],
    *,
    depth: int | None,
    size: int | None,
    observe: str | None,
    degree: int | None,
    format: str,
    output: str | None,
    columns: int,
) -> int:
    """Derive topics and write them: to standard output, to a file, or (LaTeX) into a directory for a paper."""
    folder = _folder(output) if format == "latex" else None
    if folder is None:
        check_target(output, "--output")
    else:
        check_folder(folder, "--output")
    derivations = _derived(topics, depth=depth, size=size, observe=observe, degree=degree)
    if folder is not None:
        from verify.report.latex import derivation_files, write_files
        from verify.symbolic.latex import MACROS

        files = derivation_files(_fragments(derivations, columns), MACROS, columns=columns)
        write_files(folder, files, "--output")
        say(f"{folder}: {len(files)} files; typeset it with: pdflatex main, bibtex main, pdflatex main, twice")
        return OK
    if format == "json":
        documents = [derivation.to_json() for derivation in derivations]
        text = json_module.dumps(documents[0] if len(documents) == 1 else documents, indent=2, ensure_ascii=False)
    elif format == "latex":
        from verify.symbolic.latex import document

        text = "\n".join(_fragments(derivations, columns).values())
        if output in (None, "-"):  # a document that compiles as it is; a file is for \input
            text = document(text, columns=columns)
    else:
        text = "\n\n".join(derivation.to_text() for derivation in derivations)
    write(text.rstrip("\n") + "\n", output, "--output")
    return OK


def report(
    selectors: Sequence[str],
    *,
    latex: str | None,
    html: str | None,
    stored: str | None,
    derivations: bool,
    columns: int,
    profile: str,
    digits: int,
    seed: int,
    jobs: int,
) -> int:
    """Write what was found about claims, for a paper or for a browser; check them first unless they are stored."""
    if latex is None and html is None:
        raise InputError("report", "which form?", "give --latex DIR, --html FILE or both")
    if stored is not None and selectors:
        raise InputError("--from", "a stored report has its own claims", "leave out the selectors, or --from")
    if latex is not None:
        check_folder(Path(latex), "--latex")
    check_target(html, "--html")
    code = OK
    if stored is not None:
        data = _stored(stored)
    else:
        from verify.claims import run_claims
        from verify.cli.checks import select

        claims = select(selectors)
        with progress_bar("checking") as progress:
            found = run_claims(claims, profile=profile, digits=digits, seed=seed, jobs=jobs, progress=progress)
        data = json_module.loads(json_module.dumps(found.to_json()))
        if found.unfinished:
            say(f"interrupted; {len(found.unfinished)} of {len(claims)} claims were not checked")
            return INTERRUPTED
        code = found.exit_code()
    try:
        _write_report(data, latex=latex, html=html, derivations=derivations, columns=columns)
    except (KeyError, TypeError, AttributeError) as error:
        if stored is None:
            raise
        raise InputError(stored, f"is not a whole report ({error})", "write one with verify check --json") from None
    return code


def _write_report(
    data: Mapping[str, Any], *, latex: str | None, html: str | None, derivations: bool, columns: int
) -> None:
    if latex is not None:
        from verify.report.latex import report_files, write_files
        from verify.symbolic.latex import MACROS

        report_files(data, {}, MACROS)  # what is missing in a stored report shows itself before the long work
        made = _derived([ALL]) if derivations else []
        files = report_files(data, _fragments(made, columns), MACROS, columns=columns)
        write_files(Path(latex), files, "--latex")
        say(f"{latex}: {len(files)} files; typeset it with: pdflatex main, bibtex main, pdflatex main, twice")
    if html is not None:
        from verify.report.html import html_report

        write(html_report(data), html, "--html")


def replay_derivations(documents: Iterable[tuple[str, object]]) -> list[tuple[str, Replay]]:
    """Check derivations again, each from its file alone; a file may hold several."""
    from verify.symbolic.replay import replay

    found = []
    for name, data in documents:
        several = data if isinstance(data, list) else [data]
        for number, one in enumerate(several, 1):
            where = name if len(several) == 1 else f"{name} [{number}]"
            found.append((where, replay(one, where)))
    return found


def holds_derivations(data: object) -> bool:
    """Whether a JSON document is a derivation, or a list of them."""
    from verify.symbolic.replay import is_derivation

    return is_derivation(data) or (isinstance(data, list) and bool(data) and is_derivation(data[0]))


def show_derivations(found: Sequence[tuple[str, Replay]]) -> None:
    """Tell what became of derivations, a line for each or for each finding."""
    for name, replay in found:
        if replay.stands:
            assumed = f"; assuming {', '.join(replay.hypotheses)}" if replay.hypotheses else ""
            print(f"{name}: {replay.topic}: all {replay.steps} steps verified{assumed}")
        for finding in replay.findings:
            print(f"{name}: {replay.topic}: refused, {finding}")


def check_folder(folder: Path, option: str) -> None:
    """Refuse a directory that cannot be made or written to, before the work that would be lost."""
    from verify.report.latex import write_files

    write_files(folder, {}, option)


def _folder(output: str | None) -> Path | None:
    """The directory that LaTeX goes to: whatever is not a ``.tex`` file or standard output."""
    if output in (None, "-"):
        return None
    assert output is not None
    return None if output.endswith(".tex") else Path(output)


def _fragments(derivations: Iterable[Derivation], columns: int) -> dict[str, str]:
    return {one.topic: one.to_latex(standalone=False, columns=columns) for one in derivations}


def _derived(
    names: Sequence[str],
    *,
    depth: int | None = None,
    size: int | None = None,
    observe: str | None = None,
    degree: int | None = None,
) -> list[Derivation]:
    """The derivations of the named topics. With ``all``, an option goes to the topics that take it."""
    from verify.symbolic import TOPICS
    from verify.symbolic import derive as run

    given = {"depth": depth, "size": size, "observe": observe, "degree": degree}
    wanted: dict[str, dict[str, Any]] = {}
    for name in names:
        if name == ALL:
            for topic in TOPICS.values():
                wanted[topic.name] = {key: value for key, value in given.items() if key in topic.options}
        else:
            wanted[name] = given
    made = []
    with progress_bar("deriving") as progress:
        for k, (name, options) in enumerate(wanted.items()):
            progress(k / len(wanted), name)
            made.append(run(name, **options))
    return made


def _stored(source: str) -> Mapping[str, Any]:
    from verify.claims.plain import read_json
    from verify.claims.results import REPORT_SCHEMA

    data = read_json(source)
    if not isinstance(data, Mapping) or data.get("schema") != REPORT_SCHEMA:
        raise InputError(source, "is not a report", "write one with verify check --json FILE")
    return data
