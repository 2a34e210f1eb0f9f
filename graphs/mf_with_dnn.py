"""Model - MF with DNN (deck, "Recommendation Engine with DNN").

The movie's latent factor is computed from its embedding and its metadata:

    m = relu(W2 · relu(W1 · [candidate_emb, genres_emb, avg_rating, year]))
    f(u, m) = u · m + b_u + b_m + b_global,    L = mean (f(u, m) - r)²

Beyond the symbols of "MF with History":

| Symbol               | Shape                  | Meaning                                       |
|----------------------|------------------------|-----------------------------------------------|
| genres               | (batch, most)          | genres of the movie, padded with 0            |
| genres_len           | (batch,)               | how many of them count                        |
| avg_rating           | (batch,)               | mean rating of the movie, scaled to 0..1      |
| year                 | (batch,)               | year of the movie, scaled to 0..1             |
| isTrain              | ()                     | true in training, where dropout drops units   |
| w_genres             | (n_genres, genres_dim) | embedding of a genre                          |
| genres_emb           | (batch, genres_dim)    | pooled genres of the movie                    |
| b_candidate_movie_id | (26,)                  | weights of the movie's bias, over item_repr   |
|                      |                        | before the layers                             |
| item_repr            | (batch, 26),           | concatenated: dim + genres_dim + 1 + 1, which |
|                      | then (batch, dim)      | is 16 + 8 + 1 + 1; then encoded, m            |
| pred                 | (queries, movies)      | predicted ratings of each query for all movies|
|                      |                        | of the batch                                  |

The loss has no regularizer. The slide says that the genres' embeddings are averaged. The course's code pools
them by SqrtN, as it pools the query, and its checkpoints were trained that way. So does this file.
"""

from __future__ import annotations

from tfcourse.recommenders.base import HistoryRecommender
from tfcourse.tf1 import tf


class MFWithDNN(HistoryRecommender):
    lesson = "mf-with-dnn"

    n_movies: int = 9125
    n_genres: int = 20
    dim: int = 16
    genres_dim: int = 8
    learning_rate: float = 0.01

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.query_movie_ids = tf.placeholder(tf.int32, [None, None], name="query_movie_ids")
            self.query_movie_ids_len = tf.placeholder(tf.int32, [None], name="query_movie_ids_len")
            self.candidate_movie_id = tf.placeholder(tf.int32, [None], name="candidate_movie_id")
            self.genres = tf.placeholder(tf.int32, [None, None], name="genres")
            self.genres_len = tf.placeholder(tf.int32, [None], name="genres_len")
            self.avg_rating = tf.placeholder(tf.float32, [None], name="avg_rating")
            self.year = tf.placeholder(tf.float32, [None], name="year")
            self.rating = tf.placeholder(tf.float32, [None], name="rating")
            self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    def graph_embedding(self):
        # Glorot: variance 2 / (rows + columns), from a normal or from a uniform distribution.
        init_fn = tf.glorot_normal_initializer()
        emb_init_fn = tf.glorot_uniform_initializer()
        shape = [self.n_movies, self.dim]
        self.b_global = tf.Variable(emb_init_fn(shape=[]), name="b_global")
        with tf.variable_scope("embedding"):
            self.w_query_movie_ids = tf.Variable(emb_init_fn(shape=shape), name="w_query_movie_ids")
            self.b_query_movie_ids = tf.Variable(emb_init_fn(shape=[self.dim]), name="b_query_movie_ids")
            self.w_candidate_movie_id = tf.Variable(init_fn(shape=shape), name="w_candidate_movie_id")
            self.b_candidate_movie_id = tf.Variable(
                init_fn(shape=[self.dim + self.genres_dim + 1 + 1]), name="b_candidate_movie_id")
            self.w_genres = tf.Variable(
                emb_init_fn(shape=[self.n_genres, self.genres_dim]), name="w_genres")

            longest = tf.reduce_max(self.query_movie_ids_len)
            self.query_emb = tf.nn.embedding_lookup(
                self.w_query_movie_ids, self.query_movie_ids[:, :longest])
            self.candidate_emb = tf.nn.embedding_lookup(self.w_candidate_movie_id, self.candidate_movie_id)
            self.genres_emb = self.genres_lookup()

    def genres_lookup(self):
        longest = tf.reduce_max(self.genres_len)
        genres_emb = tf.nn.embedding_lookup(
            self.w_genres, self.genres[:, :longest])  # (batch, longest, genres_dim)
        mask = tf.to_float(tf.sequence_mask(self.genres_len))  # (batch, longest)
        weighted = tf.nn.l2_normalize(mask, 1)[:, :, tf.newaxis]
        return tf.reduce_sum(genres_emb * weighted, 1)  # (batch, genres_dim)

    def graph_dnn(self):
        dim = self.dim
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            # encode [item embedding + item metadata]
            self.item_repr = tf.concat([self.candidate_emb, self.genres_emb, self.avg_rating[:, tf.newaxis], self.year[:, tf.newaxis]], 1)
            self.candidate_bias = tf.matmul(self.item_repr, self.b_candidate_movie_id[:, tf.newaxis])

            # dp_scale = 0.5
            self.item_repr = tf.layers.dense(self.item_repr, dim, kernel_initializer=init_fn, activation=tf.nn.relu)
            # self.item_repr = tf.layers.dropout(self.item_repr, dp_scale, training=self.isTrain)
            self.item_repr = tf.layers.dense(self.item_repr, dim, kernel_initializer=init_fn, activation=tf.nn.relu)
            # self.item_repr = tf.layers.dropout(self.item_repr, dp_scale, training=self.isTrain)

    def pooling(self):
        # SqrtN, as in "MF with History"
        query_emb_mask = tf.sequence_mask(self.query_movie_ids_len)  # (batch, longest)
        weighted = tf.nn.l2_normalize(tf.to_float(query_emb_mask), 1)[:, :, tf.newaxis]
        self.query_emb = tf.reduce_sum(self.query_emb * weighted, 1)  # (batch, dim)
        self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pooling()

            infer = tf.reduce_sum(self.query_emb * self.item_repr, 1, keep_dims=True)  # (batch, 1)
            infer = tf.add(infer, self.b_global)
            infer = tf.add(infer, self.query_bias)
            self.infer = tf.add(infer, self.candidate_bias, name="infer")  # (batch, 1)

            # one query for all items
            self.pred = tf.matmul(self.query_emb, tf.transpose(self.item_repr)) + \
                        tf.reshape(self.candidate_bias, (1, -1)) + \
                        self.query_bias + \
                        self.b_global  # (queries, movies)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            label = self.rating[:, tf.newaxis]  # (batch, 1)
            self.loss = tf.reduce_mean(tf.square(self.infer - label))

            # for eval
            self.rmse_loss = tf.sqrt(self.loss, name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - label), name="mae_loss")

    @property
    def item_vectors(self):
        return self.item_repr
