"""What was tried and what came of it, counted."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

SHOWN = 20  # faults that are shown


@dataclass
class Counts:
    """Results by group.

    Attributes:
        groups: name to result to number.
        faults: what must not be, in words.
        skipped: what could not be tried here, and why.
    """

    groups: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, group: str, result: str, n: int = 1) -> None:
        with self._lock:
            self.groups.setdefault(group, Counter())[result] += n

    def fault(self, group: str, case: str, said: object) -> None:
        """Note what must not be."""
        with self._lock:
            self.faults.append(f"{group}: {case}: {said}")

    def total(self, result: str | None = None) -> int:
        """The number of one result, or of all, over all groups."""
        return sum(
            n for group in self.groups.values() for r, n in group.items() if result in (None, r)
        )

    def table(self, results: tuple[str, ...]) -> str:
        """The groups as a Markdown table; the columns are the results, after the number of all."""
        rows = [(name, [counter[r] for r in results]) for name, counter in self.groups.items()]
        rows.append(("all", [self.total(r) for r in results]))
        head = ["", "cases", *results]
        lines = ["| " + " | ".join(head) + " |", "| --- |" + " --: |" * (len(results) + 1)]
        for name, numbers in rows:
            cells = [name, f"{sum(numbers):,}", *(f"{n:,}" for n in numbers)]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)

    def notes(self) -> str:
        """Faults and what was skipped, as Markdown lists."""
        lines = [f"* skipped: {text}" for text in self.skipped]
        found = Counter(self.faults)
        for text, n in list(found.items())[:SHOWN]:
            lines.append(f"* FAULT: {text}{f' ({n} times)' if n > 1 else ''}")
        if len(found) > SHOWN:
            lines.append(f"* and {len(found) - SHOWN} other faults")
        return "\n".join(lines)
