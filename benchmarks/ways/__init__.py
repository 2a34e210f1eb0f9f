"""The contenders. Each module has the two functions of ``Way``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol


class Way(Protocol):
    """A module that prepares data and trains a model in its own way.

    An epoch is training without evaluation. Its loss is the mean over the rows while the weights
    change, as ``fit`` reports it.
    """

    def prepare(self, model: str, folder: Path) -> Any:
        """Read CSV files and prepare the data for ``train``.

        Args:
            model: a key of ``models.MODELS``.
            folder: folder with the files.
        """
        ...

    def train(
        self, model: str, data: Any, weights: Path, epochs: int, way: str
    ) -> tuple[list[float], list[float]]:
        """Train a model for some epochs.

        Args:
            model: a key of ``models.MODELS``.
            data: what ``prepare`` returned.
            weights: file with the lesson's initial weights, name to array, so that all contenders
                begin with the same weights. A contender that builds the lesson itself gets them
                from the seed.
            epochs: number of epochs.
            way: the contender; a module may implement several.

        Returns:
            The seconds and the loss of each epoch. Without a comparable loss the second list is
            empty.
        """
        ...
