"""Taylor jets: the power series in time of a program's flow, over any kind of number.

A program's gradient is unrolled once into a plan of scalar operations, with entries that are zero by structure (masked,
or products of such) left out. The plan is then run order by order: knowing the parameters' series to order k, every
intermediate series is known to order k by one convolution each, and the flow ``θ' = −∇ℓ`` gives the parameters' order
k + 1. That is the classical recurrence of automatic differentiation (Moore 1966; Griewank & Walther 2008, ch. 13), on
the same graph that SymPy derives from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any, Generic, Protocol, TypeVar

from verify.arithmetic.program import Op, Program

T = TypeVar("T")
#: An entry of a matrix in the plan: the number of a series, or a constant.
Entry = int | Fraction
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Combination:
    """``series[target] = constant + Σ coefficient·series[a] + Σ series[a]·series[b]``."""

    target: int
    products: tuple[tuple[int, int], ...]
    linear: tuple[tuple[Fraction, int], ...]
    constant: Fraction


@dataclass(frozen=True)
class JetPlan:
    """A program unrolled into scalar series.

    Attributes
    ----------
    parameters, outputs
        for each name, the rows of entries.
    steps
        in the order in which they can be done.
    reversed_series
        the series that occur as a second factor, of which the reversed list is wanted.
    """

    series: int
    parameters: Mapping[str, tuple[tuple[int, ...], ...]]
    outputs: Mapping[str, tuple[tuple[Entry, ...], ...]]
    steps: tuple[Combination, ...]
    reversed_series: tuple[int, ...]

    @property
    def products(self) -> int:
        """Number of convolutions that one order costs."""
        return sum(len(step.products) for step in self.steps)


class _Planner:
    def __init__(self) -> None:
        self.count = 0
        self.steps: list[Combination] = []
        self._known: dict[Any, int] = {}

    def new(self) -> int:
        self.count += 1
        return self.count - 1

    def combine(self, products: list[tuple[int, int]], linear: dict[int, Fraction], constant: Fraction) -> Entry:
        terms = tuple((c, a) for a, c in sorted(linear.items()) if c)
        if not products and not terms:
            return constant
        if not products and not constant and len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]  # the series itself
        key = (tuple(sorted((min(p), max(p)) for p in products)), terms, constant)
        if key not in self._known:
            self._known[key] = self.new()
            self.steps.append(Combination(self._known[key], key[0], terms, constant))
        return self._known[key]

    def dot(self, row: Sequence[Entry], column: Sequence[Entry]) -> Entry:
        products: list[tuple[int, int]] = []
        linear: dict[int, Fraction] = {}
        constant = _ZERO
        for x, y in zip(row, column, strict=True):
            if isinstance(x, Fraction) and isinstance(y, Fraction):
                constant += x * y
            elif isinstance(x, Fraction):
                linear[y] = linear.get(y, _ZERO) + x  # type: ignore[index, arg-type]
            elif isinstance(y, Fraction):
                linear[x] = linear.get(x, _ZERO) + y
            else:
                products.append((x, y))
        return self.combine(products, linear, constant)

    def sum(self, x: Entry, y: Entry) -> Entry:
        return self.dot((x, y), (Fraction(1), Fraction(1)))


def plan(program: Program) -> JetPlan:
    """The plan of a program whose constants and masks are all given by numbers."""
    planner = _Planner()
    matrices: list[tuple[tuple[Entry, ...], ...]] = []
    parameters: dict[str, tuple[tuple[int, ...], ...]] = {}
    for node in program.nodes:
        arguments = [matrices[i] for i in node.arguments]
        rows: tuple[tuple[Entry, ...], ...]
        match node.op:
            case Op.PARAMETER:
                parameters[node.payload] = tuple(
                    tuple(planner.new() for _ in range(node.shape[1])) for _ in range(node.shape[0])
                )
                rows = parameters[node.payload]
            case Op.CONSTANT:
                rows = node.payload
            case Op.PRODUCT:
                columns = tuple(zip(*arguments[1], strict=True))
                rows = tuple(tuple(planner.dot(row, column) for column in columns) for row in arguments[0])
            case Op.TRANSPOSE:
                rows = tuple(zip(*arguments[0], strict=True))
            case Op.SUM:
                rows = tuple(tuple(map(planner.sum, a, b)) for a, b in zip(*arguments, strict=True))
            case Op.SCALE:
                rows = tuple(tuple(planner.dot((x,), (node.payload,)) for x in row) for row in arguments[0])
            case Op.MASK:
                rows = tuple(
                    tuple(x if keep else _ZERO for x, keep in zip(row, keeps, strict=True))
                    for row, keeps in zip(arguments[0], node.payload, strict=True)
                )
            case Op.DIAGONAL:
                rows = tuple(
                    tuple(x if i == j else _ZERO for j, x in enumerate(row)) for i, row in enumerate(arguments[0])
                )
        matrices.append(rows)
    second = sorted({b for step in planner.steps for _, b in step.products})
    outputs = {name: matrices[index] for name, index in program.outputs.items()}
    return JetPlan(planner.count, parameters, outputs, tuple(planner.steps), tuple(second))


class Field(Protocol[T]):
    """The kind of number that a jet is made of. ``+`` is Python's."""

    def number(self, value: Fraction) -> T:
        """The number for an exact rational."""

    def dot(self, pairs: Sequence[tuple[Sequence[T], Sequence[T]]]) -> T:
        """``Σ_pairs Σ_i x_i·y_i``."""

    def times(self, factor: Fraction, value: T) -> T:
        """``factor · value``."""


