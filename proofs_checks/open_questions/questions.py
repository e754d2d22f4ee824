"""Tempting answers to open questions, in a form that an instance can refute, each with the hunt that refutes it.

An open question is asymptotic and says little about one start; a reader fills in a bound. These are such bounds. That
one fails settles no question: it tells what must not be assumed, and the report of the hunt shows how the slack is
distributed over starts. The sentences are ours, not those of the papers named under References.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from proofs_checks.common import proved_again, stated
from proofs_checks.second_paths import coupled_at_start, exact_determinant, limit_again, semidefinite_by_minors
from verify.arithmetic import Ball, ExactMatrix, exact_matrix
from verify.arithmetic.exact import entries
from verify.claims import Assurance, Established, Evidence, Run, Scope, Verdict, Witness, claim
from verify.models import Observations, Problem, dump_problem, load_model, load_problem
from verify.search import udu
from verify.search.charts import Matrix, balanced, difference, family, identity, matrix, symmetric
from verify.search.flows import Ends, certified_limit, ends, flow_chart
from verify.search.hunt import Chart, Hunt, Point
from verify.symbolic.fixed_points import quadratic_forms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from verify.rigorous import Limit

    Floats = NDArray[np.float64]

PAPER = "open_questions"
ONE = Scope.instances("one candidate")
BALANCED, COUPLED, SMALL = "balanced", "coupled at time 0", "entries of the layers at most 1/4 in size"
Judgement = tuple[bool, str, dict[str, Any]]


def certificate(
    judge: Callable[[Problem, Limit], Judgement], hypotheses: Mapping[str, Callable[[Problem], str]]
) -> Callable[[Problem], Evidence]:
    """By the certified limit; `hypotheses` says how each is established, exactly."""

    def certify(problem: Problem) -> Evidence:
        limit = certified_limit(problem)
        if not limit.converged:
            return Evidence.undecided(kind="certified limit", scope=ONE, detail=limit.reason)
        violated, detail, enclosed = judge(problem, limit)
        if not violated:
            return Evidence.undecided(kind="certified limit", scope=ONE, detail=detail)
        return Evidence.refutes(
            kind="certified limit",
            assurance=Assurance.ENCLOSED,
            scope=ONE,
            detail=detail,
            witness=Witness(
                problem=dump_problem(problem),
                hypotheses=tuple(Established(name=name, how=how(problem)) for name, how in hypotheses.items()),
                violates=detail,
                enclosed=enclosed,
            ),
        )

    return certify


def again(witness: Witness, judge: Callable[[Problem, Limit], Judgement]) -> Evidence:
    """The same judgement of the limit of the flow in rotated coordinates, with more digits."""
    problem, limit = load_problem(dict(witness.problem)), limit_again(witness.problem, digits=12)
    kind = "certified limit of the rotated flow"
    if not limit.converged:
        return Evidence.undecided(kind=kind, scope=ONE, detail=limit.reason)
    violated, detail, _ = judge(problem, limit)
    make = Evidence.refutes if violated else Evidence.supports
    return make(kind=kind, assurance=Assurance.ENCLOSED, scope=ONE, detail=detail)


def _fitted(slack: Callable[[Ends, Sequence[Any]], Any]) -> Callable[[Ends, Sequence[Any]], Any]:
    def masked(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        return np.where(found.fitted, slack(found, at), np.nan)

    return masked


def _is_coupled(problem: Problem) -> bool:
    small = all(abs(x) <= Fraction(1, 4) for layer in problem.layers for x in entries(layer))
    return small and coupled_at_start(problem) is not None


_HOW: dict[str, Callable[[Problem], str]] = {
    COUPLED: lambda problem: f"the smallest cross entry of the kernel is {coupled_at_start(problem)}",
    SMALL: lambda problem: f"the largest is {max(abs(x) for w in problem.layers for x in entries(w))}",
    BALANCED: lambda problem: "every imbalance is zero" if problem.balanced else "not so",
}
_HOW_COUPLED = {name: _HOW[name] for name in (COUPLED, SMALL)}


def balanced_chart(depth: int, sign: int, slack: Callable[[Ends, Sequence[Any]], Any]) -> Chart:
    """Balanced 2 by 2 starts of a small scale, coupled, the diagonal observed."""

    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        return balanced(x[:2], x[2:3], x[3:4], depth, signs=(Fraction(1), Fraction(sign)))

    return flow_chart(
        f"balanced 2 by 2, depth {depth}, {'positive' if sign > 0 else 'negative'} determinant",
        [(0.02, 0.25), (0.02, 0.25), (-2, 2), (-2, 2)],
        layers=layers,
        observations=Observations.diagonal(2),
        slack=_fitted(slack),
        requires=_is_coupled,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Menon's problem beyond the family


def _factor(twin: bool) -> int:
    """What bounds ``|det W(∞)|/‖W(0)‖_F`` by the claim, or its twin."""
    return 40 if twin else 10


def _small_determinant(factor: int) -> Callable[[Problem, Limit], Judgement]:
    def judge(problem: Problem, limit: Limit) -> Judgement:
        found = limit.determinant
        assert found is not None
        size = sum((x * x for x in entries(problem.product())), Fraction(0))  # ‖W(0)‖_F²
        least = max(found.lower, -found.upper, Fraction(0))
        detail = f"det W(∞) = {found.text(8)}, ‖W(0)‖_F² = {size}, det W(0) = {exact_determinant(problem.product())}"
        enclosed = {"determinant": found, "squared norm of the start": size}
        return least * least > factor * factor * size, detail, enclosed

    return judge


@claim(
    "open-questions/small-starts-end-near-rank-one",
    paper=PAPER,
    number="Menon 1",
    title="balanced coupled 2 by 2 starts: |det W(∞)| ≤ 10 ‖W(0)‖",
    scope=Scope.all("balanced coupled 2 by 2 starts of depth 3 and 4"),
    expects=Verdict.REFUTED,
    kinds=("hunt",),
    hypotheses=(BALANCED, COUPLED, SMALL),
)
def small_starts_end_near_rank_one(run: Run) -> None:
    """
    Statement: with w_11 = w_22 = 1 observed, from every balanced 2 by 2 start of depth 3 or 4 that is coupled at time 0
        and whose layers have entries of size at most 1/4, the limit satisfies |det W(∞)| ≤ 10 ‖W(0)‖_F.
    Hypotheses: balanced; coupled at time 0; entries of the layers at most 1/4 in size.
    Conclusion: the limit is as near to rank 1 as the start is to 0, up to the factor 10.
    Proof idea: for almost every direction of the start |det W(∞)| is proportional to the scale as that tends to 0, but
        the factor is unbounded: it grows near conformal starts and near w_12 = −w_21, where the limit has rank 2 at
        every scale.
    Checked by: a hunt; the certified limit of what it found is stored, and replayed in rotated coordinates.
    Not checked: the asymptotic law itself; the question is asymptotic and stays open.
    References: Menon 2024 (arXiv:2411.09004), Problems 1 and 2, as summarized in public.
    """


@small_starts_end_near_rank_one.negative_twin("with a factor of 40 in place of 10")
def _(run: Run) -> Iterator[Evidence]:
    quarter, half = Fraction(1, 4), Fraction(1, 2)
    layers = balanced((quarter, Fraction(1, 6)), (-half,), (half,), 3)
    yield certificate(_small_determinant(_factor(run.twin)), _HOW)(Problem(layers, Observations.diagonal(2)))


@small_starts_end_near_rank_one.hunt
def _(run: Run) -> Hunt:
    factor = _factor(run.twin)

    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        return factor * np.sqrt((found.start**2).sum(axis=(1, 2))) - np.abs(found.determinant())

    return Hunt(
        charts=tuple(balanced_chart(depth, sign, slack) for depth in (3, 4) for sign in (1, -1)),
        certify=certificate(_small_determinant(factor), _HOW),
        noise=1e-5,
        about=f"{factor} ‖W(0)‖_F − |det W(∞)|",
    )


@small_starts_end_near_rank_one.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return again(witness, _small_determinant(_factor(witness.twin)))


# ---------------------------------------------------------------------------------------------------------------------
# Coupled, therefore of low stable rank


def _most(twin: bool) -> Fraction:
    """What bounds the stable rank by the claim, or its twin."""
    return Fraction(5, 2) if twin else Fraction(3, 2)


def _high_rank(most: Fraction) -> Callable[[Problem, Limit], Judgement]:
    def judge(problem: Problem, limit: Limit) -> Judgement:
        rank = limit.stable_rank
        assert rank is not None
        return rank.lower > most, f"the limit's stable rank is {rank.text(8)}", {"stable rank": rank}

    return judge


@claim(
    "open-questions/coupled-starts-end-at-low-stable-rank",
    paper=PAPER,
    number="",
    title="coupled starts of small scale: stable rank at most 3/2",
    scope=Scope.all("coupled starts of depth 3"),
    expects=Verdict.REFUTED,
    kinds=("hunt",),
    hypotheses=(COUPLED, SMALL),
)
def coupled_starts_end_at_low_stable_rank(run: Run) -> None:
    """
    Statement: with diagonal entries of value 1 observed, from every start of depth 3 that is coupled at time 0 and
        whose layers have entries of size at most 1/4, the limit has stable rank at most 3/2.
    Hypotheses: coupled at time 0; entries of the layers at most 1/4 in size.
    Conclusion: the stable rank of the limit is at most 3/2.
    Proof idea: it fails where the largest eigenvalue of the start is multiple: members of the family with m < 0 and
        n = 3, circulants of size 4; and for balanced 2 by 2 starts with w_12 = −w_21.
    Checked by: a hunt over these three kinds; certified limits.
    Not checked: whether it fails with probability 0 only; the question is asymptotic and stays open.
    References: Shin & Yun 2026 (arXiv:2603.04703) state their result for a family with m > 1, where it holds.
    """


def _circulant(x: Sequence[Any]) -> tuple[Matrix, ...]:
    """Three equal symmetric circulant layers of size 4 with first row a, b, c, b."""
    a, b, c = x
    row = (a, b, c, b)
    layer = tuple(tuple(row[(j - i) % 4] for j in range(4)) for i in range(4))
    return (layer,) * 3


@coupled_starts_end_at_low_stable_rank.negative_twin("with 5/2 in place of 3/2")
def _(run: Run) -> Iterator[Evidence]:
    layers = _circulant((Fraction(1, 4), Fraction(1, 5), Fraction(-1, 5)))
    yield certificate(_high_rank(_most(run.twin)), _HOW_COUPLED)(Problem(layers, Observations.diagonal(4)))


@coupled_starts_end_at_low_stable_rank.hunt
def _(run: Run) -> Hunt:
    """Of these kinds of starts, the twin needs those of size 4."""
    most = _most(run.twin)

    def slack(found: Ends, at: Sequence[Any]) -> Any:
        return float(most) - found.stable_rank()

    def coupled_slack(found: Ends, at: Sequence[Any]) -> Any:
        """The off-diagonal entries of W_l² are 2b(a + c) and 2(ac + b²): where one is zero nothing is coupled."""
        import numpy as np

        a, b, c = at
        return np.where(np.minimum(np.abs(b * (a + c)), np.abs(a * c + b * b)) > 1e-4, slack(found, at), np.nan)

    charts = [
        flow_chart(
            "circulants, n = 4",
            [(0.05, 0.25), (-0.25, 0.25), (-0.25, 0.25)],
            layers=_circulant,
            observations=Observations.diagonal(4),
            slack=_fitted(coupled_slack),
            requires=_is_coupled,
        )
    ]
    if not run.twin:
        symmetric_family = flow_chart(
            "family, n = 3",
            [(-8, 8), (0.05, 0.25)],
            layers=lambda x: family(3, x[0], x[1], 3),
            observations=Observations.diagonal(3),
            slack=_fitted(slack),
            requires=_is_coupled,
        )
        charts = [*(balanced_chart(3, sign, slack) for sign in (1, -1)), symmetric_family, *charts]
    certify = certificate(_high_rank(most), _HOW_COUPLED)
    return Hunt(charts=tuple(charts), certify=certify, noise=1e-5, about=f"{most} less the limit's stable rank")


@coupled_starts_end_at_low_stable_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return again(witness, _high_rank(_most(witness.twin)))


# ---------------------------------------------------------------------------------------------------------------------
# Small scale, therefore of least nuclear norm

SCALED_IDENTITY = "depth 2, both layers alpha times the identity, 1/1000 <= alpha <= 1/20"
#: Three observed positions of a symmetric 4 by 4 matrix, up to renaming of rows: what the whole coordinate chooses.
_PAIRS = tuple((i, j) for i in range(4) for j in range(i, 4))


@lru_cache(maxsize=1)
def _masks() -> tuple[tuple[tuple[int, int], ...], ...]:
    """Sets of two or three observed positions, one of each class under renaming of the four rows."""
    from itertools import combinations, permutations

    found: dict[frozenset[tuple[int, int]], tuple[tuple[int, int], ...]] = {}
    for count in (2, 3):
        for cells in combinations(_PAIRS, count):
            renamed = (frozenset((min(p[i], p[j]), max(p[i], p[j])) for i, j in cells) for p in permutations(range(4)))
            if not any(other in found for other in renamed):
                found[frozenset(cells)] = cells
    return tuple(found.values())


def _symmetric_observations(cells: Sequence[tuple[int, int]], values: Sequence[Fraction]) -> Observations:
    known = {}
    for (i, j), y in zip(cells, values, strict=False):
        known[i, j] = known[j, i] = y
    return Observations(4, 4, tuple((i, j, y) for (i, j), y in sorted(known.items())))


def _completion_problem(x: Sequence[Fraction]) -> Problem:
    """Coordinates: which mask, three values, and 1/α."""
    layer = tuple(tuple(value / x[4] for value in row) for row in identity(4))
    return Problem((layer, layer), _symmetric_observations(_masks()[int(x[0])], x[1:4]))


@lru_cache(maxsize=4096)
def _least_trace(observations: Observations, rounds: int) -> tuple[tuple[float, ...], ...]:
    """Nearly a positive semidefinite completion of least trace, in float64: Douglas–Rachford splitting between the
    observed entries and the proximal map of the trace on the cone, which shrinks eigenvalues."""
    import numpy as np

    mask = np.array(observations.mask, dtype=float) > 0
    values = np.array(observations.values, dtype=float)
    point = values.copy()
    for _ in range(rounds):
        fitted = np.where(mask, values, point)
        sizes, vectors = np.linalg.eigh(2 * fitted - point)
        point = point + (vectors * np.maximum(sizes - 0.5, 0)) @ vectors.T - fitted
    return tuple(map(tuple, np.where(mask, values, point).tolist()))


def _room(twin: bool) -> Fraction:
    """By how much the nuclear norm may exceed the least trace by the claim, or its twin."""
    return Fraction(1) if twin else Fraction(1, 4)


def _trace_slack(points: Floats, room: Fraction) -> Floats:
    """The least trace plus some room, less the nuclear norm of the limit."""
    import numpy as np

    slack = np.full(len(points), np.nan)
    for data in np.unique(points[:, :4], axis=0):  # one problem for each mask and values
        here = np.flatnonzero((points[:, :4] == data).all(axis=1))
        seen = _completion_problem([Fraction(int(x)) for x in data] + [Fraction(20)]).observations
        layer = tuple(tuple(float(i == j) / points[here, 4] for j in range(4)) for i in range(4))
        found = ends((layer, layer), len(here), seen)
        least = sum(_least_trace(seen, 200)[k][k] for k in range(4))
        slack[here] = np.where(found.fitted, least + float(room) - found.singular_values().sum(axis=1), np.nan)
    return slack


def _completion(observations: Observations) -> ExactMatrix | None:
    """An exact positive semidefinite completion of nearly the least trace: the float one rounded to simple fractions,
    with a little more on the diagonal where that is free; None if this does not give one."""
    from verify.symbolic.positivity import LDL, ldl

    best = _least_trace(observations, 3000)
    known = {(i, j): y for i, j, y in observations.entries}
    for unit in (1, 2, 4, 10, 100, 1000, 10**6):
        for more in (Fraction(0), Fraction(1, 100)):
            rows = [
                [known.get((i, j), Fraction(round((x + best[j][i]) * unit), 2 * unit)) for j, x in enumerate(row)]
                for i, row in enumerate(best)
            ]
            for k in range(4):
                rows[k][k] = known.get((k, k), rows[k][k] + more)
            made = tuple(map(tuple, rows))
            if trace(made) <= trace(best) + Fraction(1, 20) and isinstance(ldl(made), LDL):
                return made
    return None


def trace(rows: Sequence[Sequence[Any]]) -> Any:
    """The sum of the diagonal."""
    return sum((row[k] for k, row in enumerate(rows)), Fraction(0))


@claim(
    "open-questions/small-starts-minimize-the-nuclear-norm",
    paper=PAPER,
    number="Gunasekar et al. 2017, conjecture",
    title="small multiples of the identity: least trace, up to 1/4",
    scope=Scope.all("symmetric 4 by 4 completions, depth 2, scales"),
    expects=Verdict.REFUTED,
    kinds=("hunt",),
    hypotheses=(SCALED_IDENTITY,),
)
def small_starts_minimize_the_nuclear_norm(run: Run) -> None:
    """
    Statement: at depth 2, from both layers α times the identity with 1/1000 ≤ α ≤ 1/20, the limit for a symmetric 4 by
        4 completion problem has a nuclear norm of at most 1/4 above that of every positive semidefinite completion.
    Hypotheses: depth 2, both layers alpha times the identity, 1/1000 <= alpha <= 1/20.
    Conclusion: ‖W(∞)‖_* ≤ ‖M‖_* + 1/4 for every M ⪰ 0 with the observed entries (there ‖M‖_* = tr M).
    Proof idea: the flow is greedy: it first fits along the largest eigenvector of the data. Where that is not optimal
        the limit has low rank and not the least nuclear norm. Three rows are enough: with w_11 = 3, w_12 = w_23 = 1 the
        limit approaches the rank-1 completion of trace 19/3, while [[3, 1, 1], [1, 1, 1], [1, 1, 1]] has trace 5.
    Checked by: a hunt over all positions of two or three observed entries with small integer values; the certified
        limit against an exact positive semidefinite completion.
    Not checked: the limit α → 0 itself, and larger data; the question is asymptotic and stays open.
    References: Li, Luo & Lyu 2021, as summarized in public, refute the conjecture of Gunasekar et al. 2017 by a 4 by 4
        example of this kind.
    """


def _scaled_identity(problem: Problem) -> str:
    return f"W_1 = W_2 = {problem.layers[0][0][0]} I"


def _large_norm(room: Fraction) -> Callable[[Problem, Limit], Judgement]:
    def judge(problem: Problem, limit: Limit) -> Judgement:
        from verify.arithmetic import precision

        other = _completion(problem.observations)
        if other is None:
            return False, "no exact completion was found", {}
        with precision(160):
            values = [x.to_arb() for x in limit.singular_values]
            ours = Ball.from_arb(sum(values[1:], values[0]))
        detail = f"the limit's nuclear norm is {ours.text(8)}, the trace of a semidefinite completion {trace(other)}"
        violated = ours.lower > trace(other) + room
        return violated, detail, {"completion": [list(row) for row in other], "nuclear norm": ours}

    return judge


_HOW_SCALED = {SCALED_IDENTITY: _scaled_identity}


@small_starts_minimize_the_nuclear_norm.negative_twin("with 1 in place of 1/4")
def _(run: Run) -> Iterator[Evidence]:
    layer = tuple(tuple(Fraction(x, 200) for x in row) for row in identity(4))
    seen = _symmetric_observations(((0, 0), (0, 1), (1, 2)), (Fraction(3), Fraction(1), Fraction(2)))
    yield certificate(_large_norm(_room(run.twin)), _HOW_SCALED)(Problem((layer, layer), seen))


@small_starts_minimize_the_nuclear_norm.hunt
def _(run: Run) -> Hunt:
    room = _room(run.twin)
    chart = Chart(
        name="symmetric 4 by 4, two or three entries",
        lower=(0, 1, 1, 1, 20),
        upper=(len(_masks()) - 1, 3, 3, 3, 1000),
        data=_completion_problem,
        slack=lambda points: _trace_slack(points, room),
        whole=(0, 1, 2, 3, 4),
    )
    return Hunt(
        charts=(chart,),
        certify=certificate(_large_norm(room), _HOW_SCALED),
        noise=1e-2,
        cases=4_096,
        about=f"{room} plus the least trace of a semidefinite completion, less the nuclear norm of the limit",
    )


@small_starts_minimize_the_nuclear_norm.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """Without singular values: the trace bounds the limit's nuclear norm from below; minors show that the stored
    completion is positive semidefinite, so that its nuclear norm is its trace."""
    problem, limit = load_problem(dict(witness.problem)), limit_again(witness.problem, digits=12)
    other = exact_matrix(witness.enclosed["completion"], "completion")
    alpha = problem.layers[0][0][0]
    scaled = problem.layers == (tuple(tuple(alpha * x for x in row) for row in identity(4)),) * 2
    fits = all(other[i][j] == y for i, j, y in problem.observations.entries) and semidefinite_by_minors(other)
    kind = "trace of the limit of the rotated flow"
    if not (limit.converged and scaled and fits and Fraction(1, 1000) <= alpha <= Fraction(1, 20)):
        return Evidence.undecided(kind=kind, scope=ONE, detail=limit.reason)
    least = sum((limit.product[k][k].lower for k in range(4)), Fraction(0))
    make = Evidence.refutes if least > trace(other) + _room(witness.twin) else Evidence.supports
    detail = f"the limit's trace is at least {float(least):.8f}, the completion's {trace(other)}"
    return make(kind=kind, assurance=Assurance.ENCLOSED, scope=ONE, detail=detail)


# ---------------------------------------------------------------------------------------------------------------------
# The diagonal helps to escape


def _from_identity(longest: Fraction) -> str:
    return f"D = I and U invertible at the start, U's entries at most 5 in size, step at most {longest}, no ball"


#: The longest steps of the claim and of its twin.
_LONGEST = (Fraction(1, 2), Fraction(1, 50))
FROM_IDENTITY, FROM_IDENTITY_SLOWLY = map(_from_identity, _LONGEST)
_STEPS = 3


@claim(
    "open-questions/udu-escapes-spurious-minima",
    paper=PAPER,
    number="",
    title="the UDUᵀ iteration from D = I does not get stuck",
    scope=Scope.all("2 by 2 targets, starts, steps"),
    expects=Verdict.REFUTED,
    kinds=("hunt",),
    hypotheses=(FROM_IDENTITY,),
)
def udu_escapes_spurious_minima(run: Run) -> None:
    """
    Statement: for f = ½‖X − M‖² with a symmetric 2 by 2 matrix M, the projected gradient iteration of U diag(λ) Uᵀ
        from λ = (1, 1) and an invertible U with entries of size at most 5 does not end at a local minimum that is not
        global.
    Hypotheses: D = I and U invertible at the start, U's entries at most 5 in size, step at most 1/2, no ball.
    Conclusion: after three steps the state is not λ = 0 with U invertible, all u_jᵀGu_j > 0, and X = 0 not optimal.
    Proof idea: large columns make λ_j − η u_jᵀGu_j negative at once; then λ = 0 for good.
    Checked by: a hunt; exact iteration by the model, again with plain fractions.
    Not checked: how large the set of such starts is; for small starts the weights provably stay positive.
    References: Hou, Sra & Yurtsever 2025 (arXiv:2501.16322), as summarized in public; their starts are small.
    """


def _stuck(u: Matrix, weights: Sequence[Fraction], target: Matrix) -> str | None:
    """That (U, 0) is a strict local minimum in the weights and X = 0 is not optimal, or None."""
    slope = difference(((Fraction(0),) * 2,) * 2, target)
    forms = quadratic_forms(u, slope)
    (a, b), (_, d) = target
    positive_direction = a > 0 or d > 0 or a * d - b * b < 0  # M has a positive eigenvalue
    if any(weights) or exact_determinant(u) == 0 or min(forms) <= 0 or not positive_direction:
        return None
    return f"λ = 0 with u_jᵀGu_j = {forms[0]}, {forms[1]}, though M has a positive eigenvalue"


def _stuck_by_iteration(model: Any, twin: bool) -> Evidence:
    """Exact steps of the model's iteration."""
    from verify.numeric.iterate import apply_exactly

    state = model.start
    for count in range(1, _STEPS + 1):
        state = apply_exactly(model, state).state
        found = _stuck(state["U"], [row[0] for row in state["D"]], model.observations.values)
        if found is not None:
            return Evidence.refutes(
                kind="exact iteration",
                assurance=Assurance.PROVED,
                scope=ONE,
                detail=f"after {count} steps {found}",
                witness=Witness(
                    problem=dump_problem(model),
                    hypotheses=stated(FROM_IDENTITY_SLOWLY if twin else FROM_IDENTITY, "read off"),
                    violates=f"stuck after {count} steps",
                ),
            )
    return Evidence.undecided(kind="exact iteration", scope=ONE, detail=f"not stuck after {_STEPS} steps")


