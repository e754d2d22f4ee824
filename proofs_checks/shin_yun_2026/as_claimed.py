"""Second paths against the claims themselves: whether the stored data violate what is claimed, whatever a hunt says.

A statement is evaluated at the data, and every sentence of it decided; nothing is taken over from the witness but the
problem, and the time at which to look. Limits and states are those of the flow in rotated coordinates, rates come from
values of the loss. The limit equations are not solved but tested: the enclosed limit is put into them. Imports verify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, reduce
from itertools import combinations
from typing import TYPE_CHECKING, Any

from proofs_checks.second_paths import (
    exact_determinant,
    gradient_by_differences,
    hidden_rotation,
    kernel_entry,
    limit_again,
    semidefinite_by_minors,
)
from proofs_checks.statements import (
    ZERO,
    DoubtError,
    Sentence,
    Statement,
    determinant_of,
    entries,
    equal,
    exact_of,
    near,
    raised,
    semidefinite,
)
from verify.arithmetic import ExactMatrix, exact
from verify.arithmetic.convert import to_arb, to_arb_mat, to_fmpq_mat
from verify.arithmetic.exact import add, identity, multiply, negative, scale, transpose
from verify.claims import Witness
from verify.models import Observations, Problem, load_problem

if TYPE_CHECKING:
    from flint import arb

    from verify.rigorous import FlowEnclosure, Limit

_DIGITS = 20
#: When to look at a flow where the witness names no time.
_SOON, _LATER = Fraction(1, 5), Fraction(2)


class Start:
    """The problem that a witness stores, and its flow in rotated coordinates."""

    def __init__(self, witness: Witness) -> None:
        self.problem: Problem = load_problem(dict(witness.problem))
        self.depth, self.layers = self.problem.depth, self.problem.layers
        self.stored = exact(witness.enclosed["time"], "time") if "time" in witness.enclosed else None
        self._data = witness.problem

    @cached_property
    def whole(self) -> ExactMatrix:
        """``W(0)``."""
        return self.problem.product()

    @cached_property
    def rates(self) -> tuple[ExactMatrix, ...]:
        """``W_l'`` at the start, from values of the loss."""
        return tuple(negative(layer) for layer in gradient_by_differences(self.problem))

    @cached_property
    def limit(self) -> Limit:
        """The certified limit."""
        limit = limit_again(self._data, digits=_DIGITS)
        if not limit.converged:
            raise DoubtError(limit.reason)
        return limit

    def state(self, time: Fraction) -> FlowEnclosure:
        """The flow at a time."""
        from verify.rigorous import TubeError, enclose_flow

        try:
            return enclose_flow(hidden_rotation(self.problem), time=time, digits=_DIGITS)
        except TubeError as error:
            raise DoubtError(str(error)) from error

    @property
    def end(self) -> list[list[arb]]:
        """The limit's entries."""
        return entries(self.limit.product)

    @property
    def rank(self) -> arb:
        """The limit's stable rank."""
        if self.limit.stable_rank is None:
            raise DoubtError("the limit may be zero")
        return to_arb(self.limit.stable_rank)

    def loss(self, product: Sequence[Sequence[arb]]) -> arb:
        """``½ Σ (w_ij − y_ij)²``."""
        return sum(((product[i][j] - to_arb(y)) ** 2 for i, j, y in self.problem.observations.entries), to_arb(0)) / 2


