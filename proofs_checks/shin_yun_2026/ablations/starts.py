"""Claims about coupling, depth 2, balanced starts and plasticity without one of their hypotheses."""

from __future__ import annotations

from fractions import Fraction

from proofs_checks.common import refuted
from proofs_checks.second_paths import exact_determinant, kernel_entry
from proofs_checks.shin_yun_2026 import coupling, depth_two, determinant, limits, menon, plasticity, ratios
from proofs_checks.shin_yun_2026.ablations.family import (
    ABOVE_ONE,
    ACROSS,
    BELOW,
    DEEP,
    EVEN,
    FEW,
    FINITE,
    HALF,
    NEGATIVE,
    POSITIVE_SCALE,
    POSITIVE_VALUE,
    TENTH,
    V01,
    V17,
    Given,
    sentence,
    told,
    unneeded,
    vanishing,
    without,
)
from proofs_checks.shin_yun_2026.coupling import decoupled_witness
from proofs_checks.shin_yun_2026.frames import KnownLimit, known_limit, mean_frame, unit_frame
from proofs_checks.shin_yun_2026.instances import FAMILY, MENON, Member, conformal
from proofs_checks.shin_yun_2026.instances import menon as menon_start
from proofs_checks.shin_yun_2026.plasticity import resumed_from
from verify.arithmetic.exact import identity, multiply, scale
from verify.claims import Established, Evidence, Witness
from verify.models import Observations, Problem, diagonal, dump_problem, rotation

ONE, ZERO = Fraction(1), Fraction(0)


def seen(*values: int) -> Observations:
    """The diagonal observed, with these values."""
    return Observations(len(values), len(values), tuple((k, k, Fraction(y)) for k, y in enumerate(values)))


def decoupled(name: str, problem: Problem, given: tuple[Established, ...], violates: str, part: str = "") -> Evidence:
    """A start that is decoupled for all times, against "coupled"."""
    witness = decoupled_witness(problem, given, violates)
    return refuted(name, "invariant subspace", violates, witness, part)


def coupled(name: str, problem: Problem, given: tuple[Established, ...], part: str = "") -> Evidence:
    """A start at which the gradients of the first two observed entries are not orthogonal, against "decoupled"."""
    value = kernel_entry(problem, *problem.observations.positions[:2])
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=given,
        violates=f"the inner product of the two gradients at time 0 is {value}",
        enclosed={"inner product": value, "Taylor coefficient": value, "order": 0},
    )
    return refuted(name, "exact evaluation", f"the inner product is {value}", witness if value else None, part)


# ---------------------------------------------------------------------------------------------------------------------
# Coupling


@without(coupling.coupling_inside_the_family, DEEP)
def _(given: Given) -> Evidence:
    text = "at depth 2 all pairs are orthogonal for all times"
    return decoupled("V01", V01.problem(), given(told(V01)), text, coupling.POSITIVE)


