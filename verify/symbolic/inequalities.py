"""Steps of a derivation that are inequalities with a certificate: sums of squares times what is known to be positive.

The certificate is made of formulas, which are printed beside the inequality, and is verified as polynomials over Q by
``verify.symbolic.positivity``; :class:`SquareNorms` does the same for matrices of symbolic dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from verify.symbolic.checks import Definitions, DerivationError, Matrices, Rationals, prepared
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sum, product, total
from verify.symbolic.positivity import Certificate, CertificateError, Constraint, Part, Polynomial
from verify.symbolic.rings import ReadError

_ONE: Expr = Num(Fraction(1))


@dataclass(frozen=True)
class Term:
    """``weight · square² · Π (greater − smaller side of each premise)`` with a positive weight."""

    square: Expr = _ONE
    premises: tuple[Relation, ...] = ()
    weight: Fraction = Fraction(1)

    @property
    def formula(self) -> Expr:
        """As it is printed."""
        squared = () if self.square == _ONE else (self.square**2,)
        factors = (excess(premise) ** self.premises.count(premise) for premise in dict.fromkeys(self.premises))
        return product(Num(self.weight), *factors, *squared)


@dataclass(frozen=True)
class Combination:
    """An inequality between polynomials, with its certificate.

    ``Π times · (greater − smaller) = Σ terms + Σ multiplier · (left − right of an equation)``.

    Attributes
    ----------
    setting
        the variables.
    inequality
        what is certified; strict where some term is a positive number times strict premises.
    terms
        what is seen to be ≥ 0.
    given
        equations with their multipliers.
    times
        strict inequalities whose difference multiplies the left side.
    shown
        whether the identity is displayed, before the inequality.
    """

    setting: Rationals
    inequality: Relation
    terms: tuple[Term, ...]
    given: tuple[tuple[Relation, Expr], ...] = ()
    times: tuple[Relation, ...] = ()
    definitions: Definitions = ()
    shown: bool = True
    kind: str = field(default="sum of squares", init=False)

    @property
    def identity(self) -> Relation:
        """The certificate as an equation; equations that are used are not written out, their multiples being 0."""
        left = product(*(excess(premise) for premise in self.times), excess(self.inequality))
        return Relation(left, total(*(term.formula for term in self.terms)))

    @property
    def relations(self) -> tuple[Relation, ...]:
        return (self.identity, self.inequality) if self.shown else (self.inequality,)

    @property
    def premises(self) -> tuple[Relation, ...]:
        used = [premise for term in self.terms for premise in term.premises]
        return tuple(dict.fromkeys([*used, *self.times, *(relation for relation, _ in self.given)]))

    def certificate(self) -> Certificate:
        """The certificate as data, verified or not.

        Raises
        ------
        DerivationError
            where a formula is not a polynomial, or a relation is of the wrong kind.
        """
        names = self.setting.variables
        used = [premise for term in self.terms for premise in term.premises]
        constraints = list(dict.fromkeys([*used, *self.times]))
        numbers = {relation: k for k, relation in enumerate(constraints)}

        def read(formula: Expr) -> Polynomial:
            return Polynomial.of(formula, names, self.definitions)

        try:
            return Certificate(
                read(excess(self.inequality)),
                tuple(
                    Part(((t.weight, read(t.square)),), tuple(numbers[premise] for premise in t.premises))
                    for t in self.terms
                ),
                tuple(Constraint(read(excess(c)), c.sign in "<>") for c in constraints),
                tuple(read(_equation(relation)) for relation, _ in self.given),
                tuple(read(multiplier) for _, multiplier in self.given),
                strict=self.inequality.sign in "<>",
                times=tuple(numbers[premise] for premise in self.times),
            )
        except (ReadError, KeyError) as error:
            raise DerivationError(f"{self.inequality.text()}: {error}") from None

    def run(self) -> None:
        """Raise :class:`DerivationError` unless the certificate holds."""
        try:
            self.certificate().verify()
        except CertificateError as error:
            raise DerivationError(f"{self.inequality.text()}: {error}") from None

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "certificate", …}``; the certificate as ``verify.symbolic.positivity`` reads it."""
        data: dict[str, Any] = {
            "kind": self.kind,
            "method": "an identity of polynomials over Q, with squares, positive weights and premises",
            "certificate": self.certificate().to_json(),
        }
        if self.definitions:
            data["definitions"] = {name: definition.describe() for name, definition in self.definitions}
        if self.given:
            data["given"] = [{"premise": r.text(), "multiplier": m.text()} for r, m in self.given]
        return data