class Member(Start):
    """A member of the symmetric family: α on the n diagonal blocks of size s, `off` elsewhere, the blocks observed."""

    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        layer, seen = self.layers[0], self.problem.observations
        self.s = sum(i == 0 for i, _, _ in seen.entries)
        self.n, self.alpha, self.w = len(layer) // max(self.s, 1), layer[0][0], seen.entries[0][2]
        if self.n < 2:
            raise DoubtError("a member of the family has two blocks at least")
        self.off = layer[0][self.s]
        pattern = self.blocks(self.alpha, self.off)
        observed = tuple(
            (i, j, self.w) for i in range(self.n * self.s) for j in range(self.n * self.s) if i // self.s == j // self.s
        )
        if set(self.layers) != {pattern} or set(seen.entries) != set(observed):
            raise DoubtError("the start is no member of the family")

    def blocks(self, on: Fraction, off: Fraction) -> ExactMatrix:
        """A matrix with these entries on and off the diagonal blocks."""
        size, s = range(self.n * self.s), self.s
        return tuple(tuple(on if i // s == j // s else off for j in size) for i in size)

    @property
    def m(self) -> Fraction:
        """``m = α/off``."""
        if not self.off:
            raise DoubtError("m is infinite")
        return self.alpha / self.off

    @property
    def power(self) -> int:
        """``L − 2``."""
        return self.depth - 2

    def values_of(self, matrix: Sequence[Sequence[Any]]) -> tuple[Any, Any]:
        """The eigenvalues that belong to the first row's sum, and to what it has more on the blocks than off them."""
        return sum(matrix[0][1:], matrix[0][0]), self.s * (matrix[0][0] - matrix[0][self.s])

    @property
    def tau(self) -> tuple[Fraction, Fraction]:
        """τ₁ and τ₂ at the start."""
        return self.values_of(self.layers[0])

    @property
    def seen(self) -> Fraction:
        """d at the start."""
        return self.whole[0][0]

    @property
    def k(self) -> Fraction:
        """``K_L``, as the statements have it."""
        return (self.m / (self.m - 1)) ** self.power - (self.m / (self.m + self.n - 1)) ** self.power

    @property
    def constant(self) -> Fraction:
        """``C = (sα)^{−(L−2)} K_L``."""
        return self.k / (self.s * self.alpha) ** self.power

    @property
    def target(self) -> Fraction:
        """``sw``."""
        return self.s * self.w

    @cached_property
    def ends(self) -> tuple[arb, arb]:
        """``τ₁^L`` and ``τ₂^L`` at the limit."""
        return self.values_of(self.end)

    def between(self, q: Fraction) -> arb:
        """``λ₂^{−q} − λ₁^{−q}`` at the limit, ``ln(λ₁/λ₂)`` for q = 0.

        On ``λ₁ + (n−1)λ₂ = nsw`` with 0 < λ₂ < λ₁ it falls as λ₂/λ₁ rises, and with that the stable rank.
        """
        first, second = self.ends
        return (first / second).log() if q == 0 else raised(second, -q) - raised(first, -q)


def of_start(sentences: Callable[[Start], Iterator[Sentence]]) -> Statement[Any]:
    """A statement about any start."""
    return Statement(sentences, Start)


def of_member(sentences: Callable[[Member], Iterator[Sentence]]) -> Statement[Any]:
    """A statement about members of the family."""
    return Statement(sentences, Member)


# ---------------------------------------------------------------------------------------------------------------------
# The family


@of_member
def family_reduction(at: Member) -> Iterator[Sentence]:
    """Product and rates at the start, and those of single entries with w → sw, α → sα."""
    depth, n, s = at.depth, at.n, at.s
    powers = [tau**depth for tau in at.tau]
    seen = (powers[0] + (n - 1) * powers[1]) / (n * s)
    yield from equal("W", at.whole, at.blocks(seen, (powers[0] - powers[1]) / (n * s)))
    speeds = [s * (at.w - seen) * tau ** (depth - 1) for tau in at.tau]
    off = (speeds[0] - speeds[1]) / (n * s)
    for rate in at.rates:
        yield from equal("W_l'", rate, at.blocks(off + speeds[1] / s, off))
    layer = tuple(tuple(s * (at.alpha if i == j else at.off) for j in range(n)) for i in range(n))
    single = Problem((layer,) * depth, Observations.block_diagonal(n, 1, at.target))
    rate = negative(gradient_by_differences(single)[0])
    yield "τ₁' of single entries", sum(rate[0], ZERO), "=", speeds[0]
    yield "τ₂' of single entries", rate[0][0] - rate[0][1], "=", speeds[1]


@of_member
def first_integrals(at: Member) -> Iterator[Sentence]:
    """Rate and value at the start."""
    (first, second), (up, down), power = at.tau, at.values_of(at.rates[0]), at.power
    yield "its rate", power * up / first ** (power + 1), "=", power * down / second ** (power + 1)
    yield "its value", second**-power - first**-power, "=", at.constant
    yield "K_L", 0, "<", at.k


@of_member
def limit_equations(at: Member) -> Iterator[Sentence]:
    """The limit in both equations, and d on the way."""
    first, second = at.ends
    yield "(E1)", first + (at.n - 1) * second, "=", to_arb(at.n * at.target)
    yield "(E2)", at.between(Fraction(at.power, at.depth)), "=", to_arb(at.constant)
    yield "sw < τ₁^L", to_arb(at.target), "<", first
    yield "τ₁^L < nsw", first, "<", to_arb(at.n * at.target)
    yield "0 < τ₂", to_arb(0), "<", second
    low, high = sorted((at.seen, at.w))
    now = entries(at.state(at.stored or _SOON).product)[0][0]
    yield "d on the way, from below", to_arb(low), "≤", now
    yield "d on the way, from above", now, "≤", to_arb(high)


def _most_excess(at: Member) -> arb:
    """``(n−1)(sα)^{2L} K_L^{−2L/(L−2)}/(sw)²``."""
    power = raised(at.k, Fraction(-2 * at.depth, at.power)) * to_arb(at.s * at.alpha) ** (2 * at.depth)
    return (at.n - 1) * power / to_arb(at.target) ** 2


@of_member
def stable_rank_bounds(at: Member) -> Iterator[Sentence]:
    """All four sentences."""
    first, second = at.ends
    back, constant = Fraction(-at.depth, at.power), to_arb(at.constant)
    yield "sr", at.rank, "=", 1 + (at.n - 1) * (second / first) ** 2
    yield "τ₂ from below", raised(constant + raised(at.target, 1 / back), back), "≤", second
    yield "τ₂ from above", second, "≤", raised(constant, back)
    yield "sw ≤ τ₁^L", to_arb(at.target), "≤", first
    yield "sr − 1", at.rank - 1, "≤", _most_excess(at)


@of_member
def depth_two_closed_form(at: Member) -> Iterator[Sentence]:
    """Eigenvalues, stable rank, d at a time, and the entries off the blocks."""
    n, m, w, total = at.n, at.m, at.w, at.n * at.target
    ratio = (m + n - 1) / (m - 1)
    time = at.stored or _SOON
    for k, value in enumerate((total * ratio**2 / (ratio**2 + n - 1), total / (ratio**2 + n - 1))):
        yield f"λ_{k + 1}", at.ends[k], "=", to_arb(value)
    yield "sr", at.rank, "=", to_arb(1 + (n - 1) / ratio**4)
    decay = to_arb(w / at.seen - 1) * to_arb(-2 * at.target * time).exp()
    yield f"d({time})", entries(at.state(time).product)[0][0], "=", to_arb(w) / (1 + decay)
    if n == 2:
        yield "off the blocks", at.end[0][-1], "=", to_arb(2 * m * w / (m**2 + 1))


@of_member
def rank_one_iff_coupled(at: Member) -> Iterator[Sentence]:
    """The bound at this scale, or the constant of every scale."""
    if not at.off:
        yield "sr for m = ∞", at.rank, "=", to_arb(at.n)
    elif at.depth == 2:
        share = (at.m - 1) / (at.m + at.n - 1)
        yield "sr at depth 2", at.rank, "=", to_arb(1 + (at.n - 1) * share**4)
    else:
        yield "sr − 1", at.rank - 1, "≤", _most_excess(at)


@of_member
def diagonal_blocks(at: Member) -> Iterator[Sentence]:
    """The limit, and its layers' size: n eigenvalues ``(sw)^{1/L}``."""
    if at.off:
        raise DoubtError("m is finite")
    size = sum((x * x for row in entries(at.limit.layers[0]) for x in row), to_arb(0))
    yield "‖W_1‖²", size, "=", at.n * raised(at.target, Fraction(2, at.depth))
    yield from near("the limit", at.end, at.blocks(at.w, ZERO))
    yield "sr", at.rank, "=", to_arb(at.n)


# ---------------------------------------------------------------------------------------------------------------------
# Scale, ratio, depth


@of_member
def small_scale_asymptotics(at: Member) -> Iterator[Sentence]:
    """Both bounds, where e < 1/2."""
    depth, power, n, total = at.depth, at.power, at.n, at.n * at.target
    small = raised(at.k, Fraction(-depth, power)) * to_arb(at.s * at.alpha) ** depth
    e, a = (n - 1) * small / to_arb(total), (n - 1) * (small / to_arb(total)) ** 2
    x = raised(at.target, Fraction(-power, depth)) * to_arb((at.s * at.alpha) ** power / at.k)
    if e < 0.5:
        yield "sr − 1 from below", a * (1 - to_arb(Fraction(2 * depth, power)) * x), "<", at.rank - 1
        yield "sr − 1 from above", at.rank - 1, "<", a * (1 + 6 * e)


@of_member
def large_scale_asymptotics(at: Member) -> Iterator[Sentence]:
    """Both bounds of n − sr."""
    rate = to_arb(Fraction(2 * at.depth, at.power))
    v = to_arb(at.k) * (raised(at.target, Fraction(1, at.depth)) / to_arb(at.s * at.alpha)) ** at.power
    yield "n − sr from below", rate * v * (at.rank - 1), "≤", at.n - at.rank
    yield "n − sr from above", at.n - at.rank, "≤", (at.n - 1) * rate * v


@of_member
def exchange_of_limits(at: Member) -> Iterator[Sentence]:
    """The bounds of mK_L, for the constant that the limit itself has; and 1 < sr < n."""
    m, n, power = at.m, at.n, at.power
    least = power * (1 + (n - 1) * (m / (m + n - 1)) ** power)
    most = power * ((m / (m - 1)) ** power + n - 1)
    yield "mK_L from below", least, "≤", m * at.k
    yield "mK_L from above", m * at.k, "≤", most
    reached = at.between(Fraction(power, at.depth)) * to_arb(m * (at.s * at.alpha) ** power)
    yield "m(sα)^{L−2}C at the limit, from below", to_arb(least), "≤", reached
    yield "m(sα)^{L−2}C at the limit, from above", reached, "≤", to_arb(most)
    yield "1 < sr", to_arb(1), "<", at.rank
    yield "sr < n", at.rank, "<", to_arb(n)


@of_member
def closed_forms(at: Member) -> Iterator[Sentence]:
    """The determinant's root in the statement's polynomial; at depth 4 in ``c²q² + 2q = 2w``, of which q is a root."""
    if (at.n, at.s) != (2, 1) or at.depth not in (3, 4):
        raise DoubtError("closed forms are those of 2 by 2 starts of depth 3 and 4")
    (a, b), (c, d) = at.end
    delta, w, square = a * d - b * c, to_arb(at.w), to_arb(at.constant) ** 2
    yield "w12²", b * b, "=", w * w - delta
    yield "w21²", c * c, "=", w * w - delta
    yield "0 < δ", to_arb(0), "<", delta
    if at.depth == 3:
        p = raised(delta, Fraction(1, 3))
        yield "the polynomial of p", p**3 * (square * p + 4) * (square * p + 1) ** 2, "=", 4 * w * w
    else:
        q = delta.sqrt()
        yield "c²q² + 2q", square * q * q + 2 * q, "=", 2 * w


@of_member
def time_along_the_curve(at: Member) -> Iterator[Sentence]:
    """The rates at the start; and how far the flow is at a time T, where T should be between the bounds, and be the
    integral, taken over τ₁: ``dS = dτ/τ^{L−1}``."""
    from flint import acb

    power, depth, n, target = at.power, at.depth, at.n, at.target
    for k, (tau, rate) in enumerate(zip(at.tau, at.values_of(at.rates[0]), strict=True)):
        yield f"the rate of τ_{k + 1}^-{power}", power * rate / tau ** (power + 1), "=", power * at.s * (at.w - at.seen)
    time, begin = at.stored or Fraction(1, 2), at.tau[0]
    if begin**depth >= target:
        return
    first, _ = at.values_of(entries(at.state(time).product))
    if not (to_arb(begin**depth) < first and first < to_arb(target)):
        return
    passed = (to_arb(begin**-power) - raised(first, Fraction(-power, depth))) / power  # S
    yield "T from below", passed / to_arb(target), "≤", to_arb(time)
    yield "T from above", to_arb(time), "≤", passed / (to_arb(target) - first)

    def speed(tau: acb, _: object) -> acb:
        other = (1 / tau**power + to_arb(at.tau[1] ** -power - begin**-power)) ** to_arb(Fraction(-depth, power))
        return 1 / (tau ** (depth - 1) * (to_arb(target) - (tau**depth + (n - 1) * other) / n))

    root = raised(first, Fraction(1, depth))
    for what, stop in (("earliest", root.lower()), ("latest", root.upper())):
        found = acb.integral(speed, acb(to_arb(begin)), acb(stop)).real
        sides = (found, to_arb(time)) if what == "earliest" else (to_arb(time), found)
        yield f"T and the {what} value of the integral", sides[0], "≤", sides[1]


@of_member
def depth_lowers_the_stable_rank(at: Member) -> Iterator[Sentence]:
    """From the same product W(0), each smaller depth l has the constant ``λ₂(0)^{−q} − λ₁(0)^{−q}``, q = 1 − 2/l, which
    the limit of depth L must exceed; and at infinite depth, q = 1, must stay below."""
    if at.s != 1 or at.seen >= at.w or min(at.tau) <= 0 or at.off <= 0:
        raise DoubtError("not λ₁(0) > λ₂(0) > 0 with d(0) < w")
    first, second = (to_arb(tau**at.depth) for tau in at.tau)
    for depth in range(2, at.depth):
        q = 1 - Fraction(2, depth)
        begin = (first / second).log() if q == 0 else raised(second, -q) - raised(first, -q)
        yield f"against depth {depth}", begin, "<", at.between(q)
    yield "against infinite depth", at.between(Fraction(1)), "<", 1 / second - 1 / first


@of_member
def depth_order_at_one_scale(at: Member) -> Iterator[Sentence]:
    """From the same layers, each smaller depth l has the constant ``τ₂^{−(l−2)} − τ₁^{−(l−2)}``; and the scale at which
    the order against depth 2 turns."""
    (first, second), depth, n = at.tau, at.depth, at.n
    if at.s != 1 or second <= 0 or at.off <= 0:
        raise DoubtError("not a member with 1 < m < ∞")
    if first <= 1 and (first**2 + (n - 1) * second**2) / n <= at.w:
        for other in range(3, depth):
            constant = second ** -(other - 2) - first ** -(other - 2)
            yield f"against depth {other}", to_arb(constant), "<", at.between(1 - Fraction(2, other))
        yield "against depth 2", 2 * to_arb(first / second).log(), "<", at.between(ZERO)
    share = (at.m - 1) / (at.m + n - 1)
    largest = raised(n * at.w / (1 + (n - 1) * share**2), Fraction(1, depth))
    smallest = raised(share, Fraction(2, depth)) * largest
    turn = to_arb(at.k) / (smallest**-at.power - largest**-at.power)
    small, ratio = to_arb(at.alpha**at.power), 2 * to_arb(first / second).log()
    if small < turn:
        yield "below the scale where it turns", ratio, "<", at.between(ZERO)
    elif small > turn:
        yield "above the scale where it turns", at.between(ZERO), "≤", ratio


# ---------------------------------------------------------------------------------------------------------------------
# Coupling


@of_member
def coupling_inside_the_family(at: Member) -> Iterator[Sentence]:
    """The inner products of all pairs, by the general formula for the kernel."""
    first, second = (tau**2 for tau in at.tau)
    terms = [
        (first ** (at.depth - l) - second ** (at.depth - l)) * (first ** (l - 1) - second ** (l - 1))
        for l in range(1, at.depth + 1)
    ]
    claimed = sum(terms, ZERO) / at.n**2
    for a, b in at.problem.observations.pairs:
        value = kernel_entry(at.problem, a, b)
        yield f"the kernel between {a} and {b}", value, "=", claimed
        yield f"the kernel between {a} and {b} is positive", 0, "<", value


@of_member
def rank_one_although_decoupled(at: Member) -> Iterator[Sentence]:
    """m = 1: every entry of the limit is w, and the kernel between two blocks vanishes."""
    if at.alpha != at.off or at.depth != 2:
        raise DoubtError("not m = 1 at depth 2")
    yield from near("the limit", at.end, at.blocks(at.w, at.w))
    for a, b in at.problem.observations.pairs:
        if a[0] // at.s != b[0] // at.s:
            yield f"the kernel between {a} and {b}", kernel_entry(at.problem, a, b), "=", 0


# ---------------------------------------------------------------------------------------------------------------------
# Depth 2


@of_start
def depth_two_from_any_start(at: Start) -> Iterator[Sentence]:
    """The closed form, multiplied out, and the bounds of the nuclear norm."""
    seen = at.problem.observations
    if at.depth != 2 or [(i, j) for i, j, _ in seen.entries] != [(i, i) for i in range(seen.rows)]:
        raise DoubtError("not depth 2 with diagonal observations")
    lower, upper = at.layers
    pairs = list(zip(upper, transpose(lower), strict=True))
    u, v = ([tuple((x + sign * y) / 2 for x, y in zip(*pair, strict=True)) for pair in pairs] for sign in (1, -1))
    norms = [(inner(x, x), inner(y, y)) for x, y in zip(u, v, strict=True)]
    values = [y for _, _, y in seen.entries]
    if not all(p and (q or w > 0) for (p, q), w in zip(norms, values, strict=True)):
        raise DoubtError("u_i = 0, or v_i = 0 where w_i ≤ 0")
    sizes = [to_arb(w * w + 4 * p * q).sqrt() for (p, q), w in zip(norms, values, strict=True)]
    roots = [((to_arb(w) + size) / to_arb(2 * p)).sqrt() for (p, _), w, size in zip(norms, values, sizes, strict=True)]
    for i, x in enumerate(roots):
        for j, y in enumerate(roots):
            parts = [to_arb(inner(*both)) for both in ((u[i], u[j]), (u[i], v[j]), (v[i], u[j]), (v[i], v[j]))]
            claimed = x * y * parts[0] - x / y * parts[1] + y / x * parts[2] - parts[3] / (x * y)
            yield f"entry {i} {j} of the limit", at.end[i][j], "=", claimed
    norm = sum((to_arb(value) for value in at.limit.singular_values), to_arb(0))
    yield "the nuclear norm from below", to_arb(sum((abs(w) for w in values), ZERO)), "≤", norm
    yield "the nuclear norm from above", norm, "≤", sum(sizes, to_arb(0))


def inner(first: Sequence[Any], second: Sequence[Any]) -> Any:
    """``Σ x_i y_i``."""
    return sum((x * y for x, y in zip(first, second, strict=True)), ZERO)


@of_start
def depth_two_determinant_law(at: Start) -> Iterator[Sentence]:
    """``sin²(2θ)`` is the square of an entry off the diagonal of ``R = WP^{−1}``; by Cayley and Hamilton
    ``P = (WᵀW + |det W| I)/tr P`` with ``(tr P)² = ‖W‖² + 2|det W|``."""
    before = exact_determinant(at.whole)
    if at.depth != 2 or before >= 0 or not at.problem.balanced:
        raise DoubtError("not a balanced start of depth 2 with negative determinant")
    squared = add(multiply(transpose(at.whole), at.whole), scale(-before, identity(2)))
    (a, b), (c, d) = squared
    adjugate = ((d, -b), (-c, a))
    turned = multiply(at.whole, scale(1 / exact_determinant(squared), adjugate))
    norm = sum((x * x for row in at.whole for x in row), ZERO)
    law = before * turned[0][1] ** 2 * (norm - 2 * before)
    yield "det W_∞", determinant_of(at.limit.product), "=", to_arb(law)


@of_start
def invariant_subspaces(at: Start) -> Iterator[Sentence]:
    """The rows of A and columns of B of one connected part move within their span; those of no part rest."""
    if at.depth != 2:
        raise DoubtError("not depth 2")
    (lower, upper), (down, up) = at.layers, at.rates
    vectors = {("row", i): (x, dx) for i, (x, dx) in enumerate(zip(upper, up, strict=True))}
    columns = zip(transpose(lower), transpose(down), strict=True)
    vectors |= {("column", j): (x, dx) for j, (x, dx) in enumerate(columns)}
    parts = [{name} for name in vectors]
    for i, j, _ in at.problem.observations.entries:
        joined = [part for part in parts if ("row", i) in part or ("column", j) in part]
        parts = [part for part in parts if part not in joined] + [set().union(*joined)]
    for part in parts:
        spanned = [vectors[name][0] for name in sorted(part)] if len(part) > 1 else []
        before = to_fmpq_mat(tuple(spanned)).rank() if spanned else 0
        for name in sorted(part):
            after = to_fmpq_mat((*spanned, vectors[name][1])).rank()
            yield f"the dimension that {' '.join(map(str, name))} spans with its part", after, "=", before


@of_start
def all_quadratic_first_integrals(at: Start) -> Iterator[Sentence]:
    """The listed functions have the rate zero."""

    def gram_rate(x: ExactMatrix, dx: ExactMatrix) -> ExactMatrix:
        half = multiply(dx, transpose(x))
        return add(half, transpose(half))

    size = len(at.layers[0])
    zero = scale(ZERO, identity(size))
    for l in range(at.depth - 1):
        outer = gram_rate(transpose(at.layers[l + 1]), transpose(at.rates[l + 1]))
        yield from equal("an imbalance's rate", add(outer, negative(gram_rate(at.layers[l], at.rates[l]))), zero)
    if sorted(at.problem.observations.positions) != [(i, i) for i in range(size)]:
        return
    columns = zip(transpose(at.layers[0]), transpose(at.rates[0]), strict=True)
    for a, da, (b, db) in zip(at.layers[-1], at.rates[-1], columns, strict=True):
        yield "the rate of |a_i|² − |b_i|²", inner(a, da) - inner(b, db), "=", 0
        if at.depth == 2:
            for p, q in combinations(range(size), 2):
                turned = [x[p] * dy[q] + dx[p] * y[q] for x, dx, y, dy in ((a, da, b, db), (b, db, a, da))]
                yield "the rate of a_i ∧ b_i", turned[0], "=", turned[1]
                moved = [x[p] * dx[q] + dx[p] * x[q] for x, dx in ((a, da), (b, db))]
                yield "the rate of a_i a_iᵀ − b_i b_iᵀ", moved[0], "=", moved[1]
            for p in range(size):
                yield "the rate of a_ip² − b_ip²", a[p] * da[p], "=", b[p] * db[p]


# ---------------------------------------------------------------------------------------------------------------------
# Balanced starts


def _sign_is_kept(at: Start) -> Iterator[Sentence]:
    before = exact_determinant(at.whole)
    sign = 1 if before > 0 else -1
    yield "the determinant, with the start's sign", to_arb(0), "<", sign * determinant_of(at.limit.product)


def _balanced(at: Start) -> None:
    if not at.problem.balanced or not exact_determinant(at.whole):
        raise DoubtError("not a balanced start of full rank")


@of_start
def rank_is_never_lost(at: Start) -> Iterator[Sentence]:
    """The determinant of the limit has the start's sign."""
    _balanced(at)
    yield from _sign_is_kept(at)


@of_start
def rank_is_kept_in_the_limit(at: Start) -> Iterator[Sentence]:
    """How ln|det W| moves at the start, with ``Σ σ^{1−2/L}u vᵀ = W(W_1ᵀW_1)^{−1}`` for balanced layers, its bound, and
    the sign of the limit's determinant."""
    from verify.rigorous import spectrum

    _balanced(at)
    whole, size = at.whole, len(at.whole)
    seen = at.problem.observations
    if sorted(seen.positions) != [(i, i) for i in range(size)] or not all(y for _, _, y in seen.entries):
        raise DoubtError("not the diagonal with nonzero values")
    slope = tuple(
        tuple(x - seen.values[i][j] if i == j else ZERO for j, x in enumerate(row)) for i, row in enumerate(whole)
    )
    inverse = (to_fmpq_mat(multiply(transpose(at.layers[0]), at.layers[0]))).inv()
    steep = to_fmpq_mat(whole) * inverse
    claimed = sum((exact_of(steep[i, i]) * slope[i][i] for i in range(size)), ZERO)
    moved = [[*at.layers[:l], rate, *at.layers[l + 1 :]] for l, rate in enumerate(at.rates)]
    rate = add(*(reduce(lambda behind, layer: multiply(layer, behind), factors) for factors in moved))
    relative = to_fmpq_mat(rate) * to_fmpq_mat(whole).inv()
    trace = sum((exact_of(relative[i, i]) for i in range(size)), ZERO)
    yield "the rate of ln|det W|", trace, "=", -at.depth * claimed
    largest = spectrum(to_arb_mat(whole)).singular_values[0]
    most = raised(largest, 1 - Fraction(2, at.depth)) * to_arb(sum((abs(slope[i][i]) for i in range(size)), ZERO))
    yield "its modulus", to_arb(abs(claimed)), "≤", most
    yield from _sign_is_kept(at)


@of_start
def exceptional_starts(at: Start) -> Iterator[Sentence]:
    """By kind: the limit of conformal starts; of the others the loss at a time, which only falls, and that no entry but
    the first moves from rank one."""
    whole, size = at.whole, len(at.whole)
    if not at.problem.balanced:
        raise DoubtError("not balanced")
    time = at.stored or _LATER
    if size == 2 and whole[0][0] == whole[1][1] and whole[0][1] == -whole[1][0] != 0:
        one = Fraction(1)
        yield from near("the limit", at.end, ((one, whole[0][1]), (whole[1][0], one)))
        yield "sr", at.rank, "=", to_arb(2)
    elif semidefinite_by_minors(negative(whole)):
        state = entries(at.state(time).product)
        yield f"the loss at time {time}", to_arb(Fraction(size, 2)), "≤", at.loss(state)
    elif size == 2 and whole[0][0] > 0 and not any((whole[0][1], *whole[1])):
        state = entries(at.state(time).product)
        yield f"the loss at time {time}", to_arb(Fraction(1, 2)), "≤", at.loss(state)
        for x in (state[0][1], *state[1]):
            yield f"an entry at time {time}", x, "=", to_arb(0)
    else:
        raise DoubtError("none of the three kinds")


@of_start
def reflected_flow(at: Start) -> Iterator[Sentence]:
    """On the hyperplane, and on which side of it. (That a flow is coupled is contradicted by nothing at one time.)"""
    (a, b), (c, d) = at.whole
    if not at.problem.balanced or a * d <= b * c:
        raise DoubtError("not a balanced start with positive determinant")
    side = at.end[0][1] + at.end[1][0]
    if b + c:
        yield "the side that is kept", to_arb(0), "≤", side if b + c > 0 else -side
        return
    yield "w_12 + w_21", side, "=", to_arb(0)
    yield "det W_∞", to_arb(1), "≤", determinant_of(at.limit.product)
    yield "sr", at.rank, "=", to_arb(2)


# ---------------------------------------------------------------------------------------------------------------------
# Neighbours of the family


def _dominant(at: Start) -> tuple[ExactMatrix, int, arb]:
    """``nP`` for the projector P onto the dominant eigenspace of the layers, its rank μ, and how far an entry of the
    limit can be from ``(nw/μ)P``: at most the sum of the other eigenvalues' bounds.

    With ``p = L − 2`` the flow keeps ``|σ_k|^{−p} − D^{−p}`` for eigenvalues of the dominant one's sign (at even depth:
    all), and ``D^{−p} > 0``; at odd depth one that is not positive shrinks while d < w.
    """
    from flint import fmpq

    layer, depth = at.layers[0], at.depth
    size, power = len(layer), depth - 2
    if set(at.layers) != {layer} or layer != transpose(layer):
        raise DoubtError("the layers are not equal and symmetric")
    matrix = to_fmpq_mat(layer)
    factors = matrix.charpoly().roots()
    values = {exact_of(fmpq(root)): int(times) for root, times in factors}
    if sum(values.values()) < size:
        raise DoubtError("the eigenvalues are not rational")
    sizes = {x: x if depth % 2 else abs(x) for x in values}
    top = max(sizes.values())
    if top <= 0:
        raise DoubtError("no eigenvalue dominates")
    room, unit = to_arb(0), to_fmpq_mat(identity(size))
    projector, multiplicity = to_fmpq_mat(scale(ZERO, identity(size))), 0
    for x, times in values.items():
        if sizes[x] == top:
            part = unit
            for y in values:
                if y != x:
                    part = part * (matrix - unit * fmpq(y.numerator, y.denominator)) * fmpq(*_inverse(x - y))
            projector, multiplicity = projector + part, multiplicity + times
        elif depth % 2 and x <= 0:
            room += times * to_arb(abs(x) ** depth)
        elif x:
            room += times * raised(abs(x) ** -power - top**-power, Fraction(-depth, power))
    found = tuple(tuple(size * exact_of(projector[i, j]) for j in range(size)) for i in range(size))
    return found, multiplicity, room


def _inverse(x: Fraction) -> tuple[int, int]:
    return (x.denominator, x.numerator) if x > 0 else (-x.denominator, -x.numerator)


def _one_value(at: Start) -> Fraction:
    """w, where the diagonal is observed with one positive value."""
    values = {y for _, _, y in at.problem.observations.entries}
    if at.problem.observations.positions != tuple((i, i) for i in range(len(at.whole))) or len(values) > 1:
        raise DoubtError("not the diagonal with one value")
    return values.pop()


@of_start
def commutative_families(at: Start) -> Iterator[Sentence]:
    """The limit at depth 2; at larger depth how far it can be from the claimed one at this scale, where d(0) ≤ w."""
    w = _one_value(at)
    if at.depth == 2:
        if not at.whole[0][0]:
            raise DoubtError("the start is zero")
        yield from near("the limit", at.end, scale(w / at.whole[0][0], at.whole))
        return
    if at.whole[0][0] > w:
        raise DoubtError("d(0) > w, where no bound at one scale is known")
    projector, multiplicity, room = _dominant(at)
    yield from near("the limit", at.end, scale(w / multiplicity, projector), room)


@of_member
def every_ratio(at: Member) -> Iterator[Sentence]:
    """Row by row: the limit for α → 0⁺, as far as it can be from that at this scale, where d(0) ≤ w."""
    n, m, w, odd = at.n, at.m, at.w, at.depth % 2
    if at.s != 1 or at.power < 1 or at.alpha <= 0:
        raise DoubtError("not a member with s = 1, L ≥ 3 and α > 0")
    ones, turn = at.blocks(w, w), 1 - Fraction(n, 2)
    rest = at.blocks(w, -w / (n - 1))  # (nw/(n−1))(I − J/n)
    if m == 1:
        yield from near("the limit", at.end, ones)
    elif n > 2 and m == turn and not odd:
        yield from near("the limit", at.end, at.blocks(w, ZERO))
    if at.seen > w:
        raise DoubtError("d(0) > w, where no bound at one scale is known")
    if n > 2 and m == turn and not odd:
        return
    target = ones if m > 0 or (n > 2 and turn < m and not odd) else rest
    yield from near("the limit", at.end, target, _dominant(at)[2])


@of_member
def negative_scale_does_not_fit(at: Member) -> Iterator[Sentence]:
    """At a time both eigenvalues are negative, and ``|σ|^{−(L−2)}`` has grown at the rate (L−2)w at least."""
    if at.depth % 2 == 0 or at.alpha >= 0 or at.m <= 1 or at.s != 1:
        raise DoubtError("not odd depth with m > 1 and α < 0")
    time, power = at.stored or _LATER, at.power
    for k, (value, tau) in enumerate(zip(at.values_of(entries(at.state(time).product)), at.tau, strict=True)):
        yield f"σ_{k + 1}^L at time {time}", value, "<", to_arb(0)
        grown = abs(tau) ** -power + power * at.w * time
        yield f"|σ_{k + 1}|^-{power} at time {time}", to_arb(grown), "≤", raised(-value, Fraction(-power, at.depth))


@of_start
def mixed_signs_do_not_fit(at: Start) -> Iterator[Sentence]:
    """At a time W is symmetric, its principal minors are not negative, and the loss is 1/2 at least."""
    if not at.problem.balanced or not semidefinite_by_minors(at.whole):
        raise DoubtError("not a balanced start with W(0) positive semidefinite")
    if all(y != -1 for _, _, y in at.problem.observations.entries):
        raise DoubtError("no value is −1")
    time = at.stored or _LATER
    state = at.state(time).product
    yield from semidefinite(f"W({time})", state)
    yield f"the loss at time {time}", to_arb(Fraction(1, 2)), "≤", at.loss(entries(state))


@of_start
def plasticity_trap(at: Start) -> Iterator[Sentence]:
    """The region and the loss at a time; the limit's entries, determinant and stable rank."""
    (w, p), v = at.whole[0], at.problem.observations.values[0][1]
    layer = at.layers[0]
    (a, b), (c, d) = layer
    pattern = at.layers == (layer, layer) and (a, b) == (d, c)
    seen = set(at.problem.observations.entries) == {(0, 0, w), (1, 1, w), (0, 1, v)}
    if not (pattern and seen and 0 <= p < v and v * p < w * w):
        raise DoubtError("not a pretrained start with p < v and vp < w²")
    time = at.stored or _SOON
    state = entries(at.state(time).product)
    (x, y), (z, other) = state
    for entry in (x, other):
        yield f"x at time {time}", to_arb(w), "≤", entry
    yield f"y at time {time}", y, "≤", to_arb(v)
    yield f"y + z at time {time}", to_arb(0), "≤", y + z
    yield f"z at time {time}", z, "≤", to_arb(p)
    decay = (to_arb(-(w**4) * time / (2 * w + 4 * v) ** 3)).exp()
    yield f"the loss at time {time}", at.loss(state), "≤", to_arb((p - v) ** 2 / 2) * decay
    last = at.end[1][0]
    yield "z_∞ from below", to_arb(-v), "≤", last
    yield "z_∞ from above", last, "≤", to_arb(p)
    yield "det W_∞", to_arb(w * w - v * p), "≤", determinant_of(at.limit.product)
    # σ₁² and σ₂² of [[w, v], [p, w]] are the roots of t² − ‖·‖²t + det², and sr = ‖·‖²/σ₁².
    norm, volume = 2 * w * w + v * v + p * p, w * w - v * p
    largest = (to_arb(norm) + to_arb(norm * norm - 4 * volume * volume).sqrt()) / 2
    yield "sr", to_arb(norm) / largest, "≤", at.rank
