"""Where to look for counterexamples to the claims about the family's flow and its limit, and about its neighbours.

What holds at an instant is hunted in exact arithmetic, by the layers' rates alone; what holds later or in the limit by
following thousands of flows. What refutes is exact, or an enclosure of the flow, and the claim's second path follows
the flow in other coordinates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from proofs_checks.common import stated
from proofs_checks.shin_yun_2026 import asymptotics, family, limits, readings
from proofs_checks.shin_yun_2026.hunts.coupling import LIMIT_ERROR, ONE_CANDIDATE, where_fitted
from proofs_checks.shin_yun_2026.instances import Member
from proofs_checks.shin_yun_2026.violations import quantity, quantity_of_state, sentence
from verify.arithmetic import Ball, precision
from verify.arithmetic.convert import to_arb
from verify.claims import Assurance, Established, Evidence, Outcome, Run, Witness
from verify.models import Observations, Problem, dump_problem
from verify.search.charts import Matrix, product
from verify.search.entrywise import (
    Assertion,
    Data,
    Domain,
    above,
    entrywise_hunt,
    equal,
    problem,
    rates,
)
from verify.search.flows import HORIZON, Ends, flow_chart, joined
from verify.search.hunt import Chart, Hunt

if TYPE_CHECKING:
    import numpy as np
    from flint import arb
    from numpy.typing import NDArray

    from verify.rigorous import FlowEnclosure

    Floats = NDArray[np.float64]

BITS = 256
BY_CONSTRUCTION = "by construction of the candidate, exactly"
#: Less than any enclosure is wide: "at least" as "above a little less".
_TINY = Fraction(1, 2**200)


# ---------------------------------------------------------------------------------------------------------------------
# Sentences about limits and states, and what contradicts them


class Said(NamedTuple):
    """``what sign bound`` of the limit, or of the state at a time."""

    what: str
    sign: str
    bound: Fraction
    time: Fraction | None = None


def at_most(what: str, bound: Ball | Fraction | int, time: Fraction | None = None) -> Said:
    """``what ≤ bound``, with the upper end of a ball."""
    return Said(what, "<", (bound.upper if isinstance(bound, Ball) else Fraction(bound)) + _TINY, time)


def at_least(what: str, bound: Ball | Fraction | int, time: Fraction | None = None) -> Said:
    """``what ≥ bound``, with the lower end of a ball."""
    return Said(what, ">", (bound.lower if isinstance(bound, Ball) else Fraction(bound)) - _TINY, time)


def equals(what: str, value: Ball | Fraction | int, time: Fraction | None = None) -> tuple[Said, Said]:
    """``what = value``, as two inequalities."""
    return at_least(what, value, time), at_most(what, value, time)


def ball(value: arb) -> Ball:
    """The ball that leaves ball arithmetic."""
    return Ball.from_arb(value)


@lru_cache(maxsize=64)
def state_at(candidate: Problem, time: Fraction) -> FlowEnclosure | None:
    """The state at a time, to 12 digits, or None where it cannot be enclosed."""
    from verify.rigorous import TubeError, enclose_flow

    try:
        return enclose_flow(candidate, time=time, digits=12)
    except TubeError:
        return None


def followed(candidate: Problem, said: Said) -> Ball | None:
    """What a sentence speaks of, enclosed by following the flow; None where it is not known."""
    if said.time is None:
        return quantity(limits.certified(candidate), said.what)
    state = state_at(candidate, said.time)
    return None if state is None else quantity_of_state(state, said.what)


def judged(
    sentences: Callable[[Problem], Iterable[Said]],
    *names: str,
    part: str = "",
    value_of: Callable[[Problem, Said], Ball | None] = followed,
    kind: str = "certified limit",
) -> Callable[[Problem], Evidence]:
    """A certificate: the first of the sentences that the enclosed flow, or another enclosure, contradicts."""
    hypotheses = tuple(Established(name=name, how=BY_CONSTRUCTION) for name in names)

    def certify(candidate: Problem) -> Evidence:
        told = "nothing was to be said"
        for said in sentences(candidate):
            value = value_of(candidate, said)
            told = f"{said.what} {said.sign} {float(said.bound):.8g}: {'unknown' if value is None else value.text(8)}"
            if value is None:
                continue
            found = sentence(
                "one candidate",
                candidate,
                hypotheses,
                value,
                what=said.what,
                sign=said.sign,
                bound=said.bound,
                part=part,
                time=said.time,
                kind=kind if said.time is None else "enclosed state",
            )
            if found.outcome is Outcome.REFUTES:
                return found
        return Evidence.undecided(kind=kind, scope=ONE_CANDIDATE, detail=f"not contradicted: {told}")

    return certify


def read_member(candidate: Problem) -> Member:
    """Depth, n, m, α, w and s of a problem that is known to be a member of the family."""
    layer, entries = candidate.layers[0], candidate.observations.entries
    s = sum(i == 0 for i, _, _ in entries)
    n, alpha = len(layer) // s, layer[0][0]
    off = layer[0][s] if n > 1 else Fraction(0)
    return Member(candidate.depth, n, alpha / off if off else None, alpha, entries[0][2], s)


def block_layer(n: int, s: int, alpha: Any, off: Any) -> Matrix:
    """α on the n diagonal blocks of size s, `off` elsewhere."""
    return tuple(tuple(alpha if i // s == j // s else off for j in range(n * s)) for i in range(n * s))


# ---------------------------------------------------------------------------------------------------------------------
# The limit equations, for many members at once


def log_gap(depth: float, n: int, log_total: Any, log_constant: Any) -> Floats:
    """``ln(λ₁/λ₂)`` of the limit, λ = τ^L, for arrays of ``ln(nsw)`` and of ``ln C``, by bisection in ln λ₁; L ≥ 3.

    (E2) gives ``ln(λ₁/λ₂) = ln(1 + C λ₁^q)/q`` with ``q = 1 − 2/L``; the left side of (E1) then increases with λ₁.
    For infinite depth q = 1.
    """
    import numpy as np

    q = 1 - 2 / depth
    high = np.asarray(log_total, dtype=np.float64) + 0 * np.asarray(log_constant)
    low = high - np.log(n)

    def gap(first: Floats) -> Floats:
        found: Floats = np.logaddexp(0, log_constant + q * first) / q
        return found

    for _ in range(54):
        middle = (low + high) / 2
        below = middle + np.log1p((n - 1) * np.exp(-gap(middle))) < log_total
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return gap((low + high) / 2)


def log_k(depth: int, n: int, m: Any) -> Floats:
    """``ln K_L``, without cancellation for large m."""
    import numpy as np

    power = depth - 2
    near, far = -np.log1p(-1 / m), -np.log1p((n - 1) / m)
    found: Floats = power * far + np.log(np.expm1(power * (near - far)))
    return found


# ---------------------------------------------------------------------------------------------------------------------
# What holds at an instant


def _named(n: int, s: int, depth: int, alpha: Any, off: Any, w: Any) -> dict[str, Any]:
    layers = (block_layer(n, s, alpha, off),) * depth
    return {"n": n, "s": s, "alpha": alpha, "off": off, "w": w, "layers": layers}


def _observed(data: Data) -> dict[tuple[int, int], Any]:
    """w on the diagonal blocks."""
    size, s = data["n"] * data["s"], data["s"]
    return {(i, j): data["w"] for i in range(size) for j in range(size) if i // s == j // s}


def _eigenvalues(n: int, s: int, layer: Matrix) -> tuple[Any, Any]:
    """The first row's sum, and s times the diagonal entry less one off the blocks; of layers and of their rates."""
    return sum(layer[0]), s * (layer[0][0] - layer[0][s])


