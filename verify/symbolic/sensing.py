"""Commuting measurements in closed form, two singular values, and one number: checked by substitution.

Where all measurement matrices are ``A_k = Q diag(a_k) Qᵀ`` and all layers start at ``αI``, every layer stays
``Q diag(w) Qᵀ`` with ``w_i' = −w_i^{N−1} g_i`` and ``g = Aᵀr``; ``x = w^N`` are the eigenvalues of the product.
Logarithms and exponentials enter as symbols with their derivatives, so that every line is decided by rational functions
and powers.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.balance import ZERO, derivative
from verify.symbolic.checks import (
    Definitions,
    Formula,
    Identity,
    Inequality,
    Matrices,
    PowerLaws,
    PowerOrder,
    Rationals,
)
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Relation, Sym, formula

N, g, w, x, z = (Sym(name) for name in "Ngwxz")
alpha, nu = Sym("alpha", r"\alpha", "α"), Sym("nu", r"\nu", "ν")
_DEEP = (("N", Fraction(3), False),)


def commuting_sensing() -> Derivation:
    """C-a, C-b and C-c: closed form, Lyapunov function and the limit at every scale, for all depths and sizes."""
    bracket = Sym("b")
    root = bracket ** -(1 / (N - 2))
    deep = PowerLaws(("b", "alpha"), ("N", "g", "nu"), (("b", (N - 2) * g), ("nu", -g)))
    layers = PowerLaws(("w",), ("N", "g"), (("w", -(w ** (N - 1)) * g),))
    exponential = Sym("E", r"e^{\nu}", "e^ν")
    shallow = PowerLaws(("E", "alpha"), ("g",), (("E", -g * exponential),))
    move = -N * x ** (2 - 2 / N) * g
    log_x, log_a = Sym("lx", r"\log x", "log x"), Sym("la", r"\log\alpha", "log α")
    entropy = PowerLaws(("x", "z"), ("g", "lx", "la"), (("x", -2 * x * g), ("lx", -2 * g)))
    powers = PowerLaws(("x", "z", "alpha"), ("N", "g"), (("x", move),))

    def potential_two(of: Expr, log: Expr) -> Expr:
        return of * (log - 1) - 2 * of * log_a

    def slope_two(log: Expr) -> Expr:
        return log - 2 * log_a

    def potential(of: Expr) -> Expr:
        return of - (N / 2) * alpha ** (N - 2) * of ** (2 / N)

    def slope(of: Expr) -> Expr:
        return 1 - alpha ** (N - 2) * of ** (2 / N - 1)

    def bregman_two() -> Expr:  # without Q(z), which is constant
        return -potential_two(x, log_x) - slope_two(log_x) * (z - x)

    def bregman() -> Expr:  # without Q(z)
        return -potential(x) - slope(x) * (z - x)

    curvature = (1 - 2 / N) * alpha ** (N - 2) * x ** (2 / N - 2)
    r, y, A = Sym("r"), Sym("y"), Sym("A")
    xx, zz = Sym("x"), Sym("z")
    feasible = Relation(A * zz, y)
    traces = Sym("S1x", r"\Sigma_1(x^*)", "Σ₁(x*)"), Sym("S1z", r"\Sigma_1(z)", "Σ₁(z)")
    powers_of = Sym("S2x", r"\Sigma_2(x^*)", "Σ₂(x*)"), Sym("S2z", r"\Sigma_2(z)", "Σ₂(z)")
    value_x, value_z = (one - (N / 2) * alpha ** (N - 2) * two for one, two in zip(traces, powers_of, strict=True))
    smaller = Relation(value_x, value_z, "<=")
    entropies = Sym("hx", r"h(x^*)", "h(x*)"), Sym("hz", r"h(z)", "h(z)")
    log_inverse = Sym("Lam", r"\Lambda", "Λ")
    smaller_two = Relation(entropies[0] + 2 * log_inverse * traces[0], entropies[1] + 2 * log_inverse * traces[1], "<=")
    flow, begin, gradient = Sym("Ex", r"E", "E"), Sym("X0", "X_{0}", "X₀"), Sym("G")
    residual: Definitions = (("r", Formula(A * xx - y)), ("g", Formula(A.T * r)))
    steps = (
        Step(
            r"The eigenvalues $x=w^N$ of the product move as",
            r"power rule, with $\dot w=-w^{N-1}g$",
            Identity(layers, (Relation(derivative(w**N), -N * (w**N) ** (2 - 2 / N) * g),)),
        ),
        Step(
            r"Let $\dot\nu=-g$, $\nu(0)=0$; $\nu=A^\top s$ with $s=-\int r$. For $N\ge3$ put "
            r"$b=\alpha^{-(N-2)}-(N-2)\nu$. It has the rate $(N-2)g$, so that $w=b^{-1/(N-2)}$ solves "
            r"$\dot w=-w^{N-1}g$, and $w=\alpha$ at the start:",
            r"power rule with symbolic exponents; as long as $b>0$, which the solution's existence for all times "
            r"implies",
            Identity(
                deep,
                (
                    Relation(derivative(alpha ** -(N - 2) - (N - 2) * nu), (N - 2) * g),
                    Relation(derivative(root), -(root ** (N - 1)) * g),
                    Relation((alpha ** -(N - 2)) ** -(1 / (N - 2)), alpha),
                ),
            ),
        ),
        Step(
            r"so that $x=\bigl(\alpha^{-(N-2)}-(N-2)\nu\bigr)^{-N/(N-2)}$. For $N=2$ the solution is $w=\alpha "
            r"e^{\nu}$, "
            r"$x=\alpha^2e^{2\nu}$:",
            r"$\tfrac{\mathrm{d}}{\mathrm{d}t}e^{\nu}=-g\,e^{\nu}$",
            Identity(
                shallow,
                (
                    Relation(derivative(alpha * exponential), -(alpha * exponential) * g),
                    Relation((alpha * exponential) ** 2, alpha**2 * exponential**2),
                ),
            ),
        ),
        Step(
            r"For $N\ge3$ let $Q(x)=\sum_i\bigl(x_i-\tfrac N2\alpha^{N-2}x_i^{2/N}\bigr)$. One term of its Bregman "
            r"distance $D(z,x)=Q(z)-Q(x)-\langle\nabla Q(x),z-x\rangle$ from any fixed $z$, without the constant "
            r"$Q(z)$, moves as",
            "power rule with symbolic exponents",
            Identity(powers, (Relation(derivative(bregman()), (N - 2) * alpha ** (N - 2) * g * (z - x)),)),
        ),
        Step(
            r"and for $N=2$, with $Q(x)=\sum_i\bigl(x_i(\log x_i-1)-2x_i\log\alpha\bigr)$, as",
            r"$\tfrac{\mathrm{d}}{\mathrm{d}t}\log x=\dot x/x$",
            Identity(entropy, (Relation(derivative(bregman_two()), 2 * g * (z - x)),)),
        ),
        Step(
            r"Summed over $i$, for every $z$ with $Az=y$ (and $r=Ax-y$, $g=A^\top r$):",
            r"so $\dot D(z,x)=-c\lVert r\rVert^2=-2c\,l$ with $c=(N-2)\alpha^{N-2}$, or $c=2$ for $N=2$",
            Identity(
                Matrices((("A", "m", "d"), ("x", "d", 1), ("z", "d", 1), ("y", "m", 1)), (feasible,)),
                (Relation(Call("inner", (g, zz - xx)), -Call("inner", (r, r))),),
                residual,
            ),
        ),
        Step(
            r"At the start, $x=\alpha^N$, the gradient of $Q$ vanishes, for $N\ge3$ and for $N=2$ (where "
            r"$\log x=2\log\alpha$):",
            "powers",
            Identity(
                PowerLaws(("alpha",), ("N", "la")),
                (Relation(slope(alpha**N), ZERO), Relation(slope_two(2 * log_a), ZERO)),
            ),
        ),
        Step(
            r"The second derivative of one term of $Q$ is (for $N=2$ it is $1/x$)",
            "power rule with a symbolic exponent",
            Identity(
                PowerLaws(("x", "alpha"), ("N",), (("x", formula(1)),)),
                (Relation(Call("rate", (slope(x),), ("x",)), curvature),),
            ),
        ),
        Step(
            r"so that $Q$ is strictly convex:",
            "every factor is positive",
            Inequality(PowerLaws(("x", "alpha"), ("N",)), Relation(curvature, ZERO, ">"), _DEEP),
        ),
        Step(
            r"For fixed $z$ one term of $D(z,x)$ is a constant plus",
            r"so it tends to infinity with $x$ ($N\ge3$), hence $x(t)$ is bounded, and at $z=0$ it tends to zero "
            r"with $x$",
            Identity(
                powers,
                (
                    Relation(
                        bregman() + z,
                        alpha ** (N - 2) * z * x ** (2 / N - 1) + (N / 2 - 1) * alpha ** (N - 2) * x ** (2 / N),
                    ),
                ),
            ),
        ),
        Step(
            r"and for $N=2$, in the same way,",
            r"it tends to infinity with $x$, and at $z=0$ to zero with $x$",
            Identity(entropy, (Relation(bregman_two() + z * slope_two(log_x), x),)),
        ),
        Step(
            r"For two solutions $z$, $v$ of $Az=y$ the difference $D(z,x(t))-D(v,x(t))$ is constant (both have "
            r"the rate "
            r"$-2cl$), and at the start it is $Q(z)-Q(v)$, since $\nabla Q$ vanishes there. In general it is",
            r"linearity; $q$ stands for $\langle\nabla Q(x),\cdot\rangle$ in one coordinate",
            Identity(
                Rationals(("Qz", "Qv", "Qx", "q", "z", "v", "x")),
                (
                    Relation(
                        (Sym("Qz", "Q(z)", "Q(z)") - Sym("Qx", "Q(x)", "Q(x)") - Sym("q") * (z - x))
                        - (Sym("Qv", "Q(v)", "Q(v)") - Sym("Qx", "Q(x)", "Q(x)") - Sym("q") * (Sym("v") - x)),
                        Sym("Qz", "Q(z)", "Q(z)") - Sym("Qv", "Q(v)", "Q(v)") - Sym("q") * (z - Sym("v")),
                    ),
                ),
            ),
        ),
        Step(
            r"If some $z\ge0$ has $Az=y$, then $\int l<\infty$ and $l$ does not increase, so $l\to0$; $x(t)$ is "
            r"bounded and "
            r"has a limit point $x^*\ge0$ with $Ax^*=y$; $D(x^*,x(t))$ does not increase and tends to $0$ on a "
            r"subsequence, so $x(t)\to x^*$; and $Q(z)-Q(x^*)=\lim_t\bigl(D(z,x(t))-D(x^*,x(t))\bigr)\ge0$. Hence "
            r"$x^*=\operatorname{argmin}\{Q(x):x\ge0,\,Ax=y\}$. The multipliers are seen in the closed form, "
            r"$\nabla Q(x(t))=c\,\nu=c\,A^\top s$:",
            r"$N\ge3$: the closed form $x=b^{-N/(N-2)}$, inserted",
            Identity(
                PowerLaws(("b", "alpha"), ("N", "nu")),
                (
                    Relation(
                        1 - alpha ** (N - 2) * (bracket ** -(N / (N - 2))) ** (2 / N - 1),
                        (N - 2) * alpha ** (N - 2) * nu,
                    ),
                ),
                given=((Relation(bracket, alpha ** -(N - 2) - (N - 2) * nu), -(alpha ** (N - 2))),),
            ),
            assuming=(Relation(bracket, alpha ** -(N - 2) - (N - 2) * nu),),
        ),
        Step(
            r"So the trace of the limit exceeds that of any other solution $z\ge0$ by little, where $\Sigma_1$ and "
            r"$\Sigma_2$ are the sums of the eigenvalues and of their powers $2/N$ ($N\ge3$):",
            r"$Q(x^*)\le Q(z)$; since the sum of powers is bounded, the difference tends to zero with "
            r"$\alpha$",
            Inequality(
                PowerLaws(("alpha",), ("N", "S1x", "S1z", "S2x", "S2z")),
                Relation(
                    traces[0] - traces[1],
                    (N / 2) * alpha ** (N - 2) * powers_of[0] - (N / 2) * alpha ** (N - 2) * powers_of[1],
                    "<=",
                ),
                given=((smaller, formula(1)),),
            ),
            assuming=(smaller,),
        ),
        Step(
            r"and for $N=2$, $\alpha<1$, with $h=\sum x_i(\log x_i-1)$ and $\Lambda=\log(1/\alpha)>0$,",
            r"$Q=h+2\Lambda\Sigma_1$, and $Q(x^*)\le Q(z)$",
            Inequality(
                Rationals(("S1x", "S1z", "hx", "hz", "Lam")),
                Relation(traces[0] - traces[1], (entropies[1] - entropies[0]) / (2 * log_inverse), "<="),
                (("Lam", Fraction(0), True),),
                given=((smaller_two, 1 / (2 * log_inverse)),),
            ),
            assuming=(smaller_two,),
        ),
        Step(
            r"At depth 2 the start need not commute with the measurements: for any positive semidefinite $X_0$ "
            r"the product "
            r"$X=E\,X_0\,E$ with $E=\exp(A^*(s))$ solves $\dot X=-(GX+XG)$, $G=A^*(r)$:",
            r"$\dot E=-EG$, since $G$ commutes with $E$",
            Identity(
                Matrices(
                    (("X0", "d", "d"), ("Ex", "d", "d"), ("G", "d", "d")),
                    (Relation(gradient * flow, flow * gradient),),
                    rates=(("Ex", -(flow * gradient)),),
                ),
                (
                    Relation(
                        derivative(flow * begin * flow),
                        -(gradient * (flow * begin * flow)) - (flow * begin * flow) * gradient,
                    ),
                ),
            ),
        ),
    )
    return Derivation(
        topic="commuting-sensing",
        title="Commuting measurements: closed form and limit",
        statement=(
            r"For symmetric commuting measurements $A_k=Q\operatorname{diag}(a_k)Q^\top$ and $W_j(0)=\alpha I$ the "
            r"product stays $Q\operatorname{diag}(x)Q^\top$, with $x_i=\alpha^2e^{2\nu_i}$ for $N=2$ and "
            r"$x_i=(\alpha^{-(N-2)}-(N-2)\nu_i)^{-N/(N-2)}$ for $N\ge3$, $\nu=A^\top s$. If some positive "
            r"semidefinite "
            r"matrix fits the data, it converges for every $\alpha>0$ to the minimizer of $Q_{\alpha,N}$ among "
            r"those that "
            r"do: $Q_{\alpha,2}=\sum_ix_i(\log x_i-1)-2\log\alpha\sum_ix_i$ and "
            r"$Q_{\alpha,N}=\sum_ix_i-\tfrac N2\alpha^{N-2}\sum_ix_i^{2/N}$"
        ),
        scope="all depths N ≥ 2, sizes, numbers of measurements, scales and data",
        steps=steps,
        hypotheses=(feasible, Relation(gradient * flow, flow * gradient)),
        notation=(
            r"the rows of $A$ are the $a_k$; $l=\tfrac12\lVert r\rVert^2$, $r=Ax-y$, $g=A^\top r$",
            r"steps with $x$, $z$, $g$ and $\nu$ without an index are about one coordinate",
        ),
        uses=(
            r"the flow keeps layers $Q\operatorname{diag}(w)Q^\top$, and exists for all times ($l\ge0$ is a "
            r"polynomial)",
            "bounded sequences have limit points; a nonincreasing function that tends to zero on a sequence tends "
            "to zero",
            "a strictly convex function has at most one minimizer on a convex set",
        ),
    )


def two_singular_values() -> Derivation:
    """S8: two singular values under a constant gradient ratio a; for N ≥ 3 the slower one stays bounded."""
    a, h = Sym("a"), Sym("h")
    s1, s2 = Sym("s1", r"\sigma_{1}", "σ₁"), Sym("s2", r"\sigma_{2}", "σ₂")
    eps = Sym("eps", r"\varepsilon", "ε")
    power = -((N - 2) / N)
    rates = (("s1", -N * s1 ** (2 - 2 / N) * (a * h)), ("s2", -N * s2 ** (2 - 2 / N) * h))
    deep = PowerLaws(("s1", "s2"), ("N", "a", "h"), rates)
    shallow = PowerLaws(("s1", "s2"), ("a", "h"), (("s1", -2 * s1 * (a * h)), ("s2", -2 * s2 * h)))
    linear = Rationals(("s1", "s2", "a", "h"), (("s1", -(a * h)), ("s2", -h)))
    start = (1 - a) * eps**power
    law = Relation(s1**power, start + a * s2**power)
    bounds = (*_DEEP, ("a", Fraction(0), False))
    laws = PowerLaws(("s1", "s2", "eps", "k"), ("N", "a"))
    k = Sym("k")
    less = Relation(k * eps**power, s1**power, "<=")
    steps = (
        Step(
            r"Let $\dot\sigma_2=-N\sigma_2^{2-2/N}h$ and $\dot\sigma_1=-N\sigma_1^{2-2/N}\,a\,h$ with a constant "
            r"$a$. At "
            r"depth $N=1$ a difference is constant:",
            "linear in both",
            Identity(linear, (Relation(derivative(s1 - a * s2), ZERO),)),
        ),
        Step(
            r"at depth $N=2$ a ratio, so that $\sigma_1=c\,\sigma_2^a$:",
            "power rule with a symbolic exponent",
            Identity(shallow, (Relation(derivative(s1 * s2**-a), ZERO),)),
        ),
        Step(
            r"at depth $N\ge3$ a difference of negative powers, so that "
            r"$\sigma_1=\bigl(a\,\sigma_2^{-(N-2)/N}+c\bigr)^{-N/(N-2)}$:",
            "power rule with symbolic exponents",
            Identity(deep, (Relation(derivative(s1**power - a * s2**power), ZERO),)),
        ),
        Step(
            r"From equal starts $\varepsilon$, $0\le a<1$, the constant is $(1-a)\,\varepsilon^{-(N-2)/N}$. With "
            r"$k=1-a>0$ therefore",
            r"$a\,\sigma_2^{-(N-2)/N}\ge0$",
            Inequality(
                laws,
                less,
                bounds,
                given=((law, formula(1)), (Relation(k, 1 - a), -(eps**power))),
            ),
            assuming=(law, Relation(k, 1 - a)),
        ),
        Step(
            r"so that $\sigma_1$ stays below a multiple of $\varepsilon$, however large $\sigma_2$ becomes:",
            r"raised to the power $-N/(N-2)<0$",
            PowerOrder(
                laws,
                less,
                -(N / (N - 2)),
                Relation(s1, k ** -(N / (N - 2)) * eps, "<="),
                bounds,
            ),
            assuming=(less,),
        ),
        Step(
            r"while at depth $2$ it is $\varepsilon^{1-a}\sigma_2^a$, which is $\varepsilon$ at "
            r"$\sigma_2=\varepsilon$:",
            "powers",
            Identity(PowerLaws(("eps",), ("a",)), (Relation(eps ** (1 - a) * eps**a, eps),)),
        ),
    )
    return Derivation(
        topic="two-singular-values",
        title="Two singular values under a constant ratio of gradients",
        statement=(
            r"If two singular values of balanced layers feel gradients of the constant ratio $a$, then "
            r"$\sigma_1-a\sigma_2$ ($N=1$), $\sigma_1\sigma_2^{-a}$ ($N=2$) or "
            r"$\sigma_1^{-(N-2)/N}-a\,\sigma_2^{-(N-2)/N}$ ($N\ge3$) is constant. From equal starts $\varepsilon$ "
            r"and "
            r"$0\le a<1$, $\sigma_1\le(1-a)^{-N/(N-2)}\,\varepsilon$ for $N\ge3$"
        ),
        scope="all depths, positive singular values, constant ratios",
        steps=steps,
        notation=(r"$h$ is the entry $\langle\nabla l(W),u_2v_2^\top\rangle$ (topic singular-values)",),
    )


def scalar_flow() -> Derivation:
    """N8: one number at depths 1, 2, 3, 4, unbalanced at depth 2, and at infinite depth, by substitution."""
    y, u = Sym("y"), Sym("u")
    decay = Sym("E")
    start = Sym("w0", "w_{0}", "w₀")
    c, k, b = Sym("c"), Sym("k", r"\sqrt3", "√3"), Sym("b", r"\sqrt y", "√y")
    first = y + (start - y) * decay
    second = y / (1 + (y / start - 1) * decay)
    log3, atan3 = Sym("L3", r"\Lambda_{3}", "Λ₃"), Sym("T3", r"\Theta_{3}", "Θ₃")
    quadratic = u**2 + c * u + c**2
    inside = (2 * u + c) / (k * c)
    time3 = -1 / (c**3 * u) + log3 / (6 * c**4) - atan3 / (k * c**4)
    cubic = Rationals(
        ("u", "c", "k", "L3", "T3"),
        (
            ("u", formula(1)),
            ("L3", (2 * u + c) / quadratic + 2 / (c - u)),
            ("T3", k * c / (2 * quadratic)),
        ),
    )
    artanh = Sym("T4", r"\Theta_{4}", "Θ₄")
    square = u**2 / b
    quartic = Rationals(("u", "b", "T4"), (("u", formula(1)), ("T4", (2 * u / b) / (1 - square**2))))
    time4 = -1 / (2 * b**2 * u**2) + artanh / (2 * b**3)
    lower, upper = Sym("w1", "w_{1}", "w₁"), Sym("w2", "w_{2}", "w₂")
    whole = lower * upper
    pair = Rationals(
        ("w1", "w2", "y"),
        (("w1", (y - lower * upper) * upper), ("w2", (y - lower * upper) * lower)),
    )
    logw = Sym("Lw", r"\Lambda_{\infty}", "Λ_∞")
    infinite = Rationals(("w", "y", "Lw"), (("w", formula(1)), ("Lw", 1 / w + 1 / (y - w))))
    half = y / 2
    small = Sym("a", r"\alpha", "α")
    by_u = ("u",)

    def rate_by(of: Expr, name: tuple[str, ...]) -> Expr:
        return Call("rate", (of,), name)

    steps = (
        Step(
            r"A balanced product of $N$ equal numbers $u$ is $w=u^N$ with $\dot u=u^{N-1}(y-u^N)$. At every depth",
            "power rule with a symbolic exponent",
            Identity(
                PowerLaws(("u",), ("N", "y"), (("u", u ** (N - 1) * (y - u**N)),)),
                (Relation(derivative(u**N), N * (u**N) ** (2 - 2 / N) * (y - u**N)),),
            ),
        ),
        Step(
            r"Depth 1: $w=y+(w_0-y)\,E$ with $E=e^{-t}$ solves $\dot w=y-w$:",
            r"$\dot E=-E$",
            Identity(Rationals(("y", "w0", "E"), (("E", -decay),)), (Relation(derivative(first), y - first),)),
        ),
        Step(
            r"Depth 2: $w=y/\bigl(1+(y/w_0-1)E\bigr)$ with $E=e^{-2yt}$ solves $\dot w=2w(y-w)$:",
            r"$\dot E=-2yE$",
            Identity(
                Rationals(("y", "w0", "E"), (("E", -2 * y * decay),)),
                (Relation(derivative(second), 2 * second * (y - second)),),
            ),
        ),
        Step(
            r"From $w_0=\alpha^2$ it reaches $y/2$ when $E=\alpha^2/(y-\alpha^2)$, at "
            r"$t=\tfrac1{2y}\log\tfrac{y-\alpha^2}{\alpha^2}$:",
            "rational functions",
            Identity(
                Rationals(("y", "a")),
                (Relation(y / (1 + (y / small**2 - 1) * (small**2 / (y - small**2))), half),),
            ),
        ),
        Step(
            r"Depth 3, $y=c^3$: with $\Theta_3=\arctan\tfrac{2u+c}{\sqrt3\,c}$ the derivative of $\Theta_3$ in "
            r"$u$ is",
            r"$\arctan'z=1/(1+z^2)$, and $(\sqrt3)^2=3$",
            Identity(
                cubic,
                (Relation(rate_by(inside, by_u) / (1 + inside**2), k * c / (2 * quadratic)),),
                given=(
                    (
                        Relation(k**2, formula(3)),
                        _cubic_multiplier(u, c, k),
                    ),
                ),
            ),
            assuming=(Relation(k**2, formula(3)),),
        ),
        Step(
            r"and with $\Lambda_3=\log\tfrac{u^2+cu+c^2}{(c-u)^2}$, whose derivative is $\tfrac{2u+c}{u^2+cu+c^2}+"
            r"\tfrac2{c-u}$, the time at which $u$ is reached grows as",
            r"so $t=-\tfrac1{yu}+\tfrac{\Lambda_3}{6c^4}-\tfrac{\Theta_3}{\sqrt3c^4}$ up to a constant, $y=c^3$",
            Identity(cubic, (Relation(rate_by(time3, by_u), 1 / (u**2 * (c**3 - u**3))),)),
        ),
        Step(
            r"Depth 4, with $\Theta_4=\operatorname{artanh}(u^2/\sqrt y)$, whose derivative is "
            r"$\tfrac{2u}{\sqrt y}/(1-u^4/y)$, in the same way",
            r"so $t=-\tfrac1{2yu^2}+\tfrac{\Theta_4}{2y^{3/2}}$ up to a constant",
            Identity(quartic, (Relation(rate_by(time4, by_u), 1 / (u**3 * (b**2 - u**4))),)),
        ),
        Step(
            r"Infinite depth, $\dot w=w^2(y-w)$ (the limit after dividing time by the depth): with "
            r"$\Lambda_\infty=\log\tfrac w{y-w}$",
            r"so $t=\tfrac{\Lambda_\infty}{y^2}-\tfrac1{yw}$ up to a constant",
            Identity(
                infinite,
                (Relation(rate_by(logw / y**2 - 1 / (y * w), ("w",)), 1 / (w**2 * (y - w))),),
            ),
        ),
        Step(
            r"Depth 2 without balance: $\delta=w_2^2-w_1^2$ is constant, and $w=w_1w_2$ moves as "
            r"$\dot w=(y-w)\sqrt{\delta^2+4w^2}$:",
            r"product rule; $w_1^2+w_2^2\ge0$ is the root",
            Identity(
                pair,
                (
                    Relation(derivative(upper**2 - lower**2), ZERO),
                    Relation(derivative(whole), (y - whole) * (lower**2 + upper**2)),
                    Relation((lower**2 + upper**2) ** 2, (upper**2 - lower**2) ** 2 + 4 * whole**2),
                ),
            ),
        ),
    )
    return Derivation(
        topic="scalar-flow",
        title="The flow of one number in closed form",
        statement=(
            r"For a product of $N$ numbers with the loss $\tfrac12(w-y)^2$ the balanced flow has the closed forms "
            r"of the "
            r"steps at $N=1,2,3,4$ and at infinite depth; at $N=2$ without balance "
            r"$\dot w=(y-w)\sqrt{\delta^2+4w^2}$ with the constant $\delta=w_2^2-w_1^2$"
        ),
        scope="all positive targets and starts at which the formulas are defined; depths 1, 2, 3, 4 and infinity",
        steps=steps,
        notation=(r"logarithms and arcs are symbols with the derivatives that the steps name",),
    )


def _cubic_multiplier(u: Expr, c: Expr, k: Expr) -> Expr:
    """By what ``k² − 3`` is multiplied in the difference of the arc's derivative and its value at k² = 3."""
    quadratic = u**2 + c * u + c**2
    # rate(z)/(1 + z²) = 2kc/(k²c² + (2u + c)²) and (2u + c)² = 4 quadratic − 3c², so that the difference to
    # kc/(2 quadratic) is −kc·c²(k² − 3)/(2 quadratic (k²c² + (2u + c)²)).
    return -(k * c**3) / (2 * quadratic * (k**2 * c**2 + (2 * u + c) ** 2))
