"""Claims about coupling: the kernel of inner products, when it vanishes for all times, and when it does not.

Statements about all starts are decided by derivations in symbolic dimensions, statements about one start by an exact
nonzero Taylor coefficient (coupled) or an invariant subspace on which the kernel vanishes (decoupled).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from proofs_checks.common import doubted, enclosed_again, proved, proved_again, refuted, stated
from proofs_checks.second_paths import decoupled_on_grid, kernel_entry, limit_again, stepped
from proofs_checks.shin_yun_2026 import as_claimed
from proofs_checks.shin_yun_2026.instances import FAMILY, conformal
from proofs_checks.shin_yun_2026.violations import limit_violation_again
from verify.arithmetic import ExactMatrix, exact, exact_matrix
from verify.arithmetic.exact import add, identity, multiply, scale, transpose
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness, claim
from verify.models import Observations, Problem, diagonal, dump_problem, load_problem, rotation, symmetric_family

PAPER = "shin_yun_2026"

# ---------------------------------------------------------------------------------------------------------------------
# What the claims share


def decided(problem: Problem, name: str, *, coupled: bool, part: str = "") -> Evidence:
    """The exact decision of one start, as evidence for the side claimed."""
    from verify.symbolic import decide_coupling

    decision = decide_coupling(problem)
    scope = Scope.instances(name)
    kind = "exact Taylor coefficient" if coupled else "invariant subspace"
    reasons = "; ".join(sorted({pair.reason for pair in decision.pairs}))
    detail = f"{name}: {decision.text}; {reasons}"
    if decision.coupled is not coupled or not decision.recheck():
        return Evidence.undecided(kind=kind, scope=scope, part=part, detail=detail)
    return Evidence.supports(kind=kind, assurance=Assurance.PROVED, scope=scope, part=part, detail=detail)


def inner_by_differences(problem: Problem, first: tuple[int, int], second: tuple[int, int]) -> Fraction:
    """``⟨∇w_a, ∇w_b⟩`` at the start without any gradient: w is affine in each single entry, so the difference that a
    unit step in this entry makes is the partial derivative, exactly."""
    base, total = problem.product(), Fraction(0)
    for l, layer in enumerate(problem.layers):
        for i, row in enumerate(layer):
            for j in range(len(row)):
                moved = stepped(problem, l, i, j, Fraction(1)).product()
                (a, b), (c, d) = first, second
                total += (moved[a][b] - base[a][b]) * (moved[c][d] - base[c][d])
    return total


def coupled_again(witness: Witness) -> Evidence:
    """That some pair of observed entries has a nonzero inner product at the start, by differences of the product."""
    problem = load_problem(dict(witness.problem))
    values = [inner_by_differences(problem, a, b) for a, b in problem.observations.pairs]
    return proved_again(any(values), f"inner products by unit differences: {_listed(values)}", "unit differences")


def decoupled_again(witness: Witness) -> Evidence:
    """That all pairs stay orthogonal, on a grid in the invariant subspace that the witness carries."""
    problem, stored = load_problem(dict(witness.problem)), witness.enclosed["invariant subspace"]
    assert isinstance(stored, list | tuple)
    basis = [[exact_matrix(layer, "layer") for layer in vector] for vector in stored]
    found = decoupled_on_grid(problem, basis)
    return proved_again(found is not None, found or "not shown on the grid", "evaluation on a grid")


def decoupled_witness(problem: Problem, hypotheses: tuple[Established, ...], violates: str) -> Witness | None:
    """A start that is decoupled, with the invariant subspace that proves it."""
    from verify.symbolic import verify_certificate
    from verify.symbolic.coupling import joint_subspace

    space = joint_subspace(problem)
    if space is None or not all(verify_certificate(problem, space, a, b) for a, b in problem.observations.pairs):
        return None
    basis = [[[[str(x) for x in row] for row in layer] for layer in vector] for vector in space.basis]
    return Witness(
        problem=dump_problem(problem), hypotheses=hypotheses, violates=violates, enclosed={"invariant subspace": basis}
    )


def _listed(values: list[Fraction]) -> str:
    return ", ".join(str(x) for x in values[:4]) + (", …" if len(values) > 4 else "")


# ---------------------------------------------------------------------------------------------------------------------
# D1: the kernel

KERNEL = Scope.all("depths, widths, weights, pairs of entries")
CONFORMING = "a factorization with exact layers"


def _sheared() -> Problem:
    """Three layers that do not commute with their transposes."""
    layers = ([[1, 2], [0, 1]], [[1, 0], [3, 1]], [["1/2", 1], [0, 2]])
    return Problem.of(layers, Observations.diagonal(2))


def _without_transposes(problem: Problem, first: tuple[int, int], second: tuple[int, int]) -> Fraction:
    """``Σ_l (S_lᵀ S_l)_{ip} (P_{l−1} P_{l−1}ᵀ)_{jq}``: the formula with its transposes on the wrong side."""
    (i, j), (p, q) = first, second
    size = problem.observations.rows
    total, below = Fraction(0), identity(size)
    for l in range(problem.depth):
        above = identity(size)
        for layer in problem.layers[l + 1 :]:
            above = multiply(layer, above)
        total += multiply(transpose(above), above)[i][p] * multiply(below, transpose(below))[j][q]
        below = multiply(problem.layers[l], below)
    return total


@claim(
    "shin-yun-2026/coupling-kernel",
    paper=PAPER,
    number="definition (D1)",
    title="the inner products of gradients in closed form",
    scope=KERNEL,
    kinds=("derivation",),
    hypotheses=(CONFORMING,),
)
def coupling_kernel(run: Run) -> Iterator[Evidence]:
    """
    Statement: for any weights, any depth and widths and any entries (i, j), (p, q) of W = W_L ⋯ W_1,
        ⟨∇w_ij, ∇w_pq⟩ = Σ_l (S_l S_lᵀ)_ip (P_{l−1}ᵀ P_{l−1})_jq with S_l = W_L ⋯ W_{l+1} and P_l = W_l ⋯ W_1.
    Hypotheses: a factorization with exact layers (of conforming shapes).
    Conclusion: the identity of polynomials in the weights.
    Proof idea: the adjoint sweep gives ∂w_ij/∂W_l = S_lᵀ e_i e_jᵀ P_{l−1}ᵀ; the trace of a product of two of these
        falls apart where a factor has one row.
    Checked by: normal form of words in matrices of symbolic dimensions, for one layer between any others (so for every
        layer of every depth), and for the sum at depth 4.
    Not checked: nothing is left open.
    References: elementary; the kernel is that of Shin & Yun 2026's definition of coupled dynamics, as summarized.
    """
    yield proved("coupling-kernel", KERNEL, depth=4)


@coupling_kernel.negative_twin("with the transposes on the other factors")
def _(run: Run) -> Iterator[Evidence]:
    problem = _sheared()
    a, b = problem.observations.positions
    right, wrong = kernel_entry(problem, a, b), _without_transposes(problem, a, b)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(CONFORMING, "three 2 by 2 layers of rationals"),
        violates=f"the inner product is {right}, the false formula gives {wrong}",
        enclosed={"inner product": right, "false formula": wrong},
    )
    yield refuted(
        "three sheared layers", "exact evaluation", f"{right} is not {wrong}", witness if right != wrong else None
    )


@coupling_kernel.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    a, b = problem.observations.positions[:2]
    value = inner_by_differences(problem, a, b)
    claimed = _without_transposes(problem, a, b) if witness.twin else kernel_entry(problem, a, b)
    return proved_again(value != claimed, f"by unit differences {value}, by the formula {claimed}", "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# D2: depth two

DEPTH_TWO = Scope.all("starts, widths, observations in two or more parts without common rows or columns")
SPLIT = "observations in two or more parts without common rows or columns"
TWO_LAYERS = "depth 2"


@claim(
    "shin-yun-2026/depth-two-is-decoupled",
    paper=PAPER,
    number="Prop. 3.2 (D2)",
    title="depth 2 is decoupled on disjoint blocks, for every start",
    scope=DEPTH_TWO,
    kinds=("derivation",),
    hypotheses=(TWO_LAYERS, SPLIT),
    uses=("shin-yun-2026/coupling-kernel",),
)
def depth_two_is_decoupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: at depth 2, if the observed entries split into two or more parts without a common row or column (such as
        two or more diagonal blocks), the dynamics is decoupled for every start and every width.
    Hypotheses: depth 2; observations in two or more parts without common rows or columns.
    Conclusion: ⟨∇w_ij, ∇w_pq⟩ = 0 for i ≠ p, j ≠ q, whatever the weights; so for all times.
    Proof idea: the kernel at depth 2 is δ_ip (W_1ᵀW_1)_jq + (W_2W_2ᵀ)_ip δ_jq.
    Checked by: normal form of words in matrices of symbolic dimensions, with e_iᵀe_p = 0 and e_jᵀe_q = 0.
    Not checked: nothing is left open. The paper, as summarized, states this for its family with m > 1; it holds for
        every start, m = 1 included.
    References: Shin & Yun 2026 (arXiv:2603.04703), Proposition 3.2, as reconstructed; the text was not available.
    """
    yield proved("coupling-depth-two", DEPTH_TWO)


