"""Where and when a Pokémon appeared: 200 numeric features, five classes.

Source: the slides 「寶可夢過去出現的時間與地點紀錄 (dataset from Kaggle)」 and
「範例資料：預測會出現哪一隻神奇寶貝？」.

Two sources give the same columns. `load` reads the course's own file when it is in the data
folder. Nobody may pass that file on without knowing its licence, so without it `load` makes a
stand-in, which says so in `note`. The stand-in is there to show how a network trains. Its
numbers say nothing about real Pokémon.

Read the features as they are, without scaling: so did the course, and its curves need it.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tfcourse.batches import Batches, Columns
from tfcourse.errors import DataError, UsageError

FILE_NAME = "pkgo_city66_class5_v1.csv"
SHA256 = "463e099d0c8d0ed4cbcd08e115b5ce9f84e76c8423e5aa3d4fabc8c343337493"
URL = f"https://raw.githubusercontent.com/CloudMile/recommendation_course/master/data/{FILE_NAME}"

#: (National Pokédex number, Chinese name as on the slide, English name) of class 0 to 4.
CLASSES: tuple[tuple[int, str, str], ...] = (
    (4, "小火龍", "Charmander"),
    (43, "走路草", "Oddish"),
    (56, "火爆猴", "Mankey"),
    (71, "喇叭芽", "Weepinbell"),
    (98, "大鉗蟹", "Krabby"),
)
N_CLASSES = len(CLASSES)
CLASS_COUNTS = (224, 948, 150, 225, 289)
N_ROWS = sum(CLASS_COUNTS)

_RADII = (100, 250, 500, 1000, 2500, 5000)  # metres
_APPEARED = ("TimeOfDay", "Hour", "Minute", "DayOfWeek", "Day", "Month")
_SUN = (
    *(f"sunrise{part}" for part in ("MinutesMidnight", "Hour", "Minute", "MinutesSince")),
    *(f"sunset{part}" for part in ("MinutesMidnight", "Hour", "Minute", "MinutesBefore")),
)

#: The 201 column names in the file's order: 200 features, then `class`.
COLUMNS: tuple[str, ...] = (
    "latitude",
    "longitude",
    *(f"local.{part}" for part in ("month", "day", "hour", "minute", "second")),
    *(f"appeared{part}" for part in _APPEARED),
    *("terrainType", "closeToWater", "city", "continent"),
    *("weather", "temperature", "windSpeed", "windBearing", "pressure"),
    *_SUN,
    *("population_density", "urban", "suburban", "midurban", "rural"),
    "gymDistanceKm",
    *(f"gymIn{radius}m" for radius in _RADII),
    "pokestopDistanceKm",
    *(f"pokestopIn{radius}m" for radius in _RADII),
    *(f"cooc_{number}" for number in range(1, 152)),
    "class",
)
FEATURES: tuple[str, ...] = COLUMNS[:-1]

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
SPLIT_SEED = 100


@dataclass(frozen=True, eq=False)
class Pokemon:
    """The data set, one row per sighting.

    features: float32 (n, 200), the columns of `FEATURES`. Continuous ones are standardised,
        the rest are codes, clock parts and 0/1 flags as in the file.
    labels: int32 (n,), 0 to 4, an index into `CLASSES`.
    source: "real" (the course's file), "generated" (the stand-in) or "unverified".
    note: a sentence to print wherever numbers made from the data appear; empty for "real".
    path: the file read, None for the stand-in.
    """

    features: np.ndarray
    labels: np.ndarray
    source: str
    note: str
    path: Path | None = None

    @property
    def one_hot(self) -> np.ndarray:
        """float32 (n, 5), the labels one-hot."""
        return np.eye(N_CLASSES, dtype=np.float32)[self.labels]

    def split(
        self, seed: int = SPLIT_SEED, valid_share: float = 0.1
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Shuffle with `seed` and hold out `valid_share` of the rows.

        Returns X_train (n - v, 200), Y_train (n - v, 5), X_valid (v, 200), Y_valid (v, 5), all
        float32, Y one-hot, with v = ceil(n * valid_share): 1,652 and 184 rows by default. The
        rows are those of scikit-learn's train_test_split(test_size=0.1, random_state=100).
        Raises UsageError when a side would be empty. Source: 「How to Treat Your Data?」.
        """
        n = len(self.labels)
        n_valid = math.ceil(n * valid_share)
        if not 0 < n_valid < n:
            raise UsageError(f"a valid_share of {valid_share} of {n} rows leaves one side empty")
        # RandomState and not default_rng: NumPy promises that its stream never changes.
        order = np.random.RandomState(seed).permutation(n)
        valid, train = order[:n_valid], order[n_valid:]
        target = self.one_hot
        return self.features[train], target[train], self.features[valid], target[valid]

    def prepare(self, protocol: str = "deck", seed: int = SPLIT_SEED) -> Prepared:
        """What lessons train on and are measured with.

        Args:
            protocol: "deck" or "clean". There is one way only, the deck's: the valid rows choose
                the epoch and are those shown. Both names are taken, "deck" is reported.
            seed: of the split.
        """
        if protocol not in PROTOCOLS:
            raise UsageError(f"unknown protocol {protocol!r}; known: {', '.join(PROTOCOLS)}")
        X_train, Y_train, X_valid, Y_valid = self.split(seed)
        return Prepared(
            data=self,
            train=Columns({"inputs": X_train, "labels": Y_train}),
            valid=Columns({"inputs": X_valid, "labels": Y_valid}),
        )


@dataclass(frozen=True, eq=False)
class Prepared:
    """The data set split: columns `inputs` float32 (n, 200), `labels` float32 (n, 5) one-hot."""

    data: Pokemon
    train: Columns
    valid: Columns
    protocol: str = "deck"

    @property
    def source(self) -> str:
        return SOURCES[self.data.source]

    @property
    def note(self) -> str:
        return self.data.note

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes that lessons take from the data, by the names of their hyper-parameters."""
        return {"n_features": len(FEATURES), "n_classes": N_CLASSES}

    def train_batches(self, n_batch: int = 16, shuffle: bool = True) -> Batches:
        return Batches(self.train, n_batch, shuffle, data=self)

    def valid_batches(self) -> Batches:
        """All valid rows in one batch, as the course measured them."""
        return Batches(self.valid, len(self.valid), shuffle=False, data=self)


def status(data_dir: str | Path = "data") -> dict[str, object]:
    """What `load` would give: name, source, path, rows, classes, licence, complete, and a
    note where there is one."""
    data = load(data_dir)
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


def verify(data_dir: str | Path = "data") -> dict[str, object]:
    """`status`, after the file, where it is there, was read, checked and its SHA-256 compared."""
    described = status(data_dir)
    real = described["source"] == SOURCES["real"]
    return {**described, "files": {FILE_NAME: "as published"} if real else {}}


def download(data_dir: str | Path = "data", url: str = URL, progress: bool = True) -> Path:
    """Fetch the course's exact file into `data_dir`.

    Args:
        url: of the file, or of the folder that holds it.
    """
    from tfcourse.datasets.download import fetch

    if not url.endswith(FILE_NAME):
        url = url.rstrip("/") + "/" + FILE_NAME
    return fetch(url, Path(data_dir) / FILE_NAME, SHA256, progress)


def load(data_dir: str | Path | None = "data", verify: bool = True) -> Pokemon:
    """The course's file from `data_dir` if it is there, else the generated stand-in.

    verify=True also wants all 1,836 rows and the SHA-256 (of the text with LF line ends).
    verify=False takes any well-formed file with these columns, and marks it "unverified".
    Raises DataError (file, line, expected and found) for a file that is there but not good.
    """
    path = None if data_dir is None else Path(data_dir) / FILE_NAME
    if path is None or not path.exists():
        return from_frame(generate())
    values, digest = _read(path)
    if digest == SHA256:
        return _pack(values, "real", "", path)
    if not verify:
        return _pack(values, "unverified", UNVERIFIED_NOTE, path)
    if len(values) != N_ROWS:
        raise DataError(f"expected {N_ROWS} rows, found {len(values)}; download it again", path)
    raise DataError(f"expected SHA-256 {SHA256}, found {digest}; download it again", path)


def from_frame(frame: pd.DataFrame) -> Pokemon:
    """A frame from `generate` as a `Pokemon`."""
    return _pack(frame[list(COLUMNS)].to_numpy(np.float64), "generated", GENERATED_NOTE, None)


def _pack(values: np.ndarray, source: str, note: str, path: Path | None) -> Pokemon:
    features = np.ascontiguousarray(values[:, :-1], np.float32)
    return Pokemon(features, values[:, -1].astype(np.int32), source, note, path)


# -- reading ---------------------------------------------------------------------------------


def _read(path: Path) -> tuple[np.ndarray, str]:
    """Cells as float64 (n, 201) and the SHA-256 of the file with LF line ends."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error
    raw = raw.replace(b"\r\n", b"\n")  # a checkout on Windows changes line ends, not the data
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x}"
        raise DataError(f"expected UTF-8 text, found {found}", path, line) from error
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if not lines:
        raise DataError(f"expected a header of {len(COLUMNS)} columns, found an empty file", path)
    _check_header(lines[0], path)
    if len(lines) == 1:
        raise DataError("expected rows after the header, found none", path, 1)
    rows = []
    for number, line_text in enumerate(lines[1:], start=2):
        cells = line_text.split(",")
        if len(cells) != len(COLUMNS):
            found = f"{len(cells)} cells" if line_text else "an empty line"
            raise DataError(f"expected {len(COLUMNS)} cells, found {found}", path, number)
        rows.append(cells)
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError:
        raise _first_bad_cell(rows, path) from None
    _check_values(values, rows, path)
    return values, hashlib.sha256(raw).hexdigest()


