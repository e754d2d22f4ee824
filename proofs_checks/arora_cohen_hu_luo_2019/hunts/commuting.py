"""Where to look for counterexamples to the claims about commuting measurements, completions and one number.

The claims are proved. Here flows are followed as matrices, in float64 and then in balls, and rates come from the
product rule: no closed form enters but the one that is being tested. ``verify hunt SLUG``, for the twin ``--twin``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.arora_cohen_hu_luo_2019 import commuting, completion
from proofs_checks.arora_cohen_hu_luo_2019.instances import four_by_four
from proofs_checks.common import hunted
from verify.arithmetic import Ball
from verify.claims import Assurance, Evidence, Run, Scope
from verify.models import Measurements, Observations, Problem, Sensing, dump_problem
from verify.search.charts import (
    Matrix,
    balanced,
    diagonal,
    identity,
    matrix,
    orthogonal,
    product,
    stacked,
    symmetric,
    total,
    transposed,
)
from verify.search.entrywise import (
    Assertion,
    Data,
    Domain,
    at_least,
    entrywise_hunt,
    equal,
    equal_matrices,
    product_rate,
    rates,
    rates_for,
)
from verify.search.hunt import Chart, Hunt, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from verify.rigorous import Limit
    from verify.search.follow import Followed

    Floats = NDArray[np.float64]

ONE = Scope.instances("one candidate")
#: How far float limits, and what is computed from them, may be off; residuals at which a float flow has arrived.
_LIMIT_ERROR, _ARRIVED = 1e-5, 1e-7
#: Where a float flow is given up, in the flow's time.
_HORIZON = 100.0


def undecided(detail: str) -> Evidence:
    """No counterexample."""
    return Evidence.undecided(kind="candidate", scope=ONE, detail=detail)


def box_chart(
    name: str,
    box: Sequence[tuple[float, float]],
    build: Callable[[Sequence[Any]], Mapping[str, Any] | None],
    slack: Callable[[Mapping[str, Any], int], Any],
) -> Chart:
    """A chart of named data; the slack gets them as arrays, and how many candidates there are."""

    def evaluate(points: Floats) -> Floats:
        import numpy as np

        made = build(list(points.T))
        assert made is not None
        return np.asarray(slack(made, len(points)), dtype=np.float64)

    def data(point: Point) -> Mapping[str, Any] | None:
        try:
            return build(point)
        except ZeroDivisionError:
            return None

    lower, upper = (tuple(ends[k] for ends in box) for k in (0, 1))
    return Chart(name=name, lower=lower, upper=upper, data=data, slack=evaluate)


def conjugate(frame: Matrix, values: Sequence[Any]) -> Matrix:
    """``Q diag(values) Qᵀ``."""
    return product(frame, diagonal(values), transposed(frame))


def _inner(first: Matrix, second: Matrix) -> Any:
    return sum((x * y for row, other in zip(first, second, strict=True) for x, y in zip(row, other, strict=True)), 0)


def _combined(weights: Sequence[Any], members: Sequence[Matrix]) -> Matrix:
    first, *others = (tuple(tuple(w * x for x in row) for row in one) for w, one in zip(weights, members, strict=True))
    result = first
    for other in others:
        result = total(result, other)
    return result


def followed_sensing(
    layers: Sequence[Matrix], measurements: Sequence[Matrix], values: Sequence[Any], count: int
) -> Followed:
    """The flows of the loss ``½ Σ (⟨A_k, W⟩ − y_k)²``, every candidate with its own measurements and values."""
    import numpy as np

    from verify.search.follow import follow

    seen = np.stack([np.moveaxis(stacked(one, count), 0, -1) for one in measurements])
    wanted = np.stack([np.broadcast_to(np.asarray(y, dtype=np.float64), (count,)) for y in values])

    def slope(whole: Floats, some: NDArray[np.int64]) -> Floats:
        here = seen[..., some]
        misfit = (here * whole).sum(axis=(1, 2)) - wanted[:, some]
        found: Floats = (misfit[:, None, None] * here).sum(axis=0)
        return found

    starts = [stacked(layer, count) for layer in layers]
    return follow(starts, slope, time=_HORIZON, still=_ARRIVED)


# ---------------------------------------------------------------------------------------------------------------------
# Commuting measurements: rates


def _in_one_frame(depth: int, size: int, count: int) -> Domain:
    """A state that flows from multiples of the identity pass: equal layers ``Q diag(u) Qᵀ``, measurements
    ``Q diag(a_k) Qᵀ``, and values that ``z_i = v_i^N`` fits."""
    angles = size * (size - 1) // 2

    def build(x: Sequence[Any]) -> Data:
        rest = iter(x)
        frame = orthogonal([next(rest) for _ in range(angles)], size)
        roots, others = ([next(rest) for _ in range(size)] for _ in range(2))
        seen = [[next(rest) for _ in range(size)] for _ in range(count)]
        return {
            "layers": (conjugate(frame, roots),) * depth,
            "measurements": tuple(conjugate(frame, a) for a in seen),
            "values": tuple(sum(k * v**depth for k, v in zip(a, others, strict=True)) for a in seen),
            "frame": frame,
            "roots": tuple(roots),
            "eigenvalues": tuple(tuple(a) for a in seen),
            "another solution": tuple(v**depth for v in others),
        }

    box = [(-2, 2)] * angles + [(0.3, 1.5)] * size + [(0, 1.5)] * size + [(-2, 2)] * (size * count)
    return Domain(name=f"rates, depth {depth}, {size} by {size}, {count} measurements", box=box, build=build)


def _rates_in_the_frame(data: Data) -> Iterator[Assertion]:
    """``x_i' = N u_i^{2N−2} ν_i'``, which the closed form says with ``x = u^N``, ``ν_i' = −Σ_k r_k a_ki``; the frame is
    kept; and ``d/dt D_Q(z, x) = −Σ_i Q''(x_i) x_i' (z_i − x_i)`` is ``−2c·l``."""
    layers, depth, roots = data["layers"], len(data["layers"]), data["roots"]
    whole = product(*reversed(layers))
    misfit = [_inner(one, whole) - y for one, y in zip(data["measurements"], data["values"], strict=True)]
    moved = product_rate(layers, rates_for(layers, _combined(misfit, data["measurements"])))
    turned = product(transposed(data["frame"]), moved, data["frame"])
    speeds = [-sum(r * a[i] for r, a in zip(misfit, data["eigenvalues"], strict=True)) for i in range(len(roots))]
    yield from equal_matrices(
        turned, diagonal([depth * u ** (2 * depth - 2) * v for u, v in zip(roots, speeds, strict=True)])
    )
    # Q'' = (c/N) u^{2−2N} with the c of the statement, at every depth.
    fall = sum(
        turned[i][i] / u ** (2 * depth - 2) * (z - u**depth)
        for i, (u, z) in enumerate(zip(roots, data["another solution"], strict=True))
    )
    yield equal(fall, depth * sum(r * r for r in misfit))


