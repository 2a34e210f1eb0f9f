"""Errors in TensorFlow's own words, said in ours."""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tfcourse.errors import ModelError
from tfcourse.lang import _

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
            found = _(".{name}, line {line}").format(name=name, line=line)
    return found


def _other_graph(found: re.Match, where: str) -> str:
    names = [n.split(":")[0].removesuffix("/Read/ReadVariableOp") for n in found.groups()]
    return _(
        "{first!r} and {second!r} are nodes of two graphs: make all nodes in the methods "
        "graph_..., which build the lesson's own graph"
    ).format(first=names[0], second=names[1])


def _sigmoid_shapes(found: re.Match, where: str) -> str:
    words = _("the logits have the shape {shape} and the labels {labels}: ")
    return words.format(shape=found[1], labels=found[2]) + _one_shape(*found.groups())


def _loss_shapes(found: re.Match, where: str) -> str | None:
    if not where.startswith(".graph_loss"):  # not by a function of tf.losses
        return None
    words = _("the predictions have the shape {shape} and the labels {labels}: ")
    return words.format(shape=found[1], labels=found[2]) + _one_shape(*found.groups())


def _one_shape(prediction: str, label: str) -> str:
    a, b = (re.findall(r"\w+", shape) for shape in (prediction, label))
    if len(a) == len(b) + 1 and a[-1] == "1":
        return _("write labels[:, tf.newaxis]")
    if len(a) == len(b) + 1 and a[-1].isdigit():
        return _("the labels are not one-hot, write tf.one_hot(labels, {classes})").format(
            classes=a[-1]
        )
    if len(b) == len(a) + 1 and b[-1] == "1":
        return _("write labels[:, 0]")
    return _("both must have one shape")


def _sparse_rank(found: re.Match, where: str) -> str:
    return _(
        "sparse softmax cross entropy takes the number of each row's class, (batch,): "
        "for one-hot labels write tf.nn.softmax_cross_entropy_with_logits"
    )


def _sparse_type(found: re.Match, where: str) -> str:
    return _("the labels are {kind} and must be whole numbers: write tf.to_int32(labels)").format(
        kind=found[1]
    )


def _two_types(found: re.Match, where: str) -> str:
    return _(
        "{op} combines {kind} with {other}: write tf.to_float(...) for the one that is not float32"
    ).format(op=found[1], kind=found[3], other=found[2])


_WORDS: tuple[tuple[str, Callable[[re.Match, str], str | None]], ...] = (
    (r'"?([\w/:.]+)"?[^"]* must be from the same graph as \w+\("([\w/:.]+)"', _other_graph),
    (r"must have the same shape, received \((\(.*?\)) vs (\(.*?\))\)", _sigmoid_shapes),
    (r"Shapes (\(.*?\)) and (\(.*?\)) are incompatible", _loss_shapes),
    (r"must equal `?logits.shape.rank - 1", _sparse_rank),
    (r"parameter 'labels' has DataType (\w+) not in list of allowed values: int", _sparse_type),
    (r"Input 'y' of '(\w+)' Op has type (float\w+|u?int\w+|bool) that does not match type "
     r"(float\w+|u?int\w+|bool) of argument 'x'", _two_types),
)  # fmt: skip
