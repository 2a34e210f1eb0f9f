"""Top ten: rankings of the whole catalogue, which is what recommending is.

The deck's rankings are of the movies that a user rated in the test rows. Here all movies are ranked but
those that the user rated in train, and a test movie that the user rated 4 or more counts as a hit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tfcourse import metrics
from tfcourse.recommenders.base import Recommender, Scores
from tfcourse.recommenders.rows import ratings_of
from tfcourse.recommenders.similar import top

if TYPE_CHECKING:
    from tfcourse.datasets.contract import Prepared
    from tfcourse.recommenders.rows import PreparedRatings
    from tfcourse.tf1 import Tensor


def lists(scores: Scores, data: PreparedRatings, k: int = 10) -> dict[int, np.ndarray]:
    """The k movies with the highest scores for each user, without those rated in train.

    Args:
        scores: blocks of users, (b,), and their scores, (b, n_movies).

    Returns:
        movie indexes, int64 (k,) or fewer, by user.
    """
    found = {}
    for users, block in scores:
        for user, row in zip(users.tolist(), block, strict=True):
            ranked = row.astype(np.float64)
            ranked[data.histories[user]] = -np.inf
            found[user] = top(ranked, k)
    return found


def figures(found: dict[int, np.ndarray], data: PreparedRatings, k: int = 10) -> dict[str, float]:
    """How good lists of movies are.

    Args:
        found: the list of each user, by user; see ``lists``.

    Returns:
        means over the users who like a movie among the test rows (4 and above): "top_precision",
        hits / k; "top_recall", hits / min(k, liked movies) (Liang et al., 2018); "top_ndcg", as
        ``metrics.ndcg``, over the catalogue. Of all users: "coverage", how many movies are on a list;
        "overlap", the mean number of movies that the lists of two users share. NaN without users.
    """
    test = data.test
    liked = test.rating >= metrics.POSITIVE
    relevant = {
        user: set(test.movie[liked & (test.user == user)].tolist())
        for user in np.unique(test.user[liked]).tolist()
    }
    discount = 1 / np.log2(np.arange(k) + 2.0)
    rows = []
    for user, movies in relevant.items():
        hit = np.fromiter((movie in movies for movie in found[user].tolist()), bool)
        most = min(k, len(movies))
        rows.append(
            [hit.sum() / k, hit.sum() / most, discount[: len(hit)] @ hit / discount[:most].sum()]
        )
    means = np.mean(rows, 0) if rows else np.full(3, np.nan)
    times = np.bincount(np.concatenate([*found.values(), np.zeros(0, np.int64)]).astype(np.int64))
    pairs = len(found) * (len(found) - 1)
    return {
        **dict(zip(("top_precision", "top_recall", "top_ndcg"), means.tolist(), strict=True)),
        "coverage": int((times > 0).sum()),
        "overlap": float((times * (times - 1)).sum() / pairs) if pairs else float("nan"),
    }


def measure(model: Recommender, data: Prepared) -> dict[str, float]:
    """The figures of a lesson's lists, by ``pred`` with each user's train history."""
    data = ratings_of(data)
    users = np.arange(len(data.histories), dtype=np.int32)
    return figures(lists(model.score_users(users, data.histories, data.catalogue), data), data)


class RankedByTopTen:
    """What lessons have in common that rank the whole catalogue: ``infer`` and ``pred`` are no ratings.

    To be named before a recommender among the bases. It is none itself: then its hyper-parameters,
    which are all recommenders' defaults, would replace those of the other base.

    A lesson sets ``xent``, the cross entropy of the softmax, a scalar.
    """

    xent: Tensor

    nodes: ClassVar[tuple[str, ...]] = ("loss", "infer", "pred", "xent")
    epoch_table: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Train Error", "tr_xent"),
        ("Val Error", "vl_xent"),
    )
    for_catalogue: ClassVar[bool] = True

    def metrics(self) -> dict[str, Tensor]:
        return {"xent": self.xent}

    def measure(self: Any, data: Prepared) -> dict[str, float]:
        """The figures of the lists, and the deck's rankings of the test rows; see ``measure``."""
        data = ratings_of(data)
        score, _ = self.test_scores(data)
        rows = data.test
        ranked = metrics.ranking_metrics(rows.user, rows.rating, score)
        # Scores of two users are not of one scale.
        return measure(self, data) | {name: v for name, v in ranked.items() if name != "auc"}
