"""Certificates of positivity: what is true is certified, what is false never, and a changed certificate is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from verify.arithmetic import InputError
from verify.symbolic import derive
from verify.symbolic.checks import DerivationError, Matrices, Rationals
from verify.symbolic.expressions import Call, Num, Relation, Sym
from verify.symbolic.inequalities import Combination, SquareNorms, Term, Together
from verify.symbolic.positivity import (
    LDL,
    Certificate,
    CertificateError,
    Constraint,
    NoRoots,
    Part,
    Polynomial,
    form_certificate,
    ldl,
    read_certificate,
    roots_between,
    squarefree_part,
)
from verify.symbolic.positivity_cover import Cover, cover
from verify.symbolic.positivity_search import Root, Undecided, Violation, decide_on_line, prove

x, y, z = Sym("x"), Sym("y"), Sym("z")
XY = ("x", "y")
small = st.integers(-4, 4)


def polynomial(formula: Any, variables: tuple[str, ...] = XY) -> Polynomial:
    return Polynomial.of(formula, variables)


def evaluated(certificate: Certificate, point: dict[str, Fraction]) -> Fraction:
    """The right side of the identity at a point, without multiplying out."""
    total = Fraction(0)
    for part in certificate.parts:
        value = sum((weight * square.at(point) ** 2 for weight, square in part.squares), Fraction(0))
        for k in part.factors:
            value *= certificate.constraints[k].of.at(point)
        total += value
    for equation, multiplier in zip(certificate.equations, certificate.multipliers, strict=True):
        total += equation.at(point) * multiplier.at(point)
    return total


@st.composite
def polynomials(draw: st.DrawFn, degree: int, variables: tuple[str, ...] = XY) -> Polynomial:
    exponents = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    return Polynomial(variables, tuple((e, Fraction(draw(small))) for e in exponents))


def sum_of_squares(squares: list[Polynomial], weights: list[Fraction]) -> Polynomial:
    total = squares[0].flint() * 0
    for weight, square in zip(weights, squares, strict=True):
        total += square.flint() ** 2 * weight.numerator / weight.denominator
    return Polynomial.from_flint(total, squares[0].variables)


# ---------------------------------------------------------------------------------------------------------------------
# Sums of squares


QUADRATIC = [polynomial(Num(Fraction(1)) * m) for m in (x**2, x * y, y**2, x, y, x - x + 1)]


@given(st.lists(polynomials(2), min_size=1, max_size=4), st.sampled_from([Fraction(1, 4), Fraction(1), Fraction(3)]))
def test_sums_of_squares_are_certified(squares: list[Polynomial], weight: Fraction) -> None:
    """With all monomials among the squares there is room for rounding, and a certificate must be found."""
    target = sum_of_squares([*squares, *QUADRATIC], [Fraction(1)] * len(squares) + [weight] * len(QUADRATIC))
    found = prove(target)
    assert isinstance(found, Certificate), found
    found.verify()
    again = read_certificate(json.loads(json.dumps(found.to_json())))
    assert again == found
    again.verify()
    for point in ({"x": Fraction(1, 3), "y": Fraction(-2)}, {"x": Fraction(5), "y": Fraction(7, 4)}):
        assert evaluated(found, point) == target.at(point) >= 0


@given(st.lists(polynomials(2), min_size=1, max_size=3))
def test_few_squares_are_certified_or_left_open(squares: list[Polynomial]) -> None:
    """Then the Gram matrices have a kernel, which may be irrational; what is said must be true all the same."""
    found = prove(sum_of_squares(squares, [Fraction(1)] * len(squares)))
    assert isinstance(found, Certificate | Undecided)
    if isinstance(found, Certificate):
        found.verify()
    elif len(squares) == 1:
        raise AssertionError(found)


@given(polynomials(4), st.tuples(small, small))
def test_what_is_negative_somewhere_is_never_certified(target: Polynomial, place: tuple[int, int]) -> None:
    point = {"x": Fraction(place[0]), "y": Fraction(place[1])}
    lowered = Polynomial(XY, (*target.terms, ((0, 0), -target.at(point) - 1)))  # −1 at the point
    found = prove(lowered)
    assert not isinstance(found, Certificate)
    if isinstance(found, Violation):
        assert lowered.at(found.point) == found.value < 0


@given(st.lists(polynomials(2), min_size=2, max_size=3), st.integers(0, 10**6), st.sampled_from([-1, 1, 2]))
def test_changed_certificates_are_refused(squares: list[Polynomial], choice: int, by: int) -> None:
    certificate = prove(sum_of_squares([*squares, *QUADRATIC], [Fraction(1)] * (len(squares) + len(QUADRATIC))))
    assert isinstance(certificate, Certificate)
    data = json.loads(json.dumps(certificate.to_json()))
    numbers = list(_numbers(data))
    put, old = numbers[choice % len(numbers)]
    put(str(Fraction(old) + by))
    changed = read_certificate(data)
    assert isinstance(changed, Certificate)
    points = [{"x": Fraction(p), "y": Fraction(q)} for p in range(-3, 4) for q in range(-3, 4)]
    if all(evaluated(changed, point) == changed.target.at(point) for point in points):
        assume(False)  # such as a constant square with its sign changed: as true as before
    with pytest.raises(CertificateError):
        changed.verify()


def _numbers(data: Any) -> Any:
    """Every number of a certificate's JSON form, with how to put another in its place."""
    for k, _ in enumerate(data["target"]):
        yield _place(data["target"][k], 1), data["target"][k][1]
    for part in data["parts"]:
        for square in part["squares"]:
            yield _place(square, 0), square[0]
            for term in square[1]:
                yield _place(term, 1), term[1]


