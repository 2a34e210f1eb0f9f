"""Model - 實際上使用Embedding的例子 (deck, "Recommendation Engine with DNN").

The slide's shop finds clothes that go together by their embeddings. Here two movies make a double bill.
Which movies go together is answered twice, for the most liked movies:

    embedding   angle between the movies' factors in a trained MF with DNN; the smaller, the nearer
    ratings     lift = P(both liked) / (P(a liked) P(b liked)), over users; liked is a rating of 4 and above

A lift of 1 means that who likes one movie likes the other as often as anybody does. The lesson is trained
on single ratings and not on pairs of movies, so the two answers need not agree. Their rank correlation
and the lift of the nearest and of the farthest pairs show how far they do.

With the default data the embedding is that of checkpoints/mf_with_dnn, trained for 10 epochs under
protocol deck. With other data, or without that folder, the lesson is trained here for 10 epochs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import graphs
from graphs.examples import Result
from graphs.mf_with_dnn import MFWithDNN
from tfcourse import checkpoints, plots, training
from tfcourse.datasets import folders, movielens
from tfcourse.datasets.movielens import MovieLens
from tfcourse.errors import DataError

CHECKPOINT = Path(graphs.__file__).parents[1] / "checkpoints" / "mf_with_dnn"
EPOCHS = 10
MOST = 200  # how many of the most liked movies are paired
TOGETHER = 0.03  # share of the users who like both: with fewer the lift is chance
N_SHOWN = 10
ONE = "Toy Story (1995)"


def embedding(data: MovieLens, seed: int) -> tuple[np.ndarray, str]:
    """The factors of all movies as unit vectors, float32 (n_movies, dim), and where they come from.

    Args:
        data: MovieLens; the checkpoint is taken if it was trained with the same movies.
        seed: of the training, where the lesson is trained here.
    """
    if CHECKPOINT.is_dir():
        model = checkpoints.load(CHECKPOINT)
        if model.known_catalogue().vocabulary.digest == data.movies.digest:
            vectors, source = model.vectors(), f"checkpoint {CHECKPOINT.name}, protocol deck"
            model.close()
            return vectors, source
        model.close()
    model = training.train(MFWithDNN, data.prepare("deck"), epochs=EPOCHS, seed=seed)
    vectors = model.vectors()
    model.close()
    return vectors, f"mf-with-dnn, trained here for {EPOCHS} epochs, protocol deck"


def pairs(data: MovieLens, vectors: np.ndarray) -> pd.DataFrame:
    """All pairs of the MOST most liked movies that enough users like both, with both measures.

    Returns:
        a row for each pair: a, b (indexes), likes of a, of b, of both, lift, cosine, same genre (whether
        they share one).

    Raises:
        DataError: there are not two such pairs.
    """
    liked = np.zeros((data.n_users, len(data.movies)), np.float32)
    positive = data.rating >= 4
    liked[data.user[positive], data.movie[positive]] = 1
    count = liked.sum(axis=0)
    movies = np.sort(np.argsort(-count, kind="stable")[:MOST])
    both = liked[:, movies].T @ liked[:, movies]  # (MOST, MOST)
    i, j = np.triu_indices(len(movies), k=1)
    enough = both[i, j] >= max(TOGETHER * data.n_users, 1)
    i, j = i[enough], j[enough]
    if len(i) < 2:
        raise DataError("no two pairs of movies are liked by enough users", data.path)
    a, b = movies[i], movies[j]
    genres = [set(str(g).split("|")) for g in data.movies.genres]
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "likes of a": count[a].astype(int),
            "likes of b": count[b].astype(int),
            "likes of both": both[i, j].astype(int),
            "lift": data.n_users * both[i, j] / (count[a] * count[b]),
            "cosine": np.sum(vectors[a] * vectors[b], axis=1),
            "same genre": [bool(genres[x] & genres[y]) for x, y in zip(a, b, strict=True)],
        }
    )


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> Result:
    data = movielens.load(data_dir)
    vectors, source = embedding(data, seed)
    found = pairs(data, vectors)
    title = data.movies.title

    def bills(rows: pd.DataFrame, by: str) -> pd.DataFrame:
        best = rows.sort_values(by, ascending=False).head(N_SHOWN)
        return pd.DataFrame(
            {
                "first movie": title[best["a"]],
                "second movie": title[best["b"]],
                "angle in degrees": np.degrees(np.arccos(np.minimum(best["cosine"].to_numpy(), 1))),
                "lift": best["lift"].to_numpy(),
                "likes of both": best["likes of both"].to_numpy(),
            }
        )

    one = data.movies.find(ONE)
    with_one = found[(found["a"] == one) | (found["b"] == one)]
    partner = with_one["a"].where(with_one["b"] == one, with_one["b"])
    by_embedding, by_ratings = (
        set(partner[with_one[by].sort_values(ascending=False).head(N_SHOWN).index])
        for by in ("cosine", "lift")
    )
    other = found[~found["same genre"]]
    shown = {
        "data": data.source,
        "embedding": source,
        "pairs": len(found),
        "by the embedding": bills(found, "cosine"),
        "by the ratings": bills(found, "lift"),
        "by the embedding, no common genre": bills(other, "cosine"),
        "by the ratings, no common genre": bills(other, "lift"),
        f"with {ONE}, by the embedding": bills(with_one, "cosine"),
        f"with {ONE}, by the ratings": bills(with_one, "lift"),
        f"with {ONE}: movies in both lists, of {N_SHOWN}": len(by_embedding & by_ratings),
        "rank correlation of cosine and lift": float(
            found[["cosine", "lift"]].rank().corr().loc["cosine", "lift"]
        ),
        "mean lift of the nearest tenth of the pairs, of the farthest tenth": np.array(
            [found.sort_values("cosine", ascending=up)["lift"][: max(len(found) // 10, 1)].mean()
             for up in (False, True)]
        ),
    }  # fmt: skip
    return Result(shown, picture=found)


def draw(result: Result, path: str | Path) -> Path:
    found = result.picture
    figure, (axes,) = plots.panels(1, 2, (8.0, 5.6), f"Double bills: {result['embedding']}")
    axis = axes[0]
    angle = pd.Series(np.degrees(np.arccos(np.minimum(found["cosine"], 1))))
    axis.scatter(angle, found["lift"], s=6, alpha=0.25, edgecolors="none")
    tenth = pd.qcut(angle, 10, duplicates="drop")
    axis.plot(
        angle.groupby(tenth, observed=True).mean(),
        found["lift"].groupby(tenth, observed=True).mean(),
        "ko-",
        label="mean of a tenth of the pairs",
    )
    axis.axhline(1, color="grey", linestyle=":", label="no connection")
    axis.set_yscale("log")
    axis.set_yticks([1, 2, 4, 8], ["1", "2", "4", "8"])
    axis.tick_params(axis="y", which="minor", labelleft=False)
    axis.set_xlabel("angle between the embeddings, in degrees")
    axis.set_ylabel("lift of the likes")
    correlation = result["rank correlation of cosine and lift"]
    axis.set_title(
        f"{len(found):,} pairs of liked movies: rank correlation of\ncosine and lift {correlation:.2f}"
    )
    axis.legend()
    axis, place = axes[1], np.arange(N_SHOWN)
    labels: dict[int, str] = {}
    for k, by in enumerate(("ratings", "embedding")):
        bills = result[f"by the {by}"]
        at = place[: len(bills)][::-1] + (1 - k) * (N_SHOWN + 1)
        axis.barh(at, bills["lift"], color=f"C{k}", label=f"best by the {by}")
        short = [bills[name].map(_short) for name in ("first movie", "second movie")]
        labels |= dict(zip(at.tolist(), short[0] + " + " + short[1], strict=True))
    axis.set_yticks(list(labels), list(labels.values()), fontsize="small")
    axis.set_xlabel("lift of the likes")
    axis.set_title(f"{N_SHOWN} double bills by each measure")
    axis.legend(loc="lower right")
    return plots.save(figure, path)


def _short(title: str) -> str:
    """A title without its other title, its year and its article, at most 30 letters."""
    name = title.split(" (")[0].removesuffix(", The")
    return name if len(name) <= 30 else name[:29] + "…"
