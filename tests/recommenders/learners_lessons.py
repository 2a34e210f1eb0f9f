"""Lessons that a learner might write: each takes a recommender lesson and changes one thing.

``FAST`` are proved to be computed the same by the engine "graph"; ``SLOW`` cannot be and run on padded
queries by the engine "feed". ``BY_USER`` and the rest of ``ANY`` change lessons without a history too.
"""

from __future__ import annotations

import numpy as np

from tfcourse.errors import ModelError
from tfcourse.tf1 import tf


def _mask(model):
    return tf.to_float(tf.sequence_mask(model.query_movie_ids_len))  # (batch, longest)


def _batch(model):
    return tf.shape(model.query_movie_ids_len)[0]


def _total(model, rows):
    return tf.reduce_sum(rows * _mask(model)[:, :, tf.newaxis], 1)  # (batch, dim)


def _rows(model, table=None):
    table = model.w_query_movie_ids if table is None else table
    return tf.nn.embedding_lookup(table, model.query_movie_ids)  # (batch, longest, dim)


def _size(model):
    return tf.to_float(tf.maximum(model.query_movie_ids_len, 1))[:, tf.newaxis]  # (batch, 1)


def _pooled_by(pool):
    """A change of the pooling: ``pool(model, rows)`` gives the query, (batch, dim)."""

    def change(base):
        class Lesson(base):
            def pooling(self):
                self.query_emb = pool(self, self.query_emb)
                self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])

        return Lesson

    return change


def _after_pooling(then):
    """A change of what is done with the pooled query."""

    def change(base):
        class Lesson(base):
            def pooling(self):
                super().pooling()
                then(self)

        return Lesson

    return change


def _in_loss(term):
    """A further term of the loss."""

    def change(base):
        class Lesson(base):
            def graph_loss(self):
                super().graph_loss()
                with tf.variable_scope("loss"):
                    self.loss += term(self)

        return Lesson

    return change


def _metric(measure):
    """A further metric."""

    def change(base):
        class Lesson(base):
            def graph_loss(self):
                super().graph_loss()
                with tf.variable_scope("loss"):
                    self.further = measure(self)

            def metrics(self):
                return {**super().metrics(), "further": self.further}

        return Lesson

    return change


def _training_flag(base):
    """The lesson with the placeholder isTrain, where it has none."""

    class Lesson(base):
        def graph_inputs(self):
            super().graph_inputs()
            if not hasattr(self, "isTrain"):
                with tf.variable_scope("inputs/"):
                    self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    return Lesson


# --- of queries: fast -------------------------------------------------------------------------


def own_lookup(base):
    class Lesson(base):
        def graph_embedding(self):
            super().graph_embedding()
            self.query_emb = _rows(self)

    return Lesson


def length_bias(base):
    class Lesson(base):
        def graph_computation(self):
            self.w_len = tf.get_variable("w_len", [], initializer=tf.constant_initializer(0.3))
            super().graph_computation()
            self.infer += self.w_len * tf.log(_size(self))
            self.pred += self.w_len * tf.log(_size(self))

    return Lesson


def _shared(base):
    class Lesson(base):
        def graph_embedding(self):
            super().graph_embedding()
            self.item_bonus = tf.nn.embedding_lookup(
                self.w_query_movie_ids, tf.zeros_like(self.query_movie_ids_len)
            )

        def graph_computation(self):
            super().graph_computation()
            self.infer += tf.reduce_sum(self.query_emb * self.item_bonus, 1, keep_dims=True)

    return Lesson


def random_constant(base):
    class Lesson(base):
        def pooling(self):
            super().pooling()
            turn = np.random.normal(size=(self.dim, self.dim)).astype(np.float32)
            self.query_emb = tf.matmul(self.query_emb, tf.constant(turn))

    return Lesson


def counted_builds(base):
    class Lesson(base):
        def pooling(self):
            super().pooling()
            self.builds = getattr(self, "builds", 0) + 1
            self.query_emb = self.query_emb * float(self.builds)

    return Lesson


def _doubled_gradient(model):
    @tf.custom_gradient
    def twice(x):
        return x, lambda dy: 2.0 * dy

    model.query_emb = twice(model.query_emb)


def _conditional(base):
    class Lesson(_training_flag(base)):
        def pooling(self):
            super().pooling()
            query = self.query_emb
            self.query_emb = tf.cond(self.isTrain, lambda: 0.9 * query, lambda: query)

    return Lesson


def _batch_norm(base):
    class Lesson(_training_flag(base)):
        def pooling(self):
            super().pooling()
            self.query_emb = tf.layers.batch_normalization(self.query_emb, training=self.isTrain)

    return Lesson


def _dropout(base):
    class Lesson(_training_flag(base)):
        def pooling(self):
            super().pooling()
            self.query_emb = tf.layers.dropout(self.query_emb, 0.3, training=self.isTrain)

    return Lesson


