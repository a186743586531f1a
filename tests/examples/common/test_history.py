import keras
import numpy as np

from examples.common import history
from examples.common import workdir


def fit(file, first, last):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    rows = history.EpochHistory(file)
    x = np.ones((4, 2))
    model.fit(
        x, x, initial_epoch=first, epochs=last, callbacks=[rows], verbose=0
    )
    return rows.rows


def test_an_epoch_that_is_trained_again_replaces_its_row(tmp_path):
    file = tmp_path / "history.json"
    before = fit(file, 0, 3)
    after = fit(file, 2, 4)
    assert [row["epoch"] for row in after] == [0, 1, 2, 3]
    assert after[:2] == before[:2]
    assert workdir.read(file)["epochs"] == after
    assert all(row["seconds"] >= 0 and "loss" in row for row in after)
    assert all(row["cpu_seconds"] >= 0 for row in after)
