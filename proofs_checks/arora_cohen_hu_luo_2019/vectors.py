"""Claims about singular values and vectors of the product, the preconditioner, and whether there is a potential."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import isqrt

from proofs_checks.arora_cohen_hu_luo_2019.again import PAPER, determinant, product_rate, rates, rates_again, residual
from proofs_checks.arora_cohen_hu_luo_2019.flow import BALANCED, established_balance, told
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES
from proofs_checks.common import proved, proved_again, refuted, stated
from verify.arithmetic import ExactMatrix
from verify.arithmetic.exact import add, exact, exact_matrix, multiply, negative, transpose
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import Problem, dump_problem, load_problem

ALL_BALANCED = Scope.all("depths, dimensions, losses, balanced starts")
DISTINCT = "distinct positive singular values"
STILL = "the singular vectors stand still"
SECOND_PATH = "unit differences"

# ---------------------------------------------------------------------------------------------------------------------
# S4: singular values

ANALYTIC = "a balanced start and an analytic loss"


@claim(
    "arora-cohen-hu-luo-2019/singular-values",
    paper=PAPER,
    number="S4",
    title="how the singular values of the product move",
    scope=ALL_BALANCED,
    kinds=("derivation",),
    hypotheses=(ANALYTIC,),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def singular_values(run: Run) -> Iterator[Evidence]:
    """
    Statement: along an analytic singular value decomposition W(t) = Σ_r σ_r u_r v_rᵀ of the product of balanced layers,
        σ_r' = −N (σ_r²)^{1−1/N} ⟨∇l(W), u_r v_rᵀ⟩, where (σ²)⁰ = 1.
    Hypotheses: a balanced start and an analytic loss.
    Conclusion: for N ≥ 2 small singular values move slowly, the more so the deeper; the hidden widths do not matter.
    Proof idea: σ' = uᵀW'v, and each factor (WWᵀ)^{1/N} or (WᵀW)^{1/N} of the flow is a factor σ^{2/N}.
    Checked by: normal form of words for the rates, powers with symbolic N for the factors; the sum at depth 4 in words.
    Not checked: that an analytic decomposition exists (Kato; Bunse-Gerstner and others).
    References: Arora et al. 2019 (arXiv:1905.13655), their theorem on singular values, as recalled; the form for
        gradient descent is in the authors' public account. Our own wording and proof.
    """
    yield proved("singular-values", ALL_BALANCED, depth=4)


def _repeated(problem: Problem, moved: Sequence[ExactMatrix]) -> tuple[ExactMatrix, tuple[Fraction, Fraction]]:
    """``W'`` where W is a multiple of I, and the rates by the formula with U = V = I (depth 2)."""
    rate, gradient, sigma = product_rate(problem, moved), residual(problem), problem.product()[0][0]
    return rate, (-2 * sigma * gradient[0][0], -2 * sigma * gradient[1][1])


def _off_spectrum(rate: ExactMatrix, values: Sequence[Fraction]) -> list[Fraction]:
    """``det(W' − λ)`` for each claimed rate λ: zero for rates of singular values of cI + tW' + …, W' symmetric."""
    return [determinant(((rate[0][0] - x, rate[0][1]), (rate[1][0], rate[1][1] - x))) for x in values]


@singular_values.negative_twin("for any decomposition, also where singular values are repeated")
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R6"]
    rate, naive = _repeated(problem, rates(problem))
    gaps = _off_spectrum(rate, naive)
    established_balance(problem)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(ANALYTIC, told("R6") + "; balanced; the loss is a polynomial"),
        violates="with U = V = I the formula's rates are not eigenvalues of W'(0), as the true ones are",
        enclosed={"W'(0)": rate, "rates by the formula": naive, "characteristic polynomial there": gaps},
    )
    detail = f"W(0) = I/4; the formula gives {naive[0]}, {naive[1]}; det(W' − λ) is {gaps[0]}, {gaps[1]} there"
    yield refuted("R6", "exact evaluation", detail, witness if all(gaps) and rate[0][1] == rate[1][0] else None)


