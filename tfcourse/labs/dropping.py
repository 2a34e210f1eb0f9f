"""Dropout in a built graph: after which layers, at which rate, and when it is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tfcourse.ancestry import ancestors
from tfcourse.labs.trying import Given, Trial, layers, trial_of
from tfcourse.mistakes.layers import _COMPARES, _CONDS, _by_dropout, _is_uniform
from tfcourse.tf1 import Operation, Tensor

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

_ROWS, _UNITS = 64, 64  # of a trial; units where the graph does not say how many


@dataclass(frozen=True)
class Dropout:
    """A place where units are dropped.

    Attributes:
        after: how many dense layers stand before it: 0 for the inputs, 1 after the first layer.
        units: the node that it is of.
        rate: share of units that it drops, rounded to 0.01.
        when: "training" (by the flag isTrain), "always", "never", or "evaluation".
    """

    after: int
    units: Tensor
    rate: float
    when: str


def dropouts(model: BaseModel) -> list[Dropout]:
    """The places where units are dropped, or meant to be, among what the loss depends on."""
    known = {layer.output.op.name for layer in layers(model)}
    found: list[Dropout] = []
    for op in ancestors([model.loss]):
        pair = _dropped(op, model)
        if pair is not None:
            units, out = pair
            seen = _tried(trial_of(model), units, _switched(out, model))
            if seen is not None:
                found.append(Dropout(_layers_before(pair[0], known), pair[0], *seen))
        elif op.type == "Identity" and op.outputs[0].dtype.is_floating and _by_dropout(op):
            units = op.inputs[0]  # of a tf.cond it is one that is found already
            if not any(units.op is place.units.op for place in found):
                found.append(Dropout(_layers_before(units, known), units, 0.0, "never"))
    return found


def _tried(trial: Trial, units: Tensor, out: Tensor) -> tuple[float, str] | None:
    """The rate of a dropout and when it is on; None if it is something else."""
    sizes = [n or _UNITS for n in units.shape.as_list()[1:]]
    ones = {units: np.ones([_ROWS, *sizes], np.float32)}
    rate, alike = _share(trial, out, ones, True)
    at_evaluation, _ = _share(trial, out, ones, False)
    if at_evaluation:
        return round(rate or at_evaluation, 2), "always" if rate else "evaluation"
    if rate:
        return round(rate, 2), "training"
    return (0.0, "never") if alike else None


def _dropped(op: Operation, model: BaseModel) -> tuple[Tensor, Tensor] | None:
    """The units that an op drops some of, and what becomes of them."""
    if op.type in _CONDS:
        bodies = [op.get_attr(name).name for name in ("then_branch", "else_branch")]
        units = [t for t in op.inputs[1:] if t.dtype.is_floating and t.shape.rank]
        uses = [use.outputs[0] for use in op.outputs[0].consumers() if use.type == "Identity"]
        if not units or not uses:  # the output itself cannot be fetched, only the Identity after it
            return None
        library = {f.signature.name: f for f in model.graph.as_graph_def().library.function}
        draws = any(node.op == "RandomUniform" for b in bodies for node in library[b].node_def)
        return (units[0], uses[0]) if draws else None
    if op.type not in ("SelectV2", "Select", "Mul"):
        return None
    masks = [t for t in op.inputs if _is_mask(t)]
    if len(masks) != 1:
        return None
    for tensor in op.inputs:
        if tensor is masks[0] or not tensor.shape.rank:
            continue
        scaled = tensor.op
        if scaled.type in ("Mul", "RealDiv") and not scaled.inputs[1].shape.rank:
            return scaled.inputs[0], op.outputs[0]
        return tensor, op.outputs[0]
    return None


def _switched(out: Tensor, model: BaseModel) -> Tensor:
    """What becomes of units some of which are dropped: where tf.where or tf.cond chooses them by the flag
    isTrain, the chosen ones."""
    flag, tensor = model.placeholders.get("isTrain"), out
    if flag is None:
        return out
    forward = set(ancestors([model.loss]))  # the gradient uses tensors too
    while len(uses := [use for use in tensor.consumers() if use in forward]) == 1:
        (use,) = uses
        if use.type in ("SelectV2", "Select") and flag.op in ancestors([use.inputs[0]]):
            return use.outputs[0]
        if use.type in _CONDS and flag.op in ancestors([use.inputs[0]]):
            chosen = [end for end in use.outputs[0].consumers() if end.type == "Identity"]
            return chosen[0].outputs[0] if chosen else out  # the cond itself cannot be fetched
        if use.type not in ("Mul", "RealDiv", "Identity"):
            break
        tensor = use.outputs[0]
    return out


def _is_mask(tensor: Tensor) -> bool:
    """Whether a tensor is a random number that was compared with a rate."""
    while tensor.op.type in ("Cast", "Identity"):
        tensor = tensor.op.inputs[0]
    return tensor.op.type in _COMPARES and sum(map(_is_uniform, tensor.op.inputs)) == 1


def _share(trial: Trial, out: Tensor, given: Given, training: bool) -> tuple[float, bool]:
    """The share of units that is dropped, and whether all others are as given."""
    numbers = trial(out, given, training)
    kept = numbers[numbers != 0]
    if kept.size == numbers.size:
        return 0.0, bool(np.allclose(kept, 1))
    if kept.size and kept.max() > 1.001:  # those kept are divided by 1 - rate
        return float(1 - 1 / kept.max()), True
    return float(1 - kept.size / numbers.size), True


def _layers_before(tensor: Tensor, outputs: set[str]) -> int:
    return sum(op.name in outputs for op in ancestors([tensor]))