def _place(holder: list[Any], k: int) -> Callable[[str], None]:
    def put(value: str) -> None:
        holder[k] = value

    return put


def test_motzkin_needs_a_multiplier() -> None:
    motzkin = x**4 * y**2 + x**2 * y**4 + 1 - 3 * x**2 * y**2
    assert isinstance(prove(polynomial(motzkin)), Undecided)
    found = prove(polynomial(motzkin * (x**2 + y**2 + 1)))
    assert isinstance(found, Certificate)
    found.verify()


def test_only_one_gram_matrix() -> None:
    """A single square has a Gram matrix of rank one; the search has to find the face of the cone."""
    found = prove(polynomial((x**2 - 3 * x * y + 2 * y - 1) ** 2))
    assert isinstance(found, Certificate)
    assert [len(part.squares) for part in found.parts] == [1]


def test_constraints_equations_and_margins() -> None:
    inside = [Constraint(polynomial(g)) for g in (x, y, 1 - x - y)]
    found = prove(polynomial(x - x**2), constraints=inside, products=2)
    assert isinstance(found, Certificate)
    found.verify()
    circle = prove(polynomial(2 - x - y), equations=[polynomial(x**2 + y**2 - 2)])
    assert isinstance(circle, Certificate)
    circle.verify()
    strict = prove(polynomial(x**2 - 2 * x + Num(Fraction(3, 2)) + y**2), margin=Fraction(1, 4))
    assert isinstance(strict, Certificate)
    assert strict.strict
    strict.verify()
    with pytest.raises(CertificateError, match="strict"):  # (x − 1)² + y² is not positive
        replace(prove(polynomial((x - 1) ** 2 + y**2)), strict=True).verify()  # type: ignore[type-var]
    outside = prove(polynomial(x - 1), constraints=inside)
    assert isinstance(outside, Violation)
    assert all(c.of.at(outside.point) >= 0 for c in inside)


def test_what_a_certificate_may_not_do() -> None:
    one = Polynomial(XY, (((0, 0), Fraction(1)),))
    target, g = polynomial(x), Constraint(polynomial(x))
    Certificate(target, (Part(((Fraction(1), one),), (0,)),), (g,)).verify()
    product = Certificate(polynomial(y), (Part(((Fraction(1), one),), (1,)),), (g, Constraint(polynomial(x * y))))
    with pytest.raises(CertificateError, match="not strict"):  # x·y ≥ 0 and x ≥ 0 do not make y ≥ 0
        replace(product, times=(0,)).verify()
    replace(product, times=(0,), constraints=(Constraint(polynomial(x), True), product.constraints[1])).verify()
    for wrong, message in [
        (replace(product, times=(5,)), "no constraints"),
        (Certificate(target, (Part(((Fraction(-1), one),), (0,)),), (g,)), "not a positive"),
        (Certificate(target, (Part(((Fraction(1), one),), (-1,)),), (g,)), "no constraints"),
        (Certificate(target, (Part(((Fraction(1), one),), (0,)),), (g,), strict=True), "strict"),
        (Certificate(target, (), equations=(polynomial(x),)), "multipliers"),
        (Certificate(target, (Part(((Fraction(1), polynomial(x, ("x", "z"))),), ()),)), "same variables"),
    ]:
        with pytest.raises(CertificateError, match=message):
            wrong.verify()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("target"),
        lambda d: d.update(schema=0),
        lambda d: d.update(kind="oracle"),
        lambda d: d.update(target=[[[1, 2, 3], "1"]]),
        lambda d: d.update(target=[[[1, 10**9], "1"]]),
        lambda d: d.update(target=[[[1, 1], 0.5]]),
        lambda d: d.update(strict="yes"),
        lambda d: d.update(parts=[{"factors": [], "squares": [["1"]]}]),
        lambda d: d.update(variables=["x", "x"]),
        lambda d: d.update(variables=[1, 2]),
        lambda d: d.update(constraints=[3]),
    ],
)
def test_bad_files_are_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    found = prove(polynomial(x**2 + y**2))
    assert isinstance(found, Certificate)
    data = found.to_json()
    change(data)
    with pytest.raises(InputError):
        read_certificate(data)
    with pytest.raises(InputError):
        read_certificate([data])


