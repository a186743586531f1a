"""ImageNet, or photographs in folders like its own, for an experiment."""

import keras_ceb.data


def load(data_dir, split, preset, autoaugment=False, seed=0, **options):
    """The images of a split.

    Args:
        data_dir: See `keras_ceb.data.imagenet`.
        split: `"train"` or `"validation"`.
        preset: A `Preset`.
        autoaugment: Whether to augment with the published ImageNet policy.
        seed: Seed of order, crops and augmentation.
        **options: Those of `keras_ceb.data.imagenet`.
    """
    augmentation = None
    if autoaugment:
        augmentation = keras_ceb.data.AutoAugment("imagenet", per_image=True)
    return keras_ceb.data.imagenet(
        split,
        options.pop("batch_size", preset.eval_batch_size),
        data_dir=data_dir,
        image_size=preset.image_size,
        augmentation=augmentation,
        seed=seed,
        **options,
    )
