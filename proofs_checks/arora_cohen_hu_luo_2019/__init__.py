"""Arora, Cohen, Hu & Luo 2019, "Implicit Regularization in Deep Matrix Factorization", and its close neighbours.

The claims of this paper, as precise statements of our own. Imports verify.
"""

from proofs_checks.arora_cohen_hu_luo_2019.flow import (
    balancedness_is_conserved,
    descent_drift,
    end_to_end_flow,
    rank_and_sign,
    stacked_rank,
    weight_decay,
)
from proofs_checks.arora_cohen_hu_luo_2019.vectors import (
    aligned_vectors,
    no_potential,
    preconditioner,
    singular_values,
    singular_vectors,
    two_singular_values,
)

__all__ = [
    "aligned_vectors",
    "balancedness_is_conserved",
    "descent_drift",
    "end_to_end_flow",
    "no_potential",
    "preconditioner",
    "rank_and_sign",
    "singular_values",
    "singular_vectors",
    "stacked_rank",
    "two_singular_values",
    "weight_decay",
]
