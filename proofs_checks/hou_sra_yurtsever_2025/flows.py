"""Claims about the flow: what it conserves inside the ball and on its boundary, and that no column vanishes.

Identities hold in all dimensions; that there are no further invariants is an exact rank of a Lie algebra for each size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Any

from proofs_checks.common import proved, proved_again, refuted
from proofs_checks.hou_sra_yurtsever_2025 import again, as_claimed
from proofs_checks.hou_sra_yurtsever_2025.fixed_points import EXACT, FEASIBLE, PAPER, moved_again, stored, witness_of
from proofs_checks.hou_sra_yurtsever_2025.instances import Point, approximating, gradient
from verify.arithmetic import ExactMatrix, exact
from verify.arithmetic.exact import transpose
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import UDU

FLOWS = Scope.all("dimensions, losses, radii")
LIE = "rank of a Lie algebra"

#: A point that is nowhere special: two columns, different weights.
GENERAL = approximating([[2, 1], [1, 3]], [["1/2", "1/3"], ["1/4", 1]], [1, 2])

#: Two parallel columns of different lengths and weights.
PARALLEL = approximating([[20, 10], [10, 30]], [[1, 2], [1, 2]], [1, 2])


def rates(model: UDU) -> tuple[ExactMatrix, tuple[Fraction, ...]]:
    """``U' = −2GU diag(D)`` and ``D_j' = −u_jᵀGu_j`` inside the ball, with fractions."""
    from verify.symbolic.fixed_points import gradient_step, quadratic_forms

    G = gradient(model, Point(model).product)
    moved = gradient_step(model.U, model.D, G, step=Fraction(1))
    U = tuple(tuple(b - a for a, b in zip(x, y, strict=True)) for x, y in zip(model.U, moved, strict=True))
    return U, tuple(-q for q in quadratic_forms(model.U, G))


def rates_again(model: UDU) -> tuple[ExactMatrix, tuple[Fraction, ...]]:
    """The same through the matrix program: minus the loss's gradient is the difference that a unit step makes."""
    moved = moved_again(model, Fraction(1))
    U = tuple(tuple(b - a for a, b in zip(x, y, strict=True)) for x, y in zip(model.U, moved["U"], strict=True))
    return U, tuple(row[0] - d for row, d in zip(moved["D"], model.D, strict=True))


def column_rate(model: UDU, moving: tuple[ExactMatrix, tuple[Fraction, ...]], factor: int, column: int = 0) -> Fraction:
    """``d/dt (‖u_j‖² − factor·λ_j²)``."""
    U, D = moving
    inner = sum((x[column] * dx[column] for x, dx in zip(model.U, U, strict=True)), Fraction(0))
    return 2 * inner - 2 * factor * model.D[column] * D[column]


# ---------------------------------------------------------------------------------------------------------------------
# F1


@claim(
    "hou-sra-yurtsever-2025/flow-descends",
    paper=PAPER,
    number="(F1)",
    title="along the flow the loss falls by the squares of the rates; it rests at the fixed points",
    scope=FLOWS,
    kinds=("derivation",),
    hypotheses=(FEASIBLE,),
    uses=("hou-sra-yurtsever-2025/fixed-iff-stationary",),
)
def flow_descends(run: Run) -> Iterator[Evidence]:
    """
    Statement: along the flow u_j' = −2λ_j G u_j − μu_j, λ_j' = −q_j (0 where λ_j = 0 and q_j > 0), with the multiplier
        μ ≥ 0 of the ball, the loss has the rate −‖U'‖² − ‖D'‖²; it rests exactly at the fixed points of the iteration.
    Hypotheses: a feasible point: D >= 0, the ball holds U.
    Conclusion: the identity, for all dimensions and losses, constraints active or not.
    Proof idea: ⟨G, X'⟩ by the product rule; the multiplier's part is tangent to the sphere and drops out.
    Checked by: normal form of words in matrices of symbolic dimensions.
    Not checked: nothing is left open.
    """
    yield proved("udu-flow", FLOWS)


