"""The labs on recommenders: as shipped each task is open, the solution passes, and each wrong answer that a
learner would give gets its own hint.

The default run executes the cells of a task in this process, on the small MovieLens. The full form runs the
notebooks through ``tfcourse lab check`` on the default data.
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import graphs
from graphs.labs import rating_losses, recommenders
from tests.small import write_movielens
from tfcourse import training
from tfcourse.labs import files

LABS = tuple(
    importlib.import_module(f"graphs.labs.{name}").LAB
    for name in ("mf", "mf_with_history", "mf_with_dnn")
)
MF, HISTORY, DNN = LABS
NOTEBOOKS = Path(graphs.__file__).parent.parent / "notebooks"
EPOCHS = 20  # of the small data, which have nine batches
QUIET = 'write=None, engine="feed"'  # which is quicker to begin; both engines compute the same
SLOW = (pytest.mark.slow,)  # what a kept case covers
SHARED = {
    "learning-rate",
    "dim",
    "optimizer",
    "ideal",
}  # whose checks know no more of a lab than names
TASKS = [
    pytest.param(
        lab, task.name, id=f"{lab.name}-{task.name}",
        marks=SLOW if lab is not MF and task.name in SHARED else (),
    )
    for lab in LABS for task in lab.tasks
]  # fmt: skip


def cells_of(lab, solution):
    folder = NOTEBOOKS / "solutions" if solution else NOTEBOOKS
    return files.read((folder / lab.file).with_suffix(".py")).cells


def cell_of(lab, task, solution=True):
    """The cell that a task is done in."""
    variable = next(t for t in lab.tasks if t.name == task).variables[0]
    return next(cell for cell in cells_of(lab, solution) if files.sets(cell, variable))


@pytest.fixture(scope="module")
def biased(tmp_path_factory):
    """A folder with ratings in which users and movies have a bias that a few batches show: 40 users, 40
    movies, in an order that makes the deck's split a random one."""
    rng = np.random.default_rng(5)
    movies = pd.DataFrame({"movieId": np.arange(40), "title": [f"Film {i} (1990)" for i in range(40)],
                           "genres": "Drama"})  # fmt: skip
    user, movie = (
        part.ravel() for part in np.meshgrid(np.arange(40), np.arange(40), indexing="ij")
    )
    stars = (
        3.2
        + rng.normal(0, 0.5, 40)[user]
        + rng.normal(0, 0.9, 40)[movie]
        + rng.normal(0, 0.3, 1600)
    )
    rows = pd.DataFrame({"userId": user, "movieId": movie, "timestamp": 0,
                         "rating": np.clip(np.round(2 * stars) / 2, 0.5, 5)})  # fmt: skip
    rows = rows[["userId", "movieId", "rating", "timestamp"]].sample(frac=1, random_state=0)
    rows = rows.sort_values("userId", kind="stable")
    return write_movielens(tmp_path_factory.mktemp("biased"), rows, movies)


@pytest.fixture(scope="module")
def prepared(biased):
    """``prepared(lab)``: the names that stand when the first task of a lab begins."""
    made = {}

    def get(lab):
        if lab.name not in made:
            space = made[lab.name] = {"__name__": "__main__"}
            for cell in cells_of(lab, solution=False):
                if cell == cell_of(lab, lab.tasks[0].name, solution=False):
                    break
                exec(cell.source.replace("write=print", QUIET), space)
                if "parameters" in cell.tags:
                    space["data_dir"] = str(biased)
        return dict(made[lab.name])

    return get


@pytest.fixture
def judged(prepared):
    """``judged(lab, task, old, new)``: the verdict on a task, whose cell is run with a text of it replaced.
    Where the cell stops with an error, the known error, if it is one."""

    def judge(lab, task, old="", new="", solution=True, epochs=EPOCHS):
        wanted = next(t for t in lab.tasks if t.name == task)
        source = cell_of(lab, task, solution).source
        assert old in source, f"{old!r} is not in the cell"
        space = prepared(lab)
        space["n_epoch"] = epochs
        space["train"].__defaults__ = (epochs, *space["train"].__defaults__[1:])
        try:
            exec(source.replace(old, new) if old else source + new, space)
        except Exception as error:
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            found = [known for known in lab.errors if re.search(known.pattern, text)]
            if not found:
                raise
            return found[0]
        verdict = wanted.check(space)
        for name in wanted.variables[:1]:
            getattr(space[name], "close", lambda: None)()
        return verdict

    return judge


