"""Finding movies, similar movies, and the ladder of recommendations."""

from __future__ import annotations

import types

import numpy as np
import pandas as pd
import pytest

from tests.small import FEW_RATINGS, N_MOVIES, N_USERS, UNRATED
from tfcourse.errors import UsageError
from tfcourse.recommenders import similar as recommending
from tfcourse.recommenders.histories import Queries
from tfcourse.recommenders.similar import because, recommend, top, unit

# --- finding a movie --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "by", "index"),
    [
        (0, "auto", 0),
        (59, "auto", 59),
        ("2", "auto", 2),
        (" 2 ", "auto", 2),
        (np.int64(7), "auto", 7),
        ("id:7", "auto", 2),
        ("ID:1", "auto", 0),
        (7, "id", 2),
        ("7", "index", 7),
        ("Heat", "auto", 2),
        ("hEaT (1995)", "auto", 2),
        ("american president", "auto", 3),
        ("cité des enfants", "auto", 6),
        ("Toy Story 2", "auto", 1),
        ("Toy Story (1995)", "auto", 0),
        ("Toy Story", "auto", 0),  # a whole title without its year goes before a part of another
        ("film 07", "title", 7),
        ("No Year", "auto", 4),
    ],
)
def test_find(query, by, index, small):
    assert small.movies.find(query, by) == index


def test_an_ambiguous_title_lists_the_candidates(small):
    with pytest.raises(UsageError) as caught:
        small.movies.find("toy")
    for word in ("2 movies", "0 Toy Story (1995)", "1 Toy Story 2 (1999)"):
        assert word in str(caught.value)


def test_a_very_ambiguous_title_lists_ten(small):
    with pytest.raises(UsageError) as caught:
        small.movies.find("film")
    assert str(caught.value).count("Film ") == 10 and "more" in str(caught.value)


@pytest.mark.parametrize(
    ("query", "by", "said"),
    [
        (-1, "auto", "outside 0..59"),
        (60, "auto", "outside 0..59"),
        ("id:2", "auto", "id 2"),
        ("id:999", "auto", "id 999"),
        ("id:x", "auto", "whole number"),
        ("Heat", "id", "whole number"),
        ("1.5", "index", "whole number"),
        ("no such film", "auto", "no title contains"),
        ("", "auto", "empty title"),
        ("Heat", "colour", "colour"),
    ],
)
def test_what_names_no_movie(query, by, said, small):
    with pytest.raises(UsageError, match=said):
        small.movies.find(query, by)


def test_frame(small):
    frame = small.movies.frame([2, 0], [0.5, 0.25])
    assert list(frame.columns) == ["index", "movie_id", "title", "genres", "score"]
    assert frame.iloc[0].tolist() == [2, 7, "Heat (1995)", small.movies.genres[2], 0.5]


# --- the k highest ----------------------------------------------------------------------------


def test_top_by_hand():
    scores = np.array([1.0, 5, 3, 5, -np.inf, 2])
    assert top(scores, 3).tolist() == [1, 3, 2]  # ties by index
    assert top(scores, 99).tolist() == [1, 3, 2, 5, 0]  # -inf is never chosen
    assert top(np.full(3, -np.inf), 2).tolist() == []
    assert top(scores, 0).tolist() == []


@pytest.mark.parametrize("seed", range(3))
def test_top_against_sorting(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 20, 200).astype(float)
    scores[rng.permutation(200)[:20]] = -np.inf
    for k in (1, 5, 50, 180, 500):
        finite = [i for i in range(200) if np.isfinite(scores[i])]
        assert top(scores, k).tolist() == sorted(finite, key=lambda i: (-scores[i], i))[:k]


# --- similar movies ---------------------------------------------------------------------------


def made_of(vectors, vocabulary):
    """Something with item vectors that a test chose."""
    return types.SimpleNamespace(
        known_catalogue=lambda: types.SimpleNamespace(vocabulary=vocabulary),
        n_movies=len(vectors),
        n_items=len(vectors),
        vectors=lambda: unit(np.asarray(vectors, float)),
    )


@pytest.mark.parametrize("name", ["mf", "mf-with-history", "mf-with-dnn"])
def test_most_like_is_by_cosine(name, trained):
    model = trained(name)
    values = model.predict(model.item_columns(), model.item_vectors).astype(float)
    length = np.linalg.norm(values, axis=1)
    for query in (0, 33):
        cosine = values @ values[query] / np.where(length > 0, length * length[query], 1)
        frame = model.most_like(query, k=N_MOVIES)
        assert frame["index"][0] == query
        np.testing.assert_allclose(frame.score, cosine[frame["index"]], atol=1e-5)
        assert sorted(frame["index"]) == list(range(N_MOVIES))
        assert (np.diff(frame.score[1:]) <= 0).all()


