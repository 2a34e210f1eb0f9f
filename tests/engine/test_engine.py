"""Both engines do the same: batches, losses, weights; and pooling by sums is the slide's pooling."""

from __future__ import annotations

import numpy as np
import pytest

from tfcourse import callbacks
from tfcourse.batches import Batches, data_fn
from tfcourse.engine import make_engine
from tfcourse.errors import UsageError
from tfcourse.model import BaseModel
from tfcourse.recommenders import pooling
from tfcourse.recommenders.histories import Histories, Queries, RecommenderRows
from tfcourse.tf1 import tf

LESSONS = [
    "mf",
    "mf-with-history",
    "mf-with-history-sum",
    "mf-with-history-mean",
    "mf-with-dnn",
    "mf-with-dnn-xent",
    "mf-with-dnn-lab",
    "mf-with-dnn-new-movies",
]


def both(lesson_of, data, name, **hyper):
    """hist and weights after three epochs, by engine."""
    out = {}
    for engine in ("feed", "graph"):
        model = lesson_of(name, data, **hyper)
        model.fit(data.train_batches(32), data.valid_batches(), 3, engine=engine, verbose=False)
        assert model.engine_name == engine
        out[engine] = model.hist, model.get_weights()
        model.close()
    return out


def assert_same(out, rtol, atol):
    (feed_hist, feed_weights), (graph_hist, graph_weights) = out["feed"], out["graph"]
    assert list(feed_hist) == list(graph_hist)
    for name in feed_hist:
        np.testing.assert_allclose(graph_hist[name], feed_hist[name], rtol=rtol, err_msg=name)
    assert list(feed_weights) == list(graph_weights)
    for name in feed_weights:
        np.testing.assert_allclose(
            graph_weights[name], feed_weights[name], rtol=1e-3, atol=atol, err_msg=name
        )


@pytest.mark.parametrize("name", LESSONS)
def test_engines_agree(lesson_of, clean, name):
    assert_same(both(lesson_of, clean, name), rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("optimizer", ["adagrad", "adam", "momentum", "rmsprop"])
@pytest.mark.parametrize("name", ["mf", "mf-with-history"])
def test_engines_agree_for_every_optimizer(lesson_of, deck, name, optimizer):
    """Momentum and RMSProp leave rows without a gradient alone; the pooled gradient must say which
    rows those are. Adam divides by near-zero gradients, which magnifies rounding."""
    out = both(lesson_of, deck, name, optimizer=optimizer, learning_rate=0.003)
    assert_same(out, rtol=1e-5, atol=1e-4 if optimizer == "adam" else 2e-6)


def test_engines_agree_on_queries_that_overlap(lesson_of, small):
    """Time-aware queries are stretches of different lengths of one history."""
    assert_same(
        both(lesson_of, small.prepare("clean", time_aware=True), "mf-with-history"), 1e-5, 2e-6
    )


def test_engines_agree_with_many_histories(lesson_of, deck, monkeypatch):
    """Beyond FEW stretches the batch's matrix has rows for its own alone."""
    monkeypatch.setattr(pooling, "FEW", 3)
    assert_same(both(lesson_of, deck, "mf-with-history"), 1e-5, 2e-6)


def test_chunks_of_the_loop_do_not_change_an_epoch(lesson_of, deck):
    found = []
    for steps in (3, 1000):
        model = lesson_of("mf-with-history", deck)
        engine = make_engine("graph", model, model.session, deck.train_batches(32))
        engine._steps_per_run = steps
        found.append((engine.train_epoch(1, lambda done, total: None), model.get_weights()))
        model.close()
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-12)
    for name, value in found[0][1].items():
        np.testing.assert_array_equal(value, found[1][1][name])


def test_progress_reaches_the_number_of_batches(lesson_of, deck):
    seen = []

    class Watch(callbacks.Callback):
        def on_batch(self, model, done, total):
            seen.append((done, total))

    model = lesson_of("mf", deck)
    for engine in ("graph", "feed"):
        seen.clear()
        model.fit(deck.train_batches(8), None, 1, callback=Watch(), engine=engine, verbose=False)
        total = len(deck.train_batches(8))
        assert seen[-1] == (total, total)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    model.close()


def test_checkpoints_of_one_engine_resume_in_the_other(lesson_of, deck, tmp_path):
    import tfcourse

    straight = lesson_of("mf-with-history", deck, optimizer="adagrad")
    straight.fit(deck.train_batches(32), None, 4, engine="graph", verbose=False)
    first = lesson_of("mf-with-history", deck, optimizer="adagrad")
    first.fit(deck.train_batches(32), None, 2, engine="graph", model_dir=tmp_path, verbose=False)
    second = tfcourse.load(tmp_path, data=deck)
    second.fit(deck.train_batches(32), None, 2, engine="feed", resume=True, verbose=False)
    np.testing.assert_allclose(second.hist["tr_loss"], straight.hist["tr_loss"], rtol=1e-5)