@pytest.mark.parametrize(("lab", "task"), TASKS)
def test_as_shipped_a_task_is_open(lab, task, judged):
    verdict = judged(lab, task, solution=False, epochs=1)
    assert not verdict.done
    assert verdict.hint == {
        "learning-rate": "rate-unchanged", "dim": "dim-unchanged", "reg": "reg-not-in-loss",
        "dropout": "dropout-missing", "loss-function": "loss-unchanged",
        "optimizer": "optimizer-unchanged", "dnn-structure": "one-layer", "ideal": "ideal-not-reached",
    }[task]  # fmt: skip
    assert verdict.why.isascii() and re.search("[\u4e00-\u9fff]", verdict.why_zh)


@pytest.mark.parametrize(("lab", "task"), TASKS)
def test_the_solution_passes(lab, task, judged, monkeypatch):
    # The ideal scores are of the real data; these are what a constant and chance do not reach.
    small = {"rmse": 0.95, "auc": 0.55, "ndcg_strict": 0.3}
    monkeypatch.setattr(recommenders, "IDEAL", {f"{lab.name}-lab": small})
    verdict = judged(lab, task, epochs=EPOCHS)
    assert verdict.done, verdict.why
    assert not verdict.hint and verdict.why.isascii()


class Answer(NamedTuple):
    """An answer to a task: the solution's cell with a text replaced, or, without ``old``, with more at its
    end. ``hint`` is the wrong answer's, "" for another right answer."""

    hint: str
    lab: object
    task: str
    old: str
    new: str
    epochs: int = 1
    marks: tuple = ()


LABEL = "label = tf.to_float(self.rating[:, tf.newaxis] >= 4)"
XENT = "tf.nn.sigmoid_cross_entropy_with_logits(labels=label, logits=self.infer)"
PRED = "self.pred = tf.nn.sigmoid(self.pred)"
MAE = "tf.reduce_mean(tf.abs(self.infer - label))\n\n"
ON = "training=self.isTrain"
END_OF_PRED = "self.bias_global  # (batch, n_movies)"
LAYER = ("self.item_repr = tf.layers.dense(self.item_repr, 32, kernel_initializer=init_fn, "
         "activation=tf.nn.relu)\n")  # fmt: skip
