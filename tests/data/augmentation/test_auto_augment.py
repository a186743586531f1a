"""AutoAugment: every operation against Pillow, its frequencies, the layer."""

import keras
import numpy as np
import pytest
from scipy import stats

from keras_ceb import data
from keras_ceb._src import backend
from keras_ceb._src.data.augmentation import policies
from keras_ceb._src.data.augmentation.magnitudes import magnitude
from keras_ceb._src.random import image_keys
from keras_ceb._src.random import uniform
from tests.data.augmentation import pillow

FILL = (10, 200, 30)
# Quick to compile.
SHORT = [
    (("Invert", 0.5, 0), ("Rotate", 0.9, 9)),
    (("Equalize", 0.5, 0), ("TranslateX", 0.9, 9)),
]


def keys(count, seed=1):
    return np.asarray(
        image_keys(np.array([seed, 0], "uint32"), np.arange(count))
    )


def drawn(keys_):
    """The random numbers that a policy uses."""
    return np.asarray(uniform(keys_, (5,)))


def layer(policy=SHORT, **options):
    return data.AutoAugment(policy, **{"fill_value": FILL, **options})


def apply_all(augmentation, images, applied=True):
    """Runs the layer's operations, one after another, on the same images."""
    images = keras.ops.convert_to_tensor(images)
    count = len(images)
    compiled = backend.jit(augmentation.apply)
    return lambda entry: np.asarray(
        compiled(
            images,
            np.full(count, entry, "int32"),
            np.full(count, applied),
        )
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "convention",
    ["authors", pytest.param("torchvision", marks=pytest.mark.slow)],
)
def test_every_operation_is_pillows_at_every_level(convention, channels):
    policy = [
        ((name, 1.0, level), (name, 1.0, level + 5))
        for name in policies.OPERATIONS
        for level in range(5)
    ]
    augmentation = layer(policy, magnitudes=convention, max_translation=7)
    images = pillow.pictures(channels)
    run = apply_all(augmentation, images)
    fill = FILL if channels == 3 else (80,)  # 80 is the mean of FILL.
    for index, (operation, _, level) in enumerate(
        operation for row in policy for operation in row
    ):
        for negative in (False, True):
            value = magnitude(operation, level, negative, convention, 7)
            np.testing.assert_array_equal(
                run(2 * index + negative),
                pillow.apply(images, operation, value, fill),
                err_msg=f"{operation}, level {level}, {value}",
            )


def test_an_operation_that_is_not_applied_changes_nothing():
    images = pillow.pictures(3)
    for per_image in (False, True):
        run = apply_all(layer(per_image=per_image), images, applied=False)
        np.testing.assert_array_equal(run(5), images)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("policy", ["cifar10", "imagenet"])
def test_a_policy_is_its_operations_in_order(policy):
    # The draws are decoded here once more, and Pillow does the rest.
    images = np.concatenate([pillow.pictures(3)] * 12)
    augmentation = layer(policy)
    draws = drawn(keys(len(images)))
    rows = policies.get(policy)
    expected = []
    for image, draw in zip(images, draws, strict=True):
        row = rows[int(draw[0] * len(rows))]
        for slot, (operation, probability, level) in enumerate(row):
            if draw[1 + slot] < probability:
                longest = 10 * images.shape[2 - (operation[-1] == "Y")] / 32
                value = magnitude(
                    operation, level, draw[3 + slot] < 0.5, "authors", longest
                )
                image = pillow.apply(image[None], operation, value, FILL)[0]
        expected.append(image)
    augmented = augmentation.augment(images, keys(len(images)))
    np.testing.assert_array_equal(augmented, expected)
    assert not np.array_equal(augmented, images)


@pytest.mark.slow_on_tensorflow
def test_frequencies_are_those_of_the_policy():
    # Every operation of this policy leaves its mark on a gray image: which
    # ones ran can be read off the result.
    policy = [
        (("Invert", 0.3, 0), ("Brightness", 0.8, 0)),
        (("Posterize", 0.5, 0), ("Solarize", 0.1, 9)),
        (("Brightness", 1.0, 9), ("Invert", 0.0, 0)),
    ]
    count = 6000
    images = np.full((count, 3, 3, 1), 77, "uint8")
    augmented = np.asarray(
        data.AutoAugment(policy).augment(images, keys(count))
    )[:, 0, 0, 0]
    expected = {}
    for row in policy:
        outcomes = {77: 1.0}
        for operation, probability, level in row:
            value = magnitude(operation, level, False, "authors", 1)
            after = {}
            for gray, share in outcomes.items():
                image = np.full((1, 3, 3, 1), gray, "uint8")
                new = pillow.apply(image, operation, value, (0,))[0, 0, 0, 0]
                for result, p in ((new, probability), (gray, 1 - probability)):
                    result = int(result)
                    after[result] = after.get(result, 0) + share * p
            outcomes = after
        for gray, share in outcomes.items():
            expected[gray] = expected.get(gray, 0) + share / len(policy)
    expected = {gray: share for gray, share in expected.items() if share > 0}
    assert len(expected) >= 6
    observed = [np.sum(augmented == gray) for gray in expected]
    assert sum(observed) == count
    frequencies = count * np.array(list(expected.values()))
    assert stats.chisquare(observed, frequencies).pvalue > 1e-3


