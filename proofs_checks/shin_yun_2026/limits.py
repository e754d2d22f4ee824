"""Claims about limits at finite scale: what the flows of named starts converge to, enclosed up to t → ∞.

Each is a claim about the instances that it names, decided by following the flow in ball arithmetic and certifying its
limit; none speaks for all starts. The paper's theorems speak about their own families and about limits of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from proofs_checks.common import doubted, enclosed, enclosed_again
from proofs_checks.second_paths import coupled_at_start, exact_determinant, limit_again, minor
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.instances import FAMILY, MENON, PLASTICITY, Member
from verify.arithmetic import Ball, exact
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness, claim
from verify.models import Problem, dump_problem, load_problem

if TYPE_CHECKING:
    from verify.rigorous import Limit

PAPER = "shin_yun_2026"
#: Members of the family with s = 1 and 1 < m ≤ ∞, where the limit equations describe the limit.
EQUATIONS = ("V01", "V02", "V03", "V04", "V06", "V07", "V08", "V10", "V11", "V12", "V15")
#: Members with s = 1, depth ≥ 3 and 1 < m < ∞: coupled.
COUPLED = ("V03", "V04", "V07", "V08", "V10", "V11")
BALANCED = ("M2", "M4", "M5", "M7", "M8")

IN_THE_FAMILY = "member of the family with 1 < m <= infinity, alpha > 0, w > 0"
COUPLED_MEMBER = "member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0"
DEEP = "depth >= 3"
DIAGONAL = "diagonal observations of one positive value"


@lru_cache(maxsize=64)
def certified(problem: Problem) -> Limit:
    """The limit of a start to 30 digits. Several claims speak of the same starts, so it is kept."""
    from verify.rigorous import certify_limit

    return certify_limit(problem, digits=30)


def membership(name: str, hypothesis: str) -> Established:
    """That a named start belongs to the family, as a witness states it."""
    member = FAMILY[name]
    how = f"{name}: depth {member.depth}, n = {member.n}, m = {member.m}, alpha = {member.alpha}, w = {member.value}"
    return Established(name=hypothesis, how=how)


def _sentence_again(witness: Witness) -> Evidence:
    """A stored sentence about a limit, against a claim without one of its hypotheses."""
    from proofs_checks.shin_yun_2026.violations import limit_violation_again  # which itself imports this module

    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# The limit equations, against the flow

_AGREEMENT = Fraction(1, 10**28)


def _gap(member: Member, *, factor: Fraction = Fraction(1)) -> Ball | str:
    """How far the off-diagonal entries of the certified limit are from the solution of the equations, with C times
    `factor`; or why that is not known."""
    from verify.rigorous import coupling_constant, enclose_family_limit

    limit = certified(member.problem())
    if not limit.converged:
        return limit.reason
    constant = None
    if factor != 1:
        right = coupling_constant(member.depth, n=member.n, m=member.m, alpha=member.alpha, s=member.s)
        constant = factor * right
    entry = enclose_family_limit(member.depth, **member.parameters, digits=32, constant=constant).off_block
    gaps = []
    for i, row in enumerate(limit.product):
        for j, x in enumerate(row):
            if i != j:
                distance, spread = abs(x.mid - entry.mid), x.rad + entry.rad
                gaps.append(Ball.between(max(distance - spread, Fraction(0)), distance + spread))
    return max(gaps, key=lambda gap: gap.upper)


@claim(
    "shin-yun-2026/limit-solves-the-equations",
    paper=PAPER,
    number="Thm 3.3 (D7)",
    title="certified limits solve the limit equations",
    scope=Scope.instances(*EQUATIONS),
    kinds=("certified limit", "root isolation"),
    hypotheses=(IN_THE_FAMILY,),
    uses=("shin-yun-2026/limit-equations",),
)
def limit_solves_the_equations(run: Run) -> Iterator[Evidence]:
    """
    Statement: for each of the named members of the symmetric family (s = 1) the gradient flow converges to a global
        minimum, and every off-diagonal entry of the limit is within 1e-28 of (τ₁^L − τ₂^L)/n, where (τ₁, τ₂) is the
        unique positive solution of (E1) τ₁^L + (n−1)τ₂^L = nw and (E2) τ₂^{−(L−2)} − τ₁^{−(L−2)} = C (L ≥ 3) or
        τ₁ = ρτ₂ (L = 2).
    Hypotheses: member of the family with 1 < m <= infinity, alpha > 0, w > 0.
    Conclusion: |w_ij(∞) − (τ₁^L − τ₂^L)/n| ≤ 1e-28 for i ≠ j.
    Proof idea: two paths that share nothing but the numbers that go in: the flow is followed in ball arithmetic until
        a Łojasiewicz certificate encloses its limit; the equations are solved by bisection with certain signs.
    Checked by: certified limit against root isolation, 30 digits.
    Not checked: other members (for those, the claim that this one uses).
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.3 and its equations (8), (9), as reconstructed; the
        paper's text was not available.
    """
    for name in EQUATIONS:
        gap = _gap(FAMILY[name])
        if isinstance(gap, str):
            yield enclosed(False, name, gap)
        else:
            detail = (
                f"certified limit and isolated root differ by at most {Ball(Fraction(0), gap.upper).to_json(2)['rad']}"
            )
            yield enclosed(gap.upper <= _AGREEMENT, name, detail, slack=Ball(_AGREEMENT - gap.upper))


@limit_solves_the_equations.negative_twin("with C in (E2) one per cent too large")
def _(run: Run) -> Iterator[Evidence]:
    name = "V03"
    gap = _gap(FAMILY[name], factor=Fraction(101, 100))
    if isinstance(gap, str) or gap.lower <= _AGREEMENT:
        yield enclosed(False, name, str(gap))
        return
    yield Evidence.refutes(
        kind="certified limit against root isolation",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(name),
        detail=f"{name}: the limit's off-diagonal entry is off that of the wrong equations by {gap.text(6)}",
        slack=Ball(_AGREEMENT - gap.lower),
        witness=Witness(
            problem=dump_problem(FAMILY[name].problem()),
            hypotheses=(membership(name, IN_THE_FAMILY),),
            violates="the limit does not solve (E2) with C one per cent larger",
            enclosed={"gap": gap, "wrong C": "202/15"},
        ),
    )


@limit_solves_the_equations.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """C is computed back from the two eigenvalues of the limit of the rotated flow."""
    if witness.without:
        return _sentence_again(witness)
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    limit = limit_again(witness.problem, digits=30)
    if not limit.converged:
        return doubted(limit.reason)
    depth, size = load_problem(dict(witness.problem)).depth, len(limit.product)
    power = Fraction(-(depth - 2), depth)
    with precision(192):
        on, off = to_arb(limit.product[0][0]), to_arb(limit.product[0][1])
        first, second = on + (size - 1) * off, on - off  # the eigenvalues λ = τ^L of aI + bJ
        measured = Ball.from_arb(second ** to_arb(power) - first ** to_arb(power))
    stated = exact(witness.enclosed["wrong C"], "wrong C")
    return enclosed_again(
        not measured.contains(stated), f"C = {measured.text(12)}; the variant has {float(stated):.12g}"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Stable rank


def _excess(member: Member) -> Ball | str:
    """``sr − 1`` at the certified limit, or why that is not known."""
    limit = certified(member.problem())
    if not limit.converged or limit.stable_rank is None:
        return limit.reason
    return Ball(limit.stable_rank.mid - 1, limit.stable_rank.rad)


def _bound(member: Member, *, factor: int = 1) -> Ball:
    """``(n−1) (sα)^{2L} K_L^{−2L/(L−2)} / (factor·sw)²``."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb
    from verify.rigorous import coupling_constant

    depth = member.depth
    c = coupling_constant(depth, n=member.n, m=member.m, alpha=member.alpha, s=member.s)
    with precision(256):  # (sα)^{2L} K_L^{−2L/(L−2)} is C^{−2L/(L−2)}
        size = to_arb((factor * member.s * member.value) ** 2)
        return Ball.from_arb((member.n - 1) * to_arb(c) ** to_arb(Fraction(-2 * depth, depth - 2)) / size)


