"""The symmetric family at small and at large scale, and limits that do not commute: leading constants with remainders.

No limit is taken by a computer algebra system: each quantity is put between two bounds that agree to leading order, for
all scales at once. The bounds come from the convexity of powers (Bernoulli's inequality).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from verify.symbolic.checks import DerivationError, Formula, Identity, Inequality, PowerLaws, PowerOrder, as_bounds
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Relation, Sym, formula
from verify.symbolic.rings import ReadError
from verify.symbolic.symmetric_family import (
    BOUNDS,
    DOMINANT,
    E1_LIMIT,
    E2_LIMIT,
    LIMIT,
    ORDER,
    SECOND_ABOVE,
    SECOND_BELOW,
    ZERO,
    C,
    K,
    L,
    alpha,
    m,
    n,
    s,
    tau1,
    tau2,
    w,
    y,
)


@dataclass(frozen=True)
class Bernoulli:
    """For ``b > 0``: ``b^e ≥ 1 + e(b − 1)`` if e ≥ 1 or e ≤ 0, and ``≤`` if 0 ≤ e ≤ 1.

    *Proof.* ``b^e`` is convex in b for e ≥ 1 or e ≤ 0 and concave in between; the right side is its tangent at b = 1.

    The relation must be this very inequality: its sides are compared in normal form.
    """

    setting: PowerLaws
    base: Expr
    exponent: Expr
    relation: Relation
    bounds: tuple[tuple[str, Fraction, bool], ...] = ()
    kind: str = field(default="Bernoulli's inequality", init=False)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The inequality."""
        return (self.relation,)

    @property
    def premises(self) -> tuple[Relation, ...]:
        """None: it holds for every positive base."""
        return ()

    def run(self) -> None:
        """Raise :class:`DerivationError` unless the relation is Bernoulli's inequality in its direction."""
        ring = self.setting.ring()
        bounds = as_bounds(self.bounds)
        try:
            base = self.base.read(ring.values, ring)
            if ring.sign(base, bounds) != (1, True):
                raise DerivationError(f"{self.base.text()} is not seen to be positive")
            convex = self._sign(ring, self.exponent - 1, bounds) > 0 or self._sign(ring, self.exponent, bounds) < 0
            inside = self._sign(ring, self.exponent, bounds) > 0 and self._sign(ring, self.exponent - 1, bounds) < 0
            if not (convex or inside):
                raise DerivationError(f"it is not seen on which side of 0 and 1 {self.exponent.text()} lies")
            power = ring.power(base, self.exponent)
            tangent = (1 + self.exponent * (self.base - 1)).read(ring.values, ring)
            left, right = (side.read(ring.values, ring) for side in (self.relation.left, self.relation.right))
            fits = ring.is_zero(left - power) and ring.is_zero(right - tangent)
        except (ReadError, KeyError) as error:
            raise DerivationError(f"{self.relation.text()}: {error}") from None
        if not fits or self.relation.sign != (">=" if convex else "<="):
            raise DerivationError(f"{self.relation.text()} is not Bernoulli's inequality for {self.exponent.text()}")

    def _sign(self, ring: Any, of: Expr, bounds: Any) -> int:
        """1, −1, or 0 where the sign is not seen."""
        sign = ring.field.sign(of.read(ring.field.values, ring.field), bounds)
        return 0 if sign is None else int(sign.value)

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "method", "base", "exponent", …}``."""
        return {
            "kind": self.kind,
            "method": "a power is convex for an exponent at least 1 or at most 0, and concave in between",
            "base": self.base.text(),
            "exponent": self.exponent.text(),
            **self.setting.to_json(),
            "bounds": [f"{name} {'>' if strict else '≥'} {low}" for name, low, strict in self.bounds],
        }


def bernoulli(
    setting: PowerLaws, base: Expr, exponent: Expr, bounds: tuple[tuple[str, Fraction, bool], ...]
) -> Bernoulli:
    """Bernoulli's inequality ``base^exponent ≥ 1 + exponent(base − 1)``, for a convex power."""
    relation = Relation(base**exponent, 1 + exponent * (base - 1), ">=")
    return Bernoulli(setting, base, exponent, relation, bounds)


