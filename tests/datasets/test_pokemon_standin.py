"""The generated stand-in for the course's Pokémon file."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import RidgeClassifier

from tfcourse.datasets import pokemon
from tfcourse.datasets.pokemon_columns import CLASS_COUNTS, COLUMNS
from tfcourse.datasets.pokemon_standin import generate


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return generate()


@pytest.fixture(scope="module")
def stand_in(frame: pd.DataFrame) -> pokemon.Pokemon:
    return pokemon.from_frame(frame)


def test_stand_in_is_the_same_every_time(frame):
    pd.testing.assert_frame_equal(frame, generate())
    assert not frame.equals(generate(seed=1))


def test_stand_in_has_the_columns_and_counts_of_the_file(frame):
    assert tuple(frame.columns) == COLUMNS
    assert tuple(np.bincount(frame["class"])) == CLASS_COUNTS
    assert np.isfinite(frame.to_numpy(np.float64)).all()
    assert int((frame.dtypes == np.float64).sum()) == 17


def test_stand_in_is_consistent(frame):
    radii = (100, 250, 500, 1000, 2500, 5000)
    for what in ("gym", "pokestop"):
        distance = frame[f"{what}DistanceKm"]
        flags = frame[[f"{what}In{radius}m" for radius in radii]].to_numpy()
        assert (np.diff(flags, axis=1) >= 0).all(), "who is within 100 m is within 250 m"
        for flag in flags.T:
            if 0 < flag.sum() < len(flag):
                assert distance[flag == 1].max() <= distance[flag == 0].min()
    flags = frame.filter(regex="^cooc_|In[0-9]+m$|^closeToWater$|^(sub|mid)?urban$|^rural$")
    assert flags.shape[1] == 151 + 12 + 1 + 4
    assert set(np.unique(flags)) == {0, 1}
    assert (frame["rural"] == 1 - frame["midurban"]).all()
    assert (frame["urban"] <= frame["suburban"]).all()
    assert (frame["suburban"] <= frame["midurban"]).all()
    assert frame["local.hour"].between(0, 23).all() and frame["local.minute"].between(0, 59).all()
    assert (frame["appearedHour"] == (frame["local.hour"] + 2) % 24).all()
    assert (frame.groupby("appearedDay")["appearedDayOfWeek"].nunique() == 1).all()


def test_stand_in_can_be_learnt_and_not_perfectly(stand_in):
    x_train, y_train, x_valid, y_valid = stand_in.split()
    mean, spread = x_train.mean(axis=0), x_train.std(axis=0) + 1e-6
    model = RidgeClassifier(alpha=100.0)
    model.fit((x_train - mean) / spread, y_train.argmax(axis=1))
    accuracy = model.score((x_valid - mean) / spread, y_valid.argmax(axis=1))
    assert 0.58 < accuracy < 0.85, "above the largest class, below certainty"


def test_stand_in_is_quick():
    start = time.process_time()
    generate()
    assert time.process_time() - start < 1.0  # 0.1 s on an idle machine


def test_stand_in_has_the_kinds_of_the_real_file(frame, course_data):
    path = course_data / pokemon.FILE_NAME
    if not path.is_file():
        pytest.skip(f"no {path.name}")
    real = pd.read_csv(path)
    assert list(frame.dtypes) == list(real.dtypes)
    whole = real.select_dtypes("integer").columns
    assert (frame[whole].min() >= real[whole].min()).all()
    assert (frame[whole].max() <= np.maximum(real[whole].max(), 1)).all()
    shift = (frame.mean() - real.mean()).abs() / (real.std() + 0.1)
    assert shift.max() < 0.8, f"{shift.idxmax()} lies elsewhere"
