"""Matrix programs: a model written once, for every arithmetic.

A *matrix program* is a graph whose nodes are matrices: parameters, constants, and what is made of them by
product, transpose, sum, scaling, masking (Hadamard product with a 0/1 matrix) and taking the diagonal part.
Its loss is ``½‖R‖_F²`` with ``R`` its output, the residual. The gradient (an adjoint sweep), pullbacks of
single residual entries and directional derivatives are again matrix programs, so that whatever arithmetic
interprets a program interprets these too: what SymPy derives is what the integrators integrate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any, Generic, Protocol, TypeVar

from verify.arithmetic.exact import ExactMatrix, exact, exact_matrix, zeros

#: A number of rows or columns: an integer, or a symbol (compared by ``==``) for statements in all dimensions.
Dimension = Any
M = TypeVar("M")


class Op(Enum):
    """What a node does."""

    PARAMETER = "parameter"
    CONSTANT = "constant"
    PRODUCT = "product"
    TRANSPOSE = "transpose"
    SUM = "sum"
    SCALE = "scale"
    MASK = "mask"
    DIAGONAL = "diagonal"


@dataclass(frozen=True, slots=True)
class Node:
    """One matrix of the graph.

    `payload` is the name (parameter), the exact matrix or a name for it (constant), the factor (scale), the
    0/1 matrix or a name for it (mask). Names stand for data that only the interpreter knows, such as a
    symbolic matrix.
    """

    op: Op
    arguments: tuple[int, ...]
    shape: tuple[Dimension, Dimension]
    payload: Any = None


@dataclass(frozen=True)
class Program:
    """Nodes in an order in which each comes after its arguments, and the named nodes that are the result."""

    nodes: tuple[Node, ...]
    outputs: Mapping[str, int]

    @property
    def parameters(self) -> dict[str, int]:
        """Node of each parameter, by name, in the order of their making."""
        return {node.payload: i for i, node in enumerate(self.nodes) if node.op is Op.PARAMETER}

    def shape(self, name: str) -> tuple[Dimension, Dimension]:
        """Shape of the parameter or output of that name."""
        index = self.outputs[name] if name in self.outputs else self.parameters[name]
        return self.nodes[index].shape


@dataclass
class ProgramBuilder:
    """Grows a program; equal nodes are made once.

    Every method returns the node's number. `None` among the arguments of :meth:`add` stands for the zero
    matrix.
    """

    nodes: list[Node] = field(default_factory=list)
    _known: dict[Node, int] = field(default_factory=dict)

    @classmethod
    def continuing(cls, program: Program) -> ProgramBuilder:
        """A builder that holds the nodes of `program` already, under their numbers."""
        return cls(list(program.nodes), {node: i for i, node in enumerate(program.nodes)})

    def _make(self, op: Op, arguments: tuple[int, ...], shape: tuple[Dimension, Dimension], payload: Any = None) -> int:
        node = Node(op, arguments, shape, payload)
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def copy(self, node: Node, arguments: tuple[int, ...]) -> int:
        """A node like that of another program, with arguments of this one."""
        return self._make(node.op, arguments, node.shape, node.payload)

    def parameter(self, name: str, rows: Dimension, columns: Dimension) -> int:
        """A matrix that flows."""
        if any(n.op is Op.PARAMETER and n.payload == name and n.shape != (rows, columns) for n in self.nodes):
            raise ValueError(f"there is a parameter {name} of another shape")
        return self._make(Op.PARAMETER, (), (rows, columns), name)

    def constant(self, value: ExactMatrix | str, shape: tuple[Dimension, Dimension] | None = None) -> int:
        """A matrix that does not flow: exact, or (with its `shape`) a name known to the interpreter."""
        if isinstance(value, str):
            if shape is None:
                raise ValueError(f"the named constant {value} needs a shape")
            return self._make(Op.CONSTANT, (), shape, value)
        matrix = exact_matrix(value, "constant")
        own = (len(matrix), len(matrix[0]))
        if shape not in (None, own):
            raise ValueError(f"a constant of shape {own} is not of shape {shape}")
        return self._make(Op.CONSTANT, (), own, matrix)

    def product(self, left: int, right: int) -> int:
        """``left @ right``."""
        a, b = self.nodes[left].shape, self.nodes[right].shape
        if a[1] != b[0]:
            raise ValueError(f"shapes {a} and {b} do not conform")
        return self._make(Op.PRODUCT, (left, right), (a[0], b[1]))

    def transpose(self, of: int) -> int:
        """The transpose; transposing twice gives the node itself."""
        node = self.nodes[of]
        if node.op is Op.TRANSPOSE:
            return node.arguments[0]
        return self._make(Op.TRANSPOSE, (of,), (node.shape[1], node.shape[0]))

    def add(self, left: int | None, right: int | None) -> int:
        """``left + right``."""
        if left is None or right is None:
            present = left if right is None else right
            if present is None:
                raise ValueError("a sum of nothing has no shape")
            return present
        a, b = self.nodes[left].shape, self.nodes[right].shape
        if a != b:
            raise ValueError(f"shapes {a} and {b} differ")
        return self._make(Op.SUM, (left, right), a)

    def scale(self, factor: Fraction, of: int) -> int:
        """``factor * of``."""
        number = exact(factor, "scale factor")
        return of if number == 1 else self._make(Op.SCALE, (of,), self.nodes[of].shape, number)

    def zero(self, like: int) -> int:
        """The zero matrix of the shape of the node `like`."""
        rows, columns = self.nodes[like].shape
        if isinstance(rows, int) and isinstance(columns, int):
            return self.constant(zeros(rows, columns))
        return self.scale(Fraction(0), like)  # symbolic dimensions: there are no entries to write down

    def mask(self, mask: tuple[tuple[int, ...], ...] | str, of: int) -> int:
        """Entries of `of` where `mask` is 1, zero elsewhere."""
        shape = self.nodes[of].shape
        if not isinstance(mask, str):
            if (len(mask), len(mask[0])) != shape:
                raise ValueError(f"a mask of shape {(len(mask), len(mask[0]))} on a matrix of shape {shape}")
            if any(k not in (0, 1) for row in mask for k in row):
                raise ValueError("a mask holds 0 and 1 alone")
        return self._make(Op.MASK, (of,), shape, mask)

    def diagonal(self, of: int) -> int:
        """The diagonal of `of`, zero elsewhere."""
        return self._make(Op.DIAGONAL, (of,), self.nodes[of].shape)

    def build(self, **outputs: int) -> Program:
        """The program with these outputs."""
        return Program(tuple(self.nodes), outputs)


def pullback(program: Program, output: str, *, seed: str | None = None) -> Program:
    """The adjoint of ``θ ↦ output(θ)``, applied to a seed.

    Outputs: ``"d" + name`` for every parameter, the matrix ``Jᵀ seed`` restricted to it. The seed is a new
    parameter of that name (shape of the output); without one it is the output itself, which makes the result
    the gradient of ``½‖output‖_F²``, and the output is kept among the results.

    *Algorithm.* One sweep from the output to the parameters, with ``Ā`` the derivative by node ``A``: ``C =
    AB`` gives ``Ā += C̄Bᵀ, B̄ += AᵀC̄``; transpose, sum, scaling, mask and diagonal part are linear, and each
    is its own adjoint (a sum hands ``C̄`` to both of its terms).

    Raises
    ------
    ValueError
        when the seed's name is already a parameter's.
    """
    if seed in program.parameters:
        raise ValueError(f"{seed} is a parameter of the program: name the seed otherwise")
    build = ProgramBuilder.continuing(program)
    target = program.outputs[output]
    adjoint: dict[int, int] = {target: target if seed is None else build.parameter(seed, *program.nodes[target].shape)}
    flows = _flowing(program)
    for index in range(target, -1, -1):
        if index not in adjoint:
            continue
        node, bar = program.nodes[index], adjoint[index]
        contributions: list[int] = []
        match node.op:
            case Op.PRODUCT:
                left, right = node.arguments
                contributions = [
                    build.product(bar, build.transpose(right)),
                    build.product(build.transpose(left), bar),
                ]
            case Op.TRANSPOSE:
                contributions = [build.transpose(bar)]
            case Op.SUM:
                contributions = [bar, bar]
            case Op.SCALE:
                contributions = [build.scale(node.payload, bar)]
            case Op.MASK:
                contributions = [build.mask(node.payload, bar)]
            case Op.DIAGONAL:
                contributions = [build.diagonal(bar)]
        for argument, contribution in zip(node.arguments, contributions, strict=True):
            if flows[argument]:
                adjoint[argument] = build.add(adjoint.get(argument), contribution)
    gradients = {}
    for name, index in program.parameters.items():
        if index not in adjoint:  # the output does not depend on this parameter
            adjoint[index] = build.zero(index)
        gradients["d" + name] = adjoint[index]
    return prune(build.build(**gradients, **({output: target} if seed is None else {})))


def gradient(program: Program, output: str = "residual") -> Program:
    """The gradient of ``½‖output‖_F²``: outputs ``"d" + name`` for every parameter, and `output` itself."""
    return pullback(program, output)


def tangent(program: Program, prefix: str = "t") -> Program:
    """The derivative of every output in a direction.

    The direction is given by new parameters ``prefix + name`` of the parameters' shapes; the outputs are
    named ``prefix + output``. Applied to :func:`gradient` it is the Hessian–vector product. For a second
    derivative take another prefix.

    Raises
    ------
    ValueError
        when a direction's name is already a parameter's.
    """
    if taken := [name for name in program.parameters if prefix + name in program.parameters]:
        raise ValueError(f"{prefix + taken[0]} is a parameter of the program: choose another prefix")
    build = ProgramBuilder.continuing(program)
    moved: dict[int, int | None] = {}
    for index, node in enumerate(program.nodes):
        arguments = [moved[i] for i in node.arguments]
        moved[index] = None
        match node.op:
            case Op.PARAMETER:
                moved[index] = build.parameter(prefix + node.payload, *node.shape)
            case Op.PRODUCT:
                (left, right), (dleft, dright) = node.arguments, arguments
                terms = [] if dleft is None else [build.product(dleft, right)]
                terms += [] if dright is None else [build.product(left, dright)]
                for term in terms:
                    moved[index] = build.add(moved[index], term)
            case Op.SUM:
                if any(a is not None for a in arguments):
                    moved[index] = build.add(*arguments)
            case Op.CONSTANT:
                pass
            case _:
                if arguments[0] is not None:
                    moved[index] = _linear(build, node, arguments[0])
    outputs = {}
    for name, index in program.outputs.items():
        image = moved[index]
        if image is None:
            image = build.zero(index)
        outputs[prefix + name] = image
    return prune(build.build(**outputs))


def prune(program: Program) -> Program:
    """The same program without nodes that no output needs; every parameter stays."""
    needed = set(program.outputs.values()) | set(program.parameters.values())
    for index in range(len(program.nodes) - 1, -1, -1):
        if index in needed:
            needed.update(program.nodes[index].arguments)
    number = {old: new for new, old in enumerate(sorted(needed))}
    nodes = tuple(
        Node(node.op, tuple(number[a] for a in node.arguments), node.shape, node.payload)
        for index, node in enumerate(program.nodes)
        if index in needed
    )
    return Program(nodes, {name: number[index] for name, index in program.outputs.items()})


def degree(program: Program, output: str) -> int:
    """An upper bound of the degree, in the parameters' entries, of the polynomials that an output is made of."""
    degrees: list[int] = []
    for node in program.nodes:
        below = [degrees[i] for i in node.arguments]
        degrees.append(int(node.op is Op.PARAMETER) + (sum(below) if node.op is Op.PRODUCT else max(below, default=0)))
    return degrees[program.outputs[output]]


