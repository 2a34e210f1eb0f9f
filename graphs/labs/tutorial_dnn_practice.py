"""Lab: lab_tutorial_dnn_practice.ipynb (deck, "Deep Neural Network(DNN) Tips").

Eight tasks of the deck's seven labs on Pokémon: cross entropy in place of MSE, learning rates, activation
functions, optimizers, early stopping, L2 and L1, dropout. ``HINTS`` are the wrong answers that are told
apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse.labs.contract import PARAMETERS, KnownError, Lab, Task, Verdict

if TYPE_CHECKING:
    from tfcourse.labs.forms import Penalty
    from tfcourse.model import BaseModel

# The deck's settings.
EPOCHS = {"n_epoch": 30, "n_epoch_overfit": 50, "n_epoch_dropout": 100}
RATES = (0.1, 0.01, 0.001)
RATE = 0.01  # of activations and optimizers
ACTIVATIONS = ("relu", "leaky_relu", "softplus", "tanh")
OPTIMIZERS = ("adam", "adagrad", "momentum", "rmsprop")
MOMENTUM = 0.9
THRES = 5
SCALE = 0.01
DROP_RATES = (0.3, 0.6)  # from, to
_ACTIVATION_NAMES = {name.replace("_", "") for name in (*ACTIVATIONS, "sigmoid")}
_FEW = 5  # with fewer epochs nothing is said of how a loss falls

#: By hint: what is wrong, in English and in Chinese.
HINTS: dict[str, tuple[str, str]] = {
    # any task
    "not-a-model": (
        "{name} must be a model, or a dict of models, and is {found}",
        "{name} 要放 model（或 model 的 dict），現在是 {found}",
    ),
    "not-trained": (
        "{name} was built and not trained: call fit",
        "{name} 建好了但還沒訓練：請呼叫 fit",
    ),
    "too-few-epochs": (
        "{name} was trained for {found} epochs, and the slide has {wanted}",
        "{name} 只訓練了 {found} 個 epoch，投影片上是 {wanted} 個",
    ),
    "loss-not-falling": (
        "the train loss of {name} has not fallen: {first:.3f} after the first epoch, {last:.3f} after the last",
        "{name} 的 train loss 沒有下降：第一個 epoch {first:.3f}，最後一個 {last:.3f}",
    ),
    "loss-not-finite": (
        "the loss of {name} is NaN or infinite: a lower learning rate may help",
        "{name} 的 loss 變成 NaN 或無限大：learning rate 調小一點試試",
    ),
    # the loss
    "still-mse": (
        "the loss of {name} is still the mean squared error: write "
        "tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=self.nets)",
        "{name} 的 loss 還是 MSE：請改用 "
        "tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=self.nets)",
    ),
    "mean-absolute-error": (
        "the loss of {name} is the mean absolute error, and the task is cross entropy",
        "{name} 的 loss 是 mean absolute error，題目要的是 cross entropy",
    ),
    "sigmoid-cross-entropy": (
        "the loss of {name} is sigmoid cross entropy, for labels that do not exclude each other. One of "
        "five Pokémon appears: use softmax cross entropy",
        "{name} 的 loss 是 sigmoid cross entropy，那是給可以同時成立的 label 用的。"
        "五隻寶可夢只會出現一隻：請用 softmax cross entropy",
    ),
    "softmax-twice": (
        "the loss of {name} has the softmax twice: softmax_cross_entropy_with_logits adds it itself, so give "
        "it the scores, logits=self.nets, and not pred",
        "{name} 的 loss 做了兩次 softmax：這個 function 會自動幫 prediction 加上 softmax，"
        "所以 logits 要給 self.nets，不是 pred",
    ),
    "sigmoid-before-softmax": (
        "the loss of {name} takes a sigmoid of the scores first: give logits=self.nets as they are",
        "{name} 的 loss 先對分數做了 sigmoid：logits 直接給 self.nets 就好",
    ),
    "output-activation": (
        "the output layer of {name} has the activation {found}: only the hidden layers have one, the scores "
        "stay as they are",
        "{name} 的 output layer 也加了 {found}：只有 hidden layer 要 activation function，"
        "output layer 的分數不要動",
    ),
    "labels-and-logits-swapped": (
        "labels and logits have each other's place in the loss: write labels=self.labels, logits=self.nets",
        "loss 裡的 labels 和 logits 放反了：請寫 labels=self.labels, logits=self.nets",
    ),
    "loss-not-reduced": (
        "the loss has a number for each row, and training needs one for the batch: write tf.reduce_mean(...)",
        "loss 每列各有一個數字，訓練需要整個 batch 一個：請用 tf.reduce_mean(...)",
    ),
    "loss-is-sum": (
        "the loss of {name} is the sum over the batch, so its gradient is {found:.0f} times as large: write "
        "tf.reduce_mean",
        "{name} 的 loss 是整個 batch 的總和，gradient 會放大 {found:.0f} 倍：請用 tf.reduce_mean",
    ),
    "loss-scaled": (
        "the loss of {name} is {found:.3g} times the mean cross entropy: take the mean over rows of the sum "
        "over classes, times 1",
        "{name} 的 loss 是平均 cross entropy 的 {found:.3g} 倍：每列先對 class 加總，再對列取平均，不要再乘別的數",
    ),
    "other-loss": (
        "the loss of {name} is not the cross entropy of softmax(nets) and the labels",
        "{name} 的 loss 不是 softmax(nets) 與 labels 的 cross entropy",
    ),
    "loss-without-gradient": (
        "the loss gives the weights no gradient: labels and logits may have each other's place, or an argmax or "
        "a comparison is between the scores and the loss. Write labels=self.labels, logits=self.nets",
        "loss 對 weight 沒有 gradient：可能是 labels 和 logits 放反了，或是分數先經過了 argmax 或比較。"
        "請寫 labels=self.labels, logits=self.nets",
    ),
    "pred-changed": (
        "pred of {name} is no longer softmax(nets): only the loss is to be changed",
        "{name} 的 pred 不再是 softmax(nets)：這裡只要改 loss",
    ),
    "acc-changed": (
        "acc of {name} is no longer the share of rows whose largest pred is that of the label",
        "{name} 的 acc 不再是「pred 最大的 class 與 label 相同」的比例",
    ),
    # learning rates
    "rates-missing": (
        "no model was trained with the learning rate {missing}; those seen: {found}",
        "還沒有用 learning rate {missing} 訓練；目前有：{found}",
    ),
    "one-model-for-all": (
        "{found} entries of {name} are one and the same model, which keeps the last training alone: build a "
        "model for each learning rate",
        "{name} 裡有 {found} 個其實是同一個 model，只會留下最後一次訓練：每個 learning rate 都要建一個新的 model",
    ),
    "rate-not-passed": (
        "the model under {key} was trained with the learning rate {found:g}: pass it, fit(..., lr=lr)",
        "{key} 的 model 其實是用 learning rate {found:g} 訓練的：記得傳進去 fit(..., lr=lr)",
    ),
    "rate-replaced-by-fit": (
        "the model was built with learning_rate={built:g}, but fit was given lr={found:g}, which counts: leave "
        "one of them out",
        "model 建立時是 learning_rate={built:g}，但 fit 又給了 lr={found:g}，以後者為準：兩個留一個就好",
    ),
    "other-rate": (
        "{name} was trained with the learning rate {found:g}, and the slide has {wanted:g}",
        "{name} 用的 learning rate 是 {found:g}，投影片上是 {wanted:g}",
    ),
    # activations
    "activation-unchanged": (
        "the hidden layers still have sigmoid: replace activation=tf.nn.sigmoid",
        "hidden layer 還是 sigmoid：請換掉 activation=tf.nn.sigmoid",
    ),
    "activations-missing": (
        "no model has {missing} in both hidden layers; those seen: {found}",
        "還沒有兩個 hidden layer 都用 {missing} 的 model；目前有：{found}",
    ),
    "one-layer-changed": (
        "the hidden layers of {name} have different activations, {found}: change both",
        "{name} 的 hidden layer 用了不同的 activation function（{found}）：兩層都要改",
    ),
    "activation-not-named": (
        "the model under {key} has the activation {found}",
        "{key} 的 model 實際上用的是 {found}",
    ),
    # optimizers
    "optimizer-unchanged": (
        "the update is still that of GradientDescentOptimizer",
        "訓練用的還是 GradientDescentOptimizer",
    ),
    "optimizer-not-used": (
        "the update of the model under {key} is that of {found}: minimize must be called on the new optimizer, "
        "and graph_train must return what it gives",
        "{key} 的 model 更新時用的是 {found}：要用新的 optimizer 呼叫 minimize，並且由 graph_train return",
    ),
    "optimizers-missing": (
        "no model is trained with {missing}; those seen: {found}",
        "還沒有用 {missing} 訓練；目前有：{found}",
    ),
    "momentum-missing": (
        "MomentumOptimizer takes the momentum too: tf.train.MomentumOptimizer(lr, momentum=0.9)",
        "MomentumOptimizer 還要給 momentum：tf.train.MomentumOptimizer(lr, momentum=0.9)",
    ),
    "other-momentum": (
        "MomentumOptimizer has momentum {found:g}, and the slide has momentum=0.9",
        "MomentumOptimizer 的 momentum 是 {found:g}，投影片上是 momentum=0.9",
    ),
    "rate-not-lr": (
        "the optimizer under {key} has the learning rate {found:g} of its own: give it self.lr, which fit sets "
        "to {wanted:g}",
        "{key} 的 optimizer 自己用了 learning rate {found:g}：請給它 self.lr，fit 會把它設成 {wanted:g}",
    ),
    # early stopping
    "no-callback": (
        "fit was given no callback: write callback=EarlyStopping(thres=5)",
        "fit 沒有 callback：請加上 callback=EarlyStopping(thres=5)",
    ),
    "callback-not-passed": (
        "an EarlyStopping was made, but fit was not given it: write fit(..., callback={found})",
        "EarlyStopping 建好了，但沒有傳給 fit：請寫 fit(..., callback={found})",
    ),
    "other-callback": (
        "the callback of fit is no EarlyStopping: {found}",
        "fit 的 callback 不是 EarlyStopping：{found}",
    ),
    "callback-is-a-class": (
        "the callback is the class EarlyStopping itself: make one, callback=EarlyStopping(thres=5)",
        "callback 給的是 EarlyStopping 這個 class：請建立一個，callback=EarlyStopping(thres=5)",
    ),
    "other-thres": (
        "EarlyStopping has thres={found}, and the slide has thres=5",
        "EarlyStopping 的 thres 是 {found}，投影片上是 thres=5",
    ),
    "no-valid-rows": (
        "EarlyStopping looks at the valid loss, and fit was given no valid rows: pass valid_fn too",
        "EarlyStopping 看的是 valid loss，但 fit 沒有拿到 valid 資料：valid_fn 也要傳",
    ),
    # regularizers
    "no-regularizer": (
        "{name} has no regularizer: give the hidden layers kernel_regularizer=tf.contrib.layers.{kind}_regularizer(0.01), "
        "and add tf.losses.get_regularization_loss() to the loss",
        "{name} 沒有 regularizer：請在 hidden layer 加上 kernel_regularizer=tf.contrib.layers.{kind}_regularizer(0.01)，"
        "再把 tf.losses.get_regularization_loss() 加進 loss",
    ),
    "regularizer-not-in-loss": (
        "the layers have a regularizer, but the loss does not hold its terms: write "
        "self.loss += tf.losses.get_regularization_loss()",
        "layer 有 regularizer，但 loss 沒有加上它：請寫 self.loss += tf.losses.get_regularization_loss()",
    ),
    "regularizer-alone": (
        "the loss of {name} is the regularizer alone: add it to the cross entropy, self.loss += ...",
        "{name} 的 loss 只剩下 regularizer：要加到 cross entropy 上，self.loss += ...",
    ),
    "regularizer-signed": (
        "the regularizer of {name} sums the weights with their signs, so negative ones lower the loss: the task is "
        "{wanted}, of squares (L2) or absolute values (L1)",
        "{name} 的 regularizer 直接把 weight 加總，負的 weight 反而讓 loss 變小：題目要的是 {wanted}，"
        "要先平方（L2）或取絕對值（L1）",
    ),
    "regularizer-unknown": (
        "the regularizer of {name} is neither Σ w² nor Σ |w| times a number: the task is {wanted}",
        "{name} 的 regularizer 不是 Σ w² 也不是 Σ |w| 的倍數：題目要的是 {wanted}",
    ),
    "regularizer-on-bias": (
        "the regularizer is of the biases ({found}): use kernel_regularizer, weight decay is of the kernels",
        "regularizer 加在 bias 上（{found}）：請用 kernel_regularizer，weight decay 是對 kernel 做的",
    ),
    "regularizer-on-one-layer": (
        "the regularizer is missing in {found}: each hidden layer has one",
        "{found} 沒有 regularizer：每個 hidden layer 都要加",
    ),
    "other-regularizer": (
        "the regularizer of {name} is {found}, and the task is {wanted}",
        "{name} 的 regularizer 是 {found}，題目要的是 {wanted}",
    ),
    "other-scale": (
        "the scale of the regularizer is {found:g} times {formula}, and the slide has 0.01",
        "regularizer 的 scale 是 {found:g} 乘 {formula}，投影片上是 0.01",
    ),
    # dropout
    "no-dropout": (
        "{name} has no dropout: write nets = tf.layers.dropout(nets, 0.5, training=self.isTrain) after each "
        "hidden layer, and use its result",
        "{name} 沒有 dropout：請在每個 hidden layer 之後加 "
        "nets = tf.layers.dropout(nets, 0.5, training=self.isTrain)，後面要用它的結果",
    ),
    "dropout-never-on": (
        "dropout without training= never drops anything, not even in training: write training=self.isTrain",
        "沒有寫 training= 的 dropout 永遠不會作用，訓練時也不會：請寫 training=self.isTrain",
    ),
    "dropout-always-on": (
        "dropout is on at evaluation too, so the valid loss is that of a network with holes: write "
        "training=self.isTrain",
        "驗證時 dropout 也在作用，valid loss 會變成缺了神經元的結果：請寫 training=self.isTrain",
    ),
    "dropout-inverted": (
        "dropout is on at evaluation and off in training: write training=self.isTrain",
        "dropout 在驗證時作用、訓練時反而關掉：請寫 training=self.isTrain",
    ),
    "keep-probability": (
        "the rate is {found:g}: that many of the units are dropped. tf.layers.dropout takes the share to drop, "
        "0.3 to 0.6, and not the share to keep",
        "rate 是 {found:g}，表示丟掉這個比例的神經元。tf.layers.dropout 要給的是丟掉的比例（0.3 到 0.6），不是保留的比例",
    ),
    "rate-too-low": (
        "the rate is {found:g}, and the slide tries 0.3 to 0.6",
        "rate 是 {found:g}，投影片試的是 0.3 到 0.6",
    ),
    "dropout-on-output": (
        "dropout is of the output layer too: the scores of the classes must all stay",
        "output layer 也加了 dropout：各 class 的分數不能丟掉",
    ),
    "dropout-on-inputs": (
        "dropout is of the input columns: put it after the hidden layers",
        "dropout 加在 input 上：請放在 hidden layer 之後",
    ),
    "dropout-after-one-layer": (
        "dropout follows only hidden layer {found}: put one after each hidden layer",
        "只有第 {found} 個 hidden layer 之後有 dropout：每個 hidden layer 之後都要加",
    ),
}  # fmt: skip


class Wrong(Exception):
    """A wrong answer.

    Args:
        hint: one of ``HINTS``. values: what its text has in braces.
    """

    def __init__(self, hint: str, **values: Any):
        super().__init__(hint)
        english, chinese = HINTS[hint]
        self.verdict = Verdict(False, english.format(**values), chinese.format(**values), hint)


def _task(
    name: str, variable: str, title: str, title_zh: str, look: Any, done: str, done_zh: str
) -> Task:
    """A task whose check calls ``look`` with the variable's value and all values. It raises ``Wrong``, or
    gives what the two texts have in braces."""

    def check(values: Mapping[str, Any]) -> Verdict:
        try:
            found = look(values[variable], values)
        except Wrong as wrong:
            return wrong.verdict
        return Verdict(True, done.format(**found), done_zh.format(**found))

    return Task(name, title, title_zh, (variable,), check)


# --- what several tasks look at ------------------------------------------------------------------


def _wanted(values: Mapping[str, Any], name: str) -> int:
    """The epochs that the slide has; fewer if the check itself runs a short form."""
    return int(values.get(PARAMETERS, {}).get(name, EPOCHS[name]))


def _model(found: Any, name: str) -> BaseModel:
    from tfcourse.model import BaseModel

    if not isinstance(found, BaseModel):
        raise Wrong("not-a-model", name=name, found=_kind(found))
    return found


def _models(found: Any, name: str) -> dict[str, BaseModel]:
    if not isinstance(found, dict) or not found:
        raise Wrong("not-a-model", name=name, found=_kind(found))
    return {str(key): _model(model, f"{name}[{key!r}]") for key, model in found.items()}


def _kind(found: Any) -> str:
    """A value in a few words."""
    if isinstance(found, type):
        return f"the class {found.__name__}"
    return "{}" if found == {} else f"of type {type(found).__name__}"


def _trained(model: BaseModel, name: str, epochs: int) -> None:
    from tfcourse.labs import seen

    if not (found := seen.epochs_trained(model)):
        raise Wrong("not-trained", name=name)
    curve = seen.curve(model, "tr_loss")
    if not np.all(np.isfinite(curve + seen.curve(model, "vl_loss"))):
        raise Wrong("loss-not-finite", name=name)
    if found < epochs and not model.stopped:
        raise Wrong("too-few-epochs", name=name, found=found, wanted=epochs)
    if len(curve) >= _FEW and not curve[-1] < curve[0]:
        raise Wrong("loss-not-falling", name=name, first=curve[0], last=curve[-1])


def _labels(model: BaseModel) -> dict[Any, np.ndarray]:
    """Labels for a few rows, and inputs, which some losses depend on beside the scores."""
    labels = np.eye(model.n_classes, dtype=np.float32)[[0, 1, 2, 3, 4, 1, 0]]
    inputs = np.random.default_rng(5).normal(0, 1, (7, model.inputs.shape.as_list()[-1]))
    return {model.labels: labels, model.inputs: inputs.astype(np.float32)}


def _cross_entropy(model: BaseModel, name: str) -> None:
    """Look whether the loss is the mean cross entropy of the last layer's scores."""
    from tfcourse.labs import seen

    layers, given = seen.layers(model), _labels(model)
    if not layers:
        raise Wrong("other-loss", name=name)
    scores = layers[-1].output
    if any(place.after == len(layers) for place in seen.dropouts(model)):
        raise Wrong("dropout-on-output")
    form = seen.loss_form(model, scores, given, given[model.labels])
    if form.kind == "squared":
        raise Wrong("still-mse", name=name)
    # With labels of 0 and 1, log(labels + 1e-8) times pred is as the absolute error, many times as large.
    if form.kind == "absolute" and not form.is_sum and form.factor > model.n_classes + 1:
        raise Wrong("labels-and-logits-swapped")
    if form.kind == "absolute":
        raise Wrong("mean-absolute-error", name=name)
    if form.kind == "sigmoid-ce":
        raise Wrong("sigmoid-cross-entropy", name=name)
    if form.kind == "softmax-ce-swapped":
        raise Wrong("labels-and-logits-swapped")
    if form.kind != "softmax-ce":
        raise Wrong("other-loss", name=name)
    if form.before == "softmax":
        raise Wrong("softmax-twice", name=name)
    if form.before == "sigmoid" and seen.activation_between(model, scores, model.nets) == "linear":
        raise Wrong("sigmoid-before-softmax", name=name)
    if form.before:
        raise Wrong("output-activation", name=name, found=form.before)
    if form.is_sum:
        raise Wrong("loss-is-sum", name=name, found=model.n_batch)
    if abs(form.factor - 1) > 0.01:
        raise Wrong("loss-scaled", name=name, found=form.factor)