def _approximating(target: Matrix, u: Matrix, step: Fraction) -> Any:
    """``½‖X − M‖²`` from U and D = I."""
    from verify.models import UDU

    seen = Observations(2, 2, tuple((i, j, target[i][j]) for i in range(2) for j in range(2)))
    return UDU(U=u, D=(Fraction(1), Fraction(1)), observations=seen, step=step)


@udu_escapes_spurious_minima.negative_twin("with steps of at most 1/50", hypotheses=(FROM_IDENTITY_SLOWLY,))
def _(run: Run) -> Iterator[Evidence]:
    target, u = exact_matrix([[0, 3], [3, 0]], "M"), exact_matrix([[1, 0], [2, 5]], "U")
    yield _stuck_by_iteration(_approximating(target, u, Fraction(1, 50)), run.twin)


@udu_escapes_spurious_minima.hunt
def _(run: Run) -> Hunt:
    longest = _LONGEST[run.twin]

    def slack(points: Floats) -> Floats:
        import numpy as np

        x = list(points.T)
        u, target = matrix(x, 2, 2), symmetric(x[4:7], 2)
        weights: list[Any] = [np.ones(len(points))] * 2
        for _ in range(_STEPS):
            u, weights = udu.step(u, weights, target, x[7])
        alive = np.maximum(*weights)
        forms = -np.maximum(*quadratic_forms(u, target))
        (a, b), (_, d) = target
        highest = (a + d) / 2 + np.sqrt((a - d) ** 2 / 4 + b * b)
        regular = np.abs(u[0][0] * u[1][1] - u[0][1] * u[1][0]) > 1e-9
        stuck = (alive == 0) & (forms > 1e-9) & regular & (highest > 1e-9)
        found: Floats = np.where(
            stuck, -np.minimum(highest, 1.0), np.where(alive > 0, np.minimum(alive, 1.0), 1 + np.abs(forms))
        )
        return found

    def data(x: Point) -> Any:
        u = matrix(x, 2, 2)
        return _approximating(symmetric(x[4:7], 2), u, x[7]) if exact_determinant(u) != 0 else None

    chart = Chart(
        name="2 by 2",
        lower=(-5,) * 4 + (-3,) * 3 + (float(longest) / 50,),
        upper=(5,) * 4 + (3,) * 3 + (float(longest),),
        data=data,
        slack=slack,
    )
    about = "the largest weight after three steps; −λ_max(M) where stuck"
    return Hunt(charts=(chart,), certify=lambda model: _stuck_by_iteration(model, run.twin), about=about)


@udu_escapes_spurious_minima.recheck
def _(witness: Witness, run: Run) -> Evidence:
    model: Any = load_model(dict(witness.problem))
    u, weights, target = model.U, list(model.D), model.observations.values
    allowed = weights == [1, 1] and model.step <= _LONGEST[witness.twin] and max(abs(x) for x in entries(u)) <= 5
    if not allowed or exact_determinant(u) == 0 or model.radius is not None:
        return proved_again(False, "the hypotheses fail", "plain fractions")
    for _ in range(_STEPS):
        u, weights = udu.step(u, weights, target, model.step)
        found = _stuck(u, weights, target)
        if found is not None:
            return proved_again(True, found, "plain fractions")
    return proved_again(False, "not stuck", "plain fractions")
