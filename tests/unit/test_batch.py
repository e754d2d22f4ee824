"""Batches of float64 trajectories: accuracy, honest error estimates, where and why they end, what is refused."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from verify.arithmetic import InputError
from verify.models import Observations, Problem, load_problem, symmetric_family
from verify.numeric import integrate
from verify.numeric.batch import BatchFlow, Status, integrate_batch

DATA = Path(__file__).resolve().parents[1] / "benchmarks" / "data"
ENGINES = ["compiled", "numpy"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "compiled":
        pytest.importorskip("numba", reason="the compiled engine needs numba")
    return str(request.param)


def random_problem(rng: random.Random, depth: int, most: int = 4) -> Problem:
    """Rectangular layers with entries of a few digits, a random mask, values that need not be realizable."""
    sizes = [rng.randint(1, most) for _ in range(depth + 1)]
    layers = tuple(
        tuple(tuple(Fraction(rng.randint(-64, 64), 64) for _ in range(columns)) for _ in range(rows))
        for columns, rows in pairwise(sizes)
    )
    cells = [(i, j) for i in range(sizes[-1]) for j in range(sizes[0])]
    observed = rng.sample(cells, rng.randint(1, len(cells)))
    entries = tuple((i, j, Fraction(rng.randint(-16, 16), 8)) for i, j in observed)
    return Problem(layers, Observations(sizes[-1], sizes[0], entries))


def flat(layers: Sequence[Sequence[Sequence[Any]]]) -> list[float]:
    return [float(x) for layer in layers for row in layer for x in row]


def around(problem: Problem, batch: int, width: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((batch, problem.size))
    return np.array(flat(problem.layers)) + width * noise


def true_errors(problem: Problem, starts: np.ndarray, flow: BatchFlow, time: Fraction) -> np.ndarray:
    """Largest error of each trajectory's state, against 17 digits."""
    errors = []
    for start, state in zip(starts, flow.states, strict=True):
        entries = iter(Fraction(float(x)) for x in start)
        layers = tuple(tuple(tuple(next(entries) for _ in row) for row in layer) for layer in problem.layers)
        precise = integrate(Problem(layers, problem.observations), time=time, digits=17, guard=4)
        truth = [x for layer in precise.layers for row in layer for x in row]
        errors.append(max(abs(float(x - float(y))) for x, y in zip(truth, state, strict=True)))
    return np.array(errors)


@pytest.mark.parametrize("tolerance", [1e-6, 1e-10, 1e-15])
def test_the_reference_solution_is_met(engine: str, tolerance: float) -> None:
    problem = load_problem(DATA / "P1.json")
    reference = flat(json.loads((DATA / "P1.reference.json").read_text(encoding="utf-8"))["layers"])
    flow = integrate_batch(problem, [flat(problem.layers)], time=50, tolerance=tolerance, engine=engine)
    error = np.abs(flow.states - reference).max()
    assert error <= flow.error[0] <= 1e4 * tolerance
    assert flow.time.tolist() == [50.0]
    assert flow.status == (Status.REACHED,)
    assert flow.engine == engine


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_random_problems_agree_with_the_precise_integrator(engine: str, depth: int) -> None:
    rng = random.Random(depth)
    for seed in range(3):
        problem, time = (
            random_problem(rng, depth, most=3 if engine == "numpy" else 4),
            Fraction(rng.choice([1, 2, 5]), 2),
        )
        starts = around(problem, 2, 0.05, seed)
        flow = integrate_batch(problem, starts, time=time, engine=engine)
        assert (true_errors(problem, starts, flow, time) <= 1e-8).all()
        # What is told besides the state belongs to it.
        layers = flow.layers
        assert [layer.shape for layer in layers] == [(2, *shape) for shape in problem.shapes]
        product = layers[0]
        for layer in layers[1:]:
            product = layer @ product
        residual = np.array(problem.observations.mask) * product - np.array(
            [[float(x) for x in row] for row in problem.observations.values]
        )
        np.testing.assert_allclose(flow.product, product, atol=1e-14)
        np.testing.assert_allclose(flow.loss, (residual**2).sum(axis=(1, 2)) / 2, atol=1e-14)
        np.testing.assert_allclose(flow.residual, np.abs(residual).max(axis=(1, 2)), atol=1e-14)


