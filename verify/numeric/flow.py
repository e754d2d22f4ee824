"""The flow to a given time, or all the way there, to as many digits as asked for, as mpmath numbers. Approximate."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from time import perf_counter
from typing import Any, Literal

from verify.arithmetic import EntrywiseAlgebra, InputError, Progress, evaluate, exact, silent
from verify.arithmetic.convert import nearest_mpf
from verify.arithmetic.errors import shown
from verify.models import Model
from verify.numeric.limbs import integer_stepper
from verify.numeric.phases import PhasedStepper, Switch
from verify.numeric.taylor import Floating, Step, Stepper, unflatten

Method = Literal["auto", "limbs", "fixed", "mpmath"]
#: Digits carried beyond those asked for: truncation and rounding grow along the flow, by two or three digits where a
#: small start escapes from zero.
GUARD_DIGITS = 9
MOST_DIGITS = 4000
_BITS_PER_DIGIT = 3.3219280948873626
#: Where the wait for a small residual ends, if no time is given.
PATIENCE = Fraction(10_000)
_MOST_STEPS = 10_000


class NotReachedError(ArithmeticError):
    """The residual did not fall below the value asked for; the message says how far it fell, and by when."""


@dataclass(frozen=True)
class Flow:
    """A state of a gradient flow, approximately.

    Attributes
    ----------
    layers, product
        mpmath numbers, W_1 first (of other models the parameters, in the order of their names); rows of entries.
    digits
        the digits asked for; no guarantee comes with them (``verify.rigorous`` gives one).
    balancedness_drift
        ``max_l ‖(W_{l+1}ᵀW_{l+1} − W_lW_lᵀ)(t) − same at 0‖_max``: exactly 0 for the true flow, so what is left is
        error. A free check, blind only to errors along the conserved quantities' level set. Of other models, the
        largest change of what they conserve; None once a ball was active, which ends conservation.
    switches
        when constraints of the model began or ceased to act.
    loss
        ``½ Σ r²`` over the observed entries.
    """

    problem: Model
    time: Fraction
    digits: int
    layers: tuple[tuple[tuple[Any, ...], ...], ...]
    product: tuple[tuple[Any, ...], ...]
    loss: Any
    balancedness_drift: Any
    steps: int
    seconds: float
    switches: tuple[Switch, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form that ``verify flow --json`` prints; numbers as decimal text of `digits` digits."""

        def text(number: Any) -> str:
            return str(number.context.nstr(number, self.digits, min_fixed=-8, max_fixed=20))

        named = zip(self.problem.names, self.layers, strict=True)
        drift = self.balancedness_drift
        told = {"switches": [switch.to_json(self.digits) for switch in self.switches]} if self.problem.balls else {}
        return {
            "time": time_text(self.time),
            "digits": self.digits,
            **self.problem.labelled({name: [[text(x) for x in row] for row in layer] for name, layer in named}),
            "product": [[text(x) for x in row] for row in self.product],
            "radius": None,
            "loss": self.loss.context.nstr(self.loss, 8),
            "balancedness_drift": None if drift is None else drift.context.nstr(drift, 3),
            **told,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
        }


def check_request(time: Fraction | None, digits: int) -> None:
    """Refuse what no integrator can do."""
    if time is not None and time < 0:
        raise InputError("time", f"{time} is negative", "the flow starts at time 0")
    if not 1 <= digits <= MOST_DIGITS:
        raise InputError("digits", f"{digits} is out of range", f"ask for 1 to {MOST_DIGITS} digits")


