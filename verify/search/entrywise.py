"""Hunts for statements in rational arithmetic: hypotheses and conclusion written once, for fractions and arrays alike.

A float search evaluates them for thousands of candidates at a time, entries being arrays of shape (count,); the
certificate evaluates the same lines on fractions, where they decide. Formulas use ``+``, ``−``, ``×``, ``÷`` and whole
powers, and integers as constants: a fraction times an array would be an array of objects, and slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from verify.claims import Evidence, Scope
from verify.models import Observations, Problem
from verify.search.charts import Matrix, product, total, transposed
from verify.search.hunt import Chart, Hunt, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: What a domain builds: names to entries, vectors, matrices or lists of matrices; or a record of them that can be told
#: (see :class:`verify.search.hunt.Told`).
Data = Any


class Assertion(NamedTuple):
    """``left = right``, ``left ≥ right`` or ``left > right``, for numbers or for arrays of shape (count,); or, for two
    defects that are never negative, that where the left one vanishes so does the right one, or each where the other.
    """

    left: Any
    relation: Literal["=", "≥", ">", "= 0 ⇒ 0 =", "= 0 ⇔ 0 ="]
    right: Any

    def holds(self) -> bool:
        """Decided, for exact numbers.

        Raises
        ------
        TypeError
            for floats, which decide nothing; integers that are divided make them.
        """
        if isinstance(self.left, float) or isinstance(self.right, float):
            raise TypeError(f"{self}: a side is a float; divide fractions, not integers")
        if self.relation == "=":
            return bool(self.left == self.right)
        if self.relation == "= 0 ⇒ 0 =":
            return bool(self.left != 0 or self.right == 0)
        if self.relation == "= 0 ⇔ 0 =":
            return bool((self.left == 0) == (self.right == 0))
        return bool(self.left > self.right or (self.relation == "≥" and self.left == self.right))

    def slack(self, noise: float, count: int) -> Floats:
        """How far float numbers are from violating it, shape (count,), relative to their size where that exceeds 1.

        Rounding is forgiven where equality satisfies, and not where it violates: whoever is below zero looks like a
        violation and is looked at exactly. Of two defects the smaller one's share counts (of an implication the left
        one's), which tends to zero where one vanishes and the other does not.
        """
        import numpy as np

        left, right = (np.broadcast_to(np.asarray(x, dtype=np.float64), (count,)) for x in (self.left, self.right))
        if "0" in self.relation:
            both = left + right
            share = (left if self.relation == "= 0 ⇒ 0 =" else np.minimum(left, right)) / both
            found: Floats = np.where(both <= noise, noise, share - noise)
            return found
        room: Floats = (left - right) / (1 + np.abs(left) + np.abs(right))
        if self.relation == "=":
            room = -np.abs(room)
        return room - noise if self.relation == ">" else room + noise

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"


def equal(left: Any, right: Any) -> Assertion:
    """``left = right``."""
    return Assertion(left, "=", right)


def at_least(left: Any, right: Any) -> Assertion:
    """``left ≥ right``."""
    return Assertion(left, "≥", right)


def above(left: Any, right: Any) -> Assertion:
    """``left > right``."""
    return Assertion(left, ">", right)


def implied_to_vanish(left: Any, right: Any) -> Assertion:
    """``right = 0`` wherever ``left = 0``, of two defects that are never negative."""
    return Assertion(left, "= 0 ⇒ 0 =", right)


def vanish_together(left: Any, right: Any) -> Assertion:
    """``left = 0`` exactly where ``right = 0``, of two defects that are never negative."""
    return Assertion(left, "= 0 ⇔ 0 =", right)


def equal_matrices(left: Matrix, right: Matrix) -> Iterator[Assertion]:
    """``left = right``, entry by entry."""
    for row, other in zip(left, right, strict=True):
        for x, y in zip(row, other, strict=True):
            yield equal(x, y)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A box of coordinates, and the data that they stand for.

    Parameters
    ----------
    name
        For reports: the size, the depth, the branch.
    box
        (lower, upper) for each coordinate.
    build
        Coordinates (all fractions, or all arrays) to named data. Hypotheses that are equations are built in here, by
        rational formulas: see :mod:`verify.search.charts`.
    whole
        Places of the coordinates that are integers.
    """

    name: str
    box: Sequence[tuple[float, float]]
    build: Callable[[Sequence[Any]], Data]
    whole: tuple[int, ...] = ()


