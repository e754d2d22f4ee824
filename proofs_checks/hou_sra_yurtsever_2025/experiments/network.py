"""A UDV network against a UV network on a regression data set, with SVD pruning after training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs_checks.hou_sra_yurtsever_2025.experiments.figures import COLOURS, figure
from verify.claims import Answer, Findings, Setting, experiment

HIDDEN, TRAINING, STEP, EPOCHS = 26, 300, 0.05, 6000
#: A rank keeps the accuracy if pruning to it raises the test error by no more than this factor.
KEPT = 1.02


@dataclass
class Networks:
    """Networks ``f(x) = Σ_j v_j w_j max(u_jᵀx, 0)``, one a seed, trained side by side.

    Attributes
    ----------
    U, v, w
        seeds × HIDDEN × features, seeds × HIDDEN, seeds × HIDDEN.
    constrained
        whether ``‖U‖_F ≤ 1``, ``‖v‖ ≤ 1``, ``w ≥ 0`` with w trained (UDV); else w stays 1 (UV).
    """

    U: Any
    v: Any
    w: Any
    constrained: bool

    def predict(self, inputs: Any) -> Any:
        """Seeds × samples."""
        import numpy as np

        hidden = np.maximum(inputs @ self.U.transpose(0, 2, 1), 0)
        return (hidden * (self.v * self.w)[:, None, :]).sum(axis=2)

    def train(self, inputs: Any, targets: Any) -> None:
        """One step of (projected) gradient descent on half the mean square error, over all samples."""
        import numpy as np

        before = inputs @ self.U.transpose(0, 2, 1)
        hidden, weights = np.maximum(before, 0), self.v * self.w
        error = ((hidden * weights[:, None, :]).sum(axis=2) - targets) / inputs.shape[1]
        slope = (hidden * error[:, :, None]).sum(axis=1)
        slope_U = ((error[:, :, None] * (before > 0)).transpose(0, 2, 1) @ inputs) * weights[:, :, None]
        slope_v, slope_w = self.w * slope, self.v * slope
        self.U, self.v = self.U - STEP * slope_U, self.v - STEP * slope_v
        if self.constrained:
            self.w = np.maximum(self.w - STEP * slope_w, 0)
            self.U = self.U * np.minimum(1, 1 / np.linalg.norm(self.U, axis=(1, 2), keepdims=True))
            self.v = self.v * np.minimum(1, 1 / np.linalg.norm(self.v, axis=1, keepdims=True))

    def layer(self) -> Any:
        """The rows ``|v_j| w_j u_jᵀ``: all that f depends on besides the signs of v, as the hinge is homogeneous."""
        import numpy as np

        return (np.abs(self.v) * self.w)[:, :, None] * self.U

    def pruned(self, rank: int) -> Networks:
        """The same networks with that layer replaced by its best approximation of lower rank."""
        import numpy as np

        left, values, right = np.linalg.svd(self.layer(), full_matrices=False)
        low = (left[:, :, :rank] * values[:, None, :rank]) @ right[:, :rank]
        return Networks(low, np.sign(self.v), np.ones_like(self.w), self.constrained)


def samples(seed: int) -> tuple[Any, Any, Any, Any]:
    """Training and test data: scikit-learn's diabetes data with products of its features, standardized."""
    import numpy as np
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    features, targets = load_diabetes(return_X_y=True)
    features = PolynomialFeatures(2, include_bias=False).fit_transform(StandardScaler().fit_transform(features))
    order = np.random.default_rng(seed).permutation(len(features))
    training, test = order[:TRAINING], order[TRAINING:]
    inputs = StandardScaler().fit(features[training]).transform(features)
    inputs = np.c_[inputs, np.ones(len(inputs))]
    values = (targets - targets[training].mean()) / targets[training].std()
    return inputs[training], values[training], inputs[test], values[test]


def untrained(kind: str, seeds: range, features: int) -> Networks:
    """Networks at the start: random, w = 1; for UDV scaled to norm 1, for UV of the usual variance or a tenth of that
    size."""
    import numpy as np

    random = [np.random.default_rng((seed, 1)) for seed in seeds]
    U = np.array([one.standard_normal((HIDDEN, features)) for one in random]) / np.sqrt(features)
    v = np.array([one.standard_normal(HIDDEN) for one in random]) / np.sqrt(HIDDEN)
    if kind == "UDV":
        U /= np.linalg.norm(U, axis=(1, 2), keepdims=True)
        v /= np.linalg.norm(v, axis=1, keepdims=True)
    elif kind == "UV small":
        U, v = U / 10, v / 10
    return Networks(U, v, np.ones_like(v), kind == "UDV")


KINDS = {"UV": "UV, usual start", "UV small": "UV, a tenth of the usual start", "UDV": "UDV"}


