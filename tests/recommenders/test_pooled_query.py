"""The proof that a query is a pooling: what is read off, and the reasons where it is none."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import graphs
from tests.recommenders.learners_lessons import FAST, SLOW
from tfcourse import training
from tfcourse.engine import NotPossible
from tfcourse.errors import ModelError, UsageError
from tfcourse.recommenders.base import Recommender
from tfcourse.recommenders.pooled_query import pooled_query
from tfcourse.tf1 import tf

SIZES = np.array([7, 0, 1, 300, 7, 22, 2000], np.int32)


def made(change, data, lesson="mf-with-history"):
    return training.make(change(graphs.find(lesson).load()), data)


@pytest.mark.parametrize(
    ("lesson", "weight"),
    [
        ("mf-with-history", lambda n: n**-0.5),
        ("mf-with-history-sum", lambda n: n**0.0),
        ("mf-with-history-mean", lambda n: 1.0 / n),
        ("mf-with-dnn", lambda n: n**-0.5),
    ],
)
def test_weights_are_read_off_for_every_length(lesson, weight, deck):
    model = training.make(graphs.find(lesson).load(), deck)
    proof = pooled_query(model)
    expected = weight(np.maximum(SIZES, 1).astype(float))
    expected[SIZES == 0] = 0.0  # an empty query is pooled to zeros by any weight
    np.testing.assert_allclose(proof.weights(SIZES), expected, rtol=1e-6)
    assert proof.table is model.w_query_movie_ids
    assert proof.node is model.query_emb
    assert not proof.reads_size
    assert pooled_query(model) is proof


def test_any_rule_by_length_is_a_pooling(deck):
    shrunken = pooled_query(made(FAST["shrunken mean"], deck))
    np.testing.assert_allclose(shrunken.weights(SIZES[3:]), 1 / (SIZES[3:] + 10.0), rtol=1e-6)
    assert pooled_query(made(FAST["bias by length"], deck)).reads_size


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("attention", "looked-up movies are used by .*Mul.*, on which loss depends"),
        ("weights by place", "looked-up movies are used by '.*Mul"),
        ("second look-up in the loss", "looked up more than once"),
        ("metric that reads ids", "query_movie_ids are used by .*Cast.*further depends"),
        ("own pred that reads ids", "query_movie_ids are used by '.*OneHot.*pred depends"),
        ("maximum", "looked-up movies are used by '.*Max"),
    ],
)
def test_the_reason_names_the_op_and_what_depends_on_it(change, reason, deck):
    with pytest.raises(NotPossible, match=reason):
        pooled_query(made(SLOW[change], deck))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("mean over the padding too", "not a sum with one weight for all"),
        ("divided by the longest", "not a sum with one weight for all|depend on the batch"),
        ("fixed weights by place", "not a sum with one weight for all"),
        ("only the last ten", "not a sum with one weight for all"),
    ],
)
def test_what_the_structure_allows_the_numbers_refuse(change, reason, deck):
    proof = pooled_query(made(SLOW[change], deck))
    with pytest.raises(NotPossible, match=reason):
        proof.weights(SIZES[3:])


def test_a_gradient_that_is_not_a_number_is_refused(deck):
    """tf.where hides the 0/0 of an empty query from the value, not from its gradient."""

    def guarded(base):
        class Lesson(base):
            def pooling(self):
                total = tf.reduce_sum(self.query_emb, 1)
                size = tf.to_float(self.query_movie_ids_len)[:, tf.newaxis]
                mean = tf.where(
                    tf.tile(size > 0, [1, self.dim]), total / size, tf.zeros_like(total)
                )
                self.query_emb = mean
                self.query_bias = tf.matmul(mean, self.b_query_movie_ids[:, tf.newaxis])

        return Lesson

    proof = pooled_query(made(guarded, deck))
    with pytest.raises(NotPossible, match="a query of 0 movies"):
        proof.weights(np.array([0, 5], np.int32))


def test_engine_graph_by_name_is_an_error_with_the_reason(deck):
    model = made(SLOW["attention"], deck)
    with pytest.raises(UsageError, match="engine graph: the looked-up movies are used by"):
        model.fit(deck.train_batches(32), None, 1, engine="graph", verbose=False)


def test_one_line_says_why_for_training_and_one_for_all_use(deck, caplog):
    model = made(SLOW["attention"], deck)
    with caplog.at_level(logging.WARNING, "tfcourse"):
        for _ in range(2):
            model.fit(deck.train_batches(32), deck.valid_batches(), 1, verbose=False)
            model.measure(deck)
    lines = [record.message for record in caplog.records]
    assert len(lines) == len(set(lines)) == 2
    assert "is trained by the engine feed" in lines[0] and "padded queries" in lines[1]


def test_a_history_belongs_to_a_history_recommender(deck):
    base = graphs.find("mf").load()

    class Wrong(base):
        def graph_inputs(self):
            super().graph_inputs()
            with tf.variable_scope("inputs/"):
                tf.placeholder(tf.int32, [None, None], name="query_movie_ids")

    assert issubclass(Wrong, Recommender)
    with pytest.raises(ModelError, match="HistoryRecommender"):
        training.make(Wrong, deck)
