"""Claims about the symmetric family for all members at once: reduction, first integrals, limit equations, stable rank.

The family is a reconstruction of the paper's equation (7) from public summaries: every layer is
``α((1 − 1/m)I_n + J_n/m) ⊗ J_s``, and all entries of the n diagonal blocks are observed as w. With
``τ₁ = sα(1 + (n−1)/m)`` and ``τ₂ = sα(1 − 1/m)`` at the start everything is said in two numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs_checks.common import doubted, enclosed_again, proved, proved_again, refuted, stated
from proofs_checks.second_paths import gradient_by_differences, limit_again
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.coupling import PAPER
from proofs_checks.shin_yun_2026.instances import FAMILY, Member
from proofs_checks.shin_yun_2026.violations import limit_violation_again
from verify.arithmetic import ExactMatrix, exact
from verify.claims import Evidence, Run, Scope, Witness, claim
from verify.models import Problem, dump_problem, load_problem

EVERY = Scope.all("depths, block counts n >= 2, block sizes, scales, ratios m, values")
DEEP_MEMBERS = Scope.all(
    "depths L >= 3, block counts n >= 2, block sizes, scales, ratios 1 < m < infinity, values w > 0"
)
DEPTH_TWO = Scope.all("block counts n >= 2, block sizes, scales, ratios m > 1, values w > 0")
MEMBER = "member of the family"
DEEP_MEMBER = "member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0"
SHALLOW_MEMBER = "member of the family with depth 2, m > 1, alpha > 0, w > 0"


def eigenvalues(member: Member) -> tuple[Fraction, Fraction]:
    """τ₁ and τ₂ of a member's layers at the start; m finite."""
    assert member.m is not None
    base = member.s * member.alpha
    return base * (1 + Fraction(member.n - 1) / member.m), base * (1 - 1 / member.m)


def observed_entry(member: Member) -> Fraction:
    """d at the start."""
    first, second = eigenvalues(member)
    return (first**member.depth + (member.n - 1) * second**member.depth) / (member.n * member.s)


def coupling_constant(member: Member) -> Fraction:
    """``C = τ₂^{−(L−2)} − τ₁^{−(L−2)}`` at the start."""
    first, second = eigenvalues(member)
    return second ** -(member.depth - 2) - first ** -(member.depth - 2)


def told(name: str) -> str:
    """A named start, in words."""
    member = FAMILY[name]
    return f"{name}: depth {member.depth}, n = {member.n}, m = {member.m}, alpha = {member.alpha}, w = {member.value}"


def rates_by_differences(problem: Problem) -> tuple[Fraction, Fraction]:
    """τ₁' and τ₂' at a member, from values of the loss alone: what :func:`values_of` reads off the rates."""
    first, second = values_of(gradient_by_differences(problem)[0], block_size(problem))
    return -first, -second


def values_of(layer: ExactMatrix, s: int) -> tuple[Fraction, Fraction]:
    """τ₁ and τ₂ of a layer in the family: its row sum, and s times an entry on the blocks less one off them."""
    return sum(layer[0], Fraction(0)), s * (layer[0][0] - layer[0][s])


def block_size(problem: Problem) -> int:
    """s, of a problem that is known to be a member: so many entries of the first row are observed."""
    return sum(i == 0 for i, _, _ in problem.observations.entries)


# ---------------------------------------------------------------------------------------------------------------------
# D5: reduction


@claim(
    "shin-yun-2026/family-reduction",
    paper=PAPER,
    number="Eq. 7 (D5)",
    title="the family's flow is that of two numbers",
    scope=EVERY,
    kinds=("derivation",),
    hypotheses=(MEMBER,),
)
def family_reduction(run: Run) -> Iterator[Evidence]:
    """
    Statement: from a member of the family the flow is W_l(t) = M(t) ⊗ J_s for all l, and the eigenvalues τ_i of M ⊗ J_s
        solve τ_i' = s(w − d)τ_i^{L−1} with d = (τ₁^L + (n−1)τ₂^L)/(ns), the common observed entry; off the blocks the
        entries of W are (τ₁^L − τ₂^L)/(ns). Blocks of size s behave as single entries with w → sw, α → sα.
    Hypotheses: member of the family.
    Conclusion: the flow in N² L numbers is a flow in two.
    Proof idea: I ⊗ I_s, E₁ ⊗ J_s, E₂ ⊗ J_s span an algebra that the gradient does not leave.
    Checked by: the matrix program interpreted in that algebra with n, s, w as symbols: with powers of symbolic exponent
        for all depths and positive τ_i (at each depth both sides are polynomials in them, so for those of any sign),
        and as rational functions at depths 2, 3 and 4.
    Not checked: uniqueness of solutions (standard).
    References: Shin & Yun 2026 (arXiv:2603.04703), equation (7), as reconstructed; the text was not available.
    """
    yield proved("symmetric-family", EVERY)
    for depth in (2, 3, 4):
        yield proved("symmetric-family", Scope.dimensions(f"L={depth}"), depth=depth)


