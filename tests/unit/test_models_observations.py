"""Observed entries: blocks and connectedness against brute force, the short form, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import InputError
from verify.models import Observations

Cell = tuple[int, int]


def seen(rows: int, columns: int, cells: list[Cell]) -> Observations:
    return Observations(rows, columns, tuple((i, j, Fraction(1)) for i, j in cells))


@st.composite
def observations(draw: st.DrawFn) -> Observations:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cell = st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1))
    cells = draw(st.lists(cell, min_size=1, max_size=rows * columns, unique=True))
    values = draw(st.lists(st.fractions(max_denominator=9), min_size=len(cells), max_size=len(cells)))
    return Observations(rows, columns, tuple((i, j, y) for (i, j), y in zip(cells, values, strict=True)))


def components(cells: list[Cell]) -> set[frozenset[Cell]]:
    """By merging: two entries belong together when they share a row or a column."""
    groups = [{cell} for cell in cells]
    merged = True
    while merged:
        merged = False
        for a in groups:
            for b in groups:
                if a is not b and any(p[0] == q[0] or p[1] == q[1] for p in a for q in b):
                    a |= b
                    groups.remove(b)
                    merged = True
                    break
            if merged:
                break
    return {frozenset(group) for group in groups}


def reached(observed: Observations) -> int:
    """How many rows and columns a flood from row 0 reaches."""
    vertices = {("row", 0)}
    while True:
        more = {("column", j) for i, j in observed.positions if ("row", i) in vertices}
        more |= {("row", i) for i, j in observed.positions if ("column", j) in vertices}
        if more <= vertices:
            return len(vertices)
        vertices |= more


@given(observations())
def test_blocks_and_connectedness(observed: Observations) -> None:
    blocks = observed.blocks()
    assert {frozenset(block) for block in blocks} == components(list(observed.positions))
    assert sorted(cell for block in blocks for cell in block) == sorted(observed.positions)
    assert [block[0] for block in blocks] == sorted((b[0] for b in blocks), key=observed.positions.index)
    assert observed.connected == (reached(observed) == observed.rows + observed.columns)


@given(observations())
def test_mask_values_and_pairs(observed: Observations) -> None:
    known = {(i, j): y for i, j, y in observed.entries}
    for i in range(observed.rows):
        for j in range(observed.columns):
            assert observed.mask[i][j] == ((i, j) in known)
            assert observed.values[i][j] == known.get((i, j), 0)
    assert observed.shape == (len(observed.mask), len(observed.mask[0]))
    assert len(observed.pairs) == len(known) * (len(known) - 1) // 2
    assert len({frozenset(pair) for pair in observed.pairs}) == len(observed.pairs)
    assert all(a != b for a, b in observed.pairs)
    assert hash(observed) == hash(Observations(*observed.shape, observed.entries))


def test_diagonal_observations() -> None:
    observed = Observations.diagonal(3, "1/2")
    assert observed.entries == tuple((i, i, Fraction(1, 2)) for i in range(3))
    assert observed.blocks() == (((0, 0),), ((1, 1),), ((2, 2),))
    assert not observed.connected
    assert Observations.diagonal(1).connected


@pytest.mark.parametrize(("count", "size"), [(1, 1), (1, 3), (2, 1), (2, 2), (3, 2)])
def test_block_diagonal_observations(count: int, size: int) -> None:
    observed = Observations.block_diagonal(count, size, 3)
    assert observed.shape == (count * size, count * size)
    assert len(observed.entries) == count * size**2
    assert all(y == 3 for _, _, y in observed.entries)
    expected = {frozenset((k * size + a, k * size + b) for a in range(size) for b in range(size)) for k in range(count)}
    assert {frozenset(block) for block in observed.blocks()} == expected
    assert observed.connected == (count == 1)


def test_the_plasticity_problem_becomes_connected() -> None:
    """Entry (0, 1) joins the two blocks of the diagonal."""
    assert not seen(2, 2, [(0, 0), (1, 1)]).connected
    assert seen(2, 2, [(0, 0), (1, 1), (0, 1)]).connected


def test_isolated_rows_and_columns_are_not_connected() -> None:
    assert len(seen(2, 1, [(0, 0)]).blocks()) == len(seen(1, 2, [(0, 0)]).blocks()) == 1
    assert not seen(2, 1, [(0, 0)]).connected
    assert not seen(1, 2, [(0, 0)]).connected


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("diagonal", 2, Observations.diagonal(2)),
        ("block:2x3", 6, Observations.block_diagonal(3, 2)),
        ("block:1x2", 2, Observations.diagonal(2)),
        ("block:2x1", 2, Observations.block_diagonal(1, 2)),
        ("0,0", 1, seen(1, 1, [(0, 0)])),
        ("0,0;1,1;0,1", 2, seen(2, 2, [(0, 0), (1, 1), (0, 1)])),
        (" 0 , 0 ;\t1,1 ; ", 2, seen(2, 2, [(0, 0), (1, 1)])),
        ("2,10;", 11, seen(11, 11, [(2, 10)])),
    ],
)
def test_the_short_form(text: str, size: int, expected: Observations) -> None:
    assert Observations.parse(text, size) == expected
    doubled = Observations.parse(text, size, "2/3")
    assert doubled.positions == expected.positions
    assert {y for _, _, y in doubled.entries} == {Fraction(2, 3)}


@pytest.mark.parametrize(
    ("text", "size", "where", "told"),
    [
        ("", 2, "observe", "not understood"),
        ("Diagonal", 2, "observe", "not understood"),
        ("full", 2, "observe", "not understood"),
        ("0,0 1,1", 2, "observe", "not understood"),
        ("0,0;;1,1", 2, "observe", "not understood"),
        (";0,0", 2, "observe", "not understood"),
        ("0", 2, "observe", "not understood"),
        ("0,0,1", 2, "observe", "not understood"),
        ("-1,0", 2, "observe", "not understood"),
        ("0.5,0", 2, "observe", "not understood"),
        ("\u0660,\u0660", 2, "observe", "not understood"),
        ("block:\u0661x\u0662", 2, "observe", "not understood"),
        ("block:2", 2, "observe", "not understood"),
        ("block:2X1", 2, "observe", "not understood"),
        ("block:-1x-2", 2, "observe", "not understood"),
        ("9" * 5000 + ",0", 2, "observe", "not understood"),
        ("block:" + "9" * 5000 + "x1", 2, "observe", "not understood"),
        ("0,0;" + " " * 100_000 + "x", 2, "observe", "not understood"),
        ("block:2x2", 3, "observe", "size 4, not 3"),
        ("block:999999999x999999999", 3, "observe", "--size"),
        ("block:0x5", 0, "observed", "no entry"),
        ("diagonal", 0, "observed", "no entry"),
        ("0,2", 2, "observed[0]", "column 2 is outside the 2x2"),
        ("0,0;2,0", 2, "observed[1]", "row 2 is outside the 2x2"),
        ("0,0;1,1;0,0", 2, "observed[2]", "(0, 0) is observed twice (see observed[0])"),
    ],
    ids=lambda x: ascii(x)[:30],
)
def test_short_forms_that_are_refused(text: str, size: int, where: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        Observations.parse(text, size)
    assert caught.value.where == where
    assert told in str(caught.value)
    assert caught.value.mend
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("rows", "columns", "entries", "where"),
    [
        (2, 2, [], "observed"),
        (2, 3, [(0, 0, 1), (2, 0, 1)], "observed[1]"),
        (2, 3, [(0, 3, 1)], "observed[0]"),
        (2, 3, [(-1, 0, 1)], "observed[0]"),
        (2, 3, [(0, -1, 1)], "observed[0]"),
        (2, 3, [(10**5000, 0, 1)], "observed[0]"),
        (2, 3, [(0, 0, 1), (1, 1, 1), (0, 0, 2)], "observed[2]"),
        (2, 3, [(0.0, 0, 1)], "observed[0]"),
        (2, 3, [(True, 0, 1)], "observed[0]"),
        (2, 3, [(0, "1", 1)], "observed[0]"),
        (2, 3, [(0, 0, 0.5)], "observed[0][2]"),
        (2, 3, [(0, 0, None)], "observed[0][2]"),
        (0, 0, [(0, 0, 1)], "observed[0]"),
    ],
)
def test_observations_that_are_refused(rows: int, columns: int, entries: list[Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        Observations(rows, columns, tuple(entries))
    assert caught.value.where == where
    assert caught.value.mend
    assert len(str(caught.value)) < 250


def test_values_are_made_exact() -> None:
    entries: Any = [(0, 0, "1/3"), (0, 1, 2)]
    observed = Observations(1, 2, entries)
    assert observed.entries == ((0, 0, Fraction(1, 3)), (0, 1, Fraction(2)))
    with pytest.raises(InputError, match=r"value: .*binary float"):
        Observations.diagonal(2, 0.5)
    with pytest.raises(InputError, match="value: "):
        Observations.parse("0,0", 2, "x")
