# %% [markdown]
# # Deep Neural Network(DNN) Tips: 寶可夢Deep Neural Network Tutorial
#
# The second section of the deck: one network, and what its loss, learning rate, activation, optimizer and
# regularization do to it. Each cell with `show` gives a slide in short beside the code of the lesson, read from its
# file. The lab to this notebook is [lab_tutorial_dnn_practice](lab_tutorial_dnn_practice.ipynb).
#
# 教材的第二部分：同一個 network，看 loss function、learning rate、activation function、optimizer 與 regularization 的影響。每個 `show` 把投影片的重點與 lesson 的程式碼並排，程式碼直接讀自檔案。

# %% tags=["parameters"]
n_epoch = 30  # the deck's epochs; 1 shows only that all runs
n_epoch_overfit = 50  # of overfitting, early stopping and L2
n_epoch_dropout = 100

# %%
import pandas as pd

from graphs.pokemon_adam import ModelAdam
from graphs.pokemon_best import ModelBest
from graphs.pokemon_ce import ModelCrossEntropy
from graphs.pokemon_dropout import ModelDropout
from graphs.pokemon_l1 import ModelL1
from graphs.pokemon_l2 import ModelL2
from graphs.pokemon_mse import ModelMSE
from graphs.pokemon_overfit import ModelOverfit
from graphs.pokemon_softplus import ModelSoftplus
from tfcourse import EarlyStopping, data_fn
from tfcourse.datasets import pokemon
from tfcourse.notebook import beside, curves, last, show
from tfcourse.tf1 import tf

# %% [markdown]
# ## The data 資料
#
# The course's file cannot be given away. With it in the folder `data` (`tfcourse data download pokemon`) this notebook
# trains on it; without it, on a generated stand-in with the same columns.
#
# 課程的資料檔不能散布；`data` 裡有檔案就用它，沒有就用欄位相同的產生資料。

# %%
show("pokemon-records", "pokemon-data", code=False)
source = pokemon.load("data")
stand_in = " (generated stand-in)" if source.note else ""  # stands beside every figure
print("Data:", pokemon.SOURCES[source.source])
print(source.note)

# %% [markdown]
# The features are used without scaling, as in the course; the slides on preprocessing say what else could be done.
#
# features 沒有縮放，和課程一樣；前處理的投影片說明還能怎麼做。

# %%
show("categorical-variables", "normalize", "data-split", code=False)

# %% [markdown]
# The deck's split: shuffled, a tenth held out.
#
# 與教材相同的切法：打亂後留下十分之一當 valid data。

# %%
X_train, Y_train, X_valid, Y_valid = source.split()
n_batch = 16
print(X_train.shape, Y_train.shape, X_valid.shape, Y_valid.shape)
pd.DataFrame(
    {"Pokémon": [f"No.{n} {zh}" for n, zh, _ in pokemon.CLASSES], "share of valid rows": Y_valid.mean(axis=0)}
).round(3)


# %%
def fit(model, n_epoch, **more):
    """Train a lesson on the train rows, measured on the valid rows. 訓練一個模型。"""
    return model.fit(
        data_fn(X_train, Y_train, n_batch, shuffle=True),
        data_fn(X_valid, Y_valid, n_batch, shuffle=False),
        n_epoch,
        verbose=False,
        **more,
    )


# %% [markdown]
# ## The network
#
# All lessons of this section share it: two hidden layers, 200 features, five classes.
#
# 這一部分的所有模型共用這個 network：兩個 hidden layers、200 個 features、5 個類別。

# %%
show("pokemon-tutorial")

# %% [markdown]
# ## Mean square error 先用 MSE
#
# The deck's figures are those of the course's file.
#
# 教材的數字是用課程的資料檔跑出來的。

# %%
show("pokemon-mse")

# %%
mse = ModelMSE()
mse.fit(
    data_fn(X_train, Y_train, n_batch, shuffle=True),
    data_fn(X_valid, Y_valid, n_batch, shuffle=False),
    n_epoch,
    lr=0.01,
)
beside("pokemon-mse", **{"measured" + stand_in: last(mse.hist)})

# %% [markdown]
# The accuracy is the share of the largest class: the network has learned to say No.43.
#
# 準確率就是最大類別的比例：模型幾乎都猜走路草。

# %%
guessed = mse.predict({"inputs": X_valid}).argmax(axis=1)
pd.Series([pokemon.CLASSES[i][1] for i in guessed]).value_counts().rename("valid rows guessed as").to_frame()

# %% [markdown]
# ## Cross entropy

# %%
show("loss-function-code")
show("error-surface", code=False)

# %%
ce = fit(ModelCrossEntropy(), n_epoch, lr=0.01)
curves({"MSE": mse.hist, "cross entropy": ce.hist}, ["acc"], "MSE vs Cross Entropy" + stand_in)

