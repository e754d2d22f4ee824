"""The coupling kernel inside the symmetric family: in eigenvalues, its sign, and the angle between two gradients."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.arithmetic import evaluate, pullback
from verify.models import Observations, deep_program
from verify.symbolic.checks import Definitions, Formula, Identity, Inequality, PowerLaws, PowerOrder, Rationals
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Relation, Sym, formula
from verify.symbolic.symmetric_family import ZERO, L, alpha, k, l, m, n, sigma1, sigma2


@dataclass(frozen=True)
class FamilyKernel:
    """``⟨∇w_ii, ∇w_pp⟩`` by adjoint sweeps over the program of n × n layers, all equal to ``σ₁E₁ + σ₂E₂``."""

    depth: int
    size: int
    first: int
    second: int

    def value(self, ring: Any) -> Any:
        from verify.arithmetic import EntrywiseAlgebra

        size = self.size
        share = ring.number(Fraction(1, size))
        equal, shared = ring.values["sigma2"], share * (ring.values["sigma1"] - ring.values["sigma2"])
        layer = tuple(tuple(shared + equal if i == j else shared for j in range(size)) for i in range(size))
        program = deep_program([(size, size)] * self.depth, Observations.diagonal(size))
        swept, algebra = pullback(program, "product", seed="E"), EntrywiseAlgebra[Any](ring.number)
        gradients = []
        for place in (self.first, self.second):
            seed = tuple(tuple(Fraction(int(i == j == place)) for j in range(size)) for i in range(size))
            values = dict.fromkeys(program.parameters, layer) | {"E": algebra.constant(seed, (size, size))}
            outputs = evaluate(swept, values, algebra)
            gradients.append([x for name in program.parameters for row in outputs["d" + name] for x in row])
        total = ring.number(Fraction(0))
        for a, b in zip(*gradients, strict=True):
            total = total + a * b
        return total

    def describe(self) -> str:
        seeds = f"{self.first}, {self.second}"
        return f"adjoint sweeps over the program of depth {self.depth}, size {self.size}, seeds {seeds}"


def family_coupling(depth: int | None, size: int | None) -> Derivation:
    """The coupling kernel inside the family, its closed form, its sign and the cosine: all n and all depths."""
    a, b, g = Sym("a"), Sym("b"), Sym("g", "g_L", "g_L")
    r, h = Sym("r"), Sym("h")
    spectral = PowerLaws(("sigma1", "sigma2"), ("L", "l", "k", "n"))
    symbols = PowerLaws(("a", "b", "g"), ("L", "l", "n", "j"))
    above, below = 2 * (L - l), 2 * (l - 1)
    term = (1 / n**2) * (sigma1**above - sigma2**above) * (sigma1**below - sigma2**below)
    entry = Sym("M^k_ij", "(M^{2k})_{ij}", "(M^2k)_ij")
    same = Sym("M^k_ii", "(M^{2k})_{ii}", "(M^2k)_ii")
    cross = (a ** (L - l) - b ** (L - l)) * (a ** (l - 1) - b ** (l - 1))
    own = (a ** (L - l) + (n - 1) * b ** (L - l)) * (a ** (l - 1) + (n - 1) * b ** (l - 1))
    geometric = Relation((a - b) * g, a**L - b**L)
    j = Sym("j")
    positive = (("j", Fraction(1), False), ("n", Fraction(2), False))
    order, powers = Relation(b, a, "<"), Relation(b**j, a**j, "<")
    contribution = Sym("k_l", r"k_\ell", "k_ℓ")
    both = {"M^k_ij": (formula(1), ZERO), "M^k_ii": (formula(1), formula(1))}
    entries: Definitions = tuple(
        (name, Formula(sigma1 ** (2 * k) * one / n + sigma2 ** (2 * k) * (unit - one / n)))
        for name, (one, unit) in both.items()
    )
    steps = [
        Step(
            r"For a layer $M=\sigma_1E_1+\sigma_2E_2$ the entries of $M^{2k}=\sigma_1^{2k}E_1+\sigma_2^{2k}E_2$ "
            r"are, for $i\ne j$,",
            r"the entries of $E_1=J/n$ and $E_2=I-J/n$",
            Identity(
                spectral,
                (
                    Relation(entry, (sigma1 ** (2 * k) - sigma2 ** (2 * k)) / n),
                    Relation(same, (sigma1 ** (2 * k) + (n - 1) * sigma2 ** (2 * k)) / n),
                ),
                entries,
            ),
        ),
        Step(
            r"so by the kernel's formula (topic coupling-kernel; all layers are $M$) layer $\ell$ contributes to "
            r"$K_{ij}=\langle\nabla w_{ii},\nabla w_{jj}\rangle$",
            r"$(M^{2(L-\ell)})_{ij}\,(M^{2(\ell-1)})_{ij}$",
            Identity(
                spectral,
                (Relation(contribution, term),),
                (
                    (
                        "k_l",
                        Formula(((sigma1**above - sigma2**above) / n) * ((sigma1**below - sigma2**below) / n)),
                    ),
                ),
            ),
        ),
        Step(
            r"With $a=\sigma_1^2$, $b=\sigma_2^2$, a term of the sum over $\ell$, and its counterpart on the "
            r"diagonal, expand to",
            "powers with symbolic exponents",
            Identity(
                symbols,
                (
                    Relation(
                        cross, a ** (L - 1) + b ** (L - 1) - a ** (L - l) * b ** (l - 1) - b ** (L - l) * a ** (l - 1)
                    ),
                    Relation(
                        own,
                        a ** (L - 1)
                        + (n - 1) ** 2 * b ** (L - 1)
                        + (n - 1) * (a ** (L - l) * b ** (l - 1) + b ** (L - l) * a ** (l - 1)),
                    ),
                ),
            ),
        ),
        Step(
            r"The geometric sum $g_L=\sum_{\ell=1}^{L}a^{L-\ell}b^{\ell-1}$ satisfies $(a-b)\,g_L=a^L-b^L$; from "
            r"$L$ to $L+1$, where "
            r"$g_{L+1}=a\,g_L+b^L$,",
            r"induction over $L$; $g_1=1$",
            Identity(
                symbols,
                (Relation((a - b) * (a * g + b**L), a ** (L + 1) - b ** (L + 1)),),
                given=((geometric, a),),
            ),
            assuming=(geometric,),
        ),
        Step(
            r"so that $n^2K_{ij}=L(a^{L-1}+b^{L-1})-2g_L$ and $n^2K_{ii}=L(a^{L-1}+(n-1)^2b^{L-1})+2(n-1)g_L$. "
            r"With $b=ra$ and "
            r"$g_L=a^{L-1}h$, $h=(1-r^L)/(1-r)$, both have the factor $a^{L-1}$; the quotient of the others is the "
            r"cosine of the angle:",
            "powers of products",
            Identity(
                PowerLaws(("a", "r", "h"), ("L", "n")),
                (
                    Relation(
                        L * (a ** (L - 1) + (r * a) ** (L - 1)) - 2 * (a ** (L - 1) * h),
                        a ** (L - 1) * (L * (1 + r ** (L - 1)) - 2 * h),
                    ),
                    Relation(
                        L * (a ** (L - 1) + (n - 1) ** 2 * (r * a) ** (L - 1)) + 2 * (n - 1) * (a ** (L - 1) * h),
                        a ** (L - 1) * (L * (1 + (n - 1) ** 2 * r ** (L - 1)) + 2 * (n - 1) * h),
                    ),
                ),
            ),
        ),
        Step(
            r"For $r\to0$, $h\to1$ and $r^{L-1}\to0$, and the cosine tends to",
            r"substitution of the limits, which exist for $L\ge2$",
            Identity(
                Rationals(("L", "n")),
                (Relation((L * (1 + 0) - 2) / (L * (1 + 0) + 2 * (n - 1)), (L - 2) / (L - 2 + 2 * n)),),
            ),
        ),
        Step(
            r"If $a>b$, then for every exponent $j\ge1$",
            r"a positive exponent is increasing",
            PowerOrder(symbols, order, j, powers, positive),
        ),
        Step(
            r"so the terms with $1<\ell<L$ are products of two positive numbers, while those with $\ell=1$ and "
            r"$\ell=L$ vanish; "
            r"one factor is",
            "the previous step",
            Inequality(symbols, Relation(a**j - b**j, ZERO, ">"), positive, given=((powers, formula(1)),)),
        ),
        Step(
            r"The terms at the ends, and all terms if $a=b$, vanish:",
            r"$x^0=1$",
            Identity(
                symbols,
                (
                    Relation((a ** (L - 1) - b ** (L - 1)) * (a**0 - b**0), ZERO),
                    Relation((a ** (L - l) - a ** (L - l)) * (a ** (l - 1) - a ** (l - 1)), ZERO),
                ),
            ),
        ),
    ]
    first, second = alpha * (1 + (n - 1) / m), alpha * (1 - 1 / m)
    steps.append(
        Step(
            r"For the family's start, $\sigma_1=\alpha(1+\tfrac{n-1}{m})$ and $\sigma_2=\alpha(1-\tfrac1m)$, so "
            r"for $\alpha>0$ "
            r"and $1<m<\infty$, when $\sigma_2>0$, $\sigma_1$ is the larger one:",
            r"$\sigma_1-\sigma_2=\alpha n/m$, with $m$ a positive base",
            Inequality(
                PowerLaws(("alpha", "m"), ("n",)),
                Relation(first - second, ZERO, ">"),
                (("n", Fraction(2), False),),
            ),
        )
    )
    if depth is not None:
        steps.append(_kernel_of_program(depth, size or 2))
    return Derivation(
        topic="coupling-in-family",
        title="Coupling inside the symmetric family",
        statement=(
            r"If all layers equal $M=\sigma_1E_1+\sigma_2E_2$, then for $i\ne j$ $\langle\nabla w_{ii},\nabla "
            r"w_{jj}\rangle="
            r"\tfrac{1}{n^2}\sum_{\ell=1}^{L}(\sigma_1^{2(L-\ell)}-\sigma_2^{2(L-\ell)})"
            r"(\sigma_1^{2(\ell-1)}-\sigma_2^{2(\ell-1)})$. "
            r"It is zero for $L\le2$; for $L\ge3$ it is positive unless $\sigma_1^2=\sigma_2^2$, when it is zero"
        ),
        scope="all depths, all $n\\ge2$, all layers of the family with nonzero eigenvalues"
        + (f"; from the program at depth {depth}, size {size or 2}" if depth is not None else ""),
        steps=tuple(steps),
        hypotheses=(order,),
        notation=(r"$E_1=J/n$, $E_2=I-J/n$", r"the hypothesis $b<a$ is one of the two cases; the other is symmetric"),
        options={"depth": depth, "size": size},
    )


def _kernel_of_program(depth: int, size: int) -> Step:
    share = Fraction(1, size * size)
    terms = [
        (sigma1 ** (2 * (depth - i)) - sigma2 ** (2 * (depth - i)))
        * (sigma1 ** (2 * (i - 1)) - sigma2 ** (2 * (i - 1)))
        for i in range(2, depth)
    ]
    right = share * sum(terms[1:], terms[0]) if terms else ZERO
    kernel = Sym("K12", r"\langle\nabla w_{11},\nabla w_{22}\rangle", "⟨∇w11, ∇w22⟩")
    return Step(
        f"From the program itself, depth {depth} and {size} by {size} layers:",
        "adjoint sweeps over the program of the whole product, with entries that are polynomials in the eigenvalues",
        Identity(
            Rationals(("sigma1", "sigma2")), (Relation(kernel, right),), (("K12", FamilyKernel(depth, size, 0, 1)),)
        ),
    )
