"""Loss of plasticity at depth two: a region that no trajectory leaves, and the limit that it allows.

After decoupled pretraining on the diagonal entry 12 is observed too. The layers keep a symmetry, so the flow is one of
four numbers; in them every inequality has a certificate made of squares and of what is known to be positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.arithmetic import EntrywiseAlgebra, Program, evaluate, pullback
from verify.models import Observations, deep_program
from verify.symbolic.checks import Formula, Identity, Rationals, show_program
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym, formula
from verify.symbolic.inequalities import Combination, Term, Together

_ZERO: Expr = Num(Fraction(0))
_HALF = Fraction(1, 2)
a, b, c, d = Sym("a"), Sym("b"), Sym("c"), Sym("d")
g, h, v, w = Sym("g"), Sym("h"), Sym("v"), Sym("w")
x, y, z, p = Sym("x"), Sym("y"), Sym("z"), Sym("p")
k, q, r = Sym("k"), Sym("q"), Sym("r")
tau, D = Sym("tau", r"\tau", "τ"), Sym("D", r"\Delta", "Δ")
e, n, T = Sym("e"), Sym("n"), Sym("T")

#: What the letters abbreviate, in the four entries of ``W_2``.
_TAU = a**2 + b**2 + c**2 + d**2
_SHORT = (
    ("tau", Formula(_TAU)),
    ("q", Formula(a**2 + b**2)),
    ("k", Formula(a * c + b * d)),
    ("r", Formula(c**2 + d**2)),
    ("D", Formula((a * d - b * c) ** 2)),
)
_PRODUCT = (("x", Formula(a * d + b * c)), ("y", Formula(2 * a * b)), ("z", Formula(2 * c * d)))
_RATES = (("a", -(g * d + h * b)), ("b", -(g * c + h * a)), ("c", -(g * b)), ("d", -(g * a)))


@dataclass(frozen=True)
class EntryOf:
    """An entry of a program's output, times `factor`; `matrices` gives every parameter by rows of formulas."""

    program: Program
    matrices: tuple[tuple[str, tuple[tuple[Expr, ...], ...]], ...]
    output: str
    place: tuple[int, int]
    factor: Fraction = Fraction(1)

    def value(self, ring: Any) -> Any:
        given = {
            name: tuple(tuple(entry.read(ring.values, ring) for entry in row) for row in rows)
            for name, rows in self.matrices
        }
        i, j = self.place
        algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(ring.number)
        return evaluate(self.program, given, algebra)[self.output][i][j] * ring.number(self.factor)

    def describe(self) -> str:
        rows = ", ".join(
            f"{name} = [{'; '.join(', '.join(x.text() for x in row) for row in rows)}]" for name, rows in self.matrices
        )
        return f"{self.factor} times entry {self.place} of {self.output} of [{show_program(self.program)}]; {rows}"


