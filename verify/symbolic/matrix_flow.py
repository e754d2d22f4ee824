"""Gradient flow of a factorization in matrix form: the equations, what is conserved, and the coupling kernel.

Every identity is decided in words with symbolic dimensions, and every gradient comes from the adjoint sweep over the
same matrix program that the integrators run. What shall hold at all depths is proved on programs with few letters that
every depth is an instance of: ``W = S X P`` (one layer X between what comes after it and before it), ``W = P X Y Q``
(two neighbouring layers).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from verify.arithmetic import Program, ProgramBuilder, gradient, pullback, tangent
from verify.models import Observations, factorization_program
from verify.symbolic.checks import Definitions, Formula, FromProgram, Identity, Matrices
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym, product, total

_G, _Y = Sym("G"), Sym("Y")
_MINUS = Fraction(-1)


def layer(l: int) -> Sym:
    """``W_l``."""
    return Sym(f"W{l}", f"W_{{{l}}}")


def rate(l: int) -> Sym:
    """``W_l'``, the time derivative."""
    return Sym(f"W{l}'", rf"\dot{{W}}_{{{l}}}")


def chain(upper: int, lower: int) -> tuple[Expr, ...]:
    """The factors of ``W_upper ⋯ W_lower``; none when ``upper < lower``."""
    return tuple(layer(l) for l in range(upper, lower - 1, -1))


def letters(depth: int) -> tuple[tuple[str, str, str], ...]:
    """The layers with symbolic dimensions: W_l is ``d_l × d_{l−1}``."""
    return tuple((f"W{l}", f"d{l}", f"d{l - 1}") for l in range(1, depth + 1))


def symbolic_program(depth: int) -> Program:
    """The factorization's program with symbolic dimensions, a mask named Ω and the offset −Y."""
    return factorization_program([(f"d{l}", f"d{l - 1}") for l in range(1, depth + 1)], "Ω", "-Y")


def flow_definitions(depth: int) -> Definitions:
    """``W_l'`` for every layer, from the adjoint sweep over the program."""
    swept = gradient(symbolic_program(depth))
    return (
        ("-Y", Formula(-_Y)),
        *((f"W{l}'", FromProgram(swept, f"dW{l}", _MINUS)) for l in range(1, depth + 1)),
    )


def residual_formula(depth: int) -> Expr:
    """``G = P_Ω(W_L ⋯ W_1) − Y``."""
    return Call("mask", (product(*chain(depth, 1)),)) - _Y


def flow_formula(depth: int, l: int) -> Expr:
    """``−W_{L:l+1}ᵀ G W_{l−1:1}ᵀ``, written out."""
    before = [x.T for x in reversed(chain(depth, l + 1))]
    after = [x.T for x in reversed(chain(l - 1, 1))]
    return -product(*before, _G, *after)


def _setting(depth: int, rules: Sequence[Relation] = ()) -> Matrices:
    return Matrices((*letters(depth), ("Y", f"d{depth}", "d0")), tuple(rules))


def _single_layer_program() -> Program:
    build = ProgramBuilder()
    x = build.parameter("X", "b", "a")
    end = build.product(build.product(build.constant("S", ("d", "b")), x), build.constant("P", ("a", "c")))
    residual = build.add(build.mask("Ω", end), build.constant("-Y", ("d", "c")))
    return build.build(residual=residual, product=end)


_SINGLE = (("S", "d", "b"), ("X", "b", "a"), ("P", "a", "c"), ("Y", "d", "c"))
_S, _X, _P = Sym("S"), Sym("X"), Sym("P")


def general_gradient() -> Step:
    """The gradient in one layer, whatever stands before and after it: ``W = S X P`` gives ``X' = −Sᵀ G Pᵀ``."""
    swept = gradient(_single_layer_program())
    residual = Call("mask", (_S * _X * _P,)) - _Y
    return Step(
        r"One layer $X$ of a product $W=S X P$ (for $X=W_l$: $S=W_L\cdots W_{l+1}$, $P=W_{l-1}\cdots W_1$, "
        r"identities "
        r"at the ends), with residual $G=P_\Omega(SXP)-Y$, moves as",
        "adjoint sweep over the matrix program of the loss, in words of symbolic dimensions",
        Identity(
            Matrices(_SINGLE),
            (Relation(Sym("X'", r"\dot{X}"), -(_S.T * _G * _P.T)),),
            (("-Y", Formula(-_Y)), ("G", Formula(residual)), ("X'", FromProgram(swept, "dX", _MINUS))),
        ),
    )


