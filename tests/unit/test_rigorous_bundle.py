"""Bundles hold every flow from a wide ball of starts, and the pieces of a ball cover it."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from random import Random
from typing import Any

import numpy as np
import pytest
from flint import fmpq_mat

from tests.vectors import NIGHTLY, random_problem, reference_problem
from verify.arithmetic import Ball, FloatAlgebra, evaluate, precision
from verify.arithmetic.convert import from_fmpq, to_arb, to_fmpq
from verify.models import Observations, Problem
from verify.numeric import integrate
from verify.numeric.taylor import unflatten
from verify.rigorous import TubeError, certify_limit
from verify.rigorous.bundle import Bundle, Piece
from verify.rigorous.limit import _united

CASES = 300 if NIGHTLY else 12


def coordinates(random: Random, piece: Piece) -> list[Fraction]:
    """Rational x − c of a start of the piece, often at its edge."""
    found: list[Fraction] = []
    for count, radius in piece.blocks:
        raw = [random.choice([0, 0, 1, -1, random.gauss(0, 1)]) for _ in range(count)]
        square = sum(Fraction(x) ** 2 for x in raw)
        root = Fraction(isqrt(int(square * 10**24)) + 1, 10**12)
        share = random.choice([Fraction(1), Fraction(1), Fraction(1, 3)]) * radius / max(root, Fraction(1, 10**6))
        found += [Fraction(x) * share for x in raw]
    return found


def start_at(problem: Problem, piece: Piece, x: list[Fraction]) -> Problem:
    flat = list(piece.centre)
    for factor, vector in zip(x, piece.basis, strict=True):
        flat = [a + factor * b for a, b in zip(flat, vector, strict=True)]
    return Problem(tuple(unflatten(problem, flat).values()), problem.observations)


def state(problem: Problem, time: Fraction) -> list[Fraction]:
    flow = integrate(problem, time=time, digits=25)
    return [Ball.exact(x).mid for layer in flow.layers for row in layer for x in row]


def remainder(bundle: Bundle, reached: list[Fraction], x: list[Fraction]) -> Fraction:
    """``‖θ − p − Lx‖²``, exactly."""
    size, unit = bundle.problem.size, 1 << bundle.fraction_bits
    lines = [Fraction(c, unit) for c in bundle.stepper.state]
    total = Fraction(0)
    for k, value in enumerate(reached):
        linear = sum((x[j] * lines[size * (j + 1) + k] for j in range(size)), Fraction(0))
        total += (value - lines[k] - linear) ** 2
    return total


def some_piece(random: Random, problem: Problem) -> Piece:
    """A whole ball, or a slab or two of it in turned coordinates."""
    piece = Piece.ball(problem, random.choice([Fraction(1, 10**6), Fraction(1, 300), Fraction(1, 20)]))
    if random.random() < 0.5:
        vectors, _ = np.linalg.qr(np.random.default_rng(random.randint(0, 999)).standard_normal((problem.size,) * 2))
        piece = random.choice(piece.turned(vectors.T.tolist()).cut(0, 4))
        if problem.size > 1 and random.random() < 0.5:
            piece = random.choice(piece.cut(1, 3))
    return piece


def outcomes(cases: int) -> list[bool | None]:
    """Whether bundles hold flows that start inside; None where they were refused."""
    results: list[bool | None] = []
    for seed in range(cases):
        random = Random(seed)
        problem = random_problem(random, most_layers=4, most=2, size=10)
        piece, time = some_piece(random, problem), random.choice([Fraction(1, 16), Fraction(1, 4)])
        bundle = Bundle(problem, piece)
        try:
            while bundle.time < time:
                bundle.advance(until=time)
        except TubeError:
            results.append(None)
            continue
        bound = Ball.from_arb(bundle.zeta).upper ** 2
        for _ in range(3):
            x = coordinates(random, piece)
            results.append(remainder(bundle, state(start_at(problem, piece, x), time), x) <= bound)
    return results


def test_flows_from_inside_stay_inside() -> None:
    results = outcomes(CASES)
    assert results.count(False) == 0
    assert results.count(True) >= 2 * CASES


def test_a_wrong_second_order_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    bend = Bundle._bend
    monkeypatch.setattr(Bundle, "_bend", lambda *given: bend(*given) / 30)
    assert outcomes(12).count(False) >= 5


def test_the_second_order_is_sharp() -> None:
    # w = ab, y = 1 from a = b = 1/10: the remainder is at most a few times what flows from the edge show
    problem = Problem.of([[["1/10"]], [["1/10"]]], Observations(1, 1, ((0, 0, Fraction(1)),)))
    piece, time, random = Piece.ball(problem, Fraction(1, 100)), Fraction(2), Random(1)
    bundle = Bundle(problem, piece)
    while bundle.time < time:
        bundle.advance(until=time)
    bound = Ball.from_arb(bundle.zeta).upper ** 2
    seen = [
        remainder(bundle, state(start_at(problem, piece, x), time), x)
        for x in (coordinates(random, piece) for _ in range(20))
    ]
    assert max(seen) <= bound <= 100 * max(seen)


def floats(problem: Problem, output: str, flat: list[Fraction]) -> Any:
    values = {n: np.array(m, dtype=float)[None] for n, m in unflatten(problem, [float(x) for x in flat]).items()}
    return evaluate(problem.program, values, FloatAlgebra())[output][0]


@pytest.mark.parametrize("seed", range(CASES))
def test_what_is_told_of_a_bundle_holds_for_its_states(seed: int) -> None:
    random = Random(300 + seed)
    problem = random_problem(random, most_layers=3, most=2, size=10)
    piece = some_piece(random, problem)
    bundle = Bundle(problem, piece)
    try:
        bundle.advance(until=Fraction(1, 8))
    except TubeError:
        return
    unit, size = 1 << bundle.fraction_bits, problem.size
    lines = [Fraction(c, unit) for c in bundle.stepper.state]
    centre = lines[:size]
    room = random.choice([0.0, 1e-3, 0.02])
    kernel, norm = bundle.spread(room)
    with precision(64):
        at_centre = to_arb(Fraction(float(np.linalg.norm(floats(problem, "residual", centre))) * (1 + 1e-12)))
        residual = float(bundle.residual(at_centre, bundle.spread(0.0)[1]))
    products, rows = bundle.product(room), bundle.rows(room)
    back = bundle.curvature
    for _ in range(5):
        x = coordinates(random, piece)
        aside = [random.gauss(0, 1) for _ in centre]
        length = sum(a * a for a in aside) ** 0.5
        near = [c + sum(x[j] * lines[size * (j + 1) + k] for j in range(size)) for k, c in enumerate(centre)]
        zeta = float(bundle.zeta)
        inside = [c + Fraction(a / length * zeta) for c, a in zip(near, aside, strict=True)]
        beyond = [c + Fraction(a / length * room) for c, a in zip(inside, aside, strict=True)]
        assert np.linalg.norm(floats(problem, "residual", inside)) <= residual * (1 + 1e-9) + 1e-12
        off = np.abs(floats(problem, "product", beyond) - floats(problem, "product", centre))
        assert (off <= products * (1 + 1e-9) + 1e-12).all()
        moved = np.array([float(abs(a - b)) for a, b in zip(beyond, centre, strict=True)])
        assert (moved <= rows * (1 + 1e-9) + 1e-12).all()
        assert sum(float(a - b) ** 2 for a, b in zip(inside, centre, strict=True)) ** 0.5 <= bundle.reach() + 1e-12
        flat = np.array([float(v) for v in beyond])
        values = np.linalg.svd(back.jacobian(flat, np.zeros(size)).mid, compute_uv=False)
        least = values[-1] if len(problem.observations.entries) <= size else 0.0
        assert kernel <= least**2 + 1e-9
        assert values[0] <= norm + 1e-9


# --- pieces


def covers(pieces: tuple[Piece, ...], start: list[Fraction]) -> bool:
    """Whether one of the pieces has this start: its coordinates, solved for exactly, are in the slabs and the ball."""
    one = pieces[0]
    columns = fmpq_mat([[to_fmpq(v[k]) for v in one.basis] for k in range(len(start))])
    offset = fmpq_mat([[to_fmpq(x - y)] for x, y in zip(start, one.start, strict=True)])
    x = [from_fmpq(v) for v in columns.solve(offset).entries()]
    for piece in pieces:
        slabs = all(abs(v - c) <= w for v, (c, w) in zip(x, piece.slabs, strict=False))
        position, inside = 0, slabs
        shifted = [v - (piece.slabs[k][0] if k < len(piece.slabs) else 0) for k, v in enumerate(x)]
        for count, radius in piece.blocks:
            inside &= sum(v * v for v in shifted[position : position + count]) <= radius**2
            position += count
        if inside:
            return True
    return False


@pytest.mark.parametrize("seed", range(CASES))
def test_pieces_cover_the_ball(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random, most_layers=2, most=2)
    whole = Piece.ball(problem, Fraction(random.randint(1, 99), 1000))
    vectors, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((problem.size,) * 2))
    pieces = whole.turned(vectors.T.tolist()).cut(0, random.randint(2, 5))
    for _ in range(3):  # cut some of the pieces again, each on its own
        chosen = random.randrange(len(pieces))
        piece = pieces[chosen]
        coordinate = random.randint(0, min(len(piece.slabs), problem.size - 1))
        pieces = (*pieces[:chosen], *piece.cut(coordinate, random.randint(2, 4)), *pieces[chosen + 1 :])
    for _ in range(20):
        inside = start_at(problem, whole, coordinates(random, whole))
        assert covers(pieces, [x for layer in inside.layers for row in layer for x in row])


def test_vectors_that_are_far_from_orthonormal_are_refused() -> None:
    whole = Piece.ball(reference_problem(), Fraction(1, 10))
    with pytest.raises(ValueError, match="orthonormal"):
        whole.turned(np.ones((12, 12)).tolist())
    with pytest.raises(ValueError, match="whole ball"):
        whole.cut(0, 2)[0].turned(np.eye(12).tolist())
    with pytest.raises(ValueError, match="coordinate 3"):
        whole.cut(3, 2)


# --- limits


def scalars() -> Problem:
    """``w = abc`` of starts around 1/5, 1/4, 1/3."""
    return Problem.of([[["1/5"]], [["1/4"]], [["1/3"]]], Observations(1, 1, ((0, 0, Fraction(1)),)))


def ends(problem: Problem, ball: Fraction, random: Random) -> list[Fraction]:
    piece = Piece.ball(problem, ball)
    flow = integrate(start_at(problem, piece, coordinates(random, piece)), time=Fraction(40), digits=10)
    return [Ball.exact(x).mid for matrix in (*flow.layers, flow.product) for row in matrix for x in row]


def check_inside(limit: Any, problem: Problem, ball: Fraction, count: int) -> None:
    assert limit.converged, limit.reason
    assert limit.certificate.holds()
    enclosures = [x for matrix in (*limit.layers, limit.product) for row in matrix for x in row]
    random = Random(5)
    for _ in range(count):
        for x, enclosure in zip(ends(problem, ball, random), enclosures, strict=True):
            assert Ball(enclosure.mid, enclosure.rad + Fraction(1, 10**7)).contains(x)


def test_a_ball_too_wide_for_one_bundle_is_cut() -> None:
    problem, ball = scalars(), Fraction(3, 100)
    assert "at most 1 pieces" in certify_limit(problem, ball=ball, digits=8, pieces=1).reason
    limit = certify_limit(problem, ball=ball, digits=8)
    assert 1 < len(limit.pieces) <= 32
    assert limit.to_json()["pieces"] == len(limit.pieces)
    check_inside(limit, problem, ball, 200 if NIGHTLY else 20)
    # the hull of the pieces, each certified
    assert all(piece.converged and piece.certificate is not None for piece in limit.pieces)
    for k, layer in enumerate(limit.layers):
        for piece in limit.pieces:
            assert layer[0][0].contains(piece.layers[k][0][0])
    assert limit.certificate is not None
    assert limit.certificate.kernel_at_least == min(
        p.certificate.kernel_at_least for p in limit.pieces if p.certificate
    )
    for field in ("distance_from_start", "effective_rank"):
        assert all(getattr(limit, field).contains(getattr(piece, field)) for piece in limit.pieces)


def test_limits_of_pieces_are_united() -> None:
    one, other = (certify_limit(scalars(), ball=ball, digits=8) for ball in ("1e-3", "2e-3"))
    both = _united([one, other], 0.0)
    assert both.product == other.product
    assert both.layers[0][0][0].contains(one.layers[0][0][0])
    assert both.rank_at_least == 1
    assert both.steps == one.steps + other.steps


def test_a_wide_ball_of_the_reference_problem() -> None:
    problem = reference_problem()
    limit = certify_limit(problem, ball="1e-3", digits=8)
    assert not limit.pieces
    check_inside(limit, problem, Fraction(1, 1000), 1000 if NIGHTLY else 20)


def test_a_bundle_is_sharper_than_a_tube(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = reference_problem()
    sharp = certify_limit(problem, ball="1e-5", digits=8)
    monkeypatch.setattr("verify.rigorous.limit.MOST_BUNDLED", 0)
    plain = certify_limit(problem, ball="1e-5", digits=8)
    assert sharp.rank_at_least == 2  # that is: for every start in the ball
    for row, other in zip(sharp.product, plain.product, strict=True):
        for x, y in zip(row, other, strict=True):
            assert x.overlaps(y)
            assert x.rad <= y.rad / 100
    assert plain.distance_from_start.overlaps(sharp.distance_from_start)
