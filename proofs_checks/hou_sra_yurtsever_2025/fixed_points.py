"""Claims about fixed points: what they are, that the ball's projection never acts at one, and when they are optimal.

Statements about all points are derivations in symbolic dimensions; statements about one point are decided with
fractions, the irrational scaling of the projection by comparing squares. Witnesses are confirmed through the matrix
program of the model, whose gradient is an adjoint sweep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from proofs_checks.common import proved, proved_again, refuted, stated
from proofs_checks.hou_sra_yurtsever_2025 import again, as_claimed
from proofs_checks.hou_sra_yurtsever_2025.instances import (
    ACTIVE,
    BASIN_AT_ONCE,
    BASIN_SLOWLY,
    CE8,
    EDGES,
    ISOTROPIC,
    SPURIOUS,
    STEPS,
    Point,
    gradient,
    loss,
)
from proofs_checks.second_paths import semidefinite_by_minors
from verify.arithmetic import ExactMatrix, exact, exact_matrix
from verify.arithmetic.exact import add, multiply, negative, scale
from verify.claims import Assurance, Evidence, Run, Scope, Verdict, Witness, claim
from verify.models import UDU, dump_problem, load_model

PAPER = "hou_sra_yurtsever_2025"
POINTS = Scope.all("dimensions, losses, steps, radii")
FEASIBLE = "a feasible point: D >= 0, the ball holds U"
EXACT = "exact evaluation"

# ---------------------------------------------------------------------------------------------------------------------
# What the claims share


def witness_of(model: UDU, hypothesis: str, how: str, violates: str, **shown: object) -> Witness:
    """A point as a witness."""
    return Witness(
        problem=dump_problem(model),
        hypotheses=stated(hypothesis, how),
        violates=violates,
        enclosed={name.replace("_", " "): value for name, value in shown.items()},
    )


def stored(witness: Witness) -> UDU:
    """The model that a witness holds."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    return model


def moved_again(model: UDU, step: Fraction) -> dict[str, ExactMatrix]:
    """The state after a gradient step, unprojected: through the matrix program of the model."""
    from verify.arithmetic.convert import from_fmpq_mat
    from verify.numeric.iterate import Rationals, start_state, unprojected

    numbers = Rationals()
    after = unprojected(model, start_state(model, numbers), numbers, step=step)
    return {name: from_fmpq_mat(matrix) for name, matrix in after.items()}


def fixed_again(model: UDU) -> bool:
    """Whether one application of the whole iteration, for each of the steps, changes nothing; inside the ball."""
    from verify.numeric.iterate import apply_exactly

    return all(apply_exactly(model, step=step).state == model.start for step in STEPS)


def is_fixed_for_all_steps(point: Point, radius_squared: Fraction | None = None) -> bool:
    """Whether the point is fixed for every one of the steps, with the ball of this radius (as small as can be)."""
    from verify.symbolic.fixed_points import is_fixed

    square = radius_squared or point.radius_squared or Fraction(1)
    model, G = point.model, point.gradient
    return all(is_fixed(model.U, model.D, G, radius_squared=square, step=step) for step in STEPS)


def instance(name: str, holds: bool, detail: str, part: str = "") -> Evidence:
    """Exact evidence of one instance, or undecided where the computation does not say what was expected."""
    scope = Scope.instances(name)
    if not holds:
        return Evidence.undecided(kind=EXACT, scope=scope, part=part, detail=f"{name}: not as stated; {detail}")
    return Evidence.supports(kind=EXACT, assurance=Assurance.PROVED, scope=scope, part=part, detail=f"{name}: {detail}")


# ---------------------------------------------------------------------------------------------------------------------
# L1: fixed points of the U step

SPHERE = "D is given, and the projection acts"


@claim(
    "hou-sra-yurtsever-2025/fixed-u-steps",
    paper=PAPER,
    number="Lemma 1 (L1)",
    title="fixed U steps on the sphere have negative eigenvectors of the gradient as columns",
    scope=POINTS,
    kinds=("derivation",),
    hypotheses=(SPHERE,),
)
def fixed_u_steps(run: Run) -> Iterator[Evidence]:
    """
    Statement: for given D and an acting projection, U = U⁺ if and only if ‖U‖_F = α and λ_j G u_j = −γ u_j for every j
        with one γ > 0, which is (‖Ū‖_F/α − 1)/(2η). So u_j = 0 where λ_j = 0; every other column that is not zero is an
        eigenvector of G with the negative eigenvalue −γ/λ_j; columns with different λ are orthogonal.
    Hypotheses: D is given, and the projection acts (‖Ū‖_F > α); G = ∇f(X) is symmetric.
    Conclusion: the equivalence, for all dimensions.
    Proof idea: Ū = (1 + 2ηγ)U says GUD = −γU; two columns multiplied with each other.
    Checked by: normal form of words in matrices of symbolic dimensions.
    Not checked: nothing is left open.
    References: the reading of the paper's Lemma 1 is ours.
    """
    yield proved("udu-columns", POINTS)


