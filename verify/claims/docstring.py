"""The sections of a claim's docstring."""

from __future__ import annotations

import inspect
import re

from verify.arithmetic import InputError

#: In the order in which a claim is read; `Statement` must be there.
SECTIONS = ("Statement", "Hypotheses", "Conclusion", "Proof idea", "Checked by", "Not checked", "References")

_HEADING = re.compile(rf"({'|'.join(SECTIONS)})\s*(?::\s*(.*))?", re.IGNORECASE)
_CANONICAL = {name.lower(): name for name in SECTIONS}


def parse_sections(docstring: str | None, where: str) -> dict[str, str]:
    """The sections of a docstring, by name, in the order of :data:`SECTIONS`.

    A section begins with a line ``Statement: …`` (the text may go on below), or with the name on a line of
    its own with a row of dashes under it. Text before the first section is for the reader of the source
    alone.

    Raises
    ------
    InputError
        when there is no statement, or a section is empty or given twice; `where` names the claim.
    """
    mend = 'begin the docstring with "Statement: …", in words or formulas'
    found: dict[str, list[str]] = {}
    body: list[str] | None = None
    lines = inspect.cleandoc(docstring or "").splitlines()
    for i, line in enumerate(lines):
        underlined = i + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[i + 1]) is not None
        heading = _HEADING.fullmatch(line)
        if heading and (heading[2] is not None or underlined):
            name = _CANONICAL[heading[1].lower()]
            if name in found:
                raise InputError(where, f"the docstring has the section {name!r} twice", "keep one")
            body = found[name] = [heading[2] or ""]
        elif body is not None and not (re.fullmatch(r"-{3,}", line) and body == [""]):
            body.append(line)
    sections = {name: inspect.cleandoc("\n".join(found[name])).strip() for name in SECTIONS if name in found}
    for name, text in sections.items():
        if not text:
            raise InputError(where, f"the section {name!r} of the docstring is empty", "fill it or leave it out")
    if "Statement" not in sections:
        raise InputError(where, "the docstring has no section 'Statement'", mend)
    return sections


def items(text: str) -> tuple[str, ...]:
    """The points of a section: its list items if it is a list, else its paragraphs, each on one line."""
    bullet = re.compile(r"(?m)^\s*(?:[-*•]|\(?\w{1,3}[.)])\s+")
    parts = bullet.split(text) if bullet.match(text) else re.split(r"\n\s*\n", text)
    return tuple(" ".join(part.split()) for part in parts if part.strip())