def test_a_plain_generator_takes_feed_and_refuses_graph(lesson_of, deck):
    def batches():
        yield from deck.train_batches(32)(1, 0)

    model = lesson_of("mf", deck)
    model.fit(batches, None, 1, verbose=False)
    assert model.engine_name == "feed"
    with pytest.raises(UsageError, match="engine graph: .*one by one"):
        model.fit(batches, None, 1, engine="graph", verbose=False)
    with pytest.raises(UsageError, match="unknown engine 'gpu'; known: auto, graph, feed"):
        model.fit(batches, None, 1, engine="gpu", verbose=False)
    model.close()


class Weighted(BaseModel):
    """A lesson with a regularizer in a collection, tf.layers and dropout: all that a second build
    could get wrong."""

    scale: float = 0.01
    rate: float = 0.0

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 3], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 1], name="labels")
            self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            nets = tf.layers.dense(
                self.inputs, 4, kernel_regularizer=tf.contrib.layers.l2_regularizer(self.scale)
            )
            nets = tf.layers.dropout(nets, self.rate, training=self.isTrain)
            self.pred = tf.layers.dense(nets, 1)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.data_loss = tf.reduce_mean(tf.square(self.pred - self.labels))
            self.loss = self.data_loss + tf.losses.get_regularization_loss()


def weighted_data():
    X = np.random.default_rng(0).normal(size=(50, 3))
    return data_fn(X, X.sum(1, keepdims=True), 8, shuffle=True)  # float64, as users have it


def test_regularization_losses_are_counted_once_and_have_a_gradient():
    histories = {}
    for engine in ("feed", "graph"):
        model = Weighted().fit(weighted_data(), weighted_data(), 5, engine=engine, verbose=False)
        assert model.engine_name == engine
        assert len(model.graph.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 1
        histories[engine] = model.hist
    np.testing.assert_allclose(histories["graph"]["tr_loss"], histories["feed"]["tr_loss"], 1e-6)
    np.testing.assert_allclose(histories["graph"]["vl_loss"], histories["feed"]["vl_loss"], 1e-6)
    plain = Weighted(scale=0.0).fit(weighted_data(), None, 5, verbose=False)
    assert plain.hist["tr_loss"][-1] < histories["graph"]["tr_loss"][-1]


def test_a_lesson_that_asks_for_its_trainable_variables():
    class AllWeights(Weighted):
        def graph_loss(self):
            super().graph_loss()
            self.loss += 0.1 * tf.add_n([tf.nn.l2_loss(v) for v in tf.trainable_variables()])

    found = [
        AllWeights(optimizer="adam").fit(weighted_data(), None, 3, engine=e, verbose=False)
        for e in ("feed", "graph")
    ]
    np.testing.assert_allclose(found[1].hist["tr_loss"], found[0].hist["tr_loss"], 1e-6)
    names = [v.op.name for v in found[1].graph.get_collection("variables")]
    assert len(names) == len(set(names))


def test_dropout_differs_from_step_to_step_inside_the_loop():
    """With one row per batch, all rows alike and no learning to speak of, losses differ only by
    the units dropped."""
    X, Y = np.ones((40, 3)), np.ones((40, 1))
    model = Weighted(rate=0.5, learning_rate=1e-12)
    engine = make_engine("graph", model, model.session, data_fn(X, Y, 1))
    loop, sums = engine.loop(1), []
    for n in (1, 2, 3, 4):
        rows = np.arange(n, dtype=np.int32)[:, np.newaxis]
        sums.append(model.session.run(loop.sums, loop.feeds(engine.columns, rows))[0])
    assert len({round(float(s) / n, 6) for s, n in zip(sums, (1, 2, 3, 4), strict=True)}) > 1


# --- pooling by sums --------------------------------------------------------------------------


def test_kind_of_finds_the_lessons_own_pooling(trained):
    assert pooling.kind_of(trained("mf-with-history")) == "sqrtn"
    assert pooling.kind_of(trained("mf-with-history-sum")) == "sum"
    assert pooling.kind_of(trained("mf-with-history-mean")) == "mean"
    assert pooling.kind_of(trained("mf")) is None


def test_another_pooling_is_not_taken_for_one_of_the_three(lesson_of, deck):
    from graphs.mf_with_history import MFWithHistory

    class FirstMovie(MFWithHistory):
        def pooling(self):
            self.query_emb = self.query_emb[:, 0]
            self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])

    model = FirstMovie(n_movies=len(deck.vocabulary))
    assert pooling.kind_of(model) is None
    with pytest.raises(UsageError, match="pooling of FirstMovie"):
        model.fit(deck.train_batches(32), None, 1, engine="graph", verbose=False)
    model.fit(deck.train_batches(32), deck.valid_batches(), 1, verbose=False)
    assert model.engine_name == "feed"


