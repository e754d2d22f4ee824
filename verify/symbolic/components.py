"""Entry equations: the flow written out, entry by entry, as exact polynomials in a compact form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from verify.arithmetic import EntrywiseAlgebra, InputError, ProgramBuilder, evaluate, gradient, pullback
from verify.models import Observations, deep_program
from verify.symbolic.checks import DerivationError, Entries
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Expr, Num, Relation, Sym, product, total
from verify.symbolic.rings import ReadError

_LETTERS = "abcdefghkquv"
#: More entries than this are not written out.
_MOST_ENTRIES = 600
Matrix = tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True)
class Cut:
    """How a matrix that a program computes on its way is abbreviated.

    Attributes
    ----------
    compact
        its entries in symbols that abbreviate.
    expand
        those of the symbols that are written out, by their definitions, when the matrix is compared.
    """

    compact: Matrix
    expand: tuple[str, ...] = ()


@dataclass(frozen=True)
class StructuredEntries(Entries):
    """As ``Entries``, for deep products: intermediate matrices are abbreviated as soon as they are computed.

    *Why this is no loss.* Symbols that abbreviate are further variables of the polynomial ring. A matrix that the
    program computes is replaced by a compact form only after the compact form, with the symbols in `expand` written out
    by their definitions, was found equal to it, entry by entry. Writing all definitions out is a homomorphism of
    rings, so an identity that holds between compact forms holds between the expanded ones; these are never formed.

    A relation that defines a symbol must be its definition, and the program must compute that symbol.
    """

    cuts: tuple[Cut, ...] = ()

    def run(self) -> None:
        """Raise :class:`DerivationError` unless every entry equals its formula as a polynomial."""
        from verify.symbolic.polynomials import Polynomials

        bodies = dict(self.definitions)
        ring = Polynomials((*(x for _, rows in self.names for row in rows for x in row), *bodies))
        values = {name: tuple(tuple(ring.values[x] for x in row) for row in rows) for name, rows in self.names}
        try:
            algebra = _Abbreviating(ring, bodies, self.cuts)
            outputs = evaluate(self.program, values, algebra)
            for relation, (output, i, j, factor) in zip(self.relations, self.places, strict=True):
                self._named(relation, output, i, j, factor)
                exact = outputs[output][i][j] * ring.number(factor)
                name = relation.left.name if isinstance(relation.left, Sym) else ""
                if name in bodies and exact == ring.values[name]:
                    fits = relation.right == bodies[name]
                else:
                    fits = relation.right.read(ring.values, ring) == exact
                if not fits:
                    raise DerivationError(f"{relation.text()}: not entry {i}, {j} of {output} times {factor}")
        except (ReadError, KeyError) as error:
            raise DerivationError(str(error)) from None


class _Abbreviating(EntrywiseAlgebra[Any]):
    """Matrices of polynomials that are replaced by their compact forms as soon as they are computed."""

    def __init__(self, ring: Any, bodies: dict[str, Expr], cuts: tuple[Cut, ...]) -> None:
        super().__init__(ring.number)
        self._forms = []
        for cut in cuts:
            known = dict(ring.values)
            known.update((name, bodies[name].read(ring.values, ring)) for name in cut.expand)
            read = [[[x.read(to, ring) for x in row] for row in cut.compact] for to in (known, ring.values)]
            self._forms.append(tuple(tuple(tuple(row) for row in rows) for rows in read))

    def _shortened(self, rows: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
        for expanded, compact in self._forms:
            if rows == expanded:
                return compact
        return rows

    def product(self, left: Any, right: Any) -> Any:
        return self._shortened(super().product(left, right))

    def add(self, left: Any, right: Any) -> Any:
        return self._shortened(super().add(left, right))


def entry_symbol(l: int, i: int, j: int, size: int, depth: int) -> Sym:
    """The entry of W_l in row i and column j (from 0): ``a11`` in W_1, ``b11`` in W_2 and so on."""
    places = f"{i + 1}{j + 1}" if size < 10 else f"{i + 1},{j + 1}"
    if depth <= len(_LETTERS):
        letter = _LETTERS[l - 1]
        return Sym(f"{letter}{places}", f"{letter}_{{{places}}}")
    return Sym(f"w({l}){places}", f"w^{{({l})}}_{{{places}}}")


def layers(depth: int, size: int) -> tuple[Matrix, ...]:
    """The layers' entries as symbols, W_1 first."""
    return tuple(
        tuple(tuple(entry_symbol(l, i, j, size, depth) for j in range(size)) for i in range(size))
        for l in range(1, depth + 1)
    )


