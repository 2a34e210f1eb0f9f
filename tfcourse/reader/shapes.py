"""Shapes of a built graph in words, as "(batch, 16)"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tfcourse.tf1 import Graph, Tensor, tf

UNKNOWN = "?"
BATCH = "batch"
# Primes that no lesson has as a size, so that they are known again in other shapes.
_ROWS, _OTHER = 999_983, 999_979


class Shapes:
    """Names the dimensions of a graph's tensors.

    The batch is the first dimension of the first placeholder that has an unknown one. To find out where
    else it turns up, the graph is built again with a batch of ``_ROWS`` rows, and TensorFlow infers the
    shapes. Another placeholder is of the batch if the graph does not take another number of rows for it.

    Args:
        graph: the lesson's graph.
        names: the operations whose shapes are asked for.
    """

    def __init__(self, graph: Graph, names: Iterable[str]) -> None:
        wanted = [name for name in names if graph.get_operation_by_name(name).outputs]
        self._definition = tf.graph_util.extract_sub_graph(
            graph.as_graph_def(), sorted(set(wanted))
        )
        _pass_on(self._definition)
        self._graph = self._with_rows(self._of_batch())

    def text(self, tensor: Tensor) -> str:
        """The shape of a tensor; "?" for a dimension that only a batch's values decide."""
        if tensor.shape.rank is None:
            return UNKNOWN
        known = tensor.shape.as_list()
        again = self._graph.get_tensor_by_name(tensor.name).shape
        sizes = again.as_list() if again.rank is not None else known
        return in_words([_name(a, b) for a, b in zip(known, sizes, strict=True)])

    def _of_batch(self) -> list[Any]:
        """The placeholders whose rows are the batch's."""
        waiting = [
            node
            for node in self._definition.node
            if node.op == "Placeholder" and [d.size for d in _dims(node)][:1] == [-1]
        ]
        found, waiting = waiting[:1], waiting[1:]
        joined = True
        while joined:
            joined = False
            for node in list(waiting):
                try:
                    self._with_rows(found, node)
                except ValueError:  # the shapes do not go together
                    found.append(node)
                    waiting.remove(node)
                    joined = True
        return found

    def _with_rows(self, batch: Sequence[Any], other: Any = None) -> Graph:
        """The graph with these placeholders' rows set."""
        graph = tf.Graph()
        given = [(node, _ROWS) for node in batch] + ([(other, _OTHER)] if other else [])
        try:
            for node, rows in given:
                _dims(node)[0].size = rows
            with graph.as_default():
                tf.import_graph_def(self._definition, name="")
        finally:
            for node, _ in given:
                _dims(node)[0].size = -1
        return graph


def _dims(node: Any) -> Any:
    return node.attr["shape"].shape.dim


def _pass_on(definition: Any) -> None:
    """Let what reads an ``If`` read the input that its else-branch hands on as it is, as dropout does
    outside of training. An ``If`` itself says no more of a shape than what both branches know."""
    functions = {function.signature.name: function for function in definition.library.function}
    given: dict[str, str] = {}
    for node in definition.node:
        if node.op in ("If", "StatelessIf"):
            function = functions[node.attr["else_branch"].func.name]
            arguments = [argument.name for argument in function.signature.input_arg]
            inside = {inner.name: inner for inner in function.node_def}
            for i, output in enumerate(function.signature.output_arg):
                name = function.ret[output.name].split(":")[0]
                while name in inside and inside[name].op == "Identity":
                    name = inside[name].input[0].split(":")[0]
                if name in arguments:  # the first input is the condition
                    given[f"{node.name}:{i}"] = node.input[1 + arguments.index(name)]
    for node in definition.node:
        for i, name in enumerate(node.input):
            node.input[i] = given.get(name if ":" in name else f"{name}:0", name)


def _name(known: int | None, size: int | None) -> str:
    if known is not None:
        return str(known)
    if size is None or size % _ROWS or not size:
        return UNKNOWN
    times = size // _ROWS
    return BATCH if times == 1 else f"{BATCH}·{times}" if times < _ROWS else UNKNOWN


def in_words(dimensions: Iterable[object]) -> str:
    """Dimensions in the form of Python's tuples: "()", "(16,)", "(batch, 16)"."""
    words = [str(size) for size in dimensions]
    return f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})"
