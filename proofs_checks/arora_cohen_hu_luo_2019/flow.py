"""Claims about balanced layers: what is conserved, and how the product moves. For every loss and all dimensions.

Statements about all starts are decided by derivations in symbolic dimensions; each twin drops a hypothesis or changes a
term, and falls by exact arithmetic or by an enclosure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations
from typing import TypeVar

from proofs_checks.arora_cohen_hu_luo_2019.again import (
    PAPER,
    descended,
    imbalance_rate,
    nonzero,
    number,
    power,
    product_rate,
    rates,
    rates_again,
    residual,
    transposed_problem,
)
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES
from proofs_checks.common import doubted, enclosed_again, proved, proved_again, refuted, stated
from proofs_checks.second_paths import loss, minor
from verify.arithmetic import Ball, BallMatrix, ExactMatrix
from verify.arithmetic.exact import add, exact, multiply, negative, scale, transpose
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness, claim
from verify.models import Problem, dump_problem, load_problem

#: Entries of exact matrices, or balls.
Entry = TypeVar("Entry")

EVERY_START = Scope.all("depths, widths, losses, starts")
BALANCED_STARTS = Scope.all("depths, widths, losses, balanced starts")
CONFORMING, BALANCED = "a factorization with conforming layers", "balanced"
HOW_BALANCED = "W_{l+1}ᵀW_{l+1} = W_lW_lᵀ exactly"


def told(name: str) -> str:
    """A named start, in words."""
    problem = COUNTEREXAMPLES[name]
    shapes = " and ".join(f"{rows} by {columns}" for rows, columns in problem.shapes)
    return f"{name}: layers of shape {shapes}, {len(problem.observations.entries)} observed entries"


# ---------------------------------------------------------------------------------------------------------------------
# S1: balancedness


@claim(
    "arora-cohen-hu-luo-2019/balancedness-is-conserved",
    paper=PAPER,
    number="S1",
    title="the imbalance of neighbouring layers is constant",
    scope=EVERY_START,
    kinds=("derivation",),
    hypotheses=(CONFORMING,),
)
def balancedness_is_conserved(run: Run) -> Iterator[Evidence]:
    """
    Statement: along gradient flow on l(W_N ⋯ W_1) each D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ is constant, for every
        differentiable loss l, all depths and widths and every start, balanced or not.
    Hypotheses: a factorization with conforming layers.
    Conclusion: D_j(t) = D_j(0); so ‖W_{j+1}‖² − ‖W_j‖² is constant, and balanced layers stay balanced.
    Proof idea: with W = P X Z Q both XᵀX' and Z'Zᵀ are −XᵀPᵀGQᵀZᵀ.
    Checked by: normal form of words in matrices of symbolic dimensions: with weight decay λ, D' = −2λD, and here λ = 0;
        the change of D in a step of descent has no term of first order; at depth 4 for a masked squared loss.
    Not checked: nothing is left open.
    References: Arora, Cohen & Hazan 2018 (arXiv:1802.06509) use it for their theorem on end-to-end dynamics, and
        Arora et al. 2019 (arXiv:1905.13655) build on that. Our own wording and proof.
    """
    yield proved("weight-decay", EVERY_START, depth=3)
    yield proved("descent-drift", EVERY_START)
    yield proved("balancedness", Scope.dimensions("L=4"), depth=4)


@balancedness_is_conserved.negative_twin("with a sum in place of the difference")
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R8"]
    moved = imbalance_rate(problem, rates(problem), sign=1)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(CONFORMING, told("R8")),
        violates=f"W_2ᵀW_2 + W_1W_1ᵀ moves at the rate {moved[0][0][0]}",
        enclosed={"rate": moved},
    )
    yield refuted("R8", "exact evaluation", f"the sum's rate is {moved[0][0][0]}", witness if nonzero(moved) else None)


@balancedness_is_conserved.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    moved = imbalance_rate(problem, rates_again(problem), sign=1 if witness.twin else -1)
    return proved_again(nonzero(moved), f"by differences of the loss the rate is {moved[0][0][0]}", "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# S1 for gradient descent


@claim(
    "arora-cohen-hu-luo-2019/descent-drift",
    paper=PAPER,
    number="S1 (descent)",
    title="what one step of gradient descent does to balancedness",
    scope=Scope.all("depths, widths, losses, starts, step sizes"),
    kinds=("derivation",),
    hypotheses=(CONFORMING,),
)
def descent_drift(run: Run) -> Iterator[Evidence]:
    """
    Statement: one step of gradient descent with step size η changes D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ by exactly
        η²(g_{j+1}ᵀg_{j+1} − g_jg_jᵀ), where g_j is the loss's gradient in W_j.
    Hypotheses: a factorization with conforming layers.
    Conclusion: no term of first order in η; balancedness is lost at second order, in general.
    Proof idea: the terms of first order are those of the flow, and cancel.
    Checked by: normal form of words with η as a symbol, symbolic dimensions.
    Not checked: nothing is left open.
    References: derived here.
    """
    yield proved("descent-drift", Scope.all("depths, widths, losses, starts, step sizes"))


@descent_drift.negative_twin("with no change at all: descent conserves balancedness")
def _(run: Run) -> Iterator[Evidence]:
    problem, step = COUNTEREXAMPLES["R7"], Fraction(1, 10)
    before, after = problem.imbalance()[0], descended(problem, step, rates(problem)).imbalance()[0]
    witness = Witness(
        problem={"problem": dump_problem(problem), "step": step},
        kind="problem and step",
        hypotheses=stated(CONFORMING, told("R7")),
        violates=f"balanced before the step, D = {after[0][0]}, {after[1][1]} on its diagonal after it",
        enclosed={"before": before, "after": after},
    )
    detail = f"D moves from {before[0][0]} to {after[0][0]} in its first entry"
    yield refuted("R7", "exact evaluation", detail, witness if before != after else None)


@descent_drift.recheck
def _(witness: Witness, run: Run) -> Evidence:
    stored = witness.problem["problem"]
    assert isinstance(stored, dict)
    problem, step = load_problem(stored), number(witness.problem, "step")
    moved = rates_again(problem)
    change = [
        add(new, negative(old))
        for new, old in zip(descended(problem, step, moved).imbalance(), problem.imbalance(), strict=True)
    ]
    order = Fraction(0) if witness.twin else step**2
    claimed = [scale(order, square) for square in Problem(moved, problem.observations).imbalance()]
    return proved_again(change != claimed, f"D changes by {change[0][0][0]} in its first entry", "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# Weight decay


@claim(
    "arora-cohen-hu-luo-2019/weight-decay",
    paper=PAPER,
    number="S1, S2 (weight decay)",
    title="weight decay makes the imbalance vanish exponentially",
    scope=EVERY_START,
    kinds=("derivation",),
    parts=("imbalance", "product"),
    hypotheses=(CONFORMING,),
)
def weight_decay(run: Run) -> Iterator[Evidence]:
    """
    Statement: with weight decay λ, W_j' = −λW_j − g_j, the imbalance is D_j(t) = e^{−2λt}D_j(0), and the flow of the
        product gains the term −λNW.
    Hypotheses: a factorization with conforming layers.
    Conclusion: with weight decay every start becomes balanced.
    Proof idea: D' = −2λD, since the gradients' terms cancel.
    Checked by: normal form of words with λ as a symbol; e^{2λt}D has the rate zero; in the product each layer brings
        −λW, at every depth, and the sum is written out at depth 4.
    Not checked: nothing is left open.
    References: derived here; the term of the product is in Arora, Cohen & Hazan 2018's setting with weight decay.
    """
    yield proved("weight-decay", EVERY_START, part="imbalance", depth=4)
    yield proved("weight-decay", EVERY_START, part="product", depth=4)


def _decayed(problem: Problem, moved: Sequence[ExactMatrix], decay: Fraction) -> tuple[ExactMatrix, ...]:
    """The rates with weight decay, from those without it."""
    return tuple(add(rate, scale(-decay, layer)) for rate, layer in zip(moved, problem.layers, strict=True))


def _decaying(problem: Problem, decay: Fraction, share: int) -> list[ExactMatrix]:
    """What D' would be with ``e^{−share·λt}``."""
    return [scale(-share * decay, now) for now in problem.imbalance()]


