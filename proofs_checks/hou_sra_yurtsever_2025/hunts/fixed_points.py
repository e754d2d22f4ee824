"""Where to look for counterexamples to the claims about fixed points: ``verify hunt SLUG``, the twins with ``--twin``.

A step is taken from values of the loss alone (see :mod:`.points`), without the gradient's formula, and a point is fixed
where a defect vanishes. Points that satisfy the hypotheses come by rational formulas; switches leave them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofs_checks.common import hunted
from proofs_checks.hou_sra_yurtsever_2025 import fixed_points
from proofs_checks.hou_sra_yurtsever_2025.points import (
    Block,
    Drawn,
    Loss,
    adjugate,
    d_defect,
    defect,
    domain,
    fitting,
    framed,
    one_eigenvalue,
    product_of,
    rays,
    square_of,
    square_of_column,
    stationary_defect,
    switches,
    u_defect,
    vanishing,
    where,
)
from verify.claims import Evidence, Run
from verify.search.charts import Matrix, difference, matrix, orthogonal, product, symmetric, transposed
from verify.search.entrywise import (
    Assertion,
    Domain,
    above,
    at_least,
    entrywise_hunt,
    equal,
    implied_to_vanish,
    vanish_together,
)
from verify.search.hunt import Hunt
from verify.search.udu import positive_part
from verify.symbolic.fixed_points import quadratic_forms

Told = Callable[[Any, Assertion], Evidence]


def told(name: str, what: str) -> Told:
    """What is said of a point that violates; stored are, besides, its step and its ball, which a model with a rational
    radius may not be able to state."""

    def refuted(point: Drawn, failing: Assertion) -> Evidence:
        shown = {"step": point.step} | ({} if point.square is None else {"radius squared": point.square})
        return hunted(point.problem(), (name,), f"{what}: {failing}", **shown)

    return refuted


ON_RAYS = (rays(2, 2), rays(3, 2), rays(2, 3), one_eigenvalue(2, 2))
EXACTLY_ON_RAYS = (rays(2, 2, loose=False), rays(3, 2, loose=False), one_eigenvalue(2, 2))
VANISHING = (vanishing(2, 2), vanishing(2, 3), vanishing(3, 2), vanishing(1, 2))


# ---------------------------------------------------------------------------------------------------------------------
# L1, T1


def pull_of(point: Drawn) -> tuple[Any, list[list[Any]]]:
    """``γ = −Σ λ_j u_jᵀGu_j/‖U‖²``, the only one that can serve, and ``λ_j G u_j``, one row for each column."""
    G = point.gradient
    images = transposed(product(G, point.U))
    pulled = [[d * x for x in image] for d, image in zip(point.D, images, strict=True)]
    forms = quadratic_forms(point.U, G)
    return -sum(d * q for d, q in zip(point.D, forms, strict=True)) / square_of(point.U), pulled


def off_by(point: Drawn, pulled: list[list[Any]], factor: Any) -> Any:
    """``Σ_j ‖λ_j G u_j − factor·u_j‖²``."""
    columns = transposed(point.U)
    return sum(
        (x - factor * u) ** 2
        for row, column in zip(pulled, columns, strict=True)
        for x, u in zip(row, column, strict=True)
    )


def acts(point: Drawn) -> Iterator[Assertion]:
    """U is not zero, and the projection acts."""
    yield from is_not_zero(point)
    yield above(square_of(point.moved[0]), point.square)


def is_not_zero(point: Drawn) -> Iterator[Assertion]:
    """U is not zero: the radius of the smallest ball is positive; exactly on its ray, the projection acts then."""
    yield above(square_of(point.U), 0)


@fixed_points.fixed_u_steps.hunt
def _(run: Run) -> Hunt:
    """The U step against the statement's equations, on rays and off them; for the twin on rays, where it is fixed."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        moved = point.moved[0]
        still = u_defect(point, moved)
        gamma, pulled = pull_of(point)
        if run.twin:
            yield implied_to_vanish(still, off_by(point, pulled, gamma))
            return
        sphere = (square_of(point.U) - point.square) ** 2
        yield vanish_together(still, sphere + off_by(point, pulled, -gamma) + positive_part(-gamma) ** 2)
        scaled = 1 + 2 * point.step * gamma
        yield implied_to_vanish(still, (square_of(moved) - point.square * scaled * scaled) ** 2)
        pairs = [(i, j) for j in range(len(point.D)) for i in range(j)]
        gram = product(transposed(point.U), point.U)
        yield implied_to_vanish(still, sum(((point.D[i] - point.D[j]) * gram[i][j]) ** 2 for i, j in pairs))

    refuted = told(fixed_points.SPHERE, "a fixed U step with an acting projection")
    about = "share of the smaller of two defects that vanish together: of the U step, and of the equations"
    domains, requires = (EXACTLY_ON_RAYS, is_not_zero) if run.twin else (ON_RAYS, acts)
    return entrywise_hunt(domains, conclusion=conclusion, requires=requires, refuted=refuted, about=about)


