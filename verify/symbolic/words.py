"""Polynomials in matrices that do not commute: words in letters and their transposes, of any dimensions.

A word is a product such as ``W2ᵀ W3ᵀ G``; an element is a finite sum of words with coefficients (rational numbers, or
rational functions of scalar parameters such as a step size), which is its own normal form. Dimensions are integers or
symbols and are checked at every product, so an identity of normal forms holds for matrices of all sizes. Traces and
single entries are *scalars*: polynomials in cyclic words, cut wherever a dimension is 1 (there the value is a number,
and numbers commute and equal their transposes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from verify.arithmetic import ExactMatrix
from verify.symbolic.rings import Ratio, RationalFunctions, ReadError

if TYPE_CHECKING:
    from verify.symbolic.expressions import Expr

Dimension = int | str
#: What stands before a word: a number, or a rational function of the ring's scalar parameters.
Coefficient = Fraction | Ratio
#: Rewriting stops with an error after this many replacements.
_MOST_REPLACEMENTS = 20_000


@dataclass(frozen=True)
class Letter:
    """A matrix without structure, or the part of a word that a mask keeps.

    `within` is a mask's name and the word it is applied to: ``P_Ω(W2 W1)`` is a letter, since no law but linearity and
    ``P_Ω P_Ω = P_Ω`` is used of it. A `symmetric` letter is its own transpose.
    """

    name: str
    rows: Dimension
    columns: Dimension
    transposed: bool = False
    within: tuple[str, Word] | None = None
    symmetric: bool = False

    @property
    def T(self) -> Letter:
        """The transpose."""
        if self.symmetric:
            return self
        return replace(self, rows=self.columns, columns=self.rows, transposed=not self.transposed)

    @property
    def key(self) -> tuple[str, bool]:
        """For sorting."""
        return self.name, self.transposed

    def __str__(self) -> str:
        return self.name + ("ᵀ" if self.transposed else "")


Word = tuple[Letter, ...]


def transposed(word: Word) -> Word:
    """The transpose of a product: the transposes in reverse."""
    return tuple(letter.T for letter in reversed(word))


class Words:
    """A sum of words of one shape. The empty word is the identity and needs a square shape."""

    __slots__ = ("shape", "terms")

    def __init__(self, shape: tuple[Dimension, Dimension], terms: Mapping[Word, Coefficient]) -> None:
        self.shape = shape
        self.terms = {word: c for word, c in terms.items() if c}
        if () in self.terms and shape[0] != shape[1]:
            raise ReadError(f"the identity has no shape {shape[0]} by {shape[1]}")

    @classmethod
    def letter(cls, name: str, rows: Dimension, columns: Dimension, *, symmetric: bool = False) -> Words:
        """A single letter."""
        if symmetric and rows != columns:
            raise ReadError(f"{name} of shape {rows} by {columns} is not symmetric")
        return cls((rows, columns), {(Letter(name, rows, columns, symmetric=symmetric),): Fraction(1)})

    @classmethod
    def identity(cls, size: Dimension) -> Words:
        """The identity matrix."""
        return cls((size, size), {(): Fraction(1)})

    def __add__(self, other: Words | Coefficient) -> Words:
        if isinstance(other, Coefficient):
            if other:
                raise ReadError("a number is added to a matrix")
            return self
        if self.shape != other.shape:
            raise ReadError(f"shapes {self.shape} and {other.shape} differ")
        terms = dict(self.terms)
        for word, c in other.terms.items():
            terms[word] = terms.get(word, Fraction(0)) + c
        return Words(self.shape, terms)

    __radd__ = __add__

    def __sub__(self, other: Words | Coefficient) -> Words:
        return self + (-other if isinstance(other, Coefficient) else other.times(Fraction(-1)))

    def __rsub__(self, other: Coefficient) -> Words:
        return self.times(Fraction(-1)) + other

    def times(self, factor: Coefficient) -> Words:
        """A multiple."""
        return Words(self.shape, {word: c * factor for word, c in self.terms.items()})

    def __mul__(self, other: Words | Coefficient | Scalars) -> Words:
        if isinstance(other, Coefficient):
            return self.times(other)
        if isinstance(other, Scalars):
            raise ReadError("a scalar that is not a number times a matrix is not a sum of words")
        if self.shape[1] != other.shape[0]:
            raise ReadError(f"shapes {self.shape} and {other.shape} do not conform")
        terms: dict[Word, Coefficient] = {}
        for left, c in self.terms.items():
            for right, d in other.terms.items():
                terms[left + right] = terms.get(left + right, Fraction(0)) + c * d
        return Words((self.shape[0], other.shape[1]), terms)

    def __rmul__(self, other: Coefficient) -> Words:
        return self.times(other)

    @property
    def T(self) -> Words:
        """The transpose."""
        return Words((self.shape[1], self.shape[0]), {transposed(word): c for word, c in self.terms.items()})

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and self.shape == other.shape and self.terms == other.terms

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return _show({" ".join(map(str, word)) or "I": c for word, c in self.terms.items()})


class Scalars:
    """A polynomial in cyclic words: traces, and numbers such as ``eᵢᵀ A eⱼ``."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[tuple[Word, ...], Coefficient]) -> None:
        self.terms = {product: c for product, c in terms.items() if c}

    def __add__(self, other: Scalars | Coefficient) -> Scalars:
        terms = dict(self.terms)
        for product, c in _scalars(other).terms.items():
            terms[product] = terms.get(product, Fraction(0)) + c
        return Scalars(terms)

    __radd__ = __add__

    def __sub__(self, other: Scalars | Coefficient) -> Scalars:
        return self + _scalars(other) * Fraction(-1)

    def __rsub__(self, other: Coefficient) -> Scalars:
        return self * Fraction(-1) + other

    def __mul__(self, other: Scalars | Coefficient) -> Scalars:
        terms: dict[tuple[Word, ...], Coefficient] = {}
        for left, c in self.terms.items():
            for right, d in _scalars(other).terms.items():
                product = tuple(sorted(left + right, key=_key))
                terms[product] = terms.get(product, Fraction(0)) + c * d
        return Scalars(terms)

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return _show({" ".join(f"tr({' '.join(map(str, w))})" for w in p) or "1": c for p, c in self.terms.items()})


