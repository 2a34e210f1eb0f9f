"""Trying a built graph out: numbers for some nodes, and what others are then."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse.ancestry import ancestors
from tfcourse.mistakes.built import PLACEHOLDERS, VARIABLES
from tfcourse.tf1 import Tensor, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

Given = Mapping[Tensor, Any]  # numbers for nodes
_TRIAL: Hashable = ("labs", "trial")  # the key in ``model.beside``


class Trial:
    """Computes nodes of a model's graph for given numbers, in a session of its own.

    The weights are random, the same ones at each trial, so that no bias is 0. The model's own stay.
    """

    def __init__(self, model: BaseModel):
        self.model = model
        self.session = tf.Session(graph=model.graph)
        with model.graph.as_default():
            self.variables = {v.op.name: v for v in tf.trainable_variables()}
        self.session.run(model._initializer)
        rng = np.random.default_rng(1)
        self.weights = {
            name: rng.normal(0, 0.5, v.shape.as_list()) for name, v in self.variables.items()
        }
        self.set(self.weights)

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *error: object) -> None:
        self.session.close()

    def set(self, weights: Mapping[str, np.ndarray]) -> None:
        """Give variables other weights, by name."""
        chosen = [self.variables[name] for name in weights]
        feeds = {v.initializer.inputs[1]: weights[v.op.name] for v in chosen}
        self.session.run([v.initializer for v in chosen], feeds)

    def __call__(self, node: Tensor, given: Given, training: bool = False) -> np.ndarray:
        """A node's numbers. ``given`` has those of placeholders and of any other nodes; the flag
        ``isTrain`` is ``training``."""
        feeds = dict(given)
        for op in ancestors([node], stop=list(given)):
            if op.type in PLACEHOLDERS and op.outputs[0].dtype == tf.bool:
                feeds.setdefault(op.outputs[0], training)
        return self.session.run(node, feeds)


def trial_of(model: BaseModel) -> Trial:
    """The one trial of a model that the functions here share; it stays open as long as the model."""
    if _TRIAL not in model.beside:
        model.beside[_TRIAL] = Trial(model)
    return model.beside[_TRIAL]


def reads(tensor: Tensor) -> str | None:
    """The name of the variable that a tensor is read from."""
    while tensor.op.type in ("Identity", "ReadVariableOp"):
        tensor = tensor.op.inputs[0]
    return tensor.op.name if tensor.op.type in VARIABLES else None


@dataclass(frozen=True)
class Layer:
    """A dense layer, output = inputs W + b.

    Attributes:
        name: as in the graph, without its scopes: "dnn1". kernel: the name of W. units: its width.
        inputs: (batch, n). output: (batch, units), before the activation.
    """

    name: str
    kernel: str
    units: int
    inputs: Tensor
    output: Tensor


def layers(model: BaseModel) -> list[Layer]:
    """The dense layers that the loss depends on, in order."""
    found = []
    for op in ancestors([model.loss]):
        if op.type != "MatMul" or op.get_attr("transpose_b"):
            continue
        kernel = reads(op.inputs[1])
        if kernel is None or op.name.startswith("train/"):
            continue
        output = op.outputs[0]
        for use in output.consumers():
            biased = use.type == "BiasAdd" or use.type in ("Add", "AddV2")
            if biased and any(reads(t) for t in use.inputs if t is not output):
                output = use.outputs[0]
                break
        units = output.shape.as_list()[-1]
        name = op.name.rpartition("/")[0].rpartition("/")[2] or op.name
        found.append(Layer(name, kernel, units, op.inputs[0], output))
    return found
