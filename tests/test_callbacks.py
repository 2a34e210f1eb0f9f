"""Tests of callbacks: on histories made by hand where that is enough, else in ``fit``."""

from __future__ import annotations

import math
import types

import numpy as np
import pytest

from tfcourse import checkpoints
from tfcourse.callbacks import (
    Callback,
    EarlyStopping,
    EpochTable,
    EpochTimes,
    KeepBest,
    SaveBest,
    StopIfDiverged,
    TimeLimit,
)
from tfcourse.errors import DivergedError, UsageError
from tfcourse.logs import CSVLog

NAN = float("nan")


def run(callback, losses, **curves):
    """Call a callback as ``fit`` does, on curves made by hand.

    Returns:
        The last epoch, and the message with which the callback stopped there, or None.
    """
    model = types.SimpleNamespace(hist={}, epoch=0, saved_epoch=None, monitor="vl_loss")
    curves = {"vl_loss": losses, **curves}
    try:
        for epoch in range(len(losses)):
            if hasattr(callback, "on_epoch_begin"):
                callback.on_epoch_begin(model)
            model.epoch = epoch + 1
            model.hist = {name: values[: epoch + 1] for name, values in curves.items()}
            callback(model)
    except StopIteration as stop:
        return model.epoch, str(stop)
    return model.epoch, None


@pytest.fixture
def small_fit(deck, lesson_of):
    """Train a fresh MF on the small MovieLens with callbacks."""
    made = []

    def fit(callback=None, n_epoch=3, **kwargs):
        model = lesson_of("mf", deck, n_batch=64)
        made.append(model)
        valid = kwargs.pop("valid", deck.valid_batches())
        kwargs.setdefault("verbose", False)
        return model.fit(deck.train_batches(64), valid, n_epoch, callback=callback, **kwargs)

    yield fit
    for model in made:
        model.close()


# --- EarlyStopping ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thres", "losses", "stopped", "lowest"),
    [
        (2, [3, 2, 1, 0.5], None, None),  # always lower
        (2, [1, 2, 2, 9], 3, "1.000"),  # two epochs without a lower one
        (2, [1, 2, 0.9, 2, 3, 0.1], 5, "0.900"),  # a lower one resets the count
        (1, [1, 1, 0], 2, "1.000"),  # an equal loss is not lower
        (3, [5, 5, 5, 5, 5], 4, "5.000"),
        (2, [1, NAN, NAN, 0.5], 3, "1.000"),  # NaN is never lower
        (2, [NAN, NAN, NAN], 2, "inf"),
        (2, [NAN, 3, 4, 5], 4, "3.000"),
        (2, [-1, -2, -1.5, -1.9, -3], 4, "-2.000"),
        (5, [0.1234567] + [1] * 9, 6, "0.123"),
    ],
    ids=str,
)
def test_early_stopping_stops_after_thres_epochs_without_a_lower_loss(
    thres, losses, stopped, lowest
):
    epoch, message = run(EarlyStopping(thres=thres), losses)
    if stopped is None:
        assert (epoch, message) == (len(losses), None)
    else:
        assert epoch == stopped
        assert message == (
            f"\nEarly Stopping, valid loss keep increasing for {thres} times ! "
            f"lowest loss is {lowest} !"
        )


def slide_rule(losses, thres):
    """The epoch at which the slide's rule stops, or None."""
    patient, min_loss = 0, math.inf
    for epoch, loss in enumerate(losses, 1):
        if min_loss > loss:
            patient, min_loss = 0, loss
        else:
            patient += 1
        if patient >= thres:
            return epoch
    return None


def test_early_stopping_follows_the_slides_rule_on_random_histories():
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(200):
        losses = rng.integers(0, 8, 12) / 8
        thres = int(rng.integers(1, 6))
        expected = slide_rule(losses, thres)
        epoch, message = run(EarlyStopping(thres), list(losses))
        assert (epoch if message else None) == expected
        outcomes.add(expected is None)
    assert outcomes == {True, False}


