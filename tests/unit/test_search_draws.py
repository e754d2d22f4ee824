"""Candidates of a hunt: they stay in the box, repeat with the seed, and meet sets that no uniform draw meets."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify.arithmetic import InputError
from verify.search import Chart
from verify.search.draws import draw, improve, plainness, polish, rounded, simple_points, structured
from verify.search.hunt import Hunt, complexity


def chart(lower: tuple[float, ...], upper: tuple[float, ...], whole: tuple[int, ...] = ()) -> Chart:
    return Chart(
        name="box",
        lower=lower,
        upper=upper,
        data=lambda p: {"p": list(p)},
        slack=lambda x: (x**2).sum(axis=1),
        whole=whole,
    )


BOX = chart((-1, 0.05, 2), (3, 0.2, 5), whole=(2,))


@pytest.mark.parametrize("seed", range(5))
def test_draws_stay_in_the_box(seed: int) -> None:
    points = draw(np.random.default_rng(seed), BOX, 1000)
    assert points.shape == (1000, 3)
    assert ((points >= BOX.lower) & (points <= BOX.upper)).all()
    assert (points[:, 2] == np.round(points[:, 2])).all()
    assert set(points[:, 2]) == {2.0, 3.0, 4.0, 5.0}


def test_draws_depend_on_the_seed_alone() -> None:
    first, again, other = (draw(np.random.default_rng([s, 3]), BOX, 100) for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_structured_points_meet_thin_sets() -> None:
    points = structured(np.random.default_rng(0), chart((-1,) * 4, (1,) * 4), 4000)
    a, b, c, d = points.T
    for thin in (a == b, a == -d, c == 0, (a == b) & (c == d), (points == 0).all(axis=1)):
        assert thin.sum() >= 20


def test_improvement_goes_downhill_and_keeps_to_the_box() -> None:
    rng = np.random.default_rng(0)
    box = chart((0.5,) * 5, (4,) * 5)
    points = draw(rng, box, 64)
    better, slack = improve(rng, box, points, box.slack(points), box.slack, rounds=60)
    assert slack.min() < 5 * 0.5**2 + 1e-3
    assert (np.sort(slack) <= np.sort(box.slack(points))).all()
    assert (better >= 0.5).all()


def test_polishing_follows_a_narrow_valley() -> None:
    """A valley 1000 times as long as wide, askew: the best of 64 points comes 1000 times as near to its bottom."""
    rng = np.random.default_rng(0)

    def slack(x: np.ndarray) -> np.ndarray:
        along, across = x[:, 0] + x[:, 1], x[:, 0] - x[:, 1]
        return along**2 + (1000 * across) ** 2 + (x[:, 2:] ** 2).sum(axis=1)

    box = chart((-2,) * 4, (3,) * 4)
    points = rng.uniform(-2, 3, (64, 4))
    start = slack(points)
    better, found = polish(rng, box, points, start, slack, rounds=60)
    assert found.min() < 1e-3 * start.min()
    assert (found == slack(better)).all()
    assert ((better >= -2) & (better <= 3)).all()


def test_improvement_leaves_points_that_satisfy_the_hypotheses() -> None:
    rng = np.random.default_rng(0)

    def slack(x: np.ndarray) -> np.ndarray:
        return np.where(x[:, 0] > 1, x[:, 0], np.nan)

    points = np.linspace(0, 3, 16)[:, None]
    better, found = improve(rng, chart((0,), (3,)), points, slack(points), slack, rounds=30)
    assert np.nanmin(found) >= 1
    assert (better[~np.isnan(found), 0] > 1).all()


def test_rounding_gives_simple_fractions_inside_the_box() -> None:
    found = rounded(BOX, np.array([0.3333333, 0.1428571, 3.0]), (1, 2, 3, 7, 10))
    assert (Fraction(2, 7), Fraction(1, 7), Fraction(3)) in found
    assert all(BOX.contains(point) for point in found)
    assert all(Fraction(1, 20) <= point[1] <= Fraction(1, 5) for point in found)


def test_simple_points_are_exhaustive_where_there_are_few_coordinates() -> None:
    points = simple_points(np.random.default_rng(0), chart((-1, -1), (1, 1)), 3000)
    assert len(set(points)) == len(points)
    assert points[0] == (0, 0)
    assert {(Fraction(a, 2), Fraction(b, 2)) for a in range(-2, 3) for b in range(-2, 3)} <= set(points)
    assert [plainness(p) for p in points] == sorted(plainness(p) for p in points)


def test_simple_points_of_many_coordinates_stay_in_the_box() -> None:
    box = chart((-0.5,) * 12, (1,) * 12)
    points = simple_points(np.random.default_rng(0), box, 1000)
    assert len(points) > 200
    assert all(box.contains(p) for p in points)


def test_simpler_data_have_smaller_complexity() -> None:
    values = ["0", "1", "2", "-1", "1/2", "1/3", "-1/2", "10", "17/100"]
    sizes = [complexity({"x": Fraction(v)}) for v in values]
    assert sizes[0] < sizes[1] < sizes[2] < sizes[3] < sizes[4] < sizes[5] < sizes[6] < sizes[8]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"lower": (1.0,), "upper": (0.0,)}, "axis 0"),
        ({"lower": (), "upper": ()}, "ends"),
        ({"lower": (0.0,), "upper": (1.0, 2.0)}, "ends"),
        ({"lower": (0.0,), "upper": (float("inf"),)}, "axis 0"),
        ({"lower": (0.0,), "upper": (1.0,), "whole": (1,)}, "whole"),
    ],
)
def test_charts_that_are_none_are_refused(change: dict[str, tuple[float, ...]], place: str) -> None:
    with pytest.raises(InputError, match=place):
        chart(**change)  # type: ignore[arg-type]


def test_hunts_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="no chart"):
        Hunt(charts=(), certify=lambda data: data)
    with pytest.raises(InputError, match="two charts"):
        Hunt(charts=(BOX, BOX), certify=lambda data: data)
    with pytest.raises(InputError, match="noise"):
        Hunt(charts=(BOX,), certify=lambda data: data, noise=-1.0)