def gradient_flow(depth: int, observations: Observations | None = None) -> Derivation:
    """The gradient flow in matrix form, for symbolic dimensions; with observations, its entries as well."""
    from verify.symbolic.components import entry_steps

    swept = gradient(symbolic_program(depth))
    residual = residual_formula(depth)
    definitions: Definitions = (*flow_definitions(depth), ("G", Formula(residual)))
    steps = [
        Step(
            r"The residual that the program computes is",
            r"definition of the loss $\ell=\tfrac12\lVert G\rVert_F^2$; $Y$ is zero outside $\Omega$, so "
            r"$P_\Omega(Y)=Y$",
            Identity(
                _setting(depth),
                (Relation(_G, residual),),
                (("-Y", Formula(-_Y)), ("G", FromProgram(swept, "residual"))),
            ),
        ),
        general_gradient(),
        Step(
            f"At depth {depth} the layers therefore move as",
            "adjoint sweep over the program of the whole product; the words agree letter by letter",
            Identity(
                _setting(depth),
                tuple(Relation(rate(l), flow_formula(depth, l)) for l in range(1, depth + 1)),
                definitions,
            ),
        ),
    ]
    scope = f"depth {depth}, all widths, all observed positions and values; the second step: all depths"
    if observations is not None:
        steps += entry_steps(depth, observations)
        scope += f"; the entries: size {observations.rows}, this set of observations"
    return Derivation(
        topic="gradient-flow",
        title=f"Gradient flow of a depth-{depth} factorization",
        statement=(
            r"For $W=W_L\cdots W_1$ and the loss $\ell=\tfrac12\sum_{(i,j)\in\Omega}(w_{ij}-y_{ij})^2$ with residual "
            r"$G=P_\Omega(W-Y)$, the gradient flow is "
            r"$\dot W_l=-(W_L\cdots W_{l+1})^\top G\,(W_{l-1}\cdots W_1)^\top$"
        ),
        scope=scope,
        steps=tuple(steps),
        notation=(
            r"$W_l$ is $d_l\times d_{l-1}$",
            r"$P_\Omega$ keeps the entries in $\Omega$ and sets the others to zero",
            r"$Y$ holds the observed values, zero outside $\Omega$",
        ),
        options={"depth": depth, "size": None if observations is None else observations.rows},
    )


def _imbalance_rate() -> Program:
    """The derivative of ``XᵀX − Y₂Y₂ᵀ`` in a direction, as a program."""
    build = ProgramBuilder()
    upper, lower = build.parameter("X", "c", "b"), build.parameter("Z", "b", "a")
    first = build.product(build.transpose(upper), upper)
    second = build.product(lower, build.transpose(lower))
    return tangent(build.build(D=build.add(first, build.scale(_MINUS, second))))


def _pair_program() -> Program:
    """``W = P X Z Q`` with X above Z, two neighbouring layers; P and Q do not move here."""
    build = ProgramBuilder()
    upper, lower = build.parameter("X", "c", "b"), build.parameter("Z", "b", "a")
    end = build.product(
        build.constant("P", ("e", "c")), build.product(upper, build.product(lower, build.constant("Q", ("a", "f"))))
    )
    residual = build.add(build.mask("Ω", end), build.constant("-Y", ("e", "f")))
    return build.build(residual=residual, product=end)


_PAIR = (("P", "e", "c"), ("X", "c", "b"), ("Z", "b", "a"), ("Q", "a", "f"), ("Y", "e", "f"))


