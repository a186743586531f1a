"""Measures models of the ImageNet study as Table 1 does.

    python -m examples.imagenet.evaluate --strategy=tpu --tpu=my-tpu \
        --data=gs://bucket/tensorflow_datasets --imagenet_c=ImageNet-C \
        --imagenet_a=imagenet-a --workdir=gs://bucket/resnet50_ceb_3
    python -m examples.imagenet.evaluate --strategy=one_device \
        --data=imagenette --workdir=runs/imagenette/resnet50x2_ceb_4 \
        --results=results/imagenette

The error on the validation set, on ImageNet-C, on ImageNet-A, and under
random-target PGD in both norms: with cross-entropy, as in the paper, and with
the margin loss and the best of all steps, which large logits do not mask.
With several processes each measures a part. Finished measurements are kept: an
interrupted run resumes with the next one.

Without `--imagenet_c`, the validation images are corrupted during evaluation,
which differs from the released ImageNet-C, as that was saved as JPEG.
"""

import itertools
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

from examples.common import devices as device_lib
from examples.common import provenance
from examples.common import results
from examples.common import workdir
from examples.imagenet import data
from examples.imagenet import study
from examples.imagenet.experiments import Preset
from keras_ceb.data import EncodedImages
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import corruptions
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD

FLAGS = flags.FLAGS
flags.DEFINE_list("workdir", None, "Folders of trained models, by commas.")
flags.DEFINE_string("data", None, "Folder of ImageNet, as for train.py.")
flags.DEFINE_string("imagenet_c", None, "Folder of the released ImageNet-C.")
flags.DEFINE_string("imagenet_a", None, "Folder of ImageNet-A, by wnid.")
flags.DEFINE_string(
    "strategy", "one_device", "tpu, mirrored, multiworker, one_device or jax."
)
flags.DEFINE_string("tpu", None, "Name of the TPU, if not of this machine.")
flags.DEFINE_integer(
    "num_processes", 1, "With --strategy=jax: processes, one a host."
)
flags.DEFINE_string("results", None, "Folder for a copy of the result.")
flags.DEFINE_integer("attack_images", None, "If not the preset's.")
flags.DEFINE_integer("corruption_images", None, "If not the preset's.")
flags.DEFINE_list("severities", None, "If not the preset's.")
flags.DEFINE_integer("verbose", 1, "1 shows progress bars, 0 does not.")

# The flags that change what is measured.
SETTINGS = ("attack_images", "corruption_images", "severities", "imagenet_c")


