"""Second paths of all papers: how a witness is checked again without leaning on the way in which it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from verify.arithmetic import Ball, ExactMatrix, InputError
from verify.arithmetic.exact import add, identity, multiply, scale, transpose
from verify.models import Problem, Sensing, cayley, load_model, load_problem

if TYPE_CHECKING:
    from verify.rigorous import Limit


#: Layers that entries are observed of, or measurements are taken of.
Deep = TypeVar("Deep", Problem, Sensing)


def hidden_rotation(problem: Deep) -> Deep:
    """The same flow in other coordinates: ``W_l → Q_l W_l Q_{l−1}ᵀ`` with rational orthogonal Q_l, ``Q_0 = Q_L = I``.

    The end-to-end matrix is the same for all times (the gradient flow is equivariant under orthogonal maps), while
    every number that an integrator handles is another one. Depth 1 has no hidden layer and stays as it is.
    """
    frames = [identity(problem.shapes[0][1])]
    frames += [_frame(rows, k) for k, (rows, _) in enumerate(problem.shapes[:-1])]
    frames.append(identity(problem.shapes[-1][0]))
    layers = tuple(
        reduce(multiply, (frames[k + 1], layer, transpose(frames[k]))) for k, layer in enumerate(problem.layers)
    )
    return replace(problem, layers=layers)


def _frame(size: int, index: int) -> ExactMatrix:
    skew = [[Fraction(0)] * size for _ in range(size)]
    for i in range(size):
        for j in range(i):
            skew[i][j] = Fraction(1 + (i + 2 * j + index) % 3, 4 + index)
            skew[j][i] = -skew[i][j]
    return cayley(tuple(tuple(row) for row in skew))


def limit_again(data: Mapping[str, object], *, digits: int) -> Limit:
    """The limit of a stored problem, by another trajectory: hidden layers rotated, more digits."""
    from verify.rigorous import certify_limit

    model = load_model(dict(data))
    turned = hidden_rotation(model) if isinstance(model, Sensing) else hidden_rotation(load_problem(dict(data)))
    return certify_limit(turned, digits=digits + 9)


def stepped(problem: Problem, l: int, i: int, j: int, step: Fraction) -> Problem:
    """The problem with one entry of one layer moved."""
    layer = tuple(
        tuple(x + step if (r, c) == (i, j) else x for c, x in enumerate(row)) for r, row in enumerate(problem.layers[l])
    )
    return replace(problem, layers=(*problem.layers[:l], layer, *problem.layers[l + 1 :]))


def gradient_by_differences(problem: Problem) -> tuple[ExactMatrix, ...]:
    """The loss's gradient from values of the loss alone: quadratic in each entry, so a central difference is exact."""
    return tuple(
        tuple(
            tuple(
                (loss(stepped(problem, l, i, j, Fraction(1))) - loss(stepped(problem, l, i, j, Fraction(-1)))) / 2
                for j in range(len(row))
            )
            for i, row in enumerate(layer)
        )
        for l, layer in enumerate(problem.layers)
    )


def loss(problem: Problem) -> Fraction:
    """``½ Σ (w_ij − y_ij)²`` over the observed entries, at the start."""
    whole = problem.product()
    return sum(((whole[i][j] - y) ** 2 for i, j, y in problem.observations.entries), Fraction(0)) / 2


def kernel_entry(problem: Problem, first: tuple[int, int], second: tuple[int, int]) -> Fraction:
    """``⟨∇w_ij, ∇w_pq⟩`` at the start by its closed formula, with plain fractions.

    ``Σ_l (S_l S_lᵀ)_{ip} (P_{l−1}ᵀ P_{l−1})_{jq}``, ``S_l = W_L ⋯ W_{l+1}``, ``P_l = W_l ⋯ W_1``: no adjoint sweep, no
    other library.
    """
    (i, j), (p, q) = first, second
    depth = problem.depth
    before = [identity(problem.shapes[0][1])]
    for layer in problem.layers[:-1]:
        before.append(multiply(layer, before[-1]))
    after = [identity(problem.shapes[-1][0])]
    for layer in reversed(problem.layers[1:]):
        after.insert(0, multiply(after[0], layer))
    total = Fraction(0)
    for l in range(depth):
        left = sum((x * y for x, y in zip(after[l][i], after[l][p], strict=True)), Fraction(0))
        right = sum((row[j] * row[q] for row in before[l]), Fraction(0))
        total += left * right
    return total


def coupled_at_start(problem: Problem) -> Fraction | None:
    """A nonzero kernel entry between two observed entries, if every pair has one: then no partition decouples."""
    values = [kernel_entry(problem, a, b) for a, b in problem.observations.pairs]
    return min(values, key=abs) if values and all(values) else None


