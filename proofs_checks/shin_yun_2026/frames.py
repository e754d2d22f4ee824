"""Limits that are known exactly: layers that are equal up to their signs, with eigenvectors that the flow keeps.

Ball arithmetic encloses a limit where the kernel is regular. Where the flow ends at a matrix of lower rank, or far from
the data, an exact argument in a few numbers takes its place; so does it where a sentence fails by equality.

*Theorem.* Let ``P_1, …, P_k`` be symmetric with ``P_iP_j = δ_ij P_i``, let all layers start at ``±M`` with
``M = Σ x_i P_i``, let ε be the product of the signs, and let the rates of all layers at every such state be
``±Σ r_i P_i`` with the same signs and ``r_i = (ε t_i − Σ_j A_ij x_j^L) x_i^{L−1}``, ``A_ij ≥ 0``, L ≥ 2. Then the
product is ``ε Σ x_i^L P_i`` for all times, a zero x_i stays zero, no x_i changes its sign, and among those that are not
zero:

* if all ``x_i^L > 0`` and ``ε t_i < 0``, or all ``x_i^L < 0`` and ``ε t_i > 0``, then every x_i tends to zero;
* if ``A_ij = 0`` for i ≠ j, ``x_i > 0`` and ``A_ii > 0``, then ``x_i^L`` tends to ``max(ε t_i, 0)/A_ii``.

The limit depends on the signs of the x_i alone, so it is the same from every multiple of M by a positive number.

*Proof.* Solutions are unique, so the space of such layers and each face ``x_i = 0`` are kept. In the first case
``|x_i|' ≤ −|t_i||x_i|^{L−1}``. In the second each x_i solves an equation of its own, whose right side is positive below
its only positive zero and negative above. ∎
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

from proofs_checks.common import doubted, proved_again
from proofs_checks.second_paths import exact_determinant, gradient_by_differences
from verify.arithmetic import Ball, ExactMatrix, exact, exact_matrix
from verify.arithmetic.exact import add, identity, multiply, negative, scale, transpose, zeros
from verify.claims import Assurance, Established, Evidence, Scope, Witness
from verify.models import Problem, dump_problem, load_problem

Frame = tuple[ExactMatrix, ...]


@dataclass(frozen=True)
class KnownLimit:
    """``Σ λ_i P_i``: the eigenvalues λ_i, in the order of the frame's projectors."""

    frame: Frame
    eigenvalues: tuple[Fraction, ...]

    @property
    def product(self) -> ExactMatrix:
        """The matrix itself."""
        return add(*(scale(x, part) for x, part in zip(self.eigenvalues, self.frame, strict=True)))

    def quantity(self, name: str) -> Fraction | None:
        """A quantity by its name, as in :mod:`.violations`; None where it has no value.

        Names: ``stable rank``, ``determinant``, ``smallest singular value``, ``largest singular value``, ``entry i j``,
        ``row sum i``.
        """
        sizes = [abs(x) for x in self.eigenvalues]
        ranks = [int(_trace(part)) for part in self.frame]
        size = len(self.frame[0])
        match name.split():
            case ["stable", "rank"]:
                top = max(sizes)
                squares = (k * x * x for x, k in zip(sizes, ranks, strict=True))
                return sum(squares, Fraction(0)) / top**2 if top else None
            case ["determinant"]:
                return exact_determinant(self.product)
            case ["smallest", "singular", "value"]:
                return min(sizes) if sum(ranks) == size else Fraction(0)
            case ["largest", "singular", "value"]:
                return max(sizes)
            case ["entry", i, j]:
                return self.product[int(i)][int(j)]
            case ["row", "sum", i]:
                return sum(self.product[int(i)], Fraction(0))
        raise ValueError(f"no quantity is called {name}")


def mean_frame(size: int) -> Frame:
    """J/n and I − J/n: the eigenvectors of the symmetric family with blocks of size 1."""
    mean = tuple((Fraction(1, size),) * size for _ in range(size))
    return mean, add(identity(size), negative(mean))


