"""Open questions as hunts: tempting bounds that an instance refutes, each with its search. Imports verify."""

from proofs_checks.open_questions.questions import (
    coupled_starts_end_at_low_stable_rank,
    small_starts_end_near_rank_one,
    small_starts_minimize_the_nuclear_norm,
    udu_escapes_spurious_minima,
)

__all__ = [
    "coupled_starts_end_at_low_stable_rank",
    "small_starts_end_near_rank_one",
    "small_starts_minimize_the_nuclear_norm",
    "udu_escapes_spurious_minima",
]