def entry_names(depth: int, size: int) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    """The names of the layers' entries, by layer: what ``checks.Entries`` takes."""
    return tuple(
        (f"W{l}", tuple(tuple(x.text() for x in row) for row in rows)) for l, rows in enumerate(layers(depth, size), 1)
    )


def _multiplied(left: Matrix, right: Matrix) -> Matrix:
    """The product with entries as sums of products, one level deep."""
    columns = tuple(zip(*right, strict=True))
    return tuple(
        tuple(total(*(product(x, y) for x, y in zip(row, column, strict=True))) for column in columns) for row in left
    )


def entry_steps(depth: int, observations: Observations) -> list[Step]:
    """Steps that state the observed residuals and the rate of every entry, for square layers of one size.

    Products of several layers are written out inside where that is short, and abbreviated where it is not.
    """
    size = observations.rows
    if depth * size * size > _MOST_ENTRIES:
        raise InputError(
            "depth, size",
            f"{depth * size * size} entries are too many to write out",
            f"ask for at most {_MOST_ENTRIES}",
        )
    program = deep_program([(size, size)] * depth, observations)
    names = entry_names(depth, size)
    steps: list[Step] = []
    residuals = {(i, j): _residual(i, j, size) for i, j, _ in observations.entries}
    plain: tuple[Cut, ...] = ()
    cuts: tuple[Cut, ...] = ()
    if depth >= 3 and depth + size >= 6:
        behind, ahead, known = _abbreviated(depth, size)
        plain = _products_cut(behind, ahead, known)
        cuts = (*plain, *_sweeps_cut(ahead, known, residuals, size))
        steps.append(_abbreviations(depth, size, names, known, plain))
    else:
        behind, ahead, known = *_nested(depth, size), {}
    end = behind[-1] if depth == 1 or not known else _multiplied(layers(depth, size)[-1], behind[-2])
    bodies = {(i, j): _minus(end[i][j], y) for i, j, y in observations.entries}
    steps.append(
        Step(
            f"In entries, with {_spelled(depth)}, the residuals $r_{{ij}}=w_{{ij}}-y_{{ij}}$ that are observed are",
            "product of the layers, entry by entry",
            _checked(
                program,
                names,
                tuple(Relation(residuals[c], bodies[c]) for c in residuals),
                tuple(("residual", i, j, Fraction(1)) for i, j in residuals),
                tuple(known.items()),
                plain,
            ),
        )
    )
    swept = gradient(program)
    given = (*known.items(), *((residuals[c].name, bodies[c]) for c in residuals))
    for l in range(1, depth + 1):
        before = ahead[l] if l < depth else None
        after = behind[l - 2] if l > 1 else None
        relations, places = [], []
        for i in range(size):
            for j in range(size):
                symbol = entry_symbol(l, i, j, size, depth)
                moved = Sym(f"{symbol.name}'", rf"\dot{{{symbol.latex()[0]}}}{symbol.latex()[1:]}")
                relations.append(Relation(moved, _rate(i, j, before, after, residuals)))
                places.append((f"dW{l}", i, j, Fraction(-1)))
        steps.append(
            Step(
                f"The entries of $W_{{{l}}}$ move as",
                r"$\theta'=-\sum_{(i,j)\in\Omega} r_{ij}\,\partial w_{ij}/\partial\theta$; each right side, "
                r"expanded, is the "
                "entry of the program's gradient",
                _checked(swept, names, tuple(relations), tuple(places), given, cuts),
            )
        )
    return steps


