"""docs/from-2018.md: its code is run, and the calls in the column "here" are calls that there are."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import tfcourse
from tfcourse import batches, callbacks, checkpoints
from tfcourse.datasets import movielens
from tfcourse.recommenders.base import HistoryRecommender

PAGE = (Path(__file__).parent.parent / "docs" / "from-2018.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE[PAGE.index("## Call by call") :].splitlines()
    if line.startswith("| ") and not line.startswith(("| 2018", "| ---"))
]
OWNERS = {
    "model": HistoryRecommender,
    "movielens": movielens,
    "tfcourse": tfcourse,
}


def calls(cell):
    """(owner, name, keywords) of every call in a cell's code."""
    for code in re.findall(r"`([^`]+)`", cell):
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in OWNERS:
                    yield owner.id, node.func.attr, [k.arg for k in node.keywords]


def test_the_code_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": __name__}
    for block in BLOCKS:
        exec(compile(block, "from-2018.md", "exec", dont_inherit=True), names)
    assert len(BLOCKS) == 2 and (tmp_path / "ModelMSE-curves.png").stat().st_size
    printed = capsys.readouterr().out
    assert "train acc" in printed and "'loss'" in printed


def test_calls_are_there():
    found = {call[:2] for _, here in ROWS for call in calls(here)}
    assert {("model", "evaluate"), ("model", "scores"), ("tfcourse", "dataFn")} <= found
    assert {("movielens", "load"), ("model", "predict"), ("model", "restore")} <= found
    for _, here in ROWS:
        for owner, name, keywords in calls(here):
            function = getattr(OWNERS[owner], name)
            assert set(keywords) <= set(inspect.signature(function).parameters), (here, keywords)


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_arguments_of_fit(row):
    """Each argument of ``fit`` that the column "here" names is one."""
    known = set(inspect.signature(tfcourse.BaseModel.fit).parameters)
    for inside in re.findall(r"fit\(([^`]*)\)`", row[1]):
        assert set(re.findall(r"(\w+)=", inside)) <= known


def test_the_names_that_the_page_imports():
    assert tfcourse.data_fn is batches.data_fn and tfcourse.load is checkpoints.load
    assert tfcourse.EarlyStopping is callbacks.EarlyStopping


def test_the_message(deck, lesson_of):
    (message,) = re.findall(r"```\n(fit has no argument .*)\n```", PAGE)
    with pytest.raises(tfcourse.CourseError) as caught:
        lesson_of("mf", deck).fit(deck.train_batches(32), reset=True)
    assert str(caught.value) == message


def test_a_2018_checkpoint(course_checkpoints, course_deck):
    model = tfcourse.load(course_checkpoints / "model_mf", "mf", data=course_deck)
    assert model.most_like(0, k=3)["index"].tolist() == [0, 7551, 5158]
