"""The Pokémon lessons, on a part of the generated stand-in; in full under the marker slow."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest

import graphs
from tfcourse import checkpoints, training
from tfcourse.batches import Columns
from tfcourse.datasets import pokemon
from tfcourse.errors import UsageError
from tfcourse.tf1 import tf

LESSONS = [lesson.name for lesson in graphs.LESSONS if lesson.name.startswith("pokemon-")]
REAL = os.environ.get("TFCOURSE_TEST_DATA", "")
has_real = bool(REAL) and (Path(REAL) / pokemon.FILE_NAME).is_file()


@pytest.fixture(scope="module")
def data():
    return pokemon.load(None).prepare()


@pytest.fixture(scope="module")
def few(data):
    """48 train rows and 20 valid ones."""

    def first(columns, n):
        return Columns({name: values[:n] for name, values in columns.columns.items()})

    return dataclasses.replace(data, train=first(data.train, 48), valid=first(data.valid, 20))


def trained(name, data, epochs=None, **hyper):
    model = training.make(graphs.find(name).load(), data, **hyper)
    model.fit(
        data.train_batches(model.n_batch, model.shuffle),
        data.valid_batches(),
        epochs,
        verbose=False,
        engine="feed",
    )
    return model


def result(*args, **hyper):
    model = trained(*args, **hyper)
    model.close()
    return model.hist


# --- the network ------------------------------------------------------------------------------


def test_there_are_seventeen_lessons_in_the_decks_order():
    assert len(LESSONS) == 17
    order = ["mse", "ce", "tanh", "softplus", "relu", "momentum", "adagrad", "rmsprop", "adam",
             "best", "overfit", "l1", "l2", "dropout"]  # fmt: skip
    places = [LESSONS.index("pokemon-" + name) for name in order]
    assert places == sorted(places)


@pytest.mark.parametrize("name", LESSONS)
def test_shapes_and_names(name):
    model = graphs.find(name).load()()
    assert model.lesson == name and model.dataset == "pokemon"
    shapes = {v.op.name: v.shape.as_list() for v in model.graph.get_collection("variables")}
    assert shapes["dnn/dnn1/kernel"] == [200, 128] and shapes["dnn/dnn1/bias"] == [128]
    assert shapes["dnn/dnn2/kernel"] == [128, 256] and shapes["dnn/dnn2/bias"] == [256]
    assert shapes["dnn/dnn3/kernel"] == [256, 5] and shapes["dnn/dnn3/bias"] == [5]
    assert model.inputs.shape.as_list() == [None, 200]
    assert model.pred.shape.as_list() == model.labels.shape.as_list() == [None, 5]
    assert model.loss.shape.rank == model.acc.shape.rank == 0
    assert set(model.placeholders) == {"inputs", "labels", "isTrain"}
    rows = np.random.default_rng(0).normal(size=(3, 200))
    pred = model.predict({"inputs": rows})
    np.testing.assert_allclose(pred.sum(1), 1, rtol=1e-5)
    model.close()


def test_prelu_learns_its_slopes(few):
    model = trained("pokemon-prelu", few, 2)
    alpha = model.get_weights()["dnn/dnn1/alpha"]
    assert alpha.shape == (128,) and np.ptp(alpha) > 0
    plain = trained("pokemon-leaky-relu", few, 2)
    assert "dnn/dnn1/alpha" not in plain.get_weights()


@pytest.mark.parametrize(
    ("variant", "of", "differs"),
    [
        ("pokemon-ce", "pokemon-mse", set()),
        ("pokemon-relu", "pokemon-ce", {"activation"}),
        ("pokemon-tanh", "pokemon-ce", {"activation"}),
        ("pokemon-softplus", "pokemon-ce", {"activation"}),
        ("pokemon-adam", "pokemon-softplus", {"optimizer"}),
        ("pokemon-momentum", "pokemon-softplus", {"optimizer"}),
        ("pokemon-overfit", "pokemon-adam", {"learning_rate", "n_epoch"}),
        ("pokemon-best", "pokemon-overfit", {"activation"}),
        ("pokemon-l2", "pokemon-overfit", {"scale"}),
        ("pokemon-l1", "pokemon-overfit", {"scale"}),
        ("pokemon-dropout", "pokemon-best", {"drop_rate", "n_epoch"}),
    ],
)
def test_a_variant_differs_in_one_thing(variant, of, differs):
    a, b = (graphs.find(name).load() for name in (variant, of))
    assert issubclass(a, b)

    def defaults(cls):
        return {f.name: f.default for f in dataclasses.fields(cls)}

    a, b = defaults(a), defaults(b)
    assert {k for k in a if a[k] != b.get(k)} == differs


def test_settings_are_the_decks():
    def get(name):
        model = graphs.find(name).load()
        return (
            model.activation,
            model.optimizer,
            model.learning_rate,
            model.n_epoch,
            model.n_batch,
        )

    assert get("pokemon-mse") == get("pokemon-ce") == ("sigmoid", "sgd", 0.01, 30, 16)
    assert get("pokemon-adam") == ("softplus", "adam", 0.01, 30, 16)
    assert get("pokemon-overfit") == ("softplus", "adam", 0.001, 50, 16)
    assert get("pokemon-l2") == ("softplus", "adam", 0.001, 50, 16)
    assert get("pokemon-dropout") == ("relu", "adam", 0.001, 100, 16)
    assert graphs.find("pokemon-l2").load().scale == 0.01
    assert graphs.find("pokemon-dropout").load().drop_rate == 0.5


# --- every hyper-parameter, every seed --------------------------------------------------------

OTHER = {
    "learning_rate": 0.003, "optimizer": "rmsprop", "n_batch": 8, "n_epoch": 3, "shuffle": False,
    "seed": 3, "hidden1": 20, "hidden2": 30, "activation": "softsign", "alpha": 0.1, "scale": 0.1,
    "drop_rate": 0.2,
}  # fmt: skip
SMALL = {"hidden1": 16, "hidden2": 24, "n_epoch": 2, "seed": 7}


@pytest.mark.parametrize("name", LESSONS)
def test_a_seed_repeats_a_run_bit_for_bit(name, few):
    base = result(name, few, **SMALL)
    assert result(name, few, **SMALL) == base
    assert result(name, few, **{**SMALL, "seed": 8}) != base


def check_parameters(name, parameters, few):
    cls = graphs.find(name).load()
    base = result(name, few, **SMALL)
    for parameter in parameters:
        other = OTHER[parameter]
        if other == getattr(cls, parameter):
            other = {"rmsprop": "sgd", "softsign": "tanh"}[other]
        assert result(name, few, **{**SMALL, parameter: other}) != base, parameter


def parameters_of(name, few):
    names = graphs.find(name).load().hyperparameter_names()
    return [parameter for parameter in names if parameter not in few.sizes]


def test_every_hyper_parameter_changes_the_result(few):
    check_parameters("pokemon-ce", parameters_of("pokemon-ce", few), few)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("pokemon-leaky-relu", ["alpha"]),
        ("pokemon-prelu", ["alpha", "hidden1"]),
        ("pokemon-l1", ["scale", "activation"]),
        ("pokemon-l2", ["scale", "activation"]),
        ("pokemon-dropout", ["drop_rate", "hidden1", "hidden2", "activation"]),
    ],
)
def test_what_a_lesson_adds_changes_the_result(name, parameters, few):
    check_parameters(name, parameters, few)


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_every_hyper_parameter_of_every_lesson_changes_the_result(name, few):
    check_parameters(name, parameters_of(name, few), few)


@pytest.mark.parametrize(
    ("name", "hyper", "message"),
    [
        ("pokemon-ce", {"activation": "relux"}, "unknown activation 'relux'; known: linear, sig"),
        ("pokemon-dropout", {"drop_rate": 1.0}, "drop_rate is a share below 1"),
        ("pokemon-l2", {"scale": -0.1}, "scale is a float32 number >= 0"),
        ("pokemon-adam", {"optimizer": "adamant"}, "unknown optimizer"),
        ("pokemon-adam", {"hidden1": 0}, "hidden1 is a whole number >= 1"),
    ],
)
def test_wrong_hyper_parameters(name, hyper, message):
    with pytest.raises(UsageError, match=message):
        graphs.find(name).load()(**hyper)


# --- regularization, dropout ------------------------------------------------------------------


@pytest.mark.parametrize(("name", "of"), [("l1", np.abs), ("l2", lambda w: w**2 / 2)])
def test_regularizers_count_kernels_and_not_biases(name, of, few):
    model = trained(f"pokemon-{name}", few, 1, scale=0.02)
    bare = training.make(graphs.find("pokemon-overfit").load(), few)
    weights = model.get_weights()
    assert np.abs(weights["dnn/dnn1/bias"]).max() > 0
    bare.set_weights(weights)
    rows = few.valid_batches()
    penalty = model.evaluate(rows)["loss"] - bare.evaluate(rows)["loss"]
    kernels = [weights[f"dnn/dnn{i}/kernel"].astype(np.float64) for i in (1, 2, 3)]
    assert penalty == pytest.approx(0.02 * sum(of(w).sum() for w in kernels), rel=1e-4)


def test_a_scale_of_zero_is_no_regularizer(few):
    assert result("pokemon-l2", few, 2, scale=0.0) == result("pokemon-overfit", few, 2)


def test_dropout_in_training_alone(few):
    model = trained("pokemon-dropout", few, 1)
    rows = few.valid.columns

    def hidden(training):
        node = model.graph.get_tensor_by_name("dnn/dnn2/BiasAdd:0")
        return model.session.run(node, {model.inputs: rows["inputs"], model.isTrain: training})

    assert (hidden(False) == hidden(False)).all()
    assert (hidden(True) != hidden(True)).any()
    assert model.evaluate(few.valid_batches()) == model.evaluate(few.valid_batches())
    assert result("pokemon-dropout", few, 2, drop_rate=0.0) == result("pokemon-best", few, 2)


# --- measure, checkpoints, command line -------------------------------------------------------


def test_measure_names_loss_and_accuracy(few):
    model = trained("pokemon-adam", few, 2)
    found = model.measure(few)
    assert set(found) == {"loss", "accuracy"}
    pred = model.predict({"inputs": few.valid.columns["inputs"]})
    hits = pred.argmax(1) == few.valid.columns["labels"].argmax(1)
    assert found["accuracy"] == pytest.approx(hits.mean())
    assert found["loss"] == pytest.approx(model.hist["vl_loss"][-1])


def test_a_checkpoint_gives_the_same_predictions(few, tmp_path):
    model = trained("pokemon-prelu", few, 2)
    model.save(tmp_path)
    loaded = checkpoints.load(tmp_path)
    assert type(loaded) is type(model)
    x = {"inputs": few.valid.columns["inputs"]}
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_fit_evaluate_and_plot_from_the_command_line(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "adam"
    done = cli(
        "fit", "pokemon-adam", "--epochs", 3, "--early-stopping", 1, "--hidden1", 8, "--json",
        "--model-dir", folder, "--plot", tmp_path / "fit.png",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert pokemon.GENERATED_NOTE in done.stderr
    found = json.loads(done.stdout)
    assert found["lesson"] == "pokemon-adam" and found["protocol"] == "deck"
    assert set(found["hist"]) == {"tr_loss", "tr_acc", "vl_loss", "vl_acc"}
    assert (tmp_path / "fit.png").stat().st_size > 5000

    done = cli("evaluate", folder, "--json")
    assert done.exit_code == 0, done.stderr
    measured = json.loads(done.stdout)
    assert list(measured) == ["lesson", "protocol", "loss", "accuracy", "note"]
    assert measured["note"] == found["note"] == pokemon.GENERATED_NOTE
    at = int(np.argmin(found["hist"]["vl_loss"]))  # the epoch that is kept
    assert measured["loss"] == pytest.approx(found["hist"]["vl_loss"][at])
    assert measured["accuracy"] == pytest.approx(found["hist"]["vl_acc"][at])
    assert pokemon.GENERATED_NOTE in done.stderr

    done = cli("plot", folder)
    assert done.exit_code == 0 and (folder / "curves.png").stat().st_size > 5000
    assert cli("plot", tmp_path / "none").exit_code == 1


# --- the five statements ----------------------------------------------------------------------


def test_cross_entropy_learns_more_than_mse_which_says_the_largest_class(data):
    mse = trained("pokemon-mse", data, 6)
    share = data.train.columns["labels"].mean(0).max()
    assert mse.hist["tr_acc"][-1] == pytest.approx(share, abs=0.01)
    guesses = mse.predict({"inputs": data.valid.columns["inputs"]}).argmax(1)
    assert (guesses == 1).mean() > 0.97
    adam, sgd = result("pokemon-adam", data, 6), result("pokemon-softplus", data, 6)
    assert adam["tr_acc"][-1] > sgd["tr_acc"][-1] + 0.03
    assert sgd["tr_acc"][-1] > mse.hist["tr_acc"][-1]


def test_activations_match_their_names():
    from tfcourse.activations import ACTIVATIONS, find_activation

    assert find_activation("Leaky-ReLU") is tf.nn.leaky_relu
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant([-2.0, 0.0, 3.0])
        found = sess.run({name: f(x) for name, f in ACTIVATIONS.items()})
    np.testing.assert_allclose(found["linear"], [-2, 0, 3])
    np.testing.assert_allclose(found["relu"], [0, 0, 3])
    np.testing.assert_allclose(found["leaky_relu"], [-0.4, 0, 3], rtol=1e-6)
    np.testing.assert_allclose(found["softsign"], [-2 / 3, 0, 0.75], rtol=1e-6)
    np.testing.assert_allclose(found["softplus"], np.log1p(np.exp([-2, 0, 3])), rtol=1e-6)
