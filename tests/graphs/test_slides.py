"""The table of slides: each slide's words, formulas and code, against the deck's text."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import graphs
from graphs.examples import deck_figures
from graphs.slides import SLIDES, find
from graphs.slides.slide import ROOT, _lines_of
from tests import deck_titles

HAN = r"[㐀-鿿]"


@pytest.fixture(scope="module")
def deck(course_data):
    return deck_titles.beside(course_data)


def places(deck):
    """Each slide of the deck as its text, and the rows of the table that are of it.

    A piece begins at a line that a row names, or with a slide.
    """
    named = sorted({n for slide in SLIDES for n in slide.lines})
    for part in deck_titles.slides(deck):
        titles = [n for n in named if n in part] or [part.start]
        edges = [part.start, *titles[1:], part.stop]
        for title, first, end in zip(titles, edges, edges[1:], strict=False):
            rows = [slide for slide in SLIDES if title in slide.lines]
            yield "\n".join(deck[first:end]), rows


def test_keys_are_unique():
    keys = [slide.key for slide in SLIDES]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)
    assert all(find(slide.key) is slide for slide in SLIDES)
    with pytest.raises(KeyError):
        find("no-such-slide")


def test_the_table_needs_no_tensorflow():
    code = "import sys, graphs.slides; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("slide", SLIDES, ids=lambda slide: slide.key)
def test_lit_lines_are_in_the_file(slide):
    lines = (ROOT / slide.file).read_text("utf-8").splitlines()
    assert slide.code
    for lit in slide.lit():
        assert 1 <= lit.start < lit.stop <= len(lines) + 1
        assert lines[lit.start - 1].strip()
        assert lines[lit.stop - 2].strip()


def test_words_choose_lines_within_a_name():
    text = "class A:\n    def f(self):\n        x = 1\n        y = 2\n        # y, at the end\n\n    z = 3\n"
    assert _lines_of("A", text) == range(1, 8)
    assert _lines_of("A.f", text) == range(2, 6)
    assert _lines_of("A.f | x = ", text) == range(3, 4)
    assert _lines_of("A.f | x = | y", text) == range(3, 6)
    assert _lines_of("A.z", text) == range(7, 8)
    for wrong in ("B", "A.g", "A.f | z = 3", "A.f | y = | x = "):
        with pytest.raises(LookupError):
            _lines_of(wrong, text)


def test_words_are_in_both_languages():
    for slide in SLIDES:
        assert slide.english[-1] in ".?", slide.key
        assert not re.search(HAN, slide.english.replace("考慮時間", "")), slide.key
        assert re.search(HAN, slide.chinese), slide.key
        assert slide.chinese[-1] in "。？", slide.key
        assert bool(slide.note) == bool(slide.note_zh), slide.key
        assert not slide.note or re.search(HAN, slide.note_zh), slide.key


def test_chinese_is_traditional():
    for slide in SLIDES:
        for word in re.findall(HAN, slide.chinese + slide.note_zh):
            word.encode("big5")  # which has no simplified forms


@pytest.mark.parametrize(
    "slide", [slide for slide in SLIDES if slide.formulas], ids=lambda slide: slide.key
)
def test_formulas_are_whole(slide):
    assert len(set(slide.formulas)) == len(slide.formulas)
    for formula in slide.formulas:
        bare = re.sub(r"\\[{}\\]", "", formula)
        depth = 0
        for sign in bare:
            depth += {"{": 1, "}": -1}.get(sign, 0)
            assert depth >= 0, formula
        assert depth == 0, formula
        begun, ended = (re.findall(rf"\\{word}\{{(\w+)\}}", formula) for word in ("begin", "end"))
        assert sorted(begun) == sorted(ended), formula
        assert len(re.findall(r"\\left\b", formula)) == len(re.findall(r"\\right\b", formula))
        assert "$" not in formula
        # What OCR leaves: words as products of letters, symbols that are not LaTeX, arrays for vectors.
        assert not re.search(r"(?<![\\a-z{])(log|ln|softmax|exp|max|min)(?![a-z])", formula), (
            formula
        )
        outside = re.sub(r"\\text\{[^}]*\}", "", formula)
        assert outside.isascii(), formula
        assert r"\begin{array}" not in formula


def test_every_lesson_has_a_slide():
    shown = {slide.lesson for slide in SLIDES} - {""}
    assert shown == {x.name for x in graphs.LESSONS if x.section != graphs.BEYOND}


def test_a_lesson_has_a_slide_that_shows_its_file():
    files = {(slide.lesson, slide.file) for slide in SLIDES}
    assert all((x.name, x.file) in files for x in graphs.LESSONS if x.section != graphs.BEYOND)


def test_each_slide_with_a_formula_or_code_has_it_in_the_table(deck):
    missing, with_formula, with_code = [], 0, 0
    for text, rows in places(deck):
        if deck_titles.formulas(text):
            with_formula += 1
            if not any(slide.formulas for slide in rows):
                missing.append((text, "formula"))
        if deck_titles.has_code(text):
            with_code += 1
            if not any(slide.code for slide in rows):
                missing.append((text, "code"))
    assert not missing
    assert (with_formula, with_code) == (36, 15)


def without_marks(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("\\%", "%").replace("\\Rightarrow", "⇒")
    return re.sub(r"[\s*`$□❑”\"]|</?\w+>", "", text).replace("–", "-")


def slide_text(deck, slide):
    parts = [part for part in deck_titles.slides(deck) if set(part) & set(slide.lines)]
    return "\n".join(deck[n] for part in parts for n in part)


def test_quotations_are_the_slides(deck):
    wrong = [
        (slide.key, words)
        for slide in SLIDES
        for words in slide.quote.split(" / ")
        if without_marks(words) not in without_marks(slide_text(deck, slide))
    ]
    assert not wrong
    assert all(len(slide.quote) <= 80 for slide in SLIDES)


def test_numbers_are_those_that_the_slides_print(deck):
    def printed(value, text):
        forms = {f"{value:g}", f"{value:.2f}", f"{value:.3f}", f"{value:.0%}"}
        return any(re.search(rf"(?<![\d.]){re.escape(form)}(?!\d)", text) for form in forms)

    wrong = [
        (slide.key, name, value)
        for slide in SLIDES
        for name, values in {**slide.deck_figures, **slide.deck_curves}.items()
        for value in (values if isinstance(values, tuple) else (values,))
        if not printed(value, slide_text(deck, slide))
    ]
    assert not wrong


def test_all_figures_of_the_deck_have_a_slide():
    shown = [dict(slide.deck_figures) for slide in SLIDES]
    known = [*deck_figures.POKEMON.values(), *deck_figures.METRICS.values()]
    known += deck_figures.IDEAL.values()
    assert all(figures in shown for figures in known)
    curves = {slide.lesson: dict(slide.deck_curves) for slide in SLIDES if slide.deck_curves}
    assert curves == deck_figures.CURVES


#: Words of the notes, by slide: what is known to be wrong or left out in the deck, and its leaks.
NOTED = {
    "softmax": ("0.861, 0.016, 0.117", "0.861、0.016、0.117"),
    "lab-cross-entropy": ("The second is the file", "實際的檔案是後者"),
    "mf-facts": ("not random", "不是隨機"),
    "all-metrics": ("divides the hits by 10", "都除以 10"),
    "leave-one-out": ("higher ratings", "評分更高"),
    "movie-metadata-encoded": ("counts the test ratings", "算進了 test 的評分"),
    "mf-with-dnn-training": ("chosen on the test rows", "看 test data 決定"),
    "mf-with-dnn-metrics": ("0.86", "0.86"),
    "mf-with-dnn-xent": ("ln(1 - f)", "ln(1 - f)"),
    "mf-with-dnn-xent-most-like": ("model-11", "model-11"),
    "lab-mf-with-dnn": ("0.60", "0.60"),
}


@pytest.mark.parametrize("key", NOTED)
def test_errors_and_leaks_are_noted(key):
    english, chinese = NOTED[key]
    assert english in find(key).note
    assert chinese in find(key).note_zh


def test_the_three_leaks_stand_at_the_tables_of_mf_with_dnn():
    for key in ("mf-with-dnn-metrics", "mf-with-dnn-xent-metrics", "mf-with-dnn-training"):
        note = find(key).note
        assert all(leak in note for leak in ("average rating", "query", "epoch")), key


def test_a_wrong_formula_is_followed_by_the_right_one():
    wrong, right = find("mf-with-dnn-xent").formulas[-2:]
    assert r"(1 - \ln f_{u,m}(x))" in wrong
    assert r"\ln(1 - f_{u,m}(x))" in right
    z = (5, 1, 3, -3, -3, 0)
    total = sum(2.718281828459045**x for x in z)
    shares = r",\ ".join(f"{2.718281828459045**x / total:.3f}" for x in z)
    assert f"y = ({shares})" in find("softmax").formulas


def printed_code(name: str) -> list[str]:
    """The lines of a piece of the deck's printed code, without those that are blank or comments."""
    text = (Path(__file__).parent.parent / "snippets" / "deck.py").read_text("utf-8")
    piece = re.split(rf"^# %% {name}:", text, flags=re.MULTILINE)[1].split("\n# %% ")[0]
    return bare_lines(piece.splitlines()[1:])


def bare_lines(lines) -> list[str]:
    lines = (re.sub(r"\s+# (?!self).*", "", line).strip() for line in lines)
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(
    ("key", "piece"),
    [
        ("xavier", "initialiser"),
        ("loss-function-code", "loss"),
        ("mf-with-history-pooling", "pooling"),
        ("mf-with-history-prediction", "prediction"),
        ("mf-with-dnn-graph-dnn", "graph_dnn"),
        ("mf-with-dnn-xent-loss", "xent-loss"),
    ],
)
def test_lit_lines_are_the_printed_code(key, piece):
    slide = find(key)
    lines = (ROOT / slide.file).read_text("utf-8").splitlines()
    lit = [lines[n - 1] for part in slide.lit() for n in part]
    printed = [line for line in printed_code(piece) if line != "pass"]
    assert bare_lines(lit) == printed
