"""What a run found: one result per claim, and the report of them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from verify.claims.claim import Claim
from verify.claims.decide import Decision
from verify.claims.evidence import Evidence
from verify.claims.scope import Scope
from verify.claims.verdict import Assurance, Verdict

#: Names the format of reports; the JSON Schema is ``report.schema.json`` beside this module.
REPORT_SCHEMA = "rankproof/report/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One check that was run: its decision and everything that this rests on.

    `rechecks` maps a witness's digest to what the second path said; `failure` is the traceback of a check
    that failed.
    """

    decision: Decision
    evidence: tuple[Evidence, ...] = ()
    rechecks: Mapping[str, Evidence] = field(default_factory=dict)
    seconds: float = 0.0
    failure: str | None = None

    def to_json(self) -> dict[str, object]:
        """Verdict, reason and evidence; each piece of evidence with the recheck of its witness."""
        decision = self.decision
        return {
            "verdict": decision.verdict.name,
            "assurance": decision.assurance.name if decision.assurance else None,
            "scope": decision.scope.to_json() if decision.scope else None,
            "reason": decision.reason,
            "evidence": [self._item(item) for item in self.evidence],
            "seconds": round(self.seconds, 6),
            "failure": self.failure,
        }

    def _item(self, item: Evidence) -> dict[str, object]:
        second = self.rechecks.get(item.witness.digest) if item.witness else None
        return item.to_json() | {"recheck": second.to_json() if second else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A claim's facts, what its check found, and what the checks of its variants found.

    `twin` is None where the claim has no negative twin; `ablations` pairs each hypothesis that was dropped (the twin's,
    too) with what was found then; `stale` lists stored witnesses that could not be confirmed any more.
    """

    slug: str
    paper: str
    number: str
    title: str
    statement: str
    expected: Verdict
    claim_scope: Scope
    kinds: tuple[str, ...]
    uses: tuple[str, ...]
    parts: tuple[str, ...]
    hypotheses: tuple[str, ...]
    literal_reading: str
    examination: Examination
    variant: str | None = None
    twin: Examination | None = None
    ablations: tuple[tuple[str, Examination], ...] = ()
    stale: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        claim: Claim,
        examination: Examination,
        twin: Examination | None = None,
        stale: tuple[str, ...] = (),
        ablations: tuple[Examination, ...] = (),
    ) -> Result:
        """The result for a claim; it keeps the claim's facts, not its functions, and so crosses processes."""
        dropped = [(claim.twin.drops, twin)] if claim.twin and claim.twin.drops and twin else []
        dropped += [(one.drops, found) for one, found in zip(claim.ablations, ablations, strict=False)]
        return cls(
            slug=claim.slug,
            paper=claim.paper,
            number=claim.number,
            title=claim.title,
            statement=claim.statement,
            expected=claim.expects,
            claim_scope=claim.scope,
            kinds=claim.kinds,
            uses=claim.uses,
            parts=claim.parts,
            hypotheses=claim.stated_hypotheses,
            literal_reading=claim.literal_reading,
            examination=examination,
            variant=claim.twin.variant if claim.twin else None,
            twin=twin,
            ablations=tuple(dropped),
            stale=stale,
        )

    @property
    def verdict(self) -> Verdict:
        """The verdict on the claim."""
        return self.examination.decision.verdict

    @property
    def assurance(self) -> Assurance | None:
        """The assurance by which the verdict stands."""
        return self.examination.decision.assurance

    @property
    def scope(self) -> Scope | None:
        """What the evidence covers."""
        return self.examination.decision.scope

    @property
    def reason(self) -> str:
        """Why the verdict is what it is, in one sentence."""
        return self.examination.decision.reason

    @property
    def seconds(self) -> float:
        """Claim, twin and the claim without this hypothesis and without that, together."""
        variants = {id(one): one for one in (*(found for _, found in self.ablations), self.twin) if one}
        return self.examination.seconds + sum(one.seconds for one in variants.values())

    def needed(self, hypothesis: str) -> bool | None:
        """Whether the claim was seen to fail without a hypothesis, or without a part of it.

        False says that nothing was found against the claim without it; None that this was not tried.
        """
        tried = [found.decision.verdict for drops, found in self.ablations if drops in hypothesis]
        return any(verdict is Verdict.REFUTED for verdict in tried) if tried else None

    @property
    def unneeded(self) -> tuple[str, ...]:
        """Dropped hypotheses without which nothing was found against the claim."""
        return tuple(
            drops
            for drops, found in self.ablations
            if found.decision.verdict not in (Verdict.REFUTED, Verdict.ERROR) and found is not self.twin
        )

    @property
    def broken(self) -> tuple[str, ...]:
        """Dropped hypotheses whose check failed."""
        return tuple(drops for drops, found in self.ablations if found.decision.verdict is Verdict.ERROR)

    @property
    def twin_refuted(self) -> bool:
        """Whether the toolkit could say no to the false variant; true where there is no twin to refute."""
        return self.twin is None or self.twin.decision.verdict is Verdict.REFUTED

    @property
    def as_expected(self) -> bool:
        """Whether the claim came out as it expects (``HOLDS`` where ``SUPPORTED`` was expected is welcome,
        too), and its twin was refuted."""
        welcome = self.expected is Verdict.SUPPORTED and self.verdict is Verdict.HOLDS
        return (self.verdict is self.expected or welcome) and self.twin_refuted and not self.broken

    @property
    def contradicts(self) -> bool:
        """Whether this result contradicts its expectation: it is not as expected, and not merely undecided.

        A claim that expects to be refuted contradicts that as soon as it is not, undecided or otherwise.
        """
        if self.as_expected:
            return False
        if not self.twin_refuted or self.broken or self.expected is Verdict.REFUTED:
            return True
        return self.verdict is not Verdict.UNDECIDED

    def to_json(self) -> dict[str, object]:
        """The entry of a report."""
        return {
            "slug": self.slug,
            "paper": self.paper,
            "number": self.number,
            "title": self.title,
            "statement": self.statement,
            "literal_reading": self.literal_reading or None,
            "claim_scope": self.claim_scope.to_json(),
            "expected": self.expected.name,
            "as_expected": self.as_expected,
            **self.examination.to_json(),
            "hypotheses": [{"name": name, "needed": self.needed(name)} for name in self.hypotheses],
            "parts": list(self.parts),
            "kinds": list(self.kinds),
            "uses": list(self.uses),
            "stale": list(self.stale),
            "negative_twin": None
            if self.twin is None
            else {
                "variant": self.variant,
                "drops": next((drops for drops, found in self.ablations if found is self.twin), None),
                "refuted": self.twin_refuted,
                **self.twin.to_json(),
            },
            "ablations": [
                {"dropped": drops, "needed": found.decision.verdict is Verdict.REFUTED, **found.to_json()}
                for drops, found in self.ablations
                if found is not self.twin
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All results of a run, in the order of the claims; `unfinished` names the claims that an interrupt left
    out."""

    results: tuple[Result, ...]
    environment: Mapping[str, object]
    unfinished: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    @property
    def dropped(self) -> tuple[int, int]:
        """How many hypotheses were dropped, one at a time, and how many of them were seen to be needed."""
        found = [one.decision.verdict for result in self.results for _, one in result.ablations]
        return len(found), found.count(Verdict.REFUTED)

    def __getitem__(self, slug: str) -> Result:
        for result in self.results:
            if result.slug == slug:
                return result
        raise KeyError(slug)

    @property
    def as_expected(self) -> bool:
        """Whether every claim was examined and came out as it expects."""
        return not self.unfinished and all(result.as_expected for result in self.results)

    def exit_code(self, *, strict: bool = False) -> int:
        """0 when nothing contradicts its expectation, 1 when something does; 2 when, `strict` being asked
        for, a claim is undecided against its expectation, a stored witness is stale, or claims were left
        out."""
        if any(result.contradicts for result in self.results):
            return 1
        open_ends = self.unfinished or any(not result.as_expected or result.stale for result in self.results)
        return 2 if strict and open_ends else 0

    def to_json(self) -> dict[str, object]:
        """``{"schema", "environment", "results", "unfinished"}``; valid under :func:`report_schema`."""
        return {
            "schema": REPORT_SCHEMA,
            "environment": dict(self.environment),
            "results": [result.to_json() for result in self.results],
            "unfinished": list(self.unfinished),
        }


def report_schema() -> dict[str, object]:
    """The JSON Schema that every report satisfies."""
    text = files("verify.claims").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, object] = json.loads(text)
    return schema
