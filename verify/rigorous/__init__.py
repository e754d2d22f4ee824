"""Enclosures: ball arithmetic decides about a concrete start, or a whole ball of starts, ``t → ∞`` included.

Imports verify.symbolic, verify.numeric, verify.models and verify.arithmetic.
"""

from verify.rigorous.family import FamilyLimit, coupling_constant, enclose_family_limit
from verify.rigorous.limit import Certificate, Limit, certify_limit
from verify.rigorous.spectrum import Spectrum, spectrum
from verify.rigorous.tube import FlowEnclosure, Tube, TubeError, enclose_flow

__all__ = [
    "Certificate",
    "FamilyLimit",
    "FlowEnclosure",
    "Limit",
    "Spectrum",
    "Tube",
    "TubeError",
    "certify_limit",
    "coupling_constant",
    "enclose_family_limit",
    "enclose_flow",
    "spectrum",
]