@fixed_u_steps.negative_twin("with the positive eigenvalue +γ/λ_j")
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.fixed_points import is_active, u_step_is_fixed

    G, step = gradient(ACTIVE, Point(ACTIVE).product), STEPS[1]
    fixed = u_step_is_fixed(ACTIVE.U, ACTIVE.D, G, radius_squared=Fraction(2), step=step)
    active = is_active(ACTIVE.U, ACTIVE.D, G, radius_squared=Fraction(2), step=step)
    value = ACTIVE.D[0] * G[0][0]
    found = fixed and active and value < 0
    violates = f"U = I is fixed with an acting projection, and λ₁Gu₁ = ({value})u₁"
    witness = witness_of(ACTIVE, SPHERE, "α² = 2, ‖Ū‖² > 2 for η = 1/3", violates, step=step, radius_squared=2)
    yield refuted("M = diag(3, 2)", EXACT, violates, witness if found else None)


@fixed_u_steps.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.u_step(witness)
    if not witness.twin:
        return as_claimed.u_step(witness)
    model, step = stored(witness), exact(witness.enclosed["step"], "step")
    square = exact(witness.enclosed["radius squared"], "radius squared")
    moved = moved_again(model, step)["U"]
    ratio = _share(moved, model.U)
    on_the_ray = moved == scale(ratio, model.U)
    gamma = (ratio - 1) / (2 * step)
    # The projection acts, U is on the sphere and on the ray of Ū; then λ_jGu_j = (U − Ū)_j/(2η).
    pull = scale(1 / (2 * step), add(model.U, negative(moved)))
    violated = (
        on_the_ray and gamma > 0 and _square(model.U) == square < _square(moved) and pull != scale(gamma, model.U)
    )
    return proved_again(violated, f"the unprojected step multiplies U by {ratio}, so γ = {gamma}", "adjoint sweep")


def _square(matrix: ExactMatrix) -> Fraction:
    return sum((x * x for row in matrix for x in row), Fraction(0))


def _share(matrix: ExactMatrix, U: ExactMatrix) -> Fraction:
    """``⟨A, U⟩/‖U‖²``: the factor of U if A is a multiple of U, which is not zero."""
    return sum(
        (x * u for row, other in zip(matrix, U, strict=True) for x, u in zip(row, other, strict=True))
    ) / _square(U)


# ---------------------------------------------------------------------------------------------------------------------
# T1: the projection does not act


@claim(
    "hou-sra-yurtsever-2025/projection-never-acts",
    paper=PAPER,
    number="Prop. 1 (T1)",
    title="at a fixed point the ball's projection does not act",
    scope=POINTS,
    kinds=("derivation", "ideal membership"),
    hypotheses=(FEASIBLE,),
    uses=("hou-sra-yurtsever-2025/fixed-u-steps",),
)
def projection_never_acts(run: Run) -> Iterator[Evidence]:
    """
    Statement: if (U, D) is a fixed point of the iteration, then ‖Ū‖_F ≤ α, so Ū = U. No convexity, no small step and no
        symmetry of the data is needed beyond that of G.
    Hypotheses: a feasible point: D >= 0, the ball holds U (radius α > 0); any step η > 0; G = ∇f(X) is symmetric; fixed
        by the step of U, and by that of D.
    Conclusion: GUD = 0.
    Proof idea: an acting projection gives λ_j G u_j = −γ u_j with γ > 0; u_jᵀ times it, and λ_j q_j = 0 from the D
        step, give γ p_j = 0 for all j, against Σ p_j = α².
    Checked by: normal form of words in matrices of symbolic dimensions; and for up to four columns the membership
        of γα² in the ideal of λ_j q_j, λ_j q_j + γ p_j and Σ p_j − α², cofactors multiplied out.
    Not checked: nothing is left open.
    References: the reading of the paper's Proposition 1 (exclusion of spurious fixed points) is ours.
    """
    from verify.symbolic.ideals import Ideal, Ring

    yield proved("udu-fixed-points", POINTS)
    for r in range(1, 5):
        names = [f"{x}{j}" for x in ("l", "q", "p") for j in range(r)]
        ring = Ring([*names, "g", "a"])
        x = list(ring)
        forms = [x[j] * x[r + j] for j in range(r)]
        pulled = [form + x[-2] * x[2 * r + j] for j, form in enumerate(forms)]
        sphere = sum(x[2 * r : 3 * r], ring.number(0)) - x[-1]
        proof = Ideal.of(ring, [*forms, *pulled, sphere]).member(x[-2] * x[-1])
        scope = Scope.dimensions(f"r={r}")
        if proof is None:
            yield Evidence.undecided(kind="ideal membership", scope=scope, detail=f"r = {r}: γα² is not in the ideal")
            continue
        yield Evidence.supports(
            kind="ideal membership",
            assurance=Assurance.PROVED,
            scope=scope,
            detail=f"r = {r}: γα² = Σ cofactor·generator, {len(proof.generators)} generators",
        )


