"""Flows whose data differ from candidate to candidate, and hunts of two kinds of data."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.arithmetic import InputError
from verify.claims import Evidence, Scope
from verify.models import symmetric_family
from verify.numeric.batch import integrate_batch
from verify.search import Chart, Hunt
from verify.search.flows import joined
from verify.search.follow import follow


def test_one_problem_for_all_is_what_the_batched_integrator_follows() -> None:
    rng = np.random.default_rng(0)
    layers = [rng.uniform(-1, 1, (50, 2, 2)) for _ in range(3)]
    seen = np.eye(2)[:, :, None]
    found = follow(layers, lambda whole, some: seen * (whole - 1), time=2.0, tolerance=1e-11, steps=400)
    other = integrate_batch(symmetric_family(3, n=2, m=2, alpha=1), layers, time=2, tolerance=1e-13, estimate=False)
    assert (found.time == 2.0).all()
    assert np.abs(found.product - other.product).max() < 1e-8
    assert max(np.abs(a - b).max() for a, b in zip(found.layers, other.layers, strict=True)) < 1e-8


def test_rectangular_layers_move_down_the_gradient() -> None:
    """A short step, against differences of the loss."""
    rng = np.random.default_rng(1)
    layers = [rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 3, 2)), rng.normal(size=(3, 1, 3))]
    target = rng.normal(size=(1, 4, 3))
    short = 1e-6
    found = follow(layers, lambda whole, some: whole - target[..., some], time=short)

    def loss(parts: list[np.ndarray]) -> np.ndarray:
        whole = parts[2] @ parts[1] @ parts[0]
        return np.asarray(((whole - np.moveaxis(target, -1, 0)) ** 2).sum(axis=(1, 2)) / 2)

    for l, (before, after) in enumerate(zip(layers, found.layers, strict=True)):
        for i, j in np.ndindex(before.shape[1:]):
            step = np.zeros_like(before)
            step[:, i, j] = 1e-4
            ahead, behind = ([*layers[:l], before + s * step, *layers[l + 1 :]] for s in (1, -1))
            slope = (loss(ahead) - loss(behind)) / 2e-4
            assert np.allclose((after - before)[:, i, j] / short, -slope, atol=1e-4)


def test_every_candidate_has_its_own_target_and_time() -> None:
    """``w' = 2w(y − w)`` from 1/4, of which each is left at its own time."""
    y, time = np.array([1.0, 2.0, 0.5]), np.array([1.0, 0.3, 4.0])
    half = np.full((3, 1, 1), 0.5)
    found = follow([half, half], lambda whole, some: whole - y[some], time=time, tolerance=1e-11, steps=300)
    assert (found.time == time).all()
    assert np.allclose(found.product[:, 0, 0], y / (1 + (4 * y - 1) * np.exp(-2 * y * time)), atol=1e-9)
    assert not found.still.any()


def test_a_flow_that_has_arrived_is_left() -> None:
    y = np.array([1.0, 2.0])
    half = np.full((2, 1, 1), 0.5)
    found = follow([half, half], lambda whole, some: whole - y[some], time=1e6, still=1e-6)
    assert found.still.all()
    assert (found.time < 50).all()
    assert np.abs(found.product[:, 0, 0] - y).max() <= 1e-6


def test_starts_that_are_not_finite_stay_where_they_are() -> None:
    layer = np.array([[[np.nan]], [[0.5]]])
    found = follow([layer], lambda whole, some: whole - 1, time=1.0)
    assert found.time.tolist() == [0.0, 1.0]


def told(detail: str) -> Any:
    return lambda data: Evidence.undecided(kind="told", scope=Scope.instances("it"), detail=detail)


def one(name: str) -> Chart:
    return Chart(name=name, lower=(0,), upper=(1,), data=lambda x: {"x": x[0]}, slack=lambda x: x[:, 0])


def test_starts_of_flows_go_to_the_second_of_two_hunts() -> None:
    exact, flows = (Hunt(charts=(one(name),), certify=told(name), noise=0.0) for name in ("exact", "flows"))
    both = joined(exact, flows)
    assert [chart.name for chart in both.charts] == ["exact", "flows"]
    assert both.certify({"x": Fraction(1)}).detail == "exact"
    assert both.certify(symmetric_family(3, n=2, m=2, alpha=1)).detail == "flows"
    with pytest.raises(InputError, match="noise"):
        joined(exact, replace(flows, noise=1e-3))
