# %% [markdown]
# # Recommendation Engine with DNN: MF with DNN
#
# The deck's last section: a movie's latent factor is computed from its embedding and its metadata by a DNN. The gain in
# the deck's table is mostly a data leak, which this notebook shows beside honest figures. Each cell with `show` gives a
# slide in short beside the code of the lesson, read from its file. The lab to this notebook is
# [lab_reco_model_mf_dnn](lab_reco_model_mf_dnn.ipynb).
#
# 教材的最後一部分：電影的 latent factor 由 embedding 與 metadata 經過 DNN 得到。教材表格中的進步大多來自 data leak，這裡把沒有 leak 的數字並排。每個 `show` 把投影片的重點與 lesson 的程式碼並排，程式碼直接讀自檔案。

# %% tags=["parameters"]
n_epoch = 10  # the deck's epochs; 1 shows only that all runs
n_epoch_honest = 20  # of the honest model, which is not the deck's

# %%
import pandas as pd

from graphs.examples import beside_deck
from graphs.examples.item_knn import ItemKNN
from graphs.honest_raters import HonestRaters
from graphs.mf_with_dnn import MFWithDNN
from graphs.mf_with_dnn_new_movies import MFWithDNNNewMovies
from graphs.mf_with_dnn_xent import MFWithDNNXent
from tfcourse import dataFn, metrics, most_like
from tfcourse.datasets import movielens
from tfcourse.notebook import FIGURES, beside, curves, show
from tfcourse.tf1 import tf

# %% [markdown]
# ## Movie metadata

# %%
show("movie-metadata", "movie-metadata-encoded", code=False)

# %%
source = movielens.load("data")
print("Data:", source.source)
data = source.prepare("deck")
trProcessed, teProcessed = data.train, data.test
n_batch = 128
columns = ["genres", "genres_len", "avg_rating", "year", "candidate_movie_id", "rating"]
batch = trProcessed.take([0, 1, 2, 3, 4], columns)
titles = source.movies.title[batch["candidate_movie_id"]]
pd.DataFrame({"title": titles, **batch, "genres": batch["genres"].tolist()}).round(3)

# %% [markdown]
# ## The model

# %%
show("mf-with-dnn", "mf-with-dnn-graph-dnn")

# %%
sizes = {"n_movies": len(source.movies), "n_genres": data.sizes["n_genres"]}
model = MFWithDNN(**sizes)
pd.DataFrame(
    [(v.op.name, v.shape.as_list()) for v in model.graph.get_collection("trainable_variables")],
    columns=["variable", "shape"],
)

# %% [markdown]
# ## Training

# %%
show("mf-with-dnn-training", code=False)
show("mf-with-dnn-loss")

# %%
# 每個batch的數量
n_batch = 128
with tf.Session(graph=model.graph) as sess:
    model.fit(
        sess,
        dataFn(trProcessed, n_batch, shuffle=True),
        dataFn(teProcessed, n_batch),
        n_epoch,
        model_dir="model/model_mf_with_dnn",
        overwrite=True,
    )

# %% [markdown]
# Epoch by epoch, the slide's errors beside these.
#
# 每個 epoch 的 error，投影片與實測並排。

# %%
hist = dict(model.hist)
pd.DataFrame(beside_deck.epochs("mf-with-dnn", hist)).set_index("epoch").round(3)

# %%
model.restore("model/model_mf_with_dnn")
measured = model.measure(data)
beside("mf-with-dnn-mse-metrics", protocol_deck=measured)

# %% [markdown]
# ## Similar movies 活用Latent Factor(Embedding)!

# %%
show("mf-with-dnn-most-like", code=False)

# %%
most_like(model, 0, k=11)

# %%
found = beside_deck.most_like("mf-with-dnn", model)
print(
    f"{found['overlap']} of the slide's {len(found['slide'])} movies are in the list; {found['by_chance']:.2f} would be by chance."
)

# %% [markdown]
# The metadata do that: most of these movies share genres with Toy Story.
#
# 這是 metadata 的功勞：這些電影的 genres 大多和 Toy Story 相同。

# %%
show("mf-with-dnn-metrics", code=False)

# %% [markdown]
# ## The leaks
#
# The model knows three things of the test rows: a movie's average rating counts its test ratings; a test row's query holds
# the user's test movies that were rated higher; the epoch is chosen on the test rows. One leak at a time, then none:
#
# 模型事先知道 test data 的三件事：平均評分算進了 test rating、query 含有評分更高的 test 電影、用 test data 挑 epoch。一次只留一個 leak，最後全部拿掉：

