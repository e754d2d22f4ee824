"""Many projected gradient steps, with the spectrum and the objective at the end. Approximate, but for two kinds of
numbers: exact with rationals, and enclosed with balls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from time import perf_counter
from typing import Any, Literal

from verify.arithmetic import Ball, BallMatrix, ExactMatrix, InputError, Progress, evaluate, precision, silent
from verify.arithmetic.convert import from_arb_mat, from_fmpq_mat
from verify.arithmetic.errors import shown
from verify.arithmetic.exact import exact
from verify.models import Model
from verify.numeric.flow import GUARD_DIGITS, check_request
from verify.numeric.iterate import (
    Balls,
    Floating,
    Machine,
    Multiprecision,
    Numbers,
    ProjectedGradient,
    Rationals,
    start_state,
)

Kind = Literal["floating", "mpmath", "balls", "exact", "float64", "longdouble"]
KINDS: tuple[Kind, ...] = ("floating", "mpmath", "balls", "exact", "float64", "longdouble")
_BITS_PER_DIGIT = 3.3219280948873626
#: Steps between two reports of progress.
_REPORT = 64
#: More entries on the diagonal than this, and the spectrum of a float state is taken in float64.
_LARGE = 40


@dataclass(frozen=True)
class Iteration:
    """A state of a projected gradient iteration.

    Attributes
    ----------
    numbers
        by what kind of numbers it was reached. ``"exact"``: the state is exact; ``"balls"``: the exact state lies in
        the balls; otherwise it is approximate, and no error is known.
    state
        the parameters by name; the diagonal as a column. Balls of radius 0 but for ``"balls"``.
    objective
        the loss ``½‖residual‖²``.
    active, clamps
        for each parameter with a ball in how many steps it was scaled; for each nonnegative parameter how many entries
        were negative before projection, all steps together.
    undecided
        in how many steps the balls were too wide to tell whether a projection acts (both cases are enclosed).
    interrupted
        whether somebody stopped it before all steps were done.
    """

    model: Model
    numbers: Kind
    digits: int
    steps: int
    state: Mapping[str, BallMatrix]
    objective: Ball
    active: Mapping[str, int]
    clamps: Mapping[str, int]
    undecided: int
    interrupted: bool
    seconds: float
    _spectrum: list[tuple[Any, ...]] = field(default_factory=list, repr=False, compare=False)

    @property
    def middle(self) -> dict[str, ExactMatrix]:
        """The state's midpoints, exactly."""
        return {name: tuple(tuple(x.mid for x in row) for row in rows) for name, rows in self.state.items()}

    @property
    def singular_values(self) -> tuple[Any, ...]:
        """Of the product at the state's midpoint, from the factor, largest first: mpmath numbers, each right to
        `digits` digits as far as the state is."""
        from verify.numeric.spectra import singular_values

        if not self._spectrum:
            self._spectrum.append(singular_values(self.model, self.middle, digits=self.digits))
        return self._spectrum[0]

    def to_json(self) -> dict[str, Any]:
        """The form that ``verify iterate --json`` prints."""
        enclosed = self.numbers == "balls"

        def number(x: Ball) -> Any:
            return x.to_json(self.digits) if enclosed else x.to_json(self.digits)["mid"]

        def text(x: Any) -> str:
            return str(x.context.nstr(x, self.digits, min_fixed=-8, max_fixed=20))

        matrices = {name: [[number(x) for x in row] for row in rows] for name, rows in self.state.items()}
        return {
            "steps": self.steps,
            "numbers": self.numbers,
            "digits": self.digits,
            **self.model.labelled(matrices),
            "singular_values": [
                x.context.nstr(x, self.digits, min_fixed=-8, max_fixed=20) for x in self.singular_values
            ],
            "objective": number(self.objective),
            "active_steps": dict(self.active),
            "clamps": dict(self.clamps),
            "undecided_steps": self.undecided,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
        }


