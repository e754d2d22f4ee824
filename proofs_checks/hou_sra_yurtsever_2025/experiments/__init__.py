"""The paper's experiments at a size that runs on one machine: ``verify experiment NAME``. Imports verify."""

from proofs_checks.hou_sra_yurtsever_2025.experiments.completion import completion
from proofs_checks.hou_sra_yurtsever_2025.experiments.network import network
from proofs_checks.hou_sra_yurtsever_2025.experiments.ptychography import ptychography
from proofs_checks.hou_sra_yurtsever_2025.experiments.scale_scan import scale_scan

__all__ = ["completion", "network", "ptychography", "scale_scan"]
