"""Data sets, input pipelines and augmentation."""

from keras_ceb.data.augmentation_chain import AugmentationChain
from keras_ceb.data.augmentation_chain import cifar_augmentation
from keras_ceb.data.auto_augment import AutoAugment
from keras_ceb.data.cutout import Cutout
from keras_ceb.data.horizontal_flip import HorizontalFlip
from keras_ceb.data.pad_and_crop import PadAndCrop

__all__ = [
    "AugmentationChain",
    "AutoAugment",
    "Cutout",
    "HorizontalFlip",
    "PadAndCrop",
    "cifar_augmentation",
]
