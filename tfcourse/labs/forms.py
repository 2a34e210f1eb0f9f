"""Formulas that a learner's numbers are compared with, in NumPy: losses, activations, penalties."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

_TOLERANCE = 1e-3


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "relu6": lambda x: np.clip(x, 0, 6),
}


def leak_of(x: np.ndarray, y: np.ndarray) -> float | None:
    """The slope α below 0 if y is the leaky ReLU of x, with 0 < α < 1; else None."""
    below = x < 0
    slopes = y[below] / x[below]
    right = np.allclose(y[~below], x[~below], atol=1e-4) and np.allclose(
        slopes, slopes[0], atol=1e-4
    )
    return float(slopes[0]) if right and 0 < slopes[0] < 1 else None


@dataclass(frozen=True)
class LossForm:
    """A loss function of scores and labels.

    Attributes:
        kind: "softmax-ce", "sigmoid-ce", "squared", "absolute", "softmax-ce-swapped" (labels and
            scores in each other's place), "constant" (no effect of the scores), or "other".
        before: what is applied to the scores first: "" for nothing, "softmax", "sigmoid", "relu" ...
        factor: by what the mean over all rows is multiplied: 1 for ``reduce_mean``.
        is_sum: whether it is a sum over the batch's rows.
    """

    kind: str
    before: str = ""
    factor: float = 1.0
    is_sum: bool = False


def _softmax_ce(labels: np.ndarray, scores: np.ndarray) -> float:
    logs = scores - scores.max(-1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(-1, keepdims=True))
    return float(-(labels * logs).sum(-1).mean())


def _sigmoid_ce(labels: np.ndarray, scores: np.ndarray) -> float:
    return float((np.logaddexp(0, scores) - labels * scores).mean())


def _ce(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Cross entropy of probabilities, by the deck's formula."""
    return float(-(labels * np.log(np.maximum(probabilities, 1e-30))).sum(-1).mean())


def _binary_ce(labels: np.ndarray, probabilities: np.ndarray) -> float:
    p = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return float(-(labels * np.log(p) + (1 - labels) * np.log(1 - p)).mean())


_BEFORE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "": lambda x: x,
    "softmax": _softmax,
    "sigmoid": _sigmoid,
    **{name: f for name, f in ACTIVATIONS.items() if name not in ("linear", "sigmoid")},
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
}
_LOSSES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "softmax-ce": _softmax_ce,
    "sigmoid-ce": _sigmoid_ce,
    "squared": lambda labels, x: float(((labels - x) ** 2).mean()),
    "absolute": lambda labels, x: float(np.abs(labels - x).mean()),
    "softmax-ce-swapped": lambda labels, x: _softmax_ce(x, labels),
}


def form_of(seen: np.ndarray, scores: Sequence[np.ndarray], labels: np.ndarray) -> LossForm:
    """The loss function that gives the numbers ``seen``, up to a factor and a constant.

    Args:
        seen: float (k,), the loss for each of k scores.
        scores: k arrays (n, m). labels: (n, m).
    """
    steps = seen[1:] - seen[0]
    if not np.all(np.isfinite(steps)):
        return LossForm("other")
    if np.abs(steps).max() < 1e-6 * max(1.0, float(np.abs(seen).max())):
        return LossForm("constant")
    rows = labels.shape[0]
    scores = [s.astype(np.float64) for s in scores]
    for before, f in _BEFORE.items():
        for kind, loss in _LOSSES.items():
            made = np.array([loss(labels, f(s)) for s in scores])
            factor = _ratio(steps, made[1:] - made[0])
            if factor is not None:
                # A sum over rows and columns, or over rows of one number each.
                sums = {float(rows), float(labels.size)}
                is_sum = any(abs(factor - n) < _TOLERANCE * n for n in sums)
                return LossForm(kind, before, factor, is_sum)
    # Cross entropy by its formula is that of the scores before softmax or sigmoid.
    for kind, before, loss, f in (
        ("softmax-ce", "sigmoid", _ce, _sigmoid),
        ("sigmoid-ce", "softmax", _binary_ce, _softmax),
    ):
        made = np.array([loss(labels, f(s)) for s in scores])
        factor = _ratio(steps, made[1:] - made[0])
        if factor is not None:
            return LossForm(kind, before, factor)
    return LossForm("other")


def _ratio(a: np.ndarray, b: np.ndarray) -> float | None:
    """The factor of a to b, if there is one for all elements and it is above 0."""
    size = float(np.dot(b, b))
    if size < 1e-18:
        return None
    factor = float(np.dot(a, b)) / size
    if factor <= 0 or np.abs(a - factor * b).max() > _TOLERANCE * np.abs(a).max():
        return None
    return factor


@dataclass(frozen=True)
class Penalty:
    """What a loss adds for weights w.

    Attributes:
        kind: "l2" for scale · Σ w² / 2, as TensorFlow's l2_loss; "l1" for scale · Σ |w|; "signed" if
            it changes with the sign of w, as scale · Σ w; or "other".
        scale: of that formula. Of "signed" and "other" 1 or -1: whether it grows with the weights.
    """

    kind: str
    scale: float


_PENALTIES: dict[str, Callable[[np.ndarray], float]] = {
    "l2": lambda w: float((w**2).sum()) / 2,
    "l1": lambda w: float(np.abs(w).sum()),
}


def penalty_of(at: Callable[[np.ndarray], float], value: np.ndarray) -> Penalty | None:
    """The penalty on weights, from what the loss is at multiples of these weights.

    Args:
        at: the loss with given weights.
        value: the weights.
    """
    one, two, three = at(value), at(2 * value), at(3 * value)
    first, second = two - one, three - one
    if max(abs(first), abs(second)) < 1e-5 * max(1.0, abs(one)):
        return None
    sign = float(np.sign(first))
    if abs(at(-value) - one) > 0.01 * max(abs(first), abs(second)):
        return Penalty("signed", sign)
    # A norm grows with a common factor as Σ |w| does, but not with a factor for every other weight.
    uneven = value * np.where(np.arange(value.size) % 2, 1, 3).reshape(value.shape)
    for kind, formula in _PENALTIES.items():
        scale = first / (formula(2 * value) - formula(value))
        wanted = [scale * (formula(v) - formula(value)) for v in (3 * value, uneven)]
        if np.allclose([second, at(uneven) - one], wanted, rtol=0.01, atol=0):
            return Penalty(kind, float(f"{scale:.3g}"))
    return Penalty("other", sign)
