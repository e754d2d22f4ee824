"""The claims of this paper without one of their hypotheses: what then goes wrong, or that nothing was seen to.

Each check shows a point, exactly, which satisfies the other hypotheses and violates the conclusion; gradients are
differences of the loss. The second paths are in :mod:`.again`. Where a hypothesis can go, the check says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

from proofs_checks.common import refuted
from proofs_checks.hou_sra_yurtsever_2025 import enumeration, fixed_points, flows, low_rank
from proofs_checks.hou_sra_yurtsever_2025.enumeration import GIVEN, eigencomponents, solves
from proofs_checks.hou_sra_yurtsever_2025.fixed_points import CONVEX, EXACT, FEASIBLE, FIXED
from proofs_checks.hou_sra_yurtsever_2025.instances import SPURIOUS, Point, approximating, gradient, loss
from proofs_checks.hou_sra_yurtsever_2025.loose import Loose
from proofs_checks.hou_sra_yurtsever_2025.points import inner, product_of, square_of
from proofs_checks.hou_sra_yurtsever_2025.trajectories import STEPS, A
from verify.arithmetic import ExactMatrix, exact_matrix
from verify.arithmetic.exact import identity, multiply, transpose
from verify.claims import Established, Evidence, Run, Scope, Witness
from verify.models import UDU, BurerMonteiro, Observations, dump_problem

IN_THE_BALL = "a feasible point: the ball holds U"
NONNEGATIVE = "a feasible point: D >= 0"
ONE = Fraction(1)


def fails(
    name: str,
    found: bool,
    violates: str,
    data: Mapping[str, Any],
    established: Mapping[str, str],
    *,
    kind: str = "point",
    **shown: object,
) -> Evidence:
    """Refuting evidence against the claim without a hypothesis, where `found`; `established` says how each of the
    others is known."""
    witness = Witness(
        problem=data,
        kind=kind,
        hypotheses=tuple(Established(name=hypothesis, how=how) for hypothesis, how in established.items()),
        violates=violates,
        enclosed={key.replace("_", " "): value for key, value in shown.items()},
    )
    return refuted(name, EXACT, violates, witness if found else None)


def spared(why: str, tried: str) -> Evidence:
    """The hypothesis is not needed: a proof in words, and what was tried besides."""
    return Evidence.undecided(kind="by hand", scope=Scope.instances(tried), detail=f"holds without it: {why}")


def slope_at(point: Loose) -> ExactMatrix:
    """``∇f(X)``: given, or by differences of the loss."""
    return gradient(point.carrier, product_of(point.U, point.D)) if point.slope is None else point.slope


def is_fixed_at(point: Loose) -> bool:
    """Whether the iteration leaves the point where it is."""
    from verify.symbolic.fixed_points import is_fixed

    assert point.square is not None
    assert point.step is not None
    return is_fixed(point.U, point.D, slope_at(point), radius_squared=point.square, step=point.step)


def loose_points() -> Iterator[Loose]:
    """One column in two dimensions: small integers, weights of both signs, balls that hold U and balls that do not."""
    targets = ([[1, 0], [0, 1]], [[0, 1], [1, 0]], [[-1, -2], [-2, -1]])
    for x, y, d, target, square in product((-1, 0, 1, 2), (-1, 0, 1), (-1, 0, 1), targets, (1, 2)):
        yield Loose.of([[x], [y]], [d], target=target, square=square, step="1/3")


# ---------------------------------------------------------------------------------------------------------------------
# L1


@fixed_points.fixed_u_steps.without("and the projection acts", hypotheses=("D is given",))
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.fixed_points import u_step_is_fixed

    point = Loose.of(identity(2), [3, 2], target=[[3, 0], [0, 2]], square=4, step="1/3")
    still = u_step_is_fixed(point.U, point.D, slope_at(point), radius_squared=Fraction(4), step=Fraction(1, 3))
    violates = "U = I is fixed inside the ball, ‖U‖² = 2 < α² = 4"
    yield fails("X = M", still and square_of(point.U) < 4, violates, point.problem(), {"D is given": "D = (3, 2)"})


@fixed_points.fixed_u_steps.without("G = ∇f(X) is symmetric", hypotheses=(fixed_points.SPHERE,))
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.fixed_points import is_active, u_step_is_fixed

    point = Loose.of([[1, 1], [0, -1]], [2, 1], slope=[[-1, 1], [0, -2]], square=3, step="1/3")
    options = {"radius_squared": Fraction(3), "step": Fraction(1, 3)}
    assert point.slope is not None
    fixed = u_step_is_fixed(point.U, point.D, point.slope, **options)
    active = is_active(point.U, point.D, point.slope, **options)
    across = multiply(transpose(point.U), point.U)[0][1]
    violates = f"a fixed step Ū = U − 2ηGUD with D = diag(2, 1), and ⟨u₁, u₂⟩ = {across}"
    how = {fixed_points.SPHERE: "D = diag(2, 1), α² = 3; the loss is ⟨G, X⟩ with G = [[−1, 1], [0, −2]]"}
    yield fails("a slope that is not symmetric", fixed and active and across != 0, violates, point.problem(), how)


# ---------------------------------------------------------------------------------------------------------------------
# T1, T1′


def _none_active(kept: str) -> str:
    """Tries all loose points: a fixed one is feasible, and its projection does not act; says how many there are."""
    from verify.symbolic.fixed_points import is_active

    count = 0
    for point in loose_points():
        if is_fixed_at(point):
            assert point.square is not None
            assert point.step is not None
            assert min(point.D) >= 0
            assert square_of(point.U) <= point.square
            assert not is_active(point.U, point.D, slope_at(point), radius_squared=point.square, step=point.step)
            count += 1
    assert count > 0
    return f"{count} fixed points among small integers, {kept} or not"


@fixed_points.projection_never_acts.without("D >= 0", hypotheses=(IN_THE_BALL,))
def _(run: Run) -> Evidence:
    return spared("a fixed point is its own image, and the step of D ends at D ≥ 0", _none_active("with D ≥ 0"))


@fixed_points.projection_never_acts.without("the ball holds U", hypotheses=(NONNEGATIVE,))
def _(run: Run) -> Evidence:
    return spared("a fixed point is its own image, and the projection ends in the ball", _none_active("in the ball"))


@fixed_points.projection_never_acts.without("radius α > 0", hypotheses=(FEASIBLE,))
def _(run: Run) -> Evidence:
    return spared("for α = 0 the ball holds U = 0 alone, and then Ū = 0", "U = 0")


@fixed_points.projection_never_acts.without("G = ∇f(X) is symmetric", hypotheses=(FEASIBLE,))
def _(run: Run) -> Evidence:
    """Slopes of two dimensions, one column of weight 1, on the sphere."""
    from verify.symbolic.fixed_points import is_active, is_fixed

    count = 0
    for a, b, c, d, x, y in product((-2, -1, 0, 1), (-1, 0, 1), (0, 1), (-1, 0), (-1, 0, 1), (0, 1)):
        U, slope = exact_matrix([[x], [y]], "U"), exact_matrix([[a, b], [c, d]], "G")
        given = {"radius_squared": square_of(U) or ONE, "step": Fraction(1, 3)}
        if is_fixed(U, (ONE,), slope, **given):
            assert not is_active(U, (ONE,), slope, **given)
            count += 1
    why = "λ_jGu_j = −γu_j, multiplied by u_jᵀ, gives λ_jq_j = −γp_j for every square G; Ū = U − 2ηGUD is meant"
    return spared(why, f"{count} fixed points with slopes of small integers, symmetric or not")


@fixed_points.projection_never_acts.without("any step η > 0", hypotheses=(FEASIBLE,))
def _(run: Run) -> Iterator[Evidence]:
    point = Loose.of([[1]], [1], target=[[0]], square=1, step=0)
    pulled = multiply(slope_at(point), point.U)[0][0] * point.D[0]
    violates = f"for η = 0 every feasible point is fixed (Ū = U all the same), and here GUD = {pulled}"
    how = {FEASIBLE: "U = D = α = 1"}
    yield fails("a step of zero", is_fixed_at(point) and pulled != 0, violates, point.problem(), how)


@fixed_points.balls_of_any_norm.without(
    "of some norm", hypotheses=("stationary over a closed convex set that holds 0, and D >= 0",)
)
def _(run: Run) -> Iterator[Evidence]:
    point = Loose.of([[1], [0]], [1], target=[[1, -1], [-1, 0]])
    pulled = multiply(slope_at(point), point.U)
    slope = tuple(tuple(2 * x * d for x, d in zip(row, point.D, strict=True)) for row in pulled)  # ∇_U F
    lowest = min(x for row in slope for x in row)
    found = lowest >= 0 and inner(slope, point.U) == 0 and any(x for row in slope for x in row)
    violates = f"∇_U F = {[str(row[0]) for row in slope]} ≥ 0 and ⟨∇_U F, U⟩ = 0 at U = e₁, so ⟨∇_U F, V − U⟩ ≥ 0 there"
    how = "the matrices without negative entries, a closed convex set with 0 on its boundary; λ₁q₁ = ½⟨∇_U F, U⟩ = 0"
    names = {"stationary over a closed convex set that holds 0, and D >= 0": how}
    yield fails("U = e₁", found, violates, point.problem(), names)


# ---------------------------------------------------------------------------------------------------------------------
# T2, T3


@fixed_points.fixed_iff_stationary.without("the ball holds U", hypotheses=(NONNEGATIVE,))
def _(run: Run) -> Iterator[Evidence]:
    yield _outside({NONNEGATIVE: "D = (3, 2)"}, "G = 0, and the projection moves U, since ‖U‖² = 2 > α² = 1")


def _outside(established: Mapping[str, str], violates: str) -> Evidence:
    """X = M with U = I outside of its ball: the slopes vanish, the projection acts."""
    from verify.symbolic.fixed_points import is_stationary

    point = Loose.of(identity(2), [3, 2], target=[[3, 0], [0, 2]], square=1, step="1/3")
    found = is_stationary(point.U, point.D, slope_at(point)) and not is_fixed_at(point)
    return fails("X = M outside of the ball", found, violates, point.problem(), established)


@fixed_points.fixed_iff_stationary.without("D >= 0", hypotheses=(IN_THE_BALL,))
def _(run: Run) -> Evidence:
    from verify.symbolic.fixed_points import is_stationary

    count = 0
    for point in loose_points():
        if min(point.D) < 0:
            assert not is_fixed_at(point)
            assert not is_stationary(point.U, point.D, slope_at(point))
            count += 1
    why = "with a negative weight neither side holds: the step of D ends at D ≥ 0, and the criterion asks for λ_j ≥ 0"
    return spared(why, f"{count} points of small integers with a negative weight")


@fixed_points.same_products.without("D >= 0", hypotheses=(IN_THE_BALL,))
def _(run: Run) -> Evidence:
    return spared("fixed points have D ≥ 0 anyway, since the step of D ends there", _none_active("with D ≥ 0"))


@fixed_points.same_products.without("the ball holds U", hypotheses=(NONNEGATIVE,))
def _(run: Run) -> Evidence:
    return spared("fixed points lie in the ball anyway, since the projection ends there", _none_active("in the ball"))


@fixed_points.same_products.without("G = ∇f(X) is symmetric", hypotheses=(FEASIBLE,))
def _(run: Run) -> Evidence:
    why = "GX = (GUD)Uᵀ, and GX = 0 gives Gv = 0 for the eigenvectors of X = Xᵀ, for every square G in Ū = U − 2ηGUD"
    return spared(why, "all slopes: neither step of the derivation turns G around")


def _no_such_product(X: object, columns: int, hypotheses: Mapping[str, str], violates: str, **more: int) -> Evidence:
    """X = M: no loss, and no product with so many columns and weights D ≥ 0."""
    matrix = exact_matrix(X, "X")
    still = gradient(approximating(X, matrix, [0] * len(matrix)), matrix)
    data = {"M": matrix, "X": matrix, "r": columns, **more}
    return fails("X = M", not any(x for row in still for x in row), violates, data, hypotheses, kind="product")


@fixed_points.same_products.without("X ⪰ 0", hypotheses=(FEASIBLE, "X of rank at most r"))
def _(run: Run) -> Iterator[Evidence]:
    how = {FEASIBLE: "any", "X of rank at most r": "n = r = 1"}
    yield _no_such_product([[-1]], 1, how, "X = −1 has ∇f(X)X = 0, and λu² ≥ 0 for every u and λ ≥ 0")


@fixed_points.same_products.without("of rank at most r", hypotheses=(FEASIBLE, "X ⪰ 0"))
def _(run: Run) -> Iterator[Evidence]:
    how = {FEASIBLE: "any", "X ⪰ 0": "X = I"}
    yield _no_such_product(identity(2), 1, how, "X = I has ∇f(X)X = 0, and λuuᵀ has rank 1")


@fixed_points.same_products.without("radius α > 0", hypotheses=(FEASIBLE, "X ⪰ 0, of rank at most r"))
def _(run: Run) -> Iterator[Evidence]:
    how = {FEASIBLE: "U = 0, which the ball of radius 0 holds", "X ⪰ 0, of rank at most r": "X = 1, n = r = 1"}
    yield _no_such_product([[1]], 1, how, "X = 1 has ∇f(X)X = 0, and the ball of radius 0 holds U = 0 alone", square=0)


# ---------------------------------------------------------------------------------------------------------------------
# T4, T5, T6


@fixed_points.optimal_fixed_points.without(CONVEX)
def _(run: Run) -> Iterator[Evidence]:
    f = (Fraction(0), ONE, -ONE)  # x − x²
    u, d, better = ONE, Fraction(0), Fraction(2)
    X = d * u * u
    slope, here, there = f[1] + 2 * f[2] * X, X - X**2, better - better**2
    found = slope >= 0 and d == 0 and there < here
    violates = f"f(x) = x − x² has G = {slope} ≥ 0 at the fixed point u = 1, λ = 0, and f(2) = {there} < f(0) = {here}"
    data = {"f": list(f), "u": u, "d": d, "better": better}
    how = {FIXED: "λ = 0, q = Gu² = 1, with G = 1 ⪰ 0"}
    yield fails("x − x²", found, violates, data, how, kind="polynomial")


@fixed_points.optimal_fixed_points.without("has two continuous derivatives", hypotheses=(CONVEX, FIXED))
def _(run: Run) -> Evidence:
    """The proof needs a derivative at X alone."""
    why = (
        "a derivative of f at X is enough. (cU, c⁻²D) has the product X, so the ball hinders no curve; with dependent "
        "active columns X moves by t²(zᵀDz)wwᵀ exactly; and for a dead column with q_j = 0, u_j may first become "
        "u_j + w, which leaves X as it is, and then λ_j grow: f has the slope (u_j + w)ᵀG(u_j + w), negative for some "
        "small w unless G ⪰ 0, because a quadratic form that is 0 at u_j and nowhere negative near it is semidefinite"
    )
    return spared(why, "all losses with a derivative at X")


def _not_optimal(name: str, point: Point, lacks: bool, what: str, how: Mapping[str, str]) -> Evidence:
    """A fixed point which a positive semidefinite matrix improves on."""
    better = point.better
    assert better is not None
    worse = loss(point.model, better) < point.loss and fixed_points.is_fixed_for_all_steps(point)
    violates = f"{what}: fixed with loss {point.loss}, a positive semidefinite matrix has {loss(point.model, better)}"
    data = dump_problem(point.model)
    return fails(name, worse and lacks, violates, data, how, kind="problem", better=better)


_QUADRATIC, _FOR_ALL = "f = ½‖X − M‖² is convex", "for every step, in fractions"


@fixed_points.optimal_fixed_points.without("a dead column leaves it", hypotheses=(CONVEX, FIXED, "span a hyperplane"))
def _(run: Run) -> Iterator[Evidence]:
    point = SPURIOUS["CE1"]
    (_, dead), (low, other) = point.model.U
    lacks = low == other == 0 != dead  # both columns are multiples of e₁
    how = {CONVEX: _QUADRATIC, FIXED: _FOR_ALL, "span a hyperplane": "n = 2, and the active column is a multiple of e₁"}
    yield _not_optimal("CE1", point, lacks, "the dead column lies in the hyperplane of the active one", how)


@fixed_points.optimal_fixed_points.without(
    "span a hyperplane", hypotheses=(CONVEX, FIXED, "a dead column leaves their span")
)
def _(run: Run) -> Iterator[Evidence]:
    point = SPURIOUS["CE2"]
    lacks = sum(1 for d in point.model.D if d) == 1 and len(point.model.U) == 3
    how = {CONVEX: _QUADRATIC, FIXED: _FOR_ALL, "a dead column leaves their span": "U = I/2"}
    yield _not_optimal("CE2", point, lacks, "the active column spans a line in three dimensions", how)


@fixed_points.optimal_fixed_points.without("it is a local minimum", hypotheses=(CONVEX, FIXED))
def _(run: Run) -> Iterator[Evidence]:
    model = approximating(identity(2), [[1, 1], [0, 0]], ["1/2", "1/2"])
    how = {CONVEX: _QUADRATIC, FIXED: _FOR_ALL}
    what = "both columns are e₁ and active, linearly dependent"
    yield _not_optimal("U = [[1, 1], [0, 0]]", Point(model, identity(2)), all(model.D), what, how)


@fixed_points.optimal_fixed_points.without(FIXED, hypotheses=(CONVEX, "G ⪰ 0"))
def _(run: Run) -> Iterator[Evidence]:
    point = Point(approximating([[1]], [[1]], [2]), identity(1))
    found = point.gradient[0][0] > 0 and not fixed_points.is_fixed_for_all_steps(point)
    violates = f"X = 2 with G = {point.gradient[0][0]} and loss {point.loss}; X = 1 has 0"
    how = {CONVEX: _QUADRATIC, "G ⪰ 0": "G = 1"}
    data = dump_problem(point.model)
    yield fails("X = 2, M = 1", found, violates, data, how, kind="problem", better=identity(1))


@fixed_points.spurious_local_minima.without("> 0", hypotheses=("every column of U has x² + 4xy + y² ≥ 0",))
def _(run: Run) -> Iterator[Evidence]:
    """A column that is zero: along (t, −t) with the weight t the loss moves by −2t³ + 2t⁶, as 7 of its values say."""
    model = replace(SPURIOUS["CE3"].model, U=exact_matrix([[0, 1], [0, 0]], "U"))
    start = Point(model).loss

    def along(t: Fraction) -> Fraction:
        return Point(replace(model, U=((t, ONE), (-t, Fraction(0))), D=(t, Fraction(0)))).loss - start

    found = all(along(t) == -2 * t**3 + 2 * t**6 for t in (Fraction(k, 8) for k in range(1, 8)))
    violates = "along u₁ = (t, −t), λ₁ = t the loss moves by −2t³ + 2t⁶ < 0 for 0 < t < 1: no local minimum"
    how = {"every column of U has x² + 4xy + y² ≥ 0": "0 and 1"}
    yield fails("U = [[0, 1], [0, 0]]", found, violates, dump_problem(model), how, kind="problem")


@fixed_points.edges_of_the_definition.without("D >= 0", hypotheses=(IN_THE_BALL,))
def _(run: Run) -> Iterator[Evidence]:
    point = Loose.of([[0]], [-1], target=[[1]], square=1, step="1/3")
    violates = "U = 0 with λ = −1 is not fixed: λ becomes 0"
    yield fails("U = 0", not is_fixed_at(point), violates, point.problem(), {IN_THE_BALL: "U = 0"})


@fixed_points.edges_of_the_definition.without("the ball holds U", hypotheses=(NONNEGATIVE,))
def _(run: Run) -> Iterator[Evidence]:
    yield _outside({NONNEGATIVE: "D = (3, 2)"}, "CE7 with α² = 1 in place of 2 is not fixed: the projection moves U")


# ---------------------------------------------------------------------------------------------------------------------
# F1, F2, T7


@flows.flow_descends.without("D >= 0", hypotheses=(IN_THE_BALL,))
def _(run: Run) -> Iterator[Evidence]:
    point = Loose.of([[1]], [-1], target=[[-1]], square=1, step="1/3")
    rests = not any(x for row in slope_at(point) for x in row)
    violates = "G = 0: the flow rests at λ = −1, and the iteration takes λ to 0"
    how = {IN_THE_BALL: "U = 1 = α"}
    yield fails("X = M = −1", rests and not is_fixed_at(point), violates, point.problem(), how)


@flows.flow_descends.without("the ball holds U", hypotheses=(NONNEGATIVE,))
def _(run: Run) -> Iterator[Evidence]:
    yield _outside({NONNEGATIVE: "D = (3, 2)"}, "G = 0: the flow rests, and the iteration takes U to the sphere")


_ANY_SIGN = (
    "the chain rule knows no sign: for every λ_j, every G and every μ ≥ 0, d/dt(‖u_j‖² − 2λ_j²) = −4λ_jq_j − 2μ‖u_j‖² "
    "+ 4λ_jq_j"
)


def _drift(point: Loose) -> Fraction:
    """``d/dt(‖u_1‖² − 2λ_1²)`` with μ = 1, the weight not clamped, less ``−2‖u_1‖²``."""
    slope, u, d = slope_at(point), point.U, point.D[0]
    pulled = multiply(slope, u)
    rate = 2 * sum((x[0] * (-2 * d * g[0] - x[0]) for x, g in zip(u, pulled, strict=True)), Fraction(0))
    return rate + Fraction(4 * d * inner(u, pulled) + 2 * square_of(u))


def _no_drift() -> str:
    count = 0
    for point in loose_points():
        assert _drift(point) == 0
        count += 1
    return f"{count} points of small integers, weights of both signs, in the ball and outside"


@flows.column_invariants.without("D >= 0", hypotheses=(IN_THE_BALL,))
def _(run: Run) -> Evidence:
    return spared(_ANY_SIGN, _no_drift())


@flows.column_invariants.without("the ball holds U", hypotheses=(NONNEGATIVE,))
def _(run: Run) -> Evidence:
    return spared(_ANY_SIGN, _no_drift())


def _dying(established: Mapping[str, str]) -> Evidence:
    """``n = r = 1``, u = 2, λ = 1, M = −1. While λ ≥ 0, G = λp + 1 ≥ 1 and p = C + 2λ² ≥ C = 2, so λ' = −Gp ≤ −2; and p
    falls, so that a ball which holds u never acts."""
    model = approximating([[-1]], [[2]], [1])
    p, d, y = model.U[0][0] ** 2, model.D[0], Fraction(-1)
    balance = p - 2 * d**2
    time = d / (balance * -y)
    violates = f"λ' ≤ −{balance * -y} as long as λ ≥ 0, so λ is zero before t = {time}; there q > 0, and it is clamped"
    found = balance > 0 and d**2 <= p / 2 and gradient(model, ((Fraction(0),),)) == ((-y,),)
    data = dump_problem(model)
    return fails("u = 2, λ = 1, M = −1", found, violates, data, established, kind="problem", time=time)


@flows.weights_stay_positive.without(flows.STRONG, hypotheses=())
def _(run: Run) -> Iterator[Evidence]:
    yield _dying({FEASIBLE: "no ball is needed: ‖u‖ falls"})


@flows.weights_stay_positive.without(">", hypotheses=("λ_j(0)² ≥ ‖u_j(0)‖²/2, u_j(0) ≠ 0",))
def _(run: Run) -> Evidence:
    why = "with ≥ and u_j(0) ≠ 0; at equality λ_j(t)² ≥ ‖u_j(t)‖²/2, and no column vanishes (no-column-vanishes)"
    return spared(why, "λ_j(0)² = ‖u_j(0)‖²/2")


# ---------------------------------------------------------------------------------------------------------------------
# F3, F4, F5, T8


@flows.no_further_invariants.without(flows.ARBITRARY, hypotheses=())
def _(run: Run) -> Iterator[Evidence]:
    """One loss leaves more: that of the entry X_11 = λu_11² does not know u_21. (By the flow-box theorem each single
    flow has all but one function of the state as invariants, locally.)"""
    seen = Observations(2, 2, ((0, 0, Fraction(3)),))
    model = UDU(exact_matrix([[1], [1]], "U"), (ONE,), seen)
    kept = True
    for x, y, d in product((-2, -1, 0, 1, 2, 3), (-2, -1, 0, 1, 2, 3), (0, 1, 2, 3)):
        moved = replace(model, U=exact_matrix([[x], [y]], "U"), D=(Fraction(d),))
        (U, D) = flows.rates(moved)
        kept = kept and U[1][0] == 0 == x * U[0][0] + y * U[1][0] - 2 * d * D[0]
    violates = "for n = 2, r = 1 two independent functions are conserved, C₁ and u₂₁, where only X₁₁ is observed"
    how = {"one loss": "f = ½(X₁₁ − 3)²; the rates, of degree 5 at most along a variable, vanish at 6 × 6 × 4 points"}
    yield fails("X₁₁ observed", kept, violates, dump_problem(model), how, kind="problem")


#: On its sphere α² = 2 the ball is active, μ = 1: a dead column e₂ and a growing one e₁.
_DEAD_AND_GROWING = approximating([[2, 0], [0, -1]], [[0, 1], [1, 0]], [0, 1])


def _logarithms(model: UDU, square: Fraction) -> tuple[Fraction, list[Fraction], Fraction, tuple[Fraction, ...]]:
    """μ, the rates of ``ln‖u_j‖²``, that of ``‖D‖²``, and those of the weights, with the constraints of the flow."""
    U, free = flows.rates(model)
    D = tuple(max(rate, Fraction(0)) if d == 0 else rate for d, rate in zip(model.D, free, strict=True))
    energy = 2 * sum((d * rate for d, rate in zip(model.D, D, strict=True)), Fraction(0))
    pull = max(energy / square, Fraction(0)) if square_of(model.U) == square else Fraction(0)
    columns = zip(transpose(model.U), transpose(U), strict=True)
    logs = [2 * inner((u,), (du,)) / square_of((u,)) - 2 * pull for u, du in columns]
    return pull, logs, energy, D


@flows.parallel_columns.without("the ball is active", hypotheses=("the column is dead",))
def _(run: Run) -> Iterator[Evidence]:
    pull, logs, energy, _ = _logarithms(_DEAD_AND_GROWING, Fraction(4))
    rate = logs[0] + 2 * energy / 4
    violates = f"in a ball of radius 2, which ‖U‖² = 2 does not reach, ln of the product has the rate {rate}"
    how = {"the column is dead": "λ₁ = 0"}
    data = dump_problem(_DEAD_AND_GROWING)
    yield fails("inside the ball", pull == 0 != rate, violates, data, how, kind="problem", radius_squared=4, column=0)


@flows.parallel_columns.without("the column is dead", hypotheses=("the ball is active",))
def _(run: Run) -> Iterator[Evidence]:
    pull, logs, energy, _ = _logarithms(_DEAD_AND_GROWING, Fraction(2))
    rate = logs[1] + 2 * energy / 2
    violates = f"for the second column, with λ₂q₂ ≠ 0, ln of the product has the rate {rate}"
    how = {"the ball is active": f"α² = ‖U‖² = 2, μ = {pull}"}
    data = dump_problem(_DEAD_AND_GROWING)
    yield fails("a growing column", pull > 0 != rate, violates, data, how, kind="problem", radius_squared=2, column=1)


@flows.parallel_columns.without("all columns are multiples of one vector", hypotheses=("the ball is active",))
def _(run: Run) -> Iterator[Evidence]:
    model = _DEAD_AND_GROWING
    pull, logs, _, D = _logarithms(model, Fraction(2))
    rate = sum(logs, Fraction(0)) + 2 * (model.D[0] - model.D[1]) * (D[0] - D[1])  # 2/α² = 1
    violates = f"for columns e₂ and e₁ the sum has the rate {rate}"
    how = {"the ball is active": f"α² = ‖U‖² = 2, μ = {pull}"}
    yield fails(
        "orthogonal columns", pull > 0 != rate, violates, dump_problem(model), how, kind="problem", radius_squared=2
    )


@flows.no_column_vanishes.without("no column is zero at the start", hypotheses=())
def _(run: Run) -> Iterator[Evidence]:
    model = approximating([[1]], [[0]], [1])
    rests = flows.rates(model)[0] == ((Fraction(0),),)
    how = {FEASIBLE: "U = 0, D = 1"}
    yield fails("U = 0", rests, "‖u₁(t)‖ = 0 for all t", dump_problem(model), how, kind="problem")


_ALIVE = "no column is zero at the start"


@flows.no_column_vanishes.without("2ηλ_j‖G‖ < 1", hypotheses=(_ALIVE,))
def _(run: Run) -> Iterator[Evidence]:
    model = approximating([[0]], [[1]], [1])
    step = 1 / (2 * gradient(model, ((ONE,),))[0][0])
    after = 1 + step * flows.rates(model)[0][0][0]
    violates = f"for M = 0, u = λ = 1 and η = {step} the step takes u to {after}"
    data = dump_problem(replace(model, step=step))
    yield fails("2ηλ‖G‖ = 1", after == 0, violates, data, {_ALIVE: "u = 1"}, kind="problem")


@flows.no_column_vanishes.without("λ_j(0)² > ‖u_j(0)‖²/2 for the terms", hypotheses=(_ALIVE,))
def _(run: Run) -> Iterator[Evidence]:
    yield _dying({_ALIVE: "u = 2"})


@flows.no_column_vanishes.without("I − 2ηG is regular for UUᵀ", hypotheses=(_ALIVE,))
def _(run: Run) -> Iterator[Evidence]:
    seen = Observations(1, 1, ((0, 0, Fraction(0)),))
    model = BurerMonteiro(identity(1), seen, Fraction(1, 2))
    slope = model.U[0][0] ** 2 - seen.entries[0][2]
    after = (1 - 2 * Fraction(1, 2) * slope) * model.U[0][0]
    violates = f"for M = 0, U = 1 and η = 1/2 the step of UUᵀ takes U to {after}: the rank falls from 1 to 0"
    yield fails("1 − 2ηG = 0", after == 0, violates, dump_problem(model), {_ALIVE: "U = 1"}, kind="problem")


# ---------------------------------------------------------------------------------------------------------------------
# Scale

#: One number, whose scaled step would leave a ball that is not scaled along.
_NUMBER = UDU(((Fraction(1, 2),),), (ONE,), Observations(1, 1, ((0, 0, Fraction(3)),)), ONE, Fraction(1, 10))
_PARTS = ("the data", "the start", "the radius", "the step")


def _not_covariant(run: Run) -> Iterator[Evidence]:
    from verify.numeric.iterate import apply_exactly

    s, model, left = Fraction(2), _NUMBER, run.without
    assert isinstance(model.observations, Observations)
    assert model.radius is not None
    assert model.step is not None
    own = ONE if left == "the start" else s
    value = model.observations.entries[0][2]
    other = UDU(
        ((own * model.U[0][0],),),
        (own * model.D[0],),
        Observations(1, 1, ((0, 0, value if left == "the data" else s**3 * value),)),
        model.radius if left == "the radius" else s * model.radius,
        model.step if left == "the step" else model.step / s**4,
    )
    plain, scaled = (apply_exactly(one).state for one in (model, other))
    differs = any(scaled[name][0][0] != s * plain[name][0][0] for name in ("U", "D"))
    ends = [f"({state['U'][0][0]}, {state['D'][0][0]})" for state in (plain, scaled)]
    violates = f"with {left} as it is, s = 2: (u, λ) goes to {ends[0]}, and scaled to {ends[1]}, not twice as much"
    names = {_but(left): "s = 2; U, D and the radius by 2, the data by 8, the step by 1/16"}
    yield fails("n = r = 1, s = 2", differs, violates, dump_problem(model), names, kind="problem", s=s)


def _but(left: str) -> str:
    """The hypothesis about the other three."""
    first, second, third = (part for part in _PARTS if part != left)
    return f"{first}, {second} and {third} are scaled together"


for _part in _PARTS:
    low_rank.scale_covariance.without(_part, hypotheses=(_but(_part),))(_not_covariant)


# ---------------------------------------------------------------------------------------------------------------------
# Low rank: the start of instance A

_EQUAL, _UNEQUAL = "D = I, and U with small entries", "U of full rank with small entries"
_LARGE = 80


def _equal_columns(run: Run) -> Iterator[Evidence]:
    """A's start with its first column four times: a step moves equal columns with equal weights alike."""
    model = replace(A, U=tuple((row[0],) * 4 for row in A.U))
    U, D = flows.rates(model)
    alike = all(len(set(row)) == 1 for row in (*model.U, model.D, *U, D))
    violates = "four equal columns stay equal: X has rank 1 after every step, of U diag(D) Uᵀ and of UUᵀ"
    how = {_EQUAL: "D = I, entries of at most 4/1000"}
    yield fails("equal columns", alike, violates, dump_problem(model), how, kind="problem")


