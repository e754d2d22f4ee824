"""The symmetric family: reduction to two numbers, first integrals, limit equations, bounds of the stable rank.

Layers ``M ⊗ J_s`` with ``M = σ₁ E₁ + σ₂ E₂``, where ``E₁ = J/n`` and ``E₂ = I − J/n`` are the spectral idempotents that
all members share. The algebra spanned by ``I ⊗ I_s``, ``E₁ ⊗ J_s``, ``E₂ ⊗ J_s`` is closed under everything a matrix
program does, with n and s as symbols; so the reduction holds for all n and s at once, and with powers as sums of powers
with symbolic exponents (``verify.symbolic.rings.PowerSums``) for all depths.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.arithmetic import ExactMatrix, Program, evaluate, gradient
from verify.symbolic.checks import (
    Definitions,
    Formula,
    Identity,
    Inequality,
    PowerLaws,
    PowerOrder,
    Rationals,
    show_program,
)
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym, formula
from verify.symbolic.matrix_flow import symbolic_program

L, n, s, w, d, k, l = Sym("L"), Sym("n"), Sym("s"), Sym("w"), Sym("d"), Sym("k"), Sym("l", r"\ell", "ℓ")
alpha, m = Sym("alpha", r"\alpha", "α"), Sym("m")
sigma1, sigma2 = Sym("sigma1", r"\sigma_1", "σ1"), Sym("sigma2", r"\sigma_2", "σ2")
tau1, tau2 = Sym("tau1", r"\tau_1", "τ1"), Sym("tau2", r"\tau_2", "τ2")
dtau1, dtau2 = Sym("tau1'", r"\dot\tau_1", "τ1'"), Sym("tau2'", r"\dot\tau_2", "τ2'")
C, K, z, y = Sym("C"), Sym("K", "K_L", "K_L"), Sym("z"), Sym("y")
ZERO: Expr = Num(Fraction(0))
BOUNDS = (("L", Fraction(3), False), ("n", Fraction(2), False))
Element = tuple[Any, Any, Any]


def rate_of(of: Expr) -> Expr:
    """d/dt."""
    return Call("rate", (of,))


def observed_entry(dimension: Expr, first: Expr, second: Expr, power: Expr, size: Expr) -> Expr:
    """``(first^power + (dimension − 1) second^power)/(dimension · size)``, the entry that is observed."""
    return (first**power + (dimension - 1) * second**power) / (dimension * size)


class FamilyAlgebra:
    """Interprets matrix programs on the span of ``I ⊗ I_s``, ``E₁ ⊗ J_s``, ``E₂ ⊗ J_s``; n, s, w are of `ring`.

    The mask named Ω keeps the n diagonal blocks; the constant named −Y is ``−w I ⊗ J_s``.
    """

    def __init__(self, ring: Any) -> None:
        self._s, self._w = ring.values["s"], ring.values["w"]
        self._zero = ring.number(Fraction(0))
        self._minus = ring.number(Fraction(-1))
        self._share = ring.quotient(ring.number(Fraction(1)), ring.values["n"])

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> Element:
        if value != "-Y":
            raise ValueError("only the constant named -Y is known")
        return self._zero, self._minus * self._w, self._minus * self._w

    def product(self, left: Element, right: Element) -> Element:
        a, b = left, right
        mixed = [a[0] * b[i] + a[i] * b[0] + self._s * a[i] * b[i] for i in (1, 2)]
        return a[0] * b[0], mixed[0], mixed[1]

    def transpose(self, of: Element) -> Element:
        return of

    def add(self, left: Element, right: Element) -> Element:
        return left[0] + right[0], left[1] + right[1], left[2] + right[2]

    def scale(self, factor: Fraction, of: Element) -> Element:
        raise ValueError("no program of the family scales")

    def mask(self, mask: tuple[tuple[int, ...], ...] | str, of: Element) -> Element:
        """Diagonal blocks: ``E₁`` has 1/n on its diagonal, ``E₂`` has 1 − 1/n, and ``I = E₁ + E₂``."""
        on_diagonal = self._share * of[1] + of[2] + self._minus * self._share * of[2]
        return of[0], on_diagonal, on_diagonal

    def diagonal(self, of: Element) -> Element:
        raise ValueError("no program of the family takes a diagonal")


@dataclass(frozen=True)
class FamilyProduct:
    """A product of elements, each by its three coefficients; its coefficient at ``I ⊗ I_s`` (0), E₁ (1) or E₂ (2)."""

    factors: tuple[tuple[Expr, Expr, Expr], ...]
    component: int

    def value(self, ring: Any) -> Any:
        algebra = FamilyAlgebra(ring)
        elements = [tuple(x.read(ring.values, ring) for x in factor) for factor in self.factors]
        result = elements[0]
        for element in elements[1:]:
            result = algebra.product(result, element)
        return result[self.component]

    def describe(self) -> str:
        shown = " times ".join("(" + ", ".join(x.text() for x in factor) + ")" for factor in self.factors)
        return f"coefficient {self.component} of {shown} in the span of I⊗I_s, E1⊗J_s, E2⊗J_s"


@dataclass(frozen=True)
class FamilyOutput:
    """A coefficient of a program's output when every layer is ``(0, σ₁, σ₂)``, times `factor`."""

    program: Program
    output: str
    component: int
    factor: Fraction

    def value(self, ring: Any) -> Any:
        layer = (ring.number(Fraction(0)), ring.values["sigma1"], ring.values["sigma2"])
        outputs = evaluate(self.program, dict.fromkeys(self.program.parameters, layer), FamilyAlgebra(ring))
        return outputs[self.output][self.component] * ring.number(self.factor)

    def describe(self) -> str:
        return f"{self.factor} times coefficient {self.component} of {self.output} in [{show_program(self.program)}]"


