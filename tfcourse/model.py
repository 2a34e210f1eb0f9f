"""BaseModel: what every lesson shares, so that a lesson holds its graph and nothing else.

A lesson states its hyper-parameters as annotated class attributes, which become the keyword
arguments of its constructor, and overrides the hooks ``graph_inputs``, ``graph_computation``,
``graph_loss`` (and ``graph_embedding``, ``graph_dnn`` where its slide has such a box).
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from typing_extensions import Self, dataclass_transform

from tfcourse import checks, mistakes
from tfcourse.batches import Batches, Origin, Prepared, Rows, prepared
from tfcourse.engine import make_engine
from tfcourse.errors import ModelError, UsageError
from tfcourse.lang import _
from tfcourse.optimizers import make_optimizer_after, minimize
from tfcourse.sessions import WithSession
from tfcourse.tf1 import Operation, Optimizer, Session, Tensor, tf

if TYPE_CHECKING:
    from pathlib import Path


@dataclass_transform(kw_only_default=True)
@dataclasses.dataclass(eq=False, repr=False, kw_only=True)
class BaseModel(WithSession, abc.ABC):
    """A lesson: a graph of its own, a session, one fit loop, checkpoints.

    After construction the graph is built and these stand:

        graph       the lesson's tf.Graph, seeded with ``seed``
        loss        scalar node, what training minimises
        train_op    one update
        hist        curves, a list per name: tr_loss, vl_loss, and tr_/vl_ of each metric
        epoch       epochs trained so far
        origin      where the rows came from that it was trained on
    """

    # Facts about a lesson, not hyper-parameters.
    lesson: ClassVar[str] = ""  # its name on the command line
    dataset: ClassVar[str] = ""  # the data it learns from, by name
    needs_data: ClassVar[bool] = False  # whether its weights mean nothing without the data
    default_protocol: ClassVar[str] = "deck"  # what its data are prepared under
    monitor: ClassVar[str] = "vl_loss"  # lowest at the best epoch; with "" the last one is kept
    nodes: ClassVar[tuple[str, ...]] = ("loss",)  # attributes that the hooks must set
    # Metrics that are roots of a mean of squares: over batches their squares are averaged.
    root_mean_square: ClassVar[tuple[str, ...]] = ()
    # Titles and curves of the epoch table; without any it has the form of the DNN tutorial.
    epoch_table: ClassVar[tuple[tuple[str, str], ...]] = ()

    learning_rate: float = 0.01
    optimizer: str | type[Optimizer] | Optimizer = "sgd"
    n_batch: int = 128
    n_epoch: int = 10
    shuffle: bool = True
    seed: int = 88

    if TYPE_CHECKING:  # a lesson's nodes are attributes of whatever names its slide has

        def __getattr__(self, name: str) -> Any: ...

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(eq=False, repr=False, kw_only=True)(cls)

    # --- what a lesson says ------------------------------------------------------------------

    @abc.abstractmethod
    def graph_inputs(self) -> None:
        """Placeholders, in the scope "inputs"; each is fed by the column of its name."""

    def graph_embedding(self) -> None:
        """Embedding variables and look-ups, in the scope "embedding"."""

    def graph_dnn(self) -> None:
        """Layers, in the scope "dnn"."""

    @abc.abstractmethod
    def graph_computation(self) -> None:
        """The prediction, in the scope "computation"."""

    @abc.abstractmethod
    def graph_loss(self) -> None:
        """``self.loss`` and what is measured beside it, in the scope "loss"."""

    def graph_train(self) -> Operation:
        """The update, in the scope "train": by default ``optimizer`` on ``loss``."""
        self.made_optimizer: Optimizer | None = make_optimizer_after(
            self.optimizer, self.lr, self._before_update
        )
        self._trained = tf.trainable_variables()
        self._default = self.loss, self.update(self.loss)
        return self._default[1]

    def metrics(self) -> dict[str, Tensor]:
        """Scalar nodes measured over train and valid rows, by name: {"acc": self.acc}."""
        return {}

    def own_columns(self, rows: Rows) -> Mapping[str, Any]:
        """Columns that the lesson makes of those that the data have, by name: {"hour": ...}, each
        with a value for every row. ``fit`` and ``evaluate`` call it."""
        return {}

    def attach_rows(self, rows: Rows) -> None:
        """Keep what the lesson must know of the rows that it is trained on. ``fit`` calls it."""
        self.origin = rows.origin

    def attach_data(self, data: Prepared) -> None:
        """Keep what the lesson must know of prepared data. ``tfcourse.load`` calls it."""
        split = getattr(data, "split", None)
        self.origin = Origin(data.protocol, data.source, data.note, split)

    def saved_data(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What a checkpoint says of the data: entries of its JSON, and texts of files by name."""
        return {}, {}

    def projected(self) -> Mapping[str, tuple[Tensor, Mapping[str, Any], Any]]:
        """What TensorBoard's projector shows, by name: a node (n, dim), the columns that it needs,
        and a frame that names its n rows."""
        return {}

    def train_batches(self, data: Prepared) -> Batches:
        """Batches of prepared data to train on."""
        return data.train_batches(self.n_batch, self.shuffle)

    def valid_batches(self, data: Prepared) -> Batches | None:
        """Batches that choose the epoch; None where there is no epoch to choose."""
        return data.valid_batches()

    def restore_data(self, folder: Path, described: dict[str, Any]) -> None:
        """Take from a checkpoint's folder and JSON what ``saved_data`` put there."""
        self.origin = Origin(
            described.get("protocol"), described.get("data_source"), split=described.get("split")
        )

    # --- the graph ---------------------------------------------------------------------------

    def __post_init__(self) -> None:
        checks.check_hyperparameters(self)
        self.hist: dict[str, list[float]] = {}
        self.epoch = 0
        self.saved_epoch: int | None = None
        self.engine_name = ""  # of the last fit
        self.stopped = ""
        self.origin = Origin()
        # What engines and rows have built or found out for this graph; each has keys of its own.
        self.beside: dict[Hashable, Any] = {}
        self.made_optimizer = None
        self.running_session: Session | None = None  # of a fit that is under way
        self._session: Session | None = None
        self._measured: dict[str, Tensor] | None = None
        self._placeholders: dict[str, Tensor] = {}
        self._version = 0  # grows with every change of the weights
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.set_random_seed(self.seed)
            with mistakes.explained(self):
                self.build()
            self._initializer = tf.group(
                tf.global_variables_initializer(), tf.local_variables_initializer()
            )
        self._placeholders = checks.find_placeholders(self)
        mistakes.check(self)

    def build(self) -> None:
        """Call the hooks in the deck's order, into the default graph."""
        self.graph_inputs()
        self.graph_embedding()
        self.graph_dnn()
        self.graph_computation()
        self.graph_loss()
        checks.check_nodes(self)
        checks.check_sizes(self)
        # fit(lr=...) assigns this variable, as in the deck. It is local, so no checkpoint has it.
        with tf.variable_scope("train"):
            self.lr = tf.get_variable(
                "learning_rate",
                initializer=np.float32(self.learning_rate),
                trainable=False,
                collections=[tf.GraphKeys.LOCAL_VARIABLES],
            )
            # Loss and metrics are of the weights before the update.
            measured = self._metrics().values()
            self._before_update = [node for node in measured if isinstance(node, Tensor)]
            own = type(self).graph_train is not BaseModel.graph_train
            with tf.control_dependencies(self._before_update if own else []):
                made = self.graph_train()
            self.train_op = made if isinstance(made, (Operation, Tensor)) else tf.group(made)

    def update(self, loss: Tensor, before: Sequence[Tensor] | None = None) -> Operation:
        """One step of the lesson's optimizer on a loss: its own, or a copy of it. ``before`` is
        what is computed before variables change, by default loss and metrics."""
        if self.made_optimizer is None:
            raise ModelError(
                _("{lesson}.graph_train has made no optimizer").format(lesson=type(self).__name__)
            )
        before = self._before_update if before is None else before
        return minimize(self.made_optimizer, loss, self._trained, before)

    @property
    def has_default_update(self) -> bool:
        """Whether ``train_op`` is known to be a step of TensorFlow's own optimizer on ``loss``."""
        kind = type(self)
        optimizer = self.made_optimizer
        return (
            kind.build is BaseModel.build
            and kind.graph_train is BaseModel.graph_train
            and kind.update is BaseModel.update
            and not {"build", "graph_train", "update"} & set(vars(self))
            and self._default == (self.loss, self.train_op)
            and type(optimizer).__module__.startswith("tensorflow.")
            and not any(callable(getattr(type(optimizer), name, None)) for name in vars(optimizer))
        )

    def computed(self) -> dict[str, Tensor]:
        """All that is computed of a batch, by name: what an engine must not change."""
        return self.all_metrics()

    @property
    def placeholders(self) -> dict[str, Tensor]:
        """Name to placeholder, for all in the scope "inputs"."""
        return self._placeholders

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Constructor arguments with their values; an optimizer that is no name, by its class."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}  # type: ignore[arg-type]
        if not isinstance(kind := values["optimizer"], str):
            values["optimizer"] = getattr(kind, "__name__", type(kind).__name__)
        return values

    @classmethod
    def hyperparameter_names(cls) -> tuple[str, ...]:
        """Names of the constructor's arguments."""
        return tuple(f.name for f in dataclasses.fields(cls))  # type: ignore[arg-type]

    # --- training ----------------------------------------------------------------------------

    def fit(
        self,
        *args: Any,
        train_fn: Callable | None = None,
        valid_fn: Callable | None = None,
        n_epoch: int | None = None,
        lr: float | None = None,
        callback: Callable | Iterable[Callable] | None = None,
        model_dir: str | Path | None = None,
        keep: int = 5,
        engine: str = "auto",
        resume: bool = False,
        overwrite: bool = False,
        verbose: bool = True,
        **of_2018: Any,
    ) -> Self:
        """Train, in either form of the deck::

            model.fit(train_fn, valid_fn, n_epoch, lr=0.01, callback=EarlyStopping(thres=5))
            model.fit(sess, train_fn, valid_fn, n_epoch)

        Args:
            train_fn, valid_fn: callables that give an epoch's batches (``data_fn``, ``dataFn``). A
                batch is a dict by placeholder, or as in 2018 a tuple in the placeholders' order.
            n_epoch: epochs; by default the lesson's own.
            lr: learning rate from here on; by default the constructor's.
            callback: one or several, called with the model after each epoch; see ``callbacks``.
            model_dir: folder for checkpoints, saved whenever ``monitor`` is the lowest so far. A
                training that is there already is not replaced without a word.
            keep: how many of the best epochs are kept.
            engine: "graph" runs an epoch inside one call, "feed" feeds batch by batch as on the
                slide, "auto" takes the first where it can.
            resume: go on. With ``model_dir`` and a model that was not trained yet, go on with the
                training in the folder, to ``n_epoch`` epochs in all. Else go on from the weights as
                they are, for ``n_epoch`` epochs more.
            overwrite: replace the training in ``model_dir``, once this one has ended.
            verbose: print the deck's epoch table.
            of_2018: ``nEpoch``, the course's name for ``n_epoch``. Its other names are errors that
                say what to write.

        Returns:
            the model; ``hist`` has the curves.

        Raises:
            UsageError: an argument that cannot be meant.
            CheckpointError: ``model_dir`` holds another training, or cannot be written.
        """
        from tfcourse import fitting

        session, train_fn, valid_fn, n_epoch, rate = checks.fit_arguments(
            self, args, train_fn, valid_fn, n_epoch, lr, of_2018
        )
        place = fitting.Place(model_dir, keep, resume, overwrite)
        shown = fitting.Shown(callback, verbose)
        fitting.fit(self, session, train_fn, valid_fn, n_epoch, rate, engine, place, shown)
        return self

    # --- use ---------------------------------------------------------------------------------

    def feed_dict(self, data: Mapping[str, Any], mode: str = "train") -> dict[Tensor, Any]:
        """Columns to placeholders by name; ``isTrain`` is true in mode "train" alone.

        Raises:
            UsageError: a placeholder whose column is missing (in mode "infer" a label may be), or
                data that are no columns by name.
        """
        checks.check_columns(self, data)
        if mode not in ("train", "eval", "infer"):
            raise UsageError(_("mode is train, eval or infer, not {mode!r}").format(mode=mode))
        feeds = {}
        for name, placeholder in self.placeholders.items():
            if name == "isTrain":
                feeds[placeholder] = mode == "train"
            elif name in data:
                feeds[placeholder] = data[name]
            elif mode != "infer":
                raise UsageError(
                    _("no column {name!r} among {data}").format(name=name, data=", ".join(data))
                )
        return feeds

    def evaluate(self, batches: Callable, *of_2018: Any) -> dict[str, float]:
        """Loss and metrics over the rows of ``batches``, means over rows."""
        if of_2018 or not callable(batches):
            raise UsageError(
                _(
                    "evaluate takes what fit takes, without a session, and gives a dict: "
                    'model.evaluate(data_fn(...))["loss"]'
                )
            )
        batches = prepared(batches, self)
        return make_engine("feed", self, self.session, batches).evaluate(batches)

    def measure(self, data: Prepared) -> dict[str, float]:
        """What the command line shows for a trained lesson: loss and metrics over the valid rows."""
        return self.evaluate(data.valid_batches())

    def predict(self, data: Mapping[str, Any], node: Tensor | None = None) -> np.ndarray:
        """``node`` (by default ``pred``) for columns by name."""
        node = self.pred if node is None else node
        return self.session.run(node, self.feed_dict(data, mode="infer"))

    def plot(self, path: str | Path | None = None) -> Path:
        """Draw the curves of ``hist`` to a file, by default "<lesson>-curves.png"; give its path."""
        from tfcourse import plots

        if not self.hist:
            raise UsageError(_("there are no curves yet: fit the model first"))
        name = self.lesson or type(self).__name__
        path = plots.curves(self.hist, path or f"{name}-curves.png", name)
        print(f"Drew {path}")
        return path

    def save(self, folder: str | Path, epoch: int | None = None) -> Path:
        """Save a checkpoint; see ``tfcourse.checkpoints.save``."""
        from tfcourse import checkpoints

        return checkpoints.save(self, folder, epoch)

    def restore(self, folder: str | Path) -> Self:
        """Restore the weights of a checkpoint of this lesson; see ``tfcourse.load``."""
        from tfcourse import checkpoints

        checkpoints.restore(self, folder)
        return self

    def all_metrics(self) -> dict[str, Tensor]:
        """The loss and what ``metrics`` names, as tensors."""
        if self._measured is None:
            with self.graph.as_default():
                self._measured = {n: tf.convert_to_tensor(v) for n, v in self._metrics().items()}
        return self._measured

    def _metrics(self) -> dict[str, Any]:
        """The same, as far as that is built."""
        try:
            return {"loss": self.loss, **self.metrics()}
        except AttributeError:
            if self._placeholders:  # all is built
                raise
            return {"loss": self.loss}

    def __repr__(self) -> str:
        given = ", ".join(f"{k}={v!r}" for k, v in self.hyperparameters.items())
        return f"{type(self).__name__}({given})"
