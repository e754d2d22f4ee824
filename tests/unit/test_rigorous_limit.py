"""Certified limits: known limits to their full digits, and refusals instead of wrong limits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import flint
import mpmath
import numpy as np
import pytest

from tests.vectors import (
    NIGHTLY,
    VECTORS,
    escaping,
    family,
    menon,
    plasticity,
    printed,
    reference_problem,
    saddle,
    vanishing,
)
from verify.arithmetic import Ball, InputError, precision
from verify.arithmetic.convert import to_arb
from verify.models import Observations, Problem, diagonal, symmetric_family
from verify.numeric import integrate
from verify.rigorous import Certificate, Limit, certify_limit

SINGLE = [name for name, given in VECTORS["family"].items() if given["s"] == 1]
BLOCKS = [name for name, given in VECTORS["family"].items() if given["s"] > 1]


def narrow(limit: Limit, digits: int = 28) -> bool:
    """Every entry of the product within ``10^−digits`` of the largest."""
    entries = [x for row in limit.product for x in row]
    return max(x.rad for x in entries) <= max(abs(x.mid) for x in entries) / 10**digits


def check_family(name: str, digits: int) -> Limit:
    """Certify, and compare everything with the vector's 45 digits."""
    given = VECTORS["family"][name]
    depth, n, s = given["depth"], given["n"], given["s"]
    limit = certify_limit(family(name), digits=digits)
    assert limit.converged, limit.reason
    assert limit.certificate is not None
    assert limit.certificate.holds()
    assert narrow(limit, digits - 2)
    off = printed(given["off_block"], 45)
    with precision(300):
        first, second = (to_arb(printed(given[key], 45)) for key in ("tau1", "tau2"))
        from_eigenvalues = Ball.from_arb((first**depth - second**depth) / (n * s))
    for i, row in enumerate(limit.product):
        for j, entry in enumerate(row):
            if i // s == j // s:
                assert entry.contains(given["value"])
            else:
                assert entry.overlaps(off)
                assert entry.overlaps(from_eigenvalues)
    assert limit.stable_rank is not None
    assert limit.stable_rank.overlaps(printed(given["stable_rank"], 45))
    assert limit.stable_rank.rad <= Fraction(100, 10**digits)
    layer = limit.layers[0]
    on, beside = layer[0][0], layer[0][s]
    sums = Ball(s * (on.mid + (n - 1) * beside.mid), s * (on.rad + (n - 1) * beside.rad))
    differences = Ball(s * (on.mid - beside.mid), s * (on.rad + beside.rad))
    assert sums.overlaps(printed(given["tau1"], 45))
    assert differences.overlaps(printed(given["tau2"], 45))
    # singular values τ₁^L once and τ₂^L n − 1 times; each layer moves by the changes of its eigenvalues
    with mpmath.workdps(60):
        first, second = (mpmath.mpf(given[key]) for key in ("tau1", "tau2"))
        shares = [first**depth, *[abs(second) ** depth] * (n - 1)]
        shares = [x / mpmath.fsum(shares) for x in shares]
        rank = mpmath.exp(-mpmath.fsum(x * mpmath.log(x) for x in shares if x))
        start = family(name).layers[0]
        begin = [s * (start[0][0] + (n - 1) * start[0][s]), s * (start[0][0] - start[0][s])]
        moved = [x - mpmath.mpf(b.numerator) / b.denominator for x, b in zip((first, second), begin, strict=True)]
        distance = mpmath.sqrt(depth * (moved[0] ** 2 + (n - 1) * moved[1] ** 2))
    assert limit.effective_rank is not None
    assert limit.effective_rank.overlaps(printed(mpmath.nstr(rank, 42), 40))
    assert limit.effective_rank.rad <= Fraction(10**4, 10**digits)
    assert limit.distance_from_start.overlaps(printed(mpmath.nstr(distance, 42), 40))
    assert limit.distance_from_start.rad <= Fraction(100, 10**digits)
    assert limit.loss == Ball(Fraction(0))
    return limit


@pytest.mark.parametrize("name", SINGLE)
def test_limits_of_the_family(name: str) -> None:
    limit = check_family(name, 30)
    n, depth = VECTORS["family"][name]["n"], VECTORS["family"][name]["depth"]
    second = printed(VECTORS["family"][name]["tau2"])
    assert limit.rank_at_least == (1 if second.mid == 0 else n)
    values = sorted((abs(printed(VECTORS["family"][name][key]).mid) ** depth for key in ("tau1", "tau2")), reverse=True)
    assert abs(limit.singular_values[0].mid - values[0]) < Fraction(1, 10**28)
    assert abs(limit.singular_values[-1].mid - values[1]) < Fraction(1, 10**28)
    assert limit.determinant is not None
    assert limit.determinant.contains(0) or limit.rank_at_least == n