_FAMILY = PowerLaws(("sigma1", "sigma2", "s"), ("L", "l", "k", "n", "w", "d"))


def _coefficients(power: Expr) -> tuple[Expr, Expr, Expr]:
    """``(M ⊗ J_s)^power`` for power ≥ 1: coefficients 0, ``s^{power−1}σᵢ^power``."""
    return ZERO, s ** (power - 1) * sigma1**power, s ** (power - 1) * sigma2**power


_UNIT = (formula(1), ZERO, ZERO)


def _idempotents() -> list[Step]:
    J, E1, E2 = Sym("J"), Sym("E1", "E_1"), Sym("E2", "E_2")
    definitions: Definitions = (("E1", Formula(J / n)), ("E2", Formula(1 - J / n)))
    square = Relation(J**2, n * J)
    layer = alpha * ((1 - 1 / m) + J / m)
    return [
        Step(
            r"With $E_1=J/n$ and $E_2=I-J/n$ (1 stands for the identity), $E_1$ is idempotent:",
            r"$J^2=nJ$",
            Identity(Rationals(("J", "n")), (Relation(E1**2, E1),), definitions, ((square, 1 / n**2),)),
        ),
        Step(
            r"and so is $E_2$, since $J^2=nJ$:",
            r"$J^2=nJ$ again",
            Identity(Rationals(("J", "n")), (Relation(E2**2, E2),), definitions, ((square, 1 / n**2),)),
        ),
        Step(
            r"their product vanishes:",
            r"$J^2=nJ$ again",
            Identity(Rationals(("J", "n")), (Relation(E1 * E2, ZERO),), definitions, ((square, -1 / n**2),)),
        ),
        Step(
            r"The start's layer $M_0=\alpha((1-\tfrac1m)I+\tfrac1mJ)$ has eigenvalue $\sigma_1$ on $E_1$ and "
            r"$\sigma_2$ on "
            r"$E_2$:",
            r"$I=E_1+E_2$, $J=nE_1$",
            Identity(
                Rationals(("J", "n", "m", "alpha")),
                (Relation(layer, alpha * (1 + (n - 1) / m) * E1 + alpha * (1 - 1 / m) * E2),),
                definitions,
            ),
        ),
    ]


