"""Leave a batch out: what a batch hides, what the context is, and that it travels with the lesson."""

from __future__ import annotations

import dataclasses
import logging

import numpy as np
import pytest

import graphs
from tests.small import FEW_RATINGS, N_MOVIES, UNRATED
from tfcourse import checkpoints, training
from tfcourse.errors import CheckpointError, UsageError
from tfcourse.recommenders import similar
from tfcourse.recommenders.context import ContextRows, LeaveBatchOut, Ratings
from tfcourse.recommenders.export import export
from tfcourse.recommenders.histories import Histories
from tfcourse.tf1 import tf

NAME = "honest-taste"


@pytest.fixture(scope="module")
def rows(clean):
    train = Ratings.of(clean.histories)
    return ContextRows(train, train, clean.catalogue)


@pytest.fixture(scope="module")
def model(clean, lesson_of):
    made = lesson_of(NAME, clean, n_epoch=2)
    yield made.fit(made.train_batches(clean), verbose=False)
    made.close()


def pairs(user, movie):
    return set(zip(user.tolist(), movie.tolist(), strict=True))


# --- what a batch hides -----------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_hidden_rows_and_context_are_the_train_rows(share, rows, small):
    batches = list(LeaveBatchOut(rows, 5, share)(3, 8))
    assert len(batches) == len(LeaveBatchOut(rows, 5, share)) == 5
    train = pairs(small.user[small.split()[0]], small.movie[small.split()[0]])
    for batch in batches:
        hidden = pairs(batch["user_id"], batch["candidate_movie_id"])
        seen = pairs(batch["seen_user"], batch["seen_movie"])
        assert hidden | seen == train and not hidden & seen
        assert len(batch["user_id"]) + len(batch["seen_user"]) == len(train)
    n = sum(len(batch["user_id"]) for batch in batches)
    assert n == len(train) if share == 0 else n > len(train)
    rating = {(u, m): r for u, m, r in zip(small.user, small.movie, small.rating, strict=True)}
    for names in (
        ("user_id", "candidate_movie_id", "rating"),
        ("seen_user", "seen_movie", "seen_rating"),
    ):
        for u, m, r in zip(*(batches[0][name] for name in names), strict=True):
            assert rating[u, m] == r


def test_an_epoch_hides_each_row_in_one_part(rows):
    hidden = np.array(list(LeaveBatchOut(rows, 5, 0.0).hidden(1, 8)))
    np.testing.assert_array_equal(hidden.sum(0), 1)


def test_a_movie_that_is_hidden_wholly_has_no_row_in_the_context(rows):
    part = list(LeaveBatchOut(rows, 5, 0.0).hidden(2, 8))
    both = list(LeaveBatchOut(rows, 5, 0.1).hidden(2, 8))
    n_movies = 0
    for a, b in zip(part, both, strict=True):
        assert (b | a == b).all()
        movies = np.unique(rows.rows.movie[b & ~a])
        n_movies += len(movies)
        assert b[np.isin(rows.rows.movie, movies)].all()
    assert 0.03 * N_MOVIES * 5 < n_movies < 0.2 * N_MOVIES * 5


def test_draws_are_from_the_seed_and_the_epoch(rows):
    def drawn(epoch, seed, n=5):
        return np.array(list(LeaveBatchOut(rows, n, 0.05).hidden(epoch, seed)))

    np.testing.assert_array_equal(drawn(4, 8), drawn(4, 8))
    assert (drawn(4, 8) != drawn(5, 8)).any() and (drawn(4, 8) != drawn(4, 9)).any()


@pytest.mark.parametrize(("n", "share", "said"), [(1, 0.02, "n_parts"), (5, 1.0, "hidden_movies")])
def test_what_would_leave_no_context(n, share, said, rows):
    with pytest.raises(UsageError, match=said):
        LeaveBatchOut(rows, n, share)


def test_only_the_columns_asked_for(rows):
    batch = next(LeaveBatchOut(rows, 5, 0.02)(1, 1, ["user_id", "seen_user", "year"]))
    assert list(batch) == ["user_id", "seen_user", "year"]
    assert len(batch["year"]) == N_MOVIES


