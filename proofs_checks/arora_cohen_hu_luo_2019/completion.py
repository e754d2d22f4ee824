"""Claims about matrix completion at named starts: limits that are certified, and what they say of conjectures.

Each enclosure speaks for the instance that it names. The neighbours' statements are in our own wording.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from proofs_checks.arora_cohen_hu_luo_2019 import as_claimed
from proofs_checks.arora_cohen_hu_luo_2019.again import (
    PAPER,
    determinant,
    number,
    product_rate,
    rates_again,
    transposed_problem,
)
from proofs_checks.arora_cohen_hu_luo_2019.flow import BALANCED
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES, four_by_four
from proofs_checks.common import doubted, enclosed, enclosed_again, proved, proved_again, refuted, stated
from proofs_checks.second_paths import hidden_rotation, limit_again, minor
from verify.arithmetic import Ball, BallMatrix, ExactMatrix
from verify.arithmetic.exact import exact
from verify.claims import Assurance, Established, Evidence, Run, Scope, Verdict, Witness, claim
from verify.models import Problem, dump_problem, load_problem

if TYPE_CHECKING:
    from verify.rigorous import Limit


@lru_cache(maxsize=16)
def certified(problem: Problem, digits: int = 20) -> Limit:
    """The limit of a start. Several claims speak of the same starts, so it is kept."""
    from verify.rigorous import certify_limit

    return certify_limit(problem, digits=digits)


def total(values: Sequence[Ball]) -> Ball:
    """The sum of balls."""
    return Ball(sum((x.mid for x in values), Fraction(0)), sum((x.rad for x in values), Fraction(0)))


# ---------------------------------------------------------------------------------------------------------------------
# N4: Li, Luo & Lyu's completion

SMALLEST, LARGER = "4R is the smallest nuclear norm", "the rank-one completion has a larger one"
COMPLETION = "4 by 4, w13 = w31 = 1, w14 = w41 = w23 = w32 = R observed, R > 1"


@claim(
    "arora-cohen-hu-luo-2019/nuclear-norm-of-the-four-by-four",
    paper=PAPER,
    number="N4",
    title="a completion whose rank-one solution has no minimal nuclear norm",
    scope=Scope.all("R > 1"),
    kinds=("rational functions",),
    parts=(SMALLEST, LARGER),
    hypotheses=(COMPLETION,),
)
def nuclear_norm_of_the_four_by_four(run: Run) -> Iterator[Evidence]:
    """
    Statement: let w13 = w31 = 1 and w14 = w41 = w23 = w32 = R > 1 be observed in a 4 by 4 matrix. The smallest nuclear
        norm of a completion is 4R; the completion vvᵀ with v = (1, R, 1, R) has 2 + 2R² = 4R + 2(R − 1)².
    Hypotheses: 4 by 4, w13 = w31 = 1, w14 = w41 = w23 = w32 = R observed, R > 1.
    Conclusion: among the completions the smallest rank and the smallest nuclear norm exclude each other.
    Proof idea: the permutation Z of (1 4)(2 3) is orthogonal and ⟨Z, M⟩ = 4R for every completion, so ‖M‖_* ≥ 4R; the
        matrix ((R+1)/2)11ᵀ + ((R−1)/2)uuᵀ with u = (1, −1, −1, 1) is a completion with trace 4R, positive semidefinite.
    Checked by: identities of rational functions of R, entry by entry; ZZᵀ = I.
    Not checked: that |⟨Z, M⟩| ≤ ‖M‖_* for orthogonal Z (standard); for the conclusion, that the other completions of
        rank one have no smaller norm than vvᵀ (they are (a, Ra, b, Rb)(1/b, R/b, 1/a, R/a)ᵀ, of norm
        (1 + R²)(a² + b²)/|ab| ≥ 2 + 2R²).
    References: the instance is that of Li, Luo & Lyu 2021 (arXiv:2012.09839), as recalled; certificates derived here.
    """
    from verify.symbolic.checks import Identity, Inequality, Rationals
    from verify.symbolic.expressions import Expr, Relation, Sym, formula

    R = Sym("R")
    field = Rationals(("R",))
    observed: dict[tuple[int, int], Expr] = {(0, 2): formula(1), (0, 3): R, (1, 2): R}
    observed |= {(j, i): y for (i, j), y in observed.items()}
    u, v = (1, -1, -1, 1), (formula(1), R, formula(1), R)
    order = (3, 2, 1, 0)  # Z sends i to order[i]
    assert all(order[order[i]] == i for i in range(4))  # ZZᵀ = I
    least = {(i, j): (R + 1) / 2 + (R - 1) / 2 * (u[i] * u[j]) for i in range(4) for j in range(4)}
    fits = tuple(Relation(least[cell], y) for cell, y in observed.items())
    pairing = Relation(sum((observed[i, order[i]] for i in range(1, 4)), observed[0, order[0]]), 4 * R)
    trace = Relation(sum((least[i, i] for i in range(1, 4)), least[0, 0]), 4 * R)
    Identity(field, (*fits, pairing, trace)).run()
    bounds = (("R", Fraction(1), True),)
    Inequality(field, Relation((R - 1) / 2, formula(0), ">"), bounds).run()
    Identity(field, tuple(Relation(v[i] * v[j], y) for (i, j), y in observed.items())).run()
    squares = sum((x * x for x in v[1:]), v[0] * v[0])
    Identity(field, (Relation(squares, 4 * R + 2 * (R - 1) ** 2),)).run()
    Inequality(field, Relation(squares, 4 * R, ">"), bounds, given=()).run()
    for part, detail in (
        (SMALLEST, "⟨Z, M⟩ = 4R on the observed entries alone; a positive semidefinite completion has trace 4R"),
        (LARGER, "vvᵀ fits; its trace is 4R + 2(R − 1)²"),
    ):
        yield Evidence.supports(
            kind="rational functions", assurance=Assurance.PROVED, scope=Scope.all("R > 1"), part=part, detail=detail
        )


@nuclear_norm_of_the_four_by_four.negative_twin("with vvᵀ as a completion of minimal nuclear norm")
def _(run: Run) -> Iterator[Evidence]:
    ratio = Fraction(2)
    gap = 2 + 2 * ratio**2 - 4 * ratio
    witness = Witness(
        problem={"R": ratio},
        kind="completion",
        hypotheses=stated(COMPLETION, "R = 2"),
        violates="another completion has the nuclear norm 8, vvᵀ has 10",
        enclosed={"gap": gap},
    )
    yield refuted("R = 2", "exact evaluation", f"the gap is {gap}", witness if gap > 0 else None, SMALLEST)


@nuclear_norm_of_the_four_by_four.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """With numbers: the other completion written out, its eigenvectors applied to it.

    Without R > 1: rows and columns 1 and 3, ``[[a, 1], [1, b]]``, have ``(σ₁ + σ₂)² = a² + b² + 2 + 2|ab − 1| ≥ 4``.
    """
    if not (witness.twin or witness.without):
        return as_claimed.nuclear_norm_of_the_four_by_four(witness)
    ratio = number(witness.problem, "R")
    if witness.without:
        return proved_again(4 * ratio < 2, f"every nuclear norm is at least 2, 4R = {4 * ratio}", "2 by 2 block")
    one = Fraction(1)
    outer, inner = [ratio, one, one, ratio], [one, ratio, ratio, one]
    matrix = [outer, inner, inner, outer]
    values = []
    for vector in ((1, 1, 1, 1), (1, -1, -1, 1), (1, 0, 0, -1), (0, 1, -1, 0)):
        image = [sum((x * k for x, k in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]
        scale = image[vector.index(1)]
        if image != [scale * k for k in vector]:
            return doubted("a vector is not an eigenvector")
        values.append(scale)
    norm, other = sum(abs(x) for x in values), 2 + 2 * ratio**2
    fits = matrix[0][2] == 1 and matrix[0][3] == matrix[1][2] == ratio
    return proved_again(fits and norm < other, f"nuclear norms {norm} and {other}", "eigenvectors")


# ---------------------------------------------------------------------------------------------------------------------
# R20: the nuclear norm at small scale

SMALL = "depth 2, W_j(0) = alpha I, alpha <= 1/100"
NEARLY = Fraction(105, 100)


@claim(
    "arora-cohen-hu-luo-2019/literally-nuclear-norm-at-small-scale",
    paper=PAPER,
    number="S12 (R20)",
    title="literal reading: small scales give the minimal nuclear norm",
    scope=Scope.all("completions, scales alpha <= 1/100"),
    expects=Verdict.REFUTED,
    kinds=("certified limit",),
    hypotheses=(SMALL,),
    uses=("arora-cohen-hu-luo-2019/nuclear-norm-of-the-four-by-four",),
    literal_reading="the conjecture speaks of the limit α → 0, not of a fixed small scale",
)
def literally_nuclear_norm_at_small_scale(run: Run) -> Iterator[Evidence]:
    """
    Statement: at depth 2 the flow of a completion from W_j(0) = αI with α ≤ 1/100 ends within five per cent of the
        smallest nuclear norm of a completion.
    Hypotheses: depth 2, W_j(0) = alpha I, alpha <= 1/100.
    Conclusion: the bias at small scale would be that of the nuclear norm.
    Proof idea: refuted by a 4 by 4 completion with R = 2, whose smallest nuclear norm is 8, at α = 1/100.
    Checked by: a certified limit; again from the flow in other coordinates.
    Not checked: the limit α → 0, of which the conjecture of Gunasekar et al. speaks; that it fails there, too, is a
        theorem of Li, Luo & Lyu, which is not formalized here. At α = 1/10 the same flow ends near 8.09.
    References: Gunasekar et al. 2017 (arXiv:1705.09280); Arora et al. 2019 (arXiv:1905.13655); Li, Luo & Lyu 2021
        (arXiv:2012.09839); all as recalled.
    """
    yield _off(four_by_four("1/100", 2), Fraction(8), SMALL, "N4, R = 2, α = 1/100")


def _off(problem: Problem, target: Fraction, hypothesis: str, name: str) -> Evidence:
    """That the nuclear norm of the limit is more than five per cent off the target."""
    limit = certified(problem)
    if not limit.converged:
        return enclosed(False, name, limit.reason)
    norm = total(limit.singular_values)
    if norm.lower <= NEARLY * target and norm.upper * NEARLY >= target:
        return enclosed(False, name, norm.text(10))
    alpha = problem.layers[0][0][0]
    return Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(name),
        detail=f"{name}: the limit's nuclear norm is {norm.text(10)}, not {target}",
        slack=norm,
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=stated(hypothesis, f"alpha = {alpha}, depth {problem.depth}"),
            violates=f"the limit's nuclear norm is not within five per cent of {target}",
            enclosed={"nuclear norm": norm, "target": target},
        ),
    )


ANY_SCALE = "depth 2, W_j(0) = alpha I, alpha <= 1/10"


@literally_nuclear_norm_at_small_scale.negative_twin(
    "with the rank-one completion's nuclear norm, at α ≤ 1/10", hypotheses=(ANY_SCALE,)
)
def _(run: Run) -> Iterator[Evidence]:
    yield _off(four_by_four("1/10", 2), Fraction(10), ANY_SCALE, "N4, R = 2, α = 1/10")


@literally_nuclear_norm_at_small_scale.recheck
def _(witness: Witness, run: Run) -> Evidence:
    limit = limit_again(witness.problem, digits=20)
    if not limit.converged:
        return doubted(limit.reason)
    target = exact(witness.enclosed["target"], "target")
    norm = total(limit.singular_values)
    violated = norm.lower > NEARLY * target or norm.upper * NEARLY < target
    return enclosed_again(violated, f"nuclear norm {norm.text(10)}", "certified limit of the rotated flow")


@claim(
    "arora-cohen-hu-luo-2019/depth-three-prefers-low-rank",
    paper=PAPER,
    number="N4 (instance)",
    title="on the 4 by 4 completion depth 3 ends near rank one, not at the minimal nuclear norm",
    scope=Scope.instances("N = 3, α = 1/10", "N = 3, α = 1/100"),
    kinds=("certified limit",),
    hypotheses=("depth 3, W_j(0) = alpha I, the completion with R = 2",),
    uses=("arora-cohen-hu-luo-2019/nuclear-norm-of-the-four-by-four",),
)
def depth_three_prefers_low_rank(run: Run) -> Iterator[Evidence]:
    """
    Statement: for R = 2 and depth 3 the flow from W_j(0) = αI, α = 1/10 and 1/100, ends at a completion whose second
        singular value is below 1/40 and whose nuclear norm is above 9.9, where 8 is the smallest.
    Hypotheses: depth 3, W_j(0) = alpha I, the completion with R = 2.
    Conclusion: low rank is preferred to small nuclear norm, at these scales.
    Proof idea: the limits are enclosed.
    Checked by: certified limits.
    Not checked: other scales.
    References: in the spirit of Arora et al. 2019 (arXiv:1905.13655); instance of Li, Luo & Lyu 2021.
    """
    for alpha in ("1/10", "1/100"):
        name = f"N = 3, α = {alpha}"
        limit = certified(four_by_four(alpha, 3))
        if not limit.converged:
            yield enclosed(False, name, limit.reason)
            continue
        norm, second = total(limit.singular_values), limit.singular_values[1]
        ok = norm.lower > Fraction(99, 10) and second.upper < Fraction(1, 40)
        yield enclosed(ok, name, f"nuclear norm {norm.text(10)}, second singular value {second.text(6)}")


@depth_three_prefers_low_rank.negative_twin("with the limit's rank exactly one")
def _(run: Run) -> Iterator[Evidence]:
    problem = four_by_four("1/10", 3)
    limit = certified(problem)
    second = limit.singular_values[1] if limit.converged else Ball(Fraction(0))
    if second.lower <= 0:
        yield enclosed(False, "N = 3, α = 1/10", limit.reason)
        return
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("N = 3, α = 1/10"),
        detail=f"the second singular value is {second.text(8)}",
        slack=second,
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=stated("depth 3, W_j(0) = alpha I, the completion with R = 2", "alpha = 1/10"),
            violates="the limit's second singular value is not zero",
            enclosed={"second singular value": second},
        ),
    )


@depth_three_prefers_low_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """A minor of the limit of the rotated flow that is not zero; without a hypothesis its singular values."""
    limit = limit_again(witness.problem, digits=20)
    if not limit.converged:
        return doubted(limit.reason)
    if witness.without:
        norm, second = total(limit.singular_values), limit.singular_values[1]
        violated = norm.upper < Fraction(99, 10) or second.lower > Fraction(1, 40)
        return enclosed_again(violated, f"nuclear norm {norm.text(10)}, second singular value {second.text(8)}")
    minors = [_minor(limit.product, i, j) for i in range(4) for j in range(i)]
    best = max(minors, key=lambda x: abs(x.mid) - x.rad)
    return enclosed_again(not best.contains(0), f"a 2 by 2 minor is {best.text(8)}", "minor of the rotated limit")


def _minor(matrix: BallMatrix, i: int, j: int) -> Ball:
    return minor(((matrix[i][i], matrix[i][j]), (matrix[j][i], matrix[j][j])))


# ---------------------------------------------------------------------------------------------------------------------
# R3: balance in Razin & Cohen's setting

POSITIVE = "w12 = w21 = 1, w22 = 0 observed, positive determinant"
GROWING = Scope.instances("V7 at t = 1", "V7 at t = 4")


@claim(
    "arora-cohen-hu-luo-2019/unobserved-entry-along-a-flow",
    paper=PAPER,
    number="N2 (V7)",
    title="along a balanced flow the unobserved entry grows as the loss falls",
    scope=GROWING,
    kinds=("enclosure",),
    parts=("determinant", "entry"),
    hypotheses=(POSITIVE, BALANCED),
    uses=("arora-cohen-hu-luo-2019/rank-and-sign",),
)
def unobserved_entry_along_a_flow(run: Run) -> Iterator[Evidence]:
    """
    Statement: for the observations w12 = w21 = 1, w22 = 0, depth 2 and W_j(0) = I/2, at times 1 and 4: det W > 0 and
        w11 > 1/√(2l) − √(2l), l the loss.
    Hypotheses: w12 = w21 = 1, w22 = 0 observed, positive determinant; balanced.
    Conclusion: the instance behaves as the bound for all matrices with positive determinant says.
    Proof idea: balanced flows keep the determinant's sign.
    Checked by: enclosures of the flow; w11√(2l) + 2l > 1 in ball arithmetic.
    Not checked: other starts (for those, the claim about all matrices and rank-and-sign).
    References: Razin & Cohen 2020 (arXiv:2005.06398), as recalled.
    """
    from verify.rigorous import enclose_flow

    for time in (1, 4):
        name = f"V7 at t = {time}"
        product = enclose_flow(COUNTEREXAMPLES["V7"], time=Fraction(time), digits=20).product
        volume, slack = minor(product), beyond(product)
        detail = f"w11 = {product[0][0].text(12)}, det W = {volume.text(12)}"
        yield _at(name, volume.lower > 0, detail, "determinant", volume)
        yield _at(name, product[0][0].lower > 0 and slack.lower > 0, detail, "entry", slack)


def _at(name: str, ok: bool, detail: str, part: str, slack: Ball) -> Evidence:
    """What the enclosed state says of one instance."""
    scope = Scope.instances(name)
    if not ok:
        return Evidence.undecided(kind="enclosure", scope=scope, part=part, detail=detail)
    return Evidence.supports(
        kind="enclosure", assurance=Assurance.ENCLOSED, scope=scope, part=part, detail=detail, slack=slack
    )


def beyond(product: BallMatrix) -> Ball:
    """``|w11|√(2l) + 2l − 1``: positive where ``|w11| > 1/√(2l) − √(2l)``, and −1 at l = 0."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    with precision(192):
        (w11, w12), (w21, w22) = ([to_arb(x) for x in row] for row in product)
        twice = (w12 - 1) ** 2 + (w21 - 1) ** 2 + w22**2
        return Ball.from_arb(abs(w11) * twice.sqrt() + twice - 1)


