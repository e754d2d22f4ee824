"""``verify flow`` and ``limit``: exact input in, an engine's answer out."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.arithmetic import InputError, exact
from verify.cli.streams import OK, OPEN, check_target, progress_bar, say, write_json

if TYPE_CHECKING:
    from verify.arithmetic import Progress
    from verify.models import Model

#: So many states are listed at most by one command.
_MOST_STATES = 10_000


def flow(
    source: str,
    *,
    times: list[str],
    every: str | None,
    until: str | None,
    digits: int,
    rigorous: bool,
    json: str | None,
) -> int:
    """Follow a flow to a time, past several, or until its residual is small."""
    check_target(json, "--json")
    wanted = sorted(_not_negative(text, "time") for text in times)
    spacing = None if every is None else _not_negative(every, "every")
    small = None if until is None else _not_negative(until, "until")
    if not wanted and small is None:
        raise InputError("flow", "how far?", "give --time T, or --until EPS")
    if small is not None and (rigorous or len(wanted) > 1):
        raise InputError("until", "is given with --rigorous or several times", "give at most one --time, for how long")
    problem = load_source(source)
    with progress_bar("flow") as progress:
        make = _enclosed_states if rigorous else _approximate_states
        try:
            states = make(problem, wanted, spacing, small, digits, progress)
        except ArithmeticError as error:
            if not _tells(error):
                raise
            reason, states = " ".join(str(error).split()), []
    if not states:  # an answer, too, but there is no state to show
        say(f"{'not enclosed' if rigorous else 'not reached'}: {reason}")
        return OPEN
    if json is not None:
        write_json(states if len(wanted) > 1 or spacing is not None else states[0], json)
    if json != "-":
        from verify.report import make_console, show_flow

        console = make_console(sys.stdout)
        for state in states:
            show_flow(state, console)
    return OK


def _approximate_states(
    problem: Model,
    wanted: list[Fraction],
    spacing: Fraction | None,
    small: Fraction | None,
    digits: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """The states at the times asked for, in one run; `small` is the residual at which it stops, if not at a time."""
    from verify.numeric import follow, integrate

    end = wanted[-1] if wanted else None
    if spacing is None and len(wanted) <= 1:
        return [integrate(problem, time=end, until=small, digits=digits, progress=progress).to_json()]
    course = follow(problem, time=end, until=small, digits=digits, progress=progress)
    return [course.at(at).to_json() for at in _grid(wanted if small is None else [course.time], spacing)]


def _enclosed_states(
    problem: Model,
    wanted: list[Fraction],
    spacing: Fraction | None,
    small: Fraction | None,
    digits: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """The same, enclosed; each in a run of its own."""
    from verify.rigorous import enclose_flow

    times = _grid(wanted, spacing)
    return [enclose_flow(problem, time=time, digits=digits, progress=progress).to_json() for time in times]


def _grid(times: list[Fraction], spacing: Fraction | None) -> list[Fraction]:
    """The times, and from 0 to the last of them the multiples of `spacing`, in order."""
    last = max(times)
    if spacing is None:
        return sorted(set(times))
    if not spacing or last / spacing > _MOST_STATES:
        raise InputError("every", f"{spacing} makes too many states", f"at most {_MOST_STATES} can be asked for")
    return sorted({*times, *(spacing * k for k in range(last // spacing + 1))})


def _tells(error: ArithmeticError) -> bool:
    """Whether an engine says by this error that there is no such state."""
    from verify.numeric import NotReachedError

    if isinstance(error, NotReachedError):
        return True
    from verify.rigorous import TubeError

    return isinstance(error, TubeError)


def limit(source: str, *, digits: int, ball: str, pieces: int, time_limit: str, json: str | None, strict: bool) -> int:
    """Certify a limit."""
    check_target(json, "--json")
    distance, horizon = _not_negative(ball, "ball"), _not_negative(time_limit, "time limit")
    problem = load_source(source)
    from verify.rigorous import certify_limit

    with progress_bar("limit") as progress:
        found = certify_limit(
            problem, digits=digits, ball=distance, pieces=pieces, time_limit=horizon, progress=progress
        )
    data = found.to_json()
    if json is not None:
        write_json(data, json)
    if json != "-":
        from verify.report import make_console, show_limit

        show_limit(data, make_console(sys.stdout))
    elif data["certificate"] is None:
        say(f"not certified: {data['reason']}")
    return OPEN if strict and data["certificate"] is None else OK


def load_source(source: str) -> Model:
    """The model in a file, or for ``-`` on standard input."""
    from verify.models import load_model

    if source != "-":
        return load_model(source)
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("standard input", f"is not UTF-8 text (byte {error.start})", "send UTF-8") from None
    return load_model("standard input", text=text)


def _not_negative(text: str, where: str) -> Fraction:
    value = exact(text, where)
    if value < 0:
        raise InputError(where, f"{text} is negative", "give 0 or more")
    return value
