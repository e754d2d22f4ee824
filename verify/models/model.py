"""What every model has in common: exact starting matrices, a matrix program, data, and the sets its parameters keep to.

Engines ask for nothing else, so that a new model is a program and its data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

from verify.arithmetic import EntrywiseAlgebra, ExactMatrix, Program, ProgramBuilder, evaluate, gradient


class Data(Protocol):
    """What the loss compares the product with: :class:`Observations` or :class:`Measurements`."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the product."""

    @property
    def positions(self) -> tuple[tuple[int, int], ...]:
        """The entries of the residual that are compared; all others are zero for every product."""

    @property
    def residual_shape(self) -> tuple[int, int]:
        """Rows and columns of the residual."""

    @property
    def known(self) -> tuple[tuple[int, int, Fraction], ...]:
        """``(row, column, value)`` of the product's entries that a residual of zero determines one by one."""

    def residual(self, build: ProgramBuilder, product: int) -> int:
        """The node of the residual, from that of the product."""

    def to_json(self) -> dict[str, Any]:
        """The keys of a problem file that hold the data."""


class Model(ABC):
    """A start, and the loss ``½‖residual‖²`` of a product of matrices with it.

    The parameters are matrices with names. The flow is ``θ' = −∇loss`` as long as no constraint is active; the
    constraints are balls ``‖θ_name‖_F ≤ radius`` (:attr:`balls`) and ``θ_name ≥ 0`` entrywise (:attr:`nonnegative`),
    and :attr:`step` is the step of the projected gradient iteration.

    Instances are immutable and hashable.
    """

    #: Name of the kind of model in problem files.
    model: str
    #: Step of the projected gradient iteration; None where only the flow is meant.
    step: Fraction | None = None
    #: What the product is compared with.
    observations: Data

    @property
    @abstractmethod
    def start(self) -> dict[str, ExactMatrix]:
        """The starting matrices by parameter name, in the order in which engines line parameters up."""

    @abstractmethod
    def product_node(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> int:
        """The node of the product, from the parameters' nodes."""

    @property
    def balls(self) -> Mapping[str, Fraction]:
        """Radius of the Frobenius ball that a parameter keeps to, by name; others are free."""
        return {}

    @property
    def nonnegative(self) -> tuple[str, ...]:
        """Names of the parameters whose entries keep nonnegative."""
        return ()

    def conserved_nodes(self, build: ProgramBuilder, parameters: Mapping[str, int]) -> dict[str, int]:
        """Nodes of matrices that the flow conserves while no constraint is active, by name."""
        return {}

    def root(
        self, matrices: Mapping[str, Any], square_root: Callable[[Any], Any]
    ) -> tuple[tuple[Any, ...], ...] | None:
        """Rows of a matrix B with product ``BBᵀ``, from the parameters' rows; None where the product has no such form.

        The product's singular values are the squares of B's, and far more accurate when they are taken from B.
        """
        return None

    def labelled(self, matrices: Mapping[str, Any]) -> dict[str, Any]:
        """Matrices by parameter name (rows of entries), under the keys that problem files use."""
        return dict(matrices)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names in the matrix program."""
        return tuple(self.start)

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape of every parameter."""
        return tuple((len(rows), len(rows[0])) for rows in self.start.values())

    @property
    def size(self) -> int:
        """The number of parameters' entries."""
        return sum(rows * columns for rows, columns in self.shapes)

    @cached_property
    def program(self) -> Program:
        """The matrix program: outputs ``residual`` (entries at ``observations.positions``, else 0) and ``product``."""
        build, parameters = self._builder()
        product = self.product_node(build, parameters)
        return build.build(residual=self.observations.residual(build, product), product=product)

    @cached_property
    def gradient(self) -> Program:
        """The matrix program of the loss's gradient: outputs ``"d" + name`` for every parameter, and ``residual``."""
        return gradient(self.program)

    @cached_property
    def conserved(self) -> Program:
        """The matrix program of what the flow conserves while no constraint is active; it may have no output."""
        build, parameters = self._builder()
        return build.build(**self.conserved_nodes(build, parameters))

    def product(self) -> ExactMatrix:
        """The product at the start, exactly."""
        return evaluate(self.program, self.start, EntrywiseAlgebra(Fraction))["product"]

    def _builder(self) -> tuple[ProgramBuilder, dict[str, int]]:
        build = ProgramBuilder()
        shaped = zip(self.names, self.shapes, strict=True)
        return build, {name: build.parameter(name, *shape) for name, shape in shaped}
