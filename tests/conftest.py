"""Shared set-up: a fixed seed a test, and two logical CPUs for strategies."""

import keras
import pytest

if keras.config.backend() == "tensorflow":
    import tensorflow as tf

    # Before the first operation: TensorFlow fixes its devices then.
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 4,
    )


def pytest_collection_modifyitems(items):
    if keras.config.backend() == "tensorflow":
        return
    skip = pytest.mark.skip(reason="needs the TensorFlow backend")
    for item in items:
        if "tf_only" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def fixed_seed():
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    yield
    keras.mixed_precision.set_dtype_policy("float32")
