import keras
import pytest

from keras_ceb._src.layers import backbone_inputs


def functional():
    a = keras.Input((3,), dtype="uint8", name="a")
    b = keras.Input(batch_shape=(8, None), name="b")
    return keras.Model({"b": b, "a": a}, keras.ops.sum(b, -1, keepdims=True))


def sequential():
    return keras.Sequential(
        [keras.Input((None,), dtype="int32", name="ids"), keras.layers.ReLU()]
    )


def described(structure):
    return keras.tree.map_structure(
        lambda item: (*item.shape, item.dtype, item.name), structure
    )


def test_inputs_are_those_that_are_declared():
    assert described(backbone_inputs.declared(functional())) == {
        "a": (None, 3, "uint8", "a"),
        "b": (8, None, "float32", "b"),
    }
    assert described(backbone_inputs.declared(sequential())) == (
        None,
        None,
        "int32",
        "ids",
    )


def test_signature_leaves_the_batch_open():
    (structure,) = backbone_inputs.signature(functional())
    assert described(structure) == {
        "a": (None, 3, "uint8", "a"),
        "b": (None, None, "float32", "b"),
    }


def test_shapes_get_the_declared_types():
    tensors = backbone_inputs.of_shape(functional(), {"a": (2, 3), "b": [8, 5]})
    kinds = keras.tree.map_structure(lambda t: (t.shape, t.dtype), tensors)
    assert kinds == {"a": ((2, 3), "uint8"), "b": ((8, 5), "float32")}
    # Other inputs than those that are declared.
    assert backbone_inputs.of_shape(functional(), (2, 3)).dtype == "float32"
    assert backbone_inputs.of_shape(sequential(), (2, 3)).dtype == "int32"


class Written(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    "backbone", [Written, keras.Sequential, lambda: keras.layers.Dense(3)]
)
def test_what_declares_nothing(backbone):
    backbone = backbone()
    assert backbone_inputs.declared(backbone) is None
    assert backbone_inputs.signature(backbone) is None
    assert backbone_inputs.of_shape(backbone, (2, 3)).dtype == "float32"
