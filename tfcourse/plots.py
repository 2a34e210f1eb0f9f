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
