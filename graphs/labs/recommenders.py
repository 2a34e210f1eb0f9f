"""What the labs on recommenders check (deck, "Lab", 20 minutes each): the tasks that they share.

Each check looks at a trained model: at its built graph, with numbers given to its nodes, and at its scores on
the test rows. None of them reads the learner's text. TensorFlow is imported when a check is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphs.examples.deck_figures import IDEAL
from graphs.labs import rating_losses
from tfcourse.labs.contract import KnownError, Task, Verdict

if TYPE_CHECKING:
    from tfcourse.recommenders.base import Recommender
    from tfcourse.recommenders.rows import PreparedRatings

TOLERANCE = 0.01  # the slides say "about": what ``tfcourse evaluate`` counts as reached
CHANCE = 0.6  # an ROC AUC above it was learned; that of scores by chance is 0.5
MOST_DROPPED = 0.8
N_ROWS = 12  # rows that a graph is tried out with

Check = Callable[["Recommender", "PreparedRatings"], Verdict]

ERRORS = (
    KnownError(
        r"has no attribute '(is_?train|istraining|is_training|training|IsTrain)'",
        "is-train-name",
        "the flag is the placeholder self.isTrain",
        "這個 placeholder 的名稱是 self.isTrain",
    ),
    KnownError(
        r"float32.*\bbool\b|\bbool\b.*float32|'bool'",
        "label-bool",
        "a comparison gives true or false, and the loss needs numbers: write tf.to_float(... >= 4)",
        "比較的結果是 true 或 false，loss 需要數字：寫 tf.to_float(... >= 4)",
    ),
    KnownError(
        r"[Ss]hape.*\(None, 1\).*\(None,\)|[Ss]hape.*\(None,\).*\(None, 1\)"
        r"|shape \[None, 1\].*shape \[None\]|write label\[:, tf\.newaxis\]",
        "label-shape",
        "infer has the shape (batch, 1) and the label (batch,): write self.rating[:, tf.newaxis]",
        "infer 的 shape 是 (batch, 1)，label 是 (batch,)：寫 self.rating[:, tf.newaxis]",
    ),
)


@dataclass(frozen=True)
class Shipped:
    """A lab as it is handed out.

    Attributes:
        lesson: name of the ready-made lab lesson, whose ideal scores are the slide's.
        rate: the learning rate of its first task. dim: that of its second.
        optimizer: the kind of its optimizer.
        user, movie: attributes of the latent factors that are multiplied, (batch, dim).
        good_rate: the deck's learning rate, as hints name it.
    """

    lesson: str
    rate: float
    dim: int
    optimizer: str
    user: str
    movie: str
    good_rate: str

    def factors(self, model: Recommender) -> tuple[Any, Any]:
        """The latent factors of users and of movies."""
        return getattr(model, self.user), getattr(model, self.movie)


def task(
    name: str, title: str, title_zh: str, variable: str, check: Check, by_rmse: bool = False
) -> Task:
    """A task whose check takes the trained model in ``variable`` and the data.

    Args:
        by_rmse: whether the check counts on the model's RMSE, which then must be of ratings.
    """

    def checked(values: Mapping[str, Any]) -> Verdict:
        from tfcourse.labs import seen
        from tfcourse.recommenders.base import Recommender

        model, data = values[variable], values["data"]
        if not isinstance(model, Recommender):
            return still_open("not-a-model",
                         f"`{variable}` is {type(model).__name__}, not a trained model: assign what `train` returns.",
                         f"`{variable}` 是 {type(model).__name__}，不是訓練好的 model：要指定為 `train` 的回傳值。")  # fmt: skip
        if not seen.epochs_trained(model):
            return still_open("not-trained",
                         f"`{variable}` was built and not trained: make it with `train`.",
                         f"`{variable}` 只建立了 graph，沒有訓練：用 `train` 產生。")  # fmt: skip
        if by_rmse and not rating_losses.rmse_is_of_ratings(model, rows_for(model, data)):
            return still_open("rmse-not-of-ratings",
                         "The model's rmse_loss is not the RMSE of infer and the rating (with cross entropy it is of 0 "
                         "and 1), so it cannot be compared: take a loss of ratings here.",
                         "rmse_loss 不是 infer 與評分的 RMSE（用 cross entropy 時是對 0/1 算的），不能比較：這裡要用評分的 "
                         "loss。")  # fmt: skip
        return check(model, data)

    return Task(name, title, title_zh, (variable, "data"), checked)


def still_open(hint: str, why: str, why_zh: str) -> Verdict:
    """The verdict on a task that is open."""
    return Verdict(False, why, why_zh, hint)


def done(why: str, why_zh: str) -> Verdict:
    """The verdict on a task that is done."""
    return Verdict(True, why, why_zh)


# --- what is measured -------------------------------------------------------------------------


def rmse_of(model: Recommender, data: PreparedRatings) -> float:
    """RMSE on the test rows, by the model's own node."""
    return model.evaluate(model.test_batches(data))["rmse"]


