import numpy as np

from keras_ceb._src.robustness.attacks import pursuit
from keras_ceb._src.robustness.attacks.pursuit import Run
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.robustness.attacks import PGD


def test_segments_cover_all_steps_once():
    for steps in (1, 2, 20, 100, 5000):
        parts = list(pursuit.segments(steps))
        assert parts[0][0] == 0 and parts[-1][1] == steps
        assert all(a[1] == b[0] for a, b in zip(parts, parts[1:], strict=False))
    assert len(list(pursuit.segments(5000))) < 40


def test_batches_do_not_change_who_falls(digits):
    model, x, y = digits
    data = {"x": x, "y": y, "index": np.arange(len(x), dtype="int32")}
    run = Run(PGD("linf", 0.1))
    classifier = ModelFunction(model)
    whole = pursuit.pursue(run, classifier, data, 128, drop_fooled=False)
    standing = []
    parts = pursuit.pursue(
        run, classifier, data, 50, on_progress=standing.append
    )
    np.testing.assert_array_equal(parts["fooled"], whole["fooled"])
    # Images leave as they fall.
    assert standing == sorted(standing, reverse=True)
    assert standing[-1] <= standing[0] < len(x)
    assert parts["best"].shape == x.shape
