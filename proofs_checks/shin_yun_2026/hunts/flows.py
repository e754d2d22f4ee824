"""Where to look for counterexamples among flows of depth 2, balanced flows, and starts that stand apart.

The claims are proved. Here limits are those of flows that are followed, rates those of the program: no closed form and
no invariance is used but the one that is being tested. ``verify hunt SLUG``, for the negative twin ``--twin``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

from proofs_checks.common import hunted
from proofs_checks.second_paths import coupled_at_start, exact_determinant, kernel_entry
from proofs_checks.shin_yun_2026 import coupling, depth_two, determinant, menon
from proofs_checks.shin_yun_2026.hunts.coupling import (
    DIAGONAL,
    LIMIT_ERROR,
    differences,
    judged,
    kernel,
    told,
    where_fitted,
)
from verify.arithmetic import Ball
from verify.claims import Assurance, Evidence, Run
from verify.models import Observations, Problem, dump_problem
from verify.search.charts import Matrix, balanced, matrices, orthogonal, product, stacked, total, transposed
from verify.search.charts import family as family_layers
from verify.search.entrywise import (
    Assertion,
    Data,
    Domain,
    at_least,
    entrywise_hunt,
    equal,
    equal_matrices,
    problem,
    product_rate,
    rates,
)
from verify.search.flows import HORIZON, Ends, flow_chart, joined
from verify.search.hunt import Chart, Hunt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from verify.rigorous import Limit

    Floats = NDArray[np.float64]

Judgement = tuple[bool, str, dict[str, Any]]
#: To this time float64 follows flows that the exact flow keeps near a saddle.
_UNSTABLE = Fraction(2)
#: Rounding pushes slow flows off a saddle, and out of a hyperplane that the exact flow keeps.
_STEADY = 12.0


def seen_diagonal(*values: object) -> Observations:
    """The diagonal observed, with these values."""
    return Observations(len(values), len(values), tuple((k, k, Fraction(str(y))) for k, y in enumerate(values)))


def sentence(what: str, sign: str, bound: Fraction, value: Ball) -> dict[str, Any]:
    """A sentence about a limit as the second path of this paper reads it (:mod:`.violations`)."""
    return {"quantity": what, "sign": sign, "bound": bound, "value": value}


def between(low: Fraction, high: Fraction) -> Fraction:
    """A short number strictly between two others."""
    places = 1
    while True:
        found = Fraction(low * places // 1 + 1) / places
        if found < high:
            return found
        places *= 10


# ---------------------------------------------------------------------------------------------------------------------
# Depth 2: the limit in closed form


def closed_limit(layers: Sequence[Matrix], values: Sequence[Any], root: Callable[[Any], Any]) -> Matrix:
    """The claimed limit of depth 2 from any start, for arrays or balls alike."""
    lower, upper = layers
    grown, shrunk = [], []
    for row, column, w in zip(upper, transposed(lower), values, strict=True):
        u = [(x + y) / 2 for x, y in zip(row, column, strict=True)]
        v = [(x - y) / 2 for x, y in zip(row, column, strict=True)]
        first, second = (sum((x * x for x in vector), 0) for vector in (u, v))
        factor = root((root(w * w + 4 * first * second) + w) / (2 * first))
        grown.append(tuple(factor * x + y / factor for x, y in zip(u, v, strict=True)))
        shrunk.append(tuple(factor * x - y / factor for x, y in zip(u, v, strict=True)))
    return product(tuple(grown), transposed(tuple(shrunk)))


def nuclear_bounds(layers: Sequence[Matrix], values: Sequence[Any], root: Callable[[Any], Any]) -> tuple[Any, Any]:
    """``Σ|w_i|`` and ``Σ√(w_i² + 4|u_i|²|v_i|²)``."""
    lower, upper = layers
    most: Any = 0
    for row, column, w in zip(upper, transposed(lower), values, strict=True):
        first = sum(((x + y) * (x + y) for x, y in zip(row, column, strict=True)), 0)
        second = sum(((x - y) * (x - y) for x, y in zip(row, column, strict=True)), 0)
        most = most + root(w * w + first * second / 4)
    return sum(abs(w) for w in values), most


def _moves(start: Problem) -> bool:
    """u_i ≠ 0, and v_i ≠ 0 where w_i ≤ 0."""
    lower, upper = start.layers
    values = [y for _, _, y in start.observations.entries]
    rows = zip(upper, transposed(lower), values, strict=True)
    return all(
        any(x + y for x, y in zip(row, column, strict=True))
        and (w > 0 or any(x != y for x, y in zip(row, column, strict=True)))
        for row, column, w in rows
    )


def _any_start(width: int, values: Sequence[object], twin: bool) -> Chart:
    size = len(values)
    targets = [float(Fraction(str(y))) for y in values]

    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        return matrices(x, ((width, size), (size, width)))

    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        claimed = stacked(closed_limit(layers(at), targets, np.sqrt), len(found.product))
        if twin:
            claimed = claimed.swapaxes(1, 2)
        scale = 1 + np.abs(found.product).max(axis=(1, 2))
        room = -np.abs(found.product - claimed).max(axis=(1, 2))
        if not twin:
            least, most = nuclear_bounds(layers(at), targets, np.sqrt)
            norm = found.singular_values().sum(axis=1)
            room = np.minimum(room, np.minimum(norm - least, most - norm))
        return room / scale + LIMIT_ERROR

    return flow_chart(
        f"{size} by {size}, hidden width {width}, values {', '.join(map(str, values))}",
        [(-2, 2)] * (2 * size * width),
        layers=layers,
        observations=seen_diagonal(*values),
        slack=where_fitted(slack),
        requires=_moves,
    )


@depth_two.depth_two_from_any_start.hunt
def _(run: Run) -> Hunt:
    """All entries of both layers are free. The part about vanishing scale is a limit of the first part's formula: no
    single start contradicts it."""

    def judge(start: Problem, limit: Limit) -> Judgement:
        from flint import arb

        from verify.arithmetic import precision
        from verify.arithmetic.convert import to_arb

        values = [y for _, _, y in start.observations.entries]
        with precision(128):
            layers = [tuple(tuple(to_arb(x) for x in row) for row in layer) for layer in start.layers]
            balls = [to_arb(y) for y in values]
            closed = [[Ball.from_arb(x) for x in row] for row in closed_limit(layers, balls, arb.sqrt)]
            least, most = nuclear_bounds(layers, balls, arb.sqrt)
            below, beyond = (Ball.from_arb(arb(x)) for x in (least, most))
        if run.twin:
            closed = [list(row) for row in zip(*closed, strict=True)]
        for i, row in enumerate(limit.product):
            for j, x in enumerate(row):
                if x.overlaps(closed[i][j]):
                    continue
                sign = "<" if x.lower > closed[i][j].upper else ">"
                gap = (closed[i][j].upper, x.lower) if sign == "<" else (x.upper, closed[i][j].lower)
                said = sentence(f"entry {i} {j}", sign, between(*gap), x)
                return True, f"entry {i} {j} is {x.text(8)}, by the formula {closed[i][j].text(8)}", said
        norm = Ball(*(sum((getattr(x, k) for x in limit.singular_values), Fraction(0)) for k in ("mid", "rad")))
        wrong = not run.twin and (norm.upper < below.lower or norm.lower > beyond.upper)
        return wrong, f"nuclear norm {norm.text(8)}, bounds {below.text(8)} and {beyond.text(8)}", {"norm": norm}

    kinds: Sequence[tuple[int, Sequence[object]]] = (
        (2, (1, 1)),
        (1, (1, 2)),
        (3, (2, -1)),
        (2, (0, 1)),
        (2, (1, 1, 3)),
    )
    return Hunt(
        charts=tuple(_any_start(width, values, run.twin) for width, values in kinds[: 1 if run.twin else None]),
        certify=judged(judge, (depth_two.DEPTH_TWO,)),
        noise=0.0,
        about="1e-5 less the relative error of the closed form; room to the bounds of the nuclear norm",
    )


def _reflected_share(start: Any, *, twin: bool, root: Callable[[Any], Any]) -> Any:
    """``sin²(2θ)``, of the twin ``sin²θ``, for the reflection of ``W = RP`` with negative determinant.

    ``W − cof W = tr(P) R``, since ``cof W = −|det P| R P^{−1}`` and ``P + |det P|P^{−1} = tr(P) I``; and
    ``R = [[cos 2θ, sin 2θ], [sin 2θ, −cos 2θ]]``.
    """
    (a, b), (c, d) = start
    whole = (b + c) * (b + c) + (a - d) * (a - d)
    return (1 - (a - d) / root(whole)) / 2 if twin else (b + c) * (b + c) / whole


@depth_two.depth_two_determinant_law.hunt
def _(run: Run) -> Hunt:
    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        return balanced(x[:2], x[2:3], x[3:4], 2, signs=(1, -1))

    def chart(value: object) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            start = product(*reversed(layers(at)))
            volume = start[0][0] * start[1][1] - start[0][1] * start[1][0]
            law = volume * _reflected_share(start, twin=run.twin, root=np.sqrt)
            return LIMIT_ERROR - np.abs(found.determinant() - law) / (1 + np.abs(law))

        return flow_chart(
            f"negative determinant, value {value}",
            [(0.05, 1.5), (0.05, 1.5), (-2, 2), (-2, 2)],
            layers=layers,
            observations=seen_diagonal(value, value),
            slack=where_fitted(slack),
            requires=lambda start: start.product()[0][1] + start.product()[1][0] != 0,
            horizon=_STEADY,
        )

    def judge(start: Problem, limit: Limit) -> Judgement:
        from verify.numeric.iterate import rational_root

        def root(square: Fraction) -> Fraction:
            found = rational_root(square)
            assert found is not None  # tr P, a sum of two squares of rational singular values
            return found

        whole, end = start.product(), limit.determinant
        assert end is not None
        law = exact_determinant(whole) * _reflected_share(whole, twin=run.twin, root=root)
        return (
            not end.contains(law),
            f"det W(∞) = {end.text(8)}, the law has {law}",
            sentence("determinant", "=", law, end),
        )

    return Hunt(
        charts=tuple(chart(value) for value in (1, 2, "1/3")),
        certify=judged(judge, depth_two.depth_two_determinant_law.hypotheses_of(twin=run.twin)),
        noise=0.0,
        about="1e-5 less the relative error of the law",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Depth 2: invariant subspaces

Vector = tuple[Any, ...]


def _inner(first: Sequence[Any], second: Sequence[Any]) -> Any:
    return sum((x * y for x, y in zip(first, second, strict=True)), 0)


def _in_subspaces(
    name: str,
    width: int,
    cells: Sequence[tuple[int, int]],
    *,
    rows: Sequence[int | None],
    columns: Sequence[int | None],
    dimensions: Sequence[int],
) -> Domain:
    """Depth 2, row i of A in the subspace of part ``rows[i]``, column j of B in that of ``columns[j]``.

    The subspace of a part is spanned by the first vectors of a rotated frame, the others are its normals. A row or
    column of no part (None) is free, and every direction is normal to the zero rate that is claimed for it.
    """
    angles = width * (width - 1) // 2
    free = sum(width if part is None else dimensions[part] for part in (*rows, *columns))

    def build(x: Sequence[Any]) -> Data:
        rest = iter(x)
        frames = [transposed(orthogonal([next(rest) for _ in range(angles)], width)) for _ in dimensions]

        def vector(part: int | None) -> Vector:
            if part is None:
                return tuple(next(rest) for _ in range(width))
            weights = [next(rest) for _ in range(dimensions[part])]
            return tuple(_inner(weights, entries) for entries in zip(*frames[part][: len(weights)], strict=True))

        def normals(part: int | None) -> Matrix:
            if part is None:
                return tuple(tuple(int(i == j) for j in range(width)) for i in range(width))
            return frames[part][dimensions[part] :]

        upper, lower = (tuple(vector(part) for part in parts) for parts in (rows, columns))
        return {
            "layers": (transposed(lower), upper),
            "observed": tuple((i, j, next(rest)) for i, j in cells),
            "normals to rows": tuple(normals(part) for part in rows),
            "normals to columns": tuple(normals(part) for part in columns),
        }

    box = [(-1, 1)] * (angles * len(dimensions)) + [(-2, 2)] * (free + len(cells))
    return Domain(name=name, box=box, build=build)


def _observed(data: Data) -> dict[tuple[int, int], Any]:
    return {(i, j): y for i, j, y in data["observed"]}


def _as_problem(data: Data) -> dict[str, Any]:
    return dump_problem(problem(data["layers"], _observed(data)))


@depth_two.invariant_subspaces.hunt
def _(run: Run) -> Hunt:
    """The field is tangent to the subspaces at each of their points, so the flow stays in them."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        lower, upper = rates(data["layers"], _observed(data))
        groups = [(upper, data["normals to rows"])]
        if not run.twin:
            groups.append((transposed(lower), data["normals to columns"]))
        for vectors, normals in groups:
            for vector, across in zip(vectors, normals, strict=True):
                yield from (equal(_inner(vector, normal), 0) for normal in across)
            if run.twin:  # the second path looks at the first row
                break

    def refuted(data: Data, failing: Assertion) -> Evidence:
        first = data["normals to rows"][0]
        enclosed = {"normal": first[0]} if first else {}
        names = depth_two.invariant_subspaces.hypotheses_of(twin=run.twin)
        return hunted(_as_problem(data), names, f"a rate across a subspace is {failing.left}", **enclosed)

    domains = (
        _in_subspaces("two lines in a plane", 2, ((0, 0), (1, 1)), rows=(0, 1), columns=(0, 1), dimensions=(1, 1)),
        _in_subspaces(
            "one plane, connected", 3, ((0, 0), (0, 1), (1, 1)), rows=(0, 0), columns=(0, 0), dimensions=(2,)
        ),
        _in_subspaces(
            "a plane and a line, rectangular, one row and one column unobserved",
            3,
            ((0, 0), (0, 1), (2, 1), (1, 2)),
            rows=(0, 1, 0, None),
            columns=(0, 0, 1, None),
            dimensions=(2, 1),
        ),
    )
    apart = _in_subspaces(
        "two lines, connected", 2, ((0, 0), (0, 1), (1, 1)), rows=(0, 1), columns=(0, 1), dimensions=(1, 1)
    )
    return entrywise_hunt(
        (apart,) if run.twin else domains,
        conclusion=conclusion,
        refuted=refuted,
        about="1e-9 less the relative size of a rate across its subspace",
    )


