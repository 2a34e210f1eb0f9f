"""Lab: lab_reco_model_mf_dnn.ipynb (deck, "Recommendation Engine with DNN", 20 minutes).

The ideal strict NDCG on the slide is 0.60, where the deck's own table has 0.73 for this model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphs.labs import recommenders as shared
from tfcourse.labs.contract import KnownError, Lab, Verdict

if TYPE_CHECKING:
    from tfcourse.recommenders.base import Recommender
    from tfcourse.recommenders.rows import PreparedRatings

SHIPPED = shared.Shipped(
    lesson="mf-with-dnn-lab",
    rate=0.00001,
    dim=1,
    optimizer="sgd",
    user="query_emb",
    movie="item_repr",
    good_rate="0.01",
)


def _structure(model: Recommender, data: PreparedRatings) -> Verdict:
    """Dense layers other than the deck's two, with an activation function between them."""
    from tfcourse.labs import seen

    widths = [layer.units for layer in seen.layers(model)]
    said = ", ".join(map(str, widths))
    if len(widths) < 2:
        return shared.still_open("one-layer",
                                 f"There are too few dense layers behind infer (widths: {said or 'none'}): add layers.",
                                 f"infer 之前的 dense layer 太少（neuron 數：{said or '無'}）：增加層數。")  # fmt: skip
    linear = [name for name, kind in seen.activations(model).items() if kind == "linear"]
    if linear:
        return shared.still_open("no-activation",
                                 f"After {linear[0]} there is no activation function, so it and the next layer are "
                                 "one linear layer: write activation=tf.nn.relu.",
                                 f"{linear[0]} 之後沒有 activation function，與下一層合起來仍是一層 linear：加上 "
                                 "activation=tf.nn.relu。")  # fmt: skip
    if widths == [model.dim] * 2:
        return shared.still_open("deck-structure",
                                 f"These are the deck's two layers ({said}): change their number or a width.",
                                 f"這是教材的兩層（{said}）：改變層數或 neuron 數。")  # fmt: skip
    error, bar = shared.rmse_of(model, data), shared.constant_rmse(data)
    if not error < bar:
        return shared.still_open("structure-not-learned",
                                 f"With the layers {said} the RMSE is {error:.3f}, no lower than that of a constant "
                                 f"({bar:.3f}): try other widths, fewer layers or another learning rate.",
                                 f"{said} 的 RMSE 是 {error:.3f}，沒有比永遠猜平均評分（{bar:.3f}）好：換寬度、減少層數，或"
                                 "換 learning rate。")  # fmt: skip
    return shared.done(f"The layers are {said}; the RMSE is {error:.3f}.",
                       f"Network 的 neuron 數是 {said}，RMSE 是 {error:.3f}。")  # fmt: skip


LAB = Lab(
    name="mf-with-dnn",
    file="lab_reco_model_mf_dnn.ipynb",
    title="Model - MF with DNN",
    title_zh="Model：MF with DNN",
    minutes="20",
    tasks=(
        shared.rate_task(SHIPPED),
        shared.dim_task(SHIPPED),
        shared.dropout_task(SHIPPED),
        shared.loss_task(),
        shared.optimizer_task(SHIPPED),
        shared.task(
            "dnn-structure",
            "Another DNN structure",
            "另一個 DNN structure",
            "model_structure",
            _structure,
            by_rmse=True,
        ),
        shared.ideal_task(SHIPPED),
    ),
    errors=(
        KnownError(
            r"Dimensions must be equal, but are \d+ and \d+ for '\{\{node computation/",
            "last-width",
            "the last layer's output is multiplied with the query's embedding, so its width is dim",
            "最後一層的輸出要與 query 的 embedding 相乘，寬度一定是 dim",
        ),
        *shared.ERRORS,
    ),
)
