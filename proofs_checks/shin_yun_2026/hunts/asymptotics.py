"""Where to look for counterexamples to what is claimed of the family's limit as a function of scale, ratio and depth.

Such claims are explicit inequalities for every member. The limits of thousands of members are roots of the two limit
equations, found by bisection in logarithms, so that a stable rank next to 1 or next to n keeps its digits; the
certificate isolates the root in ball arithmetic, and the claim's second path follows the flow. (That the limit solves
the equations is hunted by itself, in :mod:`.family`, as are the closed forms here, by flows alone.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Any

from proofs_checks.shin_yun_2026 import asymptotics, family
from proofs_checks.shin_yun_2026.hunts.coupling import LIMIT_ERROR
from proofs_checks.shin_yun_2026.hunts.family import (
    BITS,
    Said,
    at_least,
    at_most,
    ball,
    equals,
    judged,
    log_gap,
    log_k,
    members_chart,
    read_member,
)
from proofs_checks.shin_yun_2026.instances import Member
from verify.arithmetic import Ball, precision
from verify.arithmetic.convert import to_arb
from verify.claims import Evidence, Run
from verify.models import Problem
from verify.search.flows import Ends
from verify.search.hunt import Chart, Hunt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_DIGITS = 40


@dataclass(frozen=True)
class Members:
    """Many members of one depth and shape, 1 < m < ∞; m, α and w are arrays of shape (count,)."""

    depth: int
    n: int
    s: int
    m: Any
    alpha: Any
    w: Any

    @property
    def log_constant(self) -> Floats:
        """``ln C``, ``C = (sα)^{−(L−2)} K_L``."""
        import numpy as np

        found: Floats = log_k(self.depth, self.n, self.m) - (self.depth - 2) * np.log(self.s * self.alpha)
        return found

    @property
    def log_total(self) -> Floats:
        """``ln(nsw)``."""
        import numpy as np

        found: Floats = np.log(self.n * self.s * self.w)
        return found

    def gap(self, log_constant: Any = None) -> Floats:
        """``ln(λ₁/λ₂)`` of the limit; with another constant in (E2), if one is given."""
        if self.depth == 2:
            return 2 * self.start_ratio
        return log_gap(self.depth, self.n, self.log_total, self.log_constant if log_constant is None else log_constant)

    @property
    def start_ratio(self) -> Floats:
        """``ln(τ₁/τ₂)`` at the start."""
        import numpy as np

        found: Floats = np.log1p(self.n / (self.m - 1))
        return found


def excess(n: int, gap: Floats) -> Floats:
    """``sr − 1``."""
    import numpy as np

    found: Floats = (n - 1) * np.exp(-2 * gap)
    return found


def missing(n: int, gap: Floats) -> Floats:
    """``n − sr``."""
    import numpy as np

    found: Floats = -(n - 1) * np.expm1(-2 * gap)
    return found


def isolated(candidate: Problem, said: Said) -> Ball:
    """The stable rank of a member's limit, from the limit equations."""
    from verify.rigorous import enclose_family_limit

    assert said.what == "stable rank"
    member = read_member(candidate)
    return enclose_family_limit(member.depth, **member.parameters, digits=_DIGITS).stable_rank


def by_equations(sentences: Callable[[Member], Iterator[Said]], *names: str) -> Callable[[Problem], Evidence]:
    """A certificate by the root of the limit equations."""
    return judged(lambda problem: sentences(read_member(problem)), *names, value_of=isolated, kind="root isolation")


