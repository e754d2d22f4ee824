"""Second paths against the claims themselves: whether stored data violate a statement, whatever a hunt says of them.

Rates come from values of the loss, limits and states from the flow in rotated coordinates, nuclear norms from roots of
characteristic polynomials, times from integrals. Imports verify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from proofs_checks.arora_cohen_hu_luo_2019.again import product_rate, rates_again
from proofs_checks.second_paths import hidden_rotation, limit_again, semidefinite_by_minors
from proofs_checks.statements import (
    ZERO,
    DoubtError,
    Sentence,
    Statement,
    entries,
    equal,
    exact_of,
    near,
    raised,
    real_eigenvalues,
    semidefinite,
)
from verify.arithmetic import ExactMatrix, exact, exact_matrix
from verify.arithmetic.convert import to_arb, to_fmpq_mat
from verify.arithmetic.exact import add, identity, multiply, negative, scale, transpose
from verify.claims import Witness
from verify.models import Measurements, Observations, Problem, Sensing, diagonal, dump_problem, load_problem

if TYPE_CHECKING:
    from flint import arb

    from verify.rigorous import Limit

_DIGITS = 8


class Stored:
    """The data of a witness, by their names."""

    def __init__(self, witness: Witness) -> None:
        self.data: Mapping[str, Any] = witness.problem
        self.shown: Mapping[str, Any] = witness.enclosed

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def need(self, key: str) -> Any:
        """What is stored under a name."""
        found = self.data.get(key, self.shown.get(key))
        if found is None:
            raise DoubtError(f"{key!r} is not stored")
        return found

    def number(self, key: str) -> Fraction:
        """An exact number."""
        return exact(self.need(key), key)

    def whole(self, key: str) -> int:
        """An integer."""
        value = self.number(key)
        if value.denominator != 1:
            raise DoubtError(f"{key} = {value} is no integer")
        return int(value)

    def numbers(self, key: str) -> list[Fraction]:
        """A list of exact numbers."""
        return [exact(x, key) for x in self.need(key)]

    def matrix(self, key: str) -> ExactMatrix:
        """An exact matrix."""
        return exact_matrix(self.need(key), key)

    def matrices(self, key: str) -> tuple[ExactMatrix, ...]:
        """A list of exact matrices."""
        return tuple(exact_matrix(x, key) for x in self.need(key))


def stated(sentences: Callable[[Stored], Iterator[Sentence]]) -> Statement[Any]:
    """A statement about what a witness stores."""
    return Statement(sentences, Stored)


def commute(*matrices: ExactMatrix) -> bool:
    """Whether symmetric matrices commute."""
    pairs = [(a, b) for k, a in enumerate(matrices) for b in matrices[:k]]
    return all(a == transpose(a) for a in matrices) and all(multiply(a, b) == multiply(b, a) for a, b in pairs)


def inner(first: Sequence[Sequence[Any]], second: Sequence[Sequence[Any]]) -> Any:
    """``⟨A, B⟩``."""
    rows = zip(first, second, strict=True)
    return sum((x * y for row, other in rows for x, y in zip(row, other, strict=True)), ZERO)


def power(matrix: ExactMatrix, exponent: int) -> ExactMatrix:
    """A whole power, 0 and more."""
    return reduce(multiply, [matrix] * exponent, identity(len(matrix)))


# ---------------------------------------------------------------------------------------------------------------------
# Commuting measurements


def sensing_rate(
    layers: Sequence[ExactMatrix], measurements: Sequence[ExactMatrix], values: Sequence[Fraction]
) -> ExactMatrix:
    """``W'``, the layers' rates taken from values of the loss ``½Σ(⟨A_k, W⟩ − y_k)²``, quadratic in each entry."""

    def product(moved: Sequence[ExactMatrix]) -> ExactMatrix:
        return reduce(lambda behind, layer: multiply(layer, behind), moved)

    def loss(moved: Sequence[ExactMatrix]) -> Fraction:
        whole = product(moved)
        return sum(((inner(a, whole) - y) ** 2 for a, y in zip(measurements, values, strict=True)), ZERO) / 2

    def stepped(l: int, i: int, j: int, step: int) -> Fraction:
        layer = [list(row) for row in layers[l]]
        layer[i][j] += step
        return loss([*layers[:l], tuple(map(tuple, layer)), *layers[l + 1 :]])

    rates = [
        tuple(
            tuple((stepped(l, i, j, -1) - stepped(l, i, j, 1)) / 2 for j in range(len(row)))
            for i, row in enumerate(layer)
        )
        for l, layer in enumerate(layers)
    ]
    return add(*(product([*layers[:l], rate, *layers[l + 1 :]]) for l, rate in enumerate(rates)))


def _solution(at: Stored, measurements: Sequence[ExactMatrix], eigenvalues: Sequence[Fraction]) -> ExactMatrix:
    """Another solution in the stored frame, which has to fit exactly."""
    frame = at.matrix("frame")
    found = multiply(multiply(frame, diagonal(eigenvalues)), transpose(frame))
    fits = all(inner(a, found) == y for a, y in zip(measurements, at.numbers("values"), strict=True))
    if multiply(frame, transpose(frame)) != identity(len(frame)) or min(eigenvalues) < 0 or not fits:
        raise DoubtError("the other solution does not fit")
    return found


def _at_a_state(at: Stored) -> Iterator[Sentence]:
    """Closed form and Lyapunov function at a state of equal layers S: ``W' = −N S^{2N−2} Σr_kA_k``, which is the rate
    of ``x = u^N`` with ``ν' = −Σ r_k a_k``; and ``Q''(x) = (c/N)u^{2−2N}`` makes the distance from Z fall at the rate
    ``(c/N)·tr(S^{2−2N}W'(Z − W)) = c·Σr_k²``."""
    layers, seen, values = at.matrices("layers"), at.matrices("measurements"), at.numbers("values")
    depth, state = len(layers), layers[0]
    if set(layers) != {state} or not commute(state, *seen):
        raise DoubtError("no state that such a flow passes")
    whole = power(state, depth)
    misfit = [inner(a, whole) - y for a, y in zip(seen, values, strict=True)]
    moved = sensing_rate(layers, seen, values)
    steep = power(state, 2 * depth - 2)
    yield from equal("W'", moved, scale(Fraction(-depth), multiply(steep, _combined(misfit, seen))))
    gap = add(_solution(at, seen, at.numbers("another solution")), negative(whole))
    flat = to_fmpq_mat(steep).inv() * to_fmpq_mat(moved) * to_fmpq_mat(gap)
    fall = sum((exact_of(flat[i, i]) for i in range(len(whole))), ZERO)
    yield "how the Bregman distance falls", fall, "=", depth * sum((r * r for r in misfit), ZERO)


def _combined(weights: Sequence[Fraction], members: Sequence[ExactMatrix]) -> ExactMatrix:
    return add(*(scale(w, one) for w, one in zip(weights, members, strict=True)))


def _from_identity(alpha: Fraction, depth: int, seen: Sequence[ExactMatrix], values: Sequence[Fraction]) -> Limit:
    """The certified limit of the rotated flow from ``W_j(0) = αI``."""
    start = Sensing((scale(alpha, identity(len(seen[0]))),) * depth, Measurements(tuple(seen), tuple(values)))
    limit = limit_again(dump_problem(start), digits=_DIGITS)
    if not limit.converged:
        raise DoubtError(limit.reason)
    return limit


def _reached(at: Stored) -> tuple[Limit, list[Fraction], Fraction, int]:
    """Limit, another solution's eigenvalues, α and N, where the hypotheses hold."""
    alpha, depth, seen = at.number("alpha"), at.whole("depth"), at.matrices("measurements")
    if set(at.numbers("shape")) != {Fraction(1)} or alpha <= 0 or not commute(*seen):
        raise DoubtError("not commuting measurements with W_j(0) = αI")
    other = [v**depth for v in at.numbers("cube roots of another solution")]
    _solution(at, seen, other)
    return _from_identity(alpha, depth, seen, at.numbers("values")), other, alpha, depth


def powers(values: Sequence[arb], exponent: Fraction) -> arb:
    """``Σ x^q``, for balls that may hold zero as well, where it grows from 0."""
    total = to_arb(ZERO)
    for x in values:
        if x > 0:
            total += raised(x, exponent)
        elif not x.is_zero():
            total += to_arb(ZERO).union(raised(x.upper(), exponent))
    return total


def entropy(values: Sequence[arb]) -> arb:
    """``Σ x(log x − 1)``, which falls from 0 until 1."""
    total = to_arb(ZERO)
    for x in values:
        if x > 0:
            total += x * (x.log() - 1)
        elif not x.is_zero():
            most = x.upper()
            total += to_arb(ZERO).union(most * (most.log() - 1)) if most < 1 else to_arb(ZERO) / 0
    return total


@stated
def commuting_limit(at: Stored) -> Iterator[Sentence]:
    """Rates at a state; or the limit from αI, which commutes with the measurements, is positive semidefinite, and has
    no larger Q than another solution."""
    if "layers" in at:
        yield from _at_a_state(at)
        return
    limit, other, alpha, depth = _reached(at)
    yield from _in_the_frame(limit, at.matrices("measurements"))
    yield from semidefinite("the limit", limit.product)
    values = [to_arb(x) for x in limit.singular_values]
    first, second = (_potential(one, alpha, depth) for one in (values, [to_arb(x) for x in other]))
    yield "Q at the limit and at another solution", first, "≤", second


def _in_the_frame(limit: Limit, measurements: Sequence[ExactMatrix]) -> Iterator[Sentence]:
    whole = entries(limit.product)
    size = range(len(whole))
    for a in measurements:
        for i in size:
            for j in size:
                sides = [
                    sum((x * to_arb(y) for x, y in pairs), to_arb(ZERO))
                    for pairs in (
                        [(whole[i][k], a[k][j]) for k in size],
                        [(whole[k][j], a[i][k]) for k in size],
                    )
                ]
                yield f"entry {i} {j} of WA and of AW", sides[0], "=", sides[1]


def _potential(values: Sequence[arb], alpha: Fraction, depth: int) -> arb:
    """``Q_{α,N}``."""
    total = sum(values, to_arb(ZERO))
    if depth == 2:
        return entropy(values) - 2 * to_arb(alpha).log() * total
    return total - to_arb(Fraction(depth, 2) * alpha ** (depth - 2)) * powers(values, Fraction(2, depth))


@stated
def trace_is_minimized_at_small_scale(at: Stored) -> Iterator[Sentence]:
    """The excess of the limit's trace over another solution's, and its bound."""
    limit, other, alpha, depth = _reached(at)
    x, z = [to_arb(value) for value in limit.singular_values], [to_arb(value) for value in other]
    excess = sum(x, to_arb(ZERO)) - sum(z, to_arb(ZERO))
    if depth > 2:
        share = to_arb(Fraction(depth, 2) * alpha ** (depth - 2))
        bound = share * (powers(x, Fraction(2, depth)) - powers(z, Fraction(2, depth)))
    elif alpha < 1:
        bound = (entropy(x) - entropy(z)) / (2 * to_arb(alpha).log())
    else:
        raise DoubtError("depth 2 with α ≥ 1")
    yield "the excess of the trace", excess, "≤", bound
    yield from semidefinite("the limit", limit.product)


@stated
def schatten_quasi_norms_are_not_minimized(at: Stored) -> Iterator[Sentence]:
    """The limit, its nuclear norm, and its quasi-norm for one exponent, against the value 1 of ``e_1e_1ᵀ``."""
    size, alpha = len(at.matrix("solution")), at.number("alpha")
    p = at.number("exponent") if "exponent" in at else Fraction(1, 2)
    if not (0 < p < 1 and alpha > 0):
        raise DoubtError("not 0 < p < 1 with α > 0")
    limit = _from_identity(alpha, at.whole("depth"), [identity(size)], [Fraction(1)])
    yield from near("the limit", entries(limit.product), scale(Fraction(1, size), identity(size)))
    values = [to_arb(x) for x in limit.singular_values]
    yield "the nuclear norm", sum(values, to_arb(ZERO)), "=", to_arb(Fraction(1))
    yield "Σσ^p", powers(values, p), "=", raised(size, 1 - p)
    yield "Σσ^p and that of e_1e_1ᵀ", to_arb(Fraction(1)), "<", powers(values, p)


def psd_start(lower: ExactMatrix, upper: ExactMatrix, measurements: Sequence[ExactMatrix]) -> bool:
    """Whether two layers are balanced with a positive semidefinite product, and symmetric measurements commute."""
    balanced = multiply(lower, transpose(lower)) == multiply(transpose(upper), upper)
    return balanced and semidefinite_by_minors(multiply(upper, lower)) and commute(*measurements)


# ---------------------------------------------------------------------------------------------------------------------
# Full observation


@stated
def negative_eigenvalues_are_not_learned(at: Stored) -> Iterator[Sentence]:
    """Rates at a state of equal layers S that commutes with M: ``W' = N S^{2N−2}(M − W)``; or the state at a time, of
    which no eigenvalue is negative, and whose loss is above ½Σμ²."""
    if "target" in at:
        layers, target = at.matrices("layers"), at.matrix("target")
        if set(layers) != {layers[0]} or not commute(layers[0], target):
            raise DoubtError("no state that such a flow passes")
        start, depth = Problem(layers, everywhere(target)), len(layers)
        steep = scale(Fraction(depth), power(layers[0], 2 * depth - 2))
        claimed = multiply(steep, add(target, negative(start.product())))
        yield from equal("W'", product_rate(start, rates_again(start)), claimed)
        return
    from verify.rigorous import enclose_flow

    start = load_problem(dict(at.data))
    target, size = start.observations.values, len(start.layers[0])
    alpha, time = start.layers[0][0][0], Fraction(25, 4)
    multiples = set(start.layers) == {scale(alpha, identity(size))} and alpha > 0
    if not multiples or start.observations != everywhere(target) or target != transpose(target):
        raise DoubtError("not full observation of a symmetric matrix from multiples of the identity")
    state = enclose_flow(hidden_rotation(start), time=time, digits=_DIGITS).product
    yield from semidefinite(f"W({time})", state)
    missing = sum((x * x for x in real_eigenvalues(target) if x < 0), to_arb(ZERO))
    gaps = (
        (x - to_arb(y)) ** 2
        for row, other in zip(entries(state), target, strict=True)
        for x, y in zip(row, other, strict=True)
    )
    yield f"the squared misfit at time {time}", missing, "≤", sum(gaps, to_arb(ZERO))


def everywhere(target: ExactMatrix) -> Observations:
    """All entries of a matrix observed."""
    cells = tuple((i, j, y) for i, row in enumerate(target) for j, y in enumerate(row))
    return Observations(len(target), len(target[0]), cells)


def nuclear_norm(matrix: ExactMatrix) -> arb:
    """The sum of the roots of MᵀM's eigenvalues."""
    squares = real_eigenvalues(multiply(transpose(matrix), matrix))
    return powers(squares, Fraction(1, 2))


@stated
def nuclear_norm_of_the_four_by_four(at: Stored) -> Iterator[Sentence]:
    """The stored completion against the smallest norm, where it has rank one against vvᵀ's; and both named ones."""
    ratio = at.number("R")
    if ratio <= 1:
        raise DoubtError("not R > 1")
    one = Fraction(1)
    outer, inside, v = (ratio, one, one, ratio), (one, ratio, ratio, one), (one, ratio, one, ratio)
    least, large = (outer, inside, inside, outer), tuple(tuple(x * y for y in v) for x in v)
    for what, matrix, norm in (("the least one", least, 4 * ratio), ("vvᵀ", large, 2 + 2 * ratio**2)):
        if not _completes(matrix, ratio):
            raise DoubtError(f"{what} is no completion")
        yield f"the nuclear norm of {what}", nuclear_norm(matrix), "=", to_arb(norm)
    yield "4R and 2 + 2R²", 4 * ratio, "<", 2 + 2 * ratio**2
    if "M" in at:
        matrix = at.matrix("M")
        if not _completes(matrix, ratio):
            raise DoubtError("the matrix is no completion")
        single = to_fmpq_mat(matrix).rank() == 1
        yield (
            "a completion's nuclear norm",
            to_arb(2 + 2 * ratio**2 if single else 4 * ratio),
            "≤",
            nuclear_norm(matrix),
        )


def _completes(matrix: ExactMatrix, ratio: Fraction) -> bool:
    seen = {(0, 2): Fraction(1), (0, 3): ratio, (1, 2): ratio}
    return len(matrix) == 4 and all(matrix[i][j] == matrix[j][i] == y for (i, j), y in seen.items())


# ---------------------------------------------------------------------------------------------------------------------
# One number


@stated
def scalar_closed_forms(at: Stored) -> Iterator[Sentence]:
    """At depth 2 without balance the rate; else the time from the start to a value between it and the target, as the
    integral of ``du/(u^{N−1}(y − u^N))``, u the N-th root, and as the statement has it."""
    if "layers" in at:
        layers, target = at.matrices("layers"), at.number("target")
        start = Problem(layers, Observations(1, 1, ((0, 0, target),)))
        [[value]], [[moved]] = start.product(), product_rate(start, rates_again(start))
        ([[first]], [[second]]) = layers
        square = (second**2 - first**2) ** 2 + 4 * value**2
        yield "w'²", moved**2, "=", (target - value) ** 2 * square
        yield "w' towards the target", 0, "≤", moved * (target - value)
        return
    depth, begin, target = at.whole("depth"), at.number("start"), at.number("target")
    if min(begin, target) <= 0 or not 0 <= depth <= 4 or begin ** max(depth, 1) == target:
        raise DoubtError("not a positive start and target at depth 1 to 4, or infinity")
    full = raised(target, Fraction(1, max(depth, 1)))
    stop = begin + Fraction(str(float((full - to_arb(begin)).mid()) / 2))
    for name, end in (("half", stop), ("three quarters", stop + (stop - begin) / 2)):
        claimed = _clock(depth, end, target) - _clock(depth, begin, target)
        yield f"the time for {name} of the way", _integral(depth, begin, end, target), "=", claimed
        if depth in (1, 2):
            u, y = to_arb(begin**depth), to_arb(target)
            decay = (-depth * y ** (depth - 1) * claimed).exp()
            formula = y + (u - y) * decay if depth == 1 else y / (1 + (y / u - 1) * decay)
            yield f"the value at the time for {name} of the way", to_arb(end**depth), "=", formula


def _integral(depth: int, begin: Fraction, end: Fraction, target: Fraction) -> arb:
    from flint import acb

    def speed(u: acb, _: object) -> acb:
        if depth == 0:
            return 1 / (u * u * (to_arb(target) - u))
        return 1 / (u ** (depth - 1) * (to_arb(target) - u**depth))

    return acb.integral(speed, acb(to_arb(begin)), acb(to_arb(end))).real


def _clock(depth: int, at: Fraction, target: Fraction) -> arb:
    """An elementary antiderivative, up to a constant, by partial fractions; 0 stands for infinite depth."""
    u, y = to_arb(at), to_arb(target)
    if depth == 1:
        return -abs(y - u).log()
    if depth == 2:
        return ((u * u).log() - abs(y - u * u).log()) / (2 * y)
    if depth == 4:  # in v = u², half of the integral of dv/(v²(y − v²))
        root = y.sqrt()
        return (((root + u * u) / abs(root - u * u)).log() / (2 * root) - 1 / (u * u)) / (2 * y)
    if depth == 0:
        return (u.log() - abs(y - u).log()) / (y * y) - 1 / (y * u)
    c, third = raised(target, Fraction(1, 3)), to_arb(Fraction(3)).sqrt()
    logs = (u * u + c * u + c * c).log() / 2 - abs(c - u).log()
    return (logs / 3 - ((2 * u + c) / (third * c)).atan() / third) / (c * y) - 1 / (y * u)
