"""The models that the honest lessons are measured against: other libraries', and a few lines of NumPy.

A rival is trained on the same train rows as a lesson. ``RATING_RIVALS`` predict ratings, ``TOP_TEN_RIVALS``
score the whole catalogue. The settings of each were chosen by ``choose`` on rows taken out of the train
rows, never on test rows. A rival whose package is missing is left out, and ``available`` says why.

Sources:

* Surprise: Hug (2020), https://doi.org/10.21105/joss.02174. Its KNNBaseline, SVD and SVD++ are those of Koren
  (2008, 2010).
* LensKit: Ekstrand (2020), https://doi.org/10.1145/3340531.3412778
* implicit's ALS: Hu, Koren and Volinsky (2008); its BPR: Rendle and others (2009)
* EASE: Steck (2019), https://doi.org/10.1145/3308558.3313710
* histogram-based gradient boosting: scikit-learn, after Ke and others (2017)
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from graphs.examples.item_knn import ItemKNN
from tfcourse import metrics
from tfcourse.datasets.movielens_protocols import COURSE
from tfcourse.metrics import POSITIVE
from tfcourse.recommenders import top_ten
from tfcourse.recommenders.catalogue import item_features

if TYPE_CHECKING:
    from tfcourse.datasets.movielens import MovieLens

Settings = Mapping[str, Any]
Serve = Callable[[np.ndarray, np.ndarray], np.ndarray]
_PIP = {"surprise": "scikit-surprise"}  # where pip's name differs from the import's


@dataclass(frozen=True, eq=False)
class Problem:
    """Train rows, and what is known of the movies.

    Attributes:
        user, movie: of each row, int32 (n,), each pair once. rating: 0.5 to 5, float32 (n,).
        n_users, n_movies: numbers of users and movies, with or without train rows.
        genres: 1 where the movie has the genre, float32 (n_movies, n_genres).
        year: scaled to 0..1, float32 (n_movies,).
        split: how the rows were split from test rows. A rival's settings depend on it.
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    n_users: int
    n_movies: int
    genres: np.ndarray
    year: np.ndarray
    split: str = COURSE

    @classmethod
    def of(cls, data: MovieLens, split: str = COURSE) -> Problem:
        """The problem of a split's train rows.

        Args:
            data: the ratings. split: see ``MovieLens.split``.
        """
        rows, _ = data.split(split)
        user, movie, rating = data.user[rows], data.movie[rows], data.rating[rows]
        items = item_features(data.movies, movie, rating)
        genres = items.genres_hot
        return cls(user, movie, rating, data.n_users, len(data.movies), genres, items.year, split)

    def rows(self, kept: np.ndarray) -> Problem:
        """The problem of some of its rows, chosen by index or bool (n,)."""
        columns = {name: getattr(self, name)[kept] for name in ("user", "movie", "rating")}
        return dataclasses.replace(self, **columns)

    def seen(self, liked: bool = False) -> csr_matrix:
        """1 where the user rated the movie, float32 (n_users, n_movies).

        Args:
            liked: only ratings of at least 4.
        """
        kept = self.rating >= (POSITIVE if liked else 0)
        user, movie = self.user[kept], self.movie[kept]
        ones = np.ones(len(user), np.float32)
        return csr_matrix((ones, (user, movie)), (self.n_users, self.n_movies))

    def history(self, movie: np.ndarray, rating: np.ndarray, liked: bool = False) -> csr_matrix:
        """One more user's row of ``seen``, float32 (1, n_movies)."""
        movie = movie[rating >= POSITIVE] if liked else movie
        ones = np.ones(len(movie), np.float32)
        return csr_matrix((ones, (np.zeros_like(movie), movie)), (1, self.n_movies))


class Predictor(NamedTuple):
    """A trained rival that predicts ratings.

    Attributes:
        predict: of users and movies, int (n,) each, gives ratings, float (n,). Libraries that clip
            to 0.5..5 by default do.
        serve: of a new user's movies and ratings, (k,) each, gives ratings of all movies, float
            (n_movies,), without training; None where the library cannot.
    """

    predict: Callable[[np.ndarray, np.ndarray], np.ndarray]
    serve: Serve | None = None