def loss_rate(model: UDU, moving: tuple[ExactMatrix, tuple[Fraction, ...]]) -> Fraction:
    """``⟨G, X'⟩`` with fractions, X' by the product rule in every entry."""
    (U, D), G = moving, gradient(model, Point(model).product)
    size, total = range(len(model.U)), Fraction(0)
    for i in size:
        for j in size:
            for k, weight in enumerate(model.D):
                x, y = model.U[i][k], model.U[j][k]
                total += G[i][j] * (U[i][k] * weight * y + x * D[k] * y + x * weight * U[j][k])
    return total


def _squares(moving: tuple[ExactMatrix, tuple[Fraction, ...]]) -> tuple[Fraction, Fraction]:
    U, D = moving
    return sum((x * x for row in U for x in row), Fraction(0)), sum((x * x for x in D), Fraction(0))


@flow_descends.negative_twin("with twice the square of U'")
def _(run: Run) -> Iterator[Evidence]:
    moving = rates(GENERAL)
    (of_u, of_d), rate = _squares(moving), loss_rate(GENERAL, moving)
    violates = f"the loss has the rate {rate}, the false formula gives {-2 * of_u - of_d}"
    witness = witness_of(GENERAL, FEASIBLE, "no ball is needed", violates)
    yield refuted("two columns", EXACT, violates, witness if rate == -of_u - of_d != -2 * of_u - of_d else None)


@flow_descends.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.outside(witness)
    if not witness.twin:
        return as_claimed.descent(witness)
    moving = rates_again(stored(witness))
    of_u, of_d = _squares(moving)  # the flow's rates are the loss's slopes, so it falls by their squares
    return proved_again(of_u != 0, f"by the adjoint sweep the loss falls at the rate {of_u + of_d}", "adjoint sweep")


# ---------------------------------------------------------------------------------------------------------------------
# F2, T7


@claim(
    "hou-sra-yurtsever-2025/column-invariants",
    paper=PAPER,
    number="(F2)",
    title="‖u_j‖² − 2λ_j² is conserved inside the ball and never grows",
    scope=FLOWS,
    kinds=("derivation",),
    hypotheses=(FEASIBLE,),
)
def column_invariants(run: Run) -> Iterator[Evidence]:
    """
    Statement: along the flow C_j = ‖u_j‖² − 2λ_j² obeys C_j' = −2μ‖u_j‖² ≤ 0; it is conserved while the ball is
        inactive.
    Hypotheses: a feasible point: D >= 0, the ball holds U.
    Conclusion: the rate, for all dimensions and losses.
    Proof idea: the chain rule; 2λ_j times the rate −q_j of λ_j cancels the rate of ‖u_j‖².
    Checked by: normal form of rational functions.
    Not checked: nothing is left open.
    """
    yield proved("udu-invariants", FLOWS)


@column_invariants.negative_twin("for ‖u_j‖² − λ_j²")
def _(run: Run) -> Iterator[Evidence]:
    rate = column_rate(GENERAL, rates(GENERAL), 1)
    violates = f"the rate of ‖u₁‖² − λ₁² at the start is {rate}"
    witness = witness_of(GENERAL, FEASIBLE, "no ball is needed", violates)
    yield refuted("two columns", EXACT, violates, witness if rate else None)


@column_invariants.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if not witness.twin:
        return as_claimed.invariants(witness)
    model = stored(witness)
    moving = rates_again(model)
    rates = [column_rate(model, moving, 1, j) for j in range(len(model.D))]
    told = ", ".join(map(str, rates))
    return proved_again(any(rates), f"by the adjoint sweep the rates are {told}", "adjoint sweep")


STRONG = "λ_j(0)² > ‖u_j(0)‖²/2"