# ---------------------------------------------------------------------------------------------------------------------
# First integrals


def _square(name: str, depth: int, size: int, observe: str) -> Domain:
    cells = Observations.parse(observe, size).positions

    def build(x: Sequence[Any]) -> Data:
        layers = matrices(x, ((size, size),) * depth)
        return {"layers": layers, "observed": tuple((i, j, 1) for i, j in cells), "case": name}

    return Domain(name=name, box=[(-2, 2)] * (depth * size * size), build=build)


def _gram_rate(first: Matrix, second: Matrix) -> Matrix:
    """The rate of ``X Xᵀ`` where X' is the second one."""
    half = product(second, transposed(first))
    return total(half, transposed(half))


def _pairs(matrix: Matrix, rate: Matrix) -> list[tuple[Vector, Vector]]:
    return list(zip(matrix, rate, strict=True))


def _planes(layers: Sequence[Matrix], moved: Sequence[Matrix]) -> Iterator[Assertion]:
    """Depth 2, diagonal observations: ``a aᵀ − b bᵀ`` and ``a ∧ b`` of row a_i and column b_i are constant."""
    rows, columns = _pairs(layers[1], moved[1]), _pairs(transposed(layers[0]), transposed(moved[0]))
    for (a, da), (b, db) in zip(rows, columns, strict=True):
        yield from equal_matrices(_gram_rate(_column(a), _column(da)), _gram_rate(_column(b), _column(db)))
        yield equal(da[0] * b[1] + a[0] * db[1], da[1] * b[0] + a[1] * db[0])


