"""What a lab's check sees of a learner's model: its built graph, its weights and its curves.

Nothing here reads the learner's text. Most functions try the graph out: they give numbers to nodes,
compute others, and compare. So what is written in another way but computes the same counts the same.
All work in a session of their own (``Trial``) or in the model's; none changes the model.

    with recorded():                     while open, each ``fit`` is recorded; see ``fits``
    fits(model)                          [Fit(epochs, rate, has_valid, callbacks)], oldest first
    epochs_trained(model)                length of the curves
    curve(model, "vl_loss")              its values; [] if there is none
    optimizer(model)                     Optimizer(kind, rate, momentum): of the Apply ops of ``train_op``
    layers(model)                        [Layer(name, units, inputs, output)]: dense layers behind the loss
    activations(model)                   name by hidden layer: {"dnn1": "relu", ...}
    activation_between(model, z, h)      name of the function from node z to node h
    loss_form(model, scores, given, labels)   LossForm(kind, before, factor): "softmax-ce" of "softmax" ...
    dropouts(model)                      [Dropout(after, rate, when)]: "training", "always", "never" ...
    penalties(model, given)              {variable: Penalty("l2", 0.01)}: what the loss adds for weights
    penalty_on_node(model, node, given)  the same for a node, such as looked-up embeddings
    collected(model)                     {variable: Penalty}: the collection REGULARIZATION_LOSSES
    sizes(model)                         {variable: shape}
    depends(node, on)                    whether one node is computed of another
    trial_of(model)                      compute nodes for given numbers: trial(node, {node: numbers})
"""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse.ancestry import ancestors
from tfcourse.labs.dropping import Dropout, dropouts
from tfcourse.labs.forms import ACTIVATIONS, LossForm, Penalty, form_of, leak_of, penalty_of
from tfcourse.labs.trying import Given, Layer, Trial, layers, reads, trial_of
from tfcourse.tf1 import Operation, Tensor, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

__all__ = [
    "Dropout", "Fit", "Layer", "LossForm", "Optimizer", "Penalty", "Trial", "activation_between",
    "activations", "collected", "curve", "depends", "dropouts", "epochs_trained", "fits", "layers",
    "loss_form", "optimizer", "penalties", "penalty_on_node", "recorded", "sizes", "trial_of",
]  # fmt: skip

_FITS: Hashable = ("labs", "fits")  # the key in ``model.beside``
_KINDS = {
    "GradientDescent": "sgd", "Momentum": "momentum", "KerasMomentum": "momentum",
    "Adagrad": "adagrad", "AdagradV2": "adagrad", "RMSProp": "rmsprop",
    "CenteredRMSProp": "rmsprop", "Adam": "adam", "AdaMax": "adamax", "Adadelta": "adadelta",
    "Ftrl": "ftrl", "FtrlV2": "ftrl",
}  # fmt: skip
_OPS = {
    "Elu": "elu", "LeakyRelu": "leaky_relu", "Relu": "relu", "Relu6": "relu6", "Selu": "selu",
    "Sigmoid": "sigmoid", "Softmax": "softmax", "Softplus": "softplus", "Softsign": "softsign",
    "Tanh": "tanh",
}  # fmt: skip


# --- training ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """A call of ``fit``.

    Attributes:
        epochs: as asked for. rate: the learning rate. has_valid: whether valid rows were given.
        callbacks: those that were given.
    """

    epochs: int
    rate: float
    has_valid: bool
    callbacks: tuple[Any, ...]


@contextlib.contextmanager
def recorded() -> Iterator[None]:
    """While the block runs, record each model's calls of ``fit``."""
    from tfcourse import fitting

    original = fitting.fit

    def fit(model, session, train_fn, valid_fn, n_epoch, rate, engine, place, shown):  # type: ignore[no-untyped-def]
        given = shown.callback
        several = given is not None and not callable(given)
        callbacks = tuple(given) if several else () if given is None else (given,)
        if several:  # it may have been an iterator
            shown = type(shown)(list(callbacks), shown.verbose)
        made = Fit(n_epoch, float(rate), valid_fn is not None, callbacks)
        model.beside.setdefault(_FITS, []).append(made)
        original(model, session, train_fn, valid_fn, n_epoch, rate, engine, place, shown)

    fitting.fit = fit
    try:
        yield
    finally:
        fitting.fit = original


def fits(model: BaseModel) -> list[Fit]:
    """The model's calls of ``fit`` within ``recorded``, oldest first."""
    return list(model.beside.get(_FITS, []))


def epochs_trained(model: BaseModel) -> int:
    """How many epochs the curves have."""
    return len(model.hist.get("tr_loss", []))


def curve(model: BaseModel, name: str) -> list[float]:
    """A curve of ``hist``; [] if there is none."""
    return list(model.hist.get(name, []))


# --- the graph ------------------------------------------------------------------------


def depends(node: Tensor | Operation, on: Tensor) -> bool:
    """Whether a node is computed of another."""
    return any(op is on.op for op in ancestors([node]))


def sizes(model: BaseModel) -> dict[str, tuple[int, ...]]:
    """Shape by trainable variable."""
    with model.graph.as_default():
        return {v.op.name: tuple(v.shape.as_list()) for v in tf.trainable_variables()}


def activations(model: BaseModel) -> dict[str, str]:
    """Name of the activation function by hidden layer. The name is that of ``activation_between``."""
    known = layers(model)
    return {
        a.name: activation_between(model, a.output, b.inputs)
        for a, b in zip(known, known[1:], strict=False)
    }


