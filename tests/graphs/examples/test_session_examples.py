"""The examples with nothing but a session: sessions and x-square."""

from __future__ import annotations

import matplotlib.image
import numpy as np
import pytest

from graphs.examples import sessions, x_square


@pytest.fixture(scope="module")
def basic():
    return sessions.run()


@pytest.fixture(scope="module")
def square():
    return x_square.run()


def test_what_a_session_gives(basic):
    table = basic["sessions"].set_index("what").result
    assert table["a node of the graph"] == 'Tensor("three:0", shape=(), dtype=int32)'
    assert (table["in Python"], table["its value"]) == ("3", "3")
    assert table["a variable has no value yet"].startswith("FailedPreconditionError: ")
    assert "must feed a value for placeholder" in table["a placeholder must be fed"]
    values = ("initialised", "fed", "any node can be fed", "a variable changes")
    assert [float(table[name]) for name in values] == [10, 40, 10, 20]
    assert (float(table["and keeps its value"]), float(table["in this session only"])) == (20, 10)
    assert table["several nodes at once"] == "[20.0, 80.0]"
    once, anew = (table[name].strip("[]").split(", ") for name in
                  ("one run draws once", "the next run draws anew"))  # fmt: skip
    assert once[0] == once[1] != anew[0] == anew[1]


def test_the_regression_is_gradient_descent(basic):
    x, y, found = (basic.picture[name].astype(float) for name in ("x", "y", "found"))
    w = b = 0.0
    for _, row in found.iterrows():
        error = w * x + b - y
        assert [row.w, row.b, row.loss] == pytest.approx([w, b, np.mean(error**2)], abs=1e-5)
        rate = sessions.LEARNING_RATE
        w, b = w - rate * 2 * np.mean(error * x), b - rate * 2 * np.mean(error)
    best = basic["the minimum, by least squares: w, b, loss"]
    assert found.iloc[-1][["w", "b", "loss"]].tolist() == pytest.approx(best.tolist(), abs=1e-4)
    assert best[:2].tolist() == pytest.approx([sessions.TRUE_W, sessions.TRUE_B], abs=0.05)


def test_x_square_follows_the_formula(square):
    table = square["x² by gradient descent from x = 2"].set_index("learning rate")
    assert (table["off (1 - 2η)^n x by"] < 1e-4).all()
    assert table["x after 1"].tolist() == pytest.approx([1.8, 0.8, 0.0, -1.6, -2.2])
    last = table["x after 20"].abs()
    assert last[0.5] == 0 and last[0.3] < 1e-6 < last[0.9] < 2 < last[1.05]


def test_the_square_is_fitted(square):
    found = square["ax² + bx + c, fitted to 2x² - 3x + 1"]
    assert found.loss.is_monotonic_decreasing and found.loss[0] > 1
    assert found.iloc[-1][["a", "b", "c"]].tolist() == pytest.approx([2, -3, 1], abs=0.02)


@pytest.mark.parametrize("module", [sessions, x_square])
def test_pictures(module, basic, square, tmp_path):
    result = basic if module is sessions else square
    path = module.draw(result, tmp_path / "picture.png")
    height, width, _ = matplotlib.image.imread(path).shape
    assert path.stat().st_size > 10_000 and height > 250 and width > 500
