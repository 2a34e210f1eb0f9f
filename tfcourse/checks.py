"""Checks of a lesson as it is built: its hyper-parameters, its nodes, its shapes."""

from __future__ import annotations

import dataclasses
import inspect
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse.errors import ModelError, UsageError
from tfcourse.lang import _
from tfcourse.tf1 import Session, Tensor, tf

if TYPE_CHECKING:
    from tfcourse.batches import Prepared
    from tfcourse.model import BaseModel

SCOPES_OF_INPUTS = r"inputs(_\d+)?"  # TensorFlow numbers a scope that is entered again
# What each node is that a lesson may have to set, for the error that names it.
NODES = {
    "loss": "what training minimises, a scalar",
    "infer": "the prediction for each row, (batch, 1)",
    "pred": "the prediction that is asked for",
    "query_emb": "the pooled query, (batch, dim)",
    "rmse_loss": "the root mean squared error, a scalar",
    "xent": "the cross entropy, a scalar",
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
            raise UsageError(
                _("{name}: {field} has numbers of at most {most:,}, not {value!r}").format(
                    name=name, field=field.name, most=MOST, value=value
                )
            )
        if isinstance(default, bool) or not isinstance(default, (int, float)):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            raise UsageError(
                _("{name}: {field} is a number, not {value!r}").format(
                    name=name, field=field.name, value=value
                )
            )
        if isinstance(default, int):
            low, high = (0, None) if field.name == "seed" else (1, MOST)
            if (isinstance(value, float) and not value.is_integer()) or value < low:
                raise UsageError(
                    _("{name}: {field} is a whole number >= {low}, not {value!r}").format(
                        name=name, field=field.name, low=low, value=value
                    )
                )
            if high is not None and value > high:
                raise UsageError(
                    _("{name}: {field} is at most {high:,}, not {value!r}").format(
                        name=name, field=field.name, high=high, value=value
                    )
                )
            setattr(model, field.name, int(value))
        elif not 0 <= value <= LARGEST_FLOAT:
            raise UsageError(
                _("{name}: {field} is a float32 number >= 0, not {value!r}").format(
                    name=name, field=field.name, value=value
                )
            )
    if np.float32(model.learning_rate) <= 0:
        raise UsageError(
            _("{name}: learning_rate is above 0, not {learning_rate!r}").format(
                name=name, learning_rate=model.learning_rate
            )
        )


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
            raise UsageError(
                _("{name} is not chosen: the data say {size}").format(
                    name=name, size=data.sizes[name]
                )
            )
    rows = data.train_batches(1).n_rows
    if given.get("n_batch", 1) > rows:
        raise UsageError(
            _("n_batch is at most {rows}, the number of train rows, not {n_batch}").format(
                rows=rows, n_batch=given["n_batch"]
            )
        )


def find_placeholders(model: BaseModel) -> dict[str, Tensor]:
    """Name to placeholder, for all in the scope "inputs".

    A scope "inputs" that is entered again, as by a lesson that adds placeholders to those of its
    base, is named "inputs_1" by TensorFlow and belongs to it. ``isTrain`` may have a default.

    Raises:
        ModelError: two placeholders that are used have one name.
    """
    found: dict[str, Tensor] = {}
    for op in model.graph.get_operations():
        scope, _slash, name = op.name.partition("/")
        default = op.type == "PlaceholderWithDefault" and name == "isTrain"
        if not (op.type == "Placeholder" or default) or not re.fullmatch(SCOPES_OF_INPUTS, scope):
            continue
        first, tensor = found.get(name), op.outputs[0]
        if first is not None and first.consumers():
            if not tensor.consumers():
                continue
            raise ModelError(
                _(
                    "{lesson}: {first!r} and {second!r} are two placeholders for one column: write one of "
                    "them, or give them two names"
                ).format(lesson=type(model).__name__, first=first.op.name, second=op.name)
            )
        found[name] = tensor
    return found


def check_nodes(model: BaseModel) -> None:
    """Look for the nodes that the hooks must set."""
    for name in model.nodes:
        node = getattr(model, name, None)
        if node is None:
            raise ModelError(
                _("{lesson} must set self.{name}: {meaning}").format(
                    lesson=type(model).__name__, name=name, meaning=_(NODES[name])
                )
            )
        if isinstance(node, Tensor) and node.graph is not model.graph:
            raise ModelError(
                _("{lesson}: self.{name} is a node of another graph").format(
                    lesson=type(model).__name__, name=name
                )
            )


def check_sizes(model: BaseModel) -> None:
    """Compare the number of elements and the memory of the variables with what is possible.

    Raises:
        UsageError: variables that are too large, before they are allocated.
    """
    name = type(model).__name__
    sizes = {}
    for variable in model.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES):
        shape = variable.shape.as_list() if variable.shape.is_fully_defined() else []
        if math.prod(shape) > MOST:
            raise UsageError(
                _(
                    "{name}: the variable {variable} of shape {shape} has {elements:,} elements, more than "
                    "{most:,}"
                ).format(
                    name=name,
                    variable=variable.op.name,
                    shape=shape,
                    elements=math.prod(shape),
                    most=MOST,
                )
            )
        sizes[f"{variable.op.name} of shape {shape}"] = (
            math.prod(shape) * variable.dtype.base_dtype.size
        )
    # Beside each variable there is a gradient as large, and what the optimizer keeps.
    slots = SLOTS.get(str(model.optimizer).lower().removesuffix("optimizer"), 0)
    needed, memory = sum(sizes.values()) * (2 + slots), memory_of_machine()
    if memory is not None and needed > memory:
        raise UsageError(
            _(
                "{name}: the variables, their gradients and the optimizer's slots need "
                "{needed:.1f} GB of memory, and there are {memory:.1f} GB; the largest is {largest}"
            ).format(
                name=name,
                needed=needed / 1e9,
                memory=memory / 1e9,
                largest=max(sizes, key=lambda key: sizes[key]),
            )
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


def check_columns(model: BaseModel, data: Any) -> None:
    """Check that data are columns by name, such as a dict or a frame.

    Raises:
        UsageError: something else, as what the course's ``predict(sess, ...)`` takes.
    """
    if not hasattr(data, "keys"):
        what = (
            _("a session")
            if isinstance(data, tf.Session)
            else _("an object of {kind}").format(kind=type(data).__name__)
        )
        names = ", ".join(f"{name!r}: ..." for name in model.placeholders if name != "isTrain")
        scores = _("; users' scores of all movies are model.scores(data.histories, users)")
        raise UsageError(
            _(
                "{what} is no columns by name: write model.predict({{{names}}}), without a "
                "session and with those that the prediction needs{scores}"
            ).format(what=what, names=names, scores=scores if hasattr(model, "scores") else "")
        )


_NOT_NAMED = ("args", "of_2018")
_OF_2018 = {  # arguments that fit has in the course's notebooks
    "trainGen": "write train_fn",
    "testGen": "write valid_fn",
    "reset": "write overwrite=True to replace the training in model_dir, or resume=True to go on "
    "with it",
}
FitArguments = tuple[Session | None, Callable, Callable | None, int, float]


def fit_arguments(
    model: BaseModel,
    args: Sequence[Any],
    train_fn: Callable | None,
    valid_fn: Callable | None,
    n_epoch: int | None,
    lr: float | None,
    of_2018: Mapping[str, Any],
) -> FitArguments:
    """What ``fit`` was given, by position or by name, in either form of the deck.

    Args:
        of_2018: arguments by names that ``fit`` does not have.

    Returns:
        the session if one was given, train_fn, valid_fn, n_epoch, and the learning rate.

    Raises:
        UsageError: an argument that cannot be meant.
        ModelError: a model with a constructor of its own, which builds the graph.
    """
    if "hist" not in vars(model):
        raise ModelError(
            _(
                "{lesson}.__init__ takes the place of BaseModel's: drop it, write its arguments "
                "as annotated class attributes (dim: int = 16), and BaseModel calls the graph_ "
                "methods"
            ).format(lesson=type(model).__name__)
        )
    for name, value in of_2018.items():
        if name != "nEpoch":
            known = [n for n in inspect.signature(model.fit).parameters if n not in _NOT_NAMED]
            has = _("it has {known}").format(known=", ".join(known))
            write = _(_OF_2018[name]) if name in _OF_2018 else has
            raise UsageError(
                _("fit has no argument {name!r}: {write}").format(name=name, write=write)
            )
        if n_epoch is not None:
            raise UsageError(_("nEpoch and n_epoch say the same: give one of them"))
        n_epoch = value
    given = list(args)
    session: Session | None = given.pop(0) if given and isinstance(given[0], tf.Session) else None
    if len(given) > 3:
        raise UsageError(_("fit takes a session, train_fn, valid_fn and n_epoch by position"))
    by_position = [*given, *[None] * (3 - len(given))]
    train_fn = by_position[0] if train_fn is None else train_fn
    valid_fn = by_position[1] if valid_fn is None else valid_fn
    n_epoch = by_position[2] if n_epoch is None else n_epoch
    if not callable(train_fn):
        raise UsageError(_("fit needs train_fn, a callable that gives batches"))
    if valid_fn is not None and not callable(valid_fn):
        raise UsageError(
            _("valid_fn is a callable that gives batches, not {valid_fn!r}").format(
                valid_fn=valid_fn
            )
        )
    n_epoch = model.n_epoch if n_epoch is None else n_epoch
    if isinstance(n_epoch, bool) or not isinstance(n_epoch, (int, np.integer)) or n_epoch < 1:
        raise UsageError(
            _("n_epoch is a whole number >= 1, not {n_epoch!r}").format(n_epoch=n_epoch)
        )
    rate = model.learning_rate if lr is None else lr
    if not rate > 0 or not math.isfinite(rate):
        raise UsageError(_("lr is a number above 0, not {lr!r}").format(lr=lr))
    if lr is not None and isinstance(model.optimizer, tf.train.Optimizer):
        raise UsageError(_("an optimizer given as an instance keeps its own rate: drop lr"))
    return session, train_fn, valid_fn, int(n_epoch), rate