@depth_two_is_decoupled.negative_twin("at depth three", drops=TWO_LAYERS)
def _(run: Run) -> Iterator[Evidence]:
    problem = FAMILY["V03"].problem()
    value = kernel_entry(problem, *problem.observations.positions)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(SPLIT, "the entries (0, 0) and (1, 1)"),
        violates="depth 3, and the two gradients are not orthogonal at time 0",
        enclosed={"inner product": value},
    )
    yield refuted("V03", "exact evaluation", f"the inner product at time 0 is {value}", witness if value else None)


@depth_two_is_decoupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return coupled_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# D3: inside the family

INSIDE = Scope.all("depths L >= 3, block counts n >= 2, scales, 1 < m < infinity")
COUPLED_MEMBER = "member of the family with diagonal observations, depth >= 3, 1 < m < infinity, alpha > 0"
MEMBER = "member of the family with diagonal observations, depth >= 3, 1 < m <= infinity, alpha > 0"
FORMULA, POSITIVE = "the kernel in eigenvalues", "every pair is coupled"


@claim(
    "shin-yun-2026/coupling-inside-the-family",
    paper=PAPER,
    number="Prop. 3.2 (D3)",
    title="inside the family depth ≥ 3 is coupled for 1 < m < ∞",
    scope=INSIDE,
    kinds=("derivation",),
    parts=(FORMULA, POSITIVE),
    hypotheses=(COUPLED_MEMBER,),
    uses=("shin-yun-2026/coupling-kernel",),
)
def coupling_inside_the_family(run: Run) -> Iterator[Evidence]:
    """
    Statement: for layers α((1 − 1/m)I + J/m), all equal, with eigenvalues σ₁ (all-ones) and σ₂, and i ≠ j,
        ⟨∇w_ii, ∇w_jj⟩ = n⁻² Σ_l (σ₁^{2(L−l)} − σ₂^{2(L−l)})(σ₁^{2(l−1)} − σ₂^{2(l−1)}). For L ≥ 3 and 1 < m < ∞ this is
        positive at the start, so the dynamics is coupled.
    Hypotheses: member of the family with diagonal observations, depth >= 3, 1 < m < infinity, alpha > 0.
    Conclusion: all pairs of observed entries are coupled, already at time 0.
    Proof idea: the layers' powers have the same two idempotents; a power with positive exponent is increasing, and
        σ₁ > σ₂ > 0 exactly because 1 < m < ∞.
    Checked by: powers with symbolic exponents, for all L and n at once; and from the program itself at depths 3, 4, 5.
    Not checked: m < 1, where σ₁² = σ₂² can occur (claim opposite-eigenvalues-are-decoupled).
    References: Shin & Yun 2026 (arXiv:2603.04703), Proposition 3.2 and equation (7), as reconstructed.
    """
    yield proved("coupling-in-family", INSIDE, part=FORMULA)
    yield proved("coupling-in-family", INSIDE, part=POSITIVE)
    for depth, size in ((3, 3), (4, 2), (5, 3)):
        scope = Scope.dimensions(f"L={depth},n={size}")
        yield proved("coupling-in-family", scope, part=FORMULA, depth=depth, size=size)