def images(preset, shard, limit=0):
    """Validation images of a shard, at most `limit` in all, spread evenly."""

    def load(shard):
        return data.load(FLAGS.data, "validation", preset, shard=shard)

    index, count = shard
    whole = load((0, 1)).num_examples
    if not limit or limit >= whole:
        return load(shard).as_tf_data()
    # Each process reads one of many parts, and no more than its share.
    parts = whole // limit
    dataset = load((index, count * parts)).as_tf_data()
    share = len(range(index, limit, count))
    dataset = dataset.unbatch().take(share).batch(preset.eval_batch_size)
    batches = -(-share // preset.eval_batch_size)
    return dataset.apply(tf.data.experimental.assert_cardinality(batches))


def count_wrong(model, dataset, batch_size, right):
    """The number of wrong images, and of all.

    Args:
        model: The model.
        dataset: `tf.data.Dataset` of images and labels.
        batch_size: Images per batch; the last one may have fewer.
        right: Function from logits and labels to booleans.
    """
    classifier = Classifier(model, batch_size=batch_size)
    wrong = count = 0
    for x, y in dataset.as_numpy_iterator():
        wrong += int(np.sum(~right(classifier.predict(x), y)))
        count += len(y)
    return {"all": [wrong, count]}


def measure_clean(model, preset, shard):
    return count_wrong(
        model,
        images(preset, shard, preset.images),
        preset.eval_batch_size,
        lambda logits, labels: logits.argmax(1) == labels,
    )


def measure_imagenet_a(model, preset, shard):
    dataset = EncodedImages(
        FLAGS.imagenet_a,
        preset.eval_batch_size,
        training=False,
        image_size=preset.image_size,
        shard=shard,
    ).as_tf_data()
    # The place of a wnid among the 200 is not its number among the 1000.
    numbers = corruptions.IMAGENET_SUBSETS["imagenet_a"]
    return count_wrong(
        model,
        dataset,
        preset.eval_batch_size,
        lambda logits, labels: corruptions.subset_correct(
            logits, numbers[labels], "imagenet_a"
        ),
    )


def measure_corruptions(model, preset, shard):
    classifier = Classifier(model, batch_size=preset.eval_batch_size)
    limit = FLAGS.corruption_images or preset.corruption_images
    severities = FLAGS.severities or preset.severities
    names = preset.corruptions
    suite = corruptions.CorruptionSuite(
        corruptions.COMMON_CORRUPTIONS if names is True else tuple(names),
        tuple(int(severity) for severity in severities),
    )
    if FLAGS.imagenet_c:
        folder = corruptions.CorruptionFolder(
            FLAGS.imagenet_c, suite.names, suite.severities
        )
        report = corruptions.evaluate_corrupted_sets(
            classifier,
            lambda *key: itertools.islice(
                folder.load(*key), shard[0], None, shard[1]
            ),
            suite,
            variant="imagenet-c",
        )
    else:
        dataset = images(preset, shard, limit)
        report = corruptions.evaluate_corruptions(
            classifier, dataset, suite, verbose=FLAGS.verbose
        )
    counts = {
        f"{name} {severity}": [
            round(error * report.num_images),
            report.num_images,
        ]
        for name, row in report.errors.items()
        for severity, error in row.items()
    }
    facts = {"variant": report.variant, "source": report.source}
    return {**counts, "facts": {**facts, "left_out": report.left_out}}


def measure_attack(model, preset, shard, norm, loss, keep):
    limit = FLAGS.attack_images or preset.attack_images
    attack = PGD(
        norm,
        getattr(preset, norm),
        preset.attack_steps,
        step_size=getattr(preset, f"{norm}_step"),
        target="random",
        loss=loss,
        keep=keep,
    )
    result = robust_accuracy(
        Classifier(model, batch_size=preset.eval_batch_size),
        images(preset, shard, limit),
        attack,
        verbose=FLAGS.verbose,
    )
    standing, all_images = int(result.robust.sum()), len(result.robust)
    facts = {"attack": result.attack}
    return {"all": [all_images - standing, all_images], "facts": facts}


def measurements():
    """Name and function of everything that is measured."""
    found = {"clean": measure_clean}
    if FLAGS.imagenet_a:
        found["imagenet_a"] = measure_imagenet_a
    found["corruptions"] = measure_corruptions
    for norm in ("l2", "linf"):
        for suffix, loss, keep in (
            ("", "cross_entropy", "last"),
            ("_margin", "margin", "best"),
        ):
            found[f"pgd_{norm}{suffix}"] = (
                lambda *arguments, options=(norm, loss, keep): measure_attack(
                    *arguments, *options
                )
            )
    return found


def add_up(parts):
    """The counts of all processes together."""
    total = {}
    for part in parts:
        for name, row in part["counts"].items():
            sums = total.setdefault(name, {"facts": row.get("facts")})
            for key, value in row.items():
                if key != "facts":
                    old = sums.get(key, [0, 0])
                    sums[key] = [old[0] + value[0], old[1] + value[1]]
    return total


def evaluate(folder, devices):
    """Measures the model in a folder; writes `evaluation.json` there."""
    index, processes = devices.shard
    trained = results.read(folder / "train.json")
    preset = Preset(**trained["settings"]["preset"])
    devices.check_batch_size(preset.eval_batch_size)
    parts = [
        folder / "evaluation" / f"part_{i}_of_{processes}.json"
        for i in range(processes)
    ]
    settings = {name: getattr(FLAGS, name) for name in SETTINGS}
    part = {"settings": settings, "counts": {}, "seconds": 0.0}
    if parts[index].exists():
        part = workdir.read(parts[index])
        part.pop("format")
        if part["settings"] != settings:
            raise ValueError(
                "`workdir` holds an evaluation of other settings: delete "
                f"{parts[index]} to begin anew. Received: {settings}, there "
                f"{part['settings']}"
            )
    wanted = measurements()
    todo = [name for name in wanted if name not in part["counts"]]
    if todo:
        with devices.scope():
            model = keras.models.load_model(
                str(folder / "model.keras"), compile=False
            )
            for name in todo:
                start = time.time()
                part["counts"][name] = wanted[name](
                    model, preset, devices.shard
                )
                part["seconds"] += time.time() - start
                workdir.write(parts[index], part)
    # Whoever is last adds up.
    found = [workdir.read(file) for file in parts if file.exists()]
    if len(found) < processes or not all(
        set(wanted) <= set(part["counts"]) for part in found
    ):
        return
    measured = {
        "strategy": devices.name,
        "processes": processes,
        "attack_images": FLAGS.attack_images or preset.attack_images,
        "corruption_images": FLAGS.corruption_images
        or preset.corruption_images,
        "severities": [int(s) for s in FLAGS.severities or preset.severities],
    }
    seconds = sum(part["seconds"] for part in found)
    result = {
        "settings": {**trained["settings"], "measurement": measured},
        # The default seed of the attacks and the corruptions.
        "provenance": [
            *trained["provenance"],
            provenance.run("measurement", seconds, [0]),
        ],
        "figures": {**trained["figures"], "counts": add_up(found)},
    }
    results.write(folder / "evaluation.json", **result)
    if FLAGS.results:
        name = study.file_name(result)
        results.write(workdir.path_of(FLAGS.results) / name, **result)


def main(_):
    devices = device_lib.make(
        FLAGS.strategy, FLAGS.tpu, FLAGS.num_processes, together=False
    )
    for name in FLAGS.workdir:
        evaluate(workdir.path_of(name), devices)


if __name__ == "__main__":
    flags.mark_flag_as_required("workdir")
    app.run(main)