def reduction(depth: int | None) -> Derivation:
    """Layers ``M(t) ⊗ J_s`` stay so, and ``τᵢ = sσᵢ`` solve two scalar equations: all n, s, w and all depths."""
    both = ((1, sigma1), (2, sigma2))
    scaled: Definitions = (("tau1", Formula(s * sigma1)), ("tau2", Formula(s * sigma2)))
    steps = _idempotents()
    steps.append(
        Step(
            r"The powers of a layer are $(M\otimes J_s)^k=s^{k-1}(\sigma_1^kE_1+\sigma_2^kE_2)\otimes J_s$ for "
            r"$k\ge1$; "
            r"from $k$ to $k+1$ the coefficient of $E_i\otimes J_s$ becomes",
            r"$(A\otimes J_s)(B\otimes J_s)=s\,AB\otimes J_s$ and the idempotents; induction over $k$",
            Identity(
                _FAMILY,
                tuple(Relation(Sym(f"q{i}", f"q_{i}"), s**k * sigma ** (k + 1)) for i, sigma in both),
                tuple((f"q{i}", FamilyProduct((_coefficients(k), (ZERO, sigma1, sigma2)), i)) for i, _ in both),
            ),
        )
    )
    whole = _coefficients(L)
    steps.append(
        Step(
            r"Every observed entry of $W=(M\otimes J_s)^L$ is the same number $d$, and off the blocks all entries "
            r"are equal to $f$; "
            r"in terms of $\tau_i=s\sigma_i$:",
            r"$E_1$ has $1/n$ everywhere, $E_2$ has $1-1/n$ on the diagonal and $-1/n$ off it",
            Identity(
                _FAMILY,
                (
                    Relation(d, observed_entry(n, tau1, tau2, L, s)),
                    Relation(Sym("f"), (tau1**L - tau2**L) / (n * s)),
                ),
                (
                    *scaled,
                    ("d", Formula(whole[1] * (1 / n) + whole[2] * (1 - 1 / n))),
                    ("f", Formula(whole[1] * (1 / n) - whole[2] * (1 / n))),
                ),
            ),
        )
    )
    residual = (ZERO, d - w, d - w)
    ends: list[Relation] = []
    products: list[tuple[str, FamilyProduct]] = []
    cases = (
        ("i", (_coefficients(L - l), residual, _coefficients(l - 1))),
        ("f", (_UNIT, residual, _coefficients(L - 1))),
        ("u", (_coefficients(L - 1), residual, _UNIT)),
    )
    for name, factors in cases:
        for i, sigma in both:
            symbol = f"{name}{i}"
            tex = {"i": rf"g^{{(\ell)}}_{i}", "f": f"g^{{(L)}}_{i}", "u": f"g^{{(1)}}_{i}"}[name]
            ends.append(
                Relation(
                    Sym(symbol, tex, {"i": f"g^(ℓ)_{i}", "f": f"g^(L)_{i}", "u": f"g^(1)_{i}"}[name]),
                    s ** (L - 1) * (d - w) * sigma ** (L - 1),
                )
            )
            products.append((symbol, FamilyProduct(factors, i)))
    steps.append(
        Step(
            r"The residual is $G=(d-w)\,I\otimes J_s$, and the gradient of every layer "
            r"$(M\otimes J_s)^{L-\ell}\,G\,(M\otimes J_s)^{\ell-1}$ has the same coefficients $g_i$ of $E_i\otimes "
            r"J_s$, whatever "
            r"$\ell$ is (the first and the last layer apart, where a power is the identity):",
            r"multiplication in the span of $I\otimes I_s$, $E_1\otimes J_s$, $E_2\otimes J_s$ with symbolic "
            r"exponents",
            Identity(_FAMILY, tuple(ends), tuple(products)),
        )
    )
    rates = tuple(Relation(dtau, s * (w - d) * tau ** (L - 1)) for dtau, tau in ((dtau1, tau1), (dtau2, tau2)))
    steps.append(
        Step(
            r"So the flow keeps the form $M(t)\otimes J_s$ with $\dot\sigma_i=-g_i$, and $\tau_i=s\sigma_i$ move as",
            r"$\tau_i'=s\sigma_i'$",
            Identity(
                _FAMILY,
                rates,
                (
                    *scaled,
                    *((f"tau{i}'", Formula(-(s * s ** (L - 1) * (d - w) * sigma ** (L - 1)))) for i, sigma in both),
                ),
            ),
        )
    )
    if depth is not None:
        steps.append(at_depth(depth))
    steps.append(
        Step(
            r"Blocks of size $s$ behave as single entries with $w\to sw$, $\alpha\to s\alpha$: the rate with $s=1$ "
            r"and these "
            r"data, in the same $\tau_1$, is",
            r"the observed entry of the problem with $s=1$ is $sd$",
            Identity(
                PowerLaws(("tau1", "tau2", "s"), ("L", "n", "w")),
                (
                    Relation(
                        (s * w - observed_entry(n, tau1, tau2, L, formula(1))) * tau1 ** (L - 1),
                        s * (w - d) * tau1 ** (L - 1),
                    ),
                ),
                (("d", Formula(observed_entry(n, tau1, tau2, L, s))),),
            ),
        )
    )
    return Derivation(
        topic="symmetric-family",
        title="The symmetric family reduces to two numbers",
        statement=(
            r"From $W_\ell(0)=\alpha((1-\tfrac1m)I_n+\tfrac1mJ_n)\otimes J_s$ for every $\ell$, with all entries "
            r"of the $n$ diagonal "
            r"blocks observed as $w$, the flow is $W_\ell(t)=M(t)\otimes J_s$, and its eigenvalues $\tau_i$ solve "
            r"$\dot\tau_i=s(w-d)\,\tau_i^{L-1}$ with the observed entry $d=(\tau_1^L+(n-1)\tau_2^L)/(ns)$"
        ),
        scope=r"all depths $L\ge1$, all $n$, $s$, $w$, $m\ne0$ and $\alpha$; symbolic exponents: $\tau_i>0$"
        + (f"; from the program at depth {depth} for numbers of any sign" if depth else ""),
        steps=tuple(steps),
        hypotheses=(Relation(Sym("J") ** 2, n * Sym("J")),),
        notation=(
            r"$J_k$ is the $k\times k$ matrix of ones",
            r"$\sigma_1=\alpha(1+\tfrac{n-1}{m})$ (all-ones direction), $\sigma_2=\alpha(1-\tfrac1m)$ ($n-1$ "
            r"times), $\tau_i=s\sigma_i$",
        ),
        uses=(
            "the flow's solution is unique, so a solution of the form that is found is the solution",
            r"$(A\otimes B)(C\otimes D)=AC\otimes BD$",
        ),
        options={"depth": depth},
    )


