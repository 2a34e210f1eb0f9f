"""Tests of the benchmarks: all contenders compute the same, and the report shows the figures."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import generated, report
from benchmarks.models import MODELS, NEEDS, RECOMMENDERS, installed
from benchmarks.ways import course_way, tfcourse_way

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def weights(small_dir, tmp_path_factory):
    """``weights("mf")``: a file of the lesson's initial weights on the small MovieLens."""
    folder = tmp_path_factory.mktemp("weights")

    def get(model):
        path = folder / f"{model}.npz"
        if not path.exists():
            np.savez(path, **tfcourse_way.initial_weights(model, small_dir))
        return path

    return get


@pytest.fixture(scope="module")
def ours(small_dir, weights):
    """``ours("mf")``: this project's losses of three epochs with the engine graph."""
    found = {}

    def get(model):
        if model not in found:
            data = tfcourse_way.prepare(model, small_dir)
            found[model] = tfcourse_way.train(model, data, weights(model), 3, "graph")[1]
        return found[model]

    return get


def child(**given):
    """Run one measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", json.dumps(given)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("model", RECOMMENDERS)
def test_the_courses_way_has_the_losses_of_the_graph_engine(model, small_dir, weights, ours):
    data = course_way.prepare(model, small_dir)
    seconds, losses = course_way.train(model, data, weights(model), 3)
    assert len(seconds) == 3
    np.testing.assert_allclose(losses, ours(model), rtol=1e-4)


@pytest.mark.skipif(not installed("torch"), reason="PyTorch is not installed")
@pytest.mark.parametrize(
    ("model", "way"), [(m, w) for m in RECOMMENDERS for w in MODELS[m].ways if "torch" in w]
)
def test_torch_has_the_losses_of_the_graph_engine(model, way, small_dir, weights, ours):
    from benchmarks.ways import torch_way

    data = torch_way.prepare(model, small_dir)
    losses = torch_way.train(model, data, weights(model), 3, way)[1]
    np.testing.assert_allclose(losses, ours(model), rtol=1e-4)


@pytest.mark.parametrize("way", ["keras", "tf-keras"])
@pytest.mark.parametrize("model", ["mf", "history"])
def test_keras_has_the_losses_of_the_graph_engine(model, way, small_dir, weights, ours):
    given = {"way": way, "model": model, "folder": str(small_dir), "epochs": 3}
    losses = child(task="train", weights=str(weights(model)), **given)["losses"]
    if model == "history":
        np.testing.assert_allclose(losses, ours(model), rtol=1e-4)
        return
    # In basic MF Keras has its own order of the rows. The Adagrad of Keras 3 adds the squares of a
    # batch's rows, where all others square their sum, so it learns faster.
    compared = 1 if way == "keras" else 3
    np.testing.assert_allclose(losses[:compared], ours(model)[:compared], rtol=0.05)
    assert losses[2] < losses[1] < losses[0]


@pytest.mark.skipif(not installed("surprise"), reason="Surprise is not installed")
def test_surprise_gives_a_time_for_each_epoch(small_dir, weights):
    from benchmarks.ways import surprise_way

    data = surprise_way.prepare("mf", small_dir)
    assert len(surprise_way.train("mf", data, weights("mf"), 2)[0]) == 2


def test_the_courses_way_prepares_the_same_rows_and_queries(small_dir, deck):
    data = course_way.prepare("dnn", small_dir)
    for frame, rows in ((data.train, deck.train), (data.test, deck.test)):
        if rows is deck.test:  # the course sorted them by rating, from high to low
            order = np.lexsort((-rows.rating, rows.user))
        else:
            order = np.arange(len(rows))
        columns = rows.take(order)
        np.testing.assert_array_equal(frame.user_id, columns["user_id"])
        np.testing.assert_array_equal(frame.movie_id, columns["candidate_movie_id"])
        np.testing.assert_allclose(frame.avg_rating, columns["avg_rating"], atol=1e-6)
        np.testing.assert_allclose(frame.year, columns["year"], atol=1e-6)
        for i, query in enumerate(frame.query_movie_ids):
            size = columns["query_movie_ids_len"][i]
            assert sorted(query) == sorted(columns["query_movie_ids"][i][:size])


def test_contenders_that_need_a_package_exist():
    assert set(NEEDS) <= {way for m in MODELS.values() for way in m.ways}


# --- generated ratings ------------------------------------------------------------------------


def test_generated_ratings_have_the_size_and_a_long_tail():
    columns = generated.ratings(100_000)
    n_users, n_movies = generated.SIZES[100_000]
    assert 0.95 * 100_000 < len(columns["user"]) <= 100_500
    assert columns["user"].max() == n_users - 1 and columns["movie"].max() < n_movies
    assert len({*zip(columns["user"], columns["movie"], strict=True)}) == len(columns["user"])
    assert {*np.unique(columns["rating"])} <= {*np.arange(0.5, 5.5, 0.5)}
    per_user, per_movie = (np.bincount(columns[name]) for name in ("user", "movie"))
    assert per_user.mean() > 1.2 * np.median(per_user)
    assert np.sort(per_movie)[-n_movies // 10 :].sum() > 0.3 * len(columns["user"])


@pytest.mark.parametrize("model", ["mf", "history"])
def test_scale_measures_an_epoch_on_generated_ratings(model, tmp_path):
    generated.write(3_000, tmp_path)
    found = generated.measure(model, tmp_path, limit=60)
    assert found["share"] == 1.0 and found["seconds"] > 0
    assert found["rows"] == len(np.load(tmp_path / "user.npy"))


def test_a_part_of_an_epoch_has_its_first_batches(deck):
    whole = deck.train_batches(32)
    part = generated.PartOfEpoch(deck.train, 32, shuffle=True)
    part.share = 0.5
    assert len(part) == round(len(whole) / 2)
    np.testing.assert_array_equal(part.order(1, 3), whole.order(1, 3)[: 32 * len(part)])


# --- pred, start, report ----------------------------------------------------------------------


@pytest.mark.parametrize("model", ["mf", "history", "dnn"])
def test_pred_and_infer_compute_the_same_scores(model, small_dir):
    from benchmarks import pred

    found = pred.measure(model, small_dir, 3)
    assert found["differ"] < 1e-4
    assert min(found["pred"], found["pred_slide"], found["infer"]) > 0


def test_start_finds_out_whether_tensorflow_is_imported():
    assert child(task="start", command=["--help"]) == {"tensorflow": False}


def run(seconds, peak, losses=(2.0, 1.0, 0.5)):
    return {"seconds": [9.0, *seconds], "prepare": 1.0, "peak_mb": peak, "losses": list(losses)}


def found(course_seconds, course_peak=3000.0, feed_loss=0.5):
    about = report.about(2, ["--only", "history", "--out", "somewhere/else.md"])
    data = {"rows": 9, "users": 2, "movies": 3, "train": 6, "test": 3}
    return {
        "about": about,
        "data": {**data, "source": "a test", "pokemon": "generated"},
        "idle": {"peak_mb": 400.0},
        "train": {
            "history": {
                "graph": [run([0.1], 500.0), run([0.2], 500.0)],
                "feed": [run([1.0], 600.0, (2.0, 1.0, feed_loss))] * 2,
                "course": [run([s], course_peak, (2.0, 1.001)) for s in course_seconds],
                "torch": [{"failed": "out of memory"}] * 2,
            }
        },
    }


def judged(measured):
    return {claim: reached for claim, _, reached in report.claims(measured)}


def test_ratios_are_computed_within_rounds():
    results = found([3.0, 4.0])["train"]["history"]
    assert report.ratios(results["course"], results["graph"], report.epoch) == [30.0, 20.0]
    assert report.ratios(results["torch"], results["graph"], report.epoch) == []


def test_claims_are_reached_or_not_by_the_measurements():
    speed = "MF with history: an epoch is at least 25 times faster than with the course's way"
    memory = "MF with history: peak memory is at most a third of the course's way's"
    engines = (
        "MF with history: the relative difference between the losses of both engines is at most "
        "1e-04 after 3 epochs"
    )
    good = judged(found([3.0, 4.0]))
    assert good[speed] and good[memory] and good[engines]
    assert not judged(found([2.0, 3.0]))[speed]
    assert not judged(found([3.0, 4.0], course_peak=1400.0))[memory]
    assert not judged(found([3.0, 4.0], feed_loss=0.5001))[engines]


def test_the_report_shows_failures_but_no_path_of_the_machine():
    text = report.text(found([3.0, 4.0]))
    assert "out of memory" in text
    assert "somewhere" not in text and str(ROOT) not in text
    assert "used 100 MB more than that, and the course's way 2,600 MB more" in text
    assert "| the course's way | 3.500 (3.000 to 4.000) | 25.0 (20.0 to 30.0)x |" in text


def test_orders_are_compared_in_one_run(small_dir, capsys):
    from benchmarks import order

    order.main(["--data-dir", str(small_dir), "--seeds", "2", "--epochs", "2"])
    shown = capsys.readouterr()
    rows = re.findall(r"^\| (rows|users) \| [\d.]+ \| ([\d.]+) \| ([\d.]+) \(", shown.out, re.M)
    assert [name for name, *_ in rows] == ["rows", "users"] and float(rows[0][1]) == 1
    best = [float(x) for x in re.findall(r"seed \d, rows: ([\d.]+)", shown.err)]
    assert float(rows[0][2]) == pytest.approx(sum(best) / 2, abs=1e-4)
