"""How the tail of the spectrum depends on the ball's radius, the target being fixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from proofs_checks.hou_sra_yurtsever_2025.experiments.completion import RANK, SCALES, Grid, draw, spectra
from proofs_checks.hou_sra_yurtsever_2025.experiments.figures import COLOURS, figure
from verify.claims import Answer, Findings, Setting, experiment

RADII = (2.0, 1.2, 1.0, 0.7, 0.5, 0.35, 0.25)
START, STEP, STEPS = 1e-2, 1e-2, 300_000


@experiment(
    "scale-scan",
    paper="hou_sra_yurtsever_2025",
    title="U diag(D) Uᵀ: the tail of the spectrum against the radius of the ball",
    seeds=3,
)
def scale_scan(setting: Setting) -> Findings:
    """Asked: is the bias to low rank free of scale, or does it depend on α against the size of the target?

    As in the paper: completion with full-size factors, D(0) = I, a small random start. Different: the paper names one
    radius and not its size against the target; here a 20 × 20 target of rank 2 and norm 1, 200 observed entries, radii
    from 2 to 1/4, ‖U(0)‖ = 1e-2, 300,000 steps of 1e-2. By an exact symmetry (claim scale-covariance) a smaller radius
    is a larger target: what matters is the target's size over α³.
    """
    import numpy as np

    seeds = range(setting.seed, setting.seed + setting.seeds)
    parts = [(*draw(SCALES[1], seed), radius) for seed in seeds for radius in RADII]
    masks, targets, starts, radii = (np.array(part) for part in zip(*parts, strict=True))
    D = np.ones((len(parts), 1, masks.shape[1]))
    runs = Grid(masks, targets, starts * START, D, STEP, radii[:, None, None])
    count = max(1, round(STEPS * setting.effort))
    first = runs.objective()
    touched = np.zeros(len(parts), dtype=bool)
    with np.errstate(under="ignore"):
        for k in range(count):
            runs.advance()
            if k % 100 == 0:
                touched |= np.linalg.norm(runs.U, axis=(1, 2)) >= radii * (1 - 1e-12)
                setting.progress(k / count, f"iteration {k:,}")
        values = np.array(list(spectra(runs)))
    shape = (setting.seeds, len(RADII))
    tails = (values[:, RANK] / values[:, 0]).reshape(shape)
    second = (values[:, RANK - 1] / values[:, 0]).reshape(shape)
    fits = (runs.objective() / first).reshape(shape)
    touched = touched.reshape(shape)
    picture = setting.folder / "tails.png"
    _draw(picture, tails, second, fits)
    lost = second < 1e-6
    answers = (
        Answer(
            question="The bias is free of scale: the tail is the same for every radius.",
            seen=bool(
                (np.log10(np.maximum(tails, 1e-300)).max(1) - np.log10(np.maximum(tails, 1e-300)).min(1)).max() < 1
            ),
            detail=f"median of σ_3/σ_1 by radius: {_listed(tails)}",
        ),
        Answer(
            question="A radius that is never reached leaves no constraint: radii 2 and 1.2 end alike.",
            seen=bool(not touched[:, :2].any() and np.allclose(tails[:, 0], tails[:, 1], rtol=1e-6)),
            detail=f"runs that reached the ball, by radius: {', '.join(str(int(x)) for x in touched.sum(axis=0))}",
        ),
        Answer(
            question="A radius that is too small ends at too low a rank, with part of the data not fitted.",
            seen=bool(lost[:, -1].all() and (fits[:, -1] > 1e-3).all()),
            detail=f"runs with σ_2 below 1e-6 σ_1, by radius: {', '.join(str(int(x)) for x in lost.sum(axis=0))} of "
            f"{setting.seeds}; median of the objective over that at the start: {_listed(fits)}",
        ),
    )
    data = {"steps": count, "radii": list(RADII), "spectra": values.tolist(), "objective": fits.tolist()}
    return Findings(answers=answers, pictures=(picture,), data=data)


def _listed(table: Any) -> str:
    import numpy as np

    pairs = zip(RADII, np.median(table, axis=0), strict=True)
    return ", ".join(f"{radius:g}: {value:.1e}" if value else f"{radius:g}: 0 (underflow)" for radius, value in pairs)


def _draw(path: Path, tails: Any, second: Any, fits: Any) -> None:
    import numpy as np

    floor = 1e-60
    with figure(path, 1, 2, size=(10, 4)) as (_, axes):
        left, right = axes[0]
        for table, colour, name in ((second, COLOURS[2], "σ_2 / σ_1"), (tails, COLOURS[0], "σ_3 / σ_1")):
            for k, line in enumerate(table):
                shown = np.maximum(line, floor)
                left.loglog(RADII, shown, "o-", color=colour, alpha=0.8, label=name if k == 0 else None)
        left.annotate("at or below the axis", (max(RADII), floor * 30), fontsize=8, ha="right", color="0.3")
        left.set_title("spectrum of the end state; the target has rank 2")
        for line in fits:
            right.loglog(RADII, np.maximum(line, 1e-30), "o-", color=COLOURS[1], alpha=0.8)
        right.set_title("objective over that at the start")
        left.legend()
        for ax in (left, right):
            ax.set_xlabel("radius α, the target having norm 1")
            ax.set_xticks(RADII, [f"{radius:g}" for radius in RADII])
            ax.minorticks_off()
