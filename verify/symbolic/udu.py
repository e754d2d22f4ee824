"""The factorization ``X = U D Uᵀ`` with diagonal D ≥ 0 and U in a ball: fixed points and invariants, all dimensions.

The loss enters through its gradient ``G = ∇f(X)`` alone. D is a letter of which only symmetry is used; what needs it to
be diagonal is said column by column, with ``u = U e_j`` and ``D e_j = λ e_j``; the scalar λ is a 1 by 1 letter, because
its rate ``−uᵀGu`` is a number made of matrices.
"""

from __future__ import annotations

from functools import lru_cache

from verify.arithmetic import Program, ProgramBuilder, pullback
from verify.symbolic.balance import ZERO, derivative
from verify.symbolic.checks import Definitions, Formula, FromProgram, Identity, Matrices, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Relation, Sym, formula

G, U, D = Sym("G"), Sym("U"), Sym("D")
GU, GD = Sym("gU", r"\nabla_{\!U}F", "∇_U F"), Sym("gD", r"\nabla_{\!D}F", "∇_D F")
ETA, GAMMA, ALPHA, MU = (
    Sym("eta", r"\eta", "η"),
    Sym("gamma", r"\gamma", "γ"),
    Sym("alpha", r"\alpha", "α"),
    Sym("mu", r"\mu", "μ"),
)
MATRICES = (("U", "n", "r"), ("D", "r", "r"), ("G", "n", "n"))
SYMMETRIC = (Relation(G.T, G), Relation(D.T, D))
_SETTING = (
    r"$X=UDU^\top$, $G=\nabla f(X)$ symmetric, $D=\operatorname{diag}(\lambda_1,\dots,\lambda_r)\ge0$, "
    r"$F(U,D)=f(X)$; "
    r"$u_j$ is the $j$-th column of $U$"
)


@lru_cache(maxsize=1)
def _model() -> Program:
    build = ProgramBuilder()
    u, d = build.parameter("U", "n", "r"), build.parameter("D", "r", "r")
    return build.build(product=build.product(build.product(u, d), build.transpose(u)))


def _gradients() -> Definitions:
    swept = pullback(_model(), "product", seed="E")
    return (("gU", FromProgram(swept, "dU", inputs=(("E", G),))), ("gD", FromProgram(swept, "dD", inputs=(("E", G),))))


def trace_of(of: Expr) -> Call:
    """``tr(of)``."""
    return Call("trace", (of,))


def _gradient_step() -> Step:
    return Step(
        r"The gradients of $F$ are, on the diagonal of $D$ as in all of it,",
        r"adjoint sweep over the program of $UDU^\top$ with the seed $G$; $G$ and $D$ are symmetric",
        Identity(
            Matrices(MATRICES, SYMMETRIC),
            (Relation(GU, 2 * (G * U * D)), Relation(GD, U.T * G * U)),
            _gradients(),
        ),
    )