@lru_cache(maxsize=2)
def _large_values(*, free: bool) -> str:
    """The singular values of X after 2000 steps from A's start, 80 times as large, with the ball or without."""
    from verify.numeric.iterations import iterate

    model = replace(A, U=tuple(tuple(_LARGE * x for x in row) for row in A.U))
    found = iterate(replace(model, radius=None) if free else model, steps=STEPS, digits=50).singular_values
    return ", ".join(found[0].context.nstr(x, 2) for x in found)


def _large_entries(run: Run) -> Evidence:
    """From there ‖U‖ = 0.92. The flow clamps no weight, since ‖u_j‖² < 2."""
    values = _large_values(free=run.claim == low_rank.tail_needs_the_ball.slug)
    return Evidence.undecided(
        kind="by hand",
        scope=Scope.instances(f"A with U {_LARGE} times as large"),
        detail=f"nothing found: from U {_LARGE} times as large, ‖U‖ = 0.92, X has the singular values {values} "
        "(50 digits, not enclosed)",
    )


for _claim in (low_rank.full_rank_at_every_step, low_rank.tail_against_burer_monteiro, low_rank.tail_needs_the_ball):
    _claim.without("of full rank", hypotheses=(_EQUAL,))(_equal_columns)
    _claim.without("with small entries", hypotheses=("D = I, and U of full rank",))(_large_entries)


