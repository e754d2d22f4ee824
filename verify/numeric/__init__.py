"""Approximate integration of gradient flows: one at any precision, or thousands at a time in float64.

Imports verify.arithmetic and verify.models alone. Nothing here is a proof: bounds are made in verify.rigorous.
"""

from verify.numeric.batch import BatchFlow, Status, integrate_batch
from verify.numeric.flow import Flow, NotReachedError, Trajectory, follow, integrate

__all__ = [
    "BatchFlow",
    "Flow",
    "NotReachedError",
    "Status",
    "Trajectory",
    "follow",
    "integrate",
    "integrate_batch",
]