def _with_counter(base):
    class Lesson(base):
        def graph_computation(self):
            super().graph_computation()
            self.steps = tf.get_variable(
                "steps", [], initializer=tf.zeros_initializer(), trainable=False
            )
            with tf.control_dependencies([tf.assign_add(self.steps, 1.0)]):
                self.infer = tf.identity(self.infer)

    return Lesson


def _guarded_mean(model, rows):
    total = _total(model, rows)
    size = tf.to_float(model.query_movie_ids_len)[:, tf.newaxis]
    return tf.where(tf.tile(size > 20, [1, model.dim]), total / size, total)


def _where(model, rows):
    held = tf.tile(_mask(model)[:, :, tf.newaxis] > 0, [1, 1, model.dim])
    return tf.reduce_sum(tf.where(held, rows, tf.zeros_like(rows)), 1) / _size(model)


def _set(name, value):
    def then(model):
        setattr(model, name, value(model))

    return then


FAST = {
    "unchanged": lambda base: base,
    "own look-up": own_lookup,
    "bias by length": length_bias,
    "loss weighted by length": _in_loss(lambda m: tf.reduce_mean(tf.square(m.infer) / _size(m))),
    "metric of the length": _metric(lambda m: tf.reduce_mean(_size(m))),
    "query used twice": _in_loss(lambda m: 0.1 * tf.reduce_mean(tf.square(m.query_emb))),
    "query against itself": _after_pooling(
        _set("query_bias", lambda m: tf.reduce_sum(m.query_emb**2, 1, keep_dims=True))
    ),
    "shrunken mean": _pooled_by(lambda m, x: _total(m, x) / (_size(m) + 10.0)),
    "own power of the length": _pooled_by(lambda m, x: _total(m, x) * _size(m) ** -0.7),
    "pooled by matmul": _pooled_by(
        lambda m, x: tf.matmul((_mask(m) / _size(m))[:, tf.newaxis], x)[:, 0]
    ),
    "pooled by einsum": _pooled_by(lambda m, x: tf.einsum("bl,bld->bd", _mask(m), x) / tf.sqrt(_size(m))),
    "pooled by where": _pooled_by(_where),
    "sum or mean by length": _pooled_by(_guarded_mean),
    "divided by the longest of the batch": _pooled_by(
        lambda m, x: _total(m, x) / tf.reduce_max(_size(m))
    ),
    "a full batch counts more": _pooled_by(
        lambda m, x: _total(m, x) / _size(m) * (1.0 + 4.0 * tf.to_float(tf.equal(_batch(m), 16)))
    ),
    "the first rows of a batch count more": _pooled_by(
        lambda m, x: _total(m, x) / _size(m) * tf.to_float(tf.range(_batch(m)) < 5)[:, tf.newaxis]
    ),
    "a batch of long queries counts more": _pooled_by(
        lambda m, x: _total(m, x) / _size(m) * (1.0 + tf.to_float(tf.reduce_sum(_size(m)) > 300))
    ),
    "with an offset": _pooled_by(lambda m, x: tf.nn.l2_normalize(_total(m, x) + 1e-6, 1)),
    "no gradient to the query": _after_pooling(_set("query_emb", lambda m: tf.stop_gradient(m.query_emb))),
    "own gradient": _after_pooling(_doubled_gradient),
    "whole embedding in the loss": _in_loss(lambda m: 0.01 * tf.nn.l2_loss(m.w_query_movie_ids)),
    "metric of the weights": _metric(lambda m: tf.norm(m.w_query_movie_ids)),
    "one embedding for both": _shared,
    "random constant": random_constant,
    "counts its builds": counted_builds,
    "tf.cond on isTrain": _conditional,
    "batch normalization": _batch_norm,
    "dropout on the pooled query": _dropout,
    "side effect": _with_counter,
}  # fmt: skip


# --- of queries: not fast ---------------------------------------------------------------------


def _by_place(model, rows):
    place = tf.get_variable("place", [400, 1], initializer=tf.ones_initializer())
    weighted = place[tf.newaxis, : tf.shape(rows)[1]] * _mask(model)[:, :, tf.newaxis]
    return tf.reduce_sum(rows * weighted, 1) / _size(model)


def _attention(model, rows):
    asked = tf.get_variable("asked", [model.dim, 1], initializer=tf.ones_initializer())
    score = tf.tensordot(rows, asked, 1)[:, :, 0] - 1e9 * (1.0 - _mask(model))
    return tf.reduce_sum(rows * tf.nn.softmax(score)[:, :, tf.newaxis], 1)


def _fixed_decay(model, rows):
    decay = 0.9 ** tf.to_float(tf.range(tf.shape(rows)[1]))
    return tf.reduce_sum(rows * (decay * _mask(model))[:, :, tf.newaxis], 1)


def _last_ten(model, rows):
    return tf.reduce_sum((rows * _mask(model)[:, :, tf.newaxis])[:, -10:], 1)


def _without_movie_0(model, rows):
    known = tf.to_float(model.query_movie_ids[:, : tf.shape(rows)[1]] > 0)
    return tf.reduce_sum(rows * known[:, :, tf.newaxis], 1)