@dataclass(frozen=True)
class Together:
    """Several inequalities in one step; each may use those before it."""

    checks: tuple[Combination, ...]
    kind: str = field(default="sum of squares", init=False)

    @property
    def setting(self) -> Rationals:
        """The variables of the first."""
        return self.checks[0].setting

    @property
    def definitions(self) -> Definitions:
        """What any of them abbreviates."""
        return tuple(dict.fromkeys(definition for check in self.checks for definition in check.definitions))

    @property
    def relations(self) -> tuple[Relation, ...]:
        return tuple(relation for check in self.checks for relation in check.relations)

    @property
    def premises(self) -> tuple[Relation, ...]:
        needed: list[Relation] = []
        known: set[Relation] = set()
        for check in self.checks:
            needed += [premise for premise in check.premises if premise not in known]
            known.add(check.inequality)
        return tuple(dict.fromkeys(needed))

    def run(self) -> None:
        """Raise :class:`DerivationError` unless every certificate holds."""
        if not self.checks:
            raise DerivationError("no inequality is given")
        for check in self.checks:
            check.run()

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "checks"}``."""
        told = [check.to_json() for check in self.checks]
        return {"kind": self.kind, "method": told[0]["method"], "checks": told}


@dataclass(frozen=True)
class SquareNorms:
    """``greater − smaller = Σ weight · ‖X‖²_F`` for matrices X of symbolic dimensions: words, in normal form.

    Attributes
    ----------
    inequality
        between scalars, not strict.
    squares
        positive weights and matrices X; ``‖X‖²_F = tr(XᵀX)``.
    given
        equations between scalars with their multipliers (scalars).
    """

    setting: Matrices
    inequality: Relation
    squares: tuple[tuple[Fraction, Expr], ...]
    given: tuple[tuple[Relation, Expr], ...] = ()
    definitions: Definitions = ()
    kind: str = field(default="sum of squared norms", init=False)

    @property
    def identity(self) -> Relation:
        """The certificate as an equation."""
        squares = (product(Num(weight), Call("trace", (x.T * x,))) for weight, x in self.squares)
        return Relation(excess(self.inequality), total(*squares))

    @property
    def relations(self) -> tuple[Relation, ...]:
        return (self.identity, self.inequality)

    @property
    def premises(self) -> tuple[Relation, ...]:
        return (*self.setting.rules, *(relation for relation, _ in self.given))

    def run(self) -> None:
        """Raise :class:`DerivationError` unless the identity holds and every weight is positive."""
        if self.inequality.sign not in ("<=", ">="):
            raise DerivationError(f"{self.inequality.text()}: squared norms show no strict inequality")
        if any(type(weight) is not Fraction or weight <= 0 for weight, _ in self.squares):
            raise DerivationError(f"{self.inequality.text()}: a weight is not a positive rational number")
        ring = prepared(self.setting, self.definitions)
        try:
            difference = _read(self.identity.left, ring) - _read(self.identity.right, ring)
            for relation, multiplier in self.given:
                difference = difference - _read(multiplier, ring) * _read(_equation(relation), ring)
            zero = ring.is_zero(difference)
        except (ReadError, KeyError) as error:
            raise DerivationError(f"{self.inequality.text()}: {error}") from None
        if not zero:
            raise DerivationError(f"{self.inequality.text()}: {ring.show(difference)[:400]} is left over")

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "squares", …}``."""
        data: dict[str, Any] = {
            "kind": self.kind,
            "method": "normal form of polynomials in noncommuting matrices of any dimensions; tr(XᵀX) ≥ 0",
            "squares": [[str(weight), x.text()] for weight, x in self.squares],
            **self.setting.to_json(),
        }
        if self.given:
            data["given"] = [{"premise": r.text(), "multiplier": m.text()} for r, m in self.given]
        return data


def excess(relation: Relation) -> Expr:
    """The greater side minus the smaller one.

    Raises
    ------
    DerivationError
        for an equation.
    """
    if relation.sign == "=":
        raise DerivationError(f"{relation.text()} is not an inequality")
    small, large = (relation.left, relation.right) if "<" in relation.sign else (relation.right, relation.left)
    return total(large, *(-term for term in (small.terms if isinstance(small, Sum) else (small,))))


def _equation(relation: Relation) -> Expr:
    if relation.sign != "=":
        raise DerivationError(f"the premise {relation.text()} is not an equation")
    return relation.left - relation.right


def _read(formula: Expr, ring: Any) -> Any:
    return formula.read(ring.values, ring)