def _reduction(data: Data) -> Iterator[tuple[str, Any, Any]]:
    """What is claimed of the product and of the layers' rates: where, the value, the claimed value."""
    n, s, w, layers = data["n"], data["s"], data["w"], data["layers"]
    depth = len(layers)
    first, second = s * (data["alpha"] + (n - 1) * data["off"]), s * (data["alpha"] - data["off"])
    seen = (first**depth + (n - 1) * second**depth) / (n * s)
    whole = block_layer(n, s, seen, (first**depth - second**depth) / (n * s))
    rise, fall = (s * (w - seen) * x ** (depth - 1) for x in (first, second))
    moved = block_layer(n, s, (rise + (n - 1) * fall) / (n * s), (rise - fall) / (n * s))
    pairs = [("product", product(*reversed(layers)), whole)]
    pairs += [(f"rate {l}", rate, moved) for l, rate in enumerate(rates(layers, _observed(data)))]
    for name, true, claimed in pairs:
        for i, row in enumerate(true):
            for j, x in enumerate(row):
                yield f"{name} {i} {j}", x, claimed[i][j]
    if s > 1:  # as single entries with w → sw, α → sα
        single = _named(n, 1, depth, s * data["alpha"], s * data["off"], s * w)
        of_single = _eigenvalues(n, 1, rates(single["layers"], _observed(single))[0])
        for k, (x, y) in enumerate(zip((rise, fall), of_single, strict=True)):
            yield f"eigenvalue's rate {k}", x, y


_SIZES = ((2, 1, 2), (2, 1, 3), (3, 1, 3), (2, 2, 2), (2, 1, 4))