@claim(
    "hou-sra-yurtsever-2025/weights-stay-positive",
    paper=PAPER,
    number="(T7)",
    title="from the usual start no weight is ever clamped",
    scope=FLOWS,
    kinds=("derivation",),
    hypotheses=(STRONG,),
    uses=("hou-sra-yurtsever-2025/column-invariants",),
)
def weights_stay_positive(run: Run) -> Iterator[Evidence]:
    """
    Statement: if λ_j(0)² > ‖u_j(0)‖²/2, as for D(0) = I and ‖u_j(0)‖² < 2, then λ_j(t)² ≥ (‖u_j(t)‖² − C_j(0))/2 > 0
        for all
        t: the flow never clamps a weight.
    Hypotheses: λ_j(0)² > ‖u_j(0)‖²/2.
    Conclusion: the bound, with C_j(0) = ‖u_j(0)‖² − 2λ_j(0)² < 0.
    Proof idea: C_j never grows.
    Checked by: an inequality of rational functions, term by term.
    Not checked: that a function with a rate ≤ 0 does not grow.
    """
    yield proved("udu-ball", FLOWS)


@weights_stay_positive.negative_twin("with the bound λ_j² ≥ ‖u_j‖² − C_j(0)")
def _(run: Run) -> Iterator[Evidence]:
    p = sum((x * x for x in transpose(GENERAL.U)[0]), Fraction(0))
    weight = GENERAL.D[0]
    bound = p - (p - 2 * weight**2)
    found = weight**2 > p / 2 and weight**2 < bound
    violates = f"at the start λ₁² = {weight**2} is below ‖u₁‖² − C₁ = {bound}"
    witness = witness_of(GENERAL, STRONG, f"λ₁² = {weight**2}, ‖u₁‖² = {p}", violates)
    yield refuted("two columns", EXACT, violates, witness if found else None)


@weights_stay_positive.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.dying_weight(witness)
    if not witness.twin:
        return as_claimed.positive_weights(witness)
    from verify.arithmetic import EntrywiseAlgebra, evaluate

    model = stored(witness)
    balance = evaluate(model.conserved, model.start, EntrywiseAlgebra(Fraction))["columns"][0][0]
    square = model.D[0] ** 2
    p = balance + 2 * square
    violated = square > p / 2 and square < p - balance
    return proved_again(violated, f"λ₁² = {square}, C₁ = {balance}", "the model's conserved quantities")


# ---------------------------------------------------------------------------------------------------------------------
# F3, F4: no further invariants

ARBITRARY = "the loss is arbitrary: its gradient takes every value"
#: Sizes, what flows, and how many invariants the whole family of losses has.
FAMILIES: Mapping[str, tuple[str, tuple[int, ...], int]] = MappingProxyType(
    {
        **{f"UDUᵀ n={n} r={r}": ("udu", (n, r), r) for n, r in ((2, 1), (2, 2), (3, 2), (2, 3), (3, 3))},
        **{f"UDVᵀ n={n} m={m} r={r}": ("udv", (n, m, r), 2 * r) for n, m, r in ((2, 2, 1), (2, 2, 2), (2, 3, 2))},
        **{f"UUᵀ n={n} r={r}": ("bm", (n, r), free) for n, r, free in ((2, 1, 0), (2, 2, 0), (3, 2, 0), (2, 3, 2))},
        **{f"ball r={r}": ("ball", (r,), 1) for r in range(2, 7)},
        "ball n=2 r=2, U and D": ("active", (2, 2), 1),
    }
)


def lie_dimension(kind: str, size: tuple[int, ...], seed: int) -> tuple[int, int]:
    """The number of variables, and the dimension of the family's Lie algebra at a random rational point."""
    from verify.symbolic import lie_rank as lie

    random = Random(f"{kind}{size}{seed}")
    if kind == "ball":
        square = Fraction(size[0] * (size[0] + 1), 2)
        ring, fields = lie.ball_fields(size[0], square)
        point = [Fraction(k + 1) for k in range(size[0])] + [Fraction(1)] * size[0]  # Σ p_j = α²
        return len(ring.variables), lie.lie_rank(fields, point)
    if kind == "active":
        point = [Fraction(x) for x in (1, 2, -1, 3, 2, 5)]
        ring, fields = lie.udu_fields(*size, active=sum((x * x for x in point[:4]), Fraction(0)))
        return len(ring.variables), lie.lie_rank(fields, point)
    make: Any = {"udu": lie.udu_fields, "udv": lie.udv_fields, "bm": lie.burer_monteiro_fields}[kind]
    ring, fields = make(*size)
    point = [Fraction(random.choice((-1, 1)) * random.randint(1, 9), random.randint(2, 7)) for _ in ring.variables]
    return len(ring.variables), lie.lie_rank(fields, point)


