"""Claims about other members and neighbours of the family: every ratio m, commutative families, and counterexamples.

C6 to C11 are starts that a reader might take for instances of "coupled means rank 1" or "deeper means lower rank"; each
is decided by itself, beside the general statement that explains it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from proofs_checks.common import enclosed, proved, refuted, stated
from proofs_checks.second_paths import coupled_at_start, kernel_entry
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.coupling import PAPER, coupled_again, decided
from proofs_checks.shin_yun_2026.instances import FAMILY, Member
from proofs_checks.shin_yun_2026.limits import certified
from proofs_checks.shin_yun_2026.violations import limit_violation, limit_violation_again, scale_free_again
from verify.arithmetic import Ball
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import Observations, Problem, dump_problem

COUPLED, THE_LIMIT, DECOUPLED = "coupled", "the limit", "decoupled"


def coupled_evidence(name: str, problem: Problem, part: str = COUPLED) -> Evidence:
    """That all pairs of observed entries have a nonzero inner product already at the start; else the exact decision."""
    kernel = coupled_at_start(problem)
    if kernel is None:
        return decided(problem, name, coupled=True, part=part)
    return Evidence.supports(
        kind="exact kernel",
        assurance=Assurance.PROVED,
        scope=Scope.instances(name),
        part=part,
        detail=f"{name}: every cross entry of the kernel at time 0 is nonzero, the smallest is {kernel}",
    )


def stable_rank_near(name: str, problem: Problem, target: int, room: Fraction) -> Evidence:
    """That the limit's stable rank is within `room` of `target`."""
    limit = certified(problem)
    rank = limit.stable_rank
    if rank is None:
        return enclosed(False, name, limit.reason, part=THE_LIMIT)
    gap = abs(rank.mid - target) + rank.rad
    return enclosed(gap <= room, name, f"stable rank {rank.text(12)}", part=THE_LIMIT, slack=Ball(room - gap))


# ---------------------------------------------------------------------------------------------------------------------
# D13: every ratio

RATIOS = Scope.all("depths L >= 3, block counts n >= 2, values w > 0, ratios m != 0, scales alpha > 0 tending to 0")
ANY_RATIO = "member of the family with s = 1, depth >= 3, m != 0, alpha > 0, w > 0"


@claim(
    "shin-yun-2026/every-ratio",
    paper=PAPER,
    number="Thm 3.3 (D13)",
    title="the family's limit for every real m ≠ 0",
    scope=RATIOS,
    kinds=("derivation",),
    hypotheses=(ANY_RATIO,),
    uses=("shin-yun-2026/commutative-families",),
)
def every_ratio(run: Run) -> Iterator[Evidence]:
    """
    Statement: as α → 0⁺ the limit tends to wJ if m > 0 (exactly wJ at every scale if m = 1); for n = 2, m < 0, to
        w[[1, −1], [−1, 1]]; for n ≥ 3, m < 1 − n/2, to (nw/(n−1))(I − J/n), of rank n − 1; for n ≥ 3, m = 1 − n/2, to
        the same if L is odd, while it is wI at every scale if L is even; for n ≥ 3, 1 − n/2 < m < 0, to the same if L
        is odd, and to wJ if L is even.
    Hypotheses: member of the family with s = 1, depth >= 3, m != 0, alpha > 0, w > 0.
    Conclusion: rank 1 at vanishing scale is a matter of which eigenvalue dominates; m > 1 is one case of it.
    Proof idea: the eigenvalues' signs and moduli, row by row; then commutative-families.
    Checked by: rational functions with coefficients of one sign on each row.
    Not checked: nothing is left open beyond the claim that it uses.
    References: our own statement; Shin & Yun 2026 (arXiv:2603.04703), as reconstructed, assumes m > 1.
    """
    yield proved("all-ratios", RATIOS)


