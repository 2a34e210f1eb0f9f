"""The recommender labs: dropout and the loss are chosen, the rest is the lesson's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from graphs.examples.deck_figures import IDEAL
from graphs.recommender_lab import LOSS_FUNCTIONS
from tfcourse.cli.movies import _beside_ideal
from tfcourse.errors import UsageError

LESSON_OF = {
    "mf-lab": "mf",
    "mf-with-history-lab": "mf-with-history",
    "mf-with-dnn-lab": "mf-with-dnn",
}
LABS = tuple(LESSON_OF)


def hist(model, data, engine="auto"):
    model.fit(data.train_batches(32), data.valid_batches(), 2, engine=engine, verbose=False)
    return model.hist


@pytest.mark.parametrize("lab", LABS)
def test_with_its_defaults_a_lab_is_its_lesson(lab, deck, lesson_of):
    """With the same weights: loss, metrics and scores, to the last digits."""
    of_lab, lesson = lesson_of(lab, deck), lesson_of(LESSON_OF[lab], deck)
    assert (
        of_lab.hyperparameters.items()
        >= {
            name: value for name, value in lesson.hyperparameters.items() if name != "n_epoch"
        }.items()
    )
    assert of_lab.n_epoch == lesson.n_epoch
    weights = lesson.get_weights()
    assert weights.keys() == of_lab.get_weights().keys()
    of_lab.set_weights(weights)
    for model in (of_lab, lesson):
        model.attach_data(deck)
    assert of_lab.measure(deck) == pytest.approx(lesson.measure(deck), rel=1e-6, nan_ok=True)
    batches = deck.train_batches(32, shuffle=False)
    for model in (of_lab, lesson):  # and one epoch of updates from there
        model.fit(model.session, batches, None, 1, resume=True, verbose=False)
    for name, value in lesson.get_weights().items():
        np.testing.assert_allclose(of_lab.get_weights()[name], value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("lab", "loss_function"), zip(LABS, LOSS_FUNCTIONS, strict=True))
def test_both_engines_compute_the_same(lab, loss_function, deck, lesson_of):
    hyper = {"dp_scale": 0.3, "loss_function": loss_function, "seed": 3}
    a, b = lesson_of(lab, deck, **hyper), lesson_of(lab, deck, **hyper)
    by_loop, by_feed = hist(a, deck), hist(b, deck, "feed")
    assert a.engine_name == "graph"  # by "auto": the proof holds for every lab
    assert by_loop.keys() == by_feed.keys() >= {"tr_error", "vl_error", "vl_rmse"}
    for name, curve in by_loop.items():
        assert curve == pytest.approx(by_feed[name], rel=1e-4), name


@pytest.mark.parametrize("lab", LABS)
def test_losses_by_hand(lab, deck, lesson_of):
    batch = deck.train.take(np.arange(20))
    stars, liked = batch["rating"], (batch["rating"] >= 4).astype(float)
    for loss_function in LOSS_FUNCTIONS:
        model = lesson_of(lab, deck, loss_function=loss_function)
        model.attach_data(deck)
        f = model.predict(batch, model.infer)[:, 0].astype(float)
        chance = 1 / (1 + np.exp(-f))
        expected = {
            "mse": np.mean((f - stars) ** 2),
            "mae": np.mean(np.abs(f - stars)),
            "cross_entropy": -np.mean(liked * np.log(chance) + (1 - liked) * np.log(1 - chance)),
        }[loss_function]
        assert model.predict(batch, model.error) == pytest.approx(expected, rel=1e-4)
        label = liked if loss_function == "cross_entropy" else stars
        rmse = np.sqrt(np.mean((f - label) ** 2))
        assert model.predict(batch, model.rmse_loss) == pytest.approx(rmse, rel=1e-4)
        scores = model.scores(deck.histories)
        assert (0 < scores.min() and scores.max() < 1) == (loss_function == "cross_entropy")
        model.close()


@pytest.mark.parametrize("lab", ["mf-lab", "mf-with-history-lab"])
def test_the_regularizer_is_of_what_is_not_dropped(lab, deck, lesson_of):
    model = lesson_of(lab, deck, dp_scale=0.5, reg=0.01)
    feeds = model.feed_dict(deck.train.take(np.arange(20)), "train")
    loss, error, *parts = model.session.run([model.loss, model.error, *model.regularized], feeds)
    penalty = 0.01 * sum((part.astype(float) ** 2).sum() / 2 for part in parts)
    assert penalty > 0 and loss - error == pytest.approx(penalty, rel=1e-3)
    assert all((part != 0).all() for part in parts)


@pytest.mark.parametrize("lab", LABS)
def test_dropout_drops_in_training_alone(lab, deck, lesson_of):
    model = lesson_of(lab, deck, dp_scale=0.5)
    node = model.item_repr if lab == "mf-with-dnn-lab" else model.candidate_emb if "history" in lab \
        else model.item_emb  # fmt: skip
    batch = deck.train.take(np.arange(200))

    def zeros(mode):
        return (model.session.run(node, model.feed_dict(batch, mode)) == 0).mean()

    before = zeros("eval")
    assert before == zeros("infer")
    assert zeros("train") == pytest.approx(before + 0.5 * (1 - before), abs=0.06)


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("wrong", [{"dp_scale": 1.0}, {"dp_scale": -0.1}, {"loss_function": "hinge"}],
                         ids=str)  # fmt: skip
def test_wrong_choices_are_refused(lab, wrong, deck, lesson_of):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        lesson_of(lab, deck, **wrong)


# --- on the command line ----------------------------------------------------------------------


def test_the_ideal_scores_stand_beside_those_of_the_run(cli, small_dir, tmp_path):
    data = ("--data-dir", small_dir)
    done = cli("fit", "mf-with-history-lab", "--loss-function", "mae", "--dp-scale", 0.2,
               "--epochs", 1, "--model-dir", tmp_path / "m", *data)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "Val Loss" in done.stdout
    result = json.loads(cli("evaluate", tmp_path / "m", *data, "--json").stdout)
    assert result["ideal"] == IDEAL["mf-with-history-lab"]
    clean = cli("evaluate", tmp_path / "m", *data, "--protocol", "clean", "--json")
    assert json.loads(clean.stdout)["ideal"] == result["ideal"]
    lines = cli("evaluate", tmp_path / "m", *data).stdout.splitlines()
    cells = {words[0]: words[1:] for words in map(str.split, lines) if len(words) > 1}
    assert cells["figure"] == ["value", "ideal", "reached"]
    for name, wanted in result["ideal"].items():
        below = result[name] - wanted if name == "rmse" else wanted - result[name]
        assert cells[name][1:] == [f"{wanted:.2f}", "yes" if below <= 0.01 else "no"]
    assert len(cells["mae"]) == 1 and "with its leaks" not in lines[-1]


def test_what_is_said_of_ideal_scores():
    ideal = {"rmse": 0.92, "auc": 0.74}
    result = {"rmse": 0.9299, "auc": 0.729, "mae": 0.7}
    assert _beside_ideal("rmse", result, ideal) == {"ideal": "0.92", "reached": "yes"}
    assert _beside_ideal("auc", result, ideal) == {"ideal": "0.74", "reached": "no"}
    assert _beside_ideal("mae", result, ideal) == {"ideal": "", "reached": ""}
    nothing = {"rmse": float("nan"), "auc": float("nan")}
    assert {_beside_ideal(name, nothing, ideal)["reached"] for name in ideal} == {"no"}


def test_cross_entropy_has_no_ideal_rmse(deck, lesson_of):
    """That of the slide is of stars."""
    lab = lesson_of("mf-with-dnn-lab", deck, loss_function="cross_entropy")
    assert lab.ideal == {"auc": 0.80, "ndcg_strict": 0.60}


def test_a_lesson_has_no_ideal_scores(cli, small_dir, tmp_path):
    data = ("--data-dir", small_dir)
    assert cli("fit", "mf", "--epochs", 1, "--model-dir", tmp_path / "m", *data).exit_code == 0
    assert "ideal" not in cli("evaluate", tmp_path / "m", *data).stdout