def trace(of: Words) -> Scalars:
    """The trace. ``tr(AB) = tr(BA)`` and ``tr A = tr Aᵀ`` are built into the normal form."""
    if of.shape[0] != of.shape[1]:
        raise ReadError(f"a matrix of shape {of.shape} has no trace")
    terms: dict[tuple[Word, ...], Coefficient] = {}
    for word, c in of.terms.items():
        product = _cyclic(word) if word else ((Letter("I", *of.shape),),)
        terms[product] = terms.get(product, Fraction(0)) + c
    return Scalars(terms)


def unit(name: str, size: Dimension) -> Words:
    """The unit vector eₙₐₘₑ, a column."""
    return Words.letter(f"e_{name}", size, 1)


def entry(of: Words, row: str, column: str) -> Scalars:
    """The entry in the named row and column."""
    return trace(unit(row, of.shape[0]).T * of * unit(column, of.shape[1]))


@dataclass(frozen=True)
class Rule:
    """An equation used from left to right: wherever `left` stands in a word, `right` may stand."""

    left: Word
    right: Words

    def to_json(self) -> dict[str, str]:
        """``{"replace", "by"}``."""
        return {"replace": " ".join(map(str, self.left)), "by": str(self.right)}


def rewritten(value: Any, rules: Sequence[Rule]) -> Any:
    """`value` with the rules applied until none applies.

    Raises
    ------
    ReadError
        when that does not end within a fixed number of replacements.
    """
    if not rules or isinstance(value, Coefficient):
        return value
    for _ in range(_MOST_REPLACEMENTS):
        found = _first(value, rules)
        if found is None:
            return value
        value = found
    raise ReadError("the rules do not end")


def _first(value: Words | Scalars, rules: Sequence[Rule]) -> Words | Scalars | None:
    """`value` with one replacement made, if one can be."""
    if isinstance(value, Words):
        for word, c in value.terms.items():
            replaced = _replaced(word, value.shape, rules)
            if replaced is not None:
                return Words(value.shape, {w: d for w, d in value.terms.items() if w != word}) + replaced.times(c)
        return None
    for product, c in value.terms.items():
        for k, word in enumerate(product):
            for turned in _turns(word):
                size = turned[0].rows
                replaced = _replaced(turned, (size, size), rules)
                if replaced is not None:
                    others = Scalars({p: d for p, d in value.terms.items() if p != product})
                    return others + Scalars({product[:k] + product[k + 1 :]: c}) * trace(replaced)
    return None