def _column(vector: Vector) -> Matrix:
    return tuple((x,) for x in vector)


def _balances(layers: Sequence[Matrix], moved: Sequence[Matrix]) -> Iterator[Assertion]:
    """Every imbalance ``W_{l+1}ᵀW_{l+1} − W_lW_lᵀ`` is constant."""
    for l in range(len(layers) - 1):
        above_it = _gram_rate(transposed(layers[l + 1]), transposed(moved[l + 1]))
        yield from equal_matrices(above_it, _gram_rate(layers[l], moved[l]))


def _outer_ends(layers: Sequence[Matrix], moved: Sequence[Matrix]) -> Iterator[Assertion]:
    """Diagonal observations: ``|row i of W_L|² − |column i of W_1|²`` is constant."""
    rows, columns = _pairs(layers[-1], moved[-1]), _pairs(transposed(layers[0]), transposed(moved[0]))
    for (a, da), (b, db) in zip(rows, columns, strict=True):
        yield equal(_inner(a, da), _inner(b, db))


@depth_two.all_quadratic_first_integrals.hunt
def _(run: Run) -> Hunt:
    """The listed integrals move nowhere. That there are no more of them is a rank, which no single state contradicts
    (at generic states the derivation's equations have the rank that it says)."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        layers, moved = data["layers"], rates(data["layers"], _observed(data))
        if run.twin:
            yield equal(layers[0][1][0] * moved[0][1][0], layers[1][0][1] * moved[1][0][1])
            return
        yield from _balances(layers, moved)
        if "diagonal" in data["case"]:
            yield from _outer_ends(layers, moved)
            if len(layers) == 2:
                yield from _planes(layers, moved)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        detail = f"rates that should be equal are {failing.left} and {failing.right}"
        return hunted(_as_problem(data), (depth_two.SQUARE_LAYERS,), detail)

    domains = [_square(name, *kind[:3]) for name, kind in depth_two.INTEGRALS.items()]
    return entrywise_hunt(
        domains[:1] if run.twin else domains,
        conclusion=conclusion,
        refuted=refuted,
        about="1e-9 less the relative error of two rates that should be equal",
    )


# ---------------------------------------------------------------------------------------------------------------------
# The determinant of balanced flows


def volume(matrix: Matrix) -> Any:
    """The determinant by Leibniz' formula, for arrays and fractions alike."""
    result: Any = 0
    for order in permutations(range(len(matrix))):
        inversions = sum(order[j] > order[i] for i in range(len(order)) for j in range(i))
        term: Any = -1 if inversions % 2 else 1
        for i, j in enumerate(order):
            term = term * matrix[i][j]
        result = result + term
    return result