@every_ratio.negative_twin("with a limit of rank 1 for every m (C6)")
def _(run: Run) -> Iterator[Evidence]:
    how = "V17: depth 3, n = 3, m = -4, alpha = 1/5, w = 1"
    yield limit_violation(
        "V17", FAMILY["V17"].problem(), stated(ANY_RATIO, how), what="stable rank", sign="<", bound=Fraction(3, 2)
    )


@every_ratio.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.every_ratio(witness)
    return limit_violation_again(witness) if "quantity" in witness.enclosed else scale_free_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# D14: commutative families

ALGEBRAS = Scope.all("depths L >= 2, commutative algebras with constant diagonals, values w > 0, scales tending to 0")
IN_ALGEBRA = "all layers equal, not zero, in a commutative algebra of symmetric matrices with constant diagonals; w > 0"


def circulant(row: tuple[str, ...], scale: object, depth: int) -> Problem:
    """Layers that are the symmetric circulant with this first row, times a scale; diagonal observations of value 1."""
    size, factor = len(row), Fraction(str(scale))
    layer = tuple(tuple(factor * Fraction(row[(j - i) % size]) for j in range(size)) for i in range(size))
    return Problem((layer,) * depth, Observations.diagonal(size))


#: C7: eigenvalues α·(7/10, 3/2, 3/10, 3/2).
C7_ROW = ("1", "1/10", "-1/2", "1/10")


@claim(
    "shin-yun-2026/commutative-families",
    paper=PAPER,
    number="Thm 3.3 (D14)",
    title="the limit's rank is the dominant eigenvalue's multiplicity",
    scope=ALGEBRAS,
    kinds=("derivation",),
    hypotheses=(IN_ALGEBRA,),
)
def commutative_families(run: Run) -> Iterator[Evidence]:
    """
    Statement: let all layers start at αM₀, M₀ ≠ 0 in a commutative algebra of real symmetric matrices with constant
        diagonals, the diagonal observed with equal values w > 0. All layers stay equal and in the algebra. L = 2:
        W → wM₀²/(M₀²)₁₁ at every scale. L ≥ 3 and α → 0⁺: W → (nw/μ)P, with P the projector of rank μ onto the
        eigenspace of the largest positive eigenvalue (L odd; there must be one), or of the largest modulus (L even).
    Hypotheses: all layers equal, not zero, in a commutative algebra of symmetric matrices with constant diagonals;
        w > 0.
    Conclusion: the limit's rank is a multiplicity; it is 1 for entrywise positive M₀ (Perron–Frobenius).
    Proof idea: one scalar equation for each eigenvalue, with a common factor; moduli and signs.
    Checked by: powers with symbolic exponents, for both parities of the depth and both signs.
    Not checked: common eigenbases, Grönwall's lemma, uniqueness of solutions (standard).
    References: our own statement; it has Shin & Yun 2026 (arXiv:2603.04703), equation (7), as one case.
    """
    yield proved("commutative-families", ALGEBRAS)


@commutative_families.negative_twin("with rank 1 always (C7)")
def _(run: Run) -> Iterator[Evidence]:
    yield limit_violation(
        "C7",
        circulant(C7_ROW, "1/10", 3),
        stated(IN_ALGEBRA, "a symmetric circulant of order 4, times 1/10; w = 1"),
        what="stable rank",
        sign="<",
        bound=Fraction(3, 2),
    )


@commutative_families.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.commutative_families(witness)
    return limit_violation_again(witness)


TWO_DIMENSIONS = {"C6": FAMILY["V17"].problem(), "C7": circulant(C7_ROW, "1/10", 3)}
EQUAL_SYMMETRIC = "depth 3, all layers equal and symmetric, diagonal observations of value 1"


