"""The same models in Keras, through ``model.fit``. Queries come padded from a ``Sequence``, cut
from the histories without a Python loop, and are pooled under a mask.

This process uses TensorFlow's own eager mode, so it must not import ``tfcourse.tf1``.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
import tf_keras as keras

from benchmarks.models import N_BATCH, SEED
from benchmarks.ways import tfcourse_way

REG = 0.005
prepare = tfcourse_way.prepare


def _embedding(values: np.ndarray) -> Any:
    values = values[:, None] if values.ndim == 1 else values
    return keras.layers.Embedding(
        *values.shape, embeddings_initializer=keras.initializers.Constant(values)
    )


class MF(keras.Model):
    def __init__(self, w: dict[str, np.ndarray]):
        super().__init__()
        self.user = _embedding(w["embedding/embd_user"])
        self.item = _embedding(w["embedding/embd_item"])
        self.bias_user = _embedding(w["embedding/embd_bias_user"])
        self.bias_item = _embedding(w["embedding/embd_bias_item"])
        self.bias = tf.Variable(w["bias_global"])

    def call(self, inputs: Any) -> Any:
        user, movie = inputs
        u, m = self.user(user), self.item(movie)
        b_u, b_m = self.bias_user(user), self.bias_item(movie)
        self.add_loss(REG * sum(tf.nn.l2_loss(x) for x in (u, m, b_u, b_m)))
        return tf.reduce_sum(u * m, 1, keepdims=True) + b_u + b_m + self.bias


class History(keras.Model):
    def __init__(self, w: dict[str, np.ndarray]):
        super().__init__()
        self.query = _embedding(w["embedding/w_query_movie_ids"])
        self.candidate = _embedding(w["embedding/w_candidate_movie_id"])
        self.b_query = tf.Variable(w["embedding/b_query_movie_ids"][:, None])
        self.b_candidate = tf.Variable(w["embedding/b_candidate_movie_id"][:, None])
        self.bias = tf.Variable(w["b_global"])

    def call(self, inputs: Any) -> Any:
        ids, size, movie = inputs
        weight = tf.math.l2_normalize(tf.cast(tf.sequence_mask(size), tf.float32), 1)
        u = tf.reduce_sum(self.query(ids) * weight[:, :, None], 1)
        m = self.candidate(movie)
        self.add_loss(REG * (tf.nn.l2_loss(u) + tf.nn.l2_loss(m)))
        score = tf.reduce_sum(u * m, 1, keepdims=True)
        return score + u @ self.b_query + m @ self.b_candidate + self.bias


class Batches(keras.utils.Sequence):
    """Padded batches, in the order in which ``fit`` of tfcourse takes the rows."""

    def __init__(self, rows: Any):
        super().__init__()
        self.rows, self.epoch = rows, 0
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self.order = np.random.default_rng([SEED, self.epoch]).permutation(len(self.rows))

    def __len__(self) -> int:
        return -(-len(self.rows) // N_BATCH)

    def __getitem__(self, i: int) -> Any:
        at = self.order[i * N_BATCH : (i + 1) * N_BATCH]
        ids, size = self.rows.queries.padded(at)
        return (ids, size, self.rows.movie[at]), self.rows.rating[at][:, None]


class Times(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds.append(time.perf_counter() - self.begin)


def train(
    model: str, data: Any, weights: Path | None, epochs: int
) -> tuple[list[float], list[float]]:
    w, rows, times = dict(np.load(weights)), data.train, Times()
    keras.utils.set_random_seed(SEED)
    net = MF(w) if model == "mf" else History(w)
    optimizer = keras.optimizers.Adagrad(0.1, 0.1) if model == "mf" else keras.optimizers.SGD(0.05)
    net.compile(optimizer, loss="mse")
    given: dict[str, Any] = {"x": Batches(rows), "shuffle": False}  # they are shuffled already
    if model == "mf":
        given = {"x": (rows.user, rows.movie), "y": rows.rating[:, None], "batch_size": N_BATCH}
    done = net.fit(**given, epochs=epochs, callbacks=[times], verbose=0)
    return times.seconds, done.history["loss"]
