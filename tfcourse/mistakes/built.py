"""A built lesson's graph, as the checks look at it."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from tfcourse.ancestry import ancestors
from tfcourse.engine import say_once
from tfcourse.errors import ModelError
from tfcourse.lang import _
from tfcourse.tf1 import Operation, Tensor

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

VARIABLES = ("VarHandleOp", "VariableV2", "Variable")
PLACEHOLDERS = ("Placeholder", "PlaceholderWithDefault")
_NOT_LESSONS = ("abc", "builtins", "tfcourse")
# Ops that give the numbers of their first input, in another shape or type.
_SAME_NUMBERS = {
    "Cast", "CheckNumerics", "EnsureShape", "ExpandDims", "Identity", "Reshape", "Squeeze",
    "StopGradient", "StridedSlice", "Transpose",
}  # fmt: skip


class Built:
    """A lesson and its graph.

    Attributes:
        model: the lesson.
        loss: the loss. measured: loss and metrics.
        predicted: the attributes ``pred`` and ``infer``, as far as they are set.
    """

    def __init__(self, model: BaseModel):
        self.model = model
        try:
            measured = list(model.all_metrics().values())
        except AttributeError:  # a metric that is set after the lesson is built
            measured = [model.loss]
        self.measured = measured
        self.loss = model.loss if isinstance(model.loss, Tensor) else measured[0]
        predicted = [vars(model).get(name) for name in ("pred", "infer")]
        self.predicted = [node for node in predicted if isinstance(node, Tensor)]
        nodes: list[Tensor | Operation] = [*measured, *self.predicted, model.train_op]
        for node in nodes:
            if node.graph is not model.graph:
                self.refuse(_("{node!r} is a node of another graph").format(node=node.name))

    def warn(self, line: str) -> None:
        """Say a line, once for the model."""
        say_once(self.model, f"{type(self.model).__name__}: {line}")

    def refuse(self, line: str) -> NoReturn:
        """Raise the error of that line."""
        raise ModelError(f"{type(self.model).__name__}: {line}")

    @cached_property
    def behind_loss(self) -> dict[str, Operation]:
        """What the loss depends on, by name, each after its inputs."""
        return _by_name([self.loss])

    @cached_property
    def behind_measured(self) -> dict[str, Operation]:
        """What loss and metrics depend on."""
        return _by_name(self.measured)

    @cached_property
    def forward(self) -> dict[str, Operation]:
        """What loss, metrics and predictions depend on."""
        return _by_name([*self.measured, *self.predicted])

    @cached_property
    def behind_update(self) -> dict[str, Operation]:
        """What one update depends on, itself included."""
        return _by_name([self.model.train_op])

    @cached_property
    def sources(self) -> dict[str, frozenset[str]]:
        """For each op of ``forward``, the names of the placeholders and variables behind it."""
        found: dict[str, frozenset[str]] = {}
        for name, op in self.forward.items():
            if op.type in VARIABLES or op.type in PLACEHOLDERS:
                found[name] = frozenset([name])
            else:
                inputs = {tensor.op.name for tensor in op.inputs}
                found[name] = frozenset().union(*(found.get(n, frozenset()) for n in inputs))
        return found

    def placeholders_behind(self, tensor: Tensor) -> frozenset[str]:
        """Names of the placeholders that a tensor of ``forward`` is computed of."""
        names = self.sources.get(tensor.op.name, frozenset())
        return frozenset(n for n in names if self.forward[n].type in PLACEHOLDERS)

    def variables_behind(self, tensor: Tensor) -> frozenset[str]:
        """Names of the variables that a tensor of ``forward`` is computed of."""
        return self.sources.get(tensor.op.name, frozenset()) - self.placeholders_behind(tensor)

    @cached_property
    def labels(self) -> frozenset[str]:
        """Names of the placeholders that loss and metrics depend on and the prediction does not.
        Empty where the lesson sets no ``pred``."""
        if not self.predicted:
            return frozenset()
        measured = frozenset().union(*map(self.placeholders_behind, self.measured))
        return measured.difference(*map(self.placeholders_behind, self.predicted))

    def is_left_over(self, op: Operation) -> bool:
        """Whether an op is of a base lesson of which this lesson overrides another method, so that
        the op may have lost its use without being this lesson's own."""
        lessons = [
            c for c in type(self.model).__mro__ if c.__module__.split(".")[0] not in _NOT_LESSONS
        ]
        maker = None
        for frame in op.traceback:
            for i, cls in enumerate(lessons):
                if _is_in(frame, vars(cls).get(frame.name)):
                    maker = i
        if not maker:
            return False
        given = {
            name
            for cls in lessons[maker:]
            for name, value in vars(cls).items()
            if inspect.isfunction(value) and not getattr(value, "__isabstractmethod__", False)
        }
        own = {name for cls in lessons[:maker] for name in vars(cls) if not name.startswith("__")}
        return bool(own & given)


def _is_in(frame: traceback.FrameSummary, function: Any) -> bool:
    """Whether a frame is of this function."""
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    if code is None or code.co_filename != frame.filename:
        return False
    lines = [line for _, _, line in code.co_lines() if line is not None]
    return min(lines) <= (frame.lineno or 0) <= max(lines)


def _by_name(targets: Iterable[Tensor | Operation]) -> dict[str, Operation]:
    return {op.name: op for op in ancestors(targets)}


def same_numbers(tensor: Tensor) -> Tensor:
    """The tensor that this one has its numbers of, before any change of shape or type."""
    while tensor.op.type in _SAME_NUMBERS:
        tensor = tensor.op.inputs[0]
    return tensor


def plain(shape: Any) -> str:
    """A shape as the lessons' comments have it: "(batch, 5)"."""
    sizes = shape.as_list()
    words = ["?" if n is None else str(n) for n in sizes]
    if sizes and sizes[0] is None:
        words[0] = "batch"
    return f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})"
