import os
import subprocess
import sys

import keras
import pytest

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "jax", reason="needs the JAX backend"
)


SPREAD = """
import keras
import numpy as np
from keras_ceb._src import backend

keras.distribution.set_distribution(keras.distribution.DataParallel())
compiled = backend.compile_function(
    lambda batch, shared: batch["x"] + shared["one"]
)
for size in (8, 6):
    batch = {"x": np.arange(float(size), dtype="float32")}
    result = compiled(batch, {"one": np.float32(1)})
    np.testing.assert_array_equal(result, batch["x"] + 1)
    print(size, len(result.sharding.device_set))
"""


def test_a_compiled_function_shares_its_batch_among_devices():
    output = subprocess.run(
        [sys.executable, "-c", SPREAD],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    ).stdout
    # Eight rows are two a device; six cannot be shared out.
    assert output.split() == ["8", "4", "6", "1"]
