"""The one error that users cause: bad input, told in one line."""

from __future__ import annotations

import reprlib
from fractions import Fraction


class InputError(ValueError):
    """Input that cannot be used.

    ``str(error)`` is one line: the place, what is wrong there, and how to mend it. The command line prints it
    and ends with exit code 3.
    """

    def __init__(self, where: str, problem: str, mend: str = "") -> None:
        self.where, self.problem, self.mend = where, problem, mend
        text = f"{where}: {problem}" + (f"; {mend}" if mend else "")
        super().__init__("".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(text.split())))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        return InputError, (self.where, self.problem, self.mend)  # so that it crosses processes


def shown(value: object) -> str:
    """`value` for a message: short, be it a long text, a million digits or lists nested a thousand deep."""
    if isinstance(value, int):  # Python writes out no integer of more than 4300 digits
        return repr(value) if value.bit_length() <= 128 else f"an integer of {value.bit_length()} bits"
    if isinstance(value, Fraction):
        return shown(value.numerator) + ("" if value.denominator == 1 else f"/{shown(value.denominator)}")
    if isinstance(value, str):
        return repr(str(value) if len(value) <= 40 else value[:37] + "...")
    return _SHORT.repr(value)


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        return shown(x)


_SHORT = _Short()
