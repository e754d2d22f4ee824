"""Sentences written in Unicode, such as a claim's statement, as LaTeX: formulas are found and set in math mode."""

from __future__ import annotations

import re
import unicodedata

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "varphi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "ϑ": "theta",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega", "ℓ": "ell", "∂": "partial",
}  # fmt: skip
_SIGNS = {
    "−": "-", "–": "-", "·": r"\cdot", "×": r"\times", "⊗": r"\otimes", "⊙": r"\odot", "⊕": r"\oplus", "±": r"\pm",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≡": r"\equiv", "∼": r"\sim", "→": r"\to", "↦": r"\mapsto",
    "⇒": r"\Rightarrow", "⇔": r"\iff", "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "⊆": r"\subseteq", "∪": r"\cup",
    "∩": r"\cap", "∖": r"\setminus", "∞": r"\infty", "∇": r"\nabla", "∫": r"\int", "√": r"\surd", "⋯": r"\cdots",
    "⟨": r"\langle", "⟩": r"\rangle", "‖": r"\|", "∥": r"\|", "∘": r"\circ", "⪰": r"\succeq", "⪯": r"\preceq",
    "≻": r"\succ", "≺": r"\prec", "⊥": r"\perp", "∅": r"\emptyset", "∀": r"\forall", "∃": r"\exists", "½": r"\tfrac12",
    "¼": r"\tfrac14", "∑": r"\Sigma", "∏": r"\Pi", "≪": r"\ll", "≫": r"\gg", "∝": r"\propto", "ᵀ": r"^{\top}",
    "′": "'", "†": r"\dagger", "∠": r"\angle", "≅": r"\cong", "⌊": r"\lfloor", "⌋": r"\rfloor", "ℝ": r"\mathbf{R}",
    "ℚ": r"\mathbf{Q}", "ℕ": r"\mathbf{N}", "ℤ": r"\mathbf{Z}", "|": r"|", "∧": r"\wedge", "∨": r"\vee", "⁺": "^{+}",
    "Ū": r"\bar{U}", "←": r"\leftarrow", "⟶": r"\longrightarrow", "ᵗ": "^{t}",
}  # fmt: skip
_UP = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵐᵏʲⁱᴸᴺ", "0123456789-+nmkjiLN", strict=True))
_DOWN = dict(zip("₀₁₂₃₄₅₆₇₈₉₋₊ᵢⱼₖₗₘₙₚₐₑₒₓᵣₛₜᵤᵥ", "0123456789-+ijklmnpaeoxrstuv", strict=True))
_NAMES = ("min", "max", "log", "ln", "exp", "cos", "sin", "det", "dim", "ker", "inf", "sup", "lim", "gcd", "deg")
_WORDS = ("sr", "tr", "vec", "GD", "GF", "rk")
_JOINING = ("and", "or", "for", "on", "if")
_ESCAPED = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
            "_": r"\_", "^": r"\^{}", "~": r"\~{}", "<": "$<$", ">": "$>$", "|": "$|$", "–": "--", "—": "---",
            "…": r"\dots{}", "“": "``", "”": "''", "‘": "`", "’": "'", "„": ",,", '"': "''", "\u00a0": "~",
            "\u2011": "-", "\u2009": r"\,", "\u202f": r"\,", "°": r"$^\circ$", "†": r"$\dagger$"}  # fmt: skip
_MATH = frozenset((*_GREEK, *_SIGNS, *_UP, *_DOWN)) - set("–|†")
_WORD = re.compile(r"(?:[_^]\{[^{}]*\}|\S)+")
_POWER_OF_TEN = re.compile(r"(?<![\w.])([-−]?\d+(?:\.\d+)?)[eE]([-−+]?\d+)(?![\w.])")
_OPERATORS = frozenset("=+−<>≤≥≠≈≡·×⊗⊙→⇒⇔∈±↦-")
#: What may stand beside an operator: a number, or a short product or call.
_OPERAND = re.compile(
    r"[-−]?\d+(?:\.\d+)?(?:/\d+)?|[A-Za-z]{1,3}|\d?[A-Za-z]{0,3}\([A-Za-z0-9]*\)?|\d[A-Za-z]{1,2}|const"
)
_OUTER = re.compile(r"^([(\[„“\"']*)(.*?)([)\].,;:!?“”\"']*)$", re.DOTALL)


