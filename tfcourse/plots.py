"""Pictures, with matplotlib: curves of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TITLES = {
    "loss": "Loss",
    "acc": "Accuracy",
    "rmse": "RMSE",
    "mae": "MAE",
}


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")  # pictures go to files; no screen is needed
    from matplotlib import pyplot

    return pyplot


def save(figure: Any, path: str | Path) -> Path:
    """Write a figure to a file of the kind that its ending names, and free it."""
    from tfcourse.errors import UsageError

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        figure.savefig(path, dpi=120, bbox_inches="tight")
    except ValueError as error:
        raise UsageError(f"{path}: cannot be drawn: {str(error).splitlines()[0]}") from None
    finally:
        _pyplot().close(figure)
    return path


def curves(hist: Mapping[str, Sequence[float]], path: str | Path, title: str = "") -> Path:
    """Train and valid curves over the epochs, a panel for each metric.

    Args:
        hist: as ``model.hist``: names that begin with tr_ and vl_.
    """
    names = list(dict.fromkeys(name.split("_", 1)[1] for name in hist))
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(1, len(names), figsize=(4.2 * len(names), 3.4), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        for prefix, label, style in (("tr_", "train", "-"), ("vl_", "valid", "--")):
            values = hist.get(prefix + name)
            if values:
                axis.plot(range(1, len(values) + 1), values, style, marker=".", label=label)
        axis.set_title(TITLES.get(name, name))
        axis.set_xlabel("epoch")
        axis.set_ylabel(TITLES.get(name, name))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.suptitle(title)
    figure.tight_layout()
    return save(figure, path)


def roc(curves_by_name: Mapping[str, tuple[Any, Any, float]], path: str | Path, title: str) -> Path:
    """ROC curves, one line each.

    Args:
        curves_by_name: label to (false positive rates, true positive rates, area).
    """
    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(5, 4.6))
    for name, (false_rate, true_rate, area) in curves_by_name.items():
        axis.plot(false_rate, true_rate, label=f"{name} (AUC {area:.3f})")
    axis.plot([0, 1], [0, 1], ":", color="grey")
    axis.set_xlabel("false positive rate")
    axis.set_ylabel("true positive rate")
    axis.set_title(title)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right", fontsize="small")
    return save(figure, path)


def rating_distribution(ratings: Mapping[str, Any], path: str | Path, title: str) -> Path:
    """Share of each rating, a group of bars for each set of ratings."""
    import numpy as np

    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(6, 3.6))
    steps = np.arange(0.5, 5.01, 0.5)
    width = 0.4 / len(ratings)
    for i, (name, values) in enumerate(ratings.items()):
        # Ratings stand on halves; predictions go to the nearest half within the range.
        nearest = np.clip(np.round(np.asarray(values, np.float64) * 2) / 2, 0.5, 5.0)
        share = [(nearest == step).mean() for step in steps]
        axis.bar(steps + (i - (len(ratings) - 1) / 2) * width, share, width, label=name)
    axis.set_xticks(steps)
    axis.set_xlabel("rating")
    axis.set_ylabel("share of the rows")
    axis.set_title(title)
    axis.legend(fontsize="small")
    return save(figure, path)


def positive_negative(
    score: Any, positive: Any, path: str | Path, title: str, n_bins: int = 20
) -> Path:
    """Pos/Neg bars: how many test rows of each kind have a score in each bin."""
    import numpy as np

    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(5, 3.4))
    low, high = np.quantile(score, [0.001, 0.999])  # a few far scores would flatten the rest
    edges = np.linspace(float(low), float(high), n_bins + 1)
    middle, width = (edges[1:] + edges[:-1]) / 2, (edges[1] - edges[0]) * 0.45
    for name, kept, shift in (("Pos", positive, 0.5), ("Neg", ~positive, -0.5)):
        count, _ = np.histogram(np.clip(score[kept], edges[0], edges[-1]), edges)
        axis.bar(middle + shift * width, count, width, label=name)
    axis.set_xlabel("predicted score")
    axis.set_ylabel("test rows")
    axis.set_title(title)
    axis.legend()
    return save(figure, path)