def volume_rate(matrix: Matrix, rate: Matrix) -> Any:
    """How the determinant moves: it is linear in each row."""
    return sum((volume((*matrix[:i], row, *matrix[i + 1 :])) for i, row in enumerate(rate)), 0)


def _balanced_data(depth: int, size: int, sign: int) -> Domain:
    """Balanced layers with the singular vectors and the roots of the singular values of their product, largest first;
    the diagonal observed, with free values."""
    angles = size * (size - 1) // 2

    def build(x: Sequence[Any]) -> Data:
        rest = iter(x)
        values: list[Any] = []
        for _ in range(size):
            step = next(rest)
            values.insert(0, step + values[0] if values else step)
        first, last = ([next(rest) for _ in range(angles)] for _ in range(2))
        signs = [1] * (size - 1) + [sign]
        left = transposed(orthogonal(last, size))
        return {
            "layers": balanced(values, first, last, depth, signs=signs),
            "observed": tuple((i, i, next(rest)) for i in range(size)),
            "roots": tuple(values),
            "left": tuple(tuple(s * x for x in row) for s, row in zip(signs, left, strict=True)),
            "right": transposed(orthogonal(first, size)),
        }

    box = [(0.05, 1.0)] * size + [(-2, 2)] * (2 * angles) + [(0.1, 3)] * size
    return Domain(name=f"rates, depth {depth}, {size} by {size}, sign {sign}", box=box, build=build)