def test_most_like_columns(trained, small):
    frame = trained("mf").most_like("Heat", 3)
    assert list(frame.columns) == ["index", "movie_id", "title", "genres", "score"]
    assert (len(frame), frame.title[0], frame.movie_id[0]) == (3, "Heat (1995)", 7)
    assert frame.score[0] == pytest.approx(1.0, abs=1e-6)


def test_the_slides_function(trained):
    from tfcourse import most_like

    frame = most_like(trained("mf"), 0, k=11)
    assert len(frame) == 11
    assert frame.equals(trained("mf").most_like(0, 11))


def test_the_query_is_first_even_among_its_equals(small):
    vectors = np.ones((N_MOVIES, 2))
    frame = recommending.most_like(made_of(vectors, small.movies), 40, k=4)
    assert list(frame["index"]) == [40, 0, 1, 2]


def test_length_does_not_matter_to_similarity(small):
    vectors = np.tile([[0.0, 1.0]], (N_MOVIES, 1))
    vectors[0], vectors[1], vectors[2] = [1, 0], [100, 1], [1, 0.5]
    frame = recommending.most_like(made_of(vectors, small.movies), 0, k=3)
    assert list(frame["index"]) == [0, 1, 2]
    np.testing.assert_allclose(frame.score, [1, 100 / np.hypot(100, 1), 1 / np.hypot(1, 0.5)])


def test_zero_vectors_give_no_nan(small):
    vectors = np.zeros((N_MOVIES, 2))
    vectors[5] = [1, 1]
    for query in (0, 5):
        frame = recommending.most_like(made_of(vectors, small.movies), query, k=N_MOVIES)
        assert np.isfinite(frame.score).all() and frame["index"][0] == query


def test_unit():
    np.testing.assert_allclose(unit(np.array([[3.0, 4.0], [0, 0]])), [[0.6, 0.8], [0, 0]])


@pytest.mark.parametrize("k", [0, -1, 1.5, "3", None, True], ids=repr)
def test_k_is_checked(k, trained):
    with pytest.raises(UsageError, match="k is"):
        trained("mf").most_like(0, k)
    with pytest.raises(UsageError, match="k is"):
        recommend(trained("mf"), 0, k=k)


@pytest.mark.parametrize(("k", "rows"), [(1, 1), (N_MOVIES, N_MOVIES), (10**6, N_MOVIES)])
def test_k_at_its_bounds(k, rows, trained):
    assert len(trained("mf").most_like(0, k)) == rows


@pytest.mark.parametrize("name", ["mf", "mf-with-dnn"])
def test_a_model_that_does_not_know_its_movies(name, deck, lesson_of):
    model = lesson_of(name, deck)
    with pytest.raises(UsageError, match="data|movies"):
        model.most_like(0)
    with pytest.raises(UsageError, match="data|movies"):
        recommend(model, 0)


def test_a_vocabulary_of_another_size(deck, lesson_of):
    model = lesson_of("mf", deck, n_movies=61)
    model.attach_data(deck)
    with pytest.raises(UsageError, match="61 movies and the vocabulary 60"):
        model.most_like(0)


def test_similar_movies_follow_further_training(deck, lesson_of):
    model = lesson_of("mf", deck, n_batch=32)
    first = model.fit(deck.train_batches(32), n_epoch=1, verbose=False).most_like(0, N_MOVIES)
    model.fit(deck.train_batches(32), n_epoch=3, resume=True, verbose=False)
    assert not model.most_like(0, N_MOVIES).equals(first)


# --- the ladder -------------------------------------------------------------------------------

LIKED = ["Toy Story (1995)", "Heat", "id:10", 20, "Film 30", 45]


def test_no_history_gives_the_most_popular(trained, deck):
    for name in ("mf", "mf-with-history"):
        result = recommend(trained(name), k=5)
        assert result.rung == "popular"
        expected = sorted(range(N_MOVIES), key=lambda m: (-deck.popularity[m], m))[:5]
        assert list(result.items["index"]) == expected
        assert list(result.items.score) == list(deck.popularity[expected])


def test_a_user_without_train_rows_gets_the_most_popular(trained):
    assert recommend(trained("mf-with-history"), FEW_RATINGS).rung == "popular"
    assert recommend(trained("mf"), FEW_RATINGS).rung == "popular"