def equation_chart(
    depth: int,
    n: int,
    s: int,
    box: Sequence[tuple[float, float]],
    slack: Callable[[Members], Any],
    place: Callable[[Sequence[Any]], tuple[Any, Any, Any]] = lambda x: (x[0], x[1], x[2]),
) -> Chart:
    """Members by coordinates that `place` takes to (m, α, w), judged by the limit equations."""

    def data(point: tuple[Fraction, ...]) -> Problem | None:
        try:
            m, alpha, w = place(point)
        except ZeroDivisionError:
            return None
        return Member(depth, n, m, alpha, w, s).problem() if m > 1 and alpha > 0 and w > 0 else None

    def evaluate(points: Floats) -> Floats:
        import numpy as np

        m, alpha, w = (np.asarray(x) for x in place(list(points.T)))
        found = np.asarray(slack(Members(depth, n, s, m, alpha, w)), dtype=np.float64)
        return np.where((m > 1) & (alpha > 0) & (w > 0), found, np.nan)

    return Chart(
        name=f"depth {depth}, {n} blocks of size {s}",
        lower=tuple(low for low, _ in box),
        upper=tuple(high for _, high in box),
        data=data,
        slack=evaluate,
    )


#: depth, n, s
_SIZES = ((3, 2, 1), (4, 2, 1), (3, 4, 1), (6, 3, 1), (3, 2, 2))


@asymptotics.small_scale_asymptotics.hunt
def _(run: Run) -> Hunt:
    """Both remainders in units of their bounds."""

    def slack(at: Members) -> Any:
        import numpy as np

        power, rate = at.depth - 2, 2 * at.depth / (at.depth - 2)
        x = np.exp(-power / at.depth * np.log(at.s * at.w) - at.log_constant)
        e = (at.n - 1) * np.exp(-rate / 2 * at.log_constant - at.log_total)
        # (sr − 1)/a, a = (n − 1) C^{−2L/(L−2)}/(nsw)²
        log_ratio = -2 * at.gap() + rate * at.log_constant + 2 * at.log_total
        if run.twin:
            return np.where(e < 0.5, np.exp(log_ratio) / at.n**2 - 1 + rate * x, np.nan)
        lower = (np.expm1(log_ratio) + rate * x) / (x + 1e-9)
        return np.where(e < 0.5, np.minimum(lower, (6 * e - np.expm1(log_ratio)) / (e + 1e-9)), np.nan)

    def said(member: Member) -> Iterator[Said]:
        n, depth, target, c = member.n, member.depth, member.s * member.value, family.coupling_constant(member)
        rate = Fraction(2 * depth, depth - 2)
        with precision(BITS):
            constant = to_arb(c)
            e = (n - 1) * constant ** to_arb(-rate / 2) / to_arb(n * target)
            leading = (n - 1) * constant ** to_arb(-rate) / to_arb(n * target) ** 2
            x = to_arb(target) ** to_arb(Fraction(2 - depth, depth)) / constant
            if not e < 0.5:
                return
            if run.twin:
                leading *= n**2
            yield at_least("stable rank", ball(1 + leading * (1 - to_arb(rate) * x)))
            yield at_most("stable rank", ball(1 + leading * (1 + 6 * e)))

    box = [(1.02, 30), (0.01, 1.5), (0.05, 10)]
    return Hunt(
        charts=tuple(equation_chart(*size, box, slack) for size in _SIZES),
        certify=by_equations(said, family.DEEP_MEMBER),
        noise=1e-4,
        about="(sr − 1)/a less its lower bound, in units of x, and upper bound less it, in units of e",
    )


@asymptotics.large_scale_asymptotics.hunt
def _(run: Run) -> Hunt:
    share = Fraction(1, 2) if run.twin else Fraction(1)

    def slack(at: Members) -> Any:
        import numpy as np

        rate, gap = 2 * at.depth / (at.depth - 2), at.gap()
        v = np.exp(at.log_constant + (at.depth - 2) / at.depth * np.log(at.s * at.w))
        rest = missing(at.n, gap)
        return np.minimum(1 - rate * v * excess(at.n, gap) / rest, (at.n - 1) * float(share) * rate * v / rest - 1)

    def said(member: Member) -> Iterator[Said]:
        n, depth, target = member.n, member.depth, member.s * member.value
        with precision(BITS):
            v = to_arb(family.coupling_constant(member)) * to_arb(target) ** to_arb(Fraction(depth - 2, depth))
            rate = to_arb(Fraction(2 * depth, depth - 2))
            yield at_most("stable rank", ball((n + rate * v) / (1 + rate * v)))
            yield at_least("stable rank", ball(n - (n - 1) * to_arb(share) * rate * v))

    box = [(1.02, 30), (0.05, 20), (0.05, 10)]
    return Hunt(
        charts=tuple(equation_chart(*size, box, slack) for size in _SIZES),
        certify=by_equations(said, family.DEEP_MEMBER),
        noise=1e-10,
        about="how far n − sr is from both bounds, relative",
    )


