"""`assert_robust`, for the tests of a project that trains a model."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_ceb._src.robustness.attack_progress import title_of
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.ensemble import one_attack
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.robustness.robust_accuracy import robust_accuracy
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import finite_number


def assert_robust(
    model: keras.Model | Classifier,
    data: Any,
    attack: Attack | Sequence[Attack],
    *,
    at_least: float,
    with_confidence: bool = False,
) -> RobustAccuracy:
    """Raises an `AssertionError` if the accuracy under attack is too low.

    An attack that fails proves nothing, so a test with a weak attack such as
    PGD notices a model that became less robust, not one that never was.
    `keras_ceb.robustness.audit` looks for models that only seem robust.

    Args:
        model: `keras_ceb.robustness.Classifier`, or a Keras model that returns
            logits for inputs in 0..1.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches; see
            `keras_ceb.robustness.robust_accuracy`.
        attack: Attack, or a sequence of different attacks in the same ball.
        at_least: The least accuracy under attack, from 0 to 1.
        with_confidence: Whether the lower end of the 95 % interval, not the
            accuracy itself, must reach `at_least`.

    Returns:
        `keras_ceb.robustness.RobustAccuracy`.

    Raises:
        AssertionError: If the accuracy is below `at_least`.
        TypeError: If an argument is of the wrong type.
        ValueError: If `at_least` is not from 0 to 1, or another argument is
            invalid; see `robust_accuracy`.

    Example:

    ```python
    def test_the_model_is_robust():
        attack = keras_ceb.robustness.attacks.PGD("linf", eps=4 / 255)
        keras_ceb.testing.assert_robust(
            model, (x_test, y_test), attack, at_least=0.3
        )
    ```
    """
    at_least = finite_number(at_least, "at_least", 0.0, 1.0)
    with_confidence = boolean(with_confidence, "with_confidence")
    attack = one_attack(attack)
    classifier = as_classifier(model)
    result = robust_accuracy(classifier, data, attack, verbose=0)
    low, high = result.interval
    if (low if with_confidence else result.accuracy) < at_least:
        what = "lower end of the interval" if with_confidence else "accuracy"
        title = title_of([attack], classifier.bounds)
        raise AssertionError(
            f"{classifier.name!r} must have an accuracy of at least "
            f"{at_least:g} under {title}. "
            f"Received: accuracy {result.accuracy:.4f}, {result.confidence:.0%}"
            f" interval {low:.4f} to {high:.4f}, on {len(result.robust)} "
            f"images; the {what} is too low"
        )
    return result
