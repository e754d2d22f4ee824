"""Flows with constraints, where these are certainly inactive: there they are plain gradient flows.

A model may keep parameters in balls ``‖θ_name‖_F ≤ α`` and above 0. As long as the trajectory stays strictly inside,
the flow is ``θ' = −∇ℓ``, and what is proved of that flow holds. This module checks that it stays strictly inside, from
what a tube knows, and refuses otherwise.

*Between the ends of a step.* ``ℓ' = −‖θ'‖²`` along the plain flow, so that by Cauchy and Schwarz the path from time a
to b is at most ``δ = √((b − a)(ℓ(a) − ℓ(b)))`` long, and every state on it lies within δ/2 of one of its two ends. If
both ends, widened by δ/2, lie strictly inside the constraints, so does the whole path; and the constrained flow, which
agrees with the plain one until it first meets a constraint, never meets one there. ∎
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.arithmetic import BallAlgebra, evaluate, precision
from verify.arithmetic.convert import to_arb
from verify.rigorous.tube import Tube, TubeError

if TYPE_CHECKING:
    from flint import arb


class ConstraintError(TubeError):
    """A constraint of the model may become active; the message says which and when."""


#: How often a step is halved to keep its path away from a constraint.
_MOST_HALVINGS = 12


def advance_inside(tube: Tube, *, until: Fraction | None = None) -> None:
    """One step of the tube, not beyond `until`, on which no constraint of the model can be active.

    Raises
    ------
    TubeError
        when the tube cannot be continued, or comes too close to a constraint.
    """
    if not tube.problem.balls and not tube.problem.nonnegative:
        tube.advance(until=until)
        return
    begin = _ends(tube)
    if (met := constraint_near(tube)) is not None:
        raise ConstraintError(_refusal(met, tube.time))
    before = tube.time
    for _ in range(_MOST_HALVINGS):
        saved = tube.radius, tube.stepper.state, tube.stepper.time, tube.stepper.steps
        tube.advance(until=until)
        end = _ends(tube)
        with precision(tube.fraction_bits + 32):
            path = to_arb(tube.time - before) * (begin[1] - end[1])
            half = path.abs_upper().sqrt() / 2
        met = _outside(begin[0], half, tube) or _outside(end[0], half, tube)
        if met is None:
            return
        reached = tube.time
        tube.radius, tube.stepper.state, tube.stepper.time, tube.stepper.steps = saved
        until = before + (reached - before) / 2
    raise ConstraintError(_refusal(met or "a constraint", before))


def constraint_near(tube: Tube, room: Fraction = Fraction(0)) -> str | None:
    """The name of a constraint that may be active within Euclidean distance `room` of the tube, or None."""
    with precision(tube.fraction_bits + 32):
        return _outside(tube.centre(), to_arb(room), tube)


def _ends(tube: Tube) -> tuple[dict[str, Any], arb]:
    """The centre, and the loss over the tube."""
    with precision(tube.fraction_bits + 32):
        residual = evaluate(tube.problem.program, tube.box(), BallAlgebra())["residual"]
        total = to_arb(0)
        for x in residual.entries():
            total += x * x
        return tube.centre(), total / 2


def _outside(centre: dict[str, Any], room: arb, tube: Tube) -> str | None:
    """The name of a constraint that a state within the tube's radius and `room` of the centre may meet.

    A parameter's Frobenius norm, and each of its entries, differ from the centre's by at most the Euclidean distance of
    the states.
    """
    model = tube.problem
    with precision(tube.fraction_bits + 32):
        distance = tube.radius + room
        for name, radius in model.balls.items():
            square = to_arb(0)
            for x in centre[name].entries():
                square += x * x
            if not square.sqrt() + distance < to_arb(radius):
                return f"the ball of {name}"
        for name in model.nonnegative:
            if not all(x - distance > 0 for x in centre[name].entries()):
                return f"{name} >= 0"
    return None


def _refusal(constraint: str, time: Fraction) -> str:
    when = f"near t = {float(time):.4g}"
    return f"{constraint} may be active {when}, and what is certified is the flow without active constraints"
