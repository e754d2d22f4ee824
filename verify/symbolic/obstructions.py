"""Why a limit keeps full rank: the determinant's logarithm, a reflection that the flow commutes with, special starts.

The balanced end-to-end flow is ``W' = −Σ_l (WWᵀ)^{(L−l)/L} G (WᵀW)^{(l−1)/L}`` (topic end-to-end).
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Definitions, Formula, Identity, Inequality, Matrices, PowerLaws, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Relation, Sym, formula
from verify.symbolic.symmetric_family import ZERO, L, l, rate_of

D, G, A, B = Sym("D"), Sym("G"), Sym("A"), Sym("B")
U, V, R, Q, P = Sym("U"), Sym("V"), Sym("R"), Sym("Q"), Sym("P")
sigma, a, p, q = Sym("sigma", r"\sigma", "σ"), Sym("a"), Sym("p"), Sym("q")
w11, w12, w21, w22 = (Sym(f"w{place}", f"w_{{{place}}}") for place in ("11", "12", "21", "22"))


def log_determinant() -> Derivation:
    """D17: how ``ln |det W|`` moves along the balanced flow, so that rank and sign of the determinant are kept."""
    inverse = Sym("S", r"\Sigma^{-1}", "Σ^(-1)")
    orthogonal = (Relation(U.T * U, formula(1)), Relation(V.T * V, formula(1)))
    square = tuple((name, "n", "n") for name in ("U", "V", "R", "Q", "S", "G"))
    steps = (
        Step(
            r"Let $W=U\Sigma V^\top$ be a singular value decomposition, so that $W^{-1}=V\Sigma^{-1}U^\top$, "
            r"$(WW^\top)^{(L-\ell)/L}=URU^\top$ with $R=\Sigma^{2(L-\ell)/L}$, and $(W^\top W)^{(\ell-1)/L}=VQV^\top$ "
            r"with $Q=\Sigma^{2(\ell-1)/L}$. Term $\ell$ of $\mathrm{tr}(W^{-1}\dot W)$ is, up to its sign,",
            r"$U^\top U=I$ and $V^\top V=I$; a trace is invariant under rotation",
            Identity(
                Matrices(square, orthogonal),
                (
                    Relation(
                        Call("trace", (V * inverse * U.T * (U * R * U.T) * G * (V * Q * V.T),)),
                        Call("trace", (Q * inverse * R * U.T * G * V,)),
                    ),
                ),
            ),
        ),
        Step(
            r"The diagonal matrix in front has, for each singular value $\sigma$, the same entry whatever $\ell$ is; "
            r"so "
            r"with $u_r,v_r$ the singular vectors, $\frac{d}{dt}\ln|\det W|=-L\sum_r\sigma_r^{1-2/L}u_r^\top Gv_r$:",
            r"$\frac{d}{dt}\ln|\det W|=\mathrm{tr}(W^{-1}\dot W)$, and the $L$ terms are equal",
            Identity(
                PowerLaws(("sigma",), ("L", "l")),
                (
                    Relation(
                        sigma ** (2 * (l - 1) / L) * sigma ** formula(-1) * sigma ** (2 * (L - l) / L),
                        sigma ** (1 - 2 / L),
                    ),
                ),
            ),
        ),
        Step(
            r"Hence $|\frac{d}{dt}\ln|\det W||\le L\,\sigma_{\max}^{1-2/L}\|G\|_*$: on finite intervals the "
            r"determinant "
            r"has no zero. If $W(t)$ converges to a matrix of zero loss, the integral of this bound is finite: with "
            r"$P=W_{L-1}\cdots W_1$ and $P^\top P=(W^\top W)^{(L-1)/L}$ the last layer's gradient alone has the square",
            r"$\|GP^\top\|_F^2=\sum_ig_i^2(P^\top P)_{ii}$ for diagonal $G$, and $(P^\top P)_{ii}$ has a positive "
            r"limit since $We_i\ne0$ where $W_{ii}=w_i\ne0$; so the loss decays exponentially, and $\|G\|_*$ with it",
            Identity(
                Matrices((("G", "n", "n"), ("P", "m", "n"))),
                (Relation(Call("inner", (G * P.T, G * P.T)), Call("trace", (G * P.T * P * G.T,))),),
            ),
        ),
    )
    return Derivation(
        topic="log-determinant",
        title="Rank is never lost at finite scale",
        statement=(
            r"Along the balanced flow $\dot W=-\sum_\ell(WW^\top)^{(L-\ell)/L}G(W^\top W)^{(\ell-1)/L}$, $W$ of full "
            r"rank, $\frac{d}{dt}\ln|\det W|=-L\sum_r\sigma_r^{1-2/L}u_r^\top Gv_r$. If the diagonal is observed with "
            r"values $w_i\ne0$ and $W(t)$ converges to a matrix of zero loss, then "
            r"$|\ln|\det W_\infty/\det W_0||\le L\int_0^\infty\sigma_{\max}^{1-2/L}\|G\|_*\,dt<\infty$: the limit has "
            r"full rank, and its determinant has the sign of $\det W_0$"
        ),
        scope=r"all depths $L\ge2$ (and $L=\infty$, with exponents 1), all sizes, all balanced starts of full rank",
        steps=steps,
        hypotheses=orthogonal,
        notation=(r"$G$ is the residual, diagonal for diagonal observations", r"topic end-to-end gives the flow"),
        uses=(
            r"Jacobi's formula $\frac{d}{dt}\ln|\det W|=\mathrm{tr}(W^{-1}\dot W)$",
            r"von Neumann's trace inequality, by which $|\sum_r\sigma_r^{1-2/L}u_r^\top Gv_r|\le"
            r"\sigma_{\max}^{1-2/L}\|G\|_*$",
            "Grönwall's lemma: a quantity whose logarithmic rate is at most a negative constant decays exponentially",
        ),
    )


def reflected_flow() -> Derivation:
    """M6: the flow commutes with ``W ↦ D Wᵀ D``; on the mirror every zero-loss limit has determinant at least 1."""
    involution, commuting = Relation(D * D, formula(1)), Relation(D * G, G * D)
    symmetric = (Relation(A.T, A), Relation(B.T, B), Relation(G.T, G), Relation(D.T, D))
    letters = Matrices(tuple((name, "n", "n") for name in ("D", "G", "A", "B")), (involution, commuting, *symmetric))
    on_mirror: Definitions = (("w12", Formula(-w21)),)
    gram, cogram = Sym("g12", r"(WW^\top)_{12}", "(WWᵀ)_12"), Sym("k12", r"(W^\top W)_{12}", "(WᵀW)_12")
    end = (("w11", Formula(formula(1))), ("w12", Formula(a)), ("w21", Formula(-a)), ("w22", Formula(formula(1))))
    determinant = Sym("det", r"\det W", "det W")
    steps = (
        Step(
            r"Let $D=\mathrm{diag}(1,-1)$ and $V=DW^\top D$. Then $VV^\top=D\,W^\top W\,D$ and "
            r"$V^\top V=D\,WW^\top D$, so powers $A$ of $W^\top W$ and $B$ of $WW^\top$ become $DAD$ and "
            r"$DBD$; the residual $G$ of diagonal observations stays. Term by term, with $\ell$ and $L+1-\ell$ "
            r"exchanged, the rate of $V$ is $D\dot W^\top D$:",
            r"$D^2=I$, $DG=GD$, and $A$, $B$, $G$, $D$ are symmetric",
            Identity(letters, (Relation((D * A * D) * G * (D * B * D), D * (B * G * A).T * D),)),
        ),
        Step(
            r"So the solutions with $V=W$, that is, with $w_{12}=-w_{21}$, stay there, and no other solution "
            r"can "
            r"reach them: the sign of $w_{12}+w_{21}$ is kept for all times. Indeed $V$ has the entries",
            "matrix product, entry by entry",
            Identity(
                Rationals(("w11", "w12", "w21", "w22")),
                (
                    Relation(Sym("v12", "v_{12}"), -w21),
                    Relation(Sym("v21", "v_{21}"), -w12),
                    Relation(Sym("v11", "v_{11}"), w11),
                ),
                (
                    ("v12", Formula(w21 * formula(-1))),
                    ("v21", Formula(formula(-1) * w12)),
                    ("v11", Formula(formula(1) * w11)),
                ),
            ),
        ),
        Step(
            r"On this hyperplane a matrix of zero loss is $\begin{pmatrix}1&a\\-a&1\end{pmatrix}$, with",
            "substitution",
            Identity(
                Rationals(("a",)),
                (Relation(determinant, 1 + a**2),),
                (*end, ("det", Formula(w11 * w22 - w12 * w21))),
            ),
        ),
        Step(
            r"and both singular values equal, as $W^\top W=(1+a^2)I$: the stable rank is 2 at every depth and scale. "
            r"A start with $\det W(0)<0$ cannot reach zero loss there, since the sign of the determinant is kept "
            r"(topic log-determinant)",
            "substitution",
            Identity(
                Rationals(("a",)),
                (
                    Relation(w11**2 + w21**2, 1 + a**2),
                    Relation(w11 * w12 + w21 * w22, ZERO),
                    Relation(w12**2 + w22**2, 1 + a**2),
                ),
                end,
            ),
        ),
        Step(
            r"For $L\ge3$ these flows are coupled if $w_{11}\ne w_{22}$ and $w_{21}\ne0$: with $w_{12}=-w_{21}$,",
            r"so $(W^\top W)^{c}_{12}=-(WW^\top)^{c}_{12}$ for every power $c>0$, with one sign for all $c$, and all "
            r"inner terms of the kernel (topic coupling-kernel) have the same sign",
            Identity(
                Rationals(("w11", "w21", "w22")),
                (Relation(gram, (w11 - w22) * w21), Relation(cogram, -((w11 - w22) * w21))),
                (
                    *on_mirror,
                    ("g12", Formula(w11 * w21 + w12 * w22)),
                    ("k12", Formula(w11 * w12 + w21 * w22)),
                ),
            ),
        ),
    )
    return Derivation(
        topic="reflected-flow",
        title="An obstruction of codimension one",
        statement=(
            r"For $2\times2$, full rank and diagonal observations of value 1 the balanced flow commutes with "
            r"$W\mapsto DW^\top "
            r"D$, "
            r"$D=\mathrm{diag}(1,-1)$, so the sign of $w_{12}+w_{21}$ is kept. If $w_{12}(0)=-w_{21}(0)$, every "
            r"zero-loss limit is $\begin{pmatrix}1&a\\-a&1\end{pmatrix}$, with determinant $1+a^2\ge1$ and stable rank "
            r"2, at every depth and every scale; for $L\ge3$ these flows are coupled if $w_{11}(0)\ne w_{22}(0)$ and "
            r"$w_{21}(0)\ne0$"
        ),
        scope=r"all depths $L\ge2$, $2\times2$, balanced starts of full rank",
        steps=steps,
        hypotheses=(involution, commuting, *symmetric),
        notation=(r"$A=(W^\top W)^{(L-\ell)/L}$ and $B=(WW^\top)^{(\ell-1)/L}$ in the first step",),
        uses=(
            "the flow's solution is unique",
            r"$(DXD)^c=DX^cD$ for positive semidefinite $X$; the power of a positive semidefinite $2\times2$ matrix is "
            r"a multiple of it plus a multiple of $I$, the former positive",
        ),
    )


def exceptional_starts() -> Derivation:
    """M5: conformal starts keep their rotation; negative ones and those of rank one stay away from zero loss."""
    r = Sym("r")
    powers = PowerLaws(("r",), ("L", "l", "p"))
    A_letters = Matrices(
        tuple((name, "n", "n") for name in ("A", "B", "G")),
        (Relation(A.T, A), Relation(B.T, B), Relation(G.T, G)),
    )
    x, y = Sym("x"), Sym("y")
    steps = (
        Step(
            r"(i) $W=\begin{pmatrix}p&-q\\q&p\end{pmatrix}$, $r=(p^2+q^2)^{1/2}$: $WW^\top=W^\top W=r^2I$ and "
            r"$G=(p-1)I$, so each of the $L$ terms of $\dot W$ is a multiple of $I$, the same for all $\ell$:",
            r"$(r^2)^{(L-\ell)/L}\,(p-1)\,(r^2)^{(\ell-1)/L}$",
            Identity(
                powers,
                (Relation((r**2) ** ((L - l) / L) * (p - 1) * (r**2) ** ((l - 1) / L), (p - 1) * r ** (2 - 2 / L)),),
            ),
        ),
        Step(
            r"So $\dot q=0$ and $\dot p=-L(p-1)\,r^{2-2/L}$ with $r\ge|q|$: if $q\ne0$, $p\to1$, and the limit "
            r"$\begin{pmatrix}1&-q\\q&1\end{pmatrix}$ has orthogonal columns of one length, so the stable rank 2:",
            "entries of the product with its transpose",
            Identity(
                Rationals(("q",)),
                (
                    Relation(w11**2 + w21**2, w12**2 + w22**2),
                    Relation(w11 * w12 + w21 * w22, ZERO),
                ),
                (
                    ("w11", Formula(formula(1))),
                    ("w12", Formula(-q)),
                    ("w21", Formula(q)),
                    ("w22", Formula(formula(1))),
                ),
            ),
        ),
        Step(
            r"(ii) From a symmetric start the flow stays symmetric: $WW^\top=W^\top W$, and the terms $\ell$ and "
            r"$L+1-\ell$ of $\dot W$ are transposes of each other:",
            r"with powers $A$, $B$ of $W^\top W$, all of them symmetric",
            Identity(A_letters, (Relation((A * G * B).T, B * G * A),)),
        ),
        Step(
            r"If $W(0)$ is negative definite it stays so, as no eigenvalue can cross zero (topic log-determinant); by "
            r"continuity in the start the same holds for negative semidefinite ones. Then $x=-w_{ii}\ge0$, and an "
            r"observed entry of value 1 contributes to twice the loss",
            r"$x^2+2x\ge0$",
            Inequality(Rationals(("x",)), Relation((-x - 1) ** 2, formula(1), ">="), (("x", Fraction(0), False),)),
        ),
        Step(
            r"so zero loss is not reached. In the same way a positive semidefinite start stays so, $x=w_{ii}\ge0$, and "
            r"an observed entry of value $-1$ contributes",
            r"$x^2+2x\ge0$",
            Inequality(Rationals(("x",)), Relation((x + 1) ** 2, formula(1), ">="), (("x", Fraction(0), False),)),
        ),
        Step(
            r"(iii) From $W(0)=\lambda e_1e_1^\top$ all layers are multiples of "
            r"$e_1e_1^\top$, and stay so, as $Ge_1=(\lambda-1)e_1$: $\lambda$ moves as the term for (i) with "
            r"$r=\lambda$, "
            r"$p=\lambda$. Written with the layers' entry $y=\lambda^{1/L}$, $\dot y=-(\lambda-1)y^{L-1}$ gives",
            r"power rule",
            Identity(
                PowerLaws(("y",), ("L",), (("y", -(y**L - 1) * y ** (L - 1)),)),
                (Relation(rate_of(y**L), -L * (y**L - 1) * (y**L) ** (2 - 2 / L)),),
            ),
        ),
        Step(
            r"so $\lambda\to1$, and the entry $w_{22}$ stays 0: the loss tends to",
            "substitution",
            Identity(
                Rationals(("w",)),
                (Relation(Sym("loss", r"\mathrm{loss}"), formula(Fraction(1, 2))),),
                (("loss", Formula(((formula(1) - 1) ** 2 + (formula(0) - 1) ** 2) / 2)),),
            ),
        ),
    )
    return Derivation(
        topic="exceptional-starts",
        title="Starts that stand apart in Menon's problem",
        statement=(
            r"Diagonal observations of value 1, balanced start, any depth $L\ge2$. (i) "
            r"$W(0)=\begin{pmatrix}p&-q\\q&p\end{pmatrix}$ with $q\ne0$ converges to "
            r"$\begin{pmatrix}1&-q\\q&1\end{pmatrix}$, of stable rank 2, however small the start is. (ii) A symmetric "
            r"negative semidefinite start never comes below loss $\tfrac12n$, and a positive semidefinite one never "
            r"below "
            r"$\tfrac12$ if a diagonal entry is observed as $-1$ instead. (iii) $W(0)=\lambda e_1e_1^\top$ with "
            r"$\lambda>0$ converges to $e_1e_1^\top$, which for $n=2$ has loss $\tfrac12$"
        ),
        scope=r"all depths $L\ge2$; (i) $2\times2$; (ii) all sizes; (iii) $2\times2$",
        steps=steps,
        hypotheses=(Relation(A.T, A), Relation(B.T, B), Relation(G.T, G)),
        uses=(
            "the flow's solution is unique and depends continuously on the start",
            "Grönwall's lemma: a quantity whose logarithmic rate is at most a negative constant decays exponentially",
        ),
    )
