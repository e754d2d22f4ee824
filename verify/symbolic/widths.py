"""How wide a formula is when TeX sets it: Computer Modern's own widths and TeX's own spacing, in em.

An em is the quad of the text's font (10 points at 10 point). Smaller sizes are a little wider relative to their size;
the factors of scripts below are those of 10 point, the largest. What is measured is what amsmath's displays are made
of here: letters, scripts, fractions, fences, small matrices; an unknown command counts as one wide letter. Widths are
the fonts' published metrics (cmr10, cmmi10, cmsy10, cmex10) with italic corrections, in thousandths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_ITALIC = {
    "A": 750, "B": 809, "C": 787, "D": 856, "E": 796, "F": 782, "G": 786, "H": 912, "I": 518, "J": 651, "K": 921,
    "L": 681, "M": 1079, "N": 912, "O": 791, "P": 781, "Q": 791, "R": 767, "S": 671, "T": 723, "U": 792, "V": 805,
    "W": 1083, "X": 906, "Y": 803, "Z": 755, "a": 529, "b": 429, "c": 433, "d": 520, "e": 466, "f": 598, "g": 513,
    "h": 576, "i": 345, "j": 469, "k": 552, "l": 318, "m": 878, "n": 600, "o": 485, "p": 503, "q": 482, "r": 479,
    "s": 469, "t": 361, "u": 572, "v": 521, "w": 743, "x": 572, "y": 526, "z": 509,
    "alpha": 644, "beta": 619, "gamma": 574, "delta": 482, "epsilon": 406, "varepsilon": 466, "zeta": 512, "eta": 533,
    "theta": 497, "iota": 354, "kappa": 576, "lambda": 583, "mu": 603, "nu": 558, "xi": 484, "pi": 606, "rho": 517,
    "sigma": 607, "tau": 550, "upsilon": 576, "phi": 596, "varphi": 654, "chi": 626, "psi": 687, "omega": 658,
    "Gamma": 754, "Delta": 833, "Theta": 791, "Lambda": 694, "Xi": 818, "Pi": 912, "Sigma": 838, "Phi": 667,
    "Psi": 722, "Omega": 772, "ell": 417, "partial": 586, "imath": 322, "jmath": 468,
}  # fmt: skip
_ROMAN = {
    "A": 750, "B": 708, "C": 722, "D": 764, "E": 681, "F": 653, "G": 785, "H": 750, "I": 361, "J": 514, "K": 778,
    "L": 625, "M": 917, "N": 750, "O": 778, "P": 681, "Q": 778, "R": 736, "S": 556, "T": 722, "U": 750, "V": 764,
    "W": 1042, "X": 750, "Y": 775, "Z": 611, "a": 500, "b": 556, "c": 444, "d": 556, "e": 444, "f": 384, "g": 514,
    "h": 556, "i": 278, "j": 306, "k": 528, "l": 278, "m": 833, "n": 556, "o": 500, "p": 556, "q": 528, "r": 392,
    "s": 394, "t": 389, "u": 556, "v": 542, "w": 736, "x": 528, "y": 542, "z": 444,
}  # fmt: skip
_ORDINARY = {
    "infty": 1000, "nabla": 833, "top": 778, "prime": 275, "dots": 1172, "ldots": 1172, "cdots": 1172, "vdots": 278,
    "ddots": 1282, "|": 500, "forall": 556, "exists": 556, "emptyset": 500, "angle": 722, "bot": 778, "Re": 722,
    "Im": 722, "hbar": 576,
}  # fmt: skip
_CHARACTERS = {".": 278, "/": 500, "|": 278, "!": 278, "?": 472, "'": 230, "*": 500, '"': 500, "@": 778}
_BINARY = {
    "+": 778, "-": 778, "cdot": 278, "times": 778, "otimes": 778, "odot": 778, "oplus": 778, "pm": 778, "mp": 778,
    "cap": 667, "cup": 667, "setminus": 500, "circ": 500, "wedge": 667, "vee": 667, "ast": 500,
}  # fmt: skip
_RELATIONS = {
    "=": 778, "<": 778, ">": 778, "le": 778, "leq": 778, "ge": 778, "geq": 778, "ne": 778, "neq": 778, "equiv": 778,
    "approx": 778, "sim": 778, "simeq": 778, "to": 1000, "rightarrow": 1000, "mapsto": 1000, "Rightarrow": 1000,
    "Leftrightarrow": 1000, "iff": 1556, "in": 667, "notin": 667, "subset": 778, "subseteq": 778, "succ": 778,
    "succeq": 778, "prec": 778, "preceq": 778, "mid": 278, "parallel": 500, "propto": 778, "ll": 1000, "gg": 1000,
    ":": 278, "perp": 778, "colon": 278, "longrightarrow": 1638,
}  # fmt: skip
_FENCES = {
    "(": 389, ")": 389, "[": 278, "]": 278, "{": 500, "}": 500, "langle": 389, "rangle": 389, "lVert": 500,
    "rVert": 500, "lvert": 278, "rvert": 278, "|": 500, "lfloor": 444, "rfloor": 444, "lceil": 444, "rceil": 444,
}  # fmt: skip
_CLOSING = {")", "]", "rangle", "rVert", "rvert", "rfloor", "rceil"}
_SPACES = {",": 167, ":": 222, ";": 278, "!": -167, " ": 333, "quad": 1000, "qquad": 2000, ">": 222}
_LARGE = {"sum": (1444, 1056), "prod": (1278, 944), "int": (1000, 667)}
_NAMED = ("min", "max", "ln", "log", "exp", "cos", "sin", "det", "dim", "ker", "sup", "inf", "lim", "Pr")
_ACCENTS = ("dot", "ddot", "hat", "bar", "tilde", "overline", "widehat", "widetilde", "vec", "underline")
_ROMAN_GROUPS = ("operatorname", "mathrm", "text", "textrm", "mathsf", "textit", "mbox", "textbf", "mathbf", "mathbb")
_SILENT = ("displaystyle", "textstyle", "limits", "nolimits", "nonumber", "notag", "mathstrut")
#: Sizes of big fences.
_BIG = {"big": 458, "Big": 597, "bigg": 736, "Bigg": 792}
_SIZE = (1.0, 1.0, 0.80, 0.68)  # display, text, script, script of a script
_MEDIUM, _THICK, _THIN = 222, 278, 167
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|\s+|.", re.DOTALL)


def width(latex: str) -> float:
    """The width of a formula in display style, in em."""
    return _measured(latex) / 1000


@lru_cache(maxsize=20_000)
def _measured(latex: str) -> float:
    tokens = [token for token in _TOKEN.findall(latex) if not token.isspace()]
    return _Measure(tokens).group(0)


class _Measure:
    """One pass over the tokens; the position only moves forward."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def group(self, style: int, *, until: tuple[str, ...] = ("}",)) -> float:
        """What stands up to a closing token, which is consumed."""
        total, before = 0.0, ""
        for size, kind in self._atoms(style, until):
            total += size + (_between(before, kind) if style < 2 else 0)
            before = kind or before
        return total

    def _atoms(self, style: int, until: tuple[str, ...]) -> Iterator[tuple[float, str]]:
        while self.at < len(self.tokens):
            token = self._next()
            if token in until:
                return
            size, kind = self._atom(token, style)
            up = down = 0.0
            while self._peek() in ("^", "_"):
                place = self._next()
                script = self._argument(min(3, max(style, 1) + 1))
                up, down = (script, down) if place == "^" else (up, script)
            if kind == "limits":
                yield max(size, up, down), "op"
            else:
                yield size + max(up, down) + (50 * _SIZE[style] if up or down else 0), kind

    def _argument(self, style: int) -> float:
        token = self._next()
        return self.group(style) if token == "{" else self._atom(token, style)[0]

    def _atom(self, token: str, style: int) -> tuple[float, str]:
        scale = _SIZE[style]
        name = token[1:] if token.startswith("\\") and len(token) > 1 else token
        if token == "{":
            return self.group(style), "ord"
        if token in ("&", "^", "_", "}", "$", r"\\"):
            return 0.0, ""
        if token.startswith("\\"):
            return self._command(name, style)
        if name.isdigit():
            return 500 * scale, "ord"
        for table, kind in ((_ITALIC, "ord"), (_BINARY, "bin"), (_RELATIONS, "rel"), (_CHARACTERS, "ord")):
            if name in table:
                return table[name] * scale, kind
        if name in _FENCES:
            return _FENCES[name] * scale, "close" if name in _CLOSING else "open"
        return (278 * scale, "punct") if name in ",;" else (750 * scale, "ord")

    def _command(self, name: str, style: int) -> tuple[float, str]:
        scale = _SIZE[style]
        if name in _SPACES:
            return _SPACES[name] * scale, ""
        if name in _SILENT:
            return 0.0, ""
        if name in ("frac", "tfrac", "dfrac", "binom", "tbinom"):
            inner = 2 if name.startswith("t") else 1 if name.startswith("d") or style == 0 else min(3, style + 1)
            return max(self._argument(inner), self._argument(inner)) + 240, "inner"
        if name == "sqrt":
            return 833 * scale + self._argument(max(style, 1)), "ord"
        if name in ("left", "right", "middle"):
            return self._stretched(style) if name == "left" else (0.0, "")
        if match := re.fullmatch(r"(big|Big|bigg|Bigg)([lrm]?)", name):
            self._next()
            return _BIG[match[1]] * scale, {"l": "open", "r": "close", "m": "rel"}.get(match[2], "ord")
        if name in _ACCENTS:
            return self._argument(style), "ord"
        if name in _ROMAN_GROUPS:
            return self._roman(style), "op" if name == "operatorname" else "ord"
        if name == "begin":
            return self._matrix(style), "inner"
        if name in _LARGE:
            return (_LARGE[name][0], "limits" if name != "int" else "op") if style == 0 else (
                _LARGE[name][1] * scale, "op")  # fmt: skip
        if name in _NAMED:
            return sum(_ROMAN[letter] for letter in name) * scale, "op"
        for table, kind in ((_ITALIC, "ord"), (_ORDINARY, "ord"), (_BINARY, "bin"), (_RELATIONS, "rel")):
            if name in table:
                return table[name] * scale, kind
        if name in _FENCES:
            return _FENCES[name] * scale, "close" if name in _CLOSING else "open"
        return 1000 * scale, "ord"

    def _stretched(self, style: int) -> tuple[float, str]:
        """``\\left( … \\right)``: the fences grow with what they hold."""
        self._next()
        start = self.at
        size = self.group(style, until=(r"\right",))
        inside = self.tokens[start : self.at]
        self._next()
        nested = inside.count(r"\frac") if style == 0 else min(inside.count(r"\frac"), 1)
        fence = (458, 736, 736, 792)[min(nested, 3)]
        return size + 2 * fence * _SIZE[style], "inner"

    def _roman(self, style: int) -> float:
        if self._peek() == "{":
            self._next()
        size = 0.0
        while self.at < len(self.tokens) and (token := self._next()) != "}":
            size += _ROMAN.get(token, 0.0 if token == "\\!" else 500)
        return size * _SIZE[style]

    def _matrix(self, style: int) -> float:
        """A small matrix: its columns are as wide as their widest entries."""
        self._skip_name()
        columns: list[float] = []
        column, entry = 0, _Measure([])
        while self.at < len(self.tokens):
            token = self._next()
            if token in ("&", r"\\", r"\end"):
                size = _Measure(entry.tokens).group(min(max(style, 1), 3))
                columns += [0.0] * (column + 1 - len(columns))
                columns[column] = max(columns[column], size)
                column, entry = (column + 1 if token == "&" else 0), _Measure([])
                if token == r"\end":
                    self._skip_name()
                    break
            else:
                entry.tokens.append(token)
        return sum(columns) + 1000 * max(len(columns) - 1, 0) + 2 * 736

    def _skip_name(self) -> None:
        while self.at < len(self.tokens) and self._next() != "}":
            pass


def _between(before: str, kind: str) -> float:
    """TeX's space between two atoms, in display and text style; that after an operator is counted before the next."""
    match before, kind:
        case (_, ""):
            return 0
        case ("" | "open" | "punct" | "op" | "rel" | "bin", "bin"):
            return 0
        case (_, "bin"):
            return 2 * _MEDIUM
        case ("rel" | "", "rel") | ("rel", _) | ("bin", _):
            return 0
        case (_, "rel"):
            return 2 * _THICK
        case ("punct", _) | ("op", "ord" | "op") | ("ord" | "close" | "inner", "op"):
            return _THIN
        case ("inner", "ord" | "open" | "inner") | ("ord" | "close", "inner"):
            return _THIN
    return 0
