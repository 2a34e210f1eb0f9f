"""Checks of a lesson as it is built: its hyper-parameters, its nodes, its shapes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse.errors import ModelError, UsageError
from tfcourse.tf1 import Graph, Session, Tensor, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

SCOPE_OF_INPUTS = "inputs"
# What each node is that a lesson may have to set, for the error that names it.
NODES = {
    "loss": "what training minimises, a scalar",
    "infer": "the prediction for each row, (batch, 1)",
    "pred": "the prediction that is asked for",
    "query_emb": "the pooled query, (batch, dim)",
    "rmse_loss": "the root mean squared error, a scalar",
    "mae_loss": "the mean absolute error, a scalar",
}


def check_hyperparameters(model: BaseModel) -> None:
    """Check that numbers are numbers, and in range.

    Raises:
        UsageError: naming the hyper-parameter and its value.
    """
    name = type(model).__name__
    for field in dataclasses.fields(model):  # type: ignore[arg-type]
        value, default = getattr(model, field.name), field.default
        if isinstance(default, bool) or not isinstance(default, (int, float)):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            raise UsageError(f"{name}: {field.name} is a number, not {value!r}")
        if isinstance(default, int):
            if int(value) != value or (value < 1 and field.name != "seed") or value < 0:
                raise UsageError(f"{name}: {field.name} is a whole number >= 1, not {value!r}")
            setattr(model, field.name, int(value))
        elif not math.isfinite(value) or value < 0:
            raise UsageError(f"{name}: {field.name} is a number >= 0, not {value!r}")
    if model.learning_rate <= 0:
        raise UsageError(f"{name}: learning_rate is above 0, not {model.learning_rate!r}")


def find_placeholders(graph: Graph) -> dict[str, Tensor]:
    """Name to placeholder, for all in the scope "inputs"."""
    found = {}
    for op in graph.get_operations():
        if op.type == "Placeholder" and op.name.startswith(SCOPE_OF_INPUTS + "/"):
            found[op.name.split("/", 1)[1]] = op.outputs[0]
    return found


def check_nodes(model: BaseModel) -> None:
    """Look for the nodes that the hooks must set."""
    for name in model.nodes:
        node = getattr(model, name, None)
        if node is None:
            raise ModelError(f"{type(model).__name__} must set self.{name}: {NODES[name]}")
        if isinstance(node, Tensor) and node.graph is not model.graph:
            raise ModelError(f"{type(model).__name__}: self.{name} is a node of another graph")


def check_shapes(model: BaseModel) -> None:
    """A prediction (batch, 1) against a label (batch,) would be subtracted as (batch, batch).
    TensorFlow does it without a word, so it is looked for here, in what graph_loss built."""
    elementwise = {"Sub", "SquaredDifference", "Mul", "AddV2", "Add", "RealDiv", "Xdivy"}
    for op in model.graph.get_operations():
        if op.type not in elementwise or not op.name.startswith("loss/"):
            continue
        a, b = (t.shape for t in op.inputs)
        if a.rank is None or b.rank is None or 0 in (a.rank, b.rank):
            continue
        differ = a.rank != b.rank or any(
            (m == 1) != (n == 1) for m, n in zip(a.as_list(), b.as_list(), strict=True)
        )
        if differ:
            raise ModelError(
                f"{type(model).__name__}: {op.name} combines {op.inputs[0].name} of shape "
                f"{a.as_list()} with {op.inputs[1].name} of shape {b.as_list()}: prediction "
                "and label must have one shape"
            )


FitArguments = tuple[Session | None, Callable, Callable | None, int, float]


def fit_arguments(
    model: BaseModel,
    args: Sequence[Any],
    train_fn: Callable | None,
    valid_fn: Callable | None,
    n_epoch: int | None,
    lr: float | None,
) -> FitArguments:
    """What ``fit`` was given, by position or by name, in either form of the deck.

    Returns:
        the session if one was given, train_fn, valid_fn, n_epoch, and the learning rate.

    Raises:
        UsageError: an argument that cannot be meant.
    """
    given = list(args)
    session: Session | None = given.pop(0) if given and isinstance(given[0], tf.Session) else None
    if len(given) > 3:
        raise UsageError("fit takes a session, train_fn, valid_fn and n_epoch by position")
    by_position = [*given, *[None] * (3 - len(given))]
    train_fn = by_position[0] if train_fn is None else train_fn
    valid_fn = by_position[1] if valid_fn is None else valid_fn
    n_epoch = by_position[2] if n_epoch is None else n_epoch
    if not callable(train_fn):
        raise UsageError("fit needs train_fn, a callable that gives batches")
    if valid_fn is not None and not callable(valid_fn):
        raise UsageError(f"valid_fn is a callable that gives batches, not {valid_fn!r}")
    n_epoch = model.n_epoch if n_epoch is None else n_epoch
    if isinstance(n_epoch, bool) or not isinstance(n_epoch, (int, np.integer)) or n_epoch < 1:
        raise UsageError(f"n_epoch is a whole number >= 1, not {n_epoch!r}")
    rate = model.learning_rate if lr is None else lr
    if not rate > 0 or not math.isfinite(rate):
        raise UsageError(f"lr is a number above 0, not {lr!r}")
    if lr is not None and isinstance(model.optimizer, tf.train.Optimizer):
        raise UsageError("an optimizer given as an instance keeps its own rate: drop lr")
    return session, train_fn, valid_fn, int(n_epoch), rate
