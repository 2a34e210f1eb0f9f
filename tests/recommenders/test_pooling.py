"""Pooling by sums is the slide's pooling: values, and the gradient of every variable."""

from __future__ import annotations

import numpy as np
import pytest

import graphs
from tfcourse.engine.copies import copy
from tfcourse.recommenders import pooling
from tfcourse.recommenders.catalogue import Catalogue, MovieVocabulary, item_features
from tfcourse.recommenders.histories import Histories, Queries
from tfcourse.recommenders.rows import RecommenderRows
from tfcourse.tf1 import tf

N_USERS, N_MOVIES = 30, 50


@pytest.mark.parametrize("power", [0.5, 0.0, 1.0])
def test_pooled_queries_equal_a_loop(power):
    rng = np.random.default_rng(3)
    table = rng.normal(size=(40, 5)).astype(np.float32)
    movies = rng.integers(0, 40, 200).astype(np.int32)
    start = rng.integers(0, 150, 60).astype(np.int64)
    length = rng.integers(0, 50, 60).astype(np.int32)
    left_out = np.where(rng.random(60) < 0.5, rng.integers(0, 50, 60) % np.maximum(length, 1), -1)
    left_out = np.where(length == 0, -1, left_out).astype(np.int32)
    queries = Queries(movies, start, length, left_out)
    weight = np.maximum(queries.size, 1).astype(np.float32) ** -power
    got = pooling.pooled(table, queries, np.arange(60), weight)
    for i in range(60):
        ids = list(movies[start[i] : start[i] + length[i]])
        if left_out[i] >= 0:
            del ids[left_out[i]]
        expected = max(len(ids), 1) ** -power * table[ids].sum(0) if ids else np.zeros(5)
        np.testing.assert_allclose(got[i], expected, rtol=1e-6, atol=2e-6)


@pytest.fixture(scope="module")
def rows():
    """Random histories: a user with one movie, so that its query is empty, and a candidate that is
    not in its user's history."""
    rng = np.random.default_rng(5)
    user = np.concatenate([np.repeat(np.arange(1, N_USERS), 9), [0]]).astype(np.int32)
    movie = [rng.permutation(N_MOVIES)[:9] for _ in range(N_USERS - 1)]
    movie = np.concatenate([*movie, [7]]).astype(np.int32)
    rating = rng.integers(1, 11, len(user)).astype(np.float32) / 2
    histories = Histories.of(user, movie, N_USERS)
    asked = movie.copy()
    asked[3] = next(m for m in range(N_MOVIES) if m not in histories[int(user[3])])
    titles = np.array([f"Film ({1950 + i})" for i in range(N_MOVIES)], object)
    genres = np.array(["Drama|Comedy"] * N_MOVIES, object)
    movies = MovieVocabulary(np.arange(N_MOVIES), titles, genres)
    items = item_features(movies, movie, rating)
    catalogue = Catalogue(movies, items, np.zeros(N_MOVIES, np.int64))
    return RecommenderRows(user, asked, rating, histories.leave_one_out(user, asked), catalogue)


@pytest.mark.parametrize("few", [pooling.FEW, 3])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("name", ["mf-with-history", "mf-with-history-sum", "mf-with-history-mean"])
def test_prediction_loss_and_every_gradient_equal_the_slides_graph(
    name, optimizer, few, rows, monkeypatch
):
    monkeypatch.setattr(pooling, "FEW", few)
    model = graphs.find(name).load()(n_movies=N_MOVIES, dim=4, optimizer=optimizer)
    chosen = np.random.default_rng(2).permutation(len(rows))[:14]
    batch = np.concatenate([[len(rows) - 1, 3], chosen]).astype(np.int32)
    variables = model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
    inputs = rows.loop_inputs(model, len(batch))
    fed = inputs.feeds(batch[np.newaxis])
    with model.graph.as_default():
        slide = [tf.convert_to_tensor(g) for g in tf.gradients(model.loss, variables)]
        columns = {n: tf.constant(fed[n][0]) for n in inputs.by_row}
        tables = {n: tf.constant(fed[n]) for n in inputs.tables}
        infer, loss = copy([model.infer, model.loss], inputs.connect(columns, tables))
        pooled = tf.gradients(loss, variables)
        dense = [tf.convert_to_tensor(g) for g in pooled]
    session = model.new_session()
    a = session.run([model.infer, model.loss, *slide], model.feed_dict(rows.take(batch), "train"))
    b = session.run([infer, loss, *dense])
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(y, x, rtol=2e-5, atol=2e-6)
    at = [v.op.name for v in variables].index("embedding/w_query_movie_ids")
    assert isinstance(pooled[at], tf.IndexedSlices) == (optimizer == "momentum")
    if optimizer == "momentum":
        ids, _ = rows.queries.padded(batch)  # what a look-up of them touches, the padding included
        assert set(session.run(pooled[at].indices)) == set(ids.ravel())
    session.close()


def test_movie_0_is_touched_only_where_a_list_is_padded(rows):
    """Looking up lists of one length touches no padding: momentum then leaves movie 0 alone."""
    model = graphs.find("mf-with-history").load()(n_movies=N_MOVIES, dim=4, optimizer="momentum")
    ids, size = rows.queries.padded(np.arange(len(rows)))
    without = np.flatnonzero((size == 8) & (ids != 0).all(1))[:4].astype(np.int32)
    inputs = rows.loop_inputs(model, len(without))
    fed = inputs.feeds(without[np.newaxis])
    with model.graph.as_default():
        columns = {n: tf.constant(fed[n][0]) for n in inputs.by_row}
        tables = {n: tf.constant(fed[n]) for n in inputs.tables}
        (loss,) = copy([model.loss], inputs.connect(columns, tables))
        (gradient,) = tf.gradients(loss, [model.w_query_movie_ids])
    with model.new_session() as session:
        touched = session.run(gradient.indices)
    assert 0 not in touched and set(touched) == set(ids[without][:, :8].ravel())
