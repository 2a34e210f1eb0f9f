"""The deck's metrics: by hand, compared with plain loops, and on the dummy model."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tfcourse import metrics
from tfcourse.errors import UsageError


def one_user(ratings, scores):
    return np.zeros(len(ratings), int), np.array(ratings, float), np.array(scores, float)


def ndcg(ratings, scores, k=10):
    return metrics.ndcg_per_user(*one_user(ratings, scores), k)[0]


def recall_of(user, rating, movie, scores, k=10):
    """Recall from the scores of all users for all movies."""
    user, movie, scores = np.asarray(user), np.asarray(movie), np.asarray(scores)
    return metrics.recall(user, rating, scores[user, movie], metrics.top_bar(scores), k)


# --- over ratings -----------------------------------------------------------------------------


def test_rmse_and_mae_by_hand():
    rating, predicted = [5, 3, 1], [4, 3, 3]
    assert metrics.rmse(rating, predicted) == pytest.approx(math.sqrt(5 / 3))
    assert metrics.mae(rating, predicted) == 1.0
    assert metrics.rmse(rating, rating) == metrics.mae(rating, rating) == 0.0


def test_rmse_is_computed_in_float64():
    rating = np.full(100_000, 3.0, np.float32)
    assert metrics.rmse(rating, rating + np.float32(0.5)) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(
    ("ratings", "scores", "expected"),
    [
        ([5, 4, 3, 1], [4, 3, 2, 1], 1.0),
        ([5, 4, 3, 1], [1, 2, 3, 4], 0.0),
        ([4, 3.5], [1, 1], 0.5),  # a tie counts half
        ([5, 1, 4, 2], [9, 5, 4, 1], 0.75),
    ],
    ids=["perfect", "worst", "tie", "by hand"],
)
def test_auc_by_hand(ratings, scores, expected):
    assert metrics.auc(np.array(ratings), np.array(scores)) == expected


def test_auc_is_the_share_of_ordered_pairs():
    rng = np.random.default_rng(0)
    rating, score = rng.integers(1, 11, 80) / 2, rng.integers(0, 20, 80)
    positive, negative = score[rating >= 4], score[rating < 4]
    wins = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert metrics.auc(rating, score) == pytest.approx(np.mean(wins))


@pytest.mark.parametrize("ratings", [[5, 4], [1, 2], []])
def test_auc_of_one_class_is_nan(ratings):
    assert math.isnan(metrics.auc(np.array(ratings, float), np.arange(len(ratings))))


# --- users ------------------------------------------------------------------------------------


def test_chosen_users_by_hand():
    ratings = {
        0: [5] * 5 + [1] * 5,  # 10 rows, as many positives as negatives: strict, normal
        1: [5] * 4 + [1] * 5,  # 9 rows: normal
        2: [5] * 6 + [1] * 5,  # more positives than negatives: normal
        3: [1] * 12,  # no positive: neither
        4: [5] * 12,  # no negative: neither
        6: [4] + [3.5] * 9,  # 4 is positive, 3.5 is not: strict, normal
    }
    user = np.array([u for u, r in ratings.items() for _ in r])
    rating = np.array([x for r in ratings.values() for x in r], float)
    assert metrics.chosen_users(user, rating, "strict").tolist() == [0, 6]
    assert metrics.chosen_users(user, rating, "normal").tolist() == [0, 1, 2, 6]
    with pytest.raises(UsageError, match="strict, normal"):
        metrics.chosen_users(user, rating, "loose")


def test_chosen_users_of_the_courses_data(course_deck):
    test = course_deck.test
    assert len(metrics.chosen_users(test.user, test.rating, "strict")) == 209
    assert len(metrics.chosen_users(test.user, test.rating, "normal")) == 669


# --- NDCG -------------------------------------------------------------------------------------


def test_ndcg_perfect_and_worst():
    assert ndcg([5, 4, 1, 1], [9, 8, 2, 1]) == 1.0
    assert ndcg([5, 4, 1, 1], [8, 9, 2, 1]) == 1.0  # the order among positives does not count
    worst = (1 / math.log2(4) + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert ndcg([5, 4, 1, 1], [1, 2, 8, 9]) == pytest.approx(worst)


def test_ndcg_by_hand():
    # By score: 1 (no), 5 (yes, rank 2), 2 (no), 4 (yes, rank 4). Ideal: ranks 1 and 2.
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    assert ndcg([5, 1, 4, 2], [8, 9, 1, 4]) == pytest.approx(dcg / (1 + 1 / math.log2(3)))


def test_ndcg_is_cut_at_k():
    ratings = [1] * 10 + [5]
    scores = list(range(20, 9, -1))  # the positive has rank 11
    assert ndcg(ratings, scores, 10) == 0.0
    assert ndcg(ratings, scores, 11) == pytest.approx(1 / math.log2(12))
    # With more than k positives the ideal ranking has k of them.
    assert ndcg([5] * 12, range(12)) == 1.0


def test_ndcg_of_a_short_list():
    assert ndcg([1, 5], [2, 1]) == pytest.approx(1 / math.log2(3))
    assert ndcg([5], [0]) == 1.0


def test_ndcg_without_positives_is_nan():
    assert math.isnan(ndcg([1, 2], [2, 1]))


def test_ndcg_ties_are_in_row_order():
    assert ndcg([5, 1], [3, 3]) == 1.0
    assert ndcg([1, 5], [3, 3]) == pytest.approx(1 / math.log2(3))


# --- precision --------------------------------------------------------------------------------


def precision(ratings, scores, k=10, condition="normal"):
    return metrics.precision(*one_user(ratings, scores), condition, k)


def test_precision_perfect_and_worst():
    ratings = [5] * 10 + [1] * 10
    assert precision(ratings, range(20, 0, -1)) == 1.0
    assert precision(ratings, range(20)) == 0.0


def test_precision_by_hand():
    assert precision([5, 1, 4, 2], [8, 9, 1, 4], k=2) == 0.5
    assert precision([5, 1, 4, 2], [8, 9, 1, 4], k=1) == 0.0


def test_precision_of_a_short_list_is_divided_by_k():
    """As in the deck: 1.0 cannot be reached."""
    assert precision([5, 5, 1], [3, 2, 1]) == 0.2


def test_precision_ties_are_in_row_order():
    assert precision([5, 1], [3, 3], k=1) == 1.0
    assert precision([1, 5], [3, 3], k=1) == 0.0


def test_precision_is_pooled_over_users():
    user = np.array([0, 0, 1, 1, 1])
    rating = np.array([5.0, 1, 5, 5, 1])
    score = np.array([2.0, 1, 3, 2, 1])
    assert metrics.precision(user, rating, score, "normal", 2) == 0.75


def test_scores_that_are_nan_have_no_rank():
    user = np.array([0, 0, 0, 1, 1, 1])
    rating, score = np.array([5, 4, 1, 5, 2, 1.0]), np.array([3, 2, 1, np.nan, 2, 1])
    assert metrics.ndcg_per_user(user, rating, score, 10)[0] == 1
    assert math.isnan(metrics.ndcg_per_user(user, rating, score, 10)[1])
    found = metrics.ranking_metrics(user, rating, np.full(6, np.nan))
    assert all(map(math.isnan, found.values())), found
    assert math.isnan(metrics.precision(user, rating, score, "normal"))
    assert math.isnan(metrics.recall(user, rating, score, np.zeros(2), k=1))
    assert metrics.recall(user, rating, np.nan_to_num(score, nan=4), np.zeros(2), k=1) == 1


@pytest.mark.parametrize("measure", [metrics.ndcg, metrics.precision])
def test_a_condition_without_users_gives_nan(measure):
    assert math.isnan(measure(*one_user([5, 4], [1, 2]), "normal"))
    assert math.isnan(measure(*one_user([], []), "strict"))


@pytest.mark.parametrize("k", [0, -1, 2.5, True, None, "3"], ids=repr)
@pytest.mark.parametrize("measure", [metrics.ndcg, metrics.precision])
def test_k_must_be_a_whole_number_above_0(measure, k):
    with pytest.raises(UsageError, match="k is"):
        measure(*one_user([5, 1], [2, 1]), "normal", k)


# --- recall -----------------------------------------------------------------------------------


def test_recall_by_hand():
    """Of 20 movies the top fifth is 4. The user's two best-rated test movies are 0 and 1."""
    user, rating, movie = np.zeros(4, int), np.array([5.0, 4.5, 4, 1]), np.array([0, 1, 2, 3])
    scores = np.arange(20, 0, -1.0)[None]
    assert recall_of(user, rating, movie, scores, k=2) == 1.0
    assert recall_of(user, rating, movie, -scores, k=2) == 0.0
    half = scores.copy()
    half[0, 1] = 0
    assert recall_of(user, rating, movie, half, k=2) == 0.5


