"""Certified L2 radii of any classifier, by noise on its inputs."""

import dataclasses
import pathlib
import time
from typing import Any
from typing import ClassVar

import keras
import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.certify.certificate import Certificate
from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.certify.clopper_pearson import certified_radii
from keras_ceb._src.robustness.certify.deterministic import check_deterministic
from keras_ceb._src.robustness.certify.sample_counts import Counter
from keras_ceb._src.robustness.certify.sample_counts import counter
from keras_ceb._src.robustness.checkpoint import Checkpoint
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.held_batches import checked_batches
from keras_ceb._src.robustness.model_digest import model_digest
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import integer_seed
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

# Counts and the numbers of samples are int32, and the last batch may have
# more samples than are counted.
_MOST_SAMPLES = 2**31 - 2**20
# About how many samples are drawn between two checkpoints.
_SAMPLES_PER_CALL = 10_000


@dataclasses.dataclass(frozen=True)
class RandomizedSmoothing(Certificate):
    """Certified L2 radii of any classifier, by noise on its inputs.

    The smoothed classifier predicts the class that the model gives most
    often to the input with Gaussian noise. Where that class has the
    probability p > 1/2, the smoothed prediction is constant within the L2
    radius sigma Phi^-1(p). `n0` samples select the class, and `n` others give
    a lower bound on p, which holds with probability 1 - alpha per image.
    Without a bound above 1/2, the certificate abstains.

    The certificate is of the smoothed classifier, not of the model itself.
    Train the model with noise of the same sigma, or it is rarely right.

    Args:
        sigma: Standard deviation of the noise, in the units of the
            classifier's range.
        n0: Number of samples that select the class.
        n: Number of samples that bound its probability.
        alpha: Probability with which a radius may be too large.
        seed: Integer from 0 to 2**32 - 1, the seed of the noise. The noise of
            an image depends only on the seed and on its index in the data.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to compile the noise, and the model only if a
            GPU or TPU is visible.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, or there are more samples than
            an int32 counts.

    Example:

    ```python
    # By default 100,000 noisy copies of each image; for a first look, fewer.
    smoothing = certify.RandomizedSmoothing(sigma=0.25, n=1000)
    radii = smoothing.certify(model, test, checkpoint="radii.npz")
    print(radii.accuracy(0.5))
    ```

    Reference: Cohen et al., 2019, "Certified adversarial robustness via
    randomized smoothing", theorem 1 and the procedure Certify.
    """

    space: ClassVar[str] = "input"
    predictor: ClassVar[str] = "smoothed model"

    sigma: float
    _: dataclasses.KW_ONLY
    n0: int = 100
    n: int = 100_000
    alpha: float = 0.001
    seed: int = 0
    jit_compile: bool | str = "auto"

    def __post_init__(self) -> None:
        values = {
            "sigma": finite_number(self.sigma, "sigma", minimum=0.0),
            "n0": positive_integer(self.n0, "n0"),
            "n": positive_integer(self.n, "n"),
            "alpha": finite_number(self.alpha, "alpha", 0.0, 1.0),
            "seed": integer_seed(self.seed),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        one_of(self.jit_compile, "jit_compile", ("auto", True, False))
        if not self.sigma > 0:
            raise ValueError(
                "`sigma` must be positive: without noise there is no radius. "
                f"Received: sigma={self.sigma}"
            )
        if not 0 < self.alpha < 1:
            raise ValueError(
                "`alpha` must lie between 0 and 1. "
                f"Received: alpha={self.alpha}"
            )
        if self.n0 + self.n > _MOST_SAMPLES:
            raise ValueError(
                f"`n0` + `n` must be at most {_MOST_SAMPLES}, as the counts "
                f"are int32. Received: n0={self.n0}, n={self.n}"
            )

    @property
    def name(self) -> str:
        return f"smoothing, sigma {self.sigma:g}"

    def check_fits(self, classifier: Classifier) -> None:
        optional_module("scipy.stats", "`RandomizedSmoothing`")

    def measure(
        self,
        classifier: Classifier,
        data: Any,
        path: pathlib.Path | None,
        verbose: int,
    ) -> CertifiedRadii:
        record = {**self.describe(), "bounds": classifier.bounds}
        found = Checkpoint(path, record, "RandomizedSmoothing.certify")
        images = data_lib.num_images(data)
        bar = keras.utils.Progbar(
            None if images is None else images * self.n,
            verbose=verbose,
            unit_name="sample",
        )
        seen = 0
        for batch, num_classes in checked_batches(classifier, data):
            if not seen:
                if path is not None:
                    found.check_model(model_digest(classifier.model))
                check_deterministic(classifier, batch["x"])
                count = counter(
                    classifier,
                    batch["x"].shape[1:],
                    num_classes,
                    self.use_xla(),
                    self.jit_compile is not False,
                )
            found.count_known(batch["x"], batch["y"], seen)
            size = len(batch["y"])
            for i in range(size):
                row = {key: part[i : i + 1] for key, part in batch.items()}
                self._certify_image(count, row, found, bar)
            seen += size
        bar.update(seen * self.n, finalize=True)
        found.check_complete(seen)
        rows = found.arrays
        certain, radii = certified_radii(
            rows["count"], self.n, self.alpha, self.sigma
        )
        return CertifiedRadii(
            record,
            np.where(certain, rows["selected"], -1).astype("int32"),
            rows["label"],
            radii,
            rows["count"],
            float(rows["seconds"].sum()),
        )

    def _certify_image(
        self,
        count: Counter,
        row: dict[str, np.ndarray],
        found: Checkpoint,
        bar: keras.utils.Progbar,
    ) -> None:
        """Draws the samples of one image that `found` does not have yet."""
        i = int(row["index"][0])
        if i == found.num_images:
            selected = self._count(count, row, 0, self.n0).argmax()
            found.add(
                row["x"],
                row["y"],
                label=row["y"],
                selected=np.array([selected], "int32"),
                count=np.zeros(1, "int32"),
                drawn=np.zeros(1, "int32"),
                seconds=np.zeros(1),
            )
        rows = found.arrays
        while rows["drawn"][i] < self.n:
            start = time.perf_counter()
            first = int(rows["drawn"][i])
            stop = min(first + _SAMPLES_PER_CALL, self.n)
            counts = self._count(count, row, self.n0 + first, self.n0 + stop)
            rows["count"][i] += counts[rows["selected"][i]]
            rows["drawn"][i] = stop
            rows["seconds"][i] += time.perf_counter() - start
            found.save()
            bar.update(i * self.n + stop, finalize=False)

    def _count(
        self,
        count: Counter,
        row: dict[str, np.ndarray],
        first: int,
        stop: int,
    ) -> np.ndarray:
        """How many of the samples `first` to `stop - 1` have each class."""
        samples = {
            "x": row["x"],
            "index": row["index"],
            "seed": np.uint32(self.seed),
            "sigma": np.float32(self.sigma),
            "first": np.int32(first),
            "stop": np.int32(stop),
        }
        return count(samples)

    def use_xla(self) -> bool:
        """Whether the samples are compiled with XLA on TensorFlow."""
        if self.jit_compile == "auto":
            return backend.has_accelerator()
        return bool(self.jit_compile)
