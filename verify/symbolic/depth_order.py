"""Does depth intensify the bias? In the symmetric family: from one start of the product, and from one layer scale."""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Definitions, Formula, Identity, Inequality, PowerLaws, PowerOrder
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Relation, Sym, formula
from verify.symbolic.symmetric_family import K, L, alpha, n, rate_of, sigma1, sigma2, tau1, tau2, w

j, x, y, r, c, g = Sym("j"), Sym("x"), Sym("y"), Sym("r"), Sym("c"), Sym("g")
lambda1, lambda2 = Sym("lambda1", r"\lambda_1", "λ1"), Sym("lambda2", r"\lambda_2", "λ2")
end, further = Sym("lambda", r"\lambda", "λ"), Sym("mu", r"\mu", "μ")
_DEPTHS = (("L", Fraction(2), False), ("j", Fraction(1), False), ("n", Fraction(2), False))
_BELOW_ONE = Relation(x, formula(1), "<")


def _slopes() -> tuple[Step, ...]:
    """``dx/d ln λ₁ = −x(1 − x^p)``, and that it falls with the depth."""
    p, deeper = 1 - 2 / L, 1 - 2 / (L + j)
    ring = PowerLaws(("x",), ("L", "j"))
    moving = PowerLaws(
        ("lambda1", "lambda2"),
        ("L", "g"),
        (("lambda1", L * g * lambda1 ** (2 - 2 / L)), ("lambda2", L * g * lambda2 ** (2 - 2 / L))),
    )
    ratio = lambda2 / lambda1
    gap, rest = 2 / L - 2 / (L + j), 2 / L
    shrunk, endless = Relation(x**gap, formula(1), "<"), Relation(x**rest, formula(1), "<")
    return (
        Step(
            r"The eigenvalues of the product move as $\dot\lambda_i=Lg\lambda_i^{2-2/L}$ with a common factor $g$ "
            r"(topic closed-forms), so $x=\lambda_2/\lambda_1$ satisfies "
            r"$\frac{dx}{d\ln\lambda_1}=-x(1-x^{1-2/L})$, for",
            r"quotient and power rule",
            Identity(
                moving,
                (Relation(rate_of(ratio), -ratio * (1 - ratio ** (1 - 2 / L)) * (rate_of(lambda1) / lambda1)),),
            ),
        ),
        Step(
            r"For $0<x<1$ and a larger depth $L+j$",
            r"the exponent $\tfrac2L-\tfrac2{L+j}$ is positive",
            PowerOrder(ring, _BELOW_ONE, gap, shrunk, _DEPTHS),
        ),
        Step(
            r"so the slope is smaller for the larger depth:",
            r"the previous step times $x\cdot x^{1-2/L}$",
            Inequality(
                ring,
                Relation(-x * (1 - x**deeper), -x * (1 - x**p), "<"),
                _DEPTHS,
                given=((shrunk, x * x**p),),
            ),
        ),
        Step(
            r"and smallest at infinite depth, where the exponent $1-\tfrac2L$ is 1: there",
            r"the exponent $\tfrac2L$ is positive",
            PowerOrder(ring, _BELOW_ONE, rest, endless, _DEPTHS),
        ),
        Step(
            r"and so",
            r"the previous step times $x\cdot x^{1-2/L}$",
            Inequality(ring, Relation(-x * (1 - x), -x * (1 - x**p), "<"), _DEPTHS, given=((endless, x * x**p),)),
        ),
    )