@weight_decay.negative_twin("with e^{−λt} in place of e^{−2λt}")
def _(run: Run) -> Iterator[Evidence]:
    problem, decay = Problem.of([[["1/2"]], [[2]]], COUNTEREXAMPLES["R1"].observations), Fraction(1)
    rate = imbalance_rate(problem, _decayed(problem, rates(problem), decay))
    wrong = _decaying(problem, decay, 1)
    witness = Witness(
        problem={"problem": dump_problem(problem), "decay": decay},
        kind="problem and decay",
        hypotheses=stated(CONFORMING, "W_1 = 1/2, W_2 = 2, gradient zero, weight decay 1"),
        violates=f"D' = {rate[0][0][0]} at the start, not {wrong[0][0][0]}",
        enclosed={"rate": rate, "false rate": wrong},
    )
    detail = f"{rate[0][0][0]} is not {wrong[0][0][0]}"
    yield refuted("two numbers", "exact evaluation", detail, witness if list(rate) != wrong else None)


@weight_decay.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """D is a quadratic polynomial in the layers, so its rate is exactly its central difference along the flow."""
    stored = witness.problem["problem"]
    assert isinstance(stored, dict)
    problem, decay = load_problem(stored), number(witness.problem, "decay")
    plain = rates_again(problem)
    moved = _decayed(problem, plain, decay)
    ahead, behind = (descended(problem, Fraction(sign), moved).imbalance() for sign in (1, -1))
    rate = [scale(Fraction(1, 2), add(x, negative(y))) for x, y in zip(ahead, behind, strict=True)]
    violated = rate != _decaying(problem, decay, 1 if witness.twin else 2)
    if not witness.twin:
        gained = add(product_rate(problem, moved), negative(product_rate(problem, plain)))
        violated |= gained != scale(-decay * problem.depth, problem.product())
    first = f"the first entry of D' is {rate[0][0][0]}" if rate else "there is one layer"
    return proved_again(violated, first, "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# S2: the flow of the product


@claim(
    "arora-cohen-hu-luo-2019/end-to-end-flow",
    paper=PAPER,
    number="S2",
    title="the flow of the product of balanced layers",
    scope=BALANCED_STARTS,
    kinds=("derivation",),
    hypotheses=(BALANCED,),
    uses=("arora-cohen-hu-luo-2019/balancedness-is-conserved",),
)
def end_to_end_flow(run: Run) -> Iterator[Evidence]:
    """
    Statement: if the layers are balanced at the start, the product moves as
        W' = −Σ_j (WWᵀ)^{(N−j)/N} ∇l(W) (WᵀW)^{(j−1)/N}, j = 1, …, N, where M⁰ = I.
    Hypotheses: balanced.
    Conclusion: the product's flow depends on the depth N, but not on the hidden widths.
    Proof idea: by balancedness W_N ⋯ W_{j+1} times its transpose is (W_NW_Nᵀ)^{N−j}; induction over the layers.
    Checked by: normal form of words in symbolic dimensions: induction for all depths, and written out at depths 2 to 5.
    Not checked: that positive semidefinite matrices have one positive semidefinite root (standard).
    References: Arora, Cohen & Hazan 2018 (arXiv:1802.06509), the theorem on end-to-end dynamics, as recalled in
        Arora et al. 2019 (arXiv:1905.13655). Our own wording and proof.
    """
    yield proved("end-to-end-all-depths", BALANCED_STARTS)
    for depth in (2, 3, 4, 5):
        yield proved("end-to-end", Scope.dimensions(f"L={depth}"), depth=depth)


def _roots(problem: Problem) -> tuple[ExactMatrix, ExactMatrix] | None:
    """Positive semidefinite N-th roots of ``WWᵀ`` and ``WᵀW``, where they are known to be rational.

    At depth 2 that of a number is its modulus. Else ``W_NW_Nᵀ`` and ``W_1ᵀW_1`` are semidefinite, and roots if their
    powers say so; there are no others.
    """
    whole, depth = problem.product(), problem.depth
    if depth == 2 and problem.shapes[0][1] == problem.shapes[-1][0] == 1:
        return (root := ((abs(whole[0][0]),),)), root
    first, last = problem.layers[0], problem.layers[-1]
    left, right = multiply(last, transpose(last)), multiply(transpose(first), first)
    squares = multiply(whole, transpose(whole)), multiply(transpose(whole), whole)
    return (left, right) if (power(left, depth), power(right, depth)) == squares else None


def formula(problem: Problem, left: ExactMatrix, right: ExactMatrix) -> ExactMatrix:
    """``−Σ_j left^{N−j} ∇l(W) right^{j−1}``."""
    depth, slope = problem.depth, residual(problem)
    terms = (reduce(multiply, (power(left, depth - j), slope, power(right, j - 1))) for j in range(1, depth + 1))
    return negative(add(*terms))


@end_to_end_flow.negative_twin("without balancedness", drops=BALANCED, hypotheses=(CONFORMING,))
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R8"]
    roots = _roots(problem)
    assert roots is not None  # W is a number
    [[rate]], [[wrong]] = product_rate(problem, rates(problem)), formula(problem, *roots)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(CONFORMING, told("R8") + "; not balanced"),
        violates=f"W' = {rate}, the formula gives {wrong}",
        enclosed={"rate": rate, "formula": wrong},
    )
    detail = f"W' = {rate}, the formula gives {wrong}"
    yield refuted("R8", "exact evaluation", detail, witness if rate != wrong else None)


