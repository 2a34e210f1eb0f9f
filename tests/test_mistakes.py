"""Mistakes that a learner makes in a lesson: each with its line, and none of them in a lesson that is
right."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import graphs
from graphs.mf import MF
from graphs.mf_with_dnn import MFWithDNN
from graphs.mf_with_dnn_xent import MFWithDNNXent
from tests.recommenders.learners_lessons import ANY, FAST, SLOW
from tests.recommenders.test_computed_as_written import HISTORY_LESSONS
from tfcourse import mistakes, training
from tfcourse.batches import Batches, Columns
from tfcourse.errors import ModelError
from tfcourse.model import BaseModel
from tfcourse.tf1 import tf

ERROR, WARNING = "error", "warning"


class DNN(BaseModel):
    """A network of the Pokémon tutorial's kind, small."""

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 3], name="labels")
            self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    def graph_dnn(self):
        with tf.variable_scope("dnn"):
            self.nets = tf.layers.dense(self.hidden(self.inputs), 3, name="dnn2")

    def hidden(self, nets):
        return tf.layers.dense(nets, 4, activation=tf.nn.relu, name="dnn1")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pred = tf.nn.softmax(self.nets, name="pred")

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(self.errors())

    def errors(self):
        return tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=self.nets)


class OneScore(DNN):
    """The same network with one score, (batch, 1), against a number, (batch,)."""

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
            self.number = tf.placeholder(tf.float32, [None], name="number")
            self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pred = tf.layers.dense(self.hidden(self.inputs), 1, name="pred")

    def graph_dnn(self): ...

    def errors(self):
        return tf.square(self.pred - self.number[:, tf.newaxis])


# --- the mistakes -----------------------------------------------------------------------------
# Each is written as a learner writes it: a class that is right but for one thing.


class SoftmaxTwice(DNN):
    def errors(self):
        return tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=self.pred)


class SoftmaxOfSoftmax(DNN):
    def graph_dnn(self):
        super().graph_dnn()
        self.nets = tf.nn.softmax(self.nets)

    def errors(self):
        return -tf.reduce_sum(self.labels * tf.log(self.pred + 1e-9), 1)


class SigmoidTwice(DNN):
    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pred = tf.nn.sigmoid(self.nets, name="pred")

    def errors(self):
        return tf.nn.sigmoid_cross_entropy_with_logits(labels=self.labels, logits=self.pred)


class SigmoidTwiceInRecommender(MFWithDNNXent):
    def graph_computation(self):
        super().graph_computation()
        self.infer = tf.nn.sigmoid(self.infer)


class DropoutWithoutTraining(DNN):
    def hidden(self, nets):
        return tf.layers.dropout(super().hidden(nets), 0.5)


class DropoutWithoutTrainingInRecommender(MFWithDNN):
    def graph_dnn(self):
        super().graph_dnn()
        self.item_repr = tf.layers.dropout(self.item_repr, 0.5)


class DropoutAlways(DNN):
    def hidden(self, nets):
        return tf.nn.dropout(super().hidden(nets), 0.5)


class DropoutAlwaysBeforeOneThatIsRight(DNN):
    def hidden(self, nets):
        nets = tf.nn.dropout(super().hidden(nets), 0.5)
        nets = tf.layers.dense(nets, 4)
        return tf.layers.dropout(nets, 0.5, training=self.isTrain)


class DropoutAlwaysInRecommender(MFWithDNN):
    def graph_dnn(self):
        super().graph_dnn()
        self.item_repr = tf.layers.dropout(self.item_repr, 0.5, training=True)


class BatchNormWithoutTraining(DNN):
    def hidden(self, nets):
        return tf.layers.batch_normalization(super().hidden(nets))


class BatchNormWithoutTrainingInRecommender(MFWithDNN):
    def graph_dnn(self):
        super().graph_dnn()
        self.item_repr = tf.layers.batch_normalization(self.item_repr)


class BatchNormNotUpdated(DNN):
    def hidden(self, nets):
        return tf.layers.batch_normalization(super().hidden(nets), training=self.isTrain)


class BatchNormNotUpdatedInRecommender(MFWithDNN):
    def graph_dnn(self):
        super().graph_dnn()
        self.item_repr = tf.layers.batch_normalization(self.item_repr, training=self.isTrain)


