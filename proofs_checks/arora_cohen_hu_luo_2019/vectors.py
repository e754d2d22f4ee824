"""Claims about singular values and vectors of the product, the preconditioner, and whether there is a potential."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import isqrt
from typing import TYPE_CHECKING, Any

from proofs_checks.arora_cohen_hu_luo_2019.again import (
    PAPER,
    determinant,
    nonzero,
    number,
    power,
    product_rate,
    rates,
    rates_again,
    residual,
)
from proofs_checks.arora_cohen_hu_luo_2019.flow import BALANCED, established_balance, told
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES, observed
from proofs_checks.common import doubted, enclosed_again, proved, proved_again, refuted, stated
from proofs_checks.second_paths import exact_determinant, limit_again
from verify.arithmetic import Ball, ExactMatrix, InputError
from verify.arithmetic.exact import add, exact, exact_matrix, identity, multiply, negative, scale, transpose
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import Problem, Sensing, dump_problem, load_model, load_problem

if TYPE_CHECKING:
    from flint import arb

ALL_BALANCED = Scope.all("depths, dimensions, losses, balanced starts")
DISTINCT = "balanced layers, distinct positive singular values"
STILL, NONZERO = "balanced layers, the singular vectors stand still", "sigma_r, sigma_s not both zero"
SECOND_PATH = "unit differences"


def with_vectors(witness: Witness) -> tuple[Problem, ExactMatrix, ExactMatrix]:
    """A stored problem with left and right singular vectors of its product as columns; unit vectors where none are
    stored."""
    stored = witness.problem.get("problem")
    if isinstance(stored, dict):
        problem = load_problem(stored)
        left, right = (exact_matrix(witness.problem[name], name) for name in ("U", "V"))
    else:
        problem = load_problem(dict(witness.problem))
        (rows, _), (_, columns) = problem.shapes[-1], problem.shapes[0]
        size = min(rows, columns)
        left, right = (tuple(row[:size] for row in identity(n)) for n in (rows, columns))
    return problem, left, right


def decomposed(problem: Problem, left: ExactMatrix, right: ExactMatrix) -> list[Fraction] | None:
    """The signed singular values that belong to these vectors; None where the vectors are none."""
    size = len(left[0])
    inner = multiply(multiply(transpose(left), problem.product()), right)
    values = [inner[r][r] for r in range(size)]
    whole = multiply(multiply(left, _diagonal(values)), transpose(right))
    orthonormal = all(multiply(transpose(frame), frame) == identity(size) for frame in (left, right))
    return values if orthonormal and whole == problem.product() else None


def _diagonal(values: Sequence[Fraction]) -> ExactMatrix:
    return tuple(tuple(x if i == j else Fraction(0) for j in range(len(values))) for i, x in enumerate(values))


def squared_roots(problem: Problem, right: ExactMatrix) -> list[Fraction]:
    """``(σ²)^{1/N}`` of balanced layers: ``‖W_1 v‖²``, since ``(W_1ᵀW_1)^N = WᵀW``."""
    seen = multiply(problem.layers[0], right)
    return [sum((row[r] ** 2 for row in seen), Fraction(0)) for r in range(len(right[0]))]


def roots_of(problem: Problem, values: Sequence[Fraction], right: ExactMatrix) -> list[Fraction]:
    """``(σ²)^{1/N}``, where it is known to be rational: of balanced layers, and else at depth 2."""
    if problem.balanced:
        return squared_roots(problem, right)
    if problem.depth != 2:
        raise InputError("layers", "are neither balanced nor two", "take balanced layers, or depth 2")
    return [abs(x) for x in values]


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
    """``W'`` where W is a multiple of I, and the rates by the formula with U = V = I, of a balanced start."""
    rate, gradient, depth = product_rate(problem, moved), residual(problem), problem.depth
    [first, second] = squared_roots(problem, identity(2))
    return rate, (
        -depth * first ** (depth - 1) * gradient[0][0],
        -depth * second ** (depth - 1) * gradient[1][1],
    )


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
    """Of the twin's multiple of I the rates must be eigenvalues of a symmetric W'; else of distinct singular values the
    rates must be ``u·W'v``."""
    problem, left, right = with_vectors(witness)
    values, depth = decomposed(problem, left, right), problem.depth
    if values is None or not (problem.balanced or witness.without):
        return doubted("the start is not balanced, or the singular vectors are none")
    moved = rates_again(problem)
    if witness.twin:
        rate, naive = _repeated(problem, moved)
        gaps = _off_spectrum(rate, naive)
        known = problem.product() == scale(values[0], identity(2)) and values[0] > 0 and rate == transpose(rate)
        detail = f"by differences of the loss det(W' − λ) is {gaps[0]}, {gaps[1]}"
        return proved_again(known and all(gaps), detail, SECOND_PATH)
    inner = multiply(multiply(transpose(left), product_rate(problem, moved)), right)
    slope = multiply(multiply(transpose(left), residual(problem)), right)
    roots = roots_of(problem, values, right)
    formula = [-depth * root ** (depth - 1) * slope[r][r] for r, root in enumerate(roots)]
    known = len({x * x for x in values}) == len(values) and all(values)
    found = [inner[r][r] for r in range(len(values))]
    detail = f"by differences of the loss σ' begins with {found[0]}, by the formula with {formula[0]}"
    return proved_again(known and found != formula, detail, SECOND_PATH)


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
    Hypotheses: balanced layers, distinct positive singular values.
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