def constant_rmse(data: PreparedRatings) -> float:
    """RMSE on the test rows of a constant, the mean rating of the train rows."""
    return float(np.sqrt(np.mean((data.test.rating - data.train.rating.mean()) ** 2)))


def rows_for(model: Recommender, data: PreparedRatings) -> dict[Any, Any]:
    """A few rows, as numbers for the placeholders; the flag isTrain is false."""
    rows = model.feed_dict(data.train.take(np.arange(N_ROWS)), "eval")
    rows[model.placeholders["rating"]] = rating_losses.RATINGS
    return rows


# --- the checks -------------------------------------------------------------------------------


def rate_task(lab: Shipped) -> Task:
    """A learning rate with which the valid RMSE falls below that of a constant."""

    def check(model: Recommender, data: PreparedRatings) -> Verdict:
        from tfcourse.labs import seen

        error, bar = rmse_of(model, data), constant_rmse(data)
        used = seen.optimizer(model).rate
        rate = float("nan") if used is None else used
        said = f"{rate:.6g}"
        named = isinstance(model.optimizer, str)
        if named and used is not None and not np.isclose(model.learning_rate, rate, rtol=1e-4):
            return still_open("rate-after-training",
                         f"learning_rate says {model.learning_rate:g}, and the model was trained with {said}: "
                         "pass it to `train`, since setting it later trains nothing.",
                         f"learning_rate 是 {model.learning_rate:g}，訓練時用的卻是 {said}：要傳給 `train`，"
                         "訓練之後再設定沒有作用。")  # fmt: skip
        if np.isclose(rate, lab.rate, rtol=1e-4):
            return still_open("rate-unchanged",
                         f"The learning rate is still {said}, the one as shipped: a larger one is needed.",
                         f"Learning rate 仍是原來的 {said}：要改大。")  # fmt: skip
        if error < bar:
            return done(f"With the rate {said} the RMSE is {error:.3f}, that of a constant {bar:.3f}.",
                         f"Learning rate {said} 的 RMSE 是 {error:.3f}，永遠猜平均評分是 {bar:.3f}。")  # fmt: skip
        curve = seen.curve(model, "tr_loss")
        falls = bool(np.all(np.diff(curve) < 0)) and np.isfinite(curve).all() and rate < 1
        if falls:
            return still_open("rate-too-small",
                         f"With the rate {said} the loss falls slowly: the RMSE is {error:.3f}, that of a constant "
                         f"{bar:.3f}. Try {lab.good_rate}.",
                         f"Learning rate {said} 讓 loss 下降得太慢：RMSE 是 {error:.3f}，永遠猜平均評分是 {bar:.3f}。"
                         f"試試 {lab.good_rate}。")  # fmt: skip
        return still_open("rate-too-large",
                     f"With the rate {said} the loss jumps or is NaN: the RMSE is {error:.3f}. Try {lab.good_rate}.",
                     f"Learning rate {said} 太大，loss 震盪或變成 NaN：RMSE 是 {error:.3f}。試試 {lab.good_rate}。")  # fmt: skip

    return task("learning-rate", "A learning rate that learns", "讓 loss 下降的 learning rate", "model_rate", check, by_rmse=True)  # fmt: skip


def dim_task(lab: Shipped) -> Task:
    """Latent factors with another number of dimensions."""

    def check(model: Recommender, data: PreparedRatings) -> Verdict:
        user, movie = (factor.shape.as_list()[-1] for factor in lab.factors(model))
        if model.dim != user or user != movie:
            return still_open("dim-after-building",
                         f"dim says {model.dim}, and the graph has latent factors of {user} (user) and {movie} "
                         "(movie): pass dim to `train`, since the graph is built only once.",
                         f"dim 是 {model.dim}，graph 裡的 latent factor 卻是 {user} 維（user）與 {movie} 維（movie）："
                         "要把 dim 傳給 `train`，graph 建好就不會再變。")  # fmt: skip
        if user == lab.dim:
            return still_open("dim-unchanged",
                         f"The latent factors still have {user} dimension as shipped: try 8, 16 or 32.",
                         f"Latent factor 仍是原來的 {user} 維：試試 8、16 或 32。")  # fmt: skip
        return done(f"Users and movies have latent factors of {user}.",
                     f"User 與 movie 的 latent factor 都是 {user} 維。")  # fmt: skip

    return task("dim", "Latent factors of another length", "另一個 dim", "model_dim", check)


