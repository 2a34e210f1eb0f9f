"""The engines behind ``fit``: how the batches of an epoch reach the graph.

``feed`` is the slide's visible loop: ``session.run`` is called once for each batch. It is the meaning of a
lesson. ``graph`` is an optimisation: many batches run in one ``session.run``, in a ``tf.while_loop``
whose body is a copy of the lesson's own graph. It is taken only where the built graph proves that
the copy computes the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from tfcourse.batches import Batches
from tfcourse.engine.feed import FeedEngine
from tfcourse.engine.inputs import NotPossible
from tfcourse.engine.loop import GraphEngine
from tfcourse.errors import UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel
    from tfcourse.tf1 import Session

ENGINES = ("auto", "graph", "feed")
ONE_BY_ONE = "train_fn gives batches one by one; data_fn and dataFn give columns"
Engine = FeedEngine | GraphEngine

__all__ = ["ENGINES", "Engine", "NotPossible", "make_engine", "say_once"]


def make_engine(name: str, model: BaseModel, session: Session, train_fn: Callable) -> Engine:
    """Make the engine of that name for a model, a session and data.

    Args:
        name: "feed", "graph", or "auto", which takes "graph" where it is possible and says in one
            line why where it is not.
        train_fn: what ``fit`` was given.

    Raises:
        UsageError: an unknown name; or "graph", where it is not possible, with the reason.
    """
    if name not in ENGINES:
        raise UsageError(
            _("unknown engine {name!r}; known: {known}").format(name=name, known=", ".join(ENGINES))
        )
    if name == "feed":
        return FeedEngine(model, session, train_fn)
    try:
        if not isinstance(train_fn, Batches) or type(train_fn).__call__ is not Batches.__call__:
            raise NotPossible(getattr(train_fn, "one_by_one", ONE_BY_ONE))
        return GraphEngine(model, session, train_fn)
    except NotPossible as reason:
        if name == "graph":
            raise UsageError(
                _("engine graph: {reason}; use engine feed").format(reason=reason)
            ) from None
        say_once(
            model,
            _("{lesson} is trained by the engine feed: {reason}").format(
                lesson=type(model).__name__, reason=reason
            ),
        )
        return FeedEngine(model, session, train_fn)


def say_once(model: BaseModel, line: str) -> None:
    """Log a line, which Python writes to standard error, once for each model."""
    if ("said", line) not in model.beside:
        model.beside["said", line] = True
        logging.getLogger("tfcourse").warning(line)
