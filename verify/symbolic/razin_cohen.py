"""The sharp Razin–Cohen bound: a positive determinant and a small loss make the unobserved entry large.

Observed are ``W_12 = W_21 = 1`` and ``W_22 = 0``. The statements are about one matrix; that the determinant keeps its
sign along a balanced flow is another topic. Every inequality is certified by squares.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Formula, Identity, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Expr, Num, Relation, Sym, formula
from verify.symbolic.inequalities import Combination, Term

_ZERO: Expr = Num(Fraction(0))
_HALF = Fraction(1, 2)
p, s, x, y = Sym("p"), Sym("s"), Sym("x"), Sym("y")
l = Sym("l", r"\ell", "ℓ")
a, b, c, e = Sym("a"), Sym("b"), Sym("c"), Sym("e")
t, u, r, epsilon = Sym("t"), Sym("u"), Sym("r"), Sym("epsilon", r"\varepsilon", "ε")
_SETTING = Rationals(("p", "s", "x", "y", "l", "a", "b", "c", "e", "t"))

_DETERMINANT = Relation(p * s, (1 + x) * (1 + y), ">")
_LOSS = Relation(x**2 + y**2 + s**2, 2 * l)
_SMALL = Relation(l, Num(_HALF), "<")
_SIGN = Relation(s, _ZERO, ">")
_FLAT = Relation(c**2, 1 - 2 * l)
_C = Relation(c, _ZERO, ">=")
_A = Relation(a, _ZERO, ">")
_ROOT = Relation(a**2 + a, 2 * l)
_B = Relation(b, _ZERO, ">")
_BOUND = Relation(a * b**2, (1 - a) ** 3)
_E = Relation(e, _ZERO, ">")
_LENGTH = Relation(e**2, 2 * l)
_FIRST = Relation(a, Num(_HALF), "<=")
_SECOND = Relation(l, Num(Fraction(1, 4)), ">=")


def _combined(relation: Relation, *terms: Term, **options: object) -> Combination:
    return Combination(_SETTING, relation, terms, **options)  # type: ignore[arg-type]


def razin_cohen() -> Derivation:
    """``|W_11| > B(ℓ)`` with the best possible B, ``|W_11| > 1/√(2ℓ) − √(2ℓ)``, and the distance to rank one."""
    product = (1 + x) * (1 + y)
    positive = Relation(product, _ZERO, ">")
    same_sign = Relation(p * s, _ZERO, ">")
    first = Relation(p, _ZERO, ">")
    flat = Relation(product, c * s, ">=")
    above_c = Relation(p, c, ">")
    below_one = Relation(a, formula(1), "<")
    middle = (1 - a) * (s**2 + a * (1 - a))
    lower = Relation(2 * a * product, middle, ">=")
    mean = Relation(middle, 2 * a * b * s, ">=")
    above_b = Relation(p, b, ">")
    plus_b = Relation(e * b + (1 - 2 * l), _ZERO, ">")
    clean_b = Relation(e * b, 1 - 2 * l, ">")
    clean = Relation(e * p, 1 - 2 * l, ">")
    plus_c = Relation(e + c, _ZERO, ">")
    nearest = Relation(p * t, p * s - product)
    away, nearer = Relation(t, _ZERO, ">"), Relation(t, s, "<")
    plus_s = Relation(e + s, _ZERO, ">")
    short, near = Relation(s, e, "<="), Relation(t, e, "<")
    half = -Num(_HALF)
    steps = (
        Step(
            r"The observed entries off the diagonal have one sign, $W_{12}W_{21}>0$:",
            "the square of a sum, and the loss",
            _combined(
                positive,
                Term(1 + x + y, weight=_HALF),
                Term(s, weight=_HALF),
                Term(premises=(_SMALL,)),
                given=((_LOSS, half),),
            ),
        ),
        Step(
            r"so $W_{11}W_{22}>0$:",
            "the determinant is positive",
            _combined(same_sign, Term(premises=(_DETERMINANT,)), Term(premises=(positive,)), shown=False),
        ),
        Step(
            r"Changing the signs of $W_{11}$ and $W_{22}$ together changes neither the determinant nor the loss; so "
            r"let $s>0$. Then $p=|W_{11}|$ and $s=|W_{22}|$:",
            r"division by $s$",
            _combined(first, Term(premises=(same_sign,)), times=(_SIGN,), shown=False),
        ),
        Step(
            r"A first bound, with $c=\sqrt{1-2\ell}$:",
            "two squares, and the loss",
            _combined(
                flat,
                Term(1 + x + y, weight=_HALF),
                Term(s - c, weight=_HALF),
                given=((_LOSS, half), (_FLAT, half)),
            ),
        ),
        Step(
            r"so $|W_{11}|>\sqrt{1-2\ell}$:",
            r"the determinant, and division by $s$",
            _combined(above_c, Term(premises=(_DETERMINANT,)), Term(premises=(flat,)), times=(_SIGN,)),
        ),
        Step(
            r"For a small loss there is a better one. The positive root $a$ of $a^2+a=2\ell$ is below 1:",
            r"$2\ell<1$",
            _combined(below_one, Term(premises=(_SMALL,), weight=Fraction(2)), Term(a), given=((_ROOT, formula(-1)),)),
        ),
        Step(
            r"In the first case, $a\le\tfrac12$ (that is, $\ell\le\tfrac38$),",
            "two squares, and the loss",
            _combined(
                lower,
                Term(x + y + 2 * a, weight=_HALF),
                Term(x - y, (_FIRST,)),
                given=((_LOSS, -(1 - a)), (_ROOT, 1 - a)),
            ),
        ),
        Step(
            r"and with $b=(1-a)^{3/2}a^{-1/2}$",
            "the inequality between arithmetic and geometric mean",
            _combined(
                mean,
                Term((1 - a) * s - a * b),
                given=((_BOUND, -a),),
                times=(below_one,),
            ),
        ),
        Step(
            r"so $|W_{11}|>B(\ell)=(1-a)^{3/2}a^{-1/2}$:",
            r"the determinant, and division by $as$",
            _combined(
                above_b,
                Term(premises=(_A, _DETERMINANT)),
                Term(premises=(lower,), weight=_HALF),
                Term(premises=(mean,), weight=_HALF),
                times=(_A, _SIGN),
            ),
        ),
        Step(
            r"The bound is the best possible: with $W_{12}=W_{21}=1-a$ and $W_{22}=r=(1-a)^2/b$ the loss is $\ell$, "
            r"and $W_{11}=b+\varepsilon$ has the determinant $\varepsilon r$, positive for every $\varepsilon>0$:",
            r"substitution; $ab^2=(1-a)^3$",
            Identity(
                Rationals(("a", "b", "l")),
                (Relation((-a) ** 2 + (-a) ** 2 + r**2, 2 * l),),
                (("r", Formula((1 - a) ** 2 / b)),),
                ((_BOUND, -((1 - a) / b**2)), (_ROOT, formula(1))),
            ),
        ),
        Step(
            r"and the determinant is",
            "substitution",
            Identity(
                Rationals(("a", "b", "epsilon")),
                (Relation((b + epsilon) * r - (1 - a) ** 2, epsilon * r),),
                (("r", Formula((1 - a) ** 2 / b)),),
            ),
        ),
        Step(
            r"In the second case, $\tfrac38\le\ell<\tfrac12$, $B(\ell)=\sqrt{1-2\ell}$ is the best possible: with "
            r"$W_{12}=\tfrac12(1+u)$, $W_{21}=\tfrac12(1-u)$, $u=\sqrt{8\ell-3}$ and $W_{22}=c$ the loss is $\ell$ and "
            r"$W_{11}=c+\varepsilon$ has the determinant $\varepsilon c$:",
            r"substitution of $\ell=(u^2+3)/8$ and $c^2=1-2\ell$",
            Identity(
                Rationals(("u", "c", "l", "epsilon")),
                (Relation(((u - 1) / 2) ** 2 + ((-u - 1) / 2) ** 2 + c**2, 2 * l),),
                given=((Relation(u**2, 8 * l - 3), formula(_HALF)), (_FLAT, formula(1))),
            ),
            assuming=(Relation(u**2, 8 * l - 3),),
        ),
        Step(
            "and the determinant is",
            "substitution",
            Identity(
                Rationals(("u", "c", "l", "epsilon")),
                (Relation((c + epsilon) * c - ((1 + u) / 2) * ((1 - u) / 2), epsilon * c),),
                given=((Relation(u**2, 8 * l - 3), formula(Fraction(1, 4))), (_FLAT, formula(1))),
            ),
            assuming=(Relation(u**2, 8 * l - 3),),
        ),
        Step(
            r"A bound without cases, with $e=\sqrt{2\ell}$. In the first case",
            r"$e$, $b$ and $1-2\ell$ are positive",
            _combined(plus_b, Term(premises=(_E, _B)), Term(premises=(_SMALL,), weight=Fraction(2)), shown=False),
        ),
        Step(
            r"and so $B(\ell)>1/e-e$:",
            r"$a(eb)^2-a(1-2\ell)^2=a^3(1-2a^2)$, by the equations for $e$, $b$ and $a$",
            _combined(
                clean_b,
                Term(premises=(_A, _A, _A), weight=_HALF),
                Term(a, (_A, _FIRST)),
                Term(a**2, (_FIRST,), Fraction(2)),
                given=(
                    (_LENGTH, a * b**2),
                    (_BOUND, 2 * l),
                    (_ROOT, -((1 - a) ** 3) - a * (2 - 2 * l - a**2 - a)),
                ),
                times=(_A, plus_b),
            ),
        ),
        Step(
            r"so $|W_{11}|>1/\sqrt{2\ell}-\sqrt{2\ell}$:",
            r"$p>b$",
            _combined(clean, Term(premises=(_E, above_b)), Term(premises=(clean_b,))),
        ),
        Step(
            r"In the second case ($\ell\ge\tfrac14$ is enough)",
            r"$e>0$ and $c\ge0$",
            _combined(plus_c, Term(premises=(_E,)), Term(premises=(_C,)), shown=False),
        ),
        Step(
            r"and again",
            r"$p>c$",
            _combined(
                clean,
                Term(premises=(_E, _E, above_c)),
                Term(premises=(_E, _C, above_c)),
                Term(premises=(_C, _SECOND), weight=Fraction(4)),
                given=((_FLAT, e), (_LENGTH, c)),
                times=(plus_c,),
            ),
        ),
        Step(
            r"The matrix of rank at most one with the entries of $W$ but $W_{22}$ is at the distance $|t|$, where",
            r"its entry is $W_{12}W_{21}/W_{11}$",
            Identity(Rationals(("p", "s", "x", "y")), (nearest,), (("t", Formula(s - product / p)),)),
        ),
        Step(
            r"and $t$ lies above 0,",
            r"the determinant is positive; division by $p$",
            _combined(
                away, Term(premises=(_DETERMINANT,)), given=((nearest, formula(1)),), times=(first,), shown=False
            ),
        ),
        Step(
            r"and below $s=|W_{22}|$:",
            r"division by $p$",
            _combined(nearer, Term(premises=(positive,)), given=((nearest, formula(-1)),), times=(first,)),
        ),
        Step(
            r"Since",
            r"$e>0$ and $s>0$",
            _combined(plus_s, Term(premises=(_E,)), Term(premises=(_SIGN,)), shown=False),
        ),
        Step(
            r"the loss bounds $|W_{22}|$,",
            "the other two squares",
            _combined(short, Term(x), Term(y), given=((_LENGTH, formula(1)), (_LOSS, formula(-1))), times=(plus_s,)),
        ),
        Step(
            r"and the distance of $W$ to the matrices of rank at most one is below $\sqrt{2\ell}$:",
            "the previous steps",
            _combined(near, Term(premises=(nearer,)), Term(premises=(short,)), shown=False),
        ),
    )
    return Derivation(
        topic="razin-cohen",
        title="The sharp bound in the setting of Razin and Cohen",
        statement=(
            r"Let $W$ be a real $2\times2$ matrix with $\det W>0$ and the loss "
            r"$\ell=\tfrac12((W_{12}-1)^2+(W_{21}-1)^2+W_{22}^2)<\tfrac12$. Then $W_{11}W_{22}>0$ and "
            r"$|W_{11}|>B(\ell)$, where $B=(1-a)^{3/2}a^{-1/2}$ with $a=\tfrac12(\sqrt{1+8\ell}-1)$ for "
            r"$\ell\le\tfrac38$ and $B=\sqrt{1-2\ell}$ for $\ell\ge\tfrac38$; no larger $B(\ell)$ will do. "
            r"In particular $|W_{11}|>1/\sqrt{2\ell}-\sqrt{2\ell}$. The distance of $W$ to the "
            r"matrices of rank at most one is below $\sqrt{2\ell}$"
        ),
        scope=r"all real $2\times2$ matrices with a positive determinant and $\ell<\tfrac12$",
        steps=steps,
        hypotheses=(
            _DETERMINANT, _LOSS, _SMALL, _SIGN, _FLAT, _C, _A, _ROOT, _B, _BOUND, _E, _LENGTH, _FIRST, _SECOND,
        ),
        notation=(
            r"$p=W_{11}$, $s=W_{22}$, $x=W_{12}-1$, $y=W_{21}-1$",
            r"$c$, $a$, $b$ and $e$ are defined by the equations among the hypotheses, with their signs; $\ell>0$, "
            r"because $s\ne0$",
            r"the last two hypotheses are the two cases; a step that uses one of them says so",
        ),
    )  # fmt: skip
