"""Polynomial first integrals of a factorization's flow, found by exact linear algebra.

A polynomial I is conserved when its derivative along the flow, ``L_f I = Σ ∂I/∂x · ẋ``, is the zero polynomial: linear
equations over Q for the coefficients of I.

*Structure.* Changing signs of hidden units, and of rows and columns in a way that leaves the observed entries as they
are, commutes with the flow. So the monomials fall into classes (how each such sign change acts on them), the equations
couple no two classes, and each class is solved by itself.

*Trust.* The solutions come from a search (a kernel modulo a prime, then over Q). What is claimed rests on two checks:
every integral is differentiated again as a polynomial over Q; and there are no more than those found, because the rank
of the equations modulo a prime is at most their rank over Q.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement
from math import comb, gcd, lcm
from typing import Any

from verify.arithmetic import InputError, Program, evaluate, gradient
from verify.arithmetic.convert import from_fmpq, to_fmpq
from verify.models import Observations, deep_program
from verify.symbolic.checks import DerivationError, show_program
from verify.symbolic.components import entry_names, entry_symbol
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym, product, total
from verify.symbolic.polynomials import Polynomials
from verify.symbolic.rings import ReadError

#: More unknown coefficients than this are not solved for.
MOST_MONOMIALS = 20_000
#: Nor are equations with more terms than this set up.
MOST_TERMS = 3_000_000
#: A prime below 2^63; the rank modulo it bounds the rank over Q from below.
_PRIME = 9_223_372_036_854_775_783
#: More integrals than this are counted, and not printed.
_MOST_PRINTED = 24
Monomial = tuple[int, ...]
Names = tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]


class Moving(Polynomials):
    """Polynomials in the layers' entries, with d/dt along the flow."""

    def __init__(self, program: Program, names: Names) -> None:
        super().__init__(tuple(x for _, rows in names for row in rows for x in row))
        values = {name: tuple(tuple(self.values[x] for x in row) for row in rows) for name, rows in names}
        outputs = evaluate(program, values, self.algebra())
        self.field = [-x for name, _ in names for row in outputs["d" + name] for x in row]

    def rate(self, of: Any) -> Any:
        """``L_f``: the derivative along the flow, by the chain rule."""
        moved = self.number(Fraction(0))
        for k, (degree, speed) in enumerate(zip(of.degrees(), self.field, strict=True)):
            if degree:
                moved += of.derivative(k) * speed
        return moved

    def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Any:
        if function != "rate":
            return super().apply(function, arguments, labels)
        return self.rate(arguments[0])


