"""The lessons and examples, in the deck's order: one slide's idea per file.

A lesson, in ``graphs``, is trained (``tfcourse fit NAME``). An example, in ``graphs.examples``, shows a
slide's numbers or picture (``tfcourse example NAME``). The list below imports no TensorFlow; ``load``
of an entry does.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from graphs.slides.titles import OTHER
from tfcourse.errors import UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel


@dataclass(frozen=True)
class Entry:
    """A slide's name on the command line. Its code is in the file of that name.

    Attributes:
        name: words joined by hyphens, as "mf-with-history".
        title: the slide's title. section: the deck's section.
    """

    name: str
    title: str
    section: str
    kind: ClassVar[str]
    package: ClassVar[str]

    @property
    def other_title(self) -> str:
        """The title in the other language: in Chinese, or in English where the slide's is Chinese."""
        return OTHER[self.title]

    @property
    def other_section(self) -> str:
        """The section in the other language."""
        return OTHER[self.section]

    @property
    def module(self) -> str:
        return f"{self.package}.{self.name.replace('-', '_')}"

    @property
    def file(self) -> str:
        return self.module.replace(".", "/") + ".py"


@dataclass(frozen=True)
class Lesson(Entry):
    """A model that can be trained.

    Attributes:
        cls: the name of its class in the module.
    """

    cls: str
    kind, package = "lesson", "graphs"

    @property
    def command(self) -> str:
        return f"tfcourse fit {self.name}"

    def load(self) -> type[BaseModel]:
        """Import the lesson's class."""
        return getattr(importlib.import_module(self.module), self.cls)


@dataclass(frozen=True)
class Example(Entry):
    """A slide's numbers or picture; ``graphs.examples`` says what its module has."""

    kind, package = "example", "graphs.examples"

    @property
    def command(self) -> str:
        return f"tfcourse example {self.name}"

    def load(self) -> ModuleType:
        """Import the example's module."""
        return importlib.import_module(self.module)


BEYOND = "Beyond the deck: an honest model"  # the section of what no slide has

