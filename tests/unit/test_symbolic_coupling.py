"""Coupled or decoupled: the sheet's cases, the proofs' own verification, and that nothing is guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import InputError
from verify.arithmetic.exact import multiply, transpose
from verify.models import Observations, Problem, diagonal, rotation, symmetric_family
from verify.symbolic import Coupling, decide_coupling, verify_certificate
from verify.symbolic.coupling import (
    JointSubspace,
    LayerSubspaces,
    joint_subspace,
    kernel_series,
    layer_subspaces,
    plain_kernel,
)

TWO = Observations.diagonal(2)
CONFORMAL = [["1/5", "-3/20"], ["3/20", "1/5"]]
ANTIDIAGONAL = [[0, "1/10"], ["1/10", 0]]


def hidden_rotations() -> Problem:
    first, second = rotation("4/5", "3/5"), rotation("12/13", "5/13")
    middle = multiply(multiply(second, diagonal([2, "-1/2"])), transpose(first))
    last = multiply(diagonal(["1/4", 3]), transpose(second))
    return Problem((multiply(first, diagonal(["1/3", "1/7"])), middle, last), TWO)


def balanced_reflection() -> Problem:
    s, r = diagonal(["1/2", "1/4"]), rotation("4/5", "3/5")
    last = multiply(multiply(diagonal([1, -1]), r), s)
    return Problem((multiply(s, transpose(r)), diagonal(["1/2", "-1/4"]), last), TWO)


CASES: list[tuple[str, Problem, bool, int]] = [
    ("V01", symmetric_family(2, n=2, m=2, alpha="1/10"), False, 2),
    ("V03", symmetric_family(3, n=2, m=2, alpha="1/10"), True, 1),
    ("V04", symmetric_family(3, n=2, m=2, alpha="1/100"), True, 1),
    ("V06", symmetric_family(3, n=2, m=100, alpha="1/10"), True, 1),
    ("V07", symmetric_family(3, n=2, m=2, alpha=3), True, 1),
    ("V08", symmetric_family(4, n=2, m=3, alpha="2/5"), True, 1),
    ("V13", symmetric_family(3, n=2, m=2, alpha="1/10", s=2), True, 1),
    ("V15", symmetric_family(3, n=4, m=None, alpha="1/10"), False, 4),
    ("V16", symmetric_family(2, n=2, m=None, alpha="1/10", s=3), False, 2),
    ("deep", symmetric_family(6, n=4, m=3, alpha="1/2"), True, 1),
    ("deep, m = infinity", symmetric_family(6, n=4, m=None, alpha="1/2"), False, 4),
    ("C2", symmetric_family(2, n=2, m=1, alpha="1/10"), False, 2),
    ("C3", Problem.of([CONFORMAL] * 3, TWO), False, 2),
    ("C4", hidden_rotations(), False, 2),
    ("C5", symmetric_family(4, n=3, m="-1/2", alpha="1/10"), False, 3),
    ("C5, n = 4", symmetric_family(4, n=4, m=-1, alpha="1/10"), False, 4),
    ("C5 at depth 3", symmetric_family(3, n=3, m="-1/2", alpha="1/10"), True, 1),
    (
        "C11",
        Problem.of([[["1/5", "1/10", 0], ["1/10", "1/5", 0], [0, 0, "1/10"]]] * 3, Observations.diagonal(3)),
        False,
        2,
    ),
    ("C13", Problem.of([ANTIDIAGONAL] * 3, TWO), True, 1),
    ("C13 at depth 6", Problem.of([ANTIDIAGONAL] * 6, TWO), False, 2),
    ("C15", balanced_reflection(), True, 1),
    ("rectangular", Problem.of([[[1, 2], [3, 4], [5, 6]], [[1, 0, 2], [0, 3, 1]]], TWO), False, 2),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0])
def case(request: pytest.FixtureRequest) -> tuple[Coupling, bool, int]:
    _, problem, coupled, parts = request.param
    return decide_coupling(problem), coupled, parts


def test_the_sheets_cases(case: tuple[Coupling, bool, int]) -> None:
    coupling, coupled, parts = case
    assert coupling.coupled is coupled
    assert len(coupling.parts) == parts
    assert coupling.undecided == ()
    assert coupling.recheck()
    json.dumps(coupling.to_json())
    assert coupling.text.startswith("coupled" if coupled else "decoupled")


def test_values_at_the_start_agree_with_plain_fractions(case: tuple[Coupling, bool, int]) -> None:
    coupling = case[0]
    for pair in coupling.pairs:
        value = plain_kernel(coupling.problem, pair.first, pair.second)
        assert value == (pair.value if pair.order == 0 else 0)


def test_c13_is_coupled_only_after_the_start() -> None:
    (pair,) = decide_coupling(Problem.of([ANTIDIAGONAL] * 3, TWO)).pairs
    assert (pair.order, pair.value) == (2, Fraction(1, 250000))  # (2 α · α² w)² = 4 α⁶


def test_c15_has_the_sheets_value() -> None:
    (pair,) = decide_coupling(balanced_reflection()).pairs
    assert (pair.order, pair.value) == (0, Fraction(-81, 10**4))


def test_too_low_an_order_leaves_it_undecided() -> None:
    coupling = decide_coupling(Problem.of([ANTIDIAGONAL] * 3, TWO), order=1)
    assert coupling.coupled is None
    assert "no invariant" in coupling.pairs[0].reason
    assert coupling.text.startswith("undecided")
    with pytest.raises(InputError):
        decide_coupling(Problem.of([ANTIDIAGONAL] * 3, TWO), order=-1)


def test_one_observation_is_one_part() -> None:
    coupling = decide_coupling(Problem.of([ANTIDIAGONAL] * 3, Observations.parse("0,0", 2)))
    assert coupling.coupled
    assert coupling.pairs == ()


@pytest.mark.parametrize(
    ("problem", "dimension"),
    [
        (Problem.of([CONFORMAL] * 3, TWO), 2),
        (symmetric_family(4, n=3, m="-1/2", alpha="1/10"), 1),
        (symmetric_family(3, n=3, m=2, alpha="1/10"), 2),
        (hidden_rotations(), 6),
    ],
)
def test_joint_subspaces(problem: Problem, dimension: int) -> None:
    space = joint_subspace(problem)
    assert space is not None
    assert space.dimension == dimension
    first, second = problem.observations.positions[:2]
    assert verify_certificate(problem, space, first, second) is not decide_coupling(problem).coupled


def test_too_large_a_joint_space_is_given_up() -> None:
    layer = [[1, 2, 3, 4], [5, 7, 1, 1], [2, 9, 4, 3], [1, 1, 8, 2]]
    assert joint_subspace(Problem.of([layer] * 6, Observations.diagonal(4))) is None


def test_false_certificates_are_refused() -> None:
    problem = Problem.of([CONFORMAL] * 3, TWO)
    a, b = TWO.positions
    good = layer_subspaces(problem)
    assert verify_certificate(problem, good, a, b)
    assert not verify_certificate(problem, replace(good, bases=good.bases[:2]), a, b)
    # One dimension short: the start is no longer inside.
    assert not verify_certificate(problem, LayerSubspaces((good.bases[0][:1], *good.bases[1:])), a, b)
    # The start's span alone: inside, but the flow leaves it.
    assert not verify_certificate(problem, LayerSubspaces(tuple((layer,) for layer in problem.layers)), a, b)
    assert not verify_certificate(problem, JointSubspace((problem.layers,)), a, b)
    # Everything: invariant, but the kernel does not vanish.
    whole = tuple(
        tuple(tuple(Fraction(int((r, c) == (i, j))) for c in range(2)) for r in range(2))
        for i in range(2)
        for j in range(2)
    )
    assert not verify_certificate(problem, LayerSubspaces((whole,) * 3), a, b)


def test_a_wrong_value_fails_the_recheck() -> None:
    coupling = decide_coupling(symmetric_family(3, n=2, m=2, alpha="1/10"))
    (pair,) = coupling.pairs
    assert pair.value is not None
    assert not replace(coupling, pairs=(replace(pair, value=2 * pair.value),)).recheck()
    assert not replace(coupling, pairs=(replace(pair, order=1),)).recheck()


def test_series_agree_with_a_finite_difference_of_the_exact_flow() -> None:
    """Order 1 of the series is the directional derivative of the kernel along the flow, in exact arithmetic."""
    from verify.arithmetic import RationalAlgebra, evaluate
    from verify.arithmetic.convert import from_fmpq_mat, to_fmpq_mat

    problem = Problem.of(
        [[["1/2", "1/3"], ["-1/5", "2/7"]], [[1, "1/4"], ["1/9", -1]], [["2/3", 0], ["1/6", "1/8"]]], TWO
    )
    pair = TWO.positions
    value, slope = kernel_series(problem, [(pair[0], pair[1])], 1)[pair[0], pair[1]]
    swept = evaluate(problem.gradient, {k: to_fmpq_mat(v) for k, v in problem.start.items()}, RationalAlgebra())

    def moved(h: Fraction) -> Fraction:
        layers = []
        for name, layer in problem.start.items():
            rates = from_fmpq_mat(swept["d" + name])
            layers.append(
                tuple(tuple(x - h * g for x, g in zip(a, b, strict=True)) for a, b in zip(layer, rates, strict=True))
            )
        return plain_kernel(replace(problem, layers=tuple(layers)), *pair)

    assert value == moved(Fraction(0))
    # The kernel along a line is a polynomial of degree 4: five points give its derivative exactly.
    h = Fraction(1, 10)
    exact = (moved(-2 * h) - 8 * moved(-h) + 8 * moved(h) - moved(2 * h)) / (12 * h)
    assert slope == exact


@given(st.lists(st.integers(-5, 5), min_size=12, max_size=12), st.integers(2, 9))
def test_decisions_are_never_contradicted_by_values(entries: list[int], denominator: int) -> None:
    """Random starts: whatever is called decoupled has no nonzero Taylor coefficient."""
    numbers = [Fraction(x, denominator) for x in entries]
    layers: list[Any] = [[numbers[4 * k : 4 * k + 2], numbers[4 * k + 2 : 4 * k + 4]] for k in range(3)]
    problem = Problem.of(layers, TWO)
    (pair,) = decide_coupling(problem, order=2).pairs
    series = kernel_series(problem, [(pair.first, pair.second)], 3)[pair.first, pair.second]
    if pair.coupled is False:
        assert not any(series)
    elif pair.coupled:
        assert pair.order is not None
        assert series[pair.order] == pair.value


@pytest.mark.parametrize("order", [0, 1, 2, 4])
def test_two_ways_to_the_kernels_series_agree(order: int) -> None:
    """The toolkit's jets and adjoint sweeps, against Picard iteration and the closed formula in plain fractions."""
    from proofs_checks.shin_yun_2026.coupling import inner_by_differences, kernel_along_the_flow

    first: Any = [["1/2", "1/3"], ["-1/5", "2/7"], [1, 0]]
    problem = Problem.of([first, [[1, "1/4", 2], ["1/9", -1, 0]], [["2/3", 0], ["1/6", "1/8"]]], TWO)
    a, b = TWO.positions
    series = kernel_series(problem, [(a, b)], order)[a, b]
    assert list(series) == kernel_along_the_flow(problem, order)
    assert series[0] == inner_by_differences(problem, a, b) == plain_kernel(problem, a, b)
