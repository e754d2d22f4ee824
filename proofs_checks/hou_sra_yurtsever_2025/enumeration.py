"""Claims that list all fixed points of small problems: by ideals over Q, and real zeros by Hermite's form and Krawczyk.

With one loss and one size the equations of fixed points are polynomials over Q. How their zeros fall apart is shown by
memberships with cofactors, how many real ones there are by the signature of a trace form; each is then enclosed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.common import THE_WITNESS, proved_again, refuted, stated
from proofs_checks.hou_sra_yurtsever_2025 import again
from verify.arithmetic import ExactMatrix, exact, exact_matrix
from verify.arithmetic.exact import add, multiply, negative
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim

if TYPE_CHECKING:
    from verify.symbolic.ideals import Ring

PAPER = "hou_sra_yurtsever_2025"
GIVEN = "the target and the observed entries are exact"
MEMBERSHIP, COUNT, BOXES = "ideal membership", "signature of Hermite's trace form", "Krawczyk's operator"

# ---------------------------------------------------------------------------------------------------------------------
# E1: X with (X − M)X = 0


def eigencomponents(M: ExactMatrix, values: tuple[int, int]) -> tuple[ExactMatrix, ...]:
    """0, the two eigencomponents and M, for a 2 × 2 matrix with these (rational, different) eigenvalues."""
    low, high = values
    one = ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(1)))

    def part(mine: int, other: int) -> ExactMatrix:
        factor = Fraction(mine, mine - other)
        shifted = add(M, tuple(tuple(-other * x for x in row) for row in one))
        return tuple(tuple(factor * x for x in row) for row in shifted)

    zero = ((Fraction(0),) * 2,) * 2
    return zero, part(low, high), part(high, low), M


#: Targets with their eigenvalues.
TARGETS = {
    "M = [[2, 1], [1, 2]]": (exact_matrix([[2, 1], [1, 2]], "M"), (1, 3)),
    "M = [[0, 2], [2, 3]]": (exact_matrix([[0, 2], [2, 3]], "M"), (-1, 4)),
}


def stationary(ring: Ring, M: ExactMatrix) -> list[Any]:
    """``(X − M)X = 0`` for symmetric X = [[a, b], [b, c]]."""
    a, b, c = ring
    X = [[a, b], [b, c]]
    size = range(2)
    return [sum(((X[i][k] - ring.number(M[i][k])) * X[k][j] for k in size), ring.number(0)) for i in size for j in size]


def solves(M: ExactMatrix, X: ExactMatrix) -> bool:
    """Whether ``(X − M)X = 0``, with fractions."""
    return not any(x for row in multiply(add(X, negative(M)), X) for x in row)


@claim(
    "hou-sra-yurtsever-2025/stationary-products",
    paper=PAPER,
    number="(E1)",
    title="the stationary X of a full target are the sums of its eigencomponents",
    scope=Scope.instances(*TARGETS),
    kinds=(COUNT,),
    hypotheses=(GIVEN,),
)
def stationary_products(run: Run) -> Iterator[Evidence]:
    """
    Statement: for f = ½‖X − M‖² with a symmetric 2 × 2 matrix M of different eigenvalues, (X − M)X = 0 has exactly four
        symmetric solutions, real or complex: 0, the two eigencomponents, and M.
    Hypotheses: the target and the observed entries are exact; M is symmetric, of different eigenvalues; X is symmetric.
    Conclusion: for M = [[2, 1], [1, 2]] and M = [[0, 2], [2, 3]].
    Proof idea: the quotient algebra has dimension 4; four solutions are exhibited.
    Checked by: a Gröbner basis with cofactors, the rank and signature of the trace form; substitution with fractions.
    Not checked: Hermite's theorem on the trace form (here the dimension 4 is an upper bound, and reached); other M.
    """
    from verify.symbolic.ideals import Ring, Zeros

    ring = Ring(("a", "b", "c"))
    for name, (M, values) in TARGETS.items():
        zeros = Zeros.of(ring, stationary(ring, M))
        parts = eigencomponents(M, values)
        counts = (zeros.dimension, zeros.complex_zeros, zeros.real_zeros)
        holds = counts == (4, 4, 4) and len(set(parts)) == 4 and all(solves(M, X) for X in parts)
        scope, detail = Scope.instances(name), f"{name}: dimension, complex and real zeros {counts}"
        make = Evidence.supports if holds else Evidence.undecided
        yield make(kind=COUNT, assurance=Assurance.PROVED, scope=scope, detail=detail)


@stationary_products.negative_twin("M is the only solution besides 0")
def _(run: Run) -> Iterator[Evidence]:
    name, (M, values) = next(iter(TARGETS.items()))
    _, low, high, _ = eigencomponents(M, values)
    found = solves(M, low) and solves(M, high)
    violates = "both eigencomponents solve (X − M)X = 0"
    witness = Witness(
        problem={"M": [[str(x) for x in row] for row in M]},
        kind="target",
        hypotheses=stated(GIVEN, "integers"),
        violates=violates,
        enclosed={"X": [[str(x) for x in row] for row in low]},
    )
    yield refuted(name, "exact evaluation", violates, witness if found else None)


@stationary_products.recheck
def _(witness: Witness, run: Run) -> Evidence:
    if run.without:
        return again.stationary(witness)
    from sympy import Matrix, Rational, zeros

    def read(rows: object) -> Any:
        return Matrix([[Rational(x.numerator, x.denominator) for x in row] for row in exact_matrix(rows, "matrix")])

    M, X = read(witness.problem["M"]), read(witness.enclosed["X"])
    found = zeros(2, 2) == (X - M) * X and X not in (zeros(2, 2), M)
    return proved_again(found, f"X = {X.tolist()} solves and is neither 0 nor M", "SymPy matrices")


# ---------------------------------------------------------------------------------------------------------------------
# E2, E3, E4: components

TWO_COLUMNS, INDEFINITE, DIAGONAL = (
    "M = [[2, 1], [1, 2]], u_j = (1, t_j)",
    "M = −[[1, 2], [2, 1]]",
    "diag(2, 1) observed",
)


def two_columns(ring: Ring, M: Sequence[Sequence[int]], count: int) -> tuple[list[Any], list[list[Any]]]:
    """``λ_j G u_j = 0`` for u_j = (1, t_j), f = ½‖X − M‖²; and G. The ring's variables are t_1 …, λ_1 …"""
    x = list(ring)
    columns = [(ring.number(1), t) for t in x[:count]]
    weights, size = x[count:], range(2)

    def entry(i: int, j: int) -> Any:
        terms = (weight * u[i] * u[j] for weight, u in zip(weights, columns, strict=True))
        return sum(terms, ring.number(-M[i][j]))

    G = [[entry(i, j) for j in size] for i in size]
    equations = [
        weight * sum((G[i][j] * u[j] for j in size), ring.number(0))
        for weight, u in zip(weights, columns, strict=True)
        for i in size
    ]
    return equations, G


