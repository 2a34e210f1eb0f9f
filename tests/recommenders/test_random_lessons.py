"""Lessons put together at random: whatever the default engine makes of one equals ``feed`` on padded
queries.

A lesson is a choice from each of ``PARTS``. A part has plain choices, of which any combination is
proved and runs in the engine "graph", and strange ones, with which it may have to run in "feed".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st

import graphs
from tfcourse import training
from tfcourse.batches import Batches
from tfcourse.model import BaseModel
from tfcourse.recommenders.histories import Queries
from tfcourse.recommenders.rows import RecommenderRows
from tfcourse.tf1 import Tensor, tf

LESSONS = ("mf-with-history", "mf-with-dnn")
N_BATCH, N_TRAIN, N_VALID = 16, 56, 24  # the last batch is smaller
TURN = np.random.default_rng(0).normal(0, 0.5, (4, 4)).astype(np.float32)
SETTINGS = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@dataclass(frozen=True)
class Part:
    """What may be chosen for one part of a lesson, by name."""

    plain: dict[str, Callable]
    strange: dict[str, Callable]

    def __getitem__(self, name: str) -> Callable:
        return (self.plain | self.strange)[name]


# --- what a lesson is made of -----------------------------------------------------------------
# m is the lesson, x its looked-up rows (batch, longest, dim), q its pooled query (batch, dim).


def mask(m: BaseModel) -> Tensor:
    """1 where a place holds a movie, float32 (batch, longest)."""
    return tf.to_float(tf.sequence_mask(m.query_movie_ids_len))


def n(m: BaseModel) -> Tensor:
    """Movies in each query, at least 1, float32 (batch, 1)."""
    return tf.to_float(tf.maximum(m.query_movie_ids_len, 1))[:, tf.newaxis]


def place(x: Tensor) -> Tensor:
    """Places of the padded queries, float32 (longest,)."""
    return tf.to_float(tf.range(tf.shape(x)[1]))


def learned(name: str, *shape: int) -> Tensor:
    return tf.get_variable(name, shape, initializer=tf.constant_initializer(0.3))


def look_up(m: BaseModel, table: Tensor) -> Tensor:
    return tf.nn.embedding_lookup(table, m.query_movie_ids)


def without_empty(total: Tensor, size: Tensor) -> Tensor:
    """The mean, 0 for an empty query; tf.where hides 0/0 from the value, not from the gradient."""
    return tf.where(tf.tile(size > 0, [1, 4]), total / size, tf.zeros_like(total))


def twice_the_gradient(m: BaseModel, q: Tensor) -> Tensor:
    @tf.custom_gradient
    def twice(x):
        return x, lambda dy: 2.0 * dy

    return twice(q)


def width(m: BaseModel) -> Tensor:
    return tf.to_float(tf.shape(m.query_movie_ids)[1])


def total_id(m: BaseModel) -> Tensor:
    return tf.reduce_sum(tf.to_float(m.query_movie_ids), 1, keepdims=True) / 600.0


def mean_id(m: BaseModel) -> Tensor:
    return tf.reduce_mean(tf.to_float(m.query_movie_ids)) / 60.0


def gradient_of(m: BaseModel, values: Tensor) -> Tensor:
    gradient = tf.gradients(tf.reduce_sum(m.infer**2), values)[0]
    if gradient is None:  # it was stopped
        return tf.constant(0.0)
    return tf.reduce_mean(tf.square(getattr(gradient, "values", gradient)))


class Clipping(tf.train.GradientDescentOptimizer):
    """An optimizer of the learner's own. It clips a gradient by rows before equal rows are added
    up, so that another form of the same gradient gives another update."""

    def compute_gradients(self, *args, **kwargs):
        pairs = super().compute_gradients(*args, **kwargs)
        return [(tf.clip_by_norm(g, 0.1), v) for g, v in pairs if g is not None]


def clipped_update(m: BaseModel) -> Callable:
    def graph_train():
        optimizer = tf.train.AdagradOptimizer(m.lr)
        pairs = optimizer.compute_gradients(m.loss)
        return optimizer.apply_gradients(
            [(tf.clip_by_norm(g, 0.1), v) for g, v in pairs if g is not None]
        )

    return graph_train


LOOK_UP = Part(
    {
        "the lesson's": lambda m: m.query_emb,
        "own": lambda m: look_up(m, m.w_query_movie_ids),
        "gather": lambda m: tf.gather(m.w_query_movie_ids, m.query_movie_ids),
        "times": lambda m: -1.5 * look_up(m, m.w_query_movie_ids),
    },
    {
        "table through tanh": lambda m: look_up(m, tf.tanh(m.w_query_movie_ids)),
        "rows through tanh": lambda m: tf.tanh(look_up(m, m.w_query_movie_ids)),
        "rows of length 1": lambda m: tf.nn.l2_normalize(m.query_emb, 2),
        "rows plus 0.1": lambda m: m.query_emb + 0.1,
        "backwards": lambda m: tf.nn.embedding_lookup(
            m.w_query_movie_ids, m.query_movie_ids[:, ::-1]
        ),
        "next movie": lambda m: tf.gather(m.w_query_movie_ids, (m.query_movie_ids + 1) % 60),
        "another table": lambda m: m.query_emb * look_up(m, m.w_candidate_movie_id),
        "of movies at hand": lambda m: m.query_emb * m.rows_at_hand,
    },
)
HELD = Part(
    {
        "mask": lambda m, x: mask(m),
        "where": lambda m, x: tf.where(mask(m) > 0, tf.ones_like(mask(m)), tf.zeros_like(mask(m))),
        "range": lambda m, x: tf.to_float(place(x) < tf.to_float(m.query_movie_ids_len)[:, None]),
    },
    {
        "padding too": lambda m, x: tf.ones(tf.shape(x)[:2]),
        "padding a little": lambda m, x: mask(m) + 1e-4,
        "decay": lambda m, x: mask(m) * 0.9 ** place(x),
        "last five": lambda m, x: mask(m) * tf.to_float(place(x) >= n(m) - 5.0),
        "movie 0 is none": lambda m, x: mask(m) * tf.to_float(m.query_movie_ids > 0),
        "learned": lambda m, x: mask(m) * learned("place", 60)[: tf.shape(x)[1]],
    },
)
WEIGHT = Part(
    {
        "1": lambda m: tf.ones_like(n(m)),
        "power": lambda m: n(m) ** -0.6,
        "mean": lambda m: 1.0 / n(m),
        "shrunken": lambda m: 1.0 / (n(m) + 10.0),
        "capped": lambda m: tf.minimum(n(m), 12.0) / n(m) ** 1.5,
        "by case": lambda m: tf.where(n(m) > 16, 1.0 / n(m), n(m) ** -0.5),
    },
    {
        "longest": lambda m: tf.ones_like(n(m)) / tf.reduce_max(n(m)),
        "shortest": lambda m: tf.reduce_min(n(m)) / n(m) ** 2,
        "share": lambda m: n(m) / tf.reduce_sum(n(m)),
        "row before": lambda m: 1.0 / tf.roll(n(m), 1, 0),
        "every other row": lambda m: (1.0 + tf.to_float(tf.range(tf.shape(n(m))[0]) % 2)[:, None]) / n(m),
        "learned": lambda m: learned("power") / n(m),
        "width": lambda m: tf.ones_like(n(m)) / width(m),
    },
)  # fmt: skip
REDUCE = Part(
    {
        "sum": lambda x, held: tf.reduce_sum(x * held[:, :, tf.newaxis], 1),
        "matmul": lambda x, held: tf.matmul(held[:, tf.newaxis], x)[:, 0],
        "einsum": lambda x, held: tf.einsum("bl,bld->bd", held, x),
    },
    {
        "max": lambda x, held: tf.reduce_max(x * held[:, :, tf.newaxis], 1),
        "sum plus max": lambda x, held: (
            tf.reduce_sum(x * held[:, :, tf.newaxis], 1) + tf.reduce_max(x, 1)
        ),
        "0/0 in the gradient": lambda x, held: without_empty(
            tf.reduce_sum(x * held[:, :, tf.newaxis], 1), tf.reduce_sum(held, 1, keepdims=True)
        ),
        "cumsum": lambda x, held: tf.cumsum(x * held[:, :, tf.newaxis], 1)[:, -1],
        "root of squares": lambda x, held: tf.reduce_sum(x**2 * held[:, :, tf.newaxis], 1),
    },
)
AFTER = Part(
    {
        "nothing": lambda m, q: q,
        "layer": lambda m, q: tf.matmul(q, tf.get_variable("layer", initializer=TURN)),
        "tanh": lambda m, q: tf.tanh(q),
        "length 1": lambda m, q: tf.nn.l2_normalize(q, 1),
        "no gradient": lambda m, q: tf.stop_gradient(q),
        "plus learned": lambda m, q: q + learned("plus", 4),
        "own gradient": twice_the_gradient,
    },
    {
        "turned": lambda m, q: tf.matmul(q, tf.constant(TURN)),
        "plus length": lambda m, q: q + 0.01 * n(m),
        "less the mean": lambda m, q: q - tf.reduce_mean(q, 0, keepdims=True),
        "of the row before": lambda m, q: q + 0.5 * tf.roll(q, 1, 0),
        "along the batch": lambda m, q: 0.3 * tf.cumsum(q, 0),
        "backwards": lambda m, q: q[::-1],
        "half of it": lambda m, q: tf.concat([q[:, :2], q[:, :2]], 1),
        "plus width": lambda m, q: q + 0.01 * width(m),
    },
)
BIAS = Part(
    {"none": lambda m: 0.0, "length": lambda m: learned("by_length") * tf.log(n(m))},
    {
        "ids": lambda m: learned("by_ids") * total_id(m),
        "longest": lambda m: learned("by_longest") * tf.log(tf.reduce_max(n(m))),
    },
)
LOSS = Part(
    {
        "none": lambda m: 0.0,
        "query": lambda m: 0.1 * tf.reduce_mean(tf.square(m.query_emb)),
        "by length": lambda m: tf.reduce_mean(tf.square(m.infer) / n(m)),
        "table": lambda m: 0.01 * tf.nn.l2_loss(m.w_query_movie_ids),
        "gradient of the query": lambda m: 0.1 * gradient_of(m, m.query_emb),
    },
    {
        "ids": lambda m: mean_id(m) * tf.reduce_mean(m.infer),
        "width": lambda m: width(m) * tf.reduce_mean(m.infer) / 100.0,
        "table, by ids": lambda m: tf.reduce_mean(look_up(m, m.w_query_movie_ids) ** 2),
        "gradient of the table": lambda m: 0.1 * gradient_of(m, m.w_query_movie_ids),
        "distinct ids": lambda m: tf.reduce_mean(m.infer)
        * tf.to_float(tf.size(tf.unique(tf.reshape(m.query_movie_ids, [-1]))[0])) / 60.0,
    },
)  # fmt: skip
METRIC = Part(
    {
        "length": lambda m: tf.reduce_mean(n(m)),
        "query": lambda m: tf.reduce_mean(tf.abs(m.query_emb)),
        "rows": lambda m: tf.size(m.rating),
        "gradient": lambda m: gradient_of(m, m.b_query_movie_ids),
    },
    {
        "ids": mean_id,
        "width": width,
        "gradient of the table": lambda m: gradient_of(m, m.w_query_movie_ids),
    },
)
PRED = Part(
    {
        "as it is": lambda m: m.pred,
        "sigmoid": lambda m: tf.sigmoid(m.pred),
        "length": lambda m: m.pred / n(m),
    },
    {
        "seen": lambda m: m.pred - tf.reduce_max(tf.one_hot(m.query_movie_ids, tf.shape(m.pred)[1]), 1),
        "ids": lambda m: m.pred + total_id(m),
    },
)  # fmt: skip
UPDATE = Part(
    {
        "sgd": lambda m: "sgd",
        "momentum": lambda m: "momentum",
        "adagrad": lambda m: "adagrad",
        "rmsprop": lambda m: "rmsprop",
        "nesterov": lambda m: tf.train.MomentumOptimizer(0.002, 0.9, use_nesterov=True),
        "ftrl": lambda m: lambda rate: tf.train.FtrlOptimizer(rate, l2_regularization_strength=0.1),
        "adadelta": lambda m: lambda rate: tf.train.AdadeltaOptimizer(100.0 * rate),
    },
    {
        "own class": lambda m: Clipping,
        "own graph_train": clipped_update,
    },
)
PARTS = {
    "look_up": LOOK_UP,
    "held": HELD,
    "weight": WEIGHT,
    "reduce": REDUCE,
    "after": AFTER,
    "bias": BIAS,
    "loss": LOSS,
    "metric": METRIC,
    "pred": PRED,
    "update": UPDATE,
}


def lesson(base: type[BaseModel], chosen: dict[str, str], weight_first: bool) -> type[BaseModel]:
    """A lesson of these choices.

    Args:
        weight_first: movies are weighted before they are summed up, not their sum.
    """

    def part(name):
        return PARTS[name][chosen[name]]

    class Lesson(base):
        learning_rate: float = 0.002
        n_batch: int = N_BATCH
        dim: int = 4

        def pooling(self):
            self.rows_at_hand = tf.to_float(self.query_movie_ids > 3)[:, :, tf.newaxis]
            x = part("look_up")(self)
            held, weight = part("held")(self, x), part("weight")(self)
            if weight_first:
                q = part("reduce")(x, held * weight)
            else:
                q = part("reduce")(x, held) * weight
            self.query_emb = part("after")(self, q)
            self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])

        def graph_computation(self):
            super().graph_computation()
            bias = part("bias")(self)
            self.infer, self.pred = self.infer + bias, part("pred")(self) + bias

        def graph_loss(self):
            super().graph_loss()
            self.loss = self.loss + part("loss")(self)
            self.further = part("metric")(self)

        def metrics(self):
            return {**super().metrics(), "further": self.further}

        def graph_train(self):
            return part("update")(self)()

    if chosen["update"] != "own graph_train":
        del Lesson.graph_train
        Lesson.graph_embedding = _with_optimizer(base, part("update"))
    return Lesson


def _with_optimizer(base, choice):
    def graph_embedding(self):
        base.graph_embedding(self)
        self.optimizer = choice(self)

    return graph_embedding


@st.composite
def recipes(draw) -> dict:
    """Choices for a lesson: up to two parts are strange."""
    names = st.sets(st.sampled_from(sorted(PARTS)), max_size=2)
    strange = draw(st.just(set()) | names | names)
    return {
        "base": draw(st.sampled_from(LESSONS)),
        "chosen": {
            name: draw(st.sampled_from(sorted(part.strange if name in strange else part.plain)))
            for name, part in PARTS.items()
        },
        "strange": bool(strange),
        "weight_first": draw(st.booleans()),
        "time_aware": draw(st.booleans()),
    }


def alone(part: str, choice: str) -> dict:
    """The recipe of a lesson that is plain but for one choice."""
    chosen = {name: next(iter(plain.plain)) for name, plain in PARTS.items()}
    return {
        "base": LESSONS[0],
        "chosen": {**chosen, part: choice},
        "strange": True,
        "weight_first": True,
        "time_aware": True,
    }


# --- the claim --------------------------------------------------------------------------------


def first(rows: RecommenderRows, count: int) -> RecommenderRows:
    """The first rows."""
    q = rows.queries
    queries = Queries(q.movies, q.start[:count], q.length[:count], q.left_out[:count])
    return RecommenderRows(
        rows.user[:count], rows.movie[:count], rows.rating[:count], queries, rows.catalogue
    )


def padded(model: BaseModel, rows: RecommenderRows) -> dict[str, float]:
    """Loss and metrics over rows, on padded queries fed by hand."""
    nodes, sums = model.all_metrics(), 0.0
    for begin in range(0, len(rows), N_BATCH):
        index = np.arange(begin, min(begin + N_BATCH, len(rows)))
        feeds = model.feed_dict(rows.take(index), mode="eval")
        values = np.array(model.session.run(list(nodes.values()), feeds), np.float64)
        squares = [name in model.root_mean_square for name in nodes]
        sums = sums + np.where(squares, values**2, values) * len(index) / len(rows)
    means = np.where(squares, np.abs(sums) ** 0.5, sums)
    return dict(zip(nodes, means, strict=True))


def near(found: np.ndarray, expected: np.ndarray, within: float, what: str) -> None:
    """Assert that they agree to a part of the largest number; NaN and infinity agree with nothing
    but themselves."""
    expected = np.asarray(expected, np.float64)
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=1e-6)
    np.testing.assert_allclose(found, expected, rtol=0, atol=within * scale, err_msg=what)


def check(recipe: dict, data, caplog) -> str:
    """Train a lesson by the default engine and by ``feed``, compare all that comes of it, and say
    the engine that the default was."""
    cls = lesson(
        graphs.find(recipe["base"]).load(), recipe["chosen"], weight_first=recipe["weight_first"]
    )
    model = training.make(cls, data, seed=3)
    train, valid = first(data.train, N_TRAIN), first(data.valid, N_VALID)
    hist, weights = {}, {}
    caplog.clear()
    for engine in ("feed", "auto"):  # each from the seed's initial weights
        model.fit(
            Batches(train, N_BATCH, True), Batches(valid, N_BATCH), 2, engine=engine, verbose=False
        )
        hist[engine], weights[engine] = model.hist, model.get_weights()
    note(f"engine {model.engine_name}")
    for name, curve in hist["feed"].items():
        near(hist["auto"][name], curve, 1e-5, name)
    assert weights["auto"].keys() == weights["feed"].keys()
    for name, values in weights["feed"].items():
        near(weights["auto"][name], values, 1e-4, name)
    for name, value in padded(model, valid).items():
        near(model.hist[f"vl_{name}"][-1], value, 1e-5, f"{name} by padded queries")
    users = np.arange(len(data.histories))
    ids, size = data.histories.whole(users).padded(users)
    query = {"query_movie_ids": ids, "query_movie_ids_len": size}
    near(
        model.scores(data.histories),
        model.predict({**model.item_columns(), **query}),
        1e-5,
        "scores",
    )
    lines = [r.message for r in caplog.records if "is trained by the engine feed" in r.message]
    assert len(lines) == (model.engine_name == "feed")
    model.close()
    return model.engine_name


class Data:
    """Data to train on: the queries of ``clean``, or what was rated before."""

    def __init__(self, small):
        self.clean = small.prepare("clean")
        self.time_aware = small.prepare("deck", time_aware=True)

    def __repr__(self) -> str:
        return "Data(small)"  # hypothesis prints it with a lesson that fails


@pytest.fixture(scope="module")
def data(small):
    return Data(small)


def computed_as_written(recipe, data, caplog):
    with caplog.at_level(logging.WARNING, "tfcourse"):
        engine = check(recipe, data.time_aware if recipe["time_aware"] else data.clean, caplog)
    assert recipe["strange"] or engine == "graph"


@settings(SETTINGS, max_examples=20)
@example(recipe=alone("look_up", "backwards"))
@example(recipe=alone("reduce", "0/0 in the gradient"))
@example(recipe=alone("update", "own class"))
@given(recipe=recipes())
def test_random_lessons(data, caplog, recipe):
    computed_as_written(recipe, data, caplog)


@pytest.mark.slow
@settings(SETTINGS, max_examples=300)
@given(recipe=recipes())
def test_many_random_lessons(data, caplog, recipe):
    computed_as_written(recipe, data, caplog)
