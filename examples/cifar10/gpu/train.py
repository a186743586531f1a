"""Trains one model of the GPU study."""

import time

import keras

import keras_ceb
from examples.cifar10.gpu import networks
from examples.cifar10.gpu.settings import EPS
from examples.common import adversaries
from examples.common.checkpoint import Checkpoint
from examples.common.history import EpochHistory
from examples.common.one_cycle import OneCycle


def build(row, settings, image_shape, steps, policy=None):
    """The compiled model of a row.

    Args:
        row: A `Row`.
        settings: `Settings`.
        image_shape: `(height, width, channels)`.
        steps: Training steps in all.
        policy: Of the backbone; by default that of the settings.
    """
    keras.utils.set_random_seed(row.seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy or settings.policy)
    try:
        backbone = networks.NETWORKS[row.network](
            image_shape, row.seed, **settings.networks[row.network]
        )
        model = keras_ceb.wrap(
            backbone,
            10,
            weight_decay=settings.weight_decay,
            seed=row.seed,
            **row.model,
        )
    finally:
        keras.config.set_dtype_policy(before)
    adversary = None
    if row.fast:
        adversary = adversaries.fast(EPS, row.seed, settings.noise)
    rate = OneCycle(settings.rates[row.network], steps, settings.peak)
    model.compile(
        keras.optimizers.SGD(
            rate,
            momentum=settings.momentum,
            global_clipnorm=settings.clipnorm[row.network],
        ),
        metrics=["accuracy"],
        adversary=adversary,
    )
    return model


class CheckpointInTime(Checkpoint):
    """Writes every few epochs, at the end, and before the time is up."""

    def __init__(self, folder, clock, every, epochs):
        super().__init__(folder)
        self.clock = clock
        self.every = every
        self.epochs = epochs

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.time()

    def on_epoch_end(self, epoch, logs=None):
        self.clock.tick()
        # Another epoch like this one must fit, and its file.
        seconds = time.time() - self._start
        late = self.clock.left_to_call() < 1.5 * seconds + 3.0
        last = epoch + 1 == self.epochs
        if late or last or (epoch + 1) % self.every == 0:
            super().on_epoch_end(epoch, logs)
        if late and not last:
            self.model.stop_training = True


def train(model, batches, settings, epochs, folder, clock):
    """Trains a model as long as there is time, from where it was.

    Args:
        model: The compiled model.
        batches: `Batches`.
        settings: `Settings`.
        epochs: In all.
        folder: Of this model.
        clock: `Clock`.

    Returns:
        The epochs that it has been trained for, and the rows of its history.
    """
    history = EpochHistory(folder / "history.json")
    checkpoints = CheckpointInTime(
        folder / "checkpoints", clock, settings.checkpoint_every, epochs
    )
    first = checkpoints.restore(model)
    history.on_train_begin()
    if first < epochs:
        model.fit(
            batches.stream(first),
            steps_per_epoch=len(batches),
            initial_epoch=first,
            epochs=epochs,
            callbacks=[history, checkpoints],
            verbose=0,
        )
    return len(history.rows), history.rows


def time_step(row, settings, image_shape, batches, epochs, policy=None):
    """Seconds to compile a training step, and seconds of one."""
    model = build(row, settings, image_shape, epochs * len(batches), policy)
    stream = batches.stream()
    start = time.time()
    # The first execution compiles; a few more fill the queue.
    options = {"verbose": 0, "epochs": 1}
    model.fit(stream, steps_per_epoch=2, **options)
    compiled = time.time()
    model.fit(stream, steps_per_epoch=settings.timed_steps, **options)
    step = (time.time() - compiled) / settings.timed_steps
    return compiled - start, step
