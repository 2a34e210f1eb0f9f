"""Hunters: the small data sets of "Case Study On HunterXHunter", made by the project itself.

The slides name the features and a few labels and give no data. These rows are generated: the
same arguments give the same rows, and every rule that makes them is below.

Sources: 「Features」 (the feature lists), 「回頭看看資料~」 (example labels),
「分類資料如何處理」 (labels 1 to 6), 「Softmax與Sigmoid的差別」 (two types at once),
「以分類來說, 常碰到的瓶頸(Limitation)」 (points that no line separates).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from tfcourse.batches import Batches, Columns
from tfcourse.errors import UsageError

#: The six types in the deck's order: label 0 to 5 here, 1 to 6 on the slide.
TYPES: tuple[str, ...] = (
    "Enhancement",
    "Transmutation",
    "Emission",
    "Conjuration",
    "Manipulation",
    "Specialization",
)
TYPES_ZH: tuple[str, ...] = ("強化系", "變化系", "放出系", "具現化系", "操作系", "特質系")
N_TYPES = len(TYPES)

#: Labels on the slide 「回頭看看資料~」: the first six rows of `regression` carry them.
DECK_SCORES: tuple[float, ...] = (78.5, 87.8, 35.0, 64.0, 33.64, 90.2)

# (type whose sign it is, English, Chinese). The slide shows the first and the last of each list;
# those in between are in the order of the types.
_WATER = (
    (1, "water turns sweet", "水見式: 水變甜"),
    (2, "water changes colour", "水見式: 水變色"),
    (3, "impurities appear", "水見式: 出現雜質"),
    (4, "leaf moves", "水見式: 葉子移動"),
    (5, "something else happens", "水見式: 其他變化"),
    (0, "water swells", "水見式: 水變多"),
)
_CHARACTER = (
    (0, "simple and determined", "西索個性分析: 一味的單純"),
    (2, "impatient", "西索個性分析: 急性子"),
    (3, "high-strung", "西索個性分析: 神經質"),
    (4, "logical", "西索個性分析: 講道理"),
    (5, "individualistic, charismatic", "西索個性分析: 個人主義, 有領袖魅力"),
    (1, "fickle liar", "西索個性分析: 反覆無常, 愛騙人"),
)
_CAPACITY = ("nen capacity", "念能力氣量(基本功)")
_BONUS = np.array([14.0, 18.0, 2.0, 9.0, -4.0, 16.0])  # what Hisoka adds for each type
_MEAN_CAPACITY = np.array([62.0, 55.0, 58.0, 48.0, 50.0, 66.0])


def _one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(N_TYPES, dtype=np.float32)[labels]


@dataclass(frozen=True, eq=False)
class HunterRegression:
    """Hisoka's score of a hunter.

    capacity: float32 (n,), X1, nen capacity in points from 0 to 100.
    faction: int32 (n,), X2, the type, 0 to 5, an index into `TYPES`.
    score: float32 (n,), Y, 0 to 100.
    """

    capacity: np.ndarray
    faction: np.ndarray
    score: np.ndarray
    feature_names: ClassVar[tuple[str, ...]] = (_CAPACITY[0], *TYPES)
    feature_names_zh: ClassVar[tuple[str, ...]] = (_CAPACITY[1], *TYPES_ZH)

    @property
    def one_hot(self) -> np.ndarray:
        """float32 (n, 6), the faction one-hot."""
        return _one_hot(self.faction)

    @property
    def features(self) -> np.ndarray:
        """float32 (n, 7): capacity / 100 (so 0 to 1), then the faction one-hot."""
        return np.column_stack([self.capacity / np.float32(100.0), self.one_hot])


@dataclass(frozen=True, eq=False)
class HunterClassification:
    """Which type a hunter belongs to.

    capacity: float32 (n,), X1, nen capacity in points from 0 to 100.
    water: float32 (n, 6), X2 to X7, 1 where that outcome of the water divination was seen.
    character: float32 (n, 6), X8 to X13, 1 where Hisoka finds that trait.
    labels: int32 (n,), 0 to 5, an index into `TYPES`; with two types, the first of them.
    targets: float32 (n, 6), 1 for each type the hunter belongs to. Equal to `one_hot` unless
        made with multi_label=True.
    """

    capacity: np.ndarray
    water: np.ndarray
    character: np.ndarray
    labels: np.ndarray
    targets: np.ndarray
    feature_names: ClassVar[tuple[str, ...]] = (
        _CAPACITY[0],
        *(name for _, name, _ in _WATER + _CHARACTER),
    )
    feature_names_zh: ClassVar[tuple[str, ...]] = (
        _CAPACITY[1],
        *(name for _, _, name in _WATER + _CHARACTER),
    )

    @property
    def features(self) -> np.ndarray:
        """float32 (n, 13), X1 to X13: capacity / 100 (so 0 to 1), water, character."""
        return np.column_stack([self.capacity / np.float32(100.0), self.water, self.character])

    @property
    def deck_labels(self) -> np.ndarray:
        """int32 (n,), 1 to 6 as on the slide."""
        return self.labels + np.int32(1)

    @property
    def one_hot(self) -> np.ndarray:
        """float32 (n, 6), `labels` one-hot."""
        return _one_hot(self.labels)


@dataclass(frozen=True, eq=False)
class Points:
    """points: float32 (n, 2). labels: int32 (n,), 0 or 1."""

    points: np.ndarray
    labels: np.ndarray

    @property
    def one_hot(self) -> np.ndarray:
        """float32 (n, 2), the labels one-hot."""
        return np.eye(2, dtype=np.float32)[self.labels]


def regression(n: int = 300, seed: int = 100) -> HunterRegression:
    """Hunters with Hisoka's score: 0.8 * capacity + a bonus per type + noise (3 points).

    The first six rows are one hunter of each type, with the scores on the slide. Scores have
    two decimals, like 33.64 there. Raises UsageError for n < 6.
    """
    rng = _rng(n, seed)
    faction = _types(rng, n)
    capacity = np.clip(rng.normal(_MEAN_CAPACITY[faction], 20.0), 2.0, 100.0)
    score = 0.8 * capacity + _BONUS[faction] + rng.normal(0.0, 3.0, n)
    # The slide's scores come first; the capacity is what the rule asks for, less some noise.
    known = np.array(DECK_SCORES)
    capacity[:6] = (known - _BONUS + rng.normal(0.0, 3.0, 6)) / 0.8
    score[:6] = known
    return HunterRegression(
        capacity=np.clip(capacity, 0.0, 100.0).round(2).astype(np.float32),
        faction=faction,
        score=np.clip(score, 0.0, 100.0).round(2).astype(np.float32),
    )


def classification(
    n: int = 600, seed: int = 100, multi_label: bool = False
) -> HunterClassification:
    """Hunters with their type; rows 0 to 5 have the labels 1 to 6, as on the slide.

    The water shows a hunter's own sign in 9 of 10 cases, else another one. Hisoka sees the own
    trait in 8 of 10, and any other trait in 1 of 10. So the best guess is good and not perfect.
    With multi_label=True a fifth of the hunters belong to a second type, whose signs show as
    well; the first of them is the slide's example, 強化系 and 特質系. Raises UsageError for n < 6.
    """
    rng = _rng(n, seed)
    labels = _types(rng, n)
    capacity = np.clip(rng.normal(_MEAN_CAPACITY[labels], 20.0), 2.0, 100.0)
    targets = _one_hot(labels)
    second = np.where(rng.random(n) < 0.2, (labels + rng.integers(1, N_TYPES, n)) % N_TYPES, -1)
    second[0] = 5
    has_two = np.flatnonzero(second >= 0) if multi_label else np.array([], np.int64)
    targets[has_two, second[has_two]] = 1.0

    water = _seen_water(rng, labels)
    also = _seen_water(rng, np.maximum(second, 0))
    water[has_two] = np.maximum(water, also)[has_two]
    chance = np.where(targets[:, [kind for kind, _, _ in _CHARACTER]] == 1.0, 0.8, 0.1)
    return HunterClassification(
        capacity=capacity.round(2).astype(np.float32),
        water=water,
        character=(rng.random((n, N_TYPES)) < chance).astype(np.float32),
        labels=labels,
        targets=targets,
    )


def corners() -> Points:
    """The four points of the slide: (0,0) and (1,1) are class 0, (0,1) and (1,0) class 1."""
    points = np.array([[0, 0], [1, 1], [0, 1], [1, 0]], np.float32)
    return Points(points, np.array([0, 0, 1, 1], np.int32))


def not_linearly_separable(n: int = 200, seed: int = 100, radius: float = 0.15) -> Points:
    """`n` points around the four corners, the corners themselves first, each within `radius`.

    No line separates the classes. After `distance_features` the line x'1 + x'2 = 1.76 does, for
    a radius up to 0.17. Raises UsageError for n < 4 or a radius outside 0 to 0.5, where the
    clouds would touch.
    """
    if n < 4 or not 0.0 <= radius < 0.5:
        raise UsageError(f"expected n >= 4 and 0 <= radius < 0.5, found n={n}, radius={radius}")
    rng = np.random.default_rng(seed)
    four = corners()
    which = np.arange(n) % 4
    angle = rng.uniform(0.0, 2.0 * np.pi, n)
    far = radius * np.sqrt(rng.random(n))  # the square root spreads them evenly over the disc
    far[:4] = 0.0
    offset = np.column_stack([far * np.cos(angle), far * np.sin(angle)])
    return Points((four.points[which] + offset).astype(np.float32), four.labels[which])


def distance_features(points: np.ndarray) -> np.ndarray:
    """The slide's trans(x): float32 (n, 2), the distances of `points` (n, 2) to (0,0), (1,1)."""
    points = np.asarray(points, np.float64)
    distances = [np.linalg.norm(points - corner, axis=1) for corner in (0.0, 1.0)]
    return np.column_stack(distances).astype(np.float32)