@projection_never_acts.negative_twin("for the U step alone", hypotheses=(FEASIBLE,), drops="and by that of D")
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.fixed_points import d_step_is_fixed, is_active, u_step_is_fixed

    G, square, step = gradient(ACTIVE, Point(ACTIVE).product), Fraction(2), STEPS[0]
    found = (
        is_active(ACTIVE.U, ACTIVE.D, G, radius_squared=square, step=step)
        and u_step_is_fixed(ACTIVE.U, ACTIVE.D, G, radius_squared=square, step=step)
        and not d_step_is_fixed(ACTIVE.U, ACTIVE.D, G, step=step)
    )
    violates = "U = I is mapped to itself with an acting projection; D moves"
    witness = witness_of(ACTIVE, FEASIBLE, "α² = 2 = ‖U‖²", violates, step=step, radius_squared=2)
    yield refuted("M = diag(3, 2)", EXACT, violates, witness if found else None)


@projection_never_acts.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.still_step(witness)
    if not witness.twin:
        return as_claimed.projection(witness)
    model, step = stored(witness), exact(witness.enclosed["step"], "step")
    square = exact(witness.enclosed["radius squared"], "radius squared")
    moved = moved_again(model, step)["U"]
    ratio = _share(moved, model.U)
    acts = _square(model.U) == square < _square(moved)
    return proved_again(
        acts and ratio > 0 and moved == scale(ratio, model.U), f"Ū = {ratio}·U, ‖U‖² = α² < ‖Ū‖²", "adjoint sweep"
    )


IN_U = "stationary in U over a ball, D being given"


@claim(
    "hou-sra-yurtsever-2025/balls-of-any-norm",
    paper=PAPER,
    number="(T1′)",
    title="the ball of any norm makes no new stationary points",
    scope=Scope.all("dimensions, losses, norms"),
    kinds=("derivation",),
    hypotheses=("stationary over a ball of some norm and D >= 0",),
    uses=("hou-sra-yurtsever-2025/projection-never-acts",),
)
def balls_of_any_norm(run: Run) -> Iterator[Evidence]:
    """
    Statement: a stationary point of F(U, D) = f(U diag(D) Uᵀ) over a closed convex set C of U with 0 in its interior,
        such as the ball of any norm, and D ≥ 0 has ∇_U F = 0.
    Hypotheses: stationary over a ball of some norm and D >= 0: ⟨∇_U F, V − U⟩ ≥ 0 for all V in C, and λ_j q_j = 0.
    Conclusion: ∇_U F = 0.
    Proof idea: Euler's identity ⟨U, ∇_U F⟩ = 2⟨D, ∇_D F⟩ = 0; then ⟨∇_U F, V⟩ ≥ 0 for all small V.
    Checked by: normal form of words in matrices of symbolic dimensions.
    Not checked: nothing is left open.
    """
    yield proved("udu-fixed-points", Scope.all("dimensions, losses, norms"))


@balls_of_any_norm.negative_twin("for stationary U alone, D being held fixed", hypotheses=(IN_U,), drops="and D >= 0")
def _(run: Run) -> Iterator[Evidence]:
    G = gradient(ACTIVE, Point(ACTIVE).product)
    moved = tuple(
        tuple(2 * x * d for x, d in zip(row, ACTIVE.D, strict=True)) for row in multiply(G, ACTIVE.U)
    )  # ∇_U F = 2GUD
    outward = moved == scale(moved[0][0], ACTIVE.U) and moved[0][0] < 0
    violates = f"∇_U F = ({moved[0][0]})·U: stationary over the ball ‖U‖² ≤ 2 for this D, and not zero"
    witness = witness_of(ACTIVE, IN_U, "D held fixed: ∇_U F is a negative multiple of U, ‖U‖² = 2", violates)
    yield refuted("M = diag(3, 2)", EXACT, violates, witness if outward else None)


