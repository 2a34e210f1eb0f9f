"""A SavedModel gives the same numbers in a process that has TensorFlow alone."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tfcourse.errors import CourseError, UsageError
from tfcourse.recommenders import similar as recommend
from tfcourse.recommenders.export import export

PLAIN = """
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
out = {}
for name, inputs in json.loads(sys.argv[2]).items():
    for key, value in inputs.items():
        inputs[key] = tf.constant(value, tf.int32)
    found = model.signatures[name](**inputs)
    out[name] = {key: value.numpy().tolist() for key, value in found.items()}
assert "tfcourse" not in sys.modules and "graphs" not in sys.modules
print(json.dumps(out))
"""


def in_plain_tensorflow(folder, calls, cwd):
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(folder), json.dumps(calls)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["mf-with-dnn-xent", "mf"])
def test_signatures_in_a_fresh_process(trained, deck, tmp_path, name):
    model = trained(name)
    model.attach_data(deck)
    out = export(model, tmp_path / "saved")
    calls = {"similar": {"movie": 3, "k": 5}}
    if name == "mf":
        calls["score"] = {"user_id": [2, 3], "candidates": [1, 4]}
    else:
        calls["recommend"] = {"movies": [0, 2, 9, 11, 20], "k": 6}
        calls["score"] = {"movies": [0, 2, 9, 11, 20], "candidates": [1, 4]}
    found = in_plain_tensorflow(out, calls, tmp_path)

    like = model.most_like(3, 5)
    assert found["similar"]["movies"] == list(like["index"])
    np.testing.assert_allclose(found["similar"]["scores"], like["score"], atol=1e-6)
    if name == "mf":
        expected = model.scores(deck.histories, np.array([2, 3]))[[0, 1], [1, 4]]
    else:
        items = recommend.recommend(model, liked=[0, 2, 9, 11, 20], k=6).items
        assert found["recommend"]["movies"] == list(items["index"])
        np.testing.assert_allclose(found["recommend"]["scores"], items["score"], atol=1e-6)
        query = {"query_movie_ids": [[0, 2, 9, 11, 20]], "query_movie_ids_len": [5]}
        expected = model.predict({**model.item_columns(), **query})[0, [1, 4]]
    np.testing.assert_allclose(found["score"]["scores"], expected, atol=1e-6)
    assert (out / "assets.extra" / "vocabulary.csv").read_text("utf-8").startswith("index,movie_id")


def test_an_existing_folder_is_refused_and_left_alone(trained, deck, tmp_path):
    model = trained("mf")
    model.attach_data(deck)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        export(model, tmp_path / "saved")
    assert [p.name for p in (tmp_path / "saved").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("call", ["os.replace", "pandas.DataFrame.to_csv"])
def test_a_full_disk_leaves_nothing(call, trained, deck, tmp_path, monkeypatch):
    def no_space(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    model = trained("mf")
    model.attach_data(deck)
    monkeypatch.setattr(call, no_space)
    with pytest.raises(CourseError, match="saved: cannot be written: No space left on device"):
        export(model, tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_inside_a_file(trained, deck, tmp_path):
    model = trained("mf")
    model.attach_data(deck)
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="saved: cannot be written: (Not a dir|File exists)"):
        export(model, tmp_path / "file" / "saved")


def test_export_from_the_command_line(cli, trained, deck, tmp_path):
    trained("mf-with-history").save(tmp_path / "model")
    result = cli("export", tmp_path / "model", tmp_path / "saved", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"folder": str(tmp_path / "saved")}
    assert (tmp_path / "saved" / "saved_model.pb").is_file()
