"""Every public name has a docstring, and the examples in it run."""

import contextlib
import dataclasses
import importlib
import inspect
import pathlib
import re
import sys

import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.robustness.corruptions.images.frost_textures import (
    FILE_NAMES,
)
from tests import code_blocks
from tests.public_names import MODULES
from tests.public_names import own_functions
from tests.public_names import public_names
from tests.public_names import public_objects

OBJECTS = public_objects()

# Longer than a second or two; `make test-all` runs them.
SLOW = {
    "APGD",
    "AutoAttack",
    "AutoAugment",
    "CorruptionSuite",
    "FAB",
    "PooledBackbone",
    "ResNet",
    "WideResNet",
    "audit",
    "choose_rho",
    "cifar_augmentation",
    "corrupt",
    "evaluate_corrupted_sets",
    "evaluate_corruptions",
    "evaluate_robustness",
    "load_cifar_c",
    "load_official",
    "robust_accuracy",
    "wrap",
}

# These read ImageNet, which nobody may pass on.
NEED_DATA = {"EncodedImages", "imagenet"}


def examples():
    found = []
    for full, value in OBJECTS.items():
        name = full.rpartition(".")[2]
        if name not in NEED_DATA and code_blocks.find(value.__doc__ or ""):
            marks = [pytest.mark.slow] * (name in SLOW)
            marks += [pytest.mark.tf_only] * (name in TENSORFLOW_ONLY)
            found.append(pytest.param(name, value, marks=marks, id=full))
    return found


def test_every_public_module_is_looked_at():
    for module in MODULES:
        for name in public_names(module):
            if inspect.ismodule(getattr(sys.modules[module], name)):
                assert f"{module}.{name}" in MODULES


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_documented(module):
    namespace = importlib.import_module(module)
    assert namespace.__doc__
    for name in public_names(module):
        value = getattr(namespace, name)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        text = value.__doc__
        assert text, f"{name} has no docstring"
        # `__init__` is documented by its class.
        if inspect.isclass(value) and "__init__" in vars(value):
            assert not value.__init__.__doc__, name
        if inspect.isclass(value) and issubclass(value, Exception):
            continue
        arguments = inspect.signature(value).parameters
        # The fields of a result are its arguments too.
        fields = ["Attributes"] * dataclasses.is_dataclass(value)
        missing = set(arguments) - {"args", "kwargs"}
        missing -= explained(text, *fields)
        assert not missing, (name, missing)


def explained(text, *sections):
    """The names that sections of a docstring explain, `Args` among them."""
    names = set()
    for section in ("Args", *sections):
        found = re.search(
            rf"^{section}:\n(.*?)(?=^\S|\Z)",
            inspect.cleandoc(text),
            re.M | re.S,
        )
        # "one, two: ..." explains two, "**options: ..." what is left.
        entries = re.findall(
            r"^    ([*\w]+(?:, [*\w]+)*):", found[1] if found else "", re.M
        )
        names |= {name.lstrip("*") for e in entries for name in e.split(", ")}
    return names


def test_what_a_docstring_explains():
    text = """Does something with `size`; see `other`.

    Args:
        x, y: Numbers.
        first: A number:
            more of it.
        **options: What is left.

    Attributes:
        last: A number.

    Returns:
        size: Not an argument.
    """
    assert explained(text) == {"x", "y", "first", "options"}
    assert explained(text, "Attributes") - explained(text) == {"last"}
    assert explained("No arguments.") == set()


def test_public_functions_have_type_hints():
    for function in sum(map(own_functions, OBJECTS.values()), []):
        signature = inspect.signature(function)
        hints = {
            name: parameter.annotation
            for name, parameter in signature.parameters.items()
            if name not in ("self", "cls")
        }
        if function.__name__ != "__init__":
            hints["return"] = signature.return_annotation
        missing = [k for k, v in hints.items() if v is inspect.Signature.empty]
        assert not missing, f"{function.__qualname__}: {missing}"


