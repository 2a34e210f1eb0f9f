"""The proof that a query is a pooling: what is read off, and the reasons where it is none."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import graphs
from tests.recommenders.learners_lessons import FAST, SLOW
from tfcourse import training
from tfcourse.ancestry import ancestors
from tfcourse.batches import Batches
from tfcourse.engine import NotPossible
from tfcourse.errors import ModelError, UsageError
from tfcourse.recommenders.base import Recommender
from tfcourse.recommenders.histories import Queries
from tfcourse.recommenders.pooled_query import pooled_query
from tfcourse.recommenders.rows import RecommenderRows
from tfcourse.tf1 import tf

SIZES = np.array([7, 0, 1, 300, 7, 22, 2000], np.int32)


def queries_of(sizes):
    """Queries of these lengths."""
    length = np.array(sizes, np.int32)
    none = np.full(len(length), -1, np.int32)
    return Queries(np.zeros(length.max(), np.int32), np.zeros(len(length), np.int64), length, none)


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
    np.testing.assert_allclose(proof.weights(queries_of(SIZES)), expected, rtol=1e-6)
    assert proof.table is model.w_query_movie_ids
    assert proof.node is model.query_emb
    assert not proof.reads_size
    assert pooled_query(model) is proof


def test_any_rule_by_length_is_a_pooling(deck):
    shrunken = pooled_query(made(FAST["shrunken mean"], deck))
    np.testing.assert_allclose(
        shrunken.weights(queries_of(SIZES[3:])), 1 / (SIZES[3:] + 10.0), rtol=1e-6
    )
    assert pooled_query(made(FAST["bias by length"], deck)).reads_size


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("attention", "looked-up movies are used by .*, on which loss depends"),
        ("weights by place", "looked-up movies are used by '.*Mul"),
        ("second look-up in the loss", "looked up more than once"),
        ("metric that reads ids", "query_movie_ids are used by .*Cast.*further depends"),
        ("own pred that reads ids", "query_movie_ids are used by '.*OneHot.*pred depends"),
        ("maximum", "looked-up movies are used by '.*Max"),
        ("mean over the padding too", "looked-up movies are used by '.*Mean"),
        ("only the last ten", "looked-up movies are used by '.*strided_slice"),
    ],
)
def test_the_reason_names_the_op_and_what_depends_on_it(change, reason, deck):
    with pytest.raises(NotPossible, match=reason):
        pooled_query(made(SLOW[change], deck))


def test_what_the_structure_allows_the_numbers_refuse(deck):
    """Weights by place are of the structure; they are no single weight."""
    proof = pooled_query(made(SLOW["fixed weights by place"], deck))
    with pytest.raises(NotPossible, match="not a sum with one weight for all"):
        proof.weights(queries_of(SIZES[3:]))


@pytest.mark.parametrize("change", [name for name in FAST if " batch" in name])
def test_what_depends_on_the_batch_is_left_to_the_graph(change, deck):
    """The sum is cut, and what is made of it with the rest of the batch is computed as written."""
    model = made(FAST[change], deck)
    proof = pooled_query(model)
    assert proof.node.op.type in ("Sum", "RealDiv") and "batch" in change
    (behind,) = {op.name for op in ancestors([model.query_emb])} & {proof.node.op.name}
    assert behind != model.query_emb.op.name


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
        proof.weights(queries_of([0, 5]))


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


def test_a_lesson_that_writes_the_embedding_is_refused(deck):
    def shrinking(base):
        class Lesson(base):
            def graph_loss(self):
                super().graph_loss()
                with tf.control_dependencies(
                    [tf.assign(self.w_query_movie_ids, 0.9 * self.w_query_movie_ids)]
                ):
                    self.loss = tf.identity(self.loss)

        return Lesson

    with pytest.raises(NotPossible, match="changes the embedding as it is computed"):
        pooled_query(made(shrinking, deck))


def test_queries_and_rows_of_ones_own_are_used_as_they_are(deck):
    class Few(Queries):
        def padded(self, index):
            ids, size = super().padded(index)
            return ids[:, :5], np.minimum(size, 5)

    class Half(RecommenderRows):
        def take(self, index, names=None):
            found = super().take(index, names)
            return {**found, "rating": 0.5 * found["rating"]}

    rows, q = deck.train, deck.train.queries
    few = rows.with_queries(Few(q.movies, q.start, q.length, q.left_out))
    half = Half(rows.user, rows.movie, rows.rating, q, rows.catalogue)
    for own, plain in ((few, rows), (half, rows)):
        fast = made(lambda base: base, deck).fit(
            Batches(own, 32), Batches(own, 32), 1, verbose=False
        )
        assert fast.engine_name == "feed"
        other = made(lambda base: base, deck).fit(
            Batches(plain, 32), Batches(plain, 32), 1, verbose=False
        )
        assert abs(fast.hist["vl_loss"][0] - other.hist["vl_loss"][0]) > 1e-3


def test_a_movie_that_is_not_a_number_spoils_its_own_queries_alone(deck):
    model = made(lambda base: base, deck)
    table = model.get_weights()["embedding/w_query_movie_ids"]
    table[7] = np.nan
    model.set_weights({"embedding/w_query_movie_ids": table})
    scores = model.scores(deck.histories)
    rated_7 = np.array([7 in deck.histories[u] for u in range(len(deck.histories))])
    assert (np.isnan(scores).all(1) == rated_7).all() and 0 < rated_7.sum() < len(rated_7)


def test_queries_without_a_movie_at_the_end(deck):
    q = deck.train.queries
    end = np.array([len(q.movies)], np.int64)
    none = np.array([-1], np.int32)
    rows = deck.train
    queries = Queries(
        q.movies,
        np.append(q.start[:40], end),
        np.append(q.length[:40], np.int32(0)),
        np.append(q.left_out[:40], none),
    )
    part = RecommenderRows(
        rows.user[:41], rows.movie[:41], rows.rating[:41], queries, rows.catalogue
    )
    losses = []
    for engine in ("graph", "feed"):
        model = made(lambda base: base, deck)
        model.fit(Batches(part, 8), None, 1, engine=engine, verbose=False)
        losses.append(model.hist["tr_loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
