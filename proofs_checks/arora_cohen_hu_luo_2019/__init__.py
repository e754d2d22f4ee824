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

__all__ = [
    "balancedness_is_conserved",
    "descent_drift",
    "end_to_end_flow",
    "rank_and_sign",
    "stacked_rank",
    "weight_decay",
]
