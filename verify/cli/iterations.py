"""``verify iterate``: many projected gradient steps."""

from __future__ import annotations

import sys
from typing import Any

from verify.cli.engines import load_source
from verify.cli.streams import INTERRUPTED, OK, check_target, progress_bar, say, write_json


def iterate(source: str, *, steps: int, digits: int, numbers: str, json: str | None) -> int:
    """Iterate; Ctrl-C shows and writes what was reached."""
    from verify.numeric.iterations import iterate as run

    check_target(json, "--json")
    model = load_source(source)
    with progress_bar("iterate") as progress:
        found = run(model, steps=steps, digits=digits, numbers=numbers, progress=progress)  # type: ignore[arg-type]
        data: dict[str, Any] = found.to_json()
        if numbers == "balls":
            from verify.arithmetic import Ball
            from verify.rigorous.graded import product_spectrum

            values = product_spectrum(found.model, found.state, bits=round(digits * 3.33) + 64)
            data["singular_values"] = [Ball.from_arb(x).to_json(digits) for x in values]
    if json is not None:
        write_json(data, json)
    if json != "-":
        from verify.report import make_console, show_iteration

        show_iteration(data, make_console(sys.stdout))
    if found.interrupted:
        say(f"interrupted after {found.steps} of {steps} steps")
        return INTERRUPTED
    return OK
