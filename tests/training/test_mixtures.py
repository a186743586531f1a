import numpy as np
import pytest

from keras_ceb._src.training import mixtures
from tests import toy


@pytest.mark.parametrize("objective", ["ceb", "vib"])
@pytest.mark.parametrize("form", ["integers", "probabilities"])
def test_fewer_examples_than_components(objective, form):
    model = toy.model(objective=objective, components=4)
    x, _ = toy.data(12)
    y = np.array([0] * 9 + [2] * 3)
    if form == "probabilities":
        y = np.eye(3, dtype="float32")[y]
    text = "examples$"
    if (objective, form) == ("ceb", "integers"):
        # Class 1 has none: it is not there at all.
        text = "examples of class 2$"
        with pytest.raises(ValueError, match=f"components=4, and 3 {text}"):
            model.fit(x, y, verbose=0)
    with pytest.raises(ValueError, match=f"`components` must be.* 3 {text}"):
        model.fit(x[-3:], y[-3:], verbose=0)
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize("y", [[0, 2] * 4, None], ids=["enough", "stream"])
def test_as_many_examples_as_components(y):
    model = toy.model(components=4, compile=False)
    mixtures.check_examples(model, None if y is None else np.array(y))
