"""Interpreters of matrix programs: one algebra of matrices per kind of number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from verify.arithmetic.exact import ExactMatrix

if TYPE_CHECKING:
    import numpy as np
    from flint import arb, arb_mat, fmpq_mat
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

E = TypeVar("E")
#: Rows of entries of any ring.
Rows = tuple[tuple[E, ...], ...]
Mask = tuple[tuple[int, ...], ...] | str


class EntrywiseAlgebra(Generic[E]):
    """Matrices as rows of the elements of any ring that Python's ``+`` and ``*`` serve.

    Good for fractions, mpmath numbers, ball polynomials, polynomials and SymPy expressions alike.

    Parameters
    ----------
    convert
        the ring's element for a rational number.
    """

    def __init__(self, convert: Callable[[Fraction], E]) -> None:
        self._convert = convert
        self._zero = convert(Fraction(0))

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> Rows[E]:
        if isinstance(value, str):
            raise ValueError(f"no entries are known for the named constant {value}")
        return tuple(tuple(self._convert(x) if x else self._zero for x in row) for row in value)

    def product(self, left: Rows[E], right: Rows[E]) -> Rows[E]:
        columns = list(zip(*right, strict=True))
        return tuple(tuple(self._dot(row, column) for column in columns) for row in left)

    def _dot(self, row: Sequence[Any], column: Sequence[Any]) -> E:
        total: Any = self._zero
        for x, y in zip(row, column, strict=True):
            if x is not self._zero and y is not self._zero:  # masked entries cost nothing
                total = x * y if total is self._zero else total + x * y
        return total  # type: ignore[no-any-return]

    def transpose(self, of: Rows[E]) -> Rows[E]:
        return tuple(zip(*of, strict=True))

    def add(self, left: Rows[Any], right: Rows[Any]) -> Rows[E]:
        return tuple(tuple(x + y for x, y in zip(a, b, strict=True)) for a, b in zip(left, right, strict=True))

    def scale(self, factor: Fraction, of: Rows[Any]) -> Rows[E]:
        number = self._convert(factor)
        return tuple(tuple(number * x for x in row) for row in of)

    def mask(self, mask: Mask, of: Rows[E]) -> Rows[E]:
        if isinstance(mask, str):
            raise ValueError(f"no entries are known for the named mask {mask}")
        return tuple(
            tuple(x if keep else self._zero for x, keep in zip(row, keeps, strict=True))
            for row, keeps in zip(of, mask, strict=True)
        )

    def diagonal(self, of: Rows[E]) -> Rows[E]:
        return tuple(tuple(x if i == j else self._zero for j, x in enumerate(row)) for i, row in enumerate(of))


class RationalAlgebra:
    """Exact rational matrices, as python-flint's ``fmpq_mat``."""

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> fmpq_mat:
        from verify.arithmetic.convert import to_fmpq_mat

        return to_fmpq_mat(_known(value))

    def product(self, left: fmpq_mat, right: fmpq_mat) -> fmpq_mat:
        return left * right

    def transpose(self, of: fmpq_mat) -> fmpq_mat:
        return of.transpose()

    def add(self, left: fmpq_mat, right: fmpq_mat) -> fmpq_mat:
        return left + right

    def scale(self, factor: Fraction, of: fmpq_mat) -> fmpq_mat:
        from verify.arithmetic.convert import to_fmpq

        return of * to_fmpq(factor)

    def mask(self, mask: Mask, of: fmpq_mat) -> fmpq_mat:
        from flint import fmpq_mat

        keeps = [k for row in _known(mask) for k in row]
        return fmpq_mat(of.nrows(), of.ncols(), [x if k else 0 for x, k in zip(of.entries(), keeps, strict=True)])

    def diagonal(self, of: fmpq_mat) -> fmpq_mat:
        return self.mask(_diagonal_mask(of.nrows(), of.ncols()), of)


