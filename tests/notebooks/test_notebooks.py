"""The notebooks: each text runs, and each built file agrees with its text and with the lessons."""

from __future__ import annotations

import html
import re
import textwrap
from pathlib import Path

import matplotlib
import nbformat
import pandas as pd
import pytest

from graphs.examples import feature_transformation
from graphs.slides import SLIDES
from notebooks import build
from tfcourse import notebook
from tfcourse.errors import UsageError

TEXTS = {text.name: text for text in build.texts()}
OWN = [text for text in TEXTS.values() if text.kind == "notebook"]
ROOT = Path(__file__).parents[2]
RAN_BY_KERNEL = "framework_regression"


def names(texts):
    return [text.name for text in texts]


def built(text):
    return nbformat.read(text.built, as_version=4)


def outputs_of(cell, kind):
    return [o.data[kind] for o in cell.outputs if kind in o.get("data", {})]


@pytest.fixture(scope="module")
def fewer(tmp_path_factory, embedded):
    """The embedded MovieLens with its first 300 users: the full data are for ``make notebooks``."""
    (whole,) = embedded.glob("*/ratings.csv")
    made = tmp_path_factory.mktemp("fewer")
    ratings = pd.read_csv(whole)
    ratings[ratings.userId <= 300].to_csv(made / "ratings.csv", index=False, lineterminator="\n")
    (made / "movies.csv").write_bytes((whole.parent / "movies.csv").read_bytes())
    return made


