"""Points that hunts draw: their slopes and defects against exact formulas, and functions that flows conserve."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest

from proofs_checks.hou_sra_yurtsever_2025 import flows
from proofs_checks.hou_sra_yurtsever_2025.flow_hunts import FAMILIES, rate_table
from proofs_checks.hou_sra_yurtsever_2025.points import (
    SEEN,
    Drawn,
    adjugate,
    d_defect,
    defect,
    free,
    one_eigenvalue,
    rays,
    stationary_defect,
    u_defect,
    vanishing,
)
from verify.arithmetic import exact_matrix
from verify.arithmetic.exact import identity, multiply, scale, transpose
from verify.claims import Established, Evidence, Outcome, Witness, replay
from verify.search.draws import structured
from verify.search.entrywise import Domain, entrywise_hunt
from verify.search.hunt import Chart
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
