import pathlib

import numpy as np
import pytest
from PIL import Image

from examples.transfer import experiments
from examples.transfer import lite0


@pytest.fixture(scope="package")
def photographs(tmp_path_factory):
    """A folder like that of Imagenette, with images of 16 pixels."""
    folder = tmp_path_factory.mktemp("imagenette")
    rng = np.random.default_rng(0)
    for split, count in (("train", 3), ("val", 1)):
        for name in range(10):
            place = pathlib.Path(folder, split, f"n{name}")
            place.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (16, 16, 3), dtype="uint8")
                Image.fromarray(pixels).save(place / f"{number}.png")
    return str(folder)


@pytest.fixture(scope="package")
def small():
    """A small network of the same kind, and random tensors for it."""
    preset = experiments.preset("smoke")
    side = preset.image_size
    network = lite0.build(
        (side, side, 3),
        groups=preset.groups,
        stem=preset.stem,
        head=preset.head,
    )
    rng = np.random.default_rng(0)
    tensors = {}
    for layer in network.layers:
        for (part, axes), weight in zip(
            lite0._parts(layer), layer.weights, strict=True
        ):
            shape = tuple(weight.shape)
            if axes is not None:
                shape = tuple(shape[i] for i in np.argsort(axes))
            values = rng.normal(size=shape).astype("float32")
            if part in ("running_var", "bias"):
                values = 0.5 + np.abs(values)
            name = lite0._torch_name(layer.name)
            tensors[f"{name}.{part}"] = values
    lite0.set_weights(network, tensors)
    return network, tensors