# ---------------------------------------------------------------------------------------------------------------------
# Quadratic forms


@given(st.lists(st.lists(small, min_size=3, max_size=3), min_size=3, max_size=3))
def test_forms_are_decided(rows: list[list[int]]) -> None:
    import sympy

    matrix = tuple(tuple(Fraction(rows[i][j] + rows[j][i]) for j in range(3)) for i in range(3))
    found = ldl(matrix)
    minors = [
        sympy.Matrix([[matrix[i][j] for j in chosen] for i in chosen]).det()
        for chosen in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2])
    ]
    assert isinstance(found, LDL) == all(minor >= 0 for minor in minors)
    if isinstance(found, LDL):
        l, d = found.lower, found.diagonal
        assert matrix == tuple(
            tuple(sum(l[i][k] * d[k] * l[j][k] for k in range(3)) for j in range(3)) for i in range(3)
        )
        certificate = form_certificate(matrix, ("a", "b", "c"))
        assert isinstance(certificate, Certificate)
        certificate.verify()
    else:
        assert sum(found[i] * matrix[i][j] * found[j] for i in range(3) for j in range(3)) < 0


def test_a_form_must_be_symmetric() -> None:
    with pytest.raises(InputError, match="not symmetric"):
        ldl(((Fraction(1), Fraction(2)), (Fraction(3), Fraction(1))))


# ---------------------------------------------------------------------------------------------------------------------
# One variable

_FACTORS = [x - 1, x + 2, 2 * x - 1, x**2 - 2, x**2 + x + 1, x**2 - 3 * x + 1, x, Num(Fraction(-1))]


@given(
    st.lists(st.sampled_from(_FACTORS), max_size=5),
    st.sampled_from([(None, None), (0, 1), (-1, None), (None, 2), (1, 3)]),
    st.booleans(),
)
@settings(max_examples=60)
def test_one_variable_is_decided(factors: list[Any], interval: tuple[int | None, int | None], strict: bool) -> None:
    import sympy

    whole = Num(Fraction(1)) + 0
    for factor in factors:
        whole = whole * factor
    target = polynomial(whole, ("x",))
    low, high = (None if end is None else Fraction(end) for end in interval)
    found = decide_on_line(target, low=low, high=high, strict=strict)
    symbol = sympy.Symbol("x")
    exact = sympy.Poly(sum(sympy.Rational(c.numerator, c.denominator) * symbol**e for (e,), c in target.terms), symbol)
    ends = [-100 if low is None else int(low), 100 if high is None else int(high)]
    roots = sorted({r for r in sympy.real_roots(exact) if ends[0] <= r <= ends[1]}) if exact.degree() > 0 else []
    places = [sympy.Integer(ends[0]), *roots, sympy.Integer(ends[1])]
    between = [(a + b) / 2 for a, b in pairwise(places) if a != b]
    negative = any(sympy.N(exact.eval(place), 30) < 0 for place in between)
    assert isinstance(found, NoRoots) == (not negative and not (strict and roots))
    if isinstance(found, NoRoots):
        again = read_certificate(json.loads(json.dumps(found.to_json())))
        assert again == found
        again.verify()
    elif isinstance(found, Violation):
        assert target.at(found.point) == found.value <= 0
        assert found.value < 0 or strict
    else:
        assert isinstance(found, Root)
        assert roots_between(squarefree_part(target), found.low, found.high, closed=True) == 1
        assert strict


