"""Laws of the matrix program: one conformance suite over all algebras, and the derivatives against exact oracles.

The derivatives' oracle is independent of the program's own sweeps: dual numbers a + bε with ε² = 0, entry by entry,
over exact fractions. Nothing here is compared up to a tolerance, but for floats.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import (
    Ball,
    BallAlgebra,
    EntrywiseAlgebra,
    ExactMatrix,
    FloatAlgebra,
    Program,
    ProgramBuilder,
    RationalAlgebra,
    SymPyAlgebra,
    evaluate,
    exact_matrix,
    gradient,
    precision,
    pullback,
    tangent,
)
from verify.arithmetic.convert import from_arb_mat, from_fmpq_mat, to_arb_mat, to_fmpq_mat
from verify.arithmetic.exact import add, entries, identity, multiply, scale, transpose, zeros
from verify.arithmetic.program import Op, joined, prune
from verify.models import Observations, Problem

Values = dict[str, ExactMatrix]
EXACT = EntrywiseAlgebra[Fraction](Fraction)


# --- random programs -------------------------------------------------------------------------------------------------

numbers = st.builds(Fraction, st.integers(-6, 6), st.sampled_from([1, 2, 3]))
sizes = st.integers(1, 3)


def matrices(rows: int, columns: int) -> st.SearchStrategy[ExactMatrix]:
    return st.lists(numbers, min_size=rows * columns, max_size=rows * columns).map(
        lambda flat: tuple(tuple(flat[i * columns : (i + 1) * columns]) for i in range(rows))
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Up to three parameters and seven operations, every kind of node; outputs "residual" and "other"."""
    build = ProgramBuilder()
    size = {"a": draw(sizes), "b": draw(sizes)}  # few sizes, so that many products and sums conform
    shapes = st.tuples(st.sampled_from("ab"), st.sampled_from("ab")).map(lambda s: (size[s[0]], size[s[1]]))
    pool = [build.parameter(f"W{k}", *draw(shapes)) for k in range(draw(st.integers(1, 3)))]
    degree = dict.fromkeys(pool, 1)

    def grown(node: int, by: int) -> None:
        degree[node] = by
        pool.append(node)

    for _ in range(draw(st.integers(1, 7))):
        a = draw(st.sampled_from(pool))
        rows, columns = build.nodes[a].shape
        op = draw(st.sampled_from([op for op in Op if op is not Op.PARAMETER]))
        if op is Op.PRODUCT:
            fit = [b for b in pool if build.nodes[b].shape[0] == columns and degree[a] + degree[b] <= 6]
            if fit:
                b = draw(st.sampled_from(fit))
                grown(build.product(a, b), degree[a] + degree[b])
            elif 2 * degree[a] <= 6:
                grown(build.product(a, build.transpose(a)), 2 * degree[a])
        elif op is Op.SUM:
            b = draw(st.sampled_from([b for b in pool if build.nodes[b].shape == (rows, columns)]))
            grown(build.add(a, b), max(degree[a], degree[b]))
        elif op is Op.TRANSPOSE:
            grown(build.transpose(a), degree[a])
        elif op is Op.SCALE:
            grown(build.scale(draw(numbers), a), degree[a])
        elif op is Op.DIAGONAL:
            grown(build.diagonal(a), degree[a])
        elif op is Op.CONSTANT:
            grown(build.constant(draw(matrices(rows, columns))), 0)
        elif op is Op.MASK:
            bits = draw(st.lists(st.integers(0, 1), min_size=rows * columns, max_size=rows * columns))
            mask = tuple(tuple(bits[i * columns : (i + 1) * columns]) for i in range(rows))
            grown(build.mask(mask, a), degree[a])
    return build.build(residual=pool[-1], other=draw(st.sampled_from(pool)))


def points(program: Program) -> st.SearchStrategy[Values]:
    return st.fixed_dictionaries({name: matrices(*program.shape(name)) for name in program.parameters})


@st.composite
def programs_at_points(draw: st.DrawFn, count: int) -> tuple[Program, list[Values]]:
    program = draw(programs())
    return program, [draw(points(program)) for _ in range(count)]


