"""The README does what it says: its commands run and print what it shows, its example is a claim, its table is ours."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from verify.claims import installed_claims, load_file, run_claims
from verify.cli import main
from verify.report.markdown import END

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
CUT = "…"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.M | re.S)


def sessions() -> list[tuple[str, list[str]]]:
    """Each command that is shown, with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for block in blocks("console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def comparable(line: str) -> str:
    """A line without what a better engine or another processor changes: radii, the digits next to them, spaces."""
    line = re.sub(r"(\d\.\d{9})\d*(?: ± \S+)?", r"\1", line)
    return " ".join(re.sub(r"\d\.\d+e-\d+", "a bound", line).split())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files that the README gives, and nothing else."""
    [problem], [claims] = blocks("json"), blocks("python")
    (tmp_path / "start.json").write_text(problem, encoding="utf-8")
    (tmp_path / "my_claims.py").write_text(claims, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def test_every_engine_is_shown() -> None:
    assert [shlex.split(command)[:2] for command, _ in sessions()] == [
        ["verify", "derive"],
        ["verify", "limit"],
        ["verify", "flow"],
        ["verify", "check"],
    ]


@pytest.mark.parametrize(("command", "shown"), sessions(), ids=[command for command, _ in sessions()])
def test_a_command_prints_what_is_shown(
    command: str, shown: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(shlex.split(command)[1:]) == 0
    printed = iter([comparable(line) for line in capsys.readouterr().out.splitlines()])
    for line in shown:  # in this order, with gaps only where the README has an ellipsis; none is empty
        if line == CUT:
            continue
        assert line.strip()
        assert comparable(line) in printed, f"{command} did not print: {line}"


@pytest.mark.usefixtures("here")
def test_the_example_is_a_claim_that_holds_with_a_twin_that_is_refuted() -> None:
    [result] = run_claims(load_file("my_claims.py"))
    assert result.as_expected
    assert result.twin is not None


RENEW = 'bring the tables up to date: make check ARGS="--markdown README.md --markdown proofs_checks/PAPER/README.md"'


def test_the_tables_name_exactly_the_registered_claims(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json", "-"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["slug"] for entry in listed] == list(installed_claims().slugs)
    for paper in {entry["paper"] for entry in listed}:
        text = (ROOT / "proofs_checks" / paper / "README.md").read_text(encoding="utf-8")
        table = text.partition(f"<!-- verdicts:begin {paper} -->")[2].partition(END)[0]
        rows = re.findall(r"^\| `([^`]+)`( †)?<br>.*?\*\*([A-Z]+)\*\*", table, re.M)
        expected = {(e["slug"], bool(e["literal_reading"]), e["expected"]) for e in listed if e["paper"] == paper}
        assert {(slug, bool(mark), verdict) for slug, mark, verdict in rows} == expected, RENEW
        assert "all as expected" in table
        [count] = re.findall(rf"^\| {re.escape(paper).replace('_', chr(92) * 2 + '_')} \| (\d+) \|", TEXT, re.M)
        assert int(count) == len(expected), RENEW


def test_links_lead_to_files() -> None:
    for source in (ROOT / "README.md", *ROOT.glob("proofs_checks/*/README.md")):
        text = re.sub(r"^```.*?^```$", "", source.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)#\s]+)\)", text):
            assert (source.parent / target).exists(), f"{source.relative_to(ROOT)} links to {target}"


def test_named_targets_exist() -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    for target in set(re.findall(r"(?:^|`)make ([a-z]+)", TEXT, re.M)):
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


def test_the_house_is_the_one_that_stands() -> None:
    [tree] = re.findall(r"^```\n(verify/.*?)^```$", TEXT, re.M | re.S)
    rooms = {f"verify/{name}" for name in re.findall(r"^  (\w+)/", tree, re.M)}
    assert rooms <= {path.relative_to(ROOT).as_posix() for path in (ROOT / "verify").iterdir()}
    for folder in re.findall(r"^(\w+)/", tree, re.M):
        assert (ROOT / folder).is_dir()