class RowAgainstColumn(OneScore):
    def graph_computation(self):
        super().graph_computation()
        with tf.variable_scope("computation"):
            self.pred = self.pred + tf.layers.dense(self.inputs, 1)[:, 0]


class RowAgainstColumnInRecommender(MF):
    def graph_computation(self):
        super().graph_computation()
        with tf.variable_scope("computation"):
            self.infer = tf.reduce_sum(self.user_emb * self.item_emb, 1, keep_dims=True)
            self.infer = self.infer + self.bias_user + self.bias_item


class WeightedRow(OneScore):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.weight = tf.placeholder(tf.float32, [None], name="weight")

    def errors(self):
        return super().errors() * self.weight


class WeightedRowInRecommender(MF):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.weight = tf.placeholder(tf.float32, [None], name="weight")

    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            error = tf.square(self.infer - self.rating[:, tf.newaxis])
            self.loss = tf.reduce_mean(self.weight * error)


class RowAgainstColumnInLoss(OneScore):
    def errors(self):
        return tf.square(self.pred - self.number)


class ErrorOutsideTheScopeLoss(OneScore):
    def graph_computation(self):
        super().graph_computation()
        with tf.variable_scope("computation"):
            self.error = self.pred - self.number

    def errors(self):
        return tf.square(self.error)


class AccuracyOfRowAgainstColumn(OneScore):
    def graph_computation(self):
        super().graph_computation()
        hit = tf.equal(tf.round(self.pred), self.number)
        self.acc = tf.reduce_mean(tf.to_float(hit))

    def metrics(self):
        return {"acc": self.acc}


class RowAgainstColumnInRecommendersLoss(MFWithDNN):
    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(tf.square(self.infer - self.rating))


class RowAgainstColumnInTensorFlowsLoss(MF):
    def graph_loss(self):
        super().graph_loss()
        self.loss = tf.losses.mean_squared_error(labels=self.rating, predictions=self.infer)


class RowAgainstColumnOfLogits(MFWithDNNXent):
    def graph_loss(self):
        liked = tf.to_float(self.rating >= 4)
        self.loss = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=liked, logits=self.infer)
        )


class LossWithoutMean(DNN):
    def graph_loss(self):
        self.loss = self.errors()


class LossWithoutMeanInRecommender(MF):
    def graph_loss(self):
        super().graph_loss()
        self.loss = tf.square(self.infer - self.rating[:, tf.newaxis])


class LossIsSum(DNN):
    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_sum(self.errors())


class LossIsL2(OneScore):
    def graph_loss(self):
        self.loss = tf.nn.l2_loss(self.pred - self.number[:, tf.newaxis])


class LossIsSumInRecommender(MF):
    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            error = self.infer - self.rating[:, tf.newaxis]
            self.loss = 0.5 * tf.reduce_sum(error**2) + self.reg * tf.nn.l2_loss(self.user_emb)


class Numbers(DNN):
    """Labels are whole numbers, (batch,)."""

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
            self.labels = tf.placeholder(tf.int32, [None], name="labels")


class LabelsInOneColumn(DNN):
    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 1], name="labels")


class NumberTimesLogarithm(LabelsInOneColumn):
    def errors(self):
        return -tf.reduce_sum(self.labels * tf.log(self.pred), 1)


class NumbersInTensorFlowsLoss(Numbers):
    def errors(self):
        return tf.losses.softmax_cross_entropy(self.labels, self.nets)


class OneHotLabelsForSparse(DNN):
    def errors(self):
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=self.nets)


class FloatsForSparse(OneScore):
    graph_dnn = DNN.graph_dnn

    def graph_computation(self): ...

    def errors(self):
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.number, logits=self.nets)


class RatingsAsLabels(MFWithDNN):
    """Which of ten ratings? The number of the class is given to a one-hot loss."""

    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            scores = tf.layers.dense(self.infer, 10)
            self.loss = tf.reduce_mean(
                tf.nn.softmax_cross_entropy_with_logits(labels=2 * self.rating - 1, logits=scores)
            )


class WholeNumbersAndFloats(OneScore):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.number = tf.placeholder(tf.int32, [None], name="count")


class IsTrainMisspelt(DNN):
    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 3], name="labels")
            self.isTrain = tf.placeholder(tf.bool, [], name="is_train")

    def hidden(self, nets):
        return tf.layers.dropout(super().hidden(nets), 0.5, training=self.isTrain)


