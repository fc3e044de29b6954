"""Pictures of a trained version: how its scores part faulty from healthy rows, and whether its p-values are right."""

from pathlib import Path

import numpy as np

from models.serving.served_model import ServedModel
from models.training.fit_model import TrainingRows, with_context


def draw(model: ServedModel, data: TrainingRows, seed: int, folder: Path) -> None:
    """Write `scores.png` and `calibration.png` into a new folder."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    rows = with_context(data, data.split.test, model.context_rows)
    healthy, p_values, _ = model.judge(rows, data.columns)
    faulty, _, _ = model.judge(data.faulty(rows, seed), data.columns)
    folder.mkdir()
    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.hist(healthy[np.isfinite(healthy)], bins=60, alpha=0.6, density=True, label="healthy")
    axes.hist(faulty[np.isfinite(faulty)], bins=60, alpha=0.6, density=True, label="with injected faults")
    axes.set(xlabel="score", ylabel="density", title=f"{model.name}: {model.algorithm}")
    axes.legend()
    _save(figure, folder / "scores.png")
    p = np.sort(p_values[np.isfinite(p_values)])
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.loglog(p, (np.arange(len(p)) + 1) / max(len(p), 1), label="rows never seen")
    axes.loglog([1e-3, 1], [1e-3, 1], linestyle=":", color="grey", label="as promised")
    axes.set(xlabel="p-value", ylabel="share of healthy rows at or below", title="calibration")
    axes.legend()
    _save(figure, folder / "calibration.png")


def _save(figure: object, path: Path) -> None:
    from matplotlib import pyplot

    figure.tight_layout()  # type: ignore[attr-defined]
    # Without the name and version of the program, equal figures are equal files.
    figure.savefig(path, dpi=110, metadata={"Software": None})  # type: ignore[attr-defined]
    pyplot.close(figure)  # type: ignore[arg-type]
