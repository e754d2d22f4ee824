"""Numbers and matrix programs: exact rationals, balls, conversions, and one source for every arithmetic.

Imports no other room of the house.
"""

from verify.arithmetic.algebras import (
    BallAlgebra,
    EntrywiseAlgebra,
    FloatAlgebra,
    RationalAlgebra,
    SymPyAlgebra,
)
from verify.arithmetic.balls import Ball, BallMatrix, precision
from verify.arithmetic.errors import InputError
from verify.arithmetic.exact import ExactMatrix, exact, exact_matrix
from verify.arithmetic.program import Interpreter, Program, ProgramBuilder, evaluate, gradient, pullback, tangent
from verify.arithmetic.progress import Progress, silent

__all__ = [
    "Ball",
    "BallAlgebra",
    "BallMatrix",
    "EntrywiseAlgebra",
    "ExactMatrix",
    "FloatAlgebra",
    "InputError",
    "Interpreter",
    "Program",
    "ProgramBuilder",
    "Progress",
    "RationalAlgebra",
    "SymPyAlgebra",
    "evaluate",
    "exact",
    "exact_matrix",
    "gradient",
    "precision",
    "pullback",
    "silent",
    "tangent",
]
