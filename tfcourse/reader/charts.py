"""Curves as small SVG pictures, whose colours are those of the page, light or dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 340, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 34


@dataclass(frozen=True)
class Curve:
    """A curve of a chart.

    Attributes:
        name: for the legend. css: a class of the stylesheet. values: one for each epoch, from 1.
    """

    name: str
    css: str
    values: Sequence[float]


def chart(title: str, curves: Sequence[Curve], kept: int | None = None) -> Markup:
    """Draw curves over epochs.

    Args:
        title: what is drawn, for those who do not see it.
        curves: values that are not finite are left out.
        kept: an epoch that is marked by a line.
    """
    from matplotlib.ticker import MaxNLocator

    values = [v for curve in curves for v in curve.values if math.isfinite(v)]
    epochs = max((len(curve.values) for curve in curves), default=1)
    if not values:
        return Markup("")
    low, high = min(values), max(values)
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
    ticks = [float(t) for t in MaxNLocator(5).tick_values(low, high)]
    low, high = ticks[0], ticks[-1]
    marks = [int(t) for t in MaxNLocator(6, integer=True).tick_values(1, epochs)]

    def x(epoch: float) -> float:
        share = (epoch - 1) / (epochs - 1) if epochs > 1 else 0.5
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">'
    ]
    for tick in ticks:
        parts.append(
            f'<path class="grid" d="M{_LEFT} {y(tick):.1f}H{WIDTH - _RIGHT}"/>'
            f'<text x="{_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.4g}</text>'
        )
    for mark in marks:
        if 1 <= mark <= epochs:
            parts.append(
                f'<text x="{x(mark):.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">'
                f"{mark}</text>"
            )
    if kept is not None and 1 <= kept <= epochs:
        parts.append(f'<path class="kept" d="M{x(kept):.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>')
    for curve in curves:
        points = [(i, v) for i, v in enumerate(curve.values, 1) if math.isfinite(v)]
        if len(points) == 1:
            cx, cy = x(points[0][0]), y(points[0][1])
            parts.append(f'<circle class="{curve.css}" cx="{cx:.1f}" cy="{cy:.1f}" r="3"/>')
        elif points:
            path = "L".join(f"{x(i):.1f} {y(v):.1f}" for i, v in points)
            parts.append(f'<path class="curve {curve.css}" d="M{path}"/>')
    parts.append("</svg>")
    return Markup("".join(parts))