@pytest.fixture
def folder(tmp_path, fewer, monkeypatch):
    """The current folder: empty but for the data. One example trains less often."""
    (tmp_path / "data").symlink_to(fewer, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(feature_transformation, "HIDDEN", ((2,),))
    monkeypatch.setattr(feature_transformation, "N_STARTS", 1)
    matplotlib.use("Agg")
    return tmp_path


def run_here(text):
    """Run the code of a notebook, short form, in this process. Returns its names."""
    values: dict[str, object] = {"__name__": "__main__"}
    for i, cell in enumerate(build.shortened(build.read(text)).cells):
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{text.name}, cell {i}", "exec", dont_inherit=True), values)
    return values


def test_the_names_are_the_decks():
    deck = {
        "tutorial_dnn_practice",
        "reco_model_mf",
        "reco_model_mf_with_history",
        "reco_model_mf_dnn",
    }
    assert set(names(OWN)) == {*deck, "framework_regression", "framework_classification"}
    linked = set(re.findall(r"\((\w+)\.ipynb\)", (build.HERE / "README.md").read_text("utf-8")))
    assert linked == {*names(OWN), *(f"lab_{name}" for name in deck)}


@pytest.mark.parametrize("text", [t for t in OWN if t.name != RAN_BY_KERNEL], ids=lambda t: t.name)
def test_a_notebook_runs(text, folder, capsys):
    values = run_here(text)
    assert values["n_epoch"] == 1
    printed = capsys.readouterr().out
    assert ("Data: files given" if "movielens" in values else "enerated") in printed


def test_a_notebook_runs_in_a_kernel(folder):
    clean = build.read(TEXTS[RAN_BY_KERNEL])
    ran = build.run(build.shortened(clean), folder, limit=60)
    assert build.faults(ran, (folder,)) == []
    kinds = {kind for c in ran.cells for o in c.get("outputs", []) for kind in o.get("data", {})}
    assert {"text/html", "text/markdown", "image/png"} <= kinds


@pytest.mark.slow
@pytest.mark.parametrize("text", [t for t in TEXTS.values() if t not in OWN], ids=lambda t: t.name)
def test_a_lab_runs(text, folder):
    """As shipped and solved, in short form."""
    run_here(text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=lambda t: t.name)
def test_the_built_file_agrees(text):
    assert build.disagreements(text) == []


@pytest.mark.parametrize("text", OWN, ids=lambda t: t.name)
def test_every_pane_is_of_the_file(text):
    """The code in the outputs, without its markup, is a run of lines of the file that is named above it."""
    panes = []
    for cell in built(text).cells:
        for page in outputs_of(cell, "text/html") if cell.cell_type == "code" else []:
            panes += re.findall(r"<code>([\w/.]+)</code>.*?<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert len(panes) > 5
    for file, marked in panes:
        code = html.unescape(re.sub(r"<[^>]+>", "", marked)).splitlines()
        lines = (ROOT / file).read_text("utf-8").splitlines()
        starts = [n for n, line in enumerate(lines) if line.strip() == code[0].strip()]
        found = ["\n".join(lines[n : n + len(code)]) for n in starts]
        assert "\n".join(code) in [textwrap.dedent(part) for part in found], (file, code[0])


@pytest.mark.parametrize("text", OWN, ids=lambda t: t.name)
def test_every_slide_is_shown_as_it_is_now(text):
    """An output is what ``show`` makes of the table of slides today."""
    shown = []
    for cell in built(text).cells:
        for call in re.findall(r"^show\((.*)\)$", cell.source, re.MULTILINE):
            code = "code=False" not in call
            wanted = [
                notebook.as_html(notebook.find(k), code) for k in re.findall(r'"([\w-]+)"', call)
            ]
            pages = outputs_of(cell, "text/html")
            assert wanted and [page for page in wanted if page not in pages] == []
            shown += re.findall(r'"([\w-]+)"', call)
    assert len(shown) >= 8 and len(set(shown)) == len(shown)
    place = [[slide.key for slide in SLIDES].index(key) for key in shown]
    assert place == sorted(place)  # in the deck's order


@pytest.mark.parametrize("text", OWN, ids=lambda t: t.name)
def test_outputs_need_no_script(text):
    pages = [
        p for c in built(text).cells if c.cell_type == "code" for p in outputs_of(c, "text/html")
    ]
    assert not [
        page for page in pages if re.search(r"<script|<link|<iframe|https?://|\son\w+=", page)
    ]


# --- what shows them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.key)
def test_any_slide_can_be_shown(slide):
    page = notebook.as_html(slide)
    assert html.escape(slide.title, quote=False) in page and slide.file in page
    assert page.count("<td") == page.count("</td>") == 2 and page.count("<pre") == page.count(
        "</pre>"
    )
    assert notebook.as_html(slide, code=False).count("<td") == 1


def test_an_unknown_slide():
    with pytest.raises(UsageError, match="no slide 'mf-with-histori'; perhaps mf-with-history"):
        notebook.find("mf-with-histori")


def test_beside():
    table = notebook.beside("pokemon-mse", here={"tr_loss": 0.12345})
    assert table.loc["train loss"].tolist() == ["0.133", "0.1235"]
    assert table.loc["valid acc"].tolist() == ["0.522", ""]
    stopped = notebook.beside("early-stopping-result", here={"lowest": 0.8472, "epochs": 14})
    assert stopped.loc["lowest valid loss"].tolist() == ["0.845", "0.8472"]
    assert stopped.loc["epochs"].tolist() == ["19", "14"]
    assert notebook.beside({"rmse": 0.9}, protocol_deck={"rmse": 1}).columns.tolist() == [
        "deck",
        "protocol deck",
    ]


def test_curves_draw_one_training_or_several():
    hist = {"tr_loss": [2.0, 1.0], "vl_loss": [2.0, 1.5], "tr_acc": [0.1, 0.2]}
    one, both = notebook.curves(hist), notebook.curves({"a": hist, "b": hist}, ["loss"])
    assert one.data[:8] == both.data[:8] == b"\x89PNG\r\n\x1a\n" and one.data != both.data
    assert one.data == notebook.curves(hist).data and len(one.data) < 40_000
    assert notebook.last(hist) == {"tr_loss": 1.0, "vl_loss": 1.5, "tr_acc": 0.2}


# --- the builder --------------------------------------------------------------------------------------


def text_of(tmp_path, monkeypatch, source):
    monkeypatch.setattr(build, "HERE", tmp_path)
    path = tmp_path / "one.py"
    path.write_text(source, "utf-8")
    return build.Text(path, "notebook")


SOURCE = """# %% [markdown]
# # Title

# %% tags=["parameters"]
n_epoch, name = 3, "x"
n_epoch = 4
n_epoch_b = 5
"""


def test_a_text_is_read_the_same_each_time(tmp_path, monkeypatch):
    text = text_of(tmp_path, monkeypatch, SOURCE)
    assert nbformat.writes(build.read(text)) == nbformat.writes(build.read(text))
    assert [c.cell_type for c in build.read(text).cells] == ["markdown", "code"]
    assert build.short_values(build.read(text)) == (2, "n_epoch = 1\nn_epoch_b = 1")
    assert len(build.read(text).cells) == 2 and len(build.shortened(build.read(text)).cells) == 3


def test_faults_and_disagreements_are_found(tmp_path, monkeypatch):
    text = text_of(tmp_path, monkeypatch, SOURCE)
    assert build.disagreements(text) == ["one.ipynb is not built"]
    page = build.read(text)
    page.cells[1].outputs = [
        nbformat.v4.new_output("stream", text=f"saved to {tmp_path}/x\n0.5 secs\n")
    ]
    assert build.write(text, page)
    assert len(build.disagreements(text)) == 1 and "a path: " in build.disagreements(text)[0]
    page.cells[1].outputs = [
        nbformat.v4.new_output("error", ename="KeyError", evalue="'a'", traceback=[])
    ]
    assert build.faults(page) == ["cell 1: KeyError: 'a'"]
    page.cells[1].outputs = [nbformat.v4.new_output("stream", text="0.123 secs, saving\n")]
    assert build.write(text, page) and build.disagreements(text) == []
    page.cells[1].outputs[0].text = "4.567 secs, saving\n"
    assert not build.write(text, page)  # only a time differs
    text.path.write_text(SOURCE + "\n# %%\n1\n", "utf-8")
    assert build.disagreements(text) == ["its cells are not those of its text: build it again"]
    page.cells[1].outputs[0].text = "x" * build.LARGEST
    with pytest.raises(build.Fault, match="bytes, at most"):
        build.write(text, page)


def test_pieces_of_a_stream_are_joined():
    def stream(name, text):
        return nbformat.v4.new_output("stream", name=name, text=text)

    pieces = [
        stream("stdout", "a"),
        stream("stdout", "b"),
        stream("stderr", "c"),
        stream("stdout", "d"),
    ]
    assert [o.text for o in build._joined(pieces)] == ["ab", "c", "d"]