def _from_the_program() -> tuple[Step, Step]:
    """The product and the rates of both layers, from the matrix program that the integrators use."""
    program = deep_program([(2, 2), (2, 2)], Observations.diagonal(2, 0))
    swept = pullback(program, "product", seed="E")
    second, first = ((a, b), (c, d)), ((d, b), (c, a))
    layers = (("W1", first), ("W2", second))
    seeded = (*layers, ("E", ((g, h), (_ZERO, g))))
    relations, moved = [], []
    for layer, names in ((2, "abcd"), (1, "dbca")):
        for number, name in enumerate(names):
            i, j = divmod(number, 2)
            shown = Sym(
                f"W{layer}{i + 1}{j + 1}'", rf"(\dot W_{layer})_{{{i + 1}{j + 1}}}", f"(W{layer}')_{i + 1}{j + 1}"
            )
            relations.append(Relation(shown, dict(_RATES)[name]))
            moved.append((shown.name, EntryOf(swept, seeded, f"dW{layer}", (i, j), Fraction(-1))))
    entries, product = [], []
    for (i, j), body in (((0, 0), a * d + b * c), ((0, 1), 2 * a * b), ((1, 0), 2 * c * d), ((1, 1), a * d + b * c)):
        shown = Sym(f"W{i + 1}{j + 1}", f"W_{{{i + 1}{j + 1}}}", f"W_{i + 1}{j + 1}")
        entries.append(Relation(shown, body))
        product.append((shown.name, EntryOf(program, layers, "product", (i, j))))
    return (
        Step(
            r"Let $W_2=\begin{pmatrix}a&b\\c&d\end{pmatrix}$ and $W_1=\begin{pmatrix}d&b\\c&a\end{pmatrix}$, which is "
            r"$PW_2^\top P$ with the exchange $P$. Then $W=W_2W_1$ is persymmetric:",
            "the program of the product, with these entries",
            Identity(Rationals(("a", "b", "c", "d")), tuple(entries), tuple(product)),
        ),
        Step(
            r"so the residual is $\begin{pmatrix}g&h\\0&g\end{pmatrix}$ with $g=W_{11}-w$, $h=W_{12}-v$, and both "
            r"layers move in the same way: $W_1=PW_2^\top P$ is kept, and",
            "adjoint sweep over the program with that residual; solutions are unique",
            Identity(Rationals(("a", "b", "c", "d", "g", "h")), tuple(relations), tuple(moved)),
        ),
    )


_BALANCE = Relation(a**2 + c**2, b**2 + d**2)
_K = Relation(tau * k, x * (y + z))
_Q = Relation(tau * q, x**2 + y**2 + D)
_TRACE = Relation(tau, q + r)
_TRACE_SQUARED = Relation(tau**2, (y - z) ** 2 + 4 * x**2)
_DET_Q = Relation(q * r - k**2, D)
_DET = Relation(x**2 - y * z, D)
_D_SIGN = Relation(D, _ZERO, ">=")
_TWICE = Relation(tau, 2 * x, ">=")
_R_SIGN = Relation(r, _ZERO, ">=")


def _structure() -> tuple[Step, ...]:
    """Balance and the square root of WWᵀ, which tie the rates to the entries of W; the rates of those entries."""
    plain = Rationals(("a", "b", "c", "d"))
    flowing = Rationals(("a", "b", "c", "d", "g", "h"), _RATES)
    short = (*_SHORT, *_PRODUCT)
    moved = tuple((f"{name}'", Formula(Call("rate", (body.body,)))) for name, body in _PRODUCT)

    def tied(relation: Relation, multiplier: Expr | None = None) -> Identity:
        return Identity(plain, (relation,), short, ((_BALANCE, multiplier),) if multiplier is not None else ())

    return (
        Step(
            r"The layers are balanced at the start, where $a=d$ and $b=c$, and remain so, for",
            r"product rule; this is all of $W_2^\top W_2-W_1W_1^\top=(a^2+c^2-b^2-d^2)\,\mathrm{diag}(1,-1)$",
            Identity(flowing, (Relation(Call("rate", (a**2 + c**2 - b**2 - d**2,)), _ZERO),)),
        ),
        Step(
            r"So $Q=W_2W_2^\top=\begin{pmatrix}q&k\\k&r\end{pmatrix}$ is the square root of $WW^\top=S^2$, $S=WP$, and "
            r"equals $(S^2+\Delta I)/\tau$ with its trace $\tau$ and $\Delta=\det W=\det Q$. In entries:",
            r"polynomials in the entries of $W_2$, modulo the balance",
            tied(_K, a * c - b * d),
        ),
        Step("and", "the same", tied(_Q, a**2 - b**2)),
        Step("and", "the same", tied(_TRACE_SQUARED, a**2 - b**2 + c**2 - d**2)),
        Step(
            "where",
            "polynomials in the entries of $W_2$",
            Identity(plain, (_TRACE, _DET_Q, _DET), short),
        ),
        Step("with", "a square", Combination(plain, _D_SIGN, (Term(a * d - b * c),), definitions=short)),
        Step("and", "squares", Combination(plain, _R_SIGN, (Term(c), Term(d)), definitions=short)),
        Step(
            r"The trace is large where $x$ is:",
            "squares",
            Combination(plain, _TWICE, (Term(a - d), Term(b - c)), definitions=short),
        ),
        Step(
            r"The entries of $W=\begin{pmatrix}x&y\\z&x\end{pmatrix}$ move as",
            r"product rule",
            Identity(flowing, (_X_RATE, _Y_RATE, _Z_RATE), (*_SHORT, *moved)),
        ),
    )