def _checked(program: Any, names: Any, relations: Any, places: Any, given: Any, cuts: tuple[Cut, ...]) -> Entries:
    if cuts:
        return StructuredEntries(program, names, relations, places, given, cuts=cuts)
    return Entries(program, names, relations, places, given)


def _products_cut(behind: Sequence[Matrix], ahead: Sequence[Matrix], known: dict[str, Expr]) -> tuple[Cut, ...]:
    """The products of the first and of the last layers, each entry a symbol."""
    cuts: dict[Cut, None] = {}
    for rows in (*behind, *ahead):
        own = _abbreviating(rows, known)
        if own:
            cuts[Cut(rows, own)] = None
    return tuple(cuts)


def _sweeps_cut(
    ahead: Sequence[Matrix], known: dict[str, Expr], residuals: dict[tuple[int, int], Sym], size: int
) -> tuple[Cut, ...]:
    """The residual G, and what the adjoint sweep carries back: ``SᵀG``, with the entries of S written out."""
    zero = Num(Fraction(0))
    rows = tuple(tuple(residuals.get((i, j), zero) for j in range(size)) for i in range(size))
    cuts = [Cut(rows, tuple(symbol.name for symbol in residuals.values()))]
    for after in ahead[1:]:
        swept = tuple(
            tuple(
                total(*(product(after[p][i], residuals[p, j]) for p in range(size) if (p, j) in residuals))
                for j in range(size)
            )
            for i in range(size)
        )
        cuts.append(Cut(swept, _abbreviating(after, known)))
    return tuple(cuts)


def _abbreviating(rows: Matrix, known: dict[str, Expr]) -> tuple[str, ...]:
    return tuple(x.name for row in rows for x in row if isinstance(x, Sym) and x.name in known)


def _nested(depth: int, size: int) -> tuple[list[Matrix], list[Matrix]]:
    """``W_l ⋯ W_1`` for l = 1 … L and ``W_L ⋯ W_{l+1}`` for l = 0 … L − 1, sums inside products."""
    matrices = layers(depth, size)
    behind: list[Matrix] = [matrices[0]]
    for rows in matrices[1:]:
        behind.append(_multiplied(rows, behind[-1]))
    ahead: list[Matrix] = [matrices[-1]]
    for rows in reversed(matrices[:-1]):
        ahead.insert(0, _multiplied(ahead[0], rows))
    return behind, ahead


def _abbreviated(depth: int, size: int) -> tuple[list[Matrix], list[Matrix], dict[str, Expr]]:
    """As :func:`_nested`, with a symbol for every entry of a product of two or more layers, and their meanings."""
    matrices = layers(depth, size)
    meaning: dict[str, Expr] = {}

    def named(letter: str, l: int, rows: Matrix) -> Matrix:
        places = [[f"{i + 1}{j + 1}" if size < 10 else f"{i + 1},{j + 1}" for j in range(size)] for i in range(size)]
        symbols = tuple(tuple(Sym(f"{letter}{l}_{x}", f"{letter}^{{({l})}}_{{{x}}}") for x in row) for row in places)
        for row, bodies in zip(symbols, rows, strict=True):
            meaning.update((symbol.name, body) for symbol, body in zip(row, bodies, strict=True))
        return symbols

    behind: list[Matrix] = [matrices[0]]
    for l in range(2, depth):
        behind.append(named("p", l, _multiplied(matrices[l - 1], behind[-1])))
    behind.append(behind[-1])  # the whole product is written by the residuals alone
    ahead: list[Matrix] = [matrices[-1]]
    for l in range(depth - 2, 0, -1):
        ahead.insert(0, named("s", l, _multiplied(ahead[0], matrices[l])))
    ahead.insert(0, ahead[0])
    return behind, ahead, meaning


