"""Traditional Chinese: the language that is chosen, the catalogue of messages, titles, and the README."""

from __future__ import annotations

import ast
import gettext
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tfcourse import lang
from tfcourse.lang import _

ROOT = Path(__file__).parent.parent
CHINESE = re.compile("[\u4e00-\u9fff]")
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOCALES = ("TFCOURSE_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def no_locale(monkeypatch):
    for name in LOCALES:
        monkeypatch.delenv(name, raising=False)


# --- which language -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh-TW"),
        ({"LC_ALL": "zh_HK"}, "zh-TW"),
        ({"LC_MESSAGES": "zh_Hant_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh-TW"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_TW.UTF-8"}, "en"),
        ({"LANGUAGE": "de:zh_TW:en"}, "zh-TW"),
        ({"LANGUAGE": "zh_TW", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "en", "LANG": "zh_TW.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "ca_ES.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"TFCOURSE_LANG": "zh-TW", "LC_ALL": "en_US.UTF-8"}, "zh-TW"),
        ({"TFCOURSE_LANG": "en", "LANG": "zh_TW.UTF-8"}, "en"),
        ({"TFCOURSE_LANG": "tlh", "LANG": "zh_TW.UTF-8"}, "en"),
    ],
)
def test_the_environment_chooses(environment, expected, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert lang.current() == expected


def test_a_block_in_a_language(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")
    assert (lang.pick("a", "甲"), lang.other("a", "甲"), _("none")) == ("a", "甲", "none")
    with lang.used("zh-TW"):
        assert (lang.pick("a", "甲"), lang.other("a", "甲"), _("none")) == ("甲", "a", "無")
        assert gettext.gettext("Usage:") == "用法:"  # what click asks for
        with lang.used("en"):
            assert _("none") == gettext.gettext("none") == "none"
        assert os.environ["TFCOURSE_LANG"] == "zh-TW"  # for processes that are started here
    assert lang.current() == "en" and gettext.gettext("Usage:") == "Usage:"
    assert os.environ["LANGUAGE"] == "en" and "TFCOURSE_LANG" not in os.environ
    assert _("") == ""


def test_an_unknown_language_is_an_error():
    with pytest.raises(ValueError, match="unknown language 'de'; known: en, zh-TW"):
        lang.use("de")


@pytest.mark.parametrize(
    "args", [("--lang", "de", "lessons"), ("lessons", "--lang=de"), ("--lang", "zh_CN", "--help")]
)
def test_an_unknown_language_is_wrong_usage(args, cli):
    done = cli(*args)
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.startswith("Error: --lang: unknown language")
    assert done.stderr.endswith("; known: en, zh-TW\n")


def test_a_missing_or_unknown_value(cli, monkeypatch):
    done = cli("lessons", "--lang")
    assert (done.exit_code, done.stderr) == (2, "Error: --lang needs a value; known: en, zh-TW\n")
    monkeypatch.setenv("TFCOURSE_LANG", "tlh")
    done = cli("lessons")
    assert done.exit_code == 2 and done.stderr.startswith(
        "Error: TFCOURSE_LANG: unknown language 'tlh'"
    )
    assert cli("--lang", "en", "lessons", "--json").exit_code == 0  # the option decides


# --- what the program says ----------------------------------------------------------------------


def test_help_is_in_chinese(cli):
    for args in (
        ("--lang", "zh-TW", "--help"),
        ("--help", "--lang=zh-tw"),
        ("--lang", "zh_TW", "-h"),
    ):
        shown = cli(*args).stdout
        assert shown.startswith("用法: ") and "\n選項:\n" in shown and "\n指令:\n" in shown
        assert "顯示這份說明並結束。" in shown and "訓練一個 lesson，並保留最好的 epoch。" in shown
    shown = cli("fit", "--help", "--lang", "zh-TW").stdout
    assert (
        "[--超參數 值]..." in shown
        and "丟掉 MovieLens 檔案中有錯的列" in shown
        and "範例：" in shown
    )
    assert "[預設：88; x>=0]" in shown


def test_each_help_text_is_in_chinese_and_fits_into_80_columns(cli):
    import click
    from wcwidth import wcswidth

    from tfcourse.cli import main

    def paths(command, path=()):
        yield path
        for name, sub in getattr(command, "commands", {}).items():
            yield from paths(sub, (*path, name))

    found = list(paths(main))
    assert len(found) > 15
    for path in found:
        shown = cli("--lang", "zh-TW", *path, "--help").stdout
        lines = [line for line in shown.splitlines() if not line.startswith("    tfcourse")]
        assert max(map(wcswidth, lines)) <= 80, path
        for line in lines:  # a sentence that is left in English
            assert not re.search(r"[a-z]+ [a-z]+ [a-z]+ [a-z]+", line), (path, line)
    assert isinstance(main, click.Group) and main.commands["fit"].help.startswith("Train a lesson")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("fit", "nothing"), 2, "錯誤：沒有 lesson 'nothing'；可用的有："),
        (("fit", "mf", "--dimm", "3"), 2, "錯誤：沒有選項 '--dimm'；這個 lesson 可用的有 --"),
        (("fit", "mf", "--dim", "x"), 2, "錯誤：--dim 要給整數，而不是 'x'"),
        (("fit", "mf", "--epochs", "0"), 2, "'--epochs' 的值不正確：0 不在範圍"),
        (("fit", "mf", "--protocol", "x"), 2, "'x' 不在這些選擇之中"),
        (("fit",), 2, "缺少引數 'LESSON'"),
        (("lessons", "--colour"), 2, "沒有選項"),
        (("fitt",), 2, "沒有指令 'fitt'"),
        (
            ("fit", "mf", "--data-dir", "no-such-folder"),
            1,
            "no-such-folder: 沒有這個資料的資料夾；請檢查名稱",
        ),
        (("evaluate", "no-such-folder"), 1, "no-such-folder：沒有這個資料夾或 checkpoint"),
        (("example", "softmax", "--data-dir", "x"), 2, "softmax 不讀取檔案：請拿掉 --data-dir"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_errors_are_in_chinese(args, code, said, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = cli("--lang", "zh-TW", *args)
    assert done.exit_code == code and said in done.stderr and done.stdout == ""
    assert "Error" not in cli(*args, "--lang", "zh-TW").stderr
    assert not CHINESE.search(cli(*args).stderr)


def test_a_mistake_in_a_lesson_is_told_in_chinese(caplog):
    import graphs
    from tfcourse.errors import ModelError
    from tfcourse.tf1 import tf

    lesson = graphs.find("hunter-regression").load()

    class Broadcast(lesson):
        def graph_loss(self):
            super().graph_loss()
            self.loss = tf.reduce_mean(tf.square(self.pred[:, tf.newaxis] - self.labels))

    class NoMean(lesson):
        def graph_loss(self):
            super().graph_loss()
            self.loss = tf.reduce_sum(tf.square(self.pred - self.labels))

    with lang.used("zh-TW"):
        with pytest.raises(ModelError, match="預測與標籤的 shape 必須相同；請寫 label"):
            Broadcast()
        NoMean()
    assert "loss 是整個 batch 的總和" in caplog.text
    with pytest.raises(ModelError, match="prediction and label must have one shape; write label"):
        Broadcast()


def test_results_are_in_chinese_and_json_is_not(cli, small_dir, tmp_path):
    folder, more = tmp_path / "mf", ("--data-dir", small_dir)
    done = cli("--lang", "zh-TW", "fit", "mf", *more, "--epochs", 1, "--model-dir", folder)
    assert done.exit_code == 0, done.stderr
    assert "Epoch      Train Error        Val Error  Elapsed Time" in done.stdout  # the deck's line
    assert f"已把第 1 個 epoch 保留在 {folder}（protocol deck）" in done.stdout
    shown = cli("evaluate", folder, *more, "--lang", "zh-TW").stdout
    assert shown.split("\n")[0].split() == ["指標", "值"]
    shown = cli("most-like", folder, "0", "-k", 2, "--lang", "zh-TW").stdout
    assert shown.split("\n")[0].split() == ["索引", "movie_id", "標題", "類型", "分數"]
    for args in (("evaluate", folder, *more), ("most-like", folder, "0"), ("lessons",)):
        english, chinese = (cli("--lang", name, *args, "--json").stdout for name in ("en", "zh-TW"))
        assert json.loads(english) == json.loads(chinese)


def test_a_process_of_its_own_speaks_it_too():
    code = "from tfcourse import lang; print(lang.current())"
    with lang.used("zh-TW"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
        )
    assert done.stdout == "zh-TW\n", done.stderr


# --- the catalogue ------------------------------------------------------------------------------


def test_every_message_has_a_translation_with_the_same_placeholders():
    from tests import catalogue

    kept = {catalogue.singular(m.id): m for m in catalogue.read() if m.id}
    wanted = {catalogue.singular(message) for message in catalogue.collected()}
    assert set(kept) == wanted, "run: python -m tests.catalogue"
    for name, message in kept.items():
        assert not message.fuzzy and catalogue.translated(message), name
        text = message.string if isinstance(message.string, str) else message.string[0]
        source = message.id if isinstance(message.id, str) else message.id[-1]
        assert catalogue.fields(text) == catalogue.fields(source), name
        assert re.findall(r"%\(\w+\)s", text) == re.findall(r"%\(\w+\)s", source)
        assert len(text) - len(text.lstrip("\n")) == len(source) - len(source.lstrip("\n")), name


def test_the_built_catalogue_is_that_of_the_kept_one():
    from tests import catalogue

    with open(catalogue.MO, "rb") as file:
        built = gettext.GNUTranslations(file)._catalog
    kept = {}
    for message in catalogue.read():
        if isinstance(message.id, str):
            kept[message.id] = message.string
        else:
            kept[message.id[0], 0] = message.string[0]
    assert {k: v for k, v in built.items() if k} == {k: v for k, v in kept.items() if k}


def test_underscore_is_nothing_else_where_messages_are_translated():
    """``_, name = ...`` in a function would take the place of the translation."""
    for path in [*ROOT.glob("tfcourse/**/*.py"), *ROOT.glob("graphs/**/*.py")]:
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            inner = {
                id(n)
                for c in ast.walk(function)
                if isinstance(c, COMPREHENSIONS)
                for n in ast.walk(c)
            }
            names = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == "_"]
            set_here = [n for n in names if isinstance(n.ctx, ast.Store) and id(n) not in inner]
            used = [n for n in names if isinstance(n.ctx, ast.Load)]
            assert not (set_here and used), f"{path}, line {set_here[0].lineno}"


# --- titles -------------------------------------------------------------------------------------


def test_each_title_and_section_has_one_in_the_other_language():
    import graphs
    from graphs.slides.titles import OTHER

    names = {e.title for e in graphs.ENTRIES} | {e.section for e in graphs.ENTRIES}
    assert set(OTHER) == names
    for title, other in OTHER.items():
        assert bool(CHINESE.search(title)) != bool(CHINESE.search(other)), title


def test_lists_and_examples_show_both_titles(cli):
    shown = cli("lessons").stdout
    assert "First Model - Basic MF" in shown and "(第一個模型: 基本的 MF)" in shown
    assert "分類資料如何處理" in shown and "(What to do with categorical data)" in shown
    assert "Recommendation Engine with DNN\n(以 DNN 做推薦引擎)\n" in shown
    done = cli("example", "softmax")
    assert done.stdout.startswith(
        "Softmax與Sigmoid的差別 (graphs/examples/softmax.py)\n"
        "(The difference between softmax and sigmoid)\n\nz\n"
    )
    assert "\n\nsum of softmax\n" in done.stdout
    assert "\n\nsoftmax 的總和\n" in cli("example", "softmax", "--lang", "zh-TW").stdout


# --- the README ---------------------------------------------------------------------------------


def parts(name):
    """Of a README: its headings' levels, code blocks, commands in the text, and links' targets."""
    text = (ROOT / name).read_text("utf-8")
    fenced = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"(?:^(?: {4}.*)\n)+", rest, re.MULTILINE)
    prose = re.sub(r"^ {4}.*\n", "", rest, flags=re.MULTILINE)
    return {
        "levels of headings": [len(marks) for marks in re.findall(r"^(#+) ", rest, re.MULTILINE)],
        "blocks": fenced + indented,
        "code": sorted(re.findall(r"`([^`\n]+)`", prose)),
        "links": sorted(
            re.findall(r"\]\(([^)]+)\)", prose) + re.findall(r"https?://[^\s)，。；]+", prose)
        ),
        "rows of tables": [line.count("|") for line in prose.splitlines() if line.startswith("|")],
        "numbers in tables": [
            re.findall(r"\d+(?:\.\d+)?", line)
            for line in prose.splitlines()
            if line.startswith("|")
        ],
    }


@pytest.mark.parametrize("part", list(parts("README.md")))
def test_the_chinese_readme_is_in_step(part):
    english, chinese = parts("README.md")[part], parts("README.zh-TW.md")[part]
    if part == "links":
        english.remove("README.zh-TW.md")  # each has a link to the other
        chinese.remove("README.md")
    assert chinese == english
