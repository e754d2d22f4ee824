"""Singular values and vectors along the balanced flow, and the metric behind it.

Singular vectors are columns u, v with ``Wv = σu``, ``Wᵀu = σv``; ``H = W_N W_Nᵀ`` and ``K = W_1ᵀ W_1`` are the N-th
roots of ``WWᵀ`` and ``WᵀW``, so that ``Hu = μu``, ``Kv = μv`` with ``μ = σ^{2/N}``. Everything holds in all dimensions;
sums over the layers are decided term by term with symbolic N and j, and once more in words at one depth.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.balance import ZERO, derivative
from verify.symbolic.checks import Definitions, Formula, Identity, Inequality, Matrices, PowerLaws, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Relation, Sym, formula, total
from verify.symbolic.matrix_flow import flanked

ONE, TWO = formula(1), formula(2)
G, H, K, W, M = (Sym(name) for name in "GHKWM")
N, J = Sym("N"), Sym("j")
U, V = Sym("U"), Sym("V")
u, v = Sym("u"), Sym("v")
du, dv, dW = Sym("u'", r"\dot{u}"), Sym("v'", r"\dot{v}"), Sym("W'", r"\dot{W}")
SIGMA, MU = Sym("sigma", r"\sigma", "σ"), Sym("mu", r"\mu", "μ")
SIGMA_R, SIGMA_S = Sym("sigma_r", r"\sigma_{r}", "σ_r"), Sym("sigma_s", r"\sigma_{s}", "σ_s")
MU_R, MU_S = Sym("mu_r", r"\mu_{r}", "μ_r"), Sym("mu_s", r"\mu_{s}", "μ_s")
_BALANCED = (
    r"$W'$ is the flow of the product of balanced layers (topic end-to-end-all-depths): "
    r"$\dot W=-\sum_{j=1}^{N}H^{N-j}\,G\,K^{j-1}$ with $H=(WW^\top)^{1/N}$, $K=(W^\top W)^{1/N}$, $G=\nabla l(W)$"
)
_MEANING = r"$\mu=\sigma^{2/N}$, so that $Hu=\mu u$ and $Kv=\mu v$ because $WW^\top u=\sigma^2u$, $W^\top Wv=\sigma^2v$"


def end_to_end_formula(depth: int, left: Expr = H, right: Expr = K) -> Expr:
    """``−Σ_j left^{N−j} G right^{j−1}``, written out."""
    return total(*(-flanked(left, depth - j, G, right, j - 1) for j in range(1, depth + 1)))


def preconditioned(depth: int, middle: Expr, left: Expr = H, right: Expr = K) -> Expr:
    """``Σ_j left^{N−j} middle right^{j−1}``, written out."""
    return total(*(flanked(left, depth - j, middle, right, j - 1) for j in range(1, depth + 1)))


def _trace(of: Expr) -> Call:
    return Call("trace", (of,))


# ---------------------------------------------------------------------------------------------------------------------
# Singular values


def singular_values(depth: int) -> Derivation:
    """``σ_r' = −N (σ_r²)^{1−1/N} ⟨∇l(W), u_r v_rᵀ⟩`` for balanced layers of any depth."""
    vectors = (("u", "d", 1), ("v", "e", 1), ("u'", "d", 1), ("v'", "e", 1), ("W", "d", "e"), ("W'", "d", "e"))
    singular = (Relation(W * v, SIGMA * u), Relation(u.T * W, SIGMA * v.T))
    unit = (Relation(_trace(u.T * du), ZERO), Relation(_trace(v.T * dv), ZERO))
    free = Matrices(vectors, singular, parameters=("sigma",), rates=(("u", du), ("v", dv), ("W", dW)))
    roots = (Relation(u.T * H, MU * u.T), Relation(K * v, MU * v))
    letters = (("u", "d", 1), ("v", "e", 1), ("G", "d", "e"), ("H", "d", "d"), ("K", "e", "e"))
    settled = Matrices(letters, roots, parameters=("mu",))
    x = Sym("X")
    powers = PowerLaws(("sigma",), ("N", "j"))
    slope = _trace(u.T * G * v)
    steps = (
        Step(
            r"Differentiating $\lVert u\rVert^2=\lVert v\rVert^2=1$ gives $u^\top\dot u=v^\top\dot v=0$. So the "
            r"singular value $\sigma=u^\top Wv$ moves by the change of $W$ alone:",
            r"product rule; $Wv=\sigma u$ and $u^\top W=\sigma v^\top$ leave $\sigma\,u^\top\dot "
            r"u+\sigma\,v^\top\dot v$",
            Identity(
                free,
                (Relation(derivative(_trace(u.T * W * v)), _trace(u.T * dW * v)),),
                given=((unit[0], SIGMA), (unit[1], SIGMA)),
            ),
        ),
        Step(
            r"Each factor $H$ at the left of $\dot W$, and each factor $K$ at its right, is a factor $\mu$:",
            r"$u^\top H=\mu u^\top$ and $Kv=\mu v$; $X$ stands for what is left of the term",
            Identity(
                Matrices((*letters, ("X", "d", "e")), roots, parameters=("mu",)),
                (
                    Relation(_trace(u.T * H * x * v), MU * _trace(u.T * x * v)),
                    Relation(_trace(u.T * x * K * v), MU * _trace(u.T * x * v)),
                ),
            ),
        ),
        Step(
            r"With $\mu=\sigma^{2/N}$ the term of layer $j$ has the factor $\mu^{N-j}\mu^{j-1}$, the same for all "
            r"$N$ "
            r"layers (for $N=1$ it is $1$, also at $\sigma=0$):",
            "powers with symbolic exponents",
            Identity(
                powers,
                (
                    Relation((SIGMA ** (2 / N)) ** (N - J) * (SIGMA ** (2 / N)) ** (J - 1), SIGMA ** (2 - 2 / N)),
                    Relation((SIGMA**2) ** (1 - 1 / N), SIGMA ** (2 - 2 / N)),
                ),
            ),
        ),
        Step(
            f"Written out at depth $N={depth}$:",
            r"the rules $u^\top H=\mu u^\top$ and $Kv=\mu v$, used until they end",
            Identity(
                settled,
                (Relation(_trace(u.T * dW * v), -depth * MU ** (depth - 1) * slope if depth > 1 else -slope),),
                (("W'", Formula(end_to_end_formula(depth))),),
            ),
        ),
    )
    return Derivation(
        topic="singular-values",
        title="Singular values along the flow",
        statement=(
            r"Along the flow of balanced layers of depth $N$, with an analytic singular value decomposition "
            r"$W=\sum_r\sigma_ru_rv_r^\top$, the singular values move as "
            r"$\dot\sigma_r=-N(\sigma_r^2)^{1-1/N}\,\langle\nabla l(W),u_rv_r^\top\rangle$"
        ),
        scope=f"all depths, dimensions and balanced starts; the sum over the layers written out at depth {depth}",
        steps=steps,
        hypotheses=(*singular, *unit, *roots),
        notation=(_MEANING, _BALANCED),
        uses=(
            "analytic losses have an analytic singular value decomposition along the flow; its singular values may "
            "change sign and order at N = 1, and for N ≥ 2 none changes its sign (topic rank-law)",
        ),
        options={"depth": depth},
    )