@end_to_end_flow.recheck
def _(witness: Witness, run: Run) -> Evidence:
    problem = load_problem(dict(witness.problem))
    if not (witness.twin or problem.balanced):
        return doubted("the start is not balanced")
    roots, rate = _roots(problem), product_rate(problem, rates_again(problem))
    if roots is None:
        return doubted("no rational roots of WWᵀ and WᵀW are known")
    claimed = formula(problem, *roots)
    detail = f"by differences of the loss the first entry of W' is {rate[0][0]}, by the formula {claimed[0][0]}"
    return proved_again(rate != claimed, detail, "unit differences")


# ---------------------------------------------------------------------------------------------------------------------
# S5: rank and determinant

RANK, SIGN = "the rank is constant", "the determinant keeps its sign"
DEEP = "depth N >= 2"


@claim(
    "arora-cohen-hu-luo-2019/rank-and-sign",
    paper=PAPER,
    number="S5",
    title="balanced layers keep rank and sign of the determinant",
    scope=Scope.all("depths N >= 2, widths, losses, balanced starts"),
    kinds=("derivation",),
    parts=(RANK, SIGN),
    hypotheses=(BALANCED, DEEP),
    uses=("arora-cohen-hu-luo-2019/end-to-end-flow",),
)
def rank_and_sign(run: Run) -> Iterator[Evidence]:
    """
    Statement: for N ≥ 2 and balanced layers the rank of W(t) is constant, and for square W so is the sign of det W(t);
        in particular a singular value that is zero at one time is zero at all times.
    Hypotheses: balanced; depth N >= 2.
    Conclusion: flow from full rank never meets a singular matrix at a finite time.
    Proof idea: W_N' = K W_N with a bounded K, because the product of the other layers is a bounded matrix times W_N.
    Checked by: normal form of words, with the two polar decompositions as rules.
    Not checked: existence of polar decompositions and uniqueness for linear equations (standard). Losses are
        continuously differentiable; analyticity is not needed.
    References: Arora et al. 2019 (arXiv:1905.13655), in connection with the signs of singular values; our own
        wording and proof.
    """
    scope = Scope.all("depths N >= 2, widths, losses, balanced starts")
    yield proved("rank-law", scope, part=RANK)
    yield proved("rank-law", scope, part=SIGN)


