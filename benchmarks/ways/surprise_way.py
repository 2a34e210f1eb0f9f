"""Basic MF in Surprise: ``SVD`` with 16 factors. It updates after every rating and learns at its
own rates, so its time can be compared and its loss cannot."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
import surprise

from benchmarks.models import SEED
from benchmarks.ways import tfcourse_way


def prepare(model: str, folder: Path) -> Any:
    rows = tfcourse_way.prepare(model, folder).train
    frame = pd.DataFrame({"user": rows.user, "movie": rows.movie, "rating": rows.rating})
    reader = surprise.Reader(rating_scale=(0.5, 5))
    return surprise.Dataset.load_from_df(frame, reader).build_full_trainset()


def train(model: str, data: Any, weights: Path | None, epochs: int) -> tuple[list[float], list]:
    """Each epoch is a training of its own, of one epoch: Surprise has no hook between epochs."""
    seconds = []
    for _ in range(epochs):
        svd = surprise.SVD(n_factors=16, n_epochs=1, random_state=SEED)
        begin = time.perf_counter()
        svd.fit(data)
        seconds.append(time.perf_counter() - begin)
    return seconds, []
