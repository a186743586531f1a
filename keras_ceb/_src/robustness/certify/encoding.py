"""Exact radii in the encoding space of a CEB model."""

import dataclasses
from typing import Any
from typing import ClassVar

import numpy as np

from keras_ceb._src.robustness.certify.linear_head import check_bottleneck
from keras_ceb._src.robustness.certify.linear_head import linear_weights
from keras_ceb._src.robustness.certify.margin import MarginCertificate
from keras_ceb._src.robustness.classifier import Classifier


@dataclasses.dataclass(frozen=True)
class EncodingCertificate(MarginCertificate):
    """How far encodings are from those of another class, exactly.

    The logits of a `CEBModel` are linear in the encoding z, so that the
    encodings that get the class y are a polyhedron, and the L2 distance of
    f(x) from its boundary is

        min_{j != y} (logit_y - logit_j) / |w_y - w_j|

    where w_j is the row of the class j: the mean mu_j of a consistent
    classifier, or the weights of a dense one. The noise of the encoder has
    the standard deviation 1, so the radius counts standard deviations.

    The radius says nothing about inputs: how far an input must move to move
    its encoding that far is up to the backbone, see `LipschitzCertificate`.

    The model must be a `CEBModel` with a bottleneck, whose encoder and
    marginal have unit covariance and whose classifier is linear.

    Example:

    ```python
    radii = certify.EncodingCertificate().certify(model, test)
    print(radii.accuracy(1.0))
    ```
    """

    space: ClassVar[str] = "encoding"

    @property
    def name(self) -> str:
        return "margin of the encoding"

    def check_fits(self, classifier: Classifier) -> None:
        model: Any = classifier.model
        check_bottleneck(model)
        if model.classifier.built:
            linear_weights(model.classifier)

    def planes(self, classifier: Classifier) -> tuple[np.ndarray, float]:
        model: Any = classifier.model
        return linear_weights(model.classifier), 1.0
