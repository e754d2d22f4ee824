"""Where output goes: documents alone on standard output, prose and progress on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verify.arithmetic import InputError, Progress, silent

#: Exit codes, as the documentation lists them.
OK, CONTRADICTION, OPEN, BAD_INPUT = 0, 1, 2, 3
#: As a shell reports processes that were ended by Ctrl-C or by a reader that closed the pipe.
INTERRUPTED, NO_READER = 130, 141


def say(text: str) -> None:
    """One line for people, on standard error."""
    print(f"verify: {text}", file=sys.stderr, flush=True)


def check_target(target: str | None, option: str) -> None:
    """Refuse a file that could not be written, before the work that would be lost.

    Raises
    ------
    InputError
        naming the file; nothing is left behind where there was no file before.
    """
    if target in (None, "-"):
        return
    assert target is not None
    path = Path(target)
    try:
        existed = path.exists()
        with path.open("a", encoding="utf-8"):
            pass
        if not existed:
            path.unlink()
    except IsADirectoryError:
        raise InputError(f"{option} {target}", "is a directory", "give a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{option} {target}", f"cannot be written ({reason})", "give another file") from None


def write(text: str, target: str | None, option: str) -> None:
    """`text` into the file `target`, or to standard output for None and ``-``."""
    if target in (None, "-"):
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    assert target is not None
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{option} {target}", f"cannot be written ({error.strerror})", "give another file") from None


def write_json(document: object, target: str) -> None:
    """A JSON document into the file `target`, or alone on standard output for ``-``."""
    # A terminal without UTF-8 still gets valid JSON.
    plain = target == "-" and (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    write(json.dumps(document, indent=2, ensure_ascii=plain) + "\n", target, "--json")


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar with the time that is left, on standard error if that is a terminal; otherwise nothing."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield silent
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, title=title)

        def report(fraction: float, message: str) -> None:
            bar.update(task, completed=min(max(fraction, 0.0), 1.0), description=message)

        yield report
