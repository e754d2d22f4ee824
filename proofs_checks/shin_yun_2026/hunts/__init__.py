"""Where to look for counterexamples to this paper's claims; each module attaches its hunts to them. Imports verify."""

from proofs_checks.shin_yun_2026.hunts import asymptotics, coupling, family, flows, neighbours, without

__all__ = ["asymptotics", "coupling", "family", "flows", "neighbours", "without"]