@claim(
    "shin-yun-2026/stable-rank-bound-at-points",
    paper=PAPER,
    number="Cor. 3.4 (D8)",
    title="stable rank of certified limits, from both sides",
    scope=Scope.instances(*COUPLED),
    kinds=("certified limit",),
    parts=("above 1", "below the bound"),
    hypotheses=(COUPLED_MEMBER,),
    uses=("shin-yun-2026/stable-rank-bounds",),
)
def stable_rank_bound_at_points(run: Run) -> Iterator[Evidence]:
    """
    Statement: for each of the named coupled members of the symmetric family the stable rank of the limit satisfies
        0 < sr − 1 ≤ (n−1) (sα)^{2L} K_L^{−2L/(L−2)} / (sw)².
    Hypotheses: member of the family with depth >= 3, 1 < m < infinity, alpha > 0, w > 0.
    Conclusion: the limit is close to rank 1 when α is small, and never of rank 1.
    Proof idea: the limit is enclosed by following the flow, its singular values by the theorems of Weyl and Ostrowski.
    Checked by: certified limit, 30 digits.
    Not checked: other members (for those, the claim that this one uses).
    References: Shin & Yun 2026 (arXiv:2603.04703), Corollary 3.4, as reconstructed.
    """
    for name in COUPLED:
        excess, bound = _excess(FAMILY[name]), _bound(FAMILY[name])
        if isinstance(excess, str):
            yield enclosed(False, name, excess)
            continue
        detail = f"sr − 1 = {excess.text(6)}, bound {bound.text(6)}"
        room = bound.lower - excess.upper
        yield enclosed(excess.lower > 0, name, detail, part="above 1", slack=Ball(excess.lower))
        yield enclosed(room >= 0, name, detail, part="below the bound", slack=Ball(room))


