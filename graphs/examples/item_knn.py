"""Item-based collaborative filtering: a baseline without a model to train.

It predicts a rating from the user's own ratings of similar movies:

    s(i, j) = Σ_u (r_ui - r̄_u) (r_uj - r̄_u) / (‖r_i - r̄‖ ‖r_j - r̄‖)      adjusted cosine
    f(u, i) = Σ_j s(i, j) r_uj / Σ_j s(i, j)      over the movies j that u rated, most similar to i

r̄_u is the mean of the user's ratings. For each movie only its most similar movies with a similarity above 0
are kept. Where the user rated none of them, the prediction is r̄_u.

Source: Sarwar, Karypis, Konstan, Riedl: Item-Based Collaborative Filtering Recommendation Algorithms, WWW
2001 (https://doi.org/10.1145/371920.372071). There the norms are over the users who rated both movies. Here
each norm is over all ratings of the movie, so that one user in common does not make two movies the same.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.preprocessing import normalize

# The most similar movies kept for each movie ("model size" in the paper). Of 30, 200, 1,000 and all, 1,000
# has the lowest RMSE over the valid rows of protocol clean.
MODEL_SIZE = 1000
_BLOCK = 256  # movies whose similarities to all others are computed at a time


class ItemKNN:
    """Predicts ratings from known ones.

    Args:
        user, movie: of each known rating, int (n,), each pair once.
        rating: 0.5 to 5, float (n,).
        n_users, n_movies: numbers of users and movies.
        model_size: how many similar movies are kept for each movie.

    Attributes:
        mean: r̄ of each user, float64 (n_users,); the mean of all ratings for a user without any.
        similar: s, a row for each movie, sparse float32 (n_movies, n_movies); 0 where not kept.
    """

    def __init__(
        self,
        user: np.ndarray,
        movie: np.ndarray,
        rating: np.ndarray,
        n_users: int,
        n_movies: int,
        model_size: int = MODEL_SIZE,
    ):
        rating = np.asarray(rating, np.float64)
        count = np.bincount(user, minlength=n_users)
        total = np.bincount(user, weights=rating, minlength=n_users)
        self.mean = np.where(count > 0, total / np.maximum(count, 1), rating.mean())
        shape = n_users, n_movies
        self.ratings = csr_matrix((rating.astype(np.float32), (user, movie)), shape)
        centred = csr_matrix(((rating - self.mean[user]).astype(np.float32), (user, movie)), shape)
        self.similar = _most_similar(normalize(centred, axis=0).T.tocsr(), model_size)

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Predicted ratings of users for all movies, float64 (len(user), n_movies)."""
        rated = self.ratings[user]
        known = rated.copy()
        known.data[:] = 1
        total = (rated @ self.similar.T).toarray().astype(np.float64)
        weight = (known @ self.similar.T).toarray().astype(np.float64)
        out = np.repeat(self.mean[user][:, np.newaxis], total.shape[1], 1)
        return np.divide(total, weight, out=out, where=weight > 0)


def _most_similar(vectors: csr_matrix, size: int) -> csr_matrix:
    """For each row of length 1 its cosines with the rows most like it, itself left out."""
    blocks = []
    for begin in range(0, vectors.shape[0], _BLOCK):
        cosine = (vectors[begin : begin + _BLOCK] @ vectors.T).toarray()
        rows = np.arange(len(cosine))
        cosine[rows, begin + rows] = 0
        cosine[cosine < 0] = 0
        if size < cosine.shape[1]:
            last = -np.partition(-cosine, size - 1, axis=1)[:, size - 1 : size]
            cosine[cosine < last] = 0
        blocks.append(csr_matrix(cosine))
    return csr_matrix(vstack(blocks))