class IsTrainMisspeltInRecommender(MFWithDNN):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.training = tf.placeholder(tf.bool, [], name="training")

    def graph_dnn(self):
        super().graph_dnn()
        self.item_repr = tf.layers.dropout(self.item_repr, 0.5, training=self.training)


class DefaultThatStays(DNN):
    def hidden(self, nets):
        self.is_train = tf.placeholder_with_default(False, [], name="is_train")
        return tf.layers.dropout(super().hidden(nets), 0.5, training=self.is_train)


class KerasLayer(DNN):
    def hidden(self, nets):
        return tf.keras.layers.Dropout(0.5)(super().hidden(nets))


class OutsideInputs(DNN):
    def graph_inputs(self):
        self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
        self.labels = tf.placeholder(tf.float32, [None, 3], name="labels")


class OutsideInputsInRecommender(MFWithDNN):
    def graph_dnn(self):
        super().graph_dnn()
        hour = tf.placeholder(tf.float32, [None], name="hour")
        self.candidate_bias = self.candidate_bias + hour[:, tf.newaxis]


class PredictionOutsideInputs(DNN):
    def graph_computation(self):
        super().graph_computation()
        self.pred = self.pred ** tf.placeholder(tf.float32, [], name="sharpness")


class NameTwice(DNN):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.again = tf.placeholder(tf.float32, [None, 6], name="inputs")

    def hidden(self, nets):
        return super().hidden(nets + self.again)


class VariableWithoutUse(DNN):
    def hidden(self, nets):
        self.w = tf.get_variable("w", [6, 6])
        self.turned = tf.matmul(nets, self.w)
        return super().hidden(nets)


class VariableWithoutUseInRecommender(MFWithDNN):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.hour = tf.placeholder(tf.int32, [None], name="hour")

    def graph_embedding(self):
        super().graph_embedding()
        with tf.variable_scope("embedding"):
            self.w_hour = tf.get_variable("w_hour", [24, self.dim])
            self.hour_emb = tf.nn.embedding_lookup(self.w_hour, self.hour)


class GradientLost(DNN):
    def hidden(self, nets):
        return tf.to_float(tf.to_int32(super().hidden(nets)))


class GradientLostInRound(DNN):
    def hidden(self, nets):
        return tf.round(super().hidden(nets))


OTHER = tf.Graph()
with OTHER.as_default():
    OF_ANOTHER_GRAPH = tf.constant(2.0, name="scale")
    WEIGHTS = tf.get_variable("weights", [4, 3])


class NodeOfAnotherGraph(DNN):
    def graph_dnn(self):
        self.nets = tf.matmul(self.hidden(self.inputs), WEIGHTS)


class NodeOfAnotherGraphInRecommender(MF):
    def graph_loss(self):
        super().graph_loss()
        self.loss = self.loss * OF_ANOTHER_GRAPH


class PredOfAnotherGraph(DNN):
    def graph_computation(self):
        super().graph_computation()
        self.pred = OF_ANOTHER_GRAPH


class ColumnWithoutUse(DNN):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.hour = tf.placeholder(tf.float32, [None], name="hour")


class ColumnWithoutUseInRecommender(MFWithDNN):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.hour = tf.placeholder(tf.int32, [None], name="hour")


@dataclass(frozen=True)
class Case:
    """A mistake: its row in docs/mistakes.md, error or warning, and lessons that make it, each
    with a part of what is said. The first one's message stands in the page."""

    mistake: str
    kind: str
    lessons: dict[type[BaseModel], str]


