"""Claims in the setting of Razin and Cohen: a positive determinant and a small loss make the unobserved entry large.

Observed are ``W_12 = W_21 = 1`` and ``W_22 = 0``, with the loss ``ℓ = ½((W_12 − 1)² + (W_21 − 1)² + W_22²)``. The
claims are about single matrices; that balanced flows keep the determinant's sign is a claim of its own (rank-and-sign).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from proofs_checks.arora_cohen_hu_luo_2019.again import PAPER, determinant
from proofs_checks.common import THE_WITNESS, proved, proved_again, refuted, stated
from verify.arithmetic import ExactMatrix, exact_matrix
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness, claim

EVERY_MATRIX = Scope.all("real 2 by 2 matrices W with det W > 0 and a loss below 1/2")
POSITIVE, SMALL = "det W > 0", "the loss is below 1/2"
HYPOTHESES = (POSITIVE, SMALL)
REFERENCES = "Razin & Cohen 2020 (arXiv:2005.06398)"


def loss(matrix: ExactMatrix) -> Fraction:
    """``½((W_12 − 1)² + (W_21 − 1)² + W_22²)``."""
    return ((matrix[0][1] - 1) ** 2 + (matrix[1][0] - 1) ** 2 + matrix[1][1] ** 2) / 2


def established(matrix: ExactMatrix, *names: str) -> tuple[Established, ...]:
    """The hypotheses that a matrix satisfies, with their values."""
    how = {POSITIVE: f"det W = {determinant(matrix)}", SMALL: f"the loss is {loss(matrix)}"}
    holds = {POSITIVE: determinant(matrix) > 0, SMALL: loss(matrix) < Fraction(1, 2)}
    assert all(holds[name] for name in names)
    return tuple(item for name in names for item in stated(name, how[name]))


def told(matrix: ExactMatrix) -> str:
    """A matrix in one line."""
    return "W = [" + ", ".join("[" + ", ".join(map(str, row)) + "]" for row in matrix) + "]"


def of(witness: Witness) -> ExactMatrix:
    """The witness's matrix."""
    return exact_matrix(witness.problem["W"], "W")


@claim(
    "arora-cohen-hu-luo-2019/razin-cohen-bound",
    paper=PAPER,
    number="N2",
    title="a small loss makes the unobserved entry large",
    scope=EVERY_MATRIX,
    kinds=("derivation",),
    hypotheses=HYPOTHESES,
    uses=("arora-cohen-hu-luo-2019/rank-and-sign",),
)
def unobserved_entry_is_large(run: Run) -> Iterator[Evidence]:
    """
    Statement: let W be a real 2 by 2 matrix with det W > 0 and ℓ = ½((W₁₂ − 1)² + (W₂₁ − 1)² + W₂₂²) < ½. Then
        W₁₁W₂₂ > 0 and |W₁₁| > 1/√(2ℓ) − √(2ℓ).
    Hypotheses: det W > 0; the loss is below 1/2.
    Conclusion: along a flow that keeps the determinant positive, as a balanced one does, every norm tends to infinity
        as the loss tends to 0; no completion of the three entries is approached.
    Proof idea: W₁₂W₂₁ > 0 and W₁₁W₂₂ > W₁₂W₂₁ > 0, while |W₂₂| ≤ √(2ℓ); the product W₁₂W₂₁ is bounded below by squares.
    Checked by: certificates of squares, identities of polynomials over Q.
    Not checked: that the loss tends to 0 along a given flow.
    References: Razin & Cohen 2020 (arXiv:2005.06398), Theorem 1, which bounds norms, as recalled; this form and its
        constant are ours.
    """
    yield proved("razin-cohen", EVERY_MATRIX)


@unobserved_entry_is_large.negative_twin("without det W > 0", drops=POSITIVE)
def _(run: Run) -> Iterator[Evidence]:
    matrix = exact_matrix([[0, 1], [1, "1/10"]], "W")
    square = 2 * loss(matrix)
    violated = matrix[0][0] == 0 and square < 1  # the bound is positive where 2ℓ < 1
    witness = Witness(
        problem={"W": matrix},
        kind="matrix",
        hypotheses=established(matrix, SMALL),
        violates="W₁₁ = 0, and the bound is positive",
        enclosed={"2ℓ": square},
    )
    yield refuted(
        "a negative determinant", "exact evaluation", f"{told(matrix)}, 2ℓ = {square}", witness if violated else None
    )