@fixed_points.projection_never_acts.hunt
def _(run: Run) -> Hunt:
    """For the twin, points that the U step alone leaves where they are."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        U, D = point.moved
        still = u_defect(point, U) + (0 if run.twin else d_defect(point, D))
        yield implied_to_vanish(still, square_of(difference(U, point.U)))

    refuted = told(fixed_points.FEASIBLE, "a fixed point where the projection acts")
    domains = ON_RAYS if run.twin else (*ON_RAYS, *VANISHING)
    about = "the step's share of the step and of Ū − U"
    return entrywise_hunt(domains, conclusion=conclusion, refuted=refuted, about=about)


@fixed_points.balls_of_any_norm.hunt
def _(run: Run) -> Hunt:
    """A point is stationary over some ball of some norm exactly where ``N = −∇_U F`` is zero or ``⟨N, U⟩ > 0`` (then U
    is where N is largest on a symmetric convex body around 0), so ``⟨∇_U F, U⟩ < 0`` is what to look for among points
    with λ_j q_j = 0; here as the slope of F along the ray of U. For the twin ``∇_U F`` is a negative multiple of U."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        along = [point.value(tuple(tuple(s * x for x in row) for row in point.U), point.D) for s in range(4)]
        yield at_least((along[1] - 8 * along[0] + 8 * along[2] - along[3]) / 12, 0)

    free = [(2, 2), (2, 3), (3, 2), (1, 2)]
    domains = EXACTLY_ON_RAYS if run.twin else tuple(vanishing(n, r, complementary=True) for n, r in free)
    name = fixed_points.IN_U if run.twin else "stationary over a ball of some norm and D >= 0"
    about = "the slope of the loss along the ray of U"
    return entrywise_hunt(
        domains, conclusion=conclusion, refuted=told(name, "the loss falls along the ray"), about=about
    )


# ---------------------------------------------------------------------------------------------------------------------
# T2, T3