@pytest.mark.parametrize("name", SINGLE if NIGHTLY else ["V01", "V03", "V22"])
def test_limits_of_the_family_to_all_their_digits(name: str) -> None:
    check_family(name, 45)


@pytest.mark.parametrize("name", BLOCKS)
def test_limits_of_blocks(name: str) -> None:
    # the kernel is singular at these limits; what is certified rests on the exact structure of the start
    limit = check_family(name, 30 if NIGHTLY else 12)
    assert limit.certificate is not None
    assert limit.certificate.residual_dimension < len(family(name).observations.entries)


def test_exact_limits() -> None:
    v01 = certify_limit(family("V01"), digits=30)
    assert v01.product[0][1].contains(Fraction(4, 5))
    assert v01.stable_rank is not None
    assert v01.stable_rank.contains(Fraction(82, 81))
    assert [v.contains(x) for v, x in zip(v01.singular_values, (Fraction(9, 5), Fraction(1, 5)), strict=True)] == [
        True,
        True,
    ]
    assert v01.product[0][0] == Ball(Fraction(1))  # observed: the data, exactly


@pytest.mark.parametrize("name", VECTORS["menon"])
def test_limits_of_hidden_rotations(name: str) -> None:
    given = VECTORS["menon"][name]
    limit = certify_limit(menon(name), digits=32)
    assert limit.converged, limit.reason
    assert narrow(limit, 30)
    known = 28 if name == "M9" else None  # M9 is given to 3.9e-33, which is less than what is printed of it
    assert limit.product[0][1].overlaps(printed(given["w12"], known))
    assert limit.product[1][0].overlaps(printed(given["w21"], known))
    assert limit.determinant is not None
    if given["determinant"] is not None:
        assert limit.determinant.overlaps(printed(given["determinant"]))
    if name == "M5":
        assert limit.determinant.contains(-(Fraction(56, 65) ** 2) / 16384)
    if name in ("M8", "M9"):
        assert limit.stable_rank is not None
        assert limit.stable_rank.contains(2)
    assert limit.rank_at_least == 2


@pytest.mark.parametrize("name", VECTORS["plasticity"])
def test_limits_after_one_more_entry(name: str) -> None:
    given = VECTORS["plasticity"][name]
    limit = certify_limit(plasticity(name), digits=32)
    assert limit.converged, limit.reason
    assert narrow(limit, 30)
    assert limit.product[1][0].overlaps(printed(given["w21"]))
    assert limit.product[0][1].contains(given["v"])


# --- refusals


@pytest.mark.parametrize(
    ("problem", "time_limit", "told"),
    [
        (vanishing, 10_000, "no minimizer was reached"),
        (saddle, 10_000, "no minimizer was reached"),
        (lambda: saddle(2), 10_000, "no minimizer was reached"),
        (escaping, 30, "no minimizer was reached by t = 30"),
    ],
    ids=["vanishing", "saddle", "saddle-depth-2", "escaping"],
)
def test_without_a_minimizer_there_is_no_limit(problem: Callable[[], Problem], time_limit: int, told: str) -> None:
    limit = certify_limit(problem(), digits=8, time_limit=time_limit)
    assert not limit.converged
    assert limit.certificate is None
    assert told in limit.reason
    data = limit.to_json()
    assert data["converged"] is False
    assert data["reason"] == limit.reason
    nothing = (
        "product",
        "singular_values",
        "stable_rank",
        "effective_rank",
        "rank_at_least",
        "determinant",
        "certificate",
        "distance_bound",
        "distance_from_start",
        "loss",
    )
    assert [data[key] for key in nothing] == [None] * len(nothing)
    assert Fraction(data["residual"]["mid"]) + Fraction(data["residual"]["rad"]) > Fraction(1, 100)
    assert limit.loss.upper >= limit.residual.upper**2 / 2  # of the last state, since no limit is known


def test_data_that_no_product_fits_are_refused() -> None:
    # width 1: entries (0,0), (0,1), (1,0), (1,1) of a rank-1 matrix cannot be the identity
    problem = Problem.of(
        [[["1/2", "1/3"]], [["1/4"], ["1/5"]]],
        Observations(2, 2, tuple((i, j, Fraction(int(i == j))) for i in range(2) for j in range(2))),
    )
    assert not certify_limit(problem, digits=6, time_limit=40).converged


def test_a_minimizer_with_a_singular_kernel_is_refused() -> None:
    # w = ab = 0 at a = b: the flow goes to the origin, where both gradients vanish, like 1/√t
    problem = Problem.of([[[1]], [[1]]], Observations(1, 1, ((0, 0, Fraction(0)),)))
    limit = certify_limit(problem, digits=4, time_limit=500)
    assert not limit.converged