def unit_frame(size: int) -> Frame:
    """``e_i e_iᵀ``: the eigenvectors of diagonal layers."""
    return tuple(
        tuple(tuple(Fraction(int(i == j == k)) for j in range(size)) for i in range(size)) for k in range(size)
    )


def known_limit(
    name: str,
    problem: Problem,
    hypotheses: tuple[Established, ...],
    limit: KnownLimit,
    why: str,
    *,
    what: str,
    sign: str,
    bound: Fraction | int,
    part: str = "",
) -> Evidence:
    """The false sentence ``what sign bound`` about the limit of a start, which is known exactly, for the reason `why`.

    It is stated by the caller here, and found anew in :func:`known_limit_again`.
    """
    kind, scope, value = "eigenvalues that the flow keeps apart", Scope.instances(name), limit.quantity(what)
    if value is None or not violated_exactly(value, sign, Fraction(bound)):
        return Evidence.undecided(kind=kind, scope=scope, part=part, detail=f"{name}: {what} = {value}")
    return Evidence.refutes(
        kind=kind,
        assurance=Assurance.PROVED,
        scope=scope,
        part=part,
        detail=f"{name}: {why}; the limit's {what} is {value}",
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=hypotheses,
            violates=f"{what} of the limit {sign} {bound} is false, it is {value}",
            enclosed={
                "quantity": what,
                "sign": sign,
                "bound": Fraction(bound),
                "value": Ball(value),
                "frame": [[[str(x) for x in row] for row in matrix] for matrix in limit.frame],
            },
        ),
    )


def violated_exactly(value: Fraction, sign: str, bound: Fraction) -> bool:
    """Whether ``value sign bound`` is false; sign is ``<``, ``>`` or ``=``."""
    return not {"<": value < bound, ">": value > bound, "=": value == bound}[sign]


def known_limit_again(witness: Witness) -> Evidence:
    """The stored sentence about a limit that is found from values of the loss alone."""
    stored = witness.enclosed["frame"]
    assert isinstance(stored, list | tuple)
    frame = tuple(exact_matrix(matrix, "frame") for matrix in stored)
    limit = limit_in_frame(load_problem(dict(witness.problem)), frame)
    if isinstance(limit, str):
        return doubted(limit)
    what, sign = str(witness.enclosed["quantity"]), str(witness.enclosed["sign"])
    value, bound = limit.quantity(what), exact(witness.enclosed["bound"], "bound")
    if value is None:
        return doubted(f"the limit has no {what}")
    detail = f"rates at the points of a grid, by differences of the loss: the limit's {what} is {value}"
    return proved_again(violated_exactly(value, sign, bound), detail, "grid of unit differences")


@lru_cache(maxsize=32)
def limit_in_frame(problem: Problem, frame: Frame) -> KnownLimit | str:
    """The limit by the theorem above, or which of its hypotheses was not seen. Several claims speak of the same starts.

    The form of the rates is decided by evaluation: both sides have degree at most 2L − 1 in each x_i, so it is enough
    that they agree at the (2L)^k points of a grid. There the rates are found from values of the loss.
    """
    if problem.depth < 2 or not _orthogonal(frame):
        return "no frame for layers of depth at least 2"
    signs = [_sign(layer, problem.layers[0]) for layer in problem.layers]
    start = _coordinates(problem.layers[0], frame)
    if start is None or not all(signs):
        return "the layers are not the same combination of the frame's matrices, up to signs"
    drive, pull = _data(problem, frame)
    if drive is None or pull is None or any(x < 0 for row in pull for x in row):
        return "the residual does not stay in the span of the frame"
    turned = Fraction(1)
    for sign in signs:
        turned *= sign
    for point in product(range(2 * problem.depth), repeat=len(frame)):
        if not _as_claimed(problem, frame, signs, [turned * t for t in drive], pull, [Fraction(x) for x in point]):
            return f"the rates at {point} are not of the form"
    return _ends(problem.depth, frame, start, [turned * t for t in drive], pull, turned)


