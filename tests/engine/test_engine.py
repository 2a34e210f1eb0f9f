"""Both engines do the same: batches, losses, weights."""

from __future__ import annotations

import numpy as np
import pytest

from tfcourse import callbacks
from tfcourse.batches import Batches, Columns, data_fn
from tfcourse.engine import make_engine
from tfcourse.errors import UsageError
from tfcourse.model import BaseModel
from tfcourse.recommenders import pooling
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
    order = deck.train_batches(32).order(1, 88)
    rows = order[: 12 * 32].reshape(12, 32)
    sums, weights = [], []
    for chunks in ([rows], [rows[:5], rows[5:6], rows[6:]]):
        model = lesson_of("mf-with-history", deck)
        engine = make_engine("graph", model, model.session, deck.train_batches(32))
        sums.append(sum(engine.run(chunk) for chunk in chunks))
        weights.append(model.get_weights())
        model.close()
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-12)
    for name, value in weights[0].items():
        np.testing.assert_array_equal(value, weights[1][name])


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
    sums = [engine.run(np.arange(n, dtype=np.int32)[:, np.newaxis])[0] for n in (1, 2, 3, 4)]
    assert len({round(float(s) / n, 6) for s, n in zip(sums, (1, 2, 3, 4), strict=True)}) > 1


# --- what the engine "graph" is taken for -----------------------------------------------------


def columns_of(n):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3)).astype(np.float32)
    return data_fn(X, X.sum(1, keepdims=True), 8, shuffle=True)


def both_histories(cls, **hyper):
    models = [cls(**hyper) for _ in range(2)]
    for model, engine in zip(models, ("graph", "feed"), strict=True):
        model.fit(columns_of(64), columns_of(16), 3, engine=engine, verbose=False)
    return models


def test_an_own_update_is_copied_with_its_state():
    class Own(Weighted):
        def graph_train(self):
            step = tf.train.get_or_create_global_step()
            rate = tf.train.exponential_decay(self.lr, step, 4, 0.7)
            optimizer = tf.train.MomentumOptimizer(rate, 0.5)
            pairs = optimizer.compute_gradients(self.loss)
            clipped = [(tf.clip_by_norm(g, 0.5), v) for g, v in pairs]
            return optimizer.apply_gradients(clipped, global_step=step)

    fast, slide = both_histories(Own)
    np.testing.assert_allclose(fast.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)
    assert fast.get_weights()["train/global_step"] == slide.get_weights()["train/global_step"] == 24


def test_an_optimizer_of_the_learners_own_is_copied():
    class Sign(tf.train.Optimizer):
        def __init__(self, rate):
            super().__init__(False, "Sign")
            self.rate = rate

        def _resource_apply_dense(self, grad, var):
            return var.assign_sub(self.rate * tf.sign(grad))

    fast, slide = both_histories(Weighted, optimizer=Sign)
    np.testing.assert_allclose(fast.hist["vl_loss"], slide.hist["vl_loss"], rtol=1e-6)
    assert fast.hist["vl_loss"][2] < fast.hist["vl_loss"][0]


class Noisy(Weighted):
    """Dropout under tf.cond, as tf.layers builds it, and noise outside."""

    rate: float = 0.5

    def graph_computation(self):
        super().graph_computation()
        self.pred += tf.random_normal(tf.shape(self.pred), stddev=0.1)
        self.pred += tf.truncated_normal(tf.shape(self.pred), stddev=0.1)


def test_both_engines_drop_the_same_units():
    """Draws are of seed, epoch and batch, so the smaller last batch has its own as well."""
    models = [
        Noisy().fit(columns_of(61), None, 3, engine=engine, verbose=False)
        for engine in ("graph", "feed")
    ]
    np.testing.assert_allclose(models[0].hist["tr_loss"], models[1].hist["tr_loss"], rtol=1e-6)
    other = Noisy(seed=5).fit(columns_of(61), None, 3, verbose=False)
    assert other.hist["tr_loss"] != models[0].hist["tr_loss"]