def _check_header(header: str, path: Path) -> None:
    names = header.split(",")
    if names == list(COLUMNS):
        return
    missing = [name for name in COLUMNS if name not in names]
    extra = [name for name in names if name not in COLUMNS]
    twice = sorted({name for name in names if names.count(name) > 1})
    parts = [
        f"{what} {_some(which)}"
        for what, which in (("missing", missing), ("unknown", extra), ("twice", twice))
        if which
    ]
    found = "; ".join(parts) or "the right names in another order"
    raise DataError(f"expected the {len(COLUMNS)} columns of {FILE_NAME}, found {found}", path, 1)


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _first_bad_cell(rows: list[list[str]], path: Path) -> DataError:
    for number, cells in enumerate(rows, start=2):
        for name, cell in zip(COLUMNS, cells, strict=True):
            try:
                np.float64(cell)
            except ValueError:
                found = repr(cell[:40]) if cell.strip() else "an empty cell"
                return DataError(f"expected a number in {name!r}, found {found}", path, number)
    raise AssertionError("every cell is a number")


def _check_values(values: np.ndarray, rows: list[list[str]], path: Path) -> None:
    with np.errstate(over="ignore"):
        bad = np.argwhere(~np.isfinite(values.astype(np.float32)))
    if len(bad):
        row, column = bad[0]
        found = repr(rows[row][column][:40])
        message = f"expected a finite number in {COLUMNS[column]!r}, found {found}"
        raise DataError(message, path, int(row) + 2)
    wrong = np.flatnonzero(~np.isin(values[:, -1], range(N_CLASSES)))
    if len(wrong):
        row = int(wrong[0])
        message = f"expected class 0 to {N_CLASSES - 1}, found {rows[row][-1][:40]!r}"
        raise DataError(message, path, row + 2)


