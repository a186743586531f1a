"""The order of callbacks that add to the logs and those that read them."""

import keras
import pytest

from keras_ceb._src.training.monitors import check_order


class Adds(keras.callbacks.Callback):
    adds_logs = ("val_new", "val_other")


def stops_at(monitor):
    return keras.callbacks.EarlyStopping(monitor=monitor, mode="max")


@pytest.mark.parametrize("monitor", ["val_new", "val_other"])
def test_what_monitors_comes_after_what_adds(monitor):
    check_order([Adds(), stops_at(monitor)])
    for callbacks in (
        [stops_at(monitor), Adds()],
        keras.callbacks.CallbackList([stops_at(monitor), Adds()]),
        [Adds(), [stops_at("loss"), stops_at("loss")], stops_at("val_new")][
            ::-1
        ],
    ):
        with pytest.raises(
            ValueError,
            match="must hold Adds, which adds 'val_.*before EarlyStopping",
        ):
            check_order(callbacks)


def test_others_may_come_in_any_order():
    check_order(None)
    check_order(stops_at("val_new"))
    check_order([stops_at("loss"), Adds(), keras.callbacks.History()])
