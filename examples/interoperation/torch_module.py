"""A Keras classifier for the tools of PyTorch, which keep channels first."""

import keras
import torch


class ChannelsFirst(torch.nn.Module):
    """A Keras model of images `[n, height, width, channels]`, in evaluation.

    On the PyTorch backend a Keras model is an `nn.Module`: all that is left to
    do is to bring the images into its order.

    Args:
        model: Keras model that maps images to logits.
    """

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.eval()

    def forward(self, x):
        return self.model(x.permute(0, 2, 3, 1), training=False)


def channels_first(x):
    """An array `[n, height, width, channels]` as these tools take images."""
    return torch.tensor(x).permute(0, 3, 1, 2).contiguous()


class _Module(keras.layers.Layer):
    """The logits of a PyTorch module, whose weights stay its own."""

    def __init__(self, module, classes):
        super().__init__(name="logits")
        # In a function: Keras would take a module for one of its layers.
        self._logits = lambda x: module(x.permute(0, 3, 1, 2).contiguous())
        self._classes = classes

    def compute_output_shape(self, input_shape):
        return input_shape[0], self._classes

    def call(self, x):
        return self._logits(x)


def as_keras(module, shape, classes):
    """A PyTorch module of images, as keras_ceb's attacks take a model.

    Args:
        module: `nn.Module` that maps `[n, channels, height, width]` images to
            `[n, classes]` logits.
        shape: `(channels, height, width)`.
        classes: Number of classes.
    """
    channels, height, width = shape
    inputs = keras.Input((height, width, channels))
    return keras.Model(inputs, _Module(module, classes)(inputs))
