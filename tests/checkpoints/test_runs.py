"""A training and its folder: going on, replacing, the lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import graphs
import tfcourse
from tfcourse import checkpoints, training
from tfcourse.callbacks import EarlyStopping
from tfcourse.datasets import pokemon
from tfcourse.errors import CheckpointError

LESSONS = {
    "mf": {"n_batch": 32},
    "mf-with-history": {"n_batch": 32, "optimizer": "momentum"},
    "mf-with-dnn-lab": {"n_batch": 64, "dp_scale": 0.3, "optimizer": "adam"},
    "pokemon-dropout": {"hidden1": 4, "hidden2": 4, "n_batch": 64},
}


class Stop(Exception):
    """What ends a training in the middle of an epoch."""


def stop_in(epoch):
    class Stopping:
        def __call__(self, model): ...

        def on_batch(self, model, done, total):
            if model.epoch + 1 == epoch and done * 2 >= total:
                raise Stop

    return Stopping()


@pytest.fixture(scope="module")
def data_of(small):
    found = {"movielens": small.prepare("clean"), "pokemon": pokemon.load(None).prepare()}
    return lambda name: found[graphs.find(name).load().dataset]


def train(name, data, folder, epochs=4, callbacks=(), **options):
    cls = graphs.find(name).load()
    hyper = {**LESSONS[name], **options.pop("hyper", {})}
    return training.train(
        cls, data, epochs=epochs, model_dir=folder, callbacks=callbacks, **options, **hyper
    )


@pytest.fixture(scope="module")
def ended(data_of, tmp_path_factory):
    """The folder of a training of mf over three epochs, the last of them the best. Not to be written
    to."""
    folder = tmp_path_factory.mktemp("ended")
    assert train("mf", data_of("mf"), folder, epochs=3).saved_epoch == 3
    return folder


@pytest.fixture
def copied(ended, tmp_path):
    """A copy of that folder."""
    return shutil.copytree(ended, tmp_path / "copied")


def left_behind(folder):
    names = {path.name for path in folder.iterdir()}
    return {
        n for n in names if not n.startswith(("model-", "vocabulary-")) and n != "checkpoint"
    } | {n for n in names if n.endswith(".saving")}


# What goes on in a training (weights, slots, draws, order) is of the lesson or of the engine: each lesson
# and each engine is here, dropout in both, Momentum and Adam. The other pairs have the marker slow.
PAIRS = {
    ("mf", "feed"): [],
    ("mf", "graph"): [pytest.mark.slow],
    ("mf-with-history", "feed"): [pytest.mark.slow],
    ("mf-with-history", "graph"): [],
    ("mf-with-dnn-lab", "feed"): [pytest.mark.slow],
    ("mf-with-dnn-lab", "graph"): [],
    ("pokemon-dropout", "feed"): [],
    ("pokemon-dropout", "graph"): [pytest.mark.slow],
}


@pytest.mark.parametrize(
    ("name", "engine"), [pytest.param(*pair, marks=marks) for pair, marks in PAIRS.items()]
)
def test_interrupted_and_gone_on_with_ends_as_if_it_had_not_been(name, engine, data_of, tmp_path):
    data = data_of(name)
    whole = train(name, data, tmp_path / "whole", engine=engine)
    for epoch in (1, 3):
        with pytest.raises(Stop):
            train(
                name,
                data,
                tmp_path / "cut",
                engine=engine,
                callbacks=[stop_in(epoch)],
                resume=epoch > 1,
            )
    again = train(name, data, tmp_path / "cut", engine=engine, resume=True)
    assert again.hist == whole.hist and again.epoch == whole.epoch == 4
    assert again.saved_epoch == whole.saved_epoch
    np.testing.assert_equal(again.get_weights(), whole.get_weights())
    assert left_behind(tmp_path / "cut") == set()
    one, two = (tfcourse.describe(tmp_path / place) for place in ("whole", "cut"))
    for key in ("epoch", "best", "hist", "arguments", "files"):
        assert one[key] == two[key] or key == "files"


def test_epochs_are_those_in_all_and_more_can_be_added(data_of, tmp_path):
    data = data_of("mf")
    train("mf", data, tmp_path / "a", epochs=2)
    more = train("mf", data, tmp_path / "a", epochs=5, resume=True)
    straight = train("mf", data, tmp_path / "b", epochs=5)
    assert more.hist == straight.hist and more.epoch == 5
    same = train("mf", data, tmp_path / "a", epochs=5, resume=True)  # nothing is left to do
    assert same.epoch == 5 and same.hist == straight.hist


def test_early_stopping_and_the_best_value_are_gone_on_with(data_of, tmp_path):
    data, hyper = data_of("mf"), {"optimizer": "adam", "learning_rate": 0.2}
    whole = train("mf", data, tmp_path / "a", epochs=40, early_stopping=4, hyper=hyper)
    cut = whole.epoch - 2  # in the middle of the epochs without a lower loss
    with pytest.raises(Stop):
        train("mf", data, tmp_path / "b", 40, [stop_in(cut)], early_stopping=4, hyper=hyper)
    again = train("mf", data, tmp_path / "b", 40, early_stopping=4, hyper=hyper, resume=True)
    assert again.epoch == whole.epoch < 40 and again.stopped == whole.stopped
    assert again.saved_epoch == whole.saved_epoch


def test_a_worse_epoch_of_a_training_that_goes_on_does_not_replace_a_better(data_of, tmp_path):
    data = data_of("mf")
    model = train("mf", data, tmp_path, epochs=3)
    best = tfcourse.describe(tmp_path)["best"]
    model.fit(
        data.train_batches(32), data.valid_batches(), 1, lr=300.0, resume=True, model_dir=tmp_path,
        verbose=False,
    )  # fmt: skip
    assert tfcourse.describe(tmp_path)["best"] == best
    assert tfcourse.load(tmp_path).epoch == 3


def test_a_training_that_is_there_is_not_replaced(data_of, copied):
    before = {p.name: p.read_bytes() for p in copied.iterdir()}
    with pytest.raises(
        CheckpointError, match="holds a training of mf, protocol clean, epoch 3, best"
    ):
        train("mf", data_of("mf"), copied, epochs=1)
    assert {p.name: p.read_bytes() for p in copied.iterdir()} == before


def test_overwriting_keeps_the_old_until_the_new_has_ended(data_of, tmp_path):
    data = data_of("mf")
    old = train("mf", data, tmp_path, epochs=3)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Stop):
        train("mf", data, tmp_path, 5, [stop_in(3)], overwrite=True, hyper={"dim": 4})
    np.testing.assert_equal(tfcourse.load(tmp_path).get_weights(), old.get_weights())
    with pytest.raises(CheckpointError, match="a training that has not ended of mf"):
        train("mf", data, tmp_path, epochs=1)
    new = train("mf", data, tmp_path, 5, resume=True, hyper={"dim": 4})
    assert new.epoch == 5
    loaded = tfcourse.load(tmp_path)
    assert loaded.dim == 4 and left_behind(tmp_path) == {"notes.txt"}


def test_overwriting_with_a_training_that_comes_to_nothing_keeps_the_old(data_of, tmp_path):
    data = data_of("mf")
    old = train("mf", data, tmp_path, epochs=2)
    with pytest.raises(CheckpointError, match="never a finite number"):
        train(
            "mf",
            data,
            tmp_path,
            2,
            overwrite=True,
            hyper={"optimizer": "sgd", "learning_rate": 1e30},
        )
    np.testing.assert_equal(tfcourse.load(tmp_path).get_weights(), old.get_weights())
    assert left_behind(tmp_path) == set()


def test_going_on_with_other_hyper_parameters_is_refused(data_of, tmp_path, small):
    train("mf", data_of("mf"), tmp_path, epochs=1)
    with pytest.raises(CheckpointError, match="trained with dim 16, not 4"):
        train("mf", data_of("mf"), tmp_path, 2, resume=True, hyper={"dim": 4})
    with pytest.raises(CheckpointError, match="under protocol clean, not deck"):
        train("mf", small.prepare("deck"), tmp_path, 2, resume=True)
    with pytest.raises(CheckpointError, match="a training of mf, not of this lesson"):
        train("mf-with-history", data_of("mf"), tmp_path, 2, resume=True)


OTHER = """
import sys, time
from filelock import FileLock
lock = FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_training_into_a_folder_is_told_so_and_the_lock_dies_with_its_process(
    data_of, tmp_path
):
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path / ".lock")], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    with pytest.raises(CheckpointError, match="another process is training into this folder"):
        train("mf", data_of("mf"), tmp_path, epochs=1)
    other.kill()
    other.wait()
    assert train("mf", data_of("mf"), tmp_path, epochs=1).epoch == 1


