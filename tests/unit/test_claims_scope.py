"""What evidence covers: the line that no instance may cross."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import InputError
from verify.claims import Level, Scope, jointly_cover

NAMES = ("a", "b", "c")


@st.composite
def scopes(draw: st.DrawFn, level: Level | None = None) -> Scope:
    """Scopes over a few names, of one level or of any."""
    chosen = level if level is not None else draw(st.sampled_from(Level))
    names = frozenset(draw(st.sets(st.sampled_from(NAMES), min_size=1)))
    inside: frozenset[str] = frozenset()
    if chosen in (Level.BALL, Level.DIMENSIONS):
        inside = frozenset(draw(st.sets(st.sampled_from(NAMES))))
    return Scope(chosen, names, inside)


@given(scopes())
def test_covers_itself(scope: Scope) -> None:
    assert scope.covers(scope)
    assert jointly_cover([scope], scope)


@given(scopes(), scopes())
def test_never_covers_upward(one: Scope, other: Scope) -> None:
    if one.level < other.level:
        assert not one.covers(other)


@given(st.lists(scopes()), scopes())
def test_no_heap_of_lower_evidence_covers_upward(given_scopes: list[Scope], target: Scope) -> None:
    if all(scope.level < target.level for scope in given_scopes):
        assert not jointly_cover(given_scopes, target)


@given(scopes(Level.INSTANCES), scopes(Level.INSTANCES), scopes(Level.INSTANCES))
def test_more_names_cover_more(one: Scope, other: Scope, target: Scope) -> None:
    if one.covers(target):
        assert Scope(one.level, one.names | other.names).covers(target)


@given(st.lists(scopes(), min_size=1), scopes())
def test_joint_cover_needs_no_more_than_one_that_covers(given_scopes: list[Scope], target: Scope) -> None:
    if any(scope.covers(target) for scope in given_scopes):
        assert jointly_cover(given_scopes, target)


def test_cases_add_up() -> None:
    both = Scope.instances("V01", "V03")
    assert jointly_cover([Scope.instances("V01"), Scope.instances("V03")], both)
    assert not jointly_cover([Scope.instances("V01"), Scope.instances("V02")], both)
    assert jointly_cover([Scope.dimensions("L=2"), Scope.dimensions("L=3")], Scope.dimensions("L=2", "L=3"))


def test_quantifiers_do_not_add_up() -> None:
    # All depths at one start, and all starts at one depth, are not all depths and starts.
    assert not jointly_cover([Scope.all("depths"), Scope.all("starts")], Scope.all("depths", "starts"))
    assert jointly_cover([Scope.all("starts, depths")], Scope.all("depths", "starts"))


def test_dimensions_never_settle_a_universal_statement() -> None:
    many = [Scope.dimensions(f"L={depth},n={size}") for depth, size in product(range(1, 6), range(1, 6))]
    assert not jointly_cover(many, Scope.all("depths, sizes"))


def test_a_ball_covers_only_the_instances_that_it_lists() -> None:
    assert not Scope.ball("around V01").covers(Scope.instances("V01"))
    assert Scope.ball("around V01", including=["V01"]).covers(Scope.instances("V01"))
    assert not Scope.ball("around V01", including=["V01"]).covers(Scope.instances("V01", "V02"))


def test_all_covers_every_case() -> None:
    everything = Scope.all("starts")
    for lower in (Scope.instances("V01"), Scope.ball("B"), Scope.dimensions("n=2")):
        assert everything.covers(lower)


def test_names_are_compared_by_what_they_say() -> None:
    assert Scope.dimensions("n=2, L=3") == Scope.dimensions("L=3,n=2")
    assert Scope.all("depths and widths", "starts") == Scope.all("starts,  widths, depths")
    assert Scope.instances("two  words") == Scope.instances("two words")


def test_text_keeps_the_order_in_which_names_were_given() -> None:
    assert Scope.all("widths, starts, depths").text == "all widths, starts, depths"
    assert Scope.instances("V2").text == "instance V2"
    assert Scope.instances("V2", "V1").text == "instances V2, V1"
    assert Scope.ball("B", "A").text == "balls B, A"
    assert Scope.dimensions("L=3,n=2", "L=2").text == "every start, L=3,n=2; L=2"


@pytest.mark.parametrize(
    "make",
    [
        Scope.all,
        Scope.instances,
        lambda: Scope.all(" "),
        lambda: Scope.instances(3),  # type: ignore[arg-type]
        lambda: Scope(Level.INSTANCES, frozenset({"a"}), frozenset({"b"})),
        lambda: Scope.ball("B", including="V01"),
    ],
)
def test_scopes_that_say_nothing_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(InputError):
        make()
