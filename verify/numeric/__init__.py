"""Approximate integration of gradient flows, at any precision.

Imports verify.arithmetic and verify.models alone. Nothing here is a proof: bounds are made in verify.rigorous.
"""

from verify.numeric.flow import Flow, integrate

__all__ = ["Flow", "integrate"]
