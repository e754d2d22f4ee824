"""From evidence to a verdict: the rules, in one place, without any engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.claims.claim import Claim
from verify.claims.evidence import Evidence
from verify.claims.scope import Scope, jointly_cover
from verify.claims.verdict import Assurance, Outcome, Verdict
from verify.claims.witness import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict, by which assurance and for what it stands, and why it is no better.

    `assurance` and `scope` are None where nothing speaks for the verdict (undecided, vacuous, error).
    """

    verdict: Verdict
    reason: str
    assurance: Assurance | None = None
    scope: Scope | None = None


def decide(
    claim: Claim,
    evidence: Sequence[Evidence],
    *,
    rechecks: Mapping[str, Evidence] | None = None,
    twin: bool = False,
    without: str = "",
) -> Decision:
    """The verdict on a claim, on its negative twin, or on the claim without a hypothesis.

    Parameters
    ----------
    evidence
        Everything that the check found, in any order: the verdict does not depend on it.
    rechecks
        What the independent path said about each witness, by ``witness.digest``.

    Algorithm
    ---------
    1. A refutation *stands* when it was decided (``ENCLOSED`` or better), carries a witness of this very
       claim that establishes every hypothesis exactly, and the recheck of that witness refutes, too, by a
       decision.
    2. A part of the claim is *settled* when decided evidence for it covers the claim's scope
       (:func:`~verify.claims.scope.jointly_cover`); evidence for the whole statement speaks for each part.
    3. A refutation that stands against parts that are settled, on the claim's scope or where it was found, is
       a contradiction: ``ERROR``. Any other one that stands: ``REFUTED``.
    4. A refutation that does not stand leaves the claim ``UNDECIDED``, even beside a proof: something is
       wrong, and the reason says what is missing.
    5. All parts settled: ``HOLDS``. A part about which nothing but vacuous evidence is there: ``VACUOUS``;
       nothing or undecided evidence: ``UNDECIDED``. Otherwise ``SUPPORTED``.
    """
    confirmed = rechecks or {}
    parts = claim.parts or ("",)
    strange = sorted({item.part for item in evidence if item.part and item.part not in claim.parts})
    if strange:
        known = ", ".join(claim.parts) or "none"
        return Decision(
            verdict=Verdict.ERROR,
            reason=f"the evidence speaks of part {strange[0]!r}, which the claim has not (it has: {known})",
        )

    against = [item for item in evidence if item.outcome is Outcome.REFUTES]
    objections = {id(item): _missing(claim, item, confirmed, twin, without) for item in against}
    standing = [item for item in against if not objections[id(item)]]
    if standing:
        return _refuted(claim, evidence, standing, parts)
    if against:
        first = max(against, key=lambda item: (item.assurance, item.detail))
        return Decision(
            verdict=Verdict.UNDECIDED,
            reason=f"speaks against it, but refutes nothing: {objections[id(first)]}",
        )
    return _without_objection(claim, evidence, parts)


def _refuted(claim: Claim, evidence: Sequence[Evidence], standing: list[Evidence], parts: tuple[str, ...]) -> Decision:
    for item in standing:
        struck = (item.part,) if item.part else parts
        for scope in (claim.scope, item.scope):
            if all(_settled_by(evidence, part, scope) is not None for part in struck):
                support = next(e for e in _speaking_for(evidence, struck[0]) if e.assurance.decides)
                return Decision(
                    verdict=Verdict.ERROR,
                    reason=f"contradiction: {support.kind} and {item.kind} decide it both ways for {scope}",
                )
    best = max(standing, key=lambda item: (item.assurance, item.detail))
    which = f"part {best.part!r}: " if best.part else ""
    assert best.witness is not None
    return Decision(
        verdict=Verdict.REFUTED,
        reason=which + best.witness.violates,
        assurance=best.assurance,
        scope=best.scope,
    )