def _logarithm_moves(data: Data) -> Iterator[Assertion]:
    layers, observed, depth = data["layers"], _observed(data), len(data["layers"])
    whole = product(*reversed(layers))
    slope = [whole[i][i] - y for (i, _), y in observed.items()]
    claimed: Any = 0
    for root, u, v in zip(data["roots"], data["left"], data["right"], strict=True):
        claimed = claimed + root ** (depth - 2) * sum((x * g * y for x, g, y in zip(u, slope, v, strict=True)), 0)
    yield equal(volume_rate(whole, product_rate(layers, rates(layers, observed))), -depth * volume(whole) * claimed)
    yield at_least(data["roots"][0] ** (depth - 2) * sum(abs(g) for g in slope), abs(claimed))


@determinant.rank_is_kept_in_the_limit.hunt
def _(run: Run) -> Hunt:
    """Singular vectors and values are known by construction, so the rate of the determinant is compared exactly; limits
    are followed and certified. Values of both signs. The twin's starts have free layers."""

    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        before, after = np.linalg.det(found.start), found.determinant()
        return np.where(np.abs(before) > 1e-9, after * np.sign(before), np.nan) + LIMIT_ERROR

    def chart(name: str, values: Sequence[object], depth: int, sign: int = 1) -> Chart:
        n = len(values)
        angles = n * (n - 1) // 2

        def of(x: Sequence[Any]) -> tuple[Matrix, ...]:
            return balanced(x[:n], x[n : n + angles], x[n + angles :], depth, signs=[1] * (n - 1) + [sign])

        return flow_chart(
            name if run.twin else f"{name}, depth {depth}, values {', '.join(map(str, values))}, sign {sign}",
            [(-2, 2)] * (depth * n * n) if run.twin else [(0.1, 1.2)] * n + [(-2, 2)] * (2 * angles),
            layers=(lambda x: matrices(x, ((n, n),) * depth)) if run.twin else of,
            observations=seen_diagonal(*values),
            slack=where_fitted(slack),
            requires=lambda start: exact_determinant(start.product()) != 0,
            horizon=_STEADY,
        )

    def judge(start: Problem, limit: Limit) -> Judgement:
        before, after = exact_determinant(start.product()), limit.determinant
        assert after is not None
        wrong = after.upper < 0 if before > 0 else after.lower > 0
        return wrong, f"det W(0) = {before}, det W(∞) = {after.text(8)}", {"determinant": after}

    names = (determinant.FULL, determinant.SEEN, determinant.FITS)
    if run.twin:
        return Hunt(charts=(chart("free layers", (1, 1), 2),), certify=judged(judge, names), noise=0.0)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        how = "by construction, exactly; a rate at the start asks for no limit"
        detail = f"of the determinant's rate: {failing}"
        return hunted(_as_problem(data), (determinant.BALANCED, *names), detail, how=how, part=determinant.MOVES)

    moves = entrywise_hunt(
        [_balanced_data(*kind) for kind in ((2, 2, -1), (3, 2, 1), (3, 3, -1), (4, 3, 1))],
        conclusion=_logarithm_moves,
        refuted=refuted,
        about="the relative error of the determinant's rate, and room to its bound",
    )
    kinds: Sequence[tuple[Sequence[object], int, int]] = (
        ((1, 1), 2, -1),
        ((1, 2), 3, 1),
        ((1, -1), 3, -1),
        ((2, 1), 4, -1),
        ((1, 1, 1), 2, 1),
        ((1, 2, 1), 3, -1),
    )
    ended = Hunt(
        charts=tuple(chart("limits", *kind) for kind in kinds),
        certify=judged(judge, (determinant.BALANCED, *names)),
        noise=0.0,
        about="det W(∞), times the start's sign, plus 1e-5",
    )
    return joined(moves, ended)