def _ends() -> tuple[Step, ...]:
    """A smaller ratio at every λ₁ makes a smaller ratio at the limit."""
    ring = PowerLaws(("x", "y", "lambda", "mu"), ("n", "c"))
    less = Relation(y, x, "<")
    at_end = Relation(end * (1 + (n - 1) * x), c)
    later, other = Relation(end, further, "<"), Relation(further * (1 + (n - 1) * Sym("z")), c)
    z = Sym("z")
    ring_z = PowerLaws(("x", "z", "lambda", "mu"), ("n", "c"))
    smaller = Relation(z, x, "<")
    return (
        Step(
            r"If $d(0)<w$, $\lambda_1$ grows, and by comparison of slopes the larger depth has, at each $\lambda_1$, a "
            r"smaller ratio, $y<x$. At the limit $\lambda$ of the smaller depth, where $\lambda(1+(n-1)x)=c$ with "
            r"$c=nsw$, the larger depth has not yet arrived:",
            r"$y<x$, $n-1$ times $\lambda$",
            Inequality(
                ring,
                Relation(end * (1 + (n - 1) * y), c, "<"),
                _DEPTHS[2:],
                given=((less, (n - 1) * end), (at_end, formula(-1))),
            ),
        ),
        Step(
            r"so its limit $\mu(1+(n-1)z)=c$ has $\mu>\lambda$, and a smaller ratio $z$:",
            r"both limits have the same $c$",
            Inequality(
                ring_z,
                smaller,
                _DEPTHS[2:],
                given=(
                    (later, (x + 1 / (n - 1)) / further),
                    (at_end, 1 / ((n - 1) * further)),
                    (other, -(1 / ((n - 1) * further))),
                ),
            ),
        ),
        Step(
            r"The stable rank is $1+(n-1)x^2$, which is then smaller too:",
            r"a positive exponent is increasing. If $d(0)>w$, $\lambda_1$ falls, the order of the ratios is "
            r"reversed, and "
            r"with it that of the stable ranks; if $d(0)=w$ nothing moves",
            PowerOrder(ring_z, smaller, formula(2), Relation(z**2, x**2, "<"), _DEPTHS[2:]),
        ),
    )


def fixed_product() -> Derivation:
    """D15 (a): from the same W(0) the stable rank of the limit falls with the depth, if d(0) < w."""
    less = Relation(y, x, "<")
    return Derivation(
        topic="depth-order",
        title="Depth and stable rank from one start of the product",
        statement=(
            r"Fix $\lambda_1(0)>\lambda_2(0)>0$ (all layers $W(0)^{1/L}$). With $x=\lambda_2/\lambda_1$, "
            r"$\frac{dx}{d\ln\lambda_1}=-x(1-x^{1-2/L})$, so the stable rank of the limit is strictly decreasing in "
            r"$L\in\{2,3,\dots,\infty\}$ if $d(0)<w$, constant if $d(0)=w$, and strictly increasing if $d(0)>w$"
        ),
        scope=r"all depths $L\ge2$ and $L=\infty$, $n\ge2$, $s\ge1$, $w>0$, $\lambda_1(0)>\lambda_2(0)>0$",
        steps=(*_slopes(), *_ends()),
        hypotheses=(
            _BELOW_ONE,
            less,
            Relation(end * (1 + (n - 1) * x), Sym("c")),
            Relation(end, further, "<"),
            Relation(further * (1 + (n - 1) * Sym("z")), Sym("c")),
        ),
        notation=(
            r"the hypotheses after the first are what comparison and the limit equation (E1) give, as said in the "
            r"steps",
        ),
        uses=(
            r"comparison: of two solutions of scalar equations from one start, the one with the larger slope is above",
        ),
    )


