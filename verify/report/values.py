"""Certified numbers for a paper: one LaTeX file from which ``\\claimvalue{slug}{key}`` takes them.

A number is printed with its radius, rounded outward, so that what the paper prints is true: the midpoint to a few more
digits than the radius leaves, the radius rounded up and enlarged by that rounding. ``key (lower)`` and ``key (upper)``
are the ends, rounded down and up. Exact numbers are printed exactly where they are short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from verify.arithmetic import Ball, InputError, exact
from verify.report.prose import plain_tex

#: A rational number is printed as a fraction up to this many digits in all.
_SHORT = 12


def values_file(report: Mapping[str, Any], *, digits: int = 12) -> str:
    """The file, from the JSON form of a report: all values of all claims, at most `digits` digits each."""
    lines = [
        "% Values of rankproof's claims, for \\claimvalue{slug}{key}. Numbers are enclosures, rounded outward.",
    ]
    for result in report["results"]:
        for key, value in claim_values(result, digits=digits).items():
            lines.append(rf"\setclaimvalue{{{result['slug']}}}{{{key}}}{{{value}}}")
    return "\n".join(lines) + "\n"


def claim_values(result: Mapping[str, Any], *, digits: int = 12) -> dict[str, str]:
    """The values of one claim, as LaTeX by key.

    Keys are ``verdict``, ``assurance``, ``expected``; of evidence ``slack`` and the names of its data, of witnesses the
    names of what they enclose; followed by the instances in brackets where evidence is about instances, and by a number
    from the second of a name on.
    """
    found = {
        "verdict": result["verdict"].lower(),
        "expected": result["expected"].lower(),
        "assurance": (result["assurance"] or "none").lower(),
    }
    for item in result["evidence"]:
        scope = item["scope"]
        about = f" [{', '.join(scope['names'])}]" if scope["level"] == "instances" else ""
        witness = item["witness"] or {}
        named = {"slack": item["slack"], **(item["data"] or {}), **witness.get("enclosed", {})}
        for name, value in named.items():
            for suffix, number in _numbers(value):
                _add(found, _key(f"{name}{suffix}{about}"), number, digits)
    return found


def _numbers(value: Any, suffix: str = "") -> Iterator[tuple[str, Ball]]:
    """The numbers in a value: itself, or those inside lists, with their places from 1."""
    if isinstance(value, Mapping):
        if set(value) == {"mid", "rad"}:
            yield suffix, Ball.from_json(value)
        else:
            for key, part in value.items():
                yield from _numbers(part, f"{suffix}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, part in enumerate(value, 1):
            yield from _numbers(part, f"{suffix}.{place}")
    elif value is not None and not isinstance(value, bool):
        try:
            yield suffix, Ball.exact(exact(value, "value"))
        except InputError:
            return  # words


def _key(text: str) -> str:
    """A key that TeX can hold: printable ASCII without its special characters."""
    text = text.replace("−", "-").replace("∞", "infinity").replace("≤", "<=").replace("≥", ">=")
    return re.sub(r" +", " ", re.sub(r"[^\x20-\x7e]|[\\{}%#~^_&$]", " ", text)).strip()


def _add(found: dict[str, str], key: str, ball: Ball, digits: int) -> None:
    base, number = key, 1
    while key in found:
        number += 1
        key = f"{base} ({number})"
    found[key] = number_tex(ball, digits)
    if ball.rad:
        found[f"{key} (lower)"] = f"${_decimal_tex(_rounded(ball.lower, digits, up=False))}$"
        found[f"{key} (upper)"] = f"${_decimal_tex(_rounded(ball.upper, digits, up=True))}$"


def number_tex(ball: Ball, digits: int = 12) -> str:
    """A number, exact or with its radius, in math mode."""
    if not ball.rad:
        p, q = ball.mid.numerator, ball.mid.denominator
        if len(str(abs(p))) + len(str(q)) <= _SHORT:
            sign = "-" if p < 0 else ""
            return f"${p}$" if q == 1 else rf"${sign}\tfrac{{{abs(p)}}}{{{q}}}$"
    parts = ball.to_json(digits)
    middle = _decimal_tex(parts["mid"])
    return f"${middle}$" if parts["rad"] == "0" else rf"${middle}\pm{_decimal_tex(parts['rad'])}$"


def _decimal_tex(text: str) -> str:
    """Decimal text in math mode: ``1.5e-7`` as ``1.5\\cdot10^{-7}``, also where many zeros follow the point."""
    mantissa, _, exponent = text.lower().partition("e")
    power = int(exponent) if exponent else 0
    sign, mantissa = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    if match := re.fullmatch(r"0\.(0{3,})([1-9])(\d*)", mantissa):
        power -= len(match[1]) + 1
        mantissa = match[2] + (f".{match[3]}" if match[3] else "")
    scale = rf"\cdot10^{{{power}}}" if power else ""
    return plain_tex(sign + mantissa) + scale


def _rounded(value: Fraction, digits: int, *, up: bool) -> str:
    """`value` to `digits` digits as decimal text, not below it if `up`, not above it otherwise."""
    if not value:
        return "0"
    place = 0
    while abs(value) >= Fraction(10) ** (place + 1):
        place += 1
    while abs(value) < Fraction(10) ** place:
        place -= 1
    unit = Fraction(10) ** (place - digits + 1)
    scaled = value / unit
    whole = -((-scaled.numerator) // scaled.denominator) if up else scaled.numerator // scaled.denominator
    text = str(abs(whole)).ljust(digits, "0")
    place += len(text) - digits if len(str(abs(whole))) > digits else 0
    fraction = text[1:].rstrip("0")
    mantissa = text[0] + (f".{fraction}" if fraction else "")
    return ("-" if whole < 0 else "") + mantissa + (f"e{place}" if place else "")