@coupling_inside_the_family.negative_twin("with m = infinity allowed", hypotheses=(MEMBER,), drops="m < infinity")
def _(run: Run) -> Iterator[Evidence]:
    problem = FAMILY["V15"].problem()
    witness = decoupled_witness(
        problem,
        stated(MEMBER, "V15: depth 3, n = 4, m = infinity, alpha = 1/10"),
        "all pairs are orthogonal for all times",
    )
    yield refuted("V15", "invariant subspace", "a diagonal start stays diagonal, and is decoupled", witness, POSITIVE)


@coupling_inside_the_family.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.coupling_inside_the_family(witness)
    return decoupled_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# D4: almost every start

GENERIC = Scope.all("depths L >= 3, widths, pairs of entries, laws with a density")
THREE_LAYERS, GENERIC_START = "depth >= 3", "almost every start"


@claim(
    "shin-yun-2026/almost-every-start-is-coupled",
    paper=PAPER,
    number="Prop. 3.2 (D4)",
    title="almost every start of depth ≥ 3 is coupled",
    scope=GENERIC,
    kinds=("derivation",),
    hypotheses=(THREE_LAYERS, GENERIC_START),
    uses=("shin-yun-2026/coupling-kernel",),
)
def almost_every_start_is_coupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: for L ≥ 3 and any observed entries, the layers drawn from any law with a density are coupled with
        probability one; all pairs of observed entries are, already at time 0.
    Hypotheses: depth >= 3; almost every start.
    Conclusion: each inner product is a polynomial in the weights that is not the zero polynomial.
    Proof idea: at layers whose entries are all 1 every inner product is positive.
    Checked by: words with vectors of ones in symbolic dimensions, and a sum of products of positive numbers.
    Not checked: that the zeros of a nonzero polynomial have measure zero (standard).
    References: Shin & Yun 2026 (arXiv:2603.04703), Proposition 3.2 / B.1, as reconstructed.
    """
    yield proved("generic-coupling", GENERIC)


@almost_every_start_is_coupled.negative_twin("at depth two", drops=THREE_LAYERS)
def _(run: Run) -> Iterator[Evidence]:
    """The inner product is zero at every start of these shapes; the one that is stored stands for all."""
    problem = symmetric_family(2, n=2, m=1, alpha=1)
    value, everywhere = kernel_entry(problem, *problem.observations.positions), proved("coupling-depth-two", DEPTH_TWO)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(GENERIC_START, "any two 2 by 2 layers; layers of ones stand for them"),
        violates="the inner product is zero at all starts of these shapes",
        enclosed={"inner product": value},
    )
    detail = f"the inner product is 0 at every start ({everywhere.detail})"
    yield refuted("two 2 by 2 layers", "derivation", detail, None if value else witness)


def weights_used(problem: Problem, i: int, j: int) -> set[tuple[int, int, int]]:
    """The weights (layer, row, column) that occur in the polynomial ``w_ij``: all but other rows of the last layer and
    other columns of the first."""
    last = problem.depth - 1
    return {
        (l, r, c)
        for l, (rows, columns) in enumerate(problem.shapes)
        for r in range(rows)
        for c in range(columns)
        if (l < last or r == i) and (l > 0 or c == j)
    }


@almost_every_start_is_coupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if "invariant subspace" in witness.enclosed:
        return decoupled_again(witness)
    problem = load_problem(dict(witness.problem))
    first, second = problem.observations.positions[:2]
    if witness.twin:  # one start with the inner product zero would not contradict "almost every"
        common = weights_used(problem, *first) & weights_used(problem, *second)
        detail = f"{len(common)} weights occur in both entries; with none the inner product is zero at every start"
        return proved_again(not common, detail, "weights that occur")
    value = inner_by_differences(problem, first, second)
    # At positive weights no term of the polynomial is negative: it vanishes there only if it is the zero polynomial.
    positive = all(x > 0 for layer in problem.layers for row in layer for x in row)
    detail = f"by unit differences the inner product is {value}" + (", at positive weights" if positive else "")
    return proved_again(positive and not value > 0, detail, "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# C2: rank one without coupling

RANK_ONE = Scope.all("block counts n >= 2, block sizes, scales, values")
ALL_EQUAL, RATIO_ONE = "member of the family with depth 2, n >= 2, alpha > 0, w > 0", "m = 1"
STILL_DECOUPLED, EXACTLY_RANK_ONE = "decoupled", "the limit is wJ"


@claim(
    "shin-yun-2026/rank-one-although-decoupled",
    paper=PAPER,
    number="Thm 3.3 (C2)",
    title="depth 2, m = 1: decoupled, and the limit has rank 1",
    scope=RANK_ONE,
    kinds=("derivation",),
    parts=(STILL_DECOUPLED, EXACTLY_RANK_ONE),
    hypotheses=(ALL_EQUAL, RATIO_ONE),
    uses=("shin-yun-2026/depth-two-is-decoupled", "shin-yun-2026/family-reduction"),
)
def rank_one_although_decoupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: at depth 2 the family's member with m = 1 (all entries equal) is decoupled for two or more observed
        diagonal blocks, and its flow converges exactly to wJ, of rank 1, for every scale α > 0.
    Hypotheses: member of the family with depth 2, n >= 2, alpha > 0, w > 0; m = 1.
    Conclusion: rank 1 does not imply coupled.
    Proof idea: τ₂ = 0 is kept, and τ₁² solves a logistic equation.
    Checked by: rational identities, all n and s; decoupled by the claim for depth two.
    Not checked: uniqueness of solutions (standard).
    References: our own; the paper, as summarized, assumes m > 1.
    """
    yield proved("coupling-depth-two", RANK_ONE, part=STILL_DECOUPLED)
    yield proved("rank-one-start", RANK_ONE, part=EXACTLY_RANK_ONE)


