"""Second paths for the claims about commuting measurements without one of their hypotheses.

Limits are those of the flow in other coordinates; nothing is taken over from the checks but the stored data.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from proofs_checks.arora_cohen_hu_luo_2019.again import bisected, number, product_rate, rates_again, residual
from proofs_checks.common import doubted, enclosed_again, proved_again
from proofs_checks.second_paths import hidden_rotation, limit_again
from verify.arithmetic import Ball, BallMatrix, ExactMatrix, exact_matrix
from verify.arithmetic.exact import add, exact, multiply, negative
from verify.claims import Evidence, Witness
from verify.models import Problem, Sensing, load_model, load_problem


def inner_problem(witness: Witness) -> Problem | Sensing:
    """The flow that a witness stores beside other data."""
    model = load_model(_stored(witness))
    assert isinstance(model, Problem | Sensing)
    return model


def _stored(witness: Witness) -> dict[str, object]:
    stored = witness.problem["problem"]
    assert isinstance(stored, dict)
    return stored


def bias(values: Sequence[Ball], alpha: Fraction, depth: int) -> Ball:
    """``Q_{α,N}`` of eigenvalues: ``Σx(log x − 1) + 2log(1/α)Σx`` (N = 2), ``Σx − (N/2)α^{N−2}Σx^{2/N}`` (N ≥ 3)."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    with precision(256):
        size, total = to_arb(alpha), to_arb(0)
        for value in values:
            x = value.to_arb()
            if depth == 2:
                total += x * (x.log() - 1 - 2 * size.log())
            else:
                total += x - size ** (depth - 2) * (x.log() * 2 / depth).exp() * depth / 2
        return Ball.from_arb(total)


def other_solution(witness: Witness, seen: Problem | Sensing) -> list[Ball] | None:
    """The positive eigenvalues of the stored solution ``Σ x_k v_kv_kᵀ/‖v_k‖²``; None where it is none."""
    values, vectors = witness.problem["values"], witness.problem["vectors"]
    assert isinstance(values, list | tuple)
    x, rows = [exact(value, "value") for value in values], exact_matrix(vectors, "vectors")
    squares = [sum((entry * entry for entry in row), Fraction(0)) for row in rows]
    gram = multiply(rows, tuple(zip(*rows, strict=True)))
    orthogonal = not any(entry for i, row in enumerate(gram) for j, entry in enumerate(row) if i != j)
    size = range(len(rows[0]))
    whole = tuple(
        tuple(sum((c * v[i] * v[j] / n for c, v, n in zip(x, rows, squares, strict=True)), Fraction(0)) for j in size)
        for i in size
    )
    fits = isinstance(seen, Sensing) and all(
        sum((a * b for one, two in zip(matrix, whole, strict=True) for a, b in zip(one, two, strict=True)), Fraction(0))
        == value
        for matrix, value in zip(seen.observations.matrices, seen.observations.values, strict=True)
    )
    return [Ball(value) for value in x] if orthogonal and fits and min(x) > 0 else None


def not_the_minimizer(witness: Witness) -> Evidence:
    """The limit of the rotated flow has a larger Q than the stored solution. The inequality for traces is the same."""
    problem, alpha = inner_problem(witness), number(witness.problem, "alpha")
    other, limit = other_solution(witness, problem), limit_again(_stored(witness), digits=16)
    if other is None or not limit.converged:
        return doubted(limit.reason if other else "the other solution does not fit")
    reached, beaten = (bias(values, alpha, problem.depth) for values in (limit.singular_values, other))
    detail = f"Q is {reached.text(10)} at the limit, {beaten.text(10)} at another solution"
    return enclosed_again(reached.lower > beaten.upper, detail)


def not_symmetric(witness: Witness) -> Evidence:
    """The limit of the rotated flow is no symmetric matrix."""
    limit = limit_again(dict(witness.problem), digits=16)
    if not limit.converged:
        return doubted(limit.reason)
    upper, lower = limit.product[0][1], limit.product[1][0]
    return enclosed_again(not upper.overlaps(lower), f"w12 tends to {upper.text(10)}, w21 to {lower.text(10)}")


def not_a_multiple_of_the_identity(witness: Witness) -> Evidence:
    """The limit's singular values differ."""
    limit = limit_again(dict(witness.problem), digits=16)
    if not limit.converged:
        return doubted(limit.reason)
    first, *_, last = limit.singular_values
    return enclosed_again(last.upper < first.lower, f"singular values from {first.text(10)} to {last.text(10)}")


