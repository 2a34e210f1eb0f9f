"""Basic MF in Surprise: ``SVD`` with 16 factors.

Surprise updates after each rating and has learning rates of its own, so its time can be compared but
not its loss.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import surprise

from benchmarks.models import SEED
from benchmarks.ways import tfcourse_way

if TYPE_CHECKING:
    from surprise import Trainset


def prepare(model: str, folder: Path) -> Trainset:
    """Prepare the train rows; see ``Way``."""
    rows = tfcourse_way.ratings(folder).train
    frame = pd.DataFrame({"user": rows.user, "movie": rows.movie, "rating": rows.rating})
    reader = surprise.Reader(rating_scale=(0.5, 5))
    return surprise.Dataset.load_from_df(frame, reader).build_full_trainset()


def train(
    model: str, data: Trainset, weights: Path, epochs: int, way: str = "surprise"
) -> tuple[list[float], list[float]]:
    """Measure the epochs; see ``Way``.

    Surprise has no hook between epochs, so each epoch is a training of its own.
    """
    seconds = []
    for _ in range(epochs):
        svd = surprise.SVD(n_factors=16, n_epochs=1, random_state=SEED)
        begin = time.perf_counter()
        svd.fit(data)
        seconds.append(time.perf_counter() - begin)
    return seconds, []
