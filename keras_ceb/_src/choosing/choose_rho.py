"""`choose_rho`: trains a model per rho and chooses by the paper's rule."""

import itertools
import pathlib
import tempfile
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src.choosing.arguments import check_data
from keras_ceb._src.choosing.arguments import check_fit
from keras_ceb._src.choosing.arguments import check_model
from keras_ceb._src.choosing.arguments import check_rhos
from keras_ceb._src.choosing.arguments import check_seeds
from keras_ceb._src.choosing.rho_choice import RhoChoice
from keras_ceb._src.choosing.rho_choice import RhoRun
from keras_ceb._src.choosing.rule import chosen_rho
from keras_ceb._src.choosing.run_folder import Resume
from keras_ceb._src.choosing.run_folder import RunFolder
from keras_ceb._src.choosing.run_folder import load
from keras_ceb._src.model import CEBModel
from keras_ceb._src.saving.paths import folder_to_write


def choose_rho(
    build: Callable[[float], CEBModel],
    train: Any,
    validation: Any,
    rhos: Sequence[float] = (5, 4, 3, 2, 1, 0),
    *,
    seeds: Sequence[int] = (0,),
    fit: Mapping[str, Any] | None = None,
    checkpoint_dir: str | pathlib.Path | None = None,
    verbose: int = 1,
) -> RhoChoice:
    """Trains a model per rho and chooses one by clean validation accuracy.

    By the paper's rule, the best rho is the one with the best clean accuracy,
    and the lowest of those that are as good: here, whose accuracy is inside
    the 95 % Wilson interval of the best one. No attack is looked at, so an
    attack on the chosen model is a fair measurement of it.

    Args:
        build: Function from rho to a new compiled `CEBModel` with this rho,
            the objective `"ceb"` and `metrics=["accuracy"]`.
        train: Training data: a tuple `(x, y)` or `(x, y, sample_weight)` of
            arrays, or a data set that `fit` takes and that can be read again.
        validation: Validation data, in the same forms. Not the test set: the
            accuracy of a chosen model is too good on what chose it.
        rhos: The values to try, the weakest bottleneck first.
        seeds: Integers. Each trains its own model for each rho, whose
            accuracies are averaged. `keras.utils.set_random_seed` is called
            with it before `build`.
        fit: Other arguments of `fit`, such as
            `{"epochs": 20, "batch_size": 128}`.
        checkpoint_dir: Folder for the weights and logs after each epoch. The
            next call with it continues where this one ended, however it
            ended. By default a temporary folder, which is removed.
        verbose: 1 prints a line per model, 0 does not.

    Returns:
        `RhoChoice`, with the chosen rho, its model, and all runs.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If `rhos` are not finite and in descending order without
            repetition, `build` does not return what it should, or
            `checkpoint_dir` holds runs of other settings. All of this but the
            last models of `build` is checked before the first step.

    Example:

    ```python
    def build(rho):
        model = keras_ceb.wrap(keras.models.clone_model(backbone), 10, rho=rho)
        model.compile("adam", metrics=["accuracy"])
        return model


    choice = choose_rho(build, (x, y), (x_val, y_val), rhos=(3, 1))
    print(choice.table())
    report = keras_ceb.evaluate_robustness(choice.model, test, attacks=[])
    ```

    Reference: Fischer and Alemi (2020), section 3.2.
    """
    rhos = check_rhos(rhos)
    seeds = check_seeds(seeds)
    fit = check_fit(fit)
    for name, data in (("train", train), ("validation", validation)):
        check_data(data, name)
    if not callable(build):
        raise TypeError(
            "`build` must be a function from rho to a compiled `CEBModel`. "
            f"Received: build={build!r}"
        )
    if checkpoint_dir is None:
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            return _sweep(
                build, train, validation, rhos, seeds, fit, folder, verbose
            )
    folder = folder_to_write(checkpoint_dir, "checkpoint_dir")
    return _sweep(build, train, validation, rhos, seeds, fit, folder, verbose)