@balls_of_any_norm.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.orthant(witness)
    if not witness.twin:
        return as_claimed.any_ball(witness)
    model = stored(witness)
    moved = moved_again(model, Fraction(1))["U"]
    slope = add(model.U, negative(moved))
    factor = _share(slope, model.U)
    found = factor < 0 and slope == scale(factor, model.U)
    return proved_again(found, f"∇_U F = {factor}·U", "adjoint sweep")


# ---------------------------------------------------------------------------------------------------------------------
# T2, T3: which points are fixed


@claim(
    "hou-sra-yurtsever-2025/fixed-iff-stationary",
    paper=PAPER,
    number="after Prop. 1 (T2)",
    title="which points are fixed",
    scope=POINTS,
    kinds=("derivation",),
    hypotheses=(FEASIBLE,),
    uses=("hou-sra-yurtsever-2025/projection-never-acts",),
)
def fixed_iff_stationary(run: Run) -> Iterator[Evidence]:
    """
    Statement: (U, D) is fixed, for some step and then for every step, if and only if for every column either λ_j > 0
        and G u_j = 0, or λ_j = 0 and u_jᵀ G u_j ≥ 0.
    Hypotheses: a feasible point: D >= 0, the ball holds U.
    Conclusion: the equivalence; the radius matters through feasibility alone.
    Proof idea: the projection does not act (T1), so GUD = 0; the D step is max(λ_j − ηq_j, 0).
    Checked by: normal form of words in matrices of symbolic dimensions. The tests compare the criterion with the
        iteration on exact random points: active balls, boundaries, gradients that are not symmetric, D = 0.
    Not checked: nothing is left open.
    """
    yield proved("udu-columns", POINTS)


@fixed_iff_stationary.negative_twin("with u_jᵀ G u_j = 0 in place of G u_j = 0")
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.fixed_points import quadratic_forms

    point = Point(ISOTROPIC)
    form = quadratic_forms(ISOTROPIC.U, point.gradient)[0]
    found = form == 0 and ISOTROPIC.D[0] > 0 and not is_fixed_for_all_steps(point, Fraction(4))
    violates = "λ₁ = 1, u₁ᵀGu₁ = 0, and u₁ moves, since Gu₁ ≠ 0"
    witness = witness_of(ISOTROPIC, FEASIBLE, "D = 1, ‖U‖ = 1", violates)
    yield refuted("one column e₁, X₁₂ observed", EXACT, violates, witness if found else None)


@fixed_iff_stationary.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.outside(witness)
    if not witness.twin:
        return as_claimed.stationary(witness)
    model = stored(witness)
    moved = moved_again(model, STEPS[0])
    # The D step moves by η times the quadratic forms, so these vanish where it does not move a positive weight, and are
    # not negative where it does not raise a weight of zero.
    rests = all(row[0] == d if d > 0 else row[0] <= 0 for row, d in zip(moved["D"], model.D, strict=True))
    return proved_again(rests and moved["U"] != model.U, "the step moves U and not D", "adjoint sweep")


@claim(
    "hou-sra-yurtsever-2025/same-products-as-burer-monteiro",
    paper=PAPER,
    number="(T3)",
    title="the products X of fixed points are those of the factorization UUᵀ",
    scope=POINTS,
    kinds=("derivation",),
    hypotheses=(FEASIBLE,),
    uses=("hou-sra-yurtsever-2025/fixed-iff-stationary",),
)
def same_products(run: Run) -> Iterator[Evidence]:
    """
    Statement: at a fixed point ∇f(X)X = 0; conversely every X ⪰ 0 of rank at most r with ∇f(X)X = 0 is the product of a
        fixed point within every ball. So at the level of X nothing is excluded that X = VVᵀ has.
    Hypotheses: a feasible point: D >= 0, the ball holds U (radius α > 0); G = ∇f(X) is symmetric; for the converse
        X ⪰ 0, of rank at most r.
    Conclusion: both inclusions.
    Proof idea: GX = (GUD)Uᵀ; U = tV, D = t⁻²M from an eigendecomposition, t small.
    Checked by: normal form of words in matrices of symbolic dimensions.
    Not checked: the spectral theorem.
    """
    yield proved("udu-columns", POINTS)


@same_products.negative_twin("at the level of (U, D): every (U, 0) is fixed, because X = 0 is stationary for VVᵀ")
def _(run: Run) -> Iterator[Evidence]:
    model = replace(EDGES["NF1"].model, D=(Fraction(0), Fraction(0)))
    found = not is_fixed_for_all_steps(Point(model), Fraction(4))
    violates = "X = 0 and u₁ᵀGu₁ < 0: the weights grow"
    witness = witness_of(model, FEASIBLE, "D = 0, ‖U‖² = 13/36", violates)
    yield refuted("M = I, U = diag(1/2, 1/3)", EXACT, violates, witness if found else None)


