"""Training of one model in a folder of its own, resumed where it was."""

import keras

import keras_ceb
from examples.common import checkpoint
from examples.common import history
from examples.common import provenance
from examples.common import results
from examples.common import workdir
from keras_ceb.data import FollowEpochs

# What `train` writes beside the model, once it is finished.
TRAINED = "train.json"


def run(build, data, epochs, folder, settings, seed, *, describe=None, **more):
    """Trains the model of a run in its folder, unless that is done.

    Args:
        build: Function without arguments that returns the compiled model.
        data: See `train`.
        epochs: In all.
        folder: Path of this run.
        settings: What the training depends on: the folder is of these alone.
        seed: Of everything.
        describe: Function from the model to further settings of the result.
        **more: See `train`.

    Raises:
        ValueError: If the folder is that of other settings, or in use.
    """
    folder = workdir.claim(folder, {**settings, "seed": seed})
    held = workdir.lock(folder)
    if (folder / TRAINED).exists():
        print(f"{folder} is trained already.")
        return
    model = build()
    if describe is not None:
        settings = {**settings, **describe(model)}
    train(model, data, epochs, folder, settings, seed, **more)
    del held


def run_experiment(
    catalog,
    load,
    build,
    name,
    preset_name,
    seed,
    source,
    folder,
    verbose=0,
    describe=None,
):
    """Trains a model of a study, unless that is done.

    Args:
        catalog: `Catalog` of the study.
        load: Function of the study that reads images, see its `data.load`.
        build: Function from the name of the experiment, the preset, the images
            to train on and the seed to the compiled model.
        name: Of the experiment.
        preset_name: Of the preset.
        seed: Of everything.
        source: See `load`.
        folder: Path of this run.
        verbose: As in `fit`.
        describe: See `run`.
    """
    preset = catalog.preset(preset_name)
    smoothing = catalog.experiment(name).smoothing
    train, test = (
        load(source, split, preset, seed=seed, smoothing=smoothing)
        for split in ("train", "test")
    )
    run(
        lambda: build(name, preset, train, seed),
        (train, test),
        preset.epochs,
        folder,
        catalog.settings(name, preset_name),
        seed,
        describe=describe,
        validation_freq=preset.validation_freq,
        verbose=verbose,
    )


def run_flags(run, flags):
    """Runs a study's `run` with the values of `define_flags`."""
    run(
        flags.experiment,
        flags.preset,
        flags.seed,
        flags.data,
        flags.workdir,
        flags.verbose,
    )


def define_flags(flags, experiment, presets, data, required=False):
    """Defines the flags of a study's module `train`.

    Args:
        flags: `absl.flags`.
        experiment: Name of the default.
        presets: Names of the presets, the default first.
        data: What to say of the flag `data`.
        required: Whether that flag is.
    """
    flags.DEFINE_string("experiment", experiment, "Name in experiments.py.")
    flags.DEFINE_string("preset", presets[0], ", ".join(presets))
    flags.DEFINE_integer("seed", 0, "Seed of everything.", lower_bound=0)
    flags.DEFINE_string("data", None, data, required=required)
    flags.DEFINE_string("workdir", None, "Folder of this run.", required=True)
    flags.DEFINE_integer(
        "verbose", 2, "1 shows progress bars, 2 lines, 0 nothing."
    )


def train(
    model,
    data,
    epochs,
    folder,
    settings,
    seed,
    *,
    validation_freq=1,
    callbacks=(),
    verbose=1,
):
    """Trains a model to the end and writes `model.keras` and `train.json`.

    Args:
        model: The compiled model, new.
        data: Data sets to train on and to validate with: `ImageDataset`.
        epochs: In all.
        folder: Of this run, claimed and locked.
        settings: What the figures depend on; see `results.write`.
        seed: Of this run.
        validation_freq: Epochs from one validation to the next.
        callbacks: Further ones.
        verbose: As in `fit`.
    """
    training, validation = data
    # The history first: an epoch with a checkpoint has its row.
    rows = history.EpochHistory(folder / "history.json")
    checkpoints = checkpoint.Checkpoint(folder / "checkpoints")
    model.fit(
        training,
        validation_data=validation,
        validation_freq=validation_freq,
        initial_epoch=checkpoints.restore(model),
        epochs=epochs,
        callbacks=[
            keras_ceb.callbacks.StopOnNaN(),
            FollowEpochs(training),
            rows,
            checkpoints,
            *callbacks,
        ],
        shuffle=False,
        verbose=verbose,
    )
    model.save(folder / "model.keras")
    seconds = sum(row["seconds"] for row in rows.rows)
    results.write(
        folder / TRAINED,
        settings,
        [provenance.run("training", seconds, [seed])],
        {"parameters": model.count_params(), "epochs": rows.rows},
    )


def trained(folder):
    """The result that `train` wrote in a folder.

    Raises:
        ValueError: If no trained model is there.
    """
    try:
        return results.read(folder / TRAINED)
    except FileNotFoundError as error:
        raise ValueError(
            "`workdir` must hold a model that `train.py` has finished. "
            f"Received: workdir={str(folder)!r}"
        ) from error


def load(folder):
    """The model that `train` wrote in a folder, for evaluation."""
    return keras.models.load_model(folder / "model.keras", compile=False)