def test_histories_without_ratings_are_no_context():
    with pytest.raises(UsageError, match="no ratings"):
        Ratings.of(Histories.of(np.zeros(1, int), np.zeros(1, int), 1))


# --- train, valid and test rows ---------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["deck", "clean"])
def test_the_context_in_use_is_all_train_rows(protocol, small, lesson_of):
    data = small.prepare(protocol)
    model = lesson_of(NAME, data)
    (batch,) = model.test_batches(data)()
    train, test = (pairs(small.user[rows], small.movie[rows]) for rows in small.split())
    assert pairs(batch["seen_user"], batch["seen_movie"]) == train
    assert pairs(batch["user_id"], batch["candidate_movie_id"]) == test
    assert model.train_batches(data).n_rows == len(train)
    assert model.valid_batches(data) is None


def test_valid_rows_that_are_held_out(clean, lesson_of):
    model = lesson_of(NAME, clean, hold_out=True)
    (batch,) = model.valid_batches(clean)()
    valid = pairs(batch["user_id"], batch["candidate_movie_id"])
    fitted = pairs(clean.train.user, clean.train.movie)
    assert valid == pairs(clean.valid.user, clean.valid.movie) and not valid & fitted
    assert pairs(batch["seen_user"], batch["seen_movie"]) == fitted
    assert model.train_batches(clean).n_rows == len(fitted)
    model.fit(model.train_batches(clean), model.valid_batches(clean), 2, verbose=False)
    assert len(model.hist["vl_rmse"]) == 2


def test_the_engine(clean, lesson_of, caplog):
    model = lesson_of(NAME, clean)
    with caplog.at_level(logging.WARNING, "tfcourse"):
        model.fit(model.train_batches(clean), n_epoch=1, verbose=False)
    assert model.engine_name == "feed"
    assert ["HonestTaste is trained by the engine feed: each batch has a context of its own" in m
            for m in caplog.messages] == [True]  # fmt: skip
    with pytest.raises(UsageError, match="engine graph: each batch has a context of its own"):
        model.fit(model.train_batches(clean), n_epoch=1, engine="graph", verbose=False)


def test_a_batch_is_a_part_so_its_size_is_not_chosen(clean, lesson_of):
    assert not {"n_batch", "shuffle"} & set(graphs.find(NAME).load().hyperparameter_names())
    with pytest.raises(TypeError, match="n_batch"):
        lesson_of(NAME, clean, n_batch=32)


def test_the_learning_rate_falls_along_a_cosine(clean, lesson_of):
    """With plain gradient descent the steps of the last epoch are a small share of the first's."""
    model = lesson_of("honest-bias", clean, optimizer="sgd", n_epoch=20, n_parts=4)
    weights = [model.get_weights()["embedding/log_lambda"]]

    def remember(model):
        weights.append(model.get_weights(model.running_session)["embedding/log_lambda"])

    model.fit(model.train_batches(clean), callback=remember, verbose=False)
    steps = np.abs(np.diff(weights, axis=0)).sum(1)
    assert 0 < steps[-1] < 0.2 * steps[0]
    assert model.get_weights()["train/global_step"] == 80


# --- checkpoints ------------------------------------------------------------------------------


def test_the_last_epoch_is_kept_and_loads_without_the_data(clean, tmp_path):
    cls = graphs.find(NAME).load()
    model = training.train(cls, clean, epochs=3, model_dir=tmp_path, keep=2)
    assert model.saved_epoch == 3
    assert {p.stem for p in tmp_path.glob("model-*.json")} == {"model-2", "model-3"}
    assert len(list(tmp_path.glob("context-*.csv"))) == 1
    loaded = checkpoints.load(tmp_path)
    assert loaded.epoch == 3 and loaded.hist == model.hist
    users = np.arange(20, dtype=np.int32)
    expected = model.scores(clean.histories, users)
    np.testing.assert_allclose(loaded.scores(clean.histories, users), expected, atol=1e-6)
    assert loaded.most_like(0, 5).equals(model.most_like(0, 5))
    new = similar.recommend(model, rated=[(0, 5.0), (2, 1.0)]).items
    assert new.equals(similar.recommend(loaded, rated=[(0, 5.0), (2, 1.0)]).items)
    np.testing.assert_equal(loaded.measure(clean), model.measure(clean))


