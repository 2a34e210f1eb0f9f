# fmt: off
# ruff: noqa
# The deck's printed code, as printed. Sections begin with "# %% name: slide, line of deck.txt".
# Trailing blanks are dropped; where more had to be changed, the section says so.

# %% initialiser: Machine Learning Framework, Step 3: Pick Best Function, line 326
initFn = tf.glorot_uniform_initializer()
initFn = tf.glorot_normal_initializer()
init_var = tf.Variable(initFn(shape=[100, 80]))

# %% loss: Tensorflow Code(Loss Function), line 937
with tf.variable_scope("loss"):
    # loss function 改用 cross entropy
    self.loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=nets))

# %% early-stopping-call: Early Stopping: 懸崖勒馬!, line 1493
tf.reset_default_graph()
model_adam = ModelAdam()
model_adam.fit(data_fn(X_train, Y_train, n_batch, shuffle=True),
                data_fn(X_valid, Y_valid, n_batch, shuffle=False),
                n_epoch,
                lr=learning_rate,
                callback=EarlyStopping(thres=5))

# %% fit-hook: Early Stopping: 懸崖勒馬!, line 1516. "training ..." stands there without its "#".
for ep in range(1, n_epoch + 1):
    # training ...
    if callback is not None:
        callback(self)

# %% early-stopping-rule: Early Stopping: 懸崖勒馬!, line 1523. The slide wraps the string after
# "times !", which is no Python: it is joined here by the one blank that the wrap swallowed.
def __call__(self, model):
    last_vl_loss = model.hist["vl_loss"][-1]
    if self.min_loss > last_vl_loss:
        self.patient = 0
        self.min_loss = last_vl_loss
    else:
        self.patient += 1
    if self.patient >= self.thres:
        raise StopIteration("\nEarly Stopping, valid loss keep increasing for {} times ! lowest loss is {:.3f} !"
                            .format(self.patient, self.min_loss))

# %% pooling: MF with History - Aggregation(Pooling), line 2151
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

# %% prediction: MF with History - Prediction (graph_computation), line 2173
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

# %% graph_dnn: Model - MF with DNN(graph_dnn), line 2315
with tf.variable_scope("dnn"):
    # encode [item embedding + item metadata]
    self.item_repr = tf.concat([self.candidate_emb, self.genres_emb, self.avg_rating[:, tf.newaxis], self.year[:, tf.newaxis]], 1)
    self.candidate_bias = tf.matmul(self.item_repr, self.b_candidate_movie_id[:, tf.newaxis])

    # dp_scale = 0.5
    self.item_repr = tf.layers.dense(self.item_repr, dim, kernel_initializer=init_fn, activation=tf.nn.relu)
    # self.item_repr = tf.layers.dropout(self.item_repr, dp_scale, training=self.isTrain)
    self.item_repr = tf.layers.dense(self.item_repr, dim, kernel_initializer=init_fn, activation=tf.nn.relu)
    # self.item_repr = tf.layers.dropout(self.item_repr, dp_scale, training=self.isTrain)

# %% fit: Model - MF with DNN, Trainging, line 2346
# !cp -a ./model/model_mf_with_dnn_bak/* ./model/model
# 每個batch的數量
n_batch = 128
with tf.Session(graph=model.graph) as sess:
    model.fit(sess, dataFn(trProcessed, n_batch))

# %% xent-loss: Model - MF with DNN, line 2469
with tf.variable_scope("loss"):
    # if rating >= 4 then 1 else 0
    self.alter_rating = tf.to_float(self.rating >= 4)
    self.loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=self.alter_rating[:, np.newaxis], logits=self.infer))

    # for eval
    self.rmse_loss = tf.sqrt(tf.losses.mean_squared_error(labels=self.alter_rating[:, tf.newaxis], predictions=self.infer))
    self.mae_loss = tf.reduce_mean(tf.abs(self.infer - self.alter_rating[:, tf.newaxis]))
pass

# %% xent-fit: Model - MF with DNN, Trainging, line 2493. The slide cuts the last line off after
# "n_batch=n_batch, sh": completed to shuffle=True, the course's setting for this lesson.
n_batch = 128
with tf.Session(graph=model_xent.graph) as sess:
    model_xent.fit(sess, dataFn(trProcessed, n_batch=n_batch, shuffle=True))

# %% most_like: MF with DNN(Cross Entropy), 活用Embedding, line 2528
# cross entropy訓練出來的model
most_like(model_xent, 0, k=11)
