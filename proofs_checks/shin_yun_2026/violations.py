"""Twins and second paths about limits: one sentence "this quantity of the limit is above/below/equal to that number".

The sentence is stored in the witness as data, so that the second path reads it from there alone.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from proofs_checks.common import doubted, enclosed_again
from proofs_checks.second_paths import limit_again
from proofs_checks.shin_yun_2026.limits import certified
from verify.arithmetic import Ball, exact
from verify.claims import Assurance, Established, Evidence, Scope, Witness
from verify.models import Problem, dump_problem

if TYPE_CHECKING:
    from verify.rigorous import Limit

_DIGITS = 20


def quantity(limit: Limit, name: str) -> Ball | None:
    """A quantity of a certified limit by its name, or None where it was not enclosed.

    Names: ``stable rank``, ``determinant``, ``smallest singular value``, ``entry i j`` of the product (from 0),
    ``layer entry i j`` of W_1.
    """
    if not limit.converged:
        return None
    match name.split():
        case ["stable", "rank"]:
            return limit.stable_rank
        case ["determinant"]:
            return limit.determinant
        case ["smallest", "singular", "value"]:
            return limit.singular_values[-1]
        case ["entry", i, j]:
            return limit.product[int(i)][int(j)]
        case ["layer", "entry", i, j]:
            return limit.layers[0][int(i)][int(j)]
    raise ValueError(f"no quantity is called {name}")


def violated(value: Ball, sign: str, bound: Fraction) -> bool:
    """Whether it is certain that ``value sign bound`` is false; sign is ``<``, ``>`` or ``=``."""
    return {
        "<": value.lower >= bound,
        ">": value.upper <= bound,
        "=": not value.contains(bound),
    }[sign]


def limit_violation(
    name: str,
    problem: Problem,
    hypotheses: tuple[Established, ...],
    *,
    what: str,
    sign: str,
    bound: Fraction,
    part: str = "",
) -> Evidence:
    """The false sentence ``what sign bound`` about the limit from a start, refuted by the certified limit."""
    value = quantity(certified(problem), what)
    scope = Scope.instances(name)
    if value is None or not violated(value, sign, bound):
        reason = certified(problem).reason or f"{what} = {value}"
        return Evidence.undecided(kind="certified limit", scope=scope, part=part, detail=f"{name}: {reason}")
    return Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=scope,
        part=part,
        detail=f"{name}: {what} = {value.text(12)}",
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=hypotheses,
            violates=f"{what} of the limit {sign} {_short(bound)} is false",
            enclosed={"quantity": what, "sign": sign, "bound": bound, "value": value},
        ),
    )


def limit_violation_again(witness: Witness) -> Evidence:
    """The stored sentence about the limit of the rotated flow."""
    limit = limit_again(witness.problem, digits=_DIGITS)
    what, sign = str(witness.enclosed["quantity"]), str(witness.enclosed["sign"])
    value, bound = quantity(limit, what), exact(witness.enclosed["bound"], "bound")
    if value is None:
        return doubted(limit.reason)
    return enclosed_again(
        violated(value, sign, bound), f"{what} = {value.text(12)}; the sentence has {sign} {_short(bound)}"
    )


def _short(bound: Fraction) -> str:
    text = str(bound)
    return text if len(text) < 20 else f"{float(bound):.16g}"
