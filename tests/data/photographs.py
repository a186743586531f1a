"""Small encoded images in folders, and as a data set of TFDS."""

import io

import numpy as np
from PIL import Image

WNIDS = ("n01440764", "n02102040", "n02979186")


def png(pixels):
    """An image as PNG, which keeps it as it is."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def jpeg(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


def gray(level, side=16):
    """An image of one color, which every crop keeps."""
    return np.full((side, side, 3), level, "uint8")


def write_folder(root, split="train", count=12):
    """`count` gray images; image i has the level 10 + 10 i and class i % 3."""
    for i in range(count):
        folder = root / split / WNIDS[i % 3]
        folder.mkdir(parents=True, exist_ok=True)
        # Under this order of names the images of a class are ascending.
        (folder / f"{split}_{i:03d}.JPEG").write_bytes(jpeg(gray(10 + 10 * i)))
    (root / split / "README.txt").write_text("Not an image.")
    (root / split / WNIDS[0] / "list.txt").write_text("Not an image.")


def write_tfds(root, count=12):
    """The same images as a prepared `imagenet2012` of TFDS."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    features = tfds.builder("imagenet2012", data_dir=root).info.features

    def examples():
        for i in range(count):
            yield {
                "image": gray(10 + 10 * i),
                "label": i % 3,
                "file_name": f"{i}.JPEG",
            }

    images = tf.data.Dataset.from_generator(
        examples, output_signature=features.get_tensor_spec()
    )
    tfds.dataset_builders.store_as_tfds_dataset(
        name="imagenet2012",
        version="5.1.0",
        features=features,
        split_datasets={"train": images, "validation": images},
        data_dir=root,
        disable_shuffling=True,
    )