@claim(
    "hou-sra-yurtsever-2025/no-further-invariants",
    paper=PAPER,
    number="(F3, F4)",
    title="the column invariants are all there are; on an active ball there is none",
    scope=Scope.dimensions(*FAMILIES),
    kinds=(LIE,),
    hypotheses=(ARBITRARY,),
    uses=("hou-sra-yurtsever-2025/column-invariants",),
)
def no_further_invariants(run: Run) -> Iterator[Evidence]:
    """
    Statement: for the sizes named, functions of the state, continuously differentiable on some open set of states, that
        are constant along the flow of every loss: of those with independent gradients there are at most r for UDUᵀ (so
        the C_j are all), 2r for UDVᵀ (so ‖u_j‖² − λ_j² and ‖v_j‖² − λ_j² are), 0 for UUᵀ with r ≤ n and 2 for n = 2,
        r = 3. On an active ball there is none but ‖U‖² itself, neither in (U, D) for n = r = 2 nor in the
        (‖u_j‖², λ_j²) alone for 2 ≤ r ≤ 6.
    Hypotheses: the loss is arbitrary: its gradient takes every value (every symmetric G; every G for UDVᵀ).
    Conclusion: for the sizes named, and no others.
    Proof idea: a function that all fields of a family leave constant is left constant by their Lie brackets; where
        these
        span all but d dimensions, at most d functions are independent.
    Checked by: brackets of polynomial fields, and their exact rank at one rational point.
    Not checked: that what is constant along the fields is constant along their brackets (the orbit theorem of Nagano
        and Sussmann); that independent gradients at one point remain so nearby, where minors that are not the zero
        polynomial do not vanish; that an active ball, μ > 0, leaves an open half-space of gradients, which spans all.
    References: Nagano 1966, Sussmann 1973 (the orbits of families of fields).
    """
    for name, (kind, size, free) in FAMILIES.items():
        variables, dimension = lie_dimension(kind, size, run.seed)
        detail = f"{name}: {dimension} of {variables} dimensions, so at most {variables - dimension} invariants"
        make = Evidence.supports if variables - dimension == free else Evidence.undecided
        yield make(kind=LIE, assurance=Assurance.PROVED, scope=Scope.dimensions(name), detail=detail)


@no_further_invariants.negative_twin("C_j is conserved on an active ball too", hypotheses=("the ball is active",))
def _(run: Run) -> Iterator[Evidence]:
    pull = _pull(GENERAL, rates(GENERAL)[1])
    violates = f"C₁' = −2μ‖u₁‖² with μ = {pull}"
    witness = witness_of(GENERAL, "the ball is active", "α = ‖U‖, and μ > 0", violates)
    yield refuted("two columns on the sphere", EXACT, violates, witness if pull > 0 else None)


def _pull(model: UDU, weights: tuple[Fraction, ...]) -> Fraction:
    """``μ = −(2/α²) Σ λ_k q_k`` with ``α = ‖U‖``."""
    square = sum((x * x for row in model.U for x in row), Fraction(0))
    return 2 * sum((d * rate for d, rate in zip(model.D, weights, strict=True)), Fraction(0)) / square


@no_further_invariants.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.one_loss(witness)
    if witness.kind == "function":
        return _conserved_again(witness)
    model = stored(witness)
    U, D = rates_again(model)
    # The free flow leaves the sphere at the rate 2⟨U, U'⟩; the multiplier μ = ⟨U, U'⟩/‖U‖² takes that away.
    outward = sum((x * dx for row, moved in zip(model.U, U, strict=True) for x, dx in zip(row, moved, strict=True)))
    square = sum((x * x for row in model.U for x in row), Fraction(0))
    held = tuple(
        tuple(dx - outward / square * x for x, dx in zip(row, moved, strict=True))
        for row, moved in zip(model.U, U, strict=True)
    )
    rates = [column_rate(model, (held, D), 2, j) for j in range(len(model.D))]
    detail = f"the free flow leaves the ball, ⟨U, U'⟩ = {outward}; held on it, C_j' = {', '.join(map(str, rates))}"
    return proved_again(outward > 0 and any(rates), detail, "adjoint sweep")


