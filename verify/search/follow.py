"""Gradient flows in float64 whose data differ from candidate to candidate: targets and measurements, not starts alone.

The batched integrator of :mod:`verify.numeric.batch` follows thousands of starts of *one* problem; here every candidate
has a problem of its own, of one shape. Approximate: it ranks candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    #: End-to-end matrices, shape (rows, columns, count), and which candidates they belong to, to ``∇l`` of them.
    Slope = Callable[[Floats, NDArray[np.int64]], Floats]

# Dormand & Prince 1980: a pair of orders 5 and 4.
_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)


@dataclass(frozen=True)
class Followed:
    """Where flows were left; the first axis of every array is the candidate.

    Attributes
    ----------
    layers, product
        W_1 first, and the end-to-end matrices, each of shape (count, rows, columns).
    time
        when, shape (count,), in the flow's own unit.
    still
        whether every entry of ``∇l`` of the product had come below the threshold.
    """

    layers: tuple[Floats, ...]
    product: Floats
    time: Floats
    still: NDArray[np.bool_]


def follow(
    layers: Sequence[Floats],
    slope: Slope,
    *,
    time: float | Floats,
    tolerance: float = 1e-8,
    still: float = 0.0,
    steps: int = 60,
) -> Followed:
    """Follow ``W_l' = −(W_L ⋯ W_{l+1})ᵀ ∇l(W) (W_{l−1} ⋯ W_1)ᵀ`` from `count` starts.

    Parameters
    ----------
    layers
        W_1 first, each of shape (count, rows, columns).
    slope
        ``∇l`` of a function of the end-to-end matrices, for some of the candidates; here the candidate is the last
        axis, of what it gets and of what it gives.
    time
        how far to go; a number, or one for each candidate.
    tolerance
        error that a step may make, relative to the largest entry of the state or 1.
    still
        a flow is left where ``∇l`` is not above this in any entry. Near a limit the steps are as long as stability
        allows, and errors of about `tolerance` stay: ten times as much is a good threshold.
    steps
        a flow is left after so many steps, tried ones included.
    """
    import numpy as np

    shapes = [layer.shape[1:] for layer in layers]
    count = len(layers[0])
    # The candidate is the last axis, so that inner loops run over candidates and not over tiny matrices.
    state = np.concatenate([layer.reshape(count, -1).T for layer in layers])
    clock, step = np.zeros(count), np.full(count, 1e-2)
    end = np.broadcast_to(np.asarray(time, dtype=np.float64), (count,))
    settled, active = np.zeros(count, dtype=np.bool_), np.flatnonzero(np.isfinite(state).all(axis=0))
    for _ in range(steps):
        here = state[:, active]
        first, slopes = _rate(here, shapes, slope, active)
        settled[active] = np.abs(slopes).max(axis=(0, 1)) <= still
        going = ~settled[active] & (clock[active] < end[active])
        active, here = active[going], here[:, going]
        if not len(active):
            break
        h = np.minimum(step[active], end[active] - clock[active])
        rates = np.empty((7, *here.shape))
        rates[0] = first[:, going]
        moved = here
        for k, weights in enumerate(_STAGES, start=1):
            moved = here + h * _combined(weights, rates)
            rates[k], _ = _rate(moved, shapes, slope, active)
        size = 1 + np.abs(here).max(axis=0)
        error = np.abs(h * _combined(_ERROR, rates)).max(axis=0) / (tolerance * size)
        accepted = error <= 1  # not where it is NaN
        state[:, active[accepted]] = moved[:, accepted]
        clock[active[accepted]] += h[accepted]
        step[active] = h * np.clip(0.9 * np.maximum(np.nan_to_num(error, nan=1e9), 1e-9) ** -0.2, 0.2, 5)
    found = _layers(state, shapes)
    whole = found[0]
    for layer in found[1:]:
        whole = _times(layer, whole)
    return Followed(tuple(map(_first, found)), _first(whole), clock, settled)


def _combined(weights: Sequence[float], rates: Floats) -> Floats:
    """A linear combination of the first rates; BLAS would start threads for it."""
    found: Floats = weights[0] * rates[0]
    for weight, rate in zip(weights[1:], rates[1:], strict=False):
        if weight:
            found += weight * rate
    return found


def _first(matrices: Floats) -> Floats:
    """The candidate as the first axis."""
    import numpy as np

    return np.moveaxis(matrices, -1, 0)


def _layers(state: Floats, shapes: Sequence[tuple[int, ...]]) -> list[Floats]:
    """Shape (rows, columns, count) each."""
    import numpy as np

    parts = np.split(state, np.cumsum([prod(shape) for shape in shapes])[:-1])
    return [part.reshape(*shape, -1) for part, shape in zip(parts, shapes, strict=True)]


def _times(left: Floats, right: Floats) -> Floats:
    """Products of matrices, the candidate last; several times faster than ``einsum`` or ``matmul`` for small ones."""
    found: Floats = left[:, 0, None] * right[0]
    for j in range(1, len(right)):
        found += left[:, j, None] * right[j]
    return found


def _rate(
    state: Floats, shapes: Sequence[tuple[int, ...]], slope: Slope, active: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """The rates of all entries, and ``∇l`` of the products."""
    import numpy as np

    layers = _layers(state, shapes)
    before = [layers[0]]  # W_l ⋯ W_1
    for layer in layers[1:]:
        before.append(_times(layer, before[-1]))
    slopes = slope(before[-1], active)
    back, found = -slopes, []  # −(W_L ⋯ W_{l+1})ᵀ ∇l
    for l in range(len(layers) - 1, 0, -1):
        found.append(_times(back, before[l - 1].swapaxes(0, 1)).reshape(-1, len(active)))
        back = _times(layers[l].swapaxes(0, 1), back)
    found.append(back.reshape(-1, len(active)))
    return np.concatenate(found[::-1]), slopes