DROP_PRED = (
    END_OF_PRED + "\n            self.pred = tf.layers.dropout(self.pred, 0.2, training=True)"
)
WRONG = (
    Answer("not-a-model", MF, "dim", "", "\nmodel_dim = model_dim.hist"),
    Answer("not-trained", MF, "dim", "train(LabMF, ", "LabMF("),
    Answer("rate-too-small", MF, "learning-rate", "0.1", "0.001", 5),
    Answer("rate-too-large", MF, "learning-rate", "0.1", "100.0", 5),
    Answer("rate-too-large", HISTORY, "learning-rate", "0.05", "50.0", 5, SLOW),
    Answer("rate-after-training", MF, "learning-rate", "=0.1)", "=0.0001)\nmodel_rate.learning_rate = 0.1"),
    Answer("dim-after-building", HISTORY, "dim", "dim=16)", "dim=1)\nmodel_dim.dim = 16"),
    Answer("reg-zero", MF, "reg", "reg: float = 0.005", "reg: float = 0.0"),
    Answer("reg-one-side", HISTORY, "reg", " + tf.nn.l2_loss(self.candidate_emb)", ""),
    Answer("reg-negative", MF, "reg", "mse + self.reg", "mse - self.reg"),
    Answer("reg-signed", MF, "reg", "self.reg * squares",
           "self.reg * (tf.reduce_sum(self.user_emb) + tf.reduce_sum(self.item_emb))"),
    Answer("reg-alone", MF, "reg", "mse + self.reg * squares", "self.reg * squares"),
    Answer("reg-too-strong", MF, "reg", "reg: float = 0.005", "reg: float = 5.0", 5),
    Answer("rmse-not-of-ratings", MF, "reg", "tf.sqrt(mse, name", "tf.sqrt(mse / 9, name"),
    Answer("dropout-missing", MF, "dropout", "user_emb * item_emb", "self.user_emb * self.item_emb"),
    Answer("dropout-always", MF, "dropout", ON, "training=True"),
    Answer("dropout-always", HISTORY, "dropout", f"tf.layers.dropout(self.query_emb, 0.2, {ON})",
           "tf.nn.dropout(self.query_emb, rate=0.2)", 1, SLOW),
    Answer("dropout-inverted", DNN, "dropout", ON, "training=tf.logical_not(self.isTrain)"),
    Answer("dropout-never", DNN, "dropout", f", {ON}", ""),
    Answer("dropout-in-pred", MF, "dropout", END_OF_PRED, DROP_PRED),
    Answer("dropout-of-infer", MF, "dropout", 'name="infer")',
           f'name="infer")\n            self.infer = tf.layers.dropout(self.infer, 0.2, {ON})'),
    Answer("dropout-rate", DNN, "dropout", "0.2", "0.9"),
    Answer("is-train-name", DNN, "dropout", "self.isTrain", "self.is_train"),
    Answer("labels-swapped", MF, "loss-function", "labels=label, logits=self.infer",
           "labels=self.infer, logits=label"),
    Answer("no-threshold", MF, "loss-function", LABEL, "label = self.rating[:, tf.newaxis]"),
    Answer("other-threshold", MF, "loss-function", ">= 4", "> 4"),
    Answer("labels-reversed", MF, "loss-function", ">= 4", "< 4"),
    Answer("label-bool", MF, "loss-function", LABEL, "label = self.rating[:, tf.newaxis] >= 4"),
    Answer("label-shape", MF, "loss-function", LABEL, "label = tf.to_float(self.rating >= 4)"),
    Answer("sigmoid-in-loss", MF, "loss-function", "logits=self.infer", "logits=tf.nn.sigmoid(self.infer)"),
    Answer("sigmoid-in-loss", MF, "loss-function", PRED,
           f"{PRED}\n        self.infer = tf.nn.sigmoid(self.infer)"),
    Answer("pred-softmax", MF, "loss-function", PRED, "self.pred = tf.nn.softmax(self.pred)"),
    Answer("pred-no-sigmoid", DNN, "loss-function", PRED, "pass"),
    Answer("pred-sigmoid-twice", MF, "loss-function", PRED,
           "self.pred = tf.nn.sigmoid(tf.nn.sigmoid(self.pred))"),
    Answer("pred-sigmoid-without-cross-entropy", HISTORY, "loss-function", "pred ends in a sigmoid.",
           f"\n        {PRED}"),
    Answer("loss-without-infer", MF, "loss-function", "tf.nn.sigmoid_", "tf.nn.softmax_"),
    Answer("slide-misprint", MF, "loss-function", XENT,
           "-(label * tf.log(tf.sigmoid(self.infer)) + (1 - label) * (1 - tf.log(tf.sigmoid(self.infer))))"),
    Answer("loss-is-rmse", HISTORY, "loss-function", MAE,
           "tf.sqrt(tf.reduce_mean(tf.square(self.infer - label)))\n\n"),
    Answer("loss-is-sum", HISTORY, "loss-function", MAE, "tf.reduce_sum(tf.abs(self.infer - label))\n\n"),
    Answer("loss-unchanged", HISTORY, "loss-function", MAE,
           "0.5 * tf.reduce_mean(tf.square(self.infer - label))\n\n"),
    Answer("mse-of-labels", MF, "loss-function", XENT, "tf.square(self.infer - label)"),
    Answer("loss-unknown", HISTORY, "loss-function", MAE, "tf.reduce_mean(label - self.infer)\n\n"),
    Answer("loss-not-learned", MF, "loss-function", "train(WithLoss)", "train(WithLoss, learning_rate=1e-8)"),
    Answer("optimizer-after-building", DNN, "optimizer", 'optimizer="adam", learning_rate=0.001)',
           ')\nmodel_optimizer.optimizer = "adam"'),
    Answer("optimizer-rate", MF, "optimizer", "0.01", "50.0"),
    Answer("no-activation", DNN, "dnn-structure", ", activation=tf.nn.relu", ""),
    Answer("deck-structure", DNN, "dnn-structure", LAYER + "            " + LAYER,
           LAYER.replace("32", "dim")),
    Answer("last-width", DNN, "dnn-structure", "dim, kernel", "32, kernel"),
    Answer("structure-not-learned", DNN, "dnn-structure", "train(WithStructure)",
           "train(WithStructure, learning_rate=1e-8)"),
    Answer("ideal-protocol", MF, "ideal", "", "\ndata = clean"),
    Answer("ideal-nan", HISTORY, "ideal", '"learning_rate": 0.05', '"learning_rate": 500.0', 5),
)  # fmt: skip
RIGHT = (
    Answer("", MF, "dim", "dim=16", "dim=5"),
    Answer("", MF, "reg", "self.reg * squares",
           "self.reg * (tf.nn.l2_loss(self.embd_user) + tf.nn.l2_loss(self.embd_item))", EPOCHS),
    Answer("", DNN, "dropout", f"tf.layers.dropout(self.item_repr, 0.2, {ON})",
           "tf.nn.dropout(self.item_repr, rate=tf.where(self.isTrain, 0.2, 0.0))", 1, SLOW),
    Answer("", MF, "loss-function", XENT,
           "-(label * tf.log(tf.sigmoid(self.infer)) + (1 - label) * tf.log(1 - tf.sigmoid(self.infer)))",
           EPOCHS),
    Answer("", MF, "loss-function", PRED, "self.pred = 1 / (1 + tf.exp(-self.pred))", EPOCHS),
    Answer("", HISTORY, "loss-function", MAE, "tf.losses.huber_loss(label, self.infer)\n\n", EPOCHS),
    Answer("", HISTORY, "optimizer", '"momentum", learning_rate=0.05',
           "tf.train.AdamOptimizer(0.01)", EPOCHS, SLOW),
    Answer("", DNN, "dnn-structure", LAYER + "            " + LAYER, LAYER, EPOCHS),
)  # fmt: skip


