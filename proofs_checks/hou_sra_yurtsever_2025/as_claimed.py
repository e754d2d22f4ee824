"""Second paths against the claims themselves: whether a stored point violates one, with all of its hypotheses.

First paths take the steps from values of the loss; here the slopes in U and D come from adjoint sweeps over the model's
matrix program, and the gradient in X from differences. What is fixed is decided with squares. Imports verify.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from proofs_checks.common import proved_again
from proofs_checks.hou_sra_yurtsever_2025 import again
from proofs_checks.hou_sra_yurtsever_2025.instances import gradient, product
from proofs_checks.hou_sra_yurtsever_2025.points import inner, square_of
from proofs_checks.second_paths import semidefinite_by_minors
from verify.arithmetic import ExactMatrix, exact, exact_matrix
from verify.arithmetic.exact import add as total
from verify.arithmetic.exact import identity, multiply, negative, scale, transpose
from verify.claims import Evidence, Witness
from verify.models import UDU, Observations, load_model

ZERO = Fraction(0)


class Stored:
    """A witness's point, its ball and its step."""

    def __init__(self, witness: Witness) -> None:
        model = load_model(dict(witness.problem))
        assert isinstance(model, UDU)
        self.model, self.shown = model, witness.enclosed
        self.step = exact(self.shown["step"], "step") if "step" in self.shown else model.step or Fraction(1)
        self.square = exact(self.shown["radius squared"], "radius squared") if "radius squared" in self.shown else None
        if self.square is None and model.radius is not None:
            self.square = model.radius**2
        self.U, self.D = model.U, model.D
        found = again.slopes(model, model.start)
        self.of_u, self.of_d = found["U"], tuple(row[0] for row in found["D"])

    @cached_property
    def G(self) -> ExactMatrix:
        """``∇f(X)``."""
        return gradient(self.model, product(self.model))

    @property
    def moved(self) -> ExactMatrix:
        """Ū."""
        return total(self.U, scale(-self.step, self.of_u))

    @property
    def norms(self) -> tuple[Fraction, ...]:
        """``‖u_j‖²``."""
        return tuple(square_of((u,)) for u in transpose(self.U))

    @property
    def u_is_fixed(self) -> bool:
        """``U = Ū·min(1, α/‖Ū‖)``."""
        far, here, along = square_of(self.moved), square_of(self.U), inner(self.U, self.moved)
        if self.square is None or far <= self.square:
            return self.moved == self.U
        return bool(here == self.square and along > 0 and along * along == here * far)

    @property
    def is_fixed(self) -> bool:
        """The whole step changes nothing."""
        weights = tuple(max(d - self.step * q, ZERO) for d, q in zip(self.D, self.of_d, strict=True))
        return self.u_is_fixed and weights == self.D

    @property
    def held(self) -> tuple[ExactMatrix, tuple[Fraction, ...], Fraction]:
        """U', D' and μ of the flow in its ball."""
        U, pull = negative(self.of_u), ZERO
        if self.square is not None and square_of(self.U) == self.square:
            pull = max(inner(self.U, U) / self.square, ZERO)
        D = tuple(-q if d > 0 else max(-q, ZERO) for d, q in zip(self.D, self.of_d, strict=True))
        return total(U, scale(-pull, self.U)), D, pull

    @property
    def norm_rates(self) -> tuple[Fraction, ...]:
        """The rates of ``‖u_j‖²``."""
        return tuple(2 * inner((u,), (v,)) for u, v in zip(transpose(self.U), transpose(self.held[0]), strict=True))


def second(violated: Callable[[Stored], bool]) -> Callable[[Witness], Evidence]:
    """The second path that this decision makes; its docstring says what a violation is."""

    sentence = " ".join((violated.__doc__ or "").replace("``", "").split())

    def decide(witness: Witness) -> Evidence:
        found = violated(Stored(witness))
        return proved_again(found, f"{sentence} {'So it is.' if found else 'Not so.'}", again.SWEEP)

    return decide


@second
def u_step(at: Stored) -> bool:
    """The projection acts, and U is fixed but does not obey Lemma 1's equations, or the other way round."""
    assert at.square is not None
    here, far = square_of(at.U), square_of(at.moved)
    if not here or far <= at.square:
        return False
    pulled = tuple(tuple(x * d for x, d in zip(row, at.D, strict=True)) for row in multiply(at.G, at.U))
    gamma = -inner(pulled, at.U) / here
    obeyed = here == at.square and gamma > 0 and pulled == scale(-gamma, at.U)
    if at.u_is_fixed != obeyed:
        return True
    gram = multiply(transpose(at.U), at.U)
    pairs = [(i, j) for j in range(len(at.D)) for i in range(j) if at.D[i] != at.D[j]]
    norm = far == at.square * (1 + 2 * at.step * gamma) ** 2
    return obeyed and (not norm or any(gram[i][j] for i, j in pairs))


@second
def projection(at: Stored) -> bool:
    """The point is fixed, and yet Ū is not U."""
    return at.is_fixed and at.moved != at.U


@second
def any_ball(at: Stored) -> bool:
    """The weights are stationary, and −∇_U F makes an acute angle with U."""
    weights = all(q == 0 if d > 0 else q >= 0 for d, q in zip(at.D, at.of_d, strict=True))
    return bool(weights and inner(at.of_u, at.U) < 0)


@second
def stationary(at: Stored) -> bool:
    """The point is fixed and not stationary, or the other way round."""
    images = zip(transpose(multiply(at.G, at.U)), at.D, at.of_d, strict=True)
    return at.is_fixed != all(not any(image) if d > 0 else q >= 0 for image, d, q in images)


