"""The lessons and examples, in the deck's order: one slide's idea per file.

A lesson, in ``graphs``, is a model that is trained (``tfcourse fit NAME``); an example, in
``examples``, shows a slide's numbers or picture (``tfcourse example NAME``). This list is all that the command
line needs to know of them; it loads no TensorFlow.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from tfcourse.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """A name on the command line, its slide, and where its code stands."""

    name: str
    title: str  # of the slide
    section: str  # of the deck
    module: str

    @property
    def file(self) -> str:
        return self.module.replace(".", "/") + ".py"


@dataclass(frozen=True)
class Lesson(Entry):
    cls: str  # the model's class in the module
    kind = "lesson"

    @property
    def command(self) -> str:
        return f"tfcourse fit {self.name}"

    def load(self) -> Any:
        """The lesson's class."""
        return getattr(importlib.import_module(self.module), self.cls)


@dataclass(frozen=True)
class Example(Entry):
    """Its module has ``run(seed=88) -> dict``, what is shown by name (text, numbers, arrays,
    frames), and where there is a picture ``draw(result, path) -> Path``."""

    kind = "example"

    @property
    def command(self) -> str:
        return f"tfcourse example {self.name}"

    def load(self) -> Any:
        """The example's module."""
        return importlib.import_module(self.module)


_FRAMEWORK = "Machine Learning Framework"
_TIPS = "Deep Neural Network(DNN) Tips"
_MF = "Recommendation Engine in Matrix Factorization"
_DNN_MF = "Recommendation Engine with DNN"