def test_gone_on_with_ends_as_if_it_had_not_been_interrupted(clean, tmp_path):
    cls = graphs.find("honest-bias").load()
    straight = training.train(cls, clean, epochs=4, n_epoch=4)
    training.train(cls, clean, epochs=2, n_epoch=4, model_dir=tmp_path)
    second = training.train(cls, clean, epochs=4, n_epoch=4, model_dir=tmp_path, resume=True)
    assert second.hist == straight.hist
    for name, value in straight.get_weights().items():
        np.testing.assert_array_equal(second.get_weights()[name], value, err_msg=name)


def test_going_on_needs_the_same_ratings(small, clean, tmp_path):
    cls = graphs.find("honest-bias").load()
    training.train(cls, clean, epochs=1, model_dir=tmp_path)
    rating, valid = small.rating.copy(), pairs(clean.valid.user, clean.valid.movie)
    high = np.flatnonzero(rating == 5)
    row = next(i for i in high if (small.user[i], small.movie[i]) in valid)
    rating[row] = 4.5  # the split and the averages of the fitted rows are the same
    other = dataclasses.replace(small, rating=rating).prepare("clean")
    with pytest.raises(CheckpointError, match="other data .another context"):
        training.train(cls, other, epochs=2, model_dir=tmp_path, resume=True)
    training.train(cls, other, epochs=1, model_dir=tmp_path, overwrite=True)
    assert len(list(tmp_path.glob("context-*.csv"))) == 1


@pytest.mark.parametrize("text", [None, "user,movie,rating\n0,0,1\n"])
def test_a_damaged_context(text, model, tmp_path):
    model.save(tmp_path)
    (path,) = tmp_path.glob("context-*.csv")
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(CheckpointError, match=f"{path.name}: (missing|damaged)"):
        checkpoints.load(tmp_path)


def test_the_latest_ratings_of_each_user_are_hidden(clean):
    seen = Ratings.of(clean.histories)
    rows = ContextRows(seen, seen, clean.catalogue)
    batches = LeaveBatchOut(rows, 4, 0.0, hidden_latest=1.0)
    shares = []
    for hidden in batches.hidden(1, 5):
        for user in np.unique(seen.user):
            own = hidden[seen.user == user]
            assert (np.diff(own.astype(int)) >= 0).all()  # first the context, then what is hidden
        shares.append(hidden.mean())
    assert 0.15 < np.mean(shares) < 0.35 and len(set(shares)) == 4
    half, plain = LeaveBatchOut(rows, 4, 0.0, hidden_latest=0.5), LeaveBatchOut(rows, 4, 0.0)
    same = [
        np.array_equal(a, b)
        for epoch in range(1, 5)
        for a, b in zip(half.hidden(epoch, 5), plain.hidden(epoch, 5), strict=True)
    ]
    assert {True, False} == set(same)
    with pytest.raises(UsageError, match="hidden_latest is a share"):
        LeaveBatchOut(rows, 4, 0.0, hidden_latest=1.5)


# --- somebody new -----------------------------------------------------------------------------


@pytest.mark.parametrize("user", [3, 17])
def test_a_new_user_with_a_users_ratings_is_that_user(user, model, clean):
    """The movies' side stays as it is with the whole context, which has this user too."""
    expected = model.scores(clean.histories, np.array([user]))[0]
    all_seen = Ratings.of(clean.histories)
    own = all_seen.user == user
    found = model.score_rated(all_seen.movie[own], all_seen.rating[own])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_somebody_new_does_not_change_follows_the_weights(model, clean):
    movies, ratings = np.array([0, 5]), np.array([5.0, 1.0], np.float32)
    before, weights = model.score_rated(movies, ratings), model.get_weights()
    model.set_weights({key: value * 1.1 for key, value in weights.items()})
    changed = model.score_rated(movies, ratings)
    model.set_weights(weights)
    assert np.abs(changed - before).max() > 1e-3
    np.testing.assert_array_equal(model.score_rated(movies, ratings), before)


