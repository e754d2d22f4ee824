"""Where to look for counterexamples to the claims about singular values and vectors, the preconditioner and potentials.

Balanced starts come with their singular value decomposition, so that everything is rational. ``verify hunt SLUG``, for
the twin ``--twin``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.arora_cohen_hu_luo_2019 import vectors
from proofs_checks.arora_cohen_hu_luo_2019.flow import BALANCED
from proofs_checks.arora_cohen_hu_luo_2019.hunts.flow import (
    end_to_end_rate,
    everywhere,
    observing,
    power,
    rooted,
    scaled,
    seen,
    start_of,
)
from proofs_checks.arora_cohen_hu_luo_2019.vectors import (
    ANALYTIC,
    DISTINCT,
    MATRIX_LOSS,
    ONE_OUTPUT,
    RATIO,
    SIGNED,
)
from proofs_checks.common import hunted
from verify.claims import Assurance, Evidence, Run, Scope
from verify.models import dump_problem
from verify.search.charts import (
    Matrix,
    balanced_between,
    diagonal,
    difference,
    frames,
    identity,
    matrix,
    orthogonal,
    product,
    symmetric,
    total,
    transposed,
)
from verify.search.entrywise import (
    Assertion,
    Data,
    Domain,
    above,
    at_least,
    entrywise_hunt,
    equal,
    equal_matrices,
    implied_to_vanish,
    product_rate,
    rates,
    rates_for,
)
from verify.search.hunt import Chart, Hunt, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# ---------------------------------------------------------------------------------------------------------------------
# Where to look


def framed_domain(
    widths: Sequence[int],
    *,
    signs: Sequence[int] = (),
    zeros: int = 0,
    repeated: bool = False,
    least: float = -1.5,
    slope: bool = True,
) -> Domain:
    """Balanced layers with the singular value decomposition of their product, every entry observed.

    Coordinates are the values of the layers (one for all where they are `repeated`, `zeros` of them fixed at zero), the
    rotations, and ``Uᵀ∇l(W)V`` for full frames U and V (none where not `slope`: then the loss is zero). Any gradient is
    that of a squared loss, with ``y = W − ∇l(W)``.
    """
    rows, columns, rank = widths[-1], widths[0], min(widths)
    free = 1 if repeated else rank - zeros
    turns = sum(n * (n - 1) // 2 for n in widths)

    def build(x: Sequence[Any]) -> Data:
        values = [x[0] if repeated else x[k] for k in range(rank - zeros)] + [0] * zeros
        rest = iter(x[free:])
        turned = frames(rest, widths)
        layers = balanced_between(values, turned, signs)
        whole = product(*reversed(layers))
        entries = [next(rest) if slope else 0 for _ in range(rows * columns)]
        inner = matrix(entries, rows, columns)
        target = difference(whole, product(turned[-1], inner, transposed(turned[0])))
        return {
            "layers": layers,
            "observed": observing(everywhere(rows, columns), (y for row in target for y in row)),
            "U": turned[-1],
            "V": turned[0],
            "frames": turned,
            "values": tuple(values),
            "signed": tuple(x * s for x, s in zip(values, signs, strict=True)) if signs else tuple(values),
            "slope": inner,
        }

    kind = (", repeated" if repeated else "") + (f", {zeros} zero" if zeros else "") + ("" if least > 0 else ", signed")
    return Domain(
        name=f"balanced, widths {' '.join(map(str, widths))}{kind}{', reflected' if signs else ''}",
        box=[(least, 1.5)] * free + [(-2, 2)] * (turns + (rows * columns if slope else 0)),
        build=build,
    )


def columns_of(frame: Matrix, count: int) -> Matrix:
    """The first columns."""
    return tuple(row[:count] for row in frame)


def column(frame: Matrix, r: int) -> Matrix:
    """One column, as a matrix."""
    return tuple((row[r],) for row in frame)


def rate_of(data: Data) -> Matrix:
    """``W'`` by the product rule."""
    return product_rate(data["layers"], rates(data["layers"], seen(data)))


def gradient(data: Data) -> Matrix:
    """``∇l(W)``."""
    return product(data["U"], data["slope"], transposed(data["V"]))


