"""The engines over every model: certified limits, enclosures against the approximate flow, constraints refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.arithmetic import EntrywiseAlgebra, Interpreter, evaluate, exact, exact_matrix
from verify.models import UDU, UDV, BurerMonteiro, Measurements, Model, Observations, Sensing
from verify.numeric import integrate, integrate_batch
from verify.rigorous import TubeError, certify_limit, enclose_flow
from verify.rigorous.constrained import advance_inside, constraint_near
from verify.rigorous.tube import Tube

F = Fraction


def fully(matrix: list[list[int]]) -> Observations:
    cells = ((i, j, F(x)) for i, row in enumerate(matrix) for j, x in enumerate(row))
    return Observations(len(matrix), len(matrix[0]), tuple(cells))


U = exact_matrix([["1/2", "1/10"], ["0", "1/2"]])
ONES = (F(1), F(1))
M = fully([[2, 1], [1, 2]])
TRACE = Measurements((exact_matrix([[1, 0], [0, 1]]), exact_matrix([[0, 1], [1, 0]])), (F(2), F(1)))
MODELS: dict[str, Model] = {
    "bm": BurerMonteiro(U, M),
    "bm, measured": BurerMonteiro(U, TRACE),
    "udu": UDU(U, ONES, M),
    "udu, far from its ball": UDU(U, ONES, M, radius=F(3)),
    "udu, measured": UDU(U, ONES, TRACE, radius=F(3)),
    "udv": UDV(U, ONES, U, fully([[2, 1], [0, 2]]), radii=(F(3), F(4))),
    "sensing": Sensing((U, U), TRACE),
}


@pytest.mark.parametrize("name", MODELS)
def test_limits_are_certified(name: str) -> None:
    model = MODELS[name]
    limit = certify_limit(model, digits=15, time_limit=100)
    assert limit.converged, limit.reason
    assert limit.certificate is not None
    assert limit.certificate.holds()
    # mirror images in a symmetric product are one observation
    mirrored = name in ("bm", "udu", "udu, far from its ball")
    assert limit.certificate.residual_dimension == len(model.observations.positions) - mirrored
    far = integrate(model, time=60, digits=25)
    for matrix, balls in zip(far.layers, limit.layers, strict=True):
        for row, others in zip(matrix, balls, strict=True):
            for x, ball in zip(row, others, strict=True):
                assert abs(exact(x) - ball.mid) <= ball.rad + F(1, 10**12)


@pytest.mark.parametrize("name", MODELS)
def test_the_approximate_flow_is_inside_the_enclosure(name: str) -> None:
    model = MODELS[name]
    approximate = integrate(model, time=F(3, 2), digits=30)
    enclosed = enclose_flow(model, time=F(3, 2), digits=15)
    assert enclosed.radius < F(1, 10**15)
    for matrix, balls in zip(approximate.layers, enclosed.layers, strict=True):
        for row, others in zip(matrix, balls, strict=True):
            for x, ball in zip(row, others, strict=True):
                assert abs(exact(x) - ball.mid) <= ball.rad + F(1, 10**28)
    assert exact(approximate.balancedness_drift) < F(1, 10**28)
    start = np.concatenate([np.array(rows, dtype=float).ravel() for rows in model.start.values()])
    batch = integrate_batch(model, np.stack([start, start]), time=1.5, tolerance=1e-12)
    for k in range(2):
        flat = [float(x) for matrix in approximate.layers for row in matrix for x in row]
        np.testing.assert_allclose(batch.states[k], flat, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_what_a_model_conserves_is_conserved_to_first_order(name: str) -> None:
    """Along minus the gradient, exactly, with numbers a + b·t modulo t²."""
    from flint import fmpq, fmpq_poly

    model = MODELS[name]
    slopes = evaluate(model.gradient, model.start, EntrywiseAlgebra(Fraction))

    def moving(x: Fraction, d: Fraction) -> Any:
        return fmpq_poly([fmpq(x.numerator, x.denominator), fmpq(-d.numerator, d.denominator)])

    state = {
        key: tuple(tuple(map(moving, a, b)) for a, b in zip(rows, slopes["d" + key], strict=True))
        for key, rows in model.start.items()
    }
    algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: fmpq_poly([fmpq(x.numerator, x.denominator)]))
    kept = Interpreter(model.conserved, algebra)(state)
    assert bool(kept) == (model.model != "bm")
    assert all(entry[1] == 0 for rows in kept.values() for row in rows for entry in row)


def test_a_ball_that_would_be_met_is_refused() -> None:
    model = UDU(U, ONES, M, radius=F(1))
    limit = certify_limit(model, digits=15, time_limit=100)
    assert not limit.converged
    assert "the ball of U may be active near t = 0.085" in limit.reason
    with pytest.raises(TubeError, match="the ball of U may be active"):
        enclose_flow(model, time=F(1), digits=15)
    early = enclose_flow(model, time=F(1, 20), digits=15)
    free = enclose_flow(UDU(U, ONES, M), time=F(1, 20), digits=15)
    for matrix, other in zip(early.layers, free.layers, strict=True):
        for row, cells in zip(matrix, other, strict=True):
            assert all(x.overlaps(y) for x, y in zip(row, cells, strict=True))


def test_a_diagonal_that_reaches_zero_is_refused() -> None:
    """M = −2I pushes D down to 0 while U is large."""
    model = UDU(exact_matrix([[2, 0], [0, 2]]), ONES, fully([[-2, 0], [0, -2]]))
    with pytest.raises(TubeError, match="D >= 0 may be active"):
        enclose_flow(model, time=F(10), digits=15)
    start_at_zero = UDU(U, (F(1), F(0)), M)
    with pytest.raises(TubeError, match="D >= 0 may be active near t = 0"):
        enclose_flow(start_at_zero, time=F(1), digits=15)


def test_all_starts_of_a_ball() -> None:
    model = UDU(U, ONES, M, radius=F(3))
    limit = certify_limit(model, digits=10, ball=F(1, 10**6), time_limit=100)
    assert limit.converged, limit.reason
    near = UDU(U, (1 + F(1, 2 * 10**6), F(1)), M, radius=F(3))
    other = certify_limit(near, digits=15, time_limit=100)
    for matrix, balls in zip(other.layers, limit.layers, strict=True):
        for row, cells in zip(matrix, balls, strict=True):
            assert all(y.contains(x) for x, y in zip(row, cells, strict=True))


def test_the_room_around_a_tube_counts() -> None:
    model = UDU(U, ONES, M, radius=F(3))
    tube = Tube.start(model, digits=20)
    advance_inside(tube, until=F(1, 100))
    assert constraint_near(tube) is None
    assert constraint_near(tube, F(3)) == "the ball of U"
    assert constraint_near(tube, F(21, 20)) == "D >= 0"