def activation_between(model: BaseModel, before: Tensor, after: Tensor) -> str:
    """Name of the function from one node to another, dropout aside.

    Returns:
        as in ``tfcourse.activations``: "relu", "leaky_relu", "linear" ...; "other" if it is none of
        them.
    """
    x = np.tile(np.linspace(-3, 3, before.shape.as_list()[-1], dtype=np.float32), (4, 1))
    y = trial_of(model)(after, {before: x})
    if y.shape == x.shape:
        for name, f in ACTIVATIONS.items():
            if np.allclose(y, f(x), atol=1e-4):
                return name
        if leak_of(x, y) is not None:
            return "leaky_relu"
    # Dropout that is always on hides the function; the operation's name is left.
    between = ancestors([after], stop=[before])
    names = [_OPS[op.type] for op in between if op.type in _OPS]
    return names[0] if len(names) == 1 else "other"


# --- loss --------------------------------------------------------------------------------------


def loss_form(
    model: BaseModel, scores: Tensor, given: Given, labels: np.ndarray, node: Tensor | None = None
) -> LossForm:
    """Which loss function of scores and labels a model has, whatever it adds that does not depend on
    the scores.

    Args:
        scores: the node that the prediction is made of, as ``layers(model)[-1].output`` or ``infer``,
            (batch, n).
        given: numbers for placeholders, at least those of the labels; a few rows.
        labels: the same labels as the formula takes them, (batch, n): one-hot, ratings, or 0 and 1.
        node: the loss; by default the model's.
    """
    node = model.loss if node is None else node
    rng = np.random.default_rng(2)
    tried = [rng.normal(0, 1.5, labels.shape).astype(np.float32) for _ in range(4)]
    trial = trial_of(model)
    seen = np.array([np.sum(trial(node, {**given, scores: s})) for s in tried], np.float64)
    return form_of(seen, tried, np.asarray(labels, np.float64))


def penalties(model: BaseModel, given: Given, node: Tensor | None = None) -> dict[str, Penalty]:
    """What the loss, or another scalar node, adds for each trainable variable that it adds something
    for. ``given`` must hold the scores, so that the variables have no other effect."""
    node = model.loss if node is None else node
    found = {}
    trial = trial_of(model)
    for name, value in trial.weights.items():

        def at(weights: np.ndarray, name: str = name) -> float:
            trial.set({name: weights})
            return float(np.sum(trial(node, given)))

        try:
            penalty = penalty_of(at, value)
        finally:
            trial.set({name: value})
        if penalty is not None:
            found[name] = penalty
    return found


def penalty_on_node(
    model: BaseModel, node: Tensor, given: Given, shape: Sequence[int]
) -> Penalty | None:
    """What the loss adds for a node, such as looked-up embeddings; None if nothing. ``given`` must
    hold the scores. ``shape`` is that of the node for the rows of ``given``."""
    value = np.random.default_rng(3).normal(0, 0.5, shape)
    trial = trial_of(model)
    return penalty_of(lambda v: float(trial(model.loss, {**given, node: v})), value)


def collected(model: BaseModel) -> dict[str, Penalty]:
    """The terms in the collection REGULARIZATION_LOSSES, by the variable that each is of."""
    terms = model.graph.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    found: dict[str, Penalty] = {}
    for term in terms:
        found.update(penalties(model, {}, term))
    return found


# --- the update --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Optimizer:
    """The optimizer that the graph has.

    Attributes:
        kind: "sgd", "momentum", "adagrad", "rmsprop", "adam" ...; "other" if it is unknown.
        rate: the learning rate, as it is in the model's session now; None if it is unknown.
        momentum: of "momentum"; else None.
    """

    kind: str
    rate: float | None = None
    momentum: float | None = None


def optimizer(model: BaseModel) -> Optimizer:
    """The optimizer of ``train_op``, by the operations that change variables."""
    sparse = None
    for op in ancestors([model.train_op]):
        name = op.type.removeprefix("Resource").removeprefix("Sparse")
        if name.startswith("Apply") and name.removeprefix("Apply") in _KINDS:
            kind = _KINDS[name.removeprefix("Apply")]
            rate = _argument(model, op, "lr" if kind != "sgd" else "alpha")
            momentum = _argument(model, op, "momentum") if kind == "momentum" else None
            return Optimizer(kind, rate, momentum)
        if op.type in ("ResourceScatterAdd", "ResourceScatterSub"):
            sparse = op
    if sparse is not None and model.made_optimizer is not None:
        name = type(model.made_optimizer).__name__.removesuffix("Optimizer")
        rate = float(model.session.run(model.lr))
        return Optimizer(_KINDS.get(name, "other"), rate)
    return Optimizer("other")


def _argument(model: BaseModel, op: Operation, name: str) -> float | None:
    names = [argument.name for argument in op.op_def.input_arg]
    if name not in names:
        return None
    tensor = op.inputs[names.index(name)]
    if (constant := tf.get_static_value(tensor)) is not None:
        return float(constant)
    # A variable is read here without what the update waits for, which would need a batch.
    variable = reads(tensor)
    if variable == model.lr.op.name and fits(model):
        return fits(model)[-1].rate  # also where ``fit`` was given a session of its own
    with model.graph.as_default():
        for one in (*tf.global_variables(), *tf.local_variables()):
            if one.op.name == variable:
                return float(model.session.run(one))
    try:
        return float(model.session.run(tensor))
    except tf.errors.InvalidArgumentError:  # it needs a batch
        return None
