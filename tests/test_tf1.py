"""TensorFlow as the slides use it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from tfcourse.tf1 import tf


@pytest.fixture
def run():
    """A default graph of the test's own; run a node in it."""
    with tf.Graph().as_default(), tf.Session() as session:

        def evaluate(node, feeds=None):
            session.run(tf.global_variables_initializer())
            return session.run(node, feeds)

        yield evaluate


# --- the slides' names ------------------------------------------------------------------------


def test_a_network_as_on_the_slides(run):
    with tf.variable_scope("inputs"):
        inputs = tf.placeholder(tf.float32, [None, 4], name="inputs")
        labels = tf.placeholder(tf.float32, [None, 3], name="labels")
        is_train = tf.placeholder(tf.bool, [], name="isTrain")
    with tf.variable_scope("dnn"):
        net = tf.layers.dense(
            inputs,
            8,
            activation=tf.nn.softplus,
            kernel_initializer=tf.glorot_normal_initializer(),
            kernel_regularizer=tf.contrib.layers.l2_regularizer(0.01),
            name="dnn1",
        )
        net = tf.layers.dropout(net, 0.5, training=is_train)
        net = tf.layers.dense(net, 3)
    with tf.variable_scope("loss"):
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=net))
        penalty = tf.losses.get_regularization_loss()
        correct = tf.equal(tf.argmax(net, 1), tf.argmax(labels, 1))
        acc = tf.reduce_mean(tf.to_float(correct), name="acc")
    feeds = {inputs: np.ones((5, 4)), labels: np.eye(3)[[0, 1, 2, 0, 1]], is_train: False}
    values = run([loss, penalty, acc, net], feeds)
    assert values[0] > 0 and 0 <= values[2] <= 1
    assert values[3].shape == (5, 3)
    assert (values[3] == values[3][0]).all()  # no dropout where isTrain is false
    kernel = tf.trainable_variables()[0]
    value, penalty_value = run([kernel, penalty])
    assert penalty_value == pytest.approx(0.01 * np.square(value).sum() / 2, rel=1e-5)
    assert {v.op.name for v in tf.trainable_variables()} == {
        "dnn/dnn1/kernel",
        "dnn/dnn1/bias",
        "dnn/dense/kernel",
        "dnn/dense/bias",
    }
    assert inputs.op.name == "inputs/inputs"
    assert acc.op.name == "loss/acc"


def test_to_float(run):
    np.testing.assert_array_equal(run(tf.to_float([True, False])), np.float32([1, 0]))
    assert tf.to_float([1, 2]).dtype == tf.float32


def test_keep_dims(run):
    value = run(tf.reduce_sum(tf.constant([[1.0, 2.0], [3.0, 4.0]]), 1, keep_dims=True))
    np.testing.assert_array_equal(value, [[3.0], [7.0]])


def test_dropout_drops_and_scales(run):
    value = run(tf.layers.dropout(tf.ones([1000]), 0.5, training=True))
    assert set(np.unique(value)) == {0.0, 2.0}
    assert 400 < (value == 0).sum() < 600


def test_losses(run):
    label, predicted = tf.constant([[1.0], [0.0]]), tf.constant([[0.5], [2.0]])
    assert run(tf.losses.mean_squared_error(labels=label, predictions=predicted)) == 2.125
    assert run(tf.losses.absolute_difference(label, predicted)) == 1.25


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.train.GradientDescentOptimizer(0.1),
        lambda: tf.train.MomentumOptimizer(0.05, momentum=0.9),
        lambda: tf.train.AdagradOptimizer(0.5),
        lambda: tf.train.RMSPropOptimizer(0.05),
        lambda: tf.train.AdamOptimizer(0.1),
    ],
    ids=["sgd", "momentum", "adagrad", "rmsprop", "adam"],
)
def test_optimizers_of_the_lab(make):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.Variable(3.0)
        step = make().minimize(tf.square(x - 1.0))
        session.run(tf.global_variables_initializer())
        for _ in range(100):
            session.run(step)
        assert abs(session.run(x) - 1.0) < 0.5