# ---------------------------------------------------------------------------------------------------------------------
# Commuting measurements: limits


def _from_identity(depth: int, size: int, count: int, most: float, slack: Callable[..., Any], *, shaped: bool) -> Chart:
    """Flows from ``W_j(0) = α Q diag(c) Qᵀ`` (c = 1 but for the twin) with values that ``z_i = v_i^N`` fits."""
    angles = 0 if shaped else size * (size - 1) // 2

    def build(x: Sequence[Any]) -> dict[str, Any] | None:
        rest = iter(x)
        frame = orthogonal([next(rest) for _ in range(angles)], size) if angles else identity(size)
        alpha, others = next(rest), [next(rest) for _ in range(size)]
        seen = [[next(rest) for _ in range(size)] for _ in range(count)]
        shape = [next(rest) for _ in range(size)] if shaped else [1] * size
        if isinstance(alpha, Fraction) and not all(map(any, seen)):
            return None
        return {
            "depth": depth,
            "alpha": alpha,
            "shape": tuple(shape),
            "layers": (conjugate(frame, [alpha * c for c in shape]),) * depth,
            "frame": frame,
            "eigenvalues": tuple(tuple(a) for a in seen),
            "measurements": tuple(conjugate(frame, a) for a in seen),
            "values": tuple(sum(k * v**depth for k, v in zip(a, others, strict=True)) for a in seen),
            "roots of another solution": tuple(others),
        }

    def evaluate(data: Mapping[str, Any], number: int) -> Any:
        import numpy as np

        found = followed_sensing(data["layers"], data["measurements"], data["values"], number)
        turn = stacked(data["frame"], number)
        turned = turn.swapaxes(1, 2) @ found.product @ turn
        reached = np.diagonal(turned, axis1=1, axis2=2)
        other = np.stack([v**depth for v in data["roots of another solution"]], axis=1)
        room = slack(reached, other, np.asarray(data["alpha"])[:, None], depth)
        off = np.abs(turned - reached[:, :, None] * np.eye(size)).max(axis=(1, 2))
        seen = np.abs(np.array(data["eigenvalues"])).max(axis=1).min(axis=0) > 0
        room = np.minimum(room, np.minimum(-off, reached.min(axis=1)))
        return np.where(found.still & seen, room + _LIMIT_ERROR, np.nan)

    box = [(-2, 2)] * angles + [(0.1, most)] + [(0, 1.5)] * size + [(-2, 2)] * (size * count)
    box += [(0.3, 3)] * size if shaped else []
    return box_chart(f"limits, depth {depth}, {size} by {size}, {count} measurements", box, build, evaluate)


def _above_minimum(reached: Floats, other: Floats, alpha: Floats, depth: int) -> Floats:
    """``Q(z) − Q(x)``, relative to the size of what is compared."""
    import numpy as np

    def terms(x: Floats) -> Floats:
        x = np.maximum(x, 0.0)
        if depth == 2:
            return np.where(x > 0, x * (np.log(np.where(x > 0, x, 1)) - 1 - 2 * np.log(alpha)), 0.0)
        return x - depth / 2 * alpha ** (depth - 2) * x ** (2 / depth)

    first, second = terms(other), terms(reached)
    room: Floats = (first - second).sum(axis=1) / (1 + np.abs(first).sum(axis=1) + np.abs(second).sum(axis=1))
    return room


def _excess_trace(reached: Floats, other: Floats, alpha: Floats, depth: int) -> Floats:
    """The bound of the statement less ``Σx − Σz``."""
    import numpy as np

    x, z = np.maximum(reached, 0.0), np.maximum(other, 0.0)
    if depth == 2:
        first, second = (np.where(t > 0, t * (np.log(np.where(t > 0, t, 1)) - 1), 0.0).sum(axis=1) for t in (x, z))
        bound = (second - first) / (2 * np.log(1 / alpha[:, 0]))
    else:
        bound = depth / 2 * alpha[:, 0] ** (depth - 2) * (x ** (2 / depth) - z ** (2 / depth)).sum(axis=1)
    room: Floats = (bound - (x.sum(axis=1) - z.sum(axis=1))) / (1 + x.sum(axis=1) + z.sum(axis=1))
    return room


