"""The integral bound behind "rank is never lost" (topic log-determinant): a trace inequality, and how fast the loss
falls.

``|d/dt ln|det W|| = L |Σ_r σ_r^{1−2/L} u_rᵀGv_r| ≤ L σ_max^{1−2/L} ‖G‖_*``, and ``ℓ' ≤ −4 min_i W_ii² σ_max^{−2/L} ℓ``.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Identity, Inequality, Matrices, PowerLaws, PowerOrder, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym, formula
from verify.symbolic.inequalities import Combination, SquareNorms, Term

_ZERO: Expr = Num(Fraction(0))
_ONE = Fraction(1)
A, W, M = Sym("A"), Sym("W"), Sym("M")
p, q, v = Sym("p"), Sym("q"), Sym("e", "e_i", "e_i")
L, s, top = Sym("L"), Sym("s"), Sym("S", r"\sigma_{\max}", "σ_max")
sigma = Sym("sigma", r"\sigma", "σ")
norm, value, entry = Sym("N"), Sym("t"), Sym("w", "W_{ii}", "W_ii")
mu, share, weight = Sym("mu", r"\mu", "μ"), Sym("f"), Sym("m", r"\mu_{\max}", "μ_max")
g, rest, power, speed = Sym("g"), Sym("r"), Sym("P"), Sym("c")


def _trace(*factors: Expr) -> Expr:
    whole = factors[0]
    for factor in factors[1:]:
        whole = whole * factor
    return Call("trace", (whole,))


def determinant_bound() -> Derivation:
    """``|tr(AG)| ≤ σ_max(A) ‖G‖_*``, and an explicit exponential rate of the loss for diagonal observations."""
    vectors = Matrices((("A", "n", "n"), ("p", "n", 1), ("q", "n", 1)), parameters=("sigma",))
    mean = Relation(2 * sigma * _trace(q.T, A, p), sigma**2 * _trace(q.T, q) + _trace(p.T, A.T, A, p), "<=")
    scalars = Rationals(("sigma", "N", "t"))
    given_mean = Relation(2 * sigma * value, sigma**2 + norm, "<=")
    bounded, positive = Relation(norm, sigma**2, "<="), Relation(sigma, _ZERO, ">")
    laws = PowerLaws(("s", "S", "mu", "m", "f"), ("L",))
    deep = (("L", Fraction(3), False),)
    order, eigen = Relation(s, top, "<="), Relation(mu, weight, "<=")
    raised = Relation(s ** (1 - 2 / L), top ** (1 - 2 / L), "<=")
    turned = Relation(weight ** (-(1 / L)), mu ** (-(1 / L)), "<=")
    columns = Matrices((("W", "n", "n"), ("e", "n", 1)))
    unit = Relation(_trace(v.T, v), formula(1))
    column = Relation(_trace(v.T, W.T, W, v), _trace(v.T, W, v) ** 2, ">=")
    steps = (
        Step(
            r"Let $G=\sum_ks_kp_kq_k^\top$ be a singular value decomposition, $s_k\ge0$, so that $\|G\|_*=\sum_ks_k$. "
            r"Then $\mathrm{tr}(AG)=\sum_ks_k\,q_k^\top Ap_k$, for each term is",
            "a trace is invariant under rotation",
            Identity(vectors, (Relation(_trace(A, p, q.T), _trace(q.T, A, p)),)),
        ),
        Step(
            r"For vectors $p$, $q$ of any length and any number $\sigma$",
            r"the squared norm of $\sigma q-Ap$",
            SquareNorms(vectors, mean, ((_ONE, sigma * q - A * p),)),
        ),
        Step(
            r"With $|p|=|q|=1$, $t=q^\top Ap$ and $N=|Ap|^2\le\sigma^2$, which is what the largest singular "
            r"value $\sigma>0$ of $A$ means,",
            r"division by $2\sigma$",
            Combination(
                scalars,
                Relation(value, sigma, "<="),
                (Term(premises=(given_mean,), weight=Fraction(1, 2)), Term(premises=(bounded,), weight=Fraction(1, 2))),
                times=(positive,),
                shown=False,
            ),
        ),
        Step(
            r"and so, $-A$ in place of $A$ for the other sign, $|\mathrm{tr}(AG)|\le\sigma\|G\|_*$. Here "
            r"$A=V\Sigma^{1-2/L}U^\top$ (topic log-determinant), whose singular values are powers of those of $W$. Let "
            r"$s$ be one of these and $\sigma_{\max}$ the largest; for $L\ge3$ (and with exponent 0 for $L=2$)",
            r"a positive exponent is increasing",
            PowerOrder(laws, order, 1 - 2 / L, raised, deep),
        ),
        Step(
            r"so $|\frac{d}{dt}\ln|\det W||\le L\,\sigma_{\max}^{1-2/L}\|G\|_*$. How fast the loss falls: the "
            r"eigenvalues $\mu\le\mu_{\max}=\sigma_{\max}^2$ of $W^\top W$ satisfy",
            r"a negative exponent is decreasing",
            PowerOrder(laws, eigen, -(1 / L), turned, (("L", Fraction(2), False),)),
        ),
        Step(
            r"so for the share $f>0$ of an eigenvector in $e_i$, in the sum "
            r"$((W^\top W)^{1-1/L})_{ii}=\sum\mu^{1-1/L}f$,",
            r"the previous step times $\mu f$",
            Inequality(
                laws,
                Relation(mu ** (1 - 1 / L) * share, weight ** (-(1 / L)) * (mu * share), ">="),
                (("L", Fraction(2), False),),
                given=((turned, mu * share),),
            ),
        ),
        Step(
            r"that is, $((W^\top W)^{1-1/L})_{ii}\ge\sigma_{\max}^{-2/L}(W^\top W)_{ii}$; moreover the unit vector "
            r"$e_i$ has",
            r"the squared norm of $We_i-e_ie_i^\top We_i$",
            SquareNorms(
                columns, column, ((_ONE, W * v - v * v.T * W * v),), given=((unit, -(_trace(v.T, W, v) ** 2)),)
            ),
        ),
        Step(
            r"The same holds for $WW^\top$. For a diagonal residual $g_i$ the squared gradients of the first and of "
            r"the last layer are $\sum_ig_i^2((WW^\top)^{1-1/L})_{ii}$ and $\sum_ig_i^2((W^\top W)^{1-1/L})_{ii}$ "
            r"(topic log-determinant). If $W_{ii}^2\ge c$ for all $i$, then with $P=\sigma_{\max}^{-2/L}$ each "
            r"$g=g_i$ contributes to $-\dot\ell$, the sum $r\ge0$ over the other layers apart, at least",
            r"$\ell=\tfrac12\sum_ig_i^2$",
            Combination(
                Rationals(("g", "P", "c", "w", "r")),
                Relation(2 * g**2 * power * entry**2 + rest, 4 * power * speed * (g**2 / 2), ">="),
                (
                    Term(g, (Relation(power, _ZERO, ">"), Relation(entry**2, speed, ">=")), Fraction(2)),
                    Term(premises=(Relation(rest, _ZERO, ">="),)),
                ),
                shown=False,
            ),
        ),
    )
    return Derivation(
        topic="determinant-bound",
        title="The integral that bounds the determinant is finite",
        statement=(
            r"Along a balanced flow of depth $L\ge2$ with diagonal observations, $|\frac{d}{dt}\ln|\det W||\le "
            r"L\,\sigma_{\max}^{1-2/L}\|G\|_*$, and as long as $W_{ii}^2\ge c$ for all $i$, "
            r"$\dot\ell\le-4c\,\sigma_{\max}^{-2/L}\,\ell$. If $W(t)$ converges to a matrix of zero loss with diagonal "
            r"entries $w_i\ne0$, then with any $c<\min_iw_i^2$ the loss decays exponentially from some time on, "
            r"$\|G\|_*\le(2n\ell)^{1/2}$ is integrable, and "
            r"$|\ln|\det W_\infty/\det W_0||\le L\int_0^\infty\sigma_{\max}^{1-2/L}\|G\|_*\,dt<\infty$"
        ),
        scope=r"all depths $L\ge2$, all sizes, all balanced starts of full rank; diagonal observations",
        steps=steps,
        hypotheses=(
            given_mean, bounded, positive, order, eigen, unit,
            Relation(power, _ZERO, ">"), Relation(entry**2, speed, ">="), Relation(rest, _ZERO, ">="),
        ),
        notation=(
            r"$2\sigma t\le\sigma^2+N$ is the second step for unit vectors",
            r"$G$ is the residual, $u_r$, $v_r$, $\sigma_r$ are the singular vectors and values of $W$",
        ),
        uses=(
            "singular value and spectral decompositions exist",
            "Grönwall's lemma: a quantity whose logarithmic rate is at most a negative constant decays exponentially",
        ),
    )  # fmt: skip
