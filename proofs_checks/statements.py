"""Second paths against a claim itself: each sentence of its statement, decided at stored data, by fractions or balls.

What a witness says of its violation plays no part: a certificate that errs cannot make true data a counterexample.
Imports verify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from proofs_checks.common import doubted, enclosed_again
from verify.arithmetic import Ball, ExactMatrix, precision
from verify.arithmetic.convert import to_arb, to_arb_mat, to_fmpq_mat
from verify.claims import Evidence, Witness

if TYPE_CHECKING:
    from flint import arb

_BITS = 320
ZERO = Fraction(0)

#: What, its value, a relation (``=``, ``≤``, ``<``), and what it is claimed to stand in that relation to.
Sentence = tuple[str, Any, str, Any]


class DoubtError(ValueError):
    """The statement says nothing of the data, or a limit is not certified."""


def fails(left: Any, relation: str, right: Any) -> bool:
    """Whether it is certain that a sentence is false: for fractions by their values, else for all numbers in the balls.

    What is not finite is not known, and makes nothing false.
    """
    if isinstance(left, int | Fraction) and isinstance(right, int | Fraction):
        return not {"=": left == right, "≤": left <= right, "<": left < right}[relation]
    first, second = (to_arb(Fraction(x)) if isinstance(x, int | Fraction) else x for x in (left, right))
    if not (first.is_finite() and second.is_finite()):
        return False
    return bool({"=": not first.overlaps(second), "≤": first > second, "<": first >= second}[relation])


At = TypeVar("At")


@dataclass(frozen=True)
class Statement(Generic[At]):
    """What a claim says of one start: `read` takes it from the witness, `sentences` are the statement's."""

    sentences: Callable[[At], Iterator[Sentence]]
    read: Callable[[Witness], At]

    def __call__(self, witness: Witness) -> Evidence:
        """Refuting evidence where a sentence is certainly false; undecided where the statement says nothing."""
        count, kind = 0, "the statement at these data"
        try:
            with precision(_BITS):
                for what, left, relation, right in self.sentences(self.read(witness)):
                    count += 1
                    if fails(left, relation, right):
                        return enclosed_again(True, f"{what}: {_short(left)} {relation} {_short(right)} is false", kind)
        except DoubtError as error:
            return doubted(str(error))
        return enclosed_again(False, f"none of {count} sentences of the statement is false", kind)


def _short(value: Any) -> str:
    return str(value) if isinstance(value, int | Fraction) else Ball.from_arb(value).text(10)


def equal(what: str, left: ExactMatrix, right: ExactMatrix) -> Iterator[Sentence]:
    """Entry by entry."""
    for i, (row, other) in enumerate(zip(left, right, strict=True)):
        for j, (x, y) in enumerate(zip(row, other, strict=True)):
            yield f"{what}, entry {i} {j}", x, "=", y


def near(what: str, found: Sequence[Sequence[arb]], target: ExactMatrix, room: arb | None = None) -> Iterator[Sentence]:
    """Entries within `room` of the target's; None: equal to them."""
    for i, (row, other) in enumerate(zip(found, target, strict=True)):
        for j, (x, y) in enumerate(zip(row, other, strict=True)):
            if room is None:
                yield f"entry {i} {j} of {what}", x, "=", to_arb(y)
            else:
                yield f"entry {i} {j} of {what}, its error", abs(x - to_arb(y)), "≤", room


def semidefinite(what: str, matrix: Sequence[Sequence[Ball]]) -> Iterator[Sentence]:
    """Symmetric, with no negative principal minor."""
    from itertools import combinations

    for i, j in combinations(range(len(matrix)), 2):
        yield f"entries {i} {j} and {j} {i} of {what}", to_arb(matrix[i][j]), "=", to_arb(matrix[j][i])
    for count in range(1, len(matrix) + 1):
        for chosen in combinations(range(len(matrix)), count):
            minor = determinant_of([[matrix[i][j] for j in chosen] for i in chosen])
            yield f"the minor {chosen} of {what}", to_arb(ZERO), "≤", minor


def entries(matrix: Sequence[Sequence[Ball]]) -> list[list[arb]]:
    """Balls for ball arithmetic."""
    return [[to_arb(x) for x in row] for row in matrix]


def determinant_of(matrix: Sequence[Sequence[Ball]]) -> arb:
    """Of a matrix of balls, by elimination."""
    return to_arb_mat(tuple(tuple(row) for row in matrix)).det()


def raised(base: Any, exponent: Fraction) -> arb:
    """``base^exponent`` of a positive number or ball."""
    found: arb = (to_arb(base) if isinstance(base, int | Fraction) else base) ** to_arb(Fraction(exponent))
    return found


def exact_of(value: Any) -> Fraction:
    """A rational number of python-flint as a fraction."""
    return Fraction(int(value.p), int(value.q))


def real_eigenvalues(matrix: ExactMatrix) -> list[arb]:
    """Eigenvalues of an exact symmetric matrix, enclosed, with repetitions: roots of its characteristic polynomial."""
    roots: Any = to_fmpq_mat(matrix).charpoly().numer().complex_roots()
    return [root.real for root, times in roots for _ in range(int(times))]
