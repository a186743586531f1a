"""One rho."""

from keras_ceb import schedules
from tests.schedules.steps import rho_at


def test_constant():
    assert rho_at(schedules.Constant(2.5), 0) == 2.5
    assert rho_at(schedules.Constant(2.5), 10**6) == 2.5