def exact_determinant(matrix: ExactMatrix) -> Fraction:
    """Determinant by fraction-free elimination on plain fractions."""
    rows = [list(row) for row in matrix]
    size, sign, result = len(rows), 1, Fraction(1)
    if any(len(row) != size for row in rows):
        raise InputError("determinant", "the matrix is not square", "give a square matrix")
    for k in range(size):
        pivot = next((i for i in range(k, size) if rows[i][k]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != k:
            rows[k], rows[pivot], sign = rows[pivot], rows[k], -sign
        result *= rows[k][k]
        for i in range(k + 1, size):
            factor = rows[i][k] / rows[k][k]
            for j in range(k, size):
                rows[i][j] -= factor * rows[k][j]
    return sign * result


def semidefinite_by_minors(matrix: ExactMatrix) -> bool:
    """Whether a matrix is symmetric and positive semidefinite: no principal minor is negative."""
    size = len(matrix)
    symmetric = all(matrix[i][j] == matrix[j][i] for i in range(size) for j in range(i))
    chosen = ([k for k in range(size) if bits >> k & 1] for bits in range(1, 2**size))
    return symmetric and all(
        exact_determinant(tuple(tuple(matrix[i][j] for j in at) for i in at)) >= 0 for at in chosen
    )


def minor(matrix: Sequence[Sequence[Ball]]) -> Ball:
    """Determinant of a 2 by 2 matrix of balls, in rational interval arithmetic."""
    (a, b), (c, d) = matrix
    first = [x * y for x in (a.lower, a.upper) for y in (d.lower, d.upper)]
    second = [x * y for x in (b.lower, b.upper) for y in (c.lower, c.upper)]
    return Ball.between(min(first) - max(second), max(first) - min(second))


# ---------------------------------------------------------------------------------------------------------------------
# Decoupled for all times, checked on a grid with plain fractions


def decoupled_on_grid(problem: Problem, basis: Sequence[Sequence[ExactMatrix]]) -> str | None:
    """That the kernel between all pairs of observed entries vanishes for all times, or None where this is not shown.

    `basis` spans a space V of parameters (each vector a list of layers, W_1 first). Shown are: the start lies in V; the
    gradient maps V into V, so that the flow stays in V; every cross entry of the kernel vanishes on V.

    *Proof by evaluation.* In coordinates x of V the gradient has degree at most 2L − 1 in each coordinate, the kernel
    at most 2L − 2. A polynomial of degree at most D in each of k variables that vanishes at the (D + 1)^k points of a
    grid is zero. No polynomial algebra is used, only values at integer points.
    """
    vectors = [[x for layer in vector for row in layer for x in row] for vector in basis]
    start = [x for layer in problem.layers for row in layer for x in row]
    if not _in_span(vectors, start):
        return None
    count = 0
    for point in product(range(2 * problem.depth), repeat=len(vectors)):
        layers = [scale(Fraction(0), layer) for layer in problem.layers]
        for x, vector in zip(point, basis, strict=True):
            layers = [add(layer, scale(Fraction(x), part)) for layer, part in zip(layers, vector, strict=True)]
        here = Problem(tuple(layers), problem.observations)
        if not _in_span(vectors, [x for layer in _gradient(here) for row in layer for x in row]):
            return None
        if any(kernel_entry(here, a, b) for a, b in problem.observations.pairs):
            return None
        count += 1
    return f"start and gradient stay in a space of dimension {len(vectors)}, kernel zero at all {count} grid points"


def _gradient(problem: Problem) -> list[ExactMatrix]:
    """``∂loss/∂W_l = (W_L ⋯ W_{l+1})ᵀ G (W_{l−1} ⋯ W_1)ᵀ`` with plain fractions, W_1's first."""
    mask, values, whole = problem.observations.mask, problem.observations.values, problem.product()
    rows, columns = problem.observations.shape
    residual = tuple(
        tuple(whole[i][j] - values[i][j] if mask[i][j] else Fraction(0) for j in range(columns)) for i in range(rows)
    )
    result = []
    for l in range(problem.depth):
        after = _chain(problem.layers[l + 1 :], problem.shapes[l][0])
        before = _chain(problem.layers[:l], columns)
        result.append(reduce(multiply, (transpose(after), residual, transpose(before))))
    return result


def _chain(layers: Sequence[ExactMatrix], size: int) -> ExactMatrix:
    """The product of consecutive layers (first one rightmost), which acts on `size` columns."""
    return reduce(lambda behind, layer: multiply(layer, behind), layers, identity(size))


def _in_span(vectors: Sequence[Sequence[Fraction]], target: Sequence[Fraction]) -> bool:
    """Whether `target` is a linear combination, by elimination on fractions."""
    rows = [list(v) for v in vectors]
    rest = list(target)
    while rows:
        row = rows.pop()
        pivot = next((i for i, x in enumerate(row) if x), None)
        if pivot is None:
            continue
        rows = [_eliminate(other, row, pivot) for other in rows]
        rest = _eliminate(rest, row, pivot)
    return not any(rest)


def _eliminate(row: list[Fraction], by: list[Fraction], pivot: int) -> list[Fraction]:
    factor = row[pivot] / by[pivot]
    return [x - factor * y for x, y in zip(row, by, strict=True)] if factor else row
