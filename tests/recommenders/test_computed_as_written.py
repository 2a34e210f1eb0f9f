"""No lesson is computed as something else than its graph says: the default engine against ``feed`` on
padded queries, for lessons that a learner might write."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pytest

import graphs
from tests.recommenders.learners_lessons import ANY, FAST, SLOW
from tfcourse import training
from tfcourse.batches import Batches
from tfcourse.recommenders.histories import Queries
from tfcourse.recommenders.rows import RecommenderRows

HISTORY_LESSONS = (
    "mf-with-history",
    "mf-with-history-sum",
    "mf-with-history-mean",
    "mf-with-dnn",
    "mf-with-dnn-xent",
    "mf-with-dnn-lab",
    "mf-with-dnn-new-movies",
)
N_BATCH = 16
# Each change is made on "mf-with-history" and, in turn, on one of the lessons with a DNN; the other pairs
# have the marker slow. The proof looks at the query alone, and there the lessons differ in the pooling
# only: a change that replaces it makes one graph of -history, -sum and -mean. The lab with its defaults
# is "mf-with-dnn" with a further metric. Faults put into the proof turned its outcome for a change on all
# seven lessons or on none. Unchanged, every lesson is tried.
IN_TURN = ("mf-with-dnn", "mf-with-dnn-xent", "mf-with-dnn-new-movies")


def pairs(changes):
    """Each change with each lesson."""
    found = []
    for i, change in enumerate(changes):
        kept = ("mf-with-history", IN_TURN[i % len(IN_TURN)])
        if change == "unchanged":
            kept = HISTORY_LESSONS
        for lesson in HISTORY_LESSONS:
            marks = [] if lesson in kept else [pytest.mark.slow]
            found.append(pytest.param(change, lesson, marks=marks))
    return found


def first(rows, n):
    """The first n rows."""
    q = rows.queries
    queries = Queries(q.movies, q.start[:n], q.length[:n], q.left_out[:n])
    return RecommenderRows(rows.user[:n], rows.movie[:n], rows.rating[:n], queries, rows.catalogue)


def padded(model, rows):
    """Loss and metrics over rows, as ``feed`` on padded queries has them."""
    total, squares = {}, model.root_mean_square
    for begin in range(0, len(rows), N_BATCH):
        index = np.arange(begin, min(begin + N_BATCH, len(rows)))
        feeds = model.feed_dict(rows.take(index), mode="eval")
        values = model.session.run(model.all_metrics(), feeds)
        for name, value in values.items():
            value = value**2 if name in squares else value
            total[name] = total.get(name, 0.0) + float(value) * len(index) / len(rows)
    return {name: v**0.5 if name in squares else v for name, v in total.items()}


def assert_as_written(cls, data, fast):
    """One model is trained by the engine feed, and then anew by the one that "auto" takes."""
    np.random.seed(0)
    model = training.make(cls, data, seed=3)
    rows, valid = first(data.train, 12 * N_BATCH), first(data.valid, 2 * N_BATCH)
    curves, expected = None, None
    for engine in ("feed", "auto"):
        model.fit(Batches(rows, N_BATCH, True), None, 1, engine=engine, verbose=False)
        found, written = model.evaluate(Batches(valid, N_BATCH)), padded(model, valid)
        curves, expected = curves or model.hist, expected or written
        for name, curve in curves.items():
            np.testing.assert_allclose(model.hist[name], curve, rtol=1e-5, err_msg=name)
        for name, value in written.items():
            assert found[name] == pytest.approx(value, rel=1e-5), f"{name}, evaluated"
            assert value == pytest.approx(expected[name], rel=1e-5), f"{name}, trained"
    assert model.engine_name == ("graph" if fast else "feed")
    users = np.arange(0, len(data.histories), 4)
    ids, size = data.histories.whole(users).padded(np.arange(len(users)))
    query = {"query_movie_ids": ids, "query_movie_ids_len": size, "user_id": users}
    scores = model.predict({**model.item_columns(), **query})
    np.testing.assert_allclose(
        model.scores(data.histories, users), scores, rtol=1e-4, atol=1e-5 * np.abs(scores).max()
    )
    model.close()


@pytest.mark.parametrize(("change", "lesson"), pairs(FAST))
def test_proved_and_the_same(change, lesson, clean):
    assert_as_written(FAST[change](graphs.find(lesson).load()), clean, fast=True)


@pytest.mark.parametrize(("change", "lesson"), pairs(SLOW))
def test_not_proved_and_on_padded_queries(change, lesson, clean, caplog):
    with caplog.at_level(logging.WARNING, "tfcourse"):
        assert_as_written(SLOW[change](graphs.find(lesson).load()), clean, fast=False)


@pytest.mark.parametrize("change", ANY)
def test_lessons_without_a_history(change, clean):
    assert_as_written(ANY[change](graphs.find("mf").load()), clean, fast=True)


def test_the_documentation_names_what_is_fast_and_what_is_not():
    page = (Path(__file__).parents[2] / "docs" / "engines.md").read_text("utf-8")
    rows = re.findall(r"^\| (.*) \| (.*) \|$", page, re.MULTILINE)[2:]
    assert [fast for fast, _ in rows if fast] == [name for name in FAST if name != "unchanged"]
    assert [slow for _, slow in rows if slow] == list(SLOW)
