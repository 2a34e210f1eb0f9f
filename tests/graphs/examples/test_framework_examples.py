"""The examples of "Machine Learning Framework", of the tips up to "How to Treat Your Data?", and of matrix
factorization. Their numbers are compared with the deck's, where it prints some, and with formulas. Each
example runs once for all tests.
"""

from __future__ import annotations

import json
import warnings

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

import graphs
from tfcourse.datasets import hunter

EXAMPLES = (
    "kinds-of-learning",
    "three-steps",
    "features",
    "cross-entropy",
    "gradient-descent",
    "xavier",
    "mini-batch",
    "one-hot",
    "softmax",
    "vector-form",
    "feature-transformation",
    "network-structure",
    "raw-data",
    "preprocessing",
    "data-split",
    "latent-factor",
    "user-embedding",
    "prediction",
)


@pytest.fixture(scope="module")
def result_of():
    """``result_of("softmax")`` is the result of that example, run once."""
    done = {}

    def get(name):
        if name not in done:
            done[name] = graphs.find_example(name).load().run()
        return done[name]

    return get


def json_of(cli, name, *options):
    """The output of ``tfcourse example NAME --json`` as text."""
    done = cli("example", name, "--json", *options)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_result_is_short_and_written_as_json(cli, result_of, monkeypatch, name):
    result = result_of(name)
    monkeypatch.setattr(graphs.find_example(name).load(), "run", lambda seed: result)
    text = json_of(cli, name)
    written = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert list(written) == list(result) and len(written) >= 2 and len(text) < 30_000


@pytest.mark.parametrize("name", EXAMPLES)
def test_draw_writes_a_picture(result_of, tmp_path, name):
    module = graphs.find_example(name).load()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")  # the font lacks a character
        path = module.draw(result_of(name), tmp_path / "picture.png")
    height, width, _ = matplotlib.image.imread(path).shape
    assert path.stat().st_size > 10_000 and height > 250 and width > 500


def test_command_example_prints_and_draws(cli, tmp_path):
    done = cli("example", "softmax", "--plot", tmp_path / "softmax.png")
    assert done.exit_code == 0, done.stderr
    assert "強化系" in done.stdout and "0.861" in done.stdout
    assert (tmp_path / "softmax.png").is_file()
    done = cli("example", "features", "--json")
    assert len(json.loads(done.stdout)["labels"]) == 6


def test_command_example_without_a_picture_shows_its_numbers(cli, tmp_path, monkeypatch):
    monkeypatch.delattr(graphs.find_example("features").load(), "draw")
    done = cli("example", "features", "--plot", tmp_path / "no.png")
    assert "90.2" in done.stdout and done.exit_code == 2
    assert "features has no picture: nothing is drawn" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_command_example_reads_a_named_folder_or_refuses_it(cli, small_dir):
    done = cli("example", "double-bill", "--data-dir", small_dir / "none")
    assert done.exit_code == 1 and "no such folder of data" in done.stderr
    done = cli("example", "softmax", "--data-dir", small_dir)
    assert done.exit_code == 2 and "softmax reads no files" in done.stderr


# -- Machine Learning Framework --------------------------------------------------------------


def test_every_kind_of_learning_does_better_than_its_baseline(result_of):
    table = result_of("kinds-of-learning")["kinds"]
    kinds = [kind.split(",")[0] for kind in table["kind"]]
    named = ("supervised", "semi-supervised", "unsupervised", "transfer", "reinforcement")
    assert tuple(dict.fromkeys(kinds)) == named
    models = " ".join(table[table["kind"] == "supervised, classification"]["model"])
    for word in ("linear", "tree", "SVM", "Bayes", "deep"):
        assert word in models
    value = table.groupby("kind", sort=False)["value"].apply(list)
    assert all(0.85 < x < 0.95 for x in value["supervised, classification"])
    for kind in ("semi-supervised", "transfer"):  # better than the same labels without more
        alone, more = value[kind]
        assert more > alone + 0.04
    assert value["unsupervised"][0] > 0.6 and value["reinforcement"][0] > 0.8


def test_gradient_descent_beats_functions_drawn_at_random(result_of):
    table = result_of("three-steps")["steps 2 and 3: evaluate, pick the best"]
    loss = dict(zip(table["function"], table["train loss"], strict=True))
    assert list(loss)[:3] == ["f(θ94)", "f(θ87)", "f(θ945)"]
    found = [value for name, value in loss.items() if "θ*" in name][0]
    assert found < min(value for name, value in loss.items() if "θ*" not in name) / 3
    assert table["valid loss"].iloc[-1] < 12  # least squares: 10.7