# --- the algebras ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """An algebra, and how exact values go in and what must come out."""

    algebra: Any
    enter: Callable[[ExactMatrix], Any]
    agrees: Callable[[Any, ExactMatrix, ExactMatrix], bool]
    """Result, exact value, and a bound for the sum of the absolute values of all terms of each entry."""
    bits: int = 53


def _equal(read: Callable[[Any], ExactMatrix]) -> Callable[[Any, ExactMatrix, ExactMatrix], bool]:
    return lambda got, value, bound: read(got) == value


def _encloses(within: Fraction) -> Callable[[Any, ExactMatrix, ExactMatrix], bool]:
    def agrees(got: flint.arb_mat, value: ExactMatrix, bound: ExactMatrix) -> bool:
        balls = entries(from_arb_mat(got))  # type: ignore[arg-type]
        return (got.nrows(), got.ncols()) == (len(value), len(value[0])) and all(
            ball.contains(x) and ball.rad <= within * b  # type: ignore[attr-defined]
            for ball, x, b in zip(balls, entries(value), entries(bound), strict=True)
        )

    return agrees


def _within_rounding(got: Any, value: ExactMatrix, bound: ExactMatrix) -> bool:
    got = np.asarray(got)
    assert got.dtype == np.float64
    return got.shape == (len(value), len(value[0])) and all(
        abs(Fraction(float(g)) - x) <= b * Fraction(1, 2**44)
        for g, x, b in zip(got.ravel(), entries(value), entries(bound), strict=True)
    )


def _floats(matrix: ExactMatrix) -> Any:
    return np.array([[float(x) for x in row] for row in matrix])


CASES = {
    "fractions": Case(EXACT, lambda m: m, _equal(lambda got: got)),
    "integers over one denominator": Case(
        EntrywiseAlgebra(lambda x: sympy.QQ(x.numerator, x.denominator)),
        lambda m: tuple(tuple(sympy.QQ(x.numerator, x.denominator) for x in row) for row in m),
        _equal(lambda got: tuple(tuple(Fraction(int(x.numerator), int(x.denominator)) for x in row) for row in got)),
    ),
    "python-flint rationals": Case(RationalAlgebra(), to_fmpq_mat, _equal(from_fmpq_mat)),
    "balls": Case(BallAlgebra(), to_arb_mat, _encloses(Fraction(1, 2**40))),
    "balls of many bits": Case(BallAlgebra(), to_arb_mat, _encloses(Fraction(1, 2**280)), bits=300),
    "floats": Case(FloatAlgebra(), _floats, _within_rounding),
    "sympy": Case(SymPyAlgebra(), sympy.ImmutableMatrix, _equal(lambda got: exact_matrix(got.tolist()))),
}


def bounds(program: Program, values: Values) -> Values:
    """The sum of the absolute values of all terms: the same program over absolute values."""
    absolute = {name: tuple(tuple(map(abs, row)) for row in m) for name, m in values.items()}
    return evaluate(program, absolute, EntrywiseAlgebra[Fraction](abs))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@given(drawn=programs_at_points(1))
def test_every_algebra_gives_the_same_values(case: Case, drawn: tuple[Program, list[Values]]) -> None:
    program, [values] = drawn
    for one in (program, gradient(program)):
        expected, bound = evaluate(one, values, EXACT), bounds(one, values)
        with precision(case.bits):
            got = evaluate(one, {name: case.enter(m) for name, m in values.items()}, case.algebra)
        assert set(got) == set(expected) == set(one.outputs)
        for name, value in expected.items():
            assert (len(value), len(value[0])) == one.shape(name)
            assert case.agrees(got[name], value, bound[name]), name


@given(drawn=programs_at_points(3))
def test_floats_take_a_leading_batch_axis(drawn: tuple[Program, list[Values]]) -> None:
    program, several = drawn
    program = gradient(program)
    stacked = {name: np.stack([_floats(values[name]) for values in several]) for name in program.parameters}
    got = evaluate(program, stacked, FloatAlgebra())
    deeper = evaluate(program, {name: m[:, None] for name, m in stacked.items()}, FloatAlgebra())
    for name in program.outputs:
        # what depends on no parameter has no batch axis, and broadcasts
        whole = np.broadcast_to(got[name], (3, *program.shape(name)))
        nested = np.broadcast_to(deeper[name], (3, 1, *program.shape(name)))
        for k, values in enumerate(several):
            expected, bound = evaluate(program, values, EXACT)[name], bounds(program, values)[name]
            assert _within_rounding(whole[k], expected, bound)
            assert _within_rounding(nested[k, 0], expected, bound)


