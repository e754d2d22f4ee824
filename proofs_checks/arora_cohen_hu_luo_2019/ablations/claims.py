"""Claims of this paper without one of their hypotheses: which are needed, and which are not.

What is dropped here are hypotheses of our own statements. Claims about commuting measurements are in
:mod:`.commuting`; where a negative twin is the claim without a hypothesis, it stands beside the claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs_checks.arora_cohen_hu_luo_2019 import completion, flow, razin_cohen, vectors
from proofs_checks.arora_cohen_hu_luo_2019.again import determinant, product_rate, rates, residual
from proofs_checks.arora_cohen_hu_luo_2019.completion import beyond, certified, slopes_at_depth_two, total
from proofs_checks.arora_cohen_hu_luo_2019.flow import BALANCED, CONFORMING, DEEP, established_balance, told
from proofs_checks.arora_cohen_hu_luo_2019.instances import (
    COUNTEREXAMPLES,
    RAZIN_COHEN,
    four_by_four,
    observed,
)
from proofs_checks.arora_cohen_hu_luo_2019.razin_cohen import POSITIVE, SMALL, established, loss
from proofs_checks.common import refuted, stated
from verify.arithmetic import exact, exact_matrix
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness
from verify.models import Measurements, Observations, Problem, Sensing, diagonal, dump_problem


def enclosed_violation(
    name: str,
    kind: str,
    detail: str,
    problem: dict[str, object],
    hypotheses: tuple[Established, ...],
    *,
    part: str = "",
    **enclosed: object,
) -> Evidence:
    """Refuting evidence of an enclosed state or limit, whose witness violates what `detail` says."""
    return Evidence.refutes(
        kind=kind,
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(name),
        part=part,
        detail=f"{name}: {detail}",
        witness=Witness(problem=problem, hypotheses=hypotheses, violates=detail, enclosed=enclosed),
    )


def unseen(name: str, kind: str, detail: str, part: str = "") -> Evidence:
    """Undecided evidence: nothing was found, or an enclosure does not say it."""
    return Evidence.undecided(kind=kind, scope=Scope.instances(name), part=part, detail=detail)


# ---------------------------------------------------------------------------------------------------------------------
# Balanced layers


@flow.rank_and_sign.without(DEEP)
def _(run: Run) -> Iterator[Evidence]:
    """At depth 1 the flow is ``w' = y − w``: it passes through zero."""
    from verify.rigorous import enclose_flow

    problem = Problem.of([[["-1/10"]]], COUNTEREXAMPLES["R1"].observations)
    start, end = problem.product()[0][0], enclose_flow(problem, time=Fraction(1), digits=run.digits).product[0][0]
    if not start < 0 < end.lower:
        yield unseen("N = 1", "enclosure", end.text(12), flow.SIGN)
        return
    detail = f"at depth 1 w' = 1 − w goes from {start} to {end.text(12)}"
    hypotheses = (established_balance(problem),)
    yield enclosed_violation("N = 1", "enclosure", detail, dump_problem(problem), hypotheses, part=flow.SIGN, w=end)


DIFFERENTIABLE = "a differentiable loss"


@flow.global_existence.without("that is nowhere negative", hypotheses=(DIFFERENTIABLE,))
def _(run: Run) -> Iterator[Evidence]:
    """A linear loss at depth 3: ``u' = u²`` for equal layers, ``u = 1/(1 − t)`` from 1, which no time t ≥ 1 has."""
    from verify.symbolic.checks import Identity, Rationals
    from verify.symbolic.expressions import Call, Relation, Sym, formula

    t = Sym("t")
    u = 1 / (1 - t)
    Identity(Rationals(("t",), (("t", formula(1)),)), (Relation(Call("rate", (u,)), u**2),)).run()
    time, reached = Fraction(1, 2), Fraction(2)
    square, bound = 3 * (reached - 1) ** 2, -time
    witness = Witness(
        problem={"numbers": [1, 1, 1], "time": time},
        kind="numbers under the loss −w_1w_2w_3",
        hypotheses=stated(DIFFERENTIABLE, "φ = −w_1w_2w_3, a polynomial"),
        violates=f"at t = {time} the squared distance is {square}, the bound {bound}; at t = 1 the flow is at infinity",
        enclosed={"squared distance": square, "bound": bound},
    )
    detail = f"all layers are 1/(1 − t); at t = {time} the squared distance is {square}, tφ(θ(0)) = {bound}"
    yield refuted("three numbers", "closed form", detail, witness if square > bound else None)


