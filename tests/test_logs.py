"""The CSV file and the bar of a training. For TensorBoard see test_tensorboard.py."""

from __future__ import annotations

import csv
import errno
import math
import os
import sys

import pytest

from tfcourse.errors import CourseError
from tfcourse.logs import CSVLog, Progress

# --- CSV --------------------------------------------------------------------------------------


def test_csv_log_has_a_row_per_epoch_with_all_curves(small_fit, tmp_path):
    path = tmp_path / "new" / "log.csv"
    model = small_fit(CSVLog(path))
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    for name, values in model.hist.items():
        assert [float(row[name]) for row in rows] == values
    assert set(rows[0]) == {"epoch", *model.hist}


def test_csv_log_is_written_after_each_epoch(small_fit, tmp_path):
    lines = []

    def look(model):
        lines.append(len((tmp_path / "log.csv").read_text().splitlines()))

    small_fit([CSVLog(tmp_path / "log.csv"), look])
    assert lines == [2, 3, 4]


def test_csv_log_keeps_its_rows_after_an_interruption(small_fit, tmp_path):
    def interrupt(model):
        if model.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small_fit([CSVLog(tmp_path / "log.csv"), interrupt])
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


def test_csv_log_has_the_epochs_before_when_a_training_goes_on(small_fit, deck, tmp_path):
    path = tmp_path / "log.csv"
    model = small_fit(CSVLog(path), n_epoch=2)
    first = path.read_text()
    model.fit(
        deck.train_batches(64), n_epoch=1, callback=CSVLog(path), resume=True, verbose=False
    )  # without valid rows: the curves of the valid loss end
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert path.read_text().startswith(first.splitlines()[0])
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["tr_loss"]) for row in rows] == model.hist["tr_loss"]
    assert [row["vl_loss"] for row in rows] == [*map(str, model.hist["vl_loss"]), ""]


def no_space(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_csv_log_on_a_full_disk_keeps_the_rows_before(small_fit, tmp_path, monkeypatch):
    path = tmp_path / "log.csv"

    def fill(model):
        if model.epoch == 2:
            monkeypatch.setattr(os, "replace", no_space)

    with pytest.raises(CourseError, match="log.csv: cannot be written: No space left on device"):
        small_fit([CSVLog(path), fill])
    assert len(path.read_text().splitlines()) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["log.csv"]


def test_a_csv_log_that_cannot_be_written_is_an_error_before_the_training(small_fit, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="inside: cannot be written: Not a directory"):
        small_fit([CSVLog(tmp_path / "file" / "inside"), lambda model: pytest.fail("trained")])


# --- the bar ----------------------------------------------------------------------------------


def test_progress_counts_batches_on_standard_error(small_fit, capsys, deck):
    small_fit(Progress(), n_epoch=2, engine="feed")
    captured = capsys.readouterr()
    total = math.ceil(len(deck.train) / 64)
    assert captured.out == ""
    assert "epoch 1" in captured.err and "epoch 2" in captured.err
    assert f"/{total} " in captured.err


def test_progress_is_removed_when_training_is_interrupted(small_fit, capsys):
    bar = Progress()

    def interrupt(model):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small_fit([interrupt, bar])
    shown = capsys.readouterr().err
    assert "epoch 1" in shown
    last_line = shown.rstrip("\r").rsplit("\r", 1)[-1]
    assert shown.endswith("\r") and last_line.isspace()  # the bar was overwritten with blanks


def test_a_training_goes_on_without_the_bar_when_the_terminal_is_gone(small_fit, monkeypatch):
    class Gone:
        encoding = "utf-8"

        def write(self, text):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        def flush(self):
            self.write("")

    monkeypatch.setattr(sys, "stderr", Gone())
    assert small_fit(Progress(), n_epoch=2).epoch == 2
