import numpy as np

from examples.common.one_cycle import OneCycle


def test_the_rate_rises_and_falls_once():
    rate = OneCycle(0.2, 100, 0.4)
    values = [float(rate(step)) for step in (0, 19, 39, 69, 99)]
    np.testing.assert_allclose(values, [0.005, 0.1, 0.2, 0.1, 0], atol=1e-6)


def test_config_rebuilds_it():
    rate = OneCycle(0.2, 100, 0.4)
    assert OneCycle.from_config(rate.get_config())(7) == rate(7)
