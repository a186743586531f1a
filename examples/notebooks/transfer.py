# %% [markdown]
# # Transfer: three libraries of backbones, frozen and fine-tuned
#
# A backbone from `keras.applications`, one from keras-cv and one from
# keras-hub, each wrapped in one line and trained twice: frozen, so that only
# CEB's head is trained, and with all weights trainable.
#
# **Read this first.** Transfer needs pretrained weights, which must be
# downloaded. This notebook runs offline, so its backbones are small and start
# from random weights, unless you set `WEIGHTS = "imagenet"`. The results below
# compare random features with learned ones, and say little about transfer from
# pretrained weights.

# %%
import pathlib

import keras
import keras_cv
import keras_hub
import matplotlib.pyplot as plt
import numpy as np
from skimage import data as pictures
from sklearn.datasets import load_sample_image

import keras_ceb
from keras_ceb import schedules

WEIGHTS = None  # or "imagenet", which downloads.
FOLDER = None  # or a folder with one folder of images a class: Imagenette...
SIZE = 48
SHAPE = (SIZE, SIZE, 3)
EPOCHS = 10
BATCH = 16

# %% [markdown]
# ## A small photographic set
#
# scikit-learn and scikit-image come with ten photographs. Cut into tiles, they
# make a classification task: which photograph is a tile from? Tiles do not
# overlap, and every third one is held out.

# %%
PHOTOGRAPHS = {
    "astronaut": pictures.astronaut,
    "cat": pictures.chelsea,
    "coffee": pictures.coffee,
    "galaxies": pictures.hubble_deep_field,
    "motorcycle": lambda: pictures.stereo_motorcycle()[0],
    "retina": pictures.retina,
    "rocket": pictures.rocket,
    "tissue": pictures.immunohistochemistry,
    "temple": lambda: load_sample_image("china.jpg"),
    "flower": lambda: load_sample_image("flower.jpg"),
}
rng = np.random.default_rng(0)


def tiles(image, count=54):
    """So many of the tiles of an image, in random order."""
    rows, columns = image.shape[0] // SIZE, image.shape[1] // SIZE
    image = image[: rows * SIZE, : columns * SIZE]
    cut = image.reshape(rows, SIZE, columns, SIZE, 3).swapaxes(1, 2)
    return rng.permutation(cut.reshape(-1, *SHAPE))[:count]


def load_tiles():
    parts = [tiles(load()) for load in PHOTOGRAPHS.values()]
    x = np.concatenate(parts).astype("float32")
    y = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    held_out = np.arange(len(y)) % 3 == 0
    order = rng.permutation(np.flatnonzero(~held_out))
    return list(PHOTOGRAPHS), (x[order], y[order]), (x[held_out], y[held_out])


def load_folder(folder):
    parts = keras.utils.image_dataset_from_directory(
        folder,
        image_size=(SIZE, SIZE),
        batch_size=None,
        validation_split=0.2,
        subset="both",
        seed=0,
    )
    train, test = (
        tuple(map(np.stack, zip(*part.as_numpy_iterator(), strict=True)))
        for part in parts
    )
    return sorted(p.name for p in pathlib.Path(folder).iterdir()), train, test


names, train, test = load_folder(FOLDER) if FOLDER else load_tiles()
print(len(train[1]), "images to train on,", len(test[1]), "to test on")

shown = min(10, len(names))
figure, axes = plt.subplots(
    2, shown, figsize=(shown, 2.4), layout="constrained"
)
for c, column in enumerate(axes.T):
    column[0].set_title(names[c], fontsize=8)
    for axis, image in zip(column, train[0][train[1] == c], strict=False):
        axis.imshow(image / 255)
        axis.set_xticks([])
        axis.set_yticks([])
plt.show()

# %% [markdown]
# ## Three backbones
#
# All are without a classification top. Each expects another range of pixels, so
# a rescaling layer comes first and images stay 0 to 255.
#
# Batch normalization needs care on so small a set. Its averages move by 1 % per
# step, and there are only a few hundred steps. With random weights, a momentum
# of 0.9 and a few batches adapt them; otherwise the frozen backbones would
# normalize with statistics of no image.

# %%
layers = keras.layers


def applications():
    network = keras.applications.MobileNet(
        SHAPE, alpha=0.25, include_top=False, weights=WEIGHTS
    )
    # Cut where the features are 6x6: a tile of 48 pixels bears no more.
    features = network.get_layer("conv_pw_5_relu").output
    network = keras.Model(network.input, features)
    return assemble(layers.Rescaling(1 / 127.5, -1.0), network)


