"""The same models in PyTorch, with ``nn.Embedding``, and ``nn.EmbeddingBag`` for the pooled query.

There are two contenders. "torch" gives the query of each row to the bag, as flat ids and offsets that
are cut from the histories without a Python loop. "torch-sums" pools as this project does: the bag sums
the history of each user of the batch once, and the row's own movie is subtracted. The difference
between them shows how much of the speed is due to this arithmetic and how much to the engine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.models import N_BATCH, SEED
from benchmarks.ways import tfcourse_way

if TYPE_CHECKING:
    from tfcourse.datasets.movielens_protocols import PreparedMovieLens
    from tfcourse.recommenders.histories import Queries

Weights = dict[str, np.ndarray]  # name of a variable to its initial values
Tensors = dict[str, torch.Tensor]
Output = tuple[torch.Tensor, torch.Tensor]  # scores (batch,) and the penalty, a scalar

REG = {"mf": 0.005, "history": 0.005, "dnn": 0.0, "xent": 0.0}
RATE = {"mf": 0.1, "history": 0.05, "dnn": 0.01, "xent": 0.1}


def prepare(model: str, folder: Path) -> PreparedMovieLens:
    """Prepare MovieLens; see ``Way``."""
    return tfcourse_way.ratings(folder)


def _parameter(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values))


def _half_squares(*tensors: torch.Tensor) -> torch.Tensor:
    return torch.stack([t.square().sum() for t in tensors]).sum() / 2


class MF(nn.Module):
    """Basic MF.

    Args:
        w: initial values of the variables, by the lesson's names.
    """

    def __init__(self, w: Weights):
        super().__init__()

        def embedding(name: str) -> nn.Embedding:
            values = torch.tensor(w[f"embedding/{name}"])
            values = values[:, None] if values.ndim == 1 else values
            return nn.Embedding.from_pretrained(values, freeze=False, sparse=True)

        self.user, self.item = embedding("embd_user"), embedding("embd_item")
        self.bias_user, self.bias_item = embedding("embd_bias_user"), embedding("embd_bias_item")
        self.bias = _parameter(w["bias_global"])

    def forward(self, user: torch.Tensor, movie: torch.Tensor) -> Output:
        u, m = self.user(user), self.item(movie)
        b_u, b_m = self.bias_user(user)[:, 0], self.bias_item(movie)[:, 0]
        return (u * m).sum(1) + b_u + b_m + self.bias, _half_squares(u, m, b_u, b_m)


class History(nn.Module):
    """MF with history, or with metadata MF with DNN.

    Args:
        w: initial values of the variables, by the lesson's names.
        items: columns of the movies' metadata, name to array (n_movies, ...), or None.
    """

    def __init__(self, w: Weights, items: dict[str, np.ndarray] | None):
        super().__init__()
        query = torch.tensor(w["embedding/w_query_movie_ids"])
        self.query = nn.EmbeddingBag.from_pretrained(query, freeze=False, mode="sum")
        candidate = torch.tensor(w["embedding/w_candidate_movie_id"])
        self.candidate = nn.Embedding.from_pretrained(candidate, freeze=False)
        self.b_query = _parameter(w["embedding/b_query_movie_ids"])
        self.b_candidate = _parameter(w["embedding/b_candidate_movie_id"])
        self.bias = _parameter(w["b_global"])
        self.items = items is not None
        if items is not None:
            self._metadata(w, items)

    def _metadata(self, w: Weights, items: dict[str, np.ndarray]) -> None:
        length = items["genres_len"][:, None]
        held = np.arange(items["genres"].shape[1]) < length
        self.genre_weight = torch.tensor((held / np.sqrt(length)).astype(np.float32))
        self.genre_ids = torch.tensor(items["genres"])
        self.numbers = torch.tensor(np.stack([items["avg_rating"], items["year"]], 1))
        genres = torch.tensor(w["embedding/w_genres"])
        self.genres = nn.EmbeddingBag.from_pretrained(genres, freeze=False, mode="sum")
        layers: list[nn.Module] = []
        for name in ("dense", "dense_1"):
            kernel, bias = w[f"dnn/{name}/kernel"], w[f"dnn/{name}/bias"]
            layer = nn.Linear(*kernel.shape)
            layer.weight, layer.bias = _parameter(kernel.T.copy()), _parameter(bias)
            layers += [layer, nn.ReLU()]
        self.dnn = nn.Sequential(*layers)

    def forward(self, query: Tensors, movie: torch.Tensor) -> Output:
        u = self._pooled(query, movie)
        m = self.candidate(movie)
        penalty = _half_squares(u, m)
        if self.items:
            genres = self.genres(self.genre_ids[movie], per_sample_weights=self.genre_weight[movie])
            m = torch.cat([m, genres, self.numbers[movie]], 1)
        b_m = m @ self.b_candidate
        if self.items:
            m = self.dnn(m)
        return (u * m).sum(1) + u @ self.b_query + b_m + self.bias, penalty

    def _pooled(self, query: Tensors, movie: torch.Tensor) -> torch.Tensor:
        total = self.query(query["ids"], query["offsets"])
        if "row" in query:  # sums of whole histories, from which the row's own movie is subtracted
            total = total[query["row"]] - functional.embedding(movie, self.query.weight)
        return total * query["weight"][:, None]


def _each_row(queries: Queries, rows: np.ndarray) -> Tensors:
    """Cut the queries of a batch: flat ids (m,), offsets (batch,) and weights (batch,)."""
    size, left_out = queries.size[rows].astype(np.int64), queries.left_out[rows]
    offsets = np.cumsum(size) - size
    place = np.arange(size.sum()) - np.repeat(offsets, size)
    at = np.repeat(queries.start[rows], size) + place + (place >= np.repeat(left_out, size))
    return _tensors(queries.movies[at], offsets, size)


def _each_user(queries: Queries, rows: np.ndarray) -> Tensors:
    """Cut the whole histories of a batch's users, one for each user.

    Returns:
        Flat ids (m,), offsets (users,), weights (batch,), and "row": index of each row's history,
        (batch,).
    """
    start, first, row = np.unique(queries.start[rows], return_index=True, return_inverse=True)
    length = queries.length[rows][first].astype(np.int64)
    offsets = np.cumsum(length) - length
    at = np.repeat(start - offsets, length) + np.arange(length.sum())
    found = _tensors(queries.movies[at], offsets, queries.size[rows])
    return {**found, "row": torch.from_numpy(row)}


def _tensors(ids: np.ndarray, offsets: np.ndarray, size: np.ndarray) -> Tensors:
    weight = (1.0 / np.sqrt(np.maximum(size, 1))).astype(np.float32)
    return {
        "ids": torch.from_numpy(ids.astype(np.int64)),
        "offsets": torch.from_numpy(offsets),
        "weight": torch.from_numpy(weight),
    }


def train(
    model: str, data: PreparedMovieLens, weights: Path, epochs: int, way: str = "torch"
) -> tuple[list[float], list[float]]:
    """Train with a loop over batches; see ``Way``."""
    w = dict(np.load(weights))
    _choose_threads(lambda: Training(model, data, w, way))
    training = Training(model, data, w, way)
    seconds, losses = [], []
    for epoch in range(1, epochs + 1):
        begin, total = time.perf_counter(), 0.0
        for rows in training.batches(epoch):
            total += len(rows) * training.step(rows)
        seconds.append(time.perf_counter() - begin)
        losses.append(total / len(data.train))
    return seconds, losses


class Training:
    """A network with its optimizer and its data.

    Args:
        model, data, way: as for ``train``.
        w: initial values of the variables, by the lesson's names.
    """

    def __init__(self, model: str, data: PreparedMovieLens, w: Weights, way: str):
        self.reg, rows = REG[model], data.train
        self.net: nn.Module
        self.optimizer: torch.optim.Optimizer
        if model == "mf":
            self.net = MF(w)
            self.optimizer = torch.optim.Adagrad(
                self.net.parameters(), RATE[model], initial_accumulator_value=0.1
            )
        else:
            self.net = History(w, data.items.columns if model in ("dnn", "xent") else None)
            self.optimizer = torch.optim.SGD(self.net.parameters(), RATE[model])
        self.error: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = functional.mse_loss
        self.label = torch.from_numpy(rows.rating)
        if model == "xent":
            self.error = functional.binary_cross_entropy_with_logits
            self.label = (self.label >= 4).float()
        self.movie, user = torch.from_numpy(rows.movie), torch.from_numpy(rows.user)
        cut = _each_user if way == "torch-sums" else _each_row
        self.query = (lambda at: user[at]) if model == "mf" else (lambda at: cut(rows.queries, at))
        self.n = len(rows)

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The rows of each batch of an epoch, in the order in which ``fit`` of tfcourse takes them."""
        order = np.random.default_rng([SEED, epoch]).permutation(self.n)
        return np.split(order, range(N_BATCH, self.n, N_BATCH))

    def step(self, rows: np.ndarray) -> float:
        """Update the weights on one batch, and return its loss before the update."""
        at = torch.from_numpy(rows)
        out, penalty = self.net(self.query(rows), self.movie[at])
        loss = self.error(out, self.label[at]) + self.reg * penalty
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


def _choose_threads(make: Callable[[], Training], steps: int = 40) -> None:
    """Choose one thread or two, whichever takes less time for some steps of a trial.

    On a busy machine two threads wait for each other.
    """
    best = (np.inf, 1)
    for threads in range(1, min(2, os.cpu_count() or 1) + 1):
        torch.set_num_threads(threads)
        trial = make()
        batches = trial.batches(1)[: steps + 5]
        for rows in batches[:5]:
            trial.step(rows)
        begin = time.perf_counter()
        for rows in batches[5:]:
            trial.step(rows)
        best = min(best, (time.perf_counter() - begin, threads))
    torch.set_num_threads(best[1])
