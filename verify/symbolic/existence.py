"""How far a gradient flow can have come by a given time, and that it therefore exists for all times.

The bound uses nothing of the loss but that it is not negative: no convexity, no growth, no model.
"""

from __future__ import annotations

from fractions import Fraction

from verify.symbolic.checks import Formula, Identity, Matrices, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym
from verify.symbolic.inequalities import Combination, SquareNorms, Term

_ZERO: Expr = Num(Fraction(0))


def _tr(of: Expr) -> Expr:
    return Call("trace", (of,))


def global_existence() -> Derivation:
    """S13: ``‖θ(T) − θ(0)‖² ≤ T φ(θ(0))`` along ``θ' = −∇φ(θ)`` with φ ≥ 0."""
    g, e, moved = Sym("g"), Sym("e"), Sym("theta'", r"\dot\theta", "θ'")
    T = Sym("T")
    n, first, last = Sym("n"), Sym("phi0", r"\varphi_{0}", "φ₀"), Sym("phiT", r"\varphi_{T}", "φ_T")
    vectors = Matrices((("g", "N", 1), ("e", "N", 1)), parameters=("T",))
    flow = (("theta'", Formula(-g)),)
    pointwise = Relation(-2 * T * _tr(e.T * g) - T**2 * _tr(g.T * g), _tr(e.T * e), "<=")
    scalars = Rationals(("T", "n", "phi0", "phiT"))
    over = Relation(2 * T * n + T**2 * last - T**2 * first, T * n, "<=")
    positive, loss = Relation(T, _ZERO, ">"), Relation(last, _ZERO, ">=")
    bound = Relation(n, T * first, "<=")
    steps = (
        Step(
            r"Let $\dot\theta=-g$ with $g=\nabla\varphi(\theta)$, and let $e$ be any constant vector. By the chain "
            r"rule $\varphi$ has the rate $g^\top\dot\theta$, and $e^\top\theta$ has the rate $e^\top\dot\theta$:",
            r"inserted; a number is its own transpose",
            Identity(
                vectors,
                (Relation(_tr(g.T * moved), -_tr(g.T * g)), Relation(_tr(e.T * moved), -_tr(e.T * g))),
                flow,
            ),
        ),
        Step(
            r"So for every $T$ the rate of $2T\,e^\top\theta+T^2\varphi$ is bounded by a constant:",
            r"the square of $e+Tg$",
            SquareNorms(vectors, pointwise, ((Fraction(1), e + T * g),)),
        ),
        Step(
            r"Over the times from 0 to $T>0$, with $e=\theta(T)-\theta(0)$ and $n=\|e\|^2$, that quantity grows by "
            r"$2Tn+T^2\varphi_T-T^2\varphi_0\le Tn$. So, as $\varphi_T\ge0$,",
            r"a function with a rate of at most $n$ grows by at most $Tn$ in the time $T$; division by $T$",
            Combination(
                scalars,
                bound,
                (Term(premises=(over,)), Term(T, (loss,))),
                times=(positive,),
                shown=False,
            ),
            assuming=(over, positive, loss),
        ),
    )
    return Derivation(
        topic="global-existence",
        title="Gradient flow exists for all times",
        statement=(
            r"Along $\dot\theta=-\nabla\varphi(\theta)$ with $\varphi\ge0$, "
            r"$\|\theta(t)-\theta(0)\|^2\le t\,\varphi(\theta(0))$ as long as the solution exists. So it does not "
            r"leave a ball in finite time, and if $\nabla\varphi$ is locally Lipschitz (as for every polynomial) it "
            r"exists for all $t\ge0$"
        ),
        scope=r"all dimensions, all differentiable $\varphi\ge0$, all starts, all times $t\ge0$",
        steps=steps,
        hypotheses=(over, positive, loss),
        notation=(
            r"$\theta$ holds the entries of all layers, $\varphi(\theta)=l(W_L\cdots W_1)$",
            r"the first hypothesis is what the second step says of the interval from 0 to $T$",
        ),
        uses=(
            "the mean value theorem, by which the bound of a rate bounds what a function grows",
            "a solution of an ordinary differential equation with a locally Lipschitz right side that stays in a "
            "compact set continues",
        ),
    )
