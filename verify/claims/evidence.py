"""Evidence: what one check found, by which means, and what that covers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from verify.arithmetic import Ball, InputError
from verify.claims.plain import Plain, plain
from verify.claims.scope import Level, Scope
from verify.claims.verdict import Assurance, Outcome
from verify.claims.witness import Witness

# An enclosure speaks of concrete data or of a ball of them, a sample of the data that were drawn. The
# constructors refuse more than that, so that no slip of a check's author can let an instance speak for a
# theorem.
_WIDEST = {
    Assurance.SAMPLED: Level.INSTANCES,
    Assurance.ENCLOSED: Level.BALL,
    Assurance.PROVED: Level.ALL,
    Assurance.KERNEL: Level.ALL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One finding. Make it with :meth:`supports`, :meth:`refutes`, :meth:`undecided` or :meth:`vacuous`.

    Parameters
    ----------
    kind
        By which means, for people: ``polynomial identity``, ``ball arithmetic``, ``float64 sample``, …
    assurance, scope
        How sure, and what it covers. A sample covers instances, an enclosure at most a ball.
    outcome
        What it says.
    detail
        One or two sentences: what exactly was found.
    part
        Which conjunct of the claim it speaks of; empty for the whole statement.
    instances
        How many instances satisfied the hypotheses and were checked.
    slack
        The smallest distance from violation: exact (a fraction or text) or a ball; never a float.
    seconds
        How long it took; the runner fills it in where it is left out.
    witness
        For refutations: the data. Without them nothing is refuted.
    data
        Anything worth keeping, exactly (see :func:`verify.claims.plain.plain`).
    """

    kind: str
    assurance: Assurance
    scope: Scope
    outcome: Outcome
    detail: str
    part: str = ""
    instances: int | None = None
    slack: Plain = None
    seconds: float | None = None
    witness: Witness | None = None
    data: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in (("assurance", Assurance), ("scope", Scope), ("outcome", Outcome)):
            if not isinstance(getattr(self, name), kind):
                raise InputError(f"evidence {name}", f"is not of type {kind.__name__}", f"give a {kind.__name__}")
        for name in ("kind", "detail"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise InputError(f"evidence {name}", f"{value!r} is not text", "say it in words")
        if self.scope.level > _WIDEST[self.assurance] and self.outcome in (Outcome.SUPPORTS, Outcome.REFUTES):
            raise InputError(
                f"evidence {self.kind}",
                f"what was {self.assurance.word} cannot cover {self.scope}",
                f"give a scope no wider than {_WIDEST[self.assurance].name.lower()}",
            )
        if self.instances is not None and (type(self.instances) is not int or self.instances < 0):
            raise InputError("evidence instances", f"{self.instances!r} is not a count", "give an int of 0 or more")
        if self.outcome is Outcome.SUPPORTS and self.instances == 0:
            raise InputError("evidence instances", "0 instances support nothing", "use Evidence.vacuous")
        if self.witness is not None and self.outcome is not Outcome.REFUTES:
            raise InputError("evidence witness", "only refutations have one", "use Evidence.refutes")
        if self.seconds is not None and not (isinstance(self.seconds, int | float) and math.isfinite(self.seconds)):
            raise InputError("evidence seconds", f"{self.seconds!r} is not a duration", "give seconds")
        slack = plain(self.slack, "evidence slack")
        object.__setattr__(self, "slack", str(slack) if isinstance(slack, int) else slack)
        object.__setattr__(self, "data", plain(dict(self.data), "evidence data"))

    @classmethod
    def supports(
        cls,
        *,
        kind: str,
        assurance: Assurance,
        scope: Scope,
        detail: str,
        part: str = "",
        instances: int | None = None,
        slack: Fraction | Ball | str | int | None = None,
        seconds: float | None = None,
        data: Mapping[str, object] | None = None,
    ) -> Evidence:
        """It speaks for the statement. With ``instances=0`` nothing was checked, and the outcome is
        *vacuous*."""
        outcome = Outcome.VACUOUS if instances == 0 else Outcome.SUPPORTS
        return cls(
            kind=kind,
            assurance=assurance,
            scope=scope,
            outcome=outcome,
            detail=detail,
            part=part,
            instances=instances,
            slack=plain(slack, "evidence slack"),
            seconds=seconds,
            data=_data(data),
        )

    @classmethod
    def refutes(
        cls,
        *,
        kind: str,
        assurance: Assurance,
        scope: Scope,
        detail: str,
        witness: Witness | None = None,
        part: str = "",
        instances: int | None = None,
        slack: Fraction | Ball | str | int | None = None,
        seconds: float | None = None,
        data: Mapping[str, object] | None = None,
    ) -> Evidence:
        """It speaks against the statement; `scope` says where (usually one instance)."""
        return cls(
            kind=kind,
            assurance=assurance,
            scope=scope,
            outcome=Outcome.REFUTES,
            detail=detail,
            part=part,
            instances=instances,
            slack=plain(slack, "evidence slack"),
            seconds=seconds,
            witness=witness,
            data=_data(data),
        )

    @classmethod
    def undecided(
        cls,
        *,
        kind: str,
        scope: Scope,
        detail: str,
        assurance: Assurance = Assurance.SAMPLED,
        part: str = "",
        instances: int | None = None,
        seconds: float | None = None,
        data: Mapping[str, object] | None = None,
    ) -> Evidence:
        """It could not be settled; `detail` says why."""
        return cls(
            kind=kind,
            assurance=assurance,
            scope=scope,
            outcome=Outcome.UNDECIDED,
            detail=detail,
            part=part,
            instances=instances,
            seconds=seconds,
            data=_data(data),
        )

    @classmethod
    def vacuous(
        cls,
        *,
        kind: str,
        scope: Scope,
        detail: str,
        assurance: Assurance = Assurance.SAMPLED,
        part: str = "",
        seconds: float | None = None,
        data: Mapping[str, object] | None = None,
    ) -> Evidence:
        """No instance satisfied the hypotheses."""
        return cls(
            kind=kind,
            assurance=assurance,
            scope=scope,
            outcome=Outcome.VACUOUS,
            detail=detail,
            part=part,
            instances=0,
            seconds=seconds,
            data=_data(data),
        )

    def to_json(self) -> dict[str, object]:
        """The record in a report; mathematical numbers are text or balls, `seconds` is a float."""
        return {
            "kind": self.kind,
            "assurance": self.assurance.name,
            "scope": self.scope.to_json(),
            "outcome": self.outcome.value,
            "detail": self.detail,
            "part": self.part,
            "instances": self.instances,
            "slack": self.slack,
            "seconds": None if self.seconds is None else round(self.seconds, 6),
            "witness": None if self.witness is None else self.witness.to_json(),
            "data": dict(self.data),
        }


def _data(data: Mapping[str, object] | None) -> dict[str, Plain]:
    found = plain(dict(data or {}), "evidence data")
    assert isinstance(found, dict)
    return found
