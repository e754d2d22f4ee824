"""Commutative rings with a normal form: rational functions, and sums of powers with symbolic exponents.

Both decide equality by arithmetic alone: a rational function is zero when its numerator is the zero polynomial over Q
(python-flint's ``fmpq_mpoly``), a sum of powers when every coefficient is. Nothing is simplified heuristically.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from verify.arithmetic.convert import to_fmpq

if TYPE_CHECKING:
    from verify.symbolic.expressions import Expr

#: Lower bounds of parameters: the bound, and whether it is strict.
Bounds = Mapping[str, tuple[Fraction, bool]]


class Sign(NamedTuple):
    """1: at least zero, −1: at most zero, 0: zero; `strict` excludes zero."""

    value: int
    strict: bool


class ReadError(ValueError):
    """A formula that a ring cannot read, such as a root of a sum."""


class Ratio:
    """A rational function over Q in lowest terms: `above` / `below`, the latter with leading coefficient 1."""

    __slots__ = ("above", "below")

    def __init__(self, above: Any, below: Any) -> None:
        if below == 0:
            raise ReadError("division by zero")
        if not below.is_one():
            common = above.gcd(below)
            if not common.is_one():
                above, below = above // common, below // common
            lead = below.leading_coefficient()
            if lead != 1:
                above, below = above * (1 / lead), below * (1 / lead)
        self.above, self.below = above, below

    def _other(self, other: Ratio | int | Fraction) -> Ratio:
        if isinstance(other, Ratio):
            return other
        context = self.above.context()
        return Ratio(context.constant(to_fmpq(Fraction(other))), context.constant(1))

    def __add__(self, other: Any) -> Ratio:
        if not isinstance(other, Ratio | int | Fraction):
            return NotImplemented
        other = self._other(other)
        return Ratio(self.above * other.below + other.above * self.below, self.below * other.below)

    __radd__ = __add__

    def __neg__(self) -> Ratio:
        return self * -1

    def __sub__(self, other: Any) -> Ratio:
        if not isinstance(other, Ratio | int | Fraction):
            return NotImplemented
        return self + self._other(other) * -1

    def __rsub__(self, other: Any) -> Ratio:
        difference: Ratio = -self + other
        return difference

    def __mul__(self, other: Any) -> Ratio:
        if not isinstance(other, Ratio | int | Fraction):
            return NotImplemented
        other = self._other(other)
        return Ratio(self.above * other.above, self.below * other.below)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Ratio:
        other = self._other(other)
        return Ratio(self.above * other.below, self.below * other.above)

    def __rtruediv__(self, other: Any) -> Ratio:
        return self._other(other) / self

    def __pow__(self, exponent: int) -> Ratio:
        if exponent < 0:
            return Ratio(self.below**-exponent, self.above**-exponent)
        return Ratio(self.above**exponent, self.below**exponent)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ratio | int | Fraction):
            return NotImplemented
        that = self._other(other)
        return bool(self.above == that.above and self.below == that.below)

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[Any, ...]:
        """A hashable and sortable form: equal exactly when the functions are."""
        return tuple(
            tuple(sorted((exponents, int(c.p), int(c.q)) for exponents, c in part.to_dict().items()))
            for part in (self.above, self.below)
        )

    def __bool__(self) -> bool:
        return bool(self.above != 0)

    @property
    def constant(self) -> Fraction | None:
        """The number that this function is, if it is one."""
        if not (self.above.is_constant() and self.below.is_constant()):
            return None
        if not self:
            return Fraction(0)
        c = self.above.leading_coefficient()
        return Fraction(int(c.p), int(c.q))

    def __repr__(self) -> str:
        return str(self.above) if self.below.is_one() else f"({self.above})/({self.below})"


class RationalFunctions:
    """The field of rational functions over Q in the named variables.

    `rates` gives the time derivative of variables, for the function ``rate`` (d/dt); others do not move.
    """

    name = "rational"

    def __init__(self, variables: Sequence[str], rates: Mapping[str, Expr] | None = None) -> None:
        from flint import Ordering, fmpq_mpoly_ctx

        # flint wants plain names; ours may hold primes and subscripts, so they are numbered.
        self.variables = tuple(variables)
        self.context = fmpq_mpoly_ctx.get([f"x{k}" for k in range(len(self.variables))], Ordering.degrevlex)
        self._one = self.context.constant(1)
        self.values: dict[str, Any] = {
            name: Ratio(x, self._one) for name, x in zip(self.variables, self.context.gens(), strict=True)
        }
        self._rates = dict(rates or {})

    def number(self, value: Fraction) -> Ratio:
        return Ratio(self.context.constant(to_fmpq(value)), self._one)

    def power(self, base: Ratio, exponent: Expr) -> Ratio:
        number = exponent.read(self.values, self).constant
        if number is None or number.denominator != 1:
            raise ReadError(f"the exponent {exponent.text()} is not an integer")
        return base ** int(number)

    def quotient(self, above: Ratio, below: Ratio) -> Ratio:
        return above / below

    def transpose(self, of: Ratio) -> Ratio:
        return of

    def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Ratio:
        if function != "rate":
            raise ReadError(f"{function} is not known to rational functions")
        return self.rate(arguments[0])

    def rate(self, of: Ratio) -> Ratio:
        """The time derivative, by the chain rule."""
        moved = self.number(Fraction(0))
        for name in self.variables:
            if name in self._rates:
                moved = moved + self.partial(of, name) * self._rates[name].read(self.values, self)
        return moved

    def partial(self, of: Ratio, name: str) -> Ratio:
        """The derivative by one variable."""
        k = self.variables.index(name)
        above = of.above.derivative(k) * of.below - of.above * of.below.derivative(k)
        return Ratio(above, of.below * of.below)

    def is_zero(self, value: Ratio) -> bool:
        return not value

    def show(self, value: Ratio) -> str:
        """For error messages."""
        text = repr(value)
        for k in reversed(range(len(self.variables))):
            text = text.replace(f"x{k}", self.variables[k])
        return text

    def sign(self, value: Ratio, bounds: Bounds) -> Sign | None:
        """The sign of `value` wherever the bounds hold, or None when this method cannot tell.

        *Method.* Every variable is shifted by its lower bound; a polynomial whose coefficients are then all ≥ 0 is
        ≥ 0, and > 0 if some monomial with a positive coefficient holds only variables with strict bounds.
        """
        if not value:
            return Sign(0, False)
        above, below = (self._polynomial_sign(part, bounds) for part in (value.above, value.below))
        if above is None or below is None or not below.strict:
            return None
        return Sign(above.value * below.value, above.strict)

    def _polynomial_sign(self, polynomial: Any, bounds: Bounds) -> Sign | None:
        used = [k for k, degree in enumerate(polynomial.degrees()) if degree]
        if any(self.variables[k] not in bounds for k in used):
            return None
        shifted = polynomial.compose(
            *(
                x + to_fmpq(bounds[name][0]) if name in bounds else x
                for name, x in zip(self.variables, self.context.gens(), strict=True)
            )
        )
        terms = shifted.to_dict()
        for sign in (1, -1):
            if all(c * sign > 0 for c in terms.values()):
                strict = any(all(not e or bounds[self.variables[k]][1] for k, e in enumerate(m)) for m in terms)
                return Sign(sign, strict)
        return None


class Powers:
    """A sum of coefficient times product of powers; see :class:`PowerSums`. Exponents and coefficients are ratios."""

    __slots__ = ("ring", "terms")

    def __init__(self, ring: PowerSums, terms: dict[tuple[Ratio, ...], Ratio]) -> None:
        self.ring, self.terms = ring, {e: c for e, c in terms.items() if c}

    def __add__(self, other: Powers) -> Powers:
        terms = dict(self.terms)
        for exponents, c in other.terms.items():
            terms[exponents] = terms[exponents] + c if exponents in terms else c
        return Powers(self.ring, terms)

    def __sub__(self, other: Powers) -> Powers:
        return self + other * self.ring.number(Fraction(-1))

    def __mul__(self, other: Powers) -> Powers:
        terms: dict[tuple[Ratio, ...], Ratio] = {}
        for e, c in self.terms.items():
            for f, d in other.terms.items():
                key = tuple(x + y for x, y in zip(e, f, strict=True))
                terms[key] = terms[key] + c * d if key in terms else c * d
        return Powers(self.ring, terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


class PowerSums:
    """Sums ``Σ c · x₁^{e₁} ⋯ x_k^{e_k}`` with x positive real and both c and e rational functions of parameters.

    Equality of normal forms is equality wherever all x > 0 and no denominator vanishes. Derivatives go by the power
    rule ``(x^e)' = e x^{e−1} x'``, which holds for every real exponent.

    Parameters
    ----------
    positive
        the bases x, each a positive real number.
    parameters
        what exponents and coefficients are made of, such as the depth L; any real numbers.
    rates
        the time derivative of bases and parameters, for the function ``rate``; one without is constant. A parameter
        that moves may stand in coefficients, not in exponents.
    """

    name = "powers"

    def __init__(
        self, positive: Sequence[str], parameters: Sequence[str], rates: Mapping[str, Expr] | None = None
    ) -> None:
        self.positive, self.parameters = tuple(positive), tuple(parameters)
        self.field = RationalFunctions(parameters)
        self._zero, self._one = self.field.number(Fraction(0)), self.field.number(Fraction(1))
        self._rates = dict(rates or {})
        self._plain = (self._zero,) * len(self.positive)
        self.values: dict[str, Any] = {name: self.lift(self.field.values[name]) for name in self.parameters}
        for k, name in enumerate(self.positive):
            self.values[name] = Powers(self, {(*self._plain[:k], self._one, *self._plain[k + 1 :]): self._one})

    def lift(self, coefficient: Ratio) -> Powers:
        """A function of the parameters, as an element."""
        return Powers(self, {self._plain: coefficient})

    def number(self, value: Fraction) -> Powers:
        return self.lift(self.field.number(value))

    def power(self, base: Powers, exponent: Expr) -> Powers:
        e = exponent.read(self.field.values, self.field)
        if len(base.terms) == 1:
            ((exponents, coefficient),) = base.terms.items()
            whole = e.constant
            if coefficient == 1 or (whole is not None and whole.denominator == 1):
                c = self._one if coefficient == 1 else coefficient ** int(whole)
                return Powers(self, {tuple(x * e for x in exponents): c})
            raise ReadError(f"({self.show(base)}) to the power {exponent.text()} has a coefficient inside")
        whole = e.constant
        if whole is None or whole.denominator != 1 or whole < 0:
            raise ReadError(f"a sum to the power {exponent.text()} has no normal form")
        result = self.number(Fraction(1))
        for _ in range(int(whole)):
            result = result * base
        return result

    def quotient(self, above: Powers, below: Powers) -> Powers:
        if len(below.terms) != 1:
            raise ReadError(f"division by {self.show(below)}, which is not a single power")
        ((exponents, coefficient),) = below.terms.items()
        return above * Powers(self, {tuple(-e for e in exponents): self._one / coefficient})

    def transpose(self, of: Powers) -> Powers:
        return of

    def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Powers:
        if function != "rate":
            raise ReadError(f"{function} is not known to sums of powers")
        return self.rate(arguments[0])

    def rate(self, of: Powers) -> Powers:
        """The time derivative, by the power rule in bases and the chain rule in parameters."""
        moved = Powers(self, {})
        for k, name in enumerate(self.positive):
            if name not in self._rates:
                continue
            rate = self._rates[name].read(self.values, self)
            for e, c in of.terms.items():
                if e[k]:
                    lowered = (*e[:k], e[k] - 1, *e[k + 1 :])
                    moved = moved + Powers(self, {lowered: c * e[k]}) * rate
        for name in self.parameters:
            if name not in self._rates:
                continue
            if any(self.field.partial(e, name) for exponents in of.terms for e in exponents):
                raise ReadError(f"{name} moves and stands in an exponent")
            changed = Powers(self, {e: self.field.partial(c, name) for e, c in of.terms.items()})
            moved = moved + changed * self._rates[name].read(self.values, self)
        return moved

    def is_zero(self, value: Powers) -> bool:
        return not value

    def show(self, value: Powers) -> str:
        """For error messages."""
        parts = []
        for exponents, c in value.terms.items():
            bases = [f"{x}^({self.field.show(e)})" for x, e in zip(self.positive, exponents, strict=True) if e]
            parts.append(" ".join([f"({self.field.show(c)})", *bases]))
        return " + ".join(parts) or "0"

    def sign(self, value: Powers, bounds: Bounds) -> Sign | None:
        """The sign of `value` for all positive bases and all parameters within bounds, or None: term by term."""
        signs = [self.field.sign(c, bounds) for c in value.terms.values()]
        if not signs:
            return Sign(0, False)
        first = signs[0]
        if first is None or any(sign is None or sign.value != first.value for sign in signs):
            return None
        return Sign(first.value, any(sign is not None and sign.strict for sign in signs))
