"""The papers in BibTeX: every package that announces claims keeps its references beside them, in references.bib."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from verify.arithmetic import InputError
from verify.claims.registry import ENTRY_POINTS

#: The file that a paper's package keeps.
FILE = "references.bib"
_ENTRY = re.compile(r"^@\w+\{\s*([^,\s]+)\s*,.*?^\}", re.MULTILINE | re.DOTALL)


def bibliography() -> dict[str, str]:
    """The entries of all installed papers by key, each as it stands in its file; the first of a key counts.

    Raises
    ------
    InputError
        for a file that cannot be read.
    """
    found: dict[str, str] = {}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        spec = find_spec(point.module)
        if spec is None or spec.origin is None:
            continue
        path = Path(spec.origin).parent / FILE
        if path.is_file():
            for key, entry in entries(path).items():
                found.setdefault(key, entry)
    return found


def entries(path: Path) -> dict[str, str]:
    """The entries of a BibTeX file by key; an entry ends with a brace at the beginning of a line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(str(path), f"cannot be read ({reason})", "restore the package's file") from None
    return {match[1]: match[0] for match in _ENTRY.finditer(text)}


def bibtex() -> str:
    """One BibTeX file with all entries, sorted by key."""
    return "\n\n".join(entry for _, entry in sorted(bibliography().items())) + "\n"