@low_rank.full_rank_at_every_step.without("D = I", hypotheses=(_UNEQUAL,))
def _(run: Run) -> Iterator[Evidence]:
    model = replace(A, D=(Fraction(10**6),) * 3 + (Fraction(0),))
    assert model.step is not None
    weight = model.D[3] + model.step * flows.rates(model)[1][3]
    violates = "from D = diag(1, 1, 1, 0)·10⁶ the first step leaves the fourth weight at zero: det X₁ = 0"
    yield fails("a dead column", weight < 0, violates, dump_problem(model), {_UNEQUAL: "that of A"}, kind="problem")


# ---------------------------------------------------------------------------------------------------------------------
# E1


def _many(name: str, M: ExactMatrix, solutions: list[ExactMatrix], how: Mapping[str, str]) -> Evidence:
    found = len(set(solutions)) == len(solutions) > 4 and all(solves(M, X) for X in solutions)
    violates = f"{len(solutions)} different solutions of (X − M)X = 0"
    return fails(name, found, violates, {"M": M, "X": solutions}, how, kind="solutions")


@enumeration.stationary_products.without("of different eigenvalues", hypotheses=(GIVEN, "M and X are symmetric"))
def _(run: Run) -> Iterator[Evidence]:
    M = exact_matrix([[2, 0], [0, 2]], "M")
    parts = ([[0, 0], [0, 0]], [[2, 0], [0, 0]], [[0, 0], [0, 2]], [[1, 1], [1, 1]], [[1, -1], [-1, 1]])
    how = {GIVEN: "integers", "M and X are symmetric": "seen"}
    yield _many("M = 2I", M, [*(exact_matrix(X, "X") for X in parts), M], how)


