import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.corruptions.benchmark import imagenet_subsets


def test_each_subset_has_200_classes_in_order():
    for classes in imagenet_subsets.IMAGENET_SUBSETS.values():
        assert len(classes) == 200
        assert np.all(np.diff(classes) > 0)
        assert 0 <= classes[0] and classes[-1] < 1000
    # First and last of the published lists.
    subsets = imagenet_subsets.IMAGENET_SUBSETS
    assert subsets["imagenet_a"][[0, 1, -1]].tolist() == [6, 11, 988]
    assert subsets["imagenet_r"][[0, 1, -1]].tolist() == [1, 2, 988]


def test_classes_beyond_the_subset_cannot_win_in_200_way():
    logits = np.zeros((2, 1000), "float32")
    logits[:, 0] = 9  # In neither subset.
    logits[0, 6] = 5
    logits[1, 11] = 5
    labels = np.array([6, 6])
    right = imagenet_subsets.subset_correct(
        ops.convert_to_tensor(logits), labels, "imagenet_a"
    )
    assert right.tolist() == [True, False]
    strict = imagenet_subsets.subset_correct(
        logits, labels, "imagenet_a", "1000-way"
    )
    assert strict.tolist() == [False, False]


def test_against_the_published_rule_on_random_logits():
    rng = np.random.default_rng(0)
    for subset, classes in imagenet_subsets.IMAGENET_SUBSETS.items():
        logits = rng.normal(size=(500, 1000))
        labels = rng.choice(classes, 500)
        logits[np.arange(500), labels] += 2.5
        # The scripts gather 200 logits and compare places, 0 to 199.
        places = np.searchsorted(classes, labels)
        expected = logits[:, classes].argmax(1) == places
        assert 0.1 < expected.mean() < 0.9
        np.testing.assert_array_equal(
            imagenet_subsets.subset_correct(logits, labels, subset), expected
        )


def test_bad_input():
    logits = np.zeros((1, 1000))
    check = imagenet_subsets.subset_correct
    with pytest.raises(ValueError, match="`subset`.*imagenet_a"):
        check(logits, [6], "imagenet_b")
    with pytest.raises(ValueError, match="`rule`.*1000-way"):
        check(logits, [6], "imagenet_a", "100-way")
    with pytest.raises(ValueError, match=r"logits.shape=\(1, 200\)"):
        check(logits[:, :200], [6], "imagenet_a")
    with pytest.raises(ValueError, match=r"200 classes.*\[0\]"):
        check(logits, [0], "imagenet_a")
    with pytest.raises(ValueError, match="`labels` must have shape"):
        check(logits, [6, 11], "imagenet_a")
    with pytest.raises(ValueError, match="`labels` must be the numbers"):
        check(logits, ["n01498041"], "imagenet_a")
    with pytest.raises(ValueError, match="`labels` must lie in 0..999"):
        check(logits, [1000], "imagenet_a")
