"""Shin & Yun 2026, "Implicit Bias and Loss of Plasticity in Matrix Completion: Depth Promotes Low-Rankness".

The claims of this paper, as precise statements of our own. Imports verify.
"""

from proofs_checks.shin_yun_2026 import ablations, hunts  # noqa: F401 - in this order, hunts build on ablations
from proofs_checks.shin_yun_2026.asymptotics import (
    closed_forms,
    depth_lowers_the_stable_rank,
    depth_order_at_one_scale,
    diagonal_blocks,
    exchange_of_limits,
    large_scale_asymptotics,
    small_scale_asymptotics,
    stable_rank_on_the_curve,
    time_along_the_curve,
    where_depth_turns,
)
from proofs_checks.shin_yun_2026.coupling import (
    almost_every_start_is_coupled,
    conformal_layers_are_decoupled,
    coupled_only_after_the_start,
    coupling_inside_the_family,
    coupling_kernel,
    depth_two_is_decoupled,
    hidden_rotations_are_decoupled,
    opposite_eigenvalues_are_decoupled,
    rank_one_although_decoupled,
)
from proofs_checks.shin_yun_2026.depth_two import (
    all_quadratic_first_integrals,
    decoupled_and_nearly_rank_one,
    depth_two_determinant_law,
    depth_two_from_any_start,
    invariant_subspaces,
)
from proofs_checks.shin_yun_2026.determinant import rank_is_kept_in_the_limit
from proofs_checks.shin_yun_2026.family import (
    depth_two_closed_form,
    family_reduction,
    first_integrals,
    limit_equations,
    stable_rank_bounds,
)
from proofs_checks.shin_yun_2026.limits import (
    coupled_limit_has_full_rank,
    limit_solves_the_equations,
    plasticity_is_lost_at_depth_two,
    rank_is_never_lost,
    stable_rank_bound_at_points,
)
from proofs_checks.shin_yun_2026.menon import (
    coupled_with_stable_rank_two,
    exceptional_starts,
    reflected_flow,
)
from proofs_checks.shin_yun_2026.plasticity import plasticity_trap
from proofs_checks.shin_yun_2026.pretraining import (
    coupled_pretraining_can_lose_plasticity,
    depth_does_not_protect,
    plasticity_after_pretraining,
    universal_constant_of_lost_plasticity,
)
from proofs_checks.shin_yun_2026.ratios import (
    commutative_families,
    coupled_with_a_limit_of_rank_two,
    decoupled_and_nearly_singular,
    depth_can_raise_the_stable_rank,
    every_ratio,
    mixed_signs_do_not_fit,
    negative_scale_does_not_fit,
)
from proofs_checks.shin_yun_2026.readings import (
    literally_coupled_unless_diagonal,
    literally_rank_one_iff_coupled,
    rank_one_iff_coupled,
)

__all__ = [
    "all_quadratic_first_integrals",
    "almost_every_start_is_coupled",
    "closed_forms",
    "commutative_families",
    "conformal_layers_are_decoupled",
    "coupled_limit_has_full_rank",
    "coupled_only_after_the_start",
    "coupled_pretraining_can_lose_plasticity",
    "coupled_with_a_limit_of_rank_two",
    "coupled_with_stable_rank_two",
    "coupling_inside_the_family",
    "coupling_kernel",
    "decoupled_and_nearly_rank_one",
    "decoupled_and_nearly_singular",
    "depth_can_raise_the_stable_rank",
    "depth_does_not_protect",
    "depth_lowers_the_stable_rank",
    "depth_order_at_one_scale",
    "depth_two_closed_form",
    "depth_two_determinant_law",
    "depth_two_from_any_start",
    "depth_two_is_decoupled",
    "diagonal_blocks",
    "every_ratio",
    "exceptional_starts",
    "exchange_of_limits",
    "family_reduction",
    "first_integrals",
    "hidden_rotations_are_decoupled",
    "invariant_subspaces",
    "large_scale_asymptotics",
    "limit_equations",
    "limit_solves_the_equations",
    "literally_coupled_unless_diagonal",
    "literally_rank_one_iff_coupled",
    "mixed_signs_do_not_fit",
    "negative_scale_does_not_fit",
    "opposite_eigenvalues_are_decoupled",
    "plasticity_after_pretraining",
    "plasticity_is_lost_at_depth_two",
    "plasticity_trap",
    "rank_is_kept_in_the_limit",
    "rank_is_never_lost",
    "rank_one_although_decoupled",
    "rank_one_iff_coupled",
    "reflected_flow",
    "small_scale_asymptotics",
    "stable_rank_bound_at_points",
    "stable_rank_bounds",
    "stable_rank_on_the_curve",
    "time_along_the_curve",
    "universal_constant_of_lost_plasticity",
    "where_depth_turns",
]
