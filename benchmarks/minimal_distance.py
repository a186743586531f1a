"""FMN and DDN of keras_ceb, of adv-lib and of foolbox on the same models.

Trains three small networks of scikit-learn's digits (plain, CEB, adversarially
trained) on PyTorch, where a Keras model is a PyTorch module, and searches the
closest misclassified points of the same test images with each tool, with its
default settings and the same number of steps, each of which queries the model
and its gradient once. One judge measures what the tools return: the distance,
if the model misclassifies the point and it lies in the range, or infinity. The
tools run one after the other, in another order for each case. Needs `adv-lib`
and `foolbox`; it takes some minutes on one core:

    KERAS_BACKEND=torch python -m results.record minimal_distance
"""

import importlib
import importlib.util
import os
import pathlib
import sys
import time
import types

os.environ.setdefault("OMP_NUM_THREADS", "1")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from absl import app  # noqa: E402
from absl import flags  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402

import keras_ceb  # noqa: E402
from examples.common import provenance  # noqa: E402
from examples.common import results  # noqa: E402
from keras_ceb.adversarial import FastTraining  # noqa: E402
from keras_ceb.robustness.attacks import DDN  # noqa: E402
from keras_ceb.robustness.attacks import FMN  # noqa: E402

FLAGS = flags.FLAGS

SEED = 0
TRAINED = 1400
TRAINING_EPS = 0.15
MODELS = {
    "plain": {"objective": "xent"},
    "ceb": {"rho": 2.0},
    "adversarial": {"rho": 2.0},
}
# Attack and norm.
CASES = [
    ("FMN", "l0"),
    ("FMN", "l1"),
    ("FMN", "l2"),
    ("FMN", "linf"),
    ("DDN", "l2"),
]
ORDERS = {"l0": 0, "l1": 1, "l2": 2, "linf": np.inf}


def train(name, x, y, epochs):
    """One of `MODELS`, trained."""
    keras.utils.set_random_seed(SEED)
    backbone = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(64, 3, 2, padding="same", activation="relu"),
            keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
        ]
    )
    model = keras_ceb.wrap(backbone, 10, seed=SEED, **MODELS[name])
    adversary = None
    if name == "adversarial":
        adversary = FastTraining("linf", eps=TRAINING_EPS)
    model.compile("adam", metrics=["accuracy"], adversary=adversary)
    model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
    return model


def ours(model, x, y, attack, norm, steps):
    # The ball that contains every input: no limit.
    diagonal = float(np.linalg.norm(np.ones(x[0].size), ORDERS[norm]))
    kind = FMN if attack == "FMN" else DDN
    return kind(norm, eps=diagonal, steps=steps)(model, x, y)


def adv_lib(name):
    """A module of adv-lib's attacks.

    The package of adv-lib's attacks imports packages for plots and for LPIPS,
    which these attacks do without.
    """
    if "adv_lib.attacks" not in sys.modules:
        if importlib.util.find_spec("visdom") is None:
            sys.modules["visdom"] = types.ModuleType("visdom")
        origin = importlib.util.find_spec("adv_lib").origin
        package = types.ModuleType("adv_lib.attacks")
        package.__path__ = [str(pathlib.Path(origin).parent / "attacks")]
        sys.modules["adv_lib.attacks"] = package
    return importlib.import_module(f"adv_lib.attacks.{name}")


def from_adv_lib(model, x, y, attack, norm, steps):
    import torch

    arguments = model, torch.tensor(x), torch.tensor(y).long()
    if attack == "DDN":
        # Without the quantization to 256 levels, as ours.
        ddn = adv_lib("decoupled_direction_norm").ddn
        found = ddn(*arguments, steps=steps, levels=None)
    else:
        fmn = adv_lib("fast_minimum_norm").fmn
        found = fmn(*arguments, norm=ORDERS[norm], steps=steps)
    return found.detach().numpy()


