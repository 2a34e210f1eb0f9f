"""The examples of "Deep Neural Network(DNN) Tips" from "Network的架構" on measure what the slides say."""

from __future__ import annotations

import importlib
import json
import math
import re
import warnings

import numpy as np
import pytest

import graphs
from tfcourse.datasets import pokemon

NAMES = (
    "layers", "pokemon-data", "error-surface", "loss-functions", "activations",
    "vanishing-gradient", "dying-relu", "optimizers", "bias-variance", "weight-decay", "dropout",
)  # fmt: skip


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """``result(name)`` is the result of that example, run once, where there is no data folder."""
    folder = tmp_path_factory.mktemp("empty")
    found = {}

    def get(name):
        if name not in found:
            module = graphs.find_example(name).load()
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                if name == "bias-variance":
                    patch.setattr(module, "STEPS", 600)
                if name == "dropout":
                    patch.setattr(module, "ROUNDS", 2)
                    patch.setattr(module, "EPOCHS", 2)
                found[name] = module.run()
        return found[name]

    return get


@pytest.mark.parametrize("name", NAMES)
def test_command_example_shows_every_value(name, result, cli, monkeypatch):
    entry = graphs.find_example(name)
    module = entry.load()
    assert module.__doc__.split("\n")[0]
    given = result(name)
    monkeypatch.setattr(module, "run", lambda seed: given)
    shown = cli("example", name)
    assert shown.exit_code == 0 and entry.title in shown.stdout
    assert all(key in shown.stdout for key in given)
    done = cli("example", name, "--json")
    assert list(json.loads(done.stdout)) == list(given)


@pytest.mark.parametrize("name", NAMES)
def test_draw_writes_a_picture(name, result, tmp_path, monkeypatch):
    module = graphs.find_example(name).load()
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")  # the font lacks a character
        path = module.draw(result(name), tmp_path / "picture.png")
    assert path.stat().st_size > 10_000


def rows(found, key):
    """The first value whose name begins with ``key``."""
    return next(value for name, value in found.items() if name.startswith(key))


def test_flat_code_gives_the_output_of_the_lesson(result):
    found = result("layers")
    assert found["learned parameters"] == 200 * 128 + 128 + 128 * 256 + 256 + 256 * 5 + 5
    assert found["largest difference over 16 rows"] < 1e-5
    np.testing.assert_allclose(found["output of the lesson, first row"].sum(), 1, rtol=1e-5)


def test_the_drawn_network_is_read_from_the_graph(result):
    module = importlib.import_module("graphs.examples.layers")
    names = ("layer", "σ", "w", "b")
    layers = [tuple(row[n] for n in names) for row in rows(result("layers"), "layers of pokemon")]
    assert layers == [
        ("dnn1", "softplus", "200 x 128", 128),
        ("dnn2", "softplus", "128 x 256", 256),
        ("dnn3", "softmax", "256 x 5", 5),
    ]
    movie = rows(result("layers"), "layers of mf-with-dnn")
    assert [(row["σ"], row["w"]) for row in movie] == [("relu", "26 x 16"), ("relu", "16 x 16")]
    # Another graph gives another network.
    model = graphs.find("pokemon-relu").load()(hidden1=8, hidden2=9)
    small = [(row["σ"], row["w"], row["parameters"]) for row in module.layers_of(model.pred)]
    model.close()
    assert small == [("relu", "200 x 8", 1608), ("relu", "8 x 9", 81), ("softmax", "9 x 5", 50)]
    assert len(module.heights(5)) == 5 and len(module.heights(200)) == module.MOST - 1


def test_columns_and_classes_of_the_stand_in(result):
    found = result("pokemon-data")
    assert found["data"] == pokemon.GENERATED_NOTE
    assert (
        sum(g["number of columns"] for g in found["features by group"]) == found["features"] == 200
    )
    assert [c["No."] for c in found["classes"]] == [4, 43, 56, 71, 98]
    assert found["class counts"].tolist() == [224, 948, 150, 225, 289]
    assert found[
        "share of the largest class: accuracy of always predicting No.43"
    ] == pytest.approx(948 / 1836)


