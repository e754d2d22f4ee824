"""Sentences of evidence that claims of every paper share. Imports verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verify.arithmetic import Ball
from verify.claims import Assurance, Established, Evidence, Scope, Witness

THE_WITNESS = Scope.instances("the witness")


def proved(topic: str, scope: Scope, *, part: str = "", depth: int | None = None, size: int | None = None) -> Evidence:
    """A derivation as evidence: every step decided when it was made, and once more here."""
    from verify.symbolic import derive

    derivation = derive(topic, depth=depth, size=size)
    derivation.recheck()  # raises where a step does not pass
    kinds = ", ".join(f"{count} by {kind}" for kind, count in sorted(derivation.checks.items()))
    besides = f"; besides, by hand: {'; '.join(derivation.uses)}" if derivation.uses else ""
    return Evidence.supports(
        kind="derivation",
        assurance=Assurance.PROVED,
        scope=scope,
        part=part,
        detail=f"{topic}: {len(derivation.steps)} steps checked exactly ({kinds}){besides}",
    )


def stated(name: str, how: str) -> tuple[Established, ...]:
    """One hypothesis, established exactly."""
    return (Established(name=name, how=how),)


def proved_again(violated: bool, detail: str, kind: str) -> Evidence:
    """What an exact second path says of a witness."""
    make = Evidence.refutes if violated else Evidence.supports
    return make(kind=kind, assurance=Assurance.PROVED, scope=THE_WITNESS, detail=detail)


def enclosed_again(violated: bool, detail: str, kind: str = "certified limit of the rotated flow") -> Evidence:
    """What an enclosure by a second path says of a witness."""
    make = Evidence.refutes if violated else Evidence.supports
    return make(kind=kind, assurance=Assurance.ENCLOSED, scope=THE_WITNESS, detail=detail)


def doubted(reason: str) -> Evidence:
    """The second path could not decide."""
    return Evidence.undecided(kind="second path", scope=THE_WITNESS, detail=reason)


def enclosed(ok: bool, name: str, detail: str, *, part: str = "", slack: Ball | None = None) -> Evidence:
    """What a certified limit says of one instance: support where `ok`, undecided where not."""
    common = {"kind": "certified limit", "scope": Scope.instances(name), "part": part, "detail": f"{name}: {detail}"}
    if ok:
        return Evidence.supports(assurance=Assurance.ENCLOSED, slack=slack, **common)  # type: ignore[arg-type]
    return Evidence.undecided(assurance=Assurance.ENCLOSED, **common)  # type: ignore[arg-type]


def refuted(name: str, kind: str, detail: str, witness: Witness | None, part: str = "") -> Evidence:
    """Refuting evidence of one start, where there is a witness."""
    scope = Scope.instances(name)
    if witness is None:
        return Evidence.undecided(kind=kind, scope=scope, part=part, detail=f"{name}: no witness was found")
    return Evidence.refutes(
        kind=kind, assurance=Assurance.PROVED, scope=scope, part=part, detail=f"{name}: {detail}", witness=witness
    )


def hunted(
    data: Mapping[str, Any],
    names: Sequence[str],
    violates: str,
    *,
    kind: str = "problem",
    how: str = "by construction of the candidate, exactly",
    assurance: Assurance = Assurance.PROVED,
    part: str = "",
    **enclosed: Any,
) -> Evidence:
    """What a hunt found: refuting evidence with its witness, whose problem is `data`."""
    return Evidence.refutes(
        kind="hunted",
        assurance=assurance,
        scope=Scope.instances("one candidate"),
        part=part,
        detail=violates,
        witness=Witness(
            problem=data,
            kind=kind,
            hypotheses=tuple(Established(name=name, how=how) for name in names),
            violates=violates,
            enclosed=enclosed,
        ),
    )
