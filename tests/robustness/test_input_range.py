import keras
import pytest
from keras import layers

import keras_ceb
from keras_ceb._src.robustness.input_range import contradicts
from keras_ceb._src.robustness.input_range import input_range
from keras_ceb._src.robustness.input_range import warn_of_contradiction

PIXELS, UNIT, SIGNED = (0, 255), (0, 1), (-1, 1)


def sequential(*beginning, **options):
    head = [layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)]
    return keras.Sequential(
        [keras.Input((8, 8, 3), **options), *beginning, *head]
    )


def functional(beginning):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(2, 3)(beginning(inputs))
    return keras.Model(inputs, layers.Flatten()(x))


class Subclassed(keras.Model):
    def __init__(self, layer):
        super().__init__()
        self.first = layer
        self.flatten = layers.Flatten()

    def call(self, x):
        return self.flatten(self.first(x))


def imagenet(scale):
    return layers.Normalization(
        mean=[0.485 * scale, 0.456 * scale, 0.406 * scale],
        variance=[(s * scale) ** 2 for s in (0.229, 0.224, 0.225)],
    )


MODELS = {
    "to 0..1": (lambda: sequential(layers.Rescaling(1 / 255)), PIXELS),
    "by 256": (lambda: sequential(layers.Rescaling(1 / 256)), PIXELS),
    "to -1..1": (lambda: sequential(layers.Rescaling(1 / 127.5, -1)), PIXELS),
    "by 128": (lambda: sequential(layers.Rescaling(1 / 128, -1)), PIXELS),
    "digits": (lambda: sequential(layers.Rescaling(1 / 16)), (0, 16)),
    "from 0..1": (lambda: sequential(layers.Rescaling(2, -1)), UNIT),
    "to pixels": (lambda: sequential(layers.Rescaling(255)), UNIT),
    "from -1..1": (lambda: sequential(layers.Rescaling(0.5, 0.5)), SIGNED),
    "signed to pixels": (
        lambda: sequential(layers.Rescaling(127.5, 127.5)),
        SIGNED,
    ),
    "normalized": (lambda: sequential(imagenet(1)), UNIT),
    "normalized pixels": (lambda: sequential(imagenet(255)), PIXELS),
    "mnist": (
        lambda: sequential(layers.Normalization(mean=0.13, variance=0.095)),
        UNIT,
    ),
    "two layers": (
        lambda: sequential(layers.Rescaling(1 / 255), imagenet(1)),
        PIXELS,
    ),
    "undone": (lambda: sequential(layers.Rescaling(255), imagenet(255)), UNIT),
    "augmented": (
        lambda: sequential(
            layers.RandomFlip(), keras.Sequential([layers.Rescaling(1 / 255)])
        ),
        PIXELS,
    ),
    "nested": (
        lambda: functional(
            keras.Sequential(
                [
                    keras.Input((8, 8, 3)),
                    layers.RandomZoom(0.1),
                    layers.Rescaling(1 / 255),
                ]
            )
        ),
        PIXELS,
    ),
    "divided": (lambda: functional(lambda x: x / 255), PIXELS),
    "cast": (
        lambda: functional(lambda x: keras.ops.cast(x, "float32") * 2 - 1),
        UNIT,
    ),
    "caffe": (
        lambda: functional(keras.applications.resnet.preprocess_input),
        PIXELS,
    ),
    "torch": (
        lambda: functional(keras.applications.densenet.preprocess_input),
        PIXELS,
    ),
    "tf": (
        lambda: functional(keras.applications.mobilenet_v2.preprocess_input),
        PIXELS,
    ),
    "wrapped": (
        lambda: keras_ceb.wrap(sequential(layers.Rescaling(1 / 255)), 3),
        PIXELS,
    ),
    "subclassed": (
        lambda: Subclassed(sequential(layers.Rescaling(1 / 255))),
        PIXELS,
    ),
    "subclassed by layers": (
        lambda: Subclassed(layers.Rescaling(1 / 127.5, -1)),
        PIXELS,
    ),
    "wrapped and subclassed": (
        lambda: keras_ceb.wrap(Subclassed(layers.Rescaling(1 / 255)), 3),
        PIXELS,
    ),
    "uint8": (lambda: sequential(dtype="uint8"), PIXELS),
    "int32 images": (lambda: sequential(dtype="int32"), PIXELS),
    "nothing": (lambda: sequential(), None),
    "not adapted": (lambda: sequential(layers.Normalization()), None),
    "no change": (lambda: sequential(layers.Rescaling(1.0)), None),
    "later": (
        lambda: sequential(layers.Conv2D(3, 1), layers.Rescaling(1 / 255)),
        None,
    ),
    "two inputs": (
        lambda: keras.Model(
            [a := keras.Input((2,)), b := keras.Input((2,))],
            layers.Add()([a, b]),
        ),
        None,
    ),
    "tokens": (
        lambda: keras.Sequential(
            [keras.Input((4,), dtype="int32"), layers.Embedding(5, 2)]
        ),
        None,
    ),
    "no model": (lambda: "model.keras", None),
}


@pytest.mark.parametrize("name", MODELS)
def test_ranges(name):
    make, expected = MODELS[name]
    assert input_range(make()) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MobileNetV3Small", PIXELS),
        ("EfficientNetB0", PIXELS),
        ("EfficientNetV2B0", PIXELS),
        ("ConvNeXtTiny", PIXELS),
        ("MobileNetV2", None),
    ],
)
def test_networks_of_keras(name, expected):
    network = getattr(keras.applications, name)
    model = network(weights=None, classes=3, input_shape=(32, 32, 3))
    assert input_range(model) == expected


def test_a_saved_model(tmp_path):
    functional(lambda x: x / 255).save(tmp_path / "model.keras")
    model = keras.saving.load_model(tmp_path / "model.keras")
    assert input_range(model) == PIXELS


def test_contradictions():
    assert contradicts((0, 255), (0, 1)) and contradicts((0, 1), (-1, 1))
    assert not contradicts((0, 255), (0, 256))
    model = sequential(layers.Rescaling(1 / 255))
    with pytest.warns(UserWarning, match=r"0\.\.255.*Received.*\(0\.0, 1\.0\)"):
        warn_of_contradiction(model, (0.0, 1.0))


def test_the_model_is_left_as_it_was():
    """Looking at it does not call its layers again in a graph."""
    model = functional(keras.applications.resnet.preprocess_input)
    nodes = [len(o._inbound_nodes) for o in model.operations]
    input_range(model)
    assert [len(o._inbound_nodes) for o in model.operations] == nodes
