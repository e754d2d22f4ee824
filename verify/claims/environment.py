"""On what a run was made."""

from __future__ import annotations

import importlib
import platform
from importlib.metadata import PackageNotFoundError, version

#: Packages whose version can change what a check finds.
PACKAGES = ("rankproof", "sympy", "mpmath", "numpy", "scipy", "python-flint", "hypothesis", "joblib")


def environment(*, profile: str, digits: int, seed: int, jobs: int, started: str, seconds: float) -> dict[str, object]:
    """The environment record of a report; `started` is an ISO 8601 time in UTC."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: package_version(name) for name in PACKAGES},
        "ground_types": ground_types(),
        "profile": profile,
        "digits": digits,
        "seed": seed,
        "jobs": jobs,
        "started": started,
        "seconds": round(seconds, 3),
    }


def package_version(name: str) -> str | None:
    """The installed version of a distribution; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def ground_types() -> str | None:
    """SymPy's exact numbers (``flint``, ``gmpy`` or ``python``), which decide its speed; None without
    SymPy."""
    try:
        return str(importlib.import_module("sympy.external.gmpy").GROUND_TYPES)
    except ImportError:
        return None
