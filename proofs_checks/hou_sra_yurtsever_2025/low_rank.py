"""Claims about "truly low rank": what the iteration's small singular values are, and what float64 makes of them.

Statements about iterates of one instance are enclosed by balls, in which every iterate lies. Rechecks iterate once more
from the paper's formulas, column by column, without a matrix program. What balls cannot reach within reason is computed
at two precisions, or in two kinds of numbers, and is then supported, not proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.common import proved_again, refuted, stated
from proofs_checks.hou_sra_yurtsever_2025 import again, as_claimed
from proofs_checks.hou_sra_yurtsever_2025.trajectories import (
    A_BM,
    A_FREE,
    DIGITS,
    MORE_DIGITS,
    MORE_STEPS,
    STEPS,
    TRAP_START,
    A,
    Rounded,
    determinant,
    determinant_of,
    determinants,
    enclosed_state,
    float_step,
    growth,
    iterate_by_hand,
    near_rank_one,
    product_by_hand,
    resting,
    second_value,
    second_values,
)
from verify.arithmetic import Ball, ExactMatrix, ProgramBuilder, exact, gradient
from verify.arithmetic.exact import exact_text, identity
from verify.claims import Assurance, Evidence, Run, Scope, Verdict, Witness, claim
from verify.models import UDU, BurerMonteiro, Model, Observations, dump_problem, load_model

if TYPE_CHECKING:
    from flint import arb

PAPER = "hou_sra_yurtsever_2025"
ENCLOSURE = "iteration in balls"
COMPUTED = "computation at several precisions"
SMALL_START = "D = I, and U of full rank with small entries"

# ---------------------------------------------------------------------------------------------------------------------
# What the claims share


def _enclosed(fine: bool, name: str, detail: str, slack: Ball | None = None) -> Evidence:
    scope = Scope.instances(name)
    if not fine:
        return Evidence.undecided(kind=ENCLOSURE, scope=scope, detail=detail)
    return Evidence.supports(kind=ENCLOSURE, assurance=Assurance.ENCLOSED, scope=scope, detail=detail, slack=slack)


def _confirmed(violated: bool, detail: str) -> Evidence:
    make = Evidence.refutes if violated else Evidence.supports
    return make(
        kind="iteration column by column",
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances("the witness"),
        detail=detail,
    )


def _witness(model: Model, hypothesis: str, how: str, violates: str, **shown: object) -> Witness:
    return Witness(
        problem=dump_problem(model),
        hypotheses=stated(hypothesis, how),
        violates=violates,
        enclosed={name.replace("_", " "): value for name, value in shown.items()},
    )


def _a_is_small(model: UDU | BurerMonteiro) -> str:
    from verify.arithmetic.convert import to_fmpq_mat

    largest = max(abs(x) for row in model.U for x in row)
    return f"entries of U are at most {largest}, det U = {to_fmpq_mat(model.U).det()}"


# ---------------------------------------------------------------------------------------------------------------------
# Ranks of iterates

AFTER = f"A after {STEPS} steps"


@claim(
    "hou-sra-yurtsever-2025/full-rank-at-every-step",
    paper=PAPER,
    number="truly low rank (T8)",
    title="instance A: every iterate has full rank",
    scope=Scope.instances(AFTER),
    kinds=(ENCLOSURE,),
    hypotheses=(SMALL_START,),
)
def full_rank_at_every_step(run: Run) -> Iterator[Evidence]:
    """
    Statement: for instance A (rank-1 truth wwᵀ, w = (2, 1, −1, 2), observed where |i − j| ≤ 1; n = r = 4, D = I, small
        U, radius 1, step 1/1000) det X_k > 0 for every k up to 2000: each of these iterates has rank 4. The ball is
        active in most steps, and the nonnegativity of D in none.
    Hypotheses: D = I, and U of full rank with small entries.
    Conclusion: the smallest singular values are small, and not zero.
    Proof idea: det X = det(U)² Π D_j, taken from the factors, whose columns keep their relative accuracy.
    Checked by: balls of about 2000 bits, in which every iterate lies; in the full profile also after 5000 steps, with
        about 6000 bits.
    Not checked: later steps, and limits.
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322); the instance is ours.
    """
    value, clear, active = determinants(STEPS, DIGITS, True)
    detail = f"det X_k > 0 for k = 1 … {STEPS}, at the end {value.text(10)}; ball active in {active} steps, no clamp"
    yield _enclosed(clear, AFTER, detail if clear else "a determinant's sign is not certain", Ball(value.lower))
    if run.profile != "quick":
        value, clear, active = determinants(MORE_STEPS, MORE_DIGITS, False)
        detail = f"det X = {value.text(20)} after {MORE_STEPS} steps; ball active in {active} steps, no clamp"
        yield _enclosed(clear, f"A after {MORE_STEPS} steps", detail, Ball(value.lower))


@full_rank_at_every_step.negative_twin("with a determinant of at least 1e-68 after 2000 steps")
def _(run: Run) -> Iterator[Evidence]:
    state, _, _ = enclosed_state(A, STEPS, DIGITS)
    value = determinant_of(state)
    limit = Fraction(1, 10**68)
    if value.upper >= limit:
        yield Evidence.undecided(kind=ENCLOSURE, scope=Scope.instances(AFTER), detail=f"det X = {value.text(10)}")
        return
    witness = _witness(
        A, SMALL_START, _a_is_small(A), "the determinant is below 1e-68", determinant=value, bound=limit, steps=STEPS
    )
    yield Evidence.refutes(
        kind=ENCLOSURE,
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(AFTER),
        detail=f"det X = {value.text(10)} after {STEPS} steps",
        slack=Ball(value.upper - limit),
        witness=witness,
    )


@full_rank_at_every_step.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.lost_rank(witness)
    value = _by_hand(witness)
    bound = exact(witness.enclosed["bound"], "bound")
    return _confirmed(value.upper < bound, f"det X = {value.text(10)}, the variant asks for {float(bound):.0e}")


def _by_hand(witness: Witness) -> Ball:
    """det X of a witness's model after its number of steps, once more."""
    from verify.arithmetic import precision

    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    with precision(int(DIGITS * 3.4)):
        U, D = iterate_by_hand(model, int(exact(witness.enclosed["steps"], "steps")))
        return Ball.from_arb(determinant(U, D))