class FixedPoint:
    """Integers that count units of ``2^−bits``; products are rounded down once per convolution sum.

    Fast, since nothing is normalized, and never wrong by more than one unit per operation; no bound is kept. Who needs
    a bound takes the resulting polynomial as an exact one and encloses its defect (verify.rigorous).
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def number(self, value: Fraction) -> int:
        return (value.numerator << self.bits) // value.denominator

    def dot(self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> int:
        total = 0
        for x, y in pairs:
            total += sum(map(mul, x, y))
        return total >> self.bits

    def times(self, factor: Fraction, value: int) -> int:
        if factor.denominator == 1:
            return factor.numerator * value
        return factor.numerator * value // factor.denominator


class MpmathField:
    """Numbers of an mpmath context, rounded to its precision; convolutions are summed exactly and rounded once."""

    def __init__(self, context: Any) -> None:
        self.context = context

    def number(self, value: Fraction) -> Any:
        from verify.arithmetic.convert import nearest_mpf

        return nearest_mpf(value, self.context)

    def dot(self, pairs: Sequence[tuple[Sequence[Any], Sequence[Any]]]) -> Any:
        return self.context.fdot([(a, b) for x, y in pairs for a, b in zip(x, y, strict=True)])

    def times(self, factor: Fraction, value: Any) -> Any:
        return value * factor.numerator / factor.denominator


class RationalField:
    """Exact rationals of python-flint: exact Taylor coefficients of the flow from an exact start."""

    def number(self, value: Fraction) -> Any:
        from verify.arithmetic.convert import to_fmpq

        return to_fmpq(value)

    def dot(self, pairs: Sequence[tuple[Sequence[Any], Sequence[Any]]]) -> Any:
        from flint import fmpq

        return sum((a * b for x, y in pairs for a, b in zip(x, y, strict=True)), fmpq(0))

    def times(self, factor: Fraction, value: Any) -> Any:
        return self.number(factor) * value


@dataclass(frozen=True)
class Jet(Generic[T]):
    """Series of everything in a plan.

    Attributes
    ----------
    coefficients
        for each series of the plan its coefficients, lowest order first: the parameters' to the order asked for,
        everything else to one less.
    """

    plan: JetPlan
    coefficients: tuple[list[T], ...]

    def parameter(self, name: str) -> tuple[tuple[list[T], ...], ...]:
        """The series of a parameter's entries."""
        return tuple(tuple(self.coefficients[i] for i in row) for row in self.plan.parameters[name])


def taylor(
    plan: JetPlan,
    field: Field[T],
    start: Mapping[str, Sequence[Sequence[T]]],
    *,
    order: int,
    rate: Fraction = Fraction(-1),
) -> Jet[T]:
    """The power series of the flow from `start`, to the given order.

    The plan must be of a program with an output ``"d" + name`` for every parameter; the flow integrated is
    ``dθ/du = rate · d(θ)``. ``rate = −h`` is the gradient flow in the scaled time ``u = t/h``, whose coefficients are
    those in t times h^k.
    """
    series: list[list[T]] = [[] for _ in range(plan.series)]
    flows: list[tuple[list[T], Entry]] = []
    for name, rows in plan.parameters.items():
        for row, values, derivatives in zip(rows, start[name], plan.outputs["d" + name], strict=True):
            for index, value, derivative in zip(row, values, derivatives, strict=True):
                series[index].append(value)
                flows.append((series[index], derivative))
    products = [[(series[a], b) for a, b in step.products] for step in plan.steps]
    constants = {step.target: field.number(step.constant) for step in plan.steps if step.constant}
    numbers = {entry: field.number(entry) for _, entry in flows if isinstance(entry, Fraction)}
    # A series is reversed once per order, at its first use as a second factor.
    backward: dict[int, list[T]] = {}
    for k in range(order):
        backward.clear()
        for step, pairs in zip(plan.steps, products, strict=True):
            terms = []
            for x, b in pairs:
                y = backward.get(b)
                if y is None:
                    y = backward[b] = series[b][k::-1]
                terms.append((x if len(x) == k + 1 else x[: k + 1], y))
            total: Any = field.dot(terms)
            for coefficient, a in step.linear:
                total += series[a][k] if coefficient == 1 else field.times(coefficient, series[a][k])
            if k == 0 and step.constant:
                total += constants[step.target]
            series[step.target].append(total)
        factor = rate / (k + 1)
        for target, derivative in flows:
            if isinstance(derivative, Fraction):
                slope = numbers[derivative] if k == 0 else field.number(_ZERO)
            else:
                slope = series[derivative][k]
            target.append(field.times(factor, slope))
    return Jet(plan, tuple(series))
