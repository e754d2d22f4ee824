"""Points of the model from free coordinates, and their steps from values of the loss alone; for fractions and arrays.

What hunts draw and measure. Nothing here knows the gradient ``2GUD``: it is taken by differences of the loss, which are
exact, since ``f(U diag(D) Uᵀ)`` has degree four in an entry of U and two in a weight. Conventions are those of
:mod:`verify.search.charts`: formulas serve fractions and NumPy arrays of one shape alike, constants are integers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from verify.arithmetic import exact_matrix
from verify.models import UDU, Measurements, Observations, dump_problem
from verify.search.charts import Matrix, diagonal, difference, matrix, orthogonal, product, symmetric, transposed
from verify.search.entrywise import Domain, Observed
from verify.search.udu import positive_part
from verify.symbolic.fixed_points import quadratic_forms

# ---------------------------------------------------------------------------------------------------------------------
# Losses and points


@dataclass(frozen=True)
class Loss:
    """``½ Σ (X_ij − y)²`` over observed entries, or ``½(⟨A, X⟩ − b)²`` for one measurement (A, b)."""

    observed: Observed | None = None
    measured: tuple[Matrix, Any] | None = None

    def __call__(self, X: Matrix) -> Any:
        """f(X)."""
        if self.observed is not None:
            return sum((X[i][j] - y) ** 2 for (i, j), y in self.observed.items()) / 2
        assert self.measured is not None
        A, b = self.measured
        return (inner(A, X) - b) ** 2 / 2

    def slope(self, X: Matrix) -> Matrix:
        """``∇f(X)``, made symmetric, by differences: the loss is quadratic in every entry."""
        size = range(len(X))
        raw = [[(self(_moved(X, i, j, 1)) - self(_moved(X, i, j, -1))) / 2 for j in size] for i in size]
        return tuple(tuple((raw[i][j] + raw[j][i]) / 2 for j in size) for i in size)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A point (U, D) with its loss, all entries fractions or all arrays.

    Attributes
    ----------
    square
        ``α²``; None for no ball.
    step
        η.
    """

    U: Matrix
    D: Sequence[Any]
    loss: Loss
    square: Any = None
    step: Any = 1

    @cached_property
    def X(self) -> Matrix:
        """``U diag(D) Uᵀ``."""
        return product_of(self.U, self.D)

    def value(self, U: Matrix, D: Sequence[Any]) -> Any:
        """The loss of another point."""
        return self.loss(product_of(U, D))

    @cached_property
    def gradient(self) -> Matrix:
        """``∇f(X)``."""
        return self.loss.slope(self.X)

    @cached_property
    def slope_of_u(self) -> Matrix:
        """``∇_U F``, by central differences of the loss."""

        def along_entry(i: int, j: int) -> Any:
            far, near, here, there = (self.value(_moved(self.U, i, j, k), self.D) for k in (-2, -1, 1, 2))
            return (far - 8 * near + 8 * here - there) / 12

        return tuple(tuple(along_entry(i, j) for j in range(len(row))) for i, row in enumerate(self.U))

    @cached_property
    def slope_of_d(self) -> list[Any]:
        """``∇_D F``, by central differences of the loss."""

        def along_weight(j: int) -> Any:
            below, above = (self.value(self.U, [d + k if i == j else d for i, d in enumerate(self.D)]) for k in (-1, 1))
            return (above - below) / 2

        return [along_weight(j) for j in range(len(self.D))]

    @cached_property
    def moved(self) -> tuple[Matrix, list[Any]]:
        """Ū and D̄: a gradient step, before the projections."""
        pairs = zip(self.U, self.slope_of_u, strict=True)
        U = tuple(tuple(x - self.step * g for x, g in zip(*rows, strict=True)) for rows in pairs)
        return U, [d - self.step * g for d, g in zip(self.D, self.slope_of_d, strict=True)]

    def model(self) -> UDU:
        """The exact point as a model, without a ball: one of any radius that holds U may be thought around it."""
        if self.loss.observed is not None:
            entries = tuple((i, j, Fraction(y)) for (i, j), y in self.loss.observed.items())
            seen: Observations | Measurements = Observations(len(self.U), len(self.U), entries)
        else:
            assert self.loss.measured is not None
            A, b = self.loss.measured
            seen = Measurements((exact_matrix(A, "A"),), (b,))
        return UDU(exact_matrix(self.U, "U"), tuple(Fraction(d) for d in self.D), seen)

    def problem(self) -> dict[str, Any]:
        """What a witness stores as its problem."""
        return dump_problem(self.model())

    def told(self) -> dict[str, Any]:
        """The problem, the ball and the step."""
        return self.problem() | {"square": self.square, "step": self.step}


