"""Projected gradient iterations of a model, over several kinds of numbers.

One application of the map takes the parameters θ to ``P(θ − step·∇loss(θ))``, all from the old state, where P scales
a parameter that lies outside its ball back to the ball's surface, ``θ̄·min(1, α/‖θ̄‖_F)``, and replaces negative entries
of nonnegative parameters by 0. For ``U diag(D) Uᵀ`` that is the map ``T_{η,α}`` of Hou, Sra & Yurtsever 2025 as
reconstructed; for models without constraints it is gradient descent.

The kinds of numbers (:class:`Numbers`):

- :class:`Rationals`: exact, as long as square roots that occur are rational (always, while no ball is active); whether
  a ball is active is decided by comparing squares.
- :class:`Balls`: python-flint's balls. Every result contains the exact one, whatever could not be decided.
- :class:`Floating`: floating point of any precision and practically any exponent (the balls' midpoints), fast.
- :class:`Multiprecision`: mpmath's numbers; slower, an independent second path.
- :class:`Machine`: NumPy's float64 or long double, many states at once along the leading axes. float64 underflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from verify.arithmetic import (
    BallAlgebra,
    EntrywiseAlgebra,
    ExactMatrix,
    FloatAlgebra,
    InputError,
    Interpreter,
    ProgramBuilder,
    RationalAlgebra,
)
from verify.arithmetic.program import Algebra, prune
from verify.models import Model

if TYPE_CHECKING:
    from flint import arb, arb_mat, fmpq_mat

M = TypeVar("M")


class IrrationalError(ArithmeticError):
    """A ball is active and the scaled state is irrational: exact rational arithmetic ends here."""


class Numbers(Protocol[M]):
    """A kind of number: matrices of it, and the two projections."""

    @property
    def algebra(self) -> Algebra[M]:
        """Interprets matrix programs."""

    def matrix(self, rows: ExactMatrix) -> M:
        """The matrix for an exact one."""

    def rounded(self, matrix: M) -> M:
        """A result, as the next application takes it."""

    def into_ball(self, matrix: M, radius: Fraction) -> tuple[M, Any]:
        """``matrix·min(1, radius/‖matrix‖_F)``, and whether it was scaled (an array of that for many states; None where
        it could not be decided)."""

    def clamped(self, matrix: M) -> tuple[M, Any]:
        """``max(matrix, 0)`` entrywise, and how many entries were negative (an array for many states; None where it
        could not be decided)."""


@dataclass(frozen=True)
class Applied(Generic[M]):
    """The map's value.

    Attributes
    ----------
    state
        the parameters by name.
    active, clamps
        for each parameter with a ball whether it was scaled, for each nonnegative one how many entries were negative.
    """

    state: dict[str, M]
    active: dict[str, Any]
    clamps: dict[str, Any]


def start_state(model: Model, numbers: Numbers[M]) -> dict[str, M]:
    """The model's start."""
    return {name: numbers.matrix(rows) for name, rows in model.start.items()}


class ProjectedGradient(Generic[M]):
    """The map of one model over one kind of number, for many applications.

    Parameters
    ----------
    step
        replaces the model's.

    Raises
    ------
    InputError
        when there is no step.
    """

    def __init__(self, model: Model, numbers: Numbers[M], *, step: Fraction | None = None) -> None:
        self.model, self.numbers = model, numbers
        size = model.step if step is None else step
        if size is None:
            raise InputError("step", "is missing", "an iteration needs a step, such as 1/1000")
        build = ProgramBuilder.continuing(model.gradient)
        moved = {}
        for name, index in model.gradient.parameters.items():
            moved[name] = build.add(index, build.scale(-size, model.gradient.outputs["d" + name]))
        self._moved = Interpreter(prune(build.build(**moved)), numbers.algebra)

    def unprojected(self, state: Mapping[str, M]) -> dict[str, M]:
        """``θ − step·∇loss(θ)``: the state before projection."""
        return self._moved(state)

    def __call__(self, state: Mapping[str, M]) -> Applied[M]:
        """One application."""
        numbers, moved = self.numbers, self._moved(state)
        active: dict[str, Any] = {}
        clamps: dict[str, Any] = {}
        for name, radius in self.model.balls.items():
            moved[name], active[name] = numbers.into_ball(moved[name], radius)
        for name in self.model.nonnegative:
            moved[name], clamps[name] = numbers.clamped(moved[name])
        return Applied({name: numbers.rounded(matrix) for name, matrix in moved.items()}, active, clamps)