@unobserved_entry_along_a_flow.negative_twin("without balance, also at the limit", hypotheses=(POSITIVE,))
def _(run: Run) -> Iterator[Evidence]:
    for name in ("R3", "R3b"):
        problem = COUNTEREXAMPLES[name]
        limit = certified(problem)
        start = determinant(problem.product())
        if not limit.converged or start <= 0 or beyond(limit.product).upper >= 0:
            yield enclosed(False, name, limit.reason, part="entry")
            continue
        entry = limit.product[0][0]
        yield Evidence.refutes(
            kind="certified limit",
            assurance=Assurance.ENCLOSED,
            scope=Scope.instances(name),
            part="entry",
            detail=f"{name}: the loss tends to 0 and w11 to {entry.text(20)}",
            slack=entry,
            witness=Witness(
                problem=dump_problem(problem),
                hypotheses=stated(POSITIVE, f"det W(0) = {start}; depth {problem.depth}"),
                violates="the flow converges to a completion, with a finite entry w11",
                enclosed={"w11": entry},
            ),
        )


@unobserved_entry_along_a_flow.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """Without a hypothesis at the time 4, as the claim has it; for the twin at the limit."""
    problem = load_problem(dict(witness.problem))
    start = determinant(problem.product())
    if witness.without:
        from verify.rigorous import enclose_flow

        product = enclose_flow(hidden_rotation(problem), time=Fraction(4), digits=29).product
        slack, remaining = beyond(product), start > 0 if witness.without == BALANCED else problem.balanced
        detail = f"at the time 4 w11 = {product[0][0].text(12)}, |w11|√(2l) + 2l − 1 = {slack.text(12)}"
        return enclosed_again(remaining and slack.upper < 0, detail, "enclosure of the rotated flow")
    limit = limit_again(witness.problem, digits=20)
    if not limit.converged:
        return doubted(limit.reason)
    violated = start > 0 and beyond(limit.product).upper < 0
    return enclosed_again(violated, f"w11 tends to {limit.product[0][0].text(12)}", "certified limit, rotated flow")


