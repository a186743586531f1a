"""The crops of the reference ResNet, on images as JPEG; TensorFlow only.

Crop and decode are one operation, so only the pixels of the crop are decoded.
The crop is resized by the reference's bicubic filter, which does not smooth
when it shrinks an image.

Reference: the input pipeline of TensorFlow's Cloud TPU ResNet, the code that
Fischer and Alemi (2020) trained with.
"""

from keras_ceb._src.typing import Tensor

# A side of the evaluation crop over the shorter side of the image.
CENTRAL_FRACTION = 224 / 256


def distorted_crop(encoded: Tensor, size: int, seed: Tensor) -> Tensor:
    """A random part of an image, flipped horizontally half of the time.

    The part has 8 to 100 % of the image's area and an aspect ratio between
    3/4 and 4/3. If ten draws find no such part, it is the central crop.

    Args:
        encoded: String scalar, an image as JPEG or PNG.
        size: Pixels per side of the result.
        seed: Integers, [2].

    Returns:
        uint8, 0 to 255, [size, size, 3].
    """
    import tensorflow as tf

    shape = _shape(encoded)
    begin, extent, _ = tf.image.stateless_sample_distorted_bounding_box(
        shape,
        tf.constant([[[0.0, 0.0, 1.0, 1.0]]]),
        seed,
        min_object_covered=0.1,
        aspect_ratio_range=(3 / 4, 4 / 3),
        area_range=(0.08, 1.0),
        max_attempts=10,
        use_image_if_no_bounding_boxes=True,
    )
    window = tf.concat([begin[:2], extent[:2]], 0)
    # The operation returns the whole image if it found no part.
    failed = tf.reduce_all(extent[:2] == shape[:2])
    window = tf.where(failed, _central_window(shape), window)
    image = _resized_window(encoded, window, size)
    return tf.image.stateless_random_flip_left_right(image, seed)


def central_crop(encoded: Tensor, size: int) -> Tensor:
    """The central square with 7/8 of the shorter side of an image.

    Args: see `distorted_crop`.

    Returns:
        uint8, 0 to 255, [size, size, 3].
    """
    return _resized_window(encoded, _central_window(_shape(encoded)), size)


def _shape(encoded: Tensor) -> Tensor:
    """Height, width and channels, int32, [3]; reads the header of a JPEG."""
    import tensorflow as tf

    return tf.cond(
        tf.io.is_jpeg(encoded),
        lambda: tf.image.extract_jpeg_shape(encoded),
        lambda: tf.shape(_decoded(encoded)),
    )


def _decoded(encoded: Tensor) -> Tensor:
    import tensorflow as tf

    return tf.io.decode_image(encoded, channels=3, expand_animations=False)


def _central_window(shape: Tensor) -> Tensor:
    """(top, left, height, width) of the central crop, int32, [4]."""
    import tensorflow as tf

    shorter = tf.cast(tf.minimum(shape[0], shape[1]), "float32")
    side = tf.cast(CENTRAL_FRACTION * shorter, "int32")
    return tf.stack(
        [
            (shape[0] - side + 1) // 2,
            (shape[1] - side + 1) // 2,
            side,
            side,
        ]
    )


def _resized_window(encoded: Tensor, window: Tensor, size: int) -> Tensor:
    import tensorflow as tf

    top, left, height, width = tf.unstack(window)
    image = tf.cond(
        tf.io.is_jpeg(encoded),
        lambda: tf.image.decode_and_crop_jpeg(encoded, window, channels=3),
        # ImageNet has one PNG among its files.
        lambda: tf.image.crop_to_bounding_box(
            _decoded(encoded), top, left, height, width
        ),
    )
    image = tf.raw_ops.ResizeBicubic(images=image[None], size=[size, size])[0]
    image = tf.cast(tf.clip_by_value(tf.round(image), 0.0, 255.0), "uint8")
    return tf.ensure_shape(image, (size, size, 3))
