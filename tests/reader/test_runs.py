"""The newest training of each lesson."""

from __future__ import annotations

import json
import sys

import pytest

from tfcourse import checkpoints, lessons, training
from tfcourse.reader import runs
from tfcourse.reader.charts import Curve, chart


@pytest.fixture(scope="module")
def trained_here(tmp_path_factory, small_dir):
    """A folder of checkpoints with two trainings of a lesson, the second one newer."""
    folder = tmp_path_factory.mktemp("checkpoints")
    cls = lessons.find("mf").load()
    data = training.prepare(cls, small_dir, "clean")
    for name in ("first", "deeper/second"):
        training.train(cls, data, epochs=1, model_dir=folder / name, dim=4, seed=3).close()
    return folder


def test_newest_run(trained_here):
    lines = []
    found = runs.newest(trained_here, lines.append)
    run = found["mf"]
    assert list(found) == ["mf"] and lines == []
    assert run.folder == trained_here / "deeper" / "second"
    assert (run.protocol, run.seed, run.monitor) == ("clean", 3, "vl_rmse")
    _prefix, described = checkpoints.find(run.folder)
    assert run.hist == described["hist"] and run.epoch == described["epoch"]
    assert run.value("vl_rmse") == described["hist"]["vl_rmse"][-1]
    assert run.value("lowest") == min(described["hist"]["vl_loss"])
    assert run.value("auc") is None


def test_measured_is_what_evaluate_says(trained_here, small_dir):
    run = runs.newest(trained_here, print)["mf"]
    measured = runs.measured(run, small_dir, print)
    model = checkpoints.load(run.folder)
    data = training.prepare(type(model), small_dir, "clean")
    expected = model.measure(data)
    model.close()
    assert measured.figures == pytest.approx(expected, nan_ok=True)
    assert measured.value("auc") == pytest.approx(expected["auc"])


def test_other_data_are_not_measured(trained_here, embedded):
    run, lines = runs.newest(trained_here, print)["mf"], []
    assert runs.measured(run, embedded, lines.append) == run
    assert "not measured" in lines[0] and "other data" in lines[0]


def test_a_damaged_checkpoint_is_left_out_with_a_word(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "model-1.json").write_text(json.dumps({"format": 2}))
    lines = []
    assert runs.newest(tmp_path, lines.append) == {}
    assert len(lines) == 1 and "model-1" in lines[0]


def test_no_folder_is_no_run(tmp_path):
    assert runs.newest(tmp_path / "missing", print) == {}


def test_nothing_that_a_checkpoint_names_is_imported(
    trained_here, tmp_path, small_dir, monkeypatch
):
    source = trained_here / "first"
    (tmp_path / "wrong.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    for lesson in ("mf", f"{tmp_path}/wrong.py:Wrong"):
        folder = tmp_path / lesson[-5:].replace(":", "")
        folder.mkdir()
        for path in source.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        for file in folder.glob("model-*.json"):
            described = json.loads(file.read_text("utf-8"))
            described.update({"lesson": lesson, "class": "wrong:Wrong"})
            described["digest"] = checkpoints.files.digest_of(described)
            file.write_text(json.dumps(described))
    lines: list[str] = []
    found = runs.newest(tmp_path, lines.append)
    assert set(found) == {"mf"} and lines == []  # the other one is none of the list of lessons
    assert runs.measured(found["mf"], small_dir, lines.append) == found["mf"]
    assert len(lines) == 1 and "a checkpoint of 'mf' (wrong:Wrong)" in lines[0]
    assert "wrong" not in sys.modules


def test_chart():
    drawn = chart("a <loss>", [Curve("train", "tr-run", [2.0, 1.0, float("nan"), 0.5])], 2)
    assert 'aria-label="a &lt;loss&gt;"' in drawn
    assert drawn.count("L") == 2  # three points that can be drawn
    assert 'class="kept"' in drawn
    assert chart("nothing", [Curve("train", "tr-run", [float("nan")])]) == ""
    assert "<circle" in chart("one", [Curve("train", "tr-run", [1.0])])