@stable_rank_bound_at_points.negative_twin("with (2nsw)² in the denominator")
def _(run: Run) -> Iterator[Evidence]:
    name = "V04"
    excess, bound = _excess(FAMILY[name]), _bound(FAMILY[name], factor=2 * FAMILY[name].n)
    if isinstance(excess, str) or excess.lower <= bound.upper:
        yield enclosed(False, name, str(excess))
        return
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(name),
        part="below the bound",
        detail=f"{name}: sr − 1 = {excess.text(6)} exceeds {bound.text(6)}",
        slack=Ball(bound.upper - excess.lower),
        witness=Witness(
            problem=dump_problem(FAMILY[name].problem()),
            hypotheses=(membership(name, COUPLED_MEMBER),),
            violates="sr − 1 exceeds the smaller bound",
            enclosed={"stable rank minus 1": excess, "bound": bound},
        ),
    )


@stable_rank_bound_at_points.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """By the limit equations, without integrating a flow."""
    if witness.without:
        return _sentence_again(witness)
    from verify.rigorous import enclose_family_limit

    problem = load_problem(dict(witness.problem))
    member = next((one for one in FAMILY.values() if one.problem() == problem), None)
    if member is None:
        return doubted("the stored start is not one of the named members of the family")
    rank = enclose_family_limit(member.depth, **member.parameters, digits=40).stable_rank
    bound = _bound(member, factor=2 * member.n)
    detail = f"sr = {rank.text(20)}, the variant allows 1 + {bound.text(6)}"
    return enclosed_again(rank.lower - 1 > bound.upper, detail, kind="limit equations")


# ---------------------------------------------------------------------------------------------------------------------
# Rank and determinant


@claim(
    "shin-yun-2026/rank-is-never-lost",
    paper=PAPER,
    number="Menon 2 (D17)",
    title="full-rank balanced starts keep their determinant's sign",
    scope=Scope.instances(*BALANCED),
    kinds=("certified limit",),
    hypotheses=("balanced", "full rank", DIAGONAL),
)
def rank_is_never_lost(run: Run) -> Iterator[Evidence]:
    """
    Statement: from each of the named balanced 2 by 2 starts of full rank the flow converges to a global minimum whose
        determinant is not 0 and has the sign of the start's determinant; so the limit has rank 2.
    Hypotheses: balanced; full rank; diagonal observations of one positive value.
    Conclusion: sign det W(∞) = sign det W(0) ≠ 0.
    Proof idea: d ln|det W|/dt is integrable along a balanced flow that fits the data (our D17); here it is seen at
        instances, by certified limits.
    Checked by: exact balance and determinant of the start; certified limit.
    Not checked: all balanced starts (for those whose flow fits, claim rank-is-never-lost-at-finite-scale).
    References: Menon 2024 (arXiv:2411.09004), Problems 1 and 2.
    """
    for name in BALANCED:
        problem = MENON[name]
        start, limit = exact_determinant(problem.product()), certified(problem)
        if not problem.balanced or not start:
            detail = f"{name} is not balanced or not of full rank"
            yield Evidence.vacuous(
                kind="exact start", assurance=Assurance.PROVED, scope=Scope.instances(name), detail=detail
            )
        elif limit.determinant is None:
            yield enclosed(False, name, limit.reason)
        else:
            end = limit.determinant
            slack = end.lower if start > 0 else -end.upper
            detail = f"det W(0) = {float(start):.3e}, det W(∞) = {end.text(8)}"
            yield enclosed(slack > 0 and limit.rank_at_least == 2, name, detail, slack=Ball(slack))


