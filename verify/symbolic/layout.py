"""Setting formulas and sentences: lines of bounded width, in text and in LaTeX."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from verify.symbolic.expressions import BREAK, Relation, plain, sign_of_relation

#: Widest line of a displayed formula, in the widths of :func:`visible` (160 mm in 11 point).
WIDEST = 74.0

_ARGUMENT = r"\s*(?:\{([^{}]*)\}|(\w))"
_SYMBOLS = {
    r"\cdots": "⋯", r"\dots": "…", r"\ldots": "…", r"\sum": "Σ", r"\nabla": "∇", r"\langle": "⟨", r"\rangle": "⟩",
    r"\otimes": "⊗", r"\odot": "⊙", r"\equiv": "≡", r"\neq": "≠", r"\ne": "≠", r"\le": "≤", r"\ge": "≥",
    r"\infty": "∞", r"\to": "→", r"\cdot": "·", r"\times": "×", r"\in": "∈", r"\ell": "ℓ", r"\tau": "τ",
    r"\sigma": "σ", r"\lambda": "λ", r"\alpha": "α", r"\theta": "θ", r"\rho": "ρ", r"\delta": "δ", r"\kappa": "κ",
    r"\Omega": "Ω", r"\mathbb": "", r"\partial": "∂", r"\,": " ", r"\;": " ", r"\quad": "  ",
    r"\{": "{", r"\}": "}", r"\lVert": "‖", r"\rVert": "‖", r"\|": "‖", r"\Rightarrow": "⇒", r"\approx": "≈",
    r"\mid": "|", r"\colon": ":", r"\bigl": "", r"\bigr": "", r"\Bigl": "", r"\Bigr": "",
    r"\min": "min", r"\max": "max", r"\lim": "lim", r"\sin": "sin", r"\tan": "tan",
    r"\beta": "β", r"\epsilon": "ε", r"\psi": "ψ", r"\phi": "φ", r"\Pi": "Π",
    r"\eta": "η", r"\mu": "μ", r"\nu": "ν", r"\gamma": "γ", r"\varepsilon": "ε", r"\Phi": "Φ", r"\Psi": "Ψ",
    r"\Lambda": "Λ", r"\det": "det", r"\log": "log", r"\!": "", r"\perp": "⊥", r"\artanh": "artanh",
    r"\arctan": "arctan", r"\circ": "∘",
    r"\iff": "⇔", r"\ln": "ln", r"\cos": "cos", r"\angle": "∠", r"\mapsto": "↦", r"\int": "∫", r"\pm": "±",
}  # fmt: skip


def spoken(marked: str) -> str:
    """A sentence with LaTeX between dollar signs, as plain text."""
    marked = re.sub(r"\\emph\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", marked)
    parts = marked.split("$")
    return "".join(_spoken_math(part) if k % 2 else part for k, part in enumerate(parts))


def _spoken_math(math: str) -> str:
    math = re.sub(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", lambda m: _matrix(m[1]), math)
    math = re.sub(r"\^\{?\\top\}? ?", "ᵀ", math)
    math = re.sub(r"\\(?:operatorname|mathrm|text)\{([^{}]*)\}", r"\1", math)
    for command in sorted(_SYMBOLS, key=len, reverse=True):
        tail = r"(?![A-Za-z]) ?" if command[-1].isalpha() else ""
        math = re.sub(re.escape(command) + tail, _SYMBOLS[command], math)
    math = re.sub(r"\\t?frac" + _ARGUMENT * 2, lambda m: f"{_grouped(m[1] or m[2])}/{_grouped(m[3] or m[4])}", math)
    math = re.sub(r"\\dot" + _ARGUMENT + r"(_\w|_\{\w*\})?", lambda m: f"{m[1] or m[2]}{m[3] or ''}'", math)
    math = re.sub(r"([_^])\{([^{}]*)\}", lambda m: m[1] + (m[2] if _plain_script(*m.groups()) else f"({m[2]})"), math)
    return math.replace("{", "").replace("}", "").replace("-", "−")


def _matrix(body: str) -> str:
    rows = (", ".join(cell.strip() for cell in row.split("&")) for row in body.split(r"\\"))
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"


def _plain_script(place: str, script: str) -> bool:
    """Whether an index or exponent can do without parentheses."""
    return len(script) == 1 or script.isdigit() or bool(re.fullmatch(r"\([^()]*\)", script)) or (place == "_" and script.isalnum())


def _grouped(part: str) -> str:
    return part if re.fullmatch(r"\w+", part) else f"({part})"


_LATEX_TEXT = {
    "–": "--", "…": r"\dots{}", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "½": r"$\tfrac12$", "×": r"$\times$",
    "≥": r"$\ge$", "≤": r"$\le$", "≠": r"$\ne$", "∞": r"$\infty$", "<": "$<$", ">": "$>$", "=": "$=$",
}  # fmt: skip


def escape(marked: str) -> str:
    """A sentence with LaTeX between dollar signs, as LaTeX."""
    parts = marked.split("$")
    return "$".join(part if k % 2 else _escaped(part) for k, part in enumerate(parts))


def _escaped(prose: str) -> str:
    for plain_character, command in _LATEX_TEXT.items():
        prose = prose.replace(plain_character, command)
    return prose


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` characters, all but the first indented."""
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def relation_text(relation: Relation, width: int, indent: str) -> list[str]:
    """A relation in lines of text."""
    left, sign = plain(relation.left.breakable(latex=False)), sign_of_relation(relation.sign, latex=False)
    lead, first = f"{indent}{left} {sign} ", []
    if len(lead) > 0.4 * width and len(lead) + len(relation.right.text()) > width:  # a long left side stands alone
        lines = _broken(relation.left.breakable(latex=False), width - len(indent) - 4, len)
        first = [indent + lines[0], *(f"{indent}    {line}" for line in lines[1:])]
        lead = f"{indent}  {sign} "
    lines = _broken(relation.right.breakable(latex=False), width - min(len(lead), 24), len)
    hanging = " " * min(len(lead) + 2, 26)
    return [*first, lead + lines[0], *(hanging + line for line in lines[1:])]


