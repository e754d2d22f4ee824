"""Observed entries: which entries of the end-to-end matrix the loss sees, and the values they should have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from verify.arithmetic import ExactMatrix, InputError, ProgramBuilder, exact
from verify.arithmetic.errors import shown
from verify.arithmetic.exact import exact_text, negative

_PAIR = r"\s*+\d{1,9}\s*+,\s*+\d{1,9}\s*+"
_POSITIONS = re.compile(rf"{_PAIR}(;{_PAIR})*+(;\s*+)?", re.ASCII)


@dataclass(frozen=True)
class Observations:
    """Observed entries of a matrix with `rows` rows and `columns` columns.

    `entries` holds ``(row, column, value)``, counted from 0, each position at most once, in the order given.

    Raises
    ------
    InputError
        for a position outside the matrix or given twice, for a value that is no exact number, or when nothing
        is observed.
    """

    rows: int
    columns: int
    entries: tuple[tuple[int, int, Fraction], ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise InputError("observed", "no entry is observed", "give at least one [row, column, value]")
        exactly = ((i, j, exact(y, f"observed[{k}][2]")) for k, (i, j, y) in enumerate(self.entries))
        object.__setattr__(self, "entries", tuple(exactly))
        seen: dict[tuple[int, int], int] = {}
        for k, (i, j, _) in enumerate(self.entries):
            for index, limit, what in ((i, self.rows, "row"), (j, self.columns, "column")):
                if isinstance(index, bool) or not isinstance(index, int):
                    raise InputError(
                        f"observed[{k}]", f"{what} {shown(index)} is no int", f"{what}s are counted from 0"
                    )
                if not 0 <= index < limit:
                    raise InputError(
                        f"observed[{k}]",
                        f"{what} {shown(index)} is outside the {self.rows}x{self.columns} end-to-end matrix",
                        f"{what}s are counted from 0 to {limit - 1}",
                    )
            if (i, j) in seen:
                raise InputError(
                    f"observed[{k}]",
                    f"entry ({i}, {j}) is observed twice (see observed[{seen[i, j]}])",
                    "keep one",
                )
            seen[i, j] = k

    @classmethod
    def diagonal(cls, size: int, value: object = 1) -> Observations:
        """Diagonal observations of a square matrix, all of one `value`."""
        return cls(size, size, tuple((i, i, exact(value, "value")) for i in range(size)))

    @classmethod
    def block_diagonal(cls, blocks: int, size: int, value: object = 1) -> Observations:
        """Every entry of the diagonal blocks: `blocks` of them, each `size` by `size`, all of one `value`."""
        n = blocks * size
        cells = [(i, j) for i in range(n) for j in range(n) if i // size == j // size]
        return cls(n, n, tuple((i, j, exact(value, "value")) for i, j in cells))

    @classmethod
    def parse(cls, text: str, size: int, value: object = 1) -> Observations:
        """Observations of a `size` by `size` matrix from their short form on the command line.

        ``"diagonal"``, ``"block:SxN"`` (N diagonal blocks of size S; S·N must be `size`) or positions
        ``"0,0;1,1;0,1"``; every value is `value`.
        """
        if text == "diagonal":
            return cls.diagonal(size, value)
        if match := re.fullmatch(r"block:(\d{1,9})x(\d{1,9})", text, re.ASCII):
            block, count = int(match[1]), int(match[2])
            if block * count != size:
                raise InputError(
                    "observe",
                    f"{text!r} makes a matrix of size {block * count}, not {size}",
                    f"use --size {block * count}",
                )
            return cls.block_diagonal(count, block, value)
        if _POSITIONS.fullmatch(text):
            cells = [tuple(int(x) for x in cell.split(",")) for cell in text.split(";") if cell.strip()]
            return cls(size, size, tuple((i, j, exact(value, "value")) for i, j in cells))
        raise InputError(
            "observe",
            f"{shown(text)} is not understood",
            'write diagonal, block:SxN or positions such as "0,0;1,1"',
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the end-to-end matrix."""
        return self.rows, self.columns

    @property
    def residual_shape(self) -> tuple[int, int]:
        """The residual has the product's shape."""
        return self.shape

    @property
    def known(self) -> tuple[tuple[int, int, Fraction], ...]:
        """The observed entries."""
        return self.entries

    def residual(self, build: ProgramBuilder, product: int) -> int:
        """The node of ``mask ∘ X − values``, from that of the product X."""
        return build.add(build.mask(self.mask, product), build.constant(negative(self.values)))

    def to_json(self) -> dict[str, Any]:
        """The key ``observed`` of a problem file."""
        return {"observed": [[i, j, exact_text(y)] for i, j, y in self.entries]}

    @property
    def positions(self) -> tuple[tuple[int, int], ...]:
        """The observed positions, in order."""
        return tuple((i, j) for i, j, _ in self.entries)

    @cached_property
    def mask(self) -> tuple[tuple[int, ...], ...]:
        """1 at observed entries, 0 elsewhere."""
        seen = set(self.positions)
        return tuple(tuple(int((i, j) in seen) for j in range(self.columns)) for i in range(self.rows))

    @property
    def symmetric(self) -> bool:
        """Whether with each entry its mirror image is observed, with the same value; the matrix is square."""
        known = {(i, j): y for i, j, y in self.entries}
        return self.rows == self.columns and all(known.get((j, i)) == y for (i, j), y in known.items())

    @cached_property
    def values(self) -> ExactMatrix:
        """The observed values; 0 where nothing is observed."""
        known = {(i, j): y for i, j, y in self.entries}
        return tuple(tuple(known.get((i, j), Fraction(0)) for j in range(self.columns)) for i in range(self.rows))

    @property
    def pairs(self) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
        """All pairs of different observed positions."""
        cells = self.positions
        return tuple((a, b) for k, a in enumerate(cells) for b in cells[k + 1 :])

    def blocks(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Connected components of the bipartite graph: rows and columns are vertices, observed entries edges.

        Each component is given by its observed positions; a row or column without an observation belongs to
        none.
        """
        parent: dict[tuple[str, int], tuple[str, int]] = {}

        def root(vertex: tuple[str, int]) -> tuple[str, int]:
            while parent.setdefault(vertex, vertex) != vertex:
                vertex = parent[vertex]
            return vertex

        for i, j in self.positions:
            parent[root(("row", i))] = root(("column", j))
        components: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for i, j in self.positions:
            components.setdefault(root(("row", i)), []).append((i, j))
        return tuple(tuple(cells) for cells in components.values())

    @property
    def connected(self) -> bool:
        """Whether the graph of observed entries, isolated rows and columns included, is connected."""
        rows, columns = {i for i, _ in self.positions}, {j for _, j in self.positions}
        return len(self.blocks()) == 1 and len(rows) == self.rows and len(columns) == self.columns
