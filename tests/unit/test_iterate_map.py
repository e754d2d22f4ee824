"""One application of the projected gradient map: known values, and all kinds of numbers against the exact one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from verify.arithmetic import Ball, ExactMatrix, InputError, exact, exact_matrix, precision
from verify.arithmetic.convert import from_arb_mat, from_fmpq_mat
from verify.arithmetic.exact import add, identity, multiply, negative, scale, transpose, zeros
from verify.models import UDU, UDV, BurerMonteiro, Measurements, Model, Observations
from verify.models.starts import diagonal
from verify.numeric.iterate import (
    Balls,
    Floating,
    IrrationalError,
    Machine,
    Multiprecision,
    Rationals,
    apply_exactly,
    apply_map,
    start_state,
    unprojected,
)

F = Fraction


def fully(matrix: list[list[int]]) -> Observations:
    """Every entry observed: the loss is ½‖X − M‖²."""
    return Observations(
        len(matrix), len(matrix[0]), tuple((i, j, F(x)) for i, row in enumerate(matrix) for j, x in enumerate(row))
    )


def column(*values: object) -> ExactMatrix:
    return exact_matrix([[x] for x in values])


def test_one_step_basin() -> None:
    """M = −[[1,2],[2,1]], U = 2I, D = I, step 1/4: D becomes 0 at once, and the state is fixed with loss 5."""
    model = UDU(exact_matrix([[2, 0], [0, 2]]), (F(1), F(1)), fully([[-1, -2], [-2, -1]]), F(6), F(1, 4))
    after = apply_exactly(model)
    assert after.state == {"U": exact_matrix([[-3, -2], [-2, -3]]), "D": column(0, 0)}
    assert after.active == {"U": False}
    assert after.clamps == {"D": 2}
    again = apply_exactly(model, after.state)
    assert again.state == after.state
    assert again.clamps == {"D": 2}


def test_a_clamp_is_not_absorbing() -> None:
    """n = 1, r = 2: the second diagonal entry goes 1/100 → 0 → positive, while the first column overshoots."""
    model = UDU(exact_matrix([["1", "1/2"]]), (F(3), F(1, 100)), Observations(1, 1, ((0, 0, F(1)),)), step=F(7, 200))
    state: dict[str, ExactMatrix] = model.start
    seconds = []
    for _ in range(3):
        state = apply_exactly(model, state).state
        seconds.append(state["D"][1][0])
    assert seconds[0] == 0
    assert 0 < seconds[1] < seconds[2]
    assert float(seconds[1]) == pytest.approx(1.41e-4, rel=1e-2)
    assert float(seconds[2]) == pytest.approx(2.24e-4, rel=1e-2)


@pytest.mark.parametrize("step", [F(1, 100), F(1, 3), F(7, 2)])
def test_fixed_in_U_but_not_in_D(step: Fraction) -> None:
    """X = diag(21/8, 9/8, …), M = diag(3, 2, …): every λ_j g_j is −63/64, so the active ball of radius 2 gives back
    U = I exactly, and the step in D moves on."""
    M = [[(3 if i % 2 == 0 else 2) if i == j else 0 for j in range(4)] for i in range(4)]
    D = (F(21, 8), F(9, 8)) * 2
    model = UDU(identity(4), D, fully(M), F(2), step)
    after = apply_exactly(model)
    assert after.active == {"U": True}
    assert after.state["U"] == identity(4)
    assert after.state["D"] == column(*(F(21, 8) + 3 * step / 8, F(9, 8) + 7 * step / 8) * 2)
    assert after.clamps == {"D": 0}


numbers = st.builds(Fraction, st.integers(-6, 6), st.integers(1, 4))


def rows(n: int, m: int) -> st.SearchStrategy[ExactMatrix]:
    return st.tuples(*[st.tuples(*[numbers] * m)] * n)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Every kind of model with constraints or without, observed or measured."""
    n, r = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["bm", "udu", "udv"]))
    m = draw(st.integers(1, 3)) if kind == "udv" else n
    step = draw(st.sampled_from([F(1, 100), F(1, 7), F(2)]))
    if draw(st.booleans()):
        cells = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), min_size=1, unique=True))
        seen: Any = Observations(n, m, tuple((i, j, draw(numbers)) for i, j in cells))
    else:
        matrix = draw(rows(n, m).filter(lambda a: any(x for row in a for x in row)))
        if kind != "udv":
            matrix = add(matrix, transpose(matrix))
            assume(any(x for row in matrix for x in row))
        seen = Measurements((matrix,), (draw(numbers),))
    U, D = draw(rows(n, r)), tuple(abs(draw(numbers)) for _ in range(r))
    room = draw(st.sampled_from([None, F(0), F(1, 3)]))

    def radius(matrix: ExactMatrix) -> Fraction:
        """Just above the norm, or farther away."""
        assert room is not None
        square = sum(x * x for row in matrix for x in row)
        root = F(int(float(square) ** 0.5 * 1000) + 1, 1000)
        return root + room

    if kind == "bm":
        return BurerMonteiro(U, seen, step)
    if kind == "udu":
        return UDU(U, D, seen, None if room is None else radius(U), step)
    V = draw(rows(m, r))
    return UDV(U, D, V, seen, None if room is None else (radius(U), radius(V)), step)


