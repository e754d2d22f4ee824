"""Where to look for counterexamples to the claims about the flow, to those about scale and low rank, and to the twins.

The flow's rates are slopes of the loss, taken from its values (see :mod:`.points`), and quantities are differentiated
along them by differences, too, exact for polynomials. A statement about all times is hunted where it can fail first: at
the start of a flow, since every state is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from proofs_checks.common import hunted
from proofs_checks.hou_sra_yurtsever_2025 import flows, low_rank
from proofs_checks.hou_sra_yurtsever_2025.fixed_points import FEASIBLE
from proofs_checks.hou_sra_yurtsever_2025.hunts.fixed_points import VANISHING, is_not_zero, told
from proofs_checks.hou_sra_yurtsever_2025.points import (
    SEEN,
    Block,
    Drawn,
    Loss,
    defect,
    domain,
    fitting,
    framed,
    free,
    inner,
    product_of,
    rays,
    square_of,
    square_of_column,
    switches,
    where,
)
from verify.claims import Evidence, Run, Scope
from verify.models import dump_problem
from verify.search.charts import Matrix, diagonal, matrix, orthogonal, product, symmetric, transposed
from verify.search.entrywise import (
    Assertion,
    Domain,
    above,
    at_least,
    entrywise_hunt,
    equal,
    equal_matrices,
    vanish_together,
)
from verify.search.hunt import Chart, Hunt
from verify.search.udu import positive_part
from verify.symbolic.fixed_points import quadratic_forms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Relative errors of float64 that say nothing.
_ROUNDING = 1e-9

# ---------------------------------------------------------------------------------------------------------------------
# Rates

Rates = tuple[Matrix, list[Any]]


def moving(point: Drawn) -> tuple[Matrix, list[Any], Any]:
    """U', D' and the multiplier μ: minus the slopes, held in the ball where U is on its boundary and would leave it,
    and at zero where a weight is zero and would become negative."""
    U = tuple(tuple(-x for x in row) for row in point.slope_of_u)
    D = [where(d > 0, -x, positive_part(-x)) for d, x in zip(point.D, point.slope_of_d, strict=True)]
    here, pull = square_of(point.U), 0
    if point.square is not None:
        pull = where(here >= point.square, positive_part(inner(point.U, U)) / here, 0 * here)
    return _shifted(U, point.U, -pull), D, pull


def _shifted(U: Matrix, by: Matrix, factor: Any) -> Matrix:
    return tuple(tuple(x + factor * y for x, y in zip(*rows, strict=True)) for rows in zip(U, by, strict=True))


def _along(point: Drawn, rates: Rates, factor: Any) -> tuple[Matrix, list[Any]]:
    """The point moved along the rates."""
    return _shifted(point.U, rates[0], factor), [d + factor * v for d, v in zip(point.D, rates[1], strict=True)]


def loss_rate(point: Drawn, rates: Rates) -> Any:
    """The loss's rate: a central difference that is exact for polynomials of degree six in time, over steps of 1/16."""
    one, two, three = (
        point.value(*_along(point, rates, unit * k / 16)) - point.value(*_along(point, rates, -unit * k / 16))
        for unit in (1 + 0 * point.step,)
        for k in (1, 2, 3)
    )
    return 16 * (45 * one - 9 * two + three) / 60


def square_rates(point: Drawn, rates: Rates) -> list[tuple[Any, Any]]:
    """The rates of ``‖u_j‖²`` and of ``λ_j²`` for every column, by the product rule."""
    U, D = rates
    columns = zip(transposed(point.U), transposed(U), strict=True)
    of_u = (2 * sum(x * v for x, v in zip(*pair, strict=True)) for pair in columns)
    return [(p, 2 * d * v) for p, d, v in zip(of_u, point.D, D, strict=True)]


FREE = tuple(free(*seen) for seen in SEEN)
FREE_INSIDE = tuple(free(*seen, ball=False) for seen in SEEN)