# ---------------------------------------------------------------------------------------------------------------------
# R5: singular values cross

CROSSING = "depth 2, full observation of diag(1, 2), W_j(0) = diag(1/2, 1/5)"


@claim(
    "arora-cohen-hu-luo-2019/singular-values-cross",
    paper=PAPER,
    number="S3 (R5)",
    title="singular values cross, so the ordered ones are not differentiable",
    scope=Scope.instances("R5"),
    kinds=("derivation", "rational functions"),
    parts=("closed form", "crossing", "kink"),
    hypotheses=(CROSSING,),
    uses=("arora-cohen-hu-luo-2019/singular-values",),
)
def singular_values_cross(run: Run) -> Iterator[Evidence]:
    """
    Statement: with full observation of diag(1, 2), depth 2 and W_j(0) = diag(1/2, 1/5) the product is diag(w1, w2) with
        w1 = 1/(1 + 3z), w2 = 2/(1 + 49z²), z = e^{−2t}. They cross where 49z² − 6z − 1 = 0, at z = (3 + √58)/49, with
        slopes that differ by 2w; so the largest singular value is not differentiable there.
    Hypotheses: depth 2, full observation of diag(1, 2), W_j(0) = diag(1/2, 1/5).
    Conclusion: smooth singular values have to be unordered.
    Proof idea: the entries decouple, w' = 2w(y − w).
    Checked by: rational functions of z; the root's place by exact signs.
    Not checked: nothing is left open.
    References: derived here; Arora et al. 2019 (arXiv:1905.13655) use unordered analytic singular values, as recalled.
    """
    from verify.symbolic.checks import Identity, Rationals
    from verify.symbolic.expressions import Call, Relation, Sym, formula

    z, w = Sym("z"), Sym("w")
    moving = Rationals(("z",), (("z", -2 * z),))
    first, second = 1 / (1 + 3 * z), 2 / (1 + 49 * z**2)
    Identity(
        moving,
        (
            Relation(Call("rate", (first,)), 2 * first * (1 - first)),
            Relation(Call("rate", (second,)), 2 * second * (2 - second)),
            Relation(first - second, (49 * z**2 - 6 * z - 1) / ((1 + 3 * z) * (1 + 49 * z**2))),
        ),
    ).run()
    Identity(Rationals(("w",)), (Relation(2 * w * (2 - w) - 2 * w * (1 - w), 2 * w),)).run()
    start = formula(1)
    Identity(
        Rationals(("z",)),
        (
            Relation(1 / (1 + 3 * start), formula(Fraction(1, 4))),
            Relation(2 / (1 + 49 * start**2), formula(Fraction(1, 25))),
        ),
    ).run()
    crossed = _gap_in(Fraction(1, 5)) < 0 < _gap_in(Fraction(1, 4))
    told = {
        "closed form": (True, "both entries solve w' = 2w(y − w) and start at 1/4 and 1/25"),
        "crossing": (crossed, "49z² − 6z − 1 is negative at z = 1/5 and positive at z = 1/4, both in (0, 1)"),
        "kink": (crossed, "where w1 = w2 = w the slopes are 2w(1 − w) and 2w(2 − w), and w > 0"),
    }
    for part, (ok, detail) in told.items():
        make = Evidence.supports if ok else Evidence.undecided
        yield make(
            kind="rational functions", assurance=Assurance.PROVED, scope=Scope.instances("R5"), part=part, detail=detail
        )