@singular_values.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    rate, naive = _repeated(problem, rates_again(problem))
    gaps = _off_spectrum(rate, naive)
    return proved_again(all(gaps), f"by differences of the loss det(W' − λ) is {gaps[0]}, {gaps[1]}", SECOND_PATH)


# ---------------------------------------------------------------------------------------------------------------------
# S6: singular vectors


@claim(
    "arora-cohen-hu-luo-2019/singular-vectors",
    paper=PAPER,
    number="S6",
    title="how the singular vectors of the product move",
    scope=ALL_BALANCED,
    kinds=("derivation",),
    hypotheses=(DISTINCT,),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def singular_vectors(run: Run) -> Iterator[Evidence]:
    """
    Statement: where the singular values are distinct and positive, with g = Uᵀ∇l(W)V, S = diag(σ),
        F_rs = 1/(σ_s^{2/N} − σ_r^{2/N}) for r ≠ s and F_rr = 0,
        U' = −U(F∘[gS + Sgᵀ]) − (I − UUᵀ)∇l V(S²)^{1/2−1/N} and V' = −V(F∘[Sg + gᵀS]) − (I − VVᵀ)∇lᵀU(S²)^{1/2−1/N}.
    Hypotheses: distinct positive singular values.
    Conclusion: the singular vectors turn fastest where singular values are close.
    Proof idea: in the frame of the singular vectors the flow is two linear equations for each pair (r, s).
    Checked by: words for the frames, rational functions for the two equations, powers with symbolic N.
    Not checked: differentiability of the decomposition (standard where the values are distinct).
    References: Arora et al. 2019 (arXiv:1905.13655), their lemma on singular vectors, as recalled; our own wording.
    """
    yield proved("singular-vectors", ALL_BALANCED)


def _turning(problem: Problem, moved: Sequence[ExactMatrix]) -> tuple[Fraction, Fraction]:
    """Second entry of u' for ``W = σu``, u = e_1, σ signed; and by the formula, where ``(S²)^{−1/2} = 1/|σ|``."""
    sigma = problem.product()[0][0]
    rate, gradient = product_rate(problem, moved), residual(problem)
    return rate[1][0] / sigma, -gradient[1][0] / abs(sigma)


@singular_vectors.negative_twin("at N = 1 with a signed singular value", hypotheses=("N = 1, rectangular, σ signed",))
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R12"]
    right, formula = _turning(problem, rates(problem))
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated("N = 1, rectangular, σ signed", told("R12") + "; W = σu with σ = −1, u = e_1"),
        violates=f"u' = (0, {right}), the formula gives (0, {formula})",
        enclosed={"rate": right, "formula": formula},
    )
    yield refuted("R12", "exact evaluation", f"{right} is not {formula}", witness if right != formula else None)


@singular_vectors.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    right, formula = _turning(problem, rates_again(problem))
    return proved_again(right != formula, f"by differences of the loss {right}, by the formula {formula}", SECOND_PATH)


# ---------------------------------------------------------------------------------------------------------------------
# S7: stationary singular vectors


@claim(
    "arora-cohen-hu-luo-2019/aligned-vectors",
    paper=PAPER,
    number="S7",
    title="stationary singular vectors diagonalize the gradient",
    scope=ALL_BALANCED,
    kinds=("derivation",),
    hypotheses=(STILL,),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def aligned_vectors(run: Run) -> Iterator[Evidence]:
    """
    Statement: if at a time U' = V' = 0, then u_rᵀ∇l(W)v_s = 0 for all r ≠ s with (σ_r, σ_s) ≠ (0, 0), for every N ≥ 1.
    Hypotheses: the singular vectors stand still (at that time; balanced layers).
    Conclusion: where no singular value is zero, UᵀGV is diagonal. The singular values need not be distinct.
    Proof idea: 0 = u_rᵀW'v_s is u_rᵀGv_s times a sum of products of powers of σ_r and σ_s, which is positive.
    Checked by: words for the rate and the factors, the sign of powers with symbolic N; the sum at depth 4.
    Not checked: nothing is left open.
    References: Arora et al. 2019 (arXiv:1905.13655), a corollary there, as recalled, with distinct singular values;
        sharper here.
    """
    yield proved("aligned-vectors", ALL_BALANCED, depth=4)


def _still_but_not_aligned(problem: Problem, moved: Sequence[ExactMatrix]) -> tuple[bool, Fraction]:
    """Whether nothing moves, and the off-diagonal entry of ∇l(W)."""
    return not any(x for rate in moved for row in rate for x in row), residual(problem)[0][1]


@aligned_vectors.negative_twin("also where both singular values are zero")
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R10"]
    still, entry = _still_but_not_aligned(problem, rates(problem))
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(STILL, "R10: all layers are zero and stay so; U = V = I"),
        violates=f"∇l(W) has the entry {entry} off its diagonal",
        enclosed={"entry": entry},
    )
    yield refuted("R10", "exact evaluation", f"u_1ᵀ∇l v_2 = {entry}", witness if still and entry else None)


