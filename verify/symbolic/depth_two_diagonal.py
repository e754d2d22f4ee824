"""Depth 2 with diagonal observations, solved for every start: limits, small scales, determinants, the nuclear norm.

``W = AB`` with rows a_i of A and columns b_i of B. The pair (a_i, b_i) moves on its own, in a plane; one Riccati
equation for each i is all that is left, and its solution is verified by substitution.
"""

from __future__ import annotations

from verify.symbolic.checks import (
    Definition,
    Definitions,
    Formula,
    Identity,
    Inequality,
    Matrices,
    PowerLaws,
    Rationals,
)
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Expr, Relation, Sym, formula
from verify.symbolic.matrix_flow import flow_definitions, layer, letters, rate, residual_formula
from verify.symbolic.symmetric_family import rate_of, w

_P, u, v, g, p = Sym("P"), Sym("u"), Sym("v"), Sym("g"), Sym("p")
U, V, D, E = Sym("U"), Sym("V"), Sym("D"), Sym("E")
x, c = Sym("x"), Sym("c")


def any_start() -> Derivation:
    """D18 (a), (b), (d): the flow from any start, its limit, vanishing scale, and the nuclear norm."""
    first, second, G, moved1, moved2 = layer(1), layer(2), Sym("G"), rate(1), rate(2)
    plane = Rationals(("P", "u", "v", "g"), (("P", -g * _P),))
    a, b = _P * u + v / _P, _P * u - v / _P
    riccati = 2 * (w * p - U * p**2 + V)
    solved = Rationals(("p", "U", "D", "w"), (("p", riccati),))
    known: Definitions = (("V", Formula((D**2 - w**2) / (4 * U))), ("E", Formula((w + D) / (2 * U))))
    other: Definitions = (*known, ("F", Formula((w - D) / (2 * U))))
    F = Sym("F")
    root = Relation(x * (x - w), c)
    above = Relation(w, x, "<")
    positive = PowerLaws(("x", "w", "c"), ("k",))
    steps = (
        Step(
            r"The flow of $W=AB$, $A=W_2$, $B=W_1$, is, with the residual $G$, which is diagonal: $G_{ii}=g_i$,",
            r"adjoint sweep over the matrix program; for the rows $a_i$ of $A$ and the columns $b_i$ of $B$ it says "
            r"$\dot a_i=-g_ib_i$, $\dot b_i=-g_ia_i$",
            Identity(
                Matrices((*letters(2), ("Y", "d2", "d0"))),
                (Relation(moved2, -(G * first.T)), Relation(moved1, -(second.T * G))),
                (*flow_definitions(2), ("G", Formula(residual_formula(2)))),
            ),
        ),
        Step(
            r"For each $i$, and in each coordinate of the hidden space, let $a=Pu+v/P$ and $b=Pu-v/P$ with "
            r"$\dot P=-gP$. They solve these equations:",
            "product and quotient rule",
            Identity(plane, (Relation(rate_of(a), -g * b), Relation(rate_of(b), -g * a))),
        ),
        Step(
            r"from any start: at $P=1$, with $u=(a+b)/2$ and $v=(a-b)/2$,",
            "substitution",
            Identity(
                Rationals(("a", "b")),
                (Relation(_P * u + v / _P, Sym("a")), Relation(_P * u - v / _P, Sym("b"))),
                (
                    ("P", Formula(formula(1))),
                    ("u", Formula((Sym("a") + Sym("b")) / 2)),
                    ("v", Formula((Sym("a") - Sym("b")) / 2)),
                ),
            ),
        ),
        Step(
            r"The product of the two is, in each coordinate, with $p=P^2$,",
            r"summed over the coordinates it is the observed entry $w_{ii}=pU-V/p$, with $U=|u_i|^2$, $V=|v_i|^2$",
            Identity(Rationals(("P", "u", "v")), (Relation(a * b, p * u**2 - v**2 / p),), (("p", Formula(_P**2)),)),
        ),
        Step(
            r"So, with $g=pU-V/p-w$, one Riccati equation is left:",
            r"$\dot p=2P\dot P=-2gp$",
            Identity(
                Rationals(("p", "U", "V", "w")), (Relation(-2 * g * p, riccati),), (("g", Formula(p * U - V / p - w)),)
            ),
        ),
        Step(
            r"Let $D=(w^2+4UV)^{1/2}$, $E=(w+D)/(2U)$ and $F=(w-D)/(2U)$. These are the roots of the right side,",
            r"$4UV=D^2-w^2$",
            Identity(
                Rationals(("p", "U", "D", "w")),
                (Relation(riccati, -2 * U * (p - E) * (p - F)), Relation(E * F, -V / U)),
                other,
            ),
        ),
        Step(
            r"and the quotient $q=(p-E)/(p-F)$ decays exponentially; since $p(0)=1>0\ge F$, $p\to E$:",
            r"quotient rule; the solution is $q(t)=q(0)e^{-2Dt}$",
            Identity(solved, (Relation(rate_of((p - E) / (p - F)), -2 * D * ((p - E) / (p - F))),), other),
        ),
        Step(
            r"At the limit the observed entry is the datum, and the mean of $|a_i|^2$ and $|b_i|^2$ is $D$:",
            r"$EU=(w+D)/2$ and $V/E=(D-w)/2$",
            Identity(
                Rationals(("U", "D", "w")),
                (Relation(E * U - V / E, w), Relation(E * U + V / E, D)),
                known,
            ),
        ),
        Step(
            r"Hence $\|W_\infty\|_*\le\tfrac12(\|A\|_F^2+\|B\|_F^2)=\sum_i(w_i^2+4|u_i|^2|v_i|^2)^{1/2}$, while every "
            r"completion has $\|W\|_*\ge|\mathrm{tr}(WS)|=\sum_i|w_i|$, $S$ the diagonal matrix of the signs. The two "
            r"differ by at most, for each $i$ with $w_i>0$, and $c=UV$, $x=EU$ (so $x(x-w)=c$), $2(x-w)$, where first",
            r"$x-w=c/x$",
            Inequality(positive, above, (), given=((root, 1 / x),)),
        ),
        Step(
            r"and so",
            r"$x-w=c/x\le c/w$",
            Inequality(positive, Relation(x - w, c / w, "<"), (), given=((root, -(1 / x)), (above, c / (x * w)))),
        ),
        Step(
            r"If the start is scaled by $\epsilon$, $U$ and $V$ become $\epsilon^2U$ and $\epsilon^2V$, and $c$ "
            r"becomes",
            r"so $x=E\epsilon^2U\to w$, and the part of $a_i$ along $v_i$, of square $\epsilon^2V/E=x-w$, vanishes",
            Identity(
                Rationals(("U", "V", "epsilon")),
                (
                    Relation(
                        (Sym("epsilon", r"\epsilon", "ε") ** 2 * U) * (Sym("epsilon", r"\epsilon", "ε") ** 2 * V),
                        Sym("epsilon", r"\epsilon", "ε") ** 4 * (U * V),
                    ),
                ),
            ),
        ),
    )
    return Derivation(
        topic="depth-two-any-start",
        title="Depth two with diagonal observations, from any start",
        statement=(
            r"Let $W=AB$, rows $a_i$ of $A$, columns $b_i$ of $B$, $u_i=\tfrac12(a_i+b_i)$, $v_i=\tfrac12(a_i-b_i)$ at "
            r"the start, and let the diagonal be observed with any values $w_i$. If $u_i\ne0$ (and $v_i\ne0$ where "
            r"$w_i\le0$), then $(W_\infty)_{ij}=(E_i^{1/2}u_i+E_i^{-1/2}v_i)\cdot(E_j^{1/2}u_j-E_j^{-1/2}v_j)$ with "
            r"$E_i=(w_i+(w_i^2+4|u_i|^2|v_i|^2)^{1/2})/(2|u_i|^2)$. If all $w_i>0$ and the start is scaled by "
            r"$\epsilon\to0$, $(W_\infty)_{ij}\to(w_iw_j)^{1/2}\,u_i\cdot u_j/(|u_i||u_j|)$, a Gram matrix. In general "
            r"$\sum_i|w_i|\le\|W_\infty\|_*\le\sum_i(w_i^2+4|u_i|^2|v_i|^2)^{1/2}$, and the left side is the least "
            r"nuclear norm of all completions"
        ),
        scope=r"depth 2; all sizes, hidden widths, observed values; every start with $u_i\ne0$ (and $v_i\ne0$ where "
        r"$w_i\le0$)",
        steps=steps,
        hypotheses=(root,),
        notation=(
            r"the index $i$ is left out in the steps",
            r"$\|\cdot\|_*$ is the sum of the singular values; the hypothesis says that $x=EU$ is the positive root",
        ),
        uses=(
            "the solution of an ordinary differential equation with a Lipschitz right side is unique",
            r"$\|AB\|_*\le\tfrac12(\|A\|_F^2+\|B\|_F^2)$, and $|\mathrm{tr}(WS)|\le\|W\|_*$ for orthogonal $S$",
        ),
    )


