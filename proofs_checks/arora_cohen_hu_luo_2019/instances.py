"""Named starts that the claims speak of: exact data, under the numbers R1, R2, … of the counterexamples.

Losses are half the sum of squares, layers are listed W_1 first, ``∇l(W)`` is the residual at the observed entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from verify.arithmetic.exact import exact, identity, scale
from verify.models import Observations, Problem, diagonal, rotation
from verify.models.starts import balanced_layers

#: Razin & Cohen's observations: w12 = w21 = 1, w22 = 0.
RAZIN_COHEN = Observations(2, 2, ((0, 1, Fraction(1)), (1, 0, Fraction(1)), (1, 1, Fraction(0))))


def observed(rows: int, columns: int, *entries: tuple[int, int, object]) -> Observations:
    """Observations from positions and exact values."""
    return Observations(rows, columns, tuple((i, j, exact(y)) for i, j, y in entries))


def multiples(size: int, *factors: object) -> tuple[tuple[tuple[Fraction, ...], ...], ...]:
    """Layers that are multiples of the identity, W_1 first."""
    return tuple(scale(exact(c), identity(size)) for c in factors)


def fully_observed(target: tuple[object, ...]) -> Observations:
    """All entries of a diagonal matrix."""
    size = len(target)
    cells = [(i, j, target[i] if i == j else 0) for i in range(size) for j in range(size)]
    return observed(size, size, *cells)


def four_by_four(alpha: object, depth: int, *, ratio: object = 2) -> Problem:
    """Li, Luo & Lyu's completion: w13 = 1, w14 = w23 = R, symmetric, from ``W_j(0) = αI``."""
    r = exact(ratio)
    pairs = ((0, 2, Fraction(1)), (0, 3, r), (1, 2, r))
    cells = [cell for i, j, y in pairs for cell in ((i, j, y), (j, i, y))]
    return Problem(multiples(4, *[alpha] * depth), observed(4, 4, *cells))


def hidden_frames() -> tuple[tuple[tuple[Fraction, ...], ...], ...]:
    """Three balanced layers ``Q_l diag(3/4, 2/5) Q_{l−1}ᵀ`` with rational rotations, every frame another one."""
    turns = (rotation("4/5", "3/5"), rotation("12/13", "5/13"), rotation("15/17", "8/17"), rotation("7/25", "24/25"))
    return balanced_layers([diagonal(("3/4", "2/5"))] * 3, turns)


COUNTEREXAMPLES: Mapping[str, Problem] = MappingProxyType(
    {
        "R1": Problem.of([[["-1/10"]], [[1]]], observed(1, 1, (0, 0, 1))),
        "R2": Problem(multiples(2, 0, 1), RAZIN_COHEN),
        "R3": Problem(multiples(2, "1/10", 3), RAZIN_COHEN),
        "R3b": Problem(multiples(2, "1/2"), RAZIN_COHEN),
        "R4": Problem(multiples(2, "1/2", "1/2"), fully_observed((1, -1))),
        "R5": Problem.of([[["1/2", 0], [0, "1/5"]]] * 2, fully_observed((1, 2))),
        "R6": Problem(multiples(2, "1/2", "1/2"), RAZIN_COHEN),
        "R7": Problem(multiples(2, 1, 1), observed(2, 2, (0, 1, 1))),
        "R8": Problem.of([[["1/2"]], [[2]]], observed(1, 1, (0, 0, 0))),
        "R9": Problem.of([[[1, 0], [0, 0]]] * 2, observed(2, 2, (0, 1, -1))),
        "R10": Problem(multiples(2, 0, 0), observed(2, 2, (0, 1, -1), (1, 0, -1))),
        "R12": Problem.of([[[-1], [0]]], observed(2, 1, (1, 0, -1))),
        "V7": Problem(multiples(2, "1/2", "1/2"), RAZIN_COHEN),
        "V10": Problem.of(
            [[["1/10", 0], ["-1/10", "3/10"]], [["1/10", "1/5"], [0, "1/10"]]], observed(2, 2, (0, 0, 1), (1, 1, 2))
        ),
        "V9-2": Problem.of(
            [
                [["42/65", "19/65"], ["3/325", "609/1300"]],
                [["349/689", "6063/13780"], ["-342/689", "111/689"]],
            ],
            RAZIN_COHEN,
        ),
        "V9-3": Problem(hidden_frames(), RAZIN_COHEN),
    }
)