SIGNED = "N = 1, rectangular, σ signed"


@singular_vectors.negative_twin("at N = 1 with a signed singular value", hypotheses=(SIGNED,))
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R12"]
    right, formula = _turning(problem, rates(problem))
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(SIGNED, told("R12") + "; W = σu with σ = −1, u = e_1"),
        violates=f"u' = (0, {right}), the formula gives (0, {formula})",
        enclosed={"rate": right, "formula": formula},
    )
    yield refuted("R12", "exact evaluation", f"{right} is not {formula}", witness if right != formula else None)


@singular_vectors.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """With ``W = USVᵀ`` and the formula's U', V', what is left of W' − U'SVᵀ − USV'ᵀ is US'Vᵀ, which is diagonal in the
    singular vectors."""
    problem, left, right = with_vectors(witness)
    values = decomposed(problem, left, right)
    if values is None or not all(values):
        return doubted("the singular vectors are none, or a value is zero")
    if witness.without == "distinct" and len(values) == 2 and values[0] == values[1]:
        return _without_derivative(problem, left, right)
    balanced, positive = problem.balanced, all(x > 0 for x in values)
    fits = {
        "balanced layers": positive,
        "positive": balanced,
    }.get(witness.without, problem.depth == 1 if witness.twin else balanced and positive)
    if not (fits and len({x * x for x in values}) == len(values)):
        return doubted("the start is not balanced, or the values are not distinct")
    over, under = _turned(problem, values, left, right)
    sigma, moved = _diagonal(values), product_rate(problem, rates_again(problem))
    explained = add(
        multiply(multiply(over, sigma), transpose(right)), multiply(multiply(left, sigma), transpose(under))
    )
    inner = multiply(multiply(transpose(left), add(moved, negative(explained))), right)
    stretched = multiply(multiply(left, _diagonal([inner[r][r] for r in range(len(values))])), transpose(right))
    gap = add(moved, negative(explained), negative(stretched))
    turning = nonzero([add(*(add(x, transpose(x)) for x in (multiply(transpose(left), over),)))])
    turning |= nonzero([add(*(add(x, transpose(x)) for x in (multiply(transpose(right), under),)))])
    detail = f"by differences of the loss, W' less what the formula explains has the first entry {gap[0][0]}"
    return proved_again(turning or nonzero([gap]), detail, SECOND_PATH)


def _without_derivative(problem: Problem, left: ExactMatrix, right: ExactMatrix) -> Evidence:
    """Where ``W = σUVᵀ``, derivatives U', V' give ``UᵀW'V`` the symmetric part S', which is diagonal."""
    inner = multiply(multiply(transpose(left), product_rate(problem, rates_again(problem))), right)
    mixed = inner[0][1] + inner[1][0]
    return proved_again(bool(mixed), f"by differences u_1ᵀW'v_2 + u_2ᵀW'v_1 = {mixed}, not 0", SECOND_PATH)


