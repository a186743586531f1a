import numpy as np
import pytest

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


@pytest.mark.parametrize("falls", [False, True])
def test_ends_early_if_nothing_falls(linear, falls):
    """The second image is out of reach; the first may fall at once."""
    x = np.float32([[0.51 if falls else 0.9], [0.9]])
    data = {"x": x, "y": np.zeros(2, "int32"), "index": np.arange(2)}
    classifier = Classifier(linear([[1.0, -1.0]], bias=[-0.5, 0.5]))
    run = Run(PGD(eps=0.1, steps=50, random_start=False))
    told = []
    found = runner.run_attack(
        run,
        classifier,
        data,
        2,
        on_progress=lambda left, steps: told.append(steps),
        steps_in_vain=10,
    )
    assert list(found["fooled"]) == [falls, False]
    whole = [first for first, _ in runner.segments(50, 1)]
    reached = [first for first in whole if first < 10]
    stopped = whole[: len(reached) + 1]
    assert told == (whole if falls else stopped) and len(stopped) < len(whole)


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
