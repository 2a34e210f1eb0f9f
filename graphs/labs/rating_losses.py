"""Which loss function of ratings a graph has, found by giving scores to its node ``infer``.

What the loss adds that does not depend on the scores, such as a regularizer, makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tfcourse.recommenders.base import Recommender
    from tfcourse.recommenders.rows import PreparedRatings

RATINGS = np.array([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4, 4.5, 5, 5], np.float32)
#: Scores for them, (12, 1) each; away from 0 and from the ratings, where absolute values turn.
SCORES = [
    np.random.default_rng(seed).uniform(-3, 5, (12, 1)).astype(np.float32) for seed in range(5)
]
_TOLERANCE = 1e-3

Formula = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _sigmoid(f: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-f))


def _cross_entropy(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return np.maximum(scores, 0) - labels * scores + np.log1p(np.exp(-np.abs(scores)))


def _of(label: Callable[[np.ndarray], np.ndarray], error: Formula) -> Formula:
    return lambda r, f: error(label(r), f)


def _liked(r: np.ndarray) -> np.ndarray:
    return (r >= 4).astype(float)


def _by_slide(y: np.ndarray, f: np.ndarray) -> np.ndarray:
    """The slide's formula with its misprint, (1 - ln f) for ln(1 - f)."""
    p = _sigmoid(f)
    return -(y * np.log(p) + (1 - y) * (1 - np.log(p)))


#: What each row's loss is of its rating r and score f, up to a constant and a factor above 0.
FORMULAS: dict[str, Formula] = {
    "mse": lambda r, f: (f - r) ** 2,
    "mae": lambda r, f: np.abs(f - r),
    "cross-entropy": _of(_liked, _cross_entropy),
    "cross-entropy, no threshold": _cross_entropy,
    "cross-entropy, above 4": _of(lambda r: (r > 4).astype(float), _cross_entropy),
    "cross-entropy, reversed": _of(lambda r: (r < 4).astype(float), _cross_entropy),
    "cross-entropy, swapped": _of(_liked, lambda y, f: _cross_entropy(f, y)),
    "cross-entropy, no threshold, swapped": lambda r, f: _cross_entropy(f, r),
    "cross-entropy, sigmoid twice": _of(_liked, lambda y, f: _cross_entropy(y, _sigmoid(f))),
    "cross-entropy, by the slide": _of(_liked, _by_slide),
    "mse of 0 and 1": _of(_liked, lambda y, f: (f - y) ** 2),
    "mse of a sigmoid": lambda r, f: (_sigmoid(f) - r) ** 2,
    "mse of 0 and 1, of a sigmoid": _of(_liked, lambda y, f: (_sigmoid(f) - y) ** 2),
}  # fmt: skip

_LIKED = "The loss is cross entropy with other labels: they are 1 for a rating of 4 and above (>= 4), else 0."
_LIKED_ZH = "Cross entropy 的 label 不對：評分 4 分以上（>= 4）是 1，其他是 0。"
_SWAPPED = ("labels-swapped",
            "Labels and scores are in each other's place: write labels=label, logits=self.infer.",
            "labels 與 logits 放反了：寫 labels=label, logits=self.infer。")  # fmt: skip
_SIGMOID = ("sigmoid-in-loss",
            "infer goes through a sigmoid before a loss that is not made for it: give the scores, self.infer, to "
            "tf.nn.sigmoid_cross_entropy_with_logits.",
            "infer 先經過了 sigmoid：把分數 self.infer 直接交給 tf.nn.sigmoid_cross_entropy_with_logits。")  # fmt: skip

#: What is wrong with a kind of loss: hint, English, Traditional Chinese.
HINTS: dict[str, tuple[str, str, str]] = {
    "mse": ("loss-unchanged", "The loss is still the mean squared error.", "Loss 仍是 MSE。"),
    "rmse": ("loss-is-rmse",
             "RMSE is the root of the MSE: what makes one smaller makes the other smaller, so take another loss.",
             "RMSE 只是 MSE 開根號，兩者同時變小，不算另一個 loss function。"),
    "constant": ("loss-without-infer",
                 "The loss does not depend on infer, so nothing is learned of it. (A softmax over one column is always "
                 "1; for one score take the sigmoid.)",
                 "Loss 與 infer 無關，學不到東西。（只有一個 column 時 softmax 永遠是 1，要用 sigmoid。）"),
    "cross-entropy, no threshold": (
        "no-threshold",
        "The labels of the cross entropy are ratings: make them 1 for a rating of 4 and above, else 0.",
        "Cross entropy 的 label 還是評分：要先轉成 1（4 分以上）或 0。"),
    "cross-entropy, above 4": ("other-threshold", _LIKED, _LIKED_ZH),
    "cross-entropy, reversed": ("labels-reversed",
                                "The labels are reversed: 1 means a rating of 4 and above, not below.",
                                "label 反了：1 代表 4 分以上，不是未滿 4 分。"),
    "cross-entropy, swapped": _SWAPPED,
    "cross-entropy, no threshold, swapped": _SWAPPED,
    "cross-entropy, sigmoid twice": _SIGMOID,
    "cross-entropy, by the slide": (
        "slide-misprint",
        "This is the slide's formula with its misprint: the last factor is ln(1 - f), not (1 - ln f).",
        "這是投影片上印錯的公式：最後一項是 ln(1 - f)，不是 (1 - ln f)。"),
    "mse of 0 and 1": ("mse-of-labels",
                       "The labels are 0 and 1, and the loss is still the mean squared error: take cross entropy.",
                       "label 已經是 0/1，但 loss 還是 MSE：要用 cross entropy。"),
    "mse of a sigmoid": _SIGMOID,
    "mse of 0 and 1, of a sigmoid": _SIGMOID,
    "sum": ("loss-is-sum",
            "The loss is a sum over the batch, so its gradient grows with the batch: take tf.reduce_mean.",
            "Loss 是整個 batch 的總和，gradient 會隨 batch 變大：用 tf.reduce_mean。"),
    "unknown": ("loss-unknown",
                "The loss is neither MAE nor the cross entropy of ratings of 4 and above, and it is not lowest where "
                "infer is the rating.",
                "Loss 不是 MAE，也不是以 4 分為界的 cross entropy，而且 infer 等於評分時 loss 不是最小。"),
}  # fmt: skip


