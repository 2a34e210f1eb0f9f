"""The recommender lessons: their nodes against the slide's formulas, worked out in numpy."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap

import numpy as np
import pytest

import graphs
from tests.small import FEW_RATINGS, N_MOVIES, NO_GENRE
from tfcourse.recommenders.histories import Histories
from tfcourse.tf1 import tf

LESSONS = [lesson.name for lesson in graphs.LESSONS if lesson.name.startswith("mf")]
BY_HISTORY = [name for name in LESSONS if name not in ("mf", "mf-lab")]
WITH_METADATA = [name for name in LESSONS if name.startswith("mf-with-dnn")]
POOLING = {
    "mf-with-history": lambda vectors: vectors.sum(0) / np.sqrt(len(vectors)),
    "mf-with-history-sum": lambda vectors: vectors.sum(0),
    "mf-with-history-mean": lambda vectors: vectors.mean(0),
    "mf-with-dnn": lambda vectors: vectors.sum(0) / np.sqrt(len(vectors)),
}


def some(rows, n=6, begin=0):
    """A batch of prepared rows, by column."""
    return rows.take(np.arange(begin, begin + n))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# --- one query against all movies -------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_pred_equals_infer_pair_by_pair(name, trained, deck):
    """Deck: infer節點與pred節點做的事情是一樣的. Every movie, and an empty history among the users."""
    model = trained(name)
    users = np.array([0, 11, FEW_RATINGS], np.int32)
    pred = model.scores(deck.histories, users)
    assert pred.shape == (3, N_MOVIES)
    query, size = deck.histories.whole(users).padded(np.arange(3))
    pair = np.repeat(np.arange(3), N_MOVIES)
    movie = np.tile(np.arange(N_MOVIES, dtype=np.int32), 3)
    columns = {"user_id": users[pair], "candidate_movie_id": movie}
    columns |= {"query_movie_ids": query[pair], "query_movie_ids_len": size[pair]}
    columns |= {key: values[movie] for key, values in deck.items.columns.items()}
    infer = model.predict(columns, model.infer).reshape(3, N_MOVIES)
    expected = sigmoid(infer) if name == "mf-with-dnn-xent" else infer
    np.testing.assert_allclose(pred, expected, rtol=2e-5, atol=1e-5)
    # The pairs differ, so that a mix-up of rows could not pass.
    assert np.abs(pred[0] - pred[1]).max() > 1e-3 < pred[0].std()


@pytest.mark.parametrize("name", ["mf", "mf-with-history", "mf-with-dnn"])
def test_scores_come_in_blocks(name, trained, deck, monkeypatch):
    model = trained(name)
    whole = model.scores(deck.histories)
    monkeypatch.setattr("tfcourse.recommenders.base.QUERY_BLOCK", 7)
    np.testing.assert_allclose(model.scores(deck.histories), whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LESSONS)
def test_measure(name, trained, deck):
    from tfcourse import metrics

    model = trained(name)
    got = model.measure(deck)
    rows = some(deck.test, len(deck.test))
    infer = model.predict(rows, model.infer)[:, 0]
    label = (rows["rating"] >= 4) if name == "mf-with-dnn-xent" else rows["rating"]
    assert got["rmse"] == pytest.approx(metrics.rmse(label, infer), rel=1e-4)
    assert got["mae"] == pytest.approx(metrics.mae(label, infer), rel=1e-4)
    scores = model.scores(deck.histories)[rows["user_id"], rows["candidate_movie_id"]]
    assert got["auc"] == metrics.auc(rows["rating"], scores)
    assert got["ndcg_normal"] == metrics.ndcg(rows["user_id"], rows["rating"], scores, "normal")


# --- padding and histories --------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_HISTORY)
def test_padding_cannot_change_a_prediction(name, trained, deck):
    model = trained(name)
    batch = some(deck.test)
    expected = model.predict(batch, model.infer)
    query, size = batch["query_movie_ids"], batch["query_movie_ids_len"]
    filled = query.copy()
    filled[np.arange(query.shape[1]) >= size[:, None]] = 33  # another movie than padding's 0
    wide = np.concatenate([filled, np.full((len(query), 9), 44, np.int32)], 1)
    for padded in (filled, wide):
        got = model.predict({**batch, "query_movie_ids": padded}, model.infer)
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7)
    alone = [
        model.predict({k: v[i : i + 1] for k, v in batch.items()}, model.infer) for i in range(6)
    ]
    np.testing.assert_allclose(np.concatenate(alone), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", WITH_METADATA)
def test_padding_of_genres_cannot_change_a_prediction(name, trained, deck):
    model = trained(name)
    batch = some(deck.test)
    genres, size = batch["genres"], batch["genres_len"]
    wide = np.concatenate([genres, np.zeros((6, 4), np.int32)], 1)
    wide[np.arange(wide.shape[1]) >= size[:, None]] = 3
    got = model.predict({**batch, "genres": wide}, model.infer)
    np.testing.assert_allclose(got, model.predict(batch, model.infer), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", BY_HISTORY)
@pytest.mark.parametrize("width", [0, 3])
def test_an_empty_history_gives_zeros(name, width, trained, deck):
    model = trained(name)
    batch = some(deck.test, 2)
    batch["query_movie_ids"] = np.zeros((2, width), np.int32)
    batch["query_movie_ids_len"] = np.zeros(2, np.int32)
    for node, shape in ((model.query_emb, (2, 16)), (model.query_bias, (2, 1))):
        np.testing.assert_array_equal(model.predict(batch, node), np.zeros(shape))
    rest = model.predict(batch, model.candidate_bias) + model.predict(batch, model.b_global)
    np.testing.assert_allclose(model.predict(batch, model.infer), rest, rtol=1e-6)
    for node in (model.pred, model.loss):
        assert np.isfinite(model.predict(batch, node)).all()


@pytest.mark.parametrize("name", ["mf-with-history", "mf-with-history-mean", "mf-with-dnn"])
def test_an_empty_history_has_no_nan_gradient(name, deck, lesson_of):
    model = lesson_of(name, deck)
    batch = some(deck.test, 2)
    batch["query_movie_ids"] = np.zeros((2, 1), np.int32)
    batch["query_movie_ids_len"] = np.zeros(2, np.int32)
    model.session.run(model.train_op, model.feed_dict(batch))
    assert all(np.isfinite(value).all() for value in model.get_weights().values())


@pytest.mark.parametrize("name", ["mf-with-history", "mf-with-dnn"])
def test_a_history_of_2000(name):
    model = graphs.find(name).load()()
    movies = np.random.default_rng(0).permutation(9125)[:2000]
    queries = Histories.of(np.zeros(2000, int), movies, 1).whole(np.array([0]))
    ids, size = queries.padded(np.array([0]))
    assert ids.shape == (1, 2000)
    columns = {"query_movie_ids": ids, "query_movie_ids_len": size}
    columns |= {"candidate_movie_id": np.array([7], np.int32)}
    columns |= {"genres": [[1]], "genres_len": [1], "avg_rating": [0.5], "year": [0.5]}
    got = model.predict(columns, model.infer)
    weights = model.get_weights()
    pooled = weights["embedding/w_query_movie_ids"][movies].sum(0) / np.sqrt(2000)
    np.testing.assert_allclose(model.predict(columns, model.query_emb)[0], pooled, atol=1e-5)
    assert got.shape == (1, 1) and np.isfinite(got).all()
    model.close()


@pytest.mark.parametrize("name", POOLING)
def test_pooling_by_hand(name, trained, deck):
    model = trained(name)
    batch = some(deck.train)
    w = model.get_weights()["embedding/w_query_movie_ids"]
    b = model.get_weights()["embedding/b_query_movie_ids"]
    expected = np.stack(
        [
            POOLING[name](w[ids[:n]])
            for ids, n in zip(batch["query_movie_ids"], batch["query_movie_ids_len"], strict=True)
        ]
    )
    np.testing.assert_allclose(model.predict(batch, model.query_emb), expected, atol=1e-5)
    np.testing.assert_allclose(
        model.predict(batch, model.query_bias)[:, 0], expected @ b, atol=1e-5
    )


def test_the_order_of_a_history_does_not_matter(trained, deck):
    model = trained("mf-with-history")
    ids, size = deck.histories.whole(np.array([2])).padded(np.array([0]))
    batch = {"query_movie_ids_len": size, "candidate_movie_id": np.array([1])}
    a, b = (
        model.predict({**batch, "query_movie_ids": x}, model.infer) for x in (ids, ids[:, ::-1])
    )
    np.testing.assert_allclose(a, b, rtol=1e-5)


# --- formulas ---------------------------------------------------------------------------------


def test_basic_mf_by_hand(deck, lesson_of):
    model = lesson_of("mf", deck, reg=0.3)
    batch = some(deck.train, 20)
    w = model.get_weights()
    u, m = (
        w["embedding/embd_user"][batch["user_id"]],
        w["embedding/embd_item"][batch["candidate_movie_id"]],
    )
    bu = w["embedding/embd_bias_user"][batch["user_id"]]
    bm = w["embedding/embd_bias_item"][batch["candidate_movie_id"]]
    infer = (u * m).sum(1) + bu + bm + w["bias_global"]
    error = infer - batch["rating"]
    loss = np.mean(error**2) + 0.3 * sum(np.sum(x**2) for x in (u, m, bu, bm)) / 2
    np.testing.assert_allclose(model.predict(batch, model.infer)[:, 0], infer, rtol=1e-5)
    assert model.predict(batch, model.loss) == pytest.approx(loss, rel=1e-5)
    assert model.predict(batch, model.rmse_loss) == pytest.approx(
        np.sqrt(np.mean(error**2)), rel=1e-5
    )
    assert model.predict(batch, model.mae_loss) == pytest.approx(np.mean(np.abs(error)), rel=1e-5)


def test_mf_with_history_by_hand(deck, lesson_of):
    model = lesson_of("mf-with-history", deck, reg=0.3)
    batch = some(deck.train, 20)
    w = model.get_weights()
    u = model.predict(batch, model.query_emb)  # checked above
    m = w["embedding/w_candidate_movie_id"][batch["candidate_movie_id"]]
    infer = (u * m).sum(1) + w["b_global"]
    infer += u @ w["embedding/b_query_movie_ids"] + m @ w["embedding/b_candidate_movie_id"]
    error = infer - batch["rating"]
    loss = np.mean(error**2) + 0.3 * (np.sum(u**2) + np.sum(m**2)) / 2
    np.testing.assert_allclose(model.predict(batch, model.infer)[:, 0], infer, rtol=1e-4)
    assert model.predict(batch, model.loss) == pytest.approx(loss, rel=1e-5)


def dnn_by_hand(model, batch):
    w = model.get_weights()
    genres = np.stack(
        [
            w["embedding/w_genres"][g[:n]].sum(0) / np.sqrt(n)
            for g, n in zip(batch["genres"], batch["genres_len"], strict=True)
        ]
    )
    item = np.concatenate(
        [
            w["embedding/w_candidate_movie_id"][batch["candidate_movie_id"]],
            genres,
            batch["avg_rating"][:, None],
            batch["year"][:, None],
        ],
        1,
    )
    assert item.shape[1] == 26
    bias = item @ w["embedding/b_candidate_movie_id"]
    for layer in ("dnn/dense", "dnn/dense_1"):
        item = np.maximum(item @ w[f"{layer}/kernel"] + w[f"{layer}/bias"], 0)
    u = model.predict(batch, model.query_emb)
    infer = (u * item).sum(1) + bias + u @ w["embedding/b_query_movie_ids"] + w["b_global"]
    return item, infer


def test_mf_with_dnn_by_hand(trained, deck):
    model = trained("mf-with-dnn")
    batch = some(deck.train, 20)
    item, infer = dnn_by_hand(model, batch)
    np.testing.assert_allclose(model.predict(batch, model.item_repr), item, atol=1e-5)
    np.testing.assert_allclose(model.predict(batch, model.infer)[:, 0], infer, rtol=1e-4)
    loss = np.mean((infer - batch["rating"]) ** 2)  # the deck trains it without reg
    assert model.predict(batch, model.loss) == pytest.approx(loss, rel=1e-4)


def test_cross_entropy_by_hand(trained, deck):
    model = trained("mf-with-dnn-xent")
    batch = some(deck.train, 20)
    _, infer = dnn_by_hand(model, batch)
    y, f = (batch["rating"] >= 4).astype(float), sigmoid(infer)
    np.testing.assert_array_equal(model.predict(batch, model.alter_rating), y)
    # The slide prints (1 - ln f) for the last factor; it is ln(1 - f).
    loss = -np.mean(y * np.log(f) + (1 - y) * np.log(1 - f))
    assert model.predict(batch, model.loss) == pytest.approx(loss, rel=1e-4)
    pred = model.scores(deck.histories)
    assert 0 < pred.min() and pred.max() < 1


def test_dropout_is_at_work_in_training_alone(deck, lesson_of):
    model = lesson_of("mf-with-dnn-lab", deck, dp_scale=0.5)
    batch = some(deck.train)

    def infer(mode):
        return model.session.run(model.infer, model.feed_dict(batch, mode))

    np.testing.assert_array_equal(infer("eval"), infer("infer"))
    assert (infer("train") != infer("eval")).any()


# --- movies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_METADATA)
def test_a_movie_without_genre(name, trained, deck):
    assert deck.vocabulary.genres[NO_GENRE] == "(no genres listed)"
    model = trained(name)
    scores = model.scores(deck.histories)
    assert np.isfinite(scores).all()
    batch = some(deck.test, 1)
    batch["genres"], batch["genres_len"] = np.zeros((1, 0), np.int32), np.zeros(1, np.int32)
    np.testing.assert_array_equal(model.predict(batch, model.genres_emb), np.zeros((1, 8)))
    assert np.isfinite(model.predict(batch, model.infer)).all()


@pytest.mark.parametrize("name", ["mf", "mf-with-history"])
def test_an_index_out_of_range_is_no_silent_zero(name, trained, deck):
    batch = some(deck.test, 2)
    batch["candidate_movie_id"] = np.array([0, N_MOVIES], np.int32)
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError), match=f"{N_MOVIES} is not in"):
        trained(name).predict(batch, trained(name).infer)


# --- the shapes that the docstrings promise ---------------------------------------------------


def table_of(name):
    """Symbol to the last shape that the lesson's table gives it, as text."""
    rows, symbol = {}, ""
    for line in importlib.import_module(graphs.find(name).module).__doc__.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.lstrip().startswith("|") or len(cells) < 3 or cells[0] == "Symbol":
            continue
        symbol = cells[0] or symbol
        shape = re.search(r"\(.*\)", cells[1])
        if shape:
            rows[symbol] = shape[0]
    return rows


