"""What the slides "Data Preprocessing Tips" need and scikit-learn has not, as its transformers.

One-hot, order, min-max and z-score are scikit-learn's own: OneHotEncoder, OrdinalEncoder,
MinMaxScaler, StandardScaler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

from tfcourse.errors import DataError, UsageError


class LookUp(TransformerMixin, BaseEstimator):
    """A category to the number, or the numbers, that a table has for it: an age band to an age, an
    address to latitude and longitude.

    Args:
        table: category to a number or a sequence of numbers, all of one length.
        missing: what a category that is not in the table becomes, in every column; without it,
            such a category is an error.
    """

    def __init__(self, table: Mapping[Any, float | Sequence[float]], missing: float | None = None):
        self.table = table
        self.missing = missing

    def fit(self, X: Any, y: Any = None) -> LookUp:
        if not self.table:
            raise UsageError("LookUp needs a table with at least one category")
        rows = {key: np.atleast_1d(np.asarray(v, np.float64)) for key, v in self.table.items()}
        widths = {len(row) for row in rows.values()}
        if len(widths) > 1:
            raise UsageError(f"the rows of a table have one length, not {sorted(widths)}")
        self.rows_ = rows
        self.width_ = widths.pop()
        self.n_features_in_ = _one_column(X).shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """float64 (n, numbers of a category)."""
        values = _one_column(X)[:, 0]
        other = None if self.missing is None else np.full(self.width_, self.missing)
        found = [self.rows_.get(value, other) for value in values]
        for i, row in enumerate(found):
            if row is None:
                known = ", ".join(map(str, self.rows_))
                raise DataError(f"row {i}: {values[i]!r} is not in the table ({known})")
        return np.array(found, np.float64).reshape(len(values), self.width_)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        name = "x" if input_features is None else str(input_features[0])
        if self.width_ == 1:
            return np.array([name], object)
        return np.array([f"{name}_{i}" for i in range(self.width_)], object)


def _one_column(X: Any) -> np.ndarray:
    values = np.asarray(X, object)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.shape[1] != 1:
        raise UsageError(f"one column is expected, not values of shape {values.shape}")
    return values


def band_numbers(bands: Any, numbers: Any, statistic: str = "median") -> dict[Any, float]:
    """A number for each band from rows that have both, by median or mean: a table for LookUp.

    This is the slide's "Create a new feature using mean or median": the number is that of the
    people in the band, not the middle of its limits, which "55+" does not even have.
    """
    if statistic not in ("median", "mean"):
        raise UsageError(f"statistic is median or mean, not {statistic!r}")
    if len(bands) != len(numbers):
        raise UsageError(f"{len(bands)} bands and {len(numbers)} numbers: one for each is needed")
    groups = pd.Series(np.asarray(numbers, np.float64)).groupby(np.asarray(bands, object))
    return {band: float(value) for band, value in groups.agg(statistic).items()}


def ordinal(order: Sequence[Any], first: int = 1) -> Pipeline:
    """Categories of one column to first, first + 1, ... in the given order: S, M, L, XL to 1..4."""
    if not order:
        raise UsageError("an order needs at least one category")
    return make_pipeline(
        OrdinalEncoder(categories=[list(order)]),
        FunctionTransformer(_add, kw_args={"number": first}, feature_names_out="one-to-one"),
    )


def _add(values: Any, number: float) -> Any:
    return values + number