def with_frames(data: Data) -> dict[str, Any]:
    """What a witness holds: the problem and the singular vectors of its product."""
    size = len(data["values"])
    problem = dump_problem(start_of(data))
    return {"problem": problem, "U": columns_of(data["U"], size), "V": columns_of(data["V"], size)}


def told(data: Data, failing: Assertion, names: Sequence[str], what: str) -> Evidence:
    """Refuting evidence with the problem and its singular vectors."""
    violates = f"{what}: {failing}"
    return hunted(with_frames(data), names, violates, kind="problem and singular vectors")


def norm_squared(rows: Matrix) -> Any:
    """The sum of the squares of the entries."""
    return sum(x * x for row in rows for x in row)


def adjugate(of: Matrix) -> Matrix:
    """Of a square matrix, by minors."""
    size = len(of)

    def cofactor(i: int, j: int) -> Any:
        rest = [[x for c, x in enumerate(row) if c != j] for r, row in enumerate(of) if r != i]
        return (-1) ** (i + j) * expanded(rest)

    return tuple(tuple(cofactor(j, i) for j in range(size)) for i in range(size))


def expanded(of: Sequence[Sequence[Any]]) -> Any:
    """The determinant, expanded along the first row."""
    if not of:
        return 1
    minors = ([[*row[:j], *row[j + 1 :]] for row in of[1:]] for j in range(len(of)))
    return sum((-1) ** j * x * expanded(rest) for j, (x, rest) in enumerate(zip(of[0], minors, strict=True)))


# ---------------------------------------------------------------------------------------------------------------------
# S4: singular values