@pytest.fixture(scope="module")
def unmoved(ended, data_of, tmp_path_factory):
    """The folder of a training that has ended and is to replace that of ``ended``; nothing of it is
    moved yet. Not to be written to."""
    folder = shutil.copytree(ended, tmp_path_factory.mktemp("unmoved") / "m")

    def stop(place):
        raise Stop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints.moving, "begin", stop)
        with pytest.raises(Stop):
            train("mf", data_of("mf"), folder, 2, overwrite=True, hyper={"dim": 4})
    return folder


@pytest.mark.parametrize("operation", ["replace", "unlink"])
def test_moving_up_can_be_cut_short_at_every_file(operation, unmoved, tmp_path, monkeypatch):
    """Whoever reads or trains next goes on with it."""
    for k in range(1, 16):
        folder = shutil.copytree(unmoved, tmp_path / f"{operation}{k}")
        done, real = [0], getattr(os, operation)

        def cut(*args, done=done, real=real, k=k, **kwargs):
            done[0] += 1
            if done[0] == k:
                raise Stop
            return real(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(os, operation, cut)
            try:
                checkpoints.moving.begin(folder)
            except Stop:
                pass
        loaded = tfcourse.load(folder)
        assert (loaded.dim, loaded.epoch) == (4, 2)
        loaded.close()
        if done[0] < k:
            break
    assert done[0] < k and left_behind(folder) == set()


def test_a_first_save_cut_short_is_no_checkpoint_and_is_swept(data_of, tmp_path, monkeypatch):
    def fail(*args):
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.files, "write_at_once", fail)
        with pytest.raises(Stop):
            train("mf", data_of("mf"), tmp_path, epochs=1)
    assert list(tmp_path.glob("model-1.index"))
    with pytest.raises(CheckpointError, match="only a save that was cut short"):
        tfcourse.load(tmp_path)
    train("mf", data_of("mf"), tmp_path, epochs=2)
    assert tfcourse.load(tmp_path).epoch == 2 and left_behind(tmp_path) == set()


