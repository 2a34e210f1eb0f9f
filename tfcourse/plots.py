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
    figure.suptitle(drawable(title))
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


# --- what the examples draw with ----------------------------------------------------------------


def panels(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (4.4, 3.6), title: str = ""
) -> tuple[Any, Any]:
    """A figure and its axes, (rows, columns), each panel of ``size`` inches."""
    figure, axes = _pyplot().subplots(
        rows, columns, figsize=(size[0] * columns, size[1] * rows), squeeze=False
    )
    if title:
        figure.suptitle(title)
    figure.set_layout_engine("constrained")
    return figure, axes


def surface(axis: Any, x: Any, y: Any, loss: Any, paths: Mapping[str, Any] | None = None) -> None:
    """Contours of a loss over two parameters, with the paths that searches took on it.

    Args:
        x, y: values of the parameters, (n,) and (m,). loss: (m, n).
        paths: label to points, (steps, 2).
    """
    import numpy as np

    levels = np.geomspace(max(loss.min() * 1.02, 1e-9), loss.max(), 20)
    axis.contour(x, y, loss, levels=levels, cmap="viridis", linewidths=0.7, alpha=0.8)
    for label, path in (paths or {}).items():
        path = np.asarray(path)
        axis.plot(path[:, 0], path[:, 1], "-", marker=".", markersize=3, linewidth=1, label=label)
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])


def regions(axis: Any, score: Any, points: Any, labels: Any, title: str) -> None:
    """What a model says of each place of a plane (0 to 1), and the points it learned from.

    Args:
        score: function of places (n, 2) that gives (n,), the probability of class 1.
        points: (n, 2). labels: 0 or 1, (n,).
    """
    import numpy as np

    low, high = points.min(axis=0) - 0.25, points.max(axis=0) + 0.25
    x, y = np.linspace(low[0], high[0], 121), np.linspace(low[1], high[1], 121)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    shown = np.asarray(score(grid)).reshape(121, 121)
    axis.contourf(x, y, shown, levels=np.linspace(0, 1, 11), cmap="coolwarm", alpha=0.6)
    axis.contour(x, y, shown, levels=[0.5], colors="black", linewidths=1)
    for kind, colour, marker in ((0, "tab:blue", "o"), (1, "tab:red", "^")):
        of = points[labels == kind]
        axis.scatter(of[:, 0], of[:, 1], 12, colour, marker, label=f"class {kind}", edgecolors="k",
                     linewidths=0.3)  # fmt: skip
    axis.set_title(title, fontsize="medium")


def table_of_shares(axis: Any, counts: Any, names: Sequence[str], title: str) -> None:
    """A confusion matrix: rows are the labels, columns the guesses, shares of each row."""
    import numpy as np

    share = np.asarray(counts) / np.asarray(counts).sum(axis=1, keepdims=True)
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (i, j), value in np.ndenumerate(share):
        axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=7,
                  color="white" if value > 0.5 else "black")  # fmt: skip
    axis.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=7)
    axis.set_yticks(range(len(names)), names, fontsize=7)
    axis.set_xlabel("guess")
    axis.set_ylabel("label")
    axis.set_title(title, fontsize="medium")


def drawable(text: str) -> str:
    """A title without the Chinese characters of its slide, which matplotlib's own font has not."""
    lines = ("".join(c for c in line if ord(c) < 0x2E80).split() for line in text.split("\n"))
    return "\n".join(" ".join(words) for words in lines)


def sweep(
    runs: Mapping[str, Sequence[Mapping[str, Sequence[float]]]], path: str | Path, title: str = ""
) -> Path:
    """A colour for each value of a hyper-parameter; train solid, valid dashed; a panel for each
    metric. Several seeds give their mean, and a band from the lowest to the highest.

    Args:
        runs: label of the value to the ``hist`` of each seed.
    """
    import numpy as np

    first = next(iter(runs.values()))[0]
    names = list(dict.fromkeys(name.split("_", 1)[1] for name in first))
    diverged: set[str] = set()
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(1, len(names), figsize=(4.8 * len(names), 4), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        typical = []
        for i, (label, hists) in enumerate(runs.items()):
            for prefix, style in (("tr_", "-"), ("vl_", "--")):
                if prefix + name not in first:
                    continue
                length = min(len(h[prefix + name]) for h in hists)
                values = np.array([h[prefix + name][:length] for h in hists], float)
                values[~np.isfinite(values)] = np.nan
                if np.isnan(values).all():
                    diverged.add(label)
                    continue
                epochs = np.arange(1, length + 1)
                mean = values.mean(0)
                axis.plot(epochs, mean, style, color=f"C{i}", linewidth=1.4)
                if len(hists) > 1:
                    axis.fill_between(
                        epochs, values.min(0), values.max(0), color=f"C{i}", alpha=0.12, linewidth=0
                    )
                typical.append(np.nanmedian(values))
        # A rate that diverges would press the other curves flat.
        if typical and axis.get_ylim()[1] > 4 * np.median(typical):
            lowest = min(float(line.get_ydata().min()) for line in axis.get_lines())
            axis.set_ylim(0.95 * lowest, 2.5 * float(np.median(typical)))
        axis.set_title(TITLES.get(name, name))
        axis.set_xlabel("epoch")
        axis.set_ylabel(TITLES.get(name, name))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
    for i, label in enumerate(runs):
        ended = " (diverged)" if label in diverged else ""
        axes[0, -1].plot([], [], "-", color=f"C{i}", label=label + ended)
    axes[0, -1].plot([], [], "-", color="grey", label="train")
    axes[0, -1].plot([], [], "--", color="grey", label="valid")
    axes[0, -1].legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.02, 1))
    figure.suptitle(drawable(title))
    figure.tight_layout()
    return save(figure, path)