@vectors.singular_values.hunt
def _(run: Run) -> Hunt:
    """By the characteristic polynomial: ``tr(adj(λ − M)(λ' − M')) = 0`` for an eigenvalue λ = σ² of ``M = WᵀW``; no
    singular vector moves. The twin's products are multiples of I, whose decomposition may be chosen with U = V = I."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        layers, depth = data["layers"], len(data["layers"])
        whole, rate = product(*reversed(layers)), rate_of(data)
        if len(whole) < len(whole[0]):
            whole, rate = transposed(whole), transposed(rate)
        square, moved = product(transposed(whole), whole), product(transposed(rate), whole)
        moved = total(moved, transposed(moved))
        for r, (value, signed) in enumerate(zip(data["values"], data["signed"], strict=True)):
            sigma = signed * value ** (depth - 1)
            speed = -depth * (value * value) ** (depth - 1) * data["slope"][r][r]
            # λ times I, with λ = σ²
            left = adjugate(difference(diagonal([sigma * sigma] * len(square)), square))
            trace = sum(left[i][i] for i in range(len(left)))
            known = product(left, moved)
            yield equal(2 * sigma * speed * trace, sum(known[i][i] for i in range(len(known))))

    def repeated(depth: int) -> Domain:
        def build(x: Sequence[Any]) -> Data:
            turned = (identity(2), *frames(iter(x[4:]), (2,) * (depth - 1)), identity(2))
            layers = balanced_between([x[0], x[0]], turned)
            inner = symmetric(x[1:4], 2)
            target = difference(product(*reversed(layers)), inner)
            return {
                "layers": layers,
                "observed": observing(everywhere(2, 2), (y for row in target for y in row)),
                "value": x[0],
                "slope": inner,
            }

        return Domain(name=f"a multiple of I, depth {depth}", box=[(0.1, 1.5)] + [(-2, 2)] * (depth + 2), build=build)

    def by_any_frame(data: Data) -> Iterator[Assertion]:
        depth, rate = len(data["layers"]), rate_of(data)
        for r in range(2):
            speed = -depth * data["value"] ** (2 * depth - 2) * data["slope"][r][r]
            yield equal(expanded(difference(rate, diagonal([speed, speed]))), 0)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        if run.twin:
            return hunted(
                dump_problem(start_of(data)), (ANALYTIC,), f"det(W' − λ) at a rate λ by the formula: {failing}"
            )
        return told(data, failing, (ANALYTIC,), "the rate of the characteristic polynomial at σ²")

    shapes = ((2, 2), (2, 2, 2), (3, 2, 2), (2, 3, 2, 3), (3, 3, 3), (2, 2, 2, 2, 2))
    domains = [framed_domain(widths, signs=(1, -1, 1)[: min(widths)]) for widths in shapes]
    return entrywise_hunt(
        [repeated(depth) for depth in (2, 3)] if run.twin else domains,
        conclusion=by_any_frame if run.twin else conclusion,
        refuted=refuted,
        about="1e-9 less the rate of the characteristic polynomial at σ², relatively",
    )


# ---------------------------------------------------------------------------------------------------------------------
# S6: singular vectors


def turning(data: Data) -> tuple[Matrix, Matrix]:
    """U' and V' by the formula of the claim."""
    size, depth = len(data["values"]), len(data["layers"])
    left, right = columns_of(data["U"], size), columns_of(data["V"], size)
    slope = gradient(data)
    inner = product(transposed(left), slope, right)
    squares = [x * x for x in data["values"]]
    sigma = diagonal([s * abs(x) ** (depth - 1) for s, x in zip(data["signed"], data["values"], strict=True)])
    # (σ²)^{1/2 − 1/N} is |σ| over the square of the layers' value
    outside = diagonal([abs(x) ** depth / (x * x) for x in data["values"]])

    def turned(frame: Matrix, other: Matrix, inward: Matrix, slopes: Matrix) -> Matrix:
        weighted = tuple(
            tuple(0 if r == s else x / (squares[s] - squares[r]) for s, x in enumerate(row))
            for r, row in enumerate(inward)
        )
        inside = scaled(-1, product(frame, weighted))
        rest = difference(identity(len(frame)), product(frame, transposed(frame)))
        return difference(inside, product(rest, slopes, other, outside))

    gs, sg = product(inner, sigma), product(sigma, inner)
    return (
        turned(left, right, total(gs, transposed(gs)), slope),
        turned(right, left, total(sg, transposed(sg)), transposed(slope)),
    )


@vectors.singular_vectors.hunt
def _(run: Run) -> Hunt:
    """By the eigenvectors of ``WWᵀ`` and ``WᵀW``: ``(A' − λ')u + (A − λ)u' = 0`` and ``u·u' = 0`` have one solution u'.
    The twin's W is a column σu at depth 1, and σ has any sign."""

    def apart(data: Data) -> Iterator[Assertion]:
        values = data["values"]
        for r, x in enumerate(values):
            yield above(x * x, 0)
            yield from (above((x * x - y * y) ** 2, 0) for y in values[:r])

    def conclusion(data: Data) -> Iterator[Assertion]:
        whole, rate = product(*reversed(data["layers"])), rate_of(data)
        for moved, frame, w, v in zip(
            turning(data), (data["U"], data["V"]), (whole, transposed(whole)), (rate, transposed(rate)), strict=True
        ):
            square, half = product(w, transposed(w)), product(v, transposed(w))
            speed = total(half, transposed(half))
            for r, value in enumerate(data["values"]):
                u, du = column(frame, r), column(moved, r)
                [[turn]], [[rise]] = product(transposed(u), du), product(transposed(u), speed, u)
                yield equal(turn, 0)
                level = value ** (2 * len(data["layers"]))
                yield from equal_matrices(
                    total(product(speed, u), product(square, du)), total(scaled(rise, u), scaled(level, du))
                )

    def refuted(data: Data, failing: Assertion) -> Evidence:
        what = "the derivative of the equation of an eigenvector, with the formula's u'"
        return told(data, failing, (SIGNED if run.twin else DISTINCT,), what)

    shapes = ((2, 2), (3, 2), (2, 2, 2), (3, 3, 2), (2, 3, 2, 3), (2, 2, 2, 2, 2))
    return entrywise_hunt(
        [framed_domain((1, 2)), framed_domain((1, 3))]
        if run.twin
        else [framed_domain(widths, least=0.05) for widths in shapes],
        requires=apart,
        conclusion=conclusion,
        refuted=refuted,
        noise=1e-8,
        about="1e-8 less the error of the equation of an eigenvector, relatively",
    )


# ---------------------------------------------------------------------------------------------------------------------
# S7: stationary singular vectors