def balancedness(depth: int | None) -> Derivation:
    """``W_{l+1}ᵀW_{l+1} − W_lW_lᵀ`` is constant along the flow: all depths and widths, and written out at one depth."""
    swept = gradient(_pair_program())
    P, X, Z, Q = Sym("P"), Sym("X"), Sym("Z"), Sym("Q")
    dX, dZ = Sym("X'", r"\dot{X}"), Sym("Z'", r"\dot{Z}")
    residual = Call("mask", (P * X * Z * Q,)) - _Y
    moved: Definitions = (
        ("-Y", Formula(-_Y)),
        ("G", Formula(residual)),
        ("X'", FromProgram(swept, "dX", _MINUS)),
        ("Z'", FromProgram(swept, "dZ", _MINUS)),
    )
    change = dX.T * X + X.T * dX - dZ * Z.T - Z * dZ.T
    rate_of = Sym("D'", r"\dot{D}")
    steps = [
        Step(
            r"Two neighbouring layers $X=W_{l+1}$, $Z=W_l$ of a product $W=P\,X\,Z\,Q$, with $P=W_L\cdots W_{l+2}$, "
            r"$Q=W_{l-1}\cdots W_1$ (identities at the ends) and residual $G=P_\Omega(W)-Y$, move as",
            "adjoint sweep over the matrix program",
            Identity(
                Matrices(_PAIR),
                (Relation(dX, -(P.T * _G * Q.T * Z.T)), Relation(dZ, -(X.T * P.T * _G * Q.T))),
                moved,
            ),
        ),
        Step(
            r"The imbalance $D=X^\top X-ZZ^\top$ moves as",
            "product rule: the derivative of the program of D, in any direction",
            Identity(
                Matrices((*_PAIR, (dX.name, "c", "b"), (dZ.name, "b", "a"))),  # whatever the motion is
                (Relation(rate_of, change),),
                (
                    ("tX", Formula(dX)),
                    ("tZ", Formula(dZ)),
                    ("D'", FromProgram(_imbalance_rate(), "tD", inputs=(("tX", dX), ("tZ", dZ)))),
                ),
            ),
        ),
        Step(
            r"With the flow inserted all terms cancel in pairs, so $W_{l+1}^\top W_{l+1}-W_lW_l^\top$ is constant:",
            r"both products $X^\top\dot X$ and $\dot Z Z^\top$ equal $-X^\top P^\top G\,Q^\top Z^\top$",
            Identity(
                Matrices(_PAIR),
                (
                    Relation(X.T * dX, -(X.T * P.T * _G * Q.T * Z.T)),
                    Relation(dZ * Z.T, -(X.T * P.T * _G * Q.T * Z.T)),
                    Relation(change, Num(Fraction(0))),
                ),
                moved,
            ),
        ),
    ]
    if depth is not None:
        relations = []
        for l in range(1, depth):
            upper, lower, du, dl = layer(l + 1), layer(l), rate(l + 1), rate(l)
            relations.append(Relation(du.T * upper + upper.T * du - dl * lower.T - lower * dl.T, Num(Fraction(0))))
        if relations:
            steps.append(
                Step(
                    f"Written out at depth {depth}, for every pair of neighbours:",
                    "the flow from the program of the whole product, inserted",
                    Identity(_setting(depth), tuple(relations), flow_definitions(depth)),
                )
            )
    return Derivation(
        topic="balancedness",
        title="Balancedness is conserved",
        statement=(
            r"Along the gradient flow of any loss of $W=W_L\cdots W_1$ on observed entries, "
            r"$W_{l+1}^\top W_{l+1}-W_lW_l^\top$ is constant for $l=1,\dots,L-1$"
        ),
        scope="all depths, widths, starts, observed positions and values",
        steps=tuple(steps),
        notation=(r"$P,X,Z,Q$ have any conforming dimensions", r"$Y$ is zero outside $\Omega$"),
        options={"depth": depth},
    )


