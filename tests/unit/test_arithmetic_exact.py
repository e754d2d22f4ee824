"""How numbers enter: everything exact is accepted, everything else refused in one line, nothing hangs."""

from __future__ import annotations

import pickle
import time
import tracemalloc
from decimal import Decimal
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import example, given
from hypothesis import strategies as st

from verify.arithmetic import InputError, exact, exact_matrix
from verify.arithmetic.errors import shown
from verify.arithmetic.exact import add, exact_text, identity, integer_text, multiply, scale, transpose, zeros

NINES = int("9" * 4000) * 10**1000 + 7  # 5000 digits: more than Python's int() reads and str() writes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, Fraction(0)),
        (-7, Fraction(-7)),
        (NINES, Fraction(NINES)),
        (Fraction(1, 3), Fraction(1, 3)),
        (Decimal("0.1"), Fraction(1, 10)),
        (Decimal("-1.50E+3"), Fraction(-1500)),
        (Decimal("0e999999999"), Fraction(0)),
        ("1/10", Fraction(1, 10)),
        ("-2/4", Fraction(-1, 2)),
        ("+3", Fraction(3)),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("1e-3", Fraction(1, 1000)),
        ("1E+3", Fraction(1000)),
        ("-1.25e2", Fraction(-125)),
        ("  7/2\n", Fraction(7, 2)),
        ("007", Fraction(7)),
        ("-0", Fraction(0)),
        (sympy.Integer(5), Fraction(5)),
        (sympy.Rational(-3, 7), Fraction(-3, 7)),
        (sympy.S.Half, Fraction(1, 2)),
        (flint.fmpz(12), Fraction(12)),
        (flint.fmpz(NINES), Fraction(NINES)),
        (flint.fmpq(-3, 9), Fraction(-1, 3)),
        (mpmath.mpf("0.5"), Fraction(1, 2)),
        (mpmath.mpf(0), Fraction(0)),
        (-mpmath.mpf(3) / 8, Fraction(-3, 8)),
        (np.int64(-4), Fraction(-4)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fraction) else shown(value),
)
def test_exact_numbers_enter(value: Any, expected: Fraction) -> None:
    number = exact(value)
    assert type(number) is Fraction
    assert number == expected


NOT_NUMBERS = [
    *(True, False, None, np.True_, sympy.true, b"1", [], [1], (1, 2), {}, object, Exception("a\nb")),
    *(0.5, 0.0, float("nan"), float("inf"), -float("inf"), np.float64(0.5), np.float32(0.5)),
    *(1j, complex(1, 0), mpmath.mpc(1), sympy.I),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")),
    *(mpmath.inf, -mpmath.inf, mpmath.nan, mpmath.mpf("inf")),
    *(mpmath.pi, mpmath.e, mpmath.iv.mpf(1), mpmath.matrix([1])),
    *(sympy.oo, sympy.zoo, sympy.nan, sympy.pi, sympy.sqrt(2), sympy.Float("0.5"), sympy.Symbol("x")),
    *(flint.arb(1), flint.acb(1), flint.fmpq_mat([[1]]), np.array([1, 2]), np.array(1)),
]


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: f"{type(value).__name__} {shown(value)}")
def test_everything_else_is_refused(value: object) -> None:
    with pytest.raises(InputError) as caught:
        exact(value, "layers[0][1][2]")
    assert caught.value.where == "layers[0][1][2]"
    assert str(caught.value).startswith("layers[0][1][2]: ")
    assert caught.value.mend
    assert "\n" not in str(caught.value)