@second
def products(at: Stored) -> bool:
    """The point is fixed and GX is not zero; or GX is zero, the columns are eigenvectors of X, and it is not fixed."""
    vanishes = again.zero(multiply(at.G, product(at.model)))
    if at.is_fixed:
        return not vanishes
    gram = multiply(transpose(at.U), at.U)
    size = range(len(at.D))
    eigenvectors = not any(gram[i][j] for j in size for i in size if i != j or at.D[j] == 0)
    return vanishes and eigenvectors


@second
def optimal(at: Stored) -> bool:
    """The point is fixed with G ⪰ 0, and a positive semidefinite matrix has a smaller loss."""
    better = exact_matrix(at.shown["better"], "better")
    lower = again.loss_of(at.model, better) < again.loss_of(at.model, product(at.model))
    return at.is_fixed and semidefinite_by_minors(at.G) and semidefinite_by_minors(better) and lower


@second
def local_minimum(at: Stored) -> bool:
    """All columns have x² + 4xy + y² > 0, and these weights a loss below 5."""
    weights: Any = at.shown["weights"]
    model = replace(at.model, D=tuple(exact(x, "weights") for x in weights))
    inside = all(x * x + 4 * x * y + y * y > 0 for x, y in transpose(at.U))
    return inside and min(model.D) >= 0 and again.loss_of(model, product(model)) < 5


@second
def descent(at: Stored) -> bool:
    """The loss has not the rate −‖U'‖² − ‖D'‖², or the flow rests at a point that is not fixed or moves one that is."""
    U, D, _ = at.held
    squares = square_of(U) + square_of((D,))
    moved = product(replace(at.model, U=total(at.U, U)))  # X' by differences, exact for degrees up to two
    back = product(replace(at.model, U=total(at.U, negative(U))))
    by_u = scale(Fraction(1, 2), total(moved, negative(back)))
    by_d = _carried(at.U, D)
    return bool(inner(at.G, total(by_u, by_d)) != -squares or (squares == 0) != at.is_fixed)


def _carried(U: ExactMatrix, weights: tuple[Fraction, ...]) -> ExactMatrix:
    """``U diag(weights) Uᵀ``, weights of any sign."""
    return multiply(tuple(tuple(x * w for x, w in zip(row, weights, strict=True)) for row in U), transpose(U))


@second
def invariants(at: Stored) -> bool:
    """The rate of some ‖u_j‖² − 2λ_j² is not −2μ‖u_j‖²."""
    _, D, pull = at.held
    rates = zip(at.norm_rates, at.norms, at.D, D, strict=True)
    return any(rate - 4 * d * v != -2 * pull * p for rate, p, d, v in rates)


@second
def positive_weights(at: Stored) -> bool:
    """All λ_j² exceed ‖u_j‖²/2, and some ‖u_j‖² − 2λ_j² grows."""
    D = at.held[1]
    strong = all(2 * d * d > p for d, p in zip(at.D, at.norms, strict=True))
    return strong and any(rate > 4 * d * v for rate, d, v in zip(at.norm_rates, at.D, D, strict=True))


@second
def conserved(at: Stored) -> bool:
    """On the active ball ‖u_j‖² exp(2‖D‖²/α²) moves for a dead column, or what parallel columns conserve does."""
    _, D, pull = at.held
    if pull <= 0 or not all(at.norms):
        return False
    assert at.square is not None
    logs = [rate / p for rate, p in zip(at.norm_rates, at.norms, strict=True)]
    growth = 2 * inner((at.D,), (D,)) * 2 / at.square
    dead = [j for j, (d, q) in enumerate(zip(at.D, at.of_d, strict=True)) if d * q == 0]
    if any(logs[j] != -growth for j in dead):
        return True
    parallel = again.rank([again.column(at.U, j) for j in range(len(D))]) == 1
    pairs = [(i, j) for j in range(len(D)) for i in range(j)]
    spread = sum((2 * (at.D[i] - at.D[j]) * (D[i] - D[j]) for i, j in pairs), ZERO)
    return parallel and sum(logs, ZERO) != -2 * spread / at.square


@second
def columns_remain(at: Stored) -> bool:
    """A step with 2ηλ_j‖G‖ < 1 makes a column zero; or, all weights being 1, a step with I − 2ηG regular changes
    whether U is singular."""
    for j, weight in enumerate(at.D):
        factor = 2 * at.step * weight
        short = total(identity(len(at.U)), scale(-factor * factor, multiply(at.G, at.G)))
        strict = semidefinite_by_minors(short) and again.rank(list(short)) == len(at.U)
        if strict and at.norms[j] and not any(again.column(at.moved, j)):
            return True
    regular = again.rank(list(total(identity(len(at.U)), scale(-2 * at.step, at.G)))) == len(at.U)
    same = again.rank(list(at.moved)) == again.rank(list(at.U))
    return set(at.D) == {Fraction(1)} and regular and not same


@second
def scaled(at: Stored) -> bool:
    """One step of the scaled point is not the scaled step."""
    s, data = exact(at.shown["scale"], "scale"), at.model.observations
    assert isinstance(data, Observations)
    seen = Observations(*data.shape, tuple((i, j, s**3 * y) for i, j, y in data.entries))
    other = UDU(scale(s, at.U), tuple(s * d for d in at.D), seen)
    found = again.slopes(other, other.start)
    moved = total(other.U, scale(-at.step / s**4, found["U"]))
    weights = [d - at.step / s**4 * row[0] for d, row in zip(other.D, found["D"], strict=True)]
    expected = [s * (d - at.step * q) for d, q in zip(at.D, at.of_d, strict=True)]
    return moved != scale(s, at.moved) or weights != expected