@dataclass(frozen=True)
class Trajectory:
    """A gradient flow from 0 to :attr:`time`, as Taylor polynomials one after the other. Approximate.

    Between its steps it is as accurate as at their ends: a polynomial's error grows towards the end of its step.
    """

    problem: Model
    digits: int
    steps: tuple[Step[Any], ...]
    seconds: float
    _walk: _Walk

    @property
    def time(self) -> Fraction:
        """Where it ends."""
        return self.steps[-1].start + self.steps[-1].length if self.steps else Fraction(0)

    def at(self, time: object) -> Flow:
        """The state at any exact time from 0 to the end.

        Raises
        ------
        InputError
            for a time outside.
        """
        when = exact(time, "time")
        if not 0 <= when <= self.time:
            raise InputError("time", f"{shown(time)} is outside 0 to {time_text(self.time)}", "integrate further")
        state, number = self._walk.start, 0
        if self.steps:
            number = max(bisect_right(self.steps, when, key=lambda step: step.start), 1)
            step = self.steps[number - 1]
            state = self._walk.evaluate(step, (when - step.start) / step.scale)
        return self._walk.flow(state, when, self.digits, number, self.seconds)


def integrate(
    problem: Model,
    *,
    time: object = None,
    until: object = None,
    digits: int = 30,
    method: Method = "auto",
    guard: int = GUARD_DIGITS,
    progress: Progress = silent,
) -> Flow:
    """The state of the gradient flow at `time` (in the flow's own unit), or when the residual has fallen to `until`.

    Parameters
    ----------
    until
        the Euclidean length of the residual, ``√(2·loss)``, at which to stop. It never grows along a gradient flow, so
        that it passes a positive value once; the state is that at the first time of `digits` significant digits by
        which it has. `time`, if given too, is how long to wait (10,000 otherwise). Where symmetry keeps the true flow
        at a saddle, rounding errors lead away from it in the end: a passage is no proof of convergence
        (:func:`verify.rigorous.certify_limit` gives one).
    digits
        digits after the leading one of the largest entry that should be right; `guard` more are carried, and with
        `until` as many again as that is below 1.
    method
        ``"limbs"``: fixed point, compiled (verify.numeric.limbs). ``"fixed"``: fixed point, with Python's integers.
        ``"auto"``: the first where it pays, else the second. ``"mpmath"``: mpmath's floating-point numbers throughout,
        slower; the independent oracle for the others.

    Raises
    ------
    NotReachedError
        when the residual stays above `until`.
    """
    began = perf_counter()
    walk, horizon, small = _begin(problem, time, until, digits, guard, method)
    if small is None:
        for _ in walk.steps(horizon, progress):
            pass
        return walk.flow(walk.stepper.state, horizon, digits, walk.stepper.steps, perf_counter() - began)
    when, state = walk.fall(small, horizon, digits, progress)
    return walk.flow(state, when, digits, walk.stepper.steps, perf_counter() - began)


def follow(
    problem: Model,
    *,
    time: object = None,
    until: object = None,
    digits: int = 30,
    method: Method = "auto",
    guard: int = GUARD_DIGITS,
    progress: Progress = silent,
) -> Trajectory:
    """The whole way from 0 to where :func:`integrate` with the same arguments stops, to be evaluated anywhere on it.

    Raises
    ------
    NotReachedError
        when the residual stays above `until`.
    """
    began = perf_counter()
    walk, horizon, small = _begin(problem, time, until, digits, guard, method)
    kept: list[Step[Any]] = []
    if small is None:
        kept.extend(walk.steps(horizon, progress))
    else:
        when, _ = walk.fall(small, horizon, digits, progress, kept)
        last = kept.pop() if kept else None
        if last is not None:
            kept.append(Step(last.start, last.scale, (when - last.start) / last.scale, last.coefficients, last.end))
    return Trajectory(problem, digits, tuple(kept), perf_counter() - began, walk)


