"""A trained recommender as a SavedModel that plain TensorFlow loads, without this package.

Signatures (names of inputs and outputs are those of the keys):

    similar     movie (), k ()                      -> movies (k,), scores (k,)
    recommend   movies (n,), k ()                   -> movies (k,), scores (k,)
    score       user_id (n,) or movies (m,), and candidates (n,)  -> scores (n,)

Movies are indexes; ``assets.extra/vocabulary.csv`` says which movie an index is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tfcourse import checkpoints
from tfcourse.engine import rebuild
from tfcourse.errors import CourseError, UsageError
from tfcourse.tf1 import tf


def export(model: Any, out: str | Path) -> Path:
    """Write a trained recommender, as ``tfcourse.load`` gives it, to the new folder ``out``.

    Raises:
        UsageError: ``out`` exists, or the lesson is not a recommender.
    """
    out = Path(out)
    if out.exists():
        raise UsageError(f"{out}: exists already; name a new folder")
    if not hasattr(model, "most_like"):
        raise UsageError(f"the lesson {model.lesson} is not a recommender")
    nodes = _Nodes(model)
    with model.graph.as_default():
        signatures = {"similar": nodes.similar(), "score": nodes.score()}
        if model.by_history:
            signatures["recommend"] = nodes.recommend()
        frozen = _frozen(model, signatures)

    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".export-", dir=out.parent))
    try:
        _write(frozen, signatures, partial / "model")
        extra = partial / "model" / "assets.extra"
        extra.mkdir()
        catalogue = getattr(model.data, "catalogue", model.data)
        catalogue.vocabulary.frame(np.arange(len(catalogue.vocabulary))).to_csv(
            extra / checkpoints.VOCABULARY, index=False
        )
        os.replace(partial / "model", out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return out


class _Nodes:
    """The signatures' nodes, built from the lesson's own hooks with the metadata as constants."""

    def __init__(self, model: Any):
        self.model = model
        with model.graph.as_default():
            columns = model.item_columns()
            self.items = {n: tf.constant(v) for n, v in columns.items() if n in model.placeholders}

    def _built(self, candidates: Any, query: dict[str, Any]) -> Any:
        """The lesson's nodes for these candidates (indexes) and this query."""
        n = tf.shape(candidates)[0]

        def source(name: str, dtype: Any, shape: Any) -> Any:
            if name in query:
                return query[name]
            if name == "candidate_movie_id":
                return candidates
            if name in self.items:
                return tf.gather(self.items[name], candidates)
            if name == "isTrain":
                return tf.constant(False)
            if name == "rating":  # no part of a prediction; the loss is cut away
                return tf.zeros([n])
            raise CourseError(f"{self.model.lesson}: no value for the placeholder {name!r}")

        return rebuild(self.model, source)

    def _history(self, name: str) -> tuple[Any, dict[str, Any]]:
        movies = tf.placeholder(tf.int32, [None], name=name)
        size = tf.shape(movies)
        return movies, {"query_movie_ids": movies[tf.newaxis], "query_movie_ids_len": size}

    def _all(self) -> Any:
        return tf.range(self.model.n_items)

    def similar(self) -> tuple[dict[str, Any], dict[str, Any]]:
        with tf.name_scope("similar"):
            movie = tf.placeholder(tf.int32, [], name="movie")
            k = tf.placeholder(tf.int32, [], name="k")
            vectors = tf.constant(self.model.vectors())
            cosine = tf.linalg.matvec(vectors, tf.gather(vectors, movie))
            # The movie itself first, though another may point exactly the same way.
            first = tf.one_hot(movie, tf.shape(cosine)[0], on_value=1.0)
            _, movies = tf.nn.top_k(cosine + first, tf.minimum(k, tf.shape(cosine)[0]))
            return {"movie": movie, "k": k}, {"movies": movies, "scores": tf.gather(cosine, movies)}

    def recommend(self) -> tuple[dict[str, Any], dict[str, Any]]:
        with tf.name_scope("recommend"):
            history, query = self._history("movies")
            k = tf.placeholder(tf.int32, [], name="k")
            scores = self._built(self._all(), query).pred[0]
            seen = tf.reduce_any(tf.equal(self._all()[:, tf.newaxis], history), 1)
            scores = tf.where(seen, tf.fill(tf.shape(scores), -np.inf), scores)
            left = tf.shape(scores)[0] - tf.math.count_nonzero(seen, dtype=tf.int32)
            best, movies = tf.nn.top_k(scores, tf.minimum(k, left))
            return {"movies": history, "k": k}, {"movies": movies, "scores": best}

    def score(self) -> tuple[dict[str, Any], dict[str, Any]]:
        with tf.name_scope("score"):
            candidates = tf.placeholder(tf.int32, [None], name="candidates")
            if self.model.by_history:
                history, query = self._history("movies")
                scores = self._built(self._all(), query).pred[0]
                return (
                    {"movies": history, "candidates": candidates},
                    {"scores": tf.gather(scores, candidates)},
                )
            user = tf.placeholder(tf.int32, [None], name="user_id")
            built = self._built(candidates, {"user_id": user})
            return (
                {"user_id": user, "candidates": candidates},
                {"scores": tf.reshape(built.infer, [-1])},
            )


def _frozen(model: Any, signatures: Any) -> Any:
    outputs = [t.op.name for _, outs in signatures.values() for t in outs.values()]
    return tf.graph_util.convert_variables_to_constants(
        model.session, model.graph.as_graph_def(), outputs
    )


def _write(frozen: Any, signatures: Any, folder: Path) -> None:
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