@rank_one_although_decoupled.negative_twin("for m = 2", drops=RATIO_ONE)
def _(run: Run) -> Iterator[Evidence]:
    member = FAMILY["V01"]
    assert member.m is not None
    ratio = (member.m + member.n - 1) / (member.m - 1)
    second = (
        member.n * member.s * member.value / (ratio**2 + member.n - 1)
    )  # λ₂ of the limit (claim depth-two-closed-form)
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=stated(ALL_EQUAL, "V01: depth 2, n = 2, m = 2, alpha = 1/10, w = 1"),
        violates="the limit has a second eigenvalue that is not zero",
        enclosed={"second eigenvalue": second},
    )
    detail = f"the limit's second eigenvalue is {second}"
    yield refuted("V01", "closed form", detail, witness if second else None, EXACTLY_RANK_ONE)


@rank_one_although_decoupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not (witness.twin or witness.without):
        return as_claimed.rank_one_although_decoupled(witness)
    if "inner product" in witness.enclosed:
        return coupled_again(witness)
    if "quantity" in witness.enclosed:
        return limit_violation_again(witness)
    limit = limit_again(witness.problem, digits=20)
    if not limit.converged:
        return doubted(limit.reason)
    smallest, claimed = limit.singular_values[-1], exact(witness.enclosed["second eigenvalue"], "second eigenvalue")
    return enclosed_again(
        smallest.lower > 0 and smallest.contains(claimed), f"smallest singular value {smallest.text(10)}"
    )