def fixed_points() -> Derivation:
    """A fixed point never lies where the projection is active; a stationary point of any ball has a zero gradient."""
    before = Sym("Ubar", r"\bar{U}", "Ū")
    plain = Matrices(MATRICES, parameters=("eta", "gamma"))
    definitions: Definitions = (("Ubar", Formula(U - 2 * ETA * (G * U * D))),)
    scaled = Relation(before, (1 + 2 * ETA * GAMMA) * U)
    eigen = Relation(G * U * D, -GAMMA * U)
    energy = Relation(trace_of(D * U.T * G * U), -GAMMA * trace_of(U.T * U))
    complementary = Relation(trace_of(D * U.T * G * U), ZERO)
    sphere = Relation(trace_of(U.T * U), ALPHA**2)
    lam, q = Sym("l", r"\lambda", "λ"), Sym("q")
    small = Sym("eps", r"\varepsilon", "ε")
    steps = (
        _gradient_step(),
        Step(
            r"The step before the projection is $\bar U=U-\eta\nabla_{\!U}F$, that is",
            "the gradient, inserted",
            Identity(
                Matrices(MATRICES, SYMMETRIC, parameters=("eta",)),
                (Relation(U - ETA * GU, U - 2 * ETA * (G * U * D)),),
                _gradients(),
            ),
        ),
        Step(
            r"Suppose that the projection is active at a fixed point: $\lVert\bar U\rVert_F>\alpha$ and "
            r"$U=\alpha\bar U/\lVert\bar U\rVert_F$. With $\gamma=(\lVert\bar U\rVert_F/\alpha-1)/(2\eta)>0$ this "
            r"reads "
            r"$\bar U=(1+2\eta\gamma)U$, so that, column by column, $\lambda_jGu_j=-\gamma u_j$:",
            r"divided by $2\eta>0$; no symmetry of $G$ is used from here on",
            Identity(plain, (eigen,), definitions, given=((scaled, -1 / (2 * ETA)),)),
        ),
        Step(
            r"Multiplied by $U^\top$, under the trace,",
            "the previous step; traces are invariant under rotation",
            Identity(Matrices(MATRICES, (eigen,), parameters=("gamma",)), (energy,)),
        ),
        Step(
            r"The step of $D$ stands still, $\lambda=\max(\lambda-\eta q,0)$ with $q=u_j^\top Gu_j$: so "
            r"$\lambda=0$, or "
            r"$\lambda=\lambda-\eta q$ and",
            r"divided by $\eta>0$; in both cases $\lambda_jq_j=0$, and $\operatorname{tr}(DU^\top "
            r"GU)=\sum_j\lambda_jq_j=0$",
            Identity(
                Rationals(("l", "q", "eta")),
                (Relation(lam * q, ZERO),),
                given=((Relation(lam, lam - ETA * q), lam / ETA),),
            ),
            assuming=(Relation(lam, lam - ETA * q),),
        ),
        Step(
            r"With $\operatorname{tr}(DU^\top GU)=0$ and $\lVert U\rVert_F^2=\alpha^2$ follows the contradiction to "
            r"$\gamma>0$, $\alpha>0$",
            r"the energy, less the complementarity, less $\gamma$ times the radius",
            Identity(
                Matrices(MATRICES, parameters=("gamma", "alpha")),
                (Relation(GAMMA * ALPHA**2, ZERO),),
                given=((energy, formula(1)), (complementary, formula(-1)), (sphere, -GAMMA)),
            ),
        ),
        Step(
            r"For a ball of any norm, at a stationary point: by Euler's identity the gradients satisfy",
            r"traces are invariant under rotation; $X$ is quadratic in $U$ and linear in $D$",
            Identity(
                Matrices(MATRICES, SYMMETRIC),
                (Relation(Call("inner", (U, GU)), 2 * Call("inner", (D, GD))),),
                _gradients(),
            ),
        ),
        Step(
            r"and by complementarity, $\lambda_jq_j=0$, both sides are zero. So "
            r"$\langle\nabla_{\!U}F,V-U\rangle\ge0$ for "
            r"all $V$ in the ball says $\langle\nabla_{\!U}F,V\rangle\ge0$, also for "
            r"$V=-\varepsilon\nabla_{\!U}F$ with a "
            r"small $\varepsilon>0$, where",
            r"linearity; so $\nabla_{\!U}F=0$: the ball's surface makes no new stationary points",
            Identity(
                Matrices(MATRICES, SYMMETRIC, parameters=("eps",)),
                (Relation(Call("inner", (GU, -small * GU)), -small * trace_of(GU.T * GU)),),
                _gradients(),
            ),
        ),
    )
    return Derivation(
        topic="udu-fixed-points",
        title="Fixed points with D and a norm ball",
        statement=(
            r"Projected gradient descent on $f(UDU^\top)$ over $\lVert U\rVert_F\le\alpha$, $D\ge0$ diagonal, has no "
            r"fixed point at which the projection of $U$ is active; for the ball of any norm a stationary point has "
            r"$\nabla_{\!U}F=0$"
        ),
        scope=r"all dimensions n, r, step sizes, radii and differentiable f, convex or not",
        steps=steps,
        hypotheses=(*SYMMETRIC, scaled, complementary, sphere),
        notation=(
            _SETTING,
            r"$\bar U$ is the step before the projection; the last three hypotheses are those of an active fixed "
            r"point",
        ),
    )


