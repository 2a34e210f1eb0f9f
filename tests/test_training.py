"""The training that all commands share."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import graphs
from tfcourse import checkpoints, training
from tfcourse.errors import CheckpointError, UsageError

MF = graphs.find("mf").load()


def test_prepare_takes_the_lessons_data_and_the_decks_protocol(small_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = training.prepare(MF, small_dir)
    assert (data.protocol, data.sizes["n_movies"]) == ("deck", 60)
    assert training.prepare(MF, small_dir, "clean").protocol == "clean"
    pokemon = training.prepare(graphs.find("pokemon-ce").load())
    assert pokemon.sizes["n_features"] == 200


def test_prepare_time_aware(small_dir):
    cls = graphs.find("mf-with-history").load()
    plain, aware = (training.prepare(cls, small_dir, None, t) for t in (False, True))
    sizes = [d.train.take(np.arange(len(d.train)))["query_movie_ids_len"] for d in (plain, aware)]
    assert (sizes[1] <= sizes[0]).all() and sizes[1].sum() < sizes[0].sum()
    with pytest.raises(UsageError, match="movielens, not on pokemon"):
        training.prepare(graphs.find("pokemon-ce").load(), small_dir, time_aware=True)


def test_make_takes_the_sizes_of_the_data(deck):
    model = training.make(MF, deck, dim=3)
    assert (model.n_users, model.n_movies, model.dim) == (30, 60, 3)
    assert training.make(MF, deck, n_users=40).n_users == 40


def test_train_is_one_fit(deck):
    model = training.train(MF, deck, epochs=2, seed=5, dim=3, n_batch=32, shuffle=False)
    again = training.make(MF, deck, seed=5, dim=3, n_batch=32, shuffle=False)
    again.fit(deck.train_batches(32, shuffle=False), deck.valid_batches(), 2, verbose=False)
    assert model.hist == again.hist and model.epoch == 2
    assert training.train(MF, deck, n_epoch=3).epoch == 3


def test_train_keeps_the_best_epochs_and_replaces_what_is_there_when_asked(deck, tmp_path):
    training.train(MF, deck, epochs=1, dim=3, model_dir=tmp_path)
    assert (tmp_path / "model-1.json").is_file()
    with pytest.raises(CheckpointError, match="holds a training of mf.*--resume.*--overwrite"):
        training.train(MF, deck, epochs=4, model_dir=tmp_path)
    lines: list[str] = []
    model = training.train(
        MF, deck, epochs=4, model_dir=tmp_path, overwrite=True, keep=2, write=lines.append
    )
    kept = {int(path.stem.split("-")[1]) for path in tmp_path.glob("model-*.json")}
    assert len(kept) == 2 and model.saved_epoch == max(kept)
    assert lines[0].startswith("Epoch") and lines[1].endswith("saving ...")
    assert lines[-1] == f"Kept epoch {model.saved_epoch} in {tmp_path} (protocol deck)"
    model.restore(tmp_path)
    loaded = checkpoints.load(tmp_path)
    assert model.evaluate(deck.valid_batches()) == loaded.evaluate(deck.valid_batches())


def test_train_calls_back_after_it_saves_and_can_stop(deck, tmp_path):
    seen = []
    model = training.train(
        MF,
        deck,
        epochs=60,
        model_dir=tmp_path,
        early_stopping=1,
        optimizer="adam",
        learning_rate=0.3,
        callbacks=[lambda model: seen.append((model.epoch, model.saved_epoch))],
    )
    assert seen[0] == (1, 1) and all(saved <= epoch for epoch, saved in seen)
    assert "Early Stopping" in model.stopped and len(seen) == model.epoch < 60


def test_an_epoch_that_cannot_be_saved_is_an_error(deck, tmp_path):
    with pytest.raises(CheckpointError, match="vl_rmse was never a finite number"):
        training.train(
            MF, deck, epochs=2, optimizer="sgd", learning_rate=1e30, model_dir=tmp_path / "m"
        )
    assert not (tmp_path / "m").exists()


def test_the_note_of_the_data_is_written_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = graphs.find("pokemon-ce").load()
    prepared = training.prepare(data)
    lines: list[str] = []
    training.train(data, prepared, epochs=1, hidden1=2, hidden2=2, write=lines.append)
    assert lines[0] == prepared.note and lines[1].startswith("1/1. train loss: ")
    quiet = dataclasses.replace(prepared, data=dataclasses.replace(prepared.data, note=""))
    lines.clear()
    training.train(data, quiet, epochs=1, hidden1=2, hidden2=2, write=lines.append)
    assert len(lines) == 1
