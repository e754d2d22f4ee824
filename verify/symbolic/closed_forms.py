"""The symmetric family in closed form: depth 2, depths 3, 4 and infinity, the time, and the limit of diagonal blocks.

Closed forms are given, and verified by substitution; nothing is solved by a computer algebra system.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Definitions, Formula, Identity, Inequality, PowerLaws, PowerOrder, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Relation, Sym, formula
from verify.symbolic.symmetric_family import BOUNDS, ZERO, L, m, n, observed_entry, rate_of, s, tau1, tau2, w


def depth_two_closed_form() -> Derivation:
    """Depth 2: the limit, its stable rank and d(t) in closed form, verified by substitution."""
    rho = Sym("rho", r"\rho", "ρ")
    lambda1, lambda2 = Sym("lambda1", r"\lambda_1", "λ1"), Sym("lambda2", r"\lambda_2", "λ2")
    below = rho**2 + n - 1
    limits: Definitions = (
        ("lambda1", Formula(n * s * w * rho**2 / below)),
        ("lambda2", Formula(n * s * w / below)),
    )
    field = Rationals(("n", "s", "w", "rho"))
    sr, off, start, decay = Sym("sr", r"\mathrm{sr}"), Sym("f"), Sym("d0", "d_0"), Sym("e")
    ratio: Definitions = (("rho", Formula((m + n - 1) / (m - 1))),)
    observed = w / (1 + (w / start - 1) * decay)
    moving = Rationals(
        ("tau1", "tau2", "s", "n", "w"),
        (
            ("tau1", s * (w - observed_entry(n, tau1, tau2, formula(2), s)) * tau1),
            ("tau2", s * (w - observed_entry(n, tau1, tau2, formula(2), s)) * tau2),
        ),
    )
    d_now = observed_entry(n, tau1, tau2, formula(2), s)
    steps = (
        Step(
            r"The observed entry solves an equation of its own:",
            r"quotient and product rule with $\dot\tau_i=s(w-d)\tau_i$, $d=(\tau_1^2+(n-1)\tau_2^2)/(ns)$",
            Identity(moving, (Relation(rate_of(d_now), 2 * s * (w - d_now) * d_now),)),
        ),
        Step(
            r"Its solution is, with $e=e^{-2swt}$, $d(t)=w/(1+(w/d_0-1)e)$; by substitution",
            r"chain rule with $e'=-2sw\,e$",
            Identity(
                Rationals(("w", "s", "d0", "e"), (("e", -2 * s * w * decay),)),
                (Relation(rate_of(observed), 2 * s * (w - observed) * observed),),
            ),
        ),
        Step(
            r"and at $t=0$, where $e=1$, it is $d_0$:",
            "substitution",
            Identity(Rationals(("w", "d0")), (Relation(observed, start),), (("e", Formula(formula(1))),)),
        ),
        Step(
            r"As $t\to\infty$, $d\to w$, and the ratio $\tau_1/\tau_2=\rho$ is kept. The eigenvalues "
            r"$\lambda_i=\tau_i^2$ of the limit, "
            r"$\lambda_1=nsw\rho^2/(\rho^2+n-1)$ and $\lambda_2=nsw/(\rho^2+n-1)$, satisfy both:",
            "substitution",
            Identity(
                field,
                (Relation((lambda1 + (n - 1) * lambda2) / (n * s), w), Relation(lambda1, rho**2 * lambda2)),
                limits,
            ),
        ),
        Step(
            r"With $\rho=(m+n-1)/(m-1)$ the stable rank does not depend on $\alpha$, $s$ or $w$:",
            r"$\mathrm{sr}=1+(n-1)(\lambda_2/\lambda_1)^2$",
            Identity(
                Rationals(("n", "s", "w", "m")),
                (Relation(sr, 1 + (n - 1) * ((m - 1) / (m + n - 1)) ** 4),),
                (*ratio, *limits, ("sr", Formula((lambda1**2 + (n - 1) * lambda2**2) / lambda1**2))),
            ),
        ),
        Step(
            r"The entries off the blocks, $f=(\lambda_1-\lambda_2)/(ns)$, for $n=2$:",
            "substitution",
            Identity(
                Rationals(("s", "w", "m")),
                (Relation(off, 2 * m * w / (m**2 + 1)),),
                (("n", Formula(formula(2))), *ratio, *limits, ("f", Formula((lambda1 - lambda2) / (n * s)))),
            ),
        ),
    )
    return Derivation(
        topic="depth-two-closed-form",
        title="Depth two in closed form",
        statement=(
            r"At depth 2 the family's limit has the eigenvalues $\lambda_1=nsw\rho^2/(\rho^2+n-1)$, "
            r"$\lambda_2=nsw/(\rho^2+n-1)$ with "
            r"$\rho=(m+n-1)/(m-1)$, $\mathrm{sr}=1+(n-1)((m-1)/(m+n-1))^4$ for every $\alpha>0$, and "
            r"$d(t)=w/(1+(w/d_0-1)e^{-2swt})$"
        ),
        scope=r"depth 2; all $n$, $s$, $w>0$, $\alpha>0$, $m>1$",
        steps=steps,
        uses=("the solution of an ordinary differential equation with a Lipschitz right side is unique",),
        notation=(r"$\tau_1/\tau_2=\rho$ is constant (topic first-integrals)",),
    )


def low_depth_closed_forms() -> Derivation:
    """n = 2, s = 1: the limit's determinant in closed form at depths 3, 4 and infinity."""
    a, b, c, p, q, R = Sym("a"), Sym("b"), Sym("c"), Sym("p"), Sym("q"), Sym("R")
    lambda1, lambda2 = Sym("lambda1", r"\lambda_1", "λ1"), Sym("lambda2", r"\lambda_2", "λ2")
    delta, off = Sym("delta", r"\delta", "δ"), Sym("f")
    entries = Rationals(("lambda1", "lambda2"))
    layers = Rationals(("a", "b", "c", "w"))
    sum3, sum4 = Relation(a**3 + b**3, 2 * w), Relation(a**4 + b**4, 2 * w)
    kept3, kept4 = Relation(1 / b - 1 / a, c), Relation(1 / b**2 - 1 / a**2, c)
    sums = Relation(lambda1 + lambda2, 2 * w)
    kept = Relation(1 / lambda2 - 1 / lambda1, c)
    product3: Definitions = (("p", Formula(a * b)),)
    product4: Definitions = (("q", Formula(a**2 * b**2)),)
    gap3, gap4 = Relation(a - b, c * p), Relation(a**2 - b**2, c * q)
    cubes = Relation((a + b) * p * (c**2 * p + 1), 2 * w)
    square = Relation((a + b) ** 2, p * (c**2 * p + 4))
    root4, root = Relation(R**2, 1 + 2 * w * c**2), Relation(R**2, 1 + w**2 * c**2)
    gap = Relation(lambda1 - lambda2, c * delta)
    endless: Definitions = (("delta", Formula(lambda1 * lambda2)),)
    moving = PowerLaws(
        ("tau1", "tau2", "s"),
        ("L", "w", "d", "n"),
        tuple((f"tau{i}", s * (w - Sym("d")) * tau ** (L - 1)) for i, tau in ((1, tau1), (2, tau2))),
    )
    metric = Rationals(
        ("lambda1", "lambda2", "g"), (("lambda1", Sym("g") * lambda1**2), ("lambda2", Sym("g") * lambda2**2))
    )
    steps = (
        Step(
            r"The limit is $W=\begin{pmatrix}w&f\\f&w\end{pmatrix}$ with eigenvalues $\lambda_1=w+f$, "
            r"$\lambda_2=w-f$, so with $\delta=\lambda_1\lambda_2=\det W$",
            r"$w=(\lambda_1+\lambda_2)/2$, $f=(\lambda_1-\lambda_2)/2$",
            Identity(
                entries,
                (Relation(w**2 - off**2, delta),),
                (
                    ("w", Formula((lambda1 + lambda2) / 2)),
                    ("f", Formula((lambda1 - lambda2) / 2)),
                    ("delta", Formula(lambda1 * lambda2)),
                ),
            ),
        ),
        Step(
            r"Depth 3: $\tau_1=a$ and $\tau_2=b$ solve (E1) and (E2), the hypotheses; with $p=ab$, so that "
            r"$\delta=p^3$, (E2) times $ab$ is",
            r"a fraction cleared",
            Identity(layers, (gap3,), product3, ((kept3, a * b),)),
        ),
        Step(
            r"so that (E1), $a^3+b^3=(a+b)((a-b)^2+ab)$, reads",
            r"(E1), and the previous step times $(a+b)(a-b+cp)$",
            Identity(layers, (cubes,), product3, ((sum3, formula(1)), (gap3, -((a + b) * (a - b + c * p))))),
        ),
        Step(
            r"while",
            r"$(a+b)^2=(a-b)^2+4ab$ and the first of these steps times $a-b+cp$",
            Identity(layers, (square,), product3, ((gap3, a - b + c * p),)),
        ),
        Step(
            r"Squared, $p$ is a root of one polynomial:",
            r"the square of the last step but one, with the last step inserted",
            Identity(
                layers,
                (Relation(p**3 * (c**2 * p + 4) * (c**2 * p + 1) ** 2, 4 * w**2),),
                product3,
                (
                    (cubes, (a + b) * p * (c**2 * p + 1) + 2 * w),
                    (square, -(p**2 * (c**2 * p + 1) ** 2)),
                ),
            ),
        ),
        Step(
            r"which is its only positive root, as the left side increases with $p>0$ (here $c>0$):",
            r"the derivative has positive coefficients",
            Inequality(
                Rationals(("p", "c"), (("p", formula(1)),)),
                Relation(_slope(p**3 * (c**2 * p + 4) * (c**2 * p + 1) ** 2, "p"), ZERO, ">"),
                (("p", Fraction(0), True), ("c", Fraction(0), True)),
            ),
        ),
        Step(
            r"Depth 4, where $\tau_1=a$ and $\tau_2=b$ solve the second pair of hypotheses: with $q=a^2b^2$, so that "
            r"$\delta=q^2$, (E2) times $q$ is",
            r"a fraction cleared",
            Identity(layers, (gap4,), product4, ((kept4, a**2 * b**2),)),
        ),
        Step(
            r"and its square, with (E1),",
            r"$(a^2-b^2)^2=a^4+b^4-2q$",
            Identity(
                layers,
                (Relation(c**2 * q**2 + 2 * q, 2 * w),),
                product4,
                ((sum4, formula(1)), (gap4, -(a**2 - b**2 + c * q))),
            ),
        ),
        Step(
            r"This quadratic equation has one positive root, since the product of its roots is $-2w/c^2$; it is "
            r"$q=(R-1)/c^2$ with $R^2=1+2wc^2$, $R>0$:",
            "substitution",
            Identity(
                Rationals(("R", "c", "w")),
                (Relation(c**2 * q**2 + 2 * q, 2 * w),),
                (("q", Formula((R - 1) / c**2)),),
                ((root4, 1 / c**2),),
            ),
        ),
        Step(
            r"Infinite depth. At depth $L$ the eigenvalues $\lambda_i=\tau_i^L$ of the product move as",
            r"power rule",
            Identity(moving, (Relation(rate_of(tau1**L), L * s * (w - Sym("d")) * (tau1**L) ** (2 - 2 / L)),)),
        ),
        Step(
            r"so in time $Lt$ their exponent $2-2/L$ tends to 2. In that metric, $\lambda_i'=g\lambda_i^2$ with a "
            r"common "
            r"factor $g$, and",
            "quotient rule",
            Identity(metric, (Relation(rate_of(1 / lambda2 - 1 / lambda1), ZERO),)),
        ),
        Step(
            r"With $\delta=\lambda_1\lambda_2$ and the constant $c$ of this first integral, cleared of fractions,",
            r"$\lambda_2^{-1}-\lambda_1^{-1}=c$ times $\delta$",
            Identity(Rationals(("lambda1", "lambda2", "c", "w")), (gap,), endless, ((kept, lambda1 * lambda2),)),
        ),
        Step(
            r"and its square, with $\lambda_1+\lambda_2=2w$,",
            r"$(\lambda_1-\lambda_2)^2=(\lambda_1+\lambda_2)^2-4\delta$",
            Identity(
                Rationals(("lambda1", "lambda2", "c", "w")),
                (Relation(c**2 * delta**2 + 4 * delta, 4 * w**2),),
                endless,
                ((sums, lambda1 + lambda2 + 2 * w), (gap, -(lambda1 - lambda2 + c * delta))),
            ),
        ),
        Step(
            r"whose positive root is $\delta=(2R-2)/c^2$ with $R^2=1+w^2c^2$, $R>0$:",
            "substitution",
            Identity(
                Rationals(("R", "c", "w")),
                (Relation(c**2 * delta**2 + 4 * delta, 4 * w**2),),
                (("delta", Formula((2 * R - 2) / c**2)),),
                ((root, 4 / c**2),),
            ),
        ),
    )
    return Derivation(
        topic="closed-forms",
        title="The limit in closed form at depths 3, 4 and infinity",
        statement=(
            r"For $n=2$, $s=1$ the limit has off-diagonal entries $(w^2-\delta)^{1/2}$, $\delta=\det W$. At depth 3 "
            r"$\delta=p^3$ with $p>0$ the only positive root of $p^3(c^2p+4)(c^2p+1)^2=4w^2$, $c=K_3/\alpha$; at "
            r"depth 4 "
            r"$\delta=q^2$ with $q=((1+2wc^2)^{1/2}-1)/c^2$, $c=K_4/\alpha^2$; in the limit of infinite depth at fixed "
            r"$W(0)$ $\delta=(2(1+w^2c^2)^{1/2}-2)/c^2$ with $c=\lambda_2(0)^{-1}-\lambda_1(0)^{-1}$"
        ),
        scope=r"$n=2$, $s=1$, $w>0$, $\alpha>0$, $1<m<\infty$ (so $c>0$)",
        steps=steps,
        hypotheses=(sum3, kept3, sum4, kept4, sums, kept, root4, root),
        notation=(
            r"the hypotheses are (E1) and (E2) at depth 3, at depth 4, and for infinite depth (topic limit-equations), "
            r"and the two meanings of $R$",
        ),
        uses=("a strictly increasing function takes a value at most once",),
    )


