"""Coupled or decoupled: decided exactly, from an exact start, with a proof for every pair of observed entries.

Two observed entries are *coupled* along a trajectory when ``K(t) = ⟨∇w_a, ∇w_b⟩`` is not identically zero in t. The
trajectory is analytic, so one nonzero Taylor coefficient of K proves coupling; it is computed in exact rationals.
That ``K ≡ 0`` is proved by a linear subspace that contains the start, is mapped into itself by the gradient (so the
trajectory never leaves it), and on which the kernel entry vanishes identically. Where neither is found the pair stays
undecided: nothing is concluded from small numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import comb
from typing import TYPE_CHECKING, Any

from verify.arithmetic import EntrywiseAlgebra, ExactMatrix, InputError, evaluate, pullback
from verify.arithmetic.convert import from_fmpq, from_fmpq_mat, to_fmpq, to_fmpq_mat
from verify.arithmetic.jets import RationalField, plan, taylor
from verify.arithmetic.program import degree
from verify.models import Model, Problem

if TYPE_CHECKING:
    from flint import fmpq_mat

Cell = tuple[int, int]
#: Taylor coefficients are computed up to these orders, one after the other, until none is left undecided.
ORDERS = (0, 2, 4, 8)
#: Largest number of coefficients that the polynomials on a joint subspace may have.
_MOST_COEFFICIENTS = 300_000


@dataclass(frozen=True)
class LayerSubspaces:
    """A space of matrices for every layer, W_1's first: the trajectory's layers stay in theirs. Bases are exact."""

    bases: tuple[tuple[ExactMatrix, ...], ...]

    @property
    def dimension(self) -> int:
        """The dimension of the product of the spaces."""
        return sum(len(basis) for basis in self.bases)

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "bases"}``: for every layer, W_1 first, the basis matrices."""
        return {"kind": "layer subspaces", "bases": [[_text(b) for b in basis] for basis in self.bases]}


@dataclass(frozen=True)
class JointSubspace:
    """A space of parameters: each basis vector is a list of layers, W_1 first."""

    basis: tuple[tuple[ExactMatrix, ...], ...]

    @property
    def dimension(self) -> int:
        """The dimension of the space."""
        return len(self.basis)

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "basis"}``: every basis vector as its layers, W_1 first."""
        return {"kind": "joint subspace", "basis": [[_text(layer) for layer in vector] for vector in self.basis]}


Certificate = LayerSubspaces | JointSubspace


@dataclass(frozen=True)
class Pair:
    """Whether two observed entries are coupled along the trajectory, and the proof.

    Attributes
    ----------
    coupled
        True, False, or None where it was not decided.
    order, value
        if coupled: the lowest order of t at which the kernel entry's Taylor series has a coefficient, and that one.
    certificate
        if decoupled: the invariant subspace on which the kernel entry vanishes.
    reason
        one sentence.
    """

    first: Cell
    second: Cell
    coupled: bool | None
    reason: str
    order: int | None = None
    value: Fraction | None = None
    certificate: Certificate | None = None

    def to_json(self) -> dict[str, Any]:
        """``{"first", "second", "coupled", "reason"}`` with ``order``, ``value`` or ``certificate``."""
        data: dict[str, Any] = {"first": list(self.first), "second": list(self.second)}
        data |= {"coupled": self.coupled, "reason": self.reason}
        if self.value is not None:
            data |= {"order": self.order, "value": str(self.value)}
        if self.certificate is not None:
            data["certificate"] = self.certificate.to_json()
        return data


@dataclass(frozen=True)
class Coupling:
    """What was decided about a problem.

    Attributes
    ----------
    pairs
        every pair of observed entries.
    parts
        the connected components of the graph of the pairs proved coupled: the finest partition, if all is decided.
    coupled
        True if that graph is connected; False if the parts stay apart even were all undecided pairs coupled; else None.
    """

    problem: Problem
    pairs: tuple[Pair, ...]
    parts: tuple[tuple[Cell, ...], ...]
    coupled: bool | None

    @property
    def undecided(self) -> tuple[Pair, ...]:
        """The pairs about which nothing was proved."""
        return tuple(pair for pair in self.pairs if pair.coupled is None)

    @property
    def text(self) -> str:
        """One sentence: ``coupled``, ``decoupled into 2 parts: {(0,0)}, {(1,1)}`` or ``undecided …``."""
        if self.coupled:
            return "coupled"
        parts = ", ".join("{" + ", ".join(f"({i},{j})" for i, j in part) + "}" for part in self.parts)
        if self.coupled is False:
            return f"decoupled into {len(self.parts)} parts: {parts}"
        return f"undecided ({len(self.undecided)} pairs open; proved parts: {parts})"

    def recheck(self) -> bool:
        """Whether every pair's proof stands: subspaces verified as they are written, Taylor coefficients recomputed."""
        for pair in self.pairs:
            if pair.certificate is not None and not verify_certificate(
                self.problem, pair.certificate, pair.first, pair.second
            ):
                return False
            if pair.value is not None and pair.order is not None:
                series = kernel_series(self.problem, [(pair.first, pair.second)], pair.order)[pair.first, pair.second]
                if series[-1] != pair.value or any(series[:-1]):
                    return False
        return True

    def to_json(self) -> dict[str, Any]:
        """``{"coupled", "parts", "pairs"}``."""
        parts = [[list(cell) for cell in part] for part in self.parts]
        return {"coupled": self.coupled, "parts": parts, "pairs": [pair.to_json() for pair in self.pairs]}


