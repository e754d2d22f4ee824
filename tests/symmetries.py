"""Symmetries of the loss: a problem moved, and the way back for the end-to-end matrix of the moved flow."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

from verify.arithmetic import Ball, ExactMatrix
from verify.arithmetic.exact import identity, multiply, transpose
from verify.models import Observations, Problem, cayley

Move = Callable[[Problem, Random], tuple[Problem, Callable[[Any], Any]]]


def orthogonal(random: Random, size: int) -> ExactMatrix:
    """A rational orthogonal matrix with entries of a few digits."""
    skew = [[Fraction(0)] * size for _ in range(size)]
    for i in range(size):
        for j in range(i):
            skew[i][j] = Fraction(random.randint(-3, 3), 2)
            skew[j][i] = -skew[i][j]
    return cayley(tuple(map(tuple, skew)))


def hidden_rotation(problem: Problem, random: Random) -> tuple[Problem, Callable[[Any], Any]]:
    """``W_l → Q_l W_l Q_{l−1}ᵀ`` with ``Q_0 = Q_L = I``: the product is the same."""
    widths = [problem.shapes[0][1], *(rows for rows, _ in problem.shapes)]
    frames = [identity(widths[0]), *(orthogonal(random, w) for w in widths[1:-1]), identity(widths[-1])]
    layers = tuple(
        multiply(multiply(after, layer), transpose(before))
        for layer, (before, after) in zip(problem.layers, pairwise(frames), strict=True)
    )
    return Problem(layers, problem.observations), lambda product: product


def permutation(problem: Problem, random: Random) -> tuple[Problem, Callable[[Any], Any]]:
    """Rows and columns of the end-to-end matrix, and the observations with them, in another order."""
    rows, columns = problem.observations.shape
    down, across = random.sample(range(rows), rows), random.sample(range(columns), columns)
    layers = list(problem.layers)
    layers[-1] = tuple(layers[-1][i] for i in down)
    layers[0] = tuple(tuple(row[j] for j in across) for row in layers[0])
    entries = tuple((down.index(i), across.index(j), y) for i, j, y in problem.observations.entries)

    def back(product: Any) -> Any:
        return tuple(tuple(product[down.index(i)][across.index(j)] for j in range(columns)) for i in range(rows))

    return Problem(tuple(layers), Observations(rows, columns, entries)), back


def transposition(problem: Problem, random: Random) -> tuple[Problem, Callable[[Any], Any]]:
    """Layers transposed, in the opposite order."""
    rows, columns = problem.observations.shape
    entries = tuple((j, i, y) for i, j, y in problem.observations.entries)
    layers = tuple(transpose(layer) for layer in reversed(problem.layers))
    return Problem(layers, Observations(columns, rows, entries)), lambda product: tuple(zip(*product, strict=True))


def change_of_sign(problem: Problem, random: Random) -> tuple[Problem, Callable[[Any], Any]]:
    """One row of the end-to-end matrix and its data with the opposite sign."""
    rows, columns = problem.observations.shape
    chosen = random.randrange(rows)
    sign = [-1 if i == chosen else 1 for i in range(rows)]
    last = tuple(tuple(s * x for x in row) for s, row in zip(sign, problem.layers[-1], strict=True))
    entries = tuple((i, j, sign[i] * y) for i, j, y in problem.observations.entries)

    def back(product: Any) -> Any:
        return tuple(
            tuple(Ball(-x.mid, x.rad) if isinstance(x, Ball) and s < 0 else s * x if s < 0 else x for x in row)
            for s, row in zip(sign, product, strict=True)
        )

    return Problem((*problem.layers[:-1], last), Observations(rows, columns, entries)), back


MOVES: list[Move] = [hidden_rotation, permutation, transposition, change_of_sign]
