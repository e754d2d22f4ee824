"""The flow to a given time, to as many digits as asked for, with mpmath numbers as the result. Approximate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import Any, Literal

from verify.arithmetic import EntrywiseAlgebra, InputError, Progress, evaluate, exact, silent
from verify.arithmetic.convert import nearest_mpf
from verify.models import Problem
from verify.numeric.limbs import integer_stepper
from verify.numeric.taylor import Floating, Stepper, unflatten

Method = Literal["auto", "limbs", "fixed", "mpmath"]
#: Digits carried beyond those asked for: truncation and rounding grow along the flow, by two or three digits where a
#: small start escapes from zero.
GUARD_DIGITS = 9
MOST_DIGITS = 4000
_BITS_PER_DIGIT = 3.3219280948873626


@dataclass(frozen=True)
class Flow:
    """A state of a gradient flow, approximately.

    Attributes
    ----------
    layers, product
        mpmath numbers, W_1 first; rows of entries.
    digits
        the digits asked for; no guarantee comes with them (``verify.rigorous`` gives one).
    balancedness_drift
        ``max_l ‖(W_{l+1}ᵀW_{l+1} − W_lW_lᵀ)(t) − same at 0‖_max``: exactly 0 for the true flow, so what is left is
        error. A free check, blind only to errors along the conserved quantities' level set.
    loss
        ``½ Σ r²`` over the observed entries.
    """

    time: Fraction
    digits: int
    layers: tuple[tuple[tuple[Any, ...], ...], ...]
    product: tuple[tuple[Any, ...], ...]
    loss: Any
    balancedness_drift: Any
    steps: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The form that ``verify flow --json`` prints; numbers as decimal text of `digits` digits."""

        def text(number: Any) -> str:
            return str(number.context.nstr(number, self.digits, min_fixed=-8, max_fixed=20))

        return {
            "time": str(self.time),
            "digits": self.digits,
            "layers": [[[text(x) for x in row] for row in layer] for layer in self.layers],
            "product": [[text(x) for x in row] for row in self.product],
            "radius": None,
            "loss": self.loss.context.nstr(self.loss, 8),
            "balancedness_drift": self.balancedness_drift.context.nstr(self.balancedness_drift, 3),
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
        }


def check_request(time: Fraction | None, digits: int) -> None:
    """Refuse what no integrator can do."""
    if time is not None and time < 0:
        raise InputError("time", f"{time} is negative", "the flow starts at time 0")
    if not 1 <= digits <= MOST_DIGITS:
        raise InputError("digits", f"{digits} is out of range", f"ask for 1 to {MOST_DIGITS} digits")


def integrate(
    problem: Problem,
    *,
    time: Fraction,
    digits: int = 30,
    method: Method = "auto",
    guard: int = GUARD_DIGITS,
    progress: Progress = silent,
) -> Flow:
    """The state of the gradient flow at `time` (in the flow's own unit).

    Parameters
    ----------
    digits
        digits after the leading one of the largest entry that should be right; `guard` more are carried.
    method
        ``"limbs"``: fixed point, compiled (verify.numeric.limbs). ``"fixed"``: fixed point, with Python's integers.
        ``"auto"``: the first where it pays, else the second. ``"mpmath"``: mpmath's floating-point numbers throughout,
        slower; the independent oracle for the others.
    """
    import mpmath

    time = exact(time, "time")
    check_request(time, digits)
    began = perf_counter()
    working = digits + guard
    bits = round(working * _BITS_PER_DIGIT)
    context = mpmath.mp.clone()
    context.prec = bits + 16
    stepper: Stepper[Any]
    if method == "mpmath":
        stepper = Stepper(problem, Floating(context), bits=bits)
    else:
        stepper = integer_stepper(problem, bits=bits, guard=16, method=method)
    while stepper.time < time:
        stepper.accept(stepper.propose(until=time))
        progress(float(stepper.time / time), f"t = {float(stepper.time):.4g}")
    state = [context.ldexp(context.mpf(x), -(bits + 16)) if isinstance(x, int) else x for x in stepper.state]
    layers = unflatten(problem, state)
    algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: nearest_mpf(x, context))
    values = evaluate(problem.program, layers, algebra)
    loss = context.fsum(x * x for row in values["residual"] for x in row) / 2
    return Flow(
        time=time,
        digits=digits,
        layers=tuple(layers.values()),
        product=values["product"],
        loss=loss,
        balancedness_drift=_drift(problem, layers, algebra, context),
        steps=stepper.steps,
        seconds=perf_counter() - began,
    )


def _drift(problem: Problem, layers: dict[str, Any], algebra: EntrywiseAlgebra[Any], context: Any) -> Any:
    matrices = list(layers.values())
    worst = context.zero
    for lower, upper, before in zip(matrices, matrices[1:], problem.imbalance(), strict=False):
        gram = algebra.product(algebra.transpose(upper), upper)
        outer = algebra.product(lower, algebra.transpose(lower))
        for row, other, start in zip(gram, outer, before, strict=True):
            for x, y, z in zip(row, other, start, strict=True):
                worst = max(worst, abs(x - y - nearest_mpf(z, context)))
    return worst
