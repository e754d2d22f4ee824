"""Where to look for fixed points that are not optimal: ``verify hunt SLUG``, for the negative twin ``--twin``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofs_checks.hou_sra_yurtsever_2025 import fixed_points
from proofs_checks.hou_sra_yurtsever_2025.instances import Point
from verify.arithmetic import ExactMatrix
from verify.claims import Evidence, Run, Scope
from verify.models import UDU, Observations
from verify.search.charts import Matrix, matrix, symmetric
from verify.search.hunt import Chart, Hunt
from verify.symbolic.fixed_points import quadratic_forms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ZERO = (Fraction(0), Fraction(0))


def _better(target: ExactMatrix) -> ExactMatrix | None:
    """``t vvᵀ`` with the best t for a rational v near the leading eigenvector of the target, or None where no v is
    better than X = 0."""
    import numpy as np

    _, vectors = np.linalg.eigh(np.array([[float(x) for x in row] for row in target]))
    for unit in (1, 2, 10, 1000):
        v = tuple(Fraction(round(x * unit), unit) for x in vectors[:, -1].tolist())
        gain, size = quadratic_forms(tuple((x,) for x in v), target)[0], sum((x * x for x in v), Fraction(0))
        if gain > 0:
            return tuple(tuple(gain / size**2 * x * y for y in v) for x in v)
    return None


def _highest(target: Matrix) -> Any:
    """The largest eigenvalue of symmetric 2 by 2 matrices."""
    import numpy as np

    (a, b), (_, d) = target
    return (a + d) / 2 + np.sqrt((a - d) ** 2 / 4 + b * b)


@fixed_points.literally_no_spurious_fixed_points.hunt
def _(run: Run) -> Hunt:
    """Points with D = 0, so that X = 0 and G = −M: fixed where no ``u_jᵀ M u_j`` is positive, not optimal where M has a
    positive eigenvalue; U is invertible, since U = 0 is fixed for a trivial reason. For the twin only the off-diagonal
    entries are observed, which some X ⪰ 0 fits exactly."""

    def target_of(x: Sequence[Any]) -> Matrix:
        if run.twin:
            return ((0 * x[4], x[4]), (x[4], 0 * x[4]))
        return symmetric(x[4:], 2)

    def slack(points: Floats) -> Floats:
        import numpy as np

        x = list(points.T)
        target = target_of(x)
        first, second = quadratic_forms(matrix(x, 2, 2), target)
        regular = np.abs(x[0] * x[3] - x[1] * x[2]) > 1e-9
        found: Floats = np.where((first <= 0) & (second <= 0) & regular, -_highest(target), np.nan)
        return found

    def data(point: tuple[Fraction, ...]) -> UDU | None:
        target = target_of(point)
        cells = ((0, 1), (1, 0)) if run.twin else ((0, 0), (0, 1), (1, 0), (1, 1))
        model = UDU(matrix(point, 2, 2), _ZERO, Observations(2, 2, tuple((i, j, target[i][j]) for i, j in cells)))
        regular = point[0] * point[3] != point[1] * point[2]
        return model if regular and max(quadratic_forms(model.U, target)) <= 0 else None

    def certify(model: UDU) -> Evidence:
        assert isinstance(model.observations, Observations)
        target = model.observations.values
        y = target[0][1]
        better = ((abs(y), y), (y, abs(y))) if run.twin else _better(target)
        if better is None:
            detail = "no better matrix was found"
            return Evidence.undecided(kind=fixed_points.EXACT, scope=Scope.instances("one candidate"), detail=detail)
        return fixed_points._spurious("hunted", Point(model, better), fixed_points.FEASIBLE, "D = 0; any ball around U")

    free = 1 if run.twin else 3
    chart = Chart(name="n = 2, X = 0", lower=(-2,) * (4 + free), upper=(2,) * (4 + free), data=data, slack=slack)
    about = "minus the largest eigenvalue of the target, where X = 0 is fixed"
    return Hunt(charts=(chart,), certify=certify, about=about)