# ---------------------------------------------------------------------------------------------------------------------
# Singular vectors


def singular_vectors() -> Derivation:
    """``U'`` and ``V'`` for distinct singular values that are not zero, all depths and dimensions."""
    g_rs, g_sr = Sym("g_rs", "g_{rs}"), Sym("g_sr", "g_{sr}")
    a, b, weight, f = Sym("A_rs", "A_{rs}"), Sym("B_rs", "B_{rs}"), Sym("w_rs", "w_{rs}"), Sym("F_rs", "F_{rs}")
    field = Rationals(("sigma_r", "sigma_s", "mu_r", "mu_s", "g_rs", "g_sr"))
    named: Definitions = (
        ("w_rs", Formula((SIGMA_R**2 - SIGMA_S**2) / (MU_R - MU_S))),
        ("F_rs", Formula(1 / (MU_S - MU_R))),
        ("A_rs", Formula(-f * (g_rs * SIGMA_S + SIGMA_R * g_sr))),
        ("B_rs", Formula(-f * (SIGMA_R * g_rs + g_sr * SIGMA_S))),
    )
    two = PowerLaws(("mu_r", "mu_s"), ("N", "j"))
    c, d, s_ = Sym("C"), Sym("D"), Sym("S")
    dU, dV, dS = Sym("U'", r"\dot{U}"), Sym("V'", r"\dot{V}"), Sym("S'", r"\dot{S}")
    frames = (
        ("U", "d", "k"), ("V", "e", "k"), ("S", "k", "k"), ("M", "k", "k"), ("G", "d", "e"), ("C", "k", "k"),
        ("D", "k", "k"), ("U'", "d", "k"), ("V'", "e", "k"), ("S'", "k", "k"),
    )  # fmt: skip
    identity = Sym("I_k", "I", "I")
    orthonormal = (Relation(U.T * U, identity), Relation(V.T * V, identity))
    turning = (Relation(U.T * dU, c - c.T), Relation(V.T * dV, d - d.T))
    flipped = (Relation(dV.T * V, d.T - d),)
    moved = derivative(U * s_ * V.T)
    outer, inner = Sym("I_d", "I", "I"), Sym("I_e", "I", "I")
    steps = (
        Step(
            r"Since $U^\top U=I$ and $V^\top V=I$, the matrices $U^\top\dot U=C-C^\top$ and $V^\top\dot V=D-D^\top$ "
            r"are skew-symmetric. In the frame of the singular vectors the product $W=USV^\top$ moves as",
            "product rule",
            Identity(
                Matrices(
                    frames,
                    (*orthonormal, *turning, *flipped),
                    (("I_k", "k"),),
                    rates=(("U", dU), ("V", dV), ("S", dS)),
                ),
                (Relation(U.T * moved * V, (c - c.T) * s_ + dS - s_ * (d - d.T)),),
            ),
        ),
        Step(
            r"The balanced flow has there the entries $-w_{rs}\,g_{rs}$ with $g=U^\top GV$ and "
            r"$w_{rs}=\sum_j\mu_r^{N-j}\mu_s^{j-1}$, since a factor $H$ is $\mu_r$ and a factor $K$ is $\mu_s$. The "
            r"sum telescopes, $(\mu_r-\mu_s)\,w_{rs}=\mu_r^N-\mu_s^N=\sigma_r^2-\sigma_s^2$:",
            "powers with symbolic exponents, term by term",
            Identity(
                two,
                (
                    Relation(
                        (MU_R - MU_S) * MU_R ** (N - J) * MU_S ** (J - 1),
                        MU_R ** (N - J + 1) * MU_S ** (J - 1) - MU_R ** (N - J) * MU_S**J,
                    ),
                ),
            ),
        ),
        Step(
            r"Off the diagonal, the entries $(r,s)$ and $(s,r)$ are two linear equations for the skew entries "
            r"$A_{rs}$ of $U^\top\dot U$ and $B_{rs}$ of $V^\top\dot V$. With $F_{rs}=1/(\mu_s-\mu_r)$ they are "
            r"solved by",
            "rational functions; the determinant of the equations is $\\sigma_r^2-\\sigma_s^2\\ne0$",
            Identity(
                field,
                (
                    Relation(a, -f * (g_rs * SIGMA_S + SIGMA_R * g_sr)),
                    Relation(b, -f * (SIGMA_R * g_rs + g_sr * SIGMA_S)),
                    Relation(a * SIGMA_S - SIGMA_R * b, -weight * g_rs),
                    Relation(-a * SIGMA_R + SIGMA_S * b, -weight * g_sr),
                ),
                named,
            ),
        ),
        Step(
            r"Outside the span of $U$, with all singular values different from zero, $H=UMU^\top$ and only the term "
            r"without $H$ stays; in the same way at the right:",
            r"$U^\top U=I$, $V^\top V=I$",
            Identity(
                Matrices(frames, orthonormal, (("I_k", "k"), ("I_d", "d"), ("I_e", "e"))),
                (
                    Relation((outer - U * U.T) * (U * M * U.T) * G, ZERO),
                    Relation(G * (V * M * V.T) * (inner - V * V.T), ZERO),
                    Relation((outer - U * U.T) * (U * s_ * V.T), ZERO),
                ),
            ),
        ),
        Step(
            r"so that $(I-UU^\top)\dot U\,S=-(I-UU^\top)\,G\,V\,M^{N-1}$, where each column has the factor",
            r"$\mu=\sigma^{2/N}$, $\sigma>0$",
            Identity(
                PowerLaws(("sigma",), ("N",)),
                (
                    Relation((SIGMA ** (2 / N)) ** (N - 1) / SIGMA, SIGMA ** (1 - 2 / N)),
                    Relation((SIGMA**2) ** (Fraction(1, 2) - 1 / N), SIGMA ** (1 - 2 / N)),
                ),
            ),
        ),
    )
    return Derivation(
        topic="singular-vectors",
        title="Singular vectors along the flow",
        statement=(
            r"Where the singular values are distinct and positive, balanced layers of depth $N$ move the singular "
            r"vectors as $\dot U=-U\bigl(F\odot[gS+Sg^\top]\bigr)-(I-UU^\top)\,GV(S^2)^{1/2-1/N}$ and "
            r"$\dot V=-V\bigl(F\odot[Sg+g^\top S]\bigr)-(I-VV^\top)\,G^\top U(S^2)^{1/2-1/N}$, with "
            r"$G=\nabla l(W)$, $g=U^\top GV$ and $F_{rs}=1/(\sigma_s^{2/N}-\sigma_r^{2/N})$ off the diagonal, "
            r"$F_{rr}=0$"
        ),
        scope="all depths and dimensions; distinct positive singular values; balanced starts",
        steps=steps,
        hypotheses=(*orthonormal, *turning, *flipped),
        notation=(
            r"$M=\operatorname{diag}(\mu_r)$, $S=\operatorname{diag}(\sigma_r)$, $\mu_r=\sigma_r^{2/N}$",
            _BALANCED,
        ),
        uses=(
            "the singular value decomposition is differentiable where the singular values are distinct and positive",
        ),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Stationary singular vectors


def aligned_vectors(depth: int) -> Derivation:
    """Singular vectors that stand still diagonalize the gradient, wherever a singular value is not zero."""
    u_r, v_s = Sym("u_r", "u_{r}"), Sym("v_s", "v_{s}")
    du_r, dv_s = Sym("u_r'", r"\dot{u}_{r}"), Sym("v_s'", r"\dot{v}_{s}")
    columns = (
        ("u_r", "d", 1), ("v_s", "e", 1), ("u_r'", "d", 1), ("v_s'", "e", 1),
        ("W", "d", "e"), ("W'", "d", "e"),
    )  # fmt: skip
    still = (Relation(du_r, ZERO), Relation(dv_s, ZERO))
    roots = (Relation(u_r.T * H, MU_R * u_r.T), Relation(K * v_s, MU_S * v_s))
    letters = (("u_r", "d", 1), ("v_s", "e", 1), ("G", "d", "e"), ("H", "d", "d"), ("K", "e", "e"), ("X", "d", "e"))
    x = Sym("X")
    entry = _trace(u_r.T * G * v_s)
    weight = total(*(-flanked(MU_R, depth - j, ONE, MU_S, j - 1) * entry for j in range(1, depth + 1)))
    two = PowerLaws(("sigma_r", "sigma_s"), ("N", "j"))
    steps = (
        Step(
            r"For $r\neq s$ the number $u_r^\top Wv_s$ is zero for all times. If $\dot u_r=0$ and $\dot v_s=0$ at a "
            "time, its rate is the entry of the flow alone, which therefore vanishes there:",
            "product rule",
            Identity(
                Matrices(columns, still, rates=(("u_r", du_r), ("v_s", dv_s), ("W", dW))),
                (Relation(derivative(_trace(u_r.T * W * v_s)), _trace(u_r.T * dW * v_s)),),
            ),
        ),
        Step(
            r"Each factor $H$ of the balanced flow is a factor $\mu_r=\sigma_r^{2/N}$, each factor $K$ a factor "
            r"$\mu_s$:",
            r"$u_r^\top H=\mu_ru_r^\top$ and $Kv_s=\mu_sv_s$; $X$ stands for what is left of the term",
            Identity(
                Matrices(letters, roots, parameters=("mu_r", "mu_s")),
                (
                    Relation(_trace(u_r.T * H * x * v_s), MU_R * _trace(u_r.T * x * v_s)),
                    Relation(_trace(u_r.T * x * K * v_s), MU_S * _trace(u_r.T * x * v_s)),
                ),
            ),
        ),
        Step(
            f"so that at depth $N={depth}$ (and with $N$ terms in the same way at every depth)",
            "the two rules, used until they end",
            Identity(
                Matrices(letters, roots, parameters=("mu_r", "mu_s")),
                (Relation(_trace(u_r.T * dW * v_s), weight),),
                (("W'", Formula(end_to_end_formula(depth))),),
            ),
        ),
        Step(
            r"No weight of this sum is negative, and if $\sigma_r>0$ that of $j=1$ is positive, whatever "
            r"$\sigma_s\ge0$ is (if $\sigma_s>0$, that of $j=N$):",
            r"powers with symbolic exponents; $M^0=I$",
            Inequality(two, Relation((SIGMA_R ** (2 / N)) ** (N - 1), ZERO, ">"), (("N", Fraction(1), False),)),
        ),
        Step(
            r"Their sum $w$ is positive, and $w\cdot u_r^\top Gv_s=0$ leaves only",
            r"division by $w>0$",
            Identity(
                Rationals(("w", "g")),
                (Relation(Sym("g", r"u_{r}^{\top} G v_{s}", "u_rᵀGv_s"), ZERO),),
                given=((Relation(Sym("w") * Sym("g", r"u_{r}^{\top} G v_{s}", "u_rᵀGv_s"), ZERO), 1 / Sym("w")),),
            ),
            assuming=(Relation(Sym("w") * Sym("g", r"u_{r}^{\top} G v_{s}", "u_rᵀGv_s"), ZERO),),
        ),
    )
    return Derivation(
        topic="aligned-vectors",
        title="Stationary singular vectors diagonalize the gradient",
        statement=(
            r"If the singular vectors of the product of balanced layers stand still at a time, "
            r"$\dot U=0$ and $\dot V=0$, then $u_r^\top\nabla l(W)\,v_s=0$ for all $r\neq s$ with "
            r"$(\sigma_r,\sigma_s)\neq(0,0)$. The singular values need not be distinct"
        ),
        scope=f"all depths, dimensions and balanced starts; the sum over the layers written out at depth {depth}",
        steps=steps,
        hypotheses=(*still, *roots),
        notation=(r"$Wv_s=\sigma_su_s$, $u_r^\top W=\sigma_rv_r^\top$, $\sigma\ge0$", _BALANCED),
        options={"depth": depth},
    )


# ---------------------------------------------------------------------------------------------------------------------
# The preconditioner, and the volume of orbits


def preconditioner(depth: int) -> Derivation:
    """Eigenvalues of ``A(Z) = Σ_j H^{N−j} Z K^{j−1}``, that it is symmetric and positive, and the orbit "
    "determinant."""
    u_r, v_s = Sym("u_r", "u_{r}"), Sym("v_s", "v_{s}")
    pair = (Relation(H * u_r, MU_R * u_r), Relation(v_s.T * K, MU_S * v_s.T))
    letters = (("u_r", "d", 1), ("v_s", "e", 1), ("H", "d", "d"), ("K", "e", "e"))
    weights = total(*(flanked(MU_R, depth - j, ONE, MU_S, j - 1) * (u_r * v_s.T) for j in range(1, depth + 1)))
    two = PowerLaws(("mu_r", "mu_s"), ("N", "j"))
    one = PowerLaws(("sigma",), ("N", "j"))
    y, z, c, e = Sym("Y"), Sym("Z"), Sym("C"), Sym("E")
    symmetric = (Relation(c.T, c), Relation(e.T, e))
    square = (("Y", "d", "e"), ("Z", "d", "e"), ("C", "d", "d"), ("E", "e", "e"))
    left, right = c * c, e * e
    applied, other = preconditioned(depth, z, left, right), preconditioned(depth, y, left, right)
    norms = total(*(_square_norm(flanked(c, depth - j, z, e, j - 1)) for j in range(1, depth + 1)))
    th, ph = Sym("theta", r"\theta_{l}", "θ_l"), Sym("phi", r"\theta_{l-1}", "θ_(l−1)")
    lr, ls = Sym("lr", r"\lambda_{r}", "λ_r"), Sym("ls", r"\lambda_{s}", "λ_s")
    orbit = (th * ls - ph * lr) ** 2 + (th * lr - ph * ls) ** 2
    n = Sym("n")

    def gap(exponent: Expr | int) -> Expr:
        return MU_R**exponent - MU_S**exponent

    steps = (
        Step(
            r"On $Z=u_rv_s^\top$ the preconditioner $A(Z)=\sum_jH^{N-j}ZK^{j-1}$ is a multiple; at depth "
            f"$N={depth}$:",
            r"$Hu_r=\mu_ru_r$ and $v_s^\top K=\mu_sv_s^\top$",
            Identity(
                Matrices(letters, pair, parameters=("mu_r", "mu_s")),
                (Relation(preconditioned(depth, u_r * v_s.T), weights),),
            ),
        ),
        Step(
            r"At every depth the eigenvalue $\sum_j\mu_r^{N-j}\mu_s^{j-1}$ telescopes, so that it is "
            r"$(\sigma_r^2-\sigma_s^2)/(\sigma_r^{2/N}-\sigma_s^{2/N})$ where $\sigma_r\neq\sigma_s$:",
            r"powers with symbolic exponents; the sum over $j=1,\dots,N$ leaves $\mu_r^N-\mu_s^N$, and "
            r"$\mu^N=\sigma^2$",
            Identity(
                two,
                (
                    Relation(
                        (MU_R - MU_S) * MU_R ** (N - J) * MU_S ** (J - 1),
                        MU_R ** (N - J + 1) * MU_S ** (J - 1) - MU_R ** (N - J) * MU_S**J,
                    ),
                ),
            ),
        ),
        Step(
            r"and where $\sigma_r=\sigma_s=\sigma$ all $N$ terms are equal, so that it is $N\sigma^{2-2/N}$:",
            r"powers with symbolic exponents",
            Identity(
                one,
                (
                    Relation((SIGMA ** (2 / N)) ** (N - J) * (SIGMA ** (2 / N)) ** (J - 1), SIGMA ** (2 - 2 / N)),
                    Relation((SIGMA ** (2 / N)) ** N, SIGMA**2),
                ),
            ),
        ),
        Step(
            f"With symmetric roots, $H=C^2$ and $K=E^2$, it is symmetric and positive semidefinite (depth {depth}):",
            r"each term is $\lVert C^{N-j}ZE^{j-1}\rVert_F^2$; traces are invariant under rotation and transposition",
            Identity(
                Matrices(square, symmetric),
                (
                    Relation(Call("inner", (y, applied)), Call("inner", (other, z))),
                    Relation(Call("inner", (z, applied)), norms),
                ),
            ),
        ),
        Step(
            r"The orbit of hidden rotations: turning the hidden frames of balanced layers, each "
            r"$\Lambda=\operatorname"
            r"{diag}(\lambda)$, in the plane of the pair $(r,s)$ by the angles $\theta_l$ moves layer $l$ by the "
            r"entries $\theta_l\lambda_s-\theta_{l-1}\lambda_r$ and $-(\theta_l\lambda_r-\theta_{l-1}\lambda_s)$, so "
            r"that the squared length is",
            r"polynomials; with $\theta_0=\theta_N=0$ the Gram matrix is tridiagonal, "
            r"$2(\lambda_r^2+\lambda_s^2)$ on its "
            r"diagonal and $-2\lambda_r\lambda_s$ beside it",
            Identity(
                Rationals(("theta", "phi", "lr", "ls")),
                (Relation(orbit, (lr**2 + ls**2) * (th**2 + ph**2) - 4 * lr * ls * th * ph),),
            ),
        ),
        Step(
            r"Its leading minors obey $D_n=2(\mu_r+\mu_s)D_{n-1}-4\mu_r\mu_sD_{n-2}$ with "
            r"$\mu=\lambda^2=\sigma^{2/N}$. "
            r"They are $D_n=2^n(\mu_r^{n+1}-\mu_s^{n+1})/(\mu_r-\mu_s)$, since",
            r"powers with a symbolic exponent, for all $n$",
            Identity(
                PowerLaws(("mu_r", "mu_s"), ("n",)),
                (Relation(gap(n + 1), (MU_R + MU_S) * gap(n) - MU_R * MU_S * gap(n - 1)),),
            ),
        ),
        Step(
            r"with $D_0=1$ and $D_1=2(\mu_r+\mu_s)$; so the determinant of the orbit's metric is "
            r"$D_{N-1}=2^{N-1}(\sigma_r^2-\sigma_s^2)/(\sigma_r^{2/N}-\sigma_s^{2/N})$ for each pair:",
            "rational functions",
            Identity(
                Rationals(("mu_r", "mu_s")),
                (
                    Relation(gap(1) / (MU_R - MU_S), ONE),
                    Relation(2 * gap(2) / (MU_R - MU_S), 2 * (MU_R + MU_S)),
                ),
            ),
        ),
    )
    return Derivation(
        topic="preconditioner",
        title="The preconditioner of the balanced flow",
        statement=(
            r"$\dot W=-A(\nabla l(W))$ with $A(Z)=\sum_{j=1}^N(WW^\top)^{(N-j)/N}Z(W^\top W)^{(j-1)/N}$, which is "
            r"symmetric and positive semidefinite, with eigenvectors $u_rv_s^\top$ and eigenvalues "
            r"$(\sigma_r^2-\sigma_s^2)/(\sigma_r^{2/N}-\sigma_s^{2/N})$, or $N\sigma^{2-2/N}$ where "
            r"$\sigma_r=\sigma_s=\sigma$. The orbit of hidden rotations has for each pair a Gram determinant "
            r"$2^{N-1}$ times that eigenvalue"
        ),
        scope=f"all depths and dimensions; the operator written out at depth {depth}",
        steps=steps,
        hypotheses=(*pair, *symmetric),
        notation=(
            r"$H=(WW^\top)^{1/N}$, $K=(W^\top W)^{1/N}$, $\mu=\sigma^{2/N}$",
            r"the inverse of $A$ is the metric of the balanced manifold, of which the flow is the gradient flow",
        ),
        uses=("a tridiagonal determinant obeys the recurrence of its leading minors",),
        options={"depth": depth},
    )


def _square_norm(of: Expr) -> Expr:
    return _trace(of.T * of)


# ---------------------------------------------------------------------------------------------------------------------
# One output: is the flow a gradient flow of something else?


def no_potential() -> Derivation:
    """The curl of ``‖w‖^{2−2/N}(g + (N−1)⟨w,g⟩w/‖w‖²)`` for a constant g: zero for N ≤ 2 only."""
    p, s = Sym("p"), Sym("s")
    wi, wk, gi, gk = Sym("w_i", "w_{i}"), Sym("w_k", "w_{k}"), Sym("g_i", "g_{i}"), Sym("g_k", "g_{k}")
    parameters = ("N", "w_i", "w_k", "g_i", "g_k", "s")
    by_i = PowerLaws(("p",), parameters, (("p", wi / p), ("s", gi), ("w_i", ONE)))
    by_k = PowerLaws(("p",), parameters, (("p", wk / p), ("s", gk), ("w_k", ONE)))

    def field(w: Expr, g: Expr) -> Expr:
        return p ** (2 - 2 / N) * g + (N - 1) * s * w * p ** -(2 / N)

    cross = -(N - 1) * (2 / N) * s * wi * wk * p ** (-(2 / N) - 2)
    first = (2 - 2 / N) * wi * gk * p ** -(2 / N) + (N - 1) * gi * wk * p ** -(2 / N) + cross
    second = (2 - 2 / N) * wk * gi * p ** -(2 / N) + (N - 1) * gk * wi * p ** -(2 / N) + cross
    e, row = Sym("e"), Sym("X")
    unit = (Relation(e.T * e, ONE),)
    curl = -(N - 1) * (N - 2) / N * (wi * gk - wk * gi) * p ** -(2 / N)
    steps = (
        Step(
            r"For a single output $W=w^\top=p\,e^\top$ with a unit vector $e$. Then $WW^\top=p^2$, and "
            r"$(W^\top W)^{(j-1)/N}=\mu^{j-1}ee^\top$ for $j\ge2$, $\mu=p^{2/N}$, since $ee^\top$ is its own square:",
            r"$e^\top e=1$; $X$ is any row",
            Identity(
                Matrices((("e", "d", 1), ("X", 1, "d")), unit),
                (Relation(row * (e * e.T) * (e * e.T), row * e * e.T),),
            ),
        ),
        Step(
            r"so that the layer $j=1$ contributes $\mu^{N-1}g^\top$, and each of the $N-1$ others $\mu^{N-1}\langle "
            r"e,g\rangle e^\top$, with",
            r"powers with symbolic exponents; the sum is $p^{2-2/N}\bigl(g+(N-1)\langle e,g\rangle e\bigr)=F(w)$",
            Identity(
                PowerLaws(("p",), ("N", "j")),
                (Relation((p ** (2 / N)) ** (N - J) * (p ** (2 / N)) ** (J - 1), p ** (2 - 2 / N)),),
            ),
        ),
        Step(
            r"Let $p=\lVert w\rVert$ and $s=\langle w,g\rangle$, so that $\partial_ip=w_i/p$ and "
            r"$\partial_is=g_i$. For "
            r"$i\neq k$ the field $F_k=p^{2-2/N}\bigl(g_k+(N-1)\,s\,w_k/p^2\bigr)$ has the derivative",
            "power rule with a symbolic exponent",
            Identity(by_i, (Relation(derivative(field(wk, gk), "w_i"), first),)),
        ),
        Step(
            r"and in the same way, with $i$ and $k$ exchanged,",
            "power rule with a symbolic exponent",
            Identity(by_k, (Relation(derivative(field(wi, gi), "w_k"), second),)),
        ),
        Step(
            r"The difference of the two is the curl, which vanishes for $N=1$ and $N=2$, and for $N\ge3$ only where "
            r"$w$ and $g$ are parallel:",
            "sums of powers",
            Identity(PowerLaws(("p",), parameters), (Relation(first - second, curl),)),
        ),
        Step(
            r"For $N=2$ there is a potential, $p\,s=\lVert w\rVert\langle w,g\rangle$:",
            "power rule",
            Identity(
                by_k,
                (Relation(derivative(p * s, "w_k"), p * gk + s * wk / p),),
            ),
        ),
        Step(
            r"which is the field at $N=2$:",
            "powers",
            Identity(
                PowerLaws(("p",), ("w_k", "g_k", "s")),
                (Relation(p ** (2 - 2 / TWO) * gk + s * wk * p ** -(2 / TWO), p * gk + s * wk / p),),
            ),
        ),
    )
    return Derivation(
        topic="no-potential",
        title="With one output and depth three or more, the flow of the product has no potential",
        statement=(
            r"For a single output the balanced flow of the product is $\dot w=-F(w)$ with "
            r"$F=\lVert w\rVert^{2-2/N}\bigl(\nabla l+(N-1)\,\mathrm{Proj}_w\nabla l\bigr)$. For a linear loss "
            r"$l(w)=\langle w,g\rangle$, $\partial_iF_k-\partial_kF_i=-\tfrac{(N-1)(N-2)}{N}\lVert w\rVert^{-2/N}"
            r"(w_ig_k-w_kg_i)$: $F$ is no gradient if $N\ge3$, and it is that of $\lVert w\rVert\langle "
            r"w,g\rangle$ if "
            r"$N=2$"
        ),
        scope="all depths N and dimensions; linear losses; w not zero",
        steps=steps,
        hypotheses=unit,
        notation=(r"$p>0$; the coordinates of $w$ and $g$ are any real numbers",),
        uses=("a continuously differentiable field that is a gradient has no curl",),
    )