def unprojected(
    model: Model, state: Mapping[str, M], numbers: Numbers[M], *, step: Fraction | None = None
) -> dict[str, M]:
    """``θ − step·∇loss(θ)``: the state before projection. `step` replaces the model's."""
    return ProjectedGradient(model, numbers, step=step).unprojected(state)


def apply_map(model: Model, state: Mapping[str, M], numbers: Numbers[M], *, step: Fraction | None = None) -> Applied[M]:
    """One application of the projected gradient map. `step` replaces the model's."""
    return ProjectedGradient(model, numbers, step=step)(state)


def apply_exactly(
    model: Model, state: Mapping[str, ExactMatrix] | None = None, *, step: Fraction | None = None
) -> Applied[ExactMatrix]:
    """One application of the map in exact arithmetic, to the model's start or to another exact state.

    Raises
    ------
    IrrationalError
        where a ball is active and its scaling is irrational. :func:`unprojected` with :class:`Rationals` is always
        rational, and so is every comparison of squares.
    """
    from verify.arithmetic.convert import from_fmpq_mat

    numbers = Rationals()
    given = model.start if state is None else state
    after = apply_map(model, {name: numbers.matrix(rows) for name, rows in given.items()}, numbers, step=step)
    return Applied({k: from_fmpq_mat(matrix) for k, matrix in after.state.items()}, after.active, after.clamps)


class Rationals:
    """Exact rational matrices (python-flint's ``fmpq_mat``)."""

    def __init__(self) -> None:
        self.algebra = RationalAlgebra()

    def matrix(self, rows: ExactMatrix) -> fmpq_mat:
        """The same matrix."""
        from verify.arithmetic.convert import to_fmpq_mat

        return to_fmpq_mat(rows)

    def rounded(self, matrix: fmpq_mat) -> fmpq_mat:
        """The same."""
        return matrix

    def into_ball(self, matrix: fmpq_mat, radius: Fraction) -> tuple[fmpq_mat, bool]:
        """See :class:`Numbers`; decided by comparing squares.

        Raises
        ------
        IrrationalError
            where the matrix has to be scaled by an irrational number.
        """
        from verify.arithmetic.convert import from_fmpq, to_fmpq

        square = sum((from_fmpq(x) ** 2 for x in matrix.entries()), Fraction(0))
        if square <= radius**2:
            return matrix, False
        root = rational_root(square)
        if root is None:
            raise IrrationalError(f"the ball of radius {radius} is active, and the norm is irrational")
        return matrix * to_fmpq(radius / root), True

    def clamped(self, matrix: fmpq_mat) -> tuple[fmpq_mat, int]:
        """See :class:`Numbers`."""
        from flint import fmpq, fmpq_mat

        entries = matrix.entries()
        below = sum(1 for x in entries if x < 0)
        if not below:
            return matrix, 0
        return fmpq_mat(matrix.nrows(), matrix.ncols(), [x if x > 0 else fmpq(0) for x in entries]), below


def rational_root(square: Fraction) -> Fraction | None:
    """The square root of a nonnegative rational, where it is rational."""
    above, below = isqrt(square.numerator), isqrt(square.denominator)
    exact = above * above == square.numerator and below * below == square.denominator
    return Fraction(above, below) if exact else None