# ---------------------------------------------------------------------------------------------------------------------
# The sentence, read without its setting

LITERAL = "every start, every step"
FEASIBLE = "a feasible start with D = I"


def _resting() -> UDU:
    """X = I of rank 2, where the rank-1 matrix of ones is observed on its diagonal alone."""
    seen = Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(1))))
    return UDU(identity(2), (Fraction(1), Fraction(1)), seen, Fraction(2), Fraction(1, 10))


@claim(
    "hou-sra-yurtsever-2025/literally-truly-low-rank",
    paper=PAPER,
    number="abstract",
    title='"truly low rank, regardless of initialization and step", read literally',
    scope=Scope.all(LITERAL),
    expects=Verdict.REFUTED,
    kinds=("exact evaluation",),
    hypotheses=(FEASIBLE,),
    literal_reading="a summary of experiments with small random starts, read as a statement about all starts",
)
def literally_truly_low_rank(run: Run) -> Iterator[Evidence]:
    """
    Statement: whatever the start with D = I and whatever the step, the iteration ends at a matrix of the true rank.
    Hypotheses: a feasible start with D = I.
    Conclusion: rank X_k comes down to that of the truth.
    Proof idea: it is false when read so: a start of full rank that fits the data stays where it is. The paper speaks of
        small random starts, and of what is seen at the end of runs in floating point.
    Checked by: exact evaluation.
    Not checked: nothing is left open. For what happens from a small start see full-rank-at-every-step,
        tail-against-burer-monteiro and tail-needs-the-ball.
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322); the wording of the reading is ours.
    """
    from verify.numeric.iterate import apply_exactly

    model = _resting()
    rests = all(apply_exactly(model, step=step).state == model.start for step in (Fraction(1, 10), Fraction(3)))
    witness = _witness(model, FEASIBLE, "U = I, ‖U‖² = 2 ≤ 4, D = I", "rank 2 for ever; the truth has rank 1", rank=2)
    yield refuted(
        "X = I",
        "exact evaluation",
        "X = I of rank 2 is fixed; the matrix of ones fits, too",
        witness if rests else None,
    )