@pytest.mark.parametrize("policy", ["cifar10", "imagenet"])
def test_sub_policies_and_signs_are_drawn_uniformly(policy):
    # 50 outcomes for each of two slots: sub-policy, and sign.
    draws = drawn(keys(20000))
    rows = len(policies.get(policy))
    for slot in range(2):
        outcome = 2 * (draws[:, 0] * rows).astype(int)
        outcome += draws[:, 3 + slot] < 0.5
        counts = np.bincount(outcome, minlength=2 * rows)
        assert stats.chisquare(counts).pvalue > 1e-3
        for row, operations in enumerate(policies.get(policy)):
            mine = draws[outcome // 2 == row, 1 + slot]
            p = operations[slot][1]
            applied = int(np.sum(mine < p))
            assert stats.binomtest(applied, len(mine), p).pvalue > 1e-5


@pytest.mark.slow_on_tensorflow
def test_a_loop_and_a_whole_batch_give_the_same_images():
    images = np.concatenate([pillow.pictures(3)] * 4)
    loop, batch = (
        layer("cifar10", per_image=choice).augment(images, keys(len(images)))
        for choice in (True, False)
    )
    np.testing.assert_array_equal(loop, batch)


def test_an_image_depends_on_its_own_key_only():
    images = pillow.pictures(3)
    one = layer()
    order = np.arange(len(images))[::-1]
    forth = np.asarray(one.augment(images, keys(len(images))))
    back = one.augment(images[order], keys(len(images))[order])
    np.testing.assert_array_equal(forth[order], back)


@pytest.mark.slow_on_tensorflow
def test_layer_is_seeded_and_rests_outside_of_training():
    images = np.concatenate([pillow.pictures(3)] * 4)
    one = layer(seed=3)
    first = np.asarray(one(images))
    np.testing.assert_array_equal(first, layer(seed=3)(images))
    assert not np.array_equal(first, one(images))
    np.testing.assert_array_equal(one(images, training=False), images)


@pytest.mark.slow_on_tensorflow
def test_floats_are_rounded_and_keep_their_dtype():
    images = pillow.pictures(3)
    one = layer()
    result = one.augment(images.astype("float32") + 0.25, keys(len(images)))
    assert keras.backend.standardize_dtype(result.dtype) == "float32"
    np.testing.assert_array_equal(
        result, one.augment(images, keys(len(images)))
    )


def test_config_round_trip():
    one = data.AutoAugment(
        [(("Invert", 0.5, 1), ("Rotate", 1.0, 9))],
        magnitudes="tensorflow",
        max_translation=10,
        fill_value=FILL,
        per_image=False,
        seed=5,
    )
    config = one.get_config()
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(one)
    )
    assert again.get_config() == config
    images = pillow.pictures(3)
    np.testing.assert_array_equal(one(images), again(images))


@pytest.mark.slow_on_torch
def test_in_a_model_that_is_trained_and_saved(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layer(seed=0),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss=loss, jit_compile=True)
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3))
    images = images.astype("float32")
    model.fit(images, np.arange(8) % 2, batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        model.predict(images, verbose=0),
        again.predict(images, verbose=0),
        rtol=1e-6,
    )


@pytest.mark.tf_only
def test_in_tf_data():
    import tensorflow as tf

    images = pillow.pictures(3)
    one = layer(seed=0)
    pipeline = tf.data.Dataset.from_tensor_slices(images).batch(4).map(one)
    assert pipeline.element_spec.shape.as_list() == [None, *images.shape[1:]]
    found = np.concatenate([batch.numpy() for batch in pipeline])
    again = layer(seed=0)
    expected = [again(images[:4]), again(images[4:])]
    np.testing.assert_array_equal(found, np.concatenate(expected))


@pytest.mark.parametrize(
    "options, error, text",
    [
        ({"policy": "v0"}, ValueError, "`policy`.*'cifar10', 'imagenet'.*v0"),
        ({"policy": []}, TypeError, "`policy`.*Received"),
        ({"magnitudes": "pil"}, ValueError, "`magnitudes`.*authors.*pil"),
        ({"fill_value": 300}, ValueError, "`fill_value`.*300"),
        ({"fill_value": (1, 2)}, ValueError, "`fill_value`.*three"),
        ({"max_translation": "far"}, TypeError, "`max_translation`.*far"),
        ({"seed": -1}, ValueError, "`seed`.*-1"),
    ],
)
def test_bad_arguments(options, error, text):
    with pytest.raises(error, match=text):
        data.AutoAugment(**options)


@pytest.mark.parametrize(
    "shape", [(8, 8, 3), (1, 8, 8, 4), (1, 2, 8, 3), (1, 1, 8, 8, 3)]
)
def test_bad_images(shape):
    with pytest.raises(ValueError, match=r"`images`.*Received.*\("):
        layer()(np.zeros(shape, "uint8"))
