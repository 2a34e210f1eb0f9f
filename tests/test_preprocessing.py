"""tfcourse.preprocessing: the deck's examples, with and without scikit-learn's pipelines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from tfcourse.errors import DataError, UsageError
from tfcourse.preprocessing import LookUp, band_numbers, ordinal

AGES = {"0-17": 15, "26-35": 30, "55+": 70}


def test_look_up_of_the_slides_age_bands():
    people = pd.DataFrame({"age": ["0-17", "0-17", "55+", "26-35"]})
    np.testing.assert_array_equal(LookUp(AGES).fit_transform(people), [[15], [15], [70], [30]])


def test_look_up_of_several_numbers():
    table = {"台中市大馬路無尾巷": (25.04, 121.61)}
    found = LookUp(table).fit_transform(["台中市大馬路無尾巷"] * 2)
    np.testing.assert_array_equal(found, [[25.04, 121.61]] * 2)


def test_look_up_of_an_unknown_category():
    with pytest.raises(
        DataError, match=r"row 1: '18-25' is not in the table \(0-17, 26-35, 55\+\)"
    ):
        LookUp(AGES).fit_transform(["0-17", "18-25"])
    filled = LookUp(AGES, missing=-1).fit_transform(["0-17", "18-25"])
    np.testing.assert_array_equal(filled, [[15], [-1]])


@pytest.mark.parametrize("table", [{}, {"a": 1, "b": (1, 2)}])
def test_wrong_tables_are_refused(table):
    with pytest.raises(UsageError):
        LookUp(table).fit(["a"])


def test_look_up_takes_one_column():
    with pytest.raises(UsageError, match="one column"):
        LookUp(AGES).fit(pd.DataFrame({"a": ["0-17"], "b": ["55+"]}))


def test_look_up_of_no_rows():
    assert LookUp(AGES).fit(["0-17"]).transform([]).shape == (0, 1)


def test_ordinal_keeps_the_given_order():
    sizes = pd.DataFrame({"size": ["S", "M", "L", "XL"]})
    np.testing.assert_array_equal(
        ordinal(["S", "M", "L", "XL"]).fit_transform(sizes)[:, 0], [1, 2, 3, 4]
    )
    np.testing.assert_array_equal(
        ordinal(["S", "XL"], 0).fit_transform([["XL"], ["S"]]), [[1], [0]]
    )
    with pytest.raises(ValueError, match="XXL"):
        ordinal(["S", "M"]).fit_transform([["XXL"]])
    with pytest.raises(UsageError):
        ordinal([])


def test_band_numbers_by_median_and_mean():
    bands, ages = ["0-17", "55+", "0-17", "0-17"], [10, 70, 15, 17]
    assert band_numbers(bands, ages) == {"0-17": 15, "55+": 70}
    assert band_numbers(bands, ages, "mean") == {"0-17": 14, "55+": 70}
    with pytest.raises(UsageError, match="median or mean"):
        band_numbers(bands, ages, "mode")
    with pytest.raises(UsageError, match="4 bands and 3 numbers"):
        band_numbers(bands, ages[:3])


def test_transformers_in_a_pipeline():
    people = pd.DataFrame({"age": ["0-17", "26-35", "55+"], "size": ["M", "S", "XL"]})
    matrix = ColumnTransformer(
        [
            ("age", make_pipeline(LookUp(AGES), MinMaxScaler()), ["age"]),
            ("place", LookUp({"S": (1, 2), "M": (3, 4), "XL": (5, 6)}), ["size"]),
            ("size", ordinal(["S", "M", "XL"]), ["size"]),
        ]
    )
    values = clone(matrix).fit_transform(people)
    expected = [[0, 3, 4, 2], [15 / 55, 1, 2, 1], [1, 5, 6, 3]]
    np.testing.assert_allclose(values, expected)
    names = matrix.fit(people).get_feature_names_out()
    assert names.tolist() == ["age__age", "place__size_0", "place__size_1", "size__size"]