def _slope(of: Expr, label: str) -> Expr:
    return Call("rate", (of,), (label,))


def time_parametrization() -> Derivation:
    """The time as an integral over S, elementary at depths 3 and 4; the escape time between two bounds."""
    S, d0, e = Sym("S"), Sym("d0", "d_0"), Sym("e")
    y1, y2 = Sym("y1", "y_1", "y1"), Sym("y2", "y_2", "y2")
    eta, T = Sym("eta", r"\eta", "η"), Sym("T")
    speed = s * (w - Sym("d"))
    moving = PowerLaws(
        ("tau1", "tau2", "s", "S"),
        ("L", "w", "d", "n"),
        (*((f"tau{i}", speed * tau ** (L - 1)) for i, tau in ((1, tau1), (2, tau2))), ("S", speed)),
    )
    p = L - 2
    in_s = PowerLaws(("y1", "y2", "s"), ("L", "n"))
    inside: Definitions = (("tau1", Formula(y1 ** -(1 / p))), ("tau2", Formula(y2 ** -(1 / p))))
    below = PowerLaws(("tau1", "tau2", "s", "w"), ("L", "n", "eta"))
    order = Relation(tau2, tau1, "<=")
    powers = Relation(tau2**L, tau1**L, "<=")
    small = Relation(tau1**L, eta * s * w, "<=")
    spare = ("eta", Fraction(0), True)
    observed = observed_entry(n, tau1, tau2, L, s)
    least = Relation(observed, eta * w, "<=")
    half = w / (1 + (w / d0 - 1) * e)
    steps = (
        Step(
            r"With $S(t)=\int_0^ts(w-d)$ both quantities $\tau_i^{-(L-2)}+(L-2)S$ are constant:",
            r"power rule with $\dot\tau_i=s(w-d)\tau_i^{L-1}$ and $\dot S=s(w-d)$",
            Identity(
                moving,
                (Relation(rate_of(tau1**-p + p * S), ZERO), Relation(rate_of(tau2**-p + p * S), ZERO)),
            ),
        ),
        Step(
            r"So with $y_i=\tau_i(0)^{-(L-2)}-(L-2)S=\tau_i^{-(L-2)}$ the observed entry is a function of $S$ alone,",
            r"$\tau_i^L=y_i^{-L/(L-2)}$",
            Identity(
                in_s,
                (Relation(Sym("d"), (y1 ** -(L / p) + (n - 1) * y2 ** -(L / p)) / (n * s)),),
                (*inside, ("d", Formula(observed))),
            ),
        ),
        Step(
            r"and since $\dot S=s(w-d(S))$, $t=\int_0^S\frac{dS'}{s(w-d(S'))}$. For $L=3$ and $L=4$ the integrand is "
            r"rational in $y_1$ and $y_2$, for the exponent $-L/(L-2)$ is",
            "substitution",
            Identity(
                Rationals(("q",)),
                (Relation(Sym("a"), formula(-3)), Relation(Sym("b"), formula(-2))),
                (
                    ("a", Formula(-(formula(3) / (formula(3) - 2)))),
                    ("b", Formula(-(formula(4) / (formula(4) - 2)))),
                ),
            ),
        ),
        Step(
            r"Escape from a small start, $L\ge3$. While $\tau_1^L\le\eta sw$, $\tau_2\le\tau_1$ gives",
            r"a positive exponent is increasing",
            PowerOrder(below, order, L, powers, (*BOUNDS, spare)),
        ),
        Step(
            r"and so",
            r"$d\le\tau_1^L/s$",
            Inequality(below, least, (*BOUNDS, spare), given=((powers, (n - 1) / (n * s)), (small, 1 / s))),
        ),
        Step(
            r"so $s(1-\eta)w\le\dot S\le sw$ until $\tau_1^L=\eta sw$, which happens at "
            r"$S_\eta=(\tau_1(0)^{-(L-2)}-(\eta sw)^{-(L-2)/L})/(L-2)$, at a time between $S_\eta/(sw)$ and "
            r"$S_\eta/((1-\eta)sw)$. There indeed",
            r"the first step: $(\eta sw)^{-(L-2)/L}=\tau_1^{-(L-2)}=\tau_1(0)^{-(L-2)}-(L-2)S_\eta$",
            Identity(
                PowerLaws(("T", "x"), ("L",)),
                (Relation(Sym("y"), x_power := Sym("x") ** -(p / L)),),
                (
                    ("S", Formula((T**-p - x_power) / p)),
                    ("y", Formula(T**-p - p * S)),
                ),
            ),
        ),
        Step(
            r"Escape at depth 2: $d(t)=w/(1+(w/d_0-1)e^{-2swt})$ (topic depth-two-closed-form) reaches $w/2$ when "
            r"$e^{-2swt}=1/(w/d_0-1)$, that is, at $t=\ln(w/d_0-1)/(2sw)$:",
            "substitution",
            Identity(Rationals(("w", "d0")), (Relation(half, w / 2),), (("e", Formula(1 / (w / d0 - 1))),)),
        ),
    )
    return Derivation(
        topic="time",
        title="The time along the symmetric family's curve",
        statement=(
            r"For $L\ge3$, $t=\int_0^S\frac{dS'}{s(w-d(S'))}$ with "
            r"$d(S)=\frac{1}{ns}(y_1^{-L/(L-2)}+(n-1)y_2^{-L/(L-2)})$, $y_i=\tau_i(0)^{-(L-2)}-(L-2)S$. For every "
            r"$0<\eta<1$ the time at which $\tau_1^L=\eta sw$ lies between $S_\eta/(sw)$ and $S_\eta/((1-\eta)sw)$ "
            r"with "
            r"$S_\eta=(\tau_1(0)^{-(L-2)}-(\eta sw)^{-(L-2)/L})/(L-2)$; so as $\alpha\to0$ the time of escape is "
            r"$\tau_1(0)^{-(L-2)}/((L-2)sw)$ to leading order (at depth 2: $\ln(w/d_0-1)/(2sw)$ to $d=w/2$)"
        ),
        scope=r"all depths $L\ge3$ and depth 2; $n\ge2$, $s\ge1$, $w>0$, starts with $0<\tau_2\le\tau_1$, $d_0<w$",
        steps=steps,
        hypotheses=(order, small),
        notation=(
            r"$\tau_i$ solve $\dot\tau_i=s(w-d)\tau_i^{L-1}$ (topic symmetric-family)",
            r"$x=\eta sw$ and $T=\tau_1(0)$ in the last step but one",
        ),
        uses=(
            "a function whose rate is between two positive numbers reaches a level in a time between two quotients",
            r"letting $\alpha\to0$ first and then $\eta\to0$; the rest of the way, from $\eta sw$ on, takes a time "
            r"that "
            r"is bounded as $\alpha\to0$",
        ),
    )