@pytest.mark.parametrize("ending", [".json", ".index", "00001"])
def test_the_folder_resume_is_deleted_whole_or_not_at_all(ending, data_of, tmp_path, monkeypatch):
    """Deleting it is cut short when one file is gone. It is of the last epoch, not the best one."""
    hyper = {"optimizer": "adam", "learning_rate": 3.0}

    def cut_short(folder, ignore_errors=False):
        found = [path for path in folder.glob("*") if path.name.endswith(ending)]
        if found:
            found[0].unlink()
            raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.files.shutil, "rmtree", cut_short)
        with pytest.raises(Stop):
            train("mf", data_of("mf"), tmp_path, epochs=4, hyper=hyper)
    kept = tfcourse.load(tmp_path).epoch
    assert kept < 4
    train("mf", data_of("mf"), tmp_path, epochs=4, hyper=hyper, resume=True)
    assert tfcourse.load(tmp_path).epoch == kept and left_behind(tmp_path) == set()


@pytest.mark.parametrize("lost", ["json", "index", "data-00000-of-00001"])
def test_the_newest_checkpoint_with_a_file_missing_is_said_and_no_older_one_is_taken(lost, copied):
    (copied / f"model-3.{lost}").unlink()
    with pytest.raises(CheckpointError, match="model-3.*missing"):
        tfcourse.load(copied)
    assert tfcourse.load(copied / "model-2").epoch == 2


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (["json", "index"], "model-3.data-00000-of-00001 exists"),
        (["json", "data-00000-of-00001"], "model-3.index exists"),
        (["json", "index", "data-00000-of-00001"], "the file checkpoint names model-3"),
    ],
    ids=str,
)
def test_what_is_left_of_the_newest_checkpoint_says_that_there_was_one(lost, said, copied):
    for part in lost:
        (copied / f"model-3.{part}").unlink()
    with pytest.raises(CheckpointError, match=f"model-3.json: missing, but {said}"):
        tfcourse.load(copied)
    assert tfcourse.load(copied / "model-2").epoch == 2


