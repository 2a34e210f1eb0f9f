"""The same models in Keras, trained by ``model.fit``.

There are two contenders: "keras" is Keras 3, which TensorFlow installs, and "tf-keras" is Keras 2. A
``Sequence`` gives padded queries, which are cut from the histories without a Python loop. The model
pools them with a mask.

This process uses TensorFlow in eager mode, so it must not import ``tfcourse.tf1``. ``train`` chooses
Keras 2 or 3 before one of them is imported.
"""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.models import N_BATCH, SEED
from benchmarks.ways import tfcourse_way

if TYPE_CHECKING:
    from tfcourse.datasets.movielens_protocols import PreparedMovieLens
    from tfcourse.recommenders.rows import RecommenderRows

REG = 0.005

# Neither Keras nor TensorFlow has types that mypy knows, so the module and its objects are Any.


def prepare(model: str, folder: Path) -> PreparedMovieLens:
    """Prepare MovieLens; see ``Way``."""
    return tfcourse_way.ratings(folder)


def network(keras: Any, model: str, w: dict[str, np.ndarray]) -> Any:
    """Build basic MF or MF with history.

    Args:
        keras: Keras 2 or 3.
        model: "mf" or "history".
        w: initial values of the variables, by the lesson's names.
    """
    import tensorflow as tf

    class Model(keras.Model):
        """Base class with variables whose initial values are given."""

        def embedding(self, values: np.ndarray) -> Any:
            values = values[:, None] if values.ndim == 1 else values
            layer = keras.layers.Embedding(*values.shape)
            layer.build((None,))
            layer.set_weights([values])
            return layer

        def weight(self, values: np.ndarray) -> Any:
            initial = keras.initializers.Constant(0.0)
            made = self.add_weight(shape=np.shape(values), initializer=initial)
            made.assign(values)
            return made

    class MF(Model):
        def __init__(self) -> None:
            super().__init__()
            self.user = self.embedding(w["embedding/embd_user"])
            self.item = self.embedding(w["embedding/embd_item"])
            self.bias_user = self.embedding(w["embedding/embd_bias_user"])
            self.bias_item = self.embedding(w["embedding/embd_bias_item"])
            self.bias = self.weight(w["bias_global"])

        def call(self, inputs: Any) -> Any:
            user, movie = inputs
            u, m = self.user(user), self.item(movie)
            b_u, b_m = self.bias_user(user), self.bias_item(movie)
            self.add_loss(REG * sum(tf.nn.l2_loss(x) for x in (u, m, b_u, b_m)))
            return tf.reduce_sum(u * m, 1, keepdims=True) + b_u + b_m + self.bias

    class History(Model):
        def __init__(self) -> None:
            super().__init__()
            self.query = self.embedding(w["embedding/w_query_movie_ids"])
            self.candidate = self.embedding(w["embedding/w_candidate_movie_id"])
            self.b_query = self.weight(w["embedding/b_query_movie_ids"][:, None])
            self.b_candidate = self.weight(w["embedding/b_candidate_movie_id"][:, None])
            self.bias = self.weight(w["b_global"])

        def call(self, inputs: Any) -> Any:
            ids, size, movie = inputs
            mask = tf.sequence_mask(size, tf.shape(ids)[1])
            weight = tf.math.l2_normalize(tf.cast(mask, tf.float32), 1)
            u = tf.reduce_sum(self.query(ids) * weight[:, :, None], 1)
            m = self.candidate(movie)
            self.add_loss(REG * (tf.nn.l2_loss(u) + tf.nn.l2_loss(m)))
            score = tf.reduce_sum(u * m, 1, keepdims=True)
            return score + tf.matmul(u, self.b_query) + tf.matmul(m, self.b_candidate) + self.bias

    return MF() if model == "mf" else History()


def padded_batches(keras: Any, rows: RecommenderRows, way: str) -> Any:
    """Make a ``Sequence`` of padded batches, in the order in which ``fit`` of tfcourse takes them."""

    class Batches(keras.utils.Sequence):
        def __init__(self) -> None:
            super().__init__()
            self.epoch = 0
            self.shuffle()

        def shuffle(self) -> None:
            self.epoch += 1
            self.order = np.random.default_rng([SEED, self.epoch]).permutation(len(rows))

        def __len__(self) -> int:
            return -(-len(rows) // N_BATCH)

        def __getitem__(self, i: int) -> Any:
            at = self.order[i * N_BATCH : (i + 1) * N_BATCH]
            ids, size = rows.queries.padded(at)
            return (ids, size, rows.movie[at]), rows.rating[at][:, None]

    class Batches3(Batches):
        begun = False

        def on_epoch_begin(self) -> None:
            if self.begun:
                self.shuffle()
            self.begun = True

    class Batches2(Batches):
        on_epoch_end = Batches.shuffle  # Keras 3 calls it more than once in an epoch

    return Batches2() if way == "tf-keras" else Batches3()


def epoch_times(keras: Any) -> Any:
    """Make a callback that measures each epoch; its ``seconds`` are a list."""

    class Times(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.begin = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seconds.append(time.perf_counter() - self.begin)

    return Times()


def train(
    model: str, data: PreparedMovieLens, weights: Path, epochs: int, way: str = "keras"
) -> tuple[list[float], list[float]]:
    """Train with ``model.fit``; see ``Way``."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["TF_USE_LEGACY_KERAS"] = "1" if way == "tf-keras" else "0"
    keras = importlib.import_module("tf_keras" if way == "tf-keras" else "keras")
    keras.utils.set_random_seed(SEED)
    rows, times, net = data.train, epoch_times(keras), network(keras, model, dict(np.load(weights)))
    optimizer = keras.optimizers.Adagrad(0.1, 0.1) if model == "mf" else keras.optimizers.SGD(0.05)
    net.compile(optimizer, loss="mse")
    given: dict[str, Any] = {"x": padded_batches(keras, rows, way), "shuffle": False}
    if model == "mf":
        given = {"x": (rows.user, rows.movie), "y": rows.rating[:, None], "batch_size": N_BATCH}
    done = net.fit(**given, epochs=epochs, callbacks=[times], verbose=0)
    return times.seconds, done.history["loss"]