def product_of(U: Matrix, D: Sequence[Any]) -> Matrix:
    """``U diag(D) Uᵀ``."""
    return product(tuple(tuple(x * d for x, d in zip(row, D, strict=True)) for row in U), transposed(U))


def _moved(X: Matrix, i: int, j: int, by: int) -> Matrix:
    return tuple(tuple(x + by if (a, b) == (i, j) else x for b, x in enumerate(row)) for a, row in enumerate(X))


def inner(left: Matrix, right: Matrix) -> Any:
    """``⟨A, B⟩``: the sum of products of entries."""
    return sum(x * y for a, b in zip(left, right, strict=True) for x, y in zip(a, b, strict=True))


def square_of(made: Matrix) -> Any:
    """``‖A‖_F²``."""
    return inner(made, made)


def square_of_column(made: Matrix, j: int) -> Any:
    """``‖a_j‖²``."""
    return sum(row[j] * row[j] for row in made)


def where(condition: Any, yes: Any, no: Any) -> Any:
    """One or the other, entry by entry for an array."""
    if isinstance(condition, bool):
        return yes if condition else no
    import numpy as np

    return np.where(condition, yes, no)


# ---------------------------------------------------------------------------------------------------------------------
# How far a point is from being fixed: zero exactly where it is


def u_defect(point: Drawn, moved: Matrix) -> Any:
    """Zero exactly where ``U = Ū·min(1, α/‖Ū‖)``; without square roots.

    Where the projection acts, that says ``‖U‖² = α²``, equality in Cauchy's inequality, and ``⟨U, Ū⟩ ≥ 0``.
    """
    stay = square_of(difference(moved, point.U))
    if point.square is None:
        return stay
    far, here, along = square_of(moved), square_of(point.U), inner(point.U, moved)
    on_the_ray = (here - point.square) ** 2 + (here * far - along * along) + positive_part(-along) ** 2
    return where(far > point.square, on_the_ray, stay)


def d_defect(point: Drawn, moved: Sequence[Any]) -> Any:
    """Zero exactly where ``D = max(D̄, 0)``."""
    return sum((positive_part(x) - d) ** 2 for x, d in zip(moved, point.D, strict=True))


def defect(point: Drawn) -> Any:
    """Zero exactly where the whole step changes nothing."""
    U, D = point.moved
    return u_defect(point, U) + d_defect(point, D)


def stationary_defect(point: Drawn, *, forms_alone: bool = False) -> Any:
    """Zero exactly where ``G u_j = 0`` for positive weights and ``u_jᵀGu_j ≥ 0`` for the others; with `forms_alone`,
    where ``u_jᵀGu_j = 0`` for positive weights."""
    G = point.gradient
    images, forms = product(G, point.U), quadratic_forms(point.U, G)
    total: Any = 0
    for j, (weight, form) in enumerate(zip(point.D, forms, strict=True)):
        active = form * form if forms_alone else square_of_column(images, j)
        total = total + where(weight > 0, active, positive_part(-form) ** 2)
    return total


# ---------------------------------------------------------------------------------------------------------------------
# What is drawn


class Block(NamedTuple):
    """Coordinates that belong together: how many, from where to where, whether integers."""

    size: int
    low: float
    high: float
    whole: bool = False


def switches(count: int) -> Block:
    """Integers 0 or 1."""
    return Block(count, 0, 1, whole=True)