_p, _q = L - 2, 2 * L / (L - 2)
#: ``x``: the relative correction from below, ``(sw)^{−(L−2)/L}/C``.
_X = (s * w) ** -(_p / L) / C
_ratio = (tau2 / tau1) ** (2 * L)
_Y_DEFINED = Relation(y, C + (s * w) ** -(_p / L))
_Z = Sym("Z")
_Z_DEFINED = Relation(_Z, n * s * w - (n - 1) * C ** -(L / _p))
_SCALES = PowerLaws(("s", "w", "alpha", "K"), ("L", "n"))
_WITH_Z = PowerLaws((*LIMIT.positive, "Z"), LIMIT.parameters)


def small_scale() -> Derivation:
    """sr − 1 as α → 0: the leading constant, between two bounds that agree up to factors 1 + O(α^{L−2})."""
    below_all = Relation(tau1**L, n * s * w, "<")
    large = Relation(tau1 ** (-2 * L), (n * s * w) ** formula(-2), ">")
    small = Relation(tau2 ** (2 * L), y**-_q, ">=")
    product_below = Relation(_ratio, y**-_q * (n * s * w) ** formula(-2), ">")
    tangent = bernoulli(LIMIT, y / C, -_q, BOUNDS)
    first_order = Relation(_ratio, C**-_q * (n * s * w) ** formula(-2) * (1 - _q * _X), ">")
    power = Relation(tau2**L, C ** -(L / _p), "<")
    above_z = Relation(_Z, tau1**L, "<")
    z_power = Relation(tau1 ** (-2 * L), _Z ** formula(-2), "<")
    small_above = Relation(tau2 ** (2 * L), C**-_q, "<")
    product_above = Relation((n - 1) * _ratio, (n - 1) * C**-_q * _Z ** formula(-2), "<")
    e, u = Sym("e"), Sym("u")
    scaled = (("C", Formula((s * alpha) ** -_p * K)),)
    steps = (
        Step(
            r"Lower bound. By (E1)",
            r"$(n-1)\tau_2^L>0$",
            Inequality(LIMIT, below_all, BOUNDS, given=((E1_LIMIT, formula(-1)),)),
        ),
        Step(
            r"so that",
            r"a negative exponent is decreasing",
            PowerOrder(LIMIT, below_all, formula(-2), large, BOUNDS),
        ),
        Step(
            r"The lower bound of $\tau_2$ (topic stable-rank, $y=C+(sw)^{-(L-2)/L}$) to the power $2L$ is",
            r"a positive exponent is increasing",
            PowerOrder(LIMIT, SECOND_ABOVE, 2 * L, small, BOUNDS),
        ),
        Step(
            r"The product of the two:",
            r"first the one times $\tau_1^{-2L}$, then the other times the bound of $\tau_2^{2L}$",
            Inequality(
                LIMIT,
                product_below,
                BOUNDS,
                given=((small, tau1 ** (-2 * L)), (large, y**-_q)),
            ),
        ),
        Step(
            r"By Bernoulli's inequality",
            r"the power with the negative exponent $-2L/(L-2)$ is convex",
            tangent,
        ),
        Step(
            r"and since $y/C-1=(sw)^{-(L-2)/L}/C$, for $(\mathrm{sr}-1)/(n-1)=(\tau_2/\tau_1)^{2L}$",
            r"the two previous steps",
            Inequality(
                LIMIT,
                first_order,
                BOUNDS,
                given=(
                    (product_below, formula(1)),
                    (tangent.relation, C**-_q * (n * s * w) ** formula(-2)),
                    (_Y_DEFINED, -_q * C ** (-_q - 1) * (n * s * w) ** formula(-2)),
                ),
            ),
        ),
        Step(
            r"Upper bound. From $\tau_2<C^{-1/(L-2)}$ (topic stable-rank)",
            r"a positive exponent is increasing",
            PowerOrder(LIMIT, SECOND_BELOW, L, power, BOUNDS),
        ),
        Step(
            r"so by (E1), with $Z=nsw-(n-1)C^{-L/(L-2)}$ (positive once $\alpha$ is small)",
            r"the previous step, $n-1$ times",
            Inequality(
                _WITH_Z,
                above_z,
                BOUNDS,
                given=((E1_LIMIT, formula(1)), (_Z_DEFINED, formula(-1)), (power, n - 1)),
            ),
        ),
        Step(
            r"and",
            r"a negative exponent is decreasing",
            PowerOrder(_WITH_Z, above_z, formula(-2), z_power, BOUNDS),
        ),
        Step(
            r"while",
            r"a positive exponent is increasing",
            PowerOrder(_WITH_Z, SECOND_BELOW, 2 * L, small_above, BOUNDS),
        ),
        Step(
            r"so that $\mathrm{sr}-1$ is at most",
            r"the product of the two previous steps, $n-1$ times",
            Inequality(
                _WITH_Z,
                product_above,
                BOUNDS,
                given=((small_above, (n - 1) * tau1 ** (-2 * L)), (z_power, (n - 1) * C**-_q)),
            ),
        ),
        Step(
            r"The two bounds agree to leading order: with $Z=nsw(1-e)$ and $e=u/(2+2u)$, which runs through "
            r"$0\le e<\tfrac12$ as $u\ge0$ does, the factor $(1-e)^{-2}$ is at most $1+6e$:",
            r"a rational function of $u$ with positive coefficients",
            Inequality(
                PowerLaws((), ("u",)),
                Relation((1 + 6 * e) * (1 - e) ** 2, formula(1), ">="),
                (("u", Fraction(0), False),),
                (("e", Formula(u / (2 + 2 * u))),),
            ),
        ),
        Step(
            r"In the scale: with $C=(s\alpha)^{-(L-2)}K_L$ the leading term, the relative correction $x$ from below "
            r"and "
            r"the correction $e$ from above are, in this order,",
            r"powers of products; so $x=O(\alpha^{L-2})$ and $e=O(\alpha^{L})$",
            Identity(
                _SCALES,
                (
                    Relation(Sym("a"), (n - 1) * (s * alpha) ** (2 * L) * K**-_q / (n * s * w) ** 2),
                    Relation(Sym("x"), alpha**_p * (s**_p * (s * w) ** -(_p / L) / K)),
                    Relation(e, alpha**L * ((n - 1) * s**L * K ** -(L / _p) / (n * s * w))),
                ),
                (
                    *scaled,
                    ("a", Formula((n - 1) * C**-_q / (n * s * w) ** 2)),
                    ("x", Formula(_X)),
                    ("e", Formula((n - 1) * C ** -(L / _p) / (n * s * w))),
                ),
            ),
        ),
    )
    return Derivation(
        topic="small-scale",
        title="The stable rank at small scale, with its leading constant",
        statement=(
            r"For $L\ge3$, $1<m<\infty$ let $a=(n-1)(s\alpha)^{2L}K_L^{-2L/(L-2)}/(nsw)^2$, "
            r"$x=(sw)^{-(L-2)/L}(s\alpha)^{L-2}/K_L$ and $e=(n-1)(s\alpha)^LK_L^{-L/(L-2)}/(nsw)$. For every "
            r"$\alpha>0$ with $e<\tfrac12$ the limit has $1-\tfrac{2L}{L-2}\,x<(\mathrm{sr}-1)/a<1+6e$. So "
            r"$\mathrm{sr}-1=a\,(1+O(\alpha^{L-2}))$ as $\alpha\to0$"
        ),
        scope=r"all depths $L\ge3$, $n\ge2$, $s\ge1$, $w>0$, $1<m<\infty$, $\alpha>0$ with $e<1/2$",
        steps=steps,
        hypotheses=(E1_LIMIT, SECOND_ABOVE, SECOND_BELOW, _Y_DEFINED, _Z_DEFINED),
        notation=(
            r"(E1) and the bounds of $\tau_2$: topics limit-equations and stable-rank",
            r"$y$ and $Z$ are abbreviations; $Z>0$ is what $e<1$ says",
        ),
    )