@vectors.aligned_vectors.hunt
def _(run: Run) -> Hunt:
    """Where all ``u_rᵀW'v_s``, r ≠ s, are zero, which is so if the vectors stand still, all ``u_rᵀ∇l v_s`` are zero of
    which not both singular values are; the twin says so of the others, too. Frames are those at the start, where
    distinct singular values and those that stay zero have analytic frames with U' = V' = 0 as soon as the
    ``u_rᵀW'v_s`` are zero."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        values, depth = data["values"], len(data["layers"])
        moved = product(transposed(data["U"]), rate_of(data), data["V"])
        still, slopes = [], []
        for r, x in enumerate(values):
            for s, y in enumerate(values):
                if r == s:
                    continue
                both_zero = isinstance(x, int) and isinstance(y, int)  # zero by construction
                # W' is homogeneous of degree 2N − 2 in the layers' values: relative to that.
                still.append(moved[r][s] if both_zero else moved[r][s] / (x * x + y * y) ** (depth - 1))
                if run.twin or not both_zero:
                    slopes.append(data["slope"][r][s])
        yield implied_to_vanish(sum(x * x for x in still), sum(x * x for x in slopes))

    def refuted(data: Data, failing: Assertion) -> Evidence:
        names = vectors.aligned_vectors.hypotheses_of(twin=run.twin)
        return told(data, failing, names, "squares of u_rᵀW'v_s and of u_rᵀ∇l v_s, r ≠ s, summed")

    if run.twin:
        domains = [framed_domain((2, 2, 2), zeros=2), framed_domain((3, 3, 3), zeros=2, least=0.1)]
    else:
        domains = [
            framed_domain((2, 2), least=0.1),
            framed_domain((2, 2, 2), least=0.1),
            framed_domain((2, 2, 2), least=0.1, repeated=True),
            framed_domain((3, 3, 2), least=0.1),
            framed_domain((2, 2, 2, 2), least=0.1, zeros=1),
            framed_domain((3, 3, 3), least=0.1, zeros=1),
        ]
    return entrywise_hunt(
        domains,
        conclusion=conclusion,
        refuted=refuted,
        about="share of the off-diagonal entries of UᵀW'V in the sum of theirs and those of Uᵀ∇lV, squared, less 1e-9",
    )


# ---------------------------------------------------------------------------------------------------------------------
# S2 in vector form, N6: the preconditioner


def eigenvalue_times(data: Data, r: int, s: int) -> tuple[Any, Any]:
    """Numerator and denominator of the claimed eigenvalue at ``u_r v_sᵀ``; both zero where two values are equal that
    need not be."""
    depth, rows, columns = len(data["layers"]), len(data["U"]), len(data["V"])
    values = [*data["values"], *[0] * (max(rows, columns) - len(data["values"]))]
    x, y = values[r], values[s]
    if r == s or x is y:
        return depth * (x * x) ** (depth - 1), 1
    return x ** (2 * depth) - y ** (2 * depth), x * x - y * y


@vectors.preconditioner.hunt
def _(run: Run) -> Hunt:
    """Losses whose gradient is one ``u_r v_sᵀ``, each in turn: they are an orthonormal basis, so that symmetry and
    semidefiniteness follow. Tangents of the orbit are written out, and their Gram determinants expanded."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        layers, size = data["layers"], min(len(data["U"]), len(data["V"]))
        for r in range(len(data["U"])):
            for s in range(len(data["V"])):
                slope = product(column(data["U"], r), transposed(column(data["V"], s)))
                above_, below = eigenvalue_times(data, r, s)
                rate = product_rate(layers, rates_for(layers, slope))
                yield from equal_matrices(scaled(below, rate), scaled(-above_, slope))
        if len({len(frame) for frame in data["frames"]}) == 1:
            for r in range(size):
                for s in range(r):
                    above_, below = eigenvalue_times(data, r, s)
                    volume = expanded(orbit_gram(layers, data["frames"], r, s))
                    yield equal(below * volume, 2 ** (len(layers) - 1) * above_)

    def projected(data: Data) -> Iterator[Assertion]:
        layers, depth = data["layers"], len(data["layers"])
        rank = sum(not isinstance(x, int) for x in data["values"])
        left, right = (rooted(data[name], data["values"]) for name in "UV")
        onto = [product(frame, transposed(frame)) for frame in (columns_of(data[name], rank) for name in "UV")]
        slope = gradient(data)
        inside = end_to_end_rate(left, slope, right, depth)
        # The terms with a zeroth power, with projections in its place.
        for whole, part in (
            (product(power(left, depth - 1), slope), product(power(left, depth - 1), slope, onto[1])),
            (product(slope, power(right, depth - 1)), product(onto[0], slope, power(right, depth - 1))),
        ):
            inside = total(inside, difference(whole, part))
        yield from equal_matrices(product_rate(layers, rates(layers, seen(data))), inside)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        if run.twin:
            violates = f"an entry of W moves at the rate {failing.left}, with projections {failing.right}"
            return hunted(dump_problem(start_of(data)), (BALANCED,), violates)
        made = {"problem": dump_problem(start_of(data)), "frames": data["frames"]}
        violates = f"an entry of A(u_r v_sᵀ), or a Gram determinant: {failing}"
        return hunted(made, (BALANCED,), violates, kind="problem and frames")

    if run.twin:
        domains = [framed_domain(widths, zeros=1, least=0.1) for widths in ((2, 2, 2), (3, 2, 2), (2, 2, 2, 2))]
    else:
        shapes = ((2, 2), (2, 2, 2), (3, 2, 2), (2, 2, 2, 2), (2, 3, 2, 2))
        domains = [framed_domain(widths, slope=False) for widths in shapes]
        domains += [framed_domain((2, 2, 2), slope=False, repeated=True)]
        domains += [framed_domain((2, 2, 2, 2), slope=False, zeros=1)]
        domains += [framed_domain((3, 3, 3), slope=False, zeros=1)]
    return entrywise_hunt(
        domains,
        conclusion=projected if run.twin else conclusion,
        refuted=refuted,
        about="1e-9 less the error of A(u_r v_sᵀ), or of a Gram determinant, relatively",
    )


