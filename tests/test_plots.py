"""Pictures as files: their names, their formats, and disks that are full."""

from __future__ import annotations

import errno
import math
import os
import warnings

import matplotlib.image
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from tfcourse import fonts, plots
from tfcourse.errors import CourseError, UsageError

HIST = {"tr_loss": [3.0, 2.0], "vl_loss": [3.5, 3.0]}


@pytest.mark.parametrize(
    ("name", "written", "begins"),
    [
        ("c.png", "c.png", b"\x89PNG"),
        ("c.PNG", "c.PNG", b"\x89PNG"),
        ("c", "c.png", b"\x89PNG"),
        ("c.svg", "c.svg", b"<?xml"),
    ],
)
def test_the_ending_is_the_format(name, written, begins, tmp_path):
    assert plots.curves(HIST, tmp_path / "new" / name) == tmp_path / "new" / written
    assert (tmp_path / "new" / written).read_bytes().startswith(begins)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [written]


def test_an_unknown_format_writes_nothing(tmp_path):
    for draw in (lambda path: plots.curves(HIST, path), plots.check):
        with pytest.raises(UsageError, match="'.xyz' is no known format; known: .*png"):
            draw(tmp_path / "new" / "c.xyz")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_picture(tmp_path, monkeypatch):
    def no_space(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "c.png").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(CourseError, match="c.png: cannot be written: No space left on device"):
        plots.curves(HIST, tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["c.png"]


def test_a_sweep_names_the_runs_that_diverged(tmp_path):
    lost = {"tr_loss": [3.0, math.nan], "vl_loss": [900.0, math.nan]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = plots.sweep({"0.1": [lost], "0.01": [HIST]}, tmp_path / "s.svg", "rates\ndata: x")
    assert path.stat().st_size > 1000
    with pytest.MonkeyPatch.context() as patch:
        saved = []
        patch.setattr(plots, "save", lambda figure, path: saved.append(figure))
        plots.sweep({"0.1": [lost], "0.01": [HIST]}, tmp_path / "s.svg")
    labels = [text.get_text() for text in saved[0].axes[-1].get_legend().get_texts()]
    assert labels == ["0.1 (diverged)", "0.01", "train", "valid"]


# -- Chinese -----------------------------------------------------------------------------------


def font(path, family, letters):
    """Write a font in which each letter is a square."""
    square = TTGlyphPen(None)
    for step, at in enumerate(((50, 0), (50, 700), (650, 700), (650, 0))):
        (square.lineTo if step else square.moveTo)(at)
    square.closePath()
    names = {ord(letter): f"u{ord(letter):x}" for letter in letters}
    glyphs = [".notdef", *names.values()]
    made = FontBuilder(1000)
    made.setupGlyphOrder(glyphs)
    made.setupCharacterMap(names)
    made.setupGlyf(dict.fromkeys(glyphs, square.glyph()))
    made.setupHorizontalMetrics(dict.fromkeys(glyphs, (700, 50)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": family, "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(path)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """``install("Some CJK", "系")`` installs a font with these letters; else there is no Chinese one."""
    plain = [e for e in font_manager.fontManager.ttflist if e.name.startswith("DejaVu")]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", plain)

    def installed(family, letters):
        path = tmp_path / f"{family}.ttf"
        font(path, family, letters)
        font_manager.fontManager.addfont(path)
        fonts.cjk_font.cache_clear()

    fonts.cjk_font.cache_clear()
    yield installed
    fonts.cjk_font.cache_clear()


def picture(folder, title):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph|findfont")
        return matplotlib.image.imread(plots.curves(HIST, folder / "c.png", title))


def test_without_a_chinese_font_the_english_words_stay(install, tmp_path):
    assert fonts.cjk_font() is None
    assert fonts.bilingual("強化系", "Enhancement") == "Enhancement"
    with_chinese = picture(tmp_path, "ReLU 強化系 (deck)")
    np.testing.assert_array_equal(with_chinese, picture(tmp_path, "ReLU (deck)"))


def test_a_chinese_font_is_found_by_its_letters(install, tmp_path):
    install("Half CJK", "強化系")  # lacks others of the deck's letters
    assert fonts.cjk_font() is None
    install("Whole CJK", fonts.CJK_SAMPLE)
    assert fonts.cjk_font() == "Whole CJK"
    assert fonts.bilingual("強化系", "Enhancement") == "強化系\nEnhancement"
    with_chinese = picture(tmp_path, "ReLU 強化系 (deck)")
    assert not np.array_equal(with_chinese, picture(tmp_path, "ReLU (deck)"))


def test_drawing_changes_no_setting_of_matplotlib(tmp_path):
    before = dict(matplotlib.rcParams)
    plots.sweep({"0.1": [HIST]}, tmp_path / "s.png", "a title")
    assert dict(matplotlib.rcParams) == before