def test_a_training_that_goes_on_in_another_model_draws_as_if_it_had_not_stopped():
    whole = Noisy(optimizer="adam").fit(columns_of(61), None, 4, verbose=False)
    first = Noisy(optimizer="adam").fit(columns_of(61), None, 2, verbose=False)
    second = Noisy(optimizer="adam")
    second.set_weights(first.get_weights())
    second.epoch, second.hist = first.epoch, first.hist
    second.fit(columns_of(61), None, 2, resume=True, verbose=False)
    assert second.hist["tr_loss"] == whole.hist["tr_loss"]
    np.testing.assert_equal(second.get_weights(), whole.get_weights())


def test_a_loop_in_the_lesson_is_computed_as_written():
    class Looped(Weighted):
        def graph_computation(self):
            super().graph_computation()
            self.pred = tf.while_loop(
                lambda i, y: i < 3, lambda i, y: (i + 1, 0.9 * y), [0, self.pred]
            )[1]

    model = Looped().fit(columns_of(64), None, 2, verbose=False)
    slide = Looped().fit(columns_of(64), None, 2, engine="feed", verbose=False)
    np.testing.assert_allclose(model.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)


def test_python_code_in_the_graph_is_called_at_each_step():
    class Python(Weighted):
        def graph_loss(self):
            super().graph_loss()
            with tf.variable_scope("loss"):
                self.rows = tf.py_func(lambda x: np.float32(len(x)), [self.inputs], tf.float32)

        def metrics(self):
            return {"rows": self.rows}

    fast, slide = both_histories(Python)
    assert fast.hist["tr_rows"] == slide.hist["tr_rows"] == [8.0] * 3


def test_a_reason_is_said_once_and_engine_graph_is_refused(caplog):
    def batches():
        yield {"inputs": np.ones((4, 3)), "labels": np.ones((4, 1))}

    model = Weighted()
    for _ in range(2):
        model.fit(batches, None, 1, verbose=False)
    lines = [record.message for record in caplog.records]
    assert len(lines) == 1 and "Weighted is trained by the engine feed" in lines[0]
    with pytest.raises(UsageError, match="engine graph: train_fn gives batches one by one"):
        model.fit(batches, None, 1, engine="graph", verbose=False)


def test_a_metric_behind_the_update_does_not_update_twice():
    class After(Weighted):
        def build(self):
            super().build()
            with tf.control_dependencies([self.train_op]):
                self.after = tf.add_n(
                    [tf.nn.l2_loss(v.read_value()) for v in tf.trainable_variables()]
                )

        def metrics(self):
            return {"after": self.after} if hasattr(self, "after") else {}

    fast, slide = both_histories(After)
    np.testing.assert_allclose(fast.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)
    np.testing.assert_allclose(fast.hist["tr_after"], slide.hist["tr_after"], rtol=1e-6)


def test_only_the_variables_that_the_lesson_trains_are_trained():
    class Frozen(Weighted):
        def graph_train(self):
            kept = tf.get_collection_ref(tf.GraphKeys.TRAINABLE_VARIABLES)
            every, kept[:] = list(kept), kept[2:]
            update = super().graph_train()
            kept[:] = every
            return update

    class Later(Weighted):
        def __post_init__(self):
            super().__post_init__()
            del self.graph.get_collection_ref(tf.GraphKeys.TRAINABLE_VARIABLES)[:]

    for cls in (Frozen, Later):
        fast, slide = both_histories(cls)
        np.testing.assert_allclose(fast.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)


def test_several_updates_are_one():
    class Several(Weighted):
        def graph_train(self):
            first, second = (tf.train.GradientDescentOptimizer(0.5 * self.lr) for _ in range(2))
            return [first.minimize(self.data_loss), second.minimize(self.loss)]

    fast, slide = both_histories(Several)
    np.testing.assert_allclose(fast.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)


