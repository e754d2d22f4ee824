"""Singular values to high relative accuracy, small ones too: by one-sided Jacobi rotations, from the factor.

``svd(X)`` cannot see below ``ε·σ_1``. One-sided Jacobi has relative accuracy as far as the columns, scaled to length 1,
are well conditioned (Demmel & Veselić 1992), and what that leaves is made good by precision, since the state is known
exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verify.arithmetic import EntrywiseAlgebra, ExactMatrix, InputError, evaluate
from verify.arithmetic.convert import nearest_mpf, to_fmpq_mat
from verify.models import Model

#: Where raising the precision ends.
_MOST_BITS = 1 << 20


def singular_values(model: Model, state: Mapping[str, ExactMatrix], *, digits: int) -> tuple[Any, ...]:
    """The singular values of the model's product at an exact state, largest first, as mpmath numbers.

    Each is right to about `digits` digits, however small; exactly singular states have exact zeros. Where the product
    is ``BBᵀ`` (Burer–Monteiro, UDU) they are the squares of B's. The precision is doubled until two results agree.

    Raises
    ------
    InputError
        when a diagonal entry that has to be nonnegative is not.
    """
    import mpmath

    for name in model.nonnegative:
        if any(x < 0 for row in state[name] for x in row):
            raise InputError(name, "has a negative entry", "spectra are taken where the constraints hold")
    bits = int(digits * 3.33) + 64
    rank, before = None, None
    while True:
        context = mpmath.mp.clone()
        context.prec = bits
        values = _at(model, state, context)
        if rank is None:
            rank = min(_rank(model, state), len(values))
        values = [*values[:rank], *[context.zero] * (len(values) - rank)]
        close = context.mpf(10) ** -(digits + 2)
        if before is not None and all(abs(x - y) <= close * x for x, y in zip(values, before, strict=True)):
            return tuple(values)
        if bits > _MOST_BITS:
            raise ArithmeticError("the singular values do not settle")  # pragma: no cover
        before, bits = values, 2 * bits


def _at(model: Model, state: Mapping[str, ExactMatrix], context: Any) -> list[Any]:
    """The singular values at one precision."""
    algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: nearest_mpf(x, context))
    matrices = {name: algebra.constant(rows, (len(rows), len(rows[0]))) for name, rows in state.items()}
    root = model.root(matrices, context.sqrt)
    if root is None:
        return jacobi(evaluate(model.program, matrices, algebra)["product"], context)
    squares = [x * x for x in jacobi(root, context)]
    return squares + [context.zero] * (len(root) - len(squares))


def _rank(model: Model, state: Mapping[str, ExactMatrix]) -> int:
    """The product's rank, exactly: where it is ``BBᵀ``, that of B, and B's columns are those of a rational matrix times
    positive numbers or 0."""
    from fractions import Fraction

    def sign(x: Fraction) -> Fraction:
        return Fraction(int(x != 0))

    root = model.root(state, sign)
    if root is None:
        root = evaluate(model.program, dict(state), EntrywiseAlgebra(Fraction))["product"]
    return int(to_fmpq_mat(root).rank())


def jacobi(rows: Sequence[Sequence[Any]], context: Any) -> list[Any]:
    """The singular values of a matrix of numbers of an mpmath context, largest first: ``min(rows, columns)`` of them.

    *Algorithm.* Columns are rotated in pairs until all are orthogonal to within the precision; their lengths are the
    singular values (Hestenes 1958).
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    if len(columns) > len(columns[0]):
        columns = [list(row) for row in rows]
    height = len(columns[0])
    rotated = _rotated(columns, height, context)
    return sorted((context.sqrt(context.fdot(x, x)) for x in rotated), reverse=True)


def jacobi_vectors(rows: Sequence[Sequence[Any]], context: Any) -> list[list[Any]]:
    """An orthogonal V, to within the precision, such that the columns of ``BV`` are orthogonal; rows of entries.

    B has at least as many rows as columns.
    """
    size, height = len(rows[0]), len(rows)
    columns = [
        [*column, *(context.mpf(int(i == j)) for i in range(size))] for j, column in enumerate(zip(*rows, strict=True))
    ]
    return [list(row) for row in zip(*(x[height:] for x in _rotated(columns, height, context)), strict=True)]


def _rotated(columns: list[list[Any]], height: int, context: Any) -> list[list[Any]]:
    """Columns rotated until their first `height` entries are orthogonal vectors."""
    tiny = context.ldexp(1, 8 - context.prec)
    for _ in range(60):
        rotated = False
        for p in range(len(columns) - 1):
            for q in range(p + 1, len(columns)):
                x, y = columns[p], columns[q]
                a, b = context.fdot(x[:height], x[:height]), context.fdot(y[:height], y[:height])
                c = context.fdot(x[:height], y[:height])
                if abs(c) <= tiny * context.sqrt(a * b):
                    continue
                rotated = True
                ratio = (b - a) / (2 * c)
                t = (1 if ratio >= 0 else -1) / (abs(ratio) + context.sqrt(1 + ratio * ratio))
                cosine = 1 / context.sqrt(1 + t * t)
                sine = cosine * t
                columns[p] = [cosine * u - sine * v for u, v in zip(x, y, strict=True)]
                columns[q] = [sine * u + cosine * v for u, v in zip(x, y, strict=True)]
        if not rotated:
            break
    return columns
