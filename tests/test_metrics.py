import keras

from keras_ceb.metrics import Latest


def test_latest_is_the_last_value():
    metric = Latest(name="rho")
    for value in (3.0, 1.0, 2.0):
        metric.update_state(value, sample_weight=[1.0, 2.0])
    assert float(keras.ops.convert_to_numpy(metric.result())) == 2.0
    metric.reset_state()
    assert float(keras.ops.convert_to_numpy(metric.result())) == 0.0