@experiment(
    "network",
    paper="hou_sra_yurtsever_2025",
    title="Networks: UV against UDV, pruned after training",
    seeds=10,
)
def network(setting: Setting) -> Findings:
    """Asked: does a diagonal layer between norm-constrained layers lead to weights that can be pruned to lower rank?

    As in the paper: a hidden layer of 26 units, ‖U‖ ≤ 1, ‖V‖ ≤ 1, w ≥ 0 trained with them, many seeds, singular
    values cut off after training. Different: scikit-learn's diabetes data with products of its features (65 inputs
    and a constant, 300 samples for training, 142 for testing) for the paper's data sets; hinges as activations;
    descent over all samples, 6000 steps of 0.05, for its optimizers; 10 seeds for 1000.
    """
    import numpy as np

    seeds = range(setting.seed, setting.seed + setting.seeds)
    inputs, targets, test_inputs, test_targets = (
        np.array(part) for part in zip(*(samples(seed) for seed in seeds), strict=True)
    )
    count = max(1, round(EPOCHS * setting.effort))

    def error(networks: Networks) -> Any:
        return np.sqrt(((networks.predict(test_inputs) - test_targets) ** 2).mean(axis=1))

    spectra, curves, training = {}, {}, {}
    for number, kind in enumerate(KINDS):
        networks = untrained(kind, seeds, inputs.shape[2])
        for k in range(count):
            networks.train(inputs, targets)
            if k % 50 == 0:
                setting.progress((number + k / count) / len(KINDS), f"{kind}, step {k:,}")
        training[kind] = np.sqrt(((networks.predict(inputs) - targets) ** 2).mean(axis=1))
        spectra[kind] = np.linalg.svd(networks.layer(), compute_uv=False)
        curves[kind] = np.array([error(networks.pruned(rank)) for rank in range(1, HIDDEN + 1)]).T
    ranks = {kind: _needed(curve) for kind, curve in curves.items()}
    picture = setting.folder / "pruning.png"
    _draw(picture, spectra, curves)
    small = {kind: (values < 0.01 * values[:, :1]).sum(axis=1) for kind, values in spectra.items()}
    final = {kind: curve[:, -1] for kind, curve in curves.items()}
    answers = (
        Answer(
            question="The layer of UDV has more singular values below 1 % of the largest than that of UV, every seed.",
            seen=all(bool((small["UDV"] > small[kind]).all()) for kind in ("UV", "UV small")),
            detail=f"of {HIDDEN}: " + "; ".join(f"{KINDS[kind]} {_span(values)}" for kind, values in small.items()),
        ),
        Answer(
            question="UDV keeps its accuracy (test error within 2 %) down to a lower rank than UV, for most seeds.",
            seen=all(bool((ranks["UDV"] < ranks[kind]).mean() > 0.5) for kind in ("UV", "UV small")),
            detail="rank needed: " + "; ".join(f"{KINDS[kind]} {_span(values)}" for kind, values in ranks.items()),
        ),
        Answer(
            question="Unpruned, the test error of UDV is not larger than that of UV, for most seeds.",
            seen=all(bool((final["UDV"] <= final[kind]).mean() > 0.5) for kind in ("UV", "UV small")),
            detail="test error (training error), means: "
            + "; ".join(f"{KINDS[kind]} {final[kind].mean():.2f} ({training[kind].mean():.2f})" for kind in KINDS)
            + ". UV fits the training data further, and overfits: the constraint regularizes.",
        ),
    )
    data = {
        "steps": count,
        "spectra": {kind: values.tolist() for kind, values in spectra.items()},
        "test errors by rank": {kind: values.tolist() for kind, values in curves.items()},
        "training errors": {kind: values.tolist() for kind, values in training.items()},
    }
    return Findings(answers=answers, pictures=(picture,), data=data)


def _needed(curve: Any) -> Any:
    """For every seed the smallest rank from which on no rank raises the test error by more than 2 %."""
    import numpy as np

    bad = curve > KEPT * curve[:, -1:]
    return np.array([1 + (max(np.flatnonzero(row)) + 1 if row.any() else 0) for row in bad])


def _span(values: Any) -> str:
    import numpy as np

    return f"{int(values.min())} to {int(values.max())} (median {np.median(values):g})"


def _draw(path: Path, spectra: dict[str, Any], curves: dict[str, Any]) -> None:
    import numpy as np

    colours = dict(zip(KINDS, (COLOURS[1], COLOURS[3], COLOURS[0]), strict=True))
    ranks = np.arange(1, HIDDEN + 1)
    with figure(path, 1, 3, size=(13, 4)) as (drawing, axes):
        for kind, label in KINDS.items():
            shares = np.maximum(spectra[kind] / spectra[kind][:, :1], 1e-12)
            relative = curves[kind] / curves[kind][:, -1:]
            panels = ((axes[0, 0], shares), (axes[0, 1], curves[kind]), (axes[0, 2], relative))
            for ax, lines in panels:
                ax.plot(ranks, np.median(lines, axis=0), "o-", color=colours[kind], markersize=3, label=label)
                ax.fill_between(ranks, lines.min(axis=0), lines.max(axis=0), color=colours[kind], alpha=0.15)
        axes[0, 0].set_yscale("log")
        axes[0, 0].set_title("singular values of the layer, σ_k / σ_1")
        axes[0, 0].set_xlabel("k")
        axes[0, 1].set_title("test error after pruning")
        axes[0, 2].set_title("relative to the unpruned network")
        axes[0, 2].axhline(KEPT, color="0.4", linewidth=0.8)
        for ax in axes[0, 1:]:
            ax.set_xlabel("remaining rank")
        for ax in axes[0]:
            ax.set_xticks([1, 5, 10, 15, 20, 25])
        axes[0, 0].legend(loc="lower left")
        drawing.suptitle("Median and range over the seeds")
