"""Claims about commuting measurements: where the flow from small multiples of the identity goes, and where it does not.

All measurements are diagonal in one frame, so that everything is said in eigenvalues: a measurement is the list of its
eigenvalues, ``x`` are those of the product. Limits at named data are roots of one monotone function of the multiplier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import isqrt
from types import MappingProxyType

from proofs_checks.arora_cohen_hu_luo_2019 import as_claimed, commuting_again
from proofs_checks.arora_cohen_hu_luo_2019.again import PAPER, bisected, number
from proofs_checks.arora_cohen_hu_luo_2019.instances import COUNTEREXAMPLES
from proofs_checks.common import doubted, enclosed_again, proved, proved_again, refuted, stated
from verify.arithmetic import Ball, ExactMatrix
from verify.arithmetic.exact import add, exact, exact_matrix, identity, multiply, negative, scale, transpose, zeros
from verify.claims import Assurance, Evidence, Run, Scope, Witness, claim
from verify.models import diagonal, dump_problem, load_problem

EVERYTHING = Scope.all("depths N >= 2, sizes, measurements, data, scales")
COMMUTING = "symmetric commuting measurements that a positive semidefinite matrix fits"
IDENTITY = "W_j(0) = alpha I"


def listed(witness: Witness, key: str) -> list[Fraction]:
    """A list of exact numbers of a stored witness."""
    values = witness.problem[key]
    assert isinstance(values, list | tuple)
    return [exact(x, key) for x in values]


# ---------------------------------------------------------------------------------------------------------------------
# C-a, C-b, C-c: closed form, Lyapunov function, limit at every scale

CLOSED, LYAPUNOV, LIMIT = "closed form", "Lyapunov function", "limit"


@claim(
    "arora-cohen-hu-luo-2019/commuting-limit",
    paper=PAPER,
    number="C-a, C-b, C-c",
    title="commuting measurements: the limit at every scale is a minimizer",
    scope=EVERYTHING,
    kinds=("derivation",),
    parts=(CLOSED, LYAPUNOV, LIMIT),
    hypotheses=(COMMUTING, IDENTITY),
)
def commuting_limit(run: Run) -> Iterator[Evidence]:
    """
    Statement: let A_k = Q diag(a_k)Qᵀ and W_j(0) = αI, α > 0. Then W(t) = Q diag(x(t))Qᵀ with x_i = α²e^{2ν_i} (N = 2)
        or x_i = (α^{−(N−2)} − (N−2)ν_i)^{−N/(N−2)} (N ≥ 3), ν = Aᵀs, s = −∫r. For every z ≥ 0 with Az = y the
        Bregman distance of Q_{α,N} from z falls at the rate 2c·l. If such a z exists, W(t) converges, l → 0, and the
        limit is the minimizer of Q_{α,N}(x) over {x ≥ 0, Ax = y}, for every α, where
        Q_{α,2} = Σx_i(log x_i − 1) + 2log(1/α)Σx_i and Q_{α,N} = Σx_i − (N/2)α^{N−2}Σx_i^{2/N}.
    Hypotheses: symmetric commuting measurements that a positive semidefinite matrix fits; W_j(0) = alpha I.
    Conclusion: an exact statement at every scale, from which the theorems about α → 0 follow.
    Proof idea: the Lyapunov identity bounds ∫l and x; differences of Bregman distances are constant in time.
    Checked by: power rule with symbolic N, words for the sum over measurements; the argument's other steps in words.
    Not checked: that the flow keeps the common frame (uniqueness of solutions), its existence for all times (claim
        global-existence), and that bounded sequences have limit points (standard).
    References: after Gunasekar et al. 2017 (arXiv:1705.09280) and Arora et al. 2019 (arXiv:1905.13655); derived here.
    """
    for part in (CLOSED, LYAPUNOV, LIMIT):
        yield proved("commuting-sensing", EVERYTHING, part=part)


def _shaped(
    a: Sequence[Fraction], y: Fraction, alpha: Fraction, shape: Sequence[Fraction]
) -> list[tuple[Fraction, ...]]:
    """Bounds of ``x_i^{−1/3}`` at the limit of depth 3 from ``W_j(0) = α diag(c)``: ``1/(αc_i) − a_i s``, a·x = y."""

    def roots(s: Fraction) -> list[Fraction]:
        return [1 / (alpha * c) - k * s for k, c in zip(a, shape, strict=True)]

    def misfit(s: Fraction) -> Fraction:
        return sum((k / u**3 for k, u in zip(a, roots(s), strict=True)), -y)

    # All roots are positive between two poles (or to infinity), and the misfit rises there, since its slope is
    # 3Σa_i²/u_i⁴. From 0 on, towards the end where it must vanish, by ever smaller steps:
    upward = misfit(Fraction(0)) <= 0
    poles = [1 / (alpha * c * k) for k, c in zip(a, shape, strict=True) if (k > 0) == upward and k]
    for n in range(1, 200):
        step = Fraction(1, 2**n)
        end = min(poles, key=abs) * (1 - step) if poles else (1 if upward else -1) / step
        if (misfit(end) >= 0) == upward:
            low, high = bisected(misfit, *sorted((Fraction(0), end)))
            return [tuple(sorted(pair)) for pair in zip(roots(low), roots(high), strict=True)]
    raise ArithmeticError("no positive semidefinite matrix fits")


@commuting_limit.negative_twin("from any commuting balanced start, W_j(0) = α diag(c)", drops=IDENTITY)
def _(run: Run) -> Iterator[Evidence]:
    a, y, alpha, shape = (Fraction(1), Fraction(3, 2)), Fraction(1), Fraction(1, 10), (Fraction(2), Fraction(1))
    # Stationary for Q_{α,3}: x_i^{−1/3} = 1/α − a_i s' for one s'. At the limit x_i^{−1/3} = 1/(αc_i) − a_i s.
    gap = a[1] * (1 / alpha - 1 / (alpha * shape[0])) - a[0] * (1 / alpha - 1 / (alpha * shape[1]))
    witness = Witness(
        problem={"measurement": a, "value": y, "alpha": alpha, "shape": shape, "depth": 3},
        kind="diagonal measurement",
        hypotheses=stated(COMMUTING, "A = diag(1, 3/2), y = 1; fitted by diag(1, 0)"),
        violates="the multiplier of Q_{α,3} that the first eigenvalue asks for is not that of the second",
        enclosed={"gap of the multiplier conditions": gap},
    )
    detail = f"a_2(1/α − x_1^(−1/3)) − a_1(1/α − x_2^(−1/3)) = {gap} at the limit, whatever s is"
    yield refuted("R14", "exact evaluation", detail, witness if gap else None, LIMIT)


@commuting_limit.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The limit itself, by bisection, against another solution with a smaller value of Q."""
    if not (witness.twin or witness.without):
        return as_claimed.commuting_limit(witness)
    if witness.without:
        return commuting_again.limit_without(witness)
    a, shape = listed(witness, "measurement"), listed(witness, "shape")
    y, alpha = number(witness.problem, "value"), number(witness.problem, "alpha")
    bounds = _shaped(a, y, alpha, shape)
    factor = Fraction(3, 2) * alpha
    # Q = Σ (u^{−3} − (3/2)α u^{−2}) with u = x^{−1/3}; each term bounded over an interval of u.
    reached = sum((1 / high**3 - factor / low**2 for low, high in bounds), Fraction(0))
    if "cube roots of another solution" in witness.enclosed:
        stored = witness.enclosed["cube roots of another solution"]
        assert isinstance(stored, list | tuple)
        cube_roots = [exact(x, "cube root") for x in stored]
        if min(cube_roots) < 0 or sum(k * v**3 for k, v in zip(a, cube_roots, strict=True)) != y:
            raise ArithmeticError("the other solution does not fit")
        other = sum((v**3 - factor * v**2 for v in cube_roots), Fraction(0))
    else:
        first = Fraction(1, 10)  # the cube root of another solution's first eigenvalue
        second = (y - a[0] * first**3) / a[1]
        below = Fraction(76, 100)  # at most x_2^{2/3}, since its cube is at most x_2²
        if below**3 > second**2:
            raise ArithmeticError("the bound of the other solution's second eigenvalue is too large")
        other = first**3 + second - factor * (first**2 + below)
    detail = f"Q at the limit is at least {float(reached):.6f}, at another solution at most {float(other):.6f}"
    return proved_again(reached > other, detail, "bisection with exact signs")


