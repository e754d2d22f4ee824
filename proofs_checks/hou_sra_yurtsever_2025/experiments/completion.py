"""Matrix completion: spectra and objective of ``UUᵀ`` and ``U diag(D) Uᵀ`` over steps and starts (figure 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proofs_checks.hou_sra_yurtsever_2025.experiments.figures import COLOURS, figure
from verify.claims import Answer, Findings, Setting, experiment

if TYPE_CHECKING:
    from verify.models import UDU, BurerMonteiro

SIZE, RANK, OBSERVED, RADIUS = 20, 2, 200, 1
STARTS = (1e-2, 1e-4, 1e-6)
STEPS = 250_000


@dataclass(frozen=True)
class Scale:
    """How large the target is, and the steps that go with it."""

    name: str
    title: str
    normalized: bool
    steps: tuple[float, float]


SCALES = (
    Scale("large", "target as drawn, ‖X*‖ ≈ 25α", False, (1e-3, 5e-4)),
    Scale("unit", "target scaled to ‖X*‖ = α", True, (1e-1, 1e-2)),
)


@dataclass
class Grid:
    """All runs of one model at one scale, side by side: (seed, start, step) along the leading axis."""

    mask: Any
    target: Any
    U: Any
    D: Any | None
    step: Any
    radius: Any = RADIUS

    def advance(self) -> None:
        """One step of the projected gradient iteration for every run."""
        import numpy as np

        U, D = self.U, self.D
        G = self.gradient()
        if D is None:
            self.U = U - 2 * self.step * (G @ U)
            return
        moved = G @ U
        forms = (U * moved).sum(axis=1, keepdims=True)
        stepped = U - 2 * self.step * moved * D
        norms = np.sqrt((stepped * stepped).sum(axis=(1, 2), keepdims=True))
        self.U = stepped * np.minimum(1.0, self.radius / norms)
        self.D = np.maximum(D - self.step * forms, 0.0)

    def gradient(self) -> Any:
        """``G = mask ∘ (X − X*)``, symmetric."""
        left = self.U if self.D is None else self.U * self.D
        return self.mask * (left @ self.U.transpose(0, 2, 1) - self.target)

    def objective(self) -> Any:
        """``½ Σ (X_ij − X*_ij)²`` over the observed entries, for every run."""
        return (self.gradient() ** 2).sum(axis=(1, 2)) / 2


def draw(scale: Scale, seed: int) -> tuple[Any, Any, Any]:
    """A symmetric mask, a target of rank 2 and a start of norm 1, from a seed."""
    import numpy as np

    random = np.random.default_rng(seed)
    factor = random.standard_normal((SIZE, RANK))
    target = factor @ factor.T
    if scale.normalized:
        target /= np.linalg.norm(target)
    upper = [(i, j) for i in range(SIZE) for j in range(i, SIZE)]
    mask = np.zeros((SIZE, SIZE))
    for k in random.permutation(len(upper)):
        i, j = upper[k]
        mask[i, j] = mask[j, i] = 1
        if mask.sum() >= OBSERVED:
            break
    start = random.standard_normal((SIZE, SIZE))
    return mask, target, start / np.linalg.norm(start)


def grid(scale: Scale, *, diagonal: bool, seeds: range) -> Grid:
    """All runs of one model at one scale."""
    import numpy as np

    parts = [(*draw(scale, seed), start, step) for seed in seeds for start in STARTS for step in scale.steps]
    masks, targets, starts, sizes, steps = (np.array(part) for part in zip(*parts, strict=True))
    U = starts * sizes[:, None, None]
    D = np.ones((len(parts), 1, SIZE)) if diagonal else None
    return Grid(masks, targets, U, D, steps[:, None, None])


def as_model(runs: Grid, k: int, *, radius: int | None = None) -> UDU | BurerMonteiro:
    """One run of a grid as an exact model: its state after rounding, so without a ball unless one is named."""
    from fractions import Fraction

    from verify.models import UDU, BurerMonteiro, Observations

    def exact(matrix: Any) -> tuple[tuple[Fraction, ...], ...]:
        return tuple(tuple(Fraction(float(x)) for x in row) for row in matrix)

    places = [(i, j) for i in range(SIZE) for j in range(SIZE) if runs.mask[k, i, j]]
    observed = Observations(SIZE, SIZE, tuple((i, j, Fraction(float(runs.target[k, i, j]))) for i, j in places))
    step = Fraction(float(runs.step[k, 0, 0]))
    if runs.D is None:
        return BurerMonteiro(exact(runs.U[k]), observed, step=step)
    return UDU(
        exact(runs.U[k]), exact(runs.D[k])[0], observed, radius=None if radius is None else Fraction(radius), step=step
    )


def spectra(runs: Grid) -> Iterator[list[float]]:
    """The singular values of X for every run: squares of those of ``U D^{1/2}``, by Jacobi's method, which sees small
    ones beside large ones; 0 where float64 underflows."""
    import mpmath
    import numpy as np

    from verify.numeric.spectra import jacobi

    factors = runs.U if runs.D is None else runs.U * np.sqrt(runs.D)
    for factor in factors:
        yield [x * x for x in jacobi(factor.tolist(), mpmath.fp)]


@experiment(
    "completion",
    paper="hou_sra_yurtsever_2025",
    title="Matrix completion: UUᵀ against U diag(D) Uᵀ",
    seeds=3,
)
def completion(setting: Setting) -> Findings:
    """Asked: does U diag(D) Uᵀ with ‖U‖ ≤ α end at low rank whatever the start and the step, and UUᵀ not?

    As in the paper: a symmetric target of low rank, part of its entries observed, full-size factors, D(0) = I, a
    random U of norm 1e-2, 1e-4 or 1e-6, constant steps, spectra and objective at the end. Different: 20 × 20 with
    rank 2 and 200 observed entries for 100 × 100 with rank 3 and 900; 250,000 iterations for a million; steps 1e-3
    and 5e-4, or 1e-1 and 1e-2 for a target scaled to norm 1, because the paper's α and the scale of its target are
    not known to us. Both scales are shown: the outcome depends on the scale relative to α.
    """
    import numpy as np

    seeds = range(setting.seed, setting.seed + setting.seeds)
    count = max(1, round(STEPS * setting.effort))
    results: dict[str, dict[str, Any]] = {}
    with np.errstate(under="ignore"):
        for number, (scale, diagonal) in enumerate((s, d) for s in SCALES for d in (False, True)):
            runs = grid(scale, diagonal=diagonal, seeds=seeds)
            history = []
            marks = set(np.unique(np.geomspace(1, count, 60).astype(int)))
            for k in range(1, count + 1):
                runs.advance()
                if k in marks:
                    history.append((k, runs.objective().tolist()))
                if k % 1000 == 0:
                    name = f"{scale.name} target, {'UDUᵀ' if diagonal else 'UUᵀ'}"
                    setting.progress((number + k / count) / 4, f"{name}, iteration {k:,}")
            results[f"{scale.name} {'UDU' if diagonal else 'UU'}"] = {
                "spectra": list(spectra(runs)),
                "objective": history,
            }
    picture = setting.folder / "spectra.png"
    _draw_spectra(picture, results)
    progress = setting.folder / "objective.png"
    _draw_objective(progress, results)
    data = {"steps": count, "starts": list(STARTS), "scales": {s.name: list(s.steps) for s in SCALES}, **results}
    return Findings(answers=tuple(_answers(results)), pictures=(picture, progress), data=data)


def _tails(result: dict[str, Any]) -> Any:
    """``σ_3/σ_1`` by seed and by (start, step)."""
    import numpy as np

    values = np.array(result["spectra"])
    return (values[:, RANK] / values[:, 0]).reshape(-1, len(STARTS) * 2)


def _range(values: Any) -> str:
    low, high = float(values.min()), float(values.max())
    if high == 0:
        return "0 (underflow)"
    return f"{low:.1e} to {high:.1e}" if low else f"0 (underflow) to {high:.1e}"


def _spread(tails: Any) -> float:
    """How many decades σ_3/σ_1 moves over starts and steps, for the worst seed; underflow counts as 1e-300."""
    import numpy as np

    logs = np.log10(np.maximum(tails, 1e-300))
    return float((logs.max(axis=1) - logs.min(axis=1)).max())


def _answers(results: dict[str, dict[str, Any]]) -> Iterator[Answer]:
    import numpy as np

    tails = {name: _tails(result) for name, result in results.items()}
    for scale in SCALES:
        bm, udu = tails[f"{scale.name} UU"], tails[f"{scale.name} UDU"]
        low = int((udu < 1e-12).sum())
        yield Answer(
            question=f"{scale.title}: U diag(D) Uᵀ ends with σ_3 below 1e-12 σ_1 in every run, UUᵀ in none.",
            seen=bool((udu < 1e-12).all() and (bm > 1e-12).all()),
            detail=f"σ_3/σ_1: UDUᵀ {_range(udu)} ({low} of {udu.size} runs), UUᵀ {_range(bm)}",
        )
        yield Answer(
            question=f"{scale.title}: the tail of U diag(D) Uᵀ depends less on start and step than that of UUᵀ.",
            seen=_spread(np.maximum(udu, 1e-16)) < _spread(bm),
            detail=f"σ_3/σ_1 varies by {_spread(np.maximum(udu, 1e-16)):.1f} decades (what is below 1e-16 counted as "
            f"that) against {_spread(bm):.1f}",
        )
        history = results[f"{scale.name} UDU"]["objective"]
        share = np.array(history[-1][1]) / np.array(history[0][1])
        yield Answer(
            question=f"{scale.title}: U diag(D) Uᵀ has fitted the observed entries at the end of every run.",
            seen=bool((share < 1e-3).all()),
            detail=f"objective over that at the start: {_range(share)}; {int((share < 1e-3).sum())} of {share.size} "
            "runs below 1e-3. A run that has not fitted is of low rank because it is not finished.",
        )
    smallest = slice(2 * (len(STARTS) - 1), None)
    bm, udu = tails["unit UU"][:, smallest], tails["unit UDU"][:, smallest]
    yield Answer(
        question="Regardless of the scale: for the smallest start the tail of U diag(D) Uᵀ lies below that of UUᵀ "
        "at the target of norm α too.",
        seen=bool((udu < bm).all()),
        detail=f"σ_3/σ_1 from the start of norm 1e-6: UDUᵀ {_range(udu)}, UUᵀ {_range(bm)}",
    )


def _draw_spectra(path: Path, results: dict[str, dict[str, Any]]) -> None:
    import numpy as np

    with figure(path, 2, 2, size=(10, 7), sharex=True, sharey="row") as (drawing, axes):
        for row, scale in enumerate(SCALES):
            for column, model in enumerate(("UU", "UDU")):
                ax, values = axes[row, column], np.array(results[f"{scale.name} {model}"]["spectra"])
                floor = 1e-24 if scale.name == "unit" else 1e-40
                shown = np.maximum(values / values[:, :1], floor)
                for k, line in enumerate(shown):
                    start, step = (k // 2) % len(STARTS), k % 2
                    first = k < 2 * len(STARTS)
                    ax.semilogy(
                        range(1, SIZE + 1),
                        line,
                        color=COLOURS[start],
                        linestyle="-" if step == 0 else "--",
                        linewidth=1.2,
                        marker="o" if step == 0 else "s",
                        markersize=3,
                        alpha=0.85,
                        label=f"‖U(0)‖ = {STARTS[start]:.0e}, step {scale.steps[step]:.0e}" if first else None,
                    )
                ax.set_xticks([1, 5, 10, 15, 20])
                ax.axvline(RANK + 0.5, color="0.4", linewidth=0.8)
                ax.set_title(f"{'UUᵀ' if model == 'UU' else 'U diag(D) Uᵀ'}, {scale.title}")
                if column == 0:
                    ax.set_ylabel("σ_k / σ_1")
                if row == 1:
                    ax.set_xlabel("k")
                if model == "UU":
                    ax.legend(fontsize=7, loc="lower left")
                if (values / values[:, :1] < floor).any():
                    ax.annotate("at or below the axis", (SIZE, floor * 100), fontsize=8, ha="right", color="0.3")
        drawing.suptitle("Spectra of the end states; the target has rank 2 (line)")


def _draw_objective(path: Path, results: dict[str, dict[str, Any]]) -> None:
    import numpy as np

    with figure(path, 1, 2, size=(10, 3.8)) as (drawing, axes):
        for column, scale in enumerate(SCALES):
            ax = axes[0, column]
            for model, colour, name in (("UU", COLOURS[1], "UUᵀ"), ("UDU", COLOURS[0], "U diag(D) Uᵀ")):
                history = results[f"{scale.name} {model}"]["objective"]
                times = [k for k, _ in history]
                lines = np.array([values for _, values in history]).T
                for k, line in enumerate(lines):
                    ax.loglog(
                        times,
                        np.maximum(line, 1e-30),
                        color=colour,
                        alpha=0.6,
                        linestyle="-" if k % 2 == 0 else "--",
                        linewidth=1,
                        label=name if k == 0 else None,
                    )
            ax.set_title(scale.title)
            ax.set_xlabel("iteration")
            ax.set_ylabel("objective")
            ax.legend()
        drawing.suptitle("Objective; dashed lines are the smaller step")
