"""範例資料: Raw Data Overview (deck, "Deep Neural Network(DNN) Tips").

The slide shows 18 rows and 12 columns of words and numbers. A network takes numbers only, so the words
become one-hot and the numbers z-scores. The lessons' file (``tfcourse example pokemon-data``) contains
numbers only: its words are already encoded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from graphs.examples import Result
from tfcourse import plots

COLUMNS = (
    "latitude longitude appearedTimeOfDay appearedYear terrainType closeToWater city weather "
    "temperature windSpeed cooc_151 class"
).split()
ROWS = """
20.525745 -97.460829 night 2016 14 0 Mexico_City Foggy 25.5 4.79 0 16
20.523695 -97.461167 night 2016 14 0 Mexico_City Foggy 25.5 4.79 0 133
38.90359 -77.19978 night 2016 13 0 New_York Clear 24.2 4.29 0 16
47.665903 -122.312561 night 2016 0 1 Los_Angeles PartlyCloudy 15.6 5.84 0 13
47.666454 -122.311628 night 2016 0 1 Los_Angeles PartlyCloudy 15.6 5.84 0 133
-31.95498 115.853609 night 2016 13 0 Perth PartlyCloudy 16.5 6.39 0 21
-31.954245 115.852038 night 2016 13 0 Perth PartlyCloudy 16.5 6.4 0 66
26.235257 -98.197591 night 2016 13 0 Chicago Clear 28 11.26 0 27
20.525554 -97.4588 night 2016 14 0 Mexico_City Foggy 25.5 4.79 0 35
32.928558 -84.340278 night 2016 8 0 New_York Clear 23.7 3.94 0 19
32.930646 -84.339867 night 2016 8 0 New_York Clear 23.7 3.94 0 116
32.943651 -84.334443 night 2016 8 0 New_York Clear 23.7 3.94 0 74
26.235552 -98.197249 night 2016 13 0 Chicago Clear 28 11.26 0 16
20.52577 -97.460237 night 2016 14 0 Mexico_City Foggy 25.5 4.79 0 19
26.236029 -98.196908 night 2016 13 0 Chicago Clear 28 11.26 0 19
47.664333 -122.312645 night 2016 0 1 Los_Angeles PartlyCloudy 15.6 5.84 0 19
20.526489 -97.460745 night 2016 14 0 Mexico_City Foggy 25.5 4.79 0 16
53.611417 -113.369528 night 2016 12 0 Edmonton Clear 8.9 1.47 0 13
"""
WORDS = [
    "appearedTimeOfDay",
    "city",
    "weather",
    "terrainType",
]  # terrainType is the code of a category
NUMBERS = ["latitude", "longitude", "temperature", "windSpeed"]
FLAGS = ["closeToWater", "cooc_151"]


def printed() -> pd.DataFrame:
    """The slide's rows as text, with all digits, and with COLUMNS as columns."""
    return pd.DataFrame([line.split() for line in ROWS.split("\n") if line], columns=COLUMNS)


def frame() -> pd.DataFrame:
    """The slide's rows, words as text and the rest as numbers."""
    table = printed()
    numeric = [name for name in COLUMNS if name not in ("appearedTimeOfDay", "city", "weather")]
    return table.assign(**{name: pd.to_numeric(table[name]) for name in numeric})


def run(seed: int = 88) -> Result:
    raw = frame()
    to_numbers = ColumnTransformer(
        [
            ("words", OneHotEncoder(sparse_output=False), WORDS),
            ("numbers", StandardScaler(), NUMBERS),
            ("flags", "passthrough", FLAGS),
        ],
        verbose_feature_names_out=False,
    )
    matrix = to_numbers.fit_transform(raw)
    names = list(to_numbers.get_feature_names_out())
    shown: dict[str, Any] = {
        "raw data": printed(),
        "rows, columns": list(raw.shape),
        "input of the network: rows, columns": list(matrix.shape),
        "input of the network: columns": names,
        "input of the network: first row": dict(
            zip(names, np.round(matrix[0], 3).tolist(), strict=True)
        ),
        "columns with one value only (no information)": [
            c for c in COLUMNS if raw[c].nunique() == 1
        ],
    }
    return Result(shown, picture=matrix)


def draw(result: Result, path: str | Path) -> Path:
    figure, ((axis,),) = plots.panels(size=(11.0, 6.4))
    names = result["input of the network: columns"]
    matrix = result.picture
    image = axis.imshow(matrix, cmap="RdBu_r", vmin=-3, vmax=3, aspect="auto")
    axis.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize="small")
    raw = result["raw data"]
    axis.set_yticks(range(len(raw)), raw["city"] + ", " + raw["weather"], fontsize="small")
    axis.set_xlabel("input of the network")
    axis.set_title("The slide's 18 rows as numbers: words one-hot, numbers as z-scores")
    figure.colorbar(image, ax=axis, label="value", pad=0.01)
    return plots.save(figure, path)
