"""The TPU compiler counts what algebra counts, and says what does not fit."""

import numpy as np
import pytest

pytest.importorskip("libtpu", reason="needs the extra tpu-aot: make test-tpu")
jax = pytest.importorskip("jax")

from benchmarks import tpu_compiler  # noqa: E402


def spec(*shape):
    return jax.ShapeDtypeStruct(shape, "float32")


def test_costs_of_a_matrix_product_on_four_chips():
    cost = tpu_compiler.compile_jax(
        lambda matrix, batch: batch @ matrix,
        spec(1024, 512),
        spec(4096, 1024),
        "v5e:2x2",
        returns_state=False,
    )
    product = 2 * 1024 * 1024 * 512
    assert 1.0 <= cost["flops"] / product < 1.01
    inputs, outputs = 1024 * 512 + 1024 * 1024, 1024 * 512
    assert cost["memory"]["arguments"] == 4 * inputs
    assert cost["memory"]["outputs"] == 4 * outputs
    assert cost["bytes"] >= 4 * (inputs + outputs)


def test_new_state_takes_the_place_of_the_old():
    cost = tpu_compiler.compile_jax(
        lambda state, batch: (batch.sum(), state + batch.mean(0)),
        spec(1024, 1024),
        spec(4, 1024, 1024),
        "v5e:2x2",
        returns_state=True,
    )
    assert cost["memory"]["outputs"] < 4 * 1024


def test_what_does_not_fit():
    # 24 GiB of weights on chips of 16 GiB.
    with pytest.raises(tpu_compiler.DoesNotFitError) as caught:
        tpu_compiler.compile_jax(
            lambda state, batch: batch + state.sum(),
            spec(24, 2**28),
            spec(4),
            "v5e:2x2",
            returns_state=False,
        )
    assert caught.value.needed >= 24
    assert 15 < caught.value.available < 16
    missing = caught.value.needed - caught.value.available
    assert f"{missing:.2f} GiB are missing" in str(caught.value)


def test_unknown_slice():
    with pytest.raises(ValueError, match="`topology`.*v5e:4x4.*'v5e:3x3'"):
        tpu_compiler.chips("v5e:3x3")


def test_copies_of_tensorflow_are_identities():
    text = (
        "  %0 = stablehlo.add %arg0, %arg1 : tensor<f32>\n"
        "  %1 = mhlo.copy %0 : tensor<f32>\n"
        "  %2 = mhlo.copy %1 : tensor<f32>\n"
        "  %10 = stablehlo.multiply %2, %1 : tensor<f32>"
    )
    assert tpu_compiler.without_copies(text).splitlines() == [
        "  %0 = stablehlo.add %arg0, %arg1 : tensor<f32>",
        "  %10 = stablehlo.multiply %0, %0 : tensor<f32>",
    ]


def test_a_tensorflow_function_costs_what_algebra_says():
    tf = pytest.importorskip("tensorflow")
    weights = tf.Variable(np.ones((1024, 512), "float32"))

    @tf.function(jit_compile=True)
    def product(x):
        return x @ weights

    text = product.experimental_get_compiler_ir(
        tf.TensorSpec((256, 1024), "float32")
    )(stage="stablehlo", platform_name="CPU")
    cost = tpu_compiler.compile_stablehlo(text, "v5e:2x2")
    assert 1.0 <= cost["flops"] / (2 * 256 * 1024 * 512) < 1.01
    assert cost["memory"]["outputs"] == 4 * 256 * 512
