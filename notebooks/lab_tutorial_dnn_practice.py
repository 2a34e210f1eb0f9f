# ---
# jupyter:
#   jupytext:
#     notebook_metadata_filter: tfcourse
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   tfcourse:
#     lab: tutorial-dnn-practice
# ---

# %% [markdown]
# # Lab: lab_tutorial_dnn_practice.ipynb
#
# **Deep Neural Network(DNN) Tips**：預測會出現哪一隻神奇寶貝
#
# 投影片的七個 lab 依序都在這裡，共八個任務。**搜尋 "Do:" 就可以找到可能要修改的位置**。
# 每個任務最後的變數（例如 `model_xent`）名稱不要改：檢查程式看的是這些變數裡的 graph 和訓練曲線，不是你怎麼寫。
#
# 改完之後，把整個 notebook 存檔，在終端機執行：
#
#     tfcourse lab check lab_tutorial_dnn_practice.ipynb
#
# *The seven labs of the slides, in order: eight tasks. **Searching for "Do:" finds each place to change.** Keep the
# names of the variables that each task ends with, such as `model_xent`: the check looks at the graphs and the
# curves in them, not at how you wrote them. When you are done, save the notebook and run the command above.*

# %%
from graphs.pokemon import PokemonDNN
from graphs.pokemon_ce import ModelCrossEntropy
from graphs.pokemon_overfit import ModelOverfit
from graphs.pokemon_softplus import ModelSoftplus
from tfcourse.callbacks import EarlyStopping
from tfcourse.datasets import pokemon
from tfcourse.tf1 import tf

# %% [markdown]
# 投影片上的 epoch 數。*The numbers of epochs on the slides.*

# %% tags=["parameters"]
data_dir = "data"
n_epoch = 30
n_epoch_overfit = 50
n_epoch_dropout = 100

# %% [markdown]
# 資料：200 個 feature、5 隻寶可夢。`data` 資料夾裡沒有課程的檔案時，用的是產生出來的替代資料，下面會說明。
#
# *The data: 200 features, 5 Pokémon. Where the folder `data` does not have the course's file, a generated stand-in is
# used, and the next cell says so.*

# %%
data = pokemon.load(data_dir).prepare()
print(f"{len(data.train)} train rows, {len(data.valid)} valid rows: {data.source}")
print(data.note)


# %%
def results(models):
    """最後一個 epoch 的結果 / the last epoch of each model."""
    for name, model in models.items():
        print(name, {curve: round(values[-1], 3) for curve, values in model.hist.items()})


# %% [markdown]
# ## 1. Loss function（15 minutes）
#
# target：將 loss function 由 MSE 修改成 cross entropy。
#
# *Change the loss function from MSE to cross entropy.*
#
# - learning_rate: 0.01
# - loss function: softmax cross entropy
# - optimizer: GradientDescentOptimizer
# - activation function: sigmoid


# %%
class ModelXent(PokemonDNN):
    def activate(self, nets):
        return tf.nn.sigmoid(nets)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            # Do: MSE → cross entropy
            self.loss = tf.losses.mean_squared_error(labels=self.labels, predictions=self.pred)


model_xent = ModelXent()
model_xent.fit(data.train_batches(), data.valid_batches(), n_epoch, lr=0.01)
results({"model_xent": model_xent})

# %% [markdown]
# ## 2. Try Learning Rate!（5 ~ 8 minutes）
#
# target：嘗試不同的 learning rate：[0.1, 0.01, 0.001]。
#
# *Try different learning rates. From here on the lesson's class `ModelCrossEntropy` has the loss of task 1, so that you
# can go on whatever became of it.*
#
# - learning_rate: 0.1, 0.01, 0.001
# - loss function: softmax cross entropy
# - optimizer: GradientDescentOptimizer
# - activation function: sigmoid

# %%
# Do: 0.1, 0.01, 0.001
learning_rates = [0.01]

models_lr = {}
for lr in learning_rates:
    model = ModelCrossEntropy()
    # Do: 把 lr 傳給 fit / give lr to fit
    models_lr[lr] = model.fit(data.train_batches(), data.valid_batches(), n_epoch, verbose=False)
results(models_lr)

# %% [markdown]
# ## 3. Try Activation Function（5 ~ 8 minutes）
#
# target：目前是 Sigmoid，請嘗試不同的 activation function：ReLU、Leaky ReLU、Softplus、Tanh。
#
# *The hidden layers have sigmoid. Try ReLU, leaky ReLU, softplus and tanh.*
#
# - learning_rate: 0.01
# - loss function: softmax cross entropy
# - optimizer: GradientDescentOptimizer
# - activation function: relu, leaky_relu, softplus, tanh


# %%
def model_with_activation(function):
    class ModelActivation(ModelCrossEntropy):
        def graph_dnn(self):
            init_fn = tf.glorot_normal_initializer()
            with tf.variable_scope("dnn"):
                # Do: tf.nn.sigmoid → function
                nets = tf.layers.dense(
                    self.inputs, self.hidden1, activation=tf.nn.sigmoid, kernel_initializer=init_fn, name="dnn1"
                )
                nets = tf.layers.dense(
                    nets, self.hidden2, activation=tf.nn.sigmoid, kernel_initializer=init_fn, name="dnn2"
                )
                self.nets = tf.layers.dense(nets, self.n_classes, kernel_initializer=init_fn, name="dnn3")

    return ModelActivation()


# Do: relu, leaky_relu, softplus, tanh
functions = {"sigmoid": tf.nn.sigmoid}

models_activation = {}
for name, function in functions.items():
    model = model_with_activation(function)
    models_activation[name] = model.fit(
        data.train_batches(), data.valid_batches(), n_epoch, lr=0.01, verbose=False
    )
results(models_activation)