def entrywise_hunt(
    domains: Sequence[Domain],
    *,
    conclusion: Callable[[Data], Iterable[Assertion]],
    refuted: Callable[[Data, Assertion], Evidence],
    requires: Callable[[Data], Iterable[Assertion]] = lambda data: (),
    noise: float = 1e-9,
    cases: int = 20_000,
    about: str = "",
) -> Hunt:
    """The hunt for data that satisfy `requires` and violate one assertion of the `conclusion`.

    Parameters
    ----------
    refuted
        Exact data and the assertion that fails to refuting evidence with its witness.
    noise
        Relative errors of float64 that say nothing.
    cases, about
        See :class:`verify.search.Hunt`.
    """
    charts = tuple(_chart(domain, conclusion, requires, noise) for domain in domains)

    def certify(data: Data) -> Evidence:
        failing = next((one for one in conclusion(data) if not one.holds()), None)
        if failing is None:
            scope = Scope.instances("one candidate")
            return Evidence.undecided(kind="exact evaluation", scope=scope, detail="the conclusion holds exactly")
        return refuted(data, failing)

    return Hunt(charts=charts, certify=certify, noise=0.0, cases=cases, about=about)


def _chart(
    domain: Domain,
    conclusion: Callable[[Data], Iterable[Assertion]],
    requires: Callable[[Data], Iterable[Assertion]],
    noise: float,
) -> Chart:
    def slack(points: Floats) -> Floats:
        import numpy as np

        count = len(points)
        data = domain.build(list(points.T))
        found = reduce(np.minimum, (one.slack(noise, count) for one in conclusion(data)), np.full(count, np.inf))
        for one in requires(data):
            found = np.where(one.slack(noise, count) >= 0, found, np.nan)
        return found

    def data(point: Point) -> Data | None:
        try:
            made = domain.build(point)
            return made if all(one.holds() for one in requires(made)) else None
        except ZeroDivisionError:  # a pole of the parametrization
            return None

    return Chart(
        name=domain.name,
        lower=tuple(low for low, _ in domain.box),
        upper=tuple(high for _, high in domain.box),
        data=data,
        slack=slack,
        whole=domain.whole,
    )


#: Observed entries: position to value.
Observed = Mapping[tuple[int, int], Any]


def residual(layers: Sequence[Matrix], observed: Observed) -> Matrix:
    """``∇l(W)`` for the squared loss: ``w_ij − y_ij`` at the observed entries, zero elsewhere."""
    whole = product(*reversed(layers))
    return tuple(
        tuple(x - observed[i, j] if (i, j) in observed else 0 for j, x in enumerate(row)) for i, row in enumerate(whole)
    )


def rates(layers: Sequence[Matrix], observed: Observed) -> tuple[Matrix, ...]:
    """``W_l' = −(W_L ⋯ W_{l+1})ᵀ ∇l(W) (W_{l−1} ⋯ W_1)ᵀ`` along gradient flow of the squared loss, W_1's first."""
    return rates_for(layers, residual(layers, observed))


def rates_for(layers: Sequence[Matrix], slope: Matrix) -> tuple[Matrix, ...]:
    """The same for any loss, `slope` being its gradient ``∇l(W)``."""
    found = []
    for l in range(len(layers)):
        factors = [transposed(layer) for layer in layers[l + 1 :]] + [slope] + [transposed(x) for x in layers[:l]]
        found.append(tuple(tuple(-x for x in row) for row in product(*factors)))
    return tuple(found)


def product_rate(layers: Sequence[Matrix], moved: Sequence[Matrix]) -> Matrix:
    """``W'`` by the product rule, `moved` being the layers' rates."""
    terms = [product(*reversed([*layers[:l], rate, *layers[l + 1 :]])) for l, rate in enumerate(moved)]
    return reduce(total, terms)


def problem(layers: Sequence[Matrix], observed: Observed) -> Problem:
    """Exact layers and observed entries as a problem."""
    shape = len(layers[-1]), len(layers[0][0])
    return Problem(tuple(layers), Observations(*shape, tuple((i, j, y) for (i, j), y in observed.items())))
