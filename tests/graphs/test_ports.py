"""Code of 2018: it runs with the import of TensorFlow replaced alone, and its graphs under BaseModel.

``tests/snippets/models_2018.py`` has the models of the deck's five notebooks.
"""

from __future__ import annotations

import ast
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graphs
from tests.small import N_MOVIES, N_USERS
from tfcourse import training
from tfcourse.batches import data_fn, dataFn
from tfcourse.callbacks import EarlyStopping
from tfcourse.errors import ModelError, UsageError
from tfcourse.model import BaseModel
from tfcourse.recommenders.base import HistoryRecommender, Recommender
from tfcourse.tf1 import tf

SOURCE = (Path(__file__).parent.parent / "snippets" / "models_2018.py").read_text("utf-8")
BEFORE, AFTER = "import tensorflow as tf\n", "from tfcourse.tf1 import tf\n"

# The class, and the lesson that is the same model.
TUTORIAL = {"ModelMSE": "pokemon-mse", "ModelCrossEntropy": "pokemon-ce"}
RECOMMENDERS = {
    "ModelMF": "mf",
    "ModelMFHistory": "mf-with-history",
    "ModelMFDNN": "mf-with-dnn",
    "ModelMFDNNXent": "mf-with-dnn-xent",
}
SMALL = {"n_features": 6, "n_classes": 3, "hidden1": 7, "hidden2": 5}


@pytest.fixture(scope="module")
def old():
    """The names of the file of 2018."""
    assert SOURCE.count(BEFORE) == 1
    names: dict[str, object] = {"__name__": __name__}
    exec(compile(SOURCE.replace(BEFORE, AFTER), "models_2018.py", "exec", dont_inherit=True), names)
    return types.SimpleNamespace(**names)


def examples():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(80, 6)).astype(np.float32)
    return x, np.eye(3, dtype=np.float32)[(2 * x[:, :3]).argmax(1)]


def processed(rows):
    """Rows as the notebooks' frames have them, with lists of different lengths."""
    batch = rows.take(np.arange(len(rows)))
    lists = {name: batch.pop(name) for name in ("query_movie_ids", "genres")}
    for name, padded in lists.items():
        length = batch.pop(f"{name}_len")
        batch[name] = [list(map(int, ids[:n])) for ids, n in zip(padded, length, strict=True)]
    del batch["timestamp"]
    return pd.DataFrame(batch)


@pytest.fixture(scope="module")
def frame(deck):
    return processed(deck.train)


def columns_of(model, frame):
    """The frame's columns that a model of 2018 has placeholders for."""
    return frame[[name for name in frame.columns if hasattr(model, name)]]


# --- the import alone is replaced -------------------------------------------------------------


@pytest.mark.parametrize("name", TUTORIAL)
def test_the_tutorial_runs(name, old):
    np.random.seed(0)
    x, y = examples()
    model = getattr(old, name)(**SMALL)
    called = []
    model.fit(
        old.data_fn(x[:60], y[:60], 16, shuffle=True), old.data_fn(x[60:], y[60:], 16),
        30, 0.5, callback=called.append,
    )  # fmt: skip
    assert called == [model] * 30
    assert model.hist["tr_loss"][-1] < model.hist["tr_loss"][0]


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_the_recommenders_run(name, old, frame, tmp_path, capsys):
    np.random.seed(0)
    sizes = {"n_users": N_USERS, "n_movies": N_MOVIES, "n_genres": 8}
    model = getattr(old, name)(0.1, 4, 0.005, **sizes, modelDir=str(tmp_path))
    trProcessed, n_batch = columns_of(model, frame), 32
    with tf.Session(graph=model.graph) as sess:
        model.fit(sess, old.dataFn(trProcessed, n_batch))
    assert model.curve[1] < model.curve[0] or name == "ModelMFDNNXent"  # whose rmse means nothing
    assert [line[:2] for line in capsys.readouterr().out.splitlines()] == ["Ep", "01", "02"]
    batch = next(old.dataFn(trProcessed, 3)())
    if "DNN" in name:
        shape = (3, 3)  # its items are those of the batch
    else:
        shape = (3, N_MOVIES)
    with tf.Session(graph=model.graph) as sess:  # restores what fit saved
        assert model.predict(sess, batch).shape == shape