@pytest.mark.parametrize("name", ["mf", "mf-with-history", "mf-with-dnn"])
def test_a_little_history_goes_by_content(name, trained):
    model = trained(name)
    result = recommend(model, liked=LIKED[:2], k=4)
    vectors = model.vectors()
    scores = vectors @ unit(vectors[0] + vectors[2])
    expected = [m for m in np.argsort(-scores, kind="stable") if m not in (0, 2)][:4]
    assert result.rung == "content"
    assert list(result.items["index"]) == expected
    np.testing.assert_allclose(result.items.score, scores[expected], atol=1e-6)


@pytest.mark.parametrize("name", ["mf-with-history", "mf-with-dnn", "mf-with-dnn-xent"])
def test_enough_history_goes_by_the_model(name, trained):
    model = trained(name)
    result = recommend(model, liked=LIKED, k=4)
    history = [0, 2, 3, 20, 30, 45]
    ((_, scores),) = model.score_queries(Queries.one(history))
    expected = [m for m in np.argsort(-scores[0], kind="stable") if m not in history][:4]
    assert result.rung == "model"
    assert list(result.items["index"]) == expected
    np.testing.assert_allclose(result.items.score, scores[0, expected], rtol=1e-5)


def test_where_the_rungs_meet(trained):
    model = trained("mf-with-history")
    assert recommend(model, liked=LIKED[:4]).rung == "content"
    assert recommend(model, liked=LIKED[:5]).rung == "model"
    assert recommend(model, liked=LIKED[:1], enough=1).rung == "model"
    assert recommend(model, liked=LIKED, enough=7).rung == "content"
    # Naming a movie twice does not make more of it.
    assert recommend(model, liked=[*LIKED[:4], "Heat", 0]).rung == "content"


def test_basic_mf_knows_nothing_of_somebody_new(trained):
    """Its users are rows of an embedding: however much was liked, the way is by content."""
    assert recommend(trained("mf"), liked=LIKED).rung == "content"


@pytest.mark.parametrize("name", ["mf", "mf-with-history", "mf-with-dnn"])
def test_a_user_of_the_data(name, trained, deck):
    model = trained(name)
    for user in (0, 17):
        result = recommend(model, user, k=8)
        scores = model.scores(deck.histories, np.array([user]))[0]
        seen = set(deck.histories[user].tolist())
        expected = [m for m in np.argsort(-scores, kind="stable") if m not in seen][:8]
        assert result.rung == "model"
        assert list(result.items["index"]) == expected


def test_no_retraining(trained):
    model = trained("mf-with-history")
    before = model.get_weights()
    recommend(model, liked=LIKED)
    np.testing.assert_equal(model.get_weights(), before)


def test_the_seen_filter(trained, deck):
    model, seen = trained("mf-with-history"), set(deck.histories[3].tolist())
    everything = recommend(model, 3, k=N_MOVIES, exclude_seen=False).items
    unseen = recommend(model, 3, k=N_MOVIES).items
    assert sorted(everything["index"]) == list(range(N_MOVIES))
    assert set(unseen["index"]) == set(range(N_MOVIES)) - seen
    kept = [m for m in everything["index"] if m not in seen]
    assert list(unseen["index"]) == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"user": N_USERS}, f"user index {N_USERS} is outside 0..{N_USERS - 1}"),
        ({"user": -1}, "user index -1 is outside"),
        ({"liked": ["no such film"]}, "no title contains"),
        ({"liked": ["toy"]}, "fits 2 movies"),
        ({"liked": [N_MOVIES]}, "outside"),
        ({"liked": ["id:3"]}, "no movie has the id 3"),
        ({"user": 0, "liked": [1]}, "not both"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["mf", "mf-with-history"])
def test_what_is_refused(name, given, said, trained):
    with pytest.raises(UsageError, match=said):
        recommend(trained(name), **given)


def test_a_user_without_the_ratings_at_hand(trained, tmp_path):
    from tfcourse import load

    trained("mf-with-history").save(tmp_path)
    model = load(tmp_path)
    with pytest.raises(UsageError, match="data"):
        recommend(model, 0)
    assert recommend(model, liked=LIKED).rung == "model"
    assert recommend(model).rung == "popular"


def test_a_liked_movie_that_nobody_rated(trained):
    items = recommend(trained("mf-with-dnn"), liked=[UNRATED], k=5).items
    assert np.isfinite(items.score).all() and UNRATED not in set(items["index"])