def comments_of(name):
    """Attribute to shape, for assignments that end in a comment such as ``# (batch, dim)``."""
    found = {}
    for cls in reversed(graphs.find(name).load().__mro__):
        if not cls.__module__.startswith("graphs."):
            continue
        lines = textwrap.dedent(inspect.getsource(cls)).splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Attribute):
                continue
            comment = re.search(r"#\s*(\([^()]*\))", lines[node.end_lineno - 1])
            found.pop(node.targets[0].attr, None)  # what is assigned anew has a shape anew
            if comment:
                found[node.targets[0].attr] = comment[1]
    return found


def sizes_of(shape, **known):
    words = [w for w in shape.strip("()").replace(" ", "").split(",") if w]
    return [int(w) if w.isdigit() else known[w] for w in words]


@pytest.mark.parametrize(
    ("name", "promised"),
    [(name, "comments") for name in LESSONS]
    + [(name, "table") for name in ("mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent")],
)
def test_shapes_are_as_promised(name, promised, trained, deck):
    shapes = table_of(name) if promised == "table" else comments_of(name)
    assert shapes
    model = trained(name)
    batch = some(deck.test, 5)
    longest = batch["query_movie_ids"].shape[1]
    most = batch["genres"].shape[1]
    known = {
        "batch": 5, "queries": 5, "movies": 5, "longest": longest, "most": most,
        "n_users": deck.sizes["n_users"], "n_movies": N_MOVIES, "n_genres": deck.sizes["n_genres"],
        "dim": 16, "genres_dim": 8,
    }  # fmt: skip
    assert len({5, longest, most, *list(known.values())[5:]}) == 8  # none passes for another
    feeds = model.feed_dict(batch, "eval")
    for symbol, text in shapes.items():
        node = getattr(model, symbol)
        expected = sizes_of(text, **known)
        static = node.shape.as_list()
        assert len(static) == len(expected), (symbol, text, static)
        assert all(a is None or a == b for a, b in zip(static, expected, strict=True)), (
            symbol,
            text,
            static,
        )
        assert list(np.shape(model.session.run(node, feeds))) == expected, (symbol, text)