NOT_NUMERALS = [
    *("", " ", "\n", "+", "-", ".", "/", "e5", ".e5", "1e", "1e+", "1e1.5", "abc", "0x10", "1_000", "1,5", "1 2"),
    *("nan", "NaN", "-nan", "inf", "Infinity", "-Infinity", "None", "true", "1j"),
    *("1/", "/2", "1//2", "1/2/3", "1/-2", "1 / 2", "1.0/2", "1/2.0", "1/2e3", "--1", "+-1"),
    *(
        "\u0661",
        "\uff11",
        "1/\uff12",
        "\u00bd",
        "\u00b2",
        "1e\u0661",
        "\u00a01",
        "\u22121",
        "1\u2028",
        "1\x00",
        "1\x1c",
    ),
    *("1/0", "-1/0", "0/0", "1/000"),
]


@pytest.mark.parametrize("text", NOT_NUMERALS, ids=ascii)
def test_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^m: ") as caught:
        exact(text, "m")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "make",
    [
        lambda: "1e999999999",
        lambda: "1e-999999999",
        lambda: "1E+999999",
        lambda: "-1e-100001",
        lambda: "1e" + "9" * 5000,
        lambda: "9" * 1_000_000,
        lambda: "1/" + "0" * 90_000,
        lambda: " " * 200_000,
        lambda: "1" + "0" * 90_000 + "x",
        lambda: Decimal("1e999999999999"),
        lambda: Decimal("-1e-999999999999"),
        lambda: mpmath.ldexp(1, 10**12),
        lambda: mpmath.mpf("-1e-999999999"),
        lambda: list(range(1_000_000)),
        lambda: [NINES],
    ],
)
def test_absurd_numbers_cost_nothing_to_refuse(make: Any) -> None:
    value = make()
    tracemalloc.start()
    began = time.perf_counter()
    try:
        with pytest.raises(InputError) as caught:
            exact(value, "alpha")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - began < 2
    assert peak < 4_000_000
    assert len(str(caught.value)) < 300


def test_long_numbers_are_read_and_written_beyond_the_limit_of_python() -> None:
    text = "9" * 4000 + "0" * 999 + "7"
    assert exact(text) == NINES
    assert exact(f"1/{text}") == Fraction(1, NINES)
    assert exact(f"0.{text}") == Fraction(NINES, 10**5000)
    assert exact("1e5000") == 10**5000
    assert exact("1e-100000") == Fraction(1, 10**100_000)
    assert integer_text(-NINES) == f"-{text}"
    assert exact_text(Fraction(-1, NINES)) == f"-1/{text}"
    with pytest.raises(InputError) as caught:
        exact([NINES])
    assert "bits" in str(caught.value)


fractions = st.fractions() | st.builds(
    lambda n, d, e: Fraction(n, d) * Fraction(10) ** e, st.integers(), st.integers(1), st.integers(-60, 60)
)


@given(fractions)
def test_round_trips(number: Fraction) -> None:
    assert exact(exact_text(number)) == number
    assert exact(str(number)) == number
    assert exact(sympy.Rational(number.numerator, number.denominator)) == number
    assert exact(flint.fmpq(number.numerator, number.denominator)) == number
    assert exact(flint.fmpz(number.numerator)) == number.numerator


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda d: abs(d.adjusted()) < 10_000))
def test_decimals_keep_every_digit(number: Decimal) -> None:
    assert exact(number) == Fraction(number)
    assert exact(str(number)) == Fraction(number)
    assert exact(f"{number:f}") == Fraction(number)


@given(st.integers(), st.integers(-2000, 2000), st.sampled_from([10, 53, 3000]))
def test_mpmath_numbers_are_dyadic(mantissa: int, exponent: int, bits: int) -> None:
    with mpmath.workprec(10_000):
        number = mpmath.ldexp(mantissa, exponent)
    with mpmath.workprec(bits):  # the precision in force does not matter
        assert exact(number) == mantissa * Fraction(2) ** exponent


@given(st.text() | st.text("0123456789/.eE+- \u0660"))
@example("0e99999")
@example("00/01")
def test_any_text_is_a_number_or_refused(text: str) -> None:
    number, line = None, ""
    try:
        number = exact(text, "x")
    except InputError as error:
        line = str(error)
    assert line.isprintable()
    assert number is None or number == Fraction(text)