def _gap_in(z: Fraction) -> Fraction:
    return 49 * z**2 - 6 * z - 1


@singular_values_cross.negative_twin("with the order of the entries kept")
def _(run: Run) -> Iterator[Evidence]:
    from verify.rigorous import enclose_flow

    problem = COUNTEREXAMPLES["R5"]
    start, end = problem.product(), enclose_flow(problem, time=Fraction(1), digits=20).product
    gap = end[0][0].upper - end[1][1].lower
    if not (start[0][0] > start[1][1] and gap < 0):
        yield enclosed(False, "R5", "the entries were not seen to cross", part="crossing")
        return
    yield Evidence.refutes(
        kind="enclosure",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("R5"),
        part="crossing",
        detail=f"w1 − w2 = {start[0][0] - start[1][1]} at time 0 and at most {float(gap):.6f} at time 1",
        slack=Ball(gap),
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=stated(CROSSING, "the data"),
            violates="w1 is the larger one at time 0, and the smaller one at time 1",
            enclosed={"w1(1)": end[0][0], "w2(1)": end[1][1]},
        ),
    )


@singular_values_cross.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The transposed flow, to another time."""
    from verify.rigorous import enclose_flow

    problem = transposed_problem(load_problem(dict(witness.problem)))
    start, end = problem.product(), enclose_flow(problem, time=Fraction(3, 2), digits=run.digits).product
    violated = start[0][0] > start[1][1] and end[0][0].upper < end[1][1].lower
    return enclosed_again(violated, f"at time 3/2: {end[0][0].text(10)} and {end[1][1].text(10)}", "transposed flow")


# ---------------------------------------------------------------------------------------------------------------------
# N5: disconnected observations

DISCONNECTED = "depth 2, diagonal observations 1 and 2, two named unbalanced factors"


@claim(
    "arora-cohen-hu-luo-2019/disconnected-observations",
    paper=PAPER,
    number="N5 (V10)",
    title="diagonal observations at depth 2: the limit of an unbalanced start in closed form",
    scope=Scope.instances("V10"),
    kinds=("certified limit",),
    hypotheses=(DISCONNECTED,),
)
def disconnected_observations(run: Run) -> Iterator[Evidence]:
    """
    Statement: for W = AB with observed diagonal m = (1, 2), A = [[1, 2], [0, 1]]/10 and B = [[1, 0], [−1, 3]]/10 the
        limit has w12, w21 of the closed form: with the rows a_i of A, the columns b_i of B, p_i = a_i + b_i,
        q_i = a_i − b_i, x_i = (2m_i + √(4m_i² + ‖p_i‖²‖q_i‖²))/‖p_i‖², the limit has rows (p_i√x_i + q_i/√x_i)/2 and
        columns (p_i√x_i − q_i/√x_i)/2.
    Hypotheses: depth 2, diagonal observations 1 and 2, two named unbalanced factors.
    Conclusion: both ways agree within 1e-18.
    Proof idea: p_i grows and q_i falls by the same factor √x_i, until a_i·b_i = m_i.
    Checked by: certified limit of the flow, against the closed form in ball arithmetic.
    Not checked: other starts (for these, the topic depth-two-any-start).
    References: after Bai, Zhao & Zhang 2024 (arXiv:2405.13721), as recalled; closed form derived here.
    """
    limit = certified(COUNTEREXAMPLES["V10"])
    if not limit.converged:
        yield enclosed(False, "V10", limit.reason)
        return
    entries = (limit.product[0][1], limit.product[1][0])
    closed = _closed_entries(COUNTEREXAMPLES["V10"])
    gap = max(max(x.upper - y.lower, y.upper - x.lower) for x, y in zip(entries, closed, strict=True))
    detail = f"w12 = {closed[0].text(18)}, w21 = {closed[1].text(18)}; off by at most {float(gap):.1e}"
    yield enclosed(gap < Fraction(1, 10**18), "V10", detail, slack=Ball(Fraction(1, 10**18) - gap))


def _closed_entries(problem: Problem) -> tuple[Ball, Ball]:
    """w12 and w21 of the closed form."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    lower, upper = problem.layers
    targets = problem.observations.values
    with precision(256):
        rows, columns = [], []
        for i in range(2):
            a, b = upper[i], tuple(row[i] for row in lower)
            p, q = [x + y for x, y in zip(a, b, strict=True)], [x - y for x, y in zip(a, b, strict=True)]
            norm_p, norm_q = sum(x * x for x in p), sum(x * x for x in q)
            m = targets[i][i]
            root = ((to_arb(2 * m) + to_arb(4 * m * m + norm_p * norm_q).sqrt()) / to_arb(norm_p)).sqrt()
            rows.append([(to_arb(x) * root + to_arb(y) / root) / 2 for x, y in zip(p, q, strict=True)])
            columns.append([(to_arb(x) * root - to_arb(y) / root) / 2 for x, y in zip(p, q, strict=True)])
        first, second = (rows[i][0] * columns[1 - i][0] + rows[i][1] * columns[1 - i][1] for i in range(2))
        return Ball.from_arb(first), Ball.from_arb(second)


