"""JSON, tables, and hyper-parameters as options."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graphs
from tfcourse.cli import output
from tfcourse.errors import UsageError


def test_json_has_plain_types_and_null_for_what_it_cannot_represent(capsys):
    output.put_json(
        {
            "array": np.array([[1.5, np.nan], [np.inf, -2.0]], np.float32),
            "number": np.int64(3),
            "frame": pd.DataFrame({"title": ["Cité"], "score": [np.nan]}),
            "path": Path("a") / "b",
            "pair": (True, None),
            1: float("-inf"),
        }
    )
    text = capsys.readouterr().out
    assert "Cité" in text
    assert json.loads(text) == {
        "array": [[1.5, None], [None, -2.0]],
        "number": 3,
        "frame": [{"title": "Cité", "score": None}],
        "path": str(Path("a") / "b"),
        "pair": [True, None],
        "1": None,
    }


def test_a_title_that_is_a_number_stays_text_in_a_table(capsys):
    output.put_table([{"title": "1984", "score": 0.5}, {"title": "007", "score": None}], ".2f")
    assert capsys.readouterr().out.split() == [
        "title", "score", "-------", "-------", "1984", "0.50", "007", "-",
    ]  # fmt: skip


TITLE = "Bell\x07 \x1b[31mred \u202eback\x9b\x7f\ttab\nline 無間道"


def test_titles_are_printed_without_control_characters(capsys):
    output.put_table([{"title": TITLE, "score": 0.5}], ".2f")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all(line.isprintable() for line in lines)
    assert r"Bell\x07 \x1b[31mred \u202eback\x9b\x7f\ttab\nline 無間道" in lines[2]
    output.echo(TITLE)
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    output.put_json([{"title": TITLE}])
    assert json.loads(capsys.readouterr().out) == [{"title": TITLE}]


def test_an_empty_table_prints_no_rows(capsys):
    output.put_table([])
    assert capsys.readouterr().out.strip() == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (pd.DataFrame({"x": [0.123456]}), "0.1235"),
        ([{"x": 0.123456}], "0.1235"),
        (np.array([0.123456]), "[0.123]"),
        ("text", "text"),
    ],
    ids=["frame", "rows", "array", "text"],
)
def test_put_value(value, shown, capsys):
    output.put_value(value)
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("as_json", [True, False])
def test_progress_goes_to_standard_error_with_json(as_json, capsys):
    output.say(as_json)("a line")
    captured = capsys.readouterr()
    assert (captured.err if as_json else captured.out) == "a line\n"
    assert (captured.out if as_json else captured.err) == ""


def test_hyper_parameters_have_the_types_of_their_defaults():
    cls = graphs.find("mf-with-dnn-lab").load()
    words = "--dim 4 --hidden 8,4 --learning-rate=0.5 --optimizer adam --shuffle false".split()
    assert output.hyper_parameters(cls, words) == {
        "dim": 4, "hidden": (8, 4), "learning_rate": 0.5, "optimizer": "adam", "shuffle": False,
    }  # fmt: skip
    assert output.hyper_parameters(cls, []) == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--colour", "red"], "unknown option '--colour'; this lesson takes .*--learning-rate"),
        (["--seed", "3"], "unknown option '--seed'"),
        (["dim", "3"], "unknown option 'dim'"),
        (["--dim"], "--dim needs a value"),
        (["--dim", "wide"], "--dim takes a whole number, not 'wide'"),
        (["--dim", "1.5"], "--dim takes a whole number"),
        (["--learning-rate", "fast"], "--learning-rate takes a number"),
        (["--shuffle", "maybe"], "--shuffle takes true or false"),
        (["--hidden", "a,b"], "--hidden takes whole numbers with commas"),
    ],
)
def test_hyper_parameters_say_what_is_wrong(words, said):
    cls = graphs.find("mf-with-dnn-lab").load()
    with pytest.raises(UsageError, match=said):
        output.hyper_parameters(cls, words)
