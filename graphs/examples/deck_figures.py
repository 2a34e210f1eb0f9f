"""The figures that the deck prints. Nothing here is measured by this project.

A movie is named by MovieLens's own id beside the deck's index, since an index means another movie where
the data have other movies: the deck's are those of all 9,125 movies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Movie:
    """A movie on a slide: the index that the deck prints, MovieLens's own id and title."""

    index: int
    movie_id: int
    title: str


# --- Results of the Pokémon lessons -----------------------------------------------------------

#: Figures by setting of ``pokemon_table``, of the last epoch: losses and accuracies by their names in
#: ``model.hist``; of a training that was stopped also its lowest valid loss and its epochs.
POKEMON: dict[str, dict[str, float]] = {
    "mse": {"tr_loss": 0.133, "vl_loss": 0.132, "tr_acc": 0.516, "vl_acc": 0.522},
    "sgd": {"tr_loss": 1.095, "vl_loss": 1.434, "tr_acc": 0.605, "vl_acc": 0.484},
    "adam": {"tr_loss": 0.773, "vl_loss": 0.975, "tr_acc": 0.732, "vl_acc": 0.696},
    "early": {"tr_loss": 0.664, "vl_loss": 0.953, "tr_acc": 0.766, "vl_acc": 0.723, "lowest": 0.845, "epochs": 19},
    "l2": {"tr_loss": 1.025, "vl_loss": 1.268, "tr_acc": 0.686, "vl_acc": 0.587},
}  # fmt: skip

# --- "Metrics and Comparison" -----------------------------------------------------------------

#: Figures by lesson. The deck has no baseline but the dummy.
METRICS: dict[str, dict[str, float]] = {
    "dummy": {"rmse": 3.23, "auc": 0.50, "ndcg_strict": 0.45, "ndcg_normal": 0.63,
              "precision_strict": 0.37, "precision_normal": 0.54},
    "mf": {"rmse": 0.92, "auc": 0.74, "ndcg_strict": 0.63, "ndcg_normal": 0.76,
           "precision_strict": 0.50, "precision_normal": 0.63},
    "mf-with-history": {"rmse": 0.92, "auc": 0.74, "ndcg_strict": 0.63, "ndcg_normal": 0.76,
                        "precision_strict": 0.51, "precision_normal": 0.63},
    "mf-with-dnn": {"rmse": 0.82, "auc": 0.80, "ndcg_strict": 0.73, "ndcg_normal": 0.83,
                    "precision_strict": 0.59, "precision_normal": 0.68},
    "mf-with-dnn-xent": {"rmse": 1.44, "auc": 0.81, "ndcg_strict": 0.72, "ndcg_normal": 0.82,
                         "precision_strict": 0.59, "precision_normal": 0.68, "loss": 0.53},
}  # fmt: skip

# --- "Lab": ideal score -----------------------------------------------------------------------

#: Ideal scores by lab. That of mf-with-dnn-lab has a strict NDCG of 0.60, where the deck's own table has
#: 0.73 for the same model.
IDEAL: dict[str, dict[str, float]] = {
    "mf-lab": {"rmse": 0.92, "auc": 0.74, "ndcg_strict": 0.63},
    "mf-with-history-lab": {"rmse": 0.92, "auc": 0.74, "ndcg_strict": 0.63},
    "mf-with-dnn-lab": {"rmse": 0.82, "auc": 0.80, "ndcg_strict": 0.60},
}

# --- "Trainging" ------------------------------------------------------------------------------

#: Curves by lesson, a value for each of ten epochs, under the names of ``model.hist``.
CURVES: dict[str, dict[str, tuple[float, ...]]] = {
    "mf-with-dnn": {
        "tr_rmse": (1.096, 0.961, 0.931, 0.910, 0.894, 0.881, 0.870, 0.862, 0.856, 0.851),
        "vl_rmse": (0.934, 0.894, 0.870, 0.854, 0.844, 0.835, 0.827, 0.823, 0.818, 0.820),
    },
    "mf-with-dnn-xent": {
        "tr_loss": (0.653, 0.607, 0.580, 0.562, 0.551, 0.542, 0.536, 0.530, 0.524, 0.520),
        "vl_loss": (0.622, 0.590, 0.571, 0.559, 0.566, 0.552, 0.547, 0.539, 0.534, 0.535),
        "vl_rmse": (0.745, 0.888, 0.930, 0.986, 1.271, 1.190, 1.241, 1.200, 1.271, 1.447),
    },
}

# --- "活用Latent Factor(Embedding)" -------------------------------------------------------------

TOY_STORY = Movie(0, 1, "Toy Story (1995)")

