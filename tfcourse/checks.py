"""Checks of a lesson as it is built: its hyper-parameters, its nodes, its shapes."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse.errors import ModelError, UsageError
from tfcourse.tf1 import Graph, Session, Tensor, tf

if TYPE_CHECKING:
    from tfcourse.batches import Prepared
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

MOST = 2**31 - 1  # TensorFlow's shapes are int32; also the most elements of a variable
LARGEST_FLOAT = float(np.finfo(np.float32).max)
SLOTS = {"momentum": 1, "adagrad": 1, "rmsprop": 2, "adam": 2}  # of each variable, by optimizer


def check_hyperparameters(model: BaseModel) -> None:
    """Check that numbers are numbers, and in range.

    Raises:
        UsageError: naming the hyper-parameter and its value.
    """
    name = type(model).__name__
    for field in dataclasses.fields(model):  # type: ignore[arg-type]
        value, default = getattr(model, field.name), field.default
        if isinstance(default, tuple) and any(isinstance(n, int) and n > MOST for n in value):
            raise UsageError(f"{name}: {field.name} has numbers of at most {MOST:,}, not {value!r}")
        if isinstance(default, bool) or not isinstance(default, (int, float)):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            raise UsageError(f"{name}: {field.name} is a number, not {value!r}")
        if isinstance(default, int):
            low, high = (0, None) if field.name == "seed" else (1, MOST)
            if (isinstance(value, float) and not value.is_integer()) or value < low:
                raise UsageError(f"{name}: {field.name} is a whole number >= {low}, not {value!r}")
            if high is not None and value > high:
                raise UsageError(f"{name}: {field.name} is at most {high:,}, not {value!r}")
            setattr(model, field.name, int(value))
        elif not 0 <= value <= LARGEST_FLOAT:
            raise UsageError(f"{name}: {field.name} is a float32 number >= 0, not {value!r}")
    if np.float32(model.learning_rate) <= 0:
        raise UsageError(f"{name}: learning_rate is above 0, not {model.learning_rate!r}")


def check_against_data(data: Prepared, given: Mapping[str, Any]) -> None:
    """Check hyper-parameters that a user chose against the data.

    Args:
        data: prepared data.
        given: hyper-parameters that were chosen, by name.

    Raises:
        UsageError: a size that the data decide, or batches larger than the train rows.
    """
    for name in given:
        if name in data.sizes:
            raise UsageError(f"{name} is not chosen: the data say {data.sizes[name]}")
    rows = data.train_batches(1).n_rows
    if given.get("n_batch", 1) > rows:
        raise UsageError(
            f"n_batch is at most {rows}, the number of train rows, not {given['n_batch']}"
        )


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
    """Check the shapes of the variables, and of what is subtracted or multiplied in the loss.

    Raises:
        UsageError: variables that are too large, before they are allocated.
        ModelError: a prediction and a label of different shapes.
    """
    _check_sizes(model)
    _check_elementwise(model)


def _check_sizes(model: BaseModel) -> None:
    """Compare the number of elements and the memory of the variables with what is possible."""
    name = type(model).__name__
    sizes = {}
    for variable in model.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES):
        shape = variable.shape.as_list() if variable.shape.is_fully_defined() else []
        if math.prod(shape) > MOST:
            raise UsageError(
                f"{name}: the variable {variable.op.name} of shape {shape} has "
                f"{math.prod(shape):,} elements, more than {MOST:,}"
            )
        sizes[f"{variable.op.name} of shape {shape}"] = (
            math.prod(shape) * variable.dtype.base_dtype.size
        )
    # Beside each variable there is a gradient as large, and what the optimizer keeps.
    slots = SLOTS.get(str(model.optimizer).lower().removesuffix("optimizer"), 0)
    needed, memory = sum(sizes.values()) * (2 + slots), memory_of_machine()
    if memory is not None and needed > memory:
        raise UsageError(
            f"{name}: the variables, their gradients and the optimizer's slots need "
            f"{needed / 1e9:.1f} GB of memory, and there are {memory / 1e9:.1f} GB; "
            f"the largest is {max(sizes, key=lambda key: sizes[key])}"
        )


def memory_of_machine() -> int | None:
    """Return the memory that this process may use, in bytes, or None if it is not known."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows
        return None
    try:  # a container has less than the machine
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        pass
    return memory if memory > 0 else None


def _check_elementwise(model: BaseModel) -> None:
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
