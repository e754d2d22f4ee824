"""Which hypotheses of the claims about Arora, Cohen, Hu & Luo 2019 are needed: every one that was dropped."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import proofs_checks.arora_cohen_hu_luo_2019 as paper
from verify.claims import Claim, Established, Evidence, Run, Verdict, Witness, collect, refuted_by, replay
from verify.claims.runner import examine
from verify.models import Measurements, Observations, Problem, Sensing, diagonal, dump_problem
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


def data_where_it_holds() -> list[tuple[Claim, str, dict[str, object]]]:
    """A claim, a hypothesis, and data that satisfy it, too, in the form of the witnesses without it."""
    ones = Measurements((diagonal((1, 1)),), (Fraction(1),))
    weighted = Measurements((diagonal((1, "3/2")),), (Fraction(1),))
    tied = Measurements((diagonal((1, 1, 1)), diagonal((0, 1, 3))), (Fraction(1), Fraction(1)))
    half = Measurements((diagonal(("1/2", 1)),), (Fraction(1),))
    number = {"layers": [[["1/2"]], [["1/2"]]], "observed": [[0, 0, 1]]}
    pairs = {"layers": [diagonal(("1/2", "1/2"))] * 2, "observed": [[0, 1, 1], [1, 0, 1]]}
    square = {"layers": [diagonal(("1/2", "1/3"))] * 2, "observed": [[0, 1, -1]]}

    def deep(data: dict[str, Any]) -> dict[str, object]:
        cells = tuple((i, j, Fraction(y)) for i, j, y in data["observed"])
        rows, columns = len(data["layers"][-1]), len(data["layers"][0][0])
        return dump_problem(Problem.of(data["layers"], Observations(rows, columns, cells)))

    def sensed(layer: tuple[object, ...], depth: int, seen: Measurements) -> dict[str, object]:
        return dump_problem(Sensing((diagonal(layer),) * depth, seen))

    minimal: dict[str, object] = {"alpha": "1/10", "values": ["2/3"], "vectors": [[0, 1]]}
    return [
        (paper.commuting_limit, "symmetric", deep(pairs)),
        (paper.trace_is_minimized_at_small_scale, IDENTITY, {"problem": sensed(("1/10",) * 2, 3, weighted)} | minimal),
        (paper.schatten_quasi_norms_are_not_minimized, IDENTITY, sensed(("1/2",) * 2, 2, ones)),
        (paper.depth_breaks_ties, IDENTITY, sensed(("1/2",) * 3, 2, tied)),
        (paper.exponential_form, "depth 2", deep(number)),
        (paper.exponential_form, "balanced", deep(number)),
        (
            paper.negative_eigenvalues_are_not_learned,
            IDENTITY,
            {
                "problem": deep(number | {"observed": [[0, 0, -1]]}),
                "time": 2,
                "target": [[-1]],
                "eigenvalues": [-1],
            },
        ),
        (paper.singular_values, "a balanced start", deep(square)),
        (paper.singular_vectors, "balanced layers", deep(square)),
        (paper.singular_vectors, "positive", deep(square)),
        (paper.aligned_vectors, "balanced layers", deep(square)),
        (paper.preconditioner, "balanced", deep(number)),
        (
            paper.two_singular_values,
            "equal starts eps",
            {"problem": sensed(("1/5", "1/5"), 3, half), "ratio": "1/2"},
        ),
        (paper.scalar_closed_forms, "equal", {"problem": deep(number), "factor": "1/2"}),
        (paper.nuclear_norm_of_the_four_by_four, "R > 1", {"R": 2}),
        (paper.unobserved_entry_is_large, SMALL_LOSS, {"W": [[100, 1], [1, "1/10"]]}),
        (paper.best_bound, DETERMINANT, {"W": [[100, 1], [1, "1/10"]]}),
        (paper.near_rank_one, DETERMINANT, {"W": [[100, 1], [1, "1/10"]]}),
        (paper.global_existence, "that is nowhere negative", {"numbers": ["-1", "-1"], "time": 1}),
        (paper.no_potential, "that is not zero", {"g": [1, 0], "depth": 3, "dimensions": 2}),
        (paper.no_potential_for_matrices, "2 by 2", {"depth": 2, "rows": 2}),
    ]


@pytest.mark.parametrize(
    ("claim", "drops", "data"), data_where_it_holds(), ids=lambda x: short(x) if isinstance(x, Claim) else str(x)[:20]
)
def test_where_the_hypothesis_holds_the_second_path_sees_no_violation(
    claim: Claim, drops: str, data: dict[str, object]
) -> None:
    witness = Witness(
        problem=data,
        hypotheses=(Established(name="for the test", how="by construction"),),
        violates="nothing",
        claim=claim.slug,
        without=drops,
    )
    assert not refuted_by(replay(claim, witness))
