"""Hunts among gradient flows: the limits of thousands of candidates in float64, and the certified limit of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from verify.arithmetic import InputError
from verify.claims import Evidence
from verify.models import Model, Observations, Problem
from verify.search.charts import Matrix, stacked
from verify.search.hunt import Chart, Hunt, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from verify.rigorous import Limit

    Floats = NDArray[np.float64]

#: Where a float search gives up following a flow, in the flow's time and in steps. Slow flows end near saddles.
HORIZON, STEPS = 1_000.0, 600
#: The flow's residual at which its state is taken for the limit, and its truncation error.
_FITTED, _TOLERANCE = 1e-7, 1e-8
#: The residual at which a flow that is followed in high precision has ended.
_FITTED_PRECISELY = Fraction(1, 10**20)


@dataclass(frozen=True)
class Ends:
    """Where flows ended, in float64; the first axis of every array is the candidate.

    Attributes
    ----------
    product
        end-to-end matrices, shape (count, rows, columns).
    fitted
        whether every observed entry came within 1e-7 of its value: else `product` is no limit.
    residual
        largest absolute observed residual.
    start
        end-to-end matrices at the start, shape (count, rows, columns).
    layers
        W_1 first, each of shape (count, rows, columns).
    """

    product: Floats
    fitted: NDArray[np.bool_]
    residual: Floats
    start: Floats
    layers: tuple[Floats, ...]

    def singular_values(self) -> Floats:
        """Shape (count, min(rows, columns)), largest first."""
        import numpy as np

        values: Floats = np.linalg.svd(np.nan_to_num(self.product), compute_uv=False)
        return values

    def stable_rank(self) -> Floats:
        """``‖W‖_F²/‖W‖₂²`` of each, shape (count,)."""
        squares = self.singular_values() ** 2
        ratio: Floats = squares.sum(axis=1) / squares[:, 0]
        return ratio

    def determinant(self) -> Floats:
        """Shape (count,)."""
        import numpy as np

        values: Floats = np.linalg.det(np.nan_to_num(self.product))
        return values


def ends(layers: Sequence[Matrix], count: int, observations: Observations, *, horizon: float = HORIZON) -> Ends:
    """Follow the flows from `count` starts, given as matrices of arrays, until they fit the data or `horizon`."""
    import numpy as np

    from verify.numeric.batch import integrate_batch

    starts = [stacked(layer, count) for layer in layers]
    finite = np.all([np.isfinite(start).all(axis=(1, 2)) for start in starts], axis=0)
    for layer in starts:
        layer[~finite] = 0.0
    start = starts[0]
    for later in starts[1:]:
        start = later @ start
    flow = integrate_batch(
        _shape_of(tuple((len(w), len(w[0])) for w in layers), observations),
        starts,
        time=horizon,
        tolerance=_TOLERANCE,
        stop_residual=_FITTED,
        stop_gradient=1e-10,
        max_steps=STEPS,
        estimate=False,
    )
    residual = np.where(finite, flow.residual, np.inf)
    return Ends(flow.product, (flow.residual <= _FITTED) & finite, residual, start, flow.layers)


def precise_end(problem: Problem, *, horizon: float = HORIZON) -> Ends | None:
    """Where the flow from one start ends, right to float64's last digits; None where it does not fit the data in time.

    Not a proof: 25 digits are carried, until the residual is below 1e-20.
    """
    import numpy as np

    from verify.numeric import NotReachedError, integrate

    try:
        flow = integrate(problem, until=_FITTED_PRECISELY, time=Fraction(horizon), digits=25)
    except NotReachedError:
        return None
    product, start, *layers = (
        np.array([[[float(x) for x in row] for row in w]]) for w in (flow.product, problem.product(), *flow.layers)
    )
    return Ends(product, np.array([True]), np.array([float(_FITTED_PRECISELY)]), start, tuple(layers))


@lru_cache(maxsize=64)
def _shape_of(shapes: tuple[tuple[int, int], ...], observations: Observations) -> Problem:
    """A problem with these shapes; its start plays no part."""
    return Problem(tuple(((Fraction(0),) * columns,) * rows for rows, columns in shapes), observations)


def flow_chart(
    name: str,
    box: Sequence[tuple[float, float]],
    *,
    layers: Callable[[Sequence[Any]], Sequence[Matrix]],
    observations: Observations,
    slack: Callable[[Ends, Sequence[Any]], Any],
    requires: Callable[[Problem], bool] | None = None,
    whole: tuple[int, ...] = (),
    horizon: float = HORIZON,
) -> Chart:
    """A chart of starts of a deep factorization, judged by where their flows end.

    Parameters
    ----------
    box
        (lower, upper) for each coordinate.
    layers
        Coordinates (all fractions, or all arrays) to layers, W_1 first: see :mod:`verify.search.charts`.
    slack
        Where the flows ended, and the coordinates, to the slack, shape (count,). NaN where nothing can be said, for
        example where the data were not fitted.
    requires
        A hypothesis that the coordinates do not build in, decided on the exact problem.
    """

    def data(point: Point) -> Problem | None:
        try:
            problem = Problem(tuple(layers(point)), observations)
        except ZeroDivisionError:  # a pole of the parametrization
            return None
        return problem if requires is None or requires(problem) else None

    def evaluate(points: Floats) -> Floats:
        import numpy as np

        coordinates = list(points.T)
        found = ends(layers(coordinates), len(points), observations, horizon=horizon)
        return np.asarray(slack(found, coordinates), dtype=np.float64)

    def precise(point: Point) -> float | None:
        import numpy as np

        problem = data(point)
        found = None if problem is None else precise_end(problem, horizon=horizon)
        if found is None:
            return None
        value = float(np.asarray(slack(found, [np.array([float(x)]) for x in point]), dtype=np.float64)[0])
        return None if np.isnan(value) else value

    return Chart(
        name=name,
        lower=tuple(low for low, _ in box),
        upper=tuple(high for _, high in box),
        data=data,
        slack=evaluate,
        whole=whole,
        precise=precise,
    )


#: Digits of a certified limit: those that decide most candidates, and those for what float64 cannot tell from zero.
DIGITS = (8, 24)


def certified_limits(problem: Problem) -> Iterator[Limit]:
    """The limit with few digits, then, if that did not do, with more; one that is refused is the last."""
    for digits in DIGITS:
        limit = certified_limit(problem, digits)
        yield limit
        if not limit.converged:
            return


@lru_cache(maxsize=256)
def certified_limit(problem: Problem, digits: int = 8) -> Limit:
    """The limit, enclosed or refused; not followed further than a float search does."""
    from verify.rigorous import certify_limit

    return certify_limit(problem, digits=digits, time_limit=Fraction(HORIZON))


def joined(exact: Hunt, flows: Hunt) -> Hunt:
    """The hunt of a statement about rates (or formulas) and about limits: flows' starts belong to the second one, all
    other data to the first."""

    def certify(data: Any) -> Evidence:
        return (flows if isinstance(data, Model) else exact).certify(data)

    if exact.noise != flows.noise:
        raise InputError("joined hunts", "differ in noise", "let the slacks themselves forgive rounding")
    return Hunt(
        charts=exact.charts + flows.charts,
        certify=certify,
        noise=exact.noise,
        cases=max(exact.cases, flows.cases),
        about="; ".join(about for about in (exact.about, flows.about) if about),
    )
