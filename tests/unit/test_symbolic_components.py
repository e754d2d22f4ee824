"""Entry equations of deep products: not expanded, and still refused where anything is wrong."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from verify.arithmetic import InputError
from verify.models import Observations
from verify.symbolic import DerivationError, derive
from verify.symbolic.checks import Entries
from verify.symbolic.components import Cut, StructuredEntries, components, entry_steps
from verify.symbolic.derivation import Derivation
from verify.symbolic.expressions import Num, Product, Relation, Sym, total

#: Process time for depth 6, 6 by 6, on a machine that others use too; the aim is 2 s.
_ALLOWED = 6.0


@pytest.fixture(scope="module")
def deep() -> Derivation:
    return components(4, Observations.parse("block:2x2", 4))


@pytest.mark.parametrize("observe", ["diagonal", "block:2x3"])
def test_depth_six_six_by_six(observe: str) -> None:
    began = time.process_time()
    derivation = components(6, Observations.parse(observe, 6))
    assert time.process_time() - began < _ALLOWED
    rates = [r for step in derivation.steps for r in step.relations if r.left.text().endswith("'")]
    assert len(rates) == 6 * 36
    assert max(len(r.right.text()) for r in rates) < 240


def test_structured_and_expanded_checks_agree(deep: Derivation) -> None:
    """Every structured step also passes with all abbreviations written out, where that is small."""
    shallow = components(3, Observations.parse("0,0;0,1;2,2", 3))
    tried = 0
    for step in shallow.steps:
        check = step.check
        if isinstance(check, StructuredEntries):
            Entries(check.program, check.names, check.relations, check.places, check.definitions).run()
            tried += 1
    assert tried == 5
    assert any(isinstance(step.check, StructuredEntries) for step in deep.steps)


def test_every_wrong_line_is_refused(deep: Derivation) -> None:
    tried = 0
    for step in deep.steps:
        check = step.check
        if not isinstance(check, StructuredEntries):
            continue
        for number in range(0, len(check.relations), 7):
            for wrong in variants(check.relations[number]):
                relations = (*check.relations[:number], wrong, *check.relations[number + 1 :])
                with pytest.raises(DerivationError):
                    replace(check, relations=relations).run()
                tried += 1
    assert tried > 40


def variants(relation: Relation) -> list[Relation]:
    """The right side with another sign, without a term, with a factor doubled, with a symbol exchanged."""
    right = relation.right
    found = [-right, right + 1]
    terms = getattr(right, "terms", (right,))
    if len(terms) > 1:
        found.append(total(*terms[1:]))
    first = terms[0]
    if isinstance(first, Product):
        symbols = [part for part in first.factors if isinstance(part, Sym)]
        other = Sym(symbols[-1].name.translate(str.maketrans("12", "21")))
        if other.name != symbols[-1].name:
            changed = Product(tuple(other if part == symbols[-1] else part for part in first.factors))
            found.append(total(changed, *terms[1:]))
    return [replace(relation, right=x) for x in found]


def test_a_wrong_abbreviation_does_not_pass(deep: Derivation) -> None:
    """A cut is used only where it is equal; with a false definition the rates no longer follow."""
    step = next(s for s in deep.steps if "W_{1}" in s.claim and "move" in s.claim)
    check: Any = step.check
    name, body = check.definitions[-1] if check.definitions[-1][0].startswith("s") else check.definitions[0]
    false = tuple((n, (b + b) if n == name else b) for n, b in check.definitions)
    with pytest.raises(DerivationError):
        replace(check, definitions=false).run()
    zero = Num(Fraction(0))
    lie = Cut(tuple(tuple(zero for _ in range(4)) for _ in range(4)), ())
    replace(check, cuts=(lie, *check.cuts)).run()  # never equal to what is computed, so never used
    assert body != zero


def test_diagonal_blocks_get_their_reduced_form() -> None:
    shown = derive("components", depth=3, size=4, observe="block:2x2")
    assert "sigma1' in W1" in shown.steps[-1].relations[0].left.name  # type: ignore[attr-defined]
    mixed = components(3, Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(2)))))
    assert len(mixed.steps) == len(entry_steps(3, mixed_observations()))


def mixed_observations() -> Observations:
    return Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(2))))


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="too many to write out"):
        derive("components", depth=12, size=12)