@given(drawn=programs_at_points(2))
def test_balls_carry_every_point_inside(drawn: tuple[Program, list[Values]]) -> None:
    """Wide inputs: the enclosure of a box of parameters contains the value at each of its points."""
    program, [low, high] = drawn
    program = gradient(program)
    box = {
        name: tuple(
            tuple(Ball.between(min(x, y), max(x, y)) for x, y in zip(a, b, strict=True))
            for a, b in zip(low[name], high[name], strict=True)
        )
        for name in program.parameters
    }
    enclosure = evaluate(program, {name: to_arb_mat(m) for name, m in box.items()}, BallAlgebra())
    middle = {name: scale(Fraction(1, 2), add(low[name], high[name])) for name in program.parameters}
    for point in (low, high, middle):
        for name, value in evaluate(program, point, EXACT).items():
            balls = [ball for row in from_arb_mat(enclosure[name]) for ball in row]
            assert all(ball.contains(x) for ball, x in zip(balls, entries(value), strict=True))


def test_a_masked_entry_that_overflowed_does_not_spoil_the_others() -> None:
    build = ProgramBuilder()
    w = build.parameter("W", 1, 3)
    program = build.build(residual=build.mask(((1, 0, 0),), w), other=build.diagonal(w))
    got = evaluate(program, {"W": np.array([[2.0, np.inf, np.nan]])}, FloatAlgebra())
    assert got["residual"].tolist() == got["other"].tolist() == [[2.0, 0.0, 0.0]]


# --- derivatives, against dual numbers -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dual:
    """``a + bε`` with ``ε² = 0``: the value and its exact derivative."""

    a: Fraction
    b: Fraction = Fraction(0)

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.a + other.a, self.b + other.b)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)


def directional(program: Program, at: Values, along: Values) -> Values:
    """``d/dε output(at + ε·along)`` at ε = 0, exactly."""
    duals = {
        name: tuple(tuple(map(Dual, a, b)) for a, b in zip(at[name], along[name], strict=True))
        for name in program.parameters
    }
    got = evaluate(program, duals, EntrywiseAlgebra(Dual))
    return {name: tuple(tuple(x.b for x in row) for row in m) for name, m in got.items()}


def inner(left: Mapping[str, ExactMatrix], right: Mapping[str, ExactMatrix]) -> Fraction:
    assert set(left) == set(right)
    return sum((x * y for k in left for x, y in zip(entries(left[k]), entries(right[k]), strict=True)), Fraction(0))


def run(program: Program, *values: Values) -> Values:
    merged: Values = {}
    for one in values:
        merged |= one
    return evaluate(program, merged, EXACT)


def renamed(values: Mapping[str, ExactMatrix], prefix: str, names: Sequence[str]) -> Values:
    """The values of ``prefix + name`` under `name`."""
    return {name: values[prefix + name] for name in names}


def prefixed(values: Values, prefix: str) -> Values:
    return {prefix + name: m for name, m in values.items()}


@given(programs_at_points(2))
def test_the_gradient_is_the_derivative_of_the_loss(drawn: tuple[Program, list[Values]]) -> None:
    program, [at, along] = drawn
    got = run(gradient(program), at)
    residual = run(program, at)["residual"]
    assert got["residual"] == residual
    slope = inner({"r": residual}, {"r": directional(program, at, along)["residual"]})  # of ½‖R‖²
    assert inner(renamed(got, "d", list(at)), along) == slope


@given(programs_at_points(2))
def test_the_gradient_of_another_output(drawn: tuple[Program, list[Values]]) -> None:
    program, [at, along] = drawn
    got = run(gradient(program, "other"), at)
    slope = inner({"r": run(program, at)["other"]}, {"r": directional(program, at, along)["other"]})
    assert inner(renamed(got, "d", list(at)), along) == slope
    assert set(got) == {"other", *("d" + name for name in at)}


