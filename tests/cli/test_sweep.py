"""Sweeps over hyper-parameters, their table and picture; curves of a checkpoint."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import graphs
from tfcourse import plots, sweep
from tfcourse.cli.output import hyper_parameters
from tfcourse.errors import CheckpointError, UsageError


def read(*words, lesson="pokemon-dropout"):
    cls = graphs.find(lesson).load()
    return sweep.read_values(words, lambda pair: hyper_parameters(cls, pair))


def test_read_values():
    assert read("--learning-rate", "0.1", "0.01", "0.001") == (
        "learning_rate", [0.1, 0.01, 0.001], {},
    )  # fmt: skip
    assert read("--drop-rate", "0.3", "0.4", "--n-batch", "32") == (
        "drop_rate", [0.3, 0.4], {"n_batch": 32},
    )  # fmt: skip
    assert read("--hidden1=8") == ("hidden1", [8], {})
    assert read("--optimizer", "adam", "sgd", "adam")[1] == ["adam", "sgd"]
    assert read("--shuffle", "true", "false")[1] == [True, False]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name a hyper-parameter"),
        (("0.1", "0.2"), "belongs to no option"),
        (("--learning-rate",), "needs a value"),
        (("--learning-rate", "fast", "slow"), "takes a number, not 'fast'"),
        (("--speed", "1", "2"), "unknown option '--speed'"),
        (("--hidden1", "8", "--hidden2", "8"), "one hyper-parameter gets several values"),
        (("--hidden1", "8", "9", "--hidden2", "8", "9"), "not hidden1 and hidden2"),
        (("--hidden1", "8", "--hidden1", "9"), "given twice"),
    ],
)
def test_read_values_says_what_is_wrong(words, message):
    with pytest.raises(UsageError, match=message):
        read(*words)


def test_rows_are_those_of_single_runs(cli, tmp_path):
    done = cli(
        "sweep", "pokemon-ce", "--learning-rate", "0.1", "0.001", "--hidden1", 8, "--hidden2", 8,
        "--epochs", 2, "--seeds", 2, "--seed", 5, "--data-dir", tmp_path / "data", "--json",
        "--plot", tmp_path / "rates.png",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["value"] for row in rows] == [0.1, 0.001]
    assert all(row["parameter"] == "learning_rate" and row["seeds"] == [5, 6] for row in rows)
    assert rows[0]["tr_loss"] != rows[1]["tr_loss"]
    assert "generated stand-in" in rows[0]["source"] and "Generated stand-in" in done.stderr
    assert (tmp_path / "rates.png").stat().st_size > 5000

    ends = []
    for seed in (5, 6):
        one = cli(
            "fit", "pokemon-ce", "--learning-rate", 0.1, "--hidden1", 8, "--hidden2", 8, "--epochs",
            2, "--seed", seed, "--data-dir", tmp_path / "data", "--model-dir", tmp_path / str(seed), "--json",
        )  # fmt: skip
        ends.append(json.loads(one.stdout)["hist"])
    for name in ("tr_loss", "vl_loss", "tr_acc", "vl_acc"):
        values = [hist[name][-1] for hist in ends]
        assert rows[0][name] == pytest.approx(np.mean(values))
        assert rows[0][name + "_spread"] == pytest.approx(np.std(values, ddof=1))
    mean = np.mean([hist["vl_loss"] for hist in ends], 0)
    assert rows[0]["lowest"] == pytest.approx(mean.min())
    assert rows[0]["lowest_epoch"] == mean.argmin() + 1


def test_jobs_give_the_same(python, tmp_path):
    args = ["-m", "tfcourse.cli", "sweep", "pokemon-dropout", "--drop-rate", "0.3", "0.5", "--seeds", 2,
            "--epochs", 1, "--data-dir", tmp_path / "data", "--json"]  # fmt: skip
    one, two = python(*args), python(*args, "--jobs", 2)
    assert two.returncode == 0 and len(json.loads(two.stdout)) == 2
    assert two.stdout == one.stdout
    # The note, a line for each training, and no messages of TensorFlow.
    lines = two.stderr.splitlines()
    assert sorted(lines) == sorted(one.stderr.splitlines()) and len(lines) == 5
    assert lines[0].startswith("Generated stand-in")


def test_recommenders_can_be_swept(cli, small_dir, tmp_path):
    done = cli(
        "sweep", "mf", "--dim", 2, 3, "--epochs", 1, "--protocol", "clean", "--data-dir", small_dir
    )
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[0] == "dim" and [line.split()[0] for line in lines[2:]] == ["2", "3"]
    assert "vl_rmse" in lines[0]


def test_a_rate_that_diverges_is_null(cli, tmp_path):
    done = cli(
        "sweep", "pokemon-leaky-relu", "--learning-rate", "0.5", "1.0", "--epochs", 1,
        "--data-dir", tmp_path / "data", "--json", "--plot", tmp_path / "none.png", "--seeds", 2,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    row, _ = json.loads(done.stdout)
    assert (
        row["vl_loss"] is row["vl_loss_spread"] is None
        and row["lowest"] is None
        and row["lowest_epoch"] is None
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--n-features", 10, 20), "n_features is not chosen: the data say 200"),
        (("--n-epoch", 1, 2, "--epochs", 3), "give one of them"),
        (("--activation", "relu", "swish"), "unknown activation 'swish'"),
    ],
)
def test_wrong_sweeps_stop_before_training(cli, tmp_path, words, message):
    done = cli("sweep", "pokemon-ce", *words, "--data-dir", tmp_path / "data")
    assert done.exit_code == 2 and message in done.stderr
    assert "seed 88" not in done.stderr


def test_the_table():
    row = {"lesson": "x", "parameter": "dim", "value": 0.001, "tr_loss": 1.0, "vl_loss": math.nan,
           "tr_loss_spread": 0.25, "lowest": 0.5, "lowest_epoch": 3}  # fmt: skip
    assert sweep.text_rows([row]) == [
        {"dim": "0.001", "tr_loss": "1.0000 (0.2500)", "vl_loss": "nan", "lowest": "0.5000",
         "in epoch": "3"}
    ]  # fmt: skip


def test_titles_without_glyphs_that_the_font_lacks():
    assert plots.drawable("Early Stopping: 懸崖勒馬! (deck)\n比較潮的Activation") == (
        "Early Stopping: ! (deck)\nActivation"
    )


def test_no_curves(tmp_path):
    with pytest.raises(CheckpointError):
        sweep.plot_checkpoint(tmp_path)