def from_foolbox(model, x, y, attack, norm, steps):
    import foolbox
    import torch

    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    title = {"l0": "L0", "l1": "L1", "l2": "L2", "linf": "LInf"}[norm]
    name = "DDNAttack" if attack == "DDN" else f"{title}FMNAttack"
    found = getattr(foolbox.attacks, name)(steps=steps)(
        wrapped, torch.tensor(x), torch.tensor(y).long(), epsilons=None
    )[0]
    return found.detach().numpy()


TOOLS = {
    "keras_ceb": ours,
    "adv_lib": from_adv_lib,
    "foolbox": from_foolbox,
}


def judge(model, x, y, found, norm):
    """The distances of points, infinite where the model is not fooled."""
    wrong = model.predict(found, verbose=0).argmax(axis=1) != y
    inside = (found >= -1e-6).all() and (found <= 1 + 1e-6).all()
    if not inside:
        raise ValueError(f"points outside of the range, norm {norm}")
    moved = np.float64((found - x).reshape(len(x), -1))
    distances = np.linalg.norm(moved, ORDERS[norm], axis=1)
    return np.where(wrong, distances, np.inf)


def median(distances):
    """The median, `None` if it is infinite, which JSON has no number for."""
    middle = np.percentile(distances, 50, method="inverted_cdf")
    return float(middle) if np.isfinite(middle) else None


def measure(name, model, x, y, steps):
    """The distances that every tool finds for the right images of a model."""
    right = model.predict(x, verbose=0).argmax(axis=1) == y
    x, y = x[right], y[right]
    rows = []
    for turn, (attack, norm) in enumerate(CASES):
        order = list(TOOLS)[turn % len(TOOLS) :] + list(TOOLS)
        row = {"model": name, "attack": attack, "norm": norm, "tools": {}}
        row["images"] = len(x)
        found = {}
        for tool in order[: len(TOOLS)]:
            start = time.process_time()
            points = TOOLS[tool](model, x, y, attack, norm, steps)
            seconds = time.process_time() - start
            found[tool] = judge(model, x, y, points, norm)
            row["tools"][tool] = {
                "median": median(found[tool]),
                "found": float(np.mean(np.isfinite(found[tool]))),
                "cpu_seconds": seconds,
            }
        best = np.minimum.reduce(list(found.values()))
        for tool, distances in found.items():
            figures = row["tools"][tool]
            closest = np.isfinite(distances) & (distances <= 1.01 * best)
            figures["within_1_percent_of_the_best"] = float(np.mean(closest))
            if figures["median"] is not None:
                ours_median = row["tools"]["keras_ceb"]["median"]
                figures["ours_over_this"] = ours_median / figures["median"]
        rows.append(row)
        print(row, flush=True)
    return rows


def main(_):
    if keras.config.backend() != "torch":
        raise RuntimeError("Run it with KERAS_BACKEND=torch")
    start = time.time()
    images, labels = load_digits(return_X_y=True)
    x = (images / 16.0).reshape(-1, 8, 8, 1).astype("float32")
    y = labels.astype("int32")
    test = slice(TRAINED, TRAINED + FLAGS.images)
    rows = []
    for name in MODELS:
        model = train(name, x[:TRAINED], y[:TRAINED], FLAGS.epochs)
        rows += measure(name, model, x[test], y[test], FLAGS.steps)
    settings = {
        "data": "digits",
        "models": MODELS,
        # Of the attack in training; those that are measured have none.
        "radii": {"training": [TRAINING_EPS]},
        "epochs": FLAGS.epochs,
        "steps": FLAGS.steps,
        "images": FLAGS.images,
    }
    run = provenance.run("measurement", time.time() - start, [SEED])
    results.write(FLAGS.output, settings, [run], {"runs": rows})


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("output", "minimal_distance.json", "File to write.")
    flags.DEFINE_integer("steps", 100, "Steps of each attack.")
    flags.DEFINE_integer("images", 256, "Test images that are attacked.")
    flags.DEFINE_integer("epochs", 15, "Epochs of training.")
    app.run(main)
