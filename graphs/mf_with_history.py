"""Model - MF with History (deck, "Recommendation Engine in Matrix Factorization").

A user is the movies that the user rated, so a new user needs no retraining. The embeddings of these
movies, the query, are pooled to one vector. It takes the place of the user's latent factor:

    f(u, m) = u · m + b_u + b_m + b_global,    u = Σ w_query / sqrt(n)    (SqrtN)
    L = mean (f(u, m) - r)²  +  λ · ½ (Σu² + Σm²)

The biases are computed from the embeddings: b_u = u · b_query, b_m = m · b_candidate.

| Symbol               | Shape                  | Meaning                                       |
|----------------------|------------------------|-----------------------------------------------|
| query_movie_ids      | (batch, longest)       | the user's rated movies, padded with 0        |
| query_movie_ids_len  | (batch,)               | how many of them count                        |
| candidate_movie_id   | (batch,)               | index of the movie to be rated                |
| rating               | (batch,)               | 0.5 to 5                                      |
| w_query_movie_ids    | (n_movies, dim)        | embedding of a movie in a query               |
| b_query_movie_ids    | (dim,)                 | weights of the query's bias, b_query          |
| w_candidate_movie_id | (n_movies, dim)        | embedding of a movie to be rated, m           |
| b_candidate_movie_id | (dim,)                 | weights of the movie's bias, b_candidate      |
| b_global             | ()                     | b_global                                      |
| query_emb            | (batch, longest, dim), | looked up, then pooled, u                     |
|                      | then (batch, dim)      |                                               |
| query_bias           | (batch, 1)             | b_u                                           |
| candidate_bias       | (batch, 1)             | b_m                                           |
| infer                | (batch, 1)             | predicted rating of each pair                 |
| pred                 | (batch, n_movies)      | predicted ratings of each query for all movies|
"""

from __future__ import annotations

from tfcourse.recommenders.base import HistoryRecommender
from tfcourse.tf1 import tf


class MFWithHistory(HistoryRecommender):
    lesson = "mf-with-history"

    n_movies: int = 9125
    dim: int = 16
    reg: float = 0.005
    learning_rate: float = 0.05

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.query_movie_ids = tf.placeholder(tf.int32, [None, None], name="query_movie_ids")
            self.query_movie_ids_len = tf.placeholder(tf.int32, [None], name="query_movie_ids_len")
            self.candidate_movie_id = tf.placeholder(tf.int32, [None], name="candidate_movie_id")
            self.rating = tf.placeholder(tf.float32, [None], name="rating")

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
            self.b_candidate_movie_id = tf.Variable(init_fn(shape=[self.dim]), name="b_candidate_movie_id")

            # Columns that hold nothing but padding are cut: the mask below is as wide as the query.
            longest = tf.reduce_max(self.query_movie_ids_len)
            self.query_emb = tf.nn.embedding_lookup(
                self.w_query_movie_ids, self.query_movie_ids[:, :longest])
            self.candidate_emb = tf.nn.embedding_lookup(self.w_candidate_movie_id, self.candidate_movie_id)
            self.candidate_bias = tf.matmul(self.candidate_emb, self.b_candidate_movie_id[:, tf.newaxis])

    def pooling(self):
        # weighted avg of query embedding
        '''sqrtn aggregation(pooling), X: data, W: weight
            X_1*W_1 + X_2*W_2 + ... + X_n*W_n / sqrt(W_1**2 + W_2**2 + ... W_n**2)
            = weighted sum of X and normalized W
            here data = self.query_emb, weight = weighted'''

        query_emb_mask = tf.sequence_mask(self.query_movie_ids_len)  # (batch, longest)
        weighted = tf.nn.l2_normalize(tf.to_float(query_emb_mask), 1)[:, :, tf.newaxis]
        self.query_emb = tf.reduce_sum(self.query_emb * weighted, 1)  # (batch, dim)
        self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pooling()

            infer = tf.reduce_sum(self.query_emb * self.candidate_emb, 1, keep_dims=True)  # (batch, 1)
            infer = tf.add(infer, self.b_global)
            infer = tf.add(infer, self.query_bias)
            self.infer = tf.add(infer, self.candidate_bias, name="infer")  # (batch, 1)

            # one query for all items
            self.pred = tf.matmul(self.query_emb, tf.transpose(self.w_candidate_movie_id)) + \
                        tf.reshape(tf.matmul(self.w_candidate_movie_id,
                                            self.b_candidate_movie_id[:, tf.newaxis]), (1, -1)) + \
                        self.query_bias + \
                        self.b_global  # (batch, n_movies)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            label = self.rating[:, tf.newaxis]  # (batch, 1)
            mse = tf.reduce_mean(tf.square(self.infer - label))
            self.loss = mse + self.reg * (tf.nn.l2_loss(self.query_emb) + tf.nn.l2_loss(self.candidate_emb))

            # for eval
            self.rmse_loss = tf.sqrt(mse, name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - label), name="mae_loss")

    @property
    def item_vectors(self):
        return self.w_candidate_movie_id
