"""Lab: lab_reco_model_mf_with_history.ipynb (deck, "Recommendation Engine in Matrix Factorization").

A variant of "Model - MF with History" in which dropout and the loss are hyper-parameters too
(``graphs.recommender_lab``). Dropout is of the latent factors u, pooled, and m, not of the biases. The
regularizer is of the latent factors before it. With the defaults it is the lesson itself.

The ideal scores of the slide: valid RMSE about 0.92, ROC AUC about 0.74, strict NDCG about 0.63.
"""

from __future__ import annotations

from graphs.mf_with_history import MFWithHistory
from graphs.recommender_lab import RecommenderLab


class MFWithHistoryLab(RecommenderLab, MFWithHistory):
    lesson = "mf-with-history-lab"

    def graph_embedding(self):
        super().graph_embedding()
        self.regularized += [self.candidate_emb]
        self.candidate_emb = self.dropout(self.candidate_emb)  # (batch, dim)

    def pooling(self):
        super().pooling()
        self.regularized += [self.query_emb]
        self.query_emb = self.dropout(self.query_emb)  # (batch, dim)
