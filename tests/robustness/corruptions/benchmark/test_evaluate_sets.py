import numpy as np
import pytest

from keras_ceb.robustness import Classifier
from keras_ceb.robustness import corruptions
from tests.robustness.corruptions.benchmark.judge import brightness_judge
from tests.robustness.corruptions.benchmark.judge import dark_and_bright


def test_corrupted_sets():
    x, y = dark_and_bright()
    levels = np.rint(x * 255).astype("uint8")

    def load(name, severity):
        assert name == "fog"
        # At severity 2 the images and their labels do not fit.
        return (levels, y if severity == 1 else 1 - y)

    suite = corruptions.CorruptionSuite(["fog"], severities=[1, 2])
    report = corruptions.evaluate_corrupted_sets(
        Classifier(brightness_judge(), batch_size=8),
        load,
        suite,
        variant="imagenet-c",
        clean_error=0.1,
        source="a test",
    )
    assert report.errors == {"fog": {1: 0.0, 2: 1.0}}
    assert report.num_images == 20
    assert "a test" in report.to_markdown()
    assert report.mce == pytest.approx(1 / (0.67474 + 0.76050))


@pytest.mark.parametrize(
    "options,error,message",
    [
        ({"load": "folder"}, TypeError, "`load` must be a function"),
        ({"clean_error": 5.0}, ValueError, "`clean_error` must be an error"),
        ({"variant": "c"}, ValueError, "`variant` must be one of"),
        ({"corruptions": "rain"}, ValueError, "`corruptions` must be"),
        ({"model": None}, TypeError, "`model` must be a Keras model"),
    ],
)
def test_sets_are_refused_before_they_are_read(options, error, message):
    options = {
        "model": brightness_judge(),
        "load": pytest.fail,
        "variant": "cifar10-c",
        **options,
    }
    with pytest.raises(error, match=message):
        corruptions.evaluate_corrupted_sets(**options)