def test_false_claims_about_roots_are_refused() -> None:
    one, target = polynomial(x - x + 1, ("x",)), polynomial(x**2 - 2, ("x",))
    inside = NoRoots(target, target, one, Fraction(3, 2), None, strict=True)
    inside.verify()
    squared = polynomial((x**2 - 2) ** 2, ("x",))
    for wrong, message in [
        (replace(inside, low=Fraction(1)), "roots"),
        (replace(inside, low=Fraction(1), high=Fraction(5, 4)), "not positive at"),
        (replace(inside, target=squared), "not the factor"),
        (replace(inside, low=Fraction(3), high=Fraction(2)), "not below"),
        (NoRoots(squared, squared, one), "squarefree"),
        (NoRoots(squared, one, target, strict=True), "has a root"),
        (NoRoots(polynomial(x - x, ("x",)), one, polynomial(x - x, ("x",)), strict=True), "not positive"),
    ]:
        with pytest.raises(CertificateError, match=message):
            wrong.verify()
    NoRoots(squared, one, target).verify()
    # a root at an end counts for the closed interval only
    edge = polynomial(x, ("x",))
    NoRoots(edge, edge, one, Fraction(0), None).verify()
    with pytest.raises(CertificateError, match="roots"):
        NoRoots(edge, edge, one, Fraction(0), None, strict=True).verify()


# ---------------------------------------------------------------------------------------------------------------------
# Boxes

UNIT = ((Fraction(-1), Fraction(1)), (Fraction(-1), Fraction(1)))


@given(polynomials(3), st.fractions(Fraction(1, 50), 2, max_denominator=50))
@settings(max_examples=8)
def test_covers_say_the_truth_on_a_grid(target: Polynomial, room: Fraction) -> None:
    grid = [Fraction(k, 6) for k in range(-6, 7)]
    least = min(target.at({"x": p, "y": q}) for p in grid for q in grid)
    lifted = Polynomial(XY, (*target.terms, ((0, 0), room - least)))  # its least value on the grid is `room`
    found = cover(lifted, UNIT, most=300)
    if isinstance(found, Cover):
        again = read_certificate(json.loads(json.dumps(found.to_json())))
        assert again == found
        again.verify()
    elif isinstance(found, Violation):
        assert lifted.at(found.point) == found.value <= 0
    below = Polynomial(XY, (*lifted.terms, ((0, 0), -room)))  # it vanishes at a point of the grid
    assert not isinstance(cover(below, UNIT, most=60), Cover)


def test_a_cover_of_what_is_no_sum_of_squares() -> None:
    motzkin = polynomial(x**4 * y**2 + x**2 * y**4 + 1 - 3 * x**2 * y**2 + Num(Fraction(1, 10)))
    found = cover(motzkin, ((Fraction(-3, 2), Fraction(3, 2)),) * 2)
    assert isinstance(found, Cover)
    assert found.pieces > 10
    for wrong, message in [
        (replace(found, splits=found.splits[:-1]), "not covered"),
        (replace(found, splits=(*found.splits, -1)), "more actions"),
        (replace(found, splits=(-1,)), "not seen to be positive"),
        (replace(found, splits=(-2,)), "not known"),
        (replace(found, splits=(7,)), "not known"),
        (replace(found, box=found.box[:1]), "intervals"),
        (replace(found, box=((Fraction(2), Fraction(-2)),) * 2), "intervals"),
        (replace(found, bits=1), "not offered"),
        (replace(found, target=polynomial(motzkin_zero)), "not seen to be positive"),
    ]:
        with pytest.raises(CertificateError, match=message):
            wrong.verify()


motzkin_zero = x**4 * y**2 + x**2 * y**4 + 1 - 3 * x**2 * y**2


def test_covers_with_constraints() -> None:
    """Outside the unit disk x² + y² > 1/2, though not in the box."""
    outside = Constraint(polynomial(x**2 + y**2 - 1))
    target = polynomial(x**2 + y**2 - Num(Fraction(1, 2)))
    assert isinstance(cover(target, UNIT), Violation)
    found = cover(target, UNIT, constraints=[outside])
    assert isinstance(found, Cover)
    with pytest.raises(CertificateError, match="not seen to be negative"):
        replace(found, constraints=(Constraint(polynomial(x**2 + y**2 + 1)),)).verify()
    assert isinstance(cover(polynomial((x - y) ** 2), UNIT, most=50), Violation | Undecided)


# ---------------------------------------------------------------------------------------------------------------------
# Steps of derivations


def test_a_combination_is_read_from_what_is_shown() -> None:
    order, positive = Relation(x, y, "<="), Relation(x, Num(Fraction(0)), ">")
    claim = Relation(x**2, y**2, "<=")
    check = Combination(
        Rationals(XY), claim, (Term(premises=(order, order)), Term(premises=(positive, order), weight=Fraction(2)))
    )
    check.run()
    assert set(check.premises) == {order, positive}
    read_certificate(json.loads(json.dumps(check.to_json()["certificate"]))).verify()
    for wrong in (
        replace(check, inequality=Relation(x**2, y**2, "<")),
        replace(check, inequality=Relation(x**2, y**2, ">=")),
        replace(check, inequality=Relation(x**2, y**2 + 1, "<=")),
        replace(check, terms=check.terms[:1]),
        replace(check, terms=(replace(check.terms[0], weight=Fraction(-1)), check.terms[1])),
        replace(check, times=(positive,)),
        replace(check, given=((order, x),)),
        replace(check, inequality=Relation(z, y, "<=")),
        replace(check, inequality=claim.left == claim.right or Relation(x, y)),
    ):
        with pytest.raises(DerivationError):
            wrong.run()


