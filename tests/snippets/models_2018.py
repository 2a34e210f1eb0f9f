# fmt: off
# ruff: noqa
# The models of the deck's five notebooks, as somebody would have typed them in 2018 with the slides
# beside: sizes as arguments, a graph built by the constructor, a loop of one's own. What the deck
# prints (see deck.py) stands here as printed; the rest is written for the tests. Only the line
# "import tensorflow as tf" is replaced when it is run.

import os

import numpy as np
import tensorflow as tf


def batch_indices(n, n_batch, shuffle=False):
    index = np.arange(n)
    if shuffle:
        np.random.shuffle(index)
    return [index[i:i + n_batch] for i in range(0, n, n_batch)]


# --- tutorial_dnn_practice.ipynb ---------------------------------------------------------------


def data_fn(X, Y, n_batch, shuffle=False):
    def fn():
        for i in batch_indices(len(X), n_batch, shuffle):
            yield X[i], Y[i]
    return fn


class BaseModel(object):
    def __init__(self, n_features=200, n_classes=5, hidden1=128, hidden2=256):
        self.n_features, self.n_classes = n_features, n_classes
        self.hidden1, self.hidden2 = hidden1, hidden2
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.graph_inputs()
            self.graph_dnn()
            self.graph_computation()
            self.graph_loss()
            with tf.variable_scope("train"):
                self.lr = tf.Variable(0.01, trainable=False, name="learning_rate")
                self.train_op = self.optimizer().minimize(self.loss)

    def optimizer(self):
        return tf.train.GradientDescentOptimizer(self.lr)

    def feed_dict(self, x, y, mode="train"):
        return {self.inputs: x, self.labels: y, self.isTrain: mode == "train"}

    def fit(self, train_fn, valid_fn, n_epoch, lr, callback=None):
        self.hist = {"tr_loss": [], "tr_acc": [], "vl_loss": [], "vl_acc": []}
        with tf.Session(graph=self.graph) as sess:
            sess.run(tf.global_variables_initializer())
            sess.run(tf.assign(self.lr, lr))
            for ep in range(1, n_epoch + 1):
                for x, y in train_fn():
                    sess.run(self.train_op, feed_dict=self.feed_dict(x, y))
                for name, fn in (("tr", train_fn), ("vl", valid_fn)):
                    loss, acc = self.evaluate(sess, fn)
                    self.hist[name + "_loss"].append(loss)
                    self.hist[name + "_acc"].append(acc)
                if callback is not None:
                    callback(self)
        return self

    def evaluate(self, sess, fn):
        total = np.zeros(2)
        n = 0
        for x, y in fn():
            total += len(x) * np.array(sess.run([self.loss, self.acc], self.feed_dict(x, y, "eval")))
            n += len(x)
        return total / n


class ModelMSE(BaseModel):
    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, shape=[None, self.n_features], name="inputs")
            self.labels = tf.placeholder(tf.float32, shape=[None, self.n_classes], name="labels")
            self.isTrain = tf.placeholder(tf.bool, None, name="isTrain")

    def graph_dnn(self):
        initFn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            nets = tf.layers.dense(self.inputs, self.hidden1, activation=tf.nn.sigmoid, kernel_initializer=initFn, name="dnn1")
            nets = tf.layers.dense(nets, self.hidden2, activation=tf.nn.sigmoid, kernel_initializer=initFn, name="dnn2")
            self.nets = tf.layers.dense(nets, self.n_classes, kernel_initializer=initFn, name="dnn3")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pred = tf.nn.softmax(self.nets)
            hit = tf.equal(tf.argmax(self.pred, axis=1), tf.argmax(self.labels, axis=1))
            self.acc = tf.reduce_mean(tf.to_float(hit))

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.losses.mean_squared_error(labels=self.labels, predictions=self.pred)


class ModelCrossEntropy(ModelMSE):
    def graph_loss(self):
        nets = self.nets
        with tf.variable_scope("loss"):
            # loss function 改用 cross entropy
            self.loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=nets))


# --- reco_model_mf.ipynb -----------------------------------------------------------------------