def answers(given):
    return pytest.mark.parametrize(
        "answer",
        [pytest.param(a, marks=a.marks, id=f"{a.lab.name}-{a.hint or a.new[:30]}") for a in given],
    )


@answers(WRONG)
def test_a_wrong_answer_gets_its_own_hint(answer, judged):
    verdict = judged(answer.lab, answer.task, answer.old, answer.new, epochs=answer.epochs)
    assert verdict.hint == answer.hint
    assert not getattr(verdict, "done", False)
    assert verdict.why.isascii() and re.search("[\u4e00-\u9fff]", verdict.why_zh)


@answers(RIGHT)
def test_another_right_answer_passes(answer, judged):
    verdict = judged(answer.lab, answer.task, answer.old, answer.new, epochs=answer.epochs)
    assert verdict.done, verdict.why


def test_every_hint_is_tried():
    """Each hint that the checks can give, by their code, is given above."""
    folder = Path(recommenders.__file__).parent
    code = "".join((folder / f"{name}.py").read_text("utf-8")
                   for name in ("recommenders", "mf_with_dnn"))  # fmt: skip
    hints = set(re.findall(r'still_open\(\s*"([\w-]+)"', code)) - {"ideal-not-reached"}
    hints |= {hint for hint, *_ in rating_losses.HINTS.values()}
    hints |= {known.hint for lab in LABS for known in lab.errors}
    assert len(hints) > 30
    shipped = {
        "rate-unchanged",
        "dim-unchanged",
        "optimizer-unchanged",
        "reg-not-in-loss",
        "one-layer",
    }
    assert hints - shipped == {a.hint for a in WRONG}


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_a_solution_differs_only_where_there_is_something_to_do(lab):
    """Cell by cell, texts included. Every cell of code with "Do:" is changed."""
    of_lab, of_solution = (
        (folder / lab.file).with_suffix(".py").read_text("utf-8").split("\n# %%")
        for folder in (NOTEBOOKS, NOTEBOOKS / "solutions")
    )
    assert len(of_lab) == len(of_solution)
    for i, (cell, solved) in enumerate(zip(of_lab, of_solution, strict=True)):
        assert (cell.strip() != solved.strip()) == ("Do:" in cell), i
    assert sum("Do:" in cell for cell in of_lab) == 1 + len(lab.tasks)