def _ends(
    depth: int,
    frame: Frame,
    start: Sequence[Fraction],
    drive: Sequence[Fraction],
    pull: Sequence[Sequence[Fraction]],
    turned: Fraction,
) -> KnownLimit | str:
    active = [i for i, x in enumerate(start) if x]
    powers = {i: start[i] ** depth for i in active}
    sides = {power > 0 for power in powers.values()}
    if len(sides) <= 1 and all(drive[i] < 0 if powers[i] > 0 else drive[i] > 0 for i in active):
        return KnownLimit(frame, (Fraction(0),) * len(frame))
    apart = all(not pull[i][j] for i in active for j in active if i != j)
    if not apart or any(start[i] <= 0 or pull[i][i] <= 0 for i in active):
        return "the eigenvalues neither shrink nor move by themselves"
    ends = [max(drive[i], Fraction(0)) / pull[i][i] if i in active else Fraction(0) for i in range(len(frame))]
    return KnownLimit(frame, tuple(turned * x for x in ends))


def _as_claimed(
    problem: Problem,
    frame: Frame,
    signs: Sequence[int],
    drive: Sequence[Fraction],
    pull: Sequence[Sequence[Fraction]],
    point: Sequence[Fraction],
) -> bool:
    depth = problem.depth
    layer = _combined(frame, point)
    here = Problem(tuple(scale(Fraction(sign), layer) for sign in signs), problem.observations)
    rates = [
        (t - sum((a * x**depth for a, x in zip(row, point, strict=True)), Fraction(0))) * y ** (depth - 1)
        for t, row, y in zip(drive, pull, point, strict=True)
    ]
    wanted = _combined(frame, rates)
    return all(
        negative(gradient) == scale(Fraction(sign), wanted)
        for sign, gradient in zip(signs, gradient_by_differences(here), strict=True)
    )


def _data(
    problem: Problem, frame: Frame
) -> tuple[tuple[Fraction, ...] | None, tuple[tuple[Fraction, ...], ...] | None]:
    """``t_i`` and ``A_ij``: the observed values, and the observed part of each P_j, in the frame."""
    seen = problem.observations

    def observed(matrix: ExactMatrix) -> ExactMatrix:
        return tuple(
            tuple(x if mask else Fraction(0) for x, mask in zip(row, masks, strict=True))
            for row, masks in zip(matrix, seen.mask, strict=True)
        )

    columns = [_coordinates(observed(part), frame) for part in frame]
    values = tuple(tuple(Fraction(x) for x in row) for row in seen.values)
    drive = _coordinates(observed(values), frame)
    if any(column is None for column in columns):
        return drive, None
    return drive, tuple(zip(*(column for column in columns if column is not None), strict=True))


def _coordinates(matrix: ExactMatrix, frame: Frame) -> tuple[Fraction, ...] | None:
    """x with ``matrix = Σ x_i P_i``, or None where there is none."""
    found = tuple(_trace(multiply(matrix, part)) / _trace(part) for part in frame)
    return found if _combined(frame, found) == matrix else None


def _combined(frame: Frame, numbers: Sequence[Fraction]) -> ExactMatrix:
    return add(*(scale(x, part) for x, part in zip(numbers, frame, strict=True)))


def _orthogonal(frame: Frame) -> bool:
    size = len(frame[0]) if frame else 0
    return bool(frame) and all(
        a == transpose(a) and multiply(a, b) == (a if i == j else zeros(size, size)) and _trace(a) > 0
        for i, a in enumerate(frame)
        for j, b in enumerate(frame)
    )


def _sign(layer: ExactMatrix, first: ExactMatrix) -> int:
    return 1 if layer == first else -1 if layer == negative(first) else 0


def _trace(matrix: ExactMatrix) -> Fraction:
    return sum((row[i] for i, row in enumerate(matrix)), Fraction(0))