def changed(start: ExactMatrix, end: BallMatrix) -> str | None:
    """How rank or sign of the determinant differ for certain, in words; None where they may be the same.

    A minor that excludes zero, larger than the rank at the start, shows that the rank has grown; that it has become
    smaller shows in no enclosure, but the determinant may have passed through zero.
    """
    from verify.arithmetic import precision
    from verify.arithmetic.convert import from_fmpq, to_arb_mat, to_fmpq_mat

    exactly = to_fmpq_mat(start)
    rank, rows, columns = exactly.rank(), len(start), len(start[0])
    with precision(256):
        if rank == rows == columns:
            before, after = from_fmpq(exactly.det()), Ball.from_arb(to_arb_mat(end).det())
            flipped = after.upper < 0 if before > 0 else after.lower > 0
            return f"the determinant goes from {before} to {after.text(12)}" if flipped else None
        for chosen in combinations(range(rows), rank + 1):
            for among in combinations(range(columns), rank + 1):
                volume = Ball.from_arb(to_arb_mat(tuple(tuple(end[i][j] for j in among) for i in chosen)).det())
                if not volume.contains(0):
                    return f"the rank grows from {rank}: a minor of size {rank + 1} is {volume.text(12)}"
    return None


@rank_and_sign.negative_twin("without balancedness", drops=BALANCED, hypotheses=(CONFORMING, DEEP))
def _(run: Run) -> Iterator[Evidence]:
    from verify.rigorous import enclose_flow

    problem = COUNTEREXAMPLES["R1"]
    start, end = problem.product()[0][0], enclose_flow(problem, time=Fraction(1), digits=run.digits).product[0][0]
    if not (start < 0 < end.lower):
        yield Evidence.undecided(kind="enclosure", scope=Scope.instances("R1"), part=SIGN, detail=end.text(12))
        return
    yield Evidence.refutes(
        kind="enclosure",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("R1"),
        part=SIGN,
        detail=f"R1: W(0) = {start}, W(1) = {end.text(30)}",
        slack=end,
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=(*stated(CONFORMING, told("R1") + "; not balanced"), *stated(DEEP, "N = 2")),
            violates="the product of two numbers changes its sign",
            enclosed={"W(0)": start, "W(1)": end},
        ),
    )


