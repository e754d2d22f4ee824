"""Shin & Yun 2026, "Implicit Bias and Loss of Plasticity in Matrix Completion: Depth Promotes Low-Rankness".

The claims of this paper, as precise statements of our own. Imports verify.
"""

from proofs_checks.shin_yun_2026.limits import (
    coupled_limit_has_full_rank,
    limit_solves_the_equations,
    plasticity_is_lost_at_depth_two,
    rank_is_never_lost,
    stable_rank_bound_at_points,
)
from proofs_checks.shin_yun_2026.readings import (
    literally_coupled_unless_diagonal,
    literally_rank_one_iff_coupled,
    rank_one_iff_coupled,
)

__all__ = [
    "coupled_limit_has_full_rank",
    "limit_solves_the_equations",
    "literally_coupled_unless_diagonal",
    "literally_rank_one_iff_coupled",
    "plasticity_is_lost_at_depth_two",
    "rank_is_never_lost",
    "rank_one_iff_coupled",
    "stable_rank_bound_at_points",
]
