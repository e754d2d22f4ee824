"""Claims of this paper without one of their hypotheses: which are needed, and which are not.

What is dropped here are hypotheses of our own statements. Claims about commuting measurements are in
``commuting_ablations``; where a negative twin is the claim without a hypothesis, it stands beside the claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs_checks.arora_cohen_hu_luo_2019 import completion, flow, razin_cohen
from proofs_checks.arora_cohen_hu_luo_2019.again import determinant, rates
from proofs_checks.arora_cohen_hu_luo_2019.completion import beyond, certified, slopes_at_depth_two, total
from proofs_checks.arora_cohen_hu_luo_2019.flow import BALANCED, DEEP, established_balance
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES, RAZIN_COHEN, four_by_four
from proofs_checks.arora_cohen_hu_luo_2019.razin_cohen import POSITIVE, SMALL, established, loss
from proofs_checks.common import refuted, stated
from verify.arithmetic import exact_matrix
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness
from verify.models import Observations, Problem, diagonal, dump_problem


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
        violates="W₁₁W₂₂ = 0",
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
        violates=f"|W₂₂ − W₁₂W₂₁/W₁₁| = {abs(moved)} is not below |W₂₂| = {abs(s)}",
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
    name, problem = "N = 2, α = 1/10", four_by_four("1/10", 2)
    limit = certified(problem)
    if not limit.converged or (norm := total(limit.singular_values)).upper >= Fraction(99, 10):
        yield unseen(name, "certified limit", limit.reason)
        return
    detail = f"at depth 2 the limit's nuclear norm is {norm.text(8)}"
    hypotheses = stated(AT_ANY_DEPTH, "alpha = 1/10, depth 2")
    yield enclosed_violation(name, "certified limit", detail, dump_problem(problem), hypotheses, norm=norm)


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
