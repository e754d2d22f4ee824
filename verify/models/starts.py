"""Exact starts with a prescribed structure: rational rotations, balanced layers, hidden rotations."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce

from verify.arithmetic import ExactMatrix, InputError, exact
from verify.arithmetic.convert import from_fmpq_mat, to_fmpq_mat
from verify.arithmetic.exact import add, identity, multiply, negative, transpose


def rotation(cosine: object, sine: object) -> ExactMatrix:
    """``[[c, −s], [s, c]]`` for rational c, s with c² + s² = 1 exactly, such as 4/5 and 3/5."""
    c, s = exact(cosine, "cosine"), exact(sine, "sine")
    if c * c + s * s != 1:
        raise InputError("rotation", f"{c}^2 + {s}^2 is not 1", "use a Pythagorean pair, such as 4/5 and 3/5")
    return ((c, -s), (s, c))


def cayley(skew: ExactMatrix) -> ExactMatrix:
    """The rational orthogonal matrix ``(I − A)(I + A)⁻¹`` of a skew-symmetric A (I + A is always regular)."""
    if transpose(skew) != negative(skew):
        raise InputError("cayley", "the matrix is not skew-symmetric", "its transpose must be its negative")
    unit = identity(len(skew))
    return multiply(add(unit, negative(skew)), from_fmpq_mat(to_fmpq_mat(add(unit, skew)).inv()))


def diagonal(values: Sequence[object]) -> ExactMatrix:
    """The square diagonal matrix with these exact entries."""
    numbers = [exact(v, f"diagonal[{i}]") for i, v in enumerate(values)]
    return tuple(tuple(x if i == j else Fraction(0) for j in range(len(numbers))) for i, x in enumerate(numbers))


def balanced_layers(diagonals: Sequence[ExactMatrix], frames: Sequence[ExactMatrix]) -> tuple[ExactMatrix, ...]:
    """``W_l = Q_l D_l Q_{l−1}ᵀ``, W_1 first, from L matrices D_l and L + 1 orthogonal frames Q_0 … Q_L.

    Balanced whenever ``D_{l+1}ᵀD_{l+1} = D_lD_lᵀ``; with diagonal D_l, diagonal end-to-end up to the outer
    frames ("hidden rotations"). The D_l may be rectangular.
    """
    if len(frames) != len(diagonals) + 1:
        raise InputError(
            "frames", f"{len(frames)} frames for {len(diagonals)} layers", "give one more frame than layers"
        )
    for k, frame in enumerate(frames):
        if len(frame) != len(frame[0]) or multiply(frame, transpose(frame)) != identity(len(frame)):
            raise InputError(f"frames[{k}]", "is not orthogonal", "use rotation(...) or cayley(...)")
    return tuple(
        reduce(multiply, (after, middle, transpose(before)))
        for middle, before, after in zip(diagonals, frames, frames[1:], strict=False)
    )
