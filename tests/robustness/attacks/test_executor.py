import numpy as np
import pytest

from keras_ceb._src.robustness.attacks import executor as executor_lib
from keras_ceb._src.robustness.attacks.executor import Executor
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import PGD

# Two classes in one dimension: an image withstands radii below its distance
# from 0.5. They are shuffled, so that the order of the data says nothing.
DISTANCE = np.random.default_rng(0).permutation(np.linspace(0.005, 0.4, 80))
X = (0.5 + DISTANCE).astype("float32")[:, None]
DATA = {"x": X, "y": np.zeros(80, "int32"), "index": np.arange(80)}


def weak():
    """Which misleads nothing, and tells the margins."""
    return PGD(eps=0.001, steps=1, random_start=False)


def saving(radius):
    return Run(PGD(eps=radius, steps=2, random_start=False), saves_effort=True)


@pytest.fixture
def begin(linear):
    """A executor whose first run has misled no image."""

    def make(*runs):
        classifier = Classifier(linear([[1.0, -1.0]], bias=[-0.5, 0.5]))
        first = Run(weak())
        executor = Executor([first, *runs], classifier, DATA, 32)
        rows, found = executor.execute(first, np.arange(80))
        np.testing.assert_array_equal(rows, np.arange(80))
        assert not found["fooled"].any()
        return executor

    return make


@pytest.mark.parametrize(
    "radius, attacked",
    # 20 images are a quarter: one in vain ends the run.
    [(0.004, 20), (0.007, 40), (0.092, 40), (0.142, 60), (0.352, 80)],
)
def test_goes_on_while_images_of_the_last_part_fall(begin, radius, attacked):
    run = saving(radius)
    told = []
    rows, found = begin(run).execute(
        run, np.arange(80), on_progress=lambda *at: told.append(at)
    )
    closest = np.argsort(DISTANCE)[:attacked]
    assert set(rows) == set(closest)
    np.testing.assert_array_equal(found["fooled"], DISTANCE[rows] < radius)
    np.testing.assert_allclose(
        found["best"], np.maximum(X[rows] - radius, 0), rtol=1e-5
    )
    # The images of the other parts count as still under attack.
    assert told[0][0] <= 80 and told[-1][0] >= 80 - attacked


def test_an_attack_ends_after_three_targets_in_vain(begin):
    attack, other = saving(0.004), saving(0.006)
    executor = begin(attack, other)
    attacked = [len(executor.execute(attack, np.arange(80))[0]) for _ in "abcd"]
    assert attacked == [20, 20, 20, 0]
    # This says nothing about another one, and any success counts anew.
    left = np.arange(80)
    rows, found = executor.execute(other, left)
    assert len(rows) == 40 and found["fooled"].sum() == 1
    left = np.setdiff1d(left, rows[found["fooled"]])
    attacked = [len(executor.execute(other, left)[0]) for _ in "abcd"]
    assert attacked == [20, 20, 20, 0]


@pytest.mark.parametrize("before", [1, 2, 3])
def test_goes_on_from_its_state(begin, before):
    """What a target found in vain, and the margins, are in the state."""
    run = saving(0.004)
    first, second = begin(run), Executor([Run(weak()), run], None, DATA, 32)
    for _ in range(before):
        rows, _ = first.execute(run, np.arange(80))
    second.restore({**first.state(), "something": np.zeros(2)})
    # The classifier of the other one.
    third = begin(run)
    third.restore(second.state())
    for _ in range(before, 5):
        expected, _ = first.execute(run, np.arange(80))
        found, _ = third.execute(run, np.arange(80))
        np.testing.assert_array_equal(found, expected)
    assert not len(found) and len(rows) == 20


def test_runs_that_save_nothing_attack_all(begin):
    run = Run(weak())
    executor = begin(run)
    for _ in range(5):
        rows, _ = executor.execute(run, np.arange(40))
        np.testing.assert_array_equal(rows, np.arange(40))


def test_few_images_are_not_divided():
    margin = np.arange(20.0)[::-1]
    parts = list(executor_lib.in_parts(np.arange(20), margin))
    np.testing.assert_array_equal(parts[0], np.arange(4, 20))
    np.testing.assert_array_equal(parts[1], np.arange(4))
    assert len(parts) == 2
    parts = list(executor_lib.in_parts(np.arange(200), np.arange(200)))
    assert [len(part) for part in parts] == [50] * 4


def test_margins():
    logits = np.float32([[3, 1, 2], [0, 5, 4]])
    found = executor_lib.margins(logits, np.array([0, 2]))
    np.testing.assert_array_equal(found, [1, -1])