def by_hand(model: Model) -> dict[str, ExactMatrix]:
    """θ̄ from the formulas of the paper, matrix by matrix, without a matrix program."""
    X, seen = model.product(), model.observations
    if isinstance(seen, Observations):
        known = {(i, j): y for i, j, y in seen.entries}
        G: ExactMatrix = tuple(
            tuple(x - known[i, j] if (i, j) in known else F(0) for j, x in enumerate(row)) for i, row in enumerate(X)
        )
    else:
        assert isinstance(seen, Measurements)
        G = zeros(*seen.shape)
        for A, b in zip(seen.matrices, seen.values, strict=True):
            inner = sum((a * x for ra, rx in zip(A, X, strict=True) for a, x in zip(ra, rx, strict=True)), F(0))
            G = add(G, scale(inner - b, A))
    assert model.step is not None
    start = model.start
    U = start["U"]
    if "V" in start:
        D, V = diagonal([x for (x,) in start["D"]]), start["V"]
        change = {"U": multiply(multiply(G, V), D), "V": multiply(multiply(transpose(G), U), D)}
        inner_products = multiply(multiply(transpose(U), G), V)
    else:
        S = add(G, transpose(G))
        D = diagonal([x for (x,) in start["D"]]) if "D" in start else diagonal([1] * len(U[0]))
        change = {"U": multiply(multiply(S, U), D)}
        inner_products = multiply(multiply(transpose(U), G), U)
    if "D" in start:
        change["D"] = tuple((row[j],) for j, row in enumerate(inner_products))
    return {name: add(start[name], negative(scale(model.step, change[name]))) for name in start}


@given(models())
def test_before_projection_as_in_the_formulas(model: Model) -> None:
    exactly = unprojected(model, start_state(model, Rationals()), Rationals())
    assert {name: from_fmpq_mat(matrix) for name, matrix in exactly.items()} == by_hand(model)


def projected(model: Model, moved: dict[str, ExactMatrix]) -> dict[str, ExactMatrix]:
    """The projections once more, with mpmath at 300 digits."""
    with mpmath.workdps(300):
        result: dict[str, ExactMatrix] = {}
        for name, matrix in moved.items():
            values = [[mpmath.mpf(x.numerator) / x.denominator for x in row] for row in matrix]
            if name in model.balls:
                limit = mpmath.mpf(model.balls[name].numerator) / model.balls[name].denominator
                norm = mpmath.sqrt(sum(x * x for row in values for x in row))
                values = [[x * min(mpmath.mpf(1), limit / norm) if norm else x for x in row] for row in values]
            if name in model.nonnegative:
                values = [[max(x, mpmath.mpf(0)) for x in row] for row in values]
            result[name] = exact_matrix(values)
    return result


