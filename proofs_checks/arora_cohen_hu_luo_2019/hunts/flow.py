"""Where to look for counterexamples to the claims about balanced layers, and to their false variants.

The claims are proved in symbolic dimensions; the hunts evaluate rates on data, or follow flows. ``verify hunt SLUG``,
for the twin ``--twin``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from proofs_checks.arora_cohen_hu_luo_2019 import flow
from proofs_checks.arora_cohen_hu_luo_2019.flow import BALANCED, CONFORMING, NONNEGATIVE
from proofs_checks.common import hunted
from proofs_checks.second_paths import loss as loss_of
from verify.claims import Assurance, Evidence, Run, Scope
from verify.models import Observations, Problem, dump_problem
from verify.search.charts import (
    Matrix,
    balanced_between,
    diagonal,
    difference,
    frames,
    matrices,
    product,
    stacked,
    total,
    transposed,
)
from verify.search.entrywise import (
    Assertion,
    Data,
    Domain,
    entrywise_hunt,
    equal,
    equal_matrices,
    problem,
    product_rate,
    rates,
    residual,
)
from verify.search.flows import Ends, flow_chart
from verify.search.hunt import Chart, Hunt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Observed positions.
Cells = Sequence[tuple[int, int]]
Shapes = Sequence[tuple[int, int]]
#: The cells of Razin & Cohen, and those of a diagonal.
RAZIN_COHEN: Cells = ((0, 1), (1, 0), (1, 1))
DIAGONAL: Cells = ((0, 0), (1, 1))


def everywhere(rows: int, columns: int) -> Cells:
    """All positions: then ``∇l(W)`` may be any matrix."""
    return tuple((i, j) for i in range(rows) for j in range(columns))


def seen(data: Data) -> dict[tuple[int, int], Any]:
    """The observed entries of a candidate, which stores them as a problem file does."""
    return {(i, j): y for i, j, y in data["observed"]}


def observing(cells: Cells, values: Iterable[Any]) -> tuple[tuple[int, int, Any], ...]:
    """Observed entries as a candidate stores them; as many values are taken as there are cells."""
    numbers = iter(values)
    return tuple((i, j, next(numbers)) for i, j in cells)


def start_of(data: Data) -> Problem:
    """The exact problem of a candidate."""
    return problem(data["layers"], seen(data))


def scaled(factor: Any, matrix: Matrix) -> Matrix:
    """``factor × matrix``."""
    return tuple(tuple(factor * x for x in row) for row in matrix)


# ---------------------------------------------------------------------------------------------------------------------
# Where to look

#: Layers of several depths and widths, W_1 first, with several patterns of observed entries.
FREE: Sequence[tuple[Shapes, Cells]] = (
    (((1, 1), (1, 1)), ((0, 0),)),
    (((3, 2), (2, 3)), everywhere(2, 2)),
    (((2, 2),) * 3, RAZIN_COHEN),
    (((2, 1), (3, 2), (2, 3)), ((0, 0), (1, 0))),
    (((2, 2),) * 4, DIAGONAL),
)


def free_domain(shapes: Shapes, cells: Cells, **more: tuple[float, float]) -> Domain:
    """Arbitrary layers, arbitrary values at the observed cells, and `more` numbers by name, each with its box."""
    size = sum(rows * columns for rows, columns in shapes)

    def build(x: Sequence[Any]) -> Data:
        rest = iter(x)
        layers = matrices([next(rest) for _ in range(size)], shapes)
        return {"layers": layers, "observed": observing(cells, rest)} | {name: next(rest) for name in more}

    sizes = " ".join(str(n) for n in (shapes[0][1], *(rows for rows, _ in shapes)))
    return Domain(
        name=f"widths {sizes}, {len(cells)} observed",
        box=[(-2, 2)] * (size + len(cells)) + list(more.values()),
        build=build,
    )


#: Widths, signs of the last layer's values (as many as there are values), observed entries.
BALANCED_STARTS: Sequence[tuple[Sequence[int], Sequence[int], Cells]] = (
    ((2, 2), (1, -1), everywhere(2, 2)),
    ((2, 2, 2), (1, -1), RAZIN_COHEN),
    ((3, 3, 2), (1, 1), everywhere(2, 3)),
    ((2, 3, 2, 2), (1, 1), everywhere(2, 2)),
    ((1, 2, 3, 1), (-1,), ((0, 0),)),
    ((2, 2, 2, 2, 2), (1, -1), DIAGONAL),
)


def balanced_domain(
    widths: Sequence[int], signs: Sequence[int], cells: Cells, *, zeros: int = 0, least: float = -1.5
) -> Domain:
    """Balanced layers in hidden frames: values, then the frames' rotations, then the observed entries.

    `zeros` of the values are zero. The data hold the outer frames as ``"U"`` and ``"V"`` and the values, from which the
    N-th roots of ``WWᵀ`` and ``WᵀW`` are known.
    """
    count = len(signs) - zeros
    turns = sum(n * (n - 1) // 2 for n in widths)

    def build(x: Sequence[Any]) -> Data:
        values, rest = [*x[:count], *[0] * zeros], iter(x[count:])
        turned = frames(rest, widths)
        return {
            "layers": balanced_between(values, turned, signs),
            "observed": observing(cells, rest),
            "values": tuple(values),
            "U": turned[-1],
            "V": turned[0],
        }

    kind = f"signs {' '.join('+' if s > 0 else '-' for s in signs)}" + (f", {zeros} zero" if zeros else "")
    return Domain(
        name=f"balanced, widths {' '.join(map(str, widths))}, {kind}, {len(cells)} observed",
        box=[(least, 1.5)] * count + [(-2, 2)] * (turns + len(cells)),
        build=build,
    )


def rooted(frame: Matrix, values: Sequence[Any]) -> Matrix:
    """``Q diag(v₁², …, 0, …) Qᵀ``: the N-th root of ``WWᵀ`` (with Q = U), or of ``WᵀW`` (with Q = V)."""
    squares = [x * x for x in values]
    return product(frame, diagonal([*squares, *[0] * (len(frame) - len(squares))]), transposed(frame))


def power(matrix: Matrix, exponent: int) -> Matrix:
    """A power, the zeroth being the identity."""
    unit = diagonal([1] * len(matrix))
    return product(unit, *[matrix] * exponent)


# ---------------------------------------------------------------------------------------------------------------------
# S1: balancedness


def imbalances(layers: Sequence[Matrix]) -> list[Matrix]:
    """``D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ``."""
    return [
        difference(product(transposed(upper), upper), product(lower, transposed(lower)))
        for lower, upper in pairwise(layers)
    ]


def imbalance_rates(layers: Sequence[Matrix], moved: Sequence[Matrix], *, twin: bool = False) -> Iterator[Matrix]:
    """Their rates by the product rule; for the twin those of the sums."""
    for l in range(len(layers) - 1):
        first = product(transposed(moved[l + 1]), layers[l + 1])
        second = product(moved[l], transposed(layers[l]))
        both = total(second, transposed(second))
        rate = total(first, transposed(first))
        yield total(rate, both) if twin else difference(rate, both)


def _zero(matrix: Matrix) -> Iterator[Assertion]:
    return (equal(x, 0) for row in matrix for x in row)


@flow.balancedness_is_conserved.hunt
def _(run: Run) -> Hunt:
    def conclusion(data: Data) -> Iterator[Assertion]:
        for rate in imbalance_rates(data["layers"], rates(data["layers"], seen(data)), twin=run.twin):
            yield from _zero(rate)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        return hunted(dump_problem(start_of(data)), (CONFORMING,), f"an entry moves at the rate {failing.left}")

    return entrywise_hunt(
        [free_domain(*one) for one in FREE],
        conclusion=conclusion,
        refuted=refuted,
        about="1e-9 less the largest rate of an entry of the imbalance, relatively",
    )


@flow.descent_drift.hunt
def _(run: Run) -> Hunt:
    def conclusion(data: Data) -> Iterator[Assertion]:
        layers, moved, step = data["layers"], rates(data["layers"], seen(data)), data["step"]
        after = [total(layer, scaled(step, rate)) for layer, rate in zip(layers, moved, strict=True)]
        order = 0 if run.twin else step * step
        for new, old, second in zip(imbalances(after), imbalances(layers), imbalances(moved), strict=True):
            yield from equal_matrices(difference(new, old), scaled(order, second))

    def refuted(data: Data, failing: Assertion) -> Evidence:
        return hunted(
            {"problem": dump_problem(start_of(data)), "step": data["step"]},
            (CONFORMING,),
            f"an entry of D changes by {failing.left}, not {failing.right}",
            kind="problem and step",
        )

    return entrywise_hunt(
        [free_domain(*one, step=(0, 1)) for one in FREE],
        conclusion=conclusion,
        refuted=refuted,
        about="1e-9 less the error of the drift in one step of descent, relatively",
    )


@flow.weight_decay.hunt
def _(run: Run) -> Hunt:
    """Rates with the decay against ``−2λD`` (the twin: ``−λD``), and those of the product with and without it."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        layers, decay = data["layers"], data["decay"]
        plain = rates(layers, seen(data))
        moved = [difference(rate, scaled(decay, layer)) for rate, layer in zip(plain, layers, strict=True)]
        share = -decay if run.twin else -2 * decay
        for rate, now in zip(imbalance_rates(layers, moved), imbalances(layers), strict=True):
            yield from equal_matrices(rate, scaled(share, now))
        if not run.twin:
            gained = difference(product_rate(layers, moved), product_rate(layers, plain))
            yield from equal_matrices(gained, scaled(-decay * len(layers), product(*reversed(layers))))

    def refuted(data: Data, failing: Assertion) -> Evidence:
        return hunted(
            {"problem": dump_problem(start_of(data)), "decay": data["decay"]},
            (CONFORMING,),
            f"an entry moves at the rate {failing.left}, not {failing.right}",
            kind="problem and decay",
        )

    return entrywise_hunt(
        [free_domain(*one, decay=(0, 2)) for one in FREE],
        conclusion=conclusion,
        refuted=refuted,
        about="1e-9 less the error of a rate with weight decay, relatively",
    )


