"""The end of an iteration, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from verify.report.console import _matrix, _number, _pairs

_HOW = {
    "exact": "exact",
    "balls": "enclosed",
    "floating": "approximate, no error bound",
    "mpmath": "approximate, no error bound",
    "float64": "IEEE double precision, no error bound",
    "longdouble": "long double, no error bound",
}


def show_iteration(data: Mapping[str, object], console: Console) -> None:
    """A state of a projected gradient iteration, from its JSON form."""
    numbers = str(data["numbers"])
    stopped = ", interrupted" if data["interrupted"] else ""
    console.print(Text(f"State after {data['steps']} steps ({_HOW[numbers]}{stopped})", style="bold"))
    for name in ("U", "V"):
        _matrix(console, name, data.get(name))
    layers = data.get("layers")
    if isinstance(layers, Sequence):
        for k, layer in enumerate(layers, 1):
            _matrix(console, f"layer W_{k}", layer)
    rows: list[tuple[str, str]] = []
    diagonal, values = data.get("D"), data["singular_values"]
    if isinstance(diagonal, Sequence):
        rows += [(f"D[{j}]", _number(x)) for j, x in enumerate(diagonal)]
    if isinstance(values, Sequence):
        rows += [(f"singular value {k}", _number(x)) for k, x in enumerate(values, 1)]
    rows.append(("objective", _number(data["objective"])))
    _pairs(console, rows)
    for key, text in (
        ("active_steps", "steps in which the ball of {} was active"),
        ("clamps", "negative entries of {}"),
    ):
        counts = data[key]
        if isinstance(counts, Mapping):
            for name, count in counts.items():
                console.print(f"{text.format(name)}: {count}")
    if data["undecided_steps"]:
        console.print(
            f"steps in which a projection could not be decided (both cases lie inside): {data['undecided_steps']}"
        )
    console.print(f"{data['digits']} digits, {data['seconds']} s")
