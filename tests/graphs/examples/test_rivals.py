"""The rivals: against other ways to compute them, and what every one of them must do."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from graphs.examples import rivals
from graphs.examples.rivals import RATING_RIVALS, TOP_TEN_RIVALS, Averages, Problem
from tfcourse import metrics
from tfcourse.recommenders import top_ten

EVERY = (*RATING_RIVALS, *TOP_TEN_RIVALS)
# Where the chosen settings are too large for 500 rows.
SMALL = {"boosted trees": {"max_iter": 40, "max_leaf_nodes": 7, "min_samples_leaf": 10}}


def _needed(rival):
    if rival.package:
        pytest.importorskip(rival.package)


def fit(rival, problem):
    return rival.fit(problem, 3, **SMALL.get(rival.name, {}))


@pytest.fixture(scope="module")
def problem(small):
    """Train rows of the small MovieLens: no row of UNRATED, none of FEW_RATINGS."""
    return Problem.of(small)


def with_rating(problem, row, rating):
    changed = problem.rating.copy()
    changed[row] = rating
    return dataclasses.replace(problem, rating=changed)


def test_the_columns_of_a_problem(small, problem):
    rows = small.split("course")[0]
    np.testing.assert_array_equal(problem.movie, small.movie[rows])
    assert problem.genres.shape[0] == len(problem.year) == problem.n_movies == len(small.movies)
    assert (problem.genres.sum(1) == [len(g.split("|")) for g in small.movies.genres]).all()
    same = small.movies.genres == small.movies.genres[7]
    assert ((problem.genres == problem.genres[7]).all(1) == same).all()
    liked = problem.seen(liked=True).toarray()
    assert liked.sum() == (problem.rating >= 4).sum() < problem.seen().sum() == len(rows)
    of_one = problem.user == 3
    movie, rating = problem.movie[of_one], problem.rating[of_one]
    assert (problem.history(movie, rating, liked=True).toarray()[0] == liked[3]).all()


# --- what every rival must do -----------------------------------------------------------------


@pytest.mark.parametrize("rival", RATING_RIVALS, ids=lambda r: r.name)
def test_ratings_of_seen_and_unseen_users_and_movies(rival):
    _needed(rival)
    draw = np.random.default_rng(4)
    pairs = draw.permutation(30 * 40)[:900]
    user, movie = np.int32(pairs // 40), np.int32(pairs % 40)
    stars = 3.3 + draw.normal(0, 0.7, 31)[user] + draw.normal(0, 0.7, 41)[movie]
    rating = np.clip(np.round(2 * (stars + draw.normal(0, 0.3, 900))) / 2, 0.5, 5).astype(
        np.float32
    )
    genres, year = draw.integers(0, 2, (41, 3)), draw.random(41)  # of no use
    problem = Problem(user, movie, rating, 31, 41, genres.astype(np.float32), np.float32(year))
    train, test = np.arange(700), np.arange(700, 900)
    model = fit(rival, problem.rows(train))
    got = model.predict(user[test], movie[test])
    assert got.shape == (200,) and np.isfinite(got).all()
    assert metrics.rmse(rating[test], got) < 0.8 * rating[test].std()
    unseen = model.predict(np.int32([30, 0, 30]), np.int32([0, 40, 40]))  # user, movie, both
    assert np.isfinite(unseen).all() and ((unseen >= 0.5) & (unseen <= 5)).all()
    again = fit(rival, problem.rows(train)).predict(user[test], movie[test])
    np.testing.assert_array_equal(again, got)


@pytest.mark.parametrize("rival", TOP_TEN_RIVALS, ids=lambda r: r.name)
def test_scores_of_the_catalogue(rival, problem):
    _needed(rival)
    got = fit(rival, problem).scores()
    assert got.shape == (problem.n_users, problem.n_movies) and np.isfinite(got).all()
    assert np.ptp(got[0]) > 0
    liked = problem.rating >= 4
    seen = got[problem.user[liked], problem.movie[liked]].mean()
    assert seen > got.mean()  # what they liked scores above the rest of the catalogue
    np.testing.assert_array_equal(fit(rival, problem).scores(), got)


@pytest.mark.parametrize("rival", EVERY, ids=lambda r: f"{r.name}, {len(r.grid)} settings")
def test_a_new_user_with_somebodys_history_is_served_the_same(rival, problem):
    _needed(rival)
    model = fit(rival, problem)
    if model.serve is None:
        assert rival.package in ("surprise", "implicit") or rival.name == "item-kNN"
        return
    rows = problem.user == 5
    got = model.serve(problem.movie[rows], problem.rating[rows])
    assert got.shape == (problem.n_movies,)
    if rival in TOP_TEN_RIVALS:
        expected = model.scores()[5]
    else:
        expected = model.predict(np.full(problem.n_movies, 5), np.arange(problem.n_movies))
    if rival.name == "implicit ALS":  # serving solves exactly, training in a few steps
        assert np.corrcoef(got, expected)[0, 1] > 0.95
    else:
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def test_every_chosen_setting_was_tried():
    for rivals_, splits in (
        (RATING_RIVALS, ("course", "random", "time")),
        (TOP_TEN_RIVALS, ("random-fifth", "time")),
    ):
        for rival in rivals_:
            assert set(rival.settings) <= set(splits), rival.name
            assert (splits[0] in rival.settings) == bool(rival.grid), rival.name
            for split in splits:
                settings = rival.chosen(split)
                assert settings.keys() == rival.grid.keys(), rival.name
                for name, value in settings.items():
                    assert value in rival.grid[name], (rival.name, split, name)


def test_settings_are_those_of_the_split(problem):
    seen = []

    def train(problem, seed, **settings):
        seen.append(settings)

    rival = rivals.Rival("r", None, train, {"course": {"a": 1, "b": 2}, "time": {"a": 3, "b": 4}})
    rival.fit(problem, 0)
    rival.fit(dataclasses.replace(problem, split="time"), 0, b=5)
    rival.fit(dataclasses.replace(problem, split="random"), 0)
    dataclasses.replace(rival, settings={}).fit(problem, 0)
    assert seen == [{"a": 1, "b": 2}, {"a": 3, "b": 5}, {"a": 1, "b": 2}, {}]


@pytest.mark.parametrize("rival", TOP_TEN_RIVALS, ids=lambda r: r.name)
def test_liked_ratings_are_not_all_ratings(rival, problem):
    _needed(rival)
    one, other = (rival.fit(problem, 3, liked=liked).scores() for liked in (True, False))
    assert not np.allclose(one, other)


def test_a_missing_package_is_named_as_pip_names_it(monkeypatch):
    by_package = {r.package: r for r in RATING_RIVALS + TOP_TEN_RIVALS}
    assert rivals.available(by_package[None]) == ""
    for package, pip in (
        ("surprise", "scikit-surprise"),
        ("lenskit", "lenskit"),
        ("implicit", "implicit"),
    ):
        monkeypatch.setitem(sys.modules, package, None)
        why = rivals.available(by_package[package])
        assert f"pip install {pip}" in why and "\n" not in why
        assert by_package[package].name in why


# --- one by one -------------------------------------------------------------------------------


def test_ease_is_a_ridge_regression_of_each_movie_on_all_others(problem):
    weight = 3.0
    x = problem.seen(liked=True).toarray().astype(np.float64)
    b = np.zeros((problem.n_movies, problem.n_movies))
    for j in range(problem.n_movies):
        others = np.delete(np.arange(problem.n_movies), j)
        left = x[:, others]
        b[others, j] = np.linalg.solve(
            left.T @ left + weight * np.eye(len(others)), left.T @ x[:, j]
        )
    ease = next(r for r in TOP_TEN_RIVALS if r.name == "EASE")
    model = ease.fit(problem, 0, weight=weight, liked=True)
    np.testing.assert_allclose(model.scores(), x @ b, atol=1e-10)
    new = np.int32([1, 4, 9])
    expected = b[[1, 9]].sum(0)  # the second is not liked
    np.testing.assert_allclose(model.serve(new, np.float32([5, 2, 4])), expected, atol=1e-10)


def test_item_knn_sums_the_cosines_of_the_nearest(problem):
    x = problem.seen(liked=True).toarray()
    length = np.linalg.norm(x, axis=0)
    cosine = x.T @ x / np.maximum(np.outer(length, length), 1e-9)
    np.fill_diagonal(cosine, 0)
    expected = np.zeros(x.shape)
    ties = np.zeros(problem.n_movies, bool)
    for i in range(problem.n_movies):
        order = np.argsort(-cosine[i], kind="stable")
        expected[:, i] = x[:, order[:5]] @ cosine[i, order[:5]]
        ties[i] = np.isclose(cosine[i, order[4]], cosine[i, order[5]]) and cosine[i, order[4]] > 0
    knn = next(r for r in TOP_TEN_RIVALS if r.name == "item-kNN")
    got = knn.fit(problem, 0, k=5, liked=True).scores()
    assert ties.sum() < problem.n_movies / 2
    np.testing.assert_allclose(got[:, ~ties], expected[:, ~ties], atol=1e-6)


def test_most_popular_counts_users(problem):
    popular = next(r for r in TOP_TEN_RIVALS if r.name == "most popular")
    got = popular.fit(problem, 0, liked=True).scores()
    assert (got == got[0]).all()
    assert got[0, 8] == ((problem.movie == 8) & (problem.rating >= 4)).sum()


@pytest.mark.parametrize("hidden", [0.0, 0.3])
def test_features_of_a_train_row_hold_nothing_of_its_rating(problem, hidden):
    before = rivals.train_features(problem, 1, parts=4, hidden=hidden)
    moved = 0
    for row in (0, 17, 200):
        rating = 0.5 if problem.rating[row] > 2.5 else 5.0
        after = rivals.train_features(with_rating(problem, row, rating), 1, parts=4, hidden=hidden)
        np.testing.assert_array_equal(after[row], before[row])
        moved += (after != before).any(1).sum()
    assert moved > 30  # others do hold it


def test_hidden_movies_are_as_unrated_ones(problem):
    count = 5  # the first column of a movie, after those of the user
    shown, hidden = (rivals.train_features(problem, 1, 4, h)[:, count] for h in (0.0, 0.5))
    assert 0.3 < (hidden == 0).mean() < 0.7 and (shown == 0).mean() < 0.1


def test_features_by_hand():
    #          user movie rating
    rows = [(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0)]
    user, movie, rating = (np.array(x) for x in zip(*rows, strict=True))
    genres = np.float32([[1, 0], [0, 1], [1, 1]])
    p = Problem(user, movie, rating, 2, 3, genres, np.float32([0.0, 1.0, 0.0]))
    (got,) = Averages(p).of(np.array([1]), np.array([2]))
    # Less the mean of all, 4: user 1 has 0 for movie 0, whose mean is (1 + 0) / (2 + 5).
    mean0, mean1 = 1 / 7, -1 / 6
    above = (0 - mean0) / 6
    user_columns = [1, 0, 0, above, np.log(3) / 6]
    movie_columns = [0, 0, 0, 0, 0.0, 1, 1]
    # Of movie 2's genres the user rated the first alone, once; of its era too.
    taste = [(above + 0) / 2, above]
    np.testing.assert_allclose(got, [*user_columns, *movie_columns, *taste], rtol=1e-6)
    (other,) = Averages(p).of(np.array([0]), np.array([2]))
    mean = (1 - 1) / 7
    of_user = [2, mean, 2 / 7, (1 - mean0 - 1 - mean1) / 7, (np.log(3) + np.log(2)) / 7]
    taste = [((1 - mean0) / 6 + (-1 - mean1) / 6) / 2, (1 - mean0) / 6]
    np.testing.assert_allclose(other, [*of_user, *movie_columns, *taste], rtol=1e-6)


# --- choosing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["course", "random", "random-fifth", "time"])
def test_rows_held_out_are_train_rows(small, split):
    def pairs(rows):
        return rows.user.astype(np.int64) * len(small.movies) + rows.movie

    train, _ = small.split(split)
    inner = small.without_test(split).prepare("clean", split=split)
    fitted, held, known = Problem.of(inner.data, split), inner.test, pairs(small)[train]
    assert np.isin(pairs(held), known).all() and 0 < len(held) < len(fitted.user)
    assert np.isin(pairs(fitted), known).all() and not np.isin(pairs(fitted), pairs(held)).any()


@pytest.mark.parametrize("name", ["boosted trees", "EASE"])
def test_choose_ranks_settings_and_sees_no_test_row(small, name):
    rival = next(r for r in EVERY if r.name == name)
    grid = {n: v[:2] for n, v in rival.grid.items()} | (
        {"max_iter": (5, 20)} if name != "EASE" else {}
    )
    rival = dataclasses.replace(rival, grid=grid)
    split = "course" if name == "boosted trees" else "random-fifth"
    found = rivals.choose(rival, small, split, trials=3)
    figures = [figure for figure, _ in found]
    assert len(found) == 3 and figures == sorted(figures, reverse=name == "EASE")
    inner = small.without_test(split).prepare("clean", split=split)
    problem, held = Problem.of(inner.data, split), inner.test
    if name == "EASE":
        scores = rival.fit(problem, 88, **found[0][1]).scores()
        lists = top_ten.lists(iter([(np.arange(len(scores)), scores)]), inner)
        best = top_ten.figures(lists, inner)["top_ndcg"]
        rating = small.rating.copy()
        rating[small.split(split)[1]] = 4.5  # this split is not by rating
        again = rivals.choose(rival, dataclasses.replace(small, rating=rating), split, trials=3)
        assert again == found
    else:
        got = rival.fit(problem, 88, **found[0][1]).predict(held.user, held.movie)
        best = metrics.rmse(held.rating, got)
    assert figures[0] == pytest.approx(best)
