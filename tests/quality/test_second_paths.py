"""The second path protects against a wrong certificate: what holds is not refuted by it, whatever a hunt hands out.

A certificate can be wrong in what it takes to be violated, in what it computes, and in the sentence that it stores. All
of this is forged here, for every true claim that is hunted and every chart of its hunt, with data that satisfy the
hypotheses. The claim's recheck, which is left as it is, must confirm none of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import islice
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import verify.rigorous
from proofs_checks.arora_cohen_hu_luo_2019 import as_claimed as arora_as_claimed
from proofs_checks.arora_cohen_hu_luo_2019 import flow, vectors
from proofs_checks.arora_cohen_hu_luo_2019.hunts import commuting as commuting_hunts
from proofs_checks.arora_cohen_hu_luo_2019.hunts import razin_cohen as hunts
from proofs_checks.hou_sra_yurtsever_2025.hunts import flows as udu_hunts
from proofs_checks.shin_yun_2026 import as_claimed as shin_as_claimed
from proofs_checks.shin_yun_2026.hunts import coupling as shin_hunts
from proofs_checks.shin_yun_2026.hunts import family as family_hunts
from proofs_checks.shin_yun_2026.hunts import flows as shin_flow_hunts
from proofs_checks.statements import Statement
from tests.vectors import NIGHTLY
from verify.arithmetic import Ball, InputError
from verify.claims import Claim, Evidence, Outcome, Run, Verdict, Witness, installed_claims, refuted_by, replay
from verify.search import Hunt
from verify.search.draws import draw, rounded
from verify.search.entrywise import Assertion
from verify.search.pipeline import hunt_of

NUMBER = re.compile(r"-?\d+(/\d+)?")
#: How many stored numbers are changed, at most.
NUMBERS = 5 if NIGHTLY else 2
#: How many places of a chart are looked at for one about which a certificate has something to say.
TRIES = 40


def true_claims() -> Iterator[Claim]:
    for claim in installed_claims():
        if claim.expects is Verdict.HOLDS and claim.hunter is not None:
            try:
                hunt_of(claim, Run(claim=claim.slug))
            except InputError:  # only the twin is hunted
                continue
            yield claim


TRUE = list(true_claims())


# ---------------------------------------------------------------------------------------------------------------------
# What can be wrong in a certificate


def believing(judge: Callable[..., Any]) -> Callable[..., Any]:
    """A judge of limits that takes everything for a violation, with what it stores of one."""
    return lambda *arguments: (True, *judge(*arguments)[1:])


def false_sentence(original: Callable[..., Evidence]) -> Callable[..., Evidence]:
    """The sentence that is stored says that the quantity is smaller (or larger) than it is: not what is claimed."""

    def tell(name: str, problem: Any, hypotheses: Any, value: Ball, *, sign: str, bound: Fraction, **more: Any) -> Any:
        wrong = value.lower - 1 if sign == "<" else value.upper + 1
        return original(name, problem, hypotheses, value, sign=sign, bound=wrong, **more)

    return tell


def twice_as_fast(original: Callable[..., Any]) -> Callable[..., Any]:
    """The first layer moves twice as fast as it does."""

    def rates(*arguments: Any) -> Any:
        first, *others = original(*arguments)
        return (tuple(tuple(2 * x for x in row) for row in first), *others)

    return rates


def another_formula(original: Callable[..., Any]) -> Callable[..., Any]:
    """All but the first of the formula's coefficients are doubled."""

    def expanded(data: Any) -> Any:
        flow, (first, *others) = original(data)
        return flow, [first, *(tuple(tuple(2 * x for x in row) for row in one) for one in others)]

    return expanded


