"""The door from tfcourse to the list of lessons."""

from __future__ import annotations

import pickle

import pytest

import graphs
from tfcourse import lessons
from tfcourse.errors import UsageError
from tfcourse.model import BaseModel


def test_entries_are_those_of_graphs():
    assert lessons.entries() == graphs.ENTRIES
    assert [e.name for e in lessons.entries() if e.kind == "lesson"] == [
        lesson.name for lesson in graphs.LESSONS
    ]


@pytest.mark.parametrize("name", [lesson.name for lesson in graphs.LESSONS])
def test_every_lesson_loads_and_says_its_own_name(name):
    found = lessons.find(name)
    cls = found.load()
    assert issubclass(cls, BaseModel) and cls.lesson == found.name == name
    assert lessons.find(name.replace("-", "_")) is found
    assert pickle.loads(pickle.dumps(found)).load() is cls  # as --jobs passes it on


def test_find_example():
    assert lessons.find_example("softmax").load().__name__ == "graphs.examples.softmax"


@pytest.mark.parametrize(
    ("find", "name", "said"),
    [
        (lessons.find, "mff", "unknown lesson 'mff'; known: .*mf-with-history"),
        (lessons.find, "softmax", "softmax is an example, not a lesson: tfcourse example softmax"),
        (lessons.find_example, "mf", "unknown example 'mf'; known: .*softmax"),
    ],
)
def test_unknown_names(find, name, said):
    with pytest.raises(UsageError, match=said):
        find(name)
