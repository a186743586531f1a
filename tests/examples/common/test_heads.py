import keras
import pytest

import keras_ceb
from examples.common import heads
from keras_ceb import schedules

FOUND = heads.experiments((1, 2.5))


def test_names_say_what_the_models_are():
    assert FOUND["baseline"] == heads.Experiment("xent")
    assert FOUND["fast_smoothed"] == heads.Experiment(
        "xent", smoothing=0.1, adversary="fast"
    )
    assert FOUND["cceb_2.5"] == heads.Experiment("ceb", 2.5, "consistent")
    assert FOUND["pgd_vib_1"] == heads.Experiment("vib", 1.0, adversary="madry")
    # Three and three kinds over two rhos, of four trainings.
    assert len(FOUND) == 4 * (3 + 3 * 2)


def test_main_rows_are_four_models_trained_plainly_and_fast():
    rows = heads.main_rows(1.0)
    assert rows[:4] == ("baseline", "smoothed", "ceb_1", "cceb_1")
    assert rows[4:] == tuple(f"fast_{name}" for name in rows[:4])
    assert set(rows) < set(FOUND)


@pytest.mark.parametrize("name", ["baseline", "cceb_1"])
def test_models_have_the_head_of_their_name(name):
    backbone = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model = heads.wrap(backbone, FOUND[name], 4, schedules.Constant, 0, "a")
    assert model.name == "a" and model.num_classes == 4
    if name == "baseline":
        assert not model.has_bottleneck
    else:
        assert isinstance(model.schedule, schedules.Constant)
        assert model.schedule.rho == 1.0
        assert isinstance(
            model.classifier, keras_ceb.layers.ConsistentClassifier
        )