def _turned(
    problem: Problem, values: Sequence[Fraction], left: ExactMatrix, right: ExactMatrix
) -> tuple[ExactMatrix, ExactMatrix]:
    """U' and V' by the formula."""
    size, slope, roots = len(values), residual(problem), roots_of(problem, values, right)
    inner = multiply(multiply(transpose(left), slope), right)
    weight = {(r, s): 1 / (roots[s] - roots[r]) for r in range(size) for s in range(size) if r != s}

    def one(frame: ExactMatrix, other: ExactMatrix, g: ExactMatrix, slopes: ExactMatrix, *, first: bool) -> ExactMatrix:
        # gS + Sgᵀ for U', Sg + gᵀS for V'
        mixed = tuple(
            tuple(
                weight[r, s]
                * (g[r][s] * values[s] + values[r] * g[s][r] if first else values[r] * g[r][s] + g[s][r] * values[s])
                if r != s
                else Fraction(0)
                for s in range(size)
            )
            for r in range(size)
        )
        outside = add(identity(len(frame)), negative(multiply(frame, transpose(frame))))
        lengths = _diagonal([abs(x) / root for x, root in zip(values, roots, strict=True)])
        return negative(add(multiply(frame, mixed), multiply(multiply(multiply(outside, slopes), other), lengths)))

    return one(left, right, inner, slope, first=True), one(right, left, inner, transpose(slope), first=False)


# ---------------------------------------------------------------------------------------------------------------------
# S7: stationary singular vectors


