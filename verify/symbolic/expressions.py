"""Formulas as they are written: trees that print as text and LaTeX, and that any ring can read.

Nothing is simplified here. A formula keeps the shape it was given, because the shape is what a reader wants; whether
two formulas are equal is decided elsewhere, by reading both in a ring with a normal form (``verify.symbolic.rings``,
``verify.symbolic.words``). So what is printed is what is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

#: Marks, in rendered formulas, a place before an operator where a line may be broken; the digit is the nesting depth.
BREAK = "\u2063"

Number = int | Fraction


class Reader(Protocol):
    """What a ring must offer to read a formula."""

    def number(self, value: Fraction) -> Any: ...
    def power(self, base: Any, exponent: Expr) -> Any: ...
    def quotient(self, above: Any, below: Any) -> Any: ...
    def transpose(self, of: Any) -> Any: ...
    def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Any: ...


class Expr:
    """A formula. Python's operators build larger ones; integers and fractions are taken as numbers."""

    def __add__(self, other: Expr | Number) -> Expr:
        return total(self, formula(other))

    def __radd__(self, other: Number) -> Expr:
        return formula(other) + self

    def __neg__(self) -> Expr:
        if isinstance(self, Num):
            return Num(-self.value)
        if isinstance(self, Product) and isinstance(self.factors[0], Num):
            return product(Num(-self.factors[0].value), *self.factors[1:])
        return product(Num(Fraction(-1)), self)

    def __sub__(self, other: Expr | Number) -> Expr:
        right = formula(other)
        return self + (Sum(tuple(-t for t in right.terms)) if isinstance(right, Sum) else -right)

    def __rsub__(self, other: Number) -> Expr:
        return formula(other) - self

    def __mul__(self, other: Expr | Number) -> Expr:
        return product(self, formula(other))

    def __rmul__(self, other: Number) -> Expr:
        return product(formula(other), self)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return Quotient(self, formula(other))

    def __rtruediv__(self, other: Number) -> Expr:
        return Quotient(formula(other), self)

    def __pow__(self, exponent: Expr | Number) -> Expr:
        if exponent == 1:
            return self
        return Power(self, formula(exponent))

    @property
    def T(self) -> Expr:
        """The transpose."""
        return self.base if isinstance(self, Transpose) else Transpose(self)

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The formulas that this one is made of."""
        return ()

    def rebuilt(self, parts: tuple[Expr, ...]) -> Expr:
        """The same kind of formula over other parts."""
        return self

    def walk(self) -> Iterator[Expr]:
        """This formula and everything in it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        """The element of `ring` that this formula denotes, symbols standing for `values`."""
        raise NotImplementedError

    def text(self) -> str:
        """For people, in one line of Unicode text."""
        return plain(_render(self, _TEXT, 0)[0])

    def latex(self) -> str:
        """LaTeX for math mode (amsmath), in one line."""
        return plain(_render(self, _LATEX, 0)[0])

    def breakable(self, *, latex: bool) -> str:
        """As :meth:`text` or :meth:`latex`, with the places marked where a line may be broken."""
        return _render(self, _LATEX if latex else _TEXT, 0)[0]

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Num(Expr):
    """A rational number."""

    value: Fraction

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        return ring.number(self.value)


@dataclass(frozen=True)
class Sym(Expr):
    """A symbol: `name` is how the ring knows it, `tex` how it looks in LaTeX, `shown` in text (both: else the name)."""

    name: str
    tex: str = ""
    shown: str = ""

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        return values[self.name]


@dataclass(frozen=True)
class Sum(Expr):
    """A sum of two or more terms."""

    terms: tuple[Expr, ...]

    @property
    def parts(self) -> tuple[Expr, ...]:
        return self.terms

    def rebuilt(self, parts: tuple[Expr, ...]) -> Expr:
        return Sum(parts)

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        total = self.terms[0].read(values, ring)
        for term in self.terms[1:]:
            total = total + term.read(values, ring)
        return total


@dataclass(frozen=True)
class Product(Expr):
    """A product of two or more factors, in their order."""

    factors: tuple[Expr, ...]

    @property
    def parts(self) -> tuple[Expr, ...]:
        return self.factors

    def rebuilt(self, parts: tuple[Expr, ...]) -> Expr:
        return Product(parts)

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        total = self.factors[0].read(values, ring)
        for factor in self.factors[1:]:
            total = total * factor.read(values, ring)
        return total