def loss_of(product: BallMatrix, problem: Problem) -> Ball:
    """The loss at an enclosed product."""
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    with precision(192):
        gaps = (product[i][j].to_arb() - to_arb(y) for i, j, y in problem.observations.entries)
        return Ball.from_arb(sum((gap * gap for gap in gaps), to_arb(0)) / 2)


def loss_stays(witness: Witness) -> Evidence:
    """One number with a negative target: positive at the time 3, and zero is a solution that it does not cross."""
    from verify.rigorous import enclose_flow

    problem = load_problem(dict(witness.problem))
    [[target]] = problem.observations.values
    [[value]] = enclose_flow(problem, time=Fraction(3), digits=40).product
    equal = len(set(problem.layers)) == 1 and problem.layers[0][0][0] > 0
    violated = equal and target < 0 and value.lower > 0
    return enclosed_again(violated, f"w(3) = {value.text(12)}, so the loss stays above {target**2 / 2}", "enclosure")


def below_the_floor(witness: Witness) -> Evidence:
    """The loss of the rotated flow, at the stored time and a quarter more, against ½Σμ² over the target's negative
    eigenvalues; they are stored, and are those of a matrix with this trace and determinant."""
    from verify.rigorous import enclose_flow

    problem, time = inner_problem(witness), number(witness.problem, "time") + Fraction(1, 4)
    assert isinstance(problem, Problem)
    target, stored = exact_matrix(witness.problem["target"], "target"), witness.problem["eigenvalues"]
    assert isinstance(stored, list | tuple)
    values = [exact(x, "eigenvalue") for x in stored]
    if not _are_eigenvalues(values, target):
        return doubted("these are not the target's eigenvalues")
    if any(target[i][j] != y for i, j, y in problem.observations.entries):
        return doubted("the observed entries are not the target's")
    floor = sum((x * x for x in values if x < 0), Fraction(0)) / 2
    found = loss_of(enclose_flow(hidden_rotation(problem), time=time, digits=20).product, problem)
    detail = f"the loss is {found.text(10)} at t = {time}, ½Σμ² is {floor}"
    return enclosed_again(found.upper < floor, detail, "enclosure of the rotated flow")


def _are_eigenvalues(values: Sequence[Fraction], target: ExactMatrix) -> bool:
    """For one or two rows, by trace and determinant."""
    if len(values) != len(target) or len(values) > 2:
        return False
    if len(values) == 1:
        return values[0] == target[0][0]
    (a, b), (c, d) = target
    return sum(values) == a + d and values[0] * values[1] == a * d - b * c


def other_tie(witness: Witness) -> Evidence:
    """The last eigenvalue of the limit of the rotated flow is not the root of 4z³ = (1 − 3z)³ (depth 2)."""
    limit = limit_again(dict(witness.problem), digits=16)
    if not limit.converged or inner_depth(witness) != 2:
        return doubted(limit.reason)
    root = Ball.between(*bisected(lambda z: 4 * z**3 - (1 - 3 * z) ** 3, Fraction(0), Fraction(1, 3)))
    value = limit.product[2][2]
    return enclosed_again(not value.overlaps(root), f"z tends to {value.text(10)}, the root is {root.text(10)}")


def inner_depth(witness: Witness) -> int:
    """The depth of the stored flow."""
    model = load_model(dict(witness.problem))
    assert isinstance(model, Problem | Sensing)
    return model.depth


def exponential_slope(problem: Problem) -> ExactMatrix:
    """What ``E X(0) E``, ``E = exp(A*(s))``, ``s' = −r``, moves by at the start: ``−(GX + XG)``."""
    slope, whole = residual(problem), problem.product()
    return negative(add(multiply(slope, whole), multiply(whole, slope)))


def other_slope(witness: Witness) -> Evidence:
    """By differences of the loss the product does not move as the formula does."""
    problem = load_problem(dict(witness.problem))
    rate, claimed = product_rate(problem, rates_again(problem)), exponential_slope(problem)
    detail = f"by differences of the loss X' begins with {rate[0][0]}, the formula's with {claimed[0][0]}"
    return proved_again(rate != claimed, detail, "unit differences")


def limit_without(witness: Witness) -> Evidence:
    """For claims about the limit from multiples of the identity, by the hypothesis that is dropped."""
    paths = {
        "symmetric": not_symmetric,
        "commuting": not_the_minimizer,
        "that a positive semidefinite matrix fits": loss_stays,
        "W_j(0) = alpha I": not_the_minimizer,
    }
    return paths[witness.without](witness)