@claim(
    "shin-yun-2026/coupled-with-a-limit-of-rank-two",
    paper=PAPER,
    number="abstract (C6, C7)",
    title="coupled, and near rank 2 at small scale",
    scope=Scope.instances(*TWO_DIMENSIONS),
    kinds=("exact kernel", "certified limit"),
    parts=(COUPLED, THE_LIMIT),
    hypotheses=(EQUAL_SYMMETRIC,),
    uses=("shin-yun-2026/every-ratio", "shin-yun-2026/commutative-families"),
)
def coupled_with_a_limit_of_rank_two(run: Run) -> Iterator[Evidence]:
    """
    Statement: from C6 (the family with depth 3, n = 3, m = −4, α = 1/5) and from C7 (three circulant layers with first
        row (1, 1/10, −1/2, 1/10)/10) the dynamics is coupled, and the limit's stable rank is within 1/100 of 2.
    Hypotheses: depth 3, all layers equal and symmetric, diagonal observations of value 1.
    Conclusion: coupled does not mean rank 1 at small scale; what counts is the multiplicity of the top eigenvalue.
    Proof idea: the dominant eigenvalue has multiplicity 2.
    Checked by: the kernel in exact arithmetic; certified limit.
    Not checked: other scales (for those, the claims that this one uses).
    References: our own examples; Shin & Yun 2026 (arXiv:2603.04703), as reconstructed, assumes m > 1.
    """
    for name, problem in TWO_DIMENSIONS.items():
        yield coupled_evidence(name, problem)
        yield stable_rank_near(name, problem, 2, Fraction(1, 100))


@coupled_with_a_limit_of_rank_two.negative_twin("with the sign of m changed: m = 4")
def _(run: Run) -> Iterator[Evidence]:
    member = Member(3, 3, Fraction(4), Fraction(1, 5))
    yield limit_violation(
        "C6 with m = 4",
        member.problem(),
        stated(EQUAL_SYMMETRIC, "depth 3, n = 3, m = 4, alpha = 1/5"),
        what="stable rank",
        sign=">",
        bound=Fraction(199, 100),
        part=THE_LIMIT,
    )


@coupled_with_a_limit_of_rank_two.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# C8: negative scale

NEGATIVE = Scope.all("odd depths L >= 3, block counts n >= 2, values w > 0, ratios m > 1, scales alpha < 0")
NEGATIVE_SCALE, ODD = "member of the family with s = 1, m > 1, alpha < 0, w > 0", "odd depth >= 3"


@claim(
    "shin-yun-2026/negative-scale-does-not-fit",
    paper=PAPER,
    number="Thm 3.3 (C8)",
    title="odd depth, α < 0: the flow converges to W = 0",
    scope=NEGATIVE,
    kinds=("derivation",),
    hypotheses=(NEGATIVE_SCALE, ODD),
    uses=("shin-yun-2026/commutative-families",),
)
def negative_scale_does_not_fit(run: Run) -> Iterator[Evidence]:
    """
    Statement: for odd L ≥ 3, m > 1 and α < 0 both eigenvalues of the layers are negative and tend to zero; W → 0, and
        the loss tends to nw²/2, not to zero.
    Hypotheses: member of the family with s = 1, m > 1, alpha < 0, w > 0; odd depth >= 3.
    Conclusion: not every flow of the family reaches a minimizer.
    Proof idea: |σ|^{−(L−2)} grows at least at the rate (L−2)w, since the observed entry stays negative.
    Checked by: powers with symbolic exponents (last row of the table for every ratio).
    Not checked: that a rate above a positive constant means linear growth (standard); that these flows are coupled: the
        kernel has even powers of α alone, and of α > 0 the claim coupling-inside-the-family tells.
    References: our own example.
    """
    yield proved("all-ratios", NEGATIVE)


@negative_scale_does_not_fit.negative_twin("for even depth", drops=ODD)
def _(run: Run) -> Iterator[Evidence]:
    member = Member(4, 2, Fraction(2), Fraction(-1, 2))
    how = "depth 4, n = 2, m = 2, alpha = -1/2, w = 1"
    yield limit_violation(
        "L=4,n=2,m=2,alpha=-1/2",
        member.problem(),
        stated(NEGATIVE_SCALE, how),
        what="entry 0 0",
        sign="<",
        bound=Fraction(1, 2),
    )


