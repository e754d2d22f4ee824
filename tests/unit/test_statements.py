"""When a sentence is certainly false, and what the second paths against statements compute with."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from flint import arb

from proofs_checks.arora_cohen_hu_luo_2019.as_claimed import entropy, nuclear_norm, powers
from proofs_checks.shin_yun_2026.as_claimed import limit_equations
from proofs_checks.statements import DoubtError, Sentence, Statement, fails, real_eigenvalues, semidefinite
from verify.arithmetic import Ball, precision
from verify.claims import Established, Outcome, Witness
from verify.models import dump_problem, symmetric_family

WIDE = arb(1, 0.5)  # from 1/2 to 3/2


@pytest.mark.parametrize(
    ("left", "relation", "right", "false"),
    [
        (Fraction(1, 3), "=", Fraction(1, 3), False),
        (Fraction(1, 3), "=", Fraction(1, 3) + Fraction(1, 10**200), True),  # fractions by their values
        (Fraction(1), "<", Fraction(1), True),
        (1, "≤", Fraction(1), False),
        (WIDE, "=", arb(1), False),
        (WIDE, "=", arb(2), True),
        (WIDE, "≤", arb(1), False),
        (WIDE, "≤", Fraction(1, 4), True),
        (arb(1), "<", arb(1), True),
        (WIDE, "<", arb(1), False),
        (arb("nan"), "=", arb(1), False),
        (arb(1), "<", arb("nan"), False),
    ],
)
def test_only_what_is_certainly_false_fails(left: Any, relation: str, right: Any, false: bool) -> None:
    assert fails(left, relation, right) is false


def witness(problem: dict[str, Any]) -> Witness:
    return Witness(problem=problem, hypotheses=(Established(name="given", how="exactly"),), violates="nothing")


def test_a_statement_refutes_supports_or_doubts() -> None:
    def sentences(x: Fraction) -> Iterator[Sentence]:
        if x < 0:
            raise DoubtError("negative")
        yield "x", x, "<", Fraction(2)

    statement = Statement(sentences, lambda one: Fraction(str(one.problem["x"])))
    outcomes = [statement(witness({"x": x})).outcome for x in (1, 2, -1)]
    assert outcomes == [Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNDECIDED]


def test_a_start_outside_of_the_hypotheses_is_doubted() -> None:
    """Another first layer: no member of the family, of which the limit equations would say something."""
    member = dump_problem(symmetric_family(3, n=2, m=2, alpha=1, value=1))
    assert limit_equations(witness(member)).outcome is Outcome.SUPPORTS
    first, *others = member["layers"]  # type: ignore[misc]
    moved = {**member, "layers": [[["1", "1/3"], ["1/2", "1"]], *others]}
    assert first != moved["layers"][0]
    assert limit_equations(witness(moved)).outcome is Outcome.UNDECIDED


def test_sums_of_powers_hold_for_balls_around_zero() -> None:
    with precision(128):
        small = [arb(0, 0.01), arb(4)]
        for x in (0, 0.0025, 0.01):
            assert powers(small, Fraction(1, 2)).contains(arb(x).sqrt() + 2)
            assert entropy(small).contains((arb(x) * (arb(x).log() - 1) if x else arb(0)) + 4 * (arb(4).log() - 1))


def test_eigenvalues_are_repeated_and_nuclear_norms_are_sums() -> None:
    ones = (
        (Fraction(2), Fraction(1), Fraction(1)),
        (Fraction(1), Fraction(2), Fraction(1)),
        (Fraction(1),) * 2 + (Fraction(2),),
    )
    with precision(128):
        assert sorted(float(x.mid()) for x in real_eigenvalues(ones)) == pytest.approx([1, 1, 4])
        reflected = tuple(tuple(-x for x in row) for row in ones)
        assert nuclear_norm(reflected).contains(6)


def test_an_indefinite_or_lopsided_matrix_has_a_false_sentence() -> None:
    def decided(*rows: tuple[int, ...]) -> bool:
        balls = [[Ball(Fraction(x), Fraction(1, 100)) for x in row] for row in rows]
        return any(fails(left, relation, right) for _, left, relation, right in semidefinite("W", balls))

    assert not decided((2, 1), (1, 2))
    assert decided((1, 2), (2, 1))
    assert decided((2, 1), (0, 2))
    assert not decided((1, 1), (1, 1))  # on the border, as far as is known