def _abbreviations(
    depth: int,
    size: int,
    names: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...],
    known: dict[str, Expr],
    plain: tuple[Cut, ...],
) -> Step:
    """The step that introduces the symbols for products, checked against programs of those products."""
    build = ProgramBuilder()
    parameters = [build.parameter(f"W{l}", size, size) for l in range(1, depth + 1)]
    outputs: dict[str, int] = {}
    end = parameters[0]
    for l in range(2, depth):
        outputs[f"p{l}"] = end = build.product(parameters[l - 1], end)
    end = parameters[-1]
    for l in range(depth - 2, 0, -1):
        outputs[f"s{l}"] = end = build.product(end, parameters[l])
    relations, places = [], []
    for name, body in known.items():
        output, place = name.split("_")
        i, j = (int(x) - 1 for x in (place.split(",") if "," in place else place))
        relations.append(Relation(Sym(name, f"{output[0]}^{{({output[1:]})}}_{{{place}}}"), body))
        places.append((output, i, j, Fraction(1)))
    return Step(
        f"With {_spelled(depth)}, the entries $p^{{(l)}}_{{ij}}$ of $W_l\\cdots W_1$ and $s^{{(l)}}_{{ij}}$ of "
        "$W_L\\cdots W_{l+1}$ are",
        "product of the layers, one at a time",
        _checked(build.build(**outputs), names, tuple(relations), tuple(places), tuple(known.items()), plain),
    )


def _rate(i: int, j: int, before: Matrix | None, after: Matrix | None, residuals: dict[tuple[int, int], Sym]) -> Expr:
    """``−Σ_Ω r_pq S_pi P_jq`` with S = W_L⋯W_{l+1} and P = W_{l−1}⋯W_1."""
    terms = []
    for (p, q), residual in residuals.items():
        if (before is None and p != i) or (after is None and q != j):
            continue
        factors = [residual]
        terms.append(
            product(
                *factors, *([before[p][i]] if before is not None else []), *([after[j][q]] if after is not None else [])
            )
        )
    return -total(*terms) if len(terms) == 1 else total(*(-term for term in terms))


def _residual(i: int, j: int, size: int) -> Sym:
    places = f"{i + 1}{j + 1}" if size < 10 else f"{i + 1},{j + 1}"
    return Sym(f"r{places}", f"r_{{{places}}}")


def _minus(body: Expr, value: Fraction) -> Expr:
    return body - value if value else body


def _spelled(depth: int) -> str:
    if depth > len(_LETTERS):
        return r"$W_l=(w^{(l)}_{ij})$"
    return ", ".join(f"$W_{{{l}}}=({_LETTERS[l - 1]}_{{ij}})$" for l in range(1, depth + 1))


def components(depth: int, observations: Observations) -> Derivation:
    """The entry equations of the flow."""
    size = observations.rows
    cells = ", ".join(f"({i + 1},{j + 1})" for i, j in observations.positions)
    steps = entry_steps(depth, observations)
    if _diagonal_blocks(observations):
        from verify.symbolic.symmetric_family import at_depth

        steps.append(at_depth(depth))
    return Derivation(
        topic="components",
        title=f"Entry equations, depth {depth}, size {size}",
        statement=(
            rf"For $W=W_{{{depth}}}\cdots W_1$ with ${size}\times {size}$ layers and the entries {cells} observed, "
            r"the gradient flow of $\ell=\tfrac12\sum_{\Omega} r_{ij}^2$ is, entry by entry, as follows"
            if depth > 1
            else rf"For one ${size}\times {size}$ layer with the entries {cells} observed, the flow is as follows"
        ),
        scope=f"depth {depth}, size {size}, these observed positions and values; every start",
        steps=tuple(steps),
        options={"depth": depth, "size": size, "observed": [list(cell) for cell in observations.positions]},
    )


