"""A lesson is its graph and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LESSONS = sorted((Path(__file__).parents[2] / "graphs").glob("[!_]*.py"))


def test_there_are_lessons():
    assert len(LESSONS) > 25


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_session_no_epochs_no_files_and_one_class(path):
    tree = ast.parse(path.read_text("utf-8"))
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert not called & {"tf.Session", "open", "Path", "np.load", "pd.read_csv"}
    assert not any(name.endswith((".fit", ".run")) for name in called)
    assert sum(isinstance(node, ast.ClassDef) for node in tree.body) == 1
