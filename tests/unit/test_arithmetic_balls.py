"""Balls: what is printed contains what was computed, and hardly more."""

from __future__ import annotations

import json
import pickle
import re
from fractions import Fraction
from typing import Any

import flint
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verify.arithmetic import Ball, InputError, exact, precision

digits = st.integers(1, 60)


def whole(mid: int, rad: int = 0) -> Ball:
    return Ball(Fraction(mid), Fraction(rad))


@st.composite
def numbers(draw: st.DrawFn, low: int | None = None) -> Fraction:
    """Rationals of all sizes, tiny and huge; decimal, dyadic and neither; 0."""
    base = Fraction(draw(st.integers(low, 10**30)), draw(st.integers(1, 10**12)))
    return base * Fraction(draw(st.sampled_from([2, 10]))) ** draw(st.integers(-400, 400))


balls = st.builds(Ball, numbers(), numbers(low=0) | st.just(Fraction(0)))


def place(value: Fraction) -> int:
    """The place of the leading digit, found from the digits themselves."""
    return len(str(int(abs(value) * 10**1500))) - 1501


@given(balls, digits)
@example(whole(0), 5)
@example(Ball(Fraction(0), Fraction(1, 3)), 1)
@example(Ball(Fraction(1, 3)), 60)
@example(Ball(Fraction(-999999, 1000000)), 3)
@example(Ball(Fraction(999999), Fraction(999999, 1000)), 2)
@example(Ball(Fraction(1), Fraction(10) ** 300), 30)
@example(Ball(Fraction(10) ** 300, Fraction(1, 10**300)), 30)
@example(Ball(Fraction(5, 10)), 1)
@example(Ball(Fraction(15, 10)), 1)
def test_the_printed_ball_contains_the_ball_and_hardly_more(ball: Ball, places: int) -> None:
    text = json.loads(json.dumps(ball.to_json(places)))
    assert set(text) == {"mid", "rad"}
    # read back without the toolkit: Python's own Fraction
    middle, radius = Fraction(text["mid"]), Fraction(text["rad"])
    assert middle - radius <= ball.mid - ball.rad
    assert ball.mid + ball.rad <= middle + radius
    again = Ball.from_json(text)
    assert (again.mid, again.rad) == (middle, radius)
    # tight: half a unit of the last digit asked for, or a small part of the radius, and the radius' own rounding
    half = Fraction(10) ** (place(max(abs(ball.mid), ball.rad)) - places + 1) / 2 if ball.mid or ball.rad else 0
    assert radius <= (ball.rad + max(half, ball.rad / 2000)) * Fraction(101, 100)
    # and short
    assert len(re.sub(r"e.*|\D", "", text["mid"]).strip("0")) <= places + 1
    assert len(re.sub(r"e.*|\D", "", text["rad"]).strip("0")) <= 3


@given(numbers(), digits)
def test_decimal_fractions_short_enough_are_printed_exactly(number: Fraction, places: int) -> None:
    unit = Fraction(10) ** (place(number) - places + 1) if number else Fraction(1)
    decimal = round(number / unit) * unit
    assert Ball.from_json(Ball(decimal).to_json(places + 1)) == Ball(decimal)
    assert Ball(decimal).to_json(places + 1)["rad"] == "0"


@pytest.mark.parametrize(
    "ball",
    [
        Ball(Fraction(1, 3)),
        Ball(Fraction(-1, 3), Fraction(1, 7 * 10**900)),
        Ball(Fraction(1, 3 * 10**700)),
        Ball(Fraction(2**9000, 3), Fraction(1, 2**9000)),
        Ball(Fraction(0), Fraction(1, 3 * 10**6000)),
        Ball(Fraction(10) ** 6000, Fraction(1, 3 * 10**6000)),
    ],
)
@pytest.mark.parametrize("places", [1, 1000, 5000])
def test_thousands_of_digits(ball: Ball, places: int) -> None:
    text = ball.to_json(places)
    again = Ball.from_json(text)
    assert again.contains(ball)
    assert again.rad <= ball.rad * Fraction(102, 100) + Fraction(10) ** (4 - places) * max(abs(ball.mid), ball.rad)
    assert len(text["rad"]) < 15


@pytest.mark.parametrize("places", [0, -5])
def test_no_fewer_than_one_digit(places: int) -> None:
    assert Ball(Fraction(2, 3)).to_json(places) == {"mid": "0.7", "rad": "0.0334"}


@pytest.mark.parametrize(
    ("ball", "text"),
    [
        (whole(0), "0"),
        (Ball(Fraction(1, 2)), "0.5"),
        (Ball(Fraction(-3, 2)), "-1.5"),
        (whole(123456), "123456"),
        (whole(1000), "1000"),
        (Ball(Fraction(1, 10**7)), "0.0000001"),
        (Ball(Fraction(1, 10**8)), "1e-8"),
        (whole(-12 * 10**24), "-1.2e25"),
        (Ball(Fraction(1, 3)), "0.333333333333 ± 3.34e-13"),
        (Ball(Fraction(-2, 3), Fraction(1, 10**30)), "-0.666666666667 ± 3.34e-13"),
        (Ball(Fraction(1), Fraction(1, 10**30)), "1 ± 1e-30"),
        (Ball(Fraction(12345678, 10**7), Fraction(1, 400)), "1.234568 ± 0.00251"),
        (whole(0, 2), "0 ± 2"),
        (whole(5, 999), "5 ± 999"),
    ],
)
def test_the_text_for_people(ball: Ball, text: str) -> None:
    assert ball.text() == str(ball) == text


