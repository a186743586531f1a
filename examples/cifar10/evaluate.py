"""Measures how robust trained models of the CIFAR-10 study are.

    python -m examples.cifar10.evaluate --data=cifar10.npz \
        --workdir=runs/cifar10/ceb_2/seed_0 --results=results/cifar10

Accuracy and calibration, PGD-20 over the radii of the preset (Figure 2),
AutoAttack, the common corruptions and the audit for masked gradients. The
corruptions are applied here to the test set, in the style of CIFAR-10-C: they
are not the published files, whose random numbers cannot be reproduced.

Writes `result.json`, which includes how the model was trained, and a copy into
`--results`. Run the same command again after an interruption to resume within
the attack. Several folders, separated by commas, are measured in one process;
with few images that is faster than one process each, because the corruptions
take minutes to compile.
"""

import pathlib
import time

import numpy as np
from absl import app
from absl import flags

import keras_ceb
from examples.cifar10 import data
from examples.cifar10 import experiments
from examples.cifar10 import summary
from examples.common import provenance
from examples.common import results
from examples.common import training
from examples.common import workdir
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Curve

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "File (.npz) or folder (TFDS) of CIFAR-10.")
flags.DEFINE_list("workdir", None, "Folders of the runs.", required=True)
flags.DEFINE_string("results", None, "Folder for a copy of the result.")
flags.DEFINE_list(
    "autoattack",
    None,
    "Radii of AutoAttack, such as 1/255,4/255; by default the preset's.",
)
flags.DEFINE_integer("batch_size", 500, "Images at a time.", lower_bound=1)
flags.DEFINE_integer("verbose", 1, "1 shows progress bars, 0 does not.")


def evaluate(model, images, labels, preset, radii, folder):
    """The report of a model; what was done before it was killed is kept."""
    classifier = keras_ceb.robustness.Classifier(
        model,
        batch_size=min(FLAGS.batch_size, len(images)),
        # A bottleneck too strong to learn is a result of the study.
        allow_chance=True,
    )
    return keras_ceb.evaluate_robustness(
        classifier,
        (images, labels),
        attacks=[
            *(AutoAttack("linf", eps) for eps in radii),
            Curve("linf", preset.linf),
            Curve("l2", preset.l2),
        ],
        corruptions=preset.corruptions,
        audit=preset.audit,
        checkpoint_dir=folder,
        verbose=FLAGS.verbose,
    )


def evaluate_run(folder, radii):
    """Measures the model of a run, unless that is done.

    Args:
        folder: Path of the run.
        radii: Of AutoAttack; `None` for the preset's.

    Raises:
        ValueError: If no trained model is there, or a result with other radii.
    """
    trained = training.trained(folder)
    held = workdir.lock(folder)
    file = folder / "result.json"
    if not file.exists():
        settings = trained["settings"]
        preset = experiments.preset(settings["preset"])
        used = list(preset.autoattack if radii is None else radii)
        test = data.load(FLAGS.data, "test", preset)
        images = test.images[: preset.images].astype("float32") / 255
        labels = np.asarray(test.labels[: preset.images], "int32")
        model = training.load(folder)
        start = time.time()
        report = evaluate(
            model,
            images,
            labels,
            preset,
            used,
            folder / "evaluation",
        )
        settings["radii"]["autoattack"] = used
        seconds = time.time() - start
        # The default seed of the attacks and the corruptions.
        measured = provenance.run("measurement", seconds, [0])
        results.write(
            file,
            settings,
            [*trained["provenance"], measured],
            {**trained["figures"], "report": report.to_dict()},
        )
        report.to_html(folder / "report.html")
    result = results.read(file)
    measured = list(summary.autoattack(result))
    if radii is not None and radii != measured:
        raise ValueError(
            f"`autoattack` must be the radii that {str(file)!r} was measured "
            f"with, {measured}, unless that file is removed. "
            f"Received: autoattack={radii}"
        )
    if FLAGS.results:
        name = summary.file_name(result)
        workdir.write(pathlib.Path(FLAGS.results) / name, result)
    del held


def main(_):
    radii = None
    if FLAGS.autoattack is not None:
        radii = experiments.radii(FLAGS.autoattack)
    for folder in FLAGS.workdir:
        evaluate_run(pathlib.Path(folder), radii)


if __name__ == "__main__":
    app.run(main)