#: The movies most like Toy Story by lesson, in the slide's order, Toy Story itself left out.
MOST_LIKE: dict[str, tuple[Movie, ...]] = {
    "mf": (
        Movie(7551, 78316, "Letters to Juliet (2010)"),
        Movie(5158, 7450, "Laws of Attraction (2004)"),
        Movie(8473, 107069, "Lone Survivor (2013)"),
        Movie(900, 1123, "Perfect Candidate, A (1996)"),
        Movie(2786, 3491, "My Chauffeur (1986)"),
        Movie(6867, 57038, "To the Left of the Father (Lavoura Arcaica) (2001)"),
        Movie(3794, 4865, "From Hell (2001)"),
        Movie(921, 1154, "T-Men (1947)"),
        Movie(4279, 5700, "The Pumaman (1980)"),
    ),
    "mf-with-dnn": (
        Movie(1716, 2161, "NeverEnding Story, The (1984)"),
        Movie(1653, 2093, "Return to Oz (1985)"),
        Movie(8911, 134853, "Inside Out (2015)"),
        Movie(1815, 2294, "Antz (1998)"),
        Movie(3217, 4016, "Emperor's New Groove, The (2000)"),
        Movie(7945, 91355, "Asterix and the Vikings (Astérix et les Vikings) (2006)"),
        Movie(2506, 3114, "Toy Story 2 (1999)"),
        Movie(3079, 3849, "The Spiral Staircase (1945)"),
        Movie(813, 1009, "Escape to Witch Mountain (1975)"),
        Movie(6246, 37857, "MirrorMask (2005)"),
    ),
    "mf-with-dnn-xent": (
        Movie(3805, 4886, "Monsters, Inc. (2001)"),
        Movie(7556, 78499, "Toy Story 3 (2010)"),
        Movie(7373, 72171, "Black Dynamite (2009)"),
        Movie(7343, 71494, "Haunted World of El Superbeasto, The (2009)"),
        Movie(3419, 4306, "Shrek (2001)"),
        Movie(215, 243, "Gordy (1995)"),
        Movie(7653, 81229, "Red (2010)"),
        Movie(7525, 77455, "Exit Through the Gift Shop (2010)"),
        Movie(2506, 3114, "Toy Story 2 (1999)"),
        Movie(1656, 2096, "Sleeping Beauty (1959)"),
    ),
}

#: What is to be known of a list: the checkpoint that the slide says it restored.
MOST_LIKE_NOTES = {
    "mf-with-dnn": "The slide restores model-9, the epoch that the deck's training saved last.",
    "mf-with-dnn-xent": (
        "The slide restores model-11. The deck's training has 10 epochs and saved the ninth last, so "
        "model-11 is of another run than the one whose epochs and figures the deck shows."
    ),
}

# --- "Movielens Data" -------------------------------------------------------------------------

#: The first five ratings: user, movie, MovieLens's id of the movie, stars, timestamp.
RATINGS = (
    (0, 30, 31, 2.5, 1260759144),
    (0, 833, 1029, 3.0, 1260759179),
    (0, 859, 1061, 3.0, 1260759182),
    (0, 906, 1129, 2.0, 1260759185),
    (0, 931, 1172, 4.0, 1260759205),
)
#: The first five tags: user, movie, MovieLens's id of the movie, tag, timestamp.
TAGS = (
    (14, 304, 339, "sandra 'boring' bullock", 1138537770),
    (14, 1517, 1955, "dentist", 1193435061),
    (14, 5166, 7478, "Cambodia", 1170560997),
    (14, 6118, 32892, "Russian", 1170626366),
    (14, 6178, 34162, "forgettable", 1141391765),
)

# --- "Model - MF with History", "Model – MF with DNN" -------------------------------------------


class Query(NamedTuple):
    """A row of the slide of queries."""

    user: int
    length: int  # query_movie_ids_len
    candidate: Movie
    rating: float


QUERIES = (
    Query(47, 357, Movie(1393, 1784, "As Good as It Gets (1997)"), 4.5),
    Query(175, 177, Movie(4002, 5218, "Ice Age (2002)"), 3.0),
    Query(261, 471, Movie(3089, 3863, "Cell, The (2000)"), 2.0),
)


class Metadata(NamedTuple):
    """A row of the slide of metadata; genres are padded to four, average and year scaled to 0..1."""

    movie: Movie
    genres: tuple[int, int, int, int]
    genres_len: int
    avg_rating: float
    year: float


METADATA = (
    Metadata(QUERIES[0].candidate, (1, 0, 3, 0), 3, 0.716049, 0.833333),
    Metadata(QUERIES[1].candidate, (5, 13, 10, 1), 4, 0.643739, 0.877193),
    Metadata(QUERIES[2].candidate, (0, 7, 2, 0), 3, 0.545752, 0.859649),
    Metadata(
        Movie(1308, 1644, "I Know What You Did Last Summer (1997)"),
        (7, 11, 2, 0), 3, 0.448148, 0.833333,
    ),
    Metadata(Movie(2340, 2918, "Ferris Bueller's Day Off (1986)"), (1, 0, 0, 0), 1, 0.779449, 0.736842),
)  # fmt: skip
