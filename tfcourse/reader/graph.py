"""A lesson's graph as a reader wants it: a node for each variable, placeholder and statement of the
lesson's code, instead of the hundreds of operations that TensorFlow makes of it.

TensorFlow records for every operation the file and line that made it. An operation belongs to the
innermost statement of the lessons' folder that was running. What no such statement made, gradients and
updates, is one node "train".
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tfcourse.ancestry import ancestors
from tfcourse.model import BaseModel
from tfcourse.reader.shapes import Shapes, in_words
from tfcourse.reader.statements import Source, Statement
from tfcourse.tf1 import Operation, Tensor, Variable, tf

SCOPES = ("inputs", "embedding", "dnn", "computation", "loss", "train", "eval")
# Operations that carry values from one place to another; they are not listed in a node.
_CARRYING = {"Const", "Identity", "ReadVariableOp", "NoOp", "Pack", "Shape", "VarHandleOp"}
_OF_VARIABLES = {"VarHandleOp", "VarIsInitializedOp", "AssignVariableOp"}
_TRAIN = "train"

Step = tuple[Path, Statement]  # a statement that was running
Chain = tuple[Step, ...]  # those of the lessons' folder, the innermost last


@dataclass(frozen=True)
class Place:
    """Lines of a file.

    Attributes:
        path: the file. first, last: its lines, from 1.
    """

    path: Path
    first: int
    last: int


@dataclass
class Node:
    """A part of the graph.

    Attributes:
        kind: "placeholder", "variable", "op" or "train".
        label: its name in the code, as "query_emb".
        scope: one of ``SCOPES``, or "" outside of them.
        shape: of its result, in words; "" if it has none.
        types: the types of its operations, those that only carry values left out.
        op: the name of the operation that gives the result.
        places: its statement; several for one that has two names, or "train".
        via: the statements that called the function that it is in.
        starts: for a variable, the types of operations that give its first value.
    """

    kind: str
    label: str = ""
    scope: str = ""
    shape: str = ""
    types: tuple[str, ...] = ()
    op: str = ""
    places: tuple[Place, ...] = ()
    via: tuple[Place, ...] = ()
    starts: tuple[str, ...] = ()
    operations: list[Operation] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class LessonGraph:
    """The graph of a lesson.

    Attributes:
        nodes: in the order in which they were made.
        edges: places in ``nodes``, from a result to what it goes into.
        updates: places of the variables that training changes.
        files: the files with their code, that of the lesson first.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]
    updates: tuple[int, ...]
    files: tuple[Path, ...]


def extract(model: BaseModel) -> LessonGraph:
    """The graph of a lesson that was built."""
    return _Extraction(model).result()