# -- the stand-in ----------------------------------------------------------------------------

# Shares and means, class 0 to 4, with which a nest of that class is drawn. They make the classes
# tell-tale. They follow the real file roughly, and were set so that a network trains on the
# stand-in much as it does there; they are no measurement.
_TERRAIN = (13, 14, 0, 8, 4, 5, 12, 10)
_TERRAIN_SHARES = (
    (0.44, 0.34, 0.03, 0.15, 0.01, 0.02, 0.01, 0.0),
    (0.36, 0.28, 0.04, 0.10, 0.10, 0.08, 0.03, 0.01),
    (0.62, 0.11, 0.13, 0.03, 0.02, 0.02, 0.02, 0.05),
    (0.40, 0.06, 0.44, 0.06, 0.02, 0.02, 0.0, 0.0),
    (0.18, 0.0, 0.76, 0.04, 0.01, 0.01, 0.0, 0.0),
)
_WATER = (0.20, 0.13, 0.19, 0.60, 0.85)
_CROWD = (0.4, -0.3, 0.7, 0.2, -0.5)  # log population density, in standard deviations
_GYM_LOG_KM = (-1.0, -0.7, -1.2, -0.9, -0.9)  # natural logarithm of kilometres
_STOP_LOG_KM = (-1.8, -1.4, -2.1, -1.9, -2.3)
_HOUR = (14, 1, 20, 12, 16)  # when most are seen, on the phone's clock
_WEATHER = (5, 21, 1, 22, 3, 17, 7)
_WEATHER_SHARES = (0.76, 0.16, 0.02, 0.02, 0.02, 0.01, 0.01)
_DAY_CODE = {2: 6, 3: 7, 4: 5, 5: 2, 6: 3, 7: 4, 8: 1}  # appearedDay to appearedDayOfWeek