CASES = (
    Case("softmax twice", WARNING, {
        SoftmaxTwice: r"entropy takes scores, .* before the softmax, 'dnn/dnn2/BiasAdd'",
        SoftmaxOfSoftmax: r"softmax 'computation/pred' takes scores, and 'Softmax' is a softmax",
    }),
    Case("sigmoid twice", WARNING, {
        SigmoidTwice: r"sigmoid cross entropy takes scores, .* 'dnn/dnn2/BiasAdd'",
        SigmoidTwiceInRecommender: r"and 'Sigmoid_1' is a sigmoid already: .*, 'computation/infer'",
    }),
    Case("dropout without `training=`", WARNING, {
        DropoutWithoutTraining: r"dropout \('dnn/dropout/Identity'\) drops nothing",
        DropoutWithoutTrainingInRecommender: r"dropout \('dropout/Identity'\) drops nothing",
    }),
    Case("dropout at evaluation too", WARNING, {
        DropoutAlways: r"a random mask \('dnn/dropout/GreaterEqual'\) is drawn at evaluation too",
        DropoutAlwaysBeforeOneThatIsRight: r"mask \('dnn/dropout/GreaterEqual'\)",
        DropoutAlwaysInRecommender: r"training=self.isTrain\)$",
    }),
    Case("batch norm without `training=`", WARNING, {
        BatchNormWithoutTraining: r"uses 'dnn/batch_normalization/moving_variance', which nothing updates",
        BatchNormWithoutTrainingInRecommender: r"uses 'batch_normalization/moving_variance'",
    }),
    Case("batch norm whose update ops nobody runs", WARNING, {
        BatchNormNotUpdated: r"no update runs tf.GraphKeys.UPDATE_OPS",
        BatchNormNotUpdatedInRecommender: r"no update runs tf.GraphKeys.UPDATE_OPS",
    }),
    Case("(batch,) against (batch, 1)", WARNING, {
        WeightedRow: r"\(batch, 1\) with 'inputs_1/weight' \(batch,\), which makes \(batch, batch\)",
        WeightedRowInRecommender: r"write \[:, tf.newaxis\] after 'inputs_1/weight'$",
    }),
    Case("(batch,) against (batch, 1), on the way to the prediction", ERROR, {
        RowAgainstColumn: r"'computation/pred/BiasAdd' \(batch, 1\) with .* \(batch,\)",
        RowAgainstColumnInRecommender: r"with .* \(batch,\), which makes \(batch, batch\)",
    }),
    Case("(batch,) against (batch, 1), a prediction and a label", ERROR, {
        ErrorOutsideTheScopeLoss: r"computation_1/sub .* must have one shape; write label\[:, tf.newaxis\]",
        RowAgainstColumnInLoss: r"loss/sub .*inputs/number:0 of shape \[None\]",
        AccuracyOfRowAgainstColumn: r"^AccuracyOf.* Equal .* must have one shape",
        RowAgainstColumnInRecommendersLoss: r"loss_1/sub .* inputs/rating:0 of shape \[None\]",
        RowAgainstColumnInTensorFlowsLoss: r"graph_loss, line \d+: the predictions have .* write labels\[:, ",
        RowAgainstColumnOfLogits: r"\(None, 1\) and the labels \(None,\): write labels\[:, tf.newaxis\]",
    }),
    Case("a prediction times a label in one column", WARNING, {
        NumberTimesLogarithm: r"write tf.one_hot\(label\[:, 0\], 3\)$",
    }),
    Case("a loss for each row", ERROR, {
        LossWithoutMean: r"self.loss has the shape \(batch,\) .* write self.loss = tf.reduce_mean",
        LossWithoutMeanInRecommender: r"self.loss has the shape \(batch, 1\)",
    }),
    Case("a loss that is a sum over the batch", WARNING, {
        LossIsSum: r"sum over the batch \('loss/Sum'\)",
        LossIsL2: r"sum over the batch \('L2Loss'\)",
        LossIsSumInRecommender: r"sum over the batch \('loss_1/Sum'\)",
    }),
    Case("labels that are not one-hot", ERROR, {
        Numbers: r"shape \(batch,\) and the logits \(batch, 3\), .* write tf.one_hot\(labels, 3\)",
        LabelsInOneColumn: r"shape \(batch, 1\) .* write tf.one_hot\(labels\[:, 0\], 3\)",
        NumbersInTensorFlowsLoss: r"the labels are not one-hot, write tf.one_hot\(labels, 3\)",
        RatingsAsLabels: r"tf.one_hot\(labels, 10\)",
    }),
    Case("one-hot labels, or floats, for a sparse loss", ERROR, {
        OneHotLabelsForSparse: r"one-hot labels write tf.nn.softmax_cross_entropy_with_logits",
        FloatsForSparse: r"labels are float32 and must be whole numbers: write tf.to_int32\(labels\)",
    }),
    Case("whole numbers and floats in one operation", ERROR, {
        WholeNumbersAndFloats: r"Sub combines float32 with int32: write tf.to_float",
    }),
    Case("`is_train` for `isTrain`", WARNING, {
        IsTrainMisspelt: r"'inputs/is_train' has the shape \(\), .* write name=\"isTrain\"$",
        IsTrainMisspeltInRecommender: r"'inputs_1/training' .* write name=\"isTrain\"$",
    }),
    Case("a placeholder that always has its default", WARNING, {
        DefaultThatStays: r"feeds nothing to 'dnn/is_train', .*\(tf.bool, \[\], name=\"isTrain\"\)",
        KerasLayer: r"feeds nothing to 'keras_learning_phase'",
    }),
    Case("a placeholder outside the scope \"inputs\"", ERROR, {
        OutsideInputs: r"the placeholder '(inputs|labels)' stands outside the scope \"inputs\"",
        OutsideInputsInRecommender: r"the placeholder 'hour' stands outside",
    }),
    Case("a placeholder outside the scope \"inputs\", for `pred` alone", WARNING, {
        PredictionOutsideInputs: r"the placeholder 'sharpness' stands outside",
    }),
    Case("two placeholders for one column", ERROR, {
        NameTwice: r"'inputs/inputs' and 'inputs_1/inputs' are two placeholders for one column",
    }),
    Case("a variable that the loss does not depend on", WARNING, {
        VariableWithoutUse: r"does not depend on the variable 'dnn/w'",
        VariableWithoutUseInRecommender: r"does not depend on the variable 'embedding/w_hour'",
    }),
    Case("a variable that no gradient reaches", WARNING, {
        GradientLost: r"no gradient reaches the variable 'dnn/dnn1/kernel', .*: Cast \('dnn/ToInt32'\)",
        GradientLostInRound: r"'dnn/dnn1/kernel', .*: Round \('dnn/Round'\)",
    }),
    Case("a node of another graph", ERROR, {
        NodeOfAnotherGraph: r"graph_dnn, line \d+: 'weights' and '[\w/]+' are nodes of two graphs",
        NodeOfAnotherGraphInRecommender: r"graph_loss, line \d+: .* are nodes of two graphs",
        PredOfAnotherGraph: r"'scale:0' is a node of another graph",
    }),
    Case("a placeholder without use", WARNING, {
        ColumnWithoutUse: r"nothing depends on the placeholder 'inputs_1/hour', .* a column 'hour'",
        ColumnWithoutUseInRecommender: r"nothing depends on the placeholder 'inputs_1/hour'",
    }),
)  # fmt: skip


