# %% [markdown]
# # Machine Learning Framework: classification 分類
#
# The first section of the deck, for the question with a category as the answer
# (如何判斷一個獵人是屬於什麼派系?). The first half is [framework_regression](framework_regression.ipynb).
#
# 教材的第一部分，答案是類別的問題。前半見 [framework_regression](framework_regression.ipynb)。

# %% tags=["parameters"]
n_epoch = 50  # epochs of each training; 1 shows only that all runs

# %%
import numpy as np
import pandas as pd

from graphs.examples import feature_transformation, features
from graphs.hunter_classification import HunterClassification
from graphs.hunter_integer_labels import HunterIntegerLabels
from graphs.hunter_sigmoid import HunterSigmoid
from tfcourse.datasets import hunter
from tfcourse.notebook import curves, last, picture, show
from tfcourse.tf1 import tf

# %% [markdown]
# ## The data 資料

# %%
show("regression-and-classification", "features", code=False)
said = features.run()
print(said["note"])
said["classification: 如何判斷一個獵人是屬於什麼派系?"].round(2)

# %% [markdown]
# ## The loss

# %%
show("step2-cross-entropy")

# %% [markdown]
# ## Categories are no numbers 類別不是數值

# %%
show("integer-labels")
show("one-hot", code=False)

# %% [markdown]
# The same hunters, once with the labels 1 to 6 and a line fitted to them, once with one-hot labels.
#
# 同一批獵人，一次用 1 到 6 當 label，一次用 One Hot Encoding。

# %%
data = hunter.CLASSIFICATION.prepare()
as_number = HunterIntegerLabels()
as_number.fit(data.train_batches(32), data.valid_batches(), n_epoch, verbose=False)
model = HunterClassification()
model.fit(data.train_batches(32), data.valid_batches(), n_epoch, lr=0.5, verbose=False)
hists = {"labels 1 to 6": as_number.hist, "one-hot, softmax": model.hist}
pd.DataFrame({name: last(hist) for name, hist in hists.items()}).loc[["tr_acc", "vl_acc"]].round(3)

# %%
curves(hists, ["acc"], "Labels as one number, and one-hot")

# %% [markdown]
# ## One function for each class: softmax and sigmoid

# %%
show("one-function-per-class", code=False)
show("softmax")

# %% [markdown]
# The slide's six scores, computed.
#
# 用投影片的六個分數算一次。

# %%
z = np.array([5, 1, 3, -3, -3, 0], np.float32)
label = np.array([1, 0, 0, 0, 0, 0], np.float32)
with tf.Graph().as_default(), tf.Session() as sess:
    y, sigmoid = tf.nn.softmax(z), tf.nn.sigmoid(z)
    cross_entropy = tf.nn.softmax_cross_entropy_with_logits(labels=label, logits=z)
    y, sigmoid, cross_entropy = sess.run([y, sigmoid, cross_entropy])
print(f"sum of softmax {y.sum():.3f}, sum of sigmoid {sigmoid.sum():.3f}, cross entropy {cross_entropy:.3f}")
pd.DataFrame(
    {
        "type": hunter.TYPES_ZH,
        "z": z,
        "softmax": y,
        "on the slide": (0.8, 0.01, 0.11, 0, 0, 0),
        "sigmoid": sigmoid,
    }
).round(3)

# %%
show("sigmoid")
show("softmax-vs-sigmoid", code=False)

# %% [markdown]
# A hunter with two types 同時是強化系與特質系: of the hunters below a fifth have two. Right means that all six answers
# are right at the threshold 0.5.
#
# 下面的獵人有五分之一同時屬於兩個系別；六個答案都對才算對。

# %%
multi = hunter.MULTI_LABEL.prepare()
rows = []
for name, lesson in (("softmax", HunterClassification), ("sigmoid", HunterSigmoid)):
    one = lesson()
    one.fit(multi.train_batches(32), multi.valid_batches(), n_epoch, verbose=False)
    guess = one.predict({"inputs": multi.valid["inputs"]}) > 0.5
    right = (guess == (multi.valid["labels"] > 0.5)).all(axis=1)
    two = multi.valid["labels"].sum(axis=1) == 2
    rows.append(
        {"activation": name, "all six right": right.mean(), "of hunters with two types": right[two].mean()}
    )
pd.DataFrame(rows).round(3)

# %% [markdown]
# ## The training 訓練

# %%
curves(model.hist, title="Softmax, cross entropy")

# %% [markdown]
# ## As a product of matrices 以向量運算表示

# %%
show("vector-form-classification")
w, b = model.session.run([model.w, model.b])
by_hand = data.valid["inputs"] @ w + b
print("shapes:", data.valid["inputs"].shape, "x", w.shape, "->", by_hand.shape)
print(
    "same guesses:",
    bool((by_hand.argmax(1) == model.predict({"inputs": data.valid["inputs"]}).argmax(1)).all()),
)

# %% [markdown]
# ## The limit of a line 瓶頸

# %%
show("limitation", "feature-transformation")

# %%
found = feature_transformation.run()
found["accuracy"].round(3)

# %%
picture(feature_transformation.draw, found)

# %% [markdown]
# ## Cascading functions: deep learning
#
# Two units may end in a poor place; more units seldom do.
#
# 兩個 units 可能卡在不好的地方；units 多一點就很少。

# %%
show("cascading-functions")
found[next(name for name in found if name.startswith("cascades"))].round(3)

# %% [markdown]
# Next: [tutorial_dnn_practice](tutorial_dnn_practice.ipynb), a deep network for the Pokémon.
#
# 接下來：寶可夢的 DNN。
