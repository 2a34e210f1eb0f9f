"""The code that the deck prints runs as printed, and the lessons contain the same statements."""

from __future__ import annotations

import ast
import importlib
import re
import types
from pathlib import Path

import numpy as np
import pytest

import graphs
import tfcourse
from tfcourse.batches import data_fn, dataFn
from tfcourse.callbacks import EarlyStopping
from tfcourse.model import BaseModel
from tfcourse.tf1 import tf

_PARTS = re.split(
    r"^# %% ([\w-]+):.*$",
    (Path(__file__).parent / "snippets" / "deck.py").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)
SNIPPETS = dict(zip(_PARTS[1::2], _PARTS[2::2], strict=True))
LISTED = {lesson.name for lesson in graphs.LESSONS}


def run(name, **names):
    """Run a snippet with these names defined. Returns its namespace."""
    namespace = {"tf": tf, "np": np, **names}
    exec(compile(SNIPPETS[name], f"<{name}>", "exec"), namespace)
    return namespace


@pytest.fixture
def value():
    """A function from a node to its value, with a new graph as default graph."""
    with tf.Graph().as_default(), tf.Session() as session:

        def evaluate(node):
            session.run(tf.global_variables_initializer())
            return session.run(node)

        yield evaluate


def constants(**arrays):
    return types.SimpleNamespace(
        **{
            key: tf.constant(array, tf.int32 if np.asarray(array).dtype.kind == "i" else tf.float32)
            for key, array in arrays.items()
        }
    )


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


# --- they run ---------------------------------------------------------------------------------


def test_initialiser(value):
    init_var = value(run("initialiser")["init_var"])
    assert init_var.shape == (100, 80)
    assert init_var.std() == pytest.approx(np.sqrt(2 / 180), rel=0.05)  # Glorot's normal


def test_loss(value):
    logits, labels = normal(6, 5), np.eye(5)[[0, 4, 1, 1, 2, 3]]
    this = constants(labels=labels)
    run("loss", self=this, nets=tf.constant(logits, tf.float32))
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert value(this.loss) == pytest.approx(-np.mean(np.log((share * labels).sum(1))), rel=1e-5)
    assert this.loss.op.name.startswith("loss/")


class ModelAdam(BaseModel):
    """A network of the tutorial's kind, small: what the call on the slide needs."""

    optimizer: str = "adam"

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 4], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 3], name="labels")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pred = tf.layers.dense(self.inputs, 3)

    def graph_loss(self):
        exec(
            compile(SNIPPETS["loss"], "<loss>", "exec"), {"tf": tf, "self": self, "nets": self.pred}
        )


def call_with_early_stopping(model, n_features, n_classes):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, n_features)).astype(np.float32)
    y = np.eye(n_classes, dtype=np.float32)[rng.integers(0, n_classes, 60)]
    return run(
        "early-stopping-call",
        ModelAdam=model,
        data_fn=data_fn,
        EarlyStopping=EarlyStopping,
        X_train=x[:40],
        Y_train=y[:40],
        X_valid=x[40:],
        Y_valid=y[40:],
        n_batch=16,
        n_epoch=60,
        learning_rate=0.1,
    )["model_adam"]


def test_early_stopping_call(capsys):
    model = call_with_early_stopping(ModelAdam, 4, 3)
    losses = model.hist["vl_loss"]
    lowest = int(np.argmin(losses))
    assert model.epoch == len(losses) == lowest + 1 + 5 < 60  # labels by chance: it must overfit
    out = capsys.readouterr().out
    assert "Early Stopping, valid loss keep increasing for 5 times ! " in out
    assert f"lowest loss is {min(losses):.3f} !" in out


def test_early_stopping_call_with_the_lesson(capsys):
    if "pokemon-adam" not in LISTED:
        pytest.skip("the lesson pokemon-adam is not there yet")
    model = call_with_early_stopping(graphs.find("pokemon-adam").load(), 200, 5)
    assert set(model.hist) >= {"tr_loss", "vl_loss", "tr_acc", "vl_acc"}
    assert len(model.hist["vl_loss"]) == model.epoch


def test_fit_hook():
    called = []
    for callback in (None, called.append):
        run("fit-hook", self="model", n_epoch=3, callback=callback)
    assert called == ["model"] * 3
    model = ModelAdam()
    x, y = np.zeros((4, 4), np.float32), np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    batches = data_fn(x, y, 2)
    called.clear()
    model.fit(batches, batches, 3, callback=called.append, verbose=False)
    assert called == [model] * 3