def decide_coupling(problem: Problem, *, order: int = 8) -> Coupling:
    """Decide, pair by pair, whether observed entries are coupled along the flow from the problem's exact start.

    Parameters
    ----------
    order
        highest order of Taylor coefficients that is tried.

    Raises
    ------
    InputError
        for a negative order.

    *Algorithm.* The kernel's value at the start first; then, for the pairs where it is zero, the smallest spaces of
    layers that contain the start and that the gradient maps into themselves, and whether the kernel entry vanishes on
    them; then Taylor coefficients of rising order; then the smallest invariant linear space of parameters, on which
    gradient and kernel are expanded as polynomials. Source of the definition: Shin & Yun 2026, as summarized in
    public.
    """
    if order < 0:
        raise InputError("order", f"is {order}", "give 0 or more")
    decided: dict[tuple[Cell, Cell], Pair] = {}
    open_pairs = list(problem.observations.pairs)

    def look(highest: int) -> None:
        for (a, b), series in kernel_series(problem, open_pairs, highest).items():
            lowest = next((k for k, c in enumerate(series) if c), None)
            if lowest is not None:
                where = "at the start" if lowest == 0 else f"in the coefficient of t^{lowest}"
                reason = f"the kernel entry is {series[lowest]} {where}, exactly"
                decided[a, b] = Pair(a, b, True, reason, lowest, series[lowest])
                open_pairs.remove((a, b))

    def apart(certificate: Certificate | None, name: str) -> None:
        for a, b in tuple(open_pairs) if certificate is not None else ():
            if certificate is not None and _vanishes(problem, certificate, a, b):
                reason = f"the kernel entry vanishes on an invariant {name} of dimension {certificate.dimension}"
                decided[a, b] = Pair(a, b, False, reason, certificate=certificate)
                open_pairs.remove((a, b))

    look(0)
    if open_pairs:
        apart(layer_subspaces(problem), "product of layer spaces")
    for highest in (*(k for k in ORDERS if 0 < k < order), order):
        if open_pairs and highest:
            look(highest)
        if open_pairs and highest == min(2, order):
            apart(joint_subspace(problem), "space of parameters")
    for a, b in open_pairs:
        reason = f"zero up to order {order} in t, and no invariant linear space was found on which it vanishes"
        decided[a, b] = Pair(a, b, None, reason)
    pairs = tuple(decided[pair] for pair in problem.observations.pairs)
    cells = problem.observations.positions
    parts = components(cells, [(p.first, p.second) for p in pairs if p.coupled])
    possible = components(cells, [(p.first, p.second) for p in pairs if p.coupled is not False])
    coupled = True if len(parts) == 1 else (False if len(possible) > 1 else None)
    return Coupling(problem, pairs, parts, coupled)


