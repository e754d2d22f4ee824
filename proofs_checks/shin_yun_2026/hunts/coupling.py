"""Where to look for counterexamples to the claims of this paper, and to their false variants.

Claims that are proved are hunted, too: a hunt shares no algebra with their derivations. Run them with
``verify hunt SLUG`` and, for the negative twin, ``--twin``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.second_paths import coupled_at_start, exact_determinant, kernel_entry
from proofs_checks.shin_yun_2026 import coupling, limits, readings
from verify.claims import Assurance, Established, Evidence, Run, Scope, Witness
from verify.models import Observations, Problem, dump_problem
from verify.search.charts import Matrix, balanced, matrices, stacked
from verify.search.charts import family as family_layers
from verify.search.flows import Ends, certified_limits, flow_chart
from verify.search.hunt import Chart, Hunt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from verify.rigorous import Limit

    Floats = NDArray[np.float64]

DIAGONAL = Observations.diagonal(2)
ONE_CANDIDATE = Scope.instances("one candidate")
#: Relative errors of float64 evaluations that say nothing.
_ROUNDING = 1e-9
#: How far the float limit of a flow may be off.
LIMIT_ERROR = 1e-5


def told(
    violated: bool, detail: str, problem: Problem, names: Sequence[str], *, assurance: Assurance, **enclosed: Any
) -> Evidence:
    """Refuting evidence with its witness, or undecided."""
    if not violated:
        return Evidence.undecided(kind="candidate", scope=ONE_CANDIDATE, detail=detail)
    return Evidence.refutes(
        kind="hunted",
        assurance=assurance,
        scope=ONE_CANDIDATE,
        detail=detail,
        witness=Witness(
            problem=dump_problem(problem),
            hypotheses=tuple(Established(name=name, how="by construction of the candidate, exactly") for name in names),
            violates=detail,
            enclosed=enclosed,
        ),
    )


def judged(
    judge: Callable[[Problem, Limit], tuple[bool, str, dict[str, Any]]], names: Sequence[str]
) -> Callable[[Problem], Evidence]:
    """A certificate by the certified limit, with more digits where few do not show a violation."""

    def certify(problem: Problem) -> Evidence:
        detail = ""
        for limit in certified_limits(problem):
            if not limit.converged:
                return Evidence.undecided(kind="certified limit", scope=ONE_CANDIDATE, detail=limit.reason)
            violated, detail, enclosed = judge(problem, limit)
            if violated:
                return told(True, detail, problem, names, assurance=Assurance.ENCLOSED, **enclosed)
        return told(False, detail, problem, names, assurance=Assurance.ENCLOSED)

    return certify


# ---------------------------------------------------------------------------------------------------------------------
# The kernel


def _three_layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
    return matrices(x, ((2, 2),) * 3)


def _arrays(layers: Sequence[Matrix], count: int) -> list[Floats]:
    return [stacked(layer, count) for layer in layers]


def _end_to_end(layers: Sequence[Floats]) -> Floats:
    whole = layers[0]
    for layer in layers[1:]:
        whole = layer @ whole
    return whole


def kernel(layers: Sequence[Floats], a: tuple[int, int], b: tuple[int, int], *, astray: bool = False) -> Floats:
    """The kernel's entry for many starts, shape (count,); `astray`: with the transposes on the wrong side."""
    import numpy as np

    count, size = len(layers[0]), layers[0].shape[2]
    below = np.broadcast_to(np.eye(size), (count, size, size))
    total = np.zeros(count)
    for l, layer in enumerate(layers):
        above = np.broadcast_to(np.eye(layer.shape[1]), (count, layer.shape[1], layer.shape[1]))
        for later in layers[l + 1 :]:
            above = later @ above
        left = above.swapaxes(1, 2) @ above if astray else above @ above.swapaxes(1, 2)
        right = below @ below.swapaxes(1, 2) if astray else below.swapaxes(1, 2) @ below
        total = total + left[:, a[0], b[0]] * right[:, a[1], b[1]]
        below = layer @ below
    return total


