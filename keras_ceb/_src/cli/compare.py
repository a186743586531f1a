"""`keras-ceb compare`."""

import argparse
import pathlib

import keras

from keras_ceb._src.cli import evaluate
from keras_ceb._src.cli.bars import exit_code
from keras_ceb._src.cli.inputs import Inputs
from keras_ceb._src.cli.inputs import input_size
from keras_ceb._src.cli.inputs import num_classes
from keras_ceb._src.cli.output import Output
from keras_ceb._src.cli.output import write_result
from keras_ceb.robustness import Comparison
from keras_ceb.robustness import RobustnessReport

_FILES = ("comparison.json", "comparison.md", "comparison.html")


def run(options: argparse.Namespace) -> int:
    """Compares two models or reports and returns the exit code."""
    paths = (options.old, options.new)
    evaluate.check_options(options)
    models = [path for path in paths if not path.endswith(".json")]
    if models and options.data is None:
        raise ValueError(
            "`--data` must be given to compare models. Received: "
            f"{models[0]!r} without `--data`"
        )
    default = "-vs-".join(_names(paths))
    inputs = (*paths, options.data or "")
    output = Output(options, default.replace("/", "-"), _FILES, inputs)
    reports = _reports(options, output)
    output.open()
    comparison = Comparison(reports)
    write_result(options, comparison, output.path, "comparison")
    return exit_code(reports[1], options.fail_under)


def _reports(
    options: argparse.Namespace, output: Output
) -> list[RobustnessReport]:
    """The report of each model, read or measured."""
    paths = (options.old, options.new)
    # All files are read before anything is measured.
    found: list[RobustnessReport | keras.Model] = [
        RobustnessReport.from_json(pathlib.Path(path))
        if path.endswith(".json")
        else evaluate.load(options, path)
        for path in paths
    ]
    _check_classes(found, paths)
    attacks = evaluate.make_attacks(options)
    shared: tuple[keras.Model, Inputs] | None = None
    reports = []
    for loaded, path, name in zip(found, paths, _names(paths), strict=True):
        if isinstance(loaded, RobustnessReport):
            reports.append(loaded)
            continue
        inputs = evaluate.told_inputs(options, loaded)
        if shared is None:
            shared = loaded, inputs
        elif input_size(loaded) == input_size(shared[0]):
            # The same numbers as the first model sees, scaled in the model.
            loaded = rescaled(loaded, shared[1].bounds, inputs.bounds)
            inputs = shared[1]
        reports.append(
            evaluate.measure(
                options, loaded, inputs, path, output, attacks, name
            )
        )
    return reports


def rescaled(
    model: keras.Model,
    given: tuple[float, float],
    expected: tuple[float, float],
) -> keras.Model:
    """A model of inputs in another range.

    Args:
        model: Keras model.
        given: The range of the inputs.
        expected: The range that `model` expects.
    """
    if given == expected:
        return model
    scale = (expected[1] - expected[0]) / (given[1] - given[0])
    offset = expected[0] - scale * given[0]
    inputs = keras.Input(model.input_shape[1:])
    outputs = model(keras.layers.Rescaling(scale, offset)(inputs))
    return keras.Model(inputs, outputs, name=model.name)


def _check_classes(
    found: list[RobustnessReport | keras.Model], paths: tuple[str, str]
) -> None:
    """Raises an error if models, or those of reports, differ in classes."""
    numbers = [
        loaded.clean.get("num_classes")
        if isinstance(loaded, RobustnessReport)
        else num_classes(loaded)
        for loaded in found
    ]
    if None not in numbers and numbers[0] != numbers[1]:
        raise ValueError(
            "The models must have the same classes. Received: "
            + " and ".join(
                f"{number} classes of {path!r}"
                for number, path in zip(numbers, paths, strict=True)
            )
        )


def _names(paths: tuple[str, str]) -> list[str]:
    """Different names for two files."""
    names = [pathlib.Path(path).stem for path in paths]
    if names[0] == names[1]:
        folders = [pathlib.Path(path).absolute().parent.name for path in paths]
        if folders[0] != folders[1]:
            return [f"{f}/{n}" for f, n in zip(folders, names, strict=True)]
        return [f"{names[0]} (old)", f"{names[1]} (new)"]
    return names