_X_DOT, _Y_DOT, _Z_DOT = (Sym(f"{name}'", rf"\dot {name}", f"{name}'") for name in "xyz")
_X_RATE = Relation(_X_DOT, -(tau * g) - k * h)
_Y_RATE = Relation(_Y_DOT, -(2 * q * h) - 2 * k * g)
_Z_RATE = Relation(_Z_DOT, -(2 * k * g))
_W = Relation(w, _ZERO, ">")
_P = Relation(p, _ZERO, ">=")
_ROOM = Relation(p, v, "<")
_LEFT = Relation(x, w, ">=")
_TOP = Relation(y, v, "<=")
_SLOPE = Relation(y + z, _ZERO, ">=")
_FALLEN = Relation(z, p, "<=")
_LOSS = Relation((x - w) ** 2 + _HALF * (y - v) ** 2, _HALF * (v - p) ** 2, "<=")
_APART = Relation(v * p, w**2, "<")
_FLAT = Rationals(("x", "y", "z", "tau", "q", "k", "r", "D", "w", "v", "p", "x'", "y'", "z'", "T", "e", "n"))
_GAPS = (("g", Formula(x - w)), ("h", Formula(y - v)))


def _sos(relation: Relation, *terms: Term, **options: Any) -> Combination:
    return Combination(_FLAT, relation, terms, **options)


def _trap() -> tuple[Step, ...]:
    """The three distances to the faces, and the unobserved entry, which falls."""
    x_sign, tau_sign = Relation(x, _ZERO, ">"), Relation(tau, _ZERO, ">")
    k_sign, q_sign = Relation(k, _ZERO, ">="), Relation(q, _ZERO, ">")
    one = formula(1)
    return (
        Step(
            r"Within the region the entries of $Q$ and its trace have signs:",
            r"$x\ge w>0$, $\tau\ge2x$, $\tau k=x(y+z)$, $\tau q=x^2+y^2+\Delta$; division by $\tau$",
            Together(
                (
                    _sos(x_sign, Term(premises=(_LEFT,)), Term(premises=(_W,)), shown=False),
                    _sos(tau_sign, Term(premises=(_TWICE,)), Term(premises=(x_sign,), weight=Fraction(2)), shown=False),
                    _sos(k_sign, Term(premises=(x_sign, _SLOPE)), given=((_K, one),), times=(tau_sign,), shown=False),
                    _sos(
                        q_sign,
                        Term(premises=(x_sign, x_sign)),
                        Term(y),
                        Term(premises=(_D_SIGN,)),
                        given=((_Q, one),),
                        times=(tau_sign,),
                        shown=False,
                    ),
                )
            ),
        ),
        Step(
            r"So the distances to the three faces shrink at most exponentially: that of $x$ to $w$,",
            r"$g=x-w$, $h=y-v$",
            _sos(
                Relation(_X_DOT, -(tau * (x - w)), ">="),
                Term(premises=(k_sign, _TOP)),
                given=((_X_RATE, one),),
                definitions=_GAPS,
            ),
        ),
        Step(
            r"that of $y$ to $v$,",
            r"$g=x-w$, $h=y-v$",
            _sos(
                Relation(_Y_DOT, 2 * q * (v - y), "<="),
                Term(premises=(k_sign, _LEFT), weight=Fraction(2)),
                given=((_Y_RATE, -one),),
                definitions=_GAPS,
            ),
        ),
        Step(
            r"and that of $y+z$ to 0. None of them vanishes later, as they do not vanish just after the start (next "
            r"step): the region is not left.",
            r"$\tau k=x(y+z)$",
            _sos(
                Relation(tau * (_Y_DOT + _Z_DOT), -(4 * (x - w) * x * (y + z)), ">="),
                Term(premises=(tau_sign, q_sign, _TOP), weight=Fraction(2)),
                given=((_Y_RATE, tau), (_Z_RATE, tau), (_K, -(4 * (x - w)))),
                definitions=_GAPS,
            ),
        ),
        Step(
            r"At the start $a=d$ and $b=c$, with $a^2+b^2=w$ and $2ab=p$, so that $x=w$ and $y=z=p<v$. If $p>0$, then "
            r"$y+z>0$, so $k>0$ and $\dot x=k(v-y)>0$; if $p=0$, then $(y+z)'=2q(v-y)>0$ first, and $x$ follows:",
            r"substitution of $c=b$ and $d=a$",
            Identity(
                Rationals(("a", "b")),
                (Relation(x, a**2 + b**2), Relation(y, 2 * a * b), Relation(z, 2 * a * b)),
                (("c", Formula(b)), ("d", Formula(a)), *_PRODUCT),
            ),
        ),
        Step(
            r"In the region the unobserved entry $z=W_{21}$ never rises:",
            r"$\dot z=-2kg$",
            _sos(
                Relation(_Z_DOT, _ZERO, "<="),
                Term(premises=(k_sign, _LEFT), weight=Fraction(2)),
                given=((_Z_RATE, -one),),
                definitions=_GAPS,
            ),
        ),
    )