@claim(
    "arora-cohen-hu-luo-2019/aligned-vectors",
    paper=PAPER,
    number="S7",
    title="stationary singular vectors diagonalize the gradient",
    scope=ALL_BALANCED,
    kinds=("derivation",),
    hypotheses=(STILL, NONZERO),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def aligned_vectors(run: Run) -> Iterator[Evidence]:
    """
    Statement: if at a time U' = V' = 0, then u_rᵀ∇l(W)v_s = 0 for all r ≠ s with (σ_r, σ_s) ≠ (0, 0), for every N ≥ 1.
    Hypotheses: balanced layers, the singular vectors stand still (at that time); sigma_r, sigma_s not both zero.
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


@aligned_vectors.negative_twin("also where both singular values are zero", drops=NONZERO)
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
    """Singular vectors stand still where all ``u_rᵀW'v_s``, r ≠ s, are zero, if the values are distinct or stay zero
    (balanced layers of depth two or more): they may be continued so that they do."""
    problem, left, right = with_vectors(witness)
    values = decomposed(problem, left, right)
    if values is None or not (problem.balanced or witness.without == "balanced layers"):
        return doubted("the start is not balanced, or the singular vectors are none")
    size, square = len(values), len(left) == len(right)
    moved = multiply(multiply(transpose(left), product_rate(problem, rates_again(problem))), right)
    slope = multiply(multiply(transpose(left), residual(problem)), right)
    pairs = [(r, s) for r in range(size) for s in range(size) if r != s]
    lengths = [x * x for x in values if x]
    still = not any(moved[r][s] for r, s in pairs) and len(set(lengths)) == len(lengths) and square
    still &= len(lengths) == size or (problem.depth >= 2 and problem.balanced)
    off = [slope[r][s] for r, s in pairs if slope[r][s] and (witness.twin or values[r] or values[s])]
    detail = f"by differences the vectors stand still: {still}; ∇l has the entries {', '.join(map(str, off)) or 'zero'}"
    return proved_again(
        (still or witness.without == "the singular vectors stand still") and bool(off), detail, SECOND_PATH
    )


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


def number_by_formula(problem: Problem) -> ExactMatrix:
    """``−A(∇l(W))`` where W is a number, at depth 2: ``A(z) = 2|w|z``."""
    if (problem.depth, *problem.observations.shape) != (2, 1, 1):
        raise InputError("layers", "are not those of a number at depth 2", "take one output and one input")
    [[value]] = problem.product()
    return scale(-2 * abs(value), residual(problem))


def _with_projection(problem: Problem) -> ExactMatrix:
    """The formula for W' of balanced layers with M⁰ read as the projection on the range of M."""
    depth, slope = problem.depth, residual(problem)
    first, last = problem.layers[0], problem.layers[-1]
    left, right = multiply(last, transpose(last)), multiply(transpose(first), first)

    def power_of(root: ExactMatrix, exponent: int) -> ExactMatrix:
        return power(root, exponent) if exponent else _onto(root)

    terms = [multiply(multiply(power_of(left, depth - j), slope), power_of(right, j - 1)) for j in range(1, depth + 1)]
    return negative(add(*terms))


def _onto(matrix: ExactMatrix) -> ExactMatrix:
    """The orthogonal projection on the range: ``B(BᵀB)⁻¹Bᵀ`` for columns B that are a basis of it."""
    from verify.arithmetic.convert import from_fmpq_mat, to_fmpq_mat

    reduced, rank = to_fmpq_mat(matrix).rref()
    table = from_fmpq_mat(reduced)
    pivots = [next(j for j, x in enumerate(row) if x) for row in table[:rank]]
    if not pivots:
        return scale(Fraction(0), matrix)
    basis = tuple(tuple(row[j] for j in pivots) for row in matrix)
    inverse = from_fmpq_mat(to_fmpq_mat(multiply(transpose(basis), basis)).inv())
    return multiply(multiply(basis, inverse), transpose(basis))


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
    """The twin by differences of the loss; the claim, whose witnesses hold full frames, by differences of the loss with
    each ``u_r v_sᵀ`` for its gradient, and by elimination."""
    if witness.twin:
        problem = load_problem(dict(witness.problem))
        rate, claimed = product_rate(problem, rates_again(problem)), _with_projection(problem)
        detail = f"by differences the first row of W' is {told_row(rate)}, by the formula {told_row(claimed)}"
        return proved_again(problem.balanced and rate != claimed, detail, SECOND_PATH)
    if witness.without:
        problem = load_problem(dict(witness.problem))
        rate, claimed = product_rate(problem, rates_again(problem)), number_by_formula(problem)
        detail = f"by differences W' = {told_row(rate)}, by the formula {told_row(claimed)}"
        return proved_again(rate != claimed, detail, SECOND_PATH)
    stored, frames = witness.problem["problem"], witness.problem["frames"]
    assert isinstance(stored, dict)
    assert isinstance(frames, list)
    problem = load_problem(stored)
    turned = [exact_matrix(frame, "frame") for frame in frames]
    wrong = ""
    for r in range(len(turned[-1])):
        for s in range(len(turned[0])):
            wrong = wrong or _wrong_eigenvalue(problem, turned, r, s) or _wrong_volume(problem, turned, r, s)
    fits = problem.balanced and reduce(multiply, (transpose(turned[-1]), problem.product(), turned[0]))
    diagonal = fits and not any(x for i, row in enumerate(fits) for j, x in enumerate(row) if i != j)
    return proved_again(bool(diagonal and wrong), wrong or "eigenvalues and volumes are as claimed", SECOND_PATH)


def told_row(rows: ExactMatrix) -> str:
    """The first row, in words."""
    return ", ".join(map(str, rows[0]))


def _eigenvalue(x: Fraction, y: Fraction, depth: int) -> Fraction:
    """``(σ_r² − σ_s²)/(σ_r^{2/N} − σ_s^{2/N})`` from x and y, the N-th roots of the squares."""
    return depth * x ** (depth - 1) if x == y else (x**depth - y**depth) / (x - y)


def _roots_at(problem: Problem, frames: Sequence[ExactMatrix], r: int, s: int) -> tuple[Fraction, Fraction]:
    """``(σ²)^{1/N}`` of u_r, as ``‖W_Nᵀu_r‖²``, and of v_s, as ``‖W_1v_s‖²``."""
    lower = multiply(problem.layers[0], frames[0])
    upper = multiply(transpose(problem.layers[-1]), frames[-1])
    return sum((row[r] ** 2 for row in upper), Fraction(0)), sum((row[s] ** 2 for row in lower), Fraction(0))


def _wrong_eigenvalue(problem: Problem, frames: Sequence[ExactMatrix], r: int, s: int) -> str:
    """How W' for the loss ``½‖W − y‖²`` with ``W − y = u_r v_sᵀ`` differs from the formula; empty if it does not."""
    slope = tuple(tuple(row[r] * line[s] for line in frames[0]) for row in frames[-1])
    target = add(problem.product(), negative(slope))
    cells = [(i, j, y) for i, row in enumerate(target) for j, y in enumerate(row)]
    one = Problem(problem.layers, observed(len(target), len(target[0]), *cells))
    value = _eigenvalue(*_roots_at(problem, frames, r, s), problem.depth)
    rate, claimed = product_rate(one, rates_again(one)), scale(-value, slope)
    return f"W' begins with {told_row(rate)}, the formula with {told_row(claimed)}" if rate != claimed else ""


def _wrong_volume(problem: Problem, frames: Sequence[ExactMatrix], r: int, s: int) -> str:
    """How the orbit's Gram determinant differs from the claim; empty if it does not, or where there is none."""
    if r == s or len({len(frame) for frame in frames}) > 1 or problem.depth < 2:
        return ""
    tangents = []
    for l, frame in enumerate(frames[1:-1]):
        turn = tuple(tuple(a[r] * b[s] - a[s] * b[r] for b in frame) for a in frame)
        moved = [scale(Fraction(0), layer) for layer in problem.layers]
        moved[l] = multiply(turn, problem.layers[l])
        moved[l + 1] = negative(multiply(problem.layers[l + 1], turn))
        tangents.append([x for layer in moved for row in layer for x in row])
    gram = tuple(
        tuple(sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0)) for b in tangents) for a in tangents
    )
    volume = exact_determinant(gram)
    claimed = 2 ** (problem.depth - 1) * _eigenvalue(*_roots_at(problem, frames, r, s), problem.depth)
    return f"the Gram determinant is {volume}, not {claimed}" if volume != claimed else ""


