"""What a training writes for TensorBoard, as TensorBoard itself reads it."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import time

import numpy as np
import pytest

from tfcourse.errors import CourseError
from tfcourse.logs import TensorBoard
from tfcourse.tensorboard import histogram


@pytest.fixture(scope="module")
def opened():
    """``opened(folder)``: TensorBoard's own server, asked without a port: ``get(path, **query)``."""
    program = pytest.importorskip("tensorboard.program", reason="TensorBoard is not installed")
    from tensorboard import default
    from werkzeug.test import Client

    class Server:
        def __init__(self, app, flags):
            self.client = Client(app)

        def serve_forever(self):
            pass

        def get_url(self):
            return self

    def open_(folder):
        board = program.TensorBoard(plugins=default.get_plugins(), server_class=Server)
        board.configure(argv=[None, "--logdir", str(folder), "--load_fast", "false"])
        client = board.launch().client

        def get(path, **query):
            answer = client.get(f"/data/plugin/{path}", query_string=query)
            assert answer.status_code == 200, answer.get_data(as_text=True)
            return answer

        limit = time.monotonic() + 30
        while not get("scalars/tags").json:  # it reads in a thread
            assert time.monotonic() < limit, "TensorBoard has read nothing"
            time.sleep(0.05)
        return get

    return open_


def vectors_in(folder):
    """The vectors that the projector shows."""
    return np.loadtxt(folder / "item_vectors-tensor.tsv", delimiter="\t", ndmin=2)


# --- opened by TensorBoard ----------------------------------------------------------------------


def test_tensorboard_shows_a_training_of_movies(cli, small_dir, opened, tmp_path, deck):
    from tfcourse import checkpoints

    board, folder = tmp_path / "board", tmp_path / "model"
    done = cli("fit", "mf-with-dnn", "--data-dir", small_dir, "--epochs", 3, "--tensorboard", board,
               "--model-dir", folder, "--json")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    hist = json.loads(done.stdout)["hist"]
    get = opened(board)
    model = checkpoints.load(folder)

    assert set(get("scalars/tags").json["."]) == set(hist)
    points = get("scalars/scalars", run=".", tag="vl_rmse").json
    assert [step for _, step, _ in points] == [1, 2, 3]
    np.testing.assert_allclose([value for _, _, value in points], hist["vl_rmse"], rtol=1e-6)

    sizes = {
        v.op.name: v.shape.num_elements() for v in model.graph.get_collection("trainable_variables")
    }
    assert set(get("histograms/tags").json["."]) == set(sizes)
    for tag, size in sizes.items():
        steps = get("histograms/histograms", run=".", tag=tag).json
        assert [step for _, step, _ in steps] == [1, 2, 3]
        assert all(sum(n for _, _, n in buckets) == size for _, _, buckets in steps)

    graph = get("graphs/graph", run=".").get_data(as_text=True)
    scopes = {name.split("/")[0] for name in re.findall(r'^  name: "(.*)"', graph, re.MULTILINE)}
    assert {"inputs", "embedding", "dnn", "computation", "loss", "train"} <= scopes
    assert scopes <= {op.name.split("/")[0] for op in model.graph.get_operations()}  # no engine's

    (shown,) = get("projector/info", run=".").json["embeddings"]
    assert (shown["tensorName"], shown["tensorShape"]) == ("item_vectors", [60, model.dim])
    metadata = get("projector/metadata", run=".", name="item_vectors").get_data(as_text=True)
    names, *rows = [line.split("\t") for line in metadata.splitlines()]
    assert names == ["index", "movie_id", "title", "genres", "year"]
    vocabulary = deck.catalogue.vocabulary
    assert [row[0] for row in rows] == [str(i) for i in range(60)]
    assert [row[1] for row in rows] == [str(i) for i in vocabulary.raw_id]
    assert [row[2] for row in rows] == list(vocabulary.title)
    assert [row[3] for row in rows] == list(vocabulary.genres)
    assert sum(row[2].endswith(f" ({row[4]})") for row in rows) > 30
    assert all(row[4] or not re.search(r"\(\d{4}\)", row[2]) for row in rows)
    sent = get("projector/tensor", run=".", name="item_vectors").data
    kept = model.predict(model.item_columns(), model.item_vectors)
    np.testing.assert_array_equal(np.frombuffer(sent, np.float32).reshape(kept.shape), kept)
    model.close()


