"""What a derivation's step is checked by: exact, repeatable, and told in full in JSON.

A check holds data alone (formulas, dimensions, programs) and decides its relations in a ring with a normal form when
:meth:`run` is called. Premises that it uses are listed, so that a derivation can see that each was established before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from verify.arithmetic import Program, evaluate
from verify.symbolic.expressions import Expr, Relation, Sym, Transpose
from verify.symbolic.rings import Bounds, PowerSums, RationalFunctions, ReadError
from verify.symbolic.words import Coefficient, Rule, WordAlgebra, WordRing, Words


class DerivationError(ValueError):
    """A step whose check fails: the claim is false, or does not follow from what was given."""


class Definition(Protocol):
    """What a symbol stands for, where that is more than a letter."""

    def value(self, ring: Any) -> Any:
        """The element of `ring`; ``ring.values`` knows the symbols defined before."""

    def describe(self) -> str:
        """For JSON: what was taken."""


@dataclass(frozen=True)
class Formula:
    """A symbol that abbreviates a formula."""

    body: Expr

    def value(self, ring: Any) -> Any:
        return self.body.read(ring.values, ring)

    def describe(self) -> str:
        return self.body.text()


@dataclass(frozen=True)
class FromProgram:
    """A symbol that stands for `factor` times an output of a matrix program of symbolic dimensions.

    Parameters of the program are read as the letters of the same name, or as the formulas in `inputs`.
    """

    program: Program
    output: str
    factor: Fraction = Fraction(1)
    inputs: tuple[tuple[str, Expr], ...] = ()

    def value(self, ring: Any) -> Any:
        values = dict(ring.values)
        values.update((name, body.read(ring.values, ring)) for name, body in self.inputs)
        constants = {name: x for name, x in values.items() if isinstance(x, Words)}
        outputs = evaluate(self.program, values, WordAlgebra(constants))
        return outputs[self.output] * self.factor

    def describe(self) -> str:
        given = "".join(f", {name} = {body.text()}" for name, body in self.inputs)
        return f"{self.factor} times output {self.output} of [{show_program(self.program)}]{given}"


Definitions = tuple[tuple[str, Definition], ...]


class Setting(Protocol):
    """Which ring, as plain data."""

    def ring(self) -> Any: ...
    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Matrices:
    """Words in letters of the given dimensions; `identities` names identity matrices; `rules` may be used.

    A rule ``Xᵀ = X`` makes the letter X symmetric: no rewriting, but its own transpose in every word and trace.
    `parameters` are scalars, in which coefficients are rational; `rates` are time derivatives of letters and
    parameters, in symbols that the definitions may explain.
    """

    letters: tuple[tuple[str, int | str, int | str], ...]
    rules: tuple[Relation, ...] = ()
    identities: tuple[tuple[str, int | str], ...] = ()
    parameters: tuple[str, ...] = ()
    rates: tuple[tuple[str, Expr], ...] = ()

    def ring(self) -> WordRing:
        symmetric = {_symmetric(relation) for relation in self.rules}
        values = {
            name: Words.letter(name, rows, columns, symmetric=name in symmetric) for name, rows, columns in self.letters
        }
        values.update((name, Words.identity(size)) for name, size in self.identities)
        ring = WordRing(values, parameters=self.parameters, rates=dict(self.rates))
        ring.rules = tuple(_rule(relation, ring) for relation in self.rules if _symmetric(relation) is None)
        return ring

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"letters": {name: f"{rows} x {columns}" for name, rows, columns in self.letters}}
        if self.parameters:
            data["parameters"] = list(self.parameters)
        if self.rules:
            data["rules"] = [relation.text() for relation in self.rules]
        return data | _rates(self.rates)


@dataclass(frozen=True)
class Rationals:
    """Rational functions over Q in `variables`; `rates` are time derivatives."""

    variables: tuple[str, ...]
    rates: tuple[tuple[str, Expr], ...] = ()

    def ring(self) -> RationalFunctions:
        return RationalFunctions(self.variables, dict(self.rates))

    def to_json(self) -> dict[str, Any]:
        return {"variables": list(self.variables), **_rates(self.rates)}


@dataclass(frozen=True)
class PowerLaws:
    """Sums of powers of `positive` bases; exponents and coefficients are rational functions of `parameters`."""

    positive: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    rates: tuple[tuple[str, Expr], ...] = ()

    def ring(self) -> PowerSums:
        return PowerSums(self.positive, self.parameters, dict(self.rates))

    def to_json(self) -> dict[str, Any]:
        return {"positive": list(self.positive), "parameters": list(self.parameters), **_rates(self.rates)}


class Check(Protocol):
    """A check of one or more relations."""

    @property
    def kind(self) -> str: ...
    @property
    def relations(self) -> tuple[Relation, ...]: ...
    @property
    def premises(self) -> tuple[Relation, ...]: ...
    def run(self) -> None: ...
    def to_json(self) -> dict[str, Any]: ...


_METHOD = {
    "words": "normal form of polynomials in noncommuting matrices of any dimensions",
    "rational": "normal form of rational functions over Q",
    "powers": "normal form of sums of powers with symbolic exponents",
}


@dataclass(frozen=True)
class Identity:
    """Equations, each decided by ``left − right = Σ multiplier·(premise's left − right)`` in normal form.

    `given` holds the premises (equations) with their multipliers; it serves every relation, and a relation that holds
    without it may also stand here.
    """

    setting: Setting
    relations: tuple[Relation, ...]
    definitions: Definitions = ()
    given: tuple[tuple[Relation, Expr], ...] = ()

    @property
    def kind(self) -> str:
        return str(self.setting.ring().name)

    @property
    def premises(self) -> tuple[Relation, ...]:
        return (*(getattr(self.setting, "rules", ())), *(relation for relation, _ in self.given))

    def run(self) -> None:
        """Raise :class:`DerivationError` unless every relation holds."""
        ring = prepared(self.setting, self.definitions)
        for relation in self.relations:
            if relation.sign != "=":
                raise DerivationError(f"{relation.text()}: not an equation")
            try:
                difference = self._difference(ring, relation)
                zero = ring.is_zero(difference)
            except (ReadError, KeyError) as error:
                raise DerivationError(f"{relation.text()}: {error}") from None
            if not zero:
                raise DerivationError(f"{relation.text()}: the difference is {ring.show(difference)[:400]}, not 0")

    def _difference(self, ring: Any, relation: Relation) -> Any:
        value = _gap(relation, ring)
        for premise, multiplier in self.given:
            if premise.sign != "=":
                raise DerivationError(f"the premise {premise.text()} is not an equation")
            value = value - multiplier.read(ring.values, ring) * _gap(premise, ring)
        return value

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", …}``: the ring, the definitions and the premises with their multipliers."""
        data = {"kind": self.kind, "method": _METHOD[self.kind], **self.setting.to_json()}
        return data | _told(self.definitions, self.given)


@dataclass(frozen=True)
class Inequality:
    """An inequality, decided by ``greater − smaller = Σ multiplier·(premise) + remainder`` with a remainder ≥ 0.

    Premises may be equations, with any multiplier, or inequalities, with a multiplier ≥ 0. The remainder and the
    multipliers are ≥ 0 term by term, for all positive bases and all parameters within `bounds`.
    """

    setting: PowerLaws | Rationals
    relation: Relation
    bounds: tuple[tuple[str, Fraction, bool], ...] = ()
    definitions: Definitions = ()
    given: tuple[tuple[Relation, Expr], ...] = ()
    kind: str = field(default="inequality", init=False)

    @property
    def relations(self) -> tuple[Relation, ...]:
        return (self.relation,)

    @property
    def premises(self) -> tuple[Relation, ...]:
        return tuple(relation for relation, _ in self.given)

    def run(self) -> None:
        """Raise :class:`DerivationError` unless the inequality follows."""
        ring = prepared(self.setting, self.definitions)
        bounds = as_bounds(self.bounds)
        try:
            remainder, strict = _excess(self.relation, ring), False
            for premise, multiplier in self.given:
                factor = multiplier.read(ring.values, ring)
                if premise.sign == "=":
                    remainder = remainder - factor * _gap(premise, ring)
                    continue
                sign = ring.sign(factor, bounds)
                if sign is None or sign.value < 0:
                    raise DerivationError(f"the multiplier {multiplier.text()} is not seen to be ≥ 0")
                strict = strict or (sign.value > 0 and sign.strict and premise.sign in "<>")
                remainder = remainder - factor * _excess(premise, ring)
            sign = ring.sign(remainder, bounds)
        except (ReadError, KeyError) as error:
            raise DerivationError(f"{self.relation.text()}: {error}") from None
        if sign is None or sign.value < 0:
            raise DerivationError(f"{self.relation.text()}: {ring.show(remainder)[:400]} is not seen to be ≥ 0")
        if self.relation.sign in "<>" and not (strict or sign.strict):
            raise DerivationError(f"{self.relation.text()}: not seen to be strict")

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", …}`` as for identities, with the bounds of parameters."""
        data = {"kind": self.kind, "method": "nonnegative term by term, modulo the premises", **self.setting.to_json()}
        return data | _told_bounds(self.bounds) | _told(self.definitions, self.given)


@dataclass(frozen=True)
class PowerOrder:
    """From ``0 < a ≤ b`` follows ``a^e ≤ b^e`` for e > 0, ``a^e ≥ b^e`` for e < 0; strictly from a strict premise."""

    setting: PowerLaws
    premise: Relation
    exponent: Expr
    relation: Relation
    bounds: tuple[tuple[str, Fraction, bool], ...] = ()
    kind: str = field(default="monotone power", init=False)

    @property
    def relations(self) -> tuple[Relation, ...]:
        return (self.relation,)

    @property
    def premises(self) -> tuple[Relation, ...]:
        return (self.premise,)

    def run(self) -> None:
        """Raise :class:`DerivationError` unless the relation is the premise with both sides raised to the exponent."""
        ring = self.setting.ring()
        bounds = as_bounds(self.bounds)
        try:
            sign = ring.field.sign(self.exponent.read(ring.field.values, ring.field), bounds)
            small, large = _ordered(self.premise)
            sides = [side.read(ring.values, ring) for side in (small, large)]
            if sign is None or not sign.strict:
                raise DerivationError(f"the sign of the exponent {self.exponent.text()} is not seen")
            if any(ring.sign(side, bounds) != (1, True) for side in sides):
                raise DerivationError(f"{self.premise.text()}: both sides must be seen to be positive")
            raised = [ring.power(side, self.exponent) for side in sides]
            if sign.value < 0:
                raised.reverse()
            claimed = [side.read(ring.values, ring) for side in _ordered(self.relation)]
            fits = all(ring.is_zero(x - y) for x, y in zip(raised, claimed, strict=True))
        except (ReadError, KeyError) as error:
            raise DerivationError(f"{self.relation.text()}: {error}") from None
        if not fits:
            raise DerivationError(
                f"{self.relation.text()} is not {self.premise.text()} to the power {self.exponent.text()}"
            )
        if self.relation.sign in "<>" and self.premise.sign not in "<>":
            raise DerivationError(f"{self.relation.text()} is strict, and its premise is not")

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "premise", "exponent", …}``."""
        return {
            "kind": self.kind,
            "method": "a power is increasing for a positive exponent, decreasing for a negative one",
            "premise": self.premise.text(),
            "exponent": self.exponent.text(),
            **self.setting.to_json(),
        } | _told_bounds(self.bounds)


@dataclass(frozen=True)
class Entries:
    """Equations between entries of a program's outputs and formulas in its parameters' entries.

    The program is interpreted with its parameters' entries as variables of a polynomial ring over Q, and each entry
    named in `places` is compared with its formula as a polynomial. In a relation ``left = right``, `right` is what is
    compared, and `left` a symbol that names the entry: it ends with row and column counted from 1, and the rate of a
    parameter's entry (minus the entry of its gradient) is that entry's name with a prime. `definitions` say what
    further symbols in `right` abbreviate.

    Attributes
    ----------
    names
        for every parameter, the rows of its entries' names.
    places
        for every relation: output, row, column (from 0), and a factor.
    """

    program: Program
    names: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    relations: tuple[Relation, ...]
    places: tuple[tuple[str, int, int, Fraction], ...]
    definitions: tuple[tuple[str, Expr], ...] = ()
    premises: tuple[Relation, ...] = ()
    kind: str = field(default="polynomial", init=False)

    def run(self) -> None:
        """Raise :class:`DerivationError` unless every entry equals its formula as a polynomial."""
        from verify.symbolic.polynomials import Polynomials

        ring = Polynomials(tuple(x for _, rows in self.names for row in rows for x in row))
        values = {name: tuple(tuple(ring.values[x] for x in row) for row in rows) for name, rows in self.names}
        outputs = evaluate(self.program, values, ring.algebra())
        try:
            for name, body in self.definitions:
                ring.values[name] = body.read(ring.values, ring)
            for relation, (output, i, j, factor) in zip(self.relations, self.places, strict=True):
                self._named(relation, output, i, j, factor)
                exact = outputs[output][i][j] * ring.number(factor)
                if relation.right.read(ring.values, ring) != exact:
                    raise DerivationError(f"{relation.text()}: not entry {i}, {j} of {output} times {factor}")
        except (ReadError, KeyError) as error:
            raise DerivationError(str(error)) from None

    def _named(self, relation: Relation, output: str, i: int, j: int, factor: Fraction) -> None:
        """Refuse a left side that does not name the entry."""
        left = relation.left
        if relation.sign != "=" or not isinstance(left, Sym):
            raise DerivationError(f"{relation.text()}: the left side is not the name of an entry")
        layer = dict(self.names).get(output.removeprefix("d")) if output.startswith("d") else None
        if layer is not None:
            fits = factor == -1 and left.name == f"{layer[i][j]}'"
        else:
            place = re.search(r"(\d+,\d+|\d\d)$", left.name)
            fits = place is not None and place[1] in (f"{i + 1}{j + 1}", f"{i + 1},{j + 1}") and factor == 1
        if not fits:
            raise DerivationError(f"{relation.text()}: {left.name} does not name entry {i}, {j} of {output}")

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "program", "places", "definitions"}``."""
        return {
            "kind": self.kind,
            "method": "equality of polynomials over Q, the program interpreted in its entries",
            "program": show_program(self.program),
            "places": [f"{f} * {output}[{i}, {j}]" for output, i, j, f in self.places],
            "definitions": {name: body.text() for name, body in self.definitions},
        }