# ---------------------------------------------------------------------------------------------------------------------
# S2: the flow of the product


def end_to_end_rate(left: Matrix, slope: Matrix, right: Matrix, depth: int) -> Matrix:
    """``−Σ_j left^{N−j} ∇l(W) right^{j−1}`` with N-th roots `left` of ``WWᵀ`` and `right` of ``WᵀW``."""
    terms = [product(power(left, depth - j), slope, power(right, j - 1)) for j in range(1, depth + 1)]
    whole = terms[0]
    for term in terms[1:]:
        whole = total(whole, term)
    return scaled(-1, whole)


def _roots_are_roots(data: Data) -> Iterator[Assertion]:
    """That the roots which the frames give are roots of ``WWᵀ`` and ``WᵀW``; both are positive semidefinite."""
    layers = data["layers"]
    whole = product(*reversed(layers))
    left, right = rooted(data["U"], data["values"]), rooted(data["V"], data["values"])
    yield from equal_matrices(power(left, len(layers)), product(whole, transposed(whole)))
    yield from equal_matrices(power(right, len(layers)), product(transposed(whole), whole))


@flow.end_to_end_flow.hunt
def _(run: Run) -> Hunt:
    """The product rule against the formula with roots that the frames give; for the twin W is a number at depth 2,
    where the root is its modulus, and the layers need not be balanced."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        layers, slope = data["layers"], residual(data["layers"], seen(data))
        rate = product_rate(layers, rates(layers, seen(data)))
        left, right = rooted(data["U"], data["values"]), rooted(data["V"], data["values"])
        yield from equal_matrices(rate, end_to_end_rate(left, slope, right, len(layers)))

    def unbalanced(data: Data) -> Iterator[Assertion]:
        layers = data["layers"]
        size = abs(product(*reversed(layers))[0][0])
        rate = product_rate(layers, rates(layers, seen(data)))[0][0]
        yield equal(rate, -2 * size * residual(layers, seen(data))[0][0])

    def refuted(data: Data, failing: Assertion) -> Evidence:
        violates = f"an entry of W moves at the rate {failing.left}, by the formula {failing.right}"
        return hunted(dump_problem(start_of(data)), (CONFORMING if run.twin else BALANCED,), violates)

    numbers = [free_domain(((width, 1), (1, width)), ((0, 0),)) for width in (1, 2)]
    return entrywise_hunt(
        numbers if run.twin else [balanced_domain(*one) for one in BALANCED_STARTS],
        requires=(lambda data: ()) if run.twin else _roots_are_roots,
        conclusion=unbalanced if run.twin else conclusion,
        refuted=refuted,
        about="1e-9 less the error of an entry of W', relatively",
    )


# ---------------------------------------------------------------------------------------------------------------------
# S5: rank and determinant, along flows

#: Until when flows are followed, and how far the float flow may be off.
TIME, FLOW_ERROR = Fraction(1), 1e-6


def observations(rows: int, columns: int, cells: Cells, *values: int) -> Observations:
    """Fixed observed values: a batch of flows has one loss."""
    return Observations(rows, columns, tuple((i, j, Fraction(y)) for (i, j), y in zip(cells, values, strict=True)))


def enclosed_at_the_end(
    judge: Callable[[Problem, Any], str | None], names: Sequence[str]
) -> Callable[[Problem], Evidence]:
    """A certificate by the enclosed state at `TIME`; `judge` says how it violates."""

    def certify(start: Problem) -> Evidence:
        from verify.rigorous import enclose_flow

        end = enclose_flow(start, time=TIME, digits=12)
        how = judge(start, end)
        if how is None:
            scope = Scope.instances("one candidate")
            return Evidence.undecided(kind="enclosure", scope=scope, detail="the enclosure agrees with the statement")
        return hunted(dump_problem(start), names, how, assurance=Assurance.ENCLOSED, product=end.product)

    return certify


def singular_beyond(found: Ends, rank: int) -> Any:
    """`FLOW_ERROR` less the largest singular value that a matrix of this rank has not, shape (count,)."""
    return FLOW_ERROR - found.singular_values()[:, rank]


def kept(found: Ends, at: Sequence[Any]) -> Any:
    """The determinant, with the sign that it had; where it was zero, how far it is from that."""
    import numpy as np

    before, after = np.linalg.det(found.start), found.determinant()
    return np.where(np.abs(before) > 1e-12, np.sign(before) * after + FLOW_ERROR, FLOW_ERROR - np.abs(after))


@flow.rank_and_sign.hunt
def _(run: Run) -> Hunt:
    """Flows from balanced starts of full rank and of less (for the twin from arbitrary ones), until the time 1."""
    razin_cohen = observations(2, 2, RAZIN_COHEN, 1, 1, 0)
    mixed = observations(2, 2, everywhere(2, 2), 1, -2, 2, -1)

    def chart(widths: Sequence[int], signs: Sequence[int], seen: Observations, zeros: int) -> Chart:
        domain = balanced_domain(widths, signs, (), zeros=zeros)
        rank = len(signs) - zeros
        square = rank == widths[0] == widths[-1]
        return flow_chart(
            domain.name + f", {len(seen.entries)} targets",
            domain.box,
            layers=lambda x: domain.build(x)["layers"],
            observations=seen,
            slack=kept if square else lambda found, at: singular_beyond(found, rank),
            horizon=float(TIME),
        )

    def free(shapes: Shapes, seen: Observations) -> Chart:
        domain = free_domain(shapes, ())
        return flow_chart(
            domain.name,
            domain.box,
            layers=lambda x: domain.build(x)["layers"],
            observations=seen,
            slack=kept,
            horizon=float(TIME),
        )

    if run.twin:
        charts: tuple[Chart, ...] = (
            free(((1, 1), (1, 1)), observations(1, 1, ((0, 0),), 1)),
            free(((2, 2), (2, 2)), razin_cohen),
        )
    else:
        charts = (
            chart((1, 2, 1), (1,), observations(1, 1, ((0, 0),), -1), 0),
            chart((2, 2, 2), (1, 1), razin_cohen, 0),
            chart((2, 3, 2, 2), (1, -1), mixed, 0),
            chart((2, 2, 2, 2, 2), (1, -1), razin_cohen, 0),
            chart((2, 2, 2), (1, 1), mixed, 1),
            chart((2, 2, 2, 2), (1, -1), razin_cohen, 1),
            chart((3, 2, 2), (1, 1), observations(2, 3, everywhere(2, 3), 1, -1, 2, 0, 1, -2), 1),
        )
    judge = enclosed_at_the_end(
        lambda start, end: flow.changed(start.product(), end.product),
        flow.rank_and_sign.hypotheses_of(twin=run.twin),
    )
    about = "det W(1) with the sign of det W(0), or minus a singular value that W(0) has not, plus 1e-6"
    return Hunt(charts=charts, certify=judge, noise=0.0, about=about)


@flow.stacked_rank.hunt
def _(run: Run) -> Hunt:
    """A hidden unit that is a combination of the others stays that combination: the layers' rates say so, for any
    combination, exactly when the column space of [W_2ᵀ W_1] is constant. The twin's flows start where W is singular."""

    def domain(hidden: int, cells: Cells) -> Domain:
        free = 2 * (hidden - 1)

        def build(x: Sequence[Any]) -> Data:
            below, above, shares = x[:free], x[free : 2 * free], x[2 * free : 2 * free + hidden - 1]
            lower, upper = matrices([*below, *above], ((hidden - 1, 2), (hidden - 1, 2)))
            last = product((tuple(shares),), lower)[0], product((tuple(shares),), upper)[0]
            return {
                "layers": ((*lower, last[0]), transposed((*upper, last[1]))),
                "observed": observing(cells, x[2 * free + hidden - 1 :]),
                "shares": tuple(shares),
            }

        box = [(-2, 2)] * (2 * free + hidden - 1 + len(cells))
        return Domain(name=f"{hidden} hidden units, {len(cells)} observed", box=box, build=build)

    def conclusion(data: Data) -> Iterator[Assertion]:
        lower, upper = rates(data["layers"], seen(data))
        for *others, last in (lower, transposed(upper)):
            yield from equal_matrices((last,), product((data["shares"],), tuple(others)))

    def refuted(data: Data, failing: Assertion) -> Evidence:
        violates = f"an entry of the dependent hidden unit moves at the rate {failing.left}, not {failing.right}"
        return hunted(dump_problem(start_of(data)), (CONFORMING,), violates)

    if not run.twin:
        return entrywise_hunt(
            [domain(hidden, cells) for hidden, cells in ((2, everywhere(2, 2)), (3, RAZIN_COHEN), (4, DIAGONAL))],
            conclusion=conclusion,
            refuted=refuted,
            about="1e-9 less how fast a hidden unit leaves the span of the others, relatively",
        )

    def singular(x: Sequence[Any]) -> tuple[Matrix, ...]:
        return ((x[0] * x[2], x[0] * x[3]), (x[1] * x[2], x[1] * x[3])), matrices(x[4:], ((2, 2),))[0]

    chart = flow_chart(
        "W_1 of rank 1 at most",
        [(-2, 2)] * 8,
        layers=singular,
        observations=observations(2, 2, RAZIN_COHEN, 1, 1, 0),
        slack=lambda found, at: singular_beyond(found, 1),
        horizon=float(TIME),
    )
    judge = enclosed_at_the_end(lambda start, end: flow.changed(start.product(), end.product), (CONFORMING,))
    return Hunt(charts=(chart,), certify=judge, noise=0.0, about="1e-6 less the smallest singular value of W(1)")


