"""Similar movies and recommendations (deck, "活用Latent Factor" and "Model MF with DNN
彈性的應用").

``recommend`` climbs the deck's ladder by what is known of the user:

    popular   no history: the movies most liked in train
    content   a little history: the movies nearest to the liked ones in the item embedding
    model     enough history, or ratings: the model's own scores, without retraining
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tfcourse.errors import UsageError
from tfcourse.lang import _
from tfcourse.recommenders.histories import Queries

if TYPE_CHECKING:
    from tfcourse.recommenders.base import Recommender
    from tfcourse.recommenders.catalogue import MovieVocabulary

LIKED = 4.5  # the rating that a liked movie stands for, in a lesson with a context
ENOUGH = 5  # movies in a history from which the model's own scores are used
COMPARED = 100  # of the best movies, with which a reason compares a movie


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a row of zeros has no direction and stays, (n, dim)."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Indexes of the k highest scores, falling, ties by index; -inf is never chosen. A partition
    finds the k, so that only they are sorted."""
    k = min(k, int(np.isfinite(scores).sum()))
    if k == 0:
        return np.zeros(0, np.int64)
    bar = -np.partition(-scores, k - 1)[k - 1]
    kept = np.flatnonzero(scores >= bar)
    return kept[np.lexsort((kept, -scores[kept]))][:k]


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise UsageError(_("k is a whole number >= 1, not {k!r}").format(k=k))


