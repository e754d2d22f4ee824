"""Which hypotheses of the claims about Shin & Yun 2026 are seen to be needed; and the limits that are known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

import proofs_checks.shin_yun_2026 as paper
from proofs_checks.shin_yun_2026.ablations.family import less
from proofs_checks.shin_yun_2026.frames import KnownLimit, limit_in_frame, mean_frame, unit_frame
from proofs_checks.shin_yun_2026.instances import FAMILY, Member
from proofs_checks.shin_yun_2026.menon import ANTISYMMETRIC_START, THREE_KINDS
from tests.vectors import NIGHTLY
from verify.claims import Claim, Evidence, Outcome, Run, Witness
from verify.claims.runner import examine, replay
from verify.models import Observations, Problem, diagonal, dump_problem
from verify.search import run_hunt

YES, NO = True, False
SIGNS = {"alpha > 0": YES, "w > 0": YES}

#: For each claim what is dropped, and whether it is seen to be needed.
NEEDED: Mapping[str, Mapping[str, bool]] = {
    "all-quadratic-first-integrals": {"all of value 1": NO},
    "almost-every-start-is-coupled": {"depth >= 3": YES, "almost every start": YES},
    "closed-forms": {"n = 2": YES, "s = 1": YES, "depth 3 or 4": NO, "1 < m": YES, "m < infinity": NO} | SIGNS,
    "commutative-families": {
        "all layers equal": YES,
        "not zero": YES,
        "commutative": NO,
        "symmetric matrices": YES,
        "with constant diagonals": YES,
        "w > 0": YES,
    },
    "conformal-layers-are-decoupled": {"three equal layers [[a, -b], [b, a]]": YES},
    "coupled-limit-has-full-rank": {"depth >= 3": YES, "diagonal observations": YES},
    "coupled-with-stable-rank-two": {"w_12 = -w_21": YES},
    "coupling-inside-the-family": {
        "depth >= 3": YES,
        "1 < m": YES,
        "m < infinity": YES,
        "alpha > 0": YES,
        "diagonal observations": NO,
    },
    "depth-lowers-the-stable-rank": {
        "all layers equal": YES,
        "in the family": YES,
        "lambda_1(0) > lambda_2(0) > 0": YES,
        "w > 0": NO,
        "d(0) < w": YES,
    },
    "depth-order-at-one-scale": {
        "s = 1": YES,
        "1 < m": YES,
        "m < infinity": YES,
        "alpha > 0": YES,
        "w > 0": NO,
        "alpha (1 + (n-1)/m) <= 1 and d(0) <= w at depth 2": YES,
    },
    "depth-two-closed-form": {"depth 2": YES, "m > 1": YES} | SIGNS,
    "depth-two-determinant-law": {
        "depth 2": YES,
        "balanced": YES,
        "with negative determinant": YES,
        "equal values w > 0": YES,
        "w > 0": NO,
        "sin 2 theta != 0": NO,
    },
    "depth-two-from-any-start": {
        "depth 2": NO,
        "diagonal observations": YES,
        "u_i != 0": YES,
        "(and v_i != 0 where w_i <= 0)": YES,
    },
    "depth-two-is-decoupled": {"depth 2": YES, "without common rows or columns": YES},
    "diagonal-blocks": {"m = infinity": YES} | SIGNS,
    "every-ratio": {"s = 1": NO, "depth >= 3": YES} | SIGNS,
    "exceptional-starts": {
        "balanced start": YES,
        THREE_KINDS: YES,
        "with q != 0": YES,
        "symmetric": YES,
        "negative": YES,
        "with lambda > 0": YES,
        "of value 1": YES,
    },
    "exchange-of-limits": {"depth >= 3": YES, "1 < m": YES, "m < infinity": NO} | SIGNS,
    "first-integrals": {"depth >= 3": YES, "1 < m": YES, "m < infinity": YES, "alpha > 0": NO, "w > 0": NO},
    "invariant-subspaces": {"depth 2": YES, "the same subspace within a connected part": YES},
    "large-scale-asymptotics": {"depth >= 3": YES, "1 < m": YES, "m < infinity": NO} | SIGNS,
    "limit-equations": {"depth >= 3": YES, "1 < m": YES, "m < infinity": YES} | SIGNS,
    "limit-solves-the-equations": {"1 < m": YES} | SIGNS,
    "mixed-signs-do-not-fit": {
        "balanced start": YES,
        "W(0) symmetric": YES,
        "diagonal observations": YES,
        "one of the values is -1": YES,
        "W(0) positive semidefinite": YES,
    },
    "negative-scale-does-not-fit": {
        "odd depth >= 3": YES,
        "s = 1": NO,
        "m > 1": YES,
        "alpha < 0": YES,
        "w > 0": YES,
    },
    "opposite-eigenvalues-are-decoupled": {"m = 1 - n/2": YES, "even depth": YES},
    "plasticity-trap": {
        "depth 2": NO,
        "a² + b² = w > 0": YES,
        "2ab = p >= 0": YES,
        "p < v": YES,
        "v p < w²": YES,
    },
    "rank-is-never-lost": {
        "balanced": YES,
        "full rank": YES,
        "diagonal observations": YES,
        "of one positive value": YES,
    },
    "rank-is-never-lost-at-finite-scale": {
        "balanced": YES,
        "full rank": YES,
        "diagonal observations": YES,
        "of nonzero values": YES,
        "the flow converges to a matrix of zero loss": YES,
    },
    "rank-one-although-decoupled": {"depth 2": YES, "n >= 2": YES, "m = 1": YES} | SIGNS,
    "rank-one-iff-coupled": {"1 < m": YES, "n >= 2": YES, "w > 0": YES},
    "reflected-flow": {
        "balanced": YES,
        "with positive determinant": NO,
        "of value 1": YES,
        ANTISYMMETRIC_START: YES,
    },
    "small-scale-asymptotics": {"depth >= 3": YES, "1 < m": YES, "m < infinity": NO} | SIGNS,
    "stable-rank-bound-at-points": {"depth >= 3": YES, "1 < m": YES, "m < infinity": NO} | SIGNS,
    "stable-rank-bounds": {"depth >= 3": YES, "1 < m": YES, "m < infinity": NO} | SIGNS,
    "time-along-the-curve": {"depth >= 3": NO, "1 < m": YES, "m < infinity": NO, "alpha > 0": YES, "w > 0": NO},
}
CLAIMS: Mapping[str, Claim] = {
    one.slug.partition("/")[2]: one for name in paper.__all__ if isinstance(one := getattr(paper, name), Claim)
}


def _without_its_own_check(one: Claim) -> Claim:
    """The claim's ablations alone, and its twin where that is one."""

    def nothing(run: Run) -> list[Evidence]:
        return []

    return replace(one, check=nothing, _twin=[twin for twin in one._twin if twin.drops])


