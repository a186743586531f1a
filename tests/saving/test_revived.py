import keras

from keras_ceb import schedules
from keras_ceb._src.saving.revived import revived


@keras.saving.register_keras_serializable(package="tests")
class Odd(schedules.Constant):
    pass


def test_nested_objects_come_back_and_other_values_stay():
    serialize = keras.saving.serialize_keras_object
    config = {
        "rho": serialize(schedules.Constant(2.0)),
        "layer": serialize(keras.layers.Dense(3, name="head")),
        "number": 4,
        "nothing": None,
    }
    found = revived(config)
    assert type(found["rho"]) is schedules.Constant
    assert found["rho"].rho == 2.0
    assert (found["layer"].units, found["layer"].name) == (3, "head")
    assert (found["number"], found["nothing"]) == (4, None)
    # What was given is left as it was.
    assert isinstance(config["rho"], dict)


def test_custom_objects():
    config = {"rho": keras.saving.serialize_keras_object(Odd(1.0))}
    config["rho"]["registered_name"] = "elsewhere>Odd"
    custom = {"elsewhere>Odd": Odd}
    assert type(revived(config, custom)["rho"]) is Odd