class RecoModel(object):
    def __init__(self, learning_rate=0.1, dim=16, reg=0.005, n_users=671, n_movies=9125, n_genres=20, modelDir="./model"):
        self.learning_rate, self.dim, self.reg = learning_rate, dim, reg
        self.n_users, self.n_movies, self.n_genres = n_users, n_movies, n_genres
        self.modelDir = modelDir
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.graph_inputs()
            self.graph_embedding()
            self.graph_dnn()
            self.graph_computation()
            self.graph_loss()
            with tf.variable_scope("train"):
                self.train_op = self.optimizer().minimize(self.loss)
            self.saver = tf.train.Saver(tf.global_variables())

    def graph_dnn(self):
        pass

    def optimizer(self):
        return tf.train.GradientDescentOptimizer(self.learning_rate)

    def feed_dict(self, batch, mode="train"):
        return {getattr(self, name): value for name, value in batch.items()}

    def fit(self, sess, trainGen, testGen=None, reset=False, nEpoch=2):
        sess.run(tf.global_variables_initializer())
        self.curve = []
        print("%s\t%s\t%s" % ("Epoch", "Train Error", "Val Error"))
        for ep in range(1, nEpoch + 1):
            for batch in trainGen():
                sess.run(self.train_op, feed_dict=self.feed_dict(batch))
            self.curve.append(self.evaluateRMSE(sess, trainGen))
            valid = np.nan if testGen is None else self.evaluateRMSE(sess, testGen)
            print("%02d\t%.3f\t%.3f" % (ep, self.curve[-1], valid))
            self.saver.save(sess, os.path.join(self.modelDir, "model"), global_step=ep)
        return self

    def evaluateRMSE(self, sess, gen):
        total, n = 0, 0
        for batch in gen():
            rmse = sess.run(self.rmse_loss, feed_dict=self.feed_dict(batch, "eval"))
            total += rmse ** 2 * len(batch["rating"])
            n += len(batch["rating"])
        return np.sqrt(total / n)

    def ckpt(self, sess):
        self.saver.restore(sess, tf.train.latest_checkpoint(self.modelDir))

    def predict(self, sess, batch):
        self.ckpt(sess)
        return sess.run(self.pred, feed_dict=self.feed_dict(batch, "infer"))


def dataFn(data, n_batch=128, shuffle=False):
    pad = tf.keras.preprocessing.sequence.pad_sequences

    def fn():
        for i in batch_indices(len(data), n_batch, shuffle):
            rows = data.iloc[i]
            batch = {name: rows[name].values for name in rows.columns}
            for name in ("query_movie_ids", "genres"):
                if name in batch:
                    batch[name + "_len"] = np.array([len(ids) for ids in batch[name]])
                    batch[name] = pad(batch[name], padding="post")
            yield batch
    return fn


class ModelMF(RecoModel):
    def optimizer(self):
        return tf.train.AdagradOptimizer(self.learning_rate)

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.user_id = tf.placeholder(tf.int32, shape=[None], name="user_id")
            self.candidate_movie_id = tf.placeholder(tf.int32, shape=[None], name="candidate_movie_id")
            self.rating = tf.placeholder(tf.float32, shape=[None], name="rating")

    def graph_embedding(self):
        initFn = tf.contrib.layers.xavier_initializer()
        self.bias_global = tf.Variable(initFn(shape=[]), name="bias_global")
        with tf.variable_scope("embedding"):
            self.w_bias_user = tf.Variable(initFn(shape=[self.n_users]), name="embd_bias_user")
            self.w_bias_item = tf.Variable(initFn(shape=[self.n_movies]), name="embd_bias_item")
            self.w_user = tf.Variable(initFn(shape=[self.n_users, self.dim]), name="embd_user")
            self.w_item = tf.Variable(initFn(shape=[self.n_movies, self.dim]), name="embd_item")
            self.bias_user = tf.nn.embedding_lookup(self.w_bias_user, self.user_id)
            self.bias_item = tf.nn.embedding_lookup(self.w_bias_item, self.candidate_movie_id)
            self.embd_user = tf.nn.embedding_lookup(self.w_user, self.user_id)
            self.embd_item = tf.nn.embedding_lookup(self.w_item, self.candidate_movie_id)

    def graph_computation(self):
        with tf.variable_scope("computation"):
            infer = tf.reduce_sum(self.embd_user * self.embd_item, 1, keep_dims=True)
            infer = tf.add(infer, self.bias_global)
            infer = tf.add(infer, self.bias_user[:, tf.newaxis])
            self.infer = tf.add(infer, self.bias_item[:, tf.newaxis], name="infer")
            self.pred = tf.matmul(self.embd_user, tf.transpose(self.w_item)) + \
                        self.w_bias_item + self.bias_user[:, tf.newaxis] + self.bias_global

    def graph_loss(self):
        with tf.variable_scope("loss"):
            label = self.rating[:, tf.newaxis]
            regularizer = tf.nn.l2_loss(self.embd_user) + tf.nn.l2_loss(self.embd_item) + \
                          tf.nn.l2_loss(self.bias_user) + tf.nn.l2_loss(self.bias_item)
            self.loss = tf.losses.mean_squared_error(labels=label, predictions=self.infer) + self.reg * regularizer
            # for eval
            self.rmse_loss = tf.sqrt(tf.losses.mean_squared_error(labels=label, predictions=self.infer), name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - label), name="mae_loss")