@given(programs_at_points(2))
def test_the_tangent_is_the_directional_derivative(drawn: tuple[Program, list[Values]]) -> None:
    program, [at, along] = drawn
    got = run(tangent(program), at, prefixed(along, "t"))
    assert renamed(got, "t", list(program.outputs)) == directional(program, at, along)


@given(programs_at_points(2), st.data())
def test_the_pullback_is_the_adjoint_of_the_tangent(drawn: tuple[Program, list[Values]], data: st.DataObject) -> None:
    program, [at, along] = drawn
    for output in program.outputs:
        seed = data.draw(matrices(*program.shape(output)), label="seed")
        pulled = run(pullback(program, output, seed="S"), at, {"S": seed})
        assert set(pulled) == {"d" + name for name in at}
        pushed = run(tangent(program), at, prefixed(along, "t"))["t" + output]
        assert inner({"r": pushed}, {"r": seed}) == inner(along, renamed(pulled, "d", list(at)))


@given(programs_at_points(1))
def test_the_gradient_is_the_pullback_of_the_residual(drawn: tuple[Program, list[Values]]) -> None:
    program, [at] = drawn
    residual = run(program, at)["residual"]
    pulled = run(pullback(program, "residual", seed="S"), at, {"S": residual})
    got = run(gradient(program), at)
    assert pulled == {name: m for name, m in got.items() if name != "residual"}


@given(programs_at_points(3))
def test_the_hessian_is_the_derivative_of_the_gradient_and_symmetric(drawn: tuple[Program, list[Values]]) -> None:
    program, [at, a, b] = drawn
    descent = gradient(program)
    hessian = tangent(descent)
    names = ["d" + name for name in at]

    def times(v: Values) -> Values:
        got = renamed(run(hessian, at, prefixed(v, "t")), "t", names)
        assert got == {name: m for name, m in directional(descent, at, v).items() if name in names}
        return renamed(got, "d", list(at))

    assert inner(a, times(b)) == inner(b, times(a))


@given(programs_at_points(3))
def test_second_derivatives_take_a_second_prefix(drawn: tuple[Program, list[Values]]) -> None:
    """D²R(a, b), from the tangent of the tangent, is symmetric, and is the dual numbers' derivative of DR(a)."""
    program, [at, a, b] = drawn
    first = tangent(program)
    second = tangent(first, "u")
    still = {name: zeros(len(m), len(m[0])) for name, m in prefixed(a, "ut").items()}

    def twice(v: Values, w: Values) -> Values:
        got = run(second, at, prefixed(v, "t"), prefixed(w, "u"), still)
        fixed = {**w, **{name: zeros(len(m), len(m[0])) for name, m in prefixed(v, "t").items()}}
        assert renamed(got, "u", list(first.outputs)) == directional(first, at | prefixed(v, "t"), fixed)
        return got

    assert twice(a, b) == twice(b, a)


@given(programs())
def test_derived_programs_are_well_formed(program: Program) -> None:
    for one in (program, prune(program), gradient(program), pullback(program, "other", seed="S"), tangent(program)):
        for index, node in enumerate(one.nodes):
            assert all(argument < index for argument in node.arguments)
        assert len(set(one.nodes)) == len(one.nodes)
        assert all(0 <= index < len(one.nodes) for index in one.outputs.values())
        assert set(one.parameters) >= set(program.parameters)
        assert all(one.shape(name) == program.shape(name) for name in program.parameters)
        assert prune(one).nodes == prune(prune(one)).nodes
        assert pickle.loads(pickle.dumps(one)) == one


@given(programs_at_points(1))
def test_pruning_changes_no_value(drawn: tuple[Program, list[Values]]) -> None:
    program, [at] = drawn
    for name, index in program.outputs.items():
        smaller = prune(Program(program.nodes, {name: index}))
        assert len(smaller.nodes) <= len(program.nodes)
        assert run(smaller, at) == {name: run(program, at)[name]}


# --- programs with a known gradient ----------------------------------------------------------------------------------

A: ExactMatrix = exact_matrix([["1/2", 2, -3], [0, "5/3", 1]])
B: ExactMatrix = exact_matrix([[1, "-1/2"], [3, 4]])