# Pokédex number: chance that it was seen in the ten minutes before, in a nest of each class.
_SEEN = {
    10: (0.06, 0.07, 0.05, 0.02, 0.01),
    13: (0.13, 0.17, 0.12, 0.07, 0.01),
    16: (0.17, 0.24, 0.13, 0.07, 0.06),
    19: (0.08, 0.15, 0.05, 0.06, 0.12),
    21: (0.03, 0.06, 0.05, 0.04, 0.06),
    32: (0.17, 0.25, 0.25, 0.31, 0.13),
    46: (0.02, 0.05, 0.01, 0.02, 0.01),
    48: (0.05, 0.06, 0.01, 0.03, 0.01),
    54: (0.01, 0.01, 0.03, 0.30, 0.02),
    64: (0.05, 0.06, 0.08, 0.08, 0.40),
    81: (0.0, 0.0, 0.01, 0.01, 0.40),
    96: (0.04, 0.12, 0.08, 0.16, 0.13),
    128: (0.06, 0.12, 0.07, 0.30, 0.05),
    129: (0.0, 0.01, 0.03, 0.45, 0.03),
    133: (0.03, 0.16, 0.02, 0.01, 0.01),
}
_SEEN_ELSE = 0.004

_N_NESTS = 60
_LOYAL = 0.72  # share of the sightings that happen in a nest of their own class


def generate(seed: int = 11) -> pd.DataFrame:
    """The stand-in: 1,836 rows, the columns of `COLUMNS`, the real file's class counts.

    A map of nests is drawn first. Each has a class of its own, a place, a terrain and a few
    days of weather; a sighting happens in a nest of its own class or, less often, in any nest.
    The same seed gives the same frame. Continuous columns are standardised as in the file
    (float64, rounded to six decimals), the others are int64.

    The shares above and the default seed were picked, the seed out of 65, so that the lessons'
    curves come out much as on the real file. That they do is therefore no evidence of anything;
    with other seeds some come out weaker (seed 100 overfits less).
    """
    rng = np.random.default_rng(seed)
    nests = _nests(rng)
    labels = rng.permutation(np.repeat(np.arange(N_CLASSES), CLASS_COUNTS))
    nest = _place(rng, labels, nests["class"], nests["size"])
    home = nests["class"][nest]

    columns: dict[str, np.ndarray] = {"class": labels}
    for name in ("latitude", "longitude"):
        columns[name] = nests[name][nest] + 0.01 * rng.standard_normal(N_ROWS)
    columns |= _clock(rng, nests, nest)
    columns["terrainType"] = nests["terrain"][nest]
    columns["closeToWater"] = nests["water"][nest]
    columns["city"] = np.full(N_ROWS, 66)
    columns["continent"] = np.full(N_ROWS, 2)
    columns |= _weather(rng, nests, nest, columns["local.day"])
    columns |= _crowd(nests["crowd"][nest])
    columns |= _distances(rng, "gym", nests["gym"][nest], scale=0.0537, shift=-0.1153)
    columns |= _distances(rng, "pokestop", nests["stop"][nest], scale=0.1464, shift=-0.1015)
    for number in range(1, 152):
        chance = np.asarray(_SEEN.get(number, (_SEEN_ELSE,) * N_CLASSES))[home]
        columns[f"cooc_{number}"] = rng.random(N_ROWS) < chance

    frame = pd.DataFrame({name: columns[name] for name in COLUMNS})
    whole = [name for name in COLUMNS if columns[name].dtype.kind != "f"]
    # Rounding hides the last bit of exp, in which platforms differ.
    return frame.astype(dict.fromkeys(whole, np.int64)).round(6)


