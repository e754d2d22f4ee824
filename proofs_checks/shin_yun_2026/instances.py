"""Named starts that the claims speak of: exact data, each under the name that it has in the witnesses and the README.

V: members of the symmetric family. M: balanced 2 by 2 starts for Menon's completion problem (arXiv:2411.09004).
P: starts after decoupled pretraining, with one more entry observed. C: counterexamples to literal readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from verify.arithmetic import ExactMatrix
from verify.arithmetic.exact import identity, multiply, transpose
from verify.models import Observations, Problem, diagonal, rotation, symmetric_family


@dataclass(frozen=True)
class Member:
    """A member of the symmetric family; ``m=None`` is m = ∞."""

    depth: int
    n: int
    m: Fraction | None
    alpha: Fraction
    value: Fraction = Fraction(1)
    s: int = 1

    def problem(self) -> Problem:
        """The flow from this member."""
        return symmetric_family(self.depth, **self.parameters)

    @property
    def parameters(self) -> dict[str, Any]:
        """Everything but the depth, by the names that the toolkit uses."""
        return {"n": self.n, "m": self.m, "alpha": self.alpha, "value": self.value, "s": self.s}


def _members(*rows: str) -> Mapping[str, Member]:
    table = {}
    for row in rows:
        name, depth, n, m, alpha, value, s = row.split()
        ratio = None if m == "inf" else Fraction(m)
        table[name] = Member(int(depth), int(n), ratio, Fraction(alpha), Fraction(value), int(s))
    return MappingProxyType(table)


#: name, depth, n, m, α, observed value, block size
FAMILY = _members(
    "V01 2 2 2 1/10 1 1",
    "V02 2 3 5 1/5 2 1",
    "V03 3 2 2 1/10 1 1",
    "V04 3 2 2 1/100 1 1",
    "V06 3 2 100 1/10 1 1",
    "V07 3 2 2 3 1 1",
    "V08 4 2 3 2/5 1 1",
    "V10 5 3 2 1/2 1 1",
    "V11 6 2 3/2 1/2 1 1",
    "V12 10 2 2 4/5 1 1",
    "V13 3 2 2 1/10 1 2",
    "V15 3 4 inf 1/10 1 1",
    "V16 2 2 inf 1/10 1 3",
    "V17 3 3 -4 1/5 1 1",
    "V19 3 3 1/2 1/5 1 1",
    "V21 4 3 -1/4 1/20 1 1",
    "V22 2 2 1 1/10 1 1",
)


def menon(depth: int, a: object, b: object, sign: int) -> Problem:
    """``W_1 = S R_1ᵀ``, middle layers S, ``W_L = R_2 diag(1, sign) S`` with ``S = diag(a, b)`` and the rational
    rotations (4/5, 3/5) and (12/13, 5/13): balanced, with diagonal observations of value 1."""
    middle = diagonal((a, b))
    first = multiply(middle, transpose(rotation("4/5", "3/5")))
    last = multiply(multiply(rotation("12/13", "5/13"), diagonal((1, sign))), middle)
    return Problem((first, *[middle] * (depth - 2), last), Observations.diagonal(2))


def obstruction(a: object, b: object) -> Problem:
    """``W_1 = S Rᵀ``, ``W_2 = diag(a, −b)``, ``W_3 = diag(1, −1) R S``: balanced, ``w_12 = −w_21``, determinant > 0."""
    first_value, second_value = Fraction(str(a)), Fraction(str(b))
    middle: ExactMatrix = diagonal((first_value, second_value))
    turn = rotation("4/5", "3/5")
    first = multiply(middle, transpose(turn))
    last = multiply(multiply(diagonal((1, -1)), turn), middle)
    return Problem((first, diagonal((first_value, -second_value)), last), Observations.diagonal(2))


def resumed(depth: int, target: object) -> Problem:
    """Layers I, the limit of decoupled pretraining (m = ∞, diagonal, value 1); then entry (0, 1) is observed too."""
    return Problem(
        (identity(2),) * depth,
        Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(1)), (0, 1, Fraction(str(target))))),
    )


MENON: Mapping[str, Problem] = MappingProxyType(
    {
        "M2": menon(3, "1/8", "1/16", 1),
        "M4": menon(2, "1/8", "1/16", 1),
        "M5": menon(2, "1/8", "1/16", -1),
        "M7": menon(3, "1/64", "1/128", 1),
        "M8": obstruction("1/2", "1/4"),
        "M9": obstruction("1/8", "1/16"),
    }
)

PLASTICITY: Mapping[str, Problem] = MappingProxyType(
    {"P-L2-v1": resumed(2, 1), "P-L2-v1/2": resumed(2, "1/2"), "P-L2-v2": resumed(2, 2), "P-L3-v1": resumed(3, 1)}
)


def conformal() -> Problem:
    """C3: three equal layers ``[[1/5, −3/20], [3/20, 1/5]]``, diagonal observations of value 1."""
    layer = ((Fraction(1, 5), Fraction(-3, 20)), (Fraction(3, 20), Fraction(1, 5)))
    return Problem((layer,) * 3, Observations.diagonal(2))