@rank_and_sign.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The layers exchanged (another program, the same product), with more digits and to another time."""
    from verify.rigorous import enclose_flow

    problem = transposed_problem(load_problem(dict(witness.problem)))
    if not (witness.twin or witness.without or problem.balanced):
        return doubted("the start is not balanced")
    end = enclose_flow(problem, time=Fraction(3, 2), digits=run.digits + 9).product
    how = changed(problem.product(), end)
    return enclosed_again(
        how is not None, f"until t = 3/2 {how or 'rank and sign may be the same'}", "exchanged layers"
    )


@claim(
    "arora-cohen-hu-luo-2019/stacked-rank",
    paper=PAPER,
    number="S5 (depth 2)",
    title="at depth 2 the stacked factors keep their rank, for every start",
    scope=Scope.all("widths, losses, starts"),
    kinds=("derivation",),
    hypotheses=(CONFORMING,),
)
def stacked_rank(run: Run) -> Iterator[Evidence]:
    """
    Statement: at depth 2, W = AB, the matrix Z = [Aᵀ B] obeys Z' = −Z M with the symmetric matrix M that has G = ∇l(W)
        and Gᵀ off its diagonal; its rank and its column space are constant, for every start, balanced or not.
    Hypotheses: a factorization with conforming layers (two of them).
    Conclusion: hidden units never leave the span in which they start.
    Proof idea: a linear equation for Z from the right.
    Checked by: normal form of words in symbolic dimensions.
    Not checked: uniqueness for linear equations (standard).
    References: derived here; close to the invariant manifolds of Bai, Zhao & Zhang 2024 (arXiv:2405.13721).
    """
    yield proved("rank-law", Scope.all("widths, losses, starts"))


@stacked_rank.negative_twin("with the rank of W in place of that of Z")
def _(run: Run) -> Iterator[Evidence]:
    from verify.rigorous import enclose_flow

    problem = COUNTEREXAMPLES["R2"]
    end = enclose_flow(problem, time=Fraction(1), digits=run.digits)
    volume = minor(end.product)
    if nonzero([problem.product()]) or volume.contains(0):
        yield Evidence.undecided(kind="enclosure", scope=Scope.instances("R2"), detail=volume.text(12))
        return
    yield Evidence.refutes(
        kind="enclosure",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("R2"),
        detail=f"R2: W(0) = 0, det W(1) = {volume.text(20)}",
        slack=volume,
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=stated(CONFORMING, told("R2") + ", W_1 = 0, W_2 = I"),
            violates="the rank of W goes from 0 to 2",
            enclosed={"w12(1)": end.product[0][1], "det W(1)": volume},
        ),
    )


@stacked_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    from verify.rigorous import enclose_flow

    problem = transposed_problem(load_problem(dict(witness.problem)))
    end = enclose_flow(problem, time=Fraction(1, 2), digits=run.digits + 9)
    if witness.twin:
        how = changed(problem.product(), end.product)
    else:
        how = changed(side_by_side(problem.layers), side_by_side(end.layers))
    return enclosed_again(how is not None, f"until t = 1/2 {how or 'the rank may be the same'}", "transposed flow")


def side_by_side(layers: Sequence[Sequence[Sequence[Entry]]]) -> tuple[tuple[Entry, ...], ...]:
    """``[W_2ᵀ W_1]``, of exact layers or of balls."""
    lower, upper = layers
    return tuple((*row, *below) for row, below in zip(zip(*upper, strict=True), lower, strict=True))


# ---------------------------------------------------------------------------------------------------------------------
# S13: existence

NONNEGATIVE = "a differentiable loss that is nowhere negative"
EVERY_TIME = Scope.all("depths, widths, losses >= 0, starts, times")


@claim(
    "arora-cohen-hu-luo-2019/global-existence",
    paper=PAPER,
    number="S13",
    title="the layers come no farther than √(tφ(0)); the flow exists for all times",
    scope=EVERY_TIME,
    kinds=("derivation",),
    hypotheses=(NONNEGATIVE,),
)
def global_existence(run: Run) -> Iterator[Evidence]:
    """
    Statement: let φ ≥ 0 be the loss as a function of the layers θ = (W_1, …, W_N). As long as its gradient flow exists,
        ‖θ(t) − θ(0)‖² ≤ tφ(θ(0)). So it does not leave a ball in finite time, and if ∇φ is locally Lipschitz, as for
        every polynomial, it exists for all t ≥ 0.
    Hypotheses: a differentiable loss that is nowhere negative.
    Conclusion: flows of squared losses exist for all times, at every depth and from every start.
    Proof idea: for constant e the rate of 2T⟨e, θ⟩ + T²φ is ‖e‖² − ‖e + T∇φ‖²; take e = θ(T) − θ(0).
    Checked by: a square, in words of symbolic dimension; the division by T as polynomials.
    Not checked: that a function with a bounded rate grows no faster, and that a solution which stays in a compact set
        continues (standard).
    References: elementary; derived here. Other claims use it where they speak of all times.
    """
    yield proved("global-existence", EVERY_TIME)


@global_existence.negative_twin("with half the square: ‖θ(t) − θ(0)‖² ≤ tφ(θ(0))/2")
def _(run: Run) -> Iterator[Evidence]:
    from verify.rigorous import enclose_flow

    problem = Problem.of([[[0]]], COUNTEREXAMPLES["R1"].observations)
    end = enclose_flow(problem, time=Fraction(1), digits=run.digits).product[0][0]
    bound = residual(problem)[0][0] ** 2 / 4  # tφ/2 at t = 1, with φ = ½(w − 1)²
    if not (end.lower > 0 and end.lower**2 > bound):
        yield Evidence.undecided(kind="enclosure", scope=Scope.instances("one number"), detail=end.text(12))
        return
    yield Evidence.refutes(
        kind="enclosure",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("one number"),
        detail=f"w' = 1 − w, w(0) = 0: w(1)² > {bound} with w(1) = {end.text(20)}",
        slack=end,
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=stated(NONNEGATIVE, "½(w − 1)²"),
            violates=f"after the time 1 the square of the distance exceeds {bound}",
            enclosed={"w(1)": end, "half of the bound": bound},
        ),
    )


@global_existence.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """For one number by the solution of the linear equation, ``w(1) − w(0) = (y − w(0))(1 − 1/e)``; else by the
    transposed flow, another program. Numbers under a linear loss: by partial sums of power series."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb
    from verify.rigorous import enclose_flow

    if witness.without:
        return _runaway(witness)
    problem = load_problem(dict(witness.problem))
    bound = loss(problem) / (2 if witness.twin else 1)
    if problem.shapes == ((1, 1),):
        gap = problem.observations.values[0][0] - problem.product()[0][0]
        with precision(128):
            square, how = Ball.from_arb((to_arb(gap) * (1 - to_arb(-1).exp())) ** 2), "explicit solution"
    else:
        other = transposed_problem(problem)
        end, how = enclose_flow(other, time=Fraction(1), digits=run.digits + 9), "transposed flow"
        square = squared_distance(other.layers, end.layers)
    return enclosed_again(
        square.lower > bound, f"the square of the distance is {square.text(12)}, the bound {bound}", how
    )


