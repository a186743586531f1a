import keras

from keras_ceb._src.robustness.report.provenance import Record


def test_the_record_of_a_run():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    times = iter([0.0, 2.0, 5.0])
    record = Record(model, lambda: next(times))
    record.lap("attacks")
    record.lap("audit")
    assert record.values["seconds"] == {"attacks": 2.0, "audit": 3.0}
    assert record.values["num_parameters"] == 3 * 2 + 2
    assert record.values["versions"]["Keras"] == keras.__version__
