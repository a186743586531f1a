"""The operations as Pillow does them: the oracle of the tests."""

import numpy as np
from PIL import Image
from PIL import ImageEnhance
from PIL import ImageOps


def pictures(channels, height=21, width=24):
    """Images whose histograms are unlike: uint8, [8, height, width, c]."""
    rng = np.random.default_rng(5)
    shape = (height, width, channels)
    ramp = np.linspace(0, 255, height * width * channels).reshape(shape)
    two_values = np.where(rng.random(shape) < 0.3, 17, 201)
    images = [
        rng.integers(0, 256, shape),
        rng.integers(90, 130, shape),
        rng.normal(120, 30, shape).clip(0, 255),
        ramp,
        ramp[::-1] ** 2 / 255,
        two_values,
        np.full(shape, 99),  # One value only: nothing to stretch.
        np.where(ramp < 128, rng.integers(0, 60, shape), 255),
    ]
    return np.stack(images).astype("uint8")


def apply(images, operation, value, fill):
    """One operation on each image.

    Args:
        images: uint8, [n, height, width, 1 or 3].
        operation: Its name.
        value: Its argument, as from `keras_ceb.data.magnitudes`.
        fill: Color of vacated pixels, [channels].
    """
    gray = images.shape[-1] == 1
    results = []
    for image in images:
        picture = Image.fromarray(image[..., 0] if gray else image)
        picture = _apply(
            picture, operation, value, int(fill[0]) if gray else tuple(fill)
        )
        results.append(np.asarray(picture).reshape(image.shape))
    return np.stack(results)


def _apply(picture, operation, value, fill):
    if operation in ("Brightness", "Color", "Contrast", "Sharpness"):
        return getattr(ImageEnhance, operation)(picture).enhance(value)
    if operation == "AutoContrast":
        return ImageOps.autocontrast(picture)
    if operation == "Equalize":
        return ImageOps.equalize(picture)
    if operation == "Invert":
        return ImageOps.invert(picture)
    if operation == "Posterize":
        return ImageOps.posterize(picture, int(value))
    if operation == "Solarize":
        return ImageOps.solarize(picture, value)
    if operation == "Rotate":
        return picture.rotate(value, fillcolor=fill)
    coefficients = {
        "ShearX": (1, value, 0, 0, 1, 0),
        "ShearY": (1, 0, 0, value, 1, 0),
        "TranslateX": (1, 0, value, 0, 1, 0),
        "TranslateY": (1, 0, 0, 0, 1, value),
    }[operation]
    return picture.transform(
        picture.size, Image.Transform.AFFINE, coefficients, fillcolor=fill
    )
