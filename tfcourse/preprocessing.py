"""Transformers for the slides "Data Preprocessing Tips", where scikit-learn has none.

For one-hot, ordinal, min-max and z-score encoding use scikit-learn's OneHotEncoder, OrdinalEncoder,
MinMaxScaler and StandardScaler.
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
    """Replace each category by its numbers from a table: an age band by an age, an address by
    latitude and longitude.

    Args:
        table: category to a number, or to a sequence of numbers; all sequences have one length.
        missing: number for a category that is not in the table, in every column. Without it, such
            a category raises ``DataError``.

    Attributes:
        rows_: category to its numbers, float64 (width_,).
        width_: numbers of a category.
        n_features_in_: columns of the input, 1.
    """

    def __init__(self, table: Mapping[Any, float | Sequence[float]], missing: float | None = None):
        self.table = table
        self.missing = missing

    def fit(self, X: Any, y: Any = None) -> LookUp:
        """Check the table and the input.

        Args:
            X: one column of categories, (n,) or (n, 1).
            y: not used.

        Raises:
            UsageError: the table is empty, its sequences differ in length, or ``X`` does not
                have exactly one column.
        """
        if not self.table:
            raise UsageError("LookUp needs a table with at least one category")
        rows = {key: np.atleast_1d(np.asarray(v, np.float64)) for key, v in self.table.items()}
        widths = {len(row) for row in rows.values()}
        if len(widths) > 1:
            raise UsageError(f"the sequences of a table have one length, not {sorted(widths)}")
        self.rows_ = rows
        self.width_ = widths.pop()
        self.n_features_in_ = _one_column(X).shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The numbers of each category.

        Args:
            X: one column of categories, (n,) or (n, 1).

        Returns:
            float64 (n, width_).

        Raises:
            DataError: a category is not in the table, and ``missing`` is not set.
            UsageError: ``X`` does not have exactly one column.
        """
        values = _one_column(X)[:, 0]
        other = None if self.missing is None else np.full(self.width_, self.missing)
        found = [self.rows_.get(value, other) for value in values]
        for i, row in enumerate(found):
            if row is None:
                known = ", ".join(map(str, self.rows_))
                raise DataError(f"row {i}: {values[i]!r} is not in the table ({known})")
        return np.array(found, np.float64).reshape(len(values), self.width_)

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> np.ndarray:
        """Names of the output columns, object (width_,): the input's name, with _0, _1, ... if a
        category has several numbers."""
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


def band_numbers(
    bands: Sequence[Any], numbers: Sequence[float], statistic: str = "median"
) -> dict[Any, float]:
    """Compute a number for each band, as a table for ``LookUp``.

    This is the slide's "Create a new feature using mean or median". The number is that of the rows
    in the band. The middle of the band's limits would not do: "55+" has no upper limit.

    Args:
        bands: the band of each row, (n,).
        numbers: the number of each row, (n,).
        statistic: "median" or "mean".

    Returns:
        Each band's median or mean.

    Raises:
        UsageError: the statistic is unknown, or ``bands`` and ``numbers`` differ in length.
    """
    if statistic not in ("median", "mean"):
        raise UsageError(f"statistic is median or mean, not {statistic!r}")
    if len(bands) != len(numbers):
        raise UsageError(f"{len(bands)} bands and {len(numbers)} numbers: each row needs both")
    groups = pd.Series(np.asarray(numbers, np.float64)).groupby(np.asarray(bands, object))
    return {band: float(value) for band, value in groups.agg(statistic).items()}


def ordinal(order: Sequence[Any], first: int = 1) -> Pipeline:
    """A transformer from ordered categories to numbers: S, M, L, XL to 1, 2, 3, 4.

    Args:
        order: the categories, the one for the lowest number first.
        first: the lowest number.

    Returns:
        A pipeline from one column of categories, (n, 1), to float64 (n, 1). Its ``fit`` and
        ``transform`` raise ``ValueError`` for a category that is not in ``order``.

    Raises:
        UsageError: ``order`` is empty.
    """
    if not order:
        raise UsageError("order needs at least one category")
    return make_pipeline(
        OrdinalEncoder(categories=[list(order)]),
        FunctionTransformer(_add, kw_args={"number": first}, feature_names_out="one-to-one"),
    )


def _add(values: Any, number: float) -> Any:
    return values + number
