"""Where to look for counterexamples to the claims about other members of the family, its neighbours, and plasticity.

All by following thousands of flows, to their limits or to a time; the certificate encloses the flow of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from proofs_checks.shin_yun_2026 import family, limits, plasticity, ratios
from proofs_checks.shin_yun_2026.hunts.coupling import LIMIT_ERROR, ONE_CANDIDATE, where_fitted
from proofs_checks.shin_yun_2026.hunts.family import (
    BITS,
    BY_CONSTRUCTION,
    SOON,
    Said,
    at_least,
    at_most,
    ball,
    block_layer,
    equals,
    judged,
    read_member,
    state_at,
)
from verify.arithmetic import Ball, precision
from verify.claims import Assurance, Established, Evidence, Run, Witness
from verify.models import Observations, Problem, dump_problem
from verify.search.charts import Matrix, balanced
from verify.search.charts import family as family_layers
from verify.search.flows import HORIZON, Ends, flow_chart
from verify.search.hunt import Chart, Hunt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


# ---------------------------------------------------------------------------------------------------------------------
# Every ratio, commutative families


def float_others(depth: int, eigenvalues: Sequence[Floats], multiplicities: Sequence[int]) -> Floats:
    """``Σ μ_k B_k^L`` over the eigenvalues σ_k but the dominant one D, of layers at the start, shape (count,); NaN
    where nothing dominates. It bounds how far every entry of the limit is from ``(nw/μ)P``.

    Where σ_k has the dominant one's sign, or at even depth, ``|σ_k|^{−p} − D^{−p}`` is kept (p = L − 2), and D^{−p}
    stays positive: so ``|σ_k(∞)| ≤ B_k`` with ``B_k^{−p} = |σ_k|^{−p} − D^{−p}``. At odd depth an eigenvalue that is
    not positive shrinks as long as d < w: ``B_k = |σ_k|``. The other eigenvalues of W are thus at most B_k^L, and those
    on P's range miss ``nw/μ`` by no more than the sum over μ. All B_k are of the order of the scale: what is asked is
    the claim at one scale, with the bound that its proof gives.
    """
    import numpy as np

    power = depth - 2
    largest = np.max([x if depth % 2 else np.abs(x) for x in eigenvalues], axis=0)
    total = np.zeros_like(largest)
    for x, times in zip(eigenvalues, multiplicities, strict=True):
        kept = np.abs(x) ** -power - largest**-power
        bound = np.where(kept > 0, np.abs(kept) ** (-depth / power), 0.0)
        total += times * (np.where(x <= 0, np.abs(x) ** depth, bound) if depth % 2 else bound)
    return np.where(largest > 0, total, np.nan)


def ball_of_others(depth: int, eigenvalues: Sequence[Fraction], multiplicities: Sequence[int]) -> Ball | None:
    """The same in ball arithmetic, None where nothing dominates."""
    from verify.arithmetic.convert import to_arb

    power = depth - 2
    largest = max(x if depth % 2 else abs(x) for x in eigenvalues)
    if largest <= 0:
        return None
    with precision(BITS):
        total = to_arb(0)
        for x, times in zip(eigenvalues, multiplicities, strict=True):
            if depth % 2 and x <= 0:
                total += times * to_arb(abs(x) ** depth)
            elif x and (kept := abs(x) ** -power - largest**-power) > 0:
                total += times * to_arb(kept) ** to_arb(Fraction(-depth, power))
        return ball(total)


#: Scales at which what tends to zero with the scale is this small count as small: the twins speak of the limit α → 0.
_SMALL = Fraction(1, 50)
_THREE_HALVES = Fraction(3, 2)


def _near(matrix: Matrix, room: Ball) -> Iterator[Said]:
    """Every entry of the limit within the upper end of `room` of the matrix's."""
    for i, row in enumerate(matrix):
        for j, x in enumerate(row):
            yield at_least(f"entry {i} {j}", x - room.upper)
            yield at_most(f"entry {i} {j}", x + room.upper)