@given(models())
def test_every_kind_of_number_gives_the_same(model: Model) -> None:
    expected = projected(model, by_hand(model))
    context = mpmath.mp.clone()
    context.dps = 60
    kinds: list[tuple[Any, float]] = [
        (Multiprecision(context), 1e-55),
        (Machine(), 1e-12),
        (Machine("longdouble"), 1e-15),
    ]
    with precision(200):
        enclosed = apply_map(model, start_state(model, Balls()), Balls())
        for name, matrix in enclosed.state.items():
            for row, values in zip(from_arb_mat(matrix), expected[name], strict=True):
                for ball, x in zip(row, values, strict=True):
                    assert ball.overlaps(Ball(x, F(1, 10**280)))
                    assert ball.rad < F(1, 2**150)
        rounded = apply_map(model, start_state(model, Floating()), Floating())
        for name, matrix in rounded.state.items():
            for ball, x in zip(matrix.entries(), (x for row in expected[name] for x in row), strict=True):
                assert ball.is_exact()
                assert abs(Ball.from_arb(ball).mid - x) <= F(1, 10**45) * (1 + abs(x))
    for numbers_, error in kinds:
        got = apply_map(model, start_state(model, numbers_), numbers_)
        for name, matrix in got.state.items():
            for row, values in zip(matrix, expected[name], strict=True):
                for x, y in zip(row, values, strict=True):
                    value = F(*x.as_integer_ratio()) if isinstance(x, np.floating) else exact(x)
                    assert abs(value - y) <= F(error) * (100 + abs(y))
    try:
        exactly = apply_exactly(model)
    except IrrationalError:
        assert any(enclosed.active.values())
    else:
        assert exactly.active == enclosed.active or None in enclosed.active.values()
        for name, rational in exactly.state.items():
            for row, values in zip(rational, expected[name], strict=True):
                assert all(abs(x - y) < F(1, 10**280) * (1 + abs(y)) for x, y in zip(row, values, strict=True))


@given(models())
def test_states_of_a_batch_do_not_touch_each_other(model: Model) -> None:
    numbers_ = Machine()
    state = start_state(model, numbers_)
    batch = {name: np.stack([matrix, 2 * matrix, -matrix]) for name, matrix in state.items()}
    together = apply_map(model, batch, numbers_)
    for k in range(3):
        alone = apply_map(model, {name: matrix[k] for name, matrix in batch.items()}, numbers_)
        for name in model.names:
            np.testing.assert_allclose(together.state[name][k], alone.state[name], rtol=1e-13, atol=1e-13)
        for name in model.balls:
            assert together.active[name][k] == alone.active[name]


def test_wide_balls_keep_everything() -> None:
    """Where a sign cannot be decided, both branches lie in the result."""
    model = UDU(exact_matrix([["3/5"], ["4/5"]]), (F(0),), fully([[1, 0], [0, 1]]), F(1), F(1, 100))
    with precision(53):
        state = start_state(model, Balls())
        state["U"] = state["U"] * flint.arb(1, 0.25)
        after = apply_map(model, state, Balls())
        assert after.active == {"U": None}
        for t in (F(3, 4), F(1), F(5, 4)):
            moved = {"U": scale(t, model.U), "D": column(0)}
            value = projected(model, by_hand(UDU(moved["U"], (F(0),), model.observations, F(2), F(1, 100))))
            scaling = min(F(1), 1 / t)
            for i, x in enumerate(from_arb_mat(after.state["U"])):
                assert x[0].contains(scaling * moved["U"][i][0])
            assert from_arb_mat(after.state["D"])[0][0].contains(Ball(value["D"][0][0], F(1, 10**280)))


def test_a_step_is_needed() -> None:
    with pytest.raises(InputError, match="step: is missing"):
        apply_exactly(BurerMonteiro(((F(1),),), Observations(1, 1, ((0, 0, F(1)),))))