def test_features_and_labels_are_those_of_the_slide(result_of):
    found = result_of("features")
    scores = found["regression: 西索對十二地支的實力評分?"]["Y"]
    np.testing.assert_allclose(scores, [78.5, 87.8, 35.0, 64.0, 33.64, 90.2])
    features = found["classification: 如何判斷一個獵人是屬於什麼派系?"]
    assert features["feature"].tolist() == [f"X{i}" for i in range(1, 14)]
    assert features["中文"].iloc[0] == "念能力氣量(基本功)"
    labels = found["labels"]
    assert labels["Y"].tolist() == [1, 2, 3, 4, 5, 6]
    assert labels["中文"].iloc[0] == "強化系" and labels["中文"].iloc[5] == "特質系"
    low, _, high = found["score: lowest, mean, highest"]
    assert 0 <= low and high <= 100


def test_the_twelve_have_a_score_and_a_type(result_of):
    twelve = result_of("features")["the twelve (十二地支): score and type of each"]
    assert len(twelve) == 12 and "".join(twelve["地支"]) == "子丑寅卯辰巳午未申酉戌亥"
    assert twelve["score, 0 to 100"].between(0, 100).all()
    np.testing.assert_allclose(twelve["score, 0 to 100"][:6], hunter.DECK_SCORES)
    assert twelve["type, 1 to 6"].tolist()[:6] == [1, 2, 3, 4, 5, 6]
    assert twelve["中文"].tolist()[:2] == ["強化系", "變化系"]


def test_losses_and_their_slopes_by_formula(result_of):
    found = result_of("cross-entropy")
    assert found["MSE"] == pytest.approx((4 + 0 + 16 + 1 + 0 + 100) / 6, rel=1e-5)
    assert found["MAE"] == pytest.approx((2 + 0 + 4 + 1 + 0 + 10) / 6, rel=1e-5)
    table = found["cross entropy for a label of 1"].set_index("z")
    np.testing.assert_allclose(table["-ln z"], -np.log(table.index), atol=1e-12)
    assert table.loc[0.25, "-log2 z (bits)"] == pytest.approx(2)
    np.testing.assert_allclose(table["slope of -ln z"], -1 / table.index.to_numpy())
    np.testing.assert_allclose(table["slope of (1 - z)²"], -2 * (1 - table.index.to_numpy()))
    assert found["probability of the first class with the lowest cross entropy"] == pytest.approx(
        0.7
    )
    mean = found["best constant for MSE (the mean): without and with an outlier of 1000"]
    median = found["best constant for MAE (the median): without and with an outlier of 1000"]
    assert mean[1] - mean[0] > 100 and median[1] - median[0] < 10
    plain, gradient = found["score z = -200, label 1: -ln σ(z) and its gradient"]
    assert np.isinf(plain) and np.isnan(gradient)
    np.testing.assert_allclose(found["the same loss computed from z, and its gradient"], [200, -1])


def test_gradient_descent_finds_the_minimum_or_diverges(result_of):
    found = result_of("gradient-descent")
    table = found["brute force against gradient descent"]
    w, b, lowest = found["the minimum, by least squares: w, b, loss"]
    brute, fast, slow, slowest, away = table["loss"]
    assert lowest <= fast < brute < lowest + 0.1  # the grid's steps are 1 wide
    assert fast < slow < slowest < 3000 < away
    assert table["evaluations"].iloc[0] == 121 * 101 and table["evaluations"].iloc[1] == 1000
    assert table["w"].iloc[1] == pytest.approx(w, abs=0.2)
    assert table["b"].iloc[1] == pytest.approx(b, abs=0.2)
    limit = found["learning rate above which training diverges"]
    assert 0.1 < limit < 0.8
    assert limit == pytest.approx(2 / found["curvatures of the surface"][1])
    # Along each direction of curvature h an update multiplies the distance by 1 - η h.
    losses = found.picture["losses"]
    assert (np.diff(losses["0.8"]) > 0).all() and (np.diff(losses["0.1"])[:300] < 0).all()
    grows = losses["0.8"][-1] / losses["0.8"][-2]
    assert grows == pytest.approx((1 - 0.8 * found["curvatures of the surface"][1]) ** 2, rel=0.01)