# --- reco_model_mf_with_history.ipynb ----------------------------------------------------------


class ModelMFHistory(RecoModel):
    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.query_movie_ids = tf.placeholder(tf.int32, shape=[None, None], name="query_movie_ids")
            self.query_movie_ids_len = tf.placeholder(tf.int32, shape=[None], name="query_movie_ids_len")
            self.candidate_movie_id = tf.placeholder(tf.int32, shape=[None], name="candidate_movie_id")
            self.rating = tf.placeholder(tf.float32, shape=[None], name="rating")

    def graph_embedding(self):
        initFn = tf.glorot_uniform_initializer()
        self.b_global = tf.Variable(initFn(shape=[]), name="b_global")
        with tf.variable_scope("embedding"):
            self.w_query_movie_ids = tf.Variable(initFn(shape=[self.n_movies, self.dim]), name="w_query_movie_ids")
            self.b_query_movie_ids = tf.Variable(initFn(shape=[self.dim]), name="b_query_movie_ids")
            self.w_candidate_movie_id = tf.Variable(initFn(shape=[self.n_movies, self.dim]), name="w_candidate_movie_id")
            self.b_candidate_movie_id = tf.Variable(initFn(shape=[self.dim]), name="b_candidate_movie_id")
            self.query_emb = tf.nn.embedding_lookup(self.w_query_movie_ids, self.query_movie_ids)
            self.candidate_emb = tf.nn.embedding_lookup(self.w_candidate_movie_id, self.candidate_movie_id)
            self.candidate_bias = tf.matmul(self.candidate_emb, self.b_candidate_movie_id[:, tf.newaxis])

    def graph_computation(self):
        with tf.variable_scope("computation"):
            # weighted avg of query embedding
            '''sqrtn aggregation(pooling), X: data, W: weight
                X_1*W_1 + X_2*W_2 + ... + X_n*W_n / sqrt(W_1**2 + W_2**2 + ... W_n**2)
                = weighted sum of X and normalized W
                here data = self.query_emb, weight = weighted'''

            query_emb_mask = tf.sequence_mask(self.query_movie_ids_len)
            weighted = tf.nn.l2_normalize(tf.to_float(query_emb_mask), 1)[:, :, tf.newaxis]
            self.query_emb = tf.reduce_sum(self.query_emb * weighted, 1)
            self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])

            infer = tf.reduce_sum(self.query_emb * self.candidate_emb, 1, keep_dims=True)
            infer = tf.add(infer, self.b_global)
            infer = tf.add(infer, self.query_bias)
            self.infer = tf.add(infer, self.candidate_bias, name="infer")

            # one query for all items
            self.pred = tf.matmul(self.query_emb, tf.transpose(self.w_candidate_movie_id)) + \
                        tf.reshape(tf.matmul(self.w_candidate_movie_id,
                                            self.b_candidate_movie_id[:, tf.newaxis]), (1, -1)) + \
                        self.query_bias + \
                        self.b_global

    def graph_loss(self):
        with tf.variable_scope("loss"):
            label = self.rating[:, tf.newaxis]
            regularizer = self.reg * (tf.nn.l2_loss(self.query_emb) + tf.nn.l2_loss(self.candidate_emb))
            self.loss = tf.losses.mean_squared_error(labels=label, predictions=self.infer) + regularizer
            # for eval
            self.rmse_loss = tf.sqrt(tf.losses.mean_squared_error(labels=label, predictions=self.infer), name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - label), name="mae_loss")


# --- reco_model_mf_dnn.ipynb -------------------------------------------------------------------


