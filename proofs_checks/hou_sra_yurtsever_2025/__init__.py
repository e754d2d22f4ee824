"""Hou, Sra & Yurtsever 2025: implicit bias in matrix factorization, and a model that makes it explicit.

The claims of this paper, as precise statements of our own. Imports verify.
"""

from proofs_checks.hou_sra_yurtsever_2025 import ablations, hunts  # noqa: F401 - in this order, hunts build on ablations
from proofs_checks.hou_sra_yurtsever_2025.enumeration import (
    fixed_point_components,
    seven_fixed_points,
    stationary_products,
)
from proofs_checks.hou_sra_yurtsever_2025.fixed_points import (
    balls_of_any_norm,
    edges_of_the_definition,
    fixed_iff_stationary,
    fixed_u_steps,
    literally_no_spurious_fixed_points,
    optimal_fixed_points,
    projection_never_acts,
    same_products,
    spurious_fixed_points,
    spurious_local_minima,
    weights_can_die,
)
from proofs_checks.hou_sra_yurtsever_2025.flows import (
    column_invariants,
    flow_descends,
    no_column_vanishes,
    no_further_invariants,
    parallel_columns,
    weights_stay_positive,
)
from proofs_checks.hou_sra_yurtsever_2025.low_rank import (
    exponents_matter,
    float64_false_fixed_point,
    full_rank_at_every_step,
    literally_truly_low_rank,
    scale_covariance,
    tail_against_burer_monteiro,
    tail_at_two_precisions,
    tail_needs_the_ball,
)

__all__ = [
    "balls_of_any_norm",
    "column_invariants",
    "edges_of_the_definition",
    "exponents_matter",
    "fixed_iff_stationary",
    "fixed_point_components",
    "fixed_u_steps",
    "float64_false_fixed_point",
    "flow_descends",
    "full_rank_at_every_step",
    "literally_no_spurious_fixed_points",
    "literally_truly_low_rank",
    "no_column_vanishes",
    "no_further_invariants",
    "optimal_fixed_points",
    "parallel_columns",
    "projection_never_acts",
    "same_products",
    "scale_covariance",
    "seven_fixed_points",
    "spurious_fixed_points",
    "spurious_local_minima",
    "stationary_products",
    "tail_against_burer_monteiro",
    "tail_at_two_precisions",
    "tail_needs_the_ball",
    "weights_can_die",
    "weights_stay_positive",
]