class BallAlgebra:
    """Matrices of balls (python-flint's ``arb_mat``), at the precision in force. Every operation encloses."""

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> arb_mat:
        from verify.arithmetic.convert import to_arb_mat

        return to_arb_mat(_known(value))

    def product(self, left: arb_mat, right: arb_mat) -> arb_mat:
        return left * right

    def transpose(self, of: arb_mat) -> arb_mat:
        return of.transpose()

    def add(self, left: arb_mat, right: arb_mat) -> arb_mat:
        return left + right

    def scale(self, factor: Fraction, of: arb_mat) -> arb_mat:
        from verify.arithmetic.convert import to_arb

        return of * to_arb(factor)

    def mask(self, mask: Mask, of: arb_mat) -> arb_mat:
        from flint import arb, arb_mat

        nothing: arb = arb(0)
        keeps = [k for row in _known(mask) for k in row]
        return arb_mat(of.nrows(), of.ncols(), [x if k else nothing for x, k in zip(of.entries(), keeps, strict=True)])

    def diagonal(self, of: arb_mat) -> arb_mat:
        return self.mask(_diagonal_mask(of.nrows(), of.ncols()), of)


class FloatAlgebra:
    """NumPy arrays of shape ``(batch…, rows, columns)``: thousands at once, and no guarantee.

    Parameters
    ----------
    kind
        of floating-point number; float64 if None.
    """

    def __init__(self, kind: np.dtype[Any] | None = None) -> None:
        self._kind = kind

    def number(self, value: Fraction) -> Any:
        """The number of this kind for a rational: the nearest float64, or of a wider kind two numbers' quotient."""
        import numpy as np

        kind = np.dtype(np.float64) if self._kind is None else self._kind
        if kind == np.float64:
            return np.float64(float(value))
        return kind.type(str(value.numerator)) / kind.type(str(value.denominator))

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> FloatArray:
        import numpy as np

        return np.array([[self.number(x) for x in row] for row in _known(value)])

    def product(self, left: FloatArray, right: FloatArray) -> FloatArray:
        return left @ right

    def transpose(self, of: FloatArray) -> FloatArray:
        return of.swapaxes(-1, -2)

    def add(self, left: FloatArray, right: FloatArray) -> FloatArray:
        return left + right

    def scale(self, factor: Fraction, of: FloatArray) -> FloatArray:
        scaled: FloatArray = self.number(factor) * of
        return scaled

    def mask(self, mask: Mask, of: FloatArray) -> FloatArray:
        import numpy as np

        # not a product: an entry that overflowed and is masked out gives 0, not NaN
        return np.where(np.array(_known(mask), dtype=bool), of, of.dtype.type(0))

    def diagonal(self, of: FloatArray) -> FloatArray:
        return self.mask(_diagonal_mask(of.shape[-2], of.shape[-1]), of)


class SymPyAlgebra:
    """SymPy matrices: explicit ones, or expressions in ``MatrixSymbol`` of symbolic dimensions.

    Parameters
    ----------
    names
        matrices for the program's named constants and masks, by name.
    """

    def __init__(self, names: Mapping[str, Any] | None = None) -> None:
        self._names = dict(names or {})

    def constant(self, value: ExactMatrix | str, shape: tuple[Any, Any]) -> Any:
        if isinstance(value, str):
            return self._names[value]
        from sympy import ImmutableMatrix

        from verify.arithmetic.convert import to_sympy

        return ImmutableMatrix([[to_sympy(x) for x in row] for row in value])

    def product(self, left: Any, right: Any) -> Any:
        return left * right

    def transpose(self, of: Any) -> Any:
        return of.T

    def add(self, left: Any, right: Any) -> Any:
        return left + right

    def scale(self, factor: Fraction, of: Any) -> Any:
        from verify.arithmetic.convert import to_sympy

        return to_sympy(factor) * of

    def mask(self, mask: Mask, of: Any) -> Any:
        from sympy import ImmutableMatrix
        from sympy.matrices.expressions.hadamard import HadamardProduct

        if isinstance(mask, str):
            return HadamardProduct(self._names[mask], of)
        return ImmutableMatrix(of).multiply_elementwise(ImmutableMatrix(mask))

    def diagonal(self, of: Any) -> Any:
        return self.mask(_diagonal_mask(*of.shape), of)


def _known(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(f"no numbers are known for the named matrix {value}")
    return value


def _diagonal_mask(rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(i == j) for j in range(columns)) for i in range(rows))
