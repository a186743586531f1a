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


# First of all: what becomes slow here is left out by `-m "not slow"` after.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    if keras.config.backend() == "tensorflow":
        return
    skip = pytest.mark.skip(reason="needs the TensorFlow backend")
    for item in items:
        if "tf_only" in item.keywords:
            item.add_marker(skip)
        slow = {"jax": "slow_on_jax", "torch": "slow_on_torch"}
        if slow[keras.config.backend()] in item.keywords:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True, scope="module")
def frozen_imports():
    """Spares the garbage collector what will stay: modules above all.

    `clear_session` collects garbage before every test, which would take a
    third of a second each among the objects of TensorFlow and its like.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def fixed_seed(frozen_imports):
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    yield
    keras.mixed_precision.set_dtype_policy("float32")
