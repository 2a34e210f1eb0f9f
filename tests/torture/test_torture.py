"""The short form of ``make torture``."""

from __future__ import annotations

import pytest

from tests.torture import __main__ as torture
from tests.torture import damage, injection, inputs, kills, trainings
from tests.torture.counts import Counts

pytestmark = pytest.mark.torture


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return trainings.write_data(tmp_path_factory.mktemp("torture").resolve() / "data")


@pytest.fixture
def work(tmp_path):
    return tmp_path.resolve() / "work"


def test_trainings_that_are_killed_end_as_if_they_had_not_been(data, work):
    counts = Counts()
    kills.run(counts, data, work, seed=2, kills=4)
    assert not counts.faults
    assert counts.total("identical") == counts.total() >= 4


def test_errors_in_saves_lose_nothing(data, work):
    counts = Counts()
    injection.run(counts, data, work, seed=2, cases=8)
    assert not counts.faults
    assert counts.total("identical") == counts.total() >= 8


def test_damaged_checkpoints_are_refused(data, work):
    counts = Counts()
    damage.run(counts, data, work, seed=2, cases=40)
    assert not counts.faults
    assert counts.total("refused") + counts.total("equal") == counts.total() >= 32
    assert counts.total("refused") > counts.total("equal") > 0


def test_bad_input_is_refused_in_one_line(data, work):
    counts = Counts()
    inputs.run(counts, data, work, seed=2, cases=80)
    assert not counts.faults
    assert counts.total("refused") > counts.total("equal") > 0
    assert counts.total("refused") + counts.total("equal") == counts.total() == 80


def test_the_table_of_counts():
    counts = Counts()
    counts.add("a", "refused", 1200)
    counts.add("b", "traceback")
    counts.fault("b", "a case", "what it said")
    assert counts.table(damage.RESULTS).splitlines()[2:] == [
        "| a | 1,200 | 1,200 | 0 | 0 | 0 | 0 |",
        "| b | 1 | 0 | 0 | 0 | 1 | 0 |",
        "| all | 1,201 | 1,200 | 0 | 0 | 1 | 0 |",
    ]
    assert "1 fault. Time: 1.0 minutes." in torture.report(Counts(), counts, [], 60)


def test_the_document_takes_the_counts(tmp_path):
    path = tmp_path / "reliability.md"
    path.write_text(f"before\n{torture.BEGIN}\nold\n{torture.END}\nafter\n")
    torture.write(path, "`the command`", "new")
    text = path.read_text()
    assert text.startswith("before\n") and text.endswith("after\n")
    assert "the command" in text and "new" in text and "old" not in text
