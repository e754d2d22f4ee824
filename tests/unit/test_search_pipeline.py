"""The hunt as a whole: only certified witnesses refute, runs repeat and add up, an interrupt keeps what there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hunted import CHART, EVERY, RATIONAL, certify
from verify.arithmetic import Ball, InputError
from verify.claims import (
    Assurance,
    Claim,
    Established,
    Evidence,
    Outcome,
    Run,
    Scope,
    Verdict,
    Witness,
    claim,
    load_file,
    refuted_by,
    write_witness,
)
from verify.search import Chart, Hunt, Tally, run_hunt
from verify.search.pipeline import histogram_lines, hunt_of
from verify.search.shard import search

HUNTED = Path(__file__).parents[1] / "hunted.py"
CLAIMS = load_file(HUNTED)
FALSE, TRUE = CLAIMS.get("hunted/false"), CLAIMS.get("hunted/true")


def made(hunt: Hunt, recheck: Callable[[Witness, Run], Evidence] | None = None) -> Claim:
    @claim("local/claim", scope=EVERY, expects=Verdict.REFUTED, hypotheses=(RATIONAL,))
    def local(run: Run) -> Evidence:
        """Statement: x² + y² ≤ 2 for x + y ≥ 1."""
        raise AssertionError("a hunt does not run the check")

    local.hunt(lambda run: hunt)
    local.recheck(recheck or FALSE.rechecker)  # type: ignore[arg-type]
    return local


def test_a_false_claim_is_refuted_by_the_simplest_data() -> None:
    report = run_hunt(FALSE, seed=3)
    assert report.refuted
    assert report.simplest is not None
    assert report.simplest.confirmed
    # of all pairs with x² + y² > 2 and x + y ≥ 1 this has the shortest text, then the smallest numbers
    assert report.simplest.find.witness.problem in ({"x": "0", "y": "2"}, {"x": "2", "y": "0"})
    assert report.worst is not None
    assert report.worst.find.slack < -14  # the box ends at 2 − 9 − 9 = −16
    assert report.tally.admitted < report.tally.drawn
    assert report.tally.smallest <= report.worst.find.slack
    evidence = report.evidence()
    assert (evidence.outcome, evidence.assurance) == (Outcome.REFUTES, Assurance.PROVED)
    assert evidence.witness is not None
    assert evidence.witness.claim == "hunted/false"


def test_a_slack_in_error_never_refutes() -> None:
    report = run_hunt(TRUE, cases=20_000)
    assert report.tally.violated > 100
    assert report.tally.refused > 0
    assert report.tally.reasons == {"the inequality holds": report.tally.refused}
    assert not report.refuted
    assert report.simplest is None
    evidence = report.evidence()
    assert (evidence.outcome, evidence.assurance) == (Outcome.SUPPORTS, Assurance.SAMPLED)
    assert evidence.instances == report.tally.admitted >= 20_000
    assert "smallest slack -0.01" in evidence.detail


@pytest.mark.parametrize("flaw", ["sampled", "supports", "no witness"])
def test_evidence_that_does_not_decide_never_refutes(flaw: str) -> None:
    def weak(data: dict[str, Any]) -> Evidence:
        full = certify(data)
        if flaw == "sampled":
            return replace(full, assurance=Assurance.SAMPLED)
        if flaw == "no witness":
            return replace(full, witness=None)
        return Evidence.supports(kind="x", assurance=Assurance.PROVED, scope=Scope.instances("x"), detail="holds")

    report = run_hunt(made(Hunt(charts=(CHART,), certify=weak)), cases=2_000)
    assert not report.refuted
    assert report.tally.found == ()


def test_a_witness_that_the_recheck_denies_does_not_refute() -> None:
    def deny(witness: Witness, run: Run) -> Evidence:
        return Evidence.undecided(kind="again", scope=Scope.instances("it"), detail="not confirmed")

    report = run_hunt(made(Hunt(charts=(CHART,), certify=certify), deny), cases=2_000)
    assert report.tally.certified > 0
    assert report.simplest is not None
    assert not report.simplest.confirmed
    assert not report.refuted
    assert report.evidence().outcome is not Outcome.REFUTES


def test_another_witness_serves_where_the_recheck_denies_the_simplest() -> None:
    def deny(witness: Witness, run: Run) -> Evidence:
        large = all(Fraction(str(x)).denominator > 1 or abs(Fraction(str(x))) > 2 for x in witness.problem.values())
        make = Evidence.refutes if large else Evidence.supports
        return make(kind="again", assurance=Assurance.PROVED, scope=Scope.instances("it"), detail="large ones only")

    report = run_hunt(made(Hunt(charts=(CHART,), certify=certify), deny), cases=60_000)
    assert report.refuted


def test_high_precision_drops_what_rounding_made_negative() -> None:
    asked = []

    def precise(point: tuple[Fraction, ...]) -> float | None:
        asked.append(point)
        return 1.0

    def never(data: dict[str, Any]) -> Evidence:
        raise AssertionError("the certificate was asked")

    report = run_hunt(made(Hunt(charts=(replace(CHART, precise=precise),), certify=never)), cases=2_000)
    assert report.tally.dropped == len(asked) > 0
    assert report.tally.rounded == len(asked)


def test_where_high_precision_knows_nothing_the_certificate_decides() -> None:
    hunt = Hunt(charts=(replace(CHART, precise=lambda point: None),), certify=certify)
    assert run_hunt(made(hunt), cases=2_000).refuted


def test_a_hypothesis_that_fails_exactly_is_no_candidate() -> None:
    empty = replace(CHART, data=lambda point: None)
    report = run_hunt(made(Hunt(charts=(empty,), certify=certify)), cases=2_000)
    assert report.tally.violated > 0
    assert report.tally.rounded == 0


def test_no_admitted_candidate_is_vacuous() -> None:
    nowhere = replace(CHART, slack=lambda points: np.full(len(points), np.nan))
    report = run_hunt(made(Hunt(charts=(nowhere,), certify=certify)), cases=2_000)
    assert report.tally.admitted == 0
    assert report.evidence().outcome is Outcome.VACUOUS
    assert json.dumps(report.to_json())


def test_a_slack_of_the_wrong_shape_is_an_error() -> None:
    wrong = replace(CHART, slack=lambda points: points)
    with pytest.raises(TypeError, match="shape"):
        run_hunt(made(Hunt(charts=(wrong,), certify=certify)), cases=100)


def test_runs_repeat_and_parts_add_up() -> None:
    whole = run_hunt(FALSE, seed=7, cases=12_000)
    again = run_hunt(FALSE, seed=7, cases=12_000)
    assert whole.tally.without_time() == again.tally.without_time()
    parts = [run_hunt(FALSE, seed=7, cases=12_000, shards=[k]).to_json()["tally"] for k in (2, 0)]
    merged = run_hunt(FALSE, seed=7, shards=[1], earlier=json.loads(json.dumps(parts)))
    assert merged.tally.shards == whole.tally.shards == (0, 1, 2)
    assert merged.tally.histogram == whole.tally.histogram
    assert merged.tally.smallest == whole.tally.smallest
    assert (merged.tally.drawn, merged.tally.admitted) == (whole.tally.drawn, whole.tally.admitted)
    assert merged.simplest is not None
    assert whole.simplest is not None
    assert merged.simplest.find.witness == whole.simplest.find.witness
    other = run_hunt(FALSE, seed=8, cases=12_000)
    assert other.tally.histogram != whole.tally.histogram


def test_the_first_find_ends_the_hunt_when_asked() -> None:
    report = run_hunt(FALSE, cases=100_000, first=True)
    assert report.tally.shards == (0,)
    assert report.planned == 25
    assert report.unfinished
    assert report.refuted


def test_a_budget_ends_the_hunt() -> None:
    report = run_hunt(TRUE, cases=10**9, budget=0.2)
    assert 0 < len(report.tally.shards) < report.planned
    assert report.unfinished
    assert not report.interrupted


def test_an_interrupt_keeps_what_was_found() -> None:
    calls = 0

    def slack(points: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        if calls > 300:
            raise KeyboardInterrupt
        return CHART.slack(points)

    report = run_hunt(made(Hunt(charts=(replace(CHART, slack=slack),), certify=certify)), cases=10**6)
    assert report.interrupted
    assert 0 < len(report.tally.shards) < report.planned
    assert report.refuted
    assert report.simplest is not None


def test_stored_witnesses_come_first(tmp_path: Path) -> None:
    copy = tmp_path / "claims.py"
    copy.write_text(HUNTED.read_text(encoding="utf-8"), encoding="utf-8")
    find = run_hunt(FALSE, cases=2_000).simplest
    assert find is not None
    (tmp_path / "witnesses").mkdir()
    write_witness(find.find.witness, tmp_path / "witnesses" / "one.json")
    stale = replace(find.find.witness, problem={"x": "1", "y": "0"})
    write_witness(stale, tmp_path / "witnesses" / "two.json")
    report = run_hunt(load_file(copy).get("hunted/false"), cases=100)
    assert [refuted_by(answer) for _, answer in report.replayed] == [True, False]
    assert run_hunt(load_file(copy).get("hunted/false"), cases=100, replay_stored=False).replayed == ()


def test_claims_without_a_hunt_are_refused() -> None:
    with pytest.raises(InputError, match="has no hunt"):
        run_hunt(CLAIMS.get("hunted/without"))
    with pytest.raises(InputError, match="the negative twin of 'hunted/false'"):
        run_hunt(FALSE, twin=True)


def test_a_hunter_that_describes_nothing_usable_is_an_error() -> None:
    @claim("local/other", scope=EVERY)
    def local(run: Run) -> None:
        """Statement: 1 = 1."""

    local.hunt(lambda run: "no hunt")
    with pytest.raises(TypeError, match="not Hunt"):
        hunt_of(local, Run())
    with pytest.raises(InputError, match="second hunt"):
        local.hunt(lambda run: None)


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"cases": 0}, "cases"),
        ({"budget": 0.0}, "budget"),
        ({"jobs": 0}, "jobs"),
        ({"shards": []}, "shards"),
        ({"shards": [-1]}, "shards"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=place):
        run_hunt(FALSE, **options)


def test_negative_seeds_are_seeds() -> None:
    assert run_hunt(FALSE, seed=-1, cases=500).tally.drawn == 500


def test_the_histogram_is_drawn_from_the_worst_to_the_best() -> None:
    report = run_hunt(FALSE, cases=4_000)
    lines = histogram_lines(report.tally)
    assert sum(int(line.split()[-2]) for line in lines) == report.tally.admitted
    assert lines[0].split()[0].startswith("-1e")
    assert not lines[-1].split()[0].startswith("-")


def test_evidence_can_hold_balls_and_still_be_stored() -> None:
    def with_ball(data: dict[str, Any]) -> Evidence:
        found = certify(data)
        if found.witness is None:
            return found
        return replace(found, witness=replace(found.witness, enclosed={"x": Ball(Fraction(1), Fraction(1, 3))}))

    report = run_hunt(made(Hunt(charts=(CHART,), certify=with_ball)), cases=2_000)
    assert json.loads(json.dumps(report.to_json()))["refuted"] is True


def test_charts_share_the_candidates() -> None:
    left = Chart(name="left", lower=(-3, -3), upper=(0, 3), data=CHART.data, slack=CHART.slack)
    report = run_hunt(made(Hunt(charts=(CHART, left), certify=certify)), cases=4_096, first=True)
    assert report.tally.drawn == 4_096
    assert {find.chart for find in report.tally.found} == {"pairs", "left"}


def test_a_violation_smaller_than_the_noise_is_found_in_high_precision() -> None:
    """Balanced diagonal starts, one entry observed: det W(∞) = −b² is at most 1e-8 in size, far below what a float
    flow is trusted with. Where it is +b² nothing reaches the certificate."""
    from verify.models import Observations, dump_problem
    from verify.search.charts import diagonal
    from verify.search.flows import certified_limit, flow_chart

    given, asked = Established(name=RATIONAL, how="fractions"), []

    def certify(problem: Any) -> Evidence:
        asked.append(problem)
        limit = certified_limit(problem)
        assert limit.determinant is not None
        assert limit.determinant.upper < 0
        return Evidence.refutes(
            kind="limit",
            assurance=Assurance.ENCLOSED,
            scope=Scope.instances("it"),
            detail=limit.determinant.text(5),
            witness=Witness(problem=dump_problem(problem), hypotheses=(given,), violates="det W(∞) < 0"),
        )

    def hunted(sign: int) -> Tally:
        chart = flow_chart(
            "one entry observed",
            [(0.5, 2), (2**-17, 1e-4)],
            layers=lambda x: (diagonal(x), diagonal((x[0], sign * x[1]))),
            observations=Observations(2, 2, ((0, 0, Fraction(1)),)),
            slack=lambda ends, at: ends.determinant(),
        )
        return search(Hunt(charts=(chart,), certify=certify, noise=1e-5), seed=0, shard=0, cases=200)

    tally = hunted(-1)
    assert (tally.violated, tally.certified, len(asked)) == (0, 1, 1)
    tally = hunted(1)
    assert (tally.violated, tally.certified, len(asked)) == (0, 0, 1)
    assert tally.dropped == tally.rounded > 0


def test_a_find_is_told_though_the_second_path_fails() -> None:
    def stumbles(witness: Witness, run: Run) -> Evidence:
        raise KeyError("a number that the witness does not store")

    local = made(Hunt(charts=(CHART,), certify=certify, cases=400), recheck=stumbles)
    report = run_hunt(local, seed=1)
    assert report.simplest is not None
    assert not report.simplest.confirmed
    assert report.simplest.recheck is not None
    assert "KeyError" in report.simplest.recheck.detail
    assert not report.refuted
