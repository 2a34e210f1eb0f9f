"""Figures with matplotlib: the curves of trainings, and parts for the examples.

Functions that take ``path`` write the figure to that file and return the path. The ending of the name
decides the format, such as .png or .svg; without an ending .png is added. They raise ``UsageError`` if
matplotlib does not know the format, and ``CourseError`` if the file cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfcourse import writing
from tfcourse.errors import UsageError, first_line
from tfcourse.fonts import cjk_font, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLES = {"loss": "Loss", "acc": "Accuracy", "rmse": "RMSE", "mae": "MAE"}


def _new(rows: int, columns: int, width: float, height: float) -> tuple[Figure, np.ndarray]:
    """A figure of its own, which pyplot does not know, and its axes, object (rows, columns)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height * rows))
    return figure, figure.subplots(rows, columns, squeeze=False)


def check(path: str | Path) -> None:
    """Check that a figure can be written to a file, before the work that it is to show.

    Raises:
        UsageError: matplotlib does not know the ending of the file's name.
        CourseError: the folder cannot be written to.
    """
    path = _named(path)
    from matplotlib.backend_bases import FigureCanvasBase

    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise UsageError(
            f"{path}: cannot be drawn: {path.suffix!r} is no known format; known: {', '.join(known)}"
        )
    writing.check(path)


def _named(path: str | Path) -> Path:
    """The path with the ending that it is given if it has none."""
    path = Path(path)
    return path if path.suffix else path.with_name(path.name + ".png")


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure to a file.

    Missing folders are created. Chinese characters are drawn with a font that has them. Without one
    they are left out of the figure's texts; tick labels take ``fonts.bilingual``.

    Raises:
        UsageError: matplotlib does not know the ending of the file's name.
        CourseError: the file cannot be written.
    """
    import matplotlib
    from matplotlib.text import Text

    path = _named(path)
    family = ["sans-serif", *filter(None, [cjk_font()])]
    for text in figure.findobj(Text):
        text.set_fontfamily(family)
        text.set_text(drawable(text.get_text()) if cjk_font() is None else text.get_text())
    try:
        check(path)
        with writing.whole(path) as partial, matplotlib.rc_context({"font.family": family}):
            figure.savefig(partial, format=path.suffix[1:].lower(), dpi=120, bbox_inches="tight")
    except ValueError as error:
        raise UsageError(f"{path}: cannot be drawn: {first_line(error)}") from None
    return path


def curves(hist: Mapping[str, Sequence[float]], path: str | Path, title: str = "") -> Path:
    """Draw train and valid curves over the epochs, one panel for each metric.

    Args:
        hist: ``model.hist``: "tr_" or "vl_" with the name of a metric, to a value for each epoch.
        path: file to write.
        title: title of the figure.
    """
    names = list(dict.fromkeys(name.split("_", 1)[1] for name in hist))
    figure, axes = _new(1, len(names), 4.2, 3.4)
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
    figure.set_layout_engine("tight")
    return save(figure, path)


def roc(
    curves_by_name: Mapping[str, tuple[np.ndarray, np.ndarray, float]], path: str | Path, title: str
) -> Path:
    """Draw ROC curves.

    Args:
        curves_by_name: label to (false positive rates, true positive rates, area under the curve).
            The rates are float (n,), from 0 to 1.
        path: file to write.
        title: title of the figure.
    """
    figure, ((axis,),) = _new(1, 1, 5, 4.6)
    for name, (false_rate, true_rate, area) in curves_by_name.items():
        axis.plot(false_rate, true_rate, label=f"{name} (AUC {area:.3f})")
    axis.plot([0, 1], [0, 1], ":", color="grey")
    axis.set_xlabel("false positive rate")
    axis.set_ylabel("true positive rate")
    axis.set_title(title)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right", fontsize="small")
    return save(figure, path)


def rating_distribution(ratings: Mapping[str, np.ndarray], path: str | Path, title: str) -> Path:
    """Draw the share of each rating as bars, side by side for several sets of ratings.

    Args:
        ratings: label to ratings or predictions, float (n,), rounded to multiples of 0.5 from 0.5 to 5.
        path: file to write.
        title: title of the figure.
    """
    figure, ((axis,),) = _new(1, 1, 6, 3.6)
    steps = np.arange(0.5, 5.01, 0.5)
    width = 0.4 / len(ratings)
    for i, (name, values) in enumerate(ratings.items()):
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
    score: np.ndarray, positive: np.ndarray, path: str | Path, title: str, n_bins: int = 20
) -> Path:
    """Draw the number of positive and of negative test rows by predicted score.

    Args:
        score: predicted score of each row, float (n,).
        positive: whether the row is positive, bool (n,).
        path: file to write.
        title: title of the figure.
        n_bins: number of bins.
    """
    figure, ((axis,),) = _new(1, 1, 5, 3.4)
    low, high = np.quantile(score, [0.001, 0.999])  # outliers would make the bins wide
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


# --- parts for the examples -----------------------------------------------------------------------


def panels(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (4.4, 3.6), title: str = ""
) -> tuple[Figure, np.ndarray]:
    """Make a figure with panels.

    Args:
        rows, columns: number of panels.
        size: width and height of a panel, in inches.
        title: title of the figure.

    Returns:
        The figure, and its axes, object (rows, columns).
    """
    figure, axes = _new(rows, columns, *size)
    if title:
        figure.suptitle(title)
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.08)
    return figure, axes


def surface(
    axis: Axes,
    x: np.ndarray,
    y: np.ndarray,
    loss: np.ndarray,
    paths: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Draw the contours of a loss over two parameters, and the paths of searches.

    Args:
        axis: panel to draw in.
        x, y: values of the parameters, float (n,) and (m,).
        loss: loss at each pair of them, float (m, n).
        paths: label to the points of a path, float (steps, 2).
    """
    levels = np.geomspace(max(loss.min() * 1.02, 1e-9), loss.max(), 20)
    axis.contour(x, y, loss, levels=levels, cmap="viridis", linewidths=0.7, alpha=0.8)
    for label, path in (paths or {}).items():
        path = np.asarray(path)
        (line,) = axis.plot(path[:, 0], path[:, 1], ".-", markersize=3, linewidth=1, label=label)
        axis.plot(*path[-1], "o", color=line.get_color(), markeredgecolor="k", zorder=3)
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])