def _bounds_of_constant(depth: int, n: int, m: Any) -> tuple[Any, Any]:
    """Of ``mK_L``, as claimed."""
    power = depth - 2
    return power * (1 + (n - 1) * (m / (m + n - 1)) ** power), power * ((m / (m - 1)) ** power + n - 1)


@asymptotics.exchange_of_limits.hunt
def _(run: Run) -> Hunt:
    """On ``mα^{L−2} = β``: the stable rank between the values that (E1), (E2) give for both bounds of C, which come
    together as m → ∞; and strictly between 1 and n. For the twin β = 10 and w = 1, near 1 meaning below 6/5."""

    def on_the_curve(depth: int) -> Callable[[Sequence[Any]], tuple[Any, Any, Any]]:
        def place(x: Sequence[Any]) -> tuple[Any, Any, Any]:
            beta, alpha, w = (10, x[0], 0 * x[0] + 1) if run.twin else (x[2], x[0], x[1])
            return beta / alpha ** (depth - 2), alpha, w

        return place

    def slack(at: Members) -> Any:
        import numpy as np

        gap = at.gap()
        if run.twin:
            return 0.2 - excess(at.n, gap)
        unit = np.log(at.m) + (at.depth - 2) * np.log(at.s * at.alpha)
        low, high = (at.gap(np.log(x) - unit) for x in _bounds_of_constant(at.depth, at.n, at.m))
        return np.minimum(gap - low, high - gap) / gap

    def said(member: Member) -> Iterator[Said]:
        from verify.rigorous import enclose_family_limit

        if run.twin:
            yield Said("stable rank", "<", Fraction(6, 5))
            return
        depth, m = member.depth, member.m
        assert m is not None
        unit = m * (member.s * member.alpha) ** (depth - 2)
        low, high = (
            enclose_family_limit(depth, **member.parameters, constant=x / unit, digits=_DIGITS).stable_rank
            for x in _bounds_of_constant(depth, member.n, m)
        )
        yield at_most("stable rank", low)
        yield at_least("stable rank", high)
        yield at_most("stable rank", member.n)
        yield at_least("stable rank", 1)

    box = [(0.01, 0.3)] if run.twin else [(0.02, 1), (0.05, 10), (1.5, 20)]
    sizes = _SIZES[:2] if run.twin else _SIZES
    return Hunt(
        charts=tuple(equation_chart(*size, box, slack, on_the_curve(size[0])) for size in sizes),
        certify=by_equations(said, family.DEEP_MEMBER),
        noise=1e-10,
        about="6/5 less the stable rank" if run.twin else "distance of ln(λ₁/λ₂) from its bounds, relative",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Depth


@asymptotics.depth_lowers_the_stable_rank.hunt
def _(run: Run) -> Hunt:
    """Layers of one depth, by τ₁, τ₂/τ₁ and w/d(0); from the same product, the limits of all smaller depths and of
    infinite depth. For the twin d(0) is above or below w."""

    def place(depth: int, n: int) -> Callable[[Sequence[Any]], tuple[Any, Any, Any]]:
        def placed(x: Sequence[Any]) -> tuple[Any, Any, Any]:
            first, second = x[0], x[0] * x[1]
            seen = (first**depth + (n - 1) * second**depth) / n
            return (first + (n - 1) * second) / (first - second), (first + (n - 1) * second) / n, seen * (1 + x[2])

        return placed

    def slack(at: Members) -> Any:
        import numpy as np

        begin = at.depth * at.start_ratio  # ln(λ₁/λ₂) of the product at the start
        first = at.depth * (np.log(at.alpha) + np.log1p((at.n - 1) / at.m))

        def gap(depth: float) -> Floats:
            if depth == 2:
                return begin
            q = 1 - 2 / depth
            return log_gap(depth, at.n, at.log_total, -q * first + np.log(np.expm1(q * begin)))

        own = gap(at.depth)
        return np.min([own - gap(depth) for depth in range(2, at.depth)] + [gap(inf) - own], axis=0)

    def said(member: Member) -> Iterator[Said]:
        from verify.rigorous import enclose_family_limit

        depth, n, total = member.depth, member.n, member.n * member.value
        first, second = (tau**depth for tau in family.eigenvalues(member))
        for shallower in range(2, depth):
            q = Fraction(shallower - 2, shallower)
            with precision(BITS):
                constant = ball(to_arb(second) ** to_arb(-q) - to_arb(first) ** to_arb(-q)).lower
            rank = (
                Ball(1 + (n - 1) * (second / first) ** 2)
                if shallower == 2
                else enclose_family_limit(
                    shallower, n=n, value=member.value, constant=constant, digits=_DIGITS
                ).stable_rank
            )
            yield at_most("stable rank", rank)
        c = 1 / second - 1 / first
        with precision(BITS):  # c λ₁² + (n − nwc) λ₁ = nw, and λ₂ = λ₁/(1 + c λ₁)
            half = to_arb(n - total * c) / 2
            largest = 2 * to_arb(total) / (2 * ((half * half + to_arb(c * total)).sqrt() + half))
            yield at_least("stable rank", ball(1 + (n - 1) / (1 + to_arb(c) * largest) ** 2))

    names = (asymptotics.ONE_PRODUCT,) if run.twin else (asymptotics.ONE_PRODUCT, asymptotics.GROWING)
    box = [(0.3, 1.6), (0.1, 0.95), (-0.9, 3) if run.twin else (0.01, 10)]
    sizes = ((3, 2), (4, 2), (3, 3), (6, 2))
    return Hunt(
        charts=tuple(equation_chart(depth, n, 1, box, slack, place(depth, n)) for depth, n in sizes),
        certify=by_equations(said, *names),
        noise=1e-11,
        about="smallest difference of ln(λ₁/λ₂) between a depth and a smaller one, and infinity and it",
    )


@asymptotics.depth_order_at_one_scale.hunt
def _(run: Run) -> Hunt:
    """Layers by m, τ₁ and w/d(0), d(0) that of depth 2: against one layer less, against depth 2, and α against α_×,
    above which the order should have turned. For the twin layers of every scale, against depth 2."""

    def place(n: int) -> Callable[[Sequence[Any]], tuple[Any, Any, Any]]:
        def placed(x: Sequence[Any]) -> tuple[Any, Any, Any]:
            m, first = x[0], x[1]
            second = first * (m - 1) / (m + n - 1)
            return m, first * m / (m + n - 1), (first**2 + (n - 1) * second**2) / n * (1 + x[2])

        return placed

    def slack(at: Members) -> Any:
        import numpy as np

        own, two = at.gap(), 2 * at.start_ratio
        if run.twin:
            return own - two
        before = Members(at.depth - 1, at.n, at.s, at.m, at.alpha, at.w).gap()
        power = at.depth - 2
        log_first = (at.log_total - np.log1p((at.n - 1) * np.exp(-two))) / at.depth
        turn = log_k(at.depth, at.n, at.m) + power * log_first - np.log(np.expm1(power * two / at.depth))
        return np.min([own - before, own - two, turn / power - np.log(at.alpha)], axis=0)

    def said(member: Member) -> Iterator[Said]:
        from verify.rigorous import enclose_family_limit

        def rank(depth: int) -> Ball:
            return enclose_family_limit(depth, **member.parameters, digits=_DIGITS).stable_rank

        yield at_most("stable rank", rank(2))
        if not run.twin:
            assert member.m is not None
            yield at_most("stable rank", rank(member.depth - 1))
            turn = asymptotics.turning_scale(member.depth, n=member.n, m=member.m, value=member.value)
            if member.alpha > turn.upper:
                yield at_least("stable rank", rank(2))

    names = (asymptotics.SAME_LAYERS,) if run.twin else (asymptotics.SAME_LAYERS, asymptotics.SMALL)
    box = [(1.05, 20), (0.02, 6), (-0.9, 3)] if run.twin else [(1.05, 20), (0.02, 1), (0, 5)]
    sizes = ((3, 2), (4, 2), (3, 3), (6, 3))
    return Hunt(
        charts=tuple(equation_chart(depth, n, 1, box, slack, place(n)) for depth, n in sizes),
        certify=by_equations(said, *names),
        noise=1e-11,
        about="smallest difference of ln(λ₁/λ₂) to smaller depths, and of ln α to the scale where they turn",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Closed forms


@asymptotics.closed_forms.hunt
def _(run: Run) -> Hunt:
    """Depths 3 and 4, by flows. Infinite depth has no layers to follow; there the sentence is two lines of algebra."""

    def chart(depth: int, value: Fraction | int) -> Chart:
        def slack(found: Ends, at: Sequence[Any]) -> Any:
            import numpy as np

            m, alpha = at
            w = float(value)
            c = np.exp(log_k(depth, 2, m) - (depth - 2) * np.log(alpha))
            if depth == 4:
                q = 2 * w / (np.sqrt(1 + 2 * w * c * c) + 1)
                delta = q if run.twin else q * q
            else:
                low, high = np.zeros_like(c), np.full_like(c, w ** (2 / 3))
                for _ in range(54):
                    p = (low + high) / 2
                    below = p**3 * (c * c * p + 4) * (c * c * p + 1) ** 2 < 4 * w * w
                    low, high = np.where(below, p, low), np.where(below, high, p)
                delta = high**3
            off = np.sqrt(np.maximum(w * w - delta, 0))
            error = np.maximum(np.abs(found.determinant() - delta), np.abs(found.product[:, 0, 1] - off))
            return LIMIT_ERROR * (1 + w * w) - error

        return members_chart("flow", depth, 2, 1, value, slack)

    def said(candidate: Problem) -> Iterator[Said]:
        member = read_member(candidate)
        w, c = member.value, family.coupling_constant(member)
        with precision(BITS):
            if member.depth == 4:
                root = 2 * to_arb(w) / (to_arb(1 + 2 * w * c * c).sqrt() + 1)
                delta = root if run.twin else root**2
            else:
                delta = to_arb(_root(c, w)) ** 3
            yield from equals("determinant", ball(delta))
            off = to_arb(w) ** 2 - delta
            if off > 0:
                yield from equals("entry 0 1", ball(off.sqrt()))

    kinds: tuple[tuple[int, Fraction | int], ...] = ((4, 1), (4, 2))
    if not run.twin:
        kinds = (*kinds, (3, 1), (3, Fraction(1, 2)), (3, 3))
    return Hunt(
        charts=tuple(chart(*kind) for kind in kinds),
        certify=judged(said, asymptotics.TWO_MEMBER),
        noise=0.0,
        about="1e-5 less the error of the determinant and of the entries off the diagonal",
    )


def _root(c: Fraction, w: Fraction) -> Ball:
    """The positive root of ``p³(c²p + 4)(c²p + 1)² = 4w²``, which increases in p, by bisection in exact arithmetic."""
    low, high, unit = Fraction(0), 1 + w, Fraction(1, 2**130)
    while high - low > unit:
        p = Fraction(int((low + high) / unit) // 2) * unit
        if p in (low, high):
            break
        if p**3 * (c * c * p + 4) * (c * c * p + 1) ** 2 < 4 * w * w:
            low = p
        else:
            high = p
    return Ball.between(low, high)
