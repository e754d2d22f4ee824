"""What evidence and witnesses are stored as: JSON in which every number is exact."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from verify.arithmetic import Ball, InputError
from verify.arithmetic.exact import exact_text, integer_text

#: A tree of dict, list, str, int, bool and None.
Plain = dict[str, "Plain"] | list["Plain"] | str | int | bool | None


def plain(value: object, where: str = "data") -> Plain:
    """`value` as a tree that JSON keeps exactly; a new tree, which shares nothing with `value` that could
    change.

    Fractions, decimals and large integers become text ("1/10"), balls ``{"mid", "rad"}``, tuples and sets
    lists; records with a ``to_json`` are asked. A binary float is refused: what is worth recording is exact,
    or a ball.

    Raises
    ------
    InputError
        naming the place inside the tree.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        # Other readers of JSON take numbers for floats, and lose digits from here on.
        return int(value) if abs(value) < 2**53 else integer_text(int(value))
    if isinstance(value, Fraction):
        return exact_text(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Ball):
        return {key: str(text) for key, text in value.to_json(30).items()}
    if isinstance(value, Mapping):
        return {_key(key, where): plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, Set):
        return [plain(item, f"{where}[…]") for item in sorted(value, key=str)]
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, float):
        raise InputError(where, f"{value!r} is a binary float", "record a fraction, a ball, or text")
    convert = getattr(value, "to_json", None)
    if callable(convert):
        return plain(convert(), where)
    kind = type(value)
    if kind.__module__.partition(".")[0] in ("sympy", "flint", "mpmath"):
        return str(value)
    raise InputError(where, f"a value of type {kind.__name__} cannot be recorded", "record text, fractions or balls")


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise InputError(where, f"the key {key!r} is not text", "use text for keys")
    return key


def read_json(source: str | Path) -> object:
    """The JSON document in a file, or on standard input for ``"-"``; decimals stay exact (as ``Decimal``).

    Raises
    ------
    InputError
        when there is no such file, it is a directory, cannot be read, is not UTF-8, is empty, is not JSON
        (with line and column), has a duplicate key, or contains NaN or an infinity.
    """
    name = "standard input" if str(source) == "-" else str(source)
    return parse_json(_read(source, name), name)


def parse_json(text: str, name: str) -> object:
    """The JSON document `text`; `name` is where it came from, for messages. Errors as in
    :func:`read_json`."""
    if not text.strip():
        raise InputError(name, "is empty", "write a JSON document into it")

    def constant(word: str) -> NoReturn:
        raise InputError(name, f"{word} is not a number", "give a finite, exact number")

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in items:
            if key in found:
                raise InputError(name, f"the key {key!r} is given twice", "keep one of them")
            found[key] = value
        return found

    try:
        document: object = json.loads(
            text.removeprefix("\ufeff"), parse_float=Decimal, parse_constant=constant, object_pairs_hook=pairs
        )
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise InputError(where, f"not JSON ({error.msg})", "mend the document there") from None
    except RecursionError:
        raise InputError(name, "is nested too deeply", "give a flat document") from None
    except InputError:
        raise
    except (
        ValueError,
        ArithmeticError,
    ):  # Python's limit on the digits of an integer; an exponent beyond Decimal's
        raise InputError(name, "contains a number with too many digits", "write it shorter, or as text") from None
    return document


def _read(source: str | Path, name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if str(source) == "-" else Path(source).read_bytes()
    except FileNotFoundError:
        raise InputError(name, "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise InputError(name, "is a directory", "give a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(name, f"cannot be read ({reason})", "check the path and its permissions") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(name, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
