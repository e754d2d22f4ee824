"""What the claims of this paper compute on exact data, and the second paths by which witnesses are confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce

from proofs_checks.second_paths import gradient_by_differences
from verify.arithmetic import ExactMatrix
from verify.arithmetic.exact import add, exact, identity, multiply, negative, transpose
from verify.models import Observations, Problem, Sensing

PAPER = "arora_cohen_hu_luo_2019"


def rates(problem: Problem | Sensing) -> tuple[ExactMatrix, ...]:
    """``W_l'`` at the start, by the adjoint sweep over the matrix program."""
    from verify.arithmetic import EntrywiseAlgebra, evaluate

    swept = evaluate(problem.gradient, problem.start, EntrywiseAlgebra(Fraction))
    return tuple(negative(swept["d" + name]) for name in problem.names)


def rates_again(problem: Problem) -> tuple[ExactMatrix, ...]:
    """``W_l'`` at the start from values of the loss alone."""
    return tuple(negative(layer) for layer in gradient_by_differences(problem))


def residual(problem: Problem) -> ExactMatrix:
    """``∇l(W)`` at the start: the residual at the observed entries, zero elsewhere."""
    whole, seen, values = problem.product(), problem.observations.mask, problem.observations.values
    return tuple(
        tuple((x - y) * m for x, y, m in zip(*rows, strict=True)) for rows in zip(whole, values, seen, strict=True)
    )


def product_rate(problem: Problem, moved: Sequence[ExactMatrix]) -> ExactMatrix:
    """``W'`` by the product rule."""
    size = problem.shapes[0][1]
    terms = []
    for l, rate in enumerate(moved):
        factors = [*problem.layers[:l], rate, *problem.layers[l + 1 :]]
        terms.append(reduce(lambda behind, layer: multiply(layer, behind), factors, identity(size)))
    return add(*terms)


def imbalance_rate(problem: Problem, moved: Sequence[ExactMatrix], *, sign: int = -1) -> tuple[ExactMatrix, ...]:
    """The rates of ``W_{l+1}ᵀW_{l+1} − W_lW_lᵀ``, or with `sign` 1 of the sums, by the product rule."""
    found = []
    for l in range(problem.depth - 1):
        lower, upper, down, up = problem.layers[l], problem.layers[l + 1], moved[l], moved[l + 1]
        first = multiply(transpose(up), upper)
        second = multiply(down, transpose(lower))
        both = add(second, transpose(second))
        found.append(add(first, transpose(first), both if sign > 0 else negative(both)))
    return tuple(found)


def descended(problem: Problem, step: Fraction, moved: Sequence[ExactMatrix]) -> Problem:
    """The problem after one step of gradient descent."""
    layers = tuple(
        tuple(tuple(x + step * v for x, v in zip(*rows, strict=True)) for rows in zip(layer, rate, strict=True))
        for layer, rate in zip(problem.layers, moved, strict=True)
    )
    return Problem(layers, problem.observations)


def power(matrix: ExactMatrix, exponent: int) -> ExactMatrix:
    """A power, the zeroth being the identity."""
    return reduce(multiply, [matrix] * exponent, identity(len(matrix)))


def nonzero(matrices: Sequence[ExactMatrix]) -> bool:
    """Whether some entry is not zero."""
    return any(x for matrix in matrices for row in matrix for x in row)


def determinant(matrix: Sequence[Sequence[Fraction]]) -> Fraction:
    """Of a 2 by 2 matrix."""
    (a, b), (c, d) = matrix
    return a * d - b * c


def transposed_problem(problem: Problem) -> Problem:
    """The same flow seen from the other side: ``Wᵀ = W_1ᵀ ⋯ W_Lᵀ``, another program for the integrators."""
    seen = problem.observations
    flipped = Observations(seen.columns, seen.rows, tuple((j, i, y) for i, j, y in seen.entries))
    return Problem(tuple(transpose(layer) for layer in reversed(problem.layers)), flipped)


def number(data: Mapping[str, object], key: str) -> Fraction:
    """An exact number of a stored witness."""
    return exact(data[key], key)


def bisected(function: object, low: Fraction, high: Fraction, *, bits: int = 200) -> tuple[Fraction, Fraction]:
    """An interval that holds a root of a function that is continuous, ≤ 0 at `low` and ≥ 0 at `high`.

    The function is evaluated exactly, so that the signs, and with them the root inside, are certain.
    """
    assert callable(function)
    if function(low) > 0 or function(high) < 0:
        raise ArithmeticError("the function does not change its sign as stated")
    for _ in range(bits):
        middle = (low + high) / 2
        if function(middle) <= 0:
            low = middle
        else:
            high = middle
    return low, high