@contextmanager
def mistaken() -> Iterator[None]:
    """Certificates that err, each in the place where it decides."""
    with pytest.MonkeyPatch.context() as patch:

        def bend(module: Any, name: str, bent: Callable[[Any], Any]) -> None:
            patch.setattr(module, name, bent(getattr(module, name)))

        # Limits, and states at a time
        for module in (shin_hunts, shin_flow_hunts):
            bend(module, "judged", lambda judged: lambda judge, names: judged(believing(judge), names))
            bend(module, "told", lambda told: lambda wrong, *rest, **more: told(True, *rest, **more))
        bend(family_hunts, "sentence", false_sentence)
        patch.setattr(family_hunts, "_times", lambda member, first: (Fraction(10**9), Fraction(0), None))
        patch.setattr(flow, "changed", lambda *_: "the rank")
        bend(
            commuting_hunts,
            "_in_frame",
            lambda turn: lambda frame, whole: [[Ball(Fraction(-1)) for _ in row] for row in turn(frame, whole)],
        )
        patch.setattr(commuting_hunts, "_contradicted", lambda data: (True, "another value"))
        bend(commuting_hunts, "sensing_limit", lambda limit: lambda data: elsewhere(limit(data)))
        bend(verify.rigorous, "spectrum", lambda spectrum: lambda matrix: vanishing(spectrum(matrix)))
        # What is exact, or enclosed at once
        bend(hunts, "hunt_matrices", believed)
        patch.setattr(vectors, "largest_gap", lambda *_: Ball(Fraction(1)))
        patch.setattr(vectors, "violated_in_balls", lambda *_: "another integral")
        bend(flow, "squared_distance", lambda distance: lambda *both: Ball(distance(*both).upper + 10**9))
        bend(udu_hunts, "rate_table", lambda table: lambda family: (table(family)[0], []))
        bend(family_hunts, "rates", twice_as_fast)
        bend(commuting_hunts, "_expanded", another_formula)
        yield


def elsewhere(limit: Any) -> Any:
    """A limit whose entries are all −1."""
    product = tuple(tuple(Ball(Fraction(-1)) for _ in row) for row in limit.product)
    return replace(limit, product=product)


def vanishing(spectrum: Any) -> Any:
    """Singular values that are all zero."""
    return replace(spectrum, singular_values=tuple(0 * value for value in spectrum.singular_values))


def believed(hunt: Callable[..., Hunt]) -> Callable[..., Hunt]:
    """A hunt among matrices that takes all of them for violations."""
    return lambda slack, violated, about, **more: hunt(slack, lambda matrix: "violated", about, **more)


@cache
def forged(claim: Claim) -> list[tuple[str, Witness | None]]:
    """For each chart its name and what a mistaken certificate hands out, with data that satisfy all hypotheses."""
    with mistaken():
        hunt = hunt_of(claim, Run(claim=claim.slug))
    rng, found = np.random.default_rng(2), []
    for chart in hunt.charts:
        points = (point for one in draw(rng, chart, 32) for point in rounded(chart, one, (4, 5, 6)))
        exactly = (data for point in points if (data := chart.data(point)) is not None)
        handed = (handed_out(claim, hunt, data) for data in islice(exactly, TRIES))
        found.append((chart.name, next((witness for witness in handed if witness is not None), None)))
    return found


def handed_out(claim: Claim, hunt: Hunt, data: Any) -> Witness | None:
    with mistaken(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Assertion, "holds", lambda self: False)
        try:
            evidence = hunt.certify(data)
        except (InputError, StopIteration):  # nothing to measure; nothing that moves, however fast
            return None
    if evidence.outcome is not Outcome.REFUTES or evidence.witness is None:
        return None
    return evidence.witness.addressed_to(claim.slug, twin=False)


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.slug)
def test_a_mistaken_certificate_is_stopped_by_the_second_path(claim: Claim) -> None:
    for chart, witness in forged(claim):
        assert witness is not None, chart
        try:
            answer = replay(claim, witness)
        except InputError:  # it cannot read that, and says so
            continue
        assert not refuted_by(answer), f"{chart}: {answer.detail}"


