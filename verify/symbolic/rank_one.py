"""Rank one at vanishing scale if and only if coupled: the symmetric family's three cases side by side."""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Identity, Inequality, PowerLaws, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Num, Relation, Sym

L, n, s, w = Sym("L"), Sym("n"), Sym("s"), Sym("w")
alpha, m = Sym("alpha", r"\alpha", "α"), Sym("m")
tau, K, B, q = Sym("tau", r"\tau", "τ"), Sym("K", "K_L", "K_L"), Sym("B"), Sym("q")
_ZERO = Num(Fraction(0))
_BOUNDS = (("L", Fraction(3), False), ("n", Fraction(2), False))


def rank_one() -> Derivation:
    """sr → 1 as α → 0 for L ≥ 3 and 1 < m < ∞; sr is constant and above 1 for L = 2 and for m = ∞."""
    laws = PowerLaws(("s", "w", "alpha", "K", "tau", "q"), ("L", "n"))
    bound = (n - 1) * (s * alpha) ** (2 * L) * K ** -(2 * L / (L - 2)) / (s * w) ** 2
    constant = (n - 1) * s ** (2 * L) * K ** -(2 * L / (L - 2)) / (s * w) ** 2
    steps = (
        Step(
            r"Coupled ($L\ge3$ and $1<m<\infty$): the bound of $\mathrm{sr}-1$ (topic stable-rank) is a "
            r"constant times $\alpha^{2L}$; so $\mathrm{sr}\to1$ as $\alpha\to0$:",
            r"powers of products; the first factor does not depend on $\alpha$, and $2L>0$",
            Identity(laws, (Relation(bound, constant * alpha ** (2 * L)),)),
        ),
        Step(
            r"The constant is positive, so the bound is not void:",
            r"$n\ge2$ and $K_L>0$ (topic first-integrals)",
            Inequality(laws, Relation(constant, _ZERO, ">"), _BOUNDS),
        ),
        Step(
            r"Decoupled ($m=\infty$, any $L\ge2$): both directions start alike, $\tau_1(0)=\tau_2(0)=s\alpha$, and "
            r"solve the same equation; so $\tau_1=\tau_2=\tau$ for all times, for every $\alpha$, and",
            r"uniqueness of solutions; $\mathrm{sr}=(\tau_1^{2L}+(n-1)\tau_2^{2L})/\tau_1^{2L}$",
            Identity(laws, (Relation((tau ** (2 * L) + (n - 1) * tau ** (2 * L)) / tau ** (2 * L), n),)),
        ),
        Step(
            r"Decoupled ($L=2$, $1<m<\infty$): by the closed form (topic depth-two-closed-form), with "
            r"$q=(m-1)/(m+n-1)>0$, for every $\alpha$",
            r"$n\ge2$",
            Inequality(laws, Relation((n - 1) * q**4, _ZERO, ">"), _BOUNDS[1:]),
        ),
        Step(
            r"where $q$ is positive and below 1, since $m>1$ and $n\ge2$:",
            r"one fraction subtracted from one",
            Identity(Rationals(("m", "n")), (Relation(1 - (m - 1) / (m + n - 1), n / (m + n - 1)),)),
        ),
    )
    return Derivation(
        topic="rank-one",
        title="Rank one at vanishing scale, if and only if coupled",
        statement=(
            r"In the symmetric family with $1<m\le\infty$, $n\ge2$, $w>0$: as $\alpha\to0$ the stable rank of the "
            r"limit tends to $1$ if $L\ge3$ and $m<\infty$ (coupled); it is $n$ for every $\alpha$ if $m=\infty$, and "
            r"$1+(n-1)(\tfrac{m-1}{m+n-1})^4>1$ for every $\alpha$ if $L=2$ (decoupled)"
        ),
        scope=r"all depths $L\ge2$, $n\ge2$, $s\ge1$, $w>0$, $1<m\le\infty$, $\alpha\to0$",
        steps=steps,
        notation=(
            r"coupled or not: topics coupling-in-family and coupling-depth-two",
            r"$\mathrm{sr}-1\le(n-1)(s\alpha)^{2L}K_L^{-2L/(L-2)}/(sw)^2$: topic stable-rank",
        ),
    )