def _rank_one(small: Callable[[Problem], Ball | None]) -> Callable[[Problem], Iterator[Said]]:
    """That the stable rank is below 3/2, of starts of small scale."""

    def said(candidate: Problem) -> Iterator[Said]:
        room = small(candidate)
        if room is not None and room.upper < _SMALL:
            yield Said("stable rank", "<", _THREE_HALVES)

    return said


def _pair(n: int, m: Any, alpha: Any) -> list[Any]:
    """τ₁ and τ₂ for s = 1."""
    return [alpha * (1 + (n - 1) / m), alpha * (1 - 1 / m)]


def _limit_for_ratio(depth: int, n: int, m: Fraction) -> Fraction:
    """The off-diagonal entries over w, row by row of the claim's table."""
    if m > 0:
        return Fraction(1)
    turn, projector = 1 - Fraction(n, 2), Fraction(-1, n - 1)
    if n == 2 or m < turn or depth % 2:
        return projector
    return Fraction(0) if m == turn else Fraction(1)


def _limits_for_ratios(depth: int, n: int, m: Floats) -> Floats:
    """The same for many ratios."""
    import numpy as np

    turn, projector = 1 - n / 2, -1 / (n - 1)
    beyond = 0.0 if depth % 2 == 0 and n > 2 else projector
    below: Floats = np.where(m < turn, projector, np.where(m == turn, beyond, 1.0 if beyond == 0.0 else projector))
    return np.where(m > 0, 1.0, projector if n == 2 else below)


@ratios.every_ratio.hunt
def _(run: Run) -> Hunt:
    """At one scale, with the bound of :func:`float_others`; d(0) ≤ w."""

    def chart(depth: int, n: int, value: int, lowest: float, highest: float) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            m, alpha = at
            room = float_others(depth, _pair(n, m, alpha), (1, n - 1))
            if run.twin:
                return np.where(room < float(_SMALL), float(_THREE_HALVES) - found.stable_rank(), np.nan)
            off = _limits_for_ratios(depth, n, m)[:, None, None] * float(value)
            target = off + (value - off) * np.eye(n)
            error = np.abs(found.product - target).max(axis=(1, 2))
            return np.where(found.start[:, 0, 0] <= value, room + LIMIT_ERROR * (1 + value) - error, np.nan)

        return flow_chart(
            f"depth {depth}, n = {n}, w = {value}, m from {lowest:g} to {highest:g}",
            [(lowest, highest), (0.05, 0.35)],
            layers=lambda x: family_layers(n, x[0], x[1], depth),
            observations=Observations.block_diagonal(n, 1, value),
            slack=where_fitted(slack),
            requires=lambda candidate: candidate.product()[0][0] <= value,
        )

    def room(candidate: Problem) -> Ball | None:
        member = read_member(candidate)
        assert member.m is not None
        return ball_of_others(member.depth, _pair(member.n, member.m, member.alpha), (1, member.n - 1))

    def said(candidate: Problem) -> Iterator[Said]:
        member, most = read_member(candidate), room(candidate)
        assert member.m is not None
        if most is not None:
            off = _limit_for_ratio(member.depth, member.n, member.m) * member.value
            yield from _near(block_layer(member.n, 1, member.value, off), most)

    sizes = ((3, 2, 1), (4, 2, 2), (3, 3, 1), (4, 3, 1), (3, 4, 2))
    ranges = ((-8.0, -0.3),) if run.twin else ((-8.0, -0.3), (0.3, 8.0))
    charts = [chart(*size, *ends) for size in sizes for ends in ranges]
    if not run.twin:
        charts.append(chart(4, 3, 1, -0.5, -0.5))  # m = 1 − n/2, where no scale matters
    return Hunt(
        charts=tuple(charts),
        certify=judged(_rank_one(room) if run.twin else said, ratios.ANY_RATIO),
        noise=0.0,
        about="3/2 less the stable rank" if run.twin else "bound at this scale less the distance to the limit's matrix",
    )