ENTRIES: tuple[Lesson | Example, ...] = (
    Example(
        "kinds-of-learning",
        "Machine Learning 的種類",
        _FRAMEWORK,
        "examples.kinds_of_learning",
    ),
    Example(
        "three-steps",
        "Machine Learning 3 Steps",
        _FRAMEWORK,
        "examples.three_steps",
    ),
    Example(
        "features",
        "Features",
        _FRAMEWORK,
        "examples.features",
    ),
    Lesson(
        "hunter-regression",
        "Step1: Define Function Set(Formulation)",
        _FRAMEWORK,
        "graphs.hunter_regression",
        "HunterRegression",
    ),
    Example(
        "cross-entropy",
        "Step2: Evaluate => Define The Loss Function!",
        _FRAMEWORK,
        "examples.cross_entropy",
    ),
    Lesson(
        "hunter-regression-mae",
        "Step2: Evaluate => Define The Loss Function!",
        _FRAMEWORK,
        "graphs.hunter_regression_mae",
        "HunterRegressionMAE",
    ),
    Example(
        "gradient-descent",
        "Step 3: Pick Best Function",
        _FRAMEWORK,
        "examples.gradient_descent",
    ),
    Example(
        "xavier",
        "Step 3: Pick Best Function",
        _FRAMEWORK,
        "examples.xavier",
    ),
    Example(
        "mini-batch",
        "Step 3: Pick Best Function (Stochastic Gradient Descent)",
        _FRAMEWORK,
        "examples.mini_batch",
    ),
    Example(
        "one-hot",
        "分類資料如何處理",
        _FRAMEWORK,
        "examples.one_hot",
    ),
    Lesson(
        "hunter-integer-labels",
        "分類資料如何處理",
        _FRAMEWORK,
        "graphs.hunter_integer_labels",
        "HunterIntegerLabels",
    ),
    Lesson(
        "hunter-classification",
        "如何判斷一個獵人是屬於什麼派系? (Softmax)",
        _FRAMEWORK,
        "graphs.hunter_classification",
        "HunterClassification",
    ),
    Lesson(
        "hunter-sigmoid",
        "如何判斷一個獵人是屬於什麼派系? (Sigmoid)",
        _FRAMEWORK,
        "graphs.hunter_sigmoid",
        "HunterSigmoid",
    ),
    Example(
        "softmax",
        "Softmax與Sigmoid的差別",
        _FRAMEWORK,
        "examples.softmax",
    ),
    Example(
        "vector-form",
        "以向量運算表示(分類)~",
        _FRAMEWORK,
        "examples.vector_form",
    ),
    Example(
        "feature-transformation",
        "以分類來說, 常碰到的瓶頸(Limitation)",
        _FRAMEWORK,
        "examples.feature_transformation",
    ),
    Example(
        "network-structure",
        "Network的架構(哪種比較好?)",
        _TIPS,
        "examples.network_structure",
    ),
    Example("layers", "Network的架構", _TIPS, "examples.layers"),
    Example(
        "raw-data",
        "範例資料: Raw Data Overview",
        _TIPS,
        "examples.raw_data",
    ),
    Example(
        "pokemon-data",
        "範例資料：預測會出現哪一隻神奇寶貝？",
        _TIPS,
        "examples.pokemon_data",
    ),
    Example(
        "preprocessing",
        "Data Preprocessing Tips",
        _TIPS,
        "examples.preprocessing",
    ),
    Example(
        "data-split",
        "How to Treat Your Data?",
        _TIPS,
        "examples.data_split",
    ),
    Lesson("pokemon-mse", "Result of ModelMSE", _TIPS, "graphs.pokemon_mse", "ModelMSE"),
    Lesson(
        "pokemon-ce",
        "Tensorflow Code(Loss Function)",
        _TIPS,
        "graphs.pokemon_ce",
        "ModelCrossEntropy",
    ),
    Example(
        "error-surface",
        "Classification Loss Function: MSE or Cross Entropy",
        _TIPS,
        "examples.error_surface",
    ),
    Example("loss-functions", "How to Select Loss function", _TIPS, "examples.loss_functions"),
    Example("activations", "Choose Your Activation Function", _TIPS, "examples.activations"),
    Lesson("pokemon-tanh", "傳統的Activation Function", _TIPS, "graphs.pokemon_tanh", "ModelTanh"),
    Lesson(
        "pokemon-softsign",
        "傳統的Activation Function",
        _TIPS,
        "graphs.pokemon_softsign",
        "ModelSoftsign",
    ),
    Example(
        "vanishing-gradient",
        "傳統的Activation Function",
        _TIPS,
        "examples.vanishing_gradient",
    ),
    Lesson(
        "pokemon-softplus",
        "比較潮的Activation Function",
        _TIPS,
        "graphs.pokemon_softplus",
        "ModelSoftplus",
    ),
    Example("dying-relu", "比較潮的Activation Function", _TIPS, "examples.dying_relu"),
    Lesson(
        "pokemon-leaky-relu",
        "比較潮的Activation Function",
        _TIPS,
        "graphs.pokemon_leaky_relu",
        "ModelLeakyRelu",
    ),
    Lesson(
        "pokemon-prelu", "比較潮的Activation Function", _TIPS, "graphs.pokemon_prelu", "ModelPRelu"
    ),
    Lesson("pokemon-relu", "ReLU vs Sigmoid", _TIPS, "graphs.pokemon_relu", "ModelRelu"),
    Example("optimizers", "Choose Optimizer", _TIPS, "examples.optimizers"),
    Lesson(
        "pokemon-momentum",
        "Optimizer - Momentum",
        _TIPS,
        "graphs.pokemon_momentum",
        "ModelMomentum",
    ),
    Lesson(
        "pokemon-adagrad", "Optimizer - Adagrad", _TIPS, "graphs.pokemon_adagrad", "ModelAdagrad"
    ),
    Lesson(
        "pokemon-rmsprop", "Optimizer - RMSProp", _TIPS, "graphs.pokemon_rmsprop", "ModelRMSProp"
    ),
    Lesson(
        "pokemon-adam",
        "Result: Gradient Descent vs Adam",
        _TIPS,
        "graphs.pokemon_adam",
        "ModelAdam",
    ),
    Lesson(
        "pokemon-best",
        "Current Best Model Configuration",
        _TIPS,
        "graphs.pokemon_best",
        "ModelBest",
    ),
    Lesson("pokemon-overfit", "Overfitting", _TIPS, "graphs.pokemon_overfit", "ModelOverfit"),
    Example("bias-variance", "Model Bias and Variance", _TIPS, "examples.bias_variance"),
    Lesson("pokemon-l1", "Regularization", _TIPS, "graphs.pokemon_l1", "ModelL1"),
    Example("weight-decay", "Regularization: L2 Norm", _TIPS, "examples.weight_decay"),
    Lesson("pokemon-l2", "Result - Regularization", _TIPS, "graphs.pokemon_l2", "ModelL2"),
    Example("dropout", "Dropout - 終極的ensemble方法", _TIPS, "examples.dropout"),
    Lesson(
        "pokemon-dropout",
        "Result - Dropout(After 100 Epochs)",
        _TIPS,
        "graphs.pokemon_dropout",
        "ModelDropout",
    ),
    Example(
        "latent-factor",
        "Concept of Latent Factor",
        _MF,
        "examples.latent_factor",
    ),
    Example("user-embedding", "User ID To Embedding", _MF, "examples.user_embedding"),
    Example("prediction", "Prediction", _MF, "examples.prediction"),
    Lesson("mf", "First Model - Basic MF", _MF, "graphs.mf", "MF"),
    Lesson(
        "mf-with-history",
        "Model - MF with History",
        _MF,
        "graphs.mf_with_history",
        "MFWithHistory",
    ),
    Lesson(
        "mf-with-history-sum",
        "Movie ID Aggregation(Pooling) ? Sum",
        _MF,
        "graphs.mf_with_history_sum",
        "MFWithHistorySum",
    ),
    Lesson(
        "mf-with-history-mean",
        "Movie ID Aggregation(Pooling) ? Mean",
        _MF,
        "graphs.mf_with_history_mean",
        "MFWithHistoryMean",
    ),
    Lesson("mf-with-dnn", "Model - MF with DNN", _DNN_MF, "graphs.mf_with_dnn", "MFWithDNN"),
    Lesson(
        "mf-with-dnn-xent",
        "Model - MF with DNN(Classification)",
        _DNN_MF,
        "graphs.mf_with_dnn_xent",
        "MFWithDNNXent",
    ),
    Lesson(
        "mf-with-dnn-lab",
        "Lab: lab_reco_model_mf_dnn.ipynb",
        _DNN_MF,
        "graphs.mf_with_dnn_lab",
        "MFWithDNNLab",
    ),
    Lesson(
        "mf-with-dnn-new-movies",
        "Model MF with DNN 彈性的應用",
        _DNN_MF,
        "graphs.mf_with_dnn_new_movies",
        "MFWithDNNNewMovies",
    ),
)


LESSONS: tuple[Lesson, ...] = tuple(x for x in ENTRIES if isinstance(x, Lesson))
EXAMPLES: tuple[Example, ...] = tuple(x for x in ENTRIES if isinstance(x, Example))


def find(name: str) -> Lesson:
    """The lesson of that name; an unknown name is an error that lists the known ones."""
    for entry in ENTRIES:
        if entry.name == name.replace("_", "-"):
            if isinstance(entry, Lesson):
                return entry
            raise UsageError(f"{entry.name} is an example, not a lesson: {entry.command}")
    raise UsageError(f"unknown lesson {name!r}; known: {', '.join(x.name for x in LESSONS)}")


def find_example(name: str) -> Example:
    """The example of that name; an unknown name is an error that lists the known ones."""
    for entry in EXAMPLES:
        if entry.name == name.replace("_", "-"):
            return entry
    raise UsageError(f"unknown example {name!r}; known: {', '.join(x.name for x in EXAMPLES)}")
