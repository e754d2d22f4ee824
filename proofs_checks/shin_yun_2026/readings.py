"""Sentences of the abstract, read literally: without the families and limits in which the paper states its results.

A refuted literal reading says nothing against the paper's theorems, which have those hypotheses; it tells a reader what
must not be quoted without them. The sentences are paraphrased from the abstract. Beside each stands the precise form
that holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from proofs_checks.common import doubted, enclosed, enclosed_again
from proofs_checks.second_paths import coupled_at_start, decoupled_on_grid, limit_again, minor
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.instances import FAMILY, conformal
from proofs_checks.shin_yun_2026.limits import DEEP, DIAGONAL, PAPER, certified, full_rank_again, full_rank_refutation
from proofs_checks.shin_yun_2026.violations import limit_violation_again, scale_free_again
from verify.arithmetic import exact_matrix
from verify.claims import Assurance, Established, Evidence, Run, Scope, Verdict, Witness, claim
from verify.models import dump_problem, load_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.arithmetic import ExactMatrix

STARTS = "depths, sizes, starts"
NOT_DIAGONAL = "not initialized diagonally"


@claim(
    "shin-yun-2026/literally-coupled-unless-diagonal",
    paper=PAPER,
    number="abstract",
    title="literal reading: depth ≥ 3 is coupled unless diagonal",
    scope=Scope.all(STARTS),
    expects=Verdict.REFUTED,
    kinds=("invariant subspace", "exact kernel"),
    hypotheses=(DEEP, NOT_DIAGONAL, DIAGONAL),
    literal_reading="the paper states it for its family of starts, where it holds (claim coupling-inside-the-family)",
)
def literally_coupled_unless_diagonal(run: Run) -> Iterator[Evidence]:
    """
    Statement: for every factorization of depth at least 3 with diagonal observations the dynamics is coupled, unless
        all layers are initialized diagonally.
    Hypotheses: depth >= 3; not initialized diagonally; diagonal observations of one positive value.
    Conclusion: the gradients of the observed entries are not orthogonal for all times, for any partition.
    Proof idea: refuted by three equal layers [[1/5, −3/20], [3/20, 1/5]], a rotation times 1/4: the layers stay
        conformal, and for conformal layers the kernel's cross entry vanishes.
    Checked by: an invariant subspace that contains the start, on which the kernel vanishes identically; again on a grid
        of points in plain fractions.
    Not checked: the paper's statement, for its family: see the claims coupling-inside-the-family and
        almost-every-start-is-coupled.
    References: Shin & Yun 2026 (arXiv:2603.04703), abstract (paraphrased).
    """
    from verify.symbolic import decide_coupling
    from verify.symbolic.coupling import joint_subspace

    problem = conformal()
    decision, space = decide_coupling(problem), joint_subspace(problem)
    if decision.coupled is not False or space is None:
        yield Evidence.undecided(kind="invariant subspace", scope=Scope.instances("C3"), detail=decision.text)
        return
    yield Evidence.refutes(
        kind="invariant subspace",
        assurance=Assurance.PROVED,
        scope=Scope.instances("C3"),
        detail=f"C3 stays in a space of dimension {space.dimension} on which every cross entry of the kernel is zero",
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(
                Established(name=DEEP, how="depth 3"),
                Established(name=NOT_DIAGONAL, how="entry (1, 2) of every layer is −3/20"),
                Established(name=DIAGONAL, how="entries (0, 0), (1, 1) with the value 1"),
            ),
            violates="the dynamics is decoupled: the kernel's cross entry is zero for all times",
            enclosed={"invariant subspace": [[_text(layer) for layer in vector] for vector in space.basis]},
        ),
    )


@literally_coupled_unless_diagonal.negative_twin("with decoupled in place of coupled", hypotheses=(DEEP, NOT_DIAGONAL))
def _(run: Run) -> Iterator[Evidence]:
    problem = FAMILY["V03"].problem()
    kernel = coupled_at_start(problem)
    if kernel is None:
        yield Evidence.undecided(kind="exact kernel", scope=Scope.instances("V03"), detail="zero at time 0")
        return
    yield Evidence.refutes(
        kind="exact kernel",
        assurance=Assurance.PROVED,
        scope=Scope.instances("V03"),
        detail=f"V03: the kernel's cross entry at time 0 is {kernel}",
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(
                Established(name=DEEP, how="depth 3"),
                Established(name=NOT_DIAGONAL, how="entry (1, 2) of every layer is 1/20"),
            ),
            violates="the gradients of the two observed entries are not orthogonal at time 0",
            enclosed={"kernel entry": kernel},
        ),
    )


@literally_coupled_unless_diagonal.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    if witness.twin:
        kernel = _kernel_by_adjoint_sweep(witness)
        return _proved(bool(kernel), f"by the adjoint sweep the entry is {kernel}", kind="adjoint sweep")
    stored = witness.enclosed["invariant subspace"]
    assert isinstance(stored, list | tuple)
    basis = [[exact_matrix(layer, "layer") for layer in vector] for vector in stored]
    found = decoupled_on_grid(problem, basis)
    return _proved(found is not None, found or "not shown on the grid", kind="evaluation on a grid")


def _proved(violated: bool, detail: str, *, kind: str) -> Evidence:
    if not violated:
        return doubted(detail)
    scope = Scope.instances("the witness")
    return Evidence.refutes(kind=kind, assurance=Assurance.PROVED, scope=scope, detail=detail)


def _kernel_by_adjoint_sweep(witness: Witness) -> object:
    """``⟨∇w_a, ∇w_b⟩`` of the first two observed entries at the start, from the matrix program's pullbacks."""
    from verify.arithmetic import EntrywiseAlgebra, evaluate, pullback

    problem = load_problem(dict(witness.problem))
    program = pullback(problem.program, "product", seed="seed")
    rows, columns = problem.observations.shape
    gradients = []
    for i, j in problem.observations.positions[:2]:
        seed = tuple(tuple(Fraction(int((a, b) == (i, j))) for b in range(columns)) for a in range(rows))
        outputs = evaluate(program, {**problem.start, "seed": seed}, EntrywiseAlgebra(Fraction))
        gradients.append([x for name in problem.names for row in outputs["d" + name] for x in row])
    return sum((x * y for x, y in zip(*gradients, strict=True)), Fraction(0))