def regions(
    axis: Axes,
    score: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    labels: np.ndarray,
    title: str,
) -> None:
    """Draw a classifier's probabilities over a plane, and labelled points.

    Args:
        axis: panel to draw in.
        score: function from points, float32 (n, 2), to their probability of class 1, (n,).
        points: float (n, 2).
        labels: class of each point, 0 or 1, (n,).
        title: title of the panel.
    """
    low, high = points.min(axis=0) - 0.25, points.max(axis=0) + 0.25
    x, y = np.linspace(low[0], high[0], 121), np.linspace(low[1], high[1], 121)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    shown = np.asarray(score(grid)).reshape(121, 121)
    axis.contourf(x, y, shown, levels=np.linspace(0, 1, 11), cmap="coolwarm", alpha=0.6)
    axis.contour(x, y, shown, levels=[0.5], colors="black", linewidths=1)
    for kind, colour, marker in ((0, "tab:blue", "o"), (1, "tab:red", "^")):
        of = points[labels == kind]
        axis.scatter(of[:, 0], of[:, 1], s=12, c=colour, marker=marker, label=f"class {kind}",
                     edgecolors="k", linewidths=0.3)  # fmt: skip
    axis.set_title(title, fontsize="medium")


def table_of_shares(axis: Axes, counts: np.ndarray, names: Sequence[str], title: str) -> None:
    """Draw a confusion matrix as shares of each row.

    Args:
        axis: panel to draw in.
        counts: number of rows by label (row) and guess (column), (n_classes, n_classes).
        names: names of the classes.
        title: title of the panel.
    """
    share = np.asarray(counts) / np.asarray(counts).sum(axis=1, keepdims=True)
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (i, j), value in np.ndenumerate(share):
        axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=9,
                  color="white" if value > 0.5 else "black")  # fmt: skip
    axis.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=9)
    axis.set_yticks(range(len(names)), names, fontsize=9)
    axis.set_xlabel("guess")
    axis.set_ylabel("label")
    axis.set_title(title, fontsize="medium")


def colours(name: str, n: int) -> list[tuple[float, float, float, float]]:
    """n colours, evenly spaced over matplotlib's colour map of that name."""
    import matplotlib

    return [matplotlib.colormaps[name](place) for place in np.linspace(0.05, 0.95, n)]


def numbers(
    axis: Axes,
    values: np.ndarray,
    title: str = "",
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> None:
    """Draw a matrix as a table of its numbers, coloured by their size.

    Args:
        axis: panel to draw in.
        values: float (n, m).
        title: title of the panel.
        rows, columns: their names, if shown.
    """
    values = np.atleast_2d(values)
    largest = max(float(np.abs(values).max()), 1e-9)
    axis.imshow(values, cmap="RdBu_r", vmin=-1.6 * largest, vmax=1.6 * largest, aspect="equal")
    for (i, j), value in np.ndenumerate(values):
        axis.text(j, i, f"{value:.3g}", ha="center", va="center", fontsize="small")
    axis.set_xticks(range(len(columns)), columns)
    axis.set_yticks(range(len(rows)), rows)
    axis.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axis.set_title(title, fontsize="medium")


def sweep(
    runs: Mapping[str, Sequence[Mapping[str, Sequence[float]]]], path: str | Path, title: str = ""
) -> Path:
    """Draw the curves of a sweep over a hyper-parameter, one panel for each metric.

    Each value has a colour. Train curves are solid and valid curves are dashed. With several seeds
    a curve is the mean over them, with a band from the lowest to the highest.

    Args:
        runs: label of a value to the ``model.hist`` of each seed.
        path: file to write.
        title: title of the figure.
    """
    first = next(iter(runs.values()))[0]
    names = list(dict.fromkeys(name.split("_", 1)[1] for name in first))
    diverged: set[str] = set()
    figure, axes = _new(1, len(names), 4.8, 4)
    for axis, name in zip(axes[0], names, strict=True):
        typical = []
        for i, (label, hists) in enumerate(runs.items()):
            for prefix, style in (("tr_", "-"), ("vl_", "--")):
                if prefix + name not in first:
                    continue
                length = min(len(h[prefix + name]) for h in hists)
                values = np.array([h[prefix + name][:length] for h in hists], float)
                values[~np.isfinite(values)] = np.nan
                if np.isnan(values[:, -1]).any():
                    diverged.add(label)
                if np.isnan(values).all():
                    continue
                epochs = np.arange(1, length + 1)
                mean = values.mean(0)
                axis.plot(epochs, mean, style, color=f"C{i}", linewidth=1.4)
                if len(hists) > 1:
                    axis.fill_between(
                        epochs, values.min(0), values.max(0), color=f"C{i}", alpha=0.12, linewidth=0
                    )
                typical.append(np.nanmedian(values))
        # The curve of a run that diverges would flatten the others.
        if typical and axis.get_ylim()[1] > 4 * np.median(typical):
            lowest = min(float(np.nanmin(line.get_ydata())) for line in axis.get_lines())
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
    figure.suptitle(title)
    figure.set_layout_engine("tight")
    return save(figure, path)