# %%
rows = {"all three (the deck)": measured}
curves_of = {"all three (the deck)": hist}
for what, protocol in {
    "only the average": "only-average-leaks",
    "only the queries": "only-queries-leak",
    "only the choice of the epoch": "only-epoch-leaks",
    "none (clean)": "clean",
}.items():
    prepared = source.prepare(protocol)
    one = MFWithDNN(**sizes)
    one.fit(
        dataFn(prepared.train, n_batch, shuffle=True),
        dataFn(prepared.valid, n_batch),
        n_epoch,
        model_dir=f"model/{protocol}",
        overwrite=True,
        verbose=False,
    )
    curves_of[what] = dict(one.hist)
    one.restore(f"model/{protocol}")
    rows[what] = one.measure(prepared)
leaks = pd.DataFrame(rows).T[["rmse", "auc", "ndcg_strict", "precision_strict"]].rename(columns=FIGURES)
leaks.rename_axis(columns="what leaks").round(3)

# %%
curves(
    {what: curves_of[what] for what in ("all three (the deck)", "none (clean)")},
    ["rmse"],
    "With the leaks, and without",
)

# %% [markdown]
# The valid rows of "clean" are a tenth of the train rows, drawn at random; the deck's test rows are of later movies and
# harder to predict. So the RMSE of the table is above that of the curve.
#
# "clean" 的 valid data 是從 train data 隨機抽出的十分之一；test data 是 id 較後面的電影，比較難，所以表格的 RMSE 比曲線高。
#
# Two yardsticks without any leak, on the same test rows: the baseline of 2001, and the honest model of this project
# (`docs/honest.md`), which learns from ratings that are not in its batch.
#
# 兩個沒有 leak 的對照：2001 年的 item-kNN，以及本專案誠實的模型。

# %%
clean = source.prepare("clean")
train, _ = source.split()
known = source.user[train], source.movie[train], source.rating[train]
knn = ItemKNN(*known, source.n_users, len(source.movies)).scores(range(source.n_users))
score = knn[teProcessed.user, teProcessed.movie]
rows["item-kNN (2001), nothing leaks"] = {
    "rmse": metrics.rmse(teProcessed.rating, score),
    **metrics.ranking_metrics(teProcessed.user, teProcessed.rating, score),
}
raters = HonestRaters(**{k: v for k, v in clean.sizes.items() if k in HonestRaters.hyperparameter_names()})
raters.fit(
    raters.train_batches(clean), raters.valid_batches(clean), n_epoch_honest, engine="feed", verbose=False
)
rows["honest-raters, nothing leaks"] = raters.measure(clean)
leaks = pd.DataFrame(rows).T[["rmse", "auc", "ndcg_strict", "precision_strict"]].rename(columns=FIGURES)
leaks.rename_axis(columns="what leaks").round(3)

# %%
raters.most_like("Toy Story (1995)", 6)

# %% [markdown]
# ## Classification: cross entropy

# %%
show("mf-with-dnn-xent", "mf-with-dnn-xent-loss")

# %%
model_xent = MFWithDNNXent(**sizes)
with tf.Session(graph=model_xent.graph) as sess:
    model_xent.fit(
        sess,
        dataFn(trProcessed, n_batch=n_batch, shuffle=True),
        dataFn(teProcessed, n_batch),
        n_epoch,
        model_dir="model/model_mf_with_dnn_xent",
        overwrite=True,
    )

# %%
xent_hist = dict(model_xent.hist)
pd.DataFrame(beside_deck.epochs("mf-with-dnn-xent", xent_hist)).set_index("epoch").round(3)

# %%
model_xent.restore("model/model_mf_with_dnn_xent")
# cross entropy訓練出來的model
most_like(model_xent, 0, k=11)

# %% [markdown]
# ## Metrics and Comparison
#
# The RMSE of the cross entropy model compares a score with 0 or 1, so it means nothing beside the others.
#
# 最佳化 cross entropy 的 RMSE 與其他模型無法相比。

# %%
show("mf-with-dnn-xent-metrics", code=False)

# %%
honest_xent = MFWithDNNXent(**sizes)
honest_xent.fit(
    dataFn(clean.train, n_batch, shuffle=True),
    dataFn(clean.valid, n_batch),
    n_epoch,
    model_dir="model/xent_clean",
    overwrite=True,
    verbose=False,
)
honest_xent.restore("model/xent_clean")
beside(
    "mf-with-dnn-xent-metrics",
    protocol_deck=model_xent.measure(data),
    protocol_clean=honest_xent.measure(clean),
)

# %% [markdown]
# ## New users, new movies 彈性的應用

# %%
show("in-use", code=False)
show("new-movies")

# %%
new = MFWithDNNNewMovies(**sizes)
new.fit(dataFn(clean.train, n_batch, shuffle=True), dataFn(clean.valid, n_batch), n_epoch, verbose=False)
index = new.add_movie(
    "A New Toy Story (2026)", "Adventure|Animation|Children|Comedy|Fantasy", 2026, avg_rating=4.0
)
new.most_like(index, 6)
