"""The CEB objective as pure functions, in the symbols of the paper.

All quantities are in nats and in float32, whatever the backbone computes in.
Shapes: `batch` examples, `z_dim` dimensions of the encoding, `num_classes`.
Equations are those of Fischer and Alemi, "CEB Improves Model Robustness"
(2020), https://arxiv.org/abs/2002.05380.
"""

from keras_ceb._src.objective import ceb_loss
from keras_ceb._src.objective import ceb_weight
from keras_ceb._src.objective import classification_entropy
from keras_ceb._src.objective import consistent_logits
from keras_ceb._src.objective import residual_information
from keras_ceb._src.objective import vib_loss
from keras_ceb._src.objective import vib_weight

__all__ = [
    "ceb_loss",
    "ceb_weight",
    "classification_entropy",
    "consistent_logits",
    "residual_information",
    "vib_loss",
    "vib_weight",
]


def __dir__() -> list[str]:
    return __all__
