"""What an operation of a built graph depends on."""

from __future__ import annotations

from collections.abc import Iterable

from tfcourse.tf1 import Operation, Tensor


def ancestors(
    targets: Iterable[Tensor | Operation], stop: Iterable[Tensor] = ()
) -> list[Operation]:
    """All operations that the targets depend on, themselves included, each after its inputs.

    Args:
        targets: tensors and operations of one graph.
        stop: tensors behind which nothing is followed.
    """
    stopped = {tensor.name for tensor in stop}
    found: dict[str, Operation] = {}
    seen: set[str] = set()
    waiting: list[tuple[Operation, bool]] = []  # and whether all that it depends on was added
    for target in targets:
        if isinstance(target, Operation):
            waiting.append((target, False))
        elif target.name not in stopped:
            waiting.append((target.op, False))
    while waiting:
        op, ready = waiting.pop()
        if ready:
            found[op.name] = op
        elif op.name not in seen:
            seen.add(op.name)
            waiting.append((op, True))
            waiting += [(t.op, False) for t in op.inputs if t.name not in stopped]
            waiting += [(control, False) for control in op.control_inputs]
    return list(found.values())
