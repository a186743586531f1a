import json

import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.robustness.intervals import wilson


def run(rho, seed, accuracy, rex):
    history = {"val_rex": [9.0, 2 * rex], "val_hyz": [0.9, 0.5]}
    return keras_ceb.RhoRun(rho, seed, accuracy, 0.4, rex, 200, history)


@pytest.fixture
def choice():
    runs = [
        run(3.0, 0, 0.90, 4.0),
        run(3.0, 1, 0.92, 6.0),
        run(0.5, 0, 0.91, 1.0),
    ]
    return keras_ceb.RhoChoice(0.5, None, runs)


def test_table_has_means_over_seeds(choice):
    header, _, first, second = choice.table().to_markdown().splitlines()
    low, high = wilson(0.91 * 200, 200)
    assert header.startswith("| rho | seeds | validation accuracy |")
    interval = f"{low:.4f} to {high:.4f}"
    assert first == f"| 3 | 2 | 0.9100 | {interval} | 0.4000 | 5.0000 |"
    assert second.startswith("| **0.5** | 1 | 0.9100 |")


def test_figure_is_the_information_plane(choice):
    (axis,) = choice.plot().axes
    assert axis.get_xlabel().startswith("rex")
    assert axis.get_ylabel().startswith("hyz")
    path, dot = axis.lines[:2]
    np.testing.assert_array_equal(path.get_xdata(), [9.0, 8.0])
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (4.0, 0.4)
    texts = [text.get_text() for text in axis.get_legend().texts]
    assert texts == ["rho = 3", "rho = 0.5, chosen"]


def test_dict_is_for_json(choice):
    loaded = json.loads(json.dumps(choice.to_dict()))
    assert loaded["rho"] == 0.5
    assert loaded["runs"][1]["seed"] == 1
    assert loaded["runs"][1]["history"]["val_rex"] == [9.0, 12.0]
