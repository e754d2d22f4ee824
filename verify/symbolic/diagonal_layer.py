"""The model ``X = U diag(D) Uᵀ`` column by column: fixed points, curvature, the flow on the ball.

Statements of Hou, Sra & Yurtsever 2025 as reconstructed, for any differentiable loss: it enters through its symmetric
gradient ``G = ∇f(X)`` alone. Dimensions are symbols: n rows, r columns.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.balance import ZERO
from verify.symbolic.checks import Identity, Inequality, Matrices, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Relation, Sym, formula
from verify.symbolic.udu import ETA, GAMMA, MATRICES, SYMMETRIC, D, G, U, trace_of

X, K = Sym("X"), Sym("K")
V, Y, M = (Sym(name) for name in "VYM")
u, v, w, z, e, g = (Sym(name) for name in "uvwzeg")
LJ, LK = Sym("lj", r"\lambda_j", "λ_j"), Sym("lk", r"\lambda_k", "λ_k")
T, S, C, C0 = Sym("t"), Sym("s"), Sym("C"), Sym("C0", "C_0", "C₀")

_NOTATION = (
    r"$X=UDU^\top$, $D=\mathrm{diag}(\lambda_1,\dots,\lambda_r)\ge0$, $u_j$ the columns of $U$",
    r"$G=\nabla f(X)$, symmetric; $p_j=\|u_j\|^2$, $q_j=u_j^\top Gu_j$",
    r"the iteration: $\bar U=U-2\eta GUD$, $U^+=\bar U\min(1,\alpha/\|\bar U\|_F)$, "
    r"$\lambda_j^+=\max(\lambda_j-\eta q_j,0)$",
)


def columns() -> Derivation:
    """Which (U, D) are fixed, column by column, and what this says of X."""
    eigen = (
        Relation(LJ * trace_of(v.T * G * u), -GAMMA * trace_of(v.T * u)),
        Relation(LK * trace_of(u.T * G * v), -GAMMA * trace_of(u.T * v)),
    )
    pair = Matrices((("u", "n", 1), ("v", "n", 1), ("G", "n", "n")), (SYMMETRIC[0],), parameters=("lj", "lk", "gamma"))
    still = Relation(G * U * D, 0 * (G * U * D))
    steps = (
        Step(
            r"Let the projection act, $\bar U=(1+2\eta\gamma)\,U^+$ with $\gamma>0$. Then $U^+=U$ says "
            r"$GUD=-\gamma U$, because",
            r"expanded; $\eta>0$ and $\|U\|_F=\alpha$, so that $\|\bar U\|_F=\alpha(1+2\eta\gamma)$",
            Identity(
                Matrices(MATRICES, parameters=("eta", "gamma")),
                (Relation((1 + 2 * ETA * GAMMA) * U - (U - 2 * ETA * (G * U * D)), 2 * ETA * (GAMMA * U + G * U * D)),),
            ),
        ),
        Step(
            r"Columns $u=u_j$ and $v=u_k$ then satisfy $\lambda_jGu=-\gamma u$ and $\lambda_kGv=-\gamma v$: a column "
            r"with $\lambda_j=0$ is zero, and columns with different $\lambda$ are orthogonal, since",
            r"the two equations multiplied by $\lambda_kv^\top$ and $\lambda_ju^\top$ and subtracted; $G$ is symmetric",
            Identity(
                pair,
                (Relation(GAMMA * (LJ - LK) * trace_of(v.T * u), ZERO),),
                given=((eigen[1], LJ), (eigen[0], -LK)),
            ),
            assuming=eigen,
        ),
        Step(
            r"If the $\lambda$ step is fixed too, the projection does not act (topic udu-fixed-points), and $U^+=U$ "
            r"says $GUD=0$, that is $\lambda_jGu_j=0$ for every $j$. So "
            r"$(U,D)$ is fixed, for one $\eta$ and for all, exactly when $Gu_j=0$ for every $\lambda_j>0$ and "
            r"$q_j\ge0$ for every $\lambda_j=0$.",
            r"expanded; $\max(-\eta q_j,0)=0$ says $q_j\ge0$, and $\lambda_j-\eta q_j=\lambda_j$ follows from $Gu_j=0$",
            Identity(
                Matrices(MATRICES, parameters=("eta",)),
                (Relation(U - (U - 2 * ETA * (G * U * D)), 2 * ETA * (G * U * D)),),
            ),
        ),
        Step(
            r"At a fixed point $GX=0$: $X$ is stationary for the factorization $X=VV^\top$ as well.",
            r"$GX=(GUD)U^\top$",
            Identity(Matrices(MATRICES, (*SYMMETRIC[1:], still)), (Relation(G * (U * D * U.T), 0 * (G * G)),)),
            assuming=(*SYMMETRIC[1:], still),
        ),
        Step(
            r"Conversely every $X=VMV^\top\succeq0$ of rank at most $r$ with $GX=0$, $V$ orthonormal and $M>0$ "
            r"diagonal, "
            r"has a fixed point within any ball: $U=tV$, $D=t^{-2}M$, other columns zero.",
            r"the scale cancels; $GV=0$, because $GX\,V=GVM$ and $M$ is invertible",
            Identity(
                Matrices((("V", "n", "r"), ("M", "r", "r")), parameters=("t",)),
                (Relation((T * V) * ((1 / T**2) * M) * (T * V).T, V * M * V.T),),
            ),
        ),
    )
    return Derivation(
        topic="udu-columns",
        title="Fixed points of the UDU iteration, column by column",
        statement=(
            r"$(U,D)$ with $\|U\|_F\le\alpha$, $D\ge0$ is a fixed point if and only if for every $j$ either "
            r"$\lambda_j>0$ and $Gu_j=0$, or $\lambda_j=0$ and $u_j^\top Gu_j\ge0$; the projection never acts at one, "
            r"and "
            r"the matrices $X$ of fixed points are those with $\nabla f(X)X=0$, $X\succeq0$, $\operatorname{rank}X\le "
            r"r$"
        ),
        scope="all n, r, all differentiable f with symmetric gradient, all steps and radii",
        steps=steps,
        hypotheses=SYMMETRIC,
        notation=_NOTATION,
    )


def optimality() -> Derivation:
    """When a fixed point is a global minimum over the cone, and which directions of descent there are otherwise."""
    cone = Matrices((("G", "n", "n"), ("Y", "n", "m"), ("K", "n", "k")), (Relation(G, K * K.T),))
    balance = (Relation(U * D * z, 0 * (U * D * z)), Relation(z.T * D * U.T, 0 * (z.T * D * U.T)))
    moving = Matrices(
        (("U", "n", "r"), ("D", "r", "r"), ("w", "n", 1), ("z", "r", 1)), (SYMMETRIC[1], *balance), parameters=("t",)
    )
    shifted = U + T * (w * z.T)
    single = Matrices((("w", "n", 1), ("u", "n", 1), ("G", "n", "n")), (SYMMETRIC[0],), parameters=("t",))
    dead = u - T * (G * u)
    pinned = Relation(trace_of(u.T * G * u), ZERO)
    steps = (
        Step(
            r"Let $f$ be convex, $GX=0$ and $G=KK^\top\succeq0$. For every $Z=YY^\top$, $f(Z)-f(X)\ge\langle "
            r"G,Z-X\rangle="
            r"\langle G,Z\rangle$, and",
            r"the trace of a product does not depend on the cyclic order; a square",
            Identity(cone, (Relation(trace_of(G * Y * Y.T), trace_of((K.T * Y).T * (K.T * Y))),)),
            assuming=(Relation(G, K * K.T),),
        ),
        Step(
            r"If the active columns span a hyperplane with normal $w$, then $Gu_j=0$ leaves $G=g\,ww^\top$; a dead "
            r"column "
            r"off the hyperplane has $q_j\ge0$, so $g\ge0$ and $X$ is optimal:",
            r"substituted",
            Identity(
                Matrices(
                    (("w", "n", 1), ("u", "n", 1), ("G", "n", "n")), (Relation(G, g * (w * w.T)),), parameters=("g",)
                ),
                (Relation(trace_of(u.T * G * u), g * trace_of(w.T * u) ** 2),),
            ),
            assuming=(Relation(G, g * (w * w.T)),),
        ),
        Step(
            r"Let the active columns be linearly dependent, $UDz=0$ with $z\ne0$ supported on them. Along "
            r"$U+t\,wz^\top$",
            r"expanded. On the ball's boundary choose the sign of $t$, or scale back by $1+O(t^2)$, which $\langle "
            r"G,X\rangle=0$ makes harmless. So if $w^\top Gw<0$, $f$ decreases like $t^2(z^\top Dz)\,w^\top Gw$, and a "
            r"local minimum has "
            r"$G\succeq0$",
            Identity(
                moving,
                (Relation(shifted * D * shifted.T, U * D * U.T + T**2 * (w * (z.T * D * z) * w.T)),),
            ),
            assuming=(SYMMETRIC[1], *balance),
        ),
        Step(
            r"Let $u_j=0=\lambda_j$. Along $u_j=tw$, $\lambda_j=t$ the product moves by $t^3ww^\top$:",
            r"expanded; scaling back onto the ball changes $f$ by $O(t^4)$. So $w^\top Gw\ge0$ at a local minimum",
            Identity(single, (Relation(T * (T * w) * (T * w).T, T**3 * (w * w.T)),)),
            assuming=(SYMMETRIC[0],),
        ),
        Step(
            r"Let $\lambda_j=0$ and $q_j=0$, $u=u_j\ne0$. Along $u-tGu$, $\lambda_j=t^3$ the first order of $f$ is",
            r"expanded; $f$ decreases like $-2t^4\|Gu\|^2$, up to $t^5$ and (from second derivatives) $t^6$, unless "
            r"$Gu=0$",
            Identity(
                single,
                (
                    Relation(
                        T**3 * trace_of(dead.T * G * dead),
                        -2 * T**4 * trace_of(u.T * G * G * u) + T**5 * trace_of(u.T * G * G * G * u),
                    ),
                ),
                given=((pinned, T**3),),
            ),
            assuming=(SYMMETRIC[0], pinned),
        ),
        Step(
            r"and where $Gu=0$, along $u+tw$, $\lambda_j=t^3$ it is $t^5w^\top Gw$; so a local minimum has $G\succeq0$ "
            r"here "
            r"too. Hence at a local minimum that is not global the active columns are independent and $q_j>0$ for "
            r"every "
            r"dead one.",
            r"expanded; a column that stands on the ball's boundary is scaled back, which changes no sign",
            Identity(
                Matrices(
                    (("w", "n", 1), ("u", "n", 1), ("G", "n", "n")),
                    (SYMMETRIC[0], Relation(G * u, 0 * (G * u))),
                    parameters=("t",),
                ),
                (Relation(T**3 * trace_of((u + T * w).T * G * (u + T * w)), T**5 * trace_of(w.T * G * w)),),
            ),
            assuming=(SYMMETRIC[0], Relation(G * u, 0 * (G * u))),
        ),
        Step(
            r"For $f(X)=\tfrac12\|X-M\|_F^2$ and every $(U,D)$",
            r"expanded; $M$ and $D$ are symmetric. So where $-u_j^\top Mu_j>0$ for all $j$, every $(U,0)$ is a local "
            r"minimum",
            Identity(
                Matrices(
                    (("U", "n", "r"), ("D", "r", "r"), ("M", "n", "n")),
                    (Relation(M.T, M), SYMMETRIC[1]),
                ),
                (
                    Relation(
                        trace_of((U * D * U.T - M).T * (U * D * U.T - M)) / 2 - trace_of(M.T * M) / 2,
                        -trace_of(D * U.T * M * U) + trace_of((U * D * U.T).T * (U * D * U.T)) / 2,
                    ),
                ),
            ),
            assuming=(Relation(M.T, M), SYMMETRIC[1]),
        ),
    )
    return Derivation(
        topic="udu-optimality",
        title="When fixed points of the UDU model are optimal",
        statement=(
            r"For convex $f$, $X$ with $GX=0$ is a global minimum over $X\succeq0$ if $G\succeq0$; at a local minimum "
            r"that "
            r"is not global the active columns are linearly independent and every dead column has $u_j^\top Gu_j>0$"
        ),
        scope="all n, r, all convex f with two continuous derivatives, all radii",
        steps=steps,
        hypotheses=(SYMMETRIC[1],),
        notation=(
            *_NOTATION,
            r"column $j$ is active where $\lambda_j>0$, dead where $\lambda_j=0$",
        ),
        uses=("Taylor's theorem for $f$ along curves",),
    )


def flow() -> Derivation:
    """The loss along the flow with its constraints, and where the flow rests."""
    mu, E = Sym("mu", r"\mu", "μ"), Sym("E", r"\dot{D}", "D'")
    moving = Sym("V", r"\dot{U}", "U'")
    q, rate = Sym("q", "q_j", "q_j"), Sym("x", r"\dot{\lambda}_j", "λ_j'")
    letters = (*MATRICES, ("V", "n", "r"), ("E", "r", "r"))
    law = Relation(G * U * D, formula(Fraction(-1, 2)) * moving - (mu / 2) * U)
    resting = Relation(G * U * D, -(mu / 2) * U)
    tangent = Relation(mu * trace_of(moving.T * U), ZERO)
    steps = (
        Step(
            r"The flow is $\dot U=-2GUD-\mu U$, $\dot\lambda_j=-q_j$, or $\dot\lambda_j=0$ where $\lambda_j=0$ and "
            r"$q_j>0$. "
            r"Along it $f$ has the rate $\langle G,\dot X\rangle$, which is",
            r"product rule for $X=UDU^\top$; $G$ and $D$ are symmetric, traces invariant under rotation",
            Identity(
                Matrices(letters, SYMMETRIC),
                (
                    Relation(
                        trace_of(G * (moving * D * U.T + U * E * U.T + U * D * moving.T)),
                        2 * trace_of(moving.T * G * U * D) + trace_of(E * U.T * G * U),
                    ),
                ),
            ),
        ),
        Step(
            r"In the first term the multiplier drops out: either $\mu=0$, or the flow stays on the sphere, so that "
            r"$\operatorname{tr}(\dot U^\top U)=0$. In both cases $\mu\operatorname{tr}(\dot U^\top U)=0$, and",
            r"the flow, inserted",
            Identity(
                Matrices(letters, (*SYMMETRIC, law), parameters=("mu",)),
                (Relation(2 * trace_of(moving.T * G * U * D), -trace_of(moving.T * moving)),),
                given=((tangent, formula(-1)),),
            ),
            assuming=(*SYMMETRIC, law, tangent),
        ),
        Step(
            r"The second term is $\sum_j\dot\lambda_jq_j$, and each summand is $-\dot\lambda_j^2$, also where the "
            r"weight is "
            r"clamped and both are 0. So $\dot f=-\|\dot U\|_F^2-\|\dot D\|_F^2$.",
            r"$q_j=-\dot\lambda_j$ where the weight is not clamped",
            Identity(
                Rationals(("q", "x")),
                (Relation(rate * q, -(rate**2)),),
                given=((Relation(rate, -q), rate),),
            ),
            assuming=(Relation(rate, -q),),
        ),
        Step(
            r"Where the flow rests, $\lambda_jq_j=0$ for every $j$, and",
            r"$\dot U=0$, multiplied by $U^\top$; so $\mu\|U\|^2=-2\sum_j\lambda_jq_j=0$, hence $\mu=0$ and $GUD=0$: "
            r"the "
            r"points at rest are the fixed points of the iteration (topic udu-columns)",
            Identity(
                Matrices(MATRICES, (*SYMMETRIC, resting), parameters=("mu",)),
                (Relation(2 * trace_of(U.T * G * U * D), -mu * trace_of(U.T * U)),),
            ),
            assuming=(*SYMMETRIC, resting),
        ),
    )
    return Derivation(
        topic="udu-flow",
        title="The UDU flow descends, and rests at the fixed points",
        statement=(
            r"Along the flow with its constraints $\tfrac{d}{dt}f(X)=-\|\dot U\|_F^2-\|\dot D\|_F^2$; it rests exactly "
            r"where "
            r"$Gu_j=0$ or $\lambda_j=0\le u_j^\top Gu_j$ for every $j$"
        ),
        scope="all n, r, all differentiable f with symmetric gradient, all radii",
        steps=steps,
        hypotheses=SYMMETRIC,
        notation=(
            *_NOTATION,
            r"$\mu=\max(0,-\tfrac2{\alpha^2}\sum_k\lambda_kq_k)$ on the sphere $\|U\|_F=\alpha$, else 0",
        ),
    )


def on_the_ball() -> Derivation:
    """The flow while the ball is active: what is conserved, and who wins."""
    lam, p = Sym("lambda", r"\lambda", "λ"), Sym("p")
    alpha2, mu = Sym("a2", r"\alpha^2", "α²"), Sym("mu", r"\mu", "μ")
    sphere = Relation(trace_of(e.T * p), alpha2)
    spread = trace_of(e.T * e) * trace_of(lam.T * lam) - trace_of(e.T * lam) ** 2
    logs = 4 * trace_of(e.T * lam) - 4 * trace_of(e.T * e) * trace_of(lam.T * p) / alpha2
    aligned = Matrices((("lambda", "r", 1), ("p", "r", 1), ("e", "r", 1)), parameters=("a2",), rates=(("lambda", p),))
    squared = Relation(S, (p - C) / 2)
    bound = Relation(C, C0, "<=")
    steps = (
        Step(
            r"$C_j=p_j-2\lambda_j^2$ never grows (topic udu-invariants), $C_j\le C_j(0)=C_0$, and "
            r"$s=\lambda_j^2=(p_j-C_j)/2$ keeps above",
            r"$C\le C_0$; for $C_0<0$ (as for $D(0)=I$, $\|u_j(0)\|^2<2$) the bound is positive, so $\lambda_j$ never "
            r"reaches 0 and is never clamped",
            Inequality(
                Rationals(("p", "C", "C0", "s")),
                Relation(S, (p - C0) / 2, ">="),
                given=((squared, formula(1)), (bound, formula(Fraction(1, 2)))),
            ),
            assuming=(squared, bound),
        ),
        Step(
            r"A dead column, $\lambda_jq_j=0$, shrinks while the ball is active: with $\dot p_j=-2\mu p_j$ and "
            r"$\tfrac{d}{dt}\|D\|^2=\alpha^2\mu$ the product $p_je^{2\|D\|^2/\alpha^2}$ is constant, since its "
            r"logarithm has the "
            r"rate",
            r"$p_j>0$; chain rule",
            Identity(Rationals(("mu", "p", "a2")), (Relation((-2 * mu * p) / p + (2 / alpha2) * (alpha2 * mu), ZERO),)),
        ),
        Step(
            r"Let all columns be multiples of one vector $w$, and let time run so that $\lambda_j'=p_j$. Then "
            r"$p_j'=4p_j(\lambda_j-\lambda^\top p/\alpha^2)$; with $e$ the vector of ones, "
            r"$\sum_{i<j}(\lambda_i-\lambda_j)^2=r\,\lambda^\top\lambda-(e^\top\lambda)^2$, $r=e^\top e$, has the rate",
            r"product rule",
            Identity(
                aligned,
                (
                    Relation(
                        Call("rate", (spread,)),
                        2 * trace_of(e.T * e) * trace_of(lam.T * p) - 2 * trace_of(e.T * lam) * trace_of(e.T * p),
                    ),
                ),
            ),
        ),
        Step(
            r"so that $\sum_j\ln p_j+\frac{2}{\alpha^2}\sum_{i<j}(\lambda_i-\lambda_j)^2$ is constant:",
            r"$\sum_jp_j'/p_j$ and the rate just found; $e^\top p=\sum_jp_j=\alpha^2$ on the sphere",
            Identity(
                aligned,
                (Relation(logs + (2 / alpha2) * Call("rate", (spread,)), ZERO),),
                given=((sphere, -4 * trace_of(e.T * lam) / alpha2),),
            ),
            assuming=(sphere,),
        ),
    )
    return Derivation(
        topic="udu-ball",
        title="The UDU flow on the boundary of the ball",
        statement=(
            r"$\tfrac{d}{dt}(\|u_j\|^2-2\lambda_j^2)=-2\mu\|u_j\|^2\le0$, so $\lambda_j(t)^2\ge(p_j(t)-C_j(0))/2$; "
            r"dead columns "
            r"conserve $p_je^{2\|D\|^2/\alpha^2}$; parallel columns conserve "
            r"$\sum_j\ln p_j+\tfrac2{\alpha^2}\sum_{i<j}(\lambda_i-\lambda_j)^2$"
        ),
        scope="all n, r, all differentiable f with symmetric gradient, all radii",
        steps=steps,
        notation=(
            *_NOTATION,
            r"$\mu=\max(0,-\tfrac2{\alpha^2}\sum_k\lambda_kq_k)$ on the sphere $\|U\|_F=\alpha$, else 0",
        ),
        uses=("Grönwall's lemma, for a rate of one sign",),
    )


def no_rank_drop() -> Derivation:
    """No column and no weight of the UDU flow reaches zero; the factorization ``UUᵀ`` keeps its rank exactly."""
    p, q, mu, bound = Sym("p"), Sym("q"), Sym("mu", r"\mu", "μ"), Sym("b")
    below = Relation(q, bound * p, "<=")
    steps = (
        Step(
            r"Burer and Monteiro's iteration for $X=UU^\top$ multiplies by a matrix: the rank of $U$ is kept as long "
            r"as "
            r"$I-2\eta G$ is regular, and for square $U$ the determinant is multiplied by $\det(I-2\eta G)$.",
            r"$I$ is the identity; the determinant of a product is the product of the determinants",
            Identity(
                Matrices((("U", "n", "r"), ("G", "n", "n")), identities=(("I", "n"),), parameters=("eta",)),
                (Relation(U - 2 * ETA * (G * U), (Sym("I") - 2 * ETA * G) * U),),
            ),
        ),
        Step(
            r"In the UDU flow $\dot p_j=-4\lambda_jq_j-2\mu p_j$, and $|q_j|\le b\,p_j$ with $b=\|G\|_2$. So",
            r"$\lambda_j\ge0$; hence $p_j(t)\ge p_j(0)\,e^{-\int(4\lambda_jb+2\mu)}>0$ for all $t$",
            Inequality(
                Rationals(("p", "q", "lj", "mu", "b")),
                Relation(-4 * LJ * q - 2 * mu * p, -(4 * LJ * bound + 2 * mu) * p, ">="),
                bounds=(("lj", Fraction(0), False),),
                given=((below, 4 * LJ),),
            ),
            assuming=(below,),
        ),
        Step(
            r"A step of the iteration in which $2\eta\lambda_jb<1$ keeps a column, since $\|u-2\eta\lambda_jGu\|^2\ge "
            r"p_j-4\eta\lambda_jq_j+(2\eta\lambda_jq_j)^2/p_j$ by Cauchy's inequality, and this is",
            r"$q_j\ne p_j/(2\eta\lambda_j)$, because $|q_j|\le b\,p_j$; the projection only scales",
            Identity(
                Rationals(("p", "q", "lj", "eta")),
                (Relation(p - 4 * ETA * LJ * q + (2 * ETA * LJ * q) ** 2 / p, (p - 2 * ETA * LJ * q) ** 2 / p),),
            ),
        ),
    )
    return Derivation(
        topic="udu-no-rank-drop",
        title="No column of the UDU model vanishes in finite time",
        statement=(
            r"$\|u_j(t)\|>0$ for all $t$ if it is at the start; in the iteration, as long as "
            r"$2\eta\lambda_j\|G\|_2<1$. "
            r"The iteration of $X=UU^\top$ keeps $\operatorname{rank}U$ as long as $I-2\eta G$ is regular"
        ),
        scope="all n, r, all differentiable f with symmetric gradient, all radii",
        steps=steps,
        notation=(*_NOTATION, r"$\mu\ge0$ as in topic udu-ball"),
        uses=("Grönwall's lemma", "the determinant is multiplicative", "Cauchy's inequality"),
    )
