"""Graphs and sessions, then a linear regression with nothing else (deck, "Step1: Define Function
Set(Formulation)", y = wx + b).

A graph says what is to be computed. A session computes it, and has the values of the variables. Each row
of the table is run here: what Python shows for a node, and what ``sess.run`` gives for it.

The regression is the loop that ``fit`` of the lessons hides: build the graph, initialise the
variables, and run the update with the rows fed to the placeholders,

    L = 1/n Σ (wx + b - y)²,    w ← w - η ∂L/∂w,    b ← b - η ∂L/∂b
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphs.examples import Result
from tfcourse import plots
from tfcourse.tf1 import Session, tf

TRUE_W, TRUE_B, NOISE = 0.8, -0.5, 0.1  # y = 0.8 x - 0.5, with noise
N_ROWS = 100
LEARNING_RATE = 0.5
N_UPDATES = 60
SHOWN = (0, 1, 2, 5, 10, 20, 60)


def tried(session: Session, node: Any, feeds: dict[Any, Any] | None = None) -> str:
    """What ``session.run`` gives, as text; of an error its kind and TensorFlow's first sentence."""
    try:
        found = session.run(node, feeds)
    except tf.errors.OpError as error:
        said = re.split(r"^Node: .*\n", error.message, flags=re.MULTILINE)[-1].strip()
        return f"{type(error).__name__}: {said.splitlines()[0].split('. ')[0]}"
    return str([float(value) for value in found] if isinstance(found, list) else found)


def basics(seed: int) -> pd.DataFrame:
    """Each step of the use of a session, run."""
    rows: list[dict[str, str]] = []

    def row(what: str, code: str, shown: str) -> None:
        rows.append({"what": what, "code": code, "result": shown})

    with tf.Graph().as_default() as graph:
        tf.set_random_seed(seed)
        row("in Python", "1 + 2", str(1 + 2))
        three = tf.add(1, 2, name="three")
        row("a node of the graph", "three = tf.add(1, 2)", str(three))
        six = 2 * three
        x = tf.placeholder(tf.float32, [], name="x")
        w = tf.Variable(10.0, name="w")
        y = w * x
        double = tf.assign(w, 2 * w)
        drawn = tf.random_uniform([])
        with tf.Session(graph=graph) as sess, tf.Session(graph=graph) as other:
            row("its value", "sess.run(three)", tried(sess, three))
            row("a variable has no value yet", "sess.run(w)", tried(sess, w))
            for session in (sess, other):
                session.run(tf.global_variables_initializer())
            row("initialised", "sess.run(w)", tried(sess, w))
            row("a placeholder must be fed", "sess.run(y)", tried(sess, y))
            row("fed", "sess.run(y, {x: 4})", tried(sess, y, {x: 4}))
            row("any node can be fed", "sess.run(six, {three: 5})", tried(sess, six, {three: 5}))
            row("a variable changes", "sess.run(double)", tried(sess, double))
            row("and keeps its value", "sess.run(w)", tried(sess, w))
            row("in this session only", "other.run(w)", tried(other, w))
            row("several nodes at once", "sess.run([w, y], {x: 4})", tried(sess, [w, y], {x: 4}))
            row("one run draws once", "sess.run([d, d])", tried(sess, [drawn, drawn]))
            row("the next run draws anew", "sess.run([d, d])", tried(sess, [drawn, drawn]))
    return pd.DataFrame(rows)


def regression(x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Gradient descent from w = b = 0, all rows in each update.

    Args:
        x, y: the rows, float32 (n,) each.

    Returns:
        w, b and the loss after each number of updates, N_UPDATES + 1 rows.
    """
    with tf.Graph().as_default():
        with tf.variable_scope("inputs"):
            inputs = tf.placeholder(tf.float32, [None], name="inputs")
            labels = tf.placeholder(tf.float32, [None], name="labels")
        w = tf.Variable(0.0, name="w")
        b = tf.Variable(0.0, name="b")
        pred = w * inputs + b  # (batch,)
        loss = tf.reduce_mean(tf.square(pred - labels))
        train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
        rows = []
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            feeds = {inputs: x, labels: y}
            for update in range(N_UPDATES + 1):
                values = sess.run([w, b, loss], feeds)
                rows.append([update, *map(float, values)])
                sess.run(train_op, feeds)
    return pd.DataFrame(rows, columns=["updates", "w", "b", "loss"])


def run(seed: int = 88) -> Result:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, N_ROWS).astype(np.float32)
    y = (TRUE_W * x + TRUE_B + rng.normal(0, NOISE, N_ROWS)).astype(np.float32)
    found = regression(x, y)
    (w, b), residual, *_ = np.linalg.lstsq(
        np.column_stack([x, np.ones_like(x)]).astype(np.float64), y.astype(np.float64), rcond=None
    )
    shown = {
        "sessions": basics(seed),
        f"linear regression of {N_ROWS} generated rows, y = {TRUE_W} x - {-TRUE_B} + noise, "
        f"learning rate {LEARNING_RATE}": found.iloc[list(SHOWN)].reset_index(drop=True),
        "the minimum, by least squares: w, b, loss": np.array([w, b, residual[0] / N_ROWS]),
    }
    return Result(shown, picture={"x": x, "y": y, "found": found, "lowest": residual[0] / N_ROWS})


def draw(result: Result, path: str | Path) -> Path:
    x, y, found = (result.picture[name] for name in ("x", "y", "found"))
    figure, ((left, right),) = plots.panels(1, 2, (5.2, 4.2))
    left.plot(x, y, ".", color="grey", label="rows")
    ends = np.array([-1.0, 1.0])
    shown = [0, 1, 2, 5, N_UPDATES]
    for colour, n in zip(plots.colours("viridis_r", len(shown)), shown, strict=True):
        left.plot(ends, found.w[n] * ends + found.b[n], color=colour, label=f"{n} updates")
    left.set_xlabel("x")
    left.set_ylabel("y")
    left.set_title("The line wx + b as it is fitted")
    left.legend(fontsize="small")
    right.plot(found.updates, found.loss)
    right.axhline(result.picture["lowest"], color="k", linestyle=":", label="lowest loss")
    right.set_yscale("log")
    right.set_xlabel("updates")
    right.set_ylabel("loss (mean square error)")
    right.set_title("Loss after each update")
    right.legend(fontsize="small")
    return plots.save(figure, path)
