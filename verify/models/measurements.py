"""Linear measurements: inner products of the product with given matrices, and the values they should have."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from verify.arithmetic import ExactMatrix, InputError, ProgramBuilder, exact, exact_matrix
from verify.arithmetic.exact import exact_text, transpose


@dataclass(frozen=True)
class Measurements:
    """The loss ``½ Σ_k (⟨A_k, X⟩ − b_k)²`` of a product X, with ``⟨A, X⟩ = Σ_ij A_ij X_ij``.

    Attributes
    ----------
    matrices, values
        ``A_k`` and ``b_k``, exactly; all matrices of X's shape.

    Raises
    ------
    InputError
        when there is none, shapes or numbers of values differ, or an ``A_k`` is zero.
    """

    matrices: tuple[ExactMatrix, ...]
    values: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not self.matrices:
            raise InputError("measurements", "nothing is measured", "give at least one matrix")
        matrices = tuple(exact_matrix(rows, f"measurements[{k}]") for k, rows in enumerate(self.matrices))
        values = tuple(exact(y, f"values[{k}]") for k, y in enumerate(self.values))
        first = (len(matrices[0]), len(matrices[0][0]))
        for k, matrix in enumerate(matrices):
            if (len(matrix), len(matrix[0])) != first:
                raise InputError(
                    f"measurements[{k}]",
                    f"is {len(matrix)}x{len(matrix[0])}, measurements[0] is {first[0]}x{first[1]}",
                    "all are of the product's shape",
                )
            if not any(x for row in matrix for x in row):
                raise InputError(f"measurements[{k}]", "is zero and measures nothing", "leave it out")
        if len(values) != len(matrices):
            raise InputError("values", f"are {len(values)} for {len(matrices)} measurements", "give one for each")
        object.__setattr__(self, "matrices", matrices)
        object.__setattr__(self, "values", values)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the product that is measured."""
        return len(self.matrices[0]), len(self.matrices[0][0])

    @property
    def residual_shape(self) -> tuple[int, int]:
        """The residual is a column with one entry for each measurement."""
        return len(self.matrices), 1

    @property
    def positions(self) -> tuple[tuple[int, int], ...]:
        """All entries of the residual."""
        return tuple((k, 0) for k in range(len(self.matrices)))

    @property
    def known(self) -> tuple[tuple[int, int, Fraction], ...]:
        """Entries that a single measurement determines: those of an ``A_k`` with one nonzero entry."""
        found: dict[tuple[int, int], Fraction] = {}
        for matrix, value in zip(self.matrices, self.values, strict=True):
            cells = [(i, j) for i, row in enumerate(matrix) for j, x in enumerate(row) if x]
            if len(cells) == 1:
                [(i, j)] = cells
                found.setdefault((i, j), value / matrix[i][j])
        return tuple((i, j, y) for (i, j), y in found.items())

    @cached_property
    def symmetric(self) -> bool:
        """Whether all matrices are symmetric."""
        return self.shape[0] == self.shape[1] and all(transpose(matrix) == matrix for matrix in self.matrices)

    def residual(self, build: ProgramBuilder, product: int) -> int:
        """The column with the entries ``⟨A_k, X⟩ − b_k``: the sum over columns j of ``B_j (X e_j)``, where row k of
        ``B_j`` is column j of ``A_k``."""
        total: int | None = None
        for j in range(self.shape[1]):
            rows = tuple(tuple(row[j] for row in matrix) for matrix in self.matrices)
            if any(x for row in rows for x in row):
                unit = tuple((Fraction(int(i == j)),) for i in range(self.shape[1]))
                column = build.product(product, build.constant(unit))
                total = build.add(total, build.product(build.constant(rows), column))
        return build.add(total, build.constant(tuple((-y,) for y in self.values)))

    def to_json(self) -> dict[str, Any]:
        """The keys ``measurements`` and ``values`` of a problem file."""
        return {
            "measurements": [[[exact_text(x) for x in row] for row in matrix] for matrix in self.matrices],
            "values": [exact_text(y) for y in self.values],
        }