# ---------------------------------------------------------------------------------------------------------------------
# C3: conformal layers

C3 = Scope.instances("C3")
THREE_CONFORMAL = "three equal layers [[a, -b], [b, a]], diagonal observations of value 1"
DECOUPLED, LIMIT = "decoupled", "the limit"


@claim(
    "shin-yun-2026/conformal-layers-are-decoupled",
    paper=PAPER,
    number="Prop. 3.2 (C3)",
    title="depth 3, not diagonal, decoupled, limit of rank 2",
    scope=C3,
    kinds=("invariant subspace", "derivation"),
    parts=(DECOUPLED, LIMIT),
    hypotheses=(THREE_CONFORMAL,),
)
def conformal_layers_are_decoupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: from three equal layers [[1/5, −3/20], [3/20, 1/5]] with the diagonal observed as 1 the dynamics is
        decoupled, and the flow converges to [[1, −117/8000], [117/8000, 1]], of rank 2.
    Hypotheses: three equal layers [[a, -b], [b, a]], diagonal observations of value 1.
    Conclusion: depth ≥ 3 does not imply coupled outside the diagonal starts, nor a limit near rank 1.
    Proof idea: conformal layers are complex numbers z; W is z³, whose imaginary part is frozen, Im z₀³ = 117/8000.
    Checked by: an invariant subspace on which the kernel vanishes; identities of polynomials in a and b for the limit.
    Not checked: Grönwall's lemma, by which the real part tends to 1.
    References: our own example; Shin & Yun 2026, abstract, for the sentence that it bounds.
    """
    problem = conformal()
    yield decided(problem, "C3", coupled=False, part=DECOUPLED)
    whole = problem.product()
    supported = proved("conformal-layers", C3, part=LIMIT, depth=3)
    frozen = whole[1][0]
    if frozen != Fraction(117, 8000) or whole[0][1] != -frozen:
        yield Evidence.undecided(kind="derivation", scope=C3, part=LIMIT, detail=f"the start's product is {whole}")
        return
    yield replace(supported, detail=f"{supported.detail}; at C3 the frozen entry is {frozen}")


@conformal_layers_are_decoupled.negative_twin(
    "for a symmetric sign: layers [[a, b], [b, a]]",
    hypotheses=(DIAGONAL := "diagonal observations of value 1",),
    drops="three equal layers [[a, -b], [b, a]]",
)
def _(run: Run) -> Iterator[Evidence]:
    problem = Problem.of([[["1/5", "3/20"], ["3/20", "1/5"]]] * 3, Observations.diagonal(2))
    value = kernel_entry(problem, *problem.observations.positions)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(DIAGONAL, "the entries (0, 0) and (1, 1) with the value 1"),
        violates="the two gradients are not orthogonal at time 0",
        enclosed={"inner product": value},
    )
    detail = f"the inner product at time 0 is {value}"
    yield refuted(
        "three layers [[1/5, 3/20], [3/20, 1/5]]", "exact evaluation", detail, witness if value else None, DECOUPLED
    )


@conformal_layers_are_decoupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return coupled_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# C4: hidden rotations


def hidden_rotations(first: ExactMatrix, second: ExactMatrix) -> Problem:
    """``W_1 = Q_1 D_1``, ``W_2 = Q_2 D_2 Q_1ᵀ``, ``W_3 = D_3 Q_2ᵀ``: diagonal up to rotations of the hidden layers."""
    ds = diagonal(["1/3", "1/2"]), diagonal(["1/2", "1/4"]), diagonal(["1/4", "2/3"])
    layers = (
        multiply(first, ds[0]),
        multiply(multiply(second, ds[1]), transpose(first)),
        multiply(ds[2], transpose(second)),
    )
    return Problem(layers, Observations.diagonal(2))


C4 = Scope.instances("C4")
ROTATED = "depth 3, no layer diagonal, diagonal observations of value 1"


def _c4() -> Problem:
    return hidden_rotations(rotation("4/5", "3/5"), rotation("12/13", "5/13"))


@claim(
    "shin-yun-2026/hidden-rotations-are-decoupled",
    paper=PAPER,
    number="Prop. 3.2 (C4)",
    title="hidden rotations: no layer diagonal, decoupled, limit wI",
    scope=C4,
    kinds=("invariant subspace", "certified limit"),
    parts=(DECOUPLED, LIMIT),
    hypotheses=(ROTATED,),
)
def hidden_rotations_are_decoupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: from W_1 = Q_1D_1, W_2 = Q_2D_2Q_1ᵀ, W_3 = D_3Q_2ᵀ with the rational rotations (4/5, 3/5) and
        (12/13, 5/13) and positive diagonal D's, no layer is diagonal, the dynamics is decoupled, and the flow
        converges to the identity, of rank 2.
    Hypotheses: depth 3, no layer diagonal, diagonal observations of value 1.
    Conclusion: depth ≥ 3 does not imply coupled outside the diagonal starts.
    Proof idea: the flow commutes with rotations of hidden layers, so it is a diagonal start in other coordinates.
    Checked by: an invariant subspace on which the kernel and the off-diagonal entries of W vanish; the limit's
        existence by ball arithmetic.
    Not checked: nothing is left open at this start.
    References: our own example; Shin & Yun 2026, abstract, for the sentence that it bounds.
    """
    from verify.rigorous import certify_limit

    problem = _c4()
    yield decided(problem, "C4", coupled=False, part=DECOUPLED)
    limit = certify_limit(problem, digits=20)
    near = limit.converged and all(
        x.contains(Fraction(int(i == j))) and x.rad < Fraction(1, 10**12)
        for i, row in enumerate(limit.product)
        for j, x in enumerate(row)
    )
    if not near or not _off_diagonal_vanishes(problem):
        yield Evidence.undecided(
            kind="certified limit", scope=C4, part=LIMIT, detail=limit.reason or "not the identity"
        )
        return
    detail = "C4: the flow converges, to a zero of the loss with off-diagonal entries that are zero for all times"
    yield Evidence.supports(kind="certified limit", assurance=Assurance.ENCLOSED, scope=C4, part=LIMIT, detail=detail)