def large_scale() -> Derivation:
    """sr as α → ∞: it tends to n (not to 1), with the leading constant between two bounds."""
    grown = (tau1 / tau2) ** _p
    shrunk = (tau2 / tau1) ** _p
    split = Relation(grown, 1 + C * tau1**_p)
    joined = Relation(shrunk, 1 - C * tau2**_p)
    second = bernoulli(LIMIT, shrunk, _q, BOUNDS)
    first = bernoulli(LIMIT, grown, _q, BOUNDS)
    v = C * (s * w) ** (_p / L)
    large = Relation((s * w) ** (_p / L), tau1**_p, "<=")
    order = Relation(tau2**L, tau1**L, "<=")
    small_sum = Relation(tau2**L, s * w, "<=")
    small = Relation(tau2**_p, (s * w) ** (_p / L), "<=")
    near = Relation(_ratio, 1 - _q * v, ">=")
    above = Relation((n - 1) * (1 - _ratio), (n - 1) * (_q * v), "<=")
    far = Relation((tau1 / tau2) ** (2 * L), 1 + _q * v, ">=")
    below = Relation((n - 1) * (1 - _ratio), _q * v * ((n - 1) * _ratio), ">=")
    steps = (
        Step(
            r"From (E2), in the two forms",
            r"(E2) times $\tau_1^{L-2}$, and times $\tau_2^{L-2}$",
            Identity(LIMIT, (split,), given=((E2_LIMIT, tau1**_p),)),
        ),
        Step(
            r"and",
            r"(E2) times $\tau_2^{L-2}$",
            Identity(LIMIT, (joined,), given=((E2_LIMIT, -(tau2**_p)),)),
        ),
        Step(
            r"Since $\tau_2\le\tau_1$,",
            r"a positive exponent is increasing",
            PowerOrder(LIMIT, ORDER, L, order, BOUNDS),
        ),
        Step(
            r"and so by (E1), $n\tau_2^L\le\tau_1^L+(n-1)\tau_2^L$:",
            r"(E1) and the previous step",
            Inequality(LIMIT, small_sum, BOUNDS, given=((E1_LIMIT, -(1 / n)), (order, 1 / n))),
        ),
        Step(
            r"hence",
            r"the exponent $(L-2)/L$ is positive",
            PowerOrder(LIMIT, small_sum, _p / L, small, BOUNDS),
        ),
        Step(
            r"By Bernoulli's inequality",
            r"the exponent $2L/(L-2)$ is above 1",
            second,
        ),
        Step(
            r"so that $(\tau_2/\tau_1)^{2L}$ is near 1 where $v=C(sw)^{(L-2)/L}$ is small:",
            r"the previous steps",
            Inequality(
                LIMIT,
                near,
                BOUNDS,
                given=((second.relation, formula(1)), (joined, _q), (small, _q * C)),
            ),
        ),
        Step(
            r"Since $n-\mathrm{sr}=(n-1)(1-(\tau_2/\tau_1)^{2L})$, this is the upper bound of $n-\mathrm{sr}$:",
            r"the previous step, $n-1$ times",
            Inequality(LIMIT, above, BOUNDS, given=((near, n - 1),)),
        ),
        Step(
            r"For the lower bound, $\tau_1^L\ge sw$ (topic stable-rank) gives",
            r"the exponent $(L-2)/L$ is positive",
            PowerOrder(LIMIT, DOMINANT, _p / L, large, BOUNDS),
        ),
        Step(
            r"and Bernoulli's inequality",
            r"the exponent $2L/(L-2)$ is above 1",
            first,
        ),
        Step(
            r"so that",
            r"the first form of (E2) and the two previous steps",
            Inequality(
                LIMIT,
                far,
                BOUNDS,
                given=((first.relation, formula(1)), (split, _q), (large, _q * C)),
            ),
        ),
        Step(
            r"which, times $(n-1)(\tau_2/\tau_1)^{2L}=\mathrm{sr}-1$, is the lower bound of $n-\mathrm{sr}$:",
            r"the previous step times a positive number",
            Inequality(LIMIT, below, BOUNDS, given=((far, (n - 1) * _ratio),)),
        ),
        Step(
            r"In the scale, with $C=(s\alpha)^{-(L-2)}K_L$:",
            r"powers of products; $v\to0$ as $\alpha\to\infty$",
            Identity(
                _SCALES,
                (Relation(Sym("v"), K * ((s * w) ** (1 / L) / (s * alpha)) ** _p),),
                (("C", Formula((s * alpha) ** -_p * K)), ("v", Formula(v))),
            ),
        ),
    )
    return Derivation(
        topic="large-scale",
        title="The stable rank at large scale",
        statement=(
            r"For $L\ge3$, $1<m<\infty$ and every $\alpha>0$, with $v=K_L\,((sw)^{1/L}/(s\alpha))^{L-2}$, the limit "
            r"has "
            r"$\tfrac{2L}{L-2}\,v\,(\mathrm{sr}-1)\le n-\mathrm{sr}\le(n-1)\tfrac{2L}{L-2}\,v$. So as "
            r"$\alpha\to\infty$ "
            r"the stable rank tends to $n$, and $n-\mathrm{sr}=(n-1)\tfrac{2L}{L-2}\,v\,(1+O(v))$"
        ),
        scope=r"all depths $L\ge3$, $n\ge2$, $s\ge1$, $w>0$, $\alpha>0$, $1<m<\infty$ (so $C>0$)",
        steps=steps,
        hypotheses=(ORDER, E1_LIMIT, E2_LIMIT, DOMINANT),
        notation=(
            r"$\tau_1\ge\tau_2>0$ is the limit (topic limit-equations); $\tau_1^L\ge sw$: topic stable-rank",
            r"$C=(s\alpha)^{-(L-2)}K_L>0$ (topic first-integrals)",
        ),
    )