def _convergence() -> tuple[Step, ...]:
    """The loss decays at least as ``exp(−w⁴t/T³)``."""
    x_sign, tau_sign = Relation(x, _ZERO, ">"), Relation(tau, _ZERO, ">")
    q_sign = Relation(q, _ZERO, ">")
    energy = tau * (x - w) ** 2 + 2 * k * (x - w) * (y - v) + q * (y - v) ** 2
    size = (x - w) ** 2 + (y - v) ** 2
    meaning = (("e", Formula(energy)), ("n", Formula(size)), ("T", Formula(2 * (w + 2 * v))))
    moving = Rationals(
        ("x", "y", "tau", "k", "q", "w", "v"),
        (("x", -(tau * (x - w)) - k * (y - v)), ("y", -(2 * q * (y - v)) - 2 * k * (x - w))),
    )
    loss = (x - w) ** 2 + _HALF * (y - v) ** 2
    gap = Relation(tau * q - k**2, q**2, ">=")
    share = Relation(q, tau, "<=")
    plus = Relation(tau + q, _ZERO, ">")
    weighted = Relation((tau + q) * e, (tau * q - k**2) * n, ">=")
    n_sign, e_sign = Relation(n, _ZERO, ">="), Relation(e, _ZERO, ">=")
    product = Relation(tau * q, w**2, ">=")
    v_sign, w_plus = Relation(v, _ZERO, ">"), Relation(v + x - w, _ZERO, ">")
    right = Relation(x, w + v, "<=")
    y_low, z_low, z_high = Relation(y, -v, ">="), Relation(z, -v, ">="), Relation(z, v, "<=")
    T_plus, T_sign, bounded = Relation(T + tau, _ZERO, ">"), Relation(T, _ZERO, ">"), Relation(tau, T, "<=")
    twice = Relation(2 * tau * e, q**2 * n, ">=")
    cubed = Relation(2 * tau**3 * e, w**4 * n, ">=")
    one = formula(1)
    return (
        Step(
            r"Convergence. The loss $g^2+\tfrac12h^2$ falls at twice the rate $e=\tau g^2+2kgh+qh^2$:",
            "chain rule",
            Identity(moving, (Relation(Call("rate", (loss,)), -2 * e),), meaning),
        ),
        Step(
            r"with a positive definite form, since",
            r"$\tau=q+r$, $qr-k^2=\Delta$",
            Together(
                (
                    _sos(gap, Term(premises=(_D_SIGN,)), given=((_TRACE, q), (_DET_Q, one))),
                    _sos(share, Term(premises=(_R_SIGN,)), given=((_TRACE, one),), shown=False),
                    _sos(plus, Term(premises=(tau_sign,)), Term(premises=(q_sign,)), shown=False),
                )
            ),
        ),
        Step(
            r"Its least eigenvalue is at least determinant over trace: with $n=g^2+h^2$,",
            r"the form's matrix $K$ satisfies $\operatorname{tr}(K)K-\det(K)I=K^2$",
            _sos(
                weighted,
                Term(tau * (x - w) + k * (y - v)),
                Term(k * (x - w) + q * (y - v)),
                definitions=meaning,
            ),
        ),
        Step(
            r"so, with the other factor at most $2\tau$,",
            r"division by $\tau+q$; $q\le\tau$",
            Together(
                (
                    _sos(n_sign, Term(x - w), Term(y - v), definitions=meaning, shown=False),
                    _sos(
                        e_sign,
                        Term(premises=(weighted,)),
                        Term(premises=(gap, n_sign)),
                        Term(q, (n_sign,)),
                        times=(plus,),
                        shown=False,
                    ),
                    _sos(
                        twice,
                        Term(premises=(share, e_sign)),
                        Term(premises=(weighted,)),
                        Term(premises=(gap, n_sign)),
                    ),
                )
            ),
        ),
        Step(
            r"Moreover",
            r"$\tau q=x^2+y^2+\Delta$ and $x\ge w$",
            _sos(
                product,
                Term(x - w),
                Term(premises=(_W, _LEFT), weight=Fraction(2)),
                Term(y),
                Term(premises=(_D_SIGN,)),
                given=((_Q, one),),
            ),
        ),
        Step(
            "and so",
            r"the two previous steps",
            _sos(
                cubed,
                Term(tau, (twice,)),
                Term(premises=(product, tau_sign, q_sign, n_sign)),
                Term(w, (product, n_sign)),
            ),
        ),
        Step(
            r"The trace is bounded: the loss does not rise, so $g^2\le\tfrac12(v-p)^2\le v^2$ and",
            r"$0\le p<v$; division by $v+g$",
            Together(
                (
                    _sos(v_sign, Term(premises=(_ROOM,)), Term(premises=(_P,)), shown=False),
                    _sos(w_plus, Term(premises=(v_sign,)), Term(premises=(_LEFT,)), shown=False),
                    _sos(
                        right,
                        Term(premises=(_LOSS,)),
                        Term(y - v, weight=_HALF),
                        Term(v, weight=_HALF),
                        Term(premises=(v_sign, _P), weight=_HALF),
                        Term(premises=(_P, _ROOM), weight=_HALF),
                        times=(w_plus,),
                    ),
                )
            ),
        ),
        Step(
            r"while $y$ and $z$ are between $-v$ and $v$:",
            r"$y\ge-z\ge-p\ge-v$, $z\ge-y\ge-v$, $z\le p<v$",
            Together(
                (
                    _sos(
                        y_low, Term(premises=(_SLOPE,)), Term(premises=(_FALLEN,)), Term(premises=(_ROOM,)), shown=False
                    ),
                    _sos(z_low, Term(premises=(_SLOPE,)), Term(premises=(_TOP,)), shown=False),
                    _sos(z_high, Term(premises=(_FALLEN,)), Term(premises=(_ROOM,)), shown=False),
                )
            ),
        ),
        Step(
            r"So with $T=2(w+2v)$ the trace is at most $T$:",
            r"$T^2-\tau^2=4(w+2v)^2-4x^2-(y-z)^2$, a sum of products of the previous ones",
            Together(
                (
                    _sos(
                        T_sign,
                        Term(premises=(_W,), weight=Fraction(2)),
                        Term(premises=(v_sign,), weight=Fraction(4)),
                        definitions=meaning[2:],
                        shown=False,
                    ),
                    _sos(T_plus, Term(premises=(T_sign,)), Term(premises=(tau_sign,)), shown=False),
                    _sos(
                        bounded,
                        Term(premises=(right, _W), weight=Fraction(4)),
                        Term(premises=(right, v_sign), weight=Fraction(4)),
                        Term(premises=(right, x_sign), weight=Fraction(4)),
                        Term(premises=(v_sign, _W), weight=Fraction(8)),
                        Term(v, weight=Fraction(8)),
                        Term(premises=(_TOP, y_low)),
                        Term(premises=(_TOP, z_high)),
                        Term(premises=(z_low, y_low)),
                        Term(premises=(z_low, z_high)),
                        given=((_TRACE_SQUARED, -one),),
                        times=(T_plus,),
                        definitions=meaning[2:],
                        shown=False,
                    ),
                )
            ),
        ),
        Step(
            r"So the rate $2e$ of the loss is at least $w^4/T^3$ times the loss, which decays exponentially; the "
            r"layers' path is of finite length, and the flow converges to a point with $x=w$ and $y=v$:",
            r"$2(T^3-\tau^3)e\ge0$, and the step for $2\tau^3e$",
            _sos(
                Relation(2 * T**3 * e, w**4 * (n - _HALF * (y - v) ** 2), ">="),
                Term(T, (bounded, e_sign), Fraction(2)),
                Term(premises=(bounded, e_sign, T_sign, tau_sign), weight=Fraction(2)),
                Term(tau, (bounded, e_sign), Fraction(2)),
                Term(premises=(cubed,)),
                Term(w**2 * (y - v), weight=_HALF),
            ),
        ),
    )