class _Algebra(NamedTuple):
    """A commutative algebra of symmetric matrices: the orbits of cells on which entries agree, by a table of places in
    the first row's parameters, and for every eigenspace the character (as a function of the parameters) and 1 + its
    projector's entries as multiples of 1/size, in that table."""

    name: str
    table: Sequence[Sequence[int]]
    characters: Sequence[Sequence[int]]
    projectors: Sequence[Sequence[int]]

    @property
    def multiplicities(self) -> tuple[int, ...]:
        """The ranks of the projectors: their traces."""
        return tuple(row[0] for row in self.projectors)

    def matrix(self, entries: Sequence[Any]) -> Matrix:
        """The matrix with these parameters."""
        return tuple(tuple(entries[k] for k in row) for row in self.table)

    def eigenvalues(self, entries: Sequence[Any]) -> list[Any]:
        """One for each eigenspace."""
        return [sum(c * x for c, x in zip(row, entries, strict=True)) for row in self.characters]


#: Parameters of the circulants: the entries at distance 0, 1, 2; of the group algebra of Z₂ × Z₂: its elements.
_ALGEBRAS = (
    _Algebra("circulants of order 3", ((0, 1, 1), (1, 0, 1), (1, 1, 0)), ((1, 2), (1, -1)), ((1, 1), (2, -1))),
    _Algebra(
        "circulants of order 4",
        ((0, 1, 2, 1), (1, 0, 1, 2), (2, 1, 0, 1), (1, 2, 1, 0)),
        ((1, 2, 1), (1, -2, 1), (1, 0, -1)),
        ((1, 1, 1), (1, -1, 1), (2, 0, -2)),
    ),
    _Algebra(
        "the group algebra of Z₂ × Z₂",
        ((0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)),
        ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1)),
        ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1)),
    ),
)


@ratios.commutative_families.hunt
def _(run: Run) -> Hunt:
    """Three algebras with known eigenspaces. At depth 2 the limit at every scale; else at one scale, with the bound of
    :func:`float_others`, for d(0) ≤ w."""

    def chart(algebra: _Algebra, depth: int, value: int) -> Chart:
        size = len(algebra.table)

        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            if depth == 2:
                square = found.start  # M₀² up to a factor
                target, room = value * square / square[:, :1, :1], np.zeros(len(square))
            else:
                eigenvalues = np.array(algebra.eigenvalues(at))
                room = float_others(depth, list(eigenvalues), algebra.multiplicities)
                if run.twin:
                    return np.where(room < float(_SMALL), float(_THREE_HALVES) - found.stable_rank(), np.nan)
                sizes = eigenvalues if depth % 2 else np.abs(eigenvalues)
                top = sizes == sizes.max(axis=0)
                entries = np.array(algebra.projectors).T @ top / (np.array(algebra.multiplicities) @ top)
                target = value * entries[np.array(algebra.table)].transpose(2, 0, 1)
            error = np.abs(found.product - target).max(axis=(1, 2))
            grows = (depth == 2) | (found.start[:, 0, 0] <= value)
            return np.where(grows, room + LIMIT_ERROR * (1 + value) - error, np.nan)

        count = len(algebra.characters[0])
        return flow_chart(
            f"{algebra.name}, depth {depth}, w = {value}",
            [(-0.5, 0.5)] * count if depth > 2 else [(-2, 2)] * count,
            layers=lambda x: (algebra.matrix(x),) * depth,
            observations=Observations.block_diagonal(size, 1, value),
            slack=where_fitted(slack),
            requires=lambda candidate: (
                bool(candidate.product()[0][0]) if depth == 2 else candidate.product()[0][0] <= value
            ),
        )

    def read(candidate: Problem) -> tuple[_Algebra, list[Fraction]]:
        layer = candidate.layers[0]
        algebra = next(
            one for one in _ALGEBRAS if len(one.table) == len(layer) and one.matrix(_entries(one, layer)) == layer
        )
        return algebra, _entries(algebra, layer)

    def room(candidate: Problem) -> Ball | None:
        algebra, entries = read(candidate)
        return ball_of_others(candidate.depth, algebra.eigenvalues(entries), algebra.multiplicities)

    def said(candidate: Problem) -> Iterator[Said]:
        algebra, entries = read(candidate)
        value = candidate.observations.entries[0][2]
        if candidate.depth == 2:
            whole = candidate.product()
            yield from _near(tuple(tuple(value * x / whole[0][0] for x in row) for row in whole), Ball(Fraction(0)))
            return
        most, eigenvalues = room(candidate), algebra.eigenvalues(entries)
        if most is None:
            return
        sizes = [x if candidate.depth % 2 else abs(x) for x in eigenvalues]
        top = [k for k, x in enumerate(sizes) if x == max(sizes)]
        rank = sum(algebra.multiplicities[k] for k in top)
        count = len(entries)
        target = [value * Fraction(sum(algebra.projectors[k][i] for k in top), rank) for i in range(count)]
        yield from _near(algebra.matrix(target), most)

    depths = (3, 4) if run.twin else (2, 3, 4)
    algebras = _ALGEBRAS[1:2] if run.twin else _ALGEBRAS
    return Hunt(
        charts=tuple(chart(algebra, depth, 1) for algebra in algebras for depth in depths),
        certify=judged(_rank_one(room) if run.twin else said, ratios.IN_ALGEBRA),
        noise=0.0,
        about="3/2 less the stable rank" if run.twin else "bound at this scale less the distance to the limit's matrix",
    )


