"""Claims about depth 2 with diagonal observations, which is solved for every start, and its invariant subspaces."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs_checks.common import enclosed, proved, proved_again, refuted, stated
from proofs_checks.second_paths import exact_determinant, gradient_by_differences
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.coupling import PAPER
from proofs_checks.shin_yun_2026.instances import MENON
from proofs_checks.shin_yun_2026.limits import certified
from proofs_checks.shin_yun_2026.violations import limit_violation, limit_violation_again
from verify.arithmetic import Ball, exact
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import Observations, Problem, dump_problem, load_problem

ANY_START = Scope.all("sizes, hidden widths, observed values, starts with u_i != 0 (and v_i != 0 where w_i <= 0)")
DEPTH_TWO = "depth 2, diagonal observations, u_i != 0 (and v_i != 0 where w_i <= 0)"
LIMIT, SMALL, NUCLEAR = "the limit", "vanishing scale", "the nuclear norm"


def solved_start() -> Problem:
    """u₁ = (1, 0), u₂ = (3/5, 4/5), v₁ = v₂ = (0, 2), both values 3: then E₁ = E₂ = 4, and all is rational."""
    u = ((Fraction(1), Fraction(0)), (Fraction(3, 5), Fraction(4, 5)))
    v = ((Fraction(0), Fraction(2)),) * 2
    rows = tuple(tuple(x + y for x, y in zip(a, b, strict=True)) for a, b in zip(u, v, strict=True))
    columns = tuple(tuple(x - y for x, y in zip(a, b, strict=True)) for a, b in zip(u, v, strict=True))
    first = tuple(zip(*columns, strict=True))  # B has the columns b_i
    return Problem((first, rows), Observations.diagonal(2, 3))


@claim(
    "shin-yun-2026/depth-two-from-any-start",
    paper=PAPER,
    number="Thm 3.1 (D18)",
    title="depth 2, diagonal observations: solved for every start",
    scope=ANY_START,
    kinds=("derivation",),
    parts=(LIMIT, SMALL, NUCLEAR),
    hypotheses=(DEPTH_TWO,),
)
def depth_two_from_any_start(run: Run) -> Iterator[Evidence]:
    """
    Statement: W = AB, rows a_i of A, columns b_i of B, u_i = (a_i + b_i)/2 and v_i = (a_i − b_i)/2 at the start. The
        limit is (W_∞)_ij = (E_i^{1/2}u_i + E_i^{−1/2}v_i)·(E_j^{1/2}u_j − E_j^{−1/2}v_j) with
        E_i = (w_i + √(w_i² + 4|u_i|²|v_i|²))/(2|u_i|²). If all w_i > 0 and the start is scaled by ε → 0,
        (W_∞)_ij → √(w_iw_j) u_i·u_j/(|u_i||u_j|). And Σ|w_i| ≤ ‖W_∞‖_* ≤ Σ√(w_i² + 4|u_i|²|v_i|²), where the left side
        is the least nuclear norm of all completions.
    Hypotheses: depth 2, diagonal observations, u_i != 0 (and v_i != 0 where w_i <= 0).
    Conclusion: at depth 2 the limit at vanishing scale is a Gram matrix, generically of full rank.
    Proof idea: (a_i, b_i) moves in the plane of u_i and v_i; one Riccati equation for each i.
    Checked by: substitution of the closed forms, as identities of rational functions; two inequalities for ε → 0.
    Not checked: uniqueness of solutions, and ‖AB‖_* ≤ (‖A‖_F² + ‖B‖_F²)/2 with its dual (standard).
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.1, and Bai, Zhao & Zhang 2024 (arXiv:2405.13721), of which
        this is the case of disconnected observations.
    """
    for part in (LIMIT, SMALL, NUCLEAR):
        yield proved("depth-two-any-start", ANY_START, part=part)


@depth_two_from_any_start.negative_twin("with u and v exchanged on one side")
def _(run: Run) -> Iterator[Evidence]:
    """The other sign at E^{−1/2}v gives the transpose: (2, −1)·(6/5, 13/5) = −1/5, while W_12 = 3."""
    how = "width 2, |u_i| = 1, |v_i| = 2, both values 3"
    yield limit_violation(
        "u = (1,0), (3/5,4/5), v = (0,2)",
        solved_start(),
        stated(DEPTH_TWO, how),
        what="entry 0 1",
        sign="=",
        bound=Fraction(-1, 5),
        part=LIMIT,
    )


@depth_two_from_any_start.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.depth_two_from_any_start(witness)
    return limit_violation_again(witness)


DETERMINANTS = Scope.all("balanced 2 by 2 starts with negative determinant and sin 2θ != 0, scales, values w > 0")
NEGATIVE = "depth 2, balanced 2 by 2 start with negative determinant, equal values w > 0"
SLANTED = "sin 2 theta != 0"


@claim(
    "shin-yun-2026/depth-two-determinant-law",
    paper=PAPER,
    number="Thm 3.1 (D18, C12)",
    title="depth 2, det W(0) < 0: rank 1 as the scale tends to 0",
    scope=DETERMINANTS,
    kinds=("derivation",),
    hypotheses=(NEGATIVE, SLANTED),
    uses=("shin-yun-2026/depth-two-from-any-start", "shin-yun-2026/depth-two-is-decoupled"),
)
def depth_two_determinant_law(run: Run) -> Iterator[Evidence]:
    """
    Statement: let W(0) = RP with the reflection R of axis angle θ, sin 2θ ≠ 0. At depth 2 with balanced factors and the
        diagonal observed as w > 0, det W_∞ = −sin²(2θ)|det W(0)|, at every scale; so the limit tends to rank 1 as the
        scale tends to zero, although depth 2 is decoupled.
    Hypotheses: depth 2, balanced 2 by 2 start with negative determinant, equal values w > 0; sin 2θ ≠ 0.
    Conclusion: "decoupled at depth 2, so of high rank" is false on an open set of starts.
    Proof idea: both E_i come from one number, which drops out of the determinant.
    Checked by: identities of rational functions in the entries of P^{1/2} and tan(θ/2).
    Not checked: that balanced factors of one W(0) differ by a hidden rotation (standard).
    References: our own statement; it bounds readings of Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.1.
    """
    yield proved("depth-two-determinant", DETERMINANTS)


@depth_two_determinant_law.negative_twin("with sin²θ in place of sin²(2θ)")
def _(run: Run) -> Iterator[Evidence]:
    start = exact_determinant(MENON["M5"].product())
    given = stated(NEGATIVE, f"M5: det W(0) = {start}, both values 1") + stated(SLANTED, "M5: sin 2θ = 56/65")
    yield limit_violation("M5", MENON["M5"], given, what="determinant", sign="=", bound=start * Fraction(16, 65))


@depth_two_determinant_law.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.depth_two_determinant_law(witness)
    return limit_violation_again(witness)


@claim(
    "shin-yun-2026/decoupled-and-nearly-rank-one",
    paper=PAPER,
    number="Thm 3.1 (C12)",
    title="depth 2, decoupled, determinant −(56/65)²/16384",
    scope=Scope.instances("M5"),
    kinds=("certified limit",),
    hypotheses=(NEGATIVE,),
    uses=("shin-yun-2026/depth-two-determinant-law",),
)
def decoupled_and_nearly_rank_one(run: Run) -> Iterator[Evidence]:
    """
    Statement: from M5, which has depth 2 and is decoupled, the limit's determinant is −(56/65)²/16384, to 1e-28.
    Hypotheses: depth 2, balanced 2 by 2 start with negative determinant, equal values w > 0.
    Conclusion: an instance of the determinant law, against the flow itself.
    Proof idea: the closed form; here the limit is enclosed.
    Checked by: certified limit, 30 digits.
    Not checked: other starts (for those, the claim that this one uses).
    References: our own example.
    """
    limit, law = certified(MENON["M5"]), -(Fraction(56, 65) ** 2) / 16384
    if limit.determinant is None:
        yield enclosed(False, "M5", limit.reason)
        return
    gap = abs(limit.determinant.mid - law) + limit.determinant.rad
    room = Fraction(1, 10**28) - gap
    yield enclosed(room >= 0, "M5", f"det W(∞) = {limit.determinant.text(30)}", slack=Ball(room))


@decoupled_and_nearly_rank_one.negative_twin("with a determinant below −1/100, as a limit of high rank would allow")
def _(run: Run) -> Iterator[Evidence]:
    how = "M5: depth 2, det W(0) = -1/16384, both values 1"
    yield limit_violation(
        "M5", MENON["M5"], stated(NEGATIVE, how), what="determinant", sign="<", bound=Fraction(-1, 100)
    )


@decoupled_and_nearly_rank_one.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# D20: invariant subspaces

SUBSPACES = Scope.all("sizes, hidden widths, observed positions and values, subspaces")
IN_SUBSPACES = "depth 2, rows of A and columns of B in one subspace for each row and column"
ONE_FOR_EACH_PART = "the same subspace within a connected part"
#: Entry (0, 1) joins the first row to the second column.
LINKED = Observations(2, 2, ((0, 0, Fraction(1)), (0, 1, Fraction(1)), (1, 1, Fraction(1))))


@claim(
    "shin-yun-2026/invariant-subspaces",
    paper=PAPER,
    number="Thm 3.1 (D20)",
    title="depth 2: one invariant subspace for each connected part",
    scope=SUBSPACES,
    kinds=("derivation",),
    hypotheses=(IN_SUBSPACES, ONE_FOR_EACH_PART),
)
def invariant_subspaces(run: Run) -> Iterator[Evidence]:
    """
    Statement: at depth 2, for each connected part C of the observations let V_C be a subspace of the hidden space. The
        starts with the rows of A and the columns of B of each part in its V_C are kept by the flow, for independent
        choices of the V_C; rows and columns without an observed entry are constant.
    Hypotheses: depth 2, rows of A and columns of B in one subspace for each row and column; the same subspace within a
        connected part.
    Conclusion: the hierarchical invariant manifolds of Bai, Zhao & Zhang, and their splitting where observations do.
    Proof idea: the rate of row a_i is a combination of the columns b_j with (i, j) observed.
    Checked by: words in matrices of symbolic dimensions with selectors and projectors.
    Not checked: nothing is left open.
    References: Bai, Zhao & Zhang 2024 (arXiv:2405.13721), as summarized; Shin & Yun 2026 compare with it.
    """
    yield proved("invariant-subspaces", SUBSPACES)


@invariant_subspaces.negative_twin("with different subspaces inside one connected part", drops=ONE_FOR_EACH_PART)
def _(run: Run) -> Iterator[Evidence]:
    """a_1, b_1 in the span of (1, 0), a_2, b_2 in that of (0, 1), and the entry that joins them is observed."""
    half, zero = Fraction(1, 2), Fraction(0)
    problem = Problem((((half, zero), (zero, half)),) * 2, LINKED)
    whole, columns = problem.product(), problem.layers[0]
    rate = -sum((whole[0][j] - 1) * columns[1][j] for j in range(2))  # of the second entry of a_1
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(IN_SUBSPACES, "a_1, b_1 in the span of (1, 0), a_2, b_2 in that of (0, 1)"),
        violates="a_1 leaves its subspace",
        enclosed={"rate of its second entry": Fraction(rate)},
    )
    name = "identity layers, entries 11, 12, 22"
    yield refuted(name, "exact evaluation", f"the second entry of a_1 has the rate {rate}", witness if rate else None)


@invariant_subspaces.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The rate of a_1 across the line in which it lies, whose normal is stored or else (0, 1)."""
    if not (witness.twin or witness.without):
        return as_claimed.invariant_subspaces(witness)
    problem = load_problem(dict(witness.problem))
    stored = witness.enclosed.get("normal", (0, 1))
    assert isinstance(stored, list | tuple)
    normal = [exact(x, "normal") for x in stored]
    place, rate = (
        sum((x * y for x, y in zip(vector, normal, strict=True)), Fraction(0))
        for vector in (problem.layers[-1][0], gradient_by_differences(problem)[-1][0])
    )
    return proved_again(place == 0 != rate, f"by differences of the loss it is {-rate}", "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# First integrals, found

#: name: depth, size, observed entries, and how many polynomial first integrals of degree at most 2 there are.
INTEGRALS = {
    "L=2,n=2,connected": (2, 2, "0,0;0,1;1,1", 3),
    "L=2,n=2,diagonal": (2, 2, "diagonal", 8),
    "L=3,n=2,connected": (3, 2, "0,0;0,1;1,1", 6),
    "L=3,n=2,diagonal": (3, 2, "diagonal", 7),
    "L=3,n=3,diagonal": (3, 3, "diagonal", 14),
}
SQUARE_LAYERS = "square layers, these observed positions, all of value 1"


@claim(
    "shin-yun-2026/all-quadratic-first-integrals",
    paper=PAPER,
    number="Thm 3.1 (D6, D20)",
    title="every polynomial first integral of degree at most 2",
    scope=Scope.dimensions(*INTEGRALS),
    kinds=("derivation",),
    hypotheses=(SQUARE_LAYERS,),
)
def all_quadratic_first_integrals(run: Run) -> Iterator[Evidence]:
    """
    Statement: for the named depths, sizes and observations the polynomial first integrals of degree at most 2, up to
        constants, are: the n(n+1)/2 entries of each imbalance W_{l+1}ᵀW_{l+1} − W_lW_lᵀ; for disconnected observations
        one more for each further part (its outer ends can be scaled against each other); at depth 2 with diagonal
        observations eight in all for n = 2 (each pair of a row a_i and a column b_i moves in a plane of its own).
    Hypotheses: square layers, these observed positions, all of value 1.
    Conclusion: where observations fall apart there is more that is conserved than balancedness.
    Proof idea: L_f I = 0 is linear in the coefficients of I.
    Checked by: the integrals by differentiation as polynomials over Q; that there are no more by the equations' rank
        modulo a prime, which is at most their rank over Q.
    Not checked: other depths, sizes and observations; higher degrees.
    References: our own; balancedness is Arora, Cohen & Hazan 2018.
    """
    from verify.symbolic import derive

    for name, (depth, size, observe, count) in INTEGRALS.items():
        derivation = derive("invariants", depth=depth, size=size, observe=observe)
        derivation.recheck()
        scope = Scope.dimensions(name)
        detail = f"{name}: {derivation.statement.partition('exactly ')[2] or derivation.statement}"
        right = f"exactly {count} " in derivation.statement
        make = Evidence.supports if right else Evidence.undecided
        yield make(kind="derivation", assurance=Assurance.PROVED, scope=scope, detail=detail)


@all_quadratic_first_integrals.negative_twin("with a_21² − b_12² conserved for connected observations too")
def _(run: Run) -> Iterator[Evidence]:
    """``a``: entries of W_1, ``b``: those of W_2. For diagonal observations this difference of squares is constant."""
    half, zero = Fraction(1, 2), Fraction(0)
    problem = Problem((((half, zero), (Fraction(1), half)), ((half, Fraction(1)), (zero, half))), LINKED)
    residual = tuple(tuple(x - 1 for x in row) for row in problem.product())
    lower, upper = problem.layers
    # d/dt (a_21² − b_12²) = −2 Σ_j r_1j … with r_12 the only term that does not cancel.
    rate = -2 * (
        lower[1][0] * upper[0][1] * residual[0][0]
        - upper[0][1] * (residual[0][0] * lower[1][0] + residual[0][1] * lower[1][1])
    )
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(SQUARE_LAYERS, "depth 2, entries 11, 12, 22 of value 1"),
        violates="a_21² − b_12² moves at the start",
        enclosed={"rate": Fraction(rate)},
    )
    name = "depth 2, entries 11, 12, 22"
    yield refuted(name, "exact evaluation", f"its rate at the start is {rate}", witness if rate else None)


@all_quadratic_first_integrals.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.all_quadratic_first_integrals(witness)
    problem = load_problem(dict(witness.problem))
    lower, upper = problem.layers
    below, above = gradient_by_differences(problem)
    rate = -2 * (lower[1][0] * below[1][0] - upper[0][1] * above[0][1])
    return proved_again(rate != 0, f"by differences of the loss its rate is {rate}", "unit differences")