def _limit() -> tuple[Step, ...]:
    """What the limit looks like."""
    v_sign, z_low = Relation(v, _ZERO, ">"), Relation(z, -v, ">=")
    determinant = Relation(w**2 - v * z, w**2 - v * p, ">=")
    squares = Rationals(("z", "v", "w", "p"))
    norm = 2 * w**2 + v**2
    rank = Rationals(("N", "D", "R"))
    whole, root = Sym("N"), Sym("R")
    root_of = Relation(root**2, 1 - 4 * (D / whole) ** 2)
    five = Sym("R5", r"\sqrt5", "√5")
    golden = Relation(five**2, formula(5))
    return (
        Step(
            r"At the limit $\det W=w^2-vz$, and it does not depend on the scale of the first training:",
            r"$z\le p$",
            _sos(determinant, Term(premises=(v_sign, _FALLEN))),
        ),
        Step(
            r"which is positive, because $vp<w^2$; the rank-one value $w^2/v$ is missed by at least $w^2/v-p$:",
            r"the previous step",
            _sos(
                Relation(w**2 - v * z, _ZERO, ">"),
                Term(premises=(determinant,)),
                Term(premises=(_APART,)),
                shown=False,
            ),
        ),
        Step(
            r"With $N=\|W\|_F^2$, $\Delta=\det W$ and $R=(1-4\Delta^2/N^2)^{1/2}$ the larger eigenvalue of "
            r"$WW^\top$ is $\tfrac12N(1+R)$, so $\mathrm{sr}=2/(1+R)$, which rises with $\Delta/N$:",
            r"$X^2-NX+\Delta^2=0$",
            Identity(
                rank,
                (Relation((whole * (1 + root) / 2) ** 2 - whole * (whole * (1 + root) / 2) + D**2, _ZERO),),
                given=((root_of, whole**2 / 4),),
            ),
            assuming=(root_of,),
        ),
        Step(
            r"Here $\Delta/N=(w^2-vz)/(2w^2+v^2+z^2)$, and between $-v$ and $p$ it is least at $z=p$; so "
            r"the stable rank of the limit is at least that of $\begin{pmatrix}w&v\\p&w\end{pmatrix}$:",
            r"$-v\le z\le p\le v$",
            Combination(
                squares,
                Relation((w**2 - v * z) * (norm + p**2), (w**2 - v * p) * (norm + z**2), ">="),
                (
                    Term(w, (_FALLEN, z_low)),
                    Term(w, (_FALLEN, v_sign)),
                    Term(w, (_FALLEN, _P)),
                    Term(premises=(v_sign, _FALLEN, _ROOM, z_low), weight=_HALF),
                    Term(premises=(v_sign, _FALLEN, Relation(z, v, "<="), v_sign), weight=_HALF),
                    Term(premises=(v_sign, _FALLEN, Relation(z, v, "<="), _P), weight=_HALF),
                ),
                shown=False,
            ),
        ),
        Step(
            r"For $p=0$ and $v=w$ the right side has $\Delta/N=\tfrac13$, so $R=\tfrac13\sqrt5$ and the stable rank is "
            r"$(9-3\sqrt5)/2>1.145$, because",
            r"$\mathrm{sr}\,(1+R)=2$",
            Identity(
                Rationals(("R5",)),
                (Relation((9 - 3 * five) / 2 * (1 + five / 3), formula(2)),),
                given=((golden, formula(-_HALF)),),
            ),
            assuming=(golden,),
        ),
    )