def _off_diagonal_vanishes(problem: Problem) -> bool:
    """Whether W is diagonal on the smallest invariant product of layer spaces: for all products of basis elements."""
    from verify.symbolic.coupling import layer_subspaces

    products = [identity(problem.observations.columns)]
    for basis in layer_subspaces(problem).bases:
        products = [multiply(matrix, behind) for matrix in basis for behind in products]
    return all(not x or i == j for w in products for i, row in enumerate(w) for j, x in enumerate(row))


@hidden_rotations_are_decoupled.negative_twin("with another rotation in the last layer", hypotheses=(ROTATED,))
def _(run: Run) -> Iterator[Evidence]:
    good = _c4()
    last = multiply(good.layers[2], rotation("3/5", "4/5"))
    problem = replace(good, layers=(*good.layers[:2], last))
    value = kernel_entry(problem, *problem.observations.positions)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(ROTATED, "three layers, each with nonzero entries off its diagonal"),
        violates="the two gradients are not orthogonal",
        enclosed={"inner product": value, "order": 0},
    )
    if not value:  # zero at the start: look along the flow
        yield _later(problem, "C4 with another last rotation", ROTATED)
        return
    yield refuted(
        "C4 with another last rotation", "exact evaluation", f"the inner product is {value}", witness, DECOUPLED
    )


