"""Parametrizations: matrices with a prescribed structure from free coordinates, by rational formulas.

Every function here works for fractions and for NumPy arrays of shape (count,) alike, entry by entry: the formula that
a float search evaluates for thousands of candidates is the one that makes the exact data. Matrices are rows of entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from verify.arithmetic import EntrywiseAlgebra
from verify.arithmetic.algebras import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Entries: fractions, or arrays of one shape.
Matrix = Rows[Any]

# Integers, since a fraction times an array of floats is an array of objects.
_ZERO, _ONE = 0, 1
_RING: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: x or _ZERO)  # products skip this very zero


def product(*matrices: Matrix) -> Matrix:
    """The product, from left to right."""
    return reduce(_RING.product, matrices)


def transposed(matrix: Matrix) -> Matrix:
    """The transpose."""
    return _RING.transpose(matrix)


def total(left: Matrix, right: Matrix) -> Matrix:
    """``left + right``."""
    return _RING.add(left, right)


def difference(left: Matrix, right: Matrix) -> Matrix:
    """``left − right``."""
    return tuple(tuple(x - y for x, y in zip(a, b, strict=True)) for a, b in zip(left, right, strict=True))


def identity(size: int) -> Matrix:
    """The identity matrix."""
    return diagonal([_ONE] * size)


def diagonal(values: Sequence[Any]) -> Matrix:
    """The square diagonal matrix."""
    return tuple(tuple(x if i == j else _ZERO for j in range(len(values))) for i, x in enumerate(values))


def matrix(coordinates: Sequence[Any], rows: int, columns: int) -> Matrix:
    """A matrix of free entries, row by row."""
    return tuple(tuple(coordinates[i * columns + j] for j in range(columns)) for i in range(rows))


def matrices(coordinates: Sequence[Any], shapes: Sequence[tuple[int, int]]) -> tuple[Matrix, ...]:
    """Free matrices of these shapes, one after another."""
    rest: Iterator[Any] = iter(coordinates)
    return tuple(tuple(tuple(next(rest) for _ in range(columns)) for _ in range(rows)) for rows, columns in shapes)


def symmetric(coordinates: Sequence[Any], size: int) -> Matrix:
    """A symmetric matrix from its upper triangle, row by row: size (size + 1)/2 coordinates."""
    upper = {}
    rest = iter(coordinates)
    for i in range(size):
        for j in range(i, size):
            upper[i, j] = upper[j, i] = next(rest)
    return tuple(tuple(upper[i, j] for j in range(size)) for i in range(size))


def orthogonal(coordinates: Sequence[Any], size: int) -> Matrix:
    """A rotation of R^size from size (size − 1)/2 half-angle tangents t: 0 gives the identity, rational t rational
    entries.

    A product of plane rotations with cosine ``(1 − t²)/(1 + t²)`` and sine ``2t/(1 + t²)`` (Cayley's formula in each
    plane). Every rotation is a limit of such, and all without a half turn in some plane are of this form.
    """
    result: Matrix = identity(size)
    for t, (i, j) in zip(coordinates, combinations(range(size), 2), strict=True):
        scale = 1 / (1 + t * t)
        cosine, sine = (1 - t * t) * scale, 2 * t * scale
        turn = [list(row) for row in identity(size)]
        turn[i][i], turn[i][j], turn[j][i], turn[j][j] = cosine, -sine, sine, cosine
        result = product(result, tuple(map(tuple, turn)))
    return result


def balanced(
    values: Sequence[Any], first: Sequence[Any], last: Sequence[Any], depth: int, *, signs: Sequence[Any] = ()
) -> tuple[Matrix, ...]:
    """Balanced square layers, W_1 first: ``W_1 = D Q_0ᵀ``, middle layers D, ``W_L = Q_L S D``, ``D = diag(values)``.

    `first` and `last` are the coordinates of the rotations Q_0 and Q_L (:func:`orthogonal`), `signs` the diagonal of S,
    each ±1 (all +1 if left out). Every balanced start of square layers is of this form up to rotations between layers,
    which change no product of all layers at any time.
    """
    size = len(values)
    core = diagonal(values)
    before = transposed(orthogonal(first, size))
    after = product(orthogonal(last, size), diagonal(list(signs) or [_ONE] * size))
    if depth == 1:
        return (product(after, core, before),)
    return (product(core, before), *(core,) * (depth - 2), product(after, core))


def frames(coordinates: Iterator[Any], sizes: Sequence[int]) -> tuple[Matrix, ...]:
    """A rotation of each size, from as many of the coordinates as :func:`orthogonal` needs for it."""
    return tuple(orthogonal([next(coordinates) for _ in range(n * (n - 1) // 2)], n) for n in sizes)


def balanced_between(values: Sequence[Any], turns: Sequence[Matrix], signs: Sequence[Any] = ()) -> tuple[Matrix, ...]:
    """Balanced layers of any widths, W_1 first: ``W_l = Q_l Σ_l Q_{l−1}ᵀ`` with `turns` Q_0, …, Q_L.

    Every Σ_l has `values` first on its diagonal and zero elsewhere, so that ``Σ_{l+1}ᵀΣ_{l+1} = Σ_lΣ_lᵀ``; the last
    one's entries are multiplied by `signs`, each ±1 (all +1 if left out). There are at most as many values as the
    smallest width. With orthogonal Q_l every balanced start is of this form.
    """
    layers = []
    for l, (before, after) in enumerate(pairwise(turns)):
        core = [x * s for x, s in zip(values, signs, strict=True)] if signs and l == len(turns) - 2 else list(values)
        middle = tuple(
            tuple(core[i] if i == j and i < len(core) else _ZERO for j in range(len(before))) for i in range(len(after))
        )
        layers.append(product(after, middle, transposed(before)))
    return tuple(layers)


def family(n: int, m: Any, alpha: Any, depth: int) -> tuple[Matrix, ...]:
    """The layers of a member of the symmetric family with s = 1: α on the diagonal, α/m off it."""
    off = alpha / m
    layer = tuple(tuple(alpha if i == j else off for j in range(n)) for i in range(n))
    return (layer,) * depth


def stacked(matrix: Matrix, count: int) -> NDArray[np.float64]:
    """A matrix of arrays and numbers as one array of shape (count, rows, columns)."""
    import numpy as np

    result = np.empty((count, len(matrix), len(matrix[0])))
    for i, row in enumerate(matrix):
        for j, x in enumerate(row):
            result[:, i, j] = float(x) if isinstance(x, Fraction | int) else x
    return result
