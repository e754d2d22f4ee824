"""Arora, Cohen, Hu & Luo 2019, "Implicit Regularization in Deep Matrix Factorization", and its close neighbours.

The claims of this paper, as precise statements of our own. Imports verify.
"""

__all__: list[str] = []
