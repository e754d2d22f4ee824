"""Where to look for counterexamples without a hypothesis: ``verify hunt SLUG --without HYPOTHESIS``.

Points are those of :mod:`.fixed_points`, with another ball, or without what the statement asks of their columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from proofs_checks.common import hunted
from proofs_checks.hou_sra_yurtsever_2025 import ablations, fixed_points, flows
from proofs_checks.hou_sra_yurtsever_2025.hunts.fixed_points import VANISHING, Rivalled, with_rivals
from proofs_checks.hou_sra_yurtsever_2025.loose import Loose
from proofs_checks.hou_sra_yurtsever_2025.points import (
    Drawn,
    defect,
    square_of,
    stationary_defect,
    u_defect,
    where,
)
from verify.claims import Evidence, Run
from verify.search.entrywise import (
    Assertion,
    Domain,
    above,
    at_least,
    entrywise_hunt,
    implied_to_vanish,
    vanish_together,
)
from verify.search.hunt import Hunt


def loosely(point: Drawn) -> Loose:
    """The exact point with all entries of its target, its ball and its step."""
    seen, size = point.loss.observed, range(len(point.U))
    assert seen is not None
    target = [[seen[i, j] for j in size] for i in size]
    return Loose.of(point.U, list(point.D), target=target, square=point.square, step=point.step)


def in_half_a_ball(domain: Domain) -> Domain:
    """The same points, each with a ball that does not hold it: ``α² = ‖U‖²/2``."""

    def build(x: Sequence[Any]) -> Drawn:
        point: Drawn = domain.build(x)
        return replace(point, square=square_of(point.U) / 2)

    return replace(domain, name=f"{domain.name}, outside of the ball", build=build)


@fixed_points.fixed_u_steps.hunt_without("and the projection acts")
def _(run: Run) -> Hunt:
    """Points that the U step leaves where they are, inside the ball or on its sphere."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        still = u_defect(point, point.moved[0])
        yield implied_to_vanish(still, (square_of(point.U) - point.square) ** 2)

    def refuted(point: Drawn, failing: Assertion) -> Evidence:
        return hunted(
            loosely(point).problem(), ("D is given",), f"fixed, and not on the sphere: {failing}", kind="point"
        )

    about = "the step's share of the step and of the distance from the sphere"
    return entrywise_hunt(VANISHING, conclusion=conclusion, refuted=refuted, about=about)


def _outside(run: Run) -> Hunt:
    """Stationary points outside of the ball: the flow rests there, the iteration does not."""

    def conclusion(point: Drawn) -> Iterator[Assertion]:
        yield vanish_together(defect(point), stationary_defect(point))

    def refuted(point: Drawn, failing: Assertion) -> Evidence:
        what = f"stationary, and the projection moves it: {failing}"
        return hunted(loosely(point).problem(), (ablations.NONNEGATIVE,), what, kind="point")

    domains = tuple(in_half_a_ball(domain) for domain in VANISHING)
    about = "share of the smaller of two defects that vanish together: of the step, and of stationarity"
    return entrywise_hunt(domains, conclusion=conclusion, refuted=refuted, about=about)


for _claim in (fixed_points.fixed_iff_stationary, flows.flow_descends):
    _claim.hunt_without("the ball holds U")(_outside)


@fixed_points.optimal_fixed_points.hunt_without("span a hyperplane")
def _(run: Run) -> Hunt:
    """Fixed points with an invertible U, all but one of whose three columns are dead at least."""

    def conclusion(point: Rivalled) -> Iterator[Assertion]:
        yield at_least(point.loss(point.rival), point.loss(point.X))

    def requires(point: Rivalled) -> Iterator[Assertion]:
        yield above(point.determinant * point.determinant, 0)
        yield at_least(1, sum(where(d > 0, 1 + 0 * d, 0 * d) for d in point.D))

    def refuted(point: Rivalled, failing: Assertion) -> Evidence:
        violates = f"a fixed point; a positive semidefinite matrix has a smaller loss: not {failing}"
        better = [[str(Fraction(x)) for x in row] for row in point.rival]
        names = fixed_points.optimal_fixed_points.hypotheses_of(without=run.without)
        return hunted(point.problem(), names, violates, better=better)

    domains = [with_rivals(3, 3, measured=measured, semidefinite=False) for measured in (False, True)]
    about = "the loss of a positive semidefinite matrix less that of the fixed point"
    return entrywise_hunt(domains, conclusion=conclusion, requires=requires, refuted=refuted, about=about)
