"""The honest lessons: their formulas in numpy, and that nothing of a row reaches its own prediction."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

import graphs
from graphs.examples import ablation
from graphs.examples.comparison import compare
from tests.graphs.test_recommenders import comments_of, sizes_of, table_of
from tests.small import FEW_RATINGS, N_MOVIES, N_USERS, NO_GENRE, UNRATED
from tfcourse import checkpoints
from tfcourse.ancestry import ancestors
from tfcourse.errors import ModelError
from tfcourse.recommenders.context import LeaveBatchOut, Ratings
from tfcourse.recommenders.top_ten import RankedByTopTen
from tfcourse.tf1 import tf

LESSONS = [lesson.name for lesson in graphs.LESSONS if lesson.section == graphs.BEYOND]
SMALL = {"n_parts": 4, "hidden_movies": 0.05, "n_epoch": 3, "learning_rate": 0.02}
# Others than the defaults, so that the tests of formulas and shapes show that they are used.
OTHERS = {"dim": 6, "hidden": 7, "reg": 0.01, "reg_embedding": 0.03, "weight": 0.7}


def settings(name, **hyper):
    known = graphs.find(name).load().hyperparameter_names()
    return {**SMALL, **{k: v for k, v in OTHERS.items() if k in known}, **hyper}


@pytest.fixture(scope="module")
def made(clean, lesson_of):
    """``made("honest-bias")``: a lesson after three epochs, one for all tests."""
    found = {}

    def get(name):
        if name not in found:
            found[name] = fitted(lesson_of(name, clean, **settings(name)), clean)
        return found[name]

    yield get
    for model in found.values():
        model.close()


def fitted(model, data):
    return model.fit(model.train_batches(data), model.valid_batches(data), verbose=False)


def first_batch(model, data, seed=5):
    return next(model.train_batches(data)(1, seed))


def test_the_ladder():
    assert LESSONS == [f"honest-{x}" for x in "bias taste towers history raters liked next".split()]
    classes = [graphs.find(name).load() for name in LESSONS]
    for lower, upper in zip(classes, classes[1:-1], strict=False):
        assert upper.__bases__ == (lower,)
    assert classes[-1].__bases__ == (RankedByTopTen, classes[2])
    own = {key for key, value in vars(classes[4]).items() if inspect.isfunction(value)}
    assert own - {"__init__", "__getattr__", "__replace__"} == {"candidate"}


@pytest.mark.parametrize("name", LESSONS)
def test_pred_equals_infer_pair_by_pair(name, made, clean):
    model = made(name)
    users = np.array([0, 11, FEW_RATINGS], np.int32)
    pred = model.scores(clean.histories, users)
    assert pred.shape == (3, N_MOVIES)
    movie = np.tile(np.arange(N_MOVIES, dtype=np.int32), 3)
    columns = {**model.item_columns(), "user_id": np.repeat(users, N_MOVIES)}
    infer = model.predict({**columns, "candidate_movie_id": movie}, model.infer)
    assert infer.shape == (3 * N_MOVIES, 1)
    np.testing.assert_allclose(pred, infer.reshape(3, N_MOVIES), atol=1e-5)
    assert np.abs(pred[0] - pred[1]).max() > 1e-3 < pred[0].std()


# --- nothing of a row reaches its own prediction ----------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_a_hidden_rating_changes_no_prediction_of_its_batch(name, made, small, clean):
    """The rating is changed in the data: what is computed for the batch that hides it stays, down to
    each average; what is computed for a batch that does not hide it changes."""
    model = made(name)
    before = list(model.train_batches(clean)(1, 5))
    u, m = before[0]["user_id"][3], before[0]["candidate_movie_id"][3]
    rating = small.rating.copy()
    row = (small.user == u) & (small.movie == m)
    rating[row] = np.where(rating[row] >= 4, 9.0 - rating[row], 4.0 - rating[row])  # the same split
    assert (rating[row] != small.rating[row]).all() and row.sum() == 1
    other = dataclasses.replace(small, rating=rating).prepare("clean")
    after = list(model.train_batches(other)(1, 5))
    names = (
        "infer pred b_global bias_user bias_item taste query_emb candidate_emb user_repr item_repr"
    )
    nodes = {key: getattr(model, key) for key in names.split() if hasattr(model, key)}
    nodes["error"] = getattr(model, "rmse_loss", model.loss)

    def computed(batch):
        return model.session.run(nodes, model.feed_dict(batch, "eval"))

    for a, b in list(zip(before, after, strict=True))[:2]:
        hidden = ((a["user_id"] == u) & (a["candidate_movie_id"] == m)).any()
        assert (
            hidden
            == (a["rating"] != b["rating"]).any()
            == (a["seen_rating"] == b["seen_rating"]).all()
        )
        one, two = computed(a), computed(b)
        if hidden:
            # To the lesson that ranks, a label is whether a movie is liked, which stays.
            assert (one.pop("error") == two.pop("error")) == (name == "honest-next")
            np.testing.assert_equal(one, two)
        else:
            assert (one["infer"] != two["infer"]).any() and one["b_global"] != two["b_global"]


@pytest.mark.parametrize("name", LESSONS)
def test_the_graph_has_no_way_from_the_label_to_a_prediction(name, made):
    model = made(name)
    behind = {op.name for op in ancestors([model.infer, model.pred, model.item_repr if
                                           hasattr(model, "item_repr") else model.bias_item])}  # fmt: skip
    assert model.rating.op.name not in behind and model.seen_rating.op.name in behind


@pytest.mark.parametrize("name", LESSONS)
def test_a_test_rating_changes_no_score(name, made, small, clean):
    model = made(name)
    rating = small.rating.copy()
    test = small.split()[1]
    rating[test] = np.where(rating[test] >= 4, 9.0 - rating[test], 4.0 - rating[test])
    other = dataclasses.replace(small, rating=rating).prepare("clean")
    np.testing.assert_array_equal(model.test_scores(other)[0], model.test_scores(clean)[0])


# --- users are their ratings, in any order ----------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_order_and_ids_of_users_do_not_matter(name, made, clean):
    model = made(name)
    batch = first_batch(model, clean)
    expected = model.predict(batch, model.infer)
    rng = np.random.default_rng(3)
    place, ids = (
        rng.permutation(len(batch["seen_user"])),
        rng.permutation(2 * N_USERS).astype(np.int32),
    )
    other = {key: v[place] if key.startswith("seen_") else v for key, v in batch.items()}
    other |= {key: ids[other[key]] for key in ("user_id", "seen_user")}
    np.testing.assert_allclose(model.predict(other, model.infer), expected, atol=2e-5)


@pytest.mark.parametrize("name", LESSONS)
def test_no_variable_has_a_row_per_user(name, made):
    assert "n_users" not in graphs.find(name).load().hyperparameter_names()
    shapes = [value.shape for value in made(name).get_weights().values()]
    assert all(N_USERS not in shape and N_USERS + 1 not in shape for shape in shapes)


@pytest.mark.parametrize("name", LESSONS[1:])
def test_padding_of_genres_cannot_change_a_prediction(name, made, clean):
    model = made(name)
    batch = first_batch(model, clean)
    wide = np.concatenate([batch["genres"], np.zeros((N_MOVIES, 3), np.int32)], 1)
    wide[np.arange(wide.shape[1]) >= batch["genres_len"][:, None]] = 2
    expected = model.predict(batch, model.infer)
    np.testing.assert_allclose(
        model.predict({**batch, "genres": wide}, model.infer), expected, atol=1e-6
    )


@pytest.mark.parametrize("name", LESSONS)
def test_an_empty_context_and_movies_without_ratings(name, made, clean):
    model = made(name)
    batch, weights = first_batch(model, clean), model.get_weights()
    empty = {key: v[:0] if key.startswith("seen_") else v for key, v in batch.items()}
    for columns in (empty, batch):
        assert np.isfinite(model.predict(columns)).all()
        model.session.run(model.train_op, model.feed_dict(columns))
        assert all(np.isfinite(value).all() for value in model.get_weights().values())
    for movie in (UNRATED, NO_GENRE):
        assert np.isfinite(model.predict(batch)[:, movie]).all()
    model.set_weights(weights)


# --- the formulas -----------------------------------------------------------------------------


def by_hand(batch, weights):
    """Biases and residuals of a context, as the docstring of step 1 says."""
    u, m, r = (batch[key].astype(np.float64 if key == "seen_rating" else np.int64)
               for key in ("seen_user", "seen_movie", "seen_rating"))  # fmt: skip
    item, user = np.exp(weights["embedding/log_lambda"].astype(np.float64))

    def total(index, values, n):
        return np.bincount(index, values, n)

    n_u, n_m = np.bincount(u, minlength=N_USERS), np.bincount(m, minlength=N_MOVIES)
    mean, b_u = r.mean(), np.zeros(N_USERS)
    for turn in range(3):
        b_m = total(m, r - mean - b_u[u], N_MOVIES) / (n_m + item)
        if turn < 2:
            b_u = total(u, r - mean - b_m[m], N_USERS) / (n_u + user)
    return u, m, mean, b_u, b_m, r - mean - b_u[u] - b_m[m]


@pytest.mark.parametrize("name", LESSONS[:2])
def test_the_first_steps_in_numpy(name, made, clean):
    model = made(name)
    batch, weights = first_batch(model, clean), model.get_weights()
    u, m, mean, b_u, b_m, e = by_hand(batch, weights)
    expected = mean + b_u[batch["user_id"]] + b_m[batch["candidate_movie_id"]]
    if name == "honest-taste":
        tau = model.predict(batch, model.kinds).astype(np.float64)
        lam = np.exp(weights["embedding/log_lambda_taste"].astype(np.float64))
        top, below = np.zeros((N_USERS, len(lam))), np.zeros((N_USERS, len(lam)))
        np.add.at(top, u, e[:, None] * tau[m])
        np.add.at(below, u, tau[m])
        taste = weights["embedding/w_taste"] * top / (below + lam)
        expected = expected + (taste[batch["user_id"]] * tau[batch["candidate_movie_id"]]).sum(1)
    found = model.predict(batch, model.infer)
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-5)
    mse = np.mean((expected - batch["rating"]) ** 2)
    assert model.predict(batch, model.loss) == pytest.approx(mse, rel=1e-4)


def test_kinds_of_a_movie(made, clean):
    kinds = made("honest-taste").predict(
        first_batch(made("honest-taste"), clean), made("honest-taste").kinds
    )
    n = len(clean.items.genre_names)
    names = [set(text.split("|")) for text in clean.vocabulary.genres]
    for row, own in zip(kinds, names, strict=True):
        share = {clean.items.genre_names[i]: row[i] for i in np.flatnonzero(row[:n])}
        assert share == pytest.approx({genre: 1 / len(own) for genre in own})
    np.testing.assert_allclose(kinds[:, n:].sum(1), 1, rtol=1e-5)
    first, last = np.argmin(clean.items.year), np.argmax(clean.items.year)
    assert kinds[first, n:].argmax() == 0 and kinds[last, n:].argmax() > 9


def test_pooled_histories_and_raters_in_numpy(made, clean):
    model = made("honest-raters")
    batch, weights = first_batch(model, clean), model.get_weights()
    u, m, *_, e = by_hand(batch, weights)
    lam = {key: np.exp(weights[f"embedding/log_lambda_{key}"]) for key in ("history", "raters")}
    year = 5 * batch["year"][:, None] - 3.75
    both = [model.predict(batch, node) for node in (model.genres_hot, model.periods)]
    metadata = np.concatenate([*both, year, year**2], 1)
    n_u, n_m = np.bincount(u, minlength=N_USERS), np.bincount(m, minlength=N_MOVIES)
    known = (n_m / (n_m + lam["history"][0]))[:, None]
    y = (
        weights["embedding/w_query_movie_ids"] * known
        + metadata @ weights["embedding/w_query_metadata"]
    )
    z, q = np.zeros((N_USERS, 6)), np.zeros((N_MOVIES, 6))
    np.add.at(z, u, e[:, None] * y[m])
    z /= np.sqrt(n_u + lam["history"][1])[:, None]
    np.add.at(q, m, e[:, None] * z[u])
    q = q / np.sqrt(n_m + lam["raters"])[:, None] @ weights["embedding/w_raters"]
    q += metadata @ weights["embedding/w_candidate_metadata"]
    np.testing.assert_allclose(
        model.predict(batch, model.query_emb)[: N_USERS - 1], z[:-1], atol=1e-5
    )
    np.testing.assert_allclose(model.predict(batch, model.candidate_emb), q, atol=1e-5)


def test_the_losses_in_numpy(made, clean):
    for name in ("honest-history", "honest-liked"):
        model = made(name)
        batch, weights = first_batch(model, clean), model.get_weights()
        infer = model.predict(batch, model.infer)[:, 0].astype(np.float64)
        expected = np.mean((infer - batch["rating"]) ** 2)
        assert model.predict(batch, model.rmse_loss) == pytest.approx(np.sqrt(expected), rel=1e-5)
        for key, value in weights.items():
            if "Adam" in key:
                continue
            if key.endswith("kernel") or key.endswith("metadata"):
                expected += model.reg * (value.astype(np.float64) ** 2).sum() / 2
            elif key.endswith(("movie_ids", "movie_id")):
                expected += model.reg_embedding * (value.astype(np.float64) ** 2).sum() / 2
        if name == "honest-liked":
            s, c = weights["loss/liked"]
            g = 1 / (1 + np.exp(-s * (infer - c)))
            liked = batch["rating"] >= 4
            expected -= model.weight * np.mean(np.where(liked, np.log(g), np.log(1 - g)))
        assert model.predict(batch, model.loss) == pytest.approx(expected, rel=1e-5), name


def test_neighbours_in_numpy(made, clean):
    """Each user's weights are those of a ridge regression that the user has no part in."""
    model = made("honest-next")
    batch, weights = first_batch(model, clean), model.get_weights()
    a, b, log_lambda, *_ = 10 * weights["embedding/w_neighbours"].astype(np.float64)
    users = int(batch["seen_user"].max()) + 2
    x = np.zeros((users, N_MOVIES))
    x[batch["seen_user"], batch["seen_movie"]] = 1 + 0.5 * (batch["seen_rating"] >= 4)
    n_u, n_m = (x > 0).sum(1), (x > 0).sum(0)
    scaled = x * (n_m + 3.0) ** a * ((n_u + 3.0) ** b)[:, None]
    scaled /= np.sqrt((scaled**2).sum() / (n_u > 0).sum())
    found = model.predict(batch, model.weights)
    for user in range(users):
        others = np.delete(np.arange(users), user)
        kernel = scaled[others] @ scaled[others].T + np.exp(log_lambda) * np.eye(users - 1)
        expected = np.linalg.solve(kernel, scaled[others] @ scaled[user])
        np.testing.assert_allclose(found[user, others], expected, atol=1e-5)
        assert found[user, user] == pytest.approx(0, abs=1e-6)


