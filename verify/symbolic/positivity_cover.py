"""Positivity on a box by branch and bound in ball arithmetic, with a proof of what is covered.

Where no sum of squares is found, or none of moderate degree exists, a box is halved until ball arithmetic sees the sign
on every piece. The certificate is the list of the halvings: it says exactly which boxes were looked at, they cover the
box by construction, and :meth:`Cover.verify` looks at every one again. It is an enclosure, and certifies ``> 0`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from verify.arithmetic import InputError, exact, precision
from verify.arithmetic.convert import to_arb
from verify.symbolic.positivity import SCHEMA, CertificateError, Constraint, Polynomial
from verify.symbolic.positivity_search import Undecided, Violation

Box = tuple[tuple[Fraction, Fraction], ...]

#: In the list of halvings: the target is positive on this piece; smaller numbers: constraint −2 − k is negative on it.
_POSITIVE = -1


@dataclass(frozen=True)
class Cover:
    """That ``target > 0`` at every point of a box where all constraints are ≥ 0.

    Attributes
    ----------
    box
        for every variable its lower and upper end.
    splits
        the pieces, depth first, lower half first: the number of the variable that is halved next; −1 where ball
        arithmetic sees that the target is positive on the piece; −2 − k where it sees that constraint k is negative.
    bits
        the precision of the balls.
    """

    target: Polynomial
    box: Box
    splits: tuple[int, ...]
    constraints: tuple[Constraint, ...] = ()
    bits: int = 64
    kind: str = field(default="covered by balls", init=False)

    def verify(self) -> None:
        """Raise :class:`CertificateError` unless the pieces cover the box and the sign is seen on each.

        *Why that suffices.* A piece is halved exactly, in rational numbers, so the pieces that are not halved any more
        cover the box; on each of them the mean value theorem, evaluated in balls, encloses the values of a polynomial.
        """
        count = len(self.target.variables)
        if len(self.box) != count or any(not low <= high for low, high in self.box):
            raise CertificateError(f"the box does not have {count} intervals")
        if any(c.of.variables != self.target.variables for c in self.constraints):
            raise CertificateError("the polynomials do not have the same variables")
        if type(self.bits) is not int or not 16 <= self.bits <= 4096:
            raise CertificateError(f"balls of {self.bits} bits are not offered")
        whole, sides = _Form(self.target), [_Form(c.of) for c in self.constraints]
        pending = [self.box]
        with precision(self.bits):
            for action in self.splits:
                if not pending:
                    raise CertificateError("there are more actions than pieces")
                piece = pending.pop()
                if type(action) is int and 0 <= action < count:
                    pending += reversed(_halves(piece, action))
                elif action == _POSITIVE:
                    if not whole.on(piece) > 0:
                        raise CertificateError(f"the target is not seen to be positive on {_shown(piece)}")
                elif type(action) is int and -2 - len(sides) < action <= -2:
                    if not sides[-2 - action].on(piece) < 0:
                        raise CertificateError(
                            f"constraint {-2 - action} is not seen to be negative on {_shown(piece)}"
                        )
                else:
                    raise CertificateError(f"the action {action} is not known")
        if pending:
            raise CertificateError(f"{len(pending)} pieces of the box are not covered")

    @property
    def pieces(self) -> int:
        """How many pieces were looked at."""
        return sum(action < 0 for action in self.splits)

    def to_json(self) -> dict[str, Any]:
        """``{"schema", "kind", "variables", "target", "box", "constraints", "splits", "bits"}``."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "variables": list(self.target.variables),
            "target": self.target.to_json(),
            "box": [[str(low), str(high)] for low, high in self.box],
            "constraints": [{"of": c.of.to_json(), "strict": c.strict} for c in self.constraints],
            "splits": list(self.splits),
            "bits": self.bits,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Cover:
        """The certificate that :meth:`to_json` wrote; it is not verified here.

        Raises
        ------
        InputError
            where `data` has another shape.
        """
        try:
            names = tuple(data["variables"])
            ends = tuple((exact(low, "box"), exact(high, "box")) for low, high in data["box"])
            sides = tuple(
                Constraint(Polynomial.from_json(c["of"], names, "constraint"), bool(c["strict"]))
                for c in data["constraints"]
            )
            return cls(
                Polynomial.from_json(data["target"], names, "target"), ends, tuple(data["splits"]), sides, data["bits"]
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("certificate", f"is not a cover ({error})", "give one that to_json wrote") from None


def cover(
    target: Polynomial,
    box: Box,
    *,
    constraints: Sequence[Constraint] = (),
    most: int = 20_000,
    bits: int = 64,
) -> Cover | Violation | Undecided:
    """Look for a cover of the box by pieces on which the target is positive or a constraint negative.

    Parameters
    ----------
    most
        after so many pieces the search gives up, as it must where the target vanishes in the box.
    """
    whole, sides = _Form(target), [_Form(c.of) for c in constraints]
    splits: list[int] = []
    start = tuple((exact(low, "box"), exact(high, "box")) for low, high in box)
    pending = [start]
    looked = 0
    with precision(bits):
        while pending:
            piece = pending.pop()
            looked += 1
            if looked > most:
                return Undecided(f"{most} pieces were not enough; the smallest piece left is {_shown(piece)}")
            outside = next((k for k, side in enumerate(sides) if side.on(piece) < 0), None)
            if outside is not None:
                splits.append(-2 - outside)
            elif whole.on(piece) > 0:
                splits.append(_POSITIVE)
            else:
                point = dict(zip(target.variables, ((low + high) / 2 for low, high in piece), strict=True))
                if (value := target.at(point)) <= 0 and all(
                    c.of.at(point) > 0 or (not c.strict and not c.of.at(point)) for c in constraints
                ):
                    return Violation(point, value)
                action = whole.steepest(piece)
                if action is None:
                    return Undecided(f"the sign at the point {_shown(piece)} is not seen with {bits} bits")
                splits.append(action)
                pending += reversed(_halves(piece, action))
    certificate = Cover(target, start, tuple(splits), tuple(constraints), bits)
    certificate.verify()
    return certificate


class _Form:
    """A polynomial with its gradient, to be enclosed on boxes at the precision in force."""

    def __init__(self, polynomial: Polynomial) -> None:
        count = len(polynomial.variables)
        self.terms = polynomial.terms
        self.slopes = [tuple(_derived(polynomial.terms, k)) for k in range(count)]

    def on(self, piece: Box) -> Any:
        """A ball that holds every value on the piece: term by term, or by the mean value theorem, if that is better."""
        balls = [_ball(low, high) for low, high in piece]
        plain = _evaluated(self.terms, balls)
        middles = [to_arb((low + high) / 2) for low, high in piece]
        mean = _evaluated(self.terms, middles)
        for slope, ball, middle in zip(self.slopes, balls, middles, strict=True):
            mean += _evaluated(slope, balls) * (ball - middle)
        return mean if mean.rad() < plain.rad() else plain

    def steepest(self, piece: Box) -> int | None:
        """The variable along which the target may change most, or None on a single point."""
        balls = [_ball(low, high) for low, high in piece]
        reach = [
            (float(_evaluated(slope, balls).abs_upper()) * float(high - low), float(high - low), -k)
            for k, (slope, (low, high)) in enumerate(zip(self.slopes, piece, strict=True))
            if low < high
        ]
        return -max(reach)[2] if reach else None


def _derived(terms: Sequence[tuple[tuple[int, ...], Fraction]], k: int) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    for exponents, c in terms:
        if exponents[k]:
            yield (*exponents[:k], exponents[k] - 1, *exponents[k + 1 :]), c * exponents[k]


def _evaluated(terms: Sequence[tuple[tuple[int, ...], Fraction]], at: Sequence[Any]) -> Any:
    """The sum of the terms, at balls. Powers are products: the library's power of a ball around 0 may be no number."""
    from flint import arb

    highest = [max((e[k] for e, _ in terms), default=0) for k in range(len(at))]
    powers = [[arb(1)] for _ in at]
    for known, x, top in zip(powers, at, highest, strict=True):
        for e in range(1, top + 1):
            known.append(known[e // 2] * known[e // 2] if e % 2 == 0 else known[-1] * x)
    total = arb(0)
    for exponents, c in terms:
        value = to_arb(c)
        for known, e in zip(powers, exponents, strict=True):
            if e:
                value *= known[e]
        total += value
    return total


def _ball(low: Fraction, high: Fraction) -> Any:
    """A ball that holds the interval."""
    return to_arb(low).union(to_arb(high))


def _halves(piece: Box, k: int) -> list[Box]:
    low, high = piece[k]
    middle = (low + high) / 2
    return [(*piece[:k], half, *piece[k + 1 :]) for half in ((low, middle), (middle, high))]


def _shown(piece: Box) -> str:
    return " × ".join(f"[{low}, {high}]" for low, high in piece)