def prepared(setting: Setting, definitions: Definitions) -> Any:
    """The ring of a setting, knowing its definitions."""
    try:
        ring = setting.ring()
    except ReadError as error:
        raise DerivationError(str(error)) from None
    for name, definition in definitions:
        try:
            ring.values[name] = definition.value(ring)
        except (ReadError, KeyError) as error:
            raise DerivationError(f"{name}: {error}") from None
    return ring


def as_bounds(bounds: tuple[tuple[str, Fraction, bool], ...]) -> Bounds:
    """Bounds as the rings take them."""
    return {name: (low, strict) for name, low, strict in bounds}


def show_program(program: Program) -> str:
    """A matrix program in one line, for JSON."""
    parts = []
    for number, node in enumerate(program.nodes):
        inside = [str(a) for a in node.arguments]
        if node.payload is not None:
            text = node.payload if isinstance(node.payload, str) else "; ".join(_row(r) for r in _rows(node.payload))
            inside.insert(0, text)
        parts.append(f"{number}: {node.op.value}({', '.join(inside)}) {node.shape[0]}x{node.shape[1]}")
    outputs = ", ".join(f"{name} = {index}" for name, index in program.outputs.items())
    return ". ".join([*parts, outputs])


def _rows(payload: Any) -> tuple[Any, ...]:
    return payload if isinstance(payload, tuple) else ((payload,),)


