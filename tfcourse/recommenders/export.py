"""A trained recommender as a SavedModel that plain TensorFlow loads, without this package.

Signatures (names of inputs and outputs are those of the keys):

    similar     movie (), k ()                      -> movies (k,), scores (k,)
    recommend   movies (n,), k ()                   -> movies (k,), scores (k,)
    score       user_id (n,) or movies (m,), and candidates (n,)  -> scores (n,)

A lesson with a context also takes ratings (n,), those of the movies; what is known of movies and of
other users from its context is in the graph.
Movies are indexes; ``assets.extra/vocabulary.csv`` says which movie an index is. A column that only
rows have is a constant, the lesson's ``asked``.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from tfcourse.engine.copies import copy
from tfcourse.errors import CourseError, UsageError, reason
from tfcourse.recommenders import vocabulary_file
from tfcourse.recommenders.base import Recommender
from tfcourse.recommenders.context import ContextRecommender
from tfcourse.recommenders.histories import IDS, SIZE
from tfcourse.tf1 import Tensor, tf

Tensors = dict[str, Tensor]
Signatures = dict[str, tuple[Tensors, Tensors]]  # inputs and outputs, by the signature's name


def export(model: Recommender, out: str | Path) -> Path:
    """Write a trained recommender, as ``tfcourse.load`` gives it, to the new folder ``out``.

    Raises:
        UsageError: ``out`` exists, or the lesson is not a recommender.
        CourseError: ``out`` cannot be written, as on a full disk. Nothing is left of it.
    """
    out = Path(out)
    if out.exists():
        raise UsageError(f"{out}: exists already; name a new folder")
    if not isinstance(model, Recommender):
        raise UsageError(f"the lesson {model.lesson} is not a recommender")
    nodes = _Nodes(model)
    with model.graph.as_default():
        signatures = {"similar": nodes.similar(), "score": nodes.score()}
        if model.by_history or model.by_ratings:
            signatures["recommend"] = nodes.recommend()
        frozen = _frozen(model, signatures)

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=out.parent) as partial:
            folder = Path(partial) / "model"
            _write(frozen, signatures, folder)
            extra = folder / "assets.extra"
            extra.mkdir()
            movies = model.known_catalogue().vocabulary
            movies.frame(np.arange(len(movies))).to_csv(extra / vocabulary_file.NAME, index=False)
            os.replace(folder, out)
    except (OSError, tf.errors.OpError) as error:
        raise CourseError(f"{out}: cannot be written: {reason(error)}") from None
    return out


class _Nodes:
    """The signatures' nodes: copies of the lesson's own, with the metadata as constants."""

    def __init__(self, model: Recommender):
        self.model = model
        with model.graph.as_default():
            columns = model.item_columns()
            self.items = {n: tf.constant(v) for n, v in columns.items() if n in model.placeholders}
            self.unchanged = (
                {node: tf.constant(value) for node, value in model.unchanged_values().items()}
                if isinstance(model, ContextRecommender)
                else {}
            )
        self.asked = model.asked_values(columns)

    def _copied(self, node: Tensor, candidates: Tensor, query: Tensors) -> Tensor:
        """A copy of a node for these candidates (indexes) and this query."""
        whole = self.model.by_ratings  # the columns are of the context and of all movies
        given = {n: v if whole else tf.gather(v, candidates) for n, v in self.items.items()}
        given |= {"candidate_movie_id": candidates, "isTrain": tf.constant(False), **query}
        given = {n: tf.convert_to_tensor(v) for n, v in given.items()}
        placeholders = self.model.placeholders
        replaced = {placeholders[n]: v for n, v in given.items() if n in placeholders}
        replaced |= self.unchanged
        known = {placeholders["isTrain"]: False} if "isTrain" in placeholders else {}
        (copied,) = copy([node], replaced, known)
        return copied

    def _history(self) -> tuple[Tensors, Tensors]:
        """Inputs of a signature that say who asks, and what the lesson gets of them."""
        movies = tf.placeholder(tf.int32, [None], name="movies")
        if not isinstance(self.model, ContextRecommender):
            return {"movies": movies}, {
                IDS: movies[tf.newaxis],
                SIZE: tf.shape(movies),
                **self.asked,
            }
        ratings = tf.placeholder(tf.float32, [None], name="ratings")
        return {"movies": movies, "ratings": ratings}, self.model.of_somebody_new(movies, ratings)

    def _all(self) -> Tensor:
        return tf.range(self.model.n_items)

    def similar(self) -> tuple[Tensors, Tensors]:
        with tf.name_scope("similar"):
            movie = tf.placeholder(tf.int32, [], name="movie")
            k = tf.placeholder(tf.int32, [], name="k")
            vectors = tf.constant(self.model.vectors())
            cosine = tf.linalg.matvec(vectors, tf.gather(vectors, movie))
            # The movie itself first, though another may point exactly the same way.
            first = tf.one_hot(movie, tf.shape(cosine)[0], on_value=1.0)
            _, movies = tf.nn.top_k(cosine + first, tf.minimum(k, tf.shape(cosine)[0]))
            return {"movie": movie, "k": k}, {"movies": movies, "scores": tf.gather(cosine, movies)}

    def recommend(self) -> tuple[Tensors, Tensors]:
        with tf.name_scope("recommend"):
            inputs, query = self._history()
            history = inputs["movies"]
            k = tf.placeholder(tf.int32, [], name="k")
            scores = self._copied(self.model.pred, self._all(), query)[0]
            seen = tf.reduce_any(tf.equal(self._all()[:, tf.newaxis], history), 1)
            scores = tf.where(seen, tf.fill(tf.shape(scores), -np.inf), scores)
            left = tf.shape(scores)[0] - tf.math.count_nonzero(seen, dtype=tf.int32)
            best, movies = tf.nn.top_k(scores, tf.minimum(k, left))
            return {**inputs, "k": k}, {"movies": movies, "scores": best}

    def score(self) -> tuple[Tensors, Tensors]:
        with tf.name_scope("score"):
            candidates = tf.placeholder(tf.int32, [None], name="candidates")
            if self.model.by_history or self.model.by_ratings:
                inputs, query = self._history()
                scores = self._copied(self.model.pred, self._all(), query)[0]
                return (
                    {**inputs, "candidates": candidates},
                    {"scores": tf.gather(scores, candidates)},
                )
            user = tf.placeholder(tf.int32, [None], name="user_id")
            asked = {n: tf.fill(tf.shape(user), v[0]) for n, v in self.asked.items()}
            infer = self._copied(self.model.infer, candidates, {"user_id": user, **asked})
            return (
                {"user_id": user, "candidates": candidates},
                {"scores": tf.reshape(infer, [-1])},
            )


def _frozen(model: Recommender, signatures: Signatures) -> tf.GraphDef:
    outputs = [t.op.name for _, outs in signatures.values() for t in outs.values()]
    return tf.graph_util.convert_variables_to_constants(
        model.session, model.graph.as_graph_def(), outputs
    )


def _write(frozen: tf.GraphDef, signatures: Signatures, folder: Path) -> None:
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        tf.import_graph_def(frozen, name="")
        infos = {}
        for name, (inputs, outputs) in signatures.items():
            infos[name] = tf.saved_model.build_signature_def(
                *(
                    {
                        key: tf.saved_model.build_tensor_info(graph.get_tensor_by_name(t.name))
                        for key, t in tensors.items()
                    }
                    for tensors in (inputs, outputs)
                ),
                method_name="tensorflow/serving/predict",
            )
        builder = tf.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, [tf.saved_model.tag_constants.SERVING], signature_def_map=infos
        )
        builder.save()