def _conserved_again(witness: Witness) -> Evidence:
    """Whether a quadratic function is constant along every field of a family: its derivatives along them in normal
    form. On the ball they are multiplied by ‖U‖², so that all radii are meant."""
    from verify.symbolic import lie_rank as lie

    given: Any = witness.problem["function"]
    kind, size, _ = FAMILIES[str(witness.problem["family"])]
    fields_of: Any = {"udv": lie.udv_fields, "bm": lie.burer_monteiro_fields}.get(kind, lie.udu_fields)
    ring, fields = fields_of(*size)
    x, r = list(ring), size[-1]
    ends = size[0] * r, size[0] * r + (0 if kind == "bm" else r)
    parts = {"u": x[: ends[0]], "λ": x[ends[0] : ends[1]], "v": x[ends[1] :]}
    function, nothing = ring.number(0), ring.number(0)
    for name, value in given.items():
        factors = [(parts[part], int(place)) for part, place in re.findall(r"([uvλ])(\d+)", name)]
        (left, j), (right, k) = factors[0], factors[-1]
        if len(factors) == 1:
            term = left[j]
        elif name[0] == "λ":
            term = left[j] * right[k]
        else:
            term = sum((a * b for a, b in zip(left[j::r], right[k::r], strict=True)), nothing)
        function += term * ring.number(exact(value, name))
    if kind == "active":
        norm = sum((u * u for u in parts["u"]), nothing)
        for place, field in enumerate(fields):
            work = sum((d * v for d, v in zip(parts["λ"], field[ends[0] :], strict=True)), nothing)
            held = [norm * v - work * u * 2 for v, u in zip(field[: ends[0]], parts["u"], strict=True)]
            fields[place] = (*held, *(norm * v for v in field[ends[0] :]))
    rates = [sum((v * function.derivative(k) for k, v in enumerate(field)), nothing) for field in fields]
    conserved = function != nothing and all(rate == nothing for rate in rates)
    return proved_again(conserved, f"{len(rates)} derivatives, all zero: {conserved}", "normal form of polynomials")


# ---------------------------------------------------------------------------------------------------------------------
# F5, T8


@claim(
    "hou-sra-yurtsever-2025/parallel-columns",
    paper=PAPER,
    number="(F4, F5)",
    title="what dead and parallel columns conserve on an active ball",
    scope=FLOWS,
    kinds=("derivation",),
    hypotheses=("the ball is active",),
)
def parallel_columns(run: Run) -> Iterator[Evidence]:
    """
    Statement: on an active ball a column conserves ‖u_j‖² exp(2‖D‖²/α²) as long as it is dead, λ_j q_j = 0; and as long
        as all columns are multiples of one vector w, none of them zero, Σ_j ln‖u_j‖² + (2/α²) Σ_{i<j} (λ_i − λ_j)² is
        conserved, whatever the loss. (Columns remain parallel where Gw is a multiple of w.)
    Hypotheses: the ball is active; for the first the column is dead, for the second all columns are multiples of one
        vector, and none is zero.
    Conclusion: both, for all dimensions. So dead columns shrink like exp(−Δ‖D‖²/α²), and never reach zero.
    Proof idea: the rates of the logarithms; Σ_{i<j}(a_i − a_j)(b_i − b_j) = r Σ ab − Σa Σb.
    Checked by: normal form of rational functions, and of words with a vector of ones.
    Not checked: that the rates of ‖u_j‖², λ_j and ‖D‖² on the active ball are those inserted (column-invariants derives
        the first; the others are the definition of the flow).
    """
    yield proved("udu-ball", FLOWS)


