"""Symmetric factorizations: Burer–Monteiro ``UUᵀ``, and with a diagonal layer ``U diag(D) Uᵀ`` and ``U diag(D) Vᵀ``.

Model and constraints: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), as reconstructed. The diagonal is a column of r
numbers, so that nothing off the diagonal is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.arithmetic import ExactMatrix, InputError, ProgramBuilder, exact, exact_matrix
from verify.arithmetic.errors import shown
from verify.models.measurements import Measurements
from verify.models.model import Model
from verify.models.observations import Observations

_ONE = Fraction(1)


@dataclass(frozen=True)
class BurerMonteiro(Model):
    """``X = UUᵀ`` with a squared loss.

    Attributes
    ----------
    U
        the start, n × r.
    observations
        observed entries (ordered pairs; ``½ Σ`` over those listed), or measurements with symmetric matrices.
    step
        of the gradient iteration; None where only the flow is meant.

    Raises
    ------
    InputError
        for shapes that do not conform, measurements that are not symmetric, and numbers that are not exact.
    """

    U: ExactMatrix
    observations: Observations | Measurements
    step: Fraction | None = None
    model: str = "bm"

    def __post_init__(self) -> None:
        _check_kind(self.model, "bm")
        object.__setattr__(self, "U", exact_matrix(self.U, "U"))
        object.__setattr__(self, "step", _positive(self.step, "step"))
        _check_square(self.observations, len(self.U))

    @property
    def start(self) -> dict[str, ExactMatrix]:
        """U."""
        return {"U": self.U}

    def root(self, matrices: Mapping[str, Any], square_root: Callable[[Any], Any]) -> tuple[tuple[Any, ...], ...]:
        """U."""
        return tuple(tuple(row) for row in matrices["U"])

    def product_node(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> int:
        """``UUᵀ``."""
        return build.product(parameters["U"], build.transpose(parameters["U"]))


@dataclass(frozen=True)
class UDU(Model):
    """``X = U diag(D) Uᵀ``, ``‖U‖_F ≤ radius``, ``D ≥ 0``, with a squared loss.

    Its projected gradient iteration is, with ``G = ∇f(X)`` symmetric, ``U ← (U − 2·step·G U D)·min(1, radius/‖·‖_F)``
    and ``D_j ← max(D_j − step·u_jᵀGu_j, 0)``, both from the old state. Where G is not symmetric (pairs observed in one
    order only) the gradient of the loss is taken, ``(G + Gᵀ)UD`` in place of ``2GUD``.

    Attributes
    ----------
    U, D
        the start, n × r, and r numbers, nonnegative.
    observations
        observed entries (ordered pairs; ``½ Σ`` over those listed), or measurements with symmetric matrices.
    radius
        α; None for no ball.
    step
        η, for both; None where only the flow is meant.

    Raises
    ------
    InputError
        for shapes that do not conform, a start outside the constraints, and numbers that are not exact.
    """

    U: ExactMatrix
    D: tuple[Fraction, ...]
    observations: Observations | Measurements
    radius: Fraction | None = None
    step: Fraction | None = None
    model: str = "udu"

    def __post_init__(self) -> None:
        _check_kind(self.model, "udu")
        object.__setattr__(self, "U", exact_matrix(self.U, "U"))
        object.__setattr__(self, "D", _diagonal_numbers(self.D, len(self.U[0]), "U"))
        object.__setattr__(self, "radius", _radius(self.radius, self.U, "radius", "U"))
        object.__setattr__(self, "step", _positive(self.step, "step"))
        _check_square(self.observations, len(self.U))

    @property
    def start(self) -> dict[str, ExactMatrix]:
        """U, and D as a column."""
        return {"U": self.U, "D": tuple((x,) for x in self.D)}

    @property
    def balls(self) -> Mapping[str, Fraction]:
        """The ball of U."""
        return {} if self.radius is None else {"U": self.radius}

    @property
    def nonnegative(self) -> tuple[str, ...]:
        """D."""
        return ("D",)

    def root(self, matrices: Mapping[str, Any], square_root: Callable[[Any], Any]) -> tuple[tuple[Any, ...], ...]:
        """``U diag(D)^{1/2}``; D must not be negative."""
        roots = [square_root(row[0]) for row in matrices["D"]]
        return tuple(tuple(x * s for x, s in zip(row, roots, strict=True)) for row in matrices["U"])

    def product_node(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> int:
        """``U diag(D) Uᵀ``."""
        U = parameters["U"]
        return build.product(build.product(U, diagonal_node(build, parameters["D"])), build.transpose(U))

    def conserved_nodes(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> dict[str, int]:
        """``‖u_j‖² − 2 D_j²``, as a diagonal matrix."""
        return {"columns": _column_balance(build, parameters["U"], parameters["D"], Fraction(-2))}

    def labelled(self, matrices: Mapping[str, Any]) -> dict[str, Any]:
        """U, and D as a list."""
        return {"U": matrices["U"], "D": [row[0] for row in matrices["D"]]}


@dataclass(frozen=True)
class UDV(Model):
    """``X = U diag(D) Vᵀ``, ``‖U‖_F ≤ radii[0]``, ``‖V‖_F ≤ radii[1]``, ``D ≥ 0``, with a squared loss.

    Attributes
    ----------
    U, D, V
        the start: n × r, r nonnegative numbers, m × r.
    observations
        observed entries of an n × m matrix, or measurements with matrices of that shape.
    radii
        of U and of V; None for no balls.
    step
        for all three; None where only the flow is meant.

    Raises
    ------
    InputError
        for shapes that do not conform, a start outside the constraints, and numbers that are not exact.
    """

    U: ExactMatrix
    D: tuple[Fraction, ...]
    V: ExactMatrix
    observations: Observations | Measurements
    radii: tuple[Fraction, Fraction] | None = None
    step: Fraction | None = None
    model: str = "udv"

    def __post_init__(self) -> None:
        _check_kind(self.model, "udv")
        object.__setattr__(self, "U", exact_matrix(self.U, "U"))
        object.__setattr__(self, "V", exact_matrix(self.V, "V"))
        if len(self.U[0]) != len(self.V[0]):
            raise InputError(
                "V", f"has {len(self.V[0])} columns, U has {len(self.U[0])}", "X = U diag(D) Vᵀ needs as many"
            )
        object.__setattr__(self, "D", _diagonal_numbers(self.D, len(self.U[0]), "U"))
        object.__setattr__(self, "step", _positive(self.step, "step"))
        if self.radii is not None:
            if not isinstance(self.radii, Sequence) or isinstance(self.radii, str) or len(self.radii) != 2:
                raise InputError("radii", f"{shown(self.radii)} is no pair", "give the radius of U and that of V")
            pairs = zip(self.radii, (self.U, self.V), "UV", strict=True)
            radii = tuple(_radius(x, matrix, f"radii[{k}]", name) for k, (x, matrix, name) in enumerate(pairs))
            object.__setattr__(self, "radii", radii)
        shape = (len(self.U), len(self.V))
        if self.observations.shape != shape:
            raise InputError(
                _place(self.observations),
                f"belongs to a {self.observations.shape[0]}x{self.observations.shape[1]} matrix",
                f"U diag(D) Vᵀ is {shape[0]}x{shape[1]}",
            )

    @property
    def start(self) -> dict[str, ExactMatrix]:
        """U, D as a column, and V."""
        return {"U": self.U, "D": tuple((x,) for x in self.D), "V": self.V}

    @property
    def balls(self) -> Mapping[str, Fraction]:
        """The balls of U and V."""
        return {} if self.radii is None else dict(zip("UV", self.radii, strict=True))

    @property
    def nonnegative(self) -> tuple[str, ...]:
        """D."""
        return ("D",)

    def product_node(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> int:
        """``U diag(D) Vᵀ``."""
        scaled = build.product(parameters["U"], diagonal_node(build, parameters["D"]))
        return build.product(scaled, build.transpose(parameters["V"]))

    def conserved_nodes(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> dict[str, int]:
        """``‖u_j‖² − D_j²`` and ``‖v_j‖² − D_j²``, as diagonal matrices."""
        return {
            f"columns{name}": _column_balance(build, parameters[name], parameters["D"], Fraction(-1)) for name in "UV"
        }

    def labelled(self, matrices: Mapping[str, Any]) -> dict[str, Any]:
        """U and V, and D as a list."""
        return {"U": matrices["U"], "D": [row[0] for row in matrices["D"]], "V": matrices["V"]}


def diagonal_node(build: ProgramBuilder, column: int) -> int:
    """The diagonal matrix of a column of r entries, r an integer: each entry repeated along its row, then masked."""
    size = build.nodes[column].shape[0]
    unit = tuple(tuple(int(i == j) for j in range(size)) for i in range(size))
    return build.mask(unit, build.product(column, build.constant(((_ONE,) * size,))))


def _column_balance(build: ProgramBuilder, matrix: int, column: int, factor: Fraction) -> int:
    """The diagonal matrix with the entries ``‖u_j‖² + factor·D_j²``."""
    gram = build.diagonal(build.product(build.transpose(matrix), matrix))
    diagonal = diagonal_node(build, column)
    return build.add(gram, build.scale(factor, build.product(diagonal, diagonal)))


def _check_kind(model: str, expected: str) -> None:
    if model != expected:
        raise InputError("model", f"{shown(model)} is not {expected!r}", "choose the class of that model")


def _positive(value: object, where: str) -> Fraction | None:
    if value is None:
        return None
    number = exact(value, where)
    if number <= 0:
        raise InputError(where, f"{shown(number)} is not positive", "give a positive number")
    return number


def _radius(value: object, matrix: ExactMatrix, where: str, name: str) -> Fraction | None:
    number = _positive(value, where)
    if number is not None and sum(x * x for row in matrix for x in row) > number**2:
        raise InputError(name, f"lies outside the ball of radius {shown(number)}", "scale it, or enlarge the radius")
    return number


def _diagonal_numbers(values: object, size: int, other: str) -> tuple[Fraction, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str | bytes) or not values:
        raise InputError("D", "is not a non-empty list of numbers", 'give the diagonal as a list, such as ["1", "1"]')
    numbers = tuple(exact(x, f"D[{j}]") for j, x in enumerate(values))
    if len(numbers) != size:
        raise InputError("D", f"has {len(numbers)} numbers", f"{other} has {size} columns")
    for j, x in enumerate(numbers):
        if x < 0:
            raise InputError(f"D[{j}]", f"{shown(x)} is negative", "the diagonal starts nonnegative")
    return numbers


def _place(observations: Observations | Measurements) -> str:
    return "observed" if isinstance(observations, Observations) else "measurements"


def _check_square(observations: Observations | Measurements, size: int) -> None:
    rows, columns = observations.shape
    if (rows, columns) != (size, size):
        raise InputError(_place(observations), f"belongs to a {rows}x{columns} matrix", f"the product is {size}x{size}")
    if isinstance(observations, Measurements):
        for k, matrix in enumerate(observations.matrices):
            if any(matrix[i][j] != matrix[j][i] for i in range(size) for j in range(i)):
                raise InputError(f"measurements[{k}]", "is not symmetric", "replace A by (A + Aᵀ)/2")
