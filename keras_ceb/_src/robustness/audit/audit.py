"""Does a robust accuracy deserve belief, or are the gradients masked?"""

import dataclasses
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.attacks import geometry
from keras_ceb._src.robustness.attacks.attack import prepare
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.audit import checks as audit_checks
from keras_ceb._src.robustness.audit.checks import Check
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.tables import Table
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer


@dataclasses.dataclass(frozen=True)
class AuditReport:
    """The checks of an audit.

    Attributes:
        checks: List of `Check`.
        num_images: On how many images they were measured.
        norm: The norm of the ball.
        eps: Its radius, in the units of the input.
    """

    checks: list[Check]
    num_images: int
    norm: str
    eps: float

    @property
    def flags(self) -> list[str]:
        """The names of the checks that failed."""
        return [check.name for check in self.checks if check.flagged]

    @property
    def passed(self) -> bool:
        """Whether no check failed. It proves nothing, it only finds nothing."""
        return not self.flags

    def to_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "num_images": self.num_images,
            "norm": self.norm,
            "eps": self.eps,
            "checks": [dataclasses.asdict(check) for check in self.checks],
        }

    def to_markdown(self) -> str:
        rows = []
        for check in self.checks:
            verdict = "FLAG" if check.flagged else "ok"
            figures = ", ".join(
                f"{name} {_short(value)}"
                for name, value in check.figures.items()
            )
            rows.append((check.name, verdict, figures))
        return Table(["check", "verdict", "figures"], rows).to_markdown()

    def __str__(self) -> str:
        return self.to_markdown()


def audit(
    model: keras.Model,
    data: Any,
    *,
    norm: str = "linf",
    eps: float = 8 / 255,
    bounds: tuple[float, float] = (0.0, 1.0),
    num_images: int = 256,
    twin: keras.Model | None = None,
    batch_size: int = 128,
    from_logits: bool = True,
) -> AuditReport:
    """Looks for signs that a model only hides its gradients.

    A robust accuracy is an upper bound: a failed attack proves nothing. Each
    check looks for one known way in which attacks fail on models that are not
    robust, on the first images of `data`.

    Args:
        model: Keras model that maps images to logits.
        data: See `robust_accuracy`.
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball whose figure is in question.
        bounds: Pair of numbers, the range of the input.
        num_images: On how many images to measure.
        twin: Deterministic or undefended model of the same task, whose
            adversarial examples are tried on `model`.
        batch_size: How many images the model sees at a time.
        from_logits: Whether `model` returns logits.

    Returns:
        `AuditReport`.

    Example:

    ```python
    report = audit(model, test, norm="l2", eps=0.5)
    print(report.passed, report.flags)
    ```

    Reference: Athalye, Carlini and Wagner, 2018, "Obfuscated gradients give a
    false sense of security"; Carlini et al., 2019, "On evaluating adversarial
    robustness"; Croce and Hein, 2020.
    """
    one_of(norm, "norm", geometry.NORMS)
    bounds = checks.check_bounds(bounds)
    if checks.check_eps(eps, norm, bounds) == 0:
        raise ValueError(
            f"`eps` must be larger than 0 for an audit. Received: eps={eps}"
        )
    num_images = positive_integer(num_images, "num_images")
    batch_size = positive_integer(batch_size, "batch_size")
    boolean(from_logits, "from_logits")
    if twin is not None and not isinstance(twin, keras.Model):
        raise TypeError(
            "`twin` must be a Keras model, or None. "
            f"Received: twin={twin!r} of type {type(twin).__name__}"
        )
    shape = arguments.known_shape(model, data)
    ball = PGD(norm, eps, bounds=bounds)
    ball.check_fits(arguments.known_classes(model, shape), shape)
    data_lib.check(data, bounds)
    classifier = ModelFunction(model, from_logits)
    x, y = next(data_lib.batches(data, num_images))
    images, num_classes = prepare(
        classifier, x, y, bounds, names=data_lib.NAMES
    )
    ball.check_fits(num_classes, images["x"].shape[1:])
    sample = audit_checks.Sample(
        model,
        images["x"],
        images["y"],
        norm,
        eps,
        bounds,
        batch_size,
        from_logits,
    )
    if not sample.right.any():
        raise ValueError(
            "`model` must get some images of `data` right: with no accuracy "
            "there is no robustness to audit. Received: "
            f"{len(x)} images, all wrong; are the labels in another order?"
        )
    found = [
        audit_checks.growing_radius(sample),
        audit_checks.more_effort(sample),
        audit_checks.single_step(sample),
        audit_checks.black_box(sample, twin),
        audit_checks.zero_gradients(sample),
        audit_checks.saturated_loss(sample),
        audit_checks.logit_scale(sample),
        audit_checks.landscape(sample),
        audit_checks.randomness(sample),
    ]
    return AuditReport(found, len(np.atleast_1d(images["y"])), norm, eps)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_short(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "/".join(_short(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
