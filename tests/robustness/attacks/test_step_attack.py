import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.step_attack import StepAttack


class Brighten(StepAttack):
    """The smallest attack: adds a tenth of eps in every step."""

    steps = 10

    def runs(self, num_classes):
        return [Run(self)]

    def start(self, oracle, data, params):
        return states.first_state(data["x"])

    def step(self, oracle, data, params, state, i):
        x = self.project(state["x"] + 0.1 * params["eps"], data, params)
        logits = oracle.logits(x, i)
        loss = ops.cast(i, "float32") + 0.0 * logits[:, 0]
        state = states.keep_best(state, x, logits, loss, data["y"])
        return {**state, "x": x}


def test_three_functions_make_an_attack(linear):
    model = linear(np.eye(3))
    x = np.float32([[0.5, 0.4, 0.95]])
    found = Brighten("linf", 0.2)(model, x, [2])
    # The last step has the highest loss; the range cuts the third value.
    np.testing.assert_allclose(found, [[0.7, 0.6, 1.0]], rtol=1e-5)


def test_settings_are_arguments_of_the_compiled_code():
    attack = Brighten("l2", 3.0, seed=2**32 - 1)
    params = attack.params(Run(attack, 4), (-1.0, 1.0))
    assert {k: float(v) for k, v in params.items()} == {
        "eps": 3.0,
        "lower": -1.0,
        "upper": 1.0,
        "seed": 2**32 - 1,
        "run": 4,
    }
    other = Brighten("l2", 0.1, seed=5)
    assert attack.static_key() == other.static_key()
    assert attack.static_key() != Brighten("linf", 0.1).static_key()


def test_xla_is_off_on_a_cpu_and_can_be_asked_for():
    assert Brighten().use_xla() is False
    assert Brighten(jit_compile=True).use_xla() is True
    with pytest.raises(ValueError, match="`jit_compile` must be one of"):
        Brighten(jit_compile="yes")