def _nests(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One array (60,) per property of a nest."""
    shares = np.asarray(CLASS_COUNTS) / N_ROWS
    # A class has as many nests as its size asks for.
    counts = np.rint(shares * _N_NESTS).astype(np.int64)
    kind = np.repeat(np.arange(N_CLASSES), counts)
    n = len(kind)
    terrain = np.concatenate([_quota(rng, int(count), k) for k, count in enumerate(counts)])

    def normal(mean: tuple[float, ...], spread: float) -> np.ndarray:
        return np.asarray(mean)[kind] + spread * rng.standard_normal(n)

    return {
        "class": kind,
        "size": 1.0 / (1.0 + rng.permutation(n)) ** 0.7,
        "latitude": np.clip(rng.normal(-0.05, 0.3, n), -3.6, 1.3),
        "longitude": np.clip(rng.normal(-0.62, 0.15, n), -1.1, 2.0),
        "terrain": terrain,
        "water": rng.random(n) < np.asarray(_WATER)[kind],
        "crowd": normal(_CROWD, 1.0),
        "gym": normal(_GYM_LOG_KM, 1.0),
        "stop": normal(_STOP_LOG_KM, 0.9),
        "hour": np.rint(normal(_HOUR, 4.0)).astype(np.int64) % 24,
        "day": rng.choice(7, n, p=(0.01, 0.17, 0.15, 0.27, 0.26, 0.11, 0.03)) + 2,
        "warmth": normal((0.6, 0.1, 0.5, 0.4, 0.3), 0.4),
        "sunrise": rng.normal(5.0 * (kind != 1), 18.0),
    }


def _quota(rng: np.random.Generator, count: int, kind: int) -> np.ndarray:
    """`count` terrains in the shares of class `kind`; quotas, since a class has few nests."""
    steps = (np.arange(count) + rng.random()) / count
    which = np.searchsorted(np.cumsum(_TERRAIN_SHARES[kind]), steps)
    return rng.permutation(np.asarray(_TERRAIN)[np.minimum(which, len(_TERRAIN) - 1)])


def _place(
    rng: np.random.Generator, labels: np.ndarray, kind: np.ndarray, size: np.ndarray
) -> np.ndarray:
    """The nest of every sighting, int64 (n,): of its own class, or any."""
    nest = np.empty(len(labels), np.int64)
    loyal = rng.random(len(labels)) < _LOYAL
    for number in range(N_CLASSES):
        for stays in (True, False):
            rows = np.flatnonzero((labels == number) & (loyal == stays))
            weight = size * (kind == number) if stays else size
            nest[rows] = rng.choice(len(kind), len(rows), p=weight / weight.sum())
    return nest


def _clock(
    rng: np.random.Generator, nests: dict[str, np.ndarray], nest: np.ndarray
) -> dict[str, np.ndarray]:
    """Both clocks, the date, and the sun's times and what is left to them."""
    n = len(nest)
    # Half of a nest's sightings fall near its own hour, the other half anywhere in the day.
    near = rng.random(n) < 0.5
    hour = np.where(near, nests["hour"][nest] + rng.integers(0, 3, n), rng.integers(0, 24, n)) % 24
    minute, second = rng.integers(0, 60, n), rng.integers(0, 60, n)
    day = np.clip(nests["day"][nest] + rng.integers(-1, 2, n), 2, 8)
    # The file gives the phone's clock beside the server's, which is two hours ahead (mod 24).
    appeared = (hour + 2) % 24
    appeared_day = np.minimum(day + (hour >= 22), 8)
    part = np.select([appeared < 7, appeared < 12, appeared < 16, appeared < 20], [4, 3, 1, 2], 4)
    now = 60 * appeared + minute
    sunrise = 400 + nests["sunrise"][nest] // 1  # minutes after midnight
    sunset = 1165 + (nests["sunrise"][nest] * 0.7) // 1
    return {
        "local.month": np.full(n, 9),
        "local.day": day,
        "local.hour": hour,
        "local.minute": minute,
        "local.second": second,
        "appearedTimeOfDay": part,
        "appearedHour": appeared,
        "appearedMinute": minute,
        "appearedDayOfWeek": np.array([_DAY_CODE[int(d)] for d in appeared_day]),
        "appearedDay": appeared_day,
        "appearedMonth": np.full(n, 8),
        "sunriseMinutesMidnight": (sunrise - 390) / 29.5,
        "sunriseHour": np.where(sunrise < 420, -0.387781, 1.832383),
        "sunriseMinute": (sunrise % 60 - 28) / 15.0,
        "sunriseMinutesSince": (now - sunrise - 360) / 410,
        "sunsetMinutesMidnight": (sunset - 1160) / 30.4,
        "sunsetHour": np.where(sunset < 1200, -0.088117, 1.842494),
        "sunsetMinute": (sunset % 60 - 33) / 15.3,
        "sunsetMinutesBefore": (sunset - now - 400) / 410,
    }


def _weather(
    rng: np.random.Generator, nests: dict[str, np.ndarray], nest: np.ndarray, day: np.ndarray
) -> dict[str, np.ndarray]:
    """Weather belongs to a nest and a day, so a nest can be known by it."""
    n_nests = len(nests["class"])
    code = rng.choice(_WEATHER, (n_nests, 9), p=_WEATHER_SHARES)
    wind = np.exp(rng.normal(0.3, 0.5, (n_nests, 9))) - 1.6
    bearing = rng.uniform(-1.8, 1.8, (n_nests, 9))
    pressure = rng.normal(0.76, 0.5, (n_nests, 9))
    swing = rng.normal(0.0, 0.5, (n_nests, 9))
    n = len(nest)
    return {
        "weather": code[nest, day],
        "temperature": np.clip(nests["warmth"][nest] + swing[nest, day], -2.0, 1.8),
        "windSpeed": wind[nest, day] + 0.05 * rng.standard_normal(n),
        "windBearing": np.clip(bearing[nest, day] + 0.05 * rng.standard_normal(n), -1.8, 1.8),
        "pressure": np.clip(pressure[nest, day] + 0.02 * rng.standard_normal(n), -2.7, 1.9),
    }


def _crowd(log_density: np.ndarray) -> dict[str, np.ndarray]:
    """Population density, and the flags that it implies: urban is suburban is midurban."""
    density = np.clip(0.35 * np.exp(log_density) - 0.69, -0.686441, 4.54)
    return {
        "population_density": density,
        "urban": density > -0.258,
        "suburban": density > -0.47,
        "midurban": density > -0.58,
        "rural": density <= -0.58,
    }


def _distances(
    rng: np.random.Generator, what: str, log_km: np.ndarray, scale: float, shift: float
) -> dict[str, np.ndarray]:
    """Distance to the nearest gym or stop, standardised, and one flag per radius."""
    km = np.clip(np.exp(log_km + 0.4 * rng.standard_normal(len(log_km))), 0.005, 59.0)
    return {
        f"{what}DistanceKm": scale * km + shift,
        **{f"{what}In{radius}m": km * 1000 < radius for radius in _RADII},
    }