@same_products.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.products(witness)
    if not witness.twin:
        return as_claimed.products(witness)
    model = stored(witness)
    grown = moved_again(model, STEPS[0])["D"]
    return proved_again(
        not any(model.D) and any(row[0] > 0 for row in grown), "the weights grow from zero", "adjoint sweep"
    )


# ---------------------------------------------------------------------------------------------------------------------
# T4: spurious fixed points, and edges

CONVEX, FIXED = "f is convex", "the point is fixed"


@claim(
    "hou-sra-yurtsever-2025/optimal-fixed-points",
    paper=PAPER,
    number="(T4, T5)",
    title="when fixed points are optimal, and what a local minimum that is not global looks like",
    scope=Scope.all("dimensions, convex losses, radii"),
    kinds=("derivation",),
    hypotheses=(CONVEX, FIXED),
    uses=("hou-sra-yurtsever-2025/fixed-iff-stationary", "hou-sra-yurtsever-2025/balls-of-any-norm"),
)
def optimal_fixed_points(run: Run) -> Iterator[Evidence]:
    """
    Statement: a fixed point with G ⪰ 0 is a global minimum over X ⪰ 0, so is one whose active columns span a hyperplane
        that a dead column leaves; at a local minimum that is not global the active columns are linearly independent and
        u_jᵀ G u_j > 0 for every dead column.
    Hypotheses: f is convex, and has two continuous derivatives for what is said of local minima; the point is fixed,
        and first G ⪰ 0, secondly the active columns span a hyperplane and a dead column leaves it, thirdly it is a
        local minimum.
    Conclusion: the three statements, for all dimensions. Global means over all X ⪰ 0, of any rank.
    Proof idea: f(Z) − f(X) ≥ ⟨G, Z⟩; curves through the point along which f decreases. The ball hinders none of them:
        (cU, c⁻²D) has the product of (U, D), so a curve that leaves the ball is scaled back with the same X.
    Checked by: normal form of words in matrices of symbolic dimensions, for each curve.
    Not checked: Taylor's theorem for f along curves, and that local minima over the ball are stationary (standard; the
        claim balls-of-any-norm then applies).
    """
    yield proved("udu-optimality", Scope.all("dimensions, convex losses, radii"))


@optimal_fixed_points.negative_twin(
    "without G ⪰ 0: a fixed point with invertible U is a global minimum", hypotheses=(CONVEX, FIXED), drops="G ⪰ 0"
)
def _(run: Run) -> Iterator[Evidence]:
    point = SPURIOUS["CE2"]
    found = _spurious("CE2", point, CONVEX, "f = ½‖X − M‖² is convex")
    if found.witness is not None:
        known = (*found.witness.hypotheses, *stated(FIXED, "for every step, in fractions"))
        found = replace(found, witness=replace(found.witness, hypotheses=known))
    yield found


def _spurious(name: str, point: Point, hypothesis: str, how: str) -> Evidence:
    """Refuting evidence: a fixed point on which a positive semidefinite matrix improves."""
    better = point.better
    assert better is not None
    best = loss(point.model, better)
    found = is_fixed_for_all_steps(point) and best < point.loss and _is_semidefinite(better)
    violates = f"(U, D) is fixed with loss {point.loss}; a positive semidefinite matrix has {best}"
    witness = witness_of(point.model, hypothesis, how, violates, better=[[str(x) for x in row] for row in better])
    return refuted(name, EXACT, violates, witness if found else None)


def _spurious_again(witness: Witness) -> Evidence:
    """The second path: the iteration itself, and the loss from the model's residual."""
    model = stored(witness)
    rows = witness.enclosed["better"]
    better = exact_matrix(rows, "better")
    here, there = again.loss_of(model, Point(model).product), again.loss_of(model, better)
    return proved_again(
        fixed_again(model) and there < here and semidefinite_by_minors(better),
        f"the iteration leaves the point; losses {here} and {there}",
        "matrix program",
    )


def _is_semidefinite(matrix: ExactMatrix) -> bool:
    from verify.symbolic.positivity import LDL, ldl

    return isinstance(ldl(matrix), LDL)


@optimal_fixed_points.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.optimality(witness)
    return _spurious_again(witness) if witness.twin else as_claimed.optimal(witness)


