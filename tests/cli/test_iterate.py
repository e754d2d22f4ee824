"""``verify iterate``, and ``flow`` and ``limit`` of models that are no deep factorizations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from verify.cli import main

UDU = {
    "model": "udu",
    "U": [["1/2", "1/10"], ["0", "1/2"]],
    "D": ["1", "1"],
    "radius": "3",
    "step": "1/20",
    "observed": [[0, 0, "2"], [0, 1, "1"], [1, 0, "1"], [1, 1, "2"]],
}


def written(path: Path, **changes: object) -> str:
    file = path / "p.json"
    file.write_text(json.dumps({**UDU, **changes}), encoding="utf-8")
    return str(file)


def test_iterate_prints_json_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["iterate", written(tmp_path), "--steps", "400", "--digits", "25", "--json", "-"]) == 0
    data = json.loads(capsys.readouterr().out)
    wanted = {"steps", "U", "D", "singular_values", "objective", "active_steps", "clamps", "seconds"}
    assert wanted <= set(data)
    assert data["steps"] == 400
    assert [round(float(x), 12) for x in data["singular_values"]] == [3, 1]
    assert len(data["D"]) == 2
    assert data["active_steps"] == {"U": 0}


@pytest.mark.parametrize("numbers", ["mpmath", "balls", "float64", "longdouble"])
def test_iterate_in_every_kind_of_number(numbers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["iterate", written(tmp_path), "--steps", "9", "--numbers", numbers]) == 0
    shown = capsys.readouterr().out
    assert "State after 9 steps" in shown
    assert "singular value 2" in shown
    assert "steps in which the ball of U was active: 0" in shown


def test_bm_and_udv_iterate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bm = written(tmp_path, model="bm")
    del_keys = {key: value for key, value in UDU.items() if key not in ("D", "radius")}
    Path(bm).write_text(json.dumps({**del_keys, "model": "bm"}), encoding="utf-8")
    assert main(["iterate", bm, "--steps", "5", "--json", "-"]) == 0
    assert "D" not in json.loads(capsys.readouterr().out)
    udv = {key: value for key, value in UDU.items() if key != "radius"}
    Path(bm).write_text(json.dumps({**udv, "model": "udv", "V": UDU["U"], "radii": [2, 3]}), encoding="utf-8")
    assert main(["iterate", bm, "--steps", "5", "--json", "-"]) == 0
    assert {"U", "D", "V"} <= set(json.loads(capsys.readouterr().out))


def test_flow_and_limit_take_every_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path)
    assert main(["flow", file, "--time", "1", "--digits", "15", "--json", "-"]) == 0
    flow = json.loads(capsys.readouterr().out)
    assert len(flow["D"]) == 2
    assert main(["flow", file, "--time", "1", "--digits", "15", "--rigorous"]) == 0
    assert "D[1]" in capsys.readouterr().out
    assert main(["limit", file, "--digits", "15", "--json", "-", "--strict"]) == 0
    limit = json.loads(capsys.readouterr().out)
    assert limit["converged"] is True
    assert limit["rank_at_least"] == 2


def test_a_limit_at_an_active_ball_is_not_certified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, radius="1")
    assert main(["limit", file, "--digits", "10", "--strict"]) == 2
    assert "the ball of U may be active" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"D": ["1"]}, "D: has 1 numbers; U has 2 columns"),
        ({"D": ["1", "-1"]}, "D[1]: -1 is negative"),
        ({"D": "11"}, "D: is not a non-empty list of numbers"),
        ({"radius": "1/10"}, "U: lies outside the ball of radius 1/10"),
        ({"radius": "0"}, "radius: 0 is not positive"),
        ({"step": "-1"}, "step: -1 is not positive"),
        ({"radii": ["1", "1"]}, "'radii': is not a key of a problem"),
        ({"layers": []}, "'layers': is not a key of a problem; the keys are model, U, D, radius, step, observed"),
        ({"measurements": [[[1]]], "values": [1]}, "measurements: stands next to observed"),
        ({"observed": [[0, 2, "1"]]}, "observed[0]: column 2 is outside the 2x2"),
        ({"model": "uud"}, "model: 'uud' is not known; known models: deep, sensing, bm, udu, udv"),
    ],
)
def test_bad_problems_are_refused_in_one_line(
    changes: dict[str, object], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["iterate", written(tmp_path, **changes), "--steps", "1"]) == 3
    [line] = capsys.readouterr().err.splitlines()
    assert told in line


def test_measurements_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = {key: value for key, value in UDU.items() if key != "observed"}
    file = tmp_path / "p.json"

    def run(**changes: object) -> int:
        file.write_text(json.dumps({**plain, **changes}), encoding="utf-8")
        return main(["iterate", str(file), "--steps", "1", "--json", "-"])

    assert run(measurements=[[[1, 0], [0, 1]]], values=[2]) == 0
    capsys.readouterr()
    for changes, told in (
        ({"measurements": [[[1, 2], [0, 1]]], "values": [2]}, "measurements[0]: is not symmetric"),
        ({"measurements": [[[1, 0], [0, 1]]]}, "values: is missing"),
        ({"measurements": [[[1, 0], [0, 1]]], "values": [1, 2]}, "values: are 2 for 1 measurements"),
        ({"measurements": [[[0, 0], [0, 0]]], "values": [1]}, "measurements[0]: is zero"),
        ({"measurements": [[[1]]], "values": [1]}, "measurements: belongs to a 1x1 matrix; the product is 2x2"),
        ({}, "observed: is missing"),
    ):
        assert run(**changes) == 3
        assert told in capsys.readouterr().err


def test_a_step_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps({key: value for key, value in UDU.items() if key != "step"}), encoding="utf-8")
    assert main(["iterate", str(file), "--steps", "1"]) == 3
    assert "step: is missing" in capsys.readouterr().err
