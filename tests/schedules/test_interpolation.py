"""Between two values of rho, against NumPy in float64."""

import numpy as np
import pytest
from keras import ops

from keras_ceb import schedules


@pytest.mark.parametrize("fraction", [-1.0, 0.0, 0.25, 1.0, 3.0])
def test_by_rho_and_by_weight(fraction):
    part = min(max(fraction, 0.0), 1.0)
    found = {
        by: float(
            ops.convert_to_numpy(schedules.interpolate(fraction, 8.0, 2.0, by))
        )
        for by in ("rho", "weight")
    }
    assert found["rho"] == pytest.approx(8.0 - 6.0 * part, rel=1e-6)
    weight = (1 - part) * np.exp(-8.0) + part * np.exp(-2.0)
    assert found["weight"] == pytest.approx(-np.log(weight), rel=1e-5)
