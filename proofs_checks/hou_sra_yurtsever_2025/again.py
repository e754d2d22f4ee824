"""Second paths for the claims without a hypothesis: what a witness holds, computed once more.

Gradients come from adjoint sweeps over the model's matrix program (first paths take differences of the loss), or column
by column from a given slope; trajectories are enclosed, where the first path compares. Imports verify.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import Any

from proofs_checks.common import enclosed_again, proved_again
from proofs_checks.hou_sra_yurtsever_2025.loose import Loose
from proofs_checks.hou_sra_yurtsever_2025.points import inner, square_of
from proofs_checks.second_paths import semidefinite_by_minors
from verify.arithmetic import ExactMatrix, exact, exact_matrix
from verify.arithmetic.exact import add, scale
from verify.claims import Evidence, Witness
from verify.models import UDU, BurerMonteiro, Model, Observations, load_model

SWEEP = "adjoint sweep"


def slopes(model: Model, state: Mapping[str, ExactMatrix]) -> dict[str, ExactMatrix]:
    """The gradient of the loss in each parameter: what a unit step takes away."""
    from verify.arithmetic.convert import from_fmpq_mat
    from verify.numeric.iterate import Rationals, unprojected

    numbers = Rationals()
    given = {name: numbers.matrix(rows) for name, rows in state.items()}
    moved = unprojected(model, given, numbers, step=Fraction(1))
    return {name: from_fmpq_mat(given[name] - after) for name, after in moved.items()}


def slopes_of(point: Loose) -> tuple[ExactMatrix, tuple[Fraction, ...]]:
    """``∇_U F`` and ``∇_D F``."""
    found = slopes(point.carrier, {"U": point.U, "D": tuple((x,) for x in point.D)})
    return found["U"], tuple(row[0] for row in found["D"])


def column(matrix: ExactMatrix, j: int) -> tuple[Fraction, ...]:
    """The j-th column."""
    return tuple(row[j] for row in matrix)


def zero(matrix: ExactMatrix) -> bool:
    """Whether all entries vanish."""
    return not any(x for row in matrix for x in row)


def rank(columns: list[tuple[Fraction, ...]]) -> int:
    """The rank of some columns."""
    from verify.arithmetic.convert import to_fmpq_mat

    return int(to_fmpq_mat(tuple(columns)).rank()) if columns else 0


def loss_of(model: UDU, X: ExactMatrix) -> Fraction:
    """``½‖residual‖²`` of a matrix, through the model's program: X as a product with weights from LDLᵀ is not needed,
    because the residual depends on the product alone."""
    from verify.arithmetic import EntrywiseAlgebra, ProgramBuilder, evaluate

    build = ProgramBuilder()
    node = build.parameter("X", len(X), len(X))
    program = build.build(residual=model.observations.residual(build, node))
    residual = evaluate(program, {"X": X}, EntrywiseAlgebra(Fraction))["residual"]
    return sum((x * x for row in residual for x in row), Fraction(0)) / 2


# ---------------------------------------------------------------------------------------------------------------------
# Fixed points


def u_step(witness: Witness) -> Evidence:
    """Lemma 1: inside the ball its equations are not what fixed U steps obey; with a slope that is not symmetric its
    columns need not be orthogonal."""
    point = Loose.read(witness.problem)
    assert point.square is not None
    if point.slope is None:
        of_u, _ = slopes_of(point)
        rests = zero(of_u) and square_of(point.U) < point.square
        return proved_again(rests, "∇_U F = 0 strictly inside the ball: U rests, not on the sphere", SWEEP)
    size, factors = range(len(point.U)), []
    for j, weight in enumerate(point.D):
        u = column(point.U, j)
        pulled = [weight * sum((point.slope[i][k] * u[k] for k in size), Fraction(0)) for i in size]
        factor = -sum((x * y for x, y in zip(pulled, u, strict=True)), Fraction(0)) / sum(x * x for x in u)
        factors.append(factor if all(x == -factor * y for x, y in zip(pulled, u, strict=True)) else Fraction(0))
    first, second = column(point.U, 0), column(point.U, 1)
    across = sum((x * y for x, y in zip(first, second, strict=True)), Fraction(0))
    # One γ > 0 for all columns, on the sphere: Ū = (1 + 2ηγ)U, and the projection takes it back.
    fixed = len(set(factors)) == 1 and factors[0] > 0 and square_of(point.U) == point.square
    detail = f"λ_jGu_j = −γu_j with γ = {factors[0]}, on the sphere; ⟨u₁, u₂⟩ = {across}, and λ₁ ≠ λ₂"
    return proved_again(fixed and across != 0 and point.D[0] != point.D[1], detail, "column by column")


def still_step(witness: Witness) -> Evidence:
    """With a step of zero every feasible point is fixed."""
    point = Loose.read(witness.problem)
    assert point.square is not None
    of_u, _ = slopes_of(point)
    feasible = square_of(point.U) <= point.square and min(point.D) >= 0
    moves = point.step == 0 and feasible and not zero(of_u)
    return proved_again(moves, f"nothing moves, and 2GUD = {[[str(x) for x in row] for row in of_u]}", SWEEP)


def outside(witness: Witness) -> Evidence:
    """A point at which the flow rests (``∇_U F = 0``; ``q_j = 0``, or ``λ_j = 0 ≤ q_j``), and which a projection moves:
    U is outside of its ball, or a weight is negative."""
    point = Loose.read(witness.problem)
    assert point.square is not None
    of_u, of_d = slopes_of(point)
    moved = square_of(point.U) > point.square or min(point.D) < 0
    rests = zero(of_u) and all(q == 0 if d else q >= 0 for d, q in zip(point.D, of_d, strict=True))
    detail = f"stationary, ‖U‖² = {square_of(point.U)}, α² = {point.square}, least weight {min(point.D)}"
    return proved_again(rests and moved, detail, SWEEP)


def orthant(witness: Witness) -> Evidence:
    """Stationary over the matrices without negative entries: ``∇_U F ≥ 0`` there and ``⟨∇_U F, U⟩ = 0``."""
    point = Loose.read(witness.problem)
    of_u, of_d = slopes_of(point)
    entries = [x for row in of_u for x in row]
    holds = min(x for row in point.U for x in row) >= 0 and min(entries) >= 0 and inner(of_u, point.U) == 0
    complementary = all(d * q == 0 and (d or q >= 0) for d, q in zip(point.D, of_d, strict=True))
    return proved_again(holds and complementary and any(entries), f"∇_U F = {[str(x) for x in entries]} ≥ 0", SWEEP)


def products(witness: Witness) -> Evidence:
    """A matrix without loss, hence with ``∇f(X)X = 0``, that no ``U diag(D) Uᵀ`` of the size and the ball equals."""
    X, M = (exact_matrix(witness.problem[name], name) for name in ("X", "M"))
    columns = int(exact(witness.problem["r"], "r"))
    ranked = rank([column(X, j) for j in range(len(X))])
    reasons = {
        "X ⪰ 0": not semidefinite_by_minors(X),
        "of rank at most r": ranked > columns,
        "radius α > 0": ranked > 0 and exact(witness.problem.get("square", 1), "square") == 0,
    }
    detail = f"f(X) = 0, its minimum, so ∇f(X) = 0; rank {ranked}, {columns} columns"
    return proved_again(X == M and reasons[witness.without], detail, "minors and elimination")


def optimality(witness: Witness) -> Evidence:
    """A fixed point with a better matrix, which lacks what the claim asks for."""
    if witness.without == "f is convex":
        return _not_convex(witness)
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    better = exact_matrix(witness.enclosed["better"], "better")
    found = slopes(model, model.start)
    forms = column(found["D"], 0)
    here, there = loss_of(model, model.product()), loss_of(model, better)
    worse = there < here and semidefinite_by_minors(better)
    fixed = zero(found["U"]) and all(q == 0 if d else q >= 0 for d, q in zip(model.D, forms, strict=True))
    active = [column(model.U, j) for j, d in enumerate(model.D) if d]
    dead = [column(model.U, j) for j, d in enumerate(model.D) if not d]
    span, size = rank(active), len(model.U)
    leaves = any(rank([*active, u]) > span for u in dead)
    lacks = {
        "a dead column leaves it": fixed and span == size - 1 and not leaves,
        "span a hyperplane": fixed and span < size - 1 and leaves,
        "it is a local minimum": fixed and span < len(active),
        "the point is fixed": not fixed and not zero(found["U"]),
    }
    detail = f"losses {here} and {there}; active columns of rank {span} of {len(active)}, in dimension {size}"
    return proved_again(worse and lacks[witness.without], detail, "matrix program")


def _not_convex(witness: Witness) -> Evidence:
    """``n = r = 1``: a polynomial by its values; the slope of a quadratic one is a central difference."""
    coefficients = [exact(c, "f") for c in witness.problem["f"]]  # type: ignore[attr-defined]
    u, d, better = (exact(witness.problem[name], name) for name in ("u", "d", "better"))

    def f(x: Fraction) -> Fraction:
        return sum((c * x**k for k, c in enumerate(coefficients)), Fraction(0))

    X = d * u * u
    slope = (f(X + 1) - f(X - 1)) / 2
    fixed = len(coefficients) == 3 and slope >= 0 and (d * slope * u == 0) and d >= 0
    bent = f(X + 1) + f(X - 1) < 2 * f(X)
    detail = f"G = {slope} ≥ 0, f(X) = {f(X)}, f({better}) = {f(better)}"
    return proved_again(fixed and bent and better >= 0 and f(better) < f(X), detail, "differences")


def zero_column(witness: Witness) -> Evidence:
    """Along ``u_1 = (t, −t)``, ``λ_1 = t`` the loss is a polynomial of degree 6 in t, known from 7 of its values."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    start = loss_of(model, model.product())
    values = []
    for k in range(1, 9):
        t = Fraction(k, 10)
        U = tuple((y, *row[1:]) for y, row in zip((t, -t), model.U, strict=True))
        moved = UDU(U, (t, *model.D[1:]), model.observations)
        values.append(loss_of(moved, moved.product()) - start + 2 * t**3 - 2 * t**6)
    at_zero = not any(column(model.U, 0)) and not any(model.D)
    return proved_again(at_zero and not any(values), "the loss moves by −2t³ + 2t⁶ along the curve", "interpolation")