class Ranker(NamedTuple):
    """A trained rival that scores the catalogue; larger is better.

    Attributes:
        scores: of all movies for all users, float (n_users, n_movies), seen movies included.
        serve: as in ``Predictor``, with scores in place of ratings.
    """

    scores: Callable[[], np.ndarray]
    serve: Serve | None = None


_WITHOUT_DRAWS = frozenset(
    ("Surprise BaselineOnly", "Surprise KNNBaseline", "LensKit Bias", "LensKit ItemKNN", "item-kNN",
     "most popular", "EASE")
)  # fmt: skip


@dataclass(frozen=True)
class Rival:
    """A model to be measured against.

    Attributes:
        name: as shown in a table.
        package: what must be installed beyond the project's requirements, by its import name.
        train: trains on a problem with a seed and settings. The same seed gives the same result.
        settings: what ``choose`` found, by split. grid: the values that it tried.
    """

    name: str
    package: str | None
    train: Callable[..., Any]
    settings: Mapping[str, Settings] = field(default_factory=dict)
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def fit(self, problem: Problem, seed: int, **changed: Any) -> Any:
        """A ``Predictor`` or a ``Ranker``.

        Args:
            problem: the train rows. seed: of initial weights and draws.
            changed: settings other than those chosen.
        """
        return self.train(problem, seed, **{**self.chosen(problem.split), **changed})

    @property
    def random(self) -> bool:
        """Whether it draws at random, so that its results differ from seed to seed."""
        return self.name not in _WITHOUT_DRAWS

    def chosen(self, split: str) -> Settings:
        """The settings for a split; for one without any, those of the first in ``settings``."""
        return self.settings.get(split) or next(iter(self.settings.values()), {})


def available(rival: Rival) -> str:
    """Why a rival cannot be trained here, in one line; empty if it can."""
    if rival.package is None:
        return ""
    pip = _PIP.get(rival.package, rival.package)
    try:
        importlib.import_module(rival.package)
    except ModuleNotFoundError as error:
        if error.name == rival.package:
            return f"{rival.name} needs the package {pip}: pip install {pip}"
        return f"{rival.name}: package {pip} needs the module {error.name}, which is missing"
    except ImportError as error:
        return f"{rival.name}: package {pip} cannot be imported: {' '.join(str(error).split())}"
    return ""


# --- ratings: Surprise ------------------------------------------------------------------------