def tex(text: str) -> str:
    """A sentence as LaTeX. Words with mathematical signs, single letters and what joins them become formulas.

    What already stands between dollar signs with a backslash inside is LaTeX, and kept.
    """
    parts = text.split("$")
    if len(parts) % 2 and any("\\" in part for part in parts[1::2]):
        return "".join(f"${part}$" if k % 2 else _spaced(part) for k, part in enumerate(parts))
    return _sentence(text)


def _spaced(part: str) -> str:
    before, after = part[:1].isspace(), part[-1:].isspace()
    return " " * before + _sentence(part) + " " * (after and bool(part.strip()))


def _sentence(text: str) -> str:
    words = _WORD.findall(text)
    kinds = [_is_math(word) for word in words]
    for k, word in enumerate(words):  # what an operator joins belongs to the formula: "n ≥ 3", "sr − 1"
        if not kinds[k] and _OPERAND.fullmatch(word.strip("()[].,;:")):
            follows = k > 0 and words[k - 1] in _OPERATORS
            leads = k + 1 < len(words) and words[k + 1] in _OPERATORS and not word.endswith((",", ";", ":", "."))
            kinds[k] = follows or leads
    pieces: list[str] = []
    k = 0
    while k < len(words):
        if not kinds[k]:
            pieces.append(_plain(words[k]))
            k += 1
            continue
        group = [words[k]]
        while k + 1 < len(words) and kinds[k + 1] and not re.search(r"[,;:.]$", words[k]):
            k += 1
            group.append(words[k])
        k += 1
        pieces.append(_formula(" ".join(group)))
    return " ".join(pieces)


def plain_tex(text: str) -> str:
    """Text as LaTeX, nothing in it taken as a formula where it need not be."""
    return " ".join(_plain(word) for word in text.split())


def _is_math(word: str) -> bool:
    bare = word.strip("()[].,;:!?'\"“”„")
    if any(c in _MATH for c in word) or re.search(r"\w[_^](\{|\w|\()", bare):
        return True
    if _POWER_OF_TEN.fullmatch(bare):
        return True
    if word in ("=", "+", "<", ">", "<=", ">=", "/", "-", "|"):
        return True
    if len(bare) == 1 and bare.isascii() and bare.isalpha():
        return bare not in "aAI"
    return bool(re.fullmatch(r"[A-Za-z]\([A-Za-z0-9,+]*\)'?|[A-Za-z]'+|[A-Za-z0-9]+[=<>/+*^][-\w./()^+*]*", bare))


def _formula(group: str) -> str:
    """Words that belong to one formula, with the brackets and punctuation around it that are not its own."""
    match = _OUTER.match(group)
    assert match is not None
    before, body, after = match[1], match[2], match[3]
    # Brackets that close inside belong to the formula.
    while after and (closing := after[0]) in ")]":
        opening = "(["[")]".index(closing)]
        if body.count(opening) > body.count(closing):
            body, after = body + closing, after[1:]
        elif before.endswith(opening):
            body, before, after = opening + body + closing, before[:-1], after[1:]
        else:
            break
    while before and body.count(")") > body.count("(") and before[-1] == "(":
        body, before = before[-1] + body, before[:-1]
    if not body:
        return _plain(group)
    return f"{_plain(before)}${_math(body)}${_plain(after)}"


