"""Layers from one commutative algebra: the limit's rank is the multiplicity of the dominant eigenvalue.

Symmetric circulants, Bose–Mesner algebras, and the symmetric family for every ratio m, of either sign. An eigenvalue σ
of either sign is written ``σ = εx`` with ``x = |σ|`` and ``ε² = 1``, so that powers with symbolic exponents apply to x.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Definitions, Formula, Identity, Inequality, PowerLaws, PowerOrder, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Relation, Sym, formula
from verify.symbolic.symmetric_family import ZERO, L, alpha, d, k, l, n, rate_of, w

x, a, b, g = Sym("x"), Sym("a"), Sym("b"), Sym("g")
epsilon, sigma = Sym("epsilon", r"\epsilon", "ε"), Sym("sigma", r"\sigma", "σ")
mu = Sym("mu", r"\mu", "μ")
_p = L - 2
_UNIT = Relation(epsilon**2, formula(1))
_DEEP = (("L", Fraction(3), False),)


def _moduli() -> tuple[Step, ...]:
    """How ``x = |σ|`` moves, for both parities of the depth and both signs."""
    ring = PowerLaws(("x",), ("k", "g", "epsilon"))
    rate = Sym("x'", r"\dot x", "x'")
    both = PowerLaws(("x",), ("L", "g"), (("x", g * x ** (L - 1)),))
    down = PowerLaws(("x",), ("L", "g"), (("x", -g * x ** (L - 1)),))
    return (
        Step(
            r"On an eigenspace of $M$ with eigenvalue $\sigma$ every layer's gradient "
            r"$M^{L-\ell}(d-w)M^{\ell-1}$ acts as one number, whatever $\ell$ is:",
            r"the residual is $G=(d-w)I$: $W=M^L$ has a constant diagonal $d$, as all elements of the algebra have",
            Identity(
                PowerLaws(("sigma",), ("L", "l", "d", "w")),
                (Relation(sigma ** (L - l) * (d - w) * sigma ** (l - 1), (d - w) * sigma ** (L - 1)),),
            ),
        ),
        Step(
            r"So $\dot\sigma=g\,\sigma^{L-1}$ with the common factor $g=w-d$. Write $\sigma=\epsilon x$ with "
            r"$x=|\sigma|>0$ and $\epsilon^2=1$. For even depth $L=2k$, where $\sigma^{L-1}=(\sigma^2)^{k-1}\sigma$, "
            r"$\dot x=\epsilon\dot\sigma$ is, for either sign,",
            r"$\sigma^2=x^2$ and $\epsilon^2=1$",
            Identity(
                ring,
                (Relation(rate, g * x ** (2 * k - 1)),),
                (("x'", Formula(epsilon * g * (x**2) ** (k - 1) * (epsilon * x))),),
                ((_UNIT, g * x ** (2 * k - 1)),),
            ),
        ),
        Step(
            r"and for odd depth $L=2k+1$, where $\sigma^{L-1}=(\sigma^2)^k$,",
            r"$\sigma^2=x^2$",
            Identity(
                ring,
                (Relation(rate, epsilon * g * x ** (2 * k)),),
                (("x'", Formula(epsilon * g * (x**2) ** k)),),
            ),
        ),
        Step(
            r"So $\dot x=g\,x^{L-1}$ if $\sigma>0$ or $L$ is even ($\sigma$ is called growing), and "
            r"$\dot x=-g\,x^{L-1}$ if $\sigma<0$ and $L$ is odd (shrinking). For a growing one, where $\sigma^L=x^L$,",
            r"power rule",
            Identity(both, (Relation(rate_of(x**L), g * (L * x ** (2 * L - 2))),)),
        ),
        Step(
            r"and for a shrinking one, where $\sigma^L=-x^L$,",
            r"power rule; so $\dot d=\tfrac1n\sum_j\mu_jL\,|\sigma_j|^{2L-2}\,(w-d)$: the sign of $w-d$ is kept, and "
            r"$d\to w$ exponentially, as a growing eigenvalue bounds the rate from below",
            Identity(down, (Relation(rate_of(-(x**L)), g * (L * x ** (2 * L - 2))),)),
        ),
    )


def commutative_families() -> Derivation:
    """D14: in a commutative algebra with constant diagonals the limit's rank is the dominant eigenvalue's "
    "multiplicity."""
    pair = PowerLaws(("a", "b"), ("L", "g"), (("a", g * a ** (L - 1)), ("b", g * b ** (L - 1))))
    plain = Rationals(("a", "b", "g"), (("a", g * a), ("b", g * b)))
    c, alone = Sym("c"), PowerLaws(("a", "b", "C"), ("L",))
    C, start = Sym("C"), PowerLaws(("a", "b", "alpha"), ("L",))
    kept = Relation(b**-_p, a**-_p + C)
    below = Relation(C, b**-_p, "<")
    small = Relation(b, C ** -(1 / _p), "<")
    order, turned = Relation(b, a, "<"), Relation(a**-_p, b**-_p, "<")
    rest = Sym("e")
    steps = (
        *_moduli(),
        Step(
            r"$L\ge3$: for two growing eigenvalues of moduli $a>b$ the difference of powers is constant:",
            r"power rule",
            Identity(pair, (Relation(rate_of(b**-_p - a**-_p), ZERO),)),
        ),
        Step(
            r"At the start, with $a\to\alpha a$ and $b\to\alpha b$, the constant is $C=\alpha^{-(L-2)}c$ with",
            "powers of products",
            Identity(
                start,
                (Relation((alpha * b) ** -_p - (alpha * a) ** -_p, alpha**-_p * c),),
                (("c", Formula(b**-_p - a**-_p)),),
            ),
        ),
        Step(
            r"which is positive, for $b<a$ gives",
            r"a negative exponent is decreasing",
            PowerOrder(start, order, -_p, turned, _DEEP),
        ),
        Step(
            r"Along the flow therefore",
            r"the first integral; $a^{-(L-2)}>0$",
            Inequality(alone, below, _DEEP, given=((kept, formula(1)),)),
        ),
        Step(
            r"so that $b$ stays below a multiple of $\alpha$, $C^{-1/(L-2)}=\alpha\,c^{-1/(L-2)}$:",
            r"a negative exponent is decreasing",
            PowerOrder(alone, below, -(1 / _p), small, _DEEP),
        ),
        Step(
            r"with the scale:",
            r"powers of products. A shrinking eigenvalue stays below its start, which is a multiple of $\alpha$ too "
            r"($d<w$ for small $\alpha$), and zero stays zero",
            Identity(
                PowerLaws(("alpha", "c"), ("L",)),
                (Relation((alpha**-_p * c) ** -(1 / _p), alpha * c ** -(1 / _p)),),
            ),
        ),
        Step(
            r"At the limit $d=w$: with $\mu$ the multiplicity of the largest growing modulus $a$ and "
            r"$e=\sum_{|\sigma_j|<a}\mu_j\sigma_j^L=O(\alpha^L)$ for all others, the trace is $\mu a^L+e=nw$, so that "
            r"on the dominant eigenspace $W$ is the number",
            r"the trace of $W$ is $n$ times its diagonal entry",
            Identity(
                PowerLaws(("a",), ("L", "n", "mu", "w", "e")),
                (Relation(a**L, n * w / mu - rest / mu),),
                given=((Relation(mu * a**L + rest, n * w), 1 / mu),),
            ),
        ),
        Step(
            r"$L=2$: all eigenvalues keep their ratios, whatever their signs; so $W$ is a multiple of its start:",
            r"quotient rule with $\dot\sigma=g\sigma$",
            Identity(plain, (Relation(rate_of(b / a), ZERO),)),
        ),
    )
    return Derivation(
        topic="commutative-families",
        title="The limit's rank is the multiplicity of the dominant eigenvalue",
        statement=(
            r"Let all layers start at $\alpha M_0$, $M_0$ in a commutative algebra of real symmetric $n\times n$ "
            r"matrices with constant diagonals, and let the diagonal be observed with equal values $w>0$. Then all "
            r"layers stay equal, in the algebra. $L=2$: $W\to wM_0^2/(M_0^2)_{11}$ for every $\alpha\ne0$. "
            r"$L\ge3$ and $\alpha\to0^+$: $W\to\tfrac{nw}{\mu}P$, $P$ the projector of rank $\mu$ onto the "
            r"eigenspace of "
            r"the largest positive eigenvalue ($L$ odd), or onto the eigenspaces of largest modulus ($L$ even)"
        ),
        scope=r"all depths $L\ge2$, all such algebras, all $n$, $w>0$; $M_0\ne0$, with a positive eigenvalue if $L$ "
        r"is odd",
        steps=steps,
        hypotheses=(_UNIT, order, kept, Relation(mu * a**L + rest, n * w)),
        notation=(
            r"$\mu_j$ is the multiplicity of $\sigma_j$, $d=\tfrac1n\sum_j\mu_j\sigma_j^L$ the observed entry",
            r"the last two hypotheses are the first integral and the trace at the limit; for even $L$ eigenvalues "
            r"$\pm a$ count together",
        ),
        uses=(
            "the flow's solution is unique, so a solution of the form that is found is the solution",
            "commuting symmetric matrices have a common eigenbasis",
            "Grönwall's lemma: a quantity whose logarithmic rate is at most a negative constant decays exponentially",
        ),
    )


