"""Certificates that polynomials are positive: found by anyone, verified here, exactly.

A certificate is data: polynomials over Q, rational weights, rational ends of intervals. Its :meth:`verify` uses
arithmetic of polynomials over Q alone (python-flint's ``fmpq_mpoly`` and ``fmpq_poly``, whose normal forms decide
equality), so whoever distrusts the search (``verify.symbolic.positivity_search``) needs to trust this file only.

=====================  ===========================================================================================
:class:`Certificate`   ``p = Σ_k (Σ_i c_ki s_ki²) · Π_{j∈J_k} g_j + Σ_j λ_j h_j`` with ``c_ki > 0``: so ``p ≥ 0``
                       wherever all ``g_j ≥ 0`` and all ``h_j = 0`` (Krivine, Stengle, Schmüdgen, Putinar). Without
                       constraints it is a sum of squares, and for a quadratic form it is ``LDLᵀ``.
:class:`NoRoots`       one variable: ``p = q s²`` with ``q`` squarefree and without a root in an interval (Sturm).
``Cover``              a box, halved until ball arithmetic sees the sign (``verify.symbolic.positivity_cover``).
=====================  ===========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from verify.arithmetic import ExactMatrix, InputError, exact
from verify.arithmetic.convert import from_fmpq, to_fmpq

if TYPE_CHECKING:
    from verify.symbolic.expressions import Expr
    from verify.symbolic.positivity_cover import Cover

#: Version of the JSON form.
SCHEMA = 1
#: Higher exponents are an accident or an attack.
_HIGHEST = 10_000


class CertificateError(ValueError):
    """A certificate that does not certify what it says."""


Term = tuple[tuple[int, ...], Fraction]


@dataclass(frozen=True)
class Polynomial:
    """A polynomial over Q as data: exponents and coefficients, sorted, no coefficient 0.

    Attributes
    ----------
    variables
        their names, in the order of the exponents.
    terms
        ``((exponents, coefficient), …)``.
    """

    variables: tuple[str, ...]
    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if len(set(self.variables)) != len(self.variables):
            raise InputError("polynomial variables", f"{self.variables} repeat a name", "name each variable once")
        gathered: dict[tuple[int, ...], Fraction] = {}
        for exponents, c in self.terms:
            if len(exponents) != len(self.variables) or any(
                type(e) is not int or not 0 <= e <= _HIGHEST for e in exponents
            ):
                raise InputError("polynomial term", f"the exponents {exponents} do not fit {self.variables}")
            gathered[exponents] = gathered.get(exponents, Fraction(0)) + exact(c, "polynomial coefficient")
        kept = sorted(((e, c) for e, c in gathered.items() if c), reverse=True)
        object.__setattr__(self, "terms", tuple(kept))

    @classmethod
    def of(cls, formula: Expr, variables: Sequence[str], definitions: Sequence[tuple[str, Any]] = ()) -> Polynomial:
        """A formula, multiplied out; `definitions` as in ``verify.symbolic.checks``.

        Raises
        ------
        ReadError
            when it is not a polynomial.
        KeyError
            for a symbol that is neither a variable nor defined.
        """
        from verify.symbolic.polynomials import Polynomials

        ring = Polynomials(variables)
        for name, definition in definitions:
            ring.values[name] = definition.value(ring)
        return cls.from_flint(formula.read(ring.values, ring), variables)

    @classmethod
    def from_flint(cls, value: Any, variables: Sequence[str]) -> Polynomial:
        """The polynomial that a ``fmpq_mpoly`` is; the variables in its context's order."""
        terms = tuple((tuple(map(int, e)), Fraction(int(c.p), int(c.q))) for e, c in value.to_dict().items())
        return cls(tuple(variables), terms)

    def flint(self) -> Any:
        """As ``fmpq_mpoly``."""
        return _context(len(self.variables)).from_dict({e: to_fmpq(c) for e, c in self.terms})

    def univariate(self) -> Any:
        """As ``fmpq_poly``, where there is one variable."""
        from flint import fmpq_poly

        if len(self.variables) != 1:
            raise CertificateError(f"{self.text()} is not a polynomial in one variable")
        degree = max((e for (e,), _ in self.terms), default=0)
        coefficients: list[Any] = [0] * (degree + 1)
        for (e,), c in self.terms:
            coefficients[e] = to_fmpq(c)
        return fmpq_poly(coefficients)

    @property
    def degree(self) -> int:
        """The total degree; 0 for constants, zero included."""
        return max((sum(e) for e, _ in self.terms), default=0)

    @property
    def constant(self) -> Fraction | None:
        """The number that this polynomial is, if it is one."""
        if not self.terms:
            return Fraction(0)
        return self.terms[0][1] if self.degree == 0 else None

    def at(self, point: Mapping[str, Fraction]) -> Fraction:
        """The exact value at a rational point."""
        total = Fraction(0)
        for exponents, c in self.terms:
            for name, e in zip(self.variables, exponents, strict=True):
                c *= exact(point[name], name) ** e
            total += c
        return total

    def text(self) -> str:
        """For people."""
        shown = ""
        for exponents, c in self.terms:
            powers = " ".join(x if e == 1 else f"{x}^{e}" for x, e in zip(self.variables, exponents, strict=True) if e)
            size = abs(c)
            body = powers if size == 1 and powers else f"{size} {powers}".strip()
            shown += (" − " if c < 0 else " + ") + body if shown else ("−" if c < 0 else "") + body
        return shown or "0"

    def to_json(self) -> list[list[Any]]:
        """``[[exponents, "coefficient"], …]``."""
        return [[list(e), str(c)] for e, c in self.terms]

    @classmethod
    def from_json(cls, data: object, variables: Sequence[str], where: str = "polynomial") -> Polynomial:
        """The polynomial that :meth:`to_json` wrote.

        Raises
        ------
        InputError
            where `data` has another shape.
        """
        if not isinstance(data, list | tuple):
            raise InputError(where, "is not a list of terms", 'write [[[2, 0], "1/2"], …]')
        terms = []
        for k, term in enumerate(data):
            if not (isinstance(term, list | tuple) and len(term) == 2 and isinstance(term[0], list | tuple)):
                raise InputError(f"{where}[{k}]", "is not a term", 'write [[2, 0], "1/2"]')
            terms.append((tuple(term[0]), exact(term[1], f"{where}[{k}]")))
        return cls(tuple(variables), tuple(terms))


