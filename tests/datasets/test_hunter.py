"""The hunters: what the slides promise, and what they are to show."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from tfcourse.batches import Origin
from tfcourse.datasets import hunter
from tfcourse.errors import UsageError


def test_types_in_the_decks_order():
    assert hunter.TYPES_ZH == ("強化系", "變化系", "放出系", "具現化系", "操作系", "特質系")
    assert hunter.TYPES[0] == "Enhancement" and hunter.TYPES[5] == "Specialization"


# -- regression ------------------------------------------------------------------------------


def test_regression_shapes_and_kinds():
    data = hunter.regression(n=50)
    assert data.capacity.shape == data.faction.shape == data.score.shape == (50,)
    assert data.capacity.dtype == data.score.dtype == data.features.dtype == np.float32
    assert data.faction.dtype == np.int32
    assert data.features.shape == (50, 7) and data.one_hot.shape == (50, 6)
    assert len(data.feature_names) == len(data.feature_names_zh) == 7
    np.testing.assert_array_equal(data.one_hot.argmax(axis=1), data.faction)
    np.testing.assert_allclose(data.features[:, 0] * 100, data.capacity, rtol=1e-6)


def test_regression_begins_with_the_decks_scores():
    for seed in (100, 0, 7):
        data = hunter.regression(seed=seed)
        np.testing.assert_array_equal(
            data.score[:6], np.float32([78.5, 87.8, 35.0, 64.0, 33.64, 90.2])
        )
        np.testing.assert_array_equal(data.faction[:6], range(6))


def test_regression_ranges():
    data = hunter.regression(n=5000)
    assert data.score.min() >= 0 and data.score.max() <= 100
    assert data.capacity.min() >= 0 and data.capacity.max() <= 100


def test_faction_as_a_number_is_worse_than_one_hot():
    data = hunter.regression()
    train, rest = slice(0, 200), slice(200, None)

    def rmse(features: np.ndarray) -> float:
        model = LinearRegression().fit(features[train], data.score[train])
        return float(np.sqrt(np.mean((model.predict(features[rest]) - data.score[rest]) ** 2)))

    as_number = rmse(np.column_stack([data.capacity, data.faction]))
    assert rmse(data.features) < 4.0
    assert as_number > 7.0


# -- classification --------------------------------------------------------------------------


def test_classification_shapes_and_kinds():
    data = hunter.classification(n=40)
    assert data.features.shape == (40, 13) and data.features.dtype == np.float32
    assert data.labels.shape == (40,) and data.labels.dtype == data.deck_labels.dtype == np.int32
    assert data.targets.shape == data.one_hot.shape == (40, 6)
    assert data.targets.dtype == data.one_hot.dtype == np.float32
    np.testing.assert_array_equal(data.targets, data.one_hot)
    np.testing.assert_array_equal(data.deck_labels[:6], [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(data.deck_labels, data.labels + 1)
    np.testing.assert_array_equal(data.features[:, 1:7], data.water)
    np.testing.assert_array_equal(data.features[:, 7:], data.character)
    assert set(np.unique(data.features[:, 1:])) == {0.0, 1.0}


def test_feature_names_are_those_of_the_slide():
    data = hunter.classification(n=6)
    assert len(data.feature_names) == len(data.feature_names_zh) == 13
    assert data.feature_names_zh[0] == "念能力氣量(基本功)"
    assert data.feature_names_zh[1] == "水見式: 水變甜"
    assert data.feature_names_zh[6] == "水見式: 水變多"
    assert data.feature_names_zh[7] == "西索個性分析: 一味的單純"
    assert data.feature_names_zh[12] == "西索個性分析: 反覆無常, 愛騙人"


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("water turns sweet", "Transmutation"),
        ("water changes colour", "Emission"),
        ("impurities appear", "Conjuration"),
        ("leaf moves", "Manipulation"),
        ("something else happens", "Specialization"),
        ("water swells", "Enhancement"),
        ("simple and determined", "Enhancement"),
        ("fickle liar", "Transmutation"),
        ("impatient", "Emission"),
        ("high-strung", "Conjuration"),
        ("logical", "Manipulation"),
        ("individualistic, charismatic", "Specialization"),
    ],
)
def test_each_sign_points_to_its_type(column, kind):
    data = hunter.classification(n=3000)
    sign = data.features[:, data.feature_names.index(column)]
    share = [sign[data.labels == number].mean() for number in range(6)]
    assert int(np.argmax(share)) == hunter.TYPES.index(kind)
    assert max(share) < 1.0, "no sign is certain"


def test_labels_1_to_6_as_numbers_are_worse_than_one_hot():
    for seed in (100, 0, 1):
        data = hunter.classification(seed=seed)
        train, rest = slice(0, 400), slice(400, None)
        line = LinearRegression().fit(data.features[train], data.deck_labels[train])
        guess = np.clip(np.rint(line.predict(data.features[rest])), 1, 6)
        as_number = np.mean(guess == data.deck_labels[rest])
        softmax = LogisticRegression(max_iter=1000).fit(data.features[train], data.labels[train])
        as_classes = softmax.score(data.features[rest], data.labels[rest])
        assert as_number + 0.08 < as_classes
        assert 0.84 < as_classes < 1.0


def test_multi_label():
    one, two = hunter.classification(), hunter.classification(multi_label=True)
    np.testing.assert_array_equal(one.labels, two.labels)
    np.testing.assert_array_equal(two.targets[0], [1, 0, 0, 0, 0, 1])  # 強化系 and 特質系
    counts = two.targets.sum(axis=1)
    assert set(counts) == {1.0, 2.0} and 0.15 < np.mean(counts == 2) < 0.27
    assert (two.targets >= two.one_hot).all()
    alone = counts == 1
    np.testing.assert_array_equal(one.water[alone], two.water[alone])
    assert set(one.water.sum(axis=1)) == {1.0}
    assert two.water[~alone].sum(axis=1).mean() > 1.6


# -- both ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [hunter.regression, hunter.classification])
def test_same_seed_same_rows(make):
    first, again, other = make(seed=5), make(seed=5), make(seed=6)
    np.testing.assert_array_equal(first.features, again.features)
    assert not np.array_equal(first.features, other.features)


@pytest.mark.parametrize("make", [hunter.regression, hunter.classification])
def test_too_few_hunters(make):
    assert len(make(n=6).features) == 6
    with pytest.raises(UsageError, match="n >= 6"):
        make(n=5)


# -- the limitation --------------------------------------------------------------------------


def test_corners():
    four = hunter.corners()
    np.testing.assert_array_equal(four.points, [[0, 0], [1, 1], [0, 1], [1, 0]])
    np.testing.assert_array_equal(four.labels, [0, 0, 1, 1])
    root = np.sqrt(2.0)
    np.testing.assert_allclose(
        hunter.distance_features(four.points), [[0, root], [root, 0], [1, 1], [1, 1]], rtol=1e-6
    )


def test_cloud_lies_around_the_corners():
    cloud = hunter.not_linearly_separable(n=101, radius=0.1)
    assert cloud.points.shape == (101, 2) and cloud.points.dtype == np.float32
    assert cloud.labels.dtype == np.int32 and cloud.one_hot.shape == (101, 2)
    np.testing.assert_array_equal(cloud.points[:4], hunter.corners().points)
    away = np.linalg.norm(cloud.points - np.rint(cloud.points), axis=1)
    assert 0.05 < away.max() <= 0.1 + 1e-6
    np.testing.assert_array_equal(np.rint(cloud.points).sum(axis=1) % 2, cloud.labels)


def test_no_line_separates_until_transformed():
    cloud = hunter.not_linearly_separable(n=4000, radius=0.17)
    line = LogisticRegression(C=1e4).fit(cloud.points, cloud.labels)
    assert line.score(cloud.points, cloud.labels) < 0.8
    moved = hunter.distance_features(cloud.points)
    np.testing.assert_array_equal(moved.sum(axis=1) > 1.76, cloud.labels == 1)


@pytest.mark.parametrize("arguments", [{"n": 3}, {"radius": 0.5}, {"radius": -0.1}])
def test_cloud_arguments_out_of_range(arguments):
    with pytest.raises(UsageError):
        hunter.not_linearly_separable(**arguments)


# -- for fit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [hunter.REGRESSION, hunter.CLASSIFICATION, hunter.MULTI_LABEL])
def test_prepared_rows_say_where_they_come_from(source):
    prepared = source.prepare("clean")
    train, valid = prepared.train_batches(10), prepared.valid_batches()
    assert prepared.protocol == "deck" and prepared.sizes == {}
    assert (train.n_rows, valid.n_rows) == (2 * valid.n_rows, valid.n_rows)
    for batches in (train, valid):
        assert batches.rows.origin == Origin("deck", prepared.source, prepared.note)
