"""honest-raters without one of its parts at a time, to see what each is worth."""

from __future__ import annotations

from graphs.honest_history import HonestHistory
from graphs.honest_raters import HonestRaters
from graphs.honest_towers import HonestTowers
from tfcourse.tf1 import tf


class WithoutTaste(HonestRaters):
    """No taste by genre and year, neither as a term nor in the user's tower."""

    def graph_dnn(self):
        self.taste = tf.zeros_like(self.taste)
        self.user_repr = tf.zeros_like(self.user_repr)
        super().graph_dnn()


class WithoutStatistics(HonestRaters):
    """The towers get no counts, spreads, slopes and biases; taste, metadata and histories remain."""

    def user_features(self):
        return super().user_features()[1:]

    def item_features(self):
        return super().item_features()[1:]


class WithoutTowers(HonestRaters):
    """No towers: biases, taste and the product of the pooled vectors alone."""

    def tower(self, features):
        rows = tf.shape(features[0])[0]
        return tf.zeros([rows, self.dim]), tf.zeros([rows])


class WithoutMetadata(HonestRaters):
    """Genres and years are unknown: they are 0 for every movie."""

    def metadata(self):
        return tf.zeros_like(super().metadata())

    def graph_dnn(self):
        self.taste = tf.zeros_like(self.taste)
        self.user_repr = tf.zeros_like(self.user_repr)
        super().graph_dnn()


class WithoutHiddenMovies(HonestRaters):
    """No batch hides all ratings of a movie, so that unrated movies are not learned."""

    hidden_movies: float = 0.0


#: Name in the table to class.
LEFT_OUT: dict[str, type[HonestTowers]] = {
    "honest-raters, whole": HonestRaters,
    "without taste": WithoutTaste,
    "without statistics": WithoutStatistics,
    "without towers": WithoutTowers,
    "without metadata": WithoutMetadata,
    "without raters (an embedding by id)": HonestHistory,
    "without history and raters": HonestTowers,
    "without hidden movies": WithoutHiddenMovies,
}