@disconnected_observations.negative_twin("with the values of vanishing scale, √10/5")
def _(run: Run) -> Iterator[Evidence]:
    limit = certified(COUNTEREXAMPLES["V10"])
    entry = limit.product[0][1]
    if not limit.converged or _is_vanishing(entry):
        yield enclosed(False, "V10", limit.reason)
        return
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("V10"),
        detail=f"w12 tends to {entry.text(18)}, not to √10/5",
        slack=entry,
        witness=Witness(
            problem=dump_problem(COUNTEREXAMPLES["V10"]),
            hypotheses=stated(DISCONNECTED, "the data"),
            violates="w12 is not √10/5 = 0.632… at this scale",
            enclosed={"w12": entry},
        ),
    )


def _is_vanishing(entry: Ball) -> bool:
    """Whether a ball of positive numbers might hold √10/5, whose square is 2/5."""
    return entry.lower**2 <= Fraction(2, 5) <= entry.upper**2


@disconnected_observations.recheck
def _(witness: Witness, run: Run) -> Evidence:
    limit = limit_again(witness.problem, digits=20)
    if not limit.converged:
        return doubted(limit.reason)
    entry = limit.product[0][1]
    violated = entry.lower > 0 and not _is_vanishing(entry)
    return enclosed_again(violated, f"w12 tends to {entry.text(12)}", "certified limit of the rotated flow")