@dataclass(frozen=True)
class Conserved:
    """Equations between polynomials in the layers' entries and their rates along the flow of a factorization."""

    depth: int
    observations: Observations
    relations: tuple[Relation, ...]
    kind: str = field(default="polynomial", init=False)
    premises: tuple[Relation, ...] = field(default=(), init=False)

    def run(self) -> None:
        """Raise :class:`DerivationError` unless every relation is an identity of polynomials over Q."""
        ring = _moving(self.depth, self.observations)
        for relation in self.relations:
            try:
                sides = [side.read(ring.values, ring) for side in (relation.left, relation.right)]
            except (ReadError, KeyError) as error:
                raise DerivationError(f"{relation.text()}: {error}") from None
            if relation.sign != "=" or sides[0] != sides[1]:
                raise DerivationError(f"{relation.text()}: not an identity of polynomials")

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "program", "observed"}``."""
        return {
            "kind": self.kind,
            "method": "equality of polynomials over Q; d/dt by the chain rule with the program's gradient",
            "program": show_program(gradient(_program(self.depth, self.observations))),
            "observed": [[i, j, str(y)] for i, j, y in self.observations.entries],
        }


#: The dimension of the space of integrals.
_DIMENSION = Sym("dim", r"\dim", "dim")


@dataclass(frozen=True)
class NoMore:
    """That the integrals of at most a degree form a space of the claimed dimension.

    The integrals in `relation` of :class:`Conserved` steps show "at least"; this shows "at most": the equations
    ``L_f I = 0`` for all monomials of at most that degree have at least the rank ``monomials − dimension``, already
    modulo a prime.
    """

    depth: int
    observations: Observations
    degree: int
    relation: Relation
    kind: str = field(default="rank modulo a prime", init=False)
    premises: tuple[Relation, ...] = field(default=(), init=False)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The dimension."""
        return (self.relation,)

    def run(self) -> None:
        """Raise :class:`DerivationError` unless the bound is at most the right side."""
        claimed = self.relation.right
        bound = sum(kernel.nullity for kernel in _kernels(self.depth, self.observations, self.degree))
        found = len(search(self.depth, self.observations, self.degree))
        named = self.relation.left == _DIMENSION and self.relation.sign == "="
        if not named or not isinstance(claimed, Num) or claimed.value != bound or bound != found:
            raise DerivationError(f"{self.relation.text()}: at most {bound}, found {found}")

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "degree", "unknowns", "prime"}``."""
        size = sum(len(layer) * len(layer[0]) for _, layer in entry_names(self.depth, self.observations.rows))
        return {
            "kind": self.kind,
            "method": "rank of the linear equations for the coefficients, modulo a prime, class by class",
            "degree": self.degree,
            "unknowns": comb(size + self.degree, self.degree),
            "prime": str(_PRIME),
        }


def _program(depth: int, observations: Observations) -> Program:
    return deep_program([(observations.rows, observations.rows)] * depth, observations)


@cache
def _moving(depth: int, observations: Observations) -> Moving:
    return Moving(gradient(_program(depth, observations)), entry_names(depth, observations.rows))


# ---------------------------------------------------------------------------------------------------------------------
# The search


@dataclass(frozen=True)
class _Kernel:
    """The monomials of one class, how many independent integrals they can have at most, and a basis over Q."""

    monomials: tuple[Monomial, ...]
    nullity: int
    basis: tuple[tuple[Fraction, ...], ...]


def search(depth: int, observations: Observations, degree: int) -> tuple[Mapping[Monomial, Fraction], ...]:
    """All polynomial first integrals of at most `degree`, without constants: a basis, over Q, sparse and integral.

    Parameters
    ----------
    depth, observations
        the flow: square layers of the observations' size, with their positions and values.
    degree
        the highest total degree.

    Returns
    -------
    tuple of mappings
        each from the exponents of a monomial (in the entries of W_1, row by row, then those of W_2, …) to its
        coefficient. Sorted by degree, then by number of terms.

    Raises
    ------
    InputError
        when there are more than :data:`MOST_MONOMIALS` unknown coefficients, or :data:`MOST_TERMS` terms.
    """
    found = []
    for kernel in _kernels(depth, observations, degree):
        for vector in kernel.basis:
            found.append({m: c for m, c in zip(kernel.monomials, vector, strict=True) if c})
    found.sort(key=lambda one: (max(map(sum, one)), len(one), sorted(one, reverse=True)))
    return tuple(found)


@cache
def _kernels(depth: int, observations: Observations, degree: int) -> tuple[_Kernel, ...]:
    size = depth * observations.rows**2
    unknowns = comb(size + degree, degree)
    # A product of layers has n^(L−1) terms in each entry, a rate about |Ω| n^(2L−3).
    terms_of_rates = len(observations.positions) * observations.rows ** max(2 * depth - 3, 0)
    if unknowns > MOST_MONOMIALS or unknowns * degree * terms_of_rates > MOST_TERMS:
        raise InputError(
            "degree, depth, size",
            f"{unknowns} unknown coefficients, in equations of about {unknowns * degree * terms_of_rates} terms, are "
            "too many",
            f"ask for at most {MOST_MONOMIALS} and {MOST_TERMS}",
        )
    ring = _moving(depth, observations)
    terms = [[(tuple(map(int, e)), from_fmpq(c)) for e, c in speed.to_dict().items()] for speed in ring.field]
    for character in _characters(depth, observations):  # that the equations couple no two classes
        marks = [{sum(map(int.__mul__, e, character)) % 2 for e, _ in some} for some in terms]
        if any(not got <= {own} for got, own in zip(marks, character, strict=True)):
            raise AssertionError("a sign change that does not commute with the flow")  # pragma: no cover
    return tuple(_solve(monomials, terms) for monomials in _classes(depth, observations, degree).values() if monomials)


def _classes(depth: int, observations: Observations, degree: int) -> dict[tuple[int, ...], list[Monomial]]:
    """The monomials of degree 1 to `degree`, by how the sign changes act on them."""
    size = observations.rows
    characters = _characters(depth, observations)
    classes: dict[tuple[int, ...], list[Monomial]] = {}
    count = depth * size * size
    for chosen in _monomials(count, degree):
        mark = tuple(sum(character[k] for k in chosen) % 2 for character in characters)
        exponents = [0] * count
        for k in chosen:
            exponents[k] += 1
        classes.setdefault(mark, []).append(tuple(exponents))
    return classes


def _monomials(count: int, degree: int) -> Iterator[tuple[int, ...]]:
    for d in range(1, degree + 1):
        yield from combinations_with_replacement(range(count), d)


def _characters(depth: int, observations: Observations) -> list[list[int]]:
    """For each generator of the group of sign changes, which entries it changes (1) or not (0).

    Generators: each hidden unit; each connected part of the observations (its rows of W_L and its columns of W_1
    together, so that observed entries stay); each row and each column without an observed entry.
    """
    size = observations.rows

    def number(l: int, i: int, j: int) -> int:
        return (l - 1) * size * size + i * size + j

    result = []

    def add(entries: Sequence[tuple[int, int, int]]) -> None:
        marks = [0] * (depth * size * size)
        for l, i, j in entries:
            marks[number(l, i, j)] ^= 1
        result.append(marks)

    for l in range(1, depth):
        for unit in range(size):
            add([(l, unit, j) for j in range(size)] + [(l + 1, i, unit) for i in range(size)])
    parts = observations.blocks()
    rows, columns = {i for part in parts for i, _ in part}, {j for part in parts for _, j in part}
    for part in parts:
        ends = [(depth, i, j) for i in sorted({i for i, _ in part}) for j in range(size)]
        add(ends + [(1, i, j) for j in sorted({j for _, j in part}) for i in range(size)])
    for i in range(size):
        if i not in rows:
            add([(depth, i, j) for j in range(size)])
        if i not in columns:
            add([(1, k, i) for k in range(size)])
    return result


def _solve(monomials: list[Monomial], terms: list[list[tuple[Monomial, Fraction]]]) -> _Kernel:
    """Integrals in the span of these monomials: an upper bound of their number, and a basis of those there are."""
    from flint import nmod_mat

    rows: dict[Monomial, dict[int, Fraction]] = {}
    for column, monomial in enumerate(monomials):
        for k, exponent in enumerate(monomial):
            if exponent:
                lowered = (*monomial[:k], exponent - 1, *monomial[k + 1 :])
                for shift, c in terms[k]:
                    key = tuple(map(int.__add__, lowered, shift))
                    row = rows.setdefault(key, {})
                    row[column] = row.get(column, Fraction(0)) + exponent * c
    equations = _distinct(rows.values())
    if not equations:
        return _Kernel(tuple(monomials), len(monomials), _units(len(monomials)))
    matrix = nmod_mat(len(equations), len(monomials), _PRIME)
    for i, equation in enumerate(equations):
        for j, integer in equation.items():
            matrix[i, j] = integer % _PRIME
    nullity = len(monomials) - matrix.rank()
    return _Kernel(tuple(monomials), nullity, _rational_kernel(equations, len(monomials), nullity))


def _distinct(rows: Any) -> list[dict[int, int]]:
    """The equations with coprime integer coefficients, each once, the shortest first."""
    seen: dict[tuple[tuple[int, int], ...], None] = {}
    for row in rows:
        kept = {j: c for j, c in row.items() if c}
        if not kept:
            continue
        scale = lcm(*(c.denominator for c in kept.values()))
        integers = {j: int(c * scale) for j, c in sorted(kept.items())}
        common = gcd(*integers.values()) * (1 if next(iter(integers.values())) > 0 else -1)
        seen[tuple((j, c // common) for j, c in integers.items())] = None
    return [dict(row) for row in sorted(seen, key=len)]


def _units(size: int) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size))


def _rational_kernel(equations: list[dict[int, int]], size: int, nullity: int) -> tuple[tuple[Fraction, ...], ...]:
    """A basis of the kernel over Q in reduced echelon form, made integral; it has at most `nullity` vectors."""
    from flint import fmpq_mat, fmpz_mat

    if not nullity:
        return ()
    matrix = fmpz_mat(len(equations), size)
    for i, row in enumerate(equations):
        for j, integer in row.items():
            matrix[i, j] = integer
    kernel, count = matrix.nullspace()
    vectors = fmpq_mat(count, size, [to_fmpq(Fraction(int(kernel[j, i]))) for i in range(count) for j in range(size)])
    reduced, _ = vectors.rref()
    result = []
    for i in range(count):
        values = [from_fmpq(reduced[i, j]) for j in range(size)]
        scale = lcm(*(x.denominator for x in values if x))
        result.append(tuple(x * scale for x in values))
    return tuple(result)


# ---------------------------------------------------------------------------------------------------------------------
# The derivation


def invariants(
    depth: int, size: int | None = None, observe: str | None = None, degree: int | None = None
) -> Derivation:
    """All polynomial first integrals of at most a degree (2, unless said), found and verified."""
    observations = Observations.parse("diagonal" if observe is None else observe, 2 if size is None else size)
    highest = 2 if degree is None else degree
    found = search(depth, observations, highest)
    letters = [
        entry_symbol(l, i, j, observations.rows, depth)
        for l in range(1, depth + 1)
        for i in range(observations.rows)
        for j in range(observations.rows)
    ]
    quadratic = _balanced(depth, observations.rows)
    balanced = [one for one in quadratic if not isinstance(one, Num)]
    written = [_written(one, letters) for one in found]
    cells = ", ".join(f"({i + 1},{j + 1})" for i, j in observations.positions)
    steps = []
    if balanced and highest >= 2:
        steps.append(
            Step(
                r"The entries of $W_{l+1}^\top W_{l+1}-W_lW_l^\top$ are among them:",
                r"the derivative along the flow, expanded, is the zero polynomial",
                Conserved(depth, observations, tuple(Relation(Call("rate", (one,)), _ZERO) for one in balanced)),
            )
        )
    shown = written[:_MOST_PRINTED]
    if shown:
        steps.append(
            Step(
                f"A basis that the search found ({len(found)} integrals"
                + (f", of which the first {len(shown)} are printed" if len(found) > len(shown) else "")
                + "):",
                r"each derivative along the flow, expanded, is the zero polynomial",
                Conserved(depth, observations, tuple(Relation(Call("rate", (one,)), _ZERO) for one in shown)),
            )
        )
    steps.append(
        Step(
            f"There are no others: the dimension of the space of integrals of degree 1 to {highest} is",
            r"the equations $L_fI=0$ for the coefficients of $I$ have full rank otherwise, already modulo a prime, and "
            r"all integrals found were verified",
            NoMore(depth, observations, highest, Relation(_DIMENSION, Num(Fraction(len(found))))),
        )
    )
    extra = len(found) - len(balanced) if highest == 2 else None
    return Derivation(
        topic="invariants",
        title=f"Polynomial first integrals, depth {depth}, size {observations.rows}, degree {highest}",
        statement=(
            rf"The gradient flow of $W=W_{{{depth}}}\cdots W_1$ with ${observations.rows}\times{observations.rows}$ "
            rf"layers and the entries {cells} observed has, up to constants, exactly {len(found)} linearly independent "
            f"polynomial first integrals of degree at most {highest}"
            + (f"; {extra} of them besides the entries of the imbalances" if extra else "")
        ),
        scope=f"depth {depth}, size {observations.rows}, these observed positions and values; every start",
        steps=tuple(steps),
        notation=(r"$L_fI$ is the derivative of $I$ along the flow",),
        options={"depth": depth, "size": observations.rows, "degree": highest},
    )


_ZERO = Num(Fraction(0))


def _balanced(depth: int, size: int) -> list[Expr]:
    """The entries on and above the diagonal of ``W_{l+1}ᵀW_{l+1} − W_lW_lᵀ``."""
    result: list[Expr] = []
    for l in range(1, depth):
        for i in range(size):
            for j in range(i, size):
                upper = [
                    _times(entry_symbol(l + 1, k, i, size, depth), entry_symbol(l + 1, k, j, size, depth))
                    for k in range(size)
                ]
                lower = [
                    _times(entry_symbol(l, i, k, size, depth), entry_symbol(l, j, k, size, depth)) for k in range(size)
                ]
                result.append(total(*upper) - total(*lower))
    return result


def _times(left: Sym, right: Sym) -> Expr:
    return left**2 if left == right else product(left, right)


def _written(integral: Mapping[Monomial, Fraction], letters: Sequence[Sym]) -> Expr:
    terms = []
    for monomial, c in sorted(integral.items(), reverse=True):
        factors: list[Expr] = [letter**e for letter, e in zip(letters, monomial, strict=True) if e]
        terms.append(product(Num(c), *factors))
    return total(*terms)
