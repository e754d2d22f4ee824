"""Polynomials over Q in many variables: what the entries of a matrix program are, exactly and fast."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.arithmetic import EntrywiseAlgebra
from verify.arithmetic.convert import to_fmpq
from verify.symbolic.rings import ReadError

if TYPE_CHECKING:
    from verify.symbolic.expressions import Expr


class Polynomials:
    """The ring of polynomials over Q in the named variables (python-flint's ``fmpq_mpoly``, which is a normal form)."""

    name = "polynomial"

    def __init__(self, variables: Sequence[str]) -> None:
        from flint import Ordering, fmpq_mpoly_ctx

        self.variables = tuple(variables)
        self.context = fmpq_mpoly_ctx.get([f"x{k}" for k in range(len(self.variables))], Ordering.lex)
        self.values: dict[str, Any] = dict(zip(self.variables, self.context.gens(), strict=True))

    def number(self, value: Fraction) -> Any:
        return self.context.constant(to_fmpq(value))

    def algebra(self) -> EntrywiseAlgebra[Any]:
        """Interprets matrix programs with entries in this ring."""
        return EntrywiseAlgebra(self.number)

    def power(self, base: Any, exponent: Expr) -> Any:
        from verify.symbolic.expressions import Num

        if not isinstance(exponent, Num) or exponent.value.denominator != 1 or exponent.value < 0:
            raise ReadError(f"the exponent {exponent.text()} is not a natural number")
        return base ** int(exponent.value)

    def quotient(self, above: Any, below: Any) -> Any:
        if below == 0 or not below.is_constant():
            raise ReadError("polynomials can be divided by numbers only")
        return above * (1 / below.leading_coefficient())

    def transpose(self, of: Any) -> Any:
        return of

    def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Any:
        raise ReadError(f"{function} is not known to polynomials")
