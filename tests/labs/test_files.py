"""Lab files: what is a notebook, whose lab it is, who is in a class, and copies to work on."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from tests.labs.small_labs import LABS, SMALL
from tfcourse.errors import UsageError
from tfcourse.labs import classes, files

LONG = dataclasses.replace(SMALL, name="small-long", file="lab_small_long.ipynb")

TEXT = """\
# ---
# jupyter:
#   jupytext:
#     notebook_metadata_filter: tfcourse
#   tfcourse:
#     lab: small
# ---

# %% [markdown]
# A title

# %% tags=["parameters"]
n_epoch = 3

# %%
x = n_epoch
"""


def test_read_a_notebook(write_notebook, tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1", "y = 2", tags={2: ["parameters"]})
    found = files.read(path)
    assert found.lab == "small"
    assert [(c.number, c.source, c.tags) for c in found.cells] == [
        (1, "x = 1", ()),
        (2, "y = 2", ("parameters",)),
    ]


def test_read_its_text_form(tmp_path):
    (tmp_path / "a.py").write_text(TEXT, "utf-8")
    found = files.read(tmp_path / "a.py")
    assert found.lab == "small"
    assert [(c.number, c.source, c.tags) for c in found.cells] == [
        (1, "n_epoch = 3", ("parameters",)),
        (2, "x = n_epoch", ()),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", "a lab is a notebook"),
        ("a.ipynb", b"", "not a notebook, or damaged"),
        ("a.ipynb", b'{"cells": 3}', "not a notebook, or damaged"),
        ("a.ipynb", b"\xff\xfe\x00", "its text is not UTF-8"),
        ("b.ipynb", None, "No such file"),
    ],
)
def test_what_is_no_notebook(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=words):
        files.read(tmp_path / name)


def test_whose_lab_a_file_is(write_notebook, tmp_path):
    labs = (SMALL, LONG)
    by_metadata = files.read(write_notebook(tmp_path / "mine.ipynb", "x = 1"))
    assert files.which(by_metadata, labs) is SMALL
    assert files.which(by_metadata, labs, "small-long") is LONG
    without = dataclasses.replace(by_metadata, lab=None)
    with pytest.raises(UsageError, match="use --lab"):
        files.which(without, labs)
    named = dataclasses.replace(without, path=tmp_path / "anna-lab_small_long (2).ipynb")
    assert files.which(named, labs) is LONG  # the longer of two names that are in it
    with pytest.raises(UsageError, match="unknown lab 'large'; known: small, small-long"):
        files.which(dataclasses.replace(without, lab="large"), labs)


def test_which_cell_sets_a_variable():
    def sets(source, name):
        return files.sets(files.Cell(1, source), name)

    assert sets("for x in range(3): pass", "x") and sets("x, y = 1, 2", "y")
    assert not sets("print(x)\nz = {'x': 1}", "x") and not sets("m.x = 1", "x")
    assert sets("%matplotlib inline\nx = 3", "x") and sets("x = = 3", "x")


def test_who_is_in_a_class(write_notebook, tmp_path):
    write_notebook(tmp_path / "anna" / "lab_small.ipynb", "x = 1")
    (tmp_path / "anna" / "lab_small.py").write_text("# %%\nx = 1\n")  # the text of the same
    (tmp_path / "anna" / "helper.py").write_text("z = 1\n")
    write_notebook(tmp_path / "bob" / "anything.ipynb", "x = 1", lab="unknown")
    (tmp_path / "carl").mkdir()
    write_notebook(tmp_path / "dora.ipynb", "x = 1")
    (tmp_path / "notes.txt").write_text("")
    write_notebook(tmp_path / ".ipynb_checkpoints" / "dora.ipynb", "x = 1")
    found = files.class_of(tmp_path, LABS)
    assert [(one.name, [path.name for path in one.files]) for one in found] == [
        ("anna", ["lab_small.ipynb"]),
        ("bob", ["anything.ipynb"]),  # the only notebook
        ("carl", []),
        ("dora", ["dora.ipynb"]),
    ]


def test_several_labs_of_a_learner(write_notebook, tmp_path):
    for name, lab in (("lab_small", "small"), ("lab_small_long", "small-long")):
        write_notebook(tmp_path / "anna" / f"{name}.ipynb", "x = 1", lab=lab)
    (both,) = files.class_of(tmp_path, (SMALL, LONG))
    (one,) = files.class_of(tmp_path, (SMALL, LONG), "small-long")
    assert len(both.files) == 2 and [p.name for p in one.files] == ["lab_small_long.ipynb"]


def test_a_folder_without_a_learner(tmp_path):
    with pytest.raises(UsageError, match="no notebook and no folder of a learner"):
        files.class_of(tmp_path, LABS)


def test_start_does_not_overwrite(write_notebook, tmp_path):
    write_notebook(tmp_path / "notebooks" / "lab_small.ipynb", "x = 1")
    mine = tmp_path / "mine"
    path = files.start(SMALL, tmp_path / "notebooks", mine)
    assert path == mine / "lab_small.ipynb" and files.read(path).lab == "small"
    path.write_text("my work")
    with pytest.raises(UsageError, match="--overwrite replaces it"):
        files.start(SMALL, tmp_path / "notebooks", mine)
    assert path.read_text() == "my work"
    files.start(SMALL, tmp_path / "notebooks", mine, overwrite=True)
    assert files.read(path).lab == "small"


def test_without_the_packages_of_notebooks(write_notebook, tmp_path, monkeypatch):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    monkeypatch.setitem(sys.modules, "jupytext", None)
    with pytest.raises(UsageError, match=r"package jupytext: .*tfcourse\[notebooks\]"):
        files.read(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "a.ipynb")
    with pytest.raises(UsageError, match="not a file"):
        files.read(tmp_path / "a.ipynb")


def test_a_folder_that_cannot_be_read_does_not_stop_the_class(
    write_notebook, tmp_path, monkeypatch
):
    for name in ("anna", "bob"):
        write_notebook(tmp_path / name / "lab_small.ipynb", "x = 3")
    listed = Path.iterdir

    def iterdir(path):
        if path.name == "anna":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    found = files.class_of(tmp_path, LABS)
    assert [(one.name, len(one.files)) for one in found] == [("anna", 0), ("bob", 1)]
    made = list(classes.check_class(tmp_path, LABS, module="tests.labs.small_labs"))
    assert "Permission denied" in made[0].error and made[1].learner == "bob"