def differences(layers: Sequence[Floats], a: tuple[int, int], b: tuple[int, int]) -> Floats:
    """The same by unit differences of the product, which is affine in every entry."""
    import numpy as np

    base, total = _end_to_end(layers), np.zeros(len(layers[0]))
    for l, layer in enumerate(layers):
        for i in range(layer.shape[1]):
            for j in range(layer.shape[2]):
                moved = layer.copy()
                moved[:, i, j] += 1
                step = _end_to_end([*layers[:l], moved, *layers[l + 1 :]]) - base
                total = total + step[:, a[0], a[1]] * step[:, b[0], b[1]]
    return total


@coupling.coupling_kernel.hunt
def _(run: Run) -> Hunt:
    first, second = (0, 0), (1, 1)

    def slack(points: Floats) -> Floats:
        import numpy as np

        layers = _arrays(_three_layers(list(points.T)), len(points))
        truth, formula = differences(layers, first, second), kernel(layers, first, second, astray=run.twin)
        found: Floats = _ROUNDING - np.abs(truth - formula) / (1 + np.abs(truth))
        return found

    def certify(problem: Problem) -> Evidence:
        truth = coupling.inner_by_differences(problem, first, second)
        formula = (coupling._without_transposes if run.twin else kernel_entry)(problem, first, second)
        detail = f"the inner product is {truth}, the formula gives {formula}"
        names = (coupling.CONFORMING,)
        return told(truth != formula, detail, problem, names, assurance=Assurance.PROVED, inner_product=truth)

    chart = Chart(
        name="three 2 by 2 layers",
        lower=(-2,) * 12,
        upper=(2,) * 12,
        data=lambda x: Problem(_three_layers(x), DIAGONAL),
        slack=slack,
    )
    return Hunt(charts=(chart,), certify=certify, about="1e-9 less the relative error of the formula")


@coupling.depth_two_is_decoupled.hunt
def _(run: Run) -> Hunt:
    depth = 3 if run.twin else 2

    def layers_of(x: Sequence[Any]) -> tuple[Matrix, ...]:
        return matrices(x, ((2, 2),) * depth)

    def slack(points: Floats) -> Floats:
        import numpy as np

        layers = _arrays(layers_of(list(points.T)), len(points))
        found: Floats = _ROUNDING - np.abs(differences(layers, (0, 0), (1, 1)))
        return found

    def certify(problem: Problem) -> Evidence:
        value = coupled_at_start(problem)
        detail = f"the inner product at time 0 is {value or 0}"
        names = coupling.depth_two_is_decoupled.hypotheses_of(twin=run.twin)
        return told(bool(value), detail, problem, names, assurance=Assurance.PROVED)

    chart = Chart(
        name=f"{depth} layers, 2 by 2",
        lower=(-2,) * (4 * depth),
        upper=(2,) * (4 * depth),
        data=lambda x: Problem(layers_of(x), DIAGONAL),
        slack=slack,
    )
    return Hunt(charts=(chart,), certify=certify, about="1e-9 less the size of the kernel's cross entry")


def inside_the_family(depth: int, n: int, alpha: Any, off: Any) -> Any:
    """The formula for ``⟨∇w_ii, ∇w_jj⟩``, i ≠ j, from the eigenvalues' squares; for fractions and arrays."""
    first, second = (alpha + (n - 1) * off) ** 2, (alpha - off) ** 2
    powers = [first**k - second**k for k in range(depth)]
    return sum(x * y for x, y in zip(powers, reversed(powers), strict=True)) / n**2


