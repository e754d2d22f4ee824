"""Claims about loss of plasticity for all parameters: a region that the resumed flow does not leave.

Training on the diagonal of a 2 by 2 matrix at depth 2 ends, from the symmetric family, at
``W_1 = W_2 = [[a, b], [b, a]]`` with ``a² + b² = w`` and ``2ab = p ≥ 0``, whatever the scale. Then entry 12 is
observed too.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs_checks.common import doubted, enclosed, enclosed_again, proved, stated
from proofs_checks.second_paths import limit_again
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.coupling import PAPER
from proofs_checks.shin_yun_2026.limits import certified
from proofs_checks.shin_yun_2026.violations import limit_violation_again
from verify.arithmetic import Ball
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import Observations, Problem, dump_problem, load_problem

EVERY = Scope.all("values w > 0, values v, pretrained entries p with 0 <= p < v and v p < w^2")
PRETRAINED = "depth 2, both layers [[a, b], [b, a]] with a² + b² = w > 0 and 2ab = p >= 0"
RESUMED = "entries 11 and 22 observed with w, entry 12 with v"
ABOVE = "p < v"
APART = "v p < w²"
TRAP, CONVERGES, LIMIT, RANK = "trap", "convergence", "limit", "stable rank"


def resumed_from(a: Fraction, b: Fraction, v: Fraction) -> Problem:
    """The flow from layers ``[[a, b], [b, a]]`` with the entries 11, 22 and 12 observed."""
    w = a * a + b * b
    return Problem((((a, b), (b, a)),) * 2, Observations(2, 2, ((0, 0, w), (1, 1, w), (0, 1, v))))


@claim(
    "shin-yun-2026/plasticity-trap",
    paper=PAPER,
    number="Thm 4.2 (P1)",
    title="after decoupled pretraining low rank is out of reach, for all parameters",
    scope=EVERY,
    kinds=("derivation",),
    parts=(TRAP, CONVERGES, LIMIT, RANK),
    hypotheses=(PRETRAINED, RESUMED, ABOVE, APART),
    uses=("shin-yun-2026/depth-two-closed-form",),
)
def plasticity_trap(run: Run) -> Iterator[Evidence]:
    """
    Statement: let both layers of a 2 by 2 factorization of depth 2 start at [[a, b], [b, a]] with a² + b² = w > 0 and
        2ab = p ≥ 0, and let entries 11 and 22 be observed with w, entry 12 with v, where p < v and vp < w². Then
        W(t) = [[x, y], [z, x]] stays in the region x ≥ w, y ≤ v, y + z ≥ 0, where z does not rise; the loss decays at
        least as exp(−w⁴t/(2w + 4v)³), the flow converges to W_∞ = [[w, v], [z_∞, w]] with −v ≤ z_∞ ≤ p, and
        det W_∞ ≥ w² − vp > 0. The stable rank of W_∞ is at least that of [[w, v], [p, w]], which is (9 − 3√5)/2 for p
        = 0 and v = w.
    Hypotheses: depth 2, both layers [[a, b], [b, a]] with a² + b² = w > 0 and 2ab = p >= 0; entries 11 and 22 observed
        with w, entry 12 with v; p < v; v p < w².
    Conclusion: the unobserved entry never moves towards w²/v, the value that rank one needs; no bound depends on the
        scale at which pretraining began. In the family p = 2mw/(m² + 1), and p = 0 for m = ∞. For v = p the start is at
        rest.
    Proof idea: the layers keep W_1 = P W_2ᵀ P and the balance, so WWᵀ has the square root (S² + det W · I)/tr with S
        = WP; the distances to the three faces shrink at most exponentially; the kernel's least eigenvalue is at least
        its determinant over its trace.
    Checked by: the layers' rates from the matrix program; identities modulo the balance; for each inequality a
        certificate of squares and products of what is known to be positive.
    Not checked: uniqueness of solutions, Grönwall's lemma, and that a curve of finite length converges (standard).
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorems 4.2 and 4.3, as reconstructed; the text was not available.
    """
    for part in (TRAP, CONVERGES, LIMIT, RANK):
        yield proved("plasticity-trap", EVERY, part=part)


@plasticity_trap.negative_twin(
    "with v below the pretrained entry p", hypotheses=(PRETRAINED, RESUMED, APART), drops=ABOVE
)
def _(run: Run) -> Iterator[Evidence]:
    a, b, v = Fraction(2), Fraction(1), Fraction(5, 2)
    problem, p = resumed_from(a, b, v), 2 * a * b
    limit, name = certified(problem), "layers [[2, 1], [1, 2]], v = 5/2"
    if not limit.converged or limit.product[1][0].lower <= p:
        yield enclosed(False, name, limit.reason, part=LIMIT)
        return
    entry = limit.product[1][0]
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(name),
        part=LIMIT,
        detail=f"w = 5, p = {p}, v = {v}: z_∞ = {entry.text(12)} > p",
        slack=Ball(p - entry.lower),
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(
                *stated(PRETRAINED, "a = 2, b = 1, so w = 5 and p = 4"),
                *stated(RESUMED, "5, 5 and 5/2"),
                *stated(APART, "10 < 25"),
            ),
            violates="the unobserved entry rises above p",
            enclosed={"z": entry},
        ),
    )


@plasticity_trap.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.plasticity_trap(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    problem = load_problem(dict(witness.problem))
    limit = limit_again(witness.problem, digits=20)
    if not limit.converged:
        return doubted(limit.reason)
    entry, start = limit.product[1][0], problem.product()[1][0]
    return enclosed_again(entry.lower > start, f"z rises from {start} to {entry.text(12)}")