@enumeration.stationary_products.without(
    "X is symmetric", hypotheses=(GIVEN, "M is symmetric, of different eigenvalues")
)
def _(run: Run) -> Iterator[Evidence]:
    name, (M, values) = next(iter(enumeration.TARGETS.items()))
    how = {GIVEN: "integers", "M is symmetric, of different eigenvalues": f"{values[0]} and {values[1]}"}
    yield _many(name, M, [*eigencomponents(M, values), exact_matrix([[3, 0], [3, 0]], "X")], how)


@enumeration.stationary_products.without("M is symmetric", hypotheses=(GIVEN, "X is symmetric; different eigenvalues"))
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.ideals import Ring, Zeros

    M = exact_matrix([[1, 1], [0, 2]], "M")
    parts = [exact_matrix(X, "X") for X in ([[0, 0], [0, 0]], [[1, 0], [0, 0]], [[1, 1], [1, 1]])]
    count = Zeros.of(ring := Ring(("a", "b", "c")), enumeration.stationary(ring, M)).complex_zeros
    violates = f"{count} symmetric solutions, real or complex, for M = [[1, 1], [0, 2]]"
    how = {GIVEN: "integers", "X is symmetric; different eigenvalues": "1 and 2"}
    found = count == len(parts) == 3 and all(solves(M, X) for X in parts)
    yield fails("M = [[1, 1], [0, 2]]", found, violates, {"M": M, "X": parts}, how, kind="solutions")
