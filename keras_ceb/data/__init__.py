"""Data sets, input pipelines and augmentation."""

from keras_ceb.data.array_dataset import ArrayDataset
from keras_ceb.data.augmentation_chain import AugmentationChain
from keras_ceb.data.augmentation_chain import cifar_augmentation
from keras_ceb.data.auto_augment import AutoAugment
from keras_ceb.data.cutout import Cutout
from keras_ceb.data.follow_epochs import FollowEpochs
from keras_ceb.data.horizontal_flip import HorizontalFlip
from keras_ceb.data.pad_and_crop import PadAndCrop
from keras_ceb.data.sources import cifar10
from keras_ceb.data.sources import cifar100
from keras_ceb.data.sources import fashion_mnist
from keras_ceb.data.sources import from_npz
from keras_ceb.data.sources import from_tfds
from keras_ceb.data.sources import mnist

__all__ = [
    "ArrayDataset",
    "AugmentationChain",
    "AutoAugment",
    "Cutout",
    "FollowEpochs",
    "HorizontalFlip",
    "PadAndCrop",
    "cifar10",
    "cifar100",
    "cifar_augmentation",
    "fashion_mnist",
    "from_npz",
    "from_tfds",
    "mnist",
]
