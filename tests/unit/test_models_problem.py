"""Problems, the symmetric family and exact starts: shapes, known values, known gradients, exact balance."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import EntrywiseAlgebra, ExactMatrix, InputError, evaluate, exact_matrix
from verify.arithmetic.convert import to_fmpq_mat
from verify.arithmetic.exact import add, identity, multiply, scale, transpose, zeros
from verify.models import (
    Observations,
    Problem,
    balanced_layers,
    cayley,
    diagonal,
    rotation,
    symmetric_family,
    symmetric_layer,
)

numbers = st.builds(Fraction, st.integers(-9, 9), st.integers(1, 4))


def matrices(rows: int, columns: int) -> st.SearchStrategy[ExactMatrix]:
    return st.tuples(*[st.tuples(*[numbers] * columns)] * rows)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Depth 1 to 4, any conforming rectangular shapes, any nonempty set of observed entries."""
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=5))
    layers = tuple(draw(matrices(after, before)) for before, after in pairwise(widths))
    cell = st.tuples(st.integers(0, widths[-1] - 1), st.integers(0, widths[0] - 1))
    cells = draw(st.lists(cell, min_size=1, unique=True))
    return Problem(layers, Observations(widths[-1], widths[0], tuple((i, j, draw(numbers)) for i, j in cells)))


def chain(layers: tuple[ExactMatrix, ...], width: int) -> ExactMatrix:
    return reduce(lambda behind, layer: multiply(layer, behind), layers, identity(width))


@given(problems())
def test_product_residual_and_gradient(problem: Problem) -> None:
    got = evaluate(problem.gradient, problem.start, EntrywiseAlgebra(Fraction))
    values = evaluate(problem.program, problem.start, EntrywiseAlgebra(Fraction))
    shapes = problem.shapes
    W = chain(problem.layers, shapes[0][1])
    assert problem.product() == values["product"] == W
    G = tuple(
        tuple((w - y) * k for w, y, k in zip(*rows, strict=True))
        for rows in zip(W, problem.observations.values, problem.observations.mask, strict=True)
    )
    assert got["residual"] == values["residual"] == G
    for l, name in enumerate(problem.names):
        above = chain(problem.layers[l + 1 :], shapes[l][0])
        below = chain(problem.layers[:l], shapes[0][1])
        assert got["d" + name] == multiply(multiply(transpose(above), G), transpose(below))
    assert problem.size == sum(len(row) for layer in problem.layers for row in layer)
    assert list(problem.program.parameters) == list(problem.names)


@given(problems())
def test_balance_is_conserved_by_the_flow_to_first_order(problem: Problem) -> None:
    """d/dt (W_{l+1}ᵀW_{l+1} − W_lW_lᵀ) = 0 along minus the gradient, exactly, at every start."""
    moves = evaluate(problem.gradient, problem.start, EntrywiseAlgebra(Fraction))
    assert len(problem.imbalance()) == problem.depth - 1
    for l, (lower, upper) in enumerate(zip(problem.layers, problem.layers[1:], strict=False)):
        D = problem.imbalance()[l]
        U, V = sympy.Matrix(upper), sympy.Matrix(lower)
        assert exact_matrix((U.T * U - V * V.T).tolist()) == D
        dl, du = moves[f"dW{l + 1}"], moves[f"dW{l + 2}"]
        left, right = multiply(transpose(upper), du), multiply(lower, transpose(dl))
        assert add(left, transpose(left)) == add(right, transpose(right))
    assert problem.balanced == all(x == 0 for D in problem.imbalance() for row in D for x in row)


def test_a_problem_of_text_and_its_names() -> None:
    problem = Problem.of([[["1/10", "0.5"]], [[1], ["2e0"]]], Observations.diagonal(2))
    assert problem.layers == (((Fraction(1, 10), Fraction(1, 2)),), ((Fraction(1),), (Fraction(2),)))
    assert (problem.depth, problem.shapes, problem.size) == (2, ((1, 2), (2, 1)), 4)
    assert problem.names == ("W1", "W2")
    assert problem.product() == exact_matrix([["1/10", "1/2"], ["1/5", 1]])
    assert problem == Problem(problem.layers, problem.observations)
    assert hash(problem) == hash(Problem(problem.layers, problem.observations))


def test_depth_one_is_linear_regression_on_entries() -> None:
    problem = Problem.of([[[5, 7], [1, 2]]], Observations(2, 2, ((0, 1, Fraction(3)),)))
    got = evaluate(problem.gradient, problem.start, EntrywiseAlgebra(Fraction))
    assert got["dW1"] == exact_matrix([[0, 4], [0, 0]])
    assert problem.balanced
    assert problem.imbalance() == ()


