"""The family's asymptotics and closed forms against the limit equations solved in ball arithmetic."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from verify.arithmetic import precision
from verify.arithmetic.convert import to_arb
from verify.rigorous import coupling_constant, enclose_family_limit
from verify.symbolic import DerivationError, derive
from verify.symbolic.asymptotics import Bernoulli
from verify.symbolic.checks import PowerLaws
from verify.symbolic.expressions import Relation, Sym

x, L = Sym("x"), Sym("L")
RING = PowerLaws(("x",), ("L",))
DEEP = (("L", Fraction(3), False),)


def bernoulli(exponent: object, sign: str = ">=", factor: int = 1) -> Bernoulli:
    e = exponent if hasattr(exponent, "read") else Sym("x") ** 0 * exponent  # type: ignore[operator]
    return Bernoulli(RING, x, e, Relation(x**e, 1 + factor * e * (x - 1), sign), DEEP)  # type: ignore[arg-type]


@pytest.mark.parametrize("exponent", [2 * L / (L - 2), -(L - 2), L])
def test_bernoulli_for_convex_powers(exponent: object) -> None:
    bernoulli(exponent).run()
    for wrong in (bernoulli(exponent, "<="), bernoulli(exponent, ">"), bernoulli(exponent, factor=2)):
        with pytest.raises(DerivationError):
            wrong.run()


def test_bernoulli_for_concave_powers() -> None:
    bernoulli(1 / L, "<=").run()
    with pytest.raises(DerivationError):
        bernoulli(1 / L).run()


def test_bernoulli_where_the_side_is_not_known() -> None:
    with pytest.raises(DerivationError, match="side"):
        bernoulli(L - 3).run()  # 0 at L = 3, 2 at L = 5
    with pytest.raises(DerivationError):
        replace(bernoulli(L), base=x - 1, relation=Relation((x - 1) ** L, 1 + L * (x - 2), ">=")).run()


def members(count: int, seed: int) -> list[tuple[int, int, Fraction, Fraction, Fraction, int]]:
    random = Random(seed)
    return [
        (
            random.randint(3, 7),
            random.randint(2, 5),
            Fraction(random.randint(11, 60), 10),
            Fraction(random.randint(1, 40), 10),
            Fraction(random.randint(1, 30), 10),
            random.randint(1, 3),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("small", [True, False])
def test_both_bounds_of_the_stable_rank_hold(small: bool) -> None:
    """The statements of small-scale and large-scale at random members; the bounds are sharp to leading order."""
    tight = 0
    for depth, n, m, alpha, w, s in members(12, 3):
        scale = alpha / 200 if small else alpha * 20
        limit = enclose_family_limit(depth, n=n, m=m, alpha=scale, value=w, s=s, digits=60)
        with precision(300):
            c = to_arb(coupling_constant(depth, n=n, m=m, alpha=scale, s=s))
            p, sr = depth - 2, limit.stable_rank.to_arb()
            q, sw = to_arb(Fraction(2 * depth, p)), to_arb(s * w)
            if small:
                a = (n - 1) * c**-q / (n * sw) ** 2
                below = 1 - q * sw ** to_arb(Fraction(-p, depth)) / c
                e = (n - 1) * c ** to_arb(Fraction(-depth, p)) / (n * sw)
                if not e < 0.5:
                    continue
                ratio, above = (sr - 1) / a, 1 + 6 * e
                assert ratio > below
                assert ratio < above
                tight += bool(ratio > 0.9)
            else:
                v = c * sw ** to_arb(Fraction(p, depth))
                assert n - sr <= (n - 1) * q * v
                assert n - sr >= q * v * (sr - 1)
                tight += bool((n - sr) / ((n - 1) * q * v) > 0.5)
    assert tight >= 4


@pytest.mark.parametrize("depth", [3, 4])
def test_closed_forms_agree_with_the_equations(depth: int) -> None:
    for m, alpha, w in ((2, "1/3", 1), (3, 2, "1/2"), ("3/2", "1/10", 5)):
        limit = enclose_family_limit(depth, n=2, m=m, alpha=alpha, value=w, digits=40)
        with precision(200):
            first, second = limit.tau1.to_arb(), limit.tau2.to_arb()
            c = to_arb(coupling_constant(depth, n=2, m=Fraction(m), alpha=Fraction(alpha)))
            value = to_arb(Fraction(w))
            if depth == 3:
                p = first * second
                gap = p**3 * (c**2 * p + 4) * (c**2 * p + 1) ** 2 - 4 * value**2
            else:
                gap = ((1 + 2 * value * c**2).sqrt() - 1) / c**2 - (first * second) ** 2
            assert abs(gap) < 1e-25


def test_the_constant_on_the_curve() -> None:
    """m K_L is between its two bounds, and tends to (L − 2) n."""
    for depth in (3, 4, 7):
        for n in (2, 5):
            for m in (Fraction(3, 2), Fraction(10), Fraction(10**6)):
                mk = m * coupling_constant(depth, n=n, m=m, alpha=Fraction(1))
                p = depth - 2
                assert p * (1 + (n - 1) * (m / (m + n - 1)) ** p) <= mk <= p * ((m / (m - 1)) ** p + n - 1)
            assert abs(mk - p * n) < Fraction(1, 1000)


def test_the_order_by_depth_turns() -> None:
    from proofs_checks.shin_yun_2026.asymptotics import turning_scale

    for depth in (3, 5):
        scale = turning_scale(depth)
        for alpha, lower in ((scale.mid * Fraction(99, 100), True), (scale.mid * Fraction(101, 100), False)):
            rank = enclose_family_limit(depth, n=2, m=2, alpha=alpha, digits=20).stable_rank
            assert (rank.upper < Fraction(82, 81)) is lower


def test_the_small_scale_topic_says_what_is_checked() -> None:
    derivation = derive("small-scale")
    assert "Bernoulli's inequality" in derivation.checks
    assert "limit" not in " ".join(step.reason for step in derivation.steps)  # no limit is taken
