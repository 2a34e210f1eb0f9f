"""The session of a lesson, and the weights in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfcourse.tf1 import Graph, Operation, Session, tf


class WithSession:
    """Base of ``BaseModel``: a session of its own for a graph, made when it is first needed.

    Attributes:
        graph: the graph. _initializer: the operation that gives its variables their first values.
    """

    graph: Graph
    _initializer: Operation
    _session: Session | None
    _version: int  # grows with every change of the weights

    def new_session(self) -> Session:
        """A session of the lesson's graph with initial weights."""
        session = tf.Session(graph=self.graph, config=self.session_config())
        self.initialize(session)
        return session

    @staticmethod
    def session_config() -> Any:
        """One thread: the graphs are chains of small ops, and to wake a second thread for a part of
        one costs more than it saves (an epoch takes 0.31 s with one, 0.38 s with two)."""
        return tf.ConfigProto(
            intra_op_parallelism_threads=1,
            inter_op_parallelism_threads=1,
            use_per_session_threads=True,
        )

    @property
    def session(self) -> Session:
        """The lesson's own session, made when it is first needed."""
        if self._session is None:
            self._session = self.new_session()
        return self._session

    def close(self) -> None:
        """Free the session; the weights go with it."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def initialize(self, session: Session) -> None:
        """Give a session initial weights."""
        session.run(self._initializer)

    def changed(self) -> None:
        """Note that the weights have changed."""
        self._version += 1

    def get_weights(self, session: Session | None = None) -> dict[str, np.ndarray]:
        """All global variables by name, optimizer slots included."""
        variables = self.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        values = (session or self.session).run(variables)
        return {v.op.name: value for v, value in zip(variables, values, strict=True)}

    def set_weights(
        self, weights: Mapping[str, np.ndarray], session: Session | None = None
    ) -> None:
        """Assign variables by name; those not named stay."""
        session = session or self.session
        for variable in self.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES):
            if variable.op.name in weights:
                variable.load(weights[variable.op.name], session)
        self.changed()