def iterate(
    model: Model,
    *,
    steps: int,
    digits: int = 30,
    numbers: Kind = "floating",
    guard: int = GUARD_DIGITS,
    step: Fraction | None = None,
    watch: Callable[[int, Mapping[str, Any]], bool | None] | None = None,
    progress: Progress = silent,
) -> Iteration:
    """The state after so many applications of the projected gradient map to the model's start.

    Ctrl-C (KeyboardInterrupt) ends it early and keeps what it has.

    Parameters
    ----------
    digits
        digits to carry, `guard` more are worked with; float64 and long double have their own.
    numbers
        ``"floating"`` (fast, any precision), ``"mpmath"`` (its independent second path), ``"balls"`` (encloses),
        ``"exact"`` (while square roots are rational; the numbers' length doubles or worse with every step),
        ``"float64"``, ``"longdouble"``.
    step
        replaces the model's.
    watch
        called after every step with the number of steps done and the state in those numbers; what it returns, if true,
        ends the iteration.

    Raises
    ------
    InputError
        for a model without a step, and options out of range.
    IrrationalError
        with ``"exact"``, when an active ball makes the state irrational.
    """
    check_request(None, digits)
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise InputError("steps", f"{shown(steps)} is no number of steps", "give 0 or more")
    if numbers not in KINDS:
        raise InputError("numbers", f"{shown(numbers)} is not known", f"use {', '.join(KINDS)}")
    began = perf_counter()
    bits = round((digits + guard) * _BITS_PER_DIGIT)
    with precision(bits) if numbers in ("floating", "balls") else nullcontext():
        kind = _kind(numbers, bits)
        apply = ProjectedGradient(model, kind, step=step)
        state = start_state(model, kind)
        active = dict.fromkeys(model.balls, 0)
        clamps = dict.fromkeys(model.nonnegative, 0)
        done = undecided = 0
        interrupted = False
        try:
            while done < steps:
                after = apply(state)
                state, done = after.state, done + 1
                for counts, told in ((active, after.active), (clamps, after.clamps)):
                    for name, answer in told.items():
                        counts[name] += int(answer or 0)
                undecided += None in after.active.values() or None in after.clamps.values()
                if done % _REPORT == 0:
                    progress(done / steps, f"step {done}")
                if watch is not None and watch(done, state):
                    break
        except KeyboardInterrupt:
            interrupted = True
        residual = evaluate(model.program, state, kind.algebra)["residual"]
        try:
            matrices = {name: _balls(matrix) for name, matrix in state.items()}
            objective = _half_square(_balls(residual))
        except (ValueError, OverflowError):  # NaN, infinity, or exponents that no number should have
            if numbers == "balls":
                problem = f"{digits} digits do not suffice to enclose {done} steps"
                raise InputError("digits", problem, "ask for more, some for every step") from None
            raise InputError("step", f"the iteration diverged within {done} steps", "take a smaller step") from None
        return Iteration(
            model=model,
            numbers=numbers,
            digits=digits,
            steps=done,
            state=matrices,
            objective=objective,
            active=active,
            clamps=clamps,
            undecided=undecided,
            interrupted=interrupted,
            seconds=perf_counter() - began,
        )


def _kind(numbers: Kind, bits: int) -> Numbers[Any]:
    if numbers == "mpmath":
        import mpmath

        context = mpmath.mp.clone()
        context.prec = bits
        return Multiprecision(context)
    if numbers in ("float64", "longdouble"):
        return Machine(numbers)
    kinds: dict[str, Callable[[], Numbers[Any]]] = {"floating": Floating, "balls": Balls, "exact": Rationals}
    return kinds[numbers]()


def _balls(matrix: Any) -> BallMatrix:
    """Any kind of matrix as balls, exactly."""
    kind = type(matrix).__name__
    if kind == "arb_mat":
        return from_arb_mat(matrix)
    if kind == "fmpq_mat":
        matrix = from_fmpq_mat(matrix)
    return tuple(tuple(Ball(_rational(x)) for x in row) for row in matrix)


def _rational(value: Any) -> Fraction:
    if hasattr(value, "as_integer_ratio") and not isinstance(value, Fraction):  # NumPy's floats
        return Fraction(*(int(x) for x in value.as_integer_ratio()))
    return exact(value)


def _half_square(matrix: BallMatrix) -> Ball:
    """``½ Σ x²``, enclosed."""
    entries = [x for row in matrix for x in row]
    lower = sum((max(abs(x.mid) - x.rad, Fraction(0)) ** 2 for x in entries), Fraction(0))
    upper = sum(((abs(x.mid) + x.rad) ** 2 for x in entries), Fraction(0))
    return Ball.between(lower / 2, upper / 2)