def test_early_stopping_rule():
    """The slide's method and ours stop at the same epoch with the same words."""
    printed = type("Printed", (), {"__call__": run("early-stopping-rule")["__call__"]})

    def stopped(watcher, losses):
        model = types.SimpleNamespace(hist={"vl_loss": []})
        for epoch, loss in enumerate(losses):
            model.hist["vl_loss"].append(loss)
            try:
                watcher(model)
            except StopIteration as stop:
                return epoch, str(stop)
        return None

    rng = np.random.default_rng(3)
    outcomes = []
    for _ in range(100):
        losses = rng.integers(0, 9, 15) / 7
        losses[rng.random(15) < 0.1] = np.nan
        slide = printed()
        slide.thres, slide.patient, slide.min_loss = 4, 0, float("inf")
        outcomes.append(stopped(slide, losses))
        assert stopped(EarlyStopping(4), losses) == outcomes[-1]
    assert None in outcomes and len(set(outcomes)) > 10


def test_pooling(value):
    query, b = normal(3, 4, 16), normal(16)
    this = constants(query_movie_ids_len=[4, 1, 0], query_emb=query, b_query_movie_ids=b)
    run("pooling", self=this)
    expected = np.stack([query[0].sum(0) / 2, query[1, 0], np.zeros(16)])
    np.testing.assert_allclose(value(this.query_emb), expected, atol=1e-5)
    np.testing.assert_allclose(value(this.query_bias), (expected @ b)[:, None], atol=1e-5)


def test_prediction(value):
    query, items, b, bias = normal(2, 16), normal(9, 16), normal(16), normal(2, 1)
    pairs = [3, 8]
    this = constants(
        query_emb=query,
        candidate_emb=items[pairs],
        b_global=0.3,
        query_bias=bias,
        candidate_bias=(items[pairs] @ b)[:, None],
        w_candidate_movie_id=items,
        b_candidate_movie_id=b,
    )
    run("prediction", self=this)
    expected = query @ items.T + items @ b + bias + 0.3
    np.testing.assert_allclose(value(this.pred), expected, rtol=1e-4)
    np.testing.assert_allclose(value(this.infer)[:, 0], expected[[0, 1], pairs], rtol=1e-4)
    assert this.infer.op.name == "infer"


def test_graph_dnn(value):
    item, genres, average, year, b = (
        normal(5, 16),
        normal(5, 8),
        normal(5),
        normal(5) + 1,
        normal(26),
    )
    this = constants(
        candidate_emb=item, genres_emb=genres, avg_rating=average, year=year, b_candidate_movie_id=b
    )
    run("graph_dnn", self=this, dim=16, init_fn=tf.glorot_normal_initializer())
    shapes = {v.op.name: v.shape.as_list() for v in tf.trainable_variables()}
    assert shapes == {
        "dnn/dense/kernel": [26, 16],
        "dnn/dense/bias": [16],
        "dnn/dense_1/kernel": [16, 16],
        "dnn/dense_1/bias": [16],
    }
    whole = np.concatenate([item, genres, average[:, None], year[:, None]], 1)
    np.testing.assert_allclose(value(this.candidate_bias)[:, 0], whole @ b, rtol=1e-4)
    encoded = value(this.item_repr)
    assert encoded.shape == (5, 16) and encoded.min() == 0 < encoded.max()


def test_fit(deck, lesson_of, capsys):
    model = lesson_of("mf-with-dnn", deck, n_epoch=2)
    run("fit", model=model, dataFn=dataFn, trProcessed=deck.train)
    assert [len(curve) for curve in model.hist.values()] == [2] * len(model.hist)
    assert {"tr_loss", "tr_rmse"} <= set(model.hist)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Epoch") and "Train Error" in lines[0]
    assert [line[:2] for line in lines[1:]] == ["01", "02"]


def test_xent_loss(value):
    infer, rating = normal(4, 1), np.array([5, 4, 3.5, 1.0])
    this = constants(infer=infer, rating=rating)
    run("xent-loss", self=this)
    y, f = np.array([1, 1, 0, 0.0]), 1 / (1 + np.exp(-infer[:, 0]))
    np.testing.assert_array_equal(value(this.alter_rating), y)
    loss = -np.mean(y * np.log(f) + (1 - y) * np.log(1 - f))
    assert value(this.loss) == pytest.approx(loss, rel=1e-5)
    error = infer[:, 0] - y
    assert value(this.rmse_loss) == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-5)
    assert value(this.mae_loss) == pytest.approx(np.mean(np.abs(error)), rel=1e-5)