def test_a_lesson_without_movies_has_all_but_the_projector(cli, opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = cli("fit", "hunter-regression", "--epochs", 2, "--tensorboard", "board")
    assert done.exit_code == 0, done.stderr
    get = opened(tmp_path / "board")
    assert get("histograms/tags").json["."]
    assert not [p for p in (tmp_path / "board").iterdir() if "tfevents" not in p.name]


# --- which epoch --------------------------------------------------------------------------------


class Spoil:
    """Raise the learning rate before an epoch, so that it and the next are worse; and note the
    embedding at the end of each epoch."""

    def __init__(self, epoch):
        self.epoch, self.seen = epoch, {}

    def on_epoch_begin(self, model):
        if model.epoch + 1 == self.epoch:
            model.lr.load(20.0, model.running_session)

    def __call__(self, model):
        feeds = model.feed_dict(model.item_columns(), "infer")
        self.seen[model.epoch] = model.running_session.run(model.item_vectors, feeds)


def test_the_vectors_are_those_of_the_epoch_that_is_kept(small_fit, tmp_path):
    spoil, board = Spoil(3), tmp_path / "board"
    model = small_fit([spoil, TensorBoard(board)], n_epoch=4, model_dir=tmp_path / "model")
    assert model.saved_epoch == 2 and model.epoch == 4
    np.testing.assert_allclose(vectors_in(board), spoil.seen[2], rtol=1e-6)


def test_without_a_folder_of_checkpoints_they_are_of_the_last_epoch(small_fit, tmp_path):
    spoil = Spoil(3)
    small_fit([spoil, TensorBoard(tmp_path)], n_epoch=3)
    np.testing.assert_allclose(vectors_in(tmp_path), spoil.seen[3], rtol=1e-6)


def test_a_training_that_goes_on_and_gets_worse_keeps_them(small_fit, deck, tmp_path):
    board, folder = tmp_path / "board", tmp_path / "model"
    model = small_fit([first := Spoil(9), TensorBoard(board)], n_epoch=2, model_dir=folder)
    model = small_fit([Spoil(3), TensorBoard(board)], n_epoch=4, model_dir=folder, resume=True)
    assert (model.saved_epoch, model.epoch) == (2, 4)
    np.testing.assert_allclose(vectors_in(board), first.seen[2], rtol=1e-6)


def test_a_training_that_goes_on_with_a_new_board_says_which_epoch_is_shown(
    small_fit, tmp_path, caplog
):
    board, folder = tmp_path / "board", tmp_path / "model"
    small_fit(n_epoch=1, model_dir=folder)
    small_fit([last := Spoil(2), TensorBoard(board)], n_epoch=2, model_dir=folder, resume=True)
    np.testing.assert_allclose(vectors_in(board), last.seen[2], rtol=1e-6)
    assert "shows epoch 2, the last one; epoch 1, which is kept" in caplog.text


# --- what can go wrong --------------------------------------------------------------------------


def test_without_tensorboard_all_but_one_file_is_written(small_fit, tmp_path, monkeypatch, caplog):
    for name in ("tensorboard", "tensorboard.plugins", "tensorboard.plugins.projector"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "tensorboard.plugins.projector.projector_config_pb2", False)
    small_fit(TensorBoard(tmp_path), n_epoch=1)
    assert 'pip install "tfcourse[tensorboard]"' in caplog.text and "\n" not in caplog.messages[-1]
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names[0].startswith("events.out.tfevents.")
    assert names[1:] == ["item_vectors-metadata.tsv", "item_vectors-tensor.tsv"]


def test_a_folder_that_cannot_be_made_is_an_error(small_fit, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="cannot be written"):
        small_fit(TensorBoard(tmp_path / "file" / "board"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_an_error(small_fit, tmp_path, monkeypatch):
    from tfcourse.tf1 import tf

    writer = tf.python_io.TFRecordWriter
    monkeypatch.setattr(tf.python_io, "TFRecordWriter", lambda path: writer("/dev/full"))
    with pytest.raises(CourseError, match="board: cannot be written: No space left on device"):
        small_fit(TensorBoard(tmp_path / "board"))


def test_a_disk_that_is_full_at_the_end_is_an_error_and_leaves_no_part(
    small_fit, tmp_path, monkeypatch
):
    def no_space(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(model):
        monkeypatch.setattr(os, "replace", no_space)

    with pytest.raises(CourseError, match="tensor.tsv: cannot be written: No space left on device"):
        small_fit([TensorBoard(tmp_path), fill], n_epoch=1)
    assert [p.name.split(".")[0] for p in tmp_path.iterdir()] == ["events"]


def test_two_trainings_into_one_board_have_a_file_of_events_each(small_fit, tmp_path):
    for _ in range(2):
        small_fit(TensorBoard(tmp_path), n_epoch=1)
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 2


# --- histograms ---------------------------------------------------------------------------------


def test_a_histogram_counts_all_values():
    values = np.array([[0.0, 1.0], [3.0, 3.0]], np.float32)
    found = histogram(values)
    assert (found["min"], found["max"], found["num"]) == (0, 3, 4)
    assert (found["sum"], found["sum_squares"]) == (7, 19)
    assert found["bucket"].sum() == 4 and found["bucket"][-1] == 2
    assert found["bucket_limit"][-1] == 3 and (np.diff(found["bucket_limit"]) > 0).all()


def test_a_histogram_leaves_out_what_is_not_finite():
    assert histogram(np.array([1.0, np.nan, np.inf]))["num"] == 1
    assert histogram(np.array([np.nan])) is None
