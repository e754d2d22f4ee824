"""Trajectories of the iteration that the claims about low rank speak of, each computed in two ways.

Iterates of instance A are enclosed by balls, through the matrix program and once more column by column from the paper's
formulas. The state at which float64 stands still is moved in doubles, in fractions of which each operation is rounded
once, and exactly. Imports verify.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Any

from verify.arithmetic import Ball, exact_matrix
from verify.models import UDU, BurerMonteiro, Model, Observations

if TYPE_CHECKING:
    from flint import arb, arb_mat

#: Instance A: X* = wwᵀ with w = (2, 1, −1, 2), observed where |i − j| ≤ 1; D = I, radius 1, step 1/1000.
_W = (2, 1, -1, 2)
_BAND = Observations(
    4, 4, tuple((i, j, Fraction(_W[i] * _W[j])) for i in range(4) for j in range(4) if abs(i - j) <= 1)
)
_U = exact_matrix([[f"{x}/1000" for x in row] for row in ((3, -1, 2, 5), (-4, 2, 1, -3), (1, 5, -2, 2), (2, -3, 4, 1))])
A = UDU(_U, (Fraction(1),) * 4, _BAND, Fraction(1), Fraction(1, 1000))
A_FREE = replace(A, radius=None)
A_BM = BurerMonteiro(_U, _BAND, Fraction(1, 1000))
#: Steps of instance A that are enclosed, and the digits that this takes: about 1.2 bits a step with an active ball.
STEPS, DIGITS = 2000, 600
MORE_STEPS, MORE_DIGITS = 5000, 1800

# ---------------------------------------------------------------------------------------------------------------------
# Enclosed iterates


@lru_cache(maxsize=8)
def enclosed_state(model: Model, steps: int, digits: int) -> tuple[Mapping[str, Any], Mapping[str, int], int]:
    """Balls around the state after so many steps; in how many the ball of U acted; in how many that was not decided."""
    from verify.numeric.iterations import iterate

    found = iterate(model, steps=steps, digits=digits, numbers="balls")
    return found.state, found.active, found.undecided + sum(found.clamps.values())


def determinant(U: arb_mat, D: Sequence[arb]) -> arb:
    """``det(U diag(D) Uᵀ) = det(U)² Π D_j``, for square U."""
    total = U.det() ** 2
    for x in D:
        total *= x
    return total


def second_value(model: Model, state: Mapping[str, Any], digits: int) -> Ball:
    """The second singular value of the product, enclosed to within the balls' width."""
    from verify.arithmetic import BallAlgebra, evaluate, precision
    from verify.arithmetic.convert import to_arb_mat
    from verify.rigorous import spectrum

    with precision(int(digits * 3.33) + 64):
        matrices = {name: to_arb_mat(rows) for name, rows in state.items()}
        product = evaluate(model.program, matrices, BallAlgebra())["product"]
        return Ball.from_arb(spectrum(product).singular_values[1])


def second_values() -> tuple[Ball, Ball]:
    """The second singular values of instance A after :data:`STEPS` steps: with weights and a ball, and of ``UUᵀ``."""
    return tuple(second_value(m, enclosed_state(m, STEPS, DIGITS)[0], DIGITS) for m in (A, A_BM))  # type: ignore[return-value]


def determinants(steps: int, digits: int, every: bool) -> tuple[Ball, bool, int]:
    """det X after so many steps; whether it was positive after each step (if `every`); steps with an active ball."""
    from verify.arithmetic import precision
    from verify.numeric.iterations import iterate

    positive = True

    def watch(done: int, state: Mapping[str, Any]) -> bool:
        nonlocal positive
        positive = bool(determinant(state["U"], state["D"].entries()) > 0)
        return not positive

    found = iterate(A, steps=steps, digits=digits, numbers="balls", watch=watch if every else None)
    from verify.arithmetic.convert import to_arb, to_arb_mat

    with precision(int(digits * 3.33) + 128):
        last = determinant(to_arb_mat(found.state["U"]), [to_arb(row[0]) for row in found.state["D"]])
    clear = positive and bool(last > 0) and found.steps == steps and not found.undecided
    clear = clear and not any(found.clamps.values()) and 2 * found.active["U"] > steps
    return Ball.from_arb(last), clear, found.active["U"]


