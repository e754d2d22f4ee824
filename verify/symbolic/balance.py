"""What balanced layers do at all depths: the flow of the product, descent with a step size, weight decay, rank.

The loss enters through its gradient ``G = ∇l(W)`` alone, a matrix of which nothing is known, so that everything here
holds for every differentiable loss of the product. What holds at all depths is proved for one layer, or two neighbours,
between any others.
"""

from __future__ import annotations

from functools import lru_cache

from verify.arithmetic import Program, ProgramBuilder, pullback, tangent
from verify.symbolic.checks import Definitions, Formula, FromProgram, Identity, Matrices
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Relation, Sym, formula, product, total
from verify.symbolic.matrix_flow import chain, layer, letters

ZERO = formula(0)
G = Sym("G")
S, X, Z, P, Q = (Sym(name) for name in "SXZPQ")
GX, GZ = Sym("gX", r"\nabla_{\!X}", "∇_X"), Sym("gZ", r"\nabla_{\!Z}", "∇_Z")
DX, DZ = Sym("X'", r"\dot{X}"), Sym("Z'", r"\dot{Z}")
ETA, LAMBDA = Sym("eta", r"\eta", "η"), Sym("lambda", r"\lambda", "λ")

_ONE_LAYER = (("S", "d", "b"), ("X", "b", "a"), ("P", "a", "c"), ("G", "d", "c"))
_TWO_LAYERS = (("P", "e", "c"), ("X", "c", "b"), ("Z", "b", "a"), ("Q", "a", "f"), ("G", "e", "f"))
_ANY_LOSS = r"$G=\nabla l(W)$ is the gradient of any differentiable loss $l$ at the product"


def derivative(of: Expr, by: str = "t") -> Call:
    """``d/dt`` of a formula, or by another variable."""
    return Call("rate", (of,), () if by == "t" else (by,))


def norm(of: Expr) -> Expr:
    """``‖A‖² = tr(AᵀA)``."""
    return Call("trace", (of.T * of,))


@lru_cache(maxsize=1)
def _one_layer() -> Program:
    """``W = S X P``, with only X moving."""
    build = ProgramBuilder()
    x = build.parameter("X", "b", "a")
    end = build.product(build.product(build.constant("S", ("d", "b")), x), build.constant("P", ("a", "c")))
    return build.build(product=end)


@lru_cache(maxsize=1)
def _two_layers() -> Program:
    """``W = P X Z Q``, with X and Z moving."""
    build = ProgramBuilder()
    upper, lower = build.parameter("X", "c", "b"), build.parameter("Z", "b", "a")
    inner = build.product(upper, build.product(lower, build.constant("Q", ("a", "f"))))
    return build.build(product=build.product(build.constant("P", ("e", "c")), inner))


def _gradients() -> Definitions:
    """The loss's gradients in two neighbouring layers, from the adjoint sweep with seed G."""
    swept = pullback(_two_layers(), "product", seed="E")
    return (("gX", FromProgram(swept, "dX", inputs=(("E", G),))), ("gZ", FromProgram(swept, "dZ", inputs=(("E", G),))))


def _gradient_step() -> Step:
    return Step(
        r"For two neighbouring layers $X=W_{l+1}$, $Z=W_l$ of a product $W=P\,X\,Z\,Q$ the loss $l(W)$ with "
        r"$G=\nabla l(W)$ has the gradients",
        "adjoint sweep over the matrix program of the product with the seed $G$",
        Identity(
            Matrices(_TWO_LAYERS),
            (Relation(GX, P.T * G * Q.T * Z.T), Relation(GZ, X.T * P.T * G * Q.T)),
            _gradients(),
        ),
    )


# ---------------------------------------------------------------------------------------------------------------------
# The flow of the product, at all depths

U, V, H, K = (Sym(name) for name in "UVHK")
A, B = Sym("A"), Sym("B")
_MOVED = Sym("W'_X", r"\dot{W}\big|_{X}", "W'|_X")


