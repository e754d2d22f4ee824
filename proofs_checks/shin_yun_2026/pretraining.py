"""Claims about loss of plasticity at instances: the universal constants, depth, and pretraining at finite scale.

A flow that resumes where another one ended starts at a point that is known as a ball; the certified limit is then that
of every start in a ball around it, the true one included.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from proofs_checks.common import enclosed, stated
from proofs_checks.second_paths import coupled_at_start
from proofs_checks.shin_yun_2026.coupling import PAPER
from proofs_checks.shin_yun_2026.instances import Member, resumed
from proofs_checks.shin_yun_2026.violations import limit_violation, limit_violation_again
from verify.arithmetic import Ball
from verify.arithmetic.exact import transpose
from verify.claims import Evidence, Run, Scope, Witness, claim
from verify.models import Observations, Problem

if TYPE_CHECKING:
    from verify.rigorous import Limit

RESUMED = "layers I, entries 11 and 22 observed with 1, entry 12 with v"
#: ζ_2(v): where the unobserved entry ends after decoupled pretraining, depth 2, to as many digits as are claimed.
ZETA = {
    "v=1": ("1", "-0.034715573931874178900962530744646582"),
    "v=1/2": ("1/2", "-0.00582912038904709154806190570376397739"),
    "v=2": ("2", "-0.12462758952100953409597657674457180828"),
    "v=1/4": ("1/4", "-0.00079116431441714112330739358725623303"),
    "v=-1": ("-1", "0.034715573931874178900962530744646582"),
}
_DIGITS = 36


@lru_cache(maxsize=16)
def _limit(depth: int, v: str, digits: int = _DIGITS) -> Limit:
    from verify.rigorous import certify_limit

    return certify_limit(resumed(depth, v), digits=digits)


@claim(
    "shin-yun-2026/universal-constant-of-lost-plasticity",
    paper=PAPER,
    number="Thm 4.2 (P2)",
    title="ζ₂(1) = −0.0347155739…, to 34 digits",
    scope=Scope.instances(*ZETA),
    kinds=("certified limit",),
    hypotheses=(RESUMED,),
    uses=("shin-yun-2026/plasticity-is-lost-at-depth-two",),
)
def universal_constant_of_lost_plasticity(run: Run) -> Iterator[Evidence]:
    """
    Statement: after decoupled pretraining (m = ∞, w = 1), at depth 2, with entry 12 observed as v in addition, the
        unobserved entry 21 ends at ζ₂(v), with ζ₂(1) = −0.0347155739318741789009625307446465…, ζ₂(1/2) = −0.00582912…,
        ζ₂(2) = −0.12462758…, ζ₂(1/4) = −0.00079116…, ζ₂(−1) = −ζ₂(1), each to within 1e-34.
    Hypotheses: layers I, entries 11 and 22 observed with 1, entry 12 with v.
    Conclusion: a loss of plasticity that does not depend on the scale of pretraining (for other w: wζ₂(v/w)).
    Proof idea: pretraining from m = ∞ ends at layers √w I for every scale; the limit is enclosed.
    Checked by: certified limit, 36 digits.
    Not checked: other v.
    References: our own numbers, for Shin & Yun 2026 (arXiv:2603.04703), Theorems 4.2 and 4.3, as reconstructed.
    """
    for name, (v, printed) in ZETA.items():
        limit = _limit(2, v)
        if not limit.converged:
            yield enclosed(False, name, limit.reason)
            continue
        entry = limit.product[1][0]
        room = Fraction(1, 10**34) - abs(entry.mid - Fraction(printed)) - entry.rad
        yield enclosed(room >= 0, name, f"w_21(∞) = {entry.text(38)}", slack=Ball(room))


@universal_constant_of_lost_plasticity.negative_twin("with the limit 0, as if the entry were not touched")
def _(run: Run) -> Iterator[Evidence]:
    yield limit_violation("v=1", resumed(2, 1), stated(RESUMED, "v = 1"), what="entry 1 0", sign="=", bound=Fraction(0))


@universal_constant_of_lost_plasticity.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)


#: ζ_L(1) to 20 digits.
BY_DEPTH = {
    "L=2": (2, "-0.03471557393187417890"),
    "L=3": (3, "-0.04948801687201689704"),
    "L=4": (4, "-0.05707915155157729323"),
    "L=5": (5, "-0.06166354458690187924"),
    "L=6": (6, "-0.06472524513775677846"),
}
_QUICK = ("L=2", "L=3", "L=4")
SAME_VALUE = "v = 1"


@claim(
    "shin-yun-2026/depth-does-not-protect",
    paper=PAPER,
    number="Thm 4.3 (P4)",
    title="decoupled pretraining: more is lost at depth 3, and at depth 4",
    scope=Scope.instances(*_QUICK),
    kinds=("certified limit",),
    hypotheses=(RESUMED, SAME_VALUE),
    uses=("shin-yun-2026/universal-constant-of-lost-plasticity",),
)
def depth_does_not_protect(run: Run) -> Iterator[Evidence]:
    """
    Statement: after decoupled pretraining (layers I) and with entry 12 observed as 1 in addition, the unobserved entry
        ends at ζ_L(1) = −0.03471557… (L = 2), −0.04948801… (3), −0.05707915… (4), each to within 1e-19: it moves
        farther from the rank-1 value 1 from each of these depths to the next.
    Hypotheses: layers I, entries 11 and 22 observed with 1, entry 12 with v; v = 1.
    Conclusion: not depth by itself keeps plasticity, but coupled pretraining at small scale.
    Proof idea: the limits are enclosed.
    Checked by: certified limit, 22 digits; depths 5 and 6 with the profiles full and nightly.
    Not checked: other depths.
    References: our own numbers, for Shin & Yun 2026 (arXiv:2603.04703), Theorem 4.3, as reconstructed; reviews of the
        paper raise the question.
    """
    previous = Fraction(0)
    for name in run.pick(quick=_QUICK, full=tuple(BY_DEPTH), nightly=tuple(BY_DEPTH)):
        depth, printed = BY_DEPTH[name]
        limit = _limit(depth, "1", 22)
        if not limit.converged:
            yield enclosed(False, name, limit.reason)
            continue
        entry = limit.product[1][0]
        room = Fraction(1, 10**19) - abs(entry.mid - Fraction(printed)) - entry.rad
        yield enclosed(room >= 0 and entry.upper < previous, name, f"w_21(∞) = {entry.text(22)}", slack=Ball(room))
        previous = entry.lower


@depth_does_not_protect.negative_twin("with a smaller loss at depth 3 than at depth 2")
def _(run: Run) -> Iterator[Evidence]:
    yield limit_violation(
        "L=3",
        resumed(3, 1),
        (*stated(RESUMED, "depth 3"), *stated(SAME_VALUE, "entry 12 is observed with 1")),
        what="entry 1 0",
        sign=">",
        bound=Fraction("-0.0347"),
    )


@depth_does_not_protect.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)


# ---------------------------------------------------------------------------------------------------------------------
# After coupled pretraining: starts that are known as balls

#: Depth 3, after coupled pretraining. name: m, α, v, and the unobserved entry's limit, as far as it is claimed.
COUPLED = {
    "L=3,m=2,alpha=1/10,v=1": ("2", "1/10", "1", "0.999290798"),
    "L=3,m=2,alpha=1/10,v=2": ("2", "1/10", "2", "0.499583751"),
    "L=3,m=100,alpha=1/10,v=1": ("100", "1/10", "1", "0.185364435"),
}
#: Depth 2, m = 2, any scale. name: v, and the unobserved entry's limit.
SHALLOW = {
    "L=2,m=2,v=1": ("1", "0.705842682347071766080875749637"),
    "L=2,m=2,v=2": ("2", "0.382835429655200099405428724184"),
}
KEPT, C14 = "L=3,m=2,alpha=1/10,v=1", "L=3,m=100,alpha=1/10,v=1"
PRETRAINED_MEMBER = (
    "n = 2, w = 1; a balanced start at the limit of the family's flow, entry 12 observed as v in addition"
)
_PLACES = 14


def _observed(v: str) -> Observations:
    return Observations(2, 2, ((0, 0, Fraction(1)), (1, 1, Fraction(1)), (0, 1, Fraction(v))))


def shallow(name: str) -> Problem:
    """Depth 2, m = 2: pretraining ends at W = [[1, 4/5], [4/5, 1]], here with the balanced factors AAᵀ, A rational.

    The flow of W from balanced factors is the same for all of them: they differ by a hidden rotation.
    """
    factor = ((Fraction(1), Fraction(0)), (Fraction(4, 5), Fraction(3, 5)))
    return Problem((transpose(factor), factor), _observed(SHALLOW[name][0]))


def _member(name: str) -> Member:
    """The member from which pretraining starts."""
    m, alpha, _, _ = COUPLED[name]
    return Member(3, 2, Fraction(m), Fraction(alpha))


def pretrained(name: str) -> tuple[Problem, Fraction]:
    """A start with layers of rationals, and the Euclidean distance within which the true pretrained start is."""
    from verify.rigorous import enclose_family_limit

    member, v = _member(name), COUPLED[name][2]
    limit = enclose_family_limit(3, **member.parameters, digits=_PLACES + 10)
    first, second = round(limit.tau1.mid, _PLACES), round(limit.tau2.mid, _PLACES)
    apart = [abs(one.mid - other) + one.rad for one, other in ((limit.tau1, first), (limit.tau2, second))]
    # Each layer is off by δ₁E₁ + δ₂E₂, of norm at most |δ₁| + |δ₂|; there are three layers.
    radius = 3 * (apart[0] + apart[1])
    on, off = (first + second) / 2, (first - second) / 2
    return Problem((((on, off), (off, on)),) * 3, _observed(v)), radius


def _pretrained_entry(name: str) -> Ball:
    """The entries off the diagonal at which pretraining ends."""
    from verify.rigorous import enclose_family_limit

    return enclose_family_limit(3, **_member(name).parameters, digits=_PLACES).off_block


@lru_cache(maxsize=16)
def _resumed_limit(name: str) -> Limit:
    from verify.rigorous import certify_limit

    if name in SHALLOW:
        return certify_limit(shallow(name), digits=30)
    problem, radius = pretrained(name)
    return certify_limit(problem, digits=9, ball=radius)


def _as_printed(name: str) -> Evidence:
    limit = _resumed_limit(name)
    printed = SHALLOW[name][1] if name in SHALLOW else COUPLED[name][3]
    if not limit.converged:
        return enclosed(False, name, limit.reason)
    entry = limit.product[1][0]
    unit = Fraction(1, 10 ** len(printed.partition(".")[2]))
    room = unit - abs(entry.mid - Fraction(printed)) - entry.rad
    rank = "" if limit.stable_rank is None else f", stable rank {limit.stable_rank.text(8)}"
    return enclosed(room >= 0, name, f"w_21(∞) = {entry.text(32)}{rank}", slack=Ball(room))


@claim(
    "shin-yun-2026/plasticity-after-pretraining",
    paper=PAPER,
    number="Thm 4.3 (P4)",
    title="kept after coupled pretraining, lost at depth 2",
    scope=Scope.instances(KEPT, *SHALLOW),
    kinds=("certified limit", "certified limit of a ball of starts"),
    hypotheses=(PRETRAINED_MEMBER,),
    uses=("shin-yun-2026/limit-equations",),
)
def plasticity_after_pretraining(run: Run) -> Iterator[Evidence]:
    """
    Statement: pretrained at depth 3 with m = 2, α = 1/10, and resumed with entry 12 observed as v = 1, the unobserved
        entry ends at 0.999290798 (to 1e-9; the rank-1 value is 1). Pretrained at depth 2 with m = 2, at any scale, it
        ends at 0.705842682347071766080875749637 (v = 1) and 0.382835429655200099405428724184 (v = 2; the rank-1 value
        is 1/2), to 1e-30.
    Hypotheses: n = 2, w = 1; a balanced start at the limit of the family's flow, entry 12 observed as v in addition.
    Conclusion: low rank is kept after coupled pretraining at small scale, and not reached at depth 2.
    Proof idea: at depth 2 the pretrained product is rational and has rational balanced factors; at depth 3 the start is
        enclosed by the limit equations, and all starts within that ball have one enclosure of the limit.
    Checked by: certified limit; at depth 3 of a ball of starts (v = 2 also, with the profiles full and nightly).
    Not checked: other m, α and v.
    References: our own numbers, for Shin & Yun 2026 (arXiv:2603.04703), Theorem 4.3, as reconstructed.
    """
    more = ("L=3,m=2,alpha=1/10,v=2",)
    for name in (*SHALLOW, KEPT, *run.pick(quick=(), full=more, nightly=more)):
        yield _as_printed(name)


@plasticity_after_pretraining.negative_twin("with an entry above 3/4 at depth 2")
def _(run: Run) -> Iterator[Evidence]:
    name = "L=2,m=2,v=1"
    yield limit_violation(
        name,
        shallow(name),
        stated(PRETRAINED_MEMBER, "W = [[1, 4/5], [4/5, 1]], the limit at depth 2 for m = 2; balanced; v = 1"),
        what="entry 1 0",
        sign=">",
        bound=Fraction(3, 4),
    )


@plasticity_after_pretraining.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)


AT_DEPTH_THREE = "n = 2, w = 1; three equal layers that differ by less than 1e-12 from the limit of the family's flow"


@claim(
    "shin-yun-2026/coupled-pretraining-can-lose-plasticity",
    paper=PAPER,
    number="Thm 4.3 (C14)",
    title="L = 3, m = 100, α = 1/10: coupled, and plasticity is lost",
    scope=Scope.instances(C14),
    kinds=("certified limit of a ball of starts",),
    hypotheses=(AT_DEPTH_THREE,),
    uses=("shin-yun-2026/exchange-of-limits",),
)
def coupled_pretraining_can_lose_plasticity(run: Run) -> Iterator[Evidence]:
    """
    Statement: pretraining at depth 3 with m = 100, α = 1/10 is coupled and ends with off-diagonal entries 0.28699…;
        resumed with entry 12 observed as 1, the unobserved entry ends at 0.185364435 (to 1e-9), farther from the rank-1
        value 1.
    Hypotheses: n = 2, w = 1; three equal layers that differ by less than 1e-12 from the limit of the family's flow.
    Conclusion: coupled pretraining protects only where α^{L−2} is small against K_L, which is about (L−2)n/m.
    Proof idea: the start is enclosed by the limit equations; all starts within that ball have one enclosure of the
        limit.
    Checked by: the kernel of pretraining in exact arithmetic; root isolation for the start, certified limit of the ball
        around it.
    Not checked: other starts.
    References: our own example, for Shin & Yun 2026 (arXiv:2603.04703), Theorem 4.3, as reconstructed.
    """
    before, limit = _pretrained_entry(C14), _resumed_limit(C14)
    known = Fraction("0.28699") <= before.lower and before.upper < Fraction("0.28700")
    known = known and coupled_at_start(_member(C14).problem()) is not None
    if known and limit.converged and limit.product[1][0].upper < before.lower:
        yield _as_printed(C14)
    else:
        yield enclosed(False, C14, limit.reason or "the unobserved entry was not seen to fall")


@coupled_pretraining_can_lose_plasticity.negative_twin("with an unobserved entry that stays above 1/4")
def _(run: Run) -> Iterator[Evidence]:
    problem, _ = pretrained(C14)
    how = f"L = 3, m = 100, alpha = 1/10, v = 1; the limit's layers rounded to {_PLACES} digits"
    yield limit_violation(C14, problem, stated(AT_DEPTH_THREE, how), what="entry 1 0", sign=">", bound=Fraction(1, 4))


@coupled_pretraining_can_lose_plasticity.recheck
def _(witness: Witness, run: Run) -> Evidence:
    return limit_violation_again(witness)