def orbit_gram(layers: Sequence[Matrix], turned: Sequence[Matrix], r: int, s: int) -> Matrix:
    """Inner products of the tangents of the orbit: level l turns by ``X = q_r q_sᵀ − q_s q_rᵀ``, which moves W_l by
    ``X W_l`` and W_{l+1} by ``−W_{l+1} X``."""
    tangents = []
    for l in range(len(layers) - 1):
        q, p = column(turned[l + 1], r), column(turned[l + 1], s)
        turn = difference(product(q, transposed(p)), product(p, transposed(q)))
        tangents.append({l: product(turn, layers[l]), l + 1: scaled(-1, product(layers[l + 1], turn))})

    def inner(one: dict[int, Matrix], other: dict[int, Matrix]) -> Any:
        common = ((one[l], other[l]) for l in one if l in other)
        pairs = (
            (x, y) for a, b in common for row, line in zip(a, b, strict=True) for x, y in zip(row, line, strict=True)
        )
        return sum(x * y for x, y in pairs)

    return tuple(tuple(inner(a, b) for b in tangents) for a in tangents)


# ---------------------------------------------------------------------------------------------------------------------
# N1: potentials


@vectors.no_potential.hunt
def _(run: Run) -> Hunt:
    """The curl by complex steps, and in the certificate by power series in balls. The twin says that the curl is not
    zero everywhere at depth 2: points with a rational norm."""
    if run.twin:
        return _curl_at_depth_two()

    def chart(depth: int, size: int) -> Chart:
        def slack(points: Floats) -> Floats:
            import numpy as np

            w, g = points[:, :size], points[:, size:]

            def field(at: Any) -> Any:
                square = (at * at).sum(axis=1, keepdims=True)
                inner = (at * g).sum(axis=1, keepdims=True)
                return square ** (1 - 1 / depth) * (g + (depth - 1) * inner / square * at)

            slopes = np.empty((len(w), size, size))  # ∂_i F_k at [:, i, k]
            for i in range(size):
                step = np.zeros((1, size), dtype=np.complex128)
                step[0, i] = 1e-30j
                slopes[:, i] = field(w + step).imag / 1e-30
            curl = slopes - slopes.swapaxes(1, 2)
            outer = w[:, :, None] * g[:, None, :]
            share = -(depth - 1) * (depth - 2) / depth
            claimed = share * (w * w).sum(axis=1)[:, None, None] ** (-1 / depth) * (outer - outer.swapaxes(1, 2))
            error = np.abs(curl - claimed).max(axis=(1, 2)) / (1 + np.abs(slopes).max(axis=(1, 2)))
            return np.where((w != 0).any(axis=1) & (g != 0).any(axis=1), 1e-9 - error, np.nan)

        def data(point: Point) -> dict[str, Any] | None:
            w, g = point[:size], point[size:]
            return {"w": w, "g": g, "depth": depth} if any(w) and any(g) else None

        return Chart(
            name=f"depth {depth}, {size} inputs",
            lower=(-2,) * (2 * size),
            upper=(2,) * (2 * size),
            data=data,
            slack=slack,
        )

    def certify(data: dict[str, Any]) -> Evidence:
        gap = vectors.largest_gap(data["w"], data["g"], data["depth"], vectors.slopes_by_series)
        if gap.contains(0):
            detail = f"the curl differs from the formula by {gap.text(6)}"
            return Evidence.undecided(
                kind="power series in balls", scope=Scope.instances("one candidate"), detail=detail
            )
        violates = f"an entry of the curl differs from the formula by {gap.text(12)}"
        names = vectors.no_potential.hypotheses
        return hunted(data, names, violates, kind="point and loss", assurance=Assurance.ENCLOSED)

    charts = tuple(chart(depth, size) for depth, size in ((1, 2), (2, 3), (3, 2), (3, 3), (4, 2), (7, 3)))
    return Hunt(charts=charts, certify=certify, noise=0.0, about="1e-9 less the error of the curl, relatively")