@pytest.mark.parametrize("name", NEEDED)
def test_each_dropped_hypothesis_comes_out_as_intended(name: str) -> None:
    result = examine(_without_its_own_check(CLAIMS[name]), Run())
    assert not result.broken
    assert {part: result.needed(part) for part in NEEDED[name]} == NEEDED[name]


def test_the_table_names_every_ablation() -> None:
    dropped = {
        name: {ablation.drops for ablation in one.ablations} | {one.twin.drops if one.twin else ""} - {""}
        for name, one in CLAIMS.items()
    }
    assert {name: parts for name, parts in dropped.items() if parts} == {n: set(parts) for n, parts in NEEDED.items()}


@pytest.mark.parametrize(
    ("part", "instead", "left"),
    [
        ("m > 1", "", "depth 2, w > 0"),
        ("w > 0", "", "depth 2, m > 1"),
        ("depth 2", "", "m > 1, w > 0"),
        ("m > 1", "m >= 1", "depth 2, m >= 1, w > 0"),
    ],
)
def test_a_part_is_taken_out_of_a_list_in_words(part: str, instead: str, left: str) -> None:
    assert less("depth 2, m > 1, w > 0", part, instead) == left


def _shown(name: str, part: str) -> Witness:
    """What an ablation shows, addressed to it."""
    one = CLAIMS[name]
    check = next(ablation.check for ablation in one.ablations if ablation.drops == part)
    [evidence] = list(check(Run(claim=one.slug, without=part)))  # type: ignore[arg-type]
    assert evidence.witness is not None
    return evidence.witness.addressed_to(one.slug, twin=False, without=part)


@pytest.mark.parametrize(
    ("name", "part", "change"),
    [
        # sentences about a limit that is known exactly, or enclosed, that are true
        ("limit-equations", "w > 0", {"bound": "0"}),
        ("limit-equations", "m < infinity", {"bound": "1/2"}),
        ("rank-one-iff-coupled", "1 < m", {"bound": "1/2"}),
        ("rank-is-never-lost", "full rank", {"sign": "<", "bound": "1"}),
        ("depth-two-closed-form", "m > 1", {"sign": ">", "bound": "2"}),
        ("stable-rank-bounds", "1 < m", {"bound": "5/2"}),
        # frames that do not belong to the start
        ("limit-equations", "w > 0", {"frame": [[["1", "0"], ["0", "0"]], [["0", "0"], ["0", "1"]]]}),
        ("limit-equations", "alpha > 0", {"frame": [[["1", "0"], ["0", "1"]]]}),
    ],
)
def test_the_second_path_does_not_confirm_what_is_not_violated(
    name: str, part: str, change: Mapping[str, object]
) -> None:
    witness = _shown(name, part)
    assert replay(CLAIMS[name], witness).outcome is Outcome.REFUTES
    true = replace(witness, enclosed={**witness.enclosed, **change})
    assert replay(CLAIMS[name], true).outcome is not Outcome.REFUTES


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("small-scale-asymptotics", "w > 0"),
        ("large-scale-asymptotics", "alpha > 0"),
        ("exchange-of-limits", "1 < m"),
        ("first-integrals", "1 < m"),
    ],
)
def test_a_member_with_all_hypotheses_violates_no_bound(name: str, part: str) -> None:
    witness = _shown(name, part)
    assert replay(CLAIMS[name], witness).outcome is Outcome.REFUTES
    member = dump_problem(FAMILY["V03"].problem())
    enclosed = {**witness.enclosed, "false value": Fraction(40, 3)} if name == "first-integrals" else witness.enclosed
    true = replace(witness, problem=member, enclosed=enclosed)
    assert replay(CLAIMS[name], true).outcome is Outcome.SUPPORTS


