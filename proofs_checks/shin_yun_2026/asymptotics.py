"""Claims about the family's limit as a function of scale, ratio and depth: leading constants, closed forms, order.

All are statements for all members; the twins are refuted by certified limits of single ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from proofs_checks.common import doubted, proved, proved_again, refuted, stated
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.coupling import PAPER
from proofs_checks.shin_yun_2026.family import (
    DEEP_MEMBER,
    DEEP_MEMBERS,
    block_size,
    coupling_constant,
    eigenvalues,
    observed_entry,
    rates_by_differences,
    told,
    values_of,
)
from proofs_checks.shin_yun_2026.instances import FAMILY, Member
from proofs_checks.shin_yun_2026.violations import limit_violation, limit_violation_again, scale_free_again
from verify.arithmetic import Ball, exact
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import Observations, Problem, dump_problem, load_problem

# ---------------------------------------------------------------------------------------------------------------------
# D8: small and large scale


@claim(
    "shin-yun-2026/small-scale-asymptotics",
    paper=PAPER,
    number="Cor. 3.4 (D8)",
    title="the stable rank at small scale, with its leading constant",
    scope=DEEP_MEMBERS,
    kinds=("derivation",),
    hypotheses=(DEEP_MEMBER,),
    uses=("shin-yun-2026/stable-rank-bounds",),
)
def small_scale_asymptotics(run: Run) -> Iterator[Evidence]:
    """
    Statement: let a = (n−1)(sα)^{2L}K_L^{−2L/(L−2)}/(nsw)², x = (sw)^{−(L−2)/L}(sα)^{L−2}/K_L and
        e = (n−1)(sα)^L K_L^{−L/(L−2)}/(nsw). Whenever e < 1/2, 1 − (2L/(L−2))x < (sr − 1)/a < 1 + 6e; so
        sr − 1 = a(1 + O(α^{L−2})) as α → 0.
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: the leading order of sr − 1, with its constant and a bound of the remainder at every scale.
    Proof idea: both bounds of τ₂, (E1) from both sides, and Bernoulli's inequality.
    Checked by: inequalities modulo the two equations, monotony and convexity of powers, with symbolic exponents; no
        limit is taken and nothing is fitted.
    Not checked: nothing is left open beyond the limit equations.
    References: Shin & Yun 2026 (arXiv:2603.04703), Corollary 3.4, as reconstructed (there as a limit).
    """
    yield proved("small-scale", DEEP_MEMBERS)


@small_scale_asymptotics.negative_twin("with (sw)² in place of (nsw)², the constant of the bound for every scale")
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V04"]
    assert member.depth == 3  # so that all exponents are whole
    assert member.s * member.value == 1
    constant = coupling_constant(member)
    false = (member.n - 1) / constant**6 * (1 - 6 / constant)
    yield limit_violation(
        "V04", member.problem(), stated(DEEP_MEMBER, told("V04")), what="stable rank", sign=">", bound=1 + false
    )


@small_scale_asymptotics.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.small_scale_asymptotics(witness)
    return bounds_again(witness) if "bounds" in witness.enclosed else limit_violation_again(witness)


def bounds_again(witness: Witness) -> Evidence:
    """The statement's two bounds at a member of depth 3 with s = 1 and w = ±1: they leave no number between them.

    ``K_3 = mn/((m−1)(m+n−1))`` with m and α as the layer's entries say; ∛w = w.
    """
    problem = load_problem(dict(witness.problem))
    layer, w = problem.layers[0], problem.observations.values[0][0]
    if problem.depth != 3 or abs(w) != 1:
        return doubted("the bounds are written out for depth 3 and w = ±1 alone")
    n, alpha, m = len(layer), layer[0][0], layer[0][0] / layer[0][1]
    k = m * n / ((m - 1) * (m + n - 1))
    match str(witness.enclosed["bounds"]):
        case "(sr − 1)/a":
            least, most = 1 - 6 * alpha / (w * k), 1 + 6 * (n - 1) * alpha**3 / (k**3 * n * w)
        case "n − sr":  # which is not negative, whatever the matrix
            least, most = Fraction(0), 6 * (n - 1) * k * w / alpha
        case "m K_L":
            least, most = 1 + (n - 1) * m / (m + n - 1), m * k
        case other:
            return doubted(f"no bounds are known for {other}")
    return proved_again(least > most, f"at least {least}, at most {most}", "exact evaluation")


@claim(
    "shin-yun-2026/large-scale-asymptotics",
    paper=PAPER,
    number="Cor. 3.4 (D8)",
    title="the stable rank at large scale tends to n",
    scope=DEEP_MEMBERS,
    kinds=("derivation",),
    hypotheses=(DEEP_MEMBER,),
    uses=("shin-yun-2026/stable-rank-bounds",),
)
def large_scale_asymptotics(run: Run) -> Iterator[Evidence]:
    """
    Statement: for every α > 0, with v = K_L((sw)^{1/L}/(sα))^{L−2},
        (2L/(L−2)) v (sr − 1) ≤ n − sr ≤ (n−1)(2L/(L−2)) v. So sr → n as α → ∞, and
        n − sr = (n−1)(2L/(L−2)) v (1 + O(v)).
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: the bias towards rank 1 is one of small starts.
    Proof idea: (E2) says (τ₂/τ₁)^{L−2} = 1 − Cτ₂^{L−2}; Bernoulli's inequality.
    Checked by: inequalities modulo the two equations, monotony and convexity of powers, with symbolic exponents.
    Not checked: nothing is left open beyond the limit equations.
    References: our own statement; it bounds Corollary 3.4 of Shin & Yun 2026 (arXiv:2603.04703), as reconstructed.
    """
    yield proved("large-scale", DEEP_MEMBERS)


@large_scale_asymptotics.negative_twin("with half the constant")
def _(run: Run) -> Iterator[Evidence]:
    member = replace(FAMILY["V03"], alpha=Fraction(10))
    v = coupling_constant(member)
    bound = member.n - (member.n - 1) * 3 * v
    how = "depth 3, n = 2, m = 2, alpha = 10, w = 1"
    yield limit_violation(
        "V03 at alpha = 10", member.problem(), stated(DEEP_MEMBER, how), what="stable rank", sign=">", bound=bound
    )


@large_scale_asymptotics.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.large_scale_asymptotics(witness)
    return bounds_again(witness) if "bounds" in witness.enclosed else limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# D16: limits that do not commute

BETA = ("L=3,n=2,w=1,beta=10", "L=3,n=2,w=1,beta=1")
_ON_THE_CURVE = {BETA[0]: (Fraction(10), "1.3069633"), BETA[1]: (Fraction(1), "1.0005435")}


@claim(
    "shin-yun-2026/exchange-of-limits",
    paper=PAPER,
    number="Cor. 3.4 (D16)",
    title="α → 0 and m → ∞ do not commute",
    scope=DEEP_MEMBERS,
    kinds=("derivation",),
    hypotheses=(DEEP_MEMBER,),
    uses=("shin-yun-2026/rank-one-iff-coupled",),
)
def exchange_of_limits(run: Run) -> Iterator[Evidence]:
    """
    Statement: (L−2)(1 + (n−1)(m/(m+n−1))^{L−2}) ≤ mK_L ≤ (L−2)((m/(m−1))^{L−2} + n − 1). So on mα^{L−2} = β the
        constant C tends to s^{−(L−2)}(L−2)n/β as m → ∞, and sr to the value that (E1), (E2) give for it, strictly
        between 1 and n; while α → 0 first gives 1, and m → ∞ first gives n.
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: low rank needs α^{L−2} much smaller than K_L ≈ (L−2)n/m.
    Proof idea: Bernoulli's inequality for both powers in K_L; the limit depends on C continuously.
    Checked by: inequalities with symbolic exponents.
    Not checked: that the zero of a strictly decreasing continuous function depends continuously on parameters.
    References: our own statement; it bounds Corollary 3.4 of Shin & Yun 2026 (arXiv:2603.04703), as reconstructed.
    """
    yield proved("exchange-of-limits", DEEP_MEMBERS)


@exchange_of_limits.negative_twin("stable rank near 1 along mα^{L−2} = 10, as for m fixed")
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V06"]
    yield limit_violation(
        "V06", member.problem(), stated(DEEP_MEMBER, told("V06")), what="stable rank", sign="<", bound=Fraction(6, 5)
    )


@exchange_of_limits.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.exchange_of_limits(witness)
    if "bounds" in witness.enclosed:
        return bounds_again(witness)
    return limit_violation_again(witness) if "quantity" in witness.enclosed else scale_free_again(witness)


def _on_the_curve(name: str) -> Ball:
    """The stable rank for the limiting constant ``C = (L−2)n/β``."""
    from verify.rigorous import enclose_family_limit

    beta, _ = _ON_THE_CURVE[name]
    return enclose_family_limit(3, n=2, value=1, constant=Fraction(2) / beta, digits=30).stable_rank


@claim(
    "shin-yun-2026/stable-rank-on-the-curve",
    paper=PAPER,
    number="Cor. 3.4 (D16)",
    title="the value between 1 and n on mα^{L−2} = β",
    scope=Scope.instances(*BETA),
    kinds=("root isolation",),
    hypotheses=("L = 3, n = 2, w = 1, C = 2/beta",),
    uses=("shin-yun-2026/exchange-of-limits",),
)
def stable_rank_on_the_curve(run: Run) -> Iterator[Evidence]:
    """
    Statement: for L = 3, n = 2, w = 1 the stable rank on mα = β tends, as m → ∞, to 1.3069633 for β = 10 and to
        1.0005435 for β = 1, up to one unit in the last digit printed.
    Hypotheses: L = 3, n = 2, w = 1, C = 2/beta.
    Conclusion: a value strictly between 1 and 2.
    Proof idea: (E1) and (E2) with the limiting constant.
    Checked by: isolation of the equations' root in ball arithmetic.
    Not checked: other β.
    References: our own statement.
    """
    for name, (_, printed) in _ON_THE_CURVE.items():
        value, room = _on_the_curve(name), Fraction(1, 10**7)
        near = abs(value.mid - Fraction(printed)) + value.rad <= room
        make = Evidence.supports if near else Evidence.undecided
        yield make(
            kind="root isolation",
            assurance=Assurance.ENCLOSED,
            scope=Scope.instances(name),
            detail=f"{name}: sr = {value.text(25)}",
        )


@stable_rank_on_the_curve.negative_twin("with C = 1/β")
def _(run: Run) -> Iterator[Evidence]:
    from verify.rigorous import enclose_family_limit

    false = enclose_family_limit(3, n=2, value=1, constant=Fraction(1, 10), digits=30).stable_rank
    true = _on_the_curve(BETA[0])
    witness = Witness(
        problem={"depth": 3, "n": 2, "w": 1, "beta": 10},
        kind="family data",
        hypotheses=stated("L = 3, n = 2, w = 1, C = 2/beta", "beta = 10"),
        violates="C = 1/10 gives another stable rank",
        enclosed={"stable rank": true, "with C = 1/10": false},
    )
    detail = f"{true.text(10)} with C = 2/10, {false.text(10)} with C = 1/10"
    yield _enclosed_refutation(BETA[0], "root isolation", detail, None if true.overlaps(false) else witness)


def _enclosed_refutation(name: str, kind: str, detail: str, witness: Witness | None) -> Evidence:
    scope = Scope.instances(name)
    if witness is None:
        return Evidence.undecided(kind=kind, scope=scope, detail=f"{name}: no witness was found")
    return Evidence.refutes(
        kind=kind, assurance=Assurance.ENCLOSED, scope=scope, detail=f"{name}: {detail}", witness=witness
    )


@stable_rank_on_the_curve.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """For all members with m ≥ 10^8 on the curve, with their own constants; no root for C = 2/β is used.

    ``1 + m/(m + 1) ≤ mK_3 ≤ m/(m − 1) + 1`` (claim exchange-of-limits) puts C between the values of both bounds at
    10^8, which approach each other as m grows; and the stable rank falls as C grows.
    """
    from verify.rigorous import enclose_family_limit

    beta = exact(witness.problem["beta"], "beta")
    m = Fraction(10**8)
    least, most = (
        enclose_family_limit(3, n=2, value=1, constant=bound / beta, digits=30).stable_rank
        for bound in (m / (m - 1) + 1, 1 + m / (m + 1))
    )
    near = Ball.between(least.lower, most.upper)
    stored = witness.enclosed["with C = 1/10"]
    false = stored if isinstance(stored, Ball) else Ball.from_json(stored)
    apart = abs(near.mid - false.mid) > near.rad + false.rad + Fraction(1, 1000)
    make = Evidence.refutes if apart else Evidence.undecided
    return make(
        kind="all members far out on the curve",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("the witness"),
        detail=f"from m = 10^8 on the stable rank on the curve is {near.text(10)}",
    )


# ---------------------------------------------------------------------------------------------------------------------
# D10, D11, D12: closed forms, time, diagonal blocks

TWO_BY_TWO = Scope.all("scales, ratios 1 < m < infinity, values w > 0, depths 3 and 4 and infinity")
TWO_MEMBER = "member of the family with n = 2, s = 1, depth 3 or 4, 1 < m < infinity, alpha > 0, w > 0"


@claim(
    "shin-yun-2026/closed-forms",
    paper=PAPER,
    number="Thm 3.3 (D10)",
    title="closed forms at depths 3, 4 and ∞",
    scope=TWO_BY_TWO,
    kinds=("derivation",),
    hypotheses=(TWO_MEMBER,),
    uses=("shin-yun-2026/limit-equations",),
)
def closed_forms(run: Run) -> Iterator[Evidence]:
    """
    Statement: for n = 2, s = 1 the limit's off-diagonal entries are √(w² − δ), δ its determinant: δ = p³ with p the
        only positive root of p³(c²p + 4)(c²p + 1)² = 4w², c = K_3/α (L = 3); δ = q²,
        q = (√(1 + 2wc²) − 1)/c², c = K_4/α² (L = 4). In the metric of infinite depth,
        where λ₂^{−1} − λ₁^{−1} = c is conserved, a limit that fits has δ = (2√(1 + w²c²) − 2)/c².
    Hypotheses: member of the family with n = 2, s = 1, depth 3 or 4, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: the limit as the root of one polynomial.
    Proof idea: (E1) and (E2) are symmetric in the two eigenvalues.
    Checked by: polynomial identities modulo the two equations; substitution of the roots.
    Not checked: nothing is left open beyond the limit equations, of which the metric of infinite depth has no claim.
    References: Shin & Yun 2026 (arXiv:2603.04703), equations (8), (9), as reconstructed; Cohen, Menon & Veraszto 2022
        (arXiv:2210.12497) for infinite depth.
    """
    yield proved("closed-forms", TWO_BY_TWO)


@closed_forms.negative_twin("with δ = q in place of q² at depth 4")
def _(run: Run) -> Iterator[Evidence]:
    member = Member(4, 2, Fraction(3), Fraction(1, 2), Fraction(64, 729))
    c = coupling_constant(member)
    assert 1 + 2 * member.value * c**2 == 9  # so that the root is 3
    how = "depth 4, n = 2, m = 3, alpha = 1/2, w = 64/729"
    yield limit_violation(
        "L=4,m=3,w=64/729", member.problem(), stated(TWO_MEMBER, how), what="determinant", sign="=", bound=2 / c**2
    )


@closed_forms.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.closed_forms(witness)
    return limit_violation_again(witness)


@claim(
    "shin-yun-2026/time-along-the-curve",
    paper=PAPER,
    number="Thm 3.3 (D11)",
    title="the time as an integral, and the time of escape",
    scope=DEEP_MEMBERS,
    kinds=("derivation",),
    hypotheses=(DEEP_MEMBER,),
    uses=("shin-yun-2026/first-integrals",),
)
def time_along_the_curve(run: Run) -> Iterator[Evidence]:
    """
    Statement: with S = ∫s(w − d) both τ_i^{−(L−2)} + (L−2)S are constant, so d is a function of S and t = ∫dS/(s(w −
        d(S))); for every 0 < η < 1 with τ₁(0)^L ≤ ηsw the time at which τ₁^L = ηsw lies between S_η/(sw) and
        S_η/((1−η)sw), S_η = (τ₁(0)^{−(L−2)} − (ηsw)^{−(L−2)/L})/(L−2). So as α → 0, and then η → 0, that time is
        τ₁(0)^{−(L−2)}/((L−2)sw) to leading order.
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: the flow in closed form up to one quadrature (rational for L = 3, 4).
    Proof idea: power rule; d ≤ τ₁^L/s.
    Checked by: powers with symbolic exponents, inequalities.
    Not checked: the mean value theorem, by which bounds of a rate bound a time.
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.3, as reconstructed.
    """
    yield proved("time", DEEP_MEMBERS)


@time_along_the_curve.negative_twin("with (L−1)S in place of (L−2)S", hypotheses=(DEEP_MEMBER,))
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V03"]
    first, gap = eigenvalues(member)[0], member.value - observed_entry(member)
    power = member.depth - 2
    rate = -power * first ** (-power - 1) * gap * first ** (member.depth - 1) + (member.depth - 1) * gap
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=stated(DEEP_MEMBER, told("V03")),
        violates="τ₁^{−(L−2)} + (L−1)S moves at the start",
        enclosed={"rate": Fraction(rate), "depth": member.depth},
    )
    yield refuted("V03", "exact evaluation", f"its rate at the start is {rate}", witness if rate else None)


@time_along_the_curve.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.time_along_the_curve(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    problem, depth = load_problem(dict(witness.problem)), int(exact(witness.enclosed["depth"], "depth"))
    factor = int(exact(witness.enclosed.get("coefficient", depth - 1), "coefficient"))
    which, s = int(exact(witness.enclosed.get("eigenvalue", 1), "eigenvalue")) - 1, block_size(problem)
    tau, rise = values_of(problem.layers[0], s)[which], rates_by_differences(problem)[which]
    gap = problem.observations.values[0][0] - problem.product()[0][0]
    rate = -(depth - 2) * tau ** -(depth - 1) * rise + factor * s * gap
    return proved_again(rate != 0, f"by differences of the loss its rate is {rate}", "unit differences")


INFINITE = Scope.all("depths L >= 2, block counts, block sizes, scales, values w > 0")
INFINITE_MEMBER = "member of the family with m = infinity, alpha > 0, w > 0"


@claim(
    "shin-yun-2026/diagonal-blocks",
    paper=PAPER,
    number="Thm 3.3 (D12)",
    title="m = ∞: all eigenvalues tend to (sw)^{1/L}",
    scope=INFINITE,
    kinds=("derivation",),
    hypotheses=(INFINITE_MEMBER,),
    uses=("shin-yun-2026/family-reduction",),
)
def diagonal_blocks(run: Run) -> Iterator[Evidence]:
    """
    Statement: for m = ∞ and every depth L ≥ 2 and scale, τ₁ = τ₂ for all times, both tend to (sw)^{1/L}, the limit is
        w I_n ⊗ J_s, and its stable rank is n.
    Hypotheses: member of the family with m = infinity, alpha > 0, w > 0.
    Conclusion: at L = 2 the layers' nonzero singular values tend to √(sw); at other depths to (sw)^{1/L}.
    Proof idea: both solve the same equation from the same start.
    Checked by: powers with symbolic exponents.
    Not checked: Grönwall's lemma and uniqueness of solutions (standard).
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.3, as reconstructed; notes on it name √(w*s), which is the
        value at depth 2.
    """
    yield proved("diagonal-blocks", INFINITE)


@diagonal_blocks.negative_twin("with √(sw) at every depth")
def _(run: Run) -> Iterator[Evidence]:
    member = Member(3, 2, None, Fraction(1, 2), Fraction(8))
    yield limit_violation(
        "L=3,n=2,w=8",
        member.problem(),
        stated(INFINITE_MEMBER, "depth 3, n = 2, m = infinity, alpha = 1/2, w = 8"),
        what="layer norm squared",
        sign=">",
        bound=Fraction(15),  # twice 8 with √8, twice 4 with 8^{1/3}
    )


@diagonal_blocks.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.diagonal_blocks(witness)
    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# D15: depth

ALL_DEPTHS = Scope.all("depths L >= 2 and infinity, block counts n >= 2, values w > 0, lambda_1(0) > lambda_2(0) > 0")
ONE_PRODUCT = "all layers equal, in the family, lambda_1(0) > lambda_2(0) > 0, w > 0"
GROWING = "d(0) < w"


@claim(
    "shin-yun-2026/depth-lowers-the-stable-rank",
    paper=PAPER,
    number="abstract (D15a)",
    title="from one W(0): deeper is lower, if d(0) < w",
    scope=ALL_DEPTHS,
    kinds=("derivation",),
    hypotheses=(ONE_PRODUCT, GROWING),
    uses=("shin-yun-2026/family-reduction",),
)
def depth_lowers_the_stable_rank(run: Run) -> Iterator[Evidence]:
    """
    Statement: let the product's start W(0) be fixed, in the family, with eigenvalues λ₁(0) > λ₂(0) > 0, and all L
        layers be W(0)^{1/L}. If d(0) < w the stable rank of the limit is strictly decreasing in L = 2, 3, …, ∞ (at ∞
        in the metric of infinite depth).
    Hypotheses: all layers equal, in the family, lambda_1(0) > lambda_2(0) > 0, w > 0; d(0) < w.
    Conclusion: depth intensifies the bias from one start of the product, where the observed entry has to grow.
    Proof idea: x = λ₂/λ₁ satisfies dx/d ln λ₁ = −x(1 − x^{1−2/L}), which falls with L.
    Checked by: powers with symbolic exponents, inequalities, for d(0) < w.
    Not checked: comparison of solutions of two scalar equations (standard). Of d(0) > w nothing is claimed: there λ₁
        falls, and the order is reversed, by the same comparison.
    References: our own precise form of a question that reviews of Shin & Yun 2026 (arXiv:2603.04703) raise.
    """
    yield proved("depth-order", ALL_DEPTHS)


@depth_lowers_the_stable_rank.negative_twin("without d(0) < w", hypotheses=(ONE_PRODUCT,), drops=GROWING)
def _(run: Run) -> Iterator[Evidence]:
    """Layers with eigenvalues 4 and 1 at depth 3, 8 and 1 at depth 2: in both cases 64 and 1 for the product."""
    half = Fraction(1, 2)
    layer = ((5 * half, 3 * half), (3 * half, 5 * half))
    problem = Problem((layer,) * 3, Observations.diagonal(2))
    shallow = 1 + Fraction(1, 64) ** 2  # at depth 2 the ratio of the eigenvalues is kept
    yield limit_violation(
        "three layers with eigenvalues 4 and 1",
        problem,
        stated(ONE_PRODUCT, "lambda_1(0) = 64, lambda_2(0) = 1, w = 1"),
        what="stable rank",
        sign="<",
        bound=shallow,
    )


@depth_lowers_the_stable_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.depth_lowers_the_stable_rank(witness)
    return limit_violation_again(witness)


ONE_SCALE = Scope.all("depths, block counts n >= 2, ratios 1 < m < infinity, values w > 0, scales")
SAME_LAYERS = "member of the family with s = 1, 1 < m < infinity, alpha > 0, w > 0"
SMALL = "alpha (1 + (n-1)/m) <= 1 and d(0) <= w at depth 2"


@claim(
    "shin-yun-2026/depth-order-at-one-scale",
    paper=PAPER,
    number="abstract (D15b)",
    title="from the same small layers: deeper is lower",
    scope=ONE_SCALE,
    kinds=("derivation",),
    hypotheses=(SAME_LAYERS, SMALL),
    uses=("shin-yun-2026/depth-lowers-the-stable-rank", "shin-yun-2026/exchange-of-limits"),
)
def depth_order_at_one_scale(run: Run) -> Iterator[Evidence]:
    """
    Statement: let all depths start from the same layers. If α(1 + (n−1)/m) ≤ 1 and d(0) ≤ w at depth 2, then
        sr_2 > sr_3 > sr_4 > …. In general sr_L < sr_2 exactly for α < α_×, where
        α_×^{L−2} = K_L/(τ₂^{−(L−2)} − τ₁^{−(L−2)}), τ₁ = (nw/(1 + (n−1)r²))^{1/L}, τ₂ = r^{2/L}τ₁,
        r = (m−1)/(m+n−1).
    Hypotheses: member of the family with s = 1, 1 < m < infinity, alpha > 0, w > 0; alpha (1 + (n-1)/m) <= 1 and
        d(0) <= w at depth 2.
    Conclusion: the order by depth is that of small starts, and turns at a known scale.
    Proof idea: the deeper start has the smaller ratio and the smaller first eigenvalue; then slopes are compared.
    Checked by: powers with symbolic exponents, inequalities; the turning scale by substitution (and that the stable
        rank falls as C rises, so rises with α, in the derivation of exchange-of-limits).
    Not checked: comparison of solutions of two scalar equations (standard).
    References: our own precise form of a question that reviews of Shin & Yun 2026 (arXiv:2603.04703) raise.
    """
    yield proved("depth-order-at-scale", ONE_SCALE)


@depth_order_at_one_scale.negative_twin("for every scale (C10)", hypotheses=(SAME_LAYERS,), drops=SMALL)
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V07"]
    yield limit_violation(
        "V07",
        member.problem(),
        stated(SAME_LAYERS, told("V07")),
        what="stable rank",
        sign="<",
        bound=Fraction(82, 81),  # depth 2, n = 2, m = 2: for every scale
    )


@depth_order_at_one_scale.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.depth_order_at_one_scale(witness)
    return limit_violation_again(witness)


#: Where the stable rank of depth L equals that of depth 2: n = 2, m = 2, w = 1.
TURNS = {
    "L=3": (3, "1.5016617206338477805715059170023401"),
    "L=4": (4, "1.5443895803843587432201056430194755"),
    "L=5": (5, "1.5880075417531071792062172404831476"),
    "L=6": (6, "1.6282521334616017156746604996201047"),
}
AT_TWO = "n = 2, m = 2, w = 1"


def turning_scale(depth: int, *, n: int = 2, m: Fraction | int = 2, value: Fraction | int = 1) -> Ball:
    """α_×, by its closed formula in ball arithmetic."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    p, m = depth - 2, Fraction(m)
    ratio = (m - 1) / (m + n - 1)
    k = (m / (m - 1)) ** p - (m / (m + n - 1)) ** p
    with precision(256):
        first = to_arb(n * value / (1 + (n - 1) * ratio**2)) ** to_arb(Fraction(1, depth))
        second = to_arb(ratio) ** to_arb(Fraction(2, depth)) * first
        return Ball.from_arb((to_arb(k) / (second**-p - first**-p)) ** to_arb(Fraction(1, p)))


