"""Ideals: memberships multiply out, zeros are counted exactly, components cover."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import InputError
from verify.symbolic.ideals import Cover, Ideal, Membership, Ring, Zeros, cover

RING = Ring(("x", "y"))
X, Y = RING
SMALL = st.fractions(min_value=-3, max_value=3, max_denominator=4)


def polynomials(degree: int) -> st.SearchStrategy[object]:
    monomials = RING.monomials(degree)
    rows = st.lists(SMALL, min_size=len(monomials), max_size=len(monomials))
    return rows.map(lambda row: sum((m * RING.number(c) for m, c in zip(monomials, row, strict=True)), X * 0))


@given(polynomials(2), polynomials(1))
def test_combinations_are_members_and_their_cofactors_multiply_out(a: object, b: object) -> None:
    ideal = Ideal.of(RING, (X**2 + Y**2 - 1, X * Y - Y))
    proof = ideal.member(a * ideal.generators[0] + b * ideal.generators[1])  # type: ignore[operator]
    assert proof is not None
    assert proof.verify()


def test_what_is_no_member_is_none_and_a_wrong_cofactor_is_seen() -> None:
    ideal = Ideal.of(RING, (X**2 - 2, Y - X))
    assert ideal.member(X) is None
    assert ideal.member(X - 1) is None
    proof = ideal.member(X * Y - 2)
    assert proof is not None
    wrong = Membership(proof.target, proof.generators, (proof.cofactors[0] + X, *proof.cofactors[1:]))
    assert not wrong.verify()


def test_a_basis_that_is_too_small_is_seen() -> None:
    ideal = Ideal.of(RING, (X**2 - Y, X * Y - 1))
    assert ideal.verify()
    for k in range(len(ideal.basis)):
        assert not replace(ideal, basis=ideal.basis[:k] + ideal.basis[k + 1 :]).verify()


@given(st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=4, unique=True))
def test_rational_zeros_are_counted(points: list[tuple[Fraction, Fraction]]) -> None:
    xs = sorted({x for x, _ in points})
    one = RING.number(1)
    equations = [prod((X - RING.number(x) for x in xs), start=one)]
    for x in xs:  # where x has this value, y has one of the values given with it
        elsewhere = prod((X - RING.number(other) for other in xs if other != x), start=one)
        equations.append(elsewhere * prod((Y - RING.number(y) for z, y in points if z == x), start=one))
    zeros = Zeros.of(RING, equations)
    assert zeros.real_zeros == zeros.complex_zeros == zeros.dimension == len(points)


def test_complex_and_multiple_zeros() -> None:
    zeros = Zeros.of(RING, (X**2 + 1, Y**2 - X**2 - 2))  # x = ±i, y = ±1
    assert (zeros.dimension, zeros.complex_zeros, zeros.real_zeros) == (4, 4, 0)
    double = Zeros.of(RING, ((X - 1) ** 2, Y - X))
    assert (double.dimension, double.complex_zeros, double.real_zeros) == (2, 1, 1)
    nothing = Zeros.of(RING, (X, X - 1))
    assert (nothing.dimension, nothing.complex_zeros, nothing.real_zeros) == (0, 0, 0)


def test_infinitely_many_zeros_are_refused() -> None:
    with pytest.raises(InputError, match="infinitely many"):
        Zeros.of(RING, (X * Y,))


def test_approximate_zeros_are_close() -> None:
    found = sorted(Zeros.of(RING, (X**2 - 2, Y - X**3)).approximate())
    assert [pytest.approx(p, abs=1e-9) for p in found] == [(-(2**0.5), -(2**1.5)), (2**0.5, 2**1.5)]


def test_components_cover_a_system() -> None:
    found = cover(RING, (X * Y, Y**2 - Y), ((Y,), (X, Y - 1)))
    assert isinstance(found, Cover)
    assert found.verify()
    assert not replace(found, falls=found.falls[1:]).verify()
    assert not replace(found, components=((Y,), (X, Y - 2))).verify()


def test_components_that_do_not_cover_or_do_not_fit_are_refused() -> None:
    assert cover(RING, (X * Y, Y**2 - Y), ((Y,),)) is None  # (0, 1) is missing
    assert cover(RING, (X * Y, Y**2 - Y), ((Y,), (X,))) is None  # (0, 2) is no zero
    assert cover(RING, (X * (Y - 1),), ((Y - 1,),)) is None
    assert cover(RING, (X * (Y - 1),), ((Y - 1,),), unless=X) is not None
