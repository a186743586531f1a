"""`AutoAttack(version="fast")` against the standard version.

Three small models of Fashion-MNIST (plain, CEB, adversarially trained), as in
`autoattack_parity`, are attacked by both versions in turn, in both norms, at
radii that at least 30 % of the images withstand. Each attack begins with a
model loaded anew, so the CPU seconds include what a first call compiles. Needs
`fashion_mnist.npz` with x_train, y_train, x_test and y_test.

    python -m results.record autoattack_fast --data=fashion_mnist.npz
"""

import json
import os
import pathlib
import statistics
import time

# Of one thread each, so that CPU seconds do not depend on other processes.
for name in (
    "OMP_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
):
    os.environ.setdefault(name, "1")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from absl import app  # noqa: E402
from absl import flags  # noqa: E402

from benchmarks import parity_worker  # noqa: E402
from examples.common import provenance  # noqa: E402
from examples.common import results  # noqa: E402
from keras_ceb.robustness import Classifier  # noqa: E402
from keras_ceb.robustness import robust_accuracy  # noqa: E402
from keras_ceb.robustness.attacks import AutoAttack  # noqa: E402

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "autoattack_fast.json", "File to write.")
flags.DEFINE_string("data", None, "Fashion-MNIST as .npz.", required=True)
flags.DEFINE_integer("images", 500, "Images to attack.")
flags.DEFINE_integer("batch_size", 100, "Images per batch.")
flags.DEFINE_integer("train_images", 20000, "Images to train on.")
flags.DEFINE_integer("epochs", 4, "Epochs of training.")
flags.DEFINE_integer("turns", 1, "Times that both versions run.")
flags.DEFINE_string(
    "workdir", "runs/autoattack_fast", "Of the models; trained if not there."
)

VERSIONS = ("standard", "fast")
# Of the attack in the training of the third model.
TRAINING_EPS = 0.1
RADII = {
    "plain": {"linf": 0.045, "l2": 0.7},
    "ceb": {"linf": 0.04, "l2": 0.6},
    "adversarial": {"linf": 0.12, "l2": 1.6},
}


def attack(file, x, y, norm, eps, version):
    """The result of an attack on a model from a file, and its CPU seconds."""
    model = keras.models.load_model(file)
    classifier = Classifier(model, batch_size=FLAGS.batch_size)
    start = time.process_time()
    found = robust_accuracy(
        classifier, (x, y), AutoAttack(norm, eps, version=version), verbose=0
    )
    return found, time.process_time() - start


def compare(file, x, y, norm, eps):
    """The figures of both versions on a model."""
    seconds = {version: [] for version in VERSIONS}
    found = {}
    for turn in range(FLAGS.turns):
        # The other one begins each time.
        for version in VERSIONS if turn % 2 == 0 else VERSIONS[::-1]:
            found[version], spent = attack(file, x, y, norm, eps, version)
            seconds[version].append(spent)
    robust = {version: found[version].robust for version in VERSIONS}
    row = {
        "norm": norm,
        "eps": eps,
        "clean": float(found["fast"].clean.mean()),
        "robust_accuracy": {v: found[v].accuracy for v in VERSIONS},
        "after": {v: found[v].after for v in VERSIONS},
        "only_standard_misleads": int(
            (robust["fast"] & ~robust["standard"]).sum()
        ),
        "only_fast_misleads": int((robust["standard"] & ~robust["fast"]).sum()),
        "cpu_seconds": seconds,
        "times_faster": statistics.median(
            slow / quick
            for slow, quick in zip(
                seconds["standard"], seconds["fast"], strict=True
            )
        ),
    }
    print(json.dumps(row), flush=True)
    return row


def main(_):
    begin = time.time()
    folder = pathlib.Path(FLAGS.workdir)
    # Written last.
    images = folder / "images.npz"
    if not images.exists():
        folder.mkdir(parents=True, exist_ok=True)
        parity_worker.train(
            folder,
            FLAGS.data,
            FLAGS.images,
            FLAGS.train_images,
            FLAGS.epochs,
            TRAINING_EPS,
        )
    with np.load(images) as arrays:
        x, y = arrays["x"][: FLAGS.images], arrays["y"][: FLAGS.images]
    rows = [
        {"model": name, **compare(folder / f"{name}.keras", x, y, *ball)}
        for name, balls in RADII.items()
        for ball in balls.items()
    ]
    run = provenance.run(
        "measurement", time.time() - begin, [parity_worker.SEED]
    )
    settings = {
        "images": FLAGS.images,
        "train_images": FLAGS.train_images,
        "batch_size": FLAGS.batch_size,
        "epochs": FLAGS.epochs,
        "turns": FLAGS.turns,
        "training_eps": TRAINING_EPS,
        "radii": {
            norm: sorted({radii[norm] for radii in RADII.values()})
            for norm in ("linf", "l2")
        },
    }
    results.write(FLAGS.output, settings, [run], {"runs": rows})


if __name__ == "__main__":
    app.run(main)
