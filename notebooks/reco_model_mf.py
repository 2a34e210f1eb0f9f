# %% [markdown]
# # Recommendation Engine in Matrix Factorization: basic MF
#
# The first model of the deck's third section: a user and a movie are vectors, and a rating is their product plus
# biases. Each cell with `show` gives a slide in short beside the code of the lesson, read from its file. The lab to
# this notebook is [lab_reco_model_mf](lab_reco_model_mf.ipynb).
#
# 第三部分的第一個模型：user 和 movie 都是向量（latent factor），rating 是兩者的內積加上 bias。每個 `show` 把投影片的重點與 lesson 的程式碼並排，程式碼直接讀自檔案。

# %% tags=["parameters"]
n_epoch = 20  # the deck's epochs; 1 shows only that all runs

# %%
import pandas as pd

from graphs.examples import beside_deck, latent_factor
from graphs.mf import MF
from tfcourse import dataFn, metrics, most_like
from tfcourse.datasets import movielens
from tfcourse.notebook import beside, curves, picture, show
from tfcourse.tf1 import tf

# %% [markdown]
# ## The data 資料

# %%
show("movielens-data", code=False)
source = movielens.load("data")
print("Data:", source.source)
print(f"{len(source):,} ratings, {source.n_users} users, {len(source.movies):,} movies")
pd.DataFrame(
    {
        "userId": source.user[:5],
        "movieId": source.movie[:5],
        "rating": source.rating[:5],
        "timestamp": source.timestamp[:5],
    }
)

# %% [markdown]
# Ids are re-encoded to 0, 1, 2, ...; an index means a movie only together with these movies. The embedded data have
# the 9,066 rated movies of the deck's 9,125, so other indexes than on the slides stand for a movie here.
#
# id 重新編碼成 0, 1, 2, ...。內附資料只有 9,066 部有 rating 的電影（教材是 9,125 部），所以 index 與投影片不同。

# %%
source.movies.frame([0, 1, 2, 3, 4])

# %% [markdown]
# The deck's split: of each user the first 70% of the positive ratings (4 and above) and of the others are train rows.
#
# 教材的切法：每個 user 的正評（4 分以上）與其他評分各取前 70% 當 train data。

# %%
data = source.prepare("deck")
trProcessed, teProcessed = data.train, data.test
print(f"{len(trProcessed):,} train rows, {len(teProcessed):,} test rows")

# %% [markdown]
# ## Latent factor

# %%
show("latent-factor")
small = latent_factor.run()
pd.DataFrame(
    small["user factors x movie factors + biases"], ["U1", "U2", "U3", "U4"], ["M1", "M2", "M3", "M4", "M5"]
).round(1)

# %%
picture(latent_factor.draw, small)

# %%
show("user-embedding", "mf-formulation", "mf-prediction")

# %% [markdown]
# ## The model

# %%
show("mf")
show("mf-facts", code=False)

# %%
model = MF(n_users=source.n_users, n_movies=len(source.movies))
pd.DataFrame(
    [(v.op.name, v.shape.as_list()) for v in model.graph.get_collection("trainable_variables")],
    columns=["variable", "shape"],
)

# %% [markdown]
# ## Training
#
# As on the slides, with a session. The slides' call leaves out the valid rows, the epochs and the folder. In the course
# the valid rows were the test rows (protocol "deck").
#
# 與投影片的寫法相同。課程的 valid data 就是 test data（protocol "deck"）。

# %%
# 每個batch的數量
n_batch = 128
with tf.Session(graph=model.graph) as sess:
    model.fit(
        sess,
        dataFn(trProcessed, n_batch, shuffle=True),
        dataFn(teProcessed, n_batch),
        n_epoch,
        model_dir="model/model_mf",
        overwrite=True,
    )

# %%
curves(model.hist, ["rmse", "mae"], "Basic MF, protocol deck")

# %% [markdown]
# The epoch with the lowest valid error is restored.
#
# 還原 valid error 最低的 epoch。

# %%
model.restore("model/model_mf")
measured = model.measure(data)

# %% [markdown]
# ## Similar movies 活用Latent Factor(Embedding)!

# %%
show("mf-most-like", code=False)

# %%
most_like(model, 0, k=10)

# %%
found = beside_deck.most_like("mf", model)
print(
    f"{found['overlap']} of the slide's {len(found['slide'])} movies are in the list; {found['by_chance']:.2f} would be by chance."
)

# %% [markdown]
# Hardly a movie of either list is like Toy Story: with 16 numbers for each movie and few ratings for most of them, the
# direction of an embedding is largely where it started.
#
# 兩份清單幾乎都跟 Toy Story 無關：多數電影的 rating 太少，embedding 的方向大致停在初始值。

# %% [markdown]
# ## Model All Metrics

# %%
show("all-metrics", code=False)

# %% [markdown]
# The dummy model (亂猜) gives random scores. strict: users with at least 10 test ratings, of which no more than half are
# positive.
#
# 亂猜的模型給隨機分數。strict 是至少有 10 筆 test 評分、且正評不超過一半的 user。

# %%
scores = metrics.dummy_scores(data.sizes["n_users"], data.sizes["n_movies"])[
    teProcessed.user, teProcessed.movie
]
dummy = {
    "rmse": metrics.rmse(teProcessed.rating, scores),
    **metrics.ranking_metrics(teProcessed.user, teProcessed.rating, scores),
}
beside("all-metrics-dummy", measured=dummy)

# %%
beside("all-metrics", measured=measured)

# %% [markdown]
# ## Without the leak 沒有 leak 的數字
#
# The deck chooses the epoch on the test rows. Protocol "clean" chooses it on rows taken out of train, and looks at the
# test rows once. For basic MF it makes little difference.
#
# 教材用 test data 挑 epoch；protocol "clean" 從 train data 切出 valid data 來挑，test data 只看一次。對 basic MF 影響不大。

# %%
clean = source.prepare("clean")
honest = MF(n_users=source.n_users, n_movies=len(source.movies))
honest.fit(
    dataFn(clean.train, n_batch, shuffle=True),
    dataFn(clean.valid, n_batch),
    n_epoch,
    model_dir="model/clean",
    overwrite=True,
    verbose=False,
)
honest.restore("model/clean")
beside("all-metrics", protocol_deck=measured, protocol_clean=honest.measure(clean))

# %% [markdown]
# Next: [reco_model_mf_with_history](reco_model_mf_with_history.ipynb), for users who come later.
#
# 接下來：給新 user 的模型。