def test_the_softmax_in_numpy(made, clean):
    model = made("honest-next")
    batch = first_batch(model, clean)
    scores = model.predict(batch, model.all_scores).astype(np.float64)
    for user, movie in zip(batch["seen_user"], batch["seen_movie"], strict=True):
        scores[movie, user] = -np.inf
    log_softmax = scores - np.log(np.exp(scores).sum(0))
    top, below = 0.0, 0.0
    for user in np.unique(batch["user_id"]):
        liked = (batch["user_id"] == user) & (batch["rating"] >= 4)
        if liked.any():
            mean = log_softmax[batch["candidate_movie_id"][liked], user].mean()
            top, below = top - np.sqrt(liked.sum()) * mean, below + np.sqrt(liked.sum())
    assert model.predict(batch, model.xent) == pytest.approx(top / below, rel=1e-4)


def test_settings_of_what_next(made, clean, lesson_of):
    """Each changes a prediction; with ``recent`` the order of the ratings does too."""
    names = set(graphs.find("honest-next").load().hyperparameter_names())
    assert names - set(graphs.find("honest-towers").load().hyperparameter_names()) == {
        "liked_more",
        "recent",
    }
    model = made("honest-next")
    batch, weights = first_batch(model, clean), model.get_weights()
    backwards = {k: v[::-1] if k.startswith("seen_") else v for k, v in batch.items()}
    before = model.predict(batch, model.infer)
    np.testing.assert_allclose(model.predict(backwards, model.infer), before, atol=1e-4)
    for changed in ({"liked_more": 3.0}, {"recent": 2.0}):
        other = lesson_of("honest-next", clean, **settings("honest-next", **changed))
        other.set_weights(weights)
        found = other.predict(batch, other.infer)
        assert np.abs(found - before).max() > 1e-3
        turned = np.abs(other.predict(backwards, other.infer) - found).max()
        assert turned > 1e-3 if "recent" in changed else turned < 1e-4
        if "recent" in changed:
            own = other.predict(batch, other.weights)
            assert np.abs(np.diag(own)).max() < 1e-5
        other.close()


