"""Model MF with DNN 彈性的應用: 對於新進來的電影 (the deck's last section).

A variant of "MF with DNN" without a feature that identifies one movie (不使用指向性的Feature ⇒ Ex:
Movie ID). A movie is described by its metadata alone, so the model computes the embedding of a new
movie from its metadata. ``model.add_movie(title, genres, year, avg_rating)`` does that.

Compared with "MF with DNN" there is no candidate_movie_id, w_candidate_movie_id or candidate_emb.
Before the layers item_repr is (batch, genres_dim + 1 + 1), which is 8 + 1 + 1 = 10.
"""

from __future__ import annotations

from graphs.mf_with_dnn import MFWithDNN
from tfcourse.tf1 import tf


class MFWithDNNNewMovies(MFWithDNN):
    lesson = "mf-with-dnn-new-movies"

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.query_movie_ids = tf.placeholder(tf.int32, [None, None], name="query_movie_ids")
            self.query_movie_ids_len = tf.placeholder(tf.int32, [None], name="query_movie_ids_len")
            self.genres = tf.placeholder(tf.int32, [None, None], name="genres")
            self.genres_len = tf.placeholder(tf.int32, [None], name="genres_len")
            self.avg_rating = tf.placeholder(tf.float32, [None], name="avg_rating")
            self.year = tf.placeholder(tf.float32, [None], name="year")
            self.rating = tf.placeholder(tf.float32, [None], name="rating")
            self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    def graph_embedding(self):
        init_fn = tf.glorot_normal_initializer()
        emb_init_fn = tf.glorot_uniform_initializer()
        self.b_global = tf.Variable(emb_init_fn(shape=[]), name="b_global")
        with tf.variable_scope("embedding"):
            self.w_query_movie_ids = tf.Variable(
                emb_init_fn(shape=[self.n_movies, self.dim]), name="w_query_movie_ids")
            self.b_query_movie_ids = tf.Variable(emb_init_fn(shape=[self.dim]), name="b_query_movie_ids")
            self.b_candidate_movie_id = tf.Variable(
                init_fn(shape=[self.genres_dim + 1 + 1]), name="b_candidate_movie_id")
            self.w_genres = tf.Variable(
                emb_init_fn(shape=[self.n_genres, self.genres_dim]), name="w_genres")

            longest = tf.reduce_max(self.query_movie_ids_len)
            self.query_emb = tf.nn.embedding_lookup(
                self.w_query_movie_ids, self.query_movie_ids[:, :longest])
            self.genres_emb = self.genres_lookup()

    def graph_dnn(self):
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            # encode [item metadata]
            self.item_repr = tf.concat(
                [self.genres_emb, self.avg_rating[:, tf.newaxis], self.year[:, tf.newaxis]], 1)
            self.candidate_bias = tf.matmul(self.item_repr, self.b_candidate_movie_id[:, tf.newaxis])

            self.item_repr = tf.layers.dense(
                self.item_repr, self.dim, kernel_initializer=init_fn, activation=tf.nn.relu)
            self.item_repr = tf.layers.dense(
                self.item_repr, self.dim, kernel_initializer=init_fn, activation=tf.nn.relu)
