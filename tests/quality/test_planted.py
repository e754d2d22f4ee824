"""Does the hunt find and shrink? Planted false claims, from a cold start, against counterexamples found by hand.

By default one seed each. With HYPOTHESIS_PROFILE=nightly 20 seeds, of which 19 must succeed within a minute.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic

import pytest

from tests.vectors import NIGHTLY
from verify.claims import Claim, load_file
from verify.search import HuntReport, run_hunt
from verify.search.hunt import as_plain, complexity, shortest_text

PLANTED = load_file(Path(__file__).parent / "planted.py")
KNOWN = sys.modules[PLANTED.claims[0].module].KNOWN
SEEDS = range(20) if NIGHTLY else range(1)


def found(claim: Claim, seed: int) -> tuple[HuntReport, bool]:
    """One hunt, and whether it found, confirmed and shrank a counterexample within a minute."""
    began = monotonic()
    report = run_hunt(claim, seed=seed, first=True)
    if not report.refuted or report.simplest is None or monotonic() - began > 60:
        return report, False
    return report, report.simplest.confirmed and report.simplest.find.complexity[0] <= known_length(claim)


def known_length(claim: Claim) -> int:
    return len(shortest_text(as_plain(KNOWN[claim.slug])))


@pytest.mark.parametrize("claim", PLANTED.claims, ids=lambda claim: claim.slug.partition("/")[2])
def test_planted_claims_are_refuted_by_short_data(claim: Claim) -> None:
    reports = [found(claim, seed) for seed in SEEDS]
    failures = [report for report, good in reports if not good]
    assert len(failures) <= len(SEEDS) // 20, [(r.seed, r.tally, r.simplest) for r in failures]


def test_what_is_known_by_hand_certifies() -> None:
    """The yardstick itself: each known counterexample refutes its claim on both paths."""
    from verify.claims import Run, refuted_by, replay
    from verify.models import Problem
    from verify.search.pipeline import hunt_of

    cheap = [claim for claim in PLANTED if claim.slug not in ("planted/c6", "planted/c13")]
    for claim in PLANTED if NIGHTLY else cheap:
        data = KNOWN[claim.slug]
        certified = hunt_of(claim, Run()).certify(data if isinstance(data, Problem) else dict(data))
        assert certified.witness is not None, (claim.slug, certified.detail)
        assert refuted_by(replay(claim, certified.witness.addressed_to(claim.slug, twin=False))), claim.slug


def test_the_required_claims_are_planted() -> None:
    wanted = {"c3", "c6", "c12", "c15", "r1", "r3", "ce2", "t6", "c10", "c2", "r7", "r8", "ce1", "ce8"}
    assert wanted <= {slug.partition("/")[2] for slug in PLANTED.slugs}
    assert complexity({"a": 1})[0] == len("{a:1}")