def test_early_stopping_counts_the_epochs_that_a_training_goes_on_from():
    watcher = EarlyStopping(3)
    watcher.on_fit_begin(types.SimpleNamespace(hist={"vl_loss": [3.0, 1.0, 2.0, 2.0]}), 9)
    assert (watcher.patient, watcher.min_loss) == (2, 1.0)


def test_early_stopping_is_reset_when_a_fit_begins():
    watcher = EarlyStopping(2)
    assert run(watcher, [1, 2, 3])[1]
    watcher.on_fit_begin(types.SimpleNamespace(hist={}), 9)
    assert run(watcher, [9, 8, 7])[1] is None


@pytest.mark.parametrize("thres", [0, -1, 2.5, "5", None, True], ids=repr)
def test_early_stopping_refuses_thres_unless_an_integer_of_at_least_1(thres):
    with pytest.raises(UsageError, match="thres"):
        EarlyStopping(thres=thres)


def test_early_stopping_without_valid_rows_is_an_error(small_fit):
    with pytest.raises(UsageError, match="valid_fn"):
        small_fit(EarlyStopping(), valid=None)


def test_early_stopping_stops_fit_and_prints_its_message(small_fit, capsys):
    model = small_fit(EarlyStopping(thres=2), n_epoch=40, lr=3.0, verbose=True)
    assert slide_rule(model.hist["vl_loss"], 2) == model.epoch < 40
    out = capsys.readouterr().out
    assert out.endswith(model.stopped + "\n")
    assert "\nEarly Stopping, valid loss keep increasing for 2 times ! lowest loss is " in out


# --- KeepBest, SaveBest -----------------------------------------------------------------------


def test_keep_best_restores_the_weights_of_the_best_epoch(small_fit, deck):
    seen = {}

    def remember(model):
        seen[model.epoch] = model.get_weights(model.running_session)

    best = KeepBest()
    model = small_fit([remember, best], n_epoch=6, lr=3.0)
    errors = model.hist["vl_rmse"]
    expected = int(np.argmin(errors)) + 1
    assert expected < 6  # the learning rate is so high that the last epoch is not the best
    assert best.epoch == expected and best.lowest == min(errors)
    np.testing.assert_equal(model.get_weights(), seen[expected])
    assert model.evaluate(deck.valid_batches())["rmse"] == pytest.approx(min(errors), rel=1e-6)


def test_keep_best_watches_the_curve_that_is_given(small_fit):
    best = KeepBest(monitor="tr_loss")
    model = small_fit(best, n_epoch=3)
    assert best.lowest == min(model.hist["tr_loss"])


@pytest.mark.parametrize("watcher", [KeepBest("vl_x"), KeepBest()])
def test_keep_best_without_its_curve_is_an_error(watcher, small_fit):
    with pytest.raises(UsageError, match="vl_x|vl_rmse"):
        small_fit(watcher, valid=None)


def saved(losses):
    """The epochs that ``SaveBest`` saves."""
    epochs = []

    class Folder:
        def save(self, model, best, is_best):
            if is_best:
                epochs.append(model.epoch)

    watcher = SaveBest(Folder())
    watcher.on_fit_begin(types.SimpleNamespace(hist={}, monitor="vl_loss"), len(losses))
    run(watcher, losses)
    return epochs


@pytest.mark.parametrize(
    ("losses", "epochs"),
    [
        ([3, 2, 1], [1, 2, 3]),
        ([1, 2, 3], [1]),
        ([2, 2, 1, 1.5, 0.5], [1, 3, 5]),
        ([NAN, 2, NAN, 1], [2, 4]),
        ([NAN, NAN], []),
    ],
    ids=str,
)
def test_save_best_keeps_each_lower_valid_loss(losses, epochs):
    assert saved(losses) == epochs


def names(folder):
    return sorted((p.name for p in folder.glob("model-*.json")), key=lambda n: int(n[6:-5]))


