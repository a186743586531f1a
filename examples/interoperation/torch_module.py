"""A Keras classifier for the tools of PyTorch, which keep channels first."""

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
