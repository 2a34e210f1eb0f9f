# %% [markdown]
# # Recommendation Engine in Matrix Factorization: MF with History
#
# The second model of the deck's third section: a user is the movies that the user rated, so somebody new needs no
# retraining. Each cell with `show` gives a slide in short beside the code of the lesson, read from its file. The lab to
# this notebook is [lab_reco_model_mf_with_history](lab_reco_model_mf_with_history.ipynb).
#
# 第三部分的第二個模型：user 就是他評分過的電影，所以新 user 不用重 train。每個 `show` 把投影片的重點與 lesson 的程式碼並排，程式碼直接讀自檔案。

# %% tags=["parameters"]
n_epoch = 10  # the deck's epochs; 1 shows only that all runs

# %%
import pandas as pd

from graphs.examples import queries
from graphs.mf_with_history import MFWithHistory
from graphs.mf_with_history_mean import MFWithHistoryMean
from graphs.mf_with_history_sum import MFWithHistorySum
from tfcourse import dataFn, most_like
from tfcourse.datasets import movielens
from tfcourse.notebook import beside, curves, show
from tfcourse.recommenders.similar import recommend
from tfcourse.tf1 import tf

# %% [markdown]
# ## Why 為什麼要有 history

# %%
show("new-users", code=False)

# %% [markdown]
# ## The model

# %%
show("mf-with-history")

# %% [markdown]
# ## The query: leave one out
#
# A train row's query is the user's train history without the row's own movie. The rows of the slide, found by user and
# movie, and how many movies their queries have.
#
# train data 的 query 是該 user 的 train history 扣掉這一筆的電影。

# %%
show("leave-one-out", code=False)
show("leave-one-out-in-time")

# %%
source = movielens.load("data")
print("Data:", source.source)
data = source.prepare("deck")
trProcessed, teProcessed = data.train, data.test
columns = ["user_id", "query_movie_ids", "query_movie_ids_len", "candidate_movie_id", "rating"]
found, _ = queries.rows_of(source, trProcessed)
batch = trProcessed.take([row for _, row in found], columns)
print("a padded batch:", batch["query_movie_ids"].shape, "query_movie_ids_len:", batch["query_movie_ids_len"])
pd.DataFrame({**batch, "query_movie_ids": [f"{row[:6].tolist()} ..." for row in batch["query_movie_ids"]]})

# %% [markdown]
# ## Pooling and prediction

# %%
show("mf-with-history-sum", "mf-with-history-mean", "mf-with-history-sqrtn")
show("mf-with-history-pooling", "mf-with-history-prediction")

# %%
model = MFWithHistory(n_movies=len(source.movies))
pd.DataFrame(
    [(v.op.name, v.shape.as_list()) for v in model.graph.get_collection("trainable_variables")],
    columns=["variable", "shape"],
)

# %% [markdown]
# ## Training

# %%
n_batch = 128
with tf.Session(graph=model.graph) as sess:
    model.fit(
        sess,
        dataFn(trProcessed, n_batch, shuffle=True),
        dataFn(teProcessed, n_batch),
        n_epoch,
        model_dir="model/model_mf_with_history",
        overwrite=True,
    )

# %%
curves(model.hist, ["rmse", "mae"], "MF with History, protocol deck")

# %%
model.restore("model/model_mf_with_history")
measured = model.measure(data)

# %% [markdown]
# ### SqrtN, Sum, Mean
#
# The deck: SqrtN is best on these data.
#
# 教材：這批資料用 SqrtN 效果較好。

# %%
pooled = {"SqrtN": model.hist}
for name, lesson in (("Sum", MFWithHistorySum), ("Mean", MFWithHistoryMean)):
    other = lesson(n_movies=len(source.movies))
    other.fit(
        dataFn(trProcessed, n_batch, shuffle=True), dataFn(teProcessed, n_batch), n_epoch, verbose=False
    )
    pooled[name] = other.hist
pd.DataFrame({name: {"lowest valid RMSE": min(hist["vl_rmse"])} for name, hist in pooled.items()}).round(4)

# %%
curves(pooled, ["rmse"], "Pooling, protocol deck")

# %% [markdown]
# ## Somebody new 新的 user
#
# A history of a few movies is enough for the model's scores; nothing is trained. They are ranked by the predicted rating
# and, a quarter as much, by the logarithm of how many users liked the movie.
#
# 有幾部電影的 history 就能推薦，不用重 train。排序依預測的 rating，再加上一點熱門程度（喜歡的人數取 log）。

# %%
liked = ["Toy Story (1995)", "Aladdin (1992)", "Lion King, The (1994)", "Shrek (2001)", "Babe (1995)"]
found = recommend(model, liked=liked, k=5, popularity=0.25)
print("rung:", found.rung)
found.items

# %%
most_like(model, 0, k=5)

# %% [markdown]
# ## Metrics and Comparison

# %%
show("mf-with-history-metrics", code=False)
beside("mf-with-history-metrics", measured=measured)

# %% [markdown]
# The query of a test row in the deck holds the user's test movies that were rated higher, and the epoch is chosen on the
# test rows. Protocol "clean" has neither.
#
# 教材的 test query 含有該 user 評分更高的 test 電影，又用 test data 挑 epoch；protocol "clean" 兩者都沒有。

# %%
clean = source.prepare("clean")
honest = MFWithHistory(n_movies=len(source.movies))
honest.fit(
    dataFn(clean.train, n_batch, shuffle=True),
    dataFn(clean.valid, n_batch),
    n_epoch,
    model_dir="model/clean",
    overwrite=True,
    verbose=False,
)
honest.restore("model/clean")
beside("mf-with-history-metrics", protocol_deck=measured, protocol_clean=honest.measure(clean))

# %% [markdown]
# Next: [reco_model_mf_dnn](reco_model_mf_dnn.ipynb), metadata and a DNN.
#
# 接下來：加上 metadata 與 DNN。