def reg_task(lab: Shipped, terms: str) -> Task:
    """The regularizer in the loss, of the latent factors of both sides.

    Args:
        terms: what the slide's regularizer is of, as hints name it.
    """

    def check(model: Recommender, data: PreparedRatings) -> Verdict:
        from tfcourse.ancestry import ancestors
        from tfcourse.labs import seen
        from tfcourse.mistakes.built import VARIABLES

        given = {**rows_for(model, data), model.infer: rating_losses.SCORES[0]}
        found = seen.penalties(model, given)
        behind = {op.name for op in ancestors([model.loss], stop=list(given))}
        sides = {
            name: {op.name for op in ancestors([getattr(model, name)]) if op.type in VARIABLES}
            for name in (lab.user, lab.movie)
        }
        if not any(side & behind for side in sides.values()):
            return still_open("reg-not-in-loss",
                         f"The loss does not depend on the latent factors but through infer: reg = {model.reg:g} is a "
                         f"number that nothing uses. Add self.reg times tf.nn.l2_loss of {terms} to self.loss.",
                         f"Loss 裡沒有 latent factor 的正規項，reg = {model.reg:g} 只是沒用到的數字。把 self.reg 乘上 "
                         f"{terms} 的 tf.nn.l2_loss 加進 self.loss。")  # fmt: skip
        if not found:
            return still_open("reg-zero",
                         "The regularizer is in the loss, and its weight is 0: give reg a value, as 0.005.",
                         "正規項在 loss 裡，但權重是 0：給 reg 一個值，例如 0.005。")  # fmt: skip
        if any(penalty.kind == "signed" for penalty in found.values()):
            return still_open("reg-signed",
                         "The regularizer sums the latent factors with their signs, so negative ones lower the loss: "
                         "take squares, as tf.nn.l2_loss does.",
                         "正規項直接把 latent factor 加總，負數反而讓 loss 變小：要先平方，例如 tf.nn.l2_loss。")  # fmt: skip
        if any(penalty.scale < 0 for penalty in found.values()):
            return still_open("reg-negative",
                         "The loss falls as the latent factors grow: add the regularizer, do not subtract it.",
                         "Latent factor 越大 loss 反而越小：正規項要用加的，不是減的。")  # fmt: skip
        lost = [name for name, side in sides.items() if not side & set(found)]
        if lost:
            return still_open("reg-one-side",
                         f"The regularizer is of one side only: self.{lost[0]} is not in it.",
                         f"正規項只有一邊：少了 self.{lost[0]}。")  # fmt: skip
        if rating_losses.find(model, rows_for(model, data)) == "constant":
            return still_open("reg-alone",
                         "The loss is the regularizer alone and no longer depends on infer: add it to the MSE.",
                         "Loss 只剩下正規項，與 infer 無關：要加到 MSE 上。")  # fmt: skip
        error, bar = rmse_of(model, data), constant_rmse(data)
        if not error < bar:
            return still_open("reg-too-strong",
                         f"The RMSE is {error:.3f}, no lower than that of a constant ({bar:.3f}): the regularizer is "
                         "too strong. The deck's reg is 0.005.",
                         f"RMSE 是 {error:.3f}，沒有比永遠猜平均評分（{bar:.3f}）好：正規項太強。教材的 reg 是 0.005。")  # fmt: skip
        return done(f"The loss grows with the latent factors of users and movies; the RMSE is {error:.3f}.",
                     f"Loss 包含 user 與 movie 的正規項，RMSE 是 {error:.3f}。")  # fmt: skip

    return task(
        "reg", "The regularizer in the loss", "把正規項加進 loss", "model_reg", check, by_rmse=True
    )


