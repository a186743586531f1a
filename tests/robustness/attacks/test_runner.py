import numpy as np

from keras_ceb._src.robustness.attacks import runner
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb.robustness.attacks import PGD


def test_segments_cover_all_steps_once():
    for steps in (1, 2, 20, 100, 5000):
        parts = list(runner.segments(steps))
        assert parts[0][0] == 0 and parts[-1][1] == steps
        assert all(a[1] == b[0] for a, b in zip(parts, parts[1:], strict=False))
    assert len(list(runner.segments(5000))) < 40


def test_batches_do_not_change_which_images_are_fooled(digits):
    model, x, y = digits
    data = {"x": x, "y": y, "index": np.arange(len(x), dtype="int32")}
    run = Run(PGD("linf", 0.1))
    classifier = Classifier(model)
    whole = runner.run_attack(run, classifier, data, 128, drop_fooled=False)
    told = []
    parts = runner.run_attack(
        run, classifier, data, 50, on_progress=lambda *args: told.append(args)
    )
    left, steps = zip(*told, strict=True)
    assert steps == tuple(first for first, _ in runner.segments(20, 1))
    np.testing.assert_array_equal(parts["fooled"], whole["fooled"])
    # Fooled images are dropped.
    assert list(left) == sorted(left, reverse=True)
    assert left[-1] <= left[0] < len(x)
    assert parts["best"].shape == x.shape