def _diagonal_blocks(observations: Observations) -> bool:
    """Whether equal diagonal blocks are observed, all with one value: the symmetric family then has a reduced form."""
    values = {y for _, _, y in observations.entries}
    return len(values) == 1 and any(
        observations.rows % s == 0
        and observations == Observations.block_diagonal(observations.rows // s, s, next(iter(values)))
        for s in range(1, observations.rows + 1)
    )


@cache
def kernel_polynomials(depth: int, observations: Observations) -> tuple[tuple[str, ...], dict[tuple[int, int], object]]:
    """The coupling kernel between observed entries (by their numbers) as polynomials in all entries of the layers."""
    from verify.arithmetic import evaluate
    from verify.symbolic.polynomials import Polynomials

    rows, columns = observations.shape
    size = rows
    swept = pullback(deep_program([(size, size)] * depth, observations), "product", seed="E")
    names = entry_names(depth, size)
    ring = Polynomials(tuple(x for _, matrix in names for row in matrix for x in row))
    values = {name: tuple(tuple(ring.values[x] for x in row) for row in matrix) for name, matrix in names}
    one, zero = ring.number(Fraction(1)), ring.number(Fraction(0))
    gradients = []
    for i, j in observations.positions:
        seed = tuple(tuple(one if (p, q) == (i, j) else zero for q in range(columns)) for p in range(rows))
        swept_at = evaluate(swept, {**values, "E": seed}, ring.algebra())
        gradients.append([x for l in range(1, depth + 1) for row in swept_at[f"dW{l}"] for x in row])
    kernel = {
        (a, b): sum((x * y for x, y in zip(gradients[a], gradients[b], strict=True)), zero)
        for a in range(len(gradients))
        for b in range(a, len(gradients))
    }
    return ring.variables, kernel


def cross_kernel_step(observations: Observations) -> Step:
    """Depth 2 in entries: the kernel between entries of different parts is the zero polynomial."""
    return Step(
        f"In entries, for {observations.rows} by {observations.columns} layers and these observations, between "
        f"different parts:",
        "the kernel as a polynomial in all entries of both layers has no coefficients left",
        CrossKernelZero(2, observations),
    )


@dataclass(frozen=True)
class CrossKernelZero:
    """The coupling kernel vanishes as a polynomial between every two parts of the observations."""

    depth: int
    observations: Observations
    kind: str = field(default="polynomial", init=False)
    premises: tuple[Relation, ...] = field(default=(), init=False)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Numbers of observed entries of different parts."""
        number = {cell: k for k, cell in enumerate(self.observations.positions)}
        parts = self.observations.blocks()
        return tuple(
            (number[a], number[b])
            for k, part in enumerate(parts)
            for a in part
            for other in parts[k + 1 :]
            for b in other
        )

    @property
    def relations(self) -> tuple[Relation, ...]:
        cells = self.observations.positions
        return tuple(
            Relation(_inner(cells[a], cells[b], self.observations.rows), Num(Fraction(0))) for a, b in self.pairs
        )

    def run(self) -> None:
        """Raise :class:`DerivationError` unless every cross entry is the zero polynomial."""
        _, kernel = kernel_polynomials(self.depth, self.observations)
        for a, b in self.pairs:
            if kernel[min(a, b), max(a, b)] != 0:
                raise DerivationError(f"the kernel between observations {a} and {b} is not zero at depth {self.depth}")

    def to_json(self) -> dict[str, object]:
        """``{"kind", "method", "depth", "observed"}``."""
        return {
            "kind": self.kind,
            "method": "the zero polynomial over Q in all entries of the layers",
            "depth": self.depth,
            "observed": [list(cell) for cell in self.observations.positions],
        }


def _inner(first: tuple[int, int], second: tuple[int, int], size: int) -> Sym:
    sep = "" if size < 10 else ","
    a, b = (f"{i + 1}{sep}{j + 1}" for i, j in (first, second))
    return Sym(f"⟨∇w{a}, ∇w{b}⟩", rf"\langle\nabla w_{{{a}}},\nabla w_{{{b}}}\rangle")
