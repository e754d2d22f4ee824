"""Claims about the family without one of their hypotheses: which are needed, and which are not.

What is dropped are hypotheses of our own statements. A hypothesis is needed where a start that satisfies all the others
violates the conclusion; where none was found, the reason is told. Claims about starts outside the family are in
:mod:`.starts`; where a negative twin is the claim without a hypothesis, it stands beside the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from proofs_checks.common import refuted
from proofs_checks.shin_yun_2026 import asymptotics, family, ratios, readings
from proofs_checks.shin_yun_2026.family import CONVERGES, UNIQUE, coupling_constant, values_of
from proofs_checks.shin_yun_2026.frames import KnownLimit, known_limit, mean_frame, unit_frame
from proofs_checks.shin_yun_2026.instances import FAMILY, Member
from proofs_checks.shin_yun_2026.violations import limit_violation
from verify.arithmetic import ExactMatrix
from verify.arithmetic.exact import identity
from verify.claims import Assurance, Claim, Established, Evidence, Run, Scope, Witness
from verify.models import Observations, Problem, diagonal, dump_problem

#: How a start satisfies the hypotheses that remain: one text for all, or one for each.
Given = Callable[..., tuple[Established, ...]]
Show = Callable[[Given], Evidence]

HALF, TENTH = Fraction(1, 2), Fraction(1, 10)


# ---------------------------------------------------------------------------------------------------------------------
# What the ablations share


def less(text: str, part: str, instead: str = "") -> str:
    """A list of hypotheses in words without `part`, or with something weaker in its place.

    >>> less("depth 2, m > 1, w > 0", "m > 1")
    'depth 2, w > 0'
    """
    for piece in (f", {part}", f"{part}, ", f"; {part}", f"{part}; ", f" {part}", part):
        if not instead and piece in text:
            return text.replace(piece, "", 1).strip()
    return text.replace(part, instead, 1)


def without(
    one: Claim, part: str, instead: str = "", *, remains: tuple[str, ...] | None = None
) -> Callable[[Show], Show]:
    """Decorator: the start shown violates `one` and satisfies all its hypotheses but `part`, or `instead` of it.

    What is decorated gets the function that establishes what remains; its docstring says why the claim implies the
    sentence that fails, and is told with the witness. `remains` names what remains where taking the part out of the
    text does not give a sentence.
    """
    names = remains or tuple(rest for name in one.hypotheses if (rest := less(name, part, instead)))

    def given(*how: str) -> tuple[Established, ...]:
        each = how * len(names) if len(how) == 1 else how
        return tuple(Established(name=name, how=text) for name, text in zip(names, each, strict=True))

    def attach(show: Show) -> Show:
        reason = " ".join((show.__doc__ or "").replace("``", "").split())

        def check(run: Run) -> Iterator[Evidence]:
            found = show(given)
            if found.witness is None:
                yield found
                return
            start, violates = found.detail.partition(":")[0], found.witness.violates
            whole = ". ".join(text for text in (f"from {start}: {violates}", reason) if text)
            yield replace(found, witness=replace(found.witness, violates=whole))

        one.without(part, hypotheses=names)(check)
        return show

    return attach


def unneeded(one: Claim, part: str, reason: str, instead: str = "", *, remains: tuple[str, ...] | None = None) -> None:
    """The claim was not seen to fail without `part`, for this reason."""
    names = remains or tuple(rest for name in one.hypotheses if (rest := less(name, part, instead)))

    def check(run: Run) -> Evidence:
        return Evidence.undecided(kind="by hand", scope=Scope.instances("what was tried"), detail=reason)

    one.without(part, hypotheses=names)(check)


def sentence(
    name: str,
    problem: Problem,
    given: tuple[Established, ...],
    what: str,
    sign: str,
    bound: Fraction | int,
    part: str = "",
) -> Evidence:
    """A sentence that the claim implies, false for the certified limit from this start."""
    return limit_violation(name, problem, given, what=what, sign=sign, bound=Fraction(bound), part=part)


def told(member: Member) -> str:
    """A member in words."""
    m = "infinity" if member.m is None else member.m
    return f"depth {member.depth}, n = {member.n}, m = {m}, alpha = {member.alpha}, w = {member.value}, s = {member.s}"


def vanishing(
    member: Member,
    given: tuple[Established, ...],
    what: str,
    sign: str,
    bound: Fraction | int,
    part: str = "",
) -> Evidence:
    """A sentence that the claim implies, false for a member whose flow ends at zero, the data being out of reach."""
    limit = KnownLimit(mean_frame(member.n), (Fraction(0), Fraction(0)))
    why = "the layers' eigenvalues keep their signs, so that W cannot come to the data, and tend to zero"
    return known_limit(told(member), member.problem(), given, limit, why, what=what, sign=sign, bound=bound, part=part)


def multiple(
    member: Member,
    limit: KnownLimit,
    given: tuple[Established, ...],
    what: str,
    sign: str,
    bound: Fraction | int,
    part: str = "",
) -> Evidence:
    """The same for a member whose layers stay multiples of one projector, up to the one that fits."""
    why = "the layers stay multiples of one projector, up to the one that fits"
    return known_limit(told(member), member.problem(), given, limit, why, what=what, sign=sign, bound=bound, part=part)


def crossed(member: Member, given: tuple[Established, ...], of: str, least: Fraction, most: Fraction) -> Evidence:
    """The two bounds that a statement gives for a number leave nothing between them."""
    name, witness = told(member), None
    if least > most:
        witness = Witness(
            problem=dump_problem(member.problem()),
            hypotheses=given,
            violates=f"{of} would be at least {least} and at most {most}",
            enclosed={"bounds": of, "least": least, "most": most},
        )
    return refuted(name, "exact evaluation", f"{of} would be at least {least} and at most {most}", witness)


#: C6: three layers whose dominant eigenvalue has multiplicity 2.
V17, V01, V03 = FAMILY["V17"], FAMILY["V01"], FAMILY["V03"]
#: τ₂ < 0 < τ₁.
ACROSS = Member(3, 2, HALF, Fraction(1, 5))
#: Both eigenvalues negative at odd depth; and a value below zero.
NEGATIVE, BELOW = Member(3, 2, Fraction(2), -TENTH), Member(3, 2, Fraction(2), TENTH, Fraction(-1))
#: Layers that are multiples of the identity.
EVEN, THE_IDENTITY = Member(3, 2, None, HALF), KnownLimit((identity(2),), (Fraction(1),))
DEEP, ABOVE_ONE, FINITE, POSITIVE_SCALE, POSITIVE_VALUE = (
    "depth >= 3",
    "1 < m",
    "m < infinity",
    "alpha > 0",
    "w > 0",
)


# ---------------------------------------------------------------------------------------------------------------------
# D6: first integrals. That C > 0 needs the ratio, and a depth with a power; that it is constant needs no sign.


def _constant(member: Member, given: Given) -> Evidence:
    power = member.depth - 2
    first, second = values_of(member.problem().layers[0], member.s)
    value = second**-power - first**-power
    witness = Witness(
        problem=dump_problem(member.problem()),
        hypotheses=given(told(member)),
        violates=f"C = {value} is not positive",
        enclosed={"power": power, "false value": value},
    )
    detail = f"τ₂^{{−(L−2)}} − τ₁^{{−(L−2)}} = {value}"
    return refuted(told(member), "exact evaluation", detail, None if value > 0 else witness)


@without(family.first_integrals, DEEP)
def _(given: Given) -> Evidence:
    """At depth 2 the powers are 1; the ratio is what is constant there."""
    return _constant(V01, given)


@without(family.first_integrals, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    return _constant(ACROSS, given)


@without(family.first_integrals, FINITE, "m <= infinity")
def _(given: Given) -> Evidence:
    return _constant(EVEN, given)


unneeded(
    family.first_integrals,
    POSITIVE_SCALE,
    "holds without it, for every alpha != 0: both powers have the rate −(L−2)s(w − d), whatever the signs, no τ comes "
    "to zero, and K_L does not depend on alpha (for alpha = 0 there is no power to speak of)",
)
unneeded(
    family.first_integrals,
    POSITIVE_VALUE,
    "holds without it: both powers have the rate −(L−2)s(w − d), whatever w is, and no τ reaches zero",
)


# ---------------------------------------------------------------------------------------------------------------------
# D7: limit equations


@without(family.limit_equations, DEEP)
def _(given: Given) -> Evidence:
    """At depth 2 with n = 2, w = 1, (1, 1) solves (E1) and the empty (E2); the limit would be the only solution."""
    return sentence("V01", V01.problem(), given(told(V01)), "row sum 0", "=", 1, UNIQUE)


@without(family.limit_equations, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """τ₁ > 0 and τ₂ > 0 would make the determinant positive."""
    return sentence(told(ACROSS), ACROSS.problem(), given(told(ACROSS)), "determinant", ">", 0, UNIQUE)


@without(family.limit_equations, FINITE, "m <= infinity")
def _(given: Given) -> Evidence:
    """sw < τ₁^L becomes an equality. (The equations still have one positive solution, which is the limit.)"""
    return multiple(EVEN, THE_IDENTITY, given(told(EVEN)), "row sum 0", ">", 1, UNIQUE)


@without(family.limit_equations, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "entry 0 0", "=", 1, CONVERGES)


@without(family.limit_equations, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    return vanishing(BELOW, given(told(BELOW)), "entry 0 0", "=", -1, CONVERGES)


# ---------------------------------------------------------------------------------------------------------------------
# D8: stable rank

SINGLE = Member(1, 2, Fraction(2), Fraction(3))


@without(family.stable_rank_bounds, DEEP)
def _(given: Given) -> Evidence:
    """At depth 1, where the exponents are finite: τ₂ ≤ C = −3 means that the other entry is at least 4."""
    return sentence(told(SINGLE), SINGLE.problem(), given(told(SINGLE)), "entry 0 1", ">", Fraction(7, 2))


@without(family.stable_rank_bounds, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """K_3 = −6/5, and the bound of sr − 1 is 2·6^{−6}."""
    assert 1 + 2 / coupling_constant(V17) ** 6 < Fraction(3, 2)
    return sentence("V17", V17.problem(), given(told(V17)), "stable rank", "<", Fraction(3, 2))


unneeded(
    family.stable_rank_bounds,
    FINITE,
    "holds without it, and says nothing: for m = infinity K_L = 0 and C = 0, τ₁^L = sw, and the two upper bounds are "
    "infinite",
    "m <= infinity",
)


@without(family.stable_rank_bounds, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """τ₁^L ≥ sw."""
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "row sum 0", ">", HALF)


@without(family.stable_rank_bounds, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """C = 40/3, so τ₂ ≥ 1/(C − 1) = 3/37; the singular values of the limit would be at least its cube."""
    assert 1 / (coupling_constant(BELOW) - 1) == Fraction(3, 37)
    return vanishing(BELOW, given(told(BELOW)), "smallest singular value", ">", Fraction(3, 38) ** 3)


FEW = Member(1, 2, Fraction(2), TENTH)


@without(asymptotics.small_scale_asymptotics, DEEP)
def _(given: Given) -> Evidence:
    """At depth 1: a = 1/400 and e = −1/20, so sr < 1 + a(1 + 6e) < 1.01; the limit is nearly the identity."""
    return sentence(told(FEW), FEW.problem(), given(told(FEW)), "stable rank", "<", Fraction(101, 100))


@without(asymptotics.small_scale_asymptotics, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """a = 2·6^{−6}/9 and e < 0, so sr < 1 + a."""
    return sentence("V17", V17.problem(), given(told(V17)), "stable rank", "<", Fraction(3, 2))


unneeded(
    asymptotics.small_scale_asymptotics,
    FINITE,
    "holds without it, and says nothing: for m = infinity K_L = 0, so that e is infinite, and e < 1/2 is assumed",
    "m <= infinity",
)


def _small(member: Member, given: Given) -> Evidence:
    """1 − 6x > 1 > 1 + 6e at depth 3: by ``x = w^{−1/3}/C`` and ``e = (n−1)C^{−3}/(nw)``, with w = ±1."""
    c, w = coupling_constant(member), member.value
    least, most = 1 - 6 / (w * c), 1 + 6 * (member.n - 1) / (c**3 * member.n * w)
    return crossed(member, given(told(member)), "(sr − 1)/a", least, most)


@without(asymptotics.small_scale_asymptotics, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    return _small(NEGATIVE, given)


@without(asymptotics.small_scale_asymptotics, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    return _small(BELOW, given)


WIDE = Member(1, 2, Fraction(2), Fraction(6))


@without(asymptotics.large_scale_asymptotics, DEEP)
def _(given: Given) -> Evidence:
    """At depth 1 v = −α = −6, and 12(sr − 1) ≤ 2 − sr means sr ≤ 14/13; the eigenvalues are 4 and −2."""
    return sentence(told(WIDE), WIDE.problem(), given(told(WIDE)), "stable rank", "<", Fraction(11, 10))


@without(asymptotics.large_scale_asymptotics, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """v < 0 would put sr above n; with τ₂ < 0 < τ₁ it does not tend to n either, as τ₁³ ≈ (n−1)|τ₂|³."""
    member = Member(3, 3, HALF, Fraction(2))
    assert coupling_constant(member) < 0
    return sentence(told(member), member.problem(), given(told(member)), "stable rank", ">", 2)


unneeded(
    asymptotics.large_scale_asymptotics,
    FINITE,
    "holds without it: for m = infinity v = 0 and sr = n at every scale (claim diagonal-blocks)",
    "m <= infinity",
)


def _large(member: Member, given: Given) -> Evidence:
    """``v = C w^{1/3} < 0`` at depth 3 with w = ±1, while n − sr is never negative."""
    most = 6 * (member.n - 1) * coupling_constant(member) * member.value
    return crossed(member, given(told(member)), "n − sr", Fraction(0), most)


@without(asymptotics.large_scale_asymptotics, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    return _large(NEGATIVE, given)


@without(asymptotics.large_scale_asymptotics, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    return _large(BELOW, given)


# ---------------------------------------------------------------------------------------------------------------------
# D16: limits that do not commute


def at_every_scale(given: tuple[Established, ...], violates: str, part: str = "") -> Evidence:
    """Depth 2, n = 2, m = 2: the stable rank is 82/81 at every scale (claim depth-two-closed-form)."""
    rank = Fraction(82, 81)
    return Evidence.refutes(
        kind="closed form",
        assurance=Assurance.PROVED,
        scope=Scope.instances("V01 at every scale"),
        part=part,
        detail="depth 2, n = 2, m = 2: the stable rank of the limit is 82/81 at every scale",
        witness=Witness(
            problem=dump_problem(V01.problem()),
            hypotheses=given,
            violates=violates,
            enclosed={"stable rank": rank},
        ),
    )


@without(asymptotics.exchange_of_limits, DEEP)
def _(given: Given) -> Evidence:
    return at_every_scale(given(told(V01)), "α → 0 first gives 82/81, not 1")


@without(asymptotics.exchange_of_limits, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """mK_3 = −2/3, and the lower bound is 4/3."""
    least, most = 1 + HALF / (HALF + 1), HALF * coupling_constant(ACROSS) * ACROSS.alpha
    return crossed(ACROSS, given(told(ACROSS)), "m K_L", least, most)


unneeded(
    asymptotics.exchange_of_limits,
    FINITE,
    "m = infinity is the limit that the statement speaks of: there mK_L has the limit (L−2)n, and no value",
    "m <= infinity",
)


@without(asymptotics.exchange_of_limits, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """At odd depths and every α < 0 alike the limit is zero, which has no stable rank. (At even ones |α| counts.)"""
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "largest singular value", ">", 0)


@without(asymptotics.exchange_of_limits, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """At every α > 0 alike the limit is zero, which has no stable rank."""
    return vanishing(BELOW, given(told(BELOW)), "largest singular value", ">", 0)


# ---------------------------------------------------------------------------------------------------------------------
# D11: time. D9, D10, D12: closed forms

unneeded(
    asymptotics.time_along_the_curve,
    DEEP,
    "at depth 1 both bounds hold by the same proof, as d ≥ 0 and d ≤ τ₁/s there too; at depth 2 the formulas are 0/0, "
    "and with logarithms in their place they hold. The last sentence speaks of large times, so of depth >= 3",
)


@without(asymptotics.time_along_the_curve, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """η = 1/2: τ₁ rises, but τ₂ overtakes it and fits the data alone, so that τ₁³ never comes to 1/2."""
    return sentence("V17", V17.problem(), given(told(V17)), "row sum 0", ">", Fraction(1, 4))


unneeded(
    asymptotics.time_along_the_curve,
    FINITE,
    "holds without it: for m = infinity τ₁ = τ₂ and d = τ₁^L/s, and the proof uses d ≤ τ₁^L/s alone",
    "m <= infinity",
)


@without(asymptotics.time_along_the_curve, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """η = 1/2: S_η < 0, so that τ₁³ would be above 1/2 from the start on."""
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "row sum 0", ">", Fraction(1, 4))


unneeded(
    asymptotics.time_along_the_curve,
    POSITIVE_VALUE,
    "holds without it: both sums are constant whatever w is, and for w <= 0 no η has τ₁(0)^L ≤ ηsw",
)


@without(family.depth_two_closed_form, "depth 2")
def _(given: Given) -> Evidence:
    """82/81, by the formula."""
    return sentence("V03", V03.problem(), given(told(V03)), "stable rank", "=", Fraction(82, 81))


@without(family.depth_two_closed_form, "m > 1")
def _(given: Given) -> Evidence:
    """ρ = 2/5: the second eigenvalue is the larger one. (The formulas hold if |ρ| ≥ 1, that is for m ≥ 1 − n/2.)"""
    member = Member(2, 3, Fraction(-4), Fraction(1, 5))
    bound = 1 + 2 * Fraction(5, 2) ** 4
    return sentence(told(member), member.problem(), given(told(member)), "stable rank", "=", bound)


@without(family.depth_two_closed_form, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """α = 0 rests. (At α < 0 the two signs cancel, and everything is as for |α|.)"""
    return vanishing(Member(2, 2, Fraction(2), Fraction(0)), given("alpha = 0"), "row sum 0", "=", Fraction(9, 5))


@without(family.depth_two_closed_form, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    member = Member(2, 2, Fraction(2), TENTH, Fraction(-1))
    return vanishing(member, given(told(member)), "row sum 0", "=", Fraction(-9, 5))


@without(asymptotics.closed_forms, "n = 2")
def _(given: Given) -> Evidence:
    """c = 4K_4 with w = 20/(9c²), so that q = 4/(3c²); δ = q² is not the determinant."""
    c = 4 * coupling_constant(Member(4, 3, Fraction(3), Fraction(1)))
    member = Member(4, 3, Fraction(3), HALF, Fraction(20, 9) / c**2)
    q = Fraction(4, 3) / c**2
    return sentence(told(member), member.problem(), given(told(member)), "determinant", "=", q**2)


@without(asymptotics.closed_forms, "s = 1")
def _(given: Given) -> Evidence:
    """c = K_4/α² = 27/4 with w = 20/(9c²), so that q = 3w/5 and the entries off the blocks would be 4w/5."""
    w = Fraction(20, 9) / Fraction(27, 4) ** 2
    member = Member(4, 2, Fraction(3), HALF, w, 2)
    return sentence(told(member), member.problem(), given(told(member)), "entry 0 2", "=", Fraction(4, 5) * w)


unneeded(
    asymptotics.closed_forms,
    "depth 3 or 4",
    "each formula names its depth; that the other entry is √(w² − δ) holds at every depth, as W is symmetric with the "
    "diagonal (w, w)",
)


@without(asymptotics.closed_forms, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """δ = p³ > 0."""
    return sentence(told(ACROSS), ACROSS.problem(), given(told(ACROSS)), "determinant", ">", 0)


unneeded(
    asymptotics.closed_forms,
    FINITE,
    "holds without it: for m = infinity c = 0, p³·4 = 4w² gives δ = w² at depth 3, q tends to w as c tends to 0 at "
    "depth 4, and W = wI (claim diagonal-blocks)",
    "m <= infinity",
)


@without(asymptotics.closed_forms, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """δ = p³ > 0."""
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "determinant", ">", 0)


@without(asymptotics.closed_forms, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """δ = p³ > 0."""
    return vanishing(BELOW, given(told(BELOW)), "determinant", ">", 0)


@without(asymptotics.diagonal_blocks, "m = infinity")
def _(given: Given) -> Evidence:
    """sr = n = 2."""
    return sentence("V03", V03.problem(), given(told(V03)), "stable rank", ">", Fraction(3, 2))


@without(asymptotics.diagonal_blocks, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    member = Member(3, 2, None, -HALF)
    return vanishing(member, given(told(member)), "entry 0 0", "=", 1)


@without(asymptotics.diagonal_blocks, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    member = Member(3, 2, None, HALF, Fraction(-1))
    return vanishing(member, given(told(member)), "entry 0 0", "=", -1)


# ---------------------------------------------------------------------------------------------------------------------
# D15: depth


@without(asymptotics.depth_lowers_the_stable_rank, "all layers equal")
def _(given: Given) -> Evidence:
    """W(0) with eigenvalues 1/2 and 1/4: 5/4 at depth 2. Behind layers I the smaller one grows faster, relatively."""
    start = ((Fraction(3, 8), Fraction(1, 8)), (Fraction(1, 8), Fraction(3, 8)))
    problem = Problem((start, identity(2), identity(2)), Observations.diagonal(2))
    how = given("lambda_1(0) = 1/2, lambda_2(0) = 1/4, w = 1; layers W(0), I, I", "3/8 < 1")
    return sentence("layers W(0), I, I", problem, how, "stable rank", "<", Fraction(5, 4))


@without(asymptotics.depth_lowers_the_stable_rank, "in the family")
def _(given: Given) -> Evidence:
    """From a diagonal W(0) the limit is I at every depth: 2 at depth 2, and no less at depth 3."""
    problem = Problem((diagonal((HALF, Fraction(1, 4))),) * 3, Observations.diagonal(2))
    limit = KnownLimit(unit_frame(2), (Fraction(1), Fraction(1)))
    return known_limit(
        "three layers diag(1/2, 1/4)",
        problem,
        given("lambda_1(0) = 1/8, lambda_2(0) = 1/64, w = 1; three layers diag(1/2, 1/4)", "1/8 < 1 and 1/64 < 1"),
        limit,
        "diagonal layers stay diagonal and fit",
        what="stable rank",
        sign="<",
        bound=2,
    )


@without(
    asymptotics.depth_lowers_the_stable_rank, "lambda_1(0) > lambda_2(0) > 0", "lambda_1(0) > |lambda_2(0)|, odd depths"
)
def _(given: Given) -> Evidence:
    """Eigenvalues 1 and −1/32: depth 5 ends farther from rank 1 than depth 3.

    At depth 3 ``λ₂ = −y`` with ``y^{−1/3} + (2+y)^{−1/3} = 32^{1/3} + 1``, of which the left side falls in y.
    """
    from verify.arithmetic import precision
    from verify.arithmetic.convert import to_arb

    quarter, y = Fraction(1, 4), Fraction(272, 10**4)
    layer = ((quarter, 3 * quarter), (3 * quarter, quarter))
    name, problem = "five layers with eigenvalues 1 and -1/2", Problem((layer,) * 5, Observations.diagonal(2))
    with precision(128):
        third = to_arb(Fraction(-1, 3))
        below = to_arb(y) ** third + to_arb(2 + y) ** third < to_arb(Fraction(1, 32)) ** third + 1
    if not below:
        return Evidence.undecided(kind="certified limit", scope=Scope.instances(name), detail="depth 3 is not bounded")
    how = given("lambda_1(0) = 1, lambda_2(0) = -1/32, w = 1", "31/64 < 1")
    return sentence(name, problem, how, "stable rank", "<", 1 + (y / (2 + y)) ** 2)


unneeded(
    asymptotics.depth_lowers_the_stable_rank,
    POSITIVE_VALUE,
    "holds without it: lambda_1(0) > lambda_2(0) > 0 give d(0) > 0, so that d(0) < w gives w > 0",
)


@without(asymptotics.depth_order_at_one_scale, "s = 1")
def _(given: Given) -> Evidence:
    """Blocks of size 2 double the scale: τ₁(0) = 2. The bound is above the stable rank of depth 3."""
    from verify.rigorous import enclose_family_limit

    member = Member(4, 2, Fraction(10), Fraction(10, 11), Fraction(167, 100), 2)
    assert enclose_family_limit(3, **member.parameters).stable_rank.upper < Fraction(7, 5)
    how = given(told(member), "10/11 · 11/10 = 1, and d(0) = (4 + (18/11)²)/4 = 202/121 <= 1.67")
    return sentence(told(member), member.problem(), how, "stable rank", "<", Fraction(7, 5))


@without(asymptotics.depth_order_at_one_scale, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """τ₂ < 0: at depth 3 its sign counts, and at depth 4 not. The bound is above the stable rank of depth 3."""
    from proofs_checks.shin_yun_2026.limits import certified

    member = Member(4, 2, TENTH, Fraction(1, 11))
    shallower = certified(Member(3, 2, TENTH, Fraction(1, 11)).problem()).stable_rank
    assert shallower is not None
    assert shallower.upper < Fraction(11, 10)
    how = given(told(member), "1/11 · 11 = 1, and d(0) = (1 + (9/11)²)/2 = 101/121 <= 1")
    return sentence(told(member), member.problem(), how, "stable rank", "<", Fraction(11, 10))


@without(asymptotics.depth_order_at_one_scale, FINITE, "m <= infinity")
def _(given: Given) -> Evidence:
    """sr = 2 at depth 2, and no less at depth 3."""
    return multiple(EVEN, THE_IDENTITY, given(told(EVEN), "1/2 <= 1 and d(0) = 1/4 <= 1"), "stable rank", "<", 2)


@without(asymptotics.depth_order_at_one_scale, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """α = −10/3 is below every bound; at even depths it is as 10/3. At depth 2 sr = 82/81."""
    member = Member(4, 2, Fraction(2), Fraction(-10, 3), Fraction(14))
    how = given(told(member), "−5 <= 1, and d(0) = (25 + 25/9)/2 = 125/9 <= 14")
    return sentence(told(member), member.problem(), how, "stable rank", "<", Fraction(82, 81))


unneeded(
    asymptotics.depth_order_at_one_scale,
    POSITIVE_VALUE,
    "holds without it: d(0) > 0 at depth 2, so that d(0) <= w gives w > 0",
)


# ---------------------------------------------------------------------------------------------------------------------
# D13, D14, C8, C9: other ratios, commutative families, signs


def _layers(*layers: ExactMatrix, value: int = 1) -> Problem:
    return Problem(layers, Observations.diagonal(2, value))


@without(ratios.commutative_families, "all layers equal")
def _(given: Given) -> Evidence:
    """Layers I and M at depth 2: 4·(1/2) is what wW(0)/W(0)_11 says."""
    layer = ((Fraction(1), HALF), (HALF, Fraction(1)))
    how = given("I and [[1, 1/2], [1/2, 1]], in the span of I and J; w = 4")
    return sentence("layers I, [[1, 1/2], [1/2, 1]]", _layers(identity(2), layer, value=4), how, "entry 0 1", "=", 2)


@without(ratios.commutative_families, "symmetric matrices", "matrices")
def _(given: Given) -> Evidence:
    """Conformal layers (C3) at depth 2: the other entry is frozen at 3/50, and not 24/7."""
    layer = ((Fraction(1, 5), Fraction(-3, 20)), (Fraction(3, 20), Fraction(1, 5)))
    how = given("two layers [[1/5, -3/20], [3/20, 1/5]], in the algebra of such matrices; w = 1")
    return sentence("two conformal layers", _layers(layer, layer), how, "entry 1 0", "=", Fraction(24, 7))


@without(ratios.commutative_families, "with constant diagonals")
def _(given: Given) -> Evidence:
    """Diagonal layers: wM₀²/(M₀²)_11 has the entry 1/4, where 1 is observed."""
    layer = diagonal((HALF, Fraction(1, 4)))
    how = given("two layers diag(1/2, 1/4), in the algebra of diagonal matrices; w = 1")
    return sentence("two layers diag(1/2, 1/4)", _layers(layer, layer), how, "entry 1 1", "=", Fraction(1, 4))


unneeded(
    ratios.commutative_families,
    "commutative",
    "holds without it: in an algebra of symmetric matrices AB is symmetric, so AB = (AB)ᵀ = BA",
    remains=("all layers equal, not zero, in an algebra of symmetric matrices with constant diagonals; w > 0",),
)


@without(ratios.commutative_families, "not zero")
def _(given: Given) -> Evidence:
    """M₀ = 0 rests. Its largest modulus belongs to all of the space, so that W would tend to wI."""
    member = Member(4, 2, Fraction(2), Fraction(0))
    return vanishing(member, given(told(member)), "entry 0 0", "=", 1)


@without(ratios.commutative_families, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """At depth 2 W is a square, and its diagonal would be −1."""
    member = Member(2, 2, Fraction(2), HALF, Fraction(-1))
    return vanishing(member, given(told(member)), "entry 0 0", "=", -1)


unneeded(
    ratios.every_ratio,
    "s = 1",
    "holds without it, with every limit ⊗ J_s: blocks of size s are single entries with w → sw and α → sα (claim "
    "family-reduction)",
)


@without(ratios.every_ratio, DEEP)
def _(given: Given) -> Evidence:
    return at_every_scale(given(told(V01)), "m = 2 > 0, and the limit is not near wJ at any scale")


@without(ratios.every_ratio, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """At every α < 0 alike: wJ is not approached."""
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "entry 0 0", ">", HALF)


@without(ratios.every_ratio, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """At every α > 0 alike: wJ is not approached."""
    return vanishing(BELOW, given(told(BELOW)), "entry 0 0", "<", -HALF)


unneeded(
    ratios.negative_scale_does_not_fit,
    "s = 1",
    "holds without it, with ns²w²/2 in place of nw²/2: blocks of size s are single entries with w → sw and "
    "α → sα (claim family-reduction)",
)


@without(ratios.negative_scale_does_not_fit, "m > 1")
def _(given: Given) -> Evidence:
    """τ₂ = 1/5 > 0 grows and fits the data."""
    member = Member(3, 2, HALF, Fraction(-1, 5))
    return sentence(told(member), member.problem(), given(told(member)), "entry 0 0", "<", HALF)


@without(ratios.negative_scale_does_not_fit, "alpha < 0")
def _(given: Given) -> Evidence:
    return sentence("V03", V03.problem(), given(told(V03)), "entry 0 0", "<", HALF)


@without(ratios.negative_scale_does_not_fit, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """With both signs turned it is the flow from α > 0 to w > 0."""
    member = Member(3, 2, Fraction(2), -HALF, Fraction(-1))
    return sentence(told(member), member.problem(), given(told(member)), "entry 0 0", ">", -HALF)


# ---------------------------------------------------------------------------------------------------------------------
# D8: rank 1 at vanishing scale iff coupled


@without(readings.rank_one_iff_coupled, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """C2, depth 2 and m = 1: decoupled, and of rank 1 at every scale."""
    member = FAMILY["V22"]
    how = given(f"V22: {told(member)}")
    limit = KnownLimit(mean_frame(2), (Fraction(2), Fraction(0)))
    return multiple(member, limit, how, "stable rank", ">", 1, readings.DEPTH_TWO)


@without(readings.rank_one_iff_coupled, "n >= 2")
def _(given: Given) -> Evidence:
    """One block is of rank 1, at every depth."""
    member = Member(2, 1, Fraction(2), HALF)
    limit = KnownLimit((identity(1),), (Fraction(1),))
    return multiple(member, limit, given(told(member)), "stable rank", ">", 1, readings.DEPTH_TWO)


@without(readings.rank_one_iff_coupled, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """The limit is zero, which has no stable rank."""
    return vanishing(BELOW, given(told(BELOW)), "largest singular value", ">", 0, readings.COUPLED_PART)
