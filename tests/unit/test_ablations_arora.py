"""Which hypotheses of the claims about Arora, Cohen, Hu & Luo 2019 are needed: every one that was dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

import proofs_checks.arora_cohen_hu_luo_2019 as paper
from verify.claims import Claim, Evidence, Run, Verdict, collect, refuted_by
from verify.claims.runner import examine
from verify.search import run_hunt

IDENTITY = "W_j(0) = alpha I"
FITTED = "that a positive semidefinite matrix fits"
DETERMINANT, SMALL_LOSS = "det W > 0", "the loss is below 1/2"

#: What was dropped, in the order in which a report shows it, and whether the claim then fails.
NEEDED: dict[str, dict[str, bool]] = {
    "aligned-vectors": {
        "sigma_r, sigma_s not both zero": True,
        "the singular vectors stand still": True,
        "balanced layers": True,
    },
    "commuting-limit": {IDENTITY: True, "symmetric": True, "commuting": True, FITTED: True},
    "depth-breaks-ties": {IDENTITY: True},
    "depth-three-prefers-low-rank": {"depth 3": True, IDENTITY: True},
    "end-to-end-flow": {"balanced": True},
    "exponential-form": {
        "symmetric": True,
        "commuting": True,
        "with positive semidefinite product": True,
        "depth 2": True,
        "balanced": True,
    },
    "global-existence": {"that is nowhere negative": True},
    "negative-eigenvalues-are-not-learned": {IDENTITY: True, "symmetric": True, "full observation": True},
    "no-potential": {
        "N >= 3": True,
        "two or more dimensions": True,
        "linear": True,
        "that is not zero": True,
        "one output": False,
    },
    "no-potential-for-matrices": {"2 by 2": True, "depth 2": True},
    "nuclear-norm-of-the-four-by-four": {"R > 1": True},
    "preconditioner": {"balanced": True},
    "rank-and-sign": {"balanced": True, "depth N >= 2": True},
    "razin-cohen-bound": {DETERMINANT: True, SMALL_LOSS: True},
    "razin-cohen-distance": {DETERMINANT: True, SMALL_LOSS: True},
    "razin-cohen-sharp": {DETERMINANT: True, SMALL_LOSS: True},
    "scalar-closed-forms": {"equal": True, "loss with the factor 1/2": True},
    "schatten-quasi-norms-are-not-minimized": {IDENTITY: True},
    "singular-values": {"a balanced start": True, "an analytic loss": False},
    "singular-vectors": {"balanced layers": True, "distinct": True, "positive": True},
    "trace-is-minimized-at-small-scale": {"symmetric": True, "commuting": True, FITTED: False, IDENTITY: True},
    "two-singular-values": {
        "balanced layers": True,
        "whose gradients have a constant ratio a": True,
        "equal starts eps": True,
    },
    "unobserved-entry-along-a-flow": {"balanced": True, "positive determinant": True},
}


def short(claim: Claim) -> str:
    return claim.slug.split("/")[1]


CLAIMS = [claim for claim in collect(paper) if claim.ablations or (claim.twin and claim.twin.drops)]


def unchecked(run: Run) -> None:
    """In place of the claim's own check, which is not meant here."""


def test_these_claims_have_droppable_hypotheses() -> None:
    assert {short(claim) for claim in CLAIMS} == set(NEEDED)


@pytest.mark.parametrize("claim", CLAIMS, ids=short)
def test_the_hypotheses_that_are_needed(claim: Claim) -> None:
    result = examine(replace(claim, check=unchecked), Run())
    assert {drops: found.decision.verdict is Verdict.REFUTED for drops, found in result.ablations} == NEEDED[
        short(claim)
    ]
    for drops, found in result.ablations:
        told = [item for item in found.evidence if item.witness is None]
        assert found.failure is None, drops
        # Either a witness that the second path confirms, or one honest sentence.
        assert (not told and all(map(refuted_by, found.rechecks.values()))) or len(found.evidence) == 1, drops


@pytest.mark.parametrize("claim", CLAIMS, ids=short)
def test_a_witness_against_less_does_not_establish_what_was_dropped(claim: Claim) -> None:
    """What remains is less than the claim asks for."""
    for ablation in claim.ablations:
        assert ablation.hypotheses != claim.hypotheses
        assert not any(name == ablation.drops for name in ablation.hypotheses)


def test_rechecks_of_single_matrices_hold_the_claim_to_its_own_bound() -> None:
    """The twins' bounds are one per cent larger and a tenth smaller: a matrix in between refutes the twin alone."""
    for claim in (paper.best_bound, paper.near_rank_one):
        assert claim.twin is not None
        assert claim.rechecker is not None
        [evidence] = list(claim.twin.check(Run(claim=claim.slug, twin=True)))  # type: ignore[arg-type]
        assert isinstance(evidence, Evidence)
        assert evidence.witness is not None
        witness = evidence.witness
        for twin in (True, False):
            found = claim.rechecker(replace(witness, claim=claim.slug, twin=twin), Run())
            assert refuted_by(found) is twin


@pytest.mark.parametrize(
    ("claim", "drops"),
    [
        (paper.unobserved_entry_is_large, SMALL_LOSS),
        (paper.best_bound, DETERMINANT),
        (paper.near_rank_one, DETERMINANT),
    ],
    ids=lambda x: x if isinstance(x, str) else short(x),
)
def test_hunts_find_what_a_hypothesis_excludes(claim: Claim, drops: str) -> None:
    report = run_hunt(claim, without=drops, first=True, cases=4_096, replay_stored=False)
    assert report.simplest is not None
    assert report.simplest.confirmed
    assert report.simplest.find.witness.without == drops