def _replaced(word: Word, shape: tuple[Dimension, Dimension], rules: Sequence[Rule]) -> Words | None:
    for rule in rules:
        width = len(rule.left)
        for start in range(len(word) - width + 1):
            if word[start : start + width] == rule.left:
                head, tail = word[:start], word[start + width :]
                return Words(shape, {head + middle + tail: c for middle, c in rule.right.terms.items()})
    return None


class WordRing:
    """How formulas are read in words: the :class:`~verify.symbolic.expressions.Reader` of matrices.

    Parameters
    ----------
    letters
        what each symbol stands for.
    rules
        the equations that may be used besides the laws of matrices.
    parameters
        scalar symbols, such as a step size; coefficients are rational functions of them.
    rates
        the time derivative of letters and parameters, for the function ``rate``; one without is constant.
    """

    name = "words"

    def __init__(
        self,
        letters: Mapping[str, Words],
        rules: Sequence[Rule] = (),
        *,
        parameters: Sequence[str] = (),
        rates: Mapping[str, Expr] | None = None,
    ) -> None:
        self.values: dict[str, Any] = dict(letters)
        self.rules = tuple(rules)
        self.field = RationalFunctions(parameters) if parameters else None
        if self.field is not None:
            self.values.update(self.field.values)
        self._rates = dict(rates or {})

    def number(self, value: Fraction) -> Fraction:
        return value

    def power(self, base: Any, exponent: Expr) -> Any:
        from verify.symbolic.expressions import Num

        if not isinstance(exponent, Num) or exponent.value.denominator != 1 or exponent.value < 0:
            raise ReadError(f"the exponent {exponent.text()} of a matrix is not a natural number")
        result: Any = Words.identity(base.shape[0]) if isinstance(base, Words) else Fraction(1)
        for _ in range(int(exponent.value)):
            result = result * base
        return result

    def quotient(self, above: Any, below: Any) -> Any:
        if not isinstance(below, Coefficient) or not below:
            raise ReadError("words can be divided by scalars other than zero only")
        return above * (1 / below)

    def transpose(self, of: Any) -> Any:
        return of.T if isinstance(of, Words) else of

    def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Any:
        match function, arguments:
            case "trace", (a,):
                return trace(a)
            case "inner", (a, b):
                return trace(a.T * b)
            case "entry", (a,):
                return entry(a, *labels)
            case "mask", (a,):
                return WordAlgebra({}).mask("Ω", a)
            case "rate", (a,):
                return self.rate(a)
        raise ReadError(f"{function} is not known to words")

    def rate(self, of: Words | Scalars) -> Words | Scalars:
        """The time derivative, by the product rule. Masked words do not occur in rates."""
        if isinstance(of, Words):
            moved = Words(of.shape, {})
            for word, c in of.terms.items():
                moved = moved + self._rate_of(word, of.shape).times(c) + Words(of.shape, {word: self._rate_in(c)})
            return moved
        total = Scalars({})
        for product, c in of.terms.items():
            total = total + Scalars({product: self._rate_in(c)})
            for k, word in enumerate(product):
                size = word[0].rows
                others = Scalars({product[:k] + product[k + 1 :]: c})
                total = total + others * trace(self._rate_of(word, (size, size)))
        return total

    def _rate_of(self, word: Word, shape: tuple[Dimension, Dimension]) -> Words:
        moved = Words(shape, {})
        for k, letter in enumerate(word):
            if letter.within is not None:
                raise ReadError(f"the rate of the masked word {letter} is not known")
            if letter.name not in self._rates:
                continue
            rate = self._rates[letter.name].read(self.values, self)
            if isinstance(rate, Fraction) and not rate:
                continue
            if letter.transposed:
                rate = rate.T
            if rate.shape != (letter.rows, letter.columns):
                raise ReadError(f"the rate of {letter} has shape {rate.shape}")
            terms: dict[Word, Coefficient] = {word[:k] + middle + word[k + 1 :]: c for middle, c in rate.terms.items()}
            moved = moved + Words(shape, terms)
        return moved

    def _rate_in(self, coefficient: Coefficient) -> Coefficient:
        """The time derivative of a coefficient, by the chain rule."""
        moved: Coefficient = Fraction(0)
        if isinstance(coefficient, Ratio):
            assert self.field is not None
            for name in self.field.variables:
                if name in self._rates:
                    rate = self._rates[name].read(self.values, self)
                    if not isinstance(rate, Coefficient):
                        raise ReadError(f"the rate of the parameter {name} is not made of parameters")
                    moved = moved + self.field.partial(coefficient, name) * rate
        return moved

    def is_zero(self, value: Any) -> bool:
        return not rewritten(value, self.rules)

    def show(self, value: Any) -> str:
        """For error messages."""
        return str(rewritten(value, self.rules))


