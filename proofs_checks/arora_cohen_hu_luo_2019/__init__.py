"""Arora, Cohen, Hu & Luo 2019, "Implicit Regularization in Deep Matrix Factorization", and its close neighbours.

The claims of this paper, as precise statements of our own. Imports verify.
"""

from proofs_checks.arora_cohen_hu_luo_2019 import ablations, hunts  # noqa: F401 - in this order, hunts build on ablations
from proofs_checks.arora_cohen_hu_luo_2019.commuting import (
    commuting_limit,
    depth_breaks_ties,
    exponential_form,
    minimal_trace_is_not_low_rank,
    negative_eigenvalues_are_not_learned,
    schatten_quasi_norms_are_not_minimized,
    trace_gap_at_finite_scale,
    trace_is_minimized_at_small_scale,
)
from proofs_checks.arora_cohen_hu_luo_2019.completion import (
    depth_three_prefers_low_rank,
    disconnected_observations,
    literally_nuclear_norm_at_small_scale,
    nuclear_norm_of_the_four_by_four,
    scalar_closed_forms,
    singular_values_cross,
    unobserved_entry_along_a_flow,
)
from proofs_checks.arora_cohen_hu_luo_2019.flow import (
    balancedness_is_conserved,
    descent_drift,
    end_to_end_flow,
    global_existence,
    rank_and_sign,
    stacked_rank,
    weight_decay,
)
from proofs_checks.arora_cohen_hu_luo_2019.razin_cohen import (
    best_bound,
    near_rank_one,
    unobserved_entry_is_large,
)
from proofs_checks.arora_cohen_hu_luo_2019.vectors import (
    aligned_vectors,
    no_potential,
    no_potential_for_matrices,
    preconditioner,
    singular_values,
    singular_vectors,
    two_singular_values,
)

__all__ = [
    "aligned_vectors",
    "balancedness_is_conserved",
    "best_bound",
    "commuting_limit",
    "depth_breaks_ties",
    "depth_three_prefers_low_rank",
    "descent_drift",
    "disconnected_observations",
    "end_to_end_flow",
    "exponential_form",
    "global_existence",
    "literally_nuclear_norm_at_small_scale",
    "minimal_trace_is_not_low_rank",
    "near_rank_one",
    "negative_eigenvalues_are_not_learned",
    "no_potential",
    "no_potential_for_matrices",
    "nuclear_norm_of_the_four_by_four",
    "preconditioner",
    "rank_and_sign",
    "scalar_closed_forms",
    "schatten_quasi_norms_are_not_minimized",
    "singular_values",
    "singular_values_cross",
    "singular_vectors",
    "stacked_rank",
    "trace_gap_at_finite_scale",
    "trace_is_minimized_at_small_scale",
    "two_singular_values",
    "unobserved_entry_along_a_flow",
    "unobserved_entry_is_large",
    "weight_decay",
]
