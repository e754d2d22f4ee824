"""The symmetric family in closed form: depth 2, depths 3, 4 and infinity, the time, and the limit of diagonal blocks.

Closed forms are given, and verified by substitution; nothing is solved by a computer algebra system.
"""

from __future__ import annotations

from verify.symbolic.checks import Definitions, Formula, Identity, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Relation, Sym, formula
from verify.symbolic.symmetric_family import (
    m,
    n,
    observed_entry,
    rate_of,
    s,
    tau1,
    tau2,
    w,
)


def depth_two_closed_form() -> Derivation:
    """Depth 2: the limit, its stable rank and d(t) in closed form, verified by substitution."""
    rho = Sym("rho", r"\rho", "ρ")
    lambda1, lambda2 = Sym("lambda1", r"\lambda_1", "λ1"), Sym("lambda2", r"\lambda_2", "λ2")
    below = rho**2 + n - 1
    limits: Definitions = (
        ("lambda1", Formula(n * s * w * rho**2 / below)),
        ("lambda2", Formula(n * s * w / below)),
    )
    field = Rationals(("n", "s", "w", "rho"))
    sr, off, start, decay = Sym("sr", r"\mathrm{sr}"), Sym("f"), Sym("d0", "d_0"), Sym("e")
    ratio: Definitions = (("rho", Formula((m + n - 1) / (m - 1))),)
    observed = w / (1 + (w / start - 1) * decay)
    moving = Rationals(
        ("tau1", "tau2", "s", "n", "w"),
        (
            ("tau1", s * (w - observed_entry(n, tau1, tau2, formula(2), s)) * tau1),
            ("tau2", s * (w - observed_entry(n, tau1, tau2, formula(2), s)) * tau2),
        ),
    )
    d_now = observed_entry(n, tau1, tau2, formula(2), s)
    steps = (
        Step(
            r"The observed entry solves an equation of its own:",
            r"quotient and product rule with $\dot\tau_i=s(w-d)\tau_i$, $d=(\tau_1^2+(n-1)\tau_2^2)/(ns)$",
            Identity(moving, (Relation(rate_of(d_now), 2 * s * (w - d_now) * d_now),)),
        ),
        Step(
            r"Its solution is, with $e=e^{-2swt}$, $d(t)=w/(1+(w/d_0-1)e)$; by substitution",
            r"chain rule with $e'=-2sw\,e$",
            Identity(
                Rationals(("w", "s", "d0", "e"), (("e", -2 * s * w * decay),)),
                (Relation(rate_of(observed), 2 * s * (w - observed) * observed),),
            ),
        ),
        Step(
            r"and at $t=0$, where $e=1$, it is $d_0$:",
            "substitution",
            Identity(Rationals(("w", "d0")), (Relation(observed, start),), (("e", Formula(formula(1))),)),
        ),
        Step(
            r"As $t\to\infty$, $d\to w$, and the ratio $\tau_1/\tau_2=\rho$ is kept. The eigenvalues "
            r"$\lambda_i=\tau_i^2$ of the limit, "
            r"$\lambda_1=nsw\rho^2/(\rho^2+n-1)$ and $\lambda_2=nsw/(\rho^2+n-1)$, satisfy both:",
            "substitution",
            Identity(
                field,
                (Relation((lambda1 + (n - 1) * lambda2) / (n * s), w), Relation(lambda1, rho**2 * lambda2)),
                limits,
            ),
        ),
        Step(
            r"With $\rho=(m+n-1)/(m-1)$ the stable rank does not depend on $\alpha$, $s$ or $w$:",
            r"$\mathrm{sr}=1+(n-1)(\lambda_2/\lambda_1)^2$",
            Identity(
                Rationals(("n", "s", "w", "m")),
                (Relation(sr, 1 + (n - 1) * ((m - 1) / (m + n - 1)) ** 4),),
                (*ratio, *limits, ("sr", Formula((lambda1**2 + (n - 1) * lambda2**2) / lambda1**2))),
            ),
        ),
        Step(
            r"The entries off the blocks, $f=(\lambda_1-\lambda_2)/(ns)$, for $n=2$:",
            "substitution",
            Identity(
                Rationals(("s", "w", "m")),
                (Relation(off, 2 * m * w / (m**2 + 1)),),
                (("n", Formula(formula(2))), *ratio, *limits, ("f", Formula((lambda1 - lambda2) / (n * s)))),
            ),
        ),
    )
    return Derivation(
        topic="depth-two-closed-form",
        title="Depth two in closed form",
        statement=(
            r"At depth 2 the family's limit has the eigenvalues $\lambda_1=nsw\rho^2/(\rho^2+n-1)$, "
            r"$\lambda_2=nsw/(\rho^2+n-1)$ with "
            r"$\rho=(m+n-1)/(m-1)$, $\mathrm{sr}=1+(n-1)((m-1)/(m+n-1))^4$ for every $\alpha>0$, and "
            r"$d(t)=w/(1+(w/d_0-1)e^{-2swt})$"
        ),
        scope=r"depth 2; all $n$, $s$, $w>0$, $\alpha>0$, $m>1$",
        steps=steps,
        uses=("the solution of an ordinary differential equation with a Lipschitz right side is unique",),
        notation=(r"$\tau_1/\tau_2=\rho$ is constant (topic first-integrals)",),
    )
