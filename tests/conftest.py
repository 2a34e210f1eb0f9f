"""What the tests share: a small MovieLens, the embedded one, and the course's own files.

The course's files are named by two environment variables, and the tests that need them are
skipped without: TFCOURSE_TEST_DATA, a folder that holds ml-latest-small/ and the Pokémon file, and
TFCOURSE_TEST_CHECKPOINTS, one that holds the 2018 checkpoints model_mf and model_mf_with_history.
"""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.small import small_frames, write_movielens

os.environ["TFCOURSE_LANG"] = "en"  # whatever the locale is


def pytest_configure(config):
    # pytest resets the filter that tfcourse.tf1 sets; tf.layers says on every call that it is old.
    config.addinivalue_line("filterwarnings", "ignore:.*is deprecated and will be removed")


def _folder_from(variable: str, *needed: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set")
    missing = [name for name in needed if not (Path(value) / name).exists()]
    if missing:
        pytest.skip(f"{variable} names no folder with {missing[0]}")
    return Path(value)


@pytest.fixture(scope="session")
def course_data() -> Path:
    """The course's data: all 9,125 movies, and the split as the course wrote it."""
    return _folder_from("TFCOURSE_TEST_DATA", "ml-latest-small/movies.csv")


@pytest.fixture(scope="session")
def course_checkpoints() -> Path:
    """The 2018 checkpoints."""
    return _folder_from("TFCOURSE_TEST_CHECKPOINTS", "model_mf", "model_mf_with_history")


@pytest.fixture(scope="session")
def course_deck(course_data):
    """The course's MovieLens under the deck protocol."""
    from tfcourse.datasets import movielens

    return movielens.load(course_data).prepare("deck")


@pytest.fixture(scope="session")
def embedded(tmp_path_factory) -> Path:
    """A data folder into which the embedded MovieLens was written."""
    from tfcourse.datasets import movielens

    folder = tmp_path_factory.mktemp("embedded")
    movielens.materialise(folder)
    return folder


# --- a small MovieLens ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def small_dir(tmp_path_factory) -> Path:
    """A folder with ratings.csv and movies.csv: 30 users, 60 movies. Not to be written to."""
    return write_movielens(tmp_path_factory.mktemp("small"), *small_frames())


@pytest.fixture(scope="session")
def small(small_dir):
    """The small MovieLens, read."""
    from tfcourse.datasets import movielens

    return movielens.load(small_dir)


@pytest.fixture(scope="session")
def deck(small):
    """The small MovieLens under the deck protocol."""
    return small.prepare("deck")


@pytest.fixture(scope="session")
def clean(small):
    """The small MovieLens under the clean protocol."""
    return small.prepare("clean")


@pytest.fixture(scope="session")
def lesson_of():
    """``lesson_of("mf", deck, dim=4)``: a lesson with the sizes that the data decide."""
    import graphs
    from tfcourse import training

    def make(name, data, **hyper):
        return training.make(graphs.find(name).load(), data, **hyper)

    return make


@pytest.fixture(scope="session")
def trained(deck, lesson_of):
    """``trained("mf")``: a lesson after two epochs on the small MovieLens, one for all tests.
    Not to be trained further or given other weights."""
    made = {}

    def get(name):
        if name not in made:
            model = lesson_of(name, deck)
            made[name] = model.fit(deck.train_batches(32), deck.valid_batches(), 2, verbose=False)
        return made[name]

    yield get
    for model in made.values():
        model.close()


@pytest.fixture(scope="session")
def cli():
    """``cli("lessons", "--json")``: the program in this process; exit_code, stdout, stderr."""
    from tfcourse.cli import main

    separate = "mix_stderr" in inspect.signature(CliRunner).parameters  # click before 8.2
    runner = CliRunner(mix_stderr=False) if separate else CliRunner()

    def run(*args):
        return runner.invoke(main, [str(a) for a in args])

    return run


@pytest.fixture
def working_folder(tmp_path, embedded, monkeypatch) -> Path:
    """The current folder: empty but for the data and the repository's checkpoints, as links."""
    (tmp_path / "data").symlink_to(embedded, target_is_directory=True)
    (tmp_path / "checkpoints").mkdir()
    for trained in (Path(__file__).parents[1] / "checkpoints").glob("*/"):
        if list(trained.glob("vocabulary*.csv")):
            (tmp_path / "checkpoints" / trained.name).symlink_to(trained, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small_fit(deck, lesson_of):
    """Train a fresh MF on the small MovieLens with callbacks."""
    made = []

    def fit(callback=None, n_epoch=3, **kwargs):
        model = lesson_of("mf", deck, n_batch=64)
        made.append(model)
        batches = deck.train_batches(64), deck.valid_batches()
        return model.fit(*batches, n_epoch, callback=callback, verbose=False, **kwargs)

    yield fit
    for model in made:
        model.close()