@family.family_reduction.hunt
def _(run: Run) -> Hunt:
    """Members by α and 1/m, of either sign, m = ∞ among them."""

    def domain(n: int, s: int, depth: int) -> Domain:
        def build(x: Sequence[Any]) -> Data:
            return _named(n, s, depth, x[0], x[0] * x[1], x[2])

        return Domain(name=f"depth {depth}, {n} blocks of size {s}", box=[(-2, 2), (-3, 3), (-3, 3)], build=build)

    def conclusion(data: Data) -> Iterator[Assertion]:
        if run.twin:
            yield equal(*_with_exponent(data))
            return
        for _, true, claimed in _reduction(data):
            yield equal(true, claimed)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        if run.twin:
            enclosed = {"rate": failing.left, "false rate": failing.right}
            told = f"the first eigenvalue's rate at the start is {failing.left}, not {failing.right}"
        else:
            where = next(name for name, true, claimed in _reduction(data) if true != claimed)
            enclosed = {"of": where, "false value": failing.right}
            told = f"{where} is {failing.left}, not {failing.right}"
        return exactly(data, family.MEMBER, told, enclosed)

    domains = [domain(*size) for size in _SIZES]
    return entrywise_hunt(domains, conclusion=conclusion, refuted=refuted, about="relative error of the reduced flow")


def _with_exponent(data: Data) -> tuple[Any, Any]:
    """τ₁' by the layers, and with the exponent L in place of L − 1."""
    moved = rates(data["layers"], _observed(data))
    first = _eigenvalues(data["n"], data["s"], data["layers"][0])[0]
    seen = product(*reversed(data["layers"]))[0][0]
    return sum(moved[0][0]), data["s"] * (data["w"] - seen) * first ** len(data["layers"])


def exactly(data: Data, hypothesis: str, told: str, enclosed: Mapping[str, object]) -> Evidence:
    """Refuting evidence about the start that the data stand for."""
    return Evidence.refutes(
        kind="exact evaluation",
        assurance=Assurance.PROVED,
        scope=ONE_CANDIDATE,
        detail=told,
        witness=Witness(
            problem=dump_problem(problem(data["layers"], _observed(data))),
            hypotheses=stated(hypothesis, BY_CONSTRUCTION),
            violates=told,
            enclosed=enclosed,
        ),
    )


def _deep(n: int, s: int, depth: int) -> Domain:
    """Members with 1 < m < ∞, by 1/m, α and w."""

    def build(x: Sequence[Any]) -> Data:
        return _named(n, s, depth, x[1], x[1] * x[0], x[2]) | {"inverse ratio": x[0]}

    name = f"depth {depth}, {n} blocks of size {s}"
    return Domain(name=name, box=[(0.02, 0.95), (0.05, 3), (0.05, 5)], build=build)


#: Relative errors that say nothing: the rate of τ₂ is a difference, small where m is near 1.
_CANCELLED = 1e-7
_DEEP_SIZES = ((2, 1, 3), (3, 1, 3), (2, 2, 3), (2, 1, 4), (2, 1, 5))


