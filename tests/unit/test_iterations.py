"""Many steps: kinds of numbers against each other, spectra from the factor, enclosures, interrupts, refusals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import Ball, ExactMatrix, InputError, exact, exact_matrix, precision
from verify.arithmetic.convert import to_arb, to_arb_mat
from verify.arithmetic.exact import multiply, transpose
from verify.models import UDU, UDV, BurerMonteiro, Model, Observations, Problem
from verify.models.starts import cayley, diagonal
from verify.numeric.iterate import IrrationalError
from verify.numeric.iterations import KINDS, iterate
from verify.numeric.spectra import singular_values

F = Fraction
#: Instance A: M = wwᵀ, w = (2, 1, −1, 2), observed where |i − j| ≤ 1.
W = (2, 1, -1, 2)
BAND = Observations(4, 4, tuple((i, j, F(W[i] * W[j])) for i in range(4) for j in range(4) if abs(i - j) <= 1))
U0 = tuple(tuple(F(x, 1000) for x in row) for row in ((3, -1, 2, 5), (-4, 2, 1, -3), (1, 5, -2, 2), (2, -3, 4, 1)))
UDU_A = UDU(U0, (F(1),) * 4, BAND, F(1), F(1, 1000))
BM_A = BurerMonteiro(U0, BAND, F(1, 1000))


def near(ball: Ball, other: Any, digits: int) -> bool:
    """Whether the midpoint agrees with another number to so many digits of the larger of it and 1."""
    value = other.mid if isinstance(other, Ball) else exact(other)
    return abs(ball.mid - value) <= F(1, 10**digits) * max(abs(value), 1)


@pytest.mark.parametrize("model", [UDU_A, BM_A], ids=["udu", "bm"])
def test_kinds_of_numbers_agree(model: Model) -> None:
    reference = iterate(model, steps=40, digits=60)
    for kind in KINDS:
        if kind == "exact":
            continue
        digits = {"float64": 12, "longdouble": 14}.get(kind, 40)
        other = iterate(model, steps=40, digits=40, numbers=kind)
        assert other.steps == 40
        for name, rows in other.state.items():
            for row, expected in zip(rows, reference.state[name], strict=True):
                assert all(near(x, y, digits) for x, y in zip(row, expected, strict=True))
        assert near(other.objective, reference.objective, digits)
        pairs = zip(other.singular_values, reference.singular_values, strict=True)
        assert all(abs(x / y - 1) < mpmath.mpf(10) ** -digits for x, y in pairs)


def test_exact_numbers_are_inside_the_balls() -> None:
    exactly = iterate(UDU_A, steps=4, numbers="exact")
    enclosed = iterate(UDU_A, steps=4, digits=50, numbers="balls")
    assert enclosed.undecided == 0
    for name, rows in exactly.state.items():
        for row, balls in zip(rows, enclosed.state[name], strict=True):
            for x, ball in zip(row, balls, strict=True):
                assert x.rad == 0
                assert ball.contains(x)
                assert 0 < ball.rad < F(1, 10**50) or ball.rad == 0
    assert enclosed.objective.contains(exactly.objective)


def test_an_active_ball_ends_exact_numbers() -> None:
    model = UDU(exact_matrix([[1, 0], [1, 1]]), (F(1), F(1)), Observations(2, 2, ((0, 0, F(9)),)), F(2), F(1, 10))
    with pytest.raises(IrrationalError, match="irrational"):
        iterate(model, steps=30, numbers="exact")
    enclosed = iterate(model, steps=30, numbers="balls")
    assert enclosed.active["U"] > 0
    with precision(200):
        square = sum((to_arb(x) ** 2 for row in enclosed.state["U"] for x in row), to_arb(0))
    assert Ball.from_arb(square).contains(4)
    assert Ball.from_arb(square).rad < F(1, 10**6)


def test_instance_a_has_the_known_tail() -> None:
    """After 2000 steps; the determinant is certified positive. In float64 the tail is right when it is taken from the
    factor, and noise when it is taken from X."""
    steps = 2000
    found = iterate(UDU_A, steps=steps, digits=30)
    again = iterate(UDU_A, steps=steps, digits=60)
    for x, y in zip(found.singular_values, again.singular_values, strict=True):
        assert abs(x - y) <= mpmath.mpf(10) ** -30 * y
    assert found.active == {"U": 1521}
    assert found.clamps == {"D": 0}
    # 2000 bits, as 593 digits and 9 more
    enclosed = iterate(UDU_A, steps=steps, digits=593, numbers="balls")
    assert enclosed.undecided == 0
    assert enclosed.active == found.active
    assert near(enclosed.state["D"][0][0], F("1.02810688687167312422960593090"), 28)
    with precision(2100):
        determinant = to_arb_mat(enclosed.state["U"]).det() ** 2
        for (ball,) in enclosed.state["D"]:
            determinant *= to_arb(ball)
        assert determinant > 0
    product = mpmath.fprod(found.singular_values)
    assert Ball.from_arb(determinant).contains(exact(mpmath.mpf(product))) or near(
        Ball(exact(product) / Ball.from_arb(determinant).mid), 1, 12
    )
    rounded = iterate(UDU_A, steps=steps, numbers="float64")
    for x, y in zip(rounded.singular_values, found.singular_values, strict=True):
        assert abs(x / y - 1) < 1e-9
    U = np.array([[float(x.mid) for x in row] for row in rounded.state["U"]])
    X = U * np.array([float(x.mid) for (x,) in rounded.state["D"]]) @ U.T
    blind = np.linalg.svd(X, compute_uv=False)
    assert not 0.5 < blind[-1] / float(found.singular_values[-1]) < 2


numbers = st.builds(Fraction, st.integers(-6, 6), st.integers(1, 3))
skews = st.tuples(numbers, numbers, numbers).map(
    lambda s: ((F(0), s[0], s[1]), (-s[0], F(0), s[2]), (-s[1], -s[2], F(0)))
)
spectra = st.lists(
    st.sampled_from([F(3), F(1), F(1, 10**30), F(2, 10**30), F(1, 10**90), F(0)]), min_size=3, max_size=3
)
SEEN = Observations(3, 3, ((0, 0, F(1)),))


@given(skews, skews, spectra)
def test_spectra_of_known_matrices(first: ExactMatrix, second: ExactMatrix, values: list[Fraction]) -> None:
    """Orthogonal frames around a prescribed spectrum, as UDU, as UDV, as Burer–Monteiro and as two layers."""
    P, Q = cayley(first), cayley(second)
    expected = sorted(values, reverse=True)
    squares = sorted((x * x for x in values), reverse=True)
    middle = diagonal(values)
    models: list[tuple[Model, list[Fraction]]] = [
        (UDU(P, tuple(values), SEEN), expected),
        (UDV(P, tuple(values), Q, SEEN), expected),
        (BurerMonteiro(multiply(P, middle), SEEN), squares),
        (Problem((multiply(middle, transpose(Q)), P), SEEN), expected),
    ]
    for model, right in models:
        found = singular_values(model, model.start, digits=25)
        for x, y in zip(found, right, strict=True):
            assert abs(exact(x) - y) <= y / 10**25


def test_spectra_of_wide_factors() -> None:
    """More columns than rows, and a product of lower rank than its size."""
    wide = BurerMonteiro(exact_matrix([[1, 2, 2], [0, 0, 0]]), Observations(2, 2, ((0, 0, F(1)),)))
    tall = UDU(exact_matrix([[3], [4]]), (F(2),), Observations(2, 2, ((0, 0, F(1)),)))
    assert [exact(x) for x in singular_values(wide, wide.start, digits=20)] == [9, 0]
    assert [round(x, 20) for x in singular_values(tall, tall.start, digits=20)] == [50, 0]


def test_an_interrupt_keeps_what_is_there() -> None:
    def stop(done: int, state: Any) -> None:
        if done == 7:
            raise KeyboardInterrupt

    found = iterate(UDU_A, steps=1000, watch=stop)
    assert found.interrupted
    assert found.steps == 7
    assert found.state == iterate(UDU_A, steps=7).state
    assert found.to_json()["interrupted"] is True


def test_a_watcher_can_end_it() -> None:
    found = iterate(UDU_A, steps=1000, watch=lambda done, state: done == 5)
    assert (found.steps, found.interrupted) == (5, False)


def test_json_has_the_form_of_a_problem_file() -> None:
    data = iterate(UDU_A, steps=3, digits=12).to_json()
    assert list(data)[:6] == ["steps", "numbers", "digits", "U", "D", "singular_values"]
    assert len(data["D"]) == 4
    assert len(data["U"]) == 4
    enclosed = iterate(UDU_A, steps=3, digits=12, numbers="balls").to_json()
    exactly = iterate(UDU_A, steps=3, numbers="exact")
    for text, (x,) in zip(enclosed["D"], exactly.state["D"], strict=True):
        assert Ball.from_json(text).contains(x)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"steps": -1}, "steps: -1 is no number of steps"),
        ({"steps": 5, "digits": 0}, "digits: 0 is out of range"),
        ({"steps": 5, "numbers": "fixed"}, "numbers: 'fixed' is not known"),
        ({"steps": 3000, "digits": 30, "numbers": "balls"}, "digits: 30 digits do not suffice to enclose 3000 steps"),
    ],
)
def test_refusals(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        iterate(UDU_A, **options)


def test_a_step_that_is_too_long() -> None:
    model = BurerMonteiro(exact_matrix([[3]]), Observations(1, 1, ((0, 0, F(1)),)), F(2))
    for kind in ("float64", "longdouble"):
        with np.errstate(over="ignore", invalid="ignore"), pytest.raises(InputError, match="diverged within 50 steps"):
            iterate(model, steps=50, numbers=kind)
    with pytest.raises(InputError, match="diverged within 50 steps"):
        iterate(model, steps=50)