@claim(
    "hou-sra-yurtsever-2025/spurious-fixed-points",
    paper=PAPER,
    number="(T4, CE1–CE5)",
    title="fixed points that are not optimal",
    scope=Scope.instances(*SPURIOUS),
    kinds=(EXACT,),
    hypotheses=(FEASIBLE,),
)
def spurious_fixed_points(run: Run) -> Iterator[Evidence]:
    """
    Statement: there are fixed points that are not optimal over X ⪰ 0: with all columns nonzero (CE1), with U invertible
        (CE2, CE3), and for losses that a positive semidefinite matrix makes zero (CE4: one measurement, CE5:
        completion).
    Hypotheses: a feasible point: D >= 0, the ball holds U.
    Conclusion: each is fixed for steps 1/100, 1/3 and 7/2, and a positive semidefinite matrix has a smaller loss.
    Proof idea: exact evaluation.
    Checked by: fractions; the gradient by central differences of the loss.
    Not checked: nothing is left open.
    """
    for name, point in SPURIOUS.items():
        assert point.better is not None
        best = loss(point.model, point.better)
        holds = is_fixed_for_all_steps(point) and best < point.loss and _is_semidefinite(point.better)
        yield instance(name, holds, f"fixed, with loss {point.loss}; {best} is reached by X ⪰ 0")


@spurious_fixed_points.negative_twin("a dead column with u_jᵀ G u_j < 0 keeps a point fixed")
def _(run: Run) -> Iterator[Evidence]:
    point = EDGES["NF1"]
    found = not is_fixed_for_all_steps(point, Fraction(4))
    witness = witness_of(point.model, FEASIBLE, "‖U‖² = 13/36", "the dead column revives")
    yield refuted("NF1", EXACT, "the dead column revives", witness if found else None)


@spurious_fixed_points.recheck
def _(witness: Witness, run: Run) -> Evidence:
    model = stored(witness)
    weights = moved_again(model, STEPS[0])["D"]
    revived = [j for j, (d, row) in enumerate(zip(model.D, weights, strict=True)) if d == 0 < row[0]]
    return proved_again(bool(revived), f"columns {revived} get a positive weight", "adjoint sweep")


@claim(
    "hou-sra-yurtsever-2025/edges-of-the-definition",
    paper=PAPER,
    number="(T2, CE6–CE8, NF1)",
    title="zero columns with weight, points on the sphere, columns that come back",
    scope=Scope.instances("CE6", "CE7", "CE8", "NF1"),
    kinds=(EXACT,),
    hypotheses=(FEASIBLE,),
)
def edges_of_the_definition(run: Run) -> Iterator[Evidence]:
    """
    Statement: U = 0 is fixed with any D (CE6); a fixed point may lie on the sphere ‖U‖_F = α (CE7, α² = 2); a weight
        that the D step set to zero may become positive again (CE8); a dead column with u_jᵀ G u_j < 0 revives (NF1).
    Hypotheses: a feasible point: D >= 0, the ball holds U.
    Conclusion: the four statements.
    Proof idea: exact evaluation.
    Checked by: fractions; CE8 by two exact steps of the iteration.
    Not checked: nothing is left open.
    """
    from verify.numeric.iterate import apply_exactly

    yield instance("CE6", is_fixed_for_all_steps(EDGES["CE6"]), "U = 0, D = diag(7/3, 0) is fixed")
    sphere = EDGES["CE7"]
    yield instance(
        "CE7", is_fixed_for_all_steps(sphere, Fraction(2)) and sphere.radius_squared == 2, "fixed, with ‖U‖² = α² = 2"
    )
    first = apply_exactly(CE8)
    second = apply_exactly(CE8, first.state)
    weights = [CE8.D[1], first.state["D"][1][0], second.state["D"][1][0]]
    yield instance("CE8", weights[0] > 0 == weights[1] < weights[2], f"λ₂: {weights[0]} → 0 → positive")
    yield instance("NF1", not is_fixed_for_all_steps(EDGES["NF1"], Fraction(4)), "not fixed: λ₂ grows from 0")


@edges_of_the_definition.negative_twin("a weight of zero stays zero")
def _(run: Run) -> Iterator[Evidence]:
    from verify.numeric.iterate import apply_exactly

    after = apply_exactly(CE8).state
    model = replace(CE8, U=after["U"], D=tuple(row[0] for row in after["D"]))
    found = model.D[1] == 0 < apply_exactly(model).state["D"][1][0]
    witness = witness_of(model, FEASIBLE, "no ball is needed", "λ₂ = 0, and positive one step later")
    yield refuted("CE8", EXACT, "λ₂ = 0, and positive one step later", witness if found else None)


@edges_of_the_definition.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.outside(witness)
    from verify.symbolic.fixed_points import quadratic_forms

    model = stored(witness)
    forms = quadratic_forms(model.U, gradient(model, Point(model).product))
    dead = [j for j, d in enumerate(model.D) if d == 0 and forms[j] < 0]
    return proved_again(bool(dead), f"u_jᵀGu_j < 0 for the dead columns {dead}", "central differences")


# ---------------------------------------------------------------------------------------------------------------------
# T6: local minima that UUᵀ does not have