# ---------------------------------------------------------------------------------------------------------------------
# S9, S10: minimal trace as the scale vanishes


@claim(
    "arora-cohen-hu-luo-2019/trace-is-minimized-at-small-scale",
    paper=PAPER,
    number="S9, S10, C-d",
    title="as α → 0 the limit has minimal trace, at every depth",
    scope=EVERYTHING,
    kinds=("derivation",),
    hypotheses=(COMMUTING, IDENTITY),
    uses=("arora-cohen-hu-luo-2019/commuting-limit",),
)
def trace_is_minimized_at_small_scale(run: Run) -> Iterator[Evidence]:
    """
    Statement: under the hypotheses of commuting-limit let x_α be the limit's eigenvalues and z ≥ 0 any other solution.
        For N ≥ 3, Σx_α − Σz ≤ (N/2)α^{N−2}(Σx_α^{2/N} − Σz^{2/N}); so every limit point as α → 0 has the smallest Σz of
        all such z. For N = 2 and α < 1, Σx_α − Σz ≤ (h(z) − h(x_α))/(2log(1/α)) with h =
        Σx(log x − 1), and the same follows.
    Hypotheses: symmetric commuting measurements that a positive semidefinite matrix fits; W_j(0) = alpha I.
    Conclusion: minimal nuclear norm among the positive semidefinite solutions, for every depth, with a rate: of one
        that does not commute with the measurements the diagonal in the common frame is such a z, of the same trace.
    Proof idea: Q_{α,N}(x_α) ≤ Q_{α,N}(z), rearranged; the sums of powers stay bounded.
    Checked by: the inequality, with symbolic N, from the minimality that commuting-limit proves.
    Not checked: that the minimizers stay bounded as α → 0, so that there are limit points (one line: 2/N < 1, and
        h ≥ −1 for each eigenvalue); the conclusion's remark on other solutions.
    References: Gunasekar et al. 2017 (arXiv:1705.09280) for N = 2; Arora et al. 2019 (arXiv:1905.13655) for N ≥ 3; as
        recalled. Both assume that the limit exists.
    """
    yield proved("commuting-sensing", EVERYTHING)


@trace_is_minimized_at_small_scale.negative_twin("among all solutions, not only positive semidefinite ones")
def _(run: Run) -> Iterator[Evidence]:
    a, y, other = (Fraction(1), Fraction(-2)), Fraction(1), (Fraction(0), Fraction(-1, 2))
    fits = sum((k * z for k, z in zip(a, other, strict=True)), Fraction(0)) == y
    norm = sum((abs(z) for z in other), Fraction(0))
    witness = Witness(
        problem={"measurement": a, "value": y, "solution": other, "alpha": Fraction(1, 10)},
        kind="diagonal measurement",
        hypotheses=(
            *stated(COMMUTING, "A = diag(1, −2), y = 1; fitted by diag(1, 0)"),
            *stated(IDENTITY, "for every α > 0"),
        ),
        violates="x_1 = 1 + 2x_2 ≥ 1 for every x ≥ 0 that fits, and diag(0, −1/2) fits with nuclear norm 1/2",
        enclosed={"nuclear norm of the other solution": norm},
    )
    detail = f"every limit has nuclear norm at least 1, another solution {norm}"
    yield refuted("R13", "exact evaluation", detail, witness if fits and norm < 1 else None)


