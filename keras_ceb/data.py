"""Data sets, input pipelines and augmentation.

MixUp, CutMix, RandAugment and AugMix are Keras's own. They take and return a
dict of images and labels, one-hot because the first two mix them; a
`CEBModel` trains on mixed labels as they are.

```python
mix_up = keras.layers.MixUp(alpha=0.2)


def augment(x, y):
    out = mix_up({"images": x, "labels": keras.ops.one_hot(y, 10)})
    return out["images"], out["labels"]


model.fit(dataset.batch(128).map(augment))
```

On another backend than TensorFlow call `augment` on the batches of a
`keras.utils.PyDataset`.

Integer images are 0 to 255 everywhere. Data sets give their images to an
augmentation as they are stored and scale them to 0 to 1 afterwards. A layer
that is applied to pixels from 0 to 1, after that or in a model, wants
`value_range=(0, 1)`, as Keras's RandAugment and AugMix do.
"""

from keras_ceb._src.data.array_dataset import ArrayDataset
from keras_ceb._src.data.augmentation_chain import AugmentationChain
from keras_ceb._src.data.augmentation_chain import cifar_augmentation
from keras_ceb._src.data.auto_augment import AutoAugment
from keras_ceb._src.data.cutout import Cutout
from keras_ceb._src.data.encoded_images import EncodedImages
from keras_ceb._src.data.follow_epochs import FollowEpochs
from keras_ceb._src.data.horizontal_flip import HorizontalFlip
from keras_ceb._src.data.imagenet import imagenet
from keras_ceb._src.data.pad_and_crop import PadAndCrop
from keras_ceb._src.data.sources import cifar10
from keras_ceb._src.data.sources import cifar100
from keras_ceb._src.data.sources import fashion_mnist
from keras_ceb._src.data.sources import from_npz
from keras_ceb._src.data.sources import from_tfds
from keras_ceb._src.data.sources import mnist

__all__ = [
    "ArrayDataset",
    "AugmentationChain",
    "AutoAugment",
    "Cutout",
    "EncodedImages",
    "FollowEpochs",
    "HorizontalFlip",
    "PadAndCrop",
    "cifar10",
    "cifar100",
    "cifar_augmentation",
    "fashion_mnist",
    "from_npz",
    "from_tfds",
    "imagenet",
    "mnist",
]
