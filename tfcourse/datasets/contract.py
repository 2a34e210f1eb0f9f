"""What every data set offers, as Protocols. What prepared data offer stands where it is used.

A data set is opened by name (``datasets.open_data``), prepared under a protocol, and read in
batches: data set, ``load``, data, ``prepare``, prepared data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from tfcourse.batches import Prepared
from tfcourse.recommenders.rows import PreparedRatings

__all__ = ["Data", "DataSet", "Downloadable", "Prepared", "PreparedRatings"]


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
        """Read the data from a folder. Where the default folder has no files, the data are those
        that tfcourse brings.

        Raises:
            DataError: a named folder without the files, or a file that is damaged, with file and
                line.
        """
        ...

    def status(self, data_dir: str | Path = "data") -> dict[str, object]:
        """What ``load`` would give: name, source, path, rows, licence, complete, and more where
        the data set has more to say. A named folder without the files has the source "not there".

        Raises:
            DataError: a named folder that does not exist, or a file that is damaged.
        """
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