def _prediction(model: BaseModel, name: str) -> None:
    """Look whether pred and acc are those of the lesson."""
    from tfcourse.labs import seen

    scores, given = seen.layers(model)[-1].output, _labels(model)
    numbers = np.random.default_rng(4).normal(0, 2, (7, model.n_classes)).astype(np.float32)
    trial = seen.trial_of(model)
    pred = trial(model.pred, {scores: numbers})
    acc = trial(model.metrics().get("acc", model.loss), {**given, scores: numbers})
    powers = np.exp(numbers - numbers.max(1, keepdims=True))
    softmax = powers / powers.sum(1, keepdims=True)
    if pred.shape != softmax.shape or not np.allclose(pred, softmax, atol=1e-4):
        raise Wrong("pred-changed", name=name)
    hits = numbers.argmax(1) == given[model.labels].argmax(1)
    if not np.allclose(acc, hits.mean(), atol=1e-4):
        raise Wrong("acc-changed", name=name)


def _rate(model: BaseModel, name: str, wanted: float) -> None:
    from tfcourse.labs import seen

    rate = seen.optimizer(model).rate
    if rate is not None and not np.isclose(rate, wanted, rtol=1e-3):
        raise Wrong("other-rate", name=name, found=rate, wanted=wanted)


def _joined(found: Any) -> str:
    return ", ".join(map(str, found)) or "-"