@claim(
    "hou-sra-yurtsever-2025/fixed-point-components",
    paper=PAPER,
    number="(E2–E4)",
    title="the equations of fixed points, solved for three small problems",
    scope=Scope.instances(TWO_COLUMNS, INDEFINITE, DIAGONAL),
    kinds=(MEMBERSHIP,),
    hypotheses=(GIVEN,),
)
def fixed_point_components(run: Run) -> Iterator[Evidence]:
    """
    Statement: (E2) for M = [[2, 1], [1, 2]] and two columns (1, t_j), λ_j G u_j = 0 holds exactly where both weights
        are zero; or one weight is, and the other column has t = ±1, λ = 1 + t/2; or t₁ = t₂ = ±1 and λ₁ + λ₂ = 1 + t/2;
        or X = M. (E3) For M = −[[1, 2], [2, 1]] and one column: λ = 0, or t = −1, λ = 1/2, or t = 1, λ = −3/2. (E4) For
        diag(2, 1) with only the diagonal observed, GX = 0 holds exactly for X = [[a, b], [b, c]] with (a, c) = (2, 1)
        and any b, or b = 0 and a ∈ {0, 2}, c ∈ {0, 1}.
    Hypotheses: the target and the observed entries are exact.
    Conclusion: the zeros of the equations are the union of the zeros of the components, over the reals and the complex
        numbers. Fixed points are those of them with λ ≥ 0 (so not t = 1 in E3) and u_jᵀGu_j ≥ 0 where λ_j = 0.
    Proof idea: products of one equation from each component lie in the ideal of the equations, up to a power; and each
        equation lies in the ideal of each component.
    Checked by: membership with cofactors, multiplied out.
    Not checked: columns (0, 1), which the form (1, t) leaves out; the two inequalities that single out fixed points.
    """
    from verify.symbolic.ideals import Ring, cover

    ring = Ring(("t1", "t2", "l1", "l2"))
    t1, t2, l1, l2 = ring
    half = ring.number(Fraction(1, 2))
    equations, G = two_columns(ring, [[2, 1], [1, 2]], 2)
    parts: list[list[Any]] = [
        [l1, l2],
        [l2, t1**2 - 1, l1 - 1 - half * t1],
        [l1, t2**2 - 1, l2 - 1 - half * t2],
        [t1 - t2, t1**2 - 1, l1 + l2 - 1 - half * t1],
        [G[0][0], G[0][1], G[1][1]],
    ]
    yield _covered(TWO_COLUMNS, cover(ring, equations, parts))
    line = Ring(("t", "l"))
    t, l = line
    single, _ = two_columns(line, [[-1, -2], [-2, -1]], 1)
    yield _covered(INDEFINITE, cover(line, single, [[l], [t + 1, 2 * l - 1], [t - 1, 2 * l + 3]]))
    space = Ring(("a", "b", "c"))
    a, b, c = space
    products = [(a - 2) * a, (a - 2) * b, (c - 1) * b, (c - 1) * c]
    corners = [[a - 2, c - 1], [a - 2, b, c], [a, b, c - 1], [a, b, c]]
    yield _covered(DIAGONAL, cover(space, products, corners))