def test_sequence_mask_l2_normalize_and_reset_default_graph(run):
    mask = tf.sequence_mask([1, 4])
    value = run(tf.nn.l2_normalize(tf.to_float(mask), 1))
    np.testing.assert_allclose(value, [[1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]])


def test_top_level_code_goes_into_the_default_graph():
    tf.reset_default_graph()
    assert tf.get_default_graph().get_operations() == []
    variable = tf.Variable(tf.zeros([2]), name="v")
    assert variable.graph is tf.get_default_graph()
    assert not isinstance(variable, np.ndarray) and not tf.executing_eagerly()
    tf.reset_default_graph()
    assert tf.get_default_graph().get_operations() == []


def test_the_rest_is_tensorflows_own():
    import tensorflow.compat.v1 as v1

    assert tf.float32 is v1.float32 and tf.Session is v1.Session
    assert {"placeholder", "contrib", "layers", "variable_scope"} <= set(dir(tf))
    with pytest.raises(AttributeError):
        _ = tf.no_such_name


# --- contrib ----------------------------------------------------------------------------------

L1, L2 = tf.contrib.layers.l1_regularizer, tf.contrib.layers.l2_regularizer


def test_regularizers_by_hand(run):
    weights = tf.constant([[3.0, -4.0]])
    assert run(L2(0.01)(weights)) == pytest.approx(0.125)  # 0.01 * (9 + 16) / 2
    assert run(L1(0.01)(weights)) == pytest.approx(0.07)  # 0.01 * (3 + 4)


@pytest.mark.parametrize("make", [L1, L2])
@pytest.mark.parametrize("scale", [1, 0, np.int64(1), -0.1])
def test_regularizer_scale_is_a_float_of_at_least_0(make, scale):
    with pytest.raises(ValueError, match="scale"):
        make(scale)


@pytest.mark.parametrize("make", [L1, L2])
def test_regularizer_of_scale_0_is_none(make):
    assert make(0.0)(np.ones(3)) is None


def test_regularizer_of_scale_0_in_a_layer(run):
    net = tf.layers.dense(tf.ones([2, 3]), 4, kernel_regularizer=L2(0.0))
    assert tf.losses.get_regularization_losses() == []
    assert run(net).shape == (2, 4)


def test_regularizer_names_its_node(run):
    assert L2(0.5, scope="penalty")(tf.ones([2])).op.name == "penalty"
    assert L2(0.5)(tf.ones([2])).op.name == "l2_regularizer"


def test_xavier_uniform(run):
    value = run(tf.contrib.layers.xavier_initializer()([100, 80]))
    limit = np.sqrt(6 / 180)
    assert 0.98 * limit < np.abs(value).max() <= limit
    assert abs(value.mean()) < 0.02 * limit


def test_xavier_normal_has_contribs_variance(run):
    make = tf.contrib.layers.xavier_initializer(uniform=False, seed=1)
    value = run(make([300, 200]))
    stddev = np.sqrt(1.3 / 250)
    assert np.abs(value).max() <= 2 * stddev  # truncated at two
    assert value.std() == pytest.approx(0.8796 * stddev, rel=0.02)  # what truncation leaves
    convolution = run(make([3, 3, 20, 30]))
    assert convolution.std() == pytest.approx(0.8796 * np.sqrt(1.3 / (9 * 25)), rel=0.05)


def test_xavier_in_a_layer(run):
    net = tf.layers.dense(
        tf.ones([1, 6]), 2, kernel_initializer=tf.contrib.layers.xavier_initializer(seed=3)
    )
    assert run(net).shape == (1, 2)


@pytest.mark.parametrize("make", [
    lambda: tf.layers.dense(tf.ones([1, 4]), 5),
    lambda: tf.layers.dense(tf.ones([1, 4]), 5, tf.nn.relu, True, None),
    lambda: tf.layers.conv1d(tf.ones([1, 8, 4]), 5, 3),
    lambda: tf.layers.conv2d(tf.ones([1, 8, 8, 4]), 5, 3),
])  # fmt: skip
def test_a_layers_default_weights_come_from_the_graphs_seed(make):
    """tf-keras would draw them from Python's generator, which no graph's seed reaches."""

    def kernel(seed):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(seed)
            make()
            session.run(tf.global_variables_initializer())
            return session.run(tf.trainable_variables()[0])

    np.testing.assert_array_equal(kernel(3), kernel(3))
    assert (kernel(3) != kernel(4)).any()