@family.first_integrals.hunt
def _(run: Run) -> Hunt:
    extra = 1 if run.twin else 2

    def parts(data: Data) -> tuple[Any, Any, Any]:
        """The rate of ``τ₂^{−p} − τ₁^{−p}`` in two terms, and its value."""
        power = len(data["layers"]) - extra
        first, second = _eigenvalues(data["n"], data["s"], data["layers"][0])
        up, down = _eigenvalues(data["n"], data["s"], rates(data["layers"], _observed(data))[0])
        terms = [power * moved / tau ** (power + 1) for tau, moved in ((first, up), (second, down))]
        return terms[0], terms[1], 1 / second**power - 1 / first**power

    def constant(data: Data) -> Any:
        """``K_L``."""
        power, m = len(data["layers"]) - 2, 1 / data["inverse ratio"]
        return (m / (m - 1)) ** power - (m / (m + data["n"] - 1)) ** power

    def conclusion(data: Data) -> Iterator[Assertion]:
        rise, fall, value = parts(data)
        yield equal(rise, fall)
        if not run.twin:
            k = constant(data)
            yield above(k, 0)
            yield equal(value * (data["s"] * data["alpha"]) ** (len(data["layers"]) - 2), k)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        rise, fall, _ = parts(data)
        power = len(data["layers"]) - extra
        enclosed: dict[str, object] = {"rate": rise - fall, "power": power}
        told = f"τ₂^−{power} − τ₁^−{power} has the rate {rise - fall} at the start"
        if rise == fall:
            claimed = constant(data) / (data["s"] * data["alpha"]) ** power
            enclosed = {"power": power, "false value": claimed}
            told = f"τ₂^−{power} − τ₁^−{power} is not {claimed}, or that is not positive"
        return exactly(data, family.DEEP_MEMBER, told, enclosed)

    return entrywise_hunt(
        [_deep(*size) for size in _DEEP_SIZES],
        conclusion=conclusion,
        refuted=refuted,
        noise=_CANCELLED,
        about="relative error of the first integral's rate and value",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Time


def _quadrature(depth: int, n: int, s: int, value: float, start: tuple[Floats, Floats], first: Floats) -> Floats:
    """``∫dS/(s(w − d(S)))`` up to where τ₁ is `first`, by Gauss's rule in ln τ₁."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(80)
    power = depth - 2
    length = np.log(first / start[0])
    total = np.zeros_like(first)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        tau = start[0] * np.exp(node * length)
        passed = (start[0] ** -power - tau**-power) / power  # S
        other = (start[1] ** -power - power * passed) ** (-1 / power)
        seen = (tau**depth + (n - 1) * other**depth) / (n * s)
        total += weight * length * tau**-power / (s * (value - seen))
    return total


#: depth, n, s, w, and the time at which the flows are looked at.
_TIMED = ((3, 2, 1, 1, 1), (3, 3, 1, 2, Fraction(1, 2)), (4, 2, 1, 1, 1), (3, 2, 2, 1, Fraction(1, 2)))


def _timed_chart(depth: int, n: int, s: int, value: int, time: Fraction | int) -> Chart:
    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        power = depth - 2
        base = s * at[1]
        start = (base * (1 + (n - 1) / at[0]), base * (1 - 1 / at[0]))
        end = found.product[:, 0].sum(axis=1)
        share = end / (s * value)
        run_to = (start[0] ** -power - end ** (-power / depth)) / power
        least, most = run_to / (s * value), run_to / ((1 - share) * s * value)
        error = np.abs(_quadrature(depth, n, s, value, start, end ** (1 / depth)) / float(time) - 1)
        room = np.minimum(float(time) - least, most - float(time)) / float(time) + LIMIT_ERROR
        on_the_way = (share < 1) & (end > start[0] ** depth) & (found.residual > 0.02 * value)
        return np.where(on_the_way, np.minimum(room, LIMIT_ERROR - error), np.nan)

    return flow_chart(
        f"after the time {time}: depth {depth}, {n} blocks of size {s}, w = {value}",
        [(1.05, 10), (0.05 / s, 0.7 / s)],
        layers=lambda x: (block_layer(n, s, x[1], x[1] / x[0]),) * depth,
        observations=Observations.block_diagonal(n, s, value),
        slack=slack,
        requires=lambda candidate: sum(candidate.product()[0], Fraction(0)) < s * value,
        horizon=float(time),
    )


def _said_of_time(candidate: Problem) -> Iterator[Said]:
    """What the claim says of the state at time T, where it is enclosed as ``τ₁^L ∈ R``: below R if T is before the
    earliest time at which R can be reached, or before the integral up to there; above R if T is after both."""
    member = read_member(candidate)
    kind = [member.depth, member.n, member.s, member.value]
    for time in (Fraction(time) for *one, time in _TIMED if one == kind):
        state = state_at(candidate, time)
        if state is None:
            continue
        end = quantity_of_state(state, "row sum 0")
        if not family.eigenvalues(member)[0] ** member.depth < end.lower <= end.upper < member.s * member.value:
            continue
        (earliest, _, reached), (_, latest, left) = (_times(member, first) for first in (end.lower, end.upper))
        if time < earliest or (reached is not None and time < reached.lower):
            yield at_most("row sum 0", end.lower - 2 * _TINY, time)
        if time > latest or (left is not None and time > left.upper):
            yield at_least("row sum 0", end.upper + 2 * _TINY, time)


def _times(member: Member, first: Fraction) -> tuple[Fraction, Fraction, Ball | None]:
    """When τ₁^L is `first`, by the claim: not before, not after, and as the integral (None: not enclosed)."""
    from flint import acb

    depth, target, power = member.depth, member.s * member.value, member.depth - 2
    with precision(BITS):
        begin = [to_arb(tau**-power) for tau in family.eigenvalues(member)]
        stop = (begin[0] - to_arb(first) ** to_arb(Fraction(-power, depth))) / power  # S
        outer = -to_arb(Fraction(depth, power))

        def integrand(passed: acb, _: object) -> acb:
            larger, smaller = ((x - power * passed) ** acb(outer) for x in begin)  # τ₁^L, τ₂^L
            return 1 / (to_arb(target) - (larger + (member.n - 1) * smaller) / member.n)

        found = acb.integral(integrand, acb(0), acb(stop)).real
        least, most = ball(stop / to_arb(target)), ball(stop / to_arb(target - first))
        return least.lower, most.upper, ball(found) if found.is_finite() else None


@asymptotics.time_along_the_curve.hunt
def _(run: Run) -> Hunt:
    """At the start the rates of ``τ_i^{−(L−2)} + (L−2)S``, by the layers' rates; after a time T, how far the flow is:
    where τ₁^L = ηsw, T should lie between both bounds, and be the integral."""
    less = 1 if run.twin else 2

    def parts(data: Data) -> Iterator[tuple[int, Any, Any]]:
        layers, s = data["layers"], data["s"]
        power, factor = len(layers) - 2, len(layers) - less
        gap = data["w"] - product(*reversed(layers))[0][0]
        taus = _eigenvalues(data["n"], s, layers[0])
        moved = _eigenvalues(data["n"], s, rates(layers, _observed(data))[0])
        for k, (tau, rate) in enumerate(zip(taus, moved, strict=True)):
            yield k, power * rate / tau ** (power + 1), factor * s * gap

    def conclusion(data: Data) -> Iterator[Assertion]:
        for _, falls, rises in parts(data):
            yield equal(falls, rises)

    def refuted(data: Data, failing: Assertion) -> Evidence:
        k, falls, rises = next(one for one in parts(data) if one[1] != one[2])
        depth = len(data["layers"])
        enclosed = {"rate": rises - falls, "depth": depth, "coefficient": depth - less, "eigenvalue": k + 1}
        told = f"τ_{k + 1}^−{depth - 2} + {depth - less}S has the rate {rises - falls} at the start"
        return exactly(data, family.DEEP_MEMBER, told, enclosed)

    at_once = entrywise_hunt(
        [_deep(*size) for size in _DEEP_SIZES],
        conclusion=conclusion,
        refuted=refuted,
        noise=_CANCELLED,
        about="relative error of the rates at the start, and of the times, plus what is forgiven",
    )
    if run.twin:
        return at_once
    later = tuple(_timed_chart(*one) for one in _TIMED)
    return joined(at_once, Hunt(charts=later, certify=judged(_said_of_time, family.DEEP_MEMBER), noise=0.0))


# ---------------------------------------------------------------------------------------------------------------------
# The limit


#: depth, n, s, w
_LIMITS = ((3, 2, 1, 1), (3, 3, 1, 2), (4, 2, 1, Fraction(1, 2)), (5, 2, 1, 1), (3, 2, 2, 1))
#: When to look at whether the observed entry moves towards w.
SOON = Fraction(1, 5)


def members_chart(
    name: str,
    depth: int,
    n: int,
    s: int,
    value: Fraction | int,
    slack: Callable[[Ends, Sequence[Any]], Any],
    *,
    box: Sequence[tuple[float, float]] = ((1.02, 60), (0.1, 3)),
    horizon: float = HORIZON,
) -> Chart:
    """Members with 1 < m < ∞ by m and α; fitted ones, unless they are looked at after a time."""
    return flow_chart(
        f"{name}: depth {depth}, {n} blocks of size {s}, w = {value}",
        box,
        layers=lambda x: (block_layer(n, s, x[1], x[1] / x[0]),) * depth,
        observations=Observations.block_diagonal(n, s, value),
        slack=slack if horizon < HORIZON else where_fitted(slack),
        horizon=horizon,
    )


def _limit_chart(depth: int, n: int, s: int, value: Fraction | int, *, twin: bool) -> Chart:
    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        first, off, w = found.product[:, 0].sum(axis=1), found.product[:, 0, -1], float(value)
        if twin:
            return s * w - first
        m, alpha = at
        constant = log_k(depth, n, m) - (depth - 2) * np.log(s * alpha)
        ratio = np.exp(log_gap(depth, n, np.log(n * s * w), constant))  # λ₁/λ₂
        error = np.abs(off - w * (ratio - 1) / (ratio + n - 1))
        inside = np.minimum(first - s * w, n * s * w - first)
        return np.minimum(LIMIT_ERROR - error, np.minimum(inside, w - off) + LIMIT_ERROR)

    return members_chart("limit", depth, n, s, value, slack)


def _towards_chart(depth: int, n: int, s: int, value: Fraction | int) -> Chart:
    def slack(found: Ends, at: Sequence[Any]) -> Any:
        import numpy as np

        start, now, w = found.start[:, 0, 0], found.product[:, 0, 0], float(value)
        way = np.sign(w - start)
        return np.minimum((now - start) * way, (w - now) * way) + LIMIT_ERROR

    return members_chart("on the way", depth, n, s, value, slack, horizon=float(SOON))


def _said_of_limit(candidate: Problem) -> Iterator[Said]:
    from verify.rigorous import enclose_family_limit

    member = read_member(candidate)
    target, last = member.s * member.value, len(candidate.layers[0]) - 1
    yield from equals(f"entry 0 {last}", enclose_family_limit(member.depth, **member.parameters, digits=40).off_block)
    yield at_least("row sum 0", target)
    yield at_most("row sum 0", member.n * target)
    yield at_most(f"entry 0 {last}", member.value)
    ends = sorted((family.observed_entry(member), member.value))
    yield at_least("entry 0 0", ends[0], SOON)
    yield at_most("entry 0 0", ends[1], SOON)


@family.limit_equations.hunt
def _(run: Run) -> Hunt:
    def at_most_w(candidate: Problem) -> Iterator[Said]:
        """Refuted where the eigenvalue is above a number above sw."""
        member = read_member(candidate)
        target, first = member.s * member.value, quantity(limits.certified(candidate), "row sum 0")
        if first is not None and first.lower > target:
            yield Said("row sum 0", "<", (target + first.lower) / 2)

    charts = tuple(_limit_chart(*one, twin=run.twin) for one in _LIMITS)
    if not run.twin:
        charts += tuple(_towards_chart(*one) for one in _LIMITS[:3])
    return Hunt(
        charts=charts,
        certify=judged(at_most_w if run.twin else _said_of_limit, family.DEEP_MEMBER, part=family.UNIQUE),
        noise=0.0,
        about="how far the limit is from the equations' solution and from the ends of its range",
    )


@family.stable_rank_bounds.hunt
def _(run: Run) -> Hunt:
    """All sentences on the eigenvalues and the stable rank; for the twin the bound with α^{2L+2}."""

    def chart(depth: int, n: int, s: int, value: Fraction | int) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            m, alpha = at
            target, power, excess = s * float(value), depth - 2, found.stable_rank() - 1
            log_constant = log_k(depth, n, m) - power * np.log(s * alpha)
            most = (n - 1) * np.exp(-2 * depth / power * log_constant) / target**2
            if run.twin:
                return most * (s * alpha) ** 2 - excess + LIMIT_ERROR
            off, first = found.product[:, 0, -1], found.product[:, 0].sum(axis=1)
            second = s * (float(value) - off)  # λ₂ = τ₂^L
            least = (np.exp(log_constant) + target ** (-power / depth)) ** (-depth / power)
            room = [most - excess, excess, second - least, np.exp(-depth / power * log_constant) - second]
            room += [first - target, LIMIT_ERROR / 2 - np.abs(excess - (n - 1) * (second / first) ** 2)]
            return np.min(room, axis=0) + LIMIT_ERROR

        return members_chart("limit", depth, n, s, value, slack)

    def said(candidate: Problem) -> Iterator[Said]:
        member = read_member(candidate)
        depth, n, target = member.depth, member.n, member.s * member.value
        with precision(BITS):
            constant, back = to_arb(family.coupling_constant(member)), to_arb(Fraction(-depth, depth - 2))
            most = ball(1 + (n - 1) * constant ** (2 * back) / to_arb(target) ** 2)
            least = ball((constant + to_arb(target) ** (1 / back)) ** back)
            largest = ball(constant**back)
        last = len(candidate.layers[0]) - 1
        yield at_most("stable rank", most)
        yield at_least("row sum 0", target)
        yield at_most(f"entry 0 {last}", member.value - least.lower / member.s)
        yield at_least(f"entry 0 {last}", member.value - largest.upper / member.s)
        limit = limits.certified(candidate)
        if limit.converged:
            with precision(BITS):
                first = to_arb(quantity_of_state(limit, "row sum 0"))
                second = member.s * (to_arb(member.value) - to_arb(limit.product[0][last]))
                yield from equals("stable rank", ball(1 + (n - 1) * (second / first) ** 2))

    def faster(candidate: Problem) -> Evidence:
        member, rank = read_member(candidate), limits.certified(candidate).stable_rank
        depth, base = member.depth, member.s * member.alpha
        with precision(BITS):
            constant = to_arb(family.coupling_constant(member)) ** to_arb(Fraction(-2 * depth, depth - 2))
            bound = ball((member.n - 1) * to_arb(base) ** 2 * constant / to_arb(member.s * member.value) ** 2).upper
        return _false_number(candidate, family.DEEP_MEMBER, "bound", bound, rank is not None and rank.lower - 1 > bound)

    return Hunt(
        charts=tuple(chart(*one) for one in _LIMITS),
        certify=faster if run.twin else judged(said, family.DEEP_MEMBER),
        noise=0.0,
        about="least room in the bounds of τ₁, τ₂ and of the stable rank, plus 1e-5 for the float limit",
    )


def _false_number(candidate: Problem, hypothesis: str, name: str, number: Fraction, violated: bool) -> Evidence:
    """That the certified stable rank contradicts a false bound, or a false stable rank."""
    rank = limits.certified(candidate).stable_rank
    detail = f"stable rank {'unknown' if rank is None else rank.text(14)}, false {name} {float(number):.14g}"
    if not violated:
        return Evidence.undecided(kind="certified limit", scope=ONE_CANDIDATE, detail=f"not contradicted: {detail}")
    return Evidence.refutes(
        kind="certified limit",
        assurance=Assurance.ENCLOSED,
        scope=ONE_CANDIDATE,
        detail=detail,
        witness=Witness(
            problem=dump_problem(candidate),
            hypotheses=stated(hypothesis, BY_CONSTRUCTION),
            violates=detail,
            enclosed={f"false {name}": number},
        ),
    )


@family.depth_two_closed_form.hunt
def _(run: Run) -> Hunt:
    """The limit, and the observed entry after a time; for the twin the stable rank with the square."""

    def share(n: int, m: Any) -> Any:
        """``1/ρ``."""
        return (m - 1) / (m + n - 1)

    def chart(n: int, s: int, value: Fraction | int) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            small, rank, off = share(n, at[0]) ** 2, found.stable_rank(), found.product[:, 0, -1]
            if run.twin:
                return LIMIT_ERROR - np.abs(rank - 1 - (n - 1) * small)
            closed = float(value) * (1 - small) / (1 + (n - 1) * small)  # (λ₁ − λ₂)/(ns)
            errors = [np.abs(off - closed), np.abs(rank - 1 - (n - 1) * small**2)]
            if n == 2:
                errors.append(np.abs(off - 2 * at[0] * float(value) / (at[0] ** 2 + 1)))
            return LIMIT_ERROR - np.max(errors, axis=0)

        return members_chart("limit", 2, n, s, value, slack)

    def timed(n: int, s: int, value: Fraction | int) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            w = float(value)
            decay = (w / found.start[:, 0, 0] - 1) * np.exp(-2 * s * w * float(SOON))
            return LIMIT_ERROR - np.abs(found.product[:, 0, 0] - w / (1 + decay))

        return members_chart("on the way", 2, n, s, value, slack, horizon=float(SOON))

    def said(candidate: Problem) -> Iterator[Said]:
        member = read_member(candidate)
        n, s, w, m = member.n, member.s, member.value, member.m
        assert m is not None
        small, last = share(n, m) ** 2, len(candidate.layers[0]) - 1
        yield from equals("stable rank", _shallow_rank(member))
        yield from equals(f"entry 0 {last}", w * (1 - small) / (1 + (n - 1) * small))
        if n == 2:
            yield from equals(f"entry 0 {last}", 2 * m * w / (m**2 + 1))
        with precision(BITS):
            decay = to_arb(w / family.observed_entry(member) - 1) * to_arb(-2 * s * w * SOON).exp()
            yield from equals("entry 0 0", ball(to_arb(w) / (1 + decay)), SOON)

    def square(candidate: Problem) -> Evidence:
        member, rank = read_member(candidate), limits.certified(candidate).stable_rank
        wrong = 1 + (member.n - 1) * share(member.n, member.m) ** 2
        differs = rank is not None and not rank.contains(wrong)
        return _false_number(candidate, family.SHALLOW_MEMBER, "stable rank", wrong, differs)

    kinds: tuple[tuple[int, int, Fraction | int], ...] = ((2, 1, 1), (3, 1, 2), (2, 2, Fraction(1, 2)))
    charts = tuple(chart(*kind) for kind in kinds)
    return Hunt(
        charts=charts if run.twin else (*charts, *(timed(*kind) for kind in kinds[1:])),
        certify=square if run.twin else judged(said, family.SHALLOW_MEMBER),
        noise=0.0,
        about="1e-5 less the error of the closed forms",
    )


@asymptotics.diagonal_blocks.hunt
def _(run: Run) -> Hunt:
    kinds = ((2, 2, 1, 1), (2, 2, 2, 3), (3, 2, 1, 8), (3, 3, 1, Fraction(1, 2)), (4, 2, 1, 2), (3, 2, 2, 1))

    def norm(depth: int, n: int, s: int, value: Fraction | int) -> arb:
        """``n (sw)^{2/L}``, of the layer with n eigenvalues ``(sw)^{1/L}``; for the twin with ``√(sw)``."""

        return n * to_arb(Fraction(s * value)) ** to_arb(Fraction(2, 2 if run.twin else depth))

    def chart(depth: int, n: int, s: int, value: Fraction | int) -> Chart:
        with precision(BITS):
            size = float(ball(norm(depth, n, s, value)).mid)

        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            rest = np.abs(found.product - float(value) * np.kron(np.eye(n), np.ones((s, s)))).max(axis=(1, 2))
            spread = np.abs((found.layers[0] ** 2).sum(axis=(1, 2)) - size)
            return LIMIT_ERROR - np.maximum(rest, spread) / (1 + float(value))

        return flow_chart(
            f"depth {depth}, {n} blocks of size {s}, w = {value}",
            [(0.05, 3)],
            layers=lambda x: (block_layer(n, s, x[0], 0 * x[0]),) * depth,
            observations=Observations.block_diagonal(n, s, value),
            slack=where_fitted(slack),
        )

    def said(candidate: Problem) -> Iterator[Said]:
        member = read_member(candidate)
        with precision(BITS):
            size = ball(norm(member.depth, member.n, member.s, member.value))
        yield from equals("layer norm squared", size)
        yield from equals(f"entry 0 {len(candidate.layers[0]) - 1}", 0)
        yield from equals("stable rank", member.n)

    return Hunt(
        charts=tuple(chart(*one) for one in kinds),
        certify=judged(said, asymptotics.INFINITE_MEMBER),
        noise=0.0,
        about="1e-5 less the distance of W and of the size of its layers from what is claimed",
    )


@readings.rank_one_iff_coupled.hunt
def _(run: Run) -> Hunt:
    """The bound ``const·α^{2L}`` with the constant of the claim stable-rank-bounds, and the two constants. For the twin
    members of depth 2, whose stable rank should tend to 1 and does not depend on the scale."""

    def chart(depth: int, n: int, s: int, value: int, *, infinite: bool = False) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            rank = found.stable_rank()
            if run.twin:
                return LIMIT_ERROR - (rank - 1)
            if infinite:
                return LIMIT_ERROR - np.abs(rank - n)
            m, alpha = at
            if depth == 2:
                return LIMIT_ERROR - np.abs(rank - 1 - (n - 1) * ((m - 1) / (m + n - 1)) ** 4)
            constant = log_k(depth, n, m) - (depth - 2) * np.log(s * alpha)
            most = (n - 1) * np.exp(-2 * depth / (depth - 2) * constant) / (s * value) ** 2
            return np.minimum(most - (rank - 1), rank - 1) / rank + LIMIT_ERROR

        return flow_chart(
            f"depth {depth}, {n} blocks of size {s}, w = {value}" + (", m = ∞" if infinite else ""),
            [(1.02, 20), (0.1, 2.5)],
            layers=lambda x: (block_layer(n, s, x[1], 0 * x[1] if infinite else x[1] / x[0]),) * depth,
            observations=Observations.block_diagonal(n, s, value),
            slack=where_fitted(slack),
        )

    def said(candidate: Problem) -> Iterator[Said]:

        member = read_member(candidate)
        n, depth = member.n, member.depth
        if member.m is None:
            yield from equals("stable rank", n)
        elif depth == 2:
            yield from equals("stable rank", _shallow_rank(member))
        else:
            with precision(BITS):
                power = to_arb(family.coupling_constant(member)) ** to_arb(Fraction(-2 * depth, depth - 2))
                most = ball(1 + (n - 1) * power / to_arb(member.s * member.value) ** 2)
            yield at_most("stable rank", most)

    hypothesis = "member of the family with 1 < m <= infinity, n >= 2, w > 0"

    def constant_above_one(candidate: Problem) -> Evidence:
        rank, found = _shallow_rank(read_member(candidate)), limits.certified(candidate).stable_rank
        detail = f"the stable rank is {rank} at every scale"
        if found is None or not found.contains(rank):
            return Evidence.undecided(kind="closed form", scope=ONE_CANDIDATE, detail=f"not confirmed: {detail}")
        return Evidence.refutes(
            kind="certified limit",
            assurance=Assurance.ENCLOSED,
            scope=ONE_CANDIDATE,
            detail=detail,
            part=readings.COUPLED_PART,
            witness=Witness(
                problem=dump_problem(candidate),
                hypotheses=stated(hypothesis, BY_CONSTRUCTION),
                violates="the stable rank of the limit does not depend on alpha and is not 1",
                enclosed={"stable rank": rank},
            ),
        )

    shallow = (chart(2, 2, 1, 1), chart(2, 3, 1, 2), chart(2, 2, 2, 1))
    if run.twin:
        return Hunt(charts=shallow, certify=constant_above_one, noise=0.0, about="1 + 1e-5 less the stable rank")
    infinite = (chart(2, 2, 1, 1, infinite=True), chart(3, 3, 1, 2, infinite=True))
    deep = (chart(3, 2, 1, 1), chart(4, 2, 1, 2), chart(3, 3, 1, 1), chart(3, 2, 2, 1))
    return Hunt(
        charts=(*deep, *shallow, *infinite),
        certify=judged(said, hypothesis),
        noise=0.0,
        about="smaller of sr − 1 and bound − (sr − 1), relative to sr, or 1e-5 less the error of the constant",
    )


def _shallow_rank(member: Member) -> Fraction:
    """``1 + (n−1)((m−1)/(m+n−1))⁴``, the stable rank at depth 2."""
    assert member.m is not None
    return 1 + (member.n - 1) * ((member.m - 1) / (member.m + member.n - 1)) ** 4
