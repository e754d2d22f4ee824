"""What can be derived: names and titles, cheap to list; the derivations are made when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from verify.arithmetic import InputError

if TYPE_CHECKING:
    from verify.models import Observations
    from verify.symbolic.derivation import Derivation

#: Largest depth and size that derivations are written out for.
DEEPEST, LARGEST = 12, 12


@dataclass(frozen=True)
class Topic:
    """One thing that :func:`derive` derives.

    Attributes
    ----------
    options
        the options that it takes, among ``depth``, ``size``, ``observe``, ``degree``.
    depth
        the depth when none is given; None where it then holds for all depths.
    home
        ``module.function`` in this package that makes the derivation; it takes the options by name.
    """

    name: str
    title: str
    statement: str
    options: tuple[str, ...] = ()
    depth: int | None = None
    shallowest: int = 1
    home: str = ""


_ALL = (
    Topic(
        "gradient-flow",
        "Gradient flow in matrix form",
        "W_l' = −(W_L⋯W_{l+1})ᵀ G (W_{l−1}⋯W_1)ᵀ for all dimensions; with a size, in entries too",
        ("depth", "size", "observe"),
        3,
    ),
    Topic(
        "components",
        "Entry equations",
        "the flow of every entry as an exact polynomial in the entries",
        ("depth", "size", "observe"),
        3,
    ),
    Topic(
        "balancedness",
        "Balancedness is conserved",
        "W_{l+1}ᵀW_{l+1} − W_lW_lᵀ is constant, all depths and widths",
        ("depth",),
    ),
    Topic(
        "end-to-end",
        "The flow of the product",
        "W' = −Σ_l (WWᵀ)^{(L−l)/L} G (WᵀW)^{(l−1)/L} for balanced layers",
        ("depth",),
        3,
    ),
    Topic(
        "coupling-kernel",
        "The coupling kernel",
        "⟨∇w_ij, ∇w_pq⟩ = Σ_l (S_lS_lᵀ)_ip (P_{l−1}ᵀP_{l−1})_jq, all depths and widths",
        ("depth",),
    ),
    Topic(
        "coupling-depth-two",
        "Depth two is decoupled on disjoint blocks",
        "at depth 2 entries in different rows and columns never interact, whatever the start",
        ("size", "observe"),
    ),
    Topic(
        "coupling-in-family",
        "Coupling inside the symmetric family",
        "the kernel in eigenvalues: zero for L ≤ 2, positive for L ≥ 3 unless σ1² = σ2²",
        ("depth", "size"),
        None,
        2,
    ),
    Topic(
        "generic-coupling",
        "Almost every start of depth three or more is coupled",
        "the kernel is positive at all-ones layers, so it vanishes on a null set only",
    ),
    Topic(
        "conformal-layers",
        "Conformal layers",
        "2 by 2 layers that are a rotation times a scale: decoupled though not diagonal, with a limit of rank 2",
        ("depth",),
        3,
    ),
    Topic(
        "symmetric-family",
        "The symmetric family reduces to two numbers",
        "τ_i' = s(w − d)τ_i^{L−1}, all depths, n and s",
        ("depth",),
    ),
    Topic(
        "first-integrals",
        "First integrals of the symmetric family",
        "τ2^{−(L−2)} − τ1^{−(L−2)} is constant for every L ≥ 3, τ1/τ2 for L = 2",
    ),
    Topic(
        "limit-equations",
        "The limit of the symmetric family",
        "the limit is the unique positive solution of two equations; its rank is n",
    ),
    Topic(
        "stable-rank",
        "The stable rank of the limit",
        "sr − 1 ≤ (n−1)(sα)^{2L} K_L^{−2L/(L−2)}/(sw)², with both bounds of τ2",
    ),
    Topic(
        "rank-one-start",
        "Depth two from a rank-one start",
        "m = 1: decoupled, and the limit is exactly wJ, of rank one",
    ),
    Topic(
        "depth-two-closed-form",
        "Depth two in closed form",
        "limit, stable rank and d(t) at depth 2, verified by substitution",
    ),
    Topic(
        "rank-one",
        "Rank one at vanishing scale",
        "in the family, as α → 0: the stable rank tends to 1 if and only if the dynamics is coupled",
    ),
    Topic(
        "small-scale",
        "The stable rank at small scale",
        "sr − 1 = (n−1)(sα)^{2L}K_L^{−2L/(L−2)}/(nsw)²·(1 + O(α^{L−2})), between two bounds",
        home="asymptotics.small_scale",
    ),
    Topic(
        "large-scale",
        "The stable rank at large scale",
        "sr → n as α → ∞, n − sr ~ (n−1)(2L/(L−2))K_L((sw)^{1/L}/(sα))^{L−2}, between two bounds",
        home="asymptotics.large_scale",
    ),
    Topic(
        "exchange-of-limits",
        "Vanishing scale and growing ratio do not commute",
        "on mα^{L−2} = β the stable rank tends to a value between 1 and n",
        home="asymptotics.exchange_of_limits",
    ),
    Topic(
        "closed-forms",
        "The limit in closed form at depths 3, 4 and infinity",
        "n = 2: the determinant of the limit as a root, at L = 3, L = 4 and L = ∞, verified by substitution",
        home="closed_forms.low_depth_closed_forms",
    ),
    Topic(
        "time",
        "The time along the family's curve",
        "t = ∫ dS/(s(w − d(S))), and the time of escape from a small start between two bounds",
        home="closed_forms.time_parametrization",
    ),
    Topic(
        "diagonal-blocks",
        "Block-diagonal starts",
        "m = ∞: τ1 = τ2 → (sw)^{1/L}, the limit is w I ⊗ J_s, sr = n",
        home="closed_forms.diagonal_blocks",
    ),
    Topic(
        "commutative-families",
        "The limit's rank is the multiplicity of the dominant eigenvalue",
        "layers from a commutative algebra with constant diagonals: W → (nw/μ)P as α → 0; L = 2 in closed form",
        home="commuting.commutative_families",
    ),
    Topic(
        "all-ratios",
        "The symmetric family for every real ratio",
        "which eigenvalue dominates for each m ≠ 0, and so the limit as α → 0: rank 1, n − 1 or n",
        home="commuting.all_ratios",
    ),
    Topic(
        "end-to-end-all-depths",
        "The flow of the product, all depths",
        "W' = −Σ_l (WWᵀ)^{(L−l)/L} ∇l(W) (WᵀW)^{(l−1)/L} for balanced layers, by induction, any loss",
        home="balance.end_to_end_all_depths",
    ),
    Topic(
        "descent-drift",
        "Gradient descent and balancedness",
        "one step changes W_{l+1}ᵀW_{l+1} − W_lW_lᵀ by exactly η²(g_{l+1}ᵀg_{l+1} − g_lg_lᵀ)",
        home="balance.descent_drift",
    ),
    Topic(
        "weight-decay",
        "Balancedness under weight decay",
        "D_l(t) = e^{−2λt} D_l(0), and −λLW in the flow of the product",
        ("depth",),
        3,
        home="balance.weight_decay",
    ),
    Topic(
        "rank-law",
        "Rank and determinant along the flow",
        "depth 2: Z = [Aᵀ B] keeps its rank for any start; all depths: balanced starts keep rank and sign of det",
        home="balance.rank_law",
    ),
    Topic(
        "global-existence",
        "Gradient flow exists for all times",
        "‖θ(t) − θ(0)‖² ≤ t φ(θ(0)) along the gradient flow of any φ ≥ 0",
        home="existence.global_existence",
    ),
    Topic(
        "singular-values",
        "Singular values along the flow",
        "σ_r' = −N(σ_r²)^{1−1/N} ⟨∇l(W), u_rv_rᵀ⟩ for balanced layers, all depths",
        ("depth",),
        3,
        home="singular.singular_values",
    ),
    Topic(
        "singular-vectors",
        "Singular vectors along the flow",
        "U' and V' for distinct positive singular values, all depths and dimensions",
        home="singular.singular_vectors",
    ),
    Topic(
        "aligned-vectors",
        "Stationary singular vectors diagonalize the gradient",
        "U' = V' = 0 gives u_rᵀ∇l(W)v_s = 0 for r ≠ s unless both singular values are zero",
        ("depth",),
        3,
        home="singular.aligned_vectors",
    ),
    Topic(
        "preconditioner",
        "The preconditioner of the balanced flow",
        "its eigenvalues (σ_r² − σ_s²)/(σ_r^{2/N} − σ_s^{2/N}), and the orbit's Gram determinant",
        ("depth",),
        3,
        2,
        home="singular.preconditioner",
    ),
    Topic(
        "no-potential",
        "With one output the flow of the product has no potential",
        "the curl is −(N−1)(N−2)/N ‖w‖^{−2/N}(w_ig_k − w_kg_i) for a linear loss",
        home="singular.no_potential",
    ),
    Topic(
        "commuting-sensing",
        "Commuting measurements: closed form and limit",
        "x_i = (α^{−(N−2)} − (N−2)ν_i)^{−N/(N−2)}; the limit minimizes Q_{α,N} among the solutions, for every α",
        home="sensing.commuting_sensing",
    ),
    Topic(
        "two-singular-values",
        "Two singular values under a constant ratio of gradients",
        "σ₁^{−(N−2)/N} − aσ₂^{−(N−2)/N} is constant for N ≥ 3; σ₁σ₂^{−a} for N = 2",
        home="sensing.two_singular_values",
    ),
    Topic(
        "scalar-flow",
        "The flow of one number in closed form",
        "depths 1, 2, 3, 4 and infinity, and depth 2 without balance, by substitution",
        home="sensing.scalar_flow",
    ),
    Topic(
        "udu-fixed-points",
        "Fixed points with D and a norm ball",
        "no fixed point where the projection of U is active; stationary in any ball means ∇_U F = 0",
        home="udu.fixed_points",
    ),
    Topic(
        "udu-invariants",
        "What the flow of U and D keeps",
        "‖u_j‖² − 2λ_j² is constant inside the ball, falls on its surface; exact drift of a step",
        home="udu.invariants",
    ),
    Topic(
        "udu-columns",
        "Fixed points of the UDU iteration, column by column",
        "fixed if and only if Gu_j = 0 or λ_j = 0 ≤ u_jᵀGu_j for every j; the ball's projection never acts",
        home="diagonal_layer.columns",
    ),
    Topic(
        "udu-optimality",
        "When fixed points of the UDU model are optimal",
        "G ⪰ 0 suffices; a local minimum that is not global has independent active and strictly dead columns",
        home="diagonal_layer.optimality",
    ),
    Topic(
        "udu-flow",
        "The UDU flow descends, and rests at the fixed points",
        "f' = −‖U'‖² − ‖D'‖², constraints included; the points at rest are those of the iteration",
        home="diagonal_layer.flow",
    ),
    Topic(
        "udu-ball",
        "The UDU flow on the boundary of the ball",
        "‖u_j‖² − 2λ_j² decreases; what dead and parallel columns conserve",
        home="diagonal_layer.on_the_ball",
    ),
    Topic(
        "depth-order",
        "Depth and stable rank from one start of the product",
        "same W(0): sr falls strictly with L if d(0) < w, and grows strictly if d(0) > w",
        home="depth_order.fixed_product",
    ),
    Topic(
        "depth-order-at-scale",
        "Depth and stable rank from one layer scale",
        "same layers, small: sr_2 > sr_3 > …; the scale at which the order turns",
        home="depth_order.fixed_scale",
    ),
    Topic(
        "depth-two-any-start",
        "Depth two with diagonal observations, from any start",
        "the limit in closed form, vanishing scale, and the least nuclear norm, verified by substitution",
        home="depth_two_diagonal.any_start",
    ),
    Topic(
        "depth-two-determinant",
        "Depth two, two by two: the determinant of the limit",
        "balanced, det W(0) < 0: det W(∞) = −sin²(2θ)|det W(0)| at every scale",
        home="depth_two_diagonal.determinant_law",
    ),
    Topic(
        "plasticity-trap",
        "Loss of plasticity at depth two",
        "x ≥ w, y ≤ v, y + z ≥ 0 is not left; z falls; det W∞ ≥ w² − vp > 0, sr ≥ (9 − 3√5)/2 for p = 0, v = w",
        home="plasticity.trap",
    ),
    Topic(
        "determinant-bound",
        "The integral that bounds the determinant is finite",
        "|tr(AG)| ≤ σ_max(A)‖G‖_*, and ℓ' ≤ −4c σ_max^{−2/L} ℓ while W_ii² ≥ c: all depths and sizes",
        home="determinant_bound.determinant_bound",
    ),
    Topic(
        "razin-cohen",
        "The sharp bound in the setting of Razin and Cohen",
        "det W > 0 and ℓ < 1/2: |W11| > B(ℓ), best possible, and > 1/√(2ℓ) − √(2ℓ); distance to rank one < √(2ℓ)",
        home="razin_cohen.razin_cohen",
    ),
    Topic(
        "udu-no-rank-drop",
        "No column of the UDU model vanishes in finite time",
        "‖u_j(t)‖ > 0 for all t; the iteration of UUᵀ keeps the rank",
        home="diagonal_layer.no_rank_drop",
    ),
    Topic(
        "log-determinant",
        "Rank is never lost at finite scale",
        "(ln |det W|)' = −L Σ_r σ_r^{1−2/L} u_rᵀGv_r along balanced flows: the determinant keeps its sign",
        home="obstructions.log_determinant",
    ),
    Topic(
        "reflected-flow",
        "An obstruction of codimension one",
        "the sign of w12 + w21 is kept; on w12 = −w21 every zero-loss limit has determinant at least 1",
        home="obstructions.reflected_flow",
    ),
    Topic(
        "exceptional-starts",
        "Starts that stand apart in Menon's problem",
        "conformal, negative semidefinite and rank-one starts, at every depth",
        home="obstructions.exceptional_starts",
    ),
    Topic(
        "invariant-subspaces",
        "Invariant subspaces at depth two",
        "one subspace of the hidden space for each connected part of the observations, chosen independently",
        ("size", "observe"),
        home="invariant_subspaces.invariant_subspaces",
    ),
    Topic(
        "invariants",
        "Polynomial first integrals",
        "all of them up to a degree, found by exact linear algebra, with the proof that there are no others",
        ("depth", "size", "observe", "degree"),
        3,
        home="invariants.invariants",
    ),
)

#: The topics by name.
TOPICS: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in _ALL})


def derive(
    topic: str,
    *,
    depth: int | None = None,
    size: int | None = None,
    observe: str | None = None,
    degree: int | None = None,
) -> Derivation:
    """The derivation of a topic, every step of it checked by machine.

    Parameters
    ----------
    topic
        one of :data:`TOPICS`.
    depth
        the number of layers, for topics that are written out at one depth.
    size
        rows and columns of every layer, for topics that are written out in entries.
    observe
        the observed entries: ``"diagonal"``, ``"block:SxN"`` or positions such as ``"0,0;1,1"``, from 0.
    degree
        the highest degree, for topics about polynomials.

    Raises
    ------
    InputError
        for an unknown topic, an option that the topic does not take, or one out of range.
    """
    chosen = TOPICS.get(topic)
    if chosen is None:
        near = get_close_matches(topic, TOPICS, n=1, cutoff=0.5)
        mend = f"did you mean {near[0]}?" if near else f"the topics are {', '.join(TOPICS)}"
        raise InputError("topic", f"{topic!r} is not known", mend)
    given = {"depth": depth, "size": size, "observe": observe, "degree": degree}
    for name, value in given.items():
        if value is not None and name not in chosen.options:
            takes = f"it takes {', '.join(chosen.options)}" if chosen.options else "it takes no options"
            raise InputError(name, f"the topic {topic} does not take it", takes)
    _in_range("depth", depth, chosen.shallowest, DEEPEST)
    _in_range("size", size, 1, LARGEST)
    _in_range("degree", degree, 1, LARGEST)
    if observe is not None and not isinstance(observe, str):
        raise InputError(
            "observe", f"{observe!r} is not text", 'write diagonal, block:SxN or positions such as "0,0;1,1"'
        )
    return _make(chosen, depth if depth is not None else chosen.depth, size, observe, degree)


def _in_range(name: str, value: int | None, least: int, most: int) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(name, f"is {value!r}", f"give a whole number from {least} to {most}")


def _observed(size: int | None, observe: str | None) -> Observations:
    from verify.models import Observations

    return Observations.parse("diagonal" if observe is None else observe, 2 if size is None else size)


def _make(topic: Topic, depth: int | None, size: int | None, observe: str | None, degree: int | None) -> Derivation:
    if topic.home:
        module, function = topic.home.split(".")
        given = {"depth": depth, "size": size, "observe": observe, "degree": degree}
        maker = getattr(import_module(f"verify.symbolic.{module}"), function)
        derivation: Derivation = maker(**{name: value for name, value in given.items() if name in topic.options})
        return derivation
    from verify.symbolic import (
        closed_forms,
        components,
        family_coupling,
        matrix_flow,
        rank_one,
        special_starts,
        symmetric_family,
    )

    entries = size is not None or observe is not None
    match topic.name:
        case "gradient-flow":
            return matrix_flow.gradient_flow(depth or 3, _observed(size, observe) if entries else None)
        case "components":
            return components.components(depth or 3, _observed(size, observe))
        case "balancedness":
            return matrix_flow.balancedness(depth)
        case "end-to-end":
            return matrix_flow.end_to_end(depth or 3)
        case "coupling-kernel":
            return matrix_flow.coupling_kernel(depth)
        case "coupling-depth-two":
            return matrix_flow.depth_two(_observed(size, observe) if entries else None)
        case "coupling-in-family":
            return family_coupling.family_coupling(depth, size)
        case "generic-coupling":
            return special_starts.generic_coupling()
        case "conformal-layers":
            return special_starts.conformal_layers(depth or 3)
        case "rank-one-start":
            return special_starts.rank_one_start()
        case "symmetric-family":
            return symmetric_family.reduction(depth)
        case "first-integrals":
            return symmetric_family.first_integrals()
        case "limit-equations":
            return symmetric_family.limit_equations()
        case "stable-rank":
            return symmetric_family.stable_rank()
        case "rank-one":
            return rank_one.rank_one()
        case _:
            return closed_forms.depth_two_closed_form()
