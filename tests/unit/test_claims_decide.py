"""The rules from evidence to verdict, exhaustively: every way to be wrong must be a way not to decide."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from verify.arithmetic import InputError
from verify.claims import (
    Assurance,
    Claim,
    Decision,
    Established,
    Evidence,
    Outcome,
    Run,
    Scope,
    Verdict,
    Witness,
    claim,
    decide,
)

SLUG = "test/claim"
EVERY = Scope.all("depths, starts")
DIMENSIONS = Scope.dimensions("L=3,n=2")
BALL = Scope.ball("B")
INSTANCE = Scope.instances("V01")
SCOPES = (INSTANCE, BALL, DIMENSIONS, EVERY)
DECIDED = (Assurance.ENCLOSED, Assurance.PROVED, Assurance.KERNEL)


def make(scope: Scope = EVERY, *, parts: tuple[str, ...] = (), hypotheses: tuple[str, ...] = ("full rank",)) -> Claim:
    """A claim with a recheck; what its functions do does not matter here."""

    @claim(SLUG, scope=scope, parts=parts, hypotheses=hypotheses)
    def made(run: Run) -> None:
        """Statement: something."""

    @made.negative_twin("false variant")
    def _(run: Run) -> None:
        """No check is run here."""

    @made.recheck
    def _(witness: Witness, run: Run) -> Evidence:
        raise AssertionError("decide runs nothing")

    return made


def for_it(scope: Scope = EVERY, assurance: Assurance = Assurance.PROVED, part: str = "") -> Evidence:
    """Evidence that supports."""
    return Evidence.supports(kind="for", assurance=assurance, scope=scope, detail="fine", part=part)


WITNESS = Witness(
    claim=SLUG,
    problem={"a": "1/2"},
    hypotheses=(Established(name="full rank", how="the determinant is 1"),),
    violates="the conclusion fails",
)


def against(
    assurance: Assurance = Assurance.ENCLOSED,
    witness: Witness | None = WITNESS,
    scope: Scope = INSTANCE,
    part: str = "",
) -> Evidence:
    """Evidence that refutes."""
    return Evidence.refutes(
        kind="against", assurance=assurance, scope=scope, detail="fails", witness=witness, part=part
    )


def second(outcome: Outcome = Outcome.REFUTES, assurance: Assurance = Assurance.ENCLOSED) -> Evidence:
    """What the recheck says."""
    return Evidence(kind="again", assurance=assurance, scope=INSTANCE, outcome=outcome, detail="second path")


CONFIRMED = {WITNESS.digest: second()}


def verdict(
    made: Claim, *evidence: Evidence, rechecks: dict[str, Evidence] | None = None, twin: bool = False
) -> Verdict:
    """The verdict, after making sure that the order of the evidence does not matter."""
    decisions = [
        decide(made, order, rechecks=CONFIRMED if rechecks is None else rechecks, twin=twin)
        for order in itertools.permutations(evidence)
    ]
    assert len({(one.verdict, one.assurance, one.scope) for one in decisions}) == 1
    return decisions[0].verdict


# --- one supporting piece: every assurance that the scope allows, against every scope of a claim -----------------

ALLOWED = [
    (assurance, scope)
    for assurance in Assurance
    for scope in SCOPES
    if not (assurance is Assurance.SAMPLED and scope is not INSTANCE)
    and not (assurance is Assurance.ENCLOSED and scope in (DIMENSIONS, EVERY))
]


@pytest.mark.parametrize(("assurance", "evidence_scope"), ALLOWED)
@pytest.mark.parametrize("claim_scope", SCOPES)
def test_one_supporting_piece(assurance: Assurance, evidence_scope: Scope, claim_scope: Scope) -> None:
    covered = evidence_scope in (claim_scope, EVERY)
    expected = Verdict.HOLDS if assurance >= Assurance.ENCLOSED and covered else Verdict.SUPPORTED
    assert verdict(make(claim_scope), for_it(evidence_scope, assurance)) is expected


@pytest.mark.parametrize(
    ("assurance", "scope"),
    [(a, s) for a in Assurance for s in SCOPES if (a, s) not in ALLOWED],
)
@pytest.mark.parametrize("outcome", [Outcome.SUPPORTS, Outcome.REFUTES])
def test_evidence_cannot_claim_more_than_its_kind_covers(assurance: Assurance, scope: Scope, outcome: Outcome) -> None:
    with pytest.raises(InputError, match="cannot cover"):
        Evidence(kind="k", assurance=assurance, scope=scope, outcome=outcome, detail="d")


def test_any_number_of_instances_and_samples_settles_no_universal_statement() -> None:
    heap = [for_it(Scope.instances(f"V{k:02}"), Assurance.PROVED) for k in range(50)]
    heap += [for_it(Scope.instances(f"S{k:02}"), Assurance.SAMPLED) for k in range(50)]
    heap += [for_it(Scope.dimensions(f"L={k},n={k}"), Assurance.KERNEL) for k in range(1, 50)]
    assert decide(make(), heap).verdict is Verdict.SUPPORTED


def test_instances_settle_a_statement_about_these_instances_together() -> None:
    made = make(Scope.instances("V01", "V03"))
    one, other = for_it(Scope.instances("V01"), Assurance.ENCLOSED), for_it(Scope.instances("V03"), Assurance.PROVED)
    assert verdict(made, one) is Verdict.SUPPORTED
    assert verdict(made, one, other) is Verdict.HOLDS
    assert decide(made, [one, other]).assurance is Assurance.ENCLOSED  # as sure as the weaker half


def test_a_sample_does_not_fill_the_gap_of_a_proof() -> None:
    made = make(Scope.instances("V01", "V03"))
    pieces = for_it(Scope.instances("V01")), for_it(Scope.instances("V03"), Assurance.SAMPLED)
    assert verdict(made, *pieces) is Verdict.SUPPORTED


# --- one refuting piece: every way in which it can fall short ----------------------------------------------------

UNFIT = {
    "no witness": None,
    "of another claim": replace(WITNESS, claim="test/other"),
    "of the twin": replace(WITNESS, twin=True),
    "addressed to nobody": replace(WITNESS, claim=""),
    "no hypothesis": replace(WITNESS, hypotheses=()),
    "a hypothesis missing": replace(WITNESS, hypotheses=(Established(name="balanced", how="exactly"),)),
    "a hypothesis approximate": replace(
        WITNESS, hypotheses=(Established(name="full rank", how="smallest pivot 0.1", exact=False),)
    ),
    "one more, approximate": replace(
        WITNESS,
        hypotheses=(*WITNESS.hypotheses, Established(name="balanced", how="to 1e-9", exact=False)),
    ),
}
ANSWERS: dict[str, Evidence | None] = {
    "confirms": second(),
    "was not asked": None,
    "supports": second(Outcome.SUPPORTS),
    "is undecided": second(Outcome.UNDECIDED),
    "is vacuous": second(Outcome.VACUOUS),
    "only samples": second(assurance=Assurance.SAMPLED),
}


@pytest.mark.parametrize("assurance", Assurance)
@pytest.mark.parametrize("witness", ["fit", *UNFIT])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("beside", ["nothing", "a sample", "a proof"])
def test_one_refuting_piece(assurance: Assurance, witness: str, answer: str, beside: str) -> None:
    shown = WITNESS if witness == "fit" else UNFIT[witness]
    told = ANSWERS[answer]
    rechecks = {shown.digest: told} if shown is not None and told is not None else {}
    others = {
        "nothing": [],
        "a sample": [for_it(Scope.instances("S"), Assurance.SAMPLED)],
        "a proof": [for_it()],
    }[beside]
    stands = assurance >= Assurance.ENCLOSED and witness == "fit" and answer == "confirms"
    decided = Verdict.ERROR if beside == "a proof" else Verdict.REFUTED
    # undecided even beside a proof: somebody objects, and nobody has answered
    expected = decided if stands else Verdict.UNDECIDED
    assert verdict(make(), against(assurance, shown), *others, rechecks=rechecks) is expected


def test_a_claim_without_recheck_is_never_refuted() -> None:
    @claim(SLUG, scope=EVERY)
    def made(run: Run) -> None:
        """Statement: something."""

    decision = decide(made, [against(Assurance.KERNEL)], rechecks=CONFIRMED)
    assert decision.verdict is Verdict.UNDECIDED
    assert "no recheck" in decision.reason


def test_the_reason_says_what_a_refutation_lacks() -> None:
    assert "samples never refute" in decide(make(), [against(Assurance.SAMPLED)], rechecks=CONFIRMED).reason
    assert "no witness" in decide(make(), [against(witness=None)]).reason
    objection = decide(make(), [against()], rechecks={WITNESS.digest: second(Outcome.SUPPORTS)})
    assert objection.reason.endswith("second path")


def test_one_witness_that_stands_is_enough_among_any_number_that_do_not() -> None:
    weak = [against(Assurance.SAMPLED), against(witness=None), against(witness=UNFIT["no hypothesis"])]
    assert verdict(make(), *weak) is Verdict.UNDECIDED
    assert verdict(make(), *weak, against()) is Verdict.REFUTED


def test_a_recheck_of_one_witness_says_nothing_about_another() -> None:
    other = replace(WITNESS, problem={"a": "1/3"})
    assert verdict(make(), against(witness=other)) is Verdict.UNDECIDED


def test_the_twin_wants_witnesses_of_its_own() -> None:
    own = replace(WITNESS, twin=True)
    assert verdict(make(), against(witness=own), rechecks={own.digest: second()}, twin=True) is Verdict.REFUTED
    assert verdict(make(), against(), twin=True) is Verdict.UNDECIDED


# --- contradictions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assurance", DECIDED)
def test_a_proof_and_a_counterexample_are_an_error_that_names_both(assurance: Assurance) -> None:
    proof = Evidence.supports(kind="induction", assurance=Assurance.KERNEL, scope=EVERY, detail="d")
    decision = decide(make(), [proof, against(assurance)], rechecks=CONFIRMED)
    assert decision.verdict is Verdict.ERROR
    assert "induction" in decision.reason
    assert "against" in decision.reason


def test_deciding_one_instance_both_ways_is_an_error() -> None:
    assert verdict(make(), for_it(INSTANCE, Assurance.ENCLOSED), against()) is Verdict.ERROR


def test_deciding_another_instance_the_other_way_is_no_contradiction() -> None:
    assert verdict(make(), for_it(Scope.instances("V02"), Assurance.ENCLOSED), against()) is Verdict.REFUTED
    assert verdict(make(), for_it(DIMENSIONS), against()) is Verdict.REFUTED


def test_a_sample_contradicts_nothing() -> None:
    assert verdict(make(), for_it(INSTANCE, Assurance.SAMPLED), against()) is Verdict.REFUTED


# --- conjuncts -----------------------------------------------------------------------------------------------------

BOTH = ("upper", "lower")


def test_a_conjunction_holds_when_each_part_does() -> None:
    made = make(parts=BOTH)
    upper, lower = for_it(part="upper", assurance=Assurance.KERNEL), for_it(part="lower")
    assert verdict(made, upper) is Verdict.UNDECIDED
    assert verdict(made, upper, for_it(INSTANCE, part="lower")) is Verdict.SUPPORTED
    assert verdict(made, upper, lower) is Verdict.HOLDS
    assert decide(made, [upper, lower]).assurance is Assurance.PROVED
    assert verdict(made, for_it()) is Verdict.HOLDS  # the whole statement


def test_a_conjunction_falls_with_one_part() -> None:
    made = make(parts=BOTH)
    upper = for_it(part="upper")
    assert verdict(made, upper, against(part="lower")) is Verdict.REFUTED
    assert verdict(made, upper, against(part="upper")) is Verdict.ERROR
    assert verdict(made, upper, against()) is Verdict.REFUTED  # the whole fails, though one part is proved
    assert verdict(made, upper, for_it(part="lower"), against()) is Verdict.ERROR
    assert verdict(made, for_it(), against(part="lower")) is Verdict.ERROR


def test_support_of_one_part_is_no_support_of_the_other_on_the_same_instance() -> None:
    made = make(parts=BOTH)
    assert verdict(made, for_it(INSTANCE, part="upper"), against(part="lower")) is Verdict.REFUTED


def test_the_worst_known_part_is_reported() -> None:
    pieces = [for_it(part="upper"), for_it(INSTANCE, Assurance.SAMPLED, part="lower")]
    decision = decide(make(parts=BOTH), pieces)
    assert (decision.verdict, decision.assurance) == (Verdict.SUPPORTED, Assurance.SAMPLED)
    assert "'lower'" in decision.reason


@pytest.mark.parametrize("parts", [(), BOTH])
def test_evidence_for_an_unknown_part_is_an_error(parts: tuple[str, ...]) -> None:
    decision = decide(make(parts=parts), [for_it(), for_it(part="uper")])
    assert decision.verdict is Verdict.ERROR
    assert "'uper'" in decision.reason


# --- nothing, and next to nothing ----------------------------------------------------------------------------------


def test_nothing_decides_nothing() -> None:
    assert decide(make(), []) == Decision(verdict=Verdict.UNDECIDED, reason="the check returned no evidence")


def test_vacuous_and_undecided() -> None:
    empty = Evidence.vacuous(kind="k", scope=INSTANCE, detail="no start was balanced")
    stuck = Evidence.undecided(kind="k", scope=INSTANCE, detail="the degree was too high")
    assert verdict(make(), empty) is Verdict.VACUOUS
    assert decide(make(), [empty]).reason == "no start was balanced"
    assert verdict(make(), empty, stuck) is Verdict.UNDECIDED
    assert decide(make(), [empty, stuck]).reason == "the degree was too high"
    assert verdict(make(), empty, stuck, for_it()) is Verdict.HOLDS
    assert verdict(make(), empty, against()) is Verdict.REFUTED


def test_support_by_no_instance_is_vacuous() -> None:
    piece = Evidence.supports(kind="k", assurance=Assurance.SAMPLED, scope=INSTANCE, detail="0 of 0", instances=0)
    assert verdict(make(), piece) is Verdict.VACUOUS
    with pytest.raises(InputError, match="0 instances support nothing"):
        replace(piece, outcome=Outcome.SUPPORTS)


def test_the_number_of_instances_is_told() -> None:
    piece = Evidence.supports(kind="k", assurance=Assurance.SAMPLED, scope=INSTANCE, detail="d", instances=412)
    assert "412" in decide(make(), [piece]).reason


@pytest.mark.parametrize("chosen", Verdict)
def test_a_verdict_is_no_boolean(chosen: Verdict) -> None:
    with pytest.raises(TypeError, match=r"Verdict\."):
        bool(chosen)


def test_assurance_is_ordered() -> None:
    order = [Assurance.SAMPLED, Assurance.ENCLOSED, Assurance.PROVED, Assurance.KERNEL]
    assert sorted([order[2], order[0], order[3], order[1]]) == order
    assert [one.decides for one in order] == [False, True, True, True]
    assert max(order) >= Assurance.KERNEL > Assurance.PROVED
    with pytest.raises(TypeError):
        Assurance.PROVED < 3  # noqa: B015