@aligned_vectors.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    still, entry = _still_but_not_aligned(problem, rates_again(problem))
    return proved_again(still and bool(entry), f"by differences nothing moves; ∇l has the entry {entry}", SECOND_PATH)


# ---------------------------------------------------------------------------------------------------------------------
# S2 in vector form, N6: the preconditioner

EIGENVALUES, ORBIT = "eigenvalues", "orbit determinant"


@claim(
    "arora-cohen-hu-luo-2019/preconditioner",
    paper=PAPER,
    number="S2, N6",
    title="eigenvalues of the preconditioner, volume of the orbits",
    scope=ALL_BALANCED,
    kinds=("derivation",),
    parts=(EIGENVALUES, ORBIT),
    hypotheses=(BALANCED,),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def preconditioner(run: Run) -> Iterator[Evidence]:
    """
    Statement: W' = −A(∇l(W)) with A(Z) = Σ_j (WWᵀ)^{(N−j)/N} Z (WᵀW)^{(j−1)/N}, M⁰ = I. A is symmetric and positive
        semidefinite; u_r v_sᵀ is an eigenvector, of eigenvalue (σ_r² − σ_s²)/(σ_r^{2/N} − σ_s^{2/N}), or Nσ^{2−2/N} if
        σ_r = σ_s = σ. The orbit of hidden rotations has for each pair the Gram determinant 2^{N−1} times that.
    Hypotheses: balanced.
    Conclusion: the inverse of A is the metric in which the balanced flow is a Riemannian gradient flow.
    Proof idea: a telescoping sum; a recurrence for tridiagonal determinants.
    Checked by: words at depth 4, powers with symbolic N and j for all depths, the recurrence with symbolic index.
    Not checked: geometry of the quotient (Menon and others); only the algebra.
    References: Arora, Cohen & Hazan 2018 (arXiv:1802.06509); Bah et al. 2022; Menon 2024 (arXiv:2411.09004), as
        recalled.
    """
    yield proved("preconditioner", ALL_BALANCED, part=EIGENVALUES, depth=4)
    yield proved("preconditioner", ALL_BALANCED, part=ORBIT, depth=4)


def _with_projection(problem: Problem) -> ExactMatrix:
    """``−(P G H + H G P)`` for ``H = WWᵀ = WᵀW`` a projection (depth 2): M⁰ read as the projection on the range."""
    whole, gradient = problem.product(), residual(problem)
    product = multiply(multiply(whole, gradient), whole)
    return negative(tuple(tuple(2 * x for x in row) for row in product))


@preconditioner.negative_twin("with the power 0 read as the projection on the range")
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R9"]
    rate, claimed = product_rate(problem, rates(problem)), _with_projection(problem)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=(established_balance(problem),),
        violates=f"W' has the entry {rate[0][1]} at (1, 2), the formula with projections {claimed[0][1]}",
        enclosed={"rate": rate, "formula": claimed},
    )
    detail = f"W' = {rate[0][1]} at (1, 2), not {claimed[0][1]}"
    yield refuted("R9", "exact evaluation", detail, witness if rate != claimed else None, EIGENVALUES)


@preconditioner.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    rate, claimed = product_rate(problem, rates_again(problem)), _with_projection(problem)
    return proved_again(rate != claimed, f"by differences {rate[0][1]}, by the formula {claimed[0][1]}", SECOND_PATH)


# ---------------------------------------------------------------------------------------------------------------------
# S8: two singular values