def test_liked_movies_by_raw_id(trained):
    a = recommend(trained("mf"), liked=[1, 7], by="id").items
    b = recommend(trained("mf"), liked=[0, 2]).items
    assert a.equals(b)


# --- reasons ----------------------------------------------------------------------------------


def test_reasons_by_hand(small):
    """Movie 2 is the longest and speaks loudest for both; but 0 speaks for 3 more than for 4."""
    share = np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])  # of movies 0, 1, 2 for movies 3, 4
    scores = np.array([share.sum(0), *(share.sum(0) - share)])  # all; without 0; without 1; ...

    def score_queries(queries, asked, node):
        assert queries.size.tolist() == [3, 2, 2, 2] and queries.left_out.tolist() == [-1, 0, 1, 2]
        block = np.zeros((4, 5))
        block[:, 3:] = scores
        yield np.arange(4), block

    pred = types.SimpleNamespace(op=types.SimpleNamespace(type="AddV2"))
    model = made_of(np.eye(5), small.movies)
    model.by_history, model.score_queries, model.pred = True, score_queries, pred
    best = np.array([3, 4])
    reasons = because(model, np.array([0, 1, 2]), best, best, True, n=2)
    # Less the means .5, .5, 5: movie 3 has .5, -.5, 0 and movie 4 has -.5, .5, 0.
    title = small.movies.title
    assert reasons == [[title[0], title[2]], [title[1], title[2]]]


def test_reasons_by_cosine_by_hand(small):
    vectors = unit(np.array([[1, 0.0], [0, 1], [1, 1], [1, 0.2], [0.2, 1]]))
    model = made_of(vectors, small.movies)
    model.by_history = False
    best = np.array([3, 4])
    reasons = because(model, np.array([0, 1, 2]), best, best, False, n=1)
    assert reasons == [[small.movies.title[0]], [small.movies.title[1]]]
    assert because(model, np.array([], int), best[:1], best, False) == [[]]


@pytest.mark.parametrize("name", ["mf-with-history", "mf-with-history-sum", "mf-with-dnn-xent"])
def test_reasons_are_those_of_the_embedding(name, trained, deck):
    """The score before any sigmoid is w u · (m + b): a movie h of the history has the share
    w W[h] · (m + b), and its reason for m is W[h] · (m - mean of m) up to what all h share."""
    model = trained(name)
    history = deck.histories[0]
    result = recommend(model, 0, k=5, explain=True)
    query = model.get_weights()["embedding/w_query_movie_ids"].astype(float)
    item = model.predict(model.item_columns(), model.item_vectors).astype(float)
    unseen = np.setdiff1d(np.arange(N_MOVIES), history)
    assert len(unseen) < recommending.COMPARED
    titles = model.known_catalogue().vocabulary.title
    for movie, found in zip(result.items["index"], result.items.because, strict=True):
        reason = query[history] @ (item[movie] - item[unseen].mean(0))
        best = history[np.argsort(-reason)[:3]]
        assert found == [titles[m] for m in best]


def test_reasons_are_compared_with_the_best(trained, monkeypatch):
    """The same for any k, and of the best movies only."""
    model = trained("mf-with-history")
    every = recommend(model, 0, k=8, explain=True).items.because
    assert recommend(model, 0, k=3, explain=True).items.because.tolist() == every[:3].tolist()
    monkeypatch.setattr(recommending, "COMPARED", 4)
    assert recommend(model, 0, k=8, explain=True).items.because.tolist() != every.tolist()


def test_reasons_differ_between_movies(trained):
    reasons = recommend(trained("mf-with-history"), 0, k=20, explain=True).items.because
    assert len({tuple(r) for r in reasons}) > 5


def test_one_liked_movie_is_the_reason(trained):
    items = recommend(trained("mf-with-history"), liked=[2], enough=1, explain=True).items
    assert items.because.tolist() == [["Heat (1995)"]] * len(items)


# --- how a table of movies looks --------------------------------------------------------------


def test_titles_are_shown_whole(small):
    long = "A" * 70 + " (1999)"
    vocabulary = small.movies.with_movie(long, "Drama|Comedy|Action|Children|Film-Noir|Sci-Fi")
    model = made_of(np.ones((N_MOVIES + 1, 2)), vocabulary)
    table = recommending.most_like(model, N_MOVIES, k=2)
    for shown in (repr(table), table._repr_html_(), repr(table[["title", "genres"]])):
        assert long in shown and "Film-Noir|Sci-Fi" in shown
    assert len(repr(table).splitlines()) == 3  # not broken into parts
    assert isinstance(table, pd.DataFrame) and long not in repr(pd.DataFrame(table))