def components(cells: Sequence[Cell], edges: Iterable[tuple[Cell, Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Connected components of the graph with these vertices and edges, in the order of their first vertices."""
    home = {cell: k for k, cell in enumerate(cells)}
    for a, b in edges:
        old, new = max(home[a], home[b]), min(home[a], home[b])
        home = {cell: new if k == old else k for cell, k in home.items()}
    return tuple(tuple(c for c in cells if home[c] == k) for k in sorted(set(home.values())))


def kernel_series(
    problem: Problem, pairs: Sequence[tuple[Cell, Cell]], order: int
) -> dict[tuple[Cell, Cell], tuple[Fraction, ...]]:
    """Exact Taylor coefficients, orders 0 to `order`, of ``⟨∇w_a, ∇w_b⟩`` along the flow, for each pair of entries.

    The layers' series come from the flow's own recurrence in exact rationals, the gradients of w from adjoint sweeps.
    """
    from flint import fmpq_poly

    start = {name: [[to_fmpq(x) for x in row] for row in rows] for name, rows in problem.start.items()}
    values: dict[str, Any] = {}
    if order:
        jet = taylor(plan(problem.gradient), RationalField(), start, order=order)
        for name in problem.names:
            values[name] = tuple(tuple(fmpq_poly(x) for x in row) for row in jet.parameter(name))
    else:
        values = {name: tuple(tuple(fmpq_poly([x]) for x in row) for row in rows) for name, rows in start.items()}
    algebra: EntrywiseAlgebra[Any] = EntrywiseAlgebra(lambda x: fmpq_poly([to_fmpq(x)]))
    gradients = {cell: _gradient_of(problem, cell, values, algebra) for pair in pairs for cell in pair}
    result = {}
    for a, b in pairs:
        total = fmpq_poly([0])
        for x, y in zip(gradients[a], gradients[b], strict=True):
            total += x * y
        result[a, b] = tuple(from_fmpq(total[k]) for k in range(order + 1))
    return result


def _gradient_of(problem: Problem, cell: Cell, values: dict[str, Any], algebra: EntrywiseAlgebra[Any]) -> list[Any]:
    """All entries of ``∇w_cell``, layer by layer, at the given values of the layers."""
    rows, columns = problem.observations.shape
    seed = tuple(tuple(Fraction(int((i, j) == cell)) for j in range(columns)) for i in range(rows))
    swept = evaluate(
        pullback(problem.program, "product", seed="E"),
        {**values, "E": algebra.constant(seed, (rows, columns))},
        algebra,
    )
    return [x for name in problem.names for row in swept["d" + name] for x in row]


# Spaces of matrices, as reduced bases of row vectors in python-flint's rational matrices.


def layer_subspaces(problem: Problem) -> LayerSubspaces:
    """The smallest spaces V_1 × … × V_L that contain the start's layers and that the multilinear gradient preserves.

    *Algorithm.* ``∂ℓ/∂W_l = Sᵀ(P_Ω(W) − Y)Pᵀ`` is a sum of products of layers, so V_l must contain ``sᵀ g pᵀ`` for s in
    the span of the products of spaces above l, p below l, and g in ``P_Ω(span of all products) + span{Y}``. These are
    added until nothing grows.
    """
    spaces = [_Space(shape, [to_fmpq_mat(layer)]) for shape, layer in zip(problem.shapes, problem.layers, strict=True)]
    while True:
        grown = False
        for l, needed in enumerate(_required(problem, spaces)):
            for matrix in needed:
                grown |= spaces[l].add(matrix)
        if not grown:
            return LayerSubspaces(tuple(tuple(from_fmpq_mat(b) for b in space.basis) for space in spaces))


def _required(problem: Problem, spaces: Sequence[_Space]) -> list[list[fmpq_mat]]:
    """For every layer, a basis of the span of what the gradient can reach from the spaces."""
    above, below = _products(problem, spaces)
    whole = _Space(problem.observations.shape, [])
    for a in above[0]:
        for v in spaces[0].basis:
            whole.add(a * v)
    residual = _Space(problem.observations.shape, [_masked(problem, w) for w in whole.basis])
    residual.add(to_fmpq_mat(problem.observations.values))
    needed = []
    for l, shape in enumerate(problem.shapes):
        rows, columns = shape
        left = _Space(
            (rows, problem.observations.columns), [a.transpose() * g for a in above[l] for g in residual.basis]
        )
        reached = _Space((rows, columns), [x * b.transpose() for x in left.basis for b in below[l]])
        needed.append(reached.basis)
    return needed


def _products(problem: Problem, spaces: Sequence[_Space]) -> tuple[list[list[fmpq_mat]], list[list[fmpq_mat]]]:
    """For every layer: bases of the spans of the products ``W_L⋯W_{l+1}`` and ``W_{l−1}⋯W_1``."""
    depth, (rows, columns) = problem.depth, problem.observations.shape
    above: list[list[fmpq_mat]] = [[_unit(rows)]]
    for l in range(depth - 1, 0, -1):
        shape = (rows, problem.shapes[l][1])
        above.insert(0, _Space(shape, [a * v for a in above[0] for v in spaces[l].basis]).basis)
    below: list[list[fmpq_mat]] = [[_unit(columns)]]
    for l in range(depth - 1):
        shape = (problem.shapes[l][0], columns)
        below.append(_Space(shape, [v * b for v in spaces[l].basis for b in below[-1]]).basis)
    return above, below


class _Space:
    """A space of matrices of one shape, with a basis in reduced row echelon form."""

    def __init__(self, shape: tuple[int, int], matrices: Iterable[fmpq_mat]) -> None:
        self.shape = shape
        self._rows: list[list[Any]] = []
        self._pivots: list[int] = []
        for matrix in matrices:
            self.add(matrix)

    def add(self, matrix: fmpq_mat) -> bool:
        """Take a matrix in; whether the space grew."""
        return self.add_vector(list(matrix.entries()))

    def add_vector(self, row: list[Any]) -> bool:
        """Take a vector of entries in; whether the space grew."""
        row = self.reduced(row)
        pivot = next((k for k, x in enumerate(row) if x != 0), None)
        if pivot is None:
            return False
        row = [x / row[pivot] for x in row]
        for k, other in enumerate(self._rows):
            if other[pivot] != 0:
                factor = other[pivot]
                self._rows[k] = [x - factor * y for x, y in zip(other, row, strict=True)]
        self._rows.append(row)
        self._pivots.append(pivot)
        return True

    def reduced(self, row: list[Any]) -> list[Any]:
        """The remainder of a vector modulo the space: zero exactly when it lies within."""
        for basis_row, pivot in zip(self._rows, self._pivots, strict=True):
            if row[pivot] != 0:
                factor = row[pivot]
                row = [x - factor * y for x, y in zip(row, basis_row, strict=True)]
        return row

    def contains(self, matrix: fmpq_mat) -> bool:
        """Whether the matrix lies in the space."""
        return all(x == 0 for x in self.reduced(list(matrix.entries())))

    @property
    def vectors(self) -> list[list[Any]]:
        """The basis as vectors, sorted by pivot."""
        return [row for _, row in sorted(zip(self._pivots, self._rows, strict=True), key=lambda item: item[0])]

    @property
    def basis(self) -> list[fmpq_mat]:
        """The basis as matrices."""
        from flint import fmpq_mat

        return [fmpq_mat(*self.shape, row) for row in self.vectors]


def _masked(problem: Problem, matrix: fmpq_mat) -> fmpq_mat:
    from flint import fmpq_mat

    keeps = [k for row in problem.observations.mask for k in row]
    entries = [x if k else 0 for x, k in zip(matrix.entries(), keeps, strict=True)]
    return fmpq_mat(matrix.nrows(), matrix.ncols(), entries)


def _unit(size: int) -> fmpq_mat:
    from flint import fmpq_mat

    return fmpq_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])


def joint_subspace(problem: Model) -> JointSubspace | None:
    """The smallest linear space V of parameters that contains the start and that the gradient maps into itself.

    None when it grows so large that its polynomials are out of reach.

    *Algorithm.* Begin with the span of the start. On ``θ = Σ x_i v_i`` the gradient is a polynomial in x whose
    coefficients are vectors; it maps V into V exactly when all of them lie in V. Add them until none is new.
    """
    space = _Space((1, problem.size), [])
    space.add_vector([to_fmpq(x) for matrix in problem.start.values() for row in matrix for x in row])
    while True:
        size = len(space.vectors)
        for vector in _gradient_coefficients(problem, space.vectors):
            space.add_vector(vector)
            if not _within_reach(problem, len(space.vectors)):
                return None
        if len(space.vectors) == size:
            return JointSubspace(tuple(_as_layers(problem, vector) for vector in space.vectors))


def _within_reach(problem: Model, dimension: int) -> bool:
    """Whether polynomials of the gradient's degree in that many variables, one for every parameter, are few enough."""
    highest = max(degree(problem.gradient, "d" + name) for name in problem.names)
    return comb(dimension + highest, dimension) * problem.size <= _MOST_COEFFICIENTS


def _gradient_coefficients(problem: Model, vectors: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The vectors by which the monomials are multiplied in the gradient on the span of `vectors`."""
    from verify.symbolic.polynomials import Polynomials

    ring, values = on_span(problem, vectors)
    assert isinstance(ring, Polynomials)
    swept = evaluate(problem.gradient, values, ring.algebra())
    entries = [x for name in problem.names for row in swept["d" + name] for x in row]
    collected: dict[tuple[int, ...], list[Any]] = {}
    for k, entry in enumerate(entries):
        for exponents, c in entry.to_dict().items():
            collected.setdefault(exponents, [to_fmpq(0)] * len(entries))[k] = c
    return list(collected.values())


def on_span(problem: Model, vectors: Sequence[Sequence[Any]]) -> tuple[Any, dict[str, Any]]:
    """The layers with entries that are linear in coordinates on the span of `vectors`."""
    from verify.symbolic.polynomials import Polynomials

    ring = Polynomials([f"x{k}" for k in range(len(vectors))])
    gens = [ring.values[name] for name in ring.variables]
    zero = ring.number(Fraction(0))
    flat = [sum((g * v[k] for g, v in zip(gens, vectors, strict=True) if v[k] != 0), zero) for k in range(problem.size)]
    values: dict[str, Any] = {}
    position = 0
    for name, (rows, columns) in zip(problem.names, problem.shapes, strict=True):
        values[name] = tuple(tuple(flat[position + i * columns + j] for j in range(columns)) for i in range(rows))
        position += rows * columns
    return ring, values


def _as_layers(problem: Model, vector: Sequence[Any]) -> tuple[ExactMatrix, ...]:
    layers, position = [], 0
    for rows, columns in problem.shapes:
        block = vector[position : position + rows * columns]
        layers.append(tuple(tuple(from_fmpq(x) for x in block[i * columns : (i + 1) * columns]) for i in range(rows)))
        position += rows * columns
    return tuple(layers)


def _flat(layers: Sequence[ExactMatrix]) -> list[Any]:
    return [to_fmpq(x) for layer in layers for row in layer for x in row]


def verify_certificate(problem: Problem, certificate: Certificate, first: Cell, second: Cell) -> bool:
    """Whether the certificate proves the pair decoupled: contains the start, is invariant, and K vanishes on it.

    Takes nothing from how the certificate was found.
    """
    if isinstance(certificate, LayerSubspaces):
        if len(certificate.bases) != problem.depth:
            return False
        shaped = zip(problem.shapes, certificate.bases, strict=True)
        if any((len(b), len(b[0])) != shape for shape, basis in shaped for b in basis):
            return False
        spaces = _spaces(problem, certificate)
        inside = all(s.contains(to_fmpq_mat(layer)) for s, layer in zip(spaces, problem.layers, strict=True))
        needed = _required(problem, spaces)
        invariant = all(space.contains(m) for space, matrices in zip(spaces, needed, strict=True) for m in matrices)
    else:
        space = _Space((1, problem.size), [])
        for vector in certificate.basis:
            if tuple((len(layer), len(layer[0])) for layer in vector) != problem.shapes:
                return False
            space.add_vector(_flat(vector))
        inside = not any(space.reduced(_flat(problem.layers)))
        coefficients = _gradient_coefficients(problem, space.vectors)
        invariant = not any(x != 0 for vector in coefficients for x in space.reduced(vector))
    return inside and invariant and _vanishes(problem, certificate, first, second)


def _spaces(problem: Problem, certificate: LayerSubspaces) -> list[_Space]:
    return [
        _Space(shape, [to_fmpq_mat(b) for b in basis])
        for shape, basis in zip(problem.shapes, certificate.bases, strict=True)
    ]


def _vanishes(problem: Problem, certificate: Certificate, first: Cell, second: Cell) -> bool:
    """Whether the kernel entry is zero on the whole space."""
    if isinstance(certificate, JointSubspace):
        ring, values = on_span(problem, [_flat(vector) for vector in certificate.basis])
        zero = ring.number(Fraction(0))
        gradients = [_gradient_of(problem, cell, values, ring.algebra()) for cell in (first, second)]
        return bool(sum((x * y for x, y in zip(*gradients, strict=True)), zero) == 0)
    (i, j), (p, q) = first, second
    above, below = _products(problem, _spaces(problem, certificate))
    return all(
        _quadratic_zero([(a[i, k], a[p, k]) for k in range(a.ncols())] for a in upper)
        or _quadratic_zero([(b[k, j], b[k, q]) for k in range(b.nrows())] for b in lower)
        for upper, lower in zip(above, below, strict=True)
    )


def _quadratic_zero(pairs: Iterable[list[tuple[Any, Any]]]) -> bool:
    """Whether ``⟨x(v), y(v)⟩`` vanishes for every v in the span, from x and y of its basis vectors."""
    vectors = list(pairs)
    for a, first in enumerate(vectors):
        for second in vectors[: a + 1]:
            cross = sum((x * t + z * y for (x, y), (z, t) in zip(first, second, strict=True)), to_fmpq(0))
            if cross != 0:
                return False
    return True


def plain_kernel(problem: Problem, first: Cell, second: Cell) -> Fraction:
    """``⟨∇w_a, ∇w_b⟩`` at the start by the formula with Fractions alone: an independent path for re-checks."""
    from verify.arithmetic.exact import identity, multiply, transpose

    rows, columns = problem.observations.shape
    (i, j), (p, q) = first, second
    total = Fraction(0)
    for l in range(problem.depth):
        above = reduce(multiply, reversed(problem.layers[l + 1 :]), identity(rows))
        below = reduce(lambda x, layer: multiply(layer, x), problem.layers[:l], identity(columns))
        total += multiply(above, transpose(above))[i][p] * multiply(transpose(below), below)[j][q]
    return total


def _text(matrix: ExactMatrix) -> list[list[str]]:
    return [[str(x) for x in row] for row in matrix]