def at_depth(depth: int) -> Step:
    """The same rates from the program of that depth, as rational functions, so for numbers of any sign."""
    swept = gradient(symbolic_program(depth))
    relations, definitions = [], []
    for number in range(1, depth + 1):
        for i, sigma in ((1, sigma1), (2, sigma2)):
            name = f"sigma{i}' in W{number}"
            relations.append(
                Relation(
                    Sym(name, rf"\dot\sigma_{i}[W_{{{number}}}]", f"σ{i}'[W{number}]"),
                    s ** (depth - 1) * (w - d) * sigma ** (depth - 1),
                )
            )
            definitions.append((name, FamilyOutput(swept, f"dW{number}", i, Fraction(-1))))
    observed = s ** (depth - 1) * (sigma1**depth + (n - 1) * sigma2**depth) / n
    return Step(
        rf"At depth {depth}, if all layers are $(\sigma_1E_1+\sigma_2E_2)\otimes J_s$ with $E_1=J_n/n$, $E_2=I_n-E_1$ "
        r"and the $n$ diagonal $s\times s$ blocks are observed with one value $w$, every layer moves in the same way:",
        r"adjoint sweep over the program, interpreted in the span of $I\otimes I_s$, $E_1\otimes J_s$, $E_2\otimes "
        r"J_s$",
        Identity(
            Rationals(("sigma1", "sigma2", "s", "n", "w")),
            tuple(relations),
            (("d", Formula(observed)), *definitions),
        ),
    )


# First integrals. d and w are numbers here: their value does not matter.
_FLOWING = PowerLaws(
    ("tau1", "tau2"),
    ("L", "s", "w", "d", "n"),
    (("tau1", s * (w - d) * tau1 ** (L - 1)), ("tau2", s * (w - d) * tau2 ** (L - 1))),
)


