"""What the strategies promise holds exactly, no draw is lost, and shrinking ends at the simplest data."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample, StopTest, UnsatisfiedAssumption
from hypothesis.internal.conjecture.data import Status

from verify.arithmetic import Ball, ExactMatrix, InputError
from verify.arithmetic.convert import to_fmpq_mat
from verify.arithmetic.exact import add, entries, identity, multiply, negative, transpose, zeros
from verify.models import Observations, Problem
from verify.search.strategies import (
    PROFILES,
    aim,
    balanced_layers,
    diagonal_matrices,
    families,
    invertible_matrices,
    layers,
    load_profile,
    masks,
    matrices,
    matrices_of_rank,
    matrices_with_signs,
    matrices_with_singular_values,
    matrices_with_spectrum,
    observations,
    orthogonal_matrices,
    problems,
    rationals,
    semidefinite_matrices,
    skew_matrices,
    symmetric_matrices,
)

SIZES = st.integers(1, 4)
DIAGONAL = Observations.diagonal(2)


def minimal(strategy: st.SearchStrategy[Any], predicate: Any) -> Any:
    """The data to which Hypothesis shrinks what satisfies the predicate."""
    from hypothesis import find

    quiet = settings(
        max_examples=2000, database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink]
    )
    return find(strategy, predicate, settings=quiet)


def rank(matrix: ExactMatrix) -> int:
    return int(to_fmpq_mat(matrix).rank())


def determinant(matrix: ExactMatrix) -> Fraction:
    value = to_fmpq_mat(matrix).det()
    return Fraction(int(value.p), int(value.q))


def denominator(*found: ExactMatrix) -> int:
    return lcm(*(x.denominator for matrix in found for x in entries(matrix)))


# ---------------------------------------------------------------------------------------------------------------------
# Promises


@given(st.data(), SIZES, SIZES)
def test_matrices(data: st.DataObject, rows: int, columns: int) -> None:
    matrix = data.draw(matrices(rows, columns, min_value=-1, max_value="3/2", max_denominator=5))
    assert (len(matrix), len(matrix[0])) == (rows, columns)
    assert all(-1 <= x <= Fraction(3, 2) for x in entries(matrix))
    assert denominator(matrix) <= 5


@given(rationals(min_value="-1/3", max_value=2, max_denominator=7))
def test_rationals(x: Fraction) -> None:
    assert Fraction(-1, 3) <= x <= 2
    assert x.denominator <= 7


@given(symmetric_matrices(SIZES), skew_matrices(SIZES), diagonal_matrices(SIZES))
def test_structure(symmetric: ExactMatrix, skew: ExactMatrix, diagonal: ExactMatrix) -> None:
    assert symmetric == transpose(symmetric)
    assert negative(skew) == transpose(skew)
    assert all(not x for i, row in enumerate(diagonal) for j, x in enumerate(row) if i != j)


@given(st.booleans(), st.data(), SIZES)
def test_orthogonal(special: bool, data: st.DataObject, size: int) -> None:
    q = data.draw(orthogonal_matrices(size, special=special))
    assert multiply(q, transpose(q)) == identity(size)
    assert determinant(q) == 1 or not special


@given(st.data(), SIZES, SIZES)
def test_rank(data: st.DataObject, rows: int, columns: int) -> None:
    wanted = data.draw(st.integers(0, min(rows, columns)))
    assert rank(data.draw(matrices_of_rank(wanted, rows, columns))) == wanted


@given(invertible_matrices(SIZES))
def test_invertible(matrix: ExactMatrix) -> None:
    assert determinant(matrix) != 0


@given(st.data(), st.lists(rationals(), min_size=1, max_size=3))
def test_spectrum(data: st.DataObject, eigenvalues: list[Fraction]) -> None:
    matrix = data.draw(matrices_with_spectrum(eigenvalues))
    assert matrix == transpose(matrix)
    for value in eigenvalues:
        shift = tuple(tuple(x - value * (i == j) for j, x in enumerate(row)) for i, row in enumerate(matrix))
        assert len(eigenvalues) - rank(shift) == eigenvalues.count(value)


@given(st.data(), st.lists(rationals(min_value=0), min_size=1, max_size=2), st.integers(2, 3), st.integers(2, 3))
def test_singular_values(data: st.DataObject, values: list[Fraction], rows: int, columns: int) -> None:
    matrix = data.draw(matrices_with_singular_values(values, rows, columns))
    square = multiply(matrix, transpose(matrix))
    expected = [v * v for v in values] + [Fraction(0)] * (rows - len(values))
    for value in set(expected):
        shift = tuple(tuple(x - value * (i == j) for j, x in enumerate(row)) for i, row in enumerate(square))
        assert rows - rank(shift) == expected.count(value)


@given(matrices_with_signs(["+-0", "*-+"]))
def test_signs(matrix: ExactMatrix) -> None:
    (a, b, c), (_, e, f) = matrix
    assert a > 0 > b
    assert c == 0
    assert e < 0 < f


@given(st.data(), SIZES, st.none() | st.integers(0, 1))
def test_semidefinite(data: st.DataObject, size: int, wanted: int | None) -> None:
    matrix = data.draw(semidefinite_matrices(size, rank=wanted))
    assert matrix == transpose(matrix)
    if wanted is not None:
        assert rank(matrix) == wanted
    # all principal minors are nonnegative
    for mask in range(1, 2**size):
        chosen = [k for k in range(size) if mask >> k & 1]
        assert determinant(tuple(tuple(matrix[i][j] for j in chosen) for i in chosen)) >= 0


@given(st.data(), st.lists(st.integers(1, 3), min_size=2, max_size=5), st.booleans())
def test_balanced(data: st.DataObject, widths: list[int], full: bool) -> None:
    drawn = data.draw(balanced_layers(widths=widths, full_rank=full))
    assert [(len(w), len(w[0])) for w in drawn] == [(after, before) for before, after in pairwise(widths)]
    for lower, upper in pairwise(drawn):
        assert add(multiply(transpose(upper), upper), negative(multiply(lower, transpose(lower)))) == zeros(
            len(lower), len(lower)
        )
    assert all(rank(w) == min(widths) for w in drawn) or not full


@given(st.data(), st.integers(1, 5), st.integers(1, 5))
def test_masks(data: st.DataObject, rows: int, columns: int) -> None:
    def seen(kind: str) -> Observations:
        found = data.draw(observations(rows, columns, connectivity=kind, value=1), label=kind)  # type: ignore[arg-type]
        assert found.positions == tuple(sorted(set(found.positions)))
        return found

    assert seen("any").positions
    assert seen("connected").connected
    tree = seen("tree")
    assert tree.connected
    assert len(tree.positions) == rows + columns - 1
    assert seen("diagonal").positions == tuple((k, k) for k in range(min(rows, columns)))
    if min(rows, columns) >= 2:
        blocks = seen("block-diagonal").blocks()
        assert len(blocks) >= 2
        assert {i for cells in blocks for i, _ in cells} == set(range(rows))
        assert {j for cells in blocks for _, j in cells} == set(range(columns))
        for cells in blocks:  # complete
            assert len(cells) == len({i for i, _ in cells}) * len({j for _, j in cells})


@given(families(finite=False))
def test_families(problem: Problem) -> None:
    layer = problem.layers[0]
    assert problem.depth >= 2
    assert set(problem.layers) == {layer}
    assert 0 <= layer[0][1] < layer[0][0] == layer[1][1] <= 1


@pytest.mark.parametrize("start", ["any", "balanced", "diagonal", "identity", "equal", "symmetric"])
@pytest.mark.parametrize("connectivity", ["any", "connected", "tree", "block-diagonal", "diagonal"])
def test_problems(start: str, connectivity: str) -> None:
    @settings(max_examples=12)
    @given(problems(start=start, connectivity=connectivity))  # type: ignore[arg-type]
    def holds(problem: Problem) -> None:
        if start in ("balanced", "identity"):
            assert problem.balanced
        if start in ("diagonal", "identity"):
            assert all(
                w == tuple(tuple(x * (i == j) for j, x in enumerate(r)) for i, r in enumerate(w))
                for w in problem.layers
            )
        if start in ("equal", "symmetric", "identity"):
            assert len(set(problem.layers)) == 1
        if start == "symmetric":
            assert problem.layers[0] == transpose(problem.layers[0])
        if connectivity in ("connected", "tree"):
            assert problem.observations.connected

    holds()


@given(problems(widths=(3, 1, 2), start="balanced", value=1))
def test_rectangular_problems(problem: Problem) -> None:
    assert problem.shapes == ((1, 3), (2, 1))
    assert problem.balanced
    assert {y for _, _, y in problem.observations.entries} == {1}


def losses(strategy: st.SearchStrategy[Any]) -> tuple[int, int]:
    """How many draws came through, and how many the strategy rejected."""
    drawn = lost = 0

    @settings(
        max_examples=60,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def count(data: st.DataObject) -> None:
        nonlocal drawn, lost
        try:
            data.draw(strategy)
        except (StopTest, UnsatisfiedAssumption) as stop:
            # Hypothesis ends some draws itself, those that grow too long: they are not rejected.
            lost += isinstance(stop, UnsatisfiedAssumption) or data.conjecture_data.status is Status.INVALID
            raise
        drawn += 1

    count()
    return drawn, lost


@pytest.mark.parametrize(
    "strategy",
    [
        matrices(SIZES),
        orthogonal_matrices(SIZES),
        matrices_of_rank(1, 3),
        matrices_with_signs(["+-", "0*"]),
        semidefinite_matrices(3, rank=2),
        balanced_layers(depth=3),
        masks(4, connectivity="connected"),
        masks(4, connectivity="tree"),
        masks(4, connectivity="block-diagonal"),
        problems(),
        problems(start="balanced", connectivity="connected"),
        families(),
    ],
    ids=lambda s: str(s)[:40],
)
def test_no_draw_is_lost(strategy: st.SearchStrategy[Any]) -> None:
    drawn, lost = losses(strategy)
    assert drawn >= 6
    assert lost == 0


def test_lost_draws_would_be_seen() -> None:
    _, lost = losses(matrices(3).filter(lambda m: rank(m) == 1))
    assert lost > 0


# ---------------------------------------------------------------------------------------------------------------------
# Shrinking


def test_matrices_shrink_to_zeros_and_whole_numbers() -> None:
    assert minimal(matrices(), lambda m: True) == ((0, 0), (0, 0))
    assert minimal(matrices(), lambda m: any(entries(m))) == ((0, 0), (0, 1))
    assert minimal(matrices(st.integers(1, 4)), lambda m: sum(map(abs, entries(m))) > 1) == ((2,),)
    assert minimal(rationals(), lambda x: x.denominator > 1) == Fraction(1, 2)
    assert minimal(rationals(), lambda x: x < 0) == -1


def test_structured_matrices_shrink_to_the_simplest() -> None:
    assert minimal(orthogonal_matrices(3), lambda q: True) == identity(3)
    assert minimal(orthogonal_matrices(2, special=True), lambda q: q != identity(2)) in (
        ((0, 1), (-1, 0)),
        ((0, -1), (1, 0)),
    )
    assert minimal(invertible_matrices(3), lambda m: True) == identity(3)
    assert minimal(matrices_of_rank(1, 2, 3), lambda m: True) == ((1, 0, 0), (0, 0, 0))
    assert minimal(semidefinite_matrices(2, rank=1), lambda m: True) == ((1, 0), (0, 0))
    assert minimal(matrices_with_signs(["+-", "0*"]), lambda m: True) == ((1, -1), (0, 0))
    assert minimal(matrices_with_spectrum([2, 1]), lambda m: True) == ((2, 0), (0, 1))


def test_masks_shrink_to_few_positions_at_the_corner() -> None:
    assert minimal(masks(3), lambda m: True) == ((0, 0),)
    assert minimal(masks(3, connectivity="block-diagonal"), lambda m: len(m) > 4) == (
        (0, 0),
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    )
    tree = minimal(masks(3, connectivity="connected"), lambda m: True)
    assert len(tree) == 5
    assert tree == ((0, 0), (0, 1), (0, 2), (1, 0), (2, 0))


def test_layers_and_problems_shrink_to_the_smallest() -> None:
    assert minimal(layers(depth=st.integers(1, 4)), lambda w: len(w) > 1) == (zeros(2, 2),) * 2
    assert minimal(balanced_layers(depth=2, full_rank=True), lambda w: True) == (identity(2),) * 2
    smallest = minimal(problems(), lambda p: True)
    assert (smallest.depth, smallest.shapes) == (1, ((1, 1),))
    assert smallest.observations.entries == ((0, 0, 0),)
    family = minimal(families(), lambda p: True)
    assert family.layers == (((1, Fraction(1, 2)), (Fraction(1, 2), 1)),) * 2


def test_a_false_statement_shrinks_to_its_simplest_counterexample() -> None:
    """ "the sign of the product of two numbers is the sign of their sum": simplest where it fails."""
    found = minimal(problems(depth=2, size=1), lambda p: p.layers[0][0][0] * p.layers[1][0][0] < 0)
    assert sorted(abs(w[0][0]) for w in found.layers) == [1, 1]
    # "a 2 by 2 rotation by a rational angle has rational entries only for multiples of a right angle"
    turned = minimal(orthogonal_matrices(2, special=True), lambda q: all(abs(x) not in (0, 1) for x in entries(q)))
    assert sorted(map(abs, entries(turned))) == [Fraction(3, 5)] * 2 + [Fraction(4, 5)] * 2


def test_shrinking_says_where_nothing_is_to_be_found() -> None:
    with pytest.raises(NoSuchExample):
        minimal(orthogonal_matrices(2), lambda q: abs(determinant(q)) != 1)


# ---------------------------------------------------------------------------------------------------------------------
# Aim and profiles


def test_aim_leads_the_search_to_small_slack() -> None:
    best: list[float] = []

    @settings(max_examples=300, derandomize=True, database=None, deadline=None, phases=[Phase.generate, Phase.target])
    @given(matrices(2, max_value=50, min_value=-50))
    def climb(matrix: ExactMatrix) -> None:
        slack = -determinant(matrix)
        best.append(float(slack))
        aim(slack)

    climb()
    assert min(best) <= -4000  # the largest determinant is 5000

    @settings(max_examples=2)
    @given(st.just(0))
    def balls(_: int) -> None:
        aim(Ball(Fraction(1), Fraction(1, 4)), label="a ball")

    balls()
    with pytest.raises(InputError, match="not finite"):
        aim(float("nan"))


def test_profiles() -> None:
    before = settings.default
    try:
        for name, count in PROFILES.items():
            load_profile(name)
            assert settings().max_examples == count
            assert settings().deadline is None
            assert settings().derandomize is (name != "nightly")
    finally:
        assert before is not None
        settings.register_profile("as-before", before)
        settings.load_profile("as-before")
    with pytest.raises(InputError, match="profile"):
        load_profile("slow")


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (lambda: matrices_of_rank(3, 2), "rank"),
        (lambda: rationals(min_value=1, max_value=0), "min_value"),
        (lambda: rationals(max_denominator=0), "max_denominator"),
        (lambda: matrices_with_signs(["+", "--"]), "pattern"),
        (lambda: matrices_with_singular_values([-1]), "values"),
        (lambda: masks(1, connectivity="block-diagonal"), "masks"),
        (lambda: masks(2, connectivity="no"), "connectivity"),  # type: ignore[arg-type]
        (lambda: problems(start="no"), "start"),  # type: ignore[arg-type]
        (lambda: problems(start="equal", widths=(1, 2)), "start"),
        (lambda: layers(widths=(2,)), "widths"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make: Any, place: str) -> None:
    with pytest.raises(InputError, match=place):
        minimal(make(), lambda drawn: True)