def end_to_end(depth: int) -> Derivation:
    """The flow of the product: in general, and in powers when the layers are balanced."""
    definitions: Definitions = (*flow_definitions(depth), ("G", Formula(residual_formula(depth))))
    moved = Sym("W'", r"\dot{W}")
    pieces = [product(*chain(depth, l + 1), rate(l), *chain(l - 1, 1)) for l in range(1, depth + 1)]
    full = []
    for l in range(1, depth + 1):
        above, below = chain(depth, l + 1), chain(l - 1, 1)
        full.append(-product(*above, *(x.T for x in reversed(above)), _G, *(x.T for x in reversed(below)), *below))
    # W' by the program's own derivative, in the direction of the flow.
    directions = tuple((f"tW{l}", rate(l)) for l in range(1, depth + 1))
    tangent_of = ("W'", FromProgram(tangent(symbolic_program(depth)), "tproduct", inputs=directions))
    steps = [
        Step(
            r"The product moves as",
            "product rule: the derivative of the program of W in the direction of the flow",
            Identity(_setting(depth), (Relation(moved, total(*pieces)),), (*definitions, tangent_of)),
        ),
        Step(
            r"With the flow inserted, for any layers,",
            r"$\dot W_l=-(W_L\cdots W_{l+1})^\top G\,(W_{l-1}\cdots W_1)^\top$",
            Identity(_setting(depth), (Relation(moved, total(*full)),), (*definitions, tangent_of)),
        ),
    ]
    hypotheses: tuple[Relation, ...] = ()
    uses: tuple[str, ...] = ()
    if depth > 1:
        balance = tuple(Relation(layer(l) * layer(l).T, layer(l + 1).T * layer(l + 1)) for l in range(1, depth))
        hypotheses = balance
        top, bottom = layer(depth) * layer(depth).T, layer(1).T * layer(1)
        grams = tuple(Relation(_gram(chain(depth, l + 1)), top ** (depth - l)) for l in range(depth - 2, -1, -1))
        cograms = tuple(Relation(_cogram(chain(l - 1, 1)), bottom ** (l - 1)) for l in range(3, depth + 2))
        steps.append(
            Step(
                r"If the layers are balanced, $W_{l+1}^\top W_{l+1}=W_lW_l^\top$, then with $H=W_LW_L^\top$",
                r"rewriting $W_lW_l^\top\to W_{l+1}^\top W_{l+1}$ until it ends; in particular $WW^\top=H^L$",
                Identity(
                    _setting(depth, balance),
                    grams,
                ),
            )
        )
        down = tuple(Relation(r.right, r.left) for r in balance)
        steps.append(
            Step(
                r"In the same way, with $K=W_1^\top W_1$,",
                r"rewriting $W_{l+1}^\top W_{l+1}\to W_lW_l^\top$ until it ends; in particular $W^\top W=K^L$",
                Identity(
                    _setting(depth, down),
                    cograms,
                ),
            )
        )
        powers = total(*(-flanked(top, depth - l, _G, bottom, l - 1) for l in range(1, depth + 1)))
        steps.append(
            Step(
                "so that the flow of the product is",
                "the two previous steps, inserted",
                Identity(
                    _setting(depth, (*grams[:-1], *cograms[:-1])),
                    (Relation(moved, powers),),
                    (*definitions, tangent_of),
                ),
            )
        )
        steps.append(_induction())
        uses = (
            r"a positive semidefinite matrix has exactly one positive semidefinite $L$-th root, so that "
            r"$H=(WW^\top)^{1/L}$ and $K=(W^\top W)^{1/L}$",
        )
    return Derivation(
        topic="end-to-end",
        title=f"The flow of the product, depth {depth}",
        statement=(
            r"With $S_l=W_L\cdots W_{l+1}$ and $P_l=W_l\cdots W_1$ the product moves as "
            r"$\dot W=-\sum_{l=1}^{L}S_lS_l^\top\,G\,P_{l-1}^\top P_{l-1}$, and for balanced layers as "
            r"$\dot W=-\sum_{l=1}^{L}(WW^\top)^{(L-l)/L}\,G\,(W^\top W)^{(l-1)/L}$"
        ),
        scope=f"depth {depth}, all widths; the induction step of the powers: all depths",
        steps=tuple(steps),
        hypotheses=hypotheses,
        notation=(r"$G=P_\Omega(W-Y)$ is the residual", "the hypotheses are used in the balanced case only")
        if depth > 1
        else (),
        uses=uses,
        options={"depth": depth},
    )


def flanked(left: Expr, m: int, middle: Expr, right: Expr, k: int) -> Expr:
    """``leftᵐ middle rightᵏ``, without powers 0."""
    return product(*([left**m] if m else []), middle, *([right**k] if k else []))


def _gram(factors: Sequence[Expr]) -> Expr:
    return product(*factors, *(x.T for x in reversed(factors)))


def _cogram(factors: Sequence[Expr]) -> Expr:
    return product(*(x.T for x in reversed(factors)), *factors)


_IS, _IU, _IV, _IH = Sym("S"), Sym("U"), Sym("V"), Sym("H")
_INDUCTION_HYPOTHESES = (
    Relation(_IV * _IV.T, _IU.T * _IU),
    Relation(_IS * _IU * _IU.T, _IH * _IS),
)


