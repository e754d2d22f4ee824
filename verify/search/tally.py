"""What a part of a hunt found, as a value that can be added to that of any other part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, inf, isfinite, log10
from typing import TYPE_CHECKING, Any

from verify.arithmetic import InputError, exact
from verify.arithmetic.exact import exact_text
from verify.claims import Assurance, Witness
from verify.search.hunt import Complexity, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: How many certified witnesses, and how many candidates of smallest slack, are kept.
KEPT, EXTREMES, REASONS = 8, 3, 5
#: Slacks nearer to 0 are counted as 0; the last decade holds everything larger.
_LEAST, _MOST = -15, 15


@dataclass(frozen=True, kw_only=True)
class Find:
    """A certified counterexample: where in which chart, its float slack, its complexity, and the witness."""

    chart: str
    point: Point
    slack: float
    complexity: Complexity
    assurance: Assurance
    detail: str
    witness: Witness

    def to_json(self) -> dict[str, Any]:
        """The point as text; `slack` is a float and only orders."""
        return {
            "chart": self.chart,
            "point": [exact_text(x) for x in self.point],
            "slack": _json_float(self.slack),
            "complexity": list(self.complexity),
            "assurance": self.assurance.name,
            "detail": self.detail,
            "witness": self.witness.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Find:
        """What :meth:`to_json` wrote."""
        length, weight, text = data["complexity"]
        return cls(
            chart=data["chart"],
            point=_point(data["point"]),
            slack=float(data["slack"]),
            complexity=(int(length), int(weight), text),
            assurance=Assurance[data["assurance"]],
            detail=data["detail"],
            witness=Witness.from_json(data["witness"]),
        )


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts and finds of some shards of a hunt. ``a + b`` is the tally of the shards of both.

    Attributes
    ----------
    shards
        Which were searched, ascending.
    drawn, admitted, violated
        Candidates looked at in float64; those that satisfied the hypotheses; those whose slack was negative there.
    rounded, dropped, refused, certified
        Exact candidates with a negative slack; those that high precision dropped; those that the certificate did not
        confirm; those that it did.
    smallest
        The smallest slack seen, inf if none was.
    histogram
        Number of admitted candidates by decade of the slack, see :func:`decade`.
    extremes
        (slack, chart, float coordinates) of the smallest slacks.
    found
        Certified witnesses, simplest first.
    reasons
        Why candidates were refused, with how often.
    """

    shards: tuple[int, ...] = ()
    drawn: int = 0
    admitted: int = 0
    violated: int = 0
    rounded: int = 0
    dropped: int = 0
    refused: int = 0
    certified: int = 0
    smallest: float = inf
    histogram: Mapping[int, int] = field(default_factory=dict)
    extremes: tuple[tuple[float, str, tuple[float, ...]], ...] = ()
    found: tuple[Find, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        both = set(self.shards) & set(other.shards)
        if both:
            raise InputError("tally", f"shard {min(both)} is counted twice", "merge parts that share no shard")
        counts = ("drawn", "admitted", "violated", "rounded", "dropped", "refused", "certified", "seconds")
        reasons = Counter(self.reasons) + Counter(other.reasons)
        found = {(one.complexity, one.chart, one.point): one for one in self.found + other.found}
        return Tally(
            shards=tuple(sorted(self.shards + other.shards)),
            smallest=min(self.smallest, other.smallest),
            histogram=dict(sorted((Counter(self.histogram) + Counter(other.histogram)).items())),
            extremes=tuple(sorted(self.extremes + other.extremes)[:EXTREMES]),
            found=tuple(found[key] for key in sorted(found)[:KEPT]),
            reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:REASONS]),
            **{name: getattr(self, name) + getattr(other, name) for name in counts},
        )

    def without_time(self) -> Tally:
        """The same with `seconds` 0: what is equal in every run with the same seed."""
        return Tally(**{**{name: getattr(self, name) for name in self.__dataclass_fields__}, "seconds": 0.0})

    def to_json(self) -> dict[str, Any]:
        """Everything, so that :meth:`from_json` gives an equal tally."""
        return {
            "shards": list(self.shards),
            "drawn": self.drawn,
            "admitted": self.admitted,
            "violated": self.violated,
            "rounded": self.rounded,
            "dropped": self.dropped,
            "refused": self.refused,
            "certified": self.certified,
            "smallest": _json_float(self.smallest),
            "histogram": [{"decade": k, "count": n, "slack": decade_text(k)} for k, n in self.histogram.items()],
            "extremes": [[_json_float(s), chart, list(at)] for s, chart, at in self.extremes],
            "found": [one.to_json() for one in self.found],
            "reasons": dict(self.reasons),
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        """What :meth:`to_json` wrote, from this or another machine."""
        simple = ("drawn", "admitted", "violated", "rounded", "dropped", "refused", "certified")
        return cls(
            shards=tuple(int(k) for k in data["shards"]),
            smallest=float(data["smallest"]),
            histogram={int(entry["decade"]): int(entry["count"]) for entry in data["histogram"]},
            extremes=tuple((float(s), chart, tuple(map(float, at))) for s, chart, at in data["extremes"]),
            found=tuple(Find.from_json(one) for one in data["found"]),
            reasons={str(text): int(count) for text, count in data["reasons"].items()},
            seconds=float(data["seconds"]),
            **{name: int(data[name]) for name in simple},
        )


def decade(slack: float) -> int:
    """Number of the decade of a slack: 0 for |slack| < 1e-15, else ± (16 + floor(log10 |slack|)), at most ± 31."""
    size = abs(slack)
    if size < 10.0**_LEAST:
        return 0
    power = min(floor(log10(size)), _MOST) if isfinite(size) else _MOST
    return (power - _LEAST + 1) * (1 if slack > 0 else -1)


def decade_text(number: int) -> str:
    """``"1e-3 to 1e-2"``, with a minus sign in front of negative decades; 0 is ``"0"``."""
    if not number:
        return "0"
    power = abs(number) + _LEAST - 1
    low, high = f"1e{power}", f"1e{power + 1}"
    return f"{low} to {high}" if number > 0 else f"-{high} to -{low}"


def histogram(slack: NDArray[np.float64]) -> dict[int, int]:
    """Number of slacks in each decade; NaNs are left out."""
    import numpy as np

    values = slack[~np.isnan(slack)]
    sizes = np.abs(values)
    power = np.floor(np.log10(np.clip(sizes, 10.0**_LEAST, 10.0**_MOST)))
    numbers = np.where(sizes < 10.0**_LEAST, 0, (power - _LEAST + 1) * np.sign(values)).astype(int)
    keys, counts = np.unique(numbers, return_counts=True)
    return dict(zip(keys.tolist(), counts.tolist(), strict=True))


def merged(tallies: Iterable[Tally]) -> Tally:
    """The sum; the order does not matter."""
    return sum(tallies, Tally())


def _point(texts: Iterable[object]) -> tuple[Fraction, ...]:
    return tuple(exact(text, "point") for text in texts)


def _json_float(value: float) -> float | str:
    return value if isfinite(value) else str(value)
