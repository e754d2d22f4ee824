"""Flows with constraints: a smooth flow in each phase, and the times at which a constraint begins or ceases to act.

The projected flow of a loss with parameters in balls ``‖θ‖_F ≤ α`` and above 0 is, phase by phase,

    θ' = −∇_θ ℓ − μ θ,     μ = max(0, −⟨θ, ∇_θ ℓ⟩/α²) where ‖θ‖ = α, else 0,

with entries held at 0 where they are 0 and ``−∇ℓ`` points below (for ``U diag(D) Uᵀ``: Hou, Sra & Yurtsever 2025 as
reconstructed). While a ball is active the right side is again polynomial in the parameters, and
``d(‖θ‖² − α²)/dt = −2μ(‖θ‖² − α²)``: the sphere attracts, so that rounding errors do not build up. Approximate; times
of switching are found among samples of each step, to the working precision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from verify.arithmetic import EntrywiseAlgebra, ExactMatrix, Program, ProgramBuilder, evaluate
from verify.arithmetic.convert import nearest_mpf
from verify.arithmetic.program import prune
from verify.models import Model
from verify.models.factored import diagonal_node
from verify.models.model import Data
from verify.numeric.taylor import Step, Stepper, unflatten

#: Where switches are looked for within a step.
_SAMPLES = 16
#: So many switches are followed; more are a sign of chattering.
_MOST_SWITCHES = 1000

Cell = tuple[str, int, int]


class ChatteringError(ArithmeticError):
    """Constraints switch on and off without end."""


@dataclass(frozen=True)
class Switch:
    """A constraint that begins (`on`) or ceases to act.

    Attributes
    ----------
    what
        the name of a ball's parameter, or ``(name, row, column)`` of an entry held at 0.
    """

    time: Fraction
    what: str | Cell
    on: bool

    def to_json(self, digits: int) -> dict[str, Any]:
        """Time (rounded), constraint, and whether it acts from then on."""
        what = f"ball of {self.what}" if isinstance(self.what, str) else f"{self.what[0]}[{self.what[1]}] = 0"
        import mpmath

        with mpmath.workdps(digits + 5):
            time = mpmath.nstr(mpmath.mpf(self.time.numerator) / self.time.denominator, digits, min_fixed=-8)
        return {"time": str(time), "constraint": what, "active": self.on}


@dataclass(frozen=True)
class Phase(Model):
    """A model whose flow is the constrained one, as long as the same constraints act: its `gradient` is minus that."""

    whole: Model
    active: frozenset[str]
    held: frozenset[Cell]
    observations: Data = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "observations", self.whole.observations)

    @property
    def start(self) -> dict[str, ExactMatrix]:
        """That of the model; a phase begins elsewhere."""
        return self.whole.start

    def product_node(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> int:
        """That of the model."""
        return self.whole.product_node(build, parameters)

    @cached_property
    def gradient(self) -> Program:
        """``∇ℓ + μθ`` for active balls, with entries that are held taken out."""
        slopes = self.whole.gradient
        build = ProgramBuilder.continuing(slopes)
        outputs = dict(slopes.outputs)
        for name in self.active:
            moving = slopes.parameters[name]
            size = build.nodes[moving].shape[1]
            inner = _inner(build, moving, slopes.outputs["d" + name])
            ones = tuple((Fraction(1),) for _ in range(size))
            factor = build.scale(-1 / self.whole.balls[name] ** 2, build.product(build.constant(ones), inner))
            outputs["d" + name] = build.add(outputs["d" + name], build.product(moving, diagonal_node(build, factor)))
        for name in {cell[0] for cell in self.held}:
            rows, columns = build.nodes[slopes.parameters[name]].shape
            free = tuple(tuple(int((name, i, j) not in self.held) for j in range(columns)) for i in range(rows))
            outputs["d" + name] = build.mask(free, outputs["d" + name])
        return prune(build.build(**outputs))


def _inner(build: ProgramBuilder, left: int, right: int) -> int:
    """``⟨A, B⟩`` as a 1 × 1 matrix: the sum of the diagonal of ``AᵀB``."""
    size = build.nodes[left].shape[1]
    diagonal = build.diagonal(build.product(build.transpose(left), right))
    ones = build.constant(tuple((Fraction(1),) for _ in range(size)))
    return build.product(build.transpose(ones), build.product(diagonal, ones))


class PhasedStepper:
    """Walks a constrained flow like a :class:`verify.numeric.taylor.Stepper`, phase after phase.

    Parameters
    ----------
    make
        a stepper of a phase, from a state or (None) the model's start.
    context
        the mpmath context in which switches are looked for.
    read
        a state's entries as numbers of that context.
    """

    def __init__(
        self,
        model: Model,
        make: Callable[[Model, Sequence[Any] | None], Stepper[Any]],
        context: Any,
        read: Callable[[Sequence[Any]], list[Any]],
    ) -> None:
        self.model = model
        self.switches: list[Switch] = []
        self._make, self._context, self._read = make, context, read
        self._algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: nearest_mpf(x, context))
        first = Phase(model, frozenset(), frozenset())
        self._inner = make(first, None)
        self.phase, self._steps = first, 0
        on_sphere = {name for name, r in model.balls.items() if _square(model.start[name]) == r**2}
        slopes = self._slopes(self._inner.state)
        at_zero = {
            (name, i, j)
            for name in model.nonnegative
            for i, row in enumerate(model.start[name])
            for j, x in enumerate(row)
            if x == 0 and slopes["d" + name][i][j] >= 0
        }
        outward = {name for name in on_sphere if self._outward(self._inner.state, name) > 0}
        if outward or at_zero:
            self._enter(Phase(model, frozenset(outward), frozenset(at_zero)), self._inner.state, Fraction(0))
        self._pending: tuple[str | Cell, bool] | None = None

    @property
    def field(self) -> Any:
        """The arithmetic."""
        return self._inner.field

    @property
    def state(self) -> list[Any]:
        """Where it is."""
        return self._inner.state

    @property
    def time(self) -> Fraction:
        """When it is."""
        return self._inner.time

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self._steps

    def propose(self, until: Fraction | None = None) -> Step[Any]:
        """The next step, to the next switch at most."""
        step = self._inner.propose(until)
        self._pending = None
        before = self._watched(self._inner.state)
        low = Fraction(0)
        for k in range(1, _SAMPLES + 1):
            high = step.reach * k / _SAMPLES
            state = step.end if k == _SAMPLES else self._evaluate(step, high)
            after = self._watched(state)
            crossed = [what for what, value in after.items() if value < 0 <= before[what]]
            if crossed:
                found = [(self._locate(step, low, high, what), what) for what in crossed]
                at, what = min(found, key=lambda pair: pair[0])
                self._pending = (what, not self._acts(what))
                return Step(step.start, step.scale, at, step.coefficients, self._evaluate(step, at))
            before, low = after, high
        return step

    def accept(self, step: Step[Any]) -> None:
        """Take a proposed step."""
        self._inner.accept(step)
        self._steps += 1
        if self._pending is None:
            return
        what, on = self._pending
        self._pending = None
        active, held = set(self.phase.active), set(self.phase.held)
        state = list(self.state)
        if isinstance(what, str):
            (active.add if on else active.discard)(what)
        elif not on:
            held.discard(what)
        self.switches.append(Switch(self.time, what, on))
        if on and not isinstance(what, str):
            # Others may have crossed together with it.
            below = [cell for cell, x in self._watched(state).items() if not isinstance(cell, str) and x < 0]
            for cell in {what, *(cell for cell in below if cell not in held)}:
                held.add(cell)
                state[self._place(cell)] *= 0  # exactly at the constraint
                if cell != what:
                    self.switches.append(Switch(self.time, cell, on))
        if len(self.switches) > _MOST_SWITCHES:
            raise ChatteringError(f"more than {_MOST_SWITCHES} switches by t = {float(self.time):.4g}")
        self._enter(Phase(self.model, frozenset(active), frozenset(held)), state, self.time)

    def _enter(self, phase: Phase, state: Sequence[Any], time: Fraction) -> None:
        self.phase = phase
        self._inner = self._make(phase, state)
        self._inner.time = time

    def _acts(self, what: str | Cell) -> bool:
        return what in self.phase.active if isinstance(what, str) else what in self.phase.held

    def _watched(self, state: Sequence[Any]) -> dict[str | Cell, Any]:
        """For every constraint a number that becomes negative where it switches."""
        matrices = unflatten(self.model, self._read(state))
        values: dict[str | Cell, Any] = {}
        for name, radius in self.model.balls.items():
            if name in self.phase.active:
                values[name] = self._outward(state, name)
            else:
                limit = nearest_mpf(radius, self._context)
                values[name] = limit * limit - self._context.fsum(x * x for row in matrices[name] for x in row)
        slopes = self._slopes(state) if self.phase.held else {}
        for name in self.model.nonnegative:
            for i, row in enumerate(matrices[name]):
                for j, x in enumerate(row):
                    values[name, i, j] = slopes["d" + name][i][j] if (name, i, j) in self.phase.held else x
        return values

    def _slopes(self, state: Sequence[Any]) -> dict[str, Any]:
        return evaluate(self.model.gradient, unflatten(self.model, self._read(state)), self._algebra)

    def _outward(self, state: Sequence[Any], name: str) -> Any:
        """``−⟨θ, ∇ℓ⟩``: positive where the plain flow would leave the ball."""
        matrices, slopes = unflatten(self.model, self._read(state)), self._slopes(state)
        return -self._context.fsum(
            x * y
            for row, other in zip(matrices[name], slopes["d" + name], strict=True)
            for x, y in zip(row, other, strict=True)
        )

    def _place(self, cell: Cell) -> int:
        position = 0
        for name, (rows, columns) in zip(self.model.names, self.model.shapes, strict=True):
            if name == cell[0]:
                return position + cell[1] * columns + cell[2]
            position += rows * columns
        raise KeyError(cell)

    def _evaluate(self, step: Step[Any], at: Fraction) -> list[Any]:
        return [self.field.evaluate(c, at) for c in step.coefficients]

    def _locate(self, step: Step[Any], low: Fraction, high: Fraction, what: str | Cell) -> Fraction:
        """Where in the bracket a watched number becomes negative: the end of the bracket that is not yet behind it.

        Illinois method, down to about the precision of the context.
        """
        context = self._context
        f_low, f_high = self._watched(self._evaluate(step, low))[what], self._watched(self._evaluate(step, high))[what]
        side, grid = 0, Fraction(1, 1 << context.prec)
        while high - low > grid * (1 + 4 * step.reach):
            if f_low == 0:
                break
            share = f_low / (f_low - f_high)
            at: Fraction = low + (high - low) * Fraction(int(context.ldexp(share, 64)), 1 << 64)
            margin = (high - low) / 4096
            at = max(low + margin, min(at, high - margin))
            at = Fraction(round(at / grid)) * grid
            if not low < at < high:
                break
            value = self._watched(self._evaluate(step, at))[what]
            if value >= 0:
                low, f_low = at, value
                f_high = f_high / 2 if side > 0 else f_high
                side = 1
            else:
                high, f_high = at, value
                f_low = f_low / 2 if side < 0 else f_low
                side = -1
        return high


def _square(matrix: ExactMatrix) -> Fraction:
    return sum((x * x for row in matrix for x in row), Fraction(0))