@pytest.mark.parametrize("kind", ["sqrtn", "sum", "mean"])
def test_pooled_queries_equal_a_loop(kind):
    rng = np.random.default_rng(3)
    table = rng.normal(size=(40, 5)).astype(np.float32)
    movies = rng.integers(0, 40, 200).astype(np.int32)
    start = rng.integers(0, 150, 60).astype(np.int64)
    length = rng.integers(0, 50, 60).astype(np.int32)
    left_out = np.where(rng.random(60) < 0.5, rng.integers(0, 50, 60) % np.maximum(length, 1), -1)
    left_out = np.where(length == 0, -1, left_out).astype(np.int32)
    queries = Queries(movies, start, length, left_out)
    got = pooling.pooled(table, queries, np.arange(60), kind)
    for i in range(60):
        ids = list(movies[start[i] : start[i] + length[i]])
        if left_out[i] >= 0:
            del ids[left_out[i]]
        n = max(len(ids), 1)
        weight = {"sqrtn": n**-0.5, "sum": 1.0, "mean": 1 / n}[kind]
        expected = weight * table[ids].sum(0) if ids else np.zeros(5)
        np.testing.assert_allclose(got[i], expected, rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("few", [pooling.FEW, 3])
@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("name", ["mf-with-history", "mf-with-history-sum", "mf-with-history-mean"])
def test_prediction_loss_and_every_gradient_equal_the_slides_graph(name, lazy, few, monkeypatch):
    """On random histories: a user with one movie (so that the query is empty), a user with many,
    a candidate outside the history, a batch of one user alone."""
    monkeypatch.setattr(pooling, "FEW", few)
    rng = np.random.default_rng(5)
    n_users, n_movies = 30, 50
    user = np.concatenate([np.repeat(np.arange(1, n_users), 9), [0]]).astype(np.int32)
    movie = np.concatenate(
        [rng.permutation(n_movies)[:9] for _ in range(n_users - 1)] + [[7]]
    ).astype(np.int32)
    rating = rng.integers(1, 11, len(user)).astype(np.float32) / 2
    histories = Histories.of(user, movie, n_users)
    asked = movie.copy()
    asked[3] = next(m for m in range(n_movies) if m not in histories[int(user[3])])
    rows = RecommenderRows(user, asked, rating, histories.leave_one_out(user, asked), {})
    from graphs import find
    from tfcourse.engine import EpochLoop, _columns

    model = find(name).load()(n_movies=n_movies, dim=4)
    batch = np.concatenate([[len(user) - 1, 3], rng.permutation(len(user))[:14]])
    batches = Batches(rows, len(batch))
    variables = model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
    with model.graph.as_default():
        slide = tf.gradients(model.loss, variables)
        columns = _columns(model, batches)
        assert columns.pooled == ("many" if few == 3 else "few")
        loop, values = object.__new__(EpochLoop), columns.of(batch)
        loop.tables = {n: tf.constant(values[n]) for n in columns.tables}
        fed = {n: tf.constant(values[n]) for n in columns.by_row}
        kept = {}

        class Spy(type(model)):
            def graph_train(self):
                kept["gradients"] = tf.gradients(self.loss, variables)
                kept["infer"], kept["loss"] = self.infer, self.loss
                return tf.no_op()

        model.__class__ = Spy
        if lazy:
            model.made_optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        loop._step(model, columns, fed)
        dense = [tf.convert_to_tensor(g) for g in slide]
        pooled = [tf.convert_to_tensor(g) for g in kept["gradients"]]
    feeds = model.feed_dict(rows.take(batch), "train")
    session = model.new_session()
    a = session.run([model.infer, model.loss, *dense], feeds)
    b = session.run([kept["infer"], kept["loss"], *pooled])
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(y, x, rtol=2e-5, atol=2e-6)
    if lazy:
        table = next(
            g
            for v, g in zip(variables, kept["gradients"], strict=True)
            if v.op.name.endswith("w_query_movie_ids")
        )
        assert isinstance(table, tf.IndexedSlices)
        ids, size = rows.queries.padded(batch)
        touched = set(ids.ravel())  # what looking up the padded lists touches, filler included
        assert set(session.run(table.indices)) == touched
    session.close()
