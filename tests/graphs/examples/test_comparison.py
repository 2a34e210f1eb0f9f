"""The comparison: rows, the second call loads, the page holds table, leak and pictures."""

from __future__ import annotations

import csv
import json
import re

import pytest

from graphs.examples import beside_deck, comparison, deck_figures
from graphs.examples.comparison import BASELINES, LESSONS
from tfcourse.datasets.movielens import LEAKS


@pytest.fixture(scope="module")
def compared(cli, small_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    args = ("compare", "--data-dir", small_dir, "--folder", folder / "models", "--epochs", "2")
    return folder, args, cli(*args, "--json", "--html", folder / "page.html")


@pytest.fixture(scope="module")
def text(compared, cli):
    """What the command prints without --json."""
    _, args, _ = compared
    return cli(*args).stdout


def test_rows_are_those_of_evaluate_for_every_model_and_protocol(compared, cli, small_dir):
    folder, _, result = compared
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)
    models = [*BASELINES, *LESSONS]
    expected = [(p, m) for p in ("deck", "clean") for m in models]
    assert [(r["protocol"], r["lesson"]) for r in rows] == expected
    single = cli("evaluate", folder / "models/clean/mf_with_dnn", "--data-dir", small_dir, "--json")
    row = next(r for r in rows if (r["protocol"], r["lesson"]) == ("clean", "mf-with-dnn"))
    beside = {"epochs", "kept_epoch", "most_like"}
    assert json.loads(single.stdout) == {k: v for k, v in row.items() if k not in beside}


def test_item_knn_is_the_same_under_every_protocol(compared):
    rows = {r["protocol"]: r for r in json.loads(compared[2].stdout) if r["lesson"] == "item-knn"}
    figures = [{k: v for k, v in row.items() if k != "protocol"} for row in rows.values()]
    assert figures[0] == figures[1] and figures[0]["loss"] is None
    dummy = next(r for r in json.loads(compared[2].stdout) if r["lesson"] == "dummy")
    assert figures[0]["rmse"] < dummy["rmse"] and figures[0]["auc"] > 0.6


def test_the_second_call_loads_and_says_the_same(compared, cli, tmp_path):
    folder, args, first = compared
    second = cli(*args, "--json", "--html", tmp_path / "page.html")
    assert second.stderr.count("loaded from") == 2 * len(LESSONS)
    assert "training" not in second.stderr
    assert second.stdout == first.stdout
    # The curves too end with the epoch kept, whether the model was trained or loaded.
    assert (tmp_path / "page.html").read_text("utf-8") == (folder / "page.html").read_text("utf-8")


@pytest.mark.slow  # tests/cli/test_sweep.py has the same of another command
def test_jobs_give_the_same_rows_and_page(compared, cli, tmp_path):
    folder, args, one = compared
    other = ("--folder", tmp_path / "models", "--html", tmp_path / "page.html", "--jobs", "2")
    two = cli(*args, "--json", *other)
    assert two.exit_code == 0, two.stderr
    assert two.stdout == one.stdout
    assert (tmp_path / "page.html").read_text("utf-8") == (folder / "page.html").read_text("utf-8")
    # Every line says which model it is of, and each model has its epochs.
    lines = two.stderr.splitlines()[:-1]
    labels = {f"{name} ({protocol})" for name in LESSONS for protocol in ("deck", "clean")}
    assert {line.split(": ")[0] for line in lines} == labels
    assert sum(": 02 " in line for line in lines) == len(labels)
    assert "Kept epoch" in two.stderr and two.stderr.splitlines()[-1].startswith("Wrote ")


def test_models_of_other_settings_are_trained_anew(small_dir, tmp_path):
    def trained(**options):
        lines: list[str] = []
        comparison.compare(
            ["deck"],
            models=["mf"],
            data_dir=small_dir,
            folder=tmp_path,
            write=lines.append,
            **{"epochs": 2, **options},
        )
        return lines[0] == "mf (deck): training"

    assert trained()
    assert not trained()
    assert trained(epochs=1) and trained(seed=89) and trained(seed=89, retrain=True)
    assert not trained(seed=89)


def test_text_shows_the_deck_beside_the_measured_and_names_the_leak(compared, text):
    row = next(r for r in json.loads(compared[2].stdout) if r["lesson"] == "mf")
    assert f"{row['rmse']:.3f} (0.92)" in text
    assert "average rating counts its test ratings" in text
    assert len(re.findall(r"^- (deck|clean): ", text, re.MULTILINE)) == 8


# --- the deck's epochs and lists --------------------------------------------------------------


def test_epochs_stand_beside_the_slides(compared):
    folder, _, result = compared
    rows = [r for r in json.loads(result.stdout) if "epochs" in r]
    assert {r["lesson"] for r in rows} == set(deck_figures.CURVES) and len(rows) == 4
    for row in rows:
        slide, place = deck_figures.CURVES[row["lesson"]], row["lesson"].replace("-", "_")
        with open(folder / "models" / row["protocol"] / f"{place}.csv", newline="") as file:
            logged = list(csv.DictReader(file))
        assert len(row["epochs"]) == 10 and len(logged) == 2 and row["kept_epoch"] in (1, 2)
        for i, epoch in enumerate(row["epochs"]):
            assert epoch["epoch"] == i + 1
            for name, curve in slide.items():
                assert epoch[f"slide_{name}"] == curve[i]
                assert epoch[name] == (float(logged[i][name]) if i < 2 else None)


