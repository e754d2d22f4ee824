"""Numbers to test against, and random problems.

``data/shin_yun_2026.json`` holds limits and states of concrete starts, found by means that share nothing with this
package: roots of the family's two equations bracketed in ball arithmetic (family, 45 digits), quadrature of the
reduced flow (middle, 40 digits, and 32 for the other signs), and an independent Taylor integrator at two settings
(menon and plasticity: every digit printed).
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from verify.arithmetic import Ball, ExactMatrix
from verify.arithmetic.exact import multiply, transpose
from verify.models import Observations, Problem, diagonal, load_problem, rotation, symmetric_family

DATA = Path(__file__).parent / "data"
VECTORS: dict[str, dict[str, dict[str, Any]]] = json.loads((DATA / "shin_yun_2026.json").read_text(encoding="utf-8"))
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def printed(text: str, digits: int | None = None) -> Ball:
    """The number ``text`` give or take one unit of its last digit, or of its `digits`-th significant one.

    Zero is exact.
    """
    number = Decimal(text)
    if not number:
        return Ball(Fraction(0))
    place = int(number.as_tuple().exponent) if digits is None else number.adjusted() - digits + 1
    return Ball(Fraction(number), Fraction(10) ** place)


def family(name: str) -> Problem:
    """The start of a vector of the family, such as V03."""
    given = VECTORS["family"][name]
    return symmetric_family(given["depth"], **{key: given[key] for key in ("n", "m", "alpha", "value", "s")})


def menon(name: str) -> Problem:
    """A balanced start with hidden rotations, such as M2: diagonal entries observed, both 1."""
    given = VECTORS["menon"][name]
    scale = diagonal([given["a"], given["b"]])
    first = rotation("4/5", "3/5")
    if given["sign"] is None:
        middle = diagonal([given["a"], "-" + given["b"]])
        layers = (multiply(scale, transpose(first)), middle, multiply(diagonal([1, -1]), multiply(first, scale)))
    else:
        last = multiply(rotation("12/13", "5/13"), multiply(diagonal([1, given["sign"]]), scale))
        layers = (multiply(scale, transpose(first)), *(scale,) * (given["depth"] - 2), last)
    return Problem(layers, Observations.diagonal(2))


def plasticity(name: str) -> Problem:
    """Identity layers, and one more entry to learn."""
    given = VECTORS["plasticity"][name]
    return Problem.of(
        [diagonal([1, 1])] * given["depth"], Observations(2, 2, ((0, 0, 1), (1, 1, 1), (0, 1, given["v"])))
    )  # type: ignore[arg-type]


def reference_problem() -> Problem:
    """P1: depth 3, 2x2, a start without symmetry near 1/10, diagonal entries observed."""
    return load_problem(DATA / "P1.json")


def saddle(depth: int = 3) -> Problem:
    """A start whose symmetry keeps it in a set without minimizers: targets 1 and −1. It ends at a saddle."""
    return Problem(symmetric_family(depth).layers, Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(-1)))))


def vanishing() -> Problem:
    """A start whose product tends to 0, though its targets are 1."""
    return symmetric_family(3, alpha="-1/10")


def escaping() -> Problem:
    """Data that a product fits with bounded entries but that this start approaches only at infinity.

    After Razin & Cohen 2020: ``w_01 = w_10 = 1``, ``w_11 = 0``, a start with positive determinant.
    """
    half = diagonal(["1/2", "1/2"])
    one, nought = Fraction(1), Fraction(0)
    return Problem((half,) * 3, Observations(2, 2, ((0, 1, one), (1, 0, one), (1, 1, nought))))


def random_matrix(random: Random, rows: int, columns: int, size: int = 12) -> ExactMatrix:
    """Entries over the denominator 12."""
    return tuple(tuple(Fraction(random.randint(-size, size), 12) for _ in range(columns)) for _ in range(rows))


def random_problem(
    random: Random, *, most_layers: int = 6, most: int = 4, rectangular: bool = True, size: int = 12
) -> Problem:
    """Any depth, shapes, mask and data: nothing is assumed of the problem except that something is observed."""
    depth = random.randint(1, most_layers)
    if rectangular:
        widths = [random.randint(1, most) for _ in range(depth + 1)]
    else:
        widths = [random.randint(1, most)] * (depth + 1)
    layers = tuple(random_matrix(random, after, before, size) for before, after in pairwise(widths))
    cells = [(i, j) for i in range(widths[-1]) for j in range(widths[0])]
    observed = random.sample(cells, random.randint(1, len(cells)))
    entries = tuple((i, j, Fraction(random.randint(-24, 24), 12)) for i, j in observed)
    return Problem(layers, Observations(widths[-1], widths[0], entries))