def test_a_layers_default_is_glorots_uniform(run):
    tf.layers.dense(tf.ones([1, 60]), 90)
    value = run(tf.trainable_variables()[0])
    assert 0.98 * np.sqrt(6 / 150) < np.abs(value).max() <= np.sqrt(6 / 150)


def test_a_scopes_initializer_goes_before_a_layers_default(run):
    with tf.variable_scope("dnn", initializer=tf.ones_initializer()):
        net = tf.layers.dense(tf.ones([1, 3]), 2)
    np.testing.assert_array_equal(run(net), [[3.0, 3.0]])


# --- how TensorFlow is loaded -----------------------------------------------------------------


USE_IT = """
from tfcourse.tf1 import tf
print(tf.Session().run(tf.constant(7)), tf.layers.dense(tf.ones([1, 2]), 3).shape)
"""
PRINT_THE_ERROR = """
from tfcourse.errors import CourseError
try:
    import tfcourse.tf1
except CourseError as error:
    print(error)
"""
# Write to file descriptor 2, as native code does, when TensorFlow is imported.
NOISY = """
import os, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            os.write(2, b"a message of native code\\n")
            {then}
sys.meta_path.insert(0, Finder())
"""
PROGRAMS = {
    "quiet": (USE_IT, {}),
    "loud": (USE_IT, {"TF_CPP_MIN_LOG_LEVEL": "0"}),
    "too late": ("import tensorflow\n" + PRINT_THE_ERROR, {}),
    "legacy": ("import tensorflow\n" + USE_IT, {"TF_USE_LEGACY_KERAS": "1"}),
    "no tf-keras": ("import sys; sys.modules['tf_keras'] = None\n" + PRINT_THE_ERROR, {}),
    "noisy": (NOISY.format(then="pass") + USE_IT, {}),
    "noisy, then fails": (NOISY.format(then="raise ImportError('the import failed')") + USE_IT, {}),
}


@pytest.fixture(scope="module")
def ran():
    """Processes of their own, side by side: return code, standard output, standard error."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    started = {
        name: subprocess.Popen(
            [sys.executable, "-c", code],
            env=clean | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, (code, env) in PROGRAMS.items()
    }
    done = {}
    for name, process in started.items():
        out, err = process.communicate(timeout=120)
        done[name] = process.returncode, out, err
    return done


def test_start_up_is_silent(ran):
    assert ran["quiet"] == (0, "7 (1, 3)\n", "")


def test_start_up_noise_is_shown_when_asked_for(ran):
    code, out, err = ran["loud"]
    assert (code, out) == (0, "7 (1, 3)\n")
    assert "cpu_feature_guard" in err


def test_tensorflow_loaded_first_without_legacy_keras(ran):
    code, out, err = ran["too late"]
    assert code == 0, err
    assert "before tfcourse" in out and "TF_USE_LEGACY_KERAS=1" in out


def test_tensorflow_loaded_first_with_legacy_keras_is_fine(ran):
    code, out, err = ran["legacy"]
    assert (code, out) == (0, "7 (1, 3)\n"), err


def test_without_tf_keras_the_error_says_how_to_install_it(ran):
    code, out, err = ran["no tf-keras"]
    assert code == 0, err
    assert "pip install tf-keras" in out


def test_messages_of_native_code_are_hidden_while_tensorflow_is_imported(ran):
    assert ran["noisy"] == (0, "7 (1, 3)\n", "")


def test_messages_of_native_code_are_shown_when_the_import_fails(ran):
    code, out, err = ran["noisy, then fails"]
    assert code == 1 and out == ""
    assert "a message of native code" in err and "ImportError: the import failed" in err
