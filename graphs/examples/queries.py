"""Model - MF with History: queries (deck, "Recommendation Engine in Matrix Factorization").

A row of the training data asks: what does this user give this movie, by what else the user rated? The
query is the user's train history without the candidate, else the answer would be in the question:

    leave one out        all that the user rated in train, the candidate left out
    leave one out        all that the user rated before the candidate
    (考慮時間)

So user 47 has as many train rows as movies in the history, each with a query of its own
(所以47號User在train data裡只有一筆資料了?). In a batch all queries have one length: shorter ones are padded
with 0, which is also the index of a movie, so query_movie_ids_len says how many count.

``data_dir`` names the folder of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphs.examples import Result, deck_figures
from tfcourse.datasets import folders, movielens
from tfcourse.datasets.movielens import MovieLens
from tfcourse.recommenders.rows import RecommenderRows

AROUND = 2  # movies shown on each side of the candidate
ENDS = 4  # columns shown at each end of the padded batch


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> Result:
    data = movielens.load(data_dir)
    plain, in_time = data.prepare("deck"), data.prepare("deck", time_aware=True)
    chosen, missing = rows_of(data, plain.train)
    if not chosen:
        return Result(
            {"data": data.source, "rows of the slide that these data do not have": missing}, []
        )
    rows = [row for _, row in chosen]
    table, before_after, timed = [], [], []
    for query, row in chosen:
        user, movie = int(plain.train.user[row]), int(plain.train.movie[row])
        history = plain.histories[user]
        left, earlier = _query(plain.train, row), _query(in_time.train, row)
        place = int(np.flatnonzero(history == movie)[0])
        near = slice(max(place - AROUND, 0), place + AROUND + 1)
        table.append(
            {
                "user": user,
                "train history": len(history),
                "train rows": int((plain.train.user == user).sum()),
                "candidate": movie,
                "title": data.movies.title[movie],
                "rating": float(plain.train.rating[row]),
                "query_movie_ids_len": len(left),
                "on the slide": query.length,
                "time-aware": len(earlier),
            }
        )
        before_after.append(
            {
                "user": user,
                "history around the candidate": _shown(history[near]),
                "after leave-one-out": _shown(left[near.start : near.stop - 1]),
                "candidate in the query": bool(movie in left),
            }
        )
        timed.append(
            {
                "user": user,
                "candidate": movie,
                "rated on": _day(data, user, movie),
                "movies rated before": len(earlier),
                "the last of them": _titles(data, earlier[-2:]),
                "rated last on": _day(data, user, int(earlier[-1])) if len(earlier) else "-",
            }
        )
    ids, size = plain.train.queries.padded(np.array(rows))
    batch: dict[str, Any] = {
        "query_movie_ids, shape": list(ids.shape),
        f"query_movie_ids, first and last {ENDS} columns": np.hstack(
            [ids[:, :ENDS], ids[:, -ENDS:]]
        ),
        "query_movie_ids_len": size,
        "padding, share of the numbers": float(1 - size.sum() / ids.size) if ids.size else 0.0,
    }
    shown = {
        "data": data.source,
        "the slide's rows": table,
        "rows of the slide that these data do not have": missing or "none",
        "leave one out for predict": before_after,
        "leave one out(考慮時間)": timed,
        **batch,
    }
    return Result(shown, table)


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    figure, ((axis,),) = plots.panels(size=(7.0, 2.8))
    rows = result.picture
    longest = max((row["query_movie_ids_len"] for row in rows), default=0)
    parts = {
        "padding, 0": ("0.88", [longest] * len(rows)),
        "leave one out": ("tab:blue", [row["query_movie_ids_len"] for row in rows]),
        "time-aware: rated before": ("tab:orange", [row["time-aware"] for row in rows]),
    }
    for label, (colour, width) in parts.items():
        axis.barh(range(len(rows)), width, 0.6, color=colour, label=label)
    for i, row in enumerate(rows):
        size = row["query_movie_ids_len"]
        axis.text(size, i, f" {size}", va="center", fontsize="small")
    axis.set_yticks(range(len(rows)), [f"user {row['user']}" for row in rows])
    axis.invert_yaxis()
    axis.set_xlim(0, 1.1 * max(longest, 1))
    axis.set_xlabel("movies in the query")
    axis.set_title(f"A padded batch of {len(rows)} queries", fontsize="medium")
    axis.legend(loc="upper left", bbox_to_anchor=(1.02, 1), fontsize="small")
    return plots.save(figure, path)


def rows_of(
    data: MovieLens, train: RecommenderRows
) -> tuple[list[tuple[deck_figures.Query, int]], list[str]]:
    """The slide's rows with their row numbers in train, and those that are not there, in words."""
    found, missing = [], []
    for query in deck_figures.QUERIES:
        at = np.flatnonzero(
            (train.user == query.user)
            & (data.movies.raw_id[train.movie] == query.candidate.movie_id)
        )
        if len(at):
            found.append((query, int(at[0])))
        else:
            missing.append(f"user {query.user}, {query.candidate.title}")
    return found, missing


def _query(rows: RecommenderRows, row: int) -> np.ndarray:
    ids, size = rows.queries.padded(np.array([row]))
    return ids[0, : size[0]]


def _shown(movies: Sequence[int] | np.ndarray) -> str:
    return ", ".join(str(int(m)) for m in movies)


def _titles(data: MovieLens, movies: np.ndarray) -> str:
    return "; ".join(str(data.movies.title[m]) for m in movies) or "-"


def _day(data: MovieLens, user: int, movie: int) -> str:
    """The time of a rating (UTC)."""
    (row,) = np.flatnonzero((data.user == user) & (data.movie == movie))
    return str(np.datetime64(int(data.timestamp[row]), "s")).replace("T", " ")
