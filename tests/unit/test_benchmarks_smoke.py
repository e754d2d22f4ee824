"""The benchmarks' command runs from end to end; its figures are not looked at, only that they are there."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "run.py"


def test_the_benchmarks_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("benchmarks_run", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "benchmarks_run", module)
    spec.loader.exec_module(module)
    out = tmp_path / "figures.json"
    rows = module.main(["--quick", "--cap", "0.1", "--starts", "16", "--scipy-starts", "1", "--json", str(out)])
    assert {row["part"] for row in rows} == {"precise", "correct", "rigorous", "batch", "growth"}
    assert json.loads(out.read_text(encoding="utf-8")) == rows
    correct = [row for row in rows if row["part"] == "correct"]
    assert [row["achieved"] >= row["digits"] for row in correct] == [True] * len(correct)
    [ours] = [row for row in rows if row.get("who") == "rankproof"]
    assert ours["achieved"] >= 16
    [loop] = [row for row in rows if row.get("who") == "scipy"]
    assert loop["worst_error"] < 1e-8
    assert "extrapolated_seconds" in next(row for row in rows if str(row.get("who")).startswith("mpmath"))
    assert "rankproof 1e-10" in capsys.readouterr().out


def test_the_benchmark_of_the_hunt_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("benchmarks_hunt", SCRIPT.with_name("hunt.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "benchmarks_hunt", module)
    spec.loader.exec_module(module)
    out = tmp_path / "figures.json"
    rows = module.main(["--quick", "--no-cluster", "--json", str(out)])
    assert [row["part"] for row in rows] == ["naive loop", "draw and judge", "whole shards", "1 process", "2 processes"]
    assert json.loads(out.read_text(encoding="utf-8")) == rows
    assert all(row["candidates"] > 0 and row["rate"] > 0 for row in rows)
