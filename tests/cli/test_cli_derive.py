"""``verify derive``, ``report`` and the replay of derivations on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from verify.cli import main


class Answer(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def run(*arguments: object) -> Answer:
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return run


def test_list_names_each_topic_with_its_statement(verify: Callable[..., Answer]) -> None:
    from verify.symbolic import TOPICS

    answer = verify("derive", "--list")
    assert answer.code == 0
    assert len(TOPICS) >= 20
    assert all(f"{name}: {topic.title}" in answer.out for name, topic in TOPICS.items())
    told = json.loads(verify("derive", "--list", "--format", "json").out)
    assert [entry["topic"] for entry in told] == list(TOPICS)
    assert all(entry["statement"] for entry in told)


def test_latex_goes_to_a_directory_or_a_file(verify: Callable[..., Answer], tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    answer = verify("derive", "balancedness", "first-integrals", "--format", "latex", "-o", folder)
    assert answer.code == 0
    assert answer.out == ""
    assert sorted(path.name for path in folder.iterdir()) == [
        "balancedness.tex", "first-integrals.tex", "main.tex", "rankproof-macros.tex", "rankproof.bib",
    ]  # fmt: skip
    main_file = (folder / "main.tex").read_text(encoding="utf-8")
    assert r"\input{balancedness}" in main_file
    assert r"\input{first-integrals}" in main_file
    assert verify("derive", "balancedness", "--format", "latex", "-o", tmp_path / "b.tex").code == 0
    assert (tmp_path / "b.tex").read_text(encoding="utf-8") == (folder / "balancedness.tex").read_text(encoding="utf-8")
    whole = verify("derive", "balancedness", "--format", "latex", "--columns", "2").out
    assert whole.startswith(r"\documentclass[10pt,twocolumn]{article}")
    assert whole.endswith("\\end{document}\n")


def test_a_derivation_is_replayed_from_its_file(verify: Callable[..., Answer], tmp_path: Path) -> None:
    stored = tmp_path / "d.json"
    assert verify("derive", "stable-rank", "--format", "json", "-o", stored).code == 0
    answer = verify("replay", stored)
    assert answer.code == 0
    assert answer.out.startswith(f"{stored}: stable-rank: all 13 steps verified; assuming τ2 ≤ τ1, ")
    document = json.loads(stored.read_text(encoding="utf-8"))

    def refused(step: int, path: list[Any], value: Any) -> str:
        changed = json.loads(json.dumps(document))
        place = changed["steps"][step - 1]
        for key in path[:-1]:
            place = place[key]
        assert place[path[-1]] != value
        place[path[-1]] = value
        (tmp_path / "e.json").write_text(json.dumps(changed), encoding="utf-8")
        answer = verify("replay", tmp_path / "e.json")
        assert answer.code == 1
        assert f"stable-rank: refused, step {step}: " in answer.out
        return answer.out

    sign = document["steps"][2]["exact"]["check"]["relation"]["relation"]
    assert sign[0] == "LessEqual"
    assert "is not seen to be" in refused(3, ["exact", "check", "relation", "relation", 0], "GreaterEqual")
    assert "relations[0].left is not what was checked" in refused(4, ["relations", 0, "left"], "−C")
    assert "uses.steps[0] is not" in refused(5, ["uses", "steps"], [3])
    both = verify("replay", stored, "--json", "-")
    signs = {"=": "=", "<=": "≤"}
    assert json.loads(both.out) == [
        {
            "file": str(stored), "topic": "stable-rank", "title": document["title"], "steps": 13, "stands": True,
            "hypotheses": [f"{r['left']} {signs[r['sign']]} {r['right']}" for r in document["hypotheses"]],
            "findings": [],
        }
    ]  # fmt: skip


def test_a_dropped_step_or_hypothesis_is_missed(verify: Callable[..., Answer], tmp_path: Path) -> None:
    document = json.loads(verify("derive", "first-integrals", "--format", "json").out)
    document["steps"] = document["steps"][:3] + document["steps"][4:]
    (tmp_path / "d.json").write_text(json.dumps(document), encoding="utf-8")
    answer = verify("replay", tmp_path / "d.json")
    assert answer.code == 1
    assert "refused, step 4: b^(−(L − 2)) < a^(−(L − 2)) was not established before" in answer.out


def test_several_topics_are_one_document(verify: Callable[..., Answer], tmp_path: Path) -> None:
    several = tmp_path / "d.json"
    assert verify("derive", "rank-one", "time", "--format", "json", "-o", several).code == 0
    answer = verify("replay", several)
    assert answer.code == 0
    assert [line.split(": ")[1] for line in answer.out.splitlines()] == ["rank-one", "time"]
    text = verify("derive", "rank-one", "time").out
    assert text.index("Rank one at vanishing scale") < text.index("The time along")


REPORT = {
    "schema": "rankproof/report/1",
    "environment": {"profile": "quick", "digits": 30, "seed": 0, "python": "3.11", "packages": {"rankproof": "0.1.0"}},
    "results": [],
    "unfinished": [],
}


def test_report_from_a_stored_one(verify: Callable[..., Answer], tmp_path: Path) -> None:
    stored = tmp_path / "r.json"
    stored.write_text(json.dumps(REPORT), encoding="utf-8")
    folder, page = tmp_path / "paper", tmp_path / "r.html"
    answer = verify("report", "--from", stored, "--latex", folder, "--html", page, "--no-derivations")
    assert answer.code == 0, answer
    assert {"main.tex", "claims.tex", "verdicts.tex", "rankproof-values.tex"} <= {
        path.name for path in folder.iterdir()
    }
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_report_checks_claims_first(verify: Callable[..., Answer], tmp_path: Path) -> None:
    claims = tmp_path / "my_claims.py"
    claims.write_text(
        '''from verify.claims import Assurance, Evidence, Scope, claim

EVERY = Scope.all("numbers")


@claim("mine/holds", paper="mine", number="Thm 1", scope=EVERY, kinds=("identity",))
def holds(run):
    """Statement: it holds for α ≥ 1."""
    yield Evidence.supports(kind="identity", assurance=Assurance.PROVED, scope=EVERY, detail="d", slack="1/3")
''',
        encoding="utf-8",
    )
    answer = verify("report", claims, "--latex", tmp_path / "paper", "--no-derivations")
    assert answer.code == 0, answer
    text = (tmp_path / "paper" / "claims.tex").read_text(encoding="utf-8")
    assert r"It holds for $\alpha \ge 1$." in text
    assert r"{mine/holds}{slack}{$\tfrac{1}{3}$}" in (tmp_path / "paper/rankproof-values.tex").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["derive"], "which topic?"),
        (["derive", "stable-rnk", "--format", "latex", "-o", "DIR/paper"], "did you mean stable-rank?"),
        (["derive", "stable-rank", "--format", "latex", "-o", "FILE"], "is a file; name a directory"),
        (["derive", "stable-rank", "--format", "json", "-o", "DIR"], "is a directory; give a file"),
        (["derive", "stable-rank", "--columns", "3"], "columns"),
        (["derive", "all", "stable-rank", "--depth", "99"], "depth: is 99"),
        (["report"], "which form?"),
        (["report", "--html", "DIR"], "is a directory"),
        (["report", "--latex", "FILE"], "is a file; name a directory"),
        (["report", "--latex", "DIR/x", "--from", "FILE"], "is not a report"),
        (["report", "--latex", "DIR/x", "--from", "DIR/none.json"], "none.json"),
        (["report", "mine", "--latex", "DIR/x", "--from", "FILE"], "has its own claims"),
        (["report", "--latex", "DIR/x", "--from", "BROKEN"], "is not a whole report"),
        (["replay", "OLD"], "has the form rankproof/derivation/1"),
        (["replay", "EMPTY"], "has no steps in machine-readable form"),
    ],
)
def test_bad_input_is_one_line(verify: Callable[..., Answer], tmp_path: Path, arguments: list[str], said: str) -> None:
    files = {
        "FILE": "{}",
        "BROKEN": json.dumps({"schema": "rankproof/report/1"}),
        "OLD": json.dumps({"schema": "rankproof/derivation/1"}),
        "EMPTY": json.dumps({"schema": "rankproof/derivation/2", "steps": []}),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "DIR").mkdir()
    given = [str(tmp_path / word) if word.split("/")[0] in (*files, "DIR") else word for word in arguments]
    answer = verify(*given)
    assert answer.code == 3, answer
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert said in answer.err


@pytest.mark.parametrize(
    "path",
    [
        ["steps", 0, "exact"], ["steps", 0, "exact", "check"], ["steps", 0, "exact", "check", "is"],
        ["steps", 0, "exact", "check", "relations"], ["steps", 0, "exact", "check", "setting"], ["steps", 0],
        ["exact", "hypotheses"], ["exact", "statement"], ["steps", 0, "exact", "check", "relations", 0, "relation", 1],
    ],
)  # fmt: skip
def test_hostile_files_are_refused(verify: Callable[..., Answer], tmp_path: Path, path: list[Any]) -> None:
    text = verify("derive", "first-integrals", "--format", "json").out
    files = []
    for value in (None, 7, "x", [], {}, ["Power", 2], {"is": "checks.Identity"}, {"is": "os.System"}):
        document = json.loads(text)
        place = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        files.append(tmp_path / f"{len(files)}.json")
        files[-1].write_text(json.dumps(document), encoding="utf-8")
    answer = verify("replay", *files)
    assert answer.code == 1, answer
    assert answer.out.count("refused, ") == len(files)
    assert answer.err == ""
