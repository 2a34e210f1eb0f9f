"""The Pokémon data: strict reading and the split."""

from __future__ import annotations

import dataclasses
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split
from sklearn.utils import shuffle

from tfcourse.datasets import pokemon
from tfcourse.errors import DataError, UsageError

REAL = os.environ.get("TFCOURSE_TEST_DATA")
needs_real = pytest.mark.skipif(
    not REAL or not (Path(REAL) / pokemon.FILE_NAME).exists(),
    reason=f"TFCOURSE_TEST_DATA names no folder with {pokemon.FILE_NAME}",
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pokemon.generate()


@pytest.fixture(scope="module")
def stand_in(frame: pd.DataFrame) -> pokemon.Pokemon:
    return pokemon.from_frame(frame)


@pytest.fixture(scope="module")
def text(frame: pd.DataFrame) -> str:
    """Six well-formed rows as CSV text."""
    return frame.head(6).to_csv(index=False, lineterminator="\n")


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        raw = content.encode() if isinstance(content, str) else content
        (tmp_path / pokemon.FILE_NAME).write_bytes(raw)
        return tmp_path

    return write


def with_cell(text: str, line: int, column: str, value: str) -> str:
    lines = text.split("\n")
    cells = lines[line - 1].split(",")
    cells[pokemon.COLUMNS.index(column)] = value
    lines[line - 1] = ",".join(cells)
    return "\n".join(lines)


def without_column(text: str, column: str) -> str:
    at = pokemon.COLUMNS.index(column)
    rows = [line.split(",") for line in text.strip().split("\n")]
    return "\n".join(",".join(row[:at] + row[at + 1 :]) for row in rows) + "\n"


# -- names -----------------------------------------------------------------------------------


def test_names():
    assert len(pokemon.COLUMNS) == len(set(pokemon.COLUMNS)) == 201
    assert pokemon.COLUMNS[:2] == ("latitude", "longitude")
    assert pokemon.COLUMNS[49] == "cooc_1"
    assert pokemon.COLUMNS[-2:] == ("cooc_151", "class")
    assert [number for number, _, _ in pokemon.CLASSES] == [4, 43, 56, 71, 98]
    assert sum(pokemon.CLASS_COUNTS) == pokemon.N_ROWS == 1836


# -- reading ---------------------------------------------------------------------------------


def test_reads_a_well_formed_file(frame, text, put):
    data = pokemon.load(put(text), verify=False)
    assert data.source == "unverified" and data.note == pokemon.UNVERIFIED_NOTE
    assert data.path is not None and data.path.name == pokemon.FILE_NAME
    assert data.features.dtype == np.float32 and data.labels.dtype == np.int32
    np.testing.assert_allclose(data.features, frame.iloc[:6, :200].to_numpy(), rtol=1e-6)
    np.testing.assert_array_equal(data.labels, frame["class"][:6])


def test_windows_line_ends_and_no_last_line_end(text, put):
    lf = pokemon.load(put(text), verify=False)
    crlf = pokemon.load(put(text.replace("\n", "\r\n")), verify=False)
    bare = pokemon.load(put(text.rstrip("\n")), verify=False)
    np.testing.assert_array_equal(lf.features, crlf.features)
    np.testing.assert_array_equal(lf.features, bare.features)


HEADER = ",".join(pokemon.COLUMNS)


@pytest.mark.parametrize(
    ("spoil", "line", "message"),
    [
        pytest.param(lambda t: "", None, "found an empty file", id="empty"),
        pytest.param(lambda t: HEADER + "\n", 1, "rows after the header", id="no rows"),
        pytest.param(
            lambda t: without_column(t, "pressure"), 1, "no 'pressure'", id="missing column"
        ),
        pytest.param(lambda t: without_column(t, "class"), 1, "no 'class'", id="missing class"),
        pytest.param(
            lambda t: t.replace("\n", ",bonus\n", 1), 1, "also 'bonus'", id="extra column"
        ),
        pytest.param(
            lambda t: t.replace("urban", "latitude", 1), 1, "'latitude' twice", id="column twice"
        ),
        pytest.param(
            lambda t: t.replace("latitude,longitude", "longitude,latitude", 1),
            1,
            "in another order",
            id="order",
        ),
        pytest.param(
            lambda t: "\n".join(t.split("\n")[1:]), 1, "expected the 201 columns", id="no header"
        ),
        pytest.param(
            lambda t: with_cell(t, 4, "weather", "Foggy"),
            4,
            "a finite number in 'weather', found 'Foggy'",
            id="text",
        ),
        pytest.param(
            lambda t: with_cell(t, 5, "cooc_7", ""),
            5,
            "a finite number in 'cooc_7', found an empty cell",
            id="empty cell",
        ),
        pytest.param(
            lambda t: with_cell(t, 3, "temperature", "nan"),
            3,
            "finite number in 'temperature', found 'nan'",
            id="nan",
        ),
        pytest.param(
            lambda t: with_cell(t, 3, "windSpeed", "-inf"), 3, "found '-inf'", id="infinite"
        ),
        pytest.param(
            lambda t: with_cell(t, 3, "windSpeed", "1e300"), 3, "found '1e300'", id="float32"
        ),
        pytest.param(
            lambda t: with_cell(t, 7, "class", "5"), 7, "0 to 4 in 'class', found '5'", id="class 5"
        ),
        pytest.param(
            lambda t: with_cell(t, 2, "class", "-1"),
            2,
            "0 to 4 in 'class', found '-1'",
            id="class -1",
        ),
        pytest.param(
            lambda t: with_cell(t, 2, "class", "1.5"), 2, "in 'class', found '1.5'", id="class 1.5"
        ),
        pytest.param(lambda t: t[:-20], 7, "expected 201 cells, found", id="truncated"),
        pytest.param(
            lambda t: t.replace("\n", "\n\n", 2), 2, "found an empty line", id="empty line"
        ),
        pytest.param(
            lambda t: t.encode("utf-16"), 1, "expected UTF-8 text, found byte 0xff", id="UTF-16"
        ),
        pytest.param(
            lambda t: with_cell(t, 4, "city", "é").encode("latin-1"), 4, "UTF-8", id="Latin-1"
        ),
    ],
)
def test_bad_file(spoil, line, message, text, put):
    folder = put(spoil(text))
    with pytest.raises(DataError) as caught:
        pokemon.load(folder, verify=False)
    assert message in str(caught.value)
    assert caught.value.path == folder / pokemon.FILE_NAME
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


def test_too_few_rows(text, put):
    with pytest.raises(DataError, match="expected 1836 rows, found 6"):
        pokemon.load(put(text))


def test_wrong_checksum(text, put):
    header, rows = text.split("\n", 1)
    with pytest.raises(DataError, match=f"expected SHA-256 {pokemon.SHA256}, found "):
        pokemon.load(put(header + "\n" + rows * (1836 // 6)))


def test_packed_by_gzip_and_one_folder_deeper(text, put, tmp_path):
    (tmp_path / "inner").mkdir()
    path = tmp_path / "inner" / (pokemon.FILE_NAME + ".gz")
    path.write_bytes(gzip.compress(text.encode()))
    data = pokemon.load(tmp_path, verify=False)
    assert data.path == path and len(data.labels) == 6


def test_where_there_is_no_file_the_default_folder_alone_gives_the_stand_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (None, "data", "./data/", tmp_path / "data"):
        data = pokemon.load(folder)
        assert data.source == "generated" and data.path is None
        assert "Generated" in data.note and data.note.endswith(".")
        assert data.features.shape == (1836, 200)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "data").mkdir()
    assert pokemon.load().source == "generated"
    (tmp_path / "mine").mkdir()
    for name, found in (("mine", "found an empty folder"), ("nowhere", "no such folder")):
        with pytest.raises(DataError, match=f"{name}: .*{found}"):
            pokemon.load(name)


@pytest.mark.parametrize("folder", ["data", "mine"])
def test_a_file_that_is_not_quite_it(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / folder
    path.mkdir()
    for name, advice in (
        (pokemon.FILE_NAME.upper(), f"rename it to {pokemon.FILE_NAME}"),
        ("pkgo.zip", "unpack it"),
    ):
        (path / name).touch()
        with pytest.raises(DataError, match=f"{folder}: expected .*, found {name}: {advice}"):
            pokemon.load(folder)
        (path / name).unlink()
    (path / pokemon.FILE_NAME).symlink_to("away")
    with pytest.raises(DataError, match="a link to away, which does not exist"):
        pokemon.load(folder)
    (path / pokemon.FILE_NAME).unlink()
    (path / pokemon.FILE_NAME).mkdir()
    with pytest.raises(DataError, match=f"{pokemon.FILE_NAME}, which is not a file"):
        pokemon.load(folder)


def test_status_of_a_folder_without_the_file(tmp_path):
    status = pokemon.status(tmp_path)
    assert (status["source"], status["rows"], status["complete"]) == ("not there", 0, False)
    assert "found an empty folder" in str(status["note"])
    with pytest.raises(DataError, match="no such folder"):
        pokemon.status(tmp_path / "nowhere")


# -- split -----------------------------------------------------------------------------------


def test_split_sizes_and_kinds(stand_in):
    x_train, y_train, x_valid, y_valid = stand_in.split()
    assert x_train.shape == (1652, 200) and y_train.shape == (1652, 5)
    assert x_valid.shape == (184, 200) and y_valid.shape == (184, 5)
    assert all(part.dtype == np.float32 for part in (x_train, y_train, x_valid, y_valid))
    assert set(y_train.sum(axis=1)) == set(y_valid.sum(axis=1)) == {1.0}
    counts = (y_train.sum(axis=0) + y_valid.sum(axis=0)).astype(int)
    assert tuple(counts) == pokemon.CLASS_COUNTS


def test_split_keeps_rows_together_and_uses_each_once():
    n = 50
    features = np.repeat(np.arange(n, dtype=np.float32)[:, None], 200, axis=1)
    data = pokemon.Pokemon(features, np.arange(n, dtype=np.int32) % 5, "generated", "")
    x_train, y_train, x_valid, y_valid = data.split(seed=3, valid_share=0.2)
    rows = np.concatenate([x_train[:, 0], x_valid[:, 0]]).astype(int)
    assert sorted(rows) == list(range(n)) and len(x_valid) == 10
    np.testing.assert_array_equal(np.concatenate([y_train, y_valid]).argmax(axis=1), rows % 5)
    assert list(rows) != sorted(rows)


def test_split_is_the_decks(stand_in):
    """The course's calls of scikit-learn, after it had seeded NumPy."""
    state = np.random.get_state()
    try:
        np.random.seed(88)
        x, y = shuffle(stand_in.features, stand_in.one_hot, random_state=100)
        parts = train_test_split(x, y, test_size=0.1)
    finally:
        np.random.set_state(state)
    x_train, y_train, x_valid, y_valid = stand_in.split()
    for found, wanted in zip((x_train, x_valid, y_train, y_valid), parts, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_split_follows_its_seed(stand_in):
    first, again, other = stand_in.split(), stand_in.split(100), stand_in.split(101)
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5])
def test_split_share_out_of_range(share, stand_in):
    with pytest.raises(UsageError, match="leaves one side empty"):
        stand_in.split(valid_share=share)


def test_pokemon_is_frozen(stand_in):
    with pytest.raises(dataclasses.FrozenInstanceError):
        stand_in.note = ""


# -- the real file ---------------------------------------------------------------------------


@needs_real
def test_real_file():
    assert REAL is not None
    data = pokemon.load(REAL)
    assert data.source == "real" and data.note == ""
    assert data.features.shape == (1836, 200)
    assert tuple(np.bincount(data.labels)) == pokemon.CLASS_COUNTS
    with (Path(REAL) / pokemon.FILE_NAME).open(encoding="utf-8") as file:
        assert tuple(file.readline().strip().split(",")) == pokemon.COLUMNS
    _, y_train, _, y_valid = data.split()
    assert (y_train.sum(axis=0)[1], y_valid.sum(axis=0)[1]) == (852, 96)
    # Of MSE, which guesses No.43, the deck prints a train accuracy of 0.516 and a valid one of 0.522.
    assert (f"{y_train.mean(0)[1]:.3f}", f"{y_valid.mean(0)[1]:.3f}") == ("0.516", "0.522")
    np.testing.assert_allclose(y_valid.mean(0), [0.168, 0.522, 0.049, 0.109, 0.152], atol=5e-4)


@needs_real
def test_real_file_with_windows_line_ends(put):
    assert REAL is not None
    raw = (Path(REAL) / pokemon.FILE_NAME).read_bytes()
    assert pokemon.load(put(raw.replace(b"\n", b"\r\n"))).source == "real"


@needs_real
def test_real_file_cut_short(put):
    assert REAL is not None
    raw = (Path(REAL) / pokemon.FILE_NAME).read_bytes()
    with pytest.raises(DataError, match="line [0-9]+: expected 201 cells"):
        pokemon.load(put(raw[: len(raw) // 2]))
    whole_lines = b"\n".join(raw.split(b"\n")[:1000]) + b"\n"
    with pytest.raises(DataError, match="expected 1836 rows, found 999"):
        pokemon.load(put(whole_lines))
