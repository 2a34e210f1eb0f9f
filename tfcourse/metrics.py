"""The deck's metrics, computed with scikit-learn where it has them (deck, "Model All Metrics").

A ranking metric ranks, for each user, only the movies that the user rated in the test rows. All users
are ranked at once by one sort, so that 671 users take milliseconds.

Test rows are arrays of one length: ``user``, index of the user, int (n,); ``rating``, 0.5 to 5, float
(n,); ``score``, the predicted score, float (n,). A score that is NaN has no rank: a ranking metric over
its user is NaN.
"""

from __future__ import annotations

import numpy as np

from tfcourse.errors import UsageError

POSITIVE = 4.0  # lowest rating that is positive (deck, "Basic MF")
CONDITIONS = ("strict", "normal")


def rmse(rating: np.ndarray, predicted: np.ndarray) -> float:
    """Root mean squared error of ``predicted``, float (n,), in the unit of the ratings."""
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(np.float64(rating), np.float64(predicted)))


def mae(rating: np.ndarray, predicted: np.ndarray) -> float:
    """Mean absolute error of ``predicted``, float (n,), in the unit of the ratings."""
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(np.float64(rating), np.float64(predicted)))


def auc(rating: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve, pooled over all rows. A rating of at least 4 is positive.

    Returns:
        0 to 1; NaN if all rows are positive, none is, or a score is not finite.
    """
    positive = np.asarray(rating) >= POSITIVE
    if positive.all() or not positive.any() or not np.isfinite(score).all():
        return float("nan")
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(positive, score))


def chosen_users(user: np.ndarray, rating: np.ndarray, condition: str) -> np.ndarray:
    """The users over whom a ranking metric is averaged.

    Args:
        user, rating: of the test rows.
        condition: "strict" for users with at least 10 test ratings, at least one positive, and not
            more positives than negatives; "normal" for users with at least one positive and one
            negative.

    Returns:
        Indices of the users in ascending order, int64 (m,).

    Raises:
        UsageError: the condition is unknown.
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
    """Rank of each row among its user's rows, int64 (n,): 0 for the highest score, ties in row
    order."""
    order = np.lexsort((-np.asarray(score, np.float64), user))
    size = np.bincount(user)
    rank = np.empty(len(user), np.int64)
    rank[order] = np.arange(len(user)) - (np.cumsum(size) - size)[user[order]]
    return rank


def ndcg_per_user(user: np.ndarray, rating: np.ndarray, score: np.ndarray, k: int) -> np.ndarray:
    """NDCG@k of each user (Järvelin and Kekäläinen, 2002).

    The gain is 1 for a rating of at least 4, else 0. The discount is log2(rank + 1), ranks from 1.

    Returns:
        float64 (largest user index + 1,); NaN for a user without a positive rating, or with a score
        that is NaN.

    Raises:
        UsageError: ``k`` is not a whole number above 0.
    """
    _check_k(k)
    gain = (np.asarray(rating) >= POSITIVE).astype(np.float64)
    discount = 1.0 / np.log2(np.arange(k) + 2.0)

    def dcg(rank: np.ndarray) -> np.ndarray:
        weight = np.where(rank < k, discount[np.minimum(rank, k - 1)], 0.0)
        return np.bincount(user, weights=gain * weight)

    ideal = dcg(_ranks(user, gain))
    with np.errstate(invalid="ignore"):
        found = dcg(_ranks(user, score)) / np.where(ideal > 0, ideal, np.nan)
    found[np.asarray(user)[np.isnan(score)]] = np.nan
    return found


def ndcg(
    user: np.ndarray, rating: np.ndarray, score: np.ndarray, condition: str, k: int = 10
) -> float:
    """Mean NDCG@k over the users of a condition (see ``chosen_users``); NaN if there is none.

    Raises:
        UsageError: the condition is unknown, or ``k`` is not a whole number above 0.
    """
    chosen = chosen_users(user, rating, condition)
    return float(ndcg_per_user(user, rating, score, k)[chosen].mean()) if len(chosen) else np.nan


def precision(
    user: np.ndarray, rating: np.ndarray, score: np.ndarray, condition: str, k: int = 10
) -> float:
    """Share of positive ratings among each user's k highest-scored test movies, pooled over the
    users of a condition (see ``chosen_users``); NaN if there is none.

    As in the deck, the number of hits is divided by k even where a user has fewer than k test
    movies. Such a user keeps the result below 1.0.

    Raises:
        UsageError: the condition is unknown, or ``k`` is not a whole number above 0.
    """
    _check_k(k)
    chosen = chosen_users(user, rating, condition)
    if not len(chosen) or np.isnan(np.asarray(score)[np.isin(user, chosen)]).any():
        return float("nan")
    hit = (_ranks(user, score) < k) & (np.asarray(rating) >= POSITIVE)
    return float(np.bincount(user, weights=hit)[chosen].sum() / (k * len(chosen)))


def top_bar(scores: np.ndarray, top_share: float = 0.2) -> np.ndarray:
    """The lowest score that belongs to the top share of each user's scores.

    Args:
        scores: a row per user, a column per movie, float (n_users, n_movies).
        top_share: 0 to 1; at least one movie is in the top share.

    Returns:
        (n_users,), in the dtype of ``scores``.
    """
    n_top = max(int(scores.shape[1] * top_share), 1)
    return -np.partition(-scores, n_top - 1, axis=1)[:, n_top - 1]


def recall(
    user: np.ndarray, rating: np.ndarray, score: np.ndarray, bar: np.ndarray, k: int = 10
) -> float:
    """Recall@k as in the course's notebooks: the share of a user's k best-rated test movies (ties
    in row order) whose score is in the top fifth of the user's scores over all movies.

    It is pooled over the users with at least k positive test ratings; NaN if there is none.

    Args:
        user, rating, score: of the test rows.
        bar: result of ``top_bar``, float (n_users,).
        k: best-rated movies of each user.

    Raises:
        UsageError: ``k`` is not a whole number above 0.
    """
    _check_k(k)
    positives = np.bincount(user, weights=np.asarray(rating) >= POSITIVE, minlength=len(bar))
    chosen = np.flatnonzero(positives >= k)
    if not len(chosen):
        return float("nan")
    best = (_ranks(user, rating) < k) & np.isin(user, chosen)
    if np.isnan(score[best]).any() or np.isnan(bar[chosen]).any():
        return float("nan")
    return float((score[best] >= bar[user[best]]).sum() / (k * len(chosen)))


def ranking_metrics(user: np.ndarray, rating: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """AUC, and NDCG@10 and precision@10 under both conditions.

    Returns:
        "auc", "ndcg_strict", "precision_strict", "ndcg_normal" and "precision_normal".
    """
    out = {"auc": auc(rating, score)}
    for condition in CONDITIONS:
        out[f"ndcg_{condition}"] = ndcg(user, rating, score, condition)
        out[f"precision_{condition}"] = precision(user, rating, score, condition)
    return out


def dummy_scores(n_users: int, n_movies: int, seed: int = 88) -> np.ndarray:
    """Scores of the deck's dummy model (亂猜): uniform in [0, 1), float32 (n_users, n_movies)."""
    return np.random.default_rng(seed).random((n_users, n_movies), np.float32)


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise UsageError(f"k is a whole number >= 1, not {k!r}")