READY_MADE = {
    "mf": {"model_reg": {}, "model_dropout": {"dp_scale": 0.2}, "best": {},
           "model_loss": {"loss_function": "cross_entropy", "reg": 0.0}},
    "mf-with-history": {"model_reg": {}, "model_dropout": {"dp_scale": 0.2}, "best": {},
                        "model_loss": {"loss_function": "mae", "reg": 0.0}},
    "mf-with-dnn": {"model_dropout": {"dp_scale": 0.2}, "best": {},
                    "model_loss": {"loss_function": "cross_entropy"},
                    "model_structure": {"hidden": (32, 32, 16)}},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_the_solution_computes_what_the_ready_made_lab_does(lab, prepared, lesson_of):
    """With the same weights: loss, prediction and scores of ``tfcourse fit mf-lab`` and its like."""
    space = prepared(lab)
    data = space["data"]
    space["train"] = lambda lesson, *a, on=None, **settings: training.make(lesson, data, **settings)
    batch = data.train.take(np.arange(50))
    for variable, hyper in READY_MADE[lab.name].items():
        task = next(t.name for t in lab.tasks if t.variables[0] == variable)
        source = cell_of(lab, task).source
        exec(source, space)
        model, ready = space[variable], lesson_of(f"{lab.name}-lab", data, **hyper)
        assert model.optimizer == ready.optimizer
        ready.set_weights(model.get_weights())
        assert set(ready.get_weights()) == set(model.get_weights())
        for one in (model, ready):
            one.attach_data(data)
        for name in ("loss", "infer", "rmse_loss"):
            np.testing.assert_allclose(
                model.predict(batch, getattr(model, name)), ready.predict(batch, getattr(ready, name)),
                rtol=1e-5, err_msg=f"{variable}.{name}")  # fmt: skip
        np.testing.assert_allclose(
            model.scores(data.histories), ready.scores(data.histories), rtol=1e-5, atol=1e-6
        )


def checked(notebook, folder, name=""):
    """What ``tfcourse lab check`` says of a copy of a notebook: exit code and the answer of ``--json``."""
    copy = folder / (name or notebook.name)
    copy.write_text(notebook.read_text("utf-8"), "utf-8")
    done = subprocess.run([sys.executable, "-m", "tfcourse.cli", "lab", "check", copy, "--json"],
                          cwd=folder, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_in_the_full_form(lab, tmp_path):
    """Both through the real command, on the default data."""
    for suffix in (".py", ".ipynb"):
        code, said = checked((NOTEBOOKS / lab.file).with_suffix(suffix), tmp_path)
        assert code == 1 and not any(task["done"] for task in said["tasks"])
        code, said = checked((NOTEBOOKS / "solutions" / lab.file).with_suffix(suffix), tmp_path)
        assert code == 0 and all(task["done"] for task in said["tasks"]), said
        assert len(said["tasks"]) == len(lab.tasks)


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_the_solution_on_the_courses_own_files(lab, tmp_path, course_data):
    (tmp_path / "data").symlink_to(course_data, target_is_directory=True)
    code, said = checked((NOTEBOOKS / "solutions" / lab.file).with_suffix(".py"), tmp_path)
    assert code == 0, said