@pytest.mark.parametrize("name", [*TUTORIAL, *RECOMMENDERS])
def test_they_are_the_lessons(name, old, deck, frame):
    """With the same weights a model of 2018 and the lesson have the same loss and prediction."""
    lesson = graphs.find((TUTORIAL | RECOMMENDERS)[name]).load()
    if name in TUTORIAL:
        model, new = getattr(old, name)(**SMALL), lesson(**SMALL)
        x, y = examples()
        batch, feeds = {"inputs": x, "labels": y}, model.feed_dict(x, y, "eval")
    else:
        new = training.make(lesson, deck, dim=4)
        sizes = {n: deck.sizes[n] for n in ("n_users", "n_movies", "n_genres")}
        model = getattr(old, name)(0.1, 4, 0.005, **sizes)
        batch = next(old.dataFn(columns_of(model, frame), 50)())
        feeds = model.feed_dict(batch, "eval")
    weights = {k: v for k, v in new.get_weights().items() if not k.startswith("train/")}
    with tf.Session(graph=model.graph) as sess:
        variables = {v.op.name: v for v in model.graph.get_collection("trainable_variables")}
        assert set(variables) == set(weights)
        for key, value in weights.items():
            variables[key].load(value, sess)
        expected = sess.run([model.loss, model.pred], feeds)
    found = new.session.run([new.loss, new.pred], new.feed_dict(batch, "eval"))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-4, atol=1e-6)


# --- their graphs under BaseModel -------------------------------------------------------------

HYPER = {
    "ModelMSE": "n_features: int = 6\nn_classes: int = 3\nhidden1: int = 7\nhidden2: int = 5\n"
    "def metrics(self): return {'acc': self.acc}",
    "ModelMF": "n_users: int = 671\ndim: int = 4\nreg: float = 0.005\n"
    "optimizer: str = 'adagrad'\nlearning_rate: float = 0.1\n"
    "@property\ndef item_vectors(self): return self.w_item",
    "ModelMFHistory": "n_genres: int = 20\ndim: int = 4\nreg: float = 0.005\n"
    "learning_rate: float = 0.05\n"
    "@property\ndef item_vectors(self): return self.w_candidate_movie_id",
    "ModelMFDNN": "@property\ndef item_vectors(self): return self.item_repr",
}


class Port(ast.NodeTransformer):
    """What somebody does by hand: the graph_ methods stay as they are, the loop goes, the arguments
    of the constructor become annotated class attributes."""

    def visit_ClassDef(self, node):
        node.body = [
            f for f in node.body if isinstance(f, ast.FunctionDef) and f.name.startswith("graph_")
        ] + ast.parse(HYPER.get(node.name, "")).body
        return node


@pytest.fixture(scope="module")
def ported():
    tree = ast.parse(SOURCE.replace(BEFORE, AFTER))
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.ClassDef) and node.name in ("BaseModel", "RecoModel"))
    ]
    tree = Port().visit(tree)
    names: dict[str, object] = {"__name__": __name__, "BaseModel": BaseModel}
    for node in tree.body:
        history = isinstance(node, ast.ClassDef) and node.name != "ModelMF"
        names["RecoModel"] = HistoryRecommender if history else Recommender
        exec(compile(ast.Module([node], []), "models_2018.py", "exec", dont_inherit=True), names)
    return types.SimpleNamespace(**names)


def weights_of(model):
    return {k: v for k, v in model.get_weights().items() if "learning_rate" not in k}


@pytest.mark.parametrize("name", TUTORIAL)
def test_the_tutorials_graph_is_fitted_as_printed(name, ported, old, capsys):
    x, y = examples()
    found = {}
    for fn in (old.data_fn, data_fn):  # that of 2018 gives tuples
        model = getattr(ported, name)()
        model.fit(fn(x[:60], y[:60], 16, shuffle=False),
                  fn(x[60:], y[60:], 16, shuffle=False),
                  3,
                  lr=0.5,
                  callback=EarlyStopping(thres=5))  # fmt: skip
        assert set(model.hist) == {"tr_loss", "vl_loss", "tr_acc", "vl_acc"}
        found[fn] = weights_of(model)
    for key, value in found[data_fn].items():
        np.testing.assert_allclose(found[old.data_fn][key], value, rtol=1e-4, atol=1e-6)
    assert "3/3. train loss: " in capsys.readouterr().out


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_the_recommenders_graphs_are_fitted_as_printed(name, ported, old, deck, frame):
    """From a frame with lists, from a function of 2018, and from prepared rows by both engines."""
    n_batch = 64
    read = frame.astype({"candidate_movie_id": "int64", "rating": float})  # as read from a file
    given = {"frame": dataFn(read, n_batch), "rows": dataFn(deck.train, n_batch)}
    found = {}
    for how, trProcessed in given.items():
        model = training.make(getattr(ported, name), deck)
        with tf.Session(graph=model.graph) as sess:
            model.fit(sess, trProcessed, nEpoch=2, verbose=False)
        found[how] = weights_of(model)
    assert model.engine_name == "graph"
    by_hand = training.make(getattr(ported, name), deck)
    columns = columns_of(by_hand, frame)
    by_hand.fit(old.dataFn(columns, n_batch), n_epoch=2, verbose=False)
    assert by_hand.engine_name == "feed"
    found["function of 2018"] = weights_of(by_hand)
    for how, weights in found.items():
        for key, value in found["frame"].items():
            np.testing.assert_allclose(weights[key], value, rtol=2e-3, atol=2e-5, err_msg=how)
    assert len(model.most_like(0, k=11)) == 11  # its rows said which movies they are of
    with pytest.raises(UsageError, match="does not know its movies: fit it with prepared data"):
        by_hand.most_like(0)


