"""How the experiments' pictures look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Colours that stay apart for colour-blind eyes (Okabe & Ito 2008): blue, vermilion, green, orange, purple, black.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#000000")


@contextmanager
def figure(path: Path, rows: int, columns: int, *, size: tuple[float, float], **options: Any) -> Iterator[Any]:
    """A figure with `rows` × `columns` axes; written to `path` at the end, and closed."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
        "legend.frameon": False,
    }
    with rc_context(style):
        drawing = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(drawing)
        axes = drawing.subplots(rows, columns, squeeze=False, **options)
        yield drawing, axes
        drawing.savefig(path, dpi=160)