# ---------------------------------------------------------------------------------------------------------------------
# S8: two singular values

RATIO = "balanced layers, two singular values whose gradients have a constant ratio a, equal starts eps"


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
    Hypotheses: balanced layers, two singular values whose gradients have a constant ratio a, equal starts eps.
    Conclusion: at depth 3 and more the gap does not close, however large σ₂ becomes.
    Proof idea: the rates of both powers are constant multiples of one function.
    Checked by: power rule with symbolic N and a; monotony of powers for the bound.
    Not checked: nothing is left open.
    References: Arora et al. 2019 (arXiv:1905.13655), their illustration of the dynamics, as recalled.
    """
    yield proved("two-singular-values", Scope.all("depths, ratios, starts"))


def first_value(depth: int, ratio: Any, start: Any, second: Any, other: Any, functions: Any) -> Any:
    """σ₁ by the closed form when σ₂ = `other`, from the starts σ₁ = `start` and σ₂ = `second`.

    For arrays with `functions` NumPy, and for balls with ``flint.arb`` (``exp`` and ``log`` are used).
    """
    if depth == 1:
        return start + ratio * (other - second)
    if depth == 2:
        return start * functions.exp(ratio * (functions.log(other) - functions.log(second)))
    first, before, now = (functions.exp(functions.log(x) * (2 - depth) / depth) for x in (start, second, other))
    return functions.exp(functions.log(first + ratio * (now - before)) * depth / (2 - depth))


def _state(data: Mapping[str, Any]) -> tuple[int, arb, arb, arb, arb, arb] | None:
    """Depth, ratio, starts, σ₂ and σ₁ by the closed form, in balls; None where there is no σ₁ > 0."""
    from flint import arb

    from verify.arithmetic.convert import to_arb

    depth = int(data["depth"])
    ratio, start, second, other = (to_arb(data[key]) for key in ("ratio", "start", "second", "other"))
    first = first_value(depth, ratio, start, second, other, arb)
    return (depth, ratio, start, second, other, first) if first.is_finite() and first > 0 else None


def reached(data: Mapping[str, Any]) -> bool:
    """Whether σ₂ comes to be ``data["other"]``, with a positive σ₁."""
    from verify.arithmetic import precision

    with precision(160):
        return _state(data) is not None


def violated_in_balls(data: Mapping[str, Any], integral: Callable[[int, arb, arb], arb]) -> str | None:
    """How the closed form or the bound contradicts ``∫ dσ/σ^{2−2/N} = a ∫ dσ/σ^{2−2/N}``; None where they may agree."""
    from verify.arithmetic import precision

    with precision(160):
        state = _state(data)
        if state is None:
            return None
        depth, ratio, start, second, other, first = state
        run = ratio * integral(depth, second, other)
        error = Ball.from_arb(integral(depth, start, first) - run)
        if not error.contains(0):
            return f"by the closed form the integral over σ₁ is off by {error.text(12)}"
        if depth >= 3 and data["start"] == data["second"] and 0 <= data["ratio"] < 1:
            bound = start * ((1 - ratio).log() * depth / (2 - depth)).exp()
            room = Ball.from_arb(integral(depth, start, bound) - run)
            if room.upper < 0:
                return f"σ₁ exceeds the bound: the integral up to it is too small by {room.text(12)}"
    return None


def integral_in_balls(depth: int, low: arb, high: arb) -> arb:
    """``∫ σ^{2/N − 2} dσ``, rigorously, as ``∫ e^{(2/N − 1)x} dx`` with x = log σ."""
    from flint import acb

    share = acb(2 - depth) / depth
    return acb.integral(lambda x, _: (share * x).exp(), acb(low.log()), acb(high.log())).real


def integral_of_convex(depth: int, low: arb, high: arb) -> arb:
    """The same by the trapezoidal and the midpoint rule; the integrand ``e^{(2/N − 1)x}`` is convex (or constant)."""
    from flint import arb

    pieces = 1000
    first, width = low.log(), (high.log() - low.log()) / pieces
    share = arb(2 - depth) / depth

    def value(at: arb) -> arb:
        return (share * (first + at * width)).exp()

    inner = sum((value(arb(k)) for k in range(1, pieces)), (value(arb(0)) + value(arb(pieces))) / 2)
    middle = sum((value(arb(2 * k + 1) / 2) for k in range(pieces)), arb(0))
    return (inner * width).union(middle * width)


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
    """The twin by the roots themselves: the stored σ₁ = 1/10 solves σ₁ = ε^{1/2}σ₂^{1/2} and exceeds 4/100. The claim
    by the trapezoidal and the midpoint rule, between which the integral of a convex function lies. Without a hypothesis
    by the limit of the flow in other coordinates."""
    if witness.without:
        return _escaped(witness)
    if not witness.twin:
        data = {key: exact(witness.problem[key], key) for key in ("depth", "ratio", "start", "second", "other")}
        how = violated_in_balls(data, integral_of_convex)
        return enclosed_again(how is not None, how or "closed form and bound agree with the integrals", "convexity")
    start, other = exact(witness.problem["start"], "start"), exact(witness.problem["other"], "other")
    product = start * other
    root = Fraction(isqrt(product.numerator), isqrt(product.denominator))
    violated = root**2 == product and root > 4 * start and exact(witness.problem["ratio"], "ratio") == Fraction(1, 2)
    return proved_again(violated, f"σ₁ = {root}, 4ε = {4 * start}", "exact root")


def bound_at_depth_three(problem: Problem | Sensing, ratio: Fraction) -> Fraction:
    """``(1 − a)^{−3} ε`` for diagonal layers, ε the larger one of the two starts."""
    whole = problem.product()
    return max(whole[0][0], whole[1][1]) / (1 - ratio) ** 3


def _escaped(witness: Witness) -> Evidence:
    """The limit of the rotated flow, of which σ₁ is the first entry: the start is diagonal, and what is measured is."""
    start, ratio = witness.problem["problem"], exact(witness.problem["ratio"], "ratio")
    assert isinstance(start, dict)
    problem = load_model(start)
    assert isinstance(problem, Problem | Sensing)
    bound, limit = bound_at_depth_three(problem, ratio), limit_again(start, digits=12)
    if not limit.converged or problem.depth != 3:
        return doubted(limit.reason)
    value = limit.product[0][0]
    return enclosed_again(value.lower > bound, f"σ₁ tends to {value.text(12)}, the bound is {float(bound):.6f}")


# ---------------------------------------------------------------------------------------------------------------------
# N1: no potential

ONE_OUTPUT = "one output, two or more dimensions, a linear loss that is not zero"
THREE = "N >= 3"
CURLED = Scope.all("depths N >= 3, dimensions >= 2, linear losses that are not zero")


@claim(
    "arora-cohen-hu-luo-2019/no-potential",
    paper=PAPER,
    number="N1",
    title="with one output and N ≥ 3 the product's flow is no gradient flow",
    scope=CURLED,
    kinds=("derivation",),
    hypotheses=(ONE_OUTPUT, THREE),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def no_potential(run: Run) -> Iterator[Evidence]:
    """
    Statement: for one output and a linear loss ⟨w, g⟩, g ≠ 0, in two or more dimensions, the field
        F(w) = ‖w‖^{2−2/N}(g + (N−1)Proj_w g) of the balanced flow w' = −F(w) has the curl
        ∂_iF_k − ∂_kF_i = −((N−1)(N−2)/N)‖w‖^{−2/N}(w_ig_k − w_kg_i). So it is no function's gradient for N ≥ 3.
    Hypotheses: one output, two or more dimensions, a linear loss that is not zero; N >= 3.
    Conclusion: depth acts as no regularizer that is added to the loss; at N = 2 there is a potential, ‖w‖⟨w, g⟩.
    Proof idea: the derivatives of powers of the norm.
    Checked by: power rule with symbolic N.
    Not checked: losses that are not linear (near 0 they are nearly so; the general theorem is not formalized here).
    References: Arora, Cohen & Hazan 2018 (arXiv:1802.06509), their theorem on the absence of regularizers, as recalled.
    """
    yield proved("no-potential", CURLED)


def jacobian_entries(w: Sequence[Fraction], g: Sequence[Fraction], norm: Fraction) -> tuple[Fraction, Fraction]:
    """``∂_1F_2`` and ``∂_2F_1`` at depth 2, ``F = ‖w‖g + ⟨w, g⟩w/‖w‖``, in two dimensions."""
    inner = w[0] * g[0] + w[1] * g[1]

    def entry(i: int, k: int) -> Fraction:
        return w[i] / norm * g[k] + g[i] * w[k] / norm - inner * w[i] * w[k] / norm**3

    return entry(0, 1), entry(1, 0)


#: Jacobians in balls: from w, g and the depth to ``∂_i F_k`` at [i][k].
Slopes = Callable[[Sequence["arb"], Sequence["arb"], int], list[list["arb"]]]


def slopes_by_series(w: Sequence[arb], g: Sequence[arb], depth: int) -> list[list[arb]]:
    """``∂_i F_k`` as the linear coefficient of a power series in the i-th coordinate."""
    from flint import arb, arb_series

    def constant(x: arb) -> arb_series:
        return arb_series([x], 2)

    found = []
    for i in range(len(w)):
        at = [arb_series([x, arb(int(i == k))], 2) for k, x in enumerate(w)]
        square = sum((x * x for x in at), constant(arb(0)))
        inner = sum((x * constant(y) for x, y in zip(at, g, strict=True)), constant(arb(0)))
        length = (constant(1 - arb(1) / depth) * square.log()).exp()
        share = constant(arb(depth - 1)) * inner / square
        found.append([(length * (constant(y) + share * x))[1] for x, y in zip(at, g, strict=True)])
    return found


def slopes_by_products(w: Sequence[arb], g: Sequence[arb], depth: int) -> list[list[arb]]:
    """``∂_i F_k`` by the product rule."""
    from flint import arb

    square = sum((x * x for x in w), arb(0))
    inner = sum((x * y for x, y in zip(w, g, strict=True)), arb(0))
    factor, share = (-square.log() / depth).exp(), arb(2) / depth

    def entry(i: int, k: int) -> arb:
        turned = g[i] * w[k] - share * w[i] * inner * w[k] / square + (inner if i == k else 0)
        return factor * ((2 - share) * w[i] * g[k] + (depth - 1) * turned)

    return [[entry(i, k) for k in range(len(w))] for i in range(len(w))]


def largest_gap(w: Sequence[Fraction], g: Sequence[Fraction], depth: int, slopes: Slopes) -> Ball:
    """By how much an entry of the curl differs from the formula: the entry that differs for certain, if there is one,
    else any."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    with precision(160):
        at, loss = [to_arb(x) for x in w], [to_arb(x) for x in g]
        found, square = slopes(at, loss, depth), sum((x * x for x in at), to_arb(0))
        factor = -(depth - 1) * (depth - 2) * (-square.log() / depth).exp() / depth
        gaps = [
            Ball.from_arb(found[i][k] - found[k][i] - factor * (at[i] * loss[k] - at[k] * loss[i]))
            for i in range(len(w))
            for k in range(i)
        ]
    return next((gap for gap in gaps if not gap.contains(0)), gaps[0])


