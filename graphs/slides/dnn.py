"""The slides of "Recommendation Engine with DNN"."""

from __future__ import annotations

from graphs.examples.deck_figures import CURVES, IDEAL, METRICS, MOST_LIKE_NOTES
from graphs.slides.slide import Slide

SECTION = "Recommendation Engine with DNN"

SCORE = r"u_i \cdot m_j + b_u + b_m + b_{global}"
LEAKS = (
    "Three leaks are in these figures: a movie's average rating counts its test ratings, the query of a "
    "test row holds the user's test movies with higher ratings, and the epoch is chosen on the test rows. "
    'Without them the gain over basic MF is gone (README, "Two protocols"; --protocol clean).'
)
LEAKS_ZH = (
    "這些數字裡有三個 leak：電影的平均評分算進了 test 的評分；test 的 query 包含該 user 評分更高的 test 電影；"
    "保留哪個 epoch 是看 test data 決定的。去掉之後就不比 Basic MF 好（README 的 Two protocols；--protocol clean）。"
)
PRECISION = (
    " Precision at 10 divides by 10 also for users with fewer test movies, so 1.0 is out of reach."
)
PRECISION_ZH = "Precision at 10 對 test 電影不到 10 部的 user 也除以 10，所以不可能到 1.0。"

SLIDES = (
    Slide(
        key="movie-metadata",
        title="Model - MF with DNN",
        section=SECTION,
        lines=(2240,),
        command="tfcourse example movie-metadata",
        file="graphs/examples/movie_metadata.py",
        code=("run | rated = [ | for i in range(min", "run | title = str | len(stars) else None"),
        quote="title欄位有年份資料 / 可以算出平均評分",
        english="The movie's factor can be improved in the same way: the title has the year, a movie has several "
        "genres, and its ratings have a mean.",
        chinese="同樣的想法也能改進電影的 latent factor：片名裡有年份，一部電影有多個類型，評分可以取平均。",
        note="The average is taken over all ratings, those of the test rows included: the first and largest "
        "leak behind the figures that follow.",
        note_zh="平均評分用了所有評分，包含 test 的評分：這是後面數字裡的第一個、也是最大的 leak。",
    ),
    Slide(
        key="movie-metadata-encoded",
        title="Model - MF with DNN (metadata)",
        section=SECTION,
        lines=(2259,),
        command="tfcourse example movie-metadata",
        file="graphs/examples/movie_metadata.py",
        code=("run | encoded.append( | avg_rating, train rows",),
        quote="avg_rating: 電影的平均評分(已normalize to 0 ~ 1之間)",
        english="What the network is fed of a movie: genres as padded indexes with their number, and average "
        "rating and year scaled to 0..1.",
        chinese="餵給 network 的電影資料：補齊的 genres 與個數，以及縮到 0 到 1 的平均評分與年份。",
        note="avg_rating counts the test ratings, so it tells the model about the ratings that it has to "
        "predict. The slide averages the genres' embeddings; the course's code pools them by SqrtN, and so "
        "does the lesson.",
        note_zh="avg_rating 算進了 test 的評分，等於把要預測的評分告訴模型。投影片說 genres 的 embedding 取平均，"
        "課程的程式用的是 SqrtN，這裡也一樣。",
    ),
    Slide(
        key="mf-with-dnn",
        title="Model - MF with DNN (the network)",
        section=SECTION,
        lines=(2285, 2291, 2297),
        command="tfcourse describe checkpoints/mf_with_dnn",
        file="graphs/mf_with_dnn.py",
        code=(
            "MFWithDNN.graph_inputs",
            "MFWithDNN.graph_embedding",
            "MFWithDNN.genres_lookup",
            "MFWithDNN.graph_dnn",
            "MFWithDNN.pooling",
            "MFWithDNN.graph_computation",
        ),
        quote="matrix factorization with dnn",
        english="The pooled history is multiplied with a movie vector that two dense layers make of the "
        "embedding and the metadata.",
        chinese="合起來的 history 向量，跟兩層 DNN 由 embedding 與 metadata 算出的電影向量做內積。",
        lesson="mf-with-dnn",
    ),
    Slide(
        key="mf-with-dnn-graph-dnn",
        title="Model - MF with DNN(graph_dnn)",
        section=SECTION,
        lines=(2310,),
        command="tfcourse fit mf-with-dnn",
        file="graphs/mf_with_dnn.py",
        code=(
            'MFWithDNN.graph_dnn | with tf.variable_scope("dnn") | # self.item_repr = tf.layers.dropout',
        ),
        quote="這裡的Network structure可以自行調整(增加層數 or 調整neuron數)",
        english="Embedding, genres, average rating and year are joined to 26 numbers, which two ReLU layers "
        "encode.",
        chinese="把 embedding、genres、平均評分與年份接成 26 個數字，再用兩層 ReLU 編碼。",
        formulas=(r"\Rightarrow \text{shape} = 16 + 8 + 1 + 1 = 26",),
        lesson="mf-with-dnn",
    ),
    Slide(
        key="mf-with-dnn-training",
        title="Model - MF with DNN: Trainging",
        section=SECTION,
        lines=(2338,),
        command="tfcourse fit mf-with-dnn",
        file="tfcourse/training.py",
        code=("train | model = make(", "train | model.fit( | verbose=False"),
        quote="Valid RMSE error已經可以低達0.81",
        english="Ten epochs in batches of 128; an epoch is saved when its valid RMSE is the lowest so far. "
        "The code shown is that of tfcourse fit.",
        chinese="訓練十個 epoch，batch 128；valid RMSE 創新低就存檔。這段是 tfcourse fit 的程式。",
        note="The lowest valid RMSE of the table is 0.818, which rounds to 0.82, not 0.81. The valid rows are "
        "the test rows. " + LEAKS,
        note_zh="表中最低的 valid RMSE 是 0.818，四捨五入是 0.82 而不是 0.81。這裡的 valid 就是 test。"
        + LEAKS_ZH,
        lesson="mf-with-dnn",
        deck_curves=CURVES["mf-with-dnn"],
    ),
    Slide(
        key="mf-with-dnn-loss",
        title="Model - MF with DNN: Trainging, the loss",
        section=SECTION,
        lines=(2338,),
        command="tfcourse fit mf-with-dnn",
        file="graphs/mf_with_dnn.py",
        code=("MFWithDNN.graph_loss",),
        quote="Train Error / Val Error",
        english="What these epochs minimise: the mean square error, without a regularizer. The table shows "
        "its root.",
        chinese="這些 epoch 最小化的是 mean square error，沒有 regularizer；表中是它的平方根。",
        lesson="mf-with-dnn",
        deck_curves=CURVES["mf-with-dnn"],
    ),
    Slide(
        key="mf-with-dnn-most-like",
        title="MF with DNN - 活用Latent Factor(Embedding)!",
        section=SECTION,
        lines=(2369,),
        command='tfcourse most-like checkpoints/mf_with_dnn "Toy Story (1995)" -k 11',
        file="tfcourse/recommenders/similar.py",
        code=("most_like",),
        quote="找出跟Toy Story相似的電影",
        english="With metadata the movies near Toy Story are mostly of its kind: animation, children, fantasy.",
        chinese="加入 metadata 後，Toy Story 附近的電影大多是同類：動畫、兒童、奇幻。",
        note=MOST_LIKE_NOTES["mf-with-dnn"],
        note_zh="投影片還原的是 model-9，也就是教材的訓練最後存檔的 epoch。",
        lesson="mf-with-dnn",
    ),
    Slide(
        key="double-bill",
        title="Model - 實際上使用Embedding的例子",
        section=SECTION,
        lines=(2398,),
        command="tfcourse example double-bill",
        file="graphs/examples/double_bill.py",
        code=("embedding", "pairs"),
        quote="使用User embedding找出該user偏好的衣服類型",
        english="Embeddings in use: which clothes a user likes, and what goes with what. The example looks "
        "for movies that go together.",
        chinese="embedding 的實際應用：找出 user 喜歡的衣服，以及什麼跟什麼搭。這裡的例子找適合一起看的電影。",
    ),
    Slide(
        key="mf-with-dnn-metrics",
        title="MF with DNN - Metrics and Comparison",
        section=SECTION,
        lines=(2414,),
        command="tfcourse compare",
        file="graphs/examples/comparison.py",
        code=("compare", "leaks", "what_leaks"),
        quote="RMSE Loss / ROC AUC",
        english="By the slide's figures metadata and a DNN improve all metrics.",
        chinese="依投影片的數字，metadata 加上 DNN 讓所有指標都進步。",
        note="The slide prints a normal NDCG of 0.86, and the table of the last comparison 0.83 for the same "
        "model. 0.83 is what the course's checkpoint gives. " + LEAKS + PRECISION,
        note_zh="這張投影片的 normal NDCG 是 0.86，後面的比較表同一個模型卻是 0.83；用課程的 checkpoint 算出來是 0.83。"
        + LEAKS_ZH
        + PRECISION_ZH,
        lesson="mf-with-dnn",
        deck_figures={**METRICS["mf-with-dnn"], "ndcg_normal": 0.86},
    ),
    Slide(
        key="mf-with-dnn-xent",
        title="Model - MF with DNN(Classification)",
        section=SECTION,
        lines=(2430, 2447),
        command="tfcourse fit mf-with-dnn-xent",
        file="graphs/mf_with_dnn_xent.py",
        code=("MFWithDNNXent.graph_computation", "MFWithDNNXent.graph_loss"),
        quote="通常只能得到1(Positive), 0(Negative)",
        english="Mostly there is only implicit feedback, yes or no. So the label becomes 1 for a rating of 4 "
        "and above, the output a probability, and the loss cross entropy.",
        chinese="多半只有 implicit feedback，也就是有或沒有。所以 4 分以上的 label 變成 1，其餘為 0，輸出變成機率，"
        "loss 用 cross entropy。",
        formulas=(
            r"\text{Label } 0.5 \sim 5 \Rightarrow 1 \text{ or } 0",
            r"P(\text{使用者A 喜歡 電影B}) = \,??",
            rf"f_{{u,m}}(x) = \sigma({SCORE})",
            r"L = -\sum (\hat{y} \cdot \ln f_{u,m}(x) + (1 - \hat{y})(1 - \ln f_{u,m}(x)))",
            r"L = -\sum (\hat{y} \cdot \ln f_{u,m}(x) + (1 - \hat{y}) \ln(1 - f_{u,m}(x)))",
        ),
        note="The slide prints (1 - ln f) as the last factor. It should be ln(1 - f), as in the last formula "
        "and in the code. The slide sums over the rows, the code takes the mean.",
        note_zh="投影片最後的因子印成 (1 - ln f)，應該是 ln(1 - f)，如最後一個公式與程式。投影片是加總，程式取平均。",
        lesson="mf-with-dnn-xent",
    ),
    Slide(
        key="mf-with-dnn-xent-loss",
        title="Model - MF with DNN (graph_loss)",
        section=SECTION,
        lines=(2464,),
        command="tfcourse fit mf-with-dnn-xent",
        file="graphs/mf_with_dnn_xent.py",
        code=('MFWithDNNXent.graph_loss | with tf.variable_scope("loss") | self.mae_loss = ',),
        quote="alter_rating: 在tensorflow裡轉換label",
        english="The label is changed inside the graph, and the cross entropy is computed from the score "
        "before the sigmoid.",
        chinese="在 graph 裡轉換 label，並由 sigmoid 之前的分數計算 cross entropy。",
        note="rmse_loss and mae_loss compare infer, the score before the sigmoid, with labels of 0 and 1. So "
        "they grow as the model becomes surer, and say nothing about its quality.",
        note_zh="rmse_loss 與 mae_loss 拿 infer（sigmoid 之前的分數）跟 0、1 的 label 相比，模型越有把握它們就越大，"
        "並不代表好壞。",
        lesson="mf-with-dnn-xent",
    ),
    Slide(
        key="mf-with-dnn-xent-training",
        title="Model - MF with DNN: Trainging (cross entropy)",
        section=SECTION,
        lines=(2485,),
        command="tfcourse fit mf-with-dnn-xent",
        file="tfcourse/training.py",
        code=("train | model = make(", "train | model.fit( | verbose=False"),
        quote="RMSE的分數與之前的Model相比是無意義的",
        english="Ten epochs that minimise the cross entropy. The code shown is that of tfcourse fit.",
        chinese="訓練十個 epoch，最佳化 cross entropy。這段是 tfcourse fit 的程式。",
        note="The last line of the printed code is cut off. The RMSE is that of the score before the sigmoid "
        "against labels of 0 and 1. " + LEAKS,
        note_zh="印出的程式最後一行被截斷。RMSE 是 sigmoid 之前的分數對 0、1 label 的值。"
        + LEAKS_ZH,
        lesson="mf-with-dnn-xent",
        deck_curves=CURVES["mf-with-dnn-xent"],
    ),
    Slide(
        key="mf-with-dnn-xent-most-like",
        title="MF with DNN(Cross Entropy), 活用Embedding",
        section=SECTION,
        lines=(2515,),
        command='tfcourse most-like checkpoints/mf_with_dnn_xent "Toy Story (1995)" -k 11',
        file="tfcourse/recommenders/similar.py",
        code=("most_like",),
        quote="most_like(model_xent, 0, k=11)",
        english="The movies near Toy Story for the model of likes.",
        chinese="以喜歡與否訓練的模型，找出 Toy Story 附近的電影。",
        note=MOST_LIKE_NOTES["mf-with-dnn-xent"],
        note_zh="投影片還原的是 model-11，但教材的訓練只有 10 個 epoch，最後存的是第 9 個，所以 model-11 出自另一次訓練，"
        "不是教材列出曲線與數字的那一次。",
        lesson="mf-with-dnn-xent",
    ),
    Slide(
        key="mf-with-dnn-xent-metrics",
        title="MF with DNN - Metrics and Comparison (cross entropy)",
        section=SECTION,
        lines=(2551,),
        command="tfcourse compare",
        file="graphs/examples/comparison.py",
        code=("compare", "leaks", "what_leaks"),
        quote="cross entropy loss: 0.53(無法與RMSE相比)",
        english="All models by all metrics. By AUC the model of likes is the best.",
        chinese="所有模型的所有指標。以 AUC 來看，cross entropy 的模型最好。",
        note="The normal NDCG of MF with DNN (MSE) is 0.83 here and 0.86 on the slide of its own comparison; "
        "0.83 is right. " + LEAKS + PRECISION,
        note_zh="MF with DNN(MSE) 的 normal NDCG 在這裡是 0.83，前一個比較表是 0.86；0.83 才對。"
        + LEAKS_ZH
        + PRECISION_ZH,
        lesson="mf-with-dnn-xent",
        deck_figures=METRICS["mf-with-dnn-xent"],
    ),
    Slide(
        key="mf-with-dnn-mse-metrics",
        title="MF with DNN - Metrics and Comparison, MF with DNN(MSE)",
        section=SECTION,
        lines=(2551,),
        command="tfcourse compare",
        file="graphs/examples/comparison.py",
        code=("compare", "leaks", "what_leaks"),
        quote="MF with DNN(MSE)",
        english="The same table's column of the model of ratings.",
        chinese="同一張表中以評分訓練的模型那一欄。",
        note=LEAKS + PRECISION,
        note_zh=LEAKS_ZH + PRECISION_ZH,
        lesson="mf-with-dnn",
        deck_figures=METRICS["mf-with-dnn"],
    ),
    Slide(
        key="lab-mf-with-dnn",
        title="Lab: lab_reco_model_mf_dnn.ipynb",
        section=SECTION,
        lines=(2565,),
        command="tfcourse fit mf-with-dnn-lab",
        file="graphs/mf_with_dnn_lab.py",
        code=("MFWithDNNLab",),
        quote='搜尋 "Do:" 就可以找到可能要修改的位置',
        english="Lab: change learning rate, dim, dropout, loss, optimizer and the layers of MF with DNN.",
        chinese="Lab：調整 MF with DNN 的 learning rate、dim、dropout、loss function、optimizer 與 DNN structure。",
        note="The slide's ideal strict NDCG is 0.60, while the deck's own table has 0.73 for this model. The "
        "ideal RMSE of 0.82 is out of reach without the leaks of the deck's protocol.",
        note_zh="投影片的理想 strict NDCG 是 0.60，教材自己的表格卻是 0.73。理想的 RMSE 0.82 若沒有 deck protocol 的 "
        "leak 就達不到。",
        lesson="mf-with-dnn-lab",
        deck_figures=IDEAL["mf-with-dnn-lab"],
    ),
    Slide(
        key="in-use",
        title="Model MF with DNN 彈性的應用",
        section=SECTION,
        lines=(2575,),
        command='tfcourse recommend checkpoints/mf_with_dnn --liked "Toy Story (1995)"',
        file="tfcourse/recommenders/similar.py",
        code=("recommend | if len(history) == 0: | scores = (vectors @",),
        quote="推薦最歡迎商品 / Content base recommendation / Model recommendation",
        english="A user without a history gets popular movies, one with a little history movies near it in "
        "the embedding, and one with much history the model's.",
        chinese="沒有紀錄的 user 推薦最歡迎的電影；有一點紀錄的用 item embedding；紀錄多的直接用模型。",
    ),
    Slide(
        key="new-movies",
        title="Model MF with DNN 彈性的應用 (對於新進來的電影)",
        section=SECTION,
        lines=(2575,),
        command="tfcourse fit mf-with-dnn-new-movies",
        file="graphs/mf_with_dnn_new_movies.py",
        code=(
            "MFWithDNNNewMovies.graph_inputs",
            "MFWithDNNNewMovies.graph_embedding",
            "MFWithDNNNewMovies.graph_dnn",
        ),
        quote="不使用指向性的Feature ⇒ Ex: Movie ID",
        english="A new movie gets its vector from the metadata, if the model has no feature that identifies a "
        "movie.",
        chinese="模型不用指向性的 feature（例如 Movie ID），新電影就能由 metadata 得到 embedding。",
        note="The slide counts avg_rating among the metadata of a new movie. A movie that nobody has rated "
        "has none.",
        note_zh="投影片把 avg_rating 也列為新電影的 metadata，但還沒有人評分的電影沒有平均評分。",
        lesson="mf-with-dnn-new-movies",
    ),
)
