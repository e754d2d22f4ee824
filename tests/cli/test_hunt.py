"""``verify hunt``: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from verify.claims import read_witness
from verify.cli import main

HUNTED = str(Path(__file__).parents[1] / "hunted.py")


def hunt(*arguments: str) -> int:
    return main(["hunt", *arguments, "--claims", HUNTED])


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_the_report_shows_the_funnel_the_histogram_and_both_counterexamples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert hunt("hunted/false", "--cases", "8192") == 0  # it expects to be refuted
    out = capsys.readouterr().out
    assert "hunted/false: seed 0, 2 of 2 shards" in out
    assert "slack: 2 − x² − y²" in out
    assert "8192 float64 candidates" in out
    assert "simplest counterexample" in out
    assert "{x:" in out
    assert "proved: 2 − x² − y² = -2" in out
    assert "confirmed by again: in fractions" in out
    assert "worst counterexample" in out
    assert "█" in out


def test_nothing_found_is_as_expected_of_a_true_claim(capsys: pytest.CaptureFixture[str]) -> None:
    assert hunt("hunted/true", "--cases", "8192") == 0
    out = capsys.readouterr().out
    assert "no counterexample was certified" in out
    assert "times: the inequality holds" in out


def test_nothing_found_contradicts_a_claim_that_expects_to_be_refuted() -> None:
    assert hunt("hunted/false", "--cases", "1", "--seed", "3") in (0, 1)
    # a single candidate that satisfies no hypothesis refutes nothing
    codes = {hunt("hunted/false", "--cases", "1", "--seed", str(seed)) for seed in range(8)}
    assert 1 in codes


def test_json_alone_on_standard_output_can_be_merged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert hunt("hunted/false", "--cases", "12288", "--json", "-") == 0
    whole = document(capsys)
    part = tmp_path / "part.json"
    assert hunt("hunted/false", "--shards", "1:3", "--cases", "12288", "--json", str(part)) == 0
    capsys.readouterr()
    assert hunt("hunted/false", "--shards", "0:1", "--cases", "12288", "--merge", str(part), "--json", "-") == 0
    merged = document(capsys)
    assert merged["schema"] == whole["schema"] == "rankproof/hunt/1"
    assert merged["tally"]["shards"] == whole["tally"]["shards"] == [0, 1, 2]
    assert merged["tally"]["histogram"] == whole["tally"]["histogram"]
    assert merged["simplest"]["witness"] == whole["simplest"]["witness"]
    assert merged["refuted"] is True


def test_the_simplest_counterexample_is_stored_and_replays(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert hunt("hunted/false", "--cases", "4096", "--first", "--witnesses", str(tmp_path / "new")) == 0
    [path] = (tmp_path / "new").iterdir()
    assert path.name == "false.hunted.json"
    assert read_witness(path).claim == "hunted/false"
    assert main(["replay", str(path), "--claims", HUNTED]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hunted/without"], "has no hunt"),
        (["hunted/false", "--twin"], "the negative twin of 'hunted/false': speaks of fixed data: nothing varies"),
        (["hunted/nothing"], "names no claim"),
        (["hunted/false", "--shards", "3:1"], "is not a range"),
        (["hunted/false", "--budget", "-1"], "is no time"),
        (["hunted/false", "--cases", "0"], "cases"),
        (["hunted/*", "--merge", HUNTED], "does not serve 2 claims"),
        (["hunted/false", "--merge", HUNTED], "not JSON"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_3(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hunt(*arguments) == 3
    streams = capsys.readouterr()
    assert streams.out == ""
    assert message in streams.err
    assert len(streams.err.splitlines()) == 1


def test_reports_of_other_hunts_are_not_merged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    part = tmp_path / "part.json"
    assert hunt("hunted/false", "--cases", "100", "--seed", "1", "--json", str(part)) == 0
    capsys.readouterr()
    assert hunt("hunted/false", "--cases", "100", "--merge", str(part)) == 3
    assert "has seed 1, not 0" in capsys.readouterr().err
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    assert hunt("hunted/false", "--merge", str(tmp_path / "other.json")) == 3
    assert "is not the report of a hunt" in capsys.readouterr().err
    assert hunt("hunted/false", "--cases", "100", "--seed", "1", "--merge", str(part), "--merge", str(part)) == 3
    assert "shard 0 is counted twice" in capsys.readouterr().err


def test_several_claims_are_hunted_one_after_another(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The claim without a hunt is passed over; what is false is refuted, what is true is not."""
    assert hunt("hunted/*", "--cases", "4096", "--witnesses", str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")] == ["false", "true"]
    assert "2 hunts" in out
    assert "1 refuted; all as expected" in out
    assert "1 claim not hunted: no hunt was written" in out
    assert [path.name for path in tmp_path.iterdir()] == ["false.hunted.json"]
    assert main(["hunt", HUNTED, "--cases", "4096", "--json", "-"]) == 0
    found = document(capsys)
    assert found["schema"] == "rankproof/hunts/1"
    assert [(one["slug"], one["refuted"], one["as_expected"]) for one in found["hunts"]] == [
        ("hunted/false", True, True),
        ("hunted/true", False, True),
    ]
    assert list(found["not_hunted"]) == ["hunted/without"]
    assert found["unfinished"] == []


def test_the_budget_is_for_all_hunts_together(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUNTED_SLEEP", "0.01")
    assert hunt("hunted/*", "--cases", "1000000", "--budget", "1", "--json", "-") == 0
    found = document(capsys)
    reports = found["hunts"]
    assert all(one["unfinished"] for one in reports)
    assert [one["slug"] for one in reports] + found["unfinished"] == ["hunted/false", "hunted/true"]
    assert sum(one["seconds"] for one in reports) < 20


def test_claims_about_fixed_data_have_nothing_to_hunt(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hunt", "shin-yun-2026/coupled-with-*"]) == 3
    assert "none of these claims has a hunt" in capsys.readouterr().err
    assert main(["hunt", "shin-yun-2026/coupled-with-stable-rank-two"]) == 3
    streams = capsys.readouterr()
    assert "speaks of instances M8, M9: nothing varies; decide it with verify check" in streams.err
    assert len(streams.err.splitlines()) == 1
