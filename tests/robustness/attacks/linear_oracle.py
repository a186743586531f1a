"""A linear classifier of two classes as an oracle, with no compilation."""

import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks.run import Run


class LinearOracle:
    """Logits 0 and x . weights + bias; any loss is taken for the margin.

    The label must be 0.
    """

    def __init__(self, weights, bias):
        self.weights = ops.convert_to_tensor(np.float32(weights))
        self.bias = float(bias)

    def logits(self, x, query):
        one = ops.sum(x * self.weights, axis=1) + self.bias
        return ops.stack([ops.zeros_like(one), one], axis=1)

    def gradient(self, x, query, loss):
        logits = self.logits(x, query)
        return loss(logits), logits, ops.ones_like(x) * self.weights


def search(attack, oracle, x, bounds=(0.0, 1.0)):
    """The state of a minimum-norm attack after all of its steps."""
    x = np.float32(x)
    data = {"x": ops.convert_to_tensor(x), "y": np.zeros(len(x), "int32")}
    data["y"] = ops.convert_to_tensor(data["y"])
    params = attack.params(Run(attack), bounds)
    state = attack.start(oracle, data, params)
    if attack.steps < 10:
        for i in range(attack.steps):
            state = attack.step(oracle, data, params, state, np.int32(i))
    else:
        # JAX compiles this loop, and each operation outside of one.
        _, state = ops.while_loop(
            lambda i, state: i < attack.steps,
            lambda i, state: (
                i + 1,
                attack.step(oracle, data, params, state, i),
            ),
            (ops.convert_to_tensor(np.int32(0)), state),
        )
    state = attack.finish(oracle, data, params, state)
    return {key: ops.convert_to_numpy(value) for key, value in state.items()}
