"""Where to look for counterexamples to this paper's claims; each module attaches its hunts to them. Imports verify."""

from proofs_checks.arora_cohen_hu_luo_2019.hunts import commuting, flow, razin_cohen, vectors

__all__ = ["commuting", "flow", "razin_cohen", "vectors"]