@claim(
    "shin-yun-2026/where-depth-turns",
    paper=PAPER,
    number="abstract (D15b)",
    title="the scales at which the order by depth turns",
    scope=Scope.instances(*TURNS),
    kinds=("closed form in ball arithmetic", "root isolation"),
    hypotheses=(AT_TWO,),
    uses=("shin-yun-2026/depth-order-at-one-scale",),
)
def where_depth_turns(run: Run) -> Iterator[Evidence]:
    """
    Statement: for n = 2, m = 2, w = 1 the stable ranks of depth L and depth 2 agree at α_× = 1.50166172063384778057…
        (L = 3), 1.54438958038435874322… (4), 1.58800754175310717920… (5), 1.62825213346160171567… (6), each to 34
        digits; 10^{−30} below the number of 34 digits that of depth L is smaller, 10^{−30} above it larger.
    Hypotheses: n = 2, m = 2, w = 1.
    Conclusion: deeper is lower below these scales alone.
    Proof idea: the closed formula; on either side the limit equations.
    Checked by: the formula in ball arithmetic; isolation of the equations' roots at two scales.
    Not checked: other members.
    References: our own numbers.
    """
    from verify.rigorous import enclose_family_limit

    shallow, step = Fraction(82, 81), Fraction(1, 10**30)
    for name, (depth, printed) in TURNS.items():
        ball = turning_scale(depth)
        sides = [
            enclose_family_limit(depth, n=2, m=2, alpha=Fraction(printed) + sign * step, digits=45).stable_rank
            for sign in (-1, 1)
        ]
        right = abs(ball.mid - Fraction(printed)) + ball.rad <= Fraction(1, 10**34)
        right = right and sides[0].upper < shallow < sides[1].lower
        make = Evidence.supports if right else Evidence.undecided
        yield make(
            kind="closed form in ball arithmetic",
            assurance=Assurance.ENCLOSED,
            scope=Scope.instances(name),
            detail=f"{name}: α_× = {ball.text(36)}, and the stable ranks on both sides of it are as said",
        )


