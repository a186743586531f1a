"""The learned scale of a residual branch."""

import numpy as np
from keras import ops

from keras_ceb.backbones import ScalarGate


def test_closed_at_first_and_scales_when_opened():
    x = np.arange(6, dtype="float32").reshape(2, 3)
    gate = ScalarGate()
    closed = ops.convert_to_numpy(gate(x))
    np.testing.assert_array_equal(closed, np.zeros_like(x))
    gate.set_weights([np.array(-1.5)])
    np.testing.assert_allclose(ops.convert_to_numpy(gate(x)), -1.5 * x)
    assert gate.compute_output_shape((None, 3)) == (None, 3)