# ---------------------------------------------------------------------------------------------------------------------
# F1, F2, T7


@flows.flow_descends.hunt
def _(run: Run) -> Hunt:
    """The rates by the statement's formulas; the loss's rate along them; where they vanish, and where a step does."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        G, here = point.gradient, square_of(point.U)
        forms = quadratic_forms(point.U, G)
        pull: Any = 0
        if point.square is not None:
            work = sum(d * q for d, q in zip(point.D, forms, strict=True))
            pull = where(here >= point.square, positive_part(-2 * work / here), 0 * here)
        images = product(G, point.U)
        U = tuple(
            tuple(-2 * d * x - pull * u for d, x, u in zip(point.D, row, old, strict=True))
            for row, old in zip(images, point.U, strict=True)
        )
        D = [where(d > 0, -q, positive_part(-q)) for d, q in zip(point.D, forms, strict=True)]
        of_u, of_d = square_of(U), sum(x * x for x in D)
        yield equal(loss_rate(point, (U, D)), -(2 if run.twin else 1) * of_u - of_d)
        if not run.twin:
            yield vanish_together(of_u + of_d, defect(point))

    domains = FREE_INSIDE if run.twin else (*FREE, VANISHING[0], VANISHING[2], rays(2, 2))
    about = "1e-9 less the relative error of the loss's rate"
    refuted = told(FEASIBLE, "the loss's rate")
    return entrywise_hunt(domains, conclusion=conclusion, requires=is_not_zero, refuted=refuted, about=about)


@flows.column_invariants.hunt
def _(run: Run) -> Hunt:
    def conclusion(point: Drawn) -> Iterator[Assertion]:
        U, D, pull = moving(point)
        for j, (of_u, of_d) in enumerate(square_rates(point, (U, D))):
            yield equal(of_u + 2 * pull * square_of_column(point.U, j), (1 if run.twin else 2) * of_d)

    about = "1e-9 less the relative error of the rate of ‖u_j‖² − 2λ_j²"
    domains = FREE_INSIDE if run.twin else FREE
    refuted = told(FEASIBLE, "the rate")
    return entrywise_hunt(domains, conclusion=conclusion, requires=is_not_zero, refuted=refuted, about=about)


def strong(n: int, r: int, cells: Sequence[tuple[int, int]]) -> Domain:
    """Free points with ``λ_j² > ‖u_j‖²/2``, which ``λ_j = m(1 + ‖u_j‖²)`` satisfies for m > 1/√8."""
    blocks = {
        "U": Block(n * r, -2, 2),
        "weights": Block(r, 0.354, 2),
        "values": Block(len(cells), -3, 3),
        "inside": switches(1),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        U, loss = matrix(at["U"], n, r), Loss(dict(zip(cells, at["values"], strict=True)))
        D = [m * (1 + square_of_column(U, j)) for j, m in enumerate(at["weights"])]
        return Drawn(U=U, D=D, loss=loss, square=square_of(U) + at["inside"][0])

    return domain(f"strong, n = {n}, r = {r}, {len(cells)} entries", blocks, build)


@flows.weights_stay_positive.hunt
def _(run: Run) -> Hunt:
    """The bound ``2λ_j² ≥ ‖u_j‖² − C_j(0)`` is an equality at the start: it fails soon after, at some later state taken
    for the start, if ``‖u_j‖² − 2λ_j²`` ever grows. The twin's bound fails at the start."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        if run.twin:
            p, weight = square_of_column(point.U, 0), point.D[0]
            yield at_least(weight * weight, p - (p - 2 * weight * weight))
            return
        for of_u, of_d in square_rates(point, moving(point)[:2]):
            yield at_least(2 * of_d, of_u)

    refuted = told(flows.STRONG, "the bound fails" if run.twin else "‖u_j‖² − 2λ_j² grows")
    about = "minus the largest rate of ‖u_j‖² − 2λ_j²"
    domains = [strong(*seen) for seen in SEEN]
    return entrywise_hunt(domains, conclusion=conclusion, requires=is_not_zero, refuted=refuted, about=about)