# By section of the deck: the name, the slide's title and, for a lesson, its class.
_BY_SECTION: dict[str, tuple[tuple[str, ...], ...]] = {
    "Machine Learning Framework": (
        ("kinds-of-learning", "Machine Learning 的種類"),
        ("three-steps", "Machine Learning 3 Steps"),
        ("features", "Features"),
        ("sessions", "Step1: Define Function Set(Formulation)"),
        ("hunter-regression", "Step1: Define Function Set(Formulation)", "HunterRegression"),
        ("cross-entropy", "Step2: Evaluate => Define The Loss Function!"),
        ("hunter-regression-mae", "Step2: Evaluate => Define The Loss Function!", "HunterRegressionMAE"),
        ("x-square", "Step 3: Pick Best Function"),
        ("gradient-descent", "Step 3: Pick Best Function"),
        ("xavier", "Step 3: Pick Best Function"),
        ("mini-batch", "Step 3: Pick Best Function (Stochastic Gradient Descent)"),
        ("one-hot", "分類資料如何處理"),
        ("hunter-integer-labels", "分類資料如何處理", "HunterIntegerLabels"),
        ("hunter-classification", "如何判斷一個獵人是屬於什麼派系? (Softmax)", "HunterClassification"),
        ("hunter-sigmoid", "如何判斷一個獵人是屬於什麼派系? (Sigmoid)", "HunterSigmoid"),
        ("softmax", "Softmax與Sigmoid的差別"),
        ("vector-form", "以向量運算表示(分類)~"),
        ("feature-transformation", "以分類來說, 常碰到的瓶頸(Limitation)"),
    ),
    "Deep Neural Network(DNN) Tips": (
        ("network-structure", "Network的架構(哪種比較好?)"),
        ("layers", "Network的架構"),
        ("raw-data", "範例資料: Raw Data Overview"),
        ("pokemon-data", "範例資料：預測會出現哪一隻神奇寶貝？"),
        ("preprocessing", "Data Preprocessing Tips"),
        ("data-split", "How to Treat Your Data?"),
        ("pokemon-mse", "Result of ModelMSE", "ModelMSE"),
        ("pokemon-ce", "Tensorflow Code(Loss Function)", "ModelCrossEntropy"),
        ("error-surface", "Classification Loss Function: MSE or Cross Entropy"),
        ("loss-functions", "How to Select Loss function"),
        ("activations", "Choose Your Activation Function"),
        ("pokemon-tanh", "傳統的Activation Function", "ModelTanh"),
        ("pokemon-softsign", "傳統的Activation Function", "ModelSoftsign"),
        ("vanishing-gradient", "傳統的Activation Function"),
        ("pokemon-softplus", "比較潮的Activation Function", "ModelSoftplus"),
        ("dying-relu", "比較潮的Activation Function"),
        ("pokemon-leaky-relu", "比較潮的Activation Function", "ModelLeakyRelu"),
        ("pokemon-prelu", "比較潮的Activation Function", "ModelPRelu"),
        ("pokemon-relu", "ReLU vs Sigmoid", "ModelRelu"),
        ("optimizers", "Choose Optimizer"),
        ("pokemon-momentum", "Optimizer - Momentum", "ModelMomentum"),
        ("pokemon-adagrad", "Optimizer - Adagrad", "ModelAdagrad"),
        ("pokemon-rmsprop", "Optimizer - RMSProp", "ModelRMSProp"),
        ("pokemon-adam", "Result: Gradient Descent vs Adam", "ModelAdam"),
        ("pokemon-best", "Current Best Model Configuration", "ModelBest"),
        ("pokemon-overfit", "Overfitting", "ModelOverfit"),
        ("bias-variance", "Model Bias and Variance"),
        ("pokemon-l1", "Regularization", "ModelL1"),
        ("weight-decay", "Regularization: L2 Norm"),
        ("pokemon-l2", "Result - Regularization", "ModelL2"),
        ("dropout", "Dropout - 終極的ensemble方法"),
        ("pokemon-dropout", "Result - Dropout(After 100 Epochs)", "ModelDropout"),
    ),
    "Recommendation Engine in Matrix Factorization": (
        ("movielens-data", "Movielens Data"),
        ("latent-factor", "Concept of Latent Factor"),
        ("user-embedding", "User ID To Embedding"),
        ("prediction", "Prediction"),
        ("mf", "First Model - Basic MF", "MF"),
        ("mf-lab", "Lab: lab_reco_model_mf.ipynb", "MFLab"),
        ("queries", "Model - MF with History"),
        ("mf-with-history", "Model - MF with History", "MFWithHistory"),
        ("mf-with-history-sum", "Movie ID Aggregation(Pooling) ? Sum", "MFWithHistorySum"),
        ("mf-with-history-mean", "Movie ID Aggregation(Pooling) ? Mean", "MFWithHistoryMean"),
        ("mf-with-history-lab", "Lab: lab_reco_model_mf_with_history.ipynb", "MFWithHistoryLab"),
    ),
    "Recommendation Engine with DNN": (
        ("movie-metadata", "Model - MF with DNN"),
        ("mf-with-dnn", "Model - MF with DNN", "MFWithDNN"),
        ("double-bill", "Model - 實際上使用Embedding的例子"),
        ("mf-with-dnn-xent", "Model - MF with DNN(Classification)", "MFWithDNNXent"),
        ("mf-with-dnn-lab", "Lab: lab_reco_model_mf_dnn.ipynb", "MFWithDNNLab"),
        ("mf-with-dnn-new-movies", "Model MF with DNN 彈性的應用", "MFWithDNNNewMovies"),
    ),
    BEYOND: (
        ("honest-bias", "Step 1: biases of users and movies", "HonestBias"),
        ("honest-taste", "Step 2: taste by genre and year", "HonestTaste"),
        ("honest-towers", "Step 3: two towers on statistics", "HonestTowers"),
        ("honest-history", "Step 4: history", "HonestHistory"),
        ("honest-raters", "Step 5: a movie is who rated it, and how", "HonestRaters"),
        ("honest-liked", "Step 6: half a cross entropy of liked", "HonestLiked"),
        ("honest-next", "Step 7: what next", "HonestNext"),
    ),
}  # fmt: skip

ENTRIES: tuple[Lesson | Example, ...] = tuple(
    Lesson(name, title, section, *cls) if cls else Example(name, title, section)
    for section, rows in _BY_SECTION.items()
    for name, title, *cls in rows
)
LESSONS: tuple[Lesson, ...] = tuple(x for x in ENTRIES if isinstance(x, Lesson))
EXAMPLES: tuple[Example, ...] = tuple(x for x in ENTRIES if isinstance(x, Example))


def find(name: str) -> Lesson:
    """The lesson of a name, written with hyphens or underscores.

    Raises:
        UsageError: there is none; the message lists the known ones.
    """
    for entry in ENTRIES:
        if entry.name == name.replace("_", "-"):
            if isinstance(entry, Lesson):
                return entry
            raise UsageError(
                _("{name} is an example, not a lesson: {command}").format(
                    name=entry.name, command=entry.command
                )
            )
    known = ", ".join(x.name for x in LESSONS)
    raise UsageError(_("unknown lesson {name!r}; known: {known}").format(name=name, known=known))


def find_example(name: str) -> Example:
    """The example of a name, written with hyphens or underscores.

    Raises:
        UsageError: there is none; the message lists the known ones.
    """
    for entry in EXAMPLES:
        if entry.name == name.replace("_", "-"):
            return entry
    known = ", ".join(x.name for x in EXAMPLES)
    raise UsageError(_("unknown example {name!r}; known: {known}").format(name=name, known=known))