@trace_is_minimized_at_small_scale.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The limit at depth 3 by bisection: its trace, against the other solution's nuclear norm."""
    if not (witness.twin or witness.without):
        return as_claimed.trace_is_minimized_at_small_scale(witness)
    if witness.without:
        return commuting_again.limit_without(witness)
    a, other = listed(witness, "measurement"), listed(witness, "solution")
    y, alpha = number(witness.problem, "value"), number(witness.problem, "alpha")
    trace = sum((1 / high**3 for _, high in _shaped(a, y, alpha, [Fraction(1)] * len(a))), Fraction(0))
    fits = sum((k * z for k, z in zip(a, other, strict=True)), Fraction(0)) == y
    norm = sum((abs(z) for z in other), Fraction(0))
    detail = f"the limit's trace is at least {float(trace):.8f}, the other solution's nuclear norm {norm}"
    return proved_again(fits and trace > norm, detail, "bisection with exact signs")


# ---------------------------------------------------------------------------------------------------------------------
# C-d at V4: how far from the minimal trace

ONE_MEASUREMENT = "A = diag(1, 2), y = 1, W_j(0) = I/10"


@claim(
    "arora-cohen-hu-luo-2019/trace-gap-at-finite-scale",
    paper=PAPER,
    number="C-d (V4)",
    title="the trace's gap at α = 1/10 and its bound, depths 3 and 4",
    scope=Scope.instances("V4, N = 3", "V4, N = 4"),
    kinds=("bisection",),
    hypotheses=(ONE_MEASUREMENT,),
    uses=("arora-cohen-hu-luo-2019/trace-is-minimized-at-small-scale",),
)
def trace_gap_at_finite_scale(run: Run) -> Iterator[Evidence]:
    """
    Statement: for A = diag(1, 2), y = 1 and α = 1/10 the smallest trace of a positive semidefinite solution is 1/2; the
        limit's trace t satisfies 0 < t − 1/2 ≤ (N/2)α^{N−2}(Σx^{2/N} − (1/2)^{2/N}) at depths 3 and 4.
    Hypotheses: A = diag(1, 2), y = 1, W_j(0) = I/10.
    Conclusion: about 0.0028 at depth 3, 0.00019 at depth 4.
    Proof idea: the limit is the root of one monotone function of the multiplier.
    Checked by: bisection with exact signs; the root's interval carried through.
    Not checked: other data (for those, the claim that this one uses).
    References: derived here.
    """
    for depth in (3, 4):
        gap, room = _gap_and_room(depth)
        scope = Scope.instances(f"V4, N = {depth}")
        detail = f"t − 1/2 = {gap.text(10)}, the bound is larger by {room.text(6)}"
        if gap.lower > 0 and room.lower >= 0:
            yield Evidence.supports(
                kind="bisection", assurance=Assurance.PROVED, scope=scope, detail=detail, slack=room
            )
        else:
            yield Evidence.undecided(kind="bisection", scope=scope, detail=detail)


def _gap_and_room(depth: int, *, factor: Fraction = Fraction(1)) -> tuple[Ball, Ball]:
    """``t − 1/2`` at V4, and by how much `factor` times the bound exceeds it. ``u = x^{−(N−2)/N}``, so at N = 3
    ``x = u^{−3}``, ``x^{2/N} = u^{−2}``; at N = 4 ``x = u^{−2}``, ``x^{2/N} = u^{−1}``."""
    a, alpha, power = (1, 2), Fraction(1, 10), {3: 3, 4: 2}[depth]
    start = alpha ** -(depth - 2)

    def roots(s: Fraction) -> list[Fraction]:
        return [start - (depth - 2) * k * s for k in a]

    def misfit(s: Fraction) -> Fraction:
        return sum((k / u**power for k, u in zip(a, roots(s), strict=True)), Fraction(-1))

    low, high = bisected(misfit, Fraction(0), start / (depth - 2) / 2 * Fraction(999, 1000))
    ends = list(zip(roots(high), roots(low), strict=True))  # u falls as s grows
    trace = Ball.between(
        sum((1 / upper**power for _, upper in ends), Fraction(0)),
        sum((1 / lower**power for lower, _ in ends), Fraction(0)),
    )
    sums = Ball.between(
        sum((1 / upper ** (power - 1) for _, upper in ends), Fraction(0)),
        sum((1 / lower ** (power - 1) for lower, _ in ends), Fraction(0)),
    )
    half = _half_power(depth)
    weight = factor * Fraction(depth, 2) * alpha ** (depth - 2)
    gap = Ball(trace.mid - Fraction(1, 2), trace.rad)
    room = Ball.between(weight * (sums.lower - half.upper) - gap.upper, weight * (sums.upper - half.lower) - gap.lower)
    return gap, room


def _half_power(depth: int) -> Ball:
    """``(1/2)^{2/N}``: the root r of ``r^N = 1/4``."""
    return Ball.between(*bisected(lambda r: r**depth - Fraction(1, 4), Fraction(0), Fraction(1)))


@trace_gap_at_finite_scale.negative_twin("with half of the bound")
def _(run: Run) -> Iterator[Evidence]:
    gap, room = _gap_and_room(3, factor=Fraction(1, 2))
    witness = Witness(
        problem={"measurement": [1, 2], "value": 1, "alpha": Fraction(1, 10), "depth": 3},
        kind="diagonal measurement",
        hypotheses=stated(ONE_MEASUREMENT, "the data"),
        violates=f"the gap exceeds half of the bound by at least {float(-room.upper):.6f}",
        enclosed={"gap": gap, "half of the bound, less the gap": room},
    )
    yield refuted("V4, N = 3", "bisection", f"the gap is {gap.text(10)}", witness if room.upper < 0 else None)