def first_integrals() -> Derivation:
    """``τ₂^{−(L−2)} − τ₁^{−(L−2)}`` is constant for every depth L ≥ 3, ``τ₁/τ₂`` for L = 2."""
    low, high = Sym("a"), Sym("b")
    exponent = -(L - 2)
    data = PowerLaws(("a", "b", "m", "s", "alpha"), ("L", "n"))
    start1, start2 = s * alpha * high / m, s * alpha * low / m
    ratio = Relation(high, low + n)
    K_value = (m / low) ** (L - 2) - (m / high) ** (L - 2)
    order = Relation(low, high, "<")
    turned = Relation(high**exponent, low**exponent, "<")
    rates2 = (("tau1", s * (w - d) * tau1), ("tau2", s * (w - d) * tau2))
    steps = (
        Step(
            r"By the power rule, for $i=1$ and $i=2$ alike and any exponent,",
            r"$(x^e)'=e\,x^{e-1}x'$ with $\dot\tau_i=s(w-d)\tau_i^{L-1}$",
            Identity(
                _FLOWING,
                (
                    Relation(rate_of(tau1**exponent), -(L - 2) * s * (w - d)),
                    Relation(rate_of(tau2**exponent), -(L - 2) * s * (w - d)),
                    Relation(rate_of(tau2**exponent - tau1**exponent), ZERO),
                ),
            ),
        ),
        Step(
            r"At the start, with $a=m-1$, $b=m+n-1$, so that $\tau_1(0)=s\alpha b/m$ and $\tau_2(0)=s\alpha a/m$, "
            r"the constant is "
            r"$C=(s\alpha)^{-(L-2)}K_L$:",
            "powers of products",
            Identity(
                data,
                (Relation(start2**exponent - start1**exponent, (s * alpha) ** exponent * K_value),),
            ),
        ),
        Step(
            r"For $1<m<\infty$ both $a$ and $b$ are positive, and",
            r"$b=a+n$ with $n\ge2$",
            Inequality(data, order, BOUNDS, given=((ratio, formula(1)),)),
        ),
        Step(
            r"so that",
            r"a power with the negative exponent $-(L-2)$ is decreasing",
            PowerOrder(data, order, exponent, turned, BOUNDS),
        ),
        Step(
            r"and $K_L$ is positive for $L\ge3$:",
            r"the previous step times $m^{L-2}$",
            Inequality(data, Relation(K_value, ZERO, ">"), BOUNDS, given=((turned, m ** (L - 2)),)),
        ),
        Step(
            r"In particular $K_3$, and $K_4$ for $n=2$, are",
            "rational functions",
            Identity(
                Rationals(("m", "n")),
                (
                    Relation(m / (m - 1) - m / (m + n - 1), m * n / ((m - 1) * (m + n - 1))),
                    Relation((m / (m - 1)) ** 2 - (m / (m + 1)) ** 2, 4 * m**3 / (m**2 - 1) ** 2),
                ),
            ),
        ),
        Step(
            r"At depth $L=2$ the ratio is constant; its value is $\rho=(m+n-1)/(m-1)$:",
            r"quotient rule with $\dot\tau_i=s(w-d)\tau_i$",
            Identity(
                Rationals(("tau1", "tau2", "s", "w", "d"), rates2),
                (Relation(rate_of(tau1 / tau2), ZERO),),
            ),
        ),
    )
    return Derivation(
        topic="first-integrals",
        title="First integrals of the symmetric family",
        statement=(
            r"For $L\ge3$, $\tau_2^{-(L-2)}-\tau_1^{-(L-2)}=C=(s\alpha)^{-(L-2)}K_L$ with "
            r"$K_L=(\tfrac{m}{m-1})^{L-2}-(\tfrac{m}{m+n-1})^{L-2}$ along the flow, and $K_L>0$ for $1<m<\infty$; "
            r"for $L=2$, "
            r"$\tau_1/\tau_2$ is constant"
        ),
        scope=r"all depths $L\ge3$ (a symbol) and $L=2$; all $n\ge2$, $s,w,\alpha>0$ and $1<m<\infty$",
        steps=steps,
        hypotheses=(ratio,),
        notation=(r"$\tau_i>0$ solve $\dot\tau_i=s(w-d)\tau_i^{L-1}$ (topic symmetric-family)",),
    )


E1_LIMIT = Relation(tau1**L + (n - 1) * tau2**L, n * s * w)
E2_LIMIT = Relation(tau2 ** -(L - 2), tau1 ** -(L - 2) + C)
ORDER = Relation(tau2, tau1, "<=")
#: ``τ₁^L ≥ sw``, and the two bounds of τ₂ (with y for ``C + (sw)^{−(L−2)/L}``); established by topic stable-rank.
DOMINANT = Relation(s * w, tau1**L, "<=")
SECOND_BELOW = Relation(tau2, C ** -(1 / (L - 2)), "<")
SECOND_ABOVE = Relation(y ** -(1 / (L - 2)), tau2, "<=")
LIMIT = PowerLaws(("tau1", "tau2", "s", "w", "C", "z", "y", "alpha", "K"), ("L", "n"))


