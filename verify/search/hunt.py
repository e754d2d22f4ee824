"""What a hunt is: boxes of coordinates for data that satisfy the hypotheses, a slack to minimize, and a certificate."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from verify.arithmetic import InputError
from verify.claims import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Exact coordinates of one candidate.
Point = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A box of real coordinates that parametrizes data satisfying every hypothesis of a statement.

    The hypotheses are true by construction wherever `data` gives something, so rounding a coordinate to a rational
    never leaves them (balanced layers, say, come from diagonals and rational rotations, see :mod:`.charts`).

    Parameters
    ----------
    name
        For reports: the size, the depth, the branch.
    lower, upper
        The box, one entry per coordinate. It may be large: draws favour no scale.
    data
        Exact coordinates to exact data: a ``Problem``, a mapping of names to fractions, integers and lists of them, or
        what can tell such a mapping (:class:`Told`). None where a hypothesis fails after all.
    slack
        Float coordinates, shape (count, dimension), to shape (count,): how far the conclusion is from being violated,
        negative where it seems violated, NaN where a hypothesis fails. Approximate; it ranks candidates and proves
        nothing.
    whole
        Places of the coordinates that are integers, such as a choice between finitely many masks.
    precise
        Exact coordinates to their slack once more, of data computed in high precision (None: unknown). It is asked
        before the certificate, which is dearer, and drops what only the errors of the float search made negative.
    """

    name: str
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    data: Callable[[Point], Any]
    slack: Callable[[Floats], Floats]
    whole: tuple[int, ...] = ()
    precise: Callable[[Point], float | None] | None = None

    def __post_init__(self) -> None:
        where = f"chart {self.name!r}"
        if not self.lower or len(self.lower) != len(self.upper):
            raise InputError(where, f"{len(self.lower)} lower and {len(self.upper)} upper ends", "give one per axis")
        for k, (low, high) in enumerate(zip(self.lower, self.upper, strict=True)):
            if not -1e300 < low <= high < 1e300:
                raise InputError(where, f"axis {k} runs from {low} to {high}", "give finite ends, the lower one first")
        if any(not 0 <= k < self.dimension for k in self.whole):
            raise InputError(where, f"whole coordinates {self.whole}", f"places are 0 to {self.dimension - 1}")

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return len(self.lower)

    def contains(self, point: Sequence[Fraction]) -> bool:
        """Whether the coordinates lie in the box and are integers where they should be; exact."""
        inside = all(low <= x <= high for low, x, high in zip(self.lower, point, self.upper, strict=True))
        return inside and all(point[k].denominator == 1 for k in self.whole)


@runtime_checkable
class Told(Protocol):
    """Data that say themselves what a witness would store of them."""

    def told(self) -> Mapping[str, Any]:
        """Names to fractions, integers, text and lists of them."""


@dataclass(frozen=True, kw_only=True)
class Hunt:
    """The search for a counterexample to one statement.

    Parameters
    ----------
    charts
        Where to look; each gets the same share of the candidates.
    certify
        Exact data to evidence. Refuting evidence, decided and with a witness, is what the hunt is after; anything else
        says why these data are none. Nothing but this function refutes.
    noise
        Slacks above ``−noise`` are not taken for violations; those between that and ``noise`` are looked at once more
        where the chart can do so in high precision.
    cases
        How many float candidates are looked at where the caller does not say.
    about
        One sentence for the report: what the slack measures.
    """

    charts: tuple[Chart, ...]
    certify: Callable[[Any], Evidence]
    noise: float = 1e-9
    cases: int = 20_000
    about: str = ""

    def __post_init__(self) -> None:
        if not self.charts:
            raise InputError("hunt", "has no chart", "say where to look: charts=(Chart(…),)")
        names = [chart.name for chart in self.charts]
        if len(set(names)) < len(names):
            raise InputError("hunt", f"two charts are named {max(names, key=names.count)!r}", "give each its own name")
        if not self.noise >= 0:
            raise InputError("hunt", f"noise {self.noise}", "give a float of 0 or more")


def as_plain(data: Any) -> dict[str, Any]:
    """Exact data as the tree that a witness stores: a problem file's content, or the mapping itself."""
    from verify.claims.plain import plain

    if isinstance(data, Told):
        data = data.told()
    if isinstance(data, Mapping):
        found = plain(data, "hunted data")
        assert isinstance(found, dict)
        return found
    from verify.models import dump_problem

    return dump_problem(data)


#: How complicated data are, smallest first; compared as it stands.
Complexity = tuple[int, int, str]


def complexity(data: Any) -> Complexity:
    """What shrinking makes small: the length of the stored text, then the numerators, denominators and signs in it.

    Of two texts of one length the one with the smaller numbers is simpler, a positive number simpler than a negative.
    """
    text = shortest_text(as_plain(data))
    return len(text), _weight(text), text


def shortest_text(tree: Mapping[str, Any]) -> str:
    """Plain data as JSON without spaces and quotes; its length is the length of the data."""
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False, sort_keys=True).replace('"', "")


def _weight(text: str) -> int:
    total, run = 0, 0
    for sign in text:
        if sign.isdigit():
            run = 10 * run + int(sign)
            continue
        total, run = total + run + (sign == "-"), 0
    return total + run
