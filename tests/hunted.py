"""Small claims with hunts, for tests of the hunt itself; loaded as a file, also by worker processes.

Environment variables steer them: ``HUNTED_KILL`` names a file; the first process that finds it removes it and dies.
``HUNTED_SLEEP`` is how many seconds every look at candidates takes, ``HUNTED_LOG`` a file to which each adds a byte.
"""

from __future__ import annotations

import os
import signal
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from verify.arithmetic import exact
from verify.claims import Assurance, Established, Evidence, Run, Scope, Verdict, Witness, claim
from verify.search import Chart, Hunt

EVERY = Scope.all("rationals x, y")
HERE = Scope.instances("one pair")
RATIONAL = "x and y are rational"


def _meddle() -> None:
    time.sleep(float(os.environ.get("HUNTED_SLEEP", "0")))
    if log := os.environ.get("HUNTED_LOG"):
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(".")
    flag = os.environ.get("HUNTED_KILL")
    if flag and Path(flag).exists():
        Path(flag).unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _slack(points: np.ndarray) -> np.ndarray:
    """How far x² + y² is from exceeding 2, for x + y ≥ 1."""
    _meddle()
    x, y = points.T
    return np.where(x + y >= 1, 2 - x * x - y * y, np.nan)


def _value(data: dict[str, Any]) -> Fraction:
    x, y = exact(data["x"], "x"), exact(data["y"], "y")
    return 2 - x * x - y * y


def _data(point: tuple[Fraction, ...]) -> dict[str, Fraction] | None:
    x, y = point
    return {"x": x, "y": y} if x + y >= 1 else None


def certify(data: dict[str, Any]) -> Evidence:
    value = _value(data)
    if value >= 0:
        return Evidence.undecided(kind="fractions", scope=HERE, detail="the inequality holds")
    return Evidence.refutes(
        kind="fractions",
        assurance=Assurance.PROVED,
        scope=HERE,
        detail=f"2 − x² − y² = {value}",
        witness=Witness(
            problem=data,
            hypotheses=(Established(name=RATIONAL, how="fractions"),),
            violates="x² + y² ≤ 2 fails",
            enclosed={"value": value},
        ),
    )


CHART = Chart(name="pairs", lower=(-3, -3), upper=(3, 3), data=_data, slack=_slack)


@claim("hunted/false", scope=EVERY, expects=Verdict.REFUTED, hypotheses=(RATIONAL,))
def false(run: Run) -> Evidence:
    """Statement: x² + y² ≤ 2 for all rational x, y with x + y ≥ 1."""
    return Evidence.undecided(kind="none", scope=HERE, detail="hunted")


@false.hunt
def _(run: Run) -> Hunt | None:
    return None if run.twin else Hunt(charts=(CHART,), certify=certify, cases=10_000, about="2 − x² − y²")


@false.recheck
def _(witness: Witness, run: Run) -> Evidence:
    make = Evidence.refutes if _value(dict(witness.problem)) < 0 else Evidence.supports
    return make(kind="again", assurance=Assurance.PROVED, scope=HERE, detail="in fractions")


def _mistaken(points: np.ndarray) -> np.ndarray:
    """A slack with an error: negative although the statement is true."""
    x, y = points.T
    return (x - y) ** 2 - 1e-2


@claim("hunted/true", scope=EVERY, hypotheses=(RATIONAL,))
def true(run: Run) -> Evidence:
    """Statement: (x − y)² ≥ 0 for all rational x, y."""
    return Evidence.undecided(kind="none", scope=HERE, detail="hunted")


@true.hunt
def _(run: Run) -> Hunt:
    def refuse(data: dict[str, Any]) -> Evidence:
        value = (data["x"] - data["y"]) ** 2
        assert value >= 0
        return Evidence.undecided(kind="fractions", scope=HERE, detail="the inequality holds")

    chart = Chart(name="pairs", lower=(-3, -3), upper=(3, 3), data=lambda p: {"x": p[0], "y": p[1]}, slack=_mistaken)
    return Hunt(charts=(chart,), certify=refuse, cases=10_000)


@claim("hunted/without", scope=EVERY)
def without(run: Run) -> Evidence:
    """Statement: 1 = 1."""
    return Evidence.undecided(kind="none", scope=HERE, detail="no hunt")
