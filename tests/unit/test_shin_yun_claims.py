"""What the claims about limits share: sentences are refuted only where certainly false; starts are as they are said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofs_checks.shin_yun_2026.depth_two import solved_start
from proofs_checks.shin_yun_2026.instances import FAMILY, MENON
from proofs_checks.shin_yun_2026.pretraining import COUPLED, SHALLOW, pretrained, shallow
from proofs_checks.shin_yun_2026.ratios import C7_ROW, circulant, two_and_one
from proofs_checks.shin_yun_2026.violations import limit_violation, quantity, violated
from verify.arithmetic import Ball
from verify.arithmetic.exact import multiply, transpose
from verify.claims import Outcome
from verify.claims.evidence import Evidence
from verify.rigorous import certify_limit, enclose_family_limit


@pytest.mark.parametrize(
    ("sign", "bound", "expected"),
    [("<", 2, False), ("<", 1, False), ("<", "0.9", True), (">", 0, False), (">", 1, False), (">", "1.1", True),
     ("=", 1, False), ("=", "1.05", False), ("=", "1.2", True)],
)  # fmt: skip
def test_a_sentence_is_violated_where_it_is_certain(sign: str, bound: object, expected: bool) -> None:
    assert violated(Ball(Fraction(1), Fraction(1, 10)), sign, Fraction(str(bound))) is expected


def test_true_sentences_are_not_refuted() -> None:
    for what, sign, bound in (("stable rank", "<", 2), ("entry 0 1", ">", 0), ("determinant", ">", 0)):
        told: Evidence = limit_violation(
            "V03", FAMILY["V03"].problem(), (), what=what, sign=sign, bound=Fraction(bound)
        )
        assert told.outcome is Outcome.UNDECIDED


def test_quantities_of_a_limit() -> None:
    limit = certify_limit(MENON["M5"], digits=15)
    determinant, smallest = quantity(limit, "determinant"), quantity(limit, "smallest singular value")
    assert determinant is not None
    assert smallest is not None
    assert determinant.upper < 0 < smallest.lower
    with pytest.raises(ValueError, match="called"):
        quantity(limit, "trace")


def test_pretrained_starts_are_where_they_are_said_to_be() -> None:
    for name in COUPLED:
        m, alpha, _, _ = COUPLED[name]
        problem, radius = pretrained(name)
        limit = enclose_family_limit(3, n=2, m=m, alpha=alpha, digits=40)
        layer = problem.layers[0]
        first, second = layer[0][0] + layer[0][1], layer[0][0] - layer[0][1]
        off = 3 * (abs(limit.tau1.mid - first) ** 2 + abs(limit.tau2.mid - second) ** 2)  # squared distance
        assert 0 < off < radius**2 < Fraction(1, 10**24)
    for name in SHALLOW:
        start = shallow(name)
        assert start.balanced
        assert start.product() == ((1, Fraction(4, 5)), (Fraction(4, 5), 1))


def test_the_solved_start_at_depth_two() -> None:
    """u_i and v_i of the rational start, and its closed-form limit."""
    problem = solved_start()
    columns = transpose(problem.layers[0])
    for i, (row, column) in enumerate(zip(problem.layers[1], columns, strict=True)):
        u = [(a + b) / 2 for a, b in zip(row, column, strict=True)]
        v = [(a - b) / 2 for a, b in zip(row, column, strict=True)]
        assert sum(x * x for x in u) == 1, i
        assert sum(x * x for x in v) == 4, i
    limit = certify_limit(problem, digits=15)
    assert limit.product[0][1].contains(3)


def test_starts_of_the_counterexamples() -> None:
    layer = circulant(C7_ROW, "1/10", 3).layers[0]
    assert layer == transpose(layer)
    trace = sum(layer[i][i] for i in range(4))
    assert trace == Fraction(7 + 15 + 3 + 15, 100)
    assert sum(multiply(layer, layer)[i][i] for i in range(4)) == Fraction(49 + 225 + 9 + 225, 10_000)
    assert two_and_one().layers[0][2][:2] == (0, 0)