@parallel_columns.negative_twin("Σ ln‖u_j‖² alone is conserved")
def _(run: Run) -> Iterator[Evidence]:
    rate = _log_rate(PARALLEL, rates(PARALLEL))
    violates = f"its rate at the start is {rate}"
    witness = witness_of(PARALLEL, "the ball is active", "α = ‖U‖, and the free flow leaves the ball", violates)
    yield refuted("two parallel columns", EXACT, violates, witness if rate else None)


def _log_rate(model: UDU, moving: tuple[ExactMatrix, tuple[Fraction, ...]]) -> Fraction:
    """The rate of ``Σ ln‖u_j‖²`` on the active ball: the free rates less the multiplier's share 2μ for each column."""
    U, D = moving
    total = Fraction(0)
    for u, du in zip(transpose(model.U), transpose(U), strict=True):
        p = sum((x * x for x in u), Fraction(0))
        total += 2 * sum((x * dx for x, dx in zip(u, du, strict=True)), Fraction(0)) / p
    return total - 2 * len(D) * _pull(model, D)


@parallel_columns.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.on_the_sphere(witness)
    if not witness.twin:
        return as_claimed.conserved(witness)
    model = stored(witness)
    moving = rates_again(model)
    rate = _log_rate(model, moving)
    active = _pull(model, moving[1]) > 0
    return proved_again(active and rate != 0, f"by the adjoint sweep the rate is {rate}", "adjoint sweep")


@claim(
    "hou-sra-yurtsever-2025/no-column-vanishes",
    paper=PAPER,
    number="(T8)",
    title="no column vanishes in finite time; UUᵀ keeps its rank",
    scope=FLOWS,
    kinds=("derivation",),
    hypotheses=("no column is zero at the start",),
    uses=("hou-sra-yurtsever-2025/weights-stay-positive",),
)
def no_column_vanishes(run: Run) -> Iterator[Evidence]:
    """
    Statement: along the flow ‖u_j(t)‖ > 0 for all t; a step of the iteration with 2ηλ_j‖G‖ < 1 keeps u_j ≠ 0. If also
        λ_j(0)² > ‖u_j(0)‖²/2 for all j (T7), no term λ_j u_j u_jᵀ of the flow vanishes at a finite time. The iteration
        of UUᵀ multiplies U by I − 2ηG, so it keeps the rank of U as long as that is regular.
    Hypotheses: no column is zero at the start; 2ηλ_j‖G‖ < 1 for a step; λ_j(0)² > ‖u_j(0)‖²/2 for the terms;
        I − 2ηG is regular for UUᵀ.
    Conclusion: zero columns that floating point reports in such a run are underflow, not exact zeros.
    Proof idea: ‖u_j‖² has a rate of at least −c‖u_j‖².
    Checked by: an inequality term by term, and normal form of words.
    Not checked: Grönwall's lemma. An exact loss of rank by dependent columns that are not zero is not excluded here.
    """
    yield proved("udu-no-rank-drop", FLOWS)


@no_column_vanishes.negative_twin("UDUᵀ keeps the rank of U as UUᵀ does")
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.fixed_points import gradient_step

    step = Fraction(1, 10)
    moved = gradient_step(PARALLEL.U, PARALLEL.D, gradient(PARALLEL, Point(PARALLEL).product), step=step)
    before, after = _determinant(PARALLEL.U), _determinant(moved)
    violates = f"one step takes det U from {before} to {after}: the rank grows from 1 to 2"
    witness = witness_of(PARALLEL, "no column is zero at the start", "(1, 1) and (2, 2)", violates, step=step)
    yield refuted("two parallel columns", EXACT, violates, witness if before == 0 != after else None)


@no_column_vanishes.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.vanished(witness)
    if not witness.twin:
        return as_claimed.columns_remain(witness)
    model, step = stored(witness), exact(witness.enclosed["step"], "step")
    after = _determinant(moved_again(model, step)["U"])
    return proved_again(_determinant(model.U) == 0 != after, f"det U becomes {after}", "adjoint sweep")


def _determinant(matrix: ExactMatrix) -> Fraction:
    return matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0]