def _runaway(witness: Witness) -> Evidence:
    """Under φ = −w_1 ⋯ w_N from positive numbers Taylor coefficients are positive, and partial sums lower bounds."""
    numbers, time = witness.problem["numbers"], number(witness.problem, "time")
    assert isinstance(numbers, list | tuple)
    starts = [exact(x, "number") for x in numbers]
    series = [[x] for x in starts]
    for k in range(12):
        for found, others in [(one, [x[: k + 1] for x in series if x is not one]) for one in series]:
            found.append(_coefficient(others, k) / (k + 1))
    reached = [sum((c * time**k for k, c in enumerate(one)), Fraction(0)) for one in series]
    square = sum(((x - y) ** 2 for x, y in zip(reached, starts, strict=True)), Fraction(0))
    bound = -time * reduce(lambda x, y: x * y, starts)
    detail = f"the square of the distance is at least {float(square):.6f}, the bound {bound}"
    return proved_again(min(starts) > 0 and square > bound, detail, "power series")


def _coefficient(series: Sequence[Sequence[Fraction]], order: int) -> Fraction:
    """Of t^order in a product of power series."""
    first, *rest = series
    if not rest:
        return first[order]
    return sum((first[k] * _coefficient(rest, order - k) for k in range(order + 1)), Fraction(0))


def squared_distance(start: Sequence[ExactMatrix], end: Sequence[BallMatrix]) -> Ball:
    """``‖θ(t) − θ(0)‖²``."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    def numbers(layers: Sequence[Sequence[Sequence[Entry]]]) -> list[Entry]:
        return [x for layer in layers for row in layer for x in row]

    with precision(256):
        gaps = (to_arb(y) - to_arb(x) for x, y in zip(numbers(start), numbers(end), strict=True))
        return Ball.from_arb(sum((gap * gap for gap in gaps), to_arb(0)))


def established_balance(problem: Problem) -> Established:
    """That a start is balanced, exactly."""
    if not problem.balanced:
        raise ArithmeticError("the start is not balanced")
    return Established(name=BALANCED, how=HOW_BALANCED)