@no_potential.negative_twin("for N = 2 as well", drops=THREE)
def _(run: Run) -> Iterator[Evidence]:
    w, g, norm = (Fraction(3), Fraction(4)), (Fraction(1), Fraction(0)), Fraction(5)
    first, second = jacobian_entries(w, g, norm)
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
    """The twin by the potential's identity for all w, g: p s has the derivatives p g_k + s w_k/p, as rational
    functions. The claim by the product rule in balls."""
    if witness.without:
        return _with_potential(witness)
    if not witness.twin:
        point, slope = ([exact(x, name) for x in witness.problem[name]] for name in "wg")  # type: ignore[attr-defined]
        gap = largest_gap(point, slope, int(exact(witness.problem["depth"], "depth")), slopes_by_products)
        detail = f"an entry of the curl differs from the formula by {gap.text(12)}"
        return enclosed_again(not gap.contains(0), detail, "product rule")
    if objection := _no_gradient_at_depth_two():
        return proved_again(False, objection, "rational functions")
    values = [exact(x, "w") for x in witness.problem["w"]]  # type: ignore[attr-defined]
    norm = exact(witness.problem["norm"], "norm")
    known = sum((x * x for x in values), Fraction(0)) == norm**2
    return proved_again(known, "∂_k(‖w‖⟨w, g⟩) = ‖w‖g_k + ⟨w, g⟩w_k/‖w‖ for every k", "rational functions")