# ---------------------------------------------------------------------------------------------------------------------
# N8: one number

ONE_NUMBER = "a product of equal numbers, loss with the factor 1/2"
INSTANCE = "depth 2, W_1 = W_2 = 1/2, target 1, loss with the factor 1/2"
SCALARS = Scope.all("positive targets and starts")


@claim(
    "arora-cohen-hu-luo-2019/scalar-closed-forms",
    paper=PAPER,
    number="N8",
    title="one number in closed form at depths 1 to 4 and infinity",
    scope=SCALARS,
    kinds=("derivation",),
    hypotheses=(ONE_NUMBER,),
)
def scalar_closed_forms(run: Run) -> Iterator[Evidence]:
    """
    Statement: for a product of N equal numbers with the loss ½(w − y)²: w = y + (w_0 − y)e^{−t} (N = 1),
        w = y/(1 + (y/w_0 − 1)e^{−2yt}) (N = 2), and for N = 3, 4 and infinite depth the time of reaching a value is
        the elementary function of the derivation; at N = 2 without balance w' = (y − w)√(δ² + 4w²), δ = w_2² − w_1².
    Hypotheses: a product of equal numbers, loss with the factor 1/2.
    Conclusion: exact times, such as log((y − α²)/α²)/(2y) from α² to y/2 at depth 2.
    Proof idea: substitution.
    Checked by: rational functions, with logarithms and arcs as symbols of known derivative.
    Not checked: nothing is left open.
    References: elementary; derived here.
    """
    yield proved("scalar-flow", SCALARS)


