"""Trains DAB on CIFAR-10 and measures how well it knows what it does not know.

    python -m examples.dab.run --preset=paper --data=cifar10.npz \
        --ood=svhn=svhn.npz --ood=cifar100=cifar100.npz --workdir=runs/dab/0

Run the same command again after an interruption to resume. `--data` is an .npz
file with x_train, y_train, x_test and y_test, or the data folder of TensorFlow
Datasets. The result, `result.json`, has the accuracy and, for each set of other
images and for the misclassified test images, how well the score of the model
separates them from the (correctly classified) test images.
"""

import dataclasses

import keras
import numpy as np
from absl import app
from absl import flags

import keras_ceb
from examples.common import checkpoint
from examples.common import history
from examples.common import provenance
from examples.common import results
from examples.common import workdir
from examples.dab import protocol
from keras_ceb.robustness import ood

FLAGS = flags.FLAGS


def load(source, split, preset, seed=0):
    """CIFAR-10 as an `ArrayDataset`, pixels from 0 to 1.

    Training images are cropped after a padding of 2 pixels, and flipped.
    """
    options = {"batch_size": preset.batch_size}
    if split == "train":
        options["seed"] = seed
        options["augmentation"] = keras_ceb.data.AugmentationChain(
            [
                keras_ceb.data.PadAndCrop(2, fill_value=0),
                keras_ceb.data.HorizontalFlip(),
            ]
        )
    if source and source.endswith(".npz"):
        return keras_ceb.data.from_npz(source, split, **options)
    return keras_ceb.data.cifar10(split, data_dir=source, **options)


def scores(model, images, batch_size):
    """The divergence of each encoding from the codebook, and the labels."""
    divergences, labels = [], []
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        # Under VIB the divergence depends on no label.
        some_labels = np.zeros(len(batch), "int32")
        divergences.append(model.residual_information(batch, some_labels))
        labels.append(keras.ops.argmax(model(batch), axis=-1))
    return tuple(
        np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])
        for parts in (divergences, labels)
    )


def measure(model, test, others, preset):
    """The figures of a trained model.

    Args:
        model: The model.
        test: An `ArrayDataset` of images of the classes.
        others: Images of other classes by name, pixels from 0 to 1.
        preset: A `Preset`.

    Returns:
        A dict: `accuracy`, `misclassified`, and `ood` by name, the latter two
        with AUROC, AUPR and FPR at 95 % and their intervals.
    """
    first = slice(preset.images)
    images, labels = test.images[first], np.asarray(test.labels[first])
    inside, predicted = scores(model, pixels(images), preset.batch_size)
    right = predicted == labels.reshape(-1)
    figures = {"accuracy": float(right.mean()), "misclassified": None}
    if right.any() and not right.all():
        figures["misclassified"] = ood.separation(
            inside[right], inside[~right]
        ).to_dict()
    figures["ood"] = {
        name: ood.separation(
            inside, scores(model, pixels(outside[first]), preset.batch_size)[0]
        ).to_dict()
        for name, outside in others.items()
    }
    return figures


def pixels(images):
    """Images as float32 from 0 to 1."""
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images.astype("float32") / 255
    return images.astype("float32")


def run(preset_name, seed, source, others, folder, verbose=0):
    """Trains and measures, unless that is done.

    Args:
        preset_name: Name in `protocol.PRESETS`.
        seed: Of everything.
        source: See the module.
        others: Files of images of other classes by name.
        folder: Path of this run.
        verbose: As in `fit`.

    Returns:
        The figures; see `measure`.
    """
    preset = protocol.PRESETS[preset_name]
    others = {
        name: keras_ceb.data.read_npz(file)[0] for name, file in others.items()
    }
    train, test = (
        load(source, split, preset, seed) for split in ("train", "test")
    )
    settings = {"preset": preset_name, **dataclasses.asdict(preset)}
    settings["ood"] = sorted(others)
    folder = workdir.claim(folder, {**settings, "seed": seed})
    held = workdir.lock(folder)
    done = folder / "result.json"
    if done.exists():
        return results.read(done)["figures"]
    model = protocol.build_model(
        preset, len(train), train.images.shape[1:], 10, seed
    )
    # The history first: an epoch with a checkpoint has its row.
    rows = history.EpochHistory(folder / "history.json")
    checkpoints = checkpoint.Checkpoint(folder / "checkpoints")
    model.fit(
        train,
        initial_epoch=checkpoints.restore(model),
        epochs=preset.epochs,
        callbacks=[
            keras_ceb.callbacks.StopOnNaN(),
            keras_ceb.data.FollowEpochs(train),
            rows,
            checkpoints,
        ],
        shuffle=False,
        verbose=verbose,
    )
    model.save(folder / "model.keras")
    figures = measure(model, test, others, preset)
    seconds = sum(row["seconds"] for row in rows.rows)
    results.write(
        done,
        settings,
        [provenance.run("training", seconds, [seed])],
        figures,
    )
    del held
    return figures


def main(_):
    others = dict(pair.split("=", 1) for pair in FLAGS.ood)
    figures = run(
        FLAGS.preset, FLAGS.seed, FLAGS.data, others, FLAGS.workdir, 1
    )
    print(f"accuracy {figures['accuracy']:.4f}")
    for name, separation in figures["ood"].items():
        print(f"{name}: AUROC {separation['auroc']:.4f}")


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_enum("preset", "paper", list(protocol.PRESETS), "Its size.")
    flags.DEFINE_integer("seed", 0, "Seed of everything.", lower_bound=0)
    flags.DEFINE_string(
        "data", None, "File (.npz) or folder (TFDS) of CIFAR-10."
    )
    flags.DEFINE_multi_string("ood", [], "NAME=FILE of other images (.npz).")
    flags.DEFINE_string("workdir", None, "Folder of this run.", required=True)
    app.run(main)