# --- the tasks -----------------------------------------------------------------------------------


def _look_at_cross_entropy(found: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    model = _model(found, "model_xent")
    _cross_entropy(model, "model_xent")
    _prediction(model, "model_xent")
    _trained(model, "model_xent", _wanted(values, "n_epoch"))
    return {"loss": model.hist["tr_loss"][-1], "acc": model.hist["tr_acc"][-1]}


def _look_at_rates(found: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    from tfcourse.labs import seen

    models = _models(found, "models_lr")
    different = {id(model) for model in models.values()}
    if len(different) < len(models):
        raise Wrong("one-model-for-all", name="models_lr", found=len(models) - len(different) + 1)
    rates = []
    for key, model in models.items():
        name = f"models_lr[{key}]"
        _cross_entropy(model, name)
        _trained(model, name, _wanted(values, "n_epoch"))
        rate = seen.optimizer(model).rate
        if rate is None:
            continue
        rates.append(rate)
        given = [fit.rate for fit in seen.fits(model)] or [rate]
        if not np.isclose(model.learning_rate, given[-1]) and model.learning_rate != RATE:
            raise Wrong("rate-replaced-by-fit", built=model.learning_rate, found=given[-1])
        if _is_number(key) and not np.isclose(float(key), rate, rtol=1e-3):
            raise Wrong("rate-not-passed", key=key, found=rate)
    missing = [r for r in RATES if not any(np.isclose(r, rate, rtol=1e-3) for rate in rates)]
    if missing:
        raise Wrong(
            "rates-missing", missing=_joined(missing), found=_joined(f"{r:g}" for r in rates)
        )
    return {"losses": _joined(f"{k}: {m.hist['tr_loss'][-1]:.3f}" for k, m in models.items())}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _look_at_activations(found: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    from tfcourse.labs import seen

    models = _models(found, "models_activation")
    kinds = []
    for key, model in models.items():
        name = f"models_activation[{key!r}]"
        layers = seen.activations(model)
        if len(set(layers.values())) > 1:
            raise Wrong("one-layer-changed", name=name, found=_named(layers))
        kind = next(iter(layers.values()))
        if kind == "sigmoid" and len(models) == 1:
            raise Wrong("activation-unchanged")
        _cross_entropy(model, name)
        _prediction(model, name)
        _trained(model, name, _wanted(values, "n_epoch"))
        _rate(model, name, RATE)
        meant = re.sub(r"[\W_]", "", key).lower()
        if meant != kind.replace("_", "") and meant in _ACTIVATION_NAMES:
            raise Wrong("activation-not-named", key=key, found=kind)
        kinds.append(kind)
    missing = [kind for kind in ACTIVATIONS if kind not in kinds]
    if missing:
        raise Wrong("activations-missing", missing=_joined(missing), found=_joined(kinds))
    return {"accs": _joined(f"{k}: {m.hist['tr_acc'][-1]:.3f}" for k, m in models.items())}


def _named(layers: Mapping[str, str]) -> str:
    return _joined(f"{layer}: {kind}" for layer, kind in layers.items())


def _look_at_optimizers(found: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    from tfcourse.labs import seen

    models = _models(found, "models_optimizer")
    kinds = []
    for key, model in models.items():
        name = f"models_optimizer[{key!r}]"
        made = seen.optimizer(model)
        meant = key.lower().removesuffix("optimizer")
        if meant in OPTIMIZERS and made.kind != meant:
            raise Wrong("optimizer-not-used", key=key, found=made.kind)
        if made.kind == "sgd" and len(models) == 1:
            raise Wrong("optimizer-unchanged")
        if made.kind == "momentum" and not np.isclose(made.momentum or 0, MOMENTUM, rtol=1e-3):
            raise Wrong("other-momentum", found=made.momentum or 0)
        given = [fit.rate for fit in seen.fits(model)] or [RATE]
        if made.rate is not None and not np.isclose(made.rate, given[-1], rtol=1e-3):
            raise Wrong("rate-not-lr", key=key, found=made.rate, wanted=given[-1])
        _cross_entropy(model, name)
        # With some data a step of 0.01 is too large for an optimizer: its loss need not fall.
        if not (epochs := seen.epochs_trained(model)):
            raise Wrong("not-trained", name=name)
        if epochs < (wanted := _wanted(values, "n_epoch")):
            raise Wrong("too-few-epochs", name=name, found=epochs, wanted=wanted)
        _rate(model, name, RATE)
        kinds.append(made.kind)
    missing = [kind for kind in OPTIMIZERS if kind not in kinds]
    if missing:
        raise Wrong("optimizers-missing", missing=_joined(missing), found=_joined(kinds))
    return {"losses": _joined(f"{k}: {m.hist['tr_loss'][-1]:.3f}" for k, m in models.items())}


def _look_at_stopping(found: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    from tfcourse.callbacks import EarlyStopping
    from tfcourse.labs import seen

    model = _model(found, "model_stopped")
    if not (calls := seen.fits(model)):
        raise Wrong("not-trained", name="model_stopped")
    stoppers = [c for c in calls[-1].callbacks if hasattr(c, "thres")]
    if not stoppers:
        made = [name for name, value in values.items() if isinstance(value, EarlyStopping)]
        if made:
            raise Wrong("callback-not-passed", found=made[0])
        if calls[-1].callbacks:
            raise Wrong(
                "other-callback", found=_joined(type(c).__name__ for c in calls[-1].callbacks)
            )
        raise Wrong("no-callback")
    if not calls[-1].has_valid:
        raise Wrong("no-valid-rows")
    if stoppers[0].thres != THRES:
        raise Wrong("other-thres", found=stoppers[0].thres)
    _trained(model, "model_stopped", _wanted(values, "n_epoch_overfit"))
    _rate(model, "model_stopped", 0.001)
    return {"epochs": seen.epochs_trained(model), "loss": min(seen.curve(model, "vl_loss"))}


def _look_at_penalty(model: BaseModel, name: str, kind: str) -> None:
    """Look at the regularizer: "l2" or "l1" of the kernels of the hidden layers, scale 0.01."""
    from tfcourse.labs import seen

    layers, given = seen.layers(model), _labels(model)
    if not layers:
        raise Wrong("regularizer-alone", name=name)
    scores = np.zeros((7, model.n_classes), np.float32)
    penalties = seen.penalties(model, {**given, layers[-1].output: scores})
    if not penalties:
        if seen.collected(model):
            raise Wrong("regularizer-not-in-loss")
        raise Wrong("no-regularizer", name=name, kind=kind)
    kernels = {layer.kernel for layer in layers}
    biases = [variable for variable in penalties if variable not in kernels]
    if biases:
        raise Wrong("regularizer-on-bias", found=_joined(biases))
    for penalty in penalties.values():
        _look_at_scale(penalty, name, kind)
    missing = [layer.name for layer in layers[:-1] if layer.kernel not in penalties]
    if missing:
        raise Wrong("regularizer-on-one-layer", found=_joined(missing))


def _look_at_scale(penalty: Penalty, name: str, kind: str) -> None:
    if penalty.kind in ("signed", "other"):
        hint = "regularizer-signed" if penalty.kind == "signed" else "regularizer-unknown"
        raise Wrong(hint, name=name, wanted=kind.upper())
    if penalty.kind != kind:
        raise Wrong("other-regularizer", name=name, found=penalty.kind.upper(), wanted=kind.upper())
    if abs(penalty.scale - SCALE) > 0.01 * SCALE:
        formula = "Σ w² / 2" if kind == "l2" else "Σ |w|"
        raise Wrong("other-scale", found=penalty.scale, formula=formula)


def _regularized(name: str, kind: str) -> Any:
    def look(found: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        model = _model(found, name)
        _look_at_penalty(model, name, kind)
        _cross_entropy(model, name)
        _trained(model, name, _wanted(values, "n_epoch_overfit"))
        return {"train": model.hist["tr_loss"][-1], "valid": model.hist.get("vl_loss", [0.0])[-1]}

    return look


def _look_at_dropout(found: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    from tfcourse.labs import seen

    model = _model(found, "model_dropout")
    places = seen.dropouts(model)
    if not places:
        raise Wrong("no-dropout", name="model_dropout")
    hints = {
        "never": "dropout-never-on",
        "always": "dropout-always-on",
        "evaluation": "dropout-inverted",
    }
    for place in places:
        if place.when in hints:
            raise Wrong(hints[place.when])
    after = {place.after for place in places}
    last = len(seen.layers(model)) - 1
    if max(after) > last:
        raise Wrong("dropout-on-output")
    if 0 in after:
        raise Wrong("dropout-on-inputs")
    for place in places:
        if place.rate > DROP_RATES[1] + 0.005:
            raise Wrong("keep-probability", found=place.rate)
        if place.rate < DROP_RATES[0] - 0.005:
            raise Wrong("rate-too-low", found=place.rate)
    if len(after) < last:
        raise Wrong("dropout-after-one-layer", found=_joined(sorted(after)))
    _cross_entropy(model, "model_dropout")
    _trained(model, "model_dropout", _wanted(values, "n_epoch_dropout"))
    return {"rate": places[0].rate, "acc": model.hist.get("vl_acc", [0.0])[-1]}


TASKS = (
    _task(
        "cross-entropy", "model_xent", "from MSE to cross entropy", "將 loss function 由 MSE 修改成 cross entropy",
        _look_at_cross_entropy,
        "the loss is the mean softmax cross entropy; after the last epoch train loss {loss:.3f}, accuracy {acc:.3f}",
        "loss 是平均 softmax cross entropy；最後 train loss {loss:.3f}、accuracy {acc:.3f}",
    ),
    _task(
        "learning-rate", "models_lr", "learning rates 0.1, 0.01, 0.001", "嘗試不同的 learning rate：0.1, 0.01, 0.001",
        _look_at_rates, "train loss by learning rate: {losses}", "各 learning rate 的 train loss：{losses}",
    ),
    _task(
        "activation", "models_activation", "ReLU, leaky ReLU, softplus, tanh",
        "嘗試不同的 activation function：ReLU、Leaky ReLU、Softplus、Tanh",
        _look_at_activations, "train accuracy by activation: {accs}", "各 activation function 的 train accuracy：{accs}",
    ),
    _task(
        "optimizer", "models_optimizer", "Adam, Adagrad, Momentum (0.9), RMSProp",
        "使用不同的 optimizer：Adam、Adagrad、Momentum（0.9）、RMSProp",
        _look_at_optimizers, "train loss by optimizer: {losses}", "各 optimizer 的 train loss：{losses}",
    ),
    _task(
        "early-stopping", "model_stopped", "early stopping, thres=5", "加入 callback object：EarlyStopping（thres=5）",
        _look_at_stopping,
        "fit had EarlyStopping(thres=5) and ended after {epochs} epochs; lowest valid loss {loss:.3f}",
        "fit 有 EarlyStopping(thres=5)，訓練了 {epochs} 個 epoch；最低 valid loss {loss:.3f}",
    ),
    _task(
        "l2", "model_l2", "L2 regularizer, scale 0.01", "加入 l2 regularizer（scale 0.01）",
        _regularized("model_l2", "l2"),
        "the loss holds 0.01 · Σ w² / 2 of each hidden layer; train loss {train:.3f}, valid loss {valid:.3f}",
        "loss 有每個 hidden layer 的 0.01 · Σ w² / 2；train loss {train:.3f}、valid loss {valid:.3f}",
    ),
    _task(
        "l1", "model_l1", "L1 regularizer, scale 0.01", "加入 l1 regularizer（scale 0.01）",
        _regularized("model_l1", "l1"),
        "the loss holds 0.01 · Σ |w| of each hidden layer; train loss {train:.3f}, valid loss {valid:.3f}",
        "loss 有每個 hidden layer 的 0.01 · Σ |w|；train loss {train:.3f}、valid loss {valid:.3f}",
    ),
    _task(
        "dropout", "model_dropout", "dropout, 0.3 to 0.6", "network 加入 dropout：drop_rate 0.3 到 0.6",
        _look_at_dropout,
        "dropout of {rate:g} after each hidden layer, in training only; valid accuracy {acc:.3f}",
        "每個 hidden layer 之後有 {rate:g} 的 dropout，只在訓練時作用；valid accuracy {acc:.3f}",
    ),
)  # fmt: skip


def _known(pattern: str, hint: str) -> KnownError:
    return KnownError(pattern, hint, *HINTS[hint])


LAB = Lab(
    name="tutorial-dnn-practice",
    file="lab_tutorial_dnn_practice.ipynb",
    title="Deep Neural Network (DNN) Tips, on Pokémon",
    title_zh="Deep Neural Network(DNN) Tips：寶可夢",
    minutes="50 ~ 76",
    tasks=TASKS,
    errors=(
        # Labels have no gradient, and argmax has none, so nothing is left to train.
        _known("ModelError: the loss depends on no variable", "loss-without-gradient"),
        _known(r"ModelError: .* self\.loss has the shape \(batch,\)", "loss-not-reduced"),
        _known("TypeError: .*missing .* argument: 'momentum'", "momentum-missing"),
        _known(r"TypeError: EarlyStopping\..*missing .* argument", "callback-is-a-class"),
        _known("UsageError: EarlyStopping needs the valid loss", "no-valid-rows"),
    ),
)