def test_somebody_new_is_ranked_as_a_user_with_the_same_ratings(made, clean):
    """Not to the last digit: the user's own ratings count in how often movies were rated."""
    model, histories = made("honest-next"), Ratings.of(clean.histories)
    own = histories.user == 3
    known = model.scores(clean.histories, np.array([3]))[0]
    new = model.score_rated(histories.movie[own], histories.rating[own])
    assert np.corrcoef(known, new)[0, 1] > 0.99


def test_the_ablation_leaves_out_what_it_says(clean):
    def matters(name, weight):
        """Whether a prediction of a class of the ablation changes with a weight."""
        sizes = {key: clean.sizes[key] for key in ("n_movies", "n_genres")}
        model = ablation.LEFT_OUT[name](**sizes, **settings("honest-raters"))
        batch = first_batch(model, clean)
        before, weights = model.predict(batch, model.infer), model.get_weights()
        model.set_weights({k: v + 1 if k.endswith(weight) else v for k, v in weights.items()})
        after = model.predict(batch, model.infer)
        model.close()
        return np.abs(before - after).max() > 1e-6

    whole = "honest-raters, whole"
    for name, weight in (
        ("without taste", "w_taste"),
        ("without metadata", "w_query_metadata"),
    ):
        assert not matters(name, weight)
    assert matters(whole, "w_taste") and matters(whole, "w_query_metadata")
    kernels = {}
    for name in (whole, "without statistics", "without towers"):
        model = ablation.LEFT_OUT[name](n_movies=N_MOVIES, n_genres=5, hidden=7)
        shapes = [
            v.shape.as_list() for v in model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        ]
        kernels[name] = [shape[0] for shape in shapes if shape[1:] == [model.hidden]]
        model.close()
    user, item = kernels[whole]
    assert kernels["without statistics"] == [user - 6, item - 4] and not kernels["without towers"]
    assert ablation.LEFT_OUT["without hidden movies"].hidden_movies == 0