# --- calls of 2018 ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(ported):
    x, y = examples()
    return ported.ModelMSE().fit(data_fn(x, y, 16), None, nEpoch=1, verbose=False)


def test_a_constructor_that_builds_the_graph(ported):
    class Old(ported.ModelMSE):
        def __init__(self, n_features):
            self.n_features, self.graph = n_features, tf.Graph()
            with self.graph.as_default():
                self.graph_inputs()

    x, y = examples()
    with pytest.raises(ModelError, match=r"Old.__init__ .* drop it, .* \(dim: int = 16\)"):
        Old(6).fit(data_fn(x, y), n_epoch=1)


def test_nEpoch(model):
    assert model.epoch == 1
    x, y = examples()
    with pytest.raises(UsageError, match="nEpoch and n_epoch say the same"):
        model.fit(data_fn(x, y), nEpoch=1, n_epoch=2)
    with pytest.raises(UsageError, match="n_epoch is a whole number >= 1, not 0"):
        model.fit(data_fn(x, y), nEpoch=0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reset": True}, "no argument 'reset': write overwrite=True .* or resume=True"),
        ({"trainGen": print}, "no argument 'trainGen': write train_fn"),
        ({"epochs": 3}, "no argument 'epochs': it has train_fn, valid_fn, n_epoch, lr, callback"),
    ],
    ids=str,
)
def test_arguments_that_fit_does_not_have(given, said, model):
    x, y = examples()
    with pytest.raises(UsageError, match=said):
        model.fit(data_fn(x, y), **given)


def test_plot(model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert (
        model.plot() == Path("ModelMSE-curves.png") and Path("ModelMSE-curves.png").stat().st_size
    )
    assert capsys.readouterr().out == "Drew ModelMSE-curves.png\n"
    assert model.plot("mine.svg").is_file()
    with pytest.raises(UsageError, match="no curves yet: fit the model first"):
        type(model)().plot()


def test_calls_with_a_session(model, trained):
    x, y = examples()
    with tf.Session(graph=model.graph) as sess:
        with pytest.raises(
            UsageError, match=r"a session is no columns .* write model.predict\(\{'inputs'"
        ):
            model.predict(sess, x)
        with pytest.raises(UsageError, match=r'model.evaluate\(data_fn\(...\)\)\["loss"\]'):
            model.evaluate(sess, data_fn(x, y))
    with pytest.raises(UsageError, match="an object of ndarray is no columns by name"):
        model.feed_dict(x, y)
    with pytest.raises(UsageError, match=r"model.scores\(data.histories, users\)"):
        trained("mf").predict([0, 3])


def test_tuples_get_the_placeholders_names_in_their_order(model):
    x, y = examples()
    expected = model.evaluate(data_fn(x, y, 16))
    assert model.evaluate(lambda: iter([(x, y)])) == pytest.approx(expected, rel=1e-5)
    for batch, found in (((x,), "1 values"), ((x, y, y), "3 values"), (x, "ndarray")):
        said = f"a dict by placeholder, or a tuple for inputs, labels in this order, not {found}"
        with pytest.raises(UsageError, match=said):
            model.evaluate(lambda batch=batch: iter([batch]))
        with pytest.raises(UsageError, match=said):
            type(model)().fit(lambda batch=batch: iter([batch]), n_epoch=1, verbose=False)
