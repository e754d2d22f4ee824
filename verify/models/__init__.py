"""What flows: observed entries, factorizations, starts, problem files.

Imports verify.arithmetic alone.
"""

from verify.models.deep import Problem, Sensing, deep_program, factorization_program
from verify.models.factored import UDU, UDV, BurerMonteiro
from verify.models.family import symmetric_family, symmetric_layer
from verify.models.files import dump_problem, load_model, load_problem, read_json
from verify.models.measurements import Measurements
from verify.models.model import Data, Model
from verify.models.observations import Observations
from verify.models.starts import balanced_layers, cayley, diagonal, rotation

__all__ = [
    "UDU",
    "UDV",
    "BurerMonteiro",
    "Data",
    "Measurements",
    "Model",
    "Observations",
    "Problem",
    "Sensing",
    "balanced_layers",
    "cayley",
    "deep_program",
    "diagonal",
    "dump_problem",
    "factorization_program",
    "load_model",
    "load_problem",
    "read_json",
    "rotation",
    "symmetric_family",
    "symmetric_layer",
]
