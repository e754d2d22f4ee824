"""Points that hunts draw: their slopes and defects against exact formulas, and functions that flows conserve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from proofs_checks.hou_sra_yurtsever_2025 import again, as_claimed, fixed_points, flows, low_rank
from proofs_checks.hou_sra_yurtsever_2025.hunts.flows import (
    FAMILIES,
    one_dead,
    parallel,
    rate_table,
    short_steps,
    strong,
)
from proofs_checks.hou_sra_yurtsever_2025.points import (
    SEEN,
    Drawn,
    adjugate,
    d_defect,
    defect,
    fitting,
    free,
    one_eigenvalue,
    rays,
    stationary_defect,
    u_defect,
    vanishing,
)
from verify.arithmetic import ExactMatrix, exact_matrix
from verify.arithmetic.exact import add, identity, multiply, scale, transpose
from verify.claims import Established, Evidence, Outcome, Run, Witness, replay
from verify.models import UDU
from verify.search.draws import structured
from verify.search.entrywise import Domain, entrywise_hunt
from verify.search.hunt import Chart
from verify.search.pipeline import hunt_of
from verify.search.shard import search
from verify.symbolic.fixed_points import d_step_is_fixed, gradient_step, is_stationary, quadratic_forms, u_step_is_fixed

DOMAINS = [vanishing(2, 2), vanishing(2, 3), vanishing(3, 2), rays(2, 2), rays(3, 2), one_eigenvalue(2, 2)]
DOMAINS += [free(*seen) for seen in SEEN]


def chart_of(domain: Domain) -> Chart:
    hunt = entrywise_hunt([domain], conclusion=lambda point: [], refuted=lambda point, failing: pytest.fail("refuted"))
    return hunt.charts[0]


def points(domain: Domain, count: int = 40) -> list[Drawn]:
    drawn = structured(np.random.default_rng(5), chart_of(domain), count)
    return [domain.build([Fraction(x).limit_denominator(100) for x in row]) for row in drawn.tolist()]


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_slopes_and_defects_are_those_of_the_step(domain: Domain) -> None:
    """By differences of the loss; and by the formulas, which decide with squares."""
    seen = []
    for point in points(domain):
        U, D = exact_matrix(point.U, "U"), [Fraction(d) for d in point.D]
        G, square = exact_matrix(point.gradient, "G"), Fraction(point.square)
        assert transpose(G) == G
        step = Fraction(point.step)
        assert point.moved[0] == gradient_step(U, D, G, step=step)
        assert point.moved[1] == [d - step * q for d, q in zip(D, quadratic_forms(U, G), strict=True)]
        fixed = u_step_is_fixed(U, D, G, radius_squared=square, step=step), d_step_is_fixed(U, D, G, step=step)
        assert (u_defect(point, point.moved[0]) == 0, d_defect(point, point.moved[1]) == 0) == fixed
        assert (stationary_defect(point) == 0) == is_stationary(U, D, G)
        seen.append(fixed)
    if domain.name.startswith("n ="):
        assert (True, True) in seen
        assert (False, False) in seen


@pytest.mark.parametrize("domain", [rays(2, 2, loose=False), one_eigenvalue(2, 2)], ids=lambda domain: domain.name)
def test_points_on_rays_are_left_where_they_are_by_the_u_step_alone(domain: Domain) -> None:
    for point in points(domain):
        assert u_defect(point, point.moved[0]) == 0
        assert (defect(point) == 0) == (point.X == ((0, 0), (0, 0)))


def test_arrays_and_fractions_agree() -> None:
    domain = vanishing(2, 2)
    rows = structured(np.random.default_rng(7), chart_of(domain), 30)
    together = domain.build(list(rows.T))
    for k, row in enumerate(rows.tolist()):
        point = domain.build([Fraction(x) for x in row])
        assert float(defect(point)) == pytest.approx(defect(together)[k], rel=1e-9, abs=1e-9)
        assert float(stationary_defect(point)) == pytest.approx(stationary_defect(together)[k], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_adjugate_is_the_determinant_times_the_inverse(size: int) -> None:
    made = exact_matrix([[(i + 2) ** j - 3 * i * j for j in range(size)] for i in range(size)])
    product = multiply(made, adjugate(made))
    assert product[0][0] != 0
    assert product == scale(product[0][0], identity(size))


def judged(family: str, function: Mapping[str, int], *, twin: bool = False) -> Evidence:
    witness = Witness(
        problem={"family": family, "function": dict(function)},
        kind="function",
        hypotheses=(Established(name=flows.ARBITRARY, how="linear losses"),),
        violates="conserved",
        claim=flows.no_further_invariants.slug,
        twin=twin,
    )
    return replay(flows.no_further_invariants, witness)


@pytest.mark.parametrize(
    ("family", "function", "conserved"),
    [
        ("UDUᵀ n=2 r=2", {"u0·u0": 1, "λ0λ0": -2}, True),
        ("UDUᵀ n=2 r=2", {"u0·u0": 1, "λ0λ0": -1}, False),
        ("UDVᵀ n=2 m=3 r=2", {"v1·v1": 1, "λ1λ1": -1}, True),
        ("UDVᵀ n=2 m=3 r=2", {"v1·v1": 1, "u1·u1": -1}, True),
        ("UDVᵀ n=2 m=3 r=2", {"v1·v1": 1, "u0·u0": -1}, False),
        ("UUᵀ n=2 r=2", {"u0·u1": 1}, False),
        ("ball n=2 r=2, U and D", {"u0·u0": 1, "u1·u1": 1}, True),
        ("ball n=2 r=2, U and D", {"u0·u0": 1, "λ0λ0": -2}, False),
        ("ball n=2 r=2, U and D", {"λ0": 1}, False),
    ],
)
def test_what_a_family_conserves_is_known_by_the_second_path(
    family: str, function: Mapping[str, int], conserved: bool
) -> None:
    assert judged(family, function).outcome is (Outcome.REFUTES if conserved else Outcome.SUPPORTS)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_combination_of_the_functions_is_conserved(family: str) -> None:
    """The rank of the table is full; nor is one function alone conserved by the second path."""
    names, table = rate_table(family)
    assert np.linalg.matrix_rank(table.astype(float)) == len(names)
    for name in names:
        assert judged(family, {name: 1}).outcome is Outcome.SUPPORTS


#: What witnesses against claims hold, and those against some twins need not.
AS_CLAIMED: Mapping[str, Any] = {"scale": "2", "better": [["0", "0"], ["0", "0"]], "weights": ["1"]}

SECOND = [
    (fixed_points, "fixed_u_steps"),
    (fixed_points, "projection_never_acts"),
    (fixed_points, "balls_of_any_norm"),
    (fixed_points, "fixed_iff_stationary"),
    (fixed_points, "same_products"),
    (fixed_points, "optimal_fixed_points"),
    (fixed_points, "spurious_local_minima"),
    (flows, "flow_descends"),
    (flows, "column_invariants"),
    (flows, "weights_stay_positive"),
    (flows, "parallel_columns"),
    (flows, "no_column_vanishes"),
    (low_rank, "scale_covariance"),
]


@pytest.mark.parametrize(("module", "name"), SECOND, ids=lambda x: x if isinstance(x, str) else "")
def test_what_refutes_a_twin_does_not_refute_its_claim(module: Any, name: str) -> None:
    claim = getattr(module, name)
    tally = search(hunt_of(claim, Run(twin=True)), seed=0, shard=0, cases=400)
    witness = tally.found[0].witness.addressed_to(claim.slug, twin=True)
    assert replay(claim, witness).outcome is Outcome.REFUTES
    given = replace(witness, twin=False, enclosed={**AS_CLAIMED, **witness.enclosed})
    assert replay(claim, given).outcome is Outcome.SUPPORTS


Slopes = tuple[ExactMatrix, tuple[Fraction, ...]]


def decayed(of_u: ExactMatrix, of_d: tuple[Fraction, ...], U: ExactMatrix) -> Slopes:
    return add(of_u, scale(Fraction(-3), U)), of_d


def doubled(of_u: ExactMatrix, of_d: tuple[Fraction, ...], U: ExactMatrix) -> Slopes:
    return scale(Fraction(2), of_u), of_d


def idle_weights(of_u: ExactMatrix, of_d: tuple[Fraction, ...], U: ExactMatrix) -> Slopes:
    return of_u, tuple(0 * q for q in of_d)


def idle(of_u: ExactMatrix, of_d: tuple[Fraction, ...], U: ExactMatrix) -> Slopes:
    return scale(Fraction(0), of_u), tuple(0 * q for q in of_d)


def vanishing_columns(of_u: ExactMatrix, of_d: tuple[Fraction, ...], U: ExactMatrix) -> Slopes:
    return U, of_d  # with a step of 1


def step_of_one() -> Domain:
    """Short steps, the gradient scaled so that they are 1."""
    base = short_steps(2, 2)

    def build(x: Sequence[Any]) -> Drawn:
        point: Drawn = base.build(x)
        G = scale(Fraction(point.step), exact_matrix(point.gradient))
        return replace(point, loss=fitting(point.X, G), step=Fraction(1))

    return replace(base, build=build)


@pytest.mark.parametrize(
    ("second", "wrong", "domain"),
    [
        (as_claimed.u_step, decayed, rays(2, 2)),
        (as_claimed.projection, idle_weights, rays(2, 2, loose=False)),
        (as_claimed.any_ball, decayed, vanishing(2, 2, complementary=True)),
        (as_claimed.stationary, idle, vanishing(2, 2)),
        (as_claimed.products, idle, vanishing(2, 2)),
        (as_claimed.descent, doubled, free(*SEEN[0])),
        (as_claimed.invariants, doubled, free(*SEEN[0])),
        (as_claimed.positive_weights, decayed, strong(*SEEN[0])),
        (as_claimed.conserved, doubled, one_dead(2)),
        (as_claimed.conserved, doubled, parallel(2, 2)),
        (as_claimed.columns_remain, vanishing_columns, step_of_one()),
        (as_claimed.scaled, decayed, free(*SEEN[0])),
    ],
)
def test_second_paths_see_what_wrong_slopes_violate(
    monkeypatch: pytest.MonkeyPatch, second: Callable[[Witness], Evidence], wrong: Callable[..., Slopes], domain: Domain
) -> None:
    def verdicts() -> set[Outcome]:
        return {second(stored(point)).outcome for point in points(domain, 24) if any(map(any, point.U))}

    assert verdicts() == {Outcome.SUPPORTS}
    right = again.slopes

    def mistaken(model: UDU, state: Mapping[str, ExactMatrix]) -> dict[str, ExactMatrix]:
        found = right(model, state)
        of_u, of_d = wrong(found["U"], tuple(row[0] for row in found["D"]), state["U"])
        return {"U": of_u, "D": tuple((q,) for q in of_d)}

    monkeypatch.setattr(again, "slopes", mistaken)
    assert Outcome.REFUTES in verdicts()


def stored(point: Drawn) -> Witness:
    """A point as a witness against a claim, with a step of 1 where it has no other."""
    shown: dict[str, Any] = {"step": point.step or Fraction(1), "scale": Fraction(3, 2)}
    if point.square is not None:
        shown["radius squared"] = point.square
    how = (Established(name="a point", how="drawn"),)
    return Witness(problem=point.problem(), hypotheses=how, violates="it is told", enclosed=shown)
