import numpy as np
import pytest

from keras_ceb._src.robustness.report.fooled import add_predictions
from keras_ceb._src.robustness.report.fooled import files_of
from keras_ceb.robustness import Classifier
from tests.robustness.report.test_report import make_result


def test_predictions_are_those_of_the_model(linear):
    model = linear(np.array([[1.0, -1.0]] + [[0.0, 0.0]] * 3), shape=(4,))
    (example,) = make_result(0.1, (1, 0)).examples
    example.adversarial = np.array([0.5, 0, 0, 0], "float32")
    add_predictions(Classifier(model), [example], ["a.png", "b.png"])
    # softmax(0.5, -0.5)
    assert example.predicted == 0 and example.file == "b.png"
    assert example.confidence == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-5)


def test_files_of_folders():
    class Folder:
        files = [("a.png", 0), ("b.png", 1), ("c.png", 1)]
        failed = ["b.png"]

    assert files_of(Folder(), 2) == ["a.png", "c.png"]
    assert files_of(Folder(), 3) is None and files_of(object(), 1) is None