@trace_gap_at_finite_scale.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """In the cube root c of the first eigenvalue: the second one's is 1/(2/c − 10), and the data give one equation."""
    alpha = number(witness.problem, "alpha")

    def misfit(c: Fraction) -> Fraction:
        return c**3 + 2 / (2 / c - 1 / alpha) ** 3 - 1

    low, high = bisected(misfit, Fraction(1, 1000), Fraction(199, 1000))
    half = _half_power(3)
    gap = low**3 + (1 - high**3) / 2 - Fraction(1, 2)
    most = high**2 + 1 / (2 / high - 1 / alpha) ** 2 - half.lower
    bound = Fraction(3, 4) * alpha * most
    detail = f"the gap is at least {float(gap):.8f}, half of the bound at most {float(bound):.8f}"
    return proved_again(gap > bound, detail, "bisection in a cube root")


# ---------------------------------------------------------------------------------------------------------------------
# S11: Schatten quasi-norms

TRACE_ONE = "A = I, y = 1, W_j(0) = alpha I"
ALL_SCHATTEN = Scope.all("depths N >= 2, sizes d >= 2, scales, exponents 0 < p < 1")


@claim(
    "arora-cohen-hu-luo-2019/schatten-quasi-norms-are-not-minimized",
    paper=PAPER,
    number="S11",
    title="minimal nuclear norm without minimal Schatten quasi-norm",
    scope=ALL_SCHATTEN,
    kinds=("powers",),
    hypotheses=(TRACE_ONE,),
    uses=("arora-cohen-hu-luo-2019/commuting-limit",),
)
def schatten_quasi_norms_are_not_minimized(run: Run) -> Iterator[Evidence]:
    """
    Statement: for the single measurement tr(W) = 1 of d by d matrices, d ≥ 2, and W_j(0) = αI the limit is I/d for
        every depth N ≥ 2 and every α > 0. Its nuclear norm 1 is the smallest of all solutions, while its Schatten-p
        quasi-norm, Σσ^p = d^{1−p}, is above the value 1 of the solution e_1e_1ᵀ, for every 0 < p < 1.
    Hypotheses: A = I, y = 1, W_j(0) = alpha I.
    Conclusion: no Schatten quasi-norm with p < 1 explains the bias, at any depth.
    Proof idea: in the closed form of commuting-limit all ν_i are s here, so the eigenvalues are equal, and the limit
        fits; d^{1−p} > 1.
    Checked by: powers with symbolic exponent, monotony of powers. The nuclear norm is at least the trace.
    Not checked: nothing is left open beyond the claim that it uses.
    References: Arora et al. 2019 (arXiv:1905.13655), their proposition on Schatten quasi-norms, as recalled; the
        instance is ours.
    """
    from verify.symbolic.checks import Identity, PowerLaws, PowerOrder
    from verify.symbolic.expressions import Relation, Sym, formula

    d, q, p = Sym("d"), Sym("q"), Sym("p")
    powers = PowerLaws(("d",), ("p",))
    Identity(powers, (Relation(d * (1 / d), formula(1)), Relation(d * (1 / d) ** p, d ** (1 - p)))).run()
    larger = Relation(formula(1), d, "<")
    above = Relation(formula(1), d**q, "<")
    PowerOrder(PowerLaws(("d",), ("q",)), larger, q, above, (("q", Fraction(0), True),)).run()
    yield Evidence.supports(
        kind="powers",
        assurance=Assurance.PROVED,
        scope=ALL_SCHATTEN,
        detail="d·(1/d) = 1, d·(1/d)^p = d^(1−p), and d > 1 gives d^q > 1 for every q = 1 − p > 0",
    )


def _scaled_identity(size: int) -> list[list[Fraction]]:
    return [[Fraction(int(i == j), size) for j in range(size)] for i in range(size)]


def _solves(matrix: Sequence[Sequence[Fraction]]) -> bool:
    return sum((matrix[i][i] for i in range(len(matrix))), Fraction(0)) == 1


@schatten_quasi_norms_are_not_minimized.negative_twin("with minimal rank: the limit has the lowest rank that fits")
def _(run: Run) -> Iterator[Evidence]:
    limit, other = _scaled_identity(2), [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(0)]]
    regular = limit[0][0] * limit[1][1] - limit[0][1] * limit[1][0]
    witness = Witness(
        problem={"limit": limit, "solution": other},
        kind="two solutions",
        hypotheses=stated(TRACE_ONE, "d = 2; every depth, every α"),
        violates="the limit I/2 has rank 2, and diag(1, 0) fits with rank 1",
        enclosed={"determinant of the limit": regular},
    )
    ok = bool(regular) and _solves(limit) and _solves(other)
    yield refuted("R11", "exact evaluation", f"det(I/2) = {regular}", witness if ok else None)


@schatten_quasi_norms_are_not_minimized.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """The limit from W_j(0) = αI (α = 1/10 where none is stored) at depth 3 by bisection: equal eigenvalues around 1/d,
    so of rank d."""
    if not (witness.twin or witness.without):
        return as_claimed.schatten_quasi_norms_are_not_minimized(witness)
    if witness.without:
        return commuting_again.not_a_multiple_of_the_identity(witness)
    other = witness.problem["solution"]
    assert isinstance(other, list | tuple)
    solution, alpha = [[exact(x, "entry") for x in row] for row in other], witness.problem.get("alpha", "1/10")
    size = len(solution)
    corners = list(combinations(range(size), 2))
    rank_one = all(
        solution[i][k] * solution[j][m] == solution[i][m] * solution[j][k] for i, j in corners for k, m in corners
    )
    ones = [Fraction(1)] * size
    bounds = _shaped(ones, Fraction(1), exact(alpha, "alpha"), ones)
    values = [Ball.between(1 / high**3, 1 / low**3) for low, high in bounds]
    regular = all(value.lower > 0 and value.contains(Fraction(1, size)) for value in values)
    detail = f"the limit's eigenvalues are {' and '.join(value.text(12) for value in values)}"
    return proved_again(rank_one and _solves(solution) and regular, detail, "bisection with exact signs")


# ---------------------------------------------------------------------------------------------------------------------
# R17: minimal trace is not low rank