def _text(layer: Sequence[Sequence[object]] | ExactMatrix) -> list[list[str]]:
    return [[str(x) for x in row] for row in layer]


@claim(
    "shin-yun-2026/literally-rank-one-iff-coupled",
    paper=PAPER,
    number="abstract",
    title="literal reading: rank 1 if and only if coupled",
    scope=Scope.all(STARTS),
    expects=Verdict.REFUTED,
    kinds=("certified limit", "exact kernel"),
    hypotheses=(DEEP, DIAGONAL),
    literal_reading="the paper states it for a family and vanishing scale, where it holds (claim rank-one-iff-coupled)",
)
def literally_rank_one_iff_coupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: for every start in the symmetric family the flow converges to a matrix of rank 1 if and only if the
        dynamics is coupled.
    Hypotheses: depth >= 3; diagonal observations of one positive value.
    Conclusion: coupled dynamics has limits of rank 1, decoupled dynamics has not.
    Proof idea: refuted by the member V03 (depth 3, n = 2, m = 2, α = 1/10): coupled, and its limit has two positive
        singular values. The limit comes close to rank 1 (stable rank 1.00000003), and reaches it only as α → 0.
    Checked by: the kernel in exact arithmetic; certified limit; again in rotated coordinates.
    Not checked: the paper's statement, for vanishing scale: see the claim rank-one-iff-coupled.
    References: Shin & Yun 2026 (arXiv:2603.04703), abstract (paraphrased).
    """
    yield full_rank_refutation("V03")


@literally_rank_one_iff_coupled.negative_twin("with 'the depth is 2' in place of 'coupled'", hypotheses=(DIAGONAL,))
def _(run: Run) -> Iterator[Evidence]:
    problem = FAMILY["V01"].problem()
    limit = certified(problem)
    if not limit.converged or limit.rank_at_least < 2:
        yield enclosed(False, "V01", limit.reason)
        return
    yield Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("V01"),
        detail=f"V01 has depth 2, and its limit's smallest singular value is {limit.singular_values[-1].text(8)}",
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(Established(name=DIAGONAL, how="entries (0, 0), (1, 1) with the value 1"),),
            violates="depth 2, and the limit has rank 2",
            enclosed={"smallest singular value": limit.singular_values[-1]},
        ),
    )


@literally_rank_one_iff_coupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not witness.twin:
        return full_rank_again(witness)
    limit = limit_again(witness.problem, digits=30)
    if not limit.converged:
        return doubted(limit.reason)
    determinant = minor(limit.product)
    depth = load_problem(dict(witness.problem)).depth
    return enclosed_again(not determinant.contains(0), f"depth {depth}; det W(∞) = {determinant.text(8)}")


FAMILY_SCOPE = "depths L >= 2, sizes n >= 2, block sizes s, values w > 0, 1 < m <= infinity"
COUPLED_PART, DEPTH_TWO, INFINITE = "L >= 3, m finite: tends to 1", "L = 2: constant above 1", "m infinite: equal to n"


@claim(
    "shin-yun-2026/rank-one-iff-coupled",
    paper=PAPER,
    number="Cor. 3.4 (D8)",
    title="precise form: rank 1 at vanishing scale iff coupled",
    scope=Scope.all(FAMILY_SCOPE),
    kinds=("derivation",),
    parts=(COUPLED_PART, DEPTH_TWO, INFINITE),
    hypotheses=("member of the family with 1 < m <= infinity, n >= 2, w > 0",),
    uses=("shin-yun-2026/stable-rank-bounds", "shin-yun-2026/depth-two-closed-form"),
)
def rank_one_iff_coupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: in the symmetric family with 1 < m ≤ ∞, as α → 0⁺ the stable rank of the limit tends to 1 if and only if
        L ≥ 3 and m < ∞, which are the coupled cases: for L ≥ 3 and m < ∞ it is below 1 + const·α^{2L}; for L = 2 it is
        1 + (n−1)((m−1)/(m+n−1))⁴ for every α (m = ∞: n); for m = ∞ it is n for every α.
    Hypotheses: member of the family with 1 < m <= infinity, n >= 2, w > 0.
    Conclusion: lim sr(W(∞)) = 1 exactly in the coupled cases.
    Proof idea: the two limit equations give the bound; first integrals give the constants.
    Checked by: derivations whose every step is an exact identity or inequality, for symbolic L, n, s.
    Not checked: analysis that the derivations name (uniqueness of solutions, Grönwall's lemma).
    References: Shin & Yun 2026 (arXiv:2603.04703), Theorem 3.3 and Corollary 3.4, as reconstructed.
    """
    from verify.symbolic import derive

    whole = derive("rank-one")
    for part, topics in (
        (COUPLED_PART, ("limit-equations", "first-integrals", "stable-rank", "coupling-in-family")),
        (DEPTH_TWO, ("depth-two-closed-form", "coupling-depth-two")),
        (INFINITE, ("symmetric-family", "coupling-in-family")),
    ):
        derivations = [derive(topic) for topic in topics] + [whole]
        for derivation in derivations:
            derivation.recheck()  # raises where a step does not pass a second time
        steps = sum(len(derivation.steps) for derivation in derivations)
        yield Evidence.supports(
            kind="derivation",
            assurance=Assurance.PROVED,
            scope=Scope.all(FAMILY_SCOPE),
            part=part,
            detail=f"derivations {', '.join(topics)} and rank-one: {steps} steps, each decided exactly, then rechecked",
        )


@rank_one_iff_coupled.negative_twin("for every depth, so that m < infinity alone would do")
def _(run: Run) -> Iterator[Evidence]:
    first, second = Fraction(9, 5), Fraction(1, 5)  # the eigenvalues of the limit at L = 2, n = 2, m = 2, w = 1
    yield Evidence.refutes(
        kind="closed form",
        assurance=Assurance.PROVED,
        scope=Scope.instances("L = 2, n = 2, m = 2, w = 1, every alpha"),
        part=COUPLED_PART,
        detail="for L = 2, n = 2, m = 2 the stable rank of the limit is 82/81 for every alpha",
        witness=Witness(
            problem=dump_problem(FAMILY["V01"].problem()),
            hypotheses=(
                Established(
                    name="member of the family with 1 < m <= infinity, n >= 2, w > 0", how="V01: L = 2, n = 2, m = 2"
                ),
            ),
            violates="the stable rank of the limit does not depend on alpha and is not 1",
            enclosed={"eigenvalues": [first, second], "stable rank": 1 + (second / first) ** 2},
        ),
    )


@rank_one_iff_coupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.rank_one_iff_coupled(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    return scale_free_again(witness)