def _later(problem: Problem, name: str, hypothesis: str) -> Evidence:
    from verify.symbolic import decide_coupling

    (pair,) = decide_coupling(problem).pairs
    if not pair.coupled or pair.value is None:
        return refuted(name, "exact Taylor coefficient", pair.reason, None, DECOUPLED)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(hypothesis, "three layers, each with nonzero entries off its diagonal"),
        violates="the two gradients do not stay orthogonal",
        enclosed={"Taylor coefficient": pair.value, "order": pair.order},
    )
    return refuted(name, "exact Taylor coefficient", pair.reason, witness, DECOUPLED)


@hidden_rotations_are_decoupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    order = int(exact(witness.enclosed["order"], "order"))
    value = kernel_along_the_flow(problem, order)[order]
    return proved_again(value != 0, f"the coefficient of t^{order} is {value}", "series in plain fractions")


def kernel_along_the_flow(problem: Problem, order: int) -> list[Fraction]:
    """Taylor coefficients of the inner product of the first two observed gradients, by plain fractions.

    The layers' series by Picard iteration with truncated matrix polynomials (not the recurrence of the toolkit's jets),
    the inner product by its closed formula.
    """
    rows, columns = problem.observations.shape
    mask, values = problem.observations.mask, problem.observations.values
    layers = [[layer] for layer in problem.layers]
    for k in range(order):
        whole = _series_product(layers, order)
        residual = [
            tuple(
                tuple(x - (values[i][j] if power == 0 else 0) if mask[i][j] else Fraction(0) for j, x in enumerate(row))
                for i, row in enumerate(matrix)
            )
            for power, matrix in enumerate(whole)
        ]
        grown = []
        for l, series in enumerate(layers):
            above = _series_product([*layers[l + 1 :]] or [[identity(rows)]], order)
            below = _series_product([*layers[:l]] or [[identity(columns)]], order)
            inside = _times(
                _times([transpose(m) for m in above], residual, order), [transpose(m) for m in below], order
            )
            grown.append([series[0], *(scale(Fraction(-1, p + 1), inside[p]) for p in range(k + 1))])
        layers = grown
    (i, j), (p, q) = problem.observations.positions[:2]
    total = [Fraction(0)] * (order + 1)
    for l in range(problem.depth):
        above = _series_product([*layers[l + 1 :]] or [[identity(rows)]], order)
        below = _series_product([*layers[:l]] or [[identity(columns)]], order)
        left = _times(above, [transpose(m) for m in above], order)
        right = _times([transpose(m) for m in below], below, order)
        for a, x in enumerate(left):
            for b, y in enumerate(right[: order + 1 - a]):
                total[a + b] += x[i][p] * y[j][q]
    return total


def _series_product(layers: list[list[ExactMatrix]], order: int) -> list[ExactMatrix]:
    """The series of ``W_k ⋯ W_1`` from those of the layers, first layer first."""
    result = layers[0]
    for series in layers[1:]:
        result = _times(series, result, order)
    return result


def _times(left: list[ExactMatrix], right: list[ExactMatrix], order: int) -> list[ExactMatrix]:
    result: list[ExactMatrix] = []
    for k in range(min(order, len(left) + len(right) - 2) + 1):
        parts = [multiply(left[a], right[k - a]) for a in range(k + 1) if a < len(left) and k - a < len(right)]
        result.append(add(*parts))
    return result


# ---------------------------------------------------------------------------------------------------------------------
# C5: opposite eigenvalues

OPPOSITE = ("L=4,n=3,m=-1/2", "L=4,n=4,m=-1", "L=6,n=3,m=-1/2")
FAMILY_MEMBER = "member of the family with n >= 3, m = 1 - n/2, diagonal observations"
EVEN_DEPTH = "even depth"


@claim(
    "shin-yun-2026/opposite-eigenvalues-are-decoupled",
    paper=PAPER,
    number="Prop. 3.2 (C5)",
    title="even depth, m = 1 − n/2: decoupled though not diagonal",
    scope=Scope.instances(*OPPOSITE),
    kinds=("invariant subspace",),
    hypotheses=(FAMILY_MEMBER, EVEN_DEPTH),
    uses=("shin-yun-2026/coupling-inside-the-family",),
)
def opposite_eigenvalues_are_decoupled(run: Run) -> Iterator[Evidence]:
    """
    Statement: for L = 4, n = 3; L = 4, n = 4; L = 6, n = 3, with m = 1 − n/2 (so that σ₁ = −σ₂) and α = 1/10, the
        family's start is decoupled although no layer is diagonal.
    Hypotheses: member of the family with n >= 3, m = 1 - n/2, diagonal observations; even depth.
    Conclusion: the family's formula itself, read for all m, has decoupled members besides the diagonal ones.
    Proof idea: the layer is a multiple of the Householder matrix I − 2J/n, whose square is the identity.
    Checked by: an invariant line on which the kernel vanishes.
    Not checked: other n and L (there by the kernel in eigenvalues, which depends on σ₁² and σ₂² alone).
    References: our own example; Shin & Yun 2026, Proposition 3.2, which assumes m > 1, as reconstructed.
    """
    for name in OPPOSITE:
        depth, n, m = (part.split("=")[1] for part in name.split(","))
        yield decided(symmetric_family(int(depth), n=int(n), m=m, alpha="1/10"), name, coupled=False)