def _induction() -> Step:
    """The step from l to l − 1 for all depths: with S = W_L⋯W_{l+2}, U = W_{l+1}, V = W_l."""
    return Step(
        r"For all depths, by induction downwards: with $S=W_L\cdots W_{l+2}$, $U=W_{l+1}$, $V=W_l$ and the induction "
        r"hypothesis $SUU^\top=HS$,",
        r"balancedness $VV^\top=U^\top U$, then the hypothesis; so $(SU)VV^\top=H(SU)$, and "
        r"$(SUV)(SUV)^\top=H\,(SU)(SU)^\top$ adds one power of $H$",
        Identity(
            Matrices((("S", "d", "c"), ("U", "c", "b"), ("V", "b", "a"), ("H", "d", "d")), _INDUCTION_HYPOTHESES),
            (
                Relation(_IS * _IU * _IV * _IV.T, _IH * _IS * _IU),
                Relation(_gram((_IS, _IU, _IV)), _IH * _IS * _IU * _IU.T * _IS.T),
            ),
        ),
        assuming=_INDUCTION_HYPOTHESES,
    )


def coupling_kernel(depth: int | None) -> Derivation:
    """``⟨∇w_ij, ∇w_pq⟩ = Σ_l (S_l S_lᵀ)_ip (P_lᵀ P_l)_jq``: all depths, widths and weights."""
    swept = pullback(_single_layer_program(), "product", seed="E")
    seeds = _seeds("d", "c")
    first, second = Sym("A", r"\nabla_{\!X} w_{ij}", "∇w_ij"), Sym("B", r"\nabla_{\!X} w_{pq}", "∇w_pq")
    units = (("e_i", "d", 1), ("e_p", "d", 1), ("e_j", "c", 1), ("e_q", "c", 1))
    e_i, e_j, e_p, e_q = _UNITS
    definitions: Definitions = (
        ("A", FromProgram(swept, "dX", inputs=(("E", seeds[0]),))),
        ("B", FromProgram(swept, "dX", inputs=(("E", seeds[1]),))),
    )
    steps = [
        Step(
            r"In one layer $X$ of a product $W=S X P$, the entry $w_{ij}=e_i^\top W e_j$ has the gradient",
            r"adjoint sweep over the matrix program with the seed $e_ie_j^\top$",
            Identity(
                Matrices((*_SINGLE, *units)),
                (Relation(first, _S.T * e_i * e_j.T * _P.T), Relation(second, _S.T * e_p * e_q.T * _P.T)),
                definitions,
            ),
        ),
        Step(
            r"so that, with $S=W_L\cdots W_{l+1}$ and $P=W_{l-1}\cdots W_1$, layer $l$ contributes",
            r"$\langle A,B\rangle=\operatorname{tr}(A^\top B)$; a trace is invariant under rotation and falls "
            r"apart into "
            "numbers where a factor has one row",
            Identity(
                Matrices((*_SINGLE, *units)),
                (
                    Relation(
                        Call("inner", (first, second)),
                        Call("entry", (_S * _S.T,), ("i", "p")) * Call("entry", (_P.T * _P,), ("j", "q")),
                    ),
                ),
                definitions,
            ),
        ),
    ]
    if depth is not None:
        steps.append(_kernel_at(depth))
    return Derivation(
        topic="coupling-kernel",
        title="The coupling kernel",
        statement=(
            r"$\langle\nabla_\theta w_{ij},\nabla_\theta w_{pq}\rangle=\sum_{l=1}^{L}(S_lS_l^\top)_{ip}\,"
            r"(P_{l-1}^\top P_{l-1})_{jq}$ with $S_l=W_L\cdots W_{l+1}$ and $P_l=W_l\cdots W_1$"
        ),
        scope="all depths, widths, weights and pairs of entries"
        + (f"; written out at depth {depth}" if depth is not None else ""),
        steps=tuple(steps),
        notation=(
            r"$e_i$ is the $i$-th unit vector",
            "the inner product over all parameters is the sum over the layers",
        ),
        options={"depth": depth},
    )


_I_OUT, _I_IN = Sym("I_out", "I", "I"), Sym("I_in", "I", "I")
_UNITS = tuple(Sym(f"e_{k}") for k in "ijpq")


def _seeds(rows: str, columns: str) -> tuple[Expr, Expr]:
    e_i, e_j, e_p, e_q = _UNITS
    return e_i * e_j.T, e_p * e_q.T


def kernel_formula(depth: int) -> Expr:
    """``Σ_l (S_l S_lᵀ)_ip (P_{l−1}ᵀ P_{l−1})_jq``, written out; identities are written I."""
    terms = []
    for l in range(1, depth + 1):
        above, below = chain(depth, l + 1), chain(l - 1, 1)
        left = _gram(above) if above else _I_OUT
        right = _cogram(below) if below else _I_IN
        terms.append(Call("entry", (left,), ("i", "p")) * Call("entry", (right,), ("j", "q")))
    return total(*terms)