def _begin(
    problem: Model, time: object, until: object, digits: int, guard: int, method: Method
) -> tuple[_Walk, Fraction, Fraction | None]:
    """The walk, its end, and the residual at which to stop."""
    if time is None and until is None:
        raise InputError("time", "is not given, and neither is until", "say where to stop")
    horizon = PATIENCE if time is None else exact(time, "time")
    check_request(horizon, digits)
    small = None if until is None else exact(until, "until")
    if small is not None and small <= 0:
        raise InputError("until", f"{shown(until)} is not above 0", "give a positive length of the residual")
    # The residual is to be known to its own digits.
    extra = 0 if small is None else max(len(str(small.denominator // small.numerator)), 1) - 1
    check_request(None, digits + extra)
    return _Walk(problem, digits + guard + extra, method), horizon, small


class _Walk:
    """A stepper with the mpmath context in which its states are looked at."""

    def __init__(self, problem: Model, working: int, method: Method) -> None:
        import mpmath

        bits = round(working * _BITS_PER_DIGIT)
        self.problem = problem
        self.context = mpmath.mp.clone()
        self.context.prec = bits + 16

        def make(model: Model, state: Sequence[Any] | None) -> Stepper[Any]:
            if method == "mpmath":
                return Stepper(model, Floating(self.context), bits=bits, state=state)
            return integer_stepper(model, bits=bits, guard=16, method=method, state=state)

        self.stepper: Stepper[Any] | PhasedStepper
        if problem.balls or problem.nonnegative:
            self.stepper = PhasedStepper(problem, make, self.context, self.numbers)
        else:
            self.stepper = make(problem, None)
        self.start = list(self.stepper.state)
        #: Whether a ball acts from the start on.
        self.on_sphere = isinstance(self.stepper, PhasedStepper) and bool(self.stepper.phase.active)

    def steps(self, horizon: Fraction, progress: Progress) -> Iterator[Step[Any]]:
        """Step after step to the time `horizon`, each already taken."""
        stepper = self.stepper
        while stepper.time < horizon:
            step = stepper.propose(until=horizon)
            stepper.accept(step)
            progress(float(stepper.time / horizon), f"t = {float(stepper.time):.4g}")
            yield step

    def evaluate(self, step: Step[Any], at: Fraction) -> list[Any]:
        """The state within a step, at the scaled time `at`."""
        return [self.stepper.field.evaluate(c, at) for c in step.coefficients]

    def values(self, state: list[Any]) -> tuple[dict[str, Any], dict[str, Any], EntrywiseAlgebra[Any]]:
        """The parameters and the program's outputs, in mpmath numbers."""
        context = self.context
        matrices = unflatten(self.problem, self.numbers(state))
        algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: nearest_mpf(x, context))
        return matrices, evaluate(self.problem.program, matrices, algebra), algebra

    def numbers(self, state: Sequence[Any]) -> list[Any]:
        """A state's entries as mpmath numbers."""
        context = self.context
        return [context.ldexp(context.mpf(x), -context.prec) if isinstance(x, int) else x for x in state]

    def squares(self, state: list[Any]) -> Any:
        """``‖r‖²``."""
        return self.context.fsum(x * x for row in self.values(state)[1]["residual"] for x in row)

    def flow(self, state: list[Any], time: Fraction, digits: int, steps: int, seconds: float) -> Flow:
        """The state with all that is told of it."""
        matrices, outputs, algebra = self.values(state)
        switches = self.stepper.switches if isinstance(self.stepper, PhasedStepper) else []
        past = tuple(switch for switch in switches if switch.time <= time)
        pushed = any(isinstance(switch.what, str) for switch in past) or self.on_sphere
        return Flow(
            problem=self.problem,
            time=time,
            digits=digits,
            layers=tuple(matrices.values()),
            product=outputs["product"],
            loss=self.context.fsum(x * x for row in outputs["residual"] for x in row) / 2,
            balancedness_drift=None if pushed else _drift(self.problem, matrices, algebra, self.context),
            steps=steps,
            seconds=seconds,
            switches=past,
        )

    def fall(
        self,
        small: Fraction,
        horizon: Fraction,
        digits: int,
        progress: Progress,
        kept: list[Step[Any]] | None = None,
    ) -> tuple[Fraction, list[Any]]:
        """When ``‖r‖`` has fallen to `small`, and the state then; `kept` collects the steps."""
        context = self.context
        level = nearest_mpf(small, context) ** 2
        squares = first = self.squares(self.start)
        if squares <= level:
            return Fraction(0), self.start
        for step in self.steps(horizon, silent):
            before, squares = squares, self.squares(step.end)
            if kept is not None:
                kept.append(step)
            if squares <= level:
                when, at = self._crossing(step, before, squares, level, digits)
                return when, self.evaluate(step, at)
            progress(
                float(context.log(first / squares) / context.log(first / level)) if squares < first else 0.0,
                f"t = {float(self.stepper.time):.4g}, residual {context.nstr(context.sqrt(squares), 3)}",
            )
            if self.stepper.steps >= _MOST_STEPS:
                break
        raise NotReachedError(
            f"the residual is still {context.nstr(context.sqrt(squares), 3)} at t = {float(self.stepper.time):.4g}"
        )

    def _crossing(self, step: Step[Any], before: Any, after: Any, level: Any, digits: int) -> tuple[Fraction, Fraction]:
        """Where in a step ``‖r‖²`` comes down to `level`: the time, rounded up to `digits` significant digits, and the
        scaled time.

        Bracketing by the Illinois method on the logarithm, which is nearly a straight line where the flow converges.
        """
        context = self.context

        def height(squares: Any) -> Any:
            return context.log(squares / level) if squares else context.mpf(-(10**6))

        low, high = Fraction(0), step.reach
        f_low, f_high = height(before), height(after)
        side, grid = 0, Fraction(1, 1 << context.prec)

        def unit() -> Fraction:  # of the last digit
            return Fraction(10) ** (_place(step.start + step.scale * high) - digits + 1)

        while step.scale * (high - low) > unit() / 4 and high - low > 2 * grid:
            share = f_low / (f_low - f_high)
            at = low + (high - low) * Fraction(int(context.ldexp(share, 60)), 1 << 60)
            # Never at an end, and short enough to be cheap.
            at = min(max(at, low + (high - low) / 1024), high - (high - low) / 1024)
            at = Fraction(round(at / grid)) * grid
            value = height(self.squares(self.evaluate(step, at)))
            if value > 0:
                low, f_low = at, value
                f_high = f_high / 2 if side > 0 else f_high
                side = 1
            else:
                high, f_high = at, value
                f_low = f_low / 2 if side < 0 else f_low
                side = -1
        when = Fraction(ceil((step.start + step.scale * high) / unit())) * unit()
        at = (when - step.start) / step.scale
        if at > step.reach:  # the crossing is the step's end, but for rounding
            return step.start + step.length, step.reach
        return when, at


def _place(value: Fraction) -> int:
    """The place of the leading decimal digit of a positive number."""
    place = len(str(value.numerator)) - len(str(value.denominator))
    return place if value >= Fraction(10) ** place else place - 1


def time_text(time: Fraction) -> str:
    """A time exactly: as a fraction where that is short, as a decimal where it has one, else as a fraction."""
    text = str(time)
    twos = (time.denominator & -time.denominator).bit_length() - 1
    fives, rest = 0, time.denominator >> twos
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    if len(text) <= 12 or rest != 1:
        return text
    places = max(twos, fives)
    digits = str(time.numerator * (10**places // time.denominator)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def _drift(problem: Model, matrices: dict[str, Any], algebra: EntrywiseAlgebra[Any], context: Any) -> Any:
    """The largest entry by which what the flow conserves has changed; 0 where it conserves nothing known."""
    before = evaluate(problem.conserved, problem.start, EntrywiseAlgebra(Fraction))
    after = evaluate(problem.conserved, matrices, algebra)
    changes = (
        abs(y - nearest_mpf(x, context))
        for name, rows in before.items()
        for row, other in zip(rows, after[name], strict=True)
        for x, y in zip(row, other, strict=True)
    )
    return max(changes, default=context.zero)