@rank_is_never_lost.negative_twin("with a determinant that is always positive at the limit")
def _(run: Run) -> Iterator[Evidence]:
    problem, limit = MENON["M5"], certified(MENON["M5"])
    if limit.determinant is None or limit.determinant.upper >= 0:
        yield enclosed(False, "M5", limit.reason)
        return
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("M5"),
        detail=f"M5: det W(∞) = {limit.determinant.text(8)} < 0",
        slack=Ball(limit.determinant.upper),
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(
                Established(name="balanced", how="W_{l+1}ᵀW_{l+1} = W_l W_lᵀ exactly"),
                Established(name="full rank", how=f"det W(0) = {exact_determinant(problem.product())}"),
                Established(name=DIAGONAL, how="both have the value 1"),
            ),
            violates="the limit's determinant is negative",
            enclosed={"determinant": limit.determinant},
        ),
    )


@rank_is_never_lost.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.rank_is_never_lost(witness)
    if witness.without:
        return _sentence_again(witness)
    limit = limit_again(witness.problem, digits=30)
    if not limit.converged:
        return doubted(limit.reason)
    determinant = minor(limit.product)
    return enclosed_again(determinant.upper < 0, f"w11·w22 − w12·w21 = {determinant.text(8)}")


@claim(
    "shin-yun-2026/coupled-limit-has-full-rank",
    paper=PAPER,
    number="abstract (C1)",
    title="coupled, and of full rank at finite scale",
    scope=Scope.instances(*COUPLED, "M8", "M9"),
    kinds=("exact kernel", "certified limit"),
    parts=("coupled", "full rank"),
    hypotheses=(DEEP, DIAGONAL),
)
def coupled_limit_has_full_rank(run: Run) -> Iterator[Evidence]:
    """
    Statement: from each of the named starts the dynamics is coupled (the gradients of any two observed entries are not
        orthogonal at time 0), and the flow converges to a global minimum of full rank n.
    Hypotheses: depth >= 3; diagonal observations of one positive value.
    Conclusion: coupling alone does not make the limit of a given start rank 1; in the family rank 1 is approached only
        as the scale α tends to 0.
    Proof idea: τ₂ > 0 strictly at the limit; from M8 and M9 the determinant of the limit is even above 1.
    Checked by: the kernel in exact arithmetic; certified limit and a lower bound of every singular value.
    Not checked: other starts.
    References: Shin & Yun 2026 (arXiv:2603.04703) state their result for a family, in the limit of vanishing scale.
    """
    for name in (*COUPLED, "M8", "M9"):
        problem = FAMILY[name].problem() if name in FAMILY else MENON[name]
        kernel, limit = coupled_at_start(problem), certified(problem)
        if kernel is not None:
            yield Evidence.supports(
                kind="exact kernel",
                assurance=Assurance.PROVED,
                scope=Scope.instances(name),
                part="coupled",
                detail=f"{name}: every cross entry of the kernel at time 0 is nonzero, the smallest is {kernel}",
            )
        if limit.converged:
            smallest = limit.singular_values[-1]
            full, detail, slack = (
                smallest.lower > 0,
                f"smallest singular value {smallest.text(6)}",
                Ball(smallest.lower),
            )
            yield enclosed(full, name, detail, part="full rank", slack=slack)
        else:
            yield enclosed(False, name, limit.reason, part="full rank")


@coupled_limit_has_full_rank.negative_twin("with a limit of rank 1")
def _(run: Run) -> Iterator[Evidence]:
    yield full_rank_refutation("V03", part="full rank")


def full_rank_refutation(name: str, *, part: str = "") -> Evidence:
    """A coupled member of the family whose limit has full rank, against "coupled means that the limit has rank 1"."""
    problem = FAMILY[name].problem()
    limit, kernel = certified(problem), coupled_at_start(problem)
    if not limit.converged or limit.rank_at_least < 2 or kernel is None:
        return enclosed(False, name, limit.reason, part=part)
    smallest = limit.singular_values[-1]
    return Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(name),
        part=part,
        detail=f"{name} is coupled (kernel entry {kernel} at time 0); smallest singular value {smallest.text(6)}",
        slack=Ball(-smallest.lower),
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(
                Established(name=DEEP, how=f"depth {problem.depth}"),
                Established(name=DIAGONAL, how=f"entries {problem.observations.positions}, all of value 1"),
            ),
            violates="coupled, and the limit has two positive singular values",
            enclosed={"smallest singular value": smallest, "kernel entry at time 0": kernel},
        ),
    )


