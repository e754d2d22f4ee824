"""Where to look for counterexamples to this paper's claims; each module attaches its hunts to them. Imports verify."""

from proofs_checks.hou_sra_yurtsever_2025.hunts import fixed_points, flows, spurious, without

__all__ = ["fixed_points", "flows", "spurious", "without"]
