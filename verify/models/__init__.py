"""What flows: observed entries, factorizations, starts, problem files.

Imports verify.arithmetic alone.
"""

from verify.models.deep import Problem, deep_program, factorization_program
from verify.models.family import symmetric_family, symmetric_layer
from verify.models.files import dump_problem, load_problem, read_json
from verify.models.observations import Observations
from verify.models.starts import balanced_layers, cayley, diagonal, rotation

__all__ = [
    "Observations",
    "Problem",
    "balanced_layers",
    "cayley",
    "deep_program",
    "diagonal",
    "dump_problem",
    "factorization_program",
    "load_problem",
    "read_json",
    "rotation",
    "symmetric_family",
    "symmetric_layer",
]
