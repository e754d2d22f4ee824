"""Exact instances: small losses of one matrix, points of the model, and what can be computed of them with fractions.

A loss is quadratic in every entry of X, so its gradient follows from its values by central differences, exactly. That
is on purpose another way than the matrix program's adjoint sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

from verify.arithmetic import ExactMatrix, exact_matrix
from verify.arithmetic.exact import multiply, transpose
from verify.models import UDU, Measurements, Observations

#: Steps with which fixed points are tried: small, moderate, large.
STEPS = (Fraction(1, 100), Fraction(1, 3), Fraction(7, 2))


@dataclass(frozen=True)
class Point:
    """A point (U, D) of the model with its loss.

    Attributes
    ----------
    model
        U, D and the data; no radius, so that a ball of any radius at least ``‖U‖_F`` may be thought around it.
    better
        a positive semidefinite matrix with a smaller loss, where there is one.
    """

    model: UDU
    better: ExactMatrix | None = None

    @property
    def product(self) -> ExactMatrix:
        """X."""
        return product(self.model)

    @property
    def gradient(self) -> ExactMatrix:
        """``∇f(X)``."""
        return gradient(self.model, self.product)

    @property
    def loss(self) -> Fraction:
        """f(X)."""
        return loss(self.model, self.product)

    @property
    def radius_squared(self) -> Fraction:
        """``‖U‖_F²``: the smallest ball that holds U."""
        return sum((x * x for row in self.model.U for x in row), Fraction(0))


def product(model: UDU) -> ExactMatrix:
    """``U diag(D) Uᵀ`` with fractions."""
    scaled = tuple(tuple(x * d for x, d in zip(row, model.D, strict=True)) for row in model.U)
    return multiply(scaled, transpose(model.U))


def loss(model: UDU, X: ExactMatrix) -> Fraction:
    """``½ Σ (X_ij − y)²`` over the observed entries, or ``½ Σ (⟨A_k, X⟩ − b_k)²``."""
    data = model.observations
    if isinstance(data, Observations):
        return sum(((X[i][j] - y) ** 2 for i, j, y in data.entries), Fraction(0)) / 2
    total = Fraction(0)
    for A, b in zip(data.matrices, data.values, strict=True):
        total += (sum(a * x for row, line in zip(A, X, strict=True) for a, x in zip(row, line, strict=True)) - b) ** 2
    return total / 2


def gradient(model: UDU, X: ExactMatrix) -> ExactMatrix:
    """``∇f(X)``, made symmetric, by central differences: the loss is quadratic in every entry."""
    size = range(len(X))
    raw = [[(loss(model, _moved(X, i, j, 1)) - loss(model, _moved(X, i, j, -1))) / 2 for j in size] for i in size]
    return tuple(tuple((raw[i][j] + raw[j][i]) / 2 for j in size) for i in size)


def _moved(X: ExactMatrix, i: int, j: int, by: int) -> ExactMatrix:
    return tuple(tuple(x + by * ((a, b) == (i, j)) for b, x in enumerate(row)) for a, row in enumerate(X))


def approximating(M: object, U: object, D: object) -> UDU:
    """``f = ½‖X − M‖_F²``: every entry observed."""
    target = exact_matrix(M, "M")
    size = len(target)
    entries = tuple((i, j, target[i][j]) for i in range(size) for j in range(size))
    return UDU(exact_matrix(U, "U"), tuple(D), Observations(size, size, entries))  # type: ignore[arg-type]


def measuring(A: object, b: object, U: object, D: object) -> UDU:
    """``f = ½(⟨A, X⟩ − b)²``."""
    return UDU(exact_matrix(U, "U"), tuple(D), Measurements((exact_matrix(A, "A"),), (b,)))  # type: ignore[arg-type]


def scaled_identity(size: int, factor: object) -> tuple[tuple[object, ...], ...]:
    """``factor·I``."""
    return tuple(tuple(factor if i == j else 0 for j in range(size)) for i in range(size))


_EXCHANGED = [[0, 1], [1, 0]]
_FULL = [[-1, -2], [-2, -1]]

#: Fixed points with a loss that a positive semidefinite matrix improves on.
SPURIOUS: Mapping[str, Point] = MappingProxyType(
    {
        "CE1": Point(
            approximating([[1, 0], [0, 1]], [["1/2", "1/3"], [0, 0]], [4, 0]), exact_matrix([[1, 0], [0, 1]], "better")
        ),
        "CE2": Point(
            approximating([[1, 0, 0], [0, -1, -2], [0, -2, -1]], scaled_identity(3, "1/2"), [4, 0, 0]),
            exact_matrix([[1, 0, 0], [0, "1/2", "-1/2"], [0, "-1/2", "1/2"]], "better"),
        ),
        "CE3": Point(
            approximating(_FULL, scaled_identity(2, "1/2"), [0, 0]),
            exact_matrix([["1/2", "-1/2"], ["-1/2", "1/2"]], "better"),
        ),
        "CE4": Point(
            measuring(_FULL, 2, scaled_identity(2, "1/2"), [0, 0]), exact_matrix([[1, -1], [-1, 1]], "better")
        ),
        "CE5": Point(
            UDU(
                exact_matrix([["1/2", "1/4"], ["1/2", "1/2"]], "U"),
                (Fraction(0), Fraction(0)),
                Observations(2, 2, ((0, 1, Fraction(-1)), (1, 0, Fraction(-1)))),
            ),
            exact_matrix([[1, -1], [-1, 1]], "better"),
        ),
    }
)

#: Points at the edges of the definition.
EDGES: Mapping[str, Point] = MappingProxyType(
    {
        "CE6": Point(approximating([[2, 1], [1, 2]], [[0, 0], [0, 0]], ["7/3", 0])),
        "CE7": Point(approximating([[3, 0], [0, 2]], scaled_identity(2, 1), [3, 2])),
        "NF1": Point(approximating([[1, 0], [0, 1]], [["1/2", 0], [0, "1/3"]], [4, 0])),
    }
)

#: A column of no weight that vanished for a step and comes back: n = 1, r = 2.
CE8 = replace(approximating([[1]], [[1, "1/2"]], [3, "1/100"]), step=Fraction(7, 200))

#: The U step is fixed with an acting projection, the D step is not: α² = 2.
ACTIVE = approximating([[3, 0], [0, 2]], scaled_identity(2, 1), ["21/8", "9/8"])

#: ``uᵀGu = 0`` and ``Gu ≠ 0``: off-diagonal entries observed.
ISOTROPIC = UDU(
    exact_matrix([[1], [0]], "U"), (Fraction(1),), Observations(2, 2, ((0, 1, Fraction(-1)), (1, 0, Fraction(-1))))
)

#: Every weight is zero after one step, for good: D = I, U = 2I, η = 1/4.
BASIN_AT_ONCE = replace(approximating(_FULL, scaled_identity(2, 2), [1, 1]), step=Fraction(1, 4))

#: The same with a small step, and a loss that a positive semidefinite matrix makes zero.
BASIN_SLOWLY = replace(measuring(_FULL, 2, scaled_identity(2, 5), [1, 1]), step=Fraction(1, 5000))