def test_matrices() -> None:
    assert exact_matrix([["1/10", 2], (Fraction(1), "0.5")]) == (
        (Fraction(1, 10), Fraction(2)),
        (Fraction(1), Fraction(1, 2)),
    )
    assert exact_matrix([range(3)]) == exact_matrix([[0, 1, 2]])
    assert all(type(x) is Fraction for row in exact_matrix([[1, 2]]) for x in row)


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        (None, "W"),
        (1, "W"),
        ([], "W"),
        ("12", "W"),
        (b"12", "W"),
        ({}, "W"),
        ({0: [1]}, "W"),
        (iter([[1]]), "W"),
        (np.eye(2), "W"),
        ([1, 2], "W[0]"),
        ([[]], "W[0]"),
        ([[1], []], "W[1]"),
        (["12", "34"], "W[0]"),
        ([b"12"], "W[0]"),
        ([bytearray(b"12")], "W[0]"),
        ([[1], None], "W[1]"),
        ([[1], [1, 2]], "W[1]"),
        ([[1, 2], [1]], "W[1]"),
        ([[1, 2], [3, 0.5]], "W[1][1]"),
        ([[1, True]], "W[0][1]"),
        ([[[1]]], "W[0][0]"),
    ],
)
def test_bad_matrices_are_refused_by_place(rows: object, where: str) -> None:
    with pytest.raises(InputError) as caught:
        exact_matrix(rows, "W")
    assert caught.value.where == where
    assert caught.value.mend


def matrices(rows: int, columns: int) -> st.SearchStrategy[tuple[tuple[Fraction, ...], ...]]:
    numbers = st.integers(-20, 20).map(lambda n: Fraction(n, 6))
    return st.tuples(*[st.tuples(*[numbers] * columns)] * rows)


@given(matrices(2, 3), matrices(3, 4), matrices(3, 4))
def test_matrix_arithmetic_agrees_with_sympy(a: Any, b: Any, c: Any) -> None:
    A, B, C = (sympy.Matrix(m) for m in (a, b, c))
    assert exact_matrix(multiply(a, b)) == exact_matrix((A * B).tolist())
    assert exact_matrix(add(b, c, b)) == exact_matrix((B + C + B).tolist())
    assert exact_matrix(scale(Fraction(2, 7), b)) == exact_matrix((sympy.Rational(2, 7) * B).tolist())
    assert transpose(a) == exact_matrix(A.T.tolist())
    assert multiply(identity(2), a) == a
    assert add(a, zeros(2, 3)) == a


def test_shapes_that_do_not_conform() -> None:
    with pytest.raises(InputError, match="2x3 times 2x3"):
        multiply(zeros(2, 3), zeros(2, 3))
    with pytest.raises(ValueError, match="argument 2 is"):
        add(zeros(2, 3), zeros(3, 3))
    with pytest.raises(ValueError, match="argument 2 is"):
        add(zeros(2, 3), zeros(2, 2))


def test_an_input_error_is_one_printable_line_and_crosses_processes() -> None:
    error = InputError("a\nb", "has\tbad \x1b[31m \ud800 \u2028 parts", "mend\r\nit")
    assert str(error) == "a b: has bad \\x1b[31m \\ud800 parts; mend it"
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.where, copy.problem, copy.mend) == (InputError, error.where, error.problem, error.mend)
    assert str(copy) == str(error)
    assert str(InputError("here", "is wrong")) == "here: is wrong"


def test_what_is_shown_of_a_value_is_short() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    try:
        for value in (NINES, -NINES, Fraction(1, NINES), "x" * 10**6, [NINES] * 10**5, nested, {"k": nested}):
            assert len(shown(value)) < 300
    finally:
        while nested:  # taken apart from the outside: freeing it at once would recurse as deep
            nested = nested[0]
    assert shown(Fraction(1, 3)) == "1/3"
    assert shown("abc") == "'abc'"
    assert shown(True) == "True"
