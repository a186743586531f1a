"""Certificates by the margin of linear logits, in one pass over the data."""

import abc
import pathlib
import time
from typing import Any

import numpy as np

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.certify.certificate import Certificate
from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.certify.deterministic import check_deterministic
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of
from keras_ceb._src.robustness.held_batches import checked_batches
from keras_ceb._src.robustness.progress import Progress


class MarginCertificate(Certificate):
    """A certificate from the logits of an image and the weights behind them."""

    @abc.abstractmethod
    def planes(self, classifier: Classifier) -> tuple[np.ndarray, float]:
        """The weights of a linear classifier, and the scale of its inputs.

        Returns:
            `[num_classes, dim]` weights, one row per class, and by how much
            the distance of two encodings may exceed that of their points in
            `space`.
        """

    def measure(
        self,
        classifier: Classifier,
        data: Any,
        path: pathlib.Path | None,
        verbose: int,
    ) -> CertifiedRadii:
        start = time.perf_counter()
        progress = Progress(data_lib.num_images(data), verbose)
        parts = []
        seen = 0
        for batch, _ in checked_batches(classifier, data):
            if not seen:
                check_deterministic(classifier, batch["x"])
                weights, scale = self.planes(classifier)
            logits = logits_of(classifier, batch["x"], seen)
            predicted = logits.argmax(axis=1).astype("int32")
            found = radii(logits, weights) / scale
            parts.append((predicted, batch["y"], found))
            seen += len(predicted)
            progress(seen)
        progress.end(seen)
        predicted, labels, distances = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        record = {**self.describe(), "bounds": classifier.bounds}
        if self.space == "input":
            record["lipschitz_constant"] = scale
        return CertifiedRadii(
            record,
            predicted,
            labels,
            distances,
            seconds=time.perf_counter() - start,
        )


def radii(logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """L2 distances to the closest plane between the first and another class.

    Args:
        logits: `[n, num_classes]`, linear in the encodings.
        weights: `[num_classes, z_dim]`, their gradients.

    Returns:
        `[n]` float64. Infinite if no other class can be reached.
    """
    logits = logits.astype("float64")
    weights = weights.astype("float64")
    predicted = logits.argmax(axis=1)
    gap = logits.max(axis=1, keepdims=True) - logits
    # Not by a product of matrices, whose cancellation would cost the digits of
    # classes that are close to each other.
    apart = np.stack(
        [np.linalg.norm(weights - row, axis=1) for row in weights]
    )[predicted]
    # Parallel planes: the class with the smaller logit is never reached, and
    # of two equal ones either may be.
    reached = np.where(gap > 0, np.inf, 0.0)
    distance = np.divide(gap, apart, out=reached, where=apart > 0)
    distance[np.arange(len(distance)), predicted] = np.inf
    closest: np.ndarray = distance.min(axis=1)
    return closest
