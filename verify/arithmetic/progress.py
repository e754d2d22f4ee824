"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the fraction done, in [0, 1], and a short message; must not raise.
Progress = Callable[[float, str], None]


def silent(fraction: float, message: str) -> None:
    """The progress report that says nothing."""