def _row(row: Any) -> str:
    return " ".join(str(x) for x in row)


def _symmetric(relation: Relation) -> str | None:
    """The letter that a rule says to be its own transpose, or None for another rule."""
    left, right = relation.left, relation.right
    said = isinstance(left, Transpose) and left.base == right and relation.sign == "="
    return right.name if said and isinstance(right, Sym) else None


def _rule(relation: Relation, ring: WordRing) -> Rule:
    left = relation.left.read(ring.values, ring)
    right = relation.right.read(ring.values, ring)
    if not isinstance(left, Words) or len(left.terms) != 1 or next(iter(left.terms.values())) != 1:
        raise DerivationError(f"{relation.text()}: the left side of a rule is one word")
    if isinstance(right, Coefficient):
        right = Words(left.shape, {(): right})
    return Rule(next(iter(left.terms)), right)


def _gap(relation: Relation, ring: Any) -> Any:
    return relation.left.read(ring.values, ring) - relation.right.read(ring.values, ring)


def _ordered(relation: Relation) -> tuple[Expr, Expr]:
    if relation.sign in ("<", "<="):
        return relation.left, relation.right
    if relation.sign in (">", ">="):
        return relation.right, relation.left
    raise DerivationError(f"{relation.text()}: not an inequality")


def _excess(relation: Relation, ring: Any) -> Any:
    small, large = _ordered(relation)
    return large.read(ring.values, ring) - small.read(ring.values, ring)


def _rates(rates: tuple[tuple[str, Expr], ...]) -> dict[str, Any]:
    return {"rates": {name: body.text() for name, body in rates}} if rates else {}


def _told(definitions: Definitions, given: tuple[tuple[Relation, Expr], ...]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if definitions:
        data["definitions"] = {name: definition.describe() for name, definition in definitions}
    if given:
        data["given"] = [{"premise": r.text(), "multiplier": m.text()} for r, m in given]
    return data


def _told_bounds(bounds: tuple[tuple[str, Fraction, bool], ...]) -> dict[str, Any]:
    return {"bounds": [f"{name} {'>' if strict else '≥'} {low}" for name, low, strict in bounds]} if bounds else {}
