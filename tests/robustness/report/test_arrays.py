import json

import numpy as np
import pytest

from keras_ceb._src.robustness.report.arrays import from_plain
from keras_ceb._src.robustness.report.arrays import to_plain


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3, 1)])
def test_every_bit_comes_back(dtype, shape):
    array = np.random.default_rng(0).normal(size=shape).astype(dtype)
    if array.size:
        array.flat[0] = np.nan
    back = from_plain(json.loads(json.dumps(to_plain(array))))
    assert back.dtype == dtype and back.tobytes() == array.tobytes()
    assert back.shape == shape and back.flags.writeable


def test_what_is_no_array():
    plain = to_plain(np.zeros(3, "float32"))
    for change in (
        {"shape": [4]},
        {"shape": [2]},
        {"shape": [-3]},
        {"shape": ["x"]},
        {"shape": [10**12]},
        {"dtype": "object"},
        {"dtype": "float64"},
        {"dtype": None},
        {"data": "eA=="},
        {"data": "?"},
        {"data": 3},
        {"data": plain["data"][:8]},
    ):
        with pytest.raises(ValueError):
            from_plain({**plain, **change})
    with pytest.raises(ValueError):
        from_plain([])
    with pytest.raises(TypeError, match="dtype int64"):
        to_plain(np.arange(3))