RATIO = "two singular values whose gradients have a constant ratio a, equal starts eps"


@claim(
    "arora-cohen-hu-luo-2019/two-singular-values",
    paper=PAPER,
    number="S8",
    title="depth keeps the slower singular value small",
    scope=Scope.all("depths, ratios, starts"),
    kinds=("derivation",),
    hypotheses=(RATIO,),
    uses=("arora-cohen-hu-luo-2019/singular-values",),
)
def two_singular_values(run: Run) -> Iterator[Evidence]:
    """
    Statement: if two singular values of balanced layers feel gradients of the constant ratio a, then σ₁ − aσ₂ (N = 1),
        σ₁σ₂^{−a} (N = 2) or σ₁^{−(N−2)/N} − aσ₂^{−(N−2)/N} (N ≥ 3) is constant. From equal starts ε and 0 ≤ a < 1, for
        N ≥ 3, σ₁ ≤ (1 − a)^{−N/(N−2)} ε for all times, while σ₁ = ε^{1−a}σ₂^a for N = 2.
    Hypotheses: two singular values whose gradients have a constant ratio a, equal starts eps.
    Conclusion: at depth 3 and more the gap does not close, however large σ₂ becomes.
    Proof idea: the rates of both powers are constant multiples of one function.
    Checked by: power rule with symbolic N and a; monotony of powers for the bound.
    Not checked: nothing is left open.
    References: Arora et al. 2019 (arXiv:1905.13655), their illustration of the dynamics, as recalled.
    """
    yield proved("two-singular-values", Scope.all("depths, ratios, starts"))


@two_singular_values.negative_twin("with the bound 4ε at depth 2, a = 1/2")
def _(run: Run) -> Iterator[Evidence]:
    start, other = Fraction(1, 100), Fraction(1)
    square = start * other  # σ₁² = ε σ₂ for a = 1/2
    witness = Witness(
        problem={"start": start, "other": other, "ratio": Fraction(1, 2)},
        kind="start and state",
        hypotheses=stated(RATIO, "ε = 1/100, a = 1/2, at the time when σ₂ = 1"),
        violates=f"σ₁² = {square} exceeds (4ε)² = {(4 * start) ** 2}",
        enclosed={"σ₁²": square},
    )
    detail = f"σ₁² = {square}, (4ε)² = {(4 * start) ** 2}"
    yield refuted("ε = 1/100", "exact evaluation", detail, witness if square > (4 * start) ** 2 else None)


@two_singular_values.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """By the roots themselves: σ₁ = 1/10 solves σ₁ = ε^{1/2}σ₂^{1/2} and exceeds 4/100."""
    start, other = exact(witness.problem["start"], "start"), exact(witness.problem["other"], "other")
    product = start * other
    root = Fraction(isqrt(product.numerator), isqrt(product.denominator))
    violated = root**2 == product and root > 4 * start
    return proved_again(violated, f"σ₁ = {root}, 4ε = {4 * start}", "exact root")


# ---------------------------------------------------------------------------------------------------------------------
# N1: no potential

ONE_OUTPUT = "one output, linear loss"
CURLED = Scope.all("depths N >= 3, dimensions >= 2, linear losses that are not zero")