def _sweep(
    build: Callable[[float], CEBModel],
    train: Any,
    validation: Any,
    rhos: list[float],
    seeds: list[int],
    fit: dict[str, Any],
    folder: pathlib.Path,
    verbose: int,
) -> RhoChoice:
    runs: list[RhoRun] = []
    folders: list[RunFolder] = []
    for rho, seed in itertools.product(rhos, seeds):
        model = _built(build, rho, seed)
        settings = _settings(model, rho, seed, fit, train, validation)
        path = folder / f"rho-{rho:g}-seed-{seed}"
        folders.append(RunFolder(path, settings))
        if not runs:
            _check_metrics(model, validation)
        run = _trained(model, folders[-1], train, validation, fit)
        runs.append(run)
        if verbose:
            print(
                f"rho {rho:g}, seed {seed}: accuracy {run.accuracy:.4f}, "
                f"hyz {run.hyz:.4f}, rex {run.rex:.4f}",
                flush=True,
            )
    accuracies = {
        rho: float(np.mean([run.accuracy for run in runs if run.rho == rho]))
        for rho in rhos
    }
    rho = chosen_rho(accuracies, min(run.num_images for run in runs))
    best = max(
        (number for number, run in enumerate(runs) if run.rho == rho),
        key=lambda number: runs[number].accuracy,
    )
    model = _built(build, rho, runs[best].seed)
    _evaluate(model, validation)
    load(model, folders[best].weights)
    return RhoChoice(rho, model, runs)


def _trained(
    model: CEBModel,
    folder: RunFolder,
    train: Any,
    validation: Any,
    fit: dict[str, Any],
) -> RhoRun:
    """A run, trained or continued as far as it is not done."""
    result = folder.result
    if result is None:
        callbacks = [*(fit.get("callbacks") or []), Resume(folder)]
        model.fit(
            **_arguments(train),
            validation_data=validation,
            initial_epoch=folder.epochs,
            **{"verbose": 0, **fit, "callbacks": callbacks},
        )
        result = _evaluate(model, validation)
        folder.finish(model, result)
    return RhoRun(
        rho=folder.settings["rho"],
        seed=folder.settings["seed"],
        accuracy=result["accuracy"],
        hyz=result["hyz"],
        rex=result["rex"],
        num_images=int(result["num_images"]),
        history=folder.history,
    )


def _evaluate(model: CEBModel, validation: Any) -> dict[str, float]:
    """The logs of `evaluate`, and how many images they are means over."""
    logs = model.evaluate(**_arguments(validation), verbose=0, return_dict=True)
    count = float(keras.ops.convert_to_numpy(model.hyz_tracker.count))
    logs = {name: float(value) for name, value in logs.items()}
    return {**logs, "num_images": round(count)}


def _arguments(data: Any) -> dict[str, Any]:
    """Data as arguments of `fit` and `evaluate`."""
    if isinstance(data, tuple):
        return dict(zip(("x", "y", "sample_weight"), data, strict=False))
    return {"x": data}


def _built(
    build: Callable[[float], CEBModel], rho: float, seed: int
) -> CEBModel:
    """A new model, if it is what `build` must return."""
    keras.utils.set_random_seed(seed)
    model = build(rho)
    check_model(model, rho)
    return model


def _check_metrics(model: CEBModel, validation: Any) -> None:
    """Raises an error on what would only show after the first model."""
    found = _evaluate(model, validation)
    if "accuracy" not in found:
        raise ValueError(
            "`build` must compile its model with metrics=['accuracy']. "
            f"Received: a model whose logs are {', '.join(sorted(found))}"
        )


def _settings(
    model: CEBModel,
    rho: float,
    seed: int,
    fit: dict[str, Any],
    train: Any,
    validation: Any,
) -> dict[str, Any]:
    """What a run depends on, as far as it can be compared."""
    optimizer = model.optimizer.get_config()
    # Keras counts the optimizers of a process in their names.
    optimizer["name"] = type(model.optimizer).__name__
    return {
        "rho": rho,
        "seed": seed,
        "fit": {
            name: value if isinstance(value, int | float | str) else None
            for name, value in sorted(fit.items())
            if name != "verbose"
        },
        "optimizer": repr(optimizer),
        "train": _shapes(train),
        "validation": _shapes(validation),
    }


def _shapes(data: Any) -> list[Any]:
    """The shapes of arrays, or the type of a data set."""
    if not isinstance(data, tuple):
        return [type(data).__name__]
    return [
        [*np.shape(part)]
        for part in keras.tree.flatten(data)
        if part is not None
    ]
