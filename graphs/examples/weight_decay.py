"""Regularization: L2 Norm (deck, "Deep Neural Network(DNN) Tips").

    w ← w - η (∂L/∂w + λ w) = (1 - η λ) w - η ∂L/∂w

Compares one step of gradient descent with L2 and one without it, from the same weights of a Pokémon
lesson. Then shows how L1 and L2 change the kernels over some epochs. Biases are not regularized.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphs.examples import Result
from graphs.pokemon_l1 import ModelL1
from graphs.pokemon_l2 import ModelL2
from graphs.pokemon_overfit import ModelOverfit
from tfcourse import training
from tfcourse.datasets import folders, pokemon
from tfcourse.datasets.pokemon import PreparedPokemon

ETA, LAMBDA, EPOCHS, SMALL = 0.1, 0.01, 5, 1e-3


def one_step(data: PreparedPokemon, seed: int) -> dict[str, float]:
    """Compare one step of gradient descent with L2 and one without it, on one batch.

    Args:
        data: prepared Pokémon data.
        seed: of the initial weights and the batch.

    Returns:
        1 - η λ, and the largest differences between the weights after the steps, by name.
    """
    settings = {"seed": seed, "optimizer": "sgd", "learning_rate": ETA}
    plain = training.make(ModelOverfit, data, **settings)
    decayed = training.make(ModelL2, data, scale=LAMBDA, **settings)
    before = plain.get_weights()
    decayed.set_weights(before)
    batch = {**next(data.train_batches(16)(1, seed)), "isTrain": True}
    for model in (plain, decayed):
        model.session.run(model.lr.initializer)
        model.session.run(model.train_op, model.feed_dict(batch))
    without, with_l2 = plain.get_weights(), decayed.get_weights()
    kernels = [name for name in before if name.endswith("kernel")]
    biases = [name for name in before if name.endswith("bias")]
    expected = {
        # The step without L2 is w - η ∂L/∂w; L2 adds the decay - η λ w.
        name: without[name] - (ETA * LAMBDA * before[name] if name in kernels else 0)
        for name in before
    }
    plain.close()
    decayed.close()

    def largest(names: list[str], values: dict[str, np.ndarray]) -> float:
        return max(float(np.abs(values[n] - with_l2[n]).max()) for n in names)

    return {
        "1 - η λ": 1 - ETA * LAMBDA,
        "kernels: largest difference of (1 - η λ) w - η ∂L/∂w and the step with L2": largest(
            kernels, expected
        ),
        "kernels: largest difference of the steps without and with L2": largest(kernels, without),
        "biases: largest difference of the steps without and with L2": largest(biases, without),
    }


def kernels_after(cls: type[ModelOverfit], data: PreparedPokemon, seed: int) -> np.ndarray:
    """All kernel weights of a lesson after EPOCHS epochs, float32 (n,)."""
    model = training.make(cls, data, seed=seed)
    model.fit(data.train_batches(model.n_batch), n_epoch=EPOCHS, verbose=False)
    weights = model.get_weights()
    model.close()
    return np.concatenate(
        [
            w.ravel()
            for n, w in sorted(weights.items())
            if n.startswith("dnn/") and n.endswith("kernel")
        ]
    )


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> Result:
    data = pokemon.load(data_dir).prepare()
    found = {
        "none": kernels_after(ModelOverfit, data, seed),
        f"L2 {LAMBDA:g}": kernels_after(ModelL2, data, seed),
        f"L1 {LAMBDA:g}": kernels_after(ModelL1, data, seed),
    }
    rows = [
        {
            "regularizer": name,
            f"share of |w| < {SMALL:g}": float((np.abs(w) < SMALL).mean()),
            "mean |w|": float(np.abs(w).mean()),
            "largest |w|": float(np.abs(w).max()),
            "Σ|w|": float(np.abs(w).sum()),
            "Σw²": float(np.square(w).sum()),
        }
        for name, w in found.items()
    ]
    shown = {
        "data": data.note or data.source,
        "one step of gradient descent": [
            {"quantity": key, "value": value} for key, value in one_step(data, seed).items()
        ],
        f"kernels after {EPOCHS} epochs with Adam": rows,
    }
    return Result(shown, found)


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    figure, ((axis,),) = plots.panels(size=(7.0, 4.0))
    edges = np.linspace(-0.3, 0.3, 121)
    for name, kernels in result.picture.items():
        w = np.clip(kernels, -0.3, 0.3)
        axis.hist(w, edges, histtype="step", linewidth=1.4, log=True, label=name)
    axis.set_xlabel("weight (those beyond ± 0.3 are counted at the ends)")
    axis.set_ylabel("number of weights")
    axis.set_title(
        f"Kernel weights after {EPOCHS} epochs, λ = {LAMBDA:g}\n{result['data'].split(':')[0]}",
        fontsize="medium",
    )
    axis.grid(alpha=0.3)
    axis.legend(title="regularizer")
    return plots.save(figure, path)