# --- the shapes and names that the docstrings promise -----------------------------------------


def ladder_to(name):
    """The lesson and those that it is a subclass of, in order."""
    cls = graphs.find(name).load()
    return [lesson for lesson in LESSONS if issubclass(cls, graphs.find(lesson).load())]


@pytest.mark.parametrize("promised", ["table", "comments"])
@pytest.mark.parametrize("name", LESSONS)
def test_shapes_are_as_promised(name, promised, made, clean):
    shapes = {}
    for lesson in ladder_to(name) if promised == "table" else [name]:
        shapes |= table_of(lesson) if promised == "table" else comments_of(lesson)
    if "raters" in name or "liked" in name:
        shapes.pop("w_candidate_movie_id", None)
    model = made(name)
    batch = first_batch(model, clean)
    n_kinds = clean.sizes["n_genres"] + 13
    known = {
        "batch": len(batch["user_id"]), "seen": len(batch["seen_user"]), "n_movies": N_MOVIES,
        "queries": len(batch["user_id"]), "movies": N_MOVIES, "users": int(batch["seen_user"].max()) + 2,
        "kinds": n_kinds, "n_genres": clean.sizes["n_genres"], "most": batch["genres"].shape[1],
        "n_metadata": clean.sizes["n_genres"] + 15, "dim": 6,
        "n_known": int(batch["seen_user"].max()) + 2,
    }  # fmt: skip
    reprs = {"user_repr", "item_repr", "user", "item"}
    for symbol, text in shapes.items():
        sizes = dict(known)
        if symbol in reprs:  # kinds and, from step 3 on, the lesson's own dim
            sizes["dim"] = n_kinds + (0 if name == "honest-taste" else 6)
        node = getattr(model, symbol)
        assert list(np.shape(model.predict(batch, node))) == sizes_of(text, **sizes), symbol