def exchange_of_limits() -> Derivation:
    """α → 0 and m → ∞ do not commute; on m α^{L−2} = β the constant C tends to (L − 2)n/β."""
    a, b, beta = Sym("a"), Sym("b"), Sym("beta", r"\beta", "β")
    ring = PowerLaws(("a", "b", "m", "s", "alpha"), ("L", "n"))
    low, high = Relation(a, m - 1), Relation(b, m + n - 1)
    mK = m * ((m / a) ** _p - (m / b) ** _p)
    first, second = bernoulli(ring, a / m, -_p, BOUNDS), bernoulli(ring, a / m, _p, BOUNDS)
    third = bernoulli(ring, b / m, _p, BOUNDS)
    below = Relation(mK, _p + _p * (n - 1) * (m / b) ** _p, ">=")
    above = Relation(mK, _p * (m / a) ** _p + _p * (n - 1), "<=")
    fourth = bernoulli(ring, b / m, -_p, BOUNDS)
    power = -(L / _p)
    z = Sym("z")
    F = z**power + (n - 1) * y**power - n * s * w
    widening = PowerLaws(("s", "w", "z", "y"), ("L", "n"), (("y", formula(1)),))
    steps = (
        Step(
            r"$mK_L=m\,((m/a)^{L-2}-(m/b)^{L-2})$ with $a=m-1$, $b=m+n-1$. Bernoulli's inequality, four times:",
            r"the exponent $-(L-2)$ is negative",
            first,
        ),
        Step(r"and", r"the exponent $L-2$ is at least 1", second),
        Step(r"and", r"the exponent $L-2$ is at least 1", third),
        Step(r"and", r"the exponent $-(L-2)$ is negative", fourth),
        Step(
            r"From the first, with $a=m-1$, and the third times $(m/b)^{L-2}$, with $b=m+n-1$:",
            r"$1-(m/b)^{L-2}=(m/b)^{L-2}\,((b/m)^{L-2}-1)$",
            Inequality(
                ring,
                below,
                BOUNDS,
                given=(
                    (first.relation, m),
                    (third.relation, m * (m / b) ** _p),
                    (low, -_p),
                    (high, _p * (m / b) ** _p),
                ),
            ),
        ),
        Step(
            r"From the second times $(m/a)^{L-2}$, and the fourth:",
            r"$(m/a)^{L-2}-1=(m/a)^{L-2}\,(1-(a/m)^{L-2})$",
            Inequality(
                ring,
                above,
                BOUNDS,
                given=(
                    (second.relation, m * (m / a) ** _p),
                    (fourth.relation, m),
                    (low, _p * (m / a) ** _p),
                    (high, -_p),
                ),
            ),
        ),
        Step(
            r"As $m\to\infty$, $m/a\to1$ and $m/b\to1$, and both bounds of $mK_L$ tend to",
            r"substitution of the limits",
            Identity(
                ring,
                (Relation(_p + _p * (n - 1), _p * n),),
            ),
        ),
        Step(
            r"With $\beta=m\alpha^{L-2}$ the constant is $C=(s\alpha)^{-(L-2)}K_L$, so on a curve of fixed $\beta$ it "
            r"tends to $s^{-(L-2)}(L-2)n/\beta$:",
            r"powers of products",
            Identity(
                PowerLaws(("s", "alpha", "m", "K"), ("L",)),
                (Relation(C, s**-_p * (m * K) / beta),),
                (("beta", Formula(m * alpha**_p)), ("C", Formula((s * alpha) ** -_p * K))),
            ),
        ),
        Step(
            r"The limit depends on $C$ continuously: $F(z)=z^{-L/(L-2)}+(n-1)(z+C)^{-L/(L-2)}-nsw$ (topic "
            r"limit-equations) falls strictly in $z$ and, as here, in $C$; so the root $z$ falls strictly as $C$ grows",
            r"power rule, where $y=z+C$ moves with $C$",
            Inequality(widening, Relation(Call("rate", (F,), ("C",)), ZERO, "<"), BOUNDS),
        ),
    )
    return Derivation(
        topic="exchange-of-limits",
        title="Vanishing scale and growing ratio do not commute",
        statement=(
            r"For $L\ge3$: $(L-2)(1+(n-1)(\tfrac{m}{m+n-1})^{L-2})\le mK_L\le(L-2)((\tfrac{m}{m-1})^{L-2}+n-1)$. So on "
            r"$m\alpha^{L-2}=\beta$ the constant $C$ tends to $s^{-(L-2)}(L-2)n/\beta$ as $m\to\infty$, and the stable "
            r"rank to the value that (E1) and (E2) give for it, between $1$ and $n$; while "
            r"$\lim_{m\to\infty}\lim_{\alpha\to0}\mathrm{sr}=1$ and $\lim_{\alpha\to0}\lim_{m\to\infty}\mathrm{sr}=n$"
        ),
        scope=r"all depths $L\ge3$, $n\ge2$, $s\ge1$, $w>0$, $\beta>0$",
        steps=steps,
        hypotheses=(low, high),
        notation=(
            r"the two iterated limits: topic rank-one (1 for every $m<\infty$; $n$ for $m=\infty$ at every scale, and "
            r"by continuity of the limit in $C\to0$ also as $m\to\infty$ at fixed $\alpha$)",
        ),
        uses=("the only zero of a strictly decreasing continuous function depends continuously on parameters",),
    )
