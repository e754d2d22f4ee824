"""Hou, Sra & Yurtsever 2025: implicit bias in matrix factorization, and a model that makes it explicit.

The claims of this paper, as precise statements of our own. Imports verify.
"""

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
    no_column_vanishes,
    no_further_invariants,
    parallel_columns,
    weights_stay_positive,
)

__all__ = [
    "balls_of_any_norm",
    "column_invariants",
    "edges_of_the_definition",
    "fixed_iff_stationary",
    "fixed_point_components",
    "fixed_u_steps",
    "literally_no_spurious_fixed_points",
    "no_column_vanishes",
    "no_further_invariants",
    "optimal_fixed_points",
    "parallel_columns",
    "projection_never_acts",
    "same_products",
    "seven_fixed_points",
    "spurious_fixed_points",
    "spurious_local_minima",
    "stationary_products",
    "weights_can_die",
    "weights_stay_positive",
]
