"""Where to look for counterexamples to the claims in the setting of Razin and Cohen, and to their false variants.

The claims are proved; a hunt shares no algebra with their derivations. ``verify hunt SLUG``, for the twin ``--twin``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.arora_cohen_hu_luo_2019 import razin_cohen
from proofs_checks.arora_cohen_hu_luo_2019.again import determinant
from proofs_checks.arora_cohen_hu_luo_2019.razin_cohen import HYPOTHESES, POSITIVE, SMALL, established, loss, told
from verify.arithmetic import ExactMatrix, exact_matrix
from verify.claims import Assurance, Evidence, Run, Scope, Witness
from verify.search.charts import matrix
from verify.search.hunt import Chart, Hunt, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ONE = Scope.instances("one candidate")


def hunt_matrices(
    slack: Callable[[Floats, Floats], Floats],
    violated: Callable[[ExactMatrix], str | None],
    about: str,
    *,
    names: tuple[str, ...] = HYPOTHESES,
    assurance: Assurance = Assurance.PROVED,
) -> Hunt:
    """Among 2 by 2 matrices with a loss below 1/2 and a positive determinant, as far as these are hypotheses.

    `slack` gets the entries, shape (4, count), and the loss; `violated` says how an exact matrix violates, or None.
    """

    def evaluate(points: Floats) -> Floats:
        import numpy as np

        a, b, c, d = points.T
        half = ((b - 1) ** 2 + (c - 1) ** 2 + d**2) / 2
        admitted = half > 0
        if SMALL in names:
            admitted &= half < 0.5
        if POSITIVE in names:
            admitted &= a * d - b * c > 0
        found: Floats = np.where(admitted, slack(points.T, half), np.nan)
        return found

    def data(point: Point) -> dict[str, Any] | None:
        made = exact_matrix(matrix(point, 2, 2), "W")
        fits = loss(made) > 0 and (SMALL not in names or loss(made) < Fraction(1, 2))
        fits &= POSITIVE not in names or determinant(made) > 0
        return {"W": made} if fits else None

    def certify(found: dict[str, Any]) -> Evidence:
        made: ExactMatrix = found["W"]
        how = violated(made)
        if how is None:
            return Evidence.undecided(kind="exact evaluation", scope=ONE, detail="the inequality holds")
        return Evidence.refutes(
            kind="exact evaluation",
            assurance=assurance,
            scope=ONE,
            detail=f"{told(made)}: {how}",
            witness=Witness(
                problem=found, kind="matrix", hypotheses=established(made, *names), violates=how, enclosed={}
            ),
        )

    if SMALL not in names:
        chart = Chart(name="2 by 2 matrices", lower=(-3,) * 4, upper=(3,) * 4, data=data, slack=evaluate)
        return Hunt(charts=(chart,), certify=certify, about=about)
    # Around the data, where the loss is small, and with room for the entry that is not observed.
    charts = (
        Chart(name="2 by 2 matrices", lower=(-20, 0.01, 0.01, -1), upper=(20, 2, 2, 1), data=data, slack=evaluate),
        Chart(
            name="a large entry", lower=(-2000, 0.9, 0.9, -0.2), upper=(2000, 1.1, 1.1, 0.2), data=data, slack=evaluate
        ),
    )
    return Hunt(charts=charts, certify=certify, about=about)


@razin_cohen.unobserved_entry_is_large.hunt
def _(run: Run) -> Hunt:
    """``|W₁₁| > 1/√(2ℓ) − √(2ℓ)`` is ``2ℓ W₁₁² > (1 − 2ℓ)²``, since 2ℓ < 1."""

    def violated(made: ExactMatrix) -> str | None:
        square = 2 * loss(made)
        room = square * made[0][0] ** 2 - (1 - square) ** 2
        # The twin's recheck asks for a bound that is strictly above the entry.
        wrong = room < 0 if run.twin else room <= 0
        return f"2ℓ W₁₁² − (1 − 2ℓ)² = {room}" if wrong else None

    return hunt_matrices(
        lambda w, half: 2 * half * w[0] ** 2 - (1 - 2 * half) ** 2,
        violated,
        "2ℓ W₁₁² − (1 − 2ℓ)²",
        names=(SMALL,) if run.twin else HYPOTHESES,
    )


@razin_cohen.unobserved_entry_is_large.hunt_without(SMALL)
def _(run: Run) -> Hunt:
    """``W₁₁W₂₂ > 0`` alone: the bound stays true."""

    def violated(made: ExactMatrix) -> str | None:
        pair = made[0][0] * made[1][1]
        return f"W₁₁W₂₂ = {pair}" if pair <= 0 else None

    return hunt_matrices(lambda w, half: w[0] * w[3], violated, "W₁₁W₂₂", names=(POSITIVE,))


@razin_cohen.best_bound.hunt_without(POSITIVE)
@razin_cohen.best_bound.hunt
def _(run: Run) -> Hunt:
    share = Fraction(101, 100) if run.twin else Fraction(1)

    def slack(w: Floats, half: Floats) -> Floats:
        import numpy as np

        a = (np.sqrt(1 + 8 * half) - 1) / 2
        bound = np.where(half <= 3 / 8, (1 - a) ** 1.5 / np.sqrt(a), np.sqrt(1 - 2 * half))
        found: Floats = np.abs(w[0]) / (float(share) * bound) - 1
        return found

    def violated(made: ExactMatrix) -> str | None:
        from verify.arithmetic import Ball, precision
        from verify.arithmetic.convert import to_arb

        value = loss(made)
        with precision(160):
            a = (to_arb(1 + 8 * value).sqrt() - 1) / 2
            sharp = ((1 - a) ** 3 / a).sqrt() if value <= Fraction(3, 8) else to_arb(1 - 2 * value).sqrt()
            bound = Ball.from_arb(sharp * to_arb(share))
        return f"|W₁₁| = {abs(made[0][0])} is below {bound.text(8)}" if abs(made[0][0]) < bound.lower else None

    names = (SMALL,) if run.without else HYPOTHESES
    return hunt_matrices(slack, violated, "|W₁₁| over the bound, less 1", names=names, assurance=Assurance.ENCLOSED)


@razin_cohen.near_rank_one.hunt_without(POSITIVE)
@razin_cohen.near_rank_one.hunt
def _(run: Run) -> Hunt:
    """The distance to rank 1 is σ₂; ``σ₂² > level`` where ``WWᵀ − level·I`` is positive definite."""
    share = razin_cohen._SHARE if run.twin else Fraction(1)

    def slack(w: Floats, half: Floats) -> Floats:
        import numpy as np

        a, b, c, d = w
        norm, product = a * a + b * b + c * c + d * d, np.abs(a * d - b * c)
        # σ₂² = 2 det² / (‖W‖² + √(‖W‖⁴ − 4 det²)), without cancellation
        smallest = 2 * product**2 / (norm + np.sqrt(np.maximum(norm**2 - 4 * product**2, 0)))
        found: Floats = float(share) - smallest / (2 * half)
        return found

    def violated(made: ExactMatrix) -> str | None:
        (a, b), (c, d) = made
        level = share * 2 * loss(made)
        first, second, off = a * a + b * b - level, c * c + d * d - level, a * c + b * d
        if run.twin and determinant(made) ** 2 <= level * (a * a + b * b + c * c + d * d):
            return None  # the recheck bounds σ₂ from below by the determinant over the norm
        if first > 0 and first * second > off * off:
            return f"the square of the distance is above {float(share):g}·2ℓ = {level}"
        return None

    names = (SMALL,) if run.without else HYPOTHESES
    return hunt_matrices(slack, violated, f"{float(share):g} less the squared distance over 2ℓ", names=names)