def dropout_task(lab: Shipped) -> Task:
    """Dropout of units in training alone."""
    write = "tf.layers.dropout(units, 0.2, training=self.isTrain)"

    def check(model: Recommender, data: PreparedRatings) -> Verdict:
        from tfcourse.labs import seen

        found = seen.dropouts(model)
        kinds = {dropout.when for dropout in found}
        if not kinds:
            if _differs(model, data, model.pred):
                return still_open("dropout-in-pred",
                             f"Only pred is dropped, which is never trained: drop the units before infer, with {write}.",
                             f"只有 pred 做了 dropout，訓練時卻沒有：在 infer 之前用 {write}。")  # fmt: skip
            return still_open("dropout-missing",
                         f"Nothing on the way to the loss is dropped: write {write}, and use what it returns.",
                         f"通往 loss 的路上沒有 dropout：寫 {write}，並使用它的回傳值。")  # fmt: skip
        if any(dropout.units.shape.as_list()[-1] == 1 != model.dim for dropout in found):
            return still_open("dropout-of-infer",
                         "The prediction itself, or a bias, is dropped, (batch, 1): drop the latent factors or layers.",
                         "被丟掉的是預測值或 bias，shape 是 (batch, 1)：應該丟 latent factor 或 layer 的 neuron。")  # fmt: skip
        if "always" in kinds:
            return still_open("dropout-always",
                         "Units are dropped in evaluation too: write training=self.isTrain, not True, "
                         "and not tf.nn.dropout.",
                         "評估時也在丟 neuron：training 要寫 self.isTrain，不是 True，也不要用 tf.nn.dropout。")  # fmt: skip
        if "evaluation" in kinds:
            return still_open("dropout-inverted",
                         "Units are dropped in evaluation and not in training: the flag is the wrong way round.",
                         "評估時丟、訓練時不丟：training 的條件寫反了。")  # fmt: skip
        if "never" in kinds:
            return still_open("dropout-never",
                         "There is a dropout that never drops: without training=self.isTrain it does nothing.",
                         "有 dropout，但從來不丟：沒有 training=self.isTrain 就沒有作用。")  # fmt: skip
        if _differs(model, data, model.pred):
            return still_open("dropout-in-pred",
                         "pred is dropped in prediction too, so a user's recommendations change from call to call: "
                         "compute it without dropout.",
                         "預測時 pred 也在丟，同一個 user 每次的推薦都不同：pred 不要做 dropout。")  # fmt: skip
        highest = max(dropout.rate for dropout in found)
        if highest > MOST_DROPPED:
            return still_open("dropout-rate",
                         f"{highest:.0%} of the units are dropped: the rate is the share that is dropped, not kept.",
                         f"丟掉了 {highest:.0%} 的 neuron：rate 是丟掉的比例，不是留下的。")  # fmt: skip
        return done(f"{highest:.0%} of the units are dropped in training, none in evaluation and prediction.",
                     f"訓練時丟掉 {highest:.0%}，評估與預測時不丟。")  # fmt: skip

    return task(
        "dropout", "Dropout in training alone", "只在訓練時 dropout", "model_dropout", check
    )


def _differs(model: Recommender, data: PreparedRatings, node: Any) -> bool:
    """Whether a node has other numbers at each call, in prediction."""
    from tfcourse.labs import seen

    with seen.Trial(model) as trial:
        rows = rows_for(model, data)
        return not np.array_equal(trial(node, rows), trial(node, rows))


def loss_task() -> Task:
    """MAE, cross entropy with a sigmoid at ``pred``, or another loss function of ratings."""

    def check(model: Recommender, data: PreparedRatings) -> Verdict:
        kind = rating_losses.find(model, rows_for(model, data))
        if kind in rating_losses.HINTS:
            hint, why, why_zh = rating_losses.HINTS[kind]
            return still_open(hint, why, why_zh)
        sigmoids = rating_losses.sigmoids_at_pred(model, data)
        if rating_losses.is_softmax(model.pred):
            return still_open("pred-softmax",
                         "pred ends in a softmax, over all movies: a user may like many, so take tf.nn.sigmoid.",
                         "pred 對所有電影做了 softmax：一個 user 可以喜歡很多部，要用 tf.nn.sigmoid。")  # fmt: skip
        if kind == "cross-entropy" and sigmoids == 0:
            return still_open("pred-no-sigmoid",
                         "The loss is cross entropy, and pred is still a score: end it in tf.nn.sigmoid, "
                         "so that it is a probability.",
                         "Loss 是 cross entropy，但 pred 還是分數：最後要經過 tf.nn.sigmoid 才是機率。")  # fmt: skip
        if sigmoids > 1:
            return still_open("pred-sigmoid-twice",
                         "pred goes through a sigmoid twice: once is enough.",
                         "pred 經過了兩次 sigmoid：一次就夠。")  # fmt: skip
        if kind != "cross-entropy" and sigmoids:
            return still_open("pred-sigmoid-without-cross-entropy",
                         "The loss is of ratings, so pred is a rating: without cross entropy it ends in no sigmoid.",
                         "Loss 是對評分算的，pred 就是評分：沒有用 cross entropy 就不要經過 sigmoid。")  # fmt: skip
        auc = model.measure(data)["auc"]
        if not auc > CHANCE:
            return still_open("loss-not-learned",
                         f"The loss function is right, and the ROC AUC is {auc:.2f}: nothing was learned. "
                         "Try another learning rate.",
                         f"Loss function 正確，但 ROC AUC 是 {auc:.2f}，沒有學到東西：換一個 learning rate。")  # fmt: skip
        name = {"mae": "MAE", "cross-entropy": "cross entropy"}.get(kind, "another loss of ratings")
        name_zh = {"mae": "MAE", "cross-entropy": "cross entropy"}.get(kind, "另一個評分的 loss")
        return done(f"The loss is {name}; the ROC AUC is {auc:.2f}.",
                     f"Loss 是 {name_zh}，ROC AUC 是 {auc:.2f}。")  # fmt: skip

    return task(
        "loss-function", "Another loss function", "另一個 loss function", "model_loss", check
    )


