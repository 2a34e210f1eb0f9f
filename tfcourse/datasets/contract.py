"""What every data set offers, and what prepared data offer to ``fit``, as Protocols.

A data set is opened by name (``datasets.open_data``), prepared under a protocol, and read in
batches: data set, ``load``, data, ``prepare``, prepared data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from tfcourse.batches import Batches
from tfcourse.recommenders.catalogue import Catalogue
from tfcourse.recommenders.histories import Histories
from tfcourse.recommenders.rows import RecommenderRows


class Prepared(Protocol):
    """Data that are split under a protocol: what ``fit`` and the command line need of any data.

    Attributes:
        protocol: the protocol's name, as tables show it.
        source: where the data came from, in words.
        note: what must be said beside every figure, as that the data are generated; mostly "".
        sizes: sizes that lessons take from the data, by the names of their hyper-parameters, as
            {"n_users": 671}.
    """

    @property
    def protocol(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def note(self) -> str: ...

    @property
    def sizes(self) -> dict[str, int]: ...

    def train_batches(self, n_batch: int, shuffle: bool = True) -> Batches:
        """Batches to train on."""
        ...

    def valid_batches(self) -> Batches:
        """Batches that choose the epoch."""
        ...


@runtime_checkable
class PreparedRatings(Prepared, Protocol):
    """Prepared ratings of movies by users.

    Attributes:
        train: rows to train on. valid: rows that choose the epoch.
        test: rows that the figures and the rankings are of.
        catalogue: the movies and users, the one that all rows carry.
        histories: each user's whole train history, the query of rankings.
    """

    @property
    def train(self) -> RecommenderRows: ...

    @property
    def valid(self) -> RecommenderRows: ...

    @property
    def test(self) -> RecommenderRows: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def histories(self) -> Histories: ...

    def test_batches(self, n_batch: int = 1024) -> Batches:
        """Batches of the test rows."""
        ...


class Data(Protocol):
    """Data that were read or generated."""

    def prepare(self, protocol: str = "deck") -> Prepared:
        """Split the data.

        Args:
            protocol: "deck", as the course did it, or "clean", without its leaks.

        Raises:
            UsageError: an unknown protocol.
            DataError: too few rows to split.
        """
        ...


class DataSet(Protocol):
    """A data set by name: a module of ``tfcourse.datasets``, or an object of one."""

    def load(self, data_dir: str | Path = "data") -> Data:
        """Read the data from a folder; without files there, the data that tfcourse brings.

        Raises:
            DataError: a file that is damaged, with file and line.
        """
        ...

    def status(self, data_dir: str | Path = "data") -> dict[str, object]:
        """What ``load`` would give: name, source, path, rows, licence, complete, and more where
        the data set has more to say."""
        ...

    def verify(self, data_dir: str | Path = "data") -> dict[str, object]:
        """``status`` and "files": for each file whether it has the known SHA-256. Every file is
        read and checked.

        Raises:
            DataError: a file that is damaged, with file and line.
        """
        ...


@runtime_checkable
class Downloadable(DataSet, Protocol):
    """A data set whose published files can be downloaded."""

    def download(
        self, data_dir: str | Path = "data", url: str = ..., progress: bool = True
    ) -> Path:
        """Download the published files and check their SHA-256.

        Args:
            url: where the files are; by default where they were published.
            progress: whether a bar is shown on standard error.

        Returns:
            the folder or file.

        Raises:
            DataError: the download failed, or the contents are others.
        """
        ...