TWO_MEASUREMENTS = "A_1 = diag(2/5, 1, 0), A_2 = diag(2/5, 0, 1), y = (1, 1)"


@claim(
    "arora-cohen-hu-luo-2019/minimal-trace-is-not-low-rank",
    paper=PAPER,
    number="S10 (R17)",
    title="a commuting instance whose limit has rank 2 although rank 1 fits",
    scope=Scope.instances("R17"),
    kinds=("exact evaluation",),
    parts=("minimal trace", "lower rank"),
    hypotheses=(TWO_MEASUREMENTS,),
    uses=("arora-cohen-hu-luo-2019/trace-is-minimized-at-small-scale",),
)
def minimal_trace_is_not_low_rank(run: Run) -> Iterator[Evidence]:
    """
    Statement: for A_1 = diag(2/5, 1, 0), A_2 = diag(2/5, 0, 1), y = (1, 1) the only diagonal solution x ≥ 0 of minimal
        trace is (0, 1, 1), of rank 2, although (5/2, 0, 0) fits with rank 1.
    Hypotheses: A_1 = diag(2/5, 1, 0), A_2 = diag(2/5, 0, 1), y = (1, 1).
    Conclusion: the flows from W_j(0) = αI tend to rank 2 as α → 0, at every depth.
    Proof idea: on the solutions the trace is 2 + x_1/5.
    Checked by: an exact dual certificate, λ = (1, 1): trace − λ·(Ax) = x_1/5.
    Not checked: nothing is left open.
    References: derived here.
    """
    rows, y = ((Fraction(2, 5), 1, 0), (Fraction(2, 5), 0, 1)), (Fraction(1), Fraction(1))
    slack = tuple(1 - sum((Fraction(row[i]) for row in rows), Fraction(0)) for i in range(3))
    ok = slack == (Fraction(1, 5), Fraction(0), Fraction(0)) and _fits(rows, y, (Fraction(0), Fraction(1), Fraction(1)))
    detail = f"dual slack {', '.join(map(str, slack))} ≥ 0, positive only at x_1; (0, 1, 1) fits, its trace is λ·y = 2"
    other = _fits(rows, y, (Fraction(5, 2), Fraction(0), Fraction(0)))
    for part, true in (("minimal trace", ok), ("lower rank", other)):
        make = Evidence.supports if true else Evidence.undecided
        yield make(
            kind="exact evaluation",
            assurance=Assurance.PROVED,
            scope=Scope.instances("R17"),
            part=part,
            detail=detail if part == "minimal trace" else "(5/2, 0, 0) fits exactly",
        )


def _fits(rows: Sequence[Sequence[object]], y: Sequence[Fraction], x: Sequence[Fraction]) -> bool:
    return all(
        sum((exact(k) * v for k, v in zip(row, x, strict=True)), Fraction(0)) == target
        for row, target in zip(rows, y, strict=True)
    )


@minimal_trace_is_not_low_rank.negative_twin("with (5/2, 0, 0) as the solution of minimal trace")
def _(run: Run) -> Iterator[Evidence]:
    rows, y = ((Fraction(2, 5), Fraction(1), Fraction(0)), (Fraction(2, 5), Fraction(0), Fraction(1))), (1, 1)
    claimed, better = (Fraction(5, 2), Fraction(0), Fraction(0)), (Fraction(0), Fraction(1), Fraction(1))
    gap = sum(claimed) - sum(better)
    witness = Witness(
        problem={"measurements": rows, "values": y, "claimed": claimed, "better": better},
        kind="diagonal measurements",
        hypotheses=stated(TWO_MEASUREMENTS, "the data"),
        violates=f"(0, 1, 1) fits with a trace smaller by {gap}",
        enclosed={"gap": gap},
    )
    ok = gap > 0 and _fits(rows, (Fraction(1), Fraction(1)), better)
    yield refuted("R17", "exact evaluation", f"the traces differ by {gap}", witness if ok else None, "minimal trace")


@minimal_trace_is_not_low_rank.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """Along the segment between the two solutions, all of which fit, the trace falls."""
    claimed, better = listed(witness, "claimed"), listed(witness, "better")
    rows = [[exact(x, "measurement") for x in row] for row in _rows(witness)]
    middle = [(p + q) / 2 for p, q in zip(claimed, better, strict=True)]
    y = listed(witness, "values")
    violated = all(_fits(rows, y, x) for x in (claimed, middle, better)) and sum(middle) < sum(claimed)
    return proved_again(violated, f"half way the trace is {sum(middle)}, at the start {sum(claimed)}", "segment")


def _rows(witness: Witness) -> list[list[object]]:
    rows = witness.problem["measurements"]
    assert isinstance(rows, list | tuple)
    return [list(row) for row in rows]


# ---------------------------------------------------------------------------------------------------------------------
# C-e: depth breaks ties

TIED = "A_1 = I_3, A_2 = diag(0, 1, 3), y = (1, 1)"