def _curl_at_depth_two() -> Hunt:
    def build(x: Sequence[Any]) -> Data:
        scale = 1 / (1 + x[1] * x[1])
        w = x[0] * (1 - x[1] * x[1]) * scale, x[0] * 2 * x[1] * scale
        return {"w": w, "g": tuple(x[2:4]), "norm": x[0]}

    def conclusion(data: Data) -> Iterator[Assertion]:
        first, second = vectors.jacobian_entries(data["w"], data["g"], data["norm"])
        yield above((first - second) ** 2, 0)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        return hunted(data, (ONE_OUTPUT,), "the curl at depth 2 is zero", kind="point and loss")

    # A curl that is not zero is far from it where w and g are not parallel.
    return entrywise_hunt(
        [Domain(name="depth 2, rational norm", box=[(0.1, 2), (-2, 2), (-2, 2), (-2, 2)], build=build)],
        requires=lambda data: [above((data["w"][0] * data["g"][1] - data["w"][1] * data["g"][0]) ** 2, 0)],
        conclusion=conclusion,
        refuted=refuted,
        about="the square of the curl less 1e-9, relatively",
    )


@vectors.no_potential_for_matrices.hunt
def _(run: Run) -> Hunt | None:
    """The claim gives one point at which the Jacobian is not symmetric: nothing varies. The twin would have it
    symmetric at every point, here at symmetric positive definite ones, which are their own roots."""
    if not run.twin:
        return None

    def build(x: Sequence[Any]) -> Data:
        turn = orthogonal(x[2:3], 2)
        return {"W": product(turn, diagonal(x[:2]), transposed(turn)), "G": vectors.SLOPE, "root": x[:2], "turn": turn}

    def conclusion(data: Data) -> Iterator[Assertion]:
        """The root's derivatives in its own frame."""
        turn = data["turn"]
        back = transposed(turn)

        def solved(direction: Matrix) -> Matrix:
            inner = product(back, direction, turn)
            parts = (
                tuple(x / (data["root"][i] + data["root"][j]) for j, x in enumerate(row)) for i, row in enumerate(inner)
            )
            return product(turn, tuple(parts), back)

        slopes = []
        for i, j in everywhere(2, 2):
            step = tuple(tuple(int((i, j) == (r, c)) for c in range(2)) for r in range(2))
            left, right = product(step, data["W"]), product(transposed(step), data["W"])
            left, right = total(left, transposed(left)), total(right, transposed(right))
            slopes.append(total(product(solved(left), _WHOLE_SLOPE), product(_WHOLE_SLOPE, solved(right))))
        flat = [[x for row in slope for x in row] for slope in slopes]
        for i in range(4):
            yield from (equal(flat[i][j], flat[j][i]) for j in range(i))

    def refuted(data: Data, failing: Assertion) -> Evidence:
        violates = f"entries of the field's Jacobian on both sides of its diagonal: {failing}"
        return hunted({"W": data["W"], "G": data["G"]}, (MATRIX_LOSS,), violates, kind="point and loss")

    return entrywise_hunt(
        [Domain(name="symmetric W", box=[(0.1, 4), (0.1, 4), (-2, 2)], build=build)],
        conclusion=conclusion,
        refuted=refuted,
        about="1e-9 less how far the Jacobian is from symmetric, relatively",
    )