def _covered(name: str, found: Any) -> Evidence:
    scope = Scope.instances(name)
    if found is None:
        return Evidence.undecided(kind=MEMBERSHIP, scope=scope, detail=f"{name}: no proof found")
    return Evidence.supports(
        kind=MEMBERSHIP,
        assurance=Assurance.PROVED,
        scope=scope,
        detail=f"{name}: {len(found.components)} components, {len(found.falls) + len(found.fits)} memberships",
    )


@fixed_point_components.negative_twin("(E4) without the line (a, c) = (2, 1)")
def _(run: Run) -> Iterator[Evidence]:
    X = exact_matrix([[2, 5], [5, 1]], "X")
    found = not any(x for row in multiply(_masked(X), X) for x in row)
    violates = "X = [[2, 5], [5, 1]] has GX = 0"
    witness = Witness(
        problem={"X": [[str(x) for x in row] for row in X]},
        kind="matrix",
        hypotheses=stated(GIVEN, "integers"),
        violates=violates,
    )
    yield refuted(DIAGONAL, "exact evaluation", violates, witness if found else None)


def _masked(X: ExactMatrix) -> ExactMatrix:
    zero = Fraction(0)
    return ((X[0][0] - 2, zero), (zero, X[1][1] - 1))


@fixed_point_components.recheck
def _(witness: Witness, run: Run) -> Evidence:
    X = exact_matrix(witness.problem["X"], "X")
    a, b, c = X[0][0], X[0][1], X[1][1]
    zero = not any(((a - 2) * a, (a - 2) * b, (c - 1) * b, (c - 1) * c))
    return proved_again(zero and b != 0, f"a, b, c = {a}, {b}, {c}: all four products are zero", "substitution")


# ---------------------------------------------------------------------------------------------------------------------
# K1: one column, band completion

BAND = ((1, 1, 0), (1, 1, 1), (0, 1, 1))
BAND_TARGET = ((2, 1, 0), (1, 3, 1), (0, 1, 1))
SEVEN, APART, KNOWN = "exactly seven", "enclosed apart", "one to 30 digits"