def cv():
    kind = keras_cv.models.ResNetV2Backbone
    if WEIGHTS:
        network = kind.from_preset("resnet50_v2_imagenet")
    else:
        network = kind(
            stackwise_filters=[16, 32],
            stackwise_blocks=[2, 2],
            stackwise_strides=[1, 2],
            include_rescaling=True,
            input_shape=SHAPE,
        )
    return assemble(layers.Identity(), network)


def hub():
    kind = keras_hub.models.ResNetBackbone
    if WEIGHTS:
        network = kind.from_preset("resnet_18_imagenet")
    else:
        network = kind(
            input_conv_filters=[64],
            input_conv_kernel_sizes=[7],
            stackwise_num_filters=[64, 128],
            stackwise_num_blocks=[1, 1],
            stackwise_num_strides=[1, 2],
            block_type="basic_block",
            image_shape=SHAPE,
        )
    # The means and variances of ImageNet.
    normalization = layers.Normalization(
        mean=[123.7, 116.3, 103.5], variance=[3410.0, 3263.0, 3291.0]
    )
    return assemble(normalization, network)


def assemble(rescaling, network):
    backbone = keras.Sequential([keras.Input(SHAPE), rescaling, network])
    if not WEIGHTS:
        for layer in network.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.momentum = 0.9
        for start in range(0, 320, 32):
            backbone(train[0][start : start + 32], training=True)
    return backbone


# %% [markdown]
# ## Wrap and train
#
# `backbone.trainable = False` freezes a backbone. `z_dim=64` adds a dense layer
# before the noise: it lets CEB scale features that it cannot change, because
# the noise has unit variance whatever the features are. Training is short, and
# so is the jump-start: five epochs from rho = 10 to 4 once accuracy is above
# chance.


# %%
def train_model(build, free):
    keras.utils.set_random_seed(0)
    backbone = build()
    backbone.trainable = free
    steps = -(-len(train[1]) // BATCH)
    model = keras_ceb.wrap(
        backbone,
        len(names),
        z_dim=64,
        rho=schedules.JumpStart(
            4.0, steps, warmup_epochs=0, start=10.0, anneal_epochs=5
        ),
        seed=0,
    )
    model.compile(keras.optimizers.Adam(3e-3), metrics=["accuracy"])
    history = model.fit(
        *train,
        validation_data=test,
        batch_size=BATCH,
        epochs=EPOCHS,
        verbose=0,
    ).history
    weights = sum(np.prod(w.shape) for w in model.trainable_variables)
    return history, int(weights)


histories = {}
print(f"{'backbone':14}{'':12}{'weights':>9}{'accuracy':>10}{'rex, nats':>11}")
for build in (applications, cv, hub):
    for free in (False, True):
        history, weights = train_model(build, free)
        kind = "fine-tuned" if free else "frozen"
        histories[build.__name__, kind] = history
        print(
            f"{build.__name__:14}{kind:12}{weights:9,}"
            f"{history['val_accuracy'][-1]:10.3f}{history['val_rex'][-1]:11.2f}"
        )

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for index, ((name, kind), history) in enumerate(histories.items()):
    for axis, log in zip(axes, ("val_accuracy", "val_rex"), strict=True):
        axis.plot(
            history[log],
            "-" if kind == "fine-tuned" else "--",
            color=f"C{index // 2}",
            label=f"{name}, {kind}",
        )
        axis.set_title(log)
        axis.set_xlabel("epoch")
axes[0].axhline(1 / len(names), color="black", ls=":", lw=1)
axes[1].set_yscale("log")
axes[1].legend(frameon=False, fontsize=7)
plt.show()

# %% [markdown]
# Random features are better than one might expect: the frozen keras-hub network
# is as good as the fine-tuned one, and the keras-cv network gains 20 points
# when all its weights are trained. The truncated MobileNet learns nothing while
# frozen, as its `rex` shows: below one nat over 64 dimensions, its encodings do
# not exceed the noise. In that case, scale the features or raise the learning
# rate of the head.
#
# None of these accuracies is good, and with 180 test tiles each is uncertain by
# seven points either way. With so few images the initial weights decide, and
# these were random.
#
# ## What to try next
#
# - Online: `WEIGHTS = "imagenet"`, `SIZE = 224` and
#   `FOLDER = "imagenette2/train"`. Fine-tune at a tenth of the learning rate.
# - Freeze first, then fine-tune: set `backbone.trainable = True`, compile again
#   and call `fit` again. The schedule of rho continues.
# - `objective="xent"` for the same network without a bottleneck.
# - Mixed labels from `keras.layers.MixUp`: `keras_ceb.data` shows how.
