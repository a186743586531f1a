import keras
import numpy as np

from keras_ceb._src.robustness.attacks.apgd import APGD
from keras_ceb._src.robustness.attacks.compiled_attack import compiled_attack
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.model_function import ModelFunction


def rows(size):
    return {"x": np.zeros((2, size), "float32"), "y": np.zeros(2, "int32")}


def test_attacks_share_stages_unless_a_constant_differs():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    function = ModelFunction(model)
    stages = compiled_attack(function, PGD("linf", 0.1), rows(4))
    for same in (PGD("linf", 0.2, 5), PGD("linf", 0.1, seed=3)):
        assert compiled_attack(function, same, rows(4)) is stages
    for other in (PGD("l2", 0.1), PGD(loss="dlr"), APGD("linf", 0.1)):
        assert compiled_attack(function, other, rows(4)) is not stages
    assert compiled_attack(function, PGD(), rows(5)) is not stages
    model.add(keras.layers.Dense(3))
    assert compiled_attack(function, PGD(), rows(4)) is not stages