class _Extraction:
    def __init__(self, model: BaseModel) -> None:
        self.model = model
        self.file = Path(inspect.getsourcefile(type(model)) or "").resolve()
        self.sources: dict[Path, Source] = {}
        self.owner: dict[str, Node] = {}
        self.nodes: list[Node] = []
        self.named = {
            name: value
            for name, value in vars(model).items()
            if isinstance(value, (Tensor, Variable)) and not name.startswith("_")
        }

    # --- where an operation was made -----------------------------------------------------------

    def source(self, path: Path) -> Source:
        if path not in self.sources:
            self.sources[path] = Source(path)
        return self.sources[path]

    @cached_property
    def chains(self) -> Mapping[str, Chain]:
        """The statements that were running when each operation was made, by its name."""
        inside: dict[str, Path | None] = {}
        found = {}
        for op in self.model.graph.get_operations():
            chain: list[Step] = []
            for frame in op.traceback:
                if frame.filename not in inside:
                    path = Path(frame.filename)
                    ours = self.file.parent in path.parents and path.is_file()
                    inside[frame.filename] = path.resolve() if ours else None
                if (path_ := inside[frame.filename]) is not None:
                    step = path_, self.source(path_).at(frame.lineno)
                    if not chain or chain[-1] != step:
                        chain.append(step)
            found[op.name] = tuple(chain)
        return found

    # --- nodes ---------------------------------------------------------------------------------

    def result(self) -> LessonGraph:
        operations = self.model.graph.get_operations()
        variables = self._variables()
        train = Node(_TRAIN, scope=_TRAIN)
        opened: dict[tuple[Chain, str], Node] = {}
        for op in operations:
            chain = self.chains[op.name]
            scope = _scope(op.name)
            # Another statement has begun: what runs again, in a loop, is another node.
            opened = {k: n for k, n in opened.items() if chain[: len(k[0])] == k[0]}
            if op.name in self.owner:
                continue
            if any(step[1].function == "graph_train" for step in chain):
                self._own(train, op)
            elif op.type == "Placeholder" and chain:
                self._own(self._node(Node("placeholder", op.name.split("/")[-1], scope), chain), op)
            elif chain:
                key = chain, scope
                if key not in opened:
                    opened[key] = self._node(Node("op", scope=scope), chain)
                self._own(opened[key], op)
            elif scope == _TRAIN:
                self._own(train, op)
        self._describe_train(train)
        self.nodes.append(train)
        edges = self._edges(variables)
        used = {id(a) for a, _ in edges} | {id(self.owner[v.op.name]) for v in self._values()}
        shown = [n for n in self.nodes if n.kind != "op" or id(n) in used or n.types]
        self._describe(shown)
        place = {id(node): i for i, node in enumerate(shown)}
        files = dict.fromkeys([self.file])
        files.update(dict.fromkeys(p.path for node in shown for p in (*node.places, *node.via)))
        return LessonGraph(
            tuple(shown),
            tuple(sorted((place[id(a)], place[id(b)]) for a, b in edges if id(a) in place)),
            tuple(sorted(place[id(node)] for node in self._updated(train))),
            tuple(files),
        )

    def _own(self, node: Node, op: Operation) -> None:
        node.operations.append(op)
        self.owner[op.name] = node
        listed = op.type not in _CARRYING | _OF_VARIABLES and node.kind != _TRAIN
        # tf.cond is an If named "dropout/cond"; the scope around it says what it is.
        scopes = op.name.split("/")
        branch = op.type == "If" and scopes[-1] == "cond" and len(scopes) > 1
        kind = re.sub(r"_\d+$", "", scopes[-2]) + " (If)" if branch else op.type
        if listed and kind not in node.types:
            node.types += (kind,)

    def _node(self, node: Node, chain: Chain) -> Node:
        places = [Place(path, found.first, found.last) for path, found in chain]
        node.places, node.via = tuple(places[-1:]), tuple(places[:-1])
        self.nodes.append(node)
        return node

    def _values(self) -> Iterable[Tensor]:
        """The tensors that the lesson's attributes name."""
        return [
            value
            for value in self.named.values()
            if isinstance(value, Tensor) and value.op.name in self.owner
        ]

    def _variables(self) -> dict[str, Node]:
        """A node for each variable of the lesson, by the name of its handle. The optimizer's own ones
        have no statement; they stay in "train"."""
        found = {}
        keys = tf.GraphKeys
        variables = [
            *self.model.graph.get_collection(keys.GLOBAL_VARIABLES),
            *self.model.graph.get_collection(keys.LOCAL_VARIABLES),
        ]
        attributes = {v.op.name: n for n, v in self.named.items() if isinstance(v, Variable)}
        for variable in variables:
            name, chain = variable.op.name, self.chains[variable.op.name]
            rate = variable is self.model.lr
            if not chain and not rate:
                continue
            scope = _scope(name)
            label = attributes.get(name) or name.removeprefix(scope + "/")
            node = self._node(Node("variable", label, scope, op=name), chain)
            if rate:
                node.label, node.places = "learning_rate", self._field("learning_rate")
            node.shape = in_words(variable.shape.as_list())
            first = [
                op
                for op in ancestors([variable.initializer.inputs[1]])
                if self.chains[op.name] == chain and op.type not in _OF_VARIABLES
            ]
            for op in self.model.graph.get_operations():
                if op.type in _OF_VARIABLES and op.name.startswith(name + "/") or op.name == name:
                    self._own(node, op)
                elif op.name == f"{name}/Read/ReadVariableOp" or op in first:
                    self._own(node, op)
            node.starts = _drawn(first)
            node.types = ()
            found[name] = node
        return found

    def _field(self, name: str) -> tuple[Place, ...]:
        """Where the lesson, or one that it is based on, states a hyper-parameter."""
        for cls in type(self.model).__mro__:
            path = Path(inspect.getsourcefile(cls) or "").resolve() if cls is not object else None
            if path is None or self.file.parent not in path.parents:
                continue
            if (found := self.source(path).field(cls.__name__, name)) is not None:
                return (Place(path, found.first, found.last),)
        return ()

    def _describe_train(self, train: Node) -> None:
        made = self.model.made_optimizer
        updating = dict.fromkeys(
            op.type for op in train.operations if re.match("Resource(Sparse)?Apply", op.type)
        )
        train.types = tuple(updating)
        names = [re.sub("Resource(Sparse)?Apply", "", kind) for kind in updating]
        if made is not None:
            names = [type(made).__name__.removesuffix("Optimizer")]
        train.label = f"train: {', '.join(dict.fromkeys(names)) or 'own update'}"
        train.op = self.model.train_op.name
        steps = {self.chains[op.name][-1]: None for op in train.operations if self.chains[op.name]}
        train.places = tuple(Place(path, s.first, s.last) for path, s in steps)
        train.places = train.places or self._field("optimizer")

    def _describe(self, nodes: list[Node]) -> None:
        """Labels, results and shapes of what statements made."""
        shapes = Shapes(
            self.model.graph,
            [op.name for node in nodes for op in node.operations if node.kind != _TRAIN],
        )
        named: dict[str, list[str]] = {}
        for name, value in self.named.items():
            if isinstance(value, Tensor):
                named.setdefault(value.op.name, []).append(name)
        for node in nodes:
            if node.kind == "placeholder":
                node.op = node.operations[0].name
                node.shape = shapes.text(node.operations[0].outputs[0])
            if node.kind != "op":
                continue
            result = self._result(node, named)
            node.op = result.op.name
            node.shape = shapes.text(result)
            statement = self.source(node.places[0].path).at(node.places[0].first)
            names = [n for op in node.operations for n in named.get(op.name, ())]
            names = list(dict.fromkeys([*statement.targets, *names]))
            function = statement.function if statement.returns else ""
            if function and node.via:
                caller = self.source(node.via[-1].path).at(node.via[-1].first)
                names = list(dict.fromkeys([*caller.targets, *names]))
            node.label = ", ".join(names) or function or node.op.split("/")[-1]
            if function and node.label != function:
                node.label += f" ({function})"
            layers = {_layer(i.op.name, node) for op in node.operations for i in op.inputs}
            layers.discard("")
            if len(layers) == 1:
                node.label += f" ({layers.pop()})"
            node.types = node.types or tuple(dict.fromkeys(op.type for op in node.operations))
            node.places += self._aliases(node)

    def _result(self, node: Node, named: Mapping[str, list[str]]) -> Tensor:
        """The tensor that a node gives: what an attribute names, else what is used elsewhere, else the
        last one."""
        outputs = [t for op in node.operations for t in op.outputs]
        attributes = [t for t in outputs if t.op.name in named]
        elsewhere = [
            t for t in outputs if any(self.owner.get(c.name) is not node for c in t.consumers())
        ]
        computed = [t for t in elsewhere if t.op.type not in _CARRYING - {"Identity"}]
        return (attributes or computed or elsewhere or outputs)[-1]

    def _aliases(self, node: Node) -> tuple[Place, ...]:
        """Statements such as ``self.loss = self.mse``, which make no operation."""

        def is_alias(statement: Statement) -> bool:
            value = self.named.get(statement.same_as)
            own = isinstance(value, Tensor) and self.owner.get(value.op.name) is node
            return own and any(self.named.get(name) is value for name in statement.targets)

        return tuple(
            Place(path, statement.first, statement.last)
            for path, source in self.sources.items()
            for statement in source.statements
            if is_alias(statement)
        )

    # --- edges ---------------------------------------------------------------------------------

    def _edges(self, variables: Mapping[str, Node]) -> list[tuple[Node, Node]]:
        found: dict[tuple[int, int], tuple[Node, Node]] = {}

        def add(begin: Node | None, end: Node) -> None:
            if begin is not None and begin is not end:
                found[id(begin), id(end)] = begin, end

        train = self.nodes[-1]
        for node in self.nodes[:-1]:
            for op in node.operations:
                for tensor in op.inputs:
                    if self.owner.get(tensor.op.name) is not train:
                        add(self.owner.get(tensor.op.name), node)
        add(self.owner.get(self.model.loss.op.name), train)
        add(variables.get(self.model.lr.op.name), train)
        return list(found.values())

    def _updated(self, train: Node) -> Iterable[Node]:
        found = {}
        for op in train.operations:
            if not op.type.startswith(("Resource", "Assign")) or not op.inputs:
                continue
            node = self.owner.get(op.inputs[0].op.name)
            if node is not None and node.kind == "variable" and "Gather" not in op.type:
                found[id(node)] = node
        return found.values()


def _scope(name: str) -> str:
    """The scope of ``SCOPES`` in an operation's name; one that is opened again is "loss_1"."""
    first, inside, _ = name.partition("/")
    first = re.sub(r"_\d+$", "", first)
    return first if inside and first in SCOPES else ""


def _layer(name: str, node: Node) -> str:
    """The layer of a variable that a node reads: "dnn1" for "dnn/dnn1/kernel", else ""."""
    parts = name.removeprefix(node.scope + "/").split("/")
    return parts[0] if len(parts) == 2 and parts[1] in ("kernel", "bias") else ""


def _drawn(operations: Iterable[Operation]) -> tuple[str, ...]:
    """How a variable's first value is made: the types that draw or fill, not the arithmetic."""
    types = dict.fromkeys(op.type for op in operations)
    drawing = [t for t in types if "Random" in t or "Normal" in t or "Uniform" in t]
    return tuple(drawing or [t for t in types if t in ("Fill", "ZerosLike")] or ["Const"])