@claim(
    "arora-cohen-hu-luo-2019/depth-breaks-ties",
    paper=PAPER,
    number="C-e (V5)",
    title="where minimal traces tie, the depth chooses",
    scope=Scope.instances("V5, N = 2", "V5, N = 4"),
    kinds=("exact evaluation",),
    hypotheses=(TIED, IDENTITY),
    uses=("arora-cohen-hu-luo-2019/commuting-limit",),
)
def depth_breaks_ties(run: Run) -> Iterator[Evidence]:
    """
    Statement: for A_1 = I_3, A_2 = diag(0, 1, 3), y = (1, 1) the limit is (2z, 1 − 3z, z) with the same z for every α:
        z = 1/(3 + 4^{1/3}) at depth 2 and z = 5/42 + √2/14 at depth 4.
    Hypotheses: A_1 = I_3, A_2 = diag(0, 1, 3), y = (1, 1); W_j(0) = alpha I.
    Conclusion: all solutions have trace 1; among them depth 2 takes the largest entropy, depth 4 the largest Σ√x.
    Proof idea: (2, −3, 1) spans the kernel of the measurements, so 2Q'(x_1) − 3Q'(x_2) + Q'(x_3) = 0; α drops out.
    Checked by: exact arithmetic: 4z³ = (1 − 3z)³ at depth 2; at depth 4 (√2 + 1)²(1 − 3z) = 9z in Q(√2).
    Not checked: depth 3, whose number is a root of a higher polynomial.
    References: derived here.
    """
    from verify.symbolic.checks import Identity, Rationals
    from verify.symbolic.expressions import Relation, Sym, formula

    kernel = all(sum(k * n for k, n in zip(row, (2, -3, 1), strict=True)) == 0 for row in ((1, 1, 1), (0, 1, 3)))
    # Depth 2: 2 log 2z − 3 log(1 − 3z) + log z = 0, that is 4z³ = (1 − 3z)³.
    c = Sym("c")
    z = 1 / (3 + c)
    cube = (Relation(c**3, formula(4)), -1 / (3 + c) ** 3)
    Identity(Rationals(("c",)), (Relation(4 * z**3, (1 - 3 * z) ** 3),), given=(cube,)).run()
    yield _supported("V5, N = 2", kernel, "4z³ = (1 − 3z)³ at z = 1/(3 + c), modulo c³ = 4")
    left, right = _in_root_two()
    detail = f"(√2 + 1)²(1 − 3z) and 9z are both {left[0]} + {left[1]}√2"
    yield _supported("V5, N = 4", kernel and left == right, detail)


def _supported(name: str, true: bool, detail: str) -> Evidence:
    scope = Scope.instances(name)
    if not true:
        return Evidence.undecided(kind="exact evaluation", scope=scope, detail=detail)
    return Evidence.supports(kind="exact evaluation", assurance=Assurance.PROVED, scope=scope, detail=detail)


Pair = tuple[Fraction, Fraction]
#: 5/42 + √2/14
_Z4: Pair = (Fraction(5, 42), Fraction(1, 14))


def _times(p: Pair, q: Pair) -> Pair:
    """Product in Q(√2)."""
    return p[0] * q[0] + 2 * p[1] * q[1], p[0] * q[1] + p[1] * q[0]


def _in_root_two() -> tuple[Pair, Pair]:
    """Both sides of the condition at depth 4, ``2x_1^{−1/2} − 3x_2^{−1/2} + x_3^{−1/2} = 0`` squared at the end."""
    square = _times((Fraction(1), Fraction(1)), (Fraction(1), Fraction(1)))  # (1 + √2)²
    rest = (1 - 3 * _Z4[0], -3 * _Z4[1])
    return _times(square, rest), (9 * _Z4[0], 9 * _Z4[1])


@depth_breaks_ties.negative_twin("with one limit for all depths")
def _(run: Run) -> Iterator[Evidence]:
    rest = (1 - 3 * _Z4[0], -3 * _Z4[1])
    cube, other = _times(_times(_Z4, _Z4), _Z4), _times(_times(rest, rest), rest)
    gap = (4 * cube[0] - other[0], 4 * cube[1] - other[1])
    witness = Witness(
        problem={"measurements": [[1, 1, 1], [0, 1, 3]], "values": [1, 1], "z at depth 4": _Z4},
        kind="diagonal measurements",
        hypotheses=(*stated(TIED, "the data"), *stated(IDENTITY, "every α")),
        violates="the limit of depth 4 does not solve 4z³ = (1 − 3z)³, which that of depth 2 solves",
        enclosed={"4z³ − (1 − 3z)³ in Q(√2)": gap},
    )
    detail = f"4z³ − (1 − 3z)³ = {gap[0]} + {gap[1]}√2 at the z of depth 4"
    yield refuted("V5, N = 4", "exact evaluation", detail, witness if any(gap) else None)


@depth_breaks_ties.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """Two numbers that are enclosed apart: the root of 4z³ = (1 − 3z)³, and 5/42 + √2/14."""
    if witness.without:
        return commuting_again.other_tie(witness)
    low, high = bisected(lambda z: 4 * z**3 - (1 - 3 * z) ** 3, Fraction(0), Fraction(1, 3))
    rational, surd = listed(witness, "z at depth 4")
    root = Fraction(isqrt(2 * 10**60), 10**30)
    fourth = Ball.between(rational + surd * root, rational + surd * (root + Fraction(1, 10**30)))
    second = Ball.between(low, high)
    detail = f"z = {second.text(12)} at depth 2, {fourth.text(12)} at depth 4"
    return proved_again(not second.overlaps(fourth), detail, "enclosed roots")


# ---------------------------------------------------------------------------------------------------------------------
# N7: negative eigenvalues

SYMMETRIC_TARGET = "full observation of a symmetric matrix, W_j(0) = alpha I"
EVERY_TARGET = Scope.all("depths N >= 2, sizes, symmetric targets, scales")


@claim(
    "arora-cohen-hu-luo-2019/negative-eigenvalues-are-not-learned",
    paper=PAPER,
    number="N7",
    title="from multiples of the identity negative eigenvalues are not learned",
    scope=EVERY_TARGET,
    kinds=("derivation",),
    hypotheses=(SYMMETRIC_TARGET,),
)
def negative_eigenvalues_are_not_learned(run: Run) -> Iterator[Evidence]:
    """
    Statement: with full observation of a symmetric M and W_j(0) = αI, α > 0, N ≥ 2, the eigenvalues in the frame of M
        decouple, λ' = Nλ^{2−2/N}(μ − λ); each stays positive for all times. So the loss stays above ½Σμ² over the
        negative eigenvalues μ of M.
    Hypotheses: full observation of a symmetric matrix, W_j(0) = alpha I.
    Conclusion: the flow tends to the positive semidefinite part of M.
    Proof idea: λ = u^N with u' = u^{N−1}(μ − u^N); zero is a solution that others do not reach.
    Checked by: power rule with symbolic N.
    Not checked: uniqueness of solutions, and the sign argument for the limit (λ falls if μ < λ, rises if μ > λ).
    References: Chou, Gieshoff, Maly & Rauhut 2020 (arXiv:2011.13772), as recalled; derived here.
    """
    yield proved("scalar-flow", EVERY_TARGET)