def built(cls):
    """A lesson, small."""
    sizes = {"n_users": 30, "n_movies": 60}
    return cls(**{name: n for name, n in sizes.items() if name in cls.hyperparameter_names()})


@pytest.fixture
def lines(caplog):
    """``lines(cls)``: what is said as a lesson is built, each in one line."""

    def said(cls, make=built):
        caplog.clear()
        with caplog.at_level(logging.WARNING, "tfcourse"):
            make(cls)
        found = [record.getMessage() for record in caplog.records if record.name == "tfcourse"]
        assert not any("\n" in line for line in found)
        return found

    return said


@pytest.mark.parametrize(
    ("cls", "case"),
    [(cls, case) for case in CASES for cls in case.lessons],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_each_mistake_has_its_line(cls, case, lines):
    if case.kind == ERROR:
        with pytest.raises(ModelError, match=case.lessons[cls]) as caught:
            built(cls)
        found = [str(caught.value)]
    else:
        found = lines(cls)
    assert re.search(case.lessons[cls], found[0]) and "\n" not in found[0]
    assert all(line.startswith(cls.__name__) for line in found)
    # One line for a mistake, or for each variable that it keeps from being trained.
    assert len({re.sub(r"'[^']*'", "", line) for line in found}) == 1


def test_the_page_names_the_mistakes(lines):
    page = (Path(__file__).parents[1] / "docs" / "mistakes.md").read_text("utf-8")
    rows = re.findall(r"^\| (.*) \| `` (.*) `` \| (\w+) \|$", page, re.MULTILINE)
    expected = []
    for case in CASES:
        cls = next(iter(case.lessons))
        if case.kind == ERROR:
            with pytest.raises(ModelError) as caught:
                built(cls)
            line = str(caught.value)
        else:
            line = lines(cls)[0]
        line = re.sub(r", line \d+", ", line 12", line)
        expected.append((case.mistake, line.removeprefix(cls.__name__), case.kind))
    rows = [(mistake, line.removeprefix("Mine"), kind) for mistake, line, kind in rows]
    assert rows == expected


# --- no lesson that is right ------------------------------------------------------------------


@pytest.mark.parametrize("lesson", graphs.LESSONS, ids=lambda lesson: lesson.name)
def test_no_lesson_of_the_project_is_warned_of(lesson, lines):
    assert lines(lesson.load(), lambda cls: cls()) == []


# In this one the averages are never updated, which is the mistake itself.
NOT_UPDATED = "batch normalization"


LEARNERS = {**FAST, **SLOW}


@pytest.mark.parametrize("i", range(len(LEARNERS)), ids=list(LEARNERS))
def test_no_lesson_that_a_learner_may_write_is_warned_of(i, lines):
    """Each on one of the lessons, in turn."""
    name, base = list(LEARNERS)[i], HISTORY_LESSONS[i % len(HISTORY_LESSONS)]
    found = lines(LEARNERS[name](graphs.find(base).load()))
    assert len(found) == (name == NOT_UPDATED), found


@pytest.mark.slow
@pytest.mark.parametrize("base", HISTORY_LESSONS)
def test_no_lesson_of_them_all_is_warned_of(base, lines):
    for name, change in LEARNERS.items():
        found = lines(change(graphs.find(base).load()))
        assert len(found) == (name == NOT_UPDATED), (name, found)


def test_no_lesson_without_a_history_is_warned_of(lines):
    assert {name: lines(change(MF)) for name, change in ANY.items()} == dict.fromkeys(ANY, [])


class Updates(BatchNormNotUpdated):
    def graph_train(self):
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            return super().graph_train()


class AlwaysBatchStatistics(DNN):
    def hidden(self, nets):
        return tf.layers.batch_normalization(super().hidden(nets), training=True)


class Dropout(DNN):
    def hidden(self, nets):
        nets = tf.layers.dropout(super().hidden(nets), 0.5, training=self.isTrain)
        return tf.layers.dropout(tf.layers.dense(nets, 4), 0.5, training=self.isTrain)


class DropoutByRate(DNN):
    def hidden(self, nets):
        return tf.nn.dropout(super().hidden(nets), rate=tf.where(self.isTrain, 0.5, 0.0))


class DropoutByCond(DNN):
    def hidden(self, nets):
        nets = super().hidden(nets)
        dropped = tf.nn.dropout(nets, 0.5)
        return tf.cond(self.isTrain, lambda: dropped, lambda: nets)


class DropoutInCond(DNN):
    def hidden(self, nets):
        nets = super().hidden(nets)
        return tf.cond(self.isTrain, lambda: tf.nn.dropout(nets, 0.5), lambda: nets)


class DropoutByWeight(DNN):
    def hidden(self, nets):
        nets = super().hidden(nets)
        share = tf.to_float(self.isTrain)
        return share * tf.nn.dropout(nets, 0.5) + (1.0 - share) * nets


class NoDropout(DNN):
    def hidden(self, nets):
        return tf.layers.dropout(super().hidden(nets), 0.0, training=self.isTrain)


class Pairwise(OneScore):
    """A ranking loss over all pairs of a batch."""

    def graph_loss(self):
        with tf.variable_scope("loss"):
            score = self.pred[:, 0]
            better = tf.to_float(self.number[:, tf.newaxis] > self.number)
            difference = score[:, tf.newaxis] - score
            self.loss = tf.reduce_mean(better * tf.nn.softplus(-difference))


class PairwiseByTranspose(OneScore):
    def graph_loss(self):
        with tf.variable_scope("loss"):
            difference = self.pred - tf.transpose(self.pred)
            wanted = self.number[:, tf.newaxis] - self.number[tf.newaxis, :]
            self.loss = tf.reduce_mean(tf.square(difference - wanted))


class WeightedClasses(DNN):
    def graph_loss(self):
        with tf.variable_scope("loss"):
            error = tf.square(self.pred - self.labels) * tf.constant([1.0, 2.0, 3.0])
            self.loss = tf.reduce_mean(error)


class WeightedRows(DNN):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.weight = tf.placeholder(tf.float32, [None], name="weight")

    def graph_loss(self):
        with tf.variable_scope("loss"):
            error = tf.square(self.pred - self.labels) * self.weight[:, tf.newaxis]
            self.loss = tf.reduce_mean(error)


class OwnSoftmax(DNN):
    def graph_loss(self):
        with tf.variable_scope("loss"):
            nets = self.nets - tf.reduce_max(self.nets, 1, keepdims=True)
            total = tf.reduce_sum(tf.exp(nets), 1, keepdims=True)
            logs = nets - tf.log(total)
            self.loss = -tf.reduce_mean(tf.reduce_sum(self.labels * logs, 1))


class Centers(DNN):
    """The distance of each row to three learned points."""

    def hidden(self, nets):
        self.centers = tf.get_variable("centers", [4, 6])
        return tf.reduce_sum(tf.square(nets[:, tf.newaxis] - self.centers[tf.newaxis]), 2)


class OwnMean(OneScore):
    def graph_loss(self):
        with tf.variable_scope("loss"):
            total = tf.reduce_sum(tf.square(self.pred[:, 0] - self.number))
            self.loss = total / tf.to_float(tf.shape(self.number)[0])


class SumTimesSmallNumber(OneScore):
    def graph_loss(self):
        with tf.variable_scope("loss"):
            total = tf.reduce_sum(tf.square(self.pred[:, 0] - self.number))
            self.loss = total * (1.0 / 128)


class TensorFlowsLoss(OneScore):
    def graph_loss(self):
        self.loss = tf.losses.mean_squared_error(self.number, self.pred[:, 0])


class SparseLabels(Numbers):
    def errors(self):
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=self.nets)


