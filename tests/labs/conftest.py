"""What the tests of labs share: notebooks of a few cells."""

from __future__ import annotations

import nbformat
import pytest

from tests.labs import small_labs
from tfcourse.labs import running


@pytest.fixture(scope="session")
def write_notebook():
    """``write_notebook(path, *cells)``: a notebook with code cells and the small lab's name."""

    def write(path, *cells, lab="small", tags=None):
        notebook = nbformat.v4.new_notebook()
        notebook.metadata["tfcourse"] = {"lab": lab}
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
        for number, names in (tags or {}).items():
            notebook.cells[number - 1].metadata["tags"] = names
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def check_small(tmp_path, write_notebook):
    """``check_small(*cells)``: what came of a notebook with these cells."""

    def check(*cells, tags=None, parameters=None, **limits):
        path = write_notebook(tmp_path / "lab_small.ipynb", *cells, tags=tags)
        limits.setdefault("seconds", 30)
        return running.check(
            path,
            small_labs.SMALL,
            running.Limits(**limits),
            parameters,
            module="tests.labs.small_labs",
        )

    return check
