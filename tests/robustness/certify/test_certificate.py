import dataclasses
import json

import numpy as np
import pytest

from keras_ceb._src.robustness.certify.certificate import Certificate
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.certify import EncodingCertificate
from keras_ceb.robustness.certify import RandomizedSmoothing


def test_descriptions_are_plain():
    described = RandomizedSmoothing(0.5, n=200).describe()
    assert json.loads(json.dumps(described)) == described
    assert described["name"] == "smoothing, sigma 0.5"
    assert described["predictor"] == "smoothed model"
    assert (described["space"], described["n"]) == ("input", 200)
    assert EncodingCertificate().describe() == {
        "name": "margin of the encoding",
        "space": "encoding",
        "predictor": "model",
    }


def test_arguments_are_checked_before_measuring(linear, tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Recorded(Certificate):
        space = "input"
        name = "recorded"
        calls = []

        def check_fits(self, classifier):
            assert isinstance(classifier, Classifier)
            self.calls.append("fits")

        def measure(self, classifier, data, path, verbose):
            self.calls.append((path, verbose))

    model = linear(np.ones((2, 2)))
    data = np.ones((1, 2), "float32"), np.zeros(1, int)
    certificate = Recorded()
    with pytest.raises(TypeError, match="`checkpoint` must be"):
        certificate.certify(model, data, checkpoint=3)
    assert not certificate.calls
    with pytest.raises(ValueError, match="as many labels"):
        certificate.certify(model, (data[0], data[1][:0]))
    assert certificate.calls == ["fits"]
    path = tmp_path / "radii.npz"
    certificate.certify(model, data, checkpoint=path, verbose=0)
    assert certificate.calls[1:] == ["fits", (path, 0)]