@fixed_points.fixed_iff_stationary.hunt
def _(run: Run) -> Hunt:
    """For the twin, points with ``λ_j q_j = 0`` inside the ball."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        yield vanish_together(defect(point), stationary_defect(point, forms_alone=run.twin))

    twins = tuple(vanishing(n, r, complementary=True, ball=False) for n, r in ((2, 2), (3, 2), (2, 3)))
    domains = twins if run.twin else (*VANISHING, rays(2, 2), rays(3, 2))
    refuted = told(fixed_points.FEASIBLE, "fixed and stationary do not agree")
    about = "share of the smaller of two defects that vanish together: of the step, and of stationarity"
    return entrywise_hunt(domains, conclusion=conclusion, refuted=refuted, about=about)


def from_products(n: int, r: int) -> Domain:
    """Points ``U = tV``, ``D = t⁻²M`` on the boundary of their ball, from eigenvectors V of ``X = VMVᵀ``; unless
    ``loose`` is 1, G vanishes on X."""
    blocks = {
        "turns": Block(n * (n - 1) // 2, -2, 2),
        "eigenvalues": Block(r, 0.25, 3),
        "active": switches(r),
        "length": Block(1, 0.05, 2),
        "core": Block(n * (n + 1) // 2, -2, 2),
        "loose": switches(1),
        "step": Block(1, 0.01, 4),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
        turn, [t], [loose] = orthogonal(at["turns"], n), at["length"], at["loose"]
        used = [*at["active"][:n], *[0] * (n - r)]
        U = tuple(tuple(t * s * x for s, x in zip(at["active"], row, strict=False)) for row in turn)
        D = [m * s / (t * t) for m, s in zip(at["eigenvalues"], at["active"], strict=True)]
        keeps = [1 - s * (1 - loose) for s in used]
        core = symmetric(at["core"], n)
        core = tuple(tuple(keeps[i] * keeps[j] * x for j, x in enumerate(row)) for i, row in enumerate(core))
        loss = fitting(product_of(U, D), product(turn, core, transposed(turn)))
        return Drawn(U=U, D=D, loss=loss, square=square_of(U), step=at["step"][0])

    return domain(f"from products, n = {n}, r = {r}", blocks, build)


@fixed_points.same_products.hunt
def _(run: Run) -> Hunt:
    """``GX = 0`` at fixed points; conversely, where ``GX = 0``, columns that are eigenvectors of X (orthogonal to one
    another, zero where the weight is) are fixed. For the twin D = 0."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        still, X, gram = defect(point), point.X, product(transposed(point.U), point.U)
        if run.twin:
            yield equal(still, 0)
            return
        vanishes = square_of(product(point.gradient, X))
        yield implied_to_vanish(still, vanishes)
        size = range(len(point.D))
        dead = sum(where(d > 0, 0 * d, gram[j][j]) for j, d in enumerate(point.D))
        across = sum(gram[i][j] * gram[i][j] for j in size for i in range(j))
        yield implied_to_vanish(vanishes + dead + across, still)

    if run.twin:
        domains = tuple(vanishing(n, r, dead=True, ball=False) for n, r in ((2, 2), (3, 2)))
        about = "1e-9 less the step's size"
    else:
        domains = (*VANISHING, *(from_products(n, r) for n, r in ((2, 2), (3, 2), (3, 3))))
        about = "share of the step in the step and ‖GX‖², and conversely"
    refuted = told(fixed_points.FEASIBLE, "the point does not rest as its product says")
    return entrywise_hunt(domains, conclusion=conclusion, refuted=refuted, about=about)


# ---------------------------------------------------------------------------------------------------------------------
# T4, T6: optimality


@dataclass(frozen=True, kw_only=True)
class Rivalled(Drawn):
    """A point, a positive semidefinite matrix to compare with, and the determinant of the frame of its columns."""

    rival: Matrix
    determinant: Any

    def told(self) -> dict[str, Any]:
        """The problem and the rival."""
        return self.problem() | {"rival": self.rival}


def with_rivals(n: int, r: int, *, measured: bool, semidefinite: bool) -> Domain:
    """Fixed points, and positive semidefinite matrices ``Z = YYᵀ`` to compare with, Y n × 2.

    The gradient is framed by the columns, with K zero in the rows of active ones, and either positive semidefinite
    (which includes the second statement: with one dead column off a hyperplane of active ones it is k wwᵀ, k ≥ 0) or
    with nonnegative diagonal entries, which is what a fixed point says. The loss is ``½‖X − M‖²`` or, `measured`, that
    of one measurement, which is convex and nowhere strictly so.
    """
    reach = 2 if n < 3 else 1
    blocks = {
        "frame": Block(n * n, -reach, reach),
        "root": Block(n * n, -reach, reach),
        "weights": Block(r, 0.25, 3),
        "active": switches(r),
        "rival": Block(2 * n, -2, 2),
    }

    def build(at: Mapping[str, Sequence[Any]]) -> Rivalled:
        frame, root = matrix(at["frame"], n, n), matrix(at["root"], n, n)
        U = tuple(row[:r] for row in frame)
        D = [w * s for w, s in zip(at["weights"], at["active"], strict=True)]
        keeps = [*(1 - s for s in at["active"]), *[1] * (n - r)]
        if semidefinite:
            core = product(root, transposed(root))
        else:
            core = tuple(
                tuple(root[i][i] * root[i][i] if i == j else root[min(i, j)][max(i, j)] for j in range(n))
                for i in range(n)
            )
        core = tuple(tuple(keeps[i] * keeps[j] * x for j, x in enumerate(row)) for i, row in enumerate(core))
        G, Y = framed(frame, core), matrix(at["rival"], n, 2)
        loss = Loss(measured=(G, -1)) if measured else fitting(product_of(U, D), G)  # ⟨G, X⟩ = 0
        determinant = product(frame, adjugate(frame))[0][0]
        return Rivalled(U=U, D=D, loss=loss, rival=product(Y, transposed(Y)), determinant=determinant)

    return domain(f"{'one measurement' if measured else 'every entry'}, n = {n}, r = {r}", blocks, build)


