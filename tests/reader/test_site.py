"""The site as files: every slide, links, no other origin; and the command that writes it."""

from __future__ import annotations

import dataclasses
import html.parser
import json
import os
import re
import signal
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import pytest

from tests.reader.conftest import ROOT
from tfcourse import lessons, reader
from tfcourse.errors import CourseError, UsageError
from tfcourse.reader import pages, words
from tfcourse.reader import site as writing


class Links(html.parser.HTMLParser):
    """What a page refers to, its ids, and its text."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.ids, self.data = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            assert given["id"] not in self.ids, given["id"]
            self.ids.add(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        elif "src" in given or tag == "link":
            self.loaded.append(given.get("src") or given["href"])

    def handle_data(self, data):
        self.data.append(data)


@pytest.fixture(scope="module")
def parsed(site):
    return {path: Links(path.read_text("utf-8")) for path in site.rglob("*.html")}


def test_every_slide_has_its_page(site, parsed):
    slides = lessons.slides()
    assert {p.stem for p in (site / "slides").iterdir()} == {slide.key for slide in slides}
    index = parsed[site / "index.html"]
    linked = [link for link in index.links if link.startswith("slides/")]
    assert linked == [f"slides/{slide.key}.html" for slide in slides]
    for slide in slides:
        text = "".join(parsed[site / "slides" / f"{slide.key}.html"].data)
        said = [slide.title, slide.quote, slide.english, slide.chinese, slide.note, slide.command]
        for part in (*said, *slide.formulas):
            assert part in text, (slide.key, part)
        # The code stands in the page as it does in its file.
        assert (ROOT / slide.file).read_text("utf-8").rstrip("\n") in text, slide.key


def test_lines_of_a_slide_are_lit(site):
    for slide in lessons.slides():
        text = (site / "slides" / f"{slide.key}.html").read_text("utf-8")
        shown = re.findall(r"<span( id=line-\d+)?( class=lit)?>", text.split("<pre")[1])
        lit = {n for n, (_id, css) in enumerate(shown, 1) if css}
        assert lit == {n for lines in slide.lit() for n in lines}, slide.key


def test_links_resolve_and_nothing_is_loaded_from_elsewhere(parsed):
    for path, page in parsed.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            assert parts.scheme in ("", "data") and not parts.netloc, (path, link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), (path, link)
            if parts.fragment:
                assert parts.fragment in parsed[target].ids, (path, link)


def test_stylesheets_and_scripts_load_nothing_from_elsewhere(site):
    for path in [*site.rglob("*.css"), site / "assets" / "reader.js"]:
        text = path.read_text("utf-8")
        assert not re.search(r"(url\(|@import|src\s*=)\s*[\"']?(https?:)?//", text), path


def test_size(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 5_000_000


def test_a_page_names_run_and_figures_of_both(site):
    text = (site / "slides" / "mf-with-dnn-training.html").read_text("utf-8")
    assert "mf_with_dnn" in text and "<dd>deck</dd>" in text and "<dd>88</dd>" in text
    described = json.loads(
        next((ROOT / "checkpoints" / "mf_with_dnn").glob("model-*.json")).read_text("utf-8")
    )
    slide = next(s for s in lessons.slides() if s.key == "mf-with-dnn-training")
    for ours, deck in zip(described["hist"]["vl_rmse"], slide.deck_curves["vl_rmse"], strict=True):
        assert f"<td>{ours:.4f}</td><td>{deck:g}</td>" in text


def test_without_a_run_the_page_says_how_to_get_one(site):
    text = (site / "slides" / "pokemon-dropout.html").read_text("utf-8")
    assert "tfcourse fit pokemon-dropout" in text and 'class="facts"' not in text


def test_words_are_in_both_languages():
    assert all(re.search("[一-鿿]", zh) for zh in words.WORDS.values() if zh)
    templates = "".join(p.read_text("utf-8") for p in (writing.HERE / "templates").iterdir())
    scripts = "".join(p.read_text("utf-8") for p in (writing.HERE / "assets").glob("*.js"))
    for word in words.WORDS:
        assert f'"{word}"' in templates + scripts or word in (
            "train", "valid", "train, deck", "valid, deck",  # from pages.py
            "placeholder", "variable", "operation", "update",  # kinds of nodes
        ), word  # fmt: skip


# --- writing ----------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    """The table of slides with two rows that need no graph, the second with words to be escaped."""
    found = [slide for slide in lessons.slides() if not slide.lesson][:2]
    found[1] = dataclasses.replace(found[1], title="A <b>title</b> & more", note='"<script>"')
    monkeypatch.setattr(lessons, "slides", lambda: tuple(found))
    return found


def test_read_json(cli, few, tmp_path):
    out = tmp_path / "made" / "site"
    result = cli("read", "--out", out, "--checkpoints", tmp_path / "none", "--json")
    assert result.exit_code == 0, result.stderr
    value = json.loads(result.stdout)
    assert set(value) == {"site", "pages", "slides", "bytes", "seconds"}
    assert (value["site"], value["pages"], value["slides"]) == (str(out), 3, 2)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    assert value["bytes"] == size and value["seconds"] > 0
    assert "Writing the pages of 2 slides" in result.stderr
    assert [path.name for path in out.parent.iterdir()] == ["site"]  # nothing temporary is left


def test_texts_are_escaped(few, tmp_path):
    reader.build(tmp_path / "site", checkpoints=tmp_path, write=lambda line: None)
    text = (tmp_path / "site" / "slides" / f"{few[1].key}.html").read_text("utf-8")
    assert "A &lt;b&gt;title&lt;/b&gt; &amp; more" in text and "<b>title" not in text
    assert "&lt;script&gt;" in text


def test_a_page_starts_with_the_language_in_use(cli, few, tmp_path):
    out = tmp_path / "site"
    assert cli("--lang", "zh-TW", "read", "--out", out, "--checkpoints", tmp_path).exit_code == 0
    text = (out / "index.html").read_text("utf-8")
    assert '<html lang="zh-Hant-TW" data-lang="zh-TW">' in text


def test_a_site_of_ours_is_replaced(cli, few, tmp_path):
    for _ in range(2):
        assert cli("read", "--out", tmp_path / "s", "--checkpoints", tmp_path).exit_code == 0
        (tmp_path / "s" / "slides" / "old.html").touch()
    assert cli("read", "--out", tmp_path / "s", "--checkpoints", tmp_path).exit_code == 0
    assert not (tmp_path / "s" / "slides" / "old.html").exists()


def test_other_folders_and_files_are_refused(cli, few, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "notes.txt").write_text("mine")
    (tmp_path / "file").touch()
    for name, word in (("work", "no site of tfcourse read"), ("file", "is a file")):
        result = cli("read", "--out", tmp_path / name)
        assert result.exit_code == 2 and word in result.stderr and result.stdout == ""
    assert (tmp_path / "work" / "notes.txt").read_text() == "mine"
    with pytest.raises(UsageError):
        reader.build(tmp_path / "file")


def test_what_fails_leaves_the_old_site(few, tmp_path, monkeypatch):
    out = tmp_path / "site"
    reader.build(out, checkpoints=tmp_path, write=lambda line: None)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "_put", full)
    with pytest.raises(CourseError, match="cannot be written: No space left"):
        reader.build(out, checkpoints=tmp_path, write=lambda line: None)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_keys_that_are_no_address_are_refused(few):
    for key in ("../x", "a b", "", "a--b"):
        with pytest.raises(CourseError, match="no address"):
            pages.check([dataclasses.replace(few[0], key=key)])
    with pytest.raises(CourseError, match="there twice"):
        pages.check([few[0], few[0]])


def test_a_port_that_is_taken(cli, few, site, tmp_path):
    from tfcourse.reader.serving import server

    with server(site, 0) as taken:
        port = taken.server_address[1]
        assert taken.server_address[0] == "127.0.0.1"
        result = cli("read", "--out", tmp_path / "s", "--serve", "--port", port)
    assert result.exit_code == 1 and f"port {port}" in result.stderr
    assert not (tmp_path / "s").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_serve_ends_on_ctrl_c(tmp_path):
    command = [sys.executable, "-m", "tfcourse.cli", "read", "--serve", "--port", "0", "--out", "s"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout and process.stderr
        assert "Wrote" in process.stdout.readline()
        assert "Serving at http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read().endswith("Interrupted.\n")