#: One of the zeros and its loss, as known before (30 decimals): the claim's third part compares with them.
KNOWN_ZERO = tuple(
    Fraction(x)
    for x in (
        "1.021958960012797194010262761963795",
        "1.582404069587724372735111269878324",
        "0.760119263118172670253283391355",
    )
)


def band_equations(ring: Ring) -> list[Any]:
    """``(mask ∘ (uuᵀ − M)) u = 0`` for one column u = (x, y, z)."""
    u, size = list(ring), range(3)
    return [sum(((u[i] * u[j] - BAND_TARGET[i][j]) * u[j] for j in size if BAND[i][j]), ring.number(0)) for i in size]


@claim(
    "hou-sra-yurtsever-2025/seven-fixed-points",
    paper=PAPER,
    number="(K1)",
    title="a band completion with one column has exactly seven real stationary points",
    scope=Scope.instances("band completion"),
    kinds=(COUNT, BOXES),
    parts=(SEVEN, APART, KNOWN),
    hypotheses=(GIVEN,),
)
def seven_fixed_points(run: Run) -> Iterator[Evidence]:
    """
    Statement: for n = 3, the tridiagonal entries of [[2, 1, ·], [1, 3, 1], [·, 1, 1]] observed and one active column,
        (of weight 1) (mask ∘ (uuᵀ − M))u = 0 has exactly seven real solutions: 0 and three pairs ±u. One of them is
        (1.021958960012797194010262761963, 1.582404069587724372735111269878, 0.760119263118172670253283391355), each
        number to within 1e-30.
    Hypotheses: the target and the observed entries are exact.
    Conclusion: exactly seven; each in a box of its own, to 60 digits.
    Proof idea: the trace form of the quotient algebra (dimension 19) has rank 19 and signature 7; Krawczyk's operator
        maps each of seven disjoint boxes into its interior.
    Checked by: a Gröbner basis with cofactors and Buchberger's criterion, exact linear algebra; ball arithmetic.
    Not checked: Hermite's theorem on the trace form.
    """
    from verify.rigorous.krawczyk import enclose_zero
    from verify.symbolic.ideals import Ring, Zeros

    ring = Ring(("x", "y", "z"))
    equations = band_equations(ring)
    zeros = Zeros.of(ring, equations)
    scope = Scope.instances("band completion")
    counts = (zeros.dimension, zeros.complex_zeros, zeros.real_zeros)
    if counts == (19, 19, 7):
        yield Evidence.supports(
            kind=COUNT,
            assurance=Assurance.PROVED,
            scope=scope,
            part=SEVEN,
            detail="dimension 19, 19 distinct complex zeros, signature 7",
        )
    else:
        yield Evidence.undecided(kind=COUNT, scope=scope, part=SEVEN, detail=f"counts {counts}")
    found = [enclose_zero(equations, near, digits=60) for near in zeros.approximate()]
    boxes = [zero for zero in found if zero is not None]
    apart = all(a.apart(b) for k, a in enumerate(boxes) for b in boxes[:k])
    widest = None
    if len(boxes) == len(found) == 7 and apart:
        widest = max(ball.rad for zero in boxes for ball in zero.box)
    if widest is not None and widest <= Fraction(1, 10**60):
        yield Evidence.supports(
            kind=BOXES,
            assurance=Assurance.ENCLOSED,
            scope=scope,
            part=APART,
            detail=f"seven disjoint boxes, the widest of radius {float(widest):.1e}",
        )
    else:
        yield Evidence.undecided(kind=BOXES, scope=scope, part=APART, detail=f"{len(boxes)} boxes enclosed")
    near = [
        zero
        for zero in boxes
        if all(
            abs(ball.mid - known) + ball.rad < Fraction(1, 10**30)
            for ball, known in zip(zero.box, KNOWN_ZERO, strict=True)
        )
    ]
    if near:
        detail = ", ".join(ball.text(34) for ball in near[0].box)
        yield Evidence.supports(
            kind=BOXES, assurance=Assurance.ENCLOSED, scope=scope, part=KNOWN, detail=f"u = {detail}"
        )
    else:
        yield Evidence.undecided(kind=BOXES, scope=scope, part=KNOWN, detail="no box is near the values known before")


