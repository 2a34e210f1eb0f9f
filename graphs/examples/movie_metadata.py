"""Model - MF with DNN: movie metadata (deck, "Recommendation Engine with DNN").

A title holds the year, the genres are several categories, and a movie's ratings have a mean. The slide
"於是電影可以用下列Meta來描述" turns them into numbers for the network: genres are indexes, padded to
equal length; average and year are scaled to 0..1.

The slide's average is over all ratings, those of the test rows included. That is the leak behind the
deck's RMSE of 0.82; the column "avg_rating, train rows" is without it.

``data_dir`` names the folder of the data.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from graphs.examples import Result, deck_figures
from tfcourse.datasets import folders, movielens

SHOWN = 5  # ratings of the first table


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> Result:
    data = movielens.load(data_dir)
    deck, clean = data.prepare("deck").items, data.prepare("clean").items
    index_of = {int(raw): i for i, raw in enumerate(data.movies.raw_id)}
    number = np.bincount(data.movie, minlength=len(data.movies))
    raw, encoded, missing = [], [], []
    for row in deck_figures.METADATA:
        i = index_of.get(row.movie.movie_id)
        if i is None:
            missing.append(row.movie.title)
            continue
        title = str(data.movies.title[i])
        stars = data.rating[data.movie == i]
        years = re.findall(r"\((\d{4})\)", title)
        raw.append(
            {
                "movie": i,
                "title": title,
                "year": years[-1] if years else "none",
                "genres": data.movies.genres[i],
                "ratings": int(number[i]),
                "mean rating": float(stars.mean()) if len(stars) else None,
            }
        )
        count = int(deck.genres_len[i])
        encoded.append(
            {
                "movie": i,
                "genres": str(deck.genres[i, : len(row.genres)].tolist()),
                "genres_len": count,
                "avg_rating": f"{deck.avg_rating[i]:.6f}",
                "year": f"{deck.year[i]:.6f}",
                "on the slide": f"{list(row.genres)}, {row.genres_len}, {row.avg_rating:.6f}, {row.year:.6f}",
                "avg_rating, train rows": f"{clean.avg_rating[i]:.6f}",
            }
        )
    rated = [
        {
            "userId": int(data.user[i]),
            "movieId": int(data.movie[i]),
            "title": data.movies.title[data.movie[i]],
            "genres": data.movies.genres[data.movie[i]],
            "rating": float(data.rating[i]),
        }
        for i in range(min(SHOWN, len(data)))
    ]
    codes = deck.genres[np.arange(deck.genres.shape[1]) < deck.genres_len[:, None]]
    count_of = np.bincount(codes, minlength=len(deck.genre_names))
    shown = {
        "data": data.source,
        "ratings with title and genres": rated,
        "what the files say of a movie": raw,
        "what the network is fed": encoded,
        "movies of the slide that these data do not have": missing or "none",
        "mean ratings that become 0 and 1": list(deck.avg_range),
        "years that become 0 and 1": list(deck.year_range),
        "genres by index, from the most frequent": [
            {"index": g, "genre": name, "movies": int(n)}
            for g, (name, n) in enumerate(zip(deck.genre_names, count_of, strict=True))
        ],
    }
    averages = {
        "all ratings (the slide)": deck.avg_rating[number > 0],
        "train rows (clean)": clean.avg_rating[number > 0],
    }
    return Result(shown, averages)


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    figure, ((genres, averages),) = plots.panels(1, 2, (5.0, 4.6), "Movie metadata")
    rows = result["genres by index, from the most frequent"][::-1]
    names = [f"{row['genre']}  {row['index']}" for row in rows]
    genres.barh(names, [row["movies"] for row in rows])
    genres.tick_params(axis="y", labelsize="small")
    genres.set_xlabel("movies")
    genres.set_title("genres and their index", fontsize="medium")
    slide, clean = result.picture
    averages.scatter(result.picture[clean], result.picture[slide], s=4, alpha=0.3)
    averages.plot([0, 1], [0, 1], ":", color="grey")
    averages.set_xlabel(f"avg_rating of {clean}")
    averages.set_ylabel(f"avg_rating of {slide}")
    averages.set_title("off the line: ratings outside train change the mean", fontsize="medium")
    return plots.save(figure, path)