@literally_truly_low_rank.negative_twin("for starts with entries below 1/100, and within 2000 steps")
def _(run: Run) -> Iterator[Evidence]:
    state, _, _ = enclosed_state(A, STEPS, DIGITS)
    value = determinant_of(state)
    if value.lower <= 0:
        yield Evidence.undecided(kind=ENCLOSURE, scope=Scope.instances(AFTER), detail="the rank is not certain")
        return
    how = f"D = I, ‖U‖ < 1, {_a_is_small(A)}"
    yield Evidence.refutes(
        kind=ENCLOSURE,
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(AFTER),
        detail=f"det X = {value.text(10)} > 0 after {STEPS} steps: rank 4, the truth has rank 1",
        witness=_witness(A, FEASIBLE, how, "rank 4 after 2000 steps", determinant=value, bound=0, steps=STEPS),
    )


@literally_truly_low_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if witness.twin:
        value = _by_hand(witness)
        return _confirmed(value.lower > 0, f"det X = {value.text(10)}")
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    # The residual vanishes entry by entry, so that no step of any length moves anything.
    X = model.product()
    assert isinstance(model.observations, Observations)
    still = all(X[i][j] == y for i, j, y in model.observations.entries)
    full = X[0][0] * X[1][1] != X[0][1] * X[1][0]
    return proved_again(
        still and full, f"all observed entries fit exactly; det X ≠ 0: {full}", "residual entry by entry"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Tails

TAIL = Fraction(1, 10**17)


@claim(
    "hou-sra-yurtsever-2025/tail-against-burer-monteiro",
    paper=PAPER,
    number="matrix completion",
    title="instance A: the second singular value, UDU against Burer–Monteiro",
    scope=Scope.instances(AFTER),
    kinds=(ENCLOSURE,),
    hypotheses=(SMALL_START,),
)
def tail_against_burer_monteiro(run: Run) -> Iterator[Evidence]:
    """
    Statement: after 2000 steps of instance A, from the same U and with the same step, the second singular value of
        UDU's X is positive and less than 1e-17, and that of Burer and Monteiro's is more than 1.
    Hypotheses: D = I, and U of full rank with small entries.
    Conclusion: UDU's iterate is of low rank but for a tail that no float64 spectrum of X could see.
    Proof idea: both iterations are enclosed; singular values by the theorems of Weyl and Ostrowski.
    Checked by: balls of about 2000 bits.
    Not checked: other instances. On larger random ones the tail is much larger (of the order 1e-6 of the first value).
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), matrix completion; the instance is ours.
    """
    ours, theirs = second_values()
    fine = ours.lower > 0 and ours.upper < TAIL and theirs.lower > 1
    detail = f"σ_2 = {ours.text(6)} for UDU, {theirs.text(6)} for Burer–Monteiro"
    yield _enclosed(fine, AFTER, detail, Ball(TAIL - ours.upper))


@tail_against_burer_monteiro.negative_twin("below 1e-18")
def _(run: Run) -> Iterator[Evidence]:
    ours, _ = second_values()
    bound = Fraction(1, 10**18)
    if ours.lower <= bound:
        yield Evidence.undecided(kind=ENCLOSURE, scope=Scope.instances(AFTER), detail=f"σ_2 = {ours.text(6)}")
        return
    yield Evidence.refutes(
        kind=ENCLOSURE,
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(AFTER),
        detail=f"σ_2 = {ours.text(6)}",
        slack=Ball(bound - ours.lower),
        witness=_witness(A, SMALL_START, _a_is_small(A), "σ_2 exceeds 1e-18", second=ours, bound=bound, steps=STEPS),
    )


@tail_against_burer_monteiro.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """By minors: the sum of all squared 2 × 2 minors is ``Σ σ_i²σ_j² ≤ 6 σ_1²σ_2²``, and ``σ_1 ≤ ‖X‖_F``."""
    if run.without:
        return again.lost_rank(witness)
    from flint import arb

    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    bound = exact(witness.enclosed["bound"], "bound")
    with precision(int(DIGITS * 3.4)):
        X = product_by_hand(model, int(exact(witness.enclosed["steps"], "steps")))
        n = X.nrows()
        pairs = [(i, j) for i in range(n) for j in range(i)]
        minors = sum(((X[i, k] * X[j, m] - X[i, m] * X[j, k]) ** 2 for i, j in pairs for k, m in pairs), arb(0))
        square = sum((x * x for x in X.entries()), arb(0))
        least = Ball.from_arb((minors / (6 * square)).sqrt())
        beyond = bool(to_arb(least) > to_arb(bound))
    return _confirmed(beyond, f"σ_2 ≥ {least.text(6)} by its 2 × 2 minors")


@claim(
    "hou-sra-yurtsever-2025/tail-needs-the-ball",
    paper=PAPER,
    number="matrix completion",
    title="instance A without the ball: no low rank",
    scope=Scope.instances(AFTER),
    kinds=(ENCLOSURE,),
    hypotheses=(SMALL_START,),
)
def tail_needs_the_ball(run: Run) -> Iterator[Evidence]:
    """
    Statement: after 2000 steps of instance A without its ball (or with any ball that never acts), from the same start
        and with the same step, the second singular value of X is more than 4/5, where the ball of radius 1 leaves
        less than 1e-17.
    Hypotheses: D = I, and U of full rank with small entries.
    Conclusion: what makes the tail small is the ball's action, so that the radius, in relation to the size of the
        truth, decides it (see scale-covariance).
    Proof idea: both iterations are enclosed.
    Checked by: balls of about 2000 bits.
    Not checked: other instances.
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322); the instance is ours.
    """
    with_ball = second_value(A, enclosed_state(A, STEPS, DIGITS)[0], DIGITS)
    without = second_value(A_FREE, enclosed_state(A_FREE, STEPS, DIGITS)[0], DIGITS)
    fine = with_ball.upper < TAIL and without.lower > Fraction(4, 5)
    yield _enclosed(fine, AFTER, f"σ_2 = {without.text(6)} without, {with_ball.text(6)} with the ball")


@tail_needs_the_ball.negative_twin("with the ball left on")
def _(run: Run) -> Iterator[Evidence]:
    value = second_value(A, enclosed_state(A, STEPS, DIGITS)[0], DIGITS)
    if value.upper >= Fraction(4, 5):
        yield Evidence.undecided(kind=ENCLOSURE, scope=Scope.instances(AFTER), detail=f"σ_2 = {value.text(6)}")
        return
    yield Evidence.refutes(
        kind=ENCLOSURE,
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(AFTER),
        detail=f"σ_2 = {value.text(6)}, not more than 4/5",
        slack=Ball(value.upper - Fraction(4, 5)),
        witness=_witness(
            A, SMALL_START, _a_is_small(A), "σ_2 is less than 4/5", second=value, bound=Fraction(4, 5), steps=STEPS
        ),
    )


@tail_needs_the_ball.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """By traces: ``Σ_{i<j} σ_iσ_j = (tr² X − tr X²)/2`` for X ⪰ 0, so ``σ_2 ≤`` that over σ_1, and ``σ_1 ≥ tr X/4``."""
    if run.without:
        return again.lost_rank(witness)
    from flint import arb

    from verify.arithmetic import precision

    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    bound = exact(witness.enclosed["bound"], "bound")
    with precision(int(DIGITS * 3.4)):
        X = product_by_hand(model, int(exact(witness.enclosed["steps"], "steps")))
        n = X.nrows()
        trace = sum((X[i, i] for i in range(n)), arb(0))
        pairs = (trace * trace - sum((x * x for x in X.entries()), arb(0))) / 2
        most = Ball.from_arb(n * pairs / trace)
    return _confirmed(most.upper < bound, f"σ_2 ≤ {most.text(3)} by traces")


# ---------------------------------------------------------------------------------------------------------------------
# Scale

SCALES = Scope.all("dimensions, starts, data, steps, radii, scales")
SCALED = "the data, the start, the radius and the step are scaled together"


class _Degrees:
    """An algebra in which a matrix is the power of s by which it is multiplied; None for the zero matrix."""

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> int:
        if value == "Y":
            return 3  # the data
        raise ValueError(f"no degree is known for {value}")

    def product(self, left: int, right: int) -> int:
        return left + right

    def transpose(self, of: int) -> int:
        return of

    def add(self, left: int, right: int) -> int:
        if left != right:
            raise ValueError(f"a sum of terms of degrees {left} and {right}")
        return left

    def scale(self, factor: Fraction, of: int) -> int:
        return of

    def mask(self, mask: Any, of: int) -> int:
        return of

    def diagonal(self, of: int) -> int:
        return of


@claim(
    "hou-sra-yurtsever-2025/scale-covariance",
    paper=PAPER,
    number="matrix completion",
    title="the bias is not free of scale: it is covariant",
    scope=SCALES,
    kinds=("homogeneity of the matrix program",),
    hypotheses=(SCALED,),
)
def scale_covariance(run: Run) -> Iterator[Evidence]:
    """
    Statement: for the loss ½‖mask ∘ (X − Y)‖² and every s > 0, multiplying U, D and the radius by s, the data by s³ and
        the step by s⁻⁴ multiplies the whole iteration's U and D by s, and X by s³.
    Hypotheses: the data, the start, the radius and the step are scaled together.
    Conclusion: the iteration commutes with the scaling. So a radius has a meaning only relative to the data and the
        start: with the start and the step scaled along, the ratio of the data's size to α³ counts, not α alone.
    Proof idea: every node of the matrix program is homogeneous: the residual of degree 3, the gradients in U and D of
        degree 5, and 5 − 4 = 1; the projections are positively homogeneous of degree 1.
    Checked by: degrees of the nodes of the program of the loss ½‖mask ∘ (U diag(D) Uᵀ) − Y‖², in symbolic dimensions,
        every sum having terms of one degree.
    Not checked: that min(1, α/‖·‖) and max(·, 0) commute with positive factors, which is plain.
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), matrix completion; the statement is ours.
    """
    from verify.arithmetic import evaluate

    build = ProgramBuilder()
    U, D = build.parameter("U", "n", "r"), build.parameter("D", "r", "r")
    X = build.product(build.product(U, build.diagonal(D)), build.transpose(U))
    residual = build.add(build.mask("Omega", X), build.constant("Y", ("n", "n")))
    found = evaluate(gradient(build.build(residual=residual)), {"U": 1, "D": 1}, _Degrees())
    fine = found == {"dU": 5, "dD": 5, "residual": 3}
    make = Evidence.supports if fine else Evidence.undecided
    options: dict[str, Any] = {"assurance": Assurance.PROVED} if fine else {}
    yield make(kind="homogeneity of the matrix program", scope=SCALES, detail=f"degrees {found}, step −4", **options)


@scale_covariance.negative_twin("with the diagonal left as it is, and the data multiplied by s² and the step by s⁻²")
def _(run: Run) -> Iterator[Evidence]:
    from verify.numeric.iterate import apply_exactly

    seen = Observations(1, 1, ((0, 0, Fraction(3)),))
    model = UDU(((Fraction(1),),), (Fraction(1),), seen, Fraction(9), Fraction(1, 10))
    other = _scaled(model)
    once, scaled = apply_exactly(model).state, apply_exactly(other).state
    covariant = scaled["U"][0][0] == 2 * once["U"][0][0] and scaled["D"] == once["D"]
    witness = _witness(
        model,
        SCALED,
        "n = r = 1, s = 2: U, the radius, the data and the step by 2, 2, 4 and 1/4",
        "D after one step is not that of the unscaled iteration",
        D=once["D"][0][0],
        D_scaled=scaled["D"][0][0],
    )
    detail = f"D goes to {once['D'][0][0]}, and scaled to {scaled['D'][0][0]}"
    yield refuted("n = r = 1, s = 2", "exact evaluation", detail, None if covariant else witness)


def _scaled(model: UDU) -> UDU:
    """U and the radius times 2, the data times 4, the step over 4; D as it is."""
    assert isinstance(model.observations, Observations)
    seen = Observations(1, 1, tuple((i, j, 4 * y) for i, j, y in model.observations.entries))
    assert model.radius is not None
    assert model.step is not None
    return UDU(((2 * model.U[0][0],),), model.D, seen, 2 * model.radius, model.step / 4)


@scale_covariance.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """``λ − η(λu² − y)u²`` for both, by hand."""
    if run.without:
        return again.scaled_step(witness)
    if not witness.twin:
        return as_claimed.scaled(witness)
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    ends = []
    for one in (model, _scaled(model)):
        assert isinstance(one.observations, Observations)
        assert one.step is not None
        u, d, y = one.U[0][0], one.D[0], one.observations.entries[0][2]
        ends.append(max(d - one.step * (d * u * u - y) * u * u, Fraction(0)))
    return proved_again(ends[0] != ends[1], f"D becomes {ends[0]} and {ends[1]}", "formula of the step")


# ---------------------------------------------------------------------------------------------------------------------
# What float64 makes of an underflow

RESTS = "the state at which float64 stands still"


@claim(
    "hou-sra-yurtsever-2025/float64-false-fixed-point",
    paper=PAPER,
    number="truly low rank (underflow)",
    title="a rank-1 fixed point that only float64 has",
    scope=Scope.instances(RESTS),
    kinds=("exact evaluation",),
    parts=("float64 rests", "the iteration does not"),
    hypotheses=("a state of doubles",),
)
def float64_false_fixed_point(run: Run) -> Iterator[Evidence]:
    """
    Statement: for f = ½‖X − diag(40, 39)‖², radius 1 and step 1/10000 there is a state of doubles with X = diag(40, 0)
        to within 1e-10, loss 39²/2 to within 1e-10, at which the iteration in IEEE double precision (its operations in
        one given order, each rounded once) stands still for ever,
        while the exact iteration from that very state makes the entry U_21 of the lost column longer by a factor of
        more than 1.014 in its first step.
    Hypotheses: a state of doubles.
    Conclusion: "rank 1" there is an artefact of underflow: a column of 8 and 9 times 2⁻¹⁰⁷⁴ cannot grow by 1.4 per
        cent, since it would have to grow by less than half of the smallest double.
    Proof idea: both maps are evaluated at the state, one in doubles, one in fractions.
    Checked by: exact evaluation. In the full profile float64 is also seen to come to rest in such a state from U = [[1,
        2], [2, −1]]/1000, D = I, after 277,000 steps.
    Not checked: that the exact iteration escapes in the end (exponents-matter computes it).
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), "truly low rank"; the instance is ours.
    """
    model = resting()
    U, D = [[float(x) for x in row] for row in model.U], [float(x) for x in model.D]
    rests = float_step(U, D) == (U, D) and near_rank_one(model)
    yield _exactly(rests, "float64 rests", "the step in doubles gives back the same doubles; X is near diag(40, 0)")
    factor = growth(model)
    yield _exactly(
        factor > Fraction(1014, 1000) ** 2,
        "the iteration does not",
        f"U_21 grows by the factor {float(factor) ** 0.5:.5f}",
    )
    if run.profile != "quick":
        U, D = [[float(x) for x in row] for row in TRAP_START.U], [1.0, 1.0]
        count = 0
        while (after := float_step(U, D)) != (U, D) and count < 700_000:
            (U, D), count = after, count + 1
        lost = min(U[0][0] ** 2 + U[1][0] ** 2, U[0][1] ** 2 + U[1][1] ** 2)
        yield _exactly(
            after == (U, D) and lost == 0.0,
            "float64 rests",
            f"from the start float64 comes to rest after {count} steps, U = {U}, D = {D}",
        )


def _exactly(fine: bool, part: str, detail: str) -> Evidence:
    if not fine:
        return Evidence.undecided(kind="exact evaluation", scope=Scope.instances(RESTS), part=part, detail=detail)
    return Evidence.supports(
        kind="exact evaluation",
        assurance=Assurance.PROVED,
        scope=Scope.instances(RESTS),
        part=part,
        detail=detail,
    )


@float64_false_fixed_point.negative_twin("the exact iteration rests there, too")
def _(run: Run) -> Iterator[Evidence]:
    model = resting()
    factor = growth(model)
    witness = _witness(
        model,
        "a state of doubles",
        "given by their bits",
        "the exact iteration moves: a column grows",
        growth=exact_text(Fraction(round(factor * 10**12), 10**12)),
    )
    yield refuted(
        RESTS,
        "exact evaluation",
        f"U_21² grows by the factor {float(factor):.5f}",
        witness if factor > 1 else None,
        part="the iteration does not",
    )


@float64_false_fixed_point.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """By the fixed points' characterization: a positive weight needs ``Gu_j = 0``."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    assert isinstance(model.observations, Observations)
    X = model.product()
    G = [[X[i][j] - y for _, j, y in sorted(e for e in model.observations.entries if e[0] == i)] for i in range(2)]
    turned = [sum((G[i][k] * model.U[k][0] for k in range(2)), Fraction(0)) for i in range(2)]
    moves = model.D[0] > 0 and any(turned)
    return proved_again(moves, f"λ_1 > 0 and G u_1 ≠ 0: {moves}", "characterization of fixed points")


# ---------------------------------------------------------------------------------------------------------------------
# What is computed, not enclosed

FAR = "A after 20000 steps"


@claim(
    "hou-sra-yurtsever-2025/tail-at-two-precisions",
    paper=PAPER,
    number="matrix completion",
    title="instance A after 20000 steps, at 50 and at 100 digits",
    scope=Scope.instances(FAR),
    expects=Verdict.SUPPORTED,
    kinds=(COMPUTED,),
    hypotheses=(SMALL_START,),
)
def tail_at_two_precisions(run: Run) -> Iterator[Evidence]:
    """
    Statement: after 20000 steps of instance A the singular values of UDU's X are 9.9996, 1.1688e-65, 1.9308e-73 and
        6.2936e-81, and those of Burer and Monteiro's 9.0801, 0.99163, 2.5839e-5 and 9.6931e-9, to the digits given.
    Hypotheses: D = I, and U of full rank with small entries.
    Conclusion: UDU's tail is tiny and not zero; it is no rounding error, since it does not depend on the precision.
    Proof idea: floating-point iterations at 50 and at 100 digits agree in all 50 digits of all eight numbers; singular
        values are taken from the factors.
    Checked by: computation at two precisions.
    Not checked: no bound of the rounding errors is proved over so many steps.
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), matrix completion; the instance is ours.
    """
    import mpmath

    from verify.numeric.iterations import iterate

    expected = {
        A: ("9.9996", "1.1688e-65", "1.9308e-73", "6.2936e-81"),
        A_BM: ("9.0801", "0.99163", "2.5839e-5", "9.6931e-9"),
    }
    worst, shown = Fraction(0), []
    for model, numbers in expected.items():
        coarse, fine = (iterate(model, steps=20_000, digits=d).singular_values for d in (50, 100))
        for x, y, text in zip(coarse, fine, numbers, strict=True):
            worst = max(worst, abs(exact(x) / exact(y) - 1))
            shown.append(mpmath.nstr(y, 5) == mpmath.nstr(mpmath.mpf(text), 5))
    fits = worst < Fraction(1, 10**49) and all(shown)
    make = Evidence.supports if fits else Evidence.undecided
    options: dict[str, Any] = {"assurance": Assurance.SAMPLED, "instances": 1} if fits else {}
    yield make(
        kind=COMPUTED,
        scope=Scope.instances(FAR),
        detail=f"50 and 100 digits agree to {float(worst):.0e} relatively in all eight singular values",
        **options,
    )


@tail_at_two_precisions.negative_twin("already after 2000 steps")
def _(run: Run) -> Iterator[Evidence]:
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb, to_arb_mat

    state, _, _ = enclosed_state(A, STEPS, DIGITS)
    with precision(int(DIGITS * 3.33) + 64):
        # σ_1 of U diag(D) Uᵀ is at most the sum of the D_j, since ‖U‖ ≤ 1
        total = to_arb(Fraction(0))
        for x in to_arb_mat(state["D"]).entries():
            total += x.abs_upper()
        most = Ball.from_arb(total.abs_upper())
    bound = exact("9.9995")
    if most.upper >= bound:
        yield Evidence.undecided(kind=ENCLOSURE, scope=Scope.instances(AFTER), detail=f"σ_1 ≤ {most.text(6)}")
        return
    yield Evidence.refutes(
        kind=ENCLOSURE,
        assurance=Assurance.ENCLOSED,
        scope=Scope.instances(AFTER),
        detail=f"σ_1 ≤ {most.text(6)}, not 9.9996",
        slack=Ball(most.upper - bound),
        witness=_witness(
            A, SMALL_START, _a_is_small(A), "the first singular value is below 9.9995", bound=bound, steps=STEPS
        ),
    )


@tail_at_two_precisions.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """``σ_1 ≤ ‖X‖_F``."""
    from flint import arb

    from verify.arithmetic import precision

    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    with precision(int(DIGITS * 3.4)):
        X = product_by_hand(model, int(exact(witness.enclosed["steps"], "steps")))
        square: arb = sum((x * x for x in X.entries()), arb(0))
        norm = Ball.from_arb(square.sqrt())
    return _confirmed(norm.upper < exact(witness.enclosed["bound"], "bound"), f"‖X‖_F = {norm.text(6)}")


ESCAPES = "from the state at which float64 stands still"


@claim(
    "hou-sra-yurtsever-2025/exponents-matter",
    paper=PAPER,
    number="truly low rank (underflow)",
    title="what float64 lacks is exponents, not digits",
    scope=Scope.instances(ESCAPES),
    expects=Verdict.SUPPORTED,
    kinds=(COMPUTED,),
    hypotheses=("a state of doubles",),
)
def exponents_matter(run: Run) -> Iterator[Evidence]:
    """
    Statement: from the state at which float64 stands still (float64-false-fixed-point), with 53 bits and unlimited
        exponents, the iteration's loss falls from 760.5 = 39²/2 to less than 300 within 90000 steps, and the second
        singular value of X rises from 0 to more than 19.
    Hypotheses: a state of doubles.
    Conclusion: not the precision but the range of float64 makes the false fixed point.
    Proof idea: the lost column grows by 1.4 per cent a step, over more than three hundred orders of magnitude.
    Checked by: computation with 53 bits and unlimited exponents; in the full profile with 200 bits, too, and in the
        machine's long double from the start.
    Not checked: no bound of the rounding errors is proved over so many steps.
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), "truly low rank"; the instance is ours.
    """
    from verify.numeric.iterations import iterate

    trials: list[tuple[UDU, str, int, int]] = [(resting(), "floating", 16, 90_000)]
    if run.profile != "quick":
        trials += [(resting(), "floating", 60, 90_000), (TRAP_START, "longdouble", 18, 350_000)]
    for model, numbers, digits, steps in trials:
        guard = 0 if digits == 16 else 5
        found = iterate(model, steps=steps, digits=digits, numbers=numbers, guard=guard, progress=run.progress)  # type: ignore[arg-type]
        second = found.singular_values[1]
        fits = found.objective.upper < 300 and second > 19
        make = Evidence.supports if fits else Evidence.undecided
        options: dict[str, Any] = {"assurance": Assurance.SAMPLED, "instances": 1} if fits else {}
        what = f"{numbers}, {digits} digits" if numbers == "floating" else "long double, from the start"
        yield make(
            kind=COMPUTED,
            scope=Scope.instances(ESCAPES if model != TRAP_START else "from U = [[1, 2], [2, -1]]/1000, D = I"),
            detail=f"{what}: loss {float(found.objective.mid):.4f} after {found.steps} steps, "
            f"σ_2 = {second.context.nstr(second, 6)}",
            **options,
        )


@exponents_matter.negative_twin("with float64's exponents as well")
def _(run: Run) -> Iterator[Evidence]:
    model = resting()
    U, D = [[float(x) for x in row] for row in model.U], [float(x) for x in model.D]
    rests = float_step(U, D) == (U, D)
    how = "given by their bits"
    witness = _witness(model, "a state of doubles", how, "float64 stands still: the loss stays 760.5", steps=1)
    detail = "the step in doubles gives back the same doubles"
    yield refuted(ESCAPES, "exact evaluation", detail, witness if rests else None)


@exponents_matter.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The same step without the machine's arithmetic: in fractions, each operation rounded to the nearest double."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    before = [[Rounded(x) for x in row] for row in model.U], [Rounded(x) for x in model.D]
    rests = float_step(*before, Rounded.of) == before
    return proved_again(rests, f"rounded fractions stand still, too: {rests}", "correctly rounded fractions")