@pytest.mark.parametrize(
    ("layers", "observed", "where", "told"),
    [
        ([], Observations.diagonal(2), "layers", "no layer"),
        ([[[1, 2]], [[1, 2]]], Observations.diagonal(2), "layers[1]", "W_2 is 1x2 and W_1 is 1x2"),
        ([[[1]], [[1]], [[1, 2]]], Observations.diagonal(1), "layers[2]", "W_3 needs 1 columns"),
        ([[[1, 2]], [[1], [2]]], Observations.diagonal(1), "observed", "end-to-end matrix is 2x2"),
        ([[[1, 2, 3]], [[1], [2]]], Observations.diagonal(2), "observed", "end-to-end matrix is 2x3"),
        ([[[1, 2], [3]]], Observations.diagonal(2), "layers[0][1]", "has 1 numbers, row 0 has 2"),
        ([[[1]], [[0.5]]], Observations.diagonal(1), "layers[1][0][0]", "binary float"),
        ([[[1]], [1]], Observations.diagonal(1), "layers[1][0]", "row of numbers"),
        ([[[True]]], Observations.diagonal(1), "layers[0][0][0]", "True is not a number"),
    ],
)
def test_problems_that_are_refused(layers: Any, observed: Observations, where: str, told: str) -> None:
    makes: list[Callable[[], Problem]] = [
        lambda: Problem.of(layers, observed),
        lambda: Problem(tuple(layers), observed),
    ]
    for make in makes:
        with pytest.raises(InputError) as caught:
            make()
        assert caught.value.where == where
        assert told in str(caught.value)
        assert caught.value.mend
        assert str(caught.value).isprintable()


def test_no_other_model() -> None:
    with pytest.raises(InputError, match="model: 'udu' is not known; known models: deep"):
        Problem((((Fraction(1),),),), Observations.diagonal(1), model="udu")