def fixed_scale() -> Derivation:
    """D15 (b): from the same layers the stable rank falls with the depth, if they are small; and where it crosses."""
    ring = PowerLaws(("r", "sigma1", "sigma2", "x"), ("L", "n", "w"))
    bounds = (("L", Fraction(2), False), ("n", Fraction(2), False))
    deep = (("L", Fraction(3), False), ("n", Fraction(2), False))
    ratio, first, second = (
        Relation(r, formula(1), "<"),
        Relation(sigma1, formula(1), "<="),
        Relation(sigma2, formula(1), "<="),
    )
    power1, power2 = Relation(sigma1 ** (L - 2), formula(1), "<="), Relation(sigma2 ** (L - 2), formula(1), "<=")
    small = Relation((sigma1**2 + (n - 1) * sigma2**2) / n, w, "<=")
    T, q = Sym("T"), L - 2
    crossing = PowerLaws(("T", "r", "alpha"), ("L", "n", "w", "K"))
    at: Definitions = (("tau1", Formula(T ** (1 / L))), ("tau2", Formula(r ** (2 / L) * T ** (1 / L))))
    total = Relation(T * (1 + (n - 1) * r**2), n * w)
    gap = (r ** (2 / L) * T ** (1 / L)) ** -q - (T ** (1 / L)) ** -q
    scale = Relation(alpha**q * gap, K)
    steps = (
        Step(
            r"Let $r=\sigma_2/\sigma_1$ at the start, the same for all depths. Compare depths $L$ and $L+1$: the "
            r"deeper "
            r"one starts with the smaller ratio $x=r^{L+1}$,",
            r"$r<1$ times $r^L$",
            Inequality(ring, Relation(r ** (L + 1), r**L, "<"), bounds, given=((ratio, r**L),)),
        ),
        Step(
            r"and with the smaller first eigenvalue, as $\sigma_1\le1$:",
            r"$\sigma_1\le1$ times $\sigma_1^L$",
            Inequality(ring, Relation(sigma1 ** (L + 1), sigma1**L, "<="), bounds, given=((first, sigma1**L),)),
        ),
        Step(
            r"For $L\ge3$ the start at depth $L$ has $d_L(0)\le d_2(0)$, since",
            r"the exponent $L-2$ is positive",
            PowerOrder(ring, first, L - 2, power1, deep),
        ),
        Step(
            r"and",
            r"the exponent $L-2$ is positive",
            PowerOrder(ring, second, L - 2, power2, deep),
        ),
        Step(
            r"so that $d_2(0)\le w$ implies",
            r"the two previous steps times $\sigma_i^2$",
            Inequality(
                ring,
                Relation((sigma1**L + (n - 1) * sigma2**L) / n, w, "<="),
                deep,
                given=((power1, sigma1**2 / n), (power2, (n - 1) * sigma2**2 / n), (small, formula(1))),
            ),
        ),
        Step(
            r"So the deeper flow reaches $\lambda_1=\sigma_1^L$: up to there its ratio is at most $r^{L+1}<r^L$, and "
            r"$\lambda_1(1+(n-1)x)<\sigma_1^L(1+(n-1)r^L)=n\,d_L(0)\le nw$. The last equation, with "
            r"$\sigma_2=r\sigma_1$:",
            "powers of products; from there on the slopes decide (topic depth-order)",
            Identity(
                ring,
                (Relation(sigma1**L * (1 + (n - 1) * r**L), sigma1**L + (n - 1) * (r * sigma1) ** L),),
            ),
        ),
        Step(
            r"Where the order turns. Let $r=(m-1)/(m+n-1)$, $T(1+(n-1)r^2)=nw$, and at depth $L\ge3$ "
            r"$\tau_1=T^{1/L}$, $\tau_2=r^{2/L}T^{1/L}$. These satisfy (E1),",
            r"powers of powers",
            Identity(
                crossing,
                (Relation(tau1**L + (n - 1) * tau2**L, n * w),),
                at,
                ((total, formula(1)),),
            ),
        ),
        Step(
            r"have the stable rank of depth 2, $1+(n-1)r^4$,",
            r"topic depth-two-closed-form",
            Identity(crossing, (Relation((tau2 / tau1) ** (2 * L), r**4),), at),
        ),
        Step(
            r"and solve (E2) for the scale $\alpha$ with $\alpha^{L-2}=K_L/(\tau_2^{-(L-2)}-\tau_1^{-(L-2)})$:",
            r"the definition of $\alpha$, divided by $\alpha^{L-2}$",
            Identity(
                crossing,
                (Relation(alpha**-q * K, tau2**-q - tau1**-q),),
                at,
                ((scale, -(alpha**-q)),),
            ),
        ),
    )
    return Derivation(
        topic="depth-order-at-scale",
        title="Depth and stable rank from one layer scale",
        statement=(
            r"Let $s=1$ and all depths start from the same layers. If $\alpha(1+\tfrac{n-1}m)\le1$ and $d_2(0)\le w$, "
            r"then $\mathrm{sr}_2>\mathrm{sr}_3>\mathrm{sr}_4>\dots$. In general $\mathrm{sr}_L<\mathrm{sr}_2$ exactly "
            r"for $\alpha<\alpha_\times$, with $\alpha_\times^{L-2}=K_L/(\tau_2^{-(L-2)}-\tau_1^{-(L-2)})$, "
            r"$\tau_1=(\tfrac{nw}{1+(n-1)r^2})^{1/L}$, $\tau_2=r^{2/L}\tau_1$, $r=\tfrac{m-1}{m+n-1}$"
        ),
        scope=r"all depths, $n\ge2$, $s=1$, $w>0$, $1<m<\infty$",
        steps=steps,
        hypotheses=(ratio, first, second, small, total, scale),
        notation=(
            r"$\sigma_i$ are the layers' eigenvalues at the start, $\sigma_2<\sigma_1\le1$; in the last three steps "
            r"the "
            r"symbols $\sigma_i$ stand for $\tau_i$ at the limit",
            r"the stable rank at depth $L\ge3$ increases strictly with $\alpha$, as it falls strictly in $C$ (topic "
            r"exchange-of-limits)",
        ),
        uses=(r"comparison: of two solutions of scalar equations, the one with the larger slope stays above",),
    )
