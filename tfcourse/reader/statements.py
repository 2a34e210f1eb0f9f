"""The statements of a Python file, by line: what a line of an op's traceback belongs to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Statement:
    """A statement, or the head of one that has a body.

    Attributes:
        first, last: its lines, from 1.
        function: the function that it is in, "" outside of any.
        targets: names that it assigns; "infer" for ``self.infer`` and for ``infer``.
        returns: whether it is a ``return``.
        same_as: for ``self.loss = self.mse`` the name "mse", else "".
    """

    first: int
    last: int
    function: str = ""
    targets: tuple[str, ...] = ()
    returns: bool = False
    same_as: str = ""


class Source:
    """A file of Python code.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text("utf-8")
        self._tree = ast.parse(self.text)
        self.statements = tuple(_statements(self._tree.body, ""))
        self._by_line = {
            line: found for found in self.statements for line in range(found.first, found.last + 1)
        }

    def at(self, line: int) -> Statement:
        """The innermost statement of a line; for a line without one, that line alone."""
        return self._by_line.get(line, Statement(line, line))

    def field(self, cls: str, name: str) -> Statement | None:
        """The statement in a class's body that assigns a name; None if there is none."""
        for node in self._tree.body:
            if isinstance(node, ast.ClassDef) and node.name == cls:
                for found in _statements(node.body, ""):
                    if not found.function and name in found.targets:
                        return found
        return None


def _statements(body: list[ast.stmt], function: str) -> Iterator[Statement]:
    """All statements of a body, each after the one that it is inside of."""
    for node in body:
        bodies = [
            part
            for name in ("body", "orelse", "finalbody")
            if isinstance(part := getattr(node, name, None), list) and part
        ]
        bodies += [handler.body for handler in getattr(node, "handlers", [])]
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        last = node.end_lineno or node.lineno
        if bodies:
            last = max(node.lineno, bodies[0][0].lineno - 1)
        targets, value = _assigned(node)
        yield Statement(
            node.lineno,
            last,
            function,
            targets,
            isinstance(node, ast.Return),
            value.attr if isinstance(value, ast.Attribute) and _is_self(value.value) else "",
        )
        for part in bodies:
            yield from _statements(part, inside)


def _assigned(node: ast.stmt) -> tuple[tuple[str, ...], ast.expr | None]:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    else:
        return (), None
    names: list[str] = []
    for target in targets:
        for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            if isinstance(part, ast.Name):
                names.append(part.id)
            elif isinstance(part, ast.Attribute) and _is_self(part.value):
                names.append(part.attr)
    return tuple(names), node.value


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