def diagonal_blocks() -> Derivation:
    """m = ∞: both eigenvalues agree, the limit is ``w I ⊗ J_s``, its layers have eigenvalues ``(sw)^{1/L}``."""
    tau = Sym("tau", r"\tau", "τ")
    dd = tau**L / s
    moving = PowerLaws(("tau", "s"), ("L", "w", "n"), (("tau", s * (w - dd) * tau ** (L - 1)),))
    end = PowerLaws(("s", "w"), ("L", "n"))
    at_end: Definitions = (("tau", Formula((s * w) ** (1 / L))),)
    sr = Sym("sr", r"\mathrm{sr}")
    steps = (
        Step(
            r"For $m=\infty$, $\tau_1(0)=\tau_2(0)=s\alpha$, and both solve the same equation, so $\tau_1=\tau_2=\tau$ "
            r"for all times, and the observed entry is",
            r"$d=(\tau_1^L+(n-1)\tau_2^L)/(ns)$",
            Identity(moving, (Relation(Sym("d"), dd),), (("d", Formula(observed_entry(n, tau, tau, L, s))),)),
        ),
        Step(
            r"It approaches $w$ monotonically, at the rate",
            r"power rule; the rate is at least its smaller value at the two ends, so $d\to w$ exponentially",
            Identity(moving, (Relation(rate_of(dd), (w - dd) * (L * tau ** (2 * L - 2))),)),
        ),
        Step(
            r"At the limit $d=w$, so that $\tau=(sw)^{1/L}$, the eigenvalues of the product are $sw$, and the "
            r"entries off "
            r"the blocks, $f=(\tau_1^L-\tau_2^L)/(ns)$, vanish:",
            "powers of powers",
            Identity(
                end,
                (Relation(dd, w), Relation(tau**L, s * w), Relation(Sym("f"), ZERO)),
                (*at_end, ("f", Formula((tau**L - tau**L) / (n * s)))),
            ),
        ),
        Step(
            r"and the stable rank is $n$; at $L=2$ the layers' singular values are $(sw)^{1/2}$, at depth $L$ "
            r"$(sw)^{1/L}$:",
            r"$\mathrm{sr}=(\tau^{2L}+(n-1)\tau^{2L})/\tau^{2L}$",
            Identity(
                end,
                (Relation(sr, n),),
                (*at_end, ("sr", Formula((tau ** (2 * L) + (n - 1) * tau ** (2 * L)) / tau ** (2 * L)))),
            ),
        ),
    )
    return Derivation(
        topic="diagonal-blocks",
        title="Block-diagonal starts",
        statement=(
            r"For $m=\infty$ and every $L\ge2$, $\alpha>0$: $\tau_1=\tau_2$ for all times, both tend to "
            r"$(sw)^{1/L}$, the "
            r"limit is $w\,I_n\otimes J_s$, and its stable rank is $n$"
        ),
        scope=r"all depths $L\ge2$, $n\ge1$, $s\ge1$, $w>0$, $\alpha>0$; $m=\infty$",
        steps=steps,
        notation=(r"$\dot\tau_i=s(w-d)\tau_i^{L-1}$ (topic symmetric-family)",),
        uses=(
            "the solution of an ordinary differential equation with a Lipschitz right side is unique",
            "Grönwall's lemma: a quantity whose logarithmic rate is at most a negative constant decays exponentially",
        ),
    )