# ---------------------------------------------------------------------------------------------------------------------
# Singular values and vectors

#: The product's left and right singular vectors are unit vectors in all starts of this section.
TWO_NUMBERS = COUNTEREXAMPLES["R8"]
ANALYTIC_LOSS, BALANCED_START = "an analytic loss", "a balanced start"


@vectors.singular_values.without(BALANCED_START, hypotheses=(ANALYTIC_LOSS,))
def _(run: Run) -> Iterator[Evidence]:
    yield _number_moves_otherwise(stated(ANALYTIC_LOSS, "½w², a polynomial"))


@vectors.preconditioner.without(BALANCED)
def _(run: Run) -> Iterator[Evidence]:
    yield _number_moves_otherwise(stated(CONFORMING, told("R8")), part=vectors.EIGENVALUES)


def _number_moves_otherwise(hypotheses: tuple[Established, ...], part: str = "") -> Evidence:
    """Two numbers that are not balanced: ``w' = −(w_1² + w_2²)∇l``, by the formula ``−2|w|∇l``."""
    [[rate]] = product_rate(TWO_NUMBERS, rates(TWO_NUMBERS))
    [[claimed]] = vectors.number_by_formula(TWO_NUMBERS)
    witness = Witness(
        problem=dump_problem(TWO_NUMBERS),
        hypotheses=hypotheses,
        violates=f"w' = {rate}, the formula gives {claimed}",
        enclosed={"rate": rate, "formula": claimed},
    )
    detail = f"w' = {rate}, the formula gives {claimed}"
    return refuted("R8", "exact evaluation", detail, witness if rate != claimed else None, part)


@vectors.singular_values.without(ANALYTIC_LOSS, hypotheses=(BALANCED_START,))
def _(run: Run) -> Iterator[Evidence]:
    yield Evidence.undecided(
        kind="by hand",
        scope=vectors.ALL_BALANCED,
        detail="holds without it wherever the decomposition is differentiable: σ' = uᵀW'v needs no more. The loss is "
        "analytic so that there is such a decomposition; smooth losses do not give one (Rellich's curve, R22)",
    )


@vectors.singular_vectors.without("balanced layers", hypotheses=("distinct positive singular values",))
def _(run: Run) -> Iterator[Evidence]:
    problem = Problem.of([diagonal(("1/2", 1)), diagonal((2, "1/4"))], observed(2, 2, (0, 1, -1)))
    sigma, tau = problem.product()[0][0], problem.product()[1][1]
    [[_, up], [down, _]] = product_rate(problem, rates(problem))
    # W' = ΩS − SΨ off the diagonal, with UᵀU' = Ω and VᵀV' = Ψ: two equations for Ω_12 and Ψ_12
    turn = (tau * up + sigma * down) / (tau**2 - sigma**2)
    slope = residual(problem)
    formula = -(slope[0][1] * tau + sigma * slope[1][0]) / (tau - sigma)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated("distinct positive singular values", f"W = diag({sigma}, {tau}); not balanced"),
        violates=f"(UᵀU')_12 = {turn}, the formula gives {formula}",
        enclosed={"(UᵀU')_12": turn, "formula": formula},
    )
    detail = f"(UᵀU')_12 = {turn}, the formula gives {formula}"
    yield refuted("diagonal layers", "exact evaluation", detail, witness if turn != formula else None)