@dataclass(frozen=True)
class Power(Expr):
    """A power; the exponent may be symbolic where the ring allows it."""

    base: Expr
    exponent: Expr

    @property
    def parts(self) -> tuple[Expr, ...]:
        return (self.base, self.exponent)

    def rebuilt(self, parts: tuple[Expr, ...]) -> Expr:
        return Power(*parts)

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        return ring.power(self.base.read(values, ring), self.exponent)


@dataclass(frozen=True)
class Quotient(Expr):
    """A fraction of commuting quantities."""

    above: Expr
    below: Expr

    @property
    def parts(self) -> tuple[Expr, ...]:
        return (self.above, self.below)

    def rebuilt(self, parts: tuple[Expr, ...]) -> Expr:
        return Quotient(*parts)

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        return ring.quotient(self.above.read(values, ring), self.below.read(values, ring))


@dataclass(frozen=True)
class Transpose(Expr):
    """A transpose."""

    base: Expr

    @property
    def parts(self) -> tuple[Expr, ...]:
        return (self.base,)

    def rebuilt(self, parts: tuple[Expr, ...]) -> Expr:
        return parts[0].T

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        return ring.transpose(self.base.read(values, ring))


@dataclass(frozen=True)
class Call(Expr):
    """A function that the ring knows by name: ``inner``, ``trace``, ``entry``, ``mask`` or ``rate``.

    ``rate`` is d/dt; a label names another variable to print.
    """

    function: str
    arguments: tuple[Expr, ...]
    labels: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Expr, ...]:
        return self.arguments

    def rebuilt(self, parts: tuple[Expr, ...]) -> Expr:
        return Call(self.function, parts, self.labels)

    def read(self, values: Mapping[str, Any], ring: Reader) -> Any:
        return ring.apply(self.function, tuple(a.read(values, ring) for a in self.arguments), self.labels)


@dataclass(frozen=True)
class Relation:
    """Two formulas and how they compare: ``=``, ``<``, ``<=``, ``>`` or ``>=``."""

    left: Expr
    right: Expr
    sign: str = "="

    def text(self) -> str:
        """For people, in one line."""
        return f"{self.left.text()} {_SIGN_TEXT[self.sign]} {self.right.text()}"

    def latex(self) -> str:
        """For math mode, in one line."""
        return f"{self.left.latex()} {_SIGN_LATEX[self.sign]} {self.right.latex()}"

    def to_json(self) -> dict[str, str]:
        """``{"left", "sign", "right", "latex"}``, all text."""
        return {"left": self.left.text(), "sign": self.sign, "right": self.right.text(), "latex": self.latex()}