@without(coupling.coupling_inside_the_family, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """C5: σ₁ = −σ₂, and even powers do not tell them apart."""
    member = Member(4, 3, -HALF, TENTH)
    text = "all pairs are orthogonal for all times, as the layers are multiples of a reflection"
    return decoupled(told(member), member.problem(), given(told(member)), text, coupling.POSITIVE)


@without(coupling.coupling_inside_the_family, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """α = 0 rests. (The kernel has even powers of α alone, so for α < 0 it is as for |α|.)"""
    problem = Member(3, 2, Fraction(2), ZERO).problem()
    return decoupled(
        "alpha = 0", problem, given("alpha = 0"), "all gradients are zero for all times", coupling.POSITIVE
    )


unneeded(
    coupling.coupling_inside_the_family,
    "diagonal observations",
    "holds without it: for m > 1 all entries of the layers are positive, so at depth 3 and more the kernel's sum has a "
    "positive term for any two entries whatsoever (one inside, between a product above and one below), and no negative "
    "one; the formula in eigenvalues is for diagonal entries",
    remains=("member of the family with depth >= 3, 1 < m < infinity, alpha > 0",),
)


@without(coupling.depth_two_is_decoupled, "without common rows or columns")
def _(given: Given) -> Evidence:
    layer = ((HALF, ONE), (ZERO, HALF))
    problem = Problem((layer, layer), Observations(2, 2, ((0, 0, ONE), (0, 1, ONE))))
    return coupled("entries 11 and 12", problem, given("two layers", "the entries (0, 0) and (0, 1), each a part"))


@without(coupling.almost_every_start_is_coupled, "almost every start")
def _(given: Given) -> Evidence:
    """C3 is one of the starts that are left out."""
    return decoupled("C3", conformal(), given("depth 3"), "all pairs are orthogonal for all times")


@without(coupling.rank_one_although_decoupled, "depth 2")
def _(given: Given) -> Evidence:
    """All entries positive: the term between the outer layers is positive."""
    member = Member(3, 2, ONE, TENTH)
    return coupled(told(member), member.problem(), given(told(member)), coupling.STILL_DECOUPLED)


@without(coupling.rank_one_although_decoupled, "n >= 2")
def _(given: Given) -> Evidence:
    """One block of size 2: entries in one row, or in one column, are coupled, and these pairs connect all four."""
    member = Member(2, 1, ONE, TENTH, s=2)
    return coupled(told(member), member.problem(), given(told(member)), coupling.STILL_DECOUPLED)


@without(coupling.rank_one_although_decoupled, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """α = 0 rests. (At α < 0 the two signs cancel.)"""
    member = Member(2, 2, ONE, ZERO)
    return vanishing(member, given("alpha = 0"), "row sum 0", "=", 2, coupling.EXACTLY_RANK_ONE)


@without(coupling.rank_one_although_decoupled, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """W is a square."""
    member = Member(2, 2, ONE, TENTH, Fraction(-1))
    return vanishing(member, given(told(member)), "row sum 0", "=", -2, coupling.EXACTLY_RANK_ONE)


@without(coupling.opposite_eigenvalues_are_decoupled, "m = 1 - n/2")
def _(given: Given) -> Evidence:
    member = Member(4, 3, Fraction(2), TENTH)
    return coupled(told(member), member.problem(), given(told(member)))


# ---------------------------------------------------------------------------------------------------------------------
# Depth 2

unneeded(
    depth_two.depth_two_from_any_start,
    "depth 2",
    "u_i and v_i are made of the two factors; the formula says nothing at other depths",
)


@without(depth_two.depth_two_from_any_start, "diagonal observations")
def _(given: Given) -> Evidence:
    """With entry 12 observed as 1 the planes of (a_1, b_1) and (a_2, b_2) mix; the formula has W_12 = 3."""
    observations = Observations(2, 2, ((0, 0, Fraction(3)), (1, 1, Fraction(3)), (0, 1, ONE)))
    problem = Problem(depth_two.solved_start().layers, observations)
    how = given("width 2, |u_i| = 1, |v_i| = 2, values 3, 3 and 1")
    return sentence("entry 12 observed as 1", problem, how, "entry 0 1", "=", 3, depth_two.LIMIT)


@without(depth_two.depth_two_from_any_start, "u_i != 0")
def _(given: Given) -> Evidence:
    """a = −b stays so: W_11 = −|a|² does not rise to 1."""
    problem = Problem((((HALF,),), ((-HALF,),)), Observations.diagonal(1))
    return known_limit(
        "a = 1/2, b = -1/2",
        problem,
        given("one row, one column, w = 1"),
        KnownLimit((identity(1),), (ZERO,)),
        "a = −b for all times, and both tend to zero",
        what="entry 0 0",
        sign="=",
        bound=1,
        part=depth_two.LIMIT,
    )


@without(depth_two.depth_two_from_any_start, "(and v_i != 0 where w_i <= 0)")
def _(given: Given) -> Evidence:
    """a = b stays so: W_11 = |a|² does not fall to −1."""
    problem = Problem((((HALF,),), ((HALF,),)), Observations.diagonal(1, -1))
    return known_limit(
        "a = b = 1/2, w = -1",
        problem,
        given("one row, one column, u = 1/2"),
        KnownLimit((identity(1),), (ZERO,)),
        "a = b for all times, and both tend to zero",
        what="entry 0 0",
        sign="=",
        bound=-1,
        part=depth_two.LIMIT,
    )


def _law(problem: Problem) -> Fraction:
    """−sin²(2θ)|det W(0)| with the axis of M5."""
    return -(Fraction(56, 65) ** 2) * abs(exact_determinant(problem.product()))


@without(depth_two.depth_two_determinant_law, "depth 2")
def _(given: Given) -> Evidence:
    problem = menon_start(3, "1/8", "1/16", -1)
    how = given("M5 with another layer diag(1/8, 1/16), depth 3; both values 1", "sin 2θ = 56/65")
    return sentence("M5 at depth 3", problem, how, "determinant", "=", _law(problem))


@without(
    depth_two.depth_two_determinant_law,
    "balanced",
    remains=("depth 2, 2 by 2 start with negative determinant, equal values w > 0", depth_two.SLANTED),
)
def _(given: Given) -> Evidence:
    """The same W(0) from factors 2W_1 and W_2/2: not even the sign is kept."""
    lower, upper = MENON["M5"].layers
    problem = Problem((scale(Fraction(2), lower), scale(HALF, upper)), MENON["M5"].observations)
    how = given("2W_1 and W_2/2 of M5; both values 1", "sin 2θ = 56/65")
    return sentence("M5, one factor doubled", problem, how, "determinant", "=", _law(problem))


@without(depth_two.depth_two_determinant_law, "with negative determinant")
def _(given: Given) -> Evidence:
    """A rotation has no axis; whatever θ is taken, the law's determinant is not positive."""
    how = given("M4: depth 2, balanced, det W(0) > 0, both values 1", "with any such θ")
    return sentence("M4", MENON["M4"], how, "determinant", "<", HALF)


@without(depth_two.depth_two_determinant_law, "equal values w > 0", "values w_i > 0")
def _(given: Given) -> Evidence:
    problem = Problem(MENON["M5"].layers, seen(1, 4))
    how = given("M5 with the values 1 and 4", "sin 2θ = 56/65")
    return sentence("M5 with values 1 and 4", problem, how, "determinant", "=", _law(problem))


unneeded(
    depth_two.depth_two_determinant_law,
    POSITIVE_VALUE,
    "holds without it: with the sign of W_2 turned, W and w change their signs, the determinants do not, and the axis "
    "turns by a right angle, which sin²(2θ) does not see; so u_i != 0 for all such starts gives v_i != 0, the closed "
    "form of depth-two-from-any-start is there for w = 0 too, and is continuous in w",
    "w",
)


unneeded(
    depth_two.depth_two_determinant_law,
    depth_two.SLANTED,
    "holds without it: if sin 2θ = 0, u_i = 0 for one i, so that b_i = −a_i for all times; both tend to zero, as W_ii "
    "does, and the determinant with them. It is the closed form that has no E_i there",
)


@without(depth_two.invariant_subspaces, "depth 2")
def _(given: Given) -> Evidence:
    """A = W_3, B = W_1: a layer between them takes b_1 out of the span of (1, 0), and a_1 follows."""
    outer, quarter = diagonal((HALF, HALF)), Fraction(1, 4)
    problem = Problem((outer, ((HALF, quarter), (quarter, HALF)), outer), Observations.diagonal(2))
    rate = (1 - problem.product()[0][0]) * quarter * HALF
    witness = Witness(
        problem=dump_problem(problem),
        hypotheses=given(
            "depth 3; a_1, b_1 in the span of (1, 0), a_2, b_2 in that of (0, 1)",
            "entries 11 and 22 are parts of their own",
        ),
        violates="a_1 leaves its subspace",
        enclosed={"rate of its second entry": rate, "normal": (0, 1)},
    )
    return refuted(
        "depth 3, entries 11, 22", "exact evaluation", f"the second entry of a_1 has the rate {rate}", witness
    )


unneeded(
    depth_two.all_quadratic_first_integrals,
    "all of value 1",
    "holds for every common value y != 0: the field is a part of degree 2L − 1 and y times one of degree L − 1, and an "
    "integral of degree at most 2 is one of each part by itself, as their degrees do not meet. Other values were not "
    "looked at: the derivation has none",
    remains=("square layers, these observed positions",),
)


# ---------------------------------------------------------------------------------------------------------------------
# Balanced starts

#: det W(0) = 0, and W tends to J.
V22, ALL_ONES = FAMILY["V22"], KnownLimit(mean_frame(2), (Fraction(2), ZERO))
#: All four entries observed as 1.
FULLY = Problem(V01.problem().layers, Observations.block_diagonal(1, 2))
#: Values 1 and −1: the second eigenvalue can only come to 0.
SADDLE, AT_THE_SADDLE = Problem((diagonal((HALF, HALF)),) * 2, seen(1, -1)), KnownLimit(unit_frame(2), (ONE, ZERO))
SYMMETRIC, STAYS = "equal symmetric layers", "the layers keep their eigenvectors, one of which is lost in the limit"
NULL = "smallest singular value"


def _singular(
    name: str, problem: Problem, given: tuple[Established, ...], limit: KnownLimit, part: str = ""
) -> Evidence:
    return known_limit(name, problem, given, limit, STAYS, what=NULL, sign=">", bound=0, part=part)


@without(determinant.rank_is_kept_in_the_limit, determinant.FULL)
def _(given: Given) -> Evidence:
    how = given(SYMMETRIC, "both values are 1", "the layers stay multiples of J, and tend to the one that fits")
    return _singular("V22", V22.problem(), how, ALL_ONES, determinant.FINITE)


@without(determinant.rank_is_kept_in_the_limit, "of nonzero values")
def _(given: Given) -> Evidence:
    """One row, one column: a' = −a³, and the flow fits the value 0 at the end of times."""
    problem = Problem((((HALF,),),) * 2, Observations.diagonal(1, 0))
    how = given(SYMMETRIC, "W(0) = 1/4", "one entry, of value 0", "a' = −a³ from 1/2")
    limit = KnownLimit((identity(1),), (ZERO,))
    return _singular("layers 1/2, value 0", problem, how, limit, determinant.FINITE)


@without(determinant.rank_is_kept_in_the_limit, "diagonal observations", "observations")
def _(given: Given) -> Evidence:
    """All entries are observed as 1, so that a limit of zero loss is J; it is reached."""
    start = exact_determinant(FULLY.product())
    how = given(SYMMETRIC, f"det W(0) = {start}", "four entries of value 1", "τ₁' = (2 − τ₁²)τ₁, τ₂' = −τ₂³")
    return _singular("V01, all entries observed", FULLY, how, ALL_ONES, determinant.FINITE)


@without(determinant.rank_is_kept_in_the_limit, determinant.FITS)
def _(given: Given) -> Evidence:
    """C9: the flow ends at diag(1, 0)."""
    how = given(SYMMETRIC, "W(0) = I/4", "the values are 1 and −1")
    return _singular("layers I/2, values 1 and -1", SADDLE, how, AT_THE_SADDLE, determinant.FINITE)


@without(limits.rank_is_never_lost, "balanced")
def _(given: Given) -> Evidence:
    problem = Problem((diagonal(("-1/10", 1)), identity(2)), Observations.diagonal(2))
    how = given("det W(0) = -1/10", "both values are 1")
    return sentence("W_1 = diag(-1/10, 1), W_2 = I", problem, how, "determinant", "<", 0)


@without(limits.rank_is_never_lost, "full rank")
def _(given: Given) -> Evidence:
    return _singular("V22", V22.problem(), given(SYMMETRIC, "both values are 1"), ALL_ONES)


@without(limits.rank_is_never_lost, "diagonal observations", "observations")
def _(given: Given) -> Evidence:
    how = given(SYMMETRIC, f"det W(0) = {exact_determinant(FULLY.product())}", "four entries of value 1")
    return _singular("V01, all entries observed", FULLY, how, ALL_ONES)


@without(limits.rank_is_never_lost, "of one positive value")
def _(given: Given) -> Evidence:
    how = given(SYMMETRIC, "W(0) = I/4", "the values are 1 and −1")
    return _singular("layers I/2, values 1 and -1", SADDLE, how, AT_THE_SADDLE)


@without(limits.coupled_limit_has_full_rank, limits.DEEP)
def _(given: Given) -> Evidence:
    text = "at depth 2 all pairs are orthogonal for all times"
    return decoupled("V01", V01.problem(), given("both values are 1"), text, "coupled")


@without(limits.coupled_limit_has_full_rank, "diagonal observations", "observations")
def _(given: Given) -> Evidence:
    problem = Problem(FAMILY["V03"].problem().layers, FULLY.observations)
    how = given("depth 3", "four entries of value 1")
    return _singular("V03, all entries observed", problem, how, ALL_ONES, "full rank")


@without(limits.limit_solves_the_equations, "1 < m", "m")
def _(given: Given) -> Evidence:
    """C = −20/3: the positive solution has τ₁ < τ₂, so a negative entry off the diagonal; the flow has τ₂ < 0 < τ₁."""
    return sentence(told(ACROSS), ACROSS.problem(), given(told(ACROSS)), "entry 0 1", "<", 0)


@without(limits.limit_solves_the_equations, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "entry 0 0", "=", 1)


@without(limits.limit_solves_the_equations, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    return vanishing(BELOW, given(told(BELOW)), "entry 0 0", "=", -1)


@without(limits.stable_rank_bound_at_points, DEEP)
def _(given: Given) -> Evidence:
    """At depth 1 C = −1/10, and sr − 1 ≤ C²; the limit is nearly the identity."""
    how = given(told(FEW))
    return sentence(told(FEW), FEW.problem(), how, "stable rank", "<", Fraction(3, 2), "below the bound")


@without(limits.stable_rank_bound_at_points, ABOVE_ONE, "m")
def _(given: Given) -> Evidence:
    """C = −6, and sr − 1 ≤ 2·6^{−6}."""
    return sentence("V17", V17.problem(), given(told(V17)), "stable rank", "<", Fraction(3, 2), "below the bound")


unneeded(
    limits.stable_rank_bound_at_points,
    FINITE,
    f"holds without it, and says nothing: for m = infinity sr = n, as from {told(EVEN)}, and the bound is infinite",
    "m <= infinity",
)


@without(limits.stable_rank_bound_at_points, POSITIVE_SCALE)
def _(given: Given) -> Evidence:
    """The limit is zero, which has no stable rank."""
    return vanishing(NEGATIVE, given(told(NEGATIVE)), "largest singular value", ">", 0, "above 1")


@without(limits.stable_rank_bound_at_points, POSITIVE_VALUE)
def _(given: Given) -> Evidence:
    """The limit is zero, which has no stable rank."""
    return vanishing(BELOW, given(told(BELOW)), "largest singular value", ">", 0, "above 1")


# ---------------------------------------------------------------------------------------------------------------------
# Menon's problem, starts that stand apart


@without(
    menon.reflected_flow,
    "balanced",
    remains=("2 by 2 start with positive determinant, diagonal observations of value 1", menon.ANTISYMMETRIC_START),
)
def _(given: Given) -> Evidence:
    """W(0) = [[1/2, −1/4], [1/4, 1/4]] from a shear and what remains: w_12 = −w_21 is not kept."""
    start, shear, back = (
        ((HALF, -HALF / 2), (HALF / 2, HALF / 2)),
        ((ONE, ONE), (ZERO, ONE)),
        ((ONE, -ONE), (ZERO, ONE)),
    )
    problem = Problem((shear, multiply(start, back)), Observations.diagonal(2))
    how = given("det W(0) = 3/16, w_12 = -w_21 = -1/4; both values 1")
    return sentence("a shear first", problem, how, "determinant", ">", Fraction(99, 100))


unneeded(
    menon.reflected_flow,
    "with positive determinant",
    "holds without it: the symmetry does not know the determinant, and the zero-loss matrices with w_12 = -w_21 are "
    "the same; from a negative determinant, whose sign is kept, the flow does not come to them",
)


@without(menon.reflected_flow, "of value 1")
def _(given: Given) -> Evidence:
    """[[1, a], [−a, 4]] has its singular values apart."""
    problem = Problem(MENON["M8"].layers, seen(1, 4))
    how = given("M8 with the values 1 and 4")
    return sentence("M8 with values 1 and 4", problem, how, "stable rank", ">", Fraction(3, 2))


@without(menon.coupled_with_stable_rank_two, "w_12 = -w_21")
def _(given: Given) -> Evidence:
    how = given("M2: balanced, depth 3, both values 1")
    return sentence("M2", MENON["M2"], how, "stable rank", ">", Fraction(3, 2), menon.RANK_TWO)


@without(menon.exceptional_starts, menon.BALANCED_START)
def _(given: Given) -> Evidence:
    """W(0) = [[1/5, −3/20], [3/20, 1/5]] behind a layer diag(1, 1/2)."""
    upper = ((Fraction(1, 5), Fraction(-3, 10)), (Fraction(3, 20), Fraction(2, 5)))
    problem = Problem((diagonal((1, HALF)), upper), Observations.diagonal(2))
    how = given("W(0) = [[1/5, -3/20], [3/20, 1/5]], conformal", "both values are 1")
    return sentence("W_1 = diag(1, 1/2)", problem, how, "entry 1 0", "=", Fraction(3, 20), menon.ROTATION)


@without(menon.exceptional_starts, menon.THREE_KINDS)
def _(given: Given) -> Evidence:
    """M2: the entry 21 is not frozen."""
    frozen = MENON["M2"].product()[1][0]
    return sentence(
        "M2", MENON["M2"], given("M2: balanced", "both values are 1"), "entry 1 0", "=", frozen, menon.ROTATION
    )


@without(menon.exceptional_starts, "with q != 0")
def _(given: Given) -> Evidence:
    """W(0) = −I/4 is conformal with q = 0."""
    half = diagonal((HALF, HALF))
    return known_limit(
        "layers I/2, -I/2",
        Problem((half, scale(-ONE, half)), Observations.diagonal(2)),
        given("two layers with W_1W_1ᵀ = W_2ᵀW_2 = I/4", "W(0) = -I/4, with p = -1/4 and q = 0", "both values are 1"),
        KnownLimit(unit_frame(2), (ZERO, ZERO)),
        "both layers stay multiples of I, of opposite signs, and tend to zero",
        what="entry 0 0",
        sign="=",
        bound=1,
        part=menon.ROTATION,
    )


@without(menon.exceptional_starts, "symmetric")
def _(given: Given) -> Evidence:
    """W(0) is a rotation, divided by −4: xᵀW(0)x < 0 for all x ≠ 0, and yet the flow fits."""
    half = scale(HALF, identity(2))
    problem = Problem((multiply(half, rotation("4/5", "3/5")), scale(-ONE, half)), Observations.diagonal(2))
    how = given(
        "both layers multiples of rotations, by 1/2", "W(0) = -[[1/5, -3/20], [3/20, 1/5]]", "both values are 1"
    )
    return sentence("a rotation divided by -4", problem, how, "loss", ">", Fraction(9, 10), menon.NEGATIVE)


@without(menon.exceptional_starts, "negative")
def _(given: Given) -> Evidence:
    half = scale(HALF, identity(2))
    problem = Problem((half, half), Observations.diagonal(2))
    how = given("two layers I/2", "W(0) = I/4, symmetric semidefinite", "both values are 1")
    return sentence("layers I/2", problem, how, "loss", ">", Fraction(9, 10), menon.NEGATIVE)


@without(menon.exceptional_starts, "with lambda > 0")
def _(given: Given) -> Evidence:
    """λ = −1/4 rises to 0, and not to 1."""
    layer = diagonal((HALF, 0))
    return known_limit(
        "layers diag(1/2, 0), diag(-1/2, 0)",
        Problem((layer, scale(-ONE, layer)), Observations.diagonal(2)),
        given("two layers with W_1W_1ᵀ = W_2ᵀW_2 = diag(1/4, 0)", "lambda = -1/4, 2 by 2", "both values are 1"),
        KnownLimit(unit_frame(2), (ZERO, ZERO)),
        "both layers stay multiples of e_1 e_1^T, of opposite signs, and tend to zero",
        what="entry 0 0",
        sign="=",
        bound=1,
        part=menon.LINE,
    )


@without(menon.exceptional_starts, "of value 1")
def _(given: Given) -> Evidence:
    """C3 with the values 1 and 4: W does not stay conformal."""
    problem = Problem(conformal().layers, seen(1, 4))
    how = given("C3: balanced", "C3: conformal, q = 117/8000", "the values are 1 and 4")
    return sentence("C3 with values 1 and 4", problem, how, "entry 1 0", "=", Fraction(117, 8000), menon.ROTATION)


# ---------------------------------------------------------------------------------------------------------------------
# C9: a semidefinite start and a negative value


@without(ratios.mixed_signs_do_not_fit, "balanced start")
def _(given: Given) -> Evidence:
    """Factors 1/10 and 1 of one entry: their difference lets the product change its sign."""
    problem = Problem((diagonal((TENTH, 1)), identity(2)), seen(-1, 1))
    how = given("W(0) = diag(1/10, 1), values -1 and 1", "its eigenvalues are 1/10 and 1")
    return sentence("layers diag(1/10, 1), I", problem, how, "entry 0 0", ">", -HALF)


@without(ratios.mixed_signs_do_not_fit, "W(0) symmetric")
def _(given: Given) -> Evidence:
    """W(0) is a rotation, divided by 4: semidefinite as a form, and yet the flow fits."""
    half = scale(HALF, identity(2))
    problem = Problem((multiply(half, rotation("4/5", "3/5")), half), seen(1, -1))
    how = given(
        "W(0) = [[1/5, -3/20], [3/20, 1/5]], both layers multiples of rotations, values 1 and -1",
        "x^T W(0) x = |x|²/5 for all x",
    )
    return sentence("a rotation divided by 4", problem, how, "entry 1 1", ">", -HALF)


@without(ratios.mixed_signs_do_not_fit, "diagonal observations")
def _(given: Given) -> Evidence:
    """Entry 12 is observed, too: W does not stay symmetric."""
    half = scale(HALF, identity(2))
    problem = Problem((half, half), Observations(2, 2, ((0, 1, ONE), (1, 1, -ONE))))
    how = given("W(0) = I/4, entry 12 of value 1 and entry 22 of value -1", "both eigenvalues are 1/4")
    return sentence("layers I/2, entries 12 and 22", problem, how, "entry 1 1", ">", -HALF)


@without(ratios.mixed_signs_do_not_fit, "one of the values is -1")
def _(given: Given) -> Evidence:
    """Both values are 1."""
    half = scale(HALF, identity(2))
    problem = Problem((half, half), Observations.diagonal(2))
    return sentence(
        "layers I/2, values 1", problem, given("W(0) = I/4, both values 1", "1/4 twice"), "loss", ">", Fraction(1, 4)
    )


# ---------------------------------------------------------------------------------------------------------------------
# P1: the trap


@without(plasticity.plasticity_trap, plasticity.APART)
def _(given: Given) -> Evidence:
    """w = 5/4, p = 1, v = 3: [[w, v], [p, w]] is beyond the singular ones, and its stable rank is no bound.

    It is ``2/(1 + √(1 − 4f²))`` with ``f = (w² − vp)/(2w² + v² + p²)``, above 1 + f².
    """
    w, v, p = Fraction(5, 4), Fraction(3), ONE
    bound = 1 + ((w * w - v * p) / (2 * w * w + v * v + p * p)) ** 2
    problem = resumed_from(ONE, HALF, v)
    how = given("a = 1, b = 1/2, so w = 5/4 and p = 1", "5/4, 5/4 and 3", "1 < 3")
    return sentence("layers [[1, 1/2], [1/2, 1]], v = 3", problem, how, "stable rank", ">", bound, plasticity.RANK)


TRAINED = plasticity.PRETRAINED


@without(plasticity.plasticity_trap, "2ab = p >= 0", "2ab = p")
def _(given: Given) -> Evidence:
    """p = −1, v = 1: the start is outside the region, and z falls below −v."""
    problem = resumed_from(ONE, -HALF, ONE)
    how = given("a = 1, b = -1/2, so w = 5/4 and p = -1", "5/4, 5/4 and 1", "-1 < 1", "-1 < 25/16")
    name = "layers [[1, -1/2], [-1/2, 1]], v = 1"
    return sentence(name, problem, how, "entry 1 0", ">", Fraction(-11, 10), plasticity.LIMIT)


@without(
    plasticity.plasticity_trap,
    "a² + b² = w > 0",
    remains=(
        TRAINED.replace("a² + b² = w > 0 and ", ""),
        plasticity.RESUMED,
        plasticity.ABOVE,
        plasticity.APART,
    ),
)
def _(given: Given) -> Evidence:
    """Without pretraining, from layers I/10: the unobserved entry comes near the value that rank 1 needs."""
    problem = Problem((scale(TENTH, identity(2)),) * 2, Observations(2, 2, ((0, 0, ONE), (1, 1, ONE), (0, 1, ONE))))
    how = given("a = 1/10, b = 0, so p = 0; w = 1", "1, 1 and 1", "0 < 1", "0 < 1")
    return sentence("layers I/10, v = 1", problem, how, "entry 1 0", "<", HALF, plasticity.LIMIT)


unneeded(
    plasticity.plasticity_trap,
    "depth 2",
    "at depth 3, from three layers I with w = v = 1, the certified limit has −v ≤ z ≤ p and det W > w² − vp too (claim "
    "depth-does-not-protect), and so have the limits of 172 flows at depths 3, 4 and 6 that were followed in float64, "
    "from equal layers [[a, b], [b, a]] whose product has the entries w and p; rate and proof are for two layers",
)