def display(relations: Sequence[Relation]) -> str:
    """Relations as one aligned display, broken into lines that fit."""
    rows: list[str] = []
    for relation in relations:
        sign = sign_of_relation(relation.sign, latex=True)
        left = plain(relation.left.breakable(latex=True))
        room = WIDEST - visible(left) - 4
        lead = f"{left} &{sign} "
        if room < WIDEST * 0.55 and visible(relation.right.latex()) > room:  # a long left side stands alone
            lefts = _broken(relation.left.breakable(latex=True), WIDEST - 6, visible)
            rows += [f"&{lefts[0]}", *(rf"&\qquad {line}" for line in lefts[1:])]
            lead, room = rf"&\quad {sign} ", WIDEST - 8
        lines = _broken(relation.right.breakable(latex=True), room, visible)
        rows += [lead + lines[0], *(rf"&\quad {line}" for line in lines[1:])]
    return "\\begin{align*}\n  " + " \\\\\n  ".join(rows) + "\n\\end{align*}"


def visible(latex: str) -> float:
    """About how wide a formula is when set, in widths of a letter."""
    latex = plain(latex)
    fractions = 0.0
    while match := re.search(r"\\t?frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}", latex):
        size = 0.75 if match[0].startswith(r"\t") else 1.0
        fractions += size * max(visible(match[1]), visible(match[2])) + 0.6
        latex = latex[: match.start()] + latex[match.end() :]
    small = 0.0
    while match := re.search(r"[_^]\{((?:[^{}]|\{[^{}]*\})*)\}|[_^](\\?\w)", latex):
        small += 0.7 * visible(match[1] if match[1] is not None else match[2])
        latex = latex[: match.start()] + " " + latex[match.end() :]
    latex = re.sub(r"\\operatorname\{(\w+)\}|\\mathrm\{(\w+)\}", r"\1\2", latex)
    latex = re.sub(r"\\(?:left|right|[bB]ig[lr]|dot|,|;)(?![a-zA-Z])", "", latex)
    latex = re.sub(r"\\q?quad", "xx", latex)
    latex = re.sub(r"\\[A-Za-z]+", "m", latex)
    operators = len(re.findall(r"[-+=<>]", latex))
    capitals = len(re.findall(r"[A-Z]", latex))
    letters = len(re.sub(r"[\s{}+=<>&-]", "", latex)) - capitals
    return fractions + small + letters + 1.7 * capitals + 2.6 * operators


def _broken(marked: str, width: float, measure: object) -> list[str]:
    """The rendered formula in lines of at most `width` where its marks allow it; outer marks are preferred."""
    pieces = re.split(f"{BREAK}(\\d)", marked)
    chunks = [(0, pieces[0]), *((int(d), p) for d, p in zip(pieces[1::2], pieces[2::2], strict=True))]
    lines: list[str] = []
    current: list[tuple[int, str]] = []
    for chunk in chunks:
        current.append(chunk)
        while len(current) > 1 and _measure(current, measure) > width:
            cut = _best_cut(current, width, measure)
            lines.append("".join(c for _, c in current[:cut]).rstrip())
            current = current[cut:]
    lines.append("".join(c for _, c in current).rstrip())
    return lines


def _best_cut(chunks: Sequence[tuple[int, str]], width: float, measure: object) -> int:
    """Before which chunk to break: the outermost mark in the second half of the line, else the last."""
    last = len(chunks) - 1
    full = _measure(chunks[:last], measure)
    late = [k for k in range(1, last + 1) if _measure(chunks[:k], measure) >= 0.5 * full]
    return min(late, key=lambda k: (chunks[k][0], -k))


def _measure(chunks: Iterable[tuple[int, str]], measure: object) -> float:
    assert callable(measure)
    return float(measure("".join(c for _, c in chunks)))
