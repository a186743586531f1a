"""An unsupported version or backend is one sentence at import."""

import re
import subprocess
import sys
import types
from importlib import metadata

import keras
import pytest

from keras_ceb._src.backend import requirements

# A user's process: the module of `name` says that it is old, then new again.
OLD = """
import importlib, sys
import keras
for name in ("keras", keras.config.backend()):
    module = importlib.import_module(name)
    version, module.__version__ = module.__version__, "0.1.2"
    try:
        import keras_ceb
    except ImportError as error:
        print(error)
    module.__version__ = version
import keras_ceb
print(keras_ceb.__version__)
"""


def test_import_on_old_versions():
    result = subprocess.run(
        [sys.executable, "-c", OLD], capture_output=True, text=True
    )
    lines = result.stdout.splitlines()
    assert len(lines) == 3, result.stderr
    backend = requirements._TITLES[keras.config.backend()]
    for line, title in zip(lines, ["Keras", backend], strict=False):
        assert re.fullmatch(
            rf"`keras_ceb` needs {title} [\d.]+ or later\. "
            rf"Received: {title} 0\.1\.2",
            line,
        )


@pytest.mark.parametrize(
    ("version", "fine"),
    [
        ("3.9.2", False),
        ("2.15.0", False),
        ("3.10", True),
        ("3.10.0", True),
        ("3.100.0", True),
        ("4.0.0rc1", True),
        ("3.16.0.dev2026", True),
    ],
)
def test_versions_compare_by_number(version, fine):
    if fine:
        requirements._check_version("Keras", version, "3.10")
    else:
        with pytest.raises(ImportError, match=rf"Keras {version}$"):
            requirements._check_version("Keras", version, "3.10")


def test_unsupported_backend():
    other = types.SimpleNamespace(
        __version__=keras.__version__,
        config=types.SimpleNamespace(backend=lambda: "numpy"),
    )
    with pytest.raises(
        ImportError,
        match="'tensorflow', 'jax' and 'torch'.*backend='numpy'",
    ):
        requirements.check(other)


def test_keras_2_has_no_configuration():
    with pytest.raises(ImportError, match="needs Keras .* Keras 2.15.0"):
        requirements.check(types.SimpleNamespace(__version__="2.15.0"))


def test_the_package_asks_for_the_same_versions():
    asked = metadata.requires("keras-ceb")
    assert f"keras>={requirements.KERAS}" in asked
    oldest = requirements.BACKENDS
    assert f"tensorflow>={oldest['tensorflow']}" in asked
    assert f"jax>={oldest['jax']}; extra == 'jax'" in asked
    assert f"torch>={oldest['torch']}; extra == 'torch'" in asked