def end_to_end_all_depths() -> Derivation:
    """``W' = −Σ_l (WWᵀ)^{(L−l)/L} G (WᵀW)^{(l−1)/L}`` for balanced layers, by induction over the layers."""
    swept = pullback(_one_layer(), "product", seed="E")
    moved = FromProgram(tangent(_one_layer()), "tproduct", inputs=(("tX", DX),))
    definitions: Definitions = (
        ("gX", FromProgram(swept, "dX", inputs=(("E", G),))),
        ("X'", Formula(-GX)),
        ("W'_X", moved),
    )
    down = (Relation(V * V.T, U.T * U), Relation(S * U * U.T, H * S))
    up = (Relation(U.T * U, V * V.T), Relation(V.T * V * P, P * K))
    above = (Relation(S * S.T, A), Relation(S * U * U.T, H * S))
    below = (Relation(P.T * P, B), Relation(V.T * V * P, P * K))
    inside = (Relation(S * S.T, A), Relation(P.T * P, B))
    chain_down = (("S", "d", "c"), ("U", "c", "b"), ("V", "b", "a"), ("H", "d", "d"), ("A", "d", "d"))
    chain_up = (("U", "c", "b"), ("V", "b", "a"), ("P", "a", "e"), ("K", "e", "e"), ("B", "e", "e"))
    steps = (
        Step(
            r"One layer $X=W_l$ of $W=S\,X\,P$, with $S=W_L\cdots W_{l+1}$ and $P=W_{l-1}\cdots W_1$, moves by "
            r"$\dot X=-\nabla_{\!X}$, and alone it moves the product by",
            r"adjoint sweep with the seed $G=\nabla l(W)$, product rule; $\dot W$ is the sum over the layers",
            Identity(
                Matrices(_ONE_LAYER),
                (Relation(DX, -(S.T * G * P.T)), Relation(_MOVED, -(S * S.T * G * P.T * P))),
                definitions,
            ),
        ),
        Step(
            r"Downwards from the last layer, let $H=W_LW_L^\top$. With $S=W_L\cdots W_{l+2}$, $U=W_{l+1}$, $V=W_l$ "
            r"and the induction hypothesis $SUU^\top=HS$ (at the top it says $W_LW_L^\top=H$, with $S=I$),",
            r"balancedness $VV^\top=U^\top U$, then the hypothesis",
            Identity(Matrices(chain_down, down), (Relation((S * U) * V * V.T, H * (S * U)),)),
            assuming=down,
        ),
        Step(
            r"so that each layer more adds one power of $H$: where $SS^\top=A$ is a power of $H$, the next one is",
            r"$SUU^\top=HS$ for every $l$ (previous step); so $S_lS_l^\top=H^{L-l}$ and $WW^\top=H^L$",
            Identity(Matrices(chain_down, above), (Relation((S * U) * (S * U).T, H * A),)),
            assuming=above,
        ),
        Step(
            r"Upwards from the first layer, let $K=W_1^\top W_1$. With $P=W_{l-1}\cdots W_1$, $V=W_l$, $U=W_{l+1}$ "
            r"and the induction hypothesis $V^\top VP=PK$ (at the bottom it says $W_1^\top W_1=K$, with $P=I$),",
            r"balancedness $U^\top U=VV^\top$, then the hypothesis",
            Identity(Matrices(chain_up, up), (Relation(U.T * U * (V * P), (V * P) * K),)),
            assuming=up,
        ),
        Step(
            r"so that each layer more adds one power of $K$: where $P^\top P=B$ is a power of $K$, the next one is",
            r"$V^\top VP=PK$ for every $l$ (previous step); so $P_l^\top P_l=K^l$ and $W^\top W=K^L$",
            Identity(Matrices(chain_up, below), (Relation((V * P).T * (V * P), B * K),)),
            assuming=below,
        ),
        Step(
            r"Layer $l$ therefore contributes, with $A=H^{L-l}$ and $B=K^{l-1}$, that is "
            r"$A=(WW^\top)^{(L-l)/L}$ and $B=(W^\top W)^{(l-1)/L}$,",
            "the first step, with the powers inserted",
            Identity(
                Matrices((*_ONE_LAYER, ("A", "d", "d"), ("B", "c", "c")), inside),
                (Relation(_MOVED, -(A * G * B)),),
                definitions,
            ),
            assuming=inside,
        ),
    )
    return Derivation(
        topic="end-to-end-all-depths",
        title="The flow of the product, all depths",
        statement=(
            r"For every depth $L$, all widths and every differentiable loss $l$, the product of balanced layers "
            r"moves "
            r"as $\dot W=-\sum_{l=1}^{L}(WW^\top)^{(L-l)/L}\,\nabla l(W)\,(W^\top W)^{(l-1)/L}$, where $M^0=I$"
        ),
        scope="all depths, widths, balanced starts and differentiable losses",
        steps=steps,
        notation=(r"$W_l$ is $d_l\times d_{l-1}$, and empty products are identities", _ANY_LOSS),
        uses=(
            r"a positive semidefinite matrix has exactly one positive semidefinite $L$-th root, so that "
            r"$H=(WW^\top)^{1/L}$ and $K=(W^\top W)^{1/L}$",
            "layers that are balanced at the start stay so (topic balancedness)",
        ),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Gradient descent


def descent_drift() -> Derivation:
    """One step of gradient descent changes ``XᵀX − ZZᵀ`` by exactly ``η²(g_Xᵀg_X − g_Zg_Zᵀ)``."""
    setting = Matrices(_TWO_LAYERS, parameters=("eta",))
    next_x, next_z = Sym("X+", "X^{+}", "X⁺"), Sym("Z+", "Z^{+}", "Z⁺")
    definitions: Definitions = (*_gradients(), ("X+", Formula(X - ETA * GX)), ("Z+", Formula(Z - ETA * GZ)))
    before, after = X.T * X - Z * Z.T, next_x.T * next_x - next_z * next_z.T
    steps = (
        _gradient_step(),
        Step(
            r"A step of gradient descent with step size $\eta$ leads to",
            "definition of the step",
            Identity(
                setting,
                (
                    Relation(next_x, X - ETA * (P.T * G * Q.T * Z.T)),
                    Relation(next_z, Z - ETA * (X.T * P.T * G * Q.T)),
                ),
                definitions,
            ),
        ),
        Step(
            r"The terms of first order in $\eta$ cancel, as in the flow:",
            r"$X^\top\nabla_{\!X}=\nabla_{\!Z}Z^\top$",
            Identity(
                setting,
                (
                    Relation(X.T * GX, GZ * Z.T),
                    Relation(after - before, ETA**2 * (GX.T * GX - GZ * GZ.T)),
                ),
                definitions,
            ),
        ),
        Step(
            "In particular the difference of the squared norms changes by",
            "traces of both sides",
            Identity(
                setting,
                (
                    Relation(
                        norm(next_x) - norm(next_z) - (norm(X) - norm(Z)),
                        ETA**2 * norm(GX) - ETA**2 * norm(GZ),
                    ),
                ),
                definitions,
            ),
        ),
    )
    return Derivation(
        topic="descent-drift",
        title="Gradient descent and balancedness",
        statement=(
            r"One step of gradient descent with step size $\eta$ changes $D_l=W_{l+1}^\top W_{l+1}-W_lW_l^\top$ by "
            r"exactly $\eta^2(g_{l+1}^\top g_{l+1}-g_lg_l^\top)$, $g_l$ the gradient in $W_l$; there is no term of "
            r"first order"
        ),
        scope="all depths, widths, layers, step sizes and differentiable losses",
        steps=steps,
        notation=(r"$P,X,Z,Q$ have any conforming dimensions", _ANY_LOSS),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Weight decay


def weight_decay(depth: int) -> Derivation:
    """With ``W_l' = −λW_l − g_l`` the imbalance falls like ``e^{−2λt}``, and the product gains ``−λLW``."""
    moves = (("X", DX), ("Z", DZ))
    definitions: Definitions = (
        *_gradients(),
        ("X'", Formula(-LAMBDA * X - GX)),
        ("Z'", Formula(-LAMBDA * Z - GZ)),
    )
    setting = Matrices(_TWO_LAYERS, parameters=("lambda",), rates=moves)
    imbalance = X.T * X - Z * Z.T
    grown = Sym("E", r"e^{2\lambda t}", "e^(2λt)")
    with_growth = Matrices(_TWO_LAYERS, parameters=("lambda", "E"), rates=(*moves, ("E", 2 * LAMBDA * grown)))
    forces = [Sym(f"g{l}", f"g_{{{l}}}") for l in range(1, depth + 1)]
    moved = tuple((f"W{l}", -LAMBDA * layer(l) - forces[l - 1]) for l in range(1, depth + 1))
    whole = product(*chain(depth, 1))
    pieces = [-product(*chain(depth, l + 1), forces[l - 1], *chain(l - 1, 1)) for l in range(1, depth + 1)]
    named = tuple((f"g{l}", f"d{l}", f"d{l - 1}") for l in range(1, depth + 1))
    steps = (
        _gradient_step(),
        Step(
            r"With weight decay the layers move as",
            r"gradient of $l(W)+\tfrac{\lambda}{2}\sum_l\lVert W_l\rVert_F^2$",
            Identity(
                setting,
                (
                    Relation(DX, -LAMBDA * X - P.T * G * Q.T * Z.T),
                    Relation(DZ, -LAMBDA * Z - X.T * P.T * G * Q.T),
                ),
                definitions,
            ),
        ),
        Step(
            "so that the imbalance solves a linear equation:",
            "product rule; the gradients' terms cancel as without weight decay",
            Identity(setting, (Relation(derivative(imbalance), -2 * LAMBDA * imbalance),), definitions),
        ),
        Step(
            r"Therefore $D(t)=e^{-2\lambda t}D(0)$:",
            r"product rule, with $\tfrac{\mathrm{d}}{\mathrm{d}t}e^{2\lambda t}=2\lambda e^{2\lambda t}$",
            Identity(with_growth, (Relation(derivative(grown * imbalance), ZERO),), definitions),
        ),
        Step(
            r"One layer $X$ of $W=S\,X\,P$ alone moves the product by $-\lambda W$ and the gradient's term, at "
            r"every depth "
            r"and for each of the $L$ layers:",
            "derivative of the program of the product in the direction of the layer's rate",
            Identity(
                Matrices(_ONE_LAYER, parameters=("lambda",)),
                (Relation(_MOVED, -LAMBDA * (S * X * P) - S * S.T * G * P.T * P),),
                (
                    ("gX", FromProgram(pullback(_one_layer(), "product", seed="E"), "dX", inputs=(("E", G),))),
                    ("W'_X", FromProgram(tangent(_one_layer()), "tproduct", inputs=(("tX", -LAMBDA * X - GX),))),
                ),
            ),
        ),
        Step(
            f"So in the whole product (written out at depth {depth}) weight decay adds the term $-\\lambda "
            f"L\\,W$, one from "
            r"each layer, to those of the gradients $g_l$:",
            "product rule",
            Identity(
                Matrices((*letters(depth), *named), parameters=("lambda",), rates=moved),
                (Relation(derivative(whole), total(-depth * LAMBDA * whole, *pieces)),),
            ),
        ),
    )
    return Derivation(
        topic="weight-decay",
        title="Balancedness under weight decay",
        statement=(
            r"With weight decay, $\dot W_l=-\lambda W_l-g_l$, the imbalance "
            r"$D_l=W_{l+1}^\top W_{l+1}-W_lW_l^\top$ is $D_l(t)=e^{-2\lambda t}D_l(0)$, and the flow of the product "
            r"gains the term $-\lambda L\,W$"
        ),
        scope=f"all depths, widths, starts and differentiable losses; the whole product written out at depth {depth}",
        steps=steps,
        notation=(
            r"$g_l$ is the gradient of $l(W_L\cdots W_1)$ in $W_l$",
            _ANY_LOSS,
            r"balanced layers stay balanced, and $-\sum_l W_L\cdots g_l\cdots W_1$ is the sum of topic "
            r"end-to-end-all-depths",
        ),
        options={"depth": depth},
    )


# ---------------------------------------------------------------------------------------------------------------------
# Rank and the sign of the determinant


def rank_law() -> Derivation:
    """Depth 2: ``Z = [Aᵀ B]`` keeps rank and column space for any start. All depths: balanced starts keep the "
    "rank."""
    first, second = Sym("J1", "J_{1}", "J₁"), Sym("J2", "J_{2}", "J₂")
    stacked, field = Sym("Z"), Sym("M")
    factors = (("A", "d", "k"), ("B", "k", "e"), ("G", "d", "e"), ("J1", "d", "m"), ("J2", "e", "m"))
    build = ProgramBuilder()
    a, b = build.parameter("A", "d", "k"), build.parameter("B", "k", "e")
    program = build.build(product=build.product(a, b))
    swept = pullback(program, "product", seed="E")
    da, db = Sym("A'", r"\dot{A}"), Sym("B'", r"\dot{B}")
    apart = (
        Relation(first * first.T, Sym("I_d", "I", "I")),
        Relation(second * second.T, Sym("I_e", "I", "I")),
        Relation(first * second.T, ZERO),
        Relation(second * first.T, ZERO),
    )
    definitions: Definitions = (
        ("gA", FromProgram(swept, "dA", inputs=(("E", G),))),
        ("gB", FromProgram(swept, "dB", inputs=(("E", G),))),
        ("A'", Formula(-Sym("gA"))),
        ("B'", Formula(-Sym("gB"))),
        ("Z", Formula(A.T * first + B * second)),
        ("M", Formula(first.T * G * second + second.T * G.T * first)),
    )
    units = (("I_d", "d"), ("I_e", "e"))
    setting = Matrices(factors, apart, units, rates=(("A", da), ("B", db)))
    inverse, dual = Sym("Psi", r"\Psi", "Ψ"), Sym("Phi", r"\Phi", "Φ")
    free = Matrices(
        (("Z", "k", "m"), ("M", "m", "m"), ("Psi", "m", "m"), ("Phi", "m", "m")),
        rates=(("Z", -(stacked * field)), ("Psi", field * inverse), ("Phi", -(dual * field))),
    )
    top, moved_top = Sym("WL", "W_{L}", "W_L"), Sym("WL'", r"\dot{W}_{L}", "W_L'")
    turn, half, root, align, bounded = Sym("R"), Sym("E"), Sym("F"), Sym("T"), Sym("K")
    polar = (Relation(P.T, turn * half * root), Relation(root, align * top))
    upper = (
        ("WL", "d", "b"), ("P", "b", "c"), ("G", "d", "c"),
        ("R", "c", "b"), ("E", "b", "b"), ("F", "b", "b"), ("T", "b", "d"),
    )  # fmt: skip
    build = ProgramBuilder()
    last = build.parameter("WL", "d", "b")
    tail = pullback(build.build(product=build.product(last, build.constant("P", ("b", "c")))), "product", seed="E0")
    rate_top: Definitions = (
        ("gL", FromProgram(tail, "dWL", inputs=(("E0", G),))),
        ("WL'", Formula(-Sym("gL"))),
        ("K", Formula(-(G * turn * half * align))),
    )
    steps = (
        Step(
            r"At depth 2, $W=AB$ and $G=\nabla l(W)$, the factors move as",
            "adjoint sweep with the seed $G$",
            Identity(setting, (Relation(da, -(G * B.T)), Relation(db, -(A.T * G))), definitions),
        ),
        Step(
            r"Let $Z=[A^\top\;B]$, and $J_1$, $J_2$ the two block rows of an identity, so that $Z=A^\top J_1+BJ_2$. "
            r"With the symmetric matrix $M$ that has $G$ and $G^\top$ off its diagonal,",
            r"product rule; $J_iJ_j^\top$ is $I$ for $i=j$ and $0$ otherwise",
            Identity(
                setting,
                (
                    Relation(field, first.T * G * second + second.T * G.T * first),
                    Relation(derivative(stacked), -(stacked * field)),
                ),
                definitions,
            ),
        ),
        Step(
            r"Let $\dot\Psi=M\Psi$ and $\dot\Phi=-\Phi M$ with $\Psi(0)=\Phi(0)=I$. Then $\Phi\Psi$ and $Z\Psi$ are "
            r"constant:",
            r"product rule, with $\dot Z=-ZM$; so $\Psi$ is regular, and $Z(t)=Z(0)\Psi(t)^{-1}$ has the rank and "
            r"the "
            "column space of $Z(0)$",
            Identity(free, (Relation(derivative(dual * inverse), ZERO), Relation(derivative(stacked * inverse), ZERO))),
        ),
        Step(
            r"At any depth $L\ge2$, $W=W_LP$ with $P=W_{L-1}\cdots W_1$, the last layer moves as",
            "adjoint sweep with the seed $G$",
            Identity(Matrices(upper), (Relation(moved_top, -(G * P.T)),), rate_top),
        ),
        Step(
            r"For balanced layers $PP^\top=C^{L-1}$ with $C=W_L^\top W_L$. By polar decomposition $P^\top=R\,E\,F$ "
            r"with $E=C^{(L-2)/2}$, $F=C^{1/2}=T\,W_L$, where $R$ and $T$ are partial isometries. So $W_L$ solves a "
            r"linear equation with the bounded coefficient $K$ (here $L\ge2$ is used: $E$ has no negative power):",
            "the two decompositions, inserted",
            Identity(
                Matrices(upper, polar),
                (Relation(bounded, -(G * turn * half * align)), Relation(moved_top, bounded * top)),
                rate_top,
            ),
            assuming=polar,
        ),
        Step(
            r"With $\dot\Phi=-\Phi K$, $\Phi(0)=I$, the matrix $\Phi W_L$ is constant; so the rank of $W_L$ is:",
            r"product rule, with $\dot W_L=KW_L$",
            Identity(
                Matrices(
                    (("WL", "d", "b"), ("K", "d", "d"), ("Phi", "d", "d")),
                    rates=(("WL", bounded * top), ("Phi", -(dual * bounded))),
                ),
                (Relation(derivative(dual * top), ZERO),),
            ),
        ),
    )
    return Derivation(
        topic="rank-law",
        title="Rank and determinant along the flow",
        statement=(
            r"Depth 2, any start: $Z=[A^\top\;B]$ obeys $\dot Z=-ZM$, so its rank and column space are constant. "
            r"Depth $L\ge2$, balanced start: the rank of $W(t)$ is constant and, for square $W$, so is the sign of "
            r"$\det W(t)$"
        ),
        scope="all widths and continuously differentiable losses; depth 2 and any start; all depths, balanced starts",
        steps=steps,
        hypotheses=apart,
        notation=(r"the hypotheses say what $J_1$ and $J_2$ are", _ANY_LOSS),
        uses=(
            r"for balanced layers $PP^\top=(W_L^\top W_L)^{L-1}$ and $WW^\top=(W_LW_L^\top)^L$ (topic "
            r"end-to-end-all-depths), so that $W$ and $W_L$ have one rank",
            "polar decomposition: a matrix is a partial isometry times the root of a Gram matrix",
            "a linear equation with bounded measurable coefficients has one solution, regular if it starts at $I$",
            r"a determinant that is continuous and nowhere or everywhere zero keeps its sign",
        ),
    )