# ---------------------------------------------------------------------------------------------------------------------
# F3, F4: quadratic functions of the state that every flow of a family might conserve

#: The families of the claim, by their names there, whose quadratic functions are looked at.
FAMILIES = (
    *("UDUᵀ n=2 r=1", "UDUᵀ n=2 r=2", "UDUᵀ n=3 r=2", "UDVᵀ n=2 m=2 r=1", "UDVᵀ n=2 m=2 r=2", "UDVᵀ n=2 m=3 r=2"),
    *("UUᵀ n=2 r=1", "UUᵀ n=2 r=2", "UUᵀ n=3 r=2", "ball n=2 r=2, U and D"),
)


@lru_cache(maxsize=len(FAMILIES))
def rate_table(family: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of quadratic functions, and their rates along the flows of linear losses ``⟨G, X⟩``, exactly: shape (rows,
    functions), a row for each point and each G of a basis.

    Left out are as many functions as the claim allows invariants, so that no combination of the others is one by the
    claim: ``‖u_j‖²`` (and ``‖v_j‖²``), of which ``‖u_j‖² − 2λ_j²`` and the like would take away one each; on the ball,
    where the rates are multiplied by ``‖U‖²``, the first. A rate is a polynomial of total degree at most three, on the
    ball five, and the points are all with nonnegative integer coordinates of at most that sum: a polynomial that is
    zero on these is zero, so that what is conserved at all of them is conserved everywhere.
    """
    import numpy as np

    kind, (n, *widths) = flows.FAMILIES[family][:2]
    m, r = (widths[0], widths[-1]) if kind == "udv" else (n, widths[-1])
    shapes = {"U": (n, r)} | ({"D": (r,)} if kind != "bm" else {}) | ({"V": (m, r)} if kind == "udv" else {})
    count = sum(prod(shape) for shape in shapes.values())
    at = np.array(list(_lattice(count, 5 if kind == "active" else 3)), dtype=np.int64)

    def parts(x: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        ends = np.cumsum([prod(shape) for shape in shapes.values()])[:-1]
        pieces = zip(shapes.items(), np.split(x, ends, axis=1), strict=True)
        return {name: piece.reshape(-1, *shape) for (name, shape), piece in pieces}

    def whole(x: NDArray[np.int64]) -> NDArray[np.int64]:
        of = parts(x)
        left = of["U"] * of["D"][:, None, :] if "D" in of else of["U"]
        return np.asarray(left @ of.get("V", of["U"]).swapaxes(1, 2))

    def functions(x: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        found = {}
        for name, part in parts(x).items():
            for j in range(r):
                for k in range(j, r):
                    if name == "D":
                        found[f"λ{j}λ{k}"] = part[:, j] * part[:, k]
                    elif kind == "bm" or j != k or (kind == "active" and j):
                        found[f"{name.lower()}{j}·{name.lower()}{k}"] = (part[:, :, j] * part[:, :, k]).sum(axis=1)
                if name == "D":
                    found[f"λ{j}"] = part[:, j]
        return found

    names = tuple(functions(at[:1]))
    slopes, changes = [], []  # by differences, exact for what is quadratic in each coordinate
    for k in range(count):
        step = np.eye(count, dtype=np.int64)[k]
        slopes.append((whole(at + step) - whole(at - step)) // 2)
        above, below = functions(at + step), functions(at - step)
        changes.append(np.stack([(above[name] - below[name]) // 2 for name in names], axis=1))
    slope = np.stack(slopes, axis=1)  # points, coordinates, rows, columns of X
    slope = slope if kind == "udv" else slope + slope.swapaxes(2, 3)
    rates = -slope.reshape(len(at), count, -1)
    if kind == "active":
        u, weights = at[:, : n * r, None], at[:, n * r :, None]
        size, work = (u * u).sum(axis=1, keepdims=True), (weights * rates[:, n * r :]).sum(axis=1, keepdims=True)
        rates = size * rates
        rates[:, : n * r] -= 2 * work * u
    table = np.einsum("pkg,pkt->pgt", rates, np.stack(changes, axis=1))
    return names, np.unique(table.reshape(-1, len(names)), axis=0)


def _lattice(count: int, most: int) -> Iterator[tuple[int, ...]]:
    """All tuples of nonnegative integers with a sum of at most `most`."""
    if not count:
        yield ()
        return
    for x in range(most + 1):
        for rest in _lattice(count - 1, most - x):
            yield (x, *rest)


@flows.no_further_invariants.hunt
def _(run: Run) -> Hunt:
    """Combinations of quadratic functions that every flow conserves. For the twin, points that press against their
    ball."""
    if run.twin:

        def conclusion(point: Drawn) -> Iterator[Assertion]:
            for of_u, of_d in square_rates(point, moving(point)[:2]):
                yield equal(of_u, 2 * of_d)

        return entrywise_hunt(
            FREE,
            conclusion=conclusion,
            requires=lambda point: [*is_not_zero(point), above(moving(point)[2], 0)],
            refuted=told("the ball is active", "the rate of ‖u_j‖² and that of 2λ_j²"),
            about="1e-9 less the relative difference of the rates of ‖u_j‖² and 2λ_j²",
        )

    def chart(family: str) -> Chart:
        def slack(points: Floats) -> Floats:
            import numpy as np

            rates = points @ rate_table(family)[1].T
            found: Floats = np.abs(rates).max(axis=1) / np.abs(points).max(axis=1) - _ROUNDING
            return found

        def data(point: tuple[Fraction, ...]) -> Mapping[str, Any] | None:
            names = rate_table(family)[0]
            return {"family": family, "function": dict(zip(names, point, strict=True))} if any(point) else None

        size = len(rate_table(family)[0])
        return Chart(name=family, lower=(-2,) * size, upper=(2,) * size, data=data, slack=slack)

    def certify(data: Mapping[str, Any]) -> Evidence:
        names, table = rate_table(data["family"])
        combination = [data["function"][name] for name in names]
        moves = any(sum(c * int(x) for c, x in zip(combination, row, strict=True)) for row in table)
        if moves:
            scope = Scope.instances("one candidate")
            return Evidence.undecided(kind="exact evaluation", scope=scope, detail="not conserved")
        shown = " + ".join(f"({c}) {name}" for name, c in data["function"].items() if c)
        return hunted(data, (flows.ARBITRARY,), f"{data['family']}: {shown} is conserved", kind="function")

    about = "the largest rate of a quadratic function at integer points, over its largest coefficient"
    return Hunt(charts=tuple(chart(family) for family in FAMILIES), certify=certify, noise=0.0, about=about)


# ---------------------------------------------------------------------------------------------------------------------
# F4, F5: on the active ball


def _weighed(at: Mapping[str, Sequence[Any]]) -> list[Any]:
    return [w * s for w, s in zip(at["weights"], at["active"], strict=True)]


def one_dead(n: int) -> Domain:
    """Points on their sphere whose first column is dead, ``λ_1 = 0`` or ``u_1ᵀGu_1 = 0``, and whose other columns press
    outwards, ``u_jᵀGu_j < 0``: the frame of G is U itself."""
    blocks = {
        "U": Block(n * n, -2, 2),
        "core": Block(n * (n + 1) // 2, -2, 2),
        "press": Block(n - 1, 0.1, 2),
        "weights": Block(n, 0.25, 3),
        "alive": switches(1),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        U, core, [alive] = matrix(at["U"], n, n), symmetric(at["core"], n), at["alive"]
        forms = [(1 - alive) * core[0][0], *(-x for x in at["press"])]
        core = tuple(tuple(forms[i] if i == j else x for j, x in enumerate(row)) for i, row in enumerate(core))
        D = [alive * at["weights"][0], *at["weights"][1:]]
        return Drawn(U=U, D=D, loss=fitting(product_of(U, D), framed(U, core)), square=square_of(U))

    return domain(f"one dead column, n = {n}", blocks, build)


@dataclass(frozen=True, kw_only=True)
class Parallel(Drawn):
    """A point whose columns are multiples of one vector."""


def parallel(n: int, r: int) -> Domain:
    """Points on their sphere with columns c_j w and ``wᵀGw < 0``; G is framed by w and vectors of no meaning."""
    blocks = {
        "frame": Block(n * n, -2, 2),
        "multiples": Block(r, -2, 2),
        "core": Block(n * (n + 1) // 2, -2, 2),
        "press": Block(1, 0.1, 2),
        "weights": Block(r, 0.25, 3),
        "active": switches(r),
        "step": Block(1, 0.01, 1),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Parallel:
        frame, core = matrix(at["frame"], n, n), symmetric(at["core"], n)
        core = ((-at["press"][0], *core[0][1:]), *core[1:])
        U = tuple(tuple(c * row[0] for c in at["multiples"]) for row in frame)
        D = _weighed(at)
        loss = fitting(product_of(U, D), framed(frame, core))
        return Parallel(U=U, D=D, loss=loss, square=square_of(U), step=at["step"][0])

    return domain(f"parallel columns, n = {n}, r = {r}", blocks, build)


def no_zero_column(point: Drawn) -> Iterator[Assertion]:
    """Every column differs from zero."""
    for j in range(len(point.D)):
        yield above(square_of_column(point.U, j), 0)


@flows.parallel_columns.hunt
def _(run: Run) -> Hunt:
    """Rates of the logarithms on the active ball: those of ``‖u_j‖²`` over its value."""

    def requires(point: Drawn) -> Iterator[Assertion]:
        yield from no_zero_column(point)
        yield above(-sum(d * q for d, q in zip(point.D, point.slope_of_d, strict=True)), 0)  # α²μ/2

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        U, D, _ = moving(point)
        rates = [x / square_of_column(point.U, j) for j, (x, _) in enumerate(square_rates(point, (U, D)))]
        if isinstance(point, Parallel):
            pairs = [(i, j) for j in range(len(D)) for i in range(j)]
            spread = sum(2 * (point.D[i] - point.D[j]) * (D[i] - D[j]) for i, j in pairs)
            yield equal(sum(rates), 0 if run.twin else -2 * spread / point.square)
        else:
            size = sum(2 * d * v for d, v in zip(point.D, D, strict=True))  # of ‖D‖²
            yield equal(rates[0], -2 * size / point.square)

    together = [parallel(n, r) for n, r in ((2, 2), (3, 2), (2, 3))]
    domains = together if run.twin else [*together, one_dead(2), one_dead(3)]
    refuted = told("the ball is active", "the rate of what is conserved")
    about = "1e-9 less the relative error of the rate of the logarithm"
    return entrywise_hunt(domains, conclusion=conclusion, requires=requires, refuted=refuted, about=about)


# ---------------------------------------------------------------------------------------------------------------------
# T8


def short_steps(n: int, r: int) -> Domain:
    """Points with a step of ``c/(2λ_1‖G‖)``, c < 1: G has the eigenvalue ±γ of largest size."""
    blocks = {
        "U": Block(n * r, -2, 2),
        "turns": Block(n * (n - 1) // 2, -2, 2),
        "others": Block(n - 1, -1, 1),
        "size": Block(1, 0.25, 3),
        "sign": switches(1),
        "weights": Block(r, 0.25, 3),
        "share": Block(1, 0.01, 0.999),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        U, D, turn, [size] = matrix(at["U"], n, r), at["weights"], orthogonal(at["turns"], n), at["size"]
        values = [size * (2 * at["sign"][0] - 1), *(size * x for x in at["others"])]
        G = product(turn, diagonal(values), transposed(turn))
        return Drawn(U=U, D=D, loss=fitting(product_of(U, D), G), step=at["share"][0] / (2 * D[0] * size))

    return domain(f"short steps, n = {n}, r = {r}", blocks, build)


@dataclass(frozen=True, kw_only=True)
class Symmetric(Drawn):
    """A point of ``UUᵀ``: all weights 1."""


def symmetric_points(n: int) -> Domain:
    """Points of UUᵀ with square U, singular unless ``regular`` is 1, and any step."""
    blocks = {
        "U": Block(n * n, -2, 2),
        "combination": Block(n - 1, -2, 2),
        "regular": switches(1),
        "gradient": Block(n * (n + 1) // 2, -2, 2),
        "step": Block(1, 0.01, 1),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Symmetric:
        rows, [regular] = matrix(at["U"], n, n), at["regular"]
        U = tuple(
            (*row[:-1], regular * row[-1] + sum(c * x for c, x in zip(at["combination"], row[:-1], strict=True)))
            for row in rows
        )
        D = [1 + 0 * regular] * n
        loss = fitting(product_of(U, D), symmetric(at["gradient"], n))
        return Symmetric(U=U, D=D, loss=loss, step=at["step"][0])

    return domain(f"UUᵀ, n = r = {n}", blocks, build)


def determinant(made: Matrix) -> Any:
    """By the first row."""
    if len(made) == 1:
        return made[0][0]
    rest = made[1:]
    return sum(
        (-1) ** j * x * determinant(tuple(row[:j] + row[j + 1 :] for row in rest)) for j, x in enumerate(made[0])
    )


@flows.no_column_vanishes.hunt
def _(run: Run) -> Hunt:
    """The steps of the iteration. That a column of the flow is zero at some time is no matter of evaluating anything at
    the start, and no enclosure shows it; that part is not hunted. For the twin, one step from parallel columns."""

    def requires(point: Drawn) -> Iterator[Assertion]:
        if isinstance(point, Symmetric):
            factor = diagonal([1 + 0 * point.step] * len(point.U))
            yield above(determinant(_shifted(factor, point.gradient, -2 * point.step)) ** 2, 0)
        else:
            yield from no_zero_column(point)

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        moved = point.moved[0]
        if isinstance(point, Symmetric | Parallel):
            yield vanish_together(determinant(moved) ** 2, determinant(point.U) ** 2)
        else:
            yield above(square_of_column(moved, 0) / square_of_column(point.U, 0), 0)

    steps = [short_steps(2, 2), short_steps(3, 2), short_steps(1, 1), symmetric_points(2), symmetric_points(3)]
    refuted = told("no column is zero at the start", "one step changes it")
    about = "the share of a column that a short step leaves; of UUᵀ, that of one of two determinants"
    domains = [parallel(2, 2)] if run.twin else steps
    return entrywise_hunt(domains, conclusion=conclusion, requires=requires, refuted=refuted, about=about)


# ---------------------------------------------------------------------------------------------------------------------
# Scale, and ranks of what rests


def scaled_points(n: int, r: int, cells: Sequence[tuple[int, int]]) -> Domain:
    """Free points with a scale."""
    base = free(n, r, cells)

    def build(x: Sequence[Any]) -> Scaled:
        point = base.build(x[:-1])
        return Scaled(U=point.U, D=point.D, loss=point.loss, square=point.square, step=point.step, scale=x[-1])

    return Domain(name=base.name, box=[*base.box, (0.25, 3)], build=build, whole=base.whole)


@dataclass(frozen=True, kw_only=True)
class Scaled(Drawn):
    """A point and a positive scale s."""

    scale: Any

    def told(self) -> dict[str, Any]:
        """The scale besides."""
        return super().told() | {"scale": self.scale}

    def other(self, *, weights: int = 1, data: int = 3, step: int = 4) -> Drawn:
        """The point with U and α times s, and the weights, the data and the step times these powers of s and 1/s."""
        s = self.scale
        assert self.loss.observed is not None
        return Drawn(
            U=tuple(tuple(s * x for x in row) for row in self.U),
            D=[s**weights * d for d in self.D],
            loss=Loss({at: s**data * y for at, y in self.loss.observed.items()}),
            square=None if self.square is None else s * s * self.square,
            step=self.step / s**step,
        )


@low_rank.scale_covariance.hunt
def _(run: Run) -> Hunt:
    """One step of both, before the projections, and whether the ball's acts on both; they are homogeneous. The twin is
    about one entry and s = 2, as its second path."""

    def conclusion(point: Scaled) -> Iterator[Assertion]:
        other = point.other(weights=0, data=2, step=2) if run.twin else point.other()
        (U, D), (scaled, weights) = point.moved, other.moved
        s = point.scale
        if run.twin:
            yield equal(positive_part(weights[0]), positive_part(D[0]))
            return
        yield from equal_matrices(scaled, tuple(tuple(s * x for x in row) for row in U))
        yield from (equal(x, s * d) for x, d in zip(weights, D, strict=True))
        outside, also = square_of(U) - point.square, square_of(scaled) - other.square
        yield equal(also, s * s * outside)

    def single(x: Sequence[Any]) -> Scaled:
        u, d, y, step = x
        return Scaled(U=((u,),), D=[d], loss=Loss({(0, 0): y}), square=(1 + u * u) ** 2, step=step, scale=2)

    def refuted(point: Scaled, failing: Assertion) -> Evidence:
        model = replace(point.model(), radius=1 + square_of(point.U), step=point.step)
        how = "U, the radius, the data and the step scaled" + ("; the weights as they are" if run.twin else "")
        return hunted(dump_problem(model), (low_rank.SCALED,), f"{failing}", how=how, scale=point.scale)

    box = [(-3, 3), (0.25, 3), (-3, 3), (0.01, 1)]
    domains = [Domain(name="one entry", box=box, build=single)] if run.twin else [scaled_points(*seen) for seen in SEEN]
    about = "1e-9 less the relative error of the scaled step"
    return entrywise_hunt(domains, conclusion=conclusion, refuted=refuted, about=about)


@low_rank.literally_truly_low_rank.hunt
def _(run: Run) -> Hunt | None:
    """Starts with D = I that fit the observed diagonal of ``wwᵀ``: rows of U of length w_i. The twin is about 2000
    steps of one instance; enclosing so many takes hundreds of digits, too dear for thousands of candidates."""
    if run.twin:
        return None

    def build(x: Sequence[Any]) -> Drawn:
        rows, observed = [], {}
        for i, (length, t) in enumerate(((x[0], x[1]), (x[2], x[3]))):
            rows.append((length * (1 - t * t) / (1 + t * t), length * 2 * t / (1 + t * t)))
            observed[i, i] = length * length
        return Drawn(U=tuple(rows), D=[1 + 0 * x[0]] * 2, loss=Loss(observed))

    def refuted(point: Drawn, failing: Assertion) -> Evidence:
        if defect(point) != 0:
            return Evidence.undecided(kind="hunted", scope=Scope.instances("one candidate"), detail="a step moves it")
        violates = f"the start rests, of rank 2; the truth has rank 1: det X = {failing.left}"
        return hunted(point.problem(), (low_rank.FEASIBLE,), violates, rank=2)

    return entrywise_hunt(
        [Domain(name="fits the diagonal", box=[(0.25, 2), (-3, 3)] * 2, build=build)],
        conclusion=lambda point: [equal(determinant(point.X), 0)],
        refuted=refuted,
        about="1e-9 less the determinant of a product that rests",
    )
