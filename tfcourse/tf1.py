"""TensorFlow as the slides use it: ``from tfcourse.tf1 import tf``.

``tf`` is ``tensorflow.compat.v1`` in graph mode, with legacy Keras behind ``tf.layers`` and the few
pieces of ``tf.contrib`` that the deck names. Slide code runs through it as printed.

Start-up messages of TensorFlow are kept back unless ``TF_CPP_MIN_LOG_LEVEL`` is set by the user;
an import that fails shows them.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import inspect
import numbers
import os
import sys
import tempfile
import types
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tfcourse.errors import CourseError

_LEGACY = "TF_USE_LEGACY_KERAS"
_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextlib.contextmanager
def _standard_error_held_back() -> Iterator[None]:
    """Hold back what native code writes to file descriptor 2; show it after all on an error."""
    try:
        saved = os.dup(2)
    except OSError:  # no standard error to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def _import_tensorflow() -> Any:
    loaded_before = "tensorflow" in sys.modules
    if os.environ.get(_LEGACY, "").lower() not in ("1", "true"):
        if loaded_before:
            raise CourseError(
                "TensorFlow was imported before tfcourse without legacy Keras, so tf.layers is "
                f"missing: import tfcourse.tf1 first, or set {_LEGACY}=1 before Python starts"
            )
        os.environ[_LEGACY] = "1"
    if importlib.util.find_spec("tf_keras") is None:
        raise CourseError("tf.layers needs the package tf-keras: pip install tf-keras")
    quiet = not loaded_before and _LOG_LEVEL not in os.environ
    if quiet:
        os.environ[_LOG_LEVEL] = "3"
    with _standard_error_held_back() if quiet else contextlib.nullcontext():
        v1 = importlib.import_module("tensorflow.compat.v1")
        v1.layers.dense  # noqa: B018  loads tf-keras here, where its messages are held back
    if quiet:  # read by now; a process started from this one is to hold its messages back too
        del os.environ[_LOG_LEVEL]
    # The deck's code is graph code: tf.Variable at top level goes into the default graph.
    v1.disable_eager_execution()
    v1.logging.set_verbosity(v1.logging.ERROR)
    # tf.layers says on every call that it is old, which is the reason why it is used here.
    warnings.filterwarnings("ignore", message=r".*`tf\.layers\..*` is deprecated")
    return v1


_v1 = _import_tensorflow()

if TYPE_CHECKING:  # TensorFlow has no types that mypy could use; these are names at least

    class Tensor(Any): ...

    class Variable(Any): ...

    class Operation(Any): ...

    class Graph(Any): ...

    class Session(Any): ...

    class Optimizer(Any): ...

    class IndexedSlices(Any): ...

    class SparseTensor(Any): ...

else:
    Tensor, Variable, Operation = _v1.Tensor, _v1.Variable, _v1.Operation
    Graph, Session, Optimizer = _v1.Graph, _v1.Session, _v1.train.Optimizer
    IndexedSlices, SparseTensor = _v1.IndexedSlices, _v1.SparseTensor


def _regularizer(name: str, penalty: Callable[[Any], Any]) -> Callable[[float], Callable]:
    def make(scale: float, scope: str | None = None) -> Callable[[Any], Any]:
        if isinstance(scale, numbers.Integral) or scale < 0.0:
            raise ValueError(f"scale must be a float of at least 0, not {scale!r}")
        if scale == 0.0:  # contrib's rule: no penalty at all, not a penalty of 0
            return lambda weights: None

        def regularize(weights: Any) -> Any:
            with _v1.name_scope(scope, name, [weights]) as inner:
                return _v1.multiply(float(scale), penalty(weights), name=inner)

        return regularize

    make.__name__ = make.__qualname__ = name
    return make


def _xavier_initializer(uniform: bool = True, seed: int | None = None, dtype: Any = _v1.float32):
    """Glorot and Bengio (2010). The normal form keeps contrib's own constant: the variance is
    1.3 / mean(fan_in, fan_out) before truncation, where glorot_normal corrects exactly."""
    if uniform:
        return _v1.glorot_uniform_initializer(seed=seed, dtype=dtype)

    def initializer(shape: Any, dtype: Any = dtype, partition_info: Any = None) -> Any:
        shape = [int(n) for n in shape]
        receptive = 1
        for n in shape[:-2]:
            receptive *= n
        fan_in, fan_out = (shape[-2] if len(shape) > 1 else shape[-1]), shape[-1]
        stddev = (1.3 / (receptive * (fan_in + fan_out) / 2.0)) ** 0.5
        return _v1.truncated_normal(shape, 0.0, stddev, dtype, seed=seed)

    return initializer


def _seeded(layer: Callable) -> Callable:
    """A layer with TensorFlow 1's own default, Glorot's uniform drawn from the graph's seed.
    tf-keras draws its default from Python's generator, which the graph's seed does not reach."""
    signature = inspect.signature(layer)

    @functools.wraps(layer)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        if given.arguments.get("kernel_initializer") is None:
            default = _v1.get_variable_scope().initializer or _v1.glorot_uniform_initializer()
            given.arguments["kernel_initializer"] = default
        return layer(*given.args, **given.kwargs)

    return call


class _Module(types.ModuleType):
    """A module of TensorFlow's, but for what is set on it here."""

    def __init__(self, name: str, original: Any):
        super().__init__(name, "TensorFlow as the slides use it")
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __dir__(self) -> list[str]:
        return sorted({*dir(self._original), *self.__dict__})


tf: Any = _Module("tf", _v1)
tf.layers = _Module("tf.layers", _v1.layers)
for _name in ("dense", "conv1d", "conv2d", "conv3d", "conv2d_transpose", "conv3d_transpose"):
    setattr(tf.layers, _name, _seeded(getattr(_v1.layers, _name)))
tf.contrib = types.SimpleNamespace(
    layers=types.SimpleNamespace(
        l1_regularizer=_regularizer("l1_regularizer", lambda w: _v1.reduce_sum(_v1.abs(w))),
        l2_regularizer=_regularizer("l2_regularizer", _v1.nn.l2_loss),
        xavier_initializer=_xavier_initializer,
    )
)


# --- what TensorFlow has no public name for ---------------------------------------------------


def has_state(op_type: str) -> bool:
    """Whether ops of this type do more than compute their outputs from their inputs."""
    registry = importlib.import_module("tensorflow.python.framework.op_def_registry")
    return bool(registry.get(op_type).is_stateful)


def function_body(function: Any) -> tuple[Any, dict[str, str]]:
    """The nodes of a function in a graph's library.

    Args:
        function: a FunctionDef.

    Returns:
        its body as a GraphDef, and the names there of the tensors that the FunctionDef names.
    """
    module = importlib.import_module("tensorflow.python.framework.function_def_to_graph")
    return module.function_def_to_graph_def(function)