class WordAlgebra:
    """The :class:`~verify.arithmetic.program.Algebra` of words: interprets matrix programs of symbolic dimensions.

    Parameters
    ----------
    names
        the program's named constants.
    kept
        names of letters that lie within every mask, such as the matrix of observed values: masking leaves them.
    """

    def __init__(self, names: Mapping[str, Words], kept: Iterable[str] = ("Y",)) -> None:
        self._names, self._kept = dict(names), frozenset(kept)

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> Words:
        if isinstance(value, str):
            return self._names[value]
        if all(x == 0 for row in value for x in row):
            return Words(shape, {})
        raise ReadError("a matrix of numbers is not a word; give it a name")

    def product(self, left: Words, right: Words) -> Words:
        return left * right

    def transpose(self, of: Words) -> Words:
        return of.T

    def add(self, left: Words, right: Words) -> Words:
        return left + right

    def scale(self, factor: Fraction, of: Words) -> Words:
        return of.times(factor)

    def mask(self, mask: tuple[tuple[int, ...], ...] | str, of: Words) -> Words:
        if not isinstance(mask, str):
            raise ReadError("a mask of numbers does not act on words; give it a name")
        terms: dict[Word, Coefficient] = {}
        for word, c in of.terms.items():
            kept = self._masked(mask, word, of.shape)
            terms[kept] = terms.get(kept, Fraction(0)) + c
        return Words(of.shape, terms)

    def diagonal(self, of: Words) -> Words:
        return self.mask("diag", of)

    def _masked(self, mask: str, word: Word, shape: tuple[Dimension, Dimension]) -> Word:
        if len(word) == 1:
            (single,) = word
            inside = single.within
            masked = inside is not None and inside[0] == mask
            if (masked or single.name in self._kept) and not single.transposed:
                return word
        name = f"P_{mask}({' '.join(map(str, word)) or 'I'})"
        return (Letter(name, *shape, within=(mask, word)),)


def _cyclic(word: Word) -> tuple[Word, ...]:
    """The canonical form of a closed word: cut at dimensions 1, each piece at its least rotation or transpose."""
    cuts = [k for k, letter in enumerate(word) if letter.rows == 1]
    if not cuts:
        return (min(_turns(word), key=_key),)
    turned = word[cuts[0] :] + word[: cuts[0]]
    starts = [k for k, letter in enumerate(turned) if letter.rows == 1] + [len(turned)]
    pieces = [turned[a:b] for a, b in pairwise(starts)]
    return tuple(sorted((min(p, transposed(p), key=_key) for p in pieces), key=_key))


def _turns(word: Word) -> list[Word]:
    """The words of the same trace: rotations and transposes; a piece that is a number is not rotated."""
    starts = (0,) if word[0].rows == 1 else range(len(word))
    return [turned[k:] + turned[:k] for turned in (word, transposed(word)) for k in starts]


def _key(word: Word) -> tuple[tuple[str, bool], ...]:
    return tuple(letter.key for letter in word)


def _scalars(value: Scalars | Coefficient) -> Scalars:
    return value if isinstance(value, Scalars) else Scalars({(): value})


def _show(terms: Mapping[str, Coefficient]) -> str:
    return " + ".join(name if c == 1 else f"{c} {name}" for name, c in terms.items()) or "0"