@family_reduction.negative_twin("with the exponent L in place of L − 1")
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V03"]
    tau, gap = eigenvalues(member)[0], member.value - observed_entry(member)
    right, wrong = gap * tau ** (member.depth - 1), gap * tau**member.depth
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=stated(MEMBER, told("V03")),
        violates=f"the first eigenvalue's rate at the start is {right}, not {wrong}",
        enclosed={"rate": right, "false rate": wrong},
    )
    yield refuted("V03", "exact evaluation", f"the rate is {right}, not {wrong}", witness if right != wrong else None)


@family_reduction.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.family_reduction(witness)
    rate, _ = rates_by_differences(load_problem(dict(witness.problem)))
    wrong = exact(witness.enclosed["false rate"], "false rate")
    return proved_again(
        rate != wrong, f"by differences of the loss the rate is {rate}, not {wrong}", "unit differences"
    )


# ---------------------------------------------------------------------------------------------------------------------
# D6: first integrals


@claim(
    "shin-yun-2026/first-integrals",
    paper=PAPER,
    number="Eq. 9 (D6)",
    title="the family's first integrals",
    scope=DEEP_MEMBERS,
    kinds=("derivation",),
    hypotheses=(DEEP_MEMBER,),
    uses=("shin-yun-2026/family-reduction",),
)
def first_integrals(run: Run) -> Iterator[Evidence]:
    """
    Statement: for L ≥ 3, τ₂^{−(L−2)} − τ₁^{−(L−2)} is constant along the flow, equal to C = (sα)^{−(L−2)} K_L with
        K_L = (m/(m−1))^{L−2} − (m/(m+n−1))^{L−2} > 0. (For L = 2 the ratio τ₁/τ₂ is constant.)
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: the flow moves on a known curve.
    Proof idea: both τ_i^{−(L−2)} have the rate −(L−2)s(w − d).
    Checked by: the power rule with a symbolic exponent; monotony of powers for K_L > 0.
    Not checked: nothing is left open.
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.3, as reconstructed.
    """
    yield proved("first-integrals", DEEP_MEMBERS)


@first_integrals.negative_twin("with the exponent −(L−1)", hypotheses=(DEEP_MEMBER,))
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V03"]
    (first, second), gap = eigenvalues(member), member.value - observed_entry(member)
    power = member.depth - 1  # d/dt τ^{−p} = −p τ^{−p−1} τ'
    rate = sum(
        sign * -power * tau ** (-power - 1) * gap * tau ** (member.depth - 1)
        for sign, tau in ((1, second), (-1, first))
    )
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=stated(DEEP_MEMBER, told("V03")),
        violates="τ₂^{−(L−1)} − τ₁^{−(L−1)} moves at the start",
        enclosed={"rate": Fraction(rate), "power": power},
    )
    yield refuted("V03", "exact evaluation", f"its rate at the start is {rate}", witness if rate else None)


