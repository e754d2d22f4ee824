"""Setting formulas and sentences: lines of bounded width, in text and in LaTeX."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence

from verify.symbolic.expressions import BREAK, Relation, plain, sign_of_relation
from verify.symbolic.widths import width

#: Widest line of a displayed formula, in em, by the number of columns of the page. LaTeX's article class has lines of
#: 34.5 em in 10 point, 32.8 in 11 and 32.5 in 12; columns of two-column classes are from 22.9 em.
WIDEST = {1: 32.0, 2: 22.4}
#: Width of a relation's sign with its spaces.
_SIGN = 1.4

Measure = Callable[[str], float]

_ARGUMENT = r"\s*(?:\{([^{}]*)\}|(\w))"
_FRACTION = r"\\t?frac" + _ARGUMENT * 2 + r"(?= ?([\w(‖⟨√Σ])|)"
_RELATIONS = "≤≥≠≡≈∈→⇒⇔↦⪰⪯≻≺⊂"
_RAISED = {"2": "²", "3": "³", "+": "⁺"}
#: Braces that are read, while those of LaTeX's groups are taken off.
_OPEN, _CLOSE = "\ue000", "\ue001"
_SYMBOLS = {
    r"\cdots": "⋯", r"\dots": "…", r"\ldots": "…", r"\sum": "Σ", r"\nabla": "∇", r"\langle": "⟨", r"\rangle": "⟩",
    r"\otimes": "⊗", r"\odot": "⊙", r"\equiv": "≡", r"\neq": "≠", r"\ne": "≠", r"\le": "≤", r"\ge": "≥",
    r"\infty": "∞", r"\to": "→", r"\cdot": "·", r"\times": "×", r"\in": "∈", r"\ell": "ℓ", r"\tau": "τ",
    r"\sigma": "σ", r"\lambda": "λ", r"\alpha": "α", r"\theta": "θ", r"\rho": "ρ", r"\delta": "δ", r"\kappa": "κ",
    r"\Omega": "Ω", r"\mathbb": "", r"\partial": "∂", r"\,": " ", r"\;": " ", r"\quad": "  ",
    r"\{": _OPEN, r"\}": _CLOSE, r"\lVert": "‖", r"\rVert": "‖", r"\|": "‖", r"\Rightarrow": "⇒", r"\approx": "≈",
    r"\mid": "|", r"\colon": ":", r"\bigl": "", r"\bigr": "", r"\Bigl": "", r"\Bigr": "",
    r"\min": "min", r"\max": "max", r"\lim": "lim", r"\sin": "sin", r"\tan": "tan",
    r"\beta": "β", r"\epsilon": "ε", r"\psi": "ψ", r"\phi": "φ", r"\Pi": "Π",
    r"\eta": "η", r"\mu": "μ", r"\nu": "ν", r"\gamma": "γ", r"\varepsilon": "ε", r"\Phi": "Φ", r"\Psi": "Ψ",
    r"\Lambda": "Λ", r"\det": "det", r"\log": "log", r"\!": "", r"\perp": "⊥", r"\artanh": "artanh",
    r"\arctan": "arctan", r"\circ": "∘", r"\bar U": "Ū", r"\Theta": "Θ",
    r"\succeq": "⪰", r"\succ": "≻", r"\preceq": "⪯", r"\prec": "≺", r"\subset": "⊂", r"\cup": "∪",
    r"\cap": "∩", r"\setminus": "∖", r"\pi": "π", r"\varphi": "φ", r"\omega": "ω",
    r"\Sigma": "Σ", r"\Delta": "Δ", r"\Gamma": "Γ", r"\prod": "Π", r"\sim": "~",
    r"\xi": "ξ", r"\zeta": "ζ", r"\chi": "χ", r"\emptyset": "∅", r"\forall": "∀", r"\exists": "∃", r"\star": "*",
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
    for command in sorted(_SYMBOLS, key=len, reverse=True):
        tail = r"(?![A-Za-z]) ?" if command[-1].isalpha() else ""
        math = re.sub(re.escape(command) + tail, _SYMBOLS[command], math)
    math = re.sub(r"\\(?:operatorname|mathrm|text)\{([^{}]*)\}", r"\1", math)
    math = re.sub(f" ([{_RELATIONS}])(?! )", r" \1 ", math)  # the space after a command only ends its name
    math = re.sub(r"\\dot" + _ARGUMENT + r"(_\w|_\{\w*\})?", lambda m: f"{m[1] or m[2]}{m[3] or ''}'", math)
    math = _innermost_first(math)
    math = re.sub(r"\\(?:left|right|displaystyle|mathcal|mathsf|mathbf|[bB]igg?[lrm]?)(?![A-Za-z])", "", math)
    math = re.sub(r"\\([A-Za-z]+)|\\[!:> ]", r"\1", math)  # a command without a sign of its own is read by its name
    math = math.replace("{", "").replace("}", "").replace("-", "−")
    return math.replace(_OPEN, "{").replace(_CLOSE, "}")


def _innermost_first(math: str) -> str:
    """Indices, exponents, roots and fractions, those without another in them first, until none is left."""
    before = ""
    while math != before:
        before = math
        math = re.sub(
            r"([_^])\{([^{}]*)\}", lambda m: m[1] + (m[2] if _plain_script(*m.groups()) else f"({m[2]})"), math
        )
        math = re.sub(r"\^([23+])(?!\d)", lambda m: _RAISED[m[1]], math)
        math = re.sub(r"\\sqrt" + _ARGUMENT, lambda m: f"√{_one(m[1] or m[2])}", math)
        math = re.sub(_FRACTION, _fraction, math)
    return math


def _fraction(match: re.Match[str]) -> str:
    """``a/b``, in parentheses where a factor follows, which would else be read as one of the denominator."""
    above, below = match[1] or match[2], match[3] or match[4]
    if above == "d" and re.fullmatch(r"d\w", below):  # the sign of a derivative
        return f"d/{below} "
    ratio = f"{_grouped(above)}/{_one(below)}"
    return f"({ratio})" if match[5] else ratio


def _matrix(body: str) -> str:
    rows = (", ".join(cell.strip() for cell in row.split("&")) for row in body.split(r"\\"))
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"


def _plain_script(place: str, script: str) -> bool:
    """Whether an index or exponent can do without parentheses."""
    return (
        len(script) == 1
        or script.isdigit()
        or bool(re.fullmatch(r"\([^()]*\)", script))
        or (place == "_" and script.isalnum())
    )


def _grouped(part: str) -> str:
    return part if re.fullmatch(r"\w+", part) else f"({part})"


def _one(part: str) -> str:
    """In parentheses, unless it is one number or one letter, perhaps with an index and an exponent."""
    return part if re.fullmatch(r"\d+|[^\W\d_](?:_\w)?[²³⁺]?", part) else f"({part})"


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


def wrap(text: str, columns: int, indent: str = "") -> list[str]:
    """Lines of at most `columns` characters, all but the first indented."""
    return textwrap.wrap(text, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def relation_text(relation: Relation, columns: int, indent: str) -> list[str]:
    """A relation in lines of text."""
    left, sign = plain(relation.left.breakable(latex=False)), sign_of_relation(relation.sign, latex=False)
    lead, first = f"{indent}{left} {sign} ", []
    if len(lead) > 0.4 * columns and len(lead) + len(relation.right.text()) > columns:  # a long left side stands alone
        lines = _broken(relation.left.breakable(latex=False), columns - len(indent) - 4, len)
        first = [indent + lines[0], *(f"{indent}    {line}" for line in lines[1:])]
        lead = f"{indent}  {sign} "
    lines = _broken(relation.right.breakable(latex=False), columns - min(len(lead), 24), len)
    hanging = " " * min(len(lead) + 2, 26)
    return [*first, lead + lines[0], *(hanging + line for line in lines[1:])]


def display(relations: Sequence[Relation], *, columns: int = 1, tags: Sequence[str] = ()) -> str:
    """Relations as one aligned display, broken into lines that fit a page of one or of two columns.

    `tags` are the relations' numbers, where they have any.
    """
    widest = WIDEST[columns] - (6 if tags else 0)  # a number, and as much on the other side
    shared = _shared_column(relations, widest)
    rows: list[str] = []
    for number, relation in enumerate(relations):
        sign = sign_of_relation(relation.sign, latex=True)
        left, right = relation.left.breakable(latex=True), relation.right.breakable(latex=True)
        room = widest - shared
        lines = _hanging(right, room - _SIGN)
        if width(plain(left)) <= shared and _widest(lines) <= room - _SIGN:
            rows += [f"{plain(left)} &{sign} {lines[0]}", *(rf"&\quad {line}" for line in lines[1:])]
        elif width(relation.latex()) <= room:  # in one line, with its sign where it falls
            rows.append(f"&{relation.latex()}")
        else:  # the left side stands alone
            lefts, lines = _hanging(left, room), _hanging(right, room - _SIGN - 1)
            rows += [f"&{lefts[0]}", *(rf"&\quad {line}" for line in lefts[1:])]
            rows += [rf"&\quad {sign} {lines[0]}", *(rf"&\qquad {line}" for line in lines[1:])]
        if tags:
            rows[-1] += rf" \tag{{{tags[number]}}}"
    return "\\begin{align*}\n  " + " \\\\\n  ".join(rows) + "\n\\end{align*}"


def display_formula(latex: str, room: float) -> str:
    """A formula given in LaTeX as a display of its own, in lines of at most `room` em where it can be broken."""
    if width(latex) <= room:
        return rf"\[{latex}\]"
    lines = _hanging(_marked(latex), room)
    return "\\begin{align*}\n  &" + " \\\\\n  &\\quad ".join(lines) + "\n\\end{align*}"


def _marked(latex: str) -> str:
    """A formula with marks before its outermost relations and signs, and after its outermost commas."""
    marked, depth = "", 0
    for token in re.findall(r"\\(?:[A-Za-z]+|.)|.", latex):
        depth += (token in _OPENING) - (token in _CLOSING)
        before = marked.rstrip()[-1:]
        if not depth and token in _BREAKING:
            marked += f"{BREAK}0"
        elif not depth and token in "+-" and before and before not in "=<>(,":
            marked += f"{BREAK}1"
        marked += token
        if not depth and token == ",":
            marked += f"{BREAK}0"
    return marked


_OPENING = ("{", "(", "[", r"\left", r"\langle")
_CLOSING = ("}", ")", "]", r"\right", r"\rangle")
_BREAKING = ("=", "<", ">", r"\le", r"\ge", r"\to", r"\in", r"\ne", r"\iff", r"\quad")


def _hanging(marked: str, room: float) -> list[str]:
    """Lines that fit, all but the first indented by one em."""
    lines = _broken(marked, room, width)
    return lines if len(lines) == 1 else _broken(marked, room - 1, width)


def _widest(lines: Sequence[str]) -> float:
    return max(width(line) for line in lines)


def _shared_column(relations: Sequence[Relation], widest: float) -> float:
    """The width of the left column: that of the widest left side where all relations fit, else of the short ones."""
    lefts = [width(relation.left.latex()) for relation in relations]
    shared = max(lefts)
    if shared <= 0.3 * widest or all(
        shared + _SIGN + width(relation.right.latex()) <= widest for relation in relations
    ):
        return shared
    return max((left for left in lefts if left <= 0.3 * widest), default=0.0)


def _broken(marked: str, widest: float, measure: Measure) -> list[str]:
    """The rendered formula in lines of at most `widest` where its marks allow it; outer marks are preferred."""
    pieces = re.split(f"{BREAK}(\\d)", marked)
    chunks = [(0, pieces[0]), *((int(d), p) for d, p in zip(pieces[1::2], pieces[2::2], strict=True))]
    lines: list[str] = []
    current: list[tuple[int, str]] = []
    for chunk in chunks:
        current.append(chunk)
        while len(current) > 1 and _measure(current, measure) > widest:
            cut = _best_cut(current, measure)
            lines.append("".join(c for _, c in current[:cut]).rstrip())
            current = current[cut:]
    lines.append("".join(c for _, c in current).rstrip())
    return lines


def _best_cut(chunks: Sequence[tuple[int, str]], measure: Measure) -> int:
    """Before which chunk to break: the outermost mark in the second half of the line, else the last."""
    last = len(chunks) - 1
    full = _measure(chunks[:last], measure)
    late = [k for k in range(1, last + 1) if _measure(chunks[:k], measure) >= 0.5 * full]
    return min(late, key=lambda k: (chunks[k][0], -k))


def _measure(chunks: Iterable[tuple[int, str]], measure: Measure) -> float:
    return measure(plain("".join(c for _, c in chunks)))
