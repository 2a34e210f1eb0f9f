"""The deck's metrics, on scikit-learn where it has them (deck, "Model All Metrics").

Rankings are per user and over the movies that the user rated in the test rows alone. All users are
ranked at once, by sorting, so that 671 users take milliseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfcourse.errors import UsageError

POSITIVE = 4.0  # a rating of at least this counts as liked (deck, "Basic MF")
CONDITIONS = ("strict", "normal")


def rmse(rating: np.ndarray, predicted: np.ndarray) -> float:
    """Root of the mean squared error over ratings, both (n,)."""
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(np.float64(rating), np.float64(predicted)))


def mae(rating: np.ndarray, predicted: np.ndarray) -> float:
    """Mean absolute error over ratings, both (n,)."""
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(np.float64(rating), np.float64(predicted)))


def auc(rating: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve, pooled over all rows; positive is a rating of at least 4. NaN
    where all rows are of one kind, or a score is not a number."""
    positive = np.asarray(rating) >= POSITIVE
    if positive.all() or not positive.any() or not np.isfinite(score).all():
        return float("nan")
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(positive, score))


def chosen_users(user: np.ndarray, rating: np.ndarray, condition: str) -> np.ndarray:
    """Users that a ranking metric is averaged over, ascending.

    Args:
        user: int (n,). rating: float (n,).
        condition: "strict": at least 10 test ratings, at least one positive, and no more positives
            than negatives; "normal": at least one positive and one negative.
    """
    if condition not in CONDITIONS:
        raise UsageError(f"unknown condition {condition!r}; known: {', '.join(CONDITIONS)}")
    if len(user) == 0:
        return np.zeros(0, np.int64)
    rows = np.bincount(user)
    positives = np.bincount(user, weights=np.asarray(rating) >= POSITIVE)
    negatives = rows - positives
    if condition == "strict":
        kept = (rows >= 10) & (positives >= 1) & (positives <= negatives)
    else:
        kept = (positives >= 1) & (negatives >= 1)
    return np.flatnonzero(kept)


def _ranks(user: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Rank of each row among its user's rows by falling score, from 0; ties in row order."""
    order = np.lexsort((-np.asarray(score, np.float64), user))
    size = np.bincount(user)
    rank = np.empty(len(user), np.int64)
    rank[order] = np.arange(len(user)) - (np.cumsum(size) - size)[user[order]]
    return rank


def ndcg_per_user(user: np.ndarray, rating: np.ndarray, score: np.ndarray, k: int) -> np.ndarray:
    """NDCG@k of each user 0..max, NaN for one without positives: gain 1 for a rating of at least
    4, discount log2(rank + 1) with ranks from 1 (Järvelin and Kekäläinen, 2002)."""
    _check_k(k)
    gain = (np.asarray(rating) >= POSITIVE).astype(np.float64)
    discount = 1.0 / np.log2(np.arange(k) + 2.0)

    def dcg(rank: np.ndarray) -> np.ndarray:
        weight = np.where(rank < k, discount[np.minimum(rank, k - 1)], 0.0)
        return np.bincount(user, weights=gain * weight)

    ideal = dcg(_ranks(user, gain))
    with np.errstate(invalid="ignore"):
        return dcg(_ranks(user, score)) / np.where(ideal > 0, ideal, np.nan)


def ndcg(user: Any, rating: Any, score: Any, condition: str, k: int = 10) -> float:
    """Mean NDCG@k over the users of the condition; NaN when there is none."""
    chosen = chosen_users(user, rating, condition)
    return float(ndcg_per_user(user, rating, score, k)[chosen].mean()) if len(chosen) else np.nan


def precision(user: Any, rating: Any, score: Any, condition: str, k: int = 10) -> float:
    """Hits among each user's k highest-scored test movies, divided by k and pooled over users.

    The deck divides by k for users with fewer than k test movies too, so that 1.0 cannot be
    reached; it is kept for the sake of its numbers.
    """
    _check_k(k)
    chosen = chosen_users(user, rating, condition)
    if not len(chosen):
        return float("nan")
    hit = (_ranks(user, score) < k) & (np.asarray(rating) >= POSITIVE)
    return float(np.bincount(user, weights=hit)[chosen].sum() / (k * len(chosen)))


def top_bar(scores: np.ndarray, top_share: float = 0.2) -> np.ndarray:
    """The lowest score that is still among the top share of each row's, (users,).

    Args:
        scores: a row per user, a column per movie, (users, n_movies).
    """
    n_top = max(int(scores.shape[1] * top_share), 1)
    return -np.partition(-scores, n_top - 1, axis=1)[:, n_top - 1]


def recall(
    user: np.ndarray, rating: np.ndarray, score: np.ndarray, bar: np.ndarray, k: int = 10
) -> float:
    """Among users with at least k test positives: the share of each user's k best-rated test
    movies (ties in row order) that score in the top fifth of that user's scores over all movies.

    Args:
        user, rating, score: of the test rows, (n,).
        bar: of each user, as ``top_bar`` gives it, (n_users,).
    """
    _check_k(k)
    positives = np.bincount(user, weights=np.asarray(rating) >= POSITIVE, minlength=len(bar))
    chosen = np.flatnonzero(positives >= k)
    if not len(chosen):
        return float("nan")
    best = (_ranks(user, rating) < k) & np.isin(user, chosen)
    return float((score[best] >= bar[user[best]]).sum() / (k * len(chosen)))


def ranking_metrics(user: np.ndarray, rating: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """AUC, and NDCG@10 and precision@10 under both conditions."""
    out = {"auc": auc(rating, score)}
    for condition in CONDITIONS:
        out[f"ndcg_{condition}"] = ndcg(user, rating, score, condition)
        out[f"precision_{condition}"] = precision(user, rating, score, condition)
    return out


def dummy_scores(n_users: int, n_movies: int, seed: int = 88) -> np.ndarray:
    """The deck's dummy model (亂猜): uniform random scores in [0, 1), (n_users, n_movies)."""
    return np.random.default_rng(seed).random((n_users, n_movies), np.float32)


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise UsageError(f"k is a whole number >= 1, not {k!r}")
