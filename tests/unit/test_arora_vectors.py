"""Named starts of the package on Arora et al. 2019 against reference digits, and its claims as a whole."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofs_checks import arora_cohen_hu_luo_2019 as package
from proofs_checks.arora_cohen_hu_luo_2019 import commuting, completion
from proofs_checks.arora_cohen_hu_luo_2019.again import rates, rates_again, transposed_problem
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES, fully_observed, multiples, observed
from verify.arithmetic import Ball
from verify.claims import Assurance, Outcome, Verdict, collect, run_claims
from verify.models import Observations, Problem
from verify.rigorous import certify_limit, enclose_flow


def scalars(start: str, depth: int) -> Problem:
    return Problem(multiples(1, *[start] * depth), observed(1, 1, (0, 0, 1)))


def targeted(depth: int) -> Problem:
    return Problem(multiples(2, *["1/2"] * depth), fully_observed((1, -1)))


#: name: problem, time, position, digits (correct as shown)
REFERENCES: dict[str, tuple[Problem, str, tuple[int, int], str]] = {
    "V1": (scalars("1/2", 2), "1", (0, 0), "0.711234594227593859942056149222187642798586338"),
    "V2, N = 1": (scalars("1/2", 1), "1", (0, 0), "0.816060279414278839202238114919269566277094434"),
    "V2, N = 3": (scalars("1/2", 3), "4", (0, 0), "0.999825672754932406596649351834214816302489207"),
    "V7": (COUNTEREXAMPLES["V7"], "4", (0, 0), "1.7307893072872716417999143156134"),
    "V9, N = 2": (COUNTEREXAMPLES["V9-2"], "1/2", (0, 1), "0.606575289149244172960546783555201067"),
    "V9, N = 3": (COUNTEREXAMPLES["V9-3"], "1/2", (1, 0), "0.578687721997232239704324927510092247"),
    "V11": (COUNTEREXAMPLES["R1"], "1", (0, 0), "0.687134728295045176877315434136717888"),
    "V12": (COUNTEREXAMPLES["R3"], "8", (0, 0), "0.3048805358496895906564019323994952316077"),
    "R2": (COUNTEREXAMPLES["R2"], "1", (0, 1), "0.73784973764673921138"),
    "V15, N = 2": (targeted(2), "3", (1, 1), "0.00049599632572767488265468327245538"),
    "V15, N = 3": (targeted(3), "3", (1, 1), "0.0075384349666152633056261260872181"),
    "V15, N = 4": (targeted(4), "3", (0, 0), "0.99410357266980287854572479500446"),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_enclosures_hold_the_reference_digits(name: str) -> None:
    problem, time, (i, j), digits = REFERENCES[name]
    shown = Fraction(digits)
    unit = Fraction(1, 10 ** len(digits.partition(".")[2]))
    value = enclose_flow(problem, time=Fraction(time), digits=18).product[i][j]
    assert value.rad < Fraction(1, 10**17)
    assert value.overlaps(Ball(shown, unit))


def test_limits_hold_the_reference_digits() -> None:
    limit = completion.certified(COUNTEREXAMPLES["V10"])
    for position, digits in (((0, 1), "0.66285325134489608331782"), ((1, 0), "0.60277312614925157919029")):
        i, j = position
        assert limit.product[i][j].overlaps(Ball(Fraction(digits), Fraction(1, 10**22)))
    end = certify_limit(COUNTEREXAMPLES["R3"], digits=25).product[0][0]
    assert end.overlaps(Ball(Fraction("0.3048805358496895906564019323995"), Fraction(6, 10**30)))


def test_bisected_limits_hold_the_reference_digits() -> None:
    """V4 (A = diag(1, 2)) and V6 (A = diag(1, 3/2), start α diag(2, 1)) at depth 3, α = 1/10."""
    one, two, tenth = Fraction(1), Fraction(2), Fraction(1, 10)
    for a, shape, first in (
        ((one, two), (one, one), "0.00560029380971092227404046588779409282"),
        ((one, Fraction(3, 2)), (two, one), "0.976768684455199992967659917383"),
    ):
        low, high = commuting._shaped(a, one, tenth, shape)[0]
        shown = Ball(Fraction(first), Fraction(1, 10 ** (len(first) - 3)))
        assert Ball.between(1 / high**3, 1 / low**3).overlaps(shown)


def test_ties_break_as_in_the_reference() -> None:
    rational, surd = commuting._Z4
    shown = Fraction("0.220062873502840122533453956491168910374024182")
    root = (shown - rational) / surd  # should be √2
    assert abs(root**2 - 2) < Fraction(1, 10**42)


@pytest.mark.parametrize("name", COUNTEREXAMPLES)
def test_two_ways_to_differentiate_agree(name: str) -> None:
    """The adjoint sweep and differences of the loss, on which checks and rechecks rest."""
    problem = COUNTEREXAMPLES[name]
    assert rates(problem) == rates_again(problem)
    assert transposed_problem(transposed_problem(problem)) == problem
    assert problem.balanced is (name not in {"R1", "R2", "R3", "R8", "V10"})


def test_observations_of_the_four_by_four_are_symmetric() -> None:
    problem = completion.four_by_four("1/10", 2)
    seen = {(i, j): y for i, j, y in problem.observations.entries}
    assert all(seen[j, i] == y for (i, j), y in seen.items())
    assert isinstance(problem.observations, Observations)


#: Left to `make check`, which runs all claims.
SLOW = {"depth-three-prefers-low-rank", "literally-nuclear-norm-at-small-scale"}


@pytest.mark.parametrize("slug", [s for s in collect(package).slugs if s.rpartition("/")[2] not in SLOW])
def test_claims_come_out_as_expected(slug: str) -> None:
    """Every claim, its twin and their rechecks; what is stored is replayed."""
    claim = collect(package).get(slug)
    result = run_claims([claim], digits=20)[slug]
    assert result.as_expected, result.examination.decision
    assert not result.stale
    assert result.twin is not None
    assert result.twin.decision.verdict is Verdict.REFUTED
    assert claim.stored(twin=True), "no witness of the twin is kept"
    if claim.expects is Verdict.HOLDS and claim.scope.level.name == "ALL":
        decided = [e for e in result.examination.evidence if e.outcome is Outcome.SUPPORTS]
        assert decided
        assert all(e.assurance is Assurance.PROVED for e in decided)
