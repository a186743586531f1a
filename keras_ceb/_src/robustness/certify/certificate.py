"""The base class of certificates."""

import abc
import dataclasses
import pathlib
from typing import Any
from typing import ClassVar

import keras

from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.robust_accuracy import check_before_reading
from keras_ceb._src.saving.paths import file_to_write


class Certificate(abc.ABC):
    """A proof that no input, or no encoding, within a radius is misclassified.

    Subclasses are frozen dataclasses, whose fields are the settings.

    Attributes:
        space: `"input"` or `"encoding"`, in which the L2 balls are.
        predictor: Whose class is certain: `"model"`, or `"smoothed model"`
            for the most frequent class of the model under noise.
    """

    space: ClassVar[str]
    predictor: ClassVar[str] = "model"

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The name in tables."""

    def describe(self) -> dict[str, Any]:
        """The name and the settings, as plain values."""
        settings: Any = self
        return {
            "name": self.name,
            "space": self.space,
            "predictor": self.predictor,
            **dataclasses.asdict(settings),
        }

    @abc.abstractmethod
    def check_fits(self, classifier: Classifier) -> None:
        """Raises an error if the certificate cannot be of this model.

        Args:
            classifier: `Classifier`, whose model may not be built yet.
        """

    def certify(
        self,
        model: keras.Model | Classifier,
        data: Any,
        *,
        checkpoint: str | pathlib.Path | None = None,
        verbose: int = 1,
    ) -> CertifiedRadii:
        """Certifies a data set of any size, which is streamed.

        Args:
            model: `Classifier`, or a Keras model that returns logits for
                inputs in 0..1. Its `batch_size` does not change the result.
            data: Tuple `(x, y)` of arrays, or an iterable of such batches,
                see `robust_accuracy`.
            checkpoint: File (.npz) for intermediate results of a certificate
                that takes long, also within an image. If it exists, the call
                resumes where the one that wrote it stopped; `model`, `data`,
                the settings and the range of the inputs must be the same. A
                certificate of one pass over the data writes none.
            verbose: 1 shows a progress bar, 0 does not.

        Returns:
            `CertifiedRadii` in `space`.

        Raises:
            ImportError: If `RandomizedSmoothing` needs SciPy.
            TypeError: If an argument is of the wrong type.
            ValueError: If an argument is invalid, or the model does not fit
                the certificate, for example because it draws random numbers
                at test time.
        """
        path = None
        if checkpoint is not None:
            path = file_to_write(checkpoint, "checkpoint")
        classifier = as_classifier(model)
        self.check_fits(classifier)
        check_before_reading(classifier, data, [])
        return self.measure(classifier, data, path, verbose)

    @abc.abstractmethod
    def measure(
        self,
        classifier: Classifier,
        data: Any,
        path: pathlib.Path | None,
        verbose: int,
    ) -> CertifiedRadii:
        """`certify` with checked arguments."""