def _without_objection(claim: Claim, evidence: Sequence[Evidence], parts: tuple[str, ...]) -> Decision:
    levels = {part: _settled_by(evidence, part, claim.scope) for part in parts}
    settled = [level for level in levels.values() if level is not None]
    if len(settled) == len(parts):
        return Decision(
            verdict=Verdict.HOLDS,
            reason=f"decided for {claim.scope}",
            assurance=min(settled),
            scope=claim.scope,
        )
    for part in parts:
        if not _speaking_for(evidence, part):
            return _nothing_for(evidence, part)
    # The conjunct that is known worst says how far the whole is supported.
    weakest = min((part for part in parts if levels[part] is None), key=lambda part: _strength(evidence, part))
    best = max(_speaking_for(evidence, weakest), key=_weight)
    which = f"part {weakest!r} is " if weakest else ""
    told = best.instances is None or str(best.instances) in best.scope.text
    count = "" if told else f" ({best.instances} instances)"
    return Decision(
        verdict=Verdict.SUPPORTED,
        reason=f"{which}{best.assurance.word} for {best.scope}{count} only; the statement speaks of {claim.scope}",
        assurance=best.assurance,
        scope=best.scope,
    )


def _nothing_for(evidence: Sequence[Evidence], part: str) -> Decision:
    which = f"part {part!r}: " if part else ""
    about = [item for item in evidence if item.part in (part, "")]
    undecided = [item for item in about if item.outcome is Outcome.UNDECIDED]
    if undecided:
        return Decision(verdict=Verdict.UNDECIDED, reason=which + undecided[0].detail)
    if about:
        return Decision(verdict=Verdict.VACUOUS, reason=which + about[0].detail)
    return Decision(verdict=Verdict.UNDECIDED, reason=which + "the check returned no evidence")


def _speaking_for(evidence: Sequence[Evidence], part: str) -> list[Evidence]:
    return [item for item in evidence if item.outcome is Outcome.SUPPORTS and item.part in (part, "")]


def _settled_by(evidence: Sequence[Evidence], part: str, scope: Scope) -> Assurance | None:
    """The best assurance at which decided evidence for `part` covers `scope`; None if it does not."""
    given = _speaking_for(evidence, part)
    for level in sorted(Assurance, reverse=True):
        if level.decides and jointly_cover((item.scope for item in given if item.assurance >= level), scope):
            return level
    return None


def _weight(item: Evidence) -> tuple[bool, int, Assurance, int, str]:
    """What decided and covers more says more; a sample never outweighs a decision."""
    return (item.assurance.decides, int(item.scope.level), item.assurance, item.instances or 0, item.detail)


def _strength(evidence: Sequence[Evidence], part: str) -> tuple[bool, int, Assurance]:
    return max(_weight(item) for item in _speaking_for(evidence, part))[:3]


def _missing(claim: Claim, item: Evidence, rechecks: Mapping[str, Evidence], twin: bool, without: str) -> str:
    """Why a refutation does not stand; empty if it does."""
    if not item.assurance.decides:
        return f"{item.kind} is only {item.assurance.word}, and samples never refute"
    witness = item.witness
    if witness is None:
        return f"{item.kind} shows no witness"
    problem = _unfit(claim, witness, twin, without)
    if problem:
        return problem
    if claim.rechecker is None:
        return "the claim has no recheck, the second path on which witnesses are confirmed"
    second = rechecks.get(witness.digest)
    if second is None:
        return "the witness was not rechecked"
    if second.outcome is not Outcome.REFUTES:
        return f"the recheck does not confirm the witness: {second.detail}"
    if not second.assurance.decides:
        return f"the recheck is only {second.assurance.word}, and samples never confirm"
    return ""


def _unfit(claim: Claim, witness: Witness, twin: bool, without: str) -> str:
    if (witness.claim, witness.twin, witness.without) != (claim.slug, twin, without):
        return f"the witness is addressed to {witness.of if witness.claim else 'no claim'}"
    loose = [item.name for item in witness.hypotheses if not item.exact]
    if loose:
        return f"the hypothesis {loose[0]!r} was not established exactly"
    given = {item.name for item in witness.hypotheses}
    if not given:
        return "the witness does not say that it satisfies the hypotheses"
    absent = [name for name in claim.hypotheses_of(twin=twin, without=without) if name not in given]
    return f"the hypothesis {absent[0]!r} was not established" if absent else ""
