"""Measures how robust a Keras classifier is.

Works with any Keras classifier that returns logits or probabilities.
"""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.robustness.audit.audit import audit
    from keras_ceb._src.robustness.audit.audit_report import AuditReport
    from keras_ceb._src.robustness.classifier import Classifier
    from keras_ceb._src.robustness.distances import Distances
    from keras_ceb._src.robustness.input_range import input_range
    from keras_ceb._src.robustness.minimal_distance import minimal_distance
    from keras_ceb._src.robustness.report.comparison import Comparison
    from keras_ceb._src.robustness.report.evaluate import evaluate_robustness
    from keras_ceb._src.robustness.report.report import RobustnessReport
    from keras_ceb._src.robustness.result import RobustAccuracy
    from keras_ceb._src.robustness.robust_accuracy import robust_accuracy
    from keras_ceb._src.robustness.robust_accuracy_curve import (
        robust_accuracy_curve,
    )
    from keras_ceb._src.tables import Table
    from keras_ceb.robustness import attacks
    from keras_ceb.robustness import certify
    from keras_ceb.robustness import corruptions
    from keras_ceb.robustness import ood
    from keras_ceb.robustness import selective

__all__ = [
    "AuditReport",
    "Classifier",
    "Comparison",
    "Distances",
    "RobustAccuracy",
    "RobustnessReport",
    "Table",
    "attacks",
    "audit",
    "certify",
    "corruptions",
    "evaluate_robustness",
    "input_range",
    "minimal_distance",
    "ood",
    "robust_accuracy",
    "robust_accuracy_curve",
    "selective",
]

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src",
    {
        "robustness.audit.audit": ["audit"],
        "robustness.audit.audit_report": ["AuditReport"],
        "robustness.classifier": ["Classifier"],
        "robustness.distances": ["Distances"],
        "robustness.input_range": ["input_range"],
        "robustness.minimal_distance": ["minimal_distance"],
        "robustness.report.comparison": ["Comparison"],
        "robustness.report.evaluate": ["evaluate_robustness"],
        "robustness.report.report": ["RobustnessReport"],
        "robustness.result": ["RobustAccuracy"],
        "robustness.robust_accuracy": ["robust_accuracy"],
        "robustness.robust_accuracy_curve": ["robust_accuracy_curve"],
        "tables": ["Table"],
    },
    submodules=["attacks", "certify", "corruptions", "ood", "selective"],
)


def __dir__() -> list[str]:
    return __all__