@coupling.coupling_inside_the_family.hunt
def _(run: Run) -> Hunt:
    """By 1/m and α. The twin allows 1/m = 0, where the witness shows that the dynamics is decoupled for all times."""
    least = 0.0 if run.twin else 0.02

    def chart(n: int, depth: int) -> Chart:
        def slack(points: Floats) -> Floats:
            import numpy as np

            inverse, alpha = points.T
            layers = _arrays(block_family(n, inverse, alpha, depth), len(points))
            cross, own = differences(layers, (0, 0), (1, 1)), differences(layers, (0, 0), (0, 0))
            error = np.abs(cross - inside_the_family(depth, n, alpha, inverse * alpha)) / own
            found: Floats = np.minimum(cross / own, _ROUNDING - error) - 2 * _ROUNDING * (cross <= _ROUNDING * own)
            return found

        return Chart(
            name=f"depth {depth}, n = {n}",
            lower=(least, 0.01),
            upper=(0.98, 4),
            data=lambda x: Problem(block_family(n, x[0], x[1], depth), Observations.diagonal(n)),
            slack=slack,
        )

    def certify(problem: Problem) -> Evidence:
        value = coupling.inner_by_differences(problem, (0, 0), (1, 1))
        formula = inside_the_family(problem.depth, len(problem.layers[0]), *problem.layers[0][0][:2])
        detail = f"the inner product is {value}, the formula gives {formula}"
        if not run.twin:
            violated = value <= 0 or value != formula
            names = (coupling.COUPLED_MEMBER,)
            return told(violated, detail, problem, names, assurance=Assurance.PROVED, value=value, formula=formula)
        hypotheses = (Established(name=coupling.MEMBER, how="by construction of the candidate, exactly"),)
        witness = None if value else coupling.decoupled_witness(problem, hypotheses, "all pairs are orthogonal")
        if witness is None:
            return Evidence.undecided(kind="coupling", scope=ONE_CANDIDATE, detail=detail)
        return Evidence.refutes(
            kind="invariant subspace",
            assurance=Assurance.PROVED,
            scope=ONE_CANDIDATE,
            detail="all pairs of observed entries are orthogonal for all times",
            part=coupling.POSITIVE,
            witness=witness,
        )

    charts = tuple(chart(n, depth) for n, depth in ((2, 3), (2, 4), (3, 3), (3, 5)))
    return Hunt(
        charts=charts,
        certify=certify,
        about="cosine of the angle between two gradients, or 1e-9 less the formula's relative error",
    )


def block_family(n: int, inverse: Any, alpha: Any, depth: int) -> tuple[Matrix, ...]:
    """The layers of a member with s = 1 by 1/m, so that m = ∞ is 0."""
    off = alpha * inverse
    return (tuple(tuple(alpha if i == j else off for j in range(n)) for i in range(n)),) * depth