def _potential(values: Sequence[Ball], alpha: Fraction, depth: int) -> Ball:
    """``Q_{α,N}`` of eigenvalues that are not negative, enclosed."""
    from flint import arb

    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    def power(x: Fraction) -> Any:
        return to_arb(x) ** to_arb(Fraction(2, depth)) if x > 0 else arb(0)

    def entropy(x: Fraction) -> Any:
        return to_arb(x) * (to_arb(x).log() - 1) if x > 0 else arb(0)

    low, high = Fraction(0), Fraction(0)
    with precision(160):
        for value in values:
            ends = max(value.lower, Fraction(0)), max(value.upper, Fraction(0))
            if depth == 2:  # x(log x − 1) falls to −1 at 1, and rises from there
                bends = [Ball.from_arb(entropy(x)) for x in ends]
                inside = [Fraction(-1)] if ends[0] < 1 < ends[1] else []
                slopes = [Ball.from_arb(-2 * to_arb(alpha).log() * to_arb(x)) for x in ends]
                low += min([b.lower for b in bends] + inside) + min(s.lower for s in slopes)
                high += max(b.upper for b in bends) + max(s.upper for s in slopes)
            else:
                factor = Fraction(depth, 2) * alpha ** (depth - 2)
                low += ends[0] - factor * Ball.from_arb(power(ends[1])).upper
                high += ends[1] - factor * Ball.from_arb(power(ends[0])).lower
    return Ball.between(low, high)


def sensing_limit(data: Mapping[str, Any]) -> Limit:
    """The certified limit, or the refusal."""
    from verify.rigorous import certify_limit

    seen = Measurements(tuple(data["measurements"]), tuple(data["values"]))
    return certify_limit(Sensing(tuple(data["layers"]), seen), digits=8, time_limit=1000)


def _in_frame(frame: Matrix, whole: Sequence[Sequence[Ball]]) -> list[list[Ball]]:
    """``Qᵀ W Q`` for an exact Q."""
    size = len(frame)

    def entry(i: int, j: int) -> Ball:
        terms = [(whole[k][m], frame[k][i] * frame[m][j]) for k in range(size) for m in range(size)]
        middle, radius = sum(x.mid * c for x, c in terms), sum(x.rad * abs(c) for x, c in terms)
        return Ball(Fraction(middle), Fraction(radius))

    return [[entry(i, j) for j in range(size)] for i in range(size)]


def _judged_limit(data: Mapping[str, Any], names: Sequence[str], part: str) -> Evidence:
    """Whether the certified limit leaves the frame, is indefinite, or is beaten by the other solution."""
    limit = sensing_limit(data)
    if not limit.converged:
        return undecided(limit.reason)
    turned, depth = _in_frame(data["frame"], limit.product), data["depth"]
    reached = _potential([turned[k][k] for k in range(len(turned))], data["alpha"], depth)
    other = _potential([Ball.exact(v**depth) for v in data["roots of another solution"]], data["alpha"], depth)
    outside = any(
        x.upper < 0 if i == j else not x.contains(0) for i, row in enumerate(turned) for j, x in enumerate(row)
    )
    detail = f"Q is {reached.text(8)} at the limit, {other.text(8)} at another solution"
    if not outside and reached.lower <= other.upper:
        return undecided(detail)
    stored = {k: data[k] for k in ("alpha", "depth", "shape", "measurements", "values", "frame")}
    if len(data["eigenvalues"]) == 1:
        stored |= {"measurement": data["eigenvalues"][0], "value": data["values"][0]}
    return hunted(
        stored,
        names,
        detail,
        kind="measurements",
        assurance=Assurance.ENCLOSED,
        part=part,
        **{"cube roots of another solution": data["roots of another solution"]},
    )


#: Depth, size, number of measurements.
_SIZES = ((2, 2, 1), (3, 2, 1), (4, 2, 1), (3, 3, 1), (2, 3, 2))


@commuting.commuting_limit.hunt
def _(run: Run) -> Hunt:
    """Rates at any state of equal layers in one frame, exactly; limits of flows that are followed as matrices, against
    any other solution in the frame. The twin's layers start at ``α diag(c)``."""
    if run.twin:
        chart = _from_identity(3, 2, 1, 1.0, _above_minimum, shaped=True)
        return Hunt(
            charts=(chart,),
            certify=lambda data: _judged_limit(data, (commuting.COMMUTING,), commuting.LIMIT),
            noise=0.0,
            about="Q(z) − Q(x), relative, plus 1e-5",
        )
    names = (commuting.COMMUTING, commuting.IDENTITY)
    moves = entrywise_hunt(
        [_in_one_frame(*kind) for kind in ((2, 2, 1), (3, 2, 2), (4, 3, 2), (5, 2, 1))],
        conclusion=_rates_in_the_frame,
        refuted=lambda data, failing: hunted(data, names, f"of the rates: {failing}", kind="state"),
    )
    limits = tuple(_from_identity(*kind, 1.5, _above_minimum, shaped=False) for kind in _SIZES)

    def certify(data: Mapping[str, Any]) -> Evidence:
        return _judged_limit(data, names, commuting.LIMIT) if "alpha" in data else moves.certify(data)

    return Hunt(
        charts=moves.charts + limits,
        certify=certify,
        noise=0.0,
        about="the relative error of rates; Q(z) − Q(x), relative, plus 1e-5",
    )


