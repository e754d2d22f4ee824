"""Hypotheses and conclusion written once: what floats rank is what fractions decide."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from proofs_checks.second_paths import gradient_by_differences
from verify.claims import Assurance, Established, Evidence, Outcome, Scope, Witness
from verify.models import Problem
from verify.search.charts import matrices
from verify.search.entrywise import (
    Assertion,
    Domain,
    above,
    at_least,
    entrywise_hunt,
    equal,
    equal_matrices,
    implied_to_vanish,
    problem,
    product_rate,
    rates,
    vanish_together,
)
from verify.search.hunt import Hunt
from verify.search.shard import search

HALF = Fraction(1, 2)


def refuted(data: Any, failing: Assertion) -> Evidence:
    return Evidence.refutes(
        kind="fractions",
        assurance=Assurance.PROVED,
        scope=Scope.instances("one pair"),
        detail=str(failing),
        witness=Witness(problem=data, hypotheses=(Established(name="x, y", how="given"),), violates=str(failing)),
    )


def squares(conclusion: Any) -> Hunt:
    """About pairs with x ≥ y."""
    return entrywise_hunt(
        [Domain(name="pairs", box=[(-2, 2)] * 2, build=lambda x: {"x": x[0], "y": x[1]})],
        requires=lambda data: [at_least(data["x"], data["y"])],
        conclusion=conclusion,
        refuted=refuted,
    )


@pytest.mark.parametrize(("left", "right"), [(HALF, HALF), (HALF, 1), (1, HALF)])
def test_fractions_decide(left: Fraction, right: Fraction) -> None:
    assert equal(left, right).holds() is (left == right)
    assert at_least(left, right).holds() is (left >= right)
    assert above(left, right).holds() is (left > right)


def test_a_float_decides_nothing() -> None:
    with pytest.raises(TypeError, match="divide fractions"):
        equal(1 / 1, Fraction(1)).holds()


def test_floats_forgive_rounding_where_equality_satisfies() -> None:
    almost = np.array([1.0, 1.0 + 1e-13, 1.0 - 1e-13, 1.5, 0.5])
    one = np.ones(5)
    assert (equal(almost, one).slack(1e-9, 5) < 0).tolist() == [False, False, False, True, True]
    assert (at_least(almost, one).slack(1e-9, 5) < 0).tolist() == [False, False, False, False, True]
    assert (above(almost, one).slack(1e-9, 5) < 0).tolist() == [True, True, True, False, True]
    assert equal(0, 0).slack(1e-9, 3).shape == (3,)  # a side without candidates in it


@pytest.mark.parametrize(
    ("left", "right", "implied", "together"),
    [(0, 0, True, True), (0, HALF, False, False), (HALF, 0, True, False), (HALF, HALF, True, True)],
)
def test_defects_vanish_together_or_one_with_the_other(
    left: Fraction, right: Fraction, implied: bool, together: bool
) -> None:
    sides = np.full(1, float(left)), np.full(1, float(right))
    assert implied_to_vanish(left, right).holds() is implied
    assert vanish_together(left, right).holds() is together
    with np.errstate(invalid="ignore"):
        assert (implied_to_vanish(*sides).slack(1e-9, 1) >= 0).tolist() == [implied]
        assert (vanish_together(*sides).slack(1e-9, 1) >= 0).tolist() == [together]


def test_an_equivalence_that_fails_on_a_set_of_measure_zero_is_refuted() -> None:
    """x = 0 is not where x²y vanishes: the draw meets y = 0."""
    tally = search(
        squares(lambda data: [vanish_together(data["x"] ** 2, (data["x"] ** 2 * data["y"]) ** 2)]), seed=1, shard=0
    )
    [find] = tally.found
    assert find.point[1] == 0 < find.point[0]


def test_what_holds_is_not_refuted_and_hypotheses_are_kept() -> None:
    tally = search(
        squares(lambda data: [at_least(data["x"] ** 2 + data["y"] ** 2, 2 * data["x"] * data["y"])]), seed=1, shard=0
    )
    assert tally.found == ()
    assert 0.3 * tally.drawn < tally.admitted < 0.9 * tally.drawn
    assert tally.violated == 0


def test_a_strict_inequality_fails_where_both_sides_meet() -> None:
    """x² + y² > 2xy fails on the diagonal alone, a set of measure zero, and the witness satisfies the hypothesis."""
    tally = search(
        squares(lambda data: [above(data["x"] ** 2 + data["y"] ** 2, 2 * data["x"] * data["y"])]), seed=1, shard=0
    )
    [find] = tally.found
    assert find.witness.problem["x"] == find.witness.problem["y"]


def test_a_counterexample_outside_the_hypotheses_is_none() -> None:
    """x < y violates the conclusion, and is excluded."""
    tally = search(squares(lambda data: [at_least(data["x"], data["y"])]), seed=1, shard=0)
    assert tally.found == ()


def test_a_false_alarm_of_the_floats_is_stopped_by_fractions() -> None:
    hunt = squares(lambda data: [at_least(data["x"], data["y"])])
    evidence = hunt.certify({"x": HALF, "y": HALF})
    assert (evidence.outcome, evidence.detail) == (Outcome.UNDECIDED, "the conclusion holds exactly")


def test_a_pole_of_the_parametrization_is_no_candidate() -> None:
    def build(x: Any) -> dict[str, Any]:
        return {"x": 1 / x[0]}

    hunt = entrywise_hunt(
        [Domain(name="pole", box=[(-1, 1)], build=build)],
        conclusion=lambda data: [above(data["x"] * data["x"], 0)],
        refuted=refuted,
    )
    assert hunt.charts[0].data((Fraction(0),)) is None
    assert search(hunt, seed=0, shard=0, cases=400).found == ()


SHAPES = ((2, 3), (3, 2), (2, 3))
OBSERVED = {(0, 0): Fraction(1), (0, 2): Fraction(-2, 3), (1, 1): Fraction(5)}


def layers_of(numbers: Iterator[int]) -> tuple[Any, ...]:
    return matrices([Fraction(next(numbers), 7) for _ in range(18)], SHAPES)


def test_rates_are_minus_the_gradient_for_fractions_and_for_arrays() -> None:
    """Against unit differences of the loss, which know nothing of products of layers; W' against W along the flow."""
    draws = np.random.default_rng(0)
    starts = [layers_of(iter(draws.integers(-9, 10, 18).tolist())) for _ in range(3)]
    arrays = tuple(
        tuple(tuple(np.array([float(s[l][i][j]) for s in starts]) for j in range(c)) for i in range(r))
        for l, (r, c) in enumerate(SHAPES)
    )
    floats = rates(arrays, {at: float(y) for at, y in OBSERVED.items()})
    for k, layers in enumerate(starts):
        made = problem(layers, OBSERVED)
        moved = rates(layers, OBSERVED)
        assert tuple(tuple(tuple(-x for x in row) for row in rate) for rate in moved) == gradient_by_differences(made)
        for l, rate in enumerate(moved):
            for i, row in enumerate(rate):
                assert [x[k] for x in floats[l][i]] == pytest.approx([float(x) for x in row], rel=1e-12, abs=1e-12)
        # W is affine in each layer: the product rule is the sum of its changes, one layer at a time.
        changed = [
            Problem(
                (
                    *layers[:l],
                    tuple(tuple(x + v for x, v in zip(*r, strict=True)) for r in zip(layers[l], rate, strict=True)),
                    *layers[l + 1 :],
                ),
                made.observations,
            ).product()
            for l, rate in enumerate(moved)
        ]
        whole = made.product()
        total = tuple(tuple(sum(c[i][j] - whole[i][j] for c in changed) for j in range(3)) for i in range(2))
        assert all(one.holds() for one in equal_matrices(total, product_rate(layers, moved)))
