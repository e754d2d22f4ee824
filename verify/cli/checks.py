"""``verify list``, ``check`` and ``replay``."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from verify.arithmetic import InputError
from verify.claims import (
    Evidence,
    Registry,
    Run,
    Witness,
    installed_claims,
    load_file,
    refuted_by,
    run_claims,
    write_witness,
)
from verify.claims import replay as replay_witness
from verify.claims.plain import read_json
from verify.cli.streams import (
    CONTRADICTION,
    INTERRUPTED,
    OK,
    check_target,
    progress_bar,
    say,
    write_json,
)


def select(selectors: Sequence[str]) -> Registry:
    """The claims of the ``.py`` files among the selectors, and the installed claims that the others name.

    All installed claims if there is no selector.

    Raises
    ------
    InputError
        for files that cannot be loaded and for selectors that name nothing.
    """
    paths = [selector for selector in selectors if selector.endswith(".py")]
    names = [selector for selector in selectors if selector not in paths]
    chosen = Registry()
    for path in dict.fromkeys(paths):
        chosen += load_file(path)
    if names or not paths:
        chosen += installed_claims().select(names)
    if not len(chosen):
        raise InputError("claims", "none are installed", "give a .py file with @claim functions")
    return chosen


def list_claims(selectors: Sequence[str], *, json: str | None) -> int:
    """Show claims."""
    check_target(json, "--json")
    claims = select(selectors)
    if json is not None:
        entries = [
            {
                "slug": one.slug,
                "paper": one.paper,
                "number": one.number,
                "title": one.title,
                "statement": one.statement,
                "literal_reading": one.literal_reading or None,
                "expected": one.expects.name,
                "scope": one.scope.to_json(),
                "kinds": list(one.kinds),
                "parts": list(one.parts),
                "uses": list(one.uses),
                "negative_twin": one.twin.variant if one.twin else None,
                "without": [ablation.drops for ablation in one.ablations],
            }
            for one in claims
        ]
        write_json(entries, json)
    if json != "-":
        from verify.report import make_console, show_claims

        show_claims(claims, make_console(sys.stdout))
    return OK


def check(
    selectors: Sequence[str],
    *,
    profile: str,
    digits: int,
    seed: int,
    jobs: int,
    json: str | None,
    strict: bool,
    witnesses: str | None = None,
    markdown: Sequence[str] = (),
) -> int:
    """Check claims; what was decided before an interrupt is shown and written."""
    check_target(json, "--json")
    for target in markdown:
        from verify.report import check_markdown_target

        if target == "-":
            raise InputError("--markdown", "- is not a file", "name a file, new or with the marks of the table")
        check_target(target, "--markdown")
        check_markdown_target(Path(target))
    claims = select(selectors)
    if witnesses is not None:
        for paper in claims.papers:
            _folder(witnesses, paper)
    with progress_bar("checking") as progress:
        report = run_claims(claims, profile=profile, digits=digits, seed=seed, jobs=jobs, progress=progress)
    if json is not None:
        write_json(report.to_json(), json)  # first: a reader who leaves the table early still gets the file
    for target in markdown:
        from verify.report import write_markdown

        write_markdown(report, Path(target))
    if witnesses is not None:
        for result in report.results:
            ablations = [found for _, found in result.ablations if found is not result.twin]
            for examination in (result.examination, result.twin, *ablations):
                found = [item.witness for item in examination.evidence if item.witness] if examination else []
                for k, witness in enumerate(found):
                    write_witness(witness, _folder(witnesses, result.paper) / _file_name(witness, k))
    if json != "-":
        from verify.report import make_console, show_report

        show_report(report, make_console(sys.stdout))
    else:
        open_ends = [result.slug for result in report.results if not result.as_expected]
        if open_ends:
            say(f"not as expected: {', '.join(open_ends)}")
    if report.unfinished:
        say(f"interrupted; {len(report.unfinished)} of {len(claims)} claims were not checked")
        return INTERRUPTED
    return report.exit_code(strict=strict)


def _folder(pattern: str, paper: str) -> Path:
    """The directory for witnesses of a paper's claims: `pattern` may say {paper}."""
    path = Path(pattern.replace("{paper}", paper))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("--witnesses", f"{path} cannot be made ({error.strerror})", "name a directory") from None
    return path


def _file_name(witness: Witness, place: int) -> str:
    """One name for one place in a claim, so that a later run replaces the file."""
    number = f"-{place + 1}" if place else ""
    return f"{variant_name(witness)}{number}.json"


def variant_name(witness: Witness) -> str:
    """The beginning of a file's name: the claim's last word, and which variant of it is meant."""
    without = re.sub("[^a-z0-9]+", "-", witness.without.lower()).strip("-")
    variant = (".twin" if witness.twin else "") + (f".without-{without}" if without else "")
    return f"{witness.claim.rpartition('/')[2]}{variant}"


def replay(files: Sequence[str], *, claims: Sequence[str], digits: int, json: str | None) -> int:
    """Certify stored witnesses again, and check stored derivations again."""
    from verify.cli.papers import holds_derivations, replay_derivations, show_derivations

    check_target(json, "--json")
    documents = [(name, read_json(name)) for name in files]
    derived = replay_derivations((name, data) for name, data in documents if holds_derivations(data))
    witnesses = [
        (name, Witness.from_json(data, "standard input" if name == "-" else name))
        for name, data in documents
        if not holds_derivations(data)
    ]
    registry = Registry()
    for path in dict.fromkeys(claims):
        registry += load_file(path)
    if any(witness.claim not in registry.slugs for _, witness in witnesses):
        registry += installed_claims()
    found: list[tuple[str, Witness, Evidence]] = []
    with progress_bar("replaying") as progress:
        for k, (name, witness) in enumerate(witnesses):
            progress(k / len(witnesses), name)
            try:
                answer = replay_witness(registry.get(witness.claim), witness, Run(digits=digits))
            except InputError as error:
                raise InputError(f"{name}: {error.where}", error.problem, error.mend) from None
            found.append((name, witness, answer))
    if json is not None:
        entries: list[dict[str, object]] = [
            {
                "file": name,
                "claim": witness.claim,
                "twin": witness.twin,
                "without": witness.without or None,
                "violates": witness.violates,
                "refutes": refuted_by(answer),
                "recheck": answer.to_json(),
            }
            for name, witness, answer in found
        ]
        entries += [{"file": name, **again.to_json()} for name, again in derived]
        write_json(entries, json)
    if json != "-":
        from verify.report import make_console, show_replays

        show_derivations(derived)
        show_replays(found, make_console(sys.stdout))
    stand = all(refuted_by(answer) for _, _, answer in found) and all(again.stands for _, again in derived)
    return OK if stand else CONTRADICTION