class MovieTable(pd.DataFrame):
    """A table of movies that shows whole titles and genres, where pandas would cut them."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return MovieTable

    def __repr__(self) -> str:
        return self.to_string(max_rows=pd.get_option("display.max_rows"))

    def _repr_html_(self) -> str | None:
        with pd.option_context("display.max_colwidth", None):
            return super()._repr_html_()  # type: ignore[misc]


def most_like(model: Recommender, query: str | int, k: int = 10, by: str = "auto") -> MovieTable:
    """The k movies with the embedding most like one's, by cosine, that one first, as in the deck.

    Args:
        model: a trained recommender lesson.
        query: an index as in the deck (0 is Toy Story), "id:1" for a raw id, or title text.
        by: "auto", "index", "id" or "title"; see ``Vocabulary.find``.

    Returns:
        frame of index, movie_id, title, genres, score (cosine, -1 to 1), k rows.
    """
    _check_k(k)
    vocabulary = model.known_catalogue().vocabulary
    index = vocabulary.find(query, by)
    vectors = model.vectors()
    scores = vectors @ vectors[index]
    ordered = scores.copy()
    ordered[index] = np.inf  # first, though another may point exactly the same way
    chosen = np.concatenate([[index], top(np.where(np.isinf(ordered), -np.inf, ordered), k - 1)])
    return MovieTable(vocabulary.frame(chosen, scores[chosen]))


@dataclass(frozen=True)
class Recommendation:
    """What was recommended, and how: ``rung`` is "popular", "content" or "model"."""

    rung: str
    items: MovieTable  # index, movie_id, title, genres, score


def recommend(
    model: Recommender,
    user: int | None = None,
    liked: Sequence[str | int] = (),
    k: int = 10,
    *,
    by: str = "auto",
    rated: Sequence[tuple[str | int, float]] = (),
    exclude_seen: bool = True,
    enough: int = ENOUGH,
    explain: bool = False,
    asked: Mapping[str, Any] | None = None,
    popularity: float = 0.0,
) -> Recommendation:
    """Movies for a user of the data, or for anybody by the movies they liked or rated.

    Args:
        user: index of a user; the history is the train rows. None for somebody new.
        liked: movies that somebody new liked, each as ``Vocabulary.find`` takes it.
        rated: movies that somebody new rated, with the rating, 0.5 to 5; for lessons with a context.
        exclude_seen: leave out the movies of the history.
        enough: movies from which the model's own scores are used; a lesson with a context needs one.
        explain: add a column ``because``, the titles of the history that speak for each movie more
            than for others.
        asked: for the model's scores, values of the columns that only rows have; by default the
            lesson's ``asked``.
        popularity: the model's scores are raised by this times ln(1 + users who liked the movie in
            train). A lesson that predicts ratings ranks movies high that few have rated.
    """
    _check_k(k)
    catalogue = model.known_catalogue()
    vocabulary = catalogue.vocabulary
    if user is not None and (len(liked) or len(rated)):
        raise UsageError(_("give a user or movies, not both"))
    if rated and not model.by_ratings:
        raise UsageError(
            _(
                "{lesson} does not take ratings: give liked movies, or a lesson with a context, "
                "as honest-raters"
            ).format(lesson=model.lesson or type(model).__name__)
        )
    ratings: dict[int, float] = {}
    if user is not None:
        if catalogue.histories is None:
            raise UsageError(_("a user's history is in the ratings: load the model with data=..."))
        if not 0 <= user < len(catalogue.histories):
            raise UsageError(
                _("user index {user} is outside 0..{last}").format(
                    user=user, last=len(catalogue.histories) - 1
                )
            )
        history = catalogue.histories[user]
    else:
        ratings = _new_ratings(vocabulary, liked, rated, by)
        history = np.fromiter(ratings, np.int32)
        if model.by_history and (history >= model.n_movies).any():
            raise UsageError(_("a movie that was added has no embedding in a query: like others"))

    if len(history) == 0:
        rung, scores = "popular", catalogue.popularity.astype(np.float64)
    elif user is not None and not model.by_history:
        rung = "model"
        ((*_rows, block),) = model.score_users(
            np.array([user], np.int32), catalogue.histories, asked=asked
        )
        scores = block[0].astype(np.float64)
    elif model.by_ratings:
        rung = "model"
        scores = model.score_rated(history, np.fromiter(ratings.values(), np.float32))
        scores = scores.astype(np.float64)
    elif model.by_history and len(history) >= enough:
        rung = "model"
        ((*_rows, block),) = model.score_queries(Queries.one(history), asked=asked)
        scores = block[0].astype(np.float64)
    else:
        # The embedding of what was liked; a model by user id knows nothing of somebody new.
        rung = "content"
        vectors = model.vectors()
        scores = (vectors @ unit(vectors[history].sum(0))).astype(np.float64)
    if rung == "model" and popularity:
        scores += popularity * np.log1p(catalogue.popularity)
    if exclude_seen:
        scores[history] = -np.inf
    chosen = top(scores, k)
    frame = MovieTable(vocabulary.frame(chosen, scores[chosen]))
    if explain:
        best = top(scores, COMPARED)
        frame["because"] = because(model, history, chosen, best, rung == "model", asked=asked)
    return Recommendation(rung, frame)


def _new_ratings(
    vocabulary: MovieVocabulary,
    liked: Sequence[str | int],
    rated: Sequence[tuple[str | int, float]],
    by: str,
) -> dict[int, float]:
    """The ratings of somebody new, by movie index, in the order given.

    Raises:
        UsageError: an unknown movie, a rating out of range, or a movie with two ratings.
    """
    found: dict[int, float] = {vocabulary.find(movie, by): LIKED for movie in liked}
    for movie, rating in rated:
        index = vocabulary.find(movie, by)
        if not 0.5 <= rating <= 5:
            raise UsageError(_("a rating is 0.5 to 5, not {rating:g}").format(rating=rating))
        if index in found:
            raise UsageError(_("{title} is given twice").format(title=vocabulary.title[index]))
        found[index] = float(rating)
    return found


def because(
    model: Recommender,
    history: np.ndarray,
    chosen: np.ndarray,
    best: np.ndarray,
    by_model: bool,
    n: int = 3,
    asked: Mapping[str, Any] | None = None,
) -> list[list[str]]:
    """For each chosen movie the n titles of the history that speak for it more than for others.

    The share of a movie h of the history in the score of a movie m is

        by the model    score(m; history) - score(m; history without h)
        else            cosine(h, m)

    and h is a reason for m by share(h, m) less the mean of share(h, m') over the best movies m'. Without
    the mean a few movies of the history, those with the longest embeddings, would be the reason
    for everything. The mean over all movies would leave what all good movies have in common, and
    that again is the same for each. Where ``pred`` is a sigmoid, the score is what stands before
    it: near 1 a sigmoid hardly changes.

    Args:
        history, chosen, best: movie indexes, int (h,), (k,) and (b,).
        by_model: whether the model pooled the history to make the score.
        n: how many reasons. asked: as for ``recommend``.
    """
    if len(history) == 0 or len(chosen) == 0:
        return [[] for _ in chosen]
    if by_model and model.by_history and len(history) > 1:
        share = _shares(model, history, asked)
    else:
        vectors = model.vectors()
        share = vectors[history] @ vectors.T
    reason = share[:, chosen] - share[:, best].mean(1, keepdims=True)
    titles = model.known_catalogue().vocabulary.title
    return [[str(titles[history[i]]) for i in top(column, n)] for column in reason.T]


def _shares(model: Recommender, history: np.ndarray, asked: Mapping[str, Any] | None) -> np.ndarray:
    """Each movie's share in the scores of a history, float64 (history, n_movies)."""
    n = len(history)
    # The whole history first, then without one movie each.
    left_out = np.arange(-1, n, dtype=np.int32)
    queries = Queries(history, np.zeros(n + 1, np.int64), np.full(n + 1, n, np.int32), left_out)
    node = model.pred.op.inputs[0] if model.pred.op.type == "Sigmoid" else model.pred
    blocks = [block for _, block in model.score_queries(queries, asked=asked, node=node)]
    scores = np.concatenate(blocks).astype(np.float64)
    return scores[0] - scores[1:]