def _surprise(algorithm: str, problem: Problem, seed: int, **settings: Any) -> Predictor:
    import pandas as pd
    import surprise

    frame = pd.DataFrame({"u": problem.user, "m": problem.movie, "r": problem.rating})
    data = surprise.Dataset.load_from_df(frame, surprise.Reader(rating_scale=(0.5, 5)))
    if algorithm in ("SVD", "SVDpp"):
        settings["random_state"] = seed
    else:
        settings["verbose"] = False
    model = getattr(surprise, algorithm)(**settings).fit(data.build_full_trainset())

    def predict(user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        pairs = zip(user.tolist(), movie.tolist(), strict=True)
        return np.array([model.predict(u, m).est for u, m in pairs])

    return Predictor(predict)


def _surprise_baseline(problem: Problem, seed: int, reg_u: float, reg_i: float) -> Predictor:
    options = {"method": "als", "reg_u": reg_u, "reg_i": reg_i}
    return _surprise("BaselineOnly", problem, seed, bsl_options=options)


def _surprise_knn(
    problem: Problem,
    seed: int,
    user_based: bool,
    k: int,
    shrinkage: float,
    reg_u: float,
    reg_i: float,
) -> Predictor:
    similar = {"name": "pearson_baseline", "user_based": user_based, "shrinkage": shrinkage}
    options = {"method": "als", "reg_u": reg_u, "reg_i": reg_i}
    return _surprise("KNNBaseline", problem, seed, k=k, sim_options=similar, bsl_options=options)


# --- ratings: LensKit -------------------------------------------------------------------------


def _lenskit(scorer: Any, problem: Problem, seed: int, damping: float | None, liked: bool) -> Any:
    """A pipeline after training. Where the scorer has no rating, LensKit's bias model predicts it.

    Args:
        damping: of that bias model; None leaves it out. liked: train on ratings of at least 4.
    """
    import pandas as pd
    from lenskit.basic import BiasScorer
    from lenskit.data import from_interactions_df
    from lenskit.pipeline.common import predict_pipeline
    from lenskit.training import TrainingOptions

    kept = problem.rating >= (POSITIVE if liked else 0)
    columns = {"user_id": problem.user, "item_id": problem.movie, "rating": problem.rating}
    frame = pd.DataFrame({name: column[kept] for name, column in columns.items()})
    fallback = damping is not None and BiasScorer(damping=damping)
    pipeline = predict_pipeline(scorer, fallback=fallback)
    pipeline.train(from_interactions_df(frame), TrainingOptions(rng=seed))
    return pipeline


def _lenskit_scores(pipeline: Any, query: Any, movie: np.ndarray) -> np.ndarray:
    """Of a user's index or a ``RecQuery``, float (len(movie),); 0 where LensKit has no score."""
    from lenskit import predict
    from lenskit.data import ItemList
    from lenskit.diagnostics import DataWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # of a user without ratings
        scores = predict(pipeline, query, ItemList(item_ids=movie)).scores()
    return np.nan_to_num(np.asarray(scores, np.float64), nan=0.0)


def _lenskit_serve(pipeline: Any, problem: Problem, liked: bool = False) -> Serve:
    from lenskit.data import ItemList, RecQuery

    def serve(movie: np.ndarray, rating: np.ndarray) -> np.ndarray:
        kept = rating >= (POSITIVE if liked else 0)
        history = ItemList(item_ids=movie[kept], rating=rating[kept])
        return _lenskit_scores(
            pipeline, RecQuery(history_items=history), np.arange(problem.n_movies)
        )

    return serve


def _lenskit_predictor(scorer: Any, problem: Problem, seed: int, damping: Any) -> Predictor:
    pipeline = _lenskit(scorer, problem, seed, damping, liked=False)

    def predict(user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        out = np.empty(len(user))
        for one in np.unique(user):
            rows = user == one
            out[rows] = _lenskit_scores(pipeline, int(one), movie[rows])
        return out

    return Predictor(predict, _lenskit_serve(pipeline, problem))


def _lenskit_bias(problem: Problem, seed: int, user: float, item: float) -> Predictor:
    from lenskit.basic import BiasScorer

    damping = {"user": user, "item": item}
    return _lenskit_predictor(BiasScorer(damping=damping), problem, seed, damping)


def _lenskit_knn(problem: Problem, seed: int, damping: float, **settings: Any) -> Predictor:
    from lenskit.knn import ItemKNNScorer

    return _lenskit_predictor(ItemKNNScorer(**settings), problem, seed, damping)


def _lenskit_als(problem: Problem, seed: int, damping: float, **settings: Any) -> Predictor:
    from lenskit.als import BiasedMFScorer

    scorer = BiasedMFScorer(damping=damping, **settings)
    return _lenskit_predictor(scorer, problem, seed, damping)


# --- ratings: boosted trees, and the project's item-kNN ---------------------------------------

_ERAS = 12  # equal parts of the range of years
_SHRINK = 5  # ratings of the value 0 that are added to a mean


class Averages:
    """Features of (user, movie) pairs from the rows of a problem, for boosted trees.

    With r̄_v the shrunk mean of user v and r̄_j that of movie j, both less the mean of all:

        user    number of ratings, shrunk mean, spread, mean of r_uj - r̄_j, mean of ln(1 + n_j)
        movie   number of ratings, shrunk mean, spread, mean of r_vm - r̄_v
        taste   mean of r_uj - r̄_j over the user's movies of a genre, averaged over the genres of m;
                the same over the movies of m's era
        m       year; genres, a column each
    """

    def __init__(self, problem: Problem):
        user, movie, size = problem.user, problem.movie, problem.n_movies
        self.mean = problem.rating.mean(dtype=np.float64)
        value = problem.rating - self.mean
        number = np.bincount(movie, minlength=size)
        self.fame = np.log1p(number)
        self.movie_mean = np.bincount(movie, value, size) / (number + _SHRINK)
        square = np.bincount(movie, value**2, size) / (number + _SHRINK)
        era = np.minimum((problem.year * _ERAS).astype(np.int64), _ERAS - 1)
        self.tags = [problem.genres, np.eye(_ERAS)[era]]
        self.users, self.taste = self._users(user, movie, problem.rating, problem.n_users)
        above = np.bincount(movie, value - self.users[user, 1], size) / (number + _SHRINK)
        spread = square - self.movie_mean**2
        columns = number, self.movie_mean, spread, above, problem.year, problem.genres
        self.movies = np.column_stack(columns)

    def _users(
        self, user: np.ndarray, movie: np.ndarray, rating: np.ndarray, size: int
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Columns of users, float64 (size, 5), and taste by genre and era, (size, n_tags) each."""
        number = np.bincount(user, minlength=size)

        def mean(x: np.ndarray) -> np.ndarray:
            return np.bincount(user, x, size) / (number + _SHRINK)

        value = rating - self.mean
        above = value - self.movie_mean[movie]
        spread = mean(value**2) - mean(value) ** 2
        columns = number, mean(value), spread, mean(above), mean(self.fame[movie])
        rows = [csr_matrix((x, (user, movie)), (size, len(self.fame))) for x in (above, above**0)]
        taste = [(rows[0] @ tags) / (rows[1] @ tags + _SHRINK) for tags in self.tags]
        return np.column_stack(columns), taste

    def of(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """Features of pairs that are not rows of the problem, float64 (n, n_features).

        Args:
            user, movie: int (n,).
        """
        return self._pairs(self.users, self.taste, user, movie)

    def of_new(self, movie: np.ndarray, rating: np.ndarray) -> np.ndarray:
        """Features of a new user, who rated some movies, and all movies, (n_movies, n_features).

        Args:
            movie, rating: (k,).
        """
        nobody = np.zeros(len(self.fame), np.int64)
        users = self._users(nobody[: len(movie)], movie, rating, 1)
        return self._pairs(*users, nobody, np.arange(len(nobody)))

    def _pairs(
        self, users: np.ndarray, taste: list[np.ndarray], user: np.ndarray, movie: np.ndarray
    ) -> np.ndarray:
        averages = []
        for of_user, tags in zip(taste, self.tags, strict=True):
            of_movie = tags[movie]
            averages.append((of_user[user] * of_movie).sum(1) / np.maximum(of_movie.sum(1), 1))
        return np.column_stack([users[user], self.movies[movie], *averages])


def train_features(problem: Problem, seed: int, parts: int, hidden: float) -> np.ndarray:
    """Features of the train rows, without their own ratings, float64 (n, n_features).

    The rows are divided at random into parts, and the features of one part's rows are ``Averages`` of
    the other parts. Leaving out each row alone would not do: the mean of all ratings but r falls as
    r rises, from which trees learn r.

    Args:
        seed: of the draws. parts: how many.
        hidden: share of the movies whose ratings are all left out, so that trees learn of movies that
            nobody has rated. Other movies are drawn for each part.
    """
    draw = np.random.default_rng(seed)
    part = draw.permutation(len(problem.user)) % parts
    features: list[np.ndarray] = []
    for k in range(parts):
        own = part == k
        left_out = own | (draw.random(problem.n_movies) < hidden)[problem.movie]
        known = Averages(problem.rows(~left_out))
        features.append(known.of(problem.user[own], problem.movie[own]))
    order = np.argsort(part, kind="stable")
    return np.concatenate(features)[np.argsort(order)]


def _boosted_trees(
    problem: Problem, seed: int, parts: int, hidden: float, **settings: Any
) -> Predictor:
    from sklearn.ensemble import HistGradientBoostingRegressor

    # Early stopping would need rows whose features hold none of the others' ratings.
    trees = HistGradientBoostingRegressor(random_state=seed, early_stopping=False, **settings)
    features, averages = train_features(problem, seed, parts, hidden), Averages(problem)
    with threadpool_limits(1):  # threads that wait for each other take longer on busy cores
        trees.fit(features, problem.rating)

    def predicted(features: np.ndarray) -> np.ndarray:
        with threadpool_limits(1):
            return trees.predict(features)

    def predict(user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        return predicted(averages.of(user, movie))

    def serve(movie: np.ndarray, rating: np.ndarray) -> np.ndarray:
        return predicted(averages.of_new(movie, rating))

    return Predictor(predict, serve)


def _item_knn_ratings(problem: Problem, seed: int, model_size: int) -> Predictor:
    p = problem
    model = ItemKNN(p.user, p.movie, p.rating, p.n_users, p.n_movies, model_size)

    def predict(user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        users, row = np.unique(user, return_inverse=True)
        return model.scores(users)[row, movie]

    return Predictor(predict)


# --- top ten ----------------------------------------------------------------------------------


def _popular(problem: Problem, seed: int, liked: bool) -> Ranker:
    count = np.asarray(problem.seen(liked).sum(0)).ravel()

    def scores() -> np.ndarray:
        return np.tile(count, (problem.n_users, 1))

    return Ranker(scores, lambda movie, rating: count)


def _item_knn(problem: Problem, seed: int, k: int, liked: bool) -> Ranker:
    """The score of a movie is the sum of its cosines with those of its k nearest that are seen."""
    from sklearn.neighbors import NearestNeighbors

    seen = problem.seen(liked)
    nearest = NearestNeighbors(n_neighbors=min(k, problem.n_movies - 1), metric="cosine")
    similar = nearest.fit(seen.T.tocsr()).kneighbors_graph(mode="distance")
    similar.data = 1 - similar.data

    def scores() -> np.ndarray:
        return (seen @ similar.T).toarray()

    def serve(movie: np.ndarray, rating: np.ndarray) -> np.ndarray:
        return (problem.history(movie, rating, liked) @ similar.T).toarray()[0]

    return Ranker(scores, serve)


def _ease(problem: Problem, seed: int, weight: float, liked: bool) -> Ranker:
    """EASE, solved on the side of the users, of whom there are fewer than movies.

        B = I - P / diag P      P = (Xᵀ X + λ I)⁻¹ = (I - Xᵀ (X Xᵀ + λ I)⁻¹ X) / λ

    The second form of P is Woodbury's identity; λ is ``weight``. The scores are X B.
    """
    sparse = problem.seen(liked)
    x = sparse.toarray().astype(np.float64)
    gram = x @ x.T
    gram[np.diag_indices(len(gram))] += weight
    solved = np.linalg.solve(gram, x)  # (n_users, n_movies)
    diagonal = (1 - np.einsum("um,um->m", x, solved)) / weight

    def score(rows: Any) -> np.ndarray:
        rows = np.asarray(rows, np.float64)
        return rows - (rows - (rows @ x.T) @ solved) / (weight * diagonal)

    def serve(movie: np.ndarray, rating: np.ndarray) -> np.ndarray:
        return score(problem.history(movie, rating, liked).toarray())[0]

    return Ranker(lambda: score(x), serve)


def _implicit_als(problem: Problem, seed: int, liked: bool, **settings: Any) -> Ranker:
    # implicit has threads of its own and asks that BLAS have none beside them.
    with threadpool_limits(1, "blas"):
        from implicit.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(random_state=seed, use_gpu=False, **settings)
        model.fit(problem.seen(liked), show_progress=False)

    def scores() -> np.ndarray:
        return model.user_factors @ model.item_factors.T

    def serve(movie: np.ndarray, rating: np.ndarray) -> np.ndarray:
        return model.item_factors @ model.recalculate_user(0, problem.history(movie, rating, liked))

    return Ranker(scores, serve)


def _implicit_bpr(problem: Problem, seed: int, liked: bool, **settings: Any) -> Ranker:
    with threadpool_limits(1, "blas"):
        from implicit.bpr import BayesianPersonalizedRanking

        # Several threads update the same factors without a lock, so their result varies.
        model = BayesianPersonalizedRanking(
            random_state=seed, use_gpu=False, num_threads=1, **settings
        )
        model.fit(problem.seen(liked), show_progress=False)
    return Ranker(lambda: model.user_factors @ model.item_factors.T)


def _lenskit_ranker(scorer: Any, problem: Problem, seed: int, liked: bool) -> Ranker:
    pipeline = _lenskit(scorer, problem, seed, None, liked)
    movies = np.arange(problem.n_movies)

    def scores() -> np.ndarray:
        return np.stack([_lenskit_scores(pipeline, u, movies) for u in range(problem.n_users)])

    return Ranker(scores, _lenskit_serve(pipeline, problem, liked))


def _lenskit_implicit_knn(problem: Problem, seed: int, liked: bool, **settings: Any) -> Ranker:
    from lenskit.knn import ItemKNNScorer

    scorer = ItemKNNScorer(feedback="implicit", **settings)
    return _lenskit_ranker(scorer, problem, seed, liked)


def _lenskit_implicit_mf(problem: Problem, seed: int, liked: bool, **settings: Any) -> Ranker:
    from lenskit.als import ImplicitMFScorer

    scorer = ImplicitMFScorer(**settings)
    return _lenskit_ranker(scorer, problem, seed, liked)


# --- the lists --------------------------------------------------------------------------------

# Chosen by ``choose`` with its defaults, on MovieLens ml-latest-small. A rival without an entry for a
# split has the settings of its first. "Surprise SVD++" has the library's defaults: it is slow.
RATING_RIVALS: tuple[Rival, ...] = (
    Rival("Surprise BaselineOnly", "surprise", _surprise_baseline,
          {"course": {"reg_u": 5, "reg_i": 5},
           "random": {"reg_u": 5, "reg_i": 2},
           "time": {"reg_u": 5, "reg_i": 2}},
          {"reg_u": (2, 5, 10, 15), "reg_i": (2, 5, 10, 15)}),
    Rival("Surprise SVD", "surprise", functools.partial(_surprise, "SVD"),
          {"course": {"n_factors": 100, "n_epochs": 80, "lr_all": 0.002, "reg_all": 0.1},
           "random": {"n_factors": 200, "n_epochs": 80, "lr_all": 0.01, "reg_all": 0.05},
           "time": {"n_factors": 20, "n_epochs": 40, "lr_all": 0.005, "reg_all": 0.1}},
          {"n_factors": (20, 50, 100, 200), "n_epochs": (20, 40, 80), "lr_all": (0.002, 0.005, 0.01),
           "reg_all": (0.02, 0.05, 0.1, 0.2)}),
    Rival("Surprise SVD++", "surprise", functools.partial(_surprise, "SVDpp", cache_ratings=True)),
    Rival("Surprise KNNBaseline", "surprise", _surprise_knn,
          {"course": {"user_based": False, "k": 80, "shrinkage": 200, "reg_u": 5, "reg_i": 5},
           "random": {"user_based": False, "k": 40, "shrinkage": 100, "reg_u": 5, "reg_i": 5},
           "time": {"user_based": False, "k": 80, "shrinkage": 200, "reg_u": 5, "reg_i": 5}},
          {"user_based": (False, True), "k": (40, 80), "shrinkage": (50, 100, 200), "reg_u": (5, 15),
           "reg_i": (5, 10)}),
    Rival("LensKit Bias", "lenskit", _lenskit_bias,
          {"course": {"user": 2, "item": 5}, "random": {"user": 5, "item": 5}, "time": {"user": 2, "item": 5}},
          {"user": (0, 2, 5, 10, 15), "item": (0, 2, 5, 10, 15)}),
    Rival("LensKit ItemKNN", "lenskit", _lenskit_knn,
          {"course": {"damping": 10, "max_nbrs": 80, "min_nbrs": 5, "min_sim": 1e-6}},
          {"damping": (5, 10), "max_nbrs": (20, 40, 80), "min_nbrs": (1, 2, 5), "min_sim": (1e-6, 0.03, 0.1)}),
    Rival("LensKit BiasedMF", "lenskit", _lenskit_als,
          {"course": {"damping": 10, "embedding_size": 100, "epochs": 20, "regularization": 0.2},
           "random": {"damping": 10, "embedding_size": 50, "epochs": 10, "regularization": 0.1},
           "time": {"damping": 5, "embedding_size": 50, "epochs": 20, "regularization": 0.2}},
          {"damping": (5, 10), "embedding_size": (10, 25, 50, 100), "epochs": (5, 10, 20),
           "regularization": (0.03, 0.1, 0.2, 0.4, 1.0)}),
    Rival("boosted trees", None, _boosted_trees,
          {"course": {"parts": 10, "hidden": 0.2, "learning_rate": 0.05, "max_iter": 400, "max_leaf_nodes": 7,
                      "min_samples_leaf": 150},
           "random": {"parts": 10, "hidden": 0.0, "learning_rate": 0.05, "max_iter": 400, "max_leaf_nodes": 31,
                      "min_samples_leaf": 50},
           "time": {"parts": 10, "hidden": 0.0, "learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": 31,
                    "min_samples_leaf": 150}},
          {"parts": (10,), "hidden": (0.0, 0.1, 0.2), "learning_rate": (0.02, 0.05, 0.1),
           "max_iter": (100, 200, 400), "max_leaf_nodes": (7, 15, 31), "min_samples_leaf": (20, 50, 150)}),
    Rival("item-kNN", None, _item_knn_ratings,
          {"course": {"model_size": 3000}, "random": {"model_size": 1000}, "time": {"model_size": 3000}},
          {"model_size": (30, 200, 1000, 3000)}),
)  # fmt: skip

_BOTH = {"liked": (True, False)}
TOP_TEN_RIVALS: tuple[Rival, ...] = (
    Rival("most popular", None, _popular,
          {"random-fifth": {"liked": True}, "time": {"liked": True}},
          _BOTH),
    Rival("item-kNN", None, _item_knn,
          {"random-fifth": {"liked": True, "k": 100}, "time": {"liked": True, "k": 1000}},
          {**_BOTH, "k": (10, 20, 50, 100, 200, 500, 1000)}),
    Rival("implicit ALS", "implicit", _implicit_als,
          {"random-fifth": {"liked": True, "factors": 128, "regularization": 30.0, "alpha": 5.0, "iterations": 20},
           "time": {"liked": True, "factors": 128, "regularization": 30.0, "alpha": 5.0, "iterations": 20}},
          {**_BOTH, "factors": (32, 64, 128), "regularization": (10.0, 30.0, 50.0, 80.0),
           "alpha": (5.0, 10.0, 20.0), "iterations": (20,)}),
    Rival("implicit BPR", "implicit", _implicit_bpr,
          {"random-fifth": {"liked": True, "factors": 32, "regularization": 0.003, "learning_rate": 0.002,
                            "iterations": 400}},
          {**_BOTH, "factors": (32, 64, 128), "regularization": (0.003, 0.01, 0.03),
           "learning_rate": (0.001, 0.002, 0.005), "iterations": (200, 400, 800)}),
    Rival("LensKit ItemKNN", "lenskit", _lenskit_implicit_knn,
          {"random-fifth": {"liked": True, "max_nbrs": 500, "save_nbrs": None}},
          {**_BOTH, "max_nbrs": (20, 100, 500), "save_nbrs": (100, 300, None)}),
    Rival("LensKit ImplicitMF", "lenskit", _lenskit_implicit_mf,
          {"random-fifth": {"liked": False, "embedding_size": 128, "epochs": 20, "regularization": 60.0, "weight": 10.0}},
          {**_BOTH, "embedding_size": (32, 64, 128, 256), "epochs": (20,),
           "regularization": (1.0, 10.0, 30.0, 60.0, 120.0), "weight": (0.5, 2.0, 10.0, 40.0)}),
    Rival("EASE", None, _ease,
          {"random-fifth": {"liked": True, "weight": 200}, "time": {"liked": True, "weight": 300}},
          {**_BOTH, "weight": (50, 100, 200, 300, 500, 1000, 2000)}),
)  # fmt: skip


# --- choosing settings ------------------------------------------------------------------------


def choose(
    rival: Rival, data: MovieLens, split: str, trials: int = 24, seed: int = 88
) -> list[tuple[float, Settings]]:
    """Try settings of a rival on rows taken out of the train rows; test rows are not looked at.

    Args:
        rival: one of the lists above. data: the ratings. split: see ``MovieLens.split``.
        trials: how many settings are drawn from the grid, if it has more.
        seed: of the draws and of the training.

    Returns:
        the figure and the settings of each, the best first: RMSE for ratings, lowest first, or
        NDCG@10 for a top ten, highest first.
    """
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    inner = data.without_test(split).prepare("clean", split=split)
    problem, held = Problem.of(inner.data, split), inner.test
    grid = ParameterGrid(dict(rival.grid))
    tried = (
        grid
        if len(grid) <= trials
        else ParameterSampler(dict(rival.grid), trials, random_state=seed)
    )
    found = []
    for settings in tried:
        model = rival.fit(problem, seed, **settings)
        if isinstance(model, Predictor):
            predicted = model.predict(held.user, held.movie)
            found.append((metrics.rmse(held.rating, predicted), settings))
        else:
            lists = top_ten.lists(iter([(np.arange(problem.n_users), model.scores())]), inner)
            found.append((-top_ten.figures(lists, inner)["top_ndcg"], settings))
    found.sort(key=lambda one: one[0])
    return [(abs(figure), settings) for figure, settings in found]