@negative_eigenvalues_are_not_learned.negative_twin("with every symmetric matrix fitted")
def _(run: Run) -> Iterator[Evidence]:
    problem = COUNTEREXAMPLES["R4"]
    floor = Fraction(1, 2)
    start = problem.product()[1][1]
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=stated(SYMMETRIC_TARGET, "R4: M = diag(1, −1), W_1 = W_2 = I/2"),
        violates="w_22 > 0 for all times, so the loss stays above ½(0 + 1)² = 1/2",
        enclosed={"w_22(0)": start, "floor of the loss": floor},
    )
    ok = start > 0 and problem.observations.values[1][1] == -1
    detail = "w_22 is a square for all times (the layers stay equal and diagonal), its target is −1"
    yield refuted("R4", "invariance", detail, witness if ok else None)


@negative_eigenvalues_are_not_learned.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """An enclosure from time 3 on: in the direction v of a negative eigenvalue μ of the target (where none is stored,
    the last axis) the product is positive, near 0, and ``v·Wv − μ`` alone keeps the loss above ½μ²."""
    if not (witness.twin or witness.without):
        return as_claimed.negative_eigenvalues_are_not_learned(witness)
    if witness.without:
        return commuting_again.below_the_floor(witness)
    from verify.rigorous import enclose_flow

    problem = load_problem(dict(witness.problem))
    size, target = problem.observations.rows, problem.observations.values
    stored = witness.enclosed.get("direction", [0] * (size - 1) + [1])
    assert isinstance(stored, list | tuple)
    v = [exact(x, "direction") for x in stored]
    image = [sum((x * k for x, k in zip(row, v, strict=True)), Fraction(0)) for row in target]
    length = sum(k * k for k in v)
    level = sum(x * k for x, k in zip(image, v, strict=True)) / length
    if len(problem.observations.entries) < size**2 or level >= 0 or image != [level * k for k in v]:
        return doubted("that is no direction of a negative eigenvalue")
    for time in (3, 6, 12, 24, 48):
        product = enclose_flow(problem, time=Fraction(time), digits=run.digits).product
        terms = [(product[i][j], v[i] * v[j] / length) for i in range(size) for j in range(size)]
        middle, radius = sum(x.mid * k for x, k in terms), sum(x.rad * abs(k) for x, k in terms)
        entry = Ball(Fraction(middle), Fraction(radius))
        if entry.upper < Fraction(1, 1000):
            break
    violated = entry.lower > 0 and entry.upper < Fraction(1, 1000) and (entry.lower - level) ** 2 > level**2
    return enclosed_again(violated, f"v·Wv({time}) = {entry.text(20)}, the target has {level}", "enclosure")


# ---------------------------------------------------------------------------------------------------------------------
# C-a at depth 2, any positive semidefinite start

PSD_START = "symmetric commuting measurements, depth 2, balanced start with positive semidefinite product"
ANY_PSD = Scope.all("sizes, commuting measurements, data, positive semidefinite starts")


@claim(
    "arora-cohen-hu-luo-2019/exponential-form",
    paper=PAPER,
    number="C-a (N = 2)",
    title="depth 2, commuting measurements: X(t) = exp(A*(s)) X(0) exp(A*(s))",
    scope=ANY_PSD,
    kinds=("derivation",),
    hypotheses=(PSD_START,),
)
def exponential_form(run: Run) -> Iterator[Evidence]:
    """
    Statement: at depth 2, for symmetric measurements that commute with each other (not always with the start) and a
        balanced start with positive semidefinite product X(0), X(t) = E X(0) E with E = exp(A*(s(t))), s = −∫r.
    Hypotheses: symmetric commuting measurements, depth 2, balanced start with positive semidefinite product.
    Conclusion: the product is known up to one number for each measurement.
    Proof idea: X' = −(GX + XG) with G = A*(r), which commutes with E, and E' = −EG.
    Checked by: normal form of words, all dimensions.
    Not checked: uniqueness of solutions (standard).
    References: Gunasekar et al. 2017 (arXiv:1705.09280), as recalled.
    """
    yield proved("commuting-sensing", ANY_PSD)


SYMMETRIC = "depth 2, balanced start, symmetric measurements"
#: Orders of the Taylor expansion that are compared.
_ORDERS = 5


@dataclass(frozen=True)
class Form:
    """Depth 2: layers W_1, W_2 and measurements with values."""

    lower: ExactMatrix
    upper: ExactMatrix
    measurements: tuple[ExactMatrix, ...]
    values: tuple[Fraction, ...]
    how: str

    def data(self) -> dict[str, object]:
        """For a witness."""
        return {
            "lower": self.lower,
            "upper": self.upper,
            "measurements": self.measurements,
            "values": self.values,
        }


#: R18: measurements e_1e_1ᵀ and the off-diagonal, which do not commute. R19: an indefinite balanced start.
FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "R18": Form(
            diagonal(("1/2", "1/2")),
            diagonal(("1/2", "1/2")),
            (diagonal((1, 0)), exact_matrix([[0, 1], [1, 0]])),
            (Fraction(1), Fraction(1)),
            "W_1 = W_2 = I/2; A_1 = e_1e_1ᵀ, A_2 = e_1e_2ᵀ + e_2e_1ᵀ do not commute",
        ),
        "R19": Form(
            diagonal(("1/2", "1/2")),
            diagonal(("1/2", "-1/2")),
            (diagonal((1, 2)),),
            (Fraction(1),),
            "W_1 = I/2, W_2 = diag(1/2, −1/2): balanced, indefinite; one measurement diag(1, 2)",
        ),
    }
)


