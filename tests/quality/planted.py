"""False statements, planted: a hunt from a cold start must refute each, and shrink to data no longer than known ones.

Each is a tempting reading of a true statement with a hypothesis dropped, or a plausible conjecture. Beside it stand
counterexamples that were found by hand (``KNOWN``): the length of their data is what shrinking is measured by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product as tuples
from typing import Any

import numpy as np

from proofs_checks.second_paths import kernel_entry, limit_again
from proofs_checks.shin_yun_2026.instances import FAMILY, MENON, conformal
from verify.arithmetic.exact import exact_matrix
from verify.claims import Assurance, Claim, Established, Evidence, Run, Scope, Verdict, Witness, claim
from verify.models import Observations, Problem, load_problem, symmetric_family
from verify.rigorous import Limit
from verify.search import Chart, Hunt, udu
from verify.search.charts import (
    Matrix,
    balanced,
    diagonal,
    difference,
    family,
    matrices,
    matrix,
    product,
    stacked,
    symmetric,
    transposed,
)
from verify.search.flows import Ends, certified_limit, flow_chart
from verify.search.hunt import Point
from verify.symbolic import decide_coupling

Floats = np.ndarray

EVERY = Scope.all("starts")
DIAGONAL = Observations.diagonal(2)
OFF_DIAGONAL = Observations(2, 2, ((0, 1, Fraction(1)), (1, 0, Fraction(1)), (1, 1, Fraction(0))))
#: By slug: exact data of a counterexample found by hand.
KNOWN: dict[str, Any] = {}

Finding = tuple[bool, str, dict[str, Any]]


def planted(
    slug: str,
    statement: str,
    hunt: Hunt,
    again: Callable[[dict[str, Any]], Finding],
    *,
    hypotheses: Sequence[str],
    known: Any,
) -> Claim:
    """A false claim with its hunt; `again` decides about stored data on another path."""
    KNOWN[f"planted/{slug}"] = known

    def check(run: Run) -> Evidence:
        return Evidence.undecided(kind="none", scope=EVERY, detail="this claim is there to be hunted")

    check.__doc__ = f"Statement: {statement}"
    made = claim(f"planted/{slug}", scope=EVERY, expects=Verdict.REFUTED, hypotheses=hypotheses)(check)
    made.hunt(lambda run: None if run.twin else hunt)

    @made.recheck
    def _(witness: Witness, run: Run) -> Evidence:
        violated, detail, _ = again(dict(witness.problem))
        return told(violated, detail, None)

    return made


def told(violated: bool, detail: str, witness: Witness | None, assurance: Assurance = Assurance.ENCLOSED) -> Evidence:
    """Refuting evidence, or undecided."""
    scope = Scope.instances("one candidate")
    if not violated:
        return Evidence.undecided(kind="candidate", scope=scope, detail=detail)
    return Evidence.refutes(kind="candidate", assurance=assurance, scope=scope, detail=detail, witness=witness)


# ---------------------------------------------------------------------------------------------------------------------
# Statements about limits of flows


def about_limits(
    slug: str,
    statement: str,
    charts: Sequence[Chart],
    judge: Callable[[Problem, Limit], Finding],
    *,
    hypotheses: Sequence[str],
    known: Problem,
    noise: float = 1e-6,
) -> Claim:
    """A statement about the limit; certified, then checked again in rotated coordinates with more digits."""

    def certify(problem: Problem) -> Evidence:
        limit = certified_limit(problem)
        if not limit.converged:
            return told(False, limit.reason, None)
        violated, detail, enclosed = judge(problem, limit)
        witness = flow_witness(problem, hypotheses, statement, enclosed) if violated else None
        return told(violated, detail, witness)

    def again(data: dict[str, Any]) -> Finding:
        limit = limit_again(data, digits=2)
        return judge(load_problem(data), limit) if limit.converged else (False, limit.reason, {})

    hunt = Hunt(charts=tuple(charts), certify=certify, noise=noise)
    return planted(slug, statement, hunt, again, hypotheses=hypotheses, known=known)


def flow_witness(problem: Problem, hypotheses: Sequence[str], statement: str, enclosed: dict[str, Any]) -> Witness:
    from verify.models import dump_problem

    return Witness(
        problem=dump_problem(problem),
        hypotheses=tuple(Established(name=name, how="by construction, exactly") for name in hypotheses),
        violates=f"not so: {statement}",
        enclosed=enclosed,
    )


def where_fitted(slack: Callable[[Ends], Any]) -> Callable[[Ends, Sequence[Any]], Any]:
    """NaN where the data were not fitted."""
    return lambda found, at: np.where(found.fitted, slack(found), np.nan)


def rank_above(bound: Fraction) -> Callable[[Problem, Limit], Finding]:
    def judge(problem: Problem, limit: Limit) -> Finding:
        rank = limit.stable_rank
        assert rank is not None
        return rank.lower > bound, f"the limit's stable rank is {rank.text(8)}", {"stable rank": rank}

    return judge


def rank_below(bound: Fraction) -> Callable[[Problem, Limit], Finding]:
    def judge(problem: Problem, limit: Limit) -> Finding:
        rank = limit.stable_rank
        assert rank is not None
        return rank.upper < bound, f"the limit's stable rank is {rank.text(8)}", {"stable rank": rank}

    return judge


def full_rank(problem: Problem, limit: Limit) -> Finding:
    smallest = limit.singular_values[-1]
    return smallest.lower > 0, f"smallest singular value {smallest.text(6)}", {"smallest singular value": smallest}


def coupled_now(problem: Problem) -> bool:
    """Every pair of observed entries has a nonzero kernel entry at the start."""
    return all(kernel_entry(problem, a, b) for a, b in problem.observations.pairs)


C1 = about_limits(
    "c1",
    "where the dynamics is coupled, the limit has rank 1",
    [
        flow_chart(
            "family, depth 3, n = 2",
            [(1.25, 8), (0.05, 1)],
            layers=lambda x: family(2, x[0], x[1], 3),
            observations=DIAGONAL,
            slack=where_fitted(lambda found: -found.singular_values()[:, -1]),
            requires=coupled_now,
        )
    ],
    full_rank,
    hypotheses=("coupled",),
    known=FAMILY["V03"].problem(),
)

C6 = about_limits(
    "c6",
    "a coupled member of the family with depth 3, n = 3 and alpha <= 1/5 has a limit of stable rank at most 3/2",
    [
        flow_chart(
            "family, depth 3, n = 3",
            [(-8, 8), (0.05, 0.2)],
            layers=lambda x: family(3, x[0], x[1], 3),
            observations=Observations.diagonal(3),
            slack=where_fitted(lambda found: 1.5 - found.stable_rank()),
            requires=coupled_now,
        )
    ],
    rank_above(Fraction(3, 2)),
    hypotheses=("coupled", "alpha <= 1/5"),
    known=FAMILY["V17"].problem(),
)

C12 = about_limits(
    "c12",
    "from balanced full-rank 2 by 2 starts of scale <= 1/4 at depth 2, which is decoupled, the limit has stable rank "
    "at least 1.001",
    [
        flow_chart(
            f"depth 2, {name} determinant",
            [(0.02, 0.25), (0.02, 0.25), (-1, 1), (-1, 1)],
            layers=lambda x, sign=sign: balanced(x[:2], x[2:3], x[3:4], 2, signs=(Fraction(1), Fraction(sign))),
            observations=DIAGONAL,
            slack=where_fitted(lambda found: found.stable_rank() - 1.001),
        )
        for name, sign in (("positive", 1), ("negative", -1))
    ],
    rank_below(Fraction(1001, 1000)),
    hypotheses=("balanced", "full rank"),
    known=MENON["M5"],
)

C15 = about_limits(
    "c15",
    "from balanced 2 by 2 starts of scale <= 1/2 at depth 3 with coupling at the start, the limit has stable rank at "
    "most 3/2",
    [
        flow_chart(
            f"depth 3, {name} determinant",
            [(0.02, 0.5), (0.02, 0.5), (-1, 1), (-1, 1)],
            layers=lambda x, sign=sign: balanced(x[:2], x[2:3], x[3:4], 3, signs=(Fraction(1), Fraction(sign))),
            observations=DIAGONAL,
            slack=where_fitted(lambda found: 1.5 - found.stable_rank()),
            requires=coupled_now,
        )
        for name, sign in (("positive", 1), ("negative", -1))
    ],
    rank_above(Fraction(3, 2)),
    hypotheses=("balanced", "coupled"),
    known=MENON["M8"],
)

ALL_EQUAL = about_limits(
    "all-equal",
    "at depth 2 all singular values of the limit are equal",
    [
        flow_chart(
            "family, depth 2, n = 2",
            [(1.1, 8), (0.05, 1)],
            layers=lambda x: family(2, x[0], x[1], 2),
            observations=DIAGONAL,
            slack=where_fitted(lambda found: -np.ptp(found.singular_values(), axis=1)),
        )
    ],
    lambda problem, limit: (
        limit.singular_values[0].lower > limit.singular_values[1].upper,
        f"singular values {limit.singular_values[0].text(6)}, {limit.singular_values[1].text(6)}",
        {"singular values": list(limit.singular_values)},
    ),
    hypotheses=("1 < m < infinity",),
    known=FAMILY["V01"].problem(),
)

R1 = about_limits(
    "r1",
    "the sign of the product is conserved",
    [
        flow_chart(
            "two numbers",
            [(-2, 2), (-2, 2)],
            layers=lambda x: (((x[0],),), ((x[1],),)),
            observations=Observations(1, 1, ((0, 0, Fraction(1)),)),
            slack=lambda found, at: np.where(found.fitted, at[0] * at[1], np.nan),
            requires=lambda problem: problem.product()[0][0] != 0,
        )
    ],
    lambda problem, limit: (
        problem.product()[0][0] < 0 < limit.product[0][0].lower,
        f"the product is {problem.product()[0][0]} at the start and {limit.product[0][0].text(6)} at the limit",
        {"limit": limit.product[0][0]},
    ),
    hypotheses=("the product is not 0",),
    known=Problem.of([[["-1/10"]], [[1]]], Observations(1, 1, ((0, 0, Fraction(1)),))),
)

R2 = about_limits(
    "r2",
    "the rank of the product is conserved",
    [
        flow_chart(
            "depth 2, first layer of rank at most 1",
            [(-2, 2)] * 8,
            layers=lambda x: (product(matrix(x[:2], 2, 1), matrix(x[2:4], 1, 2)), matrix(x[4:], 2, 2)),
            observations=OFF_DIAGONAL,
            slack=where_fitted(lambda found: -np.abs(found.determinant())),
        )
    ],
    full_rank,
    hypotheses=("the start's product has rank at most 1",),
    known=Problem.of([[[0, 0], [0, 0]], [[1, 0], [0, 1]]], OFF_DIAGONAL),
)

R3 = about_limits(
    "r3",
    "with w12 = w21 = 1, w22 = 0 observed and det W(0) > 0 the flow at depth 2 does not converge",
    [
        flow_chart(
            "depth 2, 2 by 2",
            [(-3, 3)] * 8,
            layers=lambda x: matrices(x, ((2, 2), (2, 2))),
            observations=OFF_DIAGONAL,
            slack=lambda found, at: np.where(_det(matrices(at, ((2, 2), (2, 2)))) > 0, found.residual - 2e-7, np.nan),
            requires=lambda problem: _det([problem.product()]) > 0,
            horizon=50.0,
        )
    ],
    lambda problem, limit: (True, f"it converges, with w11 = {limit.product[0][0].text(8)}", {"limit": limit.product}),
    hypotheses=("det W(0) > 0",),
    known=Problem.of([[["1/10", 0], [0, "1/10"]], [[3, 0], [0, 3]]], OFF_DIAGONAL),
    noise=0.0,
)


def _det(layers: Sequence[Matrix]) -> Any:
    """Determinant of the product of 2 by 2 matrices."""
    result: Any = Fraction(1)
    for layer in layers:
        result = result * (layer[0][0] * layer[1][1] - layer[0][1] * layer[1][0])
    return result


# Deeper is always lower rank: two flows are compared


def _two_depths(x: Sequence[Any]) -> tuple[Any, Any]:
    return family(2, x[0], x[1], 2), family(2, x[0], x[1], 3)


def _c10_slack(points: Floats) -> Floats:
    from verify.search.flows import ends

    shallow, deep = (ends(layers, len(points), DIAGONAL) for layers in _two_depths(list(points.T)))
    both = shallow.fitted & deep.fitted
    return np.where(both, shallow.stable_rank() - deep.stable_rank(), np.nan)


def _c10_judge(data: dict[str, Any], limit_of: Callable[[Problem], Limit]) -> Finding:
    ranks = []
    for depth in (2, 3):
        limit = limit_of(symmetric_family(depth, n=2, m=data["m"], alpha=data["alpha"]))
        if limit.stable_rank is None:
            return False, limit.reason, {}
        ranks.append(limit.stable_rank)
    detail = f"stable rank {ranks[0].text(6)} at depth 2, {ranks[1].text(6)} at depth 3"
    return ranks[1].lower > ranks[0].upper, detail, {"depth 2": ranks[0], "depth 3": ranks[1]}


def _c10_again(data: dict[str, Any]) -> Finding:
    from verify.rigorous import enclose_family_limit

    m, alpha = Fraction(data["m"]), Fraction(data["alpha"])
    found = [enclose_family_limit(depth, n=2, m=m, alpha=alpha, digits=20).stable_rank for depth in (2, 3)]
    return found[1].lower > found[0].upper, f"by the limit equations {found[0].text(6)}, {found[1].text(6)}", {}


def from_judge(
    judge: Callable[[dict[str, Any]], Finding], hypotheses: Sequence[str], statement: str, assurance: Assurance
) -> Callable[[dict[str, Any]], Evidence]:
    """The certificate of a statement about plain data."""

    def certify(data: dict[str, Any]) -> Evidence:
        violated, detail, enclosed = judge(data)
        witness = Witness(
            problem=data,
            kind="data",
            hypotheses=tuple(Established(name=name, how="by construction, exactly") for name in hypotheses),
            violates=f"not so: {statement}",
            enclosed=enclosed,
        )
        return told(violated, detail, witness if violated else None, assurance)

    return certify


C10 = planted(
    "c10",
    "the deeper factorization has the limit of lower stable rank",
    Hunt(
        charts=(
            Chart(
                name="family, n = 2, depth 3 against 2",
                lower=(1.25, 0.05),
                upper=(8, 4),
                data=lambda x: {"m": x[0], "alpha": x[1]},
                slack=_c10_slack,
            ),
        ),
        certify=from_judge(
            lambda data: _c10_judge(data, certified_limit), ("1 < m",), "deeper is lower rank", Assurance.ENCLOSED
        ),
        noise=1e-6,
    ),
    _c10_again,
    hypotheses=("1 < m",),
    known={"m": Fraction(2), "alpha": Fraction(3)},
)

# ---------------------------------------------------------------------------------------------------------------------
# Statements about coupling


def kernel_at(layers: Sequence[Matrix] | Sequence[np.ndarray], count: int) -> tuple[Floats, Floats]:
    """The kernel entry between the first two diagonal entries, and its cosine, shape (count,)."""
    w = [layer if isinstance(layer, np.ndarray) else stacked(layer, count) for layer in layers]
    depth, size = len(w), w[0].shape[2]
    before = [np.broadcast_to(np.eye(size), (count, size, size))]
    for layer in w[:-1]:
        before.append(layer @ before[-1])
    after = [np.broadcast_to(np.eye(w[-1].shape[1]), (count, w[-1].shape[1], w[-1].shape[1]))]
    for layer in reversed(w[1:]):
        after.insert(0, after[0] @ layer)
    left = [s @ s.swapaxes(1, 2) for s in after]
    right = [p.swapaxes(1, 2) @ p for p in before]

    def entry(i: int, j: int) -> Floats:
        total: Floats = sum((left[l][:, i, j] * right[l][:, i, j] for l in range(depth)), np.zeros(count))
        return total

    cross, scale = entry(0, 1), np.sqrt(entry(0, 0) * entry(1, 1))
    return cross, np.where(scale > 0, np.abs(cross) / scale, np.nan)


def kernel_later(layers: Sequence[Matrix], count: int, problem: Problem) -> Floats:
    """The largest cosine at three later times."""
    from verify.numeric.batch import integrate_batch

    starts = [stacked(layer, count) for layer in layers]
    largest = np.zeros(count)
    for time in (0.25, 1.0, 3.0):
        flow = integrate_batch(problem, starts, time=time, tolerance=1e-12, estimate=False, max_steps=400)
        largest = np.fmax(largest, kernel_at(flow.layers, count)[1])
    return largest


def _coupling_slack(
    layers_of: Callable[[Sequence[Any]], Sequence[Matrix]], observations: Observations, *, later: float
) -> Callable[[Floats], Floats]:
    """`later` = 1: the cosine at the start and later, less a millionth of a millionth; −1: minus the later one, where
    there is none at the start."""

    def slack(points: Floats) -> Floats:
        layers = layers_of(list(points.T))
        finite = np.isfinite([stacked(w, len(points)).sum(axis=(1, 2)) for w in layers]).all(axis=0)
        now = np.where(finite, kernel_at(layers, len(points))[1], np.nan)
        none = np.flatnonzero(now < 1e-12)
        then = np.full(len(points), np.nan)
        if len(none):
            some = layers_of(list(points[none].T))
            shapes = tuple((len(w), len(w[0])) for w in some)
            zero = Problem(tuple(((Fraction(0),) * c,) * r for r, c in shapes), observations)
            then[none] = kernel_later(some, len(none), zero)
        if later < 0:
            return -then
        return np.where(now < 1e-12, then - 1e-10, now)

    return slack


def about_coupling(
    slug: str,
    statement: str,
    charts: Sequence[Chart],
    *,
    coupled: bool,
    hypotheses: Sequence[str],
    known: Problem,
) -> Claim:
    """A statement refuted by a start that is (`coupled`) or is not coupled."""

    def judge(problem: Problem) -> Finding:
        found = decide_coupling(problem)
        return found.coupled is coupled, found.text[:200], {}

    def certify(problem: Problem) -> Evidence:
        violated, detail, enclosed = judge(problem)
        witness = flow_witness(problem, hypotheses, statement, enclosed) if violated else None
        return told(violated, detail, witness, Assurance.PROVED)

    def again(data: dict[str, Any]) -> Finding:
        from proofs_checks.second_paths import hidden_rotation

        return judge(hidden_rotation(load_problem(data)))

    hunt = Hunt(charts=tuple(charts), certify=certify, noise=0.0)
    return planted(slug, statement, hunt, again, hypotheses=hypotheses, known=known)


def _three_layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
    return matrices(x, ((2, 2),) * 3)


def coupling_chart(
    name: str,
    box: Sequence[tuple[float, float]],
    layers: Callable[[Sequence[Any]], Sequence[Matrix]],
    observations: Observations,
    requires: Callable[[Problem], bool],
    later: float,
) -> Chart:
    def data(point: Point) -> Problem | None:
        try:
            problem = Problem(tuple(layers(point)), observations)
        except ZeroDivisionError:
            return None
        return problem if requires(problem) else None

    return Chart(
        name=name,
        lower=tuple(low for low, _ in box),
        upper=tuple(high for _, high in box),
        data=data,
        slack=_coupling_slack(layers, observations, later=later),
    )


def _all_full_and_not_diagonal(problem: Problem) -> bool:
    return all(_det([w]) != 0 and (w[0][1] or w[1][0]) for w in problem.layers)


C3 = about_coupling(
    "c3",
    "at depth 3 the dynamics is coupled unless a layer is diagonal or singular",
    [coupling_chart("three layers", [(-1, 1)] * 12, _three_layers, DIAGONAL, _all_full_and_not_diagonal, 1.0)],
    coupled=False,
    hypotheses=("no layer is diagonal", "every layer has full rank"),
    known=conformal(),
)

C5 = about_coupling(
    "c5",
    "members of the family with finite m are coupled from depth 3 on",
    [
        coupling_chart(
            f"family, depth {depth}, n = 3",
            [(-8, 8), (0.05, 1)],
            lambda x, depth=depth: family(3, x[0], x[1], depth),  # type: ignore[misc]
            Observations.diagonal(3),
            lambda problem: True,
            1.0,
        )
        for depth in (3, 4)
    ],
    coupled=False,
    hypotheses=("m is finite",),
    known=symmetric_family(4, n=3, m="-1/2", alpha="1/5"),
)

C13 = about_coupling(
    "c13",
    "where the gradients of the observed entries are orthogonal at the start, the dynamics is decoupled",
    [
        coupling_chart(
            "three layers",
            [(-1, 1)] * 12,
            _three_layers,
            DIAGONAL,
            lambda problem: kernel_entry(problem, (0, 0), (1, 1)) == 0,
            -1.0,
        )
    ],
    coupled=True,
    hypotheses=("orthogonal at the start",),
    known=Problem.of([[[0, "1/10"], ["1/10", 0]]] * 3, DIAGONAL),
)


def _rank_one_forever(problem: Problem) -> bool:
    """Depth 2: the rank of ``[W_2ᵀ W_1]`` is conserved, and bounds that of the product."""
    rows = [list(a) + list(b) for a, b in zip(transposed(problem.layers[1]), problem.layers[0], strict=True)]
    columns = list(zip(*rows, strict=True))
    return len(rows) == 1 or not any(a * d - b * c for (a, b), (c, d) in tuples(columns, repeat=2))


C2 = about_limits(
    "c2",
    "where the limit has rank 1 the dynamics is coupled",
    [
        flow_chart(
            name,
            [(-1, 1)] * (4 * width),
            layers=lambda x, width=width: matrices(x, ((width, 2), (2, width))),
            observations=DIAGONAL,
            slack=where_fitted(lambda found: np.abs(found.determinant()) - 1e-6),
        )
        for name, width in (("depth 2, inner width 2", 2), ("depth 2, inner width 1", 1))
    ],
    lambda problem, limit: (
        _rank_one_forever(problem) and decide_coupling(problem).coupled is False,
        "the rank of [W2ᵀ W1] is 1 and conserved, and every cross entry of the kernel vanishes",
        {"largest singular value": limit.singular_values[0]},
    ),
    hypotheses=("the limit fits the data",),
    known=FAMILY["V22"].problem(),
    noise=0.0,
)

# ---------------------------------------------------------------------------------------------------------------------
# Algebra


def algebraic(
    slug: str,
    statement: str,
    charts: Sequence[Chart],
    judge: Callable[[dict[str, Any]], Finding],
    again: Callable[[dict[str, Any]], Finding],
    *,
    hypotheses: Sequence[str],
    known: Any,
    noise: float = 1e-9,
) -> Claim:
    certify = from_judge(judge, hypotheses, statement, Assurance.PROVED)
    hunt = Hunt(charts=tuple(charts), certify=certify, noise=noise)
    return planted(slug, statement, hunt, again, hypotheses=hypotheses, known=known)


def flint_matrix(rows: Any) -> Any:
    from flint import fmpq, fmpq_mat

    exactly = exact_matrix(rows, "matrix")
    entries = [fmpq(x.numerator, x.denominator) for row in exactly for x in row]
    return fmpq_mat(len(exactly), len(exactly[0]), entries)


# One step of gradient descent, entry (0, 1) observed with value 1


def _after_step(w1: Matrix, w2: Matrix, step: Any) -> Matrix:
    """The imbalance ``W2ᵀW2 − W1W1ᵀ`` after one step."""
    residual = product(w2, w1)[0][1] - 1
    gradient = ((Fraction(0), residual), (Fraction(0), Fraction(0)))
    first = product(transposed(w2), gradient)
    second = product(gradient, transposed(w1))
    w1, w2 = (
        tuple(tuple(x - step * g for x, g in zip(row, slope, strict=True)) for row, slope in zip(w, d, strict=True))
        for w, d in ((w1, first), (w2, second))
    )
    return difference(product(transposed(w2), w2), product(w1, transposed(w1)))


def _r7_layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
    return balanced(x[:2], x[2:3], x[3:4], 2)


def _r7_slack(points: Floats) -> Floats:
    x = list(points.T)
    imbalance = stacked(_after_step(*_r7_layers(x), x[4]), len(points))
    return -np.abs(imbalance).max(axis=(1, 2))


def _r7_judge(data: dict[str, Any]) -> Finding:
    imbalance = _after_step(data["W1"], data["W2"], data["step"])
    largest = max(abs(x) for row in imbalance for x in row)
    return largest > 0, f"an entry of the imbalance after one step is {largest} in size", {"imbalance": imbalance}


def _r7_again(data: dict[str, Any]) -> Finding:
    """By the closed formula: the drift is step² (g₂ᵀg₂ − g₁g₁ᵀ)."""
    w1, w2, step = flint_matrix(data["W1"]), flint_matrix(data["W2"]), flint_matrix([[data["step"]]])[0, 0]
    if w2.transpose() * w2 != w1 * w1.transpose():
        return False, "not balanced", {}
    zero = flint_matrix([[0, 0], [0, 0]])
    zero[0, 1] = (w2 * w1)[0, 1] - 1
    first, second = w2.transpose() * zero, zero * w1.transpose()
    drift = step**2 * (second.transpose() * second - first * first.transpose())
    return any(x != 0 for x in drift.entries()), f"drift {drift}", {}


R7 = algebraic(
    "r7",
    "gradient descent conserves balancedness",
    [
        Chart(
            name="depth 2, balanced",
            lower=(-2, -2, -1, -1, 0.01),
            upper=(2, 2, 1, 1, 1),
            data=lambda x: dict(zip(("W1", "W2"), _r7_layers(x), strict=True)) | {"step": x[4]},
            slack=_r7_slack,
        )
    ],
    _r7_judge,
    _r7_again,
    hypotheses=("balanced",),
    known={"W1": [[1, 0], [0, 1]], "W2": [[1, 0], [0, 1]], "step": Fraction(1, 10)},
)


def _r8_gap(w1: Any, w2: Any, y: Any) -> Any:
    """Rate of the product of two numbers, less what the formula for balanced ones says."""
    return (w1 * w1 + w2 * w2 - 2 * abs(w1 * w2)) * abs(y - w1 * w2)


R8 = algebraic(
    "r8",
    "the end-to-end equation of two numbers holds without balance",
    [
        Chart(
            name="two numbers",
            lower=(-4, -4, -4),
            upper=(4, 4, 4),
            data=lambda x: {"W1": x[0], "W2": x[1], "y": x[2]},
            slack=lambda points: -_r8_gap(*points.T),
        )
    ],
    lambda data: ((gap := _r8_gap(data["W1"], data["W2"], data["y"])) > 0, f"the rates differ by {gap}", {"gap": gap}),
    lambda data: (
        abs(Fraction(data["W1"])) != abs(Fraction(data["W2"]))
        and Fraction(data["W1"]) * Fraction(data["W2"]) != Fraction(data["y"]),
        "the squares differ, and the residual is not 0",
        {},
    ),
    hypotheses=("depth 2",),
    known={"W1": Fraction(1, 2), "W2": Fraction(2), "y": Fraction(0)},
)

# ---------------------------------------------------------------------------------------------------------------------
# The projected iteration of U diag(λ) Uᵀ for f = ½‖X − M‖², no bound on U


def lowest_eigenvalue(slope: Matrix, count: int) -> Floats:
    values: Floats = np.linalg.eigvalsh(np.nan_to_num(stacked(slope, count)))[:, 0]
    return values


def descent(slope: Matrix) -> tuple[Fraction, ...] | None:
    """A rational vector v with ``vᵀ G v < 0``, if one is found: then ``X + t vvᵀ`` is better for small t > 0."""
    size = len(slope)
    small = [Fraction(k, 2) for k in range(-4, 5)]
    _, vectors = np.linalg.eigh(np.array([[float(x) for x in row] for row in slope]))
    near = tuple(Fraction(round(x * 1000), 1000) for x in vectors[:, 0].tolist())
    for v in (near, *tuples(small, repeat=size)):
        if udu.quadratic_forms(tuple((x,) for x in v), slope)[0] < 0:
            return tuple(v)
    return None


def _fixed_and_not_optimal(data: dict[str, Any]) -> Finding:
    u, values, target = data["U"], data["D"], data["M"]
    here = tuple(map(tuple, u)), list(values)
    if any(udu.step(u, values, target, step) != here for step in (Fraction(1, 3), Fraction(1))):
        return False, "not fixed", {}
    v = descent(udu.gradient(u, values, target))
    if v is None:
        return False, "no direction of descent was found", {}
    return True, "fixed under steps 1/3 and 1, and the gradient has a negative direction", {"v": list(v)}


def _fixed_again(data: dict[str, Any]) -> Finding:
    """In python-flint: the characterization of fixed points, and a better positive semidefinite matrix."""
    from flint import fmpq

    u, target = flint_matrix(data["U"]), flint_matrix(data["M"])
    values = [Fraction(x) for x in data["D"]]
    spread = flint_matrix([[x if i == j else 0 for j in range(len(values))] for i, x in enumerate(values)])
    whole = u * spread * u.transpose()
    slope = whole - target
    forms = u.transpose() * slope * u
    moved = slope * u * spread
    fixed = all(x == 0 for x in moved.entries()) and all(forms[j, j] >= 0 for j in range(len(values)))
    v = descent(tuple(tuple(Fraction(int(x.p), int(x.q)) for x in row) for row in slope.tolist()))
    if v is None or not fixed:
        return False, f"fixed: {fixed}", {}
    column = flint_matrix([[x] for x in v])
    better = whole + column * column.transpose() * (
        -(column.transpose() * slope * column)[0, 0] / (column.transpose() * column)[0, 0] ** 2
    )

    def loss(x: Any) -> Any:
        return sum((e * e for e in (x - target).entries()), fmpq(0)) / 2

    return loss(better) < loss(whole), f"f = {loss(whole)}, and {loss(better)} at a better matrix", {}


def _udu_chart(
    name: str,
    box: Sequence[tuple[float, float]],
    make: Callable[[Sequence[Any]], Any],
    requires: Callable[[Any], Any],
) -> Chart:
    """`make` gives U, λ, M; `requires` a condition on them, beyond uⱼᵀGuⱼ ≥ 0 for dead columns."""

    def data(x: Point) -> dict[str, Any] | None:
        u, values, target = make(x)
        forms = udu.quadratic_forms(u, udu.gradient(u, values, target))
        dead = all(q >= 0 for q, value in zip(forms, values, strict=True) if not value)
        return {"U": u, "D": list(values), "M": target} if dead and requires(u) else None

    def slack(points: Floats) -> Floats:
        u, values, target = make(list(points.T))
        slope = udu.gradient(u, values, target)
        forms = np.array([np.broadcast_to(q, len(points)) for q in udu.quadratic_forms(u, slope)], dtype=float)
        alive = np.array([np.broadcast_to(np.asarray(v, dtype=float), len(points)) for v in values]) > 0
        fine = np.where(alive, 0.0, forms).min(axis=0) >= 0
        fine &= np.asarray(requires(u), dtype=bool)
        return np.where(fine, lowest_eigenvalue(slope, len(points)), np.nan)

    return Chart(name=name, lower=tuple(a for a, _ in box), upper=tuple(b for _, b in box), data=data, slack=slack)


def _one_active(x: Sequence[Any], size: int, columns: int) -> tuple[Matrix, list[Any], Matrix]:
    """First column active with G u_1 = 0 by construction, the others dead; M = X − G."""
    u = matrix(x, size, columns)
    rest = x[size * columns :]
    values = [rest[0]] + [Fraction(0)] * (columns - 1)
    a = [row[0] for row in u]
    basis = tuple(
        tuple(-a[k + 1] if i == 0 else a[0] if i == k + 1 else Fraction(0) for k in range(size - 1))
        for i in range(size)
    )
    slope = product(basis, symmetric(rest[1:], size - 1), transposed(basis))
    return u, values, difference(product(u, diagonal(values), transposed(u)), slope)


def _nonzero_columns(u: Matrix) -> Any:
    lengths = [sum((x * x for x in column), Fraction(0)) for column in transposed(u)]
    result: Any = True
    for length in lengths:
        result = result & (length > 0)
    return result


def _determinant3(u: Matrix) -> Any:
    (a, b, c), (d, e, f), (g, h, i) = u
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _clear(x: Any) -> Any:
    """Not zero, with room for rounding in floats."""
    return np.abs(x) > 1e-9 if isinstance(x, np.ndarray) else x != 0


FIXED = "fixed point of the projected iteration"

CE1 = algebraic(
    "ce1",
    "a fixed point with all columns of U nonzero is optimal",
    [
        _udu_chart(
            "n = 2, one column active",
            [(-2, 2)] * 4 + [(0.1, 4), (-2, 2)],
            lambda x: _one_active(x, 2, 2),
            _nonzero_columns,
        )
    ],
    _fixed_and_not_optimal,
    _fixed_again,
    hypotheses=(FIXED, "all columns nonzero"),
    known={"U": [[Fraction(1, 2), Fraction(1, 3)], [0, 0]], "D": [4, 0], "M": [[1, 0], [0, 1]]},
)

CE2 = algebraic(
    "ce2",
    "a fixed point with U invertible and X not zero is optimal",
    [
        _udu_chart(
            "n = 3, one column active",
            [(-2, 2)] * 9 + [(0.1, 4)] + [(-2, 2)] * 3,
            lambda x: _one_active(x, 3, 3),
            lambda u: _clear(_determinant3(u)),
        )
    ],
    _fixed_and_not_optimal,
    _fixed_again,
    hypotheses=(FIXED, "U invertible, X not zero"),
    known={
        "U": [[Fraction(int(i == j), 2) for j in range(3)] for i in range(3)],
        "D": [4, 0, 0],
        "M": [[1, 0, 0], [0, -1, -2], [0, -2, -1]],
    },
)

CE3 = algebraic(
    "ce3",
    "a fixed point with U invertible is optimal",
    [
        _udu_chart(
            "n = 2, X = 0",
            [(-2, 2)] * 7,
            lambda x: (matrix(x[:4], 2, 2), [Fraction(0)] * 2, symmetric(x[4:], 2)),
            lambda u: _clear(_det([u])),
        )
    ],
    _fixed_and_not_optimal,
    _fixed_again,
    hypotheses=(FIXED, "U invertible"),
    known={"U": [[Fraction(1, 2), 0], [0, Fraction(1, 2)]], "D": [0, 0], "M": [[-1, -2], [-2, -1]]},
)

_STEPS = 3


def _t6_slack(points: Floats) -> Floats:
    x = list(points.T)
    u, target = matrix(x, 2, 2), symmetric(x[4:7], 2)
    values: list[Any] = [np.ones(len(points))] * 2
    for _ in range(_STEPS):
        u, values = udu.step(u, values, target, x[7])
    alive = np.maximum(*values)
    slope = difference(((0, 0), (0, 0)), target)
    forms = np.minimum(*udu.quadratic_forms(u, slope))
    highest = -lowest_eigenvalue(slope, len(points))
    stuck = (alive == 0) & (forms > 1e-9) & (np.abs(_det([u])) > 1e-9) & (highest > 1e-9)
    return np.where(stuck, -np.minimum(highest, 1.0), np.where(alive > 0, np.minimum(alive, 1.0), 1.0 + np.abs(forms)))


def _t6_judge(data: dict[str, Any]) -> Finding:
    u, values, target, step = data["U"], [Fraction(1)] * 2, data["M"], data["step"]
    for k in range(_STEPS):
        u, values = udu.step(u, values, target, step)
        if not any(values):
            slope = difference(((0, 0), (0, 0)), target)
            if _det([u]) == 0 or min(udu.quadratic_forms(u, slope)) <= 0:
                return False, "no strict local minimum", {}
            stuck = _fixed_and_not_optimal({"U": u, "D": values, "M": target})
            return stuck[0], f"D = 0 after {k + 1} steps; {stuck[1]}", stuck[2]
    return False, f"not stuck after {_STEPS} steps", {}


def _t6_again(data: dict[str, Any]) -> Finding:
    from flint import fmpq

    u, target, step = flint_matrix(data["U"]), flint_matrix(data["M"]), flint_matrix([[data["step"]]])[0, 0]
    values = [fmpq(1), fmpq(1)]
    for _ in range(_STEPS):
        spread = flint_matrix([[0, 0], [0, 0]])
        spread[0, 0], spread[1, 1] = values
        slope = u * spread * u.transpose() - target
        forms = u.transpose() * slope * u
        u = u - slope * u * spread * (2 * step)
        values = [max(v - step * forms[j, j], fmpq(0)) for j, v in enumerate(values)]
        if values == [0, 0]:
            forms = -(u.transpose() * target * u)
            if u.det() == 0 or not (forms[0, 0] > 0 and forms[1, 1] > 0):
                return False, "no strict local minimum", {}
            rows = [[str(x) for x in row] for row in u.tolist()]
            return _fixed_again({"U": rows, "D": [0, 0], "M": data["M"]})
    return False, "D is not 0", {}


T6 = algebraic(
    "t6",
    "from D = I the iteration does not end at a local minimum that is not global: D = 0, U invertible, all "
    "u_jᵀGu_j > 0, and X = 0 not optimal",
    [
        Chart(
            name="n = 2",
            lower=(-5,) * 4 + (-3,) * 3 + (0.01,),
            upper=(5,) * 4 + (3,) * 3 + (0.5,),
            data=lambda x: {"U": matrix(x, 2, 2), "M": symmetric(x[4:7], 2), "step": x[7]},
            slack=_t6_slack,
        )
    ],
    _t6_judge,
    _t6_again,
    hypotheses=("D = I at the start",),
    known={"U": [[2, 0], [0, 2]], "M": [[-1, -2], [-2, -1]], "step": Fraction(1, 4)},
)

_LATER = 4


def _ce8_run(x: Sequence[Any]) -> Any:
    """The largest value to which a weight that was set to 0 comes back within four steps."""
    target, step = ((x[0],),), x[1]
    u: Matrix = ((x[2], x[3]),)
    values: list[Any] = [x[4], x[5]]
    back: Any = Fraction(0)
    was_zero: list[Any] = [x[4] < 0, x[5] < 0]
    for _ in range(_LATER):
        u, values = udu.step(u, values, target, step)
        for j in (0, 1):
            revived = values[j] * was_zero[j]
            back = np.fmax(back, revived) if isinstance(revived, np.ndarray) else max(back, revived)
            was_zero[j] = was_zero[j] | (values[j] == 0)
    return back


def _ce8_data(x: Point) -> dict[str, Any]:
    return {"m": x[0], "step": x[1], "U": list(x[2:4]), "D": list(x[4:6])}


def _ce8_point(data: dict[str, Any]) -> list[Fraction]:
    return [Fraction(y) for y in (data["m"], data["step"], *data["U"], *data["D"])]


def _ce8_again(data: dict[str, Any]) -> Finding:
    m, step, a, b, p, q = _ce8_point(data)
    zero = [False, False]
    for _ in range(_LATER):
        g = p * a * a + q * b * b - m
        a, b, p, q = (
            a * (1 - 2 * step * g * p),
            b * (1 - 2 * step * g * q),
            max(p - step * g * a * a, Fraction(0)),
            max(q - step * g * b * b, Fraction(0)),
        )
        if (zero[0] and p > 0) or (zero[1] and q > 0):
            return True, f"weights {p}, {q} after a zero", {}
        zero = [zero[0] or p == 0, zero[1] or q == 0]
    return False, "no weight came back", {}


CE8 = algebraic(
    "ce8",
    "a weight that the projection has set to 0 stays 0",
    [
        Chart(
            name="n = 1, two columns",
            lower=(-2, 0.01, -2, -2, 0.01, 0.01),
            upper=(2, 0.5, 2, 2, 4, 4),
            data=_ce8_data,
            slack=lambda points: -_ce8_run(list(points.T)),
        )
    ],
    lambda data: ((back := _ce8_run(_ce8_point(data))) > 0, f"a weight comes back to {back}", {"weight": back}),
    _ce8_again,
    hypotheses=("all weights positive at the start",),
    known={"m": 1, "step": Fraction(7, 200), "U": [1, Fraction(1, 2)], "D": [3, Fraction(1, 100)]},
)
