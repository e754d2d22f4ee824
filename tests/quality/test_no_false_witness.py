"""True claims are hunted without a catch, however wrong the float search may be: the certificate stops everything.

By default a thousand candidates of each claim. With HYPOTHESIS_PROFILE=nightly a million in all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.vectors import NIGHTLY
from verify.arithmetic import InputError
from verify.claims import Claim, Run, Verdict, installed_claims, refuted_by, replay, run_claims
from verify.search import Chart, Hunt, merged, run_hunt
from verify.search.pipeline import hunt_of
from verify.search.shard import search


def hunted(*, twin: bool) -> list[Claim]:
    """The installed claims with a hunt for the claim itself, or for its twin."""
    found = []
    for claim in installed_claims():
        if claim.hunter is not None:
            try:
                hunt_of(claim, Run(twin=twin))
            except InputError:
                continue
            found.append(claim)
    return found


TRUE = [claim for claim in hunted(twin=False) if claim.expects is Verdict.HOLDS]
FALSE = [(claim, False) for claim in hunted(twin=False) if claim.expects is Verdict.REFUTED]
FALSE += [(claim, True) for claim in hunted(twin=True)]
if not NIGHTLY:  # the witnesses of the open questions are replayed below; hunting them anew takes a minute
    FALSE = [(claim, twin) for claim, twin in FALSE if claim.paper != "open_questions"]
EACH = 1_000_000 // len(TRUE) + 1 if NIGHTLY else 1_000


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.slug)
def test_a_true_claim_is_not_refuted(claim: Claim) -> None:
    report = run_hunt(claim, cases=EACH, seed=11)
    assert report.tally.found == ()
    assert not report.refuted
    assert report.tally.admitted > EACH / 4  # the hypotheses are satisfiable, and often satisfied
    assert report.tally.drawn >= 0.99 * EACH


def mistaken(chart: Chart) -> Chart:
    """A slack that is negative wherever the hypotheses hold, with no second look: a search full of false alarms."""
    original: Callable[[np.ndarray], np.ndarray] = chart.slack
    return replace(chart, slack=lambda points: -1.0 - np.abs(original(points)), precise=None)


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.slug)
def test_the_certificate_stops_false_alarms(claim: Claim) -> None:
    hunt = hunt_of(claim, Run())
    astray: Hunt = replace(hunt, charts=tuple(mistaken(chart) for chart in hunt.charts))
    count = 20 if NIGHTLY else 1
    tally = merged(search(astray, seed=3, shard=k, cases=400, tries=4 if NIGHTLY else 1) for k in range(count))
    assert tally.violated == tally.admitted > 0
    assert tally.refused >= len(hunt.charts)
    assert tally.found == ()


@pytest.mark.parametrize(("claim", "twin"), FALSE, ids=lambda x: x.slug if isinstance(x, Claim) else f"twin={x}")
def test_a_false_sentence_or_variant_is_refuted_by_hunting(claim: Claim, twin: bool) -> None:
    """From a cold start, and confirmed by the recheck; how it is shrunk is tested on planted claims (and nightly)."""
    if NIGHTLY:
        report = run_hunt(claim, twin=twin, first=True, cases=16_384, replay_stored=False)
        assert report.simplest is not None
        assert report.simplest.confirmed
    else:
        hunt = hunt_of(claim, Run(claim=claim.slug, twin=twin))
        found = (find for shard in range(4) for find in search(hunt, seed=0, shard=shard).found)
        assert refuted_by(replay(claim, next(found).witness.addressed_to(claim.slug, twin=twin)))
    stored = claim.stored(twin=twin)
    assert all(refuted_by(replay(claim, witness)) for witness in stored[:1])


def test_the_open_questions_are_refuted_as_they_stand() -> None:
    """By their stored witnesses, which hunts found."""
    questions = [claim for claim in installed_claims() if claim.paper == "open_questions"]
    assert len(questions) == 4
    report = run_claims(questions)
    assert all(result.as_expected and not result.stale for result in report.results)


def test_the_question_about_the_diagonal_is_refuted_from_a_cold_start() -> None:
    claim = installed_claims().get("open-questions/udu-escapes-spurious-minima")
    report = run_hunt(claim, first=True, replay_stored=False)
    assert report.simplest is not None
    assert report.simplest.confirmed
    [stored] = claim.stored(twin=False)
    assert report.simplest.find.witness.problem == stored.problem
