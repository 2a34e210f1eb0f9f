"""Where and when a Pokémon appeared: 200 numeric features, five classes.

Source: the slides 「寶可夢過去出現的時間與地點紀錄 (dataset from Kaggle)」 and
「範例資料：預測會出現哪一隻神奇寶貝？」.

There are two sources with the same columns. `load` reads the course's own file where the data
folder holds it. The file's licence is unknown, so tfcourse does not distribute it. Where the default
folder does not hold the file, `load` generates a stand-in (`pokemon_standin`), which says so in
`note`. The stand-in shows how a network trains. Its numbers say nothing about real Pokémon.

The features are used without scaling, as in the course. Its curves depend on that.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tfcourse.batches import Batches, Columns, Origin
from tfcourse.datasets import csv_files, folders
from tfcourse.datasets.pokemon_columns import CLASS_COUNTS as CLASS_COUNTS
from tfcourse.datasets.pokemon_columns import CLASSES as CLASSES
from tfcourse.datasets.pokemon_columns import COLUMNS as COLUMNS
from tfcourse.datasets.pokemon_columns import FEATURES, N_CLASSES, N_ROWS
from tfcourse.datasets.pokemon_standin import generate
from tfcourse.errors import DataError, UsageError

FILE_NAME = "pkgo_city66_class5_v1.csv"
SIZE = 1265155  # bytes
SHA256 = "463e099d0c8d0ed4cbcd08e115b5ce9f84e76c8423e5aa3d4fabc8c343337493"
URL = f"https://raw.githubusercontent.com/CloudMile/recommendation_course/master/data/{FILE_NAME}"

GENERATED_NOTE = (
    "Generated stand-in, not the course's Pokémon file: its numbers show how a network trains "
    "and say nothing about real Pokémon."
)
UNVERIFIED_NOTE = "Unverified file: it is not, byte for byte, the course's Pokémon file."

#: `Pokemon.source` in words, for tables and pictures.
SOURCES = {
    "real": "the course's Pokémon file",
    "generated": "generated stand-in for the course's Pokémon file",
    "unverified": "unverified Pokémon file",
}
LICENCES = {
    "real": "unknown (the course took it from Kaggle)",
    "generated": "that of tfcourse",
    "unverified": "unknown",
}
PROTOCOLS = ("deck", "clean")
#: The course shuffles the rows with SPLIT_SEED, then draws the valid rows from NumPy's own stream,
#: which it had seeded with NUMPY_SEED.
SPLIT_SEED = 100
NUMPY_SEED = 88


@dataclass(frozen=True, eq=False)
class Pokemon:
    """The data set, one row per sighting.

    Attributes:
        features: float32 (n, 200), the columns of `FEATURES`. Continuous ones are standardised,
            the others are codes, clock parts and 0/1 flags as in the file.
        labels: int32 (n,), 0 to 4, an index into `CLASSES`.
        source: "real" (the course's file), "generated" (the stand-in) or "unverified".
        note: a sentence to print beside numbers made from the data; empty for "real".
        path: the file read, None for the stand-in.
    """

    features: np.ndarray
    labels: np.ndarray
    source: str
    note: str
    path: Path | None = None

    @property
    def one_hot(self) -> np.ndarray:
        """The labels one-hot, float32 (n, 5)."""
        return np.eye(N_CLASSES, dtype=np.float32)[self.labels]

    def split(
        self, seed: int = SPLIT_SEED, valid_share: float = 0.1
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Shuffle the rows and hold out a share of them.

        The defaults give the deck's own rows. They are those of scikit-learn after
        ``numpy.random.seed(88)``: ``shuffle(X, Y, random_state=100)``, then
        ``train_test_split(X, Y, test_size=0.1)``.
        Source: 「How to Treat Your Data?」, 「Result of ModelMSE」.

        Args:
            seed: of the shuffle, 0 to 2³² - 1. Another seed gives another split.
            valid_share: the share that is held out, v = ceil(n * valid_share) rows.

        Returns:
            X_train (n - v, 200), Y_train (n - v, 5), X_valid (v, 200), Y_valid (v, 5), all
            float32, Y one-hot: 1,652 and 184 rows by default.

        Raises:
            UsageError: one side would be empty.
        """
        n = len(self.labels)
        n_valid = math.ceil(n * valid_share)
        if not 0 < n_valid < n:
            raise UsageError(f"a valid_share of {valid_share} of {n} rows leaves one side empty")
        # RandomState and not default_rng: NumPy promises that its stream never changes.
        shuffled = np.random.RandomState(seed).permutation(n)
        order = shuffled[np.random.RandomState(NUMPY_SEED).permutation(n)]
        valid, train = order[:n_valid], order[n_valid:]
        target = self.one_hot
        return self.features[train], target[train], self.features[valid], target[valid]

    def prepare(self, protocol: str = "deck", seed: int = SPLIT_SEED) -> PreparedPokemon:
        """Split the data into train and valid rows.

        Args:
            protocol: "deck" or "clean". Both give the deck's split, whose valid rows choose the
                epoch and are the rows of the figures. The result says "deck".
            seed: of the split, see ``split``.

        Raises:
            UsageError: an unknown protocol.
        """
        if protocol not in PROTOCOLS:
            raise UsageError(f"unknown protocol {protocol!r}; known: {', '.join(PROTOCOLS)}")
        X_train, Y_train, X_valid, Y_valid = self.split(seed)
        origin = Origin("deck", SOURCES[self.source], self.note)
        return PreparedPokemon(
            data=self,
            train=Columns({"inputs": X_train, "labels": Y_train}, origin),
            valid=Columns({"inputs": X_valid, "labels": Y_valid}, origin),
        )


@dataclass(frozen=True, eq=False)
class PreparedPokemon:
    """The data set, split.

    Attributes:
        data: the data set.
        train, valid: columns `inputs` float32 (n, 200), `labels` float32 (n, 5) one-hot.
    """

    data: Pokemon
    train: Columns
    valid: Columns

    @property
    def protocol(self) -> str:
        """There is one protocol only."""
        return "deck"

    @property
    def source(self) -> str:
        """Where the data came from, in words."""
        return SOURCES[self.data.source]

    @property
    def note(self) -> str:
        """A sentence to print beside numbers made from the data; empty for the course's file."""
        return self.data.note

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes that lessons take from the data, by the names of their hyper-parameters."""
        return {"n_features": len(FEATURES), "n_classes": N_CLASSES}

    def train_batches(self, n_batch: int = 16, shuffle: bool = True) -> Batches:
        """Batches to train on."""
        return Batches(self.train, n_batch, shuffle)

    def valid_batches(self) -> Batches:
        """All valid rows in one batch, as the course measured them."""
        return Batches(self.valid, len(self.valid), shuffle=False)


def _look(folder: Path) -> Path | None:
    """The course's file in a folder, packed by gzip or not."""
    paths = (folder / name for name in _WANTED.names)
    return next((path for path in paths if path.is_file()), None)


_WANTED = folders.Wanted(
    expected=f"the Pokémon file {FILE_NAME}",
    names=(FILE_NAME, FILE_NAME + ".gz"),
    look=_look,
    archive="pkgo",
)
_KINDS: dict[str, csv_files.Kind] = {**dict.fromkeys(FEATURES, np.float32), "class": np.int64}


def load(data_dir: str | Path | None = folders.DEFAULT, verify: bool = True) -> Pokemon:
    """Read the course's file from a folder, or from the one folder in it that has the file.

    Args:
        data_dir: the folder. Only for the default one, ``data`` in the current directory, the stand-in
            is generated where there is no file. Another folder must have it. None for the stand-in.
        verify: whether the file must have all 1,836 rows and the published SHA-256 (of the text
            with LF line ends). Without it, any well-formed file with these columns is read and
            marked "unverified".

    Raises:
        DataError: a named folder that does not exist or does not hold the file; or a file that is
            damaged or not the course's, with file and line.
    """
    path = None if data_dir is None else folders.find(data_dir, _WANTED)
    if path is None:
        return from_frame(generate())
    file = csv_files.read(path, _KINDS, exact=True)
    labels = file["class"]
    file.check((labels >= 0) & (labels < N_CLASSES), f"0 to {N_CLASSES - 1}", "class")
    features = np.column_stack([file[name] for name in FEATURES])
    labels = labels.astype(np.int32)
    # A checkout on Windows changes line ends, not the data.
    digest = hashlib.sha256(file.raw.replace(b"\r\n", b"\n")).hexdigest()
    if digest == SHA256:
        return Pokemon(features, labels, "real", "", path)
    if not verify:
        return Pokemon(features, labels, "unverified", UNVERIFIED_NOTE, path)
    if len(labels) != N_ROWS:
        raise DataError(f"expected {N_ROWS} rows, found {len(labels)}; download it again", path)
    raise DataError(f"expected SHA-256 {SHA256}, found {digest}; download it again", path)


def from_frame(frame: pd.DataFrame) -> Pokemon:
    """A frame from `generate` as a `Pokemon`."""
    features = frame[list(FEATURES)].to_numpy(np.float64).astype(np.float32)
    labels = frame["class"].to_numpy(np.int32)
    return Pokemon(features, labels, "generated", GENERATED_NOTE)


def status(data_dir: str | Path = folders.DEFAULT) -> dict[str, object]:
    """What `load` would give: name, source, path, rows, classes, licence, complete, and note
    where there is one. A named folder without the file has the source "not there"."""
    try:
        data = load(data_dir)
    except folders.NotThere as error:
        return {
            "name": "pokemon",
            "source": "not there",
            "path": str(data_dir),
            "rows": 0,
            "classes": N_CLASSES,
            "licence": LICENCES["unverified"],
            "complete": False,
            "note": str(error),
        }
    return {
        "name": "pokemon",
        "source": SOURCES[data.source],
        "path": "in memory, made at each use" if data.path is None else str(data.path),
        "rows": len(data.labels),
        "classes": N_CLASSES,
        "licence": LICENCES[data.source],
        "complete": True,
        **({"note": data.note} if data.note else {}),
    }


def verify(data_dir: str | Path = folders.DEFAULT) -> dict[str, object]:
    """`status` and "files": whether the file has the published SHA-256, where it is there."""
    described = status(data_dir)
    real = described["source"] == SOURCES["real"]
    return {**described, "files": {FILE_NAME: "as published"} if real else {}}


def download(data_dir: str | Path = folders.DEFAULT, url: str = URL, progress: bool = True) -> Path:
    """Download the course's file into `data_dir`, see `download.fetch`.

    Args:
        url: of the file, or of the folder that holds it.
        progress: whether a bar is shown on standard error.

    Returns:
        the file.
    """
    from tfcourse.datasets.download import fetch

    if not url.endswith(FILE_NAME):
        url = url.rstrip("/") + "/" + FILE_NAME
    return fetch(url, Path(data_dir) / FILE_NAME, SHA256, progress, SIZE)