def test_the_error_estimate_is_honest_and_useful() -> None:
    rng = random.Random(7)
    ratios: list[float] = []
    for k in range(25):
        problem = random_problem(rng, depth=1 + k % 5, most=3)
        time = Fraction(rng.choice([1, 2, 5]))
        starts = around(problem, 4, 0.2, seed=k)
        flow = integrate_batch(problem, starts, time=time, tolerance=rng.choice([1e-7, 1e-10, 1e-12]))
        errors = true_errors(problem, starts, flow, time)
        ratios += (flow.error / np.maximum(errors, 1e-17)).tolist()
    problem = symmetric_family(2, n=1, m=1)
    starts = past_the_saddle(40)
    flow = integrate_batch(problem, starts, time=10, tolerance=1e-15)
    escapes = flow.error / true_errors(problem, starts, flow, Fraction(10))
    for sample in (np.array(ratios), escapes):
        assert np.quantile(sample, 0.02) >= 1
        assert np.median(sample) < 200
        assert sample.max() < 1e5


def past_the_saddle(batch: int) -> np.ndarray:
    """Starts of ab → 1 that come close to the saddle 0, and at t = 10 are on their way from it: errors have grown."""
    rng = np.random.default_rng(2)
    first = rng.uniform(0.5, 1.5, batch)
    return np.stack([first, -first + 10.0 ** -rng.uniform(4, 5, batch)], axis=1)


def test_growth_of_errors_is_seen(engine: str) -> None:
    problem = symmetric_family(2, n=1, m=1)
    starts = np.array([[1.0, -1.0 + 1e-5]])
    flow = integrate_batch(problem, starts, time=10, tolerance=1e-16, engine=engine)
    [error] = true_errors(problem, starts, flow, Fraction(10))
    assert 1e-13 < error <= flow.error[0] <= 1e4 * error
    # The start that runs into the saddle tells nothing of what lies next to it, but its neighbours part.
    [blind] = integrate_batch(problem, [[0.5, -0.5]], time=100, engine=engine).error
    assert blind >= 0.9
    unseen = integrate_batch(problem, starts, time=10, estimate=False, engine=engine)
    assert np.isnan(unseen.error).all()


def test_each_trajectory_stops_at_its_own_limit(engine: str) -> None:
    problem = symmetric_family(3, n=2)
    starts = around(problem, 40, 0.03)
    flow = integrate_batch(problem, starts, time=None, stop_residual=1e-9, engine=engine)
    assert set(flow.status) == {Status.FITTED}
    assert (flow.residual <= 1e-9).all()
    assert np.ptp(flow.time) > 1.0
    # Stopped at the first step that is close enough, not long after.
    shorter = integrate_batch(problem, starts, time=float(flow.time.min()) / 2, stop_residual=1e-9, engine=engine)
    assert set(shorter.status) == {Status.REACHED}


def test_why_trajectories_end(engine: str) -> None:
    # Unrealizable as a limit: [[0, 1], [1, *]] with det > 0 at the start has its infimum at infinity.
    escaping = Problem.of(
        ([["1", "0"], ["0", "1"]], [["1", "0"], ["0", "1"]]), Observations(2, 2, ((0, 0, 0), (0, 1, 1), (1, 0, 1)))
    )
    identity = [1.0, 0.0, 0.0, 1.0] * 2
    saddle, huge = [0.0] * 8, [1e200] * 8
    flow = integrate_batch(
        escaping, [identity, saddle, huge], time=1e6, stop_gradient=0.0, escape=1.01, max_steps=50, engine=engine
    )
    assert flow.status == (Status.ESCAPED, Status.STATIONARY, Status.NOT_FINITE)
    assert flow.error[2] == np.inf
    assert flow.time[1] == 0.0
    assert flow.counts() == {Status.STATIONARY: 1, Status.ESCAPED: 1, Status.NOT_FINITE: 1}
    few = integrate_batch(escaping, [identity], time=100, max_steps=3, engine=engine)
    assert few.status == (Status.STEPS,)
    assert few.steps.tolist() == [3]
    assert 0 < few.time[0] < 100
    assert few.error[0] < 1e-8
    still = integrate_batch(escaping, [identity], time=0, engine=engine)
    assert still.states.tolist() == [identity]
    assert still.error.tolist() == [0.0]