# %% [markdown]
# ## Learning rate
#
# The same network with three learning rates. 三種 learning rate。

# %%
show("learning-rate", code=False)

# %%
rates = {str(lr): fit(ModelCrossEntropy(), n_epoch, lr=lr).hist for lr in (0.1, 0.01, 0.001)}
curves(rates, ["loss"], "Learning rates" + stand_in)

# %% [markdown]
# ## Activation function

# %%
show("activation-sigmoid", "activation-tanh", "activation-relu", "activation-softplus")

# %%
activations = {"sigmoid": ce.hist}
for name in ("relu", "softplus", "tanh"):
    activations[name] = fit(ModelCrossEntropy(activation=name), n_epoch, lr=0.01).hist
curves(activations, ["acc"], "Activation functions, SGD 0.01" + stand_in)

# %% [markdown]
# ## Optimizer
#
# Softplus from here on, and SGD against Adam. 之後都用 softplus，比較 SGD 與 Adam。

# %%
show("momentum", "adagrad", "rmsprop", "adam")

# %%
sgd = fit(ModelSoftplus(), n_epoch)
adam = fit(ModelAdam(), n_epoch)
beside("gradient-descent-vs-adam-sgd", **{"SGD" + stand_in: last(sgd.hist)})

# %%
beside("gradient-descent-vs-adam", **{"Adam" + stand_in: last(adam.hist)})

# %%
curves({"SGD": sgd.hist, "Adam": adam.hist}, title="Gradient Descent vs Adam" + stand_in)

# %% [markdown]
# ## Overfitting
#
# The deck's best configuration.
#
# 教材目前最好的設定。

# %%
show("best-configuration", "overfitting")

# %%
best = fit(ModelBest(), n_epoch_overfit)
overfit = fit(ModelOverfit(), n_epoch_overfit)
curves(overfit.hist, title="Overfitting" + stand_in)

# %% [markdown]
# ### Early stopping

# %%
show("early-stopping-call", "early-stopping-loop", "early-stopping-code")

# %% [markdown]
# As on the slide. `tf.reset_default_graph()` does no harm here: each model has a graph of its own.
#
# 與投影片相同。每個模型有自己的 graph，`tf.reset_default_graph()` 可有可無。

# %%
tf.reset_default_graph()
model_adam = ModelOverfit()
model_adam.fit(
    data_fn(X_train, Y_train, n_batch, shuffle=True),
    data_fn(X_valid, Y_valid, n_batch, shuffle=False),
    n_epoch_overfit,
    lr=0.001,
    callback=EarlyStopping(thres=5),
)
stopped = {**last(model_adam.hist), "lowest": min(model_adam.hist["vl_loss"]), "epochs": model_adam.epoch}
beside("early-stopping-result", **{"measured" + stand_in: stopped})

# %% [markdown]
# ### Regularization: L1, L2

# %%
show("regularization", "weight-decay", "pokemon-l2")

# %%
l1 = fit(ModelL1(), n_epoch_overfit)
l2 = fit(ModelL2(), n_epoch_overfit)
curves(
    {"none": overfit.hist, "L1": l1.hist, "L2": l2.hist}, title="Regularization, its term included" + stand_in
)

# %%
beside("regularization-result", **{"L2" + stand_in: last(l2.hist), "L1" + stand_in: last(l1.hist)})

# %% [markdown]
# ### Dropout

# %%
show("dropout")
show("dropout-ensemble", code=False)

# %%
dropout = fit(ModelDropout(), n_epoch_dropout)
curves({"none": best.hist, "dropout 0.5": dropout.hist}, title="Dropout, relu" + stand_in)

# %% [markdown]
# ## All of them
#
# One run each, as in the deck; another seed gives other figures. `docs/pokemon.md` has five seeds and the spread.
#
# 每個設定只跑一次，和教材一樣；換一個 seed 數字就不同。

# %%
print(source.note)
runs = {
    "MSE, sigmoid, SGD 0.01": mse,
    "cross entropy, sigmoid, SGD 0.01": ce,
    "cross entropy, softplus, SGD 0.01": sgd,
    "cross entropy, softplus, Adam 0.01": adam,
    "softplus, Adam 0.001": overfit,
    "the same, early stopping": model_adam,
    "the same, L1": l1,
    "the same, L2": l2,
    "relu, Adam 0.001": best,
    "relu, Adam 0.001, dropout": dropout,
}
table = pd.DataFrame({name: {"epochs": model.epoch, **last(model.hist)} for name, model in runs.items()}).T
table.astype({"epochs": int}).round(3)

# %% [markdown]
# Next: [reco_model_mf](reco_model_mf.ipynb), matrix factorization.
#
# 接下來：Matrix Factorization。
