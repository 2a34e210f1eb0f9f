"""Item-based collaborative filtering, by hand and against one pair at a time."""

from __future__ import annotations

import numpy as np
import pytest

from graphs.examples.item_knn import ItemKNN

#            m0 m1 m2 m3, 0 is no rating
RATINGS = np.array(
    [
        [5, 4, 1, 0],
        [4, 5, 3, 0],
        [1, 0, 5, 0],
        [0, 0, 0, 0],
    ]
)


def knn(ratings=RATINGS, **options):
    user, movie = np.nonzero(ratings)
    return ItemKNN(user, movie, ratings[user, movie], *ratings.shape, **options)


def test_by_hand():
    model = knn()
    mean = 10 / 3, 4.0, 3.0, 28 / 8  # the last user rated nothing: the mean of all ratings
    np.testing.assert_allclose(model.mean, mean)
    # Centred: m0 (5/3, 0, -2), m1 (2/3, 1, -), m2 (-7/3, -1, 2).
    dot01, norm0, norm1 = 10 / 9, np.hypot(5 / 3, 2), np.hypot(2 / 3, 1)
    similar = model.similar.toarray()
    assert similar[0, 1] == similar[1, 0] == pytest.approx(dot01 / (norm0 * norm1), rel=1e-6)
    # m2 is the opposite of both, and nobody rated m3.
    assert similar[2].max() == similar[3].max() == 0 and (similar.diagonal() == 0).all()
    got = model.scores(np.arange(4))
    # Similar to m0 is m1 alone, so its prediction is the rating of m1, and the other way round.
    expected = [
        [4, 5, mean[0], mean[0]],
        [5, 4, mean[1], mean[1]],
        [mean[2], 1, mean[2], mean[2]],
        [mean[3]] * 4,
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_a_prediction_is_the_weighted_mean_of_the_users_ratings(clean):
    rows = clean.train
    sizes = clean.data.n_users, len(clean.vocabulary)
    model = ItemKNN(rows.user, rows.movie, rows.rating, *sizes, model_size=7)
    centred, rating = np.zeros(sizes), np.zeros(sizes)
    rating[rows.user, rows.movie] = rows.rating
    centred[rows.user, rows.movie] = rows.rating - model.mean[rows.user]
    length = np.linalg.norm(centred, axis=0)
    cosine = centred.T @ centred / np.maximum(np.outer(length, length), 1e-12)
    np.fill_diagonal(cosine, 0)
    got, checked = model.scores(np.arange(sizes[0])), 0
    assert got.min() >= 0.5 - 1e-5 and got.max() <= 5 + 1e-5
    for user, movie in zip(clean.test.user[:40], clean.test.movie[:40], strict=True):
        near = np.argsort(-cosine[movie], kind="stable")[:7]
        near = [j for j in near if cosine[movie, j] > 0 and rating[user, j] > 0]
        weights = cosine[movie, near]
        expected = weights @ rating[user, near] / weights.sum() if near else model.mean[user]
        assert got[user, movie] == pytest.approx(expected, rel=1e-4)
        checked += len(near) > 1
    assert checked > 10


def test_only_the_most_similar_movies_are_kept(clean):
    rows, sizes = clean.train, (clean.data.n_users, len(clean.vocabulary))
    few = ItemKNN(rows.user, rows.movie, rows.rating, *sizes, model_size=3).similar
    all_ = ItemKNN(rows.user, rows.movie, rows.rating, *sizes).similar
    assert np.diff(few.indptr).max() == 3 < np.diff(all_.indptr).max()
    for i in range(sizes[1]):
        assert few[i].sum() == pytest.approx(np.sort(all_[i].toarray()[0])[-3:].sum(), rel=1e-5)