@exponential_form.negative_twin(
    "for any balanced start and any symmetric measurements: the start indefinite, or no commuting",
    hypotheses=(SYMMETRIC,),
)
def _(run: Run) -> Iterator[Evidence]:
    yield from (_first_difference(name) for name in FORMS)


def _first_difference(name: str) -> Evidence:
    """The first Taylor coefficient at time 0 in which the flow and the formula differ."""
    form = FORMS[name]
    flow, formula = expansions(form)
    order = next((k for k in range(_ORDERS + 1) if flow[k] != formula[k]), None)
    if order is None:
        return refuted(name, "Taylor coefficients", "no difference was found", None)
    gap = add(flow[order], negative(formula[order]))
    witness = Witness(
        problem=form.data(),
        kind="layers and measurements",
        hypotheses=stated(SYMMETRIC, form.how),
        violates=f"the coefficients of t^{order} differ",
        enclosed={"order": order, "difference": gap},
    )
    return refuted(name, "Taylor coefficients", f"at t^{order} they differ, by {gap[1][1]} in the last entry", witness)


def _gradient(form: Form, product: ExactMatrix, *, constant: bool) -> ExactMatrix:
    """``Σ r_k A_k`` for a Taylor coefficient of the product; the values count at order 0 only."""
    total = zeros(len(product), len(product))
    for measurement, value in zip(form.measurements, form.values, strict=True):
        inner = -value if constant else Fraction(0)
        for rows in zip(measurement, product, strict=True):
            inner += sum((k * x for k, x in zip(*rows, strict=True)), Fraction(0))
        total = add(total, scale(inner, measurement))
    return total


def _convolved(first: Sequence[ExactMatrix], second: Sequence[ExactMatrix], order: int) -> ExactMatrix:
    """The coefficient of a product of two series."""
    return add(*(multiply(first[k], second[order - k]) for k in range(order + 1)))


def expansions(form: Form) -> tuple[list[ExactMatrix], list[ExactMatrix]]:
    """Taylor coefficients of W_2W_1 along the flow, and of ``exp(A*(s)) W(0) exp(A*(s))`` with ``s' = −r``."""
    lower, upper, whole, forces = [form.lower], [form.upper], [], []
    for k in range(_ORDERS + 1):
        whole.append(_convolved(upper, lower, k))
        forces.append(_gradient(form, whole[k], constant=k == 0))
        step = Fraction(-1, k + 1)
        left = [transpose(layer) for layer in upper]
        right = [transpose(layer) for layer in lower]
        lower.append(scale(step, _convolved(left, forces, k)))
        upper.append(scale(step, _convolved(forces, right, k)))
    exponent = [zeros(2, 2), *(scale(Fraction(-1, k + 1), force) for k, force in enumerate(forces))]
    power, series = [identity(2), *[zeros(2, 2)] * _ORDERS], [identity(2), *[zeros(2, 2)] * _ORDERS]
    for n in range(1, _ORDERS + 1):
        power = [scale(Fraction(1, n), _convolved(power, exponent, k)) for k in range(_ORDERS + 1)]
        series = [add(total, term) for total, term in zip(series, power, strict=True)]
    begun = [multiply(term, whole[0]) for term in series]
    return whole, [_convolved(begun, series, k) for k in range(_ORDERS + 1)]


@exponential_form.recheck
def _(witness: Witness, run: Run) -> Evidence:
    """By Picard's iteration, which knows no recursion of coefficients, and the exponential by repeated squaring."""
    if witness.without in ("depth 2", "balanced"):
        return commuting_again.other_slope(witness)
    lower, upper = (exact_matrix(witness.problem[key], key) for key in ("lower", "upper"))
    stored = witness.problem["measurements"]
    assert isinstance(stored, list | tuple)
    measurements = tuple(exact_matrix(m, "measurement") for m in stored)
    if not (witness.twin or witness.without or as_claimed.psd_start(lower, upper, measurements)):
        return doubted(f"not {PSD_START}")
    form = Form(lower, upper, measurements, tuple(listed(witness, "values")), "stored")
    order = int(number(witness.enclosed, "order"))
    down, up = [lower], [upper]
    for _ in range(order):
        product = _multiplied(up, down, order)
        force = [_gradient(form, term, constant=k == 0) for k, term in enumerate(product)]
        steps = (
            _multiplied([transpose(x) for x in up], force, order),
            _multiplied(force, [transpose(x) for x in down], order),
        )
        down, up = (
            [start, *(scale(Fraction(-1, k + 1), x) for k, x in enumerate(step[:order]))]
            for start, step in zip((lower, upper), steps, strict=True)
        )
    flow = _multiplied(up, down, order)
    force = [_gradient(form, term, constant=k == 0) for k, term in enumerate(flow)]
    size = len(force[0])
    exponent = [zeros(size, size), *(scale(Fraction(-1, k + 1), x) for k, x in enumerate(force[:order]))]
    root = [identity(size), *[zeros(size, size)] * order]  # exp(S/2) by Horner's scheme, then squared
    for n in range(order, 0, -1):
        root = _multiplied([scale(Fraction(1, 2 * n), x) for x in exponent], root, order)
        root = [add(root[0], identity(size)), *root[1:]]
    turned = _multiplied(root, root, order)
    formula = _multiplied(_multiplied(turned, [flow[0]], order), turned, order)
    gap = add(flow[order], negative(formula[order]))
    detail = f"by Picard's iteration the coefficients of t^{order} differ by {gap[1][1]} in the last entry"
    return proved_again(any(x for row in gap for x in row), detail, "Picard iteration")


def _multiplied(first: Sequence[ExactMatrix], second: Sequence[ExactMatrix], order: int) -> list[ExactMatrix]:
    """The product of two polynomials in t, up to the order."""
    result = [zeros(len(first[0]), len(second[0][0]))] * (order + 1)
    for i, x in enumerate(first):
        for j, y in enumerate(second):
            if i + j <= order:
                result[i + j] = add(result[i + j], multiply(x, y))
    return result
