"""Fourier ptychography of an image: phase retrieval from the intensities of shifted low-resolution views."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs_checks.hou_sra_yurtsever_2025.experiments.figures import COLOURS, figure
from verify.claims import Answer, Findings, Setting, experiment

#: Pixels of the image and of a view along one side, distance and number of shifts along one side, columns of U.
PIXELS, VIEW, DISTANCE, SHIFTS, COLUMNS = 28, 14, 4, 5, 6
RADIUS, START, STEP, STEPS = 0.5, 1e-2, 0.9, 4000


def flower() -> Any:
    """The middle of scikit-learn's picture of a flower in grey, PIXELS × PIXELS, of norm 1."""
    import numpy as np
    from sklearn.datasets import load_sample_image

    grey = load_sample_image("flower.jpg").astype(float).mean(axis=2)
    side = min(grey.shape) // PIXELS * PIXELS
    top, left = ((length - side) // 2 for length in grey.shape)
    middle = grey[top : top + side, left : left + side]
    block = side // PIXELS
    small = middle.reshape(PIXELS, block, PIXELS, block).mean(axis=(1, 3))
    return small / np.linalg.norm(small)


class Microscope:
    """``x ↦ F*(P_s F x)`` for every shift s of the pupil: unitary Fourier transforms, a disc cut out, seen small."""

    def __init__(self) -> None:
        import numpy as np

        frequencies = np.arange(VIEW) - VIEW // 2
        self.pupil = (np.add.outer(frequencies**2, frequencies**2) <= (VIEW / 2 - 0.5) ** 2).astype(float)
        offsets = DISTANCE * (np.arange(SHIFTS) - SHIFTS // 2)
        rows, columns = ((frequencies[None, :] + offsets[:, None]) % PIXELS for _ in range(2))
        self.places = [np.add.outer(PIXELS * rows[a], columns[b]).ravel() for a in range(SHIFTS) for b in range(SHIFTS)]
        self.every = np.array(self.places)

    def views(self, images: Any) -> Any:
        """The complex views of real images (count × PIXELS × PIXELS): count × shifts × VIEW × VIEW."""
        from scipy import fft

        spectrum = fft.fft2(images, norm="ortho").reshape(len(images), -1)
        cut = spectrum[:, self.every].reshape(len(images), -1, VIEW, VIEW)
        return fft.ifft2(cut * self.pupil, norm="ortho")

    def back(self, views: Any) -> Any:
        """The adjoint, real part: from views to images."""
        import numpy as np
        from scipy import fft

        spectra = (fft.fft2(views, norm="ortho") * self.pupil).reshape(len(views), len(self.places), -1)
        total = np.zeros((len(views), PIXELS * PIXELS), dtype=complex)
        for k, places in enumerate(self.places):
            total[:, places] += spectra[:, k]
        return fft.ifft2(total.reshape(-1, PIXELS, PIXELS), norm="ortho").real


@dataclass
class Recovery:
    """One run.

    Attributes
    ----------
    spectrum
        singular values of X.
    image
        its leading component, with the sign that fits better.
    error
        distance of that from the truth, which has norm 1.
    objective
        pairs of iteration and ``½ Σ (intensity − measured)²``.
    """

    spectrum: Any
    image: Any
    error: float
    objective: list[tuple[int, float]]


def recover(truth: Any, *, diagonal: bool, seed: int, steps: int, progress: Any) -> Recovery:
    """Run the projected gradient iteration on ``f(X) = ½ Σ_k (⟨a_k a_k*, X⟩ − b_k)²``, matrix-free."""
    import numpy as np

    scope = Microscope()
    measured = np.abs(scope.views(truth[None])[0]) ** 2
    random = np.random.default_rng(seed)
    U = random.standard_normal((COLUMNS, PIXELS, PIXELS))
    U *= START / np.linalg.norm(U)
    D = np.ones(COLUMNS)
    objective = []
    for k in range(steps):
        views = scope.views(U)
        residual = np.tensordot(D, views.real**2 + views.imag**2, axes=1) - measured
        moved = scope.back(residual * views)  # G u_j for every column
        if k % 20 == 0:
            objective.append((k + 1, float((residual**2).sum() / 2)))
            progress(k / steps)
        if not diagonal:
            U = U - 2 * STEP * moved
            continue
        forms = (U * moved).sum(axis=(1, 2))
        U = U - 2 * STEP * moved * D[:, None, None]
        U *= min(1.0, RADIUS / np.linalg.norm(U))
        D = np.maximum(D - STEP * forms, 0.0)
    factor = (np.sqrt(D)[:, None, None] * U).reshape(COLUMNS, -1)
    _, values, rows = np.linalg.svd(factor, full_matrices=False)
    image = values[0] * rows[0].reshape(PIXELS, PIXELS)
    image = image if (image * truth).sum() >= 0 else -image
    return Recovery(values**2, image, float(np.linalg.norm(image - truth)), objective)


@experiment(
    "ptychography",
    paper="hou_sra_yurtsever_2025",
    title="Fourier ptychography: UUᵀ against U diag(D) Uᵀ",
    seeds=3,
)
def ptychography(setting: Setting) -> Findings:
    """Asked: does U diag(D) Uᵀ recover an image from intensities as a matrix of rank 1, more cleanly than UUᵀ?

    As in the paper: phase retrieval lifted to X = xxᵀ, with intensities of shifted Fourier discs, a random start,
    spectra and reconstructions after thousands of iterations. Different: a real image of 28 × 28 pixels, made of
    scikit-learn's picture of a flower (the paper's image is not known to us), 25 views of 14 × 14, six columns,
    α = 1/2 for a target of norm 1, 4000 iterations with step 0.9 for unitary transforms, ‖U(0)‖ = 1e-2.
    """
    truth = flower()
    count = max(20, round(STEPS * setting.effort))
    runs: dict[str, list[Recovery]] = {"UU": [], "UDU": []}
    total = 2 * setting.seeds
    for number in range(total):
        name, seed = ("UU", "UDU")[number % 2], setting.seed + number // 2

        def report(fraction: float, number: int = number, name: str = name) -> None:
            setting.progress((number + fraction) / total, f"{name}, run {number // 2 + 1}")

        runs[name].append(recover(truth, diagonal=name == "UDU", seed=seed, steps=count, progress=report))
    picture, spectra = setting.folder / "reconstructions.png", setting.folder / "spectra.png"
    _draw_images(picture, truth, {name: many[0] for name, many in runs.items()})
    _draw_spectra(spectra, runs)
    ratios = {name: [float(run.spectrum[1] / run.spectrum[0]) for run in many] for name, many in runs.items()}
    errors = {name: [run.error for run in many] for name, many in runs.items()}
    answers = (
        Answer(
            question="The spectrum of U diag(D) Uᵀ has one value above 1e-6 σ_1, that of UUᵀ several.",
            seen=max(ratios["UDU"]) < 1e-6 < min(ratios["UU"]),
            detail="σ_2/σ_1: " + "; ".join(f"{name}ᵀ {_listed(values)}" for name, values in ratios.items()),
        ),
        Answer(
            question="The leading component of U diag(D) Uᵀ is closer to the image than that of UUᵀ.",
            seen=all(b < a for a, b in zip(errors["UU"], errors["UDU"], strict=True)),
            detail="distance, the image having norm 1: "
            + "; ".join(f"{name}ᵀ {_listed(values)}" for name, values in errors.items()),
        ),
    )
    data = {
        "steps": count,
        "spectra": {name: [run.spectrum.tolist() for run in many] for name, many in runs.items()},
        "errors": errors,
        "objective": {name: [run.objective for run in many] for name, many in runs.items()},
    }
    return Findings(answers=answers, pictures=(picture, spectra), data=data)


def _listed(values: list[float]) -> str:
    return ", ".join(f"{x:.1e}" for x in values)


def _draw_images(path: Path, truth: Any, runs: dict[str, Recovery]) -> None:
    import numpy as np

    centre = np.abs(Microscope().views(truth[None])[0, SHIFTS * SHIFTS // 2]) ** 2
    top = float(truth.max())
    shown = [
        ("image", truth, top),
        (f"one of {SHIFTS * SHIFTS} views (intensity)", centre, float(centre.max())),
        (f"UUᵀ, error {runs['UU'].error:.1e}", runs["UU"].image, top),
        (f"U diag(D) Uᵀ, error {runs['UDU'].error:.1e}", runs["UDU"].image, top),
    ]
    worst = max(float(np.abs(run.image - truth).max()) for run in runs.values())
    with figure(path, 2, 4, size=(12, 6.4)) as (drawing, axes):
        for column, (title, image, most) in enumerate(shown):
            ax = axes[0, column]
            ax.imshow(image, cmap="gray", vmin=0, vmax=most, interpolation="nearest")
            ax.set_title(title)
        for column, run in zip((2, 3), (runs["UU"], runs["UDU"]), strict=True):
            difference = run.image - truth
            drawn = axes[1, column].imshow(difference, cmap="RdBu", vmin=-worst, vmax=worst, interpolation="nearest")
            axes[1, column].set_title("difference from the image")
        drawing.colorbar(drawn, ax=list(axes[:, 3]), shrink=0.6, location="right", label="difference")
        for ax in axes.ravel():
            ax.set_xticks([])
            ax.set_yticks([])
            ax.grid(False)
            for side in ax.spines.values():
                side.set_visible(False)
        gap = axes[1, 0].get_subplotspec().get_gridspec()
        for old in axes[1, :2]:
            old.remove()
        wide = drawing.add_subplot(gap[1, :2])
        for name, colour, label in (("UU", COLOURS[1], "UUᵀ"), ("UDU", COLOURS[0], "U diag(D) Uᵀ")):
            values = runs[name].spectrum / runs[name].spectrum[0]
            wide.semilogy(range(1, COLUMNS + 1), np.maximum(values, 1e-32), "o-", color=colour, label=label)
        wide.set_xlabel("k")
        wide.set_ylabel("σ_k / σ_1")
        wide.set_title("spectra")
        wide.legend()


def _draw_spectra(path: Path, runs: dict[str, list[Recovery]]) -> None:
    import numpy as np

    with figure(path, 1, 2, size=(10, 3.8)) as (_, axes):
        for name, colour, label in (("UU", COLOURS[1], "UUᵀ"), ("UDU", COLOURS[0], "U diag(D) Uᵀ")):
            for k, run in enumerate(runs[name]):
                values = np.maximum(run.spectrum / run.spectrum[0], 1e-32)
                first = label if k == 0 else None
                axes[0, 0].semilogy(range(1, COLUMNS + 1), values, "o-", color=colour, alpha=0.8, label=first)
                times, losses = zip(*run.objective, strict=True)
                axes[0, 1].loglog(times, losses, color=colour, alpha=0.8, label=first)
        axes[0, 0].set_xlabel("k")
        axes[0, 0].set_ylabel("σ_k / σ_1")
        axes[0, 1].set_xlabel("iteration")
        axes[0, 1].set_ylabel("objective")
        for ax in axes.ravel():
            ax.legend()