def test_a_zero_start_and_zero_data_are_refused_not_fatal() -> None:
    zero = diagonal([0, 0])
    for layers in ([zero, zero], [zero, diagonal([1, 0])]):
        limit = certify_limit(Problem.of(layers, Observations.diagonal(2, 0)), digits=8)
        assert not limit.converged
        assert limit.reason


def test_a_ball_too_wide_is_refused() -> None:
    limit = certify_limit(reference_problem(), digits=8, ball="1/10")
    assert not limit.converged
    assert "too wide" in limit.reason


def test_the_certificate_says_no_to_wrong_numbers() -> None:
    good = certify_limit(family("V01"), digits=10).certificate
    assert good is not None
    assert good.holds()
    fields = {f: getattr(good, f) for f in good.__dataclass_fields__}
    for change in (
        {"kernel_at_least": Fraction(-1)},
        {"kernel_at_least": good.kernel_at_least / 4},
        {"room": good.room / 2},
    ):
        assert not Certificate(**{**fields, **change}).holds()


def test_the_certificate_as_text_is_rounded_to_the_safe_side() -> None:
    limit = certify_limit(family("V03"), digits=12)
    assert limit.certificate is not None
    data = limit.certificate.to_json()
    assert 0 < Fraction(data["kernel_at_least"]) <= limit.certificate.kernel_at_least
    for key in ("residual_at_most", "room", "tube_radius"):
        assert Fraction(data[key]) >= getattr(limit.certificate, key)


# --- the theorem against the flow


def test_the_kernel_bound_holds_where_the_flow_goes() -> None:
    # ‖r‖ falls at least like e^(−μt) after the certificate's time
    problem = family("V07")
    limit = certify_limit(problem, digits=8)
    assert limit.certificate is not None
    rate, at = float(limit.certificate.kernel_at_least), limit.certificate.time
    losses = [integrate(problem, time=at + k, digits=20).loss for k in (0, 1)]
    assert losses[1] <= losses[0] * mpmath.exp(-2 * rate)
    # V07: the exponential rate at the limit is κ = L/n (τ₁^{2L−2} + (n−1) τ₂^{2L−2}), here 3/2 (τ₁⁴ + τ₂⁴), and is the
    # kernel's eigenvalue in the direction of the residual
    first, second = (float(VECTORS["family"]["V07"][key]) for key in ("tau1", "tau2"))
    assert rate <= 1.5 * (first**4 + second**4)


def test_small_entries_are_known_to_their_own_size() -> None:
    # the working precision is raised until 20 digits of numbers near 1e-9 are right
    problem = symmetric_family(2, alpha="1/100000", value=Fraction(1, 10**9))
    limit = certify_limit(problem, digits=20, time_limit=10**12)
    assert limit.converged, limit.reason
    assert narrow(limit, 20)
    assert limit.product[0][1].contains(Fraction(8, 10**10))


def test_large_targets() -> None:
    limit = certify_limit(symmetric_family(2, alpha=3, value=1000), digits=20)
    assert limit.converged
    assert limit.product[0][1].contains(800)
    assert narrow(limit, 20)


def random_start_inside(random: Random, problem: Problem, ball: Fraction) -> Problem:
    moves = [random.gauss(0, 1) for _ in range(problem.size)]
    norm = sum(x * x for x in moves) ** 0.5
    steps = iter([Fraction(x / norm * (1 - 1e-12)) * ball for x in moves])
    layers = tuple(tuple(tuple(x + next(steps) for x in row) for row in layer) for layer in problem.layers)
    return Problem(layers, problem.observations)


def test_a_ball_of_starts_has_one_certified_limit_enclosure() -> None:
    problem, ball = reference_problem(), Fraction(1, 10_000)
    limit = certify_limit(problem, ball="1e-4", digits=16)
    assert limit.converged, limit.reason
    assert limit.certificate is not None
    assert limit.certificate.holds()
    random = Random(7)
    for _ in range(1000 if NIGHTLY else 50):
        inside = random_start_inside(random, problem, ball)
        start = [x for layer in inside.layers for row in layer for x in row]
        flow = integrate(inside, time=Fraction(50), digits=10, guard=3)
        ends = [x for matrix in (flow.product, *flow.layers) for row in matrix for x in row]
        balls = [x for matrix in (limit.product, *limit.layers) for row in matrix for x in row]
        for x, enclosure in zip(ends, balls, strict=True):  # at t = 50 the flow is within 1e-9 of its limit
            assert Ball(enclosure.mid, enclosure.rad + Fraction(1, 10**8)).contains(x)
        values = np.linalg.svd(np.array(flow.product, dtype=float), compute_uv=False)
        shares = values / values.sum()
        rank = float(np.exp(-(shares * np.log(shares)).sum()))
        assert limit.effective_rank is not None
        assert limit.effective_rank.lower - Fraction(1, 10**7) < rank < limit.effective_rank.upper + Fraction(1, 10**7)
        distance = sum((Ball.exact(x).mid - y) ** 2 for x, y in zip(ends[4:], start, strict=True)) ** 0.5
        assert limit.distance_from_start.lower - Fraction(1, 10**7) < distance
        assert distance < limit.distance_from_start.upper + Fraction(1, 10**7)