def determinant_of(state: Mapping[str, Any]) -> Ball:
    """``det X`` of a state of instance A, enclosed."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb, to_arb_mat

    with precision(int(DIGITS * 3.33) + 128):
        return Ball.from_arb(determinant(to_arb_mat(state["U"]), [to_arb(row[0]) for row in state["D"]]))


def iterate_by_hand(model: UDU | BurerMonteiro, steps: int) -> tuple[arb_mat, list[arb]]:
    """U and D after so many steps, in balls, from ``u_j ← u_j − 2ηλ_j Gu_j``, ``λ_j ← max(λ_j − ηu_jᵀGu_j, 0)`` and the
    scaling, with ``G = mask ∘ (X − Y)``; λ_j = 1 stays for Burer–Monteiro. Call it at the precision in force."""
    from flint import arb, arb_mat, fmpq

    def ball(x: Fraction) -> arb:
        return arb(fmpq(x.numerator, x.denominator))

    assert model.step is not None
    assert isinstance(model.observations, Observations)
    n, r = len(model.U), len(model.U[0])
    step = ball(model.step)
    weighted, radius = isinstance(model, UDU), model.radius if isinstance(model, UDU) else None
    columns = [[ball(model.U[i][j]) for i in range(n)] for j in range(r)]
    weights = [ball(x) for x in (model.D if isinstance(model, UDU) else (Fraction(1),) * r)]
    values = [(i, j, ball(y)) for i, j, y in model.observations.entries]
    for _ in range(steps):
        G = [[arb(0)] * n for _ in range(n)]
        for i, j, y in values:
            x = sum((w * u[i] * u[j] for w, u in zip(weights, columns, strict=True)), arb(0))
            G[i][j] = x - y
        turned = [[sum((G[i][k] * u[k] for k in range(n)), arb(0)) for i in range(n)] for u in columns]
        forces = [sum((x * y for x, y in zip(u, v, strict=True)), arb(0)) for u, v in zip(columns, turned, strict=True)]
        columns = [
            [x - 2 * step * w * y for x, y in zip(u, v, strict=True)]
            for w, u, v in zip(weights, columns, turned, strict=True)
        ]
        if weighted:
            weights = [(w - step * q).max(arb(0)) for w, q in zip(weights, forces, strict=True)]
        if radius is not None:
            norm = sum((x * x for u in columns for x in u), arb(0)).sqrt()
            if not norm <= ball(radius):
                factor = (ball(radius) / norm).min(arb(1))
                columns = [[factor * x for x in u] for u in columns]
    return arb_mat([[columns[j][i] for j in range(r)] for i in range(n)]), weights


def product_by_hand(model: UDU, steps: int) -> arb_mat:
    """``U diag(D) Uᵀ`` after so many steps, see :func:`iterate_by_hand`."""
    from flint import arb_mat

    U, D = iterate_by_hand(model, steps)
    scaled = arb_mat([[x * d for x, d in zip(row, D, strict=True)] for row in U.tolist()])
    return scaled * U.transpose()


# ---------------------------------------------------------------------------------------------------------------------
# What float64 makes of an underflow

_TRAP = Observations(2, 2, tuple((i, j, Fraction((40, 39)[i] if i == j else 0)) for i in range(2) for j in range(2)))
#: From U = [[1, 2], [2, −1]]/1000, D = I, float64 comes to rest here, or (by the order of its operations) in the last
#: digits next to here: one column is 8 and 9 of its smallest numbers.
_RESTING_U = (("0x0.0000000000008p-1022", "0x1p+0"), ("0x0.0000000000009p-1022", "-0x0.00000000009b0p-1022"))
_RESTING_D = ("0x1.cd8153432f895p+0", "0x1.3ffffffffec78p+5")
TRAP_START = UDU(
    exact_matrix([["1/1000", "2/1000"], ["2/1000", "-1/1000"]]),
    (Fraction(1), Fraction(1)),
    _TRAP,
    Fraction(1),
    Fraction(1, 10_000),
)


def resting() -> UDU:
    """The state at which float64 stands still, exactly. The ball is a little larger than 1, since the norm of the state
    exceeds 1 by far less than float64 can tell."""
    U = tuple(tuple(Fraction(float.fromhex(x)) for x in row) for row in _RESTING_U)
    D = tuple(Fraction(float.fromhex(x)) for x in _RESTING_D)
    return replace(TRAP_START, U=U, D=D, radius=1 + Fraction(1, 2**60))


def float_step(
    U: Sequence[Sequence[Any]], D: Sequence[Any], number: Callable[[float], Any] = float
) -> tuple[list[list[Any]], list[Any]]:
    """One step of the instance in IEEE double precision, each operation rounded once, with the ball of radius 1.

    `number` makes the numbers from doubles: the machine's, or those of :class:`Rounded`.
    """
    step, nothing = number(1e-4), number(0.0)
    data = (number(40.0), number(39.0))
    X = [[U[i][0] * D[0] * U[j][0] + U[i][1] * D[1] * U[j][1] for j in range(2)] for i in range(2)]
    G = [[X[i][j] - (data[i] if i == j else nothing) for j in range(2)] for i in range(2)]
    turned = [[G[i][0] * U[0][j] + G[i][1] * U[1][j] for j in range(2)] for i in range(2)]
    moved = [[U[i][j] - (step + step) * turned[i][j] * D[j] for j in range(2)] for i in range(2)]
    square = moved[0][0] * moved[0][0] + moved[0][1] * moved[0][1]
    norm = number(sqrt(float(square + moved[1][0] * moved[1][0] + moved[1][1] * moved[1][1])))
    if norm > number(1.0):
        moved = [[x / norm for x in row] for row in moved]
    forces = [U[0][j] * turned[0][j] + U[1][j] * turned[1][j] for j in range(2)]
    return moved, [max(D[j] - step * forces[j], nothing) for j in range(2)]


@dataclass(frozen=True, order=True)
class Rounded:
    """A double, whose operations are done in fractions and rounded once, without the machine's arithmetic."""

    value: Fraction

    @classmethod
    def of(cls, value: float) -> Rounded:
        """The same number."""
        return cls(Fraction(value))

    def __float__(self) -> float:
        return float(self.value)

    def __add__(self, other: Rounded) -> Rounded:
        return Rounded.of(float(self.value + other.value))

    def __sub__(self, other: Rounded) -> Rounded:
        return Rounded.of(float(self.value - other.value))

    def __mul__(self, other: Rounded) -> Rounded:
        return Rounded.of(float(self.value * other.value))

    def __truediv__(self, other: Rounded) -> Rounded:
        return Rounded.of(float(self.value / other.value))


def growth(model: UDU) -> Fraction:
    """By which factor the square of the entry U_21 of the lost column grows in the next exact step."""
    from verify.arithmetic.convert import from_fmpq_mat
    from verify.numeric.iterate import Rationals, start_state, unprojected

    numbers = Rationals()
    moved = from_fmpq_mat(unprojected(model, start_state(model, numbers), numbers)["U"])
    square = sum((x * x for row in moved for x in row), Fraction(0))
    shrunk = min(Fraction(1), model.radius**2 / square) if model.radius is not None else Fraction(1)
    return moved[1][0] ** 2 * shrunk / model.U[1][0] ** 2


def near_rank_one(model: UDU) -> bool:
    """Whether X is diag(40, 0) and the loss 39²/2, both to within 1e-10."""
    X, room = model.product(), Fraction(1, 10**10)
    loss = ((X[0][0] - 40) ** 2 + X[0][1] ** 2 + X[1][0] ** 2 + (X[1][1] - 39) ** 2) / 2
    gaps = (X[0][0] - 40, X[0][1], X[1][0], X[1][1], loss - Fraction(39**2, 2))
    return all(abs(gap) < room for gap in gaps)