def _second_table(model):
    table = tf.get_variable("second", [model.n_movies, 1], initializer=tf.ones_initializer())
    found = tf.nn.embedding_lookup(table, model.query_movie_ids)[:, :, 0]
    return tf.reduce_mean(tf.reduce_sum(found * _mask(model), 1))


def own_pred(base):
    class Lesson(base):
        def graph_computation(self):
            super().graph_computation()
            seen = tf.reduce_max(tf.one_hot(self.query_movie_ids, tf.shape(self.pred)[1]), 1)
            self.pred = self.pred - 100.0 * seen

    return Lesson


def own_update(base):
    class Lesson(base):
        def graph_train(self):
            optimizer = tf.train.AdagradOptimizer(self.lr)
            pairs = optimizer.compute_gradients(self.loss)
            return optimizer.apply_gradients(
                [(tf.clip_by_norm(g, 0.1), v) for g, v in pairs if g is not None]
            )

    return Lesson


def _two_queries(base):
    class Lesson(base):
        def pooling(self):
            rows = self.query_emb
            super().pooling()
            self.query_emb = self.query_emb + 0.1 * tf.reduce_max(tf.abs(rows), 1)

    return Lesson


class Doubling(tf.train.GradientDescentOptimizer):
    """An optimizer of the learner's own, which counts a movie once for each time it is in a query."""

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        return super()._resource_apply_sparse_duplicate_indices(2.0 * grad, handle, indices)


def _patched(rate):
    """An optimizer of TensorFlow's with a method of the learner's."""
    optimizer = tf.train.GradientDescentOptimizer(rate)
    compute = optimizer.compute_gradients

    def clipped(*args, **kwargs):
        return [(tf.clip_by_norm(g, 0.05), v) for g, v in compute(*args, **kwargs) if g is not None]

    optimizer.compute_gradients = clipped
    return optimizer


def patched_optimizer(base):
    class Lesson(base):
        optimizer: object = _patched

    return Lesson


def rate_from_the_graph(base):
    class Lesson(base):
        def graph_loss(self):
            super().graph_loss()
            self.steps = tf.get_variable(
                "steps", [], initializer=tf.zeros_initializer(), trainable=False
            )
            with tf.control_dependencies([tf.assign_add(self.steps, 1.0)]):
                self.loss = tf.identity(self.loss)
            steps = self.steps
            self.optimizer = lambda rate: tf.train.GradientDescentOptimizer(
                tf.train.exponential_decay(rate, steps, 2, 0.5)
            )

    return Lesson


def own_optimizer(base):
    class Lesson(base):
        optimizer: type = Doubling

    return Lesson


SLOW = {
    "weights by place": _pooled_by(_by_place),
    "fixed weights by place": _pooled_by(_fixed_decay),
    "attention": _pooled_by(_attention),
    "second look-up in the loss": _in_loss(_second_table),
    "metric that reads ids": _metric(lambda m: tf.reduce_mean(tf.to_float(m.query_movie_ids))),
    "metric of the first movie": _metric(lambda m: tf.reduce_mean(tf.to_float(m.query_movie_ids[:, 0]))),
    "own pred that reads ids": own_pred,
    "maximum": _pooled_by(lambda m, x: tf.reduce_max(x * _mask(m)[:, :, tf.newaxis], 1)),
    "mean over the padding too": _pooled_by(lambda m, x: tf.reduce_mean(x, 1)),
    "only the last ten": _pooled_by(_last_ten),
    "movie 0 is no movie": _pooled_by(_without_movie_0),
    "clipped rows": _pooled_by(lambda m, x: _total(m, tf.clip_by_value(x, -0.1, 0.1))),
    "rows of length 1": _pooled_by(lambda m, x: _total(m, tf.nn.l2_normalize(x, 2)) / _size(m)),
    "sum plus maximum": _two_queries,
    "own update": own_update,
    "own optimizer": own_optimizer,
    "optimizer with a method of one's own": patched_optimizer,
    "rate from the graph": rate_from_the_graph,
}  # fmt: skip


# --- of any lesson ----------------------------------------------------------------------------


def learning_rate_falls(base):
    class Lesson(base):
        def graph_train(self):
            step = tf.get_variable(
                "step", [], tf.int32, initializer=tf.zeros_initializer(), trainable=False
            )
            rate = tf.train.exponential_decay(self.lr, step, 5, 0.5)
            return tf.train.GradientDescentOptimizer(rate).minimize(self.loss, global_step=step)

    return Lesson


def no_item_vectors(base):
    class Lesson(base):
        @property
        def item_vectors(self):
            raise ModelError("none")

    return Lesson


ANY = {
    "own update": own_update,
    "own optimizer": own_optimizer,
    "optimizer with a method of one's own": patched_optimizer,
    "rate from the graph": rate_from_the_graph,
    "learning rate that falls": learning_rate_falls,
    "metric of the weights": _metric(lambda m: tf.norm(m.item_vectors)),
    "no item vectors": no_item_vectors,
    "random constant": _in_loss(lambda m: tf.reduce_mean(tf.square(m.infer - np.random.normal()))),
}
