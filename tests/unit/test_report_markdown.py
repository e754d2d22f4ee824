"""The table of verdicts as Markdown, and its place in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from verify.arithmetic import InputError
from verify.claims import (
    Assurance,
    Claim,
    Decision,
    Established,
    Evidence,
    Registry,
    Report,
    Run,
    Scope,
    Verdict,
    Witness,
    claim,
    run_claims,
)
from verify.cli import main
from verify.report import markdown_report, markdown_summary, write_markdown
from verify.report.markdown import BEGIN, END

EVERY = Scope.all("numbers")
CLAIMS = '''
"""One claim."""

from verify.claims import Assurance, Evidence, Scope, claim

EVERY = Scope.all("numbers")


@claim("mine/holds", paper="mine", scope=EVERY)
def holds(run):
    """Statement: it holds."""
    yield Evidence.supports(kind="identity", assurance=Assurance.PROVED, scope=EVERY, detail="d")
'''


def claims() -> Registry:
    """One that holds, one literal reading that is refuted."""

    @claim("a/holds", paper="a", number="D1 | D2", title="x_i ≤ y", scope=EVERY, kinds=("identity",))
    def holds(run: Run) -> Iterator[Evidence]:
        """Statement: it holds."""
        yield Evidence.supports(kind="identity", assurance=Assurance.PROVED, scope=EVERY, detail="d")

    @claim("a/literal", paper="a", scope=EVERY, expects=Verdict.REFUTED, literal_reading=True)
    def literal(run: Run) -> Iterator[Evidence]:
        """Statement: it is false."""
        witness = Witness(problem={"x": "1"}, hypotheses=(Established(name="h", how="exact"),), violates="it fails")
        scope = Scope.instances("x = 1")
        yield Evidence.refutes(
            kind="evaluation", assurance=Assurance.ENCLOSED, scope=scope, detail="fails", witness=witness
        )

    @literal.recheck
    def again(witness: Witness, run: Run) -> Evidence:
        scope = Scope.instances("the witness")
        return Evidence.refutes(kind="other path", assurance=Assurance.ENCLOSED, scope=scope, detail="again")

    found: list[Claim] = [holds, literal]
    return Registry(tuple(found))


@pytest.fixture(scope="module")
def report() -> Report:
    return run_claims(claims())


def test_every_claim_has_a_row_with_its_evidence(report: Report) -> None:
    text = markdown_report(report)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows[0] == "| `a/holds`<br>x\\_i ≤ y | D1 \\| D2 | **HOLDS** | proved: identity | all numbers |"
    assert rows[1].startswith("| `a/literal` †<br>")
    assert "| **REFUTED** | enclosed: evaluation | instance x = 1 |" in rows[1]
    assert "2 claims: 1 HOLDS, 1 REFUTED; all as expected; 0 of 0 negative twins refuted." in text


def test_the_same_verdicts_give_the_same_text(report: Report) -> None:
    environment = {**report.environment, "seconds": 1e6}
    slower = [replace(r, examination=replace(r.examination, seconds=99.0)) for r in report]
    assert markdown_report(replace(report, results=tuple(slower), environment=environment)) == markdown_report(report)


def test_what_is_not_as_expected_shows(report: Report) -> None:
    first, second = report
    undecided = replace(first.examination, decision=Decision(verdict=Verdict.UNDECIDED, reason="who knows"))
    wrong = replace(first, examination=undecided, twin=undecided)
    text = markdown_report(replace(report, results=(wrong, second), unfinished=("a/left-out",)))
    assert "**UNDECIDED** (expected HOLDS) (its negative twin is not refuted)" in text
    assert "1 not as expected; 0 of 1 negative twin refuted" in text
    assert "not checked: a/left-out" in text


def test_a_new_file_gets_the_marks_and_is_brought_up_to_date(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    write_markdown(report, path)
    first = path.read_text(encoding="utf-8")
    assert first.startswith(BEGIN)
    path.write_text(f"before\n{first}after\n", encoding="utf-8")
    write_markdown(replace(report, results=report.results[:1]), path)
    second = path.read_text(encoding="utf-8")
    assert second.startswith(f"before\n{BEGIN}\n")
    assert second.endswith(f"{END}\nafter\n")
    assert "a/literal" not in second


@pytest.mark.parametrize("text", ["mine", BEGIN, END + BEGIN])
def test_a_file_without_the_marks_is_left_alone(report: Report, tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no place for the table"):
        write_markdown(report, path)
    assert path.read_text(encoding="utf-8") == text


def test_the_option_refuses_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, notes = tmp_path / "mine.py", tmp_path / "notes.md"
    mine.write_text(CLAIMS, encoding="utf-8")
    notes.write_text("mine", encoding="utf-8")
    for target in (notes, tmp_path, "-"):
        assert main(["check", str(mine), "--markdown", str(target)]) == 3
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
    notes.write_text(f"{BEGIN}\n{END}\n", encoding="utf-8")
    assert main(["check", str(mine), "--markdown", str(notes)]) == 0
    assert "`mine/holds`" in notes.read_text(encoding="utf-8")


def test_places_of_papers_and_of_the_summary_are_filled_by_themselves(report: Report, tmp_path: Path) -> None:
    first, second = report.results
    papers = replace(report, results=(replace(first, paper="one"), replace(second, paper="two")))
    path = tmp_path / "README.md"
    path.write_text(
        "<!-- summary:begin -->\n<!-- summary:end -->\ntext\n<!-- verdicts:begin two -->\nold\n<!-- verdicts:end -->\n"
        "<!-- verdicts:begin three -->\nkept\n<!-- verdicts:end -->\n",
        encoding="utf-8",
    )
    for _ in range(2):  # the second time changes nothing
        write_markdown(papers, path)
        text = path.read_text(encoding="utf-8")
        summary, _, tables = text.partition("text")
        assert "| one | 1 | 1 HOLDS | 0 of 0 | 0 of 0 |" in summary
        assert "| two | 1 | 1 REFUTED | 1 of 1 | 0 of 0 |" in summary
        assert "a/holds" not in tables
        assert "a/literal" in tables
        assert "old" not in tables
        assert "kept" in tables
    assert summary == f"<!-- summary:begin -->\n{markdown_summary(papers)}<!-- summary:end -->\n"