# --- the symmetric family --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", [1, 2])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("m", [None, 1, 2, "3/2", "-1/2", -4])
def test_the_family_is_a_kronecker_product(n: int, m: Any, s: int) -> None:
    """``α((1 − 1/m)I_n + J_n/m) ⊗ J_s`` by SymPy's own Kronecker product, and its two eigenvalues."""
    alpha = sympy.Rational(3, 10)
    small = sympy.Integer(0) if m is None else 1 / sympy.Rational(m)
    M = alpha * ((1 - small) * sympy.eye(n) + small * sympy.ones(n, n))
    layer = symmetric_layer(n, m, "3/10", s)
    assert layer == exact_matrix(sympy.kronecker_product(M, sympy.ones(s, s)).tolist())
    L = sympy.Matrix(layer)
    ones = sympy.ones(n * s, 1)
    assert L * ones == s * alpha * (1 + (n - 1) * small) * ones
    if n > 1:
        across = sympy.Matrix([1] * s + [-1] * s + [0] * ((n - 2) * s))
        assert L * across == s * alpha * (1 - small) * across


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), numbers.filter(bool), numbers, numbers)
def test_the_family_is_balanced_and_observed_on_its_blocks(
    depth: int, n: int, s: int, m: Fraction, alpha: Fraction, value: Fraction
) -> None:
    problem = symmetric_family(depth, n=n, m=m, alpha=alpha, value=value, s=s)
    assert problem.depth == depth
    assert set(problem.layers) == {symmetric_layer(n, m, alpha, s)}
    assert problem.balanced
    assert problem.observations == Observations.block_diagonal(n, s, value)
    on, off = alpha, alpha / m
    for i, row in enumerate(problem.layers[0]):
        assert row == tuple(on if i // s == j // s else off for j in range(n * s))


def test_the_family_of_the_example() -> None:
    problem = symmetric_family(2)
    assert problem.layers[0] == exact_matrix([["1/10", "1/20"], ["1/20", "1/10"]])
    assert problem.product() == exact_matrix([["1/80", "1/100"], ["1/100", "1/80"]])
    assert problem.observations == Observations.diagonal(2)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"depth": 0}, "depth"),
        ({"depth": 2, "n": 0}, "n, s"),
        ({"depth": 2, "s": 0}, "n, s"),
        ({"depth": 2, "m": 0}, "m"),
        ({"depth": 2, "m": "0/5"}, "m"),
        ({"depth": 2, "m": 1.5}, "m"),
        ({"depth": 2, "m": "inf"}, "m"),
        ({"depth": 2, "alpha": 0.1}, "alpha"),
        ({"depth": 2, "value": float("nan")}, "value"),
    ],
)
def test_families_that_are_refused(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        symmetric_family(**options)
    assert caught.value.where == where
    assert caught.value.mend


# --- exact starts ----------------------------------------------------------------------------------------------------


def is_orthogonal(matrix: ExactMatrix) -> bool:
    unit = identity(len(matrix))
    return multiply(matrix, transpose(matrix)) == unit == multiply(transpose(matrix), matrix)


@st.composite
def frames(draw: st.DrawFn, size: int) -> ExactMatrix:
    """A rational orthogonal matrix: a Cayley transform, times a signed permutation to reach determinant −1 too."""
    upper = draw(matrices(size, size))
    skew = tuple(
        tuple(upper[i][j] if i < j else -upper[j][i] if j < i else Fraction(0) for j in range(size))
        for i in range(size)
    )
    order, signs = draw(st.permutations(range(size))), draw(st.lists(st.sampled_from([1, -1]), min_size=size))
    signed = tuple(tuple(Fraction(signs[i]) * (order[i] == j) for j in range(size)) for i in range(size))
    return multiply(cayley(skew), signed)


@given(st.integers(1, 4).flatmap(frames))
def test_frames_are_exactly_orthogonal(frame: ExactMatrix) -> None:
    assert is_orthogonal(frame)
    assert abs(to_fmpq_mat(frame).det()) == 1


@given(numbers)
def test_the_cayley_transform_of_a_plane(a: Fraction) -> None:
    """``tan`` of half the angle: (I − A)(I + A)⁻¹ for A = [[0, a], [−a, 0]]."""
    c, s = (1 - a * a) / (1 + a * a), 2 * a / (1 + a * a)
    assert cayley(((Fraction(0), a), (-a, Fraction(0)))) == rotation(c, s) == ((c, -s), (s, c))
    assert is_orthogonal(rotation(c, s))


@st.composite
def balanced_starts(draw: st.DrawFn) -> tuple[tuple[ExactMatrix, ...], list[ExactMatrix], list[ExactMatrix]]:
    """Diagonal middle factors that agree up to signs, with hidden rotations between them."""
    size, depth = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    values = draw(st.lists(numbers, min_size=size, max_size=size))
    signs = st.lists(st.sampled_from([1, -1]), min_size=size, max_size=size)
    middles = [diagonal([x * e for x, e in zip(values, draw(signs), strict=True)]) for _ in range(depth)]
    turned = [draw(frames(size)) for _ in range(depth + 1)]
    return balanced_layers(middles, turned), middles, turned


@given(balanced_starts())
def test_hidden_rotations_are_exactly_balanced(
    drawn: tuple[tuple[ExactMatrix, ...], list[ExactMatrix], list[ExactMatrix]],
) -> None:
    layers, middles, turned = drawn
    size = len(layers[0])
    problem = Problem(layers, Observations.diagonal(size))
    assert problem.balanced
    core = reduce(lambda behind, middle: multiply(middle, behind), middles)
    assert problem.product() == multiply(multiply(turned[-1], core), transpose(turned[0]))


def test_rectangular_middle_factors() -> None:
    """3×2 and then 2×3: D_2ᵀD_2 = D_1D_1ᵀ, zero-padded."""
    first = exact_matrix([[1, 0], [0, 2], [0, 0]])
    turn = rotation("4/5", "3/5")
    three = cayley(exact_matrix([[0, 1, 2], [-1, 0, 3], [-2, -3, 0]]))
    layers = balanced_layers([first, transpose(first)], [turn, three, identity(2)])
    problem = Problem(layers, Observations.diagonal(2))
    assert problem.shapes == ((3, 2), (2, 3))
    assert problem.balanced
    assert problem.product() == multiply(diagonal([1, 4]), transpose(turn))


def test_middle_factors_that_do_not_match_are_not_balanced() -> None:
    layers = balanced_layers([diagonal([1, 2]), diagonal([1, 3])], [identity(2)] * 3)
    problem = Problem(layers, Observations.diagonal(2))
    assert not problem.balanced
    assert problem.imbalance() == (diagonal([0, 5]),)


def test_starts_that_are_refused() -> None:
    wide = exact_matrix([["3/5", "4/5"]])  # its rows are orthonormal, but it is no frame
    with pytest.raises(InputError, match=r"frames\[1\]: is not orthogonal"):
        balanced_layers([zeros(1, 2), zeros(2, 1)], [identity(2), wide, identity(2)])
    with pytest.raises(InputError, match=r"frames\[0\]: is not orthogonal"):
        balanced_layers([identity(2)], [scale(Fraction(2), identity(2)), identity(2)])
    with pytest.raises(InputError, match="2 frames for 2 layers"):
        balanced_layers([identity(2)] * 2, [identity(2)] * 2)
    with pytest.raises(InputError, match=r"rotation: .* is not 1; .*Pythagorean"):
        rotation("1/2", "1/2")
    with pytest.raises(InputError, match=r"cosine: .*binary float"):
        rotation(0.8, "3/5")
    for matrix in (identity(2), exact_matrix([[0, 1], [1, 0]]), exact_matrix([[0, 1]])):
        with pytest.raises(InputError, match="not skew-symmetric"):
            cayley(matrix)
    with pytest.raises(InputError, match=r"diagonal\[1\]: "):
        diagonal([1, 0.5])
    assert diagonal(["1/2", -1]) == exact_matrix([["1/2", 0], [0, -1]])