class OneHotOfNumbers(Numbers):
    def errors(self):
        labels = tf.one_hot(self.labels, 3)
        return tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=self.nets)


class WholeNumbersAsOneHot(DNN):
    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.labels = tf.placeholder(tf.int32, [None, 3], name="labels")


class Sequences(DNN):
    """A class for each of five places of a row."""

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 5, 6], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 5, 3], name="labels")


class Attention(DNN):
    def hidden(self, nets):
        nets = super().hidden(nets)
        return nets * tf.nn.softmax(tf.layers.dense(nets, 4))


class Frozen(DNN):
    """The update leaves the first layer out."""

    def graph_train(self):
        last = [v for v in tf.trainable_variables() if "dnn2" in v.name]
        return tf.train.GradientDescentOptimizer(self.lr).minimize(self.loss, var_list=last)


class Stopped(DNN):
    def hidden(self, nets):
        return tf.stop_gradient(super().hidden(nets))


class Counter(DNN):
    def graph_train(self):
        self.steps = tf.Variable(0, name="steps")
        return tf.group(super().graph_train(), tf.assign_add(self.steps, 1))


class NodeForLater(DNN):
    """A node that is asked for with predict(data, node), and its own column."""

    def graph_inputs(self):
        super().graph_inputs()
        with tf.variable_scope("inputs"):
            self.threshold = tf.placeholder(tf.float32, [None], name="threshold")

    def graph_computation(self):
        super().graph_computation()
        self.sure = tf.reduce_max(self.pred, 1) > self.threshold


