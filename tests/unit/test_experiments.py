"""Experiments: their fast iterations are the toolkit's, they run, and what they say follows from their numbers."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from proofs_checks.hou_sra_yurtsever_2025.experiments.completion import SCALES, Scale, as_model, grid, spectra
from proofs_checks.hou_sra_yurtsever_2025.experiments.network import HIDDEN, Networks, untrained
from proofs_checks.hou_sra_yurtsever_2025.experiments.ptychography import PIXELS, Microscope
from verify.claims import Experiment, installed_experiments
from verify.cli import main
from verify.numeric.iterate import Machine, apply_map, start_state


@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)
def test_the_batched_iteration_is_the_toolkits(scale: Scale, diagonal: bool) -> None:
    runs = grid(scale, diagonal=diagonal, seeds=range(1))
    k = 2
    # Close to the ball's surface, so that the projection acts on the way.
    runs.U = runs.U * 0.9999 / np.linalg.norm(runs.U, axis=(1, 2), keepdims=True)
    model = as_model(runs, k, radius=1)
    numbers = Machine("float64")
    state = start_state(model, numbers)
    for _ in range(5):
        runs.advance()
        state = apply_map(model, state, numbers).state
    assert np.allclose(runs.U[k], state["U"], rtol=1e-9, atol=1e-15)
    if runs.D is not None:
        assert np.allclose(runs.D[k, 0], state["D"][:, 0], rtol=1e-9, atol=1e-15)
        assert np.linalg.norm(runs.U[k]) == pytest.approx(1, abs=1e-12) or scale.normalized


def test_spectra_are_those_of_the_product() -> None:
    runs = grid(SCALES[1], diagonal=True, seeds=range(1))
    X = (runs.U * runs.D) @ runs.U.transpose(0, 2, 1)
    expected = np.linalg.svd(X[0], compute_uv=False)
    assert np.allclose(next(spectra(runs)), expected, rtol=1e-4, atol=1e-12 * expected[0])


def test_views_and_their_adjoint_fit() -> None:
    random, scope = np.random.default_rng(1), Microscope()
    x = random.standard_normal((2, PIXELS, PIXELS))
    views = scope.views(x)
    y = random.standard_normal(views.shape) + 1j * random.standard_normal(views.shape)
    left = (views.conj() * y).sum(axis=(1, 2, 3)).real
    assert np.allclose(left, (x * scope.back(y)).sum(axis=(1, 2)))
    assert (np.linalg.norm(views, axis=(2, 3)) <= np.linalg.norm(x, axis=(1, 2))[:, None]).all()


@pytest.mark.parametrize("kind", ["UV", "UDV"])
def test_networks_descend_along_the_gradient(kind: str) -> None:
    random = np.random.default_rng(2)
    inputs, targets = random.standard_normal((1, 30, 4)), random.standard_normal((1, 30))

    def loss(networks: Networks) -> float:
        return float(((networks.predict(inputs) - targets) ** 2).mean() / 2)

    before = untrained(kind, range(1), 4)
    before.U, before.v = before.U / 2, before.v / 2  # inside the balls
    after = Networks(before.U, before.v, before.w, before.constrained)
    after.train(inputs, targets)
    for name in ("U", "v", "w") if kind == "UDV" else ("U", "v"):
        moved = getattr(before, name) - getattr(after, name)
        place = np.unravel_index(np.abs(moved).argmax(), moved.shape)
        shifted = []
        for sign in (1, -1):
            array = getattr(before, name).copy()
            array[place] += sign * 1e-6
            parts = {"U": before.U, "v": before.v, "w": before.w, name: array}
            shifted.append(loss(Networks(**parts, constrained=before.constrained)))
        assert moved[place] == pytest.approx(0.05 * (shifted[0] - shifted[1]) / 2e-6, rel=1e-4)


def test_pruning_to_the_full_rank_changes_nothing() -> None:
    networks = untrained("UV", range(3), 7)
    inputs = np.random.default_rng(3).standard_normal((3, 11, 7))
    assert np.allclose(networks.pruned(HIDDEN).predict(inputs), networks.predict(inputs))
    assert np.linalg.matrix_rank(networks.pruned(2).layer()[0]) == 2


def test_every_experiment_is_installed_and_tells_what_differs() -> None:
    found = installed_experiments()
    assert {"completion", "network", "ptychography", "scale-scan"} <= set(found)
    for one in found.values():
        assert isinstance(one, Experiment)
        assert "Different" in one.about
        assert "As in the paper" in one.about


@pytest.mark.parametrize("name", ["completion", "network", "ptychography", "scale-scan"])
def test_an_experiment_runs_shortened(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", name, "-o", str(tmp_path), "--seeds", "1", "--effort", "0.001"]) == 0
    printed = capsys.readouterr().out
    document = json.loads((tmp_path / name / "findings.json").read_text(encoding="utf-8"))
    assert document["effort"] == 0.001
    assert {answer["verdict"] for answer in document["answers"]} <= {"SUPPORTED", "UNDECIDED"}
    for answer in document["answers"]:
        assert answer["detail"].split()[0] in printed
    for picture in document["pictures"]:
        assert Path(picture).read_bytes().startswith(b"\x89PNG")


def test_a_spectrum_of_low_rank_everywhere_is_seen() -> None:
    home = importlib.import_module("proofs_checks.hou_sra_yurtsever_2025.experiments.completion")
    low, high = [[1.0, 0.5, 1e-30]] * 6, [[1.0, 0.5, 10.0**-k] for k in range(3, 9)]
    history = [(1, [1.0] * 6), (2, [1e-9] * 6)]
    results = {
        f"{scale.name} {model}": {"spectra": low if model == "UDU" else high, "objective": history}
        for scale in SCALES
        for model in ("UU", "UDU")
    }
    assert all(answer.seen for answer in home._answers(results))
    swapped = {name: results[name.replace("UDU", "x").replace("UU", "UDU").replace("x", "UU")] for name in results}
    assert not any(answer.seen for answer in home._answers(swapped) if "fitted" not in answer.question)


def test_an_unknown_experiment_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "completoin"]) == 3
    assert "did you mean completion?" in capsys.readouterr().err
    assert main(["experiment"]) == 3
    assert main(["experiment", "--list"]) == 0
    assert "ptychography" in capsys.readouterr().out
