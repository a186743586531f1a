"""Wide ResNets: sizes of the literature, initialization, training."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb.backbones import WideResNet


def parameters(depth, width):
    """Trainable parameters with BatchNorm, block by block, by hand."""
    total, last = 9 * 3 * 16, 16
    for group in range(3):
        channels = 16 * width * 2**group
        for _ in range((depth - 4) // 6):
            total += 2 * last + 9 * last * channels
            total += 2 * channels + 9 * channels * channels
            total += last * channels if last != channels else 0
            last = channels
    return total + 2 * last


@pytest.mark.slow_on_jax
# Table 1 and section 3 of Zagoruyko and Komodakis, in millions.
@pytest.mark.parametrize(
    "depth, width, millions", [(28, 10, 36.5), (16, 4, 2.7), (40, 1, 0.6)]
)
def test_parameters_with_batch_norm_are_those_of_the_literature(
    depth, width, millions
):
    backbone = WideResNet(depth, width, norm="batch")
    count = sum(int(np.prod(w.shape)) for w in backbone.trainable_weights)
    assert count == parameters(depth, width)
    classifier = 64 * width * 10 + 10
    assert abs((count + classifier) / 1e6 - millions) < 0.051


def test_wrn_28_10_has_the_count_of_public_implementations():
    # That of xternalz/WideResNet-pytorch, with its 10-class classifier.
    assert parameters(28, 10) + 6410 == 36_479_194


def test_without_norm_there_is_a_bias_and_a_gate_for_each_convolution():
    with_norm, without = (
        WideResNet(10, 2, input_shape=(8, 8, 3), norm=norm)
        for norm in ("batch", None)
    )
    kernels = [
        sum(int(np.prod(w.shape)) for w in m.weights if w.name == "kernel")
        for m in (with_norm, without)
    ]
    assert kernels[0] == kernels[1]
    assert {w.name for w in without.weights} == {"kernel", "bias", "gate"}
    assert {w.name for w in with_norm.weights} == {
        "kernel",
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
    }
    gates = [w for w in without.weights if w.name == "gate"]
    assert len(gates) == 3


def test_signals_keep_their_size_at_any_depth():
    # The paper's argument for no normalization: blocks start as identities.
    x = np.random.default_rng(0).normal(size=(4, 16, 16, 3)).astype("float32")
    sizes = [
        np.std(ops.convert_to_numpy(model(x)))
        for model in (
            WideResNet(depth, 1, input_shape=(16, 16, 3), seed=0)
            for depth in (10, 40)
        )
    ]
    assert 0.05 < sizes[0] < 5
    assert 0.5 < sizes[1] / sizes[0] < 2


def test_seed_and_output_shape():
    one, other = (WideResNet(10, 1, seed=1) for _ in range(2))
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = [w for w in one.weights if w.name == "kernel"]
    same_shape = [k for k in kernels if k.shape == (3, 3, 16, 16)]
    assert not np.array_equal(same_shape[0], same_shape[1])
    assert one.output_shape == (None, 8, 8, 64)
    assert WideResNet(10, 2, input_shape=(8, 12, 1)).output_shape == (
        None,
        2,
        3,
        128,
    )


@pytest.mark.parametrize(
    "norm", [None, pytest.param("batch", marks=pytest.mark.slow)]
)
def test_trains_under_wrap_and_comes_back_from_a_file(tmp_path, norm):
    rng = np.random.default_rng(0)
    y = np.arange(32) % 2
    x = rng.normal(0, 0.1, (32, 8, 8, 1)) + y[:, None, None, None]
    x = x.astype("float32")
    backbone = WideResNet(10, 1, norm=norm, input_shape=(8, 8, 1), seed=0)
    model = keras_ceb.wrap(backbone, 2, seed=0)
    model.compile(keras.optimizers.Adam(1e-2), metrics=["accuracy"])
    history = model.fit(x, y, batch_size=16, epochs=12, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert history["accuracy"][-1] > 0.9
    gates = [w for w in backbone.weights if w.name == "gate"]
    assert all(float(keras.ops.convert_to_numpy(w)) != 0 for w in gates)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5
    )


@pytest.mark.slow
def test_wrn_28_10_takes_steps_without_nan_at_the_papers_settings():
    model = keras_ceb.wrap(WideResNet(28, 10, seed=0), 10, rho=3.0, seed=0)
    model.compile(keras.optimizers.Adam(1e-3))
    rng = np.random.default_rng(0)
    x = rng.random((8, 32, 32, 3)).astype("float32")
    losses = [
        model.train_on_batch(x, np.arange(8), return_dict=True)["loss"]
        for _ in range(4)
    ]
    assert np.isfinite(losses).all()


def test_stem_stride_halves_the_resolution_and_nothing_else():
    full, half = WideResNet(10, 1), WideResNet(10, 1, stem_stride=2)
    assert full.output_shape == (None, 8, 8, 64)
    assert half.output_shape == (None, 4, 4, 64)
    assert [w.shape for w in half.weights] == [w.shape for w in full.weights]
    copy = WideResNet.from_config(half.get_config())
    assert copy.output_shape == half.output_shape


@pytest.mark.parametrize(
    "options, text",
    [
        ({"depth": 29}, r"`depth`.*6 n \+ 4.*29"),
        ({"depth": 4}, "`depth`.*4"),
        ({"width": 0}, "`width`.*0"),
        ({"norm": "layer"}, "`norm`.*'batch'.*'layer'"),
        ({"input_shape": (30, 32, 3)}, r"`input_shape`.*30"),
        ({"input_shape": (32, 32)}, r"`input_shape`.*\(32, 32\)"),
    ],
)
def test_bad_arguments(options, text):
    with pytest.raises(ValueError, match=text):
        WideResNet(**options)


def test_wrong_images():
    with pytest.raises(ValueError, match="incompatible.*shape"):
        WideResNet(10, 1)(np.zeros((1, 16, 16, 3), "float32"))
