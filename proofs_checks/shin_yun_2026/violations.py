"""Twins and second paths about limits: one sentence "this quantity of the limit is above/below/equal to that number".

The sentence is stored in the witness as data, so that the second path reads it from there alone. It may speak of the
state at a time, too.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from proofs_checks.common import doubted, enclosed_again
from proofs_checks.second_paths import hidden_rotation, limit_again, minor
from proofs_checks.shin_yun_2026.frames import known_limit_again
from proofs_checks.shin_yun_2026.limits import certified
from verify.arithmetic import Ball, exact, precision
from verify.arithmetic.convert import to_arb
from verify.arithmetic.exact import scale
from verify.claims import Assurance, Established, Evidence, Scope, Witness
from verify.models import Problem, dump_problem, load_problem

if TYPE_CHECKING:
    from verify.rigorous import FlowEnclosure, Limit

_DIGITS = 20
_BITS = 192


def quantity(limit: Limit, name: str) -> Ball | None:
    """A quantity of a certified limit by its name, or None where it was not enclosed.

    Names: ``stable rank``, ``smallest singular value``, ``largest singular value``, ``loss``, and those of
    :func:`quantity_of_state`.
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
        case ["largest", "singular", "value"]:
            return limit.singular_values[0]
        case ["loss"]:
            return limit.loss
    return quantity_of_state(limit, name)


def quantity_of_state(state: Limit | FlowEnclosure, name: str) -> Ball:
    """A quantity of an enclosed state by its name.

    Names: ``entry i j`` (from 0) and ``row sum i`` of the product, its ``determinant`` where it is 2 by 2, and
    ``layer norm squared``, ``‖W_1‖_F²``. None depends on the coordinates of hidden layers.
    """
    match name.split():
        case ["entry", i, j]:
            return state.product[int(i)][int(j)]
        case ["row", "sum", i]:
            row = state.product[int(i)]
            return Ball(sum((x.mid for x in row), Fraction(0)), sum((x.rad for x in row), Fraction(0)))
        case ["determinant"]:
            return minor(state.product)
        case ["layer", "norm", "squared"]:
            with precision(_BITS):
                entries = [x.to_arb() for row in state.layers[0] for x in row]
                return Ball.from_arb(sum((x * x for x in entries), to_arb(0)))
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
    limit = certified(problem)
    value = quantity(limit, what)
    if value is None:
        scope = Scope.instances(name)
        return Evidence.undecided(kind="certified limit", scope=scope, part=part, detail=f"{name}: {limit.reason}")
    return sentence(name, problem, hypotheses, value, what=what, sign=sign, bound=bound, part=part)


def sentence(
    name: str,
    problem: Problem,
    hypotheses: tuple[Established, ...],
    value: Ball,
    *,
    what: str,
    sign: str,
    bound: Fraction,
    part: str = "",
    time: Fraction | None = None,
    kind: str = "certified limit",
) -> Evidence:
    """The sentence ``what sign bound`` about the limit (about the state at `time`, where it is given) from a start, at
    which the enclosed `value` of that quantity may contradict it."""
    scope, of = Scope.instances(name), "the limit" if time is None else f"the state at time {time}"
    if not violated(value, sign, bound):
        return Evidence.undecided(kind=kind, scope=scope, part=part, detail=f"{name}: {what} = {value}")
    return Evidence.refutes(
        kind=kind,
        assurance=Assurance.ENCLOSED,
        scope=scope,
        part=part,
        detail=f"{name}: {what} = {value.text(12)}",
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=hypotheses,
            violates=f"{what} of {of} {sign} {_short(bound)} is false",
            enclosed={"quantity": what, "sign": sign, "bound": bound, "value": value}
            | ({} if time is None else {"time": time}),
        ),
    )


def limit_violation_again(witness: Witness) -> Evidence:
    """The stored sentence about the rotated flow: its limit, or its state at the time that is stored with it.

    A sentence about a limit that is known exactly is stored with its frame, and checked by :mod:`.frames`.
    """
    if "frame" in witness.enclosed:
        return known_limit_again(witness)
    what, sign = str(witness.enclosed["quantity"]), str(witness.enclosed["sign"])
    bound = exact(witness.enclosed["bound"], "bound")
    value, reason = _again(witness, what)
    if value is None:
        return doubted(reason)
    return enclosed_again(
        violated(value, sign, bound), f"{what} = {value.text(12)}; the sentence has {sign} {_short(bound)}"
    )


def scale_free_again(witness: Witness) -> Evidence:
    """At depth 2 both eigenvalues of a member's layers grow at the same rate, so scaling the start leaves the limit as
    it is; two certified limits, a factor of ten apart in scale, enclose the same stable rank above 1."""
    ranks = []
    for factor in (Fraction(1), Fraction(1, 10)):
        problem = load_problem(dict(witness.problem))
        smaller = Problem(tuple(scale(factor, layer) for layer in problem.layers), problem.observations)
        limit = limit_again(dump_problem(smaller), digits=_DIGITS)
        if limit.stable_rank is None:
            return doubted(limit.reason)
        ranks.append(limit.stable_rank)
    stated = exact(witness.enclosed["stable rank"], "stable rank")
    same = all(rank.contains(stated) and rank.lower > 1 for rank in ranks)
    return enclosed_again(same, f"both certified limits have the stable rank {ranks[1].text(20)}")


def _again(witness: Witness, what: str) -> tuple[Ball | None, str]:
    """The quantity that a sentence speaks of, along the rotated flow, or why it is not known."""
    if "time" not in witness.enclosed:
        limit = limit_again(witness.problem, digits=_DIGITS)
        return quantity(limit, what), limit.reason
    from verify.rigorous import TubeError, enclose_flow

    problem, time = load_problem(dict(witness.problem)), exact(witness.enclosed["time"], "time")
    try:
        return quantity_of_state(enclose_flow(hidden_rotation(problem), time=time, digits=_DIGITS), what), ""
    except TubeError as error:
        return None, str(error)


def _short(bound: Fraction) -> str:
    text = str(bound)
    return text if len(text) < 20 else f"{float(bound):.16g}"
