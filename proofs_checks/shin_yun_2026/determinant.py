"""A claim for all balanced starts: at a finite scale the determinant is never lost (Menon's second problem)."""

from __future__ import annotations

from collections.abc import Iterator

from proofs_checks.common import doubted, enclosed, enclosed_again, proved, stated
from proofs_checks.second_paths import exact_determinant, limit_again, minor
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.coupling import PAPER
from proofs_checks.shin_yun_2026.limits import certified
from proofs_checks.shin_yun_2026.violations import limit_violation_again
from verify.arithmetic import Ball
from verify.arithmetic.exact import identity
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import Observations, Problem, diagonal, dump_problem, load_problem

EVERY = Scope.all(
    "depths L >= 2, sizes, balanced starts of full rank whose flow converges to zero loss, nonzero values"
)
BALANCED, FULL, SEEN = "balanced", "full rank", "diagonal observations of nonzero values"
FITS = "the flow converges to a matrix of zero loss"
MOVES, FINITE = "how the determinant moves", "a finite integral"


@claim(
    "shin-yun-2026/rank-is-never-lost-at-finite-scale",
    paper=PAPER,
    number="Menon 2 (D17)",
    title="balanced flows keep rank and sign of the determinant in the limit",
    scope=EVERY,
    kinds=("derivation",),
    parts=(MOVES, FINITE),
    hypotheses=(BALANCED, FULL, SEEN, FITS),
)
def rank_is_kept_in_the_limit(run: Run) -> Iterator[Evidence]:
    """
    Statement: let square layers of depth L ≥ 2 start balanced with a product of full rank, let the diagonal be observed
        with values w_i ≠ 0, and let W(t) converge to W_∞ of zero loss. Then the logarithm of |det W| moves with
        −L Σ_r σ_r^{1−2/L} u_rᵀGv_r, whose modulus is at most L σ_max^{1−2/L} ‖G‖_*; the integral of that bound over all
        times is finite, so that W_∞ has full rank and det W_∞ the sign of det W(0).
    Hypotheses: balanced; full rank; diagonal observations of nonzero values; the flow converges to a matrix of zero
        loss.
    Conclusion: at a finite scale a limit of lower rank is reached from starts of lower rank alone.
    Proof idea: |tr(AG)| ≤ σ_max(A)‖G‖_*; near the limit ℓ' ≤ −4c σ_max^{−2/L} ℓ with c < min w_i².
    Checked by: words in matrices of all dimensions, squared norms, powers with symbolic exponents, and certificates.
    Not checked: Grönwall's lemma, Jacobi's formula and the singular value decomposition (standard); that a given flow
        converges to zero loss, which is a hypothesis.
    References: Menon 2024 (arXiv:2411.09004), Problems 1 and 2; Shin & Yun 2026 (arXiv:2603.04703) for the setting.
    """
    yield proved("log-determinant", EVERY, part=MOVES)
    yield proved("determinant-bound", EVERY, part=FINITE)


@rank_is_kept_in_the_limit.negative_twin("without balance", hypotheses=(FULL, SEEN, FITS), drops=BALANCED)
def _(run: Run) -> Iterator[Evidence]:
    problem = Problem((diagonal(("-1/10", 1)), identity(2)), Observations.diagonal(2))
    limit, name = certified(problem), "W_1 = diag(-1/10, 1), W_2 = I"
    start = exact_determinant(problem.product())
    if limit.determinant is None or limit.determinant.lower <= 0 or start >= 0:
        yield enclosed(False, name, limit.reason, part=FINITE)
        return
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(name),
        part=FINITE,
        detail=f"det W(0) = {start}, det W(∞) = {limit.determinant.text(8)}",
        slack=Ball(-limit.determinant.lower),
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(
                *stated(FULL, f"det W(0) = {start}"),
                *stated(SEEN, "both values are 1"),
                *stated(FITS, "certified limit"),
            ),
            violates="the determinant changes its sign",
            enclosed={"determinant": limit.determinant},
        ),
    )


@rank_is_kept_in_the_limit.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.rank_is_kept_in_the_limit(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    limit, start = limit_again(witness.problem, digits=20), load_problem(dict(witness.problem)).product()
    if not limit.converged:
        return doubted(limit.reason)
    end, before = minor(limit.product), exact_determinant(start)
    violated = before < 0 < end.lower or end.upper < 0 < before
    return enclosed_again(violated, f"w11·w22 − w12·w21: {before}, then {end.text(8)}")
