"""Pokémon data as lessons get them, and the commands `tfcourse data`, `verify`, `download`."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import threading

import numpy as np
import pytest

from tfcourse.batches import Origin
from tfcourse.datasets import pokemon
from tfcourse.errors import DataError, UsageError


@pytest.fixture(scope="module")
def data():
    return pokemon.load(None)


@pytest.mark.parametrize("protocol", ["deck", "clean"])
def test_prepare(data, protocol):
    prepared = data.prepare(protocol)
    assert prepared.protocol == "deck"
    assert prepared.sizes == {"n_features": 200, "n_classes": 5}
    assert prepared.note == pokemon.GENERATED_NOTE and "generated stand-in" in prepared.source
    X_train, Y_train, X_valid, Y_valid = data.split()
    np.testing.assert_array_equal(prepared.train.columns["inputs"], X_train)
    np.testing.assert_array_equal(prepared.valid.columns["labels"], Y_valid)
    train, valid = prepared.train_batches(16), prepared.valid_batches()
    assert len(train) == 104 and train.n_rows == 1652 and train.shuffle
    for batches in (train, valid):
        assert batches.rows.origin == Origin("deck", prepared.source, prepared.note)
    (batch,) = valid()
    assert batch["inputs"].shape == (184, 200) and batch["labels"].shape == (184, 5)


def test_another_split(data):
    other = data.prepare(seed=7)
    assert (other.valid.columns["inputs"] != data.prepare().valid.columns["inputs"]).any()


def test_unknown_protocol(data):
    with pytest.raises(UsageError, match="unknown protocol 'both'; known: deck, clean"):
        data.prepare("both")


def test_status_of_the_stand_in(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = cli("data", "--json")
    assert done.exit_code == 0, done.stderr
    row = next(r for r in json.loads(done.stdout) if r["name"] == "pokemon")
    assert row["rows"] == 1836 and row["complete"] and "generated" in row["source"]
    assert row["note"] == pokemon.GENERATED_NOTE


def test_a_damaged_file_is_one_line(cli, tmp_path):
    (tmp_path / pokemon.FILE_NAME).write_text("latitude\n1\n")
    done = cli("data", "verify", "--data-dir", tmp_path)
    assert done.exit_code == 1 and f"{pokemon.FILE_NAME}, line 1: expected" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def server(tmp_path):
    """A loopback server of a folder: its address, the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_address[1]}", folder
        serving.shutdown()
        thread.join()


def test_download(cli, server, tmp_path, monkeypatch):
    """A generated file plays the course's: its SHA-256 is put in place of the published one."""
    url, folder = server
    text = pokemon.generate().to_csv(index=False, lineterminator="\n").encode()
    (folder / pokemon.FILE_NAME).write_bytes(text)
    monkeypatch.setattr(pokemon, "SHA256", hashlib.sha256(text).hexdigest())
    monkeypatch.setattr(pokemon, "SIZE", len(text))
    target = tmp_path / "data"
    done = cli("data", "download", "pokemon", "--url", url, "--data-dir", target, "--json")
    assert done.exit_code == 0, done.stderr
    assert (target / pokemon.FILE_NAME).read_bytes() == text
    row = next(r for r in json.loads(done.stdout) if r["name"] == "pokemon")
    assert row["source"] == pokemon.SOURCES["real"] and "note" not in row
    found = pokemon.verify(target)
    assert found["files"] == {pokemon.FILE_NAME: "as published"}
    assert pokemon.download(target, url + "/" + pokemon.FILE_NAME, False).is_file()


def test_download_of_other_contents(server, tmp_path):
    url, folder = server
    (folder / pokemon.FILE_NAME).write_text("something else\n")
    with pytest.raises(DataError, match="wrong contents"):
        pokemon.download(tmp_path / "data", url, progress=False)
    assert not (tmp_path / "data" / pokemon.FILE_NAME).exists()
    with pytest.raises(DataError, match="404"):
        pokemon.download(tmp_path / "data", url + "/elsewhere", progress=False)