_SIGN_TEXT = {"=": "=", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_SIGN_LATEX = {"=": "=", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge"}


def sign_of_relation(sign: str, *, latex: bool) -> str:
    """How a relation's sign is written."""
    return (_SIGN_LATEX if latex else _SIGN_TEXT)[sign]


def formula(value: Expr | Number) -> Expr:
    """`value` as a formula."""
    return value if isinstance(value, Expr) else Num(Fraction(value))


def product(*factors: Expr) -> Expr:
    """The product of the factors; nested products are flattened, factors 1 left out, numbers kept in front."""
    flat: list[Expr] = []
    number = Fraction(1)
    for factor in factors:
        for piece in factor.factors if isinstance(factor, Product) else (factor,):
            if isinstance(piece, Num):
                number *= piece.value
            else:
                flat.append(piece)
    if number == 0:
        return Num(number)
    if number != 1 or not flat:
        flat.insert(0, Num(number))
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def total(*terms: Expr) -> Expr:
    """The sum of the terms; nested sums are flattened, and no term at all is 0."""
    flat = [piece for term in terms for piece in _terms(term)]
    if not flat:
        return Num(Fraction(0))
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def substituted(expression: Expr, old: Expr, new: Expr) -> Expr:
    """`expression` with every occurrence of `old` replaced."""
    if expression == old:
        return new
    parts = tuple(substituted(part, old, new) for part in expression.parts)
    return expression.rebuilt(parts) if parts else expression


def to_sympy(expression: Expr, symbols: Mapping[str, Any] | None = None) -> Any:
    """The formula as a SymPy expression, for further use there.

    Symbols become ``sympy.Symbol`` of the same name unless given in `symbols` (which is how matrix symbols enter);
    transposes, ``trace``, ``inner`` and matrix products are SymPy's own.
    """
    import sympy

    from verify.arithmetic.convert import to_sympy as number

    known = dict(symbols or {})

    class SymPy:
        def number(self, value: Fraction) -> Any:
            return number(value)

        def power(self, base: Any, exponent: Expr) -> Any:
            return base ** exponent.read(known, self)

        def quotient(self, above: Any, below: Any) -> Any:
            return above / below

        def transpose(self, of: Any) -> Any:
            return of.T

        def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Any:
            if function == "trace":
                return sympy.trace(arguments[0])
            if function == "inner":
                return sympy.trace(arguments[0].T * arguments[1])
            return sympy.Function(function)(*arguments)

    for piece in expression.walk():
        if isinstance(piece, Sym) and piece.name not in known:
            known[piece.name] = sympy.Symbol(piece.name)
    return expression.read(known, SymPy())


def _terms(expression: Expr) -> tuple[Expr, ...]:
    if isinstance(expression, Num) and not expression.value:
        return ()
    return expression.terms if isinstance(expression, Sum) else (expression,)


# Rendering. Binding strengths: 0 sum, 1 product, 2 power, 3 atom.
_TEXT, _LATEX = False, True


def plain(rendered: str) -> str:
    """A rendered formula without its marks."""
    return re.sub(BREAK + r"\d", "", rendered)


def _signed(term: Expr) -> tuple[str, Expr]:
    """A term's sign, and the term without it."""
    if isinstance(term, Num) and term.value < 0:
        return "-", Num(-term.value)
    if isinstance(term, Product) and isinstance(term.factors[0], Num) and term.factors[0].value < 0:
        return "-", product(Num(-term.factors[0].value), *term.factors[1:])
    if isinstance(term, Quotient):
        sign, above = _signed(term.above)
        return sign, Quotient(above, term.below)
    return "+", term


def _fenced(inside: str, latex: bool) -> str:
    if not latex:
        return f"({inside})"
    if r"\frac" in inside or r"\tfrac" in inside:
        if BREAK in inside and len(inside) > 90:
            return rf"\Bigl({inside}\Bigr)"
        return rf"\left({plain(inside)}\right)"
    return rf"\bigl({inside}\bigr)" if "(" in inside else f"({inside})"


def _render(expression: Expr, latex: bool, depth: int) -> tuple[str, int]:
    """The formula and how strongly it binds."""
    match expression:
        case Num(value):
            sign = ("-" if latex else "−") if value < 0 else ""
            p, q = abs(value.numerator), value.denominator
            if q == 1:
                return f"{sign}{p}", 0 if sign else 3
            return (rf"{sign}\tfrac{{{p}}}{{{q}}}", 1) if latex else (f"{sign}{p}/{q}", 1)
        case Sym(name, tex, shown):
            return (tex or shown or name) if latex else (shown or name), 3
        case Sum(terms):
            pieces = []
            for k, term in enumerate(terms):
                sign, bare = _signed(term)
                body, strength = _render(bare, latex, depth)
                if strength < 1:
                    body = _fenced(_render(bare, latex, depth + 1)[0], latex)
                minus = "-" if latex else "−"
                if k:
                    pieces.append(f" {BREAK}{min(depth, 9)}{minus if sign == '-' else '+'} {body}")
                else:
                    pieces.append((minus if sign == "-" else "") + body)
            return "".join(pieces), 0
        case Product():
            sign, bare = _signed(expression)
            if sign == "-":
                body, strength = _render(bare, latex, depth)
                if strength < 1:
                    body = _fenced(_render(bare, latex, depth + 1)[0], latex)
                return ("-" if latex else "−") + body, 0
            return _product(expression.factors, latex, depth), 1
        case Power(base, exponent):
            below, strength = _render(base, latex, depth + 1)
            if strength < 3 or (latex and _raised(base)):
                below = _fenced(below, latex)
            above = plain(_render(exponent, latex, depth + 1)[0])
            if latex:
                return f"{below}^{{{_slashed(above)}}}", 2
            return below + (f"^{above}" if re.fullmatch(r"\w+", above) else f"^({above})"), 2
        case Quotient(above_part, below_part):
            if latex:
                above, below = (plain(_render(x, latex, depth)[0]) for x in (above_part, below_part))
                return rf"\frac{{{above}}}{{{below}}}", 1
            above, strength = _render(above_part, latex, depth)
            if strength < 1:
                above = _fenced(plain(above), latex)
            below, strength = _render(below_part, latex, depth)
            return f"{above}/" + (below if strength >= 2 else _fenced(plain(below), latex)), 1
        case Transpose(base):
            below, strength = _render(base, latex, depth + 1)
            if strength < 3:
                below = _fenced(below, latex)
            elif latex and _raised(base):
                below = f"{{{below}}}"
            return below + (r"^{\top}" if latex else "ᵀ"), 2
        case Call(function, arguments, labels):
            return _call(function, [_render(a, latex, depth + 1) for a in arguments], labels, latex), 3
    raise TypeError(f"{expression!r} is not a formula")


def _raised(base: Expr) -> bool:
    """Whether a symbol looks as if it had a superscript already."""
    return isinstance(base, Sym) and "^" in base.tex


_BRACED = r"\{((?:[^{}]|\{[^{}]*\})*)\}"


def _slashed(exponent: str) -> str:
    """An exponent in LaTeX with its fractions in one line: ``-L/(L - 2)``."""

    def flat(part: str) -> str:
        return part if re.fullmatch(r"\\?\w+|[\w ]+", part) else f"({part})"

    while match := re.search(rf"\\t?frac{_BRACED}{_BRACED}", exponent):
        above = match[1] if " " in match[1] and not re.search(r"[-+]", match[1]) else flat(match[1])
        below = match[2] if re.fullmatch(r"\\?\w+", match[2]) else f"({match[2]})"
        exponent = exponent[: match.start()] + f"{above}/{below}" + exponent[match.end() :]
    return exponent


def _product(factors: tuple[Expr, ...], latex: bool, depth: int) -> str:
    pieces = []
    for k, factor in enumerate(factors):
        body, strength = _render(factor, latex, depth)
        if strength < 1 or (k and isinstance(factor, Num)) or (not latex and isinstance(factor, Quotient)):
            body = _fenced(_render(factor, latex, depth + 1)[0], latex)
        pieces.append(body)
    wide = latex and len(pieces) > 2 and sum(map(len, pieces)) > 90 and any(r"\frac" in piece for piece in pieces)
    if (
        not latex or len(pieces) > 7 or wide
    ):  # a long product may be broken between factors, where nothing better offers
        first = 2 if wide else 4 if latex else 1
        pieces[first:] = [f"{BREAK}9{piece}" for piece in pieces[first:]]
    if not latex:
        return " ".join(pieces)
    return r" \, ".join(pieces) if any(r"\frac" in p for p in pieces) else " ".join(pieces)


def _call(function: str, arguments: list[tuple[str, int]], labels: tuple[str, ...], latex: bool) -> str:
    bodies = [body for body, _ in arguments]
    if function == "inner":
        left, right = bodies
        return rf"\langle {left}, {right} \rangle" if latex else f"⟨{left}, {right}⟩"
    if function == "trace":
        return rf"\operatorname{{tr}}({bodies[0]})" if latex else f"tr({bodies[0]})"
    if function == "mask":
        return rf"P_{{\Omega}}({bodies[0]})" if latex else f"P_Ω({bodies[0]})"
    if function == "rate":
        inside = bodies[0] if arguments[0][1] >= 2 else _fenced(bodies[0], latex)
        by = labels[0] if labels else "t"
        return rf"\frac{{\mathrm{{d}}}}{{\mathrm{{d}}{by}}} {inside}" if latex else f"d/d{by} {inside}"
    if function == "entry":
        inside = bodies[0] if arguments[0][1] >= 3 else _fenced(bodies[0], latex)
        return f"{inside}_{{{''.join(labels)}}}" if latex else f"{inside}_{''.join(labels)}"
    name = "".join(labels) or function
    return rf"\operatorname{{{name}}}({', '.join(bodies)})" if latex else f"{name}({', '.join(bodies)})"