def joined(*programs: Program) -> Program:
    """One program with the outputs of all (the last one's where names agree); what they have in common is made once."""
    build, outputs = ProgramBuilder(), {}
    for program in programs:
        number: list[int] = []
        for node in program.nodes:
            number.append(build.copy(node, tuple(number[a] for a in node.arguments)))
        outputs.update({name: number[index] for name, index in program.outputs.items()})
    return build.build(**outputs)


class Algebra(Protocol[M]):
    """Matrices of one kind of number: what it takes to interpret a program."""

    def constant(self, value: ExactMatrix | str, shape: tuple[Dimension, Dimension]) -> M: ...
    def product(self, left: M, right: M) -> M: ...
    def transpose(self, of: M) -> M: ...
    def add(self, left: M, right: M) -> M: ...
    def scale(self, factor: Fraction, of: M) -> M: ...
    def mask(self, mask: tuple[tuple[int, ...], ...] | str, of: M) -> M: ...
    def diagonal(self, of: M) -> M: ...


class Interpreter(Generic[M]):
    """A program over one algebra, for many evaluations: what depends on no parameter is made once.

    An algebra whose numbers depend on a precision in force must be called at the precision at which this was made.
    """

    def __init__(self, program: Program, algebra: Algebra[M]) -> None:
        flows = _flowing(program)
        self._parameters, self._outputs = program.parameters, dict(program.outputs)
        self._fixed: list[M | None] = [None] * len(program.nodes)
        self._steps: list[tuple[int, Callable[..., M], tuple[int, ...]]] = []
        for index, node in enumerate(program.nodes):
            if node.op is Op.PARAMETER:
                continue
            operation = _operation(node, algebra)
            if flows[index]:
                self._steps.append((index, operation, node.arguments))
            else:
                self._fixed[index] = operation(*(self._fixed[i] for i in node.arguments))

    def __call__(self, values: Mapping[str, M]) -> dict[str, M]:
        """The outputs at the given parameter values."""
        results: list[Any] = self._fixed.copy()
        for name, index in self._parameters.items():
            results[index] = values[name]
        for index, operation, arguments in self._steps:
            results[index] = operation(*[results[i] for i in arguments])
        return {name: results[index] for name, index in self._outputs.items()}