def test_recall_counts_users_with_k_positives():
    user = np.array([0, 0, 1, 1])
    rating, movie = np.array([5.0, 5, 5, 1]), np.array([0, 1, 10, 11])
    scores = np.tile(np.arange(20, 0, -1.0), (2, 1))
    assert recall_of(user, rating, movie, scores, k=2) == 1.0  # user 1 does not count
    assert math.isnan(recall_of(user, rating, movie, scores, k=3))


def test_recall_ties_among_ratings_are_in_row_order():
    user, rating, movie = np.zeros(3, int), np.array([4.0, 4, 4]), np.array([19, 0, 1])
    scores = np.arange(20, 0, -1.0)[None]
    assert recall_of(user, rating, movie, scores, k=2) == 0.5  # 19 and 0


# --- against plain loops ----------------------------------------------------------------------


def by_loops(user, rating, movie, scores, k=10):
    """Every ranking metric by its definition, one user at a time."""
    out, users = {}, sorted(set(user.tolist()))
    mine = {u: [i for i in range(len(user)) if user[i] == u] for u in users}
    score = scores[user, movie]

    def discounted(order):
        return sum((rating[i] >= 4) / math.log2(r + 2) for r, i in enumerate(order[:k]))

    for condition in ("strict", "normal"):
        gains, hits, n = [], 0, 0
        for rows in mine.values():
            positives = sum(rating[i] >= 4 for i in rows)
            negatives = len(rows) - positives
            if condition == "strict" and not (
                len(rows) >= 10 and positives >= 1 and positives <= negatives
            ):
                continue
            if condition == "normal" and not (positives and negatives):
                continue
            ranked = sorted(rows, key=lambda i: -score[i])
            ideal = sorted(rows, key=lambda i: rating[i] < 4)
            gains.append(discounted(ranked) / discounted(ideal))
            hits += sum(rating[i] >= 4 for i in ranked[:k])
            n += 1
        out[f"ndcg_{condition}"] = np.mean(gains)
        out[f"precision_{condition}"] = hits / (k * n)
    found, n = 0, 0
    for u, rows in mine.items():
        if sum(rating[i] >= 4 for i in rows) < k:
            continue
        best = sorted(rows, key=lambda i: -rating[i])[:k]
        n_top = int(scores.shape[1] * 0.2)
        top = set(np.argsort(-scores[u], kind="stable")[:n_top].tolist())
        found += sum(int(movie[i]) in top for i in best)
        n += k
    out["recall"] = found / n if n else math.nan
    return out