def domain(name: str, blocks: Mapping[str, Block], build: Callable[[Mapping[str, Sequence[Any]]], Any]) -> Domain:
    """A domain whose data are one point (or what `build` makes), from coordinates by name."""
    starts: dict[str, int] = {}
    box: list[tuple[float, float]] = []
    whole: list[int] = []
    for key, block in blocks.items():
        starts[key] = len(box)
        whole += range(len(box), len(box) + block.size) if block.whole else ()
        box += [(block.low, block.high)] * block.size

    def made(x: Sequence[Any]) -> Any:
        return build({key: x[starts[key] : starts[key] + block.size] for key, block in blocks.items()})

    return Domain(name=name, box=box, build=made, whole=tuple(whole))


def adjugate(made: Matrix) -> Matrix:
    """``det(A) A⁻¹`` for sizes 1 to 3, by cofactors: defined and polynomial for every A."""
    size = len(made)

    def minor(i: int, j: int) -> Any:
        rows = [[x for b, x in enumerate(row) if b != j] for a, row in enumerate(made) if a != i]
        if not rows:
            return 1
        return rows[0][0] if len(rows) == 1 else rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]

    return tuple(tuple((-1) ** (i + j) * minor(j, i) for j in range(size)) for i in range(size))


def framed(frame: Matrix, core: Matrix) -> Matrix:
    """``adj(W)ᵀ K adj(W)``: the symmetric G with ``WᵀGW = det(W)² K``, so that its forms and images on W's columns are
    prescribed by K."""
    inverse = adjugate(frame)
    return product(transposed(inverse), core, inverse)


def fitting(X: Matrix, G: Matrix, skew: Any = 0) -> Loss:
    """``½‖X' − M‖²`` with every entry observed and gradient G at X. M is not symmetric by `skew`, so that the residual
    is not either; the gradient of the loss knows its symmetric part alone."""
    size = range(len(X))
    return Loss({(i, j): X[i][j] - G[i][j] - (j > i) * skew + (i > j) * skew for i in size for j in size})


def _columns(frame: Matrix, r: int, repeated: Sequence[Any]) -> Matrix:
    """The frame's first r columns; beyond them, multiples of the first."""
    return tuple((*row[:r], *(c * row[0] for c in repeated)) for row in frame)


