"""The file ``vocabulary-<digest>.csv`` beside a checkpoint: which movies the embedding's rows mean."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tfcourse.batches import Origin
from tfcourse.checkpoints import reading
from tfcourse.errors import CheckpointError
from tfcourse.recommenders.catalogue import (
    Catalogue,
    ItemFeatures,
    MovieVocabulary,
    item_features,
)

NAME = "vocabulary.csv"  # in an export, and in checkpoints of format 1
_FIELDS = {"digest": str, "file_sha256": str, "avg_range": list, "year_range": list}


def written(catalogue: Catalogue) -> tuple[dict[str, Any], dict[str, str]]:
    """What a checkpoint's JSON says of a catalogue, and the file's text by name.

    The file's name is that of its contents. It has the movies, their metadata as the lesson saw
    them, and how many liked them in train.
    """
    buffer = io.StringIO()
    pd.DataFrame(
        {
            "movieId": catalogue.vocabulary.raw_id,
            "title": catalogue.vocabulary.title,
            "genres": catalogue.vocabulary.genres,
            "avg_rating": catalogue.items.avg_rating,
            "year": catalogue.items.year,
            "popularity": catalogue.popularity,
        }
    ).to_csv(buffer, index=False, lineterminator="\n")
    text = buffer.getvalue()
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = f"vocabulary-{digest[:16]}.csv"
    described = {
        "file": name,
        "movies": len(catalogue.vocabulary),
        "digest": catalogue.vocabulary.digest,
        "file_sha256": digest,
        "avg_range": catalogue.items.avg_range,
        "year_range": catalogue.items.year_range,
    }
    return {"vocabulary": described}, {name: text}


def read(folder: Path, described: dict[str, Any], origin: Origin) -> Catalogue:
    """The catalogue of a checkpoint's folder.

    Args:
        described: what the checkpoint's JSON says of it.

    Raises:
        CheckpointError: the file is missing, or not the one that the JSON names.
    """
    path = folder / Path(described["file"]).name
    for name, kind in _FIELDS.items():
        value: Any = described.get(name)
        fits = isinstance(value, kind)
        if fits and kind is list:  # the lowest and the highest value
            fits = len(value) == 2 and all(map(reading.is_number, value))
        if not fits:
            raise CheckpointError(
                f"{folder}: damaged: {name!r} of the vocabulary is missing or of the wrong kind"
            )
    try:
        raw = path.read_bytes()
    except OSError:
        raise CheckpointError(f"{path}: missing: it names the movies of the embedding") from None
    if hashlib.sha256(raw).hexdigest() != described["file_sha256"]:
        raise CheckpointError(f"{path}: not the vocabulary that this checkpoint was saved with")
    frame = pd.read_csv(io.BytesIO(raw), dtype={"title": str, "genres": str}, keep_default_na=False)
    vocabulary = MovieVocabulary(
        frame["movieId"].to_numpy(np.int64),
        frame["title"].to_numpy(object),
        frame["genres"].to_numpy(object),
    )
    if vocabulary.digest != described["digest"]:
        raise CheckpointError(f"{path}: its movie ids are not those that the JSON names")
    coded = item_features(vocabulary, np.zeros(1, np.int64), np.ones(1))
    items = ItemFeatures(
        coded.genres,
        coded.genres_len,
        frame["avg_rating"].to_numpy(np.float32),
        frame["year"].to_numpy(np.float32),
        coded.genre_names,
        tuple(described["avg_range"]),
        tuple(described["year_range"]),
    )
    popularity = frame["popularity"].to_numpy(np.int64)
    return Catalogue(vocabulary, items, popularity, origin=origin)
