"""The slides of "Recommendation Engine in Matrix Factorization"."""

from __future__ import annotations

from graphs.examples.deck_figures import IDEAL, METRICS
from graphs.slides.slide import Slide

SECTION = "Recommendation Engine in Matrix Factorization"

BIASED = r"u_i \cdot m_j + b_u + b_m + b_{global}"
DO = '搜尋 "Do:" 就可以找到可能要修改的位置'
PRECISION = (
    "Precision at 10 divides the hits by 10 for every user, also where a user has fewer test movies, so "
    "1.0 is out of reach."
)
PRECISION_ZH = (
    "Precision at 10 對每個 user 都除以 10，即使他的 test 電影不到 10 部，所以不可能到 1.0。"
)
PRECISION_NOTE = PRECISION + " The epoch that is kept is chosen on the test rows."
PRECISION_NOTE_ZH = PRECISION_ZH + "保留哪一個 epoch 是看 test data 決定的。"

SLIDES = (
    Slide(
        key="movielens-data",
        title="Movielens Data",
        section=SECTION,
        lines=(1796,),
        command="tfcourse example movielens-data",
        file="graphs/examples/movielens_data.py",
        code=("run",),
        quote="User Movie Rating / User Movie Tag / Movie Metadata",
        english="Who rated which movie, with how many stars and when; tags; title and genres of each movie.",
        chinese="哪個 user 在什麼時候給哪部電影幾分；tag；每部電影的片名與類型。",
    ),
    Slide(
        key="latent-factor",
        title="Concept of Latent Factor",
        section=SECTION,
        lines=(1831,),
        command="tfcourse example latent-factor --plot points.png",
        file="graphs/examples/latent_factor.py",
        code=("RATINGS", "LatentFactor", "InThePlane"),
        quote="User與Movie的距離",
        english="The table of ratings, mostly empty, is approximated by the product of two small tables: the "
        "latent factors of users and movies.",
        chinese="大部分是空白的評分表，用兩個小表的乘積來近似：user 與 movie 的 latent factor。",
        formulas=(
            r"R = \begin{bmatrix} 3 & 5 & & & 1 \\ & & 2 & 4 & \\ 5 & & 1 & & \\ & 3 & & 3 & 3 "
            r"\end{bmatrix} \approx U \times M",
        ),
    ),
    Slide(
        key="reflections",
        title="Relections(Transformation)",
        section=SECTION,
        lines=(1868,),
        command="tfcourse example user-embedding",
        file="graphs/examples/user_embedding.py",
        code=("IDS", "encoded"),
        quote="把user和movie看成是categorical variable ⇒ One Hot Encoding",
        english="Ids are categories and not quantities, so they are one-hot encoded and then transformed, as "
        "in cascading functions.",
        chinese="id 是類別而不是數量，先做 One Hot Encoding，再像 cascading functions 一樣轉換。",
    ),
    Slide(
        key="user-embedding",
        title="User ID To Embedding",
        section=SECTION,
        lines=(1884,),
        command="tfcourse example user-embedding",
        file="graphs/examples/user_embedding.py",
        code=("WEIGHTS", "run | one_hot = tf.one_hot | looked_up = tf.nn.embedding_lookup"),
        quote="第i號user的latent factor等價於取Weight的第i列 ⇒ Embedding",
        english="One-hot times weights is a row of the weights, so the row is looked up: the embedding.",
        chinese="one hot 乘上 weights 就是取出其中一列，所以直接查表即可，這就是 embedding。",
        formulas=(
            r"\begin{bmatrix} 1 & 0 & 0 & 0 \\ 0 & 1 & 0 & 0 \\ 0 & 0 & 1 & 0 \\ 0 & 0 & 0 & 1 "
            r"\end{bmatrix} \times \begin{bmatrix} 1 & 1 & 1 \\ 2 & 2 & 2 \\ 3 & 3 & 3 \\ 4 & 4 & 4 "
            r"\end{bmatrix} = \begin{bmatrix} 1 & 1 & 1 \\ 2 & 2 & 2 \\ 3 & 3 & 3 \\ 4 & 4 & 4 "
            r"\end{bmatrix}",
        ),
    ),
    Slide(
        key="mf-formulation",
        title="Model Formulation and Loss Function",
        section=SECTION,
        lines=(1901,),
        command="tfcourse example latent-factor",
        file="graphs/examples/latent_factor.py",
        code=(
            "LatentFactor.graph_computation",
            "LatentFactor.graph_biases",
            "LatentFactor.graph_loss",
        ),
        quote="User rating behavior and movie being rated are highly biased",
        english="A rating is the product of a user's and a movie's factors, plus biases of the user, of the "
        "movie, and of all. The loss is summed over the pairs that were rated.",
        chinese="評分是 user 與 movie 的 factor 內積，再加上 user、movie 與整體的 bias。loss 只加總有評分的組合。",
        formulas=(
            r"\begin{aligned} r_{12} &\Rightarrow u_1 \cdot m_2 \approx 5 \\ r_{33} &\Rightarrow u_3 "
            r"\cdot m_3 \approx 1 \\ r_{23} &\Rightarrow u_2 \cdot m_3 \approx 2 \end{aligned}",
            r"L = \sum_{(i,j)} (u_i \cdot m_j - r_{ij})^2",
            r"\mathbf{wx + b} \rightarrow " + BIASED,
            rf"L = \sum_{{(i,j)}} ({BIASED} - r_{{ij}})^2",
        ),
    ),
    Slide(
        key="mf-prediction",
        title="Prediction",
        section=SECTION,
        lines=(1941,),
        command="tfcourse example prediction",
        file="graphs/examples/prediction.py",
        code=("U_M", "B_U", "B_GLOBAL", "B_M", "run"),
        quote="這個例子實際跑出來的",
        english="All users against all movies at once: b_u is added to each row, b_m to each column, b_global "
        "to every number.",
        chinese="一次算出所有 user 對所有 movie 的分數：b_u 加到每一列，b_m 加到每一行，b_global 加到每個數字。",
        formulas=(
            BIASED,
            r"\begin{bmatrix} 3.5 & 4.7 & 0.87 & 1.87 & 0.8 \\ 4.87 & 5.6 & 2.1 & 3.87 & 4.57 \\ "
            r"5.87 & 4.78 & 1.87 & 1.2 & 3.6 \\ 1.7 & 3.2 & 2.9 & 2.87 & 2.6 \end{bmatrix} + "
            r"\begin{bmatrix} 0.1 \\ 0.2 \\ 0.3 \\ 0.4 \end{bmatrix} + 0.5 + "
            r"\begin{bmatrix} 0.8 & 0.7 & 0.6 & 0.5 & 0.4 \end{bmatrix}",
            r"\text{Predict} = \begin{bmatrix} 4.9 & 6.0 & 2.07 & 2.97 & 1.8 \\ 6.37 & 7.0 & 3.4 & 5.07 "
            r"& 5.67 \\ 7.47 & 6.28 & 3.27 & 2.5 & 4.8 \\ 3.4 & 4.8 & 4.4 & 4.27 & 3.9 \end{bmatrix}",
        ),
    ),
    Slide(
        key="mf",
        title="First Model - Basic MF",
        section=SECTION,
        lines=(1963, 1967),
        command="tfcourse fit mf",
        file="graphs/mf.py",
        code=("MF.graph_inputs", "MF.graph_embedding", "MF.graph_computation", "MF.graph_loss"),
        quote="Function set formulation / Loss function",
        english="The first recommender: matrix factorization with biases, and L2 on factors and biases.",
        chinese="第一個推薦模型：加上 bias 的 matrix factorization，factor 與 bias 都做 L2 regularization。",
        formulas=(
            r"f_{u,m}(x) = " + BIASED,
            r"L = \sum (f_{u,m}(x) - r_{ij})^2 + \lambda \cdot \frac{1}{2} \left(\sum u^2 + \sum m^2 + "
            r"\sum b_u^2 + \sum b_m^2\right)",
        ),
        note="The slide sums the squared errors. The code takes their mean over the batch, and sums the "
        "regularizer over the embeddings that the batch looks up.",
        note_zh="投影片把平方誤差加總；程式取一個 batch 的平均，regularizer 則只加總這個 batch 查到的 embedding。",
        lesson="mf",
    ),
    Slide(
        key="mf-facts",
        title="Basic MF",
        section=SECTION,
        lines=(1982,),
        command="tfcourse demo",
        file="graphs/examples/demo.py",
        code=("run",),
        quote="4分以上算正評 / 未滿4分認為是負評或是不列入推薦名單",
        english="671 users, 9,125 movies, ratings from 0.5 to 5. From 4 up a rating counts as positive.",
        chinese="671 個 user、9125 部電影，評分 0.5 到 5 分，4 分以上算正評。",
        note="The course's split is not random: it takes the first 70% of each user's positive ratings and of "
        "the others, in the order of the file, which is that of the movie ids. The test movies are the later "
        "ones, and 19.4% of the test rows are of movies without a train rating. It is harder than a random "
        "split. 59 of the 9,125 movies have no rating at all.",
        note_zh="課程的切分不是隨機的：每個 user 的正評與其他評分，各依檔案順序（也就是 movie id 的順序）取前 70% 當 train，"
        "所以 test 是 id 較後面的電影；test 的評分有 19.4% 屬於 train 裡完全沒有評分的電影，比隨機切分更難。"
        "9125 部電影中有 59 部沒有任何評分。",
        lesson="mf",
    ),
    Slide(
        key="mf-most-like",
        title="Basic MF - 活用Latent Factor(Embedding)!",
        section=SECTION,
        lines=(1995,),
        command='tfcourse most-like checkpoints/mf "Toy Story (1995)"',
        file="tfcourse/recommenders/similar.py",
        code=("most_like",),
        quote="活用Latent Factor(Embedding)!",
        english="The movies whose latent factors point in the direction of Toy Story's.",
        chinese="latent factor 方向跟 Toy Story 最接近的電影。",
        lesson="mf",
    ),
    Slide(
        key="all-metrics",
        title="Model All Metrics",
        section=SECTION,
        lines=(2015,),
        command="tfcourse compare",
        file="graphs/examples/comparison.py",
        code=("compare", "beside_the_deck"),
        quote="RMSE Loss / ROC AUC / NDCG / Precision at 10",
        english="Basic MF by all metrics, beside random guesses. Strict users have at least 10 test ratings "
        "and no more positive than negative ones.",
        chinese="Basic MF 的所有指標，旁邊是亂猜的結果。strict 的 user 至少有 10 筆 test 評分，且正評不多於負評。",
        note=PRECISION_NOTE,
        note_zh=PRECISION_NOTE_ZH,
        lesson="mf",
        deck_figures=METRICS["mf"],
    ),
    Slide(
        key="all-metrics-dummy",
        title="Model All Metrics, Dummy Model(亂猜)",
        section=SECTION,
        lines=(2015,),
        command="tfcourse compare",
        file="graphs/examples/comparison.py",
        code=("BASELINES", "_baseline"),
        quote="Dummy Model(亂猜)",
        english="What random scores between 0 and 1 reach: the floor for all metrics.",
        chinese="用 0 到 1 的隨機分數能得到多少，也就是所有指標的底線。",
        note=PRECISION,
        note_zh=PRECISION_ZH,
        deck_figures=METRICS["dummy"],
    ),
    Slide(
        key="lab-mf",
        title="Lab: lab_reco_model_mf.ipynb",
        section=SECTION,
        lines=(2027,),
        command="tfcourse fit mf-lab",
        file="graphs/mf_lab.py",
        code=("MFLab",),
        quote=DO,
        english="Lab: change the learning rate, dim, reg, dropout, loss and optimizer of basic MF, and reach "
        "the ideal scores.",
        chinese="Lab：調整 Basic MF 的 learning rate、dim、reg、dropout、loss function 與 optimizer，達到理想分數。",
        lesson="mf-lab",
        deck_figures=IDEAL["mf-lab"],
    ),
    Slide(
        key="new-users",
        title="Model - MF with History",
        section=SECTION,
        lines=(2035,),
        command='tfcourse recommend checkpoints/mf_with_history --liked "Toy Story (1995)"',
        file="tfcourse/recommenders/similar.py",
        code=("recommend",),
        quote="在不重train的狀況下, 希望能夠對新來的 user(有rating history)做推薦",
        english="Basic MF knows nothing of a new user without retraining. A model of the history does.",
        chinese="Basic MF 不重 train 就不認識新的 user；改用 rating history 的模型就可以。",
    ),
    Slide(
        key="mf-with-history",
        title="Model - MF with History (the network)",
        section=SECTION,
        lines=(2053, 2059),
        command="tfcourse fit mf-with-history",
        file="graphs/mf_with_history.py",
        code=(
            "MFWithHistory.graph_inputs",
            "MFWithHistory.graph_embedding",
            "MFWithHistory.pooling",
            "MFWithHistory.graph_computation",
            "MFWithHistory.graph_loss",
        ),
        english="A user is the movies that the user rated: their embeddings are pooled to one vector, which "
        "takes the place of the user's factor.",
        chinese="user 就是他評過分的電影：把這些電影的 embedding 合成一個向量，取代 user 的 latent factor。",
        lesson="mf-with-history",
    ),
    Slide(
        key="leave-one-out",
        title="Model - MF with History (leave one out, query_movie_ids_len)",
        section=SECTION,
        lines=(2072, 2098),
        command="tfcourse example queries",
        file="graphs/examples/queries.py",
        code=("run", "_query"),
        quote="query_movie_ids: train data中47號的有rating的movie id, 排除1393號 ⇒ leave one out",
        english="The query of a row is the user's train history without the movie to be predicted. Queries "
        "are padded to one length, and their true length is fed too.",
        chinese="每一筆的 query 是該 user 在 train 裡的歷史，扣掉要預測的那一部。query 補到一樣長，並另外給真正的長度。",
        note="The test queries of the course also hold the user's test movies with higher ratings, so the "
        "order of the answers leaks into the question. Protocol clean leaves them out.",
        note_zh="課程的 test query 還包含該 user 評分更高的 test 電影，答案的順序就洩漏到題目裡。protocol clean 不放這些。",
    ),
    Slide(
        key="leave-one-out-in-time",
        title="Model - MF with History (leave one out, 考慮時間)",
        section=SECTION,
        lines=(2072,),
        command="tfcourse fit mf-with-history --time-aware",
        file="tfcourse/recommenders/histories.py",
        code=("Histories.leave_one_out", "Histories.before"),
        quote="leave one out(考慮時間)",
        english="With time considered, the query holds only what the user rated before.",
        chinese="考慮時間的話，query 只放在那之前評過分的電影。",
        lesson="mf-with-history",
    ),
    Slide(
        key="mf-with-history-sum",
        title="Movie ID Aggregation(Pooling) ? Sum",
        section=SECTION,
        lines=(2120,),
        command="tfcourse fit mf-with-history-sum",
        file="graphs/mf_with_history_sum.py",
        code=("MFWithHistorySum.learning_rate", "MFWithHistorySum.pooling"),
        quote="embedding向量相加",
        english="Sum: the vectors are added, so a user with many ratings has a long vector.",
        chinese="Sum：向量相加，評分多的 user 向量就很長。",
        formulas=(r"u = \sum_{i=1}^{n} w_i",),
        lesson="mf-with-history-sum",
    ),
    Slide(
        key="mf-with-history-mean",
        title="Movie ID Aggregation(Pooling) ? Mean",
        section=SECTION,
        lines=(2120,),
        command="tfcourse fit mf-with-history-mean",
        file="graphs/mf_with_history_mean.py",
        code=("MFWithHistoryMean.pooling",),
        quote="embedding向量相加後平均",
        english="Mean: the vectors are averaged, whatever their number.",
        chinese="Mean：向量相加後平均，跟數量無關。",
        formulas=(r"u = \frac{1}{n} \sum_{i=1}^{n} w_i",),
        lesson="mf-with-history-mean",
    ),
    Slide(
        key="mf-with-history-sqrtn",
        title="Movie ID Aggregation(Pooling) ? SqrtN",
        section=SECTION,
        lines=(2120,),
        command="tfcourse fit mf-with-history",
        file="graphs/mf_with_history.py",
        code=("MFWithHistory.pooling | query_emb_mask | self.query_emb = ",),
        quote="將weight normalize後對embedding做weighted sum / 在這批資料中效果較好",
        english="SqrtN: the sum divided by the root of the number, between sum and mean. The slide finds it "
        "best on these data.",
        chinese="SqrtN：總和除以個數的根號，介於 Sum 與 Mean 之間；投影片說在這批資料效果較好。",
        formulas=(r"u = \frac{1}{\sqrt{n}} \sum_{i=1}^{n} w_i",),
        lesson="mf-with-history",
    ),
    Slide(
        key="mf-with-history-pooling",
        title="MF with History - Aggregation(Pooling)",
        section=SECTION,
        lines=(2146,),
        command="tfcourse fit mf-with-history",
        file="graphs/mf_with_history.py",
        code=(
            'MFWithHistory.graph_computation | with tf.variable_scope("computation")',
            "MFWithHistory.pooling | # weighted avg | self.query_bias = ",
        ),
        quote="weighted sum of X and normalized W",
        english="The code of SqrtN: a mask of the padded query, normalized to length 1, weights the "
        "embeddings.",
        chinese="SqrtN 的程式：用補齊後 query 的 mask，normalize 成長度 1 之後當作 embedding 的權重。",
        formulas=(
            r"\frac{X_1 W_1 + X_2 W_2 + \dots + X_n W_n}{\sqrt{W_1^2 + W_2^2 + \dots + W_n^2}}",
        ),
        note="The printed comment has no brackets around the sum; the root divides all of it, as in the "
        "formula here and in the code.",
        note_zh="印出的註解沒有把總和括起來；根號要除的是整個總和，如這裡的公式與程式。",
        lesson="mf-with-history",
    ),
    Slide(
        key="mf-with-history-prediction",
        title="MF with History - Prediction (graph_computation)",
        section=SECTION,
        lines=(2168,),
        command="tfcourse recommend checkpoints/mf_with_history --user 47",
        file="graphs/mf_with_history.py",
        code=("MFWithHistory.graph_computation | infer = tf.reduce_sum | self.b_global  #",),
        quote="infer節點與pred節點做的事情是一樣的",
        english="infer scores pairs, as in training. pred scores one query against all movies by a matrix "
        "product, which is faster.",
        chinese="infer 計算一對一的分數，訓練時用；pred 用矩陣乘法一次算出一個 query 對所有電影的分數，比較快。",
        formulas=(r"f_{u,m}(x) = " + BIASED,),
        lesson="mf-with-history",
    ),
    Slide(
        key="mf-with-history-metrics",
        title="MF with History - Metrics and Comparison",
        section=SECTION,
        lines=(2196,),
        command="tfcourse compare",
        file="graphs/examples/comparison.py",
        code=("compare", "beside_the_deck"),
        quote="效果沒有進步 / 但後者的Model較有彈性!",
        english="The history does as well as a user id, and serves new users without retraining.",
        chinese="用 history 跟用 user id 效果差不多，但不必重 train 就能服務新 user。",
        note="The test queries hold the user's test movies with higher ratings. " + PRECISION_NOTE,
        note_zh="test query 包含該 user 評分更高的 test 電影。" + PRECISION_NOTE_ZH,
        lesson="mf-with-history",
        deck_figures=METRICS["mf-with-history"],
    ),
    Slide(
        key="lab-mf-with-history",
        title="Lab: lab_reco_model_mf_with_history.ipynb",
        section=SECTION,
        lines=(2213,),
        command="tfcourse fit mf-with-history-lab",
        file="graphs/mf_with_history_lab.py",
        code=("MFWithHistoryLab",),
        quote=DO,
        english="Lab: the same hyper-parameters for MF with history, and the same ideal scores.",
        chinese="Lab：MF with History 也調同樣的參數，理想分數相同。",
        lesson="mf-with-history-lab",
        deck_figures=IDEAL["mf-with-history-lab"],
    ),
)
