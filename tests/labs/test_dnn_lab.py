"""The lab lab_tutorial_dnn_practice: as shipped, with its solution, and with wrong answers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from graphs.labs.tutorial_dnn_practice import EPOCHS, HINTS, LAB
from graphs.pokemon import PokemonDNN
from graphs.pokemon_ce import ModelCrossEntropy
from graphs.pokemon_l1 import ModelL1
from graphs.pokemon_l2 import ModelL2
from graphs.pokemon_mse import ModelMSE
from graphs.pokemon_overfit import ModelOverfit
from graphs.pokemon_softplus import ModelSoftplus
from tfcourse.batches import Batches, Columns
from tfcourse.callbacks import EarlyStopping
from tfcourse.errors import CourseError, UsageError
from tfcourse.labs import files, running, seen
from tfcourse.labs.contract import PARAMETERS
from tfcourse.tf1 import tf

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SHIPPED = NOTEBOOKS / "lab_tutorial_dnn_practice.py"
SOLUTION = NOTEBOOKS / "solutions" / "lab_tutorial_dnn_practice.py"
TASKS = {task.name: task for task in LAB.tasks}

softmax_ce = tf.nn.softmax_cross_entropy_with_logits


def verdict_on(task, value, **values):
    variable = TASKS[task].variables[0]
    return TASKS[task].check({variable: value, PARAMETERS: {}, **values})


def expect(task, hint, value, **values):
    verdict = verdict_on(task, value, **values)
    assert (verdict.hint, verdict.done) == (hint, not hint), verdict.why
    assert verdict.why and verdict.why_zh and verdict.why != verdict.why_zh


def as_trained(model, epochs=30, losses=(2.0, 1.0), **given):
    """A model that looks as if ``fit`` had trained it."""
    n = epochs if epochs > 1 else 1
    falling = list(np.linspace(*losses, n))
    model.hist = {"tr_loss": falling, "vl_loss": falling, "tr_acc": falling, "vl_acc": falling}
    model.epoch = n
    rate = given.get("rate", model.learning_rate)
    model.lr.load(rate, model.session)
    model.beside[seen._FITS] = [seen.Fit(n, rate, True, given.get("callbacks", ()))]
    return model


# --- the notebooks ------------------------------------------------------------------------------


def test_as_shipped_every_task_is_open():
    result = running.check(SHIPPED, LAB, parameters=dict.fromkeys(EPOCHS, 1))
    assert not result.error, result.printed
    assert {name: verdict.hint for name, verdict in result.verdicts.items()} == {
        "cross-entropy": "still-mse",
        "learning-rate": "rates-missing",
        "activation": "activation-unchanged",
        "optimizer": "optimizer-unchanged",
        "early-stopping": "no-callback",
        "l2": "no-regularizer",
        "l1": "no-regularizer",
        "dropout": "no-dropout",
    }


def test_with_the_solution_all_tasks_are_done():
    result = running.check(SOLUTION, LAB, parameters=dict.fromkeys(EPOCHS, 1))
    assert {name: v.why for name, v in result.verdicts.items() if not v.done} == {}
    assert not result.error, result.printed


@pytest.mark.slow
def test_the_solution_with_the_epochs_of_the_slides():
    result = running.check(SOLUTION, LAB)
    assert {name: v.why for name, v in result.verdicts.items() if not v.done} == {}


@pytest.mark.parametrize("path", [SHIPPED, SOLUTION])
def test_a_notebook_is_its_text(path):
    text, built = files.read(path), files.read(path.with_suffix(".ipynb"))
    assert [cell.source for cell in built.cells] == [cell.source for cell in text.cells]
    assert files.which(built, [LAB]) is LAB and text.lab == LAB.name


def test_only_cells_with_a_place_to_change_differ_in_the_solution():
    shipped, solution = files.read(SHIPPED).cells, files.read(SOLUTION).cells
    for ours, theirs in zip(shipped, solution, strict=True):
        assert ("Do:" in ours.source) == (ours.source != theirs.source)
        marks = [re.findall("Do:.*", cell.source) for cell in (ours, theirs)]
        assert marks[0] == marks[1]
    assert [c.tags for c in shipped if c.tags] == [("parameters",)]


def test_the_parameters_are_the_numbers_of_the_slides():
    (cell,) = (cell for cell in files.read(SHIPPED).cells if cell.tags)
    space = {}
    exec(cell.source, space)
    assert {name: space[name] for name in EPOCHS} == EPOCHS


def _swapped(model):
    return tf.reduce_mean(softmax_ce(labels=model.nets, logits=model.labels))


ERRORS = {
    "loss-without-gradient": lambda: with_loss(_swapped),
    "callback-is-a-class": lambda: EarlyStopping.on_fit_begin(1),
    "loss-not-reduced": lambda: with_loss(lambda m: softmax_ce(labels=m.labels, logits=m.nets)),
    "momentum-missing": lambda: with_optimizer(tf.train.MomentumOptimizer),
    "no-valid-rows": lambda: EarlyStopping()(type("Model", (), {"hist": {}})),
}


@pytest.mark.parametrize("hint", ERRORS)
def test_known_errors_of_a_cell(hint):
    with pytest.raises((CourseError, TypeError)) as raised:
        ERRORS[hint]()
    text = f"{type(raised.value).__name__}: {raised.value}"
    assert [known.hint for known in LAB.errors if re.search(known.pattern, text)] == [hint]


# --- the loss -----------------------------------------------------------------------------------


def with_loss(make, base=ModelCrossEntropy):
    class Model(base):
        def graph_loss(self):
            self.loss = make(self)

    return as_trained(Model())


LOSSES = {
    "still-mse": lambda m: tf.losses.mean_squared_error(m.labels, m.pred),
    "mean-absolute-error": lambda m: tf.reduce_mean(tf.abs(m.labels - m.pred)),
    "sigmoid-cross-entropy": lambda m: tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=m.labels, logits=m.nets)
    ),
    "softmax-twice": lambda m: tf.reduce_mean(softmax_ce(labels=m.labels, logits=m.pred)),
    "sigmoid-before-softmax": lambda m: tf.reduce_mean(
        softmax_ce(labels=m.labels, logits=tf.nn.sigmoid(m.nets))
    ),
    "labels-and-logits-swapped": lambda m: tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits_v2(labels=m.nets, logits=m.labels)
    ),
    "loss-is-sum": lambda m: tf.reduce_sum(softmax_ce(labels=m.labels, logits=m.nets)),
    "loss-scaled": lambda m: -tf.reduce_mean(m.labels * tf.log(m.pred)),
    "other-loss": lambda m: (
        tf.reduce_mean(tf.math.log_cosh(m.pred - m.labels))
        if hasattr(tf.math, "log_cosh")
        else tf.reduce_mean((m.pred - m.labels) ** 4)
    ),
}


@pytest.mark.parametrize("hint", LOSSES)
def test_wrong_losses(hint):
    expect("cross-entropy", hint, with_loss(LOSSES[hint]))


def test_labels_and_pred_in_each_others_place():
    wrong = with_loss(lambda m: -tf.reduce_mean(tf.reduce_sum(m.pred * tf.log(m.labels + 1e-8), 1)))
    expect("cross-entropy", "labels-and-logits-swapped", wrong)


def test_right_losses():
    expect("cross-entropy", "", as_trained(ModelCrossEntropy()))
    by_formula = with_loss(lambda m: -tf.reduce_mean(tf.reduce_sum(m.labels * tf.log(m.pred), 1)))
    expect("cross-entropy", "", by_formula)
    classes = with_loss(
        lambda m: tf.losses.sparse_softmax_cross_entropy(tf.argmax(m.labels, 1), m.nets)
    )
    expect("cross-entropy", "", classes)


def test_what_is_broken_beside_the_loss():
    class Pred(ModelCrossEntropy):
        def graph_computation(self):
            super().graph_computation()
            self.pred = tf.nn.sigmoid(self.nets)

    class Acc(ModelCrossEntropy):
        def graph_computation(self):
            super().graph_computation()
            self.acc = tf.reduce_mean(self.pred)

    class Output(ModelCrossEntropy):
        def graph_dnn(self):
            super().graph_dnn()
            self.nets = tf.nn.relu(self.nets)

    expect("cross-entropy", "pred-changed", as_trained(Pred()))
    expect("cross-entropy", "acc-changed", as_trained(Acc()))
    expect("cross-entropy", "output-activation", as_trained(Output()))


def test_what_is_no_trained_model():
    model = ModelCrossEntropy()
    expect("cross-entropy", "not-a-model", ModelCrossEntropy)
    expect("learning-rate", "not-a-model", [model])
    expect("learning-rate", "not-a-model", {})
    expect("cross-entropy", "not-trained", model)
    expect("cross-entropy", "too-few-epochs", as_trained(model, 5))
    expect("cross-entropy", "loss-not-falling", as_trained(model, losses=(1.0, 1.1)))
    expect("cross-entropy", "loss-not-finite", as_trained(model, losses=(1.0, float("nan"))))
    short = TASKS["cross-entropy"].check(
        {"model_xent": as_trained(model, 1), PARAMETERS: {"n_epoch": 1}}
    )
    assert short.done


# --- learning rates -----------------------------------------------------------------------------


def test_learning_rates():
    first, second, third = (ModelCrossEntropy() for _ in range(3))

    def models(*rates):
        made = (first, second, third)
        return {r: as_trained(m, rate=r) for r, m in zip(rates, made, strict=False)}

    expect("learning-rate", "", models(0.1, 0.01, 0.001))
    expect("learning-rate", "rates-missing", models(0.1, 0.01))
    expect("learning-rate", "rates-missing", models(0.1, 0.01, 0.002))
    one = as_trained(first, rate=0.001)
    expect("learning-rate", "one-model-for-all", dict.fromkeys((0.1, 0.01, 0.001), one))
    expect("learning-rate", "rate-not-passed", {0.1: as_trained(first, rate=0.01)})
    built = as_trained(ModelCrossEntropy(learning_rate=0.1), rate=0.01)
    expect("learning-rate", "rate-replaced-by-fit", {0.1: built})
    expect("learning-rate", "still-mse", {0.1: as_trained(ModelMSE(), rate=0.1)})


# --- activations --------------------------------------------------------------------------------


def with_activations(first, second=None, output=None):
    class Model(ModelCrossEntropy):
        def graph_dnn(self):
            with tf.variable_scope("dnn"):
                nets = tf.layers.dense(self.inputs, self.hidden1, first, name="dnn1")
                nets = tf.layers.dense(nets, self.hidden2, second or first, name="dnn2")
                self.nets = tf.layers.dense(nets, self.n_classes, output, name="dnn3")

    return as_trained(Model())


def test_activations():
    functions = {n: getattr(tf.nn, n) for n in ("relu", "leaky_relu", "softplus", "tanh")}
    functions["leaky_relu"] = lambda x: tf.maximum(0.01 * x, x)  # written by hand
    models = {name: with_activations(f) for name, f in functions.items()}
    expect("activation", "", models)
    tanh = models.pop("tanh")
    expect("activation", "activations-missing", models)
    expect("activation", "activation-not-named", {"relu": tanh})
    expect("activation", "activation-not-named", {"Leaky ReLU": tanh})
    expect("activation", "activation-unchanged", {"relu": with_activations(tf.nn.sigmoid)})
    mixed = with_activations(tf.nn.relu, tf.nn.sigmoid)
    expect("activation", "one-layer-changed", {"relu": mixed})
    for output in (tf.nn.relu, tf.nn.sigmoid):
        wrong = with_activations(tf.nn.relu, output=output)
        expect("activation", "output-activation", {"relu": wrong})
    expect("activation", "other-rate", {"relu": as_trained(models["relu"], rate=0.1)})


# --- optimizers ---------------------------------------------------------------------------------


def with_optimizer(make, rate=0.01):
    class Model(ModelSoftplus):
        def graph_train(self):
            return make(self.lr).minimize(self.loss)

    return as_trained(Model(), rate=rate)


def test_optimizers():
    models = {
        "adam": with_optimizer(tf.train.AdamOptimizer),
        "adagrad": with_optimizer(tf.train.AdagradOptimizer),
        "momentum": with_optimizer(lambda lr: tf.train.MomentumOptimizer(lr, 0.9)),
        "rmsprop": as_trained(ModelSoftplus(optimizer="rmsprop")),
    }
    expect("optimizer", "", models)
    expect("optimizer", "other-rate", {"adam": as_trained(models["adam"], rate=0.1)})
    adam = as_trained(models.pop("adam"))
    expect("optimizer", "optimizers-missing", models)
    sgd = with_optimizer(tf.train.GradientDescentOptimizer)
    expect("optimizer", "optimizer-unchanged", {"sgd": sgd})
    expect("optimizer", "optimizer-not-used", {"adam": sgd})
    expect("optimizer", "optimizer-not-used", {"rmsprop": adam})
    half = with_optimizer(lambda lr: tf.train.MomentumOptimizer(lr, 0.5))
    expect("optimizer", "other-momentum", {"momentum": half})
    own = with_optimizer(lambda lr: tf.train.AdamOptimizer())
    expect("optimizer", "rate-not-lr", {"adam": own})
    expect("optimizer", "too-few-epochs", {"adam": as_trained(adam, 3)})


# --- early stopping -----------------------------------------------------------------------------


def test_early_stopping():
    rng = np.random.default_rng(0)
    rows = {"inputs": rng.normal(size=(8, 200)), "labels": np.eye(5)[np.arange(8) % 5]}
    batches = Batches(Columns({k: v.astype(np.float32) for k, v in rows.items()}), 8, False)
    model = ModelOverfit()

    def fitted(valid=batches, **options):
        with seen.recorded():
            model.fit(batches, valid, 2, verbose=False, **options)
        return model

    short = {PARAMETERS: {"n_epoch_overfit": 2}}
    stopper = EarlyStopping(thres=5)
    expect("early-stopping", "", fitted(callback=stopper), **short)
    expect("early-stopping", "", fitted(callback=iter([print_nothing, stopper])), **short)
    expect("early-stopping", "no-callback", fitted(), **short)
    expect("early-stopping", "callback-not-passed", fitted(), stopper=stopper, **short)
    expect("early-stopping", "other-thres", fitted(callback=EarlyStopping(thres=3)), **short)
    expect("early-stopping", "other-callback", fitted(callback=print_nothing), **short)
    expect("early-stopping", "too-few-epochs", fitted(callback=stopper))
    expect("early-stopping", "other-rate", fitted(callback=stopper, lr=0.1), **short)
    with pytest.raises(UsageError):
        fitted(None, callback=stopper)
    expect("early-stopping", "no-valid-rows", model, **short)
    expect("early-stopping", "not-trained", ModelOverfit(), **short)


def print_nothing(model):
    pass


# --- regularizers -------------------------------------------------------------------------------


def with_regularizer(regularizer, layers=(1, 2), in_loss=True, argument="kernel_regularizer"):
    class Model(ModelCrossEntropy):
        def graph_dnn(self):
            def of(layer):
                return {argument: regularizer} if layer in layers else {}

            with tf.variable_scope("dnn"):
                nets = tf.layers.dense(self.inputs, self.hidden1, tf.nn.relu, name="dnn1", **of(1))
                nets = tf.layers.dense(nets, self.hidden2, tf.nn.relu, name="dnn2", **of(2))
                self.nets = tf.layers.dense(nets, self.n_classes, name="dnn3", **of(3))

        def graph_loss(self):
            super().graph_loss()
            if in_loss:
                self.loss += tf.losses.get_regularization_loss()

    return as_trained(Model(), 50)


def test_regularizers():
    l2, l1 = tf.contrib.layers.l2_regularizer, tf.contrib.layers.l1_regularizer
    expect("l2", "", with_regularizer(l2(0.01)))
    expect("l1", "", with_regularizer(l1(0.01), (1, 2, 3)))
    expect("l2", "no-regularizer", as_trained(ModelCrossEntropy(), 50))
    expect("l2", "regularizer-not-in-loss", with_regularizer(l2(0.01), in_loss=False))
    on_bias = with_regularizer(l2(0.01), argument="bias_regularizer")
    expect("l2", "regularizer-on-bias", on_bias)
    expect("l2", "regularizer-on-one-layer", with_regularizer(l2(0.01), (1,)))
    expect("l2", "regularizer-on-one-layer", with_regularizer(l2(0.01), (3,)))
    expect("l2", "other-scale", with_regularizer(l2(0.1)))
    expect("l2", "other-scale", with_regularizer(lambda w: 0.01 * tf.reduce_sum(w**2)))
    expect("l2", "other-regularizer", with_regularizer(l1(0.01)))
    expect("l1", "other-regularizer", with_regularizer(l2(0.01)))
    expect("l1", "", as_trained(ModelL1(), 50))
    expect("l2", "", as_trained(ModelL2(), 50))


def with_penalty(penalty):
    """A model whose loss is ``penalty(its loss, the kernels of the hidden layers)``."""

    class Model(ModelCrossEntropy):
        def graph_loss(self):
            super().graph_loss()
            kernels = [v for v in tf.trainable_variables() if v.op.name.endswith("kernel")]
            self.loss = penalty(self.loss, kernels[:2])

    return as_trained(Model(), 50)


def test_regularizers_by_formula():
    l2 = with_penalty(lambda loss, ws: loss + 0.01 * sum(tf.nn.l2_loss(w) for w in ws))
    expect("l2", "", l2)
    l1 = with_penalty(lambda loss, ws: loss + 0.01 * sum(tf.reduce_sum(tf.abs(w)) for w in ws))
    expect("l1", "", l1)
    signed = with_penalty(lambda loss, ws: loss + 0.01 * sum(tf.reduce_sum(w) for w in ws))
    expect("l1", "regularizer-signed", signed)
    norm = with_penalty(lambda loss, ws: loss + 0.01 * sum(tf.norm(w) for w in ws))
    expect("l1", "regularizer-unknown", norm)
    alone = with_penalty(lambda loss, ws: 0.01 * sum(tf.nn.l2_loss(w) for w in ws))
    expect("l2", "regularizer-alone", alone)
    mean = with_penalty(lambda loss, ws: loss + 0.01 * sum(tf.reduce_mean(w**2) for w in ws))
    expect("l2", "other-scale", mean)
    assert "0 times" not in verdict_on("l2", mean).why
    of_outputs = with_regularizer(
        tf.contrib.layers.l2_regularizer(0.01), argument="activity_regularizer"
    )
    expect("l2", "regularizer-on-bias", of_outputs)


# --- dropout ------------------------------------------------------------------------------------


def with_dropout(drop, after=(1, 2)):
    class Model(PokemonDNN):
        def activate(self, nets):
            return tf.nn.relu(nets)

        graph_loss = ModelCrossEntropy.graph_loss

        def graph_dnn(self):
            def dropped(nets, layer):
                return drop(nets, self) if layer in after else nets

            with tf.variable_scope("dnn"):
                nets = dropped(self.inputs, 0)
                nets = tf.layers.dense(nets, self.hidden1, self.activate, name="dnn1")
                nets = tf.layers.dense(dropped(nets, 1), self.hidden2, self.activate, name="dnn2")
                nets = dropped(nets, 2)
                nets = tf.layers.dense(nets, self.n_classes, name="dnn3")
                self.nets = dropped(nets, 3)

    return as_trained(Model(), 100)


def rate(share):
    return lambda nets, model: tf.layers.dropout(nets, share, training=model.isTrain)


def test_dropout():
    expect("dropout", "", with_dropout(rate(0.3)))
    expect("dropout", "", with_dropout(rate(0.6)))

    def by_cond(nets, model):
        return tf.cond(model.isTrain, lambda: tf.nn.dropout(nets, rate=0.5), lambda: nets)

    def by_rate(nets, model):
        return tf.nn.dropout(nets, rate=tf.where(model.isTrain, 0.5, 0.0))

    def by_where(nets, model):
        return tf.where(model.isTrain, tf.nn.dropout(nets, rate=0.5), nets)

    def by_hand(nets, model):
        mask = tf.to_float(tf.random_uniform(tf.shape(nets)) > 0.4)
        return tf.where(model.isTrain, nets * mask / 0.6, nets)

    def turned(nets, model):
        return tf.where(model.isTrain, nets, tf.nn.dropout(nets, rate=0.5))

    def by_cond_outside(nets, model):
        dropped = tf.nn.dropout(nets, rate=0.5)
        return tf.cond(model.isTrain, lambda: dropped, lambda: nets)

    def turned_outside(nets, model):
        dropped = tf.nn.dropout(nets, rate=0.5)
        return tf.cond(model.isTrain, lambda: nets, lambda: dropped)

    expect("dropout", "", with_dropout(by_cond_outside))
    expect("dropout", "dropout-inverted", with_dropout(turned_outside))
    expect("dropout", "", with_dropout(by_where))
    expect("dropout", "", with_dropout(by_hand))
    expect("dropout", "dropout-inverted", with_dropout(turned))
    expect("dropout", "", with_dropout(by_cond))
    expect("dropout", "", with_dropout(by_rate))


DROPOUTS = {
    "no-dropout": (rate(0.5), ()),
    "dropout-never-on": (lambda nets, model: tf.layers.dropout(nets, 0.5), (1, 2)),
    "dropout-always-on": (lambda nets, model: tf.layers.dropout(nets, 0.5, training=True), (1, 2)),
    "dropout-inverted": (
        lambda nets, model: tf.layers.dropout(nets, 0.5, training=tf.logical_not(model.isTrain)),
        (1, 2),
    ),
    "keep-probability": (rate(0.7), (1, 2)),
    "rate-too-low": (rate(0.1), (1, 2)),
    "dropout-on-output": (rate(0.5), (1, 2, 3)),
    "dropout-on-inputs": (rate(0.5), (0, 1, 2)),
    "dropout-after-one-layer": (rate(0.5), (1,)),
}


@pytest.mark.parametrize("hint", DROPOUTS)
def test_wrong_dropout(hint):
    expect("dropout", hint, with_dropout(*DROPOUTS[hint]))


def test_dropout_whose_result_is_not_used():
    class Model(ModelOverfit):
        def graph_dnn(self):
            super().graph_dnn()
            tf.layers.dropout(self.nets, 0.5, training=self.isTrain)

    expect("dropout", "no-dropout", as_trained(Model(), 100))


def test_every_hint_has_a_wrong_answer_here():
    text = Path(__file__).read_text("utf-8")
    assert [hint for hint in HINTS if f'"{hint}"' not in text] == []