# %% [markdown]
# ## 4. Try Different Optimizer（10 ~ 15 minutes）
#
# target：使用不同的 Optimizer：`tf.train.AdamOptimizer`、`tf.train.AdagradOptimizer`、
# `tf.train.MomentumOptimizer(momentum=0.9)`、`tf.train.RMSPropOptimizer`。
#
# *Train with Adam, Adagrad, Momentum (0.9) and RMSProp. `self.lr` is the learning rate that `fit(lr=...)` sets.*
#
# - learning_rate: 0.01
# - loss function: softmax cross entropy
# - optimizer: GradientDescentOptimizer or AdamOptimizer ...
# - activation function: softplus


# %%
def model_with_optimizer(make):
    class ModelOptimizer(ModelSoftplus):
        def graph_train(self):
            # Do: GradientDescentOptimizer → make(self.lr)
            optimizer = tf.train.GradientDescentOptimizer(self.lr)
            return optimizer.minimize(self.loss)

    return ModelOptimizer()


# Do: adam, adagrad, momentum (0.9), rmsprop
optimizers = {"sgd": lambda lr: tf.train.GradientDescentOptimizer(lr)}

models_optimizer = {}
for name, make in optimizers.items():
    model = model_with_optimizer(make)
    models_optimizer[name] = model.fit(
        data.train_batches(), data.valid_batches(), n_epoch, lr=0.01, verbose=False
    )
results(models_optimizer)

# %% [markdown]
# ## 5. Solve Overfitting: EarlyStopping（5 ~ 10 minutes）
#
# target：加入 callback object：EarlyStopping，check if overfitting。Threshold = 5。
#
# *Add the callback `EarlyStopping` with the threshold 5. `ModelOverfit` has softplus and Adam.*
#
# - learning_rate: 0.001
# - loss function: softmax cross entropy
# - optimizer: AdamOptimizer
# - activation function: softplus
# - number of train epoch: 50

# %%
model_stopped = ModelOverfit()
# Do: callback=
model_stopped.fit(data.train_batches(), data.valid_batches(), n_epoch_overfit, lr=0.001)

# %% [markdown]
# ## 6. Solve Overfitting: Add Regularizer Term to Loss Function（5 ~ 10 minutes）
#
# target：加入 l2 regularizer，再換成 l1：`tf.contrib.layers.l2_regularizer`、`tf.contrib.layers.l1_regularizer`。
#
# *Add an L2 regularizer term for each hidden layer with scale 0.01, then an L1 one in a model of its own.*
#
# - learning_rate: 0.001
# - loss function: softmax cross entropy
# - optimizer: AdamOptimizer
# - activation function: softplus
# - number of train epoch: 50
# - add l2 regularizer term to each hidden layers with scale 0.01


# %%
class ModelL2(ModelOverfit):
    def graph_dnn(self):
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            # Do: kernel_regularizer=
            nets = tf.layers.dense(
                self.inputs, self.hidden1, activation=self.activate, kernel_initializer=init_fn, name="dnn1"
            )
            nets = tf.layers.dense(
                nets, self.hidden2, activation=self.activate, kernel_initializer=init_fn, name="dnn2"
            )
            self.nets = tf.layers.dense(nets, self.n_classes, kernel_initializer=init_fn, name="dnn3")

    def graph_loss(self):
        with tf.variable_scope("loss"):
            # Do: + regularizer
            self.loss = tf.reduce_mean(
                tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=self.nets)
            )


model_l2 = ModelL2()
model_l2.fit(data.train_batches(), data.valid_batches(), n_epoch_overfit, lr=0.001, verbose=False)
results({"model_l2": model_l2})


# %%
class ModelL1(ModelL2):
    def graph_dnn(self):
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            # Do: kernel_regularizer=
            nets = tf.layers.dense(
                self.inputs, self.hidden1, activation=self.activate, kernel_initializer=init_fn, name="dnn1"
            )
            nets = tf.layers.dense(
                nets, self.hidden2, activation=self.activate, kernel_initializer=init_fn, name="dnn2"
            )
            self.nets = tf.layers.dense(nets, self.n_classes, kernel_initializer=init_fn, name="dnn3")


model_l1 = ModelL1()
model_l1.fit(data.train_batches(), data.valid_batches(), n_epoch_overfit, lr=0.001, verbose=False)
results({"model_l1": model_l1})

# %% [markdown]
# ## 7. Solve Overfitting: Dropout（5 ~ 10 minutes）
#
# target：Network 加入 dropout：drop_rate 可嘗試 0.3, 0.4, 0.5, 0.6。
#
# Dropout 會讓 training 速度變慢，增加 epoch 次數讓分數更好！
#
# *Add dropout after each hidden layer, with a rate of 0.3 to 0.6. `self.isTrain` is true in training and false at
# evaluation. Training is slower with dropout, so there are 100 epochs.*
#
# - learning_rate: 0.001
# - loss function: softmax cross entropy
# - optimizer: AdamOptimizer
# - activation function: relu
# - number of train epoch: 100


# %%
class ModelDropout(ModelOverfit):
    def graph_dnn(self):
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            # Do: tf.layers.dropout
            nets = tf.layers.dense(
                self.inputs, self.hidden1, activation=tf.nn.relu, kernel_initializer=init_fn, name="dnn1"
            )
            nets = tf.layers.dense(
                nets, self.hidden2, activation=tf.nn.relu, kernel_initializer=init_fn, name="dnn2"
            )
            self.nets = tf.layers.dense(nets, self.n_classes, kernel_initializer=init_fn, name="dnn3")


model_dropout = ModelDropout()
model_dropout.fit(data.train_batches(), data.valid_batches(), n_epoch_dropout, lr=0.001, verbose=False)
results({"model_dropout": model_dropout})
