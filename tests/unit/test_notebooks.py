"""The notebooks: script and notebook say the same, outputs are there, and the story's results are what it tells."""

from __future__ import annotations

import runpy
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from verify.claims import Assurance, Verdict

jupytext = pytest.importorskip("jupytext", reason="jupytext reads the notebooks; it comes with the extra [notebooks]")
pytest.importorskip("IPython", reason="the notebooks display with IPython; it comes with the extra [notebooks]")

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "notebooks").glob("*.py"))
NAMES = [script.stem for script in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=NAMES)
def test_script_and_notebook_have_the_same_cells(script: Path) -> None:
    written, executed = jupytext.read(script), jupytext.read(script.with_suffix(".ipynb"))
    mine = [(cell.cell_type, cell.source) for cell in written.cells]
    assert mine == [(cell.cell_type, cell.source) for cell in executed.cells], "run make notebooks"


@pytest.mark.parametrize("script", SCRIPTS, ids=NAMES)
def test_the_notebook_was_executed_from_top_to_bottom(script: Path) -> None:
    cells = [cell for cell in jupytext.read(script.with_suffix(".ipynb")).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []
    assert script.with_suffix(".ipynb").stat().st_size < 400_000


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The names that the first notebook leaves, and the directory that it was run in."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        names = runpy.run_path(str(ROOT / "notebooks" / "01_five_minutes.py"))
    plt.close("all")
    return names, folder


def test_five_minutes_tells_the_truth(story: tuple[dict[str, Any], Path]) -> None:
    names, folder = story
    assert {name: decision.coupled for name, decision in names["coupling"].items()} == {
        "family, depth 3": True,
        "family, depth 2": False,
        "rotations, depth 3": False,
        "hidden rotations, depth 3": False,
    }
    limit = names["limit"]
    assert limit.certificate.holds()
    assert limit.stable_rank.contains(Fraction("1.00000003146150460101928566323164133967334753"))
    assert limit.singular_values[1].lower > 0
    assert names["nearby"].rank_at_least == 2
    assert names["refusal"].certificate is None
    assert (names["result"].verdict, names["result"].assurance) == (Verdict.REFUTED, Assurance.ENCLOSED)
    assert names["result"].as_expected
    for (depth, scale), dot in names["dots"].items():
        root = names["enclose_family_limit"](depth, alpha=scale, digits=24)
        assert dot.stable_rank.overlaps(root.stable_rank)
        assert dot.stable_rank.lower > 1
    for _, first, second in [state for path in names["paths"].values() for state in path]:
        assert first.lower > second.upper > second.lower > 0
    for suffix in ("png", "svg"):
        assert (folder / "figures" / f"depth_and_scale.{suffix}").stat().st_size > 20_000


def test_the_order_of_depths_reverses_where_the_figure_says(story: tuple[dict[str, Any], Path]) -> None:
    limit = story[0]["enclose_family_limit"]
    for scale, rising in (("1.4", False), ("1.8", True)):
        ranks = [limit(depth, alpha=scale, digits=20).stable_rank for depth in (3, 4, 5)]
        assert ranks == sorted(ranks, key=lambda ball: ball.mid, reverse=not rising)
        assert not any(a.overlaps(b) for a, b in pairwise(ranks))