@vectors.singular_vectors.without("distinct", hypotheses=("balanced layers, positive singular values",))
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R6"]
    [[sigma, _], [_, tau]] = problem.product()
    slope = residual(problem)
    mixed = slope[0][1] * tau + sigma * slope[1][0]
    established_balance(problem)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated("balanced layers, positive singular values", "W = I/4, of balanced layers; U = V = I"),
        violates="with U = V = I the formula divides by zero, and no derivatives U', V' fit W'",
        enclosed={"(gS + Sgᵀ)_12": mixed},
    )
    ok = sigma == tau > 0 and mixed != 0
    detail = f"σ_1 = σ_2 = {sigma}: F_12 is 1/0, its factor (gS + Sgᵀ)_12 = {mixed}"
    yield refuted("R6", "exact evaluation", detail, witness if ok else None)


@vectors.singular_vectors.without("positive", hypotheses=("balanced layers, distinct singular values",))
def _(run: Run) -> Iterator[Evidence]:
    """``u' = (I − uuᵀ)W'v/σ`` has the sign of σ, ``(S²)^{1/2−1/N}`` has not. So at every depth where u is no basis."""
    problem = Problem.of([[[1]], [[-1], [0]]], observed(2, 1, (1, 0, -1)))
    sigma, rate = problem.product()[0][0], product_rate(problem, rates(problem))
    turn, formula = rate[1][0] / sigma, -residual(problem)[1][0]  # (σ²)^0 = 1 at depth 2
    established_balance(problem)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(
            "balanced layers, distinct singular values", "depth 2, W = (−1, 0)ᵀ = σu with σ = −1, u = e_1"
        ),
        violates=f"u' = (0, {turn}), the formula gives (0, {formula})",
        enclosed={"rate": turn, "formula": formula},
    )
    detail = f"u' = (0, {turn}), the formula gives (0, {formula})"
    yield refuted("a signed column", "exact evaluation", detail, witness if sigma == -1 and turn != formula else None)


@vectors.aligned_vectors.without("the singular vectors stand still", hypotheses=("balanced layers", vectors.NONZERO))
def _(run: Run) -> Iterator[Evidence]:
    problem = Problem.of([diagonal(("1/2", "1/3"))] * 2, observed(2, 2, (0, 1, -1)))
    entry, (sigma, tau) = residual(problem)[0][1], (problem.product()[k][k] for k in range(2))
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=(
            *stated("balanced layers", "W_1 = W_2 = diag(1/2, 1/3)"),
            *stated(vectors.NONZERO, f"they are {sigma} and {tau}"),
        ),
        violates=f"u_1ᵀ∇l v_2 = {entry}",
        enclosed={"entry": entry},
    )
    detail = f"W = diag({sigma}, {tau}), u_1ᵀ∇l v_2 = {entry}"
    yield refuted("diagonal layers", "exact evaluation", detail, witness if entry else None)


VECTORS_STILL = "the singular vectors stand still"


@vectors.aligned_vectors.without("balanced layers", hypotheses=(VECTORS_STILL, vectors.NONZERO))
def _(run: Run) -> Iterator[Evidence]:
    """``u_1ᵀW'v_2 = −(W_2W_2ᵀG + GW_1ᵀW_1)_12`` is zero and ``G_12`` is not: the Gram matrices are not diagonal."""
    lower, upper, gradient = [[1, 1], [0, 1]], [[1, -1], [0, 2]], [[1, "-1/4"], ["2/5", 0]]
    whole = diagonal((1, 2))
    cells = [(i, j, whole[i][j] - exact(gradient[i][j])) for i in range(2) for j in range(2)]
    problem = Problem.of([lower, upper], observed(2, 2, *cells))
    rate, entry = product_rate(problem, rates(problem)), residual(problem)[0][1]
    still = rate[0][1] == rate[1][0] == 0 and problem.product() == whole
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=(
            *stated(VECTORS_STILL, "W = diag(1, 2), and W' is diagonal"),
            *stated(vectors.NONZERO, "they are 2 and 1"),
        ),
        violates=f"u_1ᵀ∇l v_2 = {entry}",
        enclosed={"entry": entry, "W'": rate},
    )
    detail = f"W = diag(1, 2), W' = diag({rate[0][0]}, {rate[1][1]}), u_1ᵀ∇l v_2 = {entry}"
    yield refuted("layers that are not balanced", "exact evaluation", detail, witness if still and entry else None)


