"""The paper's rule for choosing rho."""

from collections.abc import Mapping

from keras_ceb._src.robustness.intervals import wilson


def chosen_rho(
    accuracies: Mapping[float, float], num_images: int, confidence: float = 0.95
) -> float:
    """The lowest rho that is as accurate as the best, as far as can be told.

    Args:
        accuracies: The clean validation accuracy by rho.
        num_images: Number of validation images. Seeds do not add to it, as
            all models are measured on the same images.
        confidence: Of the Wilson interval of the best accuracy. An accuracy
            inside it is a tie.

    Returns:
        The rho.

    Reference: Fischer and Alemi (2020), section 3.2.
    """
    best = max(accuracies.values())
    least, _ = wilson(best * num_images, num_images, confidence)
    return min(rho for rho, value in accuracies.items() if value >= least)
