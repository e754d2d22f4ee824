"""rankproof's toolkit: check the theorems of a paper by machine. Knows no paper; imports nothing but its own rooms.

The names below are loaded when they are first used, so that ``import verify`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "Ball": "verify.arithmetic",
    "InputError": "verify.arithmetic",
    "exact": "verify.arithmetic",
    "Observations": "verify.models",
    "Problem": "verify.models",
    "load_problem": "verify.models",
    "symmetric_family": "verify.models",
    "derive": "verify.symbolic",
    "decide_coupling": "verify.symbolic",
    "integrate": "verify.numeric",
    "certify_limit": "verify.rigorous",
    "enclose_flow": "verify.rigorous",
    "Assurance": "verify.claims",
    "Evidence": "verify.claims",
    "Run": "verify.claims",
    "Scope": "verify.claims",
    "Verdict": "verify.claims",
    "Witness": "verify.claims",
    "claim": "verify.claims",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'verify' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