@scalar_closed_forms.negative_twin("with a time that runs twice as fast (the loss without ½)", hypotheses=(INSTANCE,))
def _(run: Run) -> Iterator[Evidence]:
    from verify.rigorous import enclose_flow

    problem = Problem.of([[["1/2"]], [["1/2"]]], COUNTEREXAMPLES["R1"].observations)
    value = enclose_flow(problem, time=Fraction(1), digits=run.digits).product[0][0]
    wrong = _closed(4)
    if value.overlaps(wrong):
        yield enclosed(False, "V1", value.text(12))
        return
    yield Evidence.refutes(
        kind="enclosure",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("V1"),
        detail=f"w(1) = {value.text(30)}, the variant has {wrong.text(12)}",
        slack=value,
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(Established(name=INSTANCE, how="the data"),),
            violates="w(1) is 1/(1 + 3e^{−2}), not 1/(1 + 3e^{−4})",
            enclosed={"w(1)": value},
        ),
    )


def slopes_at_depth_two(problem: Problem, moved: Sequence[ExactMatrix], factor: Fraction) -> tuple[Fraction, Fraction]:
    """``w'`` at the start where the loss has this factor (`moved`: with ½), and by the closed form for N = 2."""
    [[value]], [[target]] = problem.product(), problem.observations.values
    return 2 * factor * product_rate(problem, moved)[0][0], 2 * value * (target - value)


def _closed(factor: int) -> Ball:
    """``1/(1 + 3e^{−factor})``."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    with precision(256):
        return Ball.from_arb(1 / (1 + 3 * (-to_arb(factor)).exp()))


@scalar_closed_forms.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The stored enclosure holds the closed form, and not the variant; no flow is integrated. Without a hypothesis the
    rate at the start is not that of the closed form at depth 2, which is ``2w(y − w)``."""
    if not (witness.twin or witness.without):
        return as_claimed.scalar_closed_forms(witness)
    if witness.without:
        start = witness.problem["problem"]
        assert isinstance(start, dict)
        problem = load_problem(start)
        true, claimed = slopes_at_depth_two(problem, rates_again(problem), number(witness.problem, "factor"))
        detail = f"by differences of the loss w' = {true}, the closed form has {claimed}"
        return proved_again(true != claimed, detail, "unit differences")
    stored = witness.enclosed["w(1)"]
    assert isinstance(stored, dict)
    value = Ball(exact(stored["mid"], "mid"), exact(stored["rad"], "rad"))
    violated = value.overlaps(_closed(2)) and not value.overlaps(_closed(4))
    return enclosed_again(violated, f"1/(1 + 3e^(−2)) = {_closed(2).text(20)}", "closed form")