def test_a_smaller_ball_has_a_narrower_limit_inside_the_larger() -> None:
    problem = family("V07")
    point, small, large = (certify_limit(problem, ball=ball, digits=12) for ball in (0, "1e-8", "1e-5"))
    assert point.converged
    assert small.converged
    assert large.converged
    for narrower, wider in ((point, small), (small, large)):
        assert narrower.product[0][1].rad < wider.product[0][1].rad
        assert wider.product[0][1].overlaps(narrower.product[0][1])
        assert wider.product[0][1].contains(point.product[0][1].mid)
    assert large.rank_at_least == 2


# --- the call


def test_json_has_every_key_and_encloses() -> None:
    limit = certify_limit(family("V03"), digits=20)
    data = limit.to_json()
    keys = {"converged", "product", "residual", "distance_bound", "singular_values", "stable_rank", "rank_at_least"}
    keys |= {"effective_rank", "loss", "distance_from_start"}
    assert set(data) >= keys | {"determinant", "certificate", "time", "steps", "seconds"}
    for row, written in zip(limit.product, data["product"], strict=True):
        for ball, text in zip(row, written, strict=True):
            assert Ball.from_json(text).contains(ball)
    for ball, text in zip(limit.singular_values, data["singular_values"], strict=True):
        assert Ball.from_json(text).contains(ball)
    assert Ball.from_json(data["stable_rank"]).contains(limit.stable_rank)
    assert Ball.from_json(data["effective_rank"]).contains(limit.effective_rank)
    assert Ball.from_json(data["distance_from_start"]).contains(limit.distance_from_start)
    assert Ball.from_json(data["loss"]) == Ball(Fraction(0))
    assert Ball.from_json(data["determinant"]).contains(limit.determinant)


def test_rectangular_limits() -> None:
    problem = Problem.of(
        [[["1/2", "1/3", 0], ["1/5", 1, "1/7"]], [[1, "1/4"], ["-1/3", 1]]],
        Observations(2, 3, ((0, 0, Fraction(1)), (1, 2, Fraction(1, 2)), (0, 1, Fraction(-1)))),
    )
    limit = certify_limit(problem, digits=20)
    assert limit.converged, limit.reason
    assert limit.determinant is None
    assert len(limit.singular_values) == 2
    end = integrate(problem, time=limit.time + 40, digits=12)
    for row, balls in zip(end.product, limit.product, strict=True):
        for x, ball in zip(row, balls, strict=True):
            assert Ball(ball.mid, ball.rad + Fraction(1, 10**10)).contains(x)


def test_progress_is_a_fraction() -> None:
    seen: list[float] = []
    certify_limit(family("V01"), digits=10, progress=lambda fraction, message: seen.append(fraction))
    assert all(0 <= x <= 1 for x in seen)
    assert seen[-1] == 1


@pytest.mark.parametrize(
    ("arguments", "place"),
    [({"digits": 0}, "digits"), ({"ball": "-1"}, "ball"), ({"ball": 0.1}, "ball"), ({"time_limit": 0.5}, "time limit")],
)
def test_bad_requests_are_named(arguments: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=f"^{place}"):
        certify_limit(family("V01"), **arguments)


def test_global_precisions_are_left_alone_also_by_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    before = flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec
    certify_limit(family("V01"), digits=10)
    certify_limit(saddle(2), digits=6, time_limit=5)
    assert (flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec) == before

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("verify.rigorous.limit._norm", broken)
    with pytest.raises(RuntimeError, match="on purpose"):
        certify_limit(family("V01"), digits=10)
    assert (flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec) == before


def test_singular_vectors_are_sought_at_another_precision_where_the_iteration_stops() -> None:
    """With 202 bits mpmath's iteration does not converge for this limit, of singular values 8/3 (three times) and 0.003
    up to a few thousandths."""
    limit = certify_limit(symmetric_family(3, n=4, m=-2, alpha=Fraction(1, 3), value=2), digits=30)
    assert limit.converged
    assert limit.singular_values[2].contains(limit.singular_values[0].mid)
    assert limit.singular_values[3].upper < Fraction(1, 100)
