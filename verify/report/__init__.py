"""Views of results, for people. Imports verify.claims and, with it, verify.arithmetic; asks no engine."""

from verify.report.console import (
    make_console,
    show_claims,
    show_doctor,
    show_flow,
    show_limit,
    show_replays,
    show_report,
)

__all__ = [
    "make_console",
    "show_claims",
    "show_doctor",
    "show_flow",
    "show_limit",
    "show_replays",
    "show_report",
]
