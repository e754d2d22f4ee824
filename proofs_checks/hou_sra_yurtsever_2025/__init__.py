"""Hou, Sra & Yurtsever 2025, "Implicit Bias in Matrix Factorization and its Explicit Realization in a New Architecture".

The claims of this paper, as precise statements of our own. Imports verify.
"""

__all__: list[str] = []