def test_error_of_the_difference_quotient(result_of):
    found = result_of("gradient-descent")
    exact = found["dL/dw at w = 40, b = 20 by tf.gradients"]
    data = hunter.REGRESSION.prepare().train
    x, label = data["inputs"][:, 0].astype(float), data["labels"].astype(float)
    assert exact == pytest.approx(np.mean(2 * x * (40 * x + 20 - label)), rel=1e-9)
    off = found["dL/dw by the definition"].set_index("Δw")["off by"]
    # The loss is quadratic: the error is half of the second derivative times Δw, then rounding errors.
    for step in (1.0, 0.1, 0.01, 0.001, 1e-4):
        assert off[step] == pytest.approx(np.mean(x**2) * step, rel=0.01)
    assert off.min() < 1e-5 < off.iloc[-1]


def test_glorot_weights_keep_the_spread_of_activations(result_of):
    found = result_of("xavier")
    uniform, normal = found["initializers"].to_dict("records")
    assert uniform["limit by formula"] == pytest.approx(np.sqrt(6 / 180))
    for row in (uniform, normal):
        assert row["standard deviation by formula"] == pytest.approx(np.sqrt(2 / 180))
        assert row["standard deviation"] == pytest.approx(
            row["standard deviation by formula"], rel=0.03
        )
        assert row["largest |w|"] <= row["limit by formula"]
        assert row["largest |w|"] > 0.98 * row["limit by formula"]
        assert abs(row["mean"]) < 0.005
    spread = found["standard deviation of the activations (tanh)"].set_index("initial weights")
    saturated = found["share of activations beyond ± 0.95"].set_index("initial weights")
    assert spread.loc["too small: normal, 0.01", "layer 5"] < 1e-4
    assert saturated.loc["too large: normal, 1", "layer 5"] > 0.8
    for name in ("Glorot uniform", "Glorot normal"):
        assert spread.loc[name, "layer 5"] > 0.25 and saturated.loc[name, "layer 5"] < 0.01


