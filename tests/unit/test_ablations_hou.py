"""The claims of Hou, Sra & Yurtsever without their hypotheses: which are needed, and that second paths can object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import proofs_checks.hou_sra_yurtsever_2025 as paper
from proofs_checks.hou_sra_yurtsever_2025 import again
from proofs_checks.hou_sra_yurtsever_2025.ablations import loose_points, slope_at
from proofs_checks.hou_sra_yurtsever_2025.loose import Loose
from verify.arithmetic.exact import multiply, transpose
from verify.claims import Claim, Run, Witness
from verify.claims.runner import examine, refuted_by, replay
from verify.search import run_hunt

#: Whether the claim was seen to fail without a hypothesis.
NEEDED: Mapping[tuple[str, str], bool] = {
    ("balls-of-any-norm", "and D >= 0"): True,
    ("balls-of-any-norm", "of some norm"): True,
    ("column-invariants", "D >= 0"): False,
    ("column-invariants", "the ball holds U"): False,
    ("edges-of-the-definition", "D >= 0"): True,
    ("edges-of-the-definition", "the ball holds U"): True,
    ("fixed-iff-stationary", "D >= 0"): False,
    ("fixed-iff-stationary", "the ball holds U"): True,
    ("fixed-u-steps", "G = ∇f(X) is symmetric"): True,
    ("fixed-u-steps", "and the projection acts"): True,
    ("flow-descends", "D >= 0"): True,
    ("flow-descends", "the ball holds U"): True,
    ("full-rank-at-every-step", "D = I"): True,
    ("full-rank-at-every-step", "of full rank"): True,
    ("full-rank-at-every-step", "with small entries"): False,
    ("no-column-vanishes", "2ηλ_j‖G‖ < 1"): True,
    ("no-column-vanishes", "I − 2ηG is regular for UUᵀ"): True,
    ("no-column-vanishes", "no column is zero at the start"): True,
    ("no-column-vanishes", "λ_j(0)² > ‖u_j(0)‖²/2 for the terms"): True,
    ("no-further-invariants", "the loss is arbitrary: its gradient takes every value"): True,
    ("optimal-fixed-points", "G ⪰ 0"): True,
    ("optimal-fixed-points", "a dead column leaves it"): True,
    ("optimal-fixed-points", "f is convex"): True,
    ("optimal-fixed-points", "has two continuous derivatives"): False,
    ("optimal-fixed-points", "it is a local minimum"): True,
    ("optimal-fixed-points", "span a hyperplane"): True,
    ("optimal-fixed-points", "the point is fixed"): True,
    ("parallel-columns", "all columns are multiples of one vector"): True,
    ("parallel-columns", "the ball is active"): True,
    ("parallel-columns", "the column is dead"): True,
    ("projection-never-acts", "D >= 0"): False,
    ("projection-never-acts", "G = ∇f(X) is symmetric"): False,
    ("projection-never-acts", "and by that of D"): True,
    ("projection-never-acts", "any step η > 0"): True,
    ("projection-never-acts", "radius α > 0"): False,
    ("projection-never-acts", "the ball holds U"): False,
    ("same-products-as-burer-monteiro", "D >= 0"): False,
    ("same-products-as-burer-monteiro", "G = ∇f(X) is symmetric"): False,
    ("same-products-as-burer-monteiro", "X ⪰ 0"): True,
    ("same-products-as-burer-monteiro", "of rank at most r"): True,
    ("same-products-as-burer-monteiro", "radius α > 0"): True,
    ("same-products-as-burer-monteiro", "the ball holds U"): False,
    ("scale-covariance", "the data"): True,
    ("scale-covariance", "the radius"): True,
    ("scale-covariance", "the start"): True,
    ("scale-covariance", "the step"): True,
    ("spurious-local-minima", "> 0"): True,
    ("spurious-local-minima", "every column of U has x² + 4xy + y² > 0"): True,
    ("stationary-products", "M is symmetric"): True,
    ("stationary-products", "X is symmetric"): True,
    ("stationary-products", "of different eigenvalues"): True,
    ("tail-against-burer-monteiro", "of full rank"): True,
    ("tail-against-burer-monteiro", "with small entries"): False,
    ("tail-needs-the-ball", "of full rank"): True,
    ("tail-needs-the-ball", "with small entries"): False,
    ("weights-stay-positive", ">"): False,
    ("weights-stay-positive", "λ_j(0)² > ‖u_j(0)‖²/2"): True,
}


CLAIMS: Mapping[str, Claim] = {
    one.slug.split("/")[1]: one for one in (getattr(paper, name) for name in paper.__all__) if isinstance(one, Claim)
}


def test_every_ablation_is_listed() -> None:
    tried = {(tail, one.drops) for tail, found in CLAIMS.items() for one in found.ablations}
    tried |= {(tail, found.twin.drops) for tail, found in CLAIMS.items() if found.twin and found.twin.drops}
    assert tried == set(NEEDED)


@pytest.mark.parametrize("tail", sorted({tail for tail, _ in NEEDED}))
def test_ablations_come_out_as_intended(tail: str) -> None:
    result = examine(replace(CLAIMS[tail], check=lambda run: None), Run())  # the claim itself is checked elsewhere
    found = {(tail, drops): one.decision for drops, one in result.ablations}
    assert {key: decision.verdict.name for key, decision in found.items()} == {
        key: "REFUTED" if needed else "UNDECIDED" for key, needed in NEEDED.items() if key[0] == tail
    }
    for key, decision in found.items():
        assert NEEDED[key] or decision.reason.startswith(("holds without it: ", "nothing found: "))


def witness_of(tail: str, drops: str) -> Witness:
    [check] = [one.check for one in CLAIMS[tail].ablations if one.drops == drops]
    [evidence] = check(Run(claim=CLAIMS[tail].slug, without=drops))  # type: ignore[union-attr]
    assert evidence.witness is not None
    return evidence.witness.addressed_to(CLAIMS[tail].slug, twin=False, without=drops)


@pytest.mark.parametrize(
    ("tail", "drops", "change"),
    [
        ("balls-of-any-norm", "of some norm", {"target": [[1, 1], [1, 0]]}),  # the slope is −2 there
        ("balls-of-any-norm", "of some norm", {"target": [[1, 0], [0, 0]]}),  # and zero here
        ("fixed-iff-stationary", "the ball holds U", {"square": 2}),
        ("fixed-iff-stationary", "the ball holds U", {"target": [[3, 0], [0, 1]]}),
        ("fixed-u-steps", "and the projection acts", {"square": 2}),
        ("fixed-u-steps", "G = ∇f(X) is symmetric", {"square": 4}),
        ("fixed-u-steps", "G = ∇f(X) is symmetric", {"D": [1, 1]}),
        ("fixed-u-steps", "G = ∇f(X) is symmetric", {"slope": [[-1, 0], [0, -2]], "U": [[1, 0], [0, -1]], "square": 2}),
        ("flow-descends", "D >= 0", {"D": [1]}),
        ("flow-descends", "D >= 0", {"D": [1], "target": [[1]]}),
        ("projection-never-acts", "any step η > 0", {"step": "1/100"}),
        ("projection-never-acts", "any step η > 0", {"target": [[1]]}),
        ("same-products-as-burer-monteiro", "X ⪰ 0", {"X": [[1]], "M": [[1]]}),
        ("same-products-as-burer-monteiro", "of rank at most r", {"r": 2}),
        ("same-products-as-burer-monteiro", "radius α > 0", {"square": 1}),
        ("optimal-fixed-points", "f is convex", {"f": [0, 1, 1]}),
        ("optimal-fixed-points", "f is convex", {"better": "1/2"}),
        ("optimal-fixed-points", "a dead column leaves it", {"U": [["1/2", "1/3"], [0, 1]]}),
        ("optimal-fixed-points", "it is a local minimum", {"U": [[1, 0], [0, 1]]}),
        ("optimal-fixed-points", "the point is fixed", {"D": [1]}),
        ("spurious-local-minima", "> 0", {"U": [[1, 1], [0, 0]]}),
        ("weights-stay-positive", "λ_j(0)² > ‖u_j(0)‖²/2", {"U": [[1]]}),
        ("no-further-invariants", "the loss is arbitrary: its gradient takes every value",
         {"observed": [[0, 0, 3], [0, 1, 1]]}),
        ("no-column-vanishes", "2ηλ_j‖G‖ < 1", {"step": "1/3"}),
        ("no-column-vanishes", "no column is zero at the start", {"U": [[1]]}),
        ("parallel-columns", "the column is dead", {"D": [0, 0]}),
        ("parallel-columns", "all columns are multiples of one vector", {"U": [[1, 1], [0, 0]]}),
        ("scale-covariance", "the radius", {"radius": 5}),
        ("full-rank-at-every-step", "D = I", {"D": [1, 1, 1, 0]}),
        ("tail-needs-the-ball", "of full rank", {"D": [1, 1, 1, 2]}),
        ("stationary-products", "X is symmetric", {"M": [[2, 0], [0, 2]]}),
        ("stationary-products", "of different eigenvalues", {"X": [[[0, 0], [0, 0]], [[2, 0], [0, 2]]]}),
    ],
)  # fmt: skip
def test_the_second_path_objects(tail: str, drops: str, change: dict[str, Any]) -> None:
    whole = witness_of(tail, drops)
    assert refuted_by(replay(CLAIMS[tail], whole))
    assert not refuted_by(replay(CLAIMS[tail], replace(whole, problem=dict(whole.problem) | change)))


def test_both_paths_have_the_same_slopes() -> None:
    for point in [*loose_points()][::7]:
        assert Loose.read(Loose.read(point.problem()).problem()) == point
        pulled = multiply(slope_at(point), point.U)
        of_u, of_d = again.slopes_of(point)
        assert of_u == tuple(tuple(2 * x * d for x, d in zip(row, point.D, strict=True)) for row in pulled)
        assert of_d == tuple(multiply(transpose(point.U), pulled)[j][j] for j in range(len(point.D)))


def test_a_weight_that_lives_longer_is_not_confirmed() -> None:
    whole = witness_of("weights-stay-positive", "λ_j(0)² > ‖u_j(0)‖²/2")
    early = replace(whole, enclosed=dict(whole.enclosed) | {"time": Fraction(1, 1000)})
    assert not refuted_by(replay(CLAIMS["weights-stay-positive"], early))


@pytest.mark.parametrize(
    ("tail", "drops"),
    [
        ("fixed-iff-stationary", "the ball holds U"),
        ("fixed-u-steps", "and the projection acts"),
        ("flow-descends", "the ball holds U"),
        ("optimal-fixed-points", "span a hyperplane"),
    ],
)
def test_hunts_find_points_that_the_second_path_confirms(tail: str, drops: str) -> None:
    report = run_hunt(CLAIMS[tail], without=drops, cases=500, first=True)
    assert report.refuted
    assert report.simplest is not None
    witness = report.simplest.find.witness
    assert (witness.claim, witness.without) == (CLAIMS[tail].slug, drops)
    assert refuted_by(replay(CLAIMS[tail], witness))
