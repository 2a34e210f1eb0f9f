"""Top ten: lists and their figures, by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.small import FEW_RATINGS
from tfcourse.recommenders import similar, top_ten
from tfcourse.recommenders.histories import Histories


class Test:
    """Rows of a test part."""

    user = np.array([0, 0, 0, 1, 2], np.int32)
    movie = np.array([1, 2, 3, 4, 0], np.int32)
    rating = np.array([4.0, 5.0, 3.0, 2.0, 4.5], np.float32)


@dataclasses.dataclass
class Data:
    test = Test()
    # User 0 rated movie 0 in train, user 1 nothing, user 2 movies 1 to 3.
    histories = Histories.of(np.array([0, 2, 2, 2]), np.array([0, 1, 2, 3]), 3, np.ones(4))


SCORES = np.array([[9, 1, 5, 4, 3], [1, 2, 3, 4, 5], [5, 9, 9, 9, 6]], np.float32)


def blocks():
    return iter([(np.array([0, 1]), SCORES[:2]), (np.array([2]), SCORES[2:])])


def test_lists_leave_out_what_was_rated_in_train():
    found = top_ten.lists(blocks(), Data(), k=2)
    assert {user: movies.tolist() for user, movies in found.items()} == {
        0: [2, 3],
        1: [4, 3],
        2: [4, 0],
    }


def test_figures_by_hand():
    """User 0 likes movies 1 and 2 and finds 2 first; user 2 likes 0, which is second; user 1 likes
    nothing and counts for coverage and overlap alone."""
    found = top_ten.figures(top_ten.lists(blocks(), Data(), k=2), Data(), k=2)
    second = 1 / np.log2(3)
    assert found == {
        "top_precision": pytest.approx((1 / 2 + 1 / 2) / 2),
        "top_recall": pytest.approx((1 / 2 + 1) / 2),
        "top_ndcg": pytest.approx((1 / (1 + second) + second) / 2),
        "coverage": 4,
        "overlap": pytest.approx((1 + 0 + 1) / 3),  # lists of 0 and 1, 0 and 2, 1 and 2
    }


def test_nobody_likes_anything():
    data = Data()
    data.test = dataclasses.make_dataclass("Rows", ["user", "movie", "rating"])(
        Test.user, Test.movie, np.ones(5, np.float32)
    )
    found = top_ten.figures(top_ten.lists(blocks(), data, k=2), data, k=2)
    assert np.isnan(found["top_ndcg"]) and found["coverage"] == 4


def test_a_list_of_the_best_is_perfect(clean):
    """Scores that are the test ratings themselves find all that there is to find."""
    scores = np.zeros((len(clean.histories), len(clean.vocabulary)))
    scores[clean.test.user, clean.test.movie] = clean.test.rating
    users = np.arange(len(scores))
    found = top_ten.figures(top_ten.lists(iter([(users, scores)]), clean), clean)
    assert found["top_recall"] == found["top_ndcg"] == 1
    assert found["top_precision"] < 1  # a user with fewer than ten liked test movies


def test_every_lesson_can_be_measured(trained, clean):
    found = top_ten.measure(trained("mf-with-history"), clean)
    assert set(found) == {"top_precision", "top_recall", "top_ndcg", "coverage", "overlap"}
    assert 0 <= found["top_ndcg"] <= 1 and 10 <= found["coverage"] <= len(clean.vocabulary)


def test_popularity_raises_what_many_liked(trained, clean):
    model = trained("mf-with-history")
    plain = similar.recommend(model, user=3, k=5)
    raised = similar.recommend(model, user=3, k=5, popularity=100.0)
    liked = [clean.popularity[list(found.items["index"])].sum() for found in (plain, raised)]
    assert liked[1] > liked[0] and raised.items["score"].iloc[0] > plain.items["score"].iloc[0]
    nobody = similar.recommend(model, user=FEW_RATINGS, k=5, popularity=100.0)
    assert nobody.rung == "popular"
    assert nobody.items.equals(similar.recommend(model, user=FEW_RATINGS, k=5).items)