def test_printed_functions_and_derivatives_are_tensorflows(result):
    found = result("activations")
    for row in found["functions"]:
        assert row["f: formula - TensorFlow"] < 1e-6
        assert row["df/dx: formula - tf.gradients"] < 1e-6
    slope = {row["function"]: row["largest df/dx"] for row in found["functions"]}
    assert slope["sigmoid"] == pytest.approx(0.25) and slope["tanh"] == pytest.approx(1)
    assert rows(found, "two linear layers") < 1e-12 < rows(found, "with a sigmoid")
    assert found["gradient of a step function"] == "none"


def test_gradients_vanish_in_saturated_units(result):
    found = rows(result("vanishing-gradient"), "norm")
    ratio = {(r["bias"], r["activation"]): r["layer 1 / layer 10"] for r in found}
    assert ratio[0, "sigmoid"] < 1e-4
    assert (
        ratio[0, "tanh"] > 0.3 and ratio[0, "softsign"] > 0.3
    )  # Glorot's weights are made for these
    for name in ("sigmoid", "tanh", "softsign"):
        assert ratio[2, name] < 1e-4
    assert ratio[2, "relu"] > 1e-3


def test_only_relu_units_die_and_more_at_a_higher_rate(result):
    found = result("dying-relu")
    dead = {
        (r["activation"], r["learning rate"], r["layer"]): r["without gradient (dead)"]
        for r in rows(found, "share")
    }
    assert dead["ReLU", 0.03, "dnn1"] > dead["ReLU", 0.01, "dnn1"] + 0.3
    assert all(share == 0 for key, share in dead.items() if key[0] != "ReLU")
    below = {
        (r["activation"], r["layer"]): r["below 0 for every row"] for r in rows(found, "share")
    }
    assert below["Leaky ReLU", "dnn1"] > 0.2
    assert all(r["without gradient (dead)"] < 0.05 for r in rows(found, "ReLU with"))


def test_update_rules_are_tensorflows(result):
    module = importlib.import_module("graphs.examples.optimizers")
    found = result("optimizers")
    for row in found["weight after the slides' gradients"]:
        assert row["with TensorFlow's initial value and ε"] < 1e-5, row["optimizer"]
    # The slides' sequences, by hand.
    small, large = module.adagrad_rate(module.G_SMALL), module.adagrad_rate(module.G_LARGE)
    assert small[0] == pytest.approx(0.01 / 0.001)
    assert small[3] == pytest.approx(0.01 / math.sqrt(2 * 0.001**2 + 0.0002**2 + 0.0087**2))
    assert large[4] == pytest.approx(
        0.01 / math.sqrt(8.7**2 + 10.87**2 + 18.7**2 + 87.7**2 + 0.1**2)
    )
    assert (np.diff(small) <= 0).all() and (np.diff(large) <= 0).all()
    assert (small > large).all()
    assert rows(found, "two forms") < 1e-12
    # With a start near 0 TensorFlow's Adagrad is the slide's.
    near = module.tensorflow(
        lambda eta: module.train.AdagradOptimizer(eta, initial_accumulator_value=1e-20),
        module.G_SMALL,
    )
    np.testing.assert_allclose(near, module.adagrad(module.G_SMALL), rtol=1e-6)
    leaves = {
        plateau: [
            row["optimizer"]
            for row in rows(found, "after 600")
            if row["plateau"] == plateau and row["leaves the plateau"] != "no"
        ]
        for plateau in module.PLATEAUS
    }
    assert leaves["gradient 0"] == ["momentum", "Adam"]
    assert leaves["gradient -0.02"] == ["momentum", "RMSProp", "Adam"]
    sigma = {row["α"]: row["σ^4, small"] for row in rows(found, "RMSProp")}
    assert abs(sigma[0.1] - 0.1) < abs(sigma[0.9] - 0.1)  # a small α weights the current gradient