ATTRACTED = ("at once", "slowly")
#: After so many steps the weights of the second instance are zero, and not before.
DYING = 31


@claim(
    "hou-sra-yurtsever-2025/spurious-local-minima",
    paper=PAPER,
    number="(T6)",
    title="for an indefinite target all (U, 0) with positive forms are local minima, not global ones",
    scope=Scope.all("U with x² + 4xy + y² > 0 in every column (x, y)"),
    kinds=("derivation", EXACT),
    hypotheses=("every column of U has x² + 4xy + y² > 0",),
    uses=("hou-sra-yurtsever-2025/optimal-fixed-points",),
)
def spurious_local_minima(run: Run) -> Iterator[Evidence]:
    """
    Statement: let f = ½‖X − M‖_F² with M = −[[1, 2], [2, 1]] and let every column (x, y) of U have x² + 4xy + y² > 0.
        Then (U, 0) is a local minimum of the model (for every radius α ≥ ‖U‖) with f = 5, and 9/2 is reached elsewhere.
    Hypotheses: every column of U has x² + 4xy + y² > 0.
    Conclusion: f(X) − f(0) = Σ λ_j (x_j² + 4x_j y_j + y_j²) + ½‖X‖² ≥ 0 as long as the forms stay positive.
    Proof idea: expand; the forms are −u_jᵀ M u_j and continuous.
    Checked by: normal form of words (the expansion, all dimensions); exact evaluation of M, and of X = ½[[1, −1], [−1,
        1]].
    Not checked: nothing is left open.
    """
    point = SPURIOUS["CE3"]
    assert point.better is not None
    zero = multiply(point.better, ((Fraction(0),) * 2,) * 2)
    values = loss(point.model, zero), loss(point.model, point.better)
    if values != (Fraction(5), Fraction(9, 2)) or not _is_semidefinite(point.better):
        yield Evidence.undecided(kind=EXACT, scope=Scope.instances("CE3"), detail=f"losses {values}")
        return
    yield proved("udu-optimality", Scope.all("U with x² + 4xy + y² > 0 in every column (x, y)"))


@spurious_local_minima.negative_twin(
    "for columns with x² + 4xy + y² < 0",
    hypotheses=("x² + 4xy + y² < 0",),
    drops="every column of U has x² + 4xy + y² > 0",
)
def _(run: Run) -> Iterator[Evidence]:
    model = replace(SPURIOUS["CE3"].model, U=exact_matrix([[1, 0], [-1, 1]], "U"))
    x, y = model.U[0][0], model.U[1][0]
    weight = Fraction(1, 10)
    lower = loss(model, Point(replace(model, D=(weight, Fraction(0)))).product)
    found = x * x + 4 * x * y + y * y < 0 and lower < 5
    violates = f"a small weight of the first column lowers the loss from 5 to {lower}"
    witness = witness_of(model, "x² + 4xy + y² < 0", "the first column is (1, −1)", violates, weight=weight)
    yield refuted("U = [[1, 0], [−1, 1]]", EXACT, violates, witness if found else None)


@spurious_local_minima.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.zero_column(witness)
    if not witness.twin:
        return as_claimed.local_minimum(witness)
    model = stored(witness)
    slope = moved_again(model, STEPS[0])["D"][0][0]
    return proved_again(slope > 0, f"the D step lets the first weight grow to {slope}", "adjoint sweep")