def trap() -> Derivation:
    """The trap region of P1 for all parameters, convergence inside it, and what it leaves of the limit."""
    return Derivation(
        topic="plasticity-trap",
        title="Loss of plasticity at depth two",
        statement=(
            r"Let a $2\times2$ factorization of depth 2 start at $W_1=W_2=\begin{pmatrix}a&b\\b&a\end{pmatrix}$ with "
            r"$a^2+b^2=w>0$ and $2ab=p\ge0$ (where training on the diagonal, with values $w$, ends), and observe "
            r"$W_{11}=W_{22}=w$ and $W_{12}=v$ with $p<v$ and $vp<w^2$. Then "
            r"$W(t)=\begin{pmatrix}x&y\\z&x\end{pmatrix}$ stays in $x\ge w$, $y\le v$, $y+z\ge0$, where $z$ "
            r"does not rise; the flow converges exponentially to "
            r"$\begin{pmatrix}w&v\\z_\infty&w\end{pmatrix}$ with $-v\le z_\infty\le p$ and "
            r"$\det W_\infty\ge w^2-vp>0$, and its stable rank is at least "
            r"that of $\begin{pmatrix}w&v\\p&w\end{pmatrix}$, which is $(9-3\sqrt5)/2$ for $p=0$ and $v=w$"
        ),
        scope=r"depth 2; all $w>0$, $v$, $p$ with $0\le p<v$ and $vp<w^2$ (for $v=p$ the start is at rest)",
        steps=(*_from_the_program(), *_structure(), *_trap(), *_convergence(), *_limit()),
        hypotheses=(_BALANCE, _W, _P, _ROOM, _APART, _LEFT, _TOP, _SLOPE, _FALLEN, _LOSS),
        notation=(
            r"the sheet's ratio $2m/(m^2+1)$ of the family's member $m$ is $p/w$ (topic depth-two-closed-form)",
            r"the balance is kept because its rate is 0; $x\ge w$, $y\le v$, $y+z\ge0$ are the region; $z\le p$ and "
            r"the bound of the loss hold because both do not rise",
        ),
        uses=(
            "the solution of an ordinary differential equation with a Lipschitz right side is unique",
            r"Grönwall's lemma, for the distances to the faces and for the loss",
            "a curve of finite length converges",
        ),
    )
