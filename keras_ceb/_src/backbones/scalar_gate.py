"""One learned number that scales a residual branch."""

from typing import Any

import keras

from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_ceb")
class ScalarGate(keras.layers.Layer):
    """Multiplies its input by one trainable number, initially zero.

    At the end of a residual branch it makes the block an identity at the
    start of training.

    Its arguments are those of every layer: `name`, `dtype`, `trainable`.

    Output shape:
        That of the input.

    Example:

    ```python
    gate = keras_ceb.backbones.ScalarGate()
    gate(np.ones((2, 8))).shape  # (2, 8)
    ```

    Reference:
        - [De and Smith, 2020](https://arxiv.org/abs/2002.10444), section 5
          (SkipInit).
    """

    def build(self, input_shape: Any) -> None:
        self.gate = self.add_weight(name="gate", shape=(), initializer="zeros")
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        return inputs * self.gate

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return tuple(input_shape)