def test_explanations_differ() -> None:
    assert len({status.value for status in Status}) == len(Status) == 7


def test_a_trajectory_does_not_depend_on_its_company(engine: str) -> None:
    problem = random_problem(random.Random(3), depth=3, most=3)
    starts = around(problem, 21, 0.2)
    kwargs: dict[str, Any] = {"time": 2, "stop_residual": 0.05, "engine": engine}
    whole = integrate_batch(problem, starts, **kwargs)
    order = np.random.default_rng(1).permutation(21)
    for other in (
        integrate_batch(problem, starts[order], **kwargs),
        integrate_batch(problem, starts[order], threads=2, **kwargs),
    ):
        np.testing.assert_array_equal(other.states, whole.states[order])
        np.testing.assert_array_equal(other.error, whole.error[order])
        np.testing.assert_array_equal(other.steps, whole.steps[order])
        assert other.status == tuple(whole.status[i] for i in order)


def test_the_engines_agree() -> None:
    pytest.importorskip("numba")
    problem = random_problem(random.Random(11), depth=4)
    starts = around(problem, 9, 0.2)
    first, second = (integrate_batch(problem, starts, time=3, engine=engine) for engine in ("compiled", "numpy"))
    assert (np.abs(first.states - second.states).max(axis=1) <= first.error + second.error).all()


def test_starts_may_come_layer_by_layer_and_stay_as_they_were() -> None:
    problem = random_problem(random.Random(5), depth=3)
    starts = around(problem, 6, 0.2)
    before = starts.copy()
    flow = integrate_batch(problem, starts, time=1)
    layered = integrate_batch(problem, [starts[:, a:b].reshape(6, *shape) for a, b, shape in _cuts(problem)], time=1)
    np.testing.assert_array_equal(flow.states, layered.states)
    np.testing.assert_array_equal(starts, before)
    assert integrate_batch(problem, np.empty((0, problem.size)), time=1).states.shape == (0, problem.size)


def _cuts(problem: Problem) -> list[tuple[int, int, tuple[int, int]]]:
    ends = np.cumsum([0, *(rows * columns for rows, columns in problem.shapes)]).tolist()
    return list(zip(ends, ends[1:], problem.shapes, strict=False))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"starts": [[0.0] * 7]}, "starts"),
        ({"starts": [0.0] * 8}, "starts"),
        ({"starts": [[0.0] * 7 + [float("nan")]]}, "starts"),
        ({"starts": [[0.0] * 8, [0.0] * 7]}, "starts"),
        ({"starts": [[1j] * 8]}, "starts"),
        ({"starts": [["1"] * 8]}, "starts"),
        ({"starts": [np.zeros((3, 2, 2)), np.zeros((4, 2, 2))]}, "starts[1]"),
        ({"time": -1}, "time"),
        ({"time": float("inf")}, "time"),
        ({"time": None}, "time"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"tolerance": "1e-5"}, "tolerance"),
        ({"stop_residual": -1.0}, "stop_residual"),
        ({"stop_gradient": float("nan")}, "stop_gradient"),
        ({"escape": 1.0}, "escape"),
        ({"max_steps": 0}, "max_steps"),
        ({"threads": 0}, "threads"),
        ({"engine": "fortran"}, "engine"),
    ],
)
def test_bad_input_is_refused(change: dict[str, Any], where: str) -> None:
    arguments: dict[str, Any] = {"starts": [[0.1] * 8], "time": 1} | change
    starts = arguments.pop("starts")
    with pytest.raises(InputError) as caught:
        integrate_batch(symmetric_family(2, n=2), starts, **arguments)
    assert caught.value.where == where