@pytest.mark.parametrize("seed", range(4))
def test_metrics_equal_loops_on_random_data(seed):
    rng = np.random.default_rng(seed)
    n_users, n_movies = 25, 60
    user = np.repeat(np.arange(n_users), rng.integers(1, 40, n_users))
    movie = np.concatenate([rng.permutation(n_movies)[: (user == u).sum()] for u in range(n_users)])
    rating = rng.integers(1, 11, len(user)) / 2
    scores = rng.normal(size=(n_users, n_movies))
    shuffled = rng.permutation(len(user))
    user, movie, rating = user[shuffled], movie[shuffled], rating[shuffled]
    expected = by_loops(user, rating, movie, scores)
    assert all(map(math.isfinite, expected.values()))
    got = metrics.ranking_metrics(user, rating, scores[user, movie])
    got["recall"] = recall_of(user, rating, movie, scores)
    assert {k: got[k] for k in expected} == pytest.approx(expected, abs=1e-12)


def test_metrics_equal_loops_with_ties_in_float32():
    rng = np.random.default_rng(9)
    user = np.repeat(np.arange(20), 15)
    movie = np.concatenate([rng.permutation(60)[:15] for _ in range(20)])
    rating = rng.integers(1, 11, len(user)) / 2
    scores = rng.integers(0, 5, (20, 60)).astype(np.float32)
    expected = by_loops(user, rating, movie, scores)
    del expected["recall"]  # the loops treat ties at the limit of the top fifth differently
    got = metrics.ranking_metrics(user, rating, scores[user, movie])
    assert {k: got[k] for k in expected} == pytest.approx(expected, abs=1e-12)


def test_only_the_order_of_scores_counts():
    rng = np.random.default_rng(1)
    user, rating = np.repeat(np.arange(10), 12), rng.integers(1, 11, 120) / 2
    score = rng.normal(size=120)
    a, b = (metrics.ranking_metrics(user, rating, s) for s in (score, np.exp(3 * score) + 7))
    assert a == b


# --- the dummy model --------------------------------------------------------------------------


def test_dummy_scores_are_random_numbers_from_0_to_1():
    scores = metrics.dummy_scores(30, 400)
    assert scores.shape == (30, 400) and 0 <= scores.min() and scores.max() < 1
    np.testing.assert_array_equal(scores, metrics.dummy_scores(30, 400))
    assert (scores != metrics.dummy_scores(30, 400, seed=1)).any()


def test_dummy_scores_reach_the_decks_first_row(course_deck):
    """RMSE 3.23, AUC 0.50, NDCG 0.45 and 0.63, precision 0.37 and 0.54."""
    test = course_deck.test
    scores = metrics.dummy_scores(671, 9125)
    score = scores[test.user, test.movie]
    got = metrics.ranking_metrics(test.user, test.rating, score)
    assert metrics.rmse(test.rating, score) == pytest.approx(3.23, abs=0.01)
    assert got["auc"] == pytest.approx(0.5, abs=0.01)
    assert got["ndcg_strict"] == pytest.approx(0.45, abs=0.02)
    assert got["ndcg_normal"] == pytest.approx(0.63, abs=0.02)
    assert got["precision_strict"] == pytest.approx(0.37, abs=0.015)
    assert got["precision_normal"] == pytest.approx(0.54, abs=0.015)
    # A random fifth of the movies contains a fifth of a user's best ones.
    recall = recall_of(test.user, test.rating, test.movie, scores)
    assert recall == pytest.approx(0.2, abs=0.03)
