"""One framework's process of `autoattack_parity`, which starts it.

It reads a JSON object per line, `{"tool", "model", "norm", "eps"}`, attacks all
images of the folder, writes the adversarial ones, and answers with a JSON
object per line. `{"tool": "train", ...}` trains the models instead,
`{"tool": "judge", ...}` says which adversarial images the model gets wrong, and
`{"tool": "provenance"}` where this process ran. With `"images"`, a tool attacks
these alone, with other seeds.

    python -m benchmarks.parity_worker FOLDER BATCH_SIZE
"""

import json
import pathlib
import sys
import time

import keras
import numpy as np

import keras_ceb
from examples.common import provenance
from keras_ceb.adversarial import PGDTraining
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import AutoAttack

SEED = 0
OTHER_SEEDS = (1, 2, 3)
TITLES = {"linf": "Linf", "l2": "L2"}


def network():
    """Two convolutions and a dense layer on 28 x 28 gray images."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 3, 2, padding="same", activation="relu"),
            keras.layers.Conv2D(32, 3, 2, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
        ]
    )


def train(folder, data, images, train_images, epochs, eps):
    """Trains the three models, and writes them with the images to attack."""
    with np.load(data) as arrays:
        x, y, x_test, y_test = (
            arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")
        )
    x, y = x[:train_images], y[:train_images]
    x, x_test = (
        (part.reshape(-1, 28, 28, 1) / 255).astype("float32")
        for part in (x, x_test)
    )
    y, y_test = y.astype("int32"), y_test.astype("int32")
    clean = {}
    for name, objective, adversary in (
        ("plain", "xent", None),
        ("ceb", "ceb", None),
        ("adversarial", "xent", PGDTraining("linf", eps, steps=7)),
    ):
        keras.utils.set_random_seed(SEED)
        rho = {} if objective == "xent" else {"rho": 2.0}
        model = keras_ceb.wrap(
            network(), 10, objective=objective, seed=SEED, **rho
        )
        model.compile(keras.optimizers.Adam(2e-3), adversary=adversary)
        model.fit(x, y, batch_size=128, epochs=epochs, verbose=0)
        model.save(folder / f"{name}.keras")
        logits = model.predict(x_test[:images], verbose=0)
        clean[name] = float(np.mean(logits.argmax(1) == y_test[:images]))
    np.savez(folder / "images.npz", x=x_test[:images], y=y_test[:images])
    return {"clean": clean}


def ours(model, x, y, norm, eps, batch_size, seed):
    classifier = Classifier(model, batch_size=batch_size)
    return AutoAttack(norm, eps, seed=seed)(classifier, x, y)


def original(model, x, y, norm, eps, batch_size, seed):
    import pyautoattack
    import torch

    attack = pyautoattack.AutoAttack(
        ChannelsFirst(model), norm=TITLES[norm], eps=eps, seed=seed
    )
    adversarial, _ = attack.run_standard_evaluation(
        channels_first(x), torch.tensor(y).long(), batch_size=batch_size
    )
    return adversarial.permute(0, 2, 3, 1).numpy()


def torchattacks(model, x, y, norm, eps, batch_size, seed):
    import torch
    import torchattacks

    attack = torchattacks.AutoAttack(
        ChannelsFirst(model), norm=TITLES[norm], eps=eps, seed=seed
    )
    parts = [
        attack(
            channels_first(x[first : first + batch_size]),
            torch.tensor(y[first : first + batch_size]).long(),
        )
        for first in range(0, len(x), batch_size)
    ]
    return torch.cat(parts).detach().permute(0, 2, 3, 1).numpy()


class Models(dict):
    """The trained models by name, read when they are first asked for."""

    def __init__(self, folder):
        super().__init__()
        self._folder = folder

    def __missing__(self, name):
        self[name] = keras.models.load_model(self._folder / f"{name}.keras")
        return self[name]


TOOLS = {"ours": ours, "original": original, "torchattacks": torchattacks}


def measure(models, folder, x, y, batch_size, tool, model, norm, eps):
    """Attacks all images once; the adversarial images go into a file."""
    network = models[model]  # Read from its file, if it must be, untimed.
    wall, cpu = time.perf_counter(), time.process_time()
    found = TOOLS[tool](network, x, y, norm, eps, batch_size, SEED)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    name = f"{model}-{norm}-{tool}-{keras.config.backend()}.npy"
    np.save(folder / name, found)
    return {"file": name, "seconds": wall, "cpu_seconds": cpu}


def repeat(models, x, y, tool, model, norm, eps, images):
    """How many of further seeds mislead the model, for each of some images."""
    misled = np.zeros(len(images), int)
    x, y = x[images], y[images]
    for seed in OTHER_SEEDS:
        found = TOOLS[tool](models[model], x, y, norm, eps, len(x), seed)
        misled += models[model].predict(found, verbose=0).argmax(axis=1) != y
    return {"misled": misled.tolist()}


def judge(models, folder, x, y, model, norm, eps, file):
    """Which images are right, and the largest distance over the radius."""
    found = np.load(folder / file)
    logits = models[model].predict(found, verbose=0)
    delta = (found.astype("float64") - x).reshape(len(x), -1)
    distance = np.linalg.norm(delta, np.inf if norm == "linf" else 2, axis=1)
    return {
        "right": (logits.argmax(axis=1) == y).tolist(),
        "largest_over_eps": float(distance.max() / eps),
        "in_range": bool(found.min() >= 0 and found.max() <= 1),
    }


def main(folder, batch_size):
    folder, start = pathlib.Path(folder), time.time()
    models = Models(folder)
    # Whatever libraries print goes elsewhere.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        if request["tool"] == "train":
            del request["tool"]
            answer = train(folder, **request)
        elif request["tool"] == "provenance":
            answer = provenance.run(
                "measurement",
                time.time() - start,
                [SEED],
                ("pyautoattack", "torchattacks"),
            )
        else:
            with np.load(folder / "images.npz") as arrays:
                x, y = arrays["x"], arrays["y"]
            if request["tool"] == "judge":
                del request["tool"]
                answer = judge(models, folder, x, y, **request)
            elif "images" in request:
                answer = repeat(models, x, y, **request)
            else:
                answer = measure(
                    models, folder, x, y, int(batch_size), **request
                )
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    if keras.config.backend() == "torch":
        import torch

        from examples.interoperation.torch_module import ChannelsFirst
        from examples.interoperation.torch_module import channels_first

        torch.set_num_threads(1)
    main(*sys.argv[1:])
