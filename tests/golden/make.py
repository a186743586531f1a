"""Saves models of this version that every later one must be able to load.

    .venv-oldest/bin/python -m tests.golden.make

Run once a release (see CONTRIBUTING.md), on the oldest Keras that is supported:
files of a newer one have arguments that it does not know. It writes a folder
named by the version, with a few small `.keras` files and what they gave, and
never changes one that is there.
"""

import json
import pathlib

import keras
import numpy as np

import keras_ceb
from keras_ceb import schedules

FOLDER = pathlib.Path(__file__).parent
NUM_CLASSES = 3

# What goes into a file that can differ in kind.
MODELS = {
    "default": {},
    "consistent": {
        "rho": schedules.JumpStart(2.0, 2, threshold=0.0),
        "classifier": lambda: keras_ceb.layers.ConsistentClassifier(
            keras_ceb.layers.ClassConditionalMarginal(
                NUM_CLASSES,
                means_initializer=keras.initializers.GlorotUniform(seed=0),
            ),
            class_prior=[0.2, 0.3, 0.5],
        ),
        "z_dim": 3,
    },
    "vib": {"rho": schedules.Anneal(1.0, steps=2), "objective": "vib"},
    "xent": {"objective": "xent"},
    "mixed_bfloat16": {"rho": schedules.Constant(1.0)},
}


def data():
    """Images and labels, from no generator that could change."""
    x = np.sin(np.arange(6 * 6 * 6 * 1)).reshape(6, 6, 6, 1).astype("float32")
    return x, np.arange(6) % NUM_CLASSES


def build(name):
    """The compiled model of a name."""
    keras.utils.set_random_seed(0)
    keras.mixed_precision.set_dtype_policy(
        name if name.startswith("mixed") else "float32"
    )
    backbone = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras_ceb.backbones.ScalarGate(),
        ]
    )
    keras.mixed_precision.set_dtype_policy("float32")
    options = dict(MODELS[name])
    if "classifier" in options:
        options["classifier"] = options["classifier"]()
    model = keras_ceb.wrap(backbone, NUM_CLASSES, seed=0, name=name, **options)
    model.compile(keras.optimizers.Adam(0.01), metrics=["accuracy"])
    return model


def figures(model):
    """What a model says about itself, for a comparison."""
    x, y = data()
    result = {
        "logits": model.predict(x, verbose=0).tolist(),
        "iterations": int(
            keras.ops.convert_to_numpy(model.optimizer.iterations)
        ),
    }
    if model.has_bottleneck:
        rex = model.residual_information(x, y)
        result["rex"] = keras.ops.convert_to_numpy(rex).tolist()
        for name in ("current_rho", "jump_step"):
            value = keras.ops.convert_to_numpy(getattr(model, name).value)
            result[name] = value.item()
    return result


def main():
    folder = FOLDER / keras_ceb.__version__
    folder.mkdir()
    for name in MODELS:
        model = build(name)
        model.fit(*data(), batch_size=2, epochs=2, shuffle=False, verbose=0)
        model.save(folder / f"{name}.keras")
        text = json.dumps(figures(model), indent=1)
        (folder / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
