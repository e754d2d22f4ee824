"""``verify doctor``: on what this runs, and whether each engine answers a question whose answer is known."""

from __future__ import annotations

import platform
import shutil
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from verify.claims.environment import PACKAGES, ground_types, package_version
from verify.cli.streams import CONTRADICTION, OK, check_target, write_json

if TYPE_CHECKING:
    from verify.models import Problem

_TOOLS = (("coqc", "checks exported proofs"), ("pdflatex", "typesets derivations"))


def doctor(*, json: str | None) -> int:
    """Show versions, optional programs and the self-test; exit code 0 when everything needed works."""
    check_target(json, "--json")
    tests = [_ask(*test) for test in _TESTS]
    data: dict[str, object] = {
        "environment": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            **{name: package_version(name) for name in PACKAGES},
            "ground types": ground_types(),
        },
        "tools": [{"name": name, "use": use, "path": shutil.which(name)} for name, use in _TOOLS],
        "tests": tests,
        "healthy": all(test["passed"] for test in tests),
    }
    if json is not None:
        write_json(data, json)
    if json != "-":
        from verify.report import make_console, show_doctor

        show_doctor(data, make_console(sys.stdout))
    return OK if data["healthy"] else CONTRADICTION


def _ask(name: str, question: str, test: Callable[[], str]) -> dict[str, object]:
    """`test` returns what is wrong, or nothing."""
    started = time.perf_counter()
    try:
        problem = test()
    except Exception as error:  # a missing or broken library shows itself in any way
        problem = " ".join(f"{type(error).__name__}: {error}".split())
    return {
        "name": name,
        "question": question,
        "passed": not problem,
        "problem": problem or None,
        "seconds": round(time.perf_counter() - started, 3),
    }


def _one_weight() -> Problem:
    """Depth 1, size 1, target 1, start 0: the flow is W(t) = 1 − e^(−t)."""
    from verify.models import load_problem

    return load_problem({"model": "deep", "layers": [[["0"]]], "observed": [[0, 0, "1"]]})


def _arithmetic() -> str:
    from verify.arithmetic import Ball, precision

    with precision(100):
        third = Ball.from_arb(Ball.exact("1/3").to_arb())
    return "" if third.contains("1/3") and third.rad < Fraction(1, 10**25) else f"1/3 is not in {third}"


def _symbolic() -> str:
    from verify.symbolic import derive

    return "" if derive("balancedness", depth=2).steps else "the derivation has no steps"


def _numeric() -> str:
    from verify.numeric import integrate

    entry = integrate(_one_weight(), time=Fraction(1), digits=20).to_json()["product"][0][0]
    return "" if str(entry).startswith("0.632120558828557678") else f"W(1) came out as {entry}"


def _rigorous() -> str:
    from verify.rigorous import certify_limit

    found = certify_limit(_one_weight(), digits=10)
    if found.certificate is None:
        return f"the limit was not certified: {found.reason}"
    return "" if found.product[0][0].contains(1) else "the limit 1 is outside its enclosure"


def _claims() -> str:
    from verify.claims import installed_claims

    return "" if len(installed_claims()) else "no claims are installed"


_TESTS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("arithmetic", "a ball around 1/3 contains 1/3", _arithmetic),
    ("symbolic", "balancedness is conserved at depth 2", _symbolic),
    ("numeric", "W' = 1 − W from 0 reaches 1 − 1/e at time 1", _numeric),
    ("rigorous", "its limit is 1", _rigorous),
    ("claims", "installed papers can be loaded", _claims),
)
