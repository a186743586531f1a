"""Certified radii in the input, for a backbone of known Lipschitz constant."""

import dataclasses
from typing import Any
from typing import ClassVar

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.certify.layer_constants import layer_constant
from keras_ceb._src.robustness.certify.layer_constants import mean_constant
from keras_ceb._src.robustness.certify.linear_head import linear_weights
from keras_ceb._src.robustness.certify.lipschitz_constant import functional
from keras_ceb._src.robustness.certify.lipschitz_constant import (
    lipschitz_constant,
)
from keras_ceb._src.robustness.certify.lipschitz_constant import (
    tensor_constants,
)
from keras_ceb._src.robustness.certify.margin import MarginCertificate
from keras_ceb._src.robustness.classifier import Classifier


@dataclasses.dataclass(frozen=True)
class LipschitzCertificate(MarginCertificate):
    """Certified L2 radii in the input, by a bound on the Lipschitz constant.

    Logits are linear in the features z of the last layer. An input that moves
    by r moves z by at most L r, where L is a bound on the Lipschitz constant of
    all that comes before (`lipschitz_constant`), so that the class is constant
    within

        min_{j != y} (logit_y - logit_j) / (L |w_y - w_j|).

    Unlike randomized smoothing, this is a proof for the model itself, without
    noise and in one pass. It is of use if L is small, as with layers within
    `keras.layers.SpectralNormalization`: L is a product over the layers, and
    radii of ordinary networks are too small to mean anything.

    The model must be a `CEBModel` with a linear classifier, or a functional or
    sequential model that ends with a `Dense` layer without an activation, of
    layers that `lipschitz_constant` knows. The result has L in
    `certificate["lipschitz_constant"]`. It holds up to the rounding errors of
    the network.

    Example:

    ```python
    radii = certify.LipschitzCertificate().certify(model, test)
    print(radii.accuracy(0.1))
    ```

    Reference: Tsuzuku et al., 2018, "Lipschitz-margin training: scalable
    certification of perturbation invariance for deep neural networks".
    """

    space: ClassVar[str] = "input"

    @property
    def name(self) -> str:
        return "Lipschitz margin"

    def check_fits(self, classifier: Classifier) -> None:
        self.planes(classifier)

    def planes(self, classifier: Classifier) -> tuple[np.ndarray, float]:
        model: Any = classifier.model
        if hasattr(model, "pooled_backbone") and hasattr(model, "encoder"):
            constant = _encoder_constant(model)
            return linear_weights(model.classifier), constant
        constant, head = _before_the_head(functional(model))
        return _head_weights(head), constant


def _encoder_constant(model: Any) -> float:
    """That of the mean of the encoding of a `CEBModel`."""
    backbone = functional(model.backbone)
    constant = lipschitz_constant(backbone)
    shape = backbone.outputs[0].shape
    pooling = model.pooled_backbone.pooling
    if pooling is not None:
        constant *= mean_constant(shape[axis] for axis in pooling.axes)
    projection = model.encoder.projection
    if projection is not None:
        constant *= layer_constant(projection, None)
    return constant


def _before_the_head(graph: Any) -> tuple[float, Any]:
    """That of the features of the last layer, and the last layer."""
    constants = tensor_constants(graph)
    ends = id(graph.outputs[0])
    (node,) = (
        node
        for nodes in graph._nodes_by_depth.values()
        for node in nodes
        if ends in map(id, node.outputs)
    )
    head = node.operation
    before = [constants[id(t)] for t in node.arguments.keras_tensors]
    if isinstance(head, keras.Model) and len(before) == 1:
        inner, head = _before_the_head(functional(head))
        return before[0] * inner, head
    if isinstance(head, keras.layers.SpectralNormalization):
        head = head.layer
    linear = getattr(head, "activation", None) is keras.activations.linear
    if type(head) is not keras.layers.Dense or not linear:
        raise ValueError(
            "`model` must end with a `Dense` layer without an activation for "
            "a Lipschitz certificate. Missing are logits that are linear in "
            "the features. Received: a last layer "
            f"{getattr(head, 'name', head)!r} of type {type(head).__name__}"
        )
    return before[0], head


def _head_weights(head: Any) -> np.ndarray:
    """`[num_classes, features]`, also for one logit of two classes."""
    weights: np.ndarray = np.asarray(ops.convert_to_numpy(head.kernel)).T
    if len(weights) == 1:
        weights = np.concatenate([np.zeros_like(weights), weights])
    return weights