def test_all_epochs_are_shown_not_only_those_up_to_the_one_kept(small_dir, tmp_path):
    """Also when the model is loaded. The file of another training is not taken for this one's."""

    def epochs():
        rows = comparison.compare(
            ["deck"], models=["mf-with-dnn"], data_dir=small_dir, folder=tmp_path, epochs=4,
            seed=3, write=lambda line: None,
        )  # fmt: skip
        return [e["vl_rmse"] for e in rows[0]["epochs"][:4]], rows[0]["kept_epoch"]

    trained, kept = epochs()
    assert None not in trained and trained.index(min(trained)) + 1 == kept
    assert epochs() == (trained, kept)
    path = tmp_path / "deck" / "mf_with_dnn.csv"
    path.write_text(path.read_text("utf-8").replace(str(trained[0]), "0.5"), "utf-8")
    assert epochs() == (trained[:kept] + [None] * (4 - kept), kept)
    path.unlink()
    assert epochs() == (trained[:kept] + [None] * (4 - kept), kept)


def test_deck_curves_say_which_epoch_was_kept():
    assert beside_deck.epochs("mf", {"tr_rmse": [1.0]}) is None
    row = {"lesson": "mf-with-dnn-xent", "protocol": "deck", "kept_epoch": 1}
    row["epochs"] = beside_deck.epochs(
        row["lesson"], {"tr_loss": [0.6] * 12, "vl_loss": [0.7] * 12, "vl_rmse": [0.8] * 12}
    )
    ((caption, table),) = beside_deck.epoch_tables([row])
    assert "9 on the slide, 1 under deck" in caption and len(table) == 12
    assert table[8]["valid: slide"] == "0.534" and table[8]["valid: deck"] == "0.700"
    assert table[11]["valid: slide"] == "" and table[11]["train: deck"] == "0.600"


def test_overlap_is_counted(trained, deck, monkeypatch):
    model = trained("mf-with-dnn")
    near = model.most_like("id:1", 5).to_dict("records")[1:]
    far = model.most_like("id:1", 60).to_dict("records")[-1]
    slide = [deck_figures.Movie(100 + i, m["movie_id"], m["title"]) for i, m in enumerate(near[:2])]
    slide += [
        deck_figures.Movie(200, far["movie_id"], far["title"]),
        deck_figures.Movie(300, 10**9, "Not in these data"),
    ]
    monkeypatch.setitem(deck_figures.MOST_LIKE, "mf-with-dnn", tuple(slide))
    found = beside_deck.most_like("mf-with-dnn", model)
    assert found["movies"] == near  # as many as the slide has, without Toy Story itself
    assert [m["index"] for m in found["slide"]] == [
        near[0]["index"],
        near[1]["index"],
        far["index"],
        None,
    ]
    assert found["overlap"] == 2 and found["by_chance"] == pytest.approx(3 * 4 / 59)
    row = {"lesson": "mf-with-dnn", "protocol": "clean", "most_like": found}
    ((caption, table, lines),) = beside_deck.most_like_tables([row])
    assert caption == "mf-with-dnn: most like Toy Story (1995)"
    assert [line["clean"].endswith(" *") for line in table] == [True, True, False, False]
    assert table[3]["slide"] == "300 Not in these data (not in these data)"
    assert lines[0] == "clean: 2 of the slide's 4 movies are in the list; 0.20 would be by chance."
    assert beside_deck.most_like("mf-with-history", trained("mf-with-history")) is None


def test_text_shows_epochs_and_lists_and_names_the_wrong_model(text):
    assert "mf-with-dnn-xent, epoch by epoch" in text and "valid: slide" in text
    for lesson in deck_figures.MOST_LIKE:
        assert f"{lesson}: most like Toy Story (1995)" in text
    assert text.count("of the slide's") == 2 * len(deck_figures.MOST_LIKE)
    assert "model-11 is of another run" in text and "7551 Letters to Juliet (2010)" in text
    assert "Sarwar" in text


def test_each_row_of_the_leaks_says_what_leaks(cli, small_dir, tmp_path):
    args = ("compare", "--leaks", "--data-dir", small_dir, "--folder", tmp_path, "--epochs", "1")
    result = cli(*args)
    assert result.exit_code == 0, result.stderr
    table = result.stdout.split("\n\n")[1].splitlines()
    found = [re.split(r"\s{2,}", line)[1:3] for line in table[2:]]
    assert found == [
        ["deck", "all three"],
        ["only-average-leaks", "only the average"],
        ["only-queries-leak", "only the queries"],
        ["only-epoch-leaks", "only the choice of the epoch"],
        ["clean", "nothing"],
    ]
    rows = json.loads(cli(*args, "--json").stdout)
    assert [row["protocol"] for row in rows] == ["deck", *LEAKS, "clean"]
    assert {row["lesson"] for row in rows} == {"mf-with-dnn"} and "leaks" not in rows[0]


def test_every_protocol_says_what_leaks():
    found = [comparison.what_leaks(p) for p in ("deck", *LEAKS, "clean")]
    assert len(set(found)) == 5 and found[0] == "all three" and found[-1] == "nothing"


def test_page(compared):
    folder, _, _ = compared
    page = (folder / "page.html").read_text("utf-8")
    models = len(LESSONS) + len(BASELINES)
    assert page.count("data:image/png;base64,") == 2 * (2 + models + len(LESSONS))
    assert "<td>1.447</td>" in page and "model-11 is of another run" in page
    assert "Letters to Juliet (2010) (not in these data)" in page and "Sarwar" in page
    assert "(0.82)" in page and "What leaks" in page
    assert "30 users and 60" in page
    assert "http" not in re.sub(r'src="data:[^"]*"', "", page)  # nothing is fetched
