"""Checks the ported network: ImageNet's classes, without any training.

    python -m examples.transfer.zero_shot --data=imagenette --images=300 \
        --output=results/transfer/zero_shot.json

How often the largest of the 1000 logits is that of the photograph's class, and
how often the largest of Imagenette's ten is, at several sizes to which the
photographs are enlarged.
"""

import dataclasses
import time

import numpy as np
from absl import app
from absl import flags

from examples.common import provenance
from examples.common import results
from examples.transfer import data
from examples.transfer import experiments
from examples.transfer import lite0
from examples.transfer import weights

FLAGS = flags.FLAGS


def agreement(logits, labels, classes=experiments.IMAGENET_CLASSES):
    """The share of right answers, of all classes and of these alone.

    Args:
        logits: `[n, all]`.
        labels: `[n]`, places in `classes`.
        classes: The places of the classes in the logits.
    """
    classes = np.asarray(classes)
    return {
        "all": float(np.mean(logits.argmax(axis=1) == classes[labels])),
        "ten": float(np.mean(logits[:, classes].argmax(axis=1) == labels)),
    }


def main(_):
    start = time.time()
    preset = dataclasses.replace(
        experiments.preset("few"), test_images=FLAGS.images
    )
    test = data.load(FLAGS.data, "test", preset)
    images = test.images.astype("float32") / 255
    tensors = weights.load()
    figures = {}
    for size in map(int, FLAGS.sizes):
        backbone = lite0.build(images.shape[1:], size)
        lite0.set_weights(backbone, tensors)
        model = lite0.classifier(backbone, tensors)
        logits = model.predict(images, batch_size=50, verbose=0)
        figures[str(size)] = agreement(logits, np.asarray(test.labels))
        print(size, figures[str(size)], flush=True)
    if FLAGS.output:
        results.write(
            FLAGS.output,
            {"images": len(images), "weights": weights.SHA256},
            [provenance.run("measurement", time.time() - start)],
            figures,
        )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("data", None, "Folder of Imagenette.", required=True)
    flags.DEFINE_integer("images", None, "How many; by default all.")
    flags.DEFINE_list("sizes", ["96", "128", "160", "224"], "In pixels.")
    flags.DEFINE_string("output", None, "File of the result.")
    app.run(main)
