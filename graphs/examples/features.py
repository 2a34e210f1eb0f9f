"""Features; Subject In Regression and Classification; 回頭看看資料~ (deck, "Machine Learning Framework").

Regression: X1 is the nen capacity, X2 the faction, and the label Y a score from 0 to 100. Scores can be
compared (可比大小). Classification: the features are X1 to X13, and the label Y is one of six types.
Types have no order (沒有大小關係).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tfcourse.datasets import hunter


def run(seed: int = 88) -> dict[str, Any]:
    scored, typed = hunter.regression(), hunter.classification()
    return {
        "note": hunter.NOTE,
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