@claim(
    "arora-cohen-hu-luo-2019/no-potential",
    paper=PAPER,
    number="N1",
    title="with one output and N ≥ 3 the product's flow is no gradient flow",
    scope=CURLED,
    kinds=("derivation",),
    hypotheses=(ONE_OUTPUT,),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def no_potential(run: Run) -> Iterator[Evidence]:
    """
    Statement: for one output and a linear loss ⟨w, g⟩, g ≠ 0, in two or more dimensions, the field
        F(w) = ‖w‖^{2−2/N}(g + (N−1)Proj_w g) of the balanced flow w' = −F(w) has the curl
        ∂_iF_k − ∂_kF_i = −((N−1)(N−2)/N)‖w‖^{−2/N}(w_ig_k − w_kg_i). So it is no function's gradient for N ≥ 3.
    Hypotheses: one output, linear loss.
    Conclusion: depth acts as no regularizer that is added to the loss; at N = 2 there is a potential, ‖w‖⟨w, g⟩.
    Proof idea: the derivatives of powers of the norm.
    Checked by: power rule with symbolic N.
    Not checked: losses that are not linear (near 0 they are nearly so; the general theorem is not formalized here).
    References: Arora, Cohen & Hazan 2018 (arXiv:1802.06509), their theorem on the absence of regularizers, as recalled.
    """
    yield proved("no-potential", CURLED)


def _jacobian_entries(w: Sequence[Fraction], g: Sequence[Fraction], norm: Fraction) -> tuple[Fraction, Fraction]:
    """``∂_1F_2`` and ``∂_2F_1`` at depth 2, ``F = ‖w‖g + ⟨w, g⟩w/‖w‖``, in two dimensions."""
    inner = w[0] * g[0] + w[1] * g[1]

    def entry(i: int, k: int) -> Fraction:
        return w[i] / norm * g[k] + g[i] * w[k] / norm - inner * w[i] * w[k] / norm**3

    return entry(0, 1), entry(1, 0)


@no_potential.negative_twin("for N = 2 as well")
def _(run: Run) -> Iterator[Evidence]:
    w, g, norm = (Fraction(3), Fraction(4)), (Fraction(1), Fraction(0)), Fraction(5)
    first, second = _jacobian_entries(w, g, norm)
    inner = w[0] * g[0] + w[1] * g[1]
    slopes = tuple(w[k] / norm * inner + norm * g[k] for k in range(2))
    field = tuple(norm * g[k] + inner * w[k] / norm for k in range(2))
    witness = Witness(
        problem={"w": w, "g": g, "norm": norm},
        kind="point and loss",
        hypotheses=stated(ONE_OUTPUT, "loss w_1"),
        violates="at depth 2, F is the gradient of ‖w‖⟨w, g⟩, and its curl is zero",
        enclosed={"F": field, "gradient of the potential": slopes, "∂_1F_2": first, "∂_2F_1": second},
    )
    detail = f"∂_1F_2 = ∂_2F_1 = {first} at (3, 4), and F is the gradient of ‖w‖⟨w, g⟩"
    yield refuted("N = 2", "exact evaluation", detail, witness if first == second and slopes == field else None)


@no_potential.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The potential's identity for all w, g: p s has the derivatives p g_k + s w_k/p, as rational functions."""
    from verify.symbolic.checks import DerivationError, Identity, Rationals
    from verify.symbolic.expressions import Call, Relation, Sym, formula

    p, s, w, g = (Sym(name) for name in "pswg")
    field = Rationals(("p", "s", "w", "g"), (("p", w / p), ("s", g), ("w", formula(1))))
    try:
        Identity(field, (Relation(Call("rate", (p * s,)), p * g + s * w / p),)).run()
    except DerivationError as error:
        return proved_again(False, str(error), "rational functions")
    values = [exact(x, "w") for x in witness.problem["w"]]  # type: ignore[attr-defined]
    norm = exact(witness.problem["norm"], "norm")
    known = sum((x * x for x in values), Fraction(0)) == norm**2
    return proved_again(known, "∂_k(‖w‖⟨w, g⟩) = ‖w‖g_k + ⟨w, g⟩w_k/‖w‖ for every k", "rational functions")


# ---------------------------------------------------------------------------------------------------------------------
# N1 for matrices

MATRIX_LOSS = "2 by 2, depth 2, the linear loss w_12"


@claim(
    "arora-cohen-hu-luo-2019/no-potential-for-matrices",
    paper=PAPER,
    number="N1 (matrices)",
    title="for matrices the product's flow has no potential at depth 2 already",
    scope=Scope.dimensions("N=2,n=2"),
    kinds=("exact evaluation",),
    hypotheses=(MATRIX_LOSS,),
    uses=("arora-cohen-hu-luo-2019/no-potential",),
)
def no_potential_for_matrices(run: Run) -> Iterator[Evidence]:
    """
    Statement: for 2 by 2 matrices, depth 2 and the linear loss ⟨G, W⟩ with G = e_1e_2ᵀ, the field
        F(W) = (WWᵀ)^{1/2}G + G(WᵀW)^{1/2} of the balanced flow W' = −F(W) is not the gradient of any function.
    Hypotheses: 2 by 2, depth 2, the linear loss w_12.
    Conclusion: the exception at depth 2 is one of single outputs.
    Proof idea: at W = diag(1, 4) the Jacobian of F is not symmetric; the derivative of a root S of M in a direction E
        solves SL + LS = E.
    Checked by: the Jacobian in exact arithmetic.
    Not checked: nothing is left open (a gradient that is differentiable has a symmetric Jacobian).
    References: derived here.
    """
    entries = _asymmetry(_by_quotients)
    make = Evidence.supports if any(entries) else Evidence.undecided
    yield make(
        kind="exact evaluation",
        assurance=Assurance.PROVED,
        scope=Scope.dimensions("N=2,n=2"),
        detail=f"J − Jᵀ has the entries {', '.join(str(x) for x in entries if x)} at W = diag(1, 4)",
    )


_POINT = ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(4)))
_SLOPE = ((Fraction(0), Fraction(1)), (Fraction(0), Fraction(0)))