def limit_equations() -> Derivation:
    """The limit is the unique positive solution of (E1), (E2): monotony, convergence, uniqueness, bracket."""
    observed = observed_entry(n, tau1, tau2, L, s)
    moving = PowerLaws(
        ("tau1", "tau2", "s"),
        ("L", "n", "w"),
        (("tau1", s * (w - observed) * tau1 ** (L - 1)), ("tau2", s * (w - observed) * tau2 ** (L - 1))),
    )
    twice = 2 * L - 2
    speed = (L / n) * (tau1**twice + (n - 1) * tau2**twice)
    power = -(L / (L - 2))
    F = z**power + (n - 1) * y**power - n * s * w
    sliding = PowerLaws(("s", "w", "C", "z", "y"), ("L", "n"), (("z", formula(1)), ("y", formula(1))))
    bracket = PowerLaws(("q", "p", "C", "y"), ("L", "n"))
    q, p = Sym("q"), Sym("p")
    first = Relation(tau2**L, tau1**L, "<=")
    past = Relation(observed, w, ">=")
    dominant = Relation(s * w, tau1**L, "<=")
    fast = Relation((s * w) ** (twice / L), tau1**twice, "<=")
    y_order = Relation(p ** -((L - 2) / L), y, "<")
    y_power = Relation(y**power, p, "<")
    steps = (
        Step(
            r"The observed entry $d=(\tau_1^L+(n-1)\tau_2^L)/(ns)$ approaches $w$ monotonically: with $\kappa$ as "
            r"on the right,",
            r"power rule with $\dot\tau_i=s(w-d)\tau_i^{L-1}$; $w-d$ is multiplied by $e^{-\int\kappa}$, so its "
            r"sign never changes",
            Identity(moving, (Relation(rate_of(observed), (w - observed) * speed),)),
        ),
        Step(
            r"If $d>w$ at the start, the $\tau_i$ decrease and $d\ge w$ remains; since $\tau_2\le\tau_1$,",
            r"the exponent $L$ is positive",
            PowerOrder(LIMIT, ORDER, L, first, BOUNDS),
        ),
        Step(
            r"hence",
            r"$d\ge w$ and the previous step",
            Inequality(LIMIT, dominant, BOUNDS, given=((first, (n - 1) / n), (past, s))),
        ),
        Step(
            r"and $\kappa\ge\tfrac Ln\tau_1^{2L-2}$ is bounded below; if $d<w$ at the start the $\tau_i$ increase, "
            r"and $\kappa$ is at "
            r"least its value at the start. So $d\to w$ exponentially, the rates are integrable and the flow "
            r"converges:",
            r"a positive exponent is increasing",
            PowerOrder(LIMIT, dominant, twice / L, fast, BOUNDS),
        ),
        Step(
            r"At the limit $d=w$, which is (E1); the first integral is (E2). Put $z=\tau_1^{-(L-2)}$ and "
            r"$y=z+C=\tau_2^{-(L-2)}$; "
            r"then (E1) reads $F(z)=0$ with",
            r"$\tau_1^L=z^{-L/(L-2)}$, $\tau_2^L=y^{-L/(L-2)}$",
            Identity(
                PowerLaws(("tau1", "tau2", "s", "w"), ("L", "n")),
                (Relation(F, tau1**L + (n - 1) * tau2**L - n * s * w),),
                (("z", Formula(tau1 ** -(L - 2))), ("y", Formula(tau2 ** -(L - 2)))),
            ),
        ),
        Step(
            r"$F$ is strictly decreasing on $(0,\infty)$:",
            r"power rule, where $y=z+C$ moves with $z$; $L/(L-2)>0$ and $n\ge2$, term by term",
            Inequality(sliding, Relation(Call("rate", (F,), ("z",)), ZERO, "<"), BOUNDS),
        ),
        Step(
            r"$F$ is positive at the lower end $z=(nsw)^{-(L-2)/L}$; with $q=nsw$,",
            r"$z^{-L/(L-2)}=q$, and what is left is a positive term",
            Inequality(
                bracket,
                Relation((q ** -((L - 2) / L)) ** power + (n - 1) * y**power - q, ZERO, ">"),
                BOUNDS,
            ),
        ),
        Step(
            r"At the upper end $z=(sw)^{-(L-2)/L}$, with $p=sw$ and $y=z+C$, $C>0$,",
            r"$C>0$",
            Inequality(bracket, y_order, BOUNDS, (("y", Formula(p ** -((L - 2) / L) + C)),)),
        ),
        Step(
            r"so that",
            r"the exponent $-L/(L-2)$ is negative",
            PowerOrder(bracket, y_order, power, y_power, BOUNDS),
        ),
        Step(
            r"and $F$ is negative there:",
            r"$z^{-L/(L-2)}=p$ and the previous step, $n-1$ times",
            Inequality(
                bracket,
                Relation((p ** -((L - 2) / L)) ** power + (n - 1) * y**power - n * p, ZERO, "<"),
                BOUNDS,
                given=((y_power, n - 1),),
            ),
        ),
    )
    return Derivation(
        topic="limit-equations",
        title="The limit of the symmetric family: existence and uniqueness",
        statement=(
            r"For $L\ge3$, $1<m<\infty$, $w>0$ and every $\alpha>0$ the flow converges, $d\to w$ monotonically, "
            r"and the limit is the "
            r"only positive solution of (E1) $\tau_1^L+(n-1)\tau_2^L=nsw$, (E2) "
            r"$\tau_2^{-(L-2)}-\tau_1^{-(L-2)}=C$. It has "
            r"$\tau_1^{-(L-2)}$ between $(nsw)^{-(L-2)/L}$ and $(sw)^{-(L-2)/L}$, and $\tau_2>0$, so the limit has "
            r"rank exactly $n$"
        ),
        scope=r"all depths $L\ge3$, $n\ge2$, $s\ge1$, $w>0$, $\alpha>0$, $1<m<\infty$ (so $C>0$)",
        steps=steps,
        hypotheses=(ORDER, past),
        notation=(
            r"$\tau_1\ge\tau_2>0$ solve $\dot\tau_i=s(w-d)\tau_i^{L-1}$; $C>0$ (topics symmetric-family and "
            r"first-integrals)",
            r"the hypothesis $d\ge w$ belongs to the case $d>w$ at the start, and is kept by the first step",
        ),
        uses=(
            "Grönwall's lemma: a nonnegative quantity whose logarithmic rate is at most a negative constant decays "
            "exponentially",
            "a continuous strictly decreasing function with a change of sign has exactly one zero",
            r"$\tau_2\le\tau_1$ is kept, as solutions of $\dot\tau=s(w-d(t))\tau^{L-1}$ do not cross",
        ),
    )


