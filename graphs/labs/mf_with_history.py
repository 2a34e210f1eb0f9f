"""Lab: lab_reco_model_mf_with_history.ipynb (deck, "Recommendation Engine in Matrix Factorization", 20 minutes)."""

from __future__ import annotations

from graphs.labs import recommenders as shared
from tfcourse.labs.contract import Lab

SHIPPED = shared.Shipped(
    lesson="mf-with-history-lab",
    rate=0.00001,
    dim=1,
    optimizer="sgd",
    user="query_emb",
    movie="candidate_emb",
    good_rate="0.05",
)

LAB = Lab(
    name="mf-with-history",
    file="lab_reco_model_mf_with_history.ipynb",
    title="Model - MF with History",
    title_zh="Model：MF with History",
    minutes="20",
    tasks=(
        shared.rate_task(SHIPPED),
        shared.dim_task(SHIPPED),
        shared.reg_task(SHIPPED, "self.query_emb and self.candidate_emb"),
        shared.dropout_task(SHIPPED),
        shared.loss_task(),
        shared.optimizer_task(SHIPPED),
        shared.ideal_task(SHIPPED),
    ),
    errors=shared.ERRORS,
)
