"""Words with scalar parameters, rates and symmetric letters; derived formulas against exact matrices of small "
"sizes."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.arithmetic import ExactMatrix
from verify.arithmetic.convert import from_fmpq, to_fmpq_mat
from verify.arithmetic.exact import add, identity, multiply, negative, scale, transpose
from verify.models import diagonal, rotation
from verify.symbolic import DerivationError, Step, derive
from verify.symbolic.checks import Formula, Identity, Matrices, PowerLaws
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym, formula, total
from verify.symbolic.singular import end_to_end_formula

A, B, G, X, eta = (Sym(name) for name in ("A", "B", "G", "X", "eta"))
SQUARE = (("A", "n", "n"), ("B", "n", "n"), ("X", "n", "n"))


def rate(of: Expr) -> Expr:
    return Call("rate", (of,))


def holds(setting: Any, left: Expr, right: Expr | int, **options: Any) -> bool:
    """Whether the normal forms agree; anything but a plain disagreement is raised."""
    try:
        Identity(setting, (Relation(left, formula(right)),), **options).run()
    except DerivationError as error:
        if "not 0" not in str(error):
            raise
        return False
    return True


# ---------------------------------------------------------------------------------------------------------------------
# The ring


def test_coefficients_are_rational_functions_of_parameters() -> None:
    ring = Matrices(SQUARE, parameters=("eta",))
    assert holds(ring, (A + eta * B) * (A - eta * B), A * A - eta * A * B + eta * B * A - eta**2 * B * B)
    assert holds(ring, (1 + eta) * A / (1 + eta), A)
    assert not holds(ring, (A + eta * B) ** 2, A**2 + 2 * eta * A * B + eta**2 * B**2)
    with pytest.raises(DerivationError, match="divided by scalars"):
        Identity(ring, (Relation(A / (eta - eta), A),)).run()


def test_rates_follow_the_product_rule_in_letters_transposes_and_parameters() -> None:
    ring = Matrices(SQUARE, parameters=("eta",), rates=(("A", B), ("eta", eta**2)))
    assert holds(ring, rate(A.T * X * A), B.T * X * A + A.T * X * B)
    assert holds(ring, rate(eta * A), eta**2 * A + eta * B)
    assert holds(ring, rate(Call("trace", (A * A,))), 2 * Call("trace", (A * B,)))
    assert not holds(ring, rate(A * A), 2 * A * B)  # they do not commute


def test_rates_have_the_shape_of_what_moves() -> None:
    ring = Matrices((("A", "n", "m"), ("B", "m", "n")), rates=(("A", B),))
    with pytest.raises(DerivationError, match="has shape"):
        Identity(ring, (Relation(rate(A), A),)).run()


def test_masked_words_have_no_rate() -> None:
    ring = Matrices((("A", "n", "n"), ("B", "n", "n")), rates=(("A", B),))
    with pytest.raises(DerivationError, match="masked"):
        Identity(ring, (Relation(rate(Call("mask", (A,))), Call("mask", (B,))),)).run()


def test_symmetric_letters_decide_traces() -> None:
    """Two symmetric letters under one trace: rewriting alone would not end here."""
    symmetric = Matrices(SQUARE, (Relation(A.T, A), Relation(B.T, B)))
    trace = Call("trace", (A * B * X,))
    assert holds(symmetric, trace, Call("trace", (X.T * B * A,)))
    assert not holds(Matrices(SQUARE), trace, Call("trace", (X.T * B * A,)))
    assert holds(symmetric, (A * B).T, B * A)
    assert not holds(symmetric, (A * B).T, A * B)
    with pytest.raises(DerivationError, match="not symmetric"):
        Identity(Matrices((("A", "n", "m"),), (Relation(A.T, A),)), (Relation(A, A),)).run()


def test_symmetry_is_a_premise() -> None:
    """A step that uses it needs it among the hypotheses of its derivation."""
    check = Identity(Matrices(SQUARE, (Relation(A.T, A),)), (Relation(A.T * B, A * B),))
    assert Relation(A.T, A) in check.premises


def test_moving_parameters_stay_out_of_exponents() -> None:
    x, a = Sym("x"), Sym("a")
    laws = PowerLaws(("x",), ("a",), (("a", formula(1)), ("x", x)))
    assert holds(laws, rate(a * x**2), x**2 + 2 * a * x**2)
    with pytest.raises(DerivationError, match="stands in an exponent"):
        Identity(laws, (Relation(rate(x**a), x**a),)).run()


def test_undecided_is_refused() -> None:
    """Commuting matrices that no rule orders: the normal form does not decide, and nothing is claimed."""
    commuting = Matrices(SQUARE, (Relation(A * B, B * A),))
    assert holds(commuting, A * B * A, B * A * A)
    assert not holds(Matrices(SQUARE), A * B, B * A)


# ---------------------------------------------------------------------------------------------------------------------
# Derived formulas with numbers for letters


class Numbers:
    """Reads formulas in exact matrices; numbers are multiples of what they meet."""

    def number(self, value: Fraction) -> Any:
        return value

    def power(self, base: Any, exponent: Expr) -> Any:
        assert isinstance(exponent, Num)
        return reduce(lambda x, y: x * y, [base] * int(exponent.value))

    def quotient(self, above: Any, below: Any) -> Any:
        raise NotImplementedError

    def transpose(self, of: Any) -> Any:
        return of.T

    def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Any:
        assert function == "trace"
        return sum((arguments[0].rows[i][i] for i in range(len(arguments[0].rows))), Fraction(0))


class Exact:
    """An exact matrix with operators."""

    def __init__(self, rows: ExactMatrix) -> None:
        self.rows = rows

    def __add__(self, other: Exact) -> Exact:
        return Exact(add(self.rows, other.rows))

    def __mul__(self, other: Exact | Fraction) -> Exact:
        return Exact(multiply(self.rows, other.rows) if isinstance(other, Exact) else scale(other, self.rows))

    def __rmul__(self, other: Fraction) -> Exact:
        return Exact(scale(other, self.rows))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exact) and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    @property
    def T(self) -> Exact:
        return Exact(transpose(self.rows))


def matrices(rows: int, columns: int) -> st.SearchStrategy[Exact]:
    entries = st.integers(-4, 4).map(lambda k: Fraction(k, 3))
    return st.lists(st.lists(entries, min_size=columns, max_size=columns).map(tuple), min_size=rows, max_size=rows).map(
        lambda table: Exact(tuple(table))
    )


@settings(max_examples=25)
@given(st.data())
def test_the_drift_of_a_step_of_descent_with_numbers(data: st.DataObject) -> None:
    shapes = {"P": (2, 3), "X": (3, 1), "Z": (1, 2), "Q": (2, 3), "G": (2, 3)}
    known: dict[str, Any] = {name: data.draw(matrices(*shape), name) for name, shape in shapes.items()}
    known["eta"] = Fraction(2, 7)
    steps = derive("descent-drift").steps
    for relation in (*steps[0].relations, *steps[1].relations):  # what the symbols stand for
        assert isinstance(relation.left, Sym)
        known[relation.left.name] = relation.right.read(known, Numbers())
    for step in steps[2:]:
        for relation in step.relations:
            assert relation.left.read(known, Numbers()) == relation.right.read(known, Numbers())


@settings(max_examples=25)
@given(st.data())
def test_the_end_to_end_flow_with_numbers(data: st.DataObject) -> None:
    """Balanced layers Q_l D Q_{l−1}ᵀ at depth 3: product rule against the powers of the Gram matrices."""
    frames = [rotation("4/5", "3/5"), rotation("12/13", "5/13"), rotation("15/17", "8/17"), rotation("7/25", "24/25")]
    middle = diagonal([data.draw(st.integers(0, 4)) for _ in range(2)])
    layers = [reduce(multiply, (after, middle, transpose(before))) for before, after in pairwise(frames)]
    gradient = data.draw(matrices(2, 2)).rows
    moved = []
    for l in range(3):
        above = reduce(lambda behind, layer: multiply(layer, behind), layers[l + 1 :], identity(2))
        below = reduce(lambda behind, layer: multiply(layer, behind), layers[:l], identity(2))
        force = reduce(multiply, (transpose(above), gradient, transpose(below)))
        moved.append(negative(reduce(multiply, (above, force, below))))
    known = {
        "G": Exact(gradient),
        "H": Exact(multiply(layers[2], transpose(layers[2]))),
        "K": Exact(multiply(transpose(layers[0]), layers[0])),
    }
    assert end_to_end_formula(3).read(known, Numbers()) == Exact(add(*moved))


@settings(max_examples=25)
@given(st.data())
def test_the_singular_vectors_move_as_derived(data: st.DataObject) -> None:
    """σ = (8, 1), N = 3, so that μ = (4, 1): W' = U'SVᵀ + US'Vᵀ + USV'ᵀ with the formulas of S4 and S6, exactly."""
    left, right = rotation("4/5", "3/5"), rotation("12/13", "5/13")
    sigma, mu = (Fraction(8), Fraction(1)), (Fraction(4), Fraction(1))
    gradient = data.draw(matrices(2, 2)).rows
    g = reduce(multiply, (transpose(left), gradient, right))
    known: dict[str, Any] = dict(zip(("sigma_r", "sigma_s", "mu_r", "mu_s"), (*sigma, *mu), strict=True))
    known |= {"g_rs": g[0][1], "g_sr": g[1][0]}
    known["F_rs"] = 1 / (mu[1] - mu[0])
    (step,) = (s for s in derive("singular-vectors").steps if any(r.left == Sym("A_rs", "A_{rs}") for r in s.relations))
    a, b = (relation.right.read(known, Numbers()) for relation in step.relations[:2])
    values = diagonal(sigma)
    turned = multiply(left, ((Fraction(0), a), (-a, Fraction(0))))
    other = multiply(right, ((Fraction(0), b), (-b, Fraction(0))))
    slopes = diagonal([-3 * m**2 * g[i][i] for i, m in enumerate(mu)])
    moved = add(
        reduce(multiply, (turned, values, transpose(right))),
        reduce(multiply, (left, slopes, transpose(right))),
        reduce(multiply, (left, values, transpose(other))),
    )
    roots = {
        "G": Exact(gradient),
        "H": Exact(reduce(multiply, (left, diagonal(mu), transpose(left)))),
        "K": Exact(reduce(multiply, (right, diagonal(mu), transpose(right)))),
    }
    assert end_to_end_formula(3).read(roots, Numbers()) == Exact(moved)


def test_the_orbit_determinant_is_the_gram_matrix_of_the_orbit() -> None:
    """Tridiagonal Gram matrices at N = 2 … 7 against the formula, with numbers."""
    first, second = Fraction(9, 4), Fraction(1)  # μ = λ², with λ = 3/2 and 1
    for depth in range(2, 8):
        size = depth - 1
        gram = tuple(
            tuple(
                2 * (first + second) if i == j else -2 * Fraction(3, 2) if abs(i - j) == 1 else Fraction(0)
                for j in range(size)
            )
            for i in range(size)
        )
        assert from_fmpq(to_fmpq_mat(gram).det()) == 2**size * (first**depth - second**depth) / (first - second)


@settings(max_examples=25)
@given(st.data())
def test_the_invariants_of_the_diagonal_layer_with_numbers(data: st.DataObject) -> None:
    """One exact step of U and D: the drift of ‖u‖² − 2λ² is what the derivation says."""
    half = data.draw(matrices(3, 3))
    known: dict[str, Any] = {
        "G": half + half.T,
        "u": data.draw(matrices(3, 1)),
        "l": data.draw(matrices(1, 1)),
        "eta": Fraction(1, 5),
        "c": Fraction(2, 3),
    }
    steps = derive("udu-invariants").steps[-2:]
    for name, definition in steps[0].check.definitions:  # type: ignore[attr-defined]
        assert isinstance(definition, Formula)
        known[name] = definition.body.read(known, Numbers())
    for step in steps:
        (relation,) = step.relations
        assert relation.left.read(known, Numbers()) == relation.right.read(known, Numbers())


# ---------------------------------------------------------------------------------------------------------------------
# Every line is tied to its check

TOPICS = (
    "end-to-end-all-depths", "descent-drift", "weight-decay", "rank-law", "singular-values", "singular-vectors",
    "preconditioner", "no-potential", "commuting-sensing", "two-singular-values", "scalar-flow", "udu-fixed-points",
    "udu-invariants", "global-existence",
)  # fmt: skip


@pytest.mark.parametrize("topic", TOPICS)
def test_a_term_too_many_is_refused_in_every_equation(topic: str) -> None:
    """The right side once more, with its last term doubled, is false unless it is zero."""
    tried = 0
    for step in derive(topic).steps:
        if not isinstance(step.check, Identity):
            continue
        for k, relation in enumerate(step.relations):
            if relation.right == Num(Fraction(0)):
                continue
            terms = relation.right.parts if type(relation.right).__name__ == "Sum" else (relation.right,)
            wrong = Relation(relation.left, total(*terms, terms[-1]))
            relations = (*step.relations[:k], wrong, *step.relations[k + 1 :])
            with pytest.raises(DerivationError):
                Step(
                    step.claim,
                    step.reason,
                    Identity(step.check.setting, relations, step.check.definitions, step.check.given),
                )
            tried += 1
    assert tried


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_the_sums_over_the_layers_hold_at_other_depths(depth: int) -> None:
    for topic in ("singular-values", "aligned-vectors", "weight-decay", *(("preconditioner",) if depth > 1 else ())):
        derive(topic, depth=depth).recheck()