@where_depth_turns.negative_twin("with the same scale for all depths")
def _(run: Run) -> Iterator[Evidence]:
    first, second = turning_scale(3), turning_scale(4)
    witness = Witness(
        problem={"depth": 4, "n": 2, "m": 2, "w": 1, "alpha": Fraction(TURNS["L=3"][1])},
        kind="family data",
        hypotheses=stated(AT_TWO, "they are these"),
        violates="at the scale of depth 3, the stable ranks of depth 4 and 2 differ",
        enclosed={"scale for L=3": first, "scale for L=4": second},
    )
    detail = f"{first.text(12)} and {second.text(12)}"
    kind = "closed form in ball arithmetic"
    yield _enclosed_refutation("L=4", kind, detail, None if first.overlaps(second) else witness)


@where_depth_turns.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The flow is followed from a scale a little above; the stable rank increases with the scale, and is still smaller
    than that of depth 2 there."""
    from verify.rigorous import certify_limit

    data = witness.problem
    alpha = round(exact(data["alpha"], "alpha"), 12) + Fraction(1, 10**12)
    member = Member(int(exact(data["depth"], "depth")), 2, Fraction(2), alpha)
    limit = certify_limit(member.problem(), digits=20)
    rank = limit.stable_rank
    apart = rank is not None and rank.upper < Fraction(82, 81)
    make = Evidence.refutes if apart else Evidence.undecided
    return make(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("the witness"),
        detail=f"at that scale, rounded up to 12 digits, it is {rank.text(8) if rank else limit.reason}, below 82/81",
    )
