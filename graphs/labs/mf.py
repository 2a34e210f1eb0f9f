"""Lab: lab_reco_model_mf.ipynb (deck, "Recommendation Engine in Matrix Factorization", 20 minutes)."""

from __future__ import annotations

from graphs.labs import recommenders as shared
from tfcourse.labs.contract import Lab

SHIPPED = shared.Shipped(
    lesson="mf-lab",
    rate=0.0001,
    dim=1,
    optimizer="sgd",
    user="user_emb",
    movie="item_emb",
    good_rate="0.1",
)

LAB = Lab(
    name="mf",
    file="lab_reco_model_mf.ipynb",
    title="First Model - Basic MF",
    title_zh="第一個 model：Basic MF",
    minutes="20",
    tasks=(
        shared.rate_task(SHIPPED),
        shared.dim_task(SHIPPED),
        shared.reg_task(SHIPPED, "self.user_emb, self.item_emb, self.bias_user, self.bias_item"),
        shared.dropout_task(SHIPPED),
        shared.loss_task(),
        shared.optimizer_task(SHIPPED),
        shared.ideal_task(SHIPPED),
    ),
    errors=shared.ERRORS,
)