# -- for fit and the command line -------------------------------------------------------------

NOTE = "Hunters are generated by tfcourse: their numbers show how a model trains, no more."
SOURCE = "generated by tfcourse"


@dataclass(frozen=True, eq=False)
class Prepared:
    """Hunters in the form that every data set has for ``fit``: the first two thirds of the rows
    train, the last third is valid. There is one protocol only.

    rows: inputs float32 (n, features), labels float32 (n,) or (n, 6), and for the types number
        float32 (n,), the label 1 to 6.
    """

    name: str
    rows: Columns
    protocol: str = "deck"
    source: str = SOURCE
    note: str = NOTE

    @property
    def sizes(self) -> dict[str, int]:
        """Nothing: the slides fix the sizes."""
        return {}

    @property
    def n_train(self) -> int:
        return len(self.rows) * 2 // 3

    @property
    def train(self) -> dict[str, np.ndarray]:
        return self.rows.take(np.arange(self.n_train))

    @property
    def valid(self) -> dict[str, np.ndarray]:
        return self.rows.take(np.arange(self.n_train, len(self.rows)))

    def train_batches(self, n_batch: int, shuffle: bool = True) -> Batches:
        return Batches(Columns(self.train), n_batch, shuffle, data=self)

    def valid_batches(self, n_batch: int = 1024) -> Batches:
        return Batches(Columns(self.valid), n_batch, shuffle=False, data=self)


