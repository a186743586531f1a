"""Upper bounds on the L2 Lipschitz constants of single layers at test time."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.certify import operator_norms

# The largest slopes, rounded up where they are irrational.
ACTIVATIONS: dict[Any, float] = {
    keras.activations.linear: 1.0,
    keras.activations.relu: 1.0,
    keras.activations.relu6: 1.0,
    keras.activations.leaky_relu: 1.0,
    keras.activations.elu: 1.0,
    keras.activations.selu: 1.7581,
    keras.activations.softplus: 1.0,
    keras.activations.softsign: 1.0,
    keras.activations.tanh: 1.0,
    keras.activations.sigmoid: 0.25,
    keras.activations.hard_sigmoid: 1 / 6,
    keras.activations.gelu: 1.13,
    keras.activations.silu: 1.1,
    keras.activations.mish: 1.09,
    # Covariances of one-hot vectors have no eigenvalue above 1/2.
    keras.activations.softmax: 0.5,
}


def _values(weight: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(weight), "float64")


def _pair(value: Any) -> tuple[int, int]:
    first, *rest = value if isinstance(value, tuple | list) else (value,)
    return int(first), int(rest[0]) if rest else 1


def _slope(layer: Any) -> float:
    """That of the activation of a layer; `KeyError` if it is not known."""
    return ACTIVATIONS[layer.activation]


def _dense(layer: Any, shape: Any) -> float:
    return operator_norms.matrix_norm(_values(layer.kernel)) * _slope(layer)


def _convolution(layer: Any, shape: Any) -> float:
    # Dilated convolutions have no strides, and the norm of the others: their
    # frequencies only run through the same symbols several times.
    kernel = _values(layer.kernel)
    if kernel.ndim == 3:
        kernel = kernel[:, None]
    strides = _pair(layer.strides)
    bound = operator_norms.grouped_bound(kernel, layer.groups, strides)
    return bound * _slope(layer)


def _depthwise(layer: Any, shape: Any) -> float:
    kernel = _values(layer.kernel)
    if kernel.ndim == 3:
        kernel = kernel[:, None]
    height, width, channels, multiplier = kernel.shape
    kernel = kernel.reshape(height, width, 1, channels * multiplier)
    strides = _pair(layer.strides)
    bound = operator_norms.grouped_bound(kernel, channels, strides)
    return bound * _slope(layer)


def _batch_norm(layer: Any, shape: Any) -> float:
    scale = 1 / np.sqrt(_values(layer.moving_variance) + layer.epsilon)
    if layer.gamma is not None:
        scale = scale * _values(layer.gamma)
    return float(np.abs(scale).max())


def _normalization(layer: Any, shape: Any) -> float:
    deviation = np.sqrt(_values(layer.variance))
    scale = 1 / np.maximum(deviation, keras.config.epsilon())
    return float((1 / scale if layer.invert else scale).max())


def _average_pooling(layer: Any, shape: Any) -> float:
    size, strides = tuple(layer.pool_size), tuple(layer.strides)
    if layer.padding == "valid" and len(size) < 3:
        height, width = _pair(size)
        kernel = np.full((height, width, 1, 1), 1 / math.prod(size))
        return operator_norms.convolution_bound(kernel, _pair(strides))
    # At the border the mean is over fewer values, with weights of at most 1:
    # |A|_2 <= sqrt(|A|_1 |A|_inf), where |A|_inf = 1.
    return math.sqrt(operator_norms.pooling_covers(size, strides))


def _max_pooling(layer: Any, shape: Any) -> float:
    # A maximum changes by at most the largest change in its window.
    size, strides = tuple(layer.pool_size), tuple(layer.strides)
    return math.sqrt(operator_norms.pooling_covers(size, strides))


def _global_average(layer: Any, shape: Any) -> float:
    sizes = shape[1:-1]
    if layer.data_format == "channels_first":
        sizes = shape[2:]
    return mean_constant(sizes)


def mean_constant(sizes: Any) -> float:
    """That of a mean over axes of these sizes, of which some may be `None`."""
    return 1 / math.sqrt(math.prod(size or 1 for size in sizes))


def _relu(layer: Any, shape: Any) -> float:
    if layer.threshold:
        raise KeyError("a jump at the threshold")
    return max(1.0, abs(float(layer.negative_slope)))


def _constant(value: float) -> Callable[[Any, Any], float]:
    return lambda layer, shape: value


# Exact types: a subclass may compute something else.
LAYERS: dict[type, Callable[[Any, Any], float]] = {
    keras.layers.Dense: _dense,
    keras.layers.Conv1D: _convolution,
    keras.layers.Conv2D: _convolution,
    keras.layers.DepthwiseConv1D: _depthwise,
    keras.layers.DepthwiseConv2D: _depthwise,
    keras.layers.BatchNormalization: _batch_norm,
    keras.layers.Normalization: _normalization,
    keras.layers.Rescaling: lambda layer, shape: float(
        np.abs(np.asarray(layer.scale, "float64")).max()
    ),
    keras.layers.Activation: lambda layer, shape: _slope(layer),
    keras.layers.ReLU: _relu,
    keras.layers.LeakyReLU: lambda layer, shape: max(
        1.0, abs(float(layer.negative_slope))
    ),
    keras.layers.ELU: lambda layer, shape: max(1.0, abs(float(layer.alpha))),
    keras.layers.PReLU: lambda layer, shape: max(
        1.0, float(np.abs(_values(layer.alpha)).max())
    ),
    keras.layers.Softmax: _constant(0.5),
    keras.layers.AveragePooling1D: _average_pooling,
    keras.layers.AveragePooling2D: _average_pooling,
    keras.layers.MaxPooling1D: _max_pooling,
    keras.layers.MaxPooling2D: _max_pooling,
    keras.layers.GlobalAveragePooling1D: _global_average,
    keras.layers.GlobalAveragePooling2D: _global_average,
    keras.layers.GlobalMaxPooling1D: _constant(1.0),
    keras.layers.GlobalMaxPooling2D: _constant(1.0),
    keras.layers.SpectralNormalization: lambda layer, shape: layer_constant(
        layer.layer, shape
    ),
    **dict.fromkeys(
        (
            keras.layers.ActivityRegularization,
            keras.layers.Cropping1D,
            keras.layers.Cropping2D,
            keras.layers.Dropout,
            keras.layers.Flatten,
            keras.layers.GaussianDropout,
            keras.layers.GaussianNoise,
            keras.layers.Identity,
            keras.layers.Permute,
            keras.layers.Reshape,
            keras.layers.SpatialDropout1D,
            keras.layers.SpatialDropout2D,
            keras.layers.ZeroPadding1D,
            keras.layers.ZeroPadding2D,
        ),
        _constant(1.0),
    ),
}


def layer_constant(layer: Any, shape: Any) -> float:
    """An upper bound on the L2 Lipschitz constant of a layer at test time.

    Args:
        layer: A built layer with one input.
        shape: The shape of its input, with the batch.

    Raises:
        ValueError: If none is known, with the name of the layer.
    """
    if type(layer) not in LAYERS:
        raise unknown(layer, "that has a known one, such as Dense or Conv2D")
    if getattr(layer, "quantization_mode", None) is not None:
        raise unknown(layer, "that is not quantized")
    # Rounding to 8 or 11 bits moves logits further than a certificate allows.
    if layer.compute_dtype not in ("float32", "float64"):
        raise unknown(layer, f"that does not compute in {layer.compute_dtype}")
    try:
        constant = LAYERS[type(layer)](layer, shape)
    except KeyError as error:
        what = getattr(layer, "activation", None)
        kind = getattr(what, "__name__", str(error))
        raise unknown(layer, f"with another activation than {kind}") from error
    if not math.isfinite(constant):
        raise unknown(layer, "whose weights are finite")
    return constant


def unknown(layer: Any, wanted: str) -> ValueError:
    """The error on a layer whose constant is not known."""
    return ValueError(
        "`model` must have a known Lipschitz constant for a certificate. "
        f"Missing is that of one layer: it takes a layer {wanted}, in its "
        f"place. Received: the layer {getattr(layer, 'name', layer)!r} of type "
        f"{type(layer).__name__}"
    )