# ---------------------------------------------------------------------------------------------------------------------
# Flows


def dying_weight(witness: Witness) -> Evidence:
    """The flow without its constraints, enclosed: at the given time the weight is certainly negative, so it was zero
    before, up to where the flow of the model is this one (no ball is near)."""
    from verify.arithmetic import precision
    from verify.rigorous import Tube

    model, time = load_model(dict(witness.problem)), exact(witness.enclosed["time"], "time")
    tube = Tube.start(model, digits=20)
    while tube.time < time:
        tube.advance(until=time)
    with precision(128):
        weight = tube.box()["D"][0, 0]
        below = bool(weight < 0)
    assert isinstance(model, UDU)
    free = model.radius is None and model.D[0] ** 2 <= square_of(model.U) / 2 and any(column(model.U, 0))
    return enclosed_again(below and free, f"the free flow has λ = {weight.str(5)} at t = {time}", "enclosed flow")


def one_loss(witness: Witness) -> Evidence:
    """The rates of ``u_21`` and of ``u_11² + u_21² − 2λ²`` vanish on a grid with more points along each variable than
    their degree there, 4 and 4 and 2 for those of the loss, so that they vanish."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    kept = True
    for a, b, d in product(range(-3, 3), range(-3, 3), range(4)):
        x, y, weight = Fraction(a), Fraction(b), Fraction(d)
        found = slopes(model, {"U": ((x,), (y,)), "D": ((weight,),)})
        (first,), (second,) = found["U"]
        kept = kept and second == 0 and 2 * x * first + 2 * y * second - 4 * weight * found["D"][0][0] == 0
    apart = model.U[0][0] != 0 or model.D[0] != 0  # of the gradients (2u₁, 2u₂, −4λ) and (0, 1, 0)
    return proved_again(kept and apart, "u₂₁ and C₁ keep their values, and are independent", "adjoint sweep on a grid")


def on_the_sphere(witness: Witness) -> Evidence:
    """The laws of dead and of parallel columns at a point of a ball that is active, or not; by the adjoint sweep."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    square = exact(witness.enclosed["radius squared"], "radius squared")
    found = slopes(model, model.start)
    weights = [max(-q, Fraction(0)) if d == 0 else -q for d, q in zip(model.D, column(found["D"], 0), strict=True)]
    # The free flow leaves the sphere at the rate 2⟨U, −∇_U F⟩; the multiplier μ takes that away.
    pull = max(-inner(model.U, found["U"]) / square, Fraction(0)) if square_of(model.U) == square else Fraction(0)
    logs = []
    for j in range(len(model.D)):
        u, g = column(model.U, j), column(found["U"], j)
        logs.append(-2 * sum(x * y for x, y in zip(u, g, strict=True)) / sum(x * x for x in u) - 2 * pull)
    energy = 2 * sum((d * rate for d, rate in zip(model.D, weights, strict=True)), Fraction(0))
    if witness.without == "all columns are multiples of one vector":
        gaps = [
            2 * (model.D[i] - model.D[j]) * (weights[i] - weights[j]) for j in range(len(model.D)) for i in range(j)
        ]
        rate = sum(logs, Fraction(0)) + 2 * sum(gaps, Fraction(0)) / square
        return proved_again(pull > 0 and rate != 0, f"μ = {pull}, and the sum has the rate {rate}", SWEEP)
    j = int(exact(witness.enclosed["column"], "column"))
    dead, rate = model.D[j] * found["D"][j][0] == 0, logs[j] + 2 * energy / square
    lacks = pull == 0 and dead if witness.without == "the ball is active" else pull > 0 and not dead
    return proved_again(lacks and rate != 0, f"μ = {pull}, and the logarithm has the rate {rate}", SWEEP)