def _math(body: str) -> str:
    body = body.replace("<=", "≤").replace(">=", "≥")
    body = _POWER_OF_TEN.sub(lambda m: f"{m[1]}·10^{{{m[2]}}}", body)
    # A letter before a further subscript is what that one belongs to: g_jg_j.
    body = re.sub(r"_(\d+|[a-z]+(?=[a-z]_)|[a-z]+\d*|[A-Z])", r"_{\1}", body)
    body = re.sub(r"\^([-−]?[A-Za-z0-9]+)", r"^{\1}", body)
    body = re.sub(r"\^\(([^()]*)\)", r"^{\1}", body)
    body = re.sub("[" + "".join(_UP) + "]+", lambda m: "^{" + "".join(_UP[c] for c in m[0]) + "}", body)
    body = re.sub("[" + "".join(_DOWN) + "]+", lambda m: "_{" + "".join(_DOWN[c] for c in m[0]) + "}", body)
    body = re.sub(r"\}(?:ᵀ)", r"}ᵀ", body)
    out: list[str] = []
    for token in re.findall(r"\\[A-Za-z]+|[A-Za-z]{2,}|.", body, re.DOTALL):
        if token.startswith("\\"):
            out.append(token)
        elif len(token) > 1 and token.isascii():
            out.append(_letters(token))
        elif token in _GREEK:
            out.append(f"\\{_GREEK[token]} ")
        elif token in _SIGNS:
            out.append(_SIGNS[token] + (" " if _SIGNS[token][-1].isalpha() else ""))
        elif token in "{}^_'()[]+-=<>,.;:!/*|" or (token.isascii() and token.isalnum()):
            out.append(token)
        elif token.isspace():
            out.append(r"\ " if out and re.search(r"[,;:]\s*$", "".join(out)) else " ")
        elif token == "…":
            out.append(r"\dots ")
        else:
            out.append(rf"\text{{{_plain(token)}}}")
    return re.sub(r" (?=[_^}, ])", "", _double_scripts("".join(out))).strip()


def _letters(word: str) -> str:
    """Two and more letters: a named function, a word, or a product of letters."""
    if word in _NAMES:
        return f"\\{word} "
    if word in _JOINING:
        return rf"\text{{ {word} }}"
    if len(word) > 3 or word in _WORDS:
        return rf"\text{{{word}}}"
    return word


def _double_scripts(math: str) -> str:
    """``x_{1}^{2}^{\\top}`` is no TeX: join scripts of the same kind."""
    while match := re.search(r"\^\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*\^\{([^{}]*)\}", math):
        math = math[: match.start()] + f"^{{{match[1]} {match[2]}}}" + math[match.end() :]
    return re.sub(r"'\^\{([^{}]*)\}", r"^{\\prime \1}", math)


def _accented(c: str) -> bool:
    """Whether LaTeX's basic fonts have the letter: those of Latin alphabets, with one accent at most."""
    base = unicodedata.normalize("NFD", c)
    return c in "ßøØæÆœŒåÅłŁ" or (ord(c) < 0x180 and len(base) == 2 and base[0].isascii() and base[0].isalpha())


def _plain(word: str) -> str:
    word = re.sub(r"[\x00-\x1f]", " ", word)  # three of them mark powers of ten below
    word = _POWER_OF_TEN.sub(lambda m: f"\0{m[1]}\1{m[2]}\2", word)
    out = []
    for c in word:
        if c in _ESCAPED:
            out.append(_ESCAPED[c])
        elif c == "\0":
            out.append("$")
        elif c == "\1":
            out.append(r"\cdot10^{")
        elif c == "\2":
            out.append("}$")
        elif c in _GREEK:
            out.append(rf"$\{_GREEK[c]}$")
        elif c in _SIGNS:
            out.append(f"${_SIGNS[c]}$" if not _SIGNS[c].startswith("^") else f"${{}}{_SIGNS[c]}$")
        elif c in _UP:
            out.append(f"$^{{{_UP[c]}}}$")
        elif c in _DOWN:
            out.append(f"$_{{{_DOWN[c]}}}$")
        elif c.isascii() or _accented(c):
            out.append(c if c.isprintable() else " ")
        else:
            simple = unicodedata.normalize("NFKD", c).encode("ascii", "ignore").decode()
            out.append(simple or f"[U+{ord(c):04X}]")
    return "".join(out)
