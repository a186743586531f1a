"""JPEG compression by a library on the host.

The images equal those of `jpeg.jpeg_compression`. Large images on a CPU take
less time this way.
"""

import io

import numpy as np
from keras import ops

from keras_ceb._src import backend


def code(images: np.ndarray, quality: int) -> np.ndarray | None:
    """JPEG-compresses and decompresses images through a library, on the host.

    Args:
        images: uint8 array, [batch, height, width, channels].
        quality: 1 to 100.

    Returns:
        uint8 array of the shape of `images`, or None if there is no library:
        neither the backend's nor Pillow.
    """
    coded = backend.jpeg_codec(images, quality)
    if coded is not None:
        return np.asarray(ops.convert_to_numpy(coded))
    try:
        return _pillow_code(images, quality)
    except ImportError:
        return None


def _pillow_code(images: np.ndarray, quality: int) -> np.ndarray:
    from PIL import Image
    from PIL import JpegImagePlugin

    images = np.ascontiguousarray(images)
    _, height, width, channels = images.shape
    mode = "RGB" if channels == 3 else "L"
    result = np.empty_like(images)
    for index, image in enumerate(images):
        buffer = io.BytesIO()
        picture = Image.frombuffer(
            mode, (width, height), image, "raw", mode, 0, 1
        )
        picture.save(buffer, "JPEG", quality=quality)
        buffer.seek(0)
        # The class itself: `Image.open` would try other formats first.
        decoded = JpegImagePlugin.JpegImageFile(buffer).tobytes()
        result[index] = np.frombuffer(decoded, "uint8").reshape(image.shape)
    return result