def invariants() -> Derivation:
    """``‖u_j‖² − 2λ_j²`` is conserved inside the ball, falls on its surface, and drifts by an exact square in "
    "steps."""
    e, u, lam = Sym("e"), Sym("u"), Sym("l", r"\lambda", "λ")
    column = (Relation(G.T, G), Relation(D * e, e * lam))
    du, dl = Sym("u'", r"\dot{u}"), Sym("l'", r"\dot{\lambda}", "λ'")
    letters = (("u", "n", 1), ("l", 1, 1), ("G", "n", "n"))
    force = -2 * (G * u * lam) - MU * u
    flow: Definitions = (("u'", Formula(force)), ("l'", Formula(-(u.T * G * u))))
    moving = Matrices(letters, (Relation(G.T, G),), parameters=("mu",), rates=(("u", du), ("l", dl)))
    invariant = trace_of(u.T * u) - 2 * trace_of(lam * lam)
    next_u, next_l = Sym("u+", "u^{+}", "u⁺"), Sym("l+", r"\lambda^{+}", "λ⁺")
    stepped: Definitions = (
        ("u+", Formula(u - 2 * ETA * (G * u * lam))),
        ("l+", Formula(lam - ETA * (u.T * G * u))),
    )
    discrete = Matrices(letters, (Relation(G.T, G),), parameters=("eta", "c"))
    factor, q = Sym("c"), trace_of(u.T * G * u)
    gain = 4 * ETA**2 * trace_of((G * u * lam).T * (G * u * lam)) - 2 * ETA**2 * q * q
    after = trace_of(next_u.T * next_u) - 2 * trace_of(next_l * next_l)
    shrunk = factor**2 * trace_of(next_u.T * next_u) - 2 * trace_of(next_l * next_l)
    steps = (
        _gradient_step(),
        Step(
            r"In the $j$-th column, $u=Ue_j$ and $De_j=\lambda e_j$, the gradient is $2\lambda Gu$, and the "
            r"diagonal entry of "
            r"$\nabla_{\!D}F$ is $q=u^\top Gu$:",
            r"the previous step, multiplied by $e_j$",
            Identity(
                Matrices((*MATRICES, ("e", "r", 1), ("l", 1, 1)), (*SYMMETRIC, column[1])),
                (
                    Relation(GU * e, 2 * (G * (U * e) * lam)),
                    Relation(e.T * GD * e, (U * e).T * G * (U * e)),
                ),
                _gradients(),
            ),
        ),
        Step(
            r"The gradient flow in the ball, with the multiplier $\mu\ge0$ of its surface ($\mu=0$ inside), is "
            r"$\dot\lambda=-u^\top Gu$ and",
            "definition",
            Identity(moving, (Relation(du, force), Relation(dl, -(u.T * G * u))), flow),
        ),
        Step(
            r"so that $C=\lVert u\rVert^2-2\lambda^2$ is constant inside the ball and decreases on its surface:",
            "product rule; numbers commute",
            Identity(moving, (Relation(derivative(invariant), -2 * MU * trace_of(u.T * u)),), flow),
        ),
        Step(
            r"One step of descent without projections, $u^+=u-2\eta\lambda Gu$ and $\lambda^+=\lambda-\eta q$, "
            r"changes $C$ "
            r"by exactly",
            "the terms of first order cancel",
            Identity(discrete, (Relation(after - invariant, gain),), stepped),
        ),
        Step(
            r"and if the ball then shrinks $u^+$ by a factor $c\le1$, by that less $(1-c^2)\lVert u^+\rVert^2\ge0$:",
            "linearity",
            Identity(
                discrete,
                (Relation(shrunk - invariant, gain - (1 - factor**2) * trace_of(next_u.T * next_u)),),
                stepped,
            ),
        ),
    )
    return Derivation(
        topic="udu-invariants",
        title="What the flow of U and D keeps",
        statement=(
            r"Along the gradient flow of $f(UDU^\top)$ each $C_j=\lVert u_j\rVert^2-2\lambda_j^2$ is constant "
            r"inside the "
            r"ball, and $\dot C_j=-2\mu\lVert u_j\rVert^2\le0$ on its surface; a step of descent changes it by "
            r"exactly "
            r"$\eta^2(4\lambda_j^2\lVert Gu_j\rVert^2-2q_j^2)$, $q_j=u_j^\top Gu_j$, before projection"
        ),
        scope="all dimensions n, r, starts, step sizes and differentiable f",
        steps=steps,
        hypotheses=(*SYMMETRIC, column[1]),
        notation=(
            _SETTING,
            r"where $\lambda_j=0$ is clamped, $\dot\lambda_j=0$ and $\dot u_j=-\mu u_j$, so that the law holds as "
            r"well",
        ),
    )
