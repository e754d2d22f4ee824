"""The rechecks of the claims about balanced layers read what the hunts hand out, and can refute."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from proofs_checks.arora_cohen_hu_luo_2019 import flow, vectors
from proofs_checks.arora_cohen_hu_luo_2019.again import rates_again
from proofs_checks.common import hunted
from verify.arithmetic.exact import scale
from verify.claims import Claim, Outcome, Run, Witness, refuted_by, replay
from verify.models import Observations, Problem
from verify.search.charts import balanced_between, frames
from verify.search.draws import draw, rounded
from verify.search.entrywise import Assertion
from verify.search.hunt import as_plain
from verify.search.pipeline import hunt_of

BY_RATES = (
    flow.balancedness_is_conserved,
    flow.descent_drift,
    flow.weight_decay,
    flow.end_to_end_flow,
    vectors.singular_values,
    vectors.singular_vectors,
    vectors.aligned_vectors,
    vectors.preconditioner,
)


def handed_out(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> Iterator[Witness]:
    """For each chart a witness with exact data that satisfy all hypotheses, of which one assertion is said to fail."""
    hunt, rng = hunt_of(claim, Run(claim=claim.slug)), np.random.default_rng(2)
    for chart in hunt.charts:
        points = (point for one in draw(rng, chart, 32) for point in rounded(chart, one, (4, 5, 6)))
        data = next(made for point in points if (made := chart.data(point)) is not None)
        with monkeypatch.context() as patch:
            patch.setattr(Assertion, "holds", lambda self: False)
            evidence = hunt.certify(data)
        if evidence.outcome is not Outcome.REFUTES:  # by enclosures, not by assertions
            evidence = hunted(as_plain(data), claim.hypotheses, "nothing")
        assert evidence.witness is not None
        yield evidence.witness.addressed_to(claim.slug, twin=False)


def wrong_rates(problem: Problem) -> Any:
    """The first layer moves twice as fast as it should."""
    first, *rest = rates_again(problem)
    return (scale(Fraction(2), first), *rest)


def resting(problem: Problem) -> Any:
    """Nothing moves."""
    return tuple(scale(Fraction(0), rate) for rate in rates_again(problem))


def doubled(name: str) -> Any:
    """A function of :mod:`vectors` whose result is twice what it should be."""
    original = getattr(vectors, name)

    def wrong(*arguments: Any) -> Any:
        found = original(*arguments)
        return [[2 * x for x in row] for row in found] if isinstance(found, list) else 2 * found

    return wrong


@pytest.mark.parametrize(
    ("claim", "module", "name", "wrong"),
    [
        *((one, flow, "rates_again", wrong_rates) for one in BY_RATES[:4]),
        *((one, vectors, "rates_again", wrong_rates) for one in BY_RATES[4:6]),
        (vectors.aligned_vectors, vectors, "rates_again", resting),
        (vectors.preconditioner, vectors, "rates_again", wrong_rates),
        (vectors.no_potential, vectors, "slopes_by_products", doubled("slopes_by_products")),
        (vectors.two_singular_values, vectors, "first_value", doubled("first_value")),
    ],
    ids=lambda x: x.slug if isinstance(x, Claim) else "",
)
def test_a_recheck_refutes_where_the_statement_would_be_wrong(
    claim: Claim, module: ModuleType, name: str, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the flow another one, or the derivative, the same data would be counterexamples, in the recheck's eyes."""
    witnesses = list(handed_out(claim, monkeypatch))
    monkeypatch.setattr(module, name, wrong)
    assert any(refuted_by(replay(claim, witness)) for witness in witnesses)


def test_layers_between_frames_are_balanced() -> None:
    """Also where widths differ, values vanish and the last layer is reflected."""
    numbers = iter(Fraction(k, 5) for k in range(1, 9))
    turned = frames(numbers, (2, 3, 2, 3))
    layers = balanced_between([Fraction(2), Fraction(0)], turned, (-1, 1))
    assert [(len(layer), len(layer[0])) for layer in layers] == [(3, 2), (2, 3), (3, 2)]
    assert next(numbers, None) is None
    problem = Problem(layers, Observations(3, 2, ((0, 0, Fraction(1)),)))
    assert problem.balanced
    whole = problem.product()
    assert sum(x * x for row in whole for x in row) == 64