def kernel_setting(depth: int, rules: Sequence[Relation] = ()) -> Matrices:
    """The layers, four unit vectors and the two identities, in symbolic dimensions."""
    units = (("e_i", f"d{depth}", 1), ("e_p", f"d{depth}", 1), ("e_j", "d0", 1), ("e_q", "d0", 1))
    return Matrices((*letters(depth), *units), tuple(rules), (("I_out", f"d{depth}"), ("I_in", "d0")))


def kernel_definitions(depth: int) -> Definitions:
    """The gradients of w_ij and w_pq by every layer, from adjoint sweeps, and their inner product."""
    swept = pullback(symbolic_program(depth), "product", seed="E")
    seeds = _seeds(f"d{depth}", "d0")
    gradients: list[tuple[str, FromProgram | Formula]] = []
    inner = []
    for l in range(1, depth + 1):
        a, b = Sym(f"A{l}"), Sym(f"B{l}")
        gradients.append((a.name, FromProgram(swept, f"dW{l}", inputs=(("E", seeds[0]),))))
        gradients.append((b.name, FromProgram(swept, f"dW{l}", inputs=(("E", seeds[1]),))))
        inner.append(Call("inner", (a, b)))
    return (*gradients, (KERNEL.name, Formula(total(*inner))))


#: ⟨∇w_ij, ∇w_pq⟩ over all parameters.
KERNEL = Sym("⟨∇w_ij, ∇w_pq⟩", r"\langle\nabla w_{ij},\nabla w_{pq}\rangle")


def _kernel_at(depth: int) -> Step:
    definitions = kernel_definitions(depth)
    return Step(
        f"Summed over the layers, at depth {depth}:",
        "adjoint sweeps over the program of the whole product, one for each entry",
        Identity(
            kernel_setting(depth),
            (Relation(KERNEL, kernel_formula(depth)),),
            definitions,
        ),
    )


def depth_two(observations: Observations | None = None) -> Derivation:
    """At depth 2 entries in different rows and columns never interact, whatever the weights and widths."""
    from verify.symbolic.components import cross_kernel_step

    definitions = kernel_definitions(2)
    e_i, e_j, e_p, e_q = _UNITS
    apart = (Relation(e_i.T * e_p, Num(Fraction(0))), Relation(e_j.T * e_q, Num(Fraction(0))))
    first, second = layer(1), layer(2)
    steps = [
        Step(
            "At depth 2 the coupling kernel is",
            r"adjoint sweeps with the seeds $e_ie_j^\top$ and $e_pe_q^\top$; $I_{ip}=e_i^\top e_p$",
            Identity(
                kernel_setting(2),
                (
                    Relation(
                        KERNEL,
                        Call("entry", (_I_OUT,), ("i", "p")) * Call("entry", (first.T * first,), ("j", "q"))
                        + Call("entry", (second * second.T,), ("i", "p")) * Call("entry", (_I_IN,), ("j", "q")),
                    ),
                ),
                definitions,
            ),
        ),
        Step(
            r"If $i\neq p$ and $j\neq q$, both terms vanish, whatever the weights:",
            r"the unit vectors are orthogonal: $e_i^\top e_p=0$, $e_j^\top e_q=0$",
            Identity(kernel_setting(2, apart), (Relation(KERNEL, Num(Fraction(0))),), definitions),
        ),
    ]
    if observations is not None:
        steps.append(cross_kernel_step(observations))
    return Derivation(
        topic="coupling-depth-two",
        title="Depth two is decoupled on disjoint blocks",
        statement=(
            r"At depth 2, $\langle\nabla w_{ij},\nabla w_{pq}\rangle=0$ for all weights whenever $i\neq p$ and "
            r"$j\neq q$. "
            r"So observations that split into two or more parts without a common row or column, such as diagonal "
            r"blocks, "
            r"are decoupled for every start and every width"
        ),
        scope="all starts, widths, weights; depth 2; observations in two or more parts without common rows or columns"
        + (f"; in entries at size {observations.rows}" if observations is not None else ""),
        steps=tuple(steps),
        hypotheses=apart,
        options={"size": None if observations is None else observations.rows},
    )
