import dataclasses

import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.attacks.minimum_norm import cosine
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb.robustness.attacks import DDN
from keras_ceb.robustness.attacks import FMN
from tests.robustness.attacks.linear_oracle import LinearOracle
from tests.robustness.attacks.linear_oracle import search


@pytest.mark.parametrize(
    ("norm", "expected"),
    [("l0", 12), ("l1", 24), ("l2", 2 * 12**0.5), ("linf", 2)],
)
def test_the_ball_without_a_limit_contains_every_input(norm, expected):
    attack = FMN(norm, 0.1, 7)
    unlimited = attack.unlimited((-1.0, 1.0), (2, 2, 3))
    assert unlimited.eps == pytest.approx(expected)
    assert dataclasses.replace(unlimited, eps=0.1) == attack
    unlimited.check_fits((-1.0, 1.0), 2, (2, 2, 3))


@pytest.mark.parametrize("attack", [FMN("l2"), DDN()], ids=lambda a: a.name)
def test_a_point_counts_within_eps_only(attack):
    # The boundary is at 0.2 from both, on either side of 0.3 and of 0.1.
    oracle = LinearOracle([0.6, 0.8], -0.9)
    x = [[0.5, 0.5], [0.46, 0.53]]
    wide = search(dataclasses.replace(attack, eps=0.3), oracle, x)
    narrow = search(dataclasses.replace(attack, eps=0.1), oracle, x)
    np.testing.assert_allclose(wide["distance"], 0.2, rtol=0.01)
    np.testing.assert_array_equal(narrow["distance"], wide["distance"])
    assert wide["fooled"].all() and not narrow["fooled"].any()
    found = np.linalg.norm(wide["best"] - np.float32(x), axis=1)
    np.testing.assert_allclose(found, wide["distance"], rtol=1e-5)
    np.testing.assert_array_equal(wide["best_loss"], -wide["distance"])
    np.testing.assert_array_equal(narrow["best"], np.float32(x))


@pytest.mark.parametrize("attack", [FMN("l1"), DDN()], ids=lambda a: a.name)
def test_a_misclassified_input_is_at_distance_zero(attack):
    found = search(
        dataclasses.replace(attack, steps=2, eps=0.0),
        LinearOracle([1, 1], 1),
        [[0.5, 0.5]],
    )
    assert found["distance"] == 0 and found["fooled"].all()
    np.testing.assert_array_equal(found["best"], [[0.5, 0.5]])


def test_nothing_is_found_where_the_class_is_constant():
    found = search(FMN("l2", steps=3), LinearOracle([0, 0], -1), [[0.5, 0.5]])
    assert np.isinf(found["distance"]).all() and not found["fooled"].any()
    assert np.isfinite(found["x"]).all() and not found["nan"].any()


def test_the_last_iterate_is_queried():
    class Never:
        """No iterate is misclassified but the last one."""

        def logits(self, x, query):
            return ops.convert_to_tensor(np.float32([[0, query == 2**16]]))

        def gradient(self, x, query, loss):
            logits = ops.convert_to_tensor(np.float32([[0, -1]]))
            return loss(logits), logits, ops.ones_like(x)

    found = search(DDN(steps=1), Never(), [[0.25, 0.25]])
    # Not misclassified at first, so the radius 1 grows by 5 %; then clipped.
    step = min(1.05 / 2**0.5, 0.75)
    assert found["distance"] == pytest.approx(step * 2**0.5, rel=1e-6)


def test_the_cosine():
    np.testing.assert_allclose(
        [float(cosine(3.0, 1.0, s)) for s in (0.0, 0.5, 1.0)], [3, 2, 1]
    )


def test_one_run_and_more_steps_is_another_attack():
    assert [type(r) for r in FMN().runs(10)] == [Run]
    assert FMN().name == "FMN" and FMN(steps=7).name != FMN(steps=8).name
    # Radius and number of steps are arguments of the compiled code.
    assert FMN("l1", 1.0, 7).static_key() == FMN("l1", 2.0, 8).static_key()


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: FMN("l3"), "`norm` must be one of 'l0', 'l1', 'l2', 'linf'"),
        (lambda: DDN("linf"), "`norm` must be one of 'l2'"),
        (lambda: FMN(steps=0), "`steps` must be a positive"),
        (lambda: FMN(samples=0), "`samples` must be a positive"),
        (lambda: FMN(gamma=2), "`gamma` must be .* at most 1"),
        (lambda: FMN(step_size=-1), "`step_size` must be .* at least 0"),
        (lambda: DDN(gamma=-1), "`gamma` must be .* at least 0"),
        (lambda: DDN(step_size=-1), "`step_size` must be .* at least 0"),
        (lambda: DDN(first_norm=-1), "`first_norm` must be .* at least 0"),
        (lambda: DDN(loss="f6"), "`loss` must be one of"),
    ],
)
def test_invalid_arguments(make, match):
    with pytest.raises(ValueError, match=match):
        make()