def _entries(algebra: _Algebra, layer: Matrix) -> list[Any]:
    """The parameters of a matrix, read off its first row."""
    return [layer[0][algebra.table[0].index(k)] for k in range(len(algebra.characters[0]))]


# ---------------------------------------------------------------------------------------------------------------------
# Flows that fit nothing


#: When to look at flows that do not converge to a minimizer.
_LATER = Fraction(2)


@ratios.negative_scale_does_not_fit.hunt
def _(run: Run) -> Hunt:
    """After a time both eigenvalues are negative, and ``|σ|^{−(L−2)}`` has grown at least at the rate (L−2)w; for the
    twin, members of even depth."""

    def chart(depth: int, n: int, value: int) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            if run.twin:
                return np.where(found.fitted, 0.5 - found.product[:, 0, 0], np.nan)
            power = depth - 2
            least = [(np.abs(x) ** -power + power * value * float(_LATER)) ** (-1 / power) for x in _pair(n, *at)]
            layer = found.layers[0]
            now = (layer[:, 0].sum(axis=1), layer[:, 0, 0] - layer[:, 0, 1])
            return np.min([np.minimum(-x, x + b + 1e-7) for x, b in zip(now, least, strict=True)], axis=0)

        return flow_chart(
            f"depth {depth}, n = {n}, w = {value}",
            [(1.05, 10), (-2, -0.1)],
            layers=lambda x: family_layers(n, x[0], x[1], depth),
            observations=Observations.block_diagonal(n, 1, value),
            slack=slack,
            horizon=HORIZON if run.twin else float(_LATER),
        )

    def said(candidate: Problem) -> Iterator[Said]:
        from verify.arithmetic.convert import to_arb

        if run.twin:
            yield Said("entry 0 0", "<", Fraction(1, 2))
            return
        member = read_member(candidate)
        n, depth, power = member.n, member.depth, member.depth - 2
        with precision(BITS):
            grown = [abs(x) ** -power + power * member.value * _LATER for x in family.eigenvalues(member)]
            sizes = [to_arb(x) ** to_arb(Fraction(-depth, power)) for x in grown]
            least, entry = ball(-sizes[0]), ball(-(sizes[0] + (n - 1) * sizes[1]) / n)
        for what, bound in (("row sum 0", least), ("entry 0 0", entry)):
            yield at_least(what, bound, _LATER)
            yield at_most(what, 0, _LATER)

    kinds = ((4, 2, 1), (2, 2, 1), (4, 3, 1)) if run.twin else ((3, 2, 1), (5, 2, 1), (3, 3, 2), (5, 3, 1))
    return Hunt(
        charts=tuple(chart(*kind) for kind in kinds),
        certify=judged(said, *ratios.negative_scale_does_not_fit.hypotheses_of(twin=run.twin)),
        noise=0.0,
        about="how far both eigenvalues are from zero and from their bound, at time 2",
    )