# ---------------------------------------------------------------------------------------------------------------------
# Menon's problem: starts that stand apart


def _turned(depth: int, slack: Callable[[Ends], Any], *, size: int = 2) -> Chart:
    """Conformal products: equal singular values, and any two rotations."""
    return flow_chart(
        f"conformal, depth {depth}",
        [(0.1, 1.3), (-3, 3), (-3, 3)],
        layers=lambda x: balanced((x[0], x[0]), x[1:2], x[2:3], depth),
        observations=DIAGONAL,
        slack=where_fitted(lambda found, at: slack(found)),
        requires=lambda start: start.product()[1][0] != 0,
        horizon=_STEADY,
    )


def _negative(depth: int, size: int) -> Chart:
    """Symmetric negative semidefinite products, followed for a while: the exact flow may rest at a saddle, which
    float64 leaves."""
    angles = size * (size - 1) // 2

    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        entries = np.diagonal(found.product, axis1=1, axis2=2)
        return ((entries - 1) ** 2).sum(axis=1) / size - 1 + LIMIT_ERROR

    return flow_chart(
        f"negative semidefinite, depth {depth}, {size} by {size}",
        [(0, 1.2)] * size + [(-2, 2)] * angles,
        layers=lambda x: balanced(x[:size], x[size:], x[size:], depth, signs=[-1] * size),
        observations=Observations.diagonal(size),
        slack=slack,
        horizon=float(_UNSTABLE),
    )


def _line(depth: int) -> Chart:
    """``λ e₁e₁ᵀ``, with rotations between the layers."""

    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        zero = 0 * x[0]
        core = ((x[0], zero), (zero, zero))
        turns = [((1, 0), (0, 1)), *(orthogonal((t,), 2) for t in x[1:]), ((1, 0), (0, 1))]
        return tuple(product(turns[l + 1], core, transposed(turns[l])) for l in range(depth))

    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        return LIMIT_ERROR - np.abs(found.product - np.array([[1.0, 0.0], [0.0, 0.0]])).max(axis=(1, 2))

    return flow_chart(
        f"rank one, depth {depth}",
        [(0.5, 2)] + [(-2, 2)] * (depth - 1),
        layers=layers,
        observations=DIAGONAL,
        slack=slack,
        horizon=8.0,
    )


def _frozen(found: Ends) -> Any:
    """The largest error of ``[[1, −q], [q, 1]]``."""
    import numpy as np

    q = found.start[:, 1, 0]
    off = np.maximum(np.abs(found.product[:, 1, 0] - q), np.abs(found.product[:, 0, 1] + q))
    return LIMIT_ERROR - off / (1 + np.abs(q))


@menon.exceptional_starts.hunt
def _(run: Run) -> Hunt:
    """The three kinds, each by construction. A loss below its floor at some time would contradict the second and
    the third."""
    from verify.rigorous import enclose_flow

    names = menon.exceptional_starts.hypotheses_of(twin=run.twin)

    def certify(start: Problem) -> Evidence:
        (a, b), (c, d) = (row[:2] for row in start.product()[:2])
        if a == d and b == -c and c and len(start.product()) == 2:
            return judged(judge, names)(start)
        floor = Fraction(1, 2) if a > 0 else Fraction(len(start.product()), 2)
        end = enclose_flow(start, time=_UNSTABLE, digits=10).product
        seen = [end[i][i] for i in range(len(end))]
        most = sum((max(abs(x.lower - 1), abs(x.upper - 1)) ** 2 for x in seen), Fraction(0)) / 2
        wrong, detail = most < floor, f"at time {_UNSTABLE} the loss is at most {float(most):.8f}, and it only falls"
        return told(wrong, detail, start, names, assurance=Assurance.ENCLOSED)

    def judge(start: Problem, limit: Limit) -> Judgement:
        entry, other, q = limit.product[1][0], limit.product[0][1], start.product()[1][0]
        detail = f"w_21 = {entry.text(8)}, w_12 = {other.text(8)}, q = {q}"
        if run.twin:
            return not entry.contains(0), detail, sentence("entry 1 0", "=", Fraction(0), entry)
        return not (entry.contains(q) and other.contains(-q)), detail, sentence("entry 1 0", "=", q, entry)

    def alone(found: Ends) -> Any:
        import numpy as np

        return LIMIT_ERROR - np.abs(found.product[:, 1, 0])

    charts = (
        *(_turned(depth, _frozen) for depth in (2, 3, 4)),
        *(_negative(depth, size) for depth, size in ((2, 2), (3, 2), (2, 3))),
        *(_line(depth) for depth in (2, 3, 4)),
    )
    return Hunt(
        charts=(_turned(3, alone),) if run.twin else charts,
        certify=certify,
        noise=0.0,
        about="1e-5 less the error of the limit; of negative semidefinite starts 2ℓ/n − 1",
    )