def test_a_later_save_cut_short_leaves_the_one_before_the_newest(data_of, tmp_path, monkeypatch):
    train("mf", data_of("mf"), tmp_path, epochs=1)

    def fail(*args):
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.files, "write_at_once", fail)
        with pytest.raises(Stop):
            train("mf", data_of("mf"), tmp_path, epochs=2, resume=True)
    assert "model-2" in (tmp_path / "checkpoint").read_text()
    assert tfcourse.load(tmp_path).epoch == 1
    checkpoints.files.sweep(tmp_path)
    assert tfcourse.load(tmp_path).epoch == 1


@pytest.mark.parametrize("what", ["folder", "dangling link"])
def test_a_json_that_is_no_file_is_not_taken_for_none(what, copied):
    path = copied / "model-3.json"
    path.unlink()
    path.mkdir() if what == "folder" else path.symlink_to("nowhere")
    with pytest.raises(CheckpointError, match="model-3.json: cannot be read"):
        tfcourse.load(copied)


def test_weights_beside_the_json_of_another_are_refused(data_of, tmp_path):
    train("mf", data_of("mf"), tmp_path / "a", epochs=1)
    train("mf", data_of("mf"), tmp_path / "b", epochs=1, hyper={"learning_rate": 0.2})
    for part in ("index", "data-00000-of-00001"):
        os.replace(tmp_path / "a" / f"model-1.{part}", tmp_path / "b" / f"model-1.{part}")
    with pytest.raises(CheckpointError, match="damaged, or not the file"):
        tfcourse.load(tmp_path / "b")


def test_a_lesson_of_ones_own_is_loaded_with_its_class_alone(data_of, tmp_path):
    base = graphs.find("mf").load()

    class Mine(base):
        pass

    training.train(Mine, data_of("mf"), epochs=1, model_dir=tmp_path)
    with pytest.raises(CheckpointError, match="not in the list of lessons: give its class"):
        tfcourse.load(tmp_path)
    assert isinstance(tfcourse.load(tmp_path, lesson=Mine), Mine)


def test_early_stopping_ends_a_training(data_of, tmp_path):
    """A training that was stopped has ended: nothing is left to go on from."""
    data = data_of("mf")
    model = training.make(graphs.find("mf").load(), data, optimizer="adam", learning_rate=0.3)
    model.fit(
        data.train_batches(32), data.valid_batches(), 60, callback=EarlyStopping(1),
        model_dir=tmp_path, verbose=False,
    )  # fmt: skip
    assert model.stopped and left_behind(tmp_path) == set()


OWN = """
from graphs.mf import MF


class Mine(MF):
    def graph_loss(self):
        super().graph_loss()
        self.loss = 2.0 * self.loss
"""


def test_a_lesson_in_a_file_is_trained_and_used_from_the_command_line(cli, small_dir, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(OWN)
    folder = tmp_path / "model"
    trained = cli(
        "fit", f"{path}:Mine", "--epochs", 1, "--data-dir", small_dir, "--model-dir", folder
    )
    assert trained.exit_code == 0, trained.stderr
    words = ("most-like", folder, "Heat", "--json")
    assert cli(*words).exit_code == 1  # nothing in a folder says which file to run
    found = cli(*words, "--lesson", f"{path}:Mine")
    assert found.exit_code == 0 and "Heat (1995)" in found.stdout, found.stderr
    wrong = cli(*words, "--lesson", f"{path}:Yours")
    assert wrong.exit_code == 2 and "has no lesson 'Yours'" in wrong.stderr