def gradient_of(make: Callable[[ProgramBuilder, int], int], at: ExactMatrix) -> ExactMatrix:
    build = ProgramBuilder()
    w = build.parameter("W", len(at), len(at[0]))
    return run(gradient(build.build(residual=make(build, w))), {"W": at})["dW"]


def kept(matrix: ExactMatrix, keep: Callable[[int, int], bool]) -> ExactMatrix:
    return tuple(tuple(x if keep(i, j) else Fraction(0) for j, x in enumerate(row)) for i, row in enumerate(matrix))


def test_the_parameter_itself() -> None:
    assert gradient_of(lambda build, w: w, A) == A


def test_transpose() -> None:
    assert gradient_of(lambda build, w: build.transpose(w), A) == A


def test_scale() -> None:
    assert gradient_of(lambda build, w: build.scale(Fraction(-3, 2), w), A) == scale(Fraction(9, 4), A)
    assert gradient_of(lambda build, w: build.scale(Fraction(0), w), A) == zeros(2, 3)


def test_mask() -> None:
    mask = ((1, 0, 1), (0, 1, 0))
    assert gradient_of(lambda build, w: build.mask(mask, w), A) == kept(A, lambda i, j: bool(mask[i][j]))


def test_diagonal_part_also_of_a_rectangle() -> None:
    assert gradient_of(lambda build, w: build.diagonal(w), A) == kept(A, lambda i, j: i == j)
    assert gradient_of(lambda build, w: build.diagonal(w), transpose(A)) == kept(transpose(A), lambda i, j: i == j)


def test_a_parameter_added_to_itself() -> None:
    assert gradient_of(lambda build, w: build.add(w, w), A) == scale(Fraction(4), A)
    assert gradient_of(lambda build, w: build.add(w, build.scale(Fraction(-1), w)), A) == zeros(2, 3)


def test_a_parameter_times_itself() -> None:
    R, T = multiply(B, B), transpose(B)
    assert gradient_of(lambda build, w: build.product(w, w), B) == add(multiply(R, T), multiply(T, R))


def test_a_parameter_times_its_transpose() -> None:
    """Burer–Monteiro: ½‖UUᵀ − Y‖² has the gradient (R + Rᵀ)U."""
    Y = exact_matrix([[1, 2], [0, -1]])
    R = add(multiply(A, transpose(A)), scale(Fraction(-1), Y))
    got = gradient_of(
        lambda build, w: build.add(build.product(w, build.transpose(w)), build.constant(scale(Fraction(-1), Y))), A
    )
    assert got == multiply(add(R, transpose(R)), A)