def leaves(tree: Any) -> Iterator[Any]:
    """The tree with one of its numbers larger by 1, number by number."""
    if isinstance(tree, dict):
        yield from ({**tree, key: changed} for key, one in tree.items() for changed in leaves(one))
    elif isinstance(tree, list):
        yield from ([*tree[:k], changed, *tree[k + 1 :]] for k, one in enumerate(tree) for changed in leaves(one))
    elif isinstance(tree, int) and not isinstance(tree, bool):
        yield tree + 1
    elif isinstance(tree, str) and NUMBER.fullmatch(tree):
        yield str(Fraction(tree) + 1)


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.slug)
def test_a_wrong_number_is_stopped_by_the_second_path(claim: Claim) -> None:
    """What a certificate computes and stores beside the data; the first chart's, one number after the other."""
    for _, witness in forged(claim)[:1]:
        assert witness is not None
        shown = witness.to_json()["enclosed"]
        for changed in islice(leaves(shown), NUMBERS):
            try:
                answer = replay(claim, replace(witness, enclosed=changed))
            except InputError:
                continue
            assert not refuted_by(answer), answer.detail


# ---------------------------------------------------------------------------------------------------------------------
# And it is a path of its own: were the flow another one, it would refute


def times(factor: Fraction) -> Callable[[Any], Any]:
    """Limits and states whose first rows, layers, singular values and stable ranks are multiples of what they are."""

    def scaled(tree: Any) -> Any:
        if isinstance(tree, Ball):
            return Ball(factor * tree.mid, abs(factor) * tree.rad)
        return tuple(map(scaled, tree)) if isinstance(tree, tuple | list) else tree

    def bend(follow: Callable[..., Any]) -> Callable[..., Any]:
        def followed(*arguments: Any, **more: Any) -> Any:
            found = follow(*arguments, **more)
            names = [name for name in ("singular_values", "stable_rank", "layers") if hasattr(found, name)]
            first, *rows = found.product
            return replace(
                found, product=(scaled(first), *rows), **{name: scaled(getattr(found, name)) for name in names}
            )

        return followed

    return bend


def one_more(rates: Any) -> Any:
    """Every entry is larger by 1."""
    return tuple(tuple(tuple(x + 1 for x in row) for row in layer) for layer in rates)


@contextmanager
def another_flow(module: ModuleType, factor: Fraction) -> Iterator[None]:
    """For the second paths of a module limits and states are multiples of what they are; for 1 instead, whatever is
    exact is larger by 1."""

    def of_rates(rates: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: one_more(rates(*arguments))

    def plus_one(value: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: value(*arguments) + 1

    bent: dict[tuple[Any, str], Callable[[Any], Any]]
    if factor != 1:
        bent = {(module, "limit_again"): times(factor), (verify.rigorous, "enclose_flow"): times(factor)}
    else:
        bent = {(module, name): of_rates for name in ("gradient_by_differences", "rates_again")}
        bent |= {(module, "sensing_rate"): lambda rate: lambda *all_of_it: one_more((rate(*all_of_it),))[0]}
        bent |= {(module, name): plus_one for name in ("kernel_entry", "nuclear_norm", "_integral")}
    with pytest.MonkeyPatch.context() as patch:
        for (owner, name), how in bent.items():
            if hasattr(owner, name):
                patch.setattr(owner, name, how(getattr(owner, name)))
        yield


def decided_by_statements() -> Iterator[tuple[Claim, ModuleType]]:
    for module in (shin_as_claimed, arora_as_claimed):
        names = {name for name, one in vars(module).items() if isinstance(one, Statement)}
        for claim in TRUE:
            if claim.check.__module__.startswith(module.__package__ or "") and claim.check.__name__ in names:
                names.remove(claim.check.__name__)
                yield claim, module
        assert not names, names


@pytest.mark.parametrize(("claim", "module"), list(decided_by_statements()), ids=lambda x: getattr(x, "slug", ""))
def test_the_second_path_refutes_where_the_flow_is_another_one(claim: Claim, module: ModuleType) -> None:
    for factor in (Fraction(9, 8), Fraction(64), Fraction(-1), Fraction(1)):
        for _, witness in forged(claim):
            assert witness is not None
            with another_flow(module, factor):
                answer = replay(claim, witness)
            if refuted_by(answer):
                return
    raise AssertionError("nothing is refuted, whatever the flow is")