@pytest.mark.parametrize("name", ["mf", "mf-with-history", "mf-with-dnn"])
def test_every_placeholder_and_variable_is_in_the_table(name, trained):
    model = trained(name)
    told = {*table_of(name), *(table_of("mf-with-history") if name == "mf-with-dnn" else ())}
    variables = {v.op.name for v in model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)}
    layers = {v for v in variables if v.startswith("dnn/")}
    assert {*model.placeholders, *(v.split("/")[-1] for v in variables - layers)} <= told


def test_node_names_of_the_contract(trained):
    for name in LESSONS:
        model = trained(name)
        assert model.infer.op.name == "computation/infer"
        scopes = {op.name.split("/")[0] for op in model.graph.get_operations()}
        assert {"inputs", "embedding", "computation", "loss", "train"} <= scopes, name
        assert ("dnn" in scopes) == name.startswith("mf-with-dnn"), name
        if name != "mf-with-dnn-xent":
            assert model.rmse_loss.op.name == "loss/rmse_loss"
            assert model.mae_loss.op.name == "loss/mae_loss"


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("mf", "user_id candidate_movie_id rating infer pred loss rmse_loss mae_loss"),
        ("mf-with-history", "query_emb query_bias candidate_emb candidate_bias b_global"),
        ("mf-with-dnn", "item_repr genres_emb isTrain candidate_bias avg_rating year genres_len"),
        ("mf-with-dnn-xent", "alter_rating item_repr genres_emb isTrain"),
    ],
)
def test_attributes_of_the_contract(name, attributes, trained):
    for attribute in attributes.split():
        assert hasattr(getattr(trained(name), attribute), "graph"), attribute


# --- variants override what they vary, and nothing else ---------------------------------------


def test_variants_override_one_method():
    for name, expected in (
        ("mf-with-history-sum", {"pooling"}),
        ("mf-with-history-mean", {"pooling"}),
        ("mf-with-dnn-xent", {"graph_computation", "graph_loss"}),  # pred ends in a sigmoid
        ("mf-with-dnn-lab", {"graph_dnn"}),
    ):
        cls = graphs.find(name).load()
        own = {key for key, value in vars(cls).items() if inspect.isfunction(value)}
        assert own - {"__init__", "__getattr__", "__replace__"} == expected, name


# --- they learn -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_they_learn(name, deck, lesson_of):
    model = lesson_of(name, deck, n_batch=16)
    model.fit(deck.train_batches(16), deck.valid_batches(), 6, verbose=False)
    share = 0.97 if name == "mf-with-dnn-xent" else 0.8  # a cross entropy begins near ln 2
    assert model.hist["tr_loss"][-1] < share * model.hist["tr_loss"][0]
    assert np.isfinite(list(model.hist.values())).all()
    model.close()
