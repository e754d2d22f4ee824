"""Starts that stand apart: all-ones layers (coupled, so almost every start is), rank-one starts, conformal layers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.arithmetic import EntrywiseAlgebra, Program, evaluate, gradient, pullback
from verify.models import Observations, deep_program
from verify.symbolic.checks import (
    Definitions,
    Formula,
    Identity,
    Inequality,
    Matrices,
    PowerLaws,
    Rationals,
    show_program,
)
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym, formula

_ZERO: Expr = Num(Fraction(0))


@dataclass(frozen=True)
class EntryOfProgram:
    """An entry of a program's output when every layer has the given entries; or of an inner product of two outputs.

    With `seeds`, the sum over all layers of the products of the entries of two pullbacks, one for each seed position.
    """

    program: Program
    layer: tuple[tuple[Expr, ...], ...]
    output: str = ""
    place: tuple[int, int] = (0, 0)
    factor: Fraction = Fraction(1)
    seeds: tuple[tuple[int, int], ...] = ()

    def value(self, ring: Any) -> Any:
        layer = tuple(tuple(x.read(ring.values, ring) for x in row) for row in self.layer)
        algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(ring.number)
        names = [name for name in self.program.parameters if name != "E"]
        values: dict[str, Any] = dict.fromkeys(names, layer)
        if not self.seeds:
            i, j = self.place
            return evaluate(self.program, values, algebra)[self.output][i][j] * ring.number(self.factor)
        gradients = []
        for place in self.seeds:
            rows = tuple(tuple(Fraction(int((i, j) == place)) for j in range(len(layer))) for i in range(len(layer)))
            swept = evaluate(self.program, values | {"E": algebra.constant(rows, (len(layer), len(layer)))}, algebra)
            gradients.append([x for name in names for row in swept["d" + name] for x in row])
        total = ring.number(Fraction(0))
        for x, y in zip(*gradients, strict=True):
            total = total + x * y
        return total

    def describe(self) -> str:
        rows = "; ".join(", ".join(x.text() for x in row) for row in self.layer)
        what = f"seeds {self.seeds}" if self.seeds else f"{self.factor} * {self.output}{list(self.place)}"
        return f"{what} of [{show_program(self.program)}] at layers [{rows}]"


def generic_coupling() -> Derivation:
    """At all-ones layers of depth at least 3 every cross entry of the kernel is positive: all depths and widths."""
    u, v, x, y = Sym("u"), Sym("v"), Sym("x"), Sym("y")
    e_i, e_j, e_p, e_q = (Sym(f"e_{k}") for k in "ijpq")
    S, P = u * x.T, y * v.T
    setting = Matrices(
        (
            *(("u", "d", 1), ("e_i", "d", 1), ("e_p", "d", 1)),
            *(("v", "c", 1), ("e_j", "c", 1), ("e_q", "c", 1)),
            *(("x", "b", 1), ("y", "a", 1)),
        )
    )
    left = Call("entry", (S * S.T,), ("i", "p")) * Call("entry", (P.T * P,), ("j", "q"))
    right = (
        Call("trace", (x.T * x,)) * Call("trace", (y.T * y,))
        * Call("trace", (e_i.T * u,)) * Call("trace", (e_p.T * u,))
        * Call("trace", (e_j.T * v,)) * Call("trace", (e_q.T * v,))
    )  # fmt: skip
    k, X, Y = Sym("k"), Sym("X"), Sym("Y")
    steps = (
        Step(
            r"If all layers have only entries 1, then for $1<l<L$ the products before and after layer $l$ are of "
            r"rank one, "
            r"$S=W_L\cdots W_{l+1}=u\,x^\top$ and $P=W_{l-1}\cdots W_1=y\,v^\top$, with $u$, $v$ of ones and $x$, "
            r"$y$ of equal "
            r"positive entries. The contribution of layer $l$ to the kernel (topic coupling-kernel) is then",
            r"words; where a dimension is 1, a word is a number",
            Identity(setting, (Relation(left, right),)),
        ),
        Step(
            r"The last four factors are 1, and the first two, $X=x^\top x$ and $Y=y^\top y$, are positive; so, "
            r"with $k\ge0$ for "
            r"the contributions of the other layers, which are products of numbers $\ge0$,",
            r"a sum of products of positive numbers; there is such a layer $l$ as soon as $L\ge3$",
            Inequality(PowerLaws(("X", "Y"), ("k",)), Relation(X * Y + k, _ZERO, ">"), (("k", Fraction(0), False),)),
        ),
    )
    return Derivation(
        topic="generic-coupling",
        title="Almost every start of depth three or more is coupled",
        statement=(
            r"For $L\ge3$, every $\langle\nabla_\theta w_{ij},\nabla_\theta w_{pq}\rangle$ is a polynomial in the "
            r"weights that is "
            r"positive at all-ones layers. So it is not the zero polynomial, vanishes on a null set only, and for "
            r"almost every "
            r"start (under any law with a density) all pairs of observed entries are coupled already at time zero"
        ),
        scope=r"all depths $L\ge3$, all widths, all pairs of entries; almost every start",
        steps=steps,
        uses=("the zeros of a polynomial that is not zero form a set of Lebesgue measure zero",),
    )


def rank_one_start() -> Derivation:
    """Depth 2 from layers ``αJ ⊗ J_s`` (m = 1): the limit is exactly ``wJ``, of rank one, for every scale."""
    n, s, w = Sym("n"), Sym("s"), Sym("w")
    tau1, tau2, d = Sym("tau1", r"\tau_1", "τ1"), Sym("tau2", r"\tau_2", "τ2"), Sym("d")
    observed = (tau1**2 + (n - 1) * tau2**2) / (n * s)
    alone = tau1**2 / (n * s)
    one = (("tau1", s * (w - alone) * tau1),)
    rate = Sym("tau2'", r"\dot\tau_2", "τ2'")
    steps = (
        Step(
            r"At depth 2, $\dot\tau_2=s(w-d)\tau_2$ (topic symmetric-family); at $\tau_2=0$ it is",
            "substitution; so $\\tau_2=0$, which $m=1$ means at the start, is kept",
            Identity(
                Rationals(("tau1", "n", "s", "w")),
                (Relation(rate, _ZERO),),
                (("tau2", Formula(_ZERO)), ("d", Formula(observed)), ("tau2'", Formula(s * (w - d) * tau2))),
            ),
        ),
        Step(
            r"Then $d=\tau_1^2/(ns)$ moves as",
            r"product rule; a logistic equation: $d\to w$ from every $d>0$",
            Identity(
                Rationals(("tau1", "n", "s", "w"), one),
                (Relation(Call("rate", (alone,)), 2 * s * (w - alone) * alone),),
            ),
        ),
        Step(
            r"and off the blocks the entries $f=(\tau_1^2-\tau_2^2)/(ns)$ are the same number, so the limit is $wJ$:",
            r"substitution of $\tau_2=0$",
            Identity(
                Rationals(("tau1", "n", "s")),
                (Relation(Sym("f"), alone),),
                (("tau2", Formula(_ZERO)), ("f", Formula((tau1**2 - tau2**2) / (n * s)))),
            ),
        ),
    )
    return Derivation(
        topic="rank-one-start",
        title="Depth two from a rank-one start",
        statement=(
            r"At depth 2 the family's member with $m=1$ (all entries of both layers equal to $\alpha$) converges "
            r"exactly to $wJ$, "
            r"of rank one, for every $\alpha\ne0$, although it is decoupled (topic coupling-depth-two)"
        ),
        scope=r"depth 2; all $n$, $s$, $w>0$, $\alpha\ne0$; $m=1$",
        steps=steps,
        uses=("the solution of an ordinary differential equation with a Lipschitz right side is unique",),
    )


def conformal_layers(depth: int) -> Derivation:
    """Equal conformal 2 × 2 layers: decoupled, the imaginary part of W is frozen, the real part tends to w."""
    a, b, w = Sym("a"), Sym("b"), Sym("w")
    layer = ((a, -b), (b, a))
    observations = Observations.diagonal(2, 0)
    real: list[Expr] = [formula(1), a]
    imaginary: list[Expr] = [_ZERO, b]
    powers: list[tuple[str, Formula]] = []
    for k in range(2, depth + 1):
        bodies = (a * real[-1] - b * imaginary[-1], b * real[-1] + a * imaginary[-1])
        names = (Sym(f"p{k}", f"p_{{{k}}}"), Sym(f"q{k}", f"q_{{{k}}}"))
        powers += [(name.name, Formula(body)) for name, body in zip(names, bodies, strict=True)]
        real.append(names[0])
        imaginary.append(names[1])
    p, q, p_before, q_before = real[depth], imaginary[depth], real[depth - 1], imaginary[depth - 1]
    definitions: Definitions = tuple(powers)
    # The program observes the value 0; the value w enters through the residual's linearity in it.
    swept = gradient(deep_program([(2, 2)] * depth, observations))
    constant = pullback(deep_program([(2, 2)] * depth, observations), "product", seed="E")
    relations, moved = [], []
    for l in range(1, depth + 1):
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            name = f"W{l}{i + 1}{j + 1}'"
            shown = Sym(name, rf"(\dot W_{{{l}}})_{{{i + 1}{j + 1}}}", f"(W{l}')_{i + 1}{j + 1}")
            sign = -1 if (i, j) == (0, 1) else 1
            body = p_before if i == j else -sign * q_before
            relations.append(Relation(shown, (w - p) * body))
            moved.append((name, _Rate(swept, constant, layer, l, i, j)))
    flowing = Rationals(("a", "b", "w"), (("a", _written(depth)[0]), ("b", _written(depth)[1])))
    kernel = Sym("K", r"\langle\nabla w_{11},\nabla w_{22}\rangle", "⟨∇w11, ∇w22⟩")
    steps = (
        Step(
            r"If all layers equal $\begin{pmatrix}a&-b\\b&a\end{pmatrix}$, which stands for $z=a+ib$, then with "
            r"$p_k+iq_k=z^k$ "
            r"(so $p_1=a$, $q_1=b$) every layer moves in the same way, and stays conformal: $\dot a=(w-p_L)p_{L-1}$, "
            r"$\dot b=-(w-p_L)q_{L-1}$, as",
            "adjoint sweep over the program, as polynomials in a, b and w",
            Identity(Rationals(("a", "b", "w")), tuple(relations), (*definitions, *moved)),
        ),
        Step(
            r"The two observed entries do not interact:",
            "adjoint sweeps over the program with the two seeds",
            Identity(
                Rationals(("a", "b")),
                (Relation(kernel, _ZERO),),
                (("K", EntryOfProgram(constant, layer, seeds=((0, 0), (1, 1)))),),
            ),
        ),
        Step(
            r"$W=\begin{pmatrix}p&-q\\q&p\end{pmatrix}$ with $p+iq=z^L$; its imaginary part is frozen, and its "
            r"real part tends to $w$:",
            "chain rule",
            Identity(
                flowing,
                (
                    Relation(Call("rate", (q,)), _ZERO),
                    Relation(Call("rate", (p,)), depth * (w - p) * (a**2 + b**2) ** (depth - 1)),
                ),
                definitions,
            ),
        ),
        Step(
            r"The speed is bounded below as long as $q\ne0$, for",
            r"$|z|^{2L}=p^2+q^2\ge q^2$, and $q$ is constant",
            Identity(Rationals(("a", "b")), (Relation((a**2 + b**2) ** depth, p**2 + q**2),), definitions),
        ),
    )
    return Derivation(
        topic="conformal-layers",
        title=f"Conformal layers at depth {depth}",
        statement=(
            r"If all layers of a $2\times2$ factorization start equal and conformal, "
            r"$W_l(0)=\begin{pmatrix}a&-b\\b&a\end{pmatrix}$, "
            r"and the diagonal is observed with equal values $w$, the two observed entries are decoupled for all "
            r"times, and if "
            r"$q=\mathrm{Im}\,(a+ib)^L\ne0$ the flow converges to $\begin{pmatrix}w&-q\\q&w\end{pmatrix}$"
        ),
        scope=f"depth {depth}; all a, b and w",
        steps=steps,
        uses=(
            "Grönwall's lemma: a quantity whose logarithmic rate is at most a negative constant decays exponentially",
        ),
        options={"depth": depth},
    )


@dataclass(frozen=True)
class _Rate:
    """``−(∂ℓ/∂W_l)_ij`` with the value w observed on the diagonal: residual ``P_Ω(W) − w I``, by linearity in w."""

    swept: Program
    constant: Program
    layer: tuple[tuple[Expr, ...], ...]
    l: int
    i: int
    j: int

    def value(self, ring: Any) -> Any:
        place = (self.i, self.j)
        free = EntryOfProgram(self.swept, self.layer, f"dW{self.l}", place, Fraction(-1)).value(ring)
        layer = tuple(tuple(x.read(ring.values, ring) for x in row) for row in self.layer)
        names = [name for name in self.constant.parameters if name != "E"]
        algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(ring.number)
        unit = algebra.constant(tuple(tuple(Fraction(int(i == j)) for j in range(2)) for i in range(2)), (2, 2))
        pulled = evaluate(self.constant, dict.fromkeys(names, layer) | {"E": unit}, algebra)[f"dW{self.l}"]
        return free + ring.values["w"] * pulled[self.i][self.j]

    def describe(self) -> str:
        return f"minus entry {self.i}, {self.j} of dW{self.l}, value w on the diagonal; [{show_program(self.swept)}]"


def _written(depth: int) -> tuple[Expr, Expr]:
    """The rates of a and b in a and b alone."""
    a, b, w = Sym("a"), Sym("b"), Sym("w")
    real: list[Expr] = [formula(1), a]
    imaginary: list[Expr] = [_ZERO, b]
    for _ in range(2, depth + 1):
        p, q = real[-1], imaginary[-1]
        real.append(a * p - b * q)
        imaginary.append(b * p + a * q)
    return (w - real[depth]) * real[depth - 1], -((w - real[depth]) * imaginary[depth - 1])