# ---------------------------------------------------------------------------------------------------------------------
# Two singular values: those of diag(σ₁, σ₂), depth 3

#: One measurement σ₁/2 + σ₂: both gradients are multiples of one residual, of the ratio 1/2.
HALF = Measurements((diagonal(("1/2", 1)),), (Fraction(1),))
CONSTANT_RATIO = "two singular values whose gradients have a constant ratio a"
EQUAL_STARTS = "equal starts eps"


@vectors.two_singular_values.without("balanced layers", hypotheses=(f"{CONSTANT_RATIO}, {EQUAL_STARTS}",))
def _(run: Run) -> Iterator[Evidence]:
    """Two layers of size one leave a flow that is nearly that of depth 1."""
    problem = Sensing((diagonal(("1/100", "1/100")), diagonal((1, 1)), diagonal((1, 1))), HALF)
    hypotheses = stated(f"{CONSTANT_RATIO}, {EQUAL_STARTS}", "a = 1/2, ε = 1/100; W_1 = εI, W_2 = W_3 = I")
    yield _beyond_the_bound("one small layer", problem, Fraction(1, 2), hypotheses)


@vectors.two_singular_values.without(
    "whose gradients have a constant ratio a", hypotheses=(f"balanced layers, two singular values, {EQUAL_STARTS}",)
)
def _(run: Run) -> Iterator[Evidence]:
    """The diagonal is observed: the ratio is less than 1/2 at the start only."""
    problem = Problem.of([diagonal(("2/5", "2/5"))] * 3, observed(2, 2, (0, 0, 1), (1, 1, 2)))
    slope = residual(problem)
    ratio = slope[0][0] / slope[1][1]
    hypotheses = stated(f"balanced layers, two singular values, {EQUAL_STARTS}", f"ε = 8/125; a = {ratio} at the start")
    yield _beyond_the_bound("two targets", problem, ratio, hypotheses)


@vectors.two_singular_values.without(EQUAL_STARTS, hypotheses=(f"balanced layers, {CONSTANT_RATIO}",))
def _(run: Run) -> Iterator[Evidence]:
    """From σ₁ = 1 and σ₂ = 1/64 ``σ₁^{−1/3} − ½σ₂^{−1/3} = −1``: σ₁ grows without a bound while σ₂ comes near 1/8."""
    seen = Measurements(HALF.matrices, (32 + Fraction(8, 125),))
    problem = Sensing((diagonal((1, "1/4")),) * 3, seen)
    hypotheses = stated(f"balanced layers, {CONSTANT_RATIO}", "a = 1/2, starts 1 and 1/64")
    yield _beyond_the_bound("unequal starts", problem, Fraction(1, 2), hypotheses)


