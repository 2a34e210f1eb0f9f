"""What a loop is fed: the contract between the data's side and the engine.

The engine does not know what the columns mean. Rows that have an own way into the loop, or an own
way to be evaluated, have the methods of ``LoopRows``; plain columns need none.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from tfcourse.batches import Columns, Rows
from tfcourse.errors import CourseError, UsageError
from tfcourse.lang import _
from tfcourse.tf1 import Tensor

if TYPE_CHECKING:
    from tfcourse.model import BaseModel
    from tfcourse.tf1 import Session

ALIGNMENT = 64  # bytes: where TensorFlow's own tensors begin

Feeds = dict[Tensor, np.ndarray]


class NotPossible(CourseError):
    """Why the engine "graph" cannot train this lesson on these data."""


class LoopInputs(Protocol):
    """What a loop is fed, and how the lesson's tensors are connected to it.

    Attributes:
        by_row: columns that the loop cuts for each step, name to array (rows, ...).
        tables: arrays that the loop gets whole, by name.
        cuts: whether ``connect`` replaces a tensor that is not a placeholder. The gradient is then
            made anew, so that the update must be the default one.
    """

    @property
    def by_row(self) -> Mapping[str, np.ndarray]: ...

    @property
    def tables(self) -> Mapping[str, np.ndarray]: ...

    @property
    def cuts(self) -> bool: ...

    @property
    def key(self) -> Hashable:
        """Two inputs with one key can use one loop."""
        ...

    def connect(
        self, batch: Mapping[str, Tensor], tables: Mapping[str, Tensor]
    ) -> dict[Tensor, Tensor]:
        """The lesson's tensors that the loop replaces, and what by.

        It is called while the loop's body is built.

        Args:
            batch: the columns of this step, (batch, ...). tables: as they are fed.
        """
        ...

    def feeds(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Columns and tables of one run.

        Args:
            rows: row numbers, int32 (steps, batch).

        Returns:
            name to array: columns (steps, batch, ...), tables as they are.
        """
        ...


@runtime_checkable
class LoopRows(Protocol):
    """Rows that know how a loop is fed with them, and how they are evaluated."""

    def loop_inputs(self, model: BaseModel, n_batch: int) -> LoopInputs:
        """What the loop is fed for this lesson.

        Raises:
            NotPossible: the lesson's graph does not prove that the loop computes the same.
        """
        ...

    def evaluation(self, model: BaseModel, session: Session) -> Callable[[np.ndarray], Feeds]:
        """Feeds for row numbers, with the weights as they stand in the session."""
        ...


class ColumnInputs:
    """Plain columns: each placeholder is one column, or a table's rows that a column names.

    Args:
        model: the lesson. by_row: column of each placeholder, by name.
        tables: for each placeholder of this kind, its table. table_index: the column of ``by_row``
            that says which row of the tables belongs to an example.
    """

    cuts = False

    def __init__(
        self,
        model: BaseModel,
        by_row: Mapping[str, np.ndarray],
        tables: Mapping[str, np.ndarray] | None = None,
        table_index: str = "",
    ):
        self.by_row = dict(by_row)
        self.tables = {name: aligned(values) for name, values in (tables or {}).items()}
        self.table_index = table_index
        self.placeholders = model.placeholders

    @property
    def key(self) -> Hashable:
        return tuple(
            (name, values.dtype.str, values.shape[1:])
            for name, values in (self.by_row | self.tables).items()
        )

    def connect(
        self, batch: Mapping[str, Tensor], tables: Mapping[str, Tensor]
    ) -> dict[Tensor, Tensor]:
        from tfcourse.tf1 import tf

        found = {}
        for name, placeholder in self.placeholders.items():
            if name in tables:
                found[placeholder] = tf.gather(tables[name], batch[self.table_index])
            elif name in batch:
                found[placeholder] = batch[name]
        return found

    def feeds(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return self.tables | {name: values[rows] for name, values in self.by_row.items()}


def loop_inputs(rows: Rows, model: BaseModel, n_batch: int) -> LoopInputs:
    """What the loop is fed for these rows and this lesson.

    Raises:
        NotPossible: the rows are not columns, or the lesson does not allow it.
        UsageError: a placeholder has no column.
    """
    if isinstance(rows, LoopRows):
        return rows.loop_inputs(model, n_batch)
    if type(rows) is not Columns:  # a subclass may take rows in its own way
        raise NotPossible(_("the rows are not plain columns"))
    names = [name for name in model.placeholders if name != "isTrain"]
    for name in names:
        if name not in rows.columns:
            raise UsageError(
                _("no column {name!r} among {known}").format(
                    name=name, known=", ".join(rows.columns)
                )
            )
    dtypes = {name: model.placeholders[name].dtype.as_numpy_dtype for name in names}
    return ColumnInputs(
        model, {name: rows.columns[name].astype(dtypes[name], copy=False) for name in names}
    )


def aligned(values: np.ndarray) -> np.ndarray:
    """A copy that TensorFlow is fed without copying it: it begins where its own tensors would."""
    room = np.empty(values.nbytes + ALIGNMENT, np.uint8)
    begin = -room.ctypes.data % ALIGNMENT
    out = room[begin : begin + values.nbytes].view(values.dtype).reshape(values.shape)
    out[...] = values
    return out