def determinant_law() -> Derivation:
    """D18 (c): balanced 2 × 2 starts; the limit's determinant is ``−sin²(2θ)|det W(0)|`` if that of W(0) is "
    "negative."""
    X, Y, Z = Sym("X"), Sym("Y"), Sym("Z")
    co, si, q = Sym("c"), Sym("s"), Sym("q")
    half = Sym("t")
    circle: Definitions = (
        ("c", Formula((1 - half**2) / (1 + half**2))),
        ("s", Formula(2 * half / (1 + half**2))),
    )
    root = ((X, Y), (Y, Z))
    ring = Rationals(("X", "Y", "Z", "t", "q"))

    def times(matrix: tuple[tuple[Expr, Expr], tuple[Expr, Expr]], vector: tuple[Expr, Expr]) -> tuple[Expr, Expr]:
        return tuple(row[0] * vector[0] + row[1] * vector[1] for row in matrix)  # type: ignore[return-value]

    mirror = ((co**2 - si**2, 2 * si * co), (2 * si * co, si**2 - co**2))
    turn = ((co**2 - si**2, -2 * si * co), (2 * si * co, co**2 - si**2))
    f, h = times(root, (co, si)), times(root, (-si, co))
    minus = formula(-1)

    def halves(of: tuple[tuple[Expr, Expr], tuple[Expr, Expr]], i: int) -> tuple[tuple[Expr, Expr], tuple[Expr, Expr]]:
        """u_i and v_i at the start A = R P^{1/2}, B = P^{1/2}."""
        row = tuple(of[i][0] * root[0][k] + of[i][1] * root[1][k] for k in range(2))
        column = (root[0][i], root[1][i])
        return (
            tuple((r + b) / 2 for r, b in zip(row, column, strict=True)),  # type: ignore[return-value]
            tuple((r - b) / 2 for r, b in zip(row, column, strict=True)),
        )

    def named(name: str, k: int) -> Sym:
        return Sym(f"{name}{k}", f"{name[0]}_{{{name[1:]}{k}}}", f"{name}{k}")

    def equal(which: str, i: int, part: int, factor: Expr, of: tuple[Expr, Expr]) -> tuple[list[Relation], Definitions]:
        values = halves(mirror, i)[part]
        relations = [Relation(named(f"{which}{i + 1}", k + 1), factor * of[k]) for k in range(2)]
        return relations, tuple((f"{which}{i + 1}{k + 1}", Formula(values[k])) for k in range(2))

    start_relations: list[Relation] = []
    start_definitions: list[tuple[str, Definition]] = []
    for which, i, part, factor, of in (
        ("u", 0, 0, co, f), ("v", 0, 1, si, h), ("u", 1, 0, si, f), ("v", 1, 1, minus * co, h),
    ):  # fmt: skip
        found, defined = equal(which, i, part, factor, of)
        start_relations += found
        start_definitions += defined
    e, Fq, H = Sym("e"), Sym("F"), Sym("H")
    a11, a12, a21, a22 = (Sym(f"a{place}", f"a_{{{place}}}") for place in ("11", "12", "21", "22"))
    f1, f2, h1, h2 = (Sym(f"{letter}{k}", f"{letter}_{k}") for letter in "fh" for k in (1, 2))
    limit: Definitions = (
        ("f1", Formula(f[0])),
        ("f2", Formula(f[1])),
        ("h1", Formula(h[0])),
        ("h2", Formula(h[1])),
        ("a11", Formula(q * f1 + si * co / q * h1)),
        ("a12", Formula(q * f2 + si * co / q * h2)),
        ("a21", Formula(q * f1 - si * co / q * h1)),
        ("a22", Formula(q * f2 - si * co / q * h2)),
    )
    determinant = Sym("det", r"\det W_\infty", "det W∞")
    product = (a11 * a21 + a12 * a22) * (a21 * a11 + a22 * a12) - (a11**2 + a12**2) * (a21**2 + a22**2)
    r1, r2 = times(root, (co, -si)), times(root, (si, co))
    gram_relations, gram_definitions = [], []
    for i, of in ((0, r1), (1, r2)):
        values = halves(turn, i)[0]
        for k in range(2):
            gram_relations.append(Relation(named(f"u{i + 1}", k + 1), co * of[k]))
            gram_definitions.append((f"u{i + 1}{k + 1}", Formula(values[k])))
    steps = (
        Step(
            r"Let $\det W(0)<0$, $W(0)=RP$ with the reflection $R$ of axis angle $\theta$, and balanced factors, "
            r"such as "
            r"$A=RP^{1/2}$, $B=P^{1/2}=\begin{pmatrix}X&Y\\Y&Z\end{pmatrix}$. With $c=\cos\theta$, $s=\sin\theta$, "
            r"$f=P^{1/2}(c,s)$ and $h=P^{1/2}(-s,c)$ the halves are $u_1=cf$, $v_1=sh$, $u_2=sf$, $v_2=-ch$; in "
            r"entries",
            r"$R=\begin{pmatrix}c^2-s^2&2sc\\2sc&s^2-c^2\end{pmatrix}$ and $c^2+s^2=1$",
            Identity(ring, tuple(start_relations), (*circle, *start_definitions)),
        ),
        Step(
            r"Both $E_1$ and $E_2$ (topic depth-two-any-start, with equal values $w$) come from one number $e>0$, the "
            r"root of $Fe^2-we-c^2s^2H=0$, $F=|f|^2$, $H=|h|^2$: $E_1=e/c^2$ and $E_2=e/s^2$, since",
            "both equations are multiples of one",
            Identity(
                Rationals(("F", "H", "c", "s", "e", "w")),
                (
                    Relation(
                        co**2 * (co**2 * Fq * (e / co**2) ** 2 - w * (e / co**2) - si**2 * H),
                        Fq * e**2 - w * e - co**2 * si**2 * H,
                    ),
                    Relation(
                        si**2 * (si**2 * Fq * (e / si**2) ** 2 - w * (e / si**2) - co**2 * H),
                        Fq * e**2 - w * e - co**2 * si**2 * H,
                    ),
                ),
            ),
        ),
        Step(
            r"So with $q=e^{1/2}$ (the signs of $c$ and $s$ drop out) the limit has the rows $a_1=qf+\tfrac{sc}{q}h$, "
            r"$a_2=qf-\tfrac{sc}{q}h$ of $A$ and the columns $b_1=a_2$, $b_2=a_1$ of $B$, and the determinant of "
            r"$W=AB$ is",
            r"$-4s^2c^2=-\sin^2(2\theta)$ and $\det P=(XZ-Y^2)^2=|\det W(0)|$; neither $q$ nor $w$ is left",
            Identity(
                ring,
                (Relation(determinant, -4 * si**2 * co**2 * (X * Z - Y**2) ** 2),),
                (*circle, *limit, ("det", Formula(product))),
            ),
        ),
        Step(
            r"If $\det W(0)>0$ and $R$ is the rotation by $2\theta$, $u_1=c\,P^{1/2}(c,-s)$ and $u_2=c\,P^{1/2}(s,c)$:",
            r"$R=\begin{pmatrix}c^2-s^2&-2sc\\2sc&c^2-s^2\end{pmatrix}$ and $c^2+s^2=1$; so as the scale tends to "
            r"zero, "
            r"$W_\infty$ tends to the matrix of the $(w_iw_j)^{1/2}$ times the correlations of $R_\theta "
            r"PR_\theta^\top$",
            Identity(ring, tuple(gram_relations), (*circle, *gram_definitions)),
        ),
    )
    return Derivation(
        topic="depth-two-determinant",
        title="Depth two, two by two: the determinant of the limit",
        statement=(
            r"Let a $2\times2$ factorization of depth 2 start balanced, $W(0)=RP$ (polar form), with the diagonal "
            r"observed as $w>0$. If $\det W(0)<0$ and $R$ is the reflection with axis angle $\theta$, "
            r"$\sin2\theta\ne0$, then $\det W_\infty=-\sin^2(2\theta)\,|\det W(0)|$, at every scale. If "
            r"$\det W(0)>0$ and $R$ is the rotation by $2\theta$, $c=\cos\theta\ne0$, then as the scale tends to zero "
            r"$W_\infty$ tends to $w$ times the correlation matrix of $R_\theta PR_\theta^\top$"
        ),
        scope=r"depth 2, $2\times2$, equal values $w>0$; balanced starts with $\det W(0)\ne0$, $\sin2\theta\ne0$ or "
        r"$c\ne0$",
        steps=steps,
        notation=(
            r"$c=\cos\theta=(1-t^2)/(1+t^2)$, $s=\sin\theta=2t/(1+t^2)$ with $t=\tan(\theta/2)$",
            r"balanced factors of $W(0)$ differ by a rotation of the hidden space, which the flow of $W$ does not see",
        ),
    )