@readings.literally_coupled_unless_diagonal.hunt
def _(run: Run) -> Hunt | None:
    if run.twin:
        return None

    def slack(points: Floats) -> Floats:
        """The cosine between the two gradients at the start and, where it is 0, at three later times."""
        import numpy as np

        from verify.numeric.batch import integrate_batch

        def cosine(layers: Sequence[Floats]) -> Floats:
            size = np.sqrt(kernel(layers, (0, 0), (0, 0)) * kernel(layers, (1, 1), (1, 1)))
            found: Floats = np.where(size > 0, np.abs(kernel(layers, (0, 0), (1, 1))) / size, np.nan)
            return found

        layers = _arrays(_three_layers(list(points.T)), len(points))
        regular = [(np.abs(np.linalg.det(w)) > 1e-9) & (np.abs(w[:, 0, 1]) + np.abs(w[:, 1, 0]) > 1e-9) for w in layers]
        angle = np.where(np.all(regular, axis=0), cosine(layers), np.nan)
        none = np.flatnonzero(angle < 1e-12)
        if len(none):
            starts, later = [layer[none] for layer in layers], np.zeros(len(none))
            zero = Problem(tuple(((Fraction(0),) * 2,) * 2 for _ in range(3)), DIAGONAL)
            for time in (0.25, 1.0, 3.0):
                flow = integrate_batch(zero, starts, time=time, tolerance=1e-12, estimate=False, max_steps=400)
                later = np.fmax(later, cosine(flow.layers))
            angle[none] = later - 1e-10
        return angle

    def data(x: tuple[Fraction, ...]) -> Problem | None:
        problem = Problem(_three_layers(x), DIAGONAL)
        regular = all(exact_determinant(w) and (w[0][1] or w[1][0]) for w in problem.layers)
        return problem if regular else None

    def certify(problem: Problem) -> Evidence:
        from verify.symbolic import decide_coupling

        names = (limits.DEEP, readings.NOT_DIAGONAL, limits.DIAGONAL)
        hypotheses = tuple(Established(name=name, how="three layers, none diagonal, all regular") for name in names)
        decision = decide_coupling(problem)
        witness = None
        if decision.coupled is False:
            witness = coupling.decoupled_witness(problem, hypotheses, "the dynamics is decoupled")
        if witness is None:
            return Evidence.undecided(kind="coupling", scope=ONE_CANDIDATE, detail=decision.text)
        return Evidence.refutes(
            kind="invariant subspace",
            assurance=Assurance.PROVED,
            scope=ONE_CANDIDATE,
            detail="all pairs of observed entries are orthogonal for all times",
            witness=witness,
        )

    chart = Chart(name="three regular layers", lower=(-1,) * 12, upper=(1,) * 12, data=data, slack=slack)
    return Hunt(
        charts=(chart,),
        certify=certify,
        noise=0.0,
        about="largest cosine between the two gradients, at the start and at three later times",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Limits


def where_fitted(slack: Callable[[Ends, Sequence[Any]], Any]) -> Callable[[Ends, Sequence[Any]], Any]:
    def masked(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        return np.where(found.fitted, slack(found, at), np.nan)

    return masked


def balanced_chart(depth: int, sign: int, slack: Callable[[Ends, int], Any], most: float) -> Chart:
    """Balanced full-rank 2 by 2 starts with a determinant of this sign, the diagonal observed."""

    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        return balanced(x[:2], x[2:3], x[3:4], depth, signs=(Fraction(1), Fraction(sign)))

    return flow_chart(
        f"balanced, depth {depth}, {'positive' if sign > 0 else 'negative'} determinant",
        [(0.02, most), (0.02, most), (-2, 2), (-2, 2)],
        layers=layers,
        observations=DIAGONAL,
        slack=where_fitted(lambda found, at: slack(found, sign)),
    )


@limits.rank_is_never_lost.hunt
def _(run: Run) -> Hunt:
    """Beyond the named instances: all balanced 2 by 2 starts of depths 2 and 3."""

    def slack(found: Ends, sign: int) -> Any:
        return found.determinant() * (1 if run.twin else sign)

    def judge(problem: Problem, limit: Limit) -> tuple[bool, str, dict[str, Any]]:
        start, end = exact_determinant(problem.product()), limit.determinant
        assert end is not None
        sign = 1 if run.twin or start > 0 else -1
        wrong = end.upper < 0 if sign > 0 else end.lower > 0
        return wrong, f"det W(0) = {start}, det W(∞) = {end.text(8)}", {"determinant": end}

    names = ("balanced", "full rank", limits.DIAGONAL)
    charts = tuple(balanced_chart(depth, sign, slack, 1.0) for depth in (2, 3) for sign in (1, -1))
    # Determinants below the flow's float error say nothing.
    return Hunt(
        charts=charts, certify=judged(judge, names), noise=LIMIT_ERROR, about="det W(∞), times the start's sign"
    )


def _family_chart(
    depth: int, n: int, slack: Callable[[Ends, Sequence[Any]], Any], *, least_alpha: float = 0.1
) -> Chart:
    return flow_chart(
        f"family, depth {depth}, n = {n}",
        [(1.05, 10), (least_alpha, 3)],
        layers=lambda x: family_layers(n, x[0], x[1], depth),
        observations=Observations.diagonal(n),
        slack=where_fitted(slack),
    )


def _full_rank(problem: Problem, limit: Limit) -> tuple[bool, str, dict[str, Any]]:
    kernel_now, smallest = coupled_at_start(problem), limit.singular_values[-1]
    return (
        kernel_now is not None and smallest.lower > 0,
        f"coupled (kernel entry {kernel_now}), and the smallest singular value of the limit is {smallest.text(6)}",
        {"smallest singular value": smallest},
    )


@limits.coupled_limit_has_full_rank.hunt
def _(run: Run) -> Hunt | None:
    if not run.twin:
        return None  # the claim names instances, and says nothing of others
    charts = (_family_chart(3, 2, lambda found, at: -found.singular_values()[:, -1]),)
    certify = judged(_full_rank, (limits.DEEP, limits.DIAGONAL))
    return Hunt(charts=charts, certify=certify, noise=LIMIT_ERROR, about="minus the limit's smallest singular value")


@readings.literally_rank_one_iff_coupled.hunt
def _(run: Run) -> Hunt | None:
    if run.twin:
        return None
    charts = tuple(_family_chart(depth, 2, lambda found, at: -found.singular_values()[:, -1]) for depth in (3, 4))
    certify = judged(_full_rank, (limits.DEEP, limits.DIAGONAL))
    return Hunt(charts=charts, certify=certify, noise=LIMIT_ERROR, about="minus the limit's smallest singular value")
