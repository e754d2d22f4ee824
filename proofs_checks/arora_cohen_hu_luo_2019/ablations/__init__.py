"""This paper's claims without one of their hypotheses; each module attaches its checks to them. Imports verify."""

from proofs_checks.arora_cohen_hu_luo_2019.ablations import claims, commuting

__all__ = ["claims", "commuting"]