@coupled_limit_has_full_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return full_rank_again(witness)


def full_rank_again(witness: Witness) -> Evidence:
    """Coupled by the kernel's closed formula; of full rank by the determinant of the limit of the rotated flow.

    Against the claim without a hypothesis: decoupled, on a grid, or not of full rank.
    """
    if witness.without:
        from proofs_checks.shin_yun_2026.coupling import decoupled_again  # which itself imports this module

        return _sentence_again(witness) if "quantity" in witness.enclosed else decoupled_again(witness)
    limit, kernel = limit_again(witness.problem, digits=30), coupled_at_start(load_problem(dict(witness.problem)))
    if not limit.converged or kernel is None:
        return doubted(limit.reason)
    determinant = minor(limit.product)
    return enclosed_again(not determinant.contains(0), f"kernel entry {kernel}; det W(∞) = {determinant.text(8)}")


# ---------------------------------------------------------------------------------------------------------------------
# Loss of plasticity

RESUMED = "depth 2, layers I, entries 11 and 22 observed with 1, entry 12 with v"
_TARGETS = {"P-L2-v1": Fraction(1), "P-L2-v1/2": Fraction(1, 2), "P-L2-v2": Fraction(2)}


@claim(
    "shin-yun-2026/plasticity-is-lost-at-depth-two",
    paper=PAPER,
    number="Thm 4.2 (P1)",
    title="after decoupled pretraining a new entry brings no low rank",
    scope=Scope.instances(*_TARGETS),
    kinds=("certified limit",),
    parts=("unobserved entry", "determinant"),
    hypotheses=(RESUMED,),
)
def plasticity_is_lost_at_depth_two(run: Run) -> Iterator[Evidence]:
    """
    Statement: for v = 1, 1/2, 2: from layers I (where decoupled pretraining on the diagonal ends) the depth-2 flow with
        entry 12 observed in addition, with value v, converges to a global minimum with −v ≤ w_21 < 0 and det W > 1.
    Hypotheses: depth 2, layers I, entries 11 and 22 observed with 1, entry 12 with v.
    Conclusion: the unobserved entry moves away from the rank-1 completion 1/v; the determinant stays above 1.
    Proof idea: a forward invariant region (our P1); here the limits of three instances are enclosed.
    Checked by: certified limit.
    Not checked: other pretrained points, other v.
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorems 4.2 and 4.3, as reconstructed.
    """
    for name, v in _TARGETS.items():
        limit = certified(PLASTICITY[name])
        if limit.determinant is None:
            yield enclosed(False, name, limit.reason)
            continue
        entry, determinant = limit.product[1][0], limit.determinant
        room = min(-entry.upper, entry.lower + v)
        detail = f"w_21(∞) = {entry.text(12)}, det W(∞) = {determinant.text(12)}"
        yield enclosed(room > 0, name, detail, part="unobserved entry", slack=Ball(room))
        yield enclosed(determinant.lower > 1, name, detail, part="determinant", slack=Ball(determinant.lower - 1))


@plasticity_is_lost_at_depth_two.negative_twin("with the rank-1 value for the unobserved entry")
def _(run: Run) -> Iterator[Evidence]:
    problem, limit = PLASTICITY["P-L2-v1"], certified(PLASTICITY["P-L2-v1"])
    entry = limit.product[1][0]
    if not limit.converged or entry.contains(1):
        yield enclosed(False, "P-L2-v1", limit.reason, part="unobserved entry")
        return
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("P-L2-v1"),
        part="unobserved entry",
        detail=f"w_21(∞) = {entry.text(12)}, the rank-1 completion has 1",
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(Established(name=RESUMED, how="read off, with v = 1"),),
            violates="the unobserved entry's limit is not 1/v",
            enclosed={"w_21": entry},
        ),
    )


@plasticity_is_lost_at_depth_two.recheck
def _(witness: Witness, run: Run) -> Evidence:
    limit = limit_again(witness.problem, digits=30)
    if not limit.converged:
        return doubted(limit.reason)
    return enclosed_again(limit.product[1][0].upper < 0, f"w_21(∞) = {limit.product[1][0].text(12)}")
