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
from verify.report.iterations import show_iteration
from verify.report.markdown import check_markdown_target, markdown_report, markdown_summary, write_markdown

__all__ = [
    "check_markdown_target",
    "make_console",
    "markdown_report",
    "markdown_summary",
    "show_claims",
    "show_doctor",
    "show_flow",
    "show_iteration",
    "show_limit",
    "show_replays",
    "show_report",
    "write_markdown",
]
