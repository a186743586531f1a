"""A wrapped model is served with the inputs that its backbone declares."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_ceb

RNG = np.random.default_rng(0)


def image(dtype="uint8", **options):
    inputs = keras.Input(**{"shape": (4, 4, 3), **options}, dtype=dtype)
    features = layers.Flatten()(layers.Rescaling(1 / 255)(inputs))
    x = RNG.integers(0, 255, (3, 4, 4, 3)).astype(dtype)
    return keras.Model(inputs, features), x


def batched_image():
    return image("float32", shape=None, batch_shape=(3, 4, 4, 3), name="image")


def tokens():
    backbone = keras.Sequential(
        [
            keras.Input((None,), dtype="int32", name="tokens"),
            layers.Embedding(9, 4, mask_zero=True),
        ]
    )
    return backbone, RNG.integers(0, 9, (3, 6)).astype("int32")


@keras.saving.register_keras_serializable("tests")
class LowBits(layers.Layer):
    """Takes integers and nothing else."""

    def call(self, x):
        bits = keras.ops.bitwise_and(x, keras.ops.cast(3, x.dtype))
        return keras.ops.cast(bits, "float32")


def bits():
    inputs = keras.Input((4,), dtype="uint8", name="flags")
    x = RNG.integers(0, 255, (3, 4)).astype("uint8")
    return keras.Model(inputs, LowBits()(inputs)), x


def text():
    import tensorflow as tf

    vectorize = layers.TextVectorization(output_sequence_length=3)
    vectorize.adapt(["the cat sat", "on the mat"])
    inputs = keras.Input((), dtype="string", name="text")
    backbone = keras.Model(inputs, layers.Embedding(9, 4)(vectorize(inputs)))
    return backbone, tf.constant(["the cat", "mat", "sat on the mat"])


def pixels_and_numbers():
    pixels = keras.Input((3,), dtype="uint8", name="pixels")
    numbers = keras.Input((2,), name="numbers")
    joined = layers.Concatenate()([layers.Rescaling(1 / 255)(pixels), numbers])
    x = (
        RNG.integers(0, 255, (3, 3)).astype("uint8"),
        RNG.normal(size=(3, 2)).astype("float32"),
    )
    return pixels, numbers, joined, x


def dictionary():
    pixels, numbers, joined, x = pixels_and_numbers()
    inputs = {"pixels": pixels, "numbers": numbers}
    return keras.Model(inputs, joined), dict(zip(inputs, x, strict=True))


def several():
    pixels, numbers, joined, x = pixels_and_numbers()
    return keras.Model([pixels, numbers], joined), list(x)


def served(model, path):
    import tensorflow as tf

    model.export(path, verbose=False)
    return tf.saved_model.load(path)


@pytest.mark.tf_only
@pytest.mark.parametrize(
    "make", [image, batched_image, bits, tokens, text, dictionary, several]
)
def test_signature_is_the_backbones(make, tmp_path):
    backbone, x = make()
    # Before it is wrapped: nothing of ours takes part.
    plain = served(backbone, tmp_path / "plain")
    model = keras_ceb.wrap(backbone, 2, rho=1.0, seed=0)
    wrapped = served(model, tmp_path / "wrapped")
    signature = plain.signatures["serving_default"]
    assert (
        wrapped.signatures["serving_default"].structured_input_signature
        == signature.structured_input_signature
    )
    assert wrapped.serve.input_signature == plain.serve.input_signature
    np.testing.assert_allclose(
        wrapped.serve(x), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


@pytest.mark.tf_only
@pytest.mark.parametrize("make", [bits, text, dictionary, several])
def test_tensorflows_own_saving(make, tmp_path):
    import tensorflow as tf

    backbone, x = make()
    tf.saved_model.save(backbone, tmp_path / "plain")
    model = keras_ceb.wrap(backbone, 2, rho=1.0, seed=0)
    tf.saved_model.save(model, tmp_path / "wrapped")
    artifact = tf.saved_model.load(tmp_path / "wrapped")
    plain = tf.saved_model.load(tmp_path / "plain")

    def types(artifact):
        serve = artifact.signatures["serving_default"]
        specs = tf.nest.flatten(serve.structured_input_signature)
        return sorted((spec.dtype.name, spec.shape) for spec in specs)

    assert types(artifact) == types(plain)


@pytest.mark.parametrize(
    "make", [image, batched_image, bits, tokens, dictionary, several]
)
def test_summary_and_files_keep_the_inputs(make, tmp_path):
    backbone, x = make()
    model = keras_ceb.wrap(backbone, 2, rho=1.0, seed=0)
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    assert "unbuilt" not in "".join(lines)
    model.save(tmp_path / "model.keras")
    revived = keras.models.load_model(tmp_path / "model.keras")
    declared = keras.tree.flatten(backbone.inputs)
    for given, kept in zip(declared, revived.backbone.inputs, strict=True):
        assert (kept.shape, kept.dtype) == (given.shape, given.dtype)
    np.testing.assert_allclose(
        revived.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5
    )


@pytest.mark.tf_only
def test_a_given_signature_goes_first(tmp_path):
    import tensorflow as tf

    model = keras_ceb.wrap(image()[0], 2, rho=1.0)
    spec = keras.InputSpec(shape=(3, 4, 4, 3), dtype="float32", name="mine")
    model.export(tmp_path, "tf_saved_model", False, [spec])
    artifact = tf.saved_model.load(tmp_path)
    (kept,) = artifact.serve.input_signature
    assert (kept.name, kept.dtype, kept.shape) == (
        "mine",
        tf.float32,
        (3, 4, 4, 3),
    )


class Written(keras.Model):
    """A backbone that declares nothing."""

    def call(self, x):
        return x


@pytest.mark.tf_only
def test_a_backbone_that_declares_nothing_is_exported_as_keras_does(tmp_path):
    model = keras_ceb.wrap(Written(), 2, rho=1.0)
    x = RNG.normal(size=(3, 5)).astype("float32")
    logits = model.predict(x, verbose=0)
    artifact = served(model, tmp_path)
    np.testing.assert_allclose(artifact.serve(x), logits, rtol=1e-5)