def stable_rank() -> Derivation:
    """Both bounds of the limit's stable rank, from (E1), (E2) and 0 < τ₂ ≤ τ₁."""
    sr = Sym("sr", r"\mathrm{sr}")
    exponent = -(1 / (L - 2))
    definition = Relation(sr, 1 + (n - 1) * (tau2 / tau1) ** (2 * L))
    first = Relation(tau2**L, tau1**L, "<=")
    below = Relation(C, tau2 ** -(L - 2), "<")
    inverse = Relation(tau1 ** -(L - 2), (s * w) ** -((L - 2) / L), "<=")
    y_def: Definitions = (("y", Formula(C + (s * w) ** -((L - 2) / L))),)
    above = Relation(tau2 ** -(L - 2), y, "<=")
    small = Relation(tau2 ** (2 * L), C ** -(2 * L / (L - 2)), "<")
    large = Relation(tau1 ** (-2 * L), (s * w) ** formula(-2), "<=")
    product_bound = Relation((tau2 / tau1) ** (2 * L), C ** -(2 * L / (L - 2)) * (s * w) ** formula(-2), "<")
    certificate = Relation(
        (n - 1) * (tau2 / tau1) ** (2 * L),
        (n - 1) * (s * alpha) ** (2 * L) * K ** -(2 * L / (L - 2)) / (s * w) ** 2,
        "<",
    )
    gap2 = Relation(Sym("f2", r"\|W-wJ\|_F^2", "‖W − wJ‖²"), n * (n - 1) * tau2 ** (2 * L))
    steps = (
        Step(
            r"$W$ has the eigenvalues $\tau_1^L$ (once) and $\tau_2^L$ ($n-1$ times), zeros apart, so "
            r"$\mathrm{sr}=\|W\|_F^2/\|W\|_2^2$ is",
            r"the largest singular value is $\tau_1^L$, as $\tau_1\ge\tau_2>0$",
            Identity(
                LIMIT,
                (definition,),
                (("sr", Formula((tau1 ** (2 * L) + (n - 1) * tau2 ** (2 * L)) / tau1 ** (2 * L))),),
            ),
        ),
        Step(
            r"From $\tau_2\le\tau_1$",
            r"a positive exponent is increasing",
            PowerOrder(LIMIT, ORDER, L, first, BOUNDS),
        ),
        Step(
            r"and (E1):",
            r"$nsw=\tau_1^L+(n-1)\tau_2^L\le n\tau_1^L$",
            Inequality(LIMIT, DOMINANT, BOUNDS, given=((first, (n - 1) / n), (E1_LIMIT, 1 / n))),
        ),
        Step(
            r"By (E2)",
            r"$\tau_1^{-(L-2)}>0$",
            Inequality(LIMIT, below, BOUNDS, given=((E2_LIMIT, formula(1)),)),
        ),
        Step(
            r"which is the upper bound of $\tau_2$:",
            r"the exponent $-1/(L-2)$ is negative",
            PowerOrder(LIMIT, below, exponent, SECOND_BELOW, BOUNDS),
        ),
        Step(
            r"From $\tau_1^L\ge sw$:",
            r"the exponent $-(L-2)/L$ is negative",
            PowerOrder(LIMIT, DOMINANT, -((L - 2) / L), inverse, BOUNDS),
        ),
        Step(
            r"so, with $y=C+(sw)^{-(L-2)/L}$,",
            r"(E2) and the previous step",
            Inequality(LIMIT, above, BOUNDS, y_def, ((E2_LIMIT, formula(-1)), (inverse, formula(1)))),
        ),
        Step(
            r"which is the lower bound of $\tau_2$:",
            r"the exponent $-1/(L-2)$ is negative",
            PowerOrder(LIMIT, above, exponent, SECOND_ABOVE, BOUNDS),
        ),
        Step(
            r"The upper bound of $\tau_2$ to the power $2L$ is",
            r"a positive exponent is increasing",
            PowerOrder(LIMIT, SECOND_BELOW, 2 * L, small, BOUNDS),
        ),
        Step(
            r"and $\tau_1^L\ge sw$ to the power $-2$ is",
            r"the exponent is negative",
            PowerOrder(LIMIT, DOMINANT, formula(-2), large, BOUNDS),
        ),
        Step(
            r"The product of the two:",
            r"first $\tau_1^{-2L}$ times the one, then the bound of $\tau_2^{2L}$ times the other",
            Inequality(
                LIMIT,
                product_bound,
                BOUNDS,
                given=((small, tau1 ** (-2 * L)), (large, C ** -(2 * L / (L - 2)))),
            ),
        ),
        Step(
            r"With $C=(s\alpha)^{-(L-2)}K_L$ this is the certificate for $\mathrm{sr}-1$:",
            "powers of products",
            Inequality(
                PowerLaws(("tau1", "tau2", "s", "w", "alpha", "K"), ("L", "n")),
                certificate,
                BOUNDS,
                (("C", Formula((s * alpha) ** -(L - 2) * K)),),
                ((product_bound, n - 1),),
            ),
        ),
        Step(
            r"For $s=1$ the distance to the rank-one completion $wJ$ is known exactly: it is $\tau_2^L$ times the "
            r"norm of "
            r"$E_2-(n-1)E_1$, since $\tau_1^L-nw=-(n-1)\tau_2^L$ by (E1):",
            r"$\|E_1\|_F^2=1$, $\|E_2\|_F^2=n-1$, $\langle E_1,E_2\rangle=0$",
            Identity(
                PowerLaws(("tau2",), ("L", "n")),
                (gap2,),
                (("f2", Formula(((n - 1) * tau2**L) ** 2 + (n - 1) * tau2 ** (2 * L))),),
            ),
        ),
    )
    return Derivation(
        topic="stable-rank",
        title="The stable rank of the limit",
        statement=(
            r"For $L\ge3$ and $1<m<\infty$ the limit has $\mathrm{sr}=1+(n-1)(\tau_2/\tau_1)^{2L}$, "
            r"$(C+(sw)^{-(L-2)/L})^{-1/(L-2)}\le\tau_2\le C^{-1/(L-2)}$, $\tau_1^L\ge sw$, and "
            r"$\mathrm{sr}-1\le(n-1)\,(s\alpha)^{2L}K_L^{-2L/(L-2)}/(sw)^2$, for every $\alpha>0$"
        ),
        scope=r"all depths $L\ge3$, $n\ge2$, $s\ge1$, $w>0$, $\alpha>0$, $1<m<\infty$ (so $C>0$)",
        steps=steps,
        hypotheses=(ORDER, E1_LIMIT, E2_LIMIT),
        notation=(
            r"$\tau_1\ge\tau_2>0$ is the limit: (E1) and (E2) are the hypotheses (topic limit-equations)",
            r"$C=(s\alpha)^{-(L-2)}K_L>0$ (topic first-integrals)",
        ),
    )
