"""Where to look for counterexamples to claims without a hypothesis: ``verify hunt SLUG --without HYPOTHESIS``.

Balance is what makes W alone move by an equation of its own. Without it the same W(0) is reached from factors that are
free: W_1 is any matrix B, W_2 is ``W(0)B^{−1}``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.second_paths import exact_determinant
from proofs_checks.shin_yun_2026 import depth_two, family, menon, ratios
from proofs_checks.shin_yun_2026.hunts.coupling import DIAGONAL, LIMIT_ERROR, judged, where_fitted
from verify.claims import Claim, Run
from verify.models import Observations, Problem
from verify.search.charts import Matrix, matrix, product
from verify.search.flows import Ends, flow_chart
from verify.search.hunt import Hunt

if TYPE_CHECKING:
    from verify.rigorous import Limit

Judgement = tuple[bool, str, dict[str, Any]]


def unbalanced(start: Matrix, first: Matrix) -> tuple[Matrix, ...]:
    """Two factors of a 2 by 2 matrix, W_1 = `first`; a pole where that is singular."""
    (a, b), (c, d) = first
    volume = a * d - b * c
    return first, product(start, ((d / volume, -b / volume), (-c / volume, a / volume)))


def _hunt(
    one: Claim,
    run: Run,
    *,
    start: Callable[[Sequence[Any]], Matrix],
    box: Sequence[tuple[float, float]],
    slack: Callable[[Ends], Any],
    judge: Callable[[Problem, Limit], Judgement],
    about: str,
    observations: Observations = DIAGONAL,
) -> Hunt:
    """W(0) from the first coordinates, one for each interval of `box`; B from four more."""

    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        return unbalanced(start(x[: len(box)]), matrix(x[len(box) :], 2, 2))

    chart = flow_chart(
        "free factors of W(0)",
        [*box, *[(-2.0, 2.0)] * 4],
        layers=layers,
        observations=observations,
        slack=where_fitted(lambda found, at: slack(found)),
    )
    return Hunt(charts=(chart,), certify=judged(judge, one.hypotheses_of(without=run.without)), noise=0.0, about=about)


def _law(start: Matrix) -> Any:
    """``−sin²(2θ)|det W|`` of a reflected W: ``W − cof W = tr(P) R``."""
    (a, b), (c, d) = start
    tilted, straight = (b + c) * (b + c), (a - d) * (a - d)
    return (a * d - b * c) * tilted / (tilted + straight)


@depth_two.depth_two_determinant_law.hunt_without("balanced")
def _(run: Run) -> Hunt:
    """Any W(0) of negative determinant with entries ``W_12 > 0`` and ``W_21 ≥ |W_11W_22|/W_12`` plus something."""

    def start(x: Sequence[Any]) -> Matrix:
        a, b, d, more = x
        return ((a, b), (more + (a * a + d * d) / (2 * b), d))

    def slack(found: Ends) -> Any:
        import numpy as np

        law = _law(tuple(tuple(found.start[:, i, j] for j in range(2)) for i in range(2)))
        return LIMIT_ERROR - np.abs(found.determinant() - law) / (1 + np.abs(law))

    def judge(begin: Problem, limit: Limit) -> Judgement:
        law, end = _law(begin.product()), limit.determinant
        assert end is not None
        enclosed = {"quantity": "determinant", "sign": "=", "bound": law, "value": end}
        return not end.contains(law), f"det W(∞) = {end.text(8)}, the law has {law}", enclosed

    return _hunt(
        depth_two.depth_two_determinant_law,
        run,
        start=start,
        box=[(-1, 1), (0.2, 1), (-1, 1), (0.1, 1)],
        slack=slack,
        judge=judge,
        about="1e-5 less the relative error of the law",
    )


@menon.reflected_flow.hunt_without("balanced")
def _(run: Run) -> Hunt:
    """``w_12 = −w_21`` and a positive determinant at the start."""

    def judge(begin: Problem, limit: Limit) -> Judgement:
        end, least = limit.determinant, Fraction(99, 100)
        assert end is not None
        enclosed = {"quantity": "determinant", "sign": ">", "bound": least, "value": end}
        return end.upper <= least, f"det W(∞) = {end.text(8)}, from {exact_determinant(begin.product())}", enclosed

    return _hunt(
        menon.reflected_flow,
        run,
        start=lambda x: ((x[0], -x[1]), (x[1], x[2])),
        box=[(0.1, 1), (-1, 1), (0.1, 1)],
        slack=lambda found: found.determinant() - 0.99 + LIMIT_ERROR,
        judge=judge,
        about="det W(∞) − 0.99",
    )


@menon.exceptional_starts.hunt_without(menon.BALANCED_START)
def _(run: Run) -> Hunt:
    """A conformal W(0) with ``q ≠ 0``, whose entry 21 would be frozen."""

    def slack(found: Ends) -> Any:
        import numpy as np

        return LIMIT_ERROR - np.abs(found.product[:, 1, 0] - found.start[:, 1, 0])

    def judge(begin: Problem, limit: Limit) -> Judgement:
        frozen, end = begin.product()[1][0], limit.product[1][0]
        enclosed = {"quantity": "entry 1 0", "sign": "=", "bound": frozen, "value": end}
        return not end.contains(frozen), f"the entry moves from {frozen} to {end.text(8)}", enclosed

    return _hunt(
        menon.exceptional_starts,
        run,
        start=lambda x: ((x[0], -x[1]), (x[1], x[0])),
        box=[(-1, 1), (0.1, 1)],
        slack=slack,
        judge=judge,
        about="1e-5 less the way of the entry 21",
    )


@ratios.mixed_signs_do_not_fit.hunt_without("balanced start")
def _(run: Run) -> Hunt:
    """W(0) is symmetric and positive definite, ``[[c² + d, ct], [ct, t² + e]]`` with d, e > 0; one value is −1."""

    def judge(begin: Problem, limit: Limit) -> Judgement:
        end, least = limit.product[1][1], Fraction(-1, 2)
        enclosed = {"quantity": "entry 1 1", "sign": ">", "bound": least, "value": end}
        return end.upper <= least, f"the entry comes from {begin.product()[1][1]} to {end.text(8)}", enclosed

    return _hunt(
        ratios.mixed_signs_do_not_fit,
        run,
        start=lambda x: ((x[0] * x[0] + x[2], x[0] * x[1]), (x[0] * x[1], x[1] * x[1] + x[3])),
        box=[(-1, 1), (-1, 1), (0.05, 1), (0.05, 1)],
        slack=lambda found: found.product[:, 1, 1] + 0.5,
        judge=judge,
        about="w_22 + 1/2 at a limit that fits",
        observations=Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(-1)))),
    )


@family.stable_rank_bounds.hunt_without("1 < m")
def _(run: Run) -> Hunt:
    """Depth 3, n = 3, w = 1: layers with α on the diagonal and any number off it. The bound is ``2C^{−6}``."""

    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        alpha, off = x
        return (tuple(tuple(alpha if i == j else off for j in range(3)) for i in range(3)),) * 3

    def bound(alpha: Any, off: Any) -> Any:
        first, second = alpha + 2 * off, alpha - off
        return 2 * (first * second / (first - second)) ** 6

    def judge(begin: Problem, limit: Limit) -> Judgement:
        alpha, off = begin.layers[0][0][:2]
        most, rank = 1 + bound(alpha, off), limit.stable_rank
        assert rank is not None
        sentence = most if rank.lower <= most else (most + rank.lower) / 2
        enclosed = {"quantity": "stable rank", "sign": "<", "bound": sentence, "value": rank}
        return rank.lower > most, f"sr = {rank.text(8)}, the bound is {float(most):.8g}", enclosed

    chart = flow_chart(
        "depth 3, n = 3, any m",
        [(0.05, 0.6), (-0.6, 0.6)],
        layers=layers,
        observations=Observations.diagonal(3),
        slack=where_fitted(lambda found, at: 1 + bound(*at) - found.stable_rank() + LIMIT_ERROR),
        requires=lambda begin: begin.layers[0][0][1] != 0,
    )
    names = family.stable_rank_bounds.hypotheses_of(without=run.without)
    return Hunt(charts=(chart,), certify=judged(judge, names), noise=0.0, about="1 + 2C^{−6} − sr")
