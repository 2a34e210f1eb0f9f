"""Copies of parts of a built graph, with some of its tensors replaced.

A copy is made of the graph's own nodes, so it computes what the graph says, whatever Python code
built it. Variables are shared with the original. All else is copied, random ops with their seeds.

TensorFlow's random ops count their draws in the session. In a copy they can be made to depend on the
number of the step alone, so that a training that was interrupted drops the same units when it goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tfcourse.ancestry import ancestors
from tfcourse.engine.inputs import NotPossible
from tfcourse.errors import first_line
from tfcourse.lang import _
from tfcourse.tf1 import Graph, Operation, Tensor, function_body, has_state, tf

_CONTROL_FLOW_V1 = {"Enter", "Exit", "Merge", "NextIteration", "Switch", "LoopCond"}
# Random ops that count their draws, and what draws the same from a key and a counter.
_STATELESS = {
    "RandomUniform": "StatelessRandomUniformV2",
    "RandomStandardNormal": "StatelessRandomNormalV2",
    "TruncatedNormal": "StatelessTruncatedNormalV2",
}
# Ops with a state that a branch may have and still be copied out of its tf.cond.
_MAY_BE_INLINED = {*_STATELESS, "ReadVariableOp"}
_WORDS = np.array([1 << 32, 1], np.uint64)


def copy(
    targets: Sequence[Tensor | Operation],
    replaced: Mapping[Tensor, Tensor],
    known: Mapping[Tensor, bool] | None = None,
    draw: Tensor | None = None,
    name: str = "copy",
) -> list[Tensor | Operation]:
    """Copy what the targets depend on, within the default graph.

    Args:
        targets: tensors and operations of the default graph.
        replaced: tensors of the original, and what the copy has in their place.
        known: predicates whose value is known. A ``tf.cond`` on one becomes the branch it takes.
        draw: number of the draw, int64 (). With it, random ops draw from their seeds and this
            number alone. Without it, they count their draws as the original ops do.
        name: scope of the copy.

    Returns:
        the copies of the targets, in their order.

    Raises:
        NotPossible: a placeholder is reached that is not replaced, or an op that cannot be copied.
    """
    nodes = _Nodes(replaced, known or {}, draw)
    for op in ancestors(targets, replaced):
        nodes.add(op)
    names = [nodes.reference(t) if not isinstance(t, Operation) else t.name for t in targets]
    made = [i for i, reference in enumerate(names) if reference not in nodes.outside]
    try:
        copied = tf.import_graph_def(
            nodes.graph_def,
            input_map=nodes.outside_used(),
            return_elements=[names[i] for i in made],
            name=name,
        )
    except ValueError as error:
        raise NotPossible(
            _("TensorFlow cannot copy the graph: {why}").format(why=first_line(error))
        ) from None
    found: dict[int, Tensor | Operation] = dict(zip(made, copied, strict=True))
    return [found[i] if i in found else nodes.outside[names[i]] for i in range(len(names))]


def draws_randomly(targets: Iterable[Tensor | Operation]) -> bool:
    """Whether the targets depend on random ops, also ones in a branch of a ``tf.cond``."""
    ops = ancestors(targets)
    if any(op.type in _STATELESS for op in ops):
        return True
    branches = {
        op.get_attr(branch).name
        for op in ops
        if op.type in ("If", "StatelessIf")
        for branch in ("then_branch", "else_branch")
    }
    if not branches:
        return False
    functions = _functions(ops[0].graph)
    return any(node.op in _STATELESS for name in branches for node in functions[name].node_def)


def _functions(graph: Graph) -> dict[str, Any]:
    """The functions of a graph, such as the branches of a tf.cond: name to FunctionDef."""
    definition = graph.as_graph_def()
    return {function.signature.name: function for function in definition.library.function}


class _Nodes:
    """The nodes of one copy, as a GraphDef."""

    def __init__(
        self, replaced: Mapping[Tensor, Tensor], known: Mapping[Tensor, bool], draw: Tensor | None
    ):
        self.graph_def = tf.GraphDef()
        self.graph_def.versions.CopyFrom(tf.get_default_graph().graph_def_versions)
        # Tensors that the copy takes from outside: replacements, and the handles of variables.
        self.outside: dict[str, Tensor] = {t.name: new for t, new in replaced.items()}
        self.known = {t.name: value for t, value in known.items()}
        self.inlined: dict[str, str] = {}  # output of a tf.cond to that of its branch
        self._dropped: set[str] = set()  # ops that are not in the copy
        self._of_graph: dict[str, Any] | None = None  # FunctionDef by name
        self._counter: Tensor | None = None
        if draw is not None:  # the lower word counts the blocks of one draw
            self._counter = tf.stack([tf.zeros([], tf.uint64), tf.cast(draw, tf.uint64)])

    def reference(self, tensor: Tensor) -> str:
        """The name under which the GraphDef has this tensor."""
        name: str = tensor.name
        return self.inlined.get(name, name)

    def outside_used(self) -> dict[str, Tensor]:
        """What of ``outside`` the nodes have as an input: TensorFlow refuses the rest."""
        used = {name for node in self.graph_def.node for name in node.input}
        return {name: tensor for name, tensor in self.outside.items() if name in used}

    def add(self, op: Operation) -> None:
        """Add an operation whose inputs are there already."""
        if any(tensor.dtype == tf.resource for tensor in op.outputs) and not op.inputs:
            # A variable, a table, a queue: a copy of the op would be another one.
            self.outside |= {tensor.name: tensor for tensor in op.outputs}
            self._dropped.add(op.name)
            return
        if op.type == "Placeholder":
            raise NotPossible(
                _("nothing is known to feed the placeholder {op!r} with").format(op=op.name)
            )
        if op.type in ("Variable", "VariableV2"):
            raise NotPossible(
                _("{op!r} is a variable of the old kind, without a resource").format(op=op.name)
            )
        if op.type in _CONTROL_FLOW_V1:
            raise NotPossible(_("{op} is control flow of TensorFlow 1").format(op=op.name))
        condition = op.type in ("If", "StatelessIf") and op.inputs[0].name in self.known
        if condition and not op.control_inputs:
            if self._inline(op, self.known[op.inputs[0].name]):
                return
        node = op.node_def
        del node.input[:]
        node.input.extend(self.reference(tensor) for tensor in op.inputs)
        node.input.extend(f"^{c.name}" for c in op.control_inputs if c.name not in self._dropped)
        self._append(node)

    def _append(self, node: Any) -> None:
        """Add a node whose inputs are named."""
        # The loop is on one device. What ops are to be placed beside would keep equal ones apart.
        node.attr.pop("_class", None)
        if self._counter is not None and node.op in _STATELESS:
            seeds = [node.attr.pop("seed").i, node.attr.pop("seed2").i]
            key = tf.constant([np.array(seeds, np.int64).astype(np.uint64) @ _WORDS], tf.uint64)
            given = {"key": key, "counter": self._counter, "algorithm": tf.constant(1)}
            named = {f"{node.name}/{word}:0": tensor for word, tensor in given.items()}
            self.outside |= named
            data = [name for name in node.input if not name.startswith("^")]
            control = [name for name in node.input if name.startswith("^")]
            del node.input[:]
            node.input.extend([*data, *named, *control])
            node.op = _STATELESS[node.op]
            node.attr["Tshape"].CopyFrom(node.attr.pop("T"))
        self.graph_def.node.append(node)

    def _inline(self, op: Operation, value: bool) -> bool:
        """Add the branch that a tf.cond takes; False where that would lose a side effect."""
        branch = op.get_attr("then_branch" if value else "else_branch").name
        if self._of_graph is None:
            self._of_graph = _functions(op.graph)
        function = self._of_graph[branch]
        body, flat = function_body(function)
        arguments = [arg.name for arg in function.signature.input_arg]
        given = dict(zip(arguments, map(self.reference, list(op.inputs)[1:]), strict=True))
        nodes = [node for node in body.node if node.name not in given]
        types = {node.op for node in nodes} - _MAY_BE_INLINED
        if any(has_state(kind) for kind in types):
            return False

        def moved(name: str) -> str:
            control, name = name.startswith("^"), name.lstrip("^")
            base = name.split(":")[0]
            if base in given:
                return "" if control else given[base]
            return f"{'^' if control else ''}{op.name}/{branch}/{name}"

        for node in nodes:
            inputs = [moved(name) for name in node.input]
            del node.input[:]
            node.input.extend(name for name in inputs if name)
            node.name = moved(node.name)
            self._append(node)
        for output, arg in zip(op.outputs, function.signature.output_arg, strict=True):
            self.inlined[output.name] = moved(flat[function.ret[arg.name]])
        self._dropped.add(op.name)
        return True