@first_integrals.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.first_integrals(witness)
    problem, power = load_problem(dict(witness.problem)), int(exact(witness.enclosed["power"], "power"))
    first, second = values_of(problem.layers[0], block_size(problem))
    if "false value" in witness.enclosed:
        value, wrong = second**-power - first**-power, exact(witness.enclosed["false value"], "false value")
        return proved_again(value != wrong or value <= 0, f"its value at the start is {value}", "exact evaluation")
    moved = rates_by_differences(problem)
    rate = -power * (second ** (-power - 1) * moved[1] - first ** (-power - 1) * moved[0])
    return proved_again(rate != 0, f"by differences of the loss its rate is {rate}", "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# D7: limit equations

CONVERGES, UNIQUE = "the flow converges, d → w monotonically", "the limit solves the equations, uniquely"


@claim(
    "shin-yun-2026/limit-equations",
    paper=PAPER,
    number="Thm 3.3 (D7)",
    title="the limit is the unique solution of two equations",
    scope=DEEP_MEMBERS,
    kinds=("derivation",),
    parts=(CONVERGES, UNIQUE),
    hypotheses=(DEEP_MEMBER,),
    uses=("shin-yun-2026/family-reduction", "shin-yun-2026/first-integrals"),
)
def limit_equations(run: Run) -> Iterator[Evidence]:
    """
    Statement: the flow converges, d → w monotonically, and the limit (τ₁, τ₂) is the only positive solution of (E1)
        τ₁^L + (n−1)τ₂^L = nsw and (E2) τ₂^{−(L−2)} − τ₁^{−(L−2)} = C; sw < τ₁^L < nsw, and τ₂ > 0, so the limit has
        rank exactly n at every scale.
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: existence and uniqueness; the coupled limit has full core rank at finite scale.
    Proof idea: d' = κ(w − d) with κ > 0 bounded below; in z = τ₁^{−(L−2)} (E1) is a strictly decreasing function with a
        change of sign between (nsw)^{−(L−2)/L} and (sw)^{−(L−2)/L}.
    Checked by: the power rule with symbolic exponents, inequalities term by term, monotony of powers.
    Not checked: Grönwall's lemma, the intermediate value theorem, and that solutions do not cross (standard).
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.3 with (8), (9), as reconstructed; a public review asks
        for uniqueness.
    """
    yield proved("limit-equations", DEEP_MEMBERS, part=CONVERGES)
    yield proved("limit-equations", DEEP_MEMBERS, part=UNIQUE)


@limit_equations.negative_twin("with τ₁^L at most sw", hypotheses=(DEEP_MEMBER,))
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V03"]
    target, constant = member.s * member.value, coupling_constant(member)
    assert target == 1  # so that the end of the bracket, (sw)^{−(L−2)/L}, is 1
    power = Fraction(member.depth, member.depth - 2)
    assert power.denominator == 1
    value = 1 + (member.n - 1) * (1 + constant) ** -int(power) - member.n
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=stated(DEEP_MEMBER, told("V03")),
        violates="the limit's larger eigenvalue τ₁^L is above sw = 1",
        enclosed={"F at the upper end": value},
    )
    detail = f"F((sw)^(−(L−2)/L)) = {value} < 0, so the root is smaller and τ₁^L > sw"
    yield refuted("V03", "exact evaluation", detail, witness if value < 0 else None, UNIQUE)


@limit_equations.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.limit_equations(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    limit = limit_again(witness.problem, digits=20)
    if not limit.converged:
        return doubted(limit.reason)
    largest = limit.singular_values[0]
    return enclosed_again(largest.lower > 1, f"the limit's largest singular value is {largest.text(12)}")


# ---------------------------------------------------------------------------------------------------------------------
# D8: stable rank


def certificate(member: Member, extra: int = 0) -> Fraction:
    """``(n−1)(sα)^{2L+extra} K_L^{−2L/(L−2)}/(sw)²`` where ``2L/(L−2)`` is whole."""
    base, power = member.s * member.alpha, Fraction(2 * member.depth, member.depth - 2)
    assert power.denominator == 1
    constant = coupling_constant(member) * base ** (member.depth - 2)
    return (
        (member.n - 1) * base ** (2 * member.depth + extra) * constant ** -int(power) / (member.s * member.value) ** 2
    )


@claim(
    "shin-yun-2026/stable-rank-bounds",
    paper=PAPER,
    number="Cor. 3.4 (D8)",
    title="the stable rank's bound at every scale",
    scope=DEEP_MEMBERS,
    kinds=("derivation",),
    hypotheses=(DEEP_MEMBER,),
    uses=("shin-yun-2026/limit-equations",),
)
def stable_rank_bounds(run: Run) -> Iterator[Evidence]:
    """
    Statement: the limit has sr = 1 + (n−1)(τ₂/τ₁)^{2L}, (C + (sw)^{−(L−2)/L})^{−1/(L−2)} ≤ τ₂ ≤ C^{−1/(L−2)},
        τ₁^L ≥ sw, and sr − 1 ≤ (n−1)(sα)^{2L} K_L^{−2L/(L−2)}/(sw)².
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: a certificate at every scale; sr → 1 as α → 0 at the rate α^{2L}.
    Proof idea: (E1) and (E2) with 0 < τ₂ ≤ τ₁.
    Checked by: inequalities modulo the two equations, term by term, and monotony of powers, with symbolic exponents.
    Not checked: nothing is left open beyond the limit equations.
    References: Shin & Yun 2026 (arXiv:2603.04703), Corollary 3.4, as reconstructed (there as a limit).
    """
    yield proved("stable-rank", DEEP_MEMBERS)


@stable_rank_bounds.negative_twin("with the faster rate α^{2L+2}", hypotheses=(DEEP_MEMBER,))
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V03"]
    assert member.s * member.value == 1
    assert member.depth == 3  # so that all exponents below are whole
    small = 1 / (coupling_constant(member) + 1)  # τ₂ is at least this
    below = (member.n - 1) * small ** (2 * member.depth) / Fraction(member.n) ** 2  # and τ₁^L at most nsw
    bound = certificate(member, extra=2)
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=stated(DEEP_MEMBER, told("V03")),
        violates="the stable rank is above the bound",
        enclosed={"sr − 1 is at least": below, "false bound": bound},
    )
    detail = f"sr − 1 is at least {below}, the false bound is {bound}"
    yield refuted("V03", "exact evaluation", detail, witness if below > bound else None)


