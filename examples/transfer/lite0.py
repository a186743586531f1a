"""EfficientNet-Lite0 in Keras, and the weights of PyTorch's layers in it.

EfficientNet-B0 without squeeze-and-excitation, with ReLU6.

Reference: Tan and Le, 2019, "EfficientNet"; the lite form is that of
tensorflow/tpu, models/official/efficientnet/lite.
"""

import keras
import numpy as np
from keras import layers

# Repeats, channels, stride, kernel size and expansion of each group of blocks.
GROUPS = (
    (1, 16, 1, 3, 1),
    (2, 24, 2, 3, 6),
    (2, 40, 2, 5, 6),
    (3, 80, 2, 3, 6),
    (3, 112, 1, 5, 6),
    (4, 192, 2, 5, 6),
    (1, 320, 1, 3, 6),
)


def build(
    image_shape, size=None, *, groups=GROUPS, stem=32, head=1280, dropout=0.0
):
    """The network without its classifier.

    Args:
        image_shape: `(height, width, 3)` of images from 0 to 1.
        size: Pixels per side to which they are enlarged, bicubic; `None` for
            none.
        groups: As `GROUPS`.
        stem: Channels of the first convolution.
        head: Features.
        dropout: Share of the features that are dropped.

    Returns:
        A Keras model with features `[batch, head]`.
    """
    inputs = x = keras.Input(image_shape)
    if size is not None and (size, size) != tuple(image_shape[:2]):
        x = layers.Resizing(size, size, interpolation="bicubic")(x)
    # (pixel - 127) / 128 of pixels from 0 to 255.
    x = layers.Rescaling(255 / 128, -127 / 128)(x)
    x = _convolution(x, stem, 3, 2, "conv_stem")
    x = _norm(x, "bn0", relu=True)
    place = 0
    for repeats, channels, stride, kernel, expansion in groups:
        for repeat in range(repeats):
            x = _block(
                x,
                channels,
                1 if repeat else stride,
                kernel,
                expansion,
                f"blocks_{place}",
            )
            place += 1
    x = _norm(_convolution(x, head, 1, 1, "conv_head"), "bn1", relu=True)
    x = layers.GlobalAveragePooling2D()(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, x, name="efficientnet_lite0")


def _block(x, channels, stride, kernel, expansion, name):
    """An inverted bottleneck, with a residual sum where shapes agree."""
    shortcut = x
    if expansion != 1:
        wide = expansion * x.shape[-1]
        x = _convolution(x, wide, 1, 1, f"{name}_expand_conv")
        x = _norm(x, f"{name}_bn0", relu=True)
    x = layers.DepthwiseConv2D(
        kernel,
        stride,
        padding="same",
        use_bias=False,
        name=f"{name}_depthwise_conv",
    )(x)
    x = _norm(x, f"{name}_bn1", relu=True)
    x = _convolution(x, channels, 1, 1, f"{name}_project_conv")
    x = _norm(x, f"{name}_bn2", relu=False)
    if stride == 1 and shortcut.shape[-1] == channels:
        x = layers.Add()([shortcut, x])
    return x


def _convolution(x, channels, kernel, stride, name):
    return layers.Conv2D(
        channels, kernel, stride, padding="same", use_bias=False, name=name
    )(x)


def _norm(x, name, relu):
    x = layers.BatchNormalization(epsilon=1e-3, name=name)(x)
    return layers.ReLU(max_value=6.0)(x) if relu else x


def set_weights(model, tensors):
    """Gives the network the weights of its PyTorch form.

    Args:
        model: What `build` returned.
        tensors: {name: array} of PyTorch's layers.

    Raises:
        ValueError: If one is missing, left over or of another shape.
    """
    left = {n for n in tensors if not n.endswith("num_batches_tracked")}
    left -= {"_fc.weight", "_fc.bias"}
    for layer in model.layers:
        arrays = []
        for part, axes in _parts(layer):
            name = f"{_torch_name(layer.name)}.{part}"
            if name not in tensors:
                raise ValueError(
                    f"`tensors` must hold {name!r}. Received: "
                    f"{len(tensors)} without it"
                )
            left.discard(name)
            array = np.asarray(tensors[name])
            arrays.append(array if axes is None else array.transpose(axes))
        if arrays:
            layer.set_weights(arrays)
    if left:
        raise ValueError(
            "`tensors` must be those of the network. Received: also "
            f"{', '.join(sorted(left))}"
        )


def _parts(layer):
    """The names of a layer's tensors in PyTorch, and their axes in Keras."""
    if isinstance(layer, layers.DepthwiseConv2D):
        return [("weight", (2, 3, 0, 1))]
    if isinstance(layer, layers.Conv2D):
        return [("weight", (2, 3, 1, 0))]
    if isinstance(layer, layers.BatchNormalization):
        names = ("weight", "bias", "running_mean", "running_var")
        return [(name, None) for name in names]
    return []


def _torch_name(name):
    """`_blocks.3._bn1` of `blocks_3_bn1`."""
    if name.startswith("blocks_"):
        _, place, rest = name.split("_", 2)
        return f"_blocks.{place}._{rest}"
    return f"_{name}"


def classifier(backbone, tensors):
    """The network with the classifier of ImageNet's 1000 classes.

    Args:
        backbone: What `build` returned.
        tensors: {name: array} of PyTorch's layers.
    """
    kernel = np.asarray(tensors["_fc.weight"]).T
    dense = layers.Dense(kernel.shape[1], name="fc")
    model = keras.Sequential([backbone, dense])
    dense.set_weights([kernel, tensors["_fc.bias"]])
    return model


def freeze_norms(backbone):
    """Keeps BatchNorm's averages and scales as they are, for few images."""
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
