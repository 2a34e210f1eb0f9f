"""Columns beyond the slides': the data carry them, a lesson makes others of them, ``pred`` is told."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

import tfcourse
from graphs.mf import MF
from graphs.mf_with_dnn_xent import MFWithDNNXent
from graphs.mf_with_history import MFWithHistory
from tests.small import N_MOVIES
from tfcourse import training
from tfcourse.batches import Columns, dataFn
from tfcourse.errors import UsageError
from tfcourse.model import BaseModel
from tfcourse.recommenders.export import export
from tfcourse.recommenders.similar import recommend
from tfcourse.tf1 import tf


class Minute:
    """Adds a bias of the minute of the rating; the small data span no more than two hours."""

    def own_columns(self, rows):
        return {"minute": rows.extra["timestamp"] // 60 % 60}

    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.minute = tf.placeholder(tf.int32, [None], name="minute")

    def graph_computation(self):
        super().graph_computation()
        with tf.variable_scope("computation"):
            start = tf.random_uniform_initializer(-1, 1)
            self.w_minute = tf.get_variable("w_minute", [60], initializer=start)
            bias = tf.gather(self.w_minute, self.minute)[:, tf.newaxis]  # (batch, 1)
            self.infer, self.pred = self.infer + bias, self.pred + bias


class MFMinute(Minute, MF):
    asked = {"minute": 7}


class HistoryMinute(Minute, MFWithHistory):
    asked = {"minute": 7}


class DNNMinute(Minute, MFWithDNNXent):
    asked = {"minute": 7}


class NotAsked(Minute, MF):
    pass


LESSONS = (MFMinute, HistoryMinute, DNNMinute)


@functools.cache
def fitted(cls, data, engine="auto"):
    """A trained lesson, one for all tests. Not to be changed."""
    model = training.make(cls, data, dim=4)
    batches = data.train_batches(64), data.valid_batches()
    return model.fit(*batches, 2, engine=engine, verbose=False)


def test_rows_carry_the_timestamp(small, deck, clean):
    for data in (deck, clean):
        for rows in (data.train, data.valid, data.test):
            assert "timestamp" in rows.names
            found = rows.take(np.arange(len(rows)), ["timestamp", "user_id"])
            assert set(found) == {"timestamp", "user_id"}
            key = rows.user.astype(np.int64) * N_MOVIES + rows.movie
            all_keys = small.user.astype(np.int64) * N_MOVIES + small.movie
            at = dict(zip(all_keys, small.timestamp, strict=True))
            assert [at[k] for k in key] == found["timestamp"].tolist()
    assert deck.train.with_queries(deck.train.queries).extra is deck.train.extra


@pytest.mark.parametrize("cls", LESSONS)
def test_both_engines_compute_the_same(cls, deck):
    fast, slow = fitted(cls, deck), fitted(cls, deck, "feed")
    assert (fast.engine_name, slow.engine_name) == ("graph", "feed")
    for name, curve in slow.hist.items():
        np.testing.assert_allclose(fast.hist[name], curve, rtol=1e-5)
    for name, value in slow.get_weights().items():
        np.testing.assert_allclose(fast.get_weights()[name], value, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("cls", LESSONS)
def test_the_column_is_the_rows_own(cls, deck):
    """``evaluate`` against the graph fed by hand."""
    model = fitted(cls, deck)
    rows = deck.test.take(np.arange(len(deck.test)))
    rows["minute"] = rows["timestamp"] // 60 % 60
    assert len(set(rows["minute"])) > 30
    by_hand = model.session.run(model.rmse_loss, model.feed_dict(rows, "eval"))
    assert model.evaluate(deck.test_batches())["rmse"] == pytest.approx(float(by_hand), rel=1e-5)
    other = model.session.run(
        model.rmse_loss, model.feed_dict({**rows, "minute": rows["minute"] * 0}, "eval")
    )
    assert abs(other - by_hand) > 1e-4


@pytest.mark.parametrize("cls", LESSONS[:2])
def test_pred_is_asked_at_one_value(cls, deck):
    model = fitted(cls, deck)
    w = model.session.run(model.w_minute)
    at_7, at_50 = (model.scores(deck.histories, np.array([3]), a) for a in (None, {"minute": 50}))
    np.testing.assert_allclose(at_50 - at_7, w[50] - w[7], atol=1e-5)
    one = recommend(model, 3, k=4)
    other = recommend(model, 3, k=4, asked={"minute": 50}, explain=True)
    assert list(one.items["index"]) == list(other.items["index"])
    np.testing.assert_allclose(other.items.score - one.items.score, w[50] - w[7], atol=1e-5)
    if cls is HistoryMinute:
        liked = [0, 1, 2, 3, 4]
        found = [
            recommend(model, liked=liked, asked=a).items.score[0] for a in (None, {"minute": 50})
        ]
        assert found[1] - found[0] == pytest.approx(w[50] - w[7], abs=1e-5)
    assert set(model.measure(deck)) >= {"rmse", "auc", "ndcg_strict"}


@pytest.mark.parametrize("cls", LESSONS)
def test_save_and_load(cls, deck, tmp_path):
    model = fitted(cls, deck)
    model.save(tmp_path)
    again = tfcourse.load(tmp_path, cls, data=deck)
    assert again.measure(deck) == pytest.approx(model.measure(deck), nan_ok=True)


@pytest.mark.parametrize("cls", LESSONS[:2])
def test_export(cls, deck, tmp_path):
    model = fitted(cls, deck)
    folder = export(model, tmp_path / "out")
    given = {"movies": deck.histories[3]} if model.by_history else {"user_id": np.array([3, 3])}
    with tf.Graph().as_default(), tf.Session() as session:
        loaded = tf.saved_model.load(session, ["serve"], str(folder))
        score = loaded.signature_def["score"]
        feeds = {score.inputs[n].name: v for n, v in {**given, "candidates": [5, 9]}.items()}
        found = session.run(score.outputs["scores"].name, feeds)
    expected = model.scores(deck.histories, np.array([3]))[0, [5, 9]]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_pred_without_a_value(deck):
    model = fitted(NotAsked, deck)
    assert model.most_like(0, 3)["index"][0] == 0  # the embedding does not depend on the minute
    said = r"pred reads 'minute', .* write asked = \{'minute': ...\} in NotAsked, or pass asked"
    for ask in (lambda: model.measure(deck), lambda: recommend(model, 0)):
        with pytest.raises(UsageError, match=said):
            ask()
    assert recommend(model, 0, asked={"minute": 1}).rung == "model"
    with pytest.raises(UsageError, match="asked: NotAsked has no column 'hour' of its own"):
        recommend(model, 0, asked={"hour": 1})
    with pytest.raises(UsageError, match="no column 'rating' of its own"):
        recommend(model, 0, asked={"rating": 1, "minute": 1})


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda rows: {"minute": 3}, r"minute has the shape \(\), and there are"),
        (lambda rows: {"minute": rows.user[1:]}, "minute has the shape"),
        (lambda rows: {"minute": rows.rating}, "minute is float32, and its placeholder int32"),
        (lambda rows: {"rating": rows.rating}, "a column 'rating' already"),
        (lambda rows: {"other": rows.rating}, "no column 'minute' among user_id"),
    ],
)
@pytest.mark.parametrize("engine", ["auto", "feed"])
def test_columns_that_cannot_be_meant(made, said, engine, deck):
    model = training.make(MFMinute, deck)
    model.own_columns = made
    with pytest.raises(UsageError, match=said):
        model.fit(deck.train_batches(32), None, 1, engine=engine, verbose=False)


class Line(BaseModel):
    """y = w x, whose x is made of a column of the data."""

    def own_columns(self, rows):
        return {"x": rows.columns["length"] / 2}

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.x = tf.placeholder(tf.float32, [None], name="x")
            self.y = tf.placeholder(tf.float32, [None], name="y")

    def graph_computation(self):
        self.w = tf.Variable(0.0)
        self.pred = self.w * self.x

    def graph_loss(self):
        self.loss = tf.reduce_mean(tf.square(self.pred - self.y))


def test_columns_of_any_data():
    frame = pd.DataFrame({"length": [2.0, 4.0, 6.0], "y": [3.0, 6.0, 9.0]})
    for engine in ("graph", "feed"):
        model = Line(learning_rate=0.1).fit(
            dataFn(frame, 3), n_epoch=50, engine=engine, verbose=False
        )
        assert model.session.run(model.w) == pytest.approx(3.0, rel=1e-3)
        assert model.evaluate(dataFn(frame, 2))["loss"] == pytest.approx(0, abs=1e-4)


def test_rows_that_take_no_more_columns():
    class Other:
        origin = Columns({"length": [1.0]}).origin
        columns = {"length": np.ones(3)}

        def __len__(self):
            return 3

    from tfcourse.batches import Batches

    with pytest.raises(UsageError, match="Other takes no more columns"):
        Line().evaluate(Batches(Other(), 3))
