"""Shin & Yun 2026, "Implicit Bias and Loss of Plasticity in Matrix Completion: Depth Promotes Low-Rankness".

The claims of this paper, as precise statements of our own. Imports verify.
"""

from proofs_checks.shin_yun_2026 import hunts  # noqa: F401 - attaches the hunts to the claims
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
from proofs_checks.shin_yun_2026.plasticity import plasticity_trap
from proofs_checks.shin_yun_2026.readings import (
    literally_coupled_unless_diagonal,
    literally_rank_one_iff_coupled,
    rank_one_iff_coupled,
)

__all__ = [
    "almost_every_start_is_coupled",
    "conformal_layers_are_decoupled",
    "coupled_limit_has_full_rank",
    "coupled_only_after_the_start",
    "coupling_inside_the_family",
    "coupling_kernel",
    "depth_two_closed_form",
    "depth_two_is_decoupled",
    "family_reduction",
    "first_integrals",
    "hidden_rotations_are_decoupled",
    "limit_equations",
    "limit_solves_the_equations",
    "literally_coupled_unless_diagonal",
    "literally_rank_one_iff_coupled",
    "opposite_eigenvalues_are_decoupled",
    "plasticity_is_lost_at_depth_two",
    "plasticity_trap",
    "rank_is_kept_in_the_limit",
    "rank_is_never_lost",
    "rank_one_although_decoupled",
    "rank_one_iff_coupled",
    "stable_rank_bound_at_points",
    "stable_rank_bounds",
]
