"""Copies of parts of a graph: the same values, other inputs, shared variables."""

from __future__ import annotations

import numpy as np
import pytest

from tfcourse.ancestry import ancestors
from tfcourse.engine import NotPossible
from tfcourse.engine.copies import copy
from tfcourse.tf1 import tf


@pytest.fixture
def run():
    """``run(tensors, feeds)`` in a session of the default graph, variables initialized."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        session = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1))

        def call(fetches, feeds=None, initialize=False):
            if initialize:
                session.run(tf.global_variables_initializer())
            return session.run(fetches, feeds or {})

        yield call
        session.close()


def test_a_replaced_placeholder_gives_what_feeding_it_gives(run):
    x = tf.placeholder(tf.float32, [None], name="x")
    w = tf.get_variable("w", initializer=3.0)
    y = w * x + 1.0
    (copied,) = copy([y], {x: tf.constant([1.0, 2.0])})
    assert run(copied, initialize=True).tolist() == run(y, {x: [1.0, 2.0]}).tolist() == [4.0, 7.0]
    assert copied.shape.as_list() == [2]  # known, where the original's is not


def test_variables_are_shared_and_updates_are_copied(run):
    x = tf.placeholder(tf.float32, [])
    w = tf.get_variable("w", initializer=1.0)
    step = tf.assign_add(w, x)
    with tf.control_dependencies([step]):
        update = tf.no_op()
    (copied,) = copy([update], {x: tf.constant(5.0)})
    run(w, initialize=True)
    run(copied)
    run(copied)
    assert run(w) == 11.0
    assert len(tf.global_variables()) == 1


def test_a_tensor_in_the_middle_can_be_replaced_and_has_a_gradient(run):
    ids = tf.placeholder(tf.int32, [None])
    w = tf.get_variable("w", initializer=np.arange(6, dtype=np.float32).reshape(3, 2))
    row = tf.reduce_sum(tf.nn.embedding_lookup(w, ids), 0)
    loss = tf.reduce_sum(row * row)
    other = tf.reduce_sum(w, 0)
    (copied,) = copy([loss], {row: other})
    (gradient,) = tf.gradients(copied, [w.handle])
    assert run(copied, initialize=True) == 6.0**2 + 9.0**2
    np.testing.assert_array_equal(run(gradient), [[12, 18]] * 3)


def test_what_is_replaced_may_be_the_target_itself(run):
    x = tf.placeholder(tf.float32, [])
    new = tf.constant(2.0)
    assert copy([x, x + 1.0], {x: new})[0] is new


def test_a_placeholder_that_nothing_replaces_is_named(run):
    x, y = tf.placeholder(tf.float32, [], "x"), tf.placeholder(tf.float32, [], "year")
    with pytest.raises(NotPossible, match="placeholder 'year'"):
        copy([x + y], {x: tf.constant(1.0)})


@pytest.mark.parametrize("value", [True, False])
def test_a_known_condition_becomes_its_branch(run, value):
    flag, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    y = tf.cond(flag, lambda: 10.0 * x + 1.0, lambda: x)
    z = 2.0 * y
    (copied,) = copy([z], {flag: tf.constant(value), x: tf.constant(3.0)}, {flag: value})
    assert run(copied) == run(z, {flag: value, x: 3.0})
    assert "If" not in "".join(op.type for op in ancestors([copied]))


def test_a_branch_with_a_side_effect_stays_a_condition(run):
    flag = tf.placeholder(tf.bool, [])
    w = tf.get_variable("w", initializer=0.0)
    y = tf.cond(flag, lambda: tf.assign_add(w, 1.0), lambda: tf.identity(w.read_value()))
    (copied,) = copy([y], {flag: tf.constant(True)}, {flag: True})
    run(w, initialize=True)
    run(copied)
    assert run(w) == 1.0
    assert any(op.type == "If" for op in ancestors([copied]))


def test_random_ops_keep_their_seeds(run):
    x = tf.placeholder(tf.float32, [4])
    y = tf.nn.dropout(x, rate=0.5)
    (copied,) = copy([y], {x: tf.ones([4])})
    for _ in range(5):
        assert run(copied).tolist() == run(y, {x: np.ones(4)}).tolist()


def test_ancestors_follow_control_inputs_and_stop_where_told(run):
    a = tf.constant(1.0, name="a")
    b = tf.add(a, 1.0, name="b")
    with tf.control_dependencies([tf.constant(0.0, name="side")]):
        c = tf.identity(b, name="c")
    names = [op.name for op in ancestors([c])]
    assert {"a", "b", "c", "side"} <= set(names) and names.index("a") < names.index("b")
    assert "a" not in {op.name for op in ancestors([c], [b])}
