"""Deep matrix factorization ``W = W_L ⋯ W_1`` with a squared loss on observed entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

from verify.arithmetic import ExactMatrix, InputError, Program, ProgramBuilder, exact_matrix, gradient
from verify.arithmetic.errors import shown
from verify.arithmetic.exact import add, multiply, negative, transpose
from verify.arithmetic.program import Dimension
from verify.models.observations import Observations


@dataclass(frozen=True)
class Problem:
    """A gradient flow to study: exact starting layers and observed entries.

    Attributes
    ----------
    layers
        ``W_1`` first, so that the end-to-end matrix is ``W_L ⋯ W_1``; any depth ≥ 1, any conforming shapes.
    observations
        the observed entries; the loss is ``½ Σ (w_ij − y_ij)²`` over them, the flow ``W_l' = −∂loss/∂W_l``.

    Raises
    ------
    InputError
        for shapes that do not conform, and numbers that are not exact.
    """

    layers: tuple[ExactMatrix, ...]
    observations: Observations
    model: str = "deep"

    def __post_init__(self) -> None:
        if self.model != "deep":
            raise InputError("model", f"{shown(self.model)} is not known", "known models: deep")
        if not self.layers:
            raise InputError("layers", "there is no layer", "give W_1, or W_1, ..., W_L")
        layers = tuple(exact_matrix(rows, f"layers[{k}]") for k, rows in enumerate(self.layers))
        object.__setattr__(self, "layers", layers)
        shapes = self.shapes
        check_shapes(shapes)
        if self.observations.shape != (shapes[-1][0], shapes[0][1]):
            raise InputError(
                "observed",
                f"belongs to a {self.observations.rows}x{self.observations.columns} matrix",
                f"the end-to-end matrix is {shapes[-1][0]}x{shapes[0][1]}",
            )

    @classmethod
    def of(cls, layers: Sequence[object], observations: Observations) -> Problem:
        """A problem from layers in any exact form (numbers or text)."""
        return cls(tuple(layers), observations)  # type: ignore[arg-type]

    @property
    def depth(self) -> int:
        """The number of layers, L."""
        return len(self.layers)

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape of every layer, W_1 first."""
        return tuple((len(layer), len(layer[0])) for layer in self.layers)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names in the matrix program, W_1 first."""
        return tuple(f"W{k + 1}" for k in range(self.depth))

    @property
    def start(self) -> dict[str, ExactMatrix]:
        """The starting layers by parameter name."""
        return dict(zip(self.names, self.layers, strict=True))

    @cached_property
    def program(self) -> Program:
        """The matrix program: outputs ``residual`` (observed entries less values, else 0) and ``product``."""
        return deep_program(self.shapes, self.observations)

    @cached_property
    def gradient(self) -> Program:
        """The matrix program of the gradient: outputs ``dW1 … dWL`` and ``residual``."""
        return gradient(self.program)

    def product(self) -> ExactMatrix:
        """The end-to-end matrix at the start, exactly."""
        return reduce(lambda behind, layer: multiply(layer, behind), self.layers)

    def imbalance(self) -> tuple[ExactMatrix, ...]:
        """``W_{l+1}ᵀW_{l+1} − W_lW_lᵀ`` for l = 1 … L−1 at the start, exactly; conserved by the flow."""
        return tuple(
            add(multiply(transpose(upper), upper), negative(multiply(lower, transpose(lower))))
            for lower, upper in zip(self.layers, self.layers[1:], strict=False)
        )

    @property
    def balanced(self) -> bool:
        """Whether the start is balanced: every imbalance is exactly zero."""
        return all(x == 0 for matrix in self.imbalance() for row in matrix for x in row)


def check_shapes(shapes: Sequence[tuple[int, int]]) -> None:
    """Refuse layers of these shapes, W_1 first, with an :class:`InputError` if their product does not exist."""
    for k in range(1, len(shapes)):
        if shapes[k][1] != shapes[k - 1][0]:
            (a, b), (c, d) = shapes[k], shapes[k - 1]
            raise InputError(
                f"layers[{k}]",
                f"W_{k + 1} is {a}x{b} and W_{k} is {c}x{d}, so the product does not exist",
                f"W_{k + 1} needs {c} columns (layers are listed W_1 first)",
            )


def deep_program(shapes: Sequence[tuple[int, int]], observations: Observations) -> Program:
    """The matrix program of a deep factorization with layers of these shapes, W_1 first."""
    return factorization_program(shapes, observations.mask, negative(observations.values))


def factorization_program(
    shapes: Sequence[tuple[Dimension, Dimension]],
    mask: tuple[tuple[int, ...], ...] | str,
    offset: ExactMatrix | str,
) -> Program:
    """``residual = mask ∘ (W_L ⋯ W_1) + offset`` and ``product = W_L ⋯ W_1``, with parameters ``W1 … WL``.

    Dimensions may be symbols, and mask and offset names, for derivations that hold in all dimensions.
    """
    build = ProgramBuilder()
    layers = [build.parameter(f"W{k + 1}", *shape) for k, shape in enumerate(shapes)]
    product = reduce(lambda behind, layer: build.product(layer, behind), layers)
    named = (shapes[-1][0], shapes[0][1]) if isinstance(offset, str) else None
    residual = build.add(build.mask(mask, product), build.constant(offset, named))
    return build.build(residual=residual, product=product)