class Balls:
    """Matrices of balls, at python-flint's precision in force: the exact value always lies inside."""

    def __init__(self) -> None:
        self.algebra = BallAlgebra()

    def matrix(self, rows: ExactMatrix) -> arb_mat:
        """Balls that contain the matrix."""
        from verify.arithmetic.convert import to_arb_mat

        return to_arb_mat(rows)

    def rounded(self, matrix: arb_mat) -> arb_mat:
        """The same."""
        return matrix

    def into_ball(self, matrix: arb_mat, radius: Fraction) -> tuple[arb_mat, bool | None]:
        """See :class:`Numbers`. The factor ``min(1, α/‖·‖)`` is continuous: undecided, it is enclosed all the same."""
        from verify.arithmetic.convert import to_arb

        square, limit = _square(matrix), to_arb(radius)
        if square <= limit * limit:
            return matrix, False
        if square > limit * limit:
            return matrix * (limit * square.rsqrt()), True
        factor = (limit * square.rsqrt()).min(_one())
        return matrix * factor, None

    def clamped(self, matrix: arb_mat) -> tuple[arb_mat, int | None]:
        """See :class:`Numbers`. The maximum is continuous: undecided, it is enclosed all the same."""
        from flint import arb, arb_mat

        entries = matrix.entries()
        if all(x >= 0 for x in entries):
            return matrix, 0
        nothing = arb(0)
        known = all(x < 0 or x >= 0 for x in entries)
        clamped = arb_mat(matrix.nrows(), matrix.ncols(), [x.max(nothing) for x in entries])
        return clamped, sum(1 for x in entries if x < 0) if known else None


def _square(matrix: arb_mat) -> arb:
    from flint import arb

    total = arb(0)
    for x in matrix.entries():
        total += x * x
    return total


def _one() -> arb:
    from flint import arb

    return arb(1)


class Floating(Balls):
    """Floating-point numbers: midpoints of balls, at the precision in force. No bound; exponents never run out."""

    def matrix(self, rows: ExactMatrix) -> arb_mat:
        """The matrix, rounded."""
        return super().matrix(rows).mid()

    def rounded(self, matrix: arb_mat) -> arb_mat:
        """The midpoints."""
        return matrix.mid()


class Multiprecision:
    """Numbers of an mpmath context, as rows of entries."""

    def __init__(self, context: Any) -> None:
        from verify.arithmetic.convert import nearest_mpf

        self.context = context
        self.algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: nearest_mpf(x, context))

    def matrix(self, rows: ExactMatrix) -> tuple[tuple[Any, ...], ...]:
        """The matrix, rounded."""
        return self.algebra.constant(rows, (len(rows), len(rows[0])))

    def rounded(self, matrix: Any) -> Any:
        """The same."""
        return matrix

    def into_ball(self, matrix: Any, radius: Fraction) -> tuple[Any, bool]:
        """See :class:`Numbers`."""
        norm = self.context.sqrt(self.context.fsum(x * x for row in matrix for x in row))
        limit = self.algebra.constant(((radius,),), (1, 1))[0][0]
        if norm <= limit:
            return matrix, False
        factor = limit / norm
        return tuple(tuple(factor * x for x in row) for row in matrix), True

    def clamped(self, matrix: Any) -> tuple[Any, int]:
        """See :class:`Numbers`."""
        below = sum(1 for row in matrix for x in row if x < 0)
        nothing = self.context.zero
        return tuple(tuple(max(x, nothing) for x in row) for row in matrix), below


class Machine:
    """NumPy's floating-point numbers, shape ``(batch…, rows, columns)``.

    Parameters
    ----------
    kind
        ``"float64"`` or ``"longdouble"`` (on x86 64 bits of mantissa and exponents to ±16,000; elsewhere what the
        machine offers).
    """

    def __init__(self, kind: str = "float64") -> None:
        import numpy as np

        self.kind = np.dtype(kind)
        self.algebra = FloatAlgebra(self.kind)

    def matrix(self, rows: ExactMatrix) -> Any:
        """The matrix, rounded."""
        return self.algebra.constant(rows, (len(rows), len(rows[0])))

    def rounded(self, matrix: Any) -> Any:
        """The same."""
        return matrix

    def into_ball(self, matrix: Any, radius: Fraction) -> tuple[Any, Any]:
        """See :class:`Numbers`; one answer for each state of the batch."""
        import numpy as np

        norm = np.sqrt((matrix * matrix).sum(axis=(-2, -1), keepdims=True))
        limit = self.algebra.number(radius)
        outside = norm > limit
        scaled = np.where(outside, matrix * (limit / np.where(outside, norm, 1)), matrix)
        return scaled, outside[..., 0, 0]

    def clamped(self, matrix: Any) -> tuple[Any, Any]:
        """See :class:`Numbers`; one answer for each state of the batch."""
        import numpy as np

        return np.maximum(matrix, 0), (matrix < 0).sum(axis=(-2, -1))
