"""Shared set-up: a fixed seed per test, and logical CPUs for strategies."""

import gc

from tests import quick_compilation

# First, as it must be before any backend is imported.
quick_compilation.set_up()

import keras  # noqa: E402
import pytest  # noqa: E402

if keras.config.backend() == "tensorflow":
    import tensorflow as tf

    # Before the first operation: TensorFlow fixes its devices then.
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 4,
    )


# The files whose tests take longest, each of them few. They come first, so that
# no process works on one alone at the end.
LONGEST = (
    "tests/examples/test_quickstart.py",
    "tests/examples/cifar10/test_study.py",
    "tests/test_distribution.py",
    "tests/training/test_adversarial.py",
    "tests/test_optimizers.py",
    "tests/data/augmentation/test_auto_augment.py",
    "tests/robustness/attacks/test_pgd.py",
    "tests/test_resume.py",
    "tests/robustness/audit/test_attack_checks.py",
    "tests/test_readme.py",
    "tests/test_data_parallel.py",
)


# First of all: what becomes slow here is left out by `-m "not slow"` after.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(
        key=lambda item: places.get(item.nodeid.split("::")[0], len(LONGEST))
    )
    backend = keras.config.backend()
    skip = pytest.mark.skip(reason="needs the TensorFlow backend")
    for item in items:
        if backend != "tensorflow" and "tf_only" in item.keywords:
            item.add_marker(skip)
        if f"slow_on_{backend}" in item.keywords:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True, scope="module")
def frozen_imports():
    """Spares the garbage collector what will stay: modules above all.

    It would take a third of a second among the objects of TensorFlow.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def fixed_seed(frozen_imports):
    # Garbage goes when Python finds that there is much of it.
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)
    yield
    keras.mixed_precision.set_dtype_policy("float32")
