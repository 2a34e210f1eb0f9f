"""Features; Subject In Regression and Classification; 回頭看看資料~ (deck, "Machine Learning Framework").

Regression: X1 is the nen capacity, X2 the faction, and the label Y a score from 0 to 100. Scores can be
compared (可比大小). Classification: the features are X1 to X13, and the label Y is one of six types.
Types have no order (沒有大小關係).

The slide asks for Hisoka's score of each of the twelve (十二地支), and for a hunter's type. The first twelve
generated hunters stand for them. The first six of these have the scores and labels of "回頭看看資料~".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tfcourse import fonts, plots
from tfcourse.datasets import hunter

BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
ANIMALS = "Rat Ox Tiger Rabbit Dragon Snake Horse Goat Monkey Rooster Dog Pig".split()


def twelve(scored: hunter.HunterRegression) -> pd.DataFrame:
    """The twelve: the label of the regression, a score, and that of the classification, a type."""
    faction = scored.faction[:12]
    return pd.DataFrame(
        {
            "地支": list(BRANCHES),
            "English": ANIMALS,
            "score, 0 to 100": scored.score[:12].astype(float).round(2),
            "type, 1 to 6": faction + 1,
            "中文": [hunter.TYPES_ZH[i] for i in faction],
            "type": [hunter.TYPES[i] for i in faction],
        }
    )


def run(seed: int = 88) -> dict[str, Any]:
    scored, typed = hunter.regression(), hunter.classification()
    return {
        "note": hunter.NOTE,
        "the twelve (十二地支): score and type of each": twelve(scored),
        "regression: 西索對十二地支的實力評分?": pd.DataFrame(
            {
                "X1 " + hunter.HunterRegression.feature_names_zh[0]: scored.capacity[:6],
                "X2 屬於什麼派系?": [hunter.TYPES_ZH[i] for i in scored.faction[:6]],
                "Y": scored.score[:6].round(2),
            }
        ).astype({"Y": float}),
        "score: lowest, mean, highest": np.array(
            [scored.score.min(), scored.score.mean(), scored.score.max()]
        ),
        "classification: 如何判斷一個獵人是屬於什麼派系?": pd.DataFrame(
            {
                "feature": [f"X{i}" for i in range(1, 14)],
                "中文": typed.feature_names_zh,
                "English": typed.feature_names,
                "first hunter": typed.features[0],
                "mean": typed.features.mean(axis=0),
            }
        ),
        "labels": pd.DataFrame(
            {
                "Y": typed.deck_labels[:6],
                "中文": hunter.TYPES_ZH,
                "English": hunter.TYPES,
                "hunters": np.bincount(typed.labels, minlength=6),
            }
        ),
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    table = result["the twelve (十二地支): score and type of each"]
    names = [fonts.bilingual(*pair) for pair in zip(table["地支"], table["English"], strict=True)]
    figure, (axes,) = plots.panels(1, 2, (7.4, 4.4), "The twelve (generated hunters)")
    colours = [f"C{number - 1}" for number in table["type, 1 to 6"]]
    order = np.argsort(-table["score, 0 to 100"].to_numpy())
    bars = axes[0].bar(range(12), table["score, 0 to 100"].iloc[order], color="grey")
    axes[0].bar_label(bars, fmt="%.0f")
    axes[0].margins(y=0.12)
    axes[0].set_xticks(range(12), [names[i] for i in order], fontsize="small")
    axes[0].set_ylabel("label Y: score")
    axes[0].set_title("Regression: scores can be compared and sorted")
    axes[1].scatter(range(12), table["type, 1 to 6"], s=150, c=colours, edgecolors="k")
    axes[1].set_xticks(range(12), names, fontsize="small")
    types = [fonts.bilingual(*pair) for pair in zip(hunter.TYPES_ZH, hunter.TYPES, strict=True)]
    axes[1].set_yticks(range(1, 7), types)
    axes[1].set_ylim(0.5, 6.5)
    axes[1].set_ylabel("label Y: type")
    axes[1].set_title("Classification: types have no order")
    for axis in axes:
        axis.set_xlabel("hunter")
    return plots.save(figure, path)
