"""Images per CPU-second of our AutoAugment and others, in one process.

Every augmentation runs as in the input pipeline of its package, in `tf.data` on
one thread: ours and Keras's on batches, the TensorFlow Model Garden's image by
image. The order rotates; the figures are medians, and the ratios are medians
of the ratios within each turn.

    ours            keras_ceb.data.AutoAugment
    tf-models       official.vision.ops.augment.AutoAugment
    Keras           keras.layers.RandAugment, which has no AutoAugment

The Model Garden pins another TensorFlow. To install it with this one:

    pip install --no-deps tf-models-official==2.20.0 gin-config pycocotools \\
        opencv-python-headless pandas python-dateutil pytz tf-slim pyyaml
    python -m results.record augment
"""

import json
import statistics
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags
from official.vision.ops import augment as garden

from examples.common import provenance
from examples.common import results
from keras_ceb import data

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "augment.json", "File to write.")
flags.DEFINE_integer("turns", 7, "Timed turns of each augmentation.")
flags.DEFINE_float("seconds", 0.7, "Least CPU-seconds of a turn.")

# Images a batch: small images need many to pay for a call, large ones few to
# stay in the cache.
BATCH = {32: 128, 224: 16}


def pictures(size, count=64):
    """Smooth random images: uint8, [count, size, size, 3]."""
    coarse = np.random.default_rng(0).uniform(-40, 295, (count, 8, 8, 3))
    images = tf.image.resize(coarse, (size, size), "bicubic")
    return tf.cast(tf.clip_by_value(images, 0, 255), "uint8")


def ours(policy, size):
    layer = data.AutoAugment(policy, per_image=True, seed=0)
    return layer, BATCH[size]


def tf_models(policy, size):
    layer = garden.AutoAugment(
        augmentation_name=f"reduced_{policy}",
        # Ten pixels of 32, as the authors have it.
        translate_const=10 * size / 32,
    )
    return layer.distort, None


def keras_rand_augment(policy, size):
    del policy
    return keras.layers.RandAugment((0, 255), num_ops=2, seed=0), BATCH[size]


AUGMENTATIONS = {
    "ours": ours,
    "tf-models": tf_models,
    "Keras RandAugment": keras_rand_augment,
}
CASES = (("cifar10", 32), ("cifar10", 224), ("imagenet", 224))


def pipeline(function, batch_size, images):
    """An endless iterator of augmented images or batches."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    dataset = tf.data.Dataset.from_tensor_slices(images).repeat()
    if batch_size:
        dataset = dataset.batch(batch_size, drop_remainder=True)
    dataset = dataset.map(function).with_options(options)
    return iter(dataset)


def images_per_cpu_second(iterator, batch_size):
    """Over at least `FLAGS.seconds` of the process's time."""
    count, start = 0, time.process_time()
    while (spent := time.process_time() - start) < FLAGS.seconds:
        next(iterator)
        count += batch_size or 1
    return count / spent


def measure(policy, size):
    """Medians of speed and of our ratio to each of the others."""
    images = pictures(size)
    runs = {}
    for name, make in AUGMENTATIONS.items():
        function, batch_size = make(policy, size)
        runs[name] = (pipeline(function, batch_size, images), batch_size)
        for _ in range(3):
            next(runs[name][0])
    speeds = {name: [] for name in runs}
    names = list(runs)
    for turn in range(FLAGS.turns):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            speeds[name].append(images_per_cpu_second(*runs[name]))
    return {
        "images_per_cpu_second": {
            name: statistics.median(values) for name, values in speeds.items()
        },
        "ours_against": {
            name: statistics.median(
                a / b for a, b in zip(speeds["ours"], values, strict=True)
            )
            for name, values in speeds.items()
            if name != "ours"
        },
    }


def main(_):
    start = time.time()
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    cases = []
    for policy, size in CASES:
        row = {"policy": policy, "size": size, **measure(policy, size)}
        print(json.dumps(row))
        cases.append(row)
    results.write(
        FLAGS.output,
        {"turns": FLAGS.turns, "seconds": FLAGS.seconds},
        [provenance.run("measurement", time.time() - start, [0])],
        {"cases": cases},
    )


if __name__ == "__main__":
    app.run(main)
