"""TensorBoard: the callback that writes a training's graph, curves, histograms and embeddings for it.

TensorFlow's own ``FileWriter`` drops what it cannot write, without an error. So the events are written
here, as records of the same file format.
"""

from __future__ import annotations

import io
import logging
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse import writing
from tfcourse.callbacks import Callback
from tfcourse.errors import CourseError, reason
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

BUCKETS = 30  # of a histogram, as many as TensorBoard draws


class TensorBoard(Callback):
    """Write the training for TensorBoard: ``tensorboard --logdir FOLDER``.

    There are the graph, the curves of ``hist``, a histogram of each trainable variable at the end of
    each epoch, and for the projector what the lesson's ``projected`` names: the vectors of the epoch
    that is kept (the last one without a folder of checkpoints), with labels for each row. Those files
    are written when the training ends, and replace those of a training before.

    Raises:
        CourseError: the folder cannot be written to.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._writer: Any = None

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        from tfcourse.tf1 import tf

        seconds, rest = divmod(time.time_ns(), 10**9)
        name = f"events.out.tfevents.{seconds:010d}.{socket.gethostname()}.{rest}"
        self._vectors: dict[str, np.ndarray] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writer = tf.python_io.TFRecordWriter(str(self.folder / name))
        except (OSError, tf.errors.OpError) as error:
            raise self._failed(error) from None
        self._write(file_version="brain.Event:2")
        self._write(graph_def=lesson_graph(model).SerializeToString())

    def __call__(self, model: BaseModel) -> None:
        from tfcourse.tf1 import tf

        summary = tf.Summary()
        for name, curve in model.hist.items():
            summary.value.add(tag=name, simple_value=curve[-1])
        variables = model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        values = (model.running_session or model.session).run(variables)
        for variable, value in zip(variables, values, strict=True):
            if (counted := histogram(value)) is not None:
                summary.value.add(tag=variable.op.name, histo=tf.HistogramProto(**counted))
        self._write(summary=summary, step=model.epoch)
        if model.saved_epoch == model.epoch:  # the next epochs change the weights
            self._vectors = _vectors(model)

    def on_fit_end(self, model: BaseModel) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        vectors = self._vectors
        if not vectors and model.epoch:
            if model.saved_epoch not in (None, model.epoch):  # that of a training gone on with
                if self._config.is_file():
                    return  # as that training has written it
                _note(
                    _(
                        "{folder}: the projector shows epoch {epoch}, the last one; epoch {kept}, which "
                        "is kept, was trained before"
                    ).format(folder=self.folder, epoch=model.epoch, kept=model.saved_epoch)
                )
            vectors = _vectors(model)
        if vectors:
            self._project(model, vectors)

    @property
    def _config(self) -> Path:
        return self.folder / "projector_config.pbtxt"

    def _project(self, model: BaseModel, vectors: Mapping[str, np.ndarray]) -> None:
        """Write the files for the projector: of each embedding its values and its labels, then the
        file that names them."""
        labels = {name: found[2] for name, found in model.projected().items()}
        for name, values in vectors.items():
            text = io.StringIO()
            np.savetxt(text, values, "%.9g", "\t")
            rows = [list(labels[name]), *labels[name].itertuples(index=False)]
            table = "".join("\t".join(map(_cell, row)) + "\n" for row in rows)
            for path, content in zip(_files(name), (text.getvalue(), table), strict=True):
                with writing.whole(self.folder / path) as partial:
                    partial.write_text(content, "utf-8", newline="\n")
        try:
            from google.protobuf import text_format
            from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
        except ImportError:
            _note(
                _(
                    "{folder}: TensorBoard is not installed, so the projector's {file} is not written, "
                    'and all else is: pip install "tfcourse[tensorboard]"'
                ).format(folder=self.folder, file=self._config.name)
            )
            return
        config = ProjectorConfig()
        for name, values in vectors.items():
            tensor, metadata = _files(name)
            config.embeddings.add(
                tensor_name=name,
                tensor_shape=values.shape,
                tensor_path=tensor,
                metadata_path=metadata,
            )
        with writing.whole(self._config) as partial:
            partial.write_text(text_format.MessageToString(config), "utf-8", newline="\n")

    def _write(self, **fields: Any) -> None:
        from tfcourse.tf1 import tf

        try:
            self._writer.write(tf.Event(wall_time=time.time(), **fields).SerializeToString())
            self._writer.flush()
        except tf.errors.OpError as error:
            self._writer = None  # what is left in its buffer cannot be written either
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> CourseError:
        return CourseError(
            _("{path}: cannot be written: {why}").format(path=self.folder, why=reason(error))
        )


def lesson_graph(model: BaseModel) -> Any:
    """The graph of a lesson as it was built, a GraphDef with shapes, without what an engine has added
    to it."""
    definition = model.graph.as_graph_def(add_shapes=True)
    built = 1 + [op.name for op in model.graph.get_operations()].index(model._initializer.name)
    del definition.node[built:]
    return definition


def histogram(values: np.ndarray) -> dict[str, Any] | None:
    """The fields of a HistogramProto: ``BUCKETS`` counts, and the limits to their right. NaN and infinite
    values are left out; without any other there is None."""
    finite = np.asarray(values, np.float64).ravel()
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return None
    counts, edges = np.histogram(finite, BUCKETS)
    return {
        "min": finite.min(),
        "max": finite.max(),
        "num": finite.size,
        "sum": finite.sum(),
        "sum_squares": finite @ finite,
        "bucket": counts,
        "bucket_limit": edges[1:],
    }


def _vectors(model: BaseModel) -> dict[str, np.ndarray]:
    """The values of what a lesson projects, by name, each (n, dim)."""
    session = model.running_session or model.session
    return {
        name: session.run(node, model.feed_dict(columns, mode="infer"))
        for name, (node, columns, _labels) in model.projected().items()
    }


def _note(line: str) -> None:
    logging.getLogger("tfcourse").warning(line)


def _files(name: str) -> tuple[str, str]:
    """Names of the files with the values and the labels of an embedding."""
    return f"{name}-tensor.tsv", f"{name}-metadata.tsv"


def _cell(value: object) -> str:
    """A value as a cell of a TSV file, which has no quotes: a tab or a line end becomes a blank."""
    return " ".join(str(value).split())
