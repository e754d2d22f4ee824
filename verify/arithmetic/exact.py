"""Exact rationals: the only way numbers enter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Rational

from verify.arithmetic.errors import InputError, shown

#: Rows of exact numbers; at least one row and one column.
ExactMatrix = tuple[tuple[Fraction, ...], ...]

# Possessive, since backtracking takes time that grows with the square of a long text's length.
_NUMBER = re.compile(r"\s*+[+-]?(\d++/\d++|(\d++(\.\d*+)?|\.\d++)([eE](?P<power>[+-]?\d{1,6}))?)\s*+", re.ASCII)
_MEND = 'write an integer, a decimal or a fraction, such as 3, "0.1" or "1/10"'
# A rational of more digits than this is an accident or an attack, and would only fail later and slower.
_LONGEST = 100_000
_LONGEST_BITS = 332_193
# Sequences, but not of numbers.
_TEXT = str | bytes | bytearray | memoryview


def exact(value: object, where: str = "number") -> Fraction:
    """`value` as the rational number that it denotes, exactly.

    Accepted: ``int``, ``Fraction``, ``Decimal``, text such as ``"1/10"``, ``"0.1"``, ``"1e-3"``, SymPy
    rationals, python-flint integers and rationals, and finite mpmath numbers (they are dyadic). A binary
    ``float`` is refused: 0.1 as a float is not one tenth.

    Raises
    ------
    InputError
        for anything else; the message begins with `where`.
    """
    if isinstance(value, bool) or value is None:
        raise InputError(where, f"{shown(value)} is not a number", _MEND)
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise InputError(where, f"{value} is not a finite number", _MEND)
        if not value:
            return Fraction(0)  # also 0e999999999
        if abs(value.adjusted()) > _LONGEST:
            raise InputError(where, "the exponent is absurdly large", _MEND)
        return Fraction(value)
    if isinstance(value, str):
        return _from_text(value, where)
    if isinstance(value, float):
        raise InputError(where, f"{value!r} is a binary float, not an exact number", _MEND)
    return _from_library(value, where)


def _from_text(text: str, where: str) -> Fraction:
    if len(text) > _LONGEST:
        raise InputError(where, f"the text has {len(text)} characters", f"{_LONGEST} are enough for a number")
    match = _NUMBER.fullmatch(text)
    if not match:
        raise InputError(where, f"{shown(text)} is not a number", _MEND)
    if abs(int(match["power"] or 0)) > _LONGEST:
        raise InputError(where, "the exponent is absurdly large", _MEND)
    # Python's own conversion stops at 4300 digits; that of Decimal does not, and is exact in any context
    above, _, below = text.partition("/")
    numerator, denominator = Fraction(Decimal(above.strip())), Fraction(Decimal(below.strip() or 1))
    if not denominator:
        raise InputError(where, f"{shown(text)} divides by zero", _MEND)
    return numerator / denominator


def _from_library(value: object, where: str) -> Fraction:
    """Numbers of SymPy, python-flint and mpmath, recognised by what they offer: none need be imported."""
    mantissa = getattr(value, "_mpf_", None)
    # mpmath's constants, such as pi, round themselves whenever they are asked: they have no one value
    if mantissa is not None and type(value).__name__ == "mpf" and type(value).__module__.startswith("mpmath"):
        sign, man, exponent, _ = mantissa
        if not man and exponent:
            raise InputError(where, f"{value} is not a finite number", _MEND)
        if abs(exponent) > _LONGEST_BITS:
            raise InputError(where, "the exponent is absurdly large", _MEND)
        return (-1 if sign else 1) * Fraction(int(man)) * Fraction(2) ** int(exponent)
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if type(value).__module__.startswith("flint"):
        if type(value).__name__ == "fmpz":
            return Fraction(int(value))  # type: ignore[call-overload]
        if type(value).__name__ == "fmpq":
            return Fraction(int(value.p), int(value.q))  # type: ignore[attr-defined]
    if getattr(value, "is_Rational", None) and hasattr(value, "p"):
        return Fraction(int(value.p), int(value.q))  # type: ignore[attr-defined]
    raise InputError(where, f"{shown(value)} of type {type(value).__name__} is not an exact number", _MEND)


def exact_text(value: Fraction) -> str:
    """``"3"`` or ``"1/10"``: the text that :func:`exact` reads back, however many digits it takes."""
    text = integer_text(value.numerator)
    return text if value.denominator == 1 else f"{text}/{integer_text(value.denominator)}"


def integer_text(value: int) -> str:
    """The decimal digits of an integer; unlike ``str``, without a limit on how many."""
    return f"{Decimal(value):f}"


def exact_matrix(rows: object, where: str = "matrix") -> ExactMatrix:
    """`rows` (a sequence of equally long, non-empty sequences of numbers) as an exact matrix."""
    mend = 'give a list of rows, such as [["1/10", "1/20"], ["1/20", "1/10"]]'
    if not isinstance(rows, Sequence) or isinstance(rows, _TEXT) or not rows:
        raise InputError(where, "is not a non-empty list of rows", mend)
    for i, row in enumerate(rows):
        if not isinstance(row, Sequence) or isinstance(row, _TEXT) or not row:
            raise InputError(f"{where}[{i}]", "is not a non-empty row of numbers", mend)
        if len(row) != len(rows[0]):
            raise InputError(
                f"{where}[{i}]",
                f"has {len(row)} numbers, row 0 has {len(rows[0])}",
                "make the rows equally long",
            )
    return tuple(tuple(exact(x, f"{where}[{i}][{j}]") for j, x in enumerate(row)) for i, row in enumerate(rows))


def multiply(left: ExactMatrix, right: ExactMatrix) -> ExactMatrix:
    """Exact product of two conforming matrices."""
    if len(left[0]) != len(right):
        raise InputError(
            "matrix product",
            f"{len(left)}x{len(left[0])} times {len(right)}x{len(right[0])}",
            "shapes must conform",
        )
    columns = tuple(zip(*right, strict=True))
    return tuple(tuple(sum(map(Fraction.__mul__, row, column), Fraction(0)) for column in columns) for row in left)


def transpose(matrix: ExactMatrix) -> ExactMatrix:
    """Exact transpose."""
    return tuple(zip(*matrix, strict=True))


def identity(size: int) -> ExactMatrix:
    """The identity matrix of the given size."""
    return tuple(tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size))


def zeros(rows: int, columns: int) -> ExactMatrix:
    """The zero matrix."""
    return ((Fraction(0),) * columns,) * rows


def add(*matrices: ExactMatrix) -> ExactMatrix:
    """Exact sum of matrices of one shape."""
    return tuple(
        tuple(sum(entries, Fraction(0)) for entries in zip(*rows, strict=True)) for rows in zip(*matrices, strict=True)
    )


def scale(factor: Fraction, matrix: ExactMatrix) -> ExactMatrix:
    """`factor` times `matrix`, exactly."""
    return tuple(tuple(factor * x for x in row) for row in matrix)


def negative(matrix: ExactMatrix) -> ExactMatrix:
    """``−matrix``, exactly."""
    return scale(Fraction(-1), matrix)


def entries(matrix: Iterable[Iterable[Fraction]]) -> tuple[Fraction, ...]:
    """All entries, row by row."""
    return tuple(x for row in matrix for x in row)
