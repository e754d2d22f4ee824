"""This paper's claims without one of their hypotheses; each module attaches its checks to them. Imports verify."""

from proofs_checks.shin_yun_2026.ablations import family, starts

__all__ = ["family", "starts"]
