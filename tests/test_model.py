"""BaseModel: hooks, seeds, the one fit loop, and what it refuses."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import graphs
from tfcourse.batches import Batches, Columns, data_fn
from tfcourse.callbacks import EarlyStopping
from tfcourse.errors import DataError, ModelError, UsageError
from tfcourse.model import BaseModel
from tfcourse.optimizers import OPTIMIZERS, make_optimizer
from tfcourse.tf1 import tf


class Line(BaseModel):
    """y = w x + b: the smallest lesson, and the hooks that every lesson must have."""

    root_mean_square = ("rmse",)
    learning_rate: float = 0.1
    n_epoch: int = 3

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.x = tf.placeholder(tf.float32, [None, 1], name="x")
            self.y = tf.placeholder(tf.float32, [None], name="y")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pred = tf.layers.dense(self.x, 1)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            error = self.pred - self.y[:, tf.newaxis]
            self.loss = tf.reduce_mean(tf.square(error))
            self.rmse = tf.sqrt(self.loss)

    def metrics(self):
        return {"rmse": self.rmse}


@pytest.fixture(scope="module")
def line_data():
    x = np.linspace(-1, 1, 50, dtype=np.float32)[:, np.newaxis]
    y = 2 * x[:, 0] + 1
    columns = Columns({"x": x, "y": y})
    return Batches(columns, 8, shuffle=True), Batches(columns, 50)


def weights_equal(a, b):
    a, b = a.get_weights(), b.get_weights()
    return a.keys() == b.keys() and all((a[name] == b[name]).all() for name in a)


# --- hooks and the graph ----------------------------------------------------------------------


def test_a_lesson_without_its_hooks_cannot_be_made():
    class Nothing(BaseModel):
        def graph_inputs(self): ...

    with pytest.raises(TypeError, match="graph_computation"):
        Nothing()


def test_hooks_run_in_the_decks_order_and_need_no_super():
    called = []

    class Ordered(Line):
        def graph_inputs(self):
            called.append("inputs")
            Line.graph_inputs(self)

        def graph_embedding(self):
            called.append("embedding")

        def graph_dnn(self):
            called.append("dnn")

        def graph_computation(self):
            called.append("computation")
            Line.graph_computation(self)

        def graph_loss(self):
            called.append("loss")
            Line.graph_loss(self)

        def graph_train(self):
            called.append("train")
            return tf.train.GradientDescentOptimizer(self.lr).minimize(self.loss)

    Ordered()
    assert called[:6] == ["inputs", "embedding", "dnn", "computation", "loss", "train"]


def test_a_lesson_without_a_loss():
    class Lossless(Line):
        def graph_loss(self): ...

    with pytest.raises(ModelError, match="Lossless must set self.loss"):
        Lossless()


def test_the_graph_is_the_models_own():
    before = tf.get_default_graph().get_operations()
    a, b = Line(), Line()
    assert a.graph is not b.graph and a.graph is not tf.get_default_graph()
    assert tf.get_default_graph().get_operations() == before
    assert a.loss.graph is a.graph and a.lr.graph is a.graph
    assert a.graph.seed == 88 and Line(seed=3).graph.seed == 3


def test_placeholders_by_name():
    model = Line()
    assert model.placeholders == {"x": model.x, "y": model.y}


def test_the_learning_rate_is_in_no_checkpoint():
    """The 2018 checkpoints of the recommenders know no such variable."""
    assert set(Line().get_weights()) == {
        "computation/dense/kernel",
        "computation/dense/bias",
    }


def test_repr_and_hyperparameters():
    model = Line(learning_rate=0.5)
    assert model.hyperparameters["learning_rate"] == 0.5
    assert "learning_rate=0.5" in repr(model) and repr(model).startswith("Line(")
    named = Line(optimizer=tf.train.AdamOptimizer)
    assert named.hyperparameters["optimizer"] == "AdamOptimizer"


# --- shapes -----------------------------------------------------------------------------------


def test_a_column_against_a_row_is_an_error_and_not_a_broadcast():
    class Wrong(Line):
        def graph_loss(self):
            with tf.variable_scope("loss"):
                self.loss = tf.reduce_mean(tf.square(self.pred - self.y))

    with pytest.raises(ModelError) as caught:
        Wrong()
    assert "[None, 1]" in str(caught.value) and "[None]" in str(caught.value)
    assert "inputs/y" in str(caught.value)


def test_squared_difference_of_two_shapes():
    class Wrong(Line):
        def graph_loss(self):
            with tf.variable_scope("loss"):
                self.loss = tf.reduce_mean(tf.squared_difference(self.pred, self.y))

    with pytest.raises(ModelError, match="one shape"):
        Wrong()


def test_a_wide_prediction_against_a_column():
    class Wrong(Line):
        def graph_computation(self):
            with tf.variable_scope("computation"):
                self.pred = tf.layers.dense(self.x, 3)

    with pytest.raises(ModelError, match="one shape"):
        Wrong()


# --- hyper-parameters -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_batch": 0},
        {"n_batch": 2.5},
        {"n_batch": "8"},
        {"n_batch": True},
        {"n_epoch": 0},
        {"n_epoch": -1},
        {"seed": -1},
        {"seed": None},
        {"learning_rate": 0},
        {"learning_rate": -0.1},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"learning_rate": "fast"},
        {"optimizer": "adamm"},
        {"optimizer": 5},
    ],
    ids=str,
)
def test_hyperparameters_are_checked(wrong):
    with pytest.raises(UsageError) as caught:
        Line(**wrong)
    assert next(iter(wrong)) in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"dim": 0}, {"dim": 1.5}, {"reg": -1.0}, {"n_users": 0}], ids=str
)
def test_hyperparameters_of_a_lesson_are_checked(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        graphs.find("mf").load()(**{"n_users": 3, "n_movies": 3, **wrong})


def test_an_unknown_hyperparameter():
    with pytest.raises(TypeError, match="n_layers"):
        Line(n_layers=3)


def test_whole_numbers_of_any_kind_are_taken():
    model = Line(n_batch=8.0, seed=np.int64(0))
    assert (model.n_batch, model.seed) == (8, 0) and type(model.n_batch) is int


# What each hyper-parameter is changed to. A new one without a line here fails below.
OTHER = {
    "learning_rate": 0.03,
    "optimizer": "adam",
    "n_batch": 16,
    "n_epoch": 3,
    "shuffle": None,  # turned round
    "seed": 89,
    "n_users": 31,
    "n_movies": 61,
    "n_genres": 9,
    "dim": 8,
    "reg": 0.1,
    "genres_dim": 5,
    "hidden": (12, 16),
    "dp_scale": 0.5,
    "order": "users",
}


def trained_hist(model, data):
    model.fit(model.train_batches(data), data.valid_batches(), engine="feed", verbose=False)
    hist = model.hist
    model.close()
    return hist


@pytest.mark.parametrize("name", ["mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent"])
def test_every_hyperparameter_changes_the_result(name, deck, lesson_of):
    base = {"n_batch": 32, "n_epoch": 1}
    expected = trained_hist(lesson_of(name, deck, **base), deck)
    names = graphs.find(name).load().hyperparameter_names()
    for parameter in names:
        value = OTHER[parameter]
        if value is None:
            value = not getattr(graphs.find(name).load(), parameter)
        hist = trained_hist(lesson_of(name, deck, **{**base, parameter: value}), deck)
        assert hist != expected, parameter


@pytest.mark.parametrize("parameter", ["hidden", "dp_scale"])
def test_hyperparameters_of_the_lab_change_the_result(parameter, deck, lesson_of):
    hists = [
        trained_hist(lesson_of("mf-with-dnn-lab", deck, n_batch=32, n_epoch=2, **hyper), deck)
        for hyper in ({}, {parameter: OTHER[parameter]})
    ]
    assert hists[0] != hists[1]


def test_the_lab_with_its_defaults_is_the_lesson(deck, lesson_of):
    hists = [
        trained_hist(lesson_of(name, deck, n_batch=32, n_epoch=2), deck)
        for name in ("mf-with-dnn", "mf-with-dnn-lab")
    ]
    for curve in hists[0]:  # other op names give other seeds, and so other initial weights
        assert hists[0][curve] == pytest.approx(hists[1][curve], rel=0.2)


@pytest.mark.parametrize("wrong", [{"hidden": (16, 8)}, {"hidden": ()}, {"hidden": (0, 16)},
                                   {"dp_scale": 1.0}, {"dp_scale": -0.1}], ids=str)  # fmt: skip
def test_hyperparameters_of_the_lab_are_checked(wrong, deck, lesson_of):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        lesson_of("mf-with-dnn-lab", deck, **wrong)


# --- seeds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mf", "mf-with-dnn"])
def test_the_same_seed_gives_the_same_history_and_weights(name, deck, lesson_of):
    a, b, other = (lesson_of(name, deck, seed=seed, n_batch=32) for seed in (1, 1, 2))
    for model in (a, b, other):
        model.fit(deck.train_batches(32), deck.valid_batches(), 2, verbose=False)
    assert a.hist == b.hist and weights_equal(a, b)
    assert a.hist != other.hist and not weights_equal(a, other)


def test_the_same_seed_with_dropout(deck, lesson_of):
    a, b = (lesson_of("mf-with-dnn-lab", deck, dp_scale=0.5) for _ in range(2))
    for model in (a, b):
        model.fit(deck.train_batches(32), deck.valid_batches(), 2, verbose=False)
    assert a.hist == b.hist and weights_equal(a, b)


def test_fit_again_starts_from_the_seed_again(line_data):
    model = Line()
    first = model.fit(*line_data, verbose=False).hist
    weights = model.get_weights()
    model.fit(*line_data, verbose=False)
    assert model.hist == first
    np.testing.assert_equal(model.get_weights(), weights)


def test_two_models_do_not_disturb_each_other(line_data, deck, lesson_of):
    alone = Line().fit(*line_data, 2, verbose=False)
    a = Line()

    def disturb(_):
        other = lesson_of("mf", deck, n_batch=64)
        other.fit(deck.train_batches(64), deck.valid_batches(), 1, verbose=False)
        Line(seed=5).fit(*line_data, 1, verbose=False)

    a.fit(*line_data, 2, callback=disturb, verbose=False)
    assert a.hist == alone.hist and weights_equal(a, alone)


def test_a_trained_model_stays_as_it_is_when_another_trains(line_data):
    a = Line().fit(*line_data, verbose=False)
    weights, value = a.get_weights(), a.predict({"x": [[0.5]]})
    b = Line(seed=1).fit(*line_data, verbose=False)
    b.close()
    del b
    gc.collect()
    np.testing.assert_equal(a.get_weights(), weights)
    np.testing.assert_array_equal(a.predict({"x": [[0.5]]}), value)


def test_seeds_of_the_process_are_not_touched(line_data):
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    Line().fit(*line_data, 1, verbose=False)
    assert np.random.random() == expected


# --- fit --------------------------------------------------------------------------------------


def test_fit_learns(line_data):
    model = Line().fit(*line_data, 40, verbose=False)
    np.testing.assert_allclose(model.predict({"x": [[0.0], [1.0]]}), [[1.0], [3.0]], atol=0.02)
    assert model.hist["vl_loss"][-1] < 1e-3 < model.hist["vl_loss"][0]


def test_hist_has_a_value_per_epoch_and_metric(line_data):
    model = Line().fit(*line_data, verbose=False)
    assert set(model.hist) == {"tr_loss", "vl_loss", "tr_rmse", "vl_rmse"}
    assert all(len(values) == 3 == model.epoch for values in model.hist.values())
    assert all(isinstance(v, float) for values in model.hist.values() for v in values)


def test_hist_without_valid(line_data):
    model = Line().fit(line_data[0], n_epoch=2, verbose=False)
    assert set(model.hist) == {"tr_loss", "tr_rmse"}


def test_means_are_over_rows_and_roots_over_squares(line_data):
    """50 rows in batches of 8 end with one of 2: it must not count as much as the others."""
    model = Line().fit(*line_data, 1, verbose=False)
    x, y = line_data[1].rows.columns["x"], line_data[1].rows.columns["y"]
    error = model.predict({"x": x})[:, 0] - y
    got = model.evaluate(Batches(line_data[1].rows, 8))
    assert got["loss"] == pytest.approx(np.mean(error**2), rel=1e-5)
    assert got["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-5)
    assert got["rmse"] == pytest.approx(model.hist["vl_rmse"][-1], rel=1e-5)


def test_both_call_forms_give_the_same(line_data):
    a = Line().fit(*line_data, 3, lr=0.05, callback=EarlyStopping(thres=5), verbose=False)
    b = Line()
    with tf.Session(graph=b.graph) as sess:
        b.fit(sess, *line_data, 3, lr=0.05, verbose=False)
    assert a.hist == b.hist and weights_equal(a, b)
    np.testing.assert_array_equal(a.predict({"x": [[2.0]]}), b.predict({"x": [[2.0]]}))


def test_by_name(line_data):
    a = Line().fit(*line_data, 2, verbose=False)
    b = Line().fit(train_fn=line_data[0], valid_fn=line_data[1], n_epoch=2, verbose=False)
    assert a.hist == b.hist


def test_a_session_of_the_users_can_be_used_afterwards(line_data):
    model = Line()
    with tf.Session(graph=model.graph) as sess:
        model.fit(sess, *line_data, 2, verbose=False)
        inside = sess.run(model.pred, model.feed_dict({"x": [[0.3]]}, mode="infer"))
    np.testing.assert_array_equal(model.predict({"x": [[0.3]]}), inside)


def test_lr_takes_the_place_of_the_constructors(line_data):
    a = Line(learning_rate=0.02).fit(*line_data, 2, verbose=False)
    b = Line(learning_rate=0.1).fit(*line_data, 2, lr=0.02, verbose=False)
    c = Line(learning_rate=0.1).fit(*line_data, 2, verbose=False)
    assert a.hist == b.hist != c.hist


def test_resume_goes_on(line_data):
    whole = Line().fit(*line_data, 5, verbose=False)
    parts = Line().fit(*line_data, 2, verbose=False)
    parts.fit(*line_data, 3, resume=True, verbose=False)
    assert parts.epoch == 5 and parts.hist == whole.hist and weights_equal(parts, whole)


def test_resume_in_a_session_of_the_users(line_data):
    whole = Line().fit(*line_data, 5, verbose=False)
    parts = Line().fit(*line_data, 2, verbose=False)
    with tf.Session(graph=parts.graph) as sess:
        parts.fit(sess, *line_data, 3, resume=True, verbose=False)
    assert parts.hist == whole.hist and weights_equal(parts, whole)


def test_stop_iteration_stops(line_data, capsys):
    def callback(model):
        if model.epoch == 2:
            raise StopIteration("\nthat will do")

    model = Line().fit(*line_data, 9, callback=callback)
    assert model.epoch == 2 and len(model.hist["tr_loss"]) == 2
    assert model.stopped == "\nthat will do"
    assert capsys.readouterr().out.endswith("\nthat will do\n")


def test_another_error_of_a_callback_comes_through(line_data):
    def callback(model):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Line().fit(*line_data, 2, callback=callback, verbose=False)


def test_a_plain_function_serves_for_batches(line_data):
    x, y = line_data[1].rows.columns["x"], line_data[1].rows.columns["y"]

    def batches():
        for begin in range(0, 50, 8):
            yield {"x": x[begin : begin + 8], "y": y[begin : begin + 8]}

    a = Line().fit(batches, batches, 2, verbose=False)
    b = Line().fit(Batches(line_data[1].rows, 8), Batches(line_data[1].rows, 8), 2, verbose=False)
    for curve in a.hist:
        assert a.hist[curve] == pytest.approx(b.hist[curve], rel=1e-6)


@pytest.mark.parametrize("engine", ["feed", "graph"])
@pytest.mark.parametrize("dtype", ["f8", "i4", "i8"])
def test_columns_of_another_dtype_are_taken(dtype, engine):
    """What numpy and pandas make by themselves is float64 and int64."""
    values = np.arange(-5, 5)
    hists = []
    for kind in (dtype, "f4"):
        rows = Columns({"x": values[:, np.newaxis].astype(kind), "y": values.astype(kind)})
        model = Line(learning_rate=0.01)
        model.fit(Batches(rows, 4), Batches(rows, 4), 2, engine=engine, verbose=False)
        hists.append(model.hist)
    assert hists[0] == hists[1]


def test_verbose_prints_a_line_per_epoch(line_data, capsys):
    Line().fit(*line_data, 2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("2/2. train loss: ") and "valid loss: " in lines[1]


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        ("mf", "adagrad"),
        ("mf-with-history-mean", "sgd"),
        ("mf-with-history", "momentum"),
        ("mf-with-dnn", "adam"),
        ("mf-with-dnn-xent", "rmsprop"),
    ],
)
def test_engines_see_the_same_batches(name, optimizer, deck, lesson_of):
    hists = {}
    for engine in ("feed", "graph"):
        model = lesson_of(name, deck, optimizer=optimizer)
        model.fit(deck.train_batches(32), deck.valid_batches(), 2, engine=engine, verbose=False)
        assert model.engine_name == engine
        hists[engine] = model.hist
    for curve in hists["feed"]:
        assert hists["graph"][curve] == pytest.approx(hists["feed"][curve], rel=1e-4), curve


def wrong_session():
    return tf.Session(graph=tf.Graph())


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        ((), {}, "train_fn"),
        ((None,), {}, "train_fn"),
        (([1, 2],), {}, "train_fn"),
        (("TRAIN", "rows"), {}, "valid_fn"),
        (("TRAIN", "VALID", 0), {}, "n_epoch"),
        (("TRAIN", "VALID", 1.5), {}, "n_epoch"),
        (("TRAIN", "VALID", "3"), {}, "n_epoch"),
        (("TRAIN", "VALID", True), {}, "n_epoch"),
        (("TRAIN", "VALID", 1, 0.1), {}, "by position"),
        (("TRAIN",), {"lr": 0}, "lr"),
        (("TRAIN",), {"lr": -1.0}, "lr"),
        (("TRAIN",), {"lr": float("nan")}, "lr"),
        (("TRAIN",), {"lr": float("inf")}, "lr"),
        (("TRAIN",), {"engine": "warp"}, "graph, feed"),
        (("TRAIN",), {"callback": "stop"}, "callback"),
        (("TRAIN",), {"callback": 5}, "callback"),
    ],
    ids=str,
)
def test_what_fit_refuses(args, kwargs, said, line_data):
    train, valid = line_data
    args = [{"TRAIN": train, "VALID": valid}.get(a, a) if isinstance(a, str) else a for a in args]
    with pytest.raises(UsageError, match=said):
        Line().fit(*args, **{"verbose": False, **kwargs})


def test_a_session_of_another_graph(line_data):
    with wrong_session() as sess, pytest.raises(UsageError, match="another graph"):
        Line().fit(sess, *line_data, 1)


def test_a_missing_column(line_data):
    rows = Columns({"x": line_data[1].rows.columns["x"]})
    with pytest.raises(UsageError, match="'y'"):
        Line().fit(Batches(rows, 8), verbose=False)


def test_an_empty_data_function():
    with pytest.raises(DataError, match="no batches"):
        Line().fit(lambda: iter(()), verbose=False)


def test_a_run_that_was_refused_leaves_the_model_usable(line_data):
    model = Line()
    with pytest.raises(UsageError):
        model.fit(line_data[0], engine="warp")
    assert model.fit(*line_data, 2, verbose=False).epoch == 2


# --- feed_dict, predict, evaluate -------------------------------------------------------------


def test_feed_dict_modes(deck, lesson_of):
    model = lesson_of("mf-with-dnn", deck)
    batch = next(iter(deck.train_batches(4, False)()))
    for mode, training in (("train", True), ("eval", False), ("infer", False)):
        assert model.feed_dict(batch, mode)[model.isTrain] is training
    assert set(model.feed_dict(batch)) == set(model.placeholders.values())
    without = {name: v for name, v in batch.items() if name != "rating"}
    assert model.rating not in model.feed_dict(without, "infer")
    for mode in ("train", "eval"):
        with pytest.raises(UsageError, match="'rating'"):
            model.feed_dict(without, mode)
    with pytest.raises(UsageError, match="mode"):
        model.feed_dict(batch, "test")


def test_predict_another_node(line_data):
    model = Line().fit(*line_data, 1, verbose=False)
    x, y = np.float32([[0.0], [1.0]]), np.float32([1.0, 3.0])
    error = model.predict({"x": x})[:, 0] - y
    assert model.predict({"x": x, "y": y}, model.loss) == pytest.approx(np.mean(error**2))


def test_evaluate_wants_batches():
    with pytest.raises(UsageError, match="data_fn"):
        Line().evaluate([1, 2])


# --- optimizers -------------------------------------------------------------------------------


def test_an_unknown_optimizer_lists_the_known():
    with pytest.raises(UsageError) as caught:
        Line(optimizer="adamm")
    for name in ("'adamm'", "sgd", "momentum", "adagrad", "rmsprop", "adam"):
        assert name in str(caught.value)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_optimizers_by_name_are_tensorflows(name, line_data):
    kinds = {
        "sgd": tf.train.GradientDescentOptimizer,
        "momentum": tf.train.MomentumOptimizer,
        "adagrad": tf.train.AdagradOptimizer,
        "rmsprop": tf.train.RMSPropOptimizer,
        "adam": tf.train.AdamOptimizer,
    }
    assert type(make_optimizer(name, 0.1)) is kinds[name]
    model = Line(optimizer=name.upper(), learning_rate=0.01).fit(*line_data, 5, verbose=False)
    assert model.hist["tr_loss"][-1] < model.hist["tr_loss"][0]


def test_an_optimizer_by_name_class_and_function_is_one(line_data):
    made = (
        "momentum",
        lambda rate: tf.train.MomentumOptimizer(rate, momentum=0.9),
    )
    hists = [Line(optimizer=o).fit(*line_data, 2, verbose=False).hist for o in made]
    assert hists[0] == hists[1]
    made = ("adam", tf.train.AdamOptimizer, "AdamOptimizer")
    hists = [Line(optimizer=o).fit(*line_data, 2, verbose=False).hist for o in made]
    assert hists[0] == hists[1] == hists[2]


def test_an_optimizer_instance_keeps_its_own_rate(line_data):
    class Own(Line):
        def graph_train(self):  # an instance belongs to the graph that is being built
            return make_optimizer(tf.train.GradientDescentOptimizer(0.05), self.lr).minimize(
                self.loss
            )

    by_hook = Own(learning_rate=3.0).fit(*line_data, 2, verbose=False)
    given = Line(optimizer=tf.train.GradientDescentOptimizer(0.05)).fit(
        *line_data, 2, verbose=False
    )
    by_rate = Line(learning_rate=0.05).fit(*line_data, 2, verbose=False)
    assert by_hook.hist == given.hist
    for curve in given.hist:
        assert given.hist[curve] == pytest.approx(by_rate.hist[curve], rel=1e-5)


def test_lr_and_an_optimizer_instance_contradict_each_other(line_data):
    model = Line(optimizer=tf.train.GradientDescentOptimizer(0.05))
    with pytest.raises(UsageError, match="its own rate"):
        model.fit(*line_data, lr=0.1, verbose=False)


# --- the DNN tutorial's data function ---------------------------------------------------------


def test_data_fn_names_its_columns_as_the_tutorial_does():
    batch = next(iter(data_fn(np.ones((10, 3)), np.ones((10, 2)), n_batch=4)()))
    assert {name: value.shape for name, value in batch.items()} == {
        "inputs": (4, 3),
        "labels": (4, 2),
    }
