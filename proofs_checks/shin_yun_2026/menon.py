"""Claims about Menon's 2 by 2 problem and its neighbours: the reflection, and starts that stand apart.

Menon 2024 (arXiv:2411.09004) asks whether balanced flows that fit two diagonal entries end at rank 1. At finite scale
never from a start of full rank (claim rank-is-never-lost-at-finite-scale); and on one hyperplane not even as the scale
tends to zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs_checks.common import enclosed, proved, stated
from proofs_checks.second_paths import coupled_at_start, exact_determinant
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.coupling import PAPER
from proofs_checks.shin_yun_2026.instances import MENON, conformal
from proofs_checks.shin_yun_2026.limits import certified
from proofs_checks.shin_yun_2026.violations import limit_violation, limit_violation_again
from verify.arithmetic import Ball
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness, claim

MIRROR = Scope.all("depths L >= 2, balanced 2 by 2 starts with positive determinant")
ON_THE_MIRROR = "balanced 2 by 2 start with positive determinant, diagonal observations of value 1"
#: The first sentence speaks of all balanced starts, the others of this hyperplane.
ANTISYMMETRIC_START = "w_12 = -w_21, or the side w_12 + w_21 alone is spoken of"


@claim(
    "shin-yun-2026/reflected-flow",
    paper=PAPER,
    number="Menon 1 (M6, C15)",
    title="w_12 = −w_21: determinant at least 1 at every scale",
    scope=MIRROR,
    kinds=("derivation",),
    hypotheses=(ON_THE_MIRROR, ANTISYMMETRIC_START),
    uses=("shin-yun-2026/rank-is-never-lost-at-finite-scale",),
)
def reflected_flow(run: Run) -> Iterator[Evidence]:
    """
    Statement: with D = diag(1, −1) the balanced flow commutes with W ↦ DWᵀD, so the sign of w_12 + w_21 is kept for all
        times, and w_12 = −w_21 is kept too. There every matrix of zero loss is [[1, a], [−a, 1]], with determinant
        1 + a² ≥ 1 and stable rank 2, at every depth and every scale; for L ≥ 3 these flows are coupled if w_11 ≠ w_22
        and w_21 ≠ 0 at the start.
    Hypotheses: balanced 2 by 2 start with positive determinant, diagonal observations of value 1; w_12 = −w_21 (for
        the first sentence, about the side w_12 + w_21, any such start).
    Conclusion: "coupled, so rank 1 as the scale tends to zero" fails on a hyperplane of starts, even for n = 2.
    Proof idea: the terms ℓ and L + 1 − ℓ of the end-to-end flow exchange their roles under the reflection.
    Checked by: words with D² = 1 and commuting D, G; polynomial identities.
    Not checked: uniqueness of solutions (standard). A null set of starts; others need not behave so.
    References: our own statement, for Menon 2024 (arXiv:2411.09004), Problem 1.
    """
    yield proved("reflected-flow", MIRROR)


@reflected_flow.negative_twin("without w_12 = −w_21", drops=ANTISYMMETRIC_START)
def _(run: Run) -> Iterator[Evidence]:
    problem = MENON["M2"]
    how = f"M2: balanced, det W(0) = {exact_determinant(problem.product())}"
    yield limit_violation(
        "M2", problem, stated(ON_THE_MIRROR, how), what="determinant", sign=">", bound=Fraction(99, 100)
    )


@reflected_flow.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.reflected_flow(witness)
    return limit_violation_again(witness)


COUPLED, RANK_TWO = "coupled", "stable rank 2"
ANTISYMMETRIC = "balanced, depth 3, w_12 = -w_21, diagonal observations of value 1"


@claim(
    "shin-yun-2026/coupled-with-stable-rank-two",
    paper=PAPER,
    number="abstract (C15)",
    title="coupled, balanced, 2 by 2, and of stable rank 2 at two scales",
    scope=Scope.instances("M8", "M9"),
    kinds=("exact kernel", "certified limit"),
    parts=(COUPLED, RANK_TWO),
    hypotheses=(ANTISYMMETRIC,),
    uses=("shin-yun-2026/reflected-flow",),
)
def coupled_with_stable_rank_two(run: Run) -> Iterator[Evidence]:
    """
    Statement: from M8 and from M9 (one fourth of its scale in every layer) the dynamics is coupled, and the flow
        converges to [[1, a], [−a, 1]] with determinant above 1, so of stable rank 2.
    Hypotheses: balanced, depth 3, w_12 = -w_21, diagonal observations of value 1.
    Conclusion: two instances of the obstruction, at different scales.
    Proof idea: the reflection; here the limits are enclosed.
    Checked by: the kernel in exact arithmetic; certified limit.
    Not checked: other scales (for those, the claim that this one uses).
    References: our own examples, for Menon 2024 (arXiv:2411.09004), Problem 1.
    """
    for name in ("M8", "M9"):
        problem, limit = MENON[name], certified(MENON[name])
        kernel, whole = coupled_at_start(problem), problem.product()
        if kernel is not None and problem.balanced and whole[0][1] == -whole[1][0]:
            yield Evidence.supports(
                kind="exact kernel",
                assurance=Assurance.PROVED,
                scope=Scope.instances(name),
                part=COUPLED,
                detail=f"{name}: the kernel's cross entry at time 0 is {kernel}",
            )
        if limit.determinant is None or limit.stable_rank is None:
            yield enclosed(False, name, limit.reason, part=RANK_TWO)
            continue
        rank, determinant = limit.stable_rank, limit.determinant
        near = abs(rank.mid - 2) + rank.rad < Fraction(1, 10**12)
        detail = f"stable rank {rank.text(12)}, determinant {determinant.text(20)}"
        yield enclosed(near and determinant.lower > 1, name, detail, part=RANK_TWO, slack=Ball(determinant.lower - 1))


@coupled_with_stable_rank_two.negative_twin("with a stable rank below 3/2 at the smaller scale")
def _(run: Run) -> Iterator[Evidence]:
    how = "M9: balanced, depth 3, w_12 = -w_21"
    yield limit_violation(
        "M9",
        MENON["M9"],
        stated(ANTISYMMETRIC, how),
        what="stable rank",
        sign="<",
        bound=Fraction(3, 2),
        part=RANK_TWO,
    )


@coupled_with_stable_rank_two.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)


APART = Scope.all("depths L >= 2, balanced conformal, symmetric negative semidefinite, and rank-one starts")
BALANCED_START, ONES = "balanced start", "diagonal observations of value 1"
THREE_KINDS = (
    "W(0) conformal with q != 0, or symmetric negative semidefinite, or lambda e_1 e_1^T (2 by 2, with lambda > 0)"
)
ROTATION, NEGATIVE, LINE = "conformal", "negative semidefinite", "rank one"


@claim(
    "shin-yun-2026/exceptional-starts",
    paper=PAPER,
    number="Menon 1 (M5)",
    title="starts whose limit stays away from rank 1, or from zero loss",
    scope=APART,
    kinds=("derivation",),
    parts=(ROTATION, NEGATIVE, LINE),
    hypotheses=(BALANCED_START, THREE_KINDS, ONES),
    uses=("shin-yun-2026/rank-is-never-lost-at-finite-scale",),
)
def exceptional_starts(run: Run) -> Iterator[Evidence]:
    """
    Statement: balanced starts, values 1, any depth L ≥ 2. Conformal: from [[p, −q], [q, p]] with q ≠ 0 the limit is
        [[1, −q], [q, 1]], of stable rank 2, however small the start is. Symmetric negative semidefinite: the loss stays
        at least n/2. Rank one: from λe₁e₁ᵀ, λ > 0, n = 2, the limit is e₁e₁ᵀ, with loss 1/2.
    Hypotheses: balanced start; W(0) conformal with q != 0, or symmetric negative semidefinite, or lambda e_1 e_1^T
        (2 by 2, with lambda > 0); diagonal observations of value 1.
    Conclusion: "almost every start" is needed in any statement about rank 1 at vanishing scale.
    Proof idea: each kind is invariant under the flow.
    Checked by: powers with symbolic exponents, words, rational identities.
    Not checked: continuity in the start, Grönwall's lemma (standard).
    References: our own statement, for Menon 2024 (arXiv:2411.09004), Problem 1.
    """
    for part in (ROTATION, NEGATIVE, LINE):
        yield proved("exceptional-starts", APART, part=part)


@exceptional_starts.negative_twin("with the identity as the limit of every conformal start")
def _(run: Run) -> Iterator[Evidence]:
    how = (
        "C3: three equal layers [[1/5, -3/20], [3/20, 1/5]], balanced as WᵀW is a multiple of I",
        "conformal, with q = 117/8000",
        "both values are 1",
    )
    names = exceptional_starts.hypotheses
    yield limit_violation(
        "C3",
        conformal(),
        tuple(Established(name=name, how=text) for name, text in zip(names, how, strict=True)),
        what="entry 1 0",
        sign="=",
        bound=Fraction(0),
        part=ROTATION,
    )


@exceptional_starts.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.exceptional_starts(witness)
    return limit_violation_again(witness)