def test_the_text_has_as_many_digits_as_asked_for() -> None:
    assert Ball(Fraction(1, 3)).text(3) == "0.333 ± 0.000334"
    assert Ball(Fraction(1, 3)).text(30).startswith("0." + "3" * 30 + " ± 3.34e-31")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (None, "W"),
        ("0.5", "W"),
        (["0.5", "1"], "W"),
        ({}, "W"),
        ({"mid": "1"}, "W"),
        ({"rad": "1"}, "W"),
        ({"mid": "1", "rad": "1", "digits": "3"}, "W"),
        ({"mid": "1", "rad": "-1"}, "W.rad"),
        ({"mid": "1", "rad": "-1e-300"}, "W.rad"),
        ({"mid": "1", "rad": 0.5}, "W.rad"),
        ({"mid": 0.5, "rad": "1"}, "W.mid"),
        ({"mid": "nan", "rad": "1"}, "W.mid"),
        ({"mid": float("nan"), "rad": "1"}, "W.mid"),
        ({"mid": "1", "rad": "inf"}, "W.rad"),
        ({"mid": None, "rad": "1"}, "W.mid"),
        ({"mid": "1", "rad": True}, "W.rad"),
        ({"mid": "0.5 ± 1", "rad": "1"}, "W.mid"),
        ({"mid": ["1"], "rad": "1"}, "W.mid"),
    ],
)
def test_what_is_no_ball_is_refused(data: object, where: str) -> None:
    with pytest.raises(InputError) as caught:
        Ball.from_json(data, "W")
    assert caught.value.where == where
    assert caught.value.mend
    assert str(caught.value).isprintable()


def test_a_ball_is_made_of_exact_numbers() -> None:
    one: Any = 1
    assert Ball(one, one) == Ball(Fraction(1), Fraction(1))
    assert type(Ball(one).mid) is Fraction
    assert Ball.exact("1/3") == Ball(Fraction(1, 3))
    assert Ball.between(Fraction(1), Fraction(2)) == Ball(Fraction(3, 2), Fraction(1, 2))
    inexact: Any = 0.1
    for bad in ((inexact, Fraction(0)), (Fraction(0), inexact)):
        with pytest.raises(InputError, match="binary float"):
            Ball(*bad)
    with pytest.raises(ValueError, match="not negative"):
        Ball(Fraction(1), Fraction(-1, 10**50))
    with pytest.raises(ValueError, match="not negative"):
        Ball.between(Fraction(2), Fraction(1))


@given(balls, balls, numbers())
def test_inside_and_across(a: Ball, c: Ball, x: Fraction) -> None:
    assert a.contains(a)
    assert a.contains(a.lower)
    assert a.contains(a.upper)
    assert a.contains(x) == (a.lower <= x <= a.upper)
    assert a.contains(c) == (a.contains(c.lower) and a.contains(c.upper))
    assert a.overlaps(c) == (a.contains(c.lower) or a.contains(c.upper) or c.contains(a))
    assert a.overlaps(c) == c.overlaps(a)
    assert a.overlaps(Ball(x)) == a.contains(x)
    assert Ball.between(a.lower, a.upper) == a
    assert pickle.loads(pickle.dumps(a)) == a
    assert hash(a) == hash(Ball(a.mid, a.rad))


mantissas = st.integers(-(2**300), 2**300)
exponents = st.integers(-2000, 2000)


@given(mantissas, exponents, st.integers(0, 2**100), exponents, st.sampled_from([2, 53, 300]))
def test_an_arb_is_kept_exactly(man: int, exp: int, rad_man: int, rad_exp: int, bits: int) -> None:
    ball = flint.arb((man, exp), (rad_man, rad_exp))
    with precision(bits):  # the precision in force does not matter
        kept = Ball.from_arb(ball)
    assert kept.mid == man * Fraction(2) ** exp
    radius = rad_man * Fraction(2) ** rad_exp
    assert radius <= kept.rad <= radius * (1 + Fraction(1, 2**28))  # python-flint rounds a radius up to 30 bits
    with precision(400):
        assert flint.arb((man, exp), (rad_man, rad_exp)).rad().man_exp() == ball.rad().man_exp()
        rebuilt = kept.to_arb()
    assert rebuilt.mid().man_exp() == ball.mid().man_exp()
    assert rebuilt.contains(ball)


@given(balls, st.sampled_from([2, 10, 53, 300]))
def test_an_arb_made_of_a_ball_contains_it(ball: Ball, bits: int) -> None:
    with precision(bits):
        wider = Ball.from_arb(ball.to_arb())
    assert wider.contains(ball)
    size = abs(ball.mid) * Fraction(2) ** (2 - bits)
    assert wider.rad <= (ball.rad * (1 + Fraction(2) ** (2 - bits)) + size) * (1 + Fraction(1, 2**26))


@pytest.mark.parametrize("ball", [flint.arb("nan"), flint.arb("inf"), flint.arb("-inf"), flint.arb(0, "inf")])
def test_what_is_not_finite_is_refused(ball: flint.arb) -> None:
    with pytest.raises(ValueError, match="not finite"):
        Ball.from_arb(ball)


@pytest.mark.parametrize("exponent", [10**12, -(10**12)])
def test_what_would_fill_the_memory_is_refused(exponent: int) -> None:
    for ball in (flint.arb((1, exponent)), flint.arb(0, (1, exponent))):
        with pytest.raises(ValueError, match="too large or too small"):
            Ball.from_arb(ball)


def test_computed_balls_are_printed_outward() -> None:
    """End to end: √2 at 3400 bits, printed with 1000 digits, against integer arithmetic."""
    with precision(3400):
        text = Ball.from_arb(flint.arb(2).sqrt()).to_json(1000)
    middle, radius = exact(text["mid"]), exact(text["rad"])
    assert (middle - radius) ** 2 < 2 < (middle + radius) ** 2
    assert radius < Fraction(1, 10**998)
