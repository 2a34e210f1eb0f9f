"""Lab: lab_reco_model_mf.ipynb (deck, "Recommendation Engine in Matrix Factorization").

A variant of "First Model - Basic MF" in which dropout and the loss are hyper-parameters too
(``graphs.recommender_lab``). Dropout is of the latent factors u and m, not of the biases. The
regularizer is of the latent factors before it. With the defaults it is the lesson itself.

The ideal scores of the slide: valid RMSE about 0.92, ROC AUC about 0.74, strict NDCG about 0.63.
"""

from __future__ import annotations

from graphs.mf import MF
from graphs.recommender_lab import RecommenderLab


class MFLab(RecommenderLab, MF):
    lesson = "mf-lab"

    def graph_embedding(self):
        super().graph_embedding()
        self.regularized += [self.user_emb, self.item_emb, self.bias_user, self.bias_item]
        self.user_emb = self.dropout(self.user_emb)  # (batch, dim)
        self.item_emb = self.dropout(self.item_emb)