@unobserved_entry_is_large.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The bound in ball arithmetic; W₁₁W₂₂ > 0 as it stands."""
    from verify.arithmetic import Ball, precision
    from verify.arithmetic.convert import to_arb

    matrix = of(witness)
    [[corner, _], [_, opposite]] = matrix
    with precision(128):
        root = to_arb(2 * loss(matrix)).sqrt()
        bound = Ball.from_arb(1 / root - root)
    make = Evidence.refutes if bound.lower > abs(corner) or corner * opposite <= 0 else Evidence.supports
    return make(
        kind="ball arithmetic",
        assurance=Assurance.ENCLOSED,
        scope=THE_WITNESS,
        detail=f"|W₁₁| = {abs(corner)}, the bound is {bound.text(12)}; W₁₁W₂₂ = {corner * opposite}",
    )


BOUND, SHARP = "the bound", "no larger bound"


@claim(
    "arora-cohen-hu-luo-2019/razin-cohen-sharp",
    paper=PAPER,
    number="N2",
    title="the best possible bound of the unobserved entry",
    scope=EVERY_MATRIX,
    kinds=("derivation",),
    parts=(BOUND, SHARP),
    hypotheses=HYPOTHESES,
)
def best_bound(run: Run) -> Iterator[Evidence]:
    """
    Statement: let W be a real 2 by 2 matrix with det W > 0 and loss ℓ < ½. Then |W₁₁| > B(ℓ), where
        B(ℓ) = (1 − a)^{3/2} a^{−1/2} with a = ½(√(1 + 8ℓ) − 1) for ℓ ≤ 3/8, and B(ℓ) = √(1 − 2ℓ) for ℓ ≥ 3/8. For every
        such ℓ > 0 and every ε > 0 some such W has |W₁₁| = B(ℓ) + ε.
    Hypotheses: det W > 0; the loss is below 1/2.
    Conclusion: B is the infimum of |W₁₁|; at ℓ = 3/8 the matrices near it lose the symmetry W₁₂ = W₂₁.
    Proof idea: 2a W₁₂W₂₁ − (1 − a)(W₂₂² + a(1 − a)) = ½(W₁₂ + W₂₁ − 2 + 2a)² + (½ − a)(W₁₂ − W₂₁)² on the given loss,
        and the inequality between arithmetic and geometric mean; W₁₂ = W₂₁ = 1 − a gives equality.
    Checked by: certificates of squares, identities of polynomials over Q.
    Not checked: nothing is left open.
    References: Razin & Cohen 2020 (arXiv:2005.06398), Theorem 1 as recalled, for the setting; the bound is ours.
    """
    for part in (BOUND, SHARP):
        yield proved("razin-cohen", EVERY_MATRIX, part=part)


@best_bound.negative_twin("with a bound one per cent larger")
def _(run: Run) -> Iterator[Evidence]:
    a = Fraction(1, 10)  # W₁₂ = W₂₁ = 1 − a, W₂₂ = √(a(1 − a)) and B = (1 − a)√((1 − a)/a), here 3/10 and 27/10
    corner, bound = Fraction(3, 10), Fraction(27, 10)
    matrix: ExactMatrix = ((bound + Fraction(1, 200), 1 - a), (1 - a, corner))
    fits = 2 * loss(matrix) == a**2 + a and bound**2 * a == (1 - a) ** 3
    larger = bound * Fraction(101, 100)
    witness = Witness(
        problem={"W": matrix},
        kind="matrix",
        hypotheses=established(matrix, *HYPOTHESES),
        violates="|W₁₁| is below the larger bound",
        enclosed={"B": bound, "larger bound": larger},
    )
    violated = fits and abs(matrix[0][0]) < larger
    yield refuted(
        "near the minimiser",
        "exact evaluation",
        f"{told(matrix)}, ℓ = {loss(matrix)}, B(ℓ) = {bound}",
        witness if violated else None,
        part=BOUND,
    )


@best_bound.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """B in ball arithmetic from its formula; B is 0 where that is no real number, at losses above 1/2. For the twin the
    bound is one per cent larger."""
    from verify.arithmetic import Ball, precision
    from verify.arithmetic.convert import to_arb

    matrix = of(witness)
    value = loss(matrix)
    with precision(128):
        a = (to_arb(1 + 8 * value).sqrt() - 1) / 2
        square = max(1 - 2 * value, Fraction(0))
        sharp = ((1 - a) ** 3 / a).sqrt() if value <= Fraction(3, 8) else to_arb(square).sqrt()
        share = Fraction(101, 100) if witness.twin else Fraction(1)
        bound = Ball.from_arb(sharp * to_arb(share))
    below = abs(matrix[0][0]) < bound.lower or matrix[0][0] == 0  # B is nowhere negative
    below &= witness.without == POSITIVE or determinant(matrix) > 0
    below &= witness.without == SMALL or value < Fraction(1, 2)
    make = Evidence.refutes if below else Evidence.supports
    return make(
        kind="ball arithmetic",
        assurance=Assurance.ENCLOSED,
        scope=THE_WITNESS,
        detail=f"|W₁₁| = {abs(matrix[0][0])}, {'1.01 ' if witness.twin else ''}B(ℓ) = {bound.text(12)}",
    )


@claim(
    "arora-cohen-hu-luo-2019/razin-cohen-distance",
    paper=PAPER,
    number="N2",
    title="a small loss brings the matrix near rank one",
    scope=EVERY_MATRIX,
    kinds=("derivation",),
    hypotheses=HYPOTHESES,
)
def near_rank_one(run: Run) -> Iterator[Evidence]:
    """
    Statement: let W be a real 2 by 2 matrix with det W > 0 and loss ℓ < ½. Then the distance of W to the matrices of
        rank at most one is at most |W₂₂ − W₁₂W₂₁/W₁₁|, which is below |W₂₂|, and |W₂₂| ≤ √(2ℓ).
    Hypotheses: det W > 0; the loss is below 1/2.
    Conclusion: dist(W, {rank ≤ 1}) < √(2ℓ), in the Frobenius norm and in every norm in which a single entry has the
        norm of its modulus.
    Proof idea: changing W₂₂ alone makes the determinant 0, and W₁₂W₂₁/W₁₁ lies between 0 and W₂₂.
    Checked by: certificates of squares, identities of polynomials over Q.
    Not checked: nothing is left open.
    References: Razin & Cohen 2020 (arXiv:2005.06398), Theorem 1, with another constant as recalled; this proof is ours.
    """
    yield proved("razin-cohen", EVERY_MATRIX)


_SHARE = Fraction(81, 100)  # the square of 9/10


@near_rank_one.negative_twin("with nine tenths of the bound")
def _(run: Run) -> Iterator[Evidence]:
    from verify.symbolic.positivity import LDL, ldl

    matrix = exact_matrix([[1000, 1], [1, "1/10"]], "W")
    (p, x), (y, s) = matrix
    level = _SHARE * 2 * loss(matrix)
    shifted = ((p * p + x * x - level, p * y + x * s), (p * y + x * s, y * y + s * s - level))
    factors = ldl(shifted)
    below = isinstance(factors, LDL) and all(factors.diagonal)
    witness = Witness(
        problem={"W": matrix},
        kind="matrix",
        hypotheses=established(matrix, *HYPOTHESES),
        violates="the smallest singular value, which is the distance, is above 9/10 √(2ℓ)",
        enclosed={"81/100 · 2ℓ": level, "pivots": list(factors.diagonal) if isinstance(factors, LDL) else []},
    )
    yield refuted(
        "a large entry",
        "exact LDLᵀ",
        f"{told(matrix)}: WWᵀ − {level} I is positive definite",
        witness if below else None,
    )


@near_rank_one.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """σ₂ ≥ σ₁σ₂/‖W‖_F, the determinant over the Frobenius norm; and for the claim ``|det W/W₁₁| < |W₂₂|``, since
    ``W₂₂ − W₁₂W₂₁/W₁₁ = det W/W₁₁``."""
    matrix = of(witness)
    norm = sum((entry**2 for row in matrix for entry in row), Fraction(0))
    share = _SHARE if witness.twin else Fraction(1)
    least, level = determinant(matrix) ** 2 / norm, share * 2 * loss(matrix)
    detail = f"σ₂² ≥ det²/‖W‖² = {float(least):.6g}, {float(share):g}·2ℓ = {float(level):.6g}"
    if least > level or witness.twin:
        return proved_again(least > level, detail, "determinant")
    [[corner, _], [_, opposite]] = matrix
    moved = abs(determinant(matrix)) >= abs(opposite * corner)
    return proved_again(
        moved,
        f"{detail}; |det W| = {abs(determinant(matrix))}, |W₁₁W₂₂| = {abs(opposite * corner)}",
        "determinant",
    )
