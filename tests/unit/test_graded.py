"""Singular values enclosed from the factor: they contain the true ones, and are relatively sharp."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import Ball, exact, exact_matrix, precision
from verify.models import UDU, BurerMonteiro, Observations
from verify.numeric.spectra import singular_values
from verify.rigorous.graded import product_spectrum

F = Fraction
SEEN = Observations(3, 3, ((0, 0, F(1)),))
numbers = st.builds(Fraction, st.integers(-5, 5), st.integers(1, 3))
sizes = st.sampled_from([F(1), F(2), F(1, 10**20), F(1, 10**60)])
signs = st.sampled_from([F(-1), F(0), F(1)])


@given(
    st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=3, max_size=3),
    st.lists(sizes, min_size=3, max_size=3),
    st.lists(signs, min_size=9, max_size=9),
    st.booleans(),
)
def test_every_state_in_the_balls(
    rows: list[list[Fraction]], scales: list[Fraction], corner: list[Fraction], weighted: bool
) -> None:
    """Columns of very different lengths, each entry with a radius in proportion; a corner of the box is the truth."""
    loose = F(1, 10**8)
    U = exact_matrix([[x * s for x, s in zip(row, scales, strict=True)] for row in rows])
    state = {"U": tuple(tuple(Ball(x, loose * s) for x, s in zip(row, scales, strict=True)) for row in U)}
    moved = exact_matrix([[U[i][j] + corner[3 * i + j] * loose * scales[j] for j in range(3)] for i in range(3)])
    D = (F(1), F(3), F(1, 7))
    if weighted:
        state["D"] = tuple((Ball(x),) for x in D)
        found = product_spectrum(UDU(U, D, SEEN), state, bits=700)
        truth = singular_values(UDU(moved, D, SEEN), {"U": moved, "D": tuple((x,) for x in D)}, digits=30)
    else:
        found = product_spectrum(BurerMonteiro(U, SEEN), state, bits=700)
        truth = singular_values(BurerMonteiro(moved, SEEN), {"U": moved}, digits=30)
    for ball, x in zip(found, truth, strict=True):
        value = exact(x)
        assert Ball.from_arb(ball).overlaps(Ball(value, value / 10**29))


def test_small_ones_are_relatively_sharp() -> None:
    U = exact_matrix([[1, "1e-20", "1e-60"], [1, "-1e-20", "2e-60"], [0, "1e-20", "-3e-60"]])
    loose, sizes_ = F(1, 10**12), (F(1), F(1, 10**20), F(1, 10**60))
    state = {"U": tuple(tuple(Ball(x, loose * s) for x, s in zip(row, sizes_, strict=True)) for row in U)}
    found = product_spectrum(BurerMonteiro(U, SEEN), state, bits=700)
    with precision(700):
        for ball in found:
            assert ball.rad() < ball.mid() / 10**10
    assert Ball.from_arb(found[2]).upper < F(1, 10**118)


def test_a_column_that_may_vanish() -> None:
    """Then nothing is known from below, and the enclosure is that of the product."""
    U = exact_matrix([[1, 0], [1, 0], [0, 0]])
    state = {"U": tuple(tuple(Ball(x, F(1, 10**12)) for x in row) for row in U)}
    found = product_spectrum(BurerMonteiro(U, SEEN), state, bits=200)
    assert Ball.from_arb(found[1]).contains(0)
    assert Ball.from_arb(found[0]).contains(2)