_SPECTRUM_ERROR = 1e-6


@ratios.mixed_signs_do_not_fit.hunt
def _(run: Run) -> Hunt:
    """Balanced layers with ``W(0) = Q D^L Qᵀ``, at time 2 (floats leave the saddle later); for the twin ``Q S D^L Qᵀ``
    with a sign in S, in the limit."""

    def chart(depth: int, values: tuple[int, ...]) -> Chart:
        size = len(values)
        angles = size * (size - 1) // 2
        place = values.index(-1)

        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            w = np.nan_to_num(found.product)
            if run.twin:
                return np.where(found.fitted, w[:, place, place] + 0.5, np.nan)
            flipped = w.swapaxes(1, 2)
            least = np.linalg.eigvalsh((w + flipped) / 2)[:, 0]
            loss = sum((w[:, k, k] - y) ** 2 for k, y in enumerate(values)) / 2 - 0.5
            lopsided = np.abs(w - flipped).max(axis=(1, 2))
            return np.minimum(np.minimum(least, loss), -lopsided) + _SPECTRUM_ERROR

        def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
            signs = [1] * (size - 1) + [-1] if run.twin else []
            return balanced(x[:size], x[size:], x[size:], depth, signs=signs)

        return flow_chart(
            f"depth {depth}, values {values}",
            [(0.1 if run.twin else 0, 1.5)] * size + [(-2, 2)] * angles,
            layers=layers,
            observations=Observations(size, size, tuple((k, k, Fraction(y)) for k, y in enumerate(values))),
            slack=slack,
            horizon=HORIZON if run.twin else float(_LATER),
        )

    def said(candidate: Problem) -> Iterator[Said]:
        for i, _, y in candidate.observations.entries:
            if y == -1 and run.twin:
                yield Said(f"entry {i} {i}", ">", Fraction(-1, 2))
            elif y == -1:
                yield at_least(f"entry {i} {i}", 0, _LATER)
        state = None if run.twin else state_at(candidate, _LATER)
        if state is not None and len(state.product) == 2:
            yield at_least("determinant", 0, _LATER)
        if state is not None:
            for i in range(len(state.product)):
                for j in range(i):
                    yield from equals(f"entry {i} {j}", state.product[j][i], _LATER)
                yield at_least(f"entry {i} {i}", 0, _LATER)

    kinds: tuple[tuple[int, tuple[int, ...]], ...] = ((2, (1, -1)), (3, (1, -1)))
    if not run.twin:
        kinds = (*kinds, (3, (-1, -1)), (2, (2, -1)), (2, (1, -1, 3)))
    return Hunt(
        charts=tuple(chart(*kind) for kind in kinds),
        certify=judged(said, *ratios.mixed_signs_do_not_fit.hypotheses_of(twin=run.twin)),
        noise=0.0,
        about="entry of value -1, plus 1/2" if run.twin else "least eigenvalue of W, loss less 1/2, and symmetry",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Plasticity


@plasticity.plasticity_trap.hunt
def _(run: Run) -> Hunt:
    """Pretrained layers ``[[a, b], [b, a]]`` with ``a² + b² = 1`` by the tangent t of the half angle, and some v; a
    factor on all layers changes the unit of w alone."""

    def layers(x: Sequence[Any]) -> tuple[Matrix, ...]:
        scale = 1 / (1 + x[0] * x[0])
        a, b = (1 - x[0] * x[0]) * scale, 2 * x[0] * scale
        return (((a, b), (b, a)),) * 2

    def chart(value: Fraction, most: float, time: Fraction | None) -> Chart:
        v = float(value)

        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            (x, y), (z, other) = found.product.transpose(1, 2, 0)
            p = found.start[:, 1, 0]
            allowed = (p < v) & (v * p < 1)
            if run.twin:
                return np.where(found.fitted & (v * p < 1), p - z, np.nan)
            if time is not None:
                loss = ((x - 1) ** 2 + (other - 1) ** 2 + (y - v) ** 2) / 2
                most_loss = (p - v) ** 2 / 2 * np.exp(-float(time) / (2 + 4 * v) ** 3)
                room = np.min([x - 1, other - 1, v - y, y + z, p - z, most_loss - loss], axis=0)
                return np.where(allowed, room + LIMIT_ERROR, np.nan)
            bound = np.stack([np.stack([1 + 0 * p, v + 0 * p], 1), np.stack([p, 1 + 0 * p], 1)], 1)
            values = np.linalg.svd(bound, compute_uv=False)
            least = (values**2).sum(axis=1) / values[:, 0] ** 2
            room = np.min([z + v, p - z, found.determinant() - (1 - v * p), found.stable_rank() - least], axis=0)
            return np.where(allowed & found.fitted, room + LIMIT_ERROR, np.nan)

        def allowed_exactly(candidate: Problem) -> bool:
            p = candidate.product()[1][0]
            return value * p < 1 and (run.twin or p < value)

        return flow_chart(
            f"v = {value}" + ("" if time is None else f", time {time}"),
            [(0, most)],
            layers=layers,
            observations=Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(1)), (0, 1, value))),
            slack=slack,
            requires=allowed_exactly,
            horizon=HORIZON if time is None else float(time),
        )

    def said(candidate: Problem) -> Iterator[Said]:
        p, v = candidate.product()[1][0], candidate.observations.values[0][1]
        yield at_most("entry 1 0", p)
        yield at_least("entry 1 0", -v)
        yield at_least("determinant", 1 - v * p)
        yield at_least("stable rank", stable_rank_of_two(1, v, p))
        for i in (0, 1):
            yield at_least(f"entry {i} {i}", 1, SOON)
        yield at_most("entry 0 1", v, SOON)
        yield at_most("entry 1 0", p, SOON)

    def rises(candidate: Problem) -> Evidence:
        p, limit = candidate.product()[1][0], limits.certified(candidate)
        z = limit.product[1][0]
        if not limit.converged or z.lower <= p:
            return Evidence.undecided(kind="certified limit", scope=ONE_CANDIDATE, detail=limit.reason or "z ≤ p")
        names = (plasticity.PRETRAINED, plasticity.RESUMED, plasticity.APART)
        return Evidence.refutes(
            kind="certified limit",
            assurance=Assurance.ENCLOSED,
            scope=ONE_CANDIDATE,
            part=plasticity.LIMIT,
            detail=f"p = {p}, z_∞ = {z.text(12)} > p",
            witness=Witness(
                problem=dump_problem(candidate),
                hypotheses=tuple(Established(name=name, how=BY_CONSTRUCTION) for name in names),
                violates="the unobserved entry rises above p",
                enclosed={"z": z},
            ),
        )

    names = (plasticity.PRETRAINED, plasticity.RESUMED, plasticity.ABOVE, plasticity.APART)
    half, two = Fraction(1, 2), Fraction(2)
    if run.twin:
        charts = tuple(chart(v, 1.0, None) for v in (half, Fraction(3, 4)))
    else:
        kinds = ((half, 0.13), (Fraction(1), 1.0), (two, 0.13), (Fraction(4), 0.06))
        charts = tuple(chart(v, most, time) for v, most in kinds for time in (None, SOON))
    return Hunt(
        charts=charts,
        certify=rises if run.twin else judged(said, *names),
        noise=0.0,
        about="p − z" if run.twin else "distance to the faces of the region, and room of the limit's bounds, plus 1e-5",
    )


def stable_rank_of_two(diagonal: Fraction | int, above_it: Fraction, below_it: Fraction) -> Ball:
    """The stable rank of ``[[w, v], [p, w]]``: ``2/(1 + √(1 − 4f²))`` with ``f = det/‖·‖²``."""
    from verify.arithmetic.convert import to_arb

    square = 2 * Fraction(diagonal) ** 2 + above_it**2 + below_it**2
    share = (Fraction(diagonal) ** 2 - above_it * below_it) / square
    with precision(BITS):
        return ball(2 / (1 + to_arb(1 - 4 * share**2).sqrt()))
