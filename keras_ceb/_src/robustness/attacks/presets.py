"""The attacks of the paper, by name."""

from typing import Any

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.validation import one_of

_CHOICES = ("cifar10-linf", "cifar10-l2", "imagenet-linf", "imagenet-l2")


def preset(
    name: str, bounds: tuple[float, float] = (0.0, 1.0), seed: int = 0
) -> PGD:
    """The PGD attacks of the paper, for inputs of any range.

    - `"cifar10-linf"`: untargeted, eps 8/255, 20 steps of 4/3 eps/20.
    - `"cifar10-l2"`: untargeted, eps 100/255, 20 steps of 4/3 eps/20.
    - `"imagenet-linf"`: random target, eps 16/255, 20 steps of 2/255.
    - `"imagenet-l2"`: random target, eps 16, 20 steps of 2.

    These radii are for inputs in 0..1; they are multiplied by the width of
    other ranges. The paper does not state its units. L-infinity radii are
    read in units of 1/255, and so is the L2 radius on CIFAR-10, where 100 is
    one point of the paper's curve. The L2 radius on ImageNet is read on the
    scale of 0..1, where 16 moves a pixel about as far as the L-infinity
    attack does. The paper does not state the start or the loss either: these
    attacks start at random and maximize cross-entropy.

    Args:
        name: One of the names above.
        bounds: Pair of numbers, the range of the classifier's inputs.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.

    Example:

    ```python
    classifier = Classifier(model, bounds=(0, 1))
    attack = preset("cifar10-linf", bounds=classifier.bounds)
    x_adversarial = attack(classifier, x, y)
    ```

    Reference: Fischer and Alemi, 2020, sections 3.1 and 3.2.
    """
    one_of(name, "name", _CHOICES)
    lower, upper = checks.check_bounds(bounds)
    width = upper - lower
    data_set, norm = name.split("-")
    shared: dict[str, Any] = {"loss": "cross_entropy", "seed": seed}
    if data_set == "cifar10":
        eps = 8 / 255 if norm == "linf" else 100 / 255
        return PGD(norm, eps * width, 20, **shared)
    scale = width / 255 if norm == "linf" else width
    return PGD(
        norm,
        16 * scale,
        20,
        step_size=2 * scale,
        target="random",
        **shared,
    )
