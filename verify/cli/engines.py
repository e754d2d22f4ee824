"""``verify derive``, ``flow`` and ``limit``: exact input in, an engine's answer out."""

from __future__ import annotations

import json as json_module
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.arithmetic import InputError, exact
from verify.cli.streams import OK, OPEN, check_target, progress_bar, say, write, write_json

if TYPE_CHECKING:
    from verify.models import Problem


def list_topics() -> int:
    """Show what can be derived."""
    from verify.symbolic import TOPICS

    width = max(len(name) for name in TOPICS)
    for name, topic in TOPICS.items():
        print(f"{name.ljust(width)}  {topic.title}")
    return OK


def derive(
    topic: str, *, depth: int | None, size: int | None, observe: str | None, format: str, output: str | None
) -> int:
    """Derive a topic and write it."""
    from verify.symbolic import derive as run

    check_target(output, "--output")
    derivation = run(topic, depth=depth, size=size, observe=observe)
    if format == "json":
        text = json_module.dumps(derivation.to_json(), indent=2, ensure_ascii=False)
    else:
        text = derivation.to_latex() if format == "latex" else derivation.to_text()
    write(text.rstrip("\n") + "\n", output, "--output")
    return OK


def flow(source: str, *, time: str, digits: int, rigorous: bool, json: str | None) -> int:
    """Follow a flow to a time."""
    check_target(json, "--json")
    until = _not_negative(time, "time")
    problem = _load(source)
    data: dict[str, Any]
    with progress_bar("flow") as progress:
        if rigorous:
            from verify.rigorous import TubeError, enclose_flow

            try:
                data = enclose_flow(problem, time=until, digits=digits, progress=progress).to_json()
            except TubeError as error:
                reason = " ".join(str(error).split())
            else:
                reason = ""
        else:
            from verify.numeric import integrate

            data, reason = integrate(problem, time=until, digits=digits, progress=progress).to_json(), ""
    if reason:  # no enclosure is an answer, too, but there is no state to show
        say(f"not enclosed: {reason}")
        return OPEN
    if json is not None:
        write_json(data, json)
    if json != "-":
        from verify.report import make_console, show_flow

        show_flow(data, make_console(sys.stdout))
    return OK


def limit(source: str, *, digits: int, ball: str, time_limit: str, json: str | None, strict: bool) -> int:
    """Certify a limit."""
    check_target(json, "--json")
    distance, horizon = _not_negative(ball, "ball"), _not_negative(time_limit, "time limit")
    problem = _load(source)
    from verify.rigorous import certify_limit

    with progress_bar("limit") as progress:
        found = certify_limit(problem, digits=digits, ball=distance, time_limit=horizon, progress=progress)
    data = found.to_json()
    if json is not None:
        write_json(data, json)
    if json != "-":
        from verify.report import make_console, show_limit

        show_limit(data, make_console(sys.stdout))
    elif data["certificate"] is None:
        say(f"not certified: {data['reason']}")
    return OPEN if strict and data["certificate"] is None else OK


def _load(source: str) -> Problem:
    from verify.models import load_problem

    if source != "-":
        return load_problem(source)
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("standard input", f"is not UTF-8 text (byte {error.start})", "send UTF-8") from None
    return load_problem("standard input", text=text)


def _not_negative(text: str, where: str) -> Fraction:
    value = exact(text, where)
    if value < 0:
        raise InputError(where, f"{text} is negative", "give 0 or more")
    return value