def _no_gradient_at_depth_two() -> str:
    """Why F is not the gradient of ``‖w‖⟨w, g⟩`` at depth 2 for one output; empty, since it is."""
    from verify.symbolic.checks import DerivationError, Identity, Rationals
    from verify.symbolic.expressions import Call, Relation, Sym, formula

    p, s, w, g = (Sym(name) for name in "pswg")
    field = Rationals(("p", "s", "w", "g"), (("p", w / p), ("s", g), ("w", formula(1))))
    try:
        Identity(field, (Relation(Call("rate", (p * s,)), p * g + s * w / p),)).run()
    except DerivationError as error:
        return str(error)
    return ""


def _with_potential(witness: Witness) -> Evidence:
    """Depth 3, that F has no curl, or is zero: as rational functions of w and q with ``q³ = ‖w‖²``, for every w ≠ 0."""
    from verify.symbolic.checks import Identity, Rationals
    from verify.symbolic.expressions import Call, Relation, Sym, formula

    kind, size = "rational functions", int(exact(witness.problem["dimensions"], "dimensions"))
    if exact(witness.problem["depth"], "depth") != 3:
        return doubted("the depth is not 3")
    if witness.without == "two or more dimensions":
        return proved_again(
            size == 1, f"mixed derivatives of {size} variable{'s' * (size > 1)}: of one there are none", kind
        )
    if witness.without == "that is not zero":
        slope = [exact(x, "g") for x in witness.problem["g"]]  # type: ignore[attr-defined]
        return proved_again(not any(slope), "F = 0 where g = 0" if not any(slope) else "g is not zero", kind)
    # ∇l(w) = w: F_k = 3q²w_k, and ∂_iF_k = 3·2q·(2w_i/3q²)·w_k for i ≠ k.
    q, w, v = Sym("q"), Sym("w"), Sym("v")
    along = (
        Rationals(("q", "w", "v"), (("q", 2 * x / (3 * q**2)), (moving, formula(1))))
        for x, moving in ((w, "w"), (v, "v"))
    )
    for field, still in zip(along, (v, w), strict=True):
        Identity(field, (Relation(Call("rate", (3 * q**2 * still,)), 4 * w * v / q),)).run()
    return proved_again(witness.without == "linear", "∂_iF_k = 4w_iw_k/q = ∂_kF_i", kind)


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