def test_xent_fit_and_most_like(deck, lesson_of):
    model_xent = lesson_of("mf-with-dnn-xent", deck, n_epoch=2)
    run("xent-fit", model_xent=model_xent, dataFn=dataFn, trProcessed=deck.train)
    assert len(model_xent.hist["tr_loss"]) == 2
    names = {"most_like": tfcourse.most_like, "model_xent": model_xent}
    (statement,) = ast.parse(SNIPPETS["most_like"]).body
    frame = eval(compile(ast.Expression(statement.value), "<most_like>", "eval"), names)
    assert len(frame) == 11
    assert frame.iloc[0][["index", "title"]].tolist() == [0, "Toy Story (1995)"]


def test_every_snippet_is_run():
    """A snippet without a test above would be printed and never tried."""
    source = Path(__file__).read_text(encoding="utf-8")
    for name in SNIPPETS:
        assert (
            f'run("{name}"' in source
            or f'SNIPPETS["{name}"]' in source
            or (
                name == "early-stopping-call"  # run by call_with_early_stopping
            )
        ), name
    assert len(SNIPPETS) == 12


# --- the lessons hold them --------------------------------------------------------------------


def plain(statement):
    """A statement as text that positions, layout and the indent of a docstring do not change."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split())
    return ast.dump(statement)


def blocks(tree):
    """Every block of statements in a tree."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield [plain(statement) for statement in block]


def inner(snippet):
    """A snippet's statements, without the variable_scope around them and without "pass"."""
    for statement in ast.parse(snippet).body:
        if isinstance(statement, (ast.With, ast.FunctionDef)):
            yield from statement.body
        elif not isinstance(statement, ast.Pass):
            yield statement


def holds(path, snippet):
    """Whether a file has a block in which the snippet's statements stand, in their order."""
    wanted = [plain(statement) for statement in inner(snippet)]
    assert wanted

    def stand_in(block):
        rest = iter(block)
        return all(statement in rest for statement in wanted)

    return any(map(stand_in, blocks(ast.parse(Path(path).read_text(encoding="utf-8")))))


def file_of(lesson):
    return importlib.import_module(graphs.find(lesson).module).__file__


@pytest.mark.parametrize(
    ("snippet", "lesson"),
    [
        ("pooling", "mf-with-history"),
        ("prediction", "mf-with-history"),
        ("graph_dnn", "mf-with-dnn"),
        ("xent-loss", "mf-with-dnn-xent"),
        ("loss", "pokemon-ce"),
    ],
)
def test_the_lesson_has_the_same_statements(snippet, lesson):
    if lesson not in LISTED:
        pytest.skip(f"the lesson {lesson} is not there yet")
    assert holds(file_of(lesson), SNIPPETS[snippet])


def test_early_stopping_has_the_same_statements():
    """All but the last, whose text stands there as an f-string: that the words are the same is
    shown above."""
    printed = ast.parse(SNIPPETS["early-stopping-rule"])
    *rule, last = printed.body[0].body
    assert isinstance(last, ast.If) and isinstance(last.body[0], ast.Raise)
    printed.body[0].body = rule
    callbacks = importlib.import_module("tfcourse.callbacks").__file__
    assert holds(callbacks, ast.unparse(printed))
    assert ast.dump(last.test) in [
        ast.dump(node.test)
        for node in ast.walk(ast.parse(Path(callbacks).read_text(encoding="utf-8")))
        if isinstance(node, ast.If)
    ]


def test_a_changed_statement_would_be_seen(tmp_path):
    """The comparison itself: layout is free, anything else is not."""
    source = Path(file_of("mf-with-history")).read_text(encoding="utf-8")
    for old, new in (
        ("infer = tf.add(infer, self.b_global)", "infer = tf.add(self.b_global, infer)"),
        ("self.query_bias + \\", "0 * self.query_bias + \\"),
        ('name="infer"', 'name="other"'),
    ):
        assert old in source
        (tmp_path / "changed.py").write_text(source.replace(old, new), encoding="utf-8")
        assert not holds(tmp_path / "changed.py", SNIPPETS["prediction"])
    (tmp_path / "laid_out.py").write_text(ast.unparse(ast.parse(source)), encoding="utf-8")
    assert holds(tmp_path / "laid_out.py", SNIPPETS["prediction"])