@stable_rank_bounds.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.stable_rank_bounds(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    limit = limit_again(witness.problem, digits=20)
    if limit.stable_rank is None:
        return doubted(limit.reason)
    bound = exact(witness.enclosed["false bound"], "false bound")
    return enclosed_again(
        limit.stable_rank.lower - 1 > bound, f"the certified stable rank is {limit.stable_rank.text(14)}"
    )


# ---------------------------------------------------------------------------------------------------------------------
# D9: depth two


@claim(
    "shin-yun-2026/depth-two-closed-form",
    paper=PAPER,
    number="Thm 3.1 (D9)",
    title="depth 2 in closed form",
    scope=DEPTH_TWO,
    kinds=("derivation",),
    hypotheses=(SHALLOW_MEMBER,),
    uses=("shin-yun-2026/family-reduction",),
)
def depth_two_closed_form(run: Run) -> Iterator[Evidence]:
    """
    Statement: at depth 2 the limit has the eigenvalues λ₁ = nswρ²/(ρ²+n−1) and λ₂ = nsw/(ρ²+n−1) with
        ρ = (m+n−1)/(m−1), sr = 1 + (n−1)((m−1)/(m+n−1))⁴ at every scale, d(t) = w/(1 + (w/d₀ − 1)e^{−2swt}), and for
        n = 2 the entries off the blocks are 2mw/(m²+1).
    Hypotheses: member of the family with depth 2, m > 1, alpha > 0, w > 0.
    Conclusion: at depth 2 the limit does not depend on the scale, and is near rank n only for large m.
    Proof idea: τ₁/τ₂ is constant, and d solves a logistic equation.
    Checked by: substitution of the closed forms, as identities of rational functions.
    Not checked: uniqueness of solutions (standard). Not claimed: that all singular values agree; that holds for m = ∞.
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.1 and Theorem 3.3 at L = 2, as reconstructed.
    """
    yield proved("depth-two-closed-form", DEPTH_TWO)


@depth_two_closed_form.negative_twin("with the square in place of the fourth power")
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V01"]
    assert member.m is not None
    ratio = (member.m - 1) / (member.m + member.n - 1)
    right, wrong = 1 + (member.n - 1) * ratio**4, 1 + (member.n - 1) * ratio**2
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=stated(SHALLOW_MEMBER, told("V01")),
        violates=f"the stable rank of the limit is {right}, not {wrong}",
        enclosed={"stable rank": right, "false stable rank": wrong},
    )
    yield refuted("V01", "closed form", f"the stable rank is {right}, not {wrong}", witness if right != wrong else None)


@depth_two_closed_form.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.depth_two_closed_form(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    limit = limit_again(witness.problem, digits=20)
    if limit.stable_rank is None:
        return doubted(limit.reason)
    wrong = exact(witness.enclosed["false stable rank"], "false stable rank")
    detail = f"the certified stable rank is {limit.stable_rank.text(12)}"
    return enclosed_again(not limit.stable_rank.contains(wrong), detail)