@commuting.trace_is_minimized_at_small_scale.hunt
def _(run: Run) -> Hunt:
    """Limits of flows, against any other solution in the frame; of the twin, against indefinite solutions."""
    names = (commuting.COMMUTING, commuting.IDENTITY)
    if not run.twin:
        return Hunt(
            charts=tuple(_from_identity(*kind, 0.9, _excess_trace, shaped=False) for kind in _SIZES),
            certify=lambda data: _judged_limit(data, names, ""),
            noise=0.0,
            about="the bound less the excess of the trace, relative, plus 1e-5",
        )

    def build(x: Sequence[Any]) -> dict[str, Any]:
        a, z, alpha = x[:2], x[2:4], x[4]
        return {"measurement": tuple(a), "value": a[0] * z[0] + a[1] * z[1], "solution": tuple(z), "alpha": alpha}

    def slack(data: Mapping[str, Any], count: int) -> Any:
        import numpy as np

        layers = (diagonal([data["alpha"]] * 2),) * 3
        found = followed_sensing(layers, (diagonal(data["measurement"]),), (data["value"],), count)
        norm = np.abs(np.stack(data["solution"], axis=1)).sum(axis=1)
        fits = data["value"] * np.max(data["measurement"], axis=0) > 0
        # So much more than the smallest trace a limit may have at this scale.
        reached = np.maximum(np.diagonal(found.product, axis1=1, axis2=2), 0.0)
        least = (reached - 1.5 * data["alpha"][:, None] * reached ** (2 / 3)).sum(axis=1)
        return np.where(found.still & fits, norm - least, np.nan)

    def certify(data: Mapping[str, Any]) -> Evidence:
        """Every ``x ≥ 0`` that fits has ``y = a·x ≤ max(a) Σx``, at every scale."""
        largest, value = max(data["measurement"]), data["value"]
        norm = sum((abs(z) for z in data["solution"]), Fraction(0))
        if value <= 0 or largest <= 0 or value <= norm * largest:
            return undecided(f"positive semidefinite solutions may have the trace {norm}")
        detail = f"every limit has a trace of at least {value / largest}, another solution the nuclear norm {norm}"
        return hunted(data, names, detail, kind="diagonal measurement")

    chart = box_chart("indefinite solutions", [(-2, 2)] * 4 + [(0.05, 0.2)], build, slack)
    return Hunt(charts=(chart,), certify=certify, noise=_LIMIT_ERROR, about="‖Z‖_* less the smallest trace")


# ---------------------------------------------------------------------------------------------------------------------
# Schatten quasi-norms


