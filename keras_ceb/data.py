"""Data sets, input pipelines and augmentation.

| reader | reads | returns |
| --- | --- | --- |
| `ArrayDataset` | arrays in memory | itself |
| `from_npz` | a NumPy archive | `ArrayDataset` |
| `from_tfds` | TensorFlow Datasets (TFDS), into memory | `ArrayDataset` |
| `cifar10`, `cifar100` | these sets, by TFDS | `ArrayDataset` |
| `fashion_mnist`, `mnist` | these sets, by TFDS | `ArrayDataset` |
| `from_folder` | image files, one folder per class | `FolderDataset` |
| `imagenet` | photographs in crops, from files or TFDS | `EncodedImages` |
| `stream_tfds` | TFDS, in order, for evaluation | `TfdsStream` |
| `read_npz` | a NumPy archive, unchanged | two arrays |

| returned | `fit` takes | needs | resumes by |
| --- | --- | --- | --- |
| `ArrayDataset` | it, or its `as_tf_data()` on TensorFlow | | `FollowEpochs` |
| `FolderDataset` | it | Pillow | `FollowEpochs` |
| `EncodedImages` | its `as_tf_data()` | TensorFlow | `initial_epoch` |
| `TfdsStream` | | TensorFlow, TFDS | |

All work on every backend; TensorFlow and TFDS only read the files. A resumed
run gets the batches that it would have had, in the same order: `FollowEpochs`
is a callback, `initial_epoch` an argument of `as_tf_data`. `ArrayDataset` and
`FolderDataset` are subclasses of `ImageDataset`.

Batches are pairs of images and labels. Pixels are stored, and augmented, as 0
to 255, and are then scaled to float32 from 0 to 1, or to other `bounds`.
`evaluate_robustness` takes an `ImageDataset` with `shuffle=False`, a
`TfdsStream`, a pair of arrays, or `as_tf_data()`. `from_folder`, `stream_tfds`
and `read_npz` read the `--data` of the command `keras-ceb`.

The released corruptions of CIFAR-10 and ImageNet are read by
`keras_ceb.robustness.corruptions`.

MixUp, CutMix, RandAugment and AugMix are layers of Keras. They take and return
a dict of images and labels, one-hot because the first two mix them; a
`CEBModel` trains on mixed labels directly.

```python
mix_up = keras.layers.MixUp(alpha=0.2)


def augment(x, y):
    out = mix_up({"images": x, "labels": keras.ops.one_hot(y, 10)})
    return out["images"], out["labels"]


model.fit(dataset.batch(128).map(augment))
```

On backends other than TensorFlow call `augment` on the batches of a
`keras.utils.PyDataset`.

A layer that is applied to pixels from 0 to 1, after scaling or in a model,
needs `value_range=(0, 1)`, as Keras's RandAugment and AugMix do.
"""

from keras_ceb._src.data.augmentation.augmentation_chain import (
    AugmentationChain,
)
from keras_ceb._src.data.augmentation.augmentation_chain import (
    cifar_augmentation,
)
from keras_ceb._src.data.augmentation.auto_augment import AutoAugment
from keras_ceb._src.data.augmentation.cutout import Cutout
from keras_ceb._src.data.augmentation.horizontal_flip import HorizontalFlip
from keras_ceb._src.data.augmentation.pad_and_crop import PadAndCrop
from keras_ceb._src.data.encoded.encoded_images import EncodedImages
from keras_ceb._src.data.pipeline.array_dataset import ArrayDataset
from keras_ceb._src.data.pipeline.follow_epochs import FollowEpochs
from keras_ceb._src.data.pipeline.image_dataset import ImageDataset
from keras_ceb._src.data.readers.folder_dataset import FolderDataset
from keras_ceb._src.data.readers.folder_dataset import from_folder
from keras_ceb._src.data.readers.imagenet import imagenet
from keras_ceb._src.data.readers.named import cifar10
from keras_ceb._src.data.readers.named import cifar100
from keras_ceb._src.data.readers.named import fashion_mnist
from keras_ceb._src.data.readers.named import mnist
from keras_ceb._src.data.readers.npz import from_npz
from keras_ceb._src.data.readers.npz import read_npz
from keras_ceb._src.data.readers.tfds import from_tfds
from keras_ceb._src.data.readers.tfds import stream_tfds
from keras_ceb._src.data.readers.tfds_stream import TfdsStream

__all__ = [
    "ArrayDataset",
    "AugmentationChain",
    "AutoAugment",
    "Cutout",
    "EncodedImages",
    "FolderDataset",
    "FollowEpochs",
    "HorizontalFlip",
    "ImageDataset",
    "PadAndCrop",
    "TfdsStream",
    "cifar10",
    "cifar100",
    "cifar_augmentation",
    "fashion_mnist",
    "from_folder",
    "from_npz",
    "from_tfds",
    "imagenet",
    "mnist",
    "read_npz",
    "stream_tfds",
]


def __dir__() -> list[str]:
    return __all__
