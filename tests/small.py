"""A small MovieLens with something to learn in it, and what the tests know of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

N_USERS, N_MOVIES = 30, 60
UNRATED = N_MOVIES - 1  # index of a movie without a rating
NO_GENRE, NO_YEAR = 5, 4  # indexes
FEW_RATINGS = N_USERS - 1  # index of a user with 4 ratings: in neither train nor test


def small_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings and movies in GroupLens's columns, with something to learn in them. Movie index i
    has the id 3 i + 1, user index u the id 2 u + 10."""
    rng = np.random.default_rng(7)
    genres = ["Drama", "Comedy", "Action", "Children", "Film-Noir", "Sci-Fi"]
    titles = [f"Film {i:02d} ({1950 + i})" for i in range(N_MOVIES)]
    titles[:5] = ["Toy Story (1995)", "Toy Story 2 (1999)", "Heat (1995)",
                  "American President, The (1995)", "No Year At All"]  # fmt: skip
    titles[6] = "Cité des enfants perdus, La (1995)"
    chosen = [
        "|".join(genres[j] for j in rng.permutation(6)[: rng.integers(1, 4)])
        for _ in range(N_MOVIES)
    ]
    chosen[NO_GENRE] = "(no genres listed)"
    movies = pd.DataFrame(
        {"movieId": 3 * np.arange(N_MOVIES) + 1, "title": titles, "genres": chosen}
    )
    taste, kind = rng.normal(0, 0.8, (N_USERS, 2)), rng.normal(0, 0.8, (N_MOVIES, 2))
    parts = []
    for u in range(N_USERS):
        n = 4 if u == FEW_RATINGS else int(rng.integers(14, 41))
        seen = np.sort(rng.permutation(UNRATED)[:n])
        stars = 3.6 + kind[seen] @ taste[u] + rng.normal(0, 0.3, n)
        parts.append(
            pd.DataFrame(
                {
                    "userId": 2 * u + 10,
                    "movieId": 3 * seen + 1,
                    "rating": np.clip(np.round(2 * stars) / 2, 0.5, 5.0),
                    "timestamp": 1_000_000_000 + rng.integers(0, 5000, n),
                }
            )
        )
    return pd.concat(parts, ignore_index=True), movies


def write_movielens(folder: Path, ratings: pd.DataFrame, movies: pd.DataFrame) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    ratings.to_csv(folder / "ratings.csv", index=False, lineterminator="\n")
    movies.to_csv(folder / "movies.csv", index=False, lineterminator="\n")
    return folder