@commuting.schatten_quasi_norms_are_not_minimized.hunt
def _(run: Run) -> Hunt:
    def chart(depth: int, size: int) -> Chart:
        def build(x: Sequence[Any]) -> dict[str, Any]:
            return {
                "depth": depth,
                "alpha": x[0],
                "exponent": x[1],
                "layers": (diagonal([x[0]] * size),) * depth,
                "measurements": (identity(size),),
                "values": (Fraction(1),),
            }

        def slack(data: Mapping[str, Any], count: int) -> Any:
            import numpy as np

            found = followed_sensing(data["layers"], data["measurements"], data["values"], count)
            values = np.linalg.svd(found.product, compute_uv=False)
            if run.twin:
                return np.where(found.still, -values[:, 1], np.nan)
            p = data["exponent"]
            quasi = (values ** p[:, None]).sum(axis=1)
            wrong = np.abs(found.product - np.eye(size) / size).max(axis=(1, 2))
            wrong = np.maximum(wrong, np.abs(quasi / size ** (1 - p) - 1))
            room = np.minimum(_LIMIT_ERROR - wrong, (quasi - 1) / (1 - p))
            return np.where(found.still, room, np.nan)

        return box_chart(f"depth {depth}, {size} by {size}", [(0.05, 2), (0.02, 0.98)], build, slack)

    def certify(data: Mapping[str, Any]) -> Evidence:
        size, limit = len(data["layers"][0]), sensing_limit(data)
        if not limit.converged:
            return undecided(limit.reason)
        claimed = [[Fraction(int(i == j), size) for j in range(size)] for i in range(size)]
        least = limit.singular_values[-1]
        if run.twin:
            wrong, detail = (
                least.lower > 0,
                f"the limit has the rank {size}, its smallest singular value {least.text(8)}",
            )
        else:
            off = [
                x.contains(y)
                for row, other in zip(limit.product, claimed, strict=True)
                for x, y in zip(row, other, strict=True)
            ]
            wrong, detail = not all(off), f"the limit's first entry is {limit.product[0][0].text(8)}"
        if not wrong:
            return undecided(detail)
        other = [[Fraction(int(i == j == 0)) for j in range(size)] for i in range(size)]
        stored = {"limit": claimed, "solution": other, "alpha": data["alpha"], "depth": data["depth"]}
        stored["exponent"] = data["exponent"]
        return hunted(stored, (commuting.TRACE_ONE,), detail, kind="two solutions", assurance=Assurance.ENCLOSED)

    kinds = ((3, 2),) if run.twin else ((2, 2), (3, 2), (4, 3), (2, 4))
    return Hunt(
        charts=tuple(chart(*kind) for kind in kinds),
        certify=certify,
        noise=1e-3 if run.twin else 0.0,
        about="1e-5 less the error of I/d and of d^{1−p}; (Σσ^p − 1)/(1 − p)",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Full observation of a symmetric matrix


def _observed(target: Matrix) -> dict[tuple[int, int], Any]:
    return {(i, j): y for i, row in enumerate(target) for j, y in enumerate(row)}


def _symmetric_target(depth: int, size: int) -> Domain:
    """A state that flows from multiples of the identity pass, the target in the same frame."""
    angles = size * (size - 1) // 2

    def build(x: Sequence[Any]) -> Data:
        frame = orthogonal(x[:angles], size)
        roots, levels = x[angles : angles + size], x[angles + size :]
        return {
            "layers": (conjugate(frame, roots),) * depth,
            "target": conjugate(frame, levels),
            "frame": frame,
            "roots": tuple(roots),
            "levels": tuple(levels),
        }

    box = [(-2, 2)] * angles + [(0.05, 1.5)] * size + [(-2, 2)] * size
    return Domain(name=f"rates, depth {depth}, {size} by {size}", box=box, build=build)


def _eigenvalues_decouple(data: Data) -> Iterator[Assertion]:
    layers, depth = data["layers"], len(data["layers"])
    moved = product_rate(layers, rates(layers, _observed(data["target"])))
    pairs = zip(data["roots"], data["levels"], strict=True)
    claimed = diagonal([depth * u ** (2 * depth - 2) * (level - u**depth) for u, level in pairs])
    yield from equal_matrices(product(transposed(data["frame"]), moved, data["frame"]), claimed)


@commuting.negative_eigenvalues_are_not_learned.hunt
def _(run: Run) -> Hunt:
    """Rates at any state of equal layers in the target's frame, exactly; and flows, followed to time 6: whether an
    eigenvalue became negative, or the loss came below its floor. The twin is looked at where it stops to fall."""
    end = Fraction(6)

    def chart(depth: int, size: int) -> Chart:
        angles = size * (size - 1) // 2

        def build(x: Sequence[Any]) -> dict[str, Any]:
            frame, levels = orthogonal(x[:angles], size), x[angles : angles + size]
            return {
                "alpha": x[-1],
                "layers": (diagonal([x[-1]] * size),) * depth,
                "frame": frame,
                "levels": tuple(levels),
                "target": conjugate(frame, levels),
            }

        def slack(data: Mapping[str, Any], count: int) -> Any:
            import numpy as np

            from verify.search.follow import follow

            target = stacked(data["target"], count)
            seen = np.moveaxis(target, 0, -1)
            layers = [stacked(layer, count) for layer in data["layers"]]
            found = follow(layers, lambda whole, some: whole - seen[..., some], time=float(end))
            levels = np.stack(data["levels"], axis=1)
            floor = (np.minimum(levels, 0) ** 2).sum(axis=1)
            twice = ((found.product - target) ** 2).sum(axis=(1, 2))
            if run.twin:
                return np.where(levels[:, -1] < -0.1, 0.01 - twice, np.nan)
            symmetric = (found.product + found.product.swapaxes(1, 2)) / 2
            room = np.minimum(np.linalg.eigvalsh(symmetric)[:, 0], twice - floor) + 1e-7
            return np.where(found.time >= float(end), room, np.nan)

        box = [(-2, 2)] * angles + [(-2, 2)] * size + [(0.1, 1.2)]
        return box_chart(f"flows, depth {depth}, {size} by {size}", box, build, slack)

    def certify(data: Mapping[str, Any]) -> Evidence:
        from verify.rigorous import enclose_flow

        if "alpha" not in data:
            return moves.certify(data)
        levels, size = data["levels"], len(data["levels"])
        seen = Observations(size, size, tuple((i, j, y) for (i, j), y in _observed(data["target"]).items()))
        start = Problem(data["layers"], seen)
        turned = _in_frame(data["frame"], enclose_flow(start, time=end, digits=12).product)
        values = [turned[k][k] for k in range(size)]
        told = ", ".join(f"{x.text(8)} (target {y})" for x, y in zip(values, levels, strict=True))
        detail = f"at time {end} the eigenvalues are {told}"
        if run.twin:
            # Decoupled, positive, and falling for ever: the squared misfit stays above μ².
            wrong = levels[-1] < 0 < values[-1].lower
            direction: list[Any] = [row[-1] for row in data["frame"]]
        else:
            floor = sum((x * x for x in levels if x < 0), Fraction(0))
            most = sum(
                (max(abs(x.lower - y), abs(x.upper - y)) ** 2 for x, y in zip(values, levels, strict=True)), Fraction(0)
            )
            most += sum(
                (
                    max(abs(x.lower), abs(x.upper)) ** 2
                    for i, row in enumerate(turned)
                    for j, x in enumerate(row)
                    if i != j
                ),
                Fraction(0),
            )
            wrong, direction = most < floor or any(x.upper < 0 for x in values), []
        if not wrong:
            return undecided(detail)
        return hunted(
            dump_problem(start),
            (commuting.SYMMETRIC_TARGET,),
            detail,
            assurance=Assurance.ENCLOSED,
            direction=direction,
        )

    moves = entrywise_hunt(
        [_symmetric_target(*kind) for kind in ((2, 2), (3, 2), (4, 2), (3, 3))],
        conclusion=_eigenvalues_decouple,
        refuted=lambda data, failing: hunted(
            data, (commuting.SYMMETRIC_TARGET,), f"of the rates: {failing}", kind="state"
        ),
    )
    flows = tuple(chart(*kind) for kind in ((2, 2), (3, 2), (2, 3)))
    return Hunt(
        charts=flows[:1] if run.twin else moves.charts + flows,
        certify=certify,
        noise=0.0,
        about="the relative error of rates; the smallest eigenvalue, and twice the loss less its floor, at time 6",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Depth 2: the exponential form

_ORDER = 3


def _series_product(first: Sequence[Matrix], second: Sequence[Matrix], order: int) -> Matrix:
    """The coefficient of a product of two series."""
    result = product(first[0], second[order])
    for k in range(1, order + 1):
        result = total(result, product(first[k], second[order - k]))
    return result


def _over(divisor: int, one: Matrix) -> Matrix:
    """Entries that are integers, such as those of the identity, stay exact."""
    return tuple(tuple(Fraction(x, divisor) if isinstance(x, int) else x / divisor for x in row) for row in one)


def _expanded(data: Data) -> tuple[list[Matrix], list[Matrix]]:
    """Taylor coefficients of the flow's product, and of ``exp(S) X(0) exp(S)`` with ``S = A*(s)``, ``s' = −r``."""
    lower, upper = [data["lower"]], [data["upper"]]
    whole, force = [], []
    for k in range(_ORDER + 1):
        whole.append(_series_product(upper, lower, k))
        misfit = [
            _inner(a, whole[k]) - (y if k == 0 else 0)
            for a, y in zip(data["measurements"], data["values"], strict=True)
        ]
        force.append(_combined(misfit, data["measurements"]))
        lower.append(_over(-(k + 1), _series_product([transposed(x) for x in upper], force, k)))
        upper.append(_over(-(k + 1), _series_product(force, [transposed(x) for x in lower], k)))
    size = len(whole[0])
    zero = diagonal([0] * size)
    exponent = [zero, *(_over(-(k + 1), one) for k, one in enumerate(force[:_ORDER]))]
    power, series = [identity(size), *[zero] * _ORDER], [identity(size), *[zero] * _ORDER]
    for n in range(1, _ORDER + 1):
        power = [_over(n, _series_product(power, exponent, k)) for k in range(_ORDER + 1)]
        series = [total(x, y) for x, y in zip(series, power, strict=True)]
    half = [product(one, whole[0]) for one in series]
    return whole, [_series_product(half, series, k) for k in range(_ORDER + 1)]


def _sensed(size: int, width: int, count: int) -> Domain:
    """``W_1 = B``, ``W_2 = Bᵀ``: balanced with product ``BᵀB``, in a frame of its own."""
    angles = size * (size - 1) // 2

    def build(x: Sequence[Any]) -> Data:
        frame, free = orthogonal(x[:angles], size), x[angles:]
        lower = matrix(free, width, size)
        seen = [free[width * size + k * size :][:size] for k in range(count)]
        return {
            "lower": lower,
            "upper": transposed(lower),
            "measurements": tuple(conjugate(frame, a) for a in seen),
            "values": tuple(free[-count:]),
        }

    box = [(-2, 2)] * angles + [(-1, 1)] * (width * size + count * size + count)
    return Domain(name=f"{size} by {size}, hidden width {width}, {count} measurements", box=box, build=build)


def _any_sensing(count: int, sign: int) -> Domain:
    """Any balanced start of two 2 by 2 layers with a determinant of this sign, any symmetric measurements."""

    def build(x: Sequence[Any]) -> Data:
        lower, upper = balanced(x[:2], x[2:3], x[3:4], 2, signs=(1, sign))
        return {
            "lower": lower,
            "upper": upper,
            "measurements": tuple(symmetric(x[4 + 3 * k :][:3], 2) for k in range(count)),
            "values": tuple(x[-count:]),
        }

    box = [(-1, 1)] * 2 + [(-2, 2)] * 2 + [(-1, 1)] * (4 * count)
    return Domain(name=f"{count} measurements, sign {sign}", box=box, build=build)


@commuting.exponential_form.hunt
def _(run: Run) -> Hunt:
    """Taylor coefficients of the flow, by the product rule, against those of the formula."""

    def conclusion(data: Data) -> Iterator[Assertion]:
        for found, claimed in list(zip(*_expanded(data), strict=True))[1:]:
            yield from equal_matrices(found, claimed)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        flow, formula = _expanded(data)
        order = next(k for k in range(_ORDER + 1) if flow[k] != formula[k])
        names = (commuting.SYMMETRIC if run.twin else commuting.PSD_START,)
        detail = f"the coefficients of t^{order} differ: {failing.left} and {failing.right}"
        return hunted(data, names, detail, kind="layers and measurements", order=order)

    fixed = tuple(_sensed(*kind) for kind in ((2, 2, 1), (2, 1, 2), (3, 2, 2), (2, 3, 1)))
    return entrywise_hunt(
        (_any_sensing(1, -1), _any_sensing(2, 1)) if run.twin else fixed,
        conclusion=conclusion,
        refuted=refuted,
        about="1e-9 less the relative difference of Taylor coefficients",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Li, Luo & Lyu's completion


def _completed(free: Sequence[Any], ratio: Any) -> Matrix:
    """The 4 by 4 matrix with w13 = w31 = 1, w14 = w41 = w23 = w32 = R and ten free entries."""
    seen = {(0, 2): 1 + 0 * ratio, (0, 3): ratio, (1, 2): ratio}
    seen |= {(j, i): y for (i, j), y in seen.items()}
    rest = iter(free)
    return tuple(tuple(seen[i, j] if (i, j) in seen else next(rest) for j in range(4)) for i in range(4))


@completion.nuclear_norm_of_the_four_by_four.hunt
def _(run: Run) -> Hunt:
    """Completions with free entries, and all of rank one; their singular values, and no certificate of minimality."""

    def build(x: Sequence[Any]) -> dict[str, Any] | None:
        ratio = x[0]
        if isinstance(ratio, Fraction) and ratio <= 1:
            return None
        return {"R": ratio, "M": _completed(x[1:], ratio), "rank": 4}

    def of_rank_one(x: Sequence[Any]) -> dict[str, Any] | None:
        ratio, a, b = x
        if isinstance(ratio, Fraction) and (ratio <= 1 or not a or not b):
            return None
        left, right = (a, ratio * a, b, ratio * b), (1 / b, ratio / b, 1 / a, ratio / a)
        return {"R": ratio, "M": tuple(tuple(p * q for q in right) for p in left), "rank": 1}

    def least(data: Mapping[str, Any]) -> Any:
        ratio = data["R"]
        return 2 + 2 * ratio * ratio if run.twin or data["rank"] == 1 else 4 * ratio

    def slack(data: Mapping[str, Any], count: int) -> Any:
        import numpy as np

        made = stacked(data["M"], count)
        regular = (data["R"] > 1) & np.isfinite(made).all(axis=(1, 2))  # not where a or b is 0
        norm = np.linalg.svd(np.where(regular[:, None, None], made, 0), compute_uv=False).sum(axis=1)
        return np.where(regular, norm / least(data) - 1, np.nan)

    def certify(data: Mapping[str, Any]) -> Evidence:
        from verify.arithmetic import precision
        from verify.arithmetic.convert import to_arb_mat
        from verify.rigorous import spectrum

        with precision(160):
            values = spectrum(to_arb_mat(data["M"])).singular_values
            norm = Ball.from_arb(sum(values[1:], values[0]))
        bound = least(data)
        detail = f"R = {data['R']}: a completion has the nuclear norm {norm.text(8)}, the bound is {bound}"
        if norm.upper >= bound:
            return undecided(detail)
        return hunted(data, (completion.COMPLETION,), detail, kind="completion", assurance=Assurance.ENCLOSED)

    charts = (
        box_chart("free entries", [(1, 5)] + [(-5, 5)] * 10, build, slack),
        box_chart("rank one", [(1, 5), (-3, 3), (-3, 3)], of_rank_one, slack),
    )
    return Hunt(
        charts=charts[:1] if run.twin else charts,
        certify=certify,
        noise=1e-9,
        about="nuclear norm over the claimed smallest one, less 1",
    )


@completion.literally_nuclear_norm_at_small_scale.hunt
def _(run: Run) -> Hunt:
    """The completion with any R: 4R is its smallest nuclear norm, 2 + 2R² that of its rank-one completion."""

    def claimed(ratio: Any) -> Any:
        return 2 + 2 * ratio * ratio if run.twin else 4 * ratio

    def slack(points: Floats) -> Floats:
        import numpy as np

        from verify.search.follow import follow

        alpha, ratio = points.T
        mask = np.array(_completed([0] * 10, 1), dtype=np.float64)
        seen = np.stack([mask] * len(points), axis=-1)
        seen[mask > 0] = np.where(mask[mask > 0][:, None], ratio, 0)
        seen[0, 2] = seen[2, 0] = 1.0
        layers = [alpha[:, None, None] * np.eye(4)] * 2
        found = follow(
            layers,
            lambda w, k: mask[..., None] * (w - seen[..., k]),
            time=_HORIZON,
            tolerance=_ARRIVED,
            still=10 * _ARRIVED,
            steps=150,
        )
        share = np.linalg.svd(np.nan_to_num(found.product), compute_uv=False).sum(axis=1) / claimed(ratio)
        nearly = float(completion.NEARLY)
        room: Floats = np.where(found.still, np.minimum(nearly - share, share - 1 / nearly), np.nan)
        return room

    def certify(start: Problem) -> Evidence:
        ratio = start.observations.values[0][3]
        name = completion.ANY_SCALE if run.twin else completion.SMALL
        return completion._off(start, claimed(ratio), name, "hunted")

    smallest, largest = (0.02, 0.1) if run.twin else (0.001, 0.01)
    chart = Chart(
        name="Li, Luo & Lyu's completion",
        lower=(smallest, 1.2),
        upper=(largest, 4),
        data=lambda x: four_by_four(x[0], 2, ratio=x[1]),
        slack=slack,
    )
    return Hunt(charts=(chart,), certify=certify, noise=1e-3, about="five per cent less the distance from the norm")


# ---------------------------------------------------------------------------------------------------------------------
# One number

#: A closed form of the time at which the N-th root u (at infinite depth w itself) is reached, up to a constant, from
#: u, y and the functions log, atan and root: for arrays, balls and power series alike.
Clock = Callable[[Any, Any, Any], Any]


def _clock_three(u: Any, y: Any, f: Any) -> Any:
    c, third = f.cube_root(y), f.root(3)
    angle = f.atan((2 * u + c) / (third * c)) / (third * c**4)
    return f.log((u * u + c * u + c * c) / ((c - u) * (c - u))) / (6 * c**4) - 1 / (y * u) - angle


def _clock_four(u: Any, y: Any, f: Any) -> Any:
    x = u * u / f.root(y)
    return f.log((1 + x) / (1 - x)) / (4 * y * f.root(y)) - 1 / (2 * y * u * u)


def _clock_infinite(w: Any, y: Any, f: Any) -> Any:
    return f.log(w / (y - w)) / (y * y) - 1 / (y * w)


class _Arrays:
    """Functions of arrays."""

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        import numpy as np

        named: dict[str, Callable[[Any], Any]]
        named = {"atan": np.arctan, "log": np.log, "root": np.sqrt, "cube_root": np.cbrt, "exp": np.exp}
        return named[name]


class _Balls:
    """Functions of balls and of their power series."""

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        from flint import arb

        def apply(x: Any) -> Any:
            x = arb(x) if isinstance(x, int) else x
            found: Any = x.root(3) if name == "cube_root" else getattr(x, {"root": "sqrt"}.get(name, name))()
            return found

        return apply


_CLOCKS: Mapping[int, Clock] = {3: _clock_three, 4: _clock_four, 0: _clock_infinite}


def _value_at(depth: int, start: Any, y: Any, time: Any, f: Any) -> Any:
    """The claimed value at a time, at depth 1 or 2."""
    if depth == 1:
        return y + (start - y) * f.exp(-time)
    return y / (1 + (y / start - 1) * f.exp(-2 * y * time))


def _number_chart(depth: int) -> Chart:
    """One number from ``u_0^N``, which is a share of the target; depth 0 stands for infinite depth."""

    def build(x: Sequence[Any]) -> dict[str, Any]:
        u, share, time = x
        return {"depth": depth, "start": u, "target": u ** max(depth, 1) / share, "time": time}

    def slack(data: Mapping[str, Any], count: int) -> Any:
        import numpy as np

        from verify.search.follow import follow

        u, y, time = data["start"], data["target"], data["time"]

        def slope(whole: Floats, some: NDArray[np.int64]) -> Floats:
            found: Floats = whole - y[some]
            return whole * whole * found if depth == 0 else found

        layers = [u[:, None, None]] * max(depth, 1)
        found = follow(layers, slope, time=time, tolerance=1e-10)
        value, end = found.product[:, 0, 0], found.layers[0][:, 0, 0]
        if depth in _CLOCKS:
            clock = _CLOCKS[depth]
            # An error of the time counts as the error of the value that it makes.
            rate = np.abs(end ** (2 if depth == 0 else depth - 1) * (y - value))
            error = np.abs(clock(end, y, _Arrays()) - clock(u, y, _Arrays()) - time) * rate
        else:
            error = np.abs(value - _value_at(depth, u**depth, y, time, _Arrays()))
        defined = np.isfinite(error)  # not where the start is the target
        return np.where(defined & (found.time >= time), 1e-6 - error / (1 + y), np.nan)

    name = f"depth {depth}" if depth else "infinite depth"
    box = [(0.2, 1.3), (0.05, 3 if 0 < depth < 4 else 0.95), (0.02, 2)]
    return box_chart(name, box, build, slack)


def _contradicted(data: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether an enclosure of the flow (at infinite depth, the derivative as a power series) excludes the formula."""
    from flint import arb, arb_series

    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb
    from verify.rigorous import enclose_flow

    depth, start, target, time = (data[key] for key in ("depth", "start", "target", "time"))
    with precision(160):
        u, y, f = to_arb(start), to_arb(target), _Balls()
        if depth == 0:
            rise = _clock_infinite(arb_series([u, 1], prec=2), y, f).coeffs()[1]
            product_of_both = rise * u * u * (y - u)
            return not product_of_both.contains(1), f"the product of both derivatives is {product_of_both}"
    seen = Observations(1, 1, ((0, 0, target),))
    flow = enclose_flow(Problem((((start,),),) * depth, seen), time=time, digits=20)
    with precision(160):
        if depth in _CLOCKS:
            end = to_arb(flow.layers[0][0][0])
            passed: arb = _CLOCKS[depth](end, y, f) - _CLOCKS[depth](u, y, f)
            return passed.is_finite() and not passed.overlaps(to_arb(time)), f"at time {time} the formula has {passed}"
        claimed = Ball.from_arb(_value_at(depth, u**depth, y, to_arb(time), f))
    value = flow.product[0][0]
    return not value.overlaps(
        claimed
    ), f"at time {time} the value is {value.text(12)}, by the formula {claimed.text(12)}"


@completion.scalar_closed_forms.hunt
def _(run: Run) -> Hunt | None:
    """Flows of one number, followed without the formulas, at depths 1 to 4 and infinity; the unbalanced rate exactly.
    The twin names one start and one time."""
    if run.twin:
        return None

    def build(x: Sequence[Any]) -> Data:
        return {"layers": (((x[0],),), ((x[1],),)), "target": x[2]}

    def conclusion(data: Data) -> Iterator[Assertion]:
        layers, y = data["layers"], data["target"]
        [[first]], [[second]] = layers
        w, skew = first * second, second * second - first * first
        [[moved]] = product_rate(layers, rates(layers, {(0, 0): y}))
        yield equal(moved * moved, (y - w) * (y - w) * (skew * skew + 4 * w * w))
        yield at_least(moved * (y - w), 0)

    names = (completion.ONE_NUMBER,)
    unbalanced = entrywise_hunt(
        [Domain(name="depth 2, unbalanced", box=[(-2, 2), (-2, 2), (0.1, 3)], build=build)],
        conclusion=conclusion,
        refuted=lambda data, failing: hunted(data, names, f"of the rate: {failing}", kind="two numbers"),
    )

    def certify(data: Mapping[str, Any]) -> Evidence:
        if "depth" not in data:
            return unbalanced.certify(data)
        wrong, detail = _contradicted(data)
        if not wrong:
            return undecided(detail)
        return hunted(data, names, detail, kind="one number", assurance=Assurance.ENCLOSED)

    return Hunt(
        charts=(*unbalanced.charts, *(_number_chart(depth) for depth in (1, 2, 3, 4, 0))),
        certify=certify,
        noise=0.0,
        about="1e-6 less the relative error of the closed forms",
    )
