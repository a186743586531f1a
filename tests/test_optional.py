"""What a user reads when a package is missing."""

import sys

import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.corruptions.images.frost_textures import (
    FILE_NAMES,
)
from keras_ceb._src.robustness.report.plotting import pyplot
from keras_ceb.robustness.certify import RandomizedSmoothing
from keras_ceb.robustness.corruptions import CorruptionFolder
from keras_ceb.robustness.corruptions import CorruptionReport
from keras_ceb.robustness.corruptions import load_official
from keras_ceb.robustness.corruptions import load_textures
from keras_ceb.robustness.corruptions import plot_severities
from tests.robustness.report.test_report import make_report


def hide(monkeypatch, name):
    """Makes Python believe that a package is not installed."""
    for module in [name, *sys.modules]:
        if module.partition(".")[0] == name:
            monkeypatch.setitem(sys.modules, module, None)


def test_what_is_installed_is_imported():
    assert optional_module("json.decoder", "Nothing").JSONDecodeError


def test_the_text(monkeypatch):
    hide(monkeypatch, "matplotlib")
    with pytest.raises(ImportError) as error:
        optional_module("matplotlib.pyplot", "A figure", "Do without.")
    assert str(error.value) == (
        "A figure needs Matplotlib: pip install 'keras-ceb[report]'. "
        "Do without."
    )


def test_a_package_that_lacks_one_of_its_own(monkeypatch, tmp_path):
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("import not_installed")
    for module in list(sys.modules):
        if module.partition(".")[0] == "PIL":
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="named 'not_installed'"):
        optional_module("PIL", "A picture")


def folder_of_images(path):
    file = path / "cat" / "1.png"
    file.parent.mkdir()
    file.write_bytes(b"")
    return keras_ceb.data.from_folder(path, (8, 8))


def corruption_folder(path):
    (path / "fog" / "1" / "cat").mkdir(parents=True)
    images = CorruptionFolder(path, ["fog"], [1])
    return next(iter(images.load("fog", 1)))


def textures(path):
    for name in FILE_NAMES:
        (path / name).write_bytes(b"")
    return load_textures(path)


SMOOTHING = RandomizedSmoothing(0.5)
A_REPORT = CorruptionReport("imagenet-c", {"fog": {1: 0.1}}, 0.05, 9)
USES = [
    ("jinja2", "report", lambda path: A_REPORT.to_html()),
    ("jinja2", "report", lambda path: make_report().to_html()),
    ("matplotlib", "report", lambda path: pyplot()),
    ("matplotlib", "report", lambda path: plot_severities(A_REPORT)),
    ("PIL", "report", folder_of_images),
    ("PIL", "report", corruption_folder),
    ("PIL", "report", textures),
    ("scipy", "certify", lambda path: SMOOTHING.check_fits(None)),
    (
        "tensorflow_datasets",
        "data",
        lambda path: keras_ceb.data.stream_tfds("mnist"),
    ),
    ("tensorflow_datasets", "data", lambda path: load_official("imagenet-a")),
    ("tensorflow_datasets", "data", lambda path: keras_ceb.data.mnist("test")),
    ("tensorflow", "data", lambda path: keras_ceb.data.imagenet("train", 8)),
    pytest.param(
        "tensorflow_probability",
        "jax",
        lambda path: keras_ceb.layers.StochasticEncoder().distribution(
            keras.ops.convert_to_tensor(np.zeros((1, 2), "float32"))
        ),
        marks=pytest.mark.skipif(
            keras.config.backend() == "torch",
            reason="PyTorch has distributions of its own",
        ),
    ),
]


@pytest.mark.parametrize(("package", "extra", "use"), USES)
def test_every_use_names_the_extra(package, extra, use, monkeypatch, tmp_path):
    hide(monkeypatch, package)
    with pytest.raises(ImportError, match=rf"keras-ceb\[{extra}\]"):
        use(tmp_path)