def test_a_diagonal_middle_factor() -> None:
    """U·diag(D)·Uᵀ with D's off-diagonal entries without effect, and without a gradient."""
    build = ProgramBuilder()
    u, d = build.parameter("U", 2, 3), build.parameter("D", 3, 3)
    program = build.build(residual=build.product(build.product(u, build.diagonal(d)), build.transpose(u)))
    D = exact_matrix([[2, 9, 9], [9, "1/3", 9], [9, 9, -1]])
    middle = kept(D, lambda i, j: i == j)
    R = multiply(multiply(A, middle), transpose(A))
    got = run(gradient(program), {"U": A, "D": D})
    assert got["dU"] == scale(Fraction(2), multiply(multiply(R, A), middle))
    assert got["dD"] == kept(multiply(multiply(transpose(A), R), A), lambda i, j: i == j)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_a_rectangular_chain(depth: int) -> None:
    """``∂/∂W_l = (W_L ⋯ W_{l+1})ᵀ R (W_{l−1} ⋯ W_1)ᵀ`` with R the masked residual."""
    widths = [2, 3, 1, 4, 2, 3][: depth + 1]
    build = ProgramBuilder()
    layers: Values = {}
    product = None
    for k in range(depth):
        rows, columns = widths[k + 1], widths[k]
        w = build.parameter(f"W{k + 1}", rows, columns)
        layers[f"W{k + 1}"] = tuple(
            tuple(Fraction((3 * i - 2 * j + k) % 7 - 3, k + 1) for j in range(columns)) for i in range(rows)
        )
        product = w if product is None else build.product(w, product)
    assert product is not None
    rows, columns = build.nodes[product].shape
    Y = tuple(tuple(Fraction(i - j, 2) for j in range(columns)) for i in range(rows))
    mask = tuple(tuple((i + j + 1) % 2 for j in range(columns)) for i in range(rows))
    residual = build.mask(mask, build.add(product, build.constant(scale(Fraction(-1), Y))))
    got = run(gradient(build.build(residual=residual)), layers)

    def chain(first: int, last: int, width: int) -> ExactMatrix:
        result = identity(width)
        for k in range(first, last + 1):
            result = multiply(layers[f"W{k}"], result)
        return result

    R = kept(add(chain(1, depth, widths[0]), scale(Fraction(-1), Y)), lambda i, j: bool(mask[i][j]))
    assert got["residual"] == R
    for l in range(1, depth + 1):
        above, below = chain(l + 1, depth, widths[l]), chain(1, l - 1, widths[0])
        assert got[f"dW{l}"] == multiply(multiply(transpose(above), R), transpose(below))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_output_that_depends_on_no_parameter(case: Case) -> None:
    build = ProgramBuilder()
    w, v = build.parameter("W", 2, 3), build.parameter("V", 3, 1)
    program = build.build(residual=build.product(w, build.transpose(w)), fixed=build.constant(B))
    values = {"W": A, "V": ((Fraction(7),),) * 3}
    enter = {name: case.enter(m) for name, m in values.items()}
    moving, still = gradient(program), gradient(program, "fixed")
    assert list(moving.parameters) == list(still.parameters) == ["W", "V"]  # every parameter stays
    with precision(case.bits):
        got, none = evaluate(moving, enter, case.algebra), evaluate(still, enter, case.algebra)
        pushed = evaluate(tangent(program), enter | prefixed(enter, "t"), case.algebra)
    assert case.agrees(got["dV"], zeros(3, 1), zeros(3, 1))
    assert case.agrees(none["dW"], zeros(2, 3), zeros(2, 3))
    assert case.agrees(none["fixed"], B, bounds(program, values)["fixed"])
    assert case.agrees(pushed["tfixed"], zeros(2, 2), zeros(2, 2))
    assert build.nodes[v].shape == (3, 1)


# --- symbolic dimensions ---------------------------------------------------------------------------------------------


def test_sympy_interprets_symbolic_dimensions() -> None:
    """The gradient of ½‖Ω∘(W₂W₁ − Y)‖² for all dimensions: dW₁ = W₂ᵀG, dW₂ = GW₁ᵀ."""
    n, k, m = sympy.symbols("n k m", integer=True, positive=True)
    build = ProgramBuilder()
    w1, w2 = build.parameter("W1", k, m), build.parameter("W2", n, k)
    target = build.scale(Fraction(-1), build.constant("Y", (n, m)))
    residual = build.mask("Omega", build.add(build.product(w2, w1), target))
    program = gradient(build.build(residual=residual))
    W1, W2 = sympy.MatrixSymbol("W1", k, m), sympy.MatrixSymbol("W2", n, k)
    Y, Omega = sympy.MatrixSymbol("Y", n, m), sympy.MatrixSymbol("Omega", n, m)
    got = evaluate(program, {"W1": W1, "W2": W2}, SymPyAlgebra({"Y": Y, "Omega": Omega}))
    R = sympy.HadamardProduct(Omega, W2 * W1 - Y)
    assert got["residual"] == R
    G = sympy.HadamardProduct(Omega, R)  # Ω∘Ω = Ω is not known of a named mask
    assert got["dW1"] == W2.T * G
    assert got["dW2"] == G * W1.T


def test_independence_in_symbolic_dimensions() -> None:
    n = sympy.Symbol("n", integer=True, positive=True)
    build = ProgramBuilder()
    w, v = build.parameter("W", n, n), build.parameter("V", n, 2)
    program = build.build(residual=w, fixed=build.constant("C", (n, n)))
    W, V = sympy.MatrixSymbol("W", n, n), sympy.MatrixSymbol("V", n, 2)
    algebra = SymPyAlgebra({"C": sympy.Identity(n)})
    got = evaluate(gradient(program), {"W": W, "V": V}, algebra)
    assert got["dV"] == sympy.ZeroMatrix(n, 2)
    pushed = evaluate(tangent(program), {"W": W, "V": V, "tW": W, "tV": V}, algebra)
    assert pushed["tfixed"] == sympy.ZeroMatrix(n, n)
    assert build.nodes[v].shape == (n, 2)


