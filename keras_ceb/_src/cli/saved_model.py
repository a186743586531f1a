"""Loads the models of a command line, with errors of one line."""

import os
import pathlib
import re

import keras

# Keras's messages about a class that it does not know.
_UNKNOWN = re.compile(
    r"(?:Could not locate (?:class|function)|Unknown layer:) '?([\w>.]+)'?"
)
_SUFFIXES = (".keras", ".h5", ".hdf5")


def load_model(path: str | os.PathLike[str]) -> keras.Model:
    """A saved model, loaded without running code from the file.

    Args:
        path: A .keras file, or an .h5 file of a model of Keras's own layers.

    Raises:
        ValueError: If the file is missing, is not a model, or needs code that
            is not available; in one line.
    """
    file = pathlib.Path(path)
    name = os.fspath(path)
    if not file.exists():
        raise ValueError(f"No such model file. Received: {name!r}")
    if name.endswith(".weights.h5"):
        raise ValueError(
            "The model file must hold a model, not only its weights; save it "
            f"by `model.save('model.keras')`. Received: {name!r}"
        )
    if file.is_dir() or not name.endswith(_SUFFIXES):
        raise ValueError(
            "The model must be a .keras file, as written by "
            f"`model.save('model.keras')`. Received: {name!r}"
            f"{', a folder' if file.is_dir() else ''}"
        )
    try:
        return keras.saving.load_model(file, compile=False, safe_mode=True)
    # Keras, zipfile, h5py and the constructors of layers raise many kinds.
    except Exception as error:
        raise ValueError(_explained(name, str(error))) from error


def _explained(path: str, text: str) -> str:
    trust = (
        "load it in Python and call `keras_ceb.evaluate_robustness`, if you "
        "trust the file"
    )
    if "safe_mode" in text or "unsafe" in text.lower():
        return (
            f"{path!r} holds code (a Lambda layer, for example) that loading "
            f"would execute, which `keras-ceb` does not do: {trust}."
        )
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        name = unknown[1].rpartition(">")[2]
        if not path.endswith(".keras"):
            return (
                f"{path!r} needs the class {name!r}, which Keras does not "
                "find from an .h5 file. Save the model as .keras: "
                "`model.save('model.keras')`."
            )
        return (
            f"{path!r} needs the class {name!r}, which is neither Keras's nor "
            "keras_ceb's. Import or define it in Python, then load the file "
            f"there by `keras.saving.load_model({path!r}, custom_objects="
            f"{{{name!r}: {name}}})` and call "
            "`keras_ceb.evaluate_robustness`."
        )
    # The first sentence: Keras may print the whole configuration after it.
    first = text.strip().partition("\n")[0].partition("config=")[0]
    return f"{path!r} cannot be loaded: {first[:300]}"
