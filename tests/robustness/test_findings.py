import numpy as np
import pytest

from keras_ceb._src.robustness.findings import Findings


def some_findings(config):
    findings = Findings(config, num_examples=2)
    for first in (0, 4):
        held = {
            "x": np.arange(8, dtype="float32").reshape(4, 2) + first,
            "y": np.arange(4),
            "index": np.arange(first, first + 4),
        }
        state = {
            "robust": np.array([True, False, False, False]),
            "misled": np.array([False, True, True, False]),
            "x": held["x"] + 0.5,
            "loss": np.array([0, 1 + first, 3, 2], "float32"),
            "after": {"PGD": 1},
        }
        findings.add(held, np.array([True, True, True, False]), state)
    return findings


def test_counts_and_keeps_the_loudest_examples():
    findings = some_findings({"eps": 0.1})
    assert findings.num_images == 8 and findings.result.accuracy == 0.25
    assert findings.result.after == {"PGD": 0.25}
    assert [(e.index, e.loss) for e in findings.result.examples] == [
        (5, 5),
        (2, 3),
    ]


def test_file_round_trip(tmp_path):
    findings = some_findings({"eps": 0.1})
    path = tmp_path / "so-far.npz"
    findings.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["so-far.npz"]
    again = Findings({"eps": 0.1}, num_examples=2)
    again.restore(path)
    mine, theirs = again.result, findings.result
    np.testing.assert_array_equal(mine.robust, theirs.robust)
    np.testing.assert_array_equal(mine.clean, theirs.clean)
    assert (mine.after, mine.attack) == (theirs.after, theirs.attack)
    for one, two in zip(mine.examples, theirs.examples, strict=True):
        assert (one.index, one.loss) == (two.index, two.loss)
        np.testing.assert_array_equal(one.adversarial, two.adversarial)


def test_a_file_of_another_attack(tmp_path):
    path = tmp_path / "so-far.npz"
    some_findings({"eps": 0.1}).save(path)
    with pytest.raises(ValueError, match="`checkpoint` must be of the same"):
        Findings({"eps": 0.2}).restore(path)
    fresh = Findings({"eps": 0.2})
    fresh.restore(tmp_path / "missing.npz")
    assert fresh.num_images == 0