@pytest.mark.parametrize("algebra", [EXACT, RationalAlgebra(), BallAlgebra(), FloatAlgebra()])
def test_names_mean_nothing_to_algebras_of_numbers(algebra: Any) -> None:
    with pytest.raises(ValueError, match=r"named constant Y|named matrix Y"):
        algebra.constant("Y", (2, 3))
    w = algebra.constant(A, (2, 3))
    with pytest.raises(ValueError, match=r"named mask Omega|named matrix Omega"):
        algebra.mask("Omega", w)


# --- the builder refuses what has no meaning -------------------------------------------------------------------------


def test_equal_nodes_are_made_once() -> None:
    build = ProgramBuilder()
    w = build.parameter("W", 2, 3)
    assert build.parameter("W", 2, 3) == w
    assert build.transpose(build.transpose(w)) == w
    assert build.scale(Fraction(1), w) == w
    assert build.product(w, build.transpose(w)) == build.product(w, build.transpose(w))
    assert build.constant(A) == build.constant([list(row) for row in A])  # type: ignore[arg-type]
    assert build.add(None, w) == build.add(w, None) == w


def test_shapes_must_conform() -> None:
    build = ProgramBuilder()
    w, v = build.parameter("W", 2, 3), build.parameter("V", 2, 2)
    mistakes: list[Callable[[], int]] = [
        lambda: build.product(w, w),
        lambda: build.add(w, v),
        lambda: build.add(None, None),
        lambda: build.mask(((1, 0),), w),
        lambda: build.mask(((1, 2, 0), (0, 0, 0)), w),
        lambda: build.constant("Y"),
        lambda: build.constant(A, (3, 2)),
        lambda: build.constant(((Fraction(1),), (Fraction(1), Fraction(2)))),
        lambda: build.parameter("W", 3, 2),
    ]
    for mistake in mistakes:
        with pytest.raises(ValueError, match=r"\S"):
            mistake()
    assert len(build.nodes) == 2


def test_binary_floats_do_not_become_data_of_a_program() -> None:
    build = ProgramBuilder()
    inexact: Any = 0.1
    with pytest.raises(ValueError, match="binary float"):
        build.scale(inexact, build.parameter("W", 1, 1))
    with pytest.raises(ValueError, match="binary float"):
        build.constant(((inexact,),))


def test_a_name_in_use_is_no_name_for_a_direction_or_a_seed() -> None:
    build = ProgramBuilder()
    w = build.parameter("W", 1, 1)
    program = build.build(residual=build.product(w, build.product(w, w)))
    with pytest.raises(ValueError, match="tW"):
        tangent(tangent(program))
    with pytest.raises(ValueError, match="W is a parameter"):
        pullback(program, "residual", seed="W")
    with pytest.raises(KeyError):
        gradient(program, "nothing")


def test_a_missing_parameter_is_named() -> None:
    build = ProgramBuilder()
    with pytest.raises(KeyError, match="W"):
        evaluate(build.build(residual=build.parameter("W", 1, 1)), {}, EXACT)


def test_joined_programs_share_what_they_have_in_common() -> None:
    problem = Problem.of([[["1/2", 1]], [[2], ["1/3"]]], Observations(2, 2, ((0, 1, Fraction(1)),)))
    gradient, moved = problem.gradient, tangent(problem.gradient, "t")
    both = joined(gradient, moved)
    assert len(both.nodes) < len(gradient.nodes) + len(moved.nodes)
    values = dict(problem.start) | {f"t{name}": matrix for name, matrix in problem.start.items()}
    algebra = EntrywiseAlgebra(Fraction)
    apart = evaluate(gradient, values, algebra) | evaluate(moved, values, algebra)
    assert evaluate(both, values, algebra) == apart