@opposite_eigenvalues_are_decoupled.negative_twin("for odd depth", hypotheses=(FAMILY_MEMBER,), drops=EVEN_DEPTH)
def _(run: Run) -> Iterator[Evidence]:
    problem = symmetric_family(3, n=3, m="-1/2", alpha="1/10")
    from verify.symbolic import decide_coupling

    pair = decide_coupling(problem).pairs[0]
    witness = None
    if pair.coupled and pair.value is not None:
        witness = Witness(
            problem=dump_problem(problem),
            hypotheses=stated(FAMILY_MEMBER, "n = 3, m = -1/2, alpha = 1/10, depth 3"),
            violates="the gradients of the entries (0, 0) and (1, 1) do not stay orthogonal",
            enclosed={"Taylor coefficient": pair.value, "order": pair.order},
        )
    yield refuted("L=3,n=3,m=-1/2", "exact Taylor coefficient", pair.reason, witness)


@opposite_eigenvalues_are_decoupled.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return _coefficient_again(witness)


def _coefficient_again(witness: Witness) -> Evidence:
    """The Taylor coefficient of a stored witness, recomputed in plain fractions."""
    problem = load_problem(dict(witness.problem))
    order = int(exact(witness.enclosed["order"], "order"))
    value = kernel_along_the_flow(problem, order)[order]
    stored = exact(witness.enclosed["Taylor coefficient"], "Taylor coefficient")
    detail = f"the coefficient of t^{order} is {value}, stored {stored}"
    return proved_again(value != 0 and value == stored, detail, "series in plain fractions")


# ---------------------------------------------------------------------------------------------------------------------
# C13: orthogonal at the start, and not later

C13 = Scope.instances("C13")
ORTHOGONAL = "the gradients are orthogonal at time 0"


def _c13() -> Problem:
    return Problem.of([[[0, "1/10"], ["1/10", 0]]] * 3, Observations.diagonal(2))


@claim(
    "shin-yun-2026/coupled-only-after-the-start",
    paper=PAPER,
    number="definition (C13)",
    title="orthogonal at time 0, coupled later",
    scope=C13,
    kinds=("exact Taylor coefficient",),
    hypotheses=(ORTHOGONAL,),
)
def coupled_only_after_the_start(run: Run) -> Iterator[Evidence]:
    """
    Statement: from three layers [[0, 1/10], [1/10, 0]] with the diagonal observed as 1, the two gradients are
        orthogonal at time 0, and the dynamics is coupled.
    Hypotheses: the gradients are orthogonal at time 0.
    Conclusion: coupling must be decided along the trajectory; the start alone does not tell.
    Proof idea: ⟨∇w_11, ∇w_22⟩ = 4α⁶t² + …
    Checked by: exact Taylor coefficients along the flow.
    Not checked: nothing is left open.
    References: the definition of Shin & Yun 2026 (inner products for all times), as summarized in public.
    """
    problem = _c13()
    at_start = kernel_entry(problem, *problem.observations.positions)
    if at_start:
        yield Evidence.vacuous(kind="exact evaluation", scope=C13, detail=f"the inner product at time 0 is {at_start}")
        return
    yield decided(problem, "C13", coupled=True)


@coupled_only_after_the_start.negative_twin("orthogonal at time 0, therefore decoupled")
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic import decide_coupling

    problem = _c13()
    (pair,) = decide_coupling(problem).pairs
    witness = None
    if pair.coupled and pair.order and pair.value is not None:
        witness = Witness(
            problem=dump_problem(problem),
            hypotheses=stated(ORTHOGONAL, "the inner product at time 0 is 0, exactly"),
            violates="the dynamics is coupled",
            enclosed={"Taylor coefficient": pair.value, "order": pair.order},
        )
    yield refuted("C13", "exact Taylor coefficient", pair.reason, witness)


@coupled_only_after_the_start.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return _coefficient_again(witness)