@negative_scale_does_not_fit.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.negative_scale_does_not_fit(witness)
    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# C9: mixed signs

SYMMETRIC = Scope.all("depths L >= 2, sizes, balanced symmetric positive semidefinite starts")
ONE_NEGATIVE = "balanced start, W(0) symmetric, diagonal observations, one of the values is -1"
SEMIDEFINITE = "W(0) positive semidefinite"


@claim(
    "shin-yun-2026/mixed-signs-do-not-fit",
    paper=PAPER,
    number="Thm 3.3 (C9)",
    title="a semidefinite start never fits a negative value",
    scope=SYMMETRIC,
    kinds=("derivation",),
    hypotheses=(ONE_NEGATIVE, SEMIDEFINITE),
    uses=("shin-yun-2026/rank-is-never-lost-at-finite-scale",),
)
def mixed_signs_do_not_fit(run: Run) -> Iterator[Evidence]:
    """
    Statement: from a balanced start with W(0) symmetric and positive semidefinite (such as the family's, m > 1), W
        stays so; if a diagonal entry is observed with the value −1, the loss stays at least 1/2 for all times.
    Hypotheses: balanced start, W(0) symmetric, diagonal observations, one of the values is -1; W(0) positive
        semidefinite.
    Conclusion: zero loss is not reached; for the values (1, −1) the exact flow ends at a saddle such as diag(1, 0).
    Proof idea: no eigenvalue of a symmetric W can cross zero, so w_ii ≥ 0 and (w_ii + 1)² ≥ 1.
    Checked by: words for the symmetry of the flow, the determinant's rate (log-determinant), an inequality.
    Not checked: continuity in the start, by which definite starts give semidefinite ones (standard).
    References: our own example; see also exceptional starts of Menon 2024 (arXiv:2411.09004).
    """
    yield proved("exceptional-starts", SYMMETRIC)


@mixed_signs_do_not_fit.negative_twin("for a start that is not semidefinite", drops=SEMIDEFINITE)
def _(run: Run) -> Iterator[Evidence]:
    half = Fraction(1, 2)
    zero = Fraction(0)
    layers = (((half, zero), (zero, half)), ((half, zero), (zero, -half)))
    observations = Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(-1))))
    yield limit_violation(
        "layers diag(1/2, 1/2), diag(1/2, -1/2)",
        Problem(layers, observations),
        stated(ONE_NEGATIVE, "W(0) = diag(1/4, -1/4), values 1 and -1, W_2ᵀW_2 = W_1W_1ᵀ"),
        what="entry 1 1",
        sign=">",
        bound=Fraction(-1, 2),
    )


@mixed_signs_do_not_fit.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.mixed_signs_do_not_fit(witness)
    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# C10: deeper is higher

LARGE = {"alpha=2": Fraction(2), "alpha=10": Fraction(10)}
DEPTHS = (2, 3, 4, 5, 6, 8)
AT_TWO = "n = 2, m = 2, w = 1"


@claim(
    "shin-yun-2026/depth-can-raise-the-stable-rank",
    paper=PAPER,
    number="abstract (C10)",
    title="from large layers: deeper is higher",
    scope=Scope.instances(*LARGE),
    kinds=("root isolation",),
    hypotheses=(AT_TWO,),
    uses=("shin-yun-2026/limit-equations", "shin-yun-2026/depth-order-at-one-scale"),
)
def depth_can_raise_the_stable_rank(run: Run) -> Iterator[Evidence]:
    """
    Statement: for n = 2, m = 2, w = 1 and α = 2, and for α = 10, the stable rank of the limit increases strictly over
        the depths 2, 3, 4, 5, 6, 8.
    Hypotheses: n = 2, m = 2, w = 1.
    Conclusion: "deeper means lower rank" is a statement about small starts.
    Proof idea: the limit equations.
    Checked by: isolation of their roots in ball arithmetic, depth by depth.
    Not checked: other scales and depths.
    References: our own example.
    """
    from verify.rigorous import enclose_family_limit

    for name, alpha in LARGE.items():
        ranks = [enclose_family_limit(depth, n=2, m=2, alpha=alpha, digits=20).stable_rank for depth in DEPTHS]
        room = min(after.lower - before.upper for before, after in pairwise(ranks))
        told = f"{name}: " + ", ".join(rank.text(6) for rank in ranks)
        scope = Scope.instances(name)
        if room <= 0:
            yield Evidence.undecided(kind="root isolation", scope=scope, detail=told)
            continue
        yield Evidence.supports(
            kind="root isolation", assurance=Assurance.ENCLOSED, scope=scope, detail=told, slack=Ball(room)
        )


