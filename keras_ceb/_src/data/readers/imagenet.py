"""ImageNet as the paper trained on it, from TFDS or a folder."""

import os
from typing import Any

from keras_ceb._src.data.encoded.encoded_images import EncodedImages
from keras_ceb._src.data.encoded.sources import TfdsSource
from keras_ceb._src.optional import optional_module
from keras_ceb._src.validation import one_of

SPLITS = ("train", "validation")
TFDS_NAME = "imagenet2012"
# The archive of each split that image-net.org offers after registration.
TAR_FILES = {
    "train": "ILSVRC2012_img_train.tar",
    "validation": "ILSVRC2012_img_val.tar",
}
# Possible names of the folder of a split.
FOLDERS = {"train": ("train",), "validation": ("val", "validation")}


def imagenet(
    split: str = "train",
    batch_size: int = 256,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    **options: Any,
) -> EncodedImages:
    """ImageNet (ILSVRC 2012), or photographs in folders like its own.

    For training: a random part of each image (8 to 100 % of its area), resized
    by a bicubic filter, flipped horizontally half of the time, and augmented
    if an augmentation is given. For validation: the central crop. This is the
    pipeline of the ResNet that the paper trained. Pixels are from 0 to 1, in
    8-bit steps.

    The order of an epoch depends only on the seed and the epoch, so an
    interrupted run resumes with the batches that it would have had.

    Needs the package tensorflow, on any backend.

    Args:
        split: `"train"` or `"validation"`.
        batch_size: Examples per batch; with shards, of this shard.
        data_dir: A folder with `train/<wnid>/*.JPEG` and
            `val/<wnid>/*.JPEG`, or the folder where TensorFlow Datasets keeps
            a prepared `imagenet2012`. Any file system that TensorFlow reads.
            Defaults to the folder of TensorFlow Datasets.
        **options: Arguments of `EncodedImages`: `image_size` (224),
            `augmentation` of 8-bit crops, in the paper
            `AutoAugment("imagenet", per_image=True)`, `seed`, `shard` for one
            of several hosts, and `batches_per_epoch`.

    Returns:
        `EncodedImages`: `len(dataset)` batches per epoch, and
        `dataset.as_tf_data(initial_epoch)`.

    Raises:
        FileNotFoundError: If ImageNet is not found; the message says which
            files are missing and where they belong.
        ImportError: If tensorflow or, for a prepared data set,
            tensorflow-datasets is not installed.
        ValueError: If an argument is invalid.

    Example:

    ```python
    augmentation = keras_ceb.data.AutoAugment("imagenet", per_image=True)
    train = keras_ceb.data.imagenet(
        "train", 256, data_dir="imagenet", augmentation=augmentation
    )
    model.fit(train.as_tf_data(), steps_per_epoch=len(train), epochs=270)
    ```

    On several hosts:

    ```python
    def batches(context):
        return keras_ceb.data.imagenet(
            "train",
            context.get_per_replica_batch_size(8192),
            shard=(context.input_pipeline_id, context.num_input_pipelines),
        ).as_tf_data()


    train = strategy.distribute_datasets_from_function(batches)
    ```

    Reference: Fischer and Alemi (2020), section 3.2 and appendix A.2.
    """
    one_of(split, "split", SPLITS)
    tf = optional_module(
        "tensorflow",
        "`imagenet`",
        "Its `tf.data` reads the images, also on other backends.",
    )
    options["training"] = split == "train"
    if data_dir is not None:
        data_dir = os.fspath(data_dir)
        names = [
            name
            for name in FOLDERS[split]
            if tf.io.gfile.isdir(os.path.join(data_dir, name))
        ]
        if names:
            folder = os.path.join(data_dir, names[0])
            return EncodedImages(folder, batch_size, **options)
    source = TfdsSource(_prepared_builder(split, data_dir), split)
    return EncodedImages(source, batch_size, **options)


def _prepared_builder(split: str, data_dir: str | None) -> Any:
    """The TFDS builder, or an error that says how to get the data."""
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ImportError(
            "`imagenet` needs tensorflow-datasets to read a prepared data set: "
            "pip install 'keras-ceb[data]'. Without it, give a `data_dir` with "
            f"folders {FOLDERS[split][0]}/<wnid>/*.JPEG. "
            f"Received: data_dir={data_dir!r}"
        ) from error
    builder = tfds.builder(TFDS_NAME, data_dir=data_dir)
    if not builder.info.splits:
        raise FileNotFoundError(_missing(split, data_dir, builder))
    return builder


def _missing(split: str, data_dir: str | None, builder: Any) -> str:
    """How to get ImageNet where it is missing."""
    import tensorflow as tf

    root = os.path.dirname(os.path.dirname(os.fspath(builder.data_dir)))
    manual = os.path.join(root, "downloads", "manual")
    missing = [
        name
        for name in TAR_FILES.values()
        if not tf.io.gfile.exists(os.path.join(manual, name))
    ]
    command = f"tfds build {TFDS_NAME} --data_dir={root}"
    if missing:
        step = (
            f"Download {' and '.join(missing)} from image-net.org (it needs a "
            f"registration) into {manual!r}, then run: {command}"
        )
    else:
        step = f"Its files are in {manual!r}; prepare them by: {command}"
    return (
        f"ImageNet is not prepared in {root!r}, and `data_dir` has no folder "
        f"{FOLDERS[split][0]}/<wnid>/*.JPEG. {step}. "
        f"Received: data_dir={data_dir!r}"
    )