def all_ratios() -> Derivation:
    """D13: the family for every real m ≠ 0 and α → 0, row by row."""
    h, u = Sym("h"), Sym("u")
    s1, s2 = Sym("beta1", r"\beta_1", "β1"), Sym("beta2", r"\beta_2", "β2")
    two, three = (("n", Fraction(2), False),), (("n", Fraction(3), False),)
    above = ("u", Fraction(0), True)
    ring = Rationals(("n", "u"))

    def eigenvalues(of: Formula) -> Definitions:
        return (("h", of), ("beta1", Formula(1 + (n - 1) * h)), ("beta2", Formula(1 - h)))

    def row(relation: Relation, of: Formula, bounds: tuple[tuple[str, Fraction, bool], ...]) -> Inequality:
        return Inequality(ring, relation, (*bounds, above), eigenvalues(of))

    inside, outside = Formula(1 / (1 + u)), Formula(1 + u)
    weak, strong = Formula(-(2 / ((n - 2) * (1 + u)))), Formula(-(2 * (1 + u) / (n - 2)))
    turning = Formula(-(2 / (n - 2)))
    q, t = Sym("q"), Sym("t")
    falling = PowerLaws(("x",), ("L", "w", "d"), (("x", -(w - d) * x ** (L - 1)),))
    steps = (
        Step(
            r"With $h=1/m$ the start has the eigenvalues $\alpha\beta_1$, $\beta_1=1+(n-1)h$ (once) and "
            r"$\alpha\beta_2$, $\beta_2=1-h$ ($n-1$ times). Row $m>1$, $h=1/(1+u)$ with $u>0$: both are "
            r"positive, and the first dominates",
            r"a rational function with positive coefficients",
            row(Relation(s1, s2, ">"), inside, two),
        ),
        Step(r"with", "the same", row(Relation(s2, ZERO, ">"), inside, two)),
        Step(
            r"Row $0<m<1$, $h=1+u$: the second is negative",
            "the same",
            row(Relation(s2, ZERO, "<"), outside, two),
        ),
        Step(
            r"and the first is positive and has the larger modulus; so for either parity the limit is $nw\,E_1=wJ$, "
            r"of rank 1 (topic commutative-families):",
            r"$\beta_1>-\beta_2>0$",
            row(Relation(s1, -s2, ">"), outside, two),
        ),
        Step(
            r"Row $m=1$: the second vanishes and stays zero; the limit is $wJ$ for every $\alpha>0$, at every depth",
            "substitution",
            Identity(Rationals(("n",)), (Relation(s2, ZERO),), eigenvalues(Formula(formula(1)))),
        ),
        Step(
            r"Rows $n=2$, $m<0$: the eigenvalues of $-m$ with the eigenspaces exchanged, as conjugation by "
            r"$D=\begin{pmatrix}1&0\\0&-1\end{pmatrix}$ does; so the limit is that for $|m|$ conjugated by $D$",
            r"$n=2$ and $h=-q$; for $|m|=1/q$ they are $1+q$ and $1-q$. $D$ keeps the diagonal, so the flow commutes "
            r"with it",
            Identity(
                Rationals(("q",)),
                (Relation(s1, 1 - q), Relation(s2, 1 + q)),
                (("n", Formula(formula(2))), *eigenvalues(Formula(-q))),
            ),
        ),
        Step(
            r"Row $n\ge3$, $m<1-\tfrac n2$, $-h=2/((n-2)(1+u))$: the second eigenvalue is positive",
            r"a rational function with positive coefficients",
            row(Relation(s2, ZERO, ">"), weak, three),
        ),
        Step(r"above the first", "the same", row(Relation(s2, s1, ">"), weak, three)),
        Step(
            r"and above minus the first: it dominates for either parity, with multiplicity $n-1$, so the limit is "
            r"$\tfrac{nw}{n-1}E_2=\tfrac{nw}{n-1}(I-\tfrac Jn)$, of rank and stable rank $n-1$",
            "the same",
            row(Relation(s2, -s1, ">"), weak, three),
        ),
        Step(
            r"Row $n\ge3$, $m=1-\tfrac n2$: the eigenvalues are opposite. $L$ even: the moduli agree for all times, "
            r"$W=\sigma^L I$, so the limit is $wI$ at every scale, and the dynamics is decoupled (topic "
            r"coupling-in-family)",
            "substitution",
            Identity(Rationals(("n",)), (Relation(s1, -s2),), eigenvalues(turning)),
        ),
        Step(
            r"$L$ odd: the first is negative and shrinks, so the limit has rank $n-1$ as before",
            r"a rational function with coefficients of one sign",
            Inequality(Rationals(("n",)), Relation(s1, ZERO, "<"), three, eigenvalues(turning)),
        ),
        Step(
            r"Row $n\ge3$, $1-\tfrac n2<m<0$, $-h=2(1+u)/(n-2)$: the first is negative. $L$ odd: it shrinks, and the "
            r"limit has rank $n-1$",
            "the same",
            row(Relation(s1, ZERO, "<"), strong, three),
        ),
        Step(
            r"and its modulus is the larger one. $L$ even: it dominates, with multiplicity 1, and the limit is $wJ$",
            r"$-\beta_1>\beta_2>0$",
            row(Relation(-s1, s2, ">"), strong, three),
        ),
        Step(
            r"Row $\alpha<0$, $L$ odd, both $\beta_i>0$: both eigenvalues are negative and shrink as long as "
            r"$d<w$; "
            r"here $d<0$ always, so with $x=|\sigma|$",
            r"power rule with $\dot x=-(w-d)x^{L-1}$",
            Identity(falling, (Relation(rate_of(x**-_p), _p * (w - d)),)),
        ),
        Step(
            r"which is at least $(L-2)w$. So $x^{-(L-2)}\ge(L-2)wt$, $W\to0$, and the loss tends to $\tfrac12nw^2$, "
            r"not to zero. For even $L$ all signs can be changed at once, which is the family with $|\alpha|$",
            r"$-d\ge0$",
            Inequality(
                PowerLaws((), ("L", "w", "t")),
                Relation(_p * (w + t), _p * w, ">="),
                (*_DEEP, ("w", Fraction(0), True), ("t", Fraction(0), False)),
            ),
        ),
    )
    return Derivation(
        topic="all-ratios",
        title="The symmetric family for every real ratio",
        statement=(
            r"For $s=1$, $w>0$, $L\ge3$ and every real $m\ne0$, as $\alpha\to0^+$ the limit tends to: $wJ$ if $m>0$ "
            r"(exactly $wJ$ at every scale if $m=1$); for $n=2$, $m<0$ to $w\begin{pmatrix}1&-1\\-1&1\end{pmatrix}$; "
            r"for "
            r"$n\ge3$, $m<1-\tfrac n2$ to $\tfrac{nw}{n-1}(I-\tfrac Jn)$, of rank $n-1$; for $n\ge3$, $m=1-\tfrac "
            r"n2$ to "
            r"the same if $L$ is odd, and it is $wI$ at every scale if $L$ is even; for $n\ge3$, $1-\tfrac n2<m<0$ "
            r"to the "
            r"same if $L$ is odd, and to $wJ$ if $L$ is even. For $\alpha<0$, $\beta_i>0$ and odd $L$, $W\to0$"
        ),
        scope=r"all depths $L\ge3$, $n\ge2$, $w>0$, all real $m\ne0$",
        steps=steps,
        notation=(
            r"which eigenvalue dominates decides the limit: topic commutative-families",
            r"$u>0$ runs through each row; $t=-d\ge0$ in the last step",
        ),
        uses=("a quantity whose rate is at least a positive constant grows at least linearly",),
    )