class ModelMFDNN(ModelMFHistory):
    def feed_dict(self, batch, mode="train"):
        ret = super(ModelMFDNN, self).feed_dict(batch, mode)
        ret[self.isTrain] = mode == "train"
        return ret

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.isTrain = tf.placeholder(tf.bool, None, name="isTrain")
            self.query_movie_ids = tf.placeholder(tf.int32, shape=[None, None], name="query_movie_ids")
            self.query_movie_ids_len = tf.placeholder(tf.int32, shape=[None], name="query_movie_ids_len")
            self.candidate_movie_id = tf.placeholder(tf.int32, shape=[None], name="candidate_movie_id")
            self.genres = tf.placeholder(tf.int32, shape=[None, None], name="genres")
            self.genres_len = tf.placeholder(tf.int32, shape=[None], name="genres_len")
            self.avg_rating = tf.placeholder(tf.float32, shape=[None], name="avg_rating")
            self.year = tf.placeholder(tf.float32, shape=[None], name="year")
            self.rating = tf.placeholder(tf.float32, shape=[None], name="rating")

    def graph_embedding(self):
        initFn = tf.glorot_uniform_initializer()
        self.b_global = tf.Variable(initFn(shape=[]), name="b_global")
        with tf.variable_scope("embedding"):
            self.w_query_movie_ids = tf.Variable(initFn(shape=[self.n_movies, self.dim]), name="w_query_movie_ids")
            self.b_query_movie_ids = tf.Variable(initFn(shape=[self.dim]), name="b_query_movie_ids")
            self.w_candidate_movie_id = tf.Variable(initFn(shape=[self.n_movies, self.dim]), name="w_candidate_movie_id")
            self.b_candidate_movie_id = tf.Variable(initFn(shape=[self.dim + 8 + 1 + 1]), name="b_candidate_movie_id")
            self.w_genres = tf.Variable(initFn(shape=[self.n_genres, 8]), name="w_genres")
            self.query_emb = tf.nn.embedding_lookup(self.w_query_movie_ids, self.query_movie_ids)
            self.candidate_emb = tf.nn.embedding_lookup(self.w_candidate_movie_id, self.candidate_movie_id)
            # The widest list of genres of all movies may be wider than the longest of this batch.
            genres_emb = tf.nn.embedding_lookup(self.w_genres, self.genres)
            mask = tf.sequence_mask(self.genres_len, tf.shape(self.genres)[1])
            weighted = tf.nn.l2_normalize(tf.to_float(mask), 1)[:, :, tf.newaxis]
            self.genres_emb = tf.reduce_sum(genres_emb * weighted, 1)

    def graph_dnn(self):
        dim, init_fn = self.dim, tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            # encode [item embedding + item metadata]
            self.item_repr = tf.concat([self.candidate_emb, self.genres_emb, self.avg_rating[:, tf.newaxis], self.year[:, tf.newaxis]], 1)
            self.candidate_bias = tf.matmul(self.item_repr, self.b_candidate_movie_id[:, tf.newaxis])

            # dp_scale = 0.5
            self.item_repr = tf.layers.dense(self.item_repr, dim, kernel_initializer=init_fn, activation=tf.nn.relu)
            # self.item_repr = tf.layers.dropout(self.item_repr, dp_scale, training=self.isTrain)
            self.item_repr = tf.layers.dense(self.item_repr, dim, kernel_initializer=init_fn, activation=tf.nn.relu)
            # self.item_repr = tf.layers.dropout(self.item_repr, dp_scale, training=self.isTrain)

    def graph_computation(self):
        with tf.variable_scope("computation"):
            query_emb_mask = tf.sequence_mask(self.query_movie_ids_len)
            weighted = tf.nn.l2_normalize(tf.to_float(query_emb_mask), 1)[:, :, tf.newaxis]
            self.query_emb = tf.reduce_sum(self.query_emb * weighted, 1)
            self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])

            infer = tf.reduce_sum(self.query_emb * self.item_repr, 1, keep_dims=True)
            infer = tf.add(infer, self.b_global)
            infer = tf.add(infer, self.query_bias)
            self.infer = tf.add(infer, self.candidate_bias, name="infer")
            self.pred = tf.matmul(self.query_emb, tf.transpose(self.item_repr)) + \
                        tf.reshape(self.candidate_bias, (1, -1)) + self.query_bias + self.b_global

    def graph_loss(self):
        with tf.variable_scope("loss"):
            label = self.rating[:, tf.newaxis]
            self.loss = tf.losses.mean_squared_error(labels=label, predictions=self.infer)
            # for eval
            self.rmse_loss = tf.sqrt(self.loss, name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - label), name="mae_loss")


class ModelMFDNNXent(ModelMFDNN):
    def graph_computation(self):
        super(ModelMFDNNXent, self).graph_computation()
        self.pred = tf.nn.sigmoid(self.pred)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            # if rating >= 4 then 1 else 0
            self.alter_rating = tf.to_float(self.rating >= 4)
            self.loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=self.alter_rating[:, np.newaxis], logits=self.infer))

            # for eval
            self.rmse_loss = tf.sqrt(tf.losses.mean_squared_error(labels=self.alter_rating[:, tf.newaxis], predictions=self.infer))
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - self.alter_rating[:, tf.newaxis]))
        pass