def test_fit_keeps_the_last_five_saved_epochs(small_fit, tmp_path):
    model = small_fit(n_epoch=8, model_dir=tmp_path / "mf")
    falls = [
        e
        for e in range(1, 9)
        if model.hist["vl_rmse"][e - 1] < min([9, *model.hist["vl_rmse"][: e - 1]])
    ]
    assert len(falls) > 5  # else nothing would be deleted
    assert names(tmp_path / "mf") == [f"model-{e}.json" for e in falls[-5:]]
    indexes = {p.stem for p in (tmp_path / "mf").glob("*.index")}
    assert indexes == {f"model-{e}" for e in falls[-5:]}
    assert model.saved_epoch == falls[-1]


def test_save_best_keeps_the_given_number_of_epochs(small_fit, tmp_path):
    small_fit(model_dir=tmp_path, keep=2, n_epoch=4, valid=None)
    assert names(tmp_path) == ["model-3.json", "model-4.json"]


def test_without_valid_rows_every_epoch_is_saved(small_fit, tmp_path):
    small_fit(n_epoch=3, valid=None, model_dir=tmp_path)
    assert names(tmp_path) == ["model-1.json", "model-2.json", "model-3.json"]


# --- divergence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("curves", "epoch", "said"),
    [
        ({"tr_loss": [1, NAN, 1]}, 2, "the train loss became NaN in epoch 2"),
        ({"tr_loss": [1, 1, math.inf]}, 3, "the train loss became infinite in epoch 3"),
        ({"tr_loss": [1, 1, 1], "vl_loss": [NAN, 1, 1]}, 1, "the valid loss became NaN in epoch 1"),
    ],
    ids=str,
)
def test_a_loss_that_is_lost_names_the_epoch(curves, epoch, said):
    model = types.SimpleNamespace(hist={}, epoch=0, saved_epoch=None)
    watcher = StopIfDiverged("folder")
    for model.epoch in range(1, epoch):
        model.hist = {name: values[: model.epoch] for name, values in curves.items()}
        watcher(model)
    model.epoch, model.hist = epoch, {name: values[:epoch] for name, values in curves.items()}
    with pytest.raises(DivergedError, match=f"{said}; no epoch of this training was saved"):
        watcher(model)
    model.saved_epoch = 1
    with pytest.raises(DivergedError, match="last good checkpoint is that of epoch 1 in folder;"):
        watcher(model)


def test_a_training_that_diverges_stops_and_saves_no_nan(small_fit, tmp_path):
    def diverge(model):  # a rate that is too high, from the third epoch on
        if model.epoch == 2:
            model.lr.load(1e30, model.running_session)

    with pytest.raises(DivergedError, match="in epoch [34]; the last good checkpoint"):
        small_fit([diverge, StopIfDiverged(tmp_path)], n_epoch=9, model_dir=tmp_path)
    loaded = checkpoints.load(tmp_path)
    assert loaded.epoch <= 3
    assert all(np.isfinite(value).all() for value in loaded.get_weights().values())


# --- time -------------------------------------------------------------------------------------