def test_losses_at_zero_and_by_hand(result):
    found = result("loss-functions")
    case = {row["case"]: row for row in found["regression"]}
    assert case["label 100, guess 110"]["MAPE"] == pytest.approx(10)
    assert case["label 0, guess 1"]["MAPE"] == math.inf
    assert case["label 0, guess 1"]["SMAPE"] == pytest.approx(200)
    assert case["label 0, guess 0"] == {
        "case": "label 0, guess 0", "MSE": 0, "MAE": 0, "MAPE": 0, "SMAPE": 0,
    }  # fmt: skip
    kind = {row["case"]: row["cross entropy"] for row in found["classification"]}
    assert kind["sure and wrong"] == pytest.approx(-math.log(0.01), rel=1e-5)
    assert kind["0 for the right class"] == math.inf
    assert found["MAPE of 50 random rows"] == pytest.approx(found["MAPE by scikit-learn, x 100"])


def test_cross_entropy_is_steeper_than_mse(result):
    found = result("error-surface")
    assert rows(found, "ratio of these mean slopes") > 5
    assert rows(found, "share of the grid") > 0.95
    wrong = found["gradient at the score z of a point with label 1"][0]
    assert abs(wrong["MSE: 2 (y - 1) y (1 - y)"]) < 0.01 < 0.9 < abs(wrong["cross entropy: y - 1"])


def test_l2_shrinks_kernels_and_l1_makes_them_sparse(result):
    found = result("weight-decay")
    step = {row["quantity"]: row["value"] for row in found["one step of gradient descent"]}
    assert step["1 - η λ"] == pytest.approx(0.999)
    decay = step["kernels: largest difference of the steps without and with L2"]
    assert (
        step["kernels: largest difference of (1 - η λ) w - η ∂L/∂w and the step with L2"]
        < 0.01 * decay
    )
    assert step["biases: largest difference of the steps without and with L2"] < 1e-7
    none, l2, l1 = rows(found, "kernels after")
    sparse = "share of |w| < 0.001"
    assert none[sparse] < 0.05 < l2[sparse] < l1[sparse]
    assert l1["Σ|w|"] < l2["Σ|w|"] < none["Σ|w|"] and l2["Σw²"] < none["Σw²"]


def test_dropout_zeroes_its_share_in_training_only(result):
    found = result("dropout")
    for row in rows(found, "50 batches"):
        assert row["share of zeros: mean over batches"] == pytest.approx(row["drop rate"], abs=0.02)
        assert row["other units"] == pytest.approx(row["1 / (1 - p)"])
        assert row["lowest"] < row["highest"] and row["share of zeros at evaluation"] == 0
    assert found["lesson pokemon-dropout, two runs in training: largest difference"] > 0
    assert found["lesson pokemon-dropout, two runs at evaluation: largest difference"] == 0
    assert len(found["the 2^3 networks of 3 neurons"]) == 8
    assert found["networks seen in 200 batches, of 8"] == 8
    assert found["mean output of all networks"] == pytest.approx(
        found["output of the whole network"]
    )


def test_dropout_learns_more_slowly(result):
    found = result("dropout")
    assert found["data of the trainings"] == pokemon.GENERATED_NOTE
    without, with_it = rows(found, "the same network without and with dropout, after 4 epochs")
    assert (without["drop rate"], with_it["drop rate"]) == (0, 0.5)
    assert with_it["train loss"] > without["train loss"] and without["train loss"] < 1.5
    times = [row["seconds per epoch (shortest)"] for row in (without, with_it)]
    assert min(times) > 0
    ratio = found["time of an epoch with dropout / without"]
    assert ratio == pytest.approx(times[1] / times[0])


def test_small_networks_have_bias_and_large_ones_variance(result):
    small, right, large = rows(result("bias-variance"), "40 samples")
    assert small["bias²"] > 3 * right["bias²"]
    assert small["variance"] < large["variance"] and right["variance"] < large["variance"]
    assert right["error on new rows"] < min(small["error on new rows"], large["error on new rows"])
    assert large["error on the train rows"] < right["error on the train rows"]
    for row in (small, right, large):
        assert row["bias²"] + row["variance"] == pytest.approx(row["bias² + variance"], rel=1e-4)


def test_another_seed_gives_other_numbers(result):
    module = graphs.find_example("dropout").load()
    assert module.networks(1)["mean output of all networks"] != pytest.approx(
        result("dropout")["mean output of all networks"]
    )
    assert re.search(r"generated stand-in", pokemon.GENERATED_NOTE, re.IGNORECASE)
