"""What a statement speaks of, and what a piece of evidence covers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from verify.arithmetic import InputError


class Level(IntEnum):
    """How wide a scope is; wider is greater."""

    INSTANCES = 0
    BALL = 1
    DIMENSIONS = 2
    ALL = 3


_PHRASE = {
    Level.INSTANCES: "instances {}",
    Level.BALL: "ball {}",
    Level.DIMENSIONS: "every start, {}",
    Level.ALL: "all {}",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A level and names. Make one with :meth:`instances`, :meth:`ball`, :meth:`dimensions` or :meth:`all`.

    The names mean different things on the two sides of a line that :meth:`covers` and :func:`jointly_cover`
    respect:

    * below ``ALL`` the names are *cases* (instances, balls, dimensions), and cases add up: V01 settled here
      and V03 settled there is both settled;
    * on ``ALL`` the names are *quantifiers*, and quantifiers do not add up: "all depths" (at one start) and
      "all starts" (at one depth) is not "all depths and starts". One piece of evidence must carry all of
      them.
    """

    level: Level
    names: frozenset[str]
    #: Cases of a lower level that lie inside, by name: the ball around V01 covers instance V01, but not V02.
    including: frozenset[str] = field(default=frozenset())
    #: The names as they were given, in their order, for people; it makes no difference to equality.
    written: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        # An unnamed scope would cover nothing as evidence and be covered by everything as a claim's.
        if not self.names:
            raise InputError("scope", "names nothing", 'say what it covers, such as Scope.all("depths, starts")')
        if self.including and self.level in (Level.INSTANCES, Level.ALL):
            raise InputError(f"scope {self.text}", "cannot list included cases", "only balls and dimensions do")

    @classmethod
    def instances(cls, *names: str) -> Scope:
        """Single instances, by name: ``Scope.instances("V01", "V03")``."""
        return cls(Level.INSTANCES, _clean(names), written=names)

    @classmethod
    def ball(cls, *names: str, including: Iterable[str] = ()) -> Scope:
        """A ball of starts, by name; `including` lists the instances that lie inside it."""
        return cls(Level.BALL, _clean(names), _clean(including), names)

    @classmethod
    def dimensions(cls, *names: str, including: Iterable[str] = ()) -> Scope:
        """Every start in fixed dimensions: ``Scope.dimensions("L=3,n=2", "L=3,n=3")``.

        `including` lists the balls and instances of these dimensions that a claim of a lower level may speak
        of.
        """
        return cls(Level.DIMENSIONS, _clean(names), _clean(including), names)

    @classmethod
    def all(cls, *names: str) -> Scope:
        """Everything that is quantified over: ``Scope.all("depths, widths, starts")``; commas separate
        quantifiers."""
        quantifiers = frozenset(part for name in _clean(names) for part in _quantifiers(name))
        return cls(Level.ALL, quantifiers, written=names)

    def covers(self, other: Scope) -> bool:
        """Whether evidence of this scope, if it decides, settles a statement of the scope `other`.

        * Never upward: an instance settles no ball, a ball no dimension, fixed dimensions no universal
          statement.
        * On the same level the names must contain the other's names.
        * ``ALL`` covers every lower level. A ball or fixed dimensions cover cases of a lower level that they
          list as `including`, and no others: the ball around V01 says nothing about V02.
        """
        if self.level < other.level:
            return False
        if self.level == other.level:
            return other.names <= self.names
        return self.level is Level.ALL or other.names <= self.including

    @property
    def text(self) -> str:
        """For people: ``all depths, starts``, ``every start, L=3,n=2``, ``instances V01, V03``."""
        names = ("; " if self.level is Level.DIMENSIONS else ", ").join(self.written or sorted(self.names))
        phrase = _PHRASE[self.level].format(" ".join(names.split()))
        if len(self.names) == 1:
            phrase = phrase.replace("instances ", "instance ", 1)
        elif self.level is Level.BALL:
            phrase = phrase.replace("ball ", "balls ", 1)
        return phrase

    def __str__(self) -> str:
        return self.text

    def to_json(self) -> dict[str, object]:
        """``{"level", "names", "text"}`` and, where there are any, ``"including"``."""
        data: dict[str, object] = {
            "level": self.level.name.lower(),
            "names": sorted(self.names),
            "text": self.text,
        }
        if self.including:
            data["including"] = sorted(self.including)
        return data


def jointly_cover(scopes: Iterable[Scope], target: Scope) -> bool:
    """Whether several pieces of evidence together settle `target`: case by case below ``ALL``, in one piece
    on it."""
    given = tuple(scopes)
    if target.level is Level.ALL:
        return any(scope.covers(target) for scope in given)
    cases = (Scope(target.level, frozenset({name})) for name in target.names)
    return all(any(scope.covers(case) for scope in given) for case in cases)


def _clean(names: Iterable[str]) -> frozenset[str]:
    if isinstance(names, str):  # a text is an iterable of its letters, which nobody means
        raise InputError("scope", f"{names!r} is one text, not several names", f"write ({names!r},)")
    cleaned = set()
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise InputError("scope", f"{name!r} is not a name", "give non-empty text")
        cleaned.add(_canonical(" ".join(name.split())))
    return frozenset(cleaned)


def _canonical(name: str) -> str:
    """``n=2, L=3`` and ``L=3,n=2`` are the same dimensions."""
    parts = [part.strip() for part in name.split(",")]
    if all(re.fullmatch(r"\w+ ?(=|<=|>=|<|>|≤|≥) ?\S+", part) for part in parts):
        return ",".join(sorted(part.replace(" ", "") for part in parts))
    return name


def _quantifiers(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r",| and ", name) if part.strip())