def _beyond_the_bound(
    name: str, problem: Problem | Sensing, ratio: Fraction, hypotheses: tuple[Established, ...]
) -> Evidence:
    """That σ₁ tends to a value above ``(1 − a)^{−3}ε``, ε the larger start."""
    from verify.rigorous import certify_limit

    limit, bound = certify_limit(problem, digits=12), vectors.bound_at_depth_three(problem, ratio)
    value = limit.product[0][0]
    if not limit.converged or value.lower <= bound:
        return unseen(name, "certified limit", limit.reason)
    return enclosed_violation(
        name,
        "certified limit",
        f"σ₁ tends to {value.text(10)}, the bound is {float(bound):.6f}",
        {"problem": dump_problem(problem), "ratio": ratio},
        hypotheses,
        limit=value,
        bound=bound,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Potentials at depth 3

NO_LOSS = "one output, two or more dimensions, a linear loss"


@vectors.no_potential.without(
    "two or more dimensions", hypotheses=("one output, a linear loss that is not zero", vectors.THREE)
)
def _(run: Run) -> Iterator[Evidence]:
    """``F(w) = 3g|w|^{4/3}`` is the derivative of ``(9/7)g w|w|^{4/3}``; with w = u³ > 0 that is ``(9/7)u⁷``."""
    from verify.symbolic.checks import Identity, Rationals
    from verify.symbolic.expressions import Call, Relation, Sym

    u = Sym("u")
    slope = Call("rate", (Fraction(9, 7) * u**7,))
    Identity(Rationals(("u",), (("u", 1 / (3 * u**2)),)), (Relation(slope, 3 * u**4),)).run()
    yield _has_potential("one dimension", [1], "one output, a linear loss that is not zero", "g = 1, one dimension", 1)


@vectors.no_potential.without(
    "linear", hypotheses=("one output, two or more dimensions, a loss that is not zero", vectors.THREE)
)
def _(run: Run) -> Iterator[Evidence]:
    """For the loss ½‖w‖², ``F(w) = 3‖w‖^{4/3}w`` is the gradient of ``(9/10)‖w‖^{10/3}``: with q³ = ‖w‖² that is
    ``(9/10)q⁵``, and ``∂_kq = 2w_k/(3q²)``."""
    from verify.symbolic.checks import Identity, Rationals
    from verify.symbolic.expressions import Call, Relation, Sym

    q, w = Sym("q"), Sym("w")
    slope = Call("rate", (Fraction(9, 10) * q**5,))
    Identity(Rationals(("q", "w"), (("q", 2 * w / (3 * q**2)),)), (Relation(slope, 3 * q**2 * w),)).run()
    remaining = "one output, two or more dimensions, a loss that is not zero"
    yield _has_potential("the loss ½‖w‖²", "∇l(w) = w", remaining, "the loss ½‖w‖² in two dimensions", 2)


@vectors.no_potential.without("that is not zero", hypotheses=(NO_LOSS, vectors.THREE))
def _(run: Run) -> Iterator[Evidence]:
    yield _has_potential("no loss", [0, 0], NO_LOSS, "g = 0", 2)


def _has_potential(name: str, slope: object, remaining: str, how: str, dimensions: int) -> Evidence:
    """That F is a gradient at depth 3."""
    witness = Witness(
        problem={"g": slope, "depth": 3, "dimensions": dimensions},
        kind="loss",
        hypotheses=(*stated(remaining, how), *stated(vectors.THREE, "N = 3")),
        violates="F is the gradient of a function",
    )
    return refuted(name, "closed form", f"F is a gradient: {how}", witness)


@vectors.no_potential.without(
    "one output", hypotheses=("two or more dimensions, a linear loss that is not zero", vectors.THREE)
)
def _(run: Run) -> Iterator[Evidence]:
    yield Evidence.undecided(
        kind="by hand",
        scope=vectors.CURLED,
        detail="that there is no potential holds without it: take u with g = Gᵀu ≠ 0, ‖u‖ = 1. On the matrices uwᵀ the "
        "component uᵀF(uwᵀ) is the field of one output with the loss g, whose curl is not zero, while that of the "
        "gradient of a function Φ would be the gradient of w ↦ Φ(uwᵀ)",
    )


@vectors.no_potential_for_matrices.without("2 by 2", hypotheses=("depth 2, the linear loss w_12",))
def _(run: Run) -> Iterator[Evidence]:
    """One output and two inputs: the potential ‖w‖⟨w, g⟩, by the product rule at a point with a rational norm."""
    w, g, norm = (Fraction(3), Fraction(4)), (Fraction(0), Fraction(1)), Fraction(5)
    inner = sum((x * y for x, y in zip(w, g, strict=True)), Fraction(0))
    slopes = [x / norm * inner + norm * y for x, y in zip(w, g, strict=True)]
    field = [norm * y + inner * x / norm for x, y in zip(w, g, strict=True)]
    first, second = vectors.jacobian_entries(w, g, norm)
    if slopes == field and first == second:
        yield _gradient_of("1 by 2", 2, 1, "depth 2, the linear loss w_12", "1 by 2; F = ∇(‖w‖w_2)")


@vectors.no_potential_for_matrices.without("depth 2", hypotheses=("2 by 2, the linear loss w_12",))
def _(run: Run) -> Iterator[Evidence]:
    yield _gradient_of("depth 1", 1, 2, "2 by 2, the linear loss w_12", "depth 1; F = G = ∇w_12")


def _gradient_of(name: str, depth: int, rows: int, remaining: str, how: str) -> Evidence:
    """That F is a gradient, for the loss w_12."""
    witness = Witness(
        problem={"depth": depth, "rows": rows},
        kind="depth and number of outputs",
        hypotheses=stated(remaining, how),
        violates=f"F is the gradient of a function: {how}",
    )
    return refuted(name, "closed form", f"F is a gradient: {how}", witness)


# ---------------------------------------------------------------------------------------------------------------------
# Razin & Cohen: single matrices. A quarter turn is the completion of no such data: its loss is 2.

TURN = exact_matrix([[0, -1], [1, 0]], "W")


@razin_cohen.unobserved_entry_is_large.without(SMALL)
def _(run: Run) -> Iterator[Evidence]:
    """``W₁₁W₂₂ > 0`` fails. The bound itself stays true: above 1/2 it is negative, and at 1/2 an entry W₁₁ = 0 leaves
    no positive determinant."""
    witness = Witness(
        problem={"W": TURN},
        kind="matrix",
        hypotheses=established(TURN, POSITIVE),
        violates="W₁₁W₂₂ = 0 (the bound of |W₁₁| stays true)",
        enclosed={"loss": loss(TURN)},
    )
    ok = TURN[0][0] * TURN[1][1] <= 0
    yield refuted("a quarter turn", "exact evaluation", "det W = 1, W₁₁W₂₂ = 0", witness if ok else None)


@razin_cohen.best_bound.without(POSITIVE)
def _(run: Run) -> Iterator[Evidence]:
    matrix = exact_matrix([[0, 1], [1, "1/10"]], "W")
    # B > 0 for every loss below 1/2: there 1 − a > 0, and 1 − 2ℓ > 0
    witness = Witness(
        problem={"W": matrix},
        kind="matrix",
        hypotheses=established(matrix, SMALL),
        violates="W₁₁ = 0, and B(ℓ) > 0",
        enclosed={"loss": loss(matrix)},
    )
    ok = matrix[0][0] == 0 and loss(matrix) < Fraction(1, 2)
    detail = f"det W = {determinant(matrix)}, W₁₁ = 0"
    yield refuted("a negative determinant", "exact evaluation", detail, witness if ok else None, part=razin_cohen.BOUND)


@razin_cohen.best_bound.without(SMALL)
def _(run: Run) -> Iterator[Evidence]:
    """Above 1/2 the formula √(1 − 2ℓ) is no real number; 0 is the best bound there, and it is attained."""
    value = loss(TURN)
    witness = Witness(
        problem={"W": TURN},
        kind="matrix",
        hypotheses=established(TURN, POSITIVE),
        violates="1 − 2ℓ < 0, so B(ℓ) is no real number; with 0 in its place |W₁₁| > B(ℓ) fails, too",
        enclosed={"1 − 2ℓ": 1 - 2 * value},
    )
    ok = 1 - 2 * value < 0 and TURN[0][0] == 0
    detail = f"det W = 1, ℓ = {value}, W₁₁ = 0"
    yield refuted("a quarter turn", "exact evaluation", detail, witness if ok else None, part=razin_cohen.BOUND)


@razin_cohen.near_rank_one.without(POSITIVE)
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.positivity import LDL, ldl

    matrix = exact_matrix([[100, 1], [1, "-1/10"]], "W")
    (p, x), (y, s) = matrix
    level = 2 * loss(matrix)
    factors = ldl(((p * p + x * x - level, p * y + x * s), (p * y + x * s, y * y + s * s - level)))
    above = isinstance(factors, LDL) and all(factors.diagonal)
    witness = Witness(
        problem={"W": matrix},
        kind="matrix",
        hypotheses=established(matrix, SMALL),
        violates="the smallest singular value, which is the distance, is above √(2ℓ)",
        enclosed={"2ℓ": level},
    )
    detail = f"det W = {determinant(matrix)}; WWᵀ − {level} I is positive definite"
    yield refuted("a negative determinant", "exact LDLᵀ", detail, witness if above else None)


@razin_cohen.near_rank_one.without(SMALL)
def _(run: Run) -> Iterator[Evidence]:
    """The step by W₂₂ alone fails. The distance stays below √(2ℓ): either W₁₂W₂₁ > 0, and all is as before; or one of
    the two, x, is not positive, so 2ℓ ≥ (x − 1)² + W₂₂² > x² + W₂₂², and with zeros in place of x and W₂₂ the rank is
    one at most."""
    matrix = exact_matrix([[1, -2], [2, -1]], "W")
    (p, x), (y, s) = matrix
    moved = s - x * y / p
    witness = Witness(
        problem={"W": matrix},
        kind="matrix",
        hypotheses=established(matrix, POSITIVE),
        violates=f"|W₂₂ − W₁₂W₂₁/W₁₁| = {abs(moved)} is not below |W₂₂| = {abs(s)} (the distance stays below √(2ℓ))",
        enclosed={"loss": loss(matrix), "W₂₂ − W₁₂W₂₁/W₁₁": moved},
    )
    detail = f"det W = {determinant(matrix)}, |W₂₂ − W₁₂W₂₁/W₁₁| = {abs(moved)} > {abs(s)}"
    yield refuted("W₁₁W₂₂ < 0", "exact evaluation", detail, witness if abs(moved) >= abs(s) else None)


# ---------------------------------------------------------------------------------------------------------------------
# Completion

FOUR_BY_FOUR = "4 by 4, w13 = w31 = 1, w14 = w41 = w23 = w32 = R observed"


@completion.nuclear_norm_of_the_four_by_four.without("R > 1", hypotheses=(FOUR_BY_FOUR,))
def _(run: Run) -> Iterator[Evidence]:
    """``⟨e_1e_3ᵀ + e_3e_1ᵀ, M⟩ = 2`` on the observed entries, and the left matrix has the spectral norm 1."""
    ratio, pairing = Fraction(1, 4), Fraction(2)
    witness = Witness(
        problem={"R": ratio},
        kind="completion",
        hypotheses=stated(FOUR_BY_FOUR, "R = 1/4"),
        violates=f"every completion has a nuclear norm of at least w13 + w31 = {pairing}, and 4R = {4 * ratio}",
        enclosed={"4R": 4 * ratio, "w13 + w31": pairing},
    )
    detail = f"nuclear norms are at least {pairing}, 4R = {4 * ratio}"
    yield refuted("R = 1/4", "exact evaluation", detail, witness if 4 * ratio < pairing else None, completion.SMALLEST)


AT_ANY_DEPTH = "W_j(0) = alpha I, the completion with R = 2"


@completion.depth_three_prefers_low_rank.without("depth 3", hypotheses=(AT_ANY_DEPTH,))
def _(run: Run) -> Iterator[Evidence]:
    yield _not_near_rank_one("N = 2, α = 1/10", four_by_four("1/10", 2), stated(AT_ANY_DEPTH, "alpha = 1/10, depth 2"))


FROM_ANY_START = "depth 3, the completion with R = 2"


@completion.depth_three_prefers_low_rank.without("W_j(0) = alpha I", hypotheses=(FROM_ANY_START,))
def _(run: Run) -> Iterator[Evidence]:
    """One small layer is not enough: with two layers of size one the flow is nearly that of depth 1."""
    small, large = four_by_four("1/10", 3), four_by_four(1, 3)
    problem = Problem((small.layers[0], *large.layers[1:]), small.observations)
    yield _not_near_rank_one("one small layer", problem, stated(FROM_ANY_START, "W_1 = I/10, W_2 = W_3 = I"))


def _not_near_rank_one(name: str, problem: Problem, hypotheses: tuple[Established, ...]) -> Evidence:
    """That the limit's nuclear norm is below 9.9."""
    limit = certified(problem)
    if not limit.converged or (norm := total(limit.singular_values)).upper >= Fraction(99, 10):
        return unseen(name, "certified limit", limit.reason)
    detail = f"the limit's nuclear norm is {norm.text(8)}, its second singular value {limit.singular_values[1].text(8)}"
    return enclosed_violation(name, "certified limit", detail, dump_problem(problem), hypotheses, norm=norm)


OBSERVED = "w12 = w21 = 1, w22 = 0 observed"


@completion.unobserved_entry_along_a_flow.without(BALANCED)
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R3"]
    start = determinant(problem.product())
    if start > 0:
        yield _at_time_four("R3", problem, stated(completion.POSITIVE, f"det W(0) = {start}"))


@completion.unobserved_entry_along_a_flow.without("positive determinant", hypotheses=(OBSERVED, BALANCED))
def _(run: Run) -> Iterator[Evidence]:
    problem = Problem.of([diagonal(("1/2", "1/2")), diagonal(("1/2", "-1/2"))], RAZIN_COHEN)
    hypotheses = (established_balance(problem), *stated(OBSERVED, "W_1 = I/2, W_2 = diag(1/2, −1/2)"))
    yield _at_time_four("det W(0) < 0", problem, hypotheses)


def _at_time_four(name: str, problem: Problem, hypotheses: tuple[Established, ...]) -> Evidence:
    """That the entry is below the bound at the time 4."""
    from verify.rigorous import enclose_flow

    product = enclose_flow(problem, time=Fraction(4), digits=20).product
    entry, slack = product[0][0], beyond(product)
    if slack.upper >= 0:
        return unseen(name, "enclosure", slack.text(12), "entry")
    detail = f"at the time 4 w11 = {entry.text(12)} and |w11|√(2l) + 2l − 1 = {slack.text(12)}"
    return enclosed_violation(name, "enclosure", detail, dump_problem(problem), hypotheses, part="entry", w11=entry)


FACTOR_HALF, EQUAL_NUMBERS = "a product of numbers, loss with the factor 1/2", "a product of equal numbers"


@completion.scalar_closed_forms.without("equal", hypotheses=(FACTOR_HALF,))
def _(run: Run) -> Iterator[Evidence]:
    """The rate without balance is ``(y − w)√(δ² + 4w²)``, as the claim says."""
    problem = Problem.of([[["1/2"]], [[2]]], Observations(1, 1, ((0, 0, Fraction(2)),)))
    yield _slope("unequal numbers", problem, Fraction(1, 2), FACTOR_HALF)


@completion.scalar_closed_forms.without("loss with the factor 1/2", hypotheses=(EQUAL_NUMBERS,))
def _(run: Run) -> Iterator[Evidence]:
    """Without the factor time runs twice as fast."""
    problem = Problem.of([[["1/2"]], [["1/2"]]], COUNTEREXAMPLES["R1"].observations)
    yield _slope("V1", problem, Fraction(1), EQUAL_NUMBERS)


def _slope(name: str, problem: Problem, factor: Fraction, remaining: str) -> Evidence:
    """That the rate at the start is not that of the closed form at depth 2."""
    true, claimed = slopes_at_depth_two(problem, rates(problem), factor)
    first, second = (layer[0][0] for layer in problem.layers)
    witness = Witness(
        problem={"problem": dump_problem(problem), "factor": factor},
        kind="problem and the loss's factor",
        hypotheses=stated(remaining, f"W_1 = {first}, W_2 = {second}, the loss {factor}(w − y)²"),
        violates=f"w' = {true} at the start, by the closed form {claimed}",
        enclosed={"w'": true, "by the closed form": claimed},
    )
    detail = f"w' = {true} at the start, by the closed form {claimed}"
    return refuted(name, "exact evaluation", detail, witness if true != claimed else None)