class IsTrainWithDefault(DNN):
    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 3], name="labels")
            self.isTrain = tf.placeholder_with_default(False, [], name="isTrain")

    def hidden(self, nets):
        return tf.layers.dropout(super().hidden(nets), 0.5, training=self.isTrain)


class FirstAndSecondScope(DNN):
    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
        with tf.variable_scope("inputs"):
            self.labels = tf.placeholder(tf.float32, [None, 3], name="labels")


class LessOfTheBase(MFWithDNN):
    """A lesson that replaces the layers, and has no use for the genres."""

    def graph_dnn(self):
        with tf.variable_scope("dnn"):
            self.item_repr = self.candidate_emb
            self.candidate_bias = tf.layers.dense(self.item_repr, 1)


class BetweenBaseAndLesson(DNN):
    """The loss in its own class, and layers of the base: nothing is left over."""


class InBatchSoftmax(MFWithDNN):
    """Each query against all movies of the batch."""

    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            weight = self.rating / tf.reduce_sum(self.rating)
            shares = tf.nn.softmax_cross_entropy_with_logits(
                labels=tf.eye(tf.shape(self.rating)[0]), logits=self.pred
            )
            self.loss = tf.reduce_sum(weight * shares)


RIGHT = (
    DNN, OneScore, Updates, AlwaysBatchStatistics, Dropout, DropoutByRate, DropoutByCond, DropoutInCond,
    DropoutByWeight, NoDropout, Pairwise, PairwiseByTranspose, WeightedClasses, WeightedRows, OwnSoftmax,
    Centers, OwnMean, SumTimesSmallNumber, TensorFlowsLoss, SparseLabels, OneHotOfNumbers,
    WholeNumbersAsOneHot, Sequences, Attention, Frozen, Stopped, Counter, NodeForLater,
    IsTrainWithDefault, FirstAndSecondScope, LessOfTheBase, BetweenBaseAndLesson, InBatchSoftmax,
)  # fmt: skip


