"""The code that the deck prints for the Pokémon lessons runs as printed."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import graphs
from graphs.pokemon_adam import ModelAdam
from graphs.pokemon_ce import ModelCrossEntropy
from tfcourse.batches import data_fn
from tfcourse.callbacks import EarlyStopping
from tfcourse.datasets import pokemon
from tfcourse.tf1 import tf

# "Tensorflow Code(Loss Function)"
LOSS = """
with tf.variable_scope("loss"):
    # loss function 改用 cross entropy
    self.loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=nets))
"""

# "Early Stopping: 懸崖勒馬!"
FIT = """
tf.reset_default_graph()
model_adam = ModelAdam()
model_adam.fit(data_fn(X_train, Y_train, n_batch, shuffle=True),
                data_fn(X_valid, Y_valid, n_batch, shuffle=False),
                n_epoch,
                lr=learning_rate,
                callback=EarlyStopping(thres=5))
"""


def without_space(code):
    return re.sub(r"\s+", " ", code).strip()


def test_the_lesson_has_the_loss_as_printed():
    source = inspect.getsource(ModelCrossEntropy.graph_loss)
    assert without_space(LOSS) in without_space(source)


def test_the_loss_runs_as_printed():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(6, 5)).astype(np.float32)
    labels = np.eye(5, dtype=np.float32)[rng.integers(0, 5, 6)]

    class Self:
        pass

    me = Self()
    with tf.Graph().as_default(), tf.Session() as sess:
        me.labels = tf.constant(labels)
        exec(LOSS, {"tf": tf, "self": me, "nets": tf.constant(scores)})
        found = sess.run(me.loss)
    log = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    assert found == pytest.approx(-(labels * log).sum(1).mean(), rel=1e-5)


def test_fit_runs_as_printed(capsys):
    X_train, Y_train, X_valid, Y_valid = pokemon.load(None).split()
    names = {
        "tf": tf, "ModelAdam": ModelAdam, "data_fn": data_fn, "EarlyStopping": EarlyStopping,
        "X_train": X_train[:160], "Y_train": Y_train[:160], "X_valid": X_valid, "Y_valid": Y_valid,
        "n_batch": 16, "n_epoch": 40, "learning_rate": 0.003,
    }  # fmt: skip
    exec(FIT, names)
    model = names["model_adam"]
    lines = capsys.readouterr().out.splitlines()
    figures = (
        r"train loss: \d+\.\d{3}, valid loss: \d+\.\d{3}, train acc: 0\.\d{3}, valid acc: 0\.\d{3}"
    )
    assert re.fullmatch(r"1/40\. " + figures, lines[0])
    assert model.epoch < 40  # so few rows overfit soon
    assert re.fullmatch(
        r"Early Stopping, valid loss keep increasing for 5 times ! lowest loss is \d\.\d{3} !",
        lines[-1],
    )
    lowest = min(model.hist["vl_loss"])
    assert model.hist["vl_loss"].index(lowest) == model.epoch - 6
    assert f"{lowest:.3f}" in lines[-1]
    # fit uses the learning rate of the call: the lesson's own 0.01 gives another curve.
    other = ModelAdam().fit(
        data_fn(names["X_train"], names["Y_train"], 16, shuffle=True), n_epoch=1, verbose=False
    )
    assert other.hist["tr_loss"][0] != model.hist["tr_loss"][0]


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_the_lessons_use_the_slides_regularizers(name):
    source = inspect.getsource(graphs.find(f"pokemon-{name}").load().regularizer)
    assert f"tf.contrib.layers.{name}_regularizer" in source


@pytest.mark.parametrize(
    "optimizer",
    [
        tf.train.AdamOptimizer,
        tf.train.AdagradOptimizer,
        lambda rate: tf.train.MomentumOptimizer(rate, momentum=0.9),
        tf.train.RMSPropOptimizer,
    ],
)
def test_optimizers_of_the_lab_train(optimizer):
    X_train, Y_train, _, _ = pokemon.load(None).split()
    model = graphs.find("pokemon-softplus").load()(optimizer=optimizer, hidden1=8, hidden2=8)
    model.fit(data_fn(X_train[:160], Y_train[:160], 16, shuffle=True), n_epoch=2, verbose=False)
    assert model.hist["tr_loss"][1] < model.hist["tr_loss"][0]