@seven_fixed_points.negative_twin("at most five")
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.ideals import Ring, Zeros

    ring = Ring(("x", "y", "z"))
    zeros = Zeros.of(ring, band_equations(ring))
    violates = f"{zeros.real_zeros} real solutions"
    witness = Witness(
        problem={"M": [list(row) for row in BAND_TARGET], "mask": [list(row) for row in BAND]},
        kind="completion",
        hypotheses=stated(GIVEN, "integers"),
        violates=violates,
        enclosed={"at least": 6},
    )
    yield refuted("band completion", COUNT, violates, witness if zeros.real_zeros > 5 else None)


@seven_fixed_points.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """Sign changes instead of Krawczyk's operator, found from float64 and shown in mpmath's intervals."""
    least = int(exact(witness.enclosed["at least"], "at least"))
    boxes = sign_change_boxes(witness.problem)
    found = len(boxes) >= least
    make = Evidence.refutes if found else Evidence.supports
    return make(
        kind="Miranda's theorem",
        assurance=Assurance.ENCLOSED if found else Assurance.SAMPLED,
        scope=THE_WITNESS,
        detail=f"{len(boxes)} disjoint boxes with sign changes on opposite faces",
    )


def sign_change_boxes(problem: Mapping[str, Any]) -> list[tuple[float, ...]]:
    """Middles of disjoint boxes, each of which holds a zero of ``(mask ∘ (uuᵀ − M)) u``.

    By Miranda's theorem a continuous map H has a zero in a box if its component ``H_i`` is positive and negative on the
    two faces ``d_i = ±r``. H is the system times a regular matrix Y, an approximate inverse of the derivative J at the
    middle m, and ``H(m + d) ∈ YF(m) + YJ(box)d`` by the mean value theorem.
    """
    import numpy as np
    from mpmath import iv
    from scipy.optimize import fsolve

    M, mask = (np.array(problem[name], dtype=float) for name in ("M", "mask"))
    size, radius = len(M), 1e-6

    def value(u: Any) -> list[Any]:
        return [
            sum((u[i] * u[j] - M[i, j]) * u[j] for j in range(size) if mask[i, j]) for i in range(size)
        ]  # products of small integers with intervals: nothing is rounded outside iv

    def slopes(u: Any) -> list[list[Any]]:
        return [
            [
                (2 * u[i] * u[j] - M[i, j]) * mask[i, j]
                + (sum(u[k] * u[k] for k in range(size) if mask[i, k]) if i == j else 0)
                for j in range(size)
            ]
            for i in range(size)
        ]

    middles: list[tuple[float, ...]] = []
    for start in np.ndindex(*(5,) * size):
        point, _, status, _ = fsolve(value, np.array(start) - 2.0, full_output=True)
        if status != 1 or any(max(abs(np.subtract(point, other))) <= 2 * radius for other in middles):
            continue
        inverse = np.linalg.inv(np.array(slopes(point), dtype=float))
        box = [iv.mpf([x - 2 * radius, x + 2 * radius]) for x in point]  # wider: these ends are rounded
        at = value([iv.mpf(x) for x in point])
        J = slopes(box)
        Y = [[iv.mpf(x) for x in row] for row in inverse.tolist()]
        shift = [sum(Y[i][k] * at[k] for k in range(size)) for i in range(size)]
        turn = [[sum(Y[i][k] * J[k][j] for k in range(size)) for j in range(size)] for i in range(size)]
        whole = iv.mpf([-radius, radius])
        faces = [
            shift[i] + sum(turn[i][j] * (iv.mpf(side * radius) if i == j else whole) for j in range(size))
            for i in range(size)
            for side in (-1, 1)
        ]
        signs = all(low.b < 0 < high.a for low, high in zip(faces[::2], faces[1::2], strict=True))
        if signs:
            middles.append(tuple(float(x) for x in point))
    return middles
