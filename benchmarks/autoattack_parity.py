"""AutoAttack of keras_ceb, the original, and torchattacks' on the same models.

Three small models of Fashion-MNIST (plain, CEB, adversarially trained) are
attacked by our AutoAttack on TensorFlow, JAX and PyTorch, and by the original
and that of torchattacks on PyTorch, on the same images: one process per
framework, one thread each, one attack at a time, in turn. Afterwards one
process says which adversarial images the model gets wrong, so that no tool
judges itself. The times include what a first call compiles; JAX finds in its
cache what it has compiled for a model of the same layers. An image on which the
tools differ is attacked again, alone, with other seeds.

Needs the package's three environments, `pyautoattack` and `torchattacks` (both
`--no-deps`) in that of PyTorch, and `fashion_mnist.npz` with x_train, y_train,
x_test and y_test.

    python -m results.record autoattack_parity --data=fashion_mnist.npz
"""

import json
import os
import pathlib
import subprocess
import tempfile

from absl import app
from absl import flags

from examples.common import results

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "autoattack_parity.json", "File to write.")
flags.DEFINE_string("data", None, "Fashion-MNIST as .npz.", required=True)
flags.DEFINE_integer("images", 500, "Images to attack.")
flags.DEFINE_integer("batch_size", 100, "Images per batch.")
flags.DEFINE_integer("train_images", 20000, "Images to train on.")
flags.DEFINE_integer("epochs", 4, "Epochs of training.")
flags.DEFINE_string("tensorflow", ".venv/bin/python", "Python that has it.")
flags.DEFINE_string("jax", ".venv-jax/bin/python", "Python that has it.")
flags.DEFINE_string("torch", ".venv-torch/bin/python", "Python that has it.")

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Tool and framework, by the name in the result.
TOOLS = {
    "keras_ceb_tensorflow": ("ours", "tensorflow"),
    "keras_ceb_jax": ("ours", "jax"),
    "keras_ceb_torch": ("ours", "torch"),
    "original": ("original", "torch"),
    "torchattacks": ("torchattacks", "torch"),
}
# Of the attack in the training of the third model.
TRAINING_EPS = 0.1
# Some of the images withstand these, so that every attack has work to do.
RADII = {
    "plain": {"linf": 0.08, "l2": 1.3},
    "ceb": {"linf": 0.08, "l2": 1.3},
    "adversarial": {"linf": 0.2, "l2": 2.5},
}
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class Worker:
    """A process of one framework, see `parity_worker`."""

    def __init__(self, framework, folder):
        self._process = subprocess.Popen(
            [
                getattr(FLAGS, framework),
                *("-m", "benchmarks.parity_worker"),
                *(str(folder), str(FLAGS.batch_size)),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                **ONE_THREAD,
                "KERAS_BACKEND": framework,
                "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
                "PYTHONPATH": str(ROOT),
            },
        )

    def ask(self, **request):
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"A process ended at {request}")
        return json.loads(line)

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def measure(workers, folder):
    """The figures of every tool on every model in both norms."""
    figures = {}
    turn = 0
    for model, radii in RADII.items():
        for norm, eps in radii.items():
            case = {"model": model, "norm": norm, "eps": eps}
            row = {**case, "tools": {}}
            # Another one begins each time: who comes first finds a cold cache.
            names = (
                list(TOOLS)[turn % len(TOOLS) :]
                + list(TOOLS)[: turn % len(TOOLS)]
            )
            turn += 1
            for name in names:
                tool, framework = TOOLS[name]
                found = workers[framework].ask(tool=tool, **case)
                row["tools"][name] = {
                    **found,
                    **workers["tensorflow"].ask(
                        tool="judge", file=found["file"], **case
                    ),
                }
                print(model, norm, name, round(found["seconds"], 1), flush=True)
            row = summary(row)
            explain(workers, case, row["disagreements"])
            figures[f"{model}_{norm}"] = row
            print(json.dumps(row), flush=True)
    return figures


def explain(workers, case, disagreements):
    """Adds how many of other seeds mislead the model, by tool."""
    images = [one["image"] for one in disagreements]
    for name, (tool, framework) in TOOLS.items():
        if not images:
            return
        found = workers[framework].ask(tool=tool, images=images, **case)
        for one, misled in zip(disagreements, found["misled"], strict=True):
            one.setdefault("misled_by_other_seeds", {})[name] = misled


def summary(row):
    """The robust accuracies of a case, and the images that differ."""
    tools = row.pop("tools")
    right = {name: tools[name].pop("right") for name in TOOLS}
    count = len(right["original"])
    for name in TOOLS:
        del tools[name]["file"]
        tools[name]["robust_accuracy"] = sum(right[name]) / count
    differ = [
        {
            "image": image,
            "withstands": [n for n in TOOLS if right[n][image]],
        }
        for image in range(count)
        if len({right[n][image] for n in TOOLS}) > 1
    ]
    original = tools["original"]["cpu_seconds"]
    return {
        **row,
        "tools": tools,
        "original_over_ours": {
            name: original / tools[name]["cpu_seconds"]
            for name in TOOLS
            if name.startswith("keras_ceb")
        },
        "disagreements": differ,
    }


def main(_):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        workers = {
            framework: Worker(framework, folder)
            for framework in ("tensorflow", "jax", "torch")
        }
        trained = workers["tensorflow"].ask(
            tool="train",
            data=os.path.abspath(FLAGS.data),
            images=FLAGS.images,
            train_images=FLAGS.train_images,
            epochs=FLAGS.epochs,
            eps=TRAINING_EPS,
        )
        figures = {"clean": trained["clean"], **measure(workers, folder)}
        runs = [workers[name].ask(tool="provenance") for name in workers]
        for worker in workers.values():
            worker.close()
    settings = {
        "images": FLAGS.images,
        "train_images": FLAGS.train_images,
        "batch_size": FLAGS.batch_size,
        "epochs": FLAGS.epochs,
        "training_eps": TRAINING_EPS,
        "radii": {
            norm: sorted({radii[norm] for radii in RADII.values()})
            for norm in ("linf", "l2")
        },
    }
    results.write(FLAGS.output, settings, runs, figures)


if __name__ == "__main__":
    app.run(main)
