"""First integrals found by linear algebra: complete, exact, and with the balances among them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import comb
from random import Random

import pytest

from verify.arithmetic import InputError
from verify.models import Observations
from verify.symbolic import DerivationError, derive
from verify.symbolic.expressions import Call, Num, Relation, Sym
from verify.symbolic.invariants import _DIMENSION, Conserved, Moving, NoMore, _classes, _moving, search


def as_polynomial(ring: Moving, integral: dict[tuple[int, ...], Fraction]) -> object:
    total = ring.number(Fraction(0))
    for monomial, c in integral.items():
        term = ring.number(c)
        for name, exponent in zip(ring.variables, monomial, strict=True):
            term = term * ring.values[name] ** exponent
        total = total + term
    return total


@pytest.mark.parametrize(
    ("depth", "size", "observe", "degree", "count"),
    [
        (2, 2, "0,0;0,1;1,1", 2, 3),  # connected: the three balances, and nothing else
        (2, 2, "diagonal", 2, 8),  # each pair (a_i, b_i) moves in its own plane: 2 · (3 + 1)
        (3, 2, "0,0;0,1;1,1", 2, 6),
        (3, 2, "diagonal", 2, 7),  # one more for the second part: its outer ends can be scaled
        (2, 3, "diagonal", 2, 27),
        (2, 2, "0,0;0,1;1,1", 4, 9),  # with the products of two: 3 + 6
        (1, 2, "0,0", 2, 9),  # three entries never move: their monomials of degree 1 and 2
        (2, 2, "0,0", 1, 4),  # an unobserved row and column are constant
    ],
)
def test_how_many_there_are(depth: int, size: int, observe: str, degree: int, count: int) -> None:
    observations = Observations.parse(observe, size)
    found = search(depth, observations, degree)
    ring = _moving(depth, observations)
    assert len(found) == count
    assert all(ring.rate(as_polynomial(ring, dict(one))) == 0 for one in found)


def test_products_of_the_quadratic_ones_are_counted() -> None:
    """Depth 2, diagonal: 8 of degree 2; those of degree 4 are their products, with the relations between them."""
    found = search(2, Observations.diagonal(2), 4)
    assert sum(max(map(sum, one)) == 2 for one in found) == 8
    assert len(found) <= 8 + comb(9, 2)


def test_classes_hold_every_monomial_once() -> None:
    observations = Observations.diagonal(2)
    monomials = [m for some in _classes(3, observations, 3).values() for m in some]
    assert len(monomials) == len(set(monomials)) == comb(12 + 3, 3) - 1


def test_the_search_without_classes_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    import verify.symbolic.invariants as module

    observations = Observations.parse("0,0;1,1;0,1", 2)
    with_classes = len(search(3, observations, 3))
    monkeypatch.setattr(module, "_characters", lambda depth, observations: [])
    module._kernels.cache_clear()
    try:
        assert len(search(3, observations, 3)) == with_classes
    finally:
        module._kernels.cache_clear()


def test_integrals_are_constant_along_an_exact_series() -> None:
    """Against the integrator's own Taylor coefficients, in plain fractions."""
    from verify.arithmetic.convert import from_fmpq, to_fmpq
    from verify.arithmetic.jets import RationalField, plan, taylor
    from verify.models import Problem

    random, observations = Random(5), Observations.diagonal(2)
    layers = tuple(
        tuple(tuple(Fraction(random.randint(-3, 3), 4) for _ in range(2)) for _ in range(2)) for _ in range(3)
    )
    problem = Problem(layers, observations)
    start = {name: [[to_fmpq(x) for x in row] for row in rows] for name, rows in problem.start.items()}
    jet = taylor(plan(problem.gradient), RationalField(), start, order=3)
    series = [
        [from_fmpq(x[k]) if k < len(x) else Fraction(0) for k in range(4)]
        for name in problem.names
        for row in jet.parameter(name)
        for x in row
    ]
    for integral in search(3, observations, 2):
        total = [Fraction(0)] * 4
        for monomial, c in integral.items():
            product = [c, Fraction(0), Fraction(0), Fraction(0)]
            for one, exponent in zip(series, monomial, strict=True):
                for _ in range(exponent):
                    product = [sum((product[a] * one[k - a] for a in range(k + 1)), Fraction(0)) for k in range(4)]
            total = [x + y for x, y in zip(total, product, strict=True)]
        assert not any(total[1:])


def test_what_is_not_conserved_is_refused() -> None:
    observations, zero = Observations.diagonal(2), Num(Fraction(0))
    with pytest.raises(DerivationError):
        Conserved(3, observations, (Relation(Call("rate", (Sym("a11") ** 2 - Sym("b11") ** 2,)), zero),)).run()
    claimed = NoMore(3, observations, 2, Relation(_DIMENSION, Num(Fraction(7))))
    claimed.run()
    for number in (6, 8):
        with pytest.raises(DerivationError):
            replace(claimed, relation=Relation(_DIMENSION, Num(Fraction(number)))).run()


def test_too_much_is_refused_before_it_is_begun() -> None:
    with pytest.raises(InputError, match="too many"):
        derive("invariants", depth=6, size=6)


def test_the_topic_takes_a_degree() -> None:
    derivation = derive("invariants", depth=2, size=2, observe="0,0;0,1;1,1", degree=4)
    assert "exactly 9 linearly independent" in derivation.statement
    with pytest.raises(InputError, match="degree"):
        derive("balancedness", degree=2)