def _by_quotients(root: ExactMatrix, direction: ExactMatrix) -> ExactMatrix:
    """``SL + LS = E`` for a diagonal S: ``L_ij = E_ij/(s_i + s_j)``."""
    return tuple(tuple(x / (root[i][i] + root[j][j]) for j, x in enumerate(row)) for i, row in enumerate(direction))


def _by_elimination(root: ExactMatrix, direction: ExactMatrix) -> ExactMatrix:
    """``SL + LS = E`` for any S, as four linear equations."""
    from flint import fmpq_mat

    from verify.arithmetic.convert import from_fmpq_mat, to_fmpq

    system = [[Fraction(0)] * 4 for _ in range(4)]
    for i in range(2):
        for j in range(2):
            for k in range(2):
                system[2 * i + j][2 * k + j] += root[i][k]
                system[2 * i + j][2 * i + k] += root[k][j]
    matrix = fmpq_mat(4, 4, [to_fmpq(x) for row in system for x in row])
    column = fmpq_mat(4, 1, [to_fmpq(x) for row in direction for x in row])
    flat = [x for (x,) in from_fmpq_mat(matrix.solve(column))]
    return ((flat[0], flat[1]), (flat[2], flat[3]))


def _asymmetry(solve: Callable[[ExactMatrix, ExactMatrix], ExactMatrix]) -> list[Fraction]:
    """The entries above the diagonal of ``J − Jᵀ`` for F at diag(1, 4), which is its own root."""
    columns = []
    for k in range(4):
        step = tuple(tuple(Fraction(int(2 * i + j == k)) for j in range(2)) for i in range(2))
        left = add(multiply(step, transpose(_POINT)), multiply(_POINT, transpose(step)))
        right = add(multiply(transpose(step), _POINT), multiply(transpose(_POINT), step))
        moved = add(multiply(solve(_POINT, left), _SLOPE), multiply(_SLOPE, solve(_POINT, right)))
        columns.append([x for row in moved for x in row])
    return [columns[j][i] - columns[i][j] for i in range(4) for j in range(i + 1, 4)]


@no_potential_for_matrices.negative_twin("with a potential, as for one output")
def _(run: Run) -> Iterator[Evidence]:
    entries = _asymmetry(_by_quotients)
    witness = Witness(
        problem={"W": _POINT, "G": _SLOPE},
        kind="point and loss",
        hypotheses=stated(MATRIX_LOSS, "the data"),
        violates="the Jacobian of the field is not symmetric at W",
        enclosed={"J − Jᵀ above its diagonal": entries},
    )
    detail = f"J − Jᵀ has the entries {', '.join(str(x) for x in entries if x)}"
    yield refuted("W = diag(1, 4)", "exact evaluation", detail, witness if any(entries) else None)


@no_potential_for_matrices.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if exact_matrix(witness.problem["W"], "W") != _POINT or exact_matrix(witness.problem["G"], "G") != _SLOPE:
        return proved_again(False, "the stored point is another one", "linear equations")
    entries = _asymmetry(_by_elimination)
    detail = f"with the roots' derivatives from linear equations J − Jᵀ has {', '.join(str(x) for x in entries if x)}"
    return proved_again(any(entries), detail, "linear equations")