@pytest.mark.parametrize("topic", ["razin-cohen", "plasticity-trap", "determinant-bound"])
def test_every_piece_of_a_certificate_counts(topic: str) -> None:
    """Each sign, weight, square, premise and multiplier of each certified step is needed as it is."""
    tried = 0
    inside = [
        c
        for step in derive(topic).steps
        for c in (step.check.checks if isinstance(step.check, Together) else (step.check,))
    ]
    for check in inside:
        if not isinstance(check, Combination | SquareNorms):
            continue
        small, large = check.inequality.left, check.inequality.right
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[check.inequality.sign]
        wrong: list[Any] = [
            replace(check, inequality=replace(check.inequality, sign=turned)),
            replace(check, inequality=replace(check.inequality, left=small + 1)),
            replace(check, inequality=replace(check.inequality, right=large + 1)),
            replace(check, given=tuple((relation, multiplier + 1) for relation, multiplier in check.given)),
        ]
        if isinstance(check, SquareNorms):
            wrong += [replace(check, squares=((c + 1, x), *check.squares[1:])) for c, x in check.squares[:1]]
        else:
            for k, term in enumerate(check.terms):
                changed = [replace(term, weight=-term.weight), replace(term, weight=term.weight + 1)]
                changed += [
                    replace(term, square=term.square + 1),
                    replace(term, premises=(*term.premises, check.inequality)),
                ]
                wrong += [replace(check, terms=(*check.terms[:k], one, *check.terms[k + 1 :])) for one in changed]
            wrong += [replace(check, terms=check.terms[1:]), replace(check, times=(*check.times, check.inequality))]
        for one in wrong:
            if one == check:  # no equation is used
                continue
            with pytest.raises(DerivationError):
                one.run()
            tried += 1
    assert tried >= 10


def test_division_needs_a_strict_premise() -> None:
    factor, whole = Relation(x, Num(Fraction(0)), ">="), Relation(x * y, Num(Fraction(0)), ">=")
    check = Combination(Rationals(XY), Relation(y, Num(Fraction(0)), ">="), (Term(premises=(whole,)),), times=(factor,))
    with pytest.raises(DerivationError, match="not strict"):
        check.run()
    replace(check, times=(replace(factor, sign=">"),)).run()


def test_together_a_later_inequality_may_use_an_earlier_one() -> None:
    zero = Num(Fraction(0))
    low, high = Relation(x, zero, ">="), Relation(y, x, ">=")
    first = Combination(Rationals(XY), Relation(y, zero, ">="), (Term(premises=(low,)), Term(premises=(high,))))
    second = Combination(Rationals(XY), Relation(x * y, zero, ">="), (Term(premises=(low, first.inequality)),))
    both = Together((first, second))
    both.run()
    assert set(both.premises) == {low, high}
    assert set(Together((second, first)).premises) == {low, high, first.inequality}
    assert set(both.relations) == {*first.relations, *second.relations}
    wrong = replace(second, inequality=Relation(x * y, zero, "<="))
    for broken in (Together(()), Together((first, wrong)), Together((wrong, first))):
        with pytest.raises(DerivationError):
            broken.run()


def test_norms_in_all_dimensions() -> None:
    """Cauchy and Schwarz for vectors of any length, times a squared norm."""
    u, v = Sym("u"), Sym("v")
    setting = Matrices((("u", "n", 1), ("v", "n", 1)))
    uu, vv, uv = (Call("trace", (p.T * q,)) for p, q in ((u, u), (v, v), (u, v)))
    check = SquareNorms(setting, Relation(2 * uv, uu + vv, "<="), ((Fraction(1), u - v),))
    check.run()
    for wrong in (
        replace(check, inequality=Relation(2 * uv, uu + vv, ">=")),
        replace(check, inequality=Relation(2 * uv, uu + vv, "<")),
        replace(check, inequality=Relation(3 * uv, uu + vv, "<=")),
        replace(check, squares=((Fraction(-1), u - v),)),
        replace(check, squares=((Fraction(1), u + v),)),
    ):
        with pytest.raises(DerivationError):
            wrong.run()
