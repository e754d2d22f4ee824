"""Taylor jets: the same coefficients in every arithmetic, and the known ones."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from random import Random
from typing import Any

import mpmath
import pytest
import sympy
from flint import fmpq, fmpq_poly

from tests.vectors import NIGHTLY, family, random_problem
from verify.arithmetic import EntrywiseAlgebra, SymPyAlgebra, evaluate
from verify.arithmetic.convert import from_fmpq, to_fmpq
from verify.arithmetic.jets import FixedPoint, MpmathField, RationalField, plan, taylor
from verify.models import Observations, Problem

CASES = 300 if NIGHTLY else 20


def exact_series(problem: Problem, order: int, rate: Fraction = Fraction(-1)) -> dict[str, Any]:
    """Rows of lists of exact coefficients, by parameter."""
    start = {name: [[to_fmpq(x) for x in row] for row in layer] for name, layer in problem.start.items()}
    jet = taylor(plan(problem.gradient), RationalField(), start, order=order, rate=rate)
    return {
        name: [[[from_fmpq(c) for c in series] for series in row] for row in jet.parameter(name)]
        for name in problem.names
    }


def test_linear_flow_has_the_exponential_series() -> None:
    problem = Problem.of([[["1/3", 2]]], Observations(1, 2, ((0, 0, Fraction(5)),)))
    ((moving, still),) = exact_series(problem, 12)["W1"]
    assert moving[1:] == [Fraction(1, 3 * factorial(k)) * (1 - 15) * (-1) ** k for k in range(1, 13)]
    assert still == [2] + [0] * 12


def test_scalar_depth_two_has_the_logistic_series() -> None:
    # with equal factors, d = θ² obeys d' = 2d(1 − d): d = d₀/(d₀ + (1 − d₀)e^{−2t})
    problem = Problem.of([[["1/2"]], [["1/2"]]], Observations(1, 1, ((0, 0, Fraction(1)),)))
    series = exact_series(problem, 10)
    theta = fmpq_poly([to_fmpq(c) for c in series["W1"][0][0]])
    assert series["W1"] == series["W2"]
    t = sympy.Symbol("t")
    known = sympy.series(1 / (1 + 3 * sympy.exp(-2 * t)), t, 0, 11).removeO()
    square = theta * theta
    for k in range(11):
        assert sympy.Rational(str(square[k])) == known.coeff(t, k)


def test_coefficients_are_lie_derivatives() -> None:
    # θ^(k) by differentiating the field symbolically along itself, k times: no series anywhere
    problem = Problem.of(
        [[["1/2", "1/3"], [0, 1]], [[1, "-1/2"], ["2/3", "1/5"]]],
        Observations(2, 2, ((0, 0, Fraction(1)), (1, 0, Fraction(-2)), (1, 1, Fraction(1, 2)))),
    )
    names = {name: sympy.Matrix(2, 2, sympy.symbols(f"{name}_:4")) for name in problem.names}
    outputs = evaluate(problem.gradient, {k: v.as_immutable() for k, v in names.items()}, SymPyAlgebra())
    symbols = [x for name in problem.names for x in names[name]]
    field = [-x for name in problem.names for x in outputs["d" + name]]
    at = dict(zip(symbols, [x for layer in problem.layers for row in layer for x in row], strict=True))
    numbers = {s: sympy.Rational(x.numerator, x.denominator) for s, x in at.items()}
    series = exact_series(problem, 2)
    for position, symbol in enumerate(symbols):
        name, entry = problem.names[position // 4], position % 4
        derivative: Any = symbol
        for k in range(3):
            expected = Fraction(str(derivative.subs(numbers))) / factorial(k)
            assert series[name][entry // 2][entry % 2][k] == expected
            derivative = sum(sympy.diff(derivative, s) * f for s, f in zip(symbols, field, strict=True))


@pytest.mark.parametrize("seed", range(CASES))
def test_the_jet_solves_the_flow_order_by_order(seed: int) -> None:
    # the gradient evaluated on polynomials, a path of its own: p' + ∇ℓ(p) vanishes to the order of the jet
    problem, order = random_problem(Random(seed), most_layers=5, most=3), 7
    series = exact_series(problem, order)
    polynomials = {
        name: tuple(tuple(fmpq_poly([to_fmpq(c) for c in x]) for x in row) for row in rows)
        for name, rows in series.items()
    }
    outputs = evaluate(problem.gradient, polynomials, EntrywiseAlgebra(lambda x: fmpq_poly([to_fmpq(x)])))
    for name, rows in polynomials.items():
        for row, slopes in zip(rows, outputs["d" + name], strict=True):
            for p, slope in zip(row, slopes, strict=True):
                defect = p.derivative() + slope
                assert [defect[k] for k in range(order)] == [fmpq(0)] * order


@pytest.mark.parametrize("seed", range(CASES))
def test_all_arithmetics_agree(seed: int) -> None:
    problem, order, bits = random_problem(Random(1000 + seed), most_layers=5, most=3), 12, 160
    rate = Fraction(-1, 8)
    exactly = exact_series(problem, order, rate)
    context = mpmath.mp.clone()
    context.prec = bits
    jets = {}
    for name, field in {"fixed": FixedPoint(bits), "mpmath": MpmathField(context)}.items():
        start = {key: [[field.number(x) for x in row] for row in layer] for key, layer in problem.start.items()}
        jets[name] = taylor(plan(problem.gradient), field, start, order=order, rate=rate)  # type: ignore[arg-type]
    size = max(abs(c) for rows in exactly.values() for row in rows for x in row for c in x)
    for name, rows in exactly.items():
        fixed, floating = jets["fixed"].parameter(name), jets["mpmath"].parameter(name)
        for i, row in enumerate(rows):
            for j, coefficients in enumerate(row):
                for k, c in enumerate(coefficients):
                    assert abs(Fraction(fixed[i][j][k], 2**bits) - c) <= size * Fraction(1, 2 ** (bits - 24))
                    wide = context.mpf(c.numerator) / c.denominator
                    assert abs(floating[i][j][k] - wide) <= float(size) * 2.0 ** (24 - bits)


def test_the_rate_scales_time() -> None:
    problem = family("V17")
    once, scaled = exact_series(problem, 6), exact_series(problem, 6, Fraction(-3, 7))
    for name in problem.names:
        for row, other in zip(once[name], scaled[name], strict=True):
            for x, y in zip(row, other, strict=True):
                assert y == [c * Fraction(3, 7) ** k for k, c in enumerate(x)]


def test_what_is_zero_by_structure_costs_nothing() -> None:
    dense = Problem(family("V17").layers, Observations.block_diagonal(1, 3))
    one = Problem(family("V17").layers, Observations(3, 3, ((0, 0, Fraction(1)),)))
    assert plan(one.gradient).products < plan(dense.gradient).products / 2


def test_an_unobserved_linear_entry_stands_still() -> None:
    problem = Problem.of([[[1, 2], [3, 4]]], Observations(2, 2, ((0, 1, Fraction(0)),)))
    rows = exact_series(problem, 4)["W1"]
    assert rows[0][0] == [1, 0, 0, 0, 0]
    assert rows[0][1] == [Fraction(2 * (-1) ** k, factorial(k)) for k in range(5)]