@depth_can_raise_the_stable_rank.negative_twin("for small layers: α = 1/10 at depth 3")
def _(run: Run) -> Iterator[Evidence]:
    yield limit_violation(
        "V03",
        FAMILY["V03"].problem(),
        stated(AT_TWO, "V03: depth 3, alpha = 1/10"),
        what="stable rank",
        sign=">",
        bound=Fraction(82, 81),
    )


@depth_can_raise_the_stable_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# C11: decoupled, and still nearly singular

THREE = "depth 3, equal layers of size 3, diagonal observations of value 1"


def two_and_one(link: object = 0) -> Problem:
    """Three equal layers: the family's 2 by 2 layer (m = 2, α = 1/10) beside a single entry 1/10, joined by `link`."""
    a, b, c = Fraction(1, 10), Fraction(1, 20), Fraction(str(link))
    layer = ((a, b, c), (b, a, c), (c, c, a))
    return Problem((layer,) * 3, Observations.diagonal(3))


@claim(
    "shin-yun-2026/decoupled-and-nearly-singular",
    paper=PAPER,
    number="abstract (C11)",
    title="decoupled by definition, one singular value below 1/1000",
    scope=Scope.instances("C11"),
    kinds=("invariant subspace", "certified limit"),
    parts=(DECOUPLED, THE_LIMIT),
    hypotheses=(THREE,),
)
def decoupled_and_nearly_singular(run: Run) -> Iterator[Evidence]:
    """
    Statement: from three equal layers, the family's 2 by 2 layer (m = 2, α = 1/10) beside a single entry 1/10, the
        dynamics is decoupled (into {11, 22} and {33}), and the limit's smallest singular value is below 1/1000.
    Hypotheses: depth 3, equal layers of size 3, diagonal observations of value 1.
    Conclusion: decoupled means that some partition decouples; within its parts the limit can be near rank 1.
    Proof idea: two flows side by side, one of them coupled in itself.
    Checked by: an invariant subspace on which the kernel vanishes between the parts; certified limit.
    Not checked: other starts.
    References: our own example; the definition is that of Shin & Yun 2026 (arXiv:2603.04703), as summarized.
    """
    problem = two_and_one()
    yield decided(problem, "C11", coupled=False, part=DECOUPLED)
    limit = certified(problem)
    smallest = limit.singular_values[-1]
    small = limit.converged and smallest.upper < Fraction(1, 1000)
    yield enclosed(small, "C11", f"smallest singular value {smallest.text(8)}", part=THE_LIMIT)


@decoupled_and_nearly_singular.negative_twin("with the third entry joined to the others by 1/100")
def _(run: Run) -> Iterator[Evidence]:
    problem = two_and_one("1/100")
    values = [kernel_entry(problem, a, b) for a, b in problem.observations.pairs]
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(THREE, "entries 1/100 between the third row and the others"),
        violates="all pairs are coupled already at time 0",
        enclosed={"inner products": values},
    )
    detail = "inner products at time 0: " + ", ".join(map(str, values))
    yield refuted("C11 with a link", "exact evaluation", detail, witness if all(values) else None, DECOUPLED)


@decoupled_and_nearly_singular.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return coupled_again(witness)