def test_a_tf_function_is_computed_as_written():
    class Function(Weighted):
        def graph_computation(self):
            super().graph_computation()
            self.pred = tf.function(lambda x: 0.5 * x)(self.pred)

    model = Function().fit(columns_of(64), None, 2, verbose=False)
    slide = Function().fit(columns_of(64), None, 2, engine="feed", verbose=False)
    np.testing.assert_allclose(model.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)


def test_batches_and_rows_of_ones_own_are_used_as_they_are():
    class Centred(Batches):
        def __call__(self, *args):
            for batch in super().__call__(*args):
                yield {**batch, "inputs": batch["inputs"] - 1.0}

    class Doubled(Columns):
        def take(self, index, names=None):
            return {name: 2.0 * values for name, values in super().take(index, names).items()}

    class Twice(Batches):
        def order(self, epoch=1, seed=0):
            return np.tile(super().order(epoch, seed), 2)

    plain = columns_of(64).rows
    for batches in (Centred(plain, 8), Batches(Doubled(plain.columns), 8), Twice(plain, 8)):
        model = Weighted().fit(batches, None, 1, verbose=False)
        slide = Weighted().fit(batches, None, 1, engine="feed", verbose=False)
        np.testing.assert_allclose(model.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)


def test_a_table_that_the_lesson_writes_is_the_same_in_both_engines():
    class Counting(Weighted):
        def graph_loss(self):
            super().graph_loss()
            table = tf.lookup.experimental.MutableHashTable(
                tf.int64, tf.float32, 0.0, experimental_is_anonymous=False
            )
            seen = table.lookup(tf.constant(1, tf.int64))
            with tf.control_dependencies([seen]):
                more = table.insert(tf.constant(1, tf.int64), seen + 1.0)
            with tf.control_dependencies([more]):
                self.loss = self.loss * (1.0 + seen)

    fast, slide = both_histories(Counting)
    np.testing.assert_allclose(fast.hist["tr_loss"], slide.hist["tr_loss"], rtol=1e-6)
    np.testing.assert_allclose(fast.hist["vl_loss"], slide.hist["vl_loss"], rtol=1e-6)


def test_metrics_are_of_the_weights_before_the_update():
    class OfWeights(Weighted):
        def graph_loss(self):
            super().graph_loss()
            self.norms = tf.add_n([tf.norm(v) for v in tf.trainable_variables()])

        def metrics(self):
            return {"norms": self.norms}

    first = OfWeights()
    before = sum(np.linalg.norm(value) for value in first.get_weights().values())
    one = columns_of(8)  # one batch an epoch
    for engine in ("graph", "feed"):
        model = OfWeights(learning_rate=0.5).fit(one, None, 1, engine=engine, verbose=False)
        assert model.hist["tr_norms"][0] == pytest.approx(before, rel=1e-5)


def test_a_metric_may_be_a_variable_or_a_number():
    class Plain(Weighted):
        def graph_loss(self):
            super().graph_loss()
            self.counted = tf.get_variable("counted", initializer=2.5, trainable=False)

        def metrics(self):
            return {"counted": self.counted, "one": 1.0}

    fast, slide = both_histories(Plain)
    assert fast.hist["tr_counted"] == slide.hist["tr_counted"] == [2.5] * 3
    assert fast.hist["vl_one"] == [1.0] * 3


def test_a_side_effect_before_a_condition_happens_at_each_step():
    class Counted(Weighted):
        def graph_computation(self):
            super().graph_computation()
            self.steps = tf.get_variable("steps", initializer=0.0, trainable=False)
            with tf.control_dependencies([tf.assign_add(self.steps, 1.0)]):
                self.pred = tf.cond(self.isTrain, lambda: 0.9 * self.pred, lambda: self.pred)

    fast, slide = both_histories(Counted)
    assert fast.get_weights()["steps"] == slide.get_weights()["steps"] > 24