def test_time_limit_stops_after_the_first_epoch_beyond_it(monkeypatch):
    clock = iter([100.0, 104.0, 109.9, 110.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    limit = TimeLimit(10)
    limit.on_fit_begin(None, 9)
    epoch, message = run(limit, [1, 1, 1, 1])
    assert epoch == 3
    assert message == "Time limit of 10 s reached after 10.0 s, 3 epochs"


def test_time_limit_stops_fit(small_fit):
    model = small_fit(TimeLimit(1e-9), n_epoch=5)
    assert model.epoch == 1 and model.stopped.startswith("Time limit")


@pytest.mark.parametrize("seconds", [0, -1, NAN])
def test_time_limit_must_be_above_0(seconds):
    with pytest.raises(UsageError, match="time limit"):
        TimeLimit(seconds)


def test_epoch_times_has_a_time_for_each_epoch(small_fit):
    times = EpochTimes()
    small_fit(times)
    assert len(times.seconds) == 3 and min(times.seconds) > 0


# --- the epoch table --------------------------------------------------------------------------


def test_epoch_table_has_the_decks_columns():
    lines = []
    table = EpochTable([("Train Error", "tr_rmse"), ("Val Error", "vl_rmse")], lines.append)
    table.on_fit_begin(None, 2)
    run(table, [1, 1], tr_rmse=[1.0961, 0.9607], vl_rmse=[0.9344, 0.8936])
    assert lines[0].split() == ["Epoch", "Train", "Error", "Val", "Error", "Elapsed", "Time"]
    assert lines[1].split()[:3] == ["01", "1.096", "0.934"]
    assert lines[2].split()[:3] == ["02", "0.961", "0.894"]
    assert lines[1].endswith(" secs") and len(lines) == 3


def test_epoch_table_leaves_out_curves_that_are_not_measured():
    lines = []
    table = EpochTable([("Train Error", "tr_rmse"), ("Val Error", "vl_rmse")], lines.append)
    table.on_fit_begin(None, 1)
    run(table, [1], tr_rmse=[1.0])
    assert "Val" not in lines[0] and lines[1].split()[:2] == ["01", "1.000"]


def test_epoch_table_without_columns_has_the_lines_of_the_tutorial():
    lines = []
    table = EpochTable(write=lines.append)
    table.on_fit_begin(None, 30)
    run(table, [0.13, 0.125], tr_loss=[0.2, 0.1329], tr_acc=[0.5, 0.5144], vl_acc=[0.4, 0.535])
    assert lines[1] == (
        "2/30. train loss: 0.133, valid loss: 0.125, train acc: 0.514, valid acc: 0.535"
    )


def test_epoch_table_marks_the_epochs_that_are_saved(small_fit, tmp_path, capsys):
    model = small_fit(n_epoch=5, lr=3.0, model_dir=tmp_path, verbose=True)
    lines = capsys.readouterr().out.splitlines()[1:]
    errors = model.hist["vl_rmse"]
    lowest = [e == min(errors[: i + 1]) and errors[:i].count(e) == 0 for i, e in enumerate(errors)]
    assert [line.endswith(", saving ...") for line in lines] == lowest
    assert set(lowest) == {True, False}


# --- several ----------------------------------------------------------------------------------


def test_several_callbacks_are_called_in_order_with_all_their_methods(small_fit):
    called = []

    class All(Callback):
        def __init__(self, name):
            self.name = name

        def on_fit_begin(self, model, n_epoch):
            called.append((self.name, "fit_begin", n_epoch))

        def on_epoch_begin(self, model):
            called.append((self.name, "epoch_begin", model.epoch))

        def __call__(self, model):
            called.append((self.name, "epoch_end", model.epoch))
            if self.name == "b" and model.epoch == 2:
                raise StopIteration("enough")

        def on_stop(self, model):
            called.append((self.name, "stop", model.stopped))

        def on_fit_end(self, model):
            called.append((self.name, "fit_end", model.epoch))

    small_fit([All("a"), All("b")], n_epoch=5)
    assert called == [
        ("a", "fit_begin", 5),
        ("b", "fit_begin", 5),
        ("a", "epoch_begin", 0),
        ("b", "epoch_begin", 0),
        ("a", "epoch_end", 1),
        ("b", "epoch_end", 1),
        ("a", "epoch_begin", 1),
        ("b", "epoch_begin", 1),
        ("a", "epoch_end", 2),
        ("b", "epoch_end", 2),
        ("a", "stop", "enough"),
        ("b", "stop", "enough"),
        ("a", "fit_end", 2),
        ("b", "fit_end", 2),
    ]


def test_callbacks_after_the_one_that_stops_see_the_last_epoch(small_fit, tmp_path):
    best = KeepBest("tr_loss")
    watchers = [EarlyStopping(thres=2), CSVLog(tmp_path / "log.csv"), best, TimeLimit(1e-9)]
    model = small_fit(watchers[:3], n_epoch=30, lr=3.0)
    assert model.stopped and 1 < model.epoch < 30
    assert len((tmp_path / "log.csv").read_text().splitlines()) == model.epoch + 1
    assert best.lowest == min(model.hist["tr_loss"])

    def first(_):
        raise StopIteration("the first to stop")

    assert small_fit([first, *watchers]).stopped == "the first to stop"


def test_a_callback_that_is_not_callable_is_an_error(small_fit):
    with pytest.raises(UsageError, match="callable that takes the model, not 3"):
        small_fit([EarlyStopping(), 3])
