"""What the figures draw, on an axis that only notes it."""

import math
from unittest import mock

import pytest

from examples.fashion_mnist import figures
from examples.fashion_mnist import summary
from tests.examples.fashion_mnist import made_up


@pytest.fixture
def study(tmp_path):
    made_up.write(tmp_path, "baseline", 0, "1110", "1000")
    made_up.write(tmp_path, "ceb_1", 0, "1111", "1100", 1.0)
    made_up.write(tmp_path, "ceb_1", 1, "0000", "0000", 1.0)
    made_up.write(tmp_path, "ceb_3", 0, "1100", "1111", 3.0)
    return summary.load(tmp_path)


def drawn(function, what):
    axis = mock.Mock()
    function(what, axis)
    return axis


def test_accuracy_over_rho_is_of_one_seed(study):
    axis = drawn(figures.accuracy_against_rho, study)
    calls = [call.args[:2] for call in axis.plot.call_args_list]
    assert calls == [([1.0, 3.0], [1.0, 0.5]), ([1.0, 3.0], [0.5, 1.0])]
    lines = [call.args[0] for call in axis.axhline.call_args_list]
    assert lines == [0.75, 0.25]


def test_accuracy_over_radius_is_a_mean_over_seeds(study):
    axis = drawn(figures.accuracy_against_radius, {"ceb_1": study["ceb_1"]})
    ((radii, values),) = [call.args for call in axis.plot.call_args_list]
    assert radii == [0.0, 0.1]
    # Clean 1 and 0, under PGD-20 three quarters.
    assert list(values) == [0.5, 0.75]


def test_reliability_leaves_empty_bins_out(study):
    axis = drawn(figures.reliability, {"ceb_1": study["ceb_1"]})
    _, (confidence, right) = [call.args for call in axis.plot.call_args_list]
    assert (list(confidence), list(right)) == ([0.9], [0.75])


def test_information_plane_has_a_line_for_each_rho(study):
    axis = drawn(figures.information_plane, study)
    calls = [call.args[:2] for call in axis.plot.call_args_list]
    assert calls == 2 * [([2.0], [math.log(10) - 0.3])]