HUNTED = [
    ("depth-two-determinant-law", "balanced"),
    ("stable-rank-bounds", "1 < m"),
    ("exceptional-starts", "balanced start"),
    ("mixed-signs-do-not-fit", "balanced start"),
    ("reflected-flow", "balanced"),
]


@pytest.mark.parametrize(("name", "part"), HUNTED if NIGHTLY else HUNTED[:2])
def test_a_hunt_finds_that_a_hypothesis_is_needed(name: str, part: str) -> None:
    report = run_hunt(CLAIMS[name], without=part, cases=64, first=True)
    assert report.refuted


# ---------------------------------------------------------------------------------------------------------------------
# Limits that are known exactly

HALF, TWO = Fraction(1, 2), Fraction(2)


def values(*y: int) -> Observations:
    return Observations(len(y), len(y), tuple((i, i, Fraction(x)) for i, x in enumerate(y)))


@pytest.mark.parametrize(
    ("problem", "frame", "expected"),
    [
        (Member(3, 2, TWO, -HALF).problem(), mean_frame(2), (0, 0)),  # α < 0, odd depth
        (Member(2, 3, TWO, HALF, Fraction(-1)).problem(), mean_frame(3), (0, 0)),  # w < 0
        (FAMILY["V22"].problem(), mean_frame(2), (2, 0)),  # m = 1
        (Member(3, 2, None, HALF).problem(), unit_frame(2), (1, 1)),
        (Problem((diagonal((HALF, HALF)),) * 2, values(4, -1)), unit_frame(2), (4, 0)),
        (Problem((diagonal((HALF, HALF)), diagonal((-HALF, -HALF))), values(-4, 1)), unit_frame(2), (-4, 0)),
    ],
)
def test_the_limit_in_a_frame(problem: Problem, frame: object, expected: tuple[int, ...]) -> None:
    limit = limit_in_frame(problem, frame)
    assert isinstance(limit, KnownLimit)
    assert limit.eigenvalues == expected


@pytest.mark.parametrize(
    ("problem", "frame", "reason"),
    [
        (Member(3, 2, TWO, HALF).problem(), mean_frame(2), "neither shrink nor move"),  # the two are coupled by d
        (Member(2, 2, TWO, -HALF).problem(), mean_frame(2), "neither shrink nor move"),  # even depth: it fits
        (Member(3, 2, HALF, HALF, Fraction(-1)).problem(), mean_frame(2), "neither shrink nor move"),  # τ₂ < 0 < τ₁
        (Problem((diagonal((HALF, 1)),) * 2, values(1, 1)), mean_frame(2), "not the same combination"),
        (Problem((diagonal((HALF, HALF)),) * 2, values(1, 2)), mean_frame(2), "does not stay in the span"),
        (Problem((diagonal((HALF, HALF)), diagonal((1, 1))), values(1, 1)), unit_frame(2), "same combination"),
        (Problem((diagonal((HALF, HALF)),), values(1, 1)), unit_frame(2), "no frame"),
        (Problem((diagonal((HALF, HALF)),) * 2, values(1, 1)), (diagonal((HALF, HALF)),), "no frame"),
    ],
)
def test_no_limit_is_told_where_the_theorem_does_not_apply(problem: Problem, frame: object, reason: str) -> None:
    assert reason in str(limit_in_frame(problem, frame))


def test_quantities_of_a_known_limit() -> None:
    limit = KnownLimit(mean_frame(3), (Fraction(3), Fraction(1)))
    assert limit.quantity("stable rank") == 1 + 2 * Fraction(1, 9)
    assert limit.quantity("determinant") == 3
    assert limit.quantity("smallest singular value") == 1
    assert limit.quantity("largest singular value") == 3
    assert limit.quantity("row sum 1") == 3
    assert limit.quantity("entry 0 1") == Fraction(2, 3)
    assert KnownLimit(mean_frame(2), (Fraction(0), Fraction(0))).quantity("stable rank") is None
    assert KnownLimit((mean_frame(2)[0],), (Fraction(1),)).quantity("smallest singular value") == 0