@pytest.fixture(scope="module")
def shared():
    """What the examples take for granted."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 32, 32, 3)).astype("uint8")
    labels = np.array([0, 1, 2, 3])
    x = (images / 255).astype("float32")
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(4, 5, strides=8), keras.layers.Flatten()]
    backbone = keras.Sequential([keras.Input((32, 32, 3)), *layers])
    model = keras_ceb.wrap(backbone, 10, rho=3.0)
    model.compile("adam", metrics=["accuracy"])
    # An attack needs images that are right without it.
    model.fit(x, labels, epochs=40, verbose=0)
    train = keras_ceb.data.ArrayDataset(images, labels, 2, seed=0)
    names = {"keras": keras, "keras_ceb": keras_ceb, "np": np}
    for module in MODULES:
        for name in public_names(module):
            names[name] = getattr(importlib.import_module(module), name)
    names.update(
        backbone=backbone,
        dataset=None,
        features=rng.normal(size=(4, 16)).astype("float32"),
        images=images,
        labels=labels,
        model=model,
        test=(x, labels),
        train=train,
        x=x,
        x_test=x,
        x_val=x,
        y=labels,
        y_test=labels,
        y_val=labels,
        z=rng.normal(size=(4, 16)).astype("float32"),
    )
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        pairs = tf.data.Dataset.from_tensor_slices((images, labels))
        names.update(
            tf=tf, dataset=pairs.map(lambda x, y: x), images_and_labels=pairs
        )
    return names


def archive(names):
    parts = {f"x_{split}": names["images"] for split in ("train", "test")}
    parts |= {f"y_{split}": names["labels"] for split in ("train", "test")}
    np.savez(
        "cifar10.npz", **{k: np.repeat(v, 64, 0) for k, v in parts.items()}
    )


def image_folder(names):
    for image, label in zip(names["images"], names["labels"], strict=True):
        folder = pathlib.Path("images", f"class{label % 2}")
        folder.mkdir(parents=True, exist_ok=True)
        keras.utils.save_img(folder / f"{label}.png", image)


def cifar_c(names):
    folder = pathlib.Path("CIFAR-10-C")
    folder.mkdir()
    for name in keras_ceb.robustness.corruptions.COMMON_CORRUPTIONS:
        np.save(folder / f"{name}.npy", np.concatenate([names["images"]] * 5))
    np.save(folder / "labels.npy", np.tile(names["labels"], 5))


def imagenet_c(names):
    for name in keras_ceb.robustness.corruptions.COMMON_CORRUPTIONS:
        for severity in range(1, 6):
            folder = pathlib.Path("ImageNet-C", name, str(severity), "n01")
            folder.mkdir(parents=True)
            keras.utils.save_img(folder / "1.png", names["images"][0])


def frost(names):
    for folder in ("frost", "my/frost"):
        pathlib.Path(folder).mkdir(parents=True)
        for name in FILE_NAMES:
            keras.utils.save_img(f"{folder}/{name}", np.zeros((64, 64, 3)))


def imagenet_a(names):
    model = keras.Sequential([names["backbone"], keras.layers.Dense(1000)])
    subsets = keras_ceb.robustness.corruptions.IMAGENET_SUBSETS
    names.update(model=model, labels=subsets["imagenet_a"][:4])


# Files and names that one example needs beyond the shared ones.
PREPARATIONS = {
    "CorruptionFolder": imagenet_c,
    "CorruptionSuite": frost,
    "evaluate_corrupted_sets": imagenet_c,
    "FolderDataset": image_folder,
    "from_folder": image_folder,
    "from_npz": archive,
    "load_cifar_c": cifar_c,
    "load_textures": frost,
    "read_npz": archive,
    "subset_correct": imagenet_a,
}
# Examples on data sets of TFDS, which its mock stands in for.
MOCKED = {"TfdsStream", "cifar10", "load_official", "stream_tfds"}
TENSORFLOW_ONLY = {"AutoAugment", "corrupt", *MOCKED}


@pytest.mark.slow_on_jax
@pytest.mark.parametrize(("name", "value"), examples())
def test_example(name, value, shared, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = dict(shared)
    PREPARATIONS.get(name, lambda names: None)(names)
    with contextlib.ExitStack() as stack:
        if name in MOCKED:
            tfds = pytest.importorskip("tensorflow_datasets")
            monkeypatch.setattr(
                "keras_ceb._src.data.readers.tfds.is_prepared", bool
            )
            stack.enter_context(tfds.testing.mock_data(num_examples=200))
        for code, line in code_blocks.find(value.__doc__):
            code_blocks.run(code, names, inspect.getfile(value), line)