@fixed_points.optimal_fixed_points.hunt
def _(run: Run) -> Hunt:
    """The statements about global minima. That a point is a local minimum is no matter of evaluating the loss, so what
    the claim says of local minima is not hunted. The twin asks for an invertible U."""

    def conclusion(point: Rivalled) -> Iterator[Assertion]:
        yield at_least(point.loss(point.rival), point.loss(point.X))

    def requires(point: Rivalled) -> Iterator[Assertion]:
        if run.twin:
            yield above(point.determinant * point.determinant, 0)

    def refuted(point: Rivalled, failing: Assertion) -> Evidence:
        violates = f"a fixed point; a positive semidefinite matrix has a smaller loss: not {failing}"
        better = [[str(Fraction(x)) for x in row] for row in point.rival]
        return hunted(point.problem(), (fixed_points.CONVEX, fixed_points.FIXED), violates, better=better)

    sizes = ((2, 2), (3, 3)) if run.twin else ((2, 2), (3, 3), (3, 2))
    domains = [
        with_rivals(n, r, measured=measured, semidefinite=not run.twin) for n, r in sizes for measured in (False, True)
    ]
    about = "the loss of a positive semidefinite matrix less that of the fixed point"
    return entrywise_hunt(domains, conclusion=conclusion, requires=requires, refuted=refuted, about=about)


@fixed_points.spurious_local_minima.hunt
def _(run: Run) -> Hunt:
    """Columns (x, y) with ``x² + 4xy + y² = (3s² − d²)/2`` of one sign, s = x + y, d = x − y, and weights: a loss below
    5 is met on the way from (U, 0) to there at once, since the loss is convex in the weights' common factor."""
    seen = {(0, 0): -1, (0, 1): -2, (1, 0): -2, (1, 1): -1}

    def columns(r: int) -> Domain:
        blocks = {
            "long": Block(r, -3, 3),
            "share": Block(r, -0.57, 0.57) if run.twin else Block(r, -1.73, 1.73),
            "weights": Block(r, 0, 3),
        }

        def build(at: Mapping[str, Sequence[Any]]) -> Drawn:
            pairs = [(a, a * b) for a, b in zip(at["long"], at["share"], strict=True)]
            sums, differences = zip(*(pair[::-1] if run.twin else pair for pair in pairs), strict=True)
            x = tuple((s + d) / 2 for s, d in zip(sums, differences, strict=True))
            y = tuple((s - d) / 2 for s, d in zip(sums, differences, strict=True))
            return Drawn(U=(x, y), D=at["weights"], loss=Loss(seen))

        return domain(f"{r} columns", blocks, build)

    def requires(point: Drawn) -> Iterator[Assertion]:
        for j in range(len(point.D)):
            yield above(square_of_column(point.U, j), 0)

    def refuted(point: Drawn, failing: Assertion) -> Evidence:
        name = "x² + 4xy + y² < 0" if run.twin else "every column of U has x² + 4xy + y² > 0"
        weights = [Fraction(d) for d in point.D]
        dead = Drawn(U=point.U, D=[Fraction(0)] * len(weights), loss=point.loss)
        return hunted(dead.problem(), (name,), f"with these weights the loss is {failing.left} < 5", weights=weights)

    return entrywise_hunt(
        [columns(r) for r in (1, 2, 3)],
        conclusion=lambda point: [at_least(point.loss(point.X), 5)],
        requires=requires,
        refuted=refuted,
        about="the loss less 5",
    )