@dataclass(frozen=True)
class Constraint:
    """``of ≥ 0``, or ``of > 0`` where strict."""

    of: Polynomial
    strict: bool = False


@dataclass(frozen=True)
class Part:
    """``(Σ weight·square²) · Π of the constraints with the given numbers`` (a number may occur again)."""

    squares: tuple[tuple[Fraction, Polynomial], ...]
    factors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Certificate:
    """That ``target ≥ 0`` (``> 0`` where `strict`) at every real point where the constraints and equations hold.

    Attributes
    ----------
    target
        the polynomial.
    parts
        sums of squares times products of constraints.
    constraints, equations
        ``g_j ≥ 0`` (or > 0) and ``h_j = 0``.
    multipliers
        one polynomial for each equation.
    strict
        whether ``target > 0`` is certified: then some part is a positive number times strict constraints.
    times
        numbers of strict constraints by which the target is multiplied in the identity: for positive q, ``q·p ≥ 0``
        says ``p ≥ 0``.
    """

    target: Polynomial
    parts: tuple[Part, ...]
    constraints: tuple[Constraint, ...] = ()
    equations: tuple[Polynomial, ...] = ()
    multipliers: tuple[Polynomial, ...] = ()
    strict: bool = False
    times: tuple[int, ...] = ()
    kind: str = field(default="sum of squares", init=False)

    def verify(self) -> None:
        """Raise :class:`CertificateError` unless the identity holds and every weight is positive.

        *Why that suffices.* At a real point where all ``g_j ≥ 0`` and ``h_j = 0`` the right side of the identity is a
        sum of products of numbers ≥ 0. With `strict`, one summand is a positive number times numbers > 0. The left
        side is the target times numbers > 0.
        """
        variables = self.target.variables
        polynomials = [constraint.of for constraint in self.constraints] + [*self.equations, *self.multipliers]
        polynomials += [square for part in self.parts for _, square in part.squares]
        if any(p.variables != variables for p in polynomials):
            raise CertificateError("the polynomials do not have the same variables")
        if len(self.multipliers) != len(self.equations):
            raise CertificateError(f"{len(self.equations)} equations have {len(self.multipliers)} multipliers")
        for numbers in (self.times, *(part.factors for part in self.parts)):
            if any(type(k) is not int or not 0 <= k < len(self.constraints) for k in numbers):
                raise CertificateError(f"there are no constraints {numbers} among {len(self.constraints)}")
        if not all(self.constraints[k].strict for k in self.times):
            raise CertificateError("the target is multiplied by a constraint that is not strict")
        remainder, positive = self.target.flint(), False
        for k in self.times:
            remainder *= self.constraints[k].of.flint()
        for part in self.parts:
            value = _context(len(variables)).constant(0)
            for weight, square in part.squares:
                if type(weight) is not Fraction or weight <= 0:
                    raise CertificateError(f"the weight {weight} of a square is not a positive rational number")
                value += square.flint() ** 2 * to_fmpq(weight)
                strictly = all(self.constraints[k].strict for k in part.factors)
                positive = positive or (strictly and square.constant is not None and square.constant != 0)
            for k in part.factors:
                value *= self.constraints[k].of.flint()
            remainder -= value
        for equation, multiplier in zip(self.equations, self.multipliers, strict=True):
            remainder -= equation.flint() * multiplier.flint()
        if remainder != 0:
            left = Polynomial.from_flint(remainder, variables).text()
            raise CertificateError(f"the identity does not hold: {left[:300]} is left over")
        if self.strict and not positive:
            raise CertificateError("no part is a positive number times strict constraints, so it is not strict")

    def text(self) -> str:
        """The identity, for people."""
        pieces = []
        for part in self.parts:
            inside = " + ".join(
                (f"{weight} " if weight != 1 else "") + f"({square.text()})²" for weight, square in part.squares
            )
            factors = "".join(f" ({self.constraints[k].of.text()})" for k in part.factors)
            pieces.append((f"({inside})" if factors and len(part.squares) > 1 else inside) + factors)
        pieces += [
            f"({multiplier.text()}) ({equation.text()})"
            for equation, multiplier in zip(self.equations, self.multipliers, strict=True)
            if multiplier.terms
        ]
        times = "".join(f"({self.constraints[k].of.text()}) " for k in self.times)
        target = f"({self.target.text()})" if times else self.target.text()
        return f"{times}{target} = {' + '.join(pieces) or '0'}"

    def to_json(self) -> dict[str, Any]:
        """``{"schema", "kind", "variables", "target", "strict", …}`` and the attributes; numbers are text."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "variables": list(self.target.variables),
            "target": self.target.to_json(),
            "strict": self.strict,
            "constraints": [{"of": c.of.to_json(), "strict": c.strict} for c in self.constraints],
            "equations": [p.to_json() for p in self.equations],
            "multipliers": [p.to_json() for p in self.multipliers],
            "parts": [
                {"factors": list(part.factors), "squares": [[str(c), square.to_json()] for c, square in part.squares]}
                for part in self.parts
            ],
            "times": list(self.times),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Certificate:
        """The certificate that :meth:`to_json` wrote; it is not verified here."""
        names = _names(data)

        def read(value: object, where: str) -> Polynomial:
            return Polynomial.from_json(value, names, where)

        constraints = tuple(
            Constraint(read(_of(c, "of"), f"constraints[{k}]"), _flag(_of(c, "strict"), f"constraints[{k}].strict"))
            for k, c in enumerate(_list(data, "constraints"))
        )
        parts = []
        for k, part in enumerate(_list(data, "parts")):
            where = f"parts[{k}]"
            squares = []
            for i, square in enumerate(_list(part, "squares")):
                if not isinstance(square, list | tuple) or len(square) != 2:
                    raise InputError(f"{where}.squares[{i}]", "is not a weighted square", 'write ["1/2", [[[1], "1"]]]')
                weight = exact(square[0], f"{where}.squares[{i}]")
                squares.append((weight, read(square[1], f"{where}.squares[{i}]")))
            parts.append(Part(tuple(squares), tuple(_list(part, "factors"))))
        return cls(
            read(_of(data, "target"), "target"),
            tuple(parts),
            constraints,
            tuple(read(p, f"equations[{k}]") for k, p in enumerate(_list(data, "equations"))),
            tuple(read(p, f"multipliers[{k}]") for k, p in enumerate(_list(data, "multipliers"))),
            _flag(_of(data, "strict"), "strict"),
            tuple(_list(data, "times")),
        )


@dataclass(frozen=True)
class NoRoots:
    """That a polynomial in one variable is positive, or not negative, on an interval.

    ``target = factor · square²`` where `factor` is squarefree, has no root in the interval, and is positive at one
    point of it. With `strict` the interval is closed and `square` has no root in it either: ``target > 0``. Otherwise
    the open interval is enough, and ``target ≥ 0`` on its closure.

    Attributes
    ----------
    low, high
        rational ends, or None for −∞ and ∞.
    """

    target: Polynomial
    factor: Polynomial
    square: Polynomial
    low: Fraction | None = None
    high: Fraction | None = None
    strict: bool = False
    kind: str = field(default="no real root", init=False)

    def verify(self) -> None:
        """Raise :class:`CertificateError` unless all of that holds; roots are counted by Sturm's theorem."""
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise CertificateError(f"{self.low} is not below {self.high}")
        target, factor, square = (p.univariate() for p in (self.target, self.factor, self.square))
        if factor * square * square != target:
            raise CertificateError("the target is not the factor times the square")
        if factor == 0 or factor.gcd(factor.derivative()).degree() > 0:
            raise CertificateError(f"{self.factor.text()} is not squarefree")
        count = roots_between(self.factor, self.low, self.high, closed=self.strict)
        if count:
            raise CertificateError(f"{self.factor.text()} has {count} roots in the interval")
        if self.strict:
            if square == 0:
                raise CertificateError("0 is not positive")
            if roots_between(squarefree_part(self.square), self.low, self.high, closed=True):
                raise CertificateError(f"{self.square.text()} has a root in the interval")
        inside = _inside(self.low, self.high)
        if factor(to_fmpq(inside)) <= 0:
            raise CertificateError(f"{self.factor.text()} is not positive at {inside}")

    def text(self) -> str:
        """For people."""
        ends = f"{'−∞' if self.low is None else self.low}, {'∞' if self.high is None else self.high}"
        shown = f"{self.target.text()} = ({self.factor.text()}) ({self.square.text()})²"
        return (
            f"{shown}, without a root in [{ends}]" if self.strict else f"{shown}, the first without a root in ({ends})"
        )

    def to_json(self) -> dict[str, Any]:
        """``{"schema", "kind", "variables", "target", "factor", "square", "low", "high", "strict"}``."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "variables": list(self.target.variables),
            **{name: getattr(self, name).to_json() for name in ("target", "factor", "square")},
            **{name: None if getattr(self, name) is None else str(getattr(self, name)) for name in ("low", "high")},
            "strict": self.strict,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NoRoots:
        """The certificate that :meth:`to_json` wrote; it is not verified here."""
        names = _names(data)
        target, factor, square = (
            Polynomial.from_json(_of(data, name), names, name) for name in ("target", "factor", "square")
        )
        low, high = (None if _of(data, name) is None else exact(_of(data, name), name) for name in ("low", "high"))
        return cls(target, factor, square, low, high, _flag(_of(data, "strict"), "strict"))


def read_certificate(data: object) -> Certificate | NoRoots | Cover:
    """The certificate that a ``to_json`` wrote; it is not verified here.

    Raises
    ------
    InputError
        for anything else.
    """
    if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
        raise InputError("certificate", f"is not an object with schema {SCHEMA}", "give one that to_json wrote")
    match data.get("kind"):
        case "sum of squares":
            return Certificate.from_json(data)
        case "no real root":
            return NoRoots.from_json(data)
        case "covered by balls":
            from verify.symbolic.positivity_cover import Cover

            return Cover.from_json(data)
    raise InputError("certificate.kind", f"{data.get('kind')!r} is not known", "sum of squares, no real root")


# ---------------------------------------------------------------------------------------------------------------------
# Quadratic forms


@dataclass(frozen=True)
class LDL:
    """``matrix = L D Lᵀ`` with unit lower triangular `L` and diagonal `D ≥ 0`, all rational."""

    lower: ExactMatrix
    diagonal: tuple[Fraction, ...]


def ldl(matrix: ExactMatrix) -> LDL | tuple[Fraction, ...]:
    """Decide whether a symmetric rational n × n matrix is positive semidefinite.

    Returns
    -------
    LDL | tuple
        the factors; or a rational vector x with ``xᵀ matrix x < 0``.

    Raises
    ------
    InputError
        for a matrix that is not square and symmetric.

    *Method.* Symmetric elimination without pivoting. A pivot 0 needs a column of zeros below it, otherwise the form
    takes both signs on the span of two vectors; a negative pivot is a value of the form.
    """
    n = len(matrix)
    if any(len(row) != n for row in matrix) or any(matrix[i][j] != matrix[j][i] for i in range(n) for j in range(i)):
        raise InputError("matrix", "is not symmetric")
    rest = [[exact(x, "matrix") for x in row] for row in matrix]
    lower = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    pivots: list[Fraction] = []
    for k in range(n):
        pivot = rest[k][k]
        partner = next((i for i in range(k + 1, n) if rest[i][k]), None)
        if pivot < 0 or (not pivot and partner is not None):
            ends = [Fraction(int(i == k)) for i in range(n)]
            if not pivot:
                assert partner is not None  # the form is 2·rest[partner][k]·t + rest[partner][partner] = −1 there
                ends = [end * -(rest[partner][partner] + 1) / (2 * rest[partner][k]) for end in ends]
                ends[partner] = Fraction(1)
            return _solved(lower, ends, k)
        for i in range(k + 1, n):
            if pivot and rest[i][k]:
                lower[i][k] = rest[i][k] / pivot
                for j in range(k + 1, n):
                    rest[i][j] -= lower[i][k] * rest[k][j]
        pivots.append(pivot)
    return LDL(tuple(tuple(row) for row in lower), tuple(pivots))


def _solved(lower: Sequence[Sequence[Fraction]], right: list[Fraction], steps: int) -> tuple[Fraction, ...]:
    """x with ``Lᵀ x = right``, L having been eliminated up to column `steps`."""
    x = list(right)
    for k in reversed(range(steps)):
        x[k] -= sum((lower[i][k] * x[i] for i in range(k + 1, len(x))), Fraction(0))
    return tuple(x)


def form_certificate(matrix: ExactMatrix, variables: Sequence[str]) -> Certificate | tuple[Fraction, ...]:
    """That the quadratic form ``xᵀ matrix x`` is ≥ 0 everywhere, or a rational vector where it is negative."""
    n = len(matrix)
    found = ldl(matrix)
    if not isinstance(found, LDL):
        return found
    unit = [tuple(int(i == j) for j in range(n)) for i in range(n)]
    square = {(i, j): tuple(a + b for a, b in zip(unit[i], unit[j], strict=True)) for i in range(n) for j in range(n)}
    names = tuple(variables)
    target = Polynomial(names, tuple((square[i, j], matrix[i][j]) for i in range(n) for j in range(n)))
    basis = [Polynomial(names, ((u, Fraction(1)),)) for u in unit]
    return Certificate(target, (Part(squares_of(found, basis)),) if any(found.diagonal) else ())


def squares_of(factors: LDL, basis: Sequence[Polynomial]) -> tuple[tuple[Fraction, Polynomial], ...]:
    """``zᵀ L D Lᵀ z = Σ_k D_k (Lᵀz)_k²`` for a vector z of polynomials."""
    squares = []
    for k, weight in enumerate(factors.diagonal):
        if weight:
            terms = [(e, c * row[k]) for row, p in zip(factors.lower, basis, strict=True) if row[k] for e, c in p.terms]
            squares.append((weight, Polynomial(basis[0].variables, tuple(terms))))
    return tuple(squares)


# ---------------------------------------------------------------------------------------------------------------------
# One variable


def roots_between(polynomial: Polynomial, low: Fraction | None, high: Fraction | None, *, closed: bool = False) -> int:
    """How many roots a squarefree polynomial in one variable has between `low` and `high` (None: ±∞).

    *Theorem* (Sturm). With ``p₀ = p``, ``p₁ = p'``, ``p_{k+1} = −(p_{k−1} mod p_k)`` and V(x) the number of sign
    changes in ``p₀(x), p₁(x), …``, zeros left out, a squarefree p has exactly ``V(a) − V(b)`` roots in (a, b].
    """
    chain = [polynomial.univariate()]
    if chain[0].degree() < 1:
        return 0
    chain.append(chain[0].derivative())
    while chain[-1].degree() > 0:
        chain.append(-(chain[-2] % chain[-1]))
    if chain[-1] == 0:
        raise CertificateError(f"{polynomial.text()} is not squarefree")
    count = _changes(chain, low, -1) - _changes(chain, high, 1)
    if closed and low is not None and chain[0](to_fmpq(low)) == 0:
        count += 1
    if not closed and high is not None and chain[0](to_fmpq(high)) == 0:
        count -= 1
    return count


def squarefree_part(polynomial: Polynomial) -> Polynomial:
    """A polynomial in one variable without repeated roots, and with the same roots."""
    whole = polynomial.univariate()
    common = whole.gcd(whole.derivative())
    coefficients = (whole // common if common.degree() > 0 else whole).coeffs()
    return Polynomial(polynomial.variables, tuple(((k,), from_fmpq(c)) for k, c in enumerate(coefficients)))


def _changes(chain: Sequence[Any], place: Fraction | None, side: int) -> int:
    values = []
    for p in chain:
        value = p(to_fmpq(place)) if place is not None else p.leading_coefficient() * side ** p.degree()
        if value != 0:
            values.append(value > 0)
    return sum(a != b for a, b in pairwise(values))


def _inside(low: Fraction | None, high: Fraction | None) -> Fraction:
    """A point between two ends."""
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def _context(count: int) -> Any:
    from flint import Ordering, fmpq_mpoly_ctx

    return fmpq_mpoly_ctx.get([f"x{k}" for k in range(count)], Ordering.lex)


def _names(data: Mapping[str, Any]) -> tuple[str, ...]:
    names = _list(data, "variables")
    if not all(isinstance(name, str) for name in names):
        raise InputError("certificate.variables", "are not names")
    return tuple(names)


def _of(data: object, name: str) -> Any:
    if not isinstance(data, Mapping) or name not in data:
        raise InputError(f"certificate.{name}", "is missing", "give a certificate that to_json wrote")
    return data[name]


def _list(data: object, name: str) -> Iterable[Any]:
    value = _of(data, name)
    if not isinstance(value, list | tuple):
        raise InputError(f"certificate.{name}", "is not a list")
    return value


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"certificate.{where}", "is neither true nor false")
    return value