#: The linear loss w_12, in integers.
_WHOLE_SLOPE: Matrix = ((0, 1), (0, 0))


# ---------------------------------------------------------------------------------------------------------------------
# S8: two singular values


@vectors.two_singular_values.hunt
def _(run: Run) -> Hunt:
    """``σ' = Nσ^{2−2/N}γ`` gives ``∫ dσ/σ^{2−2/N} = a ∫ dσ/σ^{2−2/N}`` over what σ₁ and σ₂ have run through: integrals
    taken numerically, in the certificate in balls. At the twin's depth 2 with a = 1/2, ``σ₂ = ε e^{2τ}`` and
    ``σ₁ = ε e^τ``."""
    if run.twin:
        return _bound_at_depth_two()

    def chart(depth: int, *, equal_starts: bool) -> Chart:
        def slack(points: Floats) -> Floats:
            import numpy as np

            ratio, start, other, grown = points.T
            other = start if equal_starts else other
            first = vectors.first_value(depth, ratio, start, other, grown, np)
            run = ratio * _integral(depth, other, grown)
            found = 1e-8 - np.abs(_integral(depth, start, first) - run) / (1 + np.abs(run))
            if equal_starts and depth >= 3:
                bound = start * (1 - ratio) ** (-depth / (depth - 2))
                room = _integral(depth, start, bound) - run
                found = np.minimum(found, room / (1 + np.abs(room)) + 1e-8)
            admitted: Floats = np.where(np.isfinite(first) & (first > 0), found, np.nan)
            return admitted

        def data(point: Point) -> dict[str, Any] | None:
            ratio, start, other, grown = point
            second = start if equal_starts else other
            made = {"depth": depth, "ratio": ratio, "start": start, "second": second, "other": grown}
            return made if vectors.reached(made) else None

        return Chart(
            name=f"depth {depth}, {'equal' if equal_starts else 'two'} starts",
            lower=(0 if equal_starts else -1, 0.01, 0.01, 0.01),
            upper=(0.95 if equal_starts else 1, 1, 1, 3),
            data=data,
            slack=slack,
        )

    def certify(data: dict[str, Any]) -> Evidence:
        violates = vectors.violated_in_balls(data, vectors.integral_in_balls)
        if violates is None:
            detail = "the integrals agree with the closed form, and the bound holds"
            return Evidence.undecided(kind="integrals in balls", scope=Scope.instances("one candidate"), detail=detail)
        return hunted(data, (RATIO,), violates, kind="starts and states", assurance=Assurance.ENCLOSED)

    charts = [chart(depth, equal_starts=same) for depth in (1, 2, 3, 4, 6) for same in (True, False)]
    return Hunt(
        charts=tuple(charts), certify=certify, noise=0.0, about="1e-8 less the error of the closed form, relatively"
    )


def _integral(depth: int, low: Any, high: Any) -> Any:
    """``∫ σ^{2/N − 2} dσ``, by 40 Gauss points in log σ."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(40)
    a, b = np.log(low), np.log(high)
    at = (a + b)[:, None] / 2 + (b - a)[:, None] / 2 * nodes
    return (np.exp(at * (2 / depth - 1)) * weights).sum(axis=1) * (b - a) / 2


def _bound_at_depth_two() -> Hunt:
    def build(x: Sequence[Any]) -> Data:
        start, growth = x[0] * x[0], x[1]
        return {"start": start, "other": start * growth * growth, "ratio": x[2]}

    def conclusion(data: Data) -> Iterator[Assertion]:
        # σ₁ > 0 is the root of εσ₂
        yield at_least(16 * data["start"] ** 2, data["start"] * data["other"])

    def refuted(data: Data, failing: Assertion) -> Evidence:
        return hunted(data, (RATIO,), f"(4ε)² and σ₁²: {failing}", kind="start and state")

    half = Fraction(1, 2)
    domain = Domain(
        name="depth 2, a = 1/2",
        box=[(0.01, 2), (1, 20)],
        build=lambda x: build([*x, half]),
    )
    return entrywise_hunt([domain], conclusion=conclusion, refuted=refuted, about="(4ε)² − σ₁², relatively")