def find(model: Recommender, rows: Mapping[Any, Any]) -> str:
    """The kind of a model's loss: a name of ``FORMULAS``, "rmse", "constant" (of the scores), "sum" (over the
    batch), "ratings" (another one that is lowest where the score is the rating), or "unknown".

    Args:
        rows: numbers for the placeholders, with ``RATINGS`` as ratings.
    """
    from tfcourse.labs import seen

    with seen.Trial(model) as trial:
        scored = model.infer  # or, where infer is a probability already, the scores before it
        while scored.op.type in ("Identity", "Sigmoid"):
            scored = scored.op.inputs[0]

        def loss(scores: np.ndarray) -> float:
            return float(np.sum(trial(model.loss, {**rows, scored: scores})))

        seen_of = np.array([loss(scores) for scores in SCORES])
        steps = np.diff(seen_of)
        if not np.isfinite(steps).all():
            return "unknown"
        if np.abs(steps).max() < 1e-6 * max(1.0, float(np.abs(seen_of).max())):
            return "constant"
        r = RATINGS[:, np.newaxis].astype(float)
        for name, formula in FORMULAS.items():
            made = np.diff([formula(r, scores.astype(float)).mean() for scores in SCORES])
            factor = float(made @ steps / (made @ made))
            if (
                factor > 0
                and np.abs(steps - factor * made).max() < _TOLERANCE * np.abs(steps).max()
            ):
                is_sum = abs(factor - len(r)) < 0.01 * len(r) and name != "mse"
                return "sum" if is_sum else name
        roots = np.diff([np.sqrt(((scores - r) ** 2).mean()) for scores in SCORES])
        if np.abs(steps - roots).max() < _TOLERANCE * np.abs(steps).max():
            return "rmse"
        # Lowest at the rating, and growing on both sides.
        right = RATINGS[:, np.newaxis]
        ways = [[loss(right + sign * far) for far in (0.0, 0.5, 1.0, 3.0)] for sign in (1, -1)]
        return "ratings" if all(np.all(np.diff(way) > 0) for way in ways) else "unknown"


def rmse_is_of_ratings(model: Recommender, rows: Mapping[Any, Any]) -> bool:
    """Whether ``rmse_loss`` is the RMSE of ``infer`` and the rating, and not of other labels.

    Args:
        rows: as for ``find``.
    """
    from tfcourse.labs import seen

    with seen.Trial(model) as trial:
        made = trial(model.rmse_loss, {**rows, model.infer: SCORES[0]})
    wanted = np.sqrt(((SCORES[0] - RATINGS[:, np.newaxis]) ** 2).mean())
    return bool(np.isclose(made, wanted, rtol=_TOLERANCE))


def is_softmax(tensor: Any) -> bool:
    """Whether a node ends in a softmax."""
    while tensor.op.type == "Identity":
        tensor = tensor.op.inputs[0]
    return bool(tensor.op.type == "Softmax")


def sigmoids_at_pred(model: Recommender, data: PreparedRatings) -> int:
    """How many sigmoids, one after the other, ``pred`` ends in: 0, 1, or 2 for more than one.

    ``pred`` that lies within 0 and 1 in another way, as by 1 / (1 + exp(-x)), counts as 1.
    """
    tensor, found = model.pred, 0
    while tensor.op.type in ("Identity", "Sigmoid"):
        found += tensor.op.type == "Sigmoid"
        tensor = tensor.op.inputs[0]
    if found:
        return min(found, 2)
    scores = model.scores(data.histories, np.arange(min(8, len(data.histories))))
    return int(scores.min() >= 0 and scores.max() <= 1)
