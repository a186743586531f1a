"""Trains one model of the ImageNet study.

    python -m examples.imagenet.train --experiment=resnet50_ceb_3 \
        --strategy=tpu --tpu=my-tpu --data=gs://bucket/tensorflow_datasets \
        --workdir=gs://bucket/resnet50_ceb_3
    python -m examples.imagenet.train --experiment=resnet50x2_cceb_4 \
        --preset=imagenette --strategy=one_device --data=imagenette \
        --workdir=runs/imagenette/resnet50x2_cceb_4

Run the same command again after an interruption to resume after the last
finished epoch; the resulting model is the same as without it. `--data` is a
folder with train/<wnid>/*.JPEG and val/<wnid>/*.JPEG, or the data folder of
TensorFlow Datasets with a prepared imagenet2012. See docs/tpu.md.
"""

import dataclasses
import pathlib

import keras
from absl import app
from absl import flags

import keras_ceb
from examples.common import checkpoint
from examples.common import devices as device_lib
from examples.common import history
from examples.common import provenance
from examples.common import results
from examples.common import workdir
from examples.imagenet import data
from examples.imagenet import experiments
from examples.imagenet import model as model_lib

FLAGS = flags.FLAGS
flags.DEFINE_string("experiment", None, "Name, see experiments.py.")
flags.DEFINE_string("preset", "paper", "paper, imagenette or smoke.")
flags.DEFINE_integer("seed", 0, "Seed of everything.", lower_bound=0)
flags.DEFINE_string("data", None, "Folder of ImageNet.")
flags.DEFINE_string("workdir", None, "Folder of this run; gs:// will do.")
flags.DEFINE_string(
    "strategy", "one_device", "tpu, mirrored, multiworker, one_device or jax."
)
flags.DEFINE_string("tpu", None, "Name of the TPU, if not of this machine.")
flags.DEFINE_integer(
    "num_processes", 1, "With --strategy=jax: processes, one a host."
)
flags.DEFINE_integer(
    "batch_size", None, "Of all replicas together, if not the preset's."
)
flags.DEFINE_integer("epochs", None, "If not the preset's.")
flags.DEFINE_string("service", None, "Address of a tf.data service.")
flags.DEFINE_integer(
    "steps_per_execution", 1, "Training steps in one call of the device."
)
flags.DEFINE_bool("tensorboard", False, "Write TensorBoard logs.")
flags.DEFINE_integer("verbose", 1, "1 shows progress bars, 2 lines, 0 nothing.")


def preset_of_flags():
    """The preset, with what the flags change."""
    changes = {
        name: getattr(FLAGS, name)
        for name in ("batch_size", "epochs")
        if getattr(FLAGS, name) is not None
    }
    return dataclasses.replace(experiments.preset(FLAGS.preset), **changes)


def train(experiment, preset, devices, folder):
    """Trains the model of an experiment, from its last checkpoint on.

    Returns:
        The model and the history of its epochs.
    """
    # The history first: an epoch with a checkpoint has its row.
    rows = history.EpochHistory(folder / "history.json", devices.is_chief)
    checkpoints = checkpoint.Checkpoint(
        folder / "checkpoints", devices.is_chief
    )
    autoaugment = experiments.NETWORKS[experiment.network].autoaugment

    def images(split, batch_size, shard, **options):
        return data.load(
            FLAGS.data,
            split,
            preset,
            batch_size=batch_size,
            shard=shard,
            seed=FLAGS.seed,
            **options,
        )

    steps = len(images("train", preset.batch_size, (0, 1)))
    with devices.scope():
        model = model_lib.build(
            experiment, preset, steps, FLAGS.seed, FLAGS.steps_per_execution
        )
        epoch = checkpoints.restore(model)

    def share_of(steps, whole_batch, batch_size, shard):
        """How many batches a shard gives for so many steps of all."""
        return steps * whole_batch // shard[1] // batch_size

    def training(batch_size, shard):
        share = share_of(steps, preset.batch_size, batch_size, shard)
        return images(
            "train",
            batch_size,
            shard,
            autoaugment=autoaugment,
            batches_per_epoch=share,
        ).as_tf_data(epoch, service=FLAGS.service)

    def validation(batch_size, shard):
        dataset = images("validation", batch_size, shard)
        batches = dataset.as_tf_data()
        if devices.num_replicas == 1:
            return batches
        # Full batches, equally many for each replica; evaluate.py takes all.
        whole = preset.eval_batch_size
        full = dataset.num_examples // whole
        return batches.take(share_of(full, whole, batch_size, shard))

    callbacks = [keras_ceb.callbacks.StopOnNaN(), rows, checkpoints]
    if FLAGS.tensorboard and devices.is_chief:
        callbacks.append(
            keras.callbacks.TensorBoard(str(folder / "tensorboard"))
        )
    if epoch < preset.epochs:
        model.fit(
            devices.distribute(training, preset.batch_size),
            validation_data=devices.distribute(
                validation, preset.eval_batch_size
            ),
            steps_per_epoch=steps,
            initial_epoch=epoch,
            epochs=preset.epochs,
            callbacks=callbacks,
            shuffle=False,
            verbose=FLAGS.verbose if devices.is_chief else 0,
        )
    return model, rows


def main(_):
    preset = preset_of_flags()
    experiment = experiments.experiment(FLAGS.experiment)
    devices = device_lib.make(FLAGS.strategy, FLAGS.tpu, FLAGS.num_processes)
    devices.check_batch_size(preset.batch_size)
    devices.check_batch_size(preset.eval_batch_size)
    settings = {
        "experiment": experiment.name,
        "seed": FLAGS.seed,
        "preset": dataclasses.asdict(preset),
    }
    folder = workdir.path_of(FLAGS.workdir)
    held = None
    if devices.is_chief:
        workdir.claim(folder, settings)
        if isinstance(folder, pathlib.Path):  # Buckets have no locks.
            held = workdir.lock(folder)
    done = folder / "train.json"
    if done.exists():
        print(f"{folder} is trained already.")
        return
    model, rows = train(experiment, preset, devices, folder)
    if not devices.is_chief:
        return
    model.save(str(folder / "model.keras"))
    del settings["seed"]
    settings["radii"] = {"l2": [preset.l2], "linf": [preset.linf]}
    settings["training"] = {
        "strategy": devices.name,
        "replicas": devices.num_replicas,
    }
    seconds = sum(row["seconds"] for row in rows.rows)
    results.write(
        done,
        settings,
        [provenance.run("training", seconds, [FLAGS.seed])],
        {"parameters": model.count_params(), "epochs": rows.rows},
    )
    del held


if __name__ == "__main__":
    flags.mark_flags_as_required(["experiment", "workdir"])
    app.run(main)