@pytest.mark.parametrize("name", LESSONS)
def test_every_placeholder_and_variable_is_in_a_table(name, made):
    model = made(name)
    told = {s for lesson in ladder_to(name) for s in _symbols(lesson)}
    variables = {v.op.name for v in model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)}
    own = {v.split("/")[-1] for v in variables if not v.startswith("dnn/")}
    assert {*model.placeholders, *own} <= told


def _symbols(name):
    doc = graphs.find(name).load().__module__
    text = __import__(doc, fromlist=["x"]).__doc__
    return {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")}


@pytest.mark.parametrize("name", LESSONS)
def test_node_names(name, made):
    model = made(name)
    assert model.infer.op.name == "computation/infer"
    for key in {"rmse_loss", "mae_loss"} & {*model.nodes}:
        assert getattr(model, key).op.name == f"loss/{key}"
    scopes = {op.name.split("/")[0] for op in model.graph.get_operations() if "/" in op.name}
    assert {"inputs", "embedding", "computation", "loss", "train"} <= scopes
    assert not {scope for scope in scopes if scope.endswith("_1") and scope[:-2] in scopes}


# --- training ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_they_learn_and_repeat(name, made, clean, lesson_of):
    model = lesson_of(name, clean, **settings(name))
    batches = model.train_batches(clean)
    before = model.evaluate(batches)
    fitted(model, clean)
    assert model.evaluate(batches)["loss"] < before["loss"]
    assert model.hist == made(name).hist
    for key, value in made(name).get_weights().items():
        np.testing.assert_array_equal(model.get_weights()[key], value, err_msg=key)
    model.close()


CHANGED = {
    "learning_rate": 0.03, "optimizer": "sgd", "n_parts": 3, "hidden_movies": 0.5,
    "hidden_latest": 1.0, "hold_out": True, "n_epoch": 2, "seed": 7,
}  # fmt: skip


def test_every_hyperparameter_changes_something(made, clean, lesson_of):
    """Those of the training; those of the graph have other values than the defaults in all tests."""
    assert set(CHANGED) | {"n_movies"} == set(
        graphs.find("honest-bias").load().hyperparameter_names()
    )
    assert {*CHANGED, *OTHERS, "n_movies", "n_genres"} == set(
        graphs.find("honest-liked").load().hyperparameter_names()
    )
    assert made("honest-liked").get_weights()["dnn/dense/kernel"].shape[1] == OTHERS["hidden"]
    expected = made("honest-bias").get_weights()["embedding/log_lambda"]
    for key, value in CHANGED.items():
        model = fitted(
            lesson_of("honest-bias", clean, **settings("honest-bias", **{key: value})), clean
        )
        assert (model.get_weights()["embedding/log_lambda"] != expected).any(), key
        model.close()


def test_a_reloaded_lesson_predicts_the_same(made, clean, tmp_path):
    name = "honest-liked"
    made(name).save(tmp_path)
    loaded = checkpoints.load(tmp_path)
    users = np.arange(N_USERS)
    expected = made(name).scores(clean.histories, users)
    np.testing.assert_allclose(
        loaded.scores(loaded.catalogue.histories, users[:-1]), expected[:-1], atol=1e-6
    )
    loaded.close()


def test_compare(small_dir, tmp_path):
    rows, lines = [], []
    for _ in range(2):
        rows += compare(["clean"], models=["honest-bias"], data_dir=small_dir, folder=tmp_path,
                        epochs=2, write=lines.append)  # fmt: skip
    assert lines[-1].endswith(f"loaded from {tmp_path / 'clean' / 'honest_bias'}")
    np.testing.assert_equal(rows[0], rows[1])


@pytest.mark.parametrize("name", LESSONS[1:])
def test_similar_movies(name, made):
    found = made(name).most_like(0, 5)
    assert found["index"][0] == 0 and len(found) == 5 and np.isfinite(found["score"]).all()


def test_biases_are_no_vectors(made):
    with pytest.raises(ModelError, match="which embedding most_like compares"):
        made("honest-bias").most_like(0, 5)


def test_batches_leave_one_part_out(made, clean):
    batches = made("honest-bias").train_batches(clean)
    assert isinstance(batches, LeaveBatchOut) and len(batches) == SMALL["n_parts"]
    assert len(batches.rows.rows) == len(Ratings.of(clean.histories))
