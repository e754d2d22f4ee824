"""Exact derivations: what is proved here is decided by normal forms, never by sampling or heuristic simplification.

Imports verify.arithmetic and verify.models alone. Everything below loads its libraries when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from verify.symbolic.topics import TOPICS, Topic, derive

if TYPE_CHECKING:
    from verify.symbolic.coupling import Coupling, decide_coupling, verify_certificate
    from verify.symbolic.derivation import Derivation, DerivationError, Step

_HOME = {
    "Coupling": "coupling",
    "decide_coupling": "coupling",
    "verify_certificate": "coupling",
    "Derivation": "derivation",
    "DerivationError": "derivation",
    "Step": "derivation",
}

__all__ = [
    "TOPICS",
    "Coupling",
    "Derivation",
    "DerivationError",
    "Step",
    "Topic",
    "decide_coupling",
    "derive",
    "verify_certificate",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"verify.symbolic.{_HOME[name]}"), name)
    raise AttributeError(f"module 'verify.symbolic' has no attribute {name!r}")
