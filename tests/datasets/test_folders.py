"""The folder of the data: the default one may be without data, a named one is read or refused."""

from __future__ import annotations

import os

import pytest

from tests.small import N_MOVIES, small_frames, write_movielens
from tfcourse.datasets import folders, movielens
from tfcourse.errors import DataError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["data", "./data", "data/", "x/../data"])
def test_the_default_folder_however_it_is_written(name, tmp_path):
    assert folders.is_default(name) and folders.is_default(tmp_path / name)
    assert folders.existing(name) is None
    (tmp_path / "x").mkdir()
    (tmp_path / "data").mkdir()
    found = folders.existing(name)
    assert found is not None and found.samefile(tmp_path / "data")


@pytest.mark.parametrize("name", ["Data2", "data2", "x/data", "../data", "."])
def test_other_folders_are_named(name):
    assert not folders.is_default(name)


def refused(folder, said, error=DataError):
    before = sorted(os.walk("."))
    with pytest.raises(error) as caught:
        movielens.load(folder)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{folder}: ")
    assert sorted(os.walk(".")) == before  # nothing was created
    return str(caught.value)


def test_a_folder_that_is_not_there(tmp_path):
    refused("nowhere", "no such folder of data; check its name")
    refused("no/such/folder", "no such folder: no/such is no folder either")
    (tmp_path / "ml-latest-small").mkdir()
    refused("ml-latest-smal", "did you mean ml-latest-small?")
    refused(tmp_path / "ml-latst-small", f"did you mean {tmp_path / 'ml-latest-small'}?")


@pytest.mark.parametrize("folder", ["data", "mine"])
def test_what_is_no_folder(folder, tmp_path):
    (tmp_path / folder).symlink_to("away")
    refused(folder, "expected a folder of data, found a link to away, which does not exist")
    (tmp_path / "away").touch()
    refused(folder, "found a link to away, which is no folder")
    (tmp_path / folder).unlink()
    (tmp_path / folder).touch()
    refused(folder, "found a file; name its folder: .")


def test_a_link_to_a_folder_is_followed(tmp_path):
    write_movielens(tmp_path / "far", *small_frames())
    (tmp_path / "mine").symlink_to("far")
    assert len(movielens.load("mine").movies) == N_MOVIES


def test_a_named_folder_without_the_files(tmp_path):
    (tmp_path / "mine").mkdir()
    said = refused("mine", "found an empty folder", folders.NotThere)
    assert "expected ratings.csv and movies.csv (or .csv.gz, or GroupLens's .dat)" in said
    for i in range(6):
        (tmp_path / "mine" / f"notes{i}").touch()
    (tmp_path / "mine" / "a").mkdir()
    (tmp_path / "mine" / "b\x1b[2J").touch()
    refused("mine", r"found a/, b\x1b[2J, notes0, notes1 and 4 more")


@pytest.mark.parametrize("folder", ["data", "mine"])
@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Ratings.csv", "found Ratings.csv: rename it to ratings.csv"),
        ("MOVIES.DAT", "found MOVIES.DAT: rename it to movies.dat"),
        ("ratings.csv.GZ", "found ratings.csv.GZ: rename it to ratings.csv.gz"),
        ("ml-1m.zip", "found ml-1m.zip: unpack it"),
        ("ratings.csv.zip", "found ratings.csv.zip: unpack it"),
        ("ML-25M.tar.gz", "found ML-25M.tar.gz: unpack it"),
    ],
)
def test_files_that_are_not_quite_there(name, advice, folder, tmp_path):
    """Also the default folder is refused: its owner meant these files, not the embedded ones."""
    (tmp_path / folder).mkdir()
    (tmp_path / folder / name).touch()
    refused(folder, advice, folders.NotThere)
    (tmp_path / folder / "movies.csv").touch()  # now half of the files are there
    refused(folder, advice, folders.NotThere)


@pytest.mark.parametrize("folder", ["data", "mine"])
def test_a_file_that_is_a_link_to_nothing_or_a_folder(folder, tmp_path):
    write_movielens(tmp_path / folder, *small_frames())
    path = tmp_path / folder / "ratings.csv"
    path.unlink()
    path.symlink_to("away")
    refused(folder, "found ratings.csv, a link to away, which does not exist")
    path.unlink()
    path.mkdir()
    refused(folder, "found ratings.csv, which is not a file")


def test_one_folder_deeper(tmp_path):
    write_movielens(tmp_path / "mine" / "ml-1m", *small_frames())
    (tmp_path / "mine" / "ml-1m.zip").touch()  # it was unpacked
    (tmp_path / "mine" / "half").mkdir()
    (tmp_path / "mine" / "half" / "movies.csv").touch()
    data = movielens.load("mine")
    assert str(data.path) == "mine/ml-1m".replace("/", os.sep)
    assert data.source == "files given in ml-1m"
    write_movielens(tmp_path / "mine" / "other", *small_frames())
    refused("mine", "several folders in it have ratings.csv and movies.csv")
    assert len(movielens.load("mine/other").movies) == N_MOVIES


def test_two_folders_deeper_is_not_looked_into(tmp_path):
    write_movielens(tmp_path / "mine" / "a" / "b", *small_frames())
    refused("mine", "found a/")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read(tmp_path):
    (tmp_path / "mine").mkdir(mode=0o000)
    refused("mine", "cannot be read: Permission denied")
