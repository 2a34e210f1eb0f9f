"""範例資料：預測會出現哪一隻神奇寶貝？ (deck, "Deep Neural Network(DNN) Tips").

Shows the columns in the slide's groups, and the classes. A model that always predicts the largest class
has an accuracy equal to the share of that class.

Reads the course's Pokémon file from ``data_dir`` if it is there, else the generated stand-in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tfcourse.datasets import folders, pokemon

# The slide's groups; a column belongs to a group if its name begins with the pattern.
GROUPS = {
    "time (時間)": r"local\.|appeared|sunrise|sunset",
    "weather (天氣)": r"weather|temperature|wind|pressure",
    "place (位置)": r"latitude|longitude|city|continent|gym|pokestop",
    "surroundings (環境)": r"terrainType|closeToWater|population|urban|suburban|midurban|rural",
    "other Pokémon in the ten minutes before (十分鐘前)": r"cooc_",
}
SHOWN = ("latitude", "longitude", "appearedTimeOfDay", "terrainType", "closeToWater", "city",
         "weather", "temperature", "windSpeed", "cooc_151")  # fmt: skip


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> dict[str, Any]:
    data = pokemon.load(data_dir)
    frame = pd.DataFrame(data.features, columns=list(pokemon.FEATURES))
    groups = []
    for name, pattern in GROUPS.items():
        columns = [c for c in pokemon.FEATURES if re.match(pattern, c)]
        groups.append(
            {
                "group": name,
                "number of columns": len(columns),
                "columns, for example": ", ".join(columns[:3]) + ", ...",
            }
        )
    count = np.bincount(data.labels, minlength=pokemon.N_CLASSES)
    classes = [
        {"class": i, "No.": number, "name": f"{chinese} {english}", "rows": int(n),
         "share": n / len(data.labels)}
        for i, ((number, chinese, english), n) in enumerate(zip(pokemon.CLASSES, count, strict=True))
    ]  # fmt: skip
    first = frame[list(SHOWN)].head(5).assign(**{"class": data.labels[:5]})
    return {
        "data": data.note or pokemon.SOURCES[data.source],
        "first rows": first,
        "features by group": groups,
        "features": len(pokemon.FEATURES),
        "classes": classes,
        "share of the largest class: accuracy of always predicting No.43": float(
            count.max() / count.sum()
        ),
        "class counts": count,
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    from tfcourse import fonts, plots

    figure, ((axis,),) = plots.panels(size=(6.0, 3.4))
    names = [f"No.{n}\n{fonts.bilingual(zh, english)}" for n, zh, english in pokemon.CLASSES]
    bars = axis.bar(names, result["class counts"])
    axis.bar_label(bars)
    axis.margins(y=0.12)
    axis.set_ylabel("rows")
    axis.set_xlabel("class 0 to 4")
    axis.set_title(f"Class counts: {result['data'].split(':')[0]}", fontsize="medium")
    return plots.save(figure, path)