def vanished(witness: Witness) -> Evidence:
    """A column, or the rank, that is zero after a step (or at the start)."""
    if witness.without.startswith("λ_j(0)²"):
        return dying_weight(witness)
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU | BurerMonteiro)
    if witness.without.startswith("no column"):
        gone = not any(column(model.U, 0))
        return proved_again(gone, "the first column is zero, and its rate has itself as a factor", "inspection")
    assert model.step is not None
    taken = slopes(model, model.start)["U"]
    left = add(model.U, scale(-model.step, taken))
    full = rank([column(model.U, j) for j in range(len(model.U[0]))])
    after = rank([column(left, j) for j in range(len(left[0]))])
    detail = f"the step takes U to zero; its rank goes from {full} to {after}"
    return proved_again(zero(left) and full > after, detail, SWEEP)


# ---------------------------------------------------------------------------------------------------------------------
# Low rank, scale, and stationary products


def lost_rank(witness: Witness) -> Evidence:
    """A step that keeps equal columns equal, or leaves a weight of zero at zero: through the matrix program."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, UDU)
    assert model.step is not None
    found = slopes(model, model.start)
    if witness.without == "D = I":
        dead = [
            j for j, (d, (q,)) in enumerate(zip(model.D, found["D"], strict=True)) if max(d - model.step * q, 0) == 0
        ]
        return proved_again(bool(dead), f"the weights {dead} are zero after a step", SWEEP)
    alike = all(len(set(row)) == 1 for row in (*model.U, model.D, *found["U"], column(found["D"], 0)))
    # The map takes the columns with their weights in any order, so that equal ones have equal images for ever.
    return proved_again(alike and len(model.D) > 1, "equal columns and weights have equal slopes", SWEEP)


def scaled_step(witness: Witness) -> Evidence:
    """One step of ``n = r = 1`` by its formulas, as it stands and scaled but for one of the four."""
    model, s = load_model(dict(witness.problem)), exact(witness.enclosed["s"], "s")
    assert isinstance(model, UDU)
    assert isinstance(model.observations, Observations)
    assert model.step is not None
    assert model.radius is not None
    left = witness.without

    def stepped(u: Fraction, d: Fraction, y: Fraction, radius: Fraction, step: Fraction) -> tuple[Fraction, Fraction]:
        gap = d * u * u - y
        moved = u - 2 * step * gap * u * d
        return max(min(moved, radius), -radius), max(d - step * gap * u * u, Fraction(0))

    u, d, y = model.U[0][0], model.D[0], model.observations.entries[0][2]
    plain = stepped(u, d, y, model.radius, model.step)
    own = Fraction(1) if left == "the start" else s
    other = stepped(
        own * u,
        own * d,
        y if left == "the data" else s**3 * y,
        model.radius if left == "the radius" else s * model.radius,
        model.step if left == "the step" else model.step / s**4,
    )
    differs = other != (s * plain[0], s * plain[1])
    return proved_again(differs, f"(u, λ) goes to {_pair(plain)}, and scaled to {_pair(other)}", "formula of the step")


def _pair(values: tuple[Fraction, Fraction]) -> str:
    return f"({values[0]}, {values[1]})"


def stationary(witness: Witness) -> Evidence:
    """Solutions of ``(X − M)X = 0``, by SymPy's matrices."""
    from sympy import Matrix, Rational, zeros

    def read(rows: object) -> Any:
        return Matrix([[Rational(x.numerator, x.denominator) for x in row] for row in exact_matrix(rows, "matrix")])

    M, solutions = read(witness.problem["M"]), [read(rows) for rows in witness.problem["X"]]  # type: ignore[attr-defined]
    solve = all(zeros(2, 2) == (X - M) * X for X in solutions)
    distinct = all(X != Y for i, X in enumerate(solutions) for Y in solutions[:i])
    symmetric = all(X == X.T for X in solutions)
    if witness.without == "M is symmetric":
        # A regular solution is M, which is not symmetric; a singular one is c vvᵀ, v an eigenvector, and c follows.
        values = M.eigenvals()
        few = M != M.T and len(values) == 2 and len(solutions) == 3
        detail = "0, and one solution for each of two eigenvectors"
        return proved_again(solve and distinct and few, detail, "SymPy matrices")
    lacks = M == M.T and len(solutions) > 4 and symmetric is (witness.without != "X is symmetric")
    return proved_again(solve and distinct and lacks, f"{len(solutions)} different solutions", "SymPy matrices")