POINT = ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(4)))
SLOPE = ((Fraction(0), Fraction(1)), (Fraction(0), Fraction(0)))


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


def _asymmetry(solve: Callable[[ExactMatrix, ExactMatrix], ExactMatrix], point: ExactMatrix = POINT) -> list[Fraction]:
    """The entries above the diagonal of ``J − Jᵀ`` for F at a symmetric positive definite point, which is its own
    root."""
    columns = []
    for k in range(4):
        step = tuple(tuple(Fraction(int(2 * i + j == k)) for j in range(2)) for i in range(2))
        left = add(multiply(step, transpose(point)), multiply(point, transpose(step)))
        right = add(multiply(transpose(step), point), multiply(transpose(point), step))
        moved = add(multiply(solve(point, left), SLOPE), multiply(SLOPE, solve(point, right)))
        columns.append([x for row in moved for x in row])
    return [columns[j][i] - columns[i][j] for i in range(4) for j in range(i + 1, 4)]


@no_potential_for_matrices.negative_twin("with a potential, as for one output")
def _(run: Run) -> Iterator[Evidence]:
    entries = _asymmetry(_by_quotients)
    witness = Witness(
        problem={"W": POINT, "G": SLOPE},
        kind="point and loss",
        hypotheses=stated(MATRIX_LOSS, "the data"),
        violates="the Jacobian of the field is not symmetric at W",
        enclosed={"J − Jᵀ above its diagonal": entries},
    )
    detail = f"J − Jᵀ has the entries {', '.join(str(x) for x in entries if x)}"
    yield refuted("W = diag(1, 4)", "exact evaluation", detail, witness if any(entries) else None)


@no_potential_for_matrices.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if witness.without:
        depth, rows = (int(number(witness.problem, key)) for key in ("depth", "rows"))
        objection = _no_gradient_at_depth_two() if (depth, rows) == (2, 1) else "" if depth == 1 else "another case"
        return proved_again(not objection, objection or "F is a gradient everywhere", "rational functions")
    point = exact_matrix(witness.problem["W"], "W")
    definite = point == transpose(point) and point[0][0] > 0 and determinant(point) > 0
    if not definite or exact_matrix(witness.problem["G"], "G") != SLOPE:
        return doubted("the point is not symmetric positive definite, or the loss another one")
    entries = _asymmetry(_by_elimination, point)
    detail = f"with the roots' derivatives from linear equations J − Jᵀ has {', '.join(str(x) for x in entries if x)}"
    return proved_again(any(entries), detail, "linear equations")