def optimizer_task(lab: Shipped) -> Task:
    """Another optimizer, with a learning rate that suits it."""

    def check(model: Recommender, data: PreparedRatings) -> Verdict:
        from tfcourse.labs import seen
        from tfcourse.optimizers import make_optimizer

        used = seen.optimizer(model)
        if isinstance(model.optimizer, str):
            asked = type(make_optimizer(model.optimizer, 0.1))
            if asked is not type(model.made_optimizer):
                return still_open("optimizer-after-building",
                             f"optimizer says {model.optimizer!r}, and the graph updates by {used.kind}: pass it to "
                             "`train`, since the graph is built only once.",
                             f"optimizer 是 {model.optimizer!r}，graph 用的卻是 {used.kind}：要傳給 `train`，graph 建好就"
                             "不會再變。")  # fmt: skip
        if used.kind == lab.optimizer:
            return still_open("optimizer-unchanged",
                         f"The graph still updates by {used.kind}, the one as shipped.",
                         f"Graph 仍用原來的 {used.kind} 更新。")  # fmt: skip
        error, bar = rmse_of(model, data), constant_rmse(data)
        if not error < bar:
            rate = "" if used.rate is None else f" with the rate {used.rate:g}"
            return still_open("optimizer-rate",
                         f"By {used.kind}{rate} the RMSE is {error:.3f}, no lower than that of a constant ({bar:.3f}): "
                         "each optimizer wants a rate of its own. Adam's is often 0.001 to 0.01.",
                         f"{used.kind} 的 RMSE 是 {error:.3f}，沒有比永遠猜平均評分（{bar:.3f}）好：每個 optimizer 適合的 "
                         "learning rate 不同，Adam 常用 0.001 到 0.01。")  # fmt: skip
        return done(f"The graph updates by {used.kind}; the RMSE is {error:.3f}.",
                     f"Graph 用 {used.kind} 更新，RMSE 是 {error:.3f}。")  # fmt: skip

    return task(
        "optimizer", "Another optimizer", "另一個 optimizer", "model_optimizer", check, by_rmse=True
    )


def ideal_task(lab: Shipped) -> Task:
    """The slide's ideal scores, within ``TOLERANCE``."""

    def check(model: Recommender, data: PreparedRatings) -> Verdict:
        if data.protocol != "deck":
            return still_open("ideal-protocol",
                         f"data is prepared under {data.protocol}, and the ideal scores are of protocol deck.",
                         f"data 用的是 protocol {data.protocol}，教材的 ideal score 是 protocol deck 的。")  # fmt: skip
        scores = model.measure(data)
        if not np.isfinite(scores["rmse"]):
            return still_open("ideal-nan",
                         "The RMSE is NaN: the training diverged. Try a smaller learning rate.",
                         "RMSE 是 NaN，訓練發散了：learning rate 要改小。")  # fmt: skip
        short = []
        for name, wanted in IDEAL[lab.lesson].items():
            behind = scores[name] - wanted if name == "rmse" else wanted - scores[name]
            if not behind <= TOLERANCE:
                short.append(f"{_NAMES[name]} {scores[name]:.3f} (ideal {wanted:.2f})")
        if short:
            epochs = model.epoch
            return still_open("ideal-not-reached",
                         f"Not reached after {epochs} epochs, within {TOLERANCE}: {', '.join(short)}.",
                         f"訓練 {epochs} 個 epoch 後還沒達到（相差 {TOLERANCE} 以內）：{'、'.join(short)}。")  # fmt: skip
        said = ", ".join(f"{_NAMES[name]} {scores[name]:.3f}" for name in IDEAL[lab.lesson])
        return done(f"Reached: {said}.", f"達到了：{said}。")

    return task("ideal", "The ideal scores", "Ideal score", "best", check, by_rmse=True)


_NAMES = {"rmse": "RMSE", "auc": "ROC AUC", "ndcg_strict": "NDCG strict"}
