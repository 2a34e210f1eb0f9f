"""What the tests of the reader share: one site, and the graphs of lessons."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The whole site, with the repository's own trainings. Not to be written to."""
    from tfcourse import reader

    out = tmp_path_factory.mktemp("reader") / "site"
    reader.build(out, checkpoints=ROOT / "checkpoints", measure=False, write=lambda line: None)
    return out


@pytest.fixture(scope="session")
def graph_of():
    """``graph_of("mf")``: the graph of a lesson, extracted once for all tests."""
    from tfcourse import lessons
    from tfcourse.reader.graph import extract

    found = {}

    def get(name):
        if name not in found:
            model = lessons.find(name).load()()
            found[name] = extract(model)
            model.close()
        return found[name]

    return get


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on the path")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        # Without a user namespace of its own, as for root in a container, there is no sandbox.
        found = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()
