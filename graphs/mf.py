"""First Model - Basic MF (deck, "Recommendation Engine in Matrix Factorization").

    f(u, m) = u · m + b_u + b_m + b_global
    L = mean (f(u, m) - r)²  +  λ · ½ (Σu² + Σm² + Σb_u² + Σb_m²)

The slide prints Σ (f(u, m) - r)². The code takes the mean over the batch, so that the learning rate
does not depend on the batch size. The squares of the regularizer are summed over the embeddings that
the batch looks up.

| Symbol             | Shape             | Meaning                                         |
|--------------------|-------------------|-------------------------------------------------|
| user_id            | (batch,)          | index of the user                               |
| candidate_movie_id | (batch,)          | index of the movie                              |
| rating             | (batch,)          | 0.5 to 5                                        |
| embd_user          | (n_users, dim)    | latent factor of every user, u                  |
| embd_item          | (n_movies, dim)   | latent factor of every movie, m                 |
| embd_bias_user     | (n_users,)        | b_u                                             |
| embd_bias_item     | (n_movies,)       | b_m                                             |
| bias_global        | ()                | b_global                                        |
| infer              | (batch, 1)        | predicted rating of each pair                   |
| pred               | (batch, n_movies) | predicted ratings of each user for all movies   |
| loss               | ()                | what training minimises                         |
| rmse_loss          | ()                | root mean squared error, beside mae_loss        |
"""

from __future__ import annotations

from tfcourse.recommenders.base import Recommender
from tfcourse.tf1 import tf


class MF(Recommender):
    lesson = "mf"

    n_users: int = 671
    n_movies: int = 9125
    dim: int = 16
    reg: float = 0.005
    learning_rate: float = 0.1
    optimizer: str = "adagrad"
    n_epoch: int = 20

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.user_id = tf.placeholder(tf.int32, [None], name="user_id")
            self.candidate_movie_id = tf.placeholder(tf.int32, [None], name="candidate_movie_id")
            self.rating = tf.placeholder(tf.float32, [None], name="rating")

    def graph_embedding(self):
        # Glorot uniform: drawn from ±sqrt(6 / (rows + columns)).
        init_fn = tf.glorot_uniform_initializer()
        self.bias_global = tf.Variable(init_fn(shape=[]), name="bias_global")
        with tf.variable_scope("embedding"):
            self.embd_user = tf.Variable(init_fn(shape=[self.n_users, self.dim]), name="embd_user")
            self.embd_item = tf.Variable(init_fn(shape=[self.n_movies, self.dim]), name="embd_item")
            self.embd_bias_user = tf.Variable(init_fn(shape=[self.n_users]), name="embd_bias_user")
            self.embd_bias_item = tf.Variable(init_fn(shape=[self.n_movies]), name="embd_bias_item")

            self.user_emb = tf.nn.embedding_lookup(self.embd_user, self.user_id)  # (batch, dim)
            self.item_emb = tf.nn.embedding_lookup(self.embd_item, self.candidate_movie_id)
            self.bias_user = tf.nn.embedding_lookup(self.embd_bias_user, self.user_id)  # (batch,)
            self.bias_item = tf.nn.embedding_lookup(self.embd_bias_item, self.candidate_movie_id)

    def graph_computation(self):
        with tf.variable_scope("computation"):
            infer = tf.reduce_sum(self.user_emb * self.item_emb, 1, keep_dims=True)  # (batch, 1)
            infer = tf.add(infer, self.bias_global)
            infer = tf.add(infer, self.bias_user[:, tf.newaxis])
            self.infer = tf.add(infer, self.bias_item[:, tf.newaxis], name="infer")  # (batch, 1)

            # one user for all items
            self.pred = tf.matmul(self.user_emb, tf.transpose(self.embd_item)) + \
                        self.embd_bias_item + \
                        self.bias_user[:, tf.newaxis] + \
                        self.bias_global  # (batch, n_movies)  # fmt: skip

    def graph_loss(self):
        with tf.variable_scope("loss"):
            label = self.rating[:, tf.newaxis]  # (batch, 1)
            mse = tf.reduce_mean(tf.square(self.infer - label))
            squares = tf.nn.l2_loss(self.user_emb) + tf.nn.l2_loss(self.item_emb) + \
                      tf.nn.l2_loss(self.bias_user) + tf.nn.l2_loss(self.bias_item)  # fmt: skip
            self.loss = mse + self.reg * squares

            # for eval
            self.rmse_loss = tf.sqrt(mse, name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - label), name="mae_loss")

    @property
    def item_vectors(self):
        return self.embd_item