def vanishing(n: int, r: int, *, complementary: bool = False, dead: bool = False, ball: bool = True) -> Domain:
    """Points whose gradient vanishes on the active columns, unless ``loose`` is 1: G is framed by the columns, and K is
    zero in the rows of the active ones. Some columns are dead, some are zero, some lie on the ball's boundary.

    With `complementary`, K is zero on the diagonal alone, and ``u_jᵀGu_j ≥ 0`` for dead columns: λ_j q_j = 0 for all j,
    and nothing more. With `dead`, D = 0.
    """
    more = max(r - n, 0)
    reach = 2 if n < 3 else 1
    blocks = {
        "frame": Block(n * n, -reach, reach),
        "repeated": Block(more, -2, 2),
        "core": Block(n * (n + 1) // 2, -reach, reach),
        "skew": Block(1, -1, 1),
        "weights": Block(r, 0.25, 3),
        "active": switches(r),
        "loose": switches(1),
        "margin": Block(1, 0, 1),
        "step": Block(1, 0.01, 4),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        frame, free = matrix(at["frame"], n, n), symmetric(at["core"], n)
        U = _columns(frame, r, at["repeated"])
        D = [0 * w if dead else w * s for w, s in zip(at["weights"], at["active"], strict=True)]
        [loose], [skew] = at["loose"], at["skew"]
        if complementary:  # columns beyond the frame repeat the first one
            keeps = [1 - s for s in at["active"][:n]]
            for s in at["active"][n:]:
                keeps[0] = keeps[0] * (1 - s)
            keeps += [1] * (n - len(keeps))
            core = tuple(
                tuple(keeps[i] * x * x if i == j else x for j, x in enumerate(row)) for i, row in enumerate(free)
            )
        else:
            keeps = [1 - s * (1 - loose) for s in at["active"][:n]]
            keeps += [1] * (n - len(keeps))
            core = tuple(tuple(keeps[i] * keeps[j] * x for j, x in enumerate(row)) for i, row in enumerate(free))
        loss = fitting(product_of(U, D), framed(frame, core), skew if n > 1 else 0)
        return Drawn(U=U, D=D, loss=loss, square=square_of(U) + at["margin"][0] if ball else None, step=at["step"][0])

    return domain(f"n = {n}, r = {r}", blocks, build)


def rays(n: int, r: int, *, loose: bool = True) -> Domain:
    """Points that the U step maps to themselves with an acting projection, unless ``loose`` is 1: columns are
    eigenvectors of G with negative eigenvalues −g, weights γ/g, and zero columns where the weight is zero.

    Columns beyond n repeat eigenvectors. With ``loose`` = 1 a symmetric matrix is added to G, and columns of weight
    zero are not zero.
    """
    blocks = {
        "turns": Block(n * (n - 1) // 2, -2, 2),
        "eigenvalues": Block(n, 0.25, 3),
        "lengths": Block(r, -2, 2),
        "active": switches(r),
        "gamma": Block(1, 0.1, 2),
        "loose": switches(int(loose)),
        "added": Block(n * (n + 1) // 2, -1, 1),
        "step": Block(1, 0.01, 4),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        away = at["loose"][0] if loose else 0
        turn, values = orthogonal(at["turns"], n), at["eigenvalues"]
        lengths = [c * (1 - (1 - s) * (1 - away)) for c, s in zip(at["lengths"], at["active"], strict=True)]
        U = tuple(tuple(c * row[j % n] for j, c in enumerate(lengths)) for row in turn)
        D = [s * at["gamma"][0] / values[j % n] for j, s in enumerate(at["active"])]
        G = product(turn, diagonal([-g for g in values]), transposed(turn))
        added = symmetric(at["added"], n)
        G = tuple(tuple(x + away * y for x, y in zip(*rows, strict=True)) for rows in zip(G, added, strict=True))
        return Drawn(U=U, D=D, loss=fitting(product_of(U, D), G), square=square_of(U), step=at["step"][0])

    return domain(f"on rays, n = {n}, r = {r}", blocks, build)


def one_eigenvalue(n: int, r: int) -> Domain:
    """As :func:`rays`, with ``G = −gI`` and equal weights: columns in any position to one another."""
    blocks = {
        "U": Block(n * r, -2, 2),
        "eigenvalue": Block(1, 0.25, 3),
        "weight": Block(1, 0.25, 3),
        "step": Block(1, 0.01, 4),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        U, D = matrix(at["U"], n, r), [at["weight"][0]] * r
        loss = fitting(product_of(U, D), diagonal([-at["eigenvalue"][0]] * n))
        return Drawn(U=U, D=D, loss=loss, square=square_of(U), step=at["step"][0])

    return domain(f"one eigenvalue, n = {n}, r = {r}", blocks, build)


def free(n: int, r: int, cells: Sequence[tuple[int, int]], *, ball: bool = True) -> Domain:
    """Points without any structure, with these entries observed (in one order only, some of them); some weights are
    zero. Half of them lie on their ball's boundary."""
    blocks = {
        "U": Block(n * r, -2, 2),
        "weights": Block(r, 0.25, 3),
        "active": switches(r),
        "values": Block(len(cells), -3, 3),
        "inside": switches(int(ball)),
        "step": Block(1, 0.01, 4),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        U, loss = matrix(at["U"], n, r), Loss(dict(zip(cells, at["values"], strict=True)))
        D = [w * s for w, s in zip(at["weights"], at["active"], strict=True)]
        square = square_of(U) + at["inside"][0] if ball else None
        return Drawn(U=U, D=D, loss=loss, square=square, step=at["step"][0])

    return domain(f"free, n = {n}, r = {r}, {len(cells)} entries", blocks, build)


#: Sizes with the entries that are observed: all, one in one order only, most of a band, the diagonal.
SEEN: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...] = (
    (2, 2, ((0, 0), (0, 1), (1, 0), (1, 1))),
    (2, 2, ((0, 1),)),
    (3, 2, ((0, 0), (0, 1), (1, 0), (1, 2), (2, 2))),
    (2, 3, ((0, 0), (1, 1))),
)