def test_smaller_batches_lower_the_loss_more_in_an_epoch(result_of):
    found = result_of("mini-batch")
    assert found["10,000 rows, batch 100: updates in an epoch"] == 100
    assert found["10,000 rows at once: updates in an epoch"] == 1
    table = found["one epoch (loss on 1,000 other rows)"]
    assert table["batch"].tolist() == [32, 64, 100, 128, 256, 512, 10_000]
    expected = [-(-10_000 // size) for size in table["batch"]]
    assert table["updates in an epoch"].tolist() == expected
    loss = table["loss after one epoch"].to_numpy()
    assert (np.diff(loss) > 0).all()
    # The same number of updates with a hundred times the rows leads to about the same loss.
    by_batches = loss[table["batch"].tolist().index(100)]
    whole = found["all rows at once, after 100 epochs (100 updates)"]
    assert whole == pytest.approx(by_batches, rel=0.1)
    first, second = found["new order in each epoch: first labels of epochs 1 and 2"]
    assert not np.array_equal(first, second)


def test_one_hot_labels_beat_integer_labels(result_of):
    found = result_of("one-hot")
    numbers = found["distances between integer labels"]
    assert numbers[0, 1] == 1 and numbers[0, 2] == 2  # as on the slide
    apart = found["distances between one-hot labels"]
    np.testing.assert_allclose(apart, np.sqrt(2) * (1 - np.eye(6)))
    table = found["accuracy on 200 valid rows"]
    assert len(table) == 4 and (table["difference"] > 0.05).all()
    assert found["mean difference"] > 0.08
    # The artificial distances have an effect: most wrong guesses are the next number.
    counts = found["integer labels: confusion matrix (rows: labels 1 to 6, columns: guesses)"]
    wrong = counts * (1 - np.eye(6))
    assert wrong[numbers == 1].sum() > 0.6 * wrong.sum()


def test_softmax_and_sigmoid_of_the_slide(result_of):
    found = result_of("softmax")
    np.testing.assert_array_equal(found["z"], [5, 1, 3, -3, -3, 0])
    # The slide shows 0.8, 0.01, 0.11.
    np.testing.assert_allclose(found["softmax"][:3], [0.861, 0.016, 0.117], atol=0.0005)
    for shown, true in zip((0.8, 0.01, 0.11, 0, 0, 0), found["softmax"], strict=True):
        assert 0 <= true - shown < 0.07
    assert found["sum of softmax"] == pytest.approx(1)
    assert found["sum of sigmoid"] == pytest.approx(sum(1 / (1 + np.exp(-found["z"]))), rel=1e-5)
    assert found["sum of sigmoid"] > 3
    entropy = -np.log(np.exp(5) / np.exp(found["z"]).sum())
    assert found["cross entropy -Σ ŷ ln y"] == pytest.approx(entropy, rel=1e-5)
    assert found["cross entropy from z, by TensorFlow"] == pytest.approx(entropy, rel=1e-5)
    assert found["argmax of softmax"] == 0 and found["argmax hits (命中)"]
    assert found["types with sigmoid above 0.5"] == ["強化系", "變化系", "放出系"]


def test_sigmoid_beats_softmax_on_several_labels(result_of):
    table = result_of("softmax")["single label, multi label"].set_index(["hunters", "activation"])
    right = table["all six right, y > 0.5"]
    assert abs(right["one type", "softmax"] - right["one type", "sigmoid"]) < 0.03
    assert right["one or two", "sigmoid"] > right["one or two", "softmax"] + 0.08
    both = table["all six right, hunters with two types"]
    assert both["one or two", "softmax"] < 0.05 and both["one or two", "sigmoid"] > 0.4
    fair = table["all six right, y > best threshold"]
    assert fair["one or two", "sigmoid"] > fair["one or two", "softmax"]
    sums = table["mean sum of y"]
    assert sums["one or two", "softmax"] == pytest.approx(1)
    assert sums["one or two", "sigmoid"] > 1.1


def test_loop_and_matrix_product_agree(result_of):
    found = result_of("vector-form")
    table = found["loop against matrix product"]
    assert (table["largest difference"] < 1e-4).all()
    assert (table["time of the loop / time of the product"] > 2).all()
    np.testing.assert_array_equal(found["data x weight + bias"], [[4, -2]])
    np.testing.assert_allclose(found["σ(data x weight + bias)"], [[0.98, 0.12]], atol=0.005)


def test_distances_and_hidden_units_separate_the_classes(result_of):
    found = result_of("feature-transformation")
    root = np.sqrt(2)
    np.testing.assert_allclose(
        found["their distances to (0, 0), (1, 1)"],
        [[0, root], [root, 0], [1, 1], [1, 1]],
        rtol=1e-6,
    )
    line, by_hand, cascade = found["accuracy"]["accuracy"]
    assert line <= 0.76 and by_hand == 1 and cascade == 1
    tries = next(value for key, value in found.items() if key.startswith("cascades"))
    two, four, deep = tries["starts that separate all points"]
    assert 1 <= two <= four and four >= 5 and deep >= 5  # of 6
    # A line separates the outputs of the hidden units for the four corners.
    corners = found["outputs of the two hidden units for the corners"]
    middle = (corners[2] + corners[3]) / 2
    assert np.linalg.norm(corners[2] - corners[3]) < 0.2
    assert np.linalg.norm(corners[0] - middle) > 0.5 < np.linalg.norm(corners[1] - middle)


# -- Deep Neural Network(DNN) Tips -----------------------------------------------------------


def test_the_deep_network_beats_the_wide_one(result_of):
    found = result_of("network-structure")
    wide, deep = next(v for k, v in found.items() if k.startswith("two networks")).to_dict(
        "records"
    )
    assert wide["weights and biases"] == 2 * 231 + 231 + 231 + 1
    assert deep["weights and biases"] == 60 + 420 + 420 + 21
    assert wide["weights and biases"] >= deep["weights and biases"]
    assert deep["valid accuracy, mean"] > wide["valid accuracy, mean"] + 0.05
    probes = found["valid accuracy of a line on the output of each layer"].set_index("network")
    steps = probes.loc["deep", ["inputs", "layer 1", "layer 2", "layer 3"]].astype(float)
    assert (np.diff(steps) > 0).all() and steps.iloc[0] < 0.6


def test_raw_data_are_those_of_the_slide(result_of):
    found = result_of("raw-data")
    raw = found["raw data"]
    assert found["rows, columns"] == [18, 12]
    assert raw["class"].tolist()[:3] == ["16", "133", "16"]
    assert raw["latitude"].iloc[2] == "38.90359" and raw["longitude"].iloc[3] == "-122.312561"
    assert set(raw["weather"]) == {"Foggy", "Clear", "PartlyCloudy"}
    names = found["input of the network: columns"]
    assert found["input of the network: rows, columns"] == [18, len(names)]
    assert sum(name.startswith("city_") for name in names) == raw["city"].nunique() == 6
    assert "appearedYear" in found["columns with one value only (no information)"]


def test_categories_and_bands_of_the_slides(result_of):
    found = result_of("preprocessing")
    np.testing.assert_array_equal(found["S, M, L, XL to numbers"], [1, 2, 3, 4])
    np.testing.assert_array_equal(found["S, M, L, XL one-hot"], np.eye(4))
    one_hot = next(v for k, v in found.items() if k.startswith("categories"))
    np.testing.assert_array_equal(one_hot, np.eye(6))
    assert found["age bands"]["age"].tolist() == [15, 15, 70, 30]
    np.testing.assert_array_equal(found["address to latitude and longitude"], [[25.04, 121.61]])
    assert found["one pipeline: matrix"].shape == (4, len(found["one pipeline: columns"]))


def test_min_max_and_z_score_with_an_outlier(result_of):
    found = result_of("preprocessing")
    table = next(v for k, v in found.items() if k.startswith("min-max"))
    x = table["x"].to_numpy()
    np.testing.assert_allclose(table["min-max"], (x - x.min()) / (x.max() - x.min()))
    np.testing.assert_allclose(table["z-score"], (x - x.mean()) / x.std())
    assert table["z-score"].mean() == pytest.approx(0, abs=1e-12)
    assert np.std(table["z-score"]) == pytest.approx(1)
    assert table["min-max"].iloc[:5].max() < 0.01  # the other five values lie close together
    without = table["min-max without the outlier"]
    assert without.iloc[4] == 1 and pd.isna(without.iloc[5])


def test_unscaled_features_have_gradients_of_different_size(result_of):
    table = next(v for k, v in result_of("preprocessing").items() if k.startswith("temperature"))
    raw, min_max, z_score = table.to_dict("records")
    assert 200 < raw["ratio"] < 300  # 10,000 / 40 = 250
    for row in (min_max, z_score):
        assert 0.8 < row["ratio"] < 1.2
        assert row["loss after 200 updates"] < 0.02  # the variance of the noise is 0.01
        assert row["w1 x range (true: 3)"] == pytest.approx(3, abs=0.1)
        assert row["w2 x range (true: 3)"] == pytest.approx(3, abs=0.1)
    assert raw["loss after 200 updates"] > 50 * z_score["loss after 200 updates"]
    assert raw["learning rate"] < 1e-7


def test_models_are_chosen_on_valid_rows_and_by_cross_validation(result_of):
    found = result_of("data-split")
    parts = found["rows"].set_index("part")["rows"]
    assert parts.to_dict() == {"train": 360, "valid": 120, "test": 120}
    table = found["accuracy"].set_index("model")
    assert (
        table.loc["1 nearest neighbour", "train"] == 1 > table.loc["1 nearest neighbour", "valid"]
    )
    folds = table["5-fold mean"]
    assert found["chosen by 5-fold cross validation"] == folds.idxmax()
    assert found["chosen on valid rows"] == table["valid"].idxmax()
    assert folds["hunter-classification, rate 0.5"] > 0.87
    assert folds["hunter-classification, rate 0.001"] < 0.5
    assert 0.8 < found["test accuracy of the model chosen by cross validation"] < 0.97


# -- Recommendation Engine in Matrix Factorization -------------------------------------------


def test_factors_reproduce_the_given_ratings(result_of):
    found = result_of("latent-factor")
    assert np.count_nonzero(found["ratings (0: not rated)"]) == 10
    assert found["largest error on a given rating"] < 0.01
    np.testing.assert_allclose(found["r12, r33, r23 (5, 1, 2 on the slide)"], [5, 1, 2], atol=0.01)


def test_distances_of_users_and_movies(result_of):
    found = result_of("latent-factor")
    users, movies = (found[f"two factors: points of the {kind}"] for kind in ("users", "movies"))
    distance = found["distance of each user (row) to each movie (column)"]
    assert distance.shape == (4, 5)
    assert distance[2, 0] == pytest.approx(np.hypot(*(users[2] - movies[0])), rel=1e-5)
    pairs = found["rated pairs, the nearest first"]
    assert len(pairs) == 10 and pairs["distance"].is_monotonic_increasing
    np.testing.assert_allclose(pairs["u · m + mean rating"], pairs["rating"], atol=0.01)
    assert found["correlation of rating and distance"] < -0.7
    # A movie in the user's direction is rated above the mean, 3.
    angle = pairs["angle in degrees"]
    assert (angle[pairs["rating"] > 3] < 90).all() and (angle[pairs["rating"] < 3] > 90).all()


def test_one_hot_times_weights_is_a_lookup(result_of):
    found = result_of("user-embedding")
    np.testing.assert_array_equal(found["one hot"], np.eye(4))
    np.testing.assert_array_equal(found["one hot x weights"], found["weights"])
    np.testing.assert_array_equal(found["rows looked up"], found["weights"])
    assert found["equal"]
    ids = found["user ids are categories"]  # 1263, 1080, 87
    assert ids["distance of the numbers"].tolist() == [183, 1176, 993]
    np.testing.assert_allclose(ids["distance of the one-hot vectors"], np.sqrt(2))
    assert ids["one-hot"].iloc[0] == "[0 0 1], [0 1 0]"


def test_prediction_is_the_one_that_the_slide_prints(result_of):
    printed = [
        [4.9, 6.0, 2.07, 2.97, 1.8],
        [6.37, 7.0, 3.4, 5.07, 5.67],
        [7.47, 6.28, 3.27, 2.5, 4.8],
        [3.4, 4.8, 4.4, 4.27, 3.9],
    ]
    np.testing.assert_allclose(result_of("prediction")["predict"], printed, atol=1e-12)


# -- Recommendation Engine with DNN ----------------------------------------------------------


@pytest.fixture(scope="module")
def bills(small_dir):
    """The example double-bill on the small MovieLens, where the lesson is trained."""
    module = graphs.find_example("double-bill").load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "EPOCHS", 2)
        return module.run(data_dir=small_dir)


def test_double_bills_by_the_embedding_and_by_the_likes(bills, small, tmp_path):
    assert bills["embedding"] == "mf-with-dnn, trained here for 2 epochs, protocol deck"
    found = bills.picture
    assert bills["pairs"] == len(found) > 100
    row = found.iloc[7]
    likes = {user for user, movie, stars in zip(small.user, small.movie, small.rating, strict=True)
             if movie == row["a"] and stars >= 4}  # fmt: skip
    also = {user for user, movie, stars in zip(small.user, small.movie, small.rating, strict=True)
            if movie == row["b"] and stars >= 4}  # fmt: skip
    assert row["likes of a"] == len(likes) and row["likes of both"] == len(likes & also)
    share = [len(x) / small.n_users for x in (likes & also, likes, also)]
    assert row["lift"] == pytest.approx(share[0] / (share[1] * share[2]))
    genres = [set(small.movies.genres[row[x]].split("|")) for x in ("a", "b")]
    assert row["same genre"] == bool(genres[0] & genres[1])
    assert bills["by the ratings"]["lift"].iloc[0] == found["lift"].max()
    assert bills["by the embedding"]["angle in degrees"].is_monotonic_increasing
    with_one = bills["with Toy Story (1995), by the ratings"]
    assert ((with_one == "Toy Story (1995)").sum(axis=1) == 1).all()
    module = graphs.find_example("double-bill").load()
    assert module.draw(bills, tmp_path / "bills.png").stat().st_size > 10_000


def test_double_bills_take_the_checkpoint_of_the_same_movies(embedded):
    module = graphs.find_example("double-bill").load()
    if not module.CHECKPOINT.is_dir():
        pytest.skip("no checkpoints beside this installation")
    found = module.run(data_dir=embedded)
    assert found["embedding"] == "checkpoint mf_with_dnn, protocol deck"
    near, far = next(v for k, v in found.items() if k.startswith("mean lift"))
    assert near > far and 0.05 < found["rank correlation of cosine and lift"] < 0.5
    assert "Kill Bill" in found["by the ratings"]["first movie"].iloc[0]


# -- repeatable ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["xavier", "mini-batch"])
def test_the_seed_decides_the_numbers(cli, name):
    def numbers(*options):
        found = json.loads(json_of(cli, name, *options))
        for row in found.get("one epoch (loss on 1,000 other rows)", []):
            del row["seconds"]
        return found

    first = numbers()
    assert numbers() == first
    assert numbers("--seed", 5) != first