def _mirrored(x: Sequence[Any], depth: int) -> tuple[Matrix, ...]:
    """``w_12 = −w_21`` and a positive determinant: ``W = R(−t) diag(d^L) R(t)ᵀ``, since ``DW`` is symmetric."""
    return balanced(x[:2], x[2:3], [-t for t in x[2:3]], depth)


@menon.reflected_flow.hunt
def _(run: Run) -> Hunt:
    """On the hyperplane: limits, and coupling at the start. Beside it: on which side the limit is."""

    def on_it(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        apart = np.abs(found.product[:, 0, 1] + found.product[:, 1, 0])
        return np.minimum(found.determinant() - 1, -apart) + LIMIT_ERROR

    def beside(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        before, after = (x[:, 0, 1] + x[:, 1, 0] for x in (found.start, found.product))
        return np.where(np.abs(before) > 1e-6, after * np.sign(before), np.nan) + LIMIT_ERROR

    def flow(name: str, depth: int, slack: Callable[[Ends, Sequence[Any]], Any], *, mirrored: bool) -> Chart:
        return flow_chart(
            f"{name}, depth {depth}",
            [(0.1, 1.3), (0.1, 1.3), (-2, 2)] + ([] if mirrored else [(-2.0, 2.0)]),
            layers=lambda x: _mirrored(x, depth) if mirrored else balanced(x[:2], x[2:3], x[3:4], depth),
            observations=DIAGONAL,
            slack=where_fitted(slack),
            horizon=_STEADY if mirrored else HORIZON,
        )

    def coupled(depth: int) -> Chart:
        def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
            return _mirrored(x, depth)

        def slack(points: Floats) -> Floats:
            import numpy as np

            starts = [stacked(layer, len(points)) for layer in layers(list(points.T))]
            whole = starts[0]
            for layer in starts[1:]:
                whole = layer @ whole
            tilted = np.abs(whole[:, 0, 0] - whole[:, 1, 1]) * np.abs(whole[:, 1, 0])
            cosine = np.abs(differences(starts, (0, 0), (1, 1))) / kernel(starts, (0, 0), (0, 0))
            return np.where(tilted > 1e-3, cosine - 1e-12, np.nan)

        return Chart(
            name=f"coupling, depth {depth}",
            lower=(0.1, 0.1, -2),
            upper=(1.3, 1.3, 2),
            data=lambda x: Problem(layers(x), DIAGONAL),
            slack=slack,
        )

    def certify(start: Problem) -> Evidence:
        names = menon.reflected_flow.hypotheses_of(twin=run.twin)
        (a, b), (c, d) = start.product()
        if not run.twin and start.depth > 2 and b == -c and a != d and c and coupled_at_start(start) is None:
            return told(True, "no pair is coupled at the start", start, names, assurance=Assurance.PROVED)
        return judged(judge, names)(start)

    def judge(start: Problem, limit: Limit) -> Judgement:
        (_, b), (c, _) = start.product()
        first, second, end = limit.product[0][1], limit.product[1][0], limit.determinant
        assert end is not None
        if run.twin:
            most = Fraction(99, 100)
            return end.upper <= most, f"det W(∞) = {end.text(8)}", sentence("determinant", ">", most, end)
        side = Ball(first.mid + second.mid, first.rad + second.rad)
        wrong = side.upper < 0 if b + c > 0 else side.lower > 0 if b + c < 0 else not side.contains(0) or end.upper < 1
        detail = f"w_12 + w_21 is {b + c} at the start, {side.text(8)} at the limit; det W(∞) = {end.text(8)}"
        return wrong, detail, {"side": side, "determinant": end}

    if run.twin:
        slack = lambda found, at: found.determinant() - 0.99 + LIMIT_ERROR  # noqa: E731
        return Hunt(charts=(flow("any balanced start", 3, slack, mirrored=False),), certify=certify, noise=0.0)
    charts = (
        *(flow("on the hyperplane", depth, on_it, mirrored=True) for depth in (2, 3, 4)),
        *(flow("beside it", depth, beside, mirrored=False) for depth in (2, 3)),
        *(coupled(depth) for depth in (3, 4, 5)),
    )
    return Hunt(
        charts=charts,
        certify=certify,
        noise=0.0,
        about="det W(∞) − 1; the side of the hyperplane that was kept; the kernel's entry over its diagonal one",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Coupling


@coupling.almost_every_start_is_coupled.hunt
def _(run: Run) -> Hunt:
    """Positive weights: there the kernel, a polynomial in the weights without negative coefficients, vanishes only if
    it is the zero polynomial, and then at every start. The inner products are those of differences of the product."""
    Cell = tuple[int, int]

    def chart(widths: Sequence[int], first: Cell, second: Cell) -> Chart:
        shapes = tuple((rows, columns) for columns, rows in pairwise(widths))
        size = sum(rows * columns for rows, columns in shapes)
        seen = Observations(widths[-1], widths[0], ((*first, Fraction(1)), (*second, Fraction(1))))

        def slack(points: Floats) -> Floats:
            layers = [stacked(layer, len(points)) for layer in matrices(list(points.T), shapes)]
            found: Floats = differences(layers, first, second) / differences(layers, first, first) - 1e-9
            return found

        return Chart(
            name=f"widths {', '.join(map(str, widths))}, entries {first} and {second}",
            lower=(0.1,) * size,
            upper=(2,) * size,
            data=lambda x: Problem(matrices(x, shapes), seen),
            slack=slack,
        )

    def certify(start: Problem) -> Evidence:
        value = kernel_entry(start, *start.observations.positions)
        detail = f"the inner product of the gradients is {value} at positive weights"
        names = coupling.almost_every_start_is_coupled.hypotheses_of(twin=run.twin)
        return told(value <= 0, detail, start, names, assurance=Assurance.PROVED)

    deep = (
        ((2, 2, 2, 2), (0, 0), (1, 1)),
        ((2, 1, 3, 2), (0, 1), (1, 0)),
        ((3, 2, 1, 2), (0, 0), (1, 2)),
        ((2, 3, 2, 3), (0, 1), (2, 1)),
        ((2, 2, 2, 2, 2), (0, 0), (0, 1)),
        ((3, 2, 2, 1, 2, 2), (0, 0), (1, 1)),
    )
    shallow = (((2, 2, 2), (0, 0), (1, 1)), ((3, 2, 2), (0, 1), (1, 2)))
    return Hunt(
        charts=tuple(chart(*kind) for kind in (shallow if run.twin else deep)),
        certify=certify,
        noise=0.0,
        about="the kernel's entry over a diagonal one, less 1e-9",
    )


@coupling.rank_one_although_decoupled.hunt
def _(run: Run) -> Hunt:
    """All entries α: any scale, several sizes and values. The twin's members have m = 2."""

    def chart(n: int, s: int, value: object) -> Chart:
        seen = Observations.block_diagonal(n, s, value)

        def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
            core = family_layers(n, 2 if run.twin else 1, x[0], 2)[0]
            wide = tuple(tuple(core[i // s][j // s] for j in range(n * s)) for i in range(n * s))
            return wide, wide

        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            if run.twin:
                return LIMIT_ERROR - found.singular_values()[:, n - 1]
            wrong = np.abs(found.product - float(Fraction(str(value)))).max(axis=(1, 2))
            starts = [stacked(layer, len(wrong)) for layer in layers(at)]
            return LIMIT_ERROR - np.maximum(wrong, np.abs(differences(starts, (0, 0), (s, s))))

        return flow_chart(
            f"n = {n}, s = {s}, value {value}",
            [(0.01, 4)],
            layers=layers,
            observations=seen,
            slack=where_fitted(slack),
        )

    def judge(start: Problem, limit: Limit) -> Judgement:
        n, s = len(start.layers[0]), 1
        value = start.observations.entries[0][2]
        while s < n and start.observations.mask[0][s]:
            s += 1
        n //= s
        if run.twin:
            smallest = limit.singular_values[n - 1]
            second = n * s * value / (((2 + n - 1) / Fraction(2 - 1)) ** 2 + n - 1)
            return smallest.lower > 0, f"σ_{n} = {smallest.text(8)}", {"second eigenvalue": second}
        wrong = any(not x.contains(value) for row in limit.product for x in row)
        cross = kernel_entry(start, (0, 0), (s, s))
        detail = f"entries of the limit: {limit.product[0][-1].text(8)}, of the kernel: {cross}"
        return wrong or cross != 0, detail, {"entry": limit.product[0][-1]}

    kinds = ((2, 1, 1), (3, 1, 2), (2, 2, "1/2"))
    return Hunt(
        charts=tuple(chart(*kind) for kind in (kinds[:2] if run.twin else kinds)),
        certify=judged(judge, coupling.rank_one_although_decoupled.hypotheses_of(twin=run.twin)),
        noise=0.0,
        about="1e-5 less the largest error of an entry, and less the kernel's cross entry",
    )