# ---------------------------------------------------------------------------------------------------------------------
# S13: existence


@flow.global_existence.hunt
def _(run: Run) -> Hunt:
    """Flows until the time 1. At depth N ≥ 2 that is every time: with ``θ → cθ`` and ``y → c^N y`` the flow is the same
    at the time ``c^{2−2N}t``."""
    share = Fraction(1, 2) if run.twin else Fraction(1)

    def chart(shapes: Shapes, targets: Observations) -> Chart:
        domain = free_domain(shapes, ())

        def slack(points: Floats) -> Floats:
            import numpy as np

            from verify.numeric.batch import integrate_batch

            count = len(points)
            starts = [stacked(layer, count) for layer in domain.build(list(points.T))["layers"]]
            zero = Problem(tuple(((Fraction(0),) * columns,) * rows for rows, columns in shapes), targets)
            end = integrate_batch(zero, starts, time=float(TIME), tolerance=1e-10, estimate=False, max_steps=600)
            whole = starts[0]
            for layer in starts[1:]:
                whole = layer @ whole
            loss = sum((whole[:, i, j] - float(y)) ** 2 for i, j, y in targets.entries) / 2
            moved = sum(((x - y) ** 2).sum(axis=(1, 2)) for x, y in zip(end.layers, starts, strict=True))
            room = (float(TIME * share) * loss - moved) / (1e-9 + loss)
            return np.where(end.time >= float(TIME), room + 1e-9, np.nan)

        return Chart(
            name=domain.name + f", {len(targets.entries)} targets",
            lower=tuple(low for low, _ in domain.box),
            upper=tuple(high for _, high in domain.box),
            data=lambda x: Problem(domain.build(x)["layers"], targets),
            slack=slack,
        )

    def judge(start: Problem, end: Any) -> str | None:
        square, bound = flow.squared_distance(start.layers, end.layers), share * TIME * loss_of(start)
        return f"the square of the distance is {square.text(12)}, above {bound}" if square.lower > bound else None

    one = observations(1, 1, ((0, 0),), 1)
    charts = (
        chart(((1, 1),), one),
        chart(((1, 1), (1, 1)), one),
        chart(((3, 2), (2, 3)), observations(2, 2, RAZIN_COHEN, 1, 1, 0)),
        chart(((2, 2),) * 3, observations(2, 2, everywhere(2, 2), 1, -2, 2, -1)),
        chart(((1, 1),) * 4, one),
    )
    certify = enclosed_at_the_end(judge, (NONNEGATIVE,))
    about = "(bound − squared distance) over the loss at the start, at the time 1"
    return Hunt(charts=charts, certify=certify, noise=0.0, about=about)