@dataclass(frozen=True)
class Hunters:
    """One of the tasks as a data set by name; what the modules of the other data sets have."""

    task: str
    digest: str  # SHA-256 of the rows that the default arguments give

    @property
    def name(self) -> str:
        return f"hunter-{self.task}"

    def load(self, data_dir: str | Path | None = "data") -> Hunters:
        """Itself: the rows are made, so ``data_dir`` is not looked into."""
        return self

    def prepare(self, protocol: str = "deck", seed: int = 100) -> Prepared:
        """The rows. Protocols differ in what leaks, and here nothing can: "clean" is "deck"."""
        if protocol not in ("deck", "clean"):
            raise UsageError(f"unknown protocol {protocol!r}; known: deck, clean")
        return Prepared(self.name, self._rows(seed))

    def _rows(self, seed: int = 100) -> Columns:
        if self.task == "regression":
            scored = regression(seed=seed)
            return Columns({"inputs": scored.features, "labels": scored.score})
        typed = classification(seed=seed, multi_label=self.task == "multi-label")
        number = typed.deck_labels.astype(np.float32)
        return Columns({"inputs": typed.features, "labels": typed.targets, "number": number})

    def status(self, data_dir: str | Path | None = "data") -> dict[str, object]:
        return {
            "name": self.name,
            "source": SOURCE,
            "path": "in memory, made at each use",
            "rows": len(self._rows()),
            "licence": "that of tfcourse",
            "complete": True,
        }

    def verify(self, data_dir: str | Path | None = "data") -> dict[str, object]:
        """``status``, and whether this machine makes the rows that tfcourse was tested with."""
        same = self._sha256() == self.digest
        return {**self.status(), "files": {"rows": "as tested" if same else "other contents"}}

    def _sha256(self) -> str:
        digest = hashlib.sha256()
        for name, values in self._rows().columns.items():
            digest.update(name.encode() + values.astype("<f4").tobytes())
        return digest.hexdigest()


REGRESSION = Hunters(
    "regression", "b9bfd336b603cd18858ab2becf0506cb0465484605af7f2488260740b823f3f7"
)
CLASSIFICATION = Hunters(
    "classification", "30d3d24fe67cabc416fe6bcedbbc446546191c452e5215c5f98dba46486edf17"
)
MULTI_LABEL = Hunters(
    "multi-label", "18f8c8e7304e3d8df81ed81605446ba7dfa4dbd8c6b75e6b6fb9578e209f7da1"
)


def _rng(n: int, seed: int) -> np.random.Generator:
    if n < N_TYPES:
        raise UsageError(f"expected n >= {N_TYPES}, one hunter of each type, found {n}")
    return np.random.default_rng(seed)


def _types(rng: np.random.Generator, n: int) -> np.ndarray:
    """int32 (n,): the six types once, in order, then at random."""
    return np.concatenate([np.arange(N_TYPES), rng.integers(0, N_TYPES, n - N_TYPES)]).astype(
        np.int32
    )


def _seen_water(rng: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    """float32 (n, 6): the one outcome seen for each hunter of type `kind`."""
    n = len(kind)
    shown = np.where(rng.random(n) < 0.9, kind, (kind + rng.integers(1, N_TYPES, n)) % N_TYPES)
    return (shown[:, None] == [owner for owner, _, _ in _WATER]).astype(np.float32)
