"""Claims about commuting measurements without one of their hypotheses: which are needed, and which are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from proofs_checks.arora_cohen_hu_luo_2019 import commuting
from proofs_checks.arora_cohen_hu_luo_2019.ablations.claims import enclosed_violation, unseen
from proofs_checks.arora_cohen_hu_luo_2019.again import product_rate, rates
from proofs_checks.arora_cohen_hu_luo_2019.commuting import COMMUTING, FORMS, IDENTITY, TIED, Form
from proofs_checks.arora_cohen_hu_luo_2019.commuting_again import bias, exponential_slope, loss_of
from proofs_checks.arora_cohen_hu_luo_2019.flow import told
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES, multiples, observed
from proofs_checks.common import refuted, stated
from verify.arithmetic import Ball, ExactMatrix, exact_matrix
from verify.arithmetic.exact import add, negative
from verify.claims import Established, Evidence, Run, Witness
from verify.models import Measurements, Problem, Sensing, diagonal, dump_problem

FITTED = "that a positive semidefinite matrix fits"

# ---------------------------------------------------------------------------------------------------------------------
# Limits from multiples of the identity


def together(size: int, i: int, j: int) -> ExactMatrix:
    """The symmetric measurement of the entries (i, j) and (j, i)."""
    return tuple(tuple(Fraction(int((r, c) in ((i, j), (j, i)))) for c in range(size)) for r in range(size))


#: Li, Luo & Lyu's completion, R = 2, its entries measured in pairs, from ``W_j(0) = I/100`` at depth 2. Symmetric
#: matrices see it as they see the completion, in half the time.
IN_PAIRS = Sensing(
    multiples(4, "1/100", "1/100"),
    Measurements((together(4, 0, 2), together(4, 0, 3), together(4, 1, 2)), (Fraction(2), Fraction(4), Fraction(4))),
)
#: Of its solutions the one of smallest trace, by eigenvalues and eigenvectors; the others are zero.
SMALLEST_TRACE: Mapping[str, object] = {"values": [6, 2], "vectors": [[1, 1, 1, 1], [1, -1, -1, 1]]}

#: One measurement that is not symmetric, w12 = 1, from ``W_j(0) = I/10`` at depth 2: W stays upper triangular.
ONE_ENTRY = Problem(multiples(2, "1/10", "1/10"), observed(2, 2, (0, 1, 1)))

#: A = diag(1, 3/2), y = 1, from ``W_j(0) = diag(2, 1)/10`` at depth 3 (R14).
SHAPED = Sensing((diagonal(("1/5", "1/10")),) * 3, Measurements((diagonal((1, "3/2")),), (Fraction(1),)))


def _beaten(
    name: str, problem: Sensing, alpha: Fraction, other: Mapping[str, object], hypotheses: tuple[Established, ...]
) -> Evidence:
    """That another solution has a smaller Q than the limit."""
    from verify.rigorous import certify_limit

    limit = certify_limit(problem, digits=12)
    values = other["values"]
    assert isinstance(values, list)
    if not limit.converged:
        return unseen(name, "certified limit", limit.reason)
    reached = bias(limit.singular_values, alpha, problem.depth)
    beaten = bias([Ball(Fraction(x)) for x in values], alpha, problem.depth)
    if reached.lower <= beaten.upper:
        return unseen(name, "certified limit", reached.text(10))
    trace, least = sum((x.mid for x in limit.singular_values), Fraction(0)), sum(map(Fraction, values))
    return enclosed_violation(
        name,
        "certified limit",
        f"Q is {reached.text(8)} at the limit and {beaten.text(8)} at another solution; "
        f"the traces are {float(trace):.6f} and {float(least):.6f}",
        {"problem": dump_problem(problem), "alpha": alpha, **other},
        hypotheses,
        limit=reached,
        other=beaten,
    )


def _not_symmetric(name: str, problem: Problem, hypotheses: tuple[Established, ...], part: str = "") -> Evidence:
    """That the limit is no symmetric matrix."""
    from verify.rigorous import certify_limit

    limit = certify_limit(problem, digits=12)
    upper, lower = limit.product[0][1], limit.product[1][0]
    if not limit.converged or upper.overlaps(lower):
        return unseen(name, "certified limit", limit.reason, part)
    detail = f"w12 tends to {upper.text(8)}, w21 to {lower.text(8)}: the limit is no positive semidefinite solution"
    return enclosed_violation(name, "certified limit", detail, dump_problem(problem), hypotheses, part=part, w21=lower)


SYMMETRIC_FITTED = "symmetric measurements that a positive semidefinite matrix fits"
COMMUTING_FITTED = "commuting measurements that a positive semidefinite matrix fits"


@commuting.commuting_limit.without("symmetric", hypotheses=(COMMUTING_FITTED, IDENTITY))
def _(run: Run) -> Iterator[Evidence]:
    yield _not_symmetric("one entry", ONE_ENTRY, _one_entry(), commuting.LIMIT)


@commuting.trace_is_minimized_at_small_scale.without("symmetric", hypotheses=(COMMUTING_FITTED, IDENTITY))
def _(run: Run) -> Iterator[Evidence]:
    """With ``α² sinh 2s = 1`` the limit is ``[[c, 1], [0, c]]``, ``c = α² cosh s``, which tends to 0 with α: not even
    the trace, at least 2 for a positive semidefinite solution, is near."""
    yield _not_symmetric("one entry", ONE_ENTRY, _one_entry())


def _one_entry() -> tuple[Established, ...]:
    return (
        *stated(COMMUTING_FITTED, "one measurement, e_1e_2ᵀ; [[1, 1], [1, 1]] fits"),
        *stated(IDENTITY, "W_1 = W_2 = I/10"),
    )


@commuting.commuting_limit.without("commuting", hypotheses=(SYMMETRIC_FITTED, IDENTITY))
def _(run: Run) -> Iterator[Evidence]:
    yield _in_pairs()


@commuting.trace_is_minimized_at_small_scale.without("commuting", hypotheses=(SYMMETRIC_FITTED, IDENTITY))
def _(run: Run) -> Iterator[Evidence]:
    """The inequality between traces is that between values of Q. As α → 0 the trace tends to 10, where 8 is the least,
    by a theorem of Li, Luo & Lyu that is not formalized here."""
    yield _in_pairs()


def _in_pairs() -> Evidence:
    hypotheses = (
        *stated(
            SYMMETRIC_FITTED, "three pairs of entries; 6vvᵀ + 2uuᵀ fits, v and u half of (1, 1, 1, 1), (1, −1, −1, 1)"
        ),
        *stated(IDENTITY, "W_1 = W_2 = I/100"),
    )
    return _beaten("4 by 4, R = 2", IN_PAIRS, Fraction(1, 100), SMALLEST_TRACE, hypotheses)


@commuting.commuting_limit.without(FITTED, hypotheses=("symmetric commuting measurements", IDENTITY))
def _(run: Run) -> Iterator[Evidence]:
    """R23: ``x = α²e^{2ν}`` is positive, and so away from a negative y."""
    problem = Problem.of([[["1/2"]], [["1/2"]]], observed(1, 1, (0, 0, -1)))
    [[target]] = problem.observations.values
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=(
            *stated("symmetric commuting measurements", "A = 1, y = −1"),
            *stated(IDENTITY, "W_1 = W_2 = 1/2"),
        ),
        violates="x > 0 for all times, so the loss stays above 1/2",
        enclosed={"floor of the loss": target**2 / 2},
    )
    detail = "x = e^{2ν}/4 > 0, so l > 1/2"
    yield refuted("R23", "invariance", detail, witness if target < 0 else None, commuting.LIMIT)


@commuting.trace_is_minimized_at_small_scale.without(FITTED, hypotheses=("symmetric commuting measurements", IDENTITY))
def _(run: Run) -> Iterator[Evidence]:
    yield Evidence.undecided(
        kind="by hand",
        scope=commuting.EVERYTHING,
        detail="the inequality holds without it: it speaks of all solutions z ≥ 0, of which there is then none; so no "
        "trace is said to be the smallest",
    )


@commuting.trace_is_minimized_at_small_scale.without(IDENTITY)
def _(run: Run) -> Iterator[Evidence]:
    """R14. As α → 0 the limit tends to diag(1, 0), since Σx_i/c_i is minimized."""
    other: dict[str, object] = {"values": [Fraction(2, 3)], "vectors": [[0, 1]]}
    hypotheses = stated(COMMUTING, "A = diag(1, 3/2), y = 1; diag(0, 2/3) fits")
    yield _beaten("R14", SHAPED, Fraction(1, 10), other, hypotheses)


@commuting.schatten_quasi_norms_are_not_minimized.without("W_j(0) = alpha I", hypotheses=("A = I, y = 1",))
def _(run: Run) -> Iterator[Evidence]:
    """A start of rank one ends in e_1e_1ᵀ, which has the smallest Schatten quasi-norms, too."""
    problem = Sensing((diagonal(("1/2", 0)),) * 2, Measurements((diagonal((1, 1)),), (Fraction(1),)))
    still = not any(rate[1][1] for rate in rates(problem))  # 0 is kept: w_22' is a multiple of the layers' second entry
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated("A = I, y = 1", "d = 2, W_1 = W_2 = diag(1/2, 0)"),
        violates="w_22 stays 0, so the limit is diag(1, 0), not I/2",
        enclosed={"w_22": problem.product()[1][1]},
    )
    ok = still and problem.product()[1][1] == 0
    yield refuted("a start of rank one", "invariance", "w_22 = 0 for all times", witness if ok else None)


@commuting.depth_breaks_ties.without(IDENTITY)
def _(run: Run) -> Iterator[Evidence]:
    """At depth 2 from αdiag(c) ``2 log x_1 − 3 log x_2 + log x_3`` is constant, since (2, −3, 1) spans the kernel: here
    log 16, so that ``4z³ = 16(1 − 3z)³``."""
    shape = (Fraction(1), Fraction(1, 2), Fraction(1, 2))
    rows = (diagonal((1, 1, 1)), diagonal((0, 1, 3)))
    problem = Sensing((diagonal(shape),) * 2, Measurements(rows, (Fraction(1), Fraction(1))))
    kernel, squares = (2, -3, 1), [c * c for c in shape]
    factor = Fraction(1)
    for n, square in zip(kernel, squares, strict=True):
        factor *= square**n
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(TIED, "the data; W_1 = W_2 = diag(1, 1/2, 1/2)"),
        violates=f"4z³ = {factor}(1 − 3z)³ at the limit, not 4z³ = (1 − 3z)³",
        enclosed={"factor": factor},
    )
    detail = f"4z³ = {factor}(1 − 3z)³ at the limit, z from the start's shape"
    yield refuted("V5, another shape", "exact evaluation", detail, witness if factor != 1 else None)


# ---------------------------------------------------------------------------------------------------------------------
# Negative eigenvalues

FULL_SYMMETRIC = "full observation of a symmetric matrix"


@commuting.negative_eigenvalues_are_not_learned.without("W_j(0) = alpha I", hypotheses=(FULL_SYMMETRIC,))
def _(run: Run) -> Iterator[Evidence]:
    """Positive numbers that are not balanced: their product passes through zero."""
    problem = Problem.of([[["1/10"]], [[1]]], observed(1, 1, (0, 0, -1)))
    hypotheses = stated(FULL_SYMMETRIC, "M = −1; W_1 = 1/10, W_2 = 1")
    yield _fitted("M = −1", problem, ((-1,),), [-1], hypotheses)


@commuting.negative_eigenvalues_are_not_learned.without(
    "symmetric", hypotheses=("full observation of a matrix, W_j(0) = alpha I",)
)
def _(run: Run) -> Iterator[Evidence]:
    """A matrix of positive determinant with the eigenvalues −1, −1."""
    target = ((-1, 3), (0, -1))
    cells = [(i, j, target[i][j]) for i in range(2) for j in range(2)]
    problem = Problem(multiples(2, "1/2", "1/2"), observed(2, 2, *cells))
    hypotheses = stated("full observation of a matrix, W_j(0) = alpha I", "M = [[−1, 3], [0, −1]]; W_1 = W_2 = I/2")
    yield _fitted("[[−1, 3], [0, −1]]", problem, target, [-1, -1], hypotheses)


@commuting.negative_eigenvalues_are_not_learned.without(
    "full observation", hypotheses=("observation of a symmetric matrix, W_j(0) = alpha I",)
)
def _(run: Run) -> Iterator[Evidence]:
    """Without its diagonal [[0, 1], [1, 0]] has a positive semidefinite completion."""
    problem = Problem(multiples(2, "1/2", "1/2"), observed(2, 2, (0, 1, 1), (1, 0, 1)))
    hypotheses = stated(
        "observation of a symmetric matrix, W_j(0) = alpha I",
        "M = [[0, 1], [1, 0]] without its diagonal; W_1 = W_2 = I/2",
    )
    yield _fitted("[[0, 1], [1, 0]]", problem, ((0, 1), (1, 0)), [1, -1], hypotheses)


def _fitted(
    name: str,
    problem: Problem,
    target: tuple[tuple[int, ...], ...],
    eigenvalues: list[int],
    hypotheses: tuple[Established, ...],
) -> Evidence:
    """That the loss falls below ½Σμ² over the negative eigenvalues μ."""
    from verify.rigorous import enclose_flow

    time, floor = Fraction(2), Fraction(sum(x * x for x in eigenvalues if x < 0), 2)
    found = loss_of(enclose_flow(problem, time=time, digits=12).product, problem)
    if found.upper >= floor:
        return unseen(name, "enclosure", found.text(10))
    return enclosed_violation(
        name,
        "enclosure",
        f"the loss is {found.text(8)} at t = {time}, ½Σμ² is {floor}",
        {"problem": dump_problem(problem), "time": time, "target": target, "eigenvalues": eigenvalues},
        hypotheses,
        loss=found,
        floor=floor,
    )


# ---------------------------------------------------------------------------------------------------------------------
# The exponential form at depth 2

POSITIVE_START = "balanced start with positive semidefinite product"


@commuting.exponential_form.without("symmetric", hypotheses=(f"commuting measurements, depth 2, {POSITIVE_START}",))
def _(run: Run) -> Iterator[Evidence]:
    form = Form(
        diagonal((1, 1)),
        diagonal((1, 1)),
        (exact_matrix([[0, 1], [0, 0]], "A"),),
        (Fraction(1),),
        "W_1 = W_2 = I; one measurement, e_1e_2ᵀ",
    )
    yield _other_series("one entry", form, f"commuting measurements, depth 2, {POSITIVE_START}")


@commuting.exponential_form.without("commuting", hypotheses=(f"symmetric measurements, depth 2, {POSITIVE_START}",))
def _(run: Run) -> Iterator[Evidence]:
    yield _other_series("R18", FORMS["R18"], f"symmetric measurements, depth 2, {POSITIVE_START}")


@commuting.exponential_form.without(
    "with positive semidefinite product", hypotheses=("symmetric commuting measurements, depth 2, balanced start",)
)
def _(run: Run) -> Iterator[Evidence]:
    yield _other_series("R19", FORMS["R19"], "symmetric commuting measurements, depth 2, balanced start")


def _other_series(name: str, form: Form, remaining: str) -> Evidence:
    """The first Taylor coefficient at time 0 in which the flow and the formula differ."""
    flow, claimed = commuting.expansions(form)
    order = next((k for k, pair in enumerate(zip(flow, claimed, strict=True)) if pair[0] != pair[1]), None)
    if order is None:
        return unseen(name, "Taylor coefficients", "the first coefficients agree")
    gap = add(flow[order], negative(claimed[order]))
    witness = Witness(
        problem=form.data(),
        kind="layers and measurements",
        hypotheses=stated(remaining, form.how),
        violates=f"the coefficients of t^{order} differ",
        enclosed={"order": order, "difference": gap},
    )
    return refuted(name, "Taylor coefficients", f"at t^{order} they differ, by {gap[1][1]} in the last entry", witness)


@commuting.exponential_form.without(
    "depth 2", hypotheses=("symmetric commuting measurements, balanced start with positive semidefinite product",)
)
def _(run: Run) -> Iterator[Evidence]:
    problem = Problem.of([[["1/2"]]] * 3, observed(1, 1, (0, 0, 1)))
    remaining = "symmetric commuting measurements, balanced start with positive semidefinite product"
    yield _other_slope("depth 3", problem, stated(remaining, "three layers 1/2, A = 1, y = 1"))


@commuting.exponential_form.without(
    "balanced", hypotheses=("symmetric commuting measurements, depth 2, start with positive semidefinite product",)
)
def _(run: Run) -> Iterator[Evidence]:
    remaining = "symmetric commuting measurements, depth 2, start with positive semidefinite product"
    yield _other_slope("R8", COUNTEREXAMPLES["R8"], stated(remaining, told("R8")))


def _other_slope(name: str, problem: Problem, hypotheses: tuple[Established, ...]) -> Evidence:
    """That a number does not move as the formula does at the start."""
    [[rate]], [[claimed]] = product_rate(problem, rates(problem)), exponential_slope(problem)
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=hypotheses,
        violates=f"X' = {rate} at the start, by the formula {claimed}",
        enclosed={"rate": rate, "formula": claimed},
    )
    detail = f"X' = {rate} at the start, by the formula {claimed}"
    return refuted(name, "exact evaluation", detail, witness if rate != claimed else None)
