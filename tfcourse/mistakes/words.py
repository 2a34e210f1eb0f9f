"""Errors in TensorFlow's own words, said in ours."""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tfcourse.errors import ModelError

if TYPE_CHECKING:
    from tfcourse.model import BaseModel


@contextlib.contextmanager
def explained(model: BaseModel) -> Iterator[None]:
    """While a lesson is built, say TensorFlow's errors about a known mistake in one line. All
    others pass as they are.

    Raises:
        ModelError: the mistake, and what to write.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        where = _where(model, error)
        for pattern, say in _WORDS:
            found = re.search(pattern, str(error))
            line = say(found, where) if found else None
            if line is not None:
                raise ModelError(f"{type(model).__name__}{where}: {line}") from error
        raise


def _where(model: BaseModel, error: Exception) -> str:
    """The lesson's hook that the error came through, and the line, as ".graph_loss, line 12"."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_name
        if frame.f_locals.get("self") is model and name.startswith("graph_"):
            found = f".{name}, line {line}"
    return found


def _other_graph(found: re.Match, where: str) -> str:
    names = [n.split(":")[0].removesuffix("/Read/ReadVariableOp") for n in found.groups()]
    return (
        f"{names[0]!r} and {names[1]!r} are nodes of two graphs: make all nodes in the methods "
        "graph_..., which build the lesson's own graph"
    )


def _sigmoid_shapes(found: re.Match, where: str) -> str:
    return f"the logits have the shape {found[1]} and the labels {found[2]}: " + _one_shape(
        *found.groups()
    )


def _loss_shapes(found: re.Match, where: str) -> str | None:
    if not where.startswith(".graph_loss"):  # not by a function of tf.losses
        return None
    words = f"the predictions have the shape {found[1]} and the labels {found[2]}: "
    return words + _one_shape(*found.groups())


def _one_shape(prediction: str, label: str) -> str:
    a, b = (re.findall(r"\w+", shape) for shape in (prediction, label))
    if len(a) == len(b) + 1 and a[-1] == "1":
        return "write labels[:, tf.newaxis]"
    if len(a) == len(b) + 1 and a[-1].isdigit():
        return f"the labels are not one-hot, write tf.one_hot(labels, {a[-1]})"
    if len(b) == len(a) + 1 and b[-1] == "1":
        return "write labels[:, 0]"
    return "both must have one shape"


def _sparse_rank(found: re.Match, where: str) -> str:
    return (
        "sparse softmax cross entropy takes the number of each row's class, (batch,): for one-hot "
        "labels write tf.nn.softmax_cross_entropy_with_logits"
    )


def _sparse_type(found: re.Match, where: str) -> str:
    return f"the labels are {found[1]} and must be whole numbers: write tf.to_int32(labels)"


def _two_types(found: re.Match, where: str) -> str:
    return (
        f"{found[1]} combines {found[3]} with {found[2]}: write tf.to_float(...) for the one that "
        "is not float32"
    )


_WORDS: tuple[tuple[str, Callable[[re.Match, str], str | None]], ...] = (
    (r'"?([\w/:.]+)"?[^"]* must be from the same graph as \w+\("([\w/:.]+)"', _other_graph),
    (r"must have the same shape, received \((\(.*?\)) vs (\(.*?\))\)", _sigmoid_shapes),
    (r"Shapes (\(.*?\)) and (\(.*?\)) are incompatible", _loss_shapes),
    (r"must equal `?logits.shape.rank - 1", _sparse_rank),
    (r"parameter 'labels' has DataType (\w+) not in list of allowed values: int", _sparse_type),
    (r"Input 'y' of '(\w+)' Op has type (float\w+|u?int\w+|bool) that does not match type "
     r"(float\w+|u?int\w+|bool) of argument 'x'", _two_types),
)  # fmt: skip