@pytest.mark.parametrize("cls", RIGHT, ids=lambda cls: cls.__name__)
def test_what_is_right_is_neither_refused_nor_warned_of(cls, lines):
    assert lines(cls) == []


# --- what is advised works --------------------------------------------------------------------


def columns(n=40):
    rng = np.random.default_rng(0)
    inputs = rng.normal(1.0, 1.0, (n, 6)).astype(np.float32)
    labels = np.eye(3, dtype=np.float32)[rng.integers(0, 3, n)]
    return Batches(Columns({"inputs": inputs, "labels": labels}), 8)


@pytest.mark.parametrize("engine", ["feed", "graph"])
def test_the_averages_of_batch_norm_are_updated(engine):
    kept = {}
    for cls in (Updates, BatchNormNotUpdated):
        model = cls().fit(columns(), None, 2, engine=engine, verbose=False)
        kept[cls] = model.get_weights()["dnn/batch_normalization/moving_mean"]
        model.close()
    assert (kept[Updates] != 0).any() and (kept[BatchNormNotUpdated] == 0).all()


def test_the_averages_of_batch_norm_are_updated_in_a_recommender(deck, lines):
    class Right(BatchNormNotUpdatedInRecommender):
        def graph_train(self):
            with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
                return super().graph_train()

    assert lines(Right) == []
    model = training.make(Right, deck).fit(deck.train_batches(32), None, 1, verbose=False)
    assert (model.get_weights()["batch_normalization/moving_mean"] != 0).any()
    model.close()


@pytest.mark.parametrize("engine", ["feed", "graph"])
def test_a_second_scope_inputs_is_fed(engine):
    hist = {}
    for cls in (DNN, FirstAndSecondScope):
        model = cls().fit(columns(), columns(), 2, engine=engine, verbose=False)
        assert model.engine_name == engine
        hist[cls] = model.hist
        model.close()
    assert list(model.placeholders) == ["inputs", "labels"]
    for curve in hist[DNN]:  # other ops give other initial weights
        assert hist[FirstAndSecondScope][curve] == pytest.approx(hist[DNN][curve], rel=0.5)


@pytest.mark.parametrize("engine", ["feed", "graph"])
def test_is_train_with_a_default_is_fed(engine):
    """The units that are dropped make the loss in training another than at evaluation."""
    model = IsTrainWithDefault(learning_rate=1e-9)
    model.fit(columns(), columns(), 1, engine=engine, verbose=False)
    assert model.hist["tr_loss"][0] != pytest.approx(model.hist["vl_loss"][0], rel=1e-4)
    model.close()


# --- how it is said ---------------------------------------------------------------------------


def test_an_error_that_is_not_known_passes_as_it_is():
    class Unknown(DNN):
        def graph_dnn(self):
            self.nets = tf.matmul(self.inputs, tf.zeros([5, 3]))

    with pytest.raises(ValueError, match="Dimensions must be equal") as caught:
        Unknown()
    assert not isinstance(caught.value, ModelError)


def test_a_metric_that_is_set_later():
    class Later(DNN):
        def metrics(self):
            return {"later": self.later}

    model = Later()
    with model.graph.as_default():
        model.later = tf.reduce_mean(model.pred)
    assert set(model.all_metrics()) == {"loss", "later"}


def test_each_line_is_said_once_for_a_model(lines):
    def make_and_fit(cls):
        cls().fit(columns(), columns(), 2, verbose=False)

    assert len(lines(SoftmaxTwice, make_and_fit)) == 1


def test_the_graph_stays_as_it_is():
    """A trial of shapes is made beside the lesson's graph."""
    model = built(WeightedRow)
    names = [op.name for op in model.graph.get_operations()]
    mistakes.check(model)
    assert [op.name for op in model.graph.get_operations()] == names