@claim(
    "hou-sra-yurtsever-2025/weights-can-die",
    paper=PAPER,
    number="(T6, basins)",
    title="the iteration from D = I can end at X = 0 for good",
    scope=Scope.instances(*ATTRACTED),
    kinds=("ball arithmetic", EXACT),
    hypotheses=(FEASIBLE,),
    uses=("hou-sra-yurtsever-2025/fixed-iff-stationary",),
)
def weights_can_die(run: Run) -> Iterator[Evidence]:
    """
    Statement: from D = I and U = 2I with step 1/4, f = ½‖X − M‖², M = −[[1, 2], [2, 1]], the weights are zero after one
        step; from D = I and U = 5I with step 1/5000, f = ½(⟨M, X⟩ − 2)² (which X = [[1, −1], [−1, 1]] makes zero),
        after 31. Both states are fixed for ever, with the losses 5 and 2.
    Hypotheses: a feasible point: D >= 0, the ball holds U (any radius that is never reached).
    Conclusion: D = 0 exactly, and u_jᵀ G u_j > 0 for every column.
    Proof idea: the D step is max(λ_j − ηq_j, 0), and q_j > 0 is large for large columns.
    Checked by: exact fractions (one step); balls that enclose the exact iteration, every clamp decided (31 steps).
    Not checked: nothing is left open.
    """
    from verify.arithmetic import precision
    from verify.numeric.iterate import Balls, apply_exactly, apply_map, start_state

    after = apply_exactly(BASIN_AT_ONCE)
    dead = Point(replace(BASIN_AT_ONCE, U=after.state["U"], D=tuple(row[0] for row in after.state["D"])))
    yield instance(
        "at once", not any(dead.model.D) and is_fixed_for_all_steps(dead) and dead.loss == 5, "D = 0, fixed, loss 5"
    )
    with precision(200):
        numbers = Balls()
        state = start_state(BASIN_SLOWLY, numbers)
        for count in range(1, DYING + 1):  # noqa: B007 (counts the steps taken)
            applied = apply_map(BASIN_SLOWLY, state, numbers)
            state = applied.state
            if all(x == 0 for x in state["D"].entries()):
                break
        exactly_zero = count == DYING and all(x.is_zero() for x in state["D"].entries())
        # At X = 0 the gradient is −2A, so the forms are −2⟨A, uuᵀ⟩ = 2(x² + 4xy + y²).
        U = state["U"]
        forms = [2 * (U[0, j] * U[0, j] + 4 * U[0, j] * U[1, j] + U[1, j] * U[1, j]) for j in range(2)]
        positive = all(form > 0 for form in forms)
    zero = ((Fraction(0),) * 2,) * 2
    right = gradient(BASIN_SLOWLY, zero) == ((Fraction(2), Fraction(4)), (Fraction(4), Fraction(2)))
    scope = Scope.instances("slowly")
    if not (exactly_zero and positive and right and loss(BASIN_SLOWLY, zero) == 2):
        yield Evidence.undecided(kind="ball arithmetic", scope=scope, detail="not every sign was decided")
        return
    yield Evidence.supports(
        kind="ball arithmetic",
        assurance=Assurance.ENCLOSED,
        scope=scope,
        detail=f"slowly: D = 0 after {count} steps, all forms positive, loss 2",
    )


@weights_can_die.negative_twin("after one step from the smaller start U = I, with step 1/20")
def _(run: Run) -> Iterator[Evidence]:
    from verify.numeric.iterate import apply_exactly

    small = replace(BASIN_AT_ONCE, U=exact_matrix([[1, 0], [0, 1]], "U"), step=Fraction(1, 20))
    after = apply_exactly(small).state
    found = all(row[0] > 0 for row in after["D"])
    violates = "after one step with η = 1/20 both weights are positive"
    witness = witness_of(small, FEASIBLE, "no ball is needed", violates)
    yield refuted("U = I", EXACT, violates, witness if found else None)


@weights_can_die.recheck
def _(witness: Witness, run: Run) -> Evidence:
    from verify.symbolic.fixed_points import quadratic_forms

    model = stored(witness)
    assert model.step is not None
    forms = quadratic_forms(model.U, gradient(model, Point(model).product))
    weights = [d - model.step * q for d, q in zip(model.D, forms, strict=True)]
    return proved_again(all(x > 0 for x in weights), f"the weights are {weights[0]} and {weights[1]}", "differences")


# ---------------------------------------------------------------------------------------------------------------------
# The heading read alone


@claim(
    "hou-sra-yurtsever-2025/literally-no-spurious-fixed-points",
    paper=PAPER,
    number="Prop. 1, its heading",
    title="fixed points are optimal (the heading read without its statement)",
    scope=POINTS,
    expects=Verdict.REFUTED,
    kinds=(EXACT,),
    hypotheses=(FEASIBLE,),
    literal_reading="a heading, read without the statement under it",
)
def literally_no_spurious_fixed_points(run: Run) -> Iterator[Evidence]:
    """
    Statement: the model has no spurious fixed points: each is a global minimum over X ⪰ 0.
    Hypotheses: a feasible point: D >= 0, the ball holds U.
    Conclusion: none of the points CE1 to CE5 exists.
    Proof idea: it is false when read alone; CE4 is fixed with loss 2 although 0 is reached.
    Checked by: exact evaluation.
    Not checked: nothing is left open. The statement under the heading, as we read it, is the claim
        projection-never-acts, and it holds.
    """
    yield _spurious("CE4", SPURIOUS["CE4"], FEASIBLE, "D = 0; any ball of radius at least ‖U‖ = 1/√2")


@literally_no_spurious_fixed_points.negative_twin("for losses with minimum 0 by completion")
def _(run: Run) -> Iterator[Evidence]:
    yield _spurious("CE5", SPURIOUS["CE5"], FEASIBLE, "D = 0; any ball of radius at least ‖U‖")


@literally_no_spurious_fixed_points.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return _spurious_again(witness)
