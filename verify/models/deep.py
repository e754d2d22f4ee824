"""Deep matrix factorization ``W = W_L ⋯ W_1`` with a squared loss on observed entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

from verify.arithmetic import ExactMatrix, InputError, Program, ProgramBuilder, exact_matrix
from verify.arithmetic.errors import shown
from verify.arithmetic.exact import add, multiply, negative, transpose
from verify.arithmetic.program import Dimension
from verify.models.measurements import Measurements
from verify.models.model import Model
from verify.models.observations import Observations


class Layered(Model):
    """What deep factorizations ``W_L ⋯ W_1`` have in common, whatever they are compared with."""

    layers: tuple[ExactMatrix, ...]

    @property
    def depth(self) -> int:
        """The number of layers, L."""
        return len(self.layers)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names in the matrix program, W_1 first."""
        return tuple(f"W{k + 1}" for k in range(self.depth))

    @property
    def start(self) -> dict[str, ExactMatrix]:
        """The starting layers by parameter name."""
        return dict(zip(self.names, self.layers, strict=True))

    def product_node(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> int:
        """``W_L ⋯ W_1``."""
        return reduce(lambda behind, layer: build.product(layer, behind), parameters.values())

    def conserved_nodes(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> dict[str, int]:
        """The imbalances ``W_{l+1}ᵀW_{l+1} − W_lW_lᵀ``, l = 1 … L−1 (Arora, Cohen & Hazan 2018, Theorem 1)."""
        layers, nodes = list(parameters.values()), {}
        for l, (lower, upper) in enumerate(pairwise(layers), 1):
            gram = build.product(build.transpose(upper), upper)
            outer = build.product(lower, build.transpose(lower))
            nodes[f"balance{l}"] = build.add(gram, build.scale(Fraction(-1), outer))
        return nodes

    def labelled(self, matrices: Mapping[str, Any]) -> dict[str, Any]:
        """The layers, W_1 first, under the key ``layers``."""
        return {"layers": list(matrices.values())}

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

    def _check(self, model: str) -> None:
        """Refuse what is no such model; make the layers exact."""
        if self.model != model:
            raise InputError("model", f"{shown(self.model)} is not known", f"known models: {model}")
        if not self.layers:
            raise InputError("layers", "there is no layer", "give W_1, or W_1, ..., W_L")
        layers = tuple(exact_matrix(rows, f"layers[{k}]") for k, rows in enumerate(self.layers))
        object.__setattr__(self, "layers", layers)
        shapes = self.shapes
        check_shapes(shapes)
        rows, columns = self.observations.shape
        if (rows, columns) != (shapes[-1][0], shapes[0][1]):
            raise InputError(
                "observed" if isinstance(self.observations, Observations) else "measurements",
                f"belongs to a {rows}x{columns} matrix",
                f"the end-to-end matrix is {shapes[-1][0]}x{shapes[0][1]}",
            )


@dataclass(frozen=True)
class Problem(Layered):
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
        self._check("deep")

    @classmethod
    def of(cls, layers: Sequence[object], observations: Observations) -> Problem:
        """A problem from layers in any exact form (numbers or text)."""
        return cls(tuple(layers), observations)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Sensing(Layered):
    """A deep factorization ``W = W_L ⋯ W_1`` that linear measurements see.

    Attributes
    ----------
    layers
        ``W_1`` first; any depth ≥ 1, any conforming shapes.
    observations
        the loss is ``½ Σ_k (⟨A_k, W⟩ − b_k)²``.

    Raises
    ------
    InputError
        for shapes that do not conform, and numbers that are not exact.
    """

    layers: tuple[ExactMatrix, ...]
    observations: Measurements
    model: str = "sensing"

    def __post_init__(self) -> None:
        self._check("sensing")


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