def _operation(node: Node, algebra: Algebra[M]) -> Callable[..., M]:
    """What a node does to its arguments."""
    match node.op:
        case Op.CONSTANT:
            return lambda: algebra.constant(node.payload, node.shape)
        case Op.PRODUCT:
            return algebra.product
        case Op.TRANSPOSE:
            return algebra.transpose
        case Op.SUM:
            return algebra.add
        case Op.SCALE:
            return lambda of: algebra.scale(node.payload, of)
        case Op.MASK:
            return lambda of: algebra.mask(node.payload, of)
        case Op.DIAGONAL:
            return algebra.diagonal
    raise ValueError(f"{node.op} is no operation")


def evaluate(program: Program, values: Mapping[str, M], algebra: Algebra[M]) -> dict[str, M]:
    """The outputs of `program` at the given parameter values."""
    return Interpreter(program, algebra)(values)


def _flowing(program: Program) -> list[bool]:
    """For every node, whether it depends on a parameter."""
    flows: list[bool] = []
    for node in program.nodes:
        flows.append(node.op is Op.PARAMETER or any(flows[a] for a in node.arguments))
    return flows


def _linear(build: ProgramBuilder, node: Node, argument: int) -> int:
    """The linear unary operation of `node`, on another argument."""
    match node.op:
        case Op.TRANSPOSE:
            return build.transpose(argument)
        case Op.SCALE:
            return build.scale(node.payload, argument)
        case Op.MASK:
            return build.mask(node.payload, argument)
        case Op.DIAGONAL:
            return build.diagonal(argument)
    raise ValueError(f"{node.op} is not linear in one argument")