def test_a_new_movie_by_its_metadata(model, clean):
    """A movie with the metadata of one without ratings is what that one is."""
    vocabulary, before = clean.vocabulary, model.catalogue
    title, genres = vocabulary.title[UNRATED], vocabulary.genres[UNRATED]
    year = int(title[-5:-1])
    new = model.add_movie("Another one", genres, year)
    try:
        assert model.n_items == N_MOVIES + 1 == new + 1
        scores = model.score_rated(np.array([0, 2]), np.array([5.0, 4.0], np.float32))
        assert len(scores) == N_MOVIES + 1
        vectors = model.vectors()
        first = model.most_like("Another one", 3)
    finally:
        model.catalogue = before
    assert first["index"][0] == new
    assert scores[new] == pytest.approx(scores[UNRATED], abs=1e-5)
    assert vectors.shape[0] == N_MOVIES + 1


def test_a_user_beyond_the_context_is_somebody_without_ratings(model, clean):
    few, far = model.scores(clean.histories, np.array([FEW_RATINGS]))[0], N_MOVIES * 9
    columns = {**model.item_columns(), "user_id": np.array([far], np.int32)}
    np.testing.assert_array_equal(model.predict(columns)[0], few)


def test_recommend_from_ratings(model):
    liked = similar.recommend(model, liked=["Toy Story", "Heat"], k=5)
    assert liked.rung == "model" and not {0, 2} & set(liked.items["index"])
    same = similar.recommend(model, rated=[("Toy Story", 4.5), ("Heat", 4.5)], k=5)
    assert same.items.equals(liked.items)
    hated = similar.recommend(model, rated=[("Toy Story", 0.5), ("Heat", 0.5)], k=5, explain=True)
    assert hated.items["score"].max() < liked.items["score"].max()
    assert set(hated.items["because"][0]) == {"Toy Story (1995)", "Heat (1995)"}
    user = similar.recommend(model, user=3, k=5)
    assert user.rung == "model" and len(user.items) == 5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rated": [("Heat", 5.5)]}, "a rating is 0.5 to 5, not 5.5"),
        ({"rated": [("Heat", float("nan"))]}, "a rating is 0.5 to 5"),
        ({"rated": [("Heat", 4), (2, 3)]}, "Heat .1995. is given twice"),
        ({"rated": [("Heat", 4)], "user": 3}, "a user or movies, not both"),
    ],
)
def test_ratings_that_are_refused(given, said, model):
    with pytest.raises(UsageError, match=said):
        similar.recommend(model, **given)


def test_a_lesson_without_a_context_takes_no_ratings(trained):
    with pytest.raises(UsageError, match="mf-with-history does not take ratings"):
        similar.recommend(trained("mf-with-history"), rated=[(0, 4.0)])


def test_recommend_from_the_command_line(model, cli, tmp_path):
    model.save(tmp_path)
    found = cli(
        "recommend", tmp_path, "--rated", "Heat=4.5", "--rated", "id:1 = 2", "-k", 3, "--json"
    )
    assert found.exit_code == 0, found.stderr
    items = similar.recommend(model, rated=[("Heat", 4.5), ("id:1", 2.0)], k=3).items
    assert all(f'"title": "{title}"' in found.stdout for title in items["title"])
    for wrong in ("Heat", "=4", "Heat=good"):
        found = cli("recommend", tmp_path, "--rated", wrong)
        assert found.exit_code == 2 and "MOVIE=RATING" in found.stderr


def test_an_export_serves_somebody_new(model, tmp_path):
    folder = export(model, tmp_path / "saved")
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        tags = [tf.saved_model.tag_constants.SERVING]
        signatures = tf.saved_model.loader.load(session, tags, str(folder)).signature_def

        def call(name, **inputs):
            has = signatures[name]
            fed = {has.inputs[key].name: value for key, value in inputs.items()}
            return session.run({key: info.name for key, info in has.outputs.items()}, fed)

        who = {"movies": [0, 2], "ratings": [5.0, 1.5]}
        recommended, scored = call("recommend", k=4, **who), call("score", candidates=[7, 1], **who)
    items = similar.recommend(model, rated=[(0, 5.0), (2, 1.5)], k=4).items
    assert list(recommended["movies"]) == list(items["index"])
    np.testing.assert_allclose(recommended["scores"], items["score"], atol=1e-5)
    scores = model.score_rated(np.array([0, 2]), np.array([5.0, 1.5]))
    np.testing.assert_allclose(scored["scores"], scores[[7, 1]], atol=1e-5)
